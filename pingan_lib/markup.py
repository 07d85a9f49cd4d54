"""What HTML must be to stand on its own: languages marked, tables framed, nothing fetched or broken."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bs4 import BeautifulSoup, Tag

# Ideographs of the Basic Multilingual Plane and beyond, and the marks that stand for one.
_IDEOGRAPH = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CLOSE = "\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
# The articles are printed with ASCII commas and brackets, so these join two stretches of Chinese too.
_WITHIN = "\u2014\u2018\u2019\u201c\u201d\u2026\u00b7,:;!?().%+0-9A-Z-"
_RUN = re.compile(
    f"[\u300a\u300c\u300e\u3010\u3008\uff08]?[{_IDEOGRAPH}]"
    f"(?:[{_IDEOGRAPH}{_CLOSE}{_WITHIN}]*[{_IDEOGRAPH}{_CLOSE}])?"
)
_QUOTES = {"\u201c": "\u201d", "\u2018": "\u2019"}

_NUMBER = re.compile(r"[-\u2212+]?[\d.,\u2009 ]*\d ?%?")
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?")
_NO_TEXT = ("script", "style", "svg", "math", "title", "textarea")
_FETCHES = ("src", "srcset", "poster", "data", "background", "action", "formaction", "xlink:href", "manifest")
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
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# nbconvert writes this where an image came without a text of its own.
_NO_ALT = "No description has been provided for this image"
# Columns with texts of so many letters, an ideograph for two, need room on a phone.
_WIDE, _WIDEST = 20, 60
# An image has no links in it (WAI-ARIA 1.2, "img": children presentational); a drawing with links is a group.
_DRAWING_ROLES = ("img", "group")
# A page is mailed, and opened on a phone.
PAGE_LIMIT = 400 * 1024
# What is weighed together where a page is too large, and how many parts are named.
_TOGETHER = {
    "article.card": "evidence cards",
    "details.code": "pieces of code",
    "script": "scripts",
    "style": "styles",
}
_NAMED = 6


def mark_chinese(text: str) -> Markup:
    """Escape `text` and put each run of Chinese into ``<span lang="zh">``.

    Parameters
    ----------
    text : str
        Plain text, no HTML.

    Returns
    -------
    markupsafe.Markup
    """
    parts: list[str] = []
    at = 0
    for start, end in _runs(text):
        parts += [escape(text[at:start]), Markup('<span lang="zh">{}</span>').format(text[start:end])]
        at = end
    return Markup("").join([*parts, escape(text[at:])])


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each run of Chinese; a quotation mark belongs to it if its partner stands inside."""
    for run in _RUN.finditer(text):
        start, end = run.span()
        marks = re.findall("[\u2018\u2019\u201c\u201d]", run.group())
        if marks and start and _QUOTES.get(text[start - 1]) == marks[0]:
            start -= 1
        if marks and end < len(text) and _QUOTES.get(marks[-1]) == text[end]:
            end += 1
        yield start, end


def mark_chinese_in(soup: BeautifulSoup) -> None:
    """Put the runs of Chinese on an English page into ``<span lang="zh">``, in place.

    Text whose nearest ``lang`` is Chinese is left as it is.
    """
    from bs4 import BeautifulSoup
    from bs4.element import NavigableString

    for node in soup.find_all(string=_RUN):
        # Comments and the like are subclasses, and no text of the page.
        if type(node) is not NavigableString or node.find_parent(_NO_TEXT):
            continue
        speaker = node.find_parent(attrs={"lang": True})
        if speaker is not None and str(speaker["lang"]).startswith("zh"):
            continue
        pieces = BeautifulSoup(mark_chinese(str(node)), "html.parser")
        node.replace_with(*list(pieces.contents))


def drop_styling(soup: BeautifulSoup) -> None:
    """Take out what the page's policy would refuse anyway: style elements and style attributes, in place."""
    for element in soup.find_all("style"):
        element.decompose()
    for element in soup.find_all(style=True):
        del element["style"]


