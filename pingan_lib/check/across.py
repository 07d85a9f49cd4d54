"""Any table: codes in lists, twins in two languages, copied rows, references, and ids that two tables share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from pingan_lib.errors import Problem, choices
from pingan_lib.schema import Table
from pingan_lib.table_files import Cells


def check_lists(table: Table, cells: Cells) -> Iterator[Problem]:
    """Of a list with codes, every item is one."""
    for column in table.columns:
        if column.type == "list" and column.codes:
            values = cells[column.name]
            unknown = {
                cell: [item for item in filter(None, cell.split(";")) if item not in column.codes]
                for cell in set(values)
            }
            if not any(unknown.values()):
                continue
            for row, cell in enumerate(values, start=2):
                for item in unknown[cell]:
                    found = choices("code", item, column.codes)
                    yield Problem(f"data/{table.file}", row, column.name, found, "")


def check_twins(table: Table, cells: Cells) -> Iterator[Problem]:
    """A text has a Chinese twin in the column `<name>_zh`: both are written, or neither is."""
    for name in cells:
        twin = f"{name}_zh"
        if twin not in cells:
            continue
        for row, (text, chinese) in enumerate(zip(cells[name], cells[twin], strict=True), start=2):
            if bool(text) != bool(chinese):
                lacking, written = (twin, name) if text else (name, twin)
                found = f"is empty, while {written} is not."
                yield Problem(f"data/{table.file}", row, lacking, found, "Write it in both languages.")


def check_copies(table: Table, cells: Cells) -> Iterator[Problem]:
    """A row copied for another, and left as it was but for its id, would count a thing twice."""
    if len(table.key) > 1:
        return
    key = table.key[0]
    others = [column for name, column in cells.items() if name != key]
    # Rows that are alike have one hash: where all hashes differ, as they do, no row is kept to compare.
    count = len(cells[key])
    hashes = np.fromiter(map(hash, zip(*others, strict=True)), dtype=np.int64, count=count)
    _, place, number = np.unique(hashes, return_inverse=True, return_counts=True)
    first: dict[tuple[str, ...], tuple[int, str]] = {}
    for index in map(int, np.flatnonzero(number[place] > 1)):
        row_id = cells[key][index]
        before, earlier = first.setdefault(tuple(column[index] for column in others), (index + 2, row_id))
        if row_id != earlier:
            found = f"{row_id!r} holds what {earlier!r} in row {before} holds."
            mend = "Change or delete one of the two rows."
            yield Problem(f"data/{table.file}", index + 2, key, found, mend)


def check_references(table: Table, rows: Mapping[str, Cells]) -> Iterator[Problem]:
    """What names a row names one that is there."""
    for reference in table.references:
        if reference.table not in rows:
            continue
        known = rows[reference.table][reference.key]
        values = rows[table.name][reference.column]
        unknown = set(values) - {""}
        unknown -= set(known)
        if not unknown:
            continue
        mend = f"Or add its row to data/{reference.table}.csv."
        found = {cell: choices(f"row of {reference.table}", cell, known) for cell in unknown}
        for row, cell in enumerate(values, start=2):
            if cell in found:
                yield Problem(f"data/{table.file}", row, reference.column, found[cell], mend)


def check_ids(tables: Mapping[str, Table], rows: Mapping[str, Cells]) -> Iterator[Problem]:
    """A page leads to a row by its id alone: figures, approaches, statements and relations share none."""
    homes: dict[str, str] = {}
    for name in ("figures", "approaches", "statements", "relations"):
        if name not in rows:
            continue
        key = tables[name].key[0]
        ids = rows[name][key]
        shared = homes.keys() & ids if homes else set()
        if shared:
            for row, row_id in enumerate(ids, start=2):
                if row_id in shared:
                    found = f"{row_id!r} is the id of a row of {homes[row_id]}, too."
                    yield Problem(f"data/{tables[name].file}", row, key, found, "Rename one.")
        homes = dict.fromkeys(ids, name) | homes
