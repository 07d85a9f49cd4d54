"""Figures of two cities, paired and graded for comparability, every reason named."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, Literal

import pandas as pd

from pingan_lib.corpus import Corpus
from pingan_lib.displays import Pairs
from pingan_lib.errors import UsageError, choices
from pingan_lib.units import RELATIVE, SHARES

Grade = Literal["comparable", "with_caution", "not_comparable"]
Figure = Mapping[str, Any]

# A gap up to this many years between two periods calls for caution; beyond it, too much else may have changed.
MAX_GAP_YEARS = 2.0


@dataclass(frozen=True)
class Rule:
    """One question that is asked of every pair of figures.

    Attributes
    ----------
    name : str
        The reason that is given where the question is answered with yes.
    grade : str
        What a yes leaves of the pair: "with_caution" or "not_comparable".
    applies : callable
        Of two figures, each a row of `corpus.figures` with `level`, `genre`, `share_of` (its denominator in words) and
        `figure_id` added; and the gap between their periods in years, missing where a period is not known.
    lacking : callable or None
        Of one figure: whether it sets off the rule whatever it is paired with, by something that its article could
        have said. None where only the pair is at fault.
    """

    name: str
    grade: Grade
    applies: Callable[[Figure, Figure, float], bool]
    lacking: Callable[[Figure], bool] | None = None


def _lacks(name: str, test: Callable[[Figure], bool]) -> Rule:
    return Rule(name, "with_caution", lambda a, b, gap: test(a) or test(b), test)


def _differ(column: str) -> Callable[[Figure, Figure, float], bool]:
    return lambda a, b, gap: bool(a[column] != b[column])


def _is_count(figure: Figure) -> bool:
    return figure["unit"] not in RELATIVE


def _is_reported_count(a: Figure, b: Figure) -> bool:
    """Norms, such as one lawyer for each village, do not grow with the unit."""
    return _is_count(a) and (a["role"], b["role"]) == ("reported", "reported")


def _lengths_differ(a: Figure, b: Figure) -> bool:
    """Counts grow with time: a year is not set beside three. A tenth is left for calendars."""
    if "point" in (a["timing"], b["timing"]):
        return False
    spans = [(figure["period_end"] - figure["period_start"]).days + 1 for figure in (a, b)]
    return all(span == span for span in spans) and max(spans) > 1.1 * min(spans)


def _share_of(figure: Figure) -> str:
    return str(figure.get("share_of", figure["denominator"])) if figure["unit"] == "percent" else ""


def _open_ended(figure: Figure) -> bool:
    """Counted since, or until, an unknown day: one end of its time is given at most."""
    ends = pd.isna(figure["period_start"]), pd.isna(figure["period_end"])
    return bool(
        (figure["timing"] == "cumulative" and ends[0]) or (figure["timing"] != "point" and ends[0] != ends[1])
    )


# In the order in which they are told: what is counted, for whom, when, how said, by whom.
RULES = (
    Rule("measure", "not_comparable", _differ("measure_id")),
    Rule("counted", "not_comparable", _differ("counted")),
    Rule("role", "not_comparable", _differ("role"), lambda f: f["role"] != "reported"),
    Rule("scope", "not_comparable", _differ("scope"), lambda f: f["scope"] != "city"),
    # Two mediators, or two districts, may be whichever the articles chose.
    Rule("part_of_city", "with_caution", lambda a, b, gap: a["scope"] == b["scope"] != "city"),
    # A prefecture-level city holds counties and county-level cities: its counts are sums over such units.
    Rule(
        "level_counts",
        "not_comparable",
        lambda a, b, gap: _is_reported_count(a, b) and a["level"] != b["level"],
    ),
    Rule(
        "level",
        "with_caution",
        lambda a, b, gap: not (_is_count(a) and _is_count(b)) and a["level"] != b["level"],
    ),
    # A count of a larger place is larger; only a share or a rate has taken that out.
    Rule(
        "size",
        "with_caution",
        lambda a, b, gap: (
            _is_reported_count(a, b) and a["level"] == b["level"] and a.get("place_id") != b.get("place_id")
        ),
    ),
    Rule(
        "denominator",
        "not_comparable",
        lambda a, b, gap: _share_of(a) != _share_of(b) and "" not in (_share_of(a), _share_of(b)),
    ),
    _lacks("denominator_unknown", lambda f: f["unit"] == "percent" and not f["denominator"]),
    _lacks("base_unknown", lambda f: f["unit"] in ("percent_change", "percentage_point")),
    Rule("timing", "not_comparable", _differ("timing")),
    Rule("length", "not_comparable", lambda a, b, gap: _is_count(a) and _lengths_differ(a, b)),
    Rule("length_rates", "with_caution", lambda a, b, gap: not _is_count(a) and _lengths_differ(a, b)),
    _lacks("start_unknown", _open_ended),
    _lacks("period_unknown", lambda f: pd.isna(f["period_start"]) and pd.isna(f["period_end"])),
    Rule("far_apart", "not_comparable", lambda a, b, gap: gap > MAX_GAP_YEARS),
    Rule("apart", "with_caution", lambda a, b, gap: 0 < gap <= MAX_GAP_YEARS),
    _lacks("period_inferred", lambda f: f["period_basis"] == "inferred"),
    _lacks("hedged", lambda f: f["hedge"] != "exact"),
    Rule("speaker", "with_caution", _differ("attributed_to")),
    Rule("genre", "with_caution", _differ("genre")),
)
_BY_NAME = {rule.name: rule for rule in RULES}


def compare_figures(corpus: Corpus, city_a: str, city_b: str) -> pd.DataFrame:
    """Pair the figures of two cities and grade each pair for comparability.

    Pairs share a measure, or are near misses that invite comparison: the same unit, and either a dimension of
    approach in common or a percentage, as percentages look alike whatever they are of. Grades follow `RULES`: a pair
    is "not_comparable" if any reason forbids it, "with_caution" if any calls for it, else "comparable".

    Parameters
    ----------
    corpus : Corpus
    city_a, city_b : str
        Ids of two cities, or the same twice, to pair the figures of one.

    Returns
    -------
    DataFrame
        A row a pair: `figure_a`, `figure_b`, `measure_id` (empty for a near miss), `grade`, `reasons` (a tuple of the
        names of `RULES` that apply, forbidding ones first) and `gap_years` (time between the two periods in years,
        0 where they may overlap, missing where a period is not known).

    Raises
    ------
    UsageError
        If a city is unknown.

    Notes
    -----
    Like units only, as in the “most similar groups” of British police statistics; like definitions, denominators and
    times, as in the Cochrane Handbook, chapter 12, and the SWiM guideline (doi 10.1136/bmj.l6890).
    """
    corpus.require_cities(city_a, city_b)
    figures = described(corpus, (city_a, city_b))
    dimensions = {approach: set(found) for approach, found in corpus.dimensions.items()}
    rows = []
    for a, b in _pairs(figures, city_a, city_b):
        same = bool(a["measure_id"]) and a["measure_id"] == b["measure_id"]
        if same or _tempting(a, b, dimensions):
            grade, reasons, gap = grade_pair(a, b)
            rows.append(
                (a["figure_id"], b["figure_id"], a["measure_id"] if same else "", grade, reasons, gap)
            )
    pairs = Pairs(rows, columns=["figure_a", "figure_b", "measure_id", "grade", "reasons", "gap_years"])
    return pairs.named(corpus.figures, corpus.places)


def grade_pair(a: Figure, b: Figure) -> tuple[Grade, tuple[str, ...], float]:
    """Grade two figures by every rule.

    Parameters
    ----------
    a, b : mapping
        Rows of `corpus.figures`, with `level` and `genre`.

    Returns
    -------
    grade : {"comparable", "with_caution", "not_comparable"}
    reasons : tuple of str
        Names of the rules that apply, forbidding ones first.
    gap : float
        Years between the periods; nan where one is not known.
    """
    gap = years_apart(a, b)
    applying = [rule for rule in RULES if rule.applies(a, b, gap)]
    forbidding = tuple(rule.name for rule in applying if rule.grade == "not_comparable")
    cautioning = tuple(rule.name for rule in applying if rule.grade == "with_caution")
    grade: Grade = "not_comparable" if forbidding else "with_caution" if cautioning else "comparable"
    return grade, forbidding + cautioning, gap


def forbids(reason: str) -> bool:
    """Tell whether a reason alone makes a pair not comparable.

    Raises
    ------
    UsageError
        If there is no such reason.
    """
    if reason not in _BY_NAME:
        raise UsageError(choices("reason", reason, list(_BY_NAME)))
    return _BY_NAME[reason].grade == "not_comparable"


def possible_pairs(corpus: Corpus, city_a: str, city_b: str) -> int:
    """Count all pairs of figures of two cities, or within one that is named twice.

    Raises
    ------
    UsageError
        If a city is unknown.
    """
    corpus.require_cities(city_a, city_b)
    count_a, count_b = ((corpus.accepted["place_id"] == city).sum() for city in (city_a, city_b))
    return int(math.comb(count_a, 2) if city_a == city_b else count_a * count_b)


def lacking(figure: Figure) -> tuple[str, ...]:
    """Name the rules that a figure sets off whatever it is paired with: what its article would have to add.

    Parameters
    ----------
    figure : mapping
        A row of `corpus.figures`.
    """
    return tuple(rule.name for rule in RULES if rule.lacking is not None and rule.lacking(figure))


def wanted(corpus: Corpus, city_a: str, city_b: str, *, stage: str = "outcome") -> pd.DataFrame:
    """Tell what two cities would have to publish to become comparable on what one of them reports.

    Parameters
    ----------
    corpus : Corpus
    city_a, city_b : str
    stage : str, optional
        Figures of this stage of the logic model are looked at.

    Returns
    -------
    DataFrame
        A row for each figure of the stage that has a measure and was reported, not planned: `figure_id`,
        `measure_id`, `city` (which reports it), `lacks` (see `lacking`), `other` (the other city) and
        `other_reports` (whether that city has a figure on the measure at all).

    Raises
    ------
    UsageError
        If a city is unknown.
    """
    corpus.require_cities(city_a, city_b)
    figures = corpus.accepted[(corpus.accepted["measure_id"] != "") & (corpus.accepted["role"] == "reported")]
    rows = []
    for city, other in ((city_a, city_b), (city_b, city_a)):
        reported = set(figures.loc[figures["place_id"] == other, "measure_id"])
        own = figures[(figures["place_id"] == city) & (figures["stage"] == stage)]
        for figure_id, figure in own.sort_values(["article_id", "start"], kind="stable").iterrows():
            measure = figure["measure_id"]
            rows.append((figure_id, measure, city, lacking(figure), other, measure in reported))
    columns = ["figure_id", "measure_id", "city", "lacks", "other", "other_reports"]
    return pd.DataFrame(rows, columns=columns)


def years_apart(a: Figure, b: Figure) -> float:
    """Give the time between two periods in years: 0 where they may overlap, nan where one is not known.

    From the last day of the earlier to the first of the later. What is counted since an unknown day may reach back as
    far as one likes, and what goes on to an unknown day as far forward: such a period is apart from another only on
    the side that is known. Of two that are open on one side, the days are compared that are known.
    """
    spans = []
    for figure in (a, b):
        start, end = figure["period_start"], figure["period_end"]
        if pd.isna(start) and pd.isna(end):
            return float("nan")
        spans.append((start, end))
    (start_a, end_a), (start_b, end_b) = spans
    if pd.isna(start_a) and pd.isna(start_b):
        return float(abs((end_a - end_b).days)) / 365.25
    if pd.isna(end_a) and pd.isna(end_b):
        return float(abs((start_a - start_b).days)) / 365.25
    between = [(start_b - end_a).days, (start_a - end_b).days]
    return float(max([0, *(days for days in between if days == days)])) / 365.25


def figures_against_words(corpus: Corpus, city_a: str, city_b: str) -> pd.DataFrame:
    """List the measures on which one city gives a figure and the other only words.

    Parameters
    ----------
    corpus : Corpus
    city_a, city_b : str

    Returns
    -------
    DataFrame
        Indexed by `measure_id`: `city_figures` and `city_words` (place ids), `figures` and `statements` (tuples of
        ids, in the order of the articles).
    """
    corpus.require_cities(city_a, city_b)
    figures, words = _by_measure(corpus.accepted), _by_measure(corpus.statements)
    rows = []
    for with_figures, with_words in ((city_a, city_b), (city_b, city_a)):
        numbers, said = figures.get(with_figures, {}), words.get(with_words, {})
        counted = figures.get(with_words, {})
        only = [measure for measure in corpus.measures.index if measure in said and measure not in counted]
        rows += [
            (measure, with_figures, with_words, tuple(numbers[measure]), tuple(said[measure]))
            for measure in only
            if measure in numbers
        ]
    columns = ["measure_id", "city_figures", "city_words", "figures", "statements"]
    return pd.DataFrame(rows, columns=columns).set_index("measure_id")


def _by_measure(rows: pd.DataFrame) -> dict[str, dict[str, list[str]]]:
    """The ids of rows by place and measure, in the order of the articles."""
    found: dict[str, dict[str, list[str]]] = {}
    rows = rows.sort_values(["article_id", "start"])
    for row, place, measure in zip(rows.index, rows["place_id"], rows["measure_id"], strict=True):
        found.setdefault(place, {}).setdefault(measure, []).append(row)
    return found


def described(corpus: Corpus, cities: Collection[str] | None = None) -> pd.DataFrame:
    """Return the accepted figures, or those of some cities, with what the rules ask besides: see `Rule.applies`."""
    figures = corpus.accepted
    if cities is not None:
        figures = figures[figures["place_id"].isin(list(cities))]
    counted = corpus.figures["counted"]
    return figures.assign(
        figure_id=figures.index,
        level=figures["place_id"].map(corpus.places["level"]),
        genre=figures["article_id"].map(corpus.articles["genre"]),
        # A denominator is another figure's id, or words: then what that figure counts are its words.
        share_of=[counted.get(total, total) for total in figures["denominator"]],
    )


def _pairs(figures: pd.DataFrame, city_a: str, city_b: str) -> Iterator[tuple[Figure, Figure]]:
    of_a = figures[figures["place_id"] == city_a].to_dict("records")
    if city_a == city_b:
        return combinations(of_a, 2)
    return product(of_a, figures[figures["place_id"] == city_b].to_dict("records"))


def _tempting(a: Figure, b: Figure, dimensions: Mapping[str, set[str]]) -> bool:
    if a["unit"] != b["unit"] or "structure" in (a["role"], b["role"]):
        return False
    shared = dimensions.get(a["approach_id"], set()) & dimensions.get(b["approach_id"], set())
    return a["unit"] in SHARES or bool(shared)
