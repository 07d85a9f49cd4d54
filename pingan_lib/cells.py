"""The cells of an executed notebook as HTML, and what the notebook says of itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from pingan_lib.images import recompress_images
from pingan_lib.markup import align_numbers, drop_styling, frame_tables, mark_chinese_nodes, widen_prose
from pingan_lib.markup.tree import (
    classes,
    first,
    make,
    of_class,
    parse,
    put_first,
    select,
    take,
    text_of,
    wrap_contents,
    write,
    write_contents,
)
from pingan_lib.rendering import left_out, markdown_html, rendered
from pingan_lib.words import Words

if TYPE_CHECKING:
    from lxml.etree import _Element
    from nbformat import NotebookNode

# Colours and the like that a kernel writes for a terminal: control sequences of ECMA-48.
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_CARD = "#card-"
# The links to cards outside of the cards.
_CITING = f"descendant::a[starts-with(@href, '{_CARD}')][not(ancestor::section[{of_class('cards')}])]"
# What can stand before the cards; where it is no heading of theirs, they get one.
_BEFORE_CARDS = ("h1", "h2", "h3", "p", "table", "figure", "blockquote", "ul", "ol")


@dataclass(frozen=True)
class Setting:
    """A parameter and the value it had in a run.

    Attributes
    ----------
    name : str
    value : str
        The value as Python writes it.
    help : str
        The comment beside it in the notebook's own parameters cell; empty where there is none.
    """

    name: str
    value: str
    help: str


@dataclass(frozen=True)
class PageParts:
    """What an index says of a report.

    Attributes
    ----------
    title, question : str
        The first heading and the paragraph below it, as plain text; empty where the notebook has none.
    parameters : tuple of Setting
        In the order of the notebook; a value given for the run stands in place of the notebook's own.
    error : str or None
        The error that stopped the run, None where no cell raised one.
    error_anchor : str
        Where on the page that error stands; empty where there is none.
    """

    title: str
    question: str
    parameters: tuple[Setting, ...]
    error: str | None
    error_anchor: str


@dataclass(frozen=True)
class PageCells:
    """The cells of a notebook, ready for a page.

    Attributes
    ----------
    opening : Markup
        The cell with the first heading; empty where there is none.
    finding : Markup
        The section whose heading has an id that begins with `finding`; empty where there is none.
    text : Markup
        All other cells.
    terms : tuple of str
        Those of the explained terms that an element of the page names in `data-term`, each once.
    contents : tuple of (str, str)
        Anchor and text of each heading of the second level.
    has_code : bool
        Whether there is code to show.
    """

    opening: Markup
    finding: Markup
    text: Markup
    terms: tuple[str, ...]
    contents: tuple[tuple[str, str], ...]
    has_code: bool


def page_parts(notebook: NotebookNode, language: str) -> PageParts:
    """Read from an executed notebook what an index says of it.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    language : {"en", "zh"}

    Returns
    -------
    PageParts

    Raises
    ------
    UsageError
        If `language` is not one of the two.
    """
    unseen = left_out(Words(language))
    title = question = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not unseen & set(cell.metadata.get("tags", ())):
            page = parse(markdown_html(cell.source))
            heading = first(page, "descendant::h1")
            if heading is not None:
                paragraph = first(heading, "(descendant::p | following::p)[1]")
                title = text_of(heading).strip()
                question = "" if paragraph is None else text_of(paragraph).strip()
                break
    error, anchor = _first_error(notebook)
    return PageParts(title, question, tuple(_settings(notebook)), error, anchor)


def page_cells(
    notebook: NotebookNode, words: Words, *, explained: Collection[str] = (), incomplete: bool = False
) -> PageCells:
    """Turn the cells of an executed notebook into HTML.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With its outputs; not changed.
    words : Words
        Of the page's language; cells tagged with the other language are left out.
    explained : collection of str
        The terms that the page will explain, each at `#term-<term>`: their first uses lead there.
    incomplete : bool
        Whether the run stopped before its end, so that links may lead to what was not made.

    Returns
    -------
    PageCells
    """
    page = parse(*rendered(notebook, words))
    drop_styling(page)
    recompress_images(page)
    frame_tables(page, words["report.table"])
    align_numbers(page)
    widen_prose(page)
    _gather_code(page)
    _set_anchors(page)
    _name_evidence(page, words)
    if incomplete:
        _unlink_missing(page)
    _link_cards(page, words)
    terms = _link_terms(page, explained)
    if words.language == "en":
        mark_chinese_nodes(page)
    contents = tuple((heading.get("id"), text_of(heading)) for heading in select(page, "descendant::h2[@id]"))
    has_code = first(page, f"descendant::details[{of_class('code')}]") is not None
    opening, finding = _take_opening(page), _take_finding(page)
    # A cell that left nothing leaves no blank line either.
    text = "\n".join(filter(str.strip, write_contents(page)))
    return PageCells(Markup(opening), Markup(finding), Markup(text), terms, contents, has_code)


def _first_error(notebook: NotebookNode) -> tuple[str | None, str]:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                return _ANSI.sub("", f"{output.ename}: {output.evalue}"), f"out-{cell.get('id', '')}"
    return None, ""


def _settings(notebook: NotebookNode) -> Iterable[Setting]:
    """Read the assignments of the parameters cell, with the values injected for the run in their place."""
    found: dict[str, Setting] = {}
    for tag in ("parameters", "injected-parameters"):
        for cell in notebook.cells:
            if tag not in cell.metadata.get("tags", ()):
                continue
            try:
                body = ast.parse(cell.source).body
            except SyntaxError:
                continue
            lines = cell.source.encode().splitlines()
            for line in body:
                target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
                value = getattr(line, "value", None)
                if not isinstance(target, ast.Name) or value is None:
                    continue
                rest = lines[(line.end_lineno or 1) - 1][line.end_col_offset :].decode()
                before = found.get(target.id)
                comment = rest.partition("#")[2].strip() or (before.help if before else "")
                found[target.id] = Setting(target.id, ast.unparse(value), comment)
    return found.values()


def _gather_code(page: _Element) -> None:
    """Fold the code of cells that show nothing into the code of the next, so that no row of lids is left."""
    for cell in select(page, f"descendant::div[{of_class('cell')}]"):
        parts = list(cell.iterchildren("*"))
        after = first(cell, f"following-sibling::div[{of_class('cell')}]")
        if select(cell, "text()[normalize-space()]"):
            continue
        if not parts:
            take(cell)
        elif [part.tag for part in parts] == ["details"] and after is not None:
            lid = first(after, f"details[{of_class('code')}]")
            if lid is not None:
                parts[0].extend(select(lid, f"descendant::*[{of_class('highlight')}]"))
                take(lid)
            put_first(after, take(parts[0]))
            take(cell)


def _set_anchors(page: _Element) -> None:
    """Give the headings of each markdown cell the cell's anchor: `name`, then `name-2` and so on."""
    cells = select(page, f"descendant::div[{of_class('prose')}][@data-anchor]")
    for place, cell in enumerate(cells, start=1):
        name = cell.attrib.pop("data-anchor") or f"section-{place}"
        for number, heading in enumerate(cell.iter("h1", "h2", "h3", "h4", "h5", "h6"), start=1):
            heading.set("id", name if number == 1 else f"{name}-{number}")


