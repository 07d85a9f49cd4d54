"""The tables' columns, keys, units and allowed codes, read from the data package's descriptor."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

DESCRIPTOR = "datapackage.json"
_TEXT = pd.Series([], dtype="str").dtype


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name, type, description : str
        As in the descriptor (Data Package, version 2).
    required : bool
    codes : tuple of str
        Allowed codes; empty where any text goes. For a list, of each item.
    pattern : str
        Regular expression of the whole cell; empty where any goes.
    """

    name: str
    type: str
    description: str
    required: bool
    codes: tuple[str, ...]
    pattern: str = ""


@dataclass(frozen=True)
class Reference:
    """A column that names a row of a table."""

    column: str
    table: str
    key: str


@dataclass(frozen=True)
class Table:
    """A table: its file, columns, key and references."""

    name: str
    title: str
    description: str
    file: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def read_schema(descriptor: str) -> dict[str, Table]:
    """Read the tables from a data package's descriptor.

    Parameters
    ----------
    descriptor : str
        JSON text of a Data Package (version 2) whose resources have table schemas. Codes are
        `constraints.enum`; the codes of a list's items are in `itemEnum`, and what a draft may leave empty is
        `requiredOnceAccepted`, as the standard has no place for either.

    Returns
    -------
    dict of str to Table
        In the descriptor's order.
    """
    tables = {}
    for resource in json.loads(descriptor)["resources"]:
        schema, name = resource["schema"], resource["name"]
        columns = tuple(
            Column(
                field["name"],
                field["type"],
                field.get("description", ""),
                bool(field.get("constraints", {}).get("required") or field.get("requiredOnceAccepted")),
                tuple(field.get("itemEnum") or field.get("constraints", {}).get("enum") or ()),
                field.get("constraints", {}).get("pattern", ""),
            )
            for field in schema["fields"]
        )
        references = tuple(
            Reference(key["fields"][0], key["reference"]["resource"] or name, key["reference"]["fields"][0])
            for key in schema.get("foreignKeys", ())
        )
        tables[name] = Table(
            name,
            resource.get("title", name),
            resource.get("description", ""),
            resource["path"],
            columns,
            tuple(schema["primaryKey"]),
            references,
        )
    return tables


def typed(table: Table, raw: pd.DataFrame | Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Give a table's cells their types.

    Parameters
    ----------
    table : Table
    raw : DataFrame, or mapping of str to sequence of str
        Of strings, as read from the CSV with `dtype=str` and `keep_default_na=False`; or the cells by column.

    Returns
    -------
    DataFrame
        Numbers as float64 (int64 where all are whole and none is missing), integers as Int64, dates as datetime64
        (missing where empty), lists as tuples of str, the rest as str. Indexed by the key where that is a single
        column.
    """
    columns = {column.name: _values(column, raw[column.name]) for column in table.columns}
    frame = pd.DataFrame(columns, raw.index if isinstance(raw, pd.DataFrame) else None, copy=False)
    return frame.set_index(table.key[0]) if len(table.key) == 1 else frame


def _values(column: Column, cells: Sequence[str] | pd.Series) -> Any:
    """Give one column its type, as an array; what repeats, as days and lists do, is read once."""
    written = _objects(cells.to_numpy() if isinstance(cells, pd.Series) else cells)
    if column.type not in ("number", "integer", "date", "list"):
        return pd.array(written, dtype=_TEXT)
    codes, different = pd.factorize(written)
    empty = different == ""
    if column.type == "date":
        days: Any = pd.Series(different, dtype=_TEXT).mask(empty)
        return pd.to_datetime(days, format="%Y-%m-%d").array.take(codes)
    if column.type == "list":
        return _objects([tuple(filter(None, cell.split(";"))) for cell in different])[codes]
    different[empty] = None
    numbers = pd.to_numeric(different)
    return (numbers if column.type == "number" else pd.array(numbers, dtype="Int64")).take(codes)


def _objects(items: Sequence[Any]) -> np.ndarray:
    """Return an array that holds the items themselves, whatever they are."""
    return np.fromiter(items, dtype=object, count=len(items))


def data_dictionary(tables: Mapping[str, Table], codebook: pd.DataFrame) -> str:
    """Write the data dictionary: every table, column and code, and the codebook's dimensions.

    Parameters
    ----------
    tables : mapping of str to Table
    codebook : DataFrame
        The codebook, indexed by `dimension_id`.

    Returns
    -------
    str
        Markdown.
    """
    lines = [
        "# Data dictionary",
        "",
        "Made from `datapackage.json` and `codebook.csv` by `python -m pingan_lib.schema` in the project folder; edit",
        "those, not this page.",
        "UTF-8 CSV, one header line. An empty field means that there is no value; that something is not reported",
        "is the absence of a row. A cell with several values separates them by `;`.",
        "What counts as a figure, and how edge cases were decided, is in `coding_guide.md`.",
        "",
    ]
    for table in tables.values():
        lines += [
            f"## {table.name}",
            "",
            table.description,
            "",
            f"Key: {', '.join(f'`{k}`' for k in table.key)}.",
            "",
        ]
        lines += ["| column | type | required | meaning | codes |", "|---|---|---|---|---|"]
        targets = {reference.column: reference for reference in table.references}
        for column in table.columns:
            meaning = column.description
            if column.name in targets:
                target = targets[column.name]
                meaning += f" Names a row of `{target.table}`."
            codes = ", ".join(f"`{code}`" for code in column.codes)
            required = "yes" if column.required else ""
            lines.append(f"| `{column.name}` | {column.type} | {required} | {meaning} | {codes} |")
        lines.append("")
    lines += ["## The codebook's dimensions", ""]
    for dimension_id, row in codebook.iterrows():
        lines += [
            f"### {row['name_en']} · {row['name_zh']} (`{dimension_id}`)",
            "",
            row["definition"],
            "",
            f"- Include: {row['include']}.",
            f"- Exclude: {row['exclude']}.",
            *([f"- Example: “{row['example_quote']}”"] if row["example_quote"] else []),
            f"- Source: {row['source']}.",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    from pathlib import Path

    data = Path("data")
    described = read_schema((data / DESCRIPTOR).read_text(encoding="utf-8"))
    dimensions = pd.read_csv(
        data / "codebook.csv", index_col="dimension_id", dtype=str, keep_default_na=False
    )
    (data / "README.md").write_text(data_dictionary(described, dimensions), encoding="utf-8")
