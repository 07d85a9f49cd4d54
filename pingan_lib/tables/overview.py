"""All cities of a corpus at once: what each reports, where figures meet, what only one reports, who reports alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
from markupsafe import Markup

from pingan_lib import cards
from pingan_lib.corpus import Corpus
from pingan_lib.overview import GRADES, Clusters, comparable_groups
from pingan_lib.page import Fragment, Page
from pingan_lib.plots import dendrogram, dumbbell_bounds
from pingan_lib.tables import alternatives

_NAMED = 6  # at most so many names in a cell; more are counted
_TOLD = 3  # reasons told for a measure
_CHANCE = 0.05  # a larger share of shuffled grids that do as well makes groups no finding


def corpus_table(page: Page, counts: pd.DataFrame) -> pd.DataFrame:
    """List the cities with their rank, the places above them, and what the corpus holds; from `inventory`.

    Neighbours stand together; articles are counted where a city has more than one.
    """
    rows = []
    for city, row in counts.sort_values("within", key=_by_name(page), kind="stable").iterrows():
        rows.append(
            {
                "city": page.city(str(city)),
                "level": page.words[f"rank.{row['level']}"],
                "within": page.join(map(page.city, reversed(row["within"]))) if row["within"] else "",
                "articles": row["articles"],
                "years": years_text(page, row["first"], row["last"]),
                "genre": page.join(page.words[f"genre.{genre}"] for genre in row["genres"]),
                **{name: row[name] for name in ("characters", "approaches", "figures", "statements")},
            }
        )
    return pd.DataFrame(rows).drop(columns="articles" if (counts["articles"] == 1).all() else [])


def years_text(page: Page, first: Any, last: Any) -> Markup:
    """Write the years from a first to a last; empty where they are missing."""
    if first != first or last != last:
        return Markup("")
    # A word joiner on either side of the dash keeps the span on one line.
    return page.dates("\u2060–\u2060".join(dict.fromkeys((f"{first:.0f}", f"{last:.0f}"))))


def named_matrix(page: Page, counts: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Name the cities and the dimensions of a grid, the rows in an order, the columns of most cities first."""
    spread = (counts > 0).sum().sort_values(ascending=False, kind="stable")
    shown = counts.loc[list(order), spread.index]
    return shown.rename(index=page.city, columns=lambda key: page.name("codebook", key))


