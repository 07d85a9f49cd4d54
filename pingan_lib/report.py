"""An executed notebook as one HTML file that needs nothing else, and the index page of a folder of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from markupsafe import Markup

from pingan_lib.cells import page_cells, page_parts
from pingan_lib.errors import RunError
from pingan_lib.markup import mark_chinese, page_problems, policy
from pingan_lib.words import LANGUAGES, Words

if TYPE_CHECKING:
    from jinja2 import Environment
    from nbformat import NotebookNode

__all__ = ["LANGUAGES", "Compared", "Entry", "index_html", "page_html", "page_parts"]

# Each language by its own name, for the link that leads to it.
_OWN_NAMES = {"en": "English", "zh": "中文"}
_TEMPLATES = Path(__file__).parent / "templates"
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Entry:
    """A report on the index page.

    Attributes
    ----------
    title, question : str
    page, notebook : str or None
        Addresses relative to the index; None where there is no such file.
    error : str or None
        What stopped the run, None for a report that is complete.
    """

    title: str
    question: str
    page: str | None
    notebook: str | None
    error: str | None = None


@dataclass(frozen=True)
class Compared:
    """An article on the index page.

    Attributes
    ----------
    place : str
        The city's name in the language of the page.
    title, publisher : str
        As printed; Chinese.
    published : str
        ISO 8601 date; may be empty.
    """

    place: str
    title: str
    publisher: str
    published: str


def page_html(
    notebook: NotebookNode,
    *,
    language: str,
    alternates: Mapping[str, str] = _NOTHING,
    home: str | None = None,
    source: str | None = None,
    facts: Iterable[tuple[str, str]] = (),
    error: str | None = None,
) -> str:
    """Make one HTML page of an executed notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With its outputs; not changed. One whose run stopped at an error gives a page that says so.
    language : {"en", "zh"}
        Cells tagged with the other language are left out.
    alternates : mapping of str to str
        Language to the relative address of this page in that language.
    home : str, optional
        Relative address of the index page.
    source : str, optional
        Relative address of the executed notebook.
    facts : iterable of (str, str)
        Names and values for the section that says how the page was made; a date enters the page only so.
    error : str, optional
        What stopped the run, where the notebook cannot know it: a kernel that died.

    Returns
    -------
    str
        UTF-8 text, the same for the same arguments.

    Raises
    ------
    UsageError
        If `language` is not one of the two.
    RunError
        If the page does not stand on its own; it lists what `pingan_lib.markup.page_problems` found.
    """
    words = Words(language)
    parts = page_parts(notebook, language)
    failure = error or parts.error
    cells = page_cells(notebook, words, incomplete=failure is not None)
    return _page(
        "report.html.j2",
        words,
        title=parts.title,
        alternates=alternates,
        home=home,
        source=source,
        facts=list(facts),
        parameters=parts.parameters,
        failure={"text": failure, "anchor": "" if error else parts.error_anchor} if failure else None,
        has_code=cells.has_code,
        contents=[*cells.contents, ("page-made", words["report.made"])],
        opening=cells.opening,
        text=cells.text,
    )


def index_html(
    entries: Iterable[Entry],
    *,
    language: str,
    articles: Iterable[Compared] = (),
    title: str | None = None,
    alternates: Mapping[str, str] = _NOTHING,
    facts: Iterable[tuple[str, str]] = (),
) -> str:
    """Make the index page of a folder of reports.

    Parameters
    ----------
    entries : iterable of Entry
        In the order in which they should be read.
    language : {"en", "zh"}
    articles : iterable of Compared
        The articles that were compared.
    title : str, optional
        The page's first heading.
    alternates : mapping of str to str
        Language to the relative address of this page in that language.
    facts : iterable of (str, str)
        Names and values for the section that says how the folder was made.

    Returns
    -------
    str
        UTF-8 text, the same for the same arguments.

    Raises
    ------
    UsageError
        If `language` is not one of the two.
    RunError
        If the page does not stand on its own.
    """
    words = Words(language)
    listed = list(entries)
    return _page(
        "folder.html.j2",
        words,
        title=title or words["report.folder_title"],
        alternates=alternates,
        home=None,
        entries=listed,
        failed=sum(entry.error is not None for entry in listed),
        articles=list(articles),
        facts=list(facts),
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader(_TEMPLATES / "report"), autoescape=True)


def _page(
    template: str,
    words: Words,
    *,
    title: str,
    alternates: Mapping[str, str],
    home: str | None,
    **values: object,
) -> str:
    """Fill a template of a whole page and refuse a page that does not stand on its own."""
    css = (_TEMPLATES / "report" / "report.css").read_text(encoding="utf-8")
    script = (_TEMPLATES / "report" / "report.js").read_text(encoding="utf-8")
    frame = _environment().get_template(template)
    html = frame.render(
        language=words.language,
        words=words,
        mark=mark_chinese if words.language == "en" else Markup.escape,
        title=title,
        home=home,
        switches=[(code, name, alternates[code]) for code, name in _OWN_NAMES.items() if code in alternates],
        policy=policy(css, script),
        css=Markup(css),
        script=Markup(script),
        **values,
    )
    problems = page_problems(html)
    if problems:
        head = f"{len(problems)} problem{'' if len(problems) == 1 else 's'} in the page {title!r}"
        raise RunError("\n".join([f"{head} ({words.language})", *(f"  {problem}" for problem in problems)]))
    return html
