"""How results show themselves in a notebook cell: HTML with a style of its own, and frames that readers can read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import pandas as pd
from markupsafe import Markup

from pingan_lib.words import Words

# A notebook has none of the pages' style, and in a dark theme other colours: those of the theme are taken where
# JupyterLab names them. A report page drops this style and brings its own. The class is doubled to outweigh
# JupyterLab's rule that text in tables stands at the right.
_STYLE = Markup(
    "<style>"
    ".pingan{font-variant-numeric:tabular-nums}"
    ".pingan p{margin:.2em 0 .6em}"
    ".pingan cite:lang(zh){font-style:normal}"
    ".pingan time{white-space:nowrap}"
    ".pingan.pingan table{margin:0 0 .6em;border-collapse:collapse}"
    ".pingan.pingan caption{text-align:left;font-weight:600;padding:0 0 .4em}"
    ".pingan.pingan :is(th,td){text-align:left;vertical-align:top;padding:.35em .9em .35em .4em;line-height:1.45}"
    ".pingan.pingan tbody th{font-weight:400}"
    ".pingan.pingan .num{text-align:right}"
    ".pingan.pingan :is(.quiet,dt){color:var(--jp-content-font-color2,inherit)}"
    ".pingan .grade{white-space:nowrap}"
    ".pingan .card{max-width:46rem;padding:.1em 0 .1em 1em;border-left:3px solid var(--jp-border-color1,currentColor)}"
    ".pingan .card-title{font-weight:600;font-size:1.1em}"
    ".pingan.pingan .passage{margin:.4em 0 .8em;padding:0;border:0;line-height:1.7}"
    ".pingan mark{background:#fbe9b7;color:#1c2024;padding:0 .1em}"
    ".pingan.pingan dl{display:grid;grid-template-columns:fit-content(12em) minmax(0,1fr);gap:.25em 1.2em;margin:0}"
    ".pingan.pingan dt{font-weight:400;float:none;width:auto}"
    ".pingan.pingan dd{margin:0}"
    ".pingan.pingan ul{margin:0;padding-left:1.1em}"
    "</style>"
)
# Rows of a frame beyond this many are counted and not shown, as pandas does.
SHOWN = 40

_WORDS = Words("en")
_GRADES = ("comparable", "with_caution", "not_comparable")
_NONE: Mapping[str, Markup] = {}


def shown(body: str, language: str = "en") -> str:
    """Return HTML for a cell, with the style that it needs there.

    Parameters
    ----------
    body : Markup
        What is shown; text that is no Markup is escaped.
    language : {"en", "zh"}, optional
        Of the text; JupyterLab's own is mostly English, and draws Chinese by it.
    """
    return str(Markup('<div class="pingan" lang="{}">{}{}</div>').format(language, _STYLE, body))


def both(english: str, chinese: str) -> Markup:
    """Write a name in both languages; a digit in it is no number of the page."""
    return Markup('<span class="name"><span lang="en">{}</span> <span lang="zh">{}</span></span>').format(
        english, chinese
    )


def count(number: int, what: str) -> Markup:
    """Write a count, marked as one: a report page asks of each number where it comes from."""
    return Markup('<data class="count" data-source="count:{}" value="{}">{:,}</data>').format(
        what, number, number
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> Markup:
    """Show rows as a table; whole numbers are counts, what is no Markup is escaped, the first column heads a row.

    Parameters
    ----------
    heads : sequence of str
    rows : iterable of sequence
    caption : str, optional
    """
    listed = list(rows)
    body = Markup("").join(Markup("<tr>{}</tr>").format(_cells(heads, row)) for row in listed[:SHOWN])
    over = len(listed) - SHOWN
    title = Markup("<caption>{}</caption>").format(caption) if caption else ""
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(each) for each in heads)
    made = Markup("<table>{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(title, head, body)
    if over > 0:
        made += Markup('<p class="quiet">{} more rows are not shown.</p>').format(count(over, "rows"))
    return made


def _cells(heads: Sequence[str], row: Sequence[Any]) -> Markup:
    cells = []
    for place, (head, value) in enumerate(zip(heads, row, strict=True)):
        if isinstance(value, int):
            cells.append(Markup('<td class="num">{}</td>').format(count(value, head)))
        else:
            tag = Markup('<th scope="row">{}</th>') if place == 0 else Markup("<td>{}</td>")
            cells.append(tag.format(value))
    return Markup("").join(cells)


class _Readable(pd.DataFrame, ABC):  # type: ignore[misc]  # pandas has no types
    """A data frame in all respects, which shows itself to a reader as long as it has the columns for it.

    What pandas makes from it is of its kind; where it no longer holds what was compared, it shows itself as any frame.
    """

    _metadata: ClassVar[list[str]] = ["_names", "_places"]
    _names: Mapping[str, Markup] = _NONE
    _places: Mapping[str, Markup] = _NONE
    _needed: frozenset[str] = frozenset()

    def _repr_html_(self) -> str | None:
        if self.columns.is_unique and self._needed <= set(self.columns) and self._holds():
            return shown(self._shown())
        return super()._repr_html_()

    @abstractmethod
    def _holds(self) -> bool:
        """Whether the columns hold what is shown: a summary of them has columns of the same names."""

    @abstractmethod
    def _shown(self) -> Markup:
        """Write the frame for a reader."""

    def _name(self, key: str) -> Markup:
        """What an id is called, with the id; rows that pandas made know no names."""
        code = Markup("<code>{}</code>").format(key)
        name = (self._names or _NONE).get(key)
        return code if name is None else Markup("{} {}").format(name, code)

    def _head(self, column: str, ids: Iterable[str]) -> str:
        """The city that all ids of a column belong to, else the column's own name."""
        cities = {(self._places or _NONE).get(key) for key in ids}
        (city,) = cities if len(cities) == 1 else (None,)
        return column if city is None else city


