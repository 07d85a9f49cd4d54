"""Several numbers that share one unit or one word of change: 1.83和1.86个百分点, 分别下降12.3%、8.5%和30%."""

from __future__ import annotations

import re
from dataclasses import replace

from pingan_lib.mentions.spans import Span

_LINK = re.compile(r"\s{0,2}(?:[、/]|[、，,]?\s?(?:和|与|及|以及|或))\s{0,2}")
_NOUN_BETWEEN = re.compile(r"[^，。；、0-9]{0,3}[、和与及][^，。；、0-9]{0,8}")
_COMMA_AND_NOUN = re.compile(r"[，,][^，。；、0-9]{0,8}")
_COMMA = re.compile(r"\s{0,2}[，,]\s{0,2}")


def share_words(plain: str, found: list[Span]) -> list[tuple[Span, bool]]:
    """Give a number without a word behind it the word of the next one in its list.

    Parameters
    ----------
    plain : str
    found : list of Span
        In order.

    Returns
    -------
    list of (Span, bool)
        Each span, with whether its word is another number's.
    """
    result: list[tuple[Span, bool]] = []
    following: Span | None = None
    for span in reversed(found):
        borrowed = False
        if not span.word and not span.share and following is not None and following.word:
            between = plain[span.end : following.start]
            digits = plain[span.digits_start : span.digits_end]
            arabic = re.fullmatch("[-0-9.,十百千万亿余多]+", digits) and re.search("[0-9]", digits)
            together = _COMMA.fullmatch(between) and "分别" in plain[max(0, span.start - 30) : span.start]
            if arabic and (_LINK.fullmatch(between) or together) and _alike(digits, plain, following):
                span = replace(span, word=following.word)
                borrowed = True
        result.append((span, borrowed))
        following = span
    result.reverse()
    return result


def _alike(digits: str, plain: str, other: Span) -> bool:
    """3.2、4.5万人 leaves out what 3.2 is counted in: such a number is left alone."""
    theirs = plain[other.digits_start : other.digits_end]
    return bool(set(digits) & set("万亿")) == bool(set(theirs) & set("万亿"))


def listed_with(plain: str, one: Span, other: Span) -> bool:
    """Whether two neighbouring numbers stand in one list, with at most a short noun between them."""
    between = plain[one.end : other.start]
    if adjoining(plain, one, other) or _NOUN_BETWEEN.fullmatch(between):
        return True
    told = one.word == other.word and "分别" in plain[max(0, one.start - 40) : one.start]
    return told and bool(_COMMA_AND_NOUN.fullmatch(between))


def adjoining(plain: str, one: Span, other: Span) -> bool:
    """Whether nothing but the mark of a list stands between two numbers."""
    between = plain[one.end : other.start]
    # 减少274人(18%): what stands in brackets behind a number tells the same again.
    if between.strip() in ("(", "（"):
        return True
    if one.word == other.word and (not between or _COMMA.fullmatch(between)):
        return True
    return bool(_LINK.fullmatch(between))
