"""One result under every defensible set of choices: the specification curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingan_lib import style
from pingan_lib.errors import UsageError
from pingan_lib.plots.frames import finite, limits, look, mark, need
from pingan_lib.style import BAND, BLUE, GRID, INK, QUIET, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CURVE, _ROW = 2.7, 0.19  # inches: the curve, a row of the dashboard


@use_style()
def specification_curve(
    frame: pd.DataFrame,
    choices: Mapping[str, str],
    *,
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    threshold: float | None = None,
    words: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A result under every set of choices: its bounds, sorted, above a dashboard of what was chosen.

    After Simonsohn, Simmons and Nelson (2020), "Specification curve analysis", doi:10.1038/s41562-020-0912-z.
    Where there is no bound, an arrow leaves the axis. Made for 12 to 200 specifications: merge those that
    give the same result beforehand.

    Parameters
    ----------
    frame : DataFrame
        A row for each specification: `low`, `high` (missing: unbounded) and a column for each of `choices`;
        optionally `value`, and `default` (bool), which is true of at most one row.
    choices : mapping of str to str
        Column to its name in the figure. The values that a column holds stand below that name, in the order
        in which the frame has them first.
    title, xlabel, ylabel : str
    threshold : float, optional
        Where a line crosses the curve.
    words : mapping of str to str, optional
        What is written at the `default` specification and at the `threshold`; legend texts for `bounds`,
        `value` and `unbounded`.
    ax : Axes, optional
        Is divided in two, so it must be one that `subplots` made.

    Returns
    -------
    Axes
        The upper one, with the curve.

    Raises
    ------
    UsageError
        If there is no choice or no number, a lower bound lies above its upper one, or there are two defaults.
    """
    from matplotlib.lines import Line2D

    need(frame, "low", "high", *choices)
    if not choices:
        raise UsageError("A specification curve needs choices: name the columns that hold them.")
    ordered = _ordered(frame)
    numbers = finite(ordered.assign(value=ordered.get("value")), "value", "low", "high")
    edges = limits(numbers if threshold is None else np.append(numbers, threshold))
    rows = _rows(frame, choices)
    height = _ROW * (rows[-1][0] + 1)
    upper, lower = _panels(style.axes(ax, 7.6, _CURVE + height + 1.1), height)
    pitch = 380 / len(frame)  # points from one specification to the next, about
    is_default = ordered.get("default", pd.Series(False, ordered.index)).to_numpy(dtype=bool)
    for emphasis, colour in ((False, QUIET), (True, BLUE)):
        places = np.flatnonzero(is_default == emphasis)
        _draw_curve(upper, places, numbers[places], edges, _marks(pitch, colour), colour, 1 + 0.8 * emphasis)
        dot = look("o", 5, colour, colour) if pitch > 6 else look("|", 7, colour, colour)
        dot["markeredgewidth"] = 0 if pitch > 6 else max(0.5 * pitch, 0.8)
        for y, _, column, value in rows:
            if column is not None:
                used = (ordered[column].astype(str) == value).to_numpy()
                mark(lower, places[used[places]], y, dot, "dot")
    _name_rows(lower, rows, len(frame))
    words = words or {}
    for place in np.flatnonzero(is_default).tolist():
        _show_default(upper, lower, place, len(frame), words.get("default", ""))
    if threshold is not None:
        upper.axhline(threshold, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1.5, gid="threshold")
        if "threshold" in words:
            style.beside(upper, threshold, words["threshold"])
    upper.set(xlim=(-1, len(frame)), ylim=edges)
    legend = {**_marks(30, QUIET), "bounds": look("|", 12, QUIET, QUIET) | {"markeredgewidth": 1.5}}
    handles = [Line2D([], [], label=words[kind], **legend[kind]) for kind in legend if kind in words]
    style.label(lower.xaxis, xlabel)
    style.label(lower.yaxis, "")
    return style.finish(upper, title, "", handles, ylabel=ylabel)


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort by lower, then by upper bound; unbounded below comes first, unbounded above last."""
    low, high = finite(frame, "low", "high").T
    wrong = frame.index[low > high]
    if len(wrong):
        raise UsageError(
            f"The lower bound lies above the upper one in row {', '.join(map(str, wrong))}. Mend the bounds."
        )
    if "default" in frame and frame["default"].sum() > 1:
        raise UsageError(f"{frame['default'].sum()} specifications are marked default; mark one.")
    return frame.iloc[np.lexsort((np.nan_to_num(high, nan=np.inf), np.nan_to_num(low, nan=-np.inf)))]


def _rows(frame: pd.DataFrame, choices: Mapping[str, str]) -> list[tuple[float, str, str | None, str]]:
    """The rows of the dashboard: height, label, column (None for the name of a choice), value."""
    rows: list[tuple[float, str, str | None, str]] = []
    for column, name in choices.items():
        top = rows[-1][0] + 1.4 if rows else 0.0
        rows.append((top, name, None, ""))
        values = dict.fromkeys(frame[column].astype(str))
        rows += [(top + place, value, column, value) for place, value in enumerate(values, start=1)]
    return rows


def _panels(ax: Axes, height: float) -> tuple[Axes, Axes]:
    """Divide an Axes into one for the curve and, below it, one of this height for the dashboard."""
    place = ax.get_subplotspec()
    if place is None:
        raise UsageError("This Axes cannot be divided in two. Give one that subplots() made, or none.")
    grid = place.subgridspec(2, 1, height_ratios=(_CURVE, height))
    ax.set_subplotspec(grid[0])
    lower = ax.figure.add_subplot(grid[1], sharex=ax)
    for panel in (ax, lower):
        panel.tick_params(length=0, labelbottom=False)
        panel.spines[["left", "bottom"]].set_visible(False)
    ax.grid(axis="y")
    return ax, lower


def _marks(pitch: float, colour: str) -> dict[str, dict[str, Any]]:
    """The marks of a curve whose specifications stand `pitch` points apart."""
    return {
        "bounds": look("_", float(np.clip(0.7 * pitch, 1.5, 7)), colour, colour),
        "value": look("o", float(np.clip(0.5 * pitch, 1.5, 5)), colour, colour),
        "unbounded": look("^", float(np.clip(0.7 * pitch, 3, 6)), colour, colour),
    }


def _draw_curve(
    ax: Axes,
    places: np.ndarray,
    numbers: np.ndarray,
    edges: tuple[float, float],
    marks: Mapping[str, dict[str, Any]],
    colour: str,
    weight: float,
) -> None:
    """Draw some specifications: lines from bound to bound, and upon them the values."""
    value, *bounds = numbers.T
    low, high = (np.where(np.isnan(bound), edge, bound) for bound, edge in zip(bounds, edges, strict=True))
    width = weight * marks["bounds"]["markersize"] / 4.5
    ax.vlines(places, low, high, colors=colour, linewidth=width, gid="bounds")
    for bound, edge, arrow in zip(bounds, edges, "v^", strict=True):
        mark(ax, places, bound, {**marks["bounds"], "markeredgewidth": width}, "end")
        out = np.where(np.isnan(bound), edge, np.nan)
        mark(ax, places, out, {**marks["unbounded"], "marker": arrow}, "unbounded")
    mark(ax, places, value, marks["value"], "value")


def _name_rows(ax: Axes, rows: list[tuple[float, str, str | None, str]], count: int) -> None:
    """Label the rows of the dashboard, names of choices darker than their values, with a hairline through each."""
    heights, names, columns, _ = zip(*rows, strict=True)
    ax.set_yticks(heights, names)
    for label, column in zip(ax.get_yticklabels(), columns, strict=True):
        label.set(color=INK if column is None else QUIET, fontsize=10 if column is None else 9)
    lines = [height for height, column in zip(heights, columns, strict=True) if column is not None]
    ax.hlines(lines, -0.5, count - 0.5, colors=GRID, linewidth=0.8, zorder=1)
    ax.set_ylim(heights[-1] + 0.6, -0.6)


def _show_default(upper: Axes, lower: Axes, place: int, count: int, name: str) -> None:
    """Lay a band behind the default specification and write its name between the panels."""
    for panel in (upper, lower):
        panel.axvspan(place - 0.5, place + 0.5, facecolor=BAND, zorder=0, gid="default")
    if not name:
        return
    side = "left" if place < 0.15 * count else "right" if place > 0.85 * count else "center"
    at = {"left": place - 0.5, "center": place, "right": place + 0.5}[side]
    upper.annotate(
        name,
        (at, 0),
        xycoords=("data", "axes fraction"),
        xytext=(0, -3),
        textcoords="offset points",
        ha=side,
        va="top",
        fontsize=9,
        color=BLUE,
        annotation_clip=False,
    )
