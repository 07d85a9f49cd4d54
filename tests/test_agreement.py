"""Do coders agree? Published examples, each calculated a second way, and what must not turn into a number."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from pingan_lib.agreement import (
    Bootstrap,
    agreement_table,
    disagreements,
    kappa,
    krippendorff_alpha,
    percent_agreement,
)
from pingan_lib.errors import UsageError

_ = None
# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C: four observers, values missing.
KRIPPENDORFF = pd.DataFrame(
    {
        "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        "C": [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    }
)
# Fleiss (1971), Table 1: how many of six psychiatrists gave each of five diagnoses to each of thirty patients.
FLEISS = """
00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""


def frame(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=[f"coder_{n}" for n in range(1, len(rows[0]) + 1)])


def from_table(table: list[list[int]]) -> pd.DataFrame:
    """The decisions of two coders that a square table of counts sums up."""
    return frame(*((i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)))


def alpha_by_hand(decisions: pd.DataFrame, distance) -> Fraction | None:
    """Alpha from the matrix of coincidences, in exact fractions: section C of Krippendorff (2011)."""
    coincidences: Counter = Counter()
    for _, unit in decisions.iterrows():
        values = [Fraction(value) for value in unit.dropna()]
        for pair in permutations(values, 2):
            coincidences[pair] += Fraction(1, len(values) - 1)
    totals: Counter = Counter()
    for (value, _), times in coincidences.items():
        totals[value] += times
    n = sum(totals.values())
    observed = sum(times * distance(*pair) for pair, times in coincidences.items())
    expected = sum(totals[c] * totals[k] * distance(c, k) for c in totals for k in totals)
    return 1 - (n - 1) * observed / expected if expected else None


def nominal(c, k):
    return int(c != k)


def interval(c, k):
    return (c - k) ** 2


def ratio(c, k):
    return ((c - k) / (c + k)) ** 2 if c + k else 0


class TestPublishedExamples:
    @pytest.mark.parametrize(
        ("level", "distance", "published"),
        [("nominal", nominal, 0.743), ("interval", interval, 0.849), ("ratio", ratio, 0.797)],
    )
    def test_krippendorffs_four_observers(self, level, distance, published):
        found = krippendorff_alpha(KRIPPENDORFF, level, bootstrap=None)
        assert round(found.value, 3) == published
        assert found.value == pytest.approx(float(alpha_by_hand(KRIPPENDORFF, distance)), abs=1e-12)
        # The last unit has one value only, and is not paired.
        assert (found.status, found.coders, found.units, found.used) == ("assessed", 4, 12, 11)

    def test_two_diagnosticians(self):
        # Fleiss, Levin and Paik (2003), Table 18.1: psychotic, neurotic, organic.
        table = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
        found = kappa(from_table(table), bootstrap=None)
        observed, chance = Fraction(89, 100), Fraction(80 * 80 + 10 * 5 + 10 * 15, 10_000)
        assert found.value == pytest.approx(float((observed - chance) / (1 - chance)))
        assert (found.name, round(found.value, 3), found.used) == ("cohen_kappa", 0.676, 100)

    def test_six_psychiatrists(self):
        counts = [[int(digit) for digit in row] for row in FLEISS.split()]
        patients = frame(*([d for d, n in enumerate(row) for _ in range(n)] for row in counts))
        assert patients.shape == (30, 6)
        found = kappa(patients, bootstrap=None)
        equal = Fraction(sum(n * (n - 1) for row in counts for n in row), 30 * 6 * 5)
        shares = [Fraction(sum(column), 180) for column in zip(*counts, strict=True)]
        chance = sum(share**2 for share in shares)
        assert found.value == pytest.approx(float((equal - chance) / (1 - chance)))
        assert (found.name, round(found.value, 3), found.used) == ("fleiss_kappa", 0.43, 30)
        assert percent_agreement(patients, bootstrap=None).value == pytest.approx(100 * float(equal))


