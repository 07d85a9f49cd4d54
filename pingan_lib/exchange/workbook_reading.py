"""A spreadsheet as it came back: what people and programs do to cells is undone, told, or refused."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

import pandas as pd

from pingan_lib.errors import PinganError, Problem
from pingan_lib.exchange.merging import Incoming, Key, Row
from pingan_lib.exchange.workbook import BASE, CODES, README, read_base, unescape_text, write_workbook
from pingan_lib.schema import Column, Table

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

_LARGEST = 200_000_000  # bytes; a small file can unfold into more than a machine holds
_DIGITS = 15  # what a spreadsheet keeps of a number
_SAVE = "Open it in a spreadsheet program and save it as an Excel workbook (.xlsx)."
_AS_TEXT = "Give the cell the format “Text” and write it again."


class WorkbookError(PinganError):
    """A file that cannot be taken back; `problems` lists every fault.

    Attributes
    ----------
    problems : tuple of Problem
    """

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        many = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        super().__init__("\n".join([f"{many}; nothing was imported", *(f"  {each}" for each in problems)]))


def recognise(content: bytes, name: str) -> str:
    """Say by its content what a file is: `xlsx` or `qdpx`.

    Parameters
    ----------
    content : bytes
    name : str
        The file's name, for messages.

    Raises
    ------
    PinganError
        If it is something else; it says what, and what to do.
    """
    if content.startswith(b"\xd0\xcf\x11\xe0"):  # a compound file: old Excel, or an encrypted new one
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise PinganError(f"{name} is protected by a password. Save it without one.")
        raise PinganError(f"{name} is an old Excel file (.xls). {_SAVE}")
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta")):
        raise PinganError(f"{name} is a web page, whatever its name says. {_SAVE}")
    if not content.startswith(b"PK"):
        raise PinganError(
            f"{name} is neither an Excel workbook (.xlsx) nor a REFI-QDA project (.qdpx). A table in CSV is edited "
            "in data/ itself; `pingan export` makes what `pingan import` takes."
        )
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = set(archive.namelist())
            size = sum(each.file_size for each in archive.infolist())
    except BadZipFile as error:
        raise PinganError(f"{name} is damaged: {error}. Save it again.") from error
    if size > _LARGEST:
        raise PinganError(f"{name} unfolds into {size:,} bytes; more than {_LARGEST:,} are not read.")
    if "xl/workbook.xml" in parts:
        return "xlsx"
    if any(part.lower().endswith(".qde") for part in parts):
        return "qdpx"
    if "content.xml" in parts:
        raise PinganError(f"{name} is an OpenDocument file (.ods). {_SAVE}")
    if "xl/workbook.bin" in parts:
        raise PinganError(f"{name} is a binary workbook (.xlsb). {_SAVE}")
    raise PinganError(f"{name} is a zip file without a workbook in it. Name the workbook itself.")


def read_workbook(content: bytes, tables: Mapping[str, Table], name: str = "the workbook") -> Incoming:
    """Read the tables of a workbook that `write_workbook` wrote and that a person edited, or one like it.

    Rows may be sorted, filtered, hidden, added or removed, and columns moved; blank rows do not count, nor do other
    sheets. A cell that became a number, a date or a truth value is taken back as it was exported where it still says
    the same; in a column of numbers or dates a new one is taken as it reads. Blanks around keys, codes, references,
    numbers, dates and lists are dropped.

    Parameters
    ----------
    content : bytes
        Of the .xlsx.
    tables : mapping of str to Table
    name : str, optional
        The file's name, for messages.

    Returns
    -------
    Incoming
        Without the tables that have no sheet.

    Raises
    ------
    PinganError
        If the file is no workbook.
    WorkbookError
        If columns do not fit, a cell is a formula, an error or something that cannot be taken back, cells are
        merged, or a row has no key or that of another one; it lists every fault.
    """
    if recognise(content, name) != "xlsx":
        raise PinganError(f"{name} is no workbook. {_SAVE}")
    book = _open(content, name)
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    base, notes = _base(book, name)
    incoming, problems = {}, []
    for table in tables.values():
        if table.name not in sheets:
            notes.append(f"{name} has no sheet {table.name}: the table is left as it is.")
            continue
        reader = _SheetReader(f"{name}, sheet {table.name}", table, base.get(table.name))
        frame = reader.read(sheets[table.name])
        problems += reader.problems
        notes += [f"{name}, sheet {table.name}: {note}" for note in reader.told()]
        if frame is not None:
            incoming[table.name] = frame
    others = [sheet for sheet in book.sheetnames if sheet not in {*tables, README, CODES, BASE}]
    if others:
        notes.append(f"{name}: no table, and ignored: the sheets {', '.join(others)}.")
    if not incoming and not problems:
        problems.append(
            Problem(name, None, None, "has no sheet of a table.", f"Tables: {', '.join(tables)}.")
        )
    if problems:
        raise WorkbookError(problems)
    return Incoming({key: frame for key, frame in base.items() if key in incoming}, incoming, tuple(notes))


def is_untouched(content: bytes, tables: Mapping[str, Table]) -> bool:
    """Whether a file is, byte for byte, what `write_workbook` made of the tables that were exported into it.

    Parameters
    ----------
    content : bytes
    tables : mapping of str to Table
    """
    try:
        base = read_workbook(content, tables).base
        return base.keys() == tables.keys() and write_workbook(tables, base) == content
    except PinganError:
        return False


def _open(content: bytes, name: str) -> Workbook:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what it does not keep, such as newer kinds of validation
            return load_workbook(BytesIO(content))
    except Exception as error:  # of a dozen kinds, none of them documented
        raise PinganError(f"{name} cannot be read ({type(error).__name__}: {error}). {_SAVE}") from error


def _base(book: Workbook, name: str) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The tables as exported, or a note that they are not known."""
    if BASE in book.sheetnames:
        try:
            return read_base(book[BASE]), []
        except ValueError:
            reason = "its hidden sheet with what was exported is damaged"
    else:
        reason = "it was not made by `pingan export`"
    note = f"{name}: {reason}; rows that it lacks are kept, and every other cell that differs is a conflict."
    return {}, [note]


