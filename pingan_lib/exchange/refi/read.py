"""A REFI-QDA project read back as rows: what was coded, moved, removed or rewritten in another tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from pingan_lib import evidence
from pingan_lib.exchange.merging import Incoming, Row
from pingan_lib.exchange.refi.cards import (
    CARRIED,
    KINDS,
    NEEDED,
    Base,
    Card,
    RefiError,
    lf,
    read_card,
    unpack_base,
)
from pingan_lib.exchange.refi.codes import rows_of
from pingan_lib.exchange.refi.file import ProjectFile, read_file
from pingan_lib.exchange.refi.passages import Mark, Ref, read_passages
from pingan_lib.exchange.refi.places import shortest_prefix
from pingan_lib.exchange.refi.sorting import CODED, Coding, Sorting, clipped

_OWN_COLUMNS = ("article_id", "quote", "prefix")
_CODING = ("coder_id", "approach_id", "dimension_id")
_NO_BASE = (
    "The note with the rows as exported is missing from the file, or was changed. So no row is taken for removed, "
    "and every cell that differs from the project counts as a conflict."
)


def read_qdpx(data: bytes) -> Incoming:
    """Read a project back that `project_qdpx` wrote, and that a person may have edited in another tool.

    A row is known by its selection's comment, else by its guid, else by its place. Its quote is what the selection
    spans. A row without any selection is removed, so are codings without a code; but what another row at the same
    place still has is kept, since some tools keep one coding of a passage for each code and person. A selection that
    belongs to no row makes none: it is named in the notes.

    Parameters
    ----------
    data : bytes
        A .qdpx file.

    Returns
    -------
    Incoming
        Of `approaches`, `codings`, `figures`, `statements` and `coders`. Without the note that holds the rows as
        exported, `base` is empty and the tables have the columns that the comments name.

    Raises
    ------
    RefiError
        If the file is no sound REFI-QDA project, or the texts in it are not those of the articles any more.
    """
    file = read_file(data)
    base = next(filter(None, map(unpack_base, file.notes)), None)
    return _Reading(file, base).incoming()


class _Reading:
    """Tables from sorted selections."""

    def __init__(self, file: ProjectFile, base: Base | None) -> None:
        self.file, self.base = file, base
        self.sorted = Sorting(read_passages(file, base), base)
        if not base and not self.sorted.texts:
            raise RefiError(
                "None of the sources in this file is an article of the project, or is known as one."
            )
        self.columns = {name: self._columns(name) for name in CARRIED}
        self.notes: list[str] = [] if base else [_NO_BASE]
        self.kept: list[str] = []  # what stays as it was, since another row stands at its place
        self.cut: list[str] = []  # whose comments end early

    def incoming(self) -> Incoming:
        tables = {table: list(self._quoted(table)) for table in KINDS}
        codings = self._codings([row["approach_id"] for row in tables["approaches"]])
        tables |= {"codings": codings, "coders": self._coders(codings)}
        if self.kept:
            self.notes.append(
                f"Another row stands at the same place, and some tools keep only one of them: {_listed(self.kept)} "
                "stay as they were. Remove them in the table if that is meant."
            )
        if self.cut:
            self.notes.append(
                f"The comments of {_listed(self.cut)} end early: what they lack is taken for unchanged."
            )
        frames = {name: pd.DataFrame(tables[name], columns=self.columns[name], dtype=str) for name in CARRIED}
        return Incoming(
            dict(self.base.tables) if self.base else {},
            {name: frame.fillna("") for name, frame in frames.items()},
            tuple(dict.fromkeys([*self.notes, *self.sorted.notes])),
        )

    def _columns(self, table: str) -> list[str]:
        if self.base:
            return list(self.base.tables[table].columns)
        if table not in KINDS:
            return list(NEEDED[table])
        passages = [p for ref, found in self.sorted.passages.items() if ref.table == table for p in found]
        told = [name for p in passages if p.own and p.card for name in p.card.cells if " on " not in name]
        return list(dict.fromkeys([f"{KINDS[table]}_id", *_OWN_COLUMNS, *told]))

    # Approaches, figures, statements

    def _quoted(self, table: str) -> Iterator[Row]:
        """The rows of a table with quotes, the old ones in their order."""
        absent: dict[str, int] = {}
        gone: dict[str, int] = {}
        for ref in dict.fromkeys([*self.sorted.was, *self.sorted.passages]):
            was = self.sorted.was.get(ref)
            if ref.table != table:
                continue
            if ref in self.sorted.passages:
                yield self._row(ref, was)
            elif was and was["article_id"] not in self.sorted.texts:
                absent[was["article_id"]] = absent.get(was["article_id"], 0) + 1
                yield was
            elif was and self.sorted.shadowed(ref, "row", KINDS[table]):
                self.kept.append(f"{KINDS[table]} {ref.id}")
                yield was
            elif was:
                gone[was["article_id"]] = gone.get(was["article_id"], 0) + 1
        for article, count in absent.items():
            self.notes.append(f"The file has no text of {article}: its {count} {table} stay as they were.")
        for article, count in gone.items():
            if count > 1:
                self.notes.append(
                    f"{count} {table} of {article} have no selection any more: they are removed."
                )

    def _row(self, ref: Ref, was: Row | None) -> Row:
        name = f"{KINDS[ref.table]} {ref.id}"
        cards = [p.card for p in self.sorted.passages[ref] if p.row == ref and p.own and p.card]
        row = {f"{KINDS[ref.table]}_id": ref.id}
        for column in self.columns[ref.table]:
            if column not in row and column not in _OWN_COLUMNS:
                row[column] = self._settled(
                    f"{name}, {column}", was[column] if was else None, _told(cards, column, was)
                )
        if ref.table in CODED:
            column, kind = CODED[ref.table]
            row[column] = self._coded_cell(ref, was[column] if was else None, row.get(column, ""), kind)
        self.cut += [] if all(card.whole for card in cards) else [name]
        for column in dict.fromkeys(column for card in cards for column in card.cells):
            if column not in self.columns[ref.table] and " on " not in column:
                self.notes.append(f"The comment of {name} has a line for {column!r}, which is no column.")
        return row | self._quote(ref, was, cards)

    def _settled(self, what: str, was: str | None, told: Iterable[str]) -> str:
        """The cell that was changed, among copies of a comment; of several changes the first."""
        changed = [cell for cell in dict.fromkeys(told) if cell != (was or "")]
        if len(changed) > 1:
            both = " and ".join(repr(clipped(cell)) for cell in changed)
            self.notes.append(f"{what}: the comments say {both}. The first was taken.")
        return changed[0] if changed else was or ""

    def _coded_cell(self, ref: Ref, was: str | None, told: str, kind: str) -> str:
        """The measure or kind: as the comment says if that was changed, else by the codes."""
        codes = list(dict.fromkeys(m.id for m, _ in self.sorted.marks.get(ref, ()) if m.kind == kind))
        if was is None:
            return codes[0] if len(codes) == 1 else told
        if was and was not in codes and self.sorted.shadowed(ref, kind, was):
            codes.append(was)
        if not codes and kind == "kind":  # every statement has one
            return told
        if told != was or codes == [was]:
            return told
        if len(codes) > 1:
            both = " and ".join(codes)
            self.notes.append(f"{KINDS[ref.table]} {ref.id} is coded as {both}: {was!r} stays.")
            return was
        return codes[0] if codes else ""

    def _quote(self, ref: Ref, was: Row | None, cards: Sequence[Card]) -> Row:
        """Article, quote and prefix: as written where the selection stands where it stood."""
        article, start, end = place = self.sorted.place(ref)
        text = self.sorted.texts[article]
        if was and self.sorted.places.get(ref) == place:
            return {column: was[column] for column in _OWN_COLUMNS}
        quote = text[start:end]
        for cells in (card.cells for card in cards):
            same, prefix = lf(cells.get("quote", "")) == quote, cells.get("prefix", "")
            if same and evidence.locate_all(text, [quote], [lf(prefix)]) == [start]:
                return {"article_id": article, "quote": cells["quote"], "prefix": prefix}
        return {"article_id": article, "quote": quote, "prefix": shortest_prefix(text, start, end)}

    # Codings and coders

    def _codings(self, approaches: Sequence[str]) -> list[Row]:
        """The codings of these approaches, the old ones in their order."""
        rows: dict[Coding, Row] = {}
        for approach in approaches:
            before = self.sorted.coded.get(approach, {})
            now = (
                self._coded_now(approach, before)
                if Ref("approaches", approach) in self.sorted.passages
                else before
            )
            rows |= {key: row for key, row in now.items() if key in before}
            rows |= {key: row for key, row in sorted(now.items()) if key not in before}
        old = self.base.tables["codings"][list(_CODING)].to_numpy(dtype=object).tolist() if self.base else []
        return [rows[key] for key in dict.fromkeys([*(key for key in map(tuple, old) if key in rows), *rows])]

    def _coded_now(self, approach: str, before: dict[Coding, Row]) -> dict[Coding, Row]:
        ref = Ref("approaches", approach)
        marks = [mark for mark, _ in self.sorted.marks.get(ref, ()) if mark.kind == "dimension"]
        keys = {(coder, approach, mark.id) for mark in marks for coder in self._who(mark, before)}
        for coder, _, dimension in sorted(before.keys() - keys):
            if self.sorted.shadowed(ref, "dimension", dimension, coder):
                self.kept.append(f"{dimension} of {approach} by {coder}")
                keys.add((coder, approach, dimension))
        return {
            key: {
                **before.get(key, dict(zip(_CODING, key, strict=True))),
                "note": self._coding_note(ref, key, before.get(key)),
            }
            for key in sorted(keys)
        }

    def _who(self, mark: Mark, before: Iterable[Coding]) -> list[str]:
        """The coder of a code; where a tool lost its users, those who had given it before."""
        found = [mark.coder] if mark.coder else [coder for coder, _, code in before if code == mark.id]
        if not found:
            self.notes.append(f"Nobody is named as the coder of {mark.id}: that coding was left out.")
        return found

    def _coding_note(self, ref: Ref, key: Coding, was: Row | None) -> str:
        coder, approach, dimension = key
        told: list[str] = []
        for passage in self.sorted.passages[ref]:
            if passage.card and passage.row == ref and passage.coder in (coder, ""):
                told += _told(
                    [passage.card], f"note on {dimension}", was and {f"note on {dimension}": was["note"]}
                )
            elif passage.remark and any(m.coder == coder and m.id == dimension for m in passage.marks):
                told.append(passage.remark)
        return self._settled(
            f"note on {dimension} of {approach} by {coder}", was["note"] if was else None, told
        )

    def _coders(self, codings: Sequence[Row]) -> list[Row]:
        """Who coded which article: as before, and anyone whose codes are new there."""
        old = rows_of(self.base.tables["coders"]) if self.base else []
        rows = {(row["coder_id"], row["article_id"]): row for row in old}
        cards: dict[tuple[str, str], list[Card]] = {}
        for card in filter(None, map(read_card, self.file.notes)):
            if card.kind == "coder" and "article_id" in card.cells:
                cards.setdefault((card.id, card.cells["article_id"]), []).append(card)
        for key, told in cards.items():
            was = rows.get(key)
            if was or not self.base:
                what = f"coder {key[0]} of {key[1]}"
                cells = {
                    column: self._settled(
                        f"{what}, {column}", was[column] if was else None, _told(told, column, was)
                    )
                    for column in self.columns["coders"]
                    if column not in ("coder_id", "article_id")
                }
                rows[key] = {"coder_id": key[0], "article_id": key[1], **cells}
        known = {coder for coder, _ in rows} | {
            row["coder_id"] for found in self.sorted.coded.values() for row in found.values()
        }
        coders = {row["coder_id"] for row in codings}
        if known and coders and not known & coders:
            self.notes.append(
                f"No coding is by {_listed(sorted(known))} any more: the tool may have put its own user in their place."
            )
        for row in codings:
            coding = (row["coder_id"], row["approach_id"], row["dimension_id"])
            new = coding not in self.sorted.coded.get(row["approach_id"], {})
            for mark, passage in self.sorted.marks.get(Ref("approaches", row["approach_id"]), ()):
                key = (row["coder_id"], passage.article)
                if (
                    new
                    and (mark.coder, mark.id) == (row["coder_id"], row["dimension_id"])
                    and key not in rows
                ):
                    day = mark.day or self.file.day
                    rows[key] = {"coder_id": key[0], "article_id": key[1], "date": day, "note": ""}
                    self.notes.append(
                        f"{key[0]} is new as a coder of {key[1]}: say in data/coders.csv how they coded."
                    )
        return list(rows.values())


def _told(cards: Iterable[Card], column: str, was: Row | None) -> list[str]:
    """What comments say of a column; one that was cut says nothing where it ends."""
    told = []
    for card in cards:
        cell = card.cells.get(column, "")
        if card.whole or (cell and not (was and was[column].startswith(cell))):
            told.append(cell)
    return told


def _listed(names: Sequence[str], limit: int = 5) -> str:
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
