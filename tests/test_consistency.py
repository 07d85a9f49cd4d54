"""Do the articles' figures agree with each other? Verdicts on the real articles, each reckoned by hand beside it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from statsmodels.stats.proportion import proportion_confint

from pingan_lib.consistency import check_relations, check_shares
from pingan_lib.errors import UsageError
from pingan_lib.intervals import survey_intervals
from pingan_lib.numerals import Reading

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


def test_the_library_behind_the_interval_gives_newcombes_published_values():
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3: 81 of 263 and 0 of 20.
    assert proportion_confint(81, 263, method="wilson") == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert proportion_confint(0, 20, method="wilson") == pytest.approx((0, 0.1611), abs=5e-5)


def test_a_level_outside_0_and_1_is_refused(corpus):
    with pytest.raises(UsageError, match="between 0 and 1"):
        survey_intervals(corpus, BOTH, 95)
