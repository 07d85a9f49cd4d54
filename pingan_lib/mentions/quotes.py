"""The shortest clause-like passage that holds a number and what it counts."""

from __future__ import annotations

import re
from typing import Literal

from pingan_lib.mentions.layout import Layout

Reach = Literal["noun", "clause", ""]

_LONGEST = 14
# Where the noun behind a number ends: a word that begins the next thing said.
_NEXT = re.compile(
    "[(（](?![^()（）]{1,5}[)）])|(?<!一)把|[在从对被将由于以已均都共并且及达较比，、；。！？：“”‘’\n]|(?<!面)向|用于|进行|相比|处以"
    "|开展|实现|落实|布置|进入|入选|跻身|位[居列]|活跃|荣[立获]|获|参[与加]|发生|成为|予以|全部|分别|占|[和与]"
)
_TOLD = re.compile(
    "[同环]比|[比较][^，。；]{0,8}(?:年|期)|分别|大幅度?|各|均|其中|[降增涨减跌]幅|下降|减少|降低|增长|增加"
    "|上升|提高|提升|了|达到?|为|和|与|约|近|超过?|、|又|也|再|环|总体|年均|平均"
)
_LEADING = " 、和与及的了并，,；;：:。）)”’\n"
_TRAILING = " 、和与及的了，,；;：:。（(“‘\n"


def passage(
    layout: Layout, start: int, end: int, left_limit: int, right_limit: int, reach: Reach
) -> tuple[int, int]:
    """Find the passage to quote for a number.

    Parameters
    ----------
    layout : Layout
    start, end : int
        The number phrase with its unit, or the list of numbers up to it.
    left_limit, right_limit : int
        Where the neighbouring number phrases of the same clause end and begin.
    reach : {"noun", "clause", ""}
        How much behind the number belongs to it: the noun that is counted (547名精干力量), what lasted so long
        (连续六年保持全破), or nothing (95.97%).

    Returns
    -------
    start, end : int
    """
    plain = layout.plain
    clause = layout.clause(start, end)
    first = _after_neighbour(plain, max(clause[0], min(left_limit, start)), clause[0], start)
    if not reach and not _says(plain[first:start], 0) and re.match("[一-龥]", plain[end : end + 1]):
        reach = "noun"
    last = _last(plain, end, min(clause[1], right_limit), reach)
    behind = len(plain[end:last].strip())
    first = _trimmed(plain, first, start, short=behind >= 2)
    sentence = layout.sentence(start, end)
    while first > sentence[0] and not _says(plain[first:start], behind):
        previous = layout.clause(first - 1, first - 1)[0]
        first = max(sentence[0], min(previous, first - 1))
    first, last = _whole_brackets(plain, first, last, sentence)
    while first < start and (
        (plain[first] in _LEADING and plain[first : first + 2] != "及时")
        or plain[first - 1 : first + 1] == "及其"
    ):
        first += 1
    while last > end and plain[last - 1] in _TRAILING:
        last -= 1
    return first, last


def _whole_brackets(plain: str, first: int, last: int, sentence: tuple[int, int]) -> tuple[int, int]:
    """Take in the other half of a bracket that stands near: 在100个县(市 goes on to 、区)."""
    passage = plain[first:last]
    if re.search("[(（][^)）]*$", passage):
        closing = re.search("[)）]", plain[last : min(last + _LONGEST, sentence[1])])
        last = last + closing.end() if closing else last
    if re.match("[^(（]*[)）]", passage):
        opening = re.search(
            "[^(（，。；、]{0,6}[(（][^(（]*$", plain[max(first - _LONGEST, sentence[0]) : first]
        )
        first = first - len(opening[0]) if opening else first
    return first, last


def _after_neighbour(plain: str, first: int, clause: int, start: int) -> int:
    """Leave out the noun of the number before: 街面警务站、26处公安检查站 begins at 26."""
    if first == clause:
        return first
    between = plain[first:start]
    cuts = [
        mark.end()
        for mark in re.finditer("[、和]|及(?![时早])", between)
        if len(re.findall("[)）]", between[mark.end() :])) <= len(re.findall("[(（]", between[mark.end() :]))
    ]
    return first + cuts[-1] if cuts else first


def _last(plain: str, end: int, limit: int, reach: Reach) -> int:
    """Where the passage ends behind the number."""
    if reach == "clause":
        return limit if limit - end <= _LONGEST else end
    of = plain[end : end + 1] == "的"
    if not (reach or of):
        return end
    stop = min(limit, end + _LONGEST + (6 if of else 0))
    match = _NEXT.search(plain, end, stop)
    return match.start() if match else stop


def _says(before: str, behind: int) -> bool:
    """Whether the words before a number, with what follows it, tell what is counted."""
    told = re.sub("[^一-龥]", "", _TOLD.sub("", before))
    return behind >= 2 or len(told) >= 2


def _trimmed(plain: str, first: int, start: int, *, short: bool) -> int:
    """Leave out what stands further away than the passage needs."""
    if start - first <= _LONGEST:
        return first
    window = plain[first:start]
    cuts = [match.end() for match in re.finditer("[、；，]|[在对从向](?!案)", window)]
    wanted = len(window) - (2 if short else 6)
    fitting = [cut for cut in cuts if cut <= wanted]
    return first + fitting[-1] if fitting else first
