"""What texts talk about: Chinese words with their offsets, keyness with its stability, words in context.

Segmentation is rjieba's (dictionary and hidden Markov model of jieba). Which words count is decided by
their part of speech, not by a list of stop words: a list chosen with the texts in view is one more free
choice of the researcher, while a tag is given by the dictionary. Its errors are seen in the `tag` column
and can be mended there (of these articles' words it takes 一把手 and 多元 for numerals, 所 for a
conjunction), and verbs that say little (是, 有) stay in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from pingan_lib.errors import PinganError, UsageError

# Tags of the ICTCLAS set that the dictionary uses, by their first letter.
FUNCTION_TAGS = {
    "c": "conjunction",
    "d": "adverb",
    "f": "direction",
    "k": "suffix",
    "p": "preposition",
    "r": "pronoun",
    "u": "particle",
    "y": "modal particle",
}
NUMBER_TAGS = {"m": "numeral", "q": "measure word"}
NAME_TAG = "name"

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af〇]")
_SENTENCE_END = re.compile(r"[。｡!！?？;；…]+[”’」』》〉）)】〕\]]*|[\r\n\u2028\u2029]+")
_NUMBER = re.compile(r"[+\-−]?\d[\d.,:/\-]*[%％‰]?")


@lru_cache(maxsize=1)
def _jieba() -> Any:
    """A segmenter of our own: words that others add to rjieba's shared one do not change ours."""
    import rjieba

    return rjieba.Jieba()


