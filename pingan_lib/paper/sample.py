"""A LaTeX document that shows every figure and table of the folder, to compile or to copy from."""

from __future__ import annotations

from collections.abc import Iterable

from pingan_lib.paper.tables import latex_text
from pingan_lib.words import Words


def sample(
    shown: Iterable[tuple[str, str, str, tuple[str, ...]]], articles: Iterable[str], words: Words
) -> str:
    """Write a document for XeLaTeX or LuaLaTeX.

    Parameters
    ----------
    shown : iterable of (kind, caption, label, files)
    articles : iterable of str
        Keys of `articles.bib`.
    words : Words

    Returns
    -------
    str
    """
    chinese = words.language == "zh"
    lines = [
        f"% {words['paper.sample']}",
        r"\documentclass[a4paper]{ctexart}" if chinese else r"\documentclass[a4paper]{article}",
        *([] if chinese else [r"\usepackage[scheme=plain]{ctex}"]),
        r"\usepackage[margin=22mm]{geometry}",
        r"\usepackage{amsmath,array,booktabs,graphicx,longtable,textcomp}",
        r"\begin{document}",
    ]
    for kind, caption, label, files in shown:
        by_ending = {name.rpartition(".")[2]: name for name in files}
        if kind == "table":
            lines.append(rf"\input{{{by_ending['tex']}}}")
        elif "pdf" in by_ending:
            lines += [
                r"\begin{figure}[htbp]",
                r"\centering",
                rf"\includegraphics[width=\linewidth,height=.85\textheight,keepaspectratio]{{{by_ending['pdf']}}}",
                rf"\caption{{{latex_text(caption, words.language)}}}\label{{{label}}}",
                r"\end{figure}",
            ]
        else:
            lines.append(f"% {words.say('paper.convert', file=by_ending['svg'])}")
        lines.append(r"\clearpage")
    lines += [
        rf"\nocite{{{','.join(articles)}}}",
        r"\bibliographystyle{plain}",
        r"\bibliography{articles}",
        r"\end{document}",
        "",
    ]
    return "\n".join(lines)
