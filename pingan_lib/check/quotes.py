"""What is quoted against the articles: quotes, the names of approaches, the codebook's examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pingan_lib import evidence
from pingan_lib.errors import Problem
from pingan_lib.schema import Table
from pingan_lib.table_files import Cells


def locate_quotes(cells: Cells, texts: Mapping[str, str]) -> list[int]:
    """Return where the quotes of a table begin: see `evidence.locate_each`."""
    return evidence.locate_each(texts, cells["article_id"], cells["quote"], cells["prefix"])


def check_quotes(
    table: Table, cells: Cells, texts: Mapping[str, str], starts: Sequence[int]
) -> Iterator[Problem]:
    """Every quote stands once in its article; `starts` says where."""
    for index in (index for index, start in enumerate(starts) if start < 0):
        text, quote = texts.get(cells["article_id"][index]), cells["quote"][index]
        if text is None or not quote:
            continue
        wanted = cells["prefix"][index] + quote
        if starts[index] == evidence.AMBIGUOUS:
            found = evidence.explain_ambiguous(text, wanted)
            mend = "Put the characters just before the quote into prefix."
        else:
            found = evidence.explain_missing(text, wanted)
            mend = "Copy the passage from the article, or delete the row if the article no longer says so."
        yield Problem(f"data/{table.file}", index + 2, "quote", found, mend)


def check_approaches(table: Table, cells: Cells, texts: Mapping[str, str]) -> Iterator[Problem]:
    """An approach has a name in the article's own wording, and is no part of itself."""
    file = f"data/{table.file}"
    parents = dict(zip(cells["approach_id"], cells["part_of"], strict=True))
    rows = zip(*(cells[name] for name in ("approach_id", "article_id", "part_of", "name_zh")), strict=True)
    for row, (own, article, above, name) in enumerate(rows, start=2):
        text = texts.get(article)
        if text is not None and name not in text:
            found = evidence.explain_missing(text, name)
            yield Problem(file, row, "name_zh", found, "Use the article’s own wording.")
        seen = {own}
        while above and above not in seen:
            seen.add(above)
            above = parents.get(above, "")
        if above == own:
            yield Problem(file, row, "part_of", "leads back to the row itself.", "Break the circle.")


def check_examples(table: Table, cells: Cells, texts: Mapping[str, str]) -> Iterator[Problem]:
    """Every example in the codebook is in some article."""
    for row, quote in enumerate(cells["example_quote"], start=2):
        if not any(quote in text for text in texts.values()):
            found = f"{quote!r} is in no article of the corpus."
            mend = "Quote an article, or another one if this no longer says so."
            yield Problem(f"data/{table.file}", row, "example_quote", found, mend)
