"""The corpus: tables and articles of a project folder, checked, as data frames."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from pingan_lib.bounds import Bounds
from pingan_lib.check import QUOTED_TABLES, check_folder, examine
from pingan_lib.displays import both, shown, table
from pingan_lib.errors import CorpusError, Problem, UsageError, choices
from pingan_lib.figure_rows import read_printed
from pingan_lib.numerals import DEFAULT_READING, Reading
from pingan_lib.schema import DESCRIPTOR, Table, typed
from pingan_lib.words import LANGUAGES


@dataclass(frozen=True, repr=False)
class Corpus:
    """What cities report, as checked tables, with the articles that they come from.

    Every table is a data frame indexed by its id (`reference`, `coders`, `codings` and `figure_codings` by number);
    the columns are described in `data/README.md`. Of `approaches`, `figures` and `statements`, `start` and `end` are
    the offsets of the quote in its article, in code points. Of `figures`, `low` and `high` are the bounds of the true
    value, in the figure's unit; missing where there is no bound.

    What follows from the tables is worked out once and kept. So a table is not changed in place; a corpus with another
    one is made by `dataclasses.replace(corpus, figures=...)`.

    Attributes
    ----------
    root : Path
        The project folder.
    tables : dict of str to schema.Table
        What the columns mean.
    texts : dict of str to str
        The articles by `article_id`.
    uncoded : tuple of str
        The articles that nobody has coded yet: those without a row in `coders`.
    drafts : dict of str to int
        How many drafts of figures wait for a person, by `article_id`; none where there is no draft.
    places, articles, codebook, measures, approaches, figures, statements, relations, reference, coders, codings, \
