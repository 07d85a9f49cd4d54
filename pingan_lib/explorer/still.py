"""The articles with their coded passages marked, as plain HTML: for exported pages and where widgets are missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from markupsafe import Markup

from pingan_lib import cards
from pingan_lib.corpus import Corpus
from pingan_lib.explorer.contents import KINDS, Article, Code, Contents, Row
from pingan_lib.explorer.segments import Segment
from pingan_lib.words import Words

STYLE = (Path(__file__).parent / "passages.css").read_text(encoding="utf-8")


def still_html(
    contents: Contents,
    shown: Sequence[str],
    by: str,
    corpus: Corpus,
    words: Words,
    address: Callable[[str], str] | None = None,
) -> Markup:
    """Show articles with their coded passages, and below each the rows that quote it.

    Parameters
    ----------
    contents : Contents
    shown : sequence of str
        Ids of the articles.
    by : {"dimension", "stage"}
        What the colours stand for.
    corpus : Corpus
    words : Words
        Of the reader's language.
    address : callable, optional
        Gives the address of a row's evidence card, as `Page.address` does; without it the cards follow the articles.

    Returns
    -------
    Markup
        Text of articles and tables is escaped. Without the style sheet it still reads: passages stand in `mark`, and
        letters tell what the colours tell. A report drops the style element and brings the same rules.
    """
    rows = [row for row in contents.rows.values() if row.article in shown]
    codes = {code.id: code for code in contents.codes[by]}
    used = {code for row in rows for code in row.codes(by)}
    link = address or (lambda row_id: f"#card-{row_id}")
    parts = [
        Markup("<style>{}</style>").format(Markup(STYLE)),
        Markup('<p class="pe-about">{}</p>').format(words["explorer.still" + "_stage" * (by == "stage")]),
        _legend([code for code in codes.values() if code.id in used], words),
        Markup('<div class="pe-articles">{}</div>').format(
            Markup("").join(
                _article(contents.articles[name], contents, codes, by, words, link) for name in shown
            )
        ),
    ]
    if address is None:
        own = Markup("").join(cards.card(corpus, row.id, words) for row in rows)
        parts.append(Markup('<section class="cards">{}</section>').format(own))
    return Markup('<section class="pe-still pe-passages" aria-label="{}">{}</section>').format(
        words["explorer.name"], Markup("").join(parts)
    )


def _legend(codes: Sequence[Code], words: Words) -> Markup:
    items = (
        Markup('<li><mark class="pe-mark {}">{}</mark> {}</li>').format(
            code.style, code.letters or "—", code.name
        )
        for code in codes
    )
    return Markup('<ul class="pe-legend" aria-label="{}">{}</ul>').format(
        words["explorer.legend"], Markup("").join(items)
    )


def _article(
    article: Article,
    contents: Contents,
    codes: dict[str, Code],
    by: str,
    words: Words,
    link: Callable[[str], str],
) -> Markup:
    paragraphs = (
        Markup("<p>{}</p>").format(
            Markup("").join(_segment(segment, contents, codes, by, link) for segment in line)
        )
        for line in article.lines
    )
    rows = [row for row in contents.rows.values() if row.article == article.id]
    count = Markup('<data class="count" data-source="count:explorer.rows" value="{0}">{0}</data>').format(
        len(rows)
    )
    listed = Markup("").join(
        Markup('<p class="pe-kind"><strong>{}</strong></p><ul class="pe-rows">{}</ul>').format(
            words[f"explorer.{kind}"], Markup("").join(_listed(row, link) for row in rows if row.kind == kind)
        )
        for kind in KINDS
        if any(row.kind == kind for row in rows)
    )
    return Markup(
        '<div class="pe-article"><p class="pe-title"><strong>{}</strong> <cite lang="zh">{}</cite> '
        '<span class="pe-source">{}</span></p><blockquote class="pe-text" lang="zh">{}</blockquote>'
        "<details><summary>{}</summary>{}</details></div>"
    ).format(
        article.label,
        article.title,
        _source(article, words),
        Markup("").join(paragraphs),
        Markup(words["explorer.rows_of"]).format(count=count),
        listed,
    )


def _source(article: Article, words: Words) -> Markup:
    published = Markup('<time datetime="{0}">{0}</time>').format(article.published)
    named = Markup('<span class="name">{}</span>').format(article.publisher) if article.publisher else ""
    return Markup(words["card.comma"]).join(filter(None, (named, published)))


def _segment(
    segment: Segment, contents: Contents, codes: dict[str, Code], by: str, link: Callable[[str], str]
) -> Markup:
    if not segment.rows:
        return Markup.escape(segment.text)
    row = contents.rows[segment.rows[0]]
    own = [codes[code] for code in row.codes(by)]
    letters = "·".join(code.letters for code in own if code.letters) if row.start == segment.start else ""
    label = Markup('<sup class="pe-letters">{}</sup>').format(letters) if letters else ""
    return Markup('<mark class="pe-mark {}"><a href="{}" data-source="{}">{}{}</a></mark>').format(
        own[0].style, link(row.id), row.id, label, segment.text
    )


def _listed(row: Row, link: Callable[[str], str]) -> Markup:
    if row.kind == "figures":
        form = '<li><a class="number" href="{0}" data-source="{1}">{2}</a> <span class="name">{3}</span></li>'
    elif row.kind == "approaches":
        form = '<li><a class="cite" href="{0}" data-source="{1}">{3}</a></li>'
    else:
        form = '<li>{3}: <a class="cite" href="{0}" data-source="{1}"><q lang="zh">{4}</q></a></li>'
    return Markup(form).format(link(row.id), row.id, row.number, row.name, row.quote)
