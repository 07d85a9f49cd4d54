"""What a warm parent has in memory for the runs of one project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pingan_lib.corpus import Corpus, keep_corpus
from pingan_lib.errors import PinganError

_REMEMBERED = 1000  # figures whose numbers are read beforehand


def warm_up(root: Path) -> Iterator[None]:
    """Load the corpus of a project; then do once what the first figure and the first sentence of a process cost.

    Parameters
    ----------
    root : Path
        The corpus is given to the first `load_corpus` of each child.

    Yields
    ------
    None
        After each step.
    """
    with suppress(PinganError):  # the notebook will say it
        _look_up(keep_corpus(root))
    yield
    _draw_figure()
    yield
    _read_dictionaries()


def _look_up(corpus: Corpus) -> None:
    """Let the corpus remember what nearly every report asks of it."""
    for name in ("fingerprint", "cities", "dimensions", "parents", "shared_labels"):
        getattr(corpus, name)
    for figure_id in corpus.accepted.index[:_REMEMBERED]:
        corpus.bounds(figure_id)


def _read_dictionaries() -> None:
    """The words of pages, and those by which texts are segmented."""
    from pingan_lib.text import segment
    from pingan_lib.words import Words

    Words("en")["page.list"]
    segment("平安建设")


def _draw_figure() -> None:
    """Fonts are found, and the style is read."""
    import pandas as pd

    from pingan_lib.plots import stage_bars
    from pingan_lib.svg import inline_svg

    drawn = stage_bars(pd.DataFrame({"stage": ["output"], "group": ["a"], "count": [1]})).figure
    inline_svg(drawn, prefix="warm", source="count:warm")  # type: ignore[arg-type]
