"""Nothing happened: 零发案, 为零, 未发生过, 无一起. A count with the value 0."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

_HARMS = (
    "发案|上访|非访|越级|进京|赴省|集访|集体访|信访|事故|伤亡|死亡|命案|案件|警情|投诉|差错|失误|感染"
    "|新增|增长|发生|火灾|火情|聚集|滞留|失联|脱管|漏管"
    "|违法|违规|违纪|犯罪|复发|复吸|再犯|重犯|重新犯罪|积案|积压|舆情|炒作|事件|病例|确诊|疫情|溺水|欠薪"
    "|拖欠|毒品|吸毒|制毒|种植|产量|诉讼|纠纷|矛盾"
    "|通报|申诉|返贫|辍学|失学|污染|排放|泄漏|泄密|有责|亡人|被骗|受骗|电诈|电信|盗窃|盗抢|抢劫|抢夺|涉诉"
    "|缠访|闹访|扬言|极端|刑案|刑事|治安|诈骗|外流"
    "|报案|超期|逾期|遗漏|流失|重大|重特大|较大|群体性|恶性|暴力|暴恐|个人极端|民转刑|可防性|八类|两抢"
    "|涉黑|涉恶|涉枪|涉毒|举报|反弹|输入|扩散|误报|漏报"
)
_PERSONS = "伤亡|死亡|感染|确诊|病例|亡人|失联|返贫|辍学|失学"


class Zero(NamedTuple):
    """Where a zero is printed, the unit it names and what it counts."""

    start: int
    end: int
    unit: str
    code: str
    change: bool


@cache
def _words() -> re.Pattern[str]:
    return re.compile(
        r"(?<![0-9零一二三四五六七八九十百千万亿点.年○个])(?:零|0(?![0-9.%]))(?=[”’」』]?\s?“?(?P<harm>"
        + _HARMS
        + "))"
    )


@cache
def _none() -> re.Pattern[str]:
    return re.compile(
        "(?P<none>(?:从未|未曾|未再|未|没有|没)(?:发生|出现|发现)过?(?:[一1](?P<unit>[起例件宗人名]|次(?!死亡|性)))?)"
        "|(?P<not>无一(?P<unit2>[起例件次宗人名])(?!例外|幸免|不|所|能))"
    )


_NO_EVENT = re.compile(
    "过?(?:任何|根本性?|明显|实质性?|大的|显著|较大)?(?:的)?(?:改变|变化|转变|变动|动摇|位移|转移|关系"
    "|争议|效力|过户)"
)
_HARM_AHEAD = re.compile(f"[^，。；]{{0,24}}?(?:{_HARMS}|伤|病|患者|返贫|火)")
# Before a zero: what keeps on to be none, or shall be none; 是否 asks.
_ASKED = re.compile("(?:是否|如果|若|如|凡|倘若|一旦|只要|尚|虽|还)$")


@cache
def _level() -> re.Pattern[str]:
    return re.compile(
        r"(?:为|至|到|于|保持|维持|持续)[“\"]?(?P<zero>零|0)[”\"]?(?=[，。；、）)！!\n,;]|$|的|[^一-龥0-9.%点])"
    )


def zeros(plain: str) -> Iterator[Zero]:
    """Find the words that say that nothing of a kind happened.

    Parameters
    ----------
    plain : str
        Text in simplified script and half-width.
    """
    for match in _words().finditer(plain):
        harm = match["harm"]
        code = "person" if harm in _PERSONS.split("|") else "case"
        yield Zero(match.start(), match.start() + 1, "", code, harm == "增长")
    for match in _level().finditer(plain):
        yield Zero(*match.span("zero"), "", "case", False)
    for match in _none().finditer(plain):
        unit = match["unit"] or match["unit2"] or ""
        start, end = match.span()
        if _ASKED.search(plain, max(0, start - 3), start):
            continue
        if _NO_EVENT.match(plain, end) or (
            not unit and "发生" not in match[0] and not ("出现" in match[0] and _HARM_AHEAD.match(plain, end))
        ):
            continue
        yield Zero(start, end, unit, "person" if unit in ("人", "名") else "case", False)
