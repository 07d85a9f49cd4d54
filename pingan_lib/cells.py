"""The cells of an executed notebook as HTML, and what the notebook says of itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pingan_lib.images import recompress_images
from pingan_lib.markup import align_numbers, drop_styling, frame_tables, mark_chinese_in, widen_prose
from pingan_lib.words import LANGUAGES, Words

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from nbconvert.exporters import HTMLExporter
    from nbformat import NotebookNode

_TEMPLATES = Path(__file__).parent / "templates"
# papermill marks the cells that it adds to a notebook that failed; the page says so in its own way.
_PAPERMILL_ERROR = "papermill-error-cell-tag"
# Colours and the like that a kernel writes for a terminal: control sequences of ECMA-48.
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_CARD = "#card-"


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
    from bs4 import BeautifulSoup
    from nbconvert.filters.markdown import markdown2html

    left_out = _left_out(Words(language))
    title = question = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not left_out & set(cell.metadata.get("tags", ())):
            soup = BeautifulSoup(markdown2html(cell.source), "html.parser")
            for link in soup.find_all("a", class_="anchor-link"):
                link.decompose()
            heading = soup.find("h1")
            if heading:
                paragraph = heading.find_next("p")
                title = heading.get_text().strip()
                question = paragraph.get_text().strip() if paragraph else ""
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
    from bs4 import BeautifulSoup

    html, _ = _exporter(words).from_notebook_node(notebook, resources={"words": words})
    soup = BeautifulSoup(html, "html.parser")
    drop_styling(soup)
    recompress_images(soup)
    frame_tables(soup, words["report.table"])
    align_numbers(soup)
    widen_prose(soup)
    _gather_code(soup)
    _set_anchors(soup)
    _name_evidence(soup, words)
    if incomplete:
        _unlink_missing(soup)
    _link_cards(soup, words)
    terms = _link_terms(soup, explained)
    if words.language == "en":
        mark_chinese_in(soup)
    contents = tuple((str(heading["id"]), heading.get_text()) for heading in soup.find_all("h2", id=True))
    has_code = soup.find("details", class_="code") is not None
    opening, finding = _take_opening(soup), _take_finding(soup)
    # A cell that left nothing leaves no blank line either.
    text = "\n".join(filter(str.strip, map(str, soup.contents)))
    return PageCells(Markup(opening), Markup(finding), Markup(text), terms, contents, has_code)


def _left_out(words: Words) -> set[str]:
    """The tags of the cells that a page in this language does not show."""
    return {*LANGUAGES, _PAPERMILL_ERROR} - {words.language}


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


def _gather_code(soup: BeautifulSoup) -> None:
    """Fold the code of cells that show nothing into the code of the next, so that no row of lids is left."""
    for cell in soup.select("div.cell"):
        parts = cell.find_all(True, recursive=False)
        after = cell.find_next_sibling("div", class_="cell")
        if not parts:
            cell.decompose()
        elif [part.name for part in parts] == ["details"] and after:
            lid = after.find("details", class_="code", recursive=False)
            if lid:
                parts[0].extend(lid.select(".highlight"))
                lid.decompose()
            after.insert(0, parts[0])
            cell.decompose()


@cache
def _exporter(words: Words) -> HTMLExporter:
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = _left_out(words)
    # A still picture or a table of a widget rather than the widget, which would need a server.
    config.NbConvertBase.display_data_priority = [
        "text/html",
        "text/markdown",
        "image/svg+xml",
        "image/png",
        "image/jpeg",
        "text/plain",
    ]
    return HTMLExporter(
        config=config,
        # What a cell prints is one text, however many pieces the kernel sent it in.
        preprocessors=["nbconvert.preprocessors.CoalesceStreamsPreprocessor"],
        template_name="report",
        extra_template_basedirs=[str(_TEMPLATES)],
        exclude_anchor_links=True,
        exclude_raw=True,
        language_code=words.language,
        filters={"anchor": _anchor},
    )


def _anchor(cell: Mapping[str, Any]) -> str:
    """A cell's id without the suffix that names its language; empty in notebooks that have no ids."""
    name = str(cell.get("id", ""))
    for language in LANGUAGES:
        if language in cell["metadata"].get("tags", ()):
            name = name.removesuffix(f"-{language}")
    return name


