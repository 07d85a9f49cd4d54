"""The explorer: a text cut where passages begin and end, what the widget is told, and the still version."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from many_cities import write_project

import pingan_lib.explorer
from pingan_lib import Page, load_corpus
from pingan_lib.errors import UsageError
from pingan_lib.explorer import Explorer
from pingan_lib.explorer.segments import Segment, Span, cut
from pingan_lib.index import glossary_html

ROOT = Path(__file__).parents[1]
FILES = Path(pingan_lib.explorer.__file__).parent
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def explorer(corpus):
    return Explorer(corpus)


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    """Three invented cities, the first two with two articles each."""
    return load_corpus(
        write_project(tmp_path_factory.mktemp("invented") / "project", 3, again=2, width=(0.3, 0.4))
    )


def article_rows(corpus, article):
    """The rows that are coded in an article: id, quote."""
    frames = (corpus.approaches, corpus.figures, corpus.statements)
    return [
        (str(row.Index), row.quote)
        for frame in frames
        for row in frame.itertuples()
        if row.article_id == article
    ]


# A text with passages in it


def test_a_passage_within_a_passage_is_cut_out_of_it():
    text = "设60个岗亭，\n每岗两名警力"
    outer, inner, across = Span("outer", 0, 6), Span("inner", 1, 4), Span("across", 4, 10)
    assert [text[span.start : span.end] for span in (outer, inner, across)] == [
        "设60个岗亭",
        "60个",
        "岗亭，\n每岗",
    ]
    assert cut(text, [outer, inner, across]) == [
        [
            Segment(0, "设", ("outer",)),
            Segment(1, "60个", ("inner", "outer")),
            Segment(4, "岗亭", ("outer", "across")),
            Segment(6, "，", ("across",)),
        ],
        [Segment(8, "每岗", ("across",)), Segment(10, "两名警力", ())],
    ]


spans = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), max_size=8)


@given(st.text("平安𠮷。\n 3", min_size=1, max_size=30), spans)
def test_every_character_keeps_its_rows_and_its_place(text, drawn):
    within = [(start, min(start + length, len(text))) for start, length in drawn if start < len(text)]
    lines = cut(text, [Span(str(number), *edges) for number, edges in enumerate(within)])
    assert ["".join(part.text for part in line) for line in lines] == [
        line for line in text.split("\n") if line.strip()
    ]
    for part in (part for line in lines for part in line):
        assert text[part.start : part.start + len(part.text)] == part.text
        for place in range(part.start, part.start + len(part.text)):
            here = {str(number) for number, (start, end) in enumerate(within) if start <= place < end}
            assert set(part.rows) == here


# What the widget is told


def test_the_widget_is_told_all_articles_and_rows_and_each_passage_is_its_quote(corpus, explorer):
    told = explorer.data
    assert [article["id"] for article in told["articles"]] == ["kaili_2024", "anshun_2018"]
    for article in told["articles"]:
        rows = dict(article_rows(corpus, article["id"]))
        assert {row["id"] for row in told["rows"] if row["article"] == article["id"]} == rows.keys()
        parts = [part for line in article["lines"] for part in line]
        marked = {row: "".join(text for _, text, quoting in parts if row in quoting) for row in rows}
        assert marked == {row: quote.replace("\n", "") for row, quote in rows.items()}


def test_it_is_told_as_json(explorer):
    assert json.loads(json.dumps(explorer.data)) == json.loads(
        json.dumps(dict(explorer.get_state("data")["data"]))
    )


def test_a_figure_has_the_dimensions_of_its_approach_and_a_statement_has_no_stage(corpus, explorer):
    told = {row["id"]: row for row in explorer.data["rows"]}
    assert corpus.figures.loc["kl_staff_sent", "approach_id"] == "kl_three_sinking"
    coded = set(corpus.codings.loc[corpus.codings["approach_id"] == "kl_three_sinking", "dimension_id"])
    assert set(told["kl_staff_sent"]["dimensions"]) == set(told["kl_three_sinking"]["dimensions"]) == coded
    assert {row["stage"] for row in told.values() if row["kind"] == "statements"} == {""}


def test_no_two_codes_look_alike_or_have_the_same_letters(explorer):
    for codes in explorer.data["codes"].values():
        for look in ("letters", "style", "name"):
            assert len({code[look] for code in codes}) == len(codes)


def test_of_many_dimensions_the_letters_go_on_after_z(corpus):
    extra = corpus.codebook.iloc[:1].reindex(["leadership"] + [f"more_{n}" for n in range(30)], method=None)
    extra = extra.assign(name_en=[f"Dimension {n}" for n in range(31)])
    codings = corpus.codings.iloc[:2].assign(dimension_id=["leadership", "more_29"])
    told = Explorer(replace(corpus, codebook=extra, codings=codings)).data["codes"]["dimension"]
    assert [code["letters"] for code in told] == ["A", "AE", ""]


def test_drafts_are_left_out(corpus):
    drafted = corpus.figures.assign(status=["draft", *["accepted"] * (len(corpus.figures) - 1)])
    rows = Explorer(replace(corpus, figures=drafted)).data["rows"]
    assert {row["id"] for row in rows if row["kind"] == "figures"} == set(corpus.figures.index[1:])


def test_several_articles_of_a_city_are_offered_and_two_cities_are_open(invented):
    explorer = Explorer(invented, "zh")
    told = explorer.data["articles"]
    assert [article["id"] for article in told] == [
        article for city in invented.cities.index for article in invented.articles.index[
            invented.articles["place_id"] == city
        ]
    ]  # fmt: skip
    assert len({article["label"] for article in told}) == len(told) == 5
    assert [invented.articles.at[name, "place_id"] for name in explorer.shown] == list(
        invented.cities.index[:2]
    )
    last = invented.cities.index[2]
    assert {article["city"] for article in Explorer(invented, cities=[last]).data["articles"]} == {
        invented.places.at[last, "name_en"]
    }


# What Python sees and sets


def test_the_selected_row_is_the_row_of_its_table(corpus):
    explorer = Explorer(corpus)
    assert explorer.selected_row is None
    explorer.selected = "kl_settlement_rate"
    assert explorer.selected_row.equals(corpus.figures.loc["kl_settlement_rate"])


def test_a_filter_that_is_left_out_filters_nothing(explorer):
    explorer.filters = {"stage": "outcome", "kinds": ["statements", "figures"]}
    assert explorer.filters == {
        "dimension": "",
        "stage": "outcome",
        "kinds": ["figures", "statements"],
        "search": "",
    }
    explorer.filters = {}
    assert explorer.filters["kinds"] == ["approaches", "figures", "statements"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "selected",
            "kl_settlement_rat",
            "There is no row 'kl_settlement_rat'. Did you mean 'kl_settlement_rate'?",
        ),
        ("colour_by", "colour", "There is no colouring 'colour'. Valid: dimension, stage."),
        ("filters", {"stages": "outcome"}, "There is no filter 'stages'. Did you mean 'stage'?"),
        ("filters", {"stage": "result"}, "There is no stage 'result'. Valid: context, input, "),
        ("filters", {"kinds": ["numbers"]}, "Valid: approaches, figures, statements."),
        ("shown", ["kaili_2024", "kaili_2024"], "one article or two different ones"),
        ("shown", ["kaili"], "There is no article 'kaili'. Did you mean 'kaili_2024'?"),
    ],
)
def test_what_is_not_there_cannot_be_set(explorer, name, value, told):
    before = getattr(explorer, name)
    with pytest.raises(UsageError, match=re.escape(told)):
        setattr(explorer, name, value)
    assert getattr(explorer, name) == before


def test_an_unknown_city_or_language_is_refused(corpus):
    with pytest.raises(UsageError, match="Valid: kaili, anshun"):
        Explorer(corpus, cities=["kaili", "zunyi"])
    with pytest.raises(UsageError, match="Valid: en, zh"):
        Explorer(corpus, "fr")


# Its still version


@pytest.mark.parametrize("by", ["dimension", "stage"])
def test_the_still_version_holds_the_whole_articles_and_a_card_for_each_passage(corpus, by):
    explorer = Explorer(corpus)
    explorer.colour_by = by
    soup = BeautifulSoup(explorer.still(), "html.parser")
    cards = [card["id"] for card in soup.select("article.card")]
    linked = {link["href"] for link in soup.select("mark a, li a")}
    assert len(set(cards)) == len(cards) and linked == {f"#{card}" for card in cards}
    listed = [link["data-source"] for link in soup.select("details a")]
    every = [row for article in explorer.shown for row, _ in article_rows(corpus, article)]
    assert sorted(listed) == sorted(every)
    assert soup.select("[style], script, img") == []
    letters = {code["letters"] for code in explorer.data["codes"][by]}
    assert {part for label in soup.select("sup") for part in label.get_text().split("·")} == letters - {""}
    for label in soup.find_all("sup"):
        label.decompose()
    texts = [[p.get_text() for p in quoted.find_all("p")] for quoted in soup.select("blockquote.pe-text")]
    assert texts == [
        [line for line in corpus.texts[name].split("\n") if line.strip()] for name in explorer.shown
    ]


def test_on_a_page_the_cards_stand_at_its_end(corpus):
    page = Page(corpus, "zh")
    soup = BeautifulSoup(Explorer(corpus, "zh", address=page.address).still(), "html.parser")
    assert soup.select("article.card") == []
    cards = {f"#{card['id']}" for card in BeautifulSoup(page.cards(), "html.parser").select("article.card")}
    assert {link["href"] for link in soup.select("a[href]")} <= cards


def test_html_in_an_article_is_text(corpus):
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>&amp;</blockquote>"
    texts = {name: text.rstrip("\n") + hostile for name, text in corpus.texts.items()}
    titled = corpus.articles.assign(title=hostile, publisher=hostile)
    rows = corpus.figures.assign(label_en=hostile)
    explorer = Explorer(replace(corpus, texts=texts, articles=titled, figures=rows))
    for html in (explorer.still(), *(row["card"] for row in explorer.data["rows"])):
        soup = BeautifulSoup(html, "html.parser")
        assert soup.select("script, img") == []
    assert (
        BeautifulSoup(explorer.still(), "html.parser")
        .select_one("blockquote.pe-text")
        .get_text()
        .endswith(hostile)
    )
    assert explorer.data["articles"][0]["lines"][-1][-1][1].endswith(hostile)


def displayed(explorer, monkeypatch):
    """The outputs of a cell that ends with the explorer."""
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: outputs.append(data))
    explorer._ipython_display_()
    return outputs


def test_a_cell_shows_the_widget_and_where_there_is_none_the_still_version(corpus, monkeypatch):
    one, other = (Explorer(corpus, "zh") for _ in range(2))
    widget, still = displayed(one, monkeypatch)
    assert set(widget) == {"text/plain", "text/html", VIEW} and widget["text/html"] == ""
    assert still == {"text/plain": repr(one), "text/html": one.still()}
    assert repr(one) == "<Explorer: 凯里市, 安顺市; 2 articles, 148 rows>"
    # Only the widget itself has an id; what a page keeps is the same each time.
    again, still_again = displayed(other, monkeypatch)
    assert widget[VIEW] != again[VIEW]
    assert {**widget, VIEW: ""} == {**again, VIEW: ""} and still == still_again
    assert widget[VIEW]["model_id"] not in still["text/html"]


def test_reports_bring_the_rules_that_colour_it(corpus):
    own = (FILES / "passages.css").read_text("utf-8")
    assert own in glossary_html(corpus, "en")


def contrast(one: list[float], other: list[float]) -> float:
    """The contrast of two colours, by WCAG 2.1."""

    def light(colour):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("ground", "ink"), [("ffffff", "1c2024"), ("15181b", "e3e6e8"), ("212121", "ffffff")]
)
def test_text_stays_readable_on_every_colour_in_both_themes(ground, ink):
    rules = (FILES / "passages.css").read_text("utf-8")
    part = int(re.search(r"background: color-mix\(in srgb, var\(--pe-hue\) (\d+)%", rules)[1]) / 100
    hues = re.findall(r"--pe-hue: #(\w{6})", rules)
    assert len(hues) == 8

    def channels(colour):
        return [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]

    for hue in hues:
        mixed = [part * h + (1 - part) * g for h, g in zip(channels(hue), channels(ground), strict=True)]
        assert contrast(mixed, channels(ink)) >= 4.5, hue


def test_the_script_asks_no_host_and_writes_no_html():
    script = (FILES / "explorer.js").read_text("utf-8")
    assert re.findall(r"https?:|import |innerHTML|outerHTML|insertAdjacentHTML|eval\(", script) == []


def test_the_packages_public_names_load_no_widget():
    code = (
        "import sys; from pingan_lib import *; print(sorted({'anywidget', 'ipywidgets'} & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert loaded == "[]\n"
