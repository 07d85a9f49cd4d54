"""A saved article into the project: its text, its original and its row, all of them or none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from pingan_lib.article_files import read_articles
from pingan_lib.errors import CorpusError, PinganError, Problem, UsageError, choices
from pingan_lib.intake.extraction import Source
from pingan_lib.intake.resemblance import comparable, overlap
from pingan_lib.schema import DESCRIPTOR, Table, read_schema
from pingan_lib.table_files import read_raw, write_bytes, write_raw

_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_CODE = re.compile(r"[0-9]{6}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
ALIKE = 0.5  # share of the shorter text's passages that the other has, too: from there on it may be a version of it


class DuplicateError(PinganError):
    """An article that is in the project already."""


@dataclass(frozen=True)
class Twin:
    """An article that a source repeats.

    Attributes
    ----------
    article_id : str
    how : str
        `bytes` (the same file), `text` (the same up to blanks and the width of punctuation) or `alike` (half of the
        shorter one stands in the other).
    held, holds : float
        How much of the source stands in the article, and how much of the article in the source, from 0 to 1.
    """

    article_id: str
    how: str
    held: float = 1.0
    holds: float = 1.0

    def likeness(self) -> str:
        """Say how far the source is the article's text, as a sentence."""
        if self.held == self.holds == 1:
            return f"This is the text of {self.article_id}: every passage of the one stands in the other."
        if self.held == 1:
            return f"All of this text stands in {self.article_id}, which has more."
        if self.holds == 1:
            return f"All of {self.article_id} stands in this text, which has more."
        percent = int(100 * max(self.held, self.holds))
        return (
            f"This text is much like {self.article_id}: {percent} % of the shorter one stands in the other."
        )


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