@dataclass
class _SheetReader:
    """Reads one sheet; gathers its faults and what was mended."""

    place: str
    table: Table
    base: pd.DataFrame | None
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    mended: Counter[tuple[str, str]] = field(default_factory=Counter)

    def read(self, sheet: Worksheet) -> pd.DataFrame | None:
        """Return the rows, with the index line - 2; None where the columns do not fit."""
        # openpyxl's own iteration makes a million rows of one stray format at the sheet's end
        lines: dict[int, dict[int, Cell]] = {}
        for (line, number), cell in sorted(sheet._cells.items()):
            if cell.value is not None and cell.value != "":
                lines.setdefault(line, {})[number] = cell
        columns = self._columns(sheet, lines)
        for merged in sheet.merged_cells.ranges:
            self._fault(
                merged.min_row, None, f"has merged cells ({merged.coord}).", "Unmerge them, and fill each."
            )
        if columns is None:
            return None
        known = _known(self.base, self.table)
        lines_of: dict[Key, list[int]] = {}
        rows: dict[int, Row] = {}
        for line in sorted(lines.keys() - {1}):
            cells = {columns[number]: cell for number, cell in lines[line].items() if number in columns}
            for number in lines[line].keys() - columns.keys():
                where = lines[line][number].coordinate
                self._fault(
                    line, None, f"has a cell without a column’s name above it ({where}).", "Remove it."
                )
            if any(cell.data_type != "s" or cell.value.strip() for cell in cells.values()):
                rows[line - 2] = self._row(line, cells, list(columns.values()), known, lines_of)
        return pd.DataFrame(list(rows.values()), list(rows), list(columns.values()), dtype=str)

    def told(self) -> Iterator[str]:
        """What was noticed and mended, by column."""
        yield from self.notes
        for (column, what), count in self.mended.items():
            yield f"column {column}: {what} in {count} cell{'s' if count > 1 else ''}."

    def _fault(self, line: int | None, column: str | None, found: str, mend: str) -> None:
        self.problems.append(Problem(self.place, line, column, found, mend))

    def _columns(self, sheet: Worksheet, lines: Mapping[int, Mapping[int, Cell]]) -> dict[int, str] | None:
        """The columns by their number, if they are those of the table."""
        wanted = [column.name for column in self.table.columns]
        columns = {number: str(cell.value).strip() for number, cell in lines.get(1, {}).items()}
        before = len(self.problems)
        if not set(columns.values()) & set(wanted):
            self._fault(1, None, "has no names of columns.", f"The first row must be: {', '.join(wanted)}.")
            return None
        exported = set(wanted if self.base is None else self.base.columns)
        for name in (name for name in wanted if name not in columns.values()):
            if name in exported or name in self.table.key:
                self._fault(None, name, "is missing.", "Give the column its name back, or export anew.")
            else:
                self.notes.append(f"column {name} is newer than the file: it is left as it is.")
        for name, count in Counter(columns.values()).items():
            if name not in wanted:
                self._fault(
                    1,
                    name,
                    "is no column of the table.",
                    "Rename it back, or move it to a sheet of your own.",
                )
            elif count > 1:
                self._fault(1, name, f"stands there {count} times.", "Keep one.")
        return columns if len(self.problems) == before else None

    def _row(
        self,
        line: int,
        cells: Mapping[str, Cell],
        names: list[str],
        known: Mapping[Key, list[Row]],
        lines_of: dict[Key, list[int]],
    ) -> Row:
        row = dict.fromkeys(names, "")
        kept = {
            name: self._text(line, self.table.column(name), cells.get(name), None) for name in self.table.key
        }
        key = tuple(kept.values())
        if key not in known:  # blanks around a key that was not exported with them
            key = tuple(cell.strip() for cell in key)
            for name, cell in zip(kept, key, strict=True):
                self._mend(name, kept[name] != cell, "blanks were dropped")
        twins = lines_of.setdefault(key, [])
        exported = known.get(key, [])
        if len(twins) >= len(exported):  # more of them than were exported
            for name, cell in zip(self.table.key, key, strict=True):
                if not cell and (name not in cells or cells[name].data_type == "s"):
                    self._fault(line, name, "is empty.", "Give the row its key, or clear the row.")
            if twins and all(key):
                names_key = ", ".join(self.table.key)
                found = f"{', '.join(key)!r} is in row {twins[0]}, too."
                self._fault(line, names_key, found, "Give every row a key of its own.")
        was = exported[len(twins)] if len(twins) < len(exported) else None
        twins.append(line)
        row.update(zip(self.table.key, key, strict=True))
        for name, cell in cells.items():
            if name not in self.table.key:
                row[name] = self._text(line, self.table.column(name), cell, was.get(name) if was else None)
        return row

    def _mend(self, column: str, happened: bool, what: str) -> None:
        if happened:
            self.mended[column, what] += 1

    def _text(self, line: int, column: Column, cell: Cell | None, was: str | None) -> str:
        """A cell's text; what was exported there, where the cell still says the same."""
        if cell is None:
            return ""
        value, kind = cell.value, cell.data_type
        if kind == "s":
            text = unescape_text(str(value))
            # a program's own saving may leave _x0041_ without its mark, and drop carriage returns
            if was is not None and (value == was or _lines(text) == _lines(was)):
                return was
            bare = text.strip() if self._trims(column) and column.name not in self.table.key else text
            self._mend(column.name, bare != text, "blanks were dropped")
            return bare
        if kind == "f":
            formula = getattr(value, "text", value)
            found = f"is a formula, {str(formula)[:60]!r}."
            self._fault(line, column.name, found, "Write what it should give as text.")
        elif kind == "e":
            self._fault(line, column.name, f"is the error {value}.", "Write the text that belongs there.")
        elif (exported := _same(value, was)) is not None and "%" not in cell.number_format:
            self._mend(column.name, True, "what had become a number or a date was taken as exported")
            return exported
        elif (fault := _unfit(column, value, cell.number_format)) is not None:
            self._fault(line, column.name, *fault)
        else:
            return _plain(value)
        return ""

    def _trims(self, column: Column) -> bool:
        references = {reference.column for reference in self.table.references}
        return bool(column.codes) or column.type != "string" or column.name in references


