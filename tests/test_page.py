"""What a page says: every number with its source, every cited row with its card, all text escaped."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from pingan_lib import Corpus, Page
from pingan_lib.bounds import Bounds
from pingan_lib.cards import bounds_text, card, number_text
from pingan_lib.derivations import linked_numbers, reference_id
from pingan_lib.errors import UsageError
from pingan_lib.plots import dumbbell_bounds, stage_bars
from pingan_lib.tables.pairs import reasons
from pingan_lib.words import Words


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


@pytest.mark.parametrize(
    ("figure_id", "english", "chinese"),
    [
        ("kl_settlement_rate", "95.97%", "95.97%"),
        ("kl_venue_disputes_change", "−26.37%", "−26.37%"),
        ("kl_mediator_all", "3,000+", "3000余"),
        ("kl_murders", "0", "未发生过"),
        ("kl_settlement_money", "718 million", "7.18亿"),
        ("kl_mediator_money", "17.63 million", "1763万"),
        ("as_boarding_money", "800 million+", "8亿余"),
        ("as_watch_share", "95%+", "95%以上"),
        ("as_child_villages", "1,007", "1007"),
        ("as_meetings", "2", "两"),
    ],
)
def test_a_number_is_written_for_its_reader(corpus, figure_id, english, chinese):
    figure = corpus.figures.loc[figure_id]
    assert (number_text(figure, Words("en")), number_text(figure, Words("zh"))) == (english, chinese)


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        (Bounds(60, 60), "60 exactly"),
        (Bounds(3000, 4000, True, False), "3,000 or more, below 4,000"),
        (Bounds(3000, None), "3,000 or more"),
        (Bounds(3000, None, False), "more than 3,000"),
        (Bounds(None, 5, False, False), "less than 5"),
        (Bounds(0, 5, False, True), "above 0, up to 5"),
        (Bounds(-3, -2), "from −3 to −2"),
        (Bounds(Fraction(2, 3), Fraction(2, 3)), "about 0.6667"),
        (Bounds(Fraction(2_000_001, 7), None), "285,714 or more"),
    ],
)
def test_bounds_in_words_tell_whether_an_end_is_allowed(bounds, text):
    assert bounds_text(bounds, Words("en")) == text


def test_a_number_links_to_its_card_and_the_card_shows_its_sentence(corpus):
    page = Page(corpus, "en")
    link = soup(page.number("kl_settlement_rate")).a
    assert (link["href"], link["data-source"], link.text) == (
        "#card-kl_settlement_rate",
        "kl_settlement_rate",
        "95.97%",
    )
    shown = soup(page.cards()).find(id="card-kl_settlement_rate")
    assert shown.mark.text == "调解成功率95.97%"
    assert shown.blockquote.text == (
        "截至目前,全市各级人民调解组织共调解各类矛盾纠纷2730件,调解成功2620件,调解成功率95.97%,调解协议涉及金额7.18亿元。"
    )
    facts = dict(
        zip((t.text for t in shown.find_all("dt")), (d.text for d in shown.find_all("dd")), strict=True)
    )
    assert facts["Share of"] == "Disputes mediated, city (2,730)"
    assert facts["Period"].startswith("up to 2024-04-03; the beginning is not given (inferred)")
    assert "黔东南文明网" in facts["Who says so"]


def test_only_cited_rows_have_cards_in_the_order_of_the_articles(corpus):
    page = Page(corpus, "zh")
    for row_id in ("as_gdp", "kl_stable", "kl_disputes", "kl_video", "as_gdp"):
        page.number(row_id) if row_id in corpus.figures.index else page.quote(row_id)
    shown = [article["id"] for article in soup(page.cards()).find_all("article")]
    assert shown == ["card-kl_video", "card-kl_stable", "card-kl_disputes", "card-as_gdp"]


def test_a_plain_number_is_marked_as_a_count_of_its_sentence(corpus):
    said = soup(
        Page(corpus, "en").say("outcomes.checked", shares=5, consistent=1, inconsistent=1234, not_testable=0)
    )
    assert [(d["data-source"], d["value"], d.text) for d in said.find_all("data")] == [
        ("count:outcomes.checked.shares", "5", "5"),
        ("count:outcomes.checked.consistent", "1", "1"),
        ("count:outcomes.checked.inconsistent", "1234", "1,234"),
        ("count:outcomes.checked.not_testable", "0", "0"),
    ]


def test_a_sentence_turns_on_its_number(corpus):
    page = Page(corpus, "en")
    assert "Only Kaili" in page.say("approaches.only", of=1, city="Kaili", only=["Patrol"])
    assert "Only Kaili" not in page.say("approaches.only", of=0, city="Kaili", only=[])


def test_text_from_tables_and_articles_is_escaped(corpus):
    harm = "<script>alert(1)</script>"
    changed = {f: getattr(corpus, f) for f in corpus.__dataclass_fields__}
    figures = corpus.figures.copy()
    figures.loc["kl_disputes", ["label_en", "note", "counted"]] = harm
    length = len(corpus.texts["kaili_2024"])
    figures.loc["kl_disputes", ["start", "end"]] = [length, length + len(harm)]
    texts = {**corpus.texts, "kaili_2024": corpus.texts["kaili_2024"] + harm}
    page = Page(Corpus(**{**changed, "figures": figures, "texts": texts}), "en")
    shown = [
        page.labelled("kl_disputes"),
        page.cards(),
        page.passage("kl_disputes"),
        page.table(pd.DataFrame({"label": [harm], harm: ["x"]}), "outcomes.ledger", city=harm),
        page.say("approaches.not_reported"),
    ]
    assert all("<script" not in html for html in shown)
    assert soup(page.passage("kl_disputes")).mark.text == harm


def test_a_table_has_a_caption_and_headings_for_rows_and_columns(corpus):
    frame = pd.DataFrame({"city": ["Kaili", "Anshun"], "figures": [26, 24], "share": [44.226, float("nan")]})
    region = soup(Page(corpus, "en").table(frame, "sources.coverage")).div
    assert region["aria-label"] == region.table.caption.text == "Coded characters"
    assert [th.text for th in region.select("th[scope=col]")] == ["City", "Figures", "Share, %"]
    assert [th.text for th in region.select("th[scope=row]")] == ["Kaili", "Anshun"]
    assert [[td.text for td in row.find_all("td")] for row in region.select("tbody tr")] == [
        ["26", "44.23"],
        ["24", ""],
    ]


def test_a_long_cell_is_not_cut(corpus):
    frame = pd.DataFrame({"label": ["安" * 200], "reason": [Markup("<em>{}</em>").format("全" * 200)]})
    html = Page(corpus, "en").table(frame, "outcomes.shares")
    assert "安" * 200 in html and "<em>" + "全" * 200 + "</em>" in html


def test_reasons_are_told_in_both_languages(corpus):
    pair = {
        "figure_a": "kl_villages_paired", "figure_b": "as_child_villages", "gap_years": float("nan"),
        "reasons": ("counted", "level_counts", "period_unknown", "genre"),
    }  # fmt: skip
    assert [li.text for li in soup(reasons(Page(corpus, "en"), pair)).find_all("li")] == [
        "What is counted differs: Villages and communities paired / Villages with centres for left-behind children.",
        "Counts from cities of different rank: county level / prefecture level.",
        "Also: no period given, another kind of text.",
    ]
    assert [li.text for li in soup(reasons(Page(corpus, "zh"), pair)).find_all("li")] == [
        "统计对象不同：结对联系的村(社区)/建立留守儿童救助保护中心的村(居)。",
        "行政层级不同的计数：县级/地级。",
        "另：时期未说明、体裁不同。",
    ]


def test_a_calculated_number_leads_to_its_formula_and_its_inputs(corpus):
    page = Page(corpus, "en")
    written = soup(page.derived("from 1.1 to 1.5", "kl_mediator_to_city"))
    assert [(a["href"], a["data-source"], a.text) for a in written.find_all("a")] == [
        ("#card-kl_mediator_to_city", "kl_mediator_to_city", "1.1"),
        ("#card-kl_mediator_to_city", "kl_mediator_to_city", "1.5"),
    ]
    shown = soup(page.cards())
    card = shown.find(id="card-kl_mediator_to_city")
    assert [a["data-source"] for a in card.dd.find_all("a")] == ["kl_mediator_all", "kl_disputes"]
    assert card.dd.text == (
        "Disputes taken up by one mediator, all years (3,000+) ÷ Disputes mediated, city (2,730)"
    )
    # The inputs have cards of their own: 3000 / 2730 is 1.0989, 4000 / 2730 is 1.4652.
    assert {article["id"] for article in shown.find_all("article")} == {
        "card-kl_mediator_to_city", "card-kl_mediator_all", "card-kl_disputes",
    }  # fmt: skip
    assert "1.09 or more, below 1.47" in card.text


def test_a_number_by_a_method_leads_to_how_it_was_reckoned(corpus):
    page = Page(corpus, "en")
    fact = "reference-kaili-residents"
    written = soup(page.calculated("38.5 for each 10,000", "ratio_rate", "kl_disputes", fact))
    assert {a["data-source"] for a in written.find_all("a")} == {f"ratio_rate-kl_disputes-{fact}"}
    shown = soup(page.cards())
    card = shown.find(id=f"card-ratio_rate-kl_disputes-{fact}")
    assert [a["href"] for a in card.select("li a")] == ["#card-kl_disputes", f"#card-{fact}"]
    assert card.find_all("dd")[-1].text == "38.5 for each 10,000"
    outside = shown.find(id=f"card-{fact}")
    assert "709,057" in outside.h3.text
    assert "no article reports it" in outside.text
    assert "secondary" in outside.text


def test_a_figures_card_tells_whether_it_fits_its_total(corpus):
    page = Page(corpus, "en")
    page.number("kl_mediator_rate")
    shown = soup(page.cards())
    verdict = shown.find(id="card-kl_mediator_rate").text
    assert "Inconsistent. No whole number over 632 gives 93.88% under any rounding rule" in verdict
    assert shown.find(id="card-kl_mediator_2021")  # the total is linked, so it has a card


def test_every_relation_and_outside_fact_can_show_its_card(corpus):
    for language in ("en", "zh"):
        page = Page(corpus, language)
        for relation in corpus.relations.index:
            page.derived("1", relation)
        facts = [reference_id(row) for _, row in corpus.reference.iterrows()]
        for fact in facts:
            page.fact(fact)
        ids = {article["id"] for article in soup(page.cards()).find_all("article")}
        assert {f"card-{name}" for name in (*corpus.relations.index, *facts)} <= ids


def test_dates_and_parameters_are_told_from_numbers(corpus):
    page = Page(corpus, "en")
    assert page.dates("up to 2024-04-03; since 1<2") == (
        'up to <time datetime="2024-04-03">2024-04-03</time>; since 1&lt;2'
    )
    assert page.parameter("confidence", "95%") == (
        '<data class="parameter" data-source="parameter:confidence" value="95%">95%</data>'
    )


@given(st.lists(st.one_of(st.decimals(0, 10**6, places=2).map(str), st.text("安 ,.%<&a", max_size=6))))
def test_linked_numbers_keep_the_text_as_it_is(pieces):
    text = "".join(pieces)
    assert html.unescape(re.sub("<[^>]*>", "", linked_numbers(text, "x"))) == text


def test_every_row_can_show_its_card(corpus):
    for table in ("figures", "approaches", "statements"):
        for row_id, row in getattr(corpus, table).iterrows():
            for language in ("en", "zh"):
                shown = soup(card(corpus, row_id, Words(language)))
                assert shown.article["id"] == f"card-{row_id}"
                assert shown.mark.text == row["quote"]


def test_an_unknown_row_or_language_is_refused(corpus):
    with pytest.raises(UsageError, match="Did you mean 'kl_disputes'"):
        Page(corpus, "en").number("kl_dispute")
    with pytest.raises(UsageError, match="en, zh"):
        Page(corpus, "fr")


def test_what_is_empty_is_said_to_be_so_and_not_drawn(corpus):
    page, nothing = Page(corpus, "en"), pd.DataFrame({"stage": [], "group": [], "count": []})
    table = page.table(nothing, "synthesis.stages")
    drawn = page.plot(stage_bars, nothing, "approaches.stages", "")
    assert soup(table).p.text == "Figures and words by kind: nothing is reported"
    assert soup(drawn).p.text.endswith("There is nothing to draw.")
    assert soup(page.say("language.verbs", city_a="A", verbs_a=[], city_b="B", verbs_b=["x"])).text == (
        "Verbs among them, or verbs used as nouns, towards A: none; towards B: x."
    )


COUNTS = pd.DataFrame({"stage": ["输出"], "group": ["凯里"], "count": [3]})


def test_a_plot_is_a_picture_with_a_text_for_those_who_do_not_see_it(corpus):
    plot = Page(corpus, "en").plot(stage_bars, COUNTS, "approaches.stages", "Most: <b> & 3")
    drawn = soup(plot).svg
    assert drawn["aria-label"] == "Most: <b> & 3"
    counted = drawn.find(attrs={"data-source": "count:approaches.stages"})
    assert counted.text.replace("\N{NO-BREAK SPACE}", " ").strip() == "3  凯里"


@pytest.mark.parametrize("alt", ["", " \n"])
def test_a_plot_without_a_text_is_refused(corpus, alt):
    with pytest.raises(UsageError, match=r"'approaches\.stages' has no text .* Say in alt"):
        Page(corpus, "en").plot(stage_bars, COUNTS, "approaches.stages", alt)


def test_a_plot_has_an_id_of_its_own_that_both_languages_share(corpus):
    for language in ("en", "zh"):
        page = Page(corpus, language)
        drawn = [soup(page.plot(stage_bars, COUNTS, "approaches.stages", "x")) for _ in range(2)]
        assert [each.figure["id"] for each in drawn] == [
            "figure-approaches-stages",
            "figure-approaches-stages-2",
        ]
        inside = [element["id"] for each in drawn for element in each.find_all(id=True)]
        assert len(inside) == len(set(inside))


def test_under_a_plot_folds_the_table_of_what_is_drawn(corpus):
    drawn = soup(Page(corpus, "en").plot(stage_bars, COUNTS, "approaches.stages", "x")).figure
    assert [child.name for child in drawn.find_all(recursive=False)] == ["div", "figcaption", "details"]
    assert drawn.details.summary.text == "Data of this figure"
    table = drawn.details.table
    assert [th.text for th in table.select("thead th[scope=col]")] == ["Stage", "凯里"]
    assert [cell.text for cell in table.select("tbody tr > *")] == ["输出", "3"]
    assert table["data-source"] == "count:approaches.stages"
    names = [region["aria-label"] for region in drawn.select("[role=region]")]
    assert names == [
        "Approaches by stage of the logic model.",
        "Data of this figure: Approaches by stage of the logic model.",
    ]


def test_a_row_of_the_data_leads_to_the_card_that_it_is_from(corpus):
    page = Page(corpus, "en")
    frame = pd.DataFrame(
        {
            "label": ["Settlement rate", "Disputes"],
            "value": [95.97, 2730.0], "low": [95.965, 2730.0], "high": [95.975, float("nan")],
            "low_closed": True, "high_closed": True, "printed": ["95.97%", "2730"], "hedge": ["", "at least"],
            "group": "Kaili", "source": [page.address("kl_settlement_rate"), "count:x"],
        }
    )  # fmt: skip
    drawn = soup(page.plot(dumbbell_bounds, frame, "outcomes.axis", "x")).details
    linked, counted = drawn.select("tbody tr")
    assert (linked["data-source"], counted["data-source"]) == ("kl_settlement_rate", "count:x")
    assert [(a["href"], a.text) for a in drawn.find_all("a")] == [("#card-kl_settlement_rate", "95.97%")]
    assert [cell.text for cell in linked] == [
        "Settlement rate", "Kaili", "95.97%", "", "from 95.965 to 95.975"
    ]  # fmt: skip
    assert counted.find_all("td")[-1].text == "2,730 or more"
    assert "card-kl_settlement_rate" in page.cards()


def test_the_data_may_stand_in_a_table_of_the_page(corpus):
    page = Page(corpus, "zh")
    table = soup(page.table(COUNTS, "language.terms", city_a="a", city_b="b")).table
    drawn = soup(page.plot(stage_bars, COUNTS, "language.themes", "x", data="language.terms"))
    assert drawn.details is None
    assert drawn.select_one("p.data a")["href"] == f"#{table['id']}" == "#table-language-terms"


def test_data_of_a_readers_own_are_written_plainly(corpus):
    own = pd.DataFrame(
        {"measure": ["<i>"], "published": [pd.Timestamp("2024-04-03")], "share": [None], "x": [-1234.5]}
    )
    drawn = soup(Page(corpus, "en").plot(stage_bars, COUNTS, "approaches.stages", "x", data=own)).details
    assert [cell.text for cell in drawn.select("tbody tr > *")] == ["<i>", "2024-04-03", "", "−1,234.50"]
    assert drawn.time["datetime"] == "2024-04-03"
    assert [th.text for th in drawn.select("thead th")] == ["Measure", "On", "Share, %", "x"]


def test_grades_and_verdicts_are_tallied_with_those_that_are_none(corpus):
    for language in ("en", "zh"):
        page = Page(corpus, language)
        tally = soup(page.tally(["not_comparable", "with_caution", "not_comparable"], "grade")).ul
        assert tally["data-tally"] == "grade"
        found = [(li.span["class"][1], li.span["data-term"], li.data["value"]) for li in tally.find_all("li")]
        assert found == [
            ("grade-comparable", "grade.comparable", "0"),
            ("grade-with_caution", "grade.with_caution", "1"),
            ("grade-not_comparable", "grade.not_comparable", "2"),
        ]
        assert [li.span.text for li in tally.find_all("li")] == [
            Words(language)[f"grade.{grade}"] for grade in ("comparable", "with_caution", "not_comparable")
        ]
        assert {li.data["data-source"] for li in tally.find_all("li")} == {
            f"count:tally.grade.{grade}" for grade in ("comparable", "with_caution", "not_comparable")
        }
    none = soup(Page(corpus, "en").tally([], "verdict"))
    assert [data["value"] for data in none.find_all("data")] == ["0", "0", "0"]
    assert [span["data-term"] for span in none.find_all("span")] == [
        "verdict.consistent", "verdict.inconsistent", "verdict.not_testable"
    ]  # fmt: skip


def test_tables_are_the_same_whatever_the_order_of_python_sets():
    code = """
from pingan_lib import Page, compare_approaches, compare_figures, load_corpus
from pingan_lib.tables import approaches, pairs, sources
corpus = load_corpus()
page, pair = Page(corpus, "en"), ("kaili", "anshun")
print(approaches.actors_targets(page, "kaili").to_csv(), approaches.actors_targets(page, "anshun").to_csv())
print(approaches.dimensions_table(page, compare_approaches(corpus, *pair), *pair).to_csv())
print(pairs.pairs_table(page, compare_figures(corpus, *pair)).to_csv(), sources.speakers_table(page, pair).to_csv())
print(page.cards())
"""
    root = Path(__file__).parents[1]
    printed = [
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1] != b""
