"""The plans of a sweep: notebooks, pairs of cities, and every combination of the values of parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from pathlib import Path
from typing import Any

from pingan_lib.corpus import Corpus
from pingan_lib.errors import UsageError, choices
from pingan_lib.notebooks import notebook_kind, parse_parameters, resolve_notebook
from pingan_lib.runs.plan import Plan, Planner, paged_notebooks, require_languages
from pingan_lib.words import LANGUAGES

ALL = "all"
_NAMES = ("notebooks", "pairs", "languages", "grid")


@dataclass(frozen=True)
class Grid:
    """What a sweep goes through.

    Attributes
    ----------
    notebooks : tuple of str
        Numbers, names or paths; without any, every report of the project.
    pairs : tuple of (str, str)
        Cities for `city_a` and `city_b`, by their ids; ("all", "") for every pair of the corpus.
    languages : tuple of str
        Of each run.
    values : mapping of str to tuple of str
        Values of parameters, as on a command line.
    """

    notebooks: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    languages: tuple[str, ...] = LANGUAGES
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_grid(path: str | Path) -> Grid:
    """Read a grid from a YAML file.

    Parameters
    ----------
    path : str or Path
        A mapping with any of `notebooks` (a list), `pairs` ("all", or a list of lists of two cities), `languages`, and
        `grid`: names of parameters, each with a value or a list of values. Every value is taken as it is written, 001
        too; a list as a value is written in JSON, in quotation marks.

    Returns
    -------
    Grid

    Raises
    ------
    UsageError
        If it cannot be read, or holds something else.
    """
    import yaml

    try:
        # the loader that takes all that is written for text
        found = yaml.load(Path(path).read_text("utf-8"), Loader=yaml.BaseLoader) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        said = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise UsageError(f"{path} cannot be read: {said}.") from error
    if not isinstance(found, dict):
        raise UsageError(f"{path} is no mapping: write notebooks:, pairs:, languages: or grid: first.")
    for name in found:
        if name not in _NAMES:
            raise UsageError(f"{path}: {choices('entry', str(name), list(_NAMES))}")
    grid = found.get("grid") or {}
    if not isinstance(grid, dict):
        raise UsageError(f"{path}: grid holds names of parameters, each with its values.")
    values = {name: _listed(each, f"{path}: grid: {name}") for name, each in grid.items()}
    for name, listed in values.items():
        if not listed:
            raise UsageError(f"{path}: grid: {name} has no value: name one, or leave the parameter out.")
    return Grid(
        _listed(found.get("notebooks", []), f"{path}: notebooks"),
        _pairs(found.get("pairs", []), f"{path}: pairs"),
        tuple(dict.fromkeys(_listed(found.get("languages") or list(LANGUAGES), f"{path}: languages"))),
        values,
    )


def parse_pair(text: str) -> tuple[str, str]:
    """Read a pair from a command line: `all`, or two cities with a comma between.

    Raises
    ------
    UsageError
    """
    first, comma, second = (part.strip() for part in text.partition(","))
    if text.strip() == ALL:
        return ALL, ""
    if not (first and comma and second) or "," in second:
        raise UsageError(f"{text!r} is no pair: write two cities with a comma between, or {ALL}.")
    return first, second


def plan_sweep(corpus: Corpus, grid: Grid) -> list[Plan]:
    """Plan every run of a grid, each once: what does not depend on a pair or a parameter is not run again for it.

    Raises
    ------
    UsageError
        For a notebook, city, language or parameter that does not fit. Nothing has run then.
    """
    require_languages(grid.languages)
    if "language" in grid.values:
        raise UsageError("A run of a sweep has all its languages: name them with --language.")
    folder = corpus.root / "notebooks"
    if grid.notebooks:
        paths = [resolve_notebook(name, folder).resolve() for name in grid.notebooks]
    else:
        paths = [path for path in paged_notebooks(folder) if notebook_kind(path) == "report"]
    planner = Planner(corpus)
    declared = {path: {each.name for each in planner.parameters(path)} for path in paths}
    known = set().union(*declared.values()) - {"language"}
    for name in grid.values:
        if name not in known:
            raise UsageError(choices("parameter", name, sorted(known)))
    pairs: list[tuple[str, ...]] = list(_all_pairs(corpus, grid.pairs))
    if pairs and {"city_a", "city_b"} & set(grid.values):
        raise UsageError("city_a and city_b are named twice: by --pairs and as parameters.")
    cities = [str(city) for city in corpus.cities.index]
    plans: dict[tuple[Path, str], Plan] = {}
    for pair in pairs or [()]:
        named = dict(zip(("city_a", "city_b"), pair))  # noqa: B905  # without pairs there is none to name
        for combination in product(*grid.values.values()):
            given = {**named, **dict(zip(grid.values, combination, strict=True))}
            for path, own in declared.items():
                values = {name: value for name, value in given.items() if name in own}
                typed = parse_parameters(values, planner.parameters(path), cities)
                plan = planner.plan(path, typed, grid.languages)
                plans.setdefault((path, plan.key), plan)
    return list(plans.values())


def _all_pairs(corpus: Corpus, pairs: Sequence[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for first, second in pairs:
        if first == ALL:
            corpus.pair("", "")  # says what is missing if there are not two cities
            yield from combinations([str(city) for city in corpus.cities.index], 2)
        else:
            yield corpus.pair(first, second)


def _listed(value: Any, where: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    for each in values:
        if not isinstance(each, str):
            raise UsageError(f"{where}: {each!r} is no value. Write a list or an object in JSON, in quotes.")
    return tuple(values)


def _pairs(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    if value == ALL:
        return ((ALL, ""),)
    if isinstance(value, list) and all(isinstance(each, list) and len(each) == 2 for each in value):
        return tuple((str(first), str(second)) for first, second in value)
    raise UsageError(f"{where}: write {ALL}, or a list of pairs such as [[city_one, city_two]].")
