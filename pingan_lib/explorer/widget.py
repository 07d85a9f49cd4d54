"""The explorer of a corpus: a widget whose state Python sees and sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import anywidget
import pandas as pd
import traitlets

from pingan_lib import cards
from pingan_lib.corpus import Corpus
from pingan_lib.errors import UsageError, choices
from pingan_lib.explorer.contents import COLOURS, KINDS, read_contents
from pingan_lib.explorer.still import STYLE, still_html
from pingan_lib.words import Words

_HERE = Path(__file__).parent
NO_FILTER: Mapping[str, Any] = MappingProxyType({"dimension": "", "stage": "", "kinds": KINDS, "search": ""})


class Explorer(anywidget.AnyWidget):
    """Articles side by side, with the passages that are coded in them and the evidence for each.

    In JupyterLab it is a widget; a saved page, and any place without widgets, shows `still()` instead.

    Parameters
    ----------
    corpus : Corpus
    language : {"en", "zh"}, optional
    cities : sequence of str, optional
        The cities whose articles are offered, by their ids; all of the corpus if left out. It opens with the first
        article of each of the first two.
    address : callable, optional
        Gives the address of a row's evidence card for the still version, as `Page.address` does; without it the still
        version brings its own cards.

    Attributes
    ----------
    selected : str
        Id of the figure, approach or statement whose card is open; empty where none is.
    shown : list of str
        Ids of the articles that are open, from left to right.
    colour_by : {"dimension", "stage"}
    filters : dict
        `dimension` and `stage` (an id, or empty for all), `kinds` (of `approaches`, `figures`, `statements`) and
        `search`; what is left out when it is set is not filtered.

    Raises
    ------
    UsageError
        If there is no such language or city; later, if one of the attributes is set to what is not there.

    Examples
    --------
    >>> explorer = Explorer(load_corpus())  # doctest: +SKIP
    >>> explorer.selected = "kl_settlement_rate"  # doctest: +SKIP
    >>> explorer.filters = {"kinds": ["figures"], "stage": "outcome"}  # doctest: +SKIP
    """

    _esm = _HERE / "explorer.js"
    _css = STYLE + (_HERE / "explorer.css").read_text(encoding="utf-8")

    data = traitlets.Dict(read_only=True).tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    shown = traitlets.List(traitlets.Unicode()).tag(sync=True)
    colour_by = traitlets.Unicode("dimension").tag(sync=True)
    filters = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        corpus: Corpus,
        language: str = "en",
        cities: Sequence[str] | None = None,
        *,
        address: Callable[[str], str] | None = None,
    ) -> None:
        self._corpus, self._words, self._address = corpus, Words(language), address
        offered = list(corpus.cities.index if cities is None else dict.fromkeys(cities))
        corpus.require_cities(*offered)
        if not offered:
            raise UsageError("There is no coded article to explore.")
        self._contents = read_contents(corpus, self._words, offered)
        first = corpus.articles.loc[list(self._contents.articles)].drop_duplicates("place_id").index[:2]
        super().__init__(shown=list(first), filters=dict(NO_FILTER))

    @property
    def selected_row(self) -> pd.Series | None:
        """The selected row as it stands in its table; None where none is selected."""
        return cards.find_row(self._corpus, self.selected)[1] if self.selected else None

    def still(self) -> str:
        """Return the open articles with their coded passages marked, as HTML that needs no script.

        Each passage leads to its evidence card. Filters and the selection leave no trace in it.
        """
        return str(
            still_html(self._contents, self.shown, self.colour_by, self._corpus, self._words, self._address)
        )

    def __repr__(self) -> str:
        cities = ", ".join(dict.fromkeys(article.city for article in self._contents.articles.values()))
        return (
            f"<Explorer: {cities}; {len(self._contents.articles)} articles, {len(self._contents.rows)} rows>"
        )

    def _ipython_display_(self) -> None:
        """Show the widget and, as an output of its own, the still version, which the widget's style hides.

        In one output JupyterLab would show an error in a saved notebook that was opened and not run again.
        """
        from IPython.display import display

        view, _ = super()._repr_mimebundle_() or ({}, {})
        display({**view, "text/html": ""}, raw=True)
        display({"text/plain": repr(self), "text/html": self.still()}, raw=True)

    @traitlets.default("data")
    def _first_data(self) -> dict[str, Any]:
        return self._contents.data(self._corpus, self._words)

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> str:
        return _known("row", proposal["value"], ("", *self._contents.rows))

    @traitlets.validate("shown")
    def _check_shown(self, proposal: Any) -> list[str]:
        shown = [_known("article", name, tuple(self._contents.articles)) for name in proposal["value"]]
        if not 1 <= len(shown) <= 2 or len(set(shown)) < len(shown):
            raise UsageError(f"An explorer shows one article or two different ones, not {shown}.")
        return shown

    @traitlets.validate("colour_by")
    def _check_colour(self, proposal: Any) -> str:
        return _known("colouring", proposal["value"], COLOURS)

    @traitlets.validate("filters")
    def _check_filters(self, proposal: Any) -> dict[str, Any]:
        for name in proposal["value"]:
            _known("filter", name, tuple(NO_FILTER))
        filters = {**NO_FILTER, **proposal["value"]}
        for by in COLOURS:
            _known(by, filters[by], ("", *(code.id for code in self._contents.codes[by] if code.id)))
        filters["kinds"] = [
            kind for kind in KINDS if kind in [_known("kind", k, KINDS) for k in filters["kinds"]]
        ]
        return filters


def _known(what: str, given: str, valid: Sequence[str]) -> str:
    if given not in valid:
        raise UsageError(choices(what, given, [name for name in valid if name]))
    return given