@lru_cache(maxsize=16)
def _names_pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    longest_first = sorted({name for name in names if name}, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _require_chinese(text: str, what: str) -> None:
    """Refuse what the segmenter would cut into nonsense: no text, or text in another script."""
    letters = sum(map(str.isalpha, text))
    han = len(_HAN.findall(text))
    if not letters:
        raise PinganError(f"{what} is empty: it has no letter or character. Give the article's text.")
    if 2 * han < letters:
        found = f"{han} of {letters} letters"
        raise PinganError(
            f"{what} has hardly any Chinese: {found}. Only Chinese text is segmented; give one."
        )


def _tagged(text: str, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Tokens and tags that together make up the text, names being cut out before anything else is segmented.

    Names are not put into the segmenter's dictionary: it would still split one at a mark
    (数智乡村·平安守望), and might prefer another cut.
    """
    pattern, done = _names_pattern(names), 0
    for match in pattern.finditer(text) if pattern else ():
        yield from _jieba().tag(text[done : match.start()])
        yield match.group(), NAME_TAG
        done = match.end()
    yield from _jieba().tag(text[done:])


def segment(text: str, names: Collection[str] = ()) -> list[str]:
    """Cut a Chinese text into its tokens; joined together they are the text.

    Parameters
    ----------
    text : str
    names : collection of str
        Names that stay whole wherever they stand; the longest wins where two begin together.

    Returns
    -------
    list of str
        Words, numbers, marks and white space in order.

    Raises
    ------
    PinganError
        If the text is empty or hardly holds Chinese characters.
    """
    _require_chinese(text, "The text")
    return [token for token, _ in _tagged(text, tuple(names))]


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a Chinese text start and end.

    A sentence ends with 。 ! ? ; or … in full or half width, together with the closing quotes and brackets
    after it, or with its line. The half-width full stop ends none: it stands in decimals. A straight quote
    closes if one is open.

    Returns
    -------
    list of (int, int)
        Offsets in code points, white space around a sentence left out; no sentence is empty.
    """
    found, start = [], 0
    cuts = [match.end() for match in _SENTENCE_END.finditer(text)]
    for cut in [*cuts, len(text)]:
        if text[cut : cut + 1] == '"' and text.count('"', start, cut) % 2:
            cut += 1
        piece = text[start:cut]
        if piece.strip():
            found.append((start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))
        start = cut
    return found


def _kind(token: str, tag: str) -> str:
    if _NUMBER.fullmatch(token) or tag[:1] in NUMBER_TAGS:
        return "number"
    if not any(map(str.isalnum, token)):
        return "mark"
    return "function" if tag[:1] in FUNCTION_TAGS else "word"


def tokens_frame(texts: Mapping[str, str], names: Collection[str] = ()) -> pd.DataFrame:
    """Tokens of texts with their places.

    Parameters
    ----------
    texts : mapping of str to str
        Texts by their id.
    names : collection of str
        Names that stay whole, as in `segment`.

    Returns
    -------
    DataFrame
        A row for each token that is no white space: `text_id`, `sentence` (0, 1, … in the text), `position`
        (of the token in the text), `start`, `end` (code points; `text[start:end] == token`), `token`, `tag`
        (part of speech; `name` for one of `names`) and `kind`: `word` (what keyness counts), `function`
        (see `FUNCTION_TAGS`), `number` (digits, numerals and measure words) or `mark` (punctuation and
        signs). Nothing else is dropped.

    Raises
    ------
    PinganError
        If a text is empty or hardly holds Chinese characters.
    """
    rows, whole = [], tuple(names)
    for text_id, text in texts.items():
        _require_chinese(text, f"The text of {text_id}")
        position = 0
        for number, (start, end) in enumerate(sentences(text)):
            at = start
            for token, tag in _tagged(text[start:end], whole):
                if not token.isspace():
                    kind = "word" if tag == NAME_TAG else _kind(token, tag)
                    rows.append((text_id, number, position, at, at + len(token), token, tag, kind))
                    position += 1
                at += len(token)
    return pd.DataFrame(
        rows, columns=["text_id", "sentence", "position", "start", "end", "token", "tag", "kind"]
    )


def word_counts(tokens: pd.DataFrame) -> pd.Series:
    """How often each word stands in a frame of tokens; numbers, marks and function words are left out.

    Parameters
    ----------
    tokens : DataFrame
        As `tokens_frame` gives it, or a part of it.

    Returns
    -------
    Series of int
        Named `count`, indexed by `word`; the most frequent first, then by code point.
    """
    counts = tokens.loc[tokens["kind"] == "word", "token"].value_counts().rename_axis("word").rename("count")
    return counts.sort_index().sort_values(ascending=False, kind="stable")


def keyness(
    counts_a: Mapping[str, int] | pd.Series,
    counts_b: Mapping[str, int] | pd.Series,
    *,
    floor: int = 3,
    prior_size: float | None = None,
) -> pd.DataFrame:
    """Words that set two texts apart, with what supports each.

    Parameters
    ----------
    counts_a, counts_b : mapping of str to int, or Series of int indexed by word
        All counted words of each text: their sums are the sizes of the texts.
    floor : int
        Words that stand less often in both texts together are left out of the result, not of the sizes. The
        default is the smallest count that can reach the 5 % point of the log-likelihood (3.84) between
        texts of one size: 3 against 0 gives 4.16, 2 against 0 gives 2.77.
    prior_size : float, optional
        Size in words of the prior, the pooled text scaled to it; by default that of the pooled text itself.

    Returns
    -------
    DataFrame
        Indexed by `word`, the highest `log_likelihood` first: `count_a`, `count_b`; `rate_a`, `rate_b` (per
        1,000 counted words); `log_likelihood` (the likelihood ratio of two Poisson rates: Dunning 1993, in
        the form of Rayson and Garside 2000; no sign); `log_ratio` (base 2, positive where the first text
        has the higher rate; a count of 0 is taken as 0.5: Hardie 2014); `log_odds` (natural, positive for
        the first text) and `z`, with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008).

    Raises
    ------
    UsageError
        If a text has no counted word, both hold one and the same word only, a count is no whole number of at
        least 0, or `prior_size` is not above 0.

    Notes
    -----
    No p-values are given: the words of one article are no random sample, and do not stand there
    independently of each other. `keyness_stability` says how much hangs on single sentences.
    """
    frame = pd.DataFrame(
        {"count_a": pd.Series(counts_a), "count_b": pd.Series(counts_b)}, dtype=float
    ).fillna(0)
    if ((frame < 0) | (frame % 1 != 0)).any(axis=None):
        raise UsageError("Keyness takes counts: whole numbers of at least 0, one for each word.")
    size_a, size_b = frame["count_a"].sum(), frame["count_b"].sum()
    if not (size_a and size_b):
        raise UsageError("Keyness compares two texts, and one of them has no counted word.")
    pooled = frame.sum(axis=1)
    if (pooled > 0).sum() < 2:
        raise UsageError("Both texts hold one and the same word only: nothing can set them apart.")
    prior = pooled if prior_size is None else pooled / pooled.sum() * prior_size
    if prior.sum() <= 0:
        raise UsageError(f"prior_size is {prior_size}; it must be above 0.")
    kept = pooled >= max(floor, 1)
    frame, prior_total, prior = frame[kept], prior.sum(), prior[kept]
    a, b = frame["count_a"], frame["count_b"]
    expected_a = (a + b) * size_a / (size_a + size_b)
    odds_a = (a + prior) / (size_a + prior_total - a - prior)
    odds_b = (b + prior) / (size_b + prior_total - b - prior)
    log_odds = np.log(odds_a / odds_b)
    result = pd.DataFrame(
        {
            "count_a": a.astype(int),
            "count_b": b.astype(int),
            "rate_a": 1000 * a / size_a,
            "rate_b": 1000 * b / size_b,
            "log_likelihood": 2 * (_x_log_x_over(a, expected_a) + _x_log_x_over(b, a + b - expected_a)),
            "log_ratio": np.log2((a.where(a > 0, 0.5) / size_a) / (b.where(b > 0, 0.5) / size_b)),
            "log_odds": log_odds,
            "z": log_odds / np.sqrt(1 / (a + prior) + 1 / (b + prior)),
        }
    ).rename_axis("word")
    return result.sort_index().sort_values("log_likelihood", ascending=False, kind="stable")


def _x_log_x_over(x: pd.Series, expected: pd.Series) -> pd.Series:
    """Give x ln(x / expected), which is 0 where x is 0."""
    return x * np.log(x.where(x > 0, expected) / expected)


def keyness_stability(
    tokens_a: pd.DataFrame,
    tokens_b: pd.DataFrame,
    words: Collection[str],
    *,
    resamples: int = 2000,
    seed: int = 20240403,
) -> pd.Series:
    """How far the direction of a word's keyness hangs on single sentences.

    Sentences are drawn with replacement, as many as there are, within each text (the bootstrap of Efron
    1979, with the sentence as the unit because words of one sentence come together).

    Parameters
    ----------
    tokens_a, tokens_b : DataFrame
        Tokens of the two texts, as `tokens_frame` gives them; each may hold several texts.
    words : collection of str
        Words to look at, such as the index of `keyness`.
    resamples : int
    seed : int
        The same seed gives the same shares.

    Returns
    -------
    Series of float
        Named `stability`, indexed by `word`: the share, 0 to 1, of resamples in which the word's rate is
        higher in the same text as in the full texts. Where a resample lacks the word, or the rates are
        equal, the direction is not kept.

    Raises
    ------
    UsageError
        If a text has no counted word or `resamples` is below 1.
    """
    if resamples < 1:
        raise UsageError(f"resamples is {resamples}; it must be at least 1.")
    rng = np.random.default_rng(seed)
    index = pd.Index(words, name="word")
    leads = []
    for tokens in (tokens_a, tokens_b):
        counts, sizes = _by_sentence(tokens, index)
        drawn = rng.multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), size=resamples)
        drawn = np.vstack([np.ones(len(sizes), dtype=int), drawn])  # first the text as it is
        leads.append((drawn @ counts, (drawn @ sizes)[:, None]))
    (hits_a, size_a), (hits_b, size_b) = leads
    signs = np.sign(hits_a * size_b - hits_b * size_a)
    kept = (signs[1:] == signs[0]) & (signs[0] != 0)
    return pd.Series(kept.mean(axis=0), index=index, name="stability")


