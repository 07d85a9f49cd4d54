"""Where a selection stands: tools count positions in different ways, and quotes must stay unique."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from pingan_lib.exchange.refi.cards import lf


class Counting(NamedTuple):
    """How a tool counted in one text.

    Attributes
    ----------
    offsets : list of int
        For each of its positions, the offset in the text with line feeds, in code points.
    hits : int
        How many of the known passages stand where they should.
    """

    offsets: list[int]
    hits: int


def settle_counting(text: str, spans: Sequence[tuple[int, int]], known: Sequence[Set[str]]) -> Counting:
    """Find out how a tool counted positions.

    The standard counts code points. Some tools write line ends as two characters and count them as one, or as two;
    some count in UTF-16, some a byte order mark. The way in which most known passages stand at their positions is
    taken; of equals the standard's.

    Parameters
    ----------
    text : str
        As stored, without byte order mark.
    spans : sequence of tuple of int
        Start and end of selections.
    known : sequence of set of str
        For each of them the passages that it may hold, with line feeds; empty where that is not known.

    Returns
    -------
    Counting
    """
    plain = lf(text)
    ways = list(_ways(text, plain))
    return max((Counting(way, _hits(plain, way, spans, known)) for way in ways), key=lambda way: way.hits)


def _ways(text: str, plain: str) -> Iterator[list[int]]:
    """The ways to count that give different positions in this text, the standard's first."""
    for written in (plain, text) if text != plain else (plain,):
        for wide in (1, 2) if max(plain, default="") > "\uffff" else (1,):
            way = _offsets(written, wide)
            yield way
            yield [0, *way]


def _offsets(written: str, wide: int) -> list[int]:
    """Position to offset, where a character beyond the basic plane counts `wide`."""
    offsets, offset = [], 0
    for character, following in zip(written, written[1:] + " ", strict=True):
        offsets += [offset] * (wide if ord(character) > 0xFFFF else 1)
        offset += not (character == "\r" and following == "\n")
    return [*offsets, offset]


def _hits(plain: str, way: list[int], spans: Sequence[tuple[int, int]], known: Sequence[Set[str]]) -> int:
    return sum(
        end < len(way) and plain[way[start] : way[end]] in passages
        for (start, end), passages in zip(spans, known, strict=True)
        if start <= end
    )


def shortest_prefix(text: str, start: int, end: int) -> str:
    """The fewest characters before a passage that make it unique in the text; empty where it is so by itself."""
    first = start
    while first > 0:
        passage = text[first:end]
        if text.find(passage) == first and text.find(passage, first + 1) < 0:
            break
        first -= 1
    return text[first:start]
