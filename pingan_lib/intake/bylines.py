"""Title, day, publisher and author, as a Chinese article states them itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from unicodedata import normalize

_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_BEFORE = r"(?<![\d.])"
_ARABIC_DAY = _BEFORE + r"((?:19|20)\d\d)\s*([-./年])\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})(?!\d)"
_CHINESE_DAY = (
    r"([一二][〇○零一二三四五六七八九]{3})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
_DAY = re.compile(f"{_ARABIC_DAY}|{_CHINESE_DAY}")
_STATED_DAY = re.compile(r"(?:时间|日期|发布于|发表于)\s*[:：]?\s*$")

# Where a name after 来源： or 作者： ends: at the next label, a bar, a bracket or a date.
_NAME = (
    r"\s*[:：]\s*([^\n|｜【\[<]+?)\s*(?=$|[|｜【\[<]|\s{2,}|\t|(?:本文)?(?:作者|来源|记者|通讯员|编辑|责任编辑|责编|编审|审核|"
    r"发布|发表|更新|时间|日期|浏览|阅读|点击|字体|字号|分享|摄影|打印|收藏|(?:19|20)\d\d[-年./]))"
)
_SOURCE = re.compile(r"(?<![数据图片资料])来\s*源" + _NAME, re.MULTILINE)
_AUTHOR = re.compile(r"(?:作\s*者|撰稿人?|撰文|(?<!责任)记者|文字)" + _NAME, re.MULTILINE)
_REPORTER = re.compile(
    r"[(（][^()（）]{0,12}?记者[\s:：]*([^()（）]{2,20}?)(?:\s*(?:通讯员|摄影|报道|文/图)[^()（）]*)?[)）]"
)
_LABELLED = re.compile(r"(?:来\s*源|作\s*者|记者|编辑|时间|日期|浏览|点击|字体|字号)\s*[:：]|[:：]\s*$")
_SENTENCE = re.compile(r"[。；;]|[，,].*[，,].*[，,]")
_TITLE_LENGTH = 80
_WITHIN = 400  # characters of a line
_HEAD, _FOOT = 12, 4  # lines that may hold a byline, at the beginning and at the end


@dataclass(frozen=True)
class Byline:
    """What a text says of itself.

    Attributes
    ----------
    title, publisher, author, url : str
        Empty where the text does not say.
    published : date or None
    origins : Mapping of str to str
        Where each that is not empty was found, in words.
    """

    title: str
    published: date | None
    publisher: str
    author: str
    url: str
    origins: Mapping[str, str]


def make_byline(found: Mapping[str, Iterable[tuple[object, str]]]) -> Byline:
    """Take of each field the first value that is not empty.

    Parameters
    ----------
    found : mapping of str to iterable of (value, origin)
        Of `title`, `published`, `publisher`, `author` and `url`, best first; a field may be absent.
    """
    first = {
        name: next(((value, origin) for value, origin in pairs if value), None)
        for name, pairs in found.items()
    }
    values = {name: pair[0] for name, pair in first.items() if pair}
    published = values.pop("published", None)
    texts = {name: str(values.get(name, "")).strip() for name in ("title", "publisher", "author", "url")}
    origins = {name: pair[1] for name, pair in first.items() if pair}
    return Byline(published=published if isinstance(published, date) else None, **texts, origins=origins)


def text_byline(text: str) -> Byline:
    """Read the byline of a plain text: its first lines, and for a day its last ones too.

    Parameters
    ----------
    text : str

    Returns
    -------
    Byline
        The title is the first line that reads as one: short, no sentence, no label such as 来源：.
    """
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    head, foot = [line for line in text.split("\n") if line.strip()][:_HEAD], lines[_HEAD:][-_FOOT:]
    title = find_title(lines[:3])
    return make_byline(
        {
            "title": [(title, "the first line that reads as a title")],
            "published": [
                (find_day(head, stated=True), "a day with a label, such as 发布时间"),
                (find_day(filter(_is_short, head)), "a day among the first lines"),
                (find_day(foot[::-1], alone=True), "a day on a line of its own at the end"),
            ],
            "publisher": [(find_source(head), "来源"), (find_source(foot), "来源, at the end")],
            "author": [(find_author([*head, *foot]), "作者 or 记者")],
        }
    )


def find_title(lines: Sequence[str]) -> str:
    """Return the first line that reads as a title; empty where there is none."""
    for line in lines:
        if _is_short(line) and not _LABELLED.search(line) and find_day([line], alone=True) is None:
            return line
    return ""


def find_day(lines: Iterable[str], *, stated: bool = False, alone: bool = False) -> date | None:
    """Return the first day that lines tell.

    Parameters
    ----------
    lines : iterable of str
        In the order in which they are to be read.
    stated : bool, optional
        Only a day behind a label: 发布时间：2023-03-15.
    alone : bool, optional
        Only a day that is a whole line, a time behind it allowed: 2023年3月15日.
    """
    for line in (normalize("NFKC", line) for line in lines):
        for match in _DAY.finditer(line):
            day = _day(match)
            rest = re.sub(r"[\d\s:：日()（）]", "", line[: match.start()] + line[match.end() :])
            if (
                day
                and not (alone and rest)
                and not (stated and not _STATED_DAY.search(line[: match.start()]))
            ):
                return day
    return None


def find_source(lines: Iterable[str]) -> str:
    """Return what stands after 来源：; empty where there is nothing."""
    return _first(_SOURCE, lines)


def find_author(lines: Sequence[str]) -> str:
    """Return what stands after 作者： or 记者：, or the names in （记者 …）; an editor is no author."""
    return _first(_AUTHOR, lines) or _first(_REPORTER, lines)


def _is_short(line: str) -> bool:
    """Whether a line may be a title or a byline, being no sentence."""
    return len(line) <= _TITLE_LENGTH and not _SENTENCE.search(line)


def _first(pattern: re.Pattern[str], lines: Iterable[str]) -> str:
    found = (match for line in lines if (match := pattern.search(line, 0, _WITHIN)))
    return next((name for match in found if (name := " ".join(match[1].split()).strip("，,、;；"))), "")


def _day(match: re.Match[str]) -> date | None:
    if match[1]:
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    else:
        year, month, day = int(match[5].translate(_NUMERALS)), _tens(match[6]), _tens(match[7])
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _tens(numeral: str) -> int:
    """十五 → 15, 二十 → 20; 0 where it is no number below a hundred."""
    tens, mark, ones = numeral.partition("十")
    if not mark:
        tens, ones = "", numeral
    else:
        tens = tens or "一"
    digits = (tens or "零") + (ones or "零")
    return int(digits.translate(_NUMERALS)) if len(digits) == 2 and "十" not in digits else 0
