"""Do coders agree? Krippendorff's alpha, kappa and percent agreement, with intervals and the units they differ on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from pingan_lib.errors import UsageError, choices
from pingan_lib.progress import progress

Level = Literal["nominal", "interval", "ratio"]
Status = Literal["assessed", "undefined", "not_assessed"]
# A statistic of some units, given by their positions; None where their values do not vary.
Statistic = Callable[[np.ndarray], float | None]

# Fewer units show no variation between units.
MIN_UNITS = 2


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are made: units are drawn with replacement, as many as there are, and the percentiles taken.

    The percentile interval of Efron (1979), Annals of Statistics 7, 1-26; Efron and Tibshirani (1993), chapter 13. With
    whole units drawn, as Gwet (2014), Handbook of Inter-Rater Reliability, treats them, it covered about as often as it
    should in the simulations of Zapf, Castell, Morawietz and Karch (2016, doi 10.1186/s12874-016-0200-9). The algorithm
    of Hayes and Krippendorff (2007), Communication Methods and Measures 1, 77-89, draws pairs of values and holds the
    expected disagreement fixed; there it covered far too seldom. With few units every bootstrap interval is to be read
    with care (Hughes 2022, arXiv 2210.13265).

    Attributes
    ----------
    resamples : int
        1000 is about the fewest for percentiles at 95 percent.
    confidence : float
        Between 0 and 1.
    seed : int
        The same seed, and the same order of the units, give the same interval.

    Raises
    ------
    UsageError
        If there is no resample, or the level is not between 0 and 1.
    """

    resamples: int = 1000
    confidence: float = 0.95
    seed: int = 20240403

    def __post_init__(self) -> None:
        if self.resamples < 1:
            raise UsageError(f"resamples is {self.resamples}; it must be at least 1.")
        if not 0 < self.confidence < 1:
            raise UsageError(f"confidence is {self.confidence}; it must be between 0 and 1, such as 0.95.")


DEFAULT_BOOTSTRAP = Bootstrap()


@dataclass(frozen=True)
class Coefficient:
    """How far coders agree by one coefficient, or why that cannot be said.

    Attributes
    ----------
    name : {"krippendorff_alpha", "cohen_kappa", "fleiss_kappa", "percent_agreement"}
    status : {"assessed", "undefined", "not_assessed"}
        "undefined": all values are one and the same, so that chance alone would give full agreement, and the
        coefficient would divide nothing by nothing. It is neither 1 nor 0.
    reason : {"", "one_coder", "few_units", "no_variation"}
        Why there is no value: fewer than two coders, fewer than `MIN_UNITS` units that count, no variation.
    coders, units : int
        Coders with at least one value; units with at least one value.
    used : int
        Units that the coefficient rests on: coded by two or more; for Fleiss' kappa, by all.
    value : float or None
        1 is full agreement and 0 what chance would give; percent agreement is on 0 to 100.
    low, high : float or None
        The bootstrap interval.
    no_interval : {"", "not_asked", "no_spread", "rarely_varies"}
        Why an assessed coefficient has no interval. "no_spread": every resample gives the same, as where coders agree
        on every unit; disagreement that was not seen cannot be drawn. "rarely_varies": more resamples had no variation
        than the interval leaves outside, so that its ends would depend on what the coefficient of those is.
    left_out : int
        Resamples without variation: they have no coefficient, and are left out of the interval. To count them as
        full agreement would raise it.
    """

    name: str
    status: Status
    reason: str
    coders: int
    units: int
    used: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    no_interval: str = ""
    left_out: int = 0


def krippendorff_alpha(
    decisions: pd.DataFrame,
    level: Level = "nominal",
    *,
    clusters: Sequence[Hashable] | None = None,
    bootstrap: Bootstrap | None = DEFAULT_BOOTSTRAP,
) -> Coefficient:
    """One less the disagreement that was observed, divided by that expected by chance.

    Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability; (2019), Content Analysis, 4th edition, chapter
    12. Any number of coders, and units that some of them left out; a unit with a single value says nothing and is not
    used.

    Parameters
    ----------
    decisions : DataFrame, shape (units, coders)
        A value in each cell, missing where a coder did not look. Not to have coded something is a value of its own.
    level : {"nominal", "interval", "ratio"}
        How far two values are apart: not at all or entirely; by the square of their difference; by the square of their
        difference over their sum, for values of at least 0.
    clusters : sequence, length units, optional
        What each unit belongs to; whole clusters are drawn then, as units of one cluster are not independent.
    bootstrap : Bootstrap or None, optional
        None gives no interval.

    Returns
    -------
    Coefficient

    Raises
    ------
    UsageError
        If there is no such level, or its values are no finite numbers, or negative for "ratio".
    """
    import krippendorff

    codes, domain = _coded(decisions, level)
    counts = _counts(codes, len(domain))

    def statistic(rows: np.ndarray) -> float | None:
        drawn = counts[rows]
        if np.count_nonzero(drawn.sum(axis=0)) < 2:
            return None
        return float(krippendorff.alpha(value_counts=drawn, value_domain=domain, level_of_measurement=level))

    rows = np.flatnonzero(counts.sum(axis=1) >= 2)
    return _coefficient("krippendorff_alpha", codes, rows, statistic, clusters, bootstrap)


