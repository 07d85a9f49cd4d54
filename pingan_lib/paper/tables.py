"""A page's table as CSV for a spreadsheet and as LaTeX for a paper."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pingan_lib.paper.pages import plain_text
from pingan_lib.words import Words

if TYPE_CHECKING:
    from bs4 import Tag

# A number that stands alone, with or without thousands separators and a sign of percent.
_NUMBER = re.compile(r"[-\u2212]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?%?")
# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), in both widths.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_IDEOGRAPH = "\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_CHINESE = re.compile(f"[{_IDEOGRAPH}]")

# In text, outside of mathematics; what either TeX takes for a command, or not every font has.
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "$&#_%"},
    '"': r"\textquotedbl{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "\u00a0": "~",
    "\u2212": "$-$",
    "\u00d7": r"$\times$",
    "\u00f7": r"$\div$",
    "\u2264": r"$\leq$",
    "\u2265": r"$\geq$",
    "\u2260": r"$\neq$",
    "\u2248": r"$\approx$",
    "\u2192": r"$\rightarrow$",
    "\u00b1": r"$\pm$",
    "\u2030": r"\textperthousand{}",
    "\u00b2": r"\textsuperscript{2}",
    "\u00b3": r"\textsuperscript{3}",
    "\u2013": "--",
}
# Among Latin letters; those beside Chinese are as wide as a character of it, and stay as they are.
_LATIN = {"\u201c": "``", "\u201d": "''", "\u2018": "`", "\u2019": "'", "\u2026": r"\dots{}", "\u2014": "---"}
_LATIN_MARK = re.compile(f"(?<![{_IDEOGRAPH}])[{''.join(_LATIN)}](?![{_IDEOGRAPH}])")
_RIGHT, _LEFT = r"\raggedleft", r"\raggedright"
# What no line breaks within.
_WORD = re.compile(f"[{_IDEOGRAPH}]{{1,2}}|[^\\s/{_IDEOGRAPH}]+")
_WIDE = 80  # characters that fit side by side on a page in footnote size
_SMALL = 105  # and in script size, with the columns closer together
_TALL = 45  # lines


@dataclass(frozen=True)
class Cells:
    """The text of a table.

    Attributes
    ----------
    heads : tuple of str
    rows : tuple of tuple of str
        As they are read on the page; shorter rows are filled up with empty cells.
    sources : tuple of str
        For each row the ids of the evidence cards that it leads to, with ``;`` between.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]


def read_cells(table: Tag) -> Cells:
    """Read a table of a page."""
    rows = table.find_all("tr")
    head = rows[0] if rows and rows[0].find("td") is None else None
    body = [row for row in rows if row is not head]
    texts = [[plain_text(cell) for cell in row.find_all(["th", "td"], recursive=False)] for row in body]
    heads = [plain_text(cell) for cell in head.find_all("th")] if head else []
    width = max(map(len, [heads, *texts]))
    links = [dict.fromkeys(str(link["href"]) for link in row.select('a[href^="#card-"]')) for row in body]
    return Cells(
        tuple(heads + [""] * (width - len(heads))),
        tuple(tuple(row + [""] * (width - len(row))) for row in texts),
        tuple(";".join(href.removeprefix("#card-") for href in each) for each in links),
    )


def csv_bytes(cells: Cells, words: Words) -> bytes:
    """Write a table for a spreadsheet or a statistics program.

    Parameters
    ----------
    cells : Cells
    words : Words
        Of the page's language.

    Returns
    -------
    bytes
        UTF-8 with a byte order mark, without which Excel takes it for another encoding. Numbers that stand alone
        are written for machines: no thousands separators, ASCII minus, all decimals as printed. A cell that a
        spreadsheet would take for a formula begins with an apostrophe. Where rows lead to evidence cards, a last
        column names these.
    """
    rows = [[_plain(text) for text in row] for row in cells.rows]
    heads = [_plain(text) for text in cells.heads]
    if any(cells.sources):
        heads.append(words["paper.sources"])
        rows = [[*row, ids] for row, ids in zip(rows, cells.sources, strict=True)]
    frame = pd.DataFrame(rows, dtype=str)
    text: str = frame.to_csv(index=False, header=heads, lineterminator="\n")
    return text.encode("utf-8-sig")


