"""What becomes of quotes when another version of their text takes its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pingan_lib import evidence
from pingan_lib.schema import Table

SAME, MOVED, CHANGED, VANISHED, AMBIGUOUS = "same", "moved", "changed", "vanished", "ambiguous"


@dataclass(frozen=True)
class Outcome:
    """What became of one quote.

    Attributes
    ----------
    kind : str
        `same`: verbatim in the new text, in the same sentence. `moved`: verbatim there, but the words around it in
        its sentence are others. `changed`: not verbatim there, but something like it is. `vanished`: nothing like it
        is there. `ambiguous`: it is there more than once.
    then, now : str
        The sentence of the quote in the old text, and in the new one; of a changed quote that of the nearest passage.
        Empty where there is none.
    passage : str
        The passage of the new text that is nearest to a changed quote, with its prefix where that has changed.
    differences : tuple of str
        Where the nearest passage differs from the quote, or the places of an ambiguous quote.
    """

    kind: str
    then: str = ""
    now: str = ""
    passage: str = ""
    differences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Requoted:
    """What becomes of the quote of one row when its article is replaced.

    Attributes
    ----------
    table, row_id, column, quote : str
        Where the quote stands; `column` is `quote`, `name_zh` or `example_quote`.
    row : int
        Line in the table's file, the header being line 1.
    outcome : Outcome
    """

    table: str
    row_id: str
    column: str
    row: int
    quote: str
    outcome: Outcome


def requote(old: str, new: str, quote: str, prefix: str = "") -> Outcome:
    """Find a quote of an old text again in a new one.

    Nothing is settled here: only a quote that is `same` needs no person to look at it.

    Parameters
    ----------
    old, new : str
        The two versions.
    quote : str
        Verbatim passage of the old one.
    prefix : str, optional
        The characters just before it, where needed to tell it from another.

    Returns
    -------
    Outcome
    """
    (before,) = evidence.locate_all(old, [quote], [prefix])
    (after,) = evidence.locate_all(new, [quote], [prefix])
    then = _sentence(old, before, before + len(quote)) if before >= 0 else ""
    if after == evidence.AMBIGUOUS:
        return Outcome(AMBIGUOUS, then, differences=(evidence.explain_ambiguous(new, prefix + quote),))
    if after == evidence.MISSING:
        return _nearest(new, quote, prefix, then)
    now = _sentence(new, after, after + len(quote))
    return Outcome(SAME if now == then else MOVED, then, now)


def requote_rows(
    tables: Mapping[str, Table],
    rows: Mapping[str, pd.DataFrame],
    article_id: str,
    old: str,
    new: str,
    others: Sequence[str],
) -> list[Requoted]:
    """Find all that quotes an article again in a new version of it.

    That is the quotes of every table whose rows name the article, the names of approaches, and the examples of the
    codebook that stand in this article alone.

    Parameters
    ----------
    tables : mapping of str to Table
    rows : mapping of str to DataFrame
        The tables' cells as strings, rows numbered from 0.
    article_id : str
    old, new : str
        The two versions.
    others : sequence of str
        The texts of the other articles.

    Returns
    -------
    list of Requoted
        In the order of the tables.
    """
    found = []
    for name, key, column, line, quote, prefix in _quotes(tables, rows, article_id):
        if column == "example_quote" and (quote not in old or any(quote in text for text in others)):
            continue
        # a name may stand there as often as it likes
        named = column != "quote" and quote in new
        outcome = Outcome(SAME) if named else requote(old, new, quote, prefix)
        found.append(Requoted(name, key, column, line, quote, outcome))
    return found


def _sentence(text: str, start: int, end: int) -> str:
    passage = evidence.in_context(text, start, end, width=len(text))
    return passage.before + passage.quote + passage.after


def _nearest(new: str, quote: str, prefix: str, then: str) -> Outcome:
    (alone,) = evidence.locate_all(new, [quote], [""])
    if prefix and alone >= 0:  # the quote is there, after other characters
        start, end = max(0, alone - len(prefix)), alone
        wanted, last = prefix, alone + len(quote)
    else:
        start, end = evidence.nearest_passage(new, quote)
        wanted, last = quote, end
        if not quote or evidence.likeness(new[start:end], quote) < evidence.CLOSE:
            return Outcome(VANISHED, then)
    differing = tuple(evidence.differences(new[start:end], wanted))
    return Outcome(CHANGED, then, _sentence(new, start, last), new[start:last], differing)


def _quotes(
    tables: Mapping[str, Table], rows: Mapping[str, pd.DataFrame], article_id: str
) -> Iterator[tuple[str, str, str, int, str, str]]:
    """Table, id, column, line, quote and prefix of all that quotes an article, and of all examples."""
    for name, table in tables.items():
        for line, row in enumerate(rows[name].to_dict("records"), start=2):
            where = name, row[table.key[0]]
            if row.get("article_id") == article_id and row.get("quote"):
                yield *where, "quote", line, row["quote"], row.get("prefix", "")
                if row.get("name_zh"):
                    yield *where, "name_zh", line, row["name_zh"], ""
            elif row.get("example_quote"):
                yield *where, "example_quote", line, row["example_quote"], ""
