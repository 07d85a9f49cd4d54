"""What a page does to the HTML of an output: styling dropped, tables framed, their columns told apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pingan_lib.markup.chinese import letters
from pingan_lib.markup.tree import classes, first, make, of_class, select, stripped_text, take, wrap

if TYPE_CHECKING:
    from lxml.etree import _Element

_NUMBER = re.compile(r"[-\u2212+]?[\d.,\u2009 ]*\d ?%?")
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?")
# Columns with texts of so many letters, an ideograph for two, need room on a phone.
_WIDE, _WIDEST = 20, 60


def drop_styling(page: _Element) -> None:
    """Take out what the page's policy would refuse anyway: style elements and style attributes, in place."""
    for element in select(page, "descendant::style"):
        take(element)
    for element in select(page, "descendant::*[@style]"):
        del element.attrib["style"]


def frame_tables(page: _Element, name: str) -> None:
    """Let each table that is not in a ``.table-scroll`` yet scroll inside one, in place.

    Parameters
    ----------
    page : lxml.etree._Element
    name : str
        What a table without a caption is called; holds ``{number}``.
    """
    for number, table in enumerate(select(page, "descendant::table"), start=1):
        if first(table, f"ancestor::*[{of_class('table-scroll')}]") is not None:
            continue
        caption = first(table, "descendant::caption")
        label = name.format(number=number) if caption is None else stripped_text(caption)
        table.set("class", "grid")
        table.attrib.pop("border", None)
        for cell in select(table, "descendant::th[not(@scope)]"):
            cell.set("scope", "row" if first(cell, "ancestor::thead") is None else "col")
        frame = make(table, "div", class_="table-scroll", tabindex="0", role="region", aria_label=label)
        wrap(table, frame)


def align_numbers(page: _Element) -> None:
    """Give a class to the cells of each column that holds nothing but numbers or dates, in place.

    Numbers get ``num``, dates of ISO 8601 get ``date``; empty cells do not count.
    """
    for table in select(page, "descendant::table"):
        rows = [_cells(row) for row in select(table, "descendant::tr[ancestor::tbody]")]
        heads = [_cells(row) for row in select(table, "descendant::tr[ancestor::thead]")]
        if not rows or len({len(row) for row in [*rows, *heads]}) != 1:
            continue
        for place, column in enumerate(zip(*rows, strict=True)):
            texts = [text for cell in column if (text := stripped_text(cell, ""))]
            for name, form in (("num", _NUMBER), ("date", _DATE)):
                if texts and all(form.fullmatch(text) for text in texts):
                    for cell in (*column, *(head[place] for head in heads)):
                        _add_class(cell, name)


def widen_prose(page: _Element) -> None:
    """Give a class to the heading of each column that holds longer texts, in place: `wide`, or `widest`."""
    for table in select(page, "descendant::table"):
        rows = [_cells(row) for row in select(table, "descendant::tr")]
        if len({len(row) for row in rows}) != 1:
            continue
        for column in zip(*rows, strict=True):
            longest = max(letters(stripped_text(cell)) for cell in column)
            if longest >= _WIDE:
                _add_class(column[0], "widest" if longest >= _WIDEST else "wide")


def _cells(row: _Element) -> list[_Element]:
    return select(row, "th | td")


def _add_class(element: _Element, name: str) -> None:
    element.set("class", " ".join(dict.fromkeys([*classes(element), name])))
