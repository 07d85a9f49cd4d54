"""What keeps a page from standing on its own: what it would fetch, links to nowhere, numbers without a source."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING

from pingan_lib.markup.tree import (
    classes,
    first,
    of_class,
    opening_tag,
    read,
    select,
    stripped_text,
    text_of,
    walk,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

_FETCHES = frozenset(
    ("src", "srcset", "poster", "data", "background", "action", "formaction", "xlink:href", "manifest")
)
_CSS_FETCH = re.compile(r"@import\b[^;]*|url\(\s*(?!['\"]?(?:data:|#))[^)]*\)", re.IGNORECASE)
# Elements whose numbers are quoted, cited, dates or no prose.
_ACCOUNTED = (
    "q",
    "blockquote",
    "mark",
    "cite",
    "time",
    "code",
    "pre",
    "title",
    "script",
    "style",
    "svg:title",
)
_BLOCKS = ("p", "li", "td", "th", "dd", "caption", "figcaption", "figure", "tr")
_AROUND = f"ancestor-or-self::*[{' or '.join(f'self::{name}' for name in _BLOCKS)}][1]"
_DIGIT = re.compile(r"\d")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# nbconvert writes this where an image came without a text of its own.
_NO_ALT = "No description has been provided for this image"
# An image has no links in it (WAI-ARIA 1.2, "img": children presentational); a drawing with links is a group.
_DRAWING_ROLES = ("img", "group")
# A page is mailed, and opened on a phone.
PAGE_LIMIT = 400 * 1024
# What is weighed together where a page is too large, and how many parts are named.
_TOGETHER = {
    f"descendant::article[{of_class('card')}]": "evidence cards",
    f"descendant::details[{of_class('code')}]": "pieces of code",
    "descendant::script": "scripts",
    "descendant::style": "styles",
}
_NAMED = 6


def digest(text: str) -> str:
    """Return the source expression of an inline style or script.

    Parameters
    ----------
    text : str
        The content of the element, as it stands between its tags.

    Returns
    -------
    str
        ``'sha256-…'`` with the quotes; Content Security Policy Level 3, section 2.3.1 (W3C).
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(style: str, script: str) -> str:
    """Return a content security policy that allows this style, this script, and images in the page itself."""
    return (
        f"default-src 'none'; img-src data:; style-src {digest(style)}; script-src {digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def page_problems(html: str) -> list[str]:
    """List what keeps a page from standing on its own.

    Parameters
    ----------
    html : str
        A whole page.

    Returns
    -------
    list of str
        One sentence for each fault, empty for a sound page: more than `PAGE_LIMIT` bytes, an image or drawing
        without a text alternative, anything that a browser would fetch, a style or script that the page's
        policy does not allow, a link to a place that is not there (``#_``, which closes a card, excepted), an
        id used twice, headings that are missing, doubled or skip a level.
    """
    page = read(html)
    return [
        *_size_problems(html, page),
        *_image_problems(page),
        *_fetch_problems(page),
        *_policy_problems(page),
        *_link_problems(page),
        *_heading_problems(page),
    ]


def numbers_without_source(html: str) -> list[str]:
    """List the numbers of a page that do not say where they come from.

    Parameters
    ----------
    html : str
        A whole page.

    Returns
    -------
    list of str
        The text around each number that stands neither in an element with ``data-source`` (a figure's, a relation's,
        a calculation's, a count's or a parameter's), nor in a quotation, a citation, a name, a date or code, nor at
        the tick of an axis.
    """
    found = []
    for event, node in walk(read(html)):
        element, text = (node, node.text) if event == "start" else (node.getparent(), node.tail)
        if text and _DIGIT.search(text) and not _accounted(element):
            around = first(element, _AROUND)
            block = element if around is None else around
            found.append(f"{text.strip()[:60]!r} in: {stripped_text(block)[:80]}")
    return found


def _accounted(element: _Element) -> bool:
    return any(
        each.get("data-source") is not None or each.tag in _ACCOUNTED or {"name", "tick"} & set(classes(each))
        for each in (element, *element.iterancestors())
    )


def _show(element: _Element) -> str:
    """The opening tag, cut to a length that can be read in a message."""
    text = opening_tag(element)
    return text if len(text) <= 100 else f"{text[:80]} … {text[-15:]}"


def _size_problems(html: str, page: _Element) -> Iterator[str]:
    """Say that a page is too large, and what makes it so: its parts, the largest first."""
    size = len(html.encode())
    if size <= PAGE_LIMIT:
        return
    parts = [
        (_figure_name(each), _size(each)) for each in select(page, "descendant::*[self::img or self::svg]")
    ]
    for table in select(page, "descendant::table"):
        caption = first(table, "descendant::caption")
        title = stripped_text(table if caption is None else caption)
        parts.append((f"the table {title[:60]!r}", _size(table)))
    for path, name in _TOGETHER.items():
        found = select(page, path)
        if found:
            parts.append((f"{len(found)} {name}", sum(map(_size, found))))
    largest = sorted(parts, key=lambda part: -part[1])[:_NAMED]
    listed = ", ".join(f"{name} {bytes_ / 1024:,.0f} KB" for name, bytes_ in largest)
    yield (
        f"The page has {size / 1024:,.1f} KB, {(size - PAGE_LIMIT) / 1024:,.1f} KB over the limit of "
        f"{PAGE_LIMIT // 1024} KB. Largest: {listed}. Show fewer rows or marks, or divide the notebook."
    )


def _figure_name(figure: _Element) -> str:
    said = figure.get("alt") or figure.get("aria-label") or "without a text alternative"
    return f"the figure {said[:60]!r}"


def _size(element: _Element) -> int:
    return len(write(element).encode())


def _image_problems(page: _Element) -> Iterator[str]:
    for image in page.iter("img"):
        if (image.get("alt") or "").strip() in ("", _NO_ALT):
            yield f"An image has no text alternative: {_show(image)}. Say in alt what the figure shows."
    for drawing in select(page, "descendant::svg[not(@aria-hidden = 'true') and not(ancestor::svg)]"):
        title = first(drawing, "title")
        name = drawing.get("aria-label") or ("" if title is None else text_of(title))
        if drawing.get("role") not in _DRAWING_ROLES or not name.strip():
            yield (
                f"A drawing has no text alternative: {_show(drawing)}. Give it role=img, or group if it holds "
                "links, and say in aria-label what the figure shows."
            )


def _fetch_problems(page: _Element) -> Iterator[str]:
    for element in page.iter("*"):
        link = element.tag == "a"
        for attribute, text in element.items():
            value = text.strip()
            if attribute in _FETCHES or (attribute == "href" and not link):
                if value and not value.startswith(("data:", "#")):
                    yield f"{attribute} would be fetched: {_show(element)}. Put it into the page."
            elif attribute == "style" or attribute.startswith("on"):
                yield f"The page's policy refuses the attribute {attribute}: {_show(element)}. Leave it out."
            elif attribute == "href" and value.lower().startswith("javascript:"):
                yield f"A link runs a script: {_show(element)}. Link to an address."
    for meta in page.iter("meta"):
        if meta.get("http-equiv", "").lower() == "refresh":
            yield f"The page sends its reader elsewhere: {_show(meta)}. Use a link."
    for style in page.iter("style"):
        for found in _CSS_FETCH.findall(text_of(style)):
            yield f"A style would fetch {found}. Put it into the page."


def _policy_problems(page: _Element) -> Iterator[str]:
    meta = first(page, "descendant::meta[@http-equiv = 'Content-Security-Policy']")
    allowed = "" if meta is None else meta.get("content", "")
    if not allowed.startswith("default-src 'none'"):
        yield "The page has no content security policy that begins with default-src 'none'."
    for element in page.iter("style", "script"):
        if digest(text_of(element)) not in allowed:
            yield (
                f"The page's policy does not allow {_show(element)}, {text_of(element)[:40]!r}. "
                "Give an output no script or style of its own."
            )


def _link_problems(page: _Element) -> Iterator[str]:
    ids = Counter(select(page, "descendant::*/@id"))
    for name, times in ids.items():
        if times > 1:
            yield f"The id {name!r} stands {times} times. Give each element its own."
    for link in select(page, "descendant::a[starts-with(@href, '#')]"):
        if link.get("href") != "#_" and link.get("href")[1:] not in ids:
            yield f"A link leads nowhere: {_show(link)}, {text_of(link)!r}. Nothing has that id."


def _heading_problems(page: _Element) -> Iterator[str]:
    headings = list(page.iter(*_HEADINGS))
    first_ones = [text_of(heading) for heading in headings if heading.tag == "h1"]
    if len(first_ones) != 1:
        titles = ", ".join(map(repr, first_ones)) or "none"
        yield (
            f"A page has one first heading; here are {len(first_ones)}: {titles}. Begin the notebook with '# …'."
        )
    level = 0
    for heading in headings:
        here = int(heading.tag[1])
        if here > level + 1:
            yield f"A heading skips a level: {_show(heading)}, {text_of(heading)!r}. Use h{level + 1}."
        level = here
