"""What shares of samples allow to be said: published values, the definitions, and the same reckoned another way."""

from __future__ import annotations

from itertools import pairwise
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pingan_lib.errors import UsageError
from pingan_lib.proportions import (
    MIN_STUDIES,
    Pooled,
    compare_shares,
    difference_interval,
    pool_shares,
    power_of_difference,
    sample_for_difference,
    share_interval,
)

NORMAL = NormalDist()
# Student's t, upper 2.5 percent points, as any table prints them: degrees of freedom to value.
T_TABLE = {1: 12.7062, 2: 4.30265, 3: 3.18245, 4: 2.77645, 5: 2.57058, 6: 2.44691}

LEVELS = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])
SHARES = st.floats(0.001, 0.999)
SAMPLES = st.integers(1, 2000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


def table(rows, columns, index=None):
    return pd.DataFrame(rows, columns=columns.split(), index=index)


def pairs(*rows):
    return table(rows, "count_a total_a count_b total_b")


def studies(*rows, names="abcdefgh"):
    return table(rows, "count total", index=list(names[: len(rows)]))


# One share. Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_has_newcombes_published_values(count, total, low, high):
    found = share_interval(count, total)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert (found.estimate, found.confidence) == (count / total, 0.95)
    assert (found.method, found.model) == ("wilson", "simple_random_sample")


@settings(deadline=None)
@given(SAMPLES, LEVELS)
def test_the_bounds_of_a_share_solve_the_score_equation(sample, confidence):
    count, total = sample
    found = share_interval(count, total, confidence)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    z = NORMAL.inv_cdf((1 + confidence) / 2)
    for bound in (found.low, found.high):
        off = abs(found.estimate - bound)
        assert off**2 == pytest.approx(z**2 * bound * (1 - bound) / total, abs=1e-9)


@settings(deadline=None)
@given(SAMPLES)
def test_the_others_have_the_mirrored_interval(sample):
    count, total = sample
    found, others = share_interval(count, total), share_interval(total - count, total)
    assert (others.low, others.high) == (pytest.approx(1 - found.high), pytest.approx(1 - found.low))


@settings(deadline=None)
@given(SAMPLES, SAMPLES)
def test_more_confidence_is_a_wider_interval(a, b):
    for intervals in (
        [share_interval(*a, level) for level in (0.5, 0.8, 0.95, 0.99)],
        [difference_interval(*a, *b, level) for level in (0.5, 0.8, 0.95, 0.99)],
    ):
        assert all(wide.low <= slim.low and slim.high <= wide.high for slim, wide in pairwise(intervals))


def test_the_square_of_a_total_in_the_thousands_of_millions_does_not_overflow():
    found = share_interval(2_500_000_000, 5_000_000_000)
    assert found.high - found.low == pytest.approx(2 * 1.959964 * sqrt(0.25 / 5e9), rel=1e-5)


# Two shares. Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
@pytest.mark.parametrize(
    ("samples", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0000),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_the_interval_of_a_difference_has_newcombes_published_values(samples, low, high):
    found = difference_interval(*samples)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert (found.method, found.model) == ("newcombe", "two_independent_samples")


@settings(deadline=None)
@given(SAMPLES, SAMPLES, LEVELS)
def test_the_interval_of_a_difference_is_made_from_those_of_the_shares(a, b, confidence):
    found = difference_interval(*a, *b, confidence)
    one, other = share_interval(*a, confidence), share_interval(*b, confidence)
    below = sqrt((one.estimate - one.low) ** 2 + (other.high - other.estimate) ** 2)
    above = sqrt((one.high - one.estimate) ** 2 + (other.estimate - other.low) ** 2)
    assert found.estimate == one.estimate - other.estimate
    assert found.low == pytest.approx(found.estimate - below, abs=1e-12)
    assert found.high == pytest.approx(found.estimate + above, abs=1e-12)
    assert -1 <= found.low <= found.estimate <= found.high <= 1


@settings(deadline=None)
@given(SAMPLES, SAMPLES)
def test_to_swap_the_samples_flips_the_interval(a, b):
    found, swapped = difference_interval(*a, *b), difference_interval(*b, *a)
    assert (swapped.estimate, swapped.low, swapped.high) == (-found.estimate, -found.high, -found.low)


# Sample size and power. The manual of R, power.prop.test: 76.7 people and a power of 0.740; for shares of 0.9 and 1 "at
# least n = 74". The manual of JMP 13, Two Sample Proportions: 2554.
def test_the_sample_has_the_sizes_of_the_manuals():
    assert sample_for_difference(0.50, 0.75, power=0.90) == 77
    assert sample_for_difference(0.9, 1) == 74
    assert sample_for_difference(0.08, 0.06) == 2554


def test_the_power_has_the_value_of_the_manual():
    assert power_of_difference(0.50, 0.75, 50, 50) == pytest.approx(0.740, abs=5e-4)


def test_the_sample_is_that_of_the_formula_by_hand():
    z_test, z_power = NORMAL.inv_cdf(0.995), NORMAL.inv_cdf(0.95)
    if_equal, if_not = sqrt(2 * 0.65 * 0.35), sqrt(0.6 * 0.4 + 0.7 * 0.3)
    by_hand = ((z_test * if_equal + z_power * if_not) / 0.1) ** 2
    assert by_hand == pytest.approx(807.07, abs=5e-3)
    assert sample_for_difference(0.6, 0.7, power=0.95, confidence=0.99) == 808


def test_the_power_of_unequal_samples_is_that_of_the_formula_by_hand():
    a, b, size_a, size_b = 0.3, 0.5, 40, 90
    mean = (size_a * a + size_b * b) / (size_a + size_b)
    if_equal = sqrt(mean * (1 - mean) * (1 / size_a + 1 / size_b))
    if_not = sqrt(a * (1 - a) / size_a + b * (1 - b) / size_b)
    by_hand = NORMAL.cdf((abs(a - b) - NORMAL.inv_cdf(0.975) * if_equal) / if_not)
    assert power_of_difference(a, b, size_a, size_b) == pytest.approx(by_hand)


@settings(deadline=None)
@given(SHARES, SHARES, st.sampled_from([0.02, 0.5, 0.8, 0.9, 0.99]), LEVELS)
def test_the_sample_is_the_smallest_with_the_power_that_is_asked(a, b, power, confidence):
    assume(abs(a - b) > 1e-3)
    size = sample_for_difference(a, b, power=power, confidence=confidence)
    assert power_of_difference(a, b, size, size, confidence=confidence) >= power
    assert size == 1 or power_of_difference(a, b, size - 1, size - 1, confidence=confidence) < power


@settings(deadline=None)
@given(SHARES, SHARES, st.integers(1, 10**6), st.integers(1, 10**6))
def test_power_does_not_hang_on_the_order_or_on_which_answer_is_counted(a, b, size_a, size_b):
    assume(abs(a - b) > 1e-3)
    power = power_of_difference(a, b, size_a, size_b)
    assert 0 <= power <= 1
    assert power == pytest.approx(power_of_difference(b, a, size_b, size_a), abs=1e-9)
    assert power == pytest.approx(power_of_difference(1 - a, 1 - b, size_a, size_b), abs=1e-9)


def test_none_against_all_is_told_apart_by_the_test_or_never():
    # z is 1.41 for one person each and 2 for two
    assert [power_of_difference(0, 1, size, size) for size in (1, 2)] == [0, 1]
    assert sample_for_difference(1, 0) == sample_for_difference(0, 1, power=0.99) == 2


@pytest.mark.parametrize("shares", [(0.3, 0.3), (0.1 + 0.2, 0.3), (0, 0), (1, 1)])
def test_no_sample_tells_equal_shares_apart(shares):
    with pytest.raises(UsageError, match="no sample tells equal shares apart"):
        sample_for_difference(*shares)
    with pytest.raises(UsageError, match="no sample tells equal shares apart"):
        power_of_difference(*shares, 10, 10)


# Many comparisons
COUNTS = pairs((56, 70, 48, 80), (0, 10, 0, 5), (10, 10, 3, 10), (25, 50, 20, 50))


def test_a_row_is_the_interval_of_its_difference_and_the_score_test():
    found = compare_shares(COUNTS.set_axis(list("wxyz")))
    assert list(found.columns) == ["difference", "low", "high", "p", "p_holm"]
    assert list(found.index) == list("wxyz")
    interval = difference_interval(56, 70, 48, 80)
    assert tuple(found.loc["w", ["difference", "low", "high"]]) == (
        interval.estimate,
        interval.low,
        interval.high,
    )
    z = 0.2 / sqrt(104 / 150 * 46 / 150 * (1 / 70 + 1 / 80))
    assert found.loc["w", "p"] == pytest.approx(2 * (1 - NORMAL.cdf(z)))


def test_the_p_value_is_that_of_statsmodels_manual():
    assert round(compare_shares(pairs((5, 83, 12, 99)))["p"].item(), 3) == 0.159


def test_none_in_both_samples_is_no_difference():
    assert compare_shares(pairs((0, 10, 0, 5), (10, 10, 5, 5)))["p"].tolist() == [1, 1]


def test_the_level_changes_the_intervals_and_no_p_value():
    slim, wide = compare_shares(COUNTS, confidence=0.5), compare_shares(COUNTS, confidence=0.99)
    assert (slim["high"] < wide["high"]).all() and (slim["low"] > wide["low"]).all()
    assert slim[["p", "p_holm"]].equals(wide[["p", "p_holm"]])


# fewer examples: statsmodels' multipletests collects garbage at each call, a tenth of a second
@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(SAMPLES, SAMPLES), min_size=1, max_size=8))
def test_holm_steps_down_through_the_sorted_p_values(rows):
    found = compare_shares(pairs(*((*a, *b) for a, b in rows)))
    ordered = found.sort_values("p")
    assert ((found["p"] <= found["p_holm"]) & (found["p_holm"] <= 1)).all()
    assert ordered["p_holm"].is_monotonic_increasing
    steps = [min(1.0, p * (len(rows) - rank)) for rank, p in enumerate(ordered["p"])]
    assert ordered["p_holm"].to_numpy() == pytest.approx(np.maximum.accumulate(steps))


