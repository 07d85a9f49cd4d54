"""HTML as a tree: read, searched, rearranged and written again."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import XPath, _Element

# The frame of a document: an output that is a whole page of its own would otherwise end the page around it.
_FRAME = re.compile(r"</?(?:html|head|body)(?=[\s/>])[^>]*>|<!doctype\b[^>]*>", re.IGNORECASE)
# What a tree of XML cannot hold, as a character and as a reference to it.
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45])|x0*(?:[0-8b-cef]|1[0-9a-f]|fff[ef]))(?:;|(?![0-9a-f]))",
    re.IGNORECASE,
)
# HTML Living Standard, sections 13.1.2 and 13.3: elements without content, and those whose text is not escaped.
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
_RAW = frozenset(("iframe", "noembed", "noframes", "plaintext", "script", "style", "xmp"))
# Void elements that the parser does not know as such.
_UNKNOWN_VOID = ("embed", "source", "track", "wbr")


def parse(*pieces: str) -> _Element:
    """Read HTML, a page or parts of one, into a tree.

    What is left open in a piece ends with it. Characters that no document may hold become U+FFFD. Where tags are left
    out or closed in the wrong order, the tree is that of libxml2, which is near to that of a browser.

    Parameters
    ----------
    *pieces : str

    Returns
    -------
    lxml.etree._Element
        A `body` with all that was read, also with what stood in a `head`.
    """
    page, *others = map(_parsed, pieces)
    for other in others:
        _add_text(page, other.text)
        page.extend(list(other))
    return page


def _parsed(html: str) -> _Element:
    from lxml.etree import HTMLParser, fromstring

    held = _FRAME.sub("", html.replace("\f", "\n"))
    held = _NO_REFERENCE.sub("\ufffd", _NO_CHARACTER.sub("\ufffd", held))
    root = fromstring(f"<html><body>{held}</body></html>", HTMLParser(huge_tree=True))
    body = root.find("body")
    for element in list(body.iter(*_UNKNOWN_VOID)):
        for child in reversed(element):
            element.addnext(child)
        if element.text:
            element.text, element.tail = None, element.text + (element.tail or "")
    return body


def _add_text(element: _Element, text: str | None) -> None:
    if text and len(element):
        element[-1].tail = (element[-1].tail or "") + text
    elif text:
        element.text = (element.text or "") + text


@lru_cache(maxsize=1)
def read(page: str) -> _Element:
    """The tree of a page, only to be looked at: that of the last page is kept for whoever asks next."""
    return parse(page)


@cache
def _compiled(path: str) -> XPath:
    from lxml.etree import XPath

    return XPath(path, smart_strings=False)


def select(element: _Element, path: str) -> list[Any]:
    """Find what an XPath expression leads to from an element; each expression is compiled once.

    Parameters
    ----------
    element : lxml.etree._Element
    path : str
        Its result is a set of nodes.

    Returns
    -------
    list of lxml.etree._Element or str
        In the order of the document.
    """
    return list(_compiled(path)(element))


def first(element: _Element, path: str) -> _Element | None:
    """The first of what an XPath expression leads to, or None."""
    return next(iter(_compiled(path)(element)), None)


def of_class(name: str) -> str:
    """The condition of an XPath expression that an element is of a class."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def classes(element: _Element) -> list[str]:
    """The classes of an element."""
    return (element.get("class") or "").split()


def text_of(element: _Element) -> str:
    """The text in an element as it stands there."""
    return "".join(_texts(element))


def stripped_text(element: _Element, separator: str = " ") -> str:
    """The texts in an element, each without the white space around it."""
    return separator.join(text for each in _texts(element) if (text := each.strip()))


def _texts(element: _Element) -> list[str]:
    found: list[str] = _compiled("descendant::text()")(element)
    return found


def make(element: _Element, tag: str, text: str | None = None, /, **attributes: str) -> _Element:
    """Make an element of the same tree; it has no place yet. `class_` is the attribute `class`."""
    made = element.makeelement(
        tag, {name.rstrip("_").replace("_", "-"): each for name, each in attributes.items()}
    )
    made.text = text
    return made


def take(element: _Element) -> _Element:
    """Take an element out of its place; the text behind it stays."""
    parent, tail = element.getparent(), element.tail
    if tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + tail
        else:
            before.tail = (before.tail or "") + tail
    parent.remove(element)
    element.tail = None
    return element


def put_first(element: _Element, child: _Element) -> None:
    """Set an element before all that another holds, also before its text."""
    child.tail, element.text = element.text, None
    element.insert(0, child)


def wrap(element: _Element, wrapper: _Element) -> None:
    """Set an empty element in the place of another, which becomes its content."""
    wrapper.tail, element.tail = element.tail, None
    element.getparent().replace(element, wrapper)
    wrapper.append(element)


def wrap_contents(element: _Element, wrapper: _Element) -> None:
    """Make an empty element the only content of another, and what that held the content of it."""
    wrapper.text, element.text = element.text, None
    wrapper.extend(list(element))
    element.append(wrapper)


def opening_tag(element: _Element) -> str:
    """The opening tag of an element."""
    given = [f' {name}="{_escaped(value).replace(chr(34), "&quot;")}"' for name, value in element.items()]
    return f"<{element.tag}{''.join(given)}>"


def write(element: _Element) -> str:
    """Write an element or a comment with all that it holds, without the text behind it.

    The rules are those of HTML Living Standard, section 13.3, so that no address changes on the way; characters are
    written as they are.
    """
    written: list[str] = []
    for event, node in walk(element):
        if event == "start":
            written.append(opening_tag(node))
            if node.text:
                written.append(node.text if node.tag in _RAW else _escaped(node.text))
            continue
        if event == "comment":
            written.append(f"<!--{node.text}-->")
        elif node.tag not in _VOID:
            written.append(f"</{node.tag}>")
        if node.tail and node is not element:
            written.append(_escaped(node.tail))
    return "".join(written)


def write_contents(element: _Element) -> list[str]:
    """Write what an element holds, text by text and element by element."""
    parts = [_escaped(element.text or "")]
    for child in element:
        parts += [write(child), _escaped(child.tail or "")]
    return parts


def walk(element: _Element) -> Iterable[tuple[str, _Element]]:
    """Go through an element in the order of the document: "start" and "end" of each element, "comment"."""
    from lxml.etree import iterwalk

    if not isinstance(element.tag, str):
        return [("comment", element)]
    return iterwalk(element, events=("start", "end", "comment"))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
