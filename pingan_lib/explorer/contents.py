"""What an explorer shows: the articles cut into segments, the rows coded in them, and the codes that colour them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from string import ascii_uppercase
from typing import Any

import pandas as pd
from markupsafe import Markup

from pingan_lib import cards
from pingan_lib.corpus import Corpus
from pingan_lib.explorer.segments import Segment, Span, cut
from pingan_lib.words import Words

KINDS = ("approaches", "figures", "statements")
COLOURS = ("dimension", "stage")
STAGES = ("context", "input", "activity", "output", "outcome")
# As many colours as stay apart for colour-blind readers; then the line below them changes.
HUES, LINES = 7, 4
# The words of the controls.
_TOLD = ("name", "article", "colour_by", "show", "all", "legend", "rows", "found", "search", "card", "hint")


@dataclass(frozen=True)
class Code:
    """A dimension or a stage, and how it looks.

    Attributes
    ----------
    id : str
        Empty for the rows that have none.
    name : str
        In the reader's language.
    letters : str
        What stands before a passage; empty where the rows have no code.
    style : str
        Classes of the passage.
    """

    id: str
    name: str
    letters: str
    style: str


@dataclass(frozen=True)
class Row:
    """A figure, approach or statement.

    Attributes
    ----------
    id, kind, article : str
        `kind` is the name of its table.
    start, end : int
        Of its quote in the article, in code points.
    number : str
        A figure's number for a reader; empty for others.
    name : str
        A figure's label, an approach's name, a statement's kind.
    quote : str
    dimensions : tuple of str
        Its own, or those of the approach that it belongs to.
    stage : str
        Empty for statements, which have none.
    search : str
        Its words in both languages, in lower case.
    """

    id: str
    kind: str
    article: str
    start: int
    end: int
    number: str
    name: str
    quote: str
    dimensions: tuple[str, ...]
    stage: str
    search: str

    def codes(self, by: str) -> tuple[str, ...]:
        """Its dimensions or its stage; a row without any has the empty code."""
        return (self.dimensions or ("",)) if by == "dimension" else (self.stage,)


@dataclass(frozen=True)
class Article:
    """An article, cut where a passage begins or ends.

    Attributes
    ----------
    id, label, city, title, publisher, published : str
        `label` names it by its city and, where the city has several, by its time.
    lines : list of list of Segment
    """

    id: str
    label: str
    city: str
    title: str
    publisher: str
    published: str
    lines: list[list[Segment]]


@dataclass(frozen=True)
class Contents:
    """Everything that an explorer of some articles shows, in one language.

    Attributes
    ----------
    articles : dict of str to Article
        By id, in the order of the corpus.
    rows : dict of str to Row
        By id, in the order of the articles and of their texts.
    codes : dict of str to list of Code
        By `dimension` and `stage`; those that occur.
    """

    articles: dict[str, Article]
    rows: dict[str, Row]
    codes: dict[str, list[Code]]

    def data(self, corpus: Corpus, words: Words) -> dict[str, Any]:
        """Return all of it for the browser, with an evidence card for each row and the words of the controls."""
        told = [*_TOLD, "around", "keys", *COLOURS, *KINDS, *(f"kind.{kind}" for kind in KINDS)]

        def labelled(figure_id: str) -> Markup:
            link = Markup('<a class="number" href="#card-{}">{}</a>')
            number = link.format(figure_id, cards.number_text(corpus.row("figures", figure_id), words))
            label = cards.label_text(corpus, figure_id, words)
            return Markup(words["card.with"]).format(what=label, detail=number)

        shown = {row: cards.card(corpus, row, words, labelled=labelled) for row in self.rows}
        return {
            "language": words.language,
            "words": {key: words[f"explorer.{key}"] for key in told} | {"close": words["card.close"]},
            "articles": [asdict(article) for article in self.articles.values()],
            "rows": [asdict(row) | {"card": str(shown[row.id])} for row in self.rows.values()],
            "codes": {by: [asdict(code) for code in codes] for by, codes in self.codes.items()},
        }


def read_contents(corpus: Corpus, words: Words, cities: Sequence[str]) -> Contents:
    """Gather the articles of some cities and the accepted rows that are coded in them.

    Parameters
    ----------
    corpus : Corpus
    words : Words
        Of the reader's language.
    cities : sequence of str
        Ids, in the order in which their articles are offered.

    Returns
    -------
    Contents
    """
    found = corpus.articles[corpus.articles["place_id"].isin(cities)]
    place = {city: number for number, city in enumerate(cities)}
    found = found.sort_values("place_id", key=lambda ids: ids.map(place), kind="stable")
    rows = _rows(corpus, words, list(found.index))
    articles = {}
    for article_id, article in found.iterrows():
        spans = [Span(row.id, row.start, row.end) for row in rows.values() if row.article == article_id]
        articles[str(article_id)] = Article(
            str(article_id),
            cards.article_label(corpus, str(article_id), words),
            str(corpus.places.loc[article["place_id"], f"name_{words.language}"]),
            str(article["title"]),
            cards.publisher_text(article, words),
            f"{article['published']:%Y-%m-%d}",
            cut(corpus.texts[str(article_id)], spans),
        )
    return Contents(articles, rows, {by: _codes(corpus, words, by, rows) for by in COLOURS})


def _rows(corpus: Corpus, words: Words, articles: Sequence[str]) -> dict[str, Row]:
    order = {dimension: number for number, dimension in enumerate(corpus.codebook.index)}
    dimensions = {
        approach: tuple(sorted(own, key=order.__getitem__)) for approach, own in corpus.dimensions.items()
    }
    found = []
    for kind in KINDS:
        frame: pd.DataFrame = getattr(corpus, kind)
        if kind == "figures":
            frame = frame[frame["status"] == "accepted"]
        for row_id, row in frame[frame["article_id"].isin(articles)].iterrows():
            approach = str(row_id if kind == "approaches" else row["approach_id"])
            found.append(
                Row(
                    str(row_id),
                    kind,
                    str(row["article_id"]),
                    int(row["start"]),
                    int(row["end"]),
                    cards.number_text(row, words) if kind == "figures" else "",
                    _name(kind, row, words),
                    str(row["quote"]),
                    dimensions.get(approach, ()),
                    str(row.get("stage", "")),
                    _searched(kind, row),
                )
            )
    found.sort(key=lambda row: (articles.index(row.article), row.start, -row.end))
    return {row.id: row for row in found}


def _name(kind: str, row: pd.Series, words: Words) -> str:
    if kind == "statements":
        return words[f"kind.{row['kind']}"]
    return str(row[f"{'label' if kind == 'figures' else 'name'}_{words.language}"])


def _searched(kind: str, row: pd.Series) -> str:
    columns = {"figures": ("label_en", "label_zh", "printed"), "approaches": ("name_en", "name_zh")}
    told = (row[column] for column in (*columns.get(kind, ()), "quote"))
    return "\n".join((str(row.name), *map(str, told))).lower()


def _codes(corpus: Corpus, words: Words, by: str, rows: Mapping[str, Row]) -> list[Code]:
    used = {code for row in rows.values() for code in row.codes(by)}
    if by == "dimension":
        names = corpus.codebook[f"name_{words.language}"]
        known = [(str(code), str(name), _letters(place)) for place, (code, name) in enumerate(names.items())]
    else:
        known = [(code, words[f"stage.{code}"], words[f"explorer.letter.{code}"]) for code in STAGES]
    codes = [
        Code(code, name, letters, f"pe-hue-{place % HUES} pe-line-{place // HUES % LINES}")
        for place, (code, name, letters) in enumerate(known)
        if code in used
    ]
    return codes + [Code("", words[f"explorer.no_{by}"], "", "pe-none")] * ("" in used)


def _letters(place: int) -> str:
    """A, B … Z, AA, AB …: where a dimension stands in the codebook."""
    first, last = divmod(place, len(ascii_uppercase))
    return ascii_uppercase[first - 1 : first] * bool(first) + ascii_uppercase[last]
