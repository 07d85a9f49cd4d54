"""Who coded what, and do they agree? From the coders of a corpus to coefficients and lists of disagreements."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from pingan_lib.agreement import DEFAULT_BOOTSTRAP, Bootstrap, Level, agreement_table, disagreements
from pingan_lib.corpus import Corpus

# The row of `coding_agreement` for all dimensions together; no id can look like it.
OVERALL = "(all)"
# What is read of a figure, and at which level two readings are compared.
FIELDS: dict[str, tuple[str, Level]] = {
    "value": ("value", "nominal"),
    "distance": ("value", "ratio"),
    "unit": ("unit", "nominal"),
    "hedge": ("hedge", "nominal"),
    "period": ("period", "nominal"),
}


def coders_by_article(corpus: Corpus, cities: Iterable[str] | None = None) -> pd.DataFrame:
    """List who coded each article.

    Parameters
    ----------
    corpus : Corpus
    cities : iterable of str, optional
        Only articles on these; without it, all.

    Returns
    -------
    DataFrame
        Indexed by `article_id`, in the order of `articles`: `place_id`, `coders` (tuple of ids, by the day of their
        work) and `dates` (tuple of days, alike).

    Raises
    ------
    UsageError
        If a city is unknown.
    """
    articles = corpus.articles
    if cities is not None:
        wanted = list(cities)
        corpus.require_cities(*wanted)
        articles = articles[articles["place_id"].isin(wanted)]
    work = corpus.coders.sort_values("date", kind="stable").groupby("article_id")
    coders, dates = (work[column].agg(tuple) for column in ("coder_id", "date"))
    found = {
        name: pd.Series([column.get(a, ()) for a in articles.index], articles.index, dtype=object)
        for name, column in (("coders", coders), ("dates", dates))
    }
    return articles[["place_id"]].assign(**found)


def coding_decisions(corpus: Corpus, cities: Iterable[str] | None = None) -> pd.DataFrame:
    """Give every coder's decision on every approach and dimension.

    Parameters
    ----------
    corpus : Corpus
    cities : iterable of str, optional

    Returns
    -------
    DataFrame
        Indexed by `approach_id` and `dimension_id`, a column for each coder: 1 where the coder gave the approach the
        dimension, 0 where the coder is listed for the article and did not, missing where the coder is not listed.
    """
    work = coders_by_article(corpus, cities)
    approaches = corpus.approaches["article_id"]
    approaches = approaches[approaches.isin(work.index)]
    units = pd.MultiIndex.from_product(
        [approaches.index, corpus.codebook.index], names=["approach_id", "dimension_id"]
    )
    readers = approaches.map(work["coders"]).to_dict()
    given = set(
        corpus.codings[["coder_id", "approach_id", "dimension_id"]].itertuples(index=False, name=None)
    )
    return pd.DataFrame(
        {
            coder: [float((coder, *unit) in given) if coder in readers[unit[0]] else None for unit in units]
            for coder in dict.fromkeys(coder for coders in work["coders"] for coder in coders)
        },
        index=units,
        dtype=float,
    )


def coding_agreement(
    corpus: Corpus, cities: Iterable[str] | None = None, *, bootstrap: Bootstrap | None = DEFAULT_BOOTSTRAP
) -> pd.DataFrame:
    """Assess how far coders agree on the dimensions of approaches.

    Parameters
    ----------
    corpus : Corpus
    cities : iterable of str, optional
    bootstrap : Bootstrap or None, optional

    Returns
    -------
    DataFrame
        As `agreement.agreement_table`, indexed by `dimension_id`; the last row, `OVERALL`, takes all decisions
        together, and draws approaches with all their decisions for its interval. There the shares of the dimensions
        differ, so that its alpha may be higher than that of every single one.

    Notes
    -----
    The units are given to all coders: whether another would have found the same approaches is not assessed, and
    agreement is not correctness. Rows of a coder who is not listed in `coders` for the article are left out.
    """
    decisions = coding_decisions(corpus, cities)
    each = agreement_table(decisions, by="dimension_id", bootstrap=bootstrap)
    overall = agreement_table(decisions, cluster="approach_id", bootstrap=bootstrap)
    return pd.concat([each, overall.set_axis([OVERALL])]).rename_axis("dimension_id")


def coding_disagreements(corpus: Corpus, cities: Iterable[str] | None = None) -> pd.DataFrame:
    """List the decisions on which coders differ.

    Parameters
    ----------
    corpus : Corpus
    cities : iterable of str, optional

    Returns
    -------
    DataFrame
        A row for each approach and dimension that some gave and others did not: `approach_id`, `dimension_id`,
        `coded_by`, `not_coded_by` (tuples of coders) and `quote`.
    """
    found = disagreements(coding_decisions(corpus, cities))
    rows = [
        (
            approach,
            dimension,
            tuple(given.index[given == 1]),
            tuple(given.index[given == 0]),
            corpus.approaches.loc[approach, "quote"],
        )
        for (approach, dimension), given in found.iterrows()
    ]
    return pd.DataFrame(rows, columns=["approach_id", "dimension_id", "coded_by", "not_coded_by", "quote"])


def figure_readings(corpus: Corpus, cities: Iterable[str] | None = None) -> pd.DataFrame:
    """Give every reading of every accepted figure: the first from `figures`, others from `figure_codings`.

    Parameters
    ----------
    corpus : Corpus
    cities : iterable of str, optional

    Returns
    -------
    DataFrame
        Indexed by `figure_id` and `coder_id`: `value`, `unit`, `hedge` and `period` (first and last day with a slash
        between, each empty where there is none). The reading in `figures` is that of the article's first coder.
    """
    work = coders_by_article(corpus, cities)
    figures = corpus.figures[corpus.figures["status"] == "accepted"].reset_index()
    figures = figures[figures["article_id"].isin(work.index[work["coders"].map(len) > 0])]
    readers = figures.set_index("figure_id")["article_id"].map(work["coders"]).to_dict()
    first = figures.assign(coder_id=[readers[figure][0] for figure in figures["figure_id"]])
    cells = zip(corpus.figure_codings["figure_id"], corpus.figure_codings["coder_id"], strict=True)
    further = corpus.figure_codings[[coder in readers.get(figure, ())[1:] for figure, coder in cells]]
    columns = ["figure_id", "coder_id", "value", "unit", "hedge", "period_start", "period_end"]
    readings = pd.concat([frame[columns] for frame in (first, further) if len(frame)] or [first[columns]])
    start, end = (readings[name].dt.strftime("%Y-%m-%d").fillna("") for name in columns[-2:])
    readings = readings.assign(period=start + "/" + end).drop(columns=columns[-2:])
    return readings.set_index(["figure_id", "coder_id"])


def figure_agreement(
    corpus: Corpus, cities: Iterable[str] | None = None, *, bootstrap: Bootstrap | None = DEFAULT_BOOTSTRAP
) -> pd.DataFrame:
    """Assess how far coders read figures alike.

    Parameters
    ----------
    corpus : Corpus
    cities : iterable of str, optional
    bootstrap : Bootstrap or None, optional

    Returns
    -------
    DataFrame
        As `agreement.agreement_table`, indexed by `field`: "value" (equal or not), "distance" (of values at the
        ratio level, without figures of which a reading is below 0), "unit", "hedge" and "period" (equal where both
        days are). As figures differ far more from each other than two readings of one, the alpha of "distance" is
        near 1 unless readings are wide of the mark: see first how many are equal.
    """
    readings = figure_readings(corpus, cities)
    tables = []
    for column, level in FIELDS.values():
        by_coder = _by_coder(readings[column])
        if level == "ratio":
            by_coder = by_coder[~(by_coder < 0).any(axis=1)]
        tables.append(agreement_table(by_coder, level, bootstrap=bootstrap))
    return pd.concat(tables).set_axis(pd.Index(FIELDS, name="field"))


def figure_disagreements(corpus: Corpus, cities: Iterable[str] | None = None) -> pd.DataFrame:
    """List what coders read differently of a figure.

    Parameters
    ----------
    corpus : Corpus
    cities : iterable of str, optional

    Returns
    -------
    DataFrame
        A row for each figure and field, in the order of the figures: `figure_id`, `field` ("value", "unit", "hedge"
        or "period"), `readings` (a dict, coder to reading, the first coder first) and `quote`.
    """
    readings = figure_readings(corpus, cities)
    rows = []
    for field in ("value", "unit", "hedge", "period"):
        for figure, read in disagreements(_by_coder(readings[field])).iterrows():
            told = read.dropna().to_dict()
            rows.append((figure, field, told, corpus.figures.loc[figure, "quote"]))
    table = pd.DataFrame(rows, columns=["figure_id", "field", "readings", "quote"])
    order = list(corpus.figures.index)
    return table.sort_values(
        "figure_id", key=lambda ids: ids.map(order.index), kind="stable", ignore_index=True
    )


def _by_coder(readings: pd.Series) -> pd.DataFrame:
    """Set the readings of each figure side by side, in the order of both."""
    figures, coders = (readings.index.unique(level) for level in ("figure_id", "coder_id"))
    return readings.unstack("coder_id").reindex(index=figures, columns=coders)
