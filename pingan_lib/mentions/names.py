"""Names of mechanisms in quotation marks: “三同步一延伸”工作机制, “雨露工程”."""

from __future__ import annotations

import re
from functools import cache

from pingan_lib.mentions.layout import Layout
from pingan_lib.mentions.mention import Name

_KIND_WORDS = (
    "治安大防控体系|防控体系|工作体系|工作机制|运行机制|联动机制|长效机制|调解机制|工作模式|治理模式"
    "|调解模式|服务模式|管理模式|工作法|专项行动|专项整治|工作室|工作站|调解室|"
    "品牌|机制|模式|体系|制度|工程|行动|项目|平台|工作|计划|活动|系统|中心|办法|方法|经验|路径|方式|格局"
    "|队伍|小程序|体制|网络|战略|服务|管理|治理|[工作解理务治育教]法|[长官]制|[防逻愿]队|联盟|小组|窗口|"
    "网格|阵地|载体|做法|举措|措施|流程|闭环|矩阵|架构|警务|警务室|门牌|码|APP"
)
_MARKS = {"“": "”", "「": "」", "『": "』", "‘": "’", '"': '"'}
_BEFORE = re.compile(
    "(?:探索|建立|创新|推行|实行|实施|打造|构建|推出|开展|启动|推进|完善|健全|落实|形成|创建|采取|采用|运用"
    "|依托|总结|提炼|深化|推广|以|通过|按照|全面|深入|首创|试行|组建|设立|搭建|建成|坚持|发挥)[^，。；]{0,8}$"
)


@cache
def _quoted() -> re.Pattern[str]:
    return re.compile(
        '“[^“”\n]{2,30}”|「[^「」\n]{2,30}」|『[^『』\n]{2,30}』|‘[^‘’\n]{2,30}’|"[^"\n]{2,30}"'
    )


@cache
def _behind() -> re.Pattern[str]:
    return re.compile(f"(?:的)?(?P<modifier>[一-龥]{{0,4}}?)(?P<kind>{_KIND_WORDS})")


@cache
def _ends_in() -> re.Pattern[str]:
    return re.compile(f"(?:{_KIND_WORDS})$")


_SAID = re.compile("[。！？；!?：:]|[一-龥](?:了|吗|呢|吧|啊)$")
# A number of things, or parts that are added up: 三个下沉, 1+8+N.
_NUMBERED = re.compile(
    r"^(?:[一二三四五六七八九十0-9]+[个大项化位步联级同]|[0-9一二三四五六七八九十N]+\+)|\+"
)


def find_names(text: str) -> list[Name]:
    """Find names of mechanisms in quotation marks.

    Parameters
    ----------
    text : str
        An article as plain text.

    Returns
    -------
    list of Name
        In order of appearance. Quoted speech, slogans and titles of documents are none.
    """
    layout = Layout(text)
    result = []
    for match in _quoted().finditer(layout.plain):
        kind = _kind_word(layout.plain, match.start(), match.end())
        if kind is None:
            continue
        start, end = match.start(), kind[1] if kind[1] > kind[0] else match.end()
        first, last = layout.sentence(start, end)
        name = text[start + 1 : match.end() - 1]
        result.append(Name(start, end, text[start:end], name, text[kind[0] : kind[1]], text[first:last]))
    return result


def _kind_word(plain: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the word stands that tells what a quoted name is of; an empty stretch where the name tells it itself.

    None where what is quoted names no mechanism.
    """
    inside = plain[start + 1 : end - 1].strip()
    if plain.rfind("《", 0, start) > plain.rfind("》", 0, start):
        return None
    behind = _behind().match(plain, end)
    if behind and not re.search("[的是在和与等将对]", behind["modifier"]):
        at = behind.start("modifier"), behind.end()
        # A saying of two halves may name a mechanism (“村书记吹哨,下沉力量报到”机制).
        halves = len(re.findall("[，,]", inside)) == 1 and not behind["modifier"]
    else:
        at, halves = (end, end), False
    if not inside or inside.count("、") > 1 or _SAID.search(inside):
        return None
    if re.search("[，,]", inside) and not halves:
        return None
    if at[1] > at[0] or _ends_in().search(inside):
        return at
    numbered = _NUMBERED.search(inside) and _BEFORE.search(plain, max(0, start - 16), start)
    return at if numbered else None
