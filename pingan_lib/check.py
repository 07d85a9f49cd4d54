"""Every fault of the data at once: tables against descriptor, texts against hashes, quotes against texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pingan_lib import evidence
from pingan_lib.errors import NumberError, Problem, choices
from pingan_lib.figure_rows import PLAIN_NUMBER, figure_faults
from pingan_lib.formulas import formula_names, require_share
from pingan_lib.schema import DESCRIPTOR, Table, read_schema
from pingan_lib.table_files import read_raw

_RAGGED = {
    "extra-cell": "has more cells than there are columns.",
    "missing-cell": "has fewer cells than there are columns.",
    "blank-row": "is blank.",
}
QUOTED_TABLES = ("approaches", "figures", "statements")


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
    """
    data = root / "data"
    problems, broken = _check_tables(data)
    if broken is None:
        return problems
    tables = read_schema((data / DESCRIPTOR).read_text(encoding="utf-8"))
    rows = {name: read_raw(data, table) for name, table in tables.items() if name not in broken}
    for name, frame in rows.items():
        problems += _check_lists(tables[name], frame)
        problems += _check_twins(tables[name], frame)
        problems += _check_references(tables[name], rows)
    texts: dict[str, str] = {}
    if "articles" in rows:
        problems += _check_articles(root, tables["articles"], rows["articles"], texts)
    if "articles" in rows and "coders" in rows:
        problems += _check_coders(rows["articles"], set(rows["coders"]["article_id"]))
    for name in QUOTED_TABLES:
        if name in rows:
            problems += _check_quotes(tables[name], rows[name], texts)
    if "figures" in rows:
        problems += _check_figures(tables["figures"], rows["figures"], rows.get("measures"))
    problems += _check_ids(tables, rows)
    if "reference" in rows:
        problems += _check_reference(tables["reference"], rows["reference"])
    if "approaches" in rows:
        problems += _check_approaches(tables["approaches"], rows["approaches"], texts)
    if "codebook" in rows and texts:
        problems += _check_examples(tables["codebook"], rows["codebook"], texts)
    if "codebook" in rows:
        problems += _check_terms(tables["codebook"], rows["codebook"])
    if "relations" in rows and "figures" in rows:
        problems += _check_relations(
            tables["relations"], rows["relations"], set(rows["figures"]["figure_id"])
        )
    return sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.row or 0, p.column or ""))


def _check_tables(data: Path) -> tuple[list[Problem], set[str] | None]:
    """Let frictionless hold the files against the descriptor; name the tables whose columns do not fit."""
    from frictionless import FrictionlessException, Package

    try:
        text = (data / DESCRIPTOR).read_text(encoding="utf-8")
        descriptor = json.loads(text)
        # frictionless reads every table again for each reference to it: that is half of the time, and pandas is quick.
        for resource in descriptor["resources"]:
            resource["schema"].pop("foreignKeys", None)
        tables = read_schema(text)
        report = Package(descriptor, basepath=str(data)).validate()
    except FrictionlessException as error:
        return _no_package("; ".join(reason.note for reason in error.reasons) or error.error.note)
    except (ValueError, KeyError, TypeError) as error:
        return _no_package(f"{type(error).__name__}: {error}")
    problems: list[Problem] = []
    broken: set[str] = set()
    for task in report.tasks:
        table = tables.get(task.name)
        for fault in task.errors:
            problem, fatal = _as_problem(f"data/{table.file if table else task.place}", table, fault)
            problems.append(problem)
            if fatal:
                broken.add(task.name)
    return problems, broken


def _no_package(reason: str) -> tuple[list[Problem], None]:
    found, mend = f"is no valid data package: {reason}.", "Mend it, or take it from an example project."
    return [Problem(f"data/{DESCRIPTOR}", None, None, found, mend)], None


