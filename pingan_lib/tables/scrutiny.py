"""Do reported figures agree, and what do they imply? Verdicts, relations, intervals, ratios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from pingan_lib import cards
from pingan_lib.bounds import Bounds
from pingan_lib.derivations import finding_text, reference_row, relation_bounds
from pingan_lib.page import Fragment, Page
from pingan_lib.proportions import Pooled


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
    tested = int((shares["verdict"] != "not_testable").sum())
    return Fragment("").join(said) if said else page.say("outcomes.no_mismatch", of=tested)


def relations_table(page: Page, relations: pd.DataFrame) -> pd.DataFrame:
    """Show what follows from the articles' own figures; `relations` comes from `check_relations`."""
    rows = []
    for relation_id, row in relations.iterrows():
        tested = row["kind"] != "context"
        result: Bounds | None = row["bounds"]
        rows.append(
            {
                "label": page.named(page.corpus.relations.loc[relation_id, f"label_{page.language}"]),
                "formula": page.formula(relation_id),
                "allows": page.derived(relation_bounds(row, page.words), str(relation_id)) if result else "",
                "reported": page.number(row["result"]) if row["result"] else "",
                "verdict": page.verdict(row["verdict"]) if tested else page.words["outcomes.not_tested"],
                "reason": _reason(page, row, str(relation_id))
                if tested
                else page.noted(
                    cards.note_text(page.corpus.relations.loc[relation_id], page.words), str(relation_id)
                ),
            }
        )
    return pd.DataFrame(rows, columns=["label", "formula", "allows", "reported", "verdict", "reason"])


def intervals_table(page: Page, intervals: pd.DataFrame, level: str) -> pd.DataFrame:
    """Show each share's interval, or why it has none; `intervals` comes from `survey_intervals` at a level."""
    rows = []
    for figure_id, row in intervals.iterrows():
        source = str(figure_id)
        sampled = row["model"] == "sample"
        rows.append(
            {
                "figure": page.labelled(source),
                "model": page.words[f"outcomes.model_{row['model']}"],
                "sample": _wilson(page, row["sample"], row, source, level) if sampled else "",
                "interval": _wilson(page, f"{row['low']:.1f}–{row['high']:.1f}%", row, source, level)
                if sampled
                else "",
            }
        )
    return pd.DataFrame(rows, columns=["figure", "model", "sample", "interval"])


def ratios_table(page: Page, ratios: pd.DataFrame, city: str) -> pd.DataFrame:
    """Show a city's reported counts over outside facts; `ratios` comes from `reference_ratios`."""
    rows = []
    for row in ratios[ratios["place_id"] == city].to_dict("records"):
        fact = f"reference-{row['place_id']}-{row['measure_id']}"
        bounds = cards.bounds_text(row["bounds"], page.words, coarse=True)
        text = page.words.say(f"outcomes.ratio_{row['kind']}", bounds=bounds)
        gap = "" if pd.isna(row["gap_years"]) else int(row["gap_years"])
        rows.append(
            {
                "figure": page.labelled(row["figure_id"]),
                "divided_by": page.detailed(page.name("measures", row["measure_id"]), page.fact(fact)),
                "divisor_source": page.words[
                    f"reliability.{reference_row(page.corpus, fact)['reliability']}"
                ],
                "ratio": page.calculated(text, f"ratio_{row['kind']}", row["figure_id"], fact),
                "years_between": page.words["outcomes.no_period"]
                if gap == ""
                else page.calculated(str(gap), "reference_gap", row["figure_id"], fact),
            }
        )
    return pd.DataFrame(rows, columns=["figure", "divided_by", "divisor_source", "ratio", "years_between"])


def differences_table(page: Page, differences: pd.DataFrame, level: str) -> pd.DataFrame:
    """Show the differences between surveyed shares; `differences` comes from `survey_differences`."""
    rows = []
    for row in differences.to_dict("records"):
        pair = (row["figure_a"], row["figure_b"])
        text = f"{100 * row['difference']:+.1f} ({100 * row['low']:+.1f} – {100 * row['high']:+.1f})"
        rows.append(
            {
                "figure": Markup("{} − {}").format(*map(page.labelled, pair)),
                "difference": page.calculated(text.replace("-", "−"), "newcombe", *pair, level=level),
                "p_holm": page.calculated(f"{row['p_holm']:.3f}", "holm", *pair),
            }
        )
    return pd.DataFrame(rows, columns=["figure", "difference", "p_holm"])


def sizes_table(page: Page, sizes: pd.DataFrame, level: str, power: str) -> pd.DataFrame:
    """Show how many would have to be asked; `sizes` comes from `survey_sizes`."""
    rows = []
    for row in sizes.to_dict("records"):
        pair = (row["figure_a"], row["figure_b"])
        smallest = page.words.say("outcomes.two_sizes", a=row["smallest_a"], b=row["smallest_b"])
        rows.append(
            {
                "figure": Markup("{} / {}").format(*map(page.labelled, pair)),
                "smallest": page.calculated(smallest, "smallest_sample", *pair),
                "power": page.calculated(f"{row['power']:.0%}", "power", *pair, level=level),
                "needed": page.calculated(
                    f"{row['needed']:,}", "sample_size", *pair, level=level, power=power
                ),
            }
        )
    return pd.DataFrame(rows, columns=["figure", "smallest", "power", "needed"])


def pooled_table(page: Page, pooled: Mapping[str, Pooled], level: str) -> pd.DataFrame:
    """Show each surveyed measure pooled over cities, or why it is not; `pooled` comes from `pooled_surveys`."""
    rows = []
    for measure, found in pooled.items():
        if found.refused or found.estimate is None or found.low is None or found.high is None:
            result: Any = page.words[f"outcomes.pool_{found.refused}"]
        else:
            text = f"{100 * found.estimate:.1f}% ({100 * found.low:.1f}–{100 * found.high:.1f}%)"
            result = page.calculated(text, "pooled", level=level)
        rows.append({"measure": page.name("measures", measure), "cities": found.studies, "pooled": result})
    return pd.DataFrame(rows, columns=["measure", "cities", "pooled"])


def _reason(page: Page, row: Mapping[str, Any], source: str) -> Markup:
    return page.derived(finding_text(page.corpus, row, source, page.words), source)


def _wilson(page: Page, text: Any, row: Mapping[str, Any], source: str, level: str) -> Markup:
    return page.calculated(str(text), "wilson", source, sample=row["sample"], count=row["count"], level=level)
