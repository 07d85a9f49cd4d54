"""Figures, what is reckoned from them, and what they are set against."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from keyword import iskeyword

from pingan_lib.check.cells import are_drafts
from pingan_lib.errors import NumberError, Problem, choices
from pingan_lib.figure_rows import CHANGES, PLAIN_NUMBER, figure_faults
from pingan_lib.formulas import formula_names, require_share
from pingan_lib.schema import Table
from pingan_lib.table_files import Cells
from pingan_lib.units import SHARES

# The formulas of nearly all relations: an id, a part over its total, a sum. They need not be parsed.
_PLAIN_FORMULA = re.compile(r"[a-z]\w{0,99}(?: / [a-z]\w{0,99}|(?: [+-] [a-z]\w{0,99}){0,3})", re.ASCII)

_NUMBER = ("printed", "value", "unit", "hedge", "measure_id")
_PERIOD = ("period_start", "period_end", "period_basis")
# A count in plain digits reads as it is written, whatever they are: one count stands for all.
_DIGITS = re.compile("[1-9][0-9]{0,8}")
_ANY = "7"


def check_figures(table: Table, cells: Cells, measures: Cells | None) -> Iterator[Problem]:
    """List what is wrong with the rows of figures: see `figure_rows.figure_faults`."""
    units = {} if measures is None else dict(zip(measures["measure_id"], measures["unit"], strict=True))
    rows = _Rows(cells)
    for index in _to_look_at(cells, units):
        for column, found, mend in figure_faults(rows.at(index), units, rows):
            yield Problem(f"data/{table.file}", index + 2, column, found, mend)


class _Rows(Mapping[str, Mapping[str, str]]):
    """The rows of figures by their id, each made when it is asked for."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells

    @cached_property
    def places(self) -> dict[str, int]:
        return {row_id: index for index, row_id in enumerate(self.cells["figure_id"])}

    def at(self, index: int) -> dict[str, str]:
        return {name: column[index] for name, column in self.cells.items()}

    def __getitem__(self, key: str) -> Mapping[str, str]:
        return self.at(self.places[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)


def _to_look_at(cells: Cells, units: Mapping[str, str]) -> Iterator[int]:
    """Leave out the rows that cannot be wrong, as the same number and the same period are right by themselves.

    A number is judged by its quote only where it may have fallen: a sign and a unit of change go together, and whatever
    else is printed is judged alone. A period is judged alone, but for whether there is a note.
    """
    blank = dict.fromkeys(cells, "") | {"figure_id": "itself", "period_basis": "none"}

    @cache
    def number_is_sound(*told: str) -> bool:
        row = blank | dict(zip(_NUMBER, told, strict=True)) | {"quote": told[0]}
        return not any(figure_faults(row, units, {}))

    @cache
    def period_is_sound(*told: str) -> bool:
        row = blank | {"printed": _ANY, "quote": _ANY, "value": _ANY, "hedge": "exact"}
        return not any(figure_faults(row | dict(zip((*_PERIOD, "note"), told, strict=True)), units, {}))

    names = (*_NUMBER, *_PERIOD, "note", "figure_id", "quote", "denominator", "same_as")
    for index, row in enumerate(zip(*(cells[name] for name in names), strict=True)):
        printed, value, unit, hedge, measure, start, end, basis, note, figure_id, quote, total, same = row
        if printed == value and unit not in SHARES and _DIGITS.fullmatch(printed):
            stands = _ANY, _ANY
        else:
            stands = printed, value
        if not (
            printed in quote
            and (value[:1] == "-") == (unit in CHANGES)
            and same != figure_id
            and not (total and total.isascii())
            and number_is_sound(*stands, unit, hedge, measure)
            and period_is_sound(start, end, basis, "noted" if note else "")
        ):
            yield index


def check_reference(table: Table, cells: Cells) -> Iterator[Problem]:
    """What a figure is divided by is above zero."""
    for row, value in enumerate(cells["value"], start=2):
        if not PLAIN_NUMBER.fullmatch(value) or float(value) <= 0:
            found = f"{value!r} cannot be divided by."
            yield Problem(f"data/{table.file}", row, "value", found, "Write a number above zero in digits.")


def check_relations(table: Table, cells: Cells, figures: Sequence[str]) -> Iterator[Problem]:
    """A relation has a formula of figures, and names the one that it should give."""
    file, known = f"data/{table.file}", set(figures)
    rows = zip(*(cells[name] for name in ("kind", "result", "formula")), strict=True)
    for row, (kind, result, formula) in enumerate(rows, start=2):
        if not _is_plain(formula, known):
            try:
                names = formula_names(formula)
                if kind == "share_of":
                    require_share(formula)
            except NumberError as error:
                yield Problem(file, row, "formula", str(error), "")
                continue
            for name in (name for name in names if name not in known):
                yield Problem(file, row, "formula", choices("figure", name, sorted(known)), "")
        if kind != "context" and not result:
            found = f"is empty for {kind!r}."
            yield Problem(file, row, "result", found, "Name the figure it should give.")


def _is_plain(formula: str, known: set[str]) -> bool:
    names = formula.split(" ")[::2]
    return (
        bool(_PLAIN_FORMULA.fullmatch(formula)) and known.issuperset(names) and not any(map(iskeyword, names))
    )


def check_waiting(figures: Cells, relations: Cells | None) -> Iterator[Problem]:
    """What is reported rests on no draft."""
    drafts = are_drafts(figures)
    if not any(drafts):
        return
    statuses = (status if draft else "" for status, draft in zip(figures["status"], drafts, strict=True))
    waiting = dict(zip(figures["figure_id"], statuses, strict=True))
    mend = "Accept that row first, or name another."
    for column in ("denominator", "same_as"):
        for row, (own, other) in enumerate(zip(figures["figure_id"], figures[column], strict=True), start=2):
            status = waiting.get(other)
            if status and not waiting[own]:
                found = f"{other!r} is a figure whose status is {status!r}."
                yield Problem("data/figures.csv", row, column, found, mend)
    for column in ("result", "formula") if relations is not None else ():
        for row, formula in enumerate((relations or {})[column], start=2):
            try:
                names = formula_names(formula) if formula else ()
            except NumberError:
                continue
            for name in names:
                if waiting.get(name):
                    found = f"{name!r} is a figure whose status is {waiting[name]!r}."
                    yield Problem("data/relations.csv", row, column, found, mend)
