"""Which figures may stand side by side, and why not: each rule on figures made for it, then the real articles."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from pingan_lib import compare_approaches, compare_figures
from pingan_lib.compare import (
    RULES,
    figures_against_words,
    forbids,
    grade_pair,
    lacking,
    possible_pairs,
    wanted,
    years_apart,
)
from pingan_lib.errors import UsageError

# Two mediation rates that differ in nothing that matters.
ALIKE = {
    "measure_id": "settlement_rate", "counted": "调解成功的纠纷", "role": "reported", "scope": "city",
    "level": "prefecture",
    "unit": "percent", "denominator": "全部调解纠纷", "timing": "period", "hedge": "exact", "attributed_to": "city",
    "genre": "report", "period_start": pd.Timestamp("2023-01-01"), "period_end": pd.Timestamp("2023-12-31"),
    "period_basis": "stated",
}  # fmt: skip
COUNT = {
    **ALIKE,
    "unit": "case",
    "denominator": "",
    "measure_id": "disputes_handled",
    "counted": "调解的纠纷",
}


def year(start: int, end: int | None = None) -> dict[str, object]:
    return {
        "period_start": pd.Timestamp(f"{start}-01-01"),
        "period_end": pd.Timestamp(f"{end or start}-12-31"),
    }


def test_figures_that_differ_in_nothing_are_comparable():
    assert grade_pair(ALIKE, ALIKE) == ("comparable", (), 0)
    assert grade_pair(COUNT, COUNT) == ("comparable", (), 0)


@pytest.mark.parametrize(
    ("base", "change", "reason", "grade"),
    [
        (ALIKE, {"measure_id": "fetch_rate"}, "measure", "not_comparable"),
        (ALIKE, {"counted": "接回的必接对象"}, "counted", "not_comparable"),
        (ALIKE, {"role": "target"}, "role", "not_comparable"),
        (ALIKE, {"scope": "person"}, "scope", "not_comparable"),
        (ALIKE, {"level": "county"}, "level", "with_caution"),
        (COUNT, {"level": "county"}, "level_counts", "not_comparable"),
        (ALIKE, {"denominator": ""}, "denominator_unknown", "with_caution"),
        (ALIKE, {"denominator": "全部案件"}, "denominator", "not_comparable"),
        (COUNT, {"place_id": "b"}, "size", "with_caution"),
        (ALIKE, {"timing": "cumulative"}, "timing", "not_comparable"),
        (COUNT, year(2021, 2023), "length", "not_comparable"),
        (ALIKE, year(2021, 2023), "length_rates", "with_caution"),
        (
            ALIKE,
            {"period_start": pd.NaT, "period_end": pd.NaT, "period_basis": "none"},
            "period_unknown",
            "with_caution",
        ),
        (ALIKE, year(2018), "far_apart", "not_comparable"),
        (ALIKE, year(2021), "apart", "with_caution"),
        (ALIKE, year(2022), "apart", "with_caution"),  # they touch, and do not overlap
        (ALIKE, {"period_basis": "inferred"}, "period_inferred", "with_caution"),
        (ALIKE, {"hedge": "at_least"}, "hedged", "with_caution"),
        (ALIKE, {"attributed_to": "official"}, "speaker", "with_caution"),
        (ALIKE, {"genre": "interview"}, "genre", "with_caution"),
    ],
)
def test_one_difference_gives_one_reason_and_its_grade(base, change, reason, grade):
    found = grade_pair(base, {**base, **change})
    assert found[:2] == (grade, (reason,))
    assert found[:2] == grade_pair({**base, **change}, base)[:2]
    assert forbids(reason) == (grade == "not_comparable")


def test_two_changes_are_compared_with_caution_as_their_bases_are_unknown():
    change = {**ALIKE, "unit": "percent_change", "denominator": ""}
    assert grade_pair(change, change)[:2] == ("with_caution", ("base_unknown",))


def test_cumulative_counts_without_a_beginning_call_for_caution():
    since_when = {**COUNT, "timing": "cumulative", "period_start": pd.NaT}
    assert grade_pair(since_when, since_when)[:2] == ("with_caution", ("start_unknown",))


def test_a_period_with_one_end_calls_for_caution():
    until = {**COUNT, "period_start": pd.NaT}
    assert grade_pair(until, COUNT)[:2] == ("with_caution", ("start_unknown",))
    assert grade_pair({**COUNT, "period_end": pd.NaT}, COUNT)[:2] == ("with_caution", ("start_unknown",))


def test_two_mediators_are_whichever_the_articles_chose():
    mediator = {**ALIKE, "scope": "person"}
    assert grade_pair(mediator, mediator)[:2] == ("with_caution", ("part_of_city",))


def test_a_denominator_that_is_a_figure_is_what_that_figure_counts(corpus):
    figures = corpus.figures.copy()
    figures.loc["kl_mediator_rate", "scope"] = "city"
    pairs = compare_figures(replace(corpus, figures=figures), "kaili", "kaili")
    # 632 and 2,730 both count 调解的纠纷: the rates differ in time, not in what they are shares of.
    assert "denominator" not in pair(pairs, "kl_mediator_rate", "kl_settlement_rate")["reasons"]


def test_a_norm_does_not_grow_with_the_unit():
    norm = {**COUNT, "role": "norm"}
    assert grade_pair(norm, {**norm, "level": "county"})[:2] == ("comparable", ())


def test_every_reason_is_told_forbidding_ones_first():
    grade, reasons, _ = grade_pair(
        ALIKE, {**ALIKE, "genre": "interview", "scope": "person", "timing": "cumulative"}
    )
    assert (grade, reasons) == ("not_comparable", ("scope", "timing", "genre"))


def test_every_rule_is_tried_here():
    tried = {
        mark.args[1][i][2]
        for mark in test_one_difference_gives_one_reason_and_its_grade.pytestmark
        for i in range(len(mark.args[1]))
    }
    assert tried | {"base_unknown", "start_unknown", "part_of_city"} == {rule.name for rule in RULES}


@pytest.mark.parametrize(
    ("a", "b", "years"),
    [
        (year(2017), year(2017), 0),
        (year(2017), year(2018), 1 / 365.25),  # from one day to the next
        (year(2017), year(2021), 3),
        (year(2016, 2018), year(2017), 0),
        # Since an unknown day up to 2024-04-03: it may reach back to 2017, but not forward to 2026.
        ({"period_start": pd.NaT, "period_end": pd.Timestamp("2024-04-03")}, year(2017), 0),
        ({"period_start": pd.NaT, "period_end": pd.Timestamp("2024-04-03")}, year(2026), 637 / 365.25),
        ({"period_start": pd.Timestamp("2016-01-01"), "period_end": pd.NaT}, year(2023), 0),
        (
            {"period_start": pd.NaT, "period_end": pd.Timestamp("2010-12-31")},
            {"period_start": pd.NaT, "period_end": pd.Timestamp("2020-12-31")},
            10,
        ),
        ({"period_start": pd.NaT, "period_end": pd.NaT}, year(2023), None),
    ],
)
def test_the_gap_between_periods(a, b, years):
    for gap in (years_apart(a, b), years_apart(b, a)):
        assert gap != gap if years is None else gap == pytest.approx(years, abs=0.005)


def test_no_pair_across_the_two_cities_is_comparable(corpus):
    pairs = compare_figures(corpus, "kaili", "anshun")
    assert set(pairs["grade"]) == {"not_comparable"}
    assert (pairs["figure_a"].str.startswith("kl_") & pairs["figure_b"].str.startswith("as_")).all()


def pair(pairs: pd.DataFrame, a: str, b: str) -> pd.Series:
    (row,) = (row for _, row in pairs.iterrows() if {row["figure_a"], row["figure_b"]} == {a, b})
    return row


def test_villages_paired_and_villages_with_a_centre_are_two_things(corpus):
    found = pair(compare_figures(corpus, "kaili", "anshun"), "kl_villages_paired", "as_child_villages")
    assert (found["measure_id"], found["grade"]) == ("villages_reached", "not_comparable")
    assert found["reasons"][:2] == ("counted", "level_counts")


def test_mediated_and_fetched_home_look_alike_and_are_unrelated(corpus):
    found = pair(compare_figures(corpus, "kaili", "anshun"), "kl_settlement_rate", "as_fetch_rate")
    assert (found["measure_id"], found["reasons"][0]) == ("", "measure")


def test_within_one_city_the_city_and_one_mediator_are_not_comparable(corpus):
    pairs = compare_figures(corpus, "kaili", "kaili")
    found = pair(pairs, "kl_settlement_rate", "kl_mediator_rate")
    assert (found["measure_id"], found["grade"]) == ("settlement_rate", "not_comparable")
    assert found["reasons"][:2] == ("scope", "timing")
    assert (pairs["figure_a"] != pairs["figure_b"]).all()


def test_swapping_the_cities_swaps_the_sides_and_nothing_else(corpus):
    one, other = compare_figures(corpus, "kaili", "anshun"), compare_figures(corpus, "anshun", "kaili")
    turned = other.rename(columns={"figure_a": "figure_b", "figure_b": "figure_a"})[one.columns]
    key = ["figure_a", "figure_b"]
    pd.testing.assert_frame_equal(
        one.sort_values(key, ignore_index=True),
        turned.sort_values(key, ignore_index=True),
        check_column_type=False,
    )


def test_feeling_safe_is_a_figure_here_and_words_there(corpus):
    against = figures_against_words(corpus, "kaili", "anshun")
    row = against.loc["safety_rate"]
    assert (row["city_figures"], row["figures"], row["city_words"]) == (
        "anshun",
        ("as_safety_rate",),
        "kaili",
    )
    assert (
        corpus.statements.loc[list(row["statements"]), "attributed_to"]
        .isin(["resident", "journalist", "city"])
        .all()
    )


def test_an_unknown_city_is_refused(corpus):
    for function in (compare_figures, compare_approaches, figures_against_words):
        with pytest.raises(UsageError, match="Did you mean 'kaili'"):
            function(corpus, "kaily", "anshun")


def test_approaches_are_counted_by_dimension(corpus):
    comparison = compare_approaches(corpus, "kaili", "anshun")
    # Counted by hand in codings.csv.
    assert comparison.loc["leadership", ["count_a", "count_b", "reported_by"]].tolist() == [0, 2, "b"]
    assert comparison.loc["venues", ["count_a", "count_b", "reported_by"]].tolist() == [4, 0, "a"]
    assert comparison.loc["patrol", ["count_a", "programmes_a", "count_b", "programmes_b"]].tolist() == [
        4,
        2,
        7,
        1,
    ]
    technology = ("as_three_dimensional", "as_tech_net", "as_skynet", "as_small_devices")
    assert comparison.loc["technology", "approaches_b"] == technology
    assert comparison[["count_a", "count_b"]].to_numpy().sum() == len(corpus.codings)


def test_a_dimension_is_reported_by_both_if_each_has_an_approach_coded_with_it(corpus):
    comparison = compare_approaches(corpus, "kaili", "anshun")
    coded = corpus.codings.merge(corpus.approaches[["place_id"]], left_on="approach_id", right_index=True)
    kaili, anshun = (
        set(coded.loc[coded["place_id"] == city, "dimension_id"]) for city in ("kaili", "anshun")
    )
    assert set(comparison.index[comparison["reported_by"] == "both"]) == kaili & anshun
    assert set(comparison.index[comparison["reported_by"] == "b"]) == anshun - kaili


def test_all_pairs_are_counted_not_only_those_that_tempt(corpus):
    of = corpus.accepted["place_id"].value_counts()
    assert possible_pairs(corpus, "kaili", "anshun") == of["kaili"] * of["anshun"]
    assert possible_pairs(corpus, "kaili", "kaili") == of["kaili"] * (of["kaili"] - 1) / 2


def test_a_figure_lacks_what_its_article_would_have_to_add(corpus):
    figures = corpus.figures
    assert lacking(figures.loc["as_safety_rate"]) == ("denominator_unknown",)
    assert lacking(figures.loc["kl_venue_disputes_change"]) == ("base_unknown",)
    assert lacking(figures.loc["kl_mediator_all"]) == ("scope", "start_unknown", "period_inferred", "hedged")
    assert lacking(figures.loc["kl_norm_lawyer"]) == ("role", "period_unknown")
    assert lacking(figures.loc["kl_murders"]) == ()


def test_what_a_figure_lacks_is_a_reason_in_every_pair_that_it_enters(corpus):
    pairs = compare_figures(corpus, "kaili", "anshun")
    for pair in pairs.to_dict("records"):
        for side in ("figure_a", "figure_b"):
            missing = set(lacking(corpus.figures.loc[pair[side]])) - {"role", "scope"}
            assert missing <= set(pair["reasons"])


def test_what_would_have_to_be_published_outcome_by_outcome(corpus):
    rows = wanted(corpus, "kaili", "anshun").set_index("figure_id")
    assert set(corpus.figures.loc[rows.index, "stage"]) == {"outcome"}
    assert rows.loc["as_safety_rate"].to_dict() == {
        "measure_id": "safety_rate", "city": "anshun", "lacks": ("denominator_unknown",), "other": "kaili",
        "other_reports": False,
    }  # fmt: skip
    assert not rows["other_reports"].any()
    within = wanted(corpus, "kaili", "kaili")
    assert within["other_reports"].all()
