"""Web Annotations, held against what the W3C Web Annotation Data Model (2017) says that they MUST be."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from collections import Counter
from typing import Any

import pandas as pd
import pytest

from pingan_lib.exchange.annotations import CONTEXT, LEFT_OUT, web_annotations

TABLES = ("approaches", "figures", "statements")
IRI = re.compile(
    r"(urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(#[a-z]+)?|ni:///sha-256;[A-Za-z0-9_-]{43})"
)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# The motivations of the model (section 3.3.5).
MOTIVATIONS = {
    "assessing", "bookmarking", "classifying", "commenting", "describing", "editing", "highlighting", "identifying",
    "linking", "moderating", "questioning", "replying", "tagging",
}  # fmt: skip


@pytest.fixture(scope="module")
def collection(corpus) -> dict[str, Any]:
    """The shipped articles' annotations."""
    return json.loads(web_annotations(corpus))


@pytest.fixture(scope="module")
def annotations(collection) -> list[dict[str, Any]]:
    """Those of its one page."""
    return collection["first"]["items"]


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def data(annotation: dict[str, Any]) -> dict[str, Any]:
    """The structured body."""
    (body,) = [body for body in annotation["body"] if body["type"] == "Dataset"]
    return {name.removeprefix("column:"): value for name, value in body.items() if name.startswith("column:")}


def by_row(annotations) -> dict[str, dict[str, Any]]:
    return {data(each)["id"]: each for each in annotations}


# What the model demands, section by section


def test_the_collection_and_its_page_are_what_the_model_demands(collection):
    assert CONTEXT in many(collection["@context"])
    assert "AnnotationCollection" in many(collection["type"])
    assert isinstance(collection["label"], str)
    page = collection["first"]
    assert "AnnotationPage" in many(page["type"])
    assert "@context" not in page
    assert page["partOf"] == collection["id"]
    assert page["startIndex"] == 0
    assert collection["last"] == page["id"]
    assert len(page["items"]) == collection["total"] >= 1
    assert IRI.fullmatch(collection["id"]) and IRI.fullmatch(page["id"])


def test_a_collection_of_nothing_has_no_page(corpus):
    none = {table: getattr(corpus, table).iloc[:0] for table in TABLES}
    empty = json.loads(web_annotations(dataclasses.replace(corpus, **none)))
    assert empty["total"] == 0
    assert "first" not in empty


def test_an_annotation_is_what_the_model_demands(annotations):
    for each in annotations:
        assert IRI.fullmatch(each["id"])
        assert "Annotation" in many(each["type"])
        assert len(many(each["target"])) == 1
        assert set(many(each["motivation"])) <= MOTIVATIONS
        assert "bodyValue" not in each
    assert set(Counter(each["id"] for each in annotations).values()) == {1}


def test_times_are_utc_and_agents_have_one_id(annotations):
    for each in annotations:
        for made in (each, *each["body"]):
            for name in made.keys() & {"created", "modified", "generated"}:
                assert TIME.fullmatch(made[name])
            for agent in many(made.get("creator", [])):
                assert IRI.fullmatch(agent["id"])
                assert agent["type"] == "Person"


def test_bodies_are_texts_with_one_value_or_resources_with_one_id(annotations):
    for each in annotations:
        for body in each["body"]:
            if body["type"] == "TextualBody":
                assert isinstance(body["value"], str) and body["value"]
                assert body["format"] == "text/plain"
                assert body["purpose"] in MOTIVATIONS
                assert body.get("language", "en") in ("en", "zh")
            else:
                assert IRI.fullmatch(body["id"])
                assert "purpose" not in body  # a purpose is of texts and of specific resources alone


def test_targets_have_one_source_and_selectors_that_select_the_same(corpus, annotations):
    articles = {}
    for article_id, article in corpus.articles.iterrows():
        digest = base64.urlsafe_b64encode(bytes.fromhex(article["sha256"])).decode().rstrip("=")
        articles[f"ni:///sha-256;{digest}"] = corpus.texts[article_id]
    for each in annotations:
        target = each["target"]
        assert target["type"] == "SpecificResource"
        assert IRI.fullmatch(target["source"]["id"])
        text = articles[target["source"]["id"]]
        quote, position = target["selector"]
        assert (quote["type"], position["type"]) == ("TextQuoteSelector", "TextPositionSelector")
        start, end = position["start"], position["end"]
        assert isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)
        assert quote["exact"] == text[start:end]
        assert text[:start].endswith(quote.get("prefix", ""))
        assert text[end:].startswith(quote.get("suffix", ""))
        assert text.count(quote.get("prefix", "") + quote["exact"] + quote.get("suffix", "")) == 1


