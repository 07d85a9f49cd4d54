"""What is found in a text: a reported figure, and the name of a mechanism."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from pingan_lib.grammar import Hedge

Kind = Literal[
    "percentage",
    "change",
    "percentage_point",
    "count",
    "money",
    "rank",
    "measure",
    "duration",
    "ratio",
]


@dataclass(frozen=True)
class Mention:
    """A number that a text reports, with where it stands and what it says.

    Attributes
    ----------
    start, end : int
        Offsets of the quote in code points; `text[start:end] == quote`.
    quote : str
        The shortest clause-like passage that holds the number and what it counts, within one sentence.
    printed_start, printed_end : int
        Offsets of the printed number, within the quote.
    printed : str
        The number as printed, with hedge and multiplier, as `figures.csv` has it.
    value : Fraction
        In the base unit: yuan, persons, square metres; shares are on 0-100, a fall is negative; of a range the
        lower end.
    unit : str
        A unit code.
    unit_printed : str
        The unit as the text has it (件, 个百分点, 平方公里), "" where there is none.
    hedge : {"exact", "at_least", "at_most", "about", "between"}
    kind : {"percentage", "change", "percentage_point", "count", "money", "rank", "measure", "duration", "ratio"}
    low, high : Fraction or None
        The bounds of the true value that the printed form allows, in the unit of `value`.
    role : {"reported", "target", "norm"}
        Whether the number tells what was, what shall be, or what a rule asks of each.
    timing : {"point", "period", "cumulative"}
        A guess.
    period_start, period_end : date or None
    period_basis : {"stated", "inferred", "none"}
    period_text : str
        The words of the period (2023年, 截至目前), "" where there are none.
    sentence : str
        The sentence that the number stands in.
    """

    start: int
    end: int
    quote: str
    printed_start: int
    printed_end: int
    printed: str
    value: Fraction
    unit: str
    unit_printed: str
    hedge: Hedge
    kind: Kind
    low: Fraction | None
    high: Fraction | None
    role: Literal["reported", "target", "norm"]
    timing: Literal["point", "period", "cumulative"]
    period_start: date | None
    period_end: date | None
    period_basis: Literal["stated", "inferred", "none"]
    period_text: str
    sentence: str


@dataclass(frozen=True)
class Name:
    """The name of a mechanism, project or programme, as a text puts it in quotation marks.

    Attributes
    ----------
    start, end : int
        Offsets of the quote in code points; `text[start:end] == quote`.
    quote : str
        The marks, what stands between them, and the word that follows and tells what it is:
        “三同步一延伸”工作机制.
    name : str
        What stands between the marks.
    kind_word : str
        The word that tells what it is (工作机制, 工程), "" where the name ends in it or none follows.
    sentence : str
    """

    start: int
    end: int
    quote: str
    name: str
    kind_word: str
    sentence: str
