"""How figures look and how they are kept: one calm style, a font of our own, SVG without chance in it.

Groups have colours that stay apart for colour-blind readers and stand out, 3 to 1, from white paper; a page in a
dark scheme sets those of `DARK` in their place. Text reaches 4.5 to 1 (WCAG 2.1, success criteria 1.4.3 and 1.4.11).
"""

from __future__ import annotations

import math
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

import numpy as np

from pingan_lib.drawing import svg_bytes, text_extent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"  # of Okabe and Ito (2008), "Color Universal Design"
SERIES = (BLUE, "#C55A00", "#222255", "#CC6699", "#5E3A00")
MARKERS = ("D", "s", "^", "v", "P")
HATCHES = ("", "///", "...", "xxx", "\\\\\\")
INK, QUIET, RULE, PAPER = "#222222", "#595959", "#D4D4D4", "#FFFFFF"
FAINT = "#8A8A8A"  # marks that step back, still 3 to 1 on white and on a dark ground; never text
GRID, GROUND, HATCH, BAND = "#EBEBEB", "#F1F1F1", "#DEDEDE", "#DCEAF4"
# Of a cell: the colour, and how opaque it is for the least and the highest count; ink on it reaches 4.5 to 1.
SHADE, LEAST, MOST = "#1170AD", 0.16, 0.72

# What stands for a colour in a dark scheme: the style sheet of a page, by the value of the attribute.
DARK: Mapping[str, str] = {
    INK: "var(--ink)",
    QUIET: "var(--quiet)",
    RULE: "var(--rule-strong)",
    PAPER: "var(--paper)",
    GRID: "var(--rule)",
    GROUND: "var(--raised)",
    HATCH: "var(--rule)",
    BAND: "#1D3345",
    **dict(zip(SERIES, ("#56B4E9", "#E69F00", "#7B68EE", "#D81B60", "#FFE9A8"), strict=True)),
}

STYLE: Mapping[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": RULE,
    "axes.facecolor": "none",
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titlepad": 10,
    "axes.unicode_minus": True,
    "figure.facecolor": PAPER,
    "font.size": 10,
    "grid.color": GRID,
    "hatch.color": PAPER,
    "hatch.linewidth": 1.0,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "patch.force_edgecolor": False,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "path",
    "svg.hashsalt": "pingan_lib",
    "text.color": INK,
    "text.hinting": "none",
    "text.parse_math": False,  # a $ in a label is a dollar
    "xtick.color": RULE,
    "xtick.labelcolor": QUIET,
    "ytick.color": RULE,
    "ytick.labelcolor": INK,
}


@cache
def _font_family() -> str:
    """Make the packaged font known to matplotlib, once a process; its family name."""
    from matplotlib import font_manager

    with as_file(files("pingan_lib") / "fonts" / "NotoSansSC-subset.otf") as path:
        font_manager.fontManager.addfont(path)
        return str(font_manager.get_font(path).family_name)


@contextmanager
def use_style() -> Iterator[None]:
    """Draw in the package's style within a `with` block or, as a decorator, within a function.

    It starts from matplotlib's defaults, so that a figure is the same whatever the reader has set, and the
    reader's own rcParams come back afterwards. The packaged font draws Latin and Chinese alike; what it
    lacks is left to DejaVu Sans, which matplotlib carries, and what that lacks is named by
    `missing_glyphs`.
    """
    from matplotlib.style import context

    with context(["default", {**STYLE, "font.family": [_font_family(), "DejaVu Sans"]}]):
        yield


@use_style()
def missing_glyphs(figure: Figure) -> list[str]:
    """Characters in a figure that none of its fonts can draw.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    list of str
        Single characters in code-point order; empty where all is well.
    """
    from matplotlib.font_manager import FontProperties, findfont, get_font
    from matplotlib.text import Text

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # that is what we are about to tell
        figure.canvas.draw()  # tick labels have no text before
    missing = set()
    for text in figure.findobj(Text):
        written = {ord(char) for char in text.get_text() if char != "\n"}
        if not text.get_visible() or not written:
            continue
        for family in text.get_fontfamily():
            try:
                path = findfont(FontProperties(family=family), fallback_to_default=False)
            except ValueError:  # a family that is not installed draws nothing
                continue
            written -= get_font(path).get_charmap().keys()
        missing |= written
    return [chr(code) for code in sorted(missing)]


@use_style()
def figure_svg(figure: Figure) -> bytes:
    """A figure as SVG with its glyphs as paths: the same figure gives the same bytes, today and elsewhere.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    bytes
        UTF-8; no date, no program name, no needless white space, nothing that a browser would fetch.
    """
    svg = svg_bytes(figure)
    svg = svg[svg.index(b"<svg") :]  # without the document type, whose address a reader of XML may fetch
    return b" ".join(svg.split()).replace(b"> <", b"><")


def wrap(label: str, width: int) -> str:
    """Break a label into the fewest lines of at most `width` Latin letters, of about equal length.

    A Chinese character counts as two. Lines break at spaces and beside Chinese characters, but not before a
    closing mark nor after an opening one; what offers no such place stays whole.
    """
    fewest = len(_lines(label, width))
    total = sum(map(_width, label))
    return next(
        "\n".join(lines)
        for tight in range(math.ceil(total / fewest), max(width, total) + 1)
        if len(lines := _lines(label, tight)) <= fewest
    )


def _lines(label: str, width: int) -> list[str]:
    """Fill line after line; `rest` is where the current line may last break."""
    lines, start, rest, used = [], 0, 0, 0
    for at, char in enumerate(label):
        if at and _may_break(label[at - 1], char):
            rest = at
        used += _width(char)
        if used > width and rest > start and char != " ":
            lines.append(label[start:rest].strip())
            start = rest
            used = sum(map(_width, label[start : at + 1]))
    return [*lines, label[start:].strip()]


