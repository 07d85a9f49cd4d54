"""What the articles of each city hold: rows, dimensions, measures, years."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pingan_lib.corpus import Corpus
from pingan_lib.errors import UsageError


def chosen_cities(corpus: Corpus, cities: Sequence[str] = ()) -> list[str]:
    """Return some cities of the corpus, or all of them, in the order of `places`.

    Raises
    ------
    UsageError
        If one is unknown, or the corpus has no city with a coded article.
    """
    corpus.require_cities(*cities)
    if corpus.cities.empty:
        waiting = f" Not coded yet: {', '.join(corpus.uncoded)}." if corpus.uncoded else ""
        raise UsageError(f"There is nothing to show yet: no article is coded.{waiting}")
    return [str(city) for city in corpus.cities.index if not cities or city in cities]


def inventory(corpus: Corpus, cities: Sequence[str]) -> pd.DataFrame:
    """Count what the corpus holds on each city.

    Parameters
    ----------
    corpus : Corpus
    cities : sequence of str

    Returns
    -------
    DataFrame
        Indexed by `place_id`, in the order given: `level`; `within` (tuple of the places above it, the nearest
        first); `articles`; `first`, `last` (years of publication); `genres` (tuple); `characters` of all its
        articles; `approaches`, `figures`, `statements`; `repeated` (approaches and figures left out of these, as
        they repeat an earlier article); `dimensions`, `measures` (how many of them it reports).
    """
    dimensions, measures = dimension_counts(corpus, cities), measure_counts(corpus, cities)
    rows = []
    for city in cities:
        articles = corpus.articles[corpus.articles["place_id"] == city]
        approaches = corpus.approaches[corpus.approaches["place_id"] == city]
        figures = corpus.figures[
            (corpus.figures["place_id"] == city) & (corpus.figures["status"] == "accepted")
        ]
        again = int((approaches["same_as"] != "").sum()), int((figures["same_as"] != "").sum())
        rows.append(
            {
                "place_id": city,
                "level": corpus.places.loc[city, "level"],
                "within": _above(corpus, city),
                "articles": len(articles),
                "first": int(articles["published"].dt.year.min()),
                "last": int(articles["published"].dt.year.max()),
                "genres": tuple(dict.fromkeys(articles["genre"])),
                "characters": sum(len(corpus.texts[str(article)]) for article in articles.index),
                "approaches": len(approaches) - again[0],
                "figures": len(figures) - again[1],
                "statements": int((corpus.statements["place_id"] == city).sum()),
                "repeated": sum(again),
                "dimensions": int((dimensions.loc[city] > 0).sum()),
                "measures": int((measures.loc[city] > 0).sum()),
            }
        )
    return pd.DataFrame(rows).set_index("place_id")


def dimension_counts(corpus: Corpus, cities: Sequence[str]) -> pd.DataFrame:
    """Count the approaches of each city in each dimension of the codebook, without repeats.

    Returns
    -------
    DataFrame of int, shape (cities, dimensions)
        Rows in the order given, columns in that of the codebook. A zero is nothing reported, not nothing done.
    """
    own = corpus.approaches[corpus.approaches["same_as"] == ""]
    coded = corpus.codings.drop_duplicates(["approach_id", "dimension_id"])
    coded = coded[coded["approach_id"].isin(own.index)]
    return _counts(
        coded["approach_id"].map(own["place_id"]), coded["dimension_id"], cities, corpus.codebook.index
    )


def measure_counts(corpus: Corpus, cities: Sequence[str]) -> pd.DataFrame:
    """Count the figures of each city on each measure, without drafts and repeats.

    Returns
    -------
    DataFrame of int, shape (cities, measures)
        Rows in the order given, columns in that of `measures`.
    """
    figures = corpus.accepted[corpus.accepted["measure_id"] != ""]
    return _counts(figures["place_id"], figures["measure_id"], cities, corpus.measures.index)


def years_spoken(corpus: Corpus, cities: Sequence[str], most: int = 16) -> pd.DataFrame:
    """Count the figures of each city that speak of each year.

    A figure counts in every year that its period touches; one whose end is not given counts up to its article. Of
    one whose beginning is not given only the last year is known, and counted.

    Parameters
    ----------
    corpus : Corpus
    cities : sequence of str
    most : int, optional
        At most so many columns: what is earlier is taken together in the first.

    Returns
    -------
    DataFrame of int, shape (cities, years)
        The columns are years, one after the other, as text; "…2007" stands for all years up to that one. They hold
        the years of the articles too.
    """
    figures = corpus.accepted[corpus.accepted["place_id"].isin(cities)]
    published = figures["article_id"].map(corpus.articles["published"])
    end = figures["period_end"].fillna(published.where(figures["period_start"].notna()))
    start = figures["period_start"].fillna(end)
    spoken = [
        (city, year)
        for city, a, b in zip(figures["place_id"], start.dt.year, end.dt.year, strict=True)
        if a == a
        for year in range(int(a), int(b) + 1)
    ]
    columns = _years(corpus, cities, [year for _, year in spoken], most)
    place, year = ([row[side] for row in spoken] for side in (0, 1))
    first = int(columns[0].removeprefix("…"))
    named = [columns[max(each - first, 0)] for each in year]
    return _counts(pd.Series(place, dtype=object), pd.Series(named, dtype=object), cities, columns)


def published_years(corpus: Corpus, cities: Sequence[str], years: Sequence[str]) -> pd.DataFrame:
    """Tell in which of the years of `years_spoken` an article of each city was published.

    Returns
    -------
    DataFrame of bool, shape (cities, years)
    """
    articles = corpus.articles[corpus.articles["place_id"].isin(cities)]
    first = int(years[0].removeprefix("…"))
    named = [years[max(int(year) - first, 0)] for year in articles["published"].dt.year]
    return _counts(articles["place_id"], pd.Series(named, index=articles.index), cities, years) > 0


def _years(corpus: Corpus, cities: Sequence[str], spoken: Sequence[int], most: int) -> list[str]:
    published = corpus.articles.loc[corpus.articles["place_id"].isin(cities), "published"].dt.year
    known = [*spoken, *map(int, published)]
    first, last = min(known), max(known)
    kept = max(first, last - most + 1)
    years = [str(year) for year in range(kept, last + 1)]
    return years if kept == first else [f"…{kept}", *years[1:]]


def _counts(rows: pd.Series, columns: pd.Series, index: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    found = pd.crosstab(rows.rename(None), columns.rename(None))
    return found.reindex(index=list(index), columns=list(names), fill_value=0)


def _above(corpus: Corpus, city: str) -> tuple[str, ...]:
    above: list[str] = []
    place = corpus.places["parent_id"].get(city, "")
    while place and place not in above:
        above.append(str(place))
        place = corpus.places["parent_id"].get(place, "")
    return tuple(above)
