"""Drafts of rows, proposed from a text for a person to accept, mend or delete."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pandas as pd

from pingan_lib import evidence
from pingan_lib.bounds import decimal
from pingan_lib.mentions import Mention, find_figures, find_names

COLUMNS = (
    "quote",
    "printed",
    "value",
    "unit",
    "unit_printed",
    "hedge",
    "kind",
    "role",
    "low",
    "high",
    "timing",
    "period",
    "period_start",
    "period_end",
    "period_basis",
    "start",
    "end",
    "printed_start",
    "printed_end",
    "sentence",
)
_PLAIN = {"hedge": "exact", "role": "reported"}
# What a mention settles; the rest of a row is the person's.
_SETTLED = ("quote", "printed", "hedge", "unit", "role", "timing", "period_basis")


def draft_table(text: str, published: date | None = None) -> pd.DataFrame:
    """Propose the figures of a text, one row a number.

    Parameters
    ----------
    text : str
        The article, LF line ends.
    published : date, optional
        Day of publication: what 今年 and 目前 are read by.

    Returns
    -------
    DataFrame
        Of strings, in the order of the text; an empty cell where nothing is known. `start` and `end` are the
        offsets of the quote, `printed_start` and `printed_end` those of the number, in code points; `low` and
        `high` the bounds of the true value in the base unit.
    """
    rows = [_cells(mention) for mention in find_figures(text, published)]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=str)


def draft_figures(
    text: str, article: pd.Series, figures: pd.DataFrame, published: date | None = None
) -> pd.DataFrame:
    """Propose rows for `figures.csv` from an article, leaving out what is coded already.

    Parameters
    ----------
    text : str
        The article.
    article : Series
        Its row of `articles`, as strings.
    figures : DataFrame
        The table as it is, as strings.
    published : date, optional
        Day of publication.

    Returns
    -------
    DataFrame
        New rows with the columns of `figures`, status `draft`. What only a person can say (labels, what is
        counted, scope, stage, who says so) is empty.
    """
    coded = _coded_spans(text, figures[figures["article_id"] == article.name])
    taken = set(figures["figure_id"])
    rows = []
    for mention in find_figures(text, published):
        if any(mention.printed_start < end and start < mention.printed_end for start, end in coded):
            continue
        figure_id = _new_id(str(article.name), mention.printed_start, taken)
        cells = _cells(mention)
        rows.append(
            {name: cells[name] for name in _SETTLED}
            | {
                "figure_id": figure_id,
                "article_id": str(article.name),
                "place_id": article["place_id"],
                "prefix": unique_prefix(text, mention.start, mention.end),
                "value": cells["value"],
                "period_start": cells["period_start"],
                "period_end": cells["period_end"],
                "status": "draft",
            }
        )
    return pd.DataFrame(rows, columns=list(figures.columns), dtype=str).fillna("")


def draft_approaches(text: str, article: pd.Series, approaches: pd.DataFrame) -> pd.DataFrame:
    """Propose approaches: the names in quotation marks that no row of `approaches.csv` quotes yet.

    Parameters
    ----------
    text : str
        The article.
    article : Series
        Its row of `articles`, as strings.
    approaches : DataFrame
        The table as it is, as strings.

    Returns
    -------
    DataFrame
        With the columns of `approaches` and `sentence`; only what the text itself gives is filled in.
    """
    coded = "\n".join(approaches.loc[approaches["article_id"] == article.name, "quote"])
    rows = [
        {
            "article_id": str(article.name),
            "place_id": article["place_id"],
            "name_zh": name.name,
            "quote": name.quote,
            "prefix": unique_prefix(text, name.start, name.end),
            "sentence": name.sentence,
        }
        for name in find_names(text)
        if name.name not in coded
    ]
    return pd.DataFrame(rows, columns=[*approaches.columns, "sentence"], dtype=str).fillna("")


def unique_prefix(text: str, start: int, end: int) -> str:
    """Return the shortest run of characters before a passage that sets it apart from its twins.

    Parameters
    ----------
    text : str
    start, end : int
        Offsets of the passage, in code points.

    Returns
    -------
    str
        Empty where the passage stands in the text once. Where its twins have all that precedes in common, the
        whole of it.
    """
    first = start
    while first and evidence.locate_all(text, [text[first:end]], [""]) == [evidence.AMBIGUOUS]:
        first -= 1
    return text[first:start]


def _cells(mention: Mention) -> dict[str, str]:
    numbers = {name: _decimal(getattr(mention, name)) for name in ("value", "low", "high")}
    days = {name: _day(getattr(mention, name)) for name in ("period_start", "period_end")}
    plain = {
        name: str(getattr(mention, name))
        for name in COLUMNS
        if name not in numbers and name not in days and name != "period"
    }
    return plain | numbers | days | {"period": mention.period_text}


def _decimal(value: Fraction | None) -> str:
    return "" if value is None else decimal(value, 12)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _coded_spans(text: str, rows: pd.DataFrame) -> list[tuple[int, int]]:
    """Where the numbers of coded rows stand; rows whose quote is not found are left to the check."""
    spans = []
    starts = evidence.locate_all(text, list(rows["quote"]), list(rows["prefix"]))
    for start, quote, printed in zip(starts, rows["quote"], rows["printed"], strict=True):
        if start >= 0 and printed and printed in quote:
            first = start + quote.index(printed)
            spans.append((first, first + len(printed)))
    return spans


def _new_id(article_id: str, start: int, taken: set[str]) -> str:
    """An id that no other number of the text will get, also when rows are deleted and drafted again."""
    figure_id, number = f"{article_id}_f{start}", 1
    while figure_id in taken:
        number += 1
        figure_id = f"{article_id}_f{start}_{number}"
    taken.add(figure_id)
    return figure_id


def describe(text: str, rows: pd.DataFrame) -> list[str]:
    """Write drafted rows of a text for the terminal: what each number was read as, and its sentence.

    Parameters
    ----------
    text : str
    rows : DataFrame
        As `draft_figures` gives them.

    Returns
    -------
    list of str
        Two lines a row; the quote stands in the sentence between 【 and 】.
    """
    lines = []
    starts = evidence.locate_all(text, list(rows["quote"]), list(rows["prefix"]))
    for start, row in zip(starts, rows.to_dict("records"), strict=True):
        told = [row["printed"], "=", row["value"], row["unit"]]
        told += [f"({row[name]})" for name, plain in _PLAIN.items() if row[name] != plain]
        passage = evidence.in_context(text, start, start + len(row["quote"]), width=40)
        lines.append(f"{row['figure_id']}: {' '.join(told)}")
        lines.append(f"    {passage.before}【{passage.quote}】{passage.after}")
    return lines
