"""Words, keyness and contexts: tables by hand, other implementations as oracles, and the two articles."""

from __future__ import annotations

import math
import random
import re
from itertools import chain
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import power_divergence

from pingan_lib.errors import PinganError, UsageError
from pingan_lib.text import (
    concordance,
    keyness,
    keyness_stability,
    segment,
    sentences,
    tokens_frame,
    word_counts,
)

TEXTS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parents[1] / "seeds").glob("0*.txt"))
}
KAILI, ANSHUN = TEXTS
# Names that the articles print, among them nested ones and ones with marks inside.
NAMES = (
    "三个下沉", "三同步一延伸", "二维码智慧门牌", "数智乡村·平安守望", "五步工作法", "1+8+N", "诉源治理",
    "州局机关+派出所+联防队员",
    "平安细胞工程", "平安细胞", "六项工程", "育新工程", "雨露工程", "红丝带工程", "法律超市", "网格化管理",
)  # fmt: skip


@pytest.fixture(scope="module")
def tokens() -> pd.DataFrame:
    return tokens_frame(TEXTS, NAMES)


@pytest.fixture(scope="module")
def by_city(tokens) -> tuple[pd.DataFrame, pd.DataFrame]:
    return tokens[tokens["text_id"] == KAILI], tokens[tokens["text_id"] == ANSHUN]


class TestSegment:
    def test_a_sentence(self):
        assert segment("凯里市探索建立了“三同步一延伸”机制", ["三同步一延伸"]) == [
            "凯里市", "探索", "建立", "了", "“", "三同步一延伸", "”", "机制",
        ]  # fmt: skip

    @pytest.mark.parametrize("name", [name for name in NAMES if name != "平安细胞"])
    def test_names_stay_whole_wherever_the_articles_print_them(self, name):
        printed = sum(text.count(name) for text in TEXTS.values())
        kept = sum(segment(text, NAMES).count(name) for text in TEXTS.values())
        assert kept == printed > 0

    def test_the_longest_name_wins(self):
        assert segment("打造平安细胞工程", ["平安细胞", "平安细胞工程"]) == ["打造", "平安细胞工程"]
        assert segment("打造平安细胞工程", ["平安细胞"]) == ["打造", "平安细胞", "工程"]

    def test_names_do_not_leak_into_other_calls(self):
        before = segment("建设平安细胞工程")
        segment("建设平安细胞工程", ["平安细胞工程"])
        assert segment("建设平安细胞工程") == before == ["建设", "平安", "细胞工程"]

    def test_words_added_to_the_shared_segmenter_do_not_leak_in(self):
        import rjieba

        rjieba.add_word("设平安细", 10**9, None)
        assert "设平安细" in rjieba.cut("建设平安细胞工程")
        assert segment("建设平安细胞工程") == ["建设", "平安", "细胞工程"]

    @pytest.mark.parametrize("article", TEXTS)
    def test_nothing_is_lost(self, article):
        assert "".join(segment(TEXTS[article], NAMES)) == TEXTS[article]

    @pytest.mark.parametrize("text", ["", " \n\u3000", "。，", "12.5%"])
    def test_an_empty_text_is_refused(self, text):
        with pytest.raises(PinganError, match="empty"):
            segment(text)

    @pytest.mark.parametrize(
        "text", ["The city reports 2730 disputes, 凯里", "안순시는 평안합니다", "これはひらがなのぶんです"]
    )
    def test_a_text_in_another_language_is_refused(self, text):
        with pytest.raises(PinganError, match=r"hardly any Chinese: \d+ of \d+ letters"):
            segment(text)


class TestSentences:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("一。二!三?四;五", ["一。", "二!", "三?", "四;", "五"]),
            ("一！二？三；四｡五", ["一！", "二？", "三；", "四｡", "五"]),
            ("“很安全。”他说。", ["“很安全。”", "他说。"]),
            ("(见附件。)再说。", ["(见附件。)", "再说。"]),
            ('他说:"好。"又说:"行!"', ['他说:"好。"', '又说:"行!"']),
            ('他说好。"行!"', ["他说好。", '"行!"']),
            ("等等……再说", ["等等……", "再说"]),
            ("真的?!是", ["真的?!", "是"]),
            ("增长12.3%。见163.com", ["增长12.3%。", "见163.com"]),
            ("标题\n\u3000\u3000正文。\r\n  末行  ", ["标题", "正文。", "末行"]),
            ("", []),
            (" \n ", []),
        ],
    )
    def test_by_hand(self, text, expected):
        assert [text[start:end] for start, end in sentences(text)] == expected

    @given(st.text('平安。!?;…”’)」"\n\u3000 a', max_size=40))
    def test_sentences_lie_in_order_and_only_white_space_between(self, text):
        edges = [0, *(edge for span in sentences(text) for edge in span), len(text)]
        assert edges == sorted(edges)
        assert all(not text[a:b].strip() for a, b in zip(edges[::2], edges[1::2], strict=True))
        assert all(text[a:b].strip() == text[a:b] != "" for a, b in sentences(text))


