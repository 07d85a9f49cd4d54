"""A tidy frame → a matplotlib Axes, drawn in the package's style.

Every function takes the words it writes from its caller, so that a figure serves both languages; without `ax`
it makes a figure of its own outside pyplot, so that a notebook does not show it twice. Nothing is told by
colour alone: cells and bars carry their numbers, groups a hatch or a marker of their own. A frame that lacks
a column or has no row is refused with a `UsageError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pingan_lib import style
from pingan_lib.errors import UsageError
from pingan_lib.style import INK, PAPER, QUIET, SERIES, use_style
from pingan_lib.style import figure_svg as figure_svg
from pingan_lib.style import missing_glyphs as missing_glyphs

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _need(frame: pd.DataFrame, *columns: str) -> None:
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


def _groups(values: pd.Series) -> list[str]:
    """The groups in the order in which they come; refuses more than can be told apart."""
    groups = list(dict.fromkeys(values.astype(str)))
    if len(groups) > len(SERIES):
        raise UsageError(
            f"{len(groups)} groups cannot be told apart in one figure; at most {len(SERIES)} can. Draw fewer."
        )
    return groups


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
    import seaborn as sns

    _need(matrix)
    counts = matrix.to_numpy(dtype=float)
    if not (np.isfinite(counts).all() and (counts >= 0).all() and (counts % 1 == 0).all()):
        raise UsageError("A heat map shows counts: every cell needs a whole number of at least 0.")
    height, width = matrix.shape
    ax = style.axes(ax, 3.6 + 1.1 * width, 1.1 + 0.36 * height)
    shades = sns.light_palette(style.BLUE, as_cmap=True)
    top = max(float(counts.max()), 1.0)
    grid = {"cbar": False, "linewidths": 1.5, "linecolor": PAPER}
    sns.heatmap(counts, mask=counts == 0, cmap=shades, vmin=0, vmax=top, ax=ax, **grid)
    ax.patch.set(facecolor="#F7F7F7", hatch="////", edgecolor="#DEDEDE", linewidth=0)
    for (row, column), count in np.ndenumerate(counts):
        ground = shades(count / top) if count else "#F7F7F7"
        ink = max(("#000000", PAPER), key=lambda colour: style.contrast(colour, ground))  # one reaches 4.5
        place = (column + 0.5, row + 0.5)
        ax.text(*place, f"{count:g}" if count else zero, ha="center", va="center_baseline", color=ink)
    ax.set_yticks(np.arange(height) + 0.5, [style.wrap(str(label), 34) for label in matrix.index], rotation=0)
    ax.set_xticks(
        np.arange(width) + 0.5, [style.wrap(str(label), 14) for label in matrix.columns], rotation=0
    )
    ax.tick_params(length=0, labelcolor=INK, top=True, labeltop=True, bottom=False, labelbottom=False)
    return style.finish(ax, title, xlabel)


@use_style()
def dumbbell_bounds(
    frame: pd.DataFrame,
    *,
    title: str = "",
    xlabel: str = "",
    words: Mapping[str, str] | None = None,
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
        marker) and `unit`.
    title, xlabel : str
    words : mapping of str to str, optional
        Legend texts for `value`, `closed`, `open`, `unbounded`; without it there is no legend of marks.
    ax : Axes, optional

    Raises
    ------
    UsageError
        If the rows differ in unit or hold no number.
    """
    from matplotlib.lines import Line2D

    _need(frame, "label", "value", "low", "high", "low_closed", "high_closed", "printed", "hedge")
    if "unit" in frame and frame["unit"].nunique() > 1:
        units = ", ".join(sorted(frame["unit"].dropna().astype(str).unique()))
        raise UsageError(
            f"Rows of different units ({units}) cannot share an axis. Draw a figure for each unit."
        )
    ax = style.axes(ax, 7.6, 1.3 + 0.42 * len(frame))
    groups = _groups(frame["group"]) if "group" in frame else []
    given = frame[["value", "low", "high"]].astype(object)
    numbers = given.where(given.notna(), np.nan).to_numpy(dtype=float)
    numbers = np.where(np.isinf(numbers), np.nan, numbers)
    if np.isnan(numbers).all():
        raise UsageError("No row has a value or a bound: there is nothing to draw.")
    least, most = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    pad = 0.08 * (most - least) or 0.08 * abs(most) or 1.0
    edges = (least - pad, most + pad)
    values = [_look(style.MARKERS[i], 10, SERIES[i], SERIES[i]) for i in range(max(len(groups), 1))]
    marks = {
        "value": values[0],
        "closed": _look("o", 5, INK, INK),
        "open": _look("o", 5, PAPER, INK),
        "unbounded": _look(">", 7, QUIET, QUIET),
    }
    for row, ((_, facts), (value, *bounds)) in enumerate(zip(frame.iterrows(), numbers, strict=True)):
        reach = np.where(np.isnan(bounds), edges, bounds)
        ax.plot(reach, [row, row], color=QUIET, linewidth=2, zorder=2, gid="bounds")
        _mark(ax, value, row, values[groups.index(str(facts["group"])) if groups else 0], "value")
        closed = facts[["low_closed", "high_closed"]]
        for x, bound, inside, arrow in zip(reach, bounds, closed, "<>", strict=True):
            kind = "unbounded" if np.isnan(bound) else "closed" if inside else "open"
            _mark(ax, x, row, marks[kind] | ({"marker": arrow} if kind == "unbounded" else {}), kind)
        said = (str(text) for text in facts[["printed", "hedge"]] if pd.notna(text) and text != "")
        style.beside(ax, row, "  ".join(said))
    ax.set_xlim(*edges)
    ax.grid(axis="x")
    style.rows(ax, list(frame["label"]), 34)
    handles = [Line2D([], [], label=group, **look) for group, look in zip(groups, values, strict=False)]
    for kind, word in (words or {}).items():
        if not (groups and kind == "value"):  # the groups' own marks have shown what a value looks like
            handles.append(Line2D([], [], label=word, **marks[kind]))
    return style.finish(ax, title, xlabel, handles)


