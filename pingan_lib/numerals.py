"""A Chinese or Arabic number phrase → printed form, value, unit, hedge and the bounds of the true value.

A reader for a phrase that someone has marked as a number, not a finder of numbers in running text: 一起 reads
as one case, though elsewhere it means "together". `grammar` takes the phrase apart; each rule on bounds stands
here, where it is applied.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from numbers import Real

from pingan_lib.bounds import ROUNDING_RULES, Bounds, Rational, rounding_bounds
from pingan_lib.digits import DIGITS, UNITS, read_digits
from pingan_lib.errors import NumberError, UsageError, choices
from pingan_lib.grammar import AFTER, BEFORE, PLAIN, parse
from pingan_lib.grammar import Hedge as Hedge

SURPLUS_RULES = ("next_digit", "unbounded")

# Two neighbours are a range (两三, 十七八), and so are 三五 and 三两 by custom.
_PAIR = re.compile(
    "(?<![零一二三四五六七八九两])([零一二三四五六七八九两])([零一二三四五六七八九两])(?![零一二三四五六七八九两])"
)
# What is measured, not counted, has no whole numbers: 3倍 was rounded, 3起 was not. Hours, days and years are
# counted: they mostly are terms that a rule sets (24小时, 30日), and nobody rounded those.
_MEASURED = re.compile(
    "%|倍|个?百分点|.*[米里亩吨顷㎡㎥㎜㎝㎞㎎㎏]|(?:公斤|市斤|斤|[毫公千]?[升克]|[千兆吉]?瓦时?|[公英市]?[尺寸]|℃|°C|摄氏度)$"
)
_TEMPERATURES = ("℃", "°C", "摄氏度")
_ROUND = re.compile("[^几数]*[0十百千万亿]")
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
            raise UsageError(choices("rounding rule", str(self.rounding), ROUNDING_RULES))
        if self.surplus not in SURPLUS_RULES:
            raise UsageError(choices("surplus rule", str(self.surplus), SURPLUS_RULES))


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
        How far 约, 近, 来 and 左右 reach to either side, in units of the last digit that is not zero. Half a
        unit, ends included, because a round number used loosely stands for whatever is nearer to it than to
        the next number as round (Krifka 2007, "Approximate interpretation of number words"). Never narrower
        than plain rounding, and of a plain count at least one to either side (约632: 631 to 633). 近 mostly
        means "from below", but not always, so it is read as 约 is.
    several : tuple of (int, int)
        The smallest and the largest digit that 几 and 数 may stand for; 十几 is 11 to 19.
    unit : str
        The unit, if the phrase has none because a table holds it in another column. With "%", more than half
        is at most 100.

    Returns
    -------
    Number

    Raises
    ------
    NumberError
        The phrase is not a number, contradicts itself, or can be read in two ways.
    UsageError
        There is no such rule for `rounding` or `surplus`, `about` or `several` is out of range, or `unit` is
        no text.
    """
    reading = Reading(rounding, surplus)
    _check_rules(about, several, unit)
    if not isinstance(phrase, str):
        found = type(phrase).__name__
        raise NumberError(
            f"{phrase!r} is a {found}. Give the number as printed, as text: its last zeros count."
        )
    return _read(phrase.strip(), reading, Fraction(about), (several[0], several[1]), unit)


@lru_cache(maxsize=65536)
def _read(printed: str, reading: Reading, about: Fraction, several: tuple[int, int], unit: str) -> Number:
    """Read a phrase; reports ask for the same ones again and again."""
    try:
        part = parse(printed)
        if part["zero"]:
            zero = Fraction(0)
            return Number(printed, zero, part["unit"] or unit, "exact", zero, zero, True, True)
        if part["unit"]:
            unit = part["unit"]
        elif part["fold"] or ((part["whole"] or part["half"]) and unit.translate(PLAIN) in _SHARES):
            # 百分之三 and 一半 say themselves that they are shares. Where the table says it, too, a half is
            # one of the whole.
            part["of_whole"], unit = part["half"] and unit, ""
        return _assemble(part, printed, unit, reading, about, several)
    except NumberError as fault:
        mend = "Give the number's own words only, such as 3000余起."
        raise NumberError(f"{printed!r} cannot be read as a number: {fault}. {mend}") from None


