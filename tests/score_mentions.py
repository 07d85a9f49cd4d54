"""How well `find_figures` finds what was labelled by hand: precision and recall by kind.

Run as a script: python tests/score_mentions.py [dev] [held_out] [articles]

The sentences in `labelled/` are invented in the style of official reports and name no place; `none_*` hold no figure.
`held_out` was labelled before it was scored, and scored at milestones only.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path

from pingan_lib.mentions import Mention, find_figures

ROOT = Path(__file__).parents[1]
LABELLED = Path(__file__).parent / "labelled"
PUBLISHED = date(2024, 1, 15)
CHECKED = ("value", "unit", "hedge", "kind", "role", "period")


@dataclass
class Score:
    """What was found and missed, by kind, and how often each column was right."""

    hits: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        found = self.hits.total() + self.extra.total()
        return self.hits.total() / found if found else 1.0

    @property
    def recall(self) -> float:
        wanted = self.hits.total() + self.missed.total()
        return self.hits.total() / wanted if wanted else 1.0

    def share_right(self, column: str) -> float:
        return self.right[column] / self.asked[column] if self.asked[column] else 1.0

    def __str__(self) -> str:
        lines = [f"precision {self.precision:.3f}  recall {self.recall:.3f}"]
        lines += [
            f"  {column:<8} right {self.share_right(column):.3f} of {self.asked[column]}"
            for column in CHECKED
        ]
        for kind in sorted({*self.hits, *self.missed, *self.extra}):
            hit, miss, extra = self.hits[kind], self.missed[kind], self.extra[kind]
            found, wanted = hit + extra, hit + miss
            lines.append(
                f"  {kind:<17} found {hit} of {wanted} ({hit / wanted if wanted else 1:.2f}),"
                f" {extra} too many ({hit / found if found else 1:.2f})"
            )
        return "\n".join(lines)


def labelled(part: str) -> list[tuple[str, list[dict[str, str]], date | None]]:
    """Texts with their labelled figures: "dev", "held_out" or "articles"."""
    if part == "articles":
        return _articles()
    texts: dict[str, list[dict[str, str]]] = {}
    for name in ("figures", "none"):
        with (LABELLED / f"{name}_{part}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                texts.setdefault(row["sentence"], []).extend([row] if row.get("printed") else [])
    return [(text, rows, PUBLISHED) for text, rows in texts.items()]


def _articles() -> list[tuple[str, list[dict[str, str]], date | None]]:
    def table(name: str) -> list[dict[str, str]]:
        with (ROOT / "data" / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    figures = table("figures.csv")
    return [
        (
            (ROOT / article["path"]).read_text("utf-8"),
            [row for row in figures if row["article_id"] == article["article_id"]],
            date.fromisoformat(article["published"]),
        )
        for article in table("articles.csv")
    ]


def score(cases: Iterable[tuple[str, list[dict[str, str]], date | None]]) -> Score:
    """Compare what is found in each text with its labels: a hit has the same printed number at the same place."""
    result = Score()
    for text, rows, published in cases:
        found = {mention.printed_start: mention for mention in find_figures(text, published)}
        place = 0
        for row in rows:
            place = _place(text, row, place)
            mention = found.get(place)
            kind = row.get("kind") or (mention.kind if mention else "figure")
            if mention is None or mention.printed != row["printed"]:
                result.missed[kind] += 1
                result.faults.append(f"missed {row['printed']!r} in {_around(text, place)}")
                continue
            del found[place]
            result.hits[kind] += 1
            _check(result, mention, row)
            place += len(row["printed"])
        for mention in found.values():
            result.extra[mention.kind] += 1
            result.faults.append(
                f"too many {mention.printed!r} ({mention.kind}) in {_around(text, mention.start)}"
            )
    return result


def _place(text: str, row: dict[str, str], place: int) -> int:
    if "quote" not in row:
        return text.index(row["printed"], place)
    quote = text.index(row["prefix"] + row["quote"]) + len(row["prefix"])
    return text.index(row["printed"], quote)


def _around(text: str, place: int) -> str:
    return repr(text[max(0, place - 20) : place + 25])


def _check(result: Score, mention: Mention, row: dict[str, str]) -> None:
    wanted = {
        "value": Fraction(row["value"]),
        "unit": row["unit"],
        "hedge": row["hedge"],
        "kind": row.get("kind"),
        # A part of a scheme is told apart by those who know the scheme.
        "role": None if row["role"] == "structure" else row["role"],
        "period": (row["period_start"], row["period_end"])
        if row["period_start"] or row["period_end"]
        else None,
    }
    told = {
        "value": mention.value,
        "unit": mention.unit,
        "hedge": mention.hedge,
        "kind": mention.kind,
        "role": mention.role,
        "period": (str(mention.period_start or ""), str(mention.period_end or "")),
    }
    for column, value in wanted.items():
        if value is None:
            continue
        result.asked[column] += 1
        if told[column] == value:
            result.right[column] += 1
        else:
            result.faults.append(
                f"{column} {told[column]}, not {value}: {mention.quote!r} {mention.printed!r}"
            )


if __name__ == "__main__":
    for part in sys.argv[1:] or ["dev", "held_out", "articles"]:
        found = score(labelled(part))
        print(part, found, *found.faults, sep="\n")