def _by_sentence(tokens: pd.DataFrame, words: pd.Index) -> tuple[np.ndarray, np.ndarray]:
    """Counts of the words, shape (sentences, words), and of all counted words, shape (sentences,)."""
    counted = tokens[tokens["kind"] == "word"]
    if counted.empty:
        raise UsageError("Stability compares two texts, and one of them has no counted word.")
    sentence = counted.groupby(["text_id", "sentence"], sort=False).ngroup().to_numpy()
    column = words.get_indexer(pd.Index(counted["token"]))
    counts = np.zeros((sentence.max() + 1, len(words)), dtype=int)
    np.add.at(counts, (sentence[column >= 0], column[column >= 0]), 1)
    return counts, np.bincount(sentence)


def concordance(text: str, word: str, width: int = 20) -> pd.DataFrame:
    """A word in its contexts, for lines aligned at the word.

    The word is searched as a string: 平安 is found in 平安细胞工程 too, so that there may be more lines
    than counted tokens.

    Parameters
    ----------
    text, word : str
    width : int
        Code points of context on each side.

    Returns
    -------
    DataFrame
        A row for each place: `left`, `hit`, `right` (runs of white space in the contexts shown as one
        space), `start`, `end` (code points of the hit). No row where the word does not stand.

    Raises
    ------
    UsageError
        If the word is empty or `width` is below 0.
    PinganError
        If the text is empty or hardly holds Chinese characters.
    """
    if not word.strip():
        raise UsageError("The word to look for is empty. Give at least one character.")
    if width < 0:
        raise UsageError(f"width is {width}; it must be at least 0.")
    _require_chinese(text, "The text")
    rows = [
        (
            re.sub(r"\s+", " ", text[max(match.start() - width, 0) : match.start()]),
            match.group(),
            re.sub(r"\s+", " ", text[match.end() : match.end() + width]),
            match.start(),
            match.end(),
        )
        for match in re.finditer(re.escape(word), text)
    ]
    return pd.DataFrame(rows, columns=["left", "hit", "right", "start", "end"])
