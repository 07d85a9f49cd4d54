"""A figure's unit code: what a bare number means in it, and what other printed units are worth in it."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from pingan_lib.bounds import Bounds
from pingan_lib.errors import NumberError
from pingan_lib.grammar import PLAIN
from pingan_lib.numerals import DEFAULT_READING, Number, Reading, read_number

SHARES = ("percent", "percent_change")
# What does not grow with the size of the place.
RELATIVE = (
    *SHARES,
    "percentage_point",
    "times",
    "rank",
    "year",
    "month",
    "week",
    "day",
    "hour",
    "minute",
    "second",
)
# The unit that a printed number without one has: what is measured was rounded, what is counted was not.
BARE = {
    "percent": "%",
    "percent_change": "%",
    "percentage_point": "个百分点",
    "times": "倍",
    "square_metre": "平方米",
    "metre": "米",
    "cubic_metre": "立方米",
    "kilogram": "公斤",
    "litre": "升",
    "kilowatt_hour": "千瓦时",
    "kilowatt": "千瓦",
}
_KILO, _MILLI = Fraction(1000), Fraction(1, 1000)
# What one of a printed unit is worth in the base unit of its code. 千米 reads as a thousand 米.
WORTH: dict[str, dict[str, Fraction]] = {
    "square_metre": {
        **dict.fromkeys(("平方公里", "平方千米", "km²", "km2"), Fraction(10**6)),
        **dict.fromkeys(("公顷", "ha", "hm²"), Fraction(10**4)),
        **dict.fromkeys(("平方米", "平米", "平方", "㎡", "m²", "m2"), Fraction(1)),
        "亩": Fraction(2000, 3),
        "平方厘米": Fraction(1, 10**4),
    },
    "metre": {
        **dict.fromkeys(("公里", "km", "㎞", "KM"), _KILO),
        **dict.fromkeys(("米", "m"), Fraction(1)),
        "海里": Fraction(1852),
        **dict.fromkeys(("里", "华里"), Fraction(500)),
        "厘米": Fraction(1, 100),
        **dict.fromkeys(("毫米", "mm"), _MILLI),
    },
    "cubic_metre": dict.fromkeys(("立方米", "立方", "方", "m³", "m3", "㎥"), Fraction(1)),
    "kilogram": {
        **dict.fromkeys(("公斤", "千克", "kg", "㎏"), Fraction(1)),
        **dict.fromkeys(("吨", "吨标准煤", "吨标煤"), _KILO),
        **dict.fromkeys(("斤", "市斤"), Fraction(1, 2)),
        **dict.fromkeys(("克", "公克", "g"), _MILLI),
        **dict.fromkeys(("毫克", "mg"), Fraction(1, 10**6)),
    },
    "litre": {"升": Fraction(1), "公升": Fraction(1), "毫升": _MILLI},
    "kilowatt_hour": {
        **dict.fromkeys(("千瓦时", "度", "度电", "kWh"), Fraction(1)),
        "瓦时": _MILLI,
        "兆瓦时": _KILO,
    },
    "kilowatt": {
        **dict.fromkeys(("千瓦", "kW"), Fraction(1)),
        "瓦": _MILLI,
        **dict.fromkeys(("兆瓦", "MW"), _KILO),
        **dict.fromkeys(("吉瓦", "GW"), Fraction(10**6)),
    },
}
_RANK = re.compile(r"(?P<among>前|第)?\s*(?P<number>.+?)\s*[名位]?")
_FIRST = re.compile("(?:第?[一1]|首|榜首|魁首|之首|首位|首名|第一[名位])")
_RATIO = re.compile(r"(?P<one>[^:∶：比]+)\s*[:∶：比]\s*(?P<other>[^:∶：比]+)")


def read_in(printed: str, code: str, reading: Reading = DEFAULT_READING) -> Number:
    """Read a printed number in the base unit of its code: 12公里 is 12000 `metre`.

    Parameters
    ----------
    printed : str
        As in `figures.csv`: "1800余万", "95.97", "12公里"; of a rank "第3", "前三名" (at most 3) or "首位"; with
        the code `times` also a ratio, "1:2.5", which is read as the first part divided by the second.
    code : str
        A unit code; of one that measures nothing the number is read as it stands.
    reading : Reading, optional
        By which rules numbers were rounded and hedged.

    Returns
    -------
    Number
        In the base unit. `unit` is as printed, or as `BARE` has it where none is printed.

    Raises
    ------
    NumberError
        It is no number, or its printed unit measures something else than the code says.
    """
    if code == "rank":
        return _rank(printed, reading)
    if code == "times" and (ratio := _RATIO.fullmatch(printed.strip())):
        return _ratio(printed.strip(), ratio["one"], ratio["other"], reading)
    number = _read(printed, BARE.get(code, ""), reading)
    if code not in WORTH:
        return number
    worth = WORTH[code].get(number.unit) or WORTH[code].get(number.unit.translate(PLAIN))
    if number.unit == BARE[code]:
        worth = Fraction(1)
    if worth is None:
        raise NumberError(f"{printed!r} counts {number.unit}, which is no {code}. Mend the unit.")
    return _scaled(number, worth)


def _read(printed: str, unit: str, reading: Reading) -> Number:
    return read_number(printed, rounding=reading.rounding, surplus=reading.surplus, unit=unit)


def _scaled(number: Number, worth: Fraction) -> Number:
    return replace(
        number,
        value=number.value * worth,
        low=None if number.low is None else number.low * worth,
        high=None if number.high is None else number.high * worth,
        step=number.step * worth,
    )


def _rank(printed: str, reading: Reading) -> Number:
    plain = printed.strip().translate(PLAIN)
    if _FIRST.fullmatch(plain):
        plain = "1"
    part = _RANK.fullmatch(plain)
    number = _read(part["number"] if part else plain, "", reading)
    if part and part["among"] == "前":
        return replace(number, printed=printed.strip(), hedge="at_most", low=Fraction(1))
    return replace(number, printed=printed.strip())


def _ratio(printed: str, one: str, other: str, reading: Reading) -> Number:
    # The side that is 1 is what the other is reckoned against, and was not rounded.
    sides = [_read(side, "" if side.strip() in ("1", "一") else "倍", reading) for side in (one, other)]
    if sides[1].value == 0 or any(side.hedge != "exact" for side in sides):
        raise NumberError(f"{printed!r} is no ratio of two numbers.")
    within: Bounds = sides[0].bounds / sides[1].bounds
    return Number(
        printed,
        sides[0].value / sides[1].value,
        "倍",
        "exact",
        within.low,
        within.high,
        within.low_closed,
        within.high_closed,
        sides[1].step,
    )
