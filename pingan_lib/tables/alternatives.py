"""What a figure shows, in words made from its data: for those who do not see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd

from pingan_lib import cards
from pingan_lib.bounds import Bounds
from pingan_lib.overview import Clusters
from pingan_lib.plots.readable import readable
from pingan_lib.words import Words

_NAMED = 4  # at most so many names; more are counted
_LISTED = 6  # at most so many figures are told one by one


def of_periods(words: Words, frame: pd.DataFrame, undated: int) -> str:
    """Tell between which days each group's periods lie, and how many ends are open; for `plots.timeline`.

    `undated` figures have no period and are not drawn.
    """
    told, spans = [], {}
    for group, own in frame.groupby("group", observed=False, sort=False):
        days = pd.concat([pd.to_datetime(own["start"]), pd.to_datetime(own["end"])]).dropna()
        if days.empty:
            told.append(words.say("alt.none", name=group))
            continue
        first, last = spans[group] = days.min(), days.max()
        told.append(
            words.say(
                "alt.days" if first < last else "alt.day",
                name=group,
                figures=len(own),
                first=f"{first:%Y-%m-%d}",
                last=f"{last:%Y-%m-%d}",
            )
        )
    ordered = sorted(spans, key=lambda group: spans[group])
    before = [
        words.say("alt.before", earlier=a, later=b) for a, b in pairwise(ordered) if spans[a][1] < spans[b][0]
    ]
    return _sentences(
        words,
        words.say("alt.periods", listed=_clauses(words, told)),
        *before,
        words.say(
            "alt.open",
            starts=int((frame["start"].isna() & frame["end"].notna()).sum()),
            ends=int((frame["end"].isna() & frame["start"].notna()).sum()),
            undated=undated,
        ),
    )


def of_strips(words: Words, frame: pd.DataFrame) -> str:
    """Tell of each text how much is filled, and the longest stretch that is not; for `plots.coverage_strips`."""
    told = []
    for row in frame.to_dict("records"):
        edges = [0, *(edge for span in row["spans"] for edge in span), row["characters"]]
        blank = max(stop - start for start, stop in zip(edges[::2], edges[1::2], strict=True))
        told.append(
            words.say(
                "alt.strip",
                name=row["label"],
                share=f"{row['share']:.0f}%",
                characters=_number(row["characters"]),
                blank=_number(blank),
            )
        )
    return words.say("alt.strips", listed=_clauses(words, told))


def of_counts(words: Words, counts: pd.DataFrame) -> str:
    """Tell in which rows both columns count something, in which only one, and where most; for `plots.heatmap`.

    Parameters
    ----------
    words : Words
    counts : DataFrame of int, shape (rows, 2)
        Its index and columns are names.
    """
    some = counts.to_numpy() > 0
    told = [
        words.say(
            "alt.only" if own.any() else "alt.only_none",
            name=city,
            rows=int(own.sum()),
            names=_names(words, counts.index[own]),
        )
        for city, own in zip(
            counts.columns, (some[:, 0] & ~some[:, 1], some[:, 1] & ~some[:, 0]), strict=True
        )
    ]
    most = [_most(words, str(city), counts[city]) for city in counts.columns]
    return _sentences(
        words,
        words.say(
            "alt.counts",
            rows=len(counts),
            both=int(some.all(axis=1).sum()),
            neither=int((~some.any(axis=1)).sum()),
            only=_clauses(words, told),
        ),
        words.say("alt.most", listed=_clauses(words, most)),
    )


def of_bars(words: Words, frame: pd.DataFrame) -> str:
    """Tell where each group's longest bars are, and which row sets the groups most apart; for `plots.stage_bars`."""
    wide = readable(frame[["stage", "group", "count"]]).set_index("stage")
    told = [_most(words, str(group), wide[group].fillna(0)) for group in wide.columns]
    sentences = [words.say("alt.most", listed=_clauses(words, told))]
    apart = wide.max(axis=1) - wide.min(axis=1)
    if len(wide.columns) > 1 and apart.max() > 0:
        row = apart.idxmax()
        each = [
            words.say("alt.each", name=group, count=_number(wide.loc[row, group])) for group in wide.columns
        ]
        sentences.append(words.say("alt.apart", row=row, listed=_clauses(words, each)))
    return _sentences(words, *sentences)