def test_one_comparison_is_not_corrected_and_none_is_an_empty_table():
    one = compare_shares(pairs((56, 70, 48, 80)))
    assert one["p_holm"].equals(one["p"].rename("p_holm"))
    none = compare_shares(COUNTS.head(0))
    assert (len(none), list(none.columns)) == (0, list(one.columns))


# Pooling, reckoned from the estimating equations
def pooled_by_hand(counts):
    """Paule and Mandel by bisection; with the standard error by Hartung and Knapp, that of the model, and Q."""
    halves = [(c + 0.5, n + 1) if c in (0, n) else (c, n) for c, n in counts]
    logits = [log(c / (n - c)) for c, n in halves]
    variances = [1 / c + 1 / (n - c) for c, n in halves]
    k = len(counts)

    def spread(tau2):
        weights = [1 / (v + tau2) for v in variances]
        mean = sum(w * y for w, y in zip(weights, logits, strict=True)) / sum(weights)
        q = sum(w * (y - mean) ** 2 for w, y in zip(weights, logits, strict=True))
        return q, mean, sum(weights)

    low, high = 0.0, 1000.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if spread(middle)[0] > k - 1 else (low, middle)
    tau2 = 0.0 if spread(0.0)[0] <= k - 1 else low
    q, mean, weight = spread(tau2)
    return {"tau2": tau2, "mean": mean, "hksj": sqrt(q / (k - 1) / weight), "model": sqrt(1 / weight)} | {
        "q": spread(0.0)[0]
    }


