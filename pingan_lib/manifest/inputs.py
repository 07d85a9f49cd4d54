"""What goes into a run: its hashes, and the key that two runs of the same inputs share."""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from pingan_lib.corpus import Corpus
from pingan_lib.manifest.record import City, DataUsed, LibraryUsed, LockUsed
from pingan_lib.notebooks import Parameter
from pingan_lib.schema import DESCRIPTOR

LOCK = "requirements.lock"
# What papermill puts into a notebook; it is no part of the notebook that was run.
ADDED = {"injected-parameters", "papermill-error-cell-tag"}
_PACKAGE = Path(__file__).parents[1]


def run_key(
    *,
    notebook: str,
    parameters: Mapping[str, Any],
    languages: Sequence[str],
    data: str,
    library: str,
    source_date_epoch: int | None = None,
) -> str:
    """Return the key of a run: the same inputs give the same key.

    Parameters
    ----------
    notebook, data, library : str
        Their hashes: of `notebook_hash`, `files_hash(data_hashes(…))` and `library_hash`.
    parameters : mapping of str to object
        The values in effect, without the language.
    languages : sequence of str
        In their order: the pages of the first have no suffix.
    source_date_epoch : int, optional

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits, over JSON with sorted names and without spaces.
    """
    inputs: dict[str, Any] = {
        "data": data,
        "languages": list(languages),
        "library": library,
        "notebook": notebook,
        "parameters": dict(parameters),
    }
    if source_date_epoch is not None:
        inputs["source_date_epoch"] = source_date_epoch
    return _sha256(_canonical(inputs))


def notebook_hash(notebook: Mapping[str, Any]) -> str:
    """Return the hash of a notebook as a person wrote it.

    Outputs, what papermill adds, and the values in the parameters cell do not count: a notebook whose parameters
    were changed in JupyterLab, and which was run there, is still the same notebook.

    Parameters
    ----------
    notebook : mapping
        The notebook's JSON, or what nbformat reads.

    Returns
    -------
    str
        SHA-256 over the id, type, tags and source of each cell, as JSON.
    """
    cells = []
    for cell in notebook["cells"]:
        tags = sorted(cell["metadata"].get("tags", ()))
        if ADDED & set(tags):
            continue
        source = "".join(cell["source"])
        if "parameters" in tags:
            source = replace_values(source, lambda name, text, kind: "…")
        cells.append([cell.get("id", ""), cell["cell_type"], tags, source])
    return _sha256(_canonical(cells))


def replace_values(source: str, write: Callable[[str, str, str], str | None]) -> str:
    """Put other values into a parameters cell; comments and everything else stay.

    Parameters
    ----------
    source : str
    write : callable
        Called with a parameter's name, its value as the source has it, and its annotation (may be empty); returns the
        new value as Python writes it, or None to leave it.

    Returns
    -------
    str
        The source itself where it is not Python.
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return source
    content = source.encode()
    lines = [0]
    for line in content.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    for statement in reversed(body):
        target = (
            statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        )
        value = getattr(statement, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.expr):
            begin = lines[value.lineno - 1] + value.col_offset
            end = lines[(value.end_lineno or 1) - 1] + (value.end_col_offset or 0)
            kind = ast.unparse(statement.annotation) if isinstance(statement, ast.AnnAssign) else ""
            written = write(target.id, content[begin:end].decode(), kind)
            if written is not None:
                content = content[:begin] + written.encode() + content[end:]
    return content.decode()


def values_in_effect(declared: Iterable[Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the value of each parameter of a run, without the language.

    Parameters
    ----------
    declared : iterable of Parameter
    given : mapping of str to object
        Values of the right types.

    Returns
    -------
    dict
        In the order of the notebook; a whole number that is declared as `float` becomes one, so that it has one
        written form.
    """
    values = {}
    for each in declared:
        value = given.get(each.name, each.default)
        whole = isinstance(value, int) and not isinstance(value, bool)
        values[each.name] = _plain(float(value) if each.type == "float" and whole else value)
    values.pop("language", None)
    return values


