"""Counts in bars: how much of what, and for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingan_lib import style
from pingan_lib.errors import UsageError
from pingan_lib.plots.frames import groups_of, need, refused_rows, sources_of
from pingan_lib.style import FAINT, INK, PAPER, SERIES, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BARS: dict[str, Any] = {"orient": "h", "saturation": 1, "errorbar": None, "legend": False}


@use_style()
def stage_bars(
    frame: pd.DataFrame,
    *,
    title: str = "",
    xlabel: str = "",
    refused: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Counts side by side for two or more groups, by stage of the logic model or any other kind.

    Parameters
    ----------
    frame : DataFrame
        A row for each stage and group: `stage`, `group`, `count` (whole numbers). Both keep their order.
        Optionally `source`, where the count comes from, and `grade`, where the counts are reported ones.
    title, xlabel : str
    refused : str, optional
        What stands beside a count graded "not_comparable", which is then drawn hollow and dashed.
    ax : Axes, optional

    Raises
    ------
    UsageError
        If a stage has two counts for a group, or a row is graded "not_comparable" and `refused` is not given.
    """
    from matplotlib.ticker import MaxNLocator

    need(frame, "stage", "group", "count")
    twice = frame.duplicated(["stage", "group"])
    if twice.any():
        names = frame.loc[twice, ["stage", "group"]].iloc[0]
        raise UsageError(f"{names['stage']} has more than one count for {names['group']}. Add them up first.")
    marked = refused_rows(frame, "stage", refused)
    stages, groups = list(dict.fromkeys(frame["stage"])), groups_of(frame["group"])
    ax = style.axes(ax, 7.0, 1.0 + max(0.3 * len(groups), 0.36) * len(stages))
    named = frame.assign(group=frame["group"].astype(str))
    order = {"order": stages, "hue_order": groups, "palette": list(SERIES[: len(groups)])}
    _draw_bars(ax, data=named, x="count", y="stage", hue="group", dodge=True, **order)
    facts = zip(named["stage"], named["group"], sources_of(frame), marked, strict=True)
    rows = {(stage, group): (source, quiet) for stage, group, source, quiet in facts}
    for group, container in zip(groups, ax.containers, strict=True):
        for place, bar in enumerate(container):
            middle = bar.get_y() + bar.get_height() / 2
            source, quiet = rows[stages[round(middle)], group]
            bar.set_gid(group)
            # The first bar of a group says its name, and no legend need be looked up.
            written = [
                f"{bar.get_width():g}",
                *([] if place else [group]),
                *([str(refused)] if quiet else []),
            ]
            if quiet:
                bar.set(facecolor=PAPER, edgecolor=FAINT, hatch="", linewidth=1, linestyle=(0, (4, 2)))
            style.at_bar(ax, bar.get_width(), middle, "  ".join(written), source)
    ax.margins(x=0.08)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(axis="x")
    style.rows(ax, stages, 30)
    return style.finish(ax, title, xlabel)


@use_style()
def diverging_bars(
    frame: pd.DataFrame,
    *,
    side_a: str,
    side_b: str,
    effect: str = "log_ratio",
    title: str = "",
    xlabel: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Words that set two texts apart: bars to the right for the first text, to the left for the second.

    Parameters
    ----------
    frame : DataFrame
        Indexed by word: the column `effect`, and `count_a` and `count_b`, which are written beside each bar,
        first text first; optionally `source`, where these two come from.
    side_a, side_b : str
        Names of the texts, written above their sides.
    effect : str
        The column whose sign and size the bars show.
    title, xlabel : str
    ax : Axes, optional
    """
    need(frame, effect, "count_a", "count_b")
    ax = style.axes(ax, 7.6, 1.5 + 0.3 * len(frame))
    sizes = frame[effect].to_numpy(dtype=float)
    sides = {"hue": sizes < 0, "hue_order": [False, True], "palette": list(SERIES[:2])}
    _draw_bars(ax, x=sizes, y=np.arange(len(frame)), width=0.72, dodge=False, **sides)
    ax.axvline(0, color=INK, linewidth=1)
    reach = 1.22 * max(float(np.abs(sizes).max()), 0.1)
    ax.set_xlim(-reach, reach)
    both = zip(sizes, frame["count_a"], frame["count_b"], sources_of(frame), strict=True)
    for place, (size, count_a, count_b, source) in enumerate(both):
        style.at_bar(ax, size, place, f"{count_a:g} : {count_b:g}", source)
    ax.grid(axis="x")
    style.rows(ax, list(frame.index), 24)
    for x, end, text in ((1.0, "right", f"{side_a} →"), (0.0, "left", f"← {side_b}")):
        ax.annotate(text, (x, 1), xycoords="axes fraction", xytext=(0, 6), textcoords="offset points", ha=end)
    return style.finish(ax, title, xlabel, above=16)  # the names of the sides


def _draw_bars(ax: Axes, **what: Any) -> None:
    """Draw bars by seaborn, each series with the hatch of its place, in the colour of the paper."""
    import seaborn as sns

    ax.set(xlabel="?", ylabel="?")  # where there is a label, seaborn does not lay out the ticks to place one
    sns.barplot(ax=ax, **what, **_BARS)
    for container, hatch in zip(ax.containers, style.HATCHES, strict=False):
        for bar in container:
            bar.set(hatch=hatch, edgecolor=PAPER, linewidth=0)