def share(logit):
    return 1 / (1 + exp(-logit))


# The last has a study with none and one with all.
VARIED = [
    ((10, 100), (20, 100), (30, 100)),
    ((5, 40), (37, 90), (11, 30), (60, 75), (8, 200)),
    ((0, 25), (3, 40), (12, 12), (7, 9)),
]


@pytest.mark.parametrize("counts", VARIED)
def test_studies_that_differ_are_pooled_as_by_hand(counts):
    found, hand, k = pool_shares(studies(*counts)), pooled_by_hand(counts), len(counts)
    assert found.tau2 == pytest.approx(hand["tau2"], rel=1e-4)
    assert found.estimate == pytest.approx(share(hand["mean"]), rel=1e-4)
    half = T_TABLE[k - 1] * hand["hksj"]
    assert found.low == pytest.approx(share(hand["mean"] - half), rel=1e-3)
    assert found.high == pytest.approx(share(hand["mean"] + half), rel=1e-3)
    assert (found.q, found.i2) == (pytest.approx(hand["q"]), pytest.approx(1 - (k - 1) / hand["q"]))
    reach = T_TABLE[k - 2] * sqrt(hand["tau2"] + hand["hksj"] ** 2)
    assert found.prediction_low == pytest.approx(share(hand["mean"] - reach), rel=1e-3)
    assert found.prediction_high == pytest.approx(share(hand["mean"] + reach), rel=1e-3)
    assert (found.studies, found.refused, found.reason) == (k, None, "")


