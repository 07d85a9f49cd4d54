"""Chinese in an English page: each run of it marked as such."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from pingan_lib.markup.tree import make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bs4 import BeautifulSoup
    from lxml.etree import _Element

# Ideographs of the Basic Multilingual Plane and beyond, and the marks that stand for one.
_IDEOGRAPH = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CLOSE = "\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
# The articles are printed with ASCII commas and brackets, so these join two stretches of Chinese too.
_WITHIN = "\u2014\u2018\u2019\u201c\u201d\u2026\u00b7,:;!?().%+0-9A-Z-"
_RUN = re.compile(
    f"[\u300a\u300c\u300e\u3010\u3008\uff08]?[{_IDEOGRAPH}]"
    f"(?:[{_IDEOGRAPH}{_CLOSE}{_WITHIN}]*[{_IDEOGRAPH}{_CLOSE}])?"
)
_TWO_WIDE = re.compile(f"[{_IDEOGRAPH}{_CLOSE}]")
_QUOTES = {"\u201c": "\u201d", "\u2018": "\u2019"}
_NO_TEXT = ("script", "style", "svg", "math", "title", "textarea", "template")


def letters(text: str) -> int:
    """How many letters wide a text is: an ideograph stands for two."""
    return len(text) + len(_TWO_WIDE.findall(text))


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


def mark_chinese_nodes(element: _Element) -> None:
    """Put the runs of Chinese in an English page into ``<span lang="zh">``, in place.

    Text whose nearest ``lang`` is Chinese is left as it is.
    """
    waiting = [(element, True)]
    while waiting:
        each, english = waiting.pop()
        if each.tag in _NO_TEXT:
            continue
        spoken = each.get("lang")
        if spoken is not None:
            english = not spoken.startswith("zh")
        waiting += [(child, english) for child in each.iterchildren("*")]
        if english:
            for child in list(each):
                if runs := _runs_in(child.tail):
                    child.tail, spans = _divided(child, child.tail, runs)
                    for span in reversed(spans):
                        child.addnext(span)
            if runs := _runs_in(each.text):
                each.text, spans = _divided(each, each.text, runs)
                each[:0] = spans


def _runs_in(text: str | None) -> list[tuple[int, int]]:
    return [] if text is None or text.isascii() else list(_runs(text))


def _divided(element: _Element, text: str, runs: list[tuple[int, int]]) -> tuple[str, list[_Element]]:
    """The text before the first run, and an element for each run with the text behind it."""
    spans = []
    for (start, end), (after, _) in zip(runs, [*runs[1:], (len(text), 0)], strict=True):
        span = make(element, "span", text[start:end], lang="zh")
        span.tail = text[end:after]
        spans.append(span)
    return text[: runs[0][0]], spans


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
