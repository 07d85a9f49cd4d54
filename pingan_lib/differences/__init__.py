"""What changed between two runs: what went in, and what the pages say."""

from pingan_lib.differences.changes import Change, changes
from pingan_lib.differences.contents import Contents, read_contents
from pingan_lib.differences.page import differences_html
from pingan_lib.differences.runs import Difference, Side, compare_runs
from pingan_lib.differences.terminal import terminal_text

__all__ = [
    "Change",
    "Contents",
    "Difference",
    "Side",
    "changes",
    "compare_runs",
    "differences_html",
    "read_contents",
    "terminal_text",
]
