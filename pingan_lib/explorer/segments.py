"""A text with passages that lie within and across one another, cut where any of them begins or ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple


class Span(NamedTuple):
    """What a row quotes: `text[start:end]`, in code points."""

    row: str
    start: int
    end: int


class Segment(NamedTuple):
    """A stretch of one line that the same rows quote from end to end.

    Attributes
    ----------
    start : int
        Offset in the text, in code points.
    text : str
    rows : tuple of str
        The rows that quote it, the shortest passage first; of equal ones, in the order given.
    """

    start: int
    text: str
    rows: tuple[str, ...]


def cut(text: str, spans: Iterable[Span]) -> list[list[Segment]]:
    """Cut a text into lines, and each line where a passage begins or ends.

    Marks that overlap cannot be nested in HTML; segments stand one after the other.

    Parameters
    ----------
    text : str
    spans : iterable of Span
        Within the text.

    Returns
    -------
    list of list of Segment
        One list for each line that is not blank. Line ends are left out: a passage may run across them.
    """
    ordered = sorted(spans, key=lambda span: span.end - span.start)
    edges = sorted({edge for span in ordered for edge in (span.start, span.end)})
    lines = []
    for start, end in _lines(text):
        cuts = [start, *(edge for edge in edges if start < edge < end), end]
        lines.append(
            [
                Segment(
                    first,
                    text[first:last],
                    tuple(span.row for span in ordered if span.start <= first and last <= span.end),
                )
                for first, last in pairwise(cuts)
            ]
        )
    return lines


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each line that is not blank, without its line end."""
    at = 0
    for line in text.split("\n"):
        if line.strip():
            yield at, at + len(line.removesuffix("\r"))
        at += len(line) + 1
