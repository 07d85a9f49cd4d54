"""Intervals of reported shares, where a sampling model is fair, and why there is none where it is not."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from pingan_lib.corpus import Corpus
from pingan_lib.errors import UsageError
from pingan_lib.forensics import grim, smallest_sample


def survey_intervals(
    corpus: Corpus, cities: Collection[str], confidence: float = 0.95, *, rounding: str = "nearest"
) -> pd.DataFrame:
    """Give each reported share its interval, or the reason why none is fair.

    A share of counted cases is no sample: only its bounds are shown. A share without a total that can only come from
    asking people gets the Wilson interval (Wilson 1927; Brown, Cai and DasGupta 2001) of the smallest simple random
    sample that could print it, which is the widest that the figure could have.

    Parameters
    ----------
    corpus : Corpus
    cities : collection of str
        Ids of cities.
    confidence : float, optional
        Level of the interval, between 0 and 1.
    rounding : str, optional
        One of `bounds.ROUNDING_RULES`.

    Returns
    -------
    DataFrame
        Indexed by `figure_id`: `model` ("sample", "full_count" or "limit", where the figure is a limit only), `sample`
        (people asked, at least), `low` and `high` (percent; missing where there is no interval).

    Raises
    ------
    UsageError
        If the level is not between 0 and 1.
    """
    from statsmodels.stats.proportion import proportion_confint

    if not 0 < confidence < 1:
        raise UsageError(f"confidence is {confidence}. Give a level between 0 and 1, such as 0.95.")
    figures = corpus.accepted[
        corpus.accepted["place_id"].isin(list(cities)) & (corpus.accepted["unit"] == "percent")
    ]
    rows = {}
    for figure_id, figure in figures.iterrows():
        if figure["hedge"] != "exact":
            rows[figure_id] = ("limit", pd.NA, float("nan"), float("nan"))
        elif figure["denominator"]:
            rows[figure_id] = ("full_count", pd.NA, float("nan"), float("nan"))
        else:
            sample = smallest_sample(figure["printed"], rounding=rounding)
            count = grim(figure["printed"], sample, rounding=rounding).counts[0]
            low, high = proportion_confint(count, sample, alpha=1 - confidence, method="wilson")
            rows[figure_id] = ("sample", sample, 100 * low, 100 * high)
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["model", "sample", "low", "high"])
    return frame.astype({"sample": "Int64"}).rename_axis("figure_id")
