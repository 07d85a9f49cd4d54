"""Cells as nbconvert writes them in HTML; what the runs of a sweep share is written once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pingan_lib.words import LANGUAGES, Words

if TYPE_CHECKING:
    from nbconvert.exporters import HTMLExporter
    from nbformat import NotebookNode

_TEMPLATES = Path(__file__).parent / "templates"
# papermill marks the cells that it adds to a notebook that failed; the page says so in its own way.
_PAPERMILL_ERROR = "papermill-error-cell-tag"
# What the template writes before each cell: the record separator of ASCII.
_NEXT = "\x1e"
# So many texts are remembered as HTML.
_REMEMBERED = 1024


def left_out(words: Words) -> set[str]:
    """The tags of the cells that a page in this language does not show."""
    return {*LANGUAGES, _PAPERMILL_ERROR} - {words.language}


@lru_cache(maxsize=_REMEMBERED)
def markdown_html(source: str) -> str:
    """Write Markdown as HTML, without links from the headings to themselves."""
    return _markdown_with({}, source)


def _markdown_with(attachments: Mapping[str, Any], source: str) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True, attachments=dict(attachments))
    return str(MarkdownWithMath(renderer).render(source))


def _cell_markdown(cell: Mapping[str, Any]) -> str:
    attachments = cell.get("attachments")
    return _markdown_with(attachments, cell["source"]) if attachments else markdown_html(cell["source"])


@lru_cache(maxsize=_REMEMBERED)
def _highlighted(source: str, language: str | None, magic: str | None) -> str:
    from nbconvert.filters import Highlight2HTML

    metadata = {"magics_language": magic} if magic else {}
    return str(Highlight2HTML(pygments_lexer=language)(source, metadata=metadata))


def rendered(notebook: NotebookNode, words: Words) -> list[str]:
    """The cells of a notebook as the template has them, one by one: what one leaves open is not to swallow the next."""
    from nbconvert.exporters import TemplateExporter

    told = notebook.metadata.get("language_info", {})
    language = told.get("pygments_lexer", told.get("name"))
    exporter = _exporter(words)
    exporter.register_filter(
        "code", lambda cell: _highlighted(cell.source, language, cell.metadata.get("magics_language"))
    )
    # That of HTMLExporter reads what it made with BeautifulSoup once more, which takes longer than all the rest.
    html, _ = TemplateExporter.from_notebook_node(exporter, notebook, resources={"words": words})
    return str(html).split(_NEXT)


@cache
def _exporter(words: Words) -> HTMLExporter:
    from nbconvert.exporters import HTMLExporter
    from traitlets.config import Config

    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = left_out(words)
    # A still picture or a table of a widget rather than the widget, which would need a server.
    config.NbConvertBase.display_data_priority = [
        "text/html",
        "text/markdown",
        "image/svg+xml",
        "image/png",
        "image/jpeg",
        "text/plain",
    ]
    return HTMLExporter(
        config=config,
        # What a cell prints is one text, however many pieces the kernel sent it in.
        preprocessors=["nbconvert.preprocessors.CoalesceStreamsPreprocessor"],
        template_name="report",
        extra_template_basedirs=[str(_TEMPLATES)],
        exclude_raw=True,
        language_code=words.language,
        filters={"anchor": _anchor, "markdown": markdown_html, "cell_markdown": _cell_markdown},
        # Once, after the last preprocessor.
        optimistic_validation=True,
    )


def _anchor(cell: Mapping[str, Any]) -> str:
    """A cell's id without the suffix that names its language; empty in notebooks that have no ids."""
    name = str(cell.get("id", ""))
    for language in LANGUAGES:
        if language in cell["metadata"].get("tags", ()):
            name = name.removesuffix(f"-{language}")
    return name
