"""The tables as files: CSV that a person edits in a spreadsheet and reviews in a diff."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

import pandas as pd

from pingan_lib.errors import CorpusError, Problem, UsageError
from pingan_lib.schema import Table

# Excel takes a CSV for UTF-8 only where it begins with this mark.
_MARK = b"\xef\xbb\xbf"

_UTF8 = "Save it as “CSV UTF-8 (comma delimited)”."
_COMMAS = (
    "Save it with commas: in LibreOffice as “Text CSV” with the field delimiter “,”; in Excel as “CSV UTF-8 \
(comma delimited)”, with a comma as the list separator of the system’s region."
)
_STARTS = {
    b"PK\x03\x04": ("is a workbook, whatever its name says.", _UTF8),
    b"\xd0\xcf\x11\xe0": ("is a workbook, whatever its name says.", _UTF8),
    b"\xff\xfe": ("is UTF-16, which Excel calls “Unicode Text”.", _UTF8),
    b"\xfe\xff": ("is UTF-16.", _UTF8),
}
_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?: .*)?$", re.MULTILINE)
# What a file that is read at once, row by row, holds nowhere.
_ODD = (b"\0", b"<<<<<<<", b"=======", b">>>>>>>")
_BLOCK = 1 << 20  # bytes
_ROWS = 256  # are turned into columns at a time
_KNOWN = 1 << 16  # different cells of a column are remembered at most, so that what is repeated is kept once

Cells = dict[str, list[str]]
_UNNAMED = re.compile(r"(?:Unnamed: \d+)?")


def read_raw(folder: Path, table: Table) -> pd.DataFrame:
    """Read a table's cells as they are written.

    Parameters
    ----------
    folder : Path
        The folder that holds the tables.
    table : Table

    Returns
    -------
    DataFrame
        Of strings, an empty cell being an empty string; rows numbered from 0, columns in the file's order.

    Raises
    ------
    CorpusError
        If the file is no such table: `scan` says what is read and what is not.
    """
    frame, problems = scan(folder, table)
    if frame is None or problems:
        raise CorpusError(problems)
    return frame


def scan(folder: Path, table: Table) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Read a table's cells, and say what is wrong with the file.

    What spreadsheets add or leave out without a change of meaning is no fault: a byte order mark, any line ends,
    columns in another order, empty cells left out at the end of a row, empty columns without a name, empty rows
    at the end.

    Parameters
    ----------
    folder : Path
        The folder that holds the tables.
    table : Table

    Returns
    -------
    frame : DataFrame or None
        As `read_raw` gives it, with the table's columns only; None where its rows or columns cannot be told.
    problems : list of Problem
        Faults of the file; those of its cells are told by `check`.
    """
    cells, problems = scan_cells(folder, table)
    return None if cells is None else pd.DataFrame(cells, dtype=str), problems


def scan_cells(folder: Path, table: Table) -> tuple[Cells | None, list[Problem]]:
    """Read a table's cells by column, and say what is wrong with the file; else as `scan`.

    Rows are turned into columns as they are read: a table takes little more memory than its different cells.

    Parameters
    ----------
    folder : Path
        The folder that holds the tables.
    table : Table

    Returns
    -------
    cells : dict of str to list of str, or None
        The table's columns in the file's order.
    problems : list of Problem
    """
    file = f"data/{table.file}"
    try:
        header, columns, ragged = _read(file, folder / table.file)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        mend = "Restore the file." if isinstance(error, FileNotFoundError) else "Close it where it is open."
        return None, [Problem(file, None, None, f"cannot be read: {reason}.", mend)]
    except CorpusError as error:
        return None, list(error.problems)
    if _blank(header) and not any(columns) and not ragged:
        wanted = ", ".join(column.name for column in table.columns)
        return None, [Problem(file, None, None, "is empty.", f"Its first line must be: {wanted}.")]
    problems = [
        Problem(file, row, name, found, mend)
        for row, name, found, mend in _header_faults(header, columns, table)
    ]
    problems += [Problem(file, row, None, found, mend) for row, found, mend in ragged]
    names = {column.name for column in table.columns}
    if ragged or not names <= set(header) or any(header.count(name) > 1 for name in names):
        return None, problems
    pairs = zip(header, columns, strict=True)
    return {name: column for name, column in pairs if name in names}, problems


