"""The shipped corpus against what the two articles say, read by hand."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from pingan_lib import Corpus, load_corpus
from pingan_lib.corpus import keep_corpus
from pingan_lib.errors import UsageError
from pingan_lib.schema import data_dictionary

ROOT = Path(__file__).parents[1]


def test_the_articles_are_there_byte_for_byte(corpus):
    # Computed once from the files as they were received.
    received = {
        "kaili_2024": "7c7f0256346d6655da16a8c559e7600974da724d7400c97b255e8422009eb411",
        "anshun_2018": "40f4ffeb9b79dbc2490b2014018cc786895e3d7c9b719dd3588a7dd546d46e93",
    }
    for article_id, article in corpus.articles.iterrows():
        content = (ROOT / article["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == received[article_id] == article["sha256"]
        assert corpus.texts[article_id].encode("utf-8") == content


@pytest.mark.parametrize("table", ["approaches", "figures", "statements"])
def test_every_quote_is_the_slice_at_its_offsets(corpus, table):
    for row in getattr(corpus, table).itertuples():
        assert corpus.texts[row.article_id][row.start : row.end] == row.quote


# Figures of both articles, read off the page: printed form, value, hedge, bounds.
@pytest.mark.parametrize(
    ("figure_id", "printed", "value", "hedge", "low", "high"),
    [
        ("kl_villages_paired", "208", 208, "exact", 208, 208),
        ("kl_venue_disputes_change", "26.37", -26.37, "exact", -26.375, -26.365),
        ("kl_serious_injuries", "零", 0, "exact", 0, 0),
        ("kl_murders", "未发生过", 0, "exact", 0, 0),
        ("kl_mediator_all", "3000余", 3000, "at_least", 3000, 4000),
        ("kl_mediator_money", "1763万", 17_630_000, "exact", 17_625_000, 17_635_000),
        ("kl_settlement_rate", "95.97", 95.97, "exact", 95.965, 95.975),
        ("kl_settlement_money", "7.18亿", 718_000_000, "exact", 717_500_000, 718_500_000),
        ("as_watch_share", "95%以上", 95, "at_least", 95, 100),
        ("as_school_money", "1800余万", 18_000_000, "at_least", 18_000_000, 19_000_000),
        ("as_boarding_money", "8亿余", 800_000_000, "at_least", 800_000_000, 900_000_000),
        ("as_meetings", "两", 2, "exact", 2, 2),
        ("as_fetch_rate", "95", 95, "exact", 94.5, 95.5),
    ],
)
def test_a_figure_is_coded_as_it_is_printed(corpus, figure_id, printed, value, hedge, low, high):
    figure = corpus.figures.loc[figure_id]
    assert tuple(figure[["printed", "value", "hedge", "low", "high"]]) == (printed, value, hedge, low, high)


def test_bounds_are_exact_and_know_their_ends(corpus):
    bounds = corpus.bounds("kl_settlement_rate")
    assert (bounds.low, bounds.high) == (Fraction(95965, 1000), Fraction(95975, 1000))
    assert corpus.bounds("kl_mediator_all").high_closed is False


# Every number of the articles that the coding guide calls a figure, in the order of the text.
def test_no_figure_of_the_articles_is_missing(corpus):
    kaili = """547 208 一 一 一 26.37 零 未发生过 60 30 2 464 456 57 72
        3000余 300余 632 1763万 93.88 7 1 2730 2620 95.97 7.18亿"""
    anshun = """12.3 21.7 12.1 11.8 97.24 98.09 两 95%以上 9 一 1800余万 2 800余 8亿余 100余万 260余
        88 1007 1299 95 9006 8 2160余万 388"""
    for place, printed in (("kaili", kaili), ("anshun", anshun)):
        figures = corpus.figures[corpus.figures["place_id"] == place].sort_values("start", kind="stable")
        assert list(figures["printed"]) == printed.split()


def test_the_programmes_of_both_articles_are_there_with_their_parts(corpus):
    approaches = corpus.approaches
    parts = {
        "kl_three_sinking": 2, "kl_joint_patrol": 2, "kl_qr_plates": 1, "kl_1_8_n": 3, "kl_source_governance": 1,
        "as_1_4": 4, "as_three_dimensional": 3, "as_tech_net": 2, "as_people_net": 1,
        "as_mediation": 3, "as_legal_centres": 2, "as_six_projects": 6,
        "as_grid": 2,
    }  # fmt: skip
    assert {key: int((approaches["part_of"] == key).sum()) for key in parts} == parts


def test_no_private_person_is_named_in_a_table(corpus):
    names = ("杨女士", "李大爷", "唐大姐", "杨昌梅")
    for name in ("approaches", "figures", "statements", "measures", "codebook"):
        text = getattr(corpus, name).drop(columns=["quote", "prefix"], errors="ignore").to_csv()
        assert [person for person in names if person in text] == []


def test_the_data_dictionary_is_made_from_the_descriptor(corpus):
    assert (ROOT / "data" / "README.md").read_text(encoding="utf-8") == data_dictionary(
        corpus.tables, corpus.codebook
    )


def test_a_file_has_one_header_line_and_ends_its_lines_with_lf(corpus):
    for table in corpus.tables.values():
        content = (ROOT / "data" / table.file).read_bytes()
        assert content.splitlines()[0].decode() == ",".join(column.name for column in table.columns)
        assert b"\r" not in content and content.endswith(b"\n") and not content.startswith(b"\xef\xbb\xbf")


def test_cities_are_the_places_with_an_article_in_the_order_of_places(corpus):
    assert list(corpus.cities.index) == ["kaili", "anshun"]


@pytest.mark.parametrize(
    ("given", "pair"),
    [
        (("", ""), ("kaili", "anshun")),
        (("anshun", ""), ("anshun", "kaili")),
        (("", "kaili"), ("anshun", "kaili")),
    ],
)
def test_an_empty_city_is_the_next_one(corpus, given, pair):
    assert corpus.pair(*given) == pair


@pytest.mark.parametrize(
    ("given", "told"), [(("kaily", ""), "Did you mean 'kaili'"), (("kaili", "kaili"), "named twice")]
)
def test_a_wrong_pair_is_refused(corpus, given, told):
    with pytest.raises(UsageError, match=told):
        corpus.pair(*given)


def test_the_project_is_found_from_a_folder_inside_it(project, monkeypatch):
    inside = project / "notebooks" / "deep"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert load_corpus().root == project


def test_drafts_and_repeats_are_left_out_of_what_is_compared(corpus):
    figures = corpus.figures.copy()
    figures.loc["kl_posts_staffed", "status"] = "draft"
    figures.loc["kl_cameras", "same_as"] = "kl_stalls"
    changed = Corpus(**{**{f: getattr(corpus, f) for f in corpus.__dataclass_fields__}, "figures": figures})
    assert set(corpus.accepted.index) - set(changed.accepted.index) == {"kl_posts_staffed", "kl_cameras"}


def test_the_corpus_shows_itself_in_a_notebook_with_text_escaped(corpus):
    articles = corpus.articles.copy()
    articles.loc["kaili_2024", "title"] = "<script>alert(1)</script>"
    shown = Corpus(
        **{**{f: getattr(corpus, f) for f in corpus.__dataclass_fields__}, "articles": articles}
    )._repr_html_()
    assert "<script>" not in shown and "&lt;script&gt;" in shown
    counted = re.findall(r'data-source="count:figures" value="(\d+)"', shown)
    assert counted == ["26", "24"]


def test_a_corpus_that_is_kept_is_given_out_once(project):
    keep_corpus(project)
    first, second = load_corpus(project), load_corpus(project)
    assert first is not second
    pd.testing.assert_frame_equal(first.figures, second.figures)
    assert first.fingerprint == second.fingerprint
    keep_corpus(project)
    assert load_corpus(project, unfinished=True) is not load_corpus(project)


def test_a_corpus_whose_files_changed_since_is_not_given_out(project):
    keep_corpus(project)
    path = project / "data" / "measures.csv"
    path.write_text(path.read_text("utf-8").replace("Disputes mediated", "Another name"), "utf-8")
    assert "Another name" in set(load_corpus(project).measures["name_en"])


def test_another_content_is_another_fingerprint(corpus):
    other = replace(corpus, figures=corpus.figures.assign(value=corpus.figures["value"] + 1))
    assert load_corpus(corpus.root).fingerprint == corpus.fingerprint != other.fingerprint
