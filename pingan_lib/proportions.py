"""Shares as samples: intervals, differences, sample size and power, many tests, pooling.

All of it rests on a sampling model, which each interval names, and which has to be fair first: a full count is no
sample, and its share has no sampling error. The methods are those of statsmodels; here they get types, checks of what
is put in, and refusals. Nothing here knows of cities or articles: `share_interval(81, 263)` serves on any share.
Every function raises UsageError for what is no count, share or level: it says what was found and what to give.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Literal

import pandas as pd

from pingan_lib.errors import UsageError, choices

# One study does not vary. From two, the variance between studies would have one degree of freedom and a prediction
# interval, with k - 2, none: two cases are two cases.
MIN_STUDIES = 3


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval, and what that assumes.

    Attributes
    ----------
    estimate, low, high : float
        A share, 0 to 1, or a difference between shares, -1 to 1.
    confidence : float
        The level, such as 0.95.
    method : {"wilson", "newcombe"}
    model : {"simple_random_sample", "two_independent_samples"}
        What has to be true. "simple_random_sample": everybody in a population many times larger had the same chance
        to be asked, whoever else was, and those who did not answer are like those who did. "two_independent_samples":
        two such samples were drawn apart, so that nobody in the one has a bearing on the other; the same people asked
        twice are not two. Neither is fair for a full count (all cases of a register are no sample of it), for
        volunteers, or for people picked to fill a quota.
    """

    estimate: float
    low: float
    high: float
    confidence: float
    method: Literal["wilson", "newcombe"]
    model: Literal["simple_random_sample", "two_independent_samples"]


@dataclass(frozen=True)
class Pooled:
    """The shares of several studies as draws from one distribution of shares, or why they were not pooled.

    What has to be true: each study is a sample of its own, and nobody could have said beforehand which of them would
    have the larger share.

    Attributes
    ----------
    studies : int
        How many different studies were given.
    estimate, low, high : float or None
        The mean of the distribution (of logits, turned back into a share) and its confidence interval.
    tau2, i2, q : float or None
        The variance between studies, of logits; the part of the variation, 0 to 1, that is beyond chance within studies
        (Higgins and Thompson 2002); Cochran's Q.
    prediction_low, prediction_high : float or None
        Where the share of one more such study is to be expected.
    refused : {"too_few", "repeated"} or None
        Why nothing was pooled; all figures are None then.
    """

    studies: int
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    tau2: float | None = None
    i2: float | None = None
    q: float | None = None
    prediction_low: float | None = None
    prediction_high: float | None = None
    refused: Literal["too_few", "repeated"] | None = None

    @property
    def reason(self) -> str:
        """Why nothing was pooled, in plain words; empty where something was."""
        studies = f"{self.studies} {'study is' if self.studies == 1 else 'studies are'}"
        return {
            "too_few": f"{studies} too few to pool; it takes {MIN_STUDIES}. One or two cannot tell how much shares "
            "differ from study to study: they are cases, to be shown side by side.",
            "repeated": "A study stands in more than one row, and shares from one study are not independent. "
            "Give one row for each study.",
        }.get(self.refused or "", "")


def share_interval(count: int, total: int, confidence: float = 0.95) -> Interval:
    """The score interval of a share; the model is "simple_random_sample".

    Wilson, E. B. (1927), Journal of the American Statistical Association 22, 209-212; recommended by Newcombe, R. G.
    (1998), Statistics in Medicine 17, 857-872, and Brown, Cai and DasGupta (2001), Statistical Science 16, 101-133.

    Parameters
    ----------
    count, total : int
        How many of how many. A float is taken if it is whole, as columns with gaps hold it.
    confidence : float, optional
        Between 0 and 1.
    """
    from statsmodels.stats.proportion import proportion_confint

    alpha = 1 - _level("confidence", confidence)
    part, whole = _counts(count, total)
    low, high = proportion_confint(part, whole, alpha=alpha, method="wilson")
    estimate = part / whole
    # At none and at all a bound is the estimate itself, but for the last digit.
    low, high = min(float(low), estimate), max(float(high), estimate)
    return Interval(estimate, low, high, confidence, "wilson", "simple_random_sample")