def _known(base: pd.DataFrame | None, table: Table) -> dict[Key, list[Row]]:
    """The exported rows by key."""
    known: dict[Key, list[Row]] = {}
    for row in [] if base is None else base.to_dict("records"):
        known.setdefault(tuple(row.get(name, "") for name in table.key), []).append(row)
    return known


def _same(value: Any, was: str | None) -> str | None:
    """What was exported, where a number, a date or a truth value still says it."""
    if was is None:
        return None
    if isinstance(value, bool):
        return was if was.upper() == str(value).upper() else None
    if isinstance(value, (int, float)):
        try:
            return was if Decimal(was) == Decimal(repr(value)) else None
        except InvalidOperation:
            return None
    return was if was == _plain(value) else None


def _unfit(column: Column, value: Any, number_format: str) -> tuple[str, str] | None:
    """Why a number, a date or a truth value cannot stand in a column, and what to do; None where it can."""
    if isinstance(value, bool):
        return f"became the truth value {str(value).upper()}.", _AS_TEXT
    if isinstance(value, (int, float)):
        shown = _plain(value)
        digits = shown.lstrip("-").replace(".", "").strip("0")
        if "%" in number_format:
            percent = _plain(float(Decimal(shown) * 100))
            return f"is {shown}, shown as {percent}%.", f"Write {percent} as text if that is meant."
        if column.type == "date":
            return f"became the number {shown}.", "Write the day as text, such as 2024-04-03."
        if column.type not in ("number", "integer"):
            return f"became the number {shown}: zeros and digits may be lost.", _AS_TEXT
        if len(digits) > _DIGITS or abs(value) >= 10**_DIGITS:
            return f"became the number {shown}, of which the program keeps {_DIGITS} digits.", _AS_TEXT
        return None
    if column.type == "date" and isinstance(value, date) and len(_plain(value)) == len("2024-04-03"):
        return None
    return f"became a date or a time, {_plain(value)}.", _AS_TEXT


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _plain(value: Any) -> str:
    """A number without exponent, a day as 2024-04-03, anything else as it prints."""
    if isinstance(value, (int, float)):
        text = f"{Decimal(repr(value)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime) and value.time().isoformat() == "00:00:00":
        return value.date().isoformat()
    return str(value)
