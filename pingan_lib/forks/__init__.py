"""Fresh processes forked from a warm parent, in which all that notebooks and pages need is imported already."""

from pingan_lib.forks.children import Child, WarmParent, call_aside, warm_parent

__all__ = ["Child", "WarmParent", "call_aside", "warm_parent"]
