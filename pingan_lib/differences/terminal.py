"""A difference as a table for a terminal, aligned where Chinese characters are two columns wide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from unicodedata import combining, east_asian_width

from pingan_lib.differences.changes import INPUTS, RESULTS, Change
from pingan_lib.differences.runs import Difference
from pingan_lib.differences.wording import excerpt, pieces
from pingan_lib.words import Words

# A table narrower than this cannot be read, one wider is hard to follow.
NARROWEST, WIDEST = 80, 120
_LISTED = 15  # changes of one part
_LONGEST = 200  # characters of a cell
_GAP = 2
# A line may end after a space and on both sides of a Chinese character; a bracket stays with what it encloses, a
# stop with what is before it.
_WIDE = "\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
_OPEN = "（《“‘「『【(["
_STOP = "，。、；：？！）》”’」』】,.;:?!)\\]"
_CHUNK = re.compile(rf"[{re.escape(_OPEN)}]*(?:[{_WIDE}]|[^\s{_WIDE}]+)?[{_STOP}]*\s*")


def terminal_text(difference: Difference, width: int) -> str:
    """Write a difference as text.

    Parameters
    ----------
    difference : Difference
    width : int
        Columns of the terminal; the text is at least 80 and at most 120 wide.

    Returns
    -------
    str
        One line for identical pages of the same inputs; otherwise a table for each part that changed.
    """
    words = Words(difference.language)
    width = min(max(width, NARROWEST), WIDEST)
    named = {"before": difference.before.manifest.run, "after": difference.after.manifest.run}
    same = [words.say("differences.same", **named)] if difference.same_page else []
    if same and not difference.changes:
        return "\n".join([*same, *difference.notes])
    lead = words.say("differences.lead", **named, inputs=difference.inputs, results=difference.results)
    lines = [*wrapped(lead, width), *same]
    lines += [line for note in difference.notes for line in wrapped(note, width)]
    for part in (*INPUTS, *RESULTS):
        lines += _part(words, difference, part, width)
    return "\n".join(lines)


def _part(words: Words, difference: Difference, part: str, width: int) -> Iterator[str]:
    found = difference.of(part)
    told = [change for change in found if not change.repeats]
    places = part == "tables"  # each under the name of its table
    for place, group in groupby(told[:_LISTED], key=lambda change: change.place if places else ""):
        title = words[f"differences.{part}"] + (f" · {place}" if place else "")
        heads = [words[f"differences.{name}"] for name in ("what", "before", "after")]
        yield from ("", *wrapped(title, width))
        yield from table([heads, *(_row(change, words) for change in group)], width)
    if len(told) > _LISTED:
        yield "  " + words.say("differences.more", count=len(told) - _LISTED)
    if len(found) > len(told):
        yield "  " + words.say("differences.repeated", count=len(found) - len(told))


def _row(change: Change, words: Words) -> list[str]:
    # the name of a card's fact, without what explains it
    where = re.split("[:：]", change.where)[0] if change.part == "figures" else change.where
    what = words.say("differences.of", what=change.what, where=where) if where else change.what
    if change.place and change.part == "judgements":
        what = words.say("card.with", what=what, detail=change.place)
    sides = pieces(change.before or "", change.after or "")
    cells = [
        words["differences.none"] if text is None else _cut(excerpt(side)) or words["differences.empty"]
        for text, side in zip((change.before, change.after), sides, strict=True)
    ]
    return [what, *cells]


def _cut(text: str) -> str:
    """The beginning of a long text; the page has all of it."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}…"


def table(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Lay out rows of text in columns; a cell that is too wide goes on below.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first is the header; all of one length.
    width : int
        Of the whole table, in columns of a terminal.

    Yields
    ------
    str
        Lines no wider than that.
    """
    count = len(rows[0])
    room = width - _GAP * count
    wanted = [max(text_width(row[place]) for row in rows) for place in range(count)]
    widths = [min(want, room // count) for want in wanted]
    spare = room - sum(widths)
    for place in sorted(range(count), key=lambda place: wanted[place]):
        more = min(spare, wanted[place] - widths[place])
        widths[place] += more
        spare -= more
    for number, row in enumerate(rows):
        cells = [wrapped(cell, size) for cell, size in zip(row, widths, strict=True)]
        for line in range(max(map(len, cells))):
            texts = [cell[line] if line < len(cell) else "" for cell in cells]
            yield _joined(texts, widths)
        if number == 0:
            yield _joined(["─" * size for size in widths], widths)


def _joined(texts: Iterable[str], widths: Iterable[int]) -> str:
    padded = (text + " " * (size - text_width(text)) for text, size in zip(texts, widths, strict=True))
    return (" " * _GAP + (" " * _GAP).join(padded)).rstrip()


def text_width(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for a wide character (Unicode Annex 11)."""
    return sum(0 if combining(each) else 1 + (east_asian_width(each) in "WF") for each in text)


def wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines.

    Parameters
    ----------
    text : str
    width : int
        Columns, at least two.

    Returns
    -------
    list of str
        At least one; words longer than a line are cut.
    """
    lines, line = [], ""
    for chunk in _CHUNK.findall(text):
        if text_width(line + chunk.rstrip()) > width and line:
            lines.append(line.rstrip())
            line = ""
        while text_width(chunk.rstrip()) > width:
            fits = next(n for n in range(len(chunk), 0, -1) if text_width(chunk[:n]) <= width)
            lines.append(chunk[:fits])
            chunk = chunk[fits:]
        line += chunk
    return [*lines, line.rstrip()] if line.strip() or not lines else lines
