"""A tidy frame → a matplotlib Axes, drawn in the package's style.

Every function takes the words it writes from its caller, so that a figure serves both languages; without `ax`
it makes a figure of its own outside pyplot, so that a notebook does not show it twice. Nothing is told by
colour alone: cells and bars carry their numbers, groups a hatch or a marker of their own. A frame that lacks
a column or has no row is refused with a `UsageError`, and so is one that would set on one axis what is graded
"not_comparable".

Where a number is written for a row, the frame's optional column `source` says where it comes from:
"#card-kl_disputes" for a number with an evidence card, "count:…" for one that was counted. In a page
`pingan_lib.svg.inline_svg` makes links of them.
"""

from pingan_lib.plots.bounds import dumbbell_bounds
from pingan_lib.plots.counts import diverging_bars, stage_bars
from pingan_lib.plots.extents import coverage_strips, timeline
from pingan_lib.plots.matrix import count_matrix, heatmap
from pingan_lib.plots.readable import readable
from pingan_lib.plots.specifications import specification_curve
from pingan_lib.plots.trees import dendrogram
from pingan_lib.style import figure_svg, missing_glyphs

__all__ = [
    "count_matrix",
    "coverage_strips",
    "dendrogram",
    "diverging_bars",
    "dumbbell_bounds",
    "figure_svg",
    "heatmap",
    "missing_glyphs",
    "readable",
    "specification_curve",
    "stage_bars",
    "timeline",
]
