"""Articles side by side, with what is coded in them: a widget for JupyterLab, and its still version."""

from pingan_lib.explorer.widget import Explorer

__all__ = ["Explorer"]
