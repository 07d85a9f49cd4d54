"""A page in the making: what it says, and its tables and plots with the data that they show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup

from pingan_lib import cards
from pingan_lib.bounds import Bounds
from pingan_lib.corpus import Corpus
from pingan_lib.errors import UsageError
from pingan_lib.numerals import DEFAULT_READING, Reading
from pingan_lib.page.prose import Fragment, Prose, written
from pingan_lib.plots.frames import sources_of
from pingan_lib.plots.readable import readable
from pingan_lib.shared import shared

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_NO_METHODS: Mapping[str, str] = MappingProxyType({})
# What scrolls by itself, by keyboard too.
_REGION = '<div class="{}" tabindex="0" role="region" aria-label="{}">{}</div>'


class Page(Prose):
    """What a notebook says, in one language.

    A page remembers the rows that it cites, and closes with an evidence card for each.

    Parameters
    ----------
    corpus : Corpus
    language : {"en", "zh"}
    reading : Reading, optional
        By which rules numbers were rounded and hedged, for the bounds and verdicts that the page shows.

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

    def __init__(self, corpus: Corpus, language: str, reading: Reading = DEFAULT_READING) -> None:
        super().__init__(corpus, language, reading)
        self._anchors: Counter[str] = Counter()

    def table(
        self,
        frame: pd.DataFrame,
        caption: str,
        *,
        methods: Mapping[str, str] = _NO_METHODS,
        empty: str = "page.empty",
        **values: Any,
    ) -> Fragment:
        """Show a frame as a table; the first column heads each row.

        Parameters
        ----------
        frame : DataFrame
            Its column names are keys of `column.*`, or are shown as they are; its index is not shown. Numbers are
            marked as counts, missing values are left empty, text is escaped.
        caption : str
            Key of the caption.
        methods : mapping of str to str, optional
            For columns of calculated numbers, the method of `words/methods.toml` that each follows.
        empty : str, optional
            Key of what is said where the frame has no row.
        **values
            What the caption's `{names}` stand for.
        """
        title = Markup(self.words[caption]).format(**{k: self.value(v, caption) for k, v in values.items()})
        if frame.empty:
            return Fragment('<p class="said">{}: {}</p>').format(title, self.words[empty])
        cells = [
            [self._cell(cell, f"{caption}.{column}", methods.get(column)) for cell in frame[column]]
            for column in frame.columns
        ]
        rows = [Markup("<tr>{}</tr>").format(_cells(row)) for row in zip(*cells, strict=True)]
        named = Markup(' id="{}"').format(self._anchor("table", caption))
        grid = self._grid(frame, rows, named, Markup("<caption>{}</caption>").format(title))
        return Fragment(_REGION).format("table-scroll", title.striptags(), grid)

    def plot(
        self,
        draw: Callable[..., Axes],
        frame: pd.DataFrame,
        caption: str,
        alt: str,
        *,
        axis: str = "",
        data: pd.DataFrame | str | None = None,
        **values: Any,
    ) -> Fragment:
        """Show a plot whose numbers lead to their sources, with a text that tells what it shows, and with its data.

        Parameters
        ----------
        draw : callable
            A function of `plots`, or another that takes a frame and `xlabel` and returns Axes.
        frame : DataFrame
            What it draws; where that is empty, the page says so instead.
        caption : str
            Key of the caption.
        alt : str
            The finding, for those who do not see the picture: its text (see `tables.alternatives`) or its key.
        axis : str, optional
            Key of the text below the axis.
        data : DataFrame or str, optional
            The table under the figure, columns as for `table`; a column `source` says where the numbers of a row
            come from. Without it, what is drawn, made readable. Or the key of the caption of a table that stands on
            the page and holds the data already.
        **values
            What the `{names}` of caption and alt stand for.

        Raises
        ------
        UsageError
            If there is no text for those who do not see the picture.
        """
        filled = {name: self.value(value, caption) for name, value in values.items()}
        title = Markup(self.words[caption]).format(**filled)
        if frame.empty:
            return Fragment('<p class="said">{} {}</p>').format(title, self.words["page.not_drawn"])
        text = Markup(self.words[alt]).format(**filled).striptags() if alt in self.words else alt.strip()
        if not text:
            raise UsageError(
                f"The figure {caption!r} has no text for those who do not see it. Say in alt what it shows."
            )
        name = self._anchor("figure", caption)
        below = self.words[axis] if axis else ""
        drawn = _drawn(draw, frame, below, f"{name}-mark", f"count:{caption}", text, self.language)
        return Fragment('<figure class="plot" id="{}">{}<figcaption>{}</figcaption>{}</figure>').format(
            name,
            Markup(_REGION).format("plot-scroll", title.striptags(), Markup(drawn)),
            title,
            self._data(readable(frame) if data is None else data, caption, title.striptags()),
        )

    def _data(self, data: pd.DataFrame | str, caption: str, title: str) -> Markup:
        """Write the table of a figure, folded; or a link to the table that holds its data."""
        said = self.words["page.data"]
        if isinstance(data, str):
            name = f"table-{data}".replace(".", "-")
            return Markup('<p class="data"><a href="#{}">{}</a></p>').format(
                name, self.words["page.data_elsewhere"]
            )
        shown = data.drop(columns="source", errors="ignore")
        linked = shown.columns.get_loc("printed" if "printed" in shown.columns else shown.columns[0])
        rows = []
        for source, row in zip(sources_of(data), shown.itertuples(index=False), strict=True):
            cells = [self._plain(value) for value in row]
            of, card = "", str(source).removeprefix("#card-")
            if source is not None:
                of = Markup(' data-source="{}"').format(card)
            if card != str(source):
                cells[linked] = self._link(card, cells[linked], "number")
            rows.append(Markup("<tr{}>{}</tr>").format(of, _cells(cells)))
        named = Markup(' id="{}" data-source="count:{}"').format(self._anchor("data", caption), caption)
        table = Markup(_REGION).format("table-scroll", f"{said}: {title}", self._grid(shown, rows, named))
        return Markup('<details class="data"><summary>{}</summary>{}</details>').format(said, table)

    def _plain(self, value: Any) -> Any:
        """Write a cell of a figure's data, whose numbers have the source of their row or table."""
        if isinstance(value, Bounds):
            return cards.bounds_text(value, self.words)
        if isinstance(value, pd.Timestamp):
            return self.dates(f"{value:%Y-%m-%d}")
        if isinstance(value, str | tuple | list) or value is None or value != value:
            return self.value(value, "")
        return written(value)

    def _grid(
        self, frame: pd.DataFrame, rows: Iterable[Markup], attributes: Markup, caption: str | Markup = ""
    ) -> Markup:
        headings = (
            self.words[f"column.{c}"] if f"column.{c}" in self.words else str(c) for c in frame.columns
        )
        head = Markup("").join(map(Markup('<th scope="col">{}</th>').format, headings))
        return Markup('<table class="grid"{}>{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(
            attributes, caption, head, Markup("\n").join(rows)
        )

    def _anchor(self, kind: str, caption: str) -> str:
        """An id by which others find a table or figure in every run: "table-outcomes-pairs", a second one with -2."""
        name = f"{kind}-{caption}".replace(".", "-")
        self._anchors[name] += 1
        return name if self._anchors[name] == 1 else f"{name}-{self._anchors[name]}"

    def _cell(self, value: Any, source: str, method: str | None) -> Any:
        if method is None or pd.isna(value):
            return self.value(value, source)
        return self.calculated(written(value), method)


@shared
def _drawn(
    draw: Callable[..., Axes],
    frame: pd.DataFrame,
    xlabel: str,
    prefix: str,
    source: str,
    label: str,
    language: str,
) -> str:
    """Draw a figure and write it as a part of a page."""
    from matplotlib.figure import Figure

    from pingan_lib.svg import picture

    figure = draw(frame, xlabel=xlabel).figure
    assert isinstance(figure, Figure)
    return picture(figure, prefix=prefix, source=source, label=label, language=language)


def _cells(values: Iterable[Any]) -> Markup:
    """Write the cells of a row, the first as its heading."""
    first, *others = values
    rest = Markup("").join(map(Markup("<td>{}</td>").format, others))
    return Markup('<th scope="row">{}</th>{}').format(first, rest)