def cities_compared(corpus: Corpus, parameters: Mapping[str, Any]) -> list[City]:
    """Return the cities that a run compares, as its parameters name them; all where they name none.

    Parameters
    ----------
    corpus : Corpus
    parameters : mapping of str to object
        With `city_a` and `city_b`, an empty one being the first or next city of the corpus; or `cities`.
    """
    chosen = [str(city) for city in corpus.cities.index]
    if {"city_a", "city_b"} <= parameters.keys() and len(chosen) > 1:
        chosen = list(corpus.pair(parameters["city_a"], parameters["city_b"]))
    elif isinstance(parameters.get("cities"), list) and parameters["cities"]:
        chosen = [city for city in parameters["cities"] if city in chosen]
    names = corpus.places
    return [
        {"id": city, "en": str(names.at[city, "name_en"]), "zh": str(names.at[city, "name_zh"])}
        for city in chosen
    ]


def data_hashes(corpus: Corpus) -> dict[str, str]:
    """Return the SHA-256 of each file that a corpus is made from.

    Returns
    -------
    dict of str to str
        By path relative to the project, sorted: the descriptor, the tables, the texts of the articles that are coded.
    """
    names = {f"data/{DESCRIPTOR}", *(f"data/{table.file}" for table in corpus.tables.values())}
    names |= set(map(str, corpus.articles["path"]))
    return {name: file_hash(corpus.root / name) for name in sorted(names)}


@cache
def library_hashes() -> dict[str, str]:
    """Return the SHA-256 of each file of this package, by its path in it; the example and caches left out."""
    found = {}
    for path in sorted(_PACKAGE.rglob("*")):
        inside = path.relative_to(_PACKAGE)
        hidden = any(part.startswith((".", "~$", "__pycache__")) for part in inside.parts)
        if path.is_file() and not hidden and inside.parts[0] != "example":
            found[inside.as_posix()] = file_hash(path)
    return found


def library_hash() -> str:
    """Return the hash over the list of this package's files."""
    return files_hash(library_hashes())


def files_hash(files: Mapping[str, str]) -> str:
    """Return one hash for many files.

    Parameters
    ----------
    files : mapping of str to str
        Path and SHA-256.

    Returns
    -------
    str
        SHA-256 over the lines that `sha256sum` prints for the files, sorted by path.
    """
    return _sha256("".join(f"{files[name]}  {name}\n" for name in sorted(files)))


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def data_used(corpus: Corpus) -> DataUsed:
    """Describe the data of a run that compares all cities; one of some cities has their articles alone."""
    descriptor = json.loads((corpus.root / "data" / DESCRIPTOR).read_text("utf-8"))
    files = data_hashes(corpus)
    return {
        "name": str(descriptor.get("name", "")),
        "version": str(descriptor.get("version", "")),
        "sha256": files_hash(files),
        "files": files,
        "articles": [
            {
                "id": str(row.Index),
                "city": row.place_id,
                "title": row.title,
                "publisher": row.publisher,
                "published": f"{row.published:%Y-%m-%d}",
                "url": row.url,
            }
            for row in corpus.articles.itertuples()
        ],
    }


def library_used() -> LibraryUsed:
    """Describe this package."""
    return {"name": "pingan_lib", "version": version("pingan_lib"), "sha256": library_hash()}


def lock_used(root: Path) -> LockUsed | None:
    """Describe the lock of a project, or of the checkout that this package stands in; None where there is none."""
    for folder in (root, _PACKAGE.parent):
        if (folder / LOCK).is_file():
            return {"path": LOCK, "sha256": file_hash(folder / LOCK)}
    return None


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that this one needs."""
    needed = [line for line in requires("pingan_lib") or () if "extra ==" not in line]
    names = sorted(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in needed)
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a package of another system
            continue
    return found


def system() -> str:
    """Name the operating system and the processor."""
    return f"{platform.system()} {platform.machine()}"


def _plain(value: Any) -> Any:
    """A value as JSON can hold it: what is none of its kinds is written as Python writes it."""
    try:
        same = json.loads(json.dumps(value, allow_nan=False)) == value
    except (TypeError, ValueError):
        same = False
    return value if same else repr(value)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