def _check_rules(about: Rational, several: tuple[int, int], unit: str) -> None:
    if not isinstance(unit, str):
        raise UsageError(f"unit={unit!r}: give the unit as text, such as '%'.")
    try:
        fits = isinstance(about, Real) and not isinstance(about, bool) and 0 <= about < math.inf
        low, high = several
        fits = fits and all(isinstance(digit, int) for digit in several) and 1 <= low <= high <= 9
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise UsageError(
            f"about={about!r} and several={several!r}: give about >= 0 and two digits of 1 to 9, in order."
        )


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
    if more == "来":
        # 十来个 may be nine or twelve: a bit more or less, and only of a number that is round.
        if word not in (None, "about") or part["second"] or not _ROUND.fullmatch(part["first"]):
            raise NumberError("来 fits a round number only, and no other hedge")
        word, more = "about", ""
    share = _share_worth(part, unit)
    unit = unit if share is None else "%"
    counted = not _MEASURED.match(unit.translate(PLAIN))
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
    rounded = decimals or multiplied or not counted
    if not ranged and rounded:
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
        # More than half of a whole is at most all of it.
        bounds = Bounds(named.low, Fraction(100) if part.get("of_whole") else None, inclusive)
    elif word == "at_most":
        bounds = Bounds(None, named.high, True, inclusive)
    elif word == "about":
        # Half a unit around 632 holds 632 alone, and then 约 would say nothing: of a plain count the numbers
        # beside it are allowed, too.
        least = Fraction(0) if rounded or not about else Fraction(1)
        bounds = _loosened(named, step, about, least).hull(bounds)

    change = bool(part["fall"] or part["rise"] or part["fold"])
    if change:
        # A growth or a fall by at most 5% is none that is less than nothing.
        bounds = bounds if bounds.low is not None else bounds.meet(Bounds(Fraction(0), None))
    elif unit.translate(PLAIN) not in _TEMPERATURES:
        # Nothing else that is counted or measured is less than nothing.
        bounds = bounds.meet(Bounds(Fraction(0), None))
    if part["sign"] == "-" and (word or ranged or more or change):
        raise NumberError(
            "a minus sign beside a range or a word that hedges or says fall can be taken in two ways"
        )
    if part["fall"] or part["sign"] == "-":
        value, bounds = -value, -bounds
    ends = (bounds.low, bounds.high, bounds.low_closed, bounds.high_closed)
    return Number(printed, value, unit, word or hedge, *ends, step, change)


def _hedge_word(part: dict[str, str]) -> tuple[Hedge | None, bool]:
    given = [words[part[place]] for words, place in ((BEFORE, "before"), (AFTER, "after")) if part[place]]
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
    if part["fold"] or (part["half"] and not unit):
        return Fraction(100)
    return _SHARES.get(unit.translate(PLAIN).removesuffix(part["tenth"]))


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
    if part["fold"]:
        if part["fall"] or unit or scale:
            raise NumberError("翻番 stands alone: it says growth and unit itself")
        # Doubled once is 100% more, twice is four times as much; times are whole, so the last digit is 100%.
        doublings = DIGITS.get(part["fold"][0], 1)
        return Bounds.of(2**doublings - 1), Fraction(1)
    if scale and not part["surplus"]:
        raise NumberError(f"{scale} stands in the wrong place")
    if first == "几" and counted:
        raise NumberError("几 alone gives no number")
    if first[0] in "百千万亿" and not (
        hedged or re.fullmatch("[百千][万亿]", first) or (first == "百" and part["whole"])
    ):
        raise NumberError(f"{first[0]} has no number before it")
    if part["tenth"]:
        first += ("." if part["tenth"].isascii() else "点") + part["tenth"]
    named, step = _numeral(first, several, counted)
    if second:
        if part["first_unit"] not in ("", unit):
            raise NumberError("the two ends of the range have different units")
        other, step = _numeral(second, several, counted)
        if not part["first_unit"]:
            named = named * _left_out(first, second, named, several)
        if other.below(named):
            raise NumberError("its range runs from a larger number to a smaller one")
        named = named.hull(other)
    if part["late"] == "半":
        if not unit or second or step != 1:
            raise NumberError("半 at the end needs a whole number and a unit before it")
        named, step = named + half, half
    return named * _product(scale), step * _product(scale)


def _left_out(first: str, second: str, named: Bounds, several: tuple[int, int]) -> int:
    """The multiplier that the first end of a range shares with the second: 3至5万 is 3万 to 5万."""
    lead = re.split("[十百千万亿]", second, maxsplit=1)[0]
    shared = second[len(lead) :]
    bare = not set(first) & set(UNITS) and named.high != 0
    # By custom 三至五百 is 300 to 500; 500至1万 has nothing to share.
    if bare and lead and shared and named.below(_numeral(lead, several, True)[0]):
        if set(shared) - set("百千万亿"):
            # 三至五十 may be ages from 3 on, or some 30 to 50; 3至5万5千 is no clearer.
            either = f"{first} or at {first}{shared[0]}"
            raise NumberError(f"its range may begin at {either}: write both ends in full")
        return _product(shared)
    stem = second.rstrip("万亿")
    if (
        stem not in ("", second)
        and not set(first) & set("万亿")
        and named.below(_numeral(stem, several, True)[0])
    ):
        return _product(second[len(stem) :])
    return 1


def _numeral(text: str, several: tuple[int, int], counted: bool) -> tuple[Bounds, Fraction]:
    """The bounds that one numeral names, and the worth of its last digit."""
    pair = _PAIR.search(text)
    if pair and "点" not in text and "零" not in pair[0]:
        first, second = ("二", "三") if pair[0] == "三两" else pair.groups()
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


def _loosened(named: Bounds, step: Fraction, about: Fraction, least: Fraction) -> Bounds:
    low = None if named.low is None else named.low - max(least, about * _roundness(named.low, step))
    high = None if named.high is None else named.high + max(least, about * _roundness(named.high, step))
    return Bounds(low, high)


def _product(units: str) -> int:
    return math.prod(UNITS[unit] for unit in units)