def write_raw(folder: Path, table: Table, frame: pd.DataFrame, *, mark: bool | None = None) -> None:
    """Write a table's cells: UTF-8, one header line, LF.

    The file is replaced at once: whoever reads it meanwhile sees the old one or the new one.

    Parameters
    ----------
    folder : Path
    table : Table
    frame : DataFrame
        Of strings, as `read_raw` gives it; its index is not written.
    mark : bool, optional
        Whether to begin with a byte order mark; by default as the file that is there does.

    Raises
    ------
    UsageError
        If the file cannot be written.
    """
    path = folder / table.file
    if mark is None:
        mark = path.is_file() and path.read_bytes().startswith(_MARK)
    # Left to itself, the writer puts no quotation marks around a carriage return that stands alone.
    alone = frame.map(lambda cell: "\r" in cell).any(axis=None)
    quoting = csv.QUOTE_ALL if alone else csv.QUOTE_MINIMAL
    rows = frame.to_csv(index=False, lineterminator="\n", quoting=quoting).encode("utf-8")
    write_bytes(path, (_MARK if mark else b"") + rows)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; UsageError if it cannot be written."""
    written: Path | None = None
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
            written = Path(file.name)
            file.write(content)
        written.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        written.replace(path)
    except OSError as error:
        if written is not None:
            written.unlink(missing_ok=True)
        raise UsageError(
            f"Cannot write {path}: {error.strerror}. If a spreadsheet has it open, close it there."
        ) from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _read(file: str, path: Path) -> tuple[list[str], list[list[str]], list[tuple[int, str, str]]]:
    """Return the first row of a file, the columns below it, and what is wrong with single rows."""
    with path.open("rb") as content:
        if not _odd(content):
            content.seek(0)
            lines = io.TextIOWrapper(content, encoding="utf-8-sig", newline="")
            try:
                return _by_column(csv.reader(lines, strict=True))
            except (UnicodeDecodeError, csv.Error):
                pass
    return _by_column(_rows(file, path.read_bytes()))


def _odd(content: BinaryIO) -> bool:
    """Whether a file begins or goes on in a way that has to be looked at as a whole."""
    block, rest = content.read(_BLOCK), b""
    if block.startswith(tuple(_STARTS)) or _separator(block.decode("utf-8-sig", "ignore")):
        return True
    while block:
        if any(sign in rest + block for sign in _ODD):
            return True
        rest, block = block[-8:], content.read(_BLOCK)
    return False


def _by_column(rows: Iterable[list[str]]) -> tuple[list[str], list[list[str]], list[tuple[int, str, str]]]:
    rows = iter(rows)
    header = next(rows, [])
    width = len(header)
    columns: list[list[str]] = [[] for _ in header]
    known: list[dict[str, str] | None] = [{} for _ in header]
    blank: list[int] = []
    faults: list[tuple[int, str, str]] = []
    start, last = 2, 1  # numbers of the first row of a chunk, and of the last row that holds anything
    while chunk := list(islice(rows, _ROWS)):
        odd = [i for i, row in enumerate(chunk) if len(row) != width or not width or not row[0].strip()]
        for index in odd:
            row = chunk[index]
            if _blank(row):
                blank.append(start + index)
            elif not _blank(row[width:]):
                found = "has more cells than there are columns."
                faults.append(
                    (start + index, found, "A comma in a cell needs quotation marks around the cell.")
                )
            chunk[index] = row[:width] + [""] * (width - len(row))
        empty = set(blank[-len(odd) :]) if odd else set()
        filled = (number for number in range(start + len(chunk) - 1, start - 1, -1) if number not in empty)
        last = next(filled, last)
        start += len(chunk)
        for index, (column, cells) in enumerate(zip(columns, zip(*chunk, strict=True), strict=True)):
            seen = known[index]
            if seen is None:
                column.extend(cells)
                continue
            before = len(seen)
            column.extend(map(seen.setdefault, cells, cells))
            if len(seen) - before > _ROWS // 2:  # ids and quotes, which do not repeat
                known[index] = None
            elif len(seen) > _KNOWN:
                seen.clear()
    for column in columns:
        del column[last - 1 :]
    mend = "Delete the row: the table goes on below it."
    faults += [(row, "is blank.", mend) for row in blank if row < last]
    return header, columns, sorted(faults)


def _rows(file: str, content: bytes) -> list[list[str]]:
    """Split a file into rows of cells, or say why they cannot be told apart."""
    for start, (found, mend) in _STARTS.items():
        if content.startswith(start):
            raise CorpusError([Problem(file, None, None, found, mend)])
    if b"\0" in content:
        raise CorpusError([Problem(file, None, None, "is no text: it holds NUL characters.", _UTF8)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"is not UTF-8{_other_encoding(content, error.start)}."
        raise CorpusError([Problem(file, None, None, found, _UTF8)]) from None
    if conflict := _CONFLICT.search(text):
        line = text.count("\n", 0, conflict.start()) + 1
        found = f"is a line {conflict.group()!r}: git could not join two people’s edits."
        mend = "Keep what is right of both, and delete the lines that git put in."
        raise CorpusError([Problem(file, line, None, found, mend)])
    if separator := _separator(text):
        found = f"is separated by {separator}, not by commas."
        raise CorpusError([Problem(file, None, None, found, _COMMAS)])
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        found = f"has a quotation mark that opens or ends no cell ({error})."
        mend = "A cell in quotation marks ends with one, before a comma; one inside it is doubled."
        raise CorpusError([Problem(file, len(rows) + 1, None, found, mend)]) from None
    return rows


def _blank(row: Sequence[str]) -> bool:
    return not any(cell.strip() for cell in row)


def _other_encoding(content: bytes, place: int) -> str:
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return f" at byte {place}"
    return "; it may be GBK, as Excel’s plain “CSV” is on a Chinese Windows"


def _separator(text: str) -> str:
    """Name what separates the names of the first line, if it is no comma."""
    line = next(iter(text.splitlines()), "")
    if line.startswith("sep="):
        return f"{line[4:]!r}, as its first line says"
    if "," not in line:
        for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if separator in line:
                return name
    return ""


def _header_faults(
    header: Sequence[str], columns: Sequence[Sequence[str]], table: Table
) -> Iterator[tuple[int | None, str | None, str, str]]:
    """Name columns that are missing, misnamed, repeated or too many; with the row and the column to look at."""
    names = [column.name for column in table.columns]
    missing = [name for name in names if name not in header]
    for index, given in enumerate(header):
        if given in names:
            if header.index(given) < index:
                yield 1, given, "stands there twice.", "Keep one of the two columns."
        elif near := _nearest(given, missing):
            missing.remove(near)
            yield 1, given, f"is no column of {table.name}.", f"Name it {near!r} again."
        elif not _UNNAMED.fullmatch(given.strip()):
            mend = "Delete it, or move what it holds to a column of the table."
            yield 1, given, f"is no column of {table.name}.", mend
        elif not _blank(columns[index]):
            row, cell = next((row, cell) for row, cell in enumerate(columns[index], start=2) if cell.strip())
            yield row, None, f"has {cell!r} in a column without a name.", "Delete it, or move it."
    if missing:
        found = f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}."
        yield 1, None, found, f"The columns must be: {', '.join(names)}. A column may be empty."


def _nearest(given: str, names: Sequence[str]) -> str:
    plain = given.strip().lower().replace(" ", "_")
    return next(iter(get_close_matches(plain, names, n=1, cutoff=0.75)), "")
