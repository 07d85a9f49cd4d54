"""The tables as files: CSV that a person edits in a spreadsheet and reviews in a diff."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from tempfile import NamedTemporaryFile

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
    file = f"data/{table.file}"
    try:
        content = (folder / table.file).read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        mend = "Restore the file." if isinstance(error, FileNotFoundError) else "Close it where it is open."
        return None, [Problem(file, None, None, f"cannot be read: {reason}.", mend)]
    try:
        rows = _rows(file, content)
    except CorpusError as error:
        return None, list(error.problems)
    while rows and _blank(rows[-1]):
        rows.pop()
    if not rows:
        wanted = ", ".join(column.name for column in table.columns)
        return None, [Problem(file, None, None, "is empty.", f"Its first line must be: {wanted}.")]
    header, *body = rows
    problems = [
        Problem(file, row, name, found, mend)
        for row, name, found, mend in _header_faults(header, body, table)
    ]
    ragged = list(_row_faults(header, body))
    problems += [Problem(file, row, None, found, mend) for row, found, mend in ragged]
    names = {column.name for column in table.columns}
    if ragged or not names <= set(header) or any(header.count(name) > 1 for name in names):
        return None, problems
    places = [index for index, name in enumerate(header) if name in names]
    cells = [[row[index] if index < len(row) else "" for index in places] for row in body]
    return pd.DataFrame(cells, columns=[header[index] for index in places], dtype=str), problems


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
    header: Sequence[str], body: Sequence[Sequence[str]], table: Table
) -> Iterator[tuple[int | None, str | None, str, str]]:
    """Name columns that are missing, misnamed, repeated or too many; with the row and the column to look at."""
    names = [column.name for column in table.columns]
    missing = [name for name in names if name not in header]
    for index, given in enumerate(header):
        cells = [row[index] for row in body if index < len(row)]
        if given in names:
            if header.index(given) < index:
                yield 1, given, "stands there twice.", "Keep one of the two columns."
        elif near := _nearest(given, missing):
            missing.remove(near)
            yield 1, given, f"is no column of {table.name}.", f"Name it {near!r} again."
        elif not _UNNAMED.fullmatch(given.strip()):
            mend = "Delete it, or move what it holds to a column of the table."
            yield 1, given, f"is no column of {table.name}.", mend
        elif not _blank(cells):
            row, cell = next((row, cell) for row, cell in enumerate(cells, start=2) if cell.strip())
            yield row, None, f"has {cell!r} in a column without a name.", "Delete it, or move it."
    if missing:
        found = f"lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}."
        yield 1, None, found, f"The columns must be: {', '.join(names)}. A column may be empty."


def _nearest(given: str, names: Sequence[str]) -> str:
    plain = given.strip().lower().replace(" ", "_")
    return next(iter(get_close_matches(plain, names, n=1, cutoff=0.75)), "")


def _row_faults(header: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[tuple[int, str, str]]:
    for index, row in enumerate(body, start=2):
        if _blank(row):
            yield index, "is blank.", "Delete the row: the table goes on below it."
        elif not _blank(row[len(header) :]):
            yield (
                index,
                "has more cells than there are columns.",
                "A comma in a cell needs quotation marks around the cell.",
            )
