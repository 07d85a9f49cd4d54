"""The period that a sentence names for its figures: 2023年, 今年1至6月, 截至目前."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Literal

_D = "零一二三四五六七八九"
_NUMERAL = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_YEAR = (
    rf"(?P<year>(?:19|20)[0-9]{{2}}|[一二][{_D}]{{3}})(?:年|(?=[-~至到—]{{1,2}}(?:19|20)[0-9]{{2}}年))"
    rf"|(?P<named>今年|去年|上年|前年|本年度?|当年)"
)
_MONTHS = (
    rf"(?P<first>{_NUMERAL})(?:月份?)?(?:[-~至到—](?P<last>{_NUMERAL}))?月(?:份|[底末])?"
    rf"(?:(?P<day>[0-9]{{1,2}})[日号]"
    rf"(?:[-~至到](?:(?P<month2>{_NUMERAL})月)?(?P<day2>[0-9]{{1,2}})[日号])?)?"
)
_WITHIN = (
    rf"[-~至到—]{{1,2}}(?P<lastyear>(?:19|20)[0-9]{{2}})年|{_MONTHS}|(?P<half>[上下])半年"
    r"|前(?P<quarters>[二三两23])个?季度|第?(?P<quarter>[一二三四1-4])季度|(?P<yearend>年[底末]|(?<=年)[底末])|(?P<whole>全年)"
    # 今年头五个月, but no 实施前三个月
    rf"|(?<![^年，。；：\s在])[前头首](?P<months>{_NUMERAL})个月"
)
_NOW = (
    "截至目前|截止目前|截至发稿时?|到目前为止|迄今|目前|(?<!年)至今|截至今日|截至当前|(?<![实发出体呈表])现已"
)
_VAGUE = rf"[近过]去?[{_D}两几0-9]+年多?来?|[{_D}十两0-9]+年来|近年来|近日|日前"
# 从事人民调解工作以来, 党的十八大以来: a beginning that is no date.
_EVENT = r"(?<=[，。；：！？\s自从])[^，。；：！？\s]{2,14}(?<![0-9年月来])以来"
_OFFSET = {"今年": 0, "本年": 0, "本年度": 0, "去年": -1, "上年": -1, "前年": -2}


@dataclass(frozen=True)
class Period:
    """A stretch of time as a text names it."""

    start: date | None
    end: date | None
    basis: Literal["stated", "inferred", "none"]
    text: str
    cumulative: bool = False


NO_PERIOD = Period(None, None, "none", "")


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<until>截至|截止到?|截至到)?到?\s*"
        rf"(?:(?:{_YEAR})?\s*(?:{_WITHIN})?\s*(?P<since>以来|至今|起|开始)?)(?<=[年月日号度底末来今起始份])"
        rf"|(?P<plan>十[二三四五]五)[”」]?(?:规划)?(?:期间|时期)|(?P<now>{_NOW})|(?P<vague>{_VAGUE})|(?P<event>{_EVENT})"
    )


def period_at(plain: str, text: str, first: int, place: int, published: date | None) -> Period:
    """The period that the sentence names for a number: the last one before it.

    Parameters
    ----------
    plain, text : str
        The article in simplified script and as it is.
    first : int
        Where the sentence begins.
    place : int
        Where the number begins.
    published : date or None
        What 今年 and 截至目前 are reckoned from.
    """
    found = NO_PERIOD
    year: int | None = None
    for match in _named(plain, first, place):
        # What a change is measured against is no period: 比2012年下降.
        against = re.search("(?:[比较与]|相比于?)$", plain[max(0, match.start() - 2) : match.start()])
        if _is_base(plain, match, place):
            continue
        period, named = _read(match, text, published, year)
        if period is not None and published and not (year or match["year"] or match["named"]):
            period = _past(period, match, published, plain[first:place])
            named = (period.end or period.start or published).year if named else None
        year = named or year
        if period is not None and not against:
            if found.cumulative and not found.start and period.basis == "none":
                continue
            found = period
    return found


_AIM = re.compile("力争|确保|争取|目标|计划|拟|预计|预期|将|要")


def _is_base(plain: str, match: re.Match[str], place: int) -> bool:
    """Whether the period is that of another number: 由去年的2%增至2.3%, 是去年同期的3.2倍."""
    if not match["named"]:
        return False
    between = plain[match.end() : place]
    if plain[match.start() - 1 : match.start()] in ("由", "从") and re.search("[0-9].*[至到为]$", between):
        return True
    return bool(
        re.fullmatch("(?:同期|同月|全年)?的", between) and re.match("[^，。；]{1,6}倍", plain[place:])
    )


def _past(period: Period, match: re.Match[str], published: date, before: str) -> Period:
    """全年 in an article of January is the year before, unless it tells what is aimed at."""
    start, end = period.start, period.end
    if period.basis != "stated" or end is None or match["half"] or match["plan"] or _AIM.search(before):
        return period
    if (end - published).days <= 150 and not (start and start > published):
        return period
    return replace(
        period,
        start=start and _year_before(start),
        end=_year_before(end),
    )


def _year_before(day: date) -> date:
    last = monthrange(day.year - 1, day.month)[1]
    return date(day.year - 1, day.month, min(day.day, last))


def _named(plain: str, first: int, place: int) -> Iterator[re.Match[str]]:
    at = first
    while at < place and (match := _pattern().search(plain, at, place)):
        at = max(match.end(), at + 1)
        if match[0].strip():
            yield match


def _read(
    match: re.Match[str], text: str, published: date | None, known: int | None
) -> tuple[Period | None, int | None]:
    words = text[match.start() : match.end()].strip()
    if match["now"]:
        return Period(None, published, "inferred" if published else "none", words, True), None
    if match["plan"]:
        # The 14th five-year plan began in 2021.
        begin = 2021 + 5 * (_D.index(match["plan"][1]) - 4)
        return Period(date(begin, 1, 1), date(begin + 4, 12, 31), "stated", words), None
    if match["event"]:
        return Period(None, published, "inferred" if published else "none", words, True), None
    if match["vague"]:
        return Period(None, None, "none", words, "来" in words), None
    year = _year(match, published)
    within = any(
        match[name]
        for name in ("first", "months", "lastyear", "half", "quarters", "quarter", "yearend", "whole")
    )
    if year is None and not within:
        return None, None
    if year is None:
        year = known or (published.year if published else None)
    if year is None:
        return Period(None, None, "none", words), None
    span = _span(match, year)
    if span is None:
        return None, None
    start, end = span
    stated: Literal["stated", "inferred"] = "stated"
    if match["since"]:
        return Period(start, None, stated, words, True), year
    if match["until"]:
        return Period(None, end, stated, words, True), year
    if match["yearend"]:
        return Period(None, end, stated, words), year
    if match["named"] in ("今年", "本年", "本年度") and not within and published:
        return Period(start, published, "inferred", words), year
    return Period(start, end, stated, words), year


def _year(match: re.Match[str], published: date | None) -> int | None:
    if match["year"]:
        digits = "".join(str(_D.index(char)) if char in _D else char for char in match["year"])
        return int(digits)
    if match["named"] in _OFFSET and published:
        return published.year + _OFFSET[match["named"]]
    return None


def _month(word: str) -> int:
    if word.isdigit():
        return int(word)
    return 10 + (_D.index(word[1]) if len(word) > 1 else 0) if word[0] == "十" else _D.index(word)


def _span(match: re.Match[str], year: int) -> tuple[date, date] | None:
    first, last = 1, 12
    if match["lastyear"]:
        return date(year, 1, 1), date(max(year, int(match["lastyear"])), 12, 31)
    if match["first"]:
        first = _month(match["first"])
        last = _month(match["last"] or match["first"])
    elif match["months"]:
        last = _month(match["months"])
    elif match["half"]:
        first, last = (1, 6) if match["half"] == "上" else (7, 12)
    elif match["quarters"]:
        last = 9 if match["quarters"] in "三3" else 6
    elif match["quarter"]:
        number = _month(match["quarter"])
        first, last = 3 * number - 2, 3 * number
    if last < first:
        return None
    start, end = date(year, first, 1), date(year, last, monthrange(year, last)[1])
    try:
        if match["day"]:
            start = end = date(year, first, int(match["day"]))
        if match["day2"]:
            end = date(year, _month(match["month2"] or match["first"]), int(match["day2"]))
    except ValueError:
        return None
    return (start, end) if start <= end else None
