"""Who coded what, and do coders agree? The shipped corpus, coded once, and the same with invented second coders."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from pingan_lib import Corpus, Page
from pingan_lib.agreement import Bootstrap
from pingan_lib.errors import UsageError
from pingan_lib.markup import numbers_without_source
from pingan_lib.reliability import (
    OVERALL,
    coders_by_article,
    coding_agreement,
    coding_decisions,
    coding_disagreements,
    figure_agreement,
    figure_disagreements,
    figure_readings,
)
from pingan_lib.tables.agreement import codings_compared, readings_compared, said_of_coders

CITIES = ("kaili", "anshun")
QUICK = Bootstrap(resamples=100)
INVENTED = "Invented for this test."


def with_rows(corpus: Corpus, **added: list[dict]) -> Corpus:
    """The corpus with rows added to some of its tables."""
    tables = {}
    for name, rows in added.items():
        frame = getattr(corpus, name)
        new = pd.DataFrame(rows).reindex(columns=frame.columns)
        texts = [column for column in frame if frame[column].dtype == "str"]
        new[texts] = new[texts].fillna("")
        for column in set(frame) - set(texts):
            new[column] = new[column].astype("float64" if column == "value" else frame[column].dtype)
        tables[name] = pd.concat([frame, new], ignore_index=True) if len(frame) else new
    return replace(corpus, **tables)


def listed(coder: str, article: str, day: str = "2026-12-01") -> dict:
    return {"coder_id": coder, "article_id": article, "date": day, "note": INVENTED}


def given(coder: str, approach: str, dimension: str) -> dict:
    return {"coder_id": coder, "approach_id": approach, "dimension_id": dimension, "note": INVENTED}


def read(corpus: Corpus, coder: str, figure: str, **otherwise) -> dict:
    own = corpus.figures.loc[figure, ["value", "unit", "hedge", "period_start", "period_end"]].to_dict()
    return {"coder_id": coder, "figure_id": figure, "note": INVENTED} | own | otherwise


@pytest.fixture(scope="module")
def two(corpus) -> Corpus:
    """Kaili coded again by coder_2, invented for this test, who differs in three decisions and four readings."""
    kaili = corpus.approaches.index[corpus.approaches["article_id"] == "kaili_2024"]
    own = corpus.codings[corpus.codings["approach_id"].isin(kaili)]
    same = [given("coder_2", a, d) for a, d in zip(own["approach_id"], own["dimension_id"], strict=True)]
    same.remove(given("coder_2", "kl_pairing", "legal_services"))
    same.remove(given("coder_2", "kl_video", "technology"))
    figures = corpus.figures.index[corpus.figures["article_id"] == "kaili_2024"]
    readings = {figure: read(corpus, "coder_2", figure) for figure in figures}
    readings["kl_mediator_2021"] |= {"value": 6320, "hedge": "about"}
    readings["kl_staff_sent"] |= {"period_start": pd.Timestamp("2023-01-01")}
    readings["kl_villages_paired"] |= {"unit": "town"}
    return with_rows(
        corpus,
        coders=[listed("coder_2", "kaili_2024")],
        codings=[*same, given("coder_2", "kl_video", "patrol")],
        figure_codings=list(readings.values()),
    )


def text_of(html: str) -> str:
    return BeautifulSoup(html, "html.parser").get_text()


class TestTheShippedCorpus:
    def test_it_was_coded_once_by_one_coder(self, corpus):
        assert coders_by_article(corpus)["coders"].to_dict() == {
            "kaili_2024": ("coder_1",),
            "anshun_2018": ("coder_1",),
        }
        assert set(corpus.coders["coder_id"]) == set(corpus.codings["coder_id"]) == {"coder_1"}
        assert corpus.figure_codings.empty

    def test_every_decision_is_there_and_none_is_assessed(self, corpus):
        decisions = coding_decisions(corpus)
        assert decisions.shape == (len(corpus.approaches) * len(corpus.codebook), 1)
        assert decisions["coder_1"].sum() == len(corpus.codings)
        for table in (coding_agreement(corpus), figure_agreement(corpus)):
            assert set(table["status"]) == {"not_assessed"}
            assert set(table["reason"]) == {"one_coder"}
            assert table[["percent", "alpha", "low", "high", "kappa"]].isna().all(axis=None)
        assert coding_disagreements(corpus).empty and figure_disagreements(corpus).empty

    @pytest.mark.parametrize(
        ("language", "says"), [("en", "Reliability not assessed."), ("zh", "信度未经评估。")]
    )
    def test_the_page_says_so_in_one_sentence_and_shows_no_table(self, corpus, language, says):
        page = Page(corpus, language)
        said = text_of(said_of_coders(page, CITIES))
        assert re.search(r"coder_1 ?[(（]2026-11-21[)）]", said) and said.endswith(says)
        assert codings_compared(page, CITIES) is None
        assert readings_compared(page, CITIES) is None


class TestDecisions:
    def test_who_is_listed_decided_and_who_is_not_did_not(self, corpus, two):
        decisions = coding_decisions(two)
        assert list(decisions) == ["coder_1", "coder_2"]
        assert decisions.loc[("kl_video", "technology")].tolist() == [1, 0]
        assert decisions.loc[("kl_video", "patrol")].tolist() == [0, 1]
        assert decisions.loc[("kl_video", "grid")].tolist() == [0, 0]
        anshun = decisions.loc[corpus.approaches.index[corpus.approaches["place_id"] == "anshun"].tolist()]
        assert anshun["coder_1"].notna().all() and anshun["coder_2"].isna().all()

    def test_a_coder_who_is_not_listed_for_the_article_is_left_out(self, corpus, two):
        stray = with_rows(
            two,
            codings=[given("coder_2", "as_cells", "patrol"), given("coder_9", "kl_video", "grid")],
            figure_codings=[read(corpus, "coder_9", "kl_staff_sent", value=1.0)],
        )
        pd.testing.assert_frame_equal(coding_decisions(stray), coding_decisions(two))
        pd.testing.assert_frame_equal(figure_readings(stray), figure_readings(two))

    def test_agreement_by_dimension_is_counted_on_the_shared_article(self, corpus, two):
        found = coding_agreement(two, bootstrap=QUICK)
        kaili = corpus.approaches.index[corpus.approaches["article_id"] == "kaili_2024"]
        assert list(found.index) == [*corpus.codebook.index, OVERALL]
        assert set(found["pairable"][:-1]) == {len(kaili)}
        differing = found["differing"][found["differing"] > 0].to_dict()
        assert differing == {"legal_services": 1, "technology": 1, "patrol": 1, OVERALL: 3}
        # Alpha of two coders and two values, from the table of two by two: Krippendorff (2011), section A.
        own = corpus.codings[corpus.codings["approach_id"].isin(kaili)]
        ones = 2 * (own["dimension_id"] == "technology").sum() - 1
        n = 2 * len(kaili)
        by_hand = 1 - (n - 1) * 2 / (2 * ones * (n - ones))
        assert found.loc["technology", "alpha"] == pytest.approx(by_hand)
        assert found.loc["technology", "percent"] == pytest.approx(100 * (len(kaili) - 1) / len(kaili))

    def test_a_dimension_that_nobody_gives_is_undefined(self, two):
        found = coding_agreement(two, ["kaili"], bootstrap=QUICK).loc["demonstration"]
        assert (found["status"], found["reason"], found["percent"]) == ("undefined", "no_variation", 100)
        assert pd.isna(found["alpha"])

    def test_a_city_coded_once_is_not_assessed_beside_one_coded_twice(self, two):
        assert set(coding_agreement(two, ["anshun"])["reason"]) == {"one_coder"}
        with pytest.raises(UsageError, match="no city 'kaily'"):
            coding_decisions(two, ["kaily"])

    def test_two_coders_without_a_shared_article_cannot_be_compared(self, corpus):
        first = corpus.coders[corpus.coders["article_id"] == "kaili_2024"]
        apart = with_rows(replace(corpus, coders=first), coders=[listed("coder_2", "anshun_2018")])
        assert set(coding_agreement(apart)["reason"]) == {"few_units"}
        assert "by one coder" in text_of(said_of_coders(Page(apart, "en"), CITIES))

    def test_disagreements_name_who_coded_and_who_did_not(self, two):
        found = coding_disagreements(two)
        assert found.drop(columns="quote").to_dict("records") == [
            {
                "approach_id": "kl_video",
                "dimension_id": "patrol",
                "coded_by": ("coder_2",),
                "not_coded_by": ("coder_1",),
            },
            {
                "approach_id": "kl_video",
                "dimension_id": "technology",
                "coded_by": ("coder_1",),
                "not_coded_by": ("coder_2",),
            },
            {
                "approach_id": "kl_pairing",
                "dimension_id": "legal_services",
                "coded_by": ("coder_1",),
                "not_coded_by": ("coder_2",),
            },
        ]
        assert found["quote"][0] in two.texts["kaili_2024"]


class TestReadings:
    def test_the_first_reading_is_the_row_of_the_figure(self, two):
        readings = figure_readings(two)
        assert readings.loc[("kl_mediator_2021", "coder_1")].tolist() == [
            632,
            "case",
            "exact",
            "2021-01-01/2021-12-31",
        ]
        assert readings.loc[("kl_mediator_2021", "coder_2"), ["value", "hedge"]].tolist() == [6320, "about"]
        assert readings.loc[("kl_staff_sent", "coder_1"), "period"] == "/"
        assert readings.loc[("kl_staff_sent", "coder_2"), "period"] == "2023-01-01/"

    def test_the_first_coder_is_the_one_who_worked_first(self, corpus, two):
        earlier = replace(two, coders=two.coders.assign(date=two.coders["date"][::-1].to_numpy()))
        assert coders_by_article(earlier).loc["kaili_2024", "coders"] == ("coder_2", "coder_1")
        # Then the row of the figure is coder_2's, whose second reading of it is nobody else's.
        readings = figure_readings(earlier, ["kaili"])
        assert set(readings.index.get_level_values("coder_id")) == {"coder_2"}
        assert readings.loc[("kl_mediator_2021", "coder_2"), "value"] == 632

    def test_drafts_are_left_out(self, two):
        drafts = two.figures.assign(
            status=two.figures["status"].where(two.figures.index != "kl_staff_sent", "draft")
        )
        figures = figure_readings(replace(two, figures=drafts)).index.unique("figure_id")
        assert set(two.figures.index) - set(figures) == {"kl_staff_sent"}

    def test_each_field_is_compared(self, corpus, two):
        found = figure_agreement(two, bootstrap=QUICK)
        own = corpus.figures[corpus.figures["article_id"] == "kaili_2024"]
        assert found["pairable"].to_dict() == {
            "value": len(own),
            "distance": int((own["value"] >= 0).sum()),
            "unit": len(own),
            "hedge": len(own),
            "period": len(own),
        }
        differing = found["differing"].to_dict()
        assert differing == {"value": 1, "distance": 1, "unit": 1, "hedge": 1, "period": 1}
        assert found.loc["value", "percent"] == pytest.approx(100 * (len(own) - 1) / len(own))
        assert set(found["status"]) == {"assessed"}

    def test_what_was_read_differently_is_listed(self, corpus, two):
        found = figure_disagreements(two).set_index(["figure_id", "field"])["readings"].to_dict()
        assert found == {
            ("kl_staff_sent", "period"): {"coder_1": "/", "coder_2": "2023-01-01/"},
            ("kl_villages_paired", "unit"): {"coder_1": "village", "coder_2": "town"},
            ("kl_mediator_2021", "value"): {"coder_1": 632, "coder_2": 6320},
            ("kl_mediator_2021", "hedge"): {"coder_1": "exact", "coder_2": "about"},
        }


class TestThePage:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_every_number_has_a_source_and_every_source_a_card(self, two, language):
        page = Page(two, language)
        parts = [
            said_of_coders(page, CITIES),
            codings_compared(page, CITIES, QUICK),
            readings_compared(page, CITIES, QUICK),
        ]
        html = "".join(map(str, [*parts, page.cards()]))
        assert numbers_without_source(html) == []
        found = BeautifulSoup(html, "html.parser")
        cards = {card["id"] for card in found.select("article.card")}
        sources = {element["data-source"] for element in found.select("[data-source]")}
        assert {f"card-{name}" for name in sources if not name.startswith("count:")} == cards
        assert {"card-krippendorff_alpha", "card-alpha_interval", "card-cohen_kappa"} <= cards

    def test_the_table_says_what_is_undefined_and_gives_no_number_for_it(self, two):
        found = BeautifulSoup(codings_compared(Page(two, "en"), ["kaili"], QUICK), "html.parser")
        rows = {
            row.th.get_text(): [cell.get_text() for cell in row.select("td")]
            for row in found.table.select("tbody tr")
        }
        shared, differ, percent, alpha, interval, kappa, status = rows["Demonstration sites"]
        assert (differ, percent, alpha, interval, kappa) == ("0", "100.0", "", "", "")
        assert status.startswith("undefined")
        assert int(shared) == (two.approaches["place_id"] == "kaili").sum()

    def test_a_number_just_below_a_line_does_not_look_as_if_it_reached_it(self, two):
        again = two.codings.index[two.codings["coder_id"] == "coder_2"]
        rough = replace(two, codings=two.codings.drop(index=again[::3]))
        exact = coding_agreement(rough, bootstrap=QUICK)
        found = BeautifulSoup(codings_compared(Page(rough, "en"), CITIES, QUICK), "html.parser")
        cut = 0
        for row, (_, numbers) in zip(found.table.select("tbody tr"), exact.iterrows(), strict=True):
            cells = (row.select("td")[n].get_text() for n in (3, 4))
            alpha, interval = (cell.replace("−", "-").replace("\xa0", " ") for cell in cells)
            if alpha:
                assert 0 <= numbers["alpha"] - float(alpha) + 1e-9 < 0.01
            if " to " in interval:
                low, high = map(float, interval.split(" to "))
                assert 0 <= numbers["low"] - low + 1e-9 < 0.01
                assert 0 <= high - numbers["high"] + 1e-9 < 0.01
                cut += high - numbers["high"] > 1e-6
        assert cut

    def test_quotes_and_readings_stand_beside_each_disagreement(self, two):
        page = Page(two, "en")
        codings, readings = (
            BeautifulSoup(part(page, CITIES, QUICK), "html.parser").select("table")[1]
            for part in (codings_compared, readings_compared)
        )
        assert [q.get_text() for q in codings.select("q")] == list(coding_disagreements(two)["quote"])
        assert "coder_1: 632; coder_2: 6,320" in readings.get_text()
        assert "coder_1: no period given; coder_2: 2023-01-01 to ?" in readings.get_text()

    def test_figures_that_nobody_read_again_are_said_to_be_not_assessed(self, two):
        once = replace(two, figure_codings=two.figure_codings[:0])
        said = text_of(readings_compared(Page(once, "en"), CITIES, QUICK))
        assert said.startswith("No figure was read a second time")

    def test_three_coders_get_fleiss_kappa(self, corpus, two):
        own = two.codings[(two.codings["coder_id"] == "coder_2")]
        third = [given("coder_3", a, d) for a, d in zip(own["approach_id"], own["dimension_id"], strict=True)]
        three = with_rows(two, coders=[listed("coder_3", "kaili_2024")], codings=third)
        assert set(coding_agreement(three, bootstrap=QUICK)["kappa_name"]) == {"fleiss_kappa"}
        assert "Fleiss’ kappa" in text_of(codings_compared(Page(three, "en"), CITIES, QUICK))
        assert coding_disagreements(three)["not_coded_by"].tolist()[1] == ("coder_2", "coder_3")
