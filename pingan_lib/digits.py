"""A plain numeral, Arabic, Chinese or mixed → its value and what its last printed digit is worth."""

from __future__ import annotations

import re
from fractions import Fraction

from pingan_lib.errors import NumberError

DIGITS = {char: digit for digit, char in enumerate("零一二三四五六七八九")} | {"两": 2}
UNITS = {"亿": 10**8, "万": 10**4, "千": 1000, "百": 100, "十": 10}

_ARABIC = re.compile(r"(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]+)?")
# 两万三 leaves out 千, which nothing may follow.
_LEFT_OUT = re.compile("[百千万亿][一二三四五六七八九]$")
# Signs that the last digit was chosen: who writes 1.5千 or 5千 could have written 1500 or 5000.
_PRINTED = set("万亿点0123456789")
_SPELLED = re.compile("[一二三四五六七八九](?:[零一二三四五六七八九]{2,}|零)")


def read_digits(text: str) -> tuple[Fraction, Fraction]:
    """Read a numeral without unit or hedge.

    Parameters
    ----------
    text : str
        "2730", "1,007", "95.97", "三千零五", "7.18亿", "1亿2000万", "十二点五", "二〇二三" with 零 for 〇.
        Simplified script, half-width.

    Returns
    -------
    value : Fraction
    step : Fraction
        What the last printed digit is worth. Chinese writes no zeros (三百 is 300), so below 万 a whole
        number in Chinese is known to one; with 万 or 亿, a decimal point or Arabic digits its last printed
        digit counts (三万五千: 1000, 1.5千: 100, 5千: 1000).

    Raises
    ------
    NumberError
        The text is no numeral; it says which part does not fit.
    """
    value, step = _split(text, opening=True)
    return value, step if set(text) & _PRINTED else min(step, Fraction(1))


def _split(text: str, *, opening: bool) -> tuple[Fraction, Fraction]:
    """Split at the largest unit: what is before it counts in that unit, what is behind is less."""
    whole, point, part = text.rpartition("点")
    if point and not set(part) & set("万亿"):
        if not part or set(part) - set(DIGITS) or "点" in whole or _LEFT_OUT.search(whole):
            raise NumberError(f"点 does not fit in {text}")
        step = Fraction(1, 10 ** len(part))
        return read_digits(whole)[0] + _spelled(part) * step, step
    mark = next((char for char in UNITS if char in text), None)
    if mark is None:
        return _leaf(text)
    head, _, tail = text.rpartition(mark)
    unit = Fraction(UNITS[mark])
    count, step = _head(head, mark, opening)
    if not tail:
        return count * unit, step * unit
    if tail[0] == "零":
        rest, step = _split(tail[1:], opening=False)
        if not 0 < rest < unit / 10:
            raise NumberError(f"零 does not fit in {text}")
    elif tail in DIGITS:
        # 两万三 is 23000, and 十五 is 15 by the same rule.
        rest, step = DIGITS[tail] * unit / 10, unit / 10
    else:
        rest, step = _split(tail, opening=False)
        if not 0 < rest < unit or re.fullmatch("[0-9]", tail):
            raise NumberError(f"{tail} does not fit behind {head}{mark}")
    return count * unit + rest, step


def _head(text: str, mark: str, opening: bool) -> tuple[Fraction, Fraction]:
    """How many of the unit `mark`."""
    if not text:
        if mark != "十" and not opening:
            raise NumberError(f"{mark} has no number before it")
        return Fraction(1), Fraction(1)
    if _LEFT_OUT.search(text) or _SPELLED.fullmatch(text):
        raise NumberError(f"{text} before {mark} does not end in a unit")
    if mark not in "亿万":
        value, step = _leaf(text)
    else:
        # 五千万 alone is 5000万; behind 一亿 it is the second digit of 1.5亿.
        value, step = read_digits(text) if opening else _split(text, opening=True)
    if text == "零" or (mark in "千百十" and text[0] in DIGITS and len(text) > 1):
        raise NumberError(f"{text} does not fit before {mark}")
    return value, step


def _leaf(text: str) -> tuple[Fraction, Fraction]:
    """Digits without a unit."""
    if _ARABIC.fullmatch(text):
        bare = text.replace(",", "")
        return Fraction(bare), Fraction(1, 10 ** len(bare.partition(".")[2]))
    if text in "一二三四五六七八九" and len(text) > 2:
        raise NumberError(f"{text} could be one number or several")
    if text in DIGITS or _SPELLED.fullmatch(text):
        return Fraction(_spelled(text)), Fraction(1)
    raise NumberError(f"{text} is no number" if text else "a number is missing")


def _spelled(text: str) -> int:
    return int("".join(str(DIGITS[char]) for char in text))
