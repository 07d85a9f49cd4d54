"""What every plot asks of its frame before it draws, and the marks that several plots share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingan_lib.errors import UsageError
from pingan_lib.style import SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def need(frame: pd.DataFrame, *columns: str) -> None:
    """Refuse a frame that cannot be drawn, naming what it lacks."""
    lacking = [column for column in columns if column not in frame.columns]
    if lacking:
        raise UsageError(
            f"The frame to draw lacks {', '.join(lacking)}; it has {', '.join(map(str, frame.columns))}."
        )
    if frame.empty:
        raise UsageError(
            "The frame to draw has no row. Draw nothing, and say in words that there is nothing."
        )


def groups_of(values: pd.Series) -> list[str]:
    """The groups in the order in which they come, or of their categories; refuses more than can be told apart."""
    named = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else values
    groups = list(dict.fromkeys(map(str, named)))
    if len(groups) > len(SERIES):
        raise UsageError(
            f"{len(groups)} groups cannot be told apart in one figure; at most {len(SERIES)} can. Draw fewer."
        )
    return groups


def sources_of(frame: pd.DataFrame) -> list[str | None]:
    """Where the number written at each row comes from; None where the frame does not say."""
    if "source" not in frame:
        return [None] * len(frame)
    return [str(source) if pd.notna(source) and source != "" else None for source in frame["source"]]


def refused_rows(frame: pd.DataFrame, names: str, refused: str | None) -> list[bool]:
    """Which rows are graded "not_comparable"; without words to mark them by, they are refused.

    Parameters
    ----------
    frame : DataFrame
        Its optional column `grade` holds the grades of `compare_figures`.
    names : str
        The column that names a row in the message.
    refused : str or None
        The words that will stand beside such a row.
    """
    if "grade" not in frame:
        return [False] * len(frame)
    rows = (frame["grade"] == "not_comparable").to_list()
    if any(rows) and not refused:
        found = "; ".join(dict.fromkeys(frame.loc[rows, names].astype(str)))
        raise UsageError(
            f"Not comparable, and so not for one axis: {found}. On an axis their distance would look like a "
            "difference between the places, though they do not report the same thing. Leave these rows out, "
            "set their numbers in a table with the reasons, or draw them marked: refused='<words to stand "
            "beside them>'."
        )
    return rows


def finite(frame: pd.DataFrame, *columns: str) -> np.ndarray:
    """The columns as floats, shape (rows, columns); what is missing or infinite is NaN."""
    given = frame[list(columns)].astype(object)
    numbers = given.where(given.notna(), np.nan).to_numpy(dtype=float)
    return np.where(np.isinf(numbers), np.nan, numbers)


def limits(numbers: np.ndarray) -> tuple[float, float]:
    """Where an axis for these numbers begins and ends; an arrow from a bound that is missing leaves it there."""
    if np.isnan(numbers).all():
        raise UsageError("No row has a value or a bound: there is nothing to draw.")
    least, most = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    pad = 0.08 * (most - least) or 0.08 * abs(most) or 1.0
    return least - pad, most + pad


def look(marker: str, size: float, face: str, edge: str) -> dict[str, Any]:
    """How a mark looks, on the axis and in the legend."""
    return {
        "linestyle": "",
        "marker": marker,
        "markersize": size,
        "markerfacecolor": face,
        "markeredgecolor": edge,
    }


def mark(ax: Axes, x: Any, y: Any, look: Mapping[str, Any], gid: str) -> None:
    """Marks at some places; `gid` says what they stand for. Where a number is missing there is none."""
    x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    there = ~(np.isnan(x) | np.isnan(y))
    if there.any():  # what is drawn nowhere would still claim room in the layout
        (line,) = ax.plot(
            x[there], y[there], zorder=3 if gid == "value" else 4, clip_on=False, gid=gid, **look
        )
        line.set_in_layout(gid == "unbounded")  # an arrow leaves the axis; other marks lie inside
