"""All pairs of cities at once say what each pair says alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from many_cities import write_project

from pingan_lib import compare_approaches, load_corpus
from pingan_lib.compare import approach_counts, compare_all_approaches
from pingan_lib.errors import UsageError

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Seven invented cities, of which three have a second article that repeats some of the first."""
    project = write_project(tmp_path_factory.mktemp("cities") / "project", 7, again=3, width=(0.1, 0.7))
    corpus = load_corpus(project)
    assert (corpus.approaches["same_as"] != "").any() and (corpus.approaches["part_of"] != "").any()
    return corpus


def one_by_one(corpus, cities):
    """The same table from `compare_approaches`, pair by pair."""
    rows = []
    for a, b in combinations(cities, 2):
        found = compare_approaches(corpus, a, b)["reported_by"].value_counts()
        both, only_a, only_b, neither = (int(found.get(by, 0)) for by in ("both", "a", "b", "neither"))
        either = both + only_a + only_b
        rows.append((a, b, both, only_a, only_b, neither, both / either if either else 1.0))
    return pd.DataFrame(rows, columns=["city_a", "city_b", "both", "a", "b", "neither", "jaccard"])


def plain(pairs):
    return pairs.astype({"city_a": str, "city_b": str} | dict.fromkeys(("both", "a", "b", "neither"), int))


def test_every_pair_is_as_it_is_alone(corpus):
    pairs = compare_all_approaches(corpus)
    assert len(pairs) == 7 * 6 / 2
    pd.testing.assert_frame_equal(plain(pairs), plain(one_by_one(corpus, corpus.cities.index)))
    assert pairs["jaccard"].nunique() > 5


def test_the_counts_of_a_city_are_those_of_its_pairs(corpus):
    counts, programmes = approach_counts(corpus)
    assert list(counts.index) == list(programmes.index) == list(corpus.cities.index)
    for a, b in zip(counts.index, counts.index[1:], strict=False):
        pair = compare_approaches(corpus, a, b)
        assert counts.loc[a].tolist() == pair["count_a"].tolist()
        assert programmes.loc[a].tolist() == pair["programmes_a"].tolist()
        assert programmes.loc[b].tolist() == pair["programmes_b"].tolist()
    assert (programmes < counts).any(axis=None)


def test_the_two_cities_of_the_shipped_corpus():
    corpus = load_corpus(ROOT)
    (pair,) = compare_all_approaches(corpus).to_dict("records")
    reported = compare_approaches(corpus, "kaili", "anshun")["reported_by"]
    assert (pair["city_a"], pair["city_b"]) == tuple(corpus.cities.index)
    assert pair["both"] == (reported == "both").sum()
    assert pair["both"] + pair["a"] + pair["b"] + pair["neither"] == len(corpus.codebook)


def test_some_cities_are_compared_in_the_order_of_places(corpus):
    first, second, third, *_ = corpus.cities.index
    pairs = compare_all_approaches(corpus, [third, first])
    assert plain(pairs)[["city_a", "city_b"]].to_numpy().tolist() == [[first, third]]
    assert compare_all_approaches(corpus, [second]).empty


def test_cities_that_report_nothing_are_alike(corpus):
    silent = list(corpus.cities.index[:2])
    kept = corpus.approaches[~corpus.approaches["place_id"].isin(silent)]
    pairs = plain(compare_all_approaches(replace(corpus, approaches=kept)))
    assert pairs.loc[0, "both":"jaccard"].tolist() == [0, 0, 0, len(corpus.codebook), 1.0]
    others = pairs[pairs["city_a"].isin(silent) ^ pairs["city_b"].isin(silent)]
    assert np.all(others["jaccard"] == 0) and np.all(others["both"] == 0)


def test_a_city_that_there_is_not_is_refused(corpus):
    with pytest.raises(UsageError, match="no city 'nowhere'"):
        compare_all_approaches(corpus, ["nowhere"])
