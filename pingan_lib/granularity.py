"""Whole numbers over a total: which of them fall within bounds, and which printed values they can reach.

Brown, N. J. L. and Heathers, J. A. J. (2017), "The GRIM test", Social Psychological and Personality Science
8(4), 363-369: a mean of n whole numbers moves in grains of 1/n. Throughout, `unit` is 100 for percentages and
1 for means; of a percentage that is a share, the count cannot exceed the total.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import count, islice
from typing import TypeAlias

import numpy as np
import pandas as pd

from pingan_lib.bounds import Bounds, half_steps
from pingan_lib.errors import NumberError
from pingan_lib.numerals import Number, read_number

Total: TypeAlias = int | float | str | Number | Bounds | None

# Percentages with four decimals; beyond, the published approximation is as good as counting.
_MOST_VALUES = 10**6


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
    try:
        return Bounds.of(Fraction(total))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise NumberError(
            f"{total!r} is not a total. Give a whole number, or a phrase such as 630余."
        ) from None


def missing(value: object) -> bool:
    """Whether a cell of a table is empty."""
    return value is None or value is pd.NA or value != value or (isinstance(value, str) and not value.strip())


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
    for total in range(totals[0], totals[1] + 1):
        for number in counts_within(allowed, total, unit, share=share):
            yield number, total


def nearest_totals(
    allowed: Bounds, totals: tuple[int, int], each_side: int = 2, unit: int = 100, *, share: bool = True
) -> tuple[int, ...]:
    """The totals nearest to a stretch of totals, outside it, over which some count lies in the bounds."""

    def fits(total: int) -> bool:
        return bool(counts_within(allowed, total, unit, share=share))

    below = islice(filter(fits, range(totals[0] - 1, 0, -1)), each_side)
    above = islice(filter(fits, count(totals[1] + 1)), each_side)
    return (*reversed(list(below)), *above)


def smallest_total(allowed: Bounds, *, share: bool = True) -> int:
    """The smallest total over which some percentage lies in the allowed bounds."""
    return next(total for total in count(1) if counts_within(allowed, total, share=share))


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
        From 0 to 1. Counted for up to a million values; beyond by the approximation 1 - N / grid of Brown and
        Heathers (2017), the counts of several totals added up.
    """
    first, last = totals
    if last >= grid:
        # Neighbouring counts are then no further apart than neighbouring values.
        return Fraction(0)
    if grid > _MOST_VALUES:
        return max(Fraction(0), 1 - Fraction(sum(range(first, last + 1)), grid))
    values = np.arange(grid + share, dtype=np.int64)
    low, high, *even = half_steps(rounding, 0)
    odd = half_steps(rounding, 1)[2:]
    low_open, high_open = (~np.where(values % 2, *ends) for ends in zip(odd, even, strict=True))
    fits = np.zeros(len(values), dtype=bool)
    for total in range(first, last + 1):
        least, rest = np.divmod((2 * values + low) * total, 2 * grid)
        most, over = np.divmod((2 * values + high) * total, 2 * grid)
        least += (rest > 0) | low_open
        most -= (over == 0) & high_open
        fits |= np.maximum(least, 0) <= (np.minimum(most, total) if share else most)
    return 1 - Fraction(int(fits.sum()), len(values))
