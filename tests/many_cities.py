"""A project of invented cities: the shipped tables and texts with other names, numbers and years.

Nothing in it is real. What the shipped rows quote serves as templates: places are renamed, numbers and years are drawn
anew and written into text, quote and table alike, so that every quote stands verbatim in its article and
`pingan check` has nothing to say.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import shutil
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from pingan_lib import load_corpus
from pingan_lib.figure_rows import read_printed
from pingan_lib.schema import DESCRIPTOR

ROOT = Path(__file__).parents[1]
QUOTED = {"approaches": "approach_id", "figures": "figure_id", "statements": "statement_id"}
REAL_PLACES = "凯里市|凯里|安顺市|安顺|贵州省|贵州|黔东南州|黔东南|Kaili|Anshun|Guizhou|Qiandongnan"
SMALLER_PLACES = "西门|西秀|平坝"  # what names these is no template
_CHINESE = ("", *"一二三四五六七八九")
_ENGLISH = (
    "", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
    "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
)  # fmt: skip
_TENS = ("", "", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety")
_GENRES = ("feature", "interview", "report")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_YEAR = re.compile(r"(?<!\d)20[0-3]\d(?!\d)")
Row = dict[str, str]


def in_words(number: int) -> tuple[str, str]:
    """A number up to 99 in English and Chinese words: a digit in a city's name would look like one of the page's."""
    tens, ones = divmod(number, 10)
    english = _ENGLISH[number] if number < 20 else f"{_TENS[tens]} {_ENGLISH[ones]}".strip()
    return english, ("" if tens < 2 else _CHINESE[tens]) + ("十" if tens else "") + _CHINESE[ones]


@dataclass(frozen=True)
class Template:
    """A quoted stretch of a shipped article, with the rows that quote it; their offsets count from its beginning."""

    article: str
    text: str
    rows: dict[str, list[tuple[int, int, Row]]]


@cache
def shipped() -> tuple[dict[str, pd.DataFrame], tuple[Template, ...]]:
    """The shipped tables as strings, and what their rows quote, in the order of the articles."""
    corpus = load_corpus(ROOT)
    tables = {
        name: pd.read_csv(ROOT / "data" / table.file, dtype=str, keep_default_na=False)
        for name, table in corpus.tables.items()
    }
    templates = []
    for article, text in corpus.texts.items():
        spans = []
        for name, key in QUOTED.items():
            frame = getattr(corpus, name)
            own = frame[frame["article_id"] == article]
            raw = tables[name].set_index(key, drop=False).to_dict("index")
            spans += [
                (int(s), int(e), name, raw[i]) for i, s, e in zip(own.index, own.start, own.end, strict=True)
            ]
        for first, last in joined([span[:2] for span in spans]):
            rows: dict[str, list[tuple[int, int, Row]]] = {}
            for start, end, name, row in spans:
                if first <= start and end <= last:
                    rows.setdefault(name, []).append((start - first, end - first, row))
            if not re.search(SMALLER_PLACES, text[first:last]):
                templates.append(Template(article, text[first:last], rows))
    return tables, tuple(templates)


def joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches that overlap as one, in order."""
    whole: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if whole and start < whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    return whole


class City:
    """An invented city: its name, its rank, its size against the templates, and what its articles favour."""

    def __init__(self, number: int, seed: int, width: tuple[float, float]) -> None:
        self.rng = random.Random(f"{seed}-{number}")
        english, chinese = in_words(number + 1)
        self.place = f"invented_{english.lower().replace(' ', '_')}"
        self.name_zh, self.name_en = f"虚构市{chinese}", f"Invented city {english}"
        self.level = "county" if number % 3 else "prefecture"
        self.size = self.rng.uniform(0.4, 2.2)
        self.year = 2016 + self.rng.randrange(9)
        self.kind = number % 3
        # How likely a sentence is to be in the article, by the shipped article that it is taken from.
        taken = self.rng.uniform(*width)
        self.favours = {"kaili_2024": taken, "anshun_2018": taken}
        if self.kind < 2:
            self.favours[("kaili_2024", "anshun_2018")[self.kind]] *= 0.35

    def rename(self, text: str) -> str:
        return re.sub(REAL_PLACES, lambda found: self.other_name(found.group()), text)

    def other_name(self, name: str) -> str:
        if name[0] in "凯安":
            return self.name_zh
        return {
            "贵": "虚构省",
            "黔": "虚构州",
            "G": "Invented province",
            "Q": "Invented prefecture",
        }.get(name[0], self.name_en)


