"""Ranks: 全省第二, 排名第3位, 前三名, 位居首位. Every other 第 numbers a thing and ranks nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

_N = "[0-9]{1,4}|[一二三四五六七八九十百]{1,4}"
_SCOPE = (
    r"全[省国市州县区盟旗球网]|[省市州县区]内|世界|[四五六]都|西部|东部|中部|东北|同[类级][^，。；]{0,4}|直辖市"
    r"|副省级城市|[一-龥]{2,3}(?:省|市|州|地区)"
)
_RANKED = (
    "排名?|依次[为是]|位居|位列|名列|位次|居|列|跃居|跃升[至到]?|[上前]?[升移][至到]|进入|跻身|冲入|挺进|保持|稳定在"
    "|获得?|荣获|取得|夺得|排在|排到|成绩|总分|综合|考核|测评|得分|总量|增速|指数|满意度|安全感"
)
_END = r"(?=[，。；、）)！？!\s”’]|$|[和与及]|的|,|;|第|（|\()"


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return (
        re.compile(
            rf"(?:(?:{_RANKED})[^，。；,;0-9第前]{{0,10}}"
            rf"|(?:{_SCOPE}))\s?(?P<rank>第\s?(?:{_N}))(?:(?P<word>[名位])(?![^，。；、）]{{0,2}}(?:书记"
            rf"|任务|嫌疑|位置|要求)))"
        ),
        re.compile(
            rf"(?:(?:{_RANKED})[^，。；,;0-9第前]{{0,10}}"
            rf"|(?:{_SCOPE})(?:各[^，。；]{{0,6}})?)\s?(?P<rank>第\s?(?:{_N}))(?P<word>){_END}"
        ),
        re.compile(
            rf"(?:{_RANKED})[^，。；,;]{{0,12}}(?P<rank>首位|榜首|之首"
            rf"|第一)(?P<word>)(?![^，。；、]{{0,1}}(?:书记|时间|线|批|家|个|步|产业|方|次|届|责任))"
        ),
        re.compile(
            rf"(?:(?:{_RANKED})[^，。；,;0-9第前]{{0,10}}"
            rf"|(?:{_SCOPE}))\s?(?P<rank>前\s?(?:{_N}))(?:(?P<word>[名位强甲])|(?={_END[3:-1]}|行列|列))"
        ),
        re.compile(
            rf"(?<=[、和及])(?:[^，。；、0-9第]{{0,8}})(?P<rank>第\s?(?:{_N}))(?P<word>[名位]?){_END}"
        ),
    )


# What comes first is not ranked: 把安全放在第一位.
_PUT = re.compile("(?:放|摆|置|挺|看|作|当)[在到于成为][^，。；]{0,6}$|坚持[^，。；]{0,8}$")


def ranks(plain: str) -> Iterator[tuple[int, int, str, int]]:
    """Find ranks.

    Parameters
    ----------
    plain : str
        Text in simplified script and half-width.

    Yields
    ------
    tuple of (int, int, str, int)
        Where the printed rank begins and ends (第3, 前三, 首位), the word behind it (名, 位, "") and where that ends.
    """
    seen: dict[int, tuple[int, int, str, int]] = {}
    patterns = _patterns()
    for number, pattern in enumerate(patterns):
        for match in pattern.finditer(plain):
            start, end = match.span("rank")
            if _PUT.search(plain, max(0, match.start() - 8), start):
                continue
            # A rank behind another one in a list (第1、全州第2) needs the other one.
            if number == len(patterns) - 1 and not any(start - 20 < other < start for other in seen):
                continue
            word = match["word"] or ""
            seen.setdefault(start, (start, end, word, match.end("word") if word else end))
    yield from (seen[start] for start in sorted(seen))
