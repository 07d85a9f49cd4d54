"""Every fault of the data at once: tables against descriptor, texts against hashes, quotes against texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pingan_lib import evidence
from pingan_lib.article_files import read_articles
from pingan_lib.cell_faults import cell_faults
from pingan_lib.errors import CorpusError, NumberError, Problem, choices
from pingan_lib.figure_rows import PLAIN_NUMBER, figure_faults
from pingan_lib.formulas import formula_names, require_share
from pingan_lib.schema import DESCRIPTOR, Column, Table, read_schema
from pingan_lib.table_files import scan

QUOTED_TABLES = ("approaches", "figures", "statements")

# What is no figure yet, or was found to be none.
WAITING = ("draft", "rejected")
# What a draft of a figure must hold; the rest is for the person who accepts it.
DRAFTED = {"figure_id", "article_id", "place_id", "quote", "printed", "value", "unit", "hedge", "status"}

_WANTED = {
    "date": "a day such as 2023-12-31",
    "number": "a number such as 95.97",
    "integer": "a whole number",
}
_SHAPES = {
    "_id": "lower-case words joined by _",
    "sha256": "64 characters from 0-9 and a-f, as `sha256sum` gives them",
    "_code": "six digits",
}


def check_folder(root: Path) -> list[Problem]:
    """List every fault of a project folder.

    Parameters
    ----------
    root : Path
        The folder that holds `data/` and the articles.

    Returns
    -------
    list of Problem
        Empty where all is well. Where a table cannot be read by its columns, the checks of its content are left out.
        A cell that a spreadsheet has changed is told once, and the other checks take it as it should be.
    """
    data = root / "data"
    try:
        tables, package = _read_package(data)
    except CorpusError as error:
        return list(error.problems)
    problems: list[Problem] = []
    rows: dict[str, pd.DataFrame] = {}
    for name, table in tables.items():
        frame, faults = scan(data, table)
        problems += faults
        if frame is not None:
            rows[name] = frame
            problems += _check_cells(table, frame, package.get_resource(name).schema.fields)
    told = {(problem.file, problem.row, problem.column) for problem in problems if problem.column}
    for problem in _check_content(root, tables, rows):
        place = (problem.file, problem.row, problem.column)
        if place not in told and not _left_open(problem, tables, rows):
            problems.append(problem)
    return sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.row or 0, p.column or ""))


def _check_content(
    root: Path, tables: Mapping[str, Table], rows: Mapping[str, pd.DataFrame]
) -> Iterator[Problem]:
    """Hold the tables that could be read against each other and against the articles."""
    texts: dict[str, str] = {}
    if "articles" in rows:
        texts, problems = read_articles(root, rows["articles"])
        yield from problems
        if "coders" in rows:
            yield from _check_coders(rows)
            yield from _check_listed(rows)
    for name, frame in rows.items():
        yield from _check_lists(tables[name], frame)
        yield from _check_twins(tables[name], frame)
        yield from _check_copies(tables[name], frame)
        yield from _check_references(tables[name], rows)
        if name in QUOTED_TABLES:
            yield from _check_quotes(tables[name], frame, texts)
    yield from _check_ids(tables, rows)
    if "figures" in rows:
        yield from _check_figures(tables["figures"], rows["figures"], rows.get("measures"))
    if "reference" in rows:
        yield from _check_reference(tables["reference"], rows["reference"])
    if "approaches" in rows:
        yield from _check_approaches(tables["approaches"], rows["approaches"], texts)
    if "codebook" in rows:
        yield from _check_terms(tables["codebook"], rows["codebook"])
        if texts:
            yield from _check_examples(tables["codebook"], rows["codebook"], texts)
    if "relations" in rows and "figures" in rows:
        yield from _check_relations(tables["relations"], rows["relations"], set(rows["figures"]["figure_id"]))
    if "figures" in rows:
        yield from _check_waiting(rows["figures"], rows.get("relations"))


def _read_package(data: Path) -> tuple[dict[str, Table], Any]:
    """Read the descriptor, and let frictionless say whether it is one: the tables, and the package."""
    from frictionless import FrictionlessException, Package

    try:
        text = (data / DESCRIPTOR).read_text(encoding="utf-8")
        return read_schema(text), Package(json.loads(text), basepath=str(data))
    except FrictionlessException as error:
        reason = "; ".join(reason.note for reason in error.reasons) or error.error.note
    except (ValueError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
    found, mend = f"is no valid data package: {reason}.", "Mend it, or take it from an example project."
    raise CorpusError([Problem(f"data/{DESCRIPTOR}", None, None, found, mend)])


def _check_cells(table: Table, frame: pd.DataFrame, fields: Sequence[Any]) -> list[Problem]:
    """List the cells that are no value of their column; what is mended for certain is put into `frame`.

    Types, codes and patterns are judged by frictionless, whose `fields` these are.
    """
    file = f"data/{table.file}"
    problems: list[Problem] = []
    for index, name, fault in list(cell_faults(table, frame)):
        problems.append(Problem(file, index + 2, name, fault.found, fault.mend))
        if fault.mended is not None:
            frame.loc[index, name] = fault.mended
    told = {(problem.row, problem.column) for problem in problems}
    drafts = _drafts(frame)
    for column, field in zip(table.columns, fields, strict=True):
        read_cell = field.create_cell_reader()
        for row, (cell, is_draft) in enumerate(zip(frame[column.name], drafts, strict=True), start=2):
            if (row, column.name) in told:
                continue
            if not cell:
                if column.required and not (is_draft and column.name not in DRAFTED):
                    mend = f"Fill it in: {column.description}"
                    problems.append(Problem(file, row, column.name, "is empty.", mend))
            elif notes := read_cell(cell)[1]:
                problems.append(Problem(file, row, column.name, *_misfit(column, cell, notes)))
    keys = frame[list(table.key)]
    for index in frame.index[keys.duplicated() & (keys != "").all(axis=1)]:
        found = f"{', '.join(keys.loc[index])!r} is there already."
        mend = "Give every row an id of its own."
        problems.append(Problem(file, int(index) + 2, ", ".join(table.key), found, mend))
    return problems


def _misfit(column: Column, cell: str, notes: Mapping[str, str]) -> tuple[str, str]:
    """Word what frictionless notes of a cell: what was found, and what to do."""
    if "type" in notes:
        wanted = _WANTED.get(column.type, column.type)
        return f"{cell!r} is no {column.type}.", f"Write {wanted}, or leave it empty."
    if "enum" in notes:
        return choices("code", cell, column.codes), ""
    shapes = (shape for end, shape in _SHAPES.items() if column.name.endswith(end))
    return f"{cell!r} does not fit.", f"Expected: {next(shapes, '; '.join(notes.values()))}."


def _drafts(frame: pd.DataFrame) -> pd.Series:
    """Mark the rows that no person has accepted; only figures have a status."""
    return frame["status"].isin(WAITING) if "status" in frame else pd.Series(False, index=frame.index)


def _left_open(problem: Problem, tables: Mapping[str, Table], rows: Mapping[str, pd.DataFrame]) -> bool:
    """Whether a fault is that a draft leaves a cell empty that is filled in when the figure is accepted."""
    figures = rows.get("figures")
    if figures is None or problem.file != f"data/{tables['figures'].file}" or problem.column is None:
        return False
    figure = figures.loc[(problem.row or 0) - 2]
    return figure["status"] in WAITING and not figure[problem.column] and problem.column not in DRAFTED


def _check_lists(table: Table, frame: pd.DataFrame) -> Iterator[Problem]:
    for column in table.columns:
        if column.type == "list" and column.codes:
            for row, cell in enumerate(frame[column.name], start=2):
                for item in filter(None, cell.split(";")):
                    if item not in column.codes:
                        yield Problem(
                            f"data/{table.file}", row, column.name, choices("code", item, column.codes), ""
                        )


def _check_twins(table: Table, frame: pd.DataFrame) -> Iterator[Problem]:
    """A text has a Chinese twin in the column `<name>_zh`: both are written, or neither is."""
    for name in frame.columns:
        twin = f"{name}_zh"
        if twin not in frame.columns:
            continue
        for index, (text, chinese) in enumerate(zip(frame[name], frame[twin], strict=True), start=2):
            if bool(text) != bool(chinese):
                lacking, written = (twin, name) if text else (name, twin)
                found = f"is empty, while {written} is not."
                yield Problem(f"data/{table.file}", index, lacking, found, "Write it in both languages.")


def _check_terms(table: Table, frame: pd.DataFrame) -> Iterator[Problem]:
    """A search term that stood in two dimensions would be counted for neither."""
    homes: dict[str, str] = {}
    for index, row in enumerate(frame.to_dict("records"), start=2):
        for term in filter(None, row["terms"].split(";")):
            home = homes.setdefault(term, row["dimension_id"])
            if home != row["dimension_id"]:
                found = f"{term!r} stands in {home!r}, too."
                yield Problem(f"data/{table.file}", index, "terms", found, "Keep it in one dimension.")


def _check_references(table: Table, rows: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    for reference in table.references:
        if reference.table in rows:
            known = list(rows[reference.table][reference.key])
            cells = rows[table.name][reference.column]
            for index, cell in cells[(cells != "") & ~cells.isin(known)].items():
                found = choices(f"row of {reference.table}", cell, known)
                mend = f"Or add its row to data/{reference.table}.csv."
                yield Problem(f"data/{table.file}", int(index) + 2, reference.column, found, mend)


def _check_coders(rows: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """An article that is coded without a coder would show as “not reported” wherever it has no row."""
    accepted: set[str] = set()
    for frame in (rows[name] for name in QUOTED_TABLES if name in rows):
        accepted |= set(frame["article_id"][~_drafts(frame)])
    coded = set(rows["coders"]["article_id"])
    for row, article_id in enumerate(rows["articles"]["article_id"], start=2):
        if article_id in accepted - coded:
            found = f"{article_id!r} has no row in data/coders.csv."
            mend = "Say there who coded it, and when: what nobody looked for is not “not reported”."
            yield Problem("data/articles.csv", row, "article_id", found, mend)


def _check_listed(rows: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """A coder whose rows are to count has read the article; and nobody's second reading is the first."""
    work = rows["coders"].sort_values("date", kind="stable")
    listed = work.groupby("article_id")["coder_id"].agg(list).to_dict()
    for name, home, key in (
        ("codings", "approaches", "approach_id"),
        ("figure_codings", "figures", "figure_id"),
    ):
        if name not in rows or home not in rows:
            continue
        articles = dict(zip(rows[home][key], rows[home]["article_id"], strict=True))
        for row, (coder, unit) in enumerate(zip(rows[name]["coder_id"], rows[name][key], strict=True), 2):
            article = articles.get(unit, "")
            coders = listed.get(article, [])
            if coders and coder not in coders:
                found = f"{coder!r} is not listed for {article!r} in data/coders.csv."
                yield Problem(
                    f"data/{name}.csv", row, "coder_id", found, "List the coder there, or mend the id."
                )
            elif name == "figure_codings" and coder in coders[:1]:
                found = (
                    f"{coder!r} is the first coder of {article!r}, whose reading is the row in figures.csv."
                )
                yield Problem(
                    f"data/{name}.csv", row, "coder_id", found, "Name another coder, or delete the row."
                )