def _look(marker: str, size: float, face: str, edge: str) -> dict[str, Any]:
    """How a mark looks, on the axis and in the legend."""
    return {
        "linestyle": "",
        "marker": marker,
        "markersize": size,
        "markerfacecolor": face,
        "markeredgecolor": edge,
    }


def _mark(ax: Axes, x: float, row: int, look: Mapping[str, Any], gid: str) -> None:
    """One mark on a row; `gid` says in the SVG what it stands for."""
    ax.plot([x], [row], zorder=3 if gid == "value" else 4, clip_on=False, gid=gid, **look)


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
        first text first.
    side_a, side_b : str
        Names of the texts, written above their sides.
    effect : str
        The column whose sign and size the bars show.
    title, xlabel : str
    ax : Axes, optional
    """
    import seaborn as sns

    _need(frame, effect, "count_a", "count_b")
    ax = style.axes(ax, 7.6, 1.5 + 0.3 * len(frame))
    sizes = frame[effect].to_numpy(dtype=float)
    bars = {"orient": "h", "saturation": 1, "width": 0.72, "dodge": False, "legend": False}
    sides = {"hue": sizes < 0, "hue_order": [False, True], "palette": list(SERIES[:2])}
    sns.barplot(x=sizes, y=np.arange(len(frame)), ax=ax, **sides, **bars)
    _hatch(ax)
    ax.axvline(0, color=INK, linewidth=1)
    reach = 1.22 * max(float(np.abs(sizes).max()), 0.1)
    ax.set_xlim(-reach, reach)
    both = zip(sizes, frame["count_a"], frame["count_b"], strict=True)
    for place, (size, count_a, count_b) in enumerate(both):
        style.at_bar(ax, size, place, f"{count_a:g} : {count_b:g}")
    ax.grid(axis="x")
    style.rows(ax, list(frame.index), 24)
    for x, side, text in ((1.0, "right", f"{side_a} →"), (0.0, "left", f"← {side_b}")):
        ax.annotate(
            text, (x, 1), xycoords="axes fraction", xytext=(0, 6), textcoords="offset points", ha=side
        )
    style.finish(ax, title, xlabel)
    ax.set_title(title, pad=26)  # above the names of the sides
    return ax


@use_style()
def timeline(
    frame: pd.DataFrame, *, title: str = "", xlabel: str = "", unknown: str = "?", ax: Axes | None = None
) -> Axes:
    """Periods as bars, so that one sees whether they overlap at all.

    A missing start is an arrow from the left edge (cumulative, nobody says since when), a missing end one to
    the right; a single day is a marker; a row without both keeps its place and says `unknown`. The period is
    written beside each row.

    Parameters
    ----------
    frame : DataFrame
        A row for each period: `label`, `start`, `end` (first and last day; may be missing) and `group`.
    title, xlabel, unknown : str
    ax : Axes, optional

    Raises
    ------
    UsageError
        If there is no date at all, or a period ends before it starts.
    """
    from matplotlib.dates import AutoDateLocator, DateFormatter, date2num

    _need(frame, "label", "start", "end", "group")
    starts, ends = pd.to_datetime(frame["start"]), pd.to_datetime(frame["end"])
    wrong = frame.loc[(starts > ends).to_numpy(), "label"]
    if len(wrong):
        raise UsageError(
            f"A period ends before it starts: {', '.join(map(str, wrong))}. Mend its start or its end."
        )
    known = pd.concat([starts, ends]).dropna()
    if known.empty:
        raise UsageError("No row has a start or an end: there is no time to draw.")
    ax = style.axes(ax, 7.6, 1.3 + 0.34 * len(frame))
    groups = _groups(frame["group"])
    day = pd.Timedelta(days=1)
    pad = max((known.max() - known.min()) * 0.06, 30 * day)
    left, right = date2num(known.min() - pad), date2num(known.max() + day + pad)
    for row, (start, end, group) in enumerate(zip(starts, ends, frame["group"], strict=True)):
        place = groups.index(str(group))
        colour = SERIES[place]
        style.beside(ax, row, _period(start, end) or unknown)
        since = left if pd.isna(start) else date2num(start)
        until = right if pd.isna(end) else date2num(end + day)
        if start == end:
            _mark(ax, since, row, _look(style.MARKERS[place], 8, colour, colour), "day")
        elif pd.notna(start) and pd.notna(end):
            look: dict[str, Any] = {"height": 0.56, "color": colour, "hatch": style.HATCHES[place]}
            ax.barh(row, until - since, left=since, gid="period", **look)
        elif pd.notna(start) or pd.notna(end):
            dashes: dict[str, Any] = {"color": colour, "linewidth": 2.5, "linestyle": (0, (2, 1))}
            ax.plot([since, until], [row, row], gid="reach", **dashes)
            edge, arrow, bound = (since, "<", until) if pd.isna(start) else (until, ">", since)
            _mark(ax, edge, row, _look(arrow, 8, colour, colour), "unbounded")
            _mark(ax, bound, row, _look("|", 13, colour, colour), "bound")
    ax.set_xlim(left, right)
    ax.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=9))
    ax.xaxis.set_major_formatter(DateFormatter("%Y" if right - left > 3 * 366 else "%Y-%m"))
    ax.grid(axis="x")
    style.rows(ax, list(frame["label"]), 34)
    return style.finish(ax, title, xlabel, style.swatches(groups))


def _period(start: Any, end: Any) -> str:
    """A period in figures alone, as years where it is made of whole years; empty if neither end is known."""
    if pd.isna(start) and pd.isna(end):
        return ""
    whole = (pd.isna(start) or start.is_year_start) and (pd.isna(end) or end.is_year_end)
    first, last = (
        "…" if pd.isna(date) else f"{date:%Y}" if whole else f"{date:%Y-%m-%d}" for date in (start, end)
    )
    return first if first == last else f"{first} – {last}"


@use_style()
def stage_bars(frame: pd.DataFrame, *, title: str = "", xlabel: str = "", ax: Axes | None = None) -> Axes:
    """Counts side by side for two or more groups, by stage of the logic model or any other kind.

    Parameters
    ----------
    frame : DataFrame
        A row for each stage and group: `stage`, `group`, `count` (whole numbers). Both keep their order.
    title, xlabel : str
    ax : Axes, optional

    Raises
    ------
    UsageError
        If a stage has two counts for a group.
    """
    import seaborn as sns
    from matplotlib.ticker import MaxNLocator

    _need(frame, "stage", "group", "count")
    twice = frame.duplicated(["stage", "group"])
    if twice.any():
        names = frame.loc[twice, ["stage", "group"]].iloc[0]
        raise UsageError(f"{names['stage']} has more than one count for {names['group']}. Add them up first.")
    stages, groups = list(dict.fromkeys(frame["stage"])), _groups(frame["group"])
    ax = style.axes(ax, 7.0, 1.3 + 0.3 * len(stages) * len(groups))
    bars = {"orient": "h", "saturation": 1, "errorbar": None, "legend": False}
    named = frame.assign(group=frame["group"].astype(str))
    order = {"order": stages, "hue_order": groups, "palette": list(SERIES[: len(groups)])}
    sns.barplot(named, x="count", y="stage", hue="group", ax=ax, **order, **bars)
    _hatch(ax)
    for bar in (bar for container in ax.containers for bar in container):
        style.at_bar(ax, bar.get_width(), bar.get_y() + bar.get_height() / 2, f"{bar.get_width():g}")
    ax.margins(x=0.08)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(axis="x")
    style.rows(ax, stages, 30)
    return style.finish(ax, title, xlabel, style.swatches(groups))


@use_style()
def coverage_strips(
    frame: pd.DataFrame, *, title: str = "", xlabel: str = "", ax: Axes | None = None
) -> Axes:
    """A strip for each text, from its first character to its last, with some stretches filled.

    Parameters
    ----------
    frame : DataFrame
        A row for each text: `label`, `characters` (its length), `share` (percent filled, written beside it) and
        `spans` (list of start and end, in characters).
    title, xlabel : str
    ax : Axes, optional
    """
    _need(frame, "label", "characters", "share", "spans")
    ax = style.axes(ax, 7.6, 1.2 + 0.6 * len(frame))
    for row, (length, share, spans) in enumerate(
        zip(frame["characters"], frame["share"], frame["spans"], strict=True)
    ):
        ax.broken_barh([(0, length)], (row - 0.3, 0.6), facecolor="#F1F1F1", edgecolor=QUIET, linewidth=0.6)
        bars = [(start, end - start) for start, end in spans]
        ax.broken_barh(bars, (row - 0.3, 0.6), facecolor=SERIES[0])
        style.beside(ax, row, f"{share:.0f}%")
    ax.set_xlim(0, 1.01 * float(frame["characters"].max()))
    style.rows(ax, list(frame["label"]), 24)
    return style.finish(ax, title, xlabel)


def _hatch(ax: Axes) -> None:
    """Give each series of bars the hatch of its place."""
    for container, hatch in zip(ax.containers, style.HATCHES, strict=False):
        for bar in container:
            bar.set_hatch(hatch)
