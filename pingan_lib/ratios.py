"""What articles report, for each resident or as a part of all villages: reported counts over outside facts."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

import pandas as pd

from pingan_lib.corpus import Corpus
from pingan_lib.numerals import DEFAULT_READING, Reading

# What is had, done or met by people; a rate of meetings or source lines for each resident would say nothing.
_BY_RESIDENTS = ("case", "person", "device", "institution", "yuan")
RESIDENTS_SCALE = 10_000


def reference_ratios(
    corpus: Corpus, cities: Collection[str], reading: Reading = DEFAULT_READING
) -> pd.DataFrame:
    """Divide what cities report of themselves by outside facts on them: by residents, or by units of the same kind.

    The denominator is not the article's: it is of another source and, mostly, another year, so a ratio describes an
    order of size and is no reported rate.

    Parameters
    ----------
    corpus : Corpus
    cities : collection of str
        Ids of cities.
    reading : Reading, optional
        By which rules numbers were rounded and hedged.

    Returns
    -------
    DataFrame
        A row for each figure that is a count of the whole city, not zero and not added up since an unknown day, and
        each fact that it can be divided by: `figure_id`,
        `place_id`, `measure_id` (of the fact), `kind` ("share", in percent of units of the same kind, or "rate", for
        10,000 residents), `bounds`, `year` (of the fact) and `gap_years` (from that year to the figure's period;
        missing where it has none).
    """
    figures = corpus.accepted[
        (corpus.accepted["role"] == "reported")
        & (corpus.accepted["scope"] == "city")
        & (corpus.accepted["stage"] != "context")
    ]
    # A count since an unknown day is no rate, whatever it is divided by; and none for each of many is none.
    open_ended = (figures["timing"] == "cumulative") & figures["period_start"].isna()
    figures = figures[~open_ended & (figures["value"] != 0)]
    rows = []
    for city in cities:
        own = figures[figures["place_id"] == city].sort_values("start", kind="stable")
        for _, fact in corpus.reference[corpus.reference["place_id"] == city].iterrows():
            total = Fraction(str(fact["value"]))
            for figure_id, figure in own.iterrows():
                share = figure["unit"] == fact["unit"] and fact["measure_id"] != "residents"
                if not share and (fact["measure_id"] != "residents" or figure["unit"] not in _BY_RESIDENTS):
                    continue
                bounds = corpus.bounds(str(figure_id), reading) * (100 if share else RESIDENTS_SCALE) / total
                kind = "share" if share else "rate"
                gap = _years_from(int(fact["year"]), figure)
                rows.append((figure_id, city, fact["measure_id"], kind, bounds, int(fact["year"]), gap))
    columns = ["figure_id", "place_id", "measure_id", "kind", "bounds", "year", "gap_years"]
    return pd.DataFrame(rows, columns=columns)


def _years_from(year: int, figure: pd.Series) -> float:
    known = [day.year for day in (figure["period_start"], figure["period_end"]) if not pd.isna(day)]
    return float(min(abs(year - found) for found in known)) if known else float("nan")
