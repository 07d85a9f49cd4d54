"""Keyness: tables by hand, other implementations as oracles, chance by enumeration, and the two articles."""

from __future__ import annotations

import math
import random
from itertools import chain, combinations
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, chi2_contingency, norm, power_divergence

from pingan_lib.errors import UsageError
from pingan_lib.keyness import (
    LOG_LIKELIHOOD_POINT,
    Z_POINT,
    chances_by_floor,
    keyness,
    keyness_by_chance,
    keyness_stability,
)
from pingan_lib.text import tokens_frame, word_counts

TEXTS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[1] / "seeds").glob("0*.txt"))
}
KAILI, ANSHUN = TEXTS


@pytest.fixture(scope="module")
def by_city() -> tuple[pd.DataFrame, pd.DataFrame]:
    tokens = tokens_frame(TEXTS, ["平安细胞工程"])
    return tokens[tokens["text_id"] == KAILI], tokens[tokens["text_id"] == ANSHUN]


def dirichlet_by_the_paper(a: dict, b: dict, size: float) -> dict[str, tuple[float, float]]:
    """Log-odds and z word by word, as Monroe, Colaresi and Quinn (2008) write them."""
    n_a, n_b = sum(a.values()), sum(b.values())
    result = {}
    for word in a.keys() | b.keys():
        y_a, y_b = a.get(word, 0), b.get(word, 0)
        alpha = size * (y_a + y_b) / (n_a + n_b)
        omega_a = (y_a + alpha) / (n_a + size - (y_a + alpha))
        omega_b = (y_b + alpha) / (n_b + size - (y_b + alpha))
        delta = math.log(omega_a) - math.log(omega_b)
        result[word] = (delta, delta / math.sqrt(1 / (y_a + alpha) + 1 / (y_b + alpha)))
    return result


COUNTS = st.dictionaries(st.sampled_from(list("平安建设调解率")), st.integers(1, 50), min_size=1)


