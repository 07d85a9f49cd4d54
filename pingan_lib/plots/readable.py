"""What a reader wants to see of a frame that was drawn: its rows without what only the drawing needs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd

from pingan_lib.bounds import Bounds

_FOR_DRAWING = (
    "default",
    "grade",
    "high_closed",
    "latest",
    "low_closed",
    "spans",
    "stability",
    "stable",
    "unit",
)


def readable(frame: pd.DataFrame) -> pd.DataFrame:
    """The table of a figure: a row for each thing drawn, columns by the names that the words have headings for.

    Parameters
    ----------
    frame : DataFrame
        As a function of this package draws it: with counts by `stage` and `group`, with the ends `low` and
        `high` of bounds, with periods, or a grid of counts. A frame of another kind stays as it is.

    Returns
    -------
    DataFrame
        Groups head the columns of counts; bounds are `Bounds` in one column; a grid's index is its first column.
        `source` is kept.
    """
    if {"stage", "group", "count"} <= set(frame.columns):
        named = frame.assign(group=frame["group"].astype(str), stage=frame["stage"].astype(str))
        wide = named.pivot(index="stage", columns="group", values="count")
        return wide.loc[
            list(dict.fromkeys(named["stage"])), list(dict.fromkeys(named["group"]))
        ].reset_index()
    shown = frame if isinstance(frame.index, pd.RangeIndex) or "label" in frame else frame.reset_index()
    if {"low", "high", "low_closed", "high_closed"} <= set(frame.columns):
        bounds = [_bounds(row) for row in frame.to_dict("records")]
        shown = shown.drop(columns=["value", "low", "high"], errors="ignore").assign(bounds=bounds)
    shown = shown.drop(columns=[name for name in _FOR_DRAWING if name in shown.columns])
    first = [name for name in ("label", "group") if name in shown.columns]
    shown = shown[[*first, *shown.columns.difference(first, sort=False)]]
    return shown.rename(columns={"group": "city", "start": "from_day", "end": "to_day"})


def _bounds(row: dict[Any, Any]) -> Bounds:
    low, high = (
        None
        if pd.isna(row[side]) or abs(row[side]) == float("inf")
        else Fraction(row[side]).limit_denominator(10**6)
        for side in ("low", "high")
    )
    return Bounds(low, high, bool(row["low_closed"]), bool(row["high_closed"]))
