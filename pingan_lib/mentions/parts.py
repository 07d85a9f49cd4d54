"""Numbers of a form of their own: halves (过半, 一半以上), doublings (翻一番) and ratios (1:2.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from pingan_lib.mentions.measure_words import Word


class Part(NamedTuple):
    """Where such a number is printed and what it is."""

    start: int
    end: int
    unit: Word


_VERBS = "下降|减少|降低|下滑|增长|上升|增加|提高|提升|压缩|压减|缩减|缩短|[占达]|约占|占比|高达"
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"


@cache
def _halves() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<hedged>(?:过|逾|超过?|近|将近|接近|约|不足|不到)(?:一半|半数?)(?![年月天个小夜路径百点])"
        rf"|(?:一半|半数)(?:以上|以下|左右))"
        rf"|(?:{_VERBS})了?(?P<bare>一半|半数)(?=[，。；、）)的]|$)"
    )


@cache
def _doublings() -> re.Pattern[str]:
    return re.compile("翻了?[一二两三]?番")


@cache
def _ratios() -> re.Pattern[str]:
    told = "(?:比例?|配比|占比|比率|比值|倍差)[^，。；0-9]{0,8}"
    ratio = rf"(?<![0-9:.])(?P<ratio>{{}}{_NUMBER}\s?[:：比]\s?{_NUMBER})(?![0-9:.])"
    return re.compile(
        f"{told}{ratio.format('').replace('ratio', 'behind', 1)}"
        f"|{ratio.format('').replace('ratio', 'ahead', 1)}(?=的(?:比例|配比|标准|比率))"
    )


def parts(plain: str) -> Iterator[Part]:
    """Find halves, doublings and ratios.

    Parameters
    ----------
    plain : str
        Text in simplified script and half-width.
    """
    for match in _halves().finditer(plain):
        yield Part(*match.span("hedged" if match["hedged"] else "bare"), Word("percent", "percentage"))
    for match in _doublings().finditer(plain):
        yield Part(*match.span(), Word("percent_change", "change"))
    for match in _ratios().finditer(plain):
        yield Part(*match.span("behind" if match["behind"] else "ahead"), Word("times", "ratio"))
