"""A saved article into the project: its text, its original and its row, all of them or none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from pingan_lib.article_files import read_articles
from pingan_lib.errors import CorpusError, PinganError, Problem, UsageError, choices
from pingan_lib.intake.extraction import Source
from pingan_lib.intake.requoting import Requoted, requote_rows
from pingan_lib.intake.resemblance import comparable, resemblance
from pingan_lib.schema import DESCRIPTOR, Table, read_schema
from pingan_lib.table_files import read_raw, write_bytes, write_raw

_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CODE = re.compile(r"[0-9]{6}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_ALIKE = 0.5  # share of the shorter text's shingles that the other has, too


class DuplicateError(PinganError):
    """An article that is in the project already."""


@dataclass(frozen=True)
class Added:
    """What was written.

    Attributes
    ----------
    article_id, place_id : str
    files : tuple of str
        From the project folder; the text comes first.
    notes : tuple of str
        What a person should know next, in plain sentences.
    """

    article_id: str
    place_id: str
    files: tuple[str, ...]
    notes: tuple[str, ...]


def read_tables(root: Path, *names: str) -> tuple[dict[str, Table], dict[str, pd.DataFrame]]:
    """Read tables of a project as they are written; faults of their cells do not matter here.

    Parameters
    ----------
    root : Path
        The project folder.
    *names : str
        Which tables; all where none is named.

    Returns
    -------
    tables : dict of str to Table
        All of them.
    rows : dict of str to DataFrame
        Those that were asked for.

    Raises
    ------
    CorpusError
        If the descriptor or a table cannot be read.
    """
    try:
        tables = read_schema((root / "data" / DESCRIPTOR).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"cannot be read ({type(error).__name__}: {error})."
        raise CorpusError([Problem(f"data/{DESCRIPTOR}", None, None, found, "Restore it.")]) from None
    return tables, {name: read_raw(root / "data", tables[name]) for name in names or tables}


def propose_id(taken: pd.Series, place_id: str, year: str) -> str:
    """Return `<place>_<year>`, or the first of `<place>_<year>_2`, `_3` ... that is not taken."""
    proposed = f"{place_id}_{year}"
    further = (f"{proposed}_{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (proposed, *further) if each not in set(taken))


def require_id(given: str) -> None:
    """Raise UsageError for what is no id."""
    if not _ID.fullmatch(given):
        raise UsageError(f"{given!r} is no id: write lower-case words joined by _.")


def is_day(cell: str) -> bool:
    """Whether a cell is a day of the calendar, written as 2023-12-31."""
    try:
        return date.fromisoformat(cell).isoformat() == cell
    except ValueError:
        return False


def find_twin(root: Path, articles: pd.DataFrame, source: Source, *, leave_out: str = "") -> tuple[str, str]:
    """Find the article that a source repeats.

    Parameters
    ----------
    root : Path
        The project folder.
    articles : DataFrame
        The cells of `articles`.
    source : Source
    leave_out : str, optional
        An article that it may repeat.

    Returns
    -------
    article_id, how : str
        Both empty where there is none. `how` is `bytes` (the same file), `text` (the same up to blanks and the width
        of punctuation) or `alike` (half of the one stands in the other).
    """
    sha256 = _sha256(source.data)
    others = articles[articles["article_id"] != leave_out]
    for article in others.to_dict("records"):
        if sha256 in (article["sha256"], article["original_sha256"]):
            return article["article_id"], "bytes"
    texts = read_articles(root, others)[0]
    wanted = comparable(source.text)
    for article_id, text in texts.items():
        if comparable(text) == wanted:
            return article_id, "text"
    nearest = max(texts, key=lambda article_id: resemblance(texts[article_id], source.text), default="")
    return (nearest, "alike") if nearest and resemblance(texts[nearest], source.text) >= _ALIKE else ("", "")


def refuse_twin(twin: str, how: str, *, anyway: bool = False) -> None:
    """Raise DuplicateError for what `find_twin` found; one that is only alike passes `anyway`."""
    if how == "bytes":
        raise DuplicateError(f"This file is in the project already, as {twin}.")
    if how == "text":
        raise DuplicateError(
            f"This text is in the project already, as {twin}, up to blanks and the width of punctuation. "
            f"If it is to take that one's place, give --replace {twin}."
        )
    if how == "alike" and not anyway:
        raise DuplicateError(
            f"This text is much like {twin}: half of the one stands in the other. A corrected version takes its place "
            f"with --replace {twin}; an article of its own is added with --anyway."
        )


def add_article(
    root: Path,
    source: Source,
    said: Mapping[str, str],
    *,
    place: Mapping[str, str] | None = None,
    anyway: bool = False,
) -> Added:
    """Write an article into a project.

    The text goes to `seeds/<article_id>.txt`, the file that it was made from to `seeds/originals/` (where the text is
    not that very file), a row to `data/articles.csv`, and for a new place one to `data/places.csv`. The tables are
    read again just before, and written last; if anything fails or is interrupted, nothing new is left.

    Parameters
    ----------
    root : Path
        The project folder.
    source : Source
        As `extraction.read_source` gives it.
    said : mapping of str to str
        Cells of the row: `place_id`, `title`, `published`, `genre`; also `article_id`, `publisher`, `author`, `url`,
        `speaker`. Without an id one is proposed from place and year.
    place : mapping of str to str, optional
        Cells of the row of a place that is not there yet: `name_zh`, `name_en`, `level`; also `parent_id`,
        `division_code`.
    anyway : bool, optional
        Add a text that is much like another one.

    Returns
    -------
    Added

    Raises
    ------
    DuplicateError
        If the article is there already.
    UsageError
        If a cell is missing or does not fit; it names all.
    CorpusError
        If a table cannot be read.
    """
    tables, rows = read_tables(root, "articles", "places")
    articles, places = rows["articles"], rows["places"]
    refuse_twin(*find_twin(root, articles, source), anyway=anyway)
    said = {name: " ".join(cell.splitlines()).strip() for name, cell in said.items()}
    year = said.get("published", "")[:4]
    said["article_id"] = said.get("article_id") or propose_id(articles["article_id"], said["place_id"], year)
    faults = list(_faults(tables["articles"], said, articles, without=("path", "sha256")))
    if said["place_id"] not in set(places["place_id"]):
        place = {**(place or {}), "place_id": said["place_id"]}
        faults += _faults(tables["places"], place, places)
    elif place:
        faults.append(f"{said['place_id']!r} is in data/places.csv already; change it there")
    if faults:
        raise UsageError("The article cannot be added: " + "; ".join(dict.fromkeys(faults)) + ".")
    files, cells = _new_files(source, said["article_id"])
    for name in files:
        if (root / name).exists():
            raise UsageError(f"{name} exists already, and no row names it. Move it away, or give another id.")
    row = pd.DataFrame([{**dict.fromkeys(articles.columns, ""), **said, **cells}], columns=articles.columns)
    changed = {"articles": pd.concat([articles, row], ignore_index=True)}
    if place:
        line = pd.DataFrame([{**dict.fromkeys(places.columns, ""), **place}], columns=places.columns)
        changed = {"places": pd.concat([places, line], ignore_index=True), **changed}
    _write(root, files, {tables[name]: frame for name, frame in changed.items()})
    earlier = list(articles.loc[articles["place_id"] == said["place_id"], "article_id"])
    count = "one article" if len(earlier) == 1 else f"{len(earlier)} articles"
    note = f"{said['place_id']} has {count} already: {', '.join(earlier)}. "
    note += "Rows that repeat a fact of theirs name the earlier row in same_as."
    return Added(said["article_id"], said["place_id"], tuple(files), (note,) if earlier else ())


def requote_article(root: Path, source: Source, article_id: str) -> list[Requoted]:
    """Say what becomes of every quote of an article if a source takes its place.

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
    list of Requoted
        In the order of the tables.

    Raises
    ------
    UsageError
        If there is no such article, or its text cannot be read.
    """
    tables, rows = read_tables(root)
    _article(rows["articles"], article_id)
    texts = read_articles(root, rows["articles"])[0]
    if article_id not in texts:
        raise UsageError(f"The text of {article_id} cannot be read; `pingan check` says why.")
    old = texts.pop(article_id)
    return requote_rows(tables, rows, article_id, old, source.text, list(texts.values()))


def replace_article(root: Path, source: Source, article_id: str, said: Mapping[str, str]) -> Added:
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

    Returns
    -------
    Added

    Raises
    ------
    DuplicateError
        If it is the same file as before, or another article.
    UsageError
        If there is no such article, or a cell does not fit.
    """
    tables, rows = read_tables(root, "articles")
    articles = rows["articles"]
    article = _article(articles, article_id)
    if _sha256(source.data) in (article["sha256"], article["original_sha256"]):
        raise DuplicateError(f"This is the file that {article_id} was made from: nothing to replace.")
    refuse_twin(*find_twin(root, articles, source, leave_out=article_id), anyway=True)
    row = {**article, **said, "article_id": article_id, "place_id": article["place_id"]}
    if faults := list(_faults(tables["articles"], row, articles[articles["article_id"] != article_id])):
        raise UsageError("The article cannot be replaced: " + "; ".join(faults) + ".")
    named = [name for name in (article["path"], article["original"]) if name]
    texts, inside = read_articles(root, articles)[0], root.resolve()
    if article_id not in texts or not all((root / name).resolve().is_relative_to(inside) for name in named):
        raise UsageError(f"The files of {article_id} cannot be read; `pingan check` says why.")
    if (articles["path"] == article["path"]).sum() > 1:
        raise UsageError(f"{article['path']} is the text of two articles. Give each a file of its own.")
    mark = _sha256(texts[article_id].encode("utf-8"))[:8]
    line = pd.DataFrame([article], columns=articles.columns).to_csv(index=False, lineterminator="\n")
    kept = {_kept(Path(name), mark): (root / name).read_bytes() for name in named if (root / name).is_file()}
    kept[f"seeds/replaced/{article_id}_{mark}.csv"] = line.encode("utf-8")
    files, cells = _new_files(source, article_id, article["path"])
    changed = articles.copy()
    for column, cell in {**said, **cells}.items():
        changed.loc[changed["article_id"] == article_id, column] = cell
    _write(root, {**kept, **files}, {tables["articles"]: changed})
    for name in set(named) - set(files):
        (root / name).unlink(missing_ok=True)
    note = f"The old version is kept: {', '.join(kept)}."
    return Added(article_id, article["place_id"], tuple(files), (note,))