class TestKeyness:
    A: ClassVar = {"调解": 10, "平安": 30, "夜市": 60}
    B: ClassVar = {"调解": 0, "平安": 30, "工程": 170}

    def test_rates_are_per_thousand_words(self):
        frame = keyness(self.A, self.B)
        assert frame.loc["平安", ["rate_a", "rate_b"]].tolist() == [300.0, 150.0]

    def test_log_likelihood_by_hand(self):
        # 平安: 60 of 300 words; 20 expected among 100, 40 among 200
        by_hand = 2 * (30 * math.log(30 / 20) + 30 * math.log(30 / 40))
        assert keyness(self.A, self.B).loc["平安", "log_likelihood"] == pytest.approx(by_hand)
        # 10 against 0 in texts of one size: 5 expected in each, 20 ln 2
        even = keyness({"调解": 10, "x": 90}, {"x": 100})
        assert even.loc["调解", "log_likelihood"] == pytest.approx(20 * math.log(2))

    def test_both_measures_by_hand(self):
        # 300 words in all. Expected uses are a third and two thirds of a word's; a prior of 30 words gives each
        # word a tenth of its uses: 1, 6, 6 and 17. G² of 工程, for one, is 2 · 170 ln(170 / 113.33), and its
        # odds are 17 : 113 against 187 : 43.
        by_hand = pd.DataFrame(
            {
                "log_likelihood": [21.9722, 7.0670, 131.8335, 137.8581],
                "log_odds": [3.0525, 0.7246, 3.6507, -3.3641],
                "z": [2.9225, 3.0740, 8.5616, -13.2800],
            },
            index=["调解", "平安", "夜市", "工程"],
        )
        frame = keyness(self.A, self.B, prior_size=30).loc[by_hand.index, by_hand.columns]
        assert frame.to_numpy() == pytest.approx(by_hand.to_numpy(), abs=1e-4)

    def test_a_word_and_the_rest_together_have_the_log_likelihood_of_the_four_cells(self):
        # the uses of 平安 and of all other words, by text: the table that chi2_contingency takes
        rest = keyness({"平安": 30, "rest": 70}, {"平安": 30, "rest": 170})
        four = chi2_contingency([[30, 30], [70, 170]], correction=False, lambda_="log-likelihood")
        assert rest["log_likelihood"].sum() == pytest.approx(four.statistic)
        assert rest.loc["平安", "log_likelihood"] == keyness(self.A, self.B).loc["平安", "log_likelihood"]

    def test_the_points_are_those_of_the_distributions(self):
        assert pytest.approx(chi2.ppf(0.95, df=1), abs=5e-4) == LOG_LIKELIHOOD_POINT
        assert pytest.approx(norm.ppf(0.975), abs=5e-3) == Z_POINT

    def test_log_ratio_by_hand_and_zero_as_one_half(self):
        frame = keyness(self.A, self.B)
        assert frame.loc["平安", "log_ratio"] == 1.0
        assert frame.loc["调解", "log_ratio"] == pytest.approx(math.log2((10 / 100) / (0.5 / 200)))
        assert frame.loc["工程", "log_ratio"] == pytest.approx(math.log2((0.5 / 100) / (170 / 200)))

    def test_log_odds_by_hand(self):
        # a prior of 30 words gives 平安 60/300 of them: 6
        frame = keyness(self.A, self.B, prior_size=30)
        delta = math.log((36 / 94) / (36 / 194))
        assert frame.loc["平安", "log_odds"] == pytest.approx(delta)
        assert frame.loc["平安", "z"] == pytest.approx(delta / math.sqrt(2 / 36))

    @settings(deadline=None)
    @given(COUNTS, COUNTS, st.floats(1, 1e4))
    def test_other_implementations_agree(self, a, b, size):
        a, b = {**a, "安": 3}, {**b, "建": 2}
        frame = keyness(a, b, floor=1, prior_size=size)
        n_a, n_b = sum(a.values()), sum(b.values())
        paper = dirichlet_by_the_paper(a, b, size)
        for word, row in frame.iterrows():
            pair = np.array([a.get(word, 0), b.get(word, 0)])
            expected = pair.sum() * np.array([n_a, n_b]) / (n_a + n_b)
            g2 = power_divergence(pair, expected, lambda_="log-likelihood").statistic
            assert row["log_likelihood"] == pytest.approx(g2, abs=1e-9)
            assert (row["log_odds"], row["z"]) == pytest.approx(paper[word], abs=1e-9)

    def test_exchanging_the_texts_turns_the_signs_and_nothing_else(self):
        there, back = keyness(self.A, self.B), keyness(self.B, self.A)
        back = back.loc[there.index]
        for column in ("log_ratio", "log_odds", "z"):
            assert back[column].to_numpy() == pytest.approx(-there[column].to_numpy())
        assert back["log_likelihood"].to_numpy() == pytest.approx(there["log_likelihood"].to_numpy())
        assert back["rate_b"].tolist() == there["rate_a"].tolist()

    def test_a_larger_prior_draws_the_log_odds_to_zero(self):
        sizes = [
            keyness(self.A, self.B, prior_size=size).loc["调解", "log_odds"] for size in (1, 100, 10_000, 1e9)
        ]
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[-1] == pytest.approx(0, abs=1e-6)

    def test_the_default_prior_is_the_pooled_text(self):
        pd.testing.assert_frame_equal(keyness(self.A, self.B), keyness(self.A, self.B, prior_size=300))

    def test_the_floor_takes_rows_away_and_leaves_the_sizes(self):
        full, floored = keyness(self.A, self.B, floor=1), keyness(self.A, self.B, floor=60)
        assert set(floored.index) == {"平安", "夜市", "工程"}
        pd.testing.assert_frame_equal(floored, full[full.index != "调解"])

    def test_three_is_the_smallest_count_that_can_reach_the_five_percent_point(self):
        one_sided = [
            keyness({"x": k, "y": 100 - k}, {"y": 100}, floor=1).loc["x", "log_likelihood"] for k in (2, 3)
        ]
        assert one_sided[0] < 3.841 < one_sided[1]

    @pytest.mark.parametrize(
        ("a", "b", "found"),
        [
            ({}, {"x": 1}, "no counted word"),
            ({"x": 1}, {"y": 0}, "no counted word"),
            ({"x": 1}, {"x": 3}, "same word only"),
            ({"x": 1.5}, {"x": 1}, "whole numbers"),
            ({"x": -1}, {"x": 1}, "whole numbers"),
        ],
    )
    def test_what_cannot_be_compared_is_refused(self, a, b, found):
        with pytest.raises(UsageError, match=found):
            keyness(a, b)

    @pytest.mark.parametrize("size", [0, -5])
    def test_a_prior_without_words_is_refused(self, size):
        with pytest.raises(UsageError, match=f"prior_size is {size}"):
            keyness(self.A, self.B, prior_size=size)

    def test_the_articles(self, by_city):
        frame = keyness(*map(word_counts, by_city))
        assert frame.loc["夜市", ["count_a", "count_b"]].tolist() == [TEXTS[KAILI].count("夜市"), 0]
        assert frame.loc["调解", "log_ratio"] > 0 > frame.loc["工程", "log_ratio"]
        assert frame["log_likelihood"].is_monotonic_decreasing