figure_codings : DataFrame
    """

    root: Path
    tables: dict[str, Table]
    texts: dict[str, str]
    uncoded: tuple[str, ...]
    drafts: dict[str, int]
    places: pd.DataFrame
    articles: pd.DataFrame
    codebook: pd.DataFrame
    measures: pd.DataFrame
    approaches: pd.DataFrame
    figures: pd.DataFrame
    statements: pd.DataFrame
    relations: pd.DataFrame
    reference: pd.DataFrame
    coders: pd.DataFrame
    codings: pd.DataFrame
    figure_codings: pd.DataFrame

    @cached_property
    def fingerprint(self) -> str:
        """A hash of tables and texts: corpora that share it have the same content."""
        found = hashlib.sha256()
        for name in self.tables:
            frame = getattr(self, name).reset_index()
            for column in frame.columns:
                found.update("\x1f".join([column, *map(str, frame[column])]).encode("utf-8", "surrogatepass"))
        for text in self.texts.values():
            found.update(text.encode("utf-8", "surrogatepass"))
        return found.hexdigest()

    @cached_property
    def cities(self) -> pd.DataFrame:
        """The places that have an article, in the order of `places`."""
        return self.places[self.places.index.isin(self.articles["place_id"])]

    @cached_property
    def accepted(self) -> pd.DataFrame:
        """The figures that a person has accepted and that repeat no earlier one; what reports are made from."""
        return self.figures[(self.figures["status"] == "accepted") & (self.figures["same_as"] == "")]

    @cached_property
    def main_codings(self) -> pd.DataFrame:
        """The codings of each article's first coder, by day: what reports are made from.

        Those of later coders tell how far coders agree, and add nothing to a comparison.
        """
        first = self.coders.sort_values("date", kind="stable").drop_duplicates("article_id")
        coder = self.approaches["article_id"].map(first.set_index("article_id")["coder_id"])
        return self.codings[self.codings["coder_id"] == self.codings["approach_id"].map(coder)]

    @cached_property
    def dimensions(self) -> dict[str, tuple[str, ...]]:
        """The dimensions of each approach in `main_codings`, each once, in their order there."""
        found: dict[str, dict[str, None]] = {}
        codings = self.main_codings
        for approach, dimension in zip(codings["approach_id"], codings["dimension_id"], strict=True):
            found.setdefault(approach, {})[dimension] = None
        return {approach: tuple(own) for approach, own in found.items()}

    @cached_property
    def shared_labels(self) -> dict[str, set[tuple[str, str]]]:
        """By language, the place and the label of accepted figures that several articles of the place name alike."""
        return {
            language: {
                key
                for key, articles in self.accepted.groupby(["place_id", f"label_{language}"])["article_id"]
                if articles.nunique() > 1
            }
            for language in LANGUAGES
        }

    @cached_property
    def parents(self) -> pd.Series:
        """What each approach is a part of; what repeats an earlier article's approach stands as that one."""
        repeated = self.approaches["same_as"]
        return self.approaches["part_of"].map(lambda parent: repeated.get(parent) or parent)

    def row(self, table: str, key: Any) -> pd.Series:
        """Return a row of a table by its id: the same object each time, which is not to be changed.

        Raises
        ------
        KeyError
            If the table has no such row.
        """
        if (table, key) not in self._rows:
            self._rows[table, key] = getattr(self, table).loc[key]
        return self._rows[table, key]

    @cached_property
    def _rows(self) -> dict[tuple[str, Any], pd.Series]:
        return {}

    @cached_property
    def _bounds(self) -> dict[tuple[str, Reading], Bounds]:
        return {}

    def bounds(self, figure_id: str, reading: Reading = DEFAULT_READING) -> Bounds:
        """Return the exact bounds of a figure's true value, in its unit.

        Parameters
        ----------
        figure_id : str
        reading : Reading, optional
            By which rules numbers were rounded and hedged.

        Raises
        ------
        UsageError
            If there is no such figure.
        """
        if (figure_id, reading) not in self._bounds:
            if figure_id not in self.figures.index:
                raise UsageError(choices("figure", figure_id, list(self.figures.index)))
            figure = self.row("figures", figure_id)
            found = figure_bounds(figure["printed"], figure["unit"], figure["value"], reading)
            self._bounds[figure_id, reading] = found
        return self._bounds[figure_id, reading]

    def require_cities(self, *cities: str) -> None:
        """Refuse names that are no cities of the corpus.

        Raises
        ------
        UsageError
            It lists the cities that there are.
        """
        for city in cities:
            if city not in self.cities.index and city in self.places.index:
                waiting = f" Not coded yet: {', '.join(self.uncoded)}." if self.uncoded else ""
                raise UsageError(
                    f"{city!r} is a place without a coded article; who has read an article is said in "
                    f"data/coders.csv.{waiting}"
                )
            if city not in self.cities.index:
                raise UsageError(choices("city", city, list(self.cities.index)))

    @property
    def too_few(self) -> str:
        """What is said where two cities are needed and there are fewer."""
        named = ", ".join(map(str, self.cities.index)) or "none"
        waiting = f" Not coded yet: {', '.join(self.uncoded)}." if self.uncoded else ""
        return f"Two cities are needed; the corpus has coded articles on {named}.{waiting}"

    def pair(self, city_a: str = "", city_b: str = "") -> tuple[str, str]:
        """Return the two cities to compare; an empty name means the first, or next, city of the corpus.

        Raises
        ------
        UsageError
            If a city is unknown, the same city is named twice, or the corpus has fewer than two.
        """
        cities = list(self.cities.index)
        self.require_cities(*filter(None, (city_a, city_b)))
        if city_a and city_a == city_b:
            raise UsageError(f"{city_a!r} was named twice. Name two cities: {', '.join(cities)}.")
        free = [city for city in cities if city not in (city_a, city_b)]
        if len(free) < (not city_a) + (not city_b):
            raise UsageError(self.too_few)
        first = city_a or free.pop(0)
        return first, city_b or free.pop(0)

    def __repr__(self) -> str:
        cities = ", ".join(self.cities["name_en"]) or "no city"
        counts = ", ".join(f"{len(getattr(self, name))} {name}" for name in ("articles", *QUOTED_TABLES))
        waiting = f"; {sum(self.drafts.values())} drafts of figures wait" if self.drafts else ""
        uncoded = f"; not coded yet: {', '.join(self.uncoded)}" if self.uncoded else ""
        return f"<Corpus: {cities}; {counts}{waiting}{uncoded}>"

    def _repr_html_(self) -> str:
        rows = []
        for article_id, article in self.articles.iterrows():
            place = self.places.loc[article["place_id"]]
            coded = [int((getattr(self, name)["article_id"] == article_id).sum()) for name in QUOTED_TABLES]
            cells = (
                both(place["name_en"], place["name_zh"]),
                Markup('<cite lang="zh">{}</cite>').format(article["title"]),
                Markup("<time>{:%Y-%m-%d}</time>").format(article["published"]),
            )
            rows.append((*cells, *coded, self.drafts.get(str(article_id), 0)))
        heads = ("city", "article", "published", *QUOTED_TABLES, "drafts that wait")
        made = table(heads, rows, "What is coded")
        if self.uncoded:
            made += Markup('<p class="quiet">Not coded yet, and left out: {}.</p>').format(
                Markup(", ").join(Markup("<code>{}</code>").format(each) for each in self.uncoded)
            )
        return shown(made)


def figure_bounds(printed: str, unit: str, value: float, reading: Reading = DEFAULT_READING) -> Bounds:
    """Return what a printed figure allows the true value to be.

    The words of a fall may stand outside the printed number, so the sign is taken from the value; a share cannot
    exceed 100.

    Parameters
    ----------
    printed, unit : str
        As in `figures`.
    value : float
    reading : Reading, optional
        By which rules numbers were rounded and hedged.
    """
    bounds = read_printed(printed, unit, reading).bounds
    if value < 0 and bounds.low is not None and bounds.low >= 0:
        bounds = -bounds
    whole = Bounds(Fraction(0), Fraction(100))
    return bounds.meet(whole) if unit == "percent" and bounds.overlaps(whole) else bounds