def kappa(
    decisions: pd.DataFrame,
    *,
    clusters: Sequence[Hashable] | None = None,
    bootstrap: Bootstrap | None = DEFAULT_BOOTSTRAP,
) -> Coefficient:
    """Cohen's kappa of two coders, Fleiss' of more, for values that are names.

    Cohen, J. (1960), Educational and Psychological Measurement 20, 37-46: chance is what the two coders' own shares of
    each value would give. Fleiss, J. L. (1971), Psychological Bulletin 76, 378-382: chance is what the shares of all
    coders together would give; it takes only units that every coder has coded. The parameters are those of
    `krippendorff_alpha`.

    Returns
    -------
    Coefficient
    """
    from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

    codes, domain = _coded(decisions, "nominal")
    present = codes[:, (codes >= 0).any(axis=0)]
    counts, values = _counts(codes, len(domain)), len(domain)

    def cohen(rows: np.ndarray) -> float | None:
        table = np.zeros((values, values))
        np.add.at(table, tuple(present[rows].T), 1)
        varies = np.count_nonzero(table.sum(axis=0) + table.sum(axis=1)) > 1
        return float(cohens_kappa(table, return_results=False)) if varies else None

    def fleiss(rows: np.ndarray) -> float | None:
        drawn = counts[rows]
        return float(fleiss_kappa(drawn)) if np.count_nonzero(drawn.sum(axis=0)) > 1 else None

    name, statistic = ("fleiss_kappa", fleiss) if present.shape[1] > 2 else ("cohen_kappa", cohen)
    rows = np.flatnonzero((present >= 0).all(axis=1)) if present.shape[1] else np.array([], dtype=int)
    return _coefficient(name, codes, rows, statistic, clusters, bootstrap)


def percent_agreement(
    decisions: pd.DataFrame,
    *,
    clusters: Sequence[Hashable] | None = None,
    bootstrap: Bootstrap | None = DEFAULT_BOOTSTRAP,
) -> Coefficient:
    """Of all pairs of values of one unit, the percentage that are equal.

    It says nothing of chance: coders who both leave a rare value out nearly always agree on nearly everything. With
    complete data it is the mean over all pairs of coders. The parameters are those of `krippendorff_alpha`.

    Returns
    -------
    Coefficient
        `value` is on 0 to 100; never undefined.
    """
    codes, domain = _coded(decisions, "nominal")
    counts = _counts(codes, len(domain))
    # Twice the number of pairs: every pair is met from both sides.
    equal = (counts * (counts - 1)).sum(axis=1)
    every = counts.sum(axis=1) * (counts.sum(axis=1) - 1)

    def statistic(rows: np.ndarray) -> float:
        return 100 * float(equal[rows].sum() / every[rows].sum())

    rows = np.flatnonzero(every)
    return _coefficient("percent_agreement", codes, rows, statistic, clusters, bootstrap)


def disagreements(decisions: pd.DataFrame) -> pd.DataFrame:
    """Return the units on which coders differ.

    Parameters
    ----------
    decisions : DataFrame, shape (units, coders)

    Returns
    -------
    DataFrame
        Those rows of it that hold two different values at least.
    """
    codes, domain = _coded(decisions, "nominal")
    return decisions[np.count_nonzero(_counts(codes, len(domain)), axis=1) > 1]


