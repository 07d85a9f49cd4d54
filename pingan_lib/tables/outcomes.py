"""Reported figures: the ledger, pairs and their reasons, verdicts, intervals."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from pingan_lib import cards
from pingan_lib.bounds import Bounds
from pingan_lib.page import Fragment, Page

GRADES = ("comparable", "with_caution", "not_comparable")
STAGES = ("context", "input", "activity", "output", "outcome")


def ledger(page: Page, city: str) -> pd.DataFrame:
    """List a city's figures in the order of its articles, with bounds, period and who says so."""
    corpus, words = page.corpus, page.words
    figures = corpus.accepted[corpus.accepted["place_id"] == city].sort_values(
        ["article_id", "start"], kind="stable"
    )
    rows = []
    for figure_id, figure in figures.iterrows():
        bounds = cards.bounds_text(corpus.bounds(str(figure_id), rounding=page.rounding), words)
        rows.append(
            {
                "label": figure[f"label_{page.language}"],
                "number": page.number(str(figure_id)),
                "printed": Markup('<span lang="zh">{}</span>').format(figure["printed"]),
                "bounds": page.derived(bounds, str(figure_id)),
                "unit": words[f"unit.{figure['unit']}"],
                "period": cards.period_text(figure, words),
                "scope": words[f"scope.{figure['scope']}"],
                "role": words[f"role.{figure['role']}"],
                "said_by": words[f"speaker.{figure['attributed_to']}"],
            }
        )
    return pd.DataFrame(rows)


def pairs_table(page: Page, pairs: pd.DataFrame) -> pd.DataFrame:
    """Show pairs of `compare_figures`, best grade first, with every reason."""
    ordered = pairs.sort_values("grade", key=lambda grades: grades.map(GRADES.index), kind="stable")
    rows = []
    for pair in ordered.to_dict("records"):
        measure = pair["measure_id"]
        rows.append(
            {
                "measure": page.name("measures", measure) if measure else page.words["outcomes.none_shared"],
                "figure_a": page.labelled(pair["figure_a"]),
                "figure_b": page.labelled(pair["figure_b"]),
                "grade": page.grade(pair["grade"]),
                "reasons": page.reasons(pair),
            }
        )
    return _headed(
        page, pairs, pd.DataFrame(rows, columns=["measure", "figure_a", "figure_b", "grade", "reasons"])
    )


def reason_counts(page: Page, pairs: pd.DataFrame) -> pd.DataFrame:
    """Count in how many pairs each reason applies: `stage` (the reason), `group` (what it leaves), `count`."""
    from pingan_lib.compare import forbids

    counts = Counter(reason for reasons in pairs["reasons"] for reason in reasons)
    rows = []
    for reason, count in counts.most_common():
        grade = "not_comparable" if forbids(reason) else "with_caution"
        rows.append(
            {
                "stage": page.words[f"reason_short.{reason}"],
                "group": page.words[f"grade.{grade}"],
                "count": count,
            }
        )
    return pd.DataFrame(rows, columns=["stage", "group", "count"])


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


