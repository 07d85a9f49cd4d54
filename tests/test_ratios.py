"""Reported counts over outside facts, each ratio reckoned by hand beside it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from pingan_lib.bounds import Bounds
from pingan_lib.numerals import Reading
from pingan_lib.ratios import reference_ratios


@pytest.fixture(scope="module")
def ratios(corpus):
    return reference_ratios(corpus, ["kaili", "anshun"]).set_index(["figure_id", "measure_id"])


def test_a_count_is_given_for_10_000_residents(ratios):
    row = ratios.loc[("kl_cameras", "residents")]
    assert row["bounds"] == Bounds.of(Fraction(464 * 10_000, 709_057))
    assert (row["kind"], row["year"]) == ("rate", 2020)
    assert ratios.loc[("as_clinics", "residents"), "gap_years"] == 2


def test_what_has_run_since_an_unknown_day_or_is_zero_is_no_rate(ratios):
    named = set(ratios.index.get_level_values("figure_id"))
    assert not named & {"kl_disputes", "kl_fights", "as_special_pupils", "kl_murders", "kl_serious_injuries"}


def test_a_hedged_count_keeps_its_bounds(corpus, ratios):
    # As if the 260余 kindergartens were there on a day: 260 up to, not including, 270.
    figures = corpus.figures.copy()
    figures.loc["as_kindergartens", "timing"] = "point"
    dated, scale = replace(corpus, figures=figures), Fraction(10_000, 2_470_630)
    row = reference_ratios(dated, ["anshun"]).set_index("figure_id").loc["as_kindergartens"]
    assert row["bounds"] == Bounds(260 * scale, 270 * scale, True, False)
    cautious = reference_ratios(dated, ["anshun"], Reading(surplus="unbounded")).set_index("figure_id")
    assert cautious.loc["as_kindergartens", "bounds"] == Bounds(260 * scale, None)


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
