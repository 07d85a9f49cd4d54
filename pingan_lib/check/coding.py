"""The codebook and the coders: one home for every term, and nobody's rows without the one who coded them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress

from pingan_lib.check.cells import are_drafts
from pingan_lib.errors import Problem
from pingan_lib.schema import Table
from pingan_lib.table_files import Cells


def check_terms(table: Table, cells: Cells) -> Iterator[Problem]:
    """A search term that stood in two dimensions would be counted for neither."""
    homes: dict[str, str] = {}
    rows = zip(cells["dimension_id"], cells["terms"], strict=True)
    for row, (dimension, terms) in enumerate(rows, start=2):
        for term in filter(None, terms.split(";")):
            home = homes.setdefault(term, dimension)
            if home != dimension:
                found = f"{term!r} stands in {home!r}, too."
                yield Problem(f"data/{table.file}", row, "terms", found, "Keep it in one dimension.")


def check_coders(rows: Mapping[str, Cells], quoted: Sequence[str]) -> Iterator[Problem]:
    """An article that is coded without a coder would show as “not reported” wherever it has no row.

    Parameters
    ----------
    rows : mapping of str to dict
        The cells of each table by column.
    quoted : sequence of str
        Names of the tables whose rows quote an article.
    """
    accepted: set[str] = set()
    for cells in (rows[name] for name in quoted if name in rows):
        drafts = are_drafts(cells)
        articles = cells["article_id"]
        accepted |= set(compress(articles, (not draft for draft in drafts)) if drafts else articles)
    lacking = accepted - set(rows["coders"]["article_id"])
    for row, article_id in enumerate(rows["articles"]["article_id"], start=2):
        if article_id in lacking:
            found = f"{article_id!r} has no row in data/coders.csv."
            mend = "Say there who coded it, and when: what nobody looked for is not “not reported”."
            yield Problem("data/articles.csv", row, "article_id", found, mend)


def check_listed(rows: Mapping[str, Cells]) -> Iterator[Problem]:
    """A coder whose rows are to count has read the article; and nobody's second reading is the first."""
    coders = rows["coders"]
    listed: dict[str, list[str]] = {}
    work = zip(coders["date"], coders["article_id"], coders["coder_id"], strict=True)
    for _, article, coder in sorted(work, key=lambda each: each[0]):
        listed.setdefault(article, []).append(coder)
    for name, home, key in (
        ("codings", "approaches", "approach_id"),
        ("figure_codings", "figures", "figure_id"),
    ):
        if name not in rows or home not in rows or not rows[name][key]:
            continue
        file = f"data/{name}.csv"
        articles = dict(zip(rows[home][key], rows[home]["article_id"], strict=True))
        for row, (coder, unit) in enumerate(zip(rows[name]["coder_id"], rows[name][key], strict=True), 2):
            article = articles.get(unit, "")
            readers = listed.get(article, ())
            if readers and coder not in readers:
                found = f"{coder!r} is not listed for {article!r} in data/coders.csv."
                yield Problem(file, row, "coder_id", found, "List the coder there, or mend the id.")
            elif name == "figure_codings" and coder in readers[:1]:
                found = (
                    f"{coder!r} is the first coder of {article!r}, whose reading is the row in figures.csv."
                )
                yield Problem(file, row, "coder_id", found, "Name another coder, or delete the row.")
