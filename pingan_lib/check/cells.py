"""Single cells: types, codes and patterns, empty ones, and ids that are there twice."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import repeat

from pingan_lib.cell_faults import cell_faults
from pingan_lib.check.package import Fields, Notes
from pingan_lib.errors import Problem, choices
from pingan_lib.schema import Column, Table
from pingan_lib.table_files import Cells

# What is no figure yet, or was found to be none.
WAITING = ("draft", "rejected")
# What a draft of a figure must hold; the rest is for the person who accepts it.
DRAFTED = {"figure_id", "article_id", "place_id", "quote", "printed", "value", "unit", "hedge", "status"}

_WANTED = {
    "date": "a day such as 2023-12-31",
    "number": "a number such as 95.97",
    "integer": "a whole number",
}
_SHAPES = {
    "_id": "lower-case words joined by _",
    "sha256": "64 characters from 0-9 and a-f, as `sha256sum` gives them",
    "_code": "six digits",
}


def check_cells(table: Table, cells: Cells, fields: Fields) -> list[Problem]:
    """List the cells that are no value of their column; what is mended for certain is put into `cells`.

    Parameters
    ----------
    table : Table
    cells : dict of str to list of str
        By column.
    fields : Fields
        Which judge types, codes and patterns.
    """
    file = f"data/{table.file}"
    problems: list[Problem] = []
    for index, name, fault in list(cell_faults(table, cells)):
        problems.append(Problem(file, index + 2, name, fault.found, fault.mend))
        if fault.mended is not None:
            cells[name][index] = fault.mended
    told = {(problem.row, problem.column) for problem in problems}
    drafts = are_drafts(cells)
    for column in table.columns:
        values = cells[column.name]
        empty = column.required and "" in values
        notes = fields.misfits(table, column, values)
        if not empty and not notes:
            continue
        for row, (cell, is_draft) in enumerate(zip(values, drafts or repeat(False), strict=False), start=2):
            if (row, column.name) in told:
                continue
            if not cell:
                if empty and not (is_draft and column.name not in DRAFTED):
                    mend = f"Fill it in: {column.description}"
                    problems.append(Problem(file, row, column.name, "is empty.", mend))
            elif cell in notes:
                problems.append(Problem(file, row, column.name, *_misfit(column, cell, notes[cell])))
    return problems + _repeated_keys(table, cells)


def are_drafts(cells: Mapping[str, list[str]]) -> list[bool]:
    """Mark the rows that no person has accepted; only figures have a status, of other tables the list is empty."""
    return [status in WAITING for status in cells.get("status", ())]


def _repeated_keys(table: Table, cells: Cells) -> list[Problem]:
    keys = [cells[name] for name in table.key]
    if len(keys) == 1 and len(set(keys[0])) == len(keys[0]):
        return []
    problems = []
    seen: set[tuple[str, ...]] = set()
    for row, key in enumerate(zip(*keys, strict=True), start=2):
        if key in seen and all(key):
            found = f"{', '.join(key)!r} is there already."
            mend = "Give every row an id of its own."
            problems.append(Problem(f"data/{table.file}", row, ", ".join(table.key), found, mend))
        seen.add(key)
    return problems


def _misfit(column: Column, cell: str, notes: Notes) -> tuple[str, str]:
    """Word what frictionless notes of a cell: what was found, and what to do."""
    if "type" in notes:
        wanted = _WANTED.get(column.type, column.type)
        return f"{cell!r} is no {column.type}.", f"Write {wanted}, or leave it empty."
    if "enum" in notes:
        return choices("code", cell, column.codes), ""
    shapes = (shape for end, shape in _SHAPES.items() if column.name.endswith(end))
    return f"{cell!r} does not fit.", f"Expected: {next(shapes, '; '.join(notes.values()))}."
