"""Is a number phrase a reported figure? Thresholds, terms of time, names and mere articles are none."""

from __future__ import annotations

import re
from functools import cache

from pingan_lib.mentions.measure_words import Word, words
from pingan_lib.mentions.spans import Span

_SMALL = re.compile("[一二三四五六七八九十两]")
_EACH = re.compile(
    "[每各均](?!一)|至少|不少于|不低于|配备|配齐|配强|落实|明确|选派|选聘|指派|指定|安排|派驻|设立|设置|设有|组建|聘请|仅有?|只有|共有?|达到?$"
)
# Measure words of persons, cases and things that reports count even in words; 三项机制 is a name.
_COUNTED = re.compile("名|人|人次|起|件|例|宗|次|场|场次|家|所|户|辆|台|位|艘|架|枚|支|把|批次|批|处|座|栋|幢|间|只|份|亩|期|封|部|条|张|轮|届")
_LOOSE = ("个", "项", "条", "套", "类", "种", "支", "张", "道", "把", "座", "处", "批", "组", "路", "期", "轮", "块", "面", "层", "字", "句", "届", "堂", "份", "部", "台", "对", "双", "门", "位")
_CONCRETE = re.compile(
    "[^，。；、0-9“在的对从与和用把将向]{0,6}?(?:村|社区|乡镇|街道|镇|县|区|市|州|省|国家|中心|派出所|司法所|法庭|法院|检察院|委员会|学校|医院|企业|公司|单位|部门|工作组|小组|专班|团伙|组织|"
    "工作室|站|室|窗口|队|岗亭|卡点|案件|百分点|平台|基地|网格|楼|点位|路口|路段|家庭|摄像头|设备|支部|园区)"
)


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
    if _in_name(plain, span, begin, finish):
        return False
    if unit.kind == "duration":
        return _is_lasting(plain, span, left, right)
    if (span.after or plain[span.start] in "过超" and plain[span.digits_start] in "百千万亿") and _is_threshold(plain, span, unit, left, right):
        return False
    if span.word == "分":
        return bool(re.search("得分|评分|总分|均分|分数|测评|考核|指数|考评|综合|成绩|满分|[以达]$", left + plain[span.start : span.digits_start]))
    if unit.kind == "ratio" and re.search("[百千万]$|^[一]$", plain[span.digits_start : span.digits_end]):
        return bool(re.search("[0-9]", plain[span.digits_start : span.digits_end]))
    if not span.share and unit.kind == "count":
        return _is_count(plain, span, left, right)
    return True


def _is_count(plain: str, span: Span, left: str, right: str) -> bool:
    digits = plain[span.digits_start : span.digits_end]
    hedged = span.start < span.digits_start or span.after
    if span.word and span.word in _nouns():
        # 50万警力, 5000余干警 and 300民警, but no 三村 and no 两代表.
        return hedged or bool(re.search("[0-9]|[余多几数百千万亿]", digits))
    if re.match("[级型式版]|制(?:[的，。、]|足球|篮球)", right) or re.match("(?:工程|行动|计划)", right) and is_small(plain, span):
        return False
    if span.word == "期" and not re.search("[0-9]", digits):
        return bool(re.search("举办|开办|培训|印发|编发|刊发|制作|发布|播出|推出|开展", left))
    if span.word in ("届", "层", "面", "字", "门", "块") and not re.search("[0-9]", digits):
        return False
    if re.search("[另其这那哪首末某同此]$|其中$|[之]$|任何$", left) and is_small(plain, span):
        return False
    if digits == "一":
        return not hedged and _is_one(plain, span, left, right)
    if not is_small(plain, span):
        return True
    if span.word in _LOOSE:
        # Spelled-out numbers of abstract things are names: 三项机制, 两个专项.
        if not right.strip() or re.match("[，。；、）)]", right):
            return bool(re.search("[一-龥]{2}$", left))
        return bool(_CONCRETE.match(right)) and span.word in ("个", "支", "处", "座", "套", "台", "部", "位")
    return True


def _is_one(plain: str, span: Span, left: str, right: str) -> bool:
    """一名 counts where each gets one, where the number follows its noun, and in a list of such; else it is an article."""
    if not _COUNTED.fullmatch(span.word) and span.word != "个":
        return False
    neighbours = re.search(r"(?:一[名位个][^，。；、一]{1,10}[、和]){1,3}$", left) or re.match(
        r"[^，。；、一]{1,10}[、和及]一[名位个]", right
    )
    if neighbours and span.word in ("名", "位", "个"):
        return True
    if span.word in ("名", "人", "位", "起", "件", "家", "所", "台", "辆", "支", "把", "处", "户", "部", "枚", "套") and (
        not right.strip() or re.match("[（(]", right)
    ):
        return bool(re.search("[一-龥]{2}$", left)) and not re.search("[是为每各同另唯第这那之有的]$", left)
    return span.word in ("名", "位", "个", "次", "支", "场", "人") and bool(
        re.search(r"(?:[每各均][^，。；]{0,14}|至少|不少于)$", left)
    )


