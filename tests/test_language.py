"""The tables and sentences of the page on language, from the two articles and from damaged ones."""

from __future__ import annotations

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from pingan_lib import Corpus, Page, compare_approaches
from pingan_lib.errors import PinganError, UsageError
from pingan_lib.keyness import Chance
from pingan_lib.tables.language import (
    chance_table,
    in_context,
    key_words,
    keyness_table,
    profile_table,
    prose_of,
    said_of_chance,
    said_of_genre,
    said_of_prior,
    stable_words,
    tokens_of,
)
from pingan_lib.tables.themes import (
    said_of_themes,
    terms_table,
    theme_rates,
    themes_of,
    words_against_codings,
)
from pingan_lib.text import term_counts

CITIES = ("kaili", "anshun")


@pytest.fixture(scope="module")
def page(corpus) -> Page:
    return Page(corpus, "en")


@pytest.fixture(scope="module")
def tokens(corpus) -> pd.DataFrame:
    return tokens_of(corpus, CITIES)


@pytest.fixture(scope="module")
def words(tokens) -> pd.DataFrame:
    return key_words(tokens, *CITIES, floor=4, resamples=500, stable=0.95)


@pytest.fixture(scope="module")
def counts(corpus) -> pd.DataFrame:
    return term_counts(prose_of(corpus, CITIES), themes_of(corpus))


def said(html: str) -> str:
    return BeautifulSoup(html, "html.parser").get_text().replace("\xa0", " ")


def with_text(corpus: Corpus, article: str, text: str) -> Corpus:
    tables = {name: getattr(corpus, name) for name in corpus.__dataclass_fields__}
    return Corpus(**{**tables, "texts": {**corpus.texts, article: text}})


class TestWhatIsCounted:
    def test_headings_captions_and_notices_are_left_out(self, corpus):
        prose = prose_of(corpus, CITIES)
        assert "触手可及\n时间" not in prose["kaili"] and "上一篇" not in prose["kaili"]
        assert "访谈活动" not in prose["anshun"] and "违者必究" not in prose["anshun"]
        assert "首先要把平安建设作为“一把手”工程来抓" in prose["anshun"]

    def test_names_of_people_and_places_are_left_out_and_names_of_approaches_stay_whole(self, tokens):
        assert not {"凯里市", "安顺", "陈训华"} & set(tokens["token"])
        assert {"三同步一延伸", "平安细胞工程"} <= set(tokens["token"])

    def test_what_residents_say_is_marked_as_speech(self, tokens):
        spoken = tokens[tokens["speech"]]
        assert set(spoken["city"]) == {"kaili"}
        assert {"小区", "安心"} <= set(spoken["token"]) and "三同步一延伸" not in set(spoken["token"])

    def test_an_article_in_another_language_is_named(self, corpus):
        with pytest.raises(PinganError, match="text of anshun_2018 has hardly any Chinese"):
            tokens_of(with_text(corpus, "anshun_2018", "The city is safe. " * 20), CITIES)


class TestKeyWords:
    def test_the_share_must_be_one(self, tokens):
        with pytest.raises(UsageError, match="stable is 95; it must be a share"):
            key_words(tokens, *CITIES, floor=4, resamples=10, stable=95)

    def test_words_are_stable_or_in_brackets(self, page, words):
        table = keyness_table(page, words, *CITIES)
        shown = {said(word): kept for word, kept in zip(table["word"], table["stability"], strict=True)}
        assert all((kept >= 95) != word.startswith("(") for word, kept in shown.items())
        listed = {said(word) for side in stable_words(words) for word in side}
        assert listed == {word for word in shown if not word.startswith("(")}
        assert list(table.columns[:5]) == ["word", "Kaili", "Anshun", "Kaili ‰", "Anshun ‰"]

    def test_a_floor_above_every_count_leaves_no_word_and_no_page_breaks(self, page, tokens):
        none = key_words(tokens, *CITIES, floor=1000, resamples=10, stable=0.95)
        assert none.empty and stable_words(none) == ([], [])
        assert said(said_of_prior(page, none)) == "No word is used that often."
        assert keyness_table(page, none, *CITIES).empty
        assert "none" in said(said_of_genre(page, tokens, none, CITIES)).lower()
        assert chance_table(tokens, *CITIES, floors=[1000], resamples=10)["words"].tolist() == [0]

    def test_a_lighter_prior_lets_words_stand_out(self, page, tokens):
        sentences = [
            said(said_of_prior(page, key_words(tokens, *CITIES, floor=4, resamples=10, stable=0.95, prior=p)))
            for p in (None, 100)
        ]
        assert "none of the" in sentences[0] and "none of the" not in sentences[1]

    @pytest.mark.parametrize(
        ("observed", "told"), [(15, "more than chance alone"), (14, "could give as many")]
    )
    def test_what_is_said_of_chance_turns_on_the_range(self, page, observed, told):
        chance = Chance(49, observed, median=8, low=4, high=14, threshold=3.841, level=0.95)
        assert told in said(said_of_chance(page, chance, page.parameter("resamples", "2,000")))


