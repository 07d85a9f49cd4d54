"""A sweep on the workers of a Dask scheduler instead of this machine's own."""

from pingan_lib.cluster.driver import on_cluster

__all__ = ["on_cluster"]
