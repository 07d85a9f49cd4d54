"""A corrected version in the place of an article: what becomes of its quotes, and what is new in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from pingan_lib.article_files import read_articles
from pingan_lib.errors import PinganError, UsageError, choices
from pingan_lib.intake.articles import (
    ALIKE,
    Added,
    DuplicateError,
    find_twin,
    new_files,
    read_tables,
    refuse_twin,
    row_faults,
    sha256_of,
    write_all,
)
from pingan_lib.intake.extraction import Source
from pingan_lib.intake.requoting import CHANGED, VANISHED, Requoted, requote_rows
from pingan_lib.intake.resemblance import comparable, resemblance
from pingan_lib.text import sentences as sentence_offsets


class UnlikeError(PinganError):
    """A text that is no version of the article whose place it should take."""


@dataclass(frozen=True)
class Revision:
    """What a new version changes.

    Attributes
    ----------
    article_id : str
    quotes : tuple of Requoted
        What becomes of every quote, in the order of the tables.
    resemblance : float
        How much of the shorter version stands in the other, from 0 to 1.
    sentences : int
        Of the new version.
    new, reworded : tuple of str
        Its sentences that are not in the old one; a reworded one has a close match there (`difflib`'s 0.6).
    paragraphs : int
        In how many paragraphs these stand.
    coders : tuple of str
        Who read the old version, as `coders` has it.
    """

    article_id: str
    quotes: tuple[Requoted, ...]
    resemblance: float
    sentences: int
    new: tuple[str, ...]
    reworded: tuple[str, ...]
    paragraphs: int
    coders: tuple[str, ...]


def compare_versions(root: Path, source: Source, article_id: str) -> Revision:
    """Say what changes if a source takes the place of an article.

    The quotes are those of all tables that name the article, the names of approaches, and the examples of the
    codebook that stand in this article alone.

    Parameters
    ----------
    root : Path
        The project folder.
    source : Source
    article_id : str

    Returns
    -------
    Revision

    Raises
    ------
    DuplicateError
        If it is the same file as before, or another article.
    UsageError
        If there is no such article, or its text cannot be read.
    """
    tables, rows = read_tables(root)
    article = _article(rows["articles"], article_id)
    if sha256_of(source.data) in (article["sha256"], article["original_sha256"]):
        raise DuplicateError(f"This is the file that {article_id} was made from: nothing to replace.")
    refuse_twin(find_twin(root, rows["articles"], source, leave_out=article_id), anyway=True)
    texts = read_articles(root, rows["articles"])[0]
    if article_id not in texts:
        raise UsageError(f"The text of {article_id} cannot be read; `pingan check` says why.")
    old, new = texts.pop(article_id), source.text
    quotes = requote_rows(tables, rows, article_id, old, new, list(texts.values()))
    had = [comparable(sentence) for sentence in _sentences(old)]
    fresh = [
        [sentence for sentence in _sentences(paragraph) if comparable(sentence) not in had]
        for paragraph in new.split("\n")
    ]
    changed = [sentence for paragraph in fresh for sentence in paragraph]
    reworded = [sentence for sentence in changed if get_close_matches(comparable(sentence), had, n=1)]
    coders = rows["coders"] if "coders" in rows else pd.DataFrame(columns=["coder_id", "article_id"])
    return Revision(
        article_id,
        tuple(quotes),
        resemblance(old, new),
        len(_sentences(new)),
        tuple(sentence for sentence in changed if sentence not in reworded),
        tuple(reworded),
        sum(map(bool, fresh)),
        tuple(coders.loc[coders["article_id"] == article_id, "coder_id"]),
    )


def refuse_unlike(revision: Revision, *, anyway: bool = False) -> None:
    """Raise UnlikeError where less than half of the shorter version stands in the other, unless `anyway`."""
    if anyway or revision.resemblance >= ALIKE:
        return
    lost = sum(each.outcome.kind in (CHANGED, VANISHED) for each in revision.quotes)
    raise UnlikeError(
        f"This text does not look like a version of {revision.article_id}: only {int(100 * revision.resemblance)} % "
        f"of the shorter one stands in the other, and {lost} of {len(revision.quotes)} quotes would be lost. "
        "An article of its own is added without --replace; if it is to take that one's place, give --anyway."
    )


def replace_article(
    root: Path, source: Source, article_id: str, said: Mapping[str, str], *, anyway: bool = False
) -> Added:
    """Put a corrected version in the place of an article.

    Its row gets the new hashes and steps, and of the other cells those that are said; no other row changes. What was
    there is kept in `seeds/replaced/`: the text, the original, and the row as a table of one line.

    Parameters
    ----------
    root : Path
        The project folder.
    source : Source
    article_id : str
    said : mapping of str to str
        Cells of the row to change; may be empty.
    anyway : bool, optional
        Take a text that is not much like the old one.

    Returns
    -------
    Added

    Raises
    ------
    DuplicateError
        If it is the same file as before, or another article.
    UnlikeError
        If less than half of the shorter version stands in the other.
    UsageError
        If there is no such article, or a cell does not fit.
    """
    tables, rows = read_tables(root, "articles")
    articles = rows["articles"]
    article = _article(articles, article_id)
    refuse_unlike(compare_versions(root, source, article_id), anyway=anyway)
    row = {**article, **said, "article_id": article_id, "place_id": article["place_id"]}
    if faults := list(row_faults(tables["articles"], row, articles[articles["article_id"] != article_id])):
        raise UsageError("The article cannot be replaced: " + "; ".join(faults) + ".")
    named = [name for name in (article["path"], article["original"]) if name]
    texts, inside = read_articles(root, articles)[0], root.resolve()
    if article_id not in texts or not all((root / name).resolve().is_relative_to(inside) for name in named):
        raise UsageError(f"The files of {article_id} cannot be read; `pingan check` says why.")
    if (articles["path"] == article["path"]).sum() > 1:
        raise UsageError(f"{article['path']} is the text of two articles. Give each a file of its own.")
    mark = sha256_of(texts[article_id].encode("utf-8"))[:8]
    line = pd.DataFrame([article], columns=articles.columns).to_csv(index=False, lineterminator="\n")
    kept = {_kept(Path(name), mark): (root / name).read_bytes() for name in named if (root / name).is_file()}
    kept[f"seeds/replaced/{article_id}_{mark}.csv"] = line.encode("utf-8")
    files, cells = new_files(source, article_id, article["path"])
    changed = articles.copy()
    for column, cell in {**said, **cells}.items():
        changed.loc[changed["article_id"] == article_id, column] = cell
    write_all(root, {**kept, **files}, {tables["articles"]: changed})
    for name in set(named) - set(files):
        (root / name).unlink(missing_ok=True)
    note = f"The old version is kept: {', '.join(kept)}."
    return Added(article_id, article["place_id"], tuple(files), (note,))


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_offsets(text)]


def _kept(path: Path, mark: str) -> str:
    folder = "seeds/replaced/originals" if path.parent.name == "originals" else "seeds/replaced"
    return f"{folder}/{path.stem}_{mark}{path.suffix}"


def _article(articles: pd.DataFrame, article_id: str) -> dict[str, str]:
    rows = articles[articles["article_id"] == article_id].to_dict("records")
    if not rows:
        raise UsageError(choices("article", article_id, list(articles["article_id"])))
    if len(rows) > 1:
        raise UsageError(
            f"{article_id} is the id of {len(rows)} rows of data/articles.csv. Rename all but one."
        )
    return {str(column): str(cell) for column, cell in rows[0].items()}