def frame_tables(soup: BeautifulSoup, name: str) -> None:
    """Let each table that is not in a ``.table-scroll`` yet scroll inside one, in place.

    Parameters
    ----------
    soup : bs4.BeautifulSoup
        The page.
    name : str
        What a table without a caption is called; holds ``{number}``.
    """
    for number, table in enumerate(soup.find_all("table"), start=1):
        if table.find_parent(class_="table-scroll"):
            continue
        caption = table.find("caption")
        label = caption.get_text(" ", strip=True) if caption else name.format(number=number)
        table["class"] = "grid"
        table.attrs.pop("border", None)
        for cell in table.find_all("th"):
            cell.attrs.setdefault("scope", "col" if cell.find_parent("thead") else "row")
        table.wrap(
            soup.new_tag(
                "div", attrs={"class": "table-scroll", "tabindex": "0", "role": "region", "aria-label": label}
            )
        )


def align_numbers(soup: BeautifulSoup) -> None:
    """Give a class to the cells of each column that holds nothing but numbers or dates, in place.

    Numbers get ``num``, dates of ISO 8601 get ``date``; empty cells do not count.
    """
    for table in soup.find_all("table"):
        rows = [row.find_all(["th", "td"], recursive=False) for row in table.select("tbody tr")]
        heads = [row.find_all(["th", "td"], recursive=False) for row in table.select("thead tr")]
        if not rows or len({len(row) for row in [*rows, *heads]}) != 1:
            continue
        for place, column in enumerate(zip(*rows, strict=True)):
            texts = [text for cell in column if (text := cell.get_text(strip=True))]
            for name, form in (("num", _NUMBER), ("date", _DATE)):
                if texts and all(form.fullmatch(text) for text in texts):
                    for cell in (*column, *(head[place] for head in heads)):
                        cell["class"] = " ".join(dict.fromkeys([*cell.get("class", ()), name]))


def widen_prose(soup: BeautifulSoup) -> None:
    """Give a class to the heading of each column that holds longer texts, in place: `wide`, or `widest`."""
    for table in soup.find_all("table"):
        rows = [row.find_all(["th", "td"], recursive=False) for row in table.find_all("tr")]
        if len({len(row) for row in rows}) != 1:
            continue
        for column in zip(*rows, strict=True):
            longest = max(map(_letters, column))
            if longest >= _WIDE:
                name = "widest" if longest >= _WIDEST else "wide"
                column[0]["class"] = " ".join([*column[0].get("class", ()), name])


