"""Two texts, word by word: what was taken out and what was put in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

# A Chinese character is a word; so are a number with its sign, a Latin word, a space and any other character.
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_HAN}]|[+\-−]?\d+(?:[.,]\d+)*%?|[^\W\d{_HAN}]+|\s+|.", re.DOTALL)
# Texts that share less are two texts; their common words are chance.
_ALIKE = 0.4
_AROUND = 8  # words and spaces that are left on each side of a change


@dataclass(frozen=True)
class Piece:
    """A stretch of a text.

    Attributes
    ----------
    text : str
    changed : bool
        Whether the other text has not got it.
    """

    text: str
    changed: bool


def pieces(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Divide two texts into what they share and what they do not.

    Parameters
    ----------
    before, after : str

    Returns
    -------
    tuple of (tuple of Piece, tuple of Piece)
        The pieces of each text, which joined are the text. Longest common runs of words, by `difflib`.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return tuple(_whole(before)), tuple(_whole(after))
    left, right = [], []
    for kind, low, high, from_, to in matcher.get_opcodes():
        left += [Piece("".join(old[low:high]), kind != "equal")] * (high > low)
        right += [Piece("".join(new[from_:to]), kind != "equal")] * (to > from_)
    return tuple(left), tuple(right)


def excerpt(text: tuple[Piece, ...]) -> str:
    """Shorten a text to its changes and the words around them.

    Parameters
    ----------
    text : tuple of Piece

    Returns
    -------
    str
        With … where words were left out; the whole text if nothing is changed.
    """
    if not any(piece.changed for piece in text):
        return "".join(piece.text for piece in text)
    return "".join(_kept(text))


def _kept(text: tuple[Piece, ...]) -> Iterator[str]:
    for place, piece in enumerate(text):
        words = _WORD.findall(piece.text)
        first, last = place == 0, place == len(text) - 1
        wanted = _AROUND * (2 if not first and not last else 1)
        if piece.changed or len(words) <= wanted + 2:
            yield piece.text
            continue
        if not first:
            yield "".join(words[:_AROUND]).rstrip()
        yield " … " if not first and not last else "…"
        if not last:
            yield "".join(words[-_AROUND:]).lstrip()


def _whole(text: str) -> Iterator[Piece]:
    if text:
        yield Piece(text, changed=True)
