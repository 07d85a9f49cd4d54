"""Every fault of the data at once: tables against descriptor, texts against hashes, quotes against texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time

from pingan_lib.article_files import read_articles
from pingan_lib.check import across, coding, figures, quotes
from pingan_lib.check.cells import DRAFTED, WAITING, check_cells
from pingan_lib.check.package import read_package
from pingan_lib.errors import CorpusError, Problem
from pingan_lib.schema import Table
from pingan_lib.table_files import Cells, scan_cells

QUOTED_TABLES = ("approaches", "figures", "statements")


@dataclass
class Examined:
    """A project folder that was read and checked.

    Attributes
    ----------
    problems : list of Problem
        Empty where all is well; else what follows may lack tables and articles.
    tables : dict of str to Table
    cells : dict of str to dict of str to list of str
        The cells of each table by column, as they are written.
    texts : dict of str to str
        The articles by `article_id`.
    starts : dict of str to list of int
        Of each table with quotes, where these begin in their articles: see `evidence.locate_all`.
    """

    problems: list[Problem] = field(default_factory=list)
    tables: dict[str, Table] = field(default_factory=dict)
    cells: dict[str, Cells] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    starts: dict[str, list[int]] = field(default_factory=dict)


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
    return examine(root).problems


def examine(root: Path, timings: dict[str, float] | None = None) -> Examined:
    """Read a project folder and check it.

    Parameters
    ----------
    root : Path
        The folder that holds `data/` and the articles.
    timings : dict of str to float, optional
        Is filled with the seconds of processor time that each step took, in their order.

    Returns
    -------
    Examined
    """
    data, clock = root / "data", {} if timings is None else timings
    with _timed(clock, "descriptor"):
        try:
            tables, fields = read_package(data)
        except CorpusError as error:
            return Examined(problems=list(error.problems))
    problems: list[Problem] = []
    done = Examined(tables=tables)
    for name, table in tables.items():
        with _timed(clock, "read tables"):
            cells, faults = scan_cells(data, table)
        problems += faults
        if cells is not None:
            done.cells[name] = cells
            with _timed(clock, "cells"):
                problems += check_cells(table, cells, fields)
    told = {(problem.file, problem.row, problem.column) for problem in problems if problem.column}
    for problem in _check_content(root, done, clock):
        place = (problem.file, problem.row, problem.column)
        if place not in told and not _left_open(problem, done):
            problems.append(problem)
    done.problems = sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.row or 0, p.column or ""))
    return done


@contextmanager
def _timed(clock: dict[str, float], step: str) -> Iterator[None]:
    start = process_time()
    yield
    clock[step] = clock.get(step, 0.0) + process_time() - start


def _check_content(root: Path, done: Examined, clock: dict[str, float]) -> list[Problem]:
    """Hold the tables that could be read against each other and against the articles."""
    tables, cells = done.tables, done.cells
    problems: list[Problem] = []
    if "articles" in cells:
        with _timed(clock, "read articles"):
            done.texts, problems = read_articles(root, cells["articles"])
        if "coders" in cells:
            with _timed(clock, "coders"):
                problems += coding.check_coders(cells, QUOTED_TABLES)
                problems += coding.check_listed(cells)
    for name, columns in cells.items():
        with _timed(clock, "keys and references"):
            problems += across.check_lists(tables[name], columns)
            problems += across.check_twins(tables[name], columns)
            problems += across.check_copies(tables[name], columns)
            problems += across.check_references(tables[name], cells)
        if name in QUOTED_TABLES:
            with _timed(clock, "quotes"):
                done.starts[name] = quotes.locate_quotes(columns, done.texts)
                problems += quotes.check_quotes(tables[name], columns, done.texts, done.starts[name])
    with _timed(clock, "keys and references"):
        problems += across.check_ids(tables, cells)
    with _timed(clock, "figures"):
        if "figures" in cells:
            problems += figures.check_figures(tables["figures"], cells["figures"], cells.get("measures"))
        if "reference" in cells:
            problems += figures.check_reference(tables["reference"], cells["reference"])
    with _timed(clock, "approaches"):
        if "approaches" in cells:
            problems += quotes.check_approaches(tables["approaches"], cells["approaches"], done.texts)
        if "codebook" in cells:
            problems += coding.check_terms(tables["codebook"], cells["codebook"])
            if done.texts:
                problems += quotes.check_examples(tables["codebook"], cells["codebook"], done.texts)
    with _timed(clock, "relations"):
        if "relations" in cells and "figures" in cells:
            problems += figures.check_relations(
                tables["relations"], cells["relations"], cells["figures"]["figure_id"]
            )
        if "figures" in cells:
            problems += figures.check_waiting(cells["figures"], cells.get("relations"))
    return problems


def _left_open(problem: Problem, done: Examined) -> bool:
    """Whether a fault is that a draft leaves a cell empty that is filled in when the figure is accepted."""
    rows: Mapping[str, list[str]] | None = done.cells.get("figures")
    if rows is None or problem.file != f"data/{done.tables['figures'].file}" or problem.column is None:
        return False
    index = (problem.row or 0) - 2
    return (
        rows["status"][index] in WAITING and not rows[problem.column][index] and problem.column not in DRAFTED
    )