def find_project(path: str | Path | None = None) -> Path:
    """Return the nearest folder, upward from `path` or the current one, that holds `data/datapackage.json`.

    Raises
    ------
    UsageError
        If there is none.
    """
    start = Path(path or ".").resolve()
    for folder in (start, *start.parents) if path is None else (start,):
        if (folder / "data" / DESCRIPTOR).is_file():
            return folder
    where = f"in {path}" if path is not None else "here or in a folder above"
    raise UsageError(f"No project {where}: data/{DESCRIPTOR} is missing. Name the project folder.")


def check_corpus(path: str | Path | None = None) -> list[Problem]:
    """List every fault of a project's data.

    Parameters
    ----------
    path : str or Path, optional
        The project folder; without it, the nearest one upward from the current folder.

    Returns
    -------
    list of Problem
        Each with file, row, column, what was found and what to do; empty where all is well.

    Raises
    ------
    UsageError
        If there is no project.
    """
    return check_folder(find_project(path))


def load_corpus(path: str | Path | None = None, *, unfinished: bool = False) -> Corpus:
    """Read and check the tables and articles of a project folder.

    Parameters
    ----------
    path : str or Path, optional
        The project folder; without it, the nearest one upward from the current folder that holds
        `data/datapackage.json`.
    unfinished : bool, optional
        Keep the figures that are not accepted and the articles that nobody has coded. Without them nothing that is
        made from the corpus can take a draft for a figure, or what nobody looked for as not reported.

    Returns
    -------
    Corpus

    Raises
    ------
    UsageError
        If there is no project.
    CorpusError
        If anything is wrong with the data; it lists every fault.
    """
    root = find_project(path)
    kept = None if unfinished else _kept.pop(root, None)  # taken once: who takes it may change it
    if kept is not None and _state(kept[1]) == kept[0]:
        return kept[1]
    checked = examine(root)
    if checked.problems:
        raise CorpusError(checked.problems)
    tables, texts = checked.tables, checked.texts
    # Cells are let go table by table: of a large corpus, they take as much memory as its frames.
    frames = {name: typed(table, checked.cells.pop(name)) for name, table in tables.items()}
    for name in QUOTED_TABLES:
        starts = np.array(checked.starts.pop(name), dtype=np.int64)
        lengths = np.fromiter(map(len, frames[name]["quote"].to_numpy()), np.int64, len(starts))
        frames[name] = frames[name].assign(start=starts, end=starts + lengths)
    frames["figures"] = _with_bounds(frames["figures"])
    drafted = frames["figures"].loc[frames["figures"]["status"] == "draft", "article_id"]
    drafts = {str(article): int(count) for article, count in drafted.value_counts(sort=False).items()}
    uncoded = tuple(frames["articles"].index[~frames["articles"].index.isin(frames["coders"]["article_id"])])
    if not unfinished:
        frames["figures"] = frames["figures"][frames["figures"]["status"] == "accepted"]
        if uncoded:
            frames["articles"] = frames["articles"].drop(list(uncoded))
            for name in QUOTED_TABLES:
                frames[name] = frames[name][~frames[name]["article_id"].isin(uncoded)]
    return Corpus(root, tables, texts, uncoded, drafts, **{name: frames[name] for name in tables})


def _with_bounds(figures: pd.DataFrame) -> pd.DataFrame:
    missing = float("nan")
    known: dict[tuple[str, str, float], tuple[float, float]] = {}
    cells = list(zip(*(figures[name].to_numpy() for name in ("printed", "unit", "value")), strict=True))
    for cell in cells:
        if cell not in known:
            bounds = figure_bounds(*cell)
            ends = (bounds.low, bounds.high)
            known[cell] = tuple(missing if end is None else float(end) for end in ends)  # type: ignore[assignment]
    low, high = zip(*map(known.__getitem__, cells), strict=True) if cells else ((), ())
    return figures.assign(low=np.array(low, dtype=float), high=np.array(high, dtype=float))


# Corpora in memory for the next `load_corpus`, by project, with the state of their files.
_kept: dict[Path, tuple[list[tuple[int, int]], Corpus]] = {}


def keep_corpus(path: str | Path | None = None) -> Corpus:
    """Load a corpus for the next `load_corpus` of this process, or of one that is forked from it.

    It is given out if no file has another size or time by then. Parameters and errors are those of `load_corpus`.
    """
    corpus = load_corpus(path)
    _kept[corpus.root] = _state(corpus), corpus
    return corpus


def _state(corpus: Corpus) -> list[tuple[int, int]]:
    """Time and size of each file that a corpus is made from; (0, 0) for one that is gone."""
    data = corpus.root / "data"
    files = [data / DESCRIPTOR, *(data / table.file for table in corpus.tables.values())]
    found = []
    for file in [*files, *(corpus.root / path for path in corpus.articles["path"])]:
        try:
            status = file.stat()
            found.append((status.st_mtime_ns, status.st_size))
        except OSError:
            found.append((0, 0))
    return found
