"""Where number phrases stand in a text: digits with their multiplier, hedges and the word behind them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pingan_lib.grammar import AFTER, BEFORE
from pingan_lib.mentions.measure_words import noun_pattern, word_pattern

# What may stand between the parts of a phrase: blanks, or the line end of a badly saved page.
BLANK = r"[ ]{0,3}(?:\n(?=[^\s]))?"
_DIGIT = "零一二三四五六七八九"
# Possessive, as digits within a repeated group could otherwise be parted in endlessly many ways.
# Hong Kong parts thousands by blanks (90 276宗): one number where a word that can be counted follows.
_ARABIC = (
    r"(?:(?<![0-9.,年月日])(?<![0-9][ ])[1-9][0-9]{0,2}+(?:[ ][0-9]{3}(?![0-9]))++(?=[一-龥])"
    r"|[0-9]++(?:,[0-9]{3}(?![0-9]))*+)(?:\.[0-9]++)?+"
)
# 千 begins a unit in 千瓦 and 千米, 百 in 百分点; 数 and 几 are digits in 数百, 十几 and 几十 only.
_BIG = "十|百(?!分)|千(?![瓦克米伏卡焦帕])|万|亿"
_CHINESE = (
    f"[{_DIGIT}两]|{_BIG}|数(?=[十百千万亿])|(?<=十)数|几(?=[十百千万亿])|(?<=[十0-9])几|点(?=[{_DIGIT}])"
)
_RUN = rf"(?:{_ARABIC}|{_CHINESE})++"
# Hedges that are part of another word: 节约, 预约, 最近, 附近.
_NO_HEDGE = {
    "约": "节预公签违集合条契特履制邀相失大",
    "近": "附最临靠邻远亲就将接",
    "超": "赶",
    "上": "以",
    "过": "超经通",
}
_NO_AFTER = {
    **dict.fromkeys(("以上", "以下"), "(?![文列联])"),
    **dict.fromkeys(("上下", "前后"), "(?=[，。；、）)和]|$)"),
}
_CHANGED = re.compile("(?:增加|减少|增|减|升|降)了?$")


@dataclass(frozen=True)
class Span:
    """A number phrase: from the hedge before it to the hedge behind it.

    Attributes
    ----------
    start, end : int
        The whole phrase, with hedges and the word behind.
    digits_start, digits_end : int
        The digits with their multiplier (1800余万).
    word_start, word_end : int
        The word behind the digits, both `digits_end` where there is none.
    word : str
        In simplified script.
    late : bool
        Whether 余, 多 or 半 stands behind the word (三年多).
    after : bool
        Whether a hedge stands behind the word (95%以上).
    share : bool
        Whether the digits say themselves that they are a share (百分之三).
    joined : bool
        Whether this is a range of two numbers.
    second_start : int
        Where the second number of a range begins, else `digits_end`.
    """

    start: int
    end: int
    digits_start: int
    digits_end: int
    word_start: int
    word_end: int
    word: str
    late: bool = False
    after: bool = False
    share: bool = False
    joined: bool = False
    first_word: bool = False


@cache
def _run() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<share>(?:(?:百|千|万|十|[{_DIGIT}两]|{_ARABIC})++分之(?:百(?!分)|{_RUN}))|百分百)|(?P<run>{_RUN})"
    )


@cache
def _before() -> re.Pattern[str]:
    words = "|".join(
        (f"(?<![{_NO_HEDGE[word]}])" if word in _NO_HEDGE else "") + word
        for word in sorted(BEFORE, key=len, reverse=True)
    )
    return re.compile(rf"(?:{words}){BLANK}$")


@cache
def _tail() -> re.Pattern[str]:
    after = "|".join(word + _NO_AFTER.get(word, "") for word in sorted(AFTER, key=len, reverse=True))
    return re.compile(
        rf"""(?P<surplus>{BLANK}(?:有?余|多(?!元化)|几(?=[十百千万亿])|来(?=[个名位人户年天岁次家所件起万亿元])))?
        (?P<scale>{BLANK}(?:[十百]|千(?![瓦克米伏卡焦帕]))?[万亿]{{1,2}})?
        (?P<word>{BLANK}(?P<tenths>成(?:[{_DIGIT}1-9](?![0-9.,%年月日万千百多余])(?![个项类种大件名人户起家所]))?(?![立功员果效熟长就品])|{word_pattern()}))?
        (?P<late>(?:有?余|多(?![样元数])|半(?![年天数])|出头))?
        (?P<after>{BLANK}(?:{after}))?""",
        re.VERBOSE,
    )


@cache
def _noun() -> re.Pattern[str]:
    # 1亿农村贫困人口: a large number goes without a measure word before a noun with its attributes, too.
    return re.compile(
        rf"{BLANK}(?:(?<=[余多万亿千])[^，。；、：“”（）0-9的在被和与]{{0,6}}?(?=人口|群众|居民|职工|党员|民警"
        rf"|干警|学生|家庭|企业|志愿者|用户))?"
        rf"(?P<noun>{noun_pattern()}"
        rf"|(?<=[余多万亿千])[一-龥]{{1,6}}?[员者工民警师生兵官](?=[，。；、和与及参投在开奋的）)深走]|$))"
    )


def spans(plain: str, masked: bytearray) -> Iterator[Span]:
    """Find the number phrases outside of what is masked, in order; a range is one phrase.

    Parameters
    ----------
    plain : str
        Text in simplified script and half-width.
    masked : bytearray
        As long as the text; not zero where no number may stand.
    """
    previous: Span | None = None
    for span in _singles(plain, masked):
        if previous is not None:
            if joined := _join(plain, previous, span):
                yield joined
                previous = None
                continue
            yield previous
        previous = span
    if previous is not None:
        yield previous


def _singles(plain: str, masked: bytearray) -> Iterator[Span]:
    place = 0
    run = _run()
    while match := run.search(plain, place):
        place = match.end()
        if any(masked[match.start() : match.end()]):
            # What stands behind the masked part may be a number of its own.
            place = match.start() + 1
            while place < len(plain) and masked[place]:
                place += 1
            continue
        start, end = match.span()
        if plain[start - 1 : start].isascii() and plain[start - 1 : start].isalpha():
            continue
        span = _single(plain, start, end, share=bool(match["share"]))
        place = max(place, span.end if span.word else span.digits_end)
        yield span


def _single(plain: str, start: int, end: int, *, share: bool) -> Span:
    tail = _tail().match(plain, end)
    assert tail is not None  # every part of it may be empty
    digits_end = max(end, tail.end("surplus"), tail.end("scale"))
    word_start = word_end = digits_end
    word = ""
    if tail["word"] and not share:
        word_end = tail.end("word")
        word = tail["tenths"] or tail["word"].strip()
        word_start = word_end - len(word)
    elif not share and (noun := _noun().match(plain, digits_end)):
        word, word_start, word_end = noun["noun"], noun.start("noun"), noun.end("noun")
    late = bool(tail["late"]) and bool(word) and word_end == tail.start("late")
    last = tail.end("late") if late else word_end
    after = bool(tail["after"]) and (share or word_end == tail.end("word") or not word)
    if after and not (share or word) and not tail["word"]:
        after = tail.start("after") == digits_end
    if after and tail.start("after") < last:
        after = False
    if after:
        last = tail.end("after")
    before = _before().search(plain, max(0, start - 5), start)
    sign = start - 1 if start and plain[start - 1] == "-" and _is_minus(plain, start - 1) else start
    return Span(
        before.start() if before else sign,
        last,
        sign,
        digits_end,
        word_start,
        word_end,
        word,
        late=late,
        after=after,
        share=share,
    )


def _is_minus(plain: str, place: int) -> bool:
    return place == 0 or plain[place - 1] in "（(，、：:为比率幅速 "


_JOINER = re.compile(rf"{BLANK}[-~至到]{BLANK}")


def _join(plain: str, one: Span, other: Span) -> Span | None:
    """The range that two neighbours make, if they do."""
    if one.after or one.late or (one.share != other.share and not one.share):
        return None
    between = plain[one.end : other.start]
    if not _JOINER.fullmatch(between) or not (other.word or other.share or one.share):
        return None
    if one.word and one.word != other.word:
        return None
    # 增加287宗至493宗 is a change and a level.
    changed = _CHANGED.search(plain, max(0, one.start - 4), one.start)
    if one.word and changed and re.search("[至到]", between):
        return None
    # 从12件到30件 is a development, no range.
    if "到" in between and re.search("[从由自][^，。；、]{0,6}$", plain[: one.start][-8:]):
        return None
    return Span(
        one.start,
        other.end,
        one.digits_start,
        other.digits_end,
        other.word_start,
        other.word_end,
        other.word,
        late=other.late,
        after=other.after,
        share=one.share,
        joined=True,
        first_word=bool(one.word),
    )
