"""BibTeX: the shipped articles field by field, and any text read back by rules of BibTeX written here."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingan_lib.exchange.citations import bibtex

COMMANDS = {
    "textbackslash": "\\",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textasciitilde": "~",
    "textasciicircum": "^",
}


def read(text: str) -> dict[str, dict[str, str]]:
    """The entries of a BibTeX file: a value ends where its braces do, and a backslash does not hide a brace."""
    entries = {}
    for head in re.finditer(r"@misc\{([^,]+),\n", text):
        fields, at = {}, head.end()
        while match := re.compile(r" *([a-z]+) = (?:([a-z]{3})|(\{))").match(text, at):
            at, depth, value = match.end(), 1 if match[3] else 0, match[2] or ""
            while depth:
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                value += text[at] if depth else ""
                at += 1
            assert text[at : at + 2] == ",\n"
            fields[match[1]], at = value, at + 2
        assert text[at : at + 2] == "}\n"
        entries[head[1]] = fields
    return entries


def plain(value: str) -> str:
    """What LaTeX prints of a value."""
    inner = value[1:-1] if value.startswith("{") else value
    return re.sub(
        r"\\(text[a-z]+)\{\}|\\(.)", lambda match: COMMANDS[match[1]] if match[1] else match[2], inner
    )


def with_article(corpus, **cells):
    return dataclasses.replace(corpus, articles=corpus.articles.iloc[:1].assign(**cells))


def test_the_articles_are_cited_as_they_were_printed(corpus):
    entries = read(bibtex(corpus))
    assert list(entries) == list(corpus.articles.index) == ["kaili_2024", "anshun_2018"]
    assert entries["anshun_2018"] == {
        "author": "{段冰}",
        "title": "{贵州省安顺市:致力平安建设 守护百姓安宁}",
        "organization": "{中国网}",
        "date": "2018-03-19",
        "year": "2018",
        "month": "mar",
        "howpublished": r"photo.china.com.cn, content\_50721644",
        "language": "zh",
        "note": "interview; speaker: 安顺市长陈训华",
    }
    assert entries["kaili_2024"]["note"] == "feature"


def test_a_full_address_is_an_address(corpus):
    address = "https://example.org/a_b?c=%7E&d={1}#top"
    (entry,) = read(bibtex(with_article(corpus, url=address))).values()
    assert entry["url"] == "https://example.org/a_b?c=%7E&d=%7B1%7D#top"
    assert "howpublished" not in entry


def test_what_is_not_known_is_left_out(corpus):
    (entry,) = read(bibtex(with_article(corpus, author="", publisher=" ", url="", speaker=""))).values()
    assert set(entry) == {"title", "date", "year", "month", "language", "note"}


@pytest.mark.parametrize(
    "text", [r"100% & $5 #1 a_b {x} ~ ^ \LaTeX", "}", "{{", "\\", "\\{", "@misc{x,\n}", '"']
)
def test_specials_of_bibtex_stand_for_themselves(corpus, text):
    (entry,) = read(bibtex(with_article(corpus, title=text))).values()
    assert plain(entry["title"]) == " ".join(text.split())


@given(st.text(min_size=1))
def test_any_title_is_printed_as_it_is(corpus, text):
    (entry,) = read(bibtex(with_article(corpus, title=text, speaker=text))).values()
    if text.strip():
        assert plain(entry["title"]) == " ".join(text.split())
    assert set(entry) >= {"date", "year", "month", "note"}