def _faults(
    table: Table, said: Mapping[str, str], frame: pd.DataFrame, without: tuple[str, ...] = ()
) -> Iterator[str]:
    """What is missing or does not fit among the cells of a new row."""
    for column in table.columns:
        cell = said.get(column.name, "")
        if column.name in without:
            continue
        if not cell:
            if column.required:
                yield f"{column.name} is missing"
        elif column.codes and cell not in column.codes:
            yield choices(column.name, cell, column.codes).rstrip(".")
        elif column.name in table.key and not _ID.fullmatch(cell):
            yield f"{cell!r} is no id: write lower-case words joined by _"
        elif column.name in table.key and cell in set(frame[column.name]):
            yield f"the {column.name} {cell!r} is there already"
        elif column.type == "date" and not is_day(cell):
            yield f"{cell!r} is no day such as 2023-12-31"
        elif column.name == "division_code" and not _CODE.fullmatch(cell):
            yield f"{cell!r} is no division code of six digits"
        elif column.name == "parent_id" and cell not in set(frame["place_id"]):
            yield choices("place", cell, list(frame["place_id"])).rstrip(".")


def _new_files(source: Source, article_id: str, path: str = "") -> tuple[dict[str, bytes], dict[str, str]]:
    """The files of an article by their paths from the project folder, and what its row says of them."""
    path = path or f"seeds/{article_id}.txt"
    text = source.text.encode("utf-8")
    files, cells = {path: text}, {"path": path, "sha256": _sha256(text), "steps": ";".join(source.steps)}
    if text == source.data:
        return files, {**cells, "original": "", "original_sha256": ""}
    suffix = source.path.suffix.lower()
    if not _SUFFIX.fullmatch(suffix):
        suffix = ".html" if source.is_page else ".txt"
    original = f"seeds/originals/{article_id}{suffix}"
    return {**files, original: source.data}, {
        **cells,
        "original": original,
        "original_sha256": _sha256(source.data),
    }


