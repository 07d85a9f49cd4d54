"""Reported counts over outside facts, each ratio reckoned by hand beside it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pingan_lib.bounds import Bounds
from pingan_lib.numerals import Reading
from pingan_lib.ratios import reference_ratios


@pytest.fixture(scope="module")
def ratios(corpus):
    return reference_ratios(corpus, ["kaili", "anshun"]).set_index(["figure_id", "measure_id"])


def test_a_count_is_given_for_10_000_residents(ratios):
    row = ratios.loc[("kl_disputes", "residents")]
    assert row["bounds"] == Bounds.of(Fraction(2730 * 10_000, 709_057))
    assert (row["kind"], row["year"], row["gap_years"]) == ("rate", 2020, 4)


def test_a_hedged_count_keeps_its_bounds(corpus, ratios):
    # 800余 is 800 up to, not including, 900.
    scale = Fraction(10_000, 2_470_630)
    row = ratios.loc[("as_special_pupils", "residents")]
    assert row["bounds"] == Bounds(800 * scale, 900 * scale, True, False)
    cautious = reference_ratios(corpus, ["anshun"], Reading(surplus="unbounded")).set_index("figure_id")
    assert cautious.loc["as_special_pupils", "bounds"] == Bounds(800 * scale, None)


def test_villages_and_townships_are_a_share_of_all(ratios):
    assert ratios.loc[("kl_villages_paired", "village_units"), "bounds"] == Bounds.of(100)
    assert ratios.loc[("as_child_towns", "township_units"), "bounds"] == Bounds.of(Fraction(100 * 88, 92))


def test_shares_norms_and_what_is_not_of_the_whole_city_have_no_ratio(corpus, ratios):
    used = corpus.figures.loc[ratios.index.get_level_values("figure_id")]
    assert set(used["scope"]) == {"city"}
    assert set(used["role"]) == {"reported"}
    assert not set(used["unit"]) & {"percent", "percent_change", "line", "event"}


def test_a_figure_without_a_period_has_no_gap(ratios):
    assert (
        ratios.loc[("kl_staff_sent", "residents"), "gap_years"]
        != ratios.loc[("kl_staff_sent", "residents"), "gap_years"]
    )
