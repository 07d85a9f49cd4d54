"""Words, contexts, terms and style: small texts by hand, slow scans as oracles, and the two articles."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingan_lib.errors import PinganError, UsageError
from pingan_lib.text import (
    concordance,
    segment,
    sentences,
    speech,
    style_profile,
    term_counts,
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


def scanned(text: str, themes: dict[str, list[str]]) -> dict[tuple[str, str], int]:
    """Uses of terms, found the slow way: from the longest length down, place by place, free characters only."""
    found = {(theme, term): 0 for theme, terms in themes.items() for term in terms}
    used = [False] * len(text)
    for length in range(max((len(term) for _, term in found), default=0), 0, -1):
        for at in range(len(text) - length + 1):
            for theme, term in found:
                span = slice(at, at + length)
                if len(term) == length and text[span] == term and not any(used[span]):
                    found[theme, term] += 1
                    used[span] = [True] * length
    return found


class TestTermCounts:
    MEDIATION: ClassVar = {"mediation": ["调解", "调解员", "矛盾纠纷"], "courts": ["诉前调解"]}

    def test_a_sentence_by_hand(self):
        frame = term_counts({"t": "人民调解员开展诉前调解,调解矛盾纠纷。"}, self.MEDIATION)
        # 19 characters; 调解员 is no 调解, nor is the end of 诉前调解
        assert frame.values.tolist() == [
            ["t", "mediation", "调解", 1, 1000 / 19],
            ["t", "mediation", "调解员", 1, 1000 / 19],
            ["t", "mediation", "矛盾纠纷", 1, 1000 / 19],
            ["t", "courts", "诉前调解", 1, 1000 / 19],
        ]
        assert frame.groupby("theme")["count"].sum().to_dict() == {"mediation": 3, "courts": 1}

    def test_the_longer_term_wins_though_another_begins_before_it(self):
        counts = term_counts({"t": "矛盾纠纷排查"}, {"a": ["盾纠"], "b": ["纠纷排查"]})
        assert counts["count"].tolist() == [0, 1]

    def test_a_term_that_overlaps_itself_is_counted_once(self):
        assert term_counts({"t": "人人人"}, {"a": ["人人"]})["count"].tolist() == [1]

    def test_white_space_is_not_counted_among_the_characters(self):
        spread = term_counts({"t": "\u3000\u3000调解\n纠 纷"}, {"a": ["调解"]})
        assert spread["rate"].tolist() == [250.0]

    @settings(deadline=None)
    @given(
        st.text("调解员诉前", max_size=40),
        st.lists(st.text("调解员诉前", min_size=1, max_size=4), unique=True, max_size=8),
        st.integers(0, 8),
    )
    def test_a_slow_scan_agrees(self, text, terms, cut):
        themes = {"first": terms[:cut], "second": terms[cut:]}
        frame = term_counts({"t": "平安" + text}, themes)
        found = frame.set_index(["theme", "term"])["count"].to_dict()
        assert found == scanned("平安" + text, themes)

    @pytest.mark.parametrize("article", TEXTS)
    def test_of_terms_that_do_not_overlap_every_use_in_the_article_is_counted(self, article):
        themes = {"streets": ["巡逻", "夜市"], "law": ["律师"]}
        frame = term_counts(TEXTS, themes)
        own = frame[frame["text_id"] == article]
        assert own["count"].tolist() == [TEXTS[article].count(term) for term in ("巡逻", "夜市", "律师")]

    def test_a_term_of_two_themes_is_named(self):
        with pytest.raises(UsageError, match="'排查' is a term of prevention and of grid"):
            term_counts({"t": "排查"}, {"prevention": ["源头", "排查"], "grid": ["网格", "排查"]})

    def test_a_term_named_twice_in_a_theme_counts_once(self):
        assert len(term_counts({"t": "排查"}, {"prevention": ["排查", "排查"]})) == 1

    @pytest.mark.parametrize("term", ["", " "])
    def test_an_empty_term_is_refused(self, term):
        with pytest.raises(UsageError, match="term of prevention is empty"):
            term_counts({"t": "排查"}, {"prevention": [term]})

    @pytest.mark.parametrize(
        ("text", "found"), [(" ", "empty"), ("Mediation by a team", "hardly any Chinese")]
    )
    def test_a_text_without_chinese_is_refused_by_its_name(self, text, found):
        with pytest.raises(PinganError, match=f"text of second .*{found}"):
            term_counts({"first": "调解", "second": text}, self.MEDIATION)


class TestStyle:
    TEXT = "“很安全。”居民说。市里实行“三个下沉”,\n我们有2730件、95.97%。"

    def test_speech_ends_with_a_stop_or_a_comma_and_a_name_does_not(self):
        text = "“很安全。”他说。“三个下沉”机制,“好,”她说"
        assert [text[start:end] for start, end in speech(text)] == ["“很安全。”", "“好,”"]

    def test_by_hand(self):
        # Sentences: “很安全。” (6), 居民说。 (4), 市里实行“三个下沉”, (11), 我们有2730件、95.97%。 (16)
        assert style_profile(self.TEXT) == {
            "characters": 37,
            "sentences": 4,
            "sentence_mean": 37 / 4,
            "sentence_median": 8.5,
            "quoted": pytest.approx(100 * (6 + 6) / 37),
            "speech": pytest.approx(100 * 6 / 37),
            "numbers": pytest.approx(2000 / 37),
            "first_person": pytest.approx(1000 / 37),
        }

    def test_our_country_is_not_the_first_person(self):
        assert style_profile("这正是我国推进平安建设的意义。")["first_person"] == 0

    @given(st.text("平安我“”。,\n 1", max_size=30))
    def test_shares_are_shares_and_white_space_changes_nothing(self, end):
        text = "平安建设" * 8 + "。" + end
        profile = style_profile(text)
        assert 0 <= profile["speech"] <= profile["quoted"] <= 100
        assert profile["characters"] == len(re.sub(r"\s", "", text))
        assert profile["sentence_mean"] * profile["sentences"] == pytest.approx(profile["characters"])

    @pytest.mark.parametrize(
        ("text", "found"), [("", "empty"), ("Residents feel safe.", "hardly any Chinese")]
    )
    def test_a_text_without_chinese_is_refused(self, text, found):
        with pytest.raises(PinganError, match=found):
            style_profile(text)

    def test_the_feature_quotes_speech_and_the_interview_none(self):
        profiles = {article: style_profile(text) for article, text in TEXTS.items()}
        assert profiles[KAILI]["speech"] > profiles[ANSHUN]["speech"] == 0
