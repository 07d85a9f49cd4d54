"""What went into two runs: parameters, notebook, data, software."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pingan_lib.differences.changes import Change, values
from pingan_lib.differences.contents import Contents
from pingan_lib.manifest import Manifest
from pingan_lib.words import Words

_DIGITS = 12  # of a hash: enough to tell two apart


def input_changes(
    before: Manifest,
    after: Manifest,
    words: Words,
    pages: tuple[Contents, Contents] | None = None,
) -> list[Change]:
    """Tell what went in otherwise, from the manifests of two runs.

    Parameters
    ----------
    before, after : Manifest
    words : Words
        For the names of inputs, and of cities.
    pages : tuple of (Contents, Contents), optional
        The pages; the code that they show tells which cells of the notebook were changed.

    Returns
    -------
    list of Change
    """
    return [
        *values("parameters", _parameters(before, words), _parameters(after, words)),
        *_notebook(before, after, words, pages),
        *values("data", _data(before, words), _data(after, words)),
        *values("software", _software(before, words), _software(after, words)),
    ]


def _parameters(manifest: Manifest, words: Words) -> dict[str, str]:
    cities = [city["zh" if words.language == "zh" else "en"] for city in manifest.cities]
    written = {name: written_value(value) for name, value in manifest.parameters.items()}
    return {**written, words["differences.cities"]: words["page.list"].join(cities)}


def _notebook(
    before: Manifest, after: Manifest, words: Words, pages: tuple[Contents, Contents] | None
) -> Iterator[Change]:
    old, new = before.notebook, after.notebook
    if old["sha256"] != new["sha256"]:
        name = words["differences.notebook_hash"]
        yield Change("notebook", new["name"], name, old["sha256"][:_DIGITS], new["sha256"][:_DIGITS])
        if pages is not None:
            first, second = pages
            code = words["differences.code"]
            for change in values("notebook", first.code, second.code):
                yield Change("notebook", change.what, code, change.before, change.after)


def _data(manifest: Manifest, words: Words) -> dict[str, str]:
    data = manifest.data
    articles = {f"{words['differences.article']} {each['id']}": each["title"] for each in data["articles"]}
    files = {path: digest[:_DIGITS] for path, digest in data["files"].items()}
    return {data["name"]: data["version"] or "", **files, **articles}


def _software(manifest: Manifest, words: Words) -> dict[str, str]:
    library, lock, epoch = manifest.library, manifest.lock, manifest.source_date_epoch
    found: dict[str, str] = {
        library["name"]: f"{library['version']} ({library['sha256'][:_DIGITS]})",
        **({lock["path"]: lock["sha256"][:_DIGITS]} if lock else {}),
        **manifest.versions,
        words["differences.system"]: manifest.system,
    }
    return found if epoch is None else {**found, "SOURCE_DATE_EPOCH": str(epoch)}


def written_value(value: Any) -> str:
    """Write a parameter's value as on a command line; an empty text as two quotes."""
    if isinstance(value, str):
        return value or '""'
    return json.dumps(value, ensure_ascii=False)


def status_changes(before: Manifest, after: Manifest, words: Words) -> Iterator[Change]:
    """Tell which executions ended otherwise: as they should, or with which error.

    Yields
    ------
    Change
        By language.
    """
    yield from values("runs", _status(before, words), _status(after, words))


def _status(manifest: Manifest, words: Words) -> Mapping[str, str]:
    return {
        words[f"differences.language_{language}"]: words[f"differences.status_{each['status']}"]
        + (f" {each['message']}" if each["message"] else "")
        for language, each in manifest.executions.items()
    }
