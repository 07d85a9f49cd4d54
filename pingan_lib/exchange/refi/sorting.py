"""Which selection, and which code on it, belongs to which row: by what a comment or guid names, else by place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pingan_lib import evidence
from pingan_lib.exchange.merging import Row
from pingan_lib.exchange.refi.cards import KINDS, Base, lf
from pingan_lib.exchange.refi.codes import rows_of
from pingan_lib.exchange.refi.passages import Mark, Passage, Passages, Ref, exported_rows

# The column that a code stands for; dimensions are rows of `codings`.
CODED = {"figures": ("measure_id", "measure"), "statements": ("kind", "kind")}
_HOME = {"dimension": "approaches", "measure": "figures", "kind": "statements"}

Place = tuple[str, int, int]
Coding = tuple[str, str, str]


class Sorting:
    """The selections of a file, sorted to rows.

    Attributes
    ----------
    was : dict of Ref to dict
        The rows as exported, in their order; empty where that is not known.
    coded : dict of str to dict
        The codings as exported, by approach, then by coder, approach and dimension.
    places : dict of Ref to tuple
        Where the rows stood: article, start and end in the text with line feeds.
    texts : dict of str to str
    found : tuple of Passage
    passages : dict of Ref to list of Passage
        The selections of each row; a row without any has lost them.
    marks : dict of Ref to list
        The codes of each row, with the selections that bear them.
    notes : list of str
    """

    def __init__(self, passages: Passages, base: Base | None) -> None:
        self.found, self.texts, self.notes = passages.found, passages.texts, list(passages.notes)
        self.was = exported_rows(base)
        self.coded: dict[str, dict[Coding, Row]] = {}
        for row in rows_of(base.tables["codings"]) if base else ():
            key = (row["coder_id"], row["approach_id"], row["dimension_id"])
            self.coded.setdefault(row["approach_id"], {})[key] = row
        self.places = dict(self._places())
        self.passages: dict[Ref, list[Passage]] = {}
        self.marks: dict[Ref, list[tuple[Mark, Passage]]] = {}
        self._sort()

    def place(self, ref: Ref) -> Place:
        """Where a row with selections stands now: at the one with the row's own code, the new one of several."""
        passages = [passage for passage in self.passages.get(ref, ()) if passage.row == ref]
        own = [p for p in passages if any(mark.kind == "row" and _fits(mark, ref) for mark in p.marks)]
        found = list(dict.fromkeys(map(_span, own or passages))) or [self.places[ref]]
        return next((place for place in found if place != self.places.get(ref)), found[0])

    def shadowed(self, ref: Ref, kind: str, code: str, coder: str | None = None) -> bool:
        """Whether another row's selection has that code, by that person, at the place where this row stood.

        Some tools keep one coding of a passage for each code and person: then nobody removed the other.
        """
        place = self.places.get(ref)
        return place is not None and any(
            _span(passage) == place
            and passage.row != ref
            and any(m.kind == kind and m.id == code and coder in (None, m.coder) for m in passage.marks)
            for passage in self.found
        )

    def _places(self) -> Iterator[tuple[Ref, Place]]:
        by_article: dict[str, list[Ref]] = {}
        for ref, row in self.was.items():
            by_article.setdefault(row["article_id"], []).append(ref)
        for article, refs in by_article.items():
            if article in self.texts:
                quotes = [lf(self.was[ref]["quote"]) for ref in refs]
                prefixes = [lf(self.was[ref]["prefix"]) for ref in refs]
                starts = evidence.locate_all(self.texts[article], quotes, prefixes)
                for ref, start, quote in zip(refs, starts, quotes, strict=True):
                    if start >= 0:
                        yield ref, (article, start, start + len(quote))

    def _sort(self) -> None:
        for passage in self.found:
            if passage.row:
                self.passages.setdefault(passage.row, []).append(passage)
        self._note_spread()
        standing: dict[Place, list[Ref]] = {}
        for ref in dict.fromkeys([*self.was, *self.passages]):
            if ref in self.passages or ref in self.places:
                standing.setdefault(self.place(ref), []).append(ref)
        for passage in self.found:
            homeless = []
            for mark in passage.marks:
                fitting = [ref for ref in standing.get(_span(passage), ()) if _fits(mark, ref)]
                if passage.row and _fits(mark, passage.row):
                    self.marks.setdefault(passage.row, []).append((mark, passage))
                elif len(fitting) == 1:
                    self.passages.setdefault(fitting[0], []).append(passage)
                    self.marks.setdefault(fitting[0], []).append((mark, passage))
                elif not any(self._had(ref, mark) for ref in fitting):
                    homeless.append(mark)
            self._note_homeless(passage, homeless)

    def _had(self, ref: Ref, mark: Mark) -> bool:
        """Whether a row was exported with that code."""
        if mark.kind == "dimension":
            codings = self.coded.get(ref.id, {})
            return any(code == mark.id and mark.coder in ("", coder) for coder, _, code in codings)
        return ref in self.was and (mark.kind == "row" or self.was[ref][CODED[ref.table][0]] == mark.id)

    def _note_spread(self) -> None:
        for ref, passages in self.passages.items():
            places = sorted({_span(passage) for passage in passages})
            if len(places) > 1:
                where = ", ".join(str(start) for _, start, _ in places)
                article, start, end = self.place(ref)
                self.notes.append(
                    f"{KINDS[ref.table]} {ref.id} has selections at characters {where} of {article}: its quote is "
                    f"{clipped(self.texts[article][start:end])!r}, at {start}."
                )

    def _note_homeless(self, passage: Passage, marks: Sequence[Mark]) -> None:
        quote = self.texts[passage.article][passage.start : passage.end]
        where = f"{clipped(quote)!r} in {passage.article}, character {passage.start}"
        if marks:
            told = ", ".join(f"{m.kind} {m.id}" if m.kind else f"the new code {m.id!r}" for m in marks)
            who = f", by {marks[0].coder}" if marks[0].coder else ""
            self.notes.append(
                f"No single row takes the codes at {where}: {told}{who}. Nothing was made of them: "
                "enter them in the table."
            )
        elif not passage.row and not passage.marks:
            said = f": {clipped(passage.remark)!r}" if passage.remark else ""
            self.notes.append(f"A selection without a code was left out, {where}{said}.")
        for remark in passage.card.remarks if passage.card else ():
            self.notes.append(f"The comment at {where} has a line that is no column: {clipped(remark)!r}.")


def _span(passage: Passage) -> Place:
    return passage.article, passage.start, passage.end


def _fits(mark: Mark, ref: Ref) -> bool:
    return _HOME.get(mark.kind) == ref.table or (mark.kind == "row" and KINDS[ref.table] == mark.id)


def clipped(passage: str, limit: int = 40) -> str:
    """A passage as a message shows it."""
    return passage if len(passage) <= limit else passage[: limit - 1] + "…"