def _in_name(plain: str, span: Span, begin: int, finish: int) -> bool:
    """Whether the number stands in a short quoted name, such as “九个严管”."""
    opening = max(plain.rfind(mark, max(0, span.start - 16), span.start) for mark in "“‘「『")
    if opening < 0:
        return False
    closing = min(
        (place for mark in "”’」』" if (place := plain.find(mark, opening + 1, opening + 40)) >= 0), default=-1
    )
    if closing < span.end:
        return False
    inside = plain[opening + 1 : closing]
    if len(inside) > 24 or re.search("[，。；！？,]", inside):
        return False
    if inside.strip() == plain[span.digits_start : span.end].strip() and span.word in ("类", "个", "项", "大", "条"):
        return True
    listed = len(re.findall("[一二两三四五六七八九十0-9][名位人]", inside)) > 1
    return not listed and len(inside.strip()) - (span.end - span.start) > 0 or (
        not listed and not re.search("[0-9]", inside)
    )


# 500万元以上固定资产投资: what must be reached to be counted at all.
def _is_threshold(plain: str, span: Span, unit: Word, left: str, right: str) -> bool:
    if unit.kind in ("percentage", "percentage_point"):
        return False
    if not span.after:
        return unit.kind == "money" and bool(re.match("(?:的)?[^，。；、]{0,3}(?:项目|企业|产业|村|镇|园区|集群|大户)", right))
    noun = re.match("(?:的)?[一-龥“]", right)
    if not noun:
        return False
    if unit.kind in ("money", "measure"):
        return not re.search("投入|达到?|突破|完成|补助|补贴|奖励|发放|募集|筹集|节约|挽回|减少$", left[-10:])
    return span.word in ("人", "人次", "级", "层", "户") and not re.search("[一-龥](?:有|达|配备|配齐|建立|组建|发展|至少)$", left)


_WORKED = "连续|历时|历经|为期|长达|时隔|满|任期|刑期|徒刑|缓刑|拘役|管制|拘留|从[警检医教业事军政][^，。；]{0,10}|工作|坚守|扎根|坚持|坚持了|持续|延长|提前|缩短|压缩|减少|增加|节约|最长|最短|平均|累计|跨时|仅用|只需|仅需|只用|用时|耗时|超期|逾期|期限|时限|周期|时长|时间|寿命|龄|超过|不超过|不少于|达|已有|有|了|羁押|服刑|潜逃|质保|保修"
_TERM = re.compile(f"(?:{_WORKED})(?:至|到|为|在|了|由原来的|近|约|达到?|长达|仅|只|多达|从|由|第)*$")
_NARRATED = re.compile("(?:近|过去|最近|未来|今后|前|后|这|那|上|下|每|头|再过|另|当|去|今|全|有一|新)$")
_AFTERWARDS = re.compile("(?:之?[前后]|来(?=[，,])|以来|间(?=[，,])|里|中(?=[，,])|期间|过去|一[次度届]|行动|攻坚|规划|计划|生|级)")


def _is_lasting(plain: str, span: Span, left: str, right: str) -> bool:
    """Terms of time are figures where something lasted or takes so long; 近三年 tells when."""
    digits = plain[span.digits_start : span.digits_end]
    word = span.word
    if digits == "一" and not re.search("连续|历时|为期|提前|缩短|延长|满|有期徒刑|拘役|不到|不足$", left[-8:]):
        return False
    if re.match("以?内|之内", right) and not re.search("[近年月]$", left):
        return True
    if _NARRATED.search(left) and not re.search("提前$|延后$", left):
        return False
    term = bool(_TERM.search(left))
    if span.start < span.digits_start and plain[span.start] == "近" and word in ("年", "周年", "个月", "天"):
        # 近三年 tells when, 历时近三年 how long.
        return term
    if re.match("来", right):
        return _since(left, right)
    if _AFTERWARDS.match(right):
        return term and not re.match("以?来[，,]", right)
    if re.search("[余多]", plain[span.digits_start : span.end]):
        return True
    if word in ("年", "周年", "日", "周"):
        return term or bool(re.match("(?:未|无|零|连[降升增丰续]|双降|保持|蝉联|荣获|获评|被评|位居|居|实现|稳定|零发|不)", right))
    if word in ("天",) and not re.search("[0-9]", digits):
        return term
    if word in ("个月",) and not term:
        return not re.match("的?(?:孩子|婴儿|大)", right) and bool(re.match("以?内|之内|左右|[，。；）]|$|的", right)) and bool(re.search("[0-9]", digits) or re.match("以?内", right))
    return True


def _since(left: str, right: str) -> bool:
    """12年来 at the head of a clause tells when, unless it is the length that is told."""
    if re.match("来[，,]", right) or not left.strip():
        return False
    return bool(re.search("连续|为|创|是|近$|实现", left))


@cache
def _nouns() -> frozenset[str]:
    from pingan_lib.mentions.measure_words import _NOUNS

    return frozenset(noun for spelled in _NOUNS.values() for noun in spelled.split()) - {"村", "家"}


def known_word(word: str) -> bool:
    """Whether a word behind a number is one that this package knows."""
    return word in words()
