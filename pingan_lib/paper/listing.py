"""What goes with the files of a paper: a list of them, a text that explains them, and a document that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from pingan_lib.paper.tables import latex_text
from pingan_lib.words import LANGUAGES, Words


@dataclass(frozen=True)
class Exported:
    """A figure or table of the folder.

    Attributes
    ----------
    number : int
        Counted by kind and language, over all pages.
    kind : {"figure", "table"}
    language : {"en", "zh"}
    caption : str
    page, anchor : str
        Address of the page from the folder, and of the place on it.
    label : str
        For references in LaTeX.
    files : dict of str to bytes
        Paths from the folder, with slashes, and what they hold.
    """

    number: int
    kind: str
    language: str
    caption: str
    page: str
    anchor: str
    label: str
    files: dict[str, bytes]

    def file(self, ending: str) -> str:
        """The path of the file with this ending; empty where there is none."""
        return next((name for name in self.files if name.endswith(f".{ending}")), "")


def contents_csv(exported: Iterable[Exported]) -> bytes:
    """List figures and tables, a row each: UTF-8 with a byte order mark, several files with ``;`` between."""
    rows = [{**vars(each), "files": ";".join(each.files)} for each in exported]
    columns = ["number", "kind", "language", "caption", "page", "anchor", "label", "files"]
    text: str = pd.DataFrame(rows, columns=columns).to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8-sig")


def readme(exported: Sequence[Exported]) -> str:
    """Say in plain words what the files are and how to use them, in each language that they have."""
    printed = any(each.file("pdf") for each in exported)
    parts = []
    for language in _languages(exported) or LANGUAGES:
        words = Words(language)
        figures = words["paper.figures_pdf" if printed else "paper.figures_svg"]
        parts.append(words.say("paper.readme", figures=figures, language=language).strip())
    return "\n\n\n".join(parts) + "\n"


def samples(exported: Sequence[Exported], articles: Iterable[str]) -> dict[str, str]:
    """Write a LaTeX document that shows everything, for each language that there is.

    Parameters
    ----------
    exported : sequence of Exported
    articles : iterable of str
        Keys of `articles.bib`.

    Returns
    -------
    dict of str to str
        "sample.en.tex" to its text, for XeLaTeX or LuaLaTeX.
    """
    cited = ",".join(articles)
    return {
        f"sample.{language}.tex": _sample(
            [each for each in exported if each.language == language], cited, Words(language)
        )
        for language in _languages(exported)
    }


def _languages(exported: Sequence[Exported]) -> list[str]:
    return [language for language in LANGUAGES if any(each.language == language for each in exported)]


def _sample(exported: Iterable[Exported], cited: str, words: Words) -> str:
    kind = {
        "en": ["\\documentclass[a4paper]{article}", "\\usepackage[scheme=plain]{ctex}"],
        "zh": ["\\documentclass[a4paper]{ctexart}"],
    }
    lines = [
        f"% {words['paper.sample']}",
        *kind[words.language],
        r"\usepackage[margin=22mm]{geometry}",
        r"\usepackage{array,booktabs,graphicx,longtable,textcomp}",
        r"\begin{document}",
        *[line for each in exported for line in (*_shown(each, words), r"\clearpage")],
        rf"\nocite{{{cited}}}",
        r"\bibliographystyle{plain}",
        r"\bibliography{articles}",
        r"\end{document}",
    ]
    return "\n".join(lines) + "\n"


def _shown(each: Exported, words: Words) -> list[str]:
    if each.kind == "table":
        return [rf"\input{{{each.file('tex')}}}"]
    if not each.file("pdf"):
        return [f"% {words.say('paper.convert', file=each.file('svg'))}"]
    return [
        r"\begin{figure}[htbp]",
        r"\centering",
        rf"\includegraphics[width=\linewidth,height=.85\textheight,keepaspectratio]{{{each.file('pdf')}}}",
        rf"\caption{{{latex_text(each.caption, words.language)}}}\label{{{each.label}}}",
        r"\end{figure}",
    ]