class TestWhatIsNotANumber:
    @pytest.mark.parametrize("method", [krippendorff_alpha, kappa])
    def test_one_and_the_same_value_throughout_is_undefined_and_not_full_agreement(self, method):
        never = frame(*[(0, 0)] * 20)
        found = method(never)
        assert (found.status, found.reason, found.value, found.low) == (
            "undefined",
            "no_variation",
            None,
            None,
        )
        plain = percent_agreement(never)
        assert (plain.status, plain.value, plain.low, plain.no_interval) == (
            "assessed",
            100,
            None,
            "no_spread",
        )

    def test_variation_in_units_that_one_coder_saw_alone_does_not_count(self):
        found = krippendorff_alpha(frame((0, 0), (0, 0), (1, None)))
        assert (found.status, found.reason, found.used) == ("undefined", "no_variation", 2)

    @pytest.mark.parametrize("method", [krippendorff_alpha, kappa, percent_agreement])
    def test_one_coder_is_not_assessed(self, method):
        for alone in (frame((1,), (0,)), frame((1, None), (0, None)), frame((None, None)), frame((1,))[:0]):
            found = method(alone)
            assert (found.status, found.reason, found.value, found.used) == (
                "not_assessed",
                "one_coder",
                None,
                0,
            )

    @pytest.mark.parametrize("method", [krippendorff_alpha, kappa, percent_agreement])
    def test_fewer_than_two_units_with_two_coders_are_not_assessed(self, method):
        for apart, used in ((frame((1, None), (None, 0)), 0), (frame((1, 0), (None, 0), (1, None)), 1)):
            found = method(apart)
            assert (found.status, found.reason, found.coders, found.used) == (
                "not_assessed",
                "few_units",
                2,
                used,
            )

    def test_fleiss_takes_only_units_that_all_have_coded(self):
        three = frame((1, 1, 0), (0, 0, 0), (1, 1, None), (1, None, 1))
        assert kappa(three, bootstrap=None).used == 2
        assert kappa(three[2:], bootstrap=None).reason == "few_units"
        assert krippendorff_alpha(three, bootstrap=None).used == 4

    def test_coders_who_always_differ_fall_below_chance(self):
        opposed = frame(*[(0, 1), (1, 0)] * 5)
        assert krippendorff_alpha(opposed, bootstrap=None).value < 0
        assert kappa(opposed, bootstrap=None).value == -1
        assert percent_agreement(opposed, bootstrap=None).value == 0


