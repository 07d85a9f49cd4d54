"""The short ways of the check lead where the long ones do."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from frictionless import FrictionlessException, Package
from hypothesis import given
from hypothesis import strategies as st

from pingan_lib import evidence
from pingan_lib.check import examine
from pingan_lib.check.figures import check_figures
from pingan_lib.check.package import Fields, is_plain
from pingan_lib.figure_rows import figure_faults
from pingan_lib.schema import read_schema
from pingan_lib.table_files import read_raw, scan_cells
from pingan_lib.units import SHARES

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data"
TEXT = (DATA / "datapackage.json").read_text("utf-8")
TABLES = read_schema(TEXT)
FIGURES = scan_cells(DATA, TABLES["figures"])[0]
MEASURES = scan_cells(DATA, TABLES["measures"])[0]
FIELDS = Fields(json.loads(TEXT), DATA)
ASKED = Fields(json.loads(TEXT), DATA)
ASKED.plain = False  # frictionless is asked about every cell


def test_frictionless_is_not_even_imported_where_all_is_plain():
    code = "import sys, pingan_lib as p; p.load_corpus(sys.argv[1]); assert 'frictionless' not in sys.modules"
    subprocess.run([sys.executable, "-c", code, str(ROOT)], check=True)


def test_the_shipped_descriptor_is_plain_and_frictionless_takes_it():
    assert is_plain(json.loads(TEXT))
    assert Package(json.loads(TEXT), basepath=str(DATA)).resource_names == list(TABLES)


@pytest.mark.parametrize(
    ("change", "valid"),
    [
        ({"constraints": {"minLength": 2}}, True),
        ({"format": "email"}, True),
        ({"constraints": {"required": "yes"}}, False),
        ({"name": 5}, False),
        ({"name": "parent_id"}, False),  # there is one already
        ({"type": "boolean", "constraints": {"pattern": "a"}}, False),
    ],
)
def test_a_field_with_anything_else_is_left_to_frictionless(change, valid):
    descriptor = json.loads(TEXT)
    descriptor["resources"][0]["schema"]["fields"][0] |= change
    assert not is_plain(descriptor)
    if not valid:
        with pytest.raises(FrictionlessException):
            Package(descriptor, basepath=str(DATA))


@pytest.mark.parametrize("table", list(TABLES))
@given(cell=st.one_of(
    st.text(min_size=1, max_size=8), st.from_regex(r"-?[0-9]{1,4}(\.[0-9]{1,2})?\n?"),
    st.dates().map(str), st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True),
    st.from_regex(r"[a-z0-9_]{1,9}\n?"), st.sampled_from(["case", "exact", "police;residents", "NaN", "１２"]),
))  # fmt: skip
def test_a_cell_is_judged_as_frictionless_judges_it(table, cell):
    for column in TABLES[table].columns:
        plain, asked = (fields.misfits(TABLES[table], column, [cell, ""]) for fields in (FIELDS, ASKED))
        assert plain == asked


def long_way(cells):
    """The faults of each row of figures, asked one by one with all rows at hand."""
    units = dict(zip(MEASURES["measure_id"], MEASURES["unit"], strict=True))
    rows = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    by_id = {row["figure_id"]: row for row in rows}
    return [
        (index, *fault)
        for index, row in enumerate(rows, start=2)
        for fault in figure_faults(row, units, by_id)
    ]


@given(st.lists(
    st.tuples(
        st.sampled_from([name for name in FIGURES if name not in ("quote", "note_zh")]),
        st.integers(0, len(FIGURES["quote"]) - 1), st.integers(0, len(FIGURES["quote"]) - 1),
    ),
    max_size=6,
))  # fmt: skip
def test_figures_with_cells_of_other_rows_have_the_faults_that_each_row_has(swaps):
    cells = {name: list(column) for name, column in FIGURES.items()}
    for column, row, other in swaps:
        cells[column][row] = FIGURES[column][other]
    found = [(p.row, p.column, p.found, p.mend) for p in check_figures(TABLES["figures"], cells, MEASURES)]
    assert found == long_way(cells)


@given(st.integers(1, 10**9 - 1), st.sampled_from(sorted({*MEASURES["unit"]} - {*SHARES})))
def test_a_count_in_plain_digits_reads_as_it_is_written(count, unit):
    row = dict.fromkeys(FIGURES, "") | {"printed": str(count), "value": str(count), "quote": str(count)}
    row |= {"figure_id": "one", "unit": unit, "hedge": "exact", "period_basis": "none"}
    assert list(figure_faults(row, {}, {})) == []


def test_quotes_of_many_articles_are_found_where_they_are_in_each(corpus):
    frames = [corpus.approaches, corpus.figures, corpus.statements]
    every = pd.concat(frames)[["article_id", "quote", "prefix", "start"]].sample(frac=1, random_state=1)
    given_ = (list(every[name]) for name in ("article_id", "quote", "prefix"))
    assert evidence.locate_each(corpus.texts, *given_) == every["start"].tolist()
    assert evidence.locate_each(corpus.texts, ["nowhere"], ["平安"], [""]) == [evidence.MISSING]


def test_the_steps_of_a_check_are_timed_in_their_order():
    steps: dict[str, float] = {}
    assert examine(ROOT, steps).problems == []
    assert list(steps)[:4] == ["descriptor", "read tables", "cells", "read articles"]
    assert all(seconds >= 0 for seconds in steps.values())


@pytest.mark.parametrize("rows", [255, 256, 257, 600])
def test_a_table_is_read_alike_however_many_rows_are_taken_at_a_time(tmp_path, rows):
    table = TABLES["codings"]
    body = [[f"coder_{row}", f"approach_{row % 7}", "patrol", ""] for row in range(rows)]
    with (tmp_path / table.file).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([[column.name for column in table.columns], *body, *[["", " ", "", ""]] * rows])
    assert read_raw(tmp_path, table).to_numpy().tolist() == body
    with (tmp_path / table.file).open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(body[0])
    cells, problems = scan_cells(tmp_path, table)
    assert cells is None
    assert [problem.row for problem in problems] == list(range(rows + 2, 2 * rows + 2))
    assert {problem.found for problem in problems} == {"is blank."}
