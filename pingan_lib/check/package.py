"""Whether the descriptor is a data package, and cells are values of its fields."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from pingan_lib.errors import CorpusError, Problem
from pingan_lib.schema import DESCRIPTOR, Column, Table, read_schema

Notes = Mapping[str, str]

_CONSTRAINTS = {"required": bool, "pattern": str, "enum": [str]}
_FIELD = {
    "name": str,
    "type": {"string", "number", "integer", "date", "list"},
    "title": str,
    "description": str,
    "constraints": _CONSTRAINTS,
    "requiredOnceAccepted": bool,
    "delimiter": {";"},
    "itemType": {"string"},
    "itemEnum": [str],
}
_KEY = {"fields": [str], "reference": {"resource": str, "fields": [str]}}
_SCHEMA = {"fields": [_FIELD], "primaryKey": [str], "missingValues": [{""}], "foreignKeys": [_KEY]}
_SOURCE = {"title": str}
_PACKAGE = {
    "$schema": {"https://datapackage.org/profiles/2.0/datapackage.json"},
    **dict.fromkeys(("name", "title", "version", "description"), str),
    "licenses": [{"name": str, "title": str, "path": str}],
    "sources": [_SOURCE],
    "contributors": [{"title": str, "roles": [str]}],
    "resources": [
        {
            **dict.fromkeys(("name", "title", "description", "path"), str),
            "type": {"table"},
            "scheme": {"file"},
            "format": {"csv"},
            "mediatype": {"text/csv"},
            "encoding": {"utf-8"},
            "schema": _SCHEMA,
        }
    ],
}
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_.-]*")
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_PLAIN_INTEGER = re.compile(r"-?[0-9]{1,18}")
_PLAIN_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_package(data: Path) -> tuple[dict[str, Table], Fields]:
    """Read the descriptor, and let frictionless say whether it is one.

    Parameters
    ----------
    data : Path
        The folder that holds the descriptor.

    Returns
    -------
    tables : dict of str to Table
    fields : Fields

    Raises
    ------
    CorpusError
        If it is no valid data package.
    """
    try:
        text = (data / DESCRIPTOR).read_text(encoding="utf-8")
        tables, fields = read_schema(text), Fields(json.loads(text), data)
        if not fields.plain:
            _ = fields.package
    except (ValueError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
    except Exception as error:
        reason = _refusal(error)
    else:
        return tables, fields
    found, mend = f"is no valid data package: {reason}.", "Mend it, or take it from an example project."
    raise CorpusError([Problem(f"data/{DESCRIPTOR}", None, None, found, mend)])


def _refusal(error: Exception) -> str:
    """Why frictionless takes a descriptor for none; any other error is raised again."""
    from frictionless import FrictionlessException

    if not isinstance(error, FrictionlessException):
        raise error
    return "; ".join(reason.note for reason in error.reasons) or error.error.note


class Fields:
    """What a cell may hold, by table and column.

    Frictionless judges descriptors and cells. Its import alone takes longer than to read a small corpus, so it is asked
    only about what is not plainly right: a descriptor that uses other properties than those of this package's own, or a
    cell that is no plain value of its column.

    Parameters
    ----------
    descriptor : dict
        Of the package.
    data : Path
        The folder of the tables.
    """

    def __init__(self, descriptor: Any, data: Path) -> None:
        self.descriptor, self.data = descriptor, data
        self.plain = is_plain(descriptor)

    @cached_property
    def package(self) -> Any:
        """The package as frictionless reads it; it raises what frictionless finds wrong."""
        from frictionless import Package

        return Package(self.descriptor, basepath=str(self.data))

    def misfits(self, table: Table, column: Column, cells: Iterable[str]) -> dict[str, Notes]:
        """Return what is noted of those cells that are no value of their column; of empty ones nothing is.

        Parameters
        ----------
        table : Table
        column : Column
        cells : iterable of str
        """
        if self.plain and _takes_anything(column):
            return {}
        sound = _plainly(column) if self.plain else lambda cell: False
        odd = [cell for cell in set(cells) if cell and not sound(cell)]
        if not odd:
            return {}
        fields = self.package.get_resource(table.name).schema.fields
        read = fields[table.columns.index(column)].create_cell_reader()
        noted = ((cell, read(cell)[1]) for cell in odd)
        return {cell: notes for cell, notes in noted if notes}


def is_plain(descriptor: Any) -> bool:
    """Whether a descriptor uses only what this package's own does, so that it is valid without a closer look."""
    if not _has_shape(descriptor, _PACKAGE) or "$schema" not in descriptor:
        return False
    resources = {each["name"]: each for each in descriptor["resources"]}
    names = {name: [each["name"] for each in one["schema"]["fields"]] for name, one in resources.items()}
    return (
        len(resources) == len(descriptor["resources"])
        and all(each.get("name") for each in descriptor.get("licenses", ()))
        and all(_PLAIN_NAME.fullmatch(each[key]) for each in resources.values() for key in ("name", "path"))
        and all(len(set(fields)) == len(fields) for fields in names.values())
        and all(set(each["schema"]["primaryKey"]) <= set(names[name]) for name, each in resources.items())
        and all(_refers(key, name, names) for name, each in resources.items() for key in _keys(each))
        and all(_is_plain_field(each) for one in resources.values() for each in one["schema"]["fields"])
    )


def _has_shape(value: Any, shape: Any) -> bool:
    if isinstance(shape, dict):
        known = isinstance(value, dict) and value.keys() <= shape.keys()
        return known and all(_has_shape(item, shape[key]) for key, item in value.items())
    if isinstance(shape, list):
        return isinstance(value, list) and all(_has_shape(item, shape[0]) for item in value)
    if isinstance(shape, set):
        return isinstance(value, str) and value in shape
    return type(value) is shape


def _keys(resource: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return resource["schema"].get("foreignKeys", [])


def _refers(key: Mapping[str, Any], name: str, names: Mapping[str, list[str]]) -> bool:
    target = key["reference"]
    fields, there = key["fields"], names.get(target["resource"] or name, [])
    return (
        len(fields) == len(target["fields"]) == 1
        and fields[0] in names[name]
        and target["fields"][0] in there
    )


def _is_plain_field(field: Mapping[str, Any]) -> bool:
    constraints = field.get("constraints", {})
    if field["type"] != "string" and not constraints.keys() <= {"required"}:
        return False
    if field["type"] != "list" and not field.keys().isdisjoint({"delimiter", "itemType", "itemEnum"}):
        return False
    try:
        re.compile(constraints.get("pattern", ""))
    except re.error:
        return False
    return bool(field["name"])


def _takes_anything(column: Column) -> bool:
    return column.type == "list" or (column.type == "string" and not column.codes and not column.pattern)


def _plainly(column: Column) -> Callable[[str], object]:
    """Return what tells that a cell of a plain column is right; where it does not, the cell may be right too."""
    if column.type == "number":
        return _PLAIN_NUMBER.fullmatch
    if column.type == "integer":
        return _PLAIN_INTEGER.fullmatch
    if column.type == "date":
        return _is_day
    fits = re.compile(f"^{column.pattern}$").match
    if column.codes:
        codes = frozenset(column.codes)
        return lambda cell: cell in codes and (not column.pattern or fits(cell))
    return fits


def _is_day(cell: str) -> bool:
    if not _PLAIN_DAY.fullmatch(cell):
        return False
    try:
        date.fromisoformat(cell)
    except ValueError:
        return False
    return True