class TestThemes:
    def test_every_dimension_has_terms_and_none_stands_in_two(self, corpus):
        terms = themes_of(corpus)
        assert set(terms) == set(corpus.codebook.index)
        assert all(3 <= len(own) <= 8 for own in terms.values())
        together = [term for own in terms.values() for term in own]
        assert len(set(together)) == len(together)

    def test_the_table_counts_what_is_read_off_the_page(self, page, counts):
        table = terms_table(page, counts).set_index("theme")
        # 诉调对接 once and 司法确认 three times in Anshun's fourth point, none in Kaili
        row = table.loc["Link between mediation and courts"]
        assert (row["Kaili"], row["Anshun"]) == (0, 4)
        assert said(row["found_terms"]) == "司法确认 0:3, 诉调对接 0:1"

    def test_rates_are_those_of_the_table(self, page, counts):
        rates = theme_rates(page, counts)
        assert len(rates) == 28
        drawn = rates.set_index(["stage", "group"])["count"]
        assert drawn["Control of venues", "Kaili"] == pytest.approx(1000 * 13 / 2029, abs=0.05)

    def test_themes_of_one_text_alone(self, page, counts):
        told = said(said_of_themes(page, counts))
        assert "Kaili alone: Control of venues." in told
        assert "Demonstration sites" in told.partition("Anshun alone")[2]

    def test_a_codebook_without_terms_is_told(self, page, corpus):
        none = term_counts(prose_of(corpus, CITIES), {})
        assert said(said_of_themes(page, none)) == "The codebook gives no search terms."
        assert theme_rates(page, none).empty and terms_table(page, none).empty
        assert words_against_codings(page, none, compare_approaches(corpus, *CITIES)) == ""

    def test_words_and_codings_are_set_against_each_other(self, page, corpus, counts):
        # Kaili's door plates keep information on people, in words that the dictionary lacks (全面掌握…基本信息)
        told = said(words_against_codings(page, counts, compare_approaches(corpus, *CITIES)))
        assert "no term: Registration of people and information." in told
        mute = counts.assign(count=0)
        turned = said(words_against_codings(page, mute, compare_approaches(corpus, *CITIES)))
        assert "in 0 of 14" not in turned and "Dispute mediation" in turned


class TestStyleAndContext:
    def test_the_profile_names_kind_and_city(self, page):
        table = profile_table(page, CITIES)
        assert list(table.columns) == ["measure", "Kaili (feature)", "Anshun (interview)", "counted_as"]
        assert table.set_index("measure")["Anshun (interview)"]["In quoted speech, %"] == 0

    def test_words_in_speech_and_verbs_are_named(self, page, tokens, words):
        told = said(said_of_genre(page, tokens, words, CITIES))
        assert "人 1:4" in told
        assert "推进" in told.partition("towards Anshun")[2]

    def test_a_word_in_context(self, page):
        table = BeautifulSoup(in_context(page, CITIES, " 法律超市 "), "html.parser")
        assert [mark.text for mark in table.select("mark")] == ["法律超市"]

    @pytest.mark.parametrize(
        ("word", "told"),
        [("", "is empty"), (" \u3000", "is empty"), ("夜总会", "“夜总会” stands in neither")],
    )
    def test_a_word_that_cannot_be_shown_is_told(self, page, word, told):
        assert told in said(in_context(page, CITIES, word))

    def test_a_word_is_text_and_no_markup(self, page):
        assert "<script" not in in_context(page, CITIES, "<script>alert(1)</script>")
