"""Intervals of reported shares, where a sampling model is fair, and why there is none where it is not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from itertools import combinations
from typing import Any

import pandas as pd

from pingan_lib.corpus import Corpus
from pingan_lib.errors import UsageError
from pingan_lib.forensics import grim, smallest_sample
from pingan_lib.numerals import DEFAULT_READING, Reading
from pingan_lib.proportions import (
    Pooled,
    compare_shares,
    pool_shares,
    power_of_difference,
    sample_for_difference,
    share_interval,
)


def survey_intervals(
    corpus: Corpus, cities: Collection[str], confidence: float = 0.95, reading: Reading = DEFAULT_READING
) -> pd.DataFrame:
    """Give each reported share its interval, or the reason why none is fair.

    A share of counted cases is no sample: only its bounds are shown. A share on a measure that is got by asking people
    gets the Wilson interval (Wilson 1927; Brown, Cai and DasGupta 2001) of the smallest simple random sample that
    could print it, which is the widest that the figure could have.

    Parameters
    ----------
    corpus : Corpus
    cities : collection of str
        Ids of cities.
    confidence : float, optional
        Level of the interval, between 0 and 1.
    reading : Reading, optional
        By which rules numbers were rounded and hedged.

    Returns
    -------
    DataFrame
        Indexed by `figure_id`: `model` ("sample"; "full_count"; "limit", where the figure is a limit only; "unknown",
        where it is neither of a total nor of a survey), `sample` (people asked, at least), `count` (of these, how many
        the share means), `low` and `high` (percent; missing where there is no interval).

    Raises
    ------
    UsageError
        If the level is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise UsageError(f"confidence is {confidence}. Give a level between 0 and 1, such as 0.95.")
    rows = {}
    none = (pd.NA, pd.NA, float("nan"), float("nan"))
    for figure_id, printed, model in _models(corpus, cities):
        sampled = model == "sample"
        interval = widest_interval(printed, confidence, reading.rounding) if sampled else none
        rows[figure_id] = (model, *interval)
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["model", "sample", "count", "low", "high"])
    return frame.astype({"sample": "Int64", "count": "Int64"}).rename_axis("figure_id")


def survey_differences(
    corpus: Corpus, pairs: pd.DataFrame, confidence: float = 0.95, reading: Reading = DEFAULT_READING
) -> pd.DataFrame:
    """Give the differences between surveyed shares that may be compared at all.

    Parameters
    ----------
    corpus : Corpus
    pairs : DataFrame
        As `compare.compare_figures` gives them; those that are not comparable are left out.
    confidence : float, optional
    reading : Reading, optional

    Returns
    -------
    DataFrame
        A row for each pair on one surveyed measure: `figure_a`, `figure_b`, and as in `proportions.compare_shares`
        `difference`, `low`, `high` (Newcombe), `p` and `p_holm` (corrected for all rows). Each share goes in as the
        smallest sample that could print it, so that a larger survey could tell more apart, not less.

    Raises
    ------
    UsageError
        If the level is not between 0 and 1.
    """
    cities = corpus.figures.loc[[*pairs["figure_a"], *pairs["figure_b"]], "place_id"].unique()
    surveys = _sampled(survey_intervals(corpus, cities, confidence, reading))
    fair = pairs[
        (pairs["measure_id"] != "")
        & (pairs["grade"] != "not_comparable")
        & pairs["figure_a"].isin(surveys.index)
        & pairs["figure_b"].isin(surveys.index)
    ][["figure_a", "figure_b"]].reset_index(drop=True)
    counts = {
        f"{name}_{side}": surveys.loc[fair[f"figure_{side}"], column].astype(int).to_numpy()
        for side in "ab"
        for name, column in (("count", "count"), ("total", "sample"))
    }
    return fair.join(compare_shares(pd.DataFrame(counts), confidence=confidence))