def words_table(page: Page, against: pd.DataFrame) -> pd.DataFrame:
    """Set one city's figures beside the other's words; `against` comes from `figures_against_words`."""
    rows = []
    for measure, row in against.iterrows():
        said = [
            Markup("{}: {}").format(
                page.words[f"speaker.{page.corpus.statements.loc[s, 'attributed_to']}"], page.quote(s)
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


def hedge_widths(page: Page, cities: Sequence[str]) -> pd.DataFrame:
    """Divide the bounds of each hedged count by its printed value, the widest first; for `dumbbell_bounds`."""
    corpus, rows = page.corpus, []
    figures = corpus.accepted[
        corpus.accepted["place_id"].isin(list(cities)) & (corpus.accepted["hedge"] != "exact")
    ]
    for figure_id, figure in figures.iterrows():
        bounds, value = corpus.bounds(str(figure_id), rounding=page.rounding), figure["value"]
        if figure["unit"] in cards.SHARES or not value:
            continue
        rows.append(
            {
                "label": figure[f"label_{page.language}"],
                "value": 1.0,
                "low": float("nan") if bounds.low is None else float(bounds.low) / value,
                "high": float("nan") if bounds.high is None else float(bounds.high) / value,
                "low_closed": bounds.low_closed,
                "high_closed": bounds.high_closed,
                "printed": figure["printed"],
                "hedge": page.words[f"hedge.{figure['hedge']}"],
                "group": page.city(figure["place_id"]),
            }
        )
    columns = ["label", "value", "low", "high", "low_closed", "high_closed", "printed", "hedge", "group"]
    widths = pd.DataFrame(rows, columns=columns)
    return widths.sort_values("high", ascending=False, kind="stable", na_position="first")


def shares_table(page: Page, shares: pd.DataFrame) -> pd.DataFrame:
    """Show the verdict on each percentage; `shares` comes from `check_shares`."""
    rows = []
    for figure_id, row in shares.iterrows():
        rows.append(
            {
                "figure": page.labelled(str(figure_id)),
                "total": page.number(row["total"]) if row["total"] else page.words["outcomes.no_total"],
                "verdict": page.verdict(row["verdict"]),
                "reason": _reason(page, row, str(figure_id)),
            }
        )
    return pd.DataFrame(rows, columns=["figure", "total", "verdict", "reason"])


def relations_table(page: Page, relations: pd.DataFrame) -> pd.DataFrame:
    """Show what follows from the articles' own figures; `relations` comes from `check_relations`."""
    rows = []
    for relation_id, row in relations.iterrows():
        tested = row["kind"] != "context"
        result: Bounds | None = row["bounds"]
        rows.append(
            {
                "formula": _formula(page, row),
                "allows": page.derived(cards.bounds_text(result, page.words), str(relation_id))
                if result
                else "",
                "reported": page.number(row["result"]) if row["result"] else "",
                "verdict": page.verdict(row["verdict"]) if tested else page.words["outcomes.not_tested"],
                "reason": _reason(page, row, str(relation_id))
                if tested
                else page.corpus.relations.loc[relation_id, "note"],
            }
        )
    return pd.DataFrame(rows, columns=["formula", "allows", "reported", "verdict", "reason"])


def intervals_table(page: Page, intervals: pd.DataFrame) -> pd.DataFrame:
    """Show each share's interval, or why it has none; `intervals` comes from `survey_intervals`."""
    rows = []
    for figure_id, row in intervals.iterrows():
        source = str(figure_id)
        sampled = row["model"] == "sample"
        rows.append(
            {
                "figure": page.labelled(source),
                "model": page.words[f"outcomes.model_{row['model']}"],
                "sample": page.derived(str(row["sample"]), source) if sampled else "",
                "interval": page.derived(f"{row['low']:.1f}–{row['high']:.1f}%", source) if sampled else "",
            }
        )
    return pd.DataFrame(rows, columns=["figure", "model", "sample", "interval"])


def stages_reported(page: Page, cities: Sequence[str]) -> pd.DataFrame:
    """Count each city's figures by stage of the logic model, and its claims in words."""
    corpus, rows = page.corpus, []
    for stage in STAGES:
        figures = corpus.accepted[corpus.accepted["stage"] == stage]
        counts = {page.city(city): int((figures["place_id"] == city).sum()) for city in cities}
        rows.append({"stage": page.words[f"stage.{stage}"], **counts})
    for kind in ("outcome", "award", "testimony"):
        statements = corpus.statements[corpus.statements["kind"] == kind]
        counts = {page.city(city): int((statements["place_id"] == city).sum()) for city in cities}
        rows.append({"stage": page.words.say("outcomes.in_words", kind=page.words[f"kind.{kind}"]), **counts})
    return pd.DataFrame(rows)


def mismatches(page: Page, shares: pd.DataFrame) -> Fragment:
    """Word each inconsistent percentage as the question that it is; `shares` comes from `check_shares`."""
    said = [
        page.say(
            "outcomes.mismatch",
            city=page.city(page.corpus.figures.loc[figure_id, "place_id"]),
            figure=page.labelled(str(figure_id)),
            total=page.number(row["total"]),
            reason=_reason(page, row, str(figure_id)),
        )
        for figure_id, row in shares[shares["verdict"] == "inconsistent"].iterrows()
    ]
    return Fragment("").join(said) if said else page.say("outcomes.no_mismatch")


def _headed(page: Page, pairs: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Head the figures of each side with their city, where the two are not the same."""
    cities = {
        side: page.corpus.figures.loc[pairs[side], "place_id"].unique() for side in ("figure_a", "figure_b")
    }
    if any(len(found) != 1 for found in cities.values()) or cities["figure_a"][0] == cities["figure_b"][0]:
        return table
    return table.rename(columns={side: page.city(found[0]) for side, found in cities.items()})


def _allowed(page: Page, row: pd.Series, source: str) -> Markup:
    """Write what a formula allows; a share is in percent."""
    sign = "%" if row["kind"] == "share_of" else ""
    return page.derived(cards.bounds_text(row["bounds"], page.words) + sign, source)


def _reason(page: Page, row: Mapping[str, Any], source: str) -> Markup:
    values = dict(row["values"])
    if source in page.corpus.figures.index:
        values["percent"] = cards.number_text(page.corpus.figures.loc[source], page.words)
    if "formula" in values:
        values["formula"] = page.words["outcomes.the_formula"]
    said = page.words.say(row["reason_key"], **values)
    return page.derived(said[0].upper() + said[1:], source)


def _formula(page: Page, row: pd.Series) -> Markup:
    """Write a relation with each figure's label and number in the place of its id."""
    signs = str.maketrans({"*": "×", "/": "÷", "-": "−"})
    parts = re.split(r"([A-Za-z_]\w*)", row["formula"])
    written = [page.labelled(p) if p.isidentifier() else escape(p.translate(signs)) for p in parts]
    if row["kind"] == "at_most":
        written = [page.labelled(row["result"]), escape(" ≤ "), *written]
    return Markup("").join(written)
