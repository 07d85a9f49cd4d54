"""A run made again from its manifest, if what it was made from is still there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pingan_lib.corpus import Corpus
from pingan_lib.errors import RunError
from pingan_lib.index import RUNS, write_indexes
from pingan_lib.manifest import (
    Manifest,
    ManifestError,
    data_hashes,
    library_used,
    lock_used,
    notebook_hash,
    read_manifest,
    values_in_effect,
    versions,
)
from pingan_lib.notebooks import notebook_parameters
from pingan_lib.runs.plan import Planner
from pingan_lib.runs.work import How, Run, run_plans


@dataclass(frozen=True)
class Again:
    """A run that was made again.

    Attributes
    ----------
    before : Path
        The folder of the manifest.
    run : Run
    same, different : tuple of str
        Languages whose page is byte for byte that of the manifest, and those where it is not; in neither stands a
        language without a page before.
    """

    before: Path
    run: Run
    same: tuple[str, ...]
    different: tuple[str, ...]


def find_manifest(name: str | Path, corpus: Corpus) -> Path:
    """Find the manifest that a person means.

    Parameters
    ----------
    name : str or Path
        A manifest, the folder of a run, or the name of a run that the project's own `reports` keep.
    corpus : Corpus

    Returns
    -------
    Path
        The file or the folder.

    Raises
    ------
    ManifestError
        If there is none.
    """
    kept = corpus.root / "reports" / RUNS
    for path in (Path(name), kept / name):
        if path.exists():
            return path.resolve()
    raise ManifestError(
        f"{name} is neither a manifest, nor the folder of a run, nor a run in {kept}. "
        "The index of the reports links the manifest of every run."
    )


def run_again(
    corpus: Corpus,
    name: str | Path,
    out_dir: str | Path,
    *,
    anyway: bool = False,
    how: How | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Again:
    """Make a run again with the parameters, the languages and the date of its manifest.

    Parameters
    ----------
    corpus : Corpus
    name : str or Path
        As `find_manifest` takes it.
    out_dir : str or Path
        Another folder of reports than the one that keeps the run, so that both can be compared.
    anyway : bool, optional
        Whether to run even if the data, the code or the packages are not those of the manifest.
    how : How, optional
        By which engine, and how long it may take.
    say : callable
        Called with what the person should know.

    Returns
    -------
    Again

    Raises
    ------
    ManifestError
        If there is no whole manifest.
    RunError
        If what the run was made from is no longer there; it lists what differs.
    """
    found = find_manifest(name, corpus)
    manifest, out_dir = read_manifest(found), Path(out_dir).resolve()
    folder = found if found.is_dir() else found.parent
    path, differing = _notebook(manifest, folder, corpus, say)
    differing += _differing(manifest, corpus)
    if differing and not anyway:
        raise RunError(
            "\n".join(
                [
                    f"{manifest.run} cannot be made again as it was:",
                    *(f"  {line}" for line in differing),
                    "--anyway runs it with what there is now.",
                ]
            )
        )
    for line in differing:
        say(line)
    with _date(manifest.source_date_epoch):
        plan = Planner(corpus).plan(
            path, _given(manifest, path), tuple(manifest.executions), origin=manifest.notebook["path"]
        )
        (run,) = run_plans([plan], out_dir, how=how)
    write_indexes(out_dir, corpus)
    pages = {language: each["page_sha256"] for language, each in manifest.executions.items()}
    made = {language: each["page_sha256"] for language, each in run.manifest.executions.items()}
    same = tuple(each for each in pages if pages[each] and pages[each] == made.get(each))
    return Again(folder, run, same, tuple(each for each in pages if pages[each] and each not in same))


def _notebook(
    manifest: Manifest, folder: Path, corpus: Corpus, say: Callable[[str], None]
) -> tuple[Path, list[str]]:
    """Return the notebook to run, and what is to be said of it: the project's own, or the copy that the run kept."""
    wanted = manifest.notebook["sha256"]
    own, copy = corpus.root / manifest.notebook["path"], folder / "source" / manifest.notebook["name"]
    if _hash(own) == wanted:
        return own, []
    if _hash(copy) == wanted:
        say(
            f"{manifest.notebook['path']} is not what it was; run is the copy that was kept with the manifest."
        )
        return copy, []
    if own.is_file():
        return own, [
            f"{manifest.notebook['path']} has changed, and no copy of what it was is in {copy.parent}."
        ]
    raise RunError(
        f"The notebook of {manifest.run} is no longer there: neither {own} nor {copy}. "
        "Put it back, or run another notebook by its name."
    )


def _hash(path: Path) -> str:
    try:
        return notebook_hash(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _differing(manifest: Manifest, corpus: Corpus) -> list[str]:
    """Say what differs between what a run was made from and what there is now."""
    lines = list(_changed_files(manifest.data["files"], data_hashes(corpus)))
    library = library_used()
    if library["version"] != manifest.library["version"]:
        lines.append(f"pingan_lib was {manifest.library['version']} and is {library['version']}.")
    elif library["sha256"] != manifest.library["sha256"]:
        lines.append(f"pingan_lib {library['version']} is not the same code.")
    lock = lock_used(corpus.root)
    if (lock and lock["sha256"]) != (manifest.lock and manifest.lock["sha256"]):
        changed = "has changed" if lock and manifest.lock else "is missing" if manifest.lock else "is new"
        lines.append(f"requirements.lock {changed}.")
    now = versions()
    for name in sorted({*now, *manifest.versions}):
        then, here = manifest.versions.get(name, "not there"), now.get(name, "not there")
        if then != here:
            lines.append(f"{name} was {then} and is {here}.")
    return lines


def _changed_files(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*then, *now}):
        if name not in now:
            yield f"{name} is missing."
        elif name not in then:
            yield f"{name} is new."
        elif then[name] != now[name]:
            yield f"{name} has changed."


def _given(manifest: Manifest, path: Path) -> dict[str, object]:
    """The values to give: those that were given, and those that the notebook itself sets otherwise by now."""
    declared = notebook_parameters(path)
    own = values_in_effect(declared, {})
    unknown = sorted(set(manifest.given) - own.keys())
    if unknown:
        raise RunError(
            f"{path.name} no longer declares {', '.join(unknown)}: {manifest.run} cannot be made again."
        )
    return {
        name: value
        for name, value in manifest.parameters.items()
        if name in own and (name in manifest.given or own[name] != value)
    }


@contextmanager
def _date(epoch: int | None) -> Iterator[None]:
    """Set the date of a manifest for the time of a run."""
    before = os.environ.pop("SOURCE_DATE_EPOCH", None)
    try:
        if epoch is not None:
            os.environ["SOURCE_DATE_EPOCH"] = str(epoch)
        yield
    finally:
        os.environ.pop("SOURCE_DATE_EPOCH", None)
        if before is not None:
            os.environ["SOURCE_DATE_EPOCH"] = before