class TestIntervals:
    def test_the_interval_of_a_percentage_is_that_of_the_binomial_distribution(self):
        # Drawing from 40 units of which 30 agree is to draw 40 times with a chance of 30/40.
        found = percent_agreement(frame(*[(0, 0)] * 30, *[(0, 1)] * 10), bootstrap=Bootstrap(resamples=4000))
        low, high = (100 * binom.ppf(q, 40, 0.75) / 40 for q in (0.025, 0.975))
        assert (found.value, found.left_out) == (75, 0)
        assert (found.low, found.high) == pytest.approx((low, high), abs=100 / 40)

    def test_units_that_belong_together_are_drawn_together(self):
        units = frame(*[(0, 0)] * 15, *[(1, 1)] * 10, *[(0, 1)] * 5)
        fourfold = pd.concat([units] * 4)
        once, together = krippendorff_alpha(units), krippendorff_alpha(fourfold, clusters=[*range(30)] * 4)
        apart = krippendorff_alpha(fourfold)
        assert (together.low, together.high) == pytest.approx((once.low, once.high), abs=0.03)
        assert (apart.high - apart.low) == pytest.approx((once.high - once.low) / 2, rel=0.2)

    def test_resamples_without_variation_are_left_out_and_counted(self):
        # Only four of the twenty units hold a 1: a resample misses them with the chance of (16/20)^20.
        found = krippendorff_alpha(frame(*[(0, 0)] * 16, (1, 1), (1, 1), (1, 1), (0, 1)))
        expected = 1000 * (16 / 20) ** 20
        assert 0 < found.left_out == pytest.approx(expected, abs=4 * expected**0.5)
        assert found.low < found.value < found.high == 1

    def test_where_too_many_are_left_out_there_is_no_interval(self):
        # One approach that both coders give the dimension: alpha is 1, and 36 % of the resamples do not have it.
        found = krippendorff_alpha(frame(*[(0, 0)] * 19, (1, 1)))
        expected = 1000 * (19 / 20) ** 20
        assert found.left_out == pytest.approx(expected, abs=4 * expected**0.5)
        assert (found.value, found.low, found.no_interval) == (1, None, "rarely_varies")

    def test_full_agreement_has_no_interval_of_no_width(self):
        found = krippendorff_alpha(frame(*[(0, 0), (1, 1)] * 15))
        assert (found.value, found.low, found.high, found.no_interval) == (1, None, None, "no_spread")

    def test_kappa_has_one_too_and_a_seed_gives_the_same_again(self):
        units = frame(*[(0, 0)] * 15, *[(1, 1)] * 10, *[(0, 1)] * 5)
        first, again = kappa(units, bootstrap=Bootstrap(seed=1)), kappa(units, bootstrap=Bootstrap(seed=1))
        assert first == again
        assert first.low < first.value < first.high
        wider = kappa(units, bootstrap=Bootstrap(seed=1, confidence=0.99))
        assert wider.low <= first.low and first.high <= wider.high

    def test_none_is_made_where_none_is_asked_for(self):
        assert krippendorff_alpha(KRIPPENDORFF, bootstrap=None).no_interval == "not_asked"


class TestWrongInput:
    @pytest.mark.parametrize(
        ("decisions", "level", "says"),
        [
            (frame((1, 2), (2, 2)), "ordinal", "no level 'ordinal'.*Valid: nominal, interval, ratio"),
            (frame(("a", "b"), ("b", "b")), "interval", "must be numbers"),
            (frame((-5, 5), (5, 5)), "ratio", "at least 0"),
            (frame((1, float("inf")), (1, 1)), "interval", "finite"),
        ],
    )
    def test_values_that_do_not_fit_the_level(self, decisions, level, says):
        with pytest.raises(UsageError, match=says):
            krippendorff_alpha(decisions, level)

    def test_settings_that_mean_nothing(self):
        with pytest.raises(UsageError, match="resamples is 0"):
            Bootstrap(resamples=0)
        with pytest.raises(UsageError, match="confidence is 95"):
            Bootstrap(confidence=95)
        with pytest.raises(UsageError, match="2 units and 1 clusters"):
            kappa(frame((1, 0), (0, 0)), clusters=["a"])
        with pytest.raises(UsageError, match="no level of the index 'dimension'"):
            agreement_table(frame((1, 0)).rename_axis("unit"), by="dimension")


class TestTables:
    def test_each_group_is_assessed_on_its_own_in_order(self):
        index = pd.MultiIndex.from_product([range(10), ["patrol", "grid"]], names=["approach", "dimension"])
        rows = [row for n in range(10) for row in ((n % 2, n % 2 if n else 1), (0, 0))]
        table = agreement_table(frame(*rows).set_index(index), by="dimension", cluster="approach")
        assert list(table.index) == ["patrol", "grid"]
        patrol = krippendorff_alpha(frame(*rows[::2]))
        assert table.loc["patrol", ["alpha", "low", "high"]].tolist() == [
            patrol.value,
            patrol.low,
            patrol.high,
        ]
        assert table.loc["patrol", ["percent", "differing", "kappa_name"]].tolist() == [90, 1, "cohen_kappa"]
        grid = table.loc["grid"]
        assert (grid["status"], grid["reason"], grid["percent"]) == ("undefined", "no_variation", 100)
        assert np.isnan([grid["alpha"], grid["low"], grid["high"], grid["kappa"]]).all()

    def test_without_groups_there_is_one_row(self):
        table = agreement_table(KRIPPENDORFF, bootstrap=None)
        assert len(table) == 1
        assert round(table["alpha"].iloc[0], 3) == 0.743

    def test_disagreements_are_the_rows_that_hold_two_values(self):
        units = frame((1, 1, None), (1, 0, None), (None, None, 1), (1, 1, 0)).set_index(
            pd.Index(list("abcd"))
        )
        assert list(disagreements(units).index) == ["b", "d"]
        # 1, 6 and 8 in the order of the table, counted from 0.
        assert list(disagreements(KRIPPENDORFF).index) == [1, 5, 7]


