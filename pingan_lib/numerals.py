"""A Chinese or Arabic number phrase → printed form, value, unit, hedge and the bounds of the true value.

A reader for a phrase that someone has marked as a number, not a finder of numbers in running text: 一起 reads
as one case, though elsewhere it means "together". The grammar is one regular expression; each rule on bounds
stands where it is applied.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pingan_lib.bounds import ROUNDING_RULES, Bounds, Rational, rounding_bounds
from pingan_lib.digits import DIGITS, UNITS, read_digits
from pingan_lib.errors import NumberError, UsageError, choices

Hedge = Literal["exact", "at_least", "at_most", "about", "between"]

SURPLUS_RULES = ("next_digit", "unbounded")
# Twice the longest phrase that could be meant: a range of two written-out numbers with their units.
_LONGEST = 100

# One character for one, so that a place in the plain phrase is the same place in the printed one.
_PLAIN = str.maketrans(
    "０１２３４５６７８９．，％＋－−–—～〜〇○壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億餘兩幾數點個約過達減長將滿內無從發現沒於",
    "0123456789.,%+----~~零零一二二三三四五六六七八九十百千万亿余两几数点个约过达减长将满内无从发现没于",
)

# Words before and after a number: the hedge they give, and whether the number itself is allowed.
_BEFORE: dict[str, tuple[Hedge, bool]] = {
    **dict.fromkeys(("超过", "超", "逾", "高于", "多于", "大于", "突破", "过", "上"), ("at_least", False)),
    **dict.fromkeys(("至少", "最少", "起码", "不少于", "不低于", "不下于", "不小于"), ("at_least", True)),
    **dict.fromkeys(("不足", "不到", "低于", "少于", "小于", "未满", "不满"), ("at_most", False)),
    **dict.fromkeys(("至多", "最多", "不超过", "不多于", "不高于", "不大于"), ("at_most", True)),
    **dict.fromkeys(("约", "大约", "近", "将近", "接近", "大概", "大致"), ("about", True)),
}
_AFTER: dict[str, tuple[Hedge, bool]] = {
    **dict.fromkeys(("以上", "及以上", "之上"), ("at_least", True)),
    **dict.fromkeys(("以下", "及以下", "以内", "之内"), ("at_most", True)),
    **dict.fromkeys(("不足", "不到"), ("at_most", False)),
    **dict.fromkeys(("左右", "上下", "前后"), ("about", True)),
}
# 过 and 上 are hedges only before a half or a bare power of ten: 过半, 上百.
_BEFORE_WORDS = "|".join(f"{word}(?=[百千万亿半])" if word in ("过", "上") else word for word in _BEFORE)

_DIGIT = "[零一二三四五六七八九两]"
_RUN = rf"(?:[0-9.,]|{_DIGIT}|[十百千万亿几]|数(?=[十百千万亿])|点(?={_DIGIT}))+"
_LETTER = r"[^\W\d_零一二三四五六七八九十两百千万亿几半多余以约近超逾至到]"
_UNIT = rf"(?:个?百分点|{_LETTER}(?:{_LETTER}|[/()（）·²³°℃])*?)"
# Kept as text, which `re` compiles at its first use and remembers: it takes 20 ms.
_PHRASE = rf"""
    (?:(?:同比|环比|[比较]上年(?:同期)?)?
        (?:(?P<fall>下降|减少|降低|下滑|回落|负增长|减|降)|(?P<rise>增长|上升|增加|提高|提升|上涨|增))了?)?\s*
    (?P<sign>[-+])?
    (?:高达|达到|达|共)?(?P<before>{_BEFORE_WORDS})?\s*
    (?:(?P<whole>{_RUN})分之)?
    (?:(?P<half>一半|半数|半)|(?P<first>{_RUN})
        (?:\s*(?P<first_unit>[%‰]|{_UNIT})?\s*[-~至到]\s*(?:(?P=whole)分之)?(?P<second>{_RUN}))?)
    (?P<surplus>有?余|多)?
    (?P<scale>[十百千]?[万亿]*)\s*
    (?P<unit>[%‰]|成(?P<tenth>{_DIGIT}?)|{_UNIT})??
    (?P<late>余|多|半)?\s*
    (?P<after>{"|".join(_AFTER)})?
    """
_ZERO = re.compile(
    rf"(?:从未|未曾|未再|未|没有|没)(?:发生|出现|发现)过?(?:一(?P<none>{_UNIT}))?|无一(?P<not_one>{_UNIT})|无"
)
# Two neighbours are a range (两三, 十七八), and so is 三五 by custom.
_PAIR = re.compile(f"(?<!{_DIGIT})({_DIGIT})({_DIGIT})(?!{_DIGIT})")
# What is measured, not counted, has no whole numbers: 3倍 was rounded, 3起 was not.
_MEASURED = re.compile(r"%|倍|个?百分点|.*[米里亩吨]|公顷|公斤")
_SHARES = {"%": Fraction(1), "‰": Fraction(1, 10), "成": Fraction(10)}


@dataclass(frozen=True)
class Reading:
    """The rules by which printed numbers are read, as choices that a report can vary.

    Attributes
    ----------
    rounding : {"nearest", "half_up", "half_even", "truncate", "any"}
        How numbers were rounded; see `pingan_lib.bounds.rounding_bounds`.
    surplus : {"next_digit", "unbounded"}
        How far 余 and 多 reach; see `read_number`.

    Raises
    ------
    UsageError
        There is no such rule.
    """

    rounding: str = "nearest"
    surplus: str = "next_digit"

    def __post_init__(self) -> None:
        if self.rounding not in ROUNDING_RULES:
            raise UsageError(choices("rounding rule", self.rounding, ROUNDING_RULES))
        if self.surplus not in SURPLUS_RULES:
            raise UsageError(choices("surplus rule", self.surplus, SURPLUS_RULES))


DEFAULT_READING = Reading()


@dataclass(frozen=True)
class Number:
    """A number as it was written, and what that allows the true value to be.

    Attributes
    ----------
    printed : str
        The phrase as given, without the blanks around it.
    value : Fraction
        The number itself, 万 and 亿 multiplied out; of a range the first. Shares are on 0-100, a fall is
        negative.
    unit : str
        The unit as printed ("起", "平方米", "" for none); "%" for every share, however written (成, 分之, ‰).
    hedge : {"exact", "at_least", "at_most", "about", "between"}
    low, high : Fraction or None
        The ends of what the true value can be, in the unit of `value`; None where there is no end.
    low_closed, high_closed : bool
        Whether the end itself is possible.
    step : Fraction
        What the last printed digit is worth, in the unit of `value`: 1/100 for 95.97, 10000 for 1763万.
    change : bool
        Whether a word of growth or fall says that this is a change, not a level.
    """

    printed: str
    value: Fraction
    unit: str
    hedge: Hedge
    low: Fraction | None
    high: Fraction | None
    low_closed: bool
    high_closed: bool
    step: Fraction = Fraction(1)
    change: bool = False

    @property
    def bounds(self) -> Bounds:
        """The four ends as one `Bounds`, to reckon with."""
        return Bounds(self.low, self.high, self.low_closed, self.high_closed)


def read_number(
    phrase: str,
    *,
    rounding: str = "nearest",
    surplus: str = "next_digit",
    about: Rational = Fraction(1, 2),
    several: tuple[int, int] = (1, 9),
    unit: str = "",
) -> Number:
    """Read a number phrase: Arabic, full-width, Chinese or traditional, with its unit and hedges.

    Parameters
    ----------
    phrase : str
        "3000余起", "1800余万元", "95.97%", "百分之三", "三成五", "十几名", "三至五", "下降26.37%",
        "未发生过".
    rounding : {"nearest", "half_up", "half_even", "truncate", "any"}
        How a number without a hedge was rounded; see `pingan_lib.bounds.rounding_bounds`.
    surplus : {"next_digit", "unbounded"}
        How far 余 and 多 reach. "next_digit": up to, not including, the next unit of the last digit that is
        not zero (3000余 below 4000), since a writer who had reached it would have named it. "unbounded" is
        the cautious choice.
    about : int or Fraction
        How far 约, 近 and 左右 reach to either side, in units of the last digit that is not zero. Half a
        unit, ends included, because a round number used loosely stands for whatever is nearer to it than to
        the next number as round (Krifka 2007, "Approximate interpretation of number words"). Never narrower
        than plain rounding. 近 mostly means "from below", but not always, so it is read as 约 is.
    several : tuple of (int, int)
        The smallest and the largest digit that 几 and 数 may stand for; 十几 is 11 to 19.
    unit : str
        The unit, if the phrase has none because a table holds it in another column.

    Returns
    -------
    Number

    Raises
    ------
    NumberError
        The phrase is not a number, contradicts itself, or can be read in two ways.
    UsageError
        There is no such rule for `rounding` or `surplus`, or `about` or `several` is out of range.
    """
    reading = Reading(rounding, surplus)
    if about < 0 or not 1 <= several[0] <= several[1] <= 9:
        raise UsageError(
            f"about={about} and several={several}: give about >= 0 and two digits of 1 to 9, in order."
        )
    if not isinstance(phrase, str):
        found = type(phrase).__name__
        raise NumberError(
            f"{phrase!r} is a {found}. Give the number as printed, as text: its last zeros count."
        )
    printed = phrase.strip()
    plain = printed.translate(_PLAIN)
    if zero := _ZERO.fullmatch(plain):
        unit = printed[slice(*zero.span(zero.lastgroup))] if zero.lastgroup else unit
        return Number(printed, Fraction(0), unit, "exact", Fraction(0), Fraction(0), True, True)
    try:
        match = re.fullmatch(_PHRASE, plain, re.VERBOSE) if len(plain) <= _LONGEST else None
        if match is None:
            raise NumberError(
                "it does not have the form of a number with its unit and hedge" if plain else "it is empty"
            )
        if match["unit"]:
            unit = printed[slice(*match.span("unit"))]
        elif unit in _SHARES and (match["whole"] or match["half"]):
            unit = ""  # 百分之三 and 一半 say themselves that they are shares
        return _assemble(match.groupdict(default=""), printed, unit, reading, Fraction(about), several)
    except NumberError as fault:
        mend = "Give the number's own words only, such as 3000余起."
        raise NumberError(f"{printed!r} cannot be read as a number: {fault}. {mend}") from None


def _assemble(
    part: dict[str, str],
    printed: str,
    unit: str,
    reading: Reading,
    about: Fraction,
    several: tuple[int, int],
) -> Number:
    word, inclusive = _hedge_word(part)
    more = part["surplus"] or part["late"].replace("半", "")
    share = _share_worth(part, unit)
    unit = unit if share is None else "%"
    counted = not _MEASURED.match(unit)
    named, step = _named(part, several, hedged=bool(word or more), counted=counted)
    named, step = named * (share or 1), step * (share or 1)
    value = named.low
    assert value is not None  # digits always name a lower end

    ranged = bool(part["second"]) or not named.exact
    hedge: Hedge = "between" if ranged else "exact"
    bounds = named
    written = set(part["first"] + part["second"] + part["scale"])
    # A number with 万, 亿 or decimals was rounded at its last printed digit, and so was whatever is measured;
    # a plain count is itself. A range names its ends, which were not rounded.
    decimals = bool(written & set(".点")) or step.denominator > 1
    multiplied = bool(written & set("万亿")) and step > 1
    if not ranged and (decimals or multiplied or not counted):
        bounds = rounding_bounds(value, step, reading.rounding)
    if more:
        if ranged or value == 0 or word == "at_most":
            raise NumberError(f"{more} contradicts the rest of it")
        # The writer cut the number down to this digit and says so: it is not less, and not yet the next.
        high = value + _roundness(value, step) if reading.surplus == "next_digit" else None
        named = bounds = Bounds(value, high, True, False)
        hedge = "at_least"
    # 以上, 不足 and their kin name a limit: a number of its own, that nobody rounded.
    if word == "at_least":
        bounds = Bounds(named.low, None, inclusive)
    elif word == "at_most":
        bounds = Bounds(Fraction(0), named.high, True, inclusive)
    elif word == "about":
        bounds = _loosened(named, step, about).hull(bounds)

    change = bool(part["fall"] or part["rise"])
    if not change:
        # Nothing that is counted or measured in these units is less than nothing.
        bounds = bounds.meet(Bounds(Fraction(0), None))
    if part["sign"] == "-" and (word or more or change):
        raise NumberError("a minus sign beside a word that hedges or says fall can be taken in two ways")
    if part["fall"] or part["sign"] == "-":
        value, bounds = -value, -bounds
    ends = (bounds.low, bounds.high, bounds.low_closed, bounds.high_closed)
    return Number(printed, value, unit, word or hedge, *ends, step, change)


def _hedge_word(part: dict[str, str]) -> tuple[Hedge | None, bool]:
    given = [words[part[place]] for words, place in ((_BEFORE, "before"), (_AFTER, "after")) if part[place]]
    if len({hedge for hedge, _ in given}) > 1:
        raise NumberError(f"{part['before']} and {part['after']} contradict each other")
    # 超过95%以上 says its hedge twice; the wider one is taken.
    return (given[0][0], any(inclusive for _, inclusive in given)) if given else (None, True)


def _share_worth(part: dict[str, str], unit: str) -> Fraction | None:
    """What one of the number's digits is worth on 0-100; None if it is no share."""
    if part["whole"]:
        if unit:
            raise NumberError(f"分之 already says the unit, and {unit} follows")
        whole, _ = read_digits(part["whole"])
        if whole < 2 or whole.denominator > 1:
            raise NumberError(f"{part['whole']}分之 is no part of a whole")
        return 100 / whole
    if part["half"] and not unit:
        return Fraction(100)
    return _SHARES.get(unit.translate(_PLAIN).removesuffix(part["tenth"]))