def beside_cities(page: Page, counts: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Take columns of counts by city for the right edge of a grid, with their headings."""
    return counts[list(columns)].rename(columns=lambda name: page.words[f"column.{name}"])


def grid_table(matrix: pd.DataFrame, beside: pd.DataFrame) -> pd.DataFrame:
    """Set the cells of a grid, and what stands at its right edge, as a table with the names of its rows."""
    right = beside.set_axis(matrix.index)
    return pd.concat([matrix, right], axis=1).rename_axis("city").reset_index()


def dimensions_table(page: Page, counts: pd.DataFrame, examples: int) -> pd.DataFrame:
    """Show for each dimension how many cities report it, who does not, and some approaches, from different cities."""
    rows = []
    for dimension, row in counts.T.iterrows():
        reporting, lacking = list(row.index[row > 0]), list(row.index[row == 0])
        cited = [
            page.detailed(page.cite(approach), page.city(page.corpus.approaches.loc[approach, "place_id"]))
            for approach in _spread(page.corpus, str(dimension), reporting, examples)
        ]
        rows.append(
            {
                "dimension": page.name("codebook", str(dimension)),
                "cities": len(reporting),
                "approaches": int(row.sum()),
                "lacking": _cities(page, lacking) if lacking else "",
                "examples": _listed(cited),
            }
        )
    frame = pd.DataFrame(rows)
    return frame.sort_values(["cities", "approaches"], ascending=False, kind="stable")


def measures_table(page: Page, shared: pd.DataFrame) -> pd.DataFrame:
    """Show each measure that several cities report, with the grades of its pairs; from `shared_measures`."""
    rows = []
    for measure, row in shared.iterrows():
        told = [
            Markup(page.words["overview.reason"]).format(
                reason=page.words[f"reason_short.{name}"], pairs=page.value(n, "overview.reasons")
            )
            for name, n in row["reasons"][:_TOLD]
        ]
        years = [years_text(page, row["first"], row["last"])]
        if row["apart"] >= 0.05:  # from one year to the next is a day
            apart = page.calculated(f"{row['apart']:.1f}", "gap")
            years.append(Markup(page.words["overview.years_apart"]).format(years=apart))
        if row["undated"]:
            undated = page.value(row["undated"], "overview.undated")
            years.append(Markup(page.words["overview.without_period"]).format(figures=undated))
        rows.append(
            {
                "measure": page.words.say(
                    "overview.in_unit",
                    measure=page.name("measures", str(measure)),
                    unit=page.words[f"unit.{row['unit']}"],
                ),
                "cities": row["cities"],
                "figures": row["figures"],
                "years": Markup(page.words["page.names"]).join(filter(None, years)),
                **{f"pairs_{grade}": row[grade] for grade in GRADES},
                "commonest": _listed(told),
            }
        )
    columns = ["measure", "cities", "figures", "years", *(f"pairs_{grade}" for grade in GRADES)]
    return pd.DataFrame(rows, columns=[*columns, "commonest"])


def axes_drawn(
    page: Page, across: pd.DataFrame, shared: pd.DataFrame, cities: Sequence[str], *, caution: bool, most: int
) -> Fragment:
    """Draw for each measure the largest set of figures that may share an axis, or say that there is none.

    Parameters
    ----------
    page : Page
    across : DataFrame
        Pairs of `measure_pairs` that lie across cities.
    shared : DataFrame
        From `shared_measures`; its order is that of the plots.
    cities : sequence of str
        In the order in which they are drawn.
    caution : bool
        Draw what is comparable with caution, too.
    most : int
        At most so many measures.
    """
    grades = across["grade"].value_counts()
    sets = comparable_groups(across, caution=caution)
    if not sets:
        return page.say(
            "overview.axis_none" if "with_caution" in grades and not caution else "overview.axis_nothing",
            pairs=len(across),
            comparable=int(grades.get("comparable", 0)),
            caution=int(grades.get("with_caution", 0)),
            parameter=page.parameter("caution", "caution"),
        )
    measure_of = page.corpus.figures["measure_id"]
    largest: dict[str, tuple[str, ...]] = {}
    for each in sets:
        largest.setdefault(measure_of[each[0]], each)
    drawn = [measure for measure in shared.index if measure in largest][:most]
    plots = [_axis_plot(page, across, measure, largest[measure], cities) for measure in drawn]
    return Fragment("").join([*plots, page.say("overview.axis_more", drawn=len(drawn), sets=len(sets))])


def _axis_plot(
    page: Page, across: pd.DataFrame, measure: str, group: Sequence[str], cities: Sequence[str]
) -> Fragment:
    inside = across[across["figure_a"].isin(group) & across["figure_b"].isin(group)]
    counted = Counter(reason for reasons in inside["reasons"] for reason in reasons)
    frame = _axis_frame(page, group, cities)
    return page.plot(
        partial(dumbbell_bounds, words=page.marks()),
        frame,
        "overview.axis_caution" if counted else "overview.axis",
        alternatives.of_bounds(page.words, frame),
        measure=page.words.say(
            "overview.in_unit",
            measure=page.name("measures", measure),
            unit=page.words[f"unit.{page.corpus.measures.loc[measure, 'unit']}"],
        ),
        counted=page.label(group[0])
        if page.language == "en"
        else page.named(page.corpus.figures.loc[group[0], "counted"]),
        cities=page.corpus.figures.loc[list(group), "place_id"].nunique(),
        reasons=[page.words[f"reason_short.{name}"] for name, _ in counted.most_common()],
    )


def _axis_frame(page: Page, group: Sequence[str], cities: Sequence[str]) -> pd.DataFrame:
    """Give the bounds of figures that are comparable with each other, in the order of the cities, not of size."""
    corpus = page.corpus
    figures = corpus.figures.loc[list(group)]
    rows = []
    for figure_id, figure in figures.sort_values(
        "place_id", key=lambda places: places.map(list(cities).index), kind="stable"
    ).iterrows():
        bounds = corpus.bounds(str(figure_id), page.reading)
        hedge = "" if figure["hedge"] == "exact" else page.words[f"hedge.{figure['hedge']}"]
        period = cards.period_text(figure, page.words, brief=True)
        rows.append(
            {
                "label": page.city(figure["place_id"]),
                "value": figure["value"],
                "low": float("nan") if bounds.low is None else float(bounds.low),
                "high": float("nan") if bounds.high is None else float(bounds.high),
                "low_closed": bounds.low_closed,
                "high_closed": bounds.high_closed,
                "printed": figure["printed"],
                "hedge": page.words["page.list"].join(filter(None, (hedge, period))),
                "unit": figure["unit"],
                "source": page.address(str(figure_id)),
            }
        )
    return pd.DataFrame(rows)


def only_one_table(page: Page, dimensions: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """List by city what it alone reports; of a measure, in how many others words stand for the number."""
    rows: dict[str, dict[str, list[Any]]] = {}
    for table, column, counts in (
        ("codebook", "dimensions", dimensions),
        ("measures", "measures", measures),
    ):
        for key in counts.columns[(counts > 0).sum() == 1]:
            city = str(counts.index[counts[key] > 0][0])
            cells = rows.setdefault(city, {"dimensions": [], "measures": []})
            others = _worded(page.corpus, str(key), counts.index.drop(city)) if table == "measures" else 0
            name = page.name(table, str(key))
            if others:
                counted = page.value(others, "overview.worded")
                name = Markup(page.words["overview.worded"]).format(name=name, cities=counted)
            cells[column].append(name)
    named = [
        {"city": page.city(city)} | {name: page.join(cell) for name, cell in rows[city].items()}
        for city in dimensions.index
        if city in rows
    ]
    return pd.DataFrame(named, columns=["city", "dimensions", "measures"])


def unreported(page: Page, table: str, counts: pd.DataFrame) -> list[str]:
    """Name the dimensions or measures that no city reports; measures that only outside facts use are left out."""
    lacking = counts.columns[(counts == 0).all()]
    outside = set(page.corpus.reference["measure_id"]) if table == "measures" else set()
    return [page.name(table, str(key)) for key in lacking if key not in outside]


def lengths_table(page: Page, counts: pd.DataFrame) -> pd.DataFrame:
    """Set what each city's articles report beside their length, the longest first; from `inventory`."""
    ordered = counts.sort_values("characters", ascending=False, kind="stable")
    thousands = ordered["characters"] / 1000
    frame = pd.DataFrame({"city": [page.city(str(city)) for city in ordered.index]}, index=ordered.index)
    for name in ("characters", "dimensions", "measures"):
        frame[name] = ordered[name]
    for name in ("approaches", "figures"):
        frame[f"{name}_rate"] = [f"{rate:.1f}" for rate in ordered[name] / thousands]
    return frame


def said_of_lengths(page: Page, counts: pd.DataFrame, smallest: int) -> Fragment:
    """Say how what is reported goes with length, where there are enough cities; from `inventory`."""
    if len(counts) < smallest:
        return page.say(
            "overview.length_few",
            cities=len(counts),
            smallest=page.parameter("smallest", smallest),
        )
    ranks = counts[["characters", "dimensions", "measures"]].rank().corr()["characters"]
    return page.say(
        "overview.length_rank",
        cities=len(counts),
        **{name: _calculated(page, ranks[name], "length_rank") for name in ("dimensions", "measures")},
    )


def said_of_groups(page: Page, found: Clusters | None, cities: int, smallest: int, shuffles: int) -> Fragment:
    """Say how many groups there are and how often chance gives the like, or why there are none."""
    if found is None:
        few = cities < smallest
        return page.say(
            "overview.no_groups" if few else "overview.all_alike",
            cities=cities,
            smallest=page.parameter("smallest", smallest),
        )
    chance = round(found.by_chance * shuffles)
    said = page.say(
        "overview.groups",
        groups=len(found.stability),
        width=_calculated(page, found.width, "silhouette"),
        chance=page.calculated(str(chance), "shuffled"),
        shuffles=page.parameter("shuffles", shuffles),
        cophenetic=_calculated(page, found.cophenetic, "cophenetic"),
    )
    return said + page.say("overview.groups_weak" if found.by_chance > _CHANCE else "overview.groups_firm")


def tree_drawn(page: Page, found: Clusters | None) -> Fragment:
    """Draw the tree of the groups; nothing where there are none."""
    if found is None:
        return Fragment()
    names = {str(city): page.city(str(city)) for city in found.groups.index}
    leaves = pd.DataFrame({"label": list(names.values()), "beside": found.groups.astype(str)})
    return page.plot(
        partial(dendrogram, tree=found.tree, cut=found.cut, heading=page.words["column.group"]),
        leaves,
        "overview.tree",
        alternatives.of_tree(page.words, found, names),
        axis="overview.tree_axis",
        data=alternatives.tree_table(found, names),
    )


def groups_listed(page: Page, found: Clusters | None, reported: pd.DataFrame) -> Fragment:
    """Show each group of cities, how stable it is, and what sets it apart from any other city.

    Parameters
    ----------
    page : Page
    found : Clusters or None
        Nothing is shown where there are no groups.
    reported : DataFrame of bool
        The table of cities and dimensions that was grouped.
    """
    if found is None:
        return Fragment()
    rows = []
    for group, stability in found.stability.items():
        cities = list(found.groups.index[found.groups == group])
        own = reported.loc[cities]
        rows.append(
            {
                "group": page.named(str(group)),
                "members": len(cities),
                "cities_named": page.join(map(page.city, cities)),
                "group_stability": f"{stability:.2f}",
                "all_report": _dimensions(page, own.all() & ~reported.all()),
                "none_reports": _dimensions(page, ~own.any() & reported.any()),
            }
        )
    methods = {"group_stability": "group_stability"}
    return page.table(pd.DataFrame(rows), "overview.groups_table", methods=methods)


def _dimensions(page: Page, chosen: pd.Series) -> Markup:
    return page.join(page.name("codebook", str(key)) for key in chosen.index[chosen])


def _calculated(page: Page, value: float, method: str) -> Any:
    if value != value:
        return page.words["overview.no_number"]
    return page.calculated(f"{value:.2f}".replace("-", "−"), method)


def _listed(items: Sequence[Markup]) -> Markup:
    """Set items one below the other, in a cell that keeps some width on a phone."""
    lines = Markup("").join(map(Markup("<li>{}</li>").format, items))
    return Markup('<ul class="reasons">{}</ul>').format(lines)


def _cities(page: Page, cities: Sequence[str]) -> Any:
    """Name some cities, or count them where they are many."""
    if len(cities) <= _NAMED:
        return page.join(map(page.city, cities))
    return Markup(page.words["overview.many"]).format(
        cities=page.value(len(cities), "overview.dimensions.lacking")
    )


def _worded(corpus: Corpus, measure: str, cities: Sequence[str]) -> int:
    """In how many of some cities somebody says something in words on a measure."""
    told = corpus.statements.loc[corpus.statements["measure_id"] == measure, "place_id"]
    return len(set(told) & set(cities))


def _by_name(page: Page) -> Any:
    """Sort cities by the places above them, from the widest down, so that neighbours stand together."""
    order = {place: number for number, place in enumerate(page.corpus.places.index)}
    return lambda column: column.map(lambda above: tuple(order[place] for place in reversed(above)))


def _spread(corpus: Corpus, dimension: str, cities: Sequence[str], most: int) -> list[str]:
    """Some approaches of a dimension: of other names first, and from other cities."""
    coded = set(corpus.codings.loc[corpus.codings["dimension_id"] == dimension, "approach_id"])
    own = corpus.approaches[corpus.approaches.index.isin(coded) & (corpus.approaches["same_as"] == "")]
    own = own[own["place_id"].isin(cities)].sort_values(["article_id", "start"], kind="stable")
    step = max(len(cities) // max(most, 1), 1)  # of thirty cities not always the first three
    place = own["place_id"].map({city: (at % step, at) for at, city in enumerate(cities)})
    turns = own.assign(turn=own.groupby("place_id").cumcount(), place=place).sort_values(["turn", "place"])
    namesakes = turns.groupby("name_zh").cumcount()
    return list(namesakes.sort_values(kind="stable").index[:most])