def _set_anchors(soup: BeautifulSoup) -> None:
    """Give the headings of each markdown cell the cell's anchor: `name`, then `name-2` and so on."""
    for place, cell in enumerate(soup.select("div.prose[data-anchor]"), start=1):
        name = cell.attrs.pop("data-anchor") or f"section-{place}"
        for number, heading in enumerate(cell.find_all(["h1", "h2", "h3", "h4", "h5", "h6"]), start=1):
            heading["id"] = name if number == 1 else f"{name}-{number}"


def _name_evidence(soup: BeautifulSoup, words: Words) -> None:
    """Put a heading over the cards where the notebook has none of its own right before them."""
    cards = soup.find("section", class_="cards")
    if cards is None:
        return
    before = cards.find_previous(["h1", "h2", "h3", "p", "table", "figure", "blockquote", "ul", "ol"])
    if before is None or before.name != "h2":
        heading = soup.new_tag("h2", id="page-evidence")
        heading.string = words["report.evidence"]
        cards.insert_before(heading)


def _unlink_missing(soup: BeautifulSoup) -> None:
    """Take the address from links to cards that an incomplete run did not come to make."""
    ids = {element["id"] for element in soup.find_all(id=True)}
    for link in soup.select('a[href^="#"]'):
        if str(link["href"])[1:] not in ids and link["href"] != "#_":
            del link["href"]


def _take_opening(soup: BeautifulSoup) -> Tag | str:
    """Take the cell with the first heading out of the text, to stand above the contents."""
    heading = soup.find("h1")
    cell = heading.find_parent("div", class_="prose") if heading else None
    return cell.extract() if cell else ""


def _take_finding(soup: BeautifulSoup) -> Tag | str:
    """Take the section that says what was found out of the text, to stand before the contents."""
    heading = soup.select_one('div.prose > h2[id^="finding"]')
    begin = heading.parent if heading else None
    if heading is None or begin is None:
        return ""
    section = soup.new_tag("section", attrs={"class": "finding", "aria-labelledby": str(heading["id"])})
    taken = [begin]
    for element in begin.find_next_siblings(True):
        if element.name == "h2" or element.find("h2") or "cards" in element.get_attribute_list("class"):
            break
        taken.append(element)
    section.extend([element.extract() for element in taken])
    return section


def _link_cards(soup: BeautifulSoup, words: Words) -> None:
    """Give each card a stable link to itself, and one to where the page first cites it."""
    cited: dict[str, Tag] = {}
    for link in soup.select(f'a[href^="{_CARD}"]'):
        if not link.find_parent("section", class_="cards"):
            cited.setdefault(str(link["href"]), link)
    for card in soup.select("article.card[id]"):
        address, title = f"#{card['id']}", card.find(class_="card-title")
        if title is not None and title.find("a") is None:
            own = soup.new_tag("a", attrs={"class": "card-link", "href": address})
            own.extend(list(title.contents))
            title.append(own)
        links = soup.new_tag("p", attrs={"class": "card-links"})
        links.append(_link_to(soup, address, words["report.card_link"]))
        if address in cited:
            place = cited[address].attrs.setdefault("id", f"cited-{address.removeprefix(_CARD)}")
            links.extend([" ", _link_to(soup, f"#{place}", words["report.card_cited"])])
        close = card.find(class_="card-close")
        if close:
            close.insert_before(links)
        else:
            card.append(links)


def _link_to(soup: BeautifulSoup, address: str, text: str) -> Tag:
    link = soup.new_tag("a", href=address)
    link.string = text
    return link


def _link_terms(soup: BeautifulSoup, explained: Collection[str]) -> tuple[str, ...]:
    """Link the first use of each term to its explanation, and list the terms of the page."""
    used: dict[str, None] = {}
    for element in soup.select("[data-term]"):
        term = str(element["data-term"])
        if term in explained and term not in used:
            used[term] = None
            if not element.find_parent("a") and not element.find("a"):
                link = soup.new_tag("a", attrs={"class": "term", "href": f"#term-{term}"})
                link.extend(list(element.contents))
                element.append(link)
    return tuple(used)
