"""Where something lies: periods in time, quoted stretches in a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from pingan_lib import style
from pingan_lib.errors import UsageError
from pingan_lib.plots.frames import groups_of, look, mark, need, sources_of
from pingan_lib.style import GROUND, QUIET, SERIES, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABEL = 34  # Latin letters on a line of a row's label


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
        A row for each period: `label`, `start`, `end` (first and last day; may be missing) and `group`;
        optionally `source`, where the period beside the row comes from, and `latest`, a day that a period whose
        end is not given cannot pass.
    title, xlabel, unknown : str
    ax : Axes, optional

    Raises
    ------
    UsageError
        If there is no date at all, or a period ends before it starts.
    """
    from matplotlib.dates import AutoDateLocator, DateFormatter, date2num

    need(frame, "label", "start", "end", "group")
    starts, ends = pd.to_datetime(frame["start"]), pd.to_datetime(frame["end"])
    wrong = frame.loc[(starts > ends).to_numpy(), "label"]
    if len(wrong):
        raise UsageError(
            f"A period ends before it starts: {', '.join(map(str, wrong))}. Mend its start or its end."
        )
    known = pd.concat([starts, ends]).dropna()
    if known.empty:
        raise UsageError("No row has a start or an end: there is no time to draw.")
    two_lines = any("\n" in style.wrap(str(label), _LABEL) for label in frame["label"])
    ax = style.axes(ax, 7.6, 1.3 + (0.42 if two_lines else 0.34) * len(frame))
    groups = groups_of(frame["group"])
    day = pd.Timedelta(days=1)
    pad = max((known.max() - known.min()) * 0.06, 30 * day)
    left, right = date2num(known.min() - pad), date2num(known.max() + day + pad)
    latest = pd.to_datetime(frame.get("latest", pd.Series(pd.NaT, index=frame.index)))
    periods = zip(starts, ends, latest, frame["group"], sources_of(frame), strict=True)
    for row, (start, end, last, group, source) in enumerate(periods):
        place = groups.index(str(group))
        colour = SERIES[place]
        style.beside(ax, row, _period(start, end) or unknown, source)
        since = left if pd.isna(start) else date2num(start)
        reach = end if pd.notna(end) else last
        until = right if pd.isna(reach) else date2num(reach + day)
        if start == end:
            mark(ax, since, row, look(style.MARKERS[place], 8, colour, colour), "day")
        elif pd.notna(start) and pd.notna(end):
            bar: dict[str, Any] = {"height": 0.56, "color": colour, "hatch": style.HATCHES[place]}
            ax.barh(row, until - since, left=since, gid="period", **bar)
        elif pd.notna(start) or pd.notna(end):
            dashes: dict[str, Any] = {"color": colour, "linewidth": 2.5, "linestyle": (0, (2, 1))}
            ax.plot([since, until], [row, row], gid="reach", **dashes)
            edge, arrow, bound = (since, "<", until) if pd.isna(start) else (until, ">", since)
            mark(ax, edge, row, look(arrow, 8, colour, colour), "unbounded")
            mark(ax, bound, row, look("|", 13, colour, colour), "bound")
    ax.set_xlim(left, right)
    locator = AutoDateLocator(minticks=3, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    days = [day for day in locator() if left <= day <= right]
    # Found once: a locator of dates is slow, and a layout asks for the ticks again and again.
    ax.set_xticks(days, map(DateFormatter("%Y" if right - left > 3 * 366 else "%Y-%m"), days))
    ax.grid(axis="x")
    style.rows(ax, list(frame["label"]), _LABEL)
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
def coverage_strips(
    frame: pd.DataFrame, *, title: str = "", xlabel: str = "", ax: Axes | None = None
) -> Axes:
    """A strip for each text, from its first character to its last, with some stretches filled.

    Parameters
    ----------
    frame : DataFrame
        A row for each text: `label`, `characters` (its length), `share` (percent filled, written beside it) and
        `spans` (list of start and end, in characters); optionally `group` (colour) and `source`, where the share
        comes from.
    title, xlabel : str
    ax : Axes, optional
    """
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    need(frame, "label", "characters", "share", "spans")
    ax = style.axes(ax, 7.6, 1.2 + 0.6 * len(frame))
    named = frame["group"] if "group" in frame else pd.Series("", frame.index)
    groups = groups_of(named)
    texts = zip(frame["characters"], frame["share"], frame["spans"], named, sources_of(frame), strict=True)
    for row, (length, share, spans, group, source) in enumerate(texts):
        ground: dict[str, Any] = {"facecolor": GROUND, "edgecolor": QUIET, "linewidth": 0.6, "gid": "text"}
        ax.add_patch(Rectangle((0, row - 0.3), length, 0.6, **ground))
        if spans:
            bars = [
                Path(
                    [(a, row - 0.3), (a, row + 0.3), (b, row + 0.3), (b, row - 0.3), (a, row - 0.3)],
                    closed=True,
                )
                for a, b in spans
            ]
            colour = SERIES[groups.index(str(group))]
            ax.add_patch(
                PathPatch(Path.make_compound_path(*bars), facecolor=colour, linewidth=0, gid="coded")
            )
        style.beside(ax, row, f"{share:.0f}%", source)
    ax.set_xlim(0, 1.01 * float(frame["characters"].max()))
    style.rows(ax, list(frame["label"]), 24)
    return style.finish(ax, title, xlabel)
