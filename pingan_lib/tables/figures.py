"""Reported figures: the ledger, how far hedges reach, what kind of figures they are."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from pingan_lib import cards
from pingan_lib.page import Fragment, Page
from pingan_lib.units import SHARES

STAGES = ("context", "input", "activity", "output", "outcome")


def ledger(page: Page, city: str) -> pd.DataFrame:
    """List a city's figures in the order of its articles, with bounds, period and who says so."""
    corpus, words = page.corpus, page.words
    figures = corpus.accepted[corpus.accepted["place_id"] == city].sort_values(
        ["article_id", "start"], kind="stable"
    )
    rows = []
    for figure_id, figure in figures.iterrows():
        bounds = cards.bounds_text(corpus.bounds(str(figure_id), page.reading), words)
        whose = [words[f"scope.{figure['scope']}"]]
        if figure["role"] != "reported":
            whose.append(words[f"role.{figure['role']}"])
        rows.append(
            {
                "label": page.label(figure_id),
                "number": page.number(str(figure_id)),
                "printed": Markup('<q lang="zh">{}</q>').format(figure["printed"]),
                "bounds": page.derived(
                    words.say("card.in_unit", bounds=bounds, unit=words[f"unit.{figure['unit']}"]),
                    str(figure_id),
                ),
                "period": page.dates(cards.period_text(figure, words, brief=True)),
                "scope": page.join(whose),
                "said_by": words[f"speaker.{figure['attributed_to']}"],
            }
        )
    # In Chinese a number is shown as it was printed.
    return pd.DataFrame(rows).drop(columns=["printed"] if page.language == "zh" and rows else [])


def hedge_widths(page: Page, cities: Sequence[str]) -> pd.DataFrame:
    """Divide the bounds of each hedged count by its printed value, the widest first; for `dumbbell_bounds`."""
    corpus, rows = page.corpus, []
    figures = corpus.accepted[
        corpus.accepted["place_id"].isin(list(cities)) & (corpus.accepted["hedge"] != "exact")
    ]
    for figure_id, figure in figures.iterrows():
        bounds, value = corpus.bounds(str(figure_id), page.reading), figure["value"]
        if figure["unit"] in SHARES or not value:
            continue
        rows.append(
            {
                "label": cards.label_text(corpus, str(figure_id), page.words),
                "value": 1.0,
                "low": float("nan") if bounds.low is None else float(bounds.low) / value,
                "high": float("nan") if bounds.high is None else float(bounds.high) / value,
                "low_closed": bounds.low_closed,
                "high_closed": bounds.high_closed,
                "printed": figure["printed"],
                "hedge": page.words[f"hedge.{figure['hedge']}"],
                "group": page.city(figure["place_id"]),
                "source": page.address(str(figure_id)),
            }
        )
    columns = ["label", "value", "low", "high", "low_closed", "high_closed", "printed", "hedge", "group"]
    columns.append("source")
    widths = pd.DataFrame(rows, columns=columns)
    widths["group"] = pd.Categorical(widths["group"], [page.city(city) for city in cities])
    return widths.sort_values("high", ascending=False, kind="stable", na_position="first")


def said_of_stages(page: Page, cities: Sequence[str]) -> Fragment:
    """Tell how many of each city's figures are on what came of the work."""
    said = []
    for city in cities:
        own = page.corpus.accepted[page.corpus.accepted["place_id"] == city]
        outcomes = int((own["stage"] == "outcome").sum())
        said.append(
            page.say(
                "synthesis.outcomes", of=len(own), city=page.city(city), figures=len(own), outcomes=outcomes
            )
        )
    return Fragment("").join(said)


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