def scaled(printed: str, unit: str, factor: float, rng: random.Random) -> str:
    """Another number of the same form: as many decimals, trailing zeros and the hedge as before."""
    found = _NUMBER.search(printed)
    if not found:
        return printed
    whole = found.group()
    if unit in ("percent", "percent_change"):
        decimals = len(whole.partition(".")[2])
        drawn = min(float(whole) + rng.uniform(-4, 1.5), 99.5)
        other = f"{max(drawn, 0.5):.{decimals}f}"
    elif "." in whole:
        other = f"{max(float(whole) * factor, 0.01):.{len(whole.partition('.')[2])}f}"
    else:
        kept = whole.rstrip("0")
        other = str(max(1, round(int(kept) * factor))) + "0" * (len(whole) - len(kept))
    return printed[: found.start()] + other + printed[found.end() :]


def value_of(printed: str, unit: str, was: str) -> str:
    """The value that a printed number reads as, with the sign that the row had."""
    value = abs(read_printed(printed, unit).value)
    sign = "-" if was.startswith("-") else ""
    return sign + (str(value.numerator) if value.denominator == 1 else f"{float(value):.10g}")


class Draft:
    """An article in the making, with the rows that quote it."""

    def __init__(self, city: City, year: int, earlier: Draft | None) -> None:
        self.city, self.year, self.earlier = city, year, earlier
        self.article_id = f"{city.place}_{year}"
        self.tag = f"{self.article_id}_"
        self.published = date(year, 4, 3).isoformat()
        self.text = f"虚构文章：{city.name_zh}平安建设纪实\n"
        self.rows: dict[str, list[Row]] = {name: [] for name in QUOTED}
        self.printed: dict[str, str] = {}
        self.numbers: dict[tuple[str, int, int], str] = {}
        rng = random.Random(f"{city.place}-{year}")
        for template in shipped()[1]:
            if rng.random() < city.favours[template.article]:
                repeats = earlier is not None and rng.random() < 0.4
                self.add(template, rng, repeats=repeats)
        self.settle()

    def add(self, template: Template, rng: random.Random, *, repeats: bool) -> None:
        """Put a template into the text as a sentence; one that repeats an earlier article says the same."""
        source = self.earlier if repeats and self.earlier else self
        shift = source.year - (2024 if template.article == "kaili_2024" else 2018)
        edits = {m.span(): self.city.other_name(m.group()) for m in re.finditer(REAL_PLACES, template.text)}
        edits |= {m.span(): str(int(m.group()) + shift) for m in _YEAR.finditer(template.text)}
        for start, end, row in template.rows.get("figures", ()):
            printed = row["printed"]
            at = start + template.text[start:end].index(printed)
            before = source.printed.get(row["figure_id"]) if repeats else None
            new = before or self.draw(row, rng)
            self.printed[row["figure_id"]] = new
            edits[at, at + len(printed)] = new
        moved, text = self.edited(template.text, edits)
        self.text += f"{self.city.name_zh}："
        offset = len(self.text)
        self.text += f"{text}。\n"
        for name, rows in template.rows.items():
            for start, end, row in rows:
                first, last = offset + moved(start), offset + moved(end)
                self.rows[name].append(self.row(name, row, first, last, shift, source))

    def has(self, name: str, template: str) -> bool:
        """Whether this article has a row made from a shipped one."""
        return any(row[QUOTED[name]] == self.tag + template for row in self.rows[name])

    def draw(self, row: Row, rng: random.Random) -> str:
        """A new number; a share of another figure is one that some whole count gives."""
        total = self.printed.get(row["denominator"], "")
        if row["unit"] == "percent" and total.isdigit():
            share = float(row["value"]) - rng.uniform(0, 4)
            count = round(int(total) * share / 100)
            return f"{100 * count / int(total):.2f}"
        return scaled(row["printed"], row["unit"], self.city.size * (1 + 0.03 * (self.year % 5)), rng)

    @staticmethod
    def edited(text: str, edits: dict[tuple[int, int], str]) -> tuple[Any, str]:
        """The text with its edits, and where an offset of the old one lies in it."""
        parts, shifts, at = [], [], 0
        for (start, end), new in sorted(edits.items()):
            parts += [text[at:start], new]
            at = end
            shifts.append((end, len(new) - (end - start)))

        def moved(offset: int) -> int:
            return offset + sum(by for end, by in shifts if end <= offset)

        return moved, "".join([*parts, text[at:]])

    def row(self, name: str, row: Row, first: int, last: int, shift: int, source: Draft) -> Row:
        """A row of the invented article: other ids, names, years and numbers, and where it stands."""
        key = QUOTED[name]
        text = {
            column: re.sub(_YEAR, lambda y: str(int(y.group()) + shift), self.city.rename(cell))
            for column, cell in row.items()
            if column.startswith(("name_", "label_", "summary_", "note", "counted", "denominator"))
        }
        made = {**row, **text, "quote": self.text[first:last], "start": str(first)}
        made |= {"article_id": self.article_id, "place_id": self.city.place, key: self.tag + row[key]}
        first_told = source if name == "figures" else self.earlier
        if first_told not in (self, None) and first_told.has(name, row[key]):
            made["same_as"] = first_told.tag + row[key]
        if name == "approaches" and made["name_zh"] not in self.text:
            made["name_zh"] = made["quote"]
        if name == "figures":
            made["printed"] = self.printed[row["figure_id"]]
            made["value"] = value_of(made["printed"], row["unit"], row["value"])
            for column in ("period_start", "period_end"):
                day = row[column]
                if day in ("2024-04-03", "2018-03-19"):
                    made[column] = source.published
                elif day:
                    made[column] = f"{int(day[:4]) + shift}{day[4:]}"
        return made

    def settle(self) -> None:
        """Let rows name rows of this article only, and make every quote unique by what stands before it."""
        known = {row[key] for name, key in QUOTED.items() for row in self.rows[name]}
        for name in QUOTED:
            for row in self.rows[name]:
                for column in ("part_of", "approach_id", "denominator"):
                    if column == QUOTED[name] or not row.get(column):
                        continue
                    if row[column].isascii():
                        own = self.tag + row[column]
                        row[column] = own if own in known else ""
                row["prefix"], start = "", int(row.pop("start"))
                while self.text.count(row["prefix"] + row["quote"]) > 1:
                    row["prefix"] = self.text[start - len(row["prefix"]) - 4 : start]

    def relations(self) -> list[Row]:
        """The shipped relations of which this article has every figure."""
        known = {row["figure_id"] for row in self.rows["figures"] if not row["same_as"]}
        made = []
        for row in shipped()[0]["relations"].to_dict("records"):
            used = set(re.findall(r"[a-z]\w*", f"{row['formula']} {row['result']}"))
            if all(self.tag + name in known for name in used):
                renamed = {
                    column: re.sub(r"[a-z]\w*", lambda found: self.tag + found.group(), row[column])
                    for column in ("formula", "result", "relation_id")
                }
                told = {column: self.city.rename(row[column]) for column in row if column not in renamed}
                made.append({**told, **renamed})
        return made

    def codings(self) -> list[Row]:
        known = {row["approach_id"] for row in self.rows["approaches"]}
        return [
            {**row, "approach_id": self.tag + row["approach_id"], "note": self.city.rename(row["note"])}
            for row in shipped()[0]["codings"].to_dict("records")
            if self.tag + row["approach_id"] in known
        ]

    def article(self) -> Row:
        columns = dict.fromkeys(shipped()[0]["articles"].columns, "")
        genre = _GENRES[self.city.kind]
        return columns | {
            "article_id": self.article_id,
            "place_id": self.city.place,
            "title": f"虚构文章：{self.city.name_zh}平安建设纪实",
            "publisher": "虚构网",
            "author": "虚构作者",
            "published": self.published,
            "genre": genre,
            "path": f"seeds/{self.article_id}.txt",
            "sha256": hashlib.sha256(self.text.encode()).hexdigest(),
        }


