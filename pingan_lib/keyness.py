"""Which words set two texts apart: how far, on how many uses, and how much of it sentences drawn by chance would give.

Counts and frames of tokens in (as `text.word_counts` and `text.tokens_frame` give them), numbers out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pingan_lib.errors import UsageError

# Beyond these values a chi-squared variate of one degree, or a standard normal one, lies in 5 % of the cases.
LOG_LIKELIHOOD_POINT = 3.841
Z_POINT = 1.96


@dataclass(frozen=True)
class Chance:
    """How many words stand out between two texts, and how many would if sentences stood in either by chance.

    Attributes
    ----------
    words : int
        Words used often enough to be looked at.
    observed : int
        Those of them whose log-likelihood is above the threshold.
    median, low, high : int
        How many are above it when sentences are shuffled between the texts: the median of all shuffles, and the
        ends of the range that holds the middle ones.
    threshold, level : float
        The threshold, and the share of the shuffles in the range.
    """

    words: int
    observed: int
    median: int
    low: int
    high: int
    threshold: float
    level: float


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
    independently of each other (Koplenig 2019). `keyness_stability` says how much hangs on single sentences,
    `keyness_by_chance` how many words stand out where nothing sets the texts apart.
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
    odds_a = (a + prior) / (size_a + prior_total - a - prior)
    odds_b = (b + prior) / (size_b + prior_total - b - prior)
    log_odds = np.log(odds_a / odds_b)
    result = pd.DataFrame(
        {
            "count_a": a.astype(int),
            "count_b": b.astype(int),
            "rate_a": 1000 * a / size_a,
            "rate_b": 1000 * b / size_b,
            "log_likelihood": _log_likelihood(a.to_numpy(), b.to_numpy(), size_a, size_b),
            "log_ratio": np.log2((a.where(a > 0, 0.5) / size_a) / (b.where(b > 0, 0.5) / size_b)),
            "log_odds": log_odds,
            "z": log_odds / np.sqrt(1 / (a + prior) + 1 / (b + prior)),
        }
    ).rename_axis("word")
    return result.sort_index().sort_values("log_likelihood", ascending=False, kind="stable")


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
        Tokens of the two texts, as `text.tokens_frame` gives them; each may hold several texts.
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

    Notes
    -----
    Of a word that one text lacks, the share tells only over how many of the other's n sentences it is
    spread, k: all of them are missed in (1 - k/n)ⁿ of the resamples, about exp(-k). Three are about the
    fewest for a share of 0.95.
    """
    _require_resamples(resamples)
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


def keyness_by_chance(
    tokens_a: pd.DataFrame,
    tokens_b: pd.DataFrame,
    *,
    floor: int = 3,
    threshold: float = LOG_LIKELIHOOD_POINT,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 20240403,
) -> Chance:
    """How many words would stand out between two texts if it were chance in which of them a sentence stands.

    All sentences are thrown together and dealt out again, to each text as many as it has: a permutation test (Fisher
    1935, Pitman 1937) with the sentence as the unit, because words of one sentence come together. Lijffijt
    and others (2016) show how far tests go astray that take words for independent; Mildenberger (2023,
    arXiv:2308.13383) permutes documents between corpora in the same way.

    Parameters
    ----------
    tokens_a, tokens_b : DataFrame
        Tokens of the two texts, as `text.tokens_frame` gives them; each may hold several texts.
    floor : int
        Fewest uses in both texts together, as in `keyness`. The same words are looked at in every shuffle, for
        their uses in both texts together stay what they are.
    threshold : float
        Log-likelihood above which a word stands out; by default the 5 % point.
    level : float
        Share of the shuffles, between 0 and 1, that the range holds.
    resamples : int
        Number of shuffles.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    Chance

    Raises
    ------
    UsageError
        If a text has no counted word, `resamples` is below 1 or `level` is not between 0 and 1.

    Notes
    -----
    Sentences of one text share its subject, author and occasion, so that almost any two texts have more words
    that stand out than shuffled ones: a number beyond the range says little, and one within it that the
    list of words shows nothing.
    """
    (found,) = chances_by_floor(
        tokens_a, tokens_b, [floor], threshold=threshold, level=level, resamples=resamples, seed=seed
    )
    return found


def chances_by_floor(
    tokens_a: pd.DataFrame,
    tokens_b: pd.DataFrame,
    floors: Sequence[int],
    *,
    threshold: float = LOG_LIKELIHOOD_POINT,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 20240403,
) -> list[Chance]:
    """What `keyness_by_chance` gives for each of several floors, with one set of shuffles."""
    _require_resamples(resamples)
    if not 0 < level < 1:
        raise UsageError(f"level is {level}; it must be between 0 and 1, such as 0.95.")
    rng = np.random.default_rng(seed)
    used = pd.concat([tokens_a, tokens_b])
    totals = used.loc[used["kind"] == "word", "token"].value_counts().sort_index()
    totals = totals[totals >= max(min(floors), 1)]
    counts_a, sizes_a = _by_sentence(tokens_a, totals.index)
    counts_b, sizes_b = _by_sentence(tokens_b, totals.index)
    counts, sizes = np.vstack([counts_a, counts_b]), np.concatenate([sizes_a, sizes_b])
    as_it_is = np.arange(len(sizes)) < len(sizes_a)
    dealt = rng.permuted(np.tile(as_it_is, (resamples, 1)), axis=1)
    in_first = np.vstack([as_it_is, dealt]).astype(float)
    hits, size = in_first @ counts, (in_first @ sizes)[:, None]
    stand_out = _log_likelihood(hits, counts.sum(axis=0) - hits, size, sizes.sum() - size) > threshold
    chances, ends = [], ((1 - level) / 2, 0.5, (1 + level) / 2)
    for floor in floors:
        often = totals.to_numpy() >= floor
        observed, *shuffled = stand_out[:, often].sum(axis=1)
        low, median, high = map(int, np.quantile(shuffled, ends, method="inverted_cdf"))
        chances.append(Chance(int(often.sum()), int(observed), median, low, high, threshold, level))
    return chances


def _log_likelihood(
    a: np.ndarray, b: np.ndarray, size_a: np.ndarray | float, size_b: np.ndarray | float
) -> np.ndarray:
    """Twice the log of the likelihood ratio of two Poisson rates, for arrays that broadcast; sizes are above 0."""
    expected_a = (a + b) * size_a / (size_a + size_b)
    return 2 * (_x_log_x_over(a, expected_a) + _x_log_x_over(b, a + b - expected_a))


def _x_log_x_over(x: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Give x ln(x / expected), which is 0 where x is 0."""
    return x * np.log(np.divide(x, expected, out=np.ones(np.shape(expected)), where=x > 0))


def _require_resamples(resamples: int) -> None:
    if resamples < 1:
        raise UsageError(f"resamples is {resamples}; it must be at least 1.")


def _by_sentence(tokens: pd.DataFrame, words: pd.Index) -> tuple[np.ndarray, np.ndarray]:
    """Counts of the words, shape (sentences, words), and of all counted words, shape (sentences,)."""
    counted = tokens[tokens["kind"] == "word"]
    if counted.empty:
        raise UsageError("Two texts are compared, and one of them has no counted word.")
    sentence = counted.groupby(["text_id", "sentence"], sort=False).ngroup().to_numpy()
    column = words.get_indexer(pd.Index(counted["token"]))
    counts = np.zeros((sentence.max() + 1, len(words)), dtype=int)
    np.add.at(counts, (sentence[column >= 0], column[column >= 0]), 1)
    return counts, np.bincount(sentence)
