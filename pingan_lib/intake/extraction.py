"""A saved file to the text that quotes refer to, by stated, repeatable steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pingan_lib.errors import PinganError, UsageError
from pingan_lib.intake.bylines import Byline, find_author, find_day, find_source, make_byline, text_byline
from pingan_lib.intake.decoding import DecodingError, decode
from pingan_lib.intake.webpages import (
    PageError,
    PageLine,
    count_invisible,
    main_lines,
    page_lines,
    parse_page,
    squeezed,
)

_LARGEST = 20_000_000  # bytes; an article with every picture inside is smaller
_LONGEST = 1_000_000  # characters
_PAGE = re.compile(
    r"(?>\s+|<\?xml[^>]*>|<!--.*?-->)*+<(?:!doctype\s+html|html|head|body|meta|title|div|p|table|center|font|script)\b"
    r"|.{0,2000}?<html\b",
    re.IGNORECASE | re.DOTALL,
)
_ARCHIVE = re.compile(rb"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,20}?MIME-Version:", re.IGNORECASE)
_SAVED_FROM = re.compile(r"<!-- saved from url=\(\d+\)(\S+) -->")
_WECHAT_TIME = re.compile(r"\bct\s*=\s*[\"'](\d{10})[\"']")
_CHINA = timezone(timedelta(hours=8))

_HAN = re.compile("[\u3400-\u9fff]")
_FIGURE_LINE = re.compile(r"(?=.*\d)(?:.*[\u3400-\u9fff]){12}", re.DOTALL)
_FURNITURE = re.compile(
    r"备案|ICP备|公网安备|版权|网站标识码|电话|邮编|浏览|点击|来源|时间|微信扫一扫", re.IGNORECASE
)
_FURTHER = re.compile(r"下一?页\W*|(?:阅读|余下|展开|查看)全文")
_TITLE_END = re.compile(r"\s*(?:$|[-_|–—－｜])")
_SHOWN = 60  # characters of a passage that is shown


class ExtractionError(PinganError):
    """A file that gives no article; the message names the file and says what to do."""


@dataclass(frozen=True, kw_only=True)
class Source(Byline):
    """A file read as an article; its byline (title, published, publisher, author, url, origins) is a proposal.

    Attributes
    ----------
    text : str
        What quotes refer to; lines end with LF.
    steps : tuple of str
        How it was made from the file's bytes, in plain sentences; empty where it is those bytes.
    is_page : bool
        Whether it is a web page.
    encoding : str
    doubts : tuple of str
        What a person should look at: passages with numbers that were left out, further pages.
    data : bytes
        The file's bytes.
    path : Path
        Where it was read.
    """

    text: str = field(repr=False)
    steps: tuple[str, ...]
    is_page: bool
    encoding: str
    doubts: tuple[str, ...]
    data: bytes = field(repr=False)
    path: Path


def read_source(path: Path) -> Source:
    """Read a file as an article: a plain text as it is, of a web page the main text.

    What a file is, is told from its content, not from its name. A plain text is decoded, and its line ends become LF;
    nothing else changes. Of a web page, also one inside of an MHTML archive, the main text is taken as
    `webpages.main_lines` finds it, and the title is put before it. Nothing is fetched.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Source
        The same for the same bytes, the same pingan_lib and the same trafilatura.

    Raises
    ------
    UsageError
        If there is no such file.
    ExtractionError
        If it gives no article; it says why, and what to do.
    """
    data = _read(path)
    try:
        content, encoding, steps, url = _opened(data)
        if is_page := bool(_PAGE.match(content)):
            text, steps, byline, doubts = _from_page(content, steps or (f"decoded as {encoding}",), url)
        else:
            _require_bearable(len(content))
            text, byline, doubts = content, text_byline(content), _text_doubts(content)
    except (DecodingError, PageError) as error:
        raise ExtractionError(f"{path}: {error}") from None
    return Source(
        **vars(byline),
        text=text,
        steps=steps,
        is_page=is_page,
        encoding=encoding,
        doubts=tuple(doubts),
        data=data,
        path=path,
    )


def _read(path: Path) -> bytes:
    if path.is_dir():
        raise UsageError(f"{path} is a folder. Name the saved article itself.")
    try:
        size = path.stat().st_size
        if size <= _LARGEST:
            return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}: {(error.strerror or 'cannot be read').lower()}. Name a saved article."
        ) from None
    mend = "Save the page as “HTML only”, or copy its text into a text file."
    raise ExtractionError(f"{path}: it has {size / 1e6:.0f} MB, more than any article. {mend}")


def _opened(data: bytes) -> tuple[str, str, tuple[str, ...], str]:
    """Text, encoding, steps and address; of an archive those of the page inside."""
    if not _ARCHIVE.match(data):
        decoded = decode(data, lenient=True)
        if decoded.damaged and not _PAGE.match(decoded.text):
            decode(data)  # raises: what a menu may have, a text may not
        return decoded.text, decoded.encoding, decoded.steps, ""
    from email import message_from_bytes, policy

    archive = message_from_bytes(data, policy=policy.default)
    part = next((each for each in archive.walk() if each.get_content_type() == "text/html"), None)
    if part is None:
        raise PageError("it is a mail or an archive without a web page inside. Save the page as “HTML only”.")
    content = part.get_payload(decode=True)
    decoded = decode(
        content if isinstance(content, bytes) else b"", claim=part.get_content_charset(), lenient=True
    )
    url = part["Content-Location"] or archive["Snapshot-Content-Location"] or ""
    steps = decoded.steps or (f"decoded as {decoded.encoding}",)
    took = "web page taken out of its MHTML archive"
    return f"<html>{decoded.text}", decoded.encoding, (took, *steps), str(url).strip()


def _require_bearable(length: int) -> None:
    if length > _LONGEST:
        raise PageError(
            f"it has {length:,} characters, more than any article. Copy the article into a text file."
        )


def _text_doubts(text: str) -> list[str]:
    doubts = []
    if not _HAN.search(text):
        doubts.append("there is no Chinese character in the text")
    elif "。" not in text:
        doubts.append("there is no sentence in the text: is it a list of articles, or a table?")
    if hidden := count_invisible(text):
        doubts.append(f"the text holds {hidden} invisible characters: copy quotes from it, do not type them")
    return doubts


def _from_page(page: str, steps: tuple[str, ...], url: str) -> tuple[str, tuple[str, ...], Byline, list[str]]:
    """Text, steps, byline and doubts."""
    tree = parse_page(page)
    lines = page_lines(tree)
    _require_bearable(sum(len(line.text) for line in lines))
    main, how = main_lines(tree, lines)
    text = "\n".join(line.text for line in main)
    if "\ufffd" in text:
        damaged = text[max(0, text.index("\ufffd") - _SHOWN // 4) :][: _SHOWN // 2]
        mend = "Save the page once more, or copy its text into a text file."
        raise PageError(f"its main text is damaged: {damaged!r}. {mend}")
    start = next((i for i, line in enumerate(lines) if line.text == main[0].text), 0)
    byline = _page_byline(tree, page, [line.text for line in lines[:start]], text, url)
    done = [f"{how}, and read by pingan_lib {version('pingan_lib')}"]
    done.append("blanks made one space and dropped at line ends, invisible characters dropped")
    if byline.title and squeezed(byline.title) not in [squeezed(line.text) for line in main[:2]]:
        text = f"{byline.title}\n{text}"
        done.append("title put on the first line")
    return f"{text}\n", (*steps, *done), byline, _page_doubts(lines, text)


def _page_byline(tree: Any, page: str, above: list[str], text: str, url: str) -> Byline:
    """What a page says of itself: its meta tags, the lines above the text, nearest first, trafilatura's guess."""
    import trafilatura

    meta = {
        str(each.get("name") or each.get("property")).lower(): " ".join((each.get("content") or "").split())
        for each in tree.iter("meta")
    }
    guess = trafilatura.extract_metadata(
        deepcopy(tree), date_config={"extensive_search": False, "original_date": True}
    )
    near = above[::-1]
    stamp = _WECHAT_TIME.search(page)
    account = " ".join("".join(tree.xpath("//*[@id='js_name']//text()")).split())
    saved = _SAVED_FROM.search(page)
    source = meta.get("contentsource") or find_source(near)
    site = account or meta.get("sitename") or meta.get("og:site_name", "")
    both = f"{site}（来源：{source}）" if site and source and site != source else source or site
    titles = ["".join(each.itertext()) for each in tree.iter("title")]
    whole = next((" ".join(title.split()) for title in titles), "")
    inside = text_byline(text)
    heads = (
        line
        for line in above + text.split("\n")[:3]
        if whole.startswith(line) and _TITLE_END.match(whole, len(line))
    )
    shown = max(heads, key=len, default="")
    addresses = (
        (meta.get("url"), "meta Url"),
        (guess.url, "link of the page"),
        (url, "the archive"),
        (saved[1] if saved else "", "the browser that saved it"),
    )
    return make_byline(
        {
            "title": [
                (meta.get("articletitle"), "meta ArticleTitle"),
                (meta.get("og:title"), "meta og:title"),
                (shown, "the line that the page's title begins with"),
                (guess.title, "trafilatura"),
                (inside.title, "the first line of the text that reads as a title"),
            ],
            "published": [
                (find_day([meta.get("pubdate") or meta.get("article:published_time") or ""]), "meta PubDate"),
                (find_day(near, stated=True), "a day with a label, such as 发布时间"),
                (stamp and datetime.fromtimestamp(int(stamp[1]), _CHINA).date(), "WeChat's time stamp"),
                (find_day([line for line in near if len(line) <= 80]), "the day nearest above the text"),
                (inside.published, f"the text: {inside.origins.get('published')}"),
                (find_day([guess.date or ""]), "a guess of trafilatura"),
            ],
            "publisher": [
                (both, "来源, ContentSource or the site's name"),
                (inside.publisher, "来源, in the text"),
            ],
            "author": [
                (find_author(near), "作者 or 记者"),
                (meta.get("og:article:author") or meta.get("author"), "meta author"),
                (inside.author, "作者 or 记者, in the text"),
            ],
            "url": [(address, origin) for address, origin in addresses if str(address).startswith("http")],
        }
    )


def _page_doubts(lines: Sequence[PageLine], text: str) -> list[str]:
    whole = squeezed(text)
    left_out = [
        line.text
        for line in lines
        if _FIGURE_LINE.match(line.text)
        and not line.linked
        and not _FURNITURE.search(line.text)
        and squeezed(line.text) not in whole
    ]
    doubts = _text_doubts(text) + [
        f"left out of the text: {line[:_SHOWN]}{'…' * (len(line) > _SHOWN)}"
        for line in dict.fromkeys(left_out)
    ]
    if any(line.linked and _FURTHER.fullmatch(line.text) for line in lines):
        doubts.append("the article may go on on a further page: put the text of all its pages into one file")
    return doubts