class Pairs(_Readable):
    """Pairs of figures with their grades: what `compare_figures` returns."""

    _needed = frozenset({"figure_a", "figure_b", "grade", "reasons"})

    @property
    def _constructor(self) -> Callable[..., Pairs]:
        return Pairs

    def named(self, figures: pd.DataFrame, places: pd.DataFrame) -> Pairs:
        """Remember what the figures and their cities are called, for the display alone; return the frame itself.

        Parameters
        ----------
        figures, places : DataFrame
            Tables of a corpus.
        """
        found = figures.loc[list({*self["figure_a"], *self["figure_b"]})]
        self._places = _cities(found["place_id"], places)
        columns = (found.index, found["label_en"], found["label_zh"], found["printed"])
        self._names = {
            key: Markup('{} <q lang="zh" data-source="{}">{}</q>').format(
                both(english, chinese), key, printed
            )
            for key, english, chinese, printed in zip(*columns, strict=True)
        }
        return self

    def _holds(self) -> bool:
        told = all(isinstance(reasons, tuple) for reasons in self["reasons"])
        return told and all(grade in _GRADES for grade in self["grade"])

    def _shown(self) -> Markup:
        counted = Counter(self["grade"])
        tally = Markup(" · ").join(
            Markup("{} {}").format(_grade(grade), count(counted[grade], f"grade.{grade}"))
            for grade in _GRADES
        )
        told = Markup("<p>{} pairs: {}</p>").format(count(len(self), "pairs"), tally)
        if self.empty:
            return told
        columns = (self["figure_a"], self["figure_b"], self["grade"], self["reasons"])
        rows = (
            (self._name(a), self._name(b), _grade(grade), _reasons(reasons))
            for a, b, grade, reasons in zip(*columns, strict=True)
        )
        heads = (self._head("figure_a", self["figure_a"]), self._head("figure_b", self["figure_b"]))
        return told + table((*heads, "grade", "reasons"), rows)


class Approaches(_Readable):
    """Approaches of two cities by dimension: what `compare_approaches` returns."""

    _needed = frozenset({"approaches_a", "approaches_b", "reported_by"})

    @property
    def _constructor(self) -> Callable[..., Approaches]:
        return Approaches

    def named(self, approaches: pd.DataFrame, codebook: pd.DataFrame, places: pd.DataFrame) -> Approaches:
        """Remember what dimensions, approaches and cities are called; see `Pairs.named`."""
        found = approaches.loc[list({*_listed(self["approaches_a"]), *_listed(self["approaches_b"])})]
        self._places = _cities(found["place_id"], places)
        self._names = {
            key: both(english, chinese)
            for each in (codebook, found)
            for key, english, chinese in zip(each.index, each["name_en"], each["name_zh"], strict=True)
        }
        return self

    def _holds(self) -> bool:
        return all(isinstance(ids, tuple) for side in "ab" for ids in self[f"approaches_{side}"])

    def _shown(self) -> Markup:
        shared = int((self["reported_by"] == "both").sum())
        told = Markup("<p>Both report approaches in {} of {} dimensions.</p>").format(
            count(shared, "dimensions.both"), count(len(self), "dimensions")
        )
        a, b = self["approaches_a"], self["approaches_b"]
        rows = (
            (self._name(dimension), self._items(own), self._items(other))
            for dimension, own, other in zip(self.index, a, b, strict=True)
        )
        heads = (self._head("approaches_a", _listed(a)), self._head("approaches_b", _listed(b)))
        return told + table(("dimension", *heads), rows)

    def _items(self, ids: Iterable[str]) -> Markup:
        items = Markup("").join(Markup("<li>{}</li>").format(self._name(each)) for each in ids)
        return (
            Markup("<ul>{}</ul>").format(items)
            if items
            else Markup('<span class="quiet">not reported</span>')
        )


def _listed(column: pd.Series) -> list[str]:
    return [key for ids in column for key in ids]


def _cities(owners: pd.Series, places: pd.DataFrame) -> dict[str, Markup]:
    """The city that each id belongs to, in both languages."""
    names = {city: both(*places.loc[city, ["name_en", "name_zh"]]) for city in owners.unique()}
    return {key: names[city] for key, city in owners.items()}


def _grade(grade: str) -> Markup:
    return Markup('<span class="grade grade-{}">{}</span>').format(grade, _WORDS[f"grade.{grade}"])


def _reasons(reasons: Iterable[str]) -> str:
    return ", ".join(_WORDS[f"reason_short.{reason}"] for reason in reasons)
