"""A page in the making: words, numbers, tables and plots of one corpus in one language, each number with its source."""

from pingan_lib.page.page import Page
from pingan_lib.page.prose import Fragment

__all__ = ["Fragment", "Page"]
