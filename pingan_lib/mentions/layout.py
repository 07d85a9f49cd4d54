"""A text with its sentences and clauses, in simplified script beside the original."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property

from pingan_lib.mentions.script import simplify

_SENTENCE_END = re.compile(r"[。！？!?…]+[”’」』）)]*|\n|(?<=[一-龥a-zA-Z%％”）)])\.(?=\s|$)")
_CLAUSE_END = re.compile(r"[，；;：。！？!?\n…]|(?<![0-9]),|,(?![0-9])|:(?![0-9])|(?<![0-9]):")


class Layout:
    """A text, where its sentences and clauses begin and end.

    Parameters
    ----------
    text : str

    Attributes
    ----------
    text : str
    plain : str
        In simplified script and half-width, character for character.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.plain = simplify(text)

    @cached_property
    def _sentence_ends(self) -> list[int]:
        return [match.end() for match in _SENTENCE_END.finditer(self.plain)]

    @cached_property
    def _clause_ends(self) -> list[int]:
        return [match.start() for match in _CLAUSE_END.finditer(self.plain)]

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """The sentence around a passage, without the blanks at its ends."""
        ends = self._sentence_ends
        before = bisect_right(ends, start)
        first = ends[before - 1] if before else 0
        after = bisect_left(ends, end)
        last = ends[after] if after < len(ends) else len(self.text)
        while first < start and self.plain[first].isspace():
            first += 1
        while last > end and self.plain[last - 1].isspace():
            last -= 1
        return first, last

    def clause(self, start: int, end: int) -> tuple[int, int]:
        """The stretch between two marks of punctuation (、 is none) around a passage."""
        ends = self._clause_ends
        before = bisect_left(ends, start)
        first = ends[before - 1] + 1 if before else 0
        after = bisect_left(ends, end)
        last = ends[after] if after < len(ends) else len(self.text)
        return min(first, start), max(last, end)
