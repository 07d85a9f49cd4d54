"""A quote in a text: where it stands, what surrounds it, and what is nearest where it is missing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import repeat

from pingan_lib.errors import QuoteError

MISSING = -1
AMBIGUOUS = -2
# From here on a passage is taken for another wording of a quote; difflib's documentation takes 0.6 for a close match.
CLOSE = 0.6

_SENTENCE_END = re.compile(r"[。!?!?][”’」』)]*|\n")


@dataclass(frozen=True)
class Passage:
    """A stretch of a text.

    Attributes
    ----------
    start, end : int
        Offsets in code points; `text[start:end]` is the passage.
    before, quote, after : str
        The passage, and what is shown around it.
    """

    start: int
    end: int
    before: str
    quote: str
    after: str


def locate(text: str, quote: str, prefix: str = "") -> tuple[int, int]:
    """Find the one place where a quote stands.

    The selector is the TextQuoteSelector of the W3C Web Annotation Data Model (2017): exact text, made unique by
    the characters before it. Nothing is matched approximately.

    Parameters
    ----------
    text : str
        The article.
    quote : str
        Verbatim passage.
    prefix : str, optional
        The characters just before the quote; needed where the quote stands in the text more than once.

    Returns
    -------
    start, end : int
        Offsets in code points, `text[start:end] == quote`.

    Raises
    ------
    QuoteError
        If the quote is not there, with the nearest passage and the differing characters, or is there twice.
    """
    (start,) = locate_all(text, [quote], [prefix])
    if start == MISSING:
        raise QuoteError(explain_missing(text, prefix + quote))
    if start == AMBIGUOUS:
        raise QuoteError(explain_ambiguous(text, prefix + quote))
    return start, start + len(quote)


def locate_all(text: str, quotes: Sequence[str], prefixes: Sequence[str]) -> list[int]:
    """Find many quotes in one text.

    Parameters
    ----------
    text : str
        The article.
    quotes, prefixes : sequence of str
        Of equal length; a prefix may be empty.

    Returns
    -------
    list of int
        Start offsets in code points; `MISSING` where a quote is not in the text, `AMBIGUOUS` where it is there
        more than once.
    """
    return locate_each({"": text}, repeat("", len(quotes)), quotes, prefixes)


def locate_each(
    texts: Mapping[str, str], articles: Iterable[str], quotes: Iterable[str], prefixes: Iterable[str]
) -> list[int]:
    """Find many quotes, each in its own text.

    Fastest where the quotes of an article follow each other, in whatever order.

    Parameters
    ----------
    texts : mapping of str to str
        The articles by their id.
    articles, quotes, prefixes : iterable of str
        Of equal length: the id of the article, the quote, and the characters just before it or nothing.

    Returns
    -------
    list of int
        As `locate_all`; `MISSING` also where there is no such article.
    """
    starts = []
    current, find = None, "".find
    for article, quote, prefix in zip(articles, quotes, prefixes, strict=True):
        if article != current:
            current, find = article, texts.get(article, "").find
        wanted = prefix + quote if prefix else quote
        start = find(wanted) if quote else MISSING
        if start < 0:
            starts.append(MISSING)
        elif find(wanted, start + 1) >= 0:
            starts.append(AMBIGUOUS)
        else:
            starts.append(start + len(prefix))
    return starts


def nearest_passage(text: str, quote: str) -> tuple[int, int]:
    """Find the passage of a text that is most like a quote that is not in it.

    The longest common substring anchors a window of the quote's length; the window is then trimmed to what
    matches (Ratcliff and Obershelp's matching blocks, as in `difflib`).

    Parameters
    ----------
    text, quote : str

    Returns
    -------
    start, end : int
        Offsets in code points; both 0 where nothing is shared.
    """
    matcher = SequenceMatcher(None, text, quote, autojunk=False)
    anchor = matcher.find_longest_match()
    if anchor.size == 0:
        return 0, 0
    start = max(0, anchor.a - anchor.b)
    end = min(len(text), anchor.a + len(quote) - anchor.b)
    blocks = [
        b
        for b in SequenceMatcher(None, text[start:end], quote, autojunk=False).get_matching_blocks()
        if b.size
    ]
    return start + max(0, blocks[0].a - blocks[0].b), min(
        end, start + blocks[-1].a + len(quote) - blocks[-1].b
    )


def likeness(one: str, other: str) -> float:
    """How much of two passages matches, from 0 to 1 (Ratcliff and Obershelp's ratio)."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def differences(found: str, wanted: str) -> list[str]:
    """Say where two passages differ, character by character.

    Parameters
    ----------
    found : str
        What the article has.
    wanted : str
        What the quote has.

    Returns
    -------
    list of str
        One entry a difference, naming the characters where they look alike.
    """
    result = []
    for operation, a1, a2, b1, b2 in SequenceMatcher(None, found, wanted, autojunk=False).get_opcodes():
        if operation != "equal":
            result.append(
                f"the article has {_shown(found[a1:a2])} where the quote has {_shown(wanted[b1:b2])}"
            )
    return result


def explain_missing(text: str, quote: str) -> str:
    """Say that a quote is not in a text, with the nearest passage and what differs."""
    if not quote:
        return "the quote is empty."
    start, end = nearest_passage(text, quote)
    if end - start < 2 or likeness(text[start:end], quote) < CLOSE:
        return f"{_clipped(quote)!r} is not in the article, and nothing there is like it."
    differing = "; ".join(differences(text[start:end], quote)[:3])
    return (
        f"{_clipped(quote)!r} is not in the article. "
        f"Nearest, at character {start}: {_clipped(text[start:end])!r}; {differing}."
    )


def explain_ambiguous(text: str, quote: str) -> str:
    """Say that a quote stands in a text more than once, and where."""
    places = [match.start() for match in re.finditer(f"(?={re.escape(quote)})", text)]
    return f"{_clipped(quote)!r} is in the article {len(places)} times, at characters {', '.join(map(str, places))}."


def in_context(text: str, start: int, end: int, *, width: int = 120) -> Passage:
    """Give a passage with the sentence that it stands in.

    Parameters
    ----------
    text : str
        The article.
    start, end : int
        Offsets of the passage in code points.
    width : int, optional
        The most characters to show on either side.

    Returns
    -------
    Passage
        `before` and `after` reach to the ends of the sentence, or to `width` characters, then with an ellipsis.
    """
    first, last = 0, len(text)
    for match in _SENTENCE_END.finditer(text):
        if match.end() <= start:
            first = match.end()
        elif match.start() >= end - 1:
            last = match.end()
            break
    before, after = text[first:start].lstrip(), text[end:last].rstrip()
    if len(before) > width:
        before = "…" + before[-width:]
    if len(after) > width:
        after = after[:width] + "…"
    return Passage(start, end, before, text[start:end], after)


def _clipped(passage: str, limit: int = 60) -> str:
    return passage if len(passage) <= limit else passage[: limit - 1] + "…"


def _shown(characters: str) -> str:
    if not characters:
        return "nothing"
    if len(characters) > 3:
        return repr(_clipped(characters, 20))
    names = ", ".join(f"U+{ord(c):04X} {unicodedata.name(c, 'unnamed').lower()}" for c in characters)
    return f"{characters!r} ({names})"
