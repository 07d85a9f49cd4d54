"""Which rows of a table of yes and no are alike: a tree, groups, and how far the groups can be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pingan_lib.errors import UsageError
from pingan_lib.progress import progress

FEWEST = 4  # two groups of two


@dataclass(frozen=True, eq=False)
class Clusters:
    """Groups of rows that report alike.

    Attributes
    ----------
    tree : ndarray, shape (rows - 1, 4)
        Average linkage of the Jaccard distances, as `scipy.cluster.hierarchy.linkage` gives it.
    order : tuple
        The rows as the leaves of the tree stand, similar ones beside each other.
    cophenetic : float
        Correlation of the distances with those at which the tree joins two rows (Sokal and Rohlf 1962): how
        faithfully a tree shows them at all. Missing where all distances are the same.
    groups : Series of int
        The group of each row, numbered from 1 in the order of the leaves.
    cut : float
        The distance at which the tree is cut into these groups.
    width : float
        Mean silhouette width (Rousseeuw 1987), from -1 to 1: how much nearer a row is to its own group than to the
        next. A group of one has the width 0.
    stability : Series of float
        For each group, its mean Jaccard similarity, from 0 to 1, to the most similar group when the columns are
        drawn anew (Hennig 2007).
    by_chance : float
        The share of shuffled tables whose groups are as wide as these or wider, from 0 to 1. Shuffling keeps how
        many columns each row has and how many rows each column.
    """

    tree: np.ndarray
    order: tuple[str, ...]
    cophenetic: float
    groups: pd.Series
    cut: float
    width: float
    stability: pd.Series
    by_chance: float


def similar_first(reported: pd.DataFrame) -> list[str]:
    """Return the rows of a table of yes and no as the leaves of their tree stand; fewer than three as they are."""
    from scipy.cluster.hierarchy import leaves_list

    if len(reported) < 3:
        return list(reported.index)
    tree, _ = _tree(reported.to_numpy(dtype=bool))
    return list(reported.index[leaves_list(tree)])


def cluster(
    reported: pd.DataFrame, groups: int = 0, *, resamples: int = 1000, shuffles: int = 200, seed: int = 1
) -> Clusters:
    """Group the rows of a table of yes and no by average linkage of their Jaccard distances.

    The Jaccard distance counts what two rows both have and leaves out what neither has, as an absence here is only
    nothing reported. Two rows that have nothing are at distance 0.

    Parameters
    ----------
    reported : DataFrame of bool, shape (rows, columns)
        At least four rows.
    groups : int, optional
        How many groups; 0 takes the number from 2 to half of the rows that has the largest mean silhouette width.
    resamples : int, optional
        How often the columns are drawn anew for the stability, with replacement, as many as there are.
    shuffles : int, optional
        How many shuffled tables the width is compared with.
    seed : int, optional

    Returns
    -------
    Clusters

    Raises
    ------
    UsageError
        If there are fewer than four rows, or more groups are asked for than there are rows less one.

    Notes
    -----
    Hennig (2007), doi 10.1016/j.csda.2006.11.025, draws the clustered points anew; here the columns are drawn, as in
    phylogenetics (Felsenstein 1985), since the rows are all that there are. By his reading of many simulations a group
    below 0.6 is not to be trusted, and one from 0.75 on is stable. Shuffled by the trades of Strona and others (2014),
    doi 10.1038/ncomms5114.
    """
    from scipy.cluster.hierarchy import cophenet, leaves_list
    from scipy.spatial.distance import squareform

    table = reported.to_numpy(dtype=bool)
    if len(table) < FEWEST:
        raise UsageError(f"{len(table)} rows make no groups; at least {FEWEST} can.")
    if groups and not 2 <= groups < len(table):
        raise UsageError(f"{len(table)} rows make 2 to {len(table) - 1} groups, or as many as fit best: 0.")
    tree, distances = _tree(table)
    square = squareform(distances)
    width, labels = _widest(tree, square, groups)
    leaves = leaves_list(tree)
    renamed = {old: new for new, old in enumerate(dict.fromkeys(labels[leaves]), start=1)}
    labels = np.array([renamed[label] for label in labels])
    found = labels.max()
    rng = np.random.default_rng(seed)
    similar = np.mean(
        [
            _similarity(labels, _cut(_tree(table[:, drawn])[0], found))
            for drawn in progress(rng.integers(table.shape[1], size=(resamples, table.shape[1])), "resamples")
        ],
        axis=0,
    )
    widths = [
        _widest(other, squareform(apart), groups)[0]
        for other, apart in map(_tree, progress(_shuffled(table, shuffles, rng), "shuffles", shuffles))
    ]
    joins = np.concatenate([[0.0], tree[:, 2]])
    same = bool(np.ptp(distances) == 0 or np.ptp(tree[:, 2]) == 0)
    return Clusters(
        tree,
        tuple(reported.index[leaves]),
        float("nan") if same else float(cophenet(tree, distances)[0]),
        pd.Series(labels, index=reported.index),
        float(joins[len(table) - found : len(table) - found + 2].mean()),
        width,
        pd.Series(similar, index=range(1, found + 1)),
        float(np.mean(np.array(widths) >= width - 1e-12)),
    )


def _tree(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist

    distances = pdist(table, "jaccard")
    return linkage(distances, "average"), distances


def _cuts(tree: np.ndarray) -> dict[int, np.ndarray]:
    """The groups of every cut, by their number; no cut parts rows that are joined at one distance."""
    labels = np.arange(len(tree) + 1)
    cuts = {len(labels): labels.copy()}
    for row, (a, b, distance, _) in enumerate(tree):
        labels[(labels == a) | (labels == b)] = len(tree) + 1 + row
        if row == len(tree) - 1 or tree[row + 1, 2] > distance:
            cuts[len(tree) - row] = labels.copy()
    return cuts


def _cut(tree: np.ndarray, groups: int) -> np.ndarray:
    """The cut into so many groups, or the next fewer that there are."""
    cuts = _cuts(tree)
    return cuts[max(count for count in cuts if count <= groups)]


def _widest(tree: np.ndarray, square: np.ndarray, groups: int) -> tuple[float, np.ndarray]:
    """The cut with the largest mean silhouette width, the one into fewest groups where several have it."""
    if groups:
        labels = _cut(tree, groups)
        return _silhouette(square, labels), labels
    cuts = _cuts(tree)
    fitting = [cuts[count] for count in range(2, len(square) // 2 + 1) if count in cuts]
    if not fitting:
        return 0.0, _cut(tree, len(square) - 1)
    widths = [_silhouette(square, labels) for labels in fitting]
    best = int(np.argmax(np.round(widths, 12)))
    return widths[best], fitting[best]


def _silhouette(square: np.ndarray, labels: np.ndarray) -> float:
    members = labels[:, None] == np.unique(labels)  # (rows, groups)
    if members.shape[1] == 1:
        return 0.0
    sizes = members.sum(axis=0)
    sums = square @ members
    own = np.where(members, sums / np.maximum(sizes - 1, 1), 0).sum(axis=1)
    other = np.where(members, np.inf, sums / sizes).min(axis=1)
    most = np.maximum(own, other)
    widths = np.divide(other - own, most, out=np.zeros_like(own), where=most > 0)
    return float(np.where((members * sizes).sum(axis=1) > 1, widths, 0).mean())


def _similarity(labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """For each group, its Jaccard similarity to the most similar of other groups of the same rows."""
    a = (labels == np.unique(labels)[:, None]).astype(int)
    b = (others == np.unique(others)[:, None]).astype(int)
    both = a @ b.T
    either = a.sum(axis=1)[:, None] + b.sum(axis=1) - both
    return (both / either).max(axis=1)


def _shuffled(table: np.ndarray, times: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Tables with the same sums of rows and columns: two rows trade what only one of them has."""
    table = table.copy()
    for _ in range(times):
        for a, b in rng.integers(len(table), size=(3 * len(table), 2)):
            only = np.flatnonzero(table[a] != table[b])
            kept = int(table[a, only].sum())
            table[a, only] = False
            table[a, rng.permutation(only)[:kept]] = True
            table[b, only] = ~table[a, only]
        yield table.copy()