def agreement_table(
    decisions: pd.DataFrame,
    level: Level = "nominal",
    *,
    by: str = "",
    cluster: str = "",
    bootstrap: Bootstrap | None = DEFAULT_BOOTSTRAP,
) -> pd.DataFrame:
    """Assess agreement for each group of units.

    Parameters
    ----------
    decisions : DataFrame, shape (units, coders)
        Its index may have several named levels.
    level : {"nominal", "interval", "ratio"}
        Of the values, for alpha.
    by : str, optional
        Level of the index that groups the units; without it, all are one group.
    cluster : str, optional
        Level of the index whose values are drawn as a whole for the interval.
    bootstrap : Bootstrap or None, optional

    Returns
    -------
    DataFrame
        A row a group, in order of appearance, indexed by `by`; a single row with the index 0 without it. `coders`,
        `units`, `pairable` (units coded by two or more), `differing` (units on which coders differ), `percent`
        (agreement, 0 to 100), `status`, `reason`, `alpha`, `low`, `high`, `no_interval` and `left_out` (of alpha),
        `kappa_name`, `kappa_status`, `kappa_units` and `kappa`. Numbers are missing where their status says so.

    Raises
    ------
    UsageError
        If the index has no such level; or as `krippendorff_alpha`.
    """
    for name in filter(None, (by, cluster)):
        if name not in decisions.index.names:
            raise UsageError(choices("level of the index", name, [str(n) for n in decisions.index.names]))
    grouped = [*decisions.groupby(level=by, sort=False)] if by else [(0, decisions)]
    rows = {}
    for key, group in progress(grouped, "agreement") if by else grouped:
        clusters = list(group.index.get_level_values(cluster)) if cluster else None
        alpha = krippendorff_alpha(group, level, clusters=clusters, bootstrap=bootstrap)
        chance, plain = kappa(group, bootstrap=None), percent_agreement(group, bootstrap=None)
        rows[key] = {
            "coders": alpha.coders,
            "units": alpha.units,
            "pairable": alpha.used,
            "differing": len(disagreements(group)),
            "percent": plain.value,
            "status": alpha.status,
            "reason": alpha.reason,
            "alpha": alpha.value,
            "low": alpha.low,
            "high": alpha.high,
            "no_interval": alpha.no_interval,
            "left_out": alpha.left_out,
            "kappa_name": chance.name,
            "kappa_status": chance.status,
            "kappa_units": chance.used,
            "kappa": chance.value,
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(by or None)
    numbers = dict.fromkeys(("percent", "alpha", "low", "high", "kappa"), float)
    return table.astype(numbers) if rows else table


def _coded(decisions: pd.DataFrame, level: str) -> tuple[np.ndarray, np.ndarray]:
    """Number the different values: codes, shape (units, coders), -1 where missing; and the values, shape (values,)."""
    if level not in get_args(Level):
        raise UsageError(choices("level", level, get_args(Level)))
    flat, found = pd.factorize(decisions.to_numpy(dtype=object).ravel())
    codes = flat.reshape(decisions.shape)
    if level == "nominal":
        return codes, np.arange(len(found))
    try:
        domain = np.array([float(value) for value in found])
    except (TypeError, ValueError):
        raise UsageError(f"Values at the level {level!r} must be numbers; there are others.") from None
    if not np.isfinite(domain).all() or (level == "ratio" and (domain < 0).any()):
        what = "finite numbers, and at least 0" if level == "ratio" else "finite numbers"
        raise UsageError(f"Values at the level {level!r} must be {what}; there are others.")
    # Neither level knows the unit of its values; in a unit of this size no square is lost.
    return codes, domain / max(np.abs(domain).max(initial=0), np.finfo(float).tiny)


def _counts(codes: np.ndarray, values: int) -> np.ndarray:
    """How many coders gave each value to each unit, shape (units, values)."""
    return (codes[:, :, None] == np.arange(values)).sum(axis=1)


def _coefficient(
    name: str,
    codes: np.ndarray,
    rows: np.ndarray,
    statistic: Statistic,
    clusters: Sequence[Hashable] | None,
    bootstrap: Bootstrap | None,
) -> Coefficient:
    """Calculate a statistic from the units in `rows` if it can be said, with its interval."""
    if clusters is not None and len(clusters) != len(codes):
        raise UsageError(
            f"There are {len(codes)} units and {len(clusters)} clusters. Give one for each unit."
        )
    coders, units = (int((codes >= 0).any(axis=axis).sum()) for axis in (0, 1))
    sizes = coders, units, len(rows) if coders > 1 else 0
    if coders < 2:
        return Coefficient(name, "not_assessed", "one_coder", *sizes)
    if len(rows) < MIN_UNITS:
        return Coefficient(name, "not_assessed", "few_units", *sizes)
    value = statistic(rows)
    if value is None:
        return Coefficient(name, "undefined", "no_variation", *sizes)
    return Coefficient(name, "assessed", "", *sizes, value, **_interval(statistic, rows, clusters, bootstrap))


def _interval(
    statistic: Statistic, rows: np.ndarray, clusters: Sequence[Hashable] | None, bootstrap: Bootstrap | None
) -> dict[str, Any]:
    if bootstrap is None:
        return {"no_interval": "not_asked"}
    of, names = pd.factorize(np.arange(len(rows)) if clusters is None else pd.Index(clusters)[rows])
    groups = [rows[of == group] for group in range(len(names))]
    draws = np.random.default_rng(bootstrap.seed).integers(
        len(groups), size=(bootstrap.resamples, len(groups))
    )
    drawn = [
        statistic(np.concatenate([groups[group] for group in draw])) for draw in progress(draws, "resamples")
    ]
    kept = [value for value in drawn if value is not None]
    left_out = len(drawn) - len(kept)
    outside = 1 - bootstrap.confidence
    if left_out > outside * len(drawn):
        return {"no_interval": "rarely_varies", "left_out": left_out}
    low, high = (float(end) for end in np.quantile(kept, (outside / 2, 1 - outside / 2)))
    # The last digits of sums in another order are no spread.
    if np.isclose(min(kept), max(kept), rtol=0, atol=1e-12):
        return {"no_interval": "no_spread", "left_out": left_out}
    return {"low": low, "high": high, "left_out": left_out}
