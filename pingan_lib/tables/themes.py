"""The codebook's themes in the texts: uses of their search terms, set against what is coded."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from pingan_lib.corpus import Corpus
from pingan_lib.page import Fragment, Page
from pingan_lib.tables.language import chinese, counts_text


def themes_of(corpus: Corpus) -> dict[str, tuple[str, ...]]:
    """Give the search terms of each dimension of the codebook that has any."""
    return {str(dimension): terms for dimension, terms in corpus.codebook["terms"].items() if terms}


def theme_rates(page: Page, counts: pd.DataFrame) -> pd.DataFrame:
    """Give uses of each theme's terms per 1,000 characters, for `stage_bars`; `counts` comes from `term_counts`."""
    rates = counts.groupby(["theme", "text_id"], sort=False)["rate"].sum().round(1).reset_index()
    return pd.DataFrame(
        {
            "stage": [page.name("codebook", theme) for theme in rates["theme"]],
            "group": [page.city(city) for city in rates["text_id"]],
            "count": rates["rate"],
        }
    )


def said_of_themes(page: Page, counts: pd.DataFrame) -> Fragment:
    """Name the themes whose terms stand in one city's texts alone; `counts` comes from `term_counts`."""
    if counts.empty:
        return page.say("language.no_terms")
    first, second = counts["text_id"].unique()
    used = counts.groupby(["text_id", "theme"], sort=False)["count"].sum() > 0
    a, b = used[first], used[second]
    only_a, only_b = (
        [page.name("codebook", str(theme)) for theme in a.index[chosen]] for chosen in (a & ~b, b & ~a)
    )
    said = (
        page.say("language.themes_only", of=len(themes), city=page.city(city), themes=themes)
        for city, themes in ((first, only_a), (second, only_b))
    )
    return Fragment("").join(said)


def terms_table(page: Page, counts: pd.DataFrame) -> pd.DataFrame:
    """Show each theme's uses and rates by city, with the terms found; `counts` comes from `term_counts`."""
    cities, rows = list(counts["text_id"].unique()), []
    sums = counts.groupby(["theme", "text_id"])[["count", "rate"]].sum().to_dict("index")
    by_term = counts.pivot_table("count", ["theme", "term"], "text_id", sort=False)[cities].astype(int)
    total = by_term.sum(axis=1)
    ranked = by_term.loc[total[total > 0].sort_values(ascending=False, kind="stable").index]
    found: dict[str, list[tuple[str, Sequence[int]]]] = {}
    for (theme, term), *uses in ranked.itertuples():
        found.setdefault(theme, []).append((term, uses))
    for theme in counts["theme"].unique():
        own = found.get(theme, [])
        rows.append(
            {
                "theme": page.name("codebook", str(theme)),
                **{page.city(city): int(sums[theme, city]["count"]) for city in cities},
                **{
                    page.words.say("language.per_thousand", city=page.city(city)): round(
                        float(sums[theme, city]["rate"]), 2
                    )
                    for city in cities
                },
                "found_terms": page.join(
                    Markup("{}\u00a0{}").format(term, counts_text(uses, "terms"))
                    for term, (_, uses) in zip(chinese(term for term, _ in own), own, strict=True)
                ),
            }
        )
    return pd.DataFrame(rows)


def words_against_codings(page: Page, counts: pd.DataFrame, comparison: pd.DataFrame) -> Fragment:
    """Name the themes whose words a text uses without a coded approach, and the reverse, city by city.

    Parameters
    ----------
    page : Page
    counts : DataFrame
        As `term_counts` gives it, the first city's texts before the second's.
    comparison : DataFrame
        As `compare_approaches` gives it for the two cities.
    """
    used = counts.groupby(["text_id", "theme"], sort=False)["count"].sum() > 0
    said = []
    for side, city in zip("ab", used.index.unique("text_id"), strict=not used.empty):
        own = used[city]
        coded = comparison.loc[own.index, f"count_{side}"] > 0
        words_only, approaches_only = (
            [page.name("codebook", str(theme)) for theme in own.index[chosen]]
            for chosen in (own & ~coded, coded & ~own)
        )
        said.append(
            page.say(
                "language.against_codings",
                city=page.city(city),
                agree=int((own == coded).sum()),
                themes=len(own),
                words_only=words_only,
                approaches_only=approaches_only,
            )
        )
    return Fragment("").join(said)