def made(text_id: str, *token_lists: str) -> pd.DataFrame:
    rows = [
        (text_id, number, token, "word")
        for number, words in enumerate(token_lists)
        for token in words.split()
    ]
    return pd.DataFrame(rows, columns=["text_id", "sentence", "token", "kind"])


class TestStability:
    def test_a_word_in_one_of_five_sentences_is_drawn_as_often_as_chance_has_it(self):
        a = made("a", "调解 平安", "平安 建设", "平安 建设", "平安 建设", "平安 建设")
        b = made("b", "平安 建设", "平安 工程")
        share = keyness_stability(a, b, ["调解"], resamples=20_000)["调解"]
        assert share == pytest.approx(1 - (4 / 5) ** 5, abs=0.01)

    def test_a_word_in_every_sentence_of_one_text_alone_never_turns(self):
        a, b = made("a", "调解 平安", "调解 安全"), made("b", "平安", "安全 平安")
        assert keyness_stability(a, b, ["调解"])["调解"] == 1.0

    def test_equal_rates_and_absent_words_have_no_direction_to_keep(self):
        a, b = made("a", "平安 建设", "平安"), made("b", "平安 建设", "平安")
        assert keyness_stability(a, b, ["平安", "夜市"]).tolist() == [0.0, 0.0]

    def test_a_plain_loop_agrees(self):
        a = made("a", "调解 平安 平安", "建设 调解", "平安", "社会 平安 建设", "调解")
        b = made("b", "平安 建设 建设", "社会", "建设 调解 社会", "平安 社会")
        words = ["调解", "平安", "建设", "社会"]

        def lead(sentences_a, sentences_b, word):
            pooled_a, pooled_b = list(chain(*sentences_a)), list(chain(*sentences_b))
            difference = pooled_a.count(word) * len(pooled_b) - pooled_b.count(word) * len(pooled_a)
            return (difference > 0) - (difference < 0)

        lists = [[group["token"].tolist() for _, group in frame.groupby("sentence")] for frame in (a, b)]
        dice = random.Random(7)
        kept = dict.fromkeys(words, 0)
        for _ in range(10_000):
            drawn = [dice.choices(each, k=len(each)) for each in lists]
            for word in words:
                kept[word] += lead(*drawn, word) == lead(*lists, word)
        shares = keyness_stability(a, b, words, resamples=10_000)
        assert [lead(*lists, word) for word in words] == [1, 1, -1, -1]
        assert shares.tolist() == pytest.approx([kept[word] / 10_000 for word in words], abs=0.02)

    def test_a_seed_gives_the_same_shares(self, by_city):
        words = keyness(*map(word_counts, by_city)).index[:20]
        first = keyness_stability(*by_city, words, resamples=500, seed=1)
        assert first.equals(keyness_stability(*by_city, words, resamples=500, seed=1))
        assert not first.equals(keyness_stability(*by_city, words, resamples=500, seed=2))
        assert first.between(0, 1).all()

    def test_several_articles_of_a_city_keep_their_sentences_apart(self):
        a = pd.concat([made("a1", "调解"), made("a2", "平安")])
        # two sentences, though both are the first of their article: a quarter of the draws lacks 调解
        share = keyness_stability(a, made("b", "平安"), ["调解"], resamples=20_000)["调解"]
        assert share == pytest.approx(0.75, abs=0.01)

    def test_refusals(self):
        a = made("a", "平安")
        with pytest.raises(UsageError, match="no counted word"):
            keyness_stability(a, a.assign(kind="mark"), ["平安"])
        with pytest.raises(UsageError, match="resamples is 0"):
            keyness_stability(a, a, ["平安"], resamples=0)


