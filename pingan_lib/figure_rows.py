"""A figure's row: its number as printed, and what may be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from typing import get_args

from pingan_lib.errors import NumberError, choices
from pingan_lib.grammar import PLAIN
from pingan_lib.numerals import DEFAULT_READING, Hedge, Number, Reading
from pingan_lib.units import SHARES, read_in

PLAIN_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
# A fall told just before the number, and one told anywhere in its quote.
_FALL_BEFORE = re.compile("(?:下降|减少|降低|下滑|回落|负增长|减|降)了?$")
_ANY_FALL = re.compile("下降|减少|降低|下滑|回落|负增长|下跌|缩短|压缩|收窄|减|降|少|跌")
# What may fall: the number is printed without a sign, and the words around it tell the fall.
CHANGES = ("percent_change", "percentage_point")


def read_printed(printed: str, unit: str, reading: Reading = DEFAULT_READING) -> Number:
    """Read a figure's printed form; a percentage's sign may stand outside it, and tells that it was rounded."""
    number = read_in(printed, unit, reading)
    if unit in SHARES and not number.unit.endswith(("%", "百分点", "百分點")):
        raise NumberError(
            f"{printed!r} counts {number.unit}, and {unit} does not. Copy the percentage, or mend the unit."
        )
    return number


def figure_faults(
    figure: Mapping[str, str], units: Mapping[str, str], figures: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str, str]]:
    """List what is wrong with a row of `figures`.

    Parameters
    ----------
    figure : mapping of str to str
        The row's cells as written.
    units : mapping of str to str
        The unit of each measure.
    figures : mapping of str to mapping
        All rows by their id.

    Yields
    ------
    tuple of (str, str, str)
        The column, what was found, and what to do.
    """
    yield from _number_faults(figure)
    unit = figure["unit"]
    if unit != units.get(figure["measure_id"], unit):
        wanted = units[figure["measure_id"]]
        yield "unit", f"{unit!r} is not the unit of {figure['measure_id']!r}.", f"That is {wanted!r}."
    yield from _denominator_faults(figure, figures)
    if figure["same_as"] == figure["figure_id"]:
        yield "same_as", "names the row itself.", "Name the earlier row, or leave it empty."
    yield from _period_faults(figure)


def _number_faults(figure: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    printed, unit, quote = figure["printed"], figure["unit"], figure["quote"]
    if printed not in quote:
        yield "printed", f"{printed!r} is not in the quote {quote!r}.", "Copy the number from the quote."
    if not PLAIN_NUMBER.fullmatch(figure["value"]):
        # Words are told by the check of types, which lets INF, NaN and full-width digits pass.
        with suppress(ValueError):
            float(figure["value"])
            yield "value", f"{figure['value']!r} is no number.", "Write it in digits, such as 2730 or -26.37."
        return
    value = Fraction(figure["value"])
    if unit == "percent" and not 0 <= value <= 100:
        yield "value", f"{figure['value']} is no share from 0 to 100.", "Is it a change? Then mend the unit."
    if unit in CHANGES and value > 0 and _FALL_BEFORE.search(quote.partition(printed)[0]):
        yield "value", f"{figure['value']} is a rise, and the quote says a fall.", "Put a minus before it."
    try:
        number = read_printed(printed, unit)
    except NumberError as error:
        yield "printed", str(error), ""
        return
    falls = unit in CHANGES or (unit != "percent" and _ANY_FALL.search(quote.translate(PLAIN)))
    expected = abs(value) if falls and number.value >= 0 else value
    if not _same(number.value, expected):
        yield (
            "value",
            f"{figure['value']} does not match {printed!r}, which reads {_written(number.value)}.",
            "Write the value in the base unit, or mend printed.",
        )
    if number.hedge != figure["hedge"] and figure["hedge"] in get_args(Hedge):
        yield "hedge", f"{figure['hedge']!r} does not match {printed!r}.", f"It reads {number.hedge!r}."


def _denominator_faults(
    figure: Mapping[str, str], figures: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str, str]]:
    denominator = figure["denominator"]
    if not denominator or not denominator.isascii():
        return
    total = figures.get(denominator)
    if total is None:
        yield (
            "denominator",
            choices("figure", denominator, sorted(figures)),
            "Words for a total are in Chinese.",
        )
    elif denominator == figure["figure_id"]:
        yield "denominator", "names the row itself.", "Name the figure that it is a share of."
    elif total["unit"] in SHARES:
        yield (
            "denominator",
            f"{denominator!r} is itself a percentage.",
            "Name the count that it is a share of.",
        )
    elif total["article_id"] != figure["article_id"]:
        yield "denominator", f"{denominator!r} is from another article.", "Name a figure of the same article."


def _period_faults(figure: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    start, end, basis = figure["period_start"], figure["period_end"], figure["period_basis"]
    if start and end and start > end:
        yield "period_end", f"the period ends ({end}) before it starts ({start}).", "Mend one of the two."
    if basis == "none" and (start or end):
        yield "period_basis", "is 'none', but a period is given.", "Say whether it is stated or inferred."
    if basis != "none" and not (start or end):
        yield "period_basis", f"is {basis!r}, but no period is given.", "Give the period, or write 'none'."
    if basis == "inferred" and not figure["note"]:
        yield "note", "is empty for an inferred period.", "Say what it was inferred from."


def _same(exact: Fraction, written: Fraction) -> bool:
    """Whether the two agree; a number without an end (三分之二, 3亩) is written with some of its decimals."""
    endless = exact.denominator
    for prime in (2, 5):
        while endless % prime == 0:
            endless //= prime
    return exact == written if endless == 1 else abs(exact - written) <= Fraction(1, 200)


def _written(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else str(float(value))
