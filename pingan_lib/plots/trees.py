"""Which rows join which, and at what distance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingan_lib import style
from pingan_lib.plots.frames import need, sources_of
from pingan_lib.style import FAINT, INK, QUIET, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@use_style()
def dendrogram(
    frame: pd.DataFrame,
    *,
    tree: np.ndarray,
    cut: float | None = None,
    heading: str = "",
    title: str = "",
    xlabel: str = "",
    ax: Axes | None = None,
) -> Axes:
    """A tree on its side: the rows at the left, and to the right the distance at which they are joined.

    Joins within a group are drawn strong, those above the cut thin.

    Parameters
    ----------
    frame : DataFrame
        A row for each leaf, in the order of the table that was clustered: `label`, and optionally `beside` (text
        at the right edge, such as the name of its group) and `source`, where a number in that text comes from.
    tree : ndarray, shape (rows - 1, 4)
        As `scipy.cluster.hierarchy.linkage` gives it.
    cut : float, optional
        The distance at which the tree is cut into groups, drawn as a dashed line.
    heading : str, optional
        Stands above the texts beside the rows.
    title, xlabel : str
    ax : Axes, optional
    """
    from scipy.cluster.hierarchy import dendrogram as layout

    need(frame, "label")
    drawn = layout(tree, no_plot=True)
    ax = style.axes(ax, 7.6, 1.0 + 0.27 * len(frame))
    for rows, distances in zip(drawn["icoord"], drawn["dcoord"], strict=True):
        within = cut is None or max(distances) <= cut
        look: dict[str, Any] = (
            {"color": INK, "linewidth": 1.6} if within else {"color": QUIET, "linewidth": 0.9}
        )
        ax.plot(distances, [(row - 5) / 10 for row in rows], gid="join", solid_capstyle="butt", **look)
    if cut is not None:
        ax.axvline(cut, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), gid="cut")
    ordered = frame.iloc[drawn["leaves"]]
    if "beside" in frame:
        for row, (text, source) in enumerate(zip(ordered["beside"], sources_of(ordered), strict=True)):
            style.beside(ax, row, str(text), source)
        style.beside(ax, -1, heading)
    most = max(float(tree[:, 2].max()), 0.01)
    ax.set_xlim(-0.015 * most, 1.04 * most)
    ax.grid(axis="x")
    style.rows(ax, list(ordered["label"]), 34)
    return style.finish(ax, title, xlabel)
