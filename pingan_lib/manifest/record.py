"""The file `manifest.json` of a run: its fields, read and written."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypedDict, get_args, get_origin, get_type_hints, is_typeddict

from pingan_lib.errors import PinganError
from pingan_lib.table_files import write_bytes

FORMAT = "pingan-run/1"
MANIFEST = "manifest.json"

Status = Literal["done", "failed"]


class ManifestError(PinganError):
    """A manifest that is missing, damaged, or of something else; it says where, what was found and what to do."""


class NotebookUsed(TypedDict):
    """The notebook of a run; `path` is relative to the project, or the name alone where it lies outside."""

    name: str
    path: str
    kind: str
    sha256: str


class City(TypedDict):
    """A city that was compared, with its names."""

    id: str
    en: str
    zh: str


class Article(TypedDict):
    """An article of a city that was compared; `published` is an ISO date."""

    id: str
    city: str
    title: str
    publisher: str
    published: str
    url: str


class DataUsed(TypedDict):
    """The data of a run: the SHA-256 of each file by its path, and one over their list."""

    name: str
    version: str
    sha256: str
    files: dict[str, str]
    articles: list[Article]


class LibraryUsed(TypedDict):
    """The package: its version, and the SHA-256 over the list of its files."""

    name: str
    version: str
    sha256: str


class LockUsed(TypedDict):
    """The file that pins every package."""

    path: str
    sha256: str


class CellRun(TypedDict):
    """How a code cell ended; `seconds` is null where nothing took the time."""

    id: str
    status: Literal["done", "failed", "not run"]
    seconds: float | None


class Execution(TypedDict):
    """One execution of the notebook, in one language; files are named relative to the run's folder."""

    status: Status
    message: str
    started: str
    ended: str
    seconds: float
    notebook: str | None
    page: str | None
    page_sha256: str | None
    page_bytes: int | None
    title: str
    question: str
    findings: list[str]
    tallies: dict[str, dict[str, int]]
    cells: list[CellRun]


@dataclass(frozen=True)
class Manifest:
    """What a run used and made; every field is named as in `manifest.json`.

    Attributes
    ----------
    format : str
        `pingan-run/1`.
    run : str
        The notebook's name and the first 8 digits of the key.
    key : str
        See `run_key`.
    status : {"done", "failed"}
        Done if every execution is.
    message : str
        What went wrong, by language; empty for a run that is done.
    notebook : NotebookUsed
    parameters : dict
        The values in effect, without the language.
    given : list of str
        Names of the parameters that were given; the others are the notebook's own.
    cities : list of City
    data : DataUsed
    library : LibraryUsed
    lock : LockUsed or None
    versions : dict of str to str
        Of Python and of the packages that this one needs.
    system : str
        Operating system and processor: `Linux x86_64`.
    source_date_epoch : int or None
        The date that was set for the run, in seconds since 1970.
    started, ended : str
        UTC, ISO 8601.
    seconds : float
    executions : dict of str to Execution
        By language, the first language first.
    """

    format: str
    run: str
    key: str
    status: Status
    message: str
    notebook: NotebookUsed
    parameters: dict[str, Any]
    given: list[str]
    cities: list[City]
    data: DataUsed
    library: LibraryUsed
    lock: LockUsed | None
    versions: dict[str, str]
    system: str
    source_date_epoch: int | None
    started: str
    ended: str
    seconds: float
    executions: dict[str, Execution]


def read_manifest(path: str | Path) -> Manifest:
    """Read the manifest of a run.

    Parameters
    ----------
    path : str or Path
        The file, or the folder of the run.

    Returns
    -------
    Manifest

    Raises
    ------
    ManifestError
        If there is none, or it is damaged, of something else, or of a newer format.
    """
    path = Path(path)
    file = path / MANIFEST if path.is_dir() else path
    again = "Run the notebook again to have a whole one."
    try:
        found = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise ManifestError(
            f"{file} is missing: {file.parent} is not the whole folder of a run. {again}"
        ) from None
    except OSError as error:
        raise ManifestError(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ManifestError(f"{file} is damaged: it is not JSON ({error}). {again}") from error
    stated = str(found.get("format", "")) if isinstance(found, dict) else ""
    if stated.partition("/")[0] != FORMAT.partition("/")[0]:
        raise ManifestError(f"{file} is not the manifest of a run: its format is {stated!r}, not {FORMAT!r}.")
    if stated != FORMAT:
        raise ManifestError(
            f"{file} has the format {stated!r}; this version reads {FORMAT!r}. "
            "Read it with a newer version of pingan_lib."
        )
    problem = _misfit(found, Manifest, "")
    if problem:
        raise ManifestError(f"{file} is damaged: {problem}. {again}")
    return Manifest(**{each.name: found[each.name] for each in fields(Manifest)})


def write_manifest(manifest: Manifest, folder: Path) -> Path:
    """Write `manifest.json` into the folder of a run: UTF-8, two spaces, a final newline.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    path = folder / MANIFEST
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    write_bytes(path, text.encode("utf-8"))
    return path


@cache
def _shape(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


@cache
def _form(kind: Any) -> tuple[Any, tuple[Any, ...], bool]:
    return get_origin(kind), get_args(kind), is_typeddict(kind) or kind is Manifest


def _misfit(value: Any, kind: Any, where: str) -> str:
    """Say which part of a manifest is not of its type; empty if all is well."""
    if kind is Any or type(value) is kind:
        return ""
    origin, arguments, fields_named = _form(kind)
    if fields_named:
        if not isinstance(value, dict):
            return f"{where or 'it'} is no object"
        for name, inner in _shape(kind).items():
            place = f"{where}.{name}".lstrip(".")
            if name not in value:
                return f"it has no {place!r}"
            if found := _misfit(value[name], inner, place):
                return found
        return ""
    if origin is UnionType:
        tried = [_misfit(value, inner, where) for inner in arguments]
        return "" if "" in tried else tried[0]
    if origin is Literal:
        return "" if value in arguments else f"{where!r} is {value!r}"
    if origin is list and isinstance(value, list):
        return next(
            filter(None, (_misfit(v, arguments[0], f"{where}[{i}]") for i, v in enumerate(value))), ""
        )
    if origin is dict and isinstance(value, dict):
        return next(filter(None, (_misfit(v, arguments[1], f"{where}.{k}") for k, v in value.items())), "")
    plain = (float, int) if kind is float else kind
    if origin is None and isinstance(value, plain) and not (isinstance(value, bool) and kind is not bool):
        return ""
    return f"{where!r} is {value!r}"
