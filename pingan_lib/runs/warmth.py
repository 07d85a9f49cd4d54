"""What a warm parent has in memory for the runs of one project."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pingan_lib.corpus import keep_corpus
from pingan_lib.errors import PinganError
from pingan_lib.words import LANGUAGES, Words


def warm_up(root: Path, often: Sequence[Path] = ()) -> None:
    """Load the corpus of a project, and do once what the first page and the first figure of a process cost.

    Parameters
    ----------
    root : Path
        The corpus is given to the first `load_corpus` of each child.
    often : sequence of Path
        Notebooks that are run so often that their code and prose are worth being written as HTML beforehand.
    """
    with suppress(PinganError):  # the notebook will say it
        keep_corpus(root)
    _make_page()
    _draw_figure()
    for path in often:
        _write_cells(path)


def _make_page() -> None:
    """Templates are compiled, highlighters and words are read."""
    from nbformat import v4

    from pingan_lib.report import page_html

    shown = v4.new_output("display_data", data={"text/html": "<table><tr><td>1</td></tr></table>"})
    cells = [
        v4.new_markdown_cell("# A page\n\nWhy?"),
        v4.new_code_cell("1", outputs=[shown], execution_count=1),
    ]
    notebook = v4.new_notebook(cells=cells, metadata={"language_info": {"name": "ipython3"}})
    for language in LANGUAGES:
        page_html(notebook, language=language)


def _draw_figure() -> None:
    """Fonts are found, and the style is read."""
    import pandas as pd

    from pingan_lib.plots import stage_bars
    from pingan_lib.svg import inline_svg

    drawn = stage_bars(pd.DataFrame({"stage": ["output"], "group": ["a"], "count": [1]})).figure
    inline_svg(drawn, prefix="warm", source="count:warm")  # type: ignore[arg-type]


def _write_cells(path: Path) -> None:
    """Code and prose are remembered as HTML."""
    import nbformat

    from pingan_lib.rendering import rendered

    with suppress(OSError, ValueError):  # the run will say it
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata["language_info"] = {"name": "ipython", "pygments_lexer": "ipython3"}
        for language in LANGUAGES:
            rendered(notebook, Words(language))