def _check_waiting(figures: pd.DataFrame, relations: pd.DataFrame | None) -> Iterator[Problem]:
    """What is reported rests on no draft."""
    waiting = dict(zip(figures["figure_id"], figures["status"].where(_drafts(figures), ""), strict=True))
    mend = "Accept that row first, or name another."
    for row, figure in enumerate(figures.to_dict("records"), start=2):
        for column in ("denominator", "same_as"):
            status = waiting.get(figure[column])
            if status and not waiting[figure["figure_id"]]:
                found = f"{figure[column]!r} is a figure whose status is {status!r}."
                yield Problem("data/figures.csv", row, column, found, mend)
    for row, relation in enumerate(() if relations is None else relations.to_dict("records"), start=2):
        for column in ("result", "formula"):
            try:
                names = formula_names(relation[column]) if relation[column] else ()
            except NumberError:
                continue
            for name in names:
                if waiting.get(name):
                    found = f"{name!r} is a figure whose status is {waiting[name]!r}."
                    yield Problem("data/relations.csv", row, column, found, mend)


def _check_copies(table: Table, frame: pd.DataFrame) -> Iterator[Problem]:
    """A row copied for another, and left as it was but for its id, would count a thing twice."""
    if len(table.key) > 1:
        return
    key = table.key[0]
    first: dict[tuple[str, ...], tuple[int, str]] = {}
    for row, cells in enumerate(frame.to_dict("records"), start=2):
        row_id = cells.pop(key)
        before, earlier = first.setdefault(tuple(cells.values()), (row, row_id))
        if row_id != earlier:
            found = f"{row_id!r} holds what {earlier!r} in row {before} holds."
            yield Problem(f"data/{table.file}", row, key, found, "Change or delete one of the two rows.")


