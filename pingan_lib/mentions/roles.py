"""What a number is for (told, aimed at, asked of each), and whether it is a state or a flow."""

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
        "力争|确保|争取|目标(?!任务)|计划(?!生育|外|内)|拟(?![定订])|预计|预期"
        "|将(?:[^，。；]{0,8})(?:达到?|实现|建成|新建|新增|完成|培训|打造|下降|超过|突破)|须|必须|务必"
        "|努力(?:实现|达到)|"
        "要(?:达到?|实现|完成|确保|建成|下降|提高|力争|新建|新增|控制|保持|不低于)|需达到?"
        "|安排(?=[^，。；]{0,8}(?:建设|新建))|规划"
    )


# 低于调控目标1.6个百分点 tells what was.
_MEASURED = re.compile("(?:[低高好优]于|超过?)[^，。；]{0,8}$")
_BY = re.compile(r"到(20[0-9]{2})年[底末]?")
_DONE = re.compile("完成了|实现了|已|达到了|超额|提前完成|圆满")
_NORM = re.compile(
    "(?<!平均)每(?![年月日天周季]|[^，。；]{0,6}(?:下降|减少|降低|上涨|增加|增长))[^，。；]{0,14}$|各[^，。；]{1,8}(?:配备|设立|落实|明确"
    "|至少)[^，。；]*$|[均都][^，。；]{0,4}(?:配备|配有|有|设有|落实)[^，。；]{0,4}$"
    "|(?:不得|不应?)(?:少于|低于|超过|高于)[^，。；]{0,2}$|至少[^，。；]{0,2}$|应当[^，。；]{0,12}$"
    "|原则上[^，。；]{0,12}$|标准[为是][^，。；]{0,6}$|按[照每][^，。；]{0,10}$"
    "|“[^”]{0,20}一[名位个][^”]{0,8}$"
)
_TERM = re.compile("应|须|要求|限|承诺|规定|不得|确保|做到|办结|答复|反馈|接警|接到|出警|处警|响应|原则")
_AIMS = re.compile("[^。；]{0,60}?(?:[一二三四五六七八九两0-9]大|的|等)目标")
_STATE = re.compile("拥有|设有|建有|配有|覆盖|常住|存量|配备|选派|抽出|布置|派驻|辖|有$")


def role_of(
    plain: str,
    first: int,
    begin: int,
    start: int,
    end: int,
    *,
    small: bool,
    ratio: bool,
    published: date | None,
) -> Role:
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
    ratio : bool
        Whether it is a number of each ten thousand, which is no rule.
    published : date or None
        A year after it is still to come.
    """
    clause, sentence = plain[begin:start], plain[first:start]
    if not ratio and re.search("每(?![年月日天周季])[^，。；]{1,10}(?:至少|不少于|不低于)", clause):
        return "norm"
    if small and not ratio and re.search("(?:[均各都]|每(?![年月日天周季]))[^，。；]{0,14}$", clause):
        return "norm"
    by = [int(match[1]) for match in _BY.finditer(sentence)]
    if by and (
        published is None
        or by[-1] > published.year
        or (by[-1] == published.year and _target().search(clause))
    ):
        return "target"
    targets = [
        match
        for match in _target().finditer(sentence)
        if not (match[0] == "目标" and _MEASURED.search(sentence, 0, match.start()))
    ]
    if targets and not _DONE.search(sentence, targets[-1].end()):
        if re.match("[是为]?[:：]", sentence[targets[-1].end() :]):
            return "target"
        nearby = (
            not re.search("[；;。]", sentence[targets[-1].end() :]) and len(sentence) - targets[-1].end() < 40
        )
        if nearby:
            return "target"
    if re.search("提出|明确|确定|设定", sentence) and re.search(
        "^[^。；]{0,60}(?:[一二三四五六七八九两0-9]大|的|等)目标", plain[end : end + 80]
    ):
        return "target"
    if small and clause.endswith("“"):
        return "norm"
    within = re.match("以?内|之内", plain[end : end + 2]) and _TERM.search(plain, begin, end + 12)
    if not ratio and (within or _NORM.search(clause)):
        return "norm"
    return "reported"


def timing_of(plain: str, begin: int, start: int, period: Period, unit: str, kind: str, role: Role) -> Timing:
    """A guess whether a number tells a state (point), a flow within a period, or a flow up to now (cumulative)."""
    clause = plain[begin:start]
    if "累计" in clause:
        return "cumulative"
    if role == "norm" or re.search("总数|现有|共有|在册|在岗|驻守|每天|下沉", clause):
        return "point"
    if period.start and period.end:
        return "period"
    if kind in ("change", "percentage_point", "rank") or re.search("每年|年均|日均|月均|平均每", clause):
        return "period"
    if unit in _STANDING or kind in ("ratio", "duration"):
        return "point"
    if period.cumulative:
        return "cumulative"
    return "point" if kind in ("percentage", "measure") or _STATE.search(clause) else "cumulative"


_STANDING = ("village", "town", "institution", "post", "device", "team", "line", "stall")
