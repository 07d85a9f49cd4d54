"""The articles as BibTeX, for a reference manager or a list of sources."""

from __future__ import annotations

import re

import pandas as pd

from pingan_lib.corpus import Corpus

LEFT_OUT = (
    "Left out of BibTeX: the coded rows, and the hash of the text that was coded. An address that is no full URL "
    "stands as it was printed, under howpublished."
)

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "$&#_%"},
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def bibtex(corpus: Corpus) -> str:
    """Write an entry for each article; the keys are the articles' ids.

    Parameters
    ----------
    corpus : Corpus

    Returns
    -------
    str
        UTF-8 text. `@misc`, which BibTeX and biblatex both know; the day is in `date` for biblatex and in `year` and
        `month` for BibTeX. Names and titles have double braces: neither is taken apart or put into lower case.
    """
    return "\n".join(_entry(str(article), row) for article, row in corpus.articles.iterrows())


def _entry(article: str, row: pd.Series) -> str:
    day = row["published"]
    url = re.fullmatch(r"https?://\S+", row["url"])
    note = "; ".join(filter(None, [row["genre"], row["speaker"] and f"speaker: {row['speaker']}"]))
    fields = {
        "author": _braced(row["author"]),
        "title": _braced(row["title"]),
        "organization": _braced(row["publisher"]),
        "date": f"{day:%Y-%m-%d}",
        "year": f"{day:%Y}",
        "howpublished": "" if url else _escaped(row["url"]),
        "url": _percent_encoded(row["url"]) if url else "",
        "language": "zh",
        "note": _escaped(note),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    lines.insert(
        [line.split()[0] for line in lines].index("year") + 1, f"  month = {_MONTHS[day.month - 1]},"
    )
    return "\n".join([f"@misc{{{article},", *lines, "}", ""])


def _braced(text: str) -> str:
    return f"{{{_escaped(text)}}}" if text.strip() else ""


def _escaped(text: str) -> str:
    """One line in which every character stands for itself; a brace would end the field, even behind a backslash."""
    return "".join(_SPECIAL.get(character, character) for character in " ".join(text.split()))


def _percent_encoded(url: str) -> str:
    """An address, which is printed as it stands; what could end the field is encoded."""
    return url.replace("\\", "%5C").replace("{", "%7B").replace("}", "%7D")