def test_every_term_is_of_the_models_context_or_declared_beside_it(collection):
    # Names in the model's own context (annotation vocabulary, appendix A) that are used here, and its prefixes.
    known = {
        "id", "type", "label", "generator", "name", "total", "first", "last", "partOf", "startIndex", "items",
        "motivation", "creator", "created", "body", "target", "purpose", "format", "language", "value", "source",
        "selector", "exact", "prefix", "suffix", "start", "end",
    }  # fmt: skip
    declared = {"schema", "dc"} | {name for name in collection["@context"][1] if ":" not in name}

    def names(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(names, value))
        return set(value).union(*map(names, value.values())) if isinstance(value, dict) else set()

    used = names({name: value for name, value in collection.items() if name != "@context"})
    assert {name for name in used if ":" not in name} <= known
    assert {name.partition(":")[0] for name in used if ":" in name} <= declared


# What the rows say


def test_every_row_but_drafts_is_an_annotation(corpus, annotations):
    wanted = {row for table in TABLES for row in getattr(corpus, table).index}
    assert set(by_row(annotations)) == wanted
    figures = corpus.figures.copy()
    figures.loc["kl_disputes", "status"] = "draft"
    fewer = json.loads(web_annotations(dataclasses.replace(corpus, figures=figures)))["first"]["items"]
    assert wanted - set(by_row(fewer)) == {"kl_disputes"}
    assert "drafts" in LEFT_OUT


def test_a_figure_is_typed(annotations):
    figure = data(by_row(annotations)["kl_settlement_rate"])
    wanted = {
        "table": "figures", "printed": "95.97", "value": 95.97, "low": 95.965, "high": 95.975,
        "unit": "percent", "hedge": "exact", "role": "reported", "scope": "city", "timing": "cumulative",
        "denominator": "kl_disputes", "period_end": "2024-04-03",
    }  # fmt: skip
    assert {name: figure.get(name) for name in wanted} == wanted
    assert data(by_row(annotations)["kl_disputes"])["value"] == 2730


def test_a_bound_that_is_not_there_is_left_out(corpus, annotations):
    for figure_id, figure in corpus.figures.iterrows():
        told = data(by_row(annotations)[figure_id])
        assert {side: told[side] for side in ("low", "high") if side in told} == {
            side: figure[side] for side in ("low", "high") if pd.notna(figure[side])
        }


def test_labels_stand_in_both_languages(annotations):
    bodies = by_row(annotations)["kl_night_patrol"]["body"]
    texts = {(body["purpose"], body["language"]): body["value"] for body in bodies if "language" in body}
    assert texts["identifying", "zh"] == "治安巡逻队"
    assert texts["identifying", "en"] == "Night patrol teams"
    assert texts["describing", "en"] == "A resident speaks of security patrols at night."


def test_a_tag_is_a_coders_own(corpus):
    day = pd.Timestamp("2027-02-03")
    second = {"coder_id": "coder_2", "approach_id": "kl_video", "dimension_id": "patrol", "note": "Unsure."}
    coded = pd.concat([corpus.codings, pd.DataFrame([second])], ignore_index=True)
    person = {"coder_id": "coder_2", "article_id": "kaili_2024", "date": day, "note": ""}
    coders = pd.concat([corpus.coders, pd.DataFrame([person])], ignore_index=True)
    both = json.loads(web_annotations(dataclasses.replace(corpus, codings=coded, coders=coders)))["first"][
        "items"
    ]
    video = by_row(both)["kl_video"]
    tags = [body for body in video["body"] if body.get("purpose") == "tagging"]
    assert [
        (tag["value"], tag["creator"]["name"], tag["created"], tag.get("column:note")) for tag in tags
    ] == [
        ("technology", "coder_1", "2026-11-21T00:00:00Z", None),
        ("patrol", "coder_2", "2027-02-03T00:00:00Z", "Unsure."),
    ]
    assert [each["name"] for each in video["creator"]] == ["coder_1", "coder_2"]
    assert video["created"] == "2026-11-21T00:00:00Z"


def test_positions_count_code_points_and_no_byte_order_mark(corpus, annotations):
    # 𠮷 is one code point, though two units of UTF-16 and four bytes of UTF-8.
    texts = corpus.texts | {"kaili_2024": "\ufeff𠮷" + corpus.texts["kaili_2024"]}
    rows = {
        table: frame.assign(
            **{side: frame[side] + 2 * (frame["article_id"] == "kaili_2024") for side in ("start", "end")}
        )
        for table, frame in ((table, getattr(corpus, table)) for table in TABLES)
    }
    moved = by_row(
        json.loads(web_annotations(dataclasses.replace(corpus, texts=texts, **rows)))["first"]["items"]
    )
    for row_id, each in by_row(annotations).items():
        shift = each["target"]["source"]["dc:identifier"] == "kaili_2024"
        was, now = (found["target"]["selector"][1] for found in (each, moved[row_id]))
        assert now["start"] - was["start"] == now["end"] - was["end"] == shift


def test_the_same_corpus_gives_the_same_text(corpus):
    assert web_annotations(corpus) == web_annotations(corpus)