def test_where_studies_vary_the_two_standard_errors_are_one():
    hand = pooled_by_hand(VARIED[1])
    assert hand["tau2"] > 0 and hand["hksj"] == pytest.approx(hand["model"])


@pytest.mark.parametrize("counts", [((10, 100), (10, 100), (10, 100)), ((10, 100), (11, 100), (19, 200))])
def test_studies_that_agree_have_an_interval_with_the_width_of_the_model(counts):
    found, hand = pool_shares(studies(*counts)), pooled_by_hand(counts)
    assert (found.tau2, found.i2, hand["tau2"]) == (0, 0, 0)
    assert hand["hksj"] < hand["model"]
    half = T_TABLE[2] * hand["model"]
    assert (found.low, found.high) == (
        pytest.approx(share(hand["mean"] - half), rel=1e-4),
        pytest.approx(share(hand["mean"] + half), rel=1e-4),
    )


@settings(deadline=None)
@given(st.lists(SAMPLES, min_size=MIN_STUDIES, max_size=8), LEVELS)
def test_the_next_study_is_less_certain_than_the_mean(counts, confidence):
    found = pool_shares(studies(*counts), confidence=confidence)
    assert (
        0 <= found.prediction_low <= found.low <= found.estimate <= found.high <= found.prediction_high <= 1
    )
    assert found.tau2 >= 0 and 0 <= found.i2 < 1 and found.q >= 0
    assert found.tau2 == pytest.approx(pooled_by_hand(counts)["tau2"], rel=1e-3, abs=1e-4)


@settings(deadline=None)
@given(st.lists(SAMPLES, min_size=MIN_STUDIES, max_size=8), st.randoms())
def test_the_order_of_the_studies_does_not_matter(counts, random):
    mixed = random.sample(counts, len(counts))
    found, again = pool_shares(studies(*counts)), pool_shares(studies(*mixed))
    assert (found.estimate, found.q) == (pytest.approx(again.estimate), pytest.approx(again.q, abs=1e-8))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_studies_are_not_pooled(count):
    found = pool_shares(studies(*VARIED[0][:count]))
    assert found == Pooled(count, refused="too_few")
    assert (found.estimate, found.tau2, found.prediction_low) == (None, None, None)
    subject = "1 study is" if count == 1 else f"{count} studies are"
    assert found.reason == (
        f"{subject} too few to pool; it takes 3. One or two cannot tell how much shares differ from study to study: "
        "they are cases, to be shown side by side."
    )


def test_a_study_with_two_rows_is_refused():
    found = pool_shares(studies(*VARIED[1], names="aabcd"))
    assert found == Pooled(4, refused="repeated")
    assert "not independent. Give one row for each study." in found.reason


def test_two_studies_with_many_rows_are_two_studies():
    assert pool_shares(studies(*VARIED[1], names="aaabb")) == Pooled(2, refused="too_few")


