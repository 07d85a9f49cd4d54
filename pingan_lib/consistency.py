"""Do the figures of a corpus agree with each other? Shares with their totals, and the articles' own arithmetic."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from pingan_lib.bounds import Bounds
from pingan_lib.corpus import Corpus
from pingan_lib.errors import NumberError
from pingan_lib.forensics import grim
from pingan_lib.formulas import evaluate, formula_names
from pingan_lib.numerals import DEFAULT_READING, Reading
from pingan_lib.relations import check_relation


def check_shares(corpus: Corpus, cities: Collection[str], reading: Reading = DEFAULT_READING) -> pd.DataFrame:
    """Test every reported percentage against its total, by GRIM (Brown and Heathers 2017).

    Parameters
    ----------
    corpus : Corpus
    cities : collection of str
        Ids of the cities whose figures are tested.
    reading : Reading, optional
        By which rules numbers were rounded and hedged.

    Returns
    -------
    DataFrame
        Indexed by `figure_id`, in the order of the articles: `total` (id of the figure that is its total; empty
        where the article gives none as a figure), `verdict`, `reason_key` and `values` (for `Words.say`), `counts`
        (what fits).
    """
    rows: dict[Any, tuple[Any, ...]] = {}
    figures = _of(corpus, cities)
    for figure_id, figure in figures[figures["unit"].isin(("percent", "percent_change"))].iterrows():
        total = figure["denominator"] if figure["denominator"] in corpus.figures.index else ""
        printed, measure = figure["printed"], figure["measure_id"]
        if figure["unit"] == "percent_change":
            printed = ("下降" if figure["value"] < 0 else "增长") + printed + "%"
            if measure and corpus.row("measures", measure)["basis"] == "amounts":
                values = {"percent": printed}
                rows[figure_id] = (total, "not_testable", "forensics.change_of_amount", values, ())
                continue
        found = grim(printed, corpus.bounds(total, reading) if total else None, rounding=reading.rounding)
        rows[figure_id] = (total, found.verdict, found.reason_key, found.values, found.counts)
    columns = ["total", "verdict", "reason_key", "values", "counts"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("figure_id")


def check_relations(
    corpus: Corpus, cities: Collection[str], reading: Reading = DEFAULT_READING
) -> pd.DataFrame:
    """Evaluate the relations among the figures of some cities, with bounds.

    Parameters
    ----------
    corpus : Corpus
    cities : collection of str
        Relations are taken whose figures all belong to these.
    reading : Reading, optional
        By which rules numbers were rounded and hedged.

    Returns
    -------
    DataFrame
        Indexed by `relation_id`: `kind`, `result`, `formula`, `bounds` (of the formula's result; in
        percent for a share), `verdict`, `reason_key` and `values`. A relation of the kind
        "context" is not tested, only evaluated.
    """
    known = set(corpus.accepted.index[corpus.accepted["place_id"].isin(list(cities))])
    rows = {}
    for relation_id, relation in corpus.relations.to_dict("index").items():
        used = {*formula_names(relation["formula"]), *filter(None, [relation["result"]])}
        if not used <= known:
            continue
        bounds = {figure_id: corpus.bounds(figure_id, reading) for figure_id in used}
        result = bounds.get(relation["result"])
        found = check_relation(relation["kind"], result, relation["formula"], bounds)
        calculated: Bounds | None
        try:
            calculated = evaluate(relation["formula"], bounds)
            if relation["kind"] == "share_of":
                calculated = calculated * 100
        except NumberError:
            calculated = None
        rows[relation_id] = (
            relation["kind"],
            relation["result"],
            relation["formula"],
            calculated,
            found.verdict,
            found.reason_key,
            found.values,
        )
    columns = ["kind", "result", "formula", "bounds", "verdict", "reason_key", "values"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("relation_id")


def _of(corpus: Corpus, cities: Collection[str]) -> pd.DataFrame:
    figures = corpus.accepted[corpus.accepted["place_id"].isin(list(cities))]
    order = {article: place for place, article in enumerate(corpus.texts)}
    return figures.assign(article=figures["article_id"].map(order)).sort_values(
        ["article", "start"], kind="stable"
    )
