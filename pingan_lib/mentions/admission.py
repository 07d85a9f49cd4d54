"""Is a number phrase a reported figure? Thresholds, names and mere articles are none."""

from __future__ import annotations

import re

from pingan_lib.mentions.durations import is_lasting
from pingan_lib.mentions.measure_words import Word, nouns
from pingan_lib.mentions.spans import Span

_SMALL = re.compile("[一二三四五六七八九十两]")
# A mere 个 or 项 behind a small number in words makes a name of it (三项机制), unless a thing one can go to follows.
_LOOSE = frozenset(
    [
        "个",
        "项",
        "条",
        "套",
        "类",
        "种",
        "支",
        "张",
        "道",
        "把",
        "座",
        "处",
        "批",
        "组",
        "路",
        "期",
        "轮",
        "块",
        "面",
        "层",
        "字",
        "句",
        "届",
        "堂",
        "份",
        "部",
        "台",
        "对",
        "双",
        "门",
        "位",
    ]
)
_LOOSE_BUT_COUNTED = frozenset(["个", "支", "处", "座", "套", "台", "部", "位"])
_CONCRETE = re.compile(
    "[^，。；、0-9“在的对从与和用把将向]{0,6}?(?:村|社区|乡镇|街道|镇|县|区|市|州|省|国家|中心|派出所"
    "|司法所|法庭|法院|检察院|委员会|学校|医院|企业|公司|单位|部门|工作组|小组|专班|团伙|组织"
    "|工作室|站|室|窗口|队|岗亭|卡点|案件|平台|基地|网格|楼|点位|路口|路段|家庭|摄像头|设备|支部|园区)"
)
_WRITTEN_ONLY_IN_NAMES = frozenset(["届", "层", "面", "字", "门", "块"])
_ISSUED = re.compile("举办|开办|培训|印发|编发|刊发|制作|发布|播出|推出|开展")
_POINTED_AT = re.compile("[另其这那哪首末某同此之]$|其中$|任何$")
_SCORED = re.compile(
    "得分|评分|总分|均分|分数|测评|考核|指数|考评|综合|成绩|满分|[以达至到]$"
    "|(?:提高|上升|下降|提升|降低|增加|减少)了?$"
)
_GROWN = re.compile("(?:增长|增加|提高|上升|提升|高出|扩大|增)了?(?:近|约|超过?|逾)?$")
_SPENT = re.compile("投入|达到?|突破|完成|补助|补贴|奖励|发放|募集|筹集|节约|挽回|减少$")
_STAFFED = re.compile("[一-龥](?:有|达|配备|配齐|建立|组建|发展|至少)$")

_NOT_ONE = re.compile("(?:没有|从未|未曾?|不)[一-龥]{0,3}$")
_ONE_OF_A_LIST = re.compile("(?:一[名位个][^，。；、一]{1,10}[、和]){1,3}$")
_ONE_BEFORE_ANOTHER = re.compile("[^，。；、一]{1,10}[、和及]一[名位个]")
_ONE_BEHIND_ITS_NOUN = frozenset(
    ["名", "人", "位", "起", "件", "家", "所", "台", "辆", "支", "把", "处", "户", "部", "枚", "套"]
)
_ONE_OF_EACH = frozenset(["名", "位", "个", "次", "支", "场", "人"])


def is_small(plain: str, span: Span) -> bool:
    """Whether the number is one digit in words (or 十), without a hedge."""
    return bool(_SMALL.fullmatch(plain[span.start : span.digits_end]))


def admitted(plain: str, span: Span, unit: Word, begin: int, finish: int) -> bool:
    """Whether a number phrase with a word behind it is a reported figure.

    Parameters
    ----------
    plain : str
        Text in simplified script and half-width.
    span : Span
    unit : Word
        What it counts.
    begin, finish : int
        The clause around it.
    """
    left, right = plain[begin : span.start], plain[span.end : finish]
    digits = plain[span.digits_start : span.digits_end]
    told = left + plain[span.start : span.digits_start]
    counts = unit.kind in ("count", "duration", "ratio")
    if (counts or not re.search("[0-9]", digits)) and _in_name(plain, span):
        return False
    if unit.kind == "duration":
        return is_lasting(plain, span, left, right)
    if _is_threshold(plain, span, unit, left, right):
        return False
    if span.word == "分":
        return "." in digits or bool(_SCORED.search(told))
    if unit.kind == "ratio" and re.search("[百千万]$|^一$", digits):
        return bool(_GROWN.search(told) or re.search("[0-9]", digits))
    if unit.kind == "count" and not span.share:
        # 没有采取1次 tells of none.
        return not (digits in ("1", "一") and _NOT_ONE.search(left)) and _is_count(plain, span, left, right)
    return True