def difference_interval(
    count_a: int, total_a: int, count_b: int, total_b: int, confidence: float = 0.95
) -> Interval:
    """The interval of share a less share b, from their score intervals; the model is "two_independent_samples".

    Newcombe, R. G. (1998), Statistics in Medicine 17, 873-890, method 10 (without continuity correction). Counts,
    totals and level are given as for `share_interval`.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    alpha = 1 - _level("confidence", confidence)
    a, b = _counts(count_a, total_a, "_a"), _counts(count_b, total_b, "_b")
    low, high = confint_proportions_2indep(*a, *b, method="newcomb", compare="diff", alpha=alpha)
    estimate = a[0] / a[1] - b[0] / b[1]
    low, high = max(-1.0, min(float(low), estimate)), min(1.0, max(float(high), estimate))
    return Interval(estimate, low, high, confidence, "newcombe", "two_independent_samples")


def sample_for_difference(
    share_a: float, share_b: float, *, power: float = 0.8, confidence: float = 0.95
) -> int:
    """How many people each of two samples needs, at least, to tell two shares apart as often as `power` asks.

    For the two-sided score test without continuity correction: Fleiss, Levin and Paik (2003), Statistical Methods for
    Rates and Proportions, 3rd edition, chapter 4. The variance is that of the mean share if nothing differs, and of
    both shares if they do, as in `power.prop.test` of R; for small samples it is rough.

    Parameters
    ----------
    share_a, share_b : float
        The shares to be told apart, 0 to 1. Equal ones are refused.
    power : float, optional
        The chance to find the difference, between 0 and 1.
    confidence : float, optional
        Between 0 and 1: 0.95 tests at 5 percent.
    """
    from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

    wanted, alpha = _level("power", power), 1 - _level("confidence", confidence)
    a, b = _two_shares(share_a, share_b)
    size = max(1, math.ceil(samplesize_proportions_2indep_onetail(a - b, b, wanted, alpha=alpha)))
    # A last digit may have put the formula's number on the wrong side of a whole one.
    for near in (size - 1, size):
        if near > 0 and power_of_difference(a, b, near, near, confidence=confidence) >= wanted:
            return near
    return size + 1


def power_of_difference(
    share_a: float, share_b: float, size_a: int, size_b: int, *, confidence: float = 0.95
) -> float:
    """The chance that samples of these sizes tell two shares apart, by the formula of `sample_for_difference`.

    To find the difference the wrong way round is no success: the far tail of the two-sided test is left out, as in
    `power.prop.test` of R. `size_a` and `size_b` count the people in each sample; the rest is given as there.
    """
    from statsmodels.stats.proportion import power_proportions_2indep

    alpha = 1 - _level("confidence", confidence)
    a, b = _two_shares(share_a, share_b)
    people_a, people_b = _whole("size_a", size_a, 1), _whole("size_b", size_b, 1)
    if {a, b} == {0.0, 1.0}:
        # Nothing is left to chance: the samples come out in one way only, and are told apart or are not.
        return float(_score_test(a * people_a, people_a, b * people_b, people_b) <= alpha)
    side, ratio = "larger" if a > b else "smaller", people_b / people_a
    return float(
        power_proportions_2indep(a - b, b, people_a, ratio, alpha / 2, alternative=side, return_results=False)
    )


def compare_shares(frame: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Compare two shares in every row, with p values corrected for the number of rows.

    The test is the two-sided score test (the pooled z test; its square is Pearson's chi-squared, uncorrected). Holm, S.
    (1979), Scandinavian Journal of Statistics 6, 65-70, corrects its p values over all rows: the chance that any row
    without a difference falls below 0.05 is 0.05 at most. The intervals are those of `difference_interval`, one row at
    a time, and made otherwise than the test: near the limit the two may disagree.

    Parameters
    ----------
    frame : DataFrame, shape (n, any)
        Columns `count_a`, `total_a`, `count_b`, `total_b`.
    confidence : float, optional
        The level of each interval, between 0 and 1.

    Returns
    -------
    DataFrame, shape (n, 5)
        The same index, and `difference` (share a less share b), `low`, `high`, `p`, `p_holm`.
    """
    from statsmodels.stats.multitest import multipletests

    def row(count_a: int, total_a: int, count_b: int, total_b: int) -> tuple[float, ...]:
        found = difference_interval(count_a, total_a, count_b, total_b, confidence)
        return found.estimate, found.low, found.high, _score_test(count_a, total_a, count_b, total_b)

    _level("confidence", confidence)
    rows = _each_row(frame, ("count_a", "total_a", "count_b", "total_b"), row)
    table = pd.DataFrame(rows, index=frame.index, columns=["difference", "low", "high", "p"], dtype=float)
    return table.assign(p_holm=multipletests(table["p"], method="holm")[1] if rows else table["p"])


