"""Approaches side by side; figures paired and graded for comparability, every reason named."""

from pingan_lib.compare.approaches import approach_counts, compare_all_approaches, compare_approaches
from pingan_lib.compare.figures import (
    MAX_GAP_YEARS,
    RULES,
    Figure,
    Grade,
    Rule,
    compare_figures,
    described,
    figures_against_words,
    forbids,
    grade_pair,
    lacking,
    possible_pairs,
    wanted,
    years_apart,
)

__all__ = [
    "MAX_GAP_YEARS",
    "RULES",
    "Figure",
    "Grade",
    "Rule",
    "approach_counts",
    "compare_all_approaches",
    "compare_approaches",
    "compare_figures",
    "described",
    "figures_against_words",
    "forbids",
    "grade_pair",
    "lacking",
    "possible_pairs",
    "wanted",
    "years_apart",
]