def _as_problem(file: str, table: Table | None, error: Any) -> tuple[Problem, bool]:
    """Word an error of frictionless for the person who edits the table; tell whether its columns are unusable."""
    row, name = getattr(error, "row_number", None), getattr(error, "field_name", None)
    cell = getattr(error, "cell", None)
    column = next((c for c in table.columns if c.name == name), None) if table else None
    if error.type == "constraint-error" and column and not cell:
        return Problem(file, row, name, "is empty.", f"Fill it in: {column.description}"), False
    if error.type == "constraint-error" and column and column.codes:
        return Problem(file, row, name, choices("code", str(cell), column.codes), ""), False
    if error.type == "constraint-error":
        shape = "lower-case words joined by _" if name and name.endswith("_id") else error.note
        return Problem(file, row, name, f"{cell!r} does not fit.", f"Expected: {shape}."), False
    if error.type == "type-error" and column:
        form = {
            "date": "a day such as 2023-12-31",
            "number": "a number such as 95.97",
            "integer": "a whole number",
        }
        wanted = form.get(column.type, column.type)
        return Problem(
            file, row, name, f"{cell!r} is no {column.type}.", f"Write {wanted}, or leave it empty."
        ), False
    if error.type == "primary-key" and table:
        key = ", ".join(table.key)
        repeated = ", ".join(str(value) for value in error.cells[: len(table.key)])
        return Problem(
            file, row, key, f"{repeated!r} is there already.", "Give every row an id of its own."
        ), False
    if error.type in _RAGGED:
        mend = "Give every row one cell for each column; a comma in a cell needs quotation marks around the cell."
        return Problem(file, row, None, _RAGGED[error.type], mend), True
    if error.type == "encoding-error" or (error.type == "source-error" and "utf-8" in error.note):
        return Problem(file, None, None, "is not UTF-8.", "Save it as “CSV UTF-8”."), True
    if error.type == "scheme-error":
        return Problem(file, None, None, "cannot be read.", f"{error.note}. Restore the file."), True
    expected = ", ".join(c.name for c in table.columns) if table else ""
    return Problem(file, row, name, f"{error.note}.", f"The columns must be: {expected}."), True


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
                yield Problem(f"data/{table.file}", int(index) + 2, reference.column, found, "")


def _check_articles(
    root: Path, table: Table, frame: pd.DataFrame, texts: dict[str, str]
) -> Iterator[Problem]:
    """Compare each article's bytes with its hash; what can be read is put into `texts`."""
    file = f"data/{table.file}"
    cells = zip(frame["article_id"], frame["path"], frame["sha256"], strict=True)
    for row, (article_id, path, sha256) in enumerate(cells, start=2):
        place = (root / path).resolve()
        if not place.is_relative_to(root.resolve()):
            yield Problem(
                file, row, "path", f"{path!r} leads out of the project.", "Put the article into seeds/."
            )
            continue
        if place.exists() and not place.is_file():
            yield Problem(file, row, "path", f"{path!r} is no file.", "Name the article’s text.")
            continue
        try:
            content = place.read_bytes()
        except OSError as error:
            reason = (error.strerror or "cannot be read").lower()
            yield Problem(
                file, row, "path", f"{path!r}: {reason}.", "Put the article there, or mend the path."
            )
            continue
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            yield Problem(
                file,
                row,
                "sha256",
                f"{path} has {found}: the text is not the one that was coded.",
                "Restore it, or check every quote again and enter the new hash.",
            )
        try:
            texts[article_id] = content.decode("utf-8")
        except UnicodeDecodeError as error:
            yield Problem(
                file, row, "path", f"{path} is not UTF-8 at byte {error.start}.", "Save it as UTF-8."
            )


def _check_coders(articles: pd.DataFrame, coded: set[str]) -> Iterator[Problem]:
    """An article that nobody is said to have read would show as “not reported” wherever it has no row."""
    for row, article_id in enumerate(articles["article_id"], start=2):
        if article_id not in coded:
            found = f"{article_id!r} has no row in data/coders.csv."
            mend = "Say there who coded it, and when: what nobody looked for is not “not reported”."
            yield Problem("data/articles.csv", row, "article_id", found, mend)


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
                mend = "Copy the passage from the article."
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
        for index, row_id in enumerate(rows[name].iloc[:, 0] if name in rows else (), start=2):
            home = homes.setdefault(row_id, name)
            if home != name:
                found = f"{row_id!r} is the id of a row of {home}, too."
                yield Problem(f"data/{tables[name].file}", index, rows[name].columns[0], found, "Rename one.")


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
            yield Problem(f"data/{table.file}", index, "example_quote", found, "Quote an article.")


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
