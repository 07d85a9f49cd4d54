"""Who says what: articles, speakers, periods, and how much of each text is coded."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from pingan_lib import cards
from pingan_lib.corpus import Corpus
from pingan_lib.page import Fragment, Page

QUOTED = ("approaches", "figures", "statements")


def articles_table(page: Page, cities: Sequence[str]) -> pd.DataFrame:
    """List the articles on some cities: a row each, with what kind of text it is and who speaks."""
    corpus = page.corpus
    rows = []
    for article_id, article in _articles(corpus, cities).iterrows():
        place = corpus.places.loc[article["place_id"]]
        rows.append(
            {
                "city": page.words.say(
                    "card.with",
                    what=page.city(article["place_id"]),
                    detail=page.words["level." + place["level"]],
                ),
                "title": Markup('<cite lang="zh">{}</cite>').format(article["title"]),
                "genre": page.words[f"genre.{article['genre']}"],
                "speaker": article["speaker"] or page.words["sources.nobody_named"],
                "publisher": cards.publisher_text(article, page.words),
                "published": page.dates(f"{article['published']:%Y-%m-%d}"),
                "characters": len(corpus.texts[str(article_id)]),
            }
        )
    return pd.DataFrame(rows)


def said_of_genres(page: Page, cities: Sequence[str]) -> Fragment:
    """Tell what kinds of text the articles on some cities are, and what may be expected of each kind."""
    genres = _articles(page.corpus, cities)["genre"].unique()
    between = "" if page.language == "zh" else " "
    told = between.join(page.words[f"genre_is.{genre}"] for genre in genres)
    return page.say("sources.genres", told=told)


def said_of_uncoded(page: Page) -> Fragment | None:
    """Name the articles that nobody has coded, and those with drafts that wait; nothing where there are none."""
    corpus = page.corpus
    waiting = {article: count for article, count in corpus.drafts.items() if article not in corpus.uncoded}
    said = []
    if corpus.uncoded:
        said.append(page.say("sources.uncoded", articles=[page.named(each) for each in corpus.uncoded]))
    if waiting:
        told = [
            page.detailed(page.named(article), page.value(count, "sources.drafts"))
            for article, count in waiting.items()
        ]
        said.append(page.say("sources.drafts", articles=told))
    return Fragment(Markup("").join(said)) if said else None


def said_of_time(page: Page, cities: Sequence[str]) -> Fragment:
    """Tell how far apart the articles on some cities were published, and how many figures have no period."""
    published = _articles(page.corpus, cities)["published"]
    own = page.corpus.accepted[page.corpus.accepted["place_id"].isin(list(cities))]
    undated, days = int((own["period_basis"] == "none").sum()), (published.max() - published.min()).days
    if days < 60:
        apart = page.calculated(str(days), "articles_apart_days")
        return page.say("sources.apart_days", of=days, days=apart, undated=undated)
    years = page.calculated(f"{days / 365.25:.1f}", "articles_apart")
    return page.say("sources.apart", years=years, undated=undated)


def speakers_counted(page: Page, figures: pd.DataFrame) -> list[Markup]:
    """Name who says the figures, each with how many, the most frequent first."""
    return [
        Markup(page.words["sources.speaker_count"]).format(
            speaker=page.words[f"speaker.{speaker}"], count=page.value(int(count), "sources.speakers")
        )
        for speaker, count in figures["attributed_to"].value_counts().items()
    ]


def speakers_table(page: Page, cities: Sequence[str]) -> pd.DataFrame:
    """Count figures and statements by city and by who says so."""
    corpus, rows = page.corpus, []
    for city in cities:
        figures, statements = (
            frame.loc[frame["place_id"] == city, "attributed_to"].value_counts()
            for frame in (corpus.accepted, corpus.statements)
        )
        for speaker in ("city", "official", "journalist", "resident"):
            counts = int(figures.get(speaker, 0)), int(statements.get(speaker, 0))
            if any(counts):
                said = page.words[f"speaker.{speaker}"]
                rows.append(
                    {"city": page.city(city), "said_by": said, "figures": counts[0], "statements": counts[1]}
                )
    return pd.DataFrame(rows)


def periods(page: Page, cities: Sequence[str]) -> pd.DataFrame:
    """Count figures by city and by whether the article says their period."""
    corpus, rows = page.corpus, []
    for city in cities:
        counts = corpus.accepted.loc[corpus.accepted["place_id"] == city, "period_basis"].value_counts()
        named = {f"basis_{basis}": int(counts.get(basis, 0)) for basis in ("stated", "inferred", "none")}
        rows.append({"city": page.city(city), **named, "total": int(counts.sum())})
    return pd.DataFrame(rows)


def years_of(corpus: Corpus, city: str) -> str:
    """Name the years in which a city's articles were published."""
    own = corpus.articles.loc[corpus.articles["place_id"] == city, "published"].dt.year
    return "–".join(dict.fromkeys((str(own.min()), str(own.max()))))


def coverage(corpus: Corpus, cities: Sequence[str]) -> pd.DataFrame:
    """Measure how much of each article is quoted by at least one row.

    Returns
    -------
    DataFrame
        A row an article: `article_id`, `city` (place id), `characters`, `coded` (characters in a quote), `share`
        (percent), `spans` (sorted list of start and end, joined where quotes overlap).
    """
    rows = []
    for article_id, article in _articles(corpus, cities).iterrows():
        frames = [
            frame[frame["article_id"] == article_id] for frame in (getattr(corpus, table) for table in QUOTED)
        ]
        spans = _joined(
            [(int(s), int(e)) for frame in frames for s, e in zip(frame["start"], frame["end"], strict=True)]
        )
        length = len(corpus.texts[str(article_id)])
        coded = sum(end - start for start, end in spans)
        share = 100 * coded / length
        rows.append(
            {
                "article_id": article_id,
                "city": article["place_id"],
                "characters": length,
                "coded": coded,
                "share": share,
                "spans": spans,
            }
        )
    return pd.DataFrame(rows)


def evidence_audit(page: Page, cities: Sequence[str]) -> pd.DataFrame:
    """Count the quotes of each table: how many there are, stand in their article, and needed a prefix to be found."""
    corpus, rows = page.corpus, []
    for table in QUOTED:
        frame: pd.DataFrame = getattr(corpus, table)
        own = frame[frame["place_id"].isin(cities)]
        cells = zip(own["article_id"], own["start"], own["end"], own["quote"], strict=True)
        rows.append(
            {
                "table": page.words[f"table.{table}"],
                "quotes": len(own),
                "verbatim": sum(corpus.texts[text][start:end] == quote for text, start, end, quote in cells),
                "with_prefix": int((own["prefix"] != "").sum()),
            }
        )
    return pd.DataFrame(rows)


def _articles(corpus: Corpus, cities: Sequence[str]) -> pd.DataFrame:
    own = corpus.articles[corpus.articles["place_id"].isin(cities)]
    return own.sort_values("place_id", key=lambda places: places.map(list(cities).index), kind="stable")


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