values = st.none() | st.integers(0, 3)
coders = st.integers(2, 4).flatmap(
    lambda n: st.lists(st.tuples(*[values] * n), min_size=2, max_size=12).map(lambda rows: frame(*rows))
)


class TestWhatMustNotMatter:
    @settings(max_examples=60, deadline=None)
    @given(coders, st.sampled_from([("nominal", nominal), ("interval", interval), ("ratio", ratio)]))
    def test_alpha_is_that_of_the_coincidences(self, decisions, at):
        level, distance = at
        found = krippendorff_alpha(decisions, level, bootstrap=None)
        if found.status == "assessed":
            assert found.value == pytest.approx(float(alpha_by_hand(decisions, distance)), abs=1e-9)
        elif found.status == "undefined":
            assert alpha_by_hand(decisions, distance) is None
        else:
            assert sum(decisions.notna().sum(axis=1) > 1) < 2 or found.coders < 2

    @settings(max_examples=40, deadline=None)
    @given(coders, st.randoms())
    def test_the_order_of_coders_and_units_and_the_names_of_values(self, decisions, random):
        columns, rows = list(decisions.columns), list(decisions.index)
        random.shuffle(columns)
        random.shuffle(rows)
        renamed = decisions.loc[rows, columns].map(
            lambda value: None if pd.isna(value) else "wxyz"[int(value)]
        )
        for method in (krippendorff_alpha, kappa, percent_agreement):
            a, b = method(decisions, bootstrap=None), method(renamed, bootstrap=None)
            assert (a.status, a.reason, a.coders, a.used) == (b.status, b.reason, b.coders, b.used)
            assert b.value == (None if a.value is None else pytest.approx(a.value, abs=1e-9))

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(0, 3), min_size=2, max_size=12), st.integers(2, 4))
    def test_identical_coders_agree_fully_where_anything_varies(self, column, count):
        decisions = frame(*((value,) * count for value in column))
        for method in (krippendorff_alpha, kappa):
            found = method(decisions, bootstrap=None)
            if len(set(column)) > 1:
                assert (found.status, found.value) == ("assessed", pytest.approx(1))
            else:
                assert (found.status, found.value) == ("undefined", None)

    @settings(max_examples=40, deadline=None)
    @given(coders, st.sampled_from(["interval", "ratio"]), st.sampled_from([1e-200, 0.001, 10_000, 1e200]))
    def test_the_unit_of_the_values(self, decisions, level, size):
        small = krippendorff_alpha(decisions, level, bootstrap=None)
        large = krippendorff_alpha(decisions.astype(float) * size, level, bootstrap=None)
        assert large.status == small.status
        assert large.value == (None if small.value is None else pytest.approx(small.value, abs=1e-9))

    @given(st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=2, max_size=10))
    @settings(max_examples=40, deadline=None)
    def test_with_complete_data_percent_agreement_is_the_mean_over_pairs_of_coders(self, rows):
        decisions = frame(*rows)
        pairs = [np.mean(decisions[a] == decisions[b]) for a, b in combinations(decisions, 2)]
        assert percent_agreement(decisions, bootstrap=None).value == pytest.approx(100 * np.mean(pairs))
