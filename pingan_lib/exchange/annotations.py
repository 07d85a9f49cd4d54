"""The coded rows as W3C Web Annotations: what is said of which passage, readable for any tool that knows the model."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

import pandas as pd

from pingan_lib.corpus import Corpus

LEFT_OUT = (
    "Left out of Web Annotations: drafts, relations between figures, second readings of figures, outside facts, who "
    "quoted a row (the article’s coders stand for it) and the time of day. The quotes with their context add up to "
    "most of an article, which belongs to its publisher."
)

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
_SPACE = UUID("0f9e3a56-3f0b-5d57-9d1b-5a4f1d0a7c2e")
_AROUND = 32  # characters of context on either side of a quote

# Columns whose texts are bodies of their own, by purpose. The other columns form the structured body.
_TEXTS = {
    "approaches": {
        "name_zh": "identifying",
        "name_en": "identifying",
        "summary_zh": "describing",
        "summary_en": "describing",
    },
    "figures": {
        "label_zh": "identifying",
        "label_en": "identifying",
        "note_zh": "commenting",
        "note": "commenting",
    },
    "statements": {"note_zh": "commenting", "note": "commenting"},
}
_NOT_IN_DATA = {"article_id", "quote", "prefix", "start", "end", "status"}

Json = dict[str, Any]


def web_annotations(corpus: Corpus) -> str:
    """Write the rows as annotations by the W3C Web Annotation Data Model (Recommendation of 2017), in JSON-LD.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    str
        An AnnotationCollection with one page. Every row of `approaches`, `figures` and `statements` but drafts is an
        annotation. Its target is the article, identified by its content (a `ni:` name, RFC 6920, of its SHA-256: the
        positions hold for these bytes alone), with a TextQuoteSelector and a TextPositionSelector that counts Unicode
        code points. Its bodies are labels and notes with their language, a tag for each coding with its coder, and the
        row's other columns, typed, as a resource in a vocabulary of ours. Ids are made from the ids of rows: the same
        corpus gives the same text.
    """
    page = _urn("page")
    items = [each for table in _TEXTS for each in _annotations(corpus, table)]
    collection: Json = {
        "@context": [CONTEXT, _vocabulary(corpus)],
        "id": _urn("collection"),
        "type": "AnnotationCollection",
        "label": "What articles report, by row of the tables: approaches, figures, statements",
        "generator": {"id": _urn("software"), "type": "Software", "name": "pingan_lib"},
        "total": len(items),
    }
    if items:  # a page without any would not be valid
        part = {
            "id": page,
            "type": "AnnotationPage",
            "partOf": collection["id"],
            "startIndex": 0,
            "items": items,
        }
        collection |= {"first": part, "last": page}
    return json.dumps(collection, ensure_ascii=False, indent=1) + "\n"


def _vocabulary(corpus: Corpus) -> Json:
    """Our terms: one for each column, with the type that the data package gives it."""
    terms: Json = {"column": _urn("column") + "#"}
    for table in _TEXTS:
        for column in corpus.tables[table].columns:
            if column.type == "date":
                terms[f"column:{column.name}"] = {"@id": f"column:{column.name}", "@type": "xsd:date"}
    return terms


def _annotations(corpus: Corpus, table: str) -> Iterator[Json]:
    rows = getattr(corpus, table)
    if "status" in rows.columns:
        rows = rows[rows["status"] == "accepted"]
    codings: dict[str, list[Json]] = {}
    for coding in corpus.codings.to_dict("records") if table == "approaches" else ():
        codings.setdefault(coding["approach_id"], []).append({str(key): cell for key, cell in coding.items()})
    coders = {
        article: each.set_index("coder_id")["date"] for article, each in corpus.coders.groupby("article_id")
    }
    for row_id, row in rows.iterrows():
        article = row["article_id"]
        days, coded = coders[article], codings.get(str(row_id), [])
        people = [_person(coder) for coder in days.index]
        yield {
            "id": _urn(table, str(row_id)),
            "type": "Annotation",
            "motivation": ["describing", "tagging"] if coded else "describing",
            "creator": people if len(people) > 1 else people[0],
            "created": _time(days.min()),
            "body": [
                *_texts(table, row),
                *(_tag(coding, days) for coding in coded),
                _data(corpus, table, str(row_id), row),
            ],
            "target": _target(corpus, row),
        }


def _texts(table: str, row: pd.Series) -> Iterator[Json]:
    for column, purpose in _TEXTS[table].items():
        if row[column]:
            language = "zh" if column.endswith("_zh") else "en"
            yield _text(row[column], purpose, language)


def _text(value: str, purpose: str, language: str) -> Json:
    kind = {"type": "TextualBody", "purpose": purpose, "format": "text/plain"}
    return {**kind, "language": language, "value": value}


def _tag(coding: Json, days: pd.Series) -> Json:
    """A coder's decision: the code of a dimension; the coder's note on it comes with it."""
    tag: Json = {
        "type": "TextualBody",
        "purpose": "tagging",
        "format": "text/plain",
        "value": coding["dimension_id"],
    }
    tag["creator"] = _person(coding["coder_id"])
    if coding["coder_id"] in days.index:
        tag["created"] = _time(days[coding["coder_id"]])
    return tag | ({"column:note": coding["note"]} if coding["note"] else {})


def _data(corpus: Corpus, table: str, row_id: str, row: pd.Series) -> Json:
    """The row's other columns, typed; of a figure with the bounds of what its printed form allows."""
    cells: Json = {}
    for column in row.index:
        if column in _NOT_IN_DATA or column in _TEXTS[table]:
            continue
        value = _value(row[column])
        if value not in ("", [], None):
            cells[f"column:{column}"] = value
    return {
        "id": f"{_urn(table, row_id)}#row",
        "type": "Dataset",
        "column:table": table,
        "column:id": row_id,
        **cells,
    }


