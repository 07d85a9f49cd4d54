"""Two runs side by side: from their folders, as far as both have pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pingan_lib.differences.changes import INPUTS, RESULTS, Change, changes
from pingan_lib.differences.contents import Contents, read_contents
from pingan_lib.differences.inputs import input_changes, status_changes
from pingan_lib.manifest import Manifest, read_manifest
from pingan_lib.words import LANGUAGES, Words


@dataclass(frozen=True)
class Side:
    """One of two runs.

    Attributes
    ----------
    folder : Path
    manifest : Manifest
    page : Path or None
        The page that was compared.
    """

    folder: Path
    manifest: Manifest
    page: Path | None


@dataclass(frozen=True)
class Difference:
    """What changed from one run to another.

    Attributes
    ----------
    before, after : Side
    language : str
        Of the pages that were compared, and of the words.
    changes : tuple of Change
    notes : tuple of str
        What could not be compared, and why.
    same_page : bool
        Whether the two pages are the same, byte for byte.
    """

    before: Side
    after: Side
    language: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    same_page: bool

    def of(self, part: str) -> list[Change]:
        """Return the changes of one part."""
        return [change for change in self.changes if change.part == part]

    @property
    def inputs(self) -> int:
        """How many inputs changed."""
        return sum(change.part in INPUTS for change in self.changes)

    @property
    def results(self) -> int:
        """How many results changed; a cell of a table that repeats a figure counts once."""
        return sum(change.part in RESULTS and not change.repeats for change in self.changes)


def compare_runs(before: str | Path, after: str | Path, language: str | None = None) -> Difference:
    """Tell what changed from one run to another, from their manifests and pages.

    Parameters
    ----------
    before, after : str or Path
        Folders of runs.
    language : {"en", "zh"}, optional
        Of the pages to compare; by default the first in which both runs have one.

    Returns
    -------
    Difference
        A run without a page, since it failed, is compared as far as its manifest goes.

    Raises
    ------
    ManifestError
        If one of them is no run, or its manifest is damaged.
    UsageError
        If there is no such language.
    """
    folders = [Path(before), Path(after)]
    first, second = (read_manifest(folder) for folder in folders)
    if language is None:
        language = _shared_language(first, second)
    words = Words(language)
    notes = []
    if first.notebook["name"] != second.notebook["name"]:
        names = {"before": first.notebook["name"], "after": second.notebook["name"]}
        notes.append(words.say("differences.other_notebook", **names))
    sides = []
    for folder, manifest in zip(folders, (first, second), strict=True):
        page, note = _page(folder, manifest, words)
        sides.append(Side(folder, manifest, page))
        if note:
            notes.append(note)
    texts = [side.page.read_bytes() for side in sides if side.page]
    same = len(texts) == len(sides) and texts[0] == texts[1]
    pages: tuple[Contents, Contents] | None = None
    if len(texts) == len(sides) and not same:
        pages = read_contents(texts[0].decode("utf-8")), read_contents(texts[1].decode("utf-8"))
    found = [*input_changes(first, second, words, pages), *status_changes(first, second, words)]
    found += changes(*pages) if pages else []
    return Difference(sides[0], sides[1], language, tuple(found), tuple(notes), same)


def _shared_language(before: Manifest, after: Manifest) -> str:
    paged = [
        {language for language, each in manifest.executions.items() if each["page"]}
        for manifest in (before, after)
    ]
    shared = [language for language in before.executions if language in paged[0] & paged[1]]
    told = [language for language in (*shared, *before.executions) if language in LANGUAGES]
    return told[0] if told else LANGUAGES[0]


def _page(folder: Path, manifest: Manifest, words: Words) -> tuple[Path | None, str]:
    """The page of a run, or why there is none to compare."""
    execution = manifest.executions.get(words.language)
    named = {"run": manifest.run, "language": words[f"differences.language_{words.language}"]}
    if execution is None:
        return None, words.say("differences.not_in_language", **named)
    if not execution["page"]:
        key = "differences.failed" if execution["status"] == "failed" else "differences.no_page"
        return None, words.say(key, **named)
    path = folder / execution["page"]
    if not path.is_file():
        return None, words.say("differences.page_missing", file=execution["page"], **named)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if execution["page_sha256"] and digest != execution["page_sha256"]:
        return path, words.say("differences.page_edited", file=execution["page"], **named)
    return path, ""