def _is_count(plain: str, span: Span, left: str, right: str) -> bool:
    digits = plain[span.digits_start : span.digits_end]
    small, arabic = is_small(plain, span), bool(re.search("[0-9]", digits))
    hedged = span.start < span.digits_start or span.after
    if span.word in nouns():
        # 50万警力, 5000余干警 and 300民警, but no 三村 and no 两代表.
        return hedged or bool(re.search("[0-9余多几数百千万亿]", digits))
    if re.match("[级型式]|版(?!本)|制(?:[的，。、]|足球|篮球)", right):
        return False
    if small and (re.match("工程|行动|计划", right) or _POINTED_AT.search(left)):
        return False
    if span.word == "期" and not arabic:
        return bool(_ISSUED.search(left))
    if span.word in _WRITTEN_ONLY_IN_NAMES and not arabic:
        return False
    if digits == "一":
        at_least = plain[span.start : span.start + 2] in ("至少", "不少")
        return at_least or (not hedged and _is_one(span, left, right))
    if not small or span.word not in _LOOSE:
        return True
    if not right.strip() or re.match("[，。；、）)]", right):
        return bool(re.search("[一-龥]{2}$", left))
    return bool(_CONCRETE.match(right)) and span.word in _LOOSE_BUT_COUNTED


def _is_one(span: Span, left: str, right: str) -> bool:
    """一名 counts where each gets one, behind its noun, and in a list of such; else it is a mere article."""
    word = span.word
    if word in ("名", "位", "个") and (_ONE_OF_A_LIST.search(left) or _ONE_BEFORE_ANOTHER.match(right)):
        return True
    if word in _ONE_BEHIND_ITS_NOUN and (not right.strip() or re.match("[（(]", right)):
        if re.search("[只仅共现]有$", left):
            return True
        return bool(re.search("[一-龥]{2}$", left)) and not re.search("[是为每各同另唯第这那之有的]$", left)
    return word in _ONE_OF_EACH and bool(re.search("(?:[每各均][^，。；]{0,14}|至少|不少于)$", left))


def _in_name(plain: str, span: Span) -> bool:
    """Whether the number stands in a short quoted name, such as “九个严管”."""
    opening = max(plain.rfind(mark, max(0, span.start - 16), span.start) for mark in "“‘「『")
    ends = (plain.find(mark, opening + 1, opening + 40) for mark in "”’」』")
    closing = min((place for place in ends if place >= 0), default=-1)
    if opening < 0 or closing < span.end:
        return False
    inside = plain[opening + 1 : closing].strip()
    if len(inside) > 24 or re.search("[，。；！？,]", inside):
        return False
    if inside == plain[span.digits_start : span.end].strip():
        return span.word in ("类", "个", "项", "条") or not re.search("[0-9]", inside)
    # “一名政法干部、一名法学会会员、一名律师” is a list, and no name.
    return len(re.findall("[一二两三四五六七八九十0-9][名位人]", inside)) < 2


def _is_threshold(plain: str, span: Span, unit: Word, left: str, right: str) -> bool:
    """500万元以上固定资产投资: what must be reached to be counted at all."""
    if unit.kind in ("percentage", "percentage_point", "change"):
        return False
    if not span.after:
        # 过亿元项目94个
        bare = plain[span.start] in "过超" and plain[span.digits_start] in "百千万亿"
        sized = re.match("(?:的)?[^，。；、]{0,3}(?:项目|企业|产业|村|镇|园区|集群|大户)", right)
        return bare and unit.kind == "money" and bool(sized)
    if not re.match("(?:的)?[一-龥“]", right):
        return False
    if unit.kind in ("money", "measure"):
        return not _SPENT.search(left[-10:])
    return span.word in ("人", "人次", "级", "层", "户") and not _STAFFED.search(left)
