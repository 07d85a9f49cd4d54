"""Do the articles' figures agree with each other? Verdicts on the real articles, each reckoned by hand beside it."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from pingan_lib.bounds import Bounds
from pingan_lib.compare import compare_figures
from pingan_lib.consistency import check_relations, check_shares
from pingan_lib.errors import NumberError, UsageError
from pingan_lib.intervals import (
    pooled_surveys,
    survey_differences,
    survey_intervals,
    survey_sizes,
    surveyed_shares,
    widest_interval,
)
from pingan_lib.numerals import Reading
from pingan_lib.relations import check_relation

BOTH = ("kaili", "anshun")


def test_the_shares_of_both_articles(corpus):
    found = check_shares(corpus, BOTH)
    assert found["verdict"].value_counts().to_dict() == {
        "not_testable": 9,
        "consistent": 1,
        "inconsistent": 1,
    }
    # 2620 / 2730 = 95.9707 %, the only count that rounds to 95.97.
    assert found.loc["kl_settlement_rate", ["total", "verdict", "counts"]].tolist() == [
        "kl_disputes",
        "consistent",
        (2620,),
    ]
    # 593 / 632 = 93.829 %, 594 / 632 = 93.987 %: nothing lies between.
    assert found.loc["kl_mediator_rate", ["total", "verdict", "counts"]].tolist() == [
        "kl_mediator_2021",
        "inconsistent",
        (),
    ]
    # No total, no base: what is told is the smallest that could print the figure.
    assert found.loc["as_safety_rate", "values"]["smallest"] == 145
    assert found.loc["as_satisfaction_rate", "values"]["smallest"] == 157
    assert found.loc["kl_venue_disputes_change", "values"]["smallest"] == 91


def test_shares_are_taken_from_the_cities_that_are_named(corpus):
    assert set(check_shares(corpus, ["anshun"]).index.str[:3]) == {"as_"}


@pytest.mark.parametrize(
    ("relation_id", "verdict", "low", "high"),
    [
        ("kl_rate_from_counts", "consistent", Fraction(262000, 2730), Fraction(262000, 2730)),
        ("kl_posts_times_officers", "consistent", 60, 60),
        ("kl_settled_within_mediated", "consistent", 2730, 2730),
        ("kl_2021_within_all", "consistent", 3000, 4000),
        ("kl_roles_shared", "not_testable", 208 * 3 - 547, 77),
        ("kl_mediator_years", "not_testable", Fraction(3000, 400), Fraction(4000, 300)),
        ("as_due_to_be_met", "not_testable", Fraction(1299 * 1000, 955), Fraction(1299 * 1000, 945)),
        ("as_reward_per_patient", "not_testable", Fraction(21_600_000, 9006), Fraction(21_700_000, 9006)),
    ],
)
def test_a_relation_gives_the_bounds_reckoned_by_hand(corpus, relation_id, verdict, low, high):
    row = check_relations(corpus, BOTH).loc[relation_id]
    assert (row["verdict"], row["bounds"].low, row["bounds"].high) == (verdict, low, high)


def test_every_relation_of_two_cities_is_evaluated_and_none_of_another(corpus):
    assert set(check_relations(corpus, BOTH).index) == set(corpus.relations.index)
    assert set(check_relations(corpus, ["anshun"]).index.str[:3]) == {"as_"}


def test_a_rounding_rule_reaches_the_bounds(corpus):
    cut = check_relations(corpus, BOTH, Reading(rounding="truncate")).loc["as_due_to_be_met", "bounds"]
    assert (cut.low, cut.high) == (Fraction(1299 * 100, 96), Fraction(1299 * 100, 95))


def test_only_a_survey_gets_an_interval_that_of_its_smallest_sample(corpus):
    found = survey_intervals(corpus, BOTH, 0.95)
    assert found["model"].to_dict() == {
        "kl_mediator_rate": "full_count", "kl_settlement_rate": "full_count", "as_fetch_rate": "full_count",
        "as_watch_share": "limit", "as_safety_rate": "sample", "as_satisfaction_rate": "sample",
    }  # fmt: skip
    # 141 of 145 is 97.24 %; Wilson's interval by its formula, z = 1.959964.
    p, n, z = 141 / 145, 145, 1.959964
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    row = found.loc["as_safety_rate"]
    assert (row["sample"], row["low"], row["high"]) == (
        145,
        pytest.approx(100 * (middle - half), abs=1e-4),
        pytest.approx(100 * (middle + half), abs=1e-4),
    )
    assert found["low"].isna().sum() == 4


def test_the_surveyed_shares_are_those_that_the_article_prints_without_a_total(corpus):
    shares = surveyed_shares(corpus, BOTH)
    assert shares == {"as_safety_rate": "97.24", "as_satisfaction_rate": "98.09"}
    for printed in shares.values():
        assert sum(f"{printed}%" in text for text in corpus.texts.values()) == 1
    # Of 145 people no other count than 141 prints 97.24, and no smaller number of people has one that does.
    sample, count, _, _ = widest_interval("97.24", 0.95, "nearest")
    fits = [(n, k) for n in range(1, 146) for k in range(n + 1) if f"{100 * k / n:.2f}" == "97.24"]
    assert fits == [(sample, count)]


def test_the_library_behind_the_interval_gives_newcombes_published_values():
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3: 81 of 263 and 0 of 20.
    assert proportion_confint(81, 263, method="wilson") == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert proportion_confint(0, 20, method="wilson") == pytest.approx((0, 0.1611), abs=5e-5)


def test_a_level_outside_0_and_1_is_refused(corpus):
    with pytest.raises(UsageError, match="between 0 and 1"):
        survey_intervals(corpus, BOTH, 95)


def test_only_pairs_that_may_be_compared_have_a_difference(corpus):
    pairs = compare_figures(corpus, *BOTH)
    assert survey_differences(corpus, pairs).empty
    # As if both had asked one question: 141 of 145 and 154 of 157.
    alike = pd.DataFrame(
        {
            "figure_a": ["as_safety_rate"],
            "figure_b": ["as_satisfaction_rate"],
            "measure_id": ["safety_rate"],
            "grade": ["comparable"],
        }
    )
    row = survey_differences(corpus, alike).iloc[0]
    assert row["difference"] == pytest.approx(141 / 145 - 154 / 157)
    low, high = confint_proportions_2indep(141, 145, 154, 157, method="newcomb")
    assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))
    assert row["p_holm"] == row["p"]
    refused = alike.assign(grade="not_comparable")
    assert survey_differences(corpus, refused).empty


def test_a_difference_of_a_point_would_need_thousands(corpus):
    row = survey_sizes(corpus, BOTH, power=0.8).iloc[0]
    assert (row["smallest_a"], row["smallest_b"]) == (145, 157)
    cut = survey_sizes(corpus, BOTH, reading=Reading(rounding="truncate")).iloc[0]
    assert cut["smallest_a"] == 109  # 106 of 109 is 97.247 %, which is cut off to 97.24
    a, b, z_alpha, z_beta = 0.9724, 0.9809, 1.959964, 0.841621
    mean = (a + b) / 2
    # Fleiss, Levin and Paik (2003), formula 4.14.
    spread = z_alpha * (2 * mean * (1 - mean)) ** 0.5 + z_beta * (a * (1 - a) + b * (1 - b)) ** 0.5
    assert row["needed"] == math.ceil(spread**2 / (a - b) ** 2)


def test_two_cities_are_not_pooled(corpus):
    pooled = pooled_surveys(corpus)
    assert {measure: (found.studies, found.refused) for measure, found in pooled.items()} == {
        "safety_rate": (1, "too_few"),
        "satisfaction_rate": (1, "too_few"),
    }


def test_a_share_of_nothing_known_has_no_interval(corpus):
    figures = corpus.figures.copy()
    figures.loc["as_safety_rate", "measure_id"] = "fetch_rate"  # of records, not of a survey
    found = survey_intervals(replace(corpus, figures=figures), ["anshun"])
    assert found.loc["as_safety_rate", "model"] == "unknown"
    assert found.loc["as_safety_rate", "low"] != found.loc["as_safety_rate", "low"]


@pytest.mark.parametrize(
    "formula", ["kl_disputes_settled / kl_disputes * 100", "100 * kl_disputes_settled / kl_disputes"]
)
def test_a_share_that_is_turned_into_percent_by_hand_is_refused(formula):
    bounds = {"kl_disputes_settled": Bounds.of(12), "kl_disputes": Bounds.of(60)}
    with pytest.raises(NumberError, match="part / total"):
        check_relation("share_of", Bounds.of(95), formula, bounds)
    assert (
        check_relation("share_of", Bounds.of(20), "kl_disputes_settled / kl_disputes", bounds).verdict
        == "consistent"
    )