class TestChance:
    A = made("a", "调解 平安", "调解 建设 调解", "平安 调解")
    B = made("b", "平安 建设", "安全 建设 平安", "夜市 平安", "夜市 建设 夜市")

    def test_all_ways_to_deal_the_sentences_give_the_same_numbers(self):
        everyone = pd.concat([self.A, self.B])
        groups = [group for _, group in everyone.groupby(["text_id", "sentence"])]
        found = []
        for dealt in combinations(range(7), 3):  # 35 ways
            first = pd.concat([groups[i] for i in dealt])
            second = pd.concat([groups[i] for i in range(7) if i not in dealt])
            scores = keyness(word_counts(first), word_counts(second), floor=3)["log_likelihood"]
            found.append(int((scores > 2).sum()))
        chance = keyness_by_chance(self.A, self.B, floor=3, threshold=2, resamples=20_000)
        low, median, high = np.quantile(found, (0.025, 0.5, 0.975), method="inverted_cdf")
        assert (chance.low, chance.median, chance.high) == (low, median, high)
        assert (chance.words, chance.observed) == (4, found[0])  # the first way is the texts as they are

    def test_texts_without_a_word_in_common_are_beyond_what_chance_gives(self):
        a, b = made("a", *["调解 夜市"] * 12), made("b", *["工程 建设"] * 12)
        chance = keyness_by_chance(a, b)
        assert chance.observed == chance.words == 4
        assert chance.high < 4

    def test_texts_of_the_same_sentences_are_within(self):
        same = ("调解 平安", "平安 建设", "夜市 平安", "建设 夜市", "调解 建设")
        chance = keyness_by_chance(made("a", *same), made("b", *same), floor=1)
        assert chance.observed == chance.low == 0

    def test_the_articles(self, by_city):
        chance = keyness_by_chance(*by_city, floor=4, resamples=500)
        scores = keyness(*map(word_counts, by_city), floor=4)["log_likelihood"]
        assert (chance.words, chance.observed) == (len(scores), (scores > LOG_LIKELIHOOD_POINT).sum())
        assert 0 < chance.low <= chance.median <= chance.high < chance.observed
        assert chance == keyness_by_chance(*by_city, floor=4, resamples=500)

    def test_several_floors_are_judged_by_the_same_shuffles_as_each_alone(self, by_city):
        each = [keyness_by_chance(*by_city, floor=floor, resamples=500) for floor in (6, 1, 4)]
        assert chances_by_floor(*by_city, (6, 1, 4), resamples=500) == each
        assert len({chance.words for chance in each}) == 3

    def test_a_wider_level_gives_a_wider_range(self, by_city):
        narrow, wide = (keyness_by_chance(*by_city, level=level, resamples=500) for level in (0.5, 0.99))
        assert wide.low < narrow.low < narrow.high < wide.high
        assert wide.median == narrow.median

    @pytest.mark.parametrize(
        ("given", "found"),
        [({"resamples": 0}, "resamples is 0"), ({"level": 95}, "level is 95"), ({"level": 0}, "level is 0")],
    )
    def test_refusals(self, given, found):
        with pytest.raises(UsageError, match=found):
            keyness_by_chance(self.A, self.B, **given)

    def test_a_text_without_counted_words_is_refused(self):
        with pytest.raises(UsageError, match="no counted word"):
            keyness_by_chance(self.A, self.B.assign(kind="mark"))