def _letters(cell: Tag) -> int:
    text = cell.get_text(" ", strip=True)
    return len(text) + len(re.findall(f"[{_IDEOGRAPH}{_CLOSE}]", text))


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
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    return [
        *_size_problems(html, soup),
        *_image_problems(soup),
        *_fetch_problems(soup),
        *_policy_problems(soup),
        *_link_problems(soup),
        *_heading_problems(soup),
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
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    found = []
    for node in soup.find_all(string=re.compile(r"\d")):
        parents = list(node.parents)
        accounted = any(
            parent.has_attr("data-source")
            or parent.name in _ACCOUNTED
            or {"name", "tick"} & set(parent.get_attribute_list("class"))
            for parent in parents
        )
        if not accounted:
            around = next((p for p in parents if p.name in _BLOCKS), parents[0])
            found.append(f"{node.strip()[:60]!r} in: {around.get_text(' ', strip=True)[:80]}")
    return found


def _show(element: Tag) -> str:
    """The opening tag, cut to a length that can be read in a message."""
    tag = re.match(r"<[^>]*>?", str(element))
    text = tag.group() if tag else ""
    return text if len(text) <= 100 else f"{text[:80]} … {text[-15:]}"


def _size_problems(html: str, soup: BeautifulSoup) -> Iterator[str]:
    """Say that a page is too large, and what makes it so: its parts, the largest first."""
    size = len(html.encode())
    if size <= PAGE_LIMIT:
        return
    parts = [(_figure_name(each), _size(each)) for each in soup.find_all(["img", "svg"])]
    for table in soup.find_all("table"):
        caption = table.find("caption")
        title = caption.get_text(" ", strip=True) if caption else table.get_text(" ", strip=True)
        parts.append((f"the table {title[:60]!r}", _size(table)))
    for selector, name in _TOGETHER.items():
        found = soup.select(selector)
        if found:
            parts.append((f"{len(found)} {name}", sum(map(_size, found))))
    largest = sorted(parts, key=lambda part: -part[1])[:_NAMED]
    listed = ", ".join(f"{name} {bytes_ / 1024:,.0f} KB" for name, bytes_ in largest)
    yield (
        f"The page has {size / 1024:,.1f} KB, {(size - PAGE_LIMIT) / 1024:,.1f} KB over the limit of "
        f"{PAGE_LIMIT // 1024} KB. Largest: {listed}. Show fewer rows or marks, or divide the notebook."
    )


def _figure_name(figure: Tag) -> str:
    said = str(figure.get("alt") or figure.get("aria-label") or "without a text alternative")
    return f"the figure {said[:60]!r}"


def _size(element: Tag) -> int:
    return len(str(element).encode())


def _image_problems(soup: BeautifulSoup) -> Iterator[str]:
    for image in soup.find_all("img"):
        alt = str(image.get("alt") or "").strip()
        if alt in ("", _NO_ALT):
            yield f"An image has no text alternative: {_show(image)}. Say in alt what the figure shows."
    for drawing in soup.find_all("svg"):
        if drawing.get("aria-hidden") == "true" or drawing.find_parent("svg"):
            continue
        title = drawing.find("title", recursive=False)
        name = str(drawing.get("aria-label") or (title.get_text() if title else "")).strip()
        if drawing.get("role") not in _DRAWING_ROLES or not name:
            yield (
                f"A drawing has no text alternative: {_show(drawing)}. Give it role=img, or group if it holds "
                "links, and say in aria-label what the figure shows."
            )


def _fetch_problems(soup: BeautifulSoup) -> Iterator[str]:
    for element in soup.find_all(True):
        fetching = _FETCHES if element.name == "a" else (*_FETCHES, "href")
        for attribute in fetching:
            value = str(element.get(attribute) or "").strip()
            if value and not value.startswith(("data:", "#")):
                yield f"{attribute} would be fetched: {_show(element)}. Put it into the page."
        for attribute in element.attrs:
            if attribute == "style" or attribute.startswith("on"):
                yield f"The page's policy refuses the attribute {attribute}: {_show(element)}. Leave it out."
        if element.name == "a" and str(element.get("href") or "").strip().lower().startswith("javascript:"):
            yield f"A link runs a script: {_show(element)}. Link to an address."
        if element.name == "meta" and str(element.get("http-equiv") or "").lower() == "refresh":
            yield f"The page sends its reader elsewhere: {_show(element)}. Use a link."
    for style in soup.find_all("style"):
        for found in _CSS_FETCH.findall(style.get_text()):
            yield f"A style would fetch {found}. Put it into the page."


def _policy_problems(soup: BeautifulSoup) -> Iterator[str]:
    meta = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    allowed = str(meta.get("content")) if meta else ""
    if not allowed.startswith("default-src 'none'"):
        yield "The page has no content security policy that begins with default-src 'none'."
    for element in soup.find_all(["style", "script"]):
        if digest(element.get_text()) not in allowed:
            yield (
                f"The page's policy does not allow {_show(element)}, {element.get_text()[:40]!r}. "
                "Give an output no script or style of its own."
            )


def _link_problems(soup: BeautifulSoup) -> Iterator[str]:
    ids = Counter(str(element["id"]) for element in soup.find_all(id=True))
    for name, times in ids.items():
        if times > 1:
            yield f"The id {name!r} stands {times} times. Give each element its own."
    for link in soup.find_all("a", href=True):
        target = str(link["href"])
        if target.startswith("#") and target != "#_" and target[1:] not in ids:
            yield f"A link leads nowhere: {_show(link)}, {link.get_text()!r}. Nothing has that id."


def _heading_problems(soup: BeautifulSoup) -> Iterator[str]:
    headings = soup.find_all(_HEADINGS)
    first = [heading for heading in headings if heading.name == "h1"]
    if len(first) != 1:
        titles = ", ".join(repr(heading.get_text()) for heading in first) or "none"
        yield f"A page has one first heading; here are {len(first)}: {titles}. Begin the notebook with '# …'."
    level = 0
    for heading in headings:
        here = int(heading.name[1])
        if here > level + 1:
            yield f"A heading skips a level: {_show(heading)}, {heading.get_text()!r}. Use h{level + 1}."
        level = here