def _named(
    part: dict[str, str], several: tuple[int, int], *, hedged: bool, counted: bool
) -> tuple[Bounds, Fraction]:
    """The number or range that the digits name, before share and hedge, and the worth of the last digit."""
    first, second, scale, unit = part["first"], part["second"], part["scale"], part["unit"]
    half = Fraction(1, 2)
    if part["half"]:
        if scale or part["late"] == "半" or (part["half"] != "半" and unit):
            raise NumberError("a half stands alone or before its unit")
        return Bounds.of(half), half
    if scale and not part["surplus"]:
        raise NumberError(f"{scale} stands in the wrong place")
    if first == "几" and counted:
        raise NumberError("几 alone gives no number")
    if first[0] in "百千万亿" and not (hedged or re.fullmatch("[百千][万亿]", first)):
        raise NumberError(f"{first[0]} has no number before it")
    if part["tenth"]:
        first += "点" + part["tenth"]
    named, step = _numeral(first, several, counted)
    if second:
        if part["first_unit"] not in ("", unit):
            raise NumberError("the two ends of the range have different units")
        other, step = _numeral(second, several, counted)
        stem = second.rstrip("万亿")
        if (
            stem not in ("", second)
            and not set(first) & set("万亿")
            and named.below(_numeral(stem, several, counted)[0])
        ):
            # 3至5万 means 3万 to 5万; 500至1万 says what it means.
            named = named * _product(second[len(stem) :])
        if other.below(named):
            raise NumberError("its range runs from a larger number to a smaller one")
        named = named.hull(other)
    if part["late"] == "半":
        if not unit or second or step != 1:
            raise NumberError("半 at the end needs a whole number and a unit before it")
        named, step = named + half, half
    return named * _product(scale), step * _product(scale)