def write_project(
    root: Path,
    cities: int,
    *,
    again: int = 0,
    width: tuple[float, float] = (0.35, 0.95),
    seed: int = 1,
) -> Path:
    """Write a project of invented cities, without notebooks.

    Parameters
    ----------
    root : Path
        An empty or missing folder.
    cities : int
    again : int, optional
        So many of the first cities have a second article, of a year later, which repeats some facts of the first.
    width : pair of float, optional
        The least and the most of the templates that an article takes, as a chance for each template.
    seed : int, optional
        Another one draws other cities.

    Returns
    -------
    Path
        The project folder.
    """
    drafts = []
    for number in range(cities):
        city = City(number, seed, width)
        drafts.append(Draft(city, city.year, None))
        if number < again:
            drafts.append(Draft(city, city.year + 1, drafts[-1]))
    for folder in ("data", "seeds"):
        (root / folder).mkdir(parents=True)
    for draft in drafts:
        (root / "seeds" / f"{draft.article_id}.txt").write_bytes(draft.text.encode())
    tables = {name: [row for draft in drafts for row in draft.rows[name]] for name in QUOTED}
    tables["articles"] = [draft.article() for draft in drafts]
    tables["relations"] = [row for draft in drafts for row in draft.relations()]
    tables["codings"] = [row for draft in drafts for row in draft.codings()]
    tables["coders"] = [
        {
            "coder_id": "coder_1",
            "article_id": draft.article_id,
            "date": "2026-11-21",
            "note": "Invented; coded by a script.",
        }
        for draft in drafts
    ]
    tables["figure_codings"] = []
    places = {draft.city.place: draft.city for draft in drafts}.values()
    tables["places"] = _places(list(places))
    tables["reference"] = [
        {
            "place_id": city.place, "measure_id": "residents", "value": str(round(700_000 * city.size)),
            "unit": "person", "year": "2020", "source": "Invented census", "source_zh": "虚构的普查",
            "url": "", "reliability": "secondary",
        }
        for city in places
    ]  # fmt: skip
    tables["codebook"] = _codebook(tables)
    tables["measures"] = shipped()[0]["measures"].to_dict("records")
    for name, rows in tables.items():
        columns = shipped()[0][name].columns
        cells = [[row.get(column, "") for column in columns] for row in rows]
        frame = pd.DataFrame(cells, columns=columns, dtype=str)
        frame.to_csv(root / "data" / f"{name}.csv", index=False, lineterminator="\n")
    package = json.loads((ROOT / "data" / DESCRIPTOR).read_text("utf-8"))
    package |= {"title": "Invented cities", "description": "Invented cities, for tests.", "sources": []}
    (root / "data" / DESCRIPTOR).write_text(json.dumps(package, ensure_ascii=False, indent=2), "utf-8")
    return root


