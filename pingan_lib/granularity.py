"""Whole numbers over a total: which of them fall within bounds, and which printed values they can reach.

Brown, N. J. L. and Heathers, J. A. J. (2017), "The GRIM test", Social Psychological and Personality Science
8(4), 363-369: a mean of n whole numbers moves in grains of 1/n. Throughout, `unit` is 100 for percentages and
1 for means; of a percentage that is a share, the count cannot exceed the total.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from numbers import Integral
from typing import TypeAlias

import numpy as np
import pandas as pd

from pingan_lib.bounds import Bounds, decimal, half_steps
from pingan_lib.errors import NumberError
from pingan_lib.numerals import Number, read_number

Total: TypeAlias = int | float | str | Number | Bounds | None

# More decimals than these nobody prints: they are a computer's, with its own errors in the last of them.
MOST_DECIMALS = 6
# Percentages with four decimals; beyond, the published approximation is as good as counting.
_MOST_VALUES = 10**6
# So many values, each tried with each of some totals, take half a second.
_MOST_TRIALS = 10**7


def total_bounds(total: Total) -> Bounds | None:
    """The bounds of a total in any of its forms: a whole number, a phrase such as "630余", bounds.

    Parameters
    ----------
    total : int, float, str, Number, Bounds or None
        A float is taken as it is: columns with gaps hold whole numbers so.

    Returns
    -------
    Bounds or None
        None where the total is missing: None, NaN or an empty text.

    Raises
    ------
    NumberError
        It is no number, or a percentage.
    """
    if isinstance(total, str) and total.strip():
        total = read_number(total)
    if isinstance(total, Number):
        if total.unit == "%" or total.change:
            raise NumberError(f"{total.printed!r} is a percentage, not a total. Give how many there were.")
        return total.bounds
    if isinstance(total, Bounds):
        return total
    if missing(total):
        return None
    if isinstance(total, (bool, np.bool_)):
        raise NumberError(f"{total!r} is not a total. Give how many there were.")
    try:
        # numpy's whole numbers overflow where Python's grow.
        return Bounds.of(Fraction(int(total) if isinstance(total, Integral) else total))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise NumberError(
            f"{total!r} is not a total. Give a whole number, or a phrase such as 630余."
        ) from None


def read_percentage(percent: str) -> Number:
    """Read a percentage as printed, with or without its sign; a NumberError if it counts something else."""
    number = read_number(percent, unit="%")
    if number.unit != "%":
        raise NumberError(
            f"{percent!r} is not a percentage but counts {number.unit}. Give the share as printed."
        )
    return number


def missing(value: object) -> bool:
    """Whether a cell of a table is empty."""
    return value is None or value is pd.NA or value != value or (isinstance(value, str) and not value.strip())


def whole_number(name: str, given: Total, least: int, most: int | None = None) -> int:
    """A whole number in any form in which a table or numpy holds it.

    Parameters
    ----------
    name : str
        What it is called in the message.
    given : int, float, str, Number or Bounds
        632, 632.0 or "632".
    least, most : int

    Returns
    -------
    int

    Raises
    ------
    NumberError
        It is no whole number, hedged, or out of reach.
    """
    try:
        bounds = total_bounds(given)
    except NumberError:
        bounds = None
    value = bounds.low if bounds and bounds.exact else None
    if value is None or value.denominator > 1 or value < least or (most is not None and value > most):
        reach = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise NumberError(f"{name}={given!r} is not a whole number {reach}. Give one.")
    return int(value)


def whole_ends(bounds: Bounds, least: int = 1) -> tuple[int, int | None]:
    """The smallest and the largest whole number within bounds.

    Parameters
    ----------
    bounds : Bounds
    least : int
        Nothing below it is taken.

    Returns
    -------
    tuple of (int, int or None)
        None where the bounds have no upper end.

    Raises
    ------
    NumberError
        The bounds hold no whole number.
    """
    low, high = _whole(bounds, 1, 1)
    low = max(low, least)
    if high is not None and high < low:
        raise NumberError(f"{bounds} holds no whole number from {least} on. Give how many were counted.")
    return low, high


def counts_within(allowed: Bounds, total: int, unit: int = 100, *, share: bool = True) -> range:
    """The whole numbers that, over `total` and times `unit`, lie in the allowed bounds.

    Parameters
    ----------
    allowed : Bounds
        What the printed value lets the true one be; with an upper end, unless `share`.
    total : int
    unit : {100, 1}
    share : bool
        Whether the count is a part of the total.

    Returns
    -------
    range
        Empty where none fits.
    """
    low, high = _whole(allowed, total, unit)
    if share:
        high = total if high is None else min(high, total)
    assert high is not None  # what is no share is printed as a value with two ends
    return range(max(low, 0), high + 1)


def _whole(bounds: Bounds, times: int, over: int) -> tuple[int, int | None]:
    # Whole-number division, not Fraction: a search for totals asks this ten thousand times.
    low, high = 0, None
    if bounds.low is not None:
        low, rest = divmod(bounds.low.numerator * times, bounds.low.denominator * over)
        low += bool(rest) or not bounds.low_closed
    if bounds.high is not None:
        high, rest = divmod(bounds.high.numerator * times, bounds.high.denominator * over)
        high -= not rest and not bounds.high_closed
    return low, high


def fitting_pairs(
    allowed: Bounds, totals: tuple[int, int], unit: int = 100, *, share: bool = True
) -> Iterator[tuple[int, int]]:
    """Every count and total, from the first total to the last, that lie in the allowed bounds."""
    total, last = totals
    within = _within_unit(allowed, unit, share=share)
    while within is not None and (found := _next_total(within, total, unit)) <= last:
        for number in counts_within(allowed, found, unit, share=share):
            yield number, found
        total = found + 1


def nearest_totals(
    allowed: Bounds, totals: tuple[int, int], each_side: int = 2, unit: int = 100, *, share: bool = True
) -> tuple[int, ...]:
    """The totals nearest to a stretch of totals, outside it, over which some count lies in the bounds."""
    low, high = totals
    below: list[int] = []
    above: list[int] = []
    for _ in range(each_side):
        if (before := last_total(allowed, low - 1, unit, share=share)) is not None:
            low = before
            below.append(before)
        if (after := next_total(allowed, high + 1, unit, share=share)) is not None:
            high = after
            above.append(after)
    return (*reversed(below), *above)


def next_total(allowed: Bounds, start: int, unit: int = 100, *, share: bool = True) -> int | None:
    """The smallest total, from `start` on, over which some count lies in the bounds; None if there is none."""
    within = _within_unit(allowed, unit, share=share)
    return None if within is None else _next_total(within, start, unit)


def _next_total(within: Bounds, start: int, unit: int) -> int:
    if within.high is None:
        return start
    span = 1
    while not _fits_among(within, start, start + span - 1, unit):
        span *= 2
    low, high = start + span // 2, start + span - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _fits_among(within, low, middle, unit) else (middle + 1, high)
    return low


def last_total(allowed: Bounds, end: int, unit: int = 100, *, share: bool = True) -> int | None:
    """The largest total, from 1 to `end`, over which some count lies in the bounds; None if there is none."""
    within = _within_unit(allowed, unit, share=share)
    if within is None or end < 1:
        return None
    if within.high is None:
        return end
    span = 1
    while not _fits_among(within, max(1, end - span + 1), end, unit):
        if span >= end:
            return None
        span *= 2
    low, high = max(1, end - span + 1), end - span // 2
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits_among(within, middle, high, unit) else (low, middle - 1)
    return low


def smallest_total(allowed: Bounds, *, share: bool = True) -> int:
    """The smallest total over which some percentage lies in the allowed bounds."""
    total = next_total(allowed, 1, share=share)
    if total is None:
        raise NumberError(f"No total has a share in {allowed}. Check the percentage.")
    return total


def _within_unit(allowed: Bounds, unit: int, *, share: bool) -> Bounds | None:
    """The part of the bounds that counts over totals can reach; None if there is none."""
    try:
        return allowed.meet(Bounds(Fraction(0), Fraction(unit) if share else None))
    except NumberError:
        return None


def _fits_among(within: Bounds, first: int, last: int, unit: int) -> bool:
    """Whether a count over any total from first to last lies in the bounds.

    Summed up for all totals at once: what a million trials would find, a dozen divisions do.
    """
    assert within.low is not None and within.high is not None
    if first == last:
        return bool(counts_within(within, first, unit, share=False))
    # The largest and the smallest count over n are floor((a n + b) / m), an open end being left out by b.
    top = (within.high.denominator * unit, within.high.numerator, -(not within.high_closed))
    over = within.low.denominator * unit
    bottom = (over, within.low.numerator, over - within.low_closed)
    pairs = last - first + 1
    for sign, (m, a, b) in ((1, top), (-1, bottom)):
        pairs += sign * _floor_sum(last - first + 1, m, a, b + a * first)
    return pairs > 0


def _floor_sum(count: int, over: int, slope: int, shift: int) -> int:
    """The sum of floor((slope * i + shift) / over) for i from 0 to count - 1, by Euclid's algorithm."""
    total = 0
    while True:
        whole, slope = divmod(slope, over)
        total += whole * (count * (count - 1) // 2)
        whole, shift = divmod(shift, over)
        total += whole * count
        reached = slope * count + shift
        if reached < over:
            return total
        count, shift = divmod(reached, over)
        over, slope = slope, over


@cache
def chance_of_no_fit(totals: tuple[int, int], grid: int, rounding: str, *, share: bool = True) -> Fraction:
    """The part of all values that could be printed which no count over any of the totals can print.

    Parameters
    ----------
    totals : tuple of (int, int)
        The first and the last total.
    grid : int
        How many printed steps make up the unit: 10000 for percentages with two decimals.
    rounding : {"nearest", "half_up", "half_even", "truncate", "any"}
    share : bool
        Whether the values run from 0 to the unit and counts not beyond the total; else they repeat in every
        unit.

    Returns
    -------
    Fraction
        From 0 to 1. Counted for up to a million values and ten million trials; beyond by the approximation
        1 - N / grid of Brown and Heathers (2017), of several totals to their power, as if each were on its own.
    """
    first, last = totals
    if last >= grid:
        # Neighbouring counts are then no further apart than neighbouring values.
        return Fraction(0)
    totals_tried = last - first + 1
    if grid > _MOST_VALUES or grid * totals_tried > _MOST_TRIALS:
        one = 1 - Fraction(first + last, 2 * grid)
        # The smallest value above zero needs a total near the grid, so one value at least is not printed.
        return one if totals_tried == 1 else max(Fraction(float(one) ** totals_tried), Fraction(1, grid))
    low, high, *even = half_steps(rounding, 0)
    odd = half_steps(rounding, 1)[2:]
    values = np.arange(grid + share, dtype=np.int64)  # those that no total has printed yet
    for total in range(first, last + 1):
        low_open, high_open = (~np.where(values % 2, *ends) for ends in zip(odd, even, strict=True))
        least, rest = np.divmod((2 * values + low) * total, 2 * grid)
        most, over = np.divmod((2 * values + high) * total, 2 * grid)
        least += (rest > 0) | low_open
        most -= (over == 0) & high_open
        values = values[np.maximum(least, 0) > (np.minimum(most, total) if share else most)]
        if not len(values):
            break
    return Fraction(len(values), grid + share)


def chance_shown(chance: Fraction) -> str:
    """A chance in percent, for a sentence; 0 and 100 are kept for what is certain."""
    extreme = not Fraction(1, 100) <= chance <= Fraction(99, 100)
    text = decimal(chance * 100, 2 if extreme else 0)
    if text == "100" and chance < 1:
        return ">99.99"
    return "<0.01" if text == "0" and chance > 0 else text
