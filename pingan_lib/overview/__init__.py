"""A whole corpus at once: what each city reports, which figures meet on a measure, which cities report alike."""

from pingan_lib.overview.clusters import Clusters, cluster, similar_first
from pingan_lib.overview.counts import (
    chosen_cities,
    dimension_counts,
    inventory,
    measure_counts,
    published_years,
    years_spoken,
)
from pingan_lib.overview.meetings import GRADES, comparable_groups, measure_pairs, shared_measures

__all__ = [
    "GRADES",
    "Clusters",
    "chosen_cities",
    "cluster",
    "comparable_groups",
    "dimension_counts",
    "inventory",
    "measure_counts",
    "measure_pairs",
    "published_years",
    "shared_measures",
    "similar_first",
    "years_spoken",
]
