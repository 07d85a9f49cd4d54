"""What a report concludes on two cities, as functions of the choices that somebody has to make first."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache
from itertools import combinations
from types import MappingProxyType
from typing import Any

import pandas as pd

from pingan_lib.bounds import ROUNDING_RULES, Bounds
from pingan_lib.compare import RULES, compare_figures, forbids
from pingan_lib.consistency import check_relations
from pingan_lib.corpus import Corpus
from pingan_lib.errors import UsageError, choices
from pingan_lib.forensics import grim
from pingan_lib.formulas import read_formula
from pingan_lib.intervals import surveyed_shares, widest_interval
from pingan_lib.numerals import SURPLUS_RULES, Reading


@dataclass(frozen=True)
class Choices:
    """What a researcher has to decide before anything is concluded.

    Attributes
    ----------
    rounding, surplus : str
        As in `Reading`.
    total : {"coded", "tens", "other"}
        Of what a share with a total is a share: the figure that was coded as its total; that figure, known to its
        tens only, as if 余 stood behind them; or any other count of the same unit and scope in the same article.
    periods : {"inferred_in", "inferred_out"}
        Whether a period that the coder inferred counts as known.
    confidence : float
        Level of the intervals.
    left_out : str
        A rule of comparison that is not applied: the name of a rule that forbids, or "none".

    Raises
    ------
    UsageError
        If there is no such option.
    """

    rounding: str = "nearest"
    surplus: str = "next_digit"
    total: str = "coded"
    periods: str = "inferred_in"
    confidence: float = 0.95
    left_out: str = "none"

    def __post_init__(self) -> None:
        for name in ("rounding", "surplus", "total", "periods", "left_out"):
            if getattr(self, name) not in OPTIONS[name]:
                raise UsageError(choices(f"option of {name}", getattr(self, name), OPTIONS[name]))

    @property
    def reading(self) -> Reading:
        """The part that decides how printed numbers are read."""
        return Reading(self.rounding, self.surplus)


OPTIONS: Mapping[str, tuple[Any, ...]] = MappingProxyType(
    {
        "rounding": ROUNDING_RULES,
        "surplus": SURPLUS_RULES,
        "total": ("coded", "tens", "other"),
        "periods": ("inferred_in", "inferred_out"),
        "confidence": (0.9, 0.95, 0.99),
        "left_out": ("none", *(rule.name for rule in RULES if forbids(rule.name))),
    }
)
DEFAULT_CHOICES = Choices()


@dataclass(frozen=True)
class Conclusion:
    """Something that a report concludes, as a function of the choices.

    Attributes
    ----------
    kind : {"comparable", "cautious", "share", "relation", "larger", "above", "apart"}
        How many pairs are comparable, or with caution; whether a share fits its total; whether a relation holds;
        whether what a formula gives is above one (a difference: above zero); whether the interval of a surveyed share
        lies above a level; whether the intervals of two such shares on one measure lie apart.
    inputs : tuple of str
        Ids of the figures or the relation that it is about.
    answer : callable
        `Choices` in, the answer out: a verdict, or "weak" for a share that fits as most values would; "yes", "no" or
        "open"; or a number of pairs as text.
    """

    kind: str
    inputs: tuple[str, ...]
    answer: Callable[[Choices], str]


def conclusions(corpus: Corpus, city_a: str, city_b: str, *, level: float = 90.0) -> list[Conclusion]:
    """List what is concluded on two cities.

    Parameters
    ----------
    corpus : Corpus
    city_a, city_b : str
        Ids of two cities.
    level : float, optional
        Percentage with which the intervals of surveyed shares are compared.

    Raises
    ------
    UsageError
        If a city is unknown or the level is no percentage.
    """
    if not 0 <= level <= 100:
        raise UsageError(f"level is {level}. Give a percentage from 0 to 100.")
    corpus.require_cities(city_a, city_b)
    cities = (city_a, city_b)
    found = [*_on_pairs(corpus, *cities), *_on_shares(corpus, cities), *_on_relations(corpus, cities)]
    return [*found, *_on_surveys(corpus, cities, level)]


def _on_pairs(corpus: Corpus, city_a: str, city_b: str) -> Iterator[Conclusion]:
    @cache
    def reasons(periods: str) -> list[tuple[str, ...]]:
        seen = corpus if periods == "inferred_in" else _without_inferred(corpus)
        return list(compare_figures(seen, city_a, city_b)["reasons"])

    @cache
    def grades(periods: str, left_out: str) -> Counter[str]:
        applied = [[name for name in found if name != left_out] for found in reasons(periods)]
        return Counter(
            "not_comparable" if any(map(forbids, found)) else "with_caution" if found else "comparable"
            for found in applied
        )

    yield Conclusion("comparable", (), lambda given: str(grades(given.periods, given.left_out)["comparable"]))
    yield Conclusion("cautious", (), lambda given: str(grades(given.periods, given.left_out)["with_caution"]))


def _without_inferred(corpus: Corpus) -> Corpus:
    figures, inferred = corpus.figures.copy(), corpus.figures["period_basis"] == "inferred"
    figures.loc[inferred, ["period_start", "period_end"]] = pd.NaT
    figures.loc[inferred, "period_basis"] = "none"
    return replace(corpus, figures=figures)


def _on_shares(corpus: Corpus, cities: tuple[str, str]) -> Iterator[Conclusion]:
    figures = corpus.accepted[corpus.accepted["place_id"].isin(cities)]
    for figure_id, figure in figures[figures["unit"] == "percent"].iterrows():
        if figure["denominator"] in corpus.figures.index:
            yield Conclusion("share", (str(figure_id),), _share_verdict(corpus, figure))


def _share_verdict(corpus: Corpus, figure: pd.Series) -> Callable[[Choices], str]:
    coded = figure["denominator"]
    same = corpus.accepted[
        (corpus.accepted["article_id"] == figure["article_id"])
        & (corpus.accepted["unit"] == corpus.row("figures", coded)["unit"])
        & (corpus.accepted["scope"] == corpus.row("figures", coded)["scope"])
        & (corpus.accepted["role"] == "reported")
        & (corpus.accepted["value"] > 0)
    ]
    others = [str(name) for name in same.index if name != coded]

    @cache
    def verdict(rounding: str, surplus: str, total: str) -> str:
        reading = Reading(rounding, surplus)
        if total == "coded":
            totals = [corpus.bounds(coded, reading)]
        elif total == "tens":
            totals = [_to_tens(corpus.bounds(coded, reading))]
        else:
            totals = [corpus.bounds(name, reading) for name in others]
        found = [_fit(figure["printed"], one, rounding) for one in totals]
        return next(
            (v for v in ("consistent", "weak", "not_testable") if v in found),
            found[0] if found else "not_testable",
        )

    return lambda given: verdict(given.rounding, given.surplus, given.total)


@lru_cache(maxsize=4096)
def _fit(printed: str, total: Bounds, rounding: str) -> str:
    """The verdict of GRIM; "weak" where more than half of all values printed so would fit, too."""
    found = grim(printed, total, rounding=rounding)
    if found.verdict == "consistent" and found.chance is not None and found.chance < Fraction(1, 2):
        return "weak"
    return found.verdict


def _to_tens(total: Bounds) -> Bounds:
    """What a writer leaves open who names the tens and adds 余."""
    low = Fraction(int(total.low or 0) // 10 * 10)
    high = None if total.high is None else Fraction(int(total.high) // 10 * 10 + 10)
    return Bounds(low, high, True, False)


def _on_relations(corpus: Corpus, cities: tuple[str, str]) -> Iterator[Conclusion]:
    @cache
    def checked(rounding: str, surplus: str) -> dict[str, dict[str, Any]]:
        found = check_relations(corpus, cities, Reading(rounding, surplus))
        return {str(name): row for name, row in found.to_dict("index").items()}

    for name, row in checked("nearest", "next_digit").items():
        if row["kind"] != "context":
            yield Conclusion("relation", (name,), _verdict_of(checked, name))
        elif row["bounds"] is not None and (threshold := _threshold(corpus, row["formula"])) is not None:
            yield Conclusion("larger", (name,), _larger(checked, name, threshold))


def _threshold(corpus: Corpus, formula: str) -> int | None:
    """What a formula's result is compared with: 0 for a difference, 1 for a ratio of like units over like time."""
    tree = read_formula(formula)
    if not isinstance(tree, ast.BinOp):
        return None
    if isinstance(tree.op, ast.Sub):
        return 0
    sides = [side.id for side in (tree.left, tree.right) if isinstance(side, ast.Name)]
    if not isinstance(tree.op, ast.Div) or len(sides) < 2:
        return None
    alike = corpus.figures.loc[sides, ["unit", "timing"]].drop_duplicates()
    return 1 if len(alike) == 1 else None


