"""What a project file marks in which article: its selections with rows, codes and coders of this project."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pingan_lib import evidence
from pingan_lib.exchange.refi.cards import (
    KINDS,
    TABLES,
    Base,
    Card,
    RefiError,
    begins_as_card,
    fingerprint,
    guid,
    lf,
    read_card,
)
from pingan_lib.exchange.refi.codes import Row, rows_of
from pingan_lib.exchange.refi.file import ProjectFile, Selection, Source
from pingan_lib.exchange.refi.places import settle_counting

_CODE_KINDS = ("row", "dimension", "measure", "kind")
_WORD = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


class Ref(NamedTuple):
    """A row: its table and id."""

    table: str
    id: str


class Mark(NamedTuple):
    """A code that a person gave: `kind` and `id` say what it stands for; `kind` is empty for a code of another's."""

    kind: str
    id: str
    coder: str
    day: str


class Passage(NamedTuple):
    """A selection.

    Attributes
    ----------
    article : str
    start, end : int
        Offsets in the article with line feeds, in code points.
    row : Ref or None
        The row that its comment or guid names.
    own : bool
        Whether it is the row's own selection, not only somebody's codings of it.
    card : Card or None
        What its comment says of the row.
    remark : str
        Its comment where that is no card.
    coder : str
        Who made it; empty where that is not said.
    marks : tuple of Mark
    """

    article: str
    start: int
    end: int
    row: Ref | None
    own: bool
    card: Card | None
    remark: str
    coder: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Passages:
    """All selections, with the texts they stand in (with line feeds, by article) and what a person should know."""

    found: tuple[Passage, ...]
    texts: dict[str, str]
    notes: tuple[str, ...]


def read_passages(file: ProjectFile, base: Base | None) -> Passages:
    """Bring a file's selections home.

    Guids are taken where the tool kept them; else articles are known by their text, codes by description or name, users
    by name, rows by their comment.

    Parameters
    ----------
    file : ProjectFile
    base : Base or None
        What was exported, where the file still has it.

    Returns
    -------
    Passages

    Raises
    ------
    RefiError
        If a position lies outside of its text, or the text was edited so that quotes are not verbatim any more.
    """
    codes, coders = _codes(file, base), _coders(file, base)
    rows = dict(_rows_by_guid(base)) if base else {}
    was = exported_rows(base)
    quotes = {ref: lf(row["quote"]) for ref, row in was.items()}
    found: list[Passage] = []
    texts: dict[str, str] = {}
    notes = [f"{name!r} is no text: it was left out." for name in file.left]
    for source in file.sources:
        article = _article(source, base)
        if article is None:
            if source.selections:
                count = len(source.selections)
                notes.append(
                    f"{source.name!r} is no article of the project: its {count} selections were left out."
                )
            continue
        read = [_row(each, rows, quotes if base else None) for each in source.selections]
        in_article = {quotes[ref] for ref, row in was.items() if row["article_id"] == article}
        if base and base.texts[article] != fingerprint(source.text):
            notes.append(_edited(source, in_article))
        offsets = _offsets(source, [(row, card) for row, _, card in read], quotes, in_article)
        texts[article] = lf(source.text)
        for selection, (row, own, card) in zip(source.selections, read, strict=True):
            start, end = offsets[selection.start], offsets[selection.end]
            if start == end:
                notes.append(
                    f"In {source.name!r} a selection at character {start} is empty: it was left out."
                )
                continue
            marks = tuple(
                Mark(*codes.get(each.code, ("", each.code)), coders.get(each.user, ""), each.day)
                for each in selection.codings
            )
            remark = "" if card or begins_as_card(selection.description) else selection.description.strip()
            coder = coders.get(selection.user, "")
            found.append(Passage(article, start, end, row, own, card, remark, coder, marks))
    return Passages(tuple(found), texts, tuple(notes))


def exported_rows(base: Base | None) -> dict[Ref, Row]:
    """The rows with quotes as exported, in their order."""
    return {
        Ref(table, row[f"{kind}_id"]): row
        for table, kind in KINDS.items()
        for row in (rows_of(base.tables[table]) if base else ())
    }


def _codes(file: ProjectFile, base: Base | None) -> dict[str, tuple[str, str]]:
    """What each code stands for, by its guid in the file; for a code that the project has not, its name."""
    known = base.codes if base else {}
    by_guid = {guid("code", *code): code for code in known}
    found: dict[str, tuple[str, str]] = {}
    for code_guid, (name, description) in file.codes.items():
        card = read_card(description)
        if card and card.kind in _CODE_KINDS and (not known or (card.kind, card.id) in known):
            found[code_guid] = (card.kind, card.id)
        else:
            found[code_guid] = by_guid.get(code_guid) or _code_by_name(name, known)
    return found