# What is no count, share or level
ONE = pairs((1, 2, 1, 2))
THREE = studies(*VARIED[0])


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, float("nan"), True, "0.95", None])
@pytest.mark.parametrize(
    "call",
    [
        lambda level: share_interval(1, 2, level),
        lambda level: difference_interval(1, 2, 1, 2, level),
        lambda level: sample_for_difference(0.1, 0.2, confidence=level),
        lambda level: power_of_difference(0.1, 0.2, 9, 9, confidence=level),
        lambda level: compare_shares(ONE.head(0), confidence=level),
        lambda level: pool_shares(THREE.head(0), confidence=level),
    ],
)
def test_a_level_lies_between_0_and_1(call, level):
    with pytest.raises(UsageError, match=r"confidence is .*\. Give a level between 0 and 1, such as 0\.95\."):
        call(level)


def test_a_power_lies_between_0_and_1():
    with pytest.raises(UsageError, match=r"power is 80\. Give a level between 0 and 1"):
        sample_for_difference(0.1, 0.2, power=80)


@pytest.mark.parametrize(
    ("count", "total", "message"),
    [
        (1.5, 3, "count is 1.5. Give a whole number, 0 or more."),
        (-1, 3, "count is -1. Give a whole number, 0 or more."),
        (True, 3, "count is True. Give a whole number, 0 or more."),
        ("1", 3, "count is '1'. Give a whole number, 0 or more."),
        (None, 3, "count is None. Give a whole number, 0 or more."),
        (float("nan"), 3, "count is nan. Give a whole number, 0 or more."),
        (0, 0, "total is 0. Give a whole number, 1 or more."),
        (0, float("inf"), "total is inf. Give a whole number, 1 or more."),
        (4, 3, "count is 4 of a total of 3. Give a count of part of it."),
    ],
)
def test_a_count_is_whole_and_part_of_its_total(count, total, message):
    with pytest.raises(UsageError) as caught:
        share_interval(count, total)
    assert str(caught.value) == message


def test_which_of_two_samples_is_at_fault_is_said():
    with pytest.raises(UsageError, match="count_b is 4 of a total of 3"):
        difference_interval(1, 2, 4, 3)


@pytest.mark.parametrize("whole", [3.0, np.int64(3), np.float64(3)])
def test_whole_numbers_of_any_kind_are_taken(whole):
    assert share_interval(1, whole) == share_interval(1, 3)


@pytest.mark.parametrize("value", [-0.1, 1.1, 95, "0.5", False, None, float("nan")])
def test_a_share_lies_from_0_to_1(value):
    with pytest.raises(UsageError, match=r"share_b is .*\. Give a share from 0 to 1: 0\.95 for 95 percent\."):
        sample_for_difference(0.3, value)
    with pytest.raises(UsageError, match="share_a is"):
        power_of_difference(value, 0.3, 9, 9)


def test_a_sample_has_people():
    with pytest.raises(UsageError, match=r"size_b is 0\. Give a whole number, 1 or more\."):
        power_of_difference(0.1, 0.2, 9, 0)


def test_all_bad_rows_are_named():
    bad = pairs((1, 2, 1, 2), (3, 2, 1, 2), (1, 2, 1, float("nan"))).set_axis(["good", "more", "gap"])
    with pytest.raises(UsageError) as caught:
        compare_shares(bad)
    assert str(caught.value).splitlines() == [
        "row more: count_a is 3 of a total of 2. Give a count of part of it.",
        "row gap: total_b is nan. Give a whole number, 1 or more.",
    ]
    with pytest.raises(UsageError, match=r"(?s)row b: count is 9 of .*row c: total is 0"):
        pool_shares(studies((1, 2), (9, 2), (0, 0)))


def test_a_missing_column_is_named():
    with pytest.raises(UsageError, match=r"There is no column 'total_b'\. Did you mean 'total_a'"):
        compare_shares(ONE.drop(columns="total_b"))
    with pytest.raises(UsageError, match="There is no column 'count'"):
        pool_shares(THREE[["total"]])
