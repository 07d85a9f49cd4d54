"""What a page says, taken apart: its sentences, numbers, evidence cards, tables and judgements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import Tag

# What is not said by the report itself: contents, code, how the page was made, the words of the glossary.
_APART = "nav, script, style, details.code, .made, section:has([id^='term-']), .card-close"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = (*_HEADINGS, "p", "li", "figcaption", "blockquote", "svg", "img")
_JUDGED = ".grade, .verdict"


@dataclass(frozen=True)
class Said:
    """A heading, a sentence, a paragraph, or what a figure shows.

    Attributes
    ----------
    section : str
        The text of the heading above; a heading is in its own section.
    text : str
    """

    section: str
    text: str


@dataclass(frozen=True)
class Card:
    """An evidence card.

    Attributes
    ----------
    title : str
        Without the number.
    facts : mapping of str to str
        The quoted passage among them, under an empty name.
    judged : frozenset of str
        Names of the facts that hold a grade or a verdict.
    """

    title: str
    facts: Mapping[str, str]
    judged: frozenset[str]


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes
    ----------
    head : str
        What heads it.
    cells : mapping of str to str
        By the heading of the column.
    judged : frozenset of str
        Columns in which a grade or a verdict stands.
    """

    head: str
    cells: Mapping[str, str]
    judged: frozenset[str]


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes
    ----------
    caption : str
    rows : tuple of Row
    """

    caption: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Contents:
    """What a page says.

    Attributes
    ----------
    said : tuple of Said
        In their order.
    numbers : mapping of str to tuple of str
        Each source that a sentence gives a number of, with the numbers; those in tables are cells of these.
    cards : mapping of str to Card
        By id.
    grids : mapping of str to Grid
        By the id of the cell that made it, and its place there.
    tallies : mapping of str to str
        How many there are of each grade and verdict, by its name.
    code : mapping of str to str
        By the id of the cell.
    """

    said: tuple[Said, ...]
    numbers: Mapping[str, tuple[str, ...]]
    cards: Mapping[str, Card]
    grids: Mapping[str, Grid]
    tallies: Mapping[str, str]
    code: Mapping[str, str]


def read_contents(html: str) -> Contents:
    """Take a page apart.

    Parameters
    ----------
    html : str
        A page of a report.

    Returns
    -------
    Contents
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    main = soup.find("main") or soup
    code = {
        _cell(block): "\n".join(pre.get_text().strip("\n") for pre in block.find_all("pre"))
        for block in main.select("details.code")
    }
    for element in main.select(_APART):
        element.extract()
    tallies = {
        _text(item.select_one(_JUDGED)): _text(item.find("data")) for item in main.select("[data-tally] > li")
    }
    for element in main.select("[data-tally]"):
        element.extract()
    cards = {str(card["id"]).removeprefix("card-"): _card(card) for card in main.select("article.card")}
    for element in main.select("article.card"):
        element.extract()
    grids: dict[str, Grid] = {}
    for table in main.find_all("table"):
        place, number = _cell(table), 1
        while f"{place}.{number}" in grids:
            number += 1
        grids[f"{place}.{number}"] = _grid(table)
        table.extract()
    said = tuple(_said(main))
    for element in main.find_all("svg"):
        element.extract()
    numbers: dict[str, dict[str, None]] = {}
    for element in main.select("a[data-source], data[data-source]"):
        numbers.setdefault(str(element["data-source"]), {})[_text(element)] = None
    return Contents(
        said, {name: tuple(found) for name, found in numbers.items()}, cards, grids, tallies, code
    )


def _said(main: Tag) -> Iterator[Said]:
    section = ""
    for element in main.find_all(_BLOCKS):
        if element.find_parent(_BLOCKS) is not None:
            continue
        text = str(element.get("aria-label") or element.get("alt") or "") or _text(element)
        if element.name in _HEADINGS:
            section = text
        if text:
            yield Said(section, text)


def _card(card: Tag) -> Card:
    title = card.select_one(".card-title")
    number = title.select_one(".card-number") if title else None
    if number is not None:
        number.extract()
    facts, judged = {}, set()
    for passage in card.select(".passage"):
        facts[""] = _text(passage)
    for name, fact in zip(card.find_all("dt"), card.find_all("dd"), strict=True):
        facts[_text(name)] = _text(fact)
        if fact.select(_JUDGED):
            judged.add(_text(name))
    return Card(_text(title), facts, frozenset(judged))


def _grid(table: Tag) -> Grid:
    heads = [_text(cell) for cell in table.select("thead th, thead td")]
    # two columns of one name are told apart by their places
    names = [head if heads.count(head) == 1 else f"{head} {place}" for place, head in enumerate(heads, 1)]
    rows = []
    for row in table.select("tbody tr"):
        cells = row.find_all(["th", "td"], recursive=False)
        named = dict(zip(names, cells, strict=False))
        rows.append(
            Row(
                _text(cells[0]) if cells else "",
                {name: _text(cell) for name, cell in named.items()},
                frozenset(name for name, cell in named.items() if cell.select(_JUDGED)),
            )
        )
    figure = table.find_parent("figure")
    caption = _text(table.find("caption")) or _text(figure.find("figcaption") if figure else None)
    return Grid(caption, tuple(rows))


def _cell(element: Tag) -> str:
    """The id of the notebook's cell that made an element."""
    cell = element.find_parent("div", class_="cell")
    return str(cell.get("id", "")).removeprefix("out-") if cell else ""


def _text(element: Tag | None) -> str:
    """The text of an element; items of a list are set apart."""
    if element is None:
        return ""
    for item in element.find_all(["li", "br"]):
        item.insert_before(" ")
    return " ".join(element.get_text().split())
