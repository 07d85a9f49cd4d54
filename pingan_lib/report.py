"""An executed notebook as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from markupsafe import Markup

from pingan_lib.cells import Setting, page_cells, page_parts
from pingan_lib.errors import RunError
from pingan_lib.glossary import TERMS, section
from pingan_lib.markup import mark_chinese, page_problems, policy
from pingan_lib.words import LANGUAGES, Words

if TYPE_CHECKING:
    from jinja2 import Environment
    from nbformat import NotebookNode

__all__ = ["LANGUAGES", "page_html", "page_parts", "render_page"]

# Each language by its own name, for the link that leads to it.
_OWN_NAMES = {"en": "English", "zh": "中文"}
_PACKAGE = Path(__file__).parent
_TEMPLATES = _PACKAGE / "templates"
_NOTHING: Mapping[str, str] = MappingProxyType({})


def page_html(
    notebook: NotebookNode,
    *,
    language: str,
    alternates: Mapping[str, str] = _NOTHING,
    home: str | None = None,
    glossary: str | None = None,
    source: str | None = None,
    provenance: Iterable[tuple[str, str]] = (),
    facts: Iterable[tuple[str, str]] = (),
    error: str | None = None,
) -> str:
    """Make one HTML page of an executed notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With its outputs; not changed. One whose run stopped at an error gives a page that says so. The code of its
        parameters is left out, and no cell's count is shown: a notebook that a command ran, and one that was saved
        after its parameters cell was changed, give the same page.
    language : {"en", "zh"}
        Cells tagged with the other language are left out.
    alternates : mapping of str to str
        Language to the relative address of this page in that language.
    home, glossary : str, optional
        Relative addresses of the index page and of the glossary.
    source : str, optional
        Relative address of the executed notebook.
    provenance : iterable of (str, str or Markup)
        What made the page: keys of `words/*.toml` that name it, and what it was.
    facts : iterable of (str, str)
        Further names and values; a date enters the page only so.
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
    cells = page_cells(notebook, words, explained=TERMS, incomplete=failure is not None)
    terms = section(cells.terms, words)
    contents = [
        *cells.contents,
        *([("page-terms", words["glossary.used"])] if terms else []),
        ("page-made", words["report.made"]),
    ]
    return render_page(
        "report.html.j2",
        words,
        title=parts.title,
        alternates=alternates,
        home=home,
        glossary=glossary,
        source=source,
        made=[*((words[key], value) for key, value in provenance), *facts],
        parameters=[(each.name, each.value, *_meaning(each, words)) for each in parts.parameters],
        failure={"text": failure, "anchor": "" if error else parts.error_anchor} if failure else None,
        has_code=cells.has_code,
        contents=contents,
        opening=cells.opening,
        finding=cells.finding,
        text=cells.text,
        terms=terms,
    )


def _meaning(parameter: Setting, words: Words) -> tuple[str, str]:
    """What a parameter is for, and in which language: the comment beside it, or its translation where there is one."""
    english = Words("en")
    for key in (f"parameter.{parameter.name}", f"parameter_too.{parameter.name}"):
        if key in words and english[key] == parameter.help:
            return words[key], words.language
    return parameter.help, "en"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader(_TEMPLATES / "report"), autoescape=True)


@cache
def _style_and_script() -> tuple[Markup, Markup, str]:
    """The style and the script of every page, and the policy that allows them."""
    sheets = (_PACKAGE / "explorer" / "passages.css", _TEMPLATES / "report" / "report.css")
    css = "".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    script = (_TEMPLATES / "report" / "report.js").read_text(encoding="utf-8")
    return Markup(css), Markup(script), policy(css, script)


def render_page(
    template: str,
    words: Words,
    *,
    title: str,
    alternates: Mapping[str, str],
    home: str | None,
    glossary: str | None = None,
    **values: object,
) -> str:
    """Fill a template of a whole page and refuse a page that does not stand on its own.

    Parameters
    ----------
    template : str
        A file of `templates/report` that extends `frame.html.j2`.
    words : Words
        Of the page's language.
    title : str
    alternates : mapping of str to str
        Language to the relative address of this page in that language.
    home, glossary : str or None
        Relative addresses of the index page and of the glossary.
    **values
        What the template names besides.

    Returns
    -------
    str

    Raises
    ------
    RunError
        If the page does not stand on its own; it lists what `pingan_lib.markup.page_problems` found.
    """
    css, script, rules = _style_and_script()
    frame = _environment().get_template(template)
    html = frame.render(
        language=words.language,
        words=words,
        mark=mark_chinese if words.language == "en" else Markup.escape,
        title=title,
        home=home,
        glossary=glossary,
        switches=[(code, name, alternates[code]) for code, name in _OWN_NAMES.items() if code in alternates],
        policy=rules,
        css=css,
        script=script,
        **values,
    )
    problems = page_problems(html)
    if problems:
        head = f"{len(problems)} problem{'' if len(problems) == 1 else 's'} in the page {title!r}"
        raise RunError("\n".join([f"{head} ({words.language})", *(f"  {problem}" for problem in problems)]))
    return html