def _check_quotes(table: Table, frame: pd.DataFrame, texts: Mapping[str, str]) -> Iterator[Problem]:
    file = f"data/{table.file}"
    for article_id, rows in frame.groupby("article_id", sort=False):
        text = texts.get(str(article_id))
        if text is None:
            continue
        quotes, prefixes = list(rows["quote"]), list(rows["prefix"])
        starts = evidence.locate_all(text, quotes, prefixes)
        for index, start, quote, prefix in zip(rows.index, starts, quotes, prefixes, strict=True):
            if start >= 0 or not quote:
                continue
            if start == evidence.AMBIGUOUS:
                found = evidence.explain_ambiguous(text, prefix + quote)
                mend = "Put the characters just before the quote into prefix."
            else:
                found = evidence.explain_missing(text, prefix + quote)
                mend = (
                    "Copy the passage from the article, or delete the row if the article no longer says so."
                )
            yield Problem(file, int(index) + 2, "quote", found, mend)


def _check_figures(table: Table, frame: pd.DataFrame, measures: pd.DataFrame | None) -> Iterator[Problem]:
    units = {} if measures is None else dict(zip(measures["measure_id"], measures["unit"], strict=True))
    rows = {row["figure_id"]: row for row in frame.to_dict("records")}
    for index, figure in enumerate(frame.to_dict("records"), start=2):
        for column, found, mend in figure_faults(figure, units, rows):
            yield Problem(f"data/{table.file}", index, column, found, mend)


