"""The shortest clause-like passage that holds a number and what it counts."""

from __future__ import annotations

import re

from pingan_lib.mentions.layout import Layout

_LONGEST = 14
# Where the noun behind a number ends: a word that begins the next thing said.
_NEXT = re.compile("[(（](?![^()（）]{1,5}[)）])|[在从对向把被将由于以已均都共并且及达较比，、；。！？：“”‘’\n]|用于|进行|开展|实现|成为|予以|全部|分别|占|[和与]")
_TOLD = re.compile("[同环]比|[比较][^，。；]{0,8}(?:年|期)|分别|大幅度?|各|均|其中|[降增涨减跌]幅|下降|减少|降低|增长|增加|上升|提高|提升|了|达到?|为|和|与|约|近|超过?|、|又|也|再|环|总体|年均|平均")
_SKIP = " 、和与及的了，,；;：:。）)”’\n"


def passage(
    layout: Layout, start: int, end: int, left_limit: int, right_limit: int, *, noun_follows: bool
) -> tuple[int, int]:
    """Find the passage to quote for a number.

    Parameters
    ----------
    layout : Layout
    start, end : int
        The number phrase with its unit, or the list of numbers up to it.
    left_limit, right_limit : int
        Where the neighbouring number phrases of the same clause end and begin.
    noun_follows : bool
        Whether what is counted may follow the number (547名精干力量), as it cannot for a percentage.

    Returns
    -------
    start, end : int
    """
    plain = layout.plain
    clause = layout.clause(start, end)
    last = end
    if noun_follows or plain[end : end + 1] == "的":
        stop = min(clause[1], right_limit, end + _LONGEST)
        if plain[end : end + 1] == "的":
            stop = min(clause[1], right_limit, end + _LONGEST + 6)
        match = _NEXT.search(plain, end, stop)
        last = match.start() if match else stop
    first = max(clause[0], min(left_limit, start))
    behind = len(plain[end:last].strip())
    first = _trimmed(plain, first, start, short=behind >= 2)
    sentence = layout.sentence(start, end)
    while first > sentence[0] and not _says(plain[first:start], behind):
        previous = layout.clause(first - 1, first - 1)[0]
        first = max(sentence[0], min(previous, first - 1))
    while first < start and plain[first] in _SKIP:
        first += 1
    while last > end and plain[last - 1] in _SKIP + "（(“":
        last -= 1
    return first, last


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
