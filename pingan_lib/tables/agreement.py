"""Who coded the articles, and how far coders agree: sentences, coefficients, lists of disagreements."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from pingan_lib.agreement import DEFAULT_BOOTSTRAP, Bootstrap
from pingan_lib.cards import article_label
from pingan_lib.page import Fragment, Page
from pingan_lib.reliability import (
    OVERALL,
    coders_by_article,
    coding_agreement,
    coding_disagreements,
    figure_agreement,
    figure_disagreements,
)


def said_of_coders(page: Page, cities: Sequence[str]) -> Fragment:
    """Tell who coded the articles on some cities, and when; where each was coded once, that nothing is assessed.

    Where not all articles have the same coders, it is told who coded which.
    """
    work = coders_by_article(page.corpus, cities)
    if work["coders"].nunique() == 1:
        coders: Any = _coders(page, work)
    else:
        coders = Markup(page.words["page.names"]).join(
            Markup(page.words["agreement.coded_by"]).format(
                article=page.dates(article_label(page.corpus, str(article), page.words)),
                coders=_coders(page, work.loc[[article]]),
            )
            for article in sorted(work.index, key=lambda name: list(cities).index(work["place_id"][name]))
        )
    shared = _shared(page, cities)
    if not shared:
        return page.say("agreement.once", of=len(work), coders=coders)
    return page.say("agreement.shared", shared=shared, articles=len(work), coders=coders)


def codings_compared(
    page: Page, cities: Sequence[str], bootstrap: Bootstrap = DEFAULT_BOOTSTRAP
) -> Fragment | None:
    """Show how far coders agree on dimensions, and each decision on which they differ; nothing for one coder."""
    if not _shared(page, cities):
        return None
    found = coding_agreement(page.corpus, cities, bootstrap=bootstrap)
    names = [
        page.words["agreement.overall"] if key == OVERALL else page.name("codebook", key)
        for key in found.index
    ]
    table = _coefficients(page, found, bootstrap)
    table.insert(0, "dimension", names)
    kappa = found.loc[OVERALL, "kappa_name"]
    table.insert(6, kappa, [_calculated(page, value, 2, kappa) for value in found["kappa"]])
    most = int(found["left_out"].max())
    return _joined(
        page.table(table, "agreement.codings"),
        page.say("agreement.left_out", most=most, resamples=bootstrap.resamples) if most else None,
        page.say("agreement.custom"),
        page.table(
            codings_differ(page, cities), "agreement.codings_differ", empty="agreement.nothing_differs"
        ),
    )


def codings_differ(page: Page, cities: Sequence[str]) -> pd.DataFrame:
    """List the decisions on which coders differ: approach, dimension, who gave it and who did not, the quote."""
    rows = [
        {
            "approach": page.cite(row["approach_id"]),
            "dimension": page.name("codebook", row["dimension_id"]),
            "coded_by": page.join(map(page.named, row["coded_by"])),
            "not_coded_by": page.join(map(page.named, row["not_coded_by"])),
            "quoted": page.quote(row["approach_id"]),
        }
        for row in coding_disagreements(page.corpus, cities).to_dict("records")
    ]
    return pd.DataFrame(rows)


def readings_compared(
    page: Page, cities: Sequence[str], bootstrap: Bootstrap = DEFAULT_BOOTSTRAP
) -> Fragment | None:
    """Show how far coders read figures alike, what they read differently, and what all this leaves open."""
    if not _shared(page, cities):
        return None
    found = figure_agreement(page.corpus, cities, bootstrap=bootstrap)
    limits = page.say("agreement.limits")
    if not found["pairable"].any():
        return _joined(page.say("agreement.read_once"), limits)
    table = _coefficients(page, found, bootstrap, ratio="distance")
    table.insert(0, "field", [page.words[f"agreement.field.{field}"] for field in found.index])
    return _joined(
        page.table(table, "agreement.readings"),
        page.table(
            readings_differ(page, cities), "agreement.readings_differ", empty="agreement.nothing_differs"
        ),
        limits,
    )


def readings_differ(page: Page, cities: Sequence[str]) -> pd.DataFrame:
    """List the figures that coders read differently: what was read of them, by whom, and the quote."""
    rows = []
    for row in figure_disagreements(page.corpus, cities).to_dict("records"):
        figure, field = row["figure_id"], row["field"]
        told = (
            Markup("{}: {}").format(page.named(coder), page.noted(_reading(page, field, reading), figure))
            for coder, reading in row["readings"].items()
        )
        rows.append(
            {
                "figure": page.labelled(figure),
                "field": page.words[f"agreement.differs.{field}"],
                "readings": Markup(page.words["page.names"]).join(told),
                "quoted": page.quote(figure),
            }
        )
    return pd.DataFrame(rows)


def _coders(page: Page, work: pd.DataFrame) -> Markup:
    """Name coders with the days of their work; `work` comes from `coders_by_article`."""
    days: dict[str, set[str]] = {}
    for coders, dates in zip(work["coders"], work["dates"], strict=True):
        for coder, date in zip(coders, dates, strict=True):
            days.setdefault(coder, set()).add(f"{date:%Y-%m-%d}")
    return page.join(
        page.detailed(page.named(coder), page.join(map(page.dates, sorted(dates))))
        for coder, dates in days.items()
    )


def _shared(page: Page, cities: Iterable[str]) -> int:
    """How many articles have two coders at least."""
    return int((coders_by_article(page.corpus, cities)["coders"].map(len) > 1).sum())


def _coefficients(page: Page, found: pd.DataFrame, bootstrap: Bootstrap, ratio: str = "") -> pd.DataFrame:
    """Write a table of `agreement_table`; in the row `ratio` values are apart by more or less, not equal or not."""
    rows = []
    for key, row in found.iterrows():
        equal = key != ratio
        rows.append(
            {
                "shared_units": row["pairable"],
                "differing": row["differing"] if equal else "",
                "percent_agreement": _calculated(page, row["percent"], 1, "percent_agreement")
                if equal
                else "",
                "alpha": _calculated(page, row["alpha"], 2, "krippendorff_alpha" if equal else "alpha_ratio"),
                "interval": _interval(page, row, bootstrap),
                "agreement_status": page.words[f"agreement.status.{row['reason'] or row['status']}"],
            }
        )
    return pd.DataFrame(rows)


def _interval(page: Page, row: Mapping[str, Any], bootstrap: Bootstrap) -> str | Markup:
    if row["status"] != "assessed":
        return ""
    if row["no_interval"]:
        return page.words[f"agreement.interval_{row['no_interval']}"]
    low, high = _cut(row["low"], 2), _cut(row["high"], 2, up=True)
    return page.calculated(
        page.words.say("agreement.interval", low=low, high=high),
        "alpha_interval",
        resamples=f"{bootstrap.resamples:,}",
        level=f"{100 * bootstrap.confidence:g}%",
    )


def _calculated(page: Page, value: float, digits: int, method: str) -> str | Markup:
    return page.calculated(_cut(value, digits), method) if value == value else ""


def _cut(value: float, digits: int, *, up: bool = False) -> str:
    """Write a number rounded down, or up: one just below a line must not look as if it reached it."""
    size = 10**digits
    whole = math.ceil(value * size - 1e-9) if up else math.floor(value * size + 1e-9)
    return f"{whole / size:.{digits}f}".replace("-", "−")


def _reading(page: Page, field: str, reading: Any) -> str:
    if field == "value":
        return f"{reading:,.10g}".replace("-", "−")
    if field != "period":
        return page.words[f"{field}.{reading}"]
    start, end = reading.split("/")
    if not start and not end:
        return page.words["basis.none"]
    unknown = page.words["agreement.open_day"]
    return page.words.say("agreement.days", start=start or unknown, end=end or unknown)


def _joined(*parts: Fragment | None) -> Fragment:
    return Fragment(Markup("").join(part for part in parts if part is not None))
