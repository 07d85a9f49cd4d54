"""The index of a folder of reports: what was compared, what was found, and every run that is kept there."""

from pingan_lib.index.files import write_indexes
from pingan_lib.index.kept import (
    FAILED,
    REPORT,
    RUNS,
    Kept,
    Now,
    page_name,
    read_now,
    read_report,
    read_runs,
    state,
    write_report,
)
from pingan_lib.index.page import LISTED, TABLE, glossary_html, hashed, index_html

__all__ = [
    "FAILED",
    "LISTED",
    "REPORT",
    "RUNS",
    "TABLE",
    "Kept",
    "Now",
    "glossary_html",
    "hashed",
    "index_html",
    "page_name",
    "read_now",
    "read_report",
    "read_runs",
    "state",
    "write_indexes",
    "write_report",
]
