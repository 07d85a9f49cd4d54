"""A project folder of one's own: the shipped example, or its scheme without its cases."""

from __future__ import annotations

import json
import re
from importlib.metadata import distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from pingan_lib.errors import PinganError, UsageError
from pingan_lib.schema import DESCRIPTOR, data_dictionary, read_schema, typed
from pingan_lib.table_files import read_raw, write_raw

_FOLDERS = ("data", "seeds", "notebooks")
CITATION = "CITATION.cff"
# The tables that say how to code; the others hold what was coded.
_SCHEME = ("codebook", "measures")
_TEMPLATES = Path(__file__).parent / "templates" / "project"
_EXAMPLE = """\
It begins with the example of pingan_lib, coded in full. Its tables are under CC BY 4.0; its texts belong to their
publishers, as `seeds/README.md` says."""
_EMPTY = """\
`data/codebook.csv` and `data/measures.csv` are the scheme of pingan_lib (CC BY 4.0) without its cases: change them as
your question needs. All other tables are empty."""
_DESCRIPTION = """\
Approaches, figures and statements in official articles, each with its verbatim quote. The figures are the cities’ own \
claims. The quotes belong to the articles’ publishers."""


def shipped() -> Path:
    """Return the folder that holds the example: `data/`, `seeds/` and `notebooks/`.

    Returns
    -------
    Path
        In an installed package its folder `example`, in a checkout the repository.

    Raises
    ------
    PinganError
        If this installation has no example.
    """
    package = Path(__file__).parent
    for folder in (package / "example", package.parent):
        if (folder / "data" / DESCRIPTOR).is_file():
            return folder
    raise PinganError(f"The example is missing from {package}. Install pingan_lib again.")


def citation() -> str:
    """Return how to cite the software, in the Citation File Format.

    Raises
    ------
    PinganError
        If this installation has no such file.
    """
    checkout = Path(__file__).parents[1] / CITATION
    if (checkout.parent / "pyproject.toml").is_file() and checkout.is_file():
        return checkout.read_text(encoding="utf-8")
    found = distribution("pingan_lib").read_text(f"extra_metadata/{CITATION}")
    if found is None:
        raise PinganError(f"{CITATION} is missing from this installation. Install pingan_lib again.")
    return found


def init_project(folder: str | Path, *, empty: bool = False, title: str | None = None) -> Path:
    """Make a project folder, whole or not at all.

    Parameters
    ----------
    folder : str or Path
        Does not exist yet, or is empty.
    empty : bool, optional
        Whether to leave out the example's articles and what was coded from them. The codebook and the measures
        stay, with a coding guide and the notebooks.
    title : str, optional
        By default the example's, or the name of an empty project's folder.

    Returns
    -------
    Path
        The folder, as an absolute path. Its tables begin with a byte order mark, for Excel.

    Raises
    ------
    UsageError
        If the folder holds anything, or cannot be written.
    """
    folder = Path(folder).resolve()
    try:
        held = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        if held or (folder.exists() and not folder.is_dir()):
            what = (
                f"It holds {', '.join(held[:3])}{' and more' if held[3:] else ''}."
                if held
                else "It is a file."
            )
            raise UsageError(
                f"{folder} is no new folder. {what} Name one that does not exist, or an empty one."
            )
        home = folder if folder.is_dir() else folder.parent
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".pingan-", dir=home) as scratch:
            draft = Path(scratch) / "project"
            _make(draft, empty, title or (folder.name if empty else None))
            if home == folder:
                for path in list(draft.iterdir()):
                    path.replace(folder / path.name)
            else:
                draft.replace(folder)
    except OSError as error:
        raise UsageError(f"Cannot make {folder}: {error.strerror}. Name another folder.") from error
    return folder


def _make(root: Path, empty: bool, title: str | None) -> None:
    """Write a project's files into `root`."""
    source = shipped()
    for name in _FOLDERS:
        (root / name).mkdir(parents=True)
        if not (empty and name == "seeds"):
            _copy(source / name, root / name)
    (root / CITATION).write_bytes(citation().encode("utf-8"))
    data = root / "data"
    descriptor = json.loads((data / DESCRIPTOR).read_text(encoding="utf-8"))
    title = title or str(descriptor["title"])
    text = json.dumps(_described(descriptor, title, empty), ensure_ascii=False, indent=2) + "\n"
    tables = read_schema(text)
    codebook = pd.DataFrame()
    for name, table in tables.items():
        frame = read_raw(data, table)
        if empty:
            frame = _without_cases(frame) if name in _SCHEME else frame.head(0)
        if name == "codebook":
            codebook = typed(table, frame)
        write_raw(data, table, frame, mark=True)
    readme = (_TEMPLATES / "README.md").read_text(encoding="utf-8")
    written = {
        f"data/{DESCRIPTOR}": text,
        "data/README.md": data_dictionary(tables, codebook),
        "README.md": readme.format(title=title, about=_EMPTY if empty else _EXAMPLE),
    }
    if empty:
        written["data/coding_guide.md"] = (_TEMPLATES / "coding_guide.md").read_text(encoding="utf-8")
        written["seeds/README.md"] = (_TEMPLATES / "seeds.md").read_text(encoding="utf-8")
    for name, content in written.items():
        (root / name).write_bytes(content.encode("utf-8"))


def _copy(source: Path, target: Path) -> None:
    """Copy what a folder holds, without what editors, spreadsheets and Python keep there for themselves."""
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if path.is_file() and not any(part.startswith((".", "~$", "__")) for part in inside.parts):
            (target / inside).parent.mkdir(parents=True, exist_ok=True)
            (target / inside).write_bytes(path.read_bytes())


def _described(descriptor: dict[str, Any], title: str, empty: bool) -> dict[str, Any]:
    """Return the descriptor of the new project."""
    if not empty:
        return descriptor | {"title": title}
    return {
        "$schema": descriptor["$schema"],
        "name": re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "project",
        "title": title,
        "description": _DESCRIPTION,
        "sources": [{"title": "Codebook and measures: the scheme of pingan_lib, CC BY 4.0"}],
        "resources": descriptor["resources"],
    }


def _without_cases(scheme: pd.DataFrame) -> pd.DataFrame:
    """Take out of the scheme what it took from the example's articles."""
    cells = scheme.copy()
    if "example_quote" in cells:
        cells["example_quote"] = ""
    if "source" in cells:
        cells["source"] = cells["source"].str.replace(
            "coding of the two articles", "coding of the articles in the example of pingan_lib"
        )
    return cells
