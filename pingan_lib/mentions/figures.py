"""Find the reported figures of a text: the rules of the other modules, one after the other."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from pingan_lib.bounds import Bounds
from pingan_lib.errors import NumberError
from pingan_lib.mentions.admission import admitted, is_small
from pingan_lib.mentions.changes import Change, change_before
from pingan_lib.mentions.kinds import unit_of
from pingan_lib.mentions.layout import Layout
from pingan_lib.mentions.measure_words import Word
from pingan_lib.mentions.mention import Kind, Mention
from pingan_lib.mentions.parts import parts
from pingan_lib.mentions.periods import period_at
from pingan_lib.mentions.quotes import Reach, passage
from pingan_lib.mentions.ranks import ranks
from pingan_lib.mentions.roles import role_of, timing_of
from pingan_lib.mentions.sharing import adjoining, listed_with, share_words
from pingan_lib.mentions.spans import Span, spans
from pingan_lib.mentions.traps import mask
from pingan_lib.mentions.zeros import zeros
from pingan_lib.units import WORTH
from pingan_lib.units import read_in as read_uncached

if TYPE_CHECKING:
    from pingan_lib.numerals import Number


# The same short numbers stand in many articles.
read_in = lru_cache(4096)(read_uncached)
_WHOLE = Bounds(Fraction(0), Fraction(100))


@dataclass(frozen=True)
class _Found:
    """A figure before its passage, role and period are looked up."""

    start: int
    end: int
    printed_start: int
    printed_end: int
    unit: Word
    unit_printed: str
    number: Number
    sign: int
    reach: Reach
    small: bool = False
    listed_from: int = -1


def find_figures(text: str, published: date | None = None) -> list[Mention]:
    """Find the numbers that a text reports.

    Parameters
    ----------
    text : str
        An article as plain text with LF line ends, in simplified or traditional script.
    published : date, optional
        What 今年 and 截至目前 are reckoned from.

    Returns
    -------
    list of Mention
        In order of appearance; no two printed numbers overlap. Dates, ordinals, names and ids are none.
    """
    layout = Layout(text)
    masked = mask(layout.plain)
    found = [*_ranked(layout), *_zeros(layout, masked), *_parts(layout), *_counted(layout, masked)]
    found.sort(key=lambda each: (each.printed_start, -each.printed_end))
    kept: list[_Found] = []
    for each in found:
        if not kept or each.printed_start >= kept[-1].printed_end:
            kept.append(each)
    return [_mention(layout, kept, place, published) for place in range(len(kept))]


def _ranked(layout: Layout) -> list[_Found]:
    result = []
    for start, end, word, last in ranks(layout.plain):
        try:
            number = read_in(layout.text[start:end], "rank")
        except NumberError:
            continue
        result.append(_Found(start, last, start, end, Word("rank", "rank"), word, number, 1, ""))
    return result


def _zeros(layout: Layout, masked: bytearray) -> list[_Found]:
    result = []
    for zero in zeros(layout.plain):
        if masked[zero.start]:
            continue
        printed = layout.text[zero.start : zero.end]
        unit = Word("percent_change", "change") if zero.change else Word(zero.code, "count")
        try:
            number = read_in(printed, unit.code)
        except NumberError:
            continue
        result.append(_Found(zero.start, zero.end, zero.start, zero.end, unit, zero.unit, number, 1, "noun"))
    return result


def _parts(layout: Layout) -> list[_Found]:
    result = []
    for start, end, unit in parts(layout.plain):
        change = None
        if unit.code == "percent":
            change = change_before(layout.plain, layout.clause(start, end)[0], start, end)
        if change:
            unit = Word("percent_change", "change")
        try:
            number = read_in(layout.text[start:end], unit.code)
        except NumberError:
            continue
        result.append(_Found(start, end, start, end, unit, "", number, change.sign if change else 1, ""))
    return result


def _counted(layout: Layout, masked: bytearray) -> list[_Found]:
    plain = layout.plain
    result: list[_Found] = []
    previous: Span | None = None
    change: Change | None = None
    listed_from = -1
    for span, borrowed in share_words(plain, list(spans(plain, masked))):
        begin, finish = layout.clause(span.start, span.end)
        unit = Word("percent", "percentage") if span.share else _unit(plain, span, begin)
        linked = previous is not None and listed_with(plain, previous, span)
        own = change_before(plain, begin if not linked else max(begin, previous.end), span.start, span.end)  # type: ignore[union-attr]
        if not linked:
            change = None
        if previous is None or not adjoining(plain, previous, span):
            listed_from = -1
        elif listed_from < 0:
            listed_from = previous.start
        if own is not None:
            change = own
        elif re.search("[至到为]$", plain[max(begin, span.start - 4) : span.start].strip()):
            change = None
        previous = span
        if unit is None or not admitted(plain, span, unit, begin, finish):
            continue
        each = _read(layout, span, unit, change, borrowed=borrowed, listed_from=listed_from)
        if each is not None:
            result.append(each)
    return result


def _unit(plain: str, span: Span, begin: int) -> Word | None:
    if span.word:
        return unit_of(plain, span.word, begin, span.start, span.word_end)
    digits = plain[span.digits_start : span.digits_end]
    left = plain[max(begin, span.start - 14) : span.start]
    ended = re.match(r"\+?(?:[，。；、）)！,;”\n]|$)", plain[span.end : span.end + 2])
    if not ended or not re.search("[0-9]", digits):
        return None
    if re.search("[万亿]", digits):
        if re.search("金额|资金|投入|损失|款|费|产值|营收|收入|投资|税|GDP|生产总值", left):
            return Word("yuan", "money")
        if re.search("人口|人员|人数|人次|用户|粉丝|群众|会员|从业", left):
            return Word("person", "count")
    told = _INDICATOR.search(left + plain[span.start : span.digits_start])
    if told:
        return Word("item", "ratio" if told["rate"] or re.search("每[十百千万亿0-9]", left) else "count")
    return None


# 命案数为0.56, 万人成讼率下降至58.6: an indicator gives its number without a word behind it.
_INDICATOR = re.compile(
    r"(?:(?P<rate>率|比|密度|系数|强度)|[数量]|指数|得分|评分|用户|人次|频次)(?:同比|由|已|累计|仅|只|下降"
    r"|上升|提高|降低|增长|降|升)*"
    r"(?:为|达到?|突破|超过?|是|约|近|共|至|到|有)+[:：]?\s*$|(?:突破|超过|达到?)\s*$(?P<bare>)"
)


def _read(
    layout: Layout, span: Span, unit: Word, change: Change | None, *, borrowed: bool, listed_from: int
) -> _Found | None:
    sign = change.sign if change else 1
    if change:
        if unit.kind == "percentage":
            unit = Word("percent_change", "change")
        elif unit.kind in ("count", "money", "duration", "measure", "ratio"):
            # 增加警力 tells what was added; 较上年增加32起 tells a change.
            alone = not re.match("[一-龥]", layout.plain[span.end : span.end + 1])
            if change.sign < 0 or change.compared or unit.kind == "ratio" or (alone and change.grown):
                unit = Word(unit.code, "change")
            else:
                sign = 1
    for start, end in _printed(layout.plain, span, unit, borrowed=borrowed):
        try:
            number = read_in(layout.text[start:end], unit.code)
        except NumberError:
            continue
        if number.value < 0 and unit.code == "percent":
            # 同比为-3.2%: no share is less than nothing.
            unit = Word("percent_change", "change")
        reach: Reach = "clause" if unit.kind == "duration" else ""
        if unit.kind in ("count", "money", "change") and unit.code != "percent_change":
            reach = "noun"
        return _Found(
            span.start,
            span.end,
            start,
            end,
            unit,
            ""
            if borrowed and not span.word
            else layout.text[span.word_start : span.word_end].strip() or span.word,
            number,
            sign,
            reach,
            is_small(layout.plain, span),
            listed_from,
        )
    return None


def _printed(plain: str, span: Span, unit: Word, *, borrowed: bool) -> list[tuple[int, int]]:
    """Where the printed number may begin and end, the fullest form first."""
    known = WORTH.get(unit.code, {})
    scaled = known.get(span.word, Fraction(1)) != 1
    whole = (
        span.late or span.after or span.first_word or scaled or span.word == "‰" or span.word.startswith("成")
    )
    last = span.digits_end
    if whole and not borrowed:
        last = span.end if span.late or span.after else span.word_end
    if span.word.startswith("个") and ("多" in span.word or "半" in span.word):
        last = max(last, span.word_end)
    forms = [(span.start, last)]
    if span.start != span.digits_start:
        forms.append((span.digits_start, last))
    if not whole:
        forms.append((span.start, span.digits_end))
    return forms


def _mention(layout: Layout, kept: list[_Found], place: int, published: date | None) -> Mention:
    text, plain, each = layout.text, layout.plain, kept[place]
    begin, _ = layout.clause(each.start, each.end)
    first, last = layout.sentence(each.start, each.end)
    start, end = _passage(layout, kept, place)
    value, bounds = each.number.value, each.number.bounds
    if each.sign < 0 and value > 0:
        value, bounds = -value, -bounds
    if each.unit.code == "percent" and bounds.overlaps(_WHOLE):
        bounds = bounds.meet(_WHOLE)
    kind: Kind = each.unit.kind
    if kind == "count" and _PER.search(plain, begin, each.start):
        kind = "ratio"
    period = period_at(plain, text, first, each.start, published)
    role = role_of(
        plain,
        first,
        begin,
        each.start,
        each.end,
        small=each.small,
        ratio=kind == "ratio",
        published=published,
    )
    timing = timing_of(plain, begin, each.start, period, each.unit.code, kind, role)
    if timing == "point" and period.cumulative and period.basis == "inferred":
        # 目前 is a day for what exists, and an end for what was done.
        period = replace(period, start=period.end)
    return Mention(
        start=start,
        end=end,
        quote=text[start:end],
        printed_start=each.printed_start,
        printed_end=each.printed_end,
        printed=text[each.printed_start : each.printed_end],
        value=value,
        unit=each.unit.code,
        unit_printed=each.unit_printed,
        hedge=each.number.hedge,
        kind=kind,
        low=bounds.low,
        high=bounds.high,
        role=role,
        timing=timing,
        period_start=period.start,
        period_end=period.end,
        period_basis=period.basis,
        period_text=period.text,
        sentence=text[first:last],
    )


# A number of each ten thousand people is a ratio.
_PER = re.compile("每[十百千万亿0-9]+[人户名]|[万户]人拥有|每[^，。；年月日天]{1,6}拥有")


def _passage(layout: Layout, kept: list[_Found], place: int) -> tuple[int, int]:
    """The passage to quote: between the neighbouring numbers, or from the first number of a list on."""
    each = kept[place]
    head = each.listed_from if each.listed_from >= 0 else each.start
    left = max((other.end for other in kept[:place] if other.end <= head), default=0)
    right = kept[place + 1].start if place + 1 < len(kept) else len(layout.text)
    start, end = passage(layout, min(head, each.start), each.end, left, right, each.reach)
    first, last = layout.sentence(each.start, each.end)
    return max(first, min(start, each.printed_start)), min(last, max(end, each.printed_end))
