"""Growth and fall: whether a number tells a change, and of which sign."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

_FALL = (
    "下降|减少|降低|减产|减收|下滑|回落|负增长|下跌|缩短|压缩|压减|压降|缩减|递减|缩小|收窄|下调|萎缩|减幅"
    "|降幅|跌幅|减|降|跌"
)
_RISE = (
    "增长|上升|增加|增产|增收|提高|提升|上涨|攀升|递增|净增|上浮|上调|上扬|扩大|跃升|增速|增幅|涨幅|升幅"
    "|(?<!新)增|涨|升|成长"
)
_NOUN = "降幅|减幅|跌幅|增速|增幅|涨幅|升幅|(?:下降|降低|减少|下跌|增长|上升|提升|提高)(?:率|幅度|速度)"
_AGAINST = (
    "同比|环比|[比较](?:[上去前]年|上月|上季度?|改革前|年初|此前|[^，。；]{1,8}年|[^，。；]{0,6}(?:同期"
    "|平均))[^，。；]{0,6}?"
)
_ADVERBS = "(?:分别|各|均|又|已|再|也|就|年均|平均|大幅|明显|总体|合计|共|累计|将|约|近|超过|超|逾|了){0,4}"
_COMPARED = re.compile(
    "同比|环比|[比较](?:[上去前]年|上月|同期|[^，。；]{0,8}年)|与[^，。；]{1,8}(?:相比|比)"
)


class Change(NamedTuple):
    """A change: its sign, whether a word of comparison (同比) stands in the clause, and where it begins.

    `grown` is false for words such as 提升, which of a count mostly tell what was improved.
    """

    sign: int
    compared: bool
    start: int
    grown: bool = True


@cache
def _verb() -> re.Pattern[str]:
    return re.compile(
        rf"((?P<fall>{_FALL}|少)|(?P<rise>{_RISE}|多))"
        rf"(?:了|率|幅度?|[立收发报结办查破诉受理案]{{0,2}})?{_ADVERBS}(?:高达|多达|达到?(?!标))?\s*[:：]?\s*$"
    )


@cache
def _noun() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<noun>{_NOUN})(?:同比|环比|分别|也|均|各|已|就|高|更|累计|连续|全年|平均|为|是|在|达到?|约"
        rf"|超过?|近|逾|至|保持在){{0,5}}\s*[:：]?\s*$"
    )


@cache
def _behind() -> re.Pattern[str]:
    return re.compile(
        "(?:的(?:年均|平均|同比|较大|高|快)*(?:下降|负增长)|的?(?:降幅|跌幅|减幅))(?P<fall>)"
        "|(?:的(?:年均|平均|同比|较大|高|快)*(?:增长|速度|比例)|的?(?:增速|增幅|涨幅|升幅))(?P<rise>)"
    )


def change_before(plain: str, begin: int, start: int, end: int) -> Change | None:
    """Tell the change that a number at `start` measures, from the words between `begin` and it, or behind it.

    Parameters
    ----------
    plain : str
    begin : int
        Where the clause begins.
    start, end : int
        The number phrase.

    Returns
    -------
    Change or None
        None for a level: 下降至5% is 5%, whatever it was before.
    """
    left = plain[begin:start]
    compared = bool(_COMPARED.search(left))
    if match := _noun().search(left):
        return Change(-1 if match["noun"][0] in "降减跌下" else 1, compared, begin + match.start())
    match = _verb().search(left)
    # 少 and 多 compare only where something is named to compare with: 比诉讼程序少48天.
    if match and (match[1] or "")[:1] in "少多" and not re.search("[比较]|同期|[去上]年", left):
        match = None
    if match:
        grown = not re.match("提|扩|跃|上[浮调扬]|成", match[0])
        return Change(-1 if match["fall"] else 1, compared, begin + match.start(), grown)
    if match := _behind().match(plain, end):
        return Change(1 if match["fall"] is None else -1, compared, start)
    if re.search("(?:同比|环比)[:：为]?$", left) and plain[start : start + 1] in "+-":
        return Change(-1 if plain[start] == "-" else 1, True, start)
    return None
