"""What is to be run: a notebook, its parameters, its languages, and the key that they make."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pingan_lib.corpus import Corpus
from pingan_lib.errors import UsageError, choices
from pingan_lib.manifest import (
    NotebookUsed,
    cities_compared,
    data_used,
    library_hash,
    notebook_hash,
    run_key,
    values_in_effect,
)
from pingan_lib.notebooks import find_notebooks, notebook_kind, notebook_parameters, parse_parameters
from pingan_lib.words import LANGUAGES

# The kinds of notebook that get pages, in the order in which an index names them.
PAGED = ("tour", "report")


@dataclass(frozen=True)
class Plan:
    """A run that has not begun.

    Attributes
    ----------
    corpus : Corpus
        Its folder is the kernel's working folder.
    path : Path
        The notebook.
    given : mapping of str to object
        The values that were given, of the right types, without the language.
    languages : tuple of str
        In this order; one only for a notebook that declares no `language`.
    origin : str
        What the manifest says of the notebook's path where `path` is a copy; else empty.
    """

    corpus: Corpus
    path: Path
    given: Mapping[str, Any]
    languages: tuple[str, ...]
    origin: str = ""

    @cached_property
    def notebook(self) -> NotebookUsed:
        """The notebook as a manifest describes it."""
        outside = not self.path.is_relative_to(self.corpus.root)
        path = self.path.name if outside else self.path.relative_to(self.corpus.root).as_posix()
        return {
            "name": self.path.name,
            "path": self.origin or path,
            "kind": notebook_kind(self.path),
            "sha256": notebook_hash(json.loads(self.path.read_text("utf-8"))),
        }

    @cached_property
    def declares_language(self) -> bool:
        """Whether the notebook takes a language."""
        return any(each.name == "language" for each in notebook_parameters(self.path))

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The values in effect, without the language."""
        return values_in_effect(notebook_parameters(self.path), self.given)

    def values(self, language: str) -> dict[str, Any]:
        """What papermill injects for one language."""
        return {**self.given, **({"language": language} if self.declares_language else {})}

    @cached_property
    def cities(self) -> list[Any]:
        """The cities that are compared."""
        return list(cities_compared(self.corpus, self.parameters))

    @cached_property
    def data(self) -> Any:
        """The data as a manifest describes it."""
        return data_used(self.corpus, [city["id"] for city in self.cities])

    @cached_property
    def key(self) -> str:
        """The key of the run."""
        return run_key(
            notebook=self.notebook["sha256"],
            parameters=self.parameters,
            languages=self.languages,
            data=self.data["sha256"],
            library=library_hash(),
            source_date_epoch=source_date_epoch(),
        )

    @property
    def name(self) -> str:
        """The name of the run, and of its folder."""
        return f"{self.path.stem}-{self.key[:8]}"

    def file(self, language: str, suffix: str) -> str:
        """The name of a file in the run's folder: that of the first language bears no code."""
        code = "" if language == self.languages[0] else f".{language}"
        return f"{self.path.stem}{code}{suffix}"


def plan_run(
    corpus: Corpus, path: Path, given: Mapping[str, Any], languages: Sequence[str] | None = None
) -> Plan:
    """Plan the run of one notebook.

    Parameters
    ----------
    corpus : Corpus
    path : Path
    given : mapping of str to object
        Values of the right types, the language among them where it was given.
    languages : sequence of str, optional
        By default the language that was given, or the notebook's own.

    Raises
    ------
    RunError
        If `path` is not a notebook.
    """
    declared = {each.name: each.default for each in notebook_parameters(path)}
    values = dict(given)
    own = str(values.pop("language", "") or declared.get("language", ""))
    wanted = tuple(languages or (own if own in LANGUAGES else LANGUAGES[0],))
    return Plan(corpus, path, values, wanted if "language" in declared else wanted[:1])


def plan_report(corpus: Corpus, given: Mapping[str, str], languages: Sequence[str]) -> list[Plan]:
    """Plan the runs of a report: the tour first, then the reports, by name; or say why not.

    Raises
    ------
    UsageError
        For a parameter, city or language that does not fit, or a project without reports.
    """
    for language in languages:
        if language not in LANGUAGES:
            raise UsageError(choices("language", language, list(LANGUAGES)))
    if "language" in given:
        raise UsageError("A report is made in several languages: name them with --language.")
    folder = corpus.root / "notebooks"
    kinds = {path: notebook_kind(path) for path in find_notebooks(folder)}
    if "report" not in kinds.values():
        raise UsageError(f'No notebook in {folder} has the metadata "pingan": {{"kind": "report"}}.')
    paths = sorted(
        (path for path, kind in kinds.items() if kind in PAGED),
        key=lambda path: (PAGED.index(kinds[path]), path.name),
    )
    declared = {path: notebook_parameters(path) for path in paths}
    names = {each.name for parameters in declared.values() for each in parameters} - {"language"}
    for name in given:
        if name not in names:
            raise UsageError(choices("parameter", name, sorted(names)))
    corpus.pair(given.get("city_a", ""), given.get("city_b", ""))
    cities = [str(city) for city in corpus.cities.index]
    plans = []
    for path, parameters in declared.items():
        own = {each.name for each in parameters}
        values = parse_parameters({k: v for k, v in given.items() if k in own}, parameters, cities)
        plans.append(plan_run(corpus, path, values, languages))
    return plans


def source_date_epoch() -> int | None:
    """The date that `SOURCE_DATE_EPOCH` sets for all that is made, in seconds since 1970; None where it is not set.

    Raises
    ------
    UsageError
        If it is no such number (see reproducible-builds.org/specs/source-date-epoch).
    """
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise UsageError(f"SOURCE_DATE_EPOCH is {text!r}: it must be a whole number of seconds since 1970.")
    return int(text)