def pool_shares(frame: pd.DataFrame, *, confidence: float = 0.95) -> Pooled:
    """Pool the shares of studies by random effects, on the logit scale.

    Variance between studies: Paule and Mandel (1982; DerSimonian and Kacker 2007, Contemporary Clinical Trials 28,
    105-114). Interval: Hartung and Knapp (2001) and Sidik and Jonkman (2002), Statistics in Medicine 20, 3875-3889 and
    21, 3153-3159, with t and k - 1 degrees of freedom; as in Knapp and Hartung (2003) its variance is never below that
    of the model, or studies that happen to agree would get an interval without width (Röver, Knapp and Friede 2015,
    BMC Medical Research Methodology 15:99). Prediction: t with k - 2, Higgins, Thompson and Spiegelhalter (2009),
    Journal of the Royal Statistical Society A 172, 137-159. Only a study with none or all gets 0.5
    on both sides, as its logit is infinite (Haldane 1956; Anscombe 1956).

    Parameters
    ----------
    frame : DataFrame, shape (k, any)
        Columns `count` and `total`; the index names the study.
    confidence : float, optional
        The level of both intervals, between 0 and 1.

    Returns
    -------
    Pooled
        Refused, with a reason, for fewer than `MIN_STUDIES` studies, or if a study has more than one row.
    """
    alpha = 1 - _level("confidence", confidence)
    rows = _each_row(frame, ("count", "total"), _counts)
    studies = len(frame.index.drop_duplicates())
    if studies < MIN_STUDIES:
        return Pooled(studies, refused="too_few")
    if studies < len(rows):
        return Pooled(studies, refused="repeated")

    import numpy as np
    from statsmodels.stats.contrast import ContrastResults
    from statsmodels.stats.meta_analysis import combine_effects

    part, whole = np.array(rows).T
    added = np.where((part == 0) | (part == whole), 0.5, 0.0)
    yes, no = part + added, whole - part + added
    # Studies that agree entirely have a Q of 0, by which statsmodels divides.
    with np.errstate(divide="ignore"):
        found = combine_effects(np.log(yes / no), 1 / yes + 1 / no, method_re="iterated", use_t=True)
    _, by_model, _, by_hksj = found.conf_int(alpha=alpha)
    mean, error = found.mean_effect_re, max(found.sd_eff_w_re, found.sd_eff_w_re_hksj)
    spread = math.sqrt(found.tau2 + error**2)
    one_more = ContrastResults(effect=np.array([mean]), t=mean / spread, sd=spread, df_denom=studies - 2)
    ((next_low, next_high),) = one_more.conf_int(alpha)
    return Pooled(
        studies,
        estimate=_share_of(mean),
        low=_share_of(min(by_model[0], by_hksj[0])),
        high=_share_of(max(by_model[1], by_hksj[1])),
        tau2=float(found.tau2),
        # Less variation than chance alone brings is none beyond chance, not a negative part.
        i2=float(found.i2) if found.q > studies - 1 else 0.0,
        q=max(0.0, float(found.q)),
        prediction_low=_share_of(next_low),
        prediction_high=_share_of(next_high),
    )


def _share_of(logit: float) -> float:
    """The share that has a logit; written with tanh, which cannot overflow."""
    return (1 + math.tanh(logit / 2)) / 2


def _score_test(count_a: float, total_a: float, count_b: float, total_b: float) -> float:
    """The two-sided p value of the pooled z test; 1 where both samples have none, or all."""
    from statsmodels.stats.proportion import proportions_ztest

    if count_a + count_b in (0, total_a + total_b):
        return 1.0
    return float(proportions_ztest([count_a, count_b], [total_a, total_b])[1])


def _level(name: str, value: object) -> float:
    if not 0 < _number(value) < 1:
        raise UsageError(f"{name} is {value!r}. Give a level between 0 and 1, such as 0.95.")
    return _number(value)


def _two_shares(share_a: object, share_b: object) -> tuple[float, float]:
    for name, value in (("share_a", share_a), ("share_b", share_b)):
        if not 0 <= _number(value) <= 1:
            raise UsageError(f"{name} is {value!r}. Give a share from 0 to 1: 0.95 for 95 percent.")
    a, b = _number(share_a), _number(share_b)
    if math.isclose(a, b, abs_tol=1e-12):  # 0.1 + 0.2 is meant to be 0.3
        raise UsageError(f"Both shares are {a:g}: no sample tells equal shares apart. Give two that differ.")
    return a, b


def _counts(count: object, total: object, suffix: str = "") -> tuple[float, float]:
    """Both as floats: statsmodels squares totals, which overflows for whole numbers above three thousand million."""
    whole, part = _whole(f"total{suffix}", total, 1), _whole(f"count{suffix}", count, 0)
    if part > whole:
        raise UsageError(f"count{suffix} is {count!r} of a total of {total!r}. Give a count of part of it.")
    return float(part), float(whole)


def _whole(name: str, value: object, least: int) -> int:
    if not (_number(value) >= least and _number(value).is_integer()):
        raise UsageError(f"{name} is {value!r}. Give a whole number, {least} or more.")
    return int(_number(value))


def _number(value: object) -> float:
    """The value as a number; NaN, which is in no range, if it is none."""
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan


def _each_row(
    frame: pd.DataFrame, columns: tuple[str, ...], reckon: Callable[..., tuple[float, ...]]
) -> list[tuple[float, ...]]:
    """What `reckon` gives for the cells of each row; all rows that it refuses are named in one error."""
    for column in columns:
        if column not in frame.columns:
            raise UsageError(choices("column", column, [str(name) for name in frame.columns]))
    found, faults = [], []
    for label, *cells in zip(frame.index, *(frame[column] for column in columns), strict=True):
        try:
            found.append(reckon(*cells))
        except UsageError as fault:
            faults.append(f"row {label}: {fault}")
    if faults:
        raise UsageError("\n".join(faults))
    return found