class TestTokensFrame:
    def test_a_small_text(self):
        frame = tokens_frame({"t": "调解成功率95.97%。\n 我们的平安细胞工程!"}, ["平安细胞工程"])
        assert frame[["sentence", "position", "start", "end", "token", "kind"]].values.tolist() == [
            [0, 0, 0, 2, "调解", "word"],
            [0, 1, 2, 5, "成功率", "word"],
            [0, 2, 5, 11, "95.97%", "number"],
            [0, 3, 11, 12, "。", "mark"],
            [1, 4, 14, 16, "我们", "function"],
            [1, 5, 16, 17, "的", "function"],
            [1, 6, 17, 23, "平安细胞工程", "word"],
            [1, 7, 23, 24, "!", "mark"],
        ]

    @pytest.mark.parametrize("article", TEXTS)
    def test_sentences_and_the_whole_article_give_the_same_tokens(self, tokens, article):
        apart = tokens.loc[tokens["text_id"] == article, "token"].tolist()
        assert apart == [token for token in segment(TEXTS[article], NAMES) if not token.isspace()]

    @settings(deadline=None)
    @given(st.text("平安建设。!?;…”\n\u3000 a1.%😀调解率的我们", max_size=60))
    def test_offsets_are_exact_and_nothing_but_white_space_is_dropped(self, middle):
        text = "平安" * 40 + middle
        frame = tokens_frame({"t": text}, ["平安建设", "1.%😀"])
        assert [text[start:end] for start, end in zip(frame["start"], frame["end"], strict=True)] == list(
            frame["token"]
        )
        assert "".join(frame["token"]) == re.sub(r"\s", "", text)
        assert frame["position"].tolist() == list(range(len(frame)))
        assert frame["start"].is_monotonic_increasing
        assert frame["sentence"].is_monotonic_increasing

    def test_offsets_count_code_points(self):
        frame = tokens_frame({"t": "😀平安。"})
        assert frame.loc[frame["token"] == "平安", "start"].tolist() == [1]

    def test_the_kinds_of_the_articles_tokens(self, tokens):
        kinds = tokens.groupby("token")["kind"].agg(set)
        assert {kinds[mark].pop() for mark in "。,、“”"} == {"mark"}
        assert {kinds[number].pop() for number in ("95.97%", "2730", "2024-04-03", "零", "一名")} == {
            "number"
        }
        assert {kinds[word].pop() for word in ("的", "在", "和", "我们", "也")} == {"function"}
        assert {kinds[word].pop() for word in ("调解", "群众", "凯里", "ICP", "1+8+N")} == {"word"}

    def test_a_text_that_cannot_be_cut_is_named(self):
        with pytest.raises(PinganError, match="text of second"):
            tokens_frame({"first": "平安", "second": "Safety in the city"})

    def test_counts_are_of_words_alone(self, tokens):
        counts = word_counts(tokens[tokens["text_id"] == ANSHUN])
        assert counts["平安细胞工程"] == TEXTS[ANSHUN].count("平安细胞工程") == 4
        assert "平安细胞" not in counts
        assert not {"。", "的", "97.24%"} & set(counts.index)
        assert counts.is_monotonic_decreasing


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


class TestConcordance:
    def test_words_in_context(self):
        frame = concordance("建设平安凯里。\n\u3000平安细胞工程", "平安", width=3)
        assert frame.values.tolist() == [
            ["建设", "平安", "凯里。", 2, 4],
            ["。 ", "平安", "细胞工", 9, 11],
        ]

    @pytest.mark.parametrize("article", TEXTS)
    def test_every_place_in_the_article_is_found(self, article):
        text = TEXTS[article]
        frame = concordance(text, "平安")
        assert len(frame) == text.count("平安")
        assert {text[start:end] for start, end in zip(frame["start"], frame["end"], strict=True)} == {"平安"}
        assert frame["left"].str.len().max() <= 20

    def test_a_word_is_a_string_and_no_pattern(self):
        assert concordance("实行“1+8+N”调解模式", "1+8+N")["start"].tolist() == [3]

    def test_a_word_that_does_not_stand_there_gives_no_row(self):
        frame = concordance("平安建设", "夜市")
        assert list(frame.columns) == ["left", "hit", "right", "start", "end"]
        assert frame.empty

    @pytest.mark.parametrize("word", ["", " ", "\u3000"])
    def test_an_empty_word_is_refused(self, word):
        with pytest.raises(UsageError, match="word to look for is empty"):
            concordance("平安", word)

    def test_a_negative_width_is_refused(self):
        with pytest.raises(UsageError, match="width is -1"):
            concordance("平安", "平", width=-1)

    @pytest.mark.parametrize(("text", "found"), [("", "empty"), ("A safe city", "hardly any Chinese")])
    def test_a_text_without_chinese_is_refused(self, text, found):
        with pytest.raises(PinganError, match=found):
            concordance(text, "平安")
