"""What printed numbers allow, row by row on one axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingan_lib import style
from pingan_lib.errors import UsageError
from pingan_lib.plots.frames import finite, groups_of, limits, look, mark, need, refused_rows, sources_of
from pingan_lib.style import FAINT, INK, PAPER, QUIET, SERIES, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@use_style()
def dumbbell_bounds(
    frame: pd.DataFrame,
    *,
    title: str = "",
    xlabel: str = "",
    words: Mapping[str, str] | None = None,
    refused: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """What each printed number allows: a segment from bound to bound, the value as a diamond upon it.

    An end that belongs to the bounds is a filled circle, one that does not is hollow; where there is none, an
    arrow leaves the axis. All rows must bear the same unit, as they share an axis.

    Parameters
    ----------
    frame : DataFrame
        A row for each number: `label`, `value`, `low`, `high` (missing: unbounded), `low_closed`,
        `high_closed` (bool), `printed` and `hedge` (text beside the row); optionally `group` (colour and
        marker), `unit`, `source` (where the number comes from) and `grade` (of its comparison).
    title, xlabel : str
    words : mapping of str to str, optional
        Legend texts for `value`, `closed`, `open`, `unbounded`; without it there is no legend of marks.
    refused : str, optional
        What stands beside a row graded "not_comparable", which is then drawn in grey, hollow and dashed.
    ax : Axes, optional

    Raises
    ------
    UsageError
        If the rows differ in unit or hold no number, or one is graded "not_comparable" and `refused` is not
        given.
    """
    from matplotlib.lines import Line2D

    need(frame, "label", "value", "low", "high", "low_closed", "high_closed", "printed", "hedge")
    if "unit" in frame and frame["unit"].nunique() > 1:
        units = ", ".join(sorted(frame["unit"].dropna().astype(str).unique()))
        raise UsageError(
            f"Rows of different units ({units}) cannot share an axis. Draw a figure for each unit."
        )
    marked = refused_rows(frame, "label", refused)
    ax = style.axes(ax, 7.6, 1.3 + 0.42 * len(frame))
    groups = groups_of(frame["group"]) if "group" in frame else []
    numbers = finite(frame, "value", "low", "high")
    edges = limits(numbers)
    values = [look(style.MARKERS[i], 10, SERIES[i], SERIES[i]) for i in range(max(len(groups), 1))]
    marks = {
        "value": values[0],
        "closed": look("o", 5, INK, INK),
        "open": look("o", 5, PAPER, INK),
        "unbounded": look(">", 7, QUIET, QUIET),
    }
    rows = zip(frame.iterrows(), numbers, sources_of(frame), marked, strict=True)
    for row, ((_, facts), (value, *bounds), source, quiet) in enumerate(rows):
        reach = np.where(np.isnan(bounds), edges, bounds)
        line: dict[str, Any] = {"color": FAINT, "linestyle": (0, (3, 2))} if quiet else {"color": QUIET}
        ax.plot(reach, [row, row], linewidth=1.5 if quiet else 2, zorder=2, gid="bounds", **line)
        own = values[groups.index(str(facts["group"])) if groups else 0]
        mark(ax, value, row, _hushed(own, hollow=True) if quiet else own, "value")
        closed = facts[["low_closed", "high_closed"]]
        for x, bound, inside, arrow in zip(reach, bounds, closed, "<>", strict=True):
            kind = "unbounded" if np.isnan(bound) else "closed" if inside else "open"
            shown = marks[kind] | ({"marker": arrow} if kind == "unbounded" else {})
            mark(ax, x, row, _hushed(shown, hollow=kind == "open") if quiet else shown, kind)
        said = (str(text) for text in facts[["printed", "hedge"]] if pd.notna(text) and text != "")
        style.beside(ax, row, "  ".join(said), source, below=str(refused) if quiet else "")
    ax.set_xlim(*edges)
    ax.grid(axis="x")
    style.rows(ax, list(frame["label"]), 34)
    handles = [Line2D([], [], label=group, **shown) for group, shown in zip(groups, values, strict=False)]
    for kind, word in (words or {}).items():
        if not (groups and kind == "value"):  # the groups' own marks have shown what a value looks like
            handles.append(Line2D([], [], label=word, **marks[kind]))
    return style.finish(ax, title, xlabel, handles)


def _hushed(look: Mapping[str, Any], *, hollow: bool) -> dict[str, Any]:
    """The same mark for a row that is not to be compared."""
    return {**look, "markeredgecolor": FAINT, "markerfacecolor": PAPER if hollow else FAINT}
