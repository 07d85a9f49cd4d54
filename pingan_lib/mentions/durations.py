"""Terms of time: 连续六年 and 历时3个月 are figures, 近三年 and 五年来 tell when."""

from __future__ import annotations

import re

from pingan_lib.mentions.spans import Span

# What lasts or is lengthened stands before its term: 连续, 有期徒刑, 平均用时.
_LASTED = (
    "连续|历时|历经|为期|长达|时隔|满|任期|刑期|徒刑|缓刑|拘役|管制|拘留|从[警检医教业事军政][^，。；]{0,10}"
    "|工作|坚守|扎根|坚持|坚持了|持续|延长|提前|缩短|压缩|减少|增加|节约|最长|最短|平均|累计|跨时|仅用|只需"
    "|仅需|只用|用时|耗时|超期|逾期|期限|时限|周期|时长|时间|寿命|龄|超过|不超过|不少于|达|已有|有|了|羁押"
    "|服刑|潜逃|质保|保修"
)
_TERM = re.compile(f"(?:{_LASTED})(?:至|到|为|在|了|由原来的|近|约|达到?|长达|仅|只|多达|从|由|第)*$")
_ONE = re.compile("连续|历时|为期|提前|缩短|延长|满|有期徒刑|拘役|不到|不足$")
# 近三年, 未来五年, 这三年: when, not how long.
_WHEN = re.compile("(?:近|过去|最近|未来|今后|前|后|这|那|上|下|每|头|再过|另|当|去|今|全|有一|新)$")
_NO_LIMIT = re.compile("[近年月]$|未来$|今后$|过去$")
_WITHIN = re.compile("以?内|之内")
_AFTERWARDS = re.compile(
    "之?[前后]|来(?=[，,])|以来|间(?=[，,])|里|中(?=[，,])|期间|过去|一[次度届]|行动|攻坚|规划|计划|生|级"
)
_GOES_ON = re.compile("连续|已|实现|保持|达|累计")
_KEPT = re.compile("未|无|零|双降|保持|蝉联|荣获|获评|被评|位居|居|实现|稳定|不")
_SET_TERM = re.compile("以?内|之内|左右|[，。；）]|$|的(?!孩子|婴儿)")


def is_lasting(plain: str, span: Span, left: str, right: str) -> bool:
    """Whether a term of time is a figure: something lasted or takes so long.

    Parameters
    ----------
    plain : str
    span : Span
    left, right : str
        The clause before and behind it.
    """
    word, digits = span.word, plain[span.digits_start : span.digits_end]
    if digits == "一" and not _ONE.search(left[-8:]):
        return False
    if _WITHIN.match(right) and not _NO_LIMIT.search(left):
        return True
    if _WHEN.search(left) and not re.search("[提延][前后]$", left):
        return False
    term = bool(_TERM.search(left))
    if plain[span.start] == "近" and word in ("年", "周年", "个月", "天"):
        return term
    if right.startswith("来"):
        # 12年来 at the head of a clause tells when, unless the length is what is told.
        return bool(left.strip() and not re.match("来[，,]", right) and re.search("连续|为|创|是|实现", left))
    if _AFTERWARDS.match(right):
        return term and not re.match("以?来[，,]", right)
    if re.search("[余多]", plain[span.digits_start : span.end]):
        return True
    if word in ("年", "周年", "日", "周"):
        kept = (_GOES_ON.search(left[-8:]) or not left.strip()) and _KEPT.match(right)
        return term or bool(kept) or bool(re.match("连[降升增丰续]", right))
    if word == "天" and not re.search("[0-9]", digits):
        return term
    if word == "个月" and not term:
        return bool(re.search("[0-9]", digits) and _SET_TERM.match(right))
    return True
