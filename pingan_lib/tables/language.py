"""The texts as words: vocabulary, words that set them apart, genre, words in context."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pandas as pd
from markupsafe import Markup

from pingan_lib.corpus import Corpus
from pingan_lib.errors import UsageError
from pingan_lib.keyness import Z_POINT, Chance, chances_by_floor, keyness, keyness_stability
from pingan_lib.page import Fragment, Page
from pingan_lib.shared import shared
from pingan_lib.text import concordance, speech, style_profile, tokens_frame, word_counts

_NOTICE = re.compile(r"\s*(?:免责|版权|特别|郑重)?声明|\s*版权所有|\s*未经")


# How the calculated columns of `keyness_table` and `chance_table` were calculated, by heading.
METHODS = {
    "log_ratio": "log_ratio",
    "g2": "log_likelihood",
    "log_odds": "log_odds",
    "z": "z",
    "stability": "stability",
    "by_chance": "dealt",
    "chance_low": "dealt",
    "chance_high": "dealt",
}


def tokens_of(corpus: Corpus, cities: Sequence[str]) -> pd.DataFrame:
    """Segment the articles on some cities; the names of approaches stay whole.

    Lines without a full stop (headings, captions, the page's furniture) and notices of the publisher are left
    out, as are the names of people and places, which would set any two cities apart.

    Returns
    -------
    DataFrame
        As `text.tokens_frame`, with `city` and `speech` (does it stand in quoted speech?) added.
    """
    own = _articles(corpus, cities)
    names = tuple(dict.fromkeys(corpus.approaches["name_zh"]))
    texts = {str(article): corpus.texts[str(article)] for article in own.index}
    tokens = tokens_frame(texts, names)
    lines = {article: _prose(text) for article, text in texts.items()}
    quoted = {article: speech(text) for article, text in texts.items()}
    places = list(zip(tokens["text_id"], tokens["start"], strict=True))
    tokens = tokens.assign(
        city=tokens["text_id"].map(own["place_id"]),
        speech=[_within(quoted[article], start) for article, start in places],
    )
    counted = [_within(lines[article], start) for article, start in places]
    return tokens[counted & ~tokens["tag"].str.startswith(("nr", "ns")).to_numpy()]


def prose_of(corpus: Corpus, cities: Sequence[str]) -> dict[str, str]:
    """Give each city's articles as one text, without the lines that `tokens_of` leaves out."""
    own, texts = _articles(corpus, cities), {}
    for city in cities:
        articles = [corpus.texts[str(article)] for article in own.index[own["place_id"] == city]]
        texts[city] = "\n".join(text[start:end] for text in articles for start, end in _prose(text))
    return texts


def _articles(corpus: Corpus, cities: Sequence[str]) -> pd.DataFrame:
    own = corpus.articles[corpus.articles["place_id"].isin(list(cities))]
    return own.sort_values("place_id", key=lambda places: places.map(list(cities).index), kind="stable")


def _prose(text: str) -> list[tuple[int, int]]:
    lines = (match.span() for match in re.finditer(r"[^\r\n]+", text))
    return [(a, b) for a, b in lines if "。" in text[a:b] and not _NOTICE.match(text, a)]


def _within(spans: Iterable[tuple[int, int]], place: int) -> bool:
    return any(start <= place < end for start, end in spans)


def chinese(words: Iterable[str]) -> list[Markup]:
    """Mark words as the articles' own, in Chinese: no page says them in its own voice."""
    return [Markup('<span class="name" lang="zh">{}</span>').format(word) for word in words]


def counts_text(uses: Iterable[int], source: str) -> Markup:
    """Write counts as 14:2, each marked as a count of the sentence or table `language.<source>`."""
    mark = Markup('<data class="count" data-source="count:language.{0}" value="{1}">{1}</data>')
    return Markup(":").join(mark.format(source, int(count)) for count in uses)


def vocabulary_table(page: Page, tokens: pd.DataFrame) -> pd.DataFrame:
    """Count words and different words in each city's texts."""
    rows = []
    for city, own in tokens.groupby("city", sort=False):
        counted = own[own["kind"] == "word"]
        rows.append(
            {
                "city": page.city(str(city)),
                "sentences": len(own[["text_id", "sentence"]].drop_duplicates()),
                "words": len(counted),
                "different_words": counted["token"].nunique(),
            }
        )
    return pd.DataFrame(rows)


@shared
def key_words(
    tokens: pd.DataFrame,
    city_a: str,
    city_b: str,
    *,
    floor: int,
    resamples: int,
    stable: float,
    prior: float | None = None,
) -> pd.DataFrame:
    """Compare the words of two cities, and tell which keep their direction when sentences are resampled.

    Parameters
    ----------
    tokens : DataFrame
        As `tokens_of` gives it.
    city_a, city_b : str
    floor : int
        Fewest uses in both texts together.
    resamples : int
    stable : float
        Share of the resamples, above 0 and at most 1, in which a stable word keeps its direction.
    prior : float, optional
        Size of the prior of the log-odds in words.

    Returns
    -------
    DataFrame
        As `keyness.keyness`, with `stability` (the share) and `stable` (is it large enough?) added.

    Raises
    ------
    UsageError
        If `stable` is no such share, or the words cannot be compared (see `keyness.keyness`).
    """
    if not 0 < stable <= 1:
        raise UsageError(f"stable is {stable}; it must be a share above 0 and at most 1, such as 0.95.")
    a, b = (tokens[tokens["city"] == city] for city in (city_a, city_b))
    words = keyness(word_counts(a), word_counts(b), floor=floor, prior_size=prior)
    kept = keyness_stability(a, b, words.index, resamples=resamples)
    return words.assign(stability=kept, stable=kept >= stable)


def stable_words(words: pd.DataFrame) -> tuple[list[Markup], list[Markup]]:
    """Name the stable words of each text, the highest log-likelihood first; `words` comes from `key_words`."""
    kept = words[words["stable"]]
    return chinese(kept.index[kept["log_ratio"] > 0]), chinese(kept.index[kept["log_ratio"] < 0])


def bracketed(words: pd.DataFrame) -> pd.DataFrame:
    """Put those words in brackets that are not stable, for a plot or a table; `words` comes from `key_words`."""
    labels = [word if kept else f"({word})" for word, kept in words["stable"].items()]
    return words.set_axis(pd.Index(labels, name="word"))


def keyness_table(page: Page, words: pd.DataFrame, city_a: str, city_b: str) -> pd.DataFrame:
    """Show words that set two texts apart: counts, rates, effect, both measures, stability."""
    shown = bracketed(words.sort_values("log_ratio", ascending=False))
    cities = {"a": page.city(city_a), "b": page.city(city_b)}
    counts = {name: shown[f"count_{side}"].tolist() for side, name in cities.items()}
    rates = {
        page.words.say("language.per_thousand", city=name): shown[f"rate_{side}"].round(2).tolist()
        for side, name in cities.items()
    }
    headed = {"log_ratio": "log_ratio", "g2": "log_likelihood", "log_odds": "log_odds", "z": "z"}
    measures = {heading: shown[name].round(2).tolist() for heading, name in headed.items()}
    # Cut, not rounded: a share just below the one that is asked for must not look as if it reached it.
    percent = (100 * shown["stability"] + 1e-9).astype(int).tolist()
    return pd.DataFrame({"word": chinese(shown.index), **counts, **rates, **measures, "stability": percent})


def said_of_prior(page: Page, words: pd.DataFrame) -> Fragment:
    """Tell how many words the log-odds with a prior set apart; `words` comes from `key_words`."""
    if words.empty:
        return page.say("language.no_words")
    sizes = words["z"].abs()
    beyond = int((sizes > Z_POINT).sum())
    largest = f"{words['z'][sizes.idxmax()]:.2f}".replace("-", "−")
    return page.say(
        "language.dirichlet",
        of=beyond,
        beyond=beyond,
        words=len(words),
        point=Z_POINT,
        largest=page.calculated(largest, "z"),
        word=chinese([str(sizes.idxmax())])[0],
    )


def said_of_chance(page: Page, chance: Chance, resamples: Markup) -> Fragment:
    """Set the number of words that stand out beside chance; `chance` comes from `keyness_by_chance`."""
    beyond = "beyond" if chance.observed > chance.high else "within"
    return page.say(
        f"language.chance_{beyond}",
        words=chance.words,
        observed=chance.observed,
        median=page.calculated(str(chance.median), "dealt"),
        low=page.calculated(str(chance.low), "dealt"),
        high=page.calculated(str(chance.high), "dealt"),
        threshold=chance.threshold,
        level=100 * chance.level,
        resamples=resamples,
    )


def said_of_caution(page: Page, chances: pd.DataFrame, words: pd.DataFrame) -> Fragment:
    """Tell how little the list of words shows; `chances` comes from `chance_table`, `words` from `key_words`."""
    return page.say(
        "language.caution",
        floors=len(chances),
        within=int((chances["observed"] <= chances["chance_high"]).sum()),
        beyond=int((words["z"].abs() > Z_POINT).sum()),
    )


@shared
def chance_table(
    tokens: pd.DataFrame, city_a: str, city_b: str, *, floors: Sequence[int], resamples: int
) -> pd.DataFrame:
    """Set the number of words that stand out beside the number that chance would give, for each floor."""
    a, b = (tokens[tokens["city"] == city] for city in (city_a, city_b))
    chances = chances_by_floor(a, b, floors, resamples=resamples)
    rows = [
        {
            "floor": floor,
            "words": chance.words,
            "observed": chance.observed,
            "by_chance": chance.median,
            "chance_low": chance.low,
            "chance_high": chance.high,
        }
        for floor, chance in zip(floors, chances, strict=True)
    ]
    return pd.DataFrame(rows)


def profile_table(page: Page, cities: Sequence[str]) -> pd.DataFrame:
    """Show how each city's texts are written, measure by measure, with what is counted."""
    own, profiles = _articles(page.corpus, cities), {}
    for city, text in prose_of(page.corpus, cities).items():
        genres = own.loc[own["place_id"] == city, "genre"].unique()
        kinds = page.join(page.words[f"genre.{genre}"] for genre in genres)
        heading = page.words.say("language.of_genre", city=page.city(city), genre=kinds)
        profiles[heading] = style_profile(text)
    return pd.DataFrame(
        [
            {
                "measure": page.words[f"profile.{measure}"],
                **{heading: round(profile[measure], 2) for heading, profile in profiles.items()},
                "counted_as": page.words[f"profile_how.{measure}"],
            }
            for measure in next(iter(profiles.values()))
        ]
    )


def said_of_genre(page: Page, tokens: pd.DataFrame, words: pd.DataFrame, cities: Sequence[str]) -> Fragment:
    """Tell which stable words stand in quoted speech, and which are verbs: what a genre may bring with it.

    Parameters
    ----------
    page : Page
    tokens : DataFrame
        As `tokens_of` gives it. A word is a verb if most of its uses are tagged so.
    words : DataFrame
        As `key_words` gives it.
    cities : sequence of str
        The first city and the second.
    """
    kept = words[words["stable"]]
    counted = tokens[tokens["kind"] == "word"]
    uses = counted.groupby("token").agg(spoken=("speech", "sum"), all=("speech", "size"))
    spoken = uses.loc[kept.index].query("spoken > 0")
    is_verb = counted["tag"].str.startswith("v").groupby(counted["token"]).mean() > 0.5
    verbs = kept[is_verb.loc[kept.index]]
    sides = (verbs.index[verbs["log_ratio"] > 0], verbs.index[verbs["log_ratio"] < 0])
    return page.say(
        "language.speech_words",
        of=len(spoken),
        uses=[
            Markup("{}\u00a0{}").format(word, counts_text(pair, "speech_words"))
            for word, pair in zip(chinese(spoken.index), spoken.to_numpy(), strict=True)
        ],
    ) + page.say(
        "language.verbs",
        city_a=page.city(cities[0]),
        city_b=page.city(cities[1]),
        verbs_a=chinese(sides[0]),
        verbs_b=chinese(sides[1]),
    )


def said_of_kinds(page: Page, cities: Sequence[str]) -> Fragment:
    """Tell whether the kinds of text set two cities apart from each other, or are the same for both."""
    own = _articles(page.corpus, cities)
    a, b = (list(own.loc[own["place_id"] == city, "genre"].unique()) for city in cities)
    shared = [genre for genre in a if genre in b]
    if not shared:
        return page.say("language.kinds_differ")
    key = "language.kinds_same" if len(a) == len(b) == 1 else "language.kinds_mixed"
    return page.say(key, kinds=[page.words[f"genre.{genre}"] for genre in shared])


def said_of_script(page: Page, cities: Sequence[str]) -> Fragment | None:
    """Warn of texts in traditional script, whose words are counted as other words; nothing where there are none."""
    from pingan_lib.mentions.script import simplify

    articles = _articles(page.corpus, cities)
    traditional = []
    for article_id, place in articles["place_id"].items():
        text = page.corpus.texts[str(article_id)]
        changed = sum(one != other for one, other in zip(text, simplify(text), strict=True) if one > "\u4e00")
        if changed > len(text) / 20:
            traditional.append(place)
    if not traditional:
        return None
    return page.say("language.traditional", cities=page.join(map(page.city, dict.fromkeys(traditional))))


def concordance_table(page: Page, cities: Sequence[str], word: str) -> pd.DataFrame:
    """Show every use of a word with what stands before and after it."""
    rows = []
    for article_id, article in _articles(page.corpus, cities).iterrows():
        for line in concordance(page.corpus.texts[str(article_id)], word, width=16).itertuples(index=False):
            context = Markup('<q class="context {}" lang="zh">{}</q>')
            cells = {
                "before": context.format("before", line.left),
                "word": Markup('<mark lang="zh">{}</mark>').format(line.hit),
                "after": context.format("after", line.right),
            }
            rows.append({"city": page.city(article["place_id"]), **cells})
    return pd.DataFrame(rows, columns=["city", "before", "word", "after"])


def in_context(page: Page, cities: Sequence[str], word: str) -> Fragment:
    """Show a word in its contexts, or say that there is none to show."""
    if not word.strip():
        return page.say("language.no_word")
    lines = concordance_table(page, cities, word.strip())
    if lines.empty:
        return page.say("language.word_absent", word=word.strip())
    return page.table(lines, "language.concordance", word=word.strip())