def find_twin(root: Path, articles: pd.DataFrame, source: Source, *, leave_out: str = "") -> Twin | None:
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
    Twin or None
    """
    sha256 = sha256_of(source.data)
    others = articles[articles["article_id"] != leave_out]
    for article in others.to_dict("records"):
        if sha256 in (article["sha256"], article["original_sha256"]):
            return Twin(article["article_id"], "bytes")
    texts = read_articles(root, others)[0]
    wanted = comparable(source.text)
    for article_id, text in texts.items():
        if comparable(text) == wanted:
            return Twin(article_id, "text")
    alike = (Twin(article_id, "alike", *overlap(source.text, text)) for article_id, text in texts.items())
    near = [twin for twin in alike if max(twin.held, twin.holds) >= ALIKE]
    return max(near, key=lambda twin: (max(twin.held, twin.holds), min(twin.held, twin.holds)), default=None)


def refuse_twin(twin: Twin | None, *, anyway: bool = False) -> None:
    """Raise DuplicateError for what `find_twin` found; one that is only alike passes `anyway`."""
    if twin is None:
        return
    if twin.how == "bytes":
        raise DuplicateError(f"This file is in the project already, as {twin.article_id}.")
    if twin.how == "text":
        raise DuplicateError(
            f"This text is in the project already, as {twin.article_id}, up to blanks and the width of punctuation. "
            f"If it is to take that one's place, give --replace {twin.article_id}."
        )
    if not anyway:
        raise DuplicateError(
            f"{twin.likeness()} A corrected version takes its place with --replace {twin.article_id}; "
            "an article of its own is added with --anyway."
        )


def add_article(
    root: Path,
    source: Source,
    said: Mapping[str, str],
    *,
    place: Mapping[str, str] | None = None,
    parents: Sequence[Mapping[str, str]] = (),
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
    parents : sequence of mapping of str to str, optional
        Rows of places that the new place belongs to and that are not there yet, each with its `place_id`; the widest
        comes first.
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
    refuse_twin(find_twin(root, articles, source), anyway=anyway)
    said = {name: " ".join(cell.splitlines()).strip() for name, cell in said.items()}
    year = said.get("published", "")[:4]
    said["article_id"] = said.get("article_id") or propose_id(articles["article_id"], said["place_id"], year)
    faults = list(row_faults(tables["articles"], said, articles, without=("path", "sha256")))
    if said["place_id"] not in set(places["place_id"]):
        for new in (*parents, {**(place or {}), "place_id": said["place_id"]}):
            faults += row_faults(tables["places"], new, places)
            places = _with_row(places, new)
    elif place or parents:
        faults.append(described_already(said["place_id"]))
    if faults:
        raise UsageError("The article cannot be added: " + "; ".join(dict.fromkeys(faults)) + ".")
    files, cells = new_files(source, said["article_id"])
    for name in files:
        if (root / name).exists():
            raise UsageError(f"{name} exists already, and no row names it. Move it away, or give another id.")
    changed = {"articles": _with_row(articles, {**said, **cells})}
    if places is not rows["places"]:
        changed = {"places": places, **changed}
    write_all(root, files, {tables[name]: frame for name, frame in changed.items()})
    earlier = list(articles.loc[articles["place_id"] == said["place_id"], "article_id"])
    count = "one article" if len(earlier) == 1 else f"{len(earlier)} articles"
    note = f"{said['place_id']} has {count} already: {', '.join(earlier)}. "
    note += "Rows that repeat a fact of theirs name the earlier row in same_as."
    return Added(said["article_id"], said["place_id"], tuple(files), (note,) if earlier else ())


def option_faults(
    tables: Mapping[str, Table], rows: Mapping[str, pd.DataFrame], given: Mapping[str, str]
) -> Iterator[str]:
    """Say what does not fit among cells that a person gave, before the others are known.

    Parameters
    ----------
    tables : dict of str to Table
    rows : dict of str to DataFrame
        The cells of `articles` and `places`.
    given : mapping of str to str
        Cells of a row of `articles`, and of a row of `places`.

    Yields
    ------
    str
        Half a sentence for each; a parent that is no place is none of them, as it can be added.
    """
    article = {column.name for column in tables["articles"].columns}
    own = {name for name in given if name in article}
    yield from row_faults(tables["articles"], given, rows["articles"], without=article - own)
    known = given.get("place_id") in set(rows["places"]["place_id"])
    if known and given.keys() - own:
        yield described_already(given["place_id"])
    elif not known:
        without = {column.name for column in tables["places"].columns} - given.keys() | {"parent_id"}
        yield from row_faults(tables["places"], given, rows["places"], without=without)


def described_already(place_id: str) -> str:
    """Say that a place of the project is not described a second time."""
    return f"{place_id!r} is in data/places.csv already; change it there"


def row_faults(
    table: Table, said: Mapping[str, str], frame: pd.DataFrame, without: Collection[str] = ()
) -> Iterator[str]:
    """Say what is missing or does not fit among the cells of a new row, but for the columns `without`."""
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


def _with_row(frame: pd.DataFrame, cells: Mapping[str, str]) -> pd.DataFrame:
    row = pd.DataFrame([{**dict.fromkeys(frame.columns, ""), **cells}], columns=frame.columns)
    return pd.concat([frame, row], ignore_index=True)


def new_files(source: Source, article_id: str, path: str = "") -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the files of an article by their paths from the project folder, and what its row says of them."""
    path = path or f"seeds/{article_id}.txt"
    text = source.text.encode("utf-8")
    files, cells = {path: text}, {"path": path, "sha256": sha256_of(text), "steps": ";".join(source.steps)}
    if text == source.data:
        return files, {**cells, "original": "", "original_sha256": ""}
    suffix = source.path.suffix.lower()
    if not _SUFFIX.fullmatch(suffix):
        suffix = ".html" if source.is_page else ".txt"
    original = f"seeds/originals/{article_id}{suffix}"
    return {**files, original: source.data}, {
        **cells,
        "original": original,
        "original_sha256": sha256_of(source.data),
    }


def write_all(root: Path, files: Mapping[str, bytes], tables: Mapping[Table, pd.DataFrame]) -> None:
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


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
