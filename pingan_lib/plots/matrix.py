"""Counts in a grid: a few large cells, or small ones that stay legible with thirty rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingan_lib import style
from pingan_lib.errors import UsageError
from pingan_lib.plots.frames import need
from pingan_lib.style import FAINT, GROUND, HATCH, INK, QUIET, SHADE, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path

_CELL = (0.4, 0.27)  # width and height of a cell in inches
_GAP = (0.02, 0.03)  # between cells, in cells
_DOT = (0.46, 0.44)  # around the dot in an empty cell


@use_style()
def heatmap(
    matrix: pd.DataFrame, *, title: str = "", xlabel: str = "", zero: str = "·", ax: Axes | None = None
) -> Axes:
    """Counts in a grid: each cell carries its number, an empty one a dot on a hatched ground.

    Parameters
    ----------
    matrix : DataFrame of int, shape (rows, columns)
        Its index and columns are the labels.
    title, xlabel : str
    zero : str
        Written where the count is 0.
    ax : Axes, optional

    Raises
    ------
    UsageError
        If a cell is no whole number of at least 0.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    counts = counts_of(matrix)
    height, width = counts.shape
    ax = style.axes(ax, 3.6 + 1.1 * width, 1.1 + 0.36 * height)
    paint(ax, counts, (0.01, 0.03))
    empty = [_cell(column, row, (0.01, 0.03)) for row, column in np.argwhere(counts == 0)]
    if empty:
        hatched: dict[str, Any] = {"facecolor": GROUND, "hatch": "////", "edgecolor": HATCH, "linewidth": 0}
        ax.add_patch(PathPatch(Path.make_compound_path(*empty), gid="empty", **hatched))
    for (row, column), count in np.ndenumerate(counts):
        place = (column + 0.5, row + 0.5)
        text = ax.text(*place, f"{count:g}" if count else zero, ha="center", va="center_baseline", color=INK)
        text.set_in_layout(False)  # it lies inside
    ax.set_yticks(np.arange(height) + 0.5, [style.wrap(str(label), 34) for label in matrix.index])
    ax.set_xticks(np.arange(width) + 0.5, [style.wrap(str(label), 14) for label in matrix.columns])
    ax.tick_params(length=0, labelcolor=INK, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.spines[:].set_visible(False)
    ax.set(xlim=(0, width), ylim=(height, 0))
    return style.finish(ax, title, xlabel)


@use_style()
def count_matrix(
    matrix: pd.DataFrame,
    *,
    beside: pd.DataFrame | None = None,
    outlined: pd.DataFrame | None = None,
    title: str = "",
    xlabel: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Counts in a grid of small cells: each carries its number, an empty one a dot.

    Parameters
    ----------
    matrix : DataFrame of int, shape (rows, columns)
        Its index and columns are the labels; long column labels are written aslant.
    beside : DataFrame, optional
        Numbers to the right of each row, outside the grid, a column each; no shade, as they are of another kind.
    outlined : DataFrame of bool, optional
        Cells to be framed, of the shape of `matrix`.
    title, xlabel : str
    ax : Axes, optional

    Raises
    ------
    UsageError
        If a cell is no whole number of at least 0.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    counts = counts_of(matrix)
    height, width = counts.shape
    further = [] if beside is None else [str(column) for column in beside.columns]
    headings = list(map(str, matrix.columns))
    lean = max(style.text_width(label, 10) for label in headings) / 72
    aslant = lean > _CELL[0]
    labels = headings + (further if aslant else [style.wrap(label, 10) for label in further])
    names = [style.wrap(str(label), 28) for label in matrix.index]
    room = max(style.text_width(line, 10) for name in names for line in name.split("\n")) / 72
    across = width + 1.6 * len(further)
    ax = style.axes(
        ax, 0.6 + room + _CELL[0] * across, 0.6 + (0.7 * lean if aslant else 0) + _CELL[1] * height
    )
    paint(ax, counts)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            _write(ax, column + 0.5, row, count, INK)
    dots = [_cell(column, row, _DOT) for row, column in np.argwhere(counts == 0)]
    if dots:
        ax.add_patch(PathPatch(Path.make_compound_path(*dots), facecolor=FAINT, linewidth=0, gid="none"))
    for row, column in np.argwhere(outlined.to_numpy(dtype=bool)) if outlined is not None else ():
        frame: dict[str, Any] = {"fill": False, "edgecolor": INK, "linewidth": 1.6, "gid": "outlined"}
        ax.add_patch(PathPatch(_cell(column, row, _GAP), **frame))
    places = [width + 1.6 * (place + 0.5) for place in range(len(further))]
    for place, name in zip(places, further, strict=True):
        for row, number in enumerate(beside[name] if beside is not None else ()):
            _write(ax, place, row, number, QUIET)
    ax.set_yticks(np.arange(height) + 0.5, names)
    turned: dict[str, Any] = (
        {"rotation": 45, "ha": "left", "va": "bottom", "rotation_mode": "anchor"} if aslant else {}
    )
    ax.set_xticks([*(np.arange(width) + 0.5), *places], labels, **turned)
    ax.tick_params(length=0, labelcolor=INK, top=False, labeltop=True, bottom=False, labelbottom=False, pad=2)
    ax.spines[:].set_visible(False)
    ax.set_xlim(0, across)
    ax.set_ylim(height, 0)
    return style.finish(ax, title, xlabel)


def _write(ax: Axes, x: float, row: int, number: float, ink: str) -> None:
    text = ax.text(x, row + 0.5, f"{number:,.0f}", ha="center", va="center_baseline", fontsize=9, color=ink)
    text.set_in_layout(False)  # it lies inside; hundreds of them would take seconds to lay out


def counts_of(matrix: pd.DataFrame) -> np.ndarray:
    """The counts of a grid as floats; refuses what is no count."""
    need(matrix)
    counts = matrix.to_numpy(dtype=float)
    if not (np.isfinite(counts).all() and (counts >= 0).all() and (counts % 1 == 0).all()):
        raise UsageError("A grid shows counts: every cell needs a whole number of at least 0.")
    return counts


def paint(ax: Axes, counts: np.ndarray, gap: tuple[float, float] = _GAP) -> None:
    """Shade the cells of a grid, the more the darker; a cell of 0 has none.

    Parameters
    ----------
    ax : Axes
    counts : ndarray of float, shape (rows, columns)
    gap : pair of float, optional
        What is left free at the sides, and above and below, of a cell of size 1.
    """
    from matplotlib.colors import to_rgba
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    top = max(float(counts.max()), 1.0)
    for count in np.unique(counts[counts > 0]):  # one path for each shade keeps the file small
        cells = [_cell(column, row, gap) for row, column in np.argwhere(counts == count)]
        shade = to_rgba(SHADE, style.LEAST + (style.MOST - style.LEAST) * count / top)
        ax.add_patch(PathPatch(Path.make_compound_path(*cells), facecolor=shade, linewidth=0, gid="cells"))


def _cell(column: int, row: int, gap: tuple[float, float]) -> Path:
    from matplotlib.path import Path

    beside, above = gap
    left, right, top, bottom = column + beside, column + 1 - beside, row + above, row + 1 - above
    return Path([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], closed=True)