def _places(cities: list[City]) -> list[Row]:
    upper = [
        ("invented_province", "", "虚构省", "Invented province", "province"),
        ("invented_prefecture", "invented_province", "虚构州", "Invented prefecture", "prefecture"),
    ]
    own = [
        (
            city.place,
            "invented_prefecture" if city.level == "county" else "invented_province",
            city.name_zh,
            city.name_en,
            city.level,
        )
        for city in cities
    ]
    columns = ("place_id", "parent_id", "name_zh", "name_en", "level")
    return [dict(zip(columns, row, strict=True)) for row in upper + own]


def _codebook(tables: dict[str, list[Row]]) -> list[Row]:
    """The shipped codebook, its examples taken from an invented article."""
    quotes = {row["approach_id"]: row["quote"] for row in tables["approaches"]}
    examples: dict[str, str] = {}
    for row in tables["codings"]:
        examples.setdefault(row["dimension_id"], quotes[row["approach_id"]])
    anything = next(iter(quotes.values()))
    return [
        {**row, "example_quote": examples.get(row["dimension_id"], anything)}
        for row in shipped()[0]["codebook"].to_dict("records")
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a project of invented cities, with the notebooks.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("cities", type=int)
    parser.add_argument("--again", type=int, default=0)
    parser.add_argument("--width", type=float, nargs=2, default=(0.35, 0.95))
    given = parser.parse_args()
    made = write_project(given.folder, given.cities, again=given.again, width=tuple(given.width))
    shutil.copytree(ROOT / "notebooks", made / "notebooks")
