"""Can this percentage come from this count? GRIM and its kin, in exact rational arithmetic.

GRIM (granularity-related inconsistency of means) asks whether a mean or percentage, as printed, can be a
whole number divided by the sample size: Brown, N. J. L. and Heathers, J. A. J. (2017), Social Psychological
and Personality Science 8(4), 363-369, doi 10.1177/1948550616673876. Nothing here knows of cities or articles:
`grim("61.9", 21)`, `grim_mean("5.19", 28)` and `grim_table(frame)` serve on whatever was reported. A failed
test is a question about a denominator or a rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

import pandas as pd

from pingan_lib.bounds import Bounds, fixed, half_steps, rounding_bounds
from pingan_lib.errors import NumberError, UsageError, choices
from pingan_lib.findings import Finding, shown, untestable_total
from pingan_lib.granularity import (
    MOST_DECIMALS,
    Total,
    chance_of_no_fit,
    chance_shown,
    fitting_pairs,
    missing,
    nearest_totals,
    read_percentage,
    smallest_total,
    total_bounds,
    whole_ends,
    whole_number,
)
from pingan_lib.numerals import Number, read_number

# So many counts are listed; a total in the millions has more than anyone reads.
_MOST_COUNTS = 1000


@dataclass(frozen=True)
class Grim(Finding):
    """What a GRIM test found.

    Attributes
    ----------
    counts : tuple of int, or of (int, int)
        The whole numbers that fit; pairs of count and total where the total is not one number. At most 1000.
    complete : bool
        Whether `counts` lists all of them.
    totals : tuple of int
        Where nothing fits: the nearest totals that would, two below and two above.
    chance : Fraction or None
        The part of all values printed with as many decimals that would fail; None where that has no meaning.
    """

    counts: tuple[int | tuple[int, int], ...] = ()
    complete: bool = True
    totals: tuple[int, ...] = ()
    chance: Fraction | None = None


def grim(percent: str | None, total: Total, *, rounding: str = "nearest") -> Grim:
    """Test whether a percentage can be a whole number out of a total.

    Parameters
    ----------
    percent : str
        The percentage as printed, since its last zeros count: "95.97", "95.97%", "三成", "95%以上".
    total : int, str, Number or Bounds
        How many there were: 2730, or a hedged phrase such as "630余", which stands for every whole number
        that it allows. A float is taken if it is whole, as columns with gaps hold it. None or NaN: not
        reported.
    rounding : {"nearest", "half_up", "half_even", "truncate", "any"}
        How the percentage was rounded. "nearest" lets a tie go either way: the habit is unknown.

    Returns
    -------
    Grim
        Inconsistent only where no count fits under `rounding`; the reason says if another rule would help.
        Not testable: no percentage or total, a total of 0 or without an upper end, a share outside 0 to 100,
        a rate of change, whose base is unknown, or more than six decimals, which no one printed.

    Raises
    ------
    NumberError
        `percent` or `total` is no number, or `percent` is no text or has another unit.
    UsageError
        There is no such rounding rule.
    """
    half_steps(rounding, 0)
    if percent is None or missing(percent):
        return Grim("not_testable", "forensics.no_percent", {})
    number = read_percentage(percent)
    values: dict[str, Any] = {"percent": number.printed}
    if too_long := _too_long(number):
        return too_long
    if number.change or number.value < 0:
        values["smallest"] = _smallest(number, rounding)
        return Grim("not_testable", "forensics.change", values)
    if number.value > 100:
        return Grim("not_testable", "forensics.no_share", values)
    bounds = total_bounds(total)
    if bounds is None:
        if number.hedge != "exact":
            return Grim("not_testable", "forensics.no_total_of_limit", values)
        values["smallest"] = _smallest(number, rounding)
        return Grim("not_testable", "forensics.no_total", values)
    return _judge(number, bounds, rounding, 100)


def grim_mean(mean: str, size: int, *, items: int = 1, rounding: str = "nearest") -> Grim:
    """Test whether a mean of whole numbers can come from a sample (the original GRIM test).

    Parameters
    ----------
    mean : str
        The mean as printed, "5.19". Of a negative one the sums are given without their sign.
    size : int
        How many answered. As in every count here, a float or a text is taken if it is whole.
    items : int
        How many whole-number items were averaged for each of them.
    rounding : {"nearest", "half_up", "half_even", "truncate", "any"}

    Returns
    -------
    Grim
        `counts` are the sums of all answers that fit, `totals` are numbers of answers (`size` times `items`).

    Raises
    ------
    NumberError
        `mean` is no plain number as text, without unit or word of growth, or `size` or `items` is no whole
        number above zero.
    UsageError
        There is no such rounding rule.
    """
    half_steps(rounding, 0)
    number = read_number(mean)
    if number.hedge != "exact" or number.unit or number.change or number.step > 1:
        raise NumberError(f"{mean!r} is no mean. Give the plain number as printed; percentages go to `grim`.")
    answers = whole_number("size", size, 1) * whole_number("items", items, 1)
    if too_long := _too_long(number):
        return too_long
    return _judge(number, Bounds.of(answers), rounding, 1)


def grim_table(
    frame: pd.DataFrame, *, percent: str = "percent", total: str = "total", rounding: str = "nearest"
) -> pd.DataFrame:
    """`grim` for every row of a frame of reported percentages, from any field.

    Parameters
    ----------
    frame : DataFrame, shape (n, any)
        One reported percentage a row. Read it with `dtype=str` for the percentages, or their last zeros are
        lost.
    percent, total : str
        The names of the columns with the printed percentages and with their totals.
    rounding : {"nearest", "half_up", "half_even", "truncate", "any"}

    Returns
    -------
    DataFrame, shape (n, 6)
        The same index, and `verdict, reason, reason_key, counts, totals, chance` as in `Grim`;
        `frame.join(...)` sets it beside the data.

    Raises
    ------
    NumberError
        Rows that hold no number, all of them named.
    UsageError
        There is no such column or rounding rule.

    Examples
    --------
    >>> trials = pd.DataFrame({"arm": ["drug", "placebo"], "percent": ["61.9", "45.0"], "total": [21, 21]})
    >>> trials.join(grim_table(trials))[["arm", "verdict"]].values.tolist()
    [['drug', 'consistent'], ['placebo', 'inconsistent']]
    """
    for column in (percent, total):
        if column not in frame.columns:
            raise UsageError(choices("column", column, [str(name) for name in frame.columns]))
    found, faults = [], []
    for label, printed, out_of in zip(frame.index, frame[percent], frame[total], strict=True):
        try:
            found.append(grim(printed, out_of, rounding=rounding))
        except NumberError as fault:
            faults.append(f"row {label}: {fault}")
    if faults:
        raise NumberError("\n".join(faults))
    columns = ["verdict", "reason", "reason_key", "counts", "totals", "chance"]
    rows = [[getattr(test, column) for column in columns] for test in found]
    return pd.DataFrame(rows, index=frame.index, columns=columns)


def smallest_sample(percent: str, *, rounding: str = "nearest") -> int:
    """The smallest total that can print a percentage; for a rate of change, the smallest base.

    Parameters
    ----------
    percent : str
        As printed: "97.24" needs 145, "下降26.37%" a base of 91.
    rounding : {"nearest", "half_up", "half_even", "truncate", "any"}

    Returns
    -------
    int

    Raises
    ------
    NumberError
        `percent` is no percentage, above 100 and no change, or has more than six decimals.
    """
    number = _printed(percent)
    if number.value > 100 and not number.change:
        raise NumberError(
            f"{percent!r} is above 100, so it is no share. Write a rate of change as 增长{percent}."
        )
    return _smallest(number, rounding)


def fitting_totals(
    percent: str, near: int, *, each_side: int = 2, rounding: str = "nearest"
) -> tuple[int, ...]:
    """The totals nearest to `near`, itself left out, out of which a percentage can be printed.

    Parameters
    ----------
    percent : str
        A share as printed.
    near : int
    each_side : int
        How many below `near`, and how many above, at most 1000; below there may be fewer.
    rounding : {"nearest", "half_up", "half_even", "truncate", "any"}

    Returns
    -------
    tuple of int
        In ascending order: 605, 621, 637, 654 for 93.88 near 632.

    Raises
    ------
    NumberError
        `percent` is no share or has more than six decimals, or one of the others is out of range.
    """
    near, each_side = whole_number("near", near, 1), whole_number("each_side", each_side, 0, _MOST_COUNTS)
    return nearest_totals(_allowed(_share(percent), rounding), (near, near), each_side)


def implied_totals(count: Total, percent: str, *, rounding: str = "nearest") -> Bounds:
    """The totals of which `count` is a printed percentage: 1361 to 1374 for 1299 at "95".

    Parameters
    ----------
    count : int, str, Number or Bounds
        How many of the total, a number or a hedged phrase.
    percent : str
        The share as printed.
    rounding : {"nearest", "half_up", "half_even", "truncate", "any"}

    Returns
    -------
    Bounds
        The smallest and the largest whole total, both closed; no upper end where the share may be zero.

    Raises
    ------
    NumberError
        No total fits, one of the two is no number, or `percent` has more than six decimals.
    """
    counts = total_bounds(count)
    shares = _allowed(_share(percent), rounding).meet(Bounds(Fraction(0), Fraction(100)))
    if counts is None:
        raise NumberError("There is no count. Give how many of the total there were.")
    parts = whole_ends(counts, least=0)
    if 0 in shares and 0 in counts:
        return Bounds(Fraction(1), None)
    try:
        part = Bounds(Fraction(parts[0]), None if parts[1] is None else Fraction(parts[1]))
        divisor = Bounds(Fraction(0), shares.high, False, shares.high_closed) if 0 in shares else shares
        first, last = whole_ends(part * 100 / divisor)
        return Bounds(Fraction(first), None if last is None else Fraction(last))
    except NumberError:
        raise NumberError(f"No total has {count!r} as {percent!r} percent. Check both numbers.") from None


def chance_of_failing(total: Total, decimals: int = 2, *, rounding: str = "nearest") -> Fraction:
    """How likely a percentage drawn at random cannot come from a total: what a passed test is worth.

    Counted over all values from 0 to 100 with so many decimals. Brown and Heathers (2017) give the near
    approximation 1 - N / 10^D.

    Parameters
    ----------
    total : int, str, Number or Bounds
        A number, or a hedged phrase: then a percentage fails that no allowed total can print.
    decimals : int
        Decimals of the printed percentage, 0 to 15.
    rounding : {"nearest", "half_up", "half_even", "truncate", "any"}

    Returns
    -------
    Fraction
        From 0 to 1; about 0.94 for 632 and two decimals, 0 from a total of 100 * 10**decimals on.

    Raises
    ------
    NumberError
        `total` holds no whole number above zero, or `decimals` is no whole number from 0 to 15.
    UsageError
        There is no such rounding rule.
    """
    half_steps(rounding, 0)
    decimals = whole_number("decimals", decimals, 0, 15)
    bounds = total_bounds(total)
    if bounds is None:
        raise NumberError("There is no total. Give a whole number above zero.")
    low, high = whole_ends(bounds)
    return Fraction(0) if high is None else chance_of_no_fit((low, high), 100 * 10**decimals, rounding)


def _judge(number: Number, bounds: Bounds, rounding: str, unit: int) -> Grim:
    """The GRIM verdict; `unit` is 100 for percentages, 1 for means."""
    values: dict[str, Any] = {"percent": number.printed, "total": str(bounds)}
    if refused := untestable_total(bounds):
        return Grim("not_testable", refused, values)
    low, high = whole_ends(bounds)
    assert high is not None  # a total without an upper end was refused
    single, share = low == high, unit == 100
    values["total"] = str(low) if single else f"{low}–{high}"

    def found(rule: str) -> tuple[tuple[int, int], ...]:
        pairs = fitting_pairs(_allowed(number, rule), (low, high), unit, share=share)
        return tuple(islice(pairs, _MOST_COUNTS + 1))

    fits = found(rounding)
    values["counts"] = shown(fits)
    counts = tuple(pair[0] if single else pair for pair in fits[:_MOST_COUNTS])
    complete = len(fits) <= _MOST_COUNTS
    if number.hedge != "exact":
        if fits:
            return Grim("consistent", "forensics.fits_hedged", values, counts, complete)
        return Grim("inconsistent", "forensics.fails_limit", values)
    chance = chance_of_no_fit((low, high), int(unit / number.step), rounding, share=share)
    values["chance"] = chance_shown(chance)
    if fits:
        key = "fits" if chance else "fits_always"
        if not found("nearest"):
            key = "fits_cut" if found("truncate") else "fits_up"
        return Grim("consistent", f"forensics.{key}", values, counts, complete, (), chance)
    totals = nearest_totals(_allowed(number, rounding), (low, high), 2, unit, share=share)
    values["totals"] = totals
    for rule, key in (("nearest", "nearest"), ("truncate", "cut"), ("any", "up")):
        if others := found(rule):
            values["counts"] = shown(others)
            return Grim("inconsistent", f"forensics.fails_unless_{key}", values, (), True, totals, chance)
    if not single:
        return Grim("inconsistent", "forensics.fails_hedged", values, (), True, totals, chance)
    values["below"] = math.floor(abs(number.value) * low / unit)
    values["above"] = values["below"] + 1
    for side in ("below", "above"):
        steps = round(Fraction(values[side] * unit, low) / number.step)
        values[f"{side}_percent"] = fixed(steps * number.step, len(str(number.step.denominator)) - 1)
    return Grim("inconsistent", "forensics.fails", values, (), True, totals, chance)


def _too_long(number: Number) -> Grim | None:
    if number.step * 10**MOST_DECIMALS >= 1:
        return None
    values = {"percent": number.printed, "most": MOST_DECIMALS}
    return Grim("not_testable", "forensics.too_many_decimals", values)


def _printed(percent: str) -> Number:
    number = read_percentage(percent)
    if too_long := _too_long(number):
        raise NumberError(too_long.reason)
    return number


def _share(percent: str) -> Number:
    number = _printed(percent)
    if number.change or not 0 <= number.value <= 100:
        raise NumberError(f"{percent!r} is no share between 0 and 100. Give a percentage of a total.")
    return number


def _allowed(number: Number, rounding: str) -> Bounds:
    """What the printed number, without its sign, lets the true one be under a rounding rule."""
    if number.hedge == "exact":
        return rounding_bounds(abs(number.value), number.step, rounding)
    return -number.bounds if number.value < 0 else number.bounds


def _smallest(number: Number, rounding: str) -> int:
    return smallest_total(_allowed(number, rounding), share=not (number.change or number.value < 0))