def _check_ids(tables: Mapping[str, Table], rows: Mapping[str, pd.DataFrame]) -> Iterator[Problem]:
    """A page leads to a row by its id alone: figures, approaches, statements and relations share none."""
    homes: dict[str, str] = {}
    for name in ("figures", "approaches", "statements", "relations"):
        key = tables[name].key[0] if name in rows else ""
        for index, row_id in enumerate(rows[name][key] if key else (), start=2):
            home = homes.setdefault(row_id, name)
            if home != name:
                found = f"{row_id!r} is the id of a row of {home}, too."
                yield Problem(f"data/{tables[name].file}", index, key, found, "Rename one.")


def _check_reference(table: Table, frame: pd.DataFrame) -> Iterator[Problem]:
    for index, value in enumerate(frame["value"], start=2):
        if not PLAIN_NUMBER.fullmatch(value) or float(value) <= 0:
            found = f"{value!r} cannot be divided by."
            yield Problem(f"data/{table.file}", index, "value", found, "Write a number above zero in digits.")


def _check_approaches(table: Table, frame: pd.DataFrame, texts: Mapping[str, str]) -> Iterator[Problem]:
    file = f"data/{table.file}"
    parents = dict(zip(frame["approach_id"], frame["part_of"], strict=True))
    for index, row in enumerate(frame.to_dict("records"), start=2):
        text = texts.get(row["article_id"])
        if text is not None and row["name_zh"] not in text:
            found = evidence.explain_missing(text, row["name_zh"])
            yield Problem(file, index, "name_zh", found, "Use the article’s own wording.")
        seen, above = {row["approach_id"]}, row["part_of"]
        while above and above not in seen:
            seen.add(above)
            above = parents.get(above, "")
        if above == row["approach_id"]:
            yield Problem(file, index, "part_of", "leads back to the row itself.", "Break the circle.")


def _check_examples(table: Table, frame: pd.DataFrame, texts: Mapping[str, str]) -> Iterator[Problem]:
    for index, quote in enumerate(frame["example_quote"], start=2):
        if not any(quote in text for text in texts.values()):
            found = f"{quote!r} is in no article of the corpus."
            yield Problem(
                f"data/{table.file}",
                index,
                "example_quote",
                found,
                "Quote an article, or another one if this no longer says so.",
            )


def _check_relations(table: Table, frame: pd.DataFrame, figures: set[str]) -> Iterator[Problem]:
    file = f"data/{table.file}"
    for index, row in enumerate(frame.to_dict("records"), start=2):
        try:
            names = formula_names(row["formula"])
            if row["kind"] == "share_of":
                require_share(row["formula"])
        except NumberError as error:
            yield Problem(file, index, "formula", str(error), "")
            continue
        for name in (name for name in names if name not in figures):
            yield Problem(file, index, "formula", choices("figure", name, sorted(figures)), "")
        if row["kind"] != "context" and not row["result"]:
            yield Problem(
                file, index, "result", f"is empty for {row['kind']!r}.", "Name the figure it should give."
            )
