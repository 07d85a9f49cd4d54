"""The items of a reporting guideline, answered for one comparison."""

from __future__ import annotations

from typing import Any

import pandas as pd
from markupsafe import Markup

from pingan_lib.page import Page

# Campbell and others (2020), BMJ 368:l6890, doi 10.1136/bmj.l6890, in the guideline's order.
SWIM_ITEMS = (
    "grouping",
    "metric",
    "methods",
    "priority",
    "heterogeneity",
    "certainty",
    "presentation",
    "results",
    "limitations",
)


def swim_table(page: Page, **values: Any) -> pd.DataFrame:
    """Answer the nine items of the SWiM guideline (synthesis without meta-analysis).

    Parameters
    ----------
    page : Page
    **values
        What the answers in `words/synthesis.toml` name: counts and, joined, names.
    """
    rows = []
    for item in SWIM_ITEMS:
        filled = {name: page.value(value, f"swim.{name}") for name, value in values.items()}
        answer = Markup(page.words[f"swim_answer.{item}"]).format(**filled)
        rows.append({"swim_item": page.words[f"swim.{item}"], "swim_answer": answer})
    return pd.DataFrame(rows)
