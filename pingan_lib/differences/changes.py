"""What two pages say otherwise: judgements, figures, sentences, tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TypeVar

from pingan_lib.differences.contents import Card, Contents, Grid, Row, Said

T = TypeVar("T")

_BRACKETS = re.compile(r"[\s()（）]")
_NUMBER = re.compile(r"[\d.,%−-]+")
# The parts of a difference, in the order in which they are told.
INPUTS = ("parameters", "notebook", "data", "software")
RESULTS = ("runs", "tallies", "judgements", "figures", "texts", "tables")


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was.

    Attributes
    ----------
    part : str
        One of `INPUTS` or `RESULTS`.
    what : str
        The thing: a parameter, a card, a row.
    where : str
        What about it: a fact of the card, a column of the row; may be empty.
    before, after : str or None
        None where it was, or is, not there.
    place : str
        The table that it stands in; else empty.
    repeats : bool
        Whether a change of a figure says the same: the cell of a table that lists figures.
    """

    part: str
    what: str
    where: str
    before: str | None
    after: str | None
    place: str = ""
    repeats: bool = False


def changes(before: Contents, after: Contents) -> list[Change]:
    """Compare what two pages of one language say.

    A grade or a verdict is told once, as a judgement, and not again as a fact of its card or a cell of its table.

    Parameters
    ----------
    before, after : Contents

    Returns
    -------
    list of Change
        By part, in the order of the pages.
    """
    cards = list(_cards(before.cards, after.cards))
    told = {_said_so(change) for change in cards}
    grids = (
        replace(change, repeats=change.part == "tables" and _said_so(change) in told)
        for change in _grids(before.grids, after.grids)
    )
    found = [
        *values("tallies", before.tallies, after.tallies),
        *_numbers(before, after),
        *cards,
        *grids,
        *_texts(before.said, after.said),
    ]
    return sorted(found, key=lambda change: RESULTS.index(change.part))


def _said_so(change: Change) -> tuple[str, str]:
    """What a change says, however its brackets are written."""
    return _BRACKETS.sub("", change.before or ""), _BRACKETS.sub("", change.after or "")


def values(
    part: str, before: Mapping[str, str], after: Mapping[str, str], *, of: str = "", place: str = ""
) -> Iterator[Change]:
    """Tell which values differ between two mappings.

    Parameters
    ----------
    part : str
    before, after : mapping of str to str
    of : str, optional
        What the values are of; by default each is of its own name.
    place : str, optional

    Yields
    ------
    Change
        In the order of the names, those of `before` first.
    """
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if old != new:
            yield Change(part, of or name, name if of else "", old, new, place)


def _numbers(before: Contents, after: Contents) -> Iterator[Change]:
    """Numbers by where they come from; a count comes from the page itself, and changes with its sentence."""
    titles = {source: card.title for page in (before, after) for source, card in page.cards.items()}
    for source in {**before.numbers, **after.numbers}:
        old, new = before.numbers.get(source), after.numbers.get(source)
        if old != new and source in titles:
            yield Change("figures", titles[source], source, *_both(old, new, "; ".join))


def _cards(before: Mapping[str, Card], after: Mapping[str, Card]) -> Iterator[Change]:
    titles = {key: card.title for key, card in {**before, **after}.items()}
    times = Counter(titles.values())
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        title = titles[key] if times[titles[key]] == 1 else f"{titles[key]} ({key})"
        if old is None or new is None:
            yield Change("figures", title, key, *_both(old, new, _short))
            continue
        if old.title != new.title:
            yield Change("figures", title, key, old.title, new.title)
        for change in values("figures", old.facts, new.facts, of=title):
            judged = change.where in old.judged | new.judged
            yield replace(change, part="judgements") if judged else change


def _short(card: Card) -> str:
    return next(iter(card.facts.values()), card.title)


def _grids(before: Mapping[str, Grid], after: Mapping[str, Grid]) -> Iterator[Change]:
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        caption = (new or old or _NO_GRID).caption
        if old is not None and new is not None and old.caption != new.caption:
            yield Change("tables", caption, "", old.caption, new.caption, caption)
        for row, other in _paired(old.rows if old else (), new.rows if new else ()):
            if row is None or other is None:
                head = (row or other or _NO_ROW).head
                yield Change("tables", head, "", *_both(row, other, _line), caption)
                continue
            for change in values("tables", row.cells, other.cells, of=other.head, place=caption):
                judged = change.where in row.judged | other.judged
                yield replace(change, part="judgements") if judged else change


def _line(row: Row) -> str:
    return " | ".join(cell for cell in list(row.cells.values())[1:] if cell) or row.head


def _paired(before: Sequence[Row], after: Sequence[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Rows of two tables that are the same row: by their head without its numbers, then by what they share."""
    for head in dict.fromkeys(_name(row) for row in (*before, *after)):
        old = [row for row in before if _name(row) == head]
        new = [row for row in after if _name(row) == head]
        for row in list(old):
            if row in new:
                old.remove(row)
                new.remove(row)
        while old and new:
            row, other = max(((row, other) for row in old for other in new), key=_alike)
            old.remove(row)
            new.remove(other)
            yield row, other
        yield from ((row, None) for row in old)
        yield from ((None, row) for row in new)


def _name(row: Row) -> str:
    return _NUMBER.sub("", row.head)


def _alike(rows: tuple[Row, Row]) -> int:
    first, second = rows
    return sum(second.cells.get(name) == cell for name, cell in first.cells.items())


def _texts(before: Sequence[Said], after: Sequence[Said]) -> Iterator[Change]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, low, high, from_, to in matcher.get_opcodes():
        if kind != "equal":
            for old, new in _matched(before[low:high], after[from_:to]):
                section = (new or old or _NO_TEXT).section
                yield Change("texts", section, "", *_both(old, new, lambda each: each.text))


def _matched(before: Sequence[Said], after: Sequence[Said]) -> Iterable[tuple[Said | None, Said | None]]:
    """Texts that changed, in their order; where they are as many on both sides, each beside its own."""
    if len(before) == len(after):
        return zip(before, after, strict=True)
    matcher = SequenceMatcher(
        None, [each.text[:12] for each in before], [each.text[:12] for each in after], autojunk=False
    )
    found: list[tuple[Said | None, Said | None]] = []
    for _, low, high, from_, to in matcher.get_opcodes():
        found += zip_longest(before[low:high], after[from_:to])
    return found


def _both(before: T | None, after: T | None, write: Callable[[T], str]) -> tuple[str | None, str | None]:
    return None if before is None else write(before), None if after is None else write(after)


_NO_GRID = Grid("", ())
_NO_ROW = Row("", {}, frozenset())
_NO_TEXT = Said("", "")
