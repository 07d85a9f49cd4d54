"""What a number is for: did it happen, shall it, or does a rule ask it of each? And is it a state or a flow?"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Literal

from pingan_lib.mentions.periods import Period

Role = Literal["reported", "target", "norm"]
Timing = Literal["point", "period", "cumulative"]


@cache
def _target() -> re.Pattern[str]:
    return re.compile(
        "力争|确保|争取|目标(?!任务)|计划(?!生育|外|内)|拟(?![定订])|预计|预期|将(?:[^，。；]{0,8})(?:达到?|实现|建成|新建|新增|完成|培训|打造|下降|超过|突破)|须|必须|务必|努力(?:实现|达到)|"
        "要(?:达到?|实现|完成|确保|建成|下降|提高|力争|新建|新增|控制|保持|不低于)|需达到?|安排(?=[^，。；]{0,8}(?:建设|新建))|规划"
    )


_BY = re.compile(r"到(20[0-9]{2})年[底末]?")
_DONE = re.compile("完成|实现了|已|达到了|超额|提前完成|圆满")
_NORM = re.compile(
    "每[^，。；]{0,14}$|各[^，。；]{1,8}(?:配备|设立|落实|明确|至少)[^，。；]*$|[均都][^，。；]{0,4}(?:配备|配有|有|设有|落实)[^，。；]{0,4}$"
    "|(?:不得|不应?)(?:少于|低于|超过|高于)[^，。；]{0,2}$|至少[^，。；]{0,2}$|应当[^，。；]{0,12}$|原则上[^，。；]{0,12}$|标准[为是][^，。；]{0,6}$|按[照每][^，。；]{0,10}$"
    "|“[^”]{0,20}一[名位个][^”]{0,8}$|“$"
)
_STATE = re.compile("现有|共有|拥有|设有|建有|建成|配有|覆盖|常住|登记在册|在册|总数|存量|建立|组建|设立|成立|配备|辖|达$|有$")


def role_of(plain: str, first: int, begin: int, start: int, end: int, *, small: bool, ratio: bool, published: date | None) -> Role:
    """The role of a number, from the words before it in its sentence.

    Parameters
    ----------
    plain : str
    first, begin : int
        Where the sentence and the clause begin.
    start, end : int
        The number phrase.
    small : bool
        Whether it is a small number in words, as rules have it.
    published : date or None
        A year after it is still to come.
    """
    clause, sentence = plain[begin:start], plain[first:start]
    by = [int(match[1]) for match in _BY.finditer(sentence)]
    if by and (published is None or by[-1] > published.year or (by[-1] == published.year and _target().search(clause))):
        return "target"
    targets = list(_target().finditer(sentence))
    if targets and not _DONE.search(sentence, targets[-1].end()):
        if re.match("[是为]?[:：]", sentence[targets[-1].end() :]):
            return "target"
        nearby = not re.search("[；;。]", sentence[targets[-1].end() :]) and len(sentence) - targets[-1].end() < 40
        if nearby:
            return "target"
    if re.search("提出|明确|确定|设定", sentence) and re.search("^[^。；]{0,60}(?:[一二三四五六七八九两0-9]大|的|等)目标", plain[end : end + 80]):
        return "target"
    if not ratio and re.match("以?内|之内", plain[end : end + 2]) or not ratio and (_NORM.search(clause) and (small or not re.search("每[年月日天周]|每季", clause))):
        return "norm"
    return "reported"


def timing_of(plain: str, begin: int, start: int, period: Period, unit: str, kind: str) -> Timing:
    """A guess whether a number tells a state (point), a flow within a period, or a flow up to now (cumulative)."""
    clause = plain[begin:start]
    if re.search("累计|以来", clause) or period.cumulative:
        return "cumulative"
    if period.start and period.end:
        return "period"
    if kind in ("change", "percentage_point", "rank") or re.search("每年|年均|日均|月均|平均每", clause):
        return "period"
    if kind in ("percentage", "ratio", "duration") or unit in ("village", "town", "institution", "post", "device", "team", "line", "stall"):
        return "point"
    if kind == "measure":
        return "point"
    return "point" if _STATE.search(clause) else "cumulative"
