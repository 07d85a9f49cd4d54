"""What the pages say of other corpora than the shipped one: other genres, coders, authors, and nothing to show."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from pingan_lib import Page, load_corpus
from pingan_lib.cards import article_label, card
from pingan_lib.consistency import check_shares
from pingan_lib.markup import numbers_without_source
from pingan_lib.tables.agreement import said_of_coders
from pingan_lib.tables.language import said_of_kinds, said_of_script
from pingan_lib.tables.pairs import said_of_wanted
from pingan_lib.tables.scrutiny import mismatches
from pingan_lib.tables.sources import (
    articles_table,
    coverage,
    said_of_genres,
    said_of_time,
    said_of_uncoded,
)
from pingan_lib.words import LANGUAGES, Words

CITIES = ("kaili", "anshun")


@pytest.fixture(scope="module")
def corpus():
    return load_corpus()


def with_articles(corpus, **columns):
    return replace(corpus, articles=corpus.articles.assign(**columns))


def text_of(fragment) -> str:
    return BeautifulSoup(str(fragment), "html.parser").get_text()


def with_another_article(corpus, published="2020-05-01"):
    """The corpus with a second article on Kaili, of which nothing is coded."""
    added = corpus.articles.loc[["kaili_2024"]].assign(published=pd.Timestamp(published))
    added = added.set_axis(["kaili_2020"]).rename_axis("article_id")
    texts = corpus.texts | {"kaili_2020": corpus.texts["kaili_2024"]}
    return replace(corpus, articles=pd.concat([corpus.articles, added]), texts=texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_brackets_and_commas_stand_only_around_what_is_known(corpus, language):
    bare = with_articles(corpus, author="", publisher="")
    page = Page(bare, language)
    assert set(articles_table(page, CITIES)["publisher"]) == {""}
    shown = str(card(bare, "kl_settlement_rate", page.words))
    unauthored = articles_table(Page(with_articles(corpus, author=""), language), CITIES)["publisher"]
    assert list(unauthored) == list(corpus.articles.loc[["kaili_2024", "anshun_2018"], "publisher"])
    for text in (shown, *unauthored):
        assert not any(empty in text for empty in ("()", "（）", ", ,", "，，", "in ,", "见，"))


def test_an_article_is_named_by_its_time_where_its_city_has_several(corpus):
    two = with_another_article(corpus)
    english, chinese = (Words(language) for language in LANGUAGES)
    assert article_label(corpus, "kaili_2024", english) == "Kaili"
    assert article_label(two, "kaili_2024", english) == "Kaili, 2024"
    assert article_label(two, "kaili_2020", chinese) == "凯里市（2020）"
    assert (
        article_label(with_another_article(corpus, "2024-01-02"), "kaili_2020", english)
        == "Kaili, 2024-01-02"
    )
    assert list(coverage(two, CITIES)["article_id"]) == ["kaili_2024", "kaili_2020", "anshun_2018"]


def test_it_is_told_who_coded_which_article(corpus):
    coders = corpus.coders.assign(coder_id=["coder_1", "me"])
    assert list(coders["article_id"]) == ["kaili_2024", "anshun_2018"]
    said = {
        language: text_of(said_of_coders(Page(replace(corpus, coders=coders), language), CITIES))
        for language in LANGUAGES
    }
    assert "Kaili by coder_1 (2026-11-21); Anshun by me (2026-11-21)." in said["en"]
    assert "凯里市由coder_1（2026-11-21）编码；安顺市由me（2026-11-21）编码" in said["zh"]


def test_only_the_genres_that_are_there_are_told(corpus):
    said = text_of(said_of_genres(Page(with_articles(corpus, genre=["report", "plan"]), "en"), CITIES))
    assert "A report" in said and "A plan" in said
    assert "A feature" not in said and "An interview" not in said


@pytest.mark.parametrize(
    ("genres", "says"),
    [
        (["report", "report"], "All texts here are of one kind (report)"),
        (["report", "plan"], "no kind of text in common"),
    ],
)
def test_the_kind_of_text_sets_cities_apart_only_where_it_differs(corpus, genres, says):
    assert says in text_of(said_of_kinds(Page(with_articles(corpus, genre=genres), "en"), CITIES))


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (0, "on the same day"),
        (1, "a day before the last"),
        (12, "12 days before the last"),
        (731, "2.0 years before the last"),
    ],
)
def test_the_time_between_articles_is_told_in_days_or_years(corpus, days, says):
    first = pd.Timestamp("2020-01-01")
    page = Page(with_articles(corpus, published=[first, first + pd.Timedelta(days=days)]), "en")
    said = said_of_time(page, CITIES)
    assert says in text_of(said)
    assert numbers_without_source(str(said)) == []


def test_articles_that_nobody_has_coded_are_named(corpus):
    assert said_of_uncoded(Page(corpus, "en")) is None
    said = said_of_uncoded(Page(replace(corpus, uncoded=("yuxi_2016",)), "en"))
    assert "yuxi_2016" in text_of(said) and numbers_without_source(str(said)) == []


def test_no_contradiction_is_claimed_only_of_what_could_be_tested(corpus):
    page, shares = Page(corpus, "en"), check_shares(corpus, CITIES)
    untested = shares[shares["verdict"] == "not_testable"]
    fitting = shares[shares["verdict"] != "inconsistent"]
    assert text_of(mismatches(page, untested)) == "No percentage could be tested against its total."
    assert "that could be tested contradicts" in text_of(mismatches(page, fitting))


def test_outcomes_without_a_measure_are_counted(corpus):
    own = corpus.figures
    outcomes = own.index[(own["stage"] == "outcome") & (own["role"] == "reported") & (own["same_as"] == "")]
    measured = own.loc[outcomes, "measure_id"] != ""
    listed = own.loc[outcomes[measured]]
    said = BeautifulSoup(said_of_wanted(Page(corpus, "en"), CITIES, listed), "html.parser")
    assert [int(count["value"]) for count in said.select("data")] == [
        len(outcomes),
        int(measured.sum()),
        int((~measured).sum()),
    ]


def test_drafts_that_wait_are_told_where_the_articles_are(corpus):
    waiting = replace(corpus, drafts={"kaili_2024": 30})
    said = text_of(said_of_uncoded(Page(waiting, "en")))
    assert said.endswith("kaili_2024 (30). What stays blank in these articles may be a draft.")


def test_texts_in_traditional_script_are_told(corpus):
    page = Page(corpus, "en")
    assert said_of_script(page, ["kaili", "anshun"]) is None
    texts = corpus.texts | {"anshun_2018": "全縣開展矛盾糾紛調解，群眾滿意度達九成，實現平安。" * 9}
    said = text_of(said_of_script(Page(replace(corpus, texts=texts), "en"), ["kaili", "anshun"]))
    assert said.startswith("In traditional script: Anshun.")