def _kept(path: Path, mark: str) -> str:
    folder = "seeds/replaced/originals" if path.parent.name == "originals" else "seeds/replaced"
    return f"{folder}/{path.stem}_{mark}{path.suffix}"


def _write(root: Path, files: Mapping[str, bytes], tables: Mapping[Table, pd.DataFrame]) -> None:
    """Write files, then tables; put everything back as it was if that fails or is interrupted."""
    places = [root / name for name in files] + [root / "data" / table.file for table in tables]
    before = {place: place.read_bytes() if place.exists() else None for place in places}
    folders = [
        folder for place in places for folder in (place.parent.parent, place.parent) if not folder.exists()
    ]
    try:
        for name, content in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            write_bytes(root / name, content)
        for table, frame in tables.items():
            write_raw(root / "data", table, frame)
    except BaseException as error:
        for place, earlier in before.items():
            if earlier is None and place.exists():
                place.unlink()
            elif earlier is not None and place.read_bytes() != earlier:
                write_bytes(place, earlier)
        for folder in filter(Path.exists, reversed(folders)):
            folder.rmdir()
        if isinstance(error, OSError):
            raise UsageError(f"Cannot write into {root}: {error.strerror or error}.") from error
        raise


def _article(articles: pd.DataFrame, article_id: str) -> dict[str, str]:
    rows = articles[articles["article_id"] == article_id].to_dict("records")
    if not rows:
        raise UsageError(choices("article", article_id, list(articles["article_id"])))
    if len(rows) > 1:
        raise UsageError(
            f"{article_id} is the id of {len(rows)} rows of data/articles.csv. Rename all but one."
        )
    return {str(column): str(cell) for column, cell in rows[0].items()}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