def _value(cell: Any) -> Any:
    if isinstance(cell, tuple):
        return list(cell)
    if isinstance(cell, str):
        return cell
    if pd.isna(cell):
        return None
    if isinstance(cell, pd.Timestamp):
        return f"{cell:%Y-%m-%d}"
    number = float(cell)
    return int(number) if number.is_integer() else number


def _target(corpus: Corpus, row: pd.Series) -> Json:
    """The passage: where the row's own prefix is longer than the context, that makes it unique, and is kept."""
    written, article = corpus.texts[row["article_id"]], corpus.articles.loc[row["article_id"]]
    text = written.removeprefix("\ufeff")  # which a decoder takes for no character
    start, end = (int(row[side]) - len(written) + len(text) for side in ("start", "end"))
    before = max(_AROUND, len(row["prefix"]))
    digest = base64.urlsafe_b64encode(bytes.fromhex(article["sha256"])).decode("ascii").rstrip("=")
    quote = {"type": "TextQuoteSelector", "exact": text[start:end]}
    around = {"prefix": text[max(0, start - before) : start], "suffix": text[end : end + _AROUND]}
    source = {
        "id": f"ni:///sha-256;{digest}",
        "type": "Text",
        "format": "text/plain",
        "language": "zh",
        "schema:sha256": article["sha256"],
        "dc:identifier": row["article_id"],
        "dc:title": article["title"],
        "dc:source": article["url"],
    }
    return {
        "type": "SpecificResource",
        "source": {name: value for name, value in source.items() if value},
        "selector": [
            quote | {name: value for name, value in around.items() if value},
            {"type": "TextPositionSelector", "start": start, "end": end},
        ],
    }


def _person(coder: str) -> Json:
    return {"id": _urn("coder", coder), "type": "Person", "name": coder}


def _time(day: pd.Timestamp) -> str:
    return f"{day:%Y-%m-%d}T00:00:00Z"


def _urn(*words: str) -> str:
    return f"urn:uuid:{uuid5(_SPACE, '/'.join(words))}"
