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
    City,
    DataUsed,
    LibraryUsed,
    LockUsed,
    NotebookUsed,
    cities_compared,
    data_used,
    library_used,
    lock_used,
    notebook_hash,
    run_key,
    values_in_effect,
    versions,
)
from pingan_lib.notebooks import (
    Parameter,
    find_notebooks,
    notebook_kind,
    notebook_parameters,
    parse_parameters,
)
from pingan_lib.words import LANGUAGES

# The kinds of notebook that get pages, in the order in which an index names them.
PAGED = ("tour", "report")


@dataclass(frozen=True)
class Tools:
    """What runs are made with, as a manifest describes it.

    Attributes
    ----------
    library : LibraryUsed
    lock : LockUsed or None
    versions : dict of str to str
    source_date_epoch : int or None
        The date that was set for all that is made, in seconds since 1970.
    """

    library: LibraryUsed
    lock: LockUsed | None
    versions: dict[str, str]
    source_date_epoch: int | None


@dataclass(frozen=True)
class Plan:
    """A run that has not begun: plain values, so that another process can make it.

    Attributes
    ----------
    root : Path
        The project, the kernel's working folder.
    path : Path
        The notebook.
    notebook : NotebookUsed
        The notebook as a manifest describes it.
    given : mapping of str to object
        The values that were given, of the right types, without the language.
    parameters : mapping of str to object
        The values in effect, without the language.
    languages : tuple of str
        In this order; one only for a notebook that declares no `language`.
    declares_language : bool
    cities : list of City
        Those that are compared.
    data : DataUsed
    tools : Tools
    key : str
        The key of the run.
    """

    root: Path
    path: Path
    notebook: NotebookUsed
    given: Mapping[str, Any]
    parameters: Mapping[str, Any]
    languages: tuple[str, ...]
    declares_language: bool
    cities: list[City]
    data: DataUsed
    tools: Tools
    key: str

    def values(self, language: str) -> dict[str, Any]:
        """What papermill injects for one language."""
        return {**self.given, **({"language": language} if self.declares_language else {})}

    @property
    def name(self) -> str:
        """The name of the run, and of its folder."""
        return f"{self.path.stem}-{self.key[:8]}"

    def file(self, language: str, suffix: str) -> str:
        """The name of a file in the run's folder: that of the first language bears no code."""
        code = "" if language == self.languages[0] else f".{language}"
        return f"{self.path.stem}{code}{suffix}"


class Planner:
    """Plans runs of one corpus; what they share is looked at once.

    Parameters
    ----------
    corpus : Corpus
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._seen: dict[Path, tuple[NotebookUsed, list[Parameter]]] = {}

    @cached_property
    def tools(self) -> Tools:
        """What runs are made with."""
        return Tools(library_used(), lock_used(self.corpus.root), versions(), source_date_epoch())

    @cached_property
    def data(self) -> DataUsed:
        """The data of all runs; the articles are all that there are."""
        return data_used(self.corpus)

    def parameters(self, path: Path) -> list[Parameter]:
        """What a notebook declares.

        Raises
        ------
        RunError
            If `path` is not a notebook.
        """
        return self._look(path)[1]

    def plan(
        self,
        path: Path,
        given: Mapping[str, Any],
        languages: Sequence[str] | None = None,
        *,
        origin: str = "",
    ) -> Plan:
        """Plan the run of one notebook.

        Parameters
        ----------
        path : Path
        given : mapping of str to object
            Values of the right types, the language among them where it was given.
        languages : sequence of str, optional
            By default the language that was given, or the notebook's own.
        origin : str, optional
            What the manifest says of the notebook's path where `path` is a copy.

        Raises
        ------
        RunError
            If `path` is not a notebook.
        """
        notebook, declared = self._look(path)
        own = {each.name: each.default for each in declared}
        values = dict(given)
        wanted = str(values.pop("language", "") or own.get("language", ""))
        chosen = tuple(languages or (wanted if wanted in LANGUAGES else LANGUAGES[0],))
        chosen = chosen if "language" in own else chosen[:1]
        parameters = values_in_effect(declared, values)
        cities = cities_compared(self.corpus, parameters)
        compared = {city["id"] for city in cities}
        key = run_key(
            notebook=notebook["sha256"],
            parameters=parameters,
            languages=chosen,
            data=self.data["sha256"],
            library=self.tools.library["sha256"],
            source_date_epoch=self.tools.source_date_epoch,
        )
        return Plan(
            root=self.corpus.root,
            path=path,
            notebook={**notebook, "path": origin or notebook["path"]},
            given=values,
            parameters=parameters,
            languages=chosen,
            declares_language="language" in own,
            cities=cities,
            data={
                **self.data,
                "articles": [each for each in self.data["articles"] if each["city"] in compared],
            },
            tools=self.tools,
            key=key,
        )

    def _look(self, path: Path) -> tuple[NotebookUsed, list[Parameter]]:
        if path not in self._seen:
            declared = notebook_parameters(path)
            outside = not path.is_relative_to(self.corpus.root)
            notebook: NotebookUsed = {
                "name": path.name,
                "path": path.name if outside else path.relative_to(self.corpus.root).as_posix(),
                "kind": notebook_kind(path),
                "sha256": notebook_hash(json.loads(path.read_text("utf-8"))),
            }
            self._seen[path] = notebook, declared
        return self._seen[path]


def plan_report(corpus: Corpus, given: Mapping[str, str], languages: Sequence[str]) -> list[Plan]:
    """Plan the runs of a report: the tour first, then the reports, by name; or say why not.

    Raises
    ------
    UsageError
        For a parameter, city or language that does not fit, or a project without reports.
    """
    require_languages(languages)
    if "language" in given:
        raise UsageError("A report is made in several languages: name them with --language.")
    planner = Planner(corpus)
    declared = {path: planner.parameters(path) for path in paged_notebooks(corpus.root / "notebooks")}
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
        plans.append(planner.plan(path, values, languages))
    return plans


def paged_notebooks(folder: Path) -> list[Path]:
    """Return the notebooks that get pages, the tour first, then by name.

    Raises
    ------
    UsageError
        If there is no report among them.
    """
    kinds = {path: notebook_kind(path) for path in find_notebooks(folder)}
    if "report" not in kinds.values():
        raise UsageError(f'No notebook in {folder} has the metadata "pingan": {{"kind": "report"}}.')
    return sorted(
        (path for path, kind in kinds.items() if kind in PAGED),
        key=lambda path: (PAGED.index(kinds[path]), path.name),
    )


def require_languages(languages: Sequence[str]) -> None:
    """Refuse a language that no page can have.

    Raises
    ------
    UsageError
    """
    for language in languages:
        if language not in LANGUAGES:
            raise UsageError(choices("language", language, list(LANGUAGES)))


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
