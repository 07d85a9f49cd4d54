"""What a finished page holds for a paper: its figures and tables, as they stand there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pingan_lib.errors import PinganError
from pingan_lib.words import LANGUAGES

if TYPE_CHECKING:
    from bs4 import Tag

# Drawings, and tables that a notebook shows; not those that explain a figure, a number or the page.
_SHOWN = "figure.plot, .cell table:has(td, [scope=row]):not(figure *, details *, .cards *, .card *, .made *)"
_SPACE = re.compile(r"[ \t\r\n\u00a0]+")


@dataclass(frozen=True)
class Item:
    """A figure or a table of a page.

    Attributes
    ----------
    kind : {"figure", "table"}
    name : str
        The same in both languages, and another for each item of a page.
    anchor : str
        The id of its place on the page: its own, or that of the cell that shows it.
    caption : str
        Plain text.
    element : Tag
        The ``<figure>`` or ``<table>``.
    """

    kind: str
    name: str
    anchor: str
    caption: str
    element: Tag


@dataclass(frozen=True)
class PaperPage:
    """A finished page, read.

    Attributes
    ----------
    path : Path
    stem : str
        The notebook's name.
    language : {"en", "zh"}
    title : str
    items : tuple of Item
        In the order of the page.
    """

    path: Path
    stem: str
    language: str
    title: str
    items: tuple[Item, ...]


def read_page(path: Path) -> PaperPage:
    """Read a finished page.

    Raises
    ------
    PinganError
        If there is no such page, or it is none of this library's.
    """
    from bs4 import BeautifulSoup

    try:
        html = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise PinganError(f"The page {path} cannot be read. Make it again: `pingan report`.") from None
    soup = BeautifulSoup(html, "html.parser")
    root = soup.html
    language = str(root.get("lang", "")).partition("-")[0] if root else ""
    if language not in LANGUAGES or soup.h1 is None:
        raise PinganError(f"{path} is no page of a report. Give the pages that `pingan report` wrote.")
    return PaperPage(
        path=path,
        stem=path.name.removesuffix(".html").removesuffix(f".{language}"),
        language=language,
        title=plain_text(soup.h1),
        items=tuple(_items(soup.select(_SHOWN))),
    )


def plain_text(element: Tag) -> str:
    """The text of an element on one line, as it is read: with the quotation marks that the page's style draws."""
    return _SPACE.sub(" ", "".join(_texts(element))).strip()


def _items(elements: Iterable[Tag]) -> Iterator[Item]:
    counted: Counter[str] = Counter()
    for element in elements:
        kind = "table" if element.name == "table" else "figure"
        frame = element.find_parent(class_="table-scroll") or element
        caption = element.find(["caption", "figcaption"])
        said = plain_text(caption) if caption else str(frame.get("aria-label", ""))
        place = element if element.has_attr("id") else element.find_parent(id=True)
        anchor = str(place["id"]) if place else ""
        name = anchor if place is element else f"{kind}-{anchor.removeprefix('out-')}".rstrip("-")
        counted[name] += 1
        yield Item(kind, name if counted[name] == 1 else f"{name}-{counted[name]}", anchor, said, element)


def _texts(element: Tag) -> list[str]:
    from bs4.element import NavigableString, Tag

    parts: list[str] = []
    for child in element.children:
        if type(child) is NavigableString:  # comments are of another class
            parts.append(str(child))
        elif not isinstance(child, Tag):
            continue
        elif child.name == "br":
            parts.append(" ")
        elif child.name in ("ul", "ol"):
            parts.append(_joined([plain_text(each) for each in child.find_all("li", recursive=False)]))
        elif child.name == "q" and "context" not in child.get_attribute_list("class"):
            parts += ["“", plain_text(child), "”"]
        else:
            parts += _texts(child)
    return parts


def _joined(texts: list[str]) -> str:
    """Sentences one after the other; what does not end like one is divided by semicolons."""
    joined = ""
    for text in filter(None, texts):
        joined += _between(joined) + text
    return joined


def _between(text: str) -> str:
    last = text[-1:]
    if last in "。！？；":  # nothing at all is in it too
        return ""
    if last in ".!?;":
        return " "
    return "；" if last >= "\u2e80" else "; "