def survey_sizes(
    corpus: Corpus,
    cities: Collection[str],
    *,
    power: float = 0.8,
    confidence: float = 0.95,
    reading: Reading = DEFAULT_READING,
) -> pd.DataFrame:
    """Tell how many would have to be asked to tell two surveyed shares apart, were they on one question.

    For planning only: the shares are taken as if they were the true ones, and as if two independent simple random
    samples had been asked the same.

    Parameters
    ----------
    corpus : Corpus
    cities : collection of str
    power : float, optional
        How likely a difference of that size is to be found.
    confidence : float, optional
        Level of the test, two-sided.
    reading : Reading, optional
        By which rules numbers were rounded; the smallest samples depend on it.

    Returns
    -------
    DataFrame
        A row for each pair of figures on surveyed measures, printed differently: `figure_a`, `figure_b`, `smallest_a`,
        `smallest_b` (the smallest samples that could print them), `power` (of a test with these) and `needed` (people
        in each sample).

    Raises
    ------
    UsageError
        If a level is not between 0 and 1.
    """
    intervals = _sampled(survey_intervals(corpus, cities, confidence, reading))
    values = corpus.figures["value"]
    rows = []
    for a, b in combinations(intervals.index, 2):
        shares = values[a] / 100, values[b] / 100
        if shares[0] == shares[1]:
            continue
        sizes = int(intervals.loc[a, "sample"]), int(intervals.loc[b, "sample"])
        reached = power_of_difference(*shares, *sizes, confidence=confidence)
        needed = sample_for_difference(*shares, power=power, confidence=confidence)
        rows.append((a, b, *sizes, reached, needed))
    columns = ["figure_a", "figure_b", "smallest_a", "smallest_b", "power", "needed"]
    return pd.DataFrame(rows, columns=columns)


def pooled_surveys(
    corpus: Corpus, confidence: float = 0.95, reading: Reading = DEFAULT_READING
) -> dict[str, Pooled]:
    """Pool each surveyed measure over all cities of the corpus, or tell why it is not pooled.

    Parameters
    ----------
    corpus : Corpus
    confidence : float, optional
    reading : Reading, optional

    Returns
    -------
    dict of str to Pooled
        By measure. One figure a city goes in, the latest, as that of the smallest sample that could print it; fewer
        cities than `proportions.pool_shares` asks for give a refusal with its reason.
    """
    intervals = _sampled(survey_intervals(corpus, corpus.cities.index, confidence, reading))
    figures = corpus.figures.loc[intervals.index].join(intervals[["sample", "count"]])
    latest = figures.sort_values("period_end", kind="stable").groupby(["measure_id", "place_id"]).tail(1)
    return {
        str(measure): pool_shares(
            rows.set_index("place_id")[["count", "sample"]].astype(int).rename(columns={"sample": "total"}),
            confidence=confidence,
        )
        for measure, rows in latest.groupby("measure_id", sort=False)
    }


def surveyed_shares(corpus: Corpus, cities: Collection[str]) -> dict[str, str]:
    """Find the shares that get an interval in `survey_intervals`.

    Parameters
    ----------
    corpus : Corpus
    cities : collection of str
        Ids of cities.

    Returns
    -------
    dict of str to str
        Each as it is printed, by its figure's id.
    """
    return {name: printed for name, printed, model in _models(corpus, cities) if model == "sample"}


@lru_cache(maxsize=4096)
def widest_interval(printed: str, confidence: float, rounding: str) -> tuple[int, int, float, float]:
    """Calculate the widest interval that a surveyed share could have: see `survey_intervals`.

    Parameters
    ----------
    printed : str
    confidence : float
        Level of the interval, between 0 and 1.
    rounding : str
        By which rule the share was rounded.

    Returns
    -------
    tuple of (int, int, float, float)
        The smallest sample that could print the share, the count that it means, and the ends in percent.
    """
    sample = smallest_sample(printed, rounding=rounding)
    count = grim(printed, sample, rounding=rounding).counts[0]
    assert isinstance(count, int)  # the total is one number
    interval = share_interval(count, sample, confidence)
    return sample, count, 100 * interval.low, 100 * interval.high


def _sampled(intervals: pd.DataFrame) -> pd.DataFrame:
    return intervals[intervals["model"] == "sample"]


def _shares(corpus: Corpus, cities: Collection[str]) -> pd.DataFrame:
    shares = corpus.accepted[corpus.accepted["unit"] == "percent"]
    return shares[shares["place_id"].isin(list(cities))]


def _models(corpus: Corpus, cities: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Each share of some cities: its figure's id, what is printed, and which model is fair."""
    shares = _shares(corpus, cities)[["printed", "hedge", "denominator", "measure_id"]]
    for figure_id, figure in shares.to_dict("index").items():
        yield str(figure_id), figure["printed"], _model(corpus, figure)


def _model(corpus: Corpus, figure: Mapping[str, Any]) -> str:
    if figure["hedge"] != "exact":
        return "limit"
    if figure["denominator"]:
        return "full_count"
    measure = figure["measure_id"]
    surveyed = bool(measure) and corpus.row("measures", measure)["basis"] == "survey"
    return "sample" if surveyed else "unknown"
