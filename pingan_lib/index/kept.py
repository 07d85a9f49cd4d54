"""What a folder of reports keeps: its runs, whether they are of the data and code of now, and which make its report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pingan_lib.corpus import Corpus
from pingan_lib.manifest import (
    Manifest,
    ManifestError,
    data_hashes,
    files_hash,
    library_hash,
    notebook_hash,
    read_manifest,
)
from pingan_lib.table_files import write_bytes
from pingan_lib.words import LANGUAGES

RUNS = "runs"
# What the name of a failed run's folder ends in: it lies beside a good one of the same key and never takes its place.
FAILED = ".failed"
REPORT = "report.json"
_FORMAT = "pingan-report/1"


@dataclass(frozen=True)
class Kept:
    """A folder below `runs/`.

    Attributes
    ----------
    folder : str
        Its name.
    manifest : Manifest or None
        None where it cannot be read.
    problem : str
        Why not; empty where it can.
    pdfs : tuple of str
        Names of the pages that were printed.
    """

    folder: str
    manifest: Manifest | None
    problem: str
    pdfs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the run: a failed one has that of the good run of the same inputs."""
        return self.folder.removesuffix(FAILED)


@dataclass(frozen=True)
class Now:
    """What there is at present, to tell whether a run is of it.

    Attributes
    ----------
    data, library : str
        Hashes.
    notebooks : mapping of str to str
        Hash of each notebook of the project, by its path in it.
    """

    data: str
    library: str
    notebooks: Mapping[str, str]


def page_name(stem: str, language: str) -> str:
    """The file name of a page of a folder of reports: `index.html`, `index.zh.html`."""
    return f"{stem}.html" if language == LANGUAGES[0] else f"{stem}.{language}.html"


def read_runs(out_dir: Path) -> list[Kept]:
    """Read every run that a folder of reports keeps.

    Parameters
    ----------
    out_dir : Path

    Returns
    -------
    list of Kept
        The newest first; those without a readable manifest last.
    """
    kept = []
    for folder in sorted((out_dir / RUNS).glob("*")):
        if folder.is_dir() and not folder.name.startswith("."):
            try:
                pdfs = tuple(sorted(path.name for path in folder.glob("*.pdf")))
                kept.append(Kept(folder.name, read_manifest(folder), "", pdfs))
            except ManifestError as error:
                problem = str(error).replace(f"{folder}/", "").replace(str(folder), folder.name)
                kept.append(Kept(folder.name, None, problem))
    return sorted(kept, key=lambda each: each.manifest.ended if each.manifest else "", reverse=True)


def write_report(out_dir: Path, runs: Sequence[str]) -> None:
    """Note which runs make the report of a folder, in the order in which they should be read."""
    text = json.dumps({"format": _FORMAT, "runs": list(runs)}, ensure_ascii=False, indent=2) + "\n"
    write_bytes(out_dir / REPORT, text.encode("utf-8"))


def read_report(out_dir: Path) -> list[str]:
    """Return the names of the runs that make the report of a folder; empty where none was made there."""
    try:
        found = json.loads((out_dir / REPORT).read_text("utf-8"))
        return [str(name) for name in found["runs"]] if found["format"] == _FORMAT else []
    except (OSError, ValueError, KeyError, TypeError):
        return []


def read_now(corpus: Corpus) -> Now:
    """Hash the data, the library and the notebooks that there are now."""
    notebooks = {}
    for path in (corpus.root / "notebooks").glob("*.ipynb"):
        try:
            notebooks[f"notebooks/{path.name}"] = notebook_hash(json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return Now(files_hash(data_hashes(corpus)), library_hash(), notebooks)


def state(manifest: Manifest, now: Now) -> str:
    """Say whether a run is of the data and code that there are now.

    Returns
    -------
    {"current", "earlier_data", "earlier_code", "earlier_both"}
        Code is the library and the notebook, where that is one of the project.
    """
    notebook = now.notebooks.get(manifest.notebook["path"], manifest.notebook["sha256"])
    code = manifest.library["sha256"] == now.library and manifest.notebook["sha256"] == notebook
    data = manifest.data["sha256"] == now.data
    return {(True, True): "current", (False, True): "earlier_data", (True, False): "earlier_code"}.get(
        (data, code), "earlier_both"
    )
