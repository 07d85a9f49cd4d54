"""Figures of two cities side by side: pairs and their reasons, figures against words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from pingan_lib import cards
from pingan_lib.compare import MAX_GAP_YEARS, RULES, forbids
from pingan_lib.page import Fragment, Page

GRADES = ("comparable", "with_caution", "not_comparable")


def pairs_table(page: Page, pairs: pd.DataFrame) -> pd.DataFrame:
    """Show pairs of `compare_figures`, best grade first, with every reason."""
    ordered = pairs.sort_values("grade", key=lambda grades: grades.map(GRADES.index), kind="stable")
    rows = []
    for pair in ordered.to_dict("records"):
        measure = pair["measure_id"]
        rows.append(
            {
                "measure": page.name("measures", measure) if measure else "",
                "figure_a": page.labelled(pair["figure_a"]),
                "figure_b": page.labelled(pair["figure_b"]),
                "grade": page.grade(pair["grade"]),
                "reasons": reasons(page, pair),
            }
        )
    table = pd.DataFrame(rows, columns=["measure", "figure_a", "figure_b", "grade", "reasons"])
    near_misses_only = not any(pairs["measure_id"])
    return _headed(page, pairs, table.drop(columns="measure") if near_misses_only else table)


def reasons(page: Page, pair: Mapping[str, Any]) -> Markup:
    """Tell why a pair was graded as it was: a sentence for a forbidding reason, a word for another.

    Parameters
    ----------
    page : Page
    pair : mapping
        A row of `compare_figures`.
    """
    a, b = (page.corpus.row("figures", pair[side]) for side in ("figure_a", "figure_b"))
    told = []
    for name in filter(forbids, pair["reasons"]):
        values = {"a": _reason_value(page, name, a), "b": _reason_value(page, name, b)}
        if name == "far_apart":
            values["gap"] = page.calculated(
                f"{pair['gap_years']:.1f}", "gap", pair["figure_a"], pair["figure_b"]
            )
        told.append(Markup(page.words[f"reason.{name}"]).format(**values))
    cautions: list[Any] = [
        page.words[f"reason_short.{name}"] for name in pair["reasons"] if not forbids(name)
    ]
    if "apart" in pair["reasons"] and pair["gap_years"] >= 0.05:  # from one year to the next is a day
        gap = page.calculated(f"{pair['gap_years']:.1f}", "gap", pair["figure_a"], pair["figure_b"])
        short = page.words["reason_short.apart"]
        cautions[cautions.index(short)] = Markup(page.words["reason.years_apart"]).format(gap=gap)
    if cautions:
        key = "reason.cautions" if told else "reason.only_cautions"
        told.append(Markup(page.words[key]).format(cautions=page.join(cautions)))
    return Markup('<ul class="reasons">{}</ul>').format(
        Markup("").join(map(Markup("<li>{}</li>").format, told))
    )


def rules_table(page: Page, pairs: pd.DataFrame) -> pd.DataFrame:
    """Tell what each rule asks, what a no leaves of a pair, and to how many pairs it applies."""
    counts = Counter(reason for found in pairs["reasons"] for reason in found)
    rows = []
    for rule in RULES:
        years = page.calculated(f"{MAX_GAP_YEARS:g}", "gap")
        rows.append(
            {
                "rule": page.words[f"reason_short.{rule.name}"],
                "asks": Markup(page.words[f"rule.{rule.name}"]).format(years=years),
                "leaves": page.grade(rule.grade),
                "applies_to": counts[rule.name],
            }
        )
    return pd.DataFrame(rows)


def by_measure(page: Page, pairs: pd.DataFrame) -> pd.DataFrame:
    """Show each measure that both cities report: the figures of each, and the grade of the best pair."""
    rows = []
    for measure, found in pairs[pairs["measure_id"] != ""].groupby("measure_id", sort=False):
        best = min(found.to_dict("records"), key=lambda pair: GRADES.index(pair["grade"]))
        rows.append(
            {
                "measure": page.name("measures", str(measure)),
                "figure_a": page.join(map(page.labelled, found["figure_a"].unique())),
                "figure_b": page.join(map(page.labelled, found["figure_b"].unique())),
                "grade": page.grade(best["grade"]),
                "reasons": page.join(page.words[f"reason_short.{name}"] for name in best["reasons"]),
            }
        )
    return _headed(
        page, pairs, pd.DataFrame(rows, columns=["measure", "figure_a", "figure_b", "grade", "reasons"])
    )


def near_misses_table(page: Page, pairs: pd.DataFrame) -> pd.DataFrame:
    """Show pairs that share no measure, those of one figure with the same reasons in one row."""
    rows = []
    for (figure, found), alike in pairs.groupby(["figure_a", "reasons"], sort=False):
        rows.append(
            {
                "figure_a": page.labelled(figure),
                "figure_b": page.join(map(page.labelled, alike["figure_b"])),
                "pairs": len(alike),
                "grade": page.grade(alike["grade"].iloc[0]),
                "reasons": page.join(page.words[f"reason_short.{name}"] for name in found),
            }
        )
    columns = ["figure_a", "figure_b", "pairs", "grade", "reasons"]
    return _headed(page, pairs, pd.DataFrame(rows, columns=columns))


def wanted_table(page: Page, wanted: pd.DataFrame) -> pd.DataFrame:
    """Tell what each city would have to publish; `wanted` comes from `compare.wanted`."""
    rows = []
    for row in wanted.to_dict("records"):
        figure = page.corpus.row("figures", row["figure_id"])
        asked = {"percent": "total", "percent_change": "base", "percentage_point": "base"}.get(
            figure["unit"], "rate"
        )
        other = Markup(page.words[f"wanted.{'same' if row['other_reports'] else 'new'}"]).format(
            city=page.city(row["other"]),
            measure=page.name("measures", row["measure_id"]),
            asked=page.words[f"wanted.with_{asked}"],
        )
        # An open end is asked for once, not again as a period that is inferred or missing.
        again = ("period_inferred", "period_unknown") if "start_unknown" in row["lacks"] else ()
        lacks = [name for name in row["lacks"] if name not in again]
        rows.append(
            {
                "figure": page.labelled(row["figure_id"]),
                "reported_in": page.city(row["city"]),
                "own_lacks": page.join(page.words[f"remedy.{name}"] for name in lacks or ("nothing",)),
                "other_lacks": other,
            }
        )
    return pd.DataFrame(rows, columns=["figure", "reported_in", "own_lacks", "other_lacks"])


def said_of_wanted(page: Page, cities: Sequence[str], wanted: pd.DataFrame) -> Fragment:
    """Tell how many outcomes are reported as numbers, and how many of them have no measure and are not listed."""
    figures = page.corpus.accepted
    outcomes = figures[
        figures["place_id"].isin(list(cities))
        & (figures["stage"] == "outcome")
        & (figures["role"] == "reported")
    ]
    return page.say(
        "outcomes.wanted_of",
        of=len(outcomes),
        outcomes=len(outcomes),
        listed=len(wanted),
        unmeasured=len(outcomes) - len(wanted),
    )


def on_one_axis(page: Page, pairs: pd.DataFrame) -> pd.DataFrame:
    """Give the bounds of the figures of one measure, with the grade of each pair; for `dumbbell_bounds`.

    The measure is that of the first pair; a figure stands once, with the best grade that it has.
    """
    corpus = page.corpus
    rows: dict[str, dict[str, Any]] = {}
    if len(pairs):
        pairs = pairs[pairs["measure_id"] == pairs["measure_id"].iloc[0]]
    ordered = pairs.sort_values("grade", key=lambda grades: grades.map(GRADES.index), kind="stable")
    for pair in ordered.to_dict("records"):
        for figure_id in (pair["figure_a"], pair["figure_b"]):
            figure, bounds = corpus.row("figures", figure_id), corpus.bounds(figure_id, page.reading)
            rows.setdefault(
                figure_id,
                {
                    "label": cards.label_text(corpus, figure_id, page.words),
                    "value": figure["value"],
                    "low": float("nan") if bounds.low is None else float(bounds.low),
                    "high": float("nan") if bounds.high is None else float(bounds.high),
                    "low_closed": bounds.low_closed,
                    "high_closed": bounds.high_closed,
                    "printed": figure["printed"],
                    "hedge": "" if figure["hedge"] == "exact" else page.words[f"hedge.{figure['hedge']}"],
                    "group": page.city(figure["place_id"]),
                    "unit": figure["unit"],
                    "grade": pair["grade"],
                    "source": page.address(figure_id),
                },
            )
    columns = ["label", "value", "low", "high", "low_closed", "high_closed", "printed", "hedge", "group"]
    return pd.DataFrame(list(rows.values()), columns=[*columns, "unit", "grade", "source"])


def words_table(page: Page, against: pd.DataFrame) -> pd.DataFrame:
    """Set one city's figures beside the other's words; `against` comes from `figures_against_words`."""
    rows = []
    for measure, row in against.iterrows():
        said = [
            Markup("{}: {}").format(
                page.words[f"speaker.{page.corpus.row('statements', s)['attributed_to']}"], page.quote(s)
            )
            for s in row["statements"]
        ]
        rows.append(
            {
                "measure": page.name("measures", str(measure)),
                "with_figure": page.city(row["city_figures"]),
                "figures": page.join(map(page.number, row["figures"])),
                "with_words": page.city(row["city_words"]),
                "statements": Markup("<ul>{}</ul>").format(
                    Markup("").join(map(Markup("<li>{}</li>").format, said))
                ),
            }
        )
    return pd.DataFrame(rows, columns=["measure", "with_figure", "figures", "with_words", "statements"])


def _headed(page: Page, pairs: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Head the figures of each side with their city, where the two are not the same."""
    cities = {
        side: page.corpus.figures.loc[pairs[side], "place_id"].unique() for side in ("figure_a", "figure_b")
    }
    if any(len(found) != 1 for found in cities.values()) or cities["figure_a"][0] == cities["figure_b"][0]:
        return table
    return table.rename(columns={side: page.city(found[0]) for side, found in cities.items()})


def _reason_value(page: Page, reason: str, figure: pd.Series) -> Any:
    words = page.words
    match reason:
        case "measure":
            measure = figure["measure_id"]
            return page.name("measures", measure) if measure else page.label(figure.name)
        case "counted":
            return page.label(figure.name) if page.language == "en" else page.named(figure["counted"])
        case "level" | "level_counts":
            return words[f"level.{page.corpus.places.loc[figure['place_id'], 'level']}"]
        case "genre":
            return words[f"genre.{page.corpus.articles.loc[figure['article_id'], 'genre']}"]
        case "denominator":
            total = figure["denominator"]
            return page.labelled(total) if total in page.corpus.figures.index else page.named(total)
        case "speaker":
            return words[f"speaker.{figure['attributed_to']}"]
        case "hedged":
            return words[f"hedge.{figure['hedge']}"]
        case "length":
            return page.dates(cards.period_text(figure, words))
        case "role" | "scope" | "timing" | "part_of_city":
            column = "scope" if reason == "part_of_city" else reason
            return words[f"{column}.{figure[column]}"]
    return ""