def of_hedges(words: Words, frame: pd.DataFrame) -> str:
    """Tell which bounds reach farthest and least far from the printed number; for `plots.dumbbell_bounds`.

    Parameters
    ----------
    words : Words
    frame : DataFrame
        Bounds divided by the printed number, as `tables.figures.hedge_widths` gives them.
    """
    if frame.empty:
        return ""
    reach = np.maximum(frame["high"] - 1, 1 - frame["low"]).where(
        frame["high"].notna() & frame["low"].notna()
    )
    endless = frame[reach.isna()]
    told = [words.say("alt.hedges", figures=len(frame))]
    if len(endless):
        told.append(words.say("alt.endless", figures=len(endless), names=_names(words, endless["label"])))
    for key, place in (("alt.widest", reach.max()), ("alt.narrowest", reach.min())):
        if reach.nunique() > 1 or (reach.nunique() == 1 and key == "alt.widest"):
            own = frame[reach == place]
            told.append(words.say(key, names=_names(words, own["label"]), percent=f"{_number(100 * place)}%"))
    return _sentences(words, *told)


def of_bounds(words: Words, frame: pd.DataFrame) -> str:
    """Tell what each figure allows, the lowest and highest where they are many, and whether any overlap."""
    if frame.empty:
        return ""
    allowed: list[Bounds] = readable(frame)["bounds"].to_list()
    shown = frame.assign(bounds=[cards.bounds_text(each, words) for each in allowed])
    told = [words.say("alt.figures", figures=len(frame))]
    if len(frame) > _LISTED:
        shown = shown.sort_values("value", kind="stable").iloc[[0, -1]]
        told.append(words.say("alt.ends"))
    listed = [
        words.say("alt.bounds", name=row["label"], printed=row["printed"], bounds=row["bounds"])
        for row in shown.to_dict("records")
    ]
    told.append(_clauses(words, listed))
    if "grade" in frame and (refused := int((frame["grade"] == "not_comparable").sum())):
        told.append(words.say("alt.refused", figures=refused))
    if len(frame) > 1:
        meet = [_meet(a, b) and _meet(b, a) for a, b in combinations(allowed, 2)]
        told.append(
            words["alt.all_meet" if all(meet) else "alt.some_meet" if any(meet) else "alt.none_meets"]
        )
    return _sentences(words, *told)


def of_words(words: Words, frame: pd.DataFrame, city_a: str, city_b: str) -> str:
    """Tell how many words lean to each side, and which farthest; for `plots.diverging_bars`.

    `frame` comes from `tables.language.key_words`.
    """
    told = []
    for city, own in ((city_a, frame[frame["log_ratio"] > 0]), (city_b, frame[frame["log_ratio"] < 0])):
        if own.empty:
            told.append(words.say("alt.none", name=city))
            continue
        farthest = own[own["log_ratio"].abs() == own["log_ratio"].abs().max()]
        uses = dict.fromkeys(f"{row.count_a} : {row.count_b}" for row in farthest.itertuples())
        told.append(
            words.say(
                "alt.lean",
                name=city,
                words=len(own),
                farthest=_names(words, farthest.index),
                uses=list(uses),
                ratio=_number(round(float(farthest["log_ratio"].iloc[0]), 1)),
            )
        )
    unstable = int((~frame["stable"]).sum()) if "stable" in frame else 0
    return _sentences(
        words,
        words.say("alt.words", words=len(frame), listed=_clauses(words, told)),
        words.say("alt.unstable", words=unstable),
    )


def of_curve(words: Words, curve: pd.DataFrame) -> str:
    """Tell how far the ends of a specification curve run, and what the other pages take."""
    if curve.empty:
        return ""
    told = [words.say("alt.curve", specifications=len(curve))]
    for key, side in (("alt.lower", "low"), ("alt.upper", "high")):
        ends = curve[side].astype(float)
        if ends.isna().any():
            told.append(words.say(f"{key}_open", open=int(ends.isna().sum())))
        if ends.notna().any():
            told.append(words.say(key, least=_end(ends.min()), most=_end(ends.max())))
    for row in curve[curve["default"]].to_dict("records") if "default" in curve else ():
        ends = [words["alt.no_end"] if pd.isna(row[side]) else _end(row[side]) for side in ("low", "high")]
        told.append(words.say("alt.default", low=ends[0], high=ends[1]))
    return _sentences(words, *told)


