"""Finished pages as PDF, each beside its page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pingan_lib.chromium import pdfs_from_html
from pingan_lib.errors import UsageError
from pingan_lib.table_files import write_bytes

# An address beside the page would be written out in full, with the folders of this machine.
_BESIDE = re.compile(r"""(<a\b[^>]*?)\s+href=("|')(?!\#|https?://|mailto:)[^"']*\2""", re.IGNORECASE)


def print_pages(pages: Iterable[Path]) -> list[Path]:
    """Print finished pages, two at a time: `03_outcomes.html` as `03_outcomes.pdf` beside it.

    Parameters
    ----------
    pages : iterable of Path

    Returns
    -------
    list of Path
        The PDFs, in the order of the pages.

    Raises
    ------
    PinganError
        If no Chromium is there, or it fails; a PDF is written whole or not at all.
    UsageError
        If a page cannot be read, or a PDF cannot be written.
    """
    paths = list(pages)
    texts = [_alone(path) for path in paths]
    made = []
    for path, content in zip(paths, pdfs_from_html(texts), strict=True):
        pdf = path.with_suffix(".pdf")
        write_bytes(pdf, content)
        made.append(pdf)
    return made


def print_pdf(page: Path) -> Path:
    """Print one finished page as PDF beside it; as `print_pages`."""
    return print_pages([page])[0]


def _alone(page: Path) -> str:
    """A page's text without links to files beside it, which a reader of the PDF does not have."""
    try:
        html = page.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Cannot read {page}: {error.strerror}. Make it first: `pingan report`.") from error
    return _BESIDE.sub(r"\1", html)