# What `check_relations` finds under rules of rounding and surplus, by the ids of the relations.
_Checked = Callable[[str, str], dict[str, dict[str, Any]]]


def _verdict_of(checked: _Checked, name: str) -> Callable[[Choices], str]:
    return lambda given: str(checked(given.rounding, given.surplus)[name]["verdict"])


def _larger(checked: _Checked, name: str, threshold: int) -> Callable[[Choices], str]:
    @cache
    def answer(rounding: str, surplus: str) -> str:
        bounds: Bounds = checked(rounding, surplus)[name]["bounds"]
        if Bounds.of(threshold).below(bounds):
            return "yes"
        return "no" if bounds.high is not None and bounds.high <= threshold else "open"

    return lambda given: answer(given.rounding, given.surplus)


def _on_surveys(corpus: Corpus, cities: tuple[str, str], level: float) -> Iterator[Conclusion]:
    asked = surveyed_shares(corpus, cities)

    def ends(name: str, given: Choices) -> tuple[float, float]:
        return widest_interval(asked[name], given.confidence, given.rounding)[2:]

    for figure_id in asked:

        def above(given: Choices, name: str = figure_id) -> str:
            low, high = ends(name, given)
            return "yes" if low > level else "no" if high < level else "open"

        yield Conclusion("above", (figure_id,), above)
    measures = corpus.figures["measure_id"]
    for pair in combinations(asked, 2):
        if measures[pair[0]] != measures[pair[1]]:
            continue

        def apart(given: Choices, names: tuple[str, str] = pair) -> str:
            (low_a, high_a), (low_b, high_b) = (ends(name, given) for name in names)
            return "no" if low_a <= high_b and low_b <= high_a else "yes"

        yield Conclusion("apart", pair, apart)
