"""The tables as files: CSV that a person edits in a spreadsheet and reviews in a diff."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

import pandas as pd

from pingan_lib.schema import Table

# Excel takes a CSV for UTF-8 only where it begins with this mark.
_MARK = b"\xef\xbb\xbf"


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
        Of strings, an empty cell being an empty string; rows numbered from 0.
    """
    return pd.read_csv(folder / table.file, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def write_raw(folder: Path, table: Table, frame: pd.DataFrame) -> None:
    """Write a table's cells: UTF-8, one header line, LF; with a byte order mark if the file has one.

    The file is replaced at once: whoever reads it meanwhile sees the old one or the new one.

    Parameters
    ----------
    folder : Path
    table : Table
    frame : DataFrame
        Of strings, as `read_raw` gives it; its index is not written.
    """
    path = folder / table.file
    mark = _MARK if path.is_file() and path.read_bytes().startswith(_MARK) else b""
    write_bytes(path, mark + frame.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
        file.write(content)
    written = Path(file.name)
    written.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
    written.replace(path)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