def _code_by_name(name: str, known: Mapping[tuple[str, str], str]) -> tuple[str, str]:
    last = re.split(r"[:\\/>]", name)[-1].strip()  # some tools write the headings before it
    same = [code for code, its in known.items() if its == last]
    same = same or [code for code in known if code[1] == last.partition(" ")[0]]
    return same[0] if len(same) == 1 else ("", name)


def _coders(file: ProjectFile, base: Base | None) -> dict[str, str]:
    """The coder of each user guid: known by guid or name; a new user's name is made an id."""
    cards = filter(None, map(read_card, file.notes))
    known = {card.id for card in cards if card.kind == "coder"}
    if base:
        known |= {*base.tables["coders"]["coder_id"], *base.tables["codings"]["coder_id"]}
    by_guid = {guid("coder", coder): coder for coder in known}
    coders: dict[str, str] = {}
    for user, name in file.users.items():
        coder = by_guid.get(user) or (name if name in known else _as_id(name))
        coders[user] = coder
    return coders


def _as_id(name: str) -> str:
    """A user's name as an id; a name that has no Latin letters gives one by its hash."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    word = "_".join(re.findall("[a-z0-9]+", plain))
    if _WORD.fullmatch(word):
        return word
    return f"coder_{word or guid('user', name)[:8]}" if name else ""


def _rows_by_guid(base: Base) -> Iterator[tuple[str, tuple[Ref, bool]]]:
    for table, kind in KINDS.items():
        for row_id in base.tables[table][f"{kind}_id"]:
            yield guid(table, row_id), (Ref(table, row_id), True)
    for row in rows_of(base.tables["codings"]):
        ref = Ref("approaches", row["approach_id"])
        yield guid(*ref, guid("coder", row["coder_id"])), (ref, False)


def _row(
    selection: Selection, rows: Mapping[str, tuple[Ref, bool]], known: Mapping[Ref, str] | None
) -> tuple[Ref | None, bool, Card | None]:
    """The row of a selection, whether it is the row's own, and its card: by the comment, else by the guid.

    `known` are the rows as exported, None where they are not known.
    """
    card = read_card(selection.description)
    if card and card.kind in TABLES and card.cells:
        return Ref(TABLES[card.kind], card.id), True, card
    if card and card.kind == "coding" and (known is None or ("approaches", card.id) in known):
        return Ref("approaches", card.id), False, card
    row, own = rows.get(selection.guid, (None, False))
    return row, own, None


def _article(source: Source, base: Base | None) -> str | None:
    """The article of a source: the one with that text, else by guid, description or name."""
    card = read_card(source.description)
    named = card.id if card and card.kind == "article" else None
    if base is None:
        return named
    same = [article for article, sha256 in base.texts.items() if sha256 == fingerprint(source.text)]
    by_guid = [article for article in base.texts if guid("article", article) == source.guid]
    by_name = [article for article in base.texts if article == source.name.partition(" ")[0]]
    told = [named] if named in base.texts else []
    if len(same) > 1:  # two articles of one text
        same = [article for article in same if article in (*by_guid, *told, *by_name)]
    return next(iter([*same, *by_guid, *told, *by_name]), None)


def _offsets(
    source: Source,
    read: Iterable[tuple[Ref | None, Card | None]],
    quotes: Mapping[Ref, str],
    in_article: set[str],
) -> list[int]:
    """Position to offset in the text with line feeds."""
    spans = [(each.start, each.end) for each in source.selections]
    known = []
    for row, card in read:
        told = {lf(card.cells.get("quote", ""))} if card else set()
        was = {quotes[row]} if row and row in quotes else set()
        known.append((told | was) - {""} if row else in_article)
    offsets = settle_counting(source.text, spans, known).offsets
    for start, end in spans:
        if start > end or end >= len(offsets):
            raise RefiError(
                f"In {source.name!r} a selection reaches from character {start} to {end}; the text has "
                f"{len(offsets) - 1}. Export the project again."
            )
    return offsets


def _edited(source: Source, quotes: set[str]) -> str:
    """Say that a text is not the one that was exported; refuse one in which quotes do not stand any more."""
    text = lf(source.text)
    lost = sorted(quote for quote in quotes if quote not in text)
    if lost:
        raise RefiError(
            f"The text of {source.name!r} was edited: {len(lost)} of its {len(quotes)} quotes do not stand in it any "
            f"more. {evidence.explain_missing(text, lost[0])} Restore the text in the tool, and export again."
        )
    return (
        f"The text of {source.name!r} is not quite the one that was exported. The old quotes stand in it; "
        "`pingan check` tells whether the new ones stand in the article."
    )