def _plain(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return text.replace(",", "").replace("\u2212", "-")
    return f"'{text}" if text.startswith(_FORMULA) else text


def latex(cells: Cells, caption: str, label: str, words: Words, comment: str) -> str:
    """Write a table with the rules of booktabs; a long one runs over pages (longtable).

    Parameters
    ----------
    cells : Cells
    caption, label : str
        The caption as plain text; the label is written as it is.
    words : Words
        Of the page's language.
    comment : str
        First lines, without percent signs.

    Returns
    -------
    str
    """
    frame = pd.DataFrame([[latex_text(text, words.language) for text in row] for row in cells.rows])
    # A bracket or star after the end of a row would be taken for its argument.
    frame[0] = [re.sub(r"^([\[*])", r"{\1}", text) for text in frame[0]]
    heads = [latex_text(text, words.language) for text in cells.heads]
    columns, look, lines = _layout(cells)
    long = lines > _TALL
    style = frame.style.hide(axis="index")
    style.format_index(lambda place: rf"\textbf{{{heads[place]}}}", axis=1)
    table: str = style.to_latex(
        column_format=columns,
        hrules=True,
        label=label,
        caption=latex_text(caption, words.language),
        environment="longtable" if long else None,
        position=None if long else "htbp",
        position_float=None if long else "centering",
    )
    table = table.replace("Continued on next page", words["paper.continued"])
    if long:
        table = f"{{{look}\\setlength{{\\LTcapwidth}}{{\\linewidth}}\n{table}}}\n"
    else:
        table = table.replace("\\centering\n", f"\\centering\n{look}\n", 1)
    needs = ["booktabs", "array", *(["longtable"] if long else [])]
    notes = [comment, words.say("paper.tex_needs", packages=rf"\usepackage{{{','.join(needs)}}}")]
    if _CHINESE.search(table):
        notes.append(words["paper.tex_chinese"])
    return "".join(f"% {line}\n" for note in notes for line in note.splitlines()) + table


def latex_text(text: str, language: str) -> str:
    """Escape a text for LaTeX, so that each character stands for itself.

    Mathematical signs become mathematics, which every font has; in English, quotation marks become those of TeX,
    but for those beside Chinese.

    Parameters
    ----------
    text : str
        One line.
    language : {"en", "zh"}
        Of the page.

    Returns
    -------
    str
    """
    escaped = "".join(_TEX.get(character, character) for character in text)
    return _LATIN_MARK.sub(lambda mark: _LATIN[mark[0]], escaped) if language == "en" else escaped


def _layout(cells: Cells) -> tuple[str, str, int]:
    """The format of the columns, how small the letters are, and about how many lines the table takes.

    Columns that together are too wide for a page share its width: each gets room for its longest word, and of what
    is left the more, the longer its texts are.
    """
    columns = list(zip(cells.heads, *cells.rows, strict=True))
    numbers = [
        any(column[1:]) and all(_NUMBER.fullmatch(text) for text in column[1:] if text) for column in columns
    ]
    needed = [_widest(column, str.splitlines) + 2 for column in columns]
    if sum(needed) <= _WIDE:
        return "".join("r" if number else "l" for number in numbers), r"\footnotesize", len(cells.rows) + 4
    least = [_widest(column, _WORD.findall) + 3 for column in columns]
    small = sum(least) > _WIDE
    room = max(_SMALL if small else _WIDE, sum(least))
    # A power below one keeps a column of whole sentences from taking everything.
    wishes = [(each - word) ** 0.6 if each > word else 0 for each, word in zip(needed, least, strict=True)]
    rest = (room - sum(least)) / (sum(wishes) or 1)
    shares = [(word + wish * rest) / room for word, wish in zip(least, wishes, strict=True)]
    sides = [_RIGHT if number else _LEFT for number in numbers]
    formats = (
        rf">{{{side}\arraybackslash}}p{{\dimexpr{share - 0.0005:.3f}\linewidth-2\tabcolsep\relax}}"
        for side, share in zip(sides, shares, strict=True)
    )
    lines = sum(
        max(math.ceil(_width(text) / (share * room - 2)) for text, share in zip(row, shares, strict=True))
        for row in cells.rows
    )
    look = r"\scriptsize\setlength{\tabcolsep}{3pt}" if small else r"\footnotesize"
    return "".join(formats), rf"{look}\setlength{{\extrarowheight}}{{2pt}}", lines + 4


def _widest(column: Sequence[str], parts: Callable[[str], list[str]]) -> float:
    """The widest part of a column's texts; its heading is bold and so a little wider."""
    head, *body = column
    return max(
        [1.15 * _width(part) for part in parts(head)]
        + [_width(part) for text in body for part in parts(text)],
        default=0,
    )


def _width(text: str) -> int:
    """Width of a text in Latin characters; a Chinese one is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
