"""The texts as words: vocabulary, keyness, words in context."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from pingan_lib.corpus import Corpus
from pingan_lib.page import Page
from pingan_lib.text import concordance, tokens_frame


def tokens_of(corpus: Corpus, cities: Sequence[str]) -> pd.DataFrame:
    """Segment the articles on some cities; the names of approaches stay whole.

    Lines without a full stop are headings, captions and the page's furniture, and are left out.

    Returns
    -------
    DataFrame
        As `text.tokens_frame`, with `city` added.
    """
    own = corpus.articles[corpus.articles["place_id"].isin(list(cities))]
    names = tuple(dict.fromkeys(corpus.approaches["name_zh"]))
    tokens = tokens_frame({str(article): corpus.texts[str(article)] for article in own.index}, names)
    prose = [_in_prose(corpus.texts[t], s) for t, s in zip(tokens["text_id"], tokens["start"], strict=True)]
    return tokens.assign(city=tokens["text_id"].map(own["place_id"]))[prose]


def _in_prose(text: str, start: int) -> bool:
    line = text[text.rfind("\n", 0, start) + 1 :].partition("\n")[0]
    return "。" in line


def vocabulary_table(page: Page, tokens: pd.DataFrame) -> pd.DataFrame:
    """Count words and different words in each city's texts."""
    rows = []
    for city, own in tokens.groupby("city", sort=False):
        texts = [page.corpus.texts[text_id] for text_id in own["text_id"].unique()]
        rows.append(
            {
                "city": page.city(str(city)),
                "characters": sum(map(len, texts)),
                "words": int((own["kind"] == "word").sum()),
                "different_words": own.loc[own["kind"] == "word", "token"].nunique(),
                "sentences": len(own[["text_id", "sentence"]].drop_duplicates()),
            }
        )
    return pd.DataFrame(rows)


def keyness_table(page: Page, words: pd.DataFrame) -> pd.DataFrame:
    """Show words that set two texts apart, with counts, rates and both measures."""
    shown = words.sort_values("log_ratio", ascending=False)
    return pd.DataFrame(
        {
            "word": [Markup('<span lang="zh">{}</span>').format(word) for word in shown.index],
            "count_a": shown["count_a"].tolist(),
            "count_b": shown["count_b"].tolist(),
            "rate_a": shown["rate_a"].round(2).tolist(),
            "rate_b": shown["rate_b"].round(2).tolist(),
            "log_ratio": shown["log_ratio"].round(2).tolist(),
            "log_likelihood": shown["log_likelihood"].round(2).tolist(),
        }
    )


def concordance_table(page: Page, cities: Sequence[str], word: str) -> pd.DataFrame:
    """Show every use of a word with what stands before and after it."""
    corpus, rows = page.corpus, []
    own = corpus.articles[corpus.articles["place_id"].isin(list(cities))]
    for article_id, article in own.iterrows():
        for line in concordance(corpus.texts[str(article_id)], word, width=16).itertuples(index=False):
            cells = {
                "before": Markup('<span class="before" lang="zh">{}</span>').format(line.left),
                "word": Markup('<mark lang="zh">{}</mark>').format(line.hit),
                "after": Markup('<span lang="zh">{}</span>').format(line.right),
            }
            rows.append({"city": page.city(article["place_id"]), **cells})
    return pd.DataFrame(rows, columns=["city", "before", "word", "after"])