def of_matrix(words: Words, counts: pd.DataFrame, *, rows: str, columns: str) -> str:
    """Tell of a grid of many cities what most and fewest have; for `plots.count_matrix`.

    Parameters
    ----------
    words : Words
    counts : DataFrame of int
        Its index and columns are names.
    rows, columns : str
        Keys of the sentences on the rows and on the columns that hold most.
    """
    if counts.empty:
        return ""
    some = counts > 0
    told = [words.say("alt.filled", cells=_number(some.size), filled=_number(some.to_numpy().sum()))]
    for key, totals in ((columns, some.sum()), (rows, some.sum(axis=1))):
        for side, place in (("most", totals.max()), ("fewest", totals.min())):
            if side == "most" or totals.nunique() > 1:
                told.append(
                    words.say(
                        f"{key}_{side}", names=_names(words, totals.index[totals == place]), count=int(place)
                    )
                )
    return _sentences(words, *told)


def of_tree(words: Words, found: Clusters, names: Mapping[str, str]) -> str:
    """Tell how large the groups are, which cities are closest, and when the last are joined; for `plots.dendrogram`."""
    sizes = found.groups.value_counts().sort_values(ascending=False, kind="stable")
    listed = [names[str(city)] for city in found.groups.index]
    count = len(listed)
    closest = float(found.tree[:, 2].min())
    near = [
        words.say("alt.couple", one=listed[int(one)], other=listed[int(other)])
        for one, other, distance, _ in found.tree
        if distance == closest and max(one, other) < count
    ]
    return _sentences(
        words,
        words.say("alt.tree", cities=count, groups=len(sizes), sizes=[int(size) for size in sizes]),
        words.say("alt.closest", couples=_names(words, near), distance=f"{closest:.2f}"),
        words.say("alt.last", distance=f"{float(found.tree[:, 2].max()):.2f}", cut=f"{found.cut:.2f}"),
    )


def tree_table(found: Clusters, names: Mapping[str, str]) -> pd.DataFrame:
    """List which cities and joins are joined, and at what distance, the closest first: the data of the tree."""
    listed = [names[str(city)] for city in found.groups.index]
    rows = []
    for step, (one, other, distance, _) in enumerate(found.tree, start=1):
        parts = [listed[int(i)] if i < len(listed) else f"#{int(i) - len(listed) + 1}" for i in (one, other)]
        rows.append(
            {"join": f"#{step}", "joined": parts[0], "joined_with": parts[1], "distance": f"{distance:.3f}"}
        )
    return pd.DataFrame(rows)


def _meet(a: Bounds, b: Bounds) -> bool:
    """Whether the first begins before the second ends."""
    if a.low is None or b.high is None:
        return True
    return a.low < b.high or (a.low == b.high and a.low_closed and b.high_closed)


def _most(words: Words, name: str, counts: pd.Series) -> str:
    """Name the rows in which something is largest, with the number."""
    if counts.empty or not counts.max() > 0:
        return words.say("alt.none", name=name)
    largest = counts.index[counts == counts.max()]
    return words.say("alt.largest", name=name, rows=_names(words, largest), count=_number(counts.max()))


def _names(words: Words, names: Sequence[Any] | pd.Series | pd.Index) -> str:
    """List names; of many the first, with the number of all."""
    listed = [f"“{name}”" if "," in str(name) else str(name) for name in names]
    if len(listed) <= _NAMED:
        return words.say("alt.names", names=listed)
    return words.say(
        "alt.names_of", names=listed[: _NAMED - 1], more=len(listed) - _NAMED + 1, all=len(listed)
    )


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".").replace("-", "−")


def _end(value: float) -> str:
    return f"{value:,.1f}".replace("-", "−")


def _clauses(words: Words, clauses: Sequence[str]) -> str:
    return words["page.names"].join(clauses)


def _sentences(words: Words, *sentences: str) -> str:
    between = "" if words.language == "zh" else " "
    stop = "。" if words.language == "zh" else "."
    return between.join(each if each.endswith(stop) else each + stop for each in sentences if each)
