"""What the cities say they do: programmes, dimensions, stages, and who acts on whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import product

import pandas as pd

from pingan_lib.corpus import Corpus
from pingan_lib.page import Page

STAGES = ("context", "input", "activity", "output", "outcome")


def programmes_table(page: Page, city: str) -> pd.DataFrame:
    """List a city's programmes at the top, each with the parts that belong to it, in the order of the article."""
    approaches = own_approaches(page.corpus, city)
    rows = []
    for approach_id, approach in approaches[approaches["part_of"] == ""].iterrows():
        parts = _below(approaches, str(approach_id))
        rows.append(
            {
                "programme": page.cite(str(approach_id)),
                "summary": page.noted(approach[f"summary_{page.language}"], str(approach_id)),
                "parts": page.names(parts),
            }
        )
    return pd.DataFrame(rows)


def dimensions_table(page: Page, comparison: pd.DataFrame, city_a: str, city_b: str) -> pd.DataFrame:
    """Name each dimension's approaches, city by city; `comparison` comes from `compare_approaches`."""
    rows = []
    for dimension, row in comparison.iterrows():
        cells = {
            page.city(city): page.names(row[f"approaches_{side}"]) or page.words["approaches.not_reported"]
            for side, city in (("a", city_a), ("b", city_b))
        }
        rows.append({"dimension": page.name("codebook", str(dimension)), **cells})
    return pd.DataFrame(rows)


def approach_stages(corpus: Corpus, cities: Sequence[str]) -> pd.DataFrame:
    """Count approaches by stage of the logic model: `stage`, `city`, `count`, a row each, zeros included."""
    rows = []
    for stage, city in product(STAGES, cities):
        count = int((own_approaches(corpus, city)["stage"] == stage).sum())
        rows.append({"stage": stage, "city": city, "count": count})
    frame = pd.DataFrame(rows)
    return frame[frame.groupby("stage")["count"].transform("sum") > 0].reset_index(drop=True)


def actors_targets(page: Page, city: str) -> pd.DataFrame:
    """Count how often each actor acts on each target: a row an actor, a column a target that is named at all."""
    approaches = own_approaches(page.corpus, city)
    counts: Counter[tuple[str, str]] = Counter()
    for actors, targets in zip(approaches["actors"], approaches["targets"], strict=True):
        counts.update(product(actors or ("not_said",), targets or ("not_said",)))
    actors = sorted(
        dict.fromkeys(a for a, _ in counts), key=lambda a: (a == "not_said", -_total(counts, actor=a))
    )
    targets = sorted(
        dict.fromkeys(t for _, t in counts), key=lambda t: (t == "not_said", -_total(counts, target=t))
    )
    rows = []
    for actor in actors:
        named = page.words["target.not_said"] if actor == "not_said" else page.words[f"actor.{actor}"]
        cells = {page.words[f"target.{target}"]: counts[actor, target] or None for target in targets}
        rows.append({"actor": named, **cells})
    return pd.DataFrame(rows).astype(object)


def own_approaches(corpus: Corpus, city: str) -> pd.DataFrame:
    """Return a city's approaches, without repeats, in the order of its articles."""
    approaches = corpus.approaches.assign(part_of=corpus.parents)
    own = approaches[(approaches["place_id"] == city) & (approaches["same_as"] == "")]
    return own.sort_values(["article_id", "start"], kind="stable")


def _below(approaches: pd.DataFrame, approach_id: str) -> list[str]:
    parts = []
    for part in approaches.index[approaches["part_of"] == approach_id]:
        parts += [str(part), *_below(approaches, str(part))]
    return parts


def _total(counts: Counter[tuple[str, str]], actor: str = "", target: str = "") -> int:
    return sum(n for (a, t), n in counts.items() if actor in ("", a) and target in ("", t))
