"""Where the figures of several cities meet on a measure, and what the rules of comparability say of their pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from pingan_lib.compare import described, forbids, grade_pair
from pingan_lib.corpus import Corpus

GRADES = ("comparable", "with_caution", "not_comparable")


def measure_pairs(corpus: Corpus, cities: Sequence[str]) -> pd.DataFrame:
    """Grade every pair of figures of one measure from two different articles, by the rules of `compare`.

    Near misses, which share no measure and are never comparable, are left to the pages on two cities: of thirty
    cities there would be tens of thousands.

    Parameters
    ----------
    corpus : Corpus
    cities : sequence of str

    Returns
    -------
    DataFrame
        A row a pair, as `compare_figures` gives it, with `city_a` and `city_b` besides, which are the same for two
        articles of one city.
    """
    figures = described(corpus)
    figures = figures[figures["place_id"].isin(cities) & (figures["measure_id"] != "")]
    rows = []
    for measure, found in figures.groupby("measure_id", sort=False):
        for a, b in combinations(found.to_dict("records"), 2):
            if a["article_id"] != b["article_id"]:
                grade, reasons, gap = grade_pair(a, b)
                ids = a["figure_id"], b["figure_id"], a["place_id"], b["place_id"]
                rows.append((*ids, measure, grade, reasons, gap))
    columns = ["figure_a", "figure_b", "city_a", "city_b", "measure_id", "grade", "reasons", "gap_years"]
    return pd.DataFrame(rows, columns=columns)


def shared_measures(corpus: Corpus, cities: Sequence[str], pairs: pd.DataFrame) -> pd.DataFrame:
    """Sum up each measure that two or more cities report.

    Parameters
    ----------
    corpus : Corpus
    cities : sequence of str
    pairs : DataFrame
        As `measure_pairs` gives it.

    Returns
    -------
    DataFrame
        Indexed by `measure_id`, those of most cities first: `cities`, `figures`, `unit`; `first`, `last` (years of
        the periods; missing where no figure has one) and `undated` (figures without a period); `pairs` across
        cities, of these `comparable`, `with_caution` and `not_comparable`; `apart` (the longest time between two
        periods, in years) and `reasons` (tuple of name and number of pairs: those that forbid, if any does, the
        commonest first).
    """
    across = pairs[pairs["city_a"] != pairs["city_b"]]
    figures = corpus.accepted[corpus.accepted["place_id"].isin(cities)]
    rows = []
    for measure, found in figures.groupby("measure_id", sort=False):
        if not measure or found["place_id"].nunique() < 2:
            continue
        own = across[across["measure_id"] == measure]
        grades = own["grade"].value_counts()
        years = pd.concat([found["period_start"], found["period_end"]]).dt.year
        counted = Counter(reason for reasons in own["reasons"] for reason in reasons)
        refused = bool(grades.get("not_comparable", 0))
        told = [(name, n) for name, n in counted.most_common() if forbids(name) or not refused]
        rows.append(
            {
                "measure_id": measure,
                "cities": found["place_id"].nunique(),
                "figures": len(found),
                "unit": corpus.measures.loc[measure, "unit"],
                "first": years.min(),
                "last": years.max(),
                "undated": int((found["period_basis"] == "none").sum()),
                "pairs": len(own),
                **{grade: int(grades.get(grade, 0)) for grade in GRADES},
                "apart": own["gap_years"].max(),
                "reasons": tuple(told),
            }
        )
    columns = ["measure_id", "cities", "figures", "unit", "first", "last", "undated", "pairs", *GRADES]
    frame = pd.DataFrame(rows, columns=[*columns, "apart", "reasons"]).set_index("measure_id")
    order = {measure: place for place, measure in enumerate(corpus.measures.index)}
    frame = frame.loc[sorted(frame.index, key=order.__getitem__)]
    return frame.sort_values(["cities", "figures"], ascending=False, kind="stable")


def comparable_groups(pairs: pd.DataFrame, *, caution: bool = False) -> list[tuple[str, ...]]:
    """Gather figures that may share an axis: every one with every other, not only with the next.

    A figure joins the first group with all of which it is comparable, in the order of the pairs; groups of fewer
    than two cities are left out.

    Parameters
    ----------
    pairs : DataFrame
        As `measure_pairs` gives it.
    caution : bool, optional
        Take pairs that are comparable with caution, too.

    Returns
    -------
    list of tuple of str
        Ids of figures, the largest group first.
    """
    allowed = GRADES[: 2 if caution else 1]
    kept = pairs[pairs["grade"].isin(allowed)]
    fitting = {frozenset(ids) for ids in zip(kept["figure_a"], kept["figure_b"], strict=True)}
    place: dict[str, str] = {}
    for side in ("a", "b"):
        place |= dict(zip(kept[f"figure_{side}"], kept[f"city_{side}"], strict=True))
    groups: list[list[str]] = []
    for figure in dict.fromkeys(kept[["figure_a", "figure_b"]].to_numpy().ravel()):
        for group in groups:
            if all(frozenset((figure, other)) in fitting for other in group):
                group.append(figure)
                break
        else:
            groups.append([figure])
    found = [tuple(group) for group in groups if len({place[figure] for figure in group}) > 1]
    return sorted(found, key=len, reverse=True)
