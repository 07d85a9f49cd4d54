"""A saved web page: the lines that it shows, and which of them are its main text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from unicodedata import normalize

from pingan_lib.errors import PinganError

# Where content management systems of Chinese governments, and WeChat, keep the body of an article.
_CONTAINERS = {
    "#js_content": "@id='js_content'",
    "#UCAP-CONTENT": "@id='UCAP-CONTENT'",
    ".TRS_Editor": "re:test(@class, 'trs_u?editor', 'i')",
    "#zoom": "re:test(@id, '^zoom$', 'i')",
}
_REGULAR = {"re": "http://exslt.org/regular-expressions"}
_SKIPPED = re.compile("head|script|style|noscript|template|select|option|textarea|button|iframe|object|svg")
_BLOCK = re.compile(
    "address|article|aside|blockquote|body|caption|center|d[dlt]|div|fieldset|figcaption|figure|footer|form|h[1-6r]|"
    "header|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul"
)
_SHORTEST = 40  # Chinese characters and digits; less is no article
_LONG_CELL = 200  # characters; a table with a longer cell lays out a page
_ANCHOR = 12  # characters; a shorter line may stand in a menu as well
_DEEPEST = 400  # elements inside of each other; browsers stop at 512

_WIDE = "[\u2e80-\u9fff\uff00-\uffef]"
_WRAPPED = re.compile(f"(?<={_WIDE})[ \t]*\n[ \t\n]*(?={_WIDE})")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffc]")
_CONTENT = re.compile("[\u3400-\u9fff0-9]")
_WORD = re.compile(r"\w")
_TELLING = re.compile(r"\d|[。！？；]”?$")


class PageError(PinganError):
    """A page without an article; the message says what to do."""


@dataclass(frozen=True)
class PageLine:
    """A line that a page shows.

    Attributes
    ----------
    text : str
        Without blanks at its ends, any blanks inside being one space, and without invisible characters.
    linked, hidden : bool
        Whether every word of it is in a link, and whether its style hides it.
    """

    text: str
    linked: bool = False
    hidden: bool = False


def parse_page(page: str) -> Any:
    """Parse a page; tables that only lay it out become plain blocks.

    Parameters
    ----------
    page : str
        HTML, well-formed or not.

    Returns
    -------
    lxml.html.HtmlElement

    Raises
    ------
    PageError
        If nothing can be made of it.
    """
    from trafilatura import load_html

    body = re.sub(r"^\s*<\?xml[^>]*>", "", page)
    tree = load_html(body)
    if tree is None:
        tree = load_html(f"<html><body><div>{body}</div></body></html>")
    if tree is None or _depth(tree) > _DEEPEST:
        raise PageError(
            "it is no web page that can be read. Copy the article's text into a text file, and add that."
        )
    for table in [each for each in tree.iter("table") if _lays_out(each)]:
        parts = table.iter("tbody", "thead", "tfoot", "tr", "td", "th")
        for each in [table, *(part for part in parts if next(part.iterancestors("table")) is table)]:
            each.tag = "div"
    return tree


def page_lines(root: Any) -> list[PageLine]:
    """Read the lines that an element shows, from top to bottom.

    A block of the page begins a line, and so does `<br>`; a row of a table is one line, its cells joined by ` | `.
    Where the source wraps a line between two Chinese characters no blank is put (CSS Text Module Level 3, segment
    break transformation rules).

    Parameters
    ----------
    root : lxml.html.HtmlElement

    Returns
    -------
    list of PageLine
    """
    lines: list[PageLine] = []
    pieces: list[tuple[str, bool, bool]] = []
    for piece in (*_pieces(root, False, False), None):
        if piece is not None:
            pieces.append(piece)
            continue
        text = " ".join(_INVISIBLE.sub("", _WRAPPED.sub("", "".join(text for text, _, _ in pieces))).split())
        shown = [each for each in pieces if _WORD.search(each[0])]
        if text:
            linked, hidden = (bool(shown) and all(each[i] for each in shown) for i in (1, 2))
            lines.append(PageLine(text, linked, hidden))
        pieces = []
    return lines


def main_lines(tree: Any, lines: Sequence[PageLine]) -> tuple[list[PageLine], str]:
    """Find the lines of a page that are its main text.

    They are all that stands in the element where a known system keeps the body. Without such an element trafilatura
    tells which lines of the page are main text; those with a number or a sentence that it dropped between the first
    and the last are put back.

    Parameters
    ----------
    tree : lxml.html.HtmlElement
        As `parse_page` gives it; is not changed.
    lines : sequence of PageLine
        Of `tree`.

    Returns
    -------
    main : list of PageLine
    how : str
        A plain sentence.

    Raises
    ------
    PageError
        If there is no main text.
    """
    for name, condition in _CONTAINERS.items():
        outermost = f"//*[{condition}][not(ancestor::*[{condition}])]"
        found = [line for each in tree.xpath(outermost, namespaces=_REGULAR) for line in page_lines(each)]
        main = [line for line in found if not line.hidden]
        if _enough(line.text for line in main):
            return main, f"main text taken from {name}"
    main, how = _found_by_trafilatura(tree, lines)
    if not _enough(line.text for line in main):
        raise PageError(_no_article(tree, lines))
    return main, how


def squeezed(line: str) -> str:
    """Return a line without blanks, bars and invisible characters, to compare what two readers made of it."""
    return re.sub(r"[\s|\\]", "", _INVISIBLE.sub("", normalize("NFC", line)))


def count_invisible(text: str) -> int:
    """Count the characters of a text that show nothing and take no room, such as the zero-width space."""
    return len(_INVISIBLE.findall(text))


def _enough(texts: Iterator[str]) -> bool:
    return len(_CONTENT.findall("".join(texts))) >= _SHORTEST


def _found_by_trafilatura(tree: Any, lines: Sequence[PageLine]) -> tuple[list[PageLine], str]:
    import trafilatura

    taken = (
        trafilatura.extract(deepcopy(tree), include_comments=False, favor_recall=recall)
        for recall in (False, True)
    )
    main = next((text for text in taken if text and _enough(iter(text))), "")
    how = f"main text found by trafilatura {trafilatura.__version__}"
    whole, parts = squeezed(main), {squeezed(line) for line in main.split("\n")}
    keys = [squeezed(line.text) for line in lines]
    anchors = [i for i, key in enumerate(keys) if len(key) >= _ANCHOR and key in whole]
    if not anchors:
        return [PageLine(" ".join(line.split())) for line in main.split("\n") if line.strip()], how
    first, last = anchors[0], anchors[-1]
    while first > 0 and keys[first - 1] in parts and not lines[first - 1].linked:
        first -= 1
    while last + 1 < len(lines) and keys[last + 1] in parts and not lines[last + 1].linked:
        last += 1
    span = range(first, last + 1)
    kept = {i for i in span if keys[i] in parts or (len(keys[i]) > 3 and keys[i] in whole)}
    shown = {i for i in span if not lines[i].linked and not lines[i].hidden}
    restored = {i for i in shown - kept if _TELLING.search(lines[i].text)}
    if restored:
        how += f", lines with a number or a sentence put back between its first and last: {len(restored)}"
    return [lines[i] for i in sorted(kept | restored)], how


def _pieces(element: Any, linked: bool, hidden: bool) -> Iterator[tuple[str, bool, bool] | None]:
    """Texts in the order of the page; None where a line ends."""
    tag = element.tag
    if not isinstance(tag, str) or _SKIPPED.fullmatch(tag):
        return
    block, linked = _BLOCK.fullmatch(tag), linked or tag == "a"
    style = re.sub(r"\s", "", element.get("style") or "").lower()
    hidden = hidden or element.get("hidden") is not None or "display:none" in style
    if tag == "tr":
        cells = [
            " ".join(line.text for line in page_lines(cell)) for cell in element if cell.tag in ("td", "th")
        ]
        yield from (None, (" | ".join(cells) if any(cells) else "", linked, hidden), None)
        return
    if block or tag == "br":
        yield None
    if element.text:
        yield element.text, linked, hidden
    for child in element:
        yield from _pieces(child, linked, hidden)
        if child.tail:
            yield child.tail, linked, hidden
    if block:
        yield None


def _lays_out(table: Any) -> bool:
    """Whether a table puts the parts of a page in place, rather than showing figures."""
    cells = table.xpath(".//td|.//th")
    return bool(table.xpath(".//table")) or any(len("".join(cell.itertext())) > _LONG_CELL for cell in cells)


def _depth(tree: Any) -> int:
    """How many elements stand inside of each other, counted without recursion."""
    deepest, level = 0, [tree]
    while level:
        deepest, level = deepest + 1, [child for element in level for child in element]
    return deepest


def _no_article(tree: Any, lines: Sequence[PageLine]) -> str:
    what = "it is a web page without an article"
    if not lines and tree.xpath("//frame|//iframe"):
        return f"{what}: it shows another page in a frame. Open that frame alone in the browser, and save it."
    if not lines and tree.xpath("//script"):
        mend = "Open it in the browser, and save it as a complete page, or copy the text into a text file."
        return f"{what}: its text is put in by a script. {mend}"
    if len(tree.xpath("//img")) > 1:
        what += f", with {len(tree.xpath('//img'))} pictures; text inside of pictures is not read"
    return (
        f"{what} ({len(lines)} short lines). Save the article's own page, or copy the text into a text file."
    )
