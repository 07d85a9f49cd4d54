"""The codes of a project file: the dimensions, measures and kinds, and one code for each table with quotes."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pandas as pd

from pingan_lib.corpus import Corpus
from pingan_lib.exchange.refi.cards import guid, write_card
from pingan_lib.style import BLUE, GREEN, ORANGE
from pingan_lib.table_files import read_raw
from pingan_lib.words import Words

_UNFIT = re.compile(r'[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff\\/:*?"<>|]+')

Row = dict[str, str]


class Code(NamedTuple):
    """A code: what it stands for (`kind`, `id`), its name, description and colour."""

    kind: str
    id: str
    name: str
    description: str
    colour: str


def code_list(corpus: Corpus) -> dict[str, list[Code]]:
    """The codes by heading. One code for each table says that a row stands there, whatever else it is coded with."""
    words = Words("zh")
    groups: dict[str, list[Code]] = {}
    used: set[str] = set()

    def code(kind: str, code_id: str, chinese: str, cells: Mapping[str, str], colour: str) -> Code:
        name = list_name(f"{code_id} {chinese}")
        if name in used:  # two codes of one name would be one code elsewhere
            name = list_name(f"{code_id} ({kind}) {chinese}")
        used.add(name)
        return Code(kind, code_id, name, write_card(kind, code_id, cells), colour)

    dimensions = table_rows(corpus, "codebook")
    for heading, kind, chinese, colour in _GROUPS:
        about = {"definition": f"A passage that a row of {heading.split()[0].lower()} quotes."}
        groups[heading] = [code("row", kind, chinese, about, colour)]
    first, second, third = groups.values()
    for number, row in enumerate(dimensions):
        cells = {name: cell for name, cell in row.items() if name != "dimension_id"}
        first.append(code("dimension", row["dimension_id"], row["name_zh"], cells, _hue(number)))
    for row in table_rows(corpus, "measures"):
        cells = {name: cell for name, cell in row.items() if name != "measure_id"}
        second.append(code("measure", row["measure_id"], row["name_zh"], cells, ORANGE))
    for kind in corpus.tables["statements"].column("kind").codes:
        third.append(code("kind", kind, words[f"kind.{kind}"], {}, GREEN))
    return groups


_GROUPS = (
    ("Approaches 做法", "approach", "做法", BLUE),
    ("Figures 数字", "figure", "数字", ORANGE),
    ("Statements 陈述", "statement", "陈述", GREEN),
)


def codes_element(groups: Mapping[str, list[Code]]) -> ET.Element:
    """The codes as a REFI-QDA element; their headings cannot be coded."""
    codes = ET.Element("Codes")
    for heading, members in groups.items():
        parent = ET.SubElement(
            codes, "Code", {"guid": guid("heading", heading), "name": heading, "isCodable": "false"}
        )
        for code in members:
            attributes = {"guid": guid("code", code.kind, code.id), "name": code.name, "isCodable": "true"}
            child = ET.SubElement(parent, "Code", {**attributes, "color": code.colour})
            ET.SubElement(child, "Description").text = code.description
    return codes


def _hue(number: int) -> str:
    """Colours that stay apart however many there are: steps of the golden angle around the circle."""
    red, green, blue = colorsys.hls_to_rgb(number * 0.618034 % 1, 0.42, 0.6)
    return f"#{round(red * 255):02X}{round(green * 255):02X}{round(blue * 255):02X}"


def list_name(text: str, length: int = 60) -> str:
    """A name for a list: one line that can be part of a file name, for QualCoder, and is short, for MAXQDA (63)."""
    return _UNFIT.sub(" ", text).strip()[:length].strip() or "-"


def table_rows(corpus: Corpus, table: str) -> list[Row]:
    """The rows of a table as they are written."""
    return rows_of(read_raw(corpus.root / "data", corpus.tables[table]).fillna(""))


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """The rows of a frame of strings, by column."""
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, cells, strict=True)) for cells in frame.to_numpy(dtype=object).tolist()]