def _name_evidence(page: _Element, words: Words) -> None:
    """Put a heading over the cards where the notebook has none of its own right before them."""
    cards = first(page, f"descendant::section[{of_class('cards')}]")
    if cards is None:
        return
    before = ""
    for element in page.iter("section", *_BEFORE_CARDS):
        if element is cards:
            break
        if element.tag != "section":
            before = element.tag
    if before != "h2":
        cards.addprevious(make(cards, "h2", words["report.evidence"], id="page-evidence"))


def _unlink_missing(page: _Element) -> None:
    """Take the address from links to cards that an incomplete run did not come to make."""
    ids = set(select(page, "descendant::*/@id"))
    for link in select(page, "descendant::a[starts-with(@href, '#')]"):
        if link.get("href")[1:] not in ids and link.get("href") != "#_":
            del link.attrib["href"]


def _take_opening(page: _Element) -> str:
    """Take the cell with the first heading out of the text, to stand above the contents."""
    cell = first(page, f"descendant::h1[1]/ancestor::div[{of_class('prose')}][1]")
    return "" if cell is None else write(take(cell))


def _take_finding(page: _Element) -> str:
    """Take the section that says what was found out of the text, to stand before the contents."""
    heading = first(page, f"descendant::div[{of_class('prose')}]/h2[starts-with(@id, 'finding')]")
    if heading is None:
        return ""
    begin = heading.getparent()
    taken = [begin]
    for element in begin.itersiblings("*"):
        if element.tag == "h2" or first(element, "descendant::h2") is not None or "cards" in classes(element):
            break
        taken.append(element)
    section = make(heading, "section", class_="finding", aria_labelledby=heading.get("id"))
    section.extend([take(element) for element in taken])
    return write(section)


def _link_cards(page: _Element, words: Words) -> None:
    """Give each card a stable link to itself, and one to where the page first cites it."""
    cited: dict[str, _Element] = {}
    for link in select(page, _CITING):
        cited.setdefault(link.get("href"), link)
    for card in select(page, f"descendant::article[{of_class('card')}][@id]"):
        address = f"#{card.get('id')}"
        title = first(card, f"descendant::*[{of_class('card-title')}]")
        if title is not None and first(title, "descendant::a") is None:
            wrap_contents(title, make(title, "a", class_="card-link", href=address))
        links = make(card, "p", class_="card-links")
        links.append(make(card, "a", words["report.card_link"], href=address))
        if address in cited:
            place = cited[address].get("id") or f"cited-{address.removeprefix(_CARD)}"
            cited[address].set("id", place)
            links[0].tail = " "
            links.append(make(card, "a", words["report.card_cited"], href=f"#{place}"))
        close = first(card, f"descendant::*[{of_class('card-close')}]")
        if close is None:
            card.append(links)
        else:
            close.addprevious(links)


def _link_terms(page: _Element, explained: Collection[str]) -> tuple[str, ...]:
    """Link the first use of each term to its explanation, and list the terms of the page."""
    used: dict[str, None] = {}
    for element in select(page, "descendant::*[@data-term]"):
        term = element.get("data-term")
        if term in explained and term not in used:
            used[term] = None
            if first(element, "ancestor::a | descendant::a") is None:
                wrap_contents(element, make(element, "a", class_="term", href=f"#term-{term}"))
    return tuple(used)
