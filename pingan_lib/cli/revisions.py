"""How the command shows what a new version of an article changes."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pingan_lib.intake.replacement import Revision
    from pingan_lib.intake.requoting import Outcome, Requoted

_SHOWN = 70  # characters of a passage


def revision_lines(revision: Revision) -> Iterator[str]:
    """Tell what becomes of the quotes, each that is to be settled with its old and its new sentence, and what is new.

    Quotes of one sentence stand together. At a terminal what differs is underlined.
    """
    settle: dict[tuple[str, str, str], list[Requoted]] = {}
    for each in revision.quotes:
        if (outcome := each.outcome).kind != "same":
            settle.setdefault((outcome.kind, outcome.then, outcome.now), []).append(each)
    count, same = len(revision.quotes), len(revision.quotes) - sum(map(len, settle.values()))
    yield f"Of {count} quotes of {revision.article_id}, {same} stand in the same sentence as before."
    for quotes in settle.values():
        for each in quotes:
            place = f"{each.table}.csv, row {each.row}, {each.row_id}, {each.column}"
            yield f"  {each.outcome.kind}: {place} {each.quote[:_SHOWN]!r}"
            yield from _nearest(each)
        yield from _sentences(quotes[0].outcome)
    new, reworded = len(revision.new), len(revision.reworded)
    if new or reworded:
        paragraphs = "1 paragraph" if revision.paragraphs == 1 else f"{revision.paragraphs} paragraphs"
        yield (
            f"Of the {revision.sentences} sentences of the new text {new} {'is' if new == 1 else 'are'} new and "
            f"{reworded} worded otherwise, in {paragraphs}."
        )
    else:
        yield "No sentence of the new text is new."


def _nearest(each: Requoted) -> Iterator[str]:
    from pingan_lib.intake.resemblance import comparable

    passage, differences = each.outcome.passage, each.outcome.differences
    if not passage:
        yield from (f"    {difference}" for difference in differences)
    elif comparable(passage) == comparable(each.quote):  # characters that look alike are told by their names
        yield "; ".join([f"    nearest: {passage[:_SHOWN]!r}", *differences[:3]])
    else:
        yield f"    nearest: {passage[:_SHOWN]!r}"


def _sentences(outcome: Outcome) -> Iterator[str]:
    then, now = outcome.then, outcome.now
    if then and now:
        then, now = _marked(then, now)
    if then:
        yield f"    old: {then}"
    if now:
        yield f"    new: {now}"
    elif outcome.kind == "vanished":
        yield "    new: nothing is like it"


def _marked(then: str, now: str) -> tuple[str, str]:
    """Underline what differs between two sentences; where the output is no terminal, click leaves that out."""
    marked = ["", ""]
    for operation, a1, a2, b1, b2 in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        for side, piece in enumerate((then[a1:a2], now[b1:b2])):
            marked[side] += piece if operation == "equal" or not piece else click.style(piece, underline=True)
    return marked[0], marked[1]