def _width(char: str) -> int:
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _may_break(left: str, right: str) -> bool:
    if left == " ":
        return True
    beside_chinese = 2 in (_width(left), _width(right))
    opening = unicodedata.category(left) in ("Ps", "Pi")
    closing = unicodedata.category(right) in ("Pe", "Pf", "Po")
    return beside_chinese and not opening and not closing and right != " "


def axes(ax: Axes | None, width: float, height: float) -> Axes:
    """The given Axes, or one on a new figure of this size in inches."""
    if ax is not None:
        return ax
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)  # so that whoever asked for the figure can draw it
    return figure.subplots()


def rows(ax: Axes, labels: Sequence[str], width: int) -> None:
    """One row for each label, from top to bottom."""
    ax.set_yticks(range(len(labels)), [wrap(str(label), width) for label in labels])
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0, pad=8)  # room for an arrow that leaves the axis
    ax.spines["left"].set_visible(False)
    ax.spines["bottom"].set_in_layout(False)  # the labels of its ticks lie further out


_AT_EDGE = ("axes fraction", "data")


def beside(ax: Axes, row: float, text: str, source: str | None = None, *, below: str = "") -> None:
    """Write at the right edge of a row, outside the axis, where nothing overlaps it; `below` in smaller letters."""
    look: dict[str, Any] = {
        "xycoords": _AT_EDGE,
        "textcoords": "offset points",
        "va": "center_baseline",
        "color": QUIET,
        "annotation_clip": False,
    }
    ax.annotate(text, (1, row), xytext=(8, 7 if below else 0), fontsize=9, url=source, **look)
    if below:
        ax.annotate(below, (1, row), xytext=(8, -7), fontsize=8, **look)


def at_bar(ax: Axes, size: float, place: float, text: str, source: str | None = None) -> None:
    """Write what a horizontal bar stands for at its end, away from zero."""
    shift, side = (4, "left") if size >= 0 else (-4, "right")
    look: dict[str, Any] = {"ha": side, "va": "center_baseline", "fontsize": 9, "url": source}
    look["annotation_clip"] = False  # a bar ends within the axis
    ax.annotate(text, (size, place), xytext=(shift, 0), textcoords="offset points", **look)


def finish(
    ax: Axes,
    title: str,
    xlabel: str,
    handles: Sequence[Any] = (),
    *,
    ylabel: str = "",
    above: float = 0,
) -> Axes:
    """Title, labels of the axes and, above, a legend on as few lines as its width needs.

    `above` is the height in points of what else stands between axis and title.
    """
    lines = 0
    if handles:
        columns = _legend_columns(ax, [str(handle.get_label()) for handle in handles])
        lines = math.ceil(len(handles) / columns)
        ax.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=columns,
            borderaxespad=0.4,
            borderpad=0,
            handlelength=1.6,
            columnspacing=1.6,
        )
    ax.set_title(title, y=None if title else 1, pad=10 + (4 + 16 * lines if lines else 0) + above)
    label(ax.xaxis, xlabel)
    label(ax.yaxis, ylabel)
    _lay_out_widest(ax)
    return ax


def _lay_out_widest(ax: Axes) -> None:
    """Of the texts beside the rows, which begin at one edge, let the layout measure the widest alone."""
    least, most = sorted(ax.get_ylim())
    beside = [text for text in ax.texts if getattr(text, "xycoords", "") == _AT_EDGE]
    inside = [text for text in beside if least < text.xy[1] < most]  # type: ignore[attr-defined]
    widest = max(
        inside, key=lambda text: text_width(text.get_text(), float(text.get_fontsize())), default=None
    )
    for text in inside:
        text.set_in_layout(text is widest)


def label(axis: Axis, text: str) -> None:
    """Label an axis; where there is no label, the layout need not look for its place beside the ticks."""
    axis.set_label_text(text)
    if not text:
        axis.set_label_coords(0, 0)


def _legend_columns(ax: Axes, labels: Sequence[str]) -> int:
    """The most columns that fit between the labels of the rows and the edge of the figure.

    A wider legend would push the axis together, and at each drawing a little more.
    """
    names = [line for label in ax.get_yticklabels() for line in label.get_text().split("\n")]
    room = (
        72 * ax.figure.bbox.width / ax.figure.dpi
        - 25
        - max((text_width(name, 10) for name in names), default=0)
    )
    widths = [text_width(label, 9.5) + 9.5 * (1.6 + 0.8) for label in labels]
    for columns in range(len(labels), 1, -1):
        filled = np.array_split(widths, columns)
        if sum(column.max() for column in filled) + 9.5 * 1.6 * (columns - 1) <= room:
            return columns
    return 1


def text_width(text: str, size: float) -> float:
    """Width of a line of text in points, in the package's font; call it in the package's style."""
    from matplotlib.font_manager import FontProperties

    return float(text_extent(text, FontProperties(size=size), ismath=False)[0])


def swatches(groups: Sequence[str]) -> list[Any]:
    """Legend handles of groups: colour and hatch."""
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=SERIES[i], hatch=HATCHES[i], edgecolor=PAPER, linewidth=0, label=str(group))
        for i, group in enumerate(groups)
    ]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.1, success criterion 1.4.3)."""
    from matplotlib.colors import to_rgb

    def luminance(colour: str) -> float:
        rgb = np.asarray(to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return float(linear @ (0.2126, 0.7152, 0.0722))

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)
