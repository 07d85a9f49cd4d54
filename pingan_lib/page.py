"""A page in the making: words, numbers, tables and plots of one corpus in one language, each number with its source."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup, escape

from pingan_lib import cards
from pingan_lib.compare import forbids
from pingan_lib.corpus import Corpus
from pingan_lib.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Fragment(Markup):
    """HTML that a notebook shows as the result of a cell."""

    def _repr_html_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"<Fragment of {len(self)} characters>"


class Page:
    """What a notebook says, in one language.

    A page remembers the rows that it cites, and closes with an evidence card for each.

    Parameters
    ----------
    corpus : Corpus
    language : {"en", "zh"}
    rounding : str, optional
        One of `bounds.ROUNDING_RULES`, for the bounds that the page shows.

    Raises
    ------
    UsageError
        If there is no such language.

    Examples
    --------
    >>> page = Page(load_corpus(), "en")  # doctest: +SKIP
    >>> page.say("outcomes.settled", rate=page.number("kl_settlement_rate"))  # doctest: +SKIP
    >>> page.cards()  # doctest: +SKIP
    """

    def __init__(self, corpus: Corpus, language: str, *, rounding: str = "nearest") -> None:
        self.corpus = corpus
        self.rounding = rounding
        self.words = Words(language)
        self.language = language
        self._cited: dict[str, None] = {}

    def say(self, key: str, *, of: int | None = None, **values: Any) -> Fragment:
        """Say a sentence of `words/*.toml`, its numbers being counts of the corpus or numbers with a source.

        Parameters
        ----------
        key : str
            Names the sentence.
        of : int, optional
            The number that the sentence turns on: with 0 or 1, `key_none` or `key_one` is said where there is one.
        **values
            What its `{names}` stand for. Plain numbers are marked as counts; text is escaped; results of `number`,
            `quote` and `join` go in as they are.
        """
        filled = {name: self._value(value, f"{key}.{name}") for name, value in values.items()}
        special = {0: f"{key}_none", 1: f"{key}_one"}.get(-1 if of is None else of, key)
        key = special if special in self.words else key
        return Fragment('<p class="said">{}</p>').format(Markup(self.words[key]).format(**filled))

    def number(self, figure_id: str) -> Markup:
        """Write a reported figure's number, linked to its evidence card."""
        _, figure = cards.find_row(self.corpus, figure_id)
        return self._link(figure_id, cards.number_text(figure, self.words), "number")

    def labelled(self, figure_id: str) -> Markup:
        """Write a reported figure's number with its name."""
        _, figure = cards.find_row(self.corpus, figure_id)
        label = figure[f"label_{self.language}"]
        return Markup("{} ({})").format(label, self.number(figure_id))

    def cite(self, row_id: str) -> Markup:
        """Name an approach, linked to its evidence card; in English its own name stands beside the translation."""
        _, row = cards.find_row(self.corpus, row_id)
        own = Markup('<span lang="zh">{}</span>').format(row["name_zh"])
        name = own if self.language == "zh" else Markup("{} {}").format(row["name_en"], own)
        return self._link(row_id, name, "cite")

    def quote(self, row_id: str) -> Markup:
        """Quote a row's passage, linked to its evidence card."""
        _, row = cards.find_row(self.corpus, row_id)
        return self._link(row_id, Markup('<q lang="zh">{}</q>').format(row["quote"]), "cite")

    def derived(self, text: str, source: str) -> Markup:
        """Write a number that was calculated; `source` names the relation or figure that it follows from."""
        return Markup('<span class="derived" data-source="{}">{}</span>').format(source, text)

    def city(self, place_id: str) -> str:
        """Name a place."""
        return str(self.corpus.places.loc[place_id, f"name_{self.language}"])

    def name(self, table: str, key: str) -> str:
        """Name a row of `measures`, `codebook`, `places` or `approaches`."""
        return str(getattr(self.corpus, table).loc[key, f"name_{self.language}"])

    def grade(self, grade: str) -> Markup:
        """Write a grade of comparability."""
        return Markup('<span class="grade grade-{}">{}</span>').format(grade, self.words[f"grade.{grade}"])

    def verdict(self, verdict: str) -> Markup:
        """Write a verdict of consistency."""
        return Markup('<span class="verdict verdict-{}">{}</span>').format(
            verdict, self.words[f"verdict.{verdict}"]
        )

    def reasons(self, pair: Mapping[str, Any]) -> Markup:
        """Tell why a pair was graded as it was: a sentence for a forbidding reason, a word for another.

        Parameters
        ----------
        pair : mapping
            A row of `compare_figures`.
        """
        a, b = (self.corpus.figures.loc[pair[side]] for side in ("figure_a", "figure_b"))
        told = []
        for name in filter(forbids, pair["reasons"]):
            values = {"a": self._reason_value(name, a), "b": self._reason_value(name, b)}
            told.append(self.words.say(f"reason.{name}", gap=f"{pair['gap_years']:.1f}", **values))
        cautions = [self.words[f"reason_short.{name}"] for name in pair["reasons"] if not forbids(name)]
        if cautions:
            told.append(self.words.say("reason.cautions", cautions=self.join(cautions)))
        return Markup('<ul class="reasons">{}</ul>').format(
            Markup("").join(map(Markup("<li>{}</li>").format, told))
        )

    def join(self, values: Iterable[Any]) -> Markup:
        """Join words, numbers and links into a list."""
        listed = Markup(self.words["page.list"]).join(escape(value) for value in values)
        return listed or escape(self.words["page.nothing"])

    def names(self, row_ids: Iterable[str]) -> Markup:
        """Name approaches, which may hold commas themselves, one after the other."""
        return Markup(self.words["page.names"]).join(map(self.cite, row_ids))

    def marks(self) -> dict[str, str]:
        """Return the legend of `plots.dumbbell_bounds`."""
        return {mark: self.words[f"page.mark_{mark}"] for mark in ("value", "closed", "open", "unbounded")}

    def table(self, frame: pd.DataFrame, caption: str, **values: Any) -> Fragment:
        """Show a frame as a table; the first column heads each row.

        Parameters
        ----------
        frame : DataFrame
            Its column names are keys of `column.*`, or are shown as they are; its index is not shown. Numbers are
            marked as counts, missing values are left empty, text is escaped.
        caption : str
            Key of the caption.
        **values
            What the caption's `{names}` stand for.
        """
        from bs4 import BeautifulSoup

        title = Markup(self.words[caption]).format(**{k: self._value(v, caption) for k, v in values.items()})
        if frame.empty:
            return Fragment('<p class="said">{}: {}</p>').format(title, self.words["page.empty"])
        cells = [
            [self._value(cell, f"{caption}.{column}") for cell in frame[column]] for column in frame.columns
        ]
        shown = pd.DataFrame(dict(enumerate(cells)), dtype=object)
        headings = [
            self.words[f"column.{c}"] if f"column.{c}" in self.words else str(c) for c in frame.columns
        ]
        shown.columns = pd.Index([escape(heading) for heading in headings])
        with pd.option_context("display.max_colwidth", None):
            html = shown.to_html(
                index=False, escape=False, border=0, classes="grid", na_rep="", justify="unset"
            )
        soup = BeautifulSoup(html, "html.parser")
        table = soup.table
        assert table is not None
        for heading in table.find_all("th"):
            heading["scope"] = "col"
        for row in table.select("tbody tr"):
            first = row.find("td")
            if first is not None:
                first.name, first["scope"] = "th", "row"
        table.insert(0, BeautifulSoup(Markup("<caption>{}</caption>").format(title), "html.parser"))
        label = BeautifulSoup(title, "html.parser").get_text()
        return Fragment(
            '<div class="table-scroll" tabindex="0" role="region" aria-label="{}">{}</div>'
        ).format(label, Markup(str(table)))

    def plot(
        self,
        draw: Callable[..., Axes],
        frame: pd.DataFrame,
        caption: str,
        alt: str,
        *,
        axis: str = "",
        **values: Any,
    ) -> Fragment:
        """Show a plot as a picture that carries its letters, with a text that tells what it shows.

        Parameters
        ----------
        draw : callable
            A function of `plots`.
        frame : DataFrame
            What it draws; where that is empty, the page says so instead.
        caption, alt : str
            Keys of the caption and of the text for those who do not see the picture.
        axis : str, optional
            Key of the text below the axis.
        **values
            What the `{names}` of caption and alt stand for.
        """
        from matplotlib.figure import Figure

        from pingan_lib.style import figure_svg

        filled = {name: self._value(value, caption) for name, value in values.items()}
        title = Markup(self.words[caption]).format(**filled)
        if frame.empty:
            return Fragment('<p class="said">{} {}</p>').format(title, self.words["page.not_drawn"])
        figure = draw(frame, xlabel=self.words[axis] if axis else "").figure
        assert isinstance(figure, Figure)
        drawn = base64.b64encode(figure_svg(figure)).decode("ascii")
        told = Markup(self.words[alt]).format(**filled).striptags()
        return Fragment(
            '<figure class="plot"><img src="data:image/svg+xml;base64,{}" alt="{}"><figcaption>{}</figcaption></figure>'
        ).format(drawn, told, title)

    def passage(self, row_id: str) -> Fragment:
        """Show the passage that a row quotes, in its sentence."""
        self._cited.setdefault(row_id)
        return Fragment(cards.passage_html(cards.passage(self.corpus, row_id)))

    def cards(self) -> Fragment:
        """Show an evidence card for every row that the page has cited, in the order of the articles."""
        places = {}
        for row_id in self._cited:
            _, row = cards.find_row(self.corpus, row_id)
            places[row_id] = (list(self.corpus.texts).index(row["article_id"]), int(row["start"]), row_id)
        shown = [
            cards.card(self.corpus, row_id, self.words, rounding=self.rounding)
            for row_id in sorted(places, key=places.__getitem__)
        ]
        return Fragment('<section class="cards">{}</section>').format(Markup("").join(shown))

    def _link(self, row_id: str, text: str | Markup, kind: str) -> Markup:
        self._cited.setdefault(row_id)
        return Markup('<a class="{}" href="#card-{}" data-source="{}">{}</a>').format(
            kind, row_id, row_id, text
        )

    def _value(self, value: Any, source: str) -> Any:
        if isinstance(value, Markup):
            return value
        if isinstance(value, str):
            return escape(value)
        if isinstance(value, tuple | list):
            return self.join(value)
        if value is None or value is pd.NaT or value != value:
            return Markup("")
        text = f"{value:,}" if isinstance(value, int) or float(value).is_integer() else f"{value:,.2f}"
        if isinstance(value, float) and value.is_integer():
            text = f"{value:,.0f}"
        return Markup('<data class="count" data-source="count:{}" value="{}">{}</data>').format(
            source, value, text
        )

    def _reason_value(self, reason: str, figure: pd.Series) -> Any:
        words, language = self.words, self.language
        match reason:
            case "measure":
                return (
                    self.name("measures", figure["measure_id"])
                    if figure["measure_id"]
                    else figure[f"label_{language}"]
                )
            case "counted":
                return figure["counted"] if language == "zh" else figure["label_en"]
            case "level" | "level_counts":
                return words[f"level.{self.corpus.places.loc[figure['place_id'], 'level']}"]
            case "genre":
                return words[f"genre.{self.corpus.articles.loc[figure['article_id'], 'genre']}"]
            case "speaker":
                return words[f"speaker.{figure['attributed_to']}"]
            case "hedged":
                return words[f"hedge.{figure['hedge']}"]
            case "length":
                return cards.period_text(figure, words)
            case "role" | "scope" | "timing":
                return words[f"{reason}.{figure[reason]}"]
        return ""