def _numeral(text: str, several: tuple[int, int], counted: bool) -> tuple[Bounds, Fraction]:
    """The bounds that one numeral names, and the worth of its last digit."""
    pair = _PAIR.search(text)
    if pair and "点" not in text and "零" not in pair[0]:
        first, second = pair.groups()
        if DIGITS[second] - DIGITS[first] != 1 and pair[0] != "三五":
            raise NumberError(f"{pair[0]} is neither a number nor a range")
        before, after = text[: pair.start()], text[pair.end() :]
        (low, step), (high, _) = read_digits(before + first + after), read_digits(before + second + after)
        return Bounds(low, high), step
    slots = re.findall("[几数]", text)
    if not slots:
        value, step = read_digits(text)
        return Bounds.of(value), step
    if len(slots) > 1:
        raise NumberError("几 or 数 stands in it twice")
    (low, step), (high, _) = (read_digits(text.replace(slots[0], "零一二三四五六七八九"[n])) for n in several)
    slot = read_digits(text.replace(slots[0], "二"))[0] - read_digits(text.replace(slots[0], "一"))[0]
    if counted and slot == 1:
        return Bounds(low, high), step
    # The digits that 几十 and 数百 leave out may be any, so they reach up to the next unit.
    return Bounds(low, high + slot, True, False), step


def _roundness(value: Fraction, step: Fraction) -> Fraction:
    """What the last digit that is not zero is worth: 1000 for 3000."""
    digits = str(int(value / step))
    return step * 10 ** (len(digits) - len(digits.rstrip("0"))) if value else step


def _loosened(named: Bounds, step: Fraction, about: Fraction) -> Bounds:
    low = None if named.low is None else named.low - about * _roundness(named.low, step)
    high = None if named.high is None else named.high + about * _roundness(named.high, step)
    return Bounds(low, high)


def _product(units: str) -> int:
    return math.prod(UNITS[unit] for unit in units)
