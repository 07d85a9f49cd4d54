"""Edits made elsewhere: compared with what was exported, merged by key, rehearsed, then written all at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pandas as pd

from pingan_lib.check import check_folder
from pingan_lib.errors import CorpusError, PinganError, Problem, UsageError
from pingan_lib.schema import DESCRIPTOR, Table, read_schema
from pingan_lib.table_files import read_raw, write_bytes, write_raw

Key = tuple[str, ...]
Row = dict[str, str]


@dataclass(frozen=True)
class Incoming:
    """What a file from elsewhere brings.

    Attributes
    ----------
    base : dict of str to DataFrame
        The tables as they were exported into it; without those of which that is not known.
    incoming : dict of str to DataFrame
        The tables as they are in it now: strings, the row with index i being line i + 2. It may lack columns.
    notes : tuple of str
        What the person should know about how it was read.
    """

    base: dict[str, pd.DataFrame]
    incoming: dict[str, pd.DataFrame]
    notes: tuple[str, ...] = ()


class Edit(NamedTuple):
    """One cell: its column, what stood there, what stands there now; None where there is no row."""

    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Change:
    """What becomes of one row of the project: `added`, `changed` or `removed`."""

    kind: str
    key: Key
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Conflict:
    """A cell, or a whole row where `column` is None, that both sides changed in different ways.

    Attributes
    ----------
    key : tuple of str
    column : str or None
    base, current, incoming : str or None
        The cell as exported, in the project and in the file; None where there is no such row. Of a whole row,
        a word for it: `row`.
    current_line, incoming_line : int or None
        The lines in which the row stands, the header being line 1.
    """

    key: Key
    column: str | None
    base: str | None
    current: str | None
    incoming: str | None
    current_line: int | None
    incoming_line: int | None

    def __str__(self) -> str:
        whole = self.column is None
        sides = (
            ("the project", self.current_line, self.current),
            ("the file", self.incoming_line, self.incoming),
        )
        told = ", ".join(_side(*side, whole) for side in sides)
        return told if whole or self.base is None else f"{told}; exported was {self.base!r}"


@dataclass(frozen=True)
class Merge:
    """A table with the edits of both sides.

    Attributes
    ----------
    frame : DataFrame
        Of strings, rows numbered from 0. Where there are conflicts, it has the project's cells.
    changes : tuple of Change
        What the file changes in the project.
    conflicts : tuple of Conflict
    combined : tuple of tuple of str
        Keys of rows in which both sides changed different cells.
    reordered : bool
        Whether the file has the old rows in another order; the project's order is kept.
    """

    frame: pd.DataFrame
    changes: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]
    combined: tuple[Key, ...]
    reordered: bool


def merge(
    table: Table,
    base: pd.DataFrame | None,
    current: pd.DataFrame,
    incoming: pd.DataFrame,
    *,
    theirs: bool = False,
) -> Merge:
    """Merge what two sides made of a table since it was exported, row by row and cell by cell.

    A cell that one side changed takes that change; a cell that both changed alike is no conflict. Rows that the
    project has keep its order; new rows follow the row that they follow in the file, and go to the end from its end.

    Parameters
    ----------
    table : Table
        For the key. Rows with the same key are taken in their order: the first with the first.
    base : DataFrame or None
        The table as exported. Without it nothing is taken for removed, and every cell that differs is a conflict.
    current, incoming : DataFrame
        The table in the project and in the file, of strings. `incoming` and `base` may lack columns, not the key's:
        these stay as they are in the project.
    theirs : bool, optional
        In a conflict take what the file has; there are none then.

    Returns
    -------
    Merge
    """
    columns = [name for name in current.columns if name in incoming.columns]
    was, here, there = ({} if each is None else _rows(each, table.key) for each in (base, current, incoming))
    merged: dict[Key, Row] = {}
    changes: list[Change] = []
    conflicts: list[Conflict] = []
    combined: list[Key] = []
    for name in dict.fromkeys([*here, *there]):
        key, exported, mine, other = name[:-1], was.get(name), here.get(name), there.get(name)
        before, after = mine.cells if mine else None, other.cells if other else None
        row, clashes = _merge_row(exported.cells if exported else None, before, after, columns, theirs)
        for column in clashes:
            cells = [
                side.cells.get(column or "", "row") if side else None for side in (exported, mine, other)
            ]
            lines = [side.line if side else None for side in (mine, other)]
            conflicts.append(Conflict(key, column, cells[0], cells[1], cells[2], lines[0], lines[1]))
        if row is not None:
            merged[name] = {column: row.get(column, "") for column in current.columns}
        if (change := _change(key, before, merged.get(name))) is not None:
            changes.append(change)
        if exported and before and after and not clashes and row not in (before, {**before, **after}):
            combined.append(key)
    order = _order(list(here), list(there), merged)
    frame = pd.DataFrame([merged[name] for name in order], columns=current.columns, dtype=str)
    old = was or here
    reordered = [name for name in old if name in there] != [name for name in there if name in old]
    return Merge(frame, tuple(changes), tuple(conflicts), tuple(combined), reordered)


class _Placed(NamedTuple):
    line: int
    cells: Row


def _rows(frame: pd.DataFrame, key: Sequence[str]) -> dict[Key, _Placed]:
    """Rows by key; a last part tells rows with the same key apart."""
    rows: dict[Key, _Placed] = {}
    names = [str(name) for name in frame.columns]
    for index, values in zip(frame.index, frame.to_numpy(dtype=object).tolist(), strict=True):
        cells = dict(zip(names, values, strict=True))
        parts, count = tuple(cells[name] for name in key), 0
        while (*parts, str(count)) in rows:
            count += 1
        rows[*parts, str(count)] = _Placed(int(index) + 2, cells)
    return rows


def _merge_row(
    was: Row | None, here: Row | None, there: Row | None, columns: Sequence[str], theirs: bool
) -> tuple[Row | None, list[str | None]]:
    """The merged cells, None for no row, and the columns in conflict, None for the row itself."""
    if here is None or there is None:
        left = here or there
        if was is None:  # one side added it
            return left, []
        if left is None or all(left[name] == was[name] for name in columns if name in was):
            return None, []
        return (there, []) if theirs else (here, [None])
    row, clashes = dict(here), list[str | None]()
    for name in columns:
        before = was.get(name) if was else None
        if there[name] in (here[name], before):
            continue
        if theirs or here[name] == before:
            row[name] = there[name]
        else:
            clashes.append(name)
    return row, clashes


def _change(key: Key, before: Row | None, after: Row | None) -> Change | None:
    if before == after:
        return None
    kind = "changed" if before and after else "added" if after else "removed"
    cells = ((name, (before or {}).get(name), (after or {}).get(name)) for name in before or after or {})
    return Change(kind, key, tuple(Edit(*cell) for cell in cells if (cell[1] or "") != (cell[2] or "")))


def _order(ours: Sequence[Key], news: Sequence[Key], merged: Mapping[Key, Row]) -> list[Key]:
    """The project's order; a new row behind its forerunner in the file, those at the file's end at the end."""
    known = set(ours)
    last = max((place for place, name in enumerate(news) if name in known), default=-1)
    behind: dict[Key | None, list[Key]] = {}
    forerunner: Key | None = None
    for place, name in enumerate(news):
        if name in known:
            forerunner = name
        elif name in merged and place < last:
            behind.setdefault(forerunner, []).append(name)
    order = list(behind.get(None, ()))
    for name in ours:
        order += [name] if name in merged else []
        order += behind.get(name, ())
    return order + [name for name in news[last + 1 :] if name in merged]


def _side(who: str, line: int | None, cell: str | None, whole: bool) -> str:
    where = f"{who}, row {line}," if line else who
    if cell is None:
        return f"{where} has removed the row"
    return f"{where} has changed it" if whole else f"{where} has {cell!r}"


def read_tables(root: Path) -> tuple[dict[str, Table], dict[str, pd.DataFrame]]:
    """Read the tables of a project as they are written, faults of content and all.

    Parameters
    ----------
    root : Path
        The project folder.

    Returns
    -------
    tables : dict of str to Table
    frames : dict of str to DataFrame
        Of strings, by the table's name.

    Raises
    ------
    CorpusError
        If the descriptor or a table cannot be read; it lists every such fault.
    """
    data = root / "data"
    try:
        tables = read_schema((data / DESCRIPTOR).read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError) as error:
        found = f"is no valid data package: {type(error).__name__}: {error}."
        raise CorpusError([Problem(f"data/{DESCRIPTOR}", None, None, found, "Mend it first.")]) from error
    frames: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for name, table in tables.items():
        try:
            frames[name] = read_raw(data, table)
        except CorpusError as error:
            problems += error.problems
    if problems:
        raise CorpusError(problems)
    return tables, frames


def rehearse(
    root: Path, tables: Mapping[str, Table], frames: Mapping[str, pd.DataFrame]
) -> tuple[dict[Path, bytes], list[Problem]]:
    """Write tables into a temporary copy of the project's data and check it.

    Parameters
    ----------
    root : Path
        The project folder; nothing in it is changed.
    tables : mapping of str to Table
        All tables.
    frames : mapping of str to DataFrame
        The tables to write, of strings.

    Returns
    -------
    contents : dict of Path to bytes
        What `replace_files` would write, by file of the project.
    problems : list of Problem
        What `pingan check` would find then.

    Raises
    ------
    PinganError
        If a table would not be read again as it was written.
    """
    with TemporaryDirectory(prefix="pingan-") as folder:
        copy = Path(folder).resolve()
        shutil.copytree(root / "data", copy / "data")
        for name, frame in frames.items():
            write_raw(copy / "data", tables[name], frame)
            if read_raw(copy / "data", tables[name]).to_numpy().tolist() != frame.to_numpy().tolist():
                raise PinganError(
                    f"data/{tables[name].file} cannot hold what it should become. Nothing was written."
                )
        for path in _article_files(copy / "data", tables):
            source = (root / path).resolve()
            if source.is_file() and source.is_relative_to(root.resolve()):
                (copy / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy / path)
        contents = {
            root / "data" / tables[name].file: (copy / "data" / tables[name].file).read_bytes()
            for name in frames
        }
        return contents, check_folder(copy)


def replace_files(contents: Mapping[Path, bytes]) -> None:
    """Write several files, all or none: where one cannot be replaced, those before it are put back.

    Raises
    ------
    UsageError
        If a file cannot be written; all are then as they were.
    """
    before = {path: path.read_bytes() for path in contents}
    staged = {path: path.with_name(f".{path.name}.new") for path in contents}
    replaced: list[Path] = []
    try:
        for path, content in contents.items():
            write_bytes(staged[path], content)
            shutil.copymode(path, staged[path])
        for path in contents:
            staged[path].replace(path)
            replaced.append(path)
    except (OSError, PinganError, KeyboardInterrupt) as error:
        for path in replaced:
            write_bytes(path, before[path])
        for path in staged.values():
            path.unlink(missing_ok=True)
        if isinstance(error, KeyboardInterrupt):
            raise
        raise UsageError(f"The tables cannot be written: {error}. Nothing was changed.") from error


def _article_files(data: Path, tables: Mapping[str, Table]) -> Iterator[str]:
    """The files that the articles name."""
    if "articles" in tables:
        articles = read_raw(data, tables["articles"])
        for column in ("path", "original"):
            if column in articles.columns:
                yield from filter(None, articles[column].dropna())
