"""Approaches of two cities side by side by dimension of the codebook, and of all pairs of cities at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pingan_lib.corpus import Corpus
from pingan_lib.displays import Approaches


def compare_approaches(corpus: Corpus, city_a: str, city_b: str) -> pd.DataFrame:
    """Set the approaches of two cities side by side by dimension of the codebook.

    Parameters
    ----------
    corpus : Corpus
    city_a, city_b : str
        Ids of two cities.

    Returns
    -------
    DataFrame
        Indexed by `dimension_id`, in the codebook's order: `count_a`, `count_b` (approaches coded with the
        dimension), `programmes_a`, `programmes_b` (of these, how many programmes they belong to at the top),
        `approaches_a`, `approaches_b` (tuples of ids in the order of the articles) and `reported_by` ("both", "a",
        "b" or "neither"). That a city does not report an approach does not mean that it does nothing of the kind.

    Raises
    ------
    UsageError
        If a city is unknown.
    """
    corpus.require_cities(city_a, city_b)
    result = Approaches(index=corpus.codebook.index)
    parents = corpus.parents.to_dict()
    ordered = corpus.approaches.sort_values(["article_id", "start"], kind="stable")
    for side, city in (("a", city_a), ("b", city_b)):
        own = ordered.index[(ordered["place_id"] == city) & (ordered["same_as"] == "")]
        top = {approach: _programme(parents, approach) for approach in own}
        by_dimension: dict[str, list[str]] = {}
        for approach in own:
            for dimension in corpus.dimensions.get(approach, ()):
                by_dimension.setdefault(dimension, []).append(approach)
        ids = [tuple(by_dimension.get(dimension, ())) for dimension in result.index]
        result[f"count_{side}"] = [len(found) for found in ids]
        result[f"programmes_{side}"] = [len({top[approach] for approach in found}) for found in ids]
        result[f"approaches_{side}"] = pd.Series(ids, index=result.index, dtype=object)
    reported = {(True, True): "both", (True, False): "a", (False, True): "b", (False, False): "neither"}
    sides = zip(result["count_a"] > 0, result["count_b"] > 0, strict=True)
    result["reported_by"] = [reported[bool(a), bool(b)] for a, b in sides]
    return result.named(corpus.approaches, corpus.codebook, corpus.places)


def _programme(part_of: Mapping[str, str], approach: str) -> str:
    while part_of[approach]:
        approach = part_of[approach]
    return approach


def compare_all_approaches(corpus: Corpus, cities: Sequence[str] = ()) -> pd.DataFrame:
    """Count for every pair of cities in how many dimensions both, one or neither report approaches.

    What `compare_approaches` says of two cities in `reported_by`, counted over the dimensions, for all pairs by one
    product of matrices: 3,000 cities make 4.5 million pairs.

    Parameters
    ----------
    corpus : Corpus
    cities : sequence of str, optional
        Ids of cities; by default all of the corpus.

    Returns
    -------
    DataFrame, shape (n * (n - 1) / 2, 7)
        A row a pair of different cities, in the order of `places`: `city_a`, `city_b` (place ids, categorical);
        `both`, `a`, `b`, `neither` (numbers of dimensions, which sum to the codebook's) and `jaccard`: of the
        dimensions that either city reports, the share that both report, from 0 to 1. As in `overview.cluster`, whose
        distances are 1 less this share, two cities that report nothing are alike: 1. That a city does not report an
        approach does not mean that it does nothing of the kind.

    Raises
    ------
    UsageError
        If a city is unknown.

    Notes
    -----
    With R, the cities by dimensions, 1 where a city reports an approach and 0 where it does not, R R' counts what two
    cities share (Jaccard 1901 for the share). What the cities report in each dimension is in `approach_counts`.
    """
    counts, _ = approach_counts(corpus, cities)
    reported = (counts.to_numpy() > 0).astype(np.float32)  # sums stay exact up to 2 ** 24
    first, second = np.triu_indices(len(counts), k=1)
    both = (reported @ reported.T)[first, second].astype(np.int16)
    own = reported.sum(axis=1).astype(np.int16)
    only_first, only_second = own[first] - both, own[second] - both
    either = both + only_first + only_second
    names = pd.CategoricalDtype(counts.index)
    return pd.DataFrame(
        {
            "city_a": pd.Categorical.from_codes(first, dtype=names),
            "city_b": pd.Categorical.from_codes(second, dtype=names),
            "both": both,
            "a": only_first,
            "b": only_second,
            "neither": np.int16(counts.shape[1]) - either,
            "jaccard": np.divide(both, either, out=np.ones(len(both)), where=either > 0),
        },
        copy=False,
    )


def approach_counts(corpus: Corpus, cities: Sequence[str] = ()) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count the approaches and the programmes of every city in each dimension, as `compare_approaches` does for two.

    Parameters
    ----------
    corpus : Corpus
    cities : sequence of str, optional
        Ids of cities; by default all of the corpus.

    Returns
    -------
    counts, programmes : DataFrame of int, shape (cities, dimensions)
        Approaches coded with the dimension by an article's first coder, without repeats; and how many programmes they
        belong to at the top. Cities in the order of `places`, dimensions in that of the codebook. A zero is nothing
        reported, not nothing done.

    Raises
    ------
    UsageError
        If a city is unknown.
    """
    corpus.require_cities(*cities)
    index = corpus.cities.index
    index = index[index.isin(cities)] if cities else index
    columns = corpus.codebook.index
    approaches = corpus.approaches
    # Of each coding: the row of its approach, -1 where there is none, its city and its dimension.
    coded = corpus.main_codings[["approach_id", "dimension_id"]].drop_duplicates()
    row = approaches.index.get_indexer(coded["approach_id"])
    dimension = columns.get_indexer(coded["dimension_id"])
    city = index.get_indexer(approaches["place_id"])[row]
    kept = (row >= 0) & (dimension >= 0) & (city >= 0) & (approaches["same_as"] == "").to_numpy()[row]
    row, city, dimension = row[kept], city[kept], dimension[kept]
    shape = (len(index), len(columns))
    cell = city * shape[1] + dimension
    counts = np.bincount(cell, minlength=shape[0] * shape[1])
    # Every programme once in each cell of the table.
    once = np.unique(cell * np.int64(max(len(approaches), 1)) + _tops(corpus)[row]) // max(len(approaches), 1)
    programmes = np.bincount(once, minlength=shape[0] * shape[1])
    return (
        pd.DataFrame(counts.reshape(shape), index, columns),
        pd.DataFrame(programmes.reshape(shape), index, columns),
    )


def _tops(corpus: Corpus) -> np.ndarray:
    """Return for each approach the row of the programme that it belongs to at the top."""
    above = corpus.approaches.index.get_indexer(corpus.parents)
    top = np.arange(len(above))
    while (higher := above[top] >= 0).any():
        top[higher] = above[top[higher]]
    return top
