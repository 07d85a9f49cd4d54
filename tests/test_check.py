"""Every fault that a person can make in the data is told by file, row, column and mend, all at once."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pingan_lib import check_corpus, load_corpus
from pingan_lib.errors import CorpusError, UsageError


def edit(project: Path, table: str, key: str, **cells: str) -> int:
    """Change cells of the row whose first cell is `key`; return the row's number in a spreadsheet."""
    path = project / "data" / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    number = next(i for i, row in enumerate(rows) if row[0] == key)
    for column, cell in cells.items():
        rows[number][rows[0].index(column)] = cell
    write(path, rows)
    return number + 1


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def test_the_shipped_data_has_no_fault(project):
    assert check_corpus(project) == []


@pytest.mark.parametrize(
    ("table", "key", "cells", "column", "found"),
    [
        (
            "figures",
            "kl_disputes",
            {"quote": "共调解各类矛盾纠纷2731件"},
            "quote",
            "the article has '0' (U+0030 digit zero) where the quote has '1'",
        ),
        ("figures", "kl_disputes", {"quote": "矛盾纠纷"}, "quote", "in the article 6 times"),
        (
            "figures",
            "kl_disputes",
            {"value": "2731"},
            "value",
            "2731 does not match '2730', which reads 2730",
        ),
        ("figures", "kl_disputes", {"printed": "2,730"}, "printed", "is not in the quote"),
        ("figures", "kl_mediator_all", {"hedge": "exact"}, "hedge", "'exact' does not match '3000余'"),
        ("figures", "kl_mediator_all", {"hedge": "at_lest"}, "hedge", "Did you mean 'at_least'"),
        ("figures", "kl_disputes", {"unit": "person"}, "unit", "is not the unit of 'disputes_handled'"),
        ("figures", "kl_disputes", {"value": "many"}, "value", "'many' is no number"),
        ("figures", "kl_disputes", {"value": "INF"}, "value", "'INF' is no number"),
        ("figures", "kl_disputes", {"value": "２７３０"}, "value", "'２７３０' is no number"),
        ("figures", "kl_venue_disputes_change", {"value": "26.37"}, "value", "the quote says a fall"),
        ("figures", "kl_disputes", {"same_as": "kl_disputes"}, "same_as", "names the row itself"),
        ("figures", "kl_mediator_rate", {"denominator": "kl_mediator_rate"}, "denominator", "the row itself"),
        ("figures", "kl_mediator_rate", {"denominator": "kl_settlement_rate"}, "denominator", "a percentage"),
        ("figures", "kl_mediator_rate", {"denominator": "as_patients"}, "denominator", "another article"),
        ("figures", "kl_disputes", {"period_end": "2024"}, "period_end", "'2024' is no date"),
        (
            "figures",
            "kl_disputes",
            {"period_start": "2025-01-01"},
            "period_end",
            "ends (2024-04-03) before it starts",
        ),
        (
            "figures",
            "kl_disputes",
            {"period_basis": "none"},
            "period_basis",
            "is 'none', but a period is given",
        ),
        ("figures", "kl_disputes", {"note": "", "note_zh": ""}, "note", "empty for an inferred period"),
        (
            "figures",
            "kl_villages_paired",
            {"period_basis": "stated"},
            "period_basis",
            "but no period is given",
        ),
        (
            "figures",
            "kl_settlement_rate",
            {"denominator": "kl_dispute"},
            "denominator",
            "Did you mean 'kl_disputes'",
        ),
        ("figures", "kl_disputes", {"label_en": ""}, "label_en", "is empty"),
        ("figures", "kl_disputes", {"article_id": "kaili_2025"}, "article_id", "Did you mean 'kaili_2024'"),
        ("figures", "kl_disputes", {"figure_id": "KL-1"}, "figure_id", "'KL-1' does not fit"),
        ("approaches", "as_cells", {"name_zh": "平安细胞项目"}, "name_zh", "'平安细胞工程'; the article has"),
        ("approaches", "as_cells", {"actors": "police;polices"}, "actors", "Did you mean 'police'"),
        ("approaches", "as_six_projects", {"part_of": "as_yuxin"}, "part_of", "leads back to the row itself"),
        ("codebook", "patrol", {"example_quote": "每晚巡逻"}, "example_quote", "in no article"),
        (
            "relations",
            "kl_rate_from_counts",
            {"formula": "kl_settled / kl_disputes"},
            "formula",
            "no figure 'kl_settled'",
        ),
        ("relations", "kl_rate_from_counts", {"formula": "__import__('os')"}, "formula", "not allowed"),
        ("relations", "kl_rate_from_counts", {"result": ""}, "result", "is empty for 'share_of'"),
        ("articles", "kaili_2024", {"sha256": "0" * 64}, "sha256", "not the one that was coded"),
        ("articles", "kaili_2024", {"path": "seeds/none.txt"}, "path", "no such file"),
        ("articles", "kaili_2024", {"path": "../../etc/hostname"}, "path", "leads out of the project"),
        ("articles", "kaili_2024", {"path": "seeds"}, "path", "is no file"),
        ("coders", "coder_1", {"article_id": "anshun_2019"}, "article_id", "Did you mean 'anshun_2018'"),
    ],
)
def test_a_fault_is_told_with_its_place(project, table, key, cells, column, found):
    row = edit(project, table, key, **cells)
    told = [
        p for p in check_corpus(project) if (p.file, p.row, p.column) == (f"data/{table}.csv", row, column)
    ]
    assert len(told) == 1
    assert found in str(told[0])


def test_faults_of_several_tables_are_told_together(project):
    edit(project, "figures", "kl_disputes", value="1")
    edit(project, "approaches", "as_cells", stage="doing")
    edit(project, "statements", "kl_stable", quote="全市大局很稳定")
    with pytest.raises(CorpusError, match="3 problems in the data") as raised:
        load_corpus(project)
    files = [problem.file for problem in raised.value.problems]
    assert files == ["data/approaches.csv", "data/figures.csv", "data/statements.csv"]


def test_a_repeated_id_is_told(project):
    path = project / "data" / "figures.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[-1], ""]), encoding="utf-8")
    (problem,) = check_corpus(project)
    assert (problem.row, problem.column) == (52, "figure_id")
    assert "'as_grid_rooms_count' is there already" in str(problem)


def test_a_missing_column_is_told_with_the_columns_that_must_be_there(project):
    path = project / "data" / "places.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row[:2] + row[3:] for row in csv.reader(file)]
    write(path, rows)
    told = [str(problem) for problem in check_corpus(project) if problem.file == "data/places.csv"]
    assert any(
        "The columns must be: place_id, parent_id, name_zh, name_en, level, division_code" in t for t in told
    )


def test_a_table_that_is_not_utf8_is_told(project):
    path = project / "data" / "measures.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    assert any(p.file == "data/measures.csv" and "is not UTF-8" in p.found for p in check_corpus(project))


def test_an_article_that_is_not_utf8_is_told(project):
    path = project / "seeds" / "004_4ed3ab964f6eebf2.txt"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    told = [problem for problem in check_corpus(project) if problem.file == "data/articles.csv"]
    assert [problem.column for problem in told] == ["path", "sha256"]
    assert "is not UTF-8 at byte" in told[0].found


def test_a_missing_table_is_told(project):
    (project / "data" / "statements.csv").unlink()
    told = [problem for problem in check_corpus(project) if problem.file == "data/statements.csv"]
    assert len(told) == 1 and "Restore the file" in told[0].mend


def test_a_broken_descriptor_is_told(project):
    (project / "data" / "datapackage.json").write_text("{", encoding="utf-8")
    (problem,) = check_corpus(project)
    assert problem.file == "data/datapackage.json" and "no valid data package" in problem.found


def test_a_folder_without_data_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match=r"data/datapackage\.json is missing"):
        load_corpus(tmp_path)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("coder_2,kaili_2024,2026-11-21,read twice, and again", "has more cells than there are columns"),
        ("coder_2,kaili_2024", "has fewer cells than there are columns"),
        (",,,", "is blank"),
    ],
)
def test_a_row_with_a_cell_too_many_or_too_few_is_told(project, line, found):
    path = project / "data" / "coders.csv"
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    told = [
        problem for problem in check_corpus(project) if (problem.file, problem.row) == ("data/coders.csv", 4)
    ]
    assert told[0].found.startswith(found)


def test_an_article_that_nobody_is_said_to_have_coded_is_told(project):
    path = project / "data" / "coders.csv"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if "anshun_2018" not in line]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    (problem,) = check_corpus(project)
    assert (problem.file, problem.row, problem.column) == ("data/articles.csv", 3, "article_id")
    assert "'anshun_2018' has no row in data/coders.csv" in problem.found


def test_a_note_in_one_language_only_is_a_fault(project):
    edit(project, "relations", "kl_eight_lines", note_zh="")
    (problem,) = check_corpus(project)
    assert (problem.file, problem.column) == ("data/relations.csv", "note_zh")
    assert "while note is not" in problem.found


def test_a_search_term_in_two_dimensions_is_a_fault(project):
    edit(project, "codebook", "patrol", terms="巡逻;调解")
    (problem,) = check_corpus(project)
    assert (problem.file, problem.column) == ("data/codebook.csv", "terms")
    assert "'调解' stands in 'patrol'" in problem.found


def test_a_share_above_the_whole_is_told_by_check_and_not_met_by_loading(project):
    row = edit(project, "figures", "kl_stalls", unit="percent", measure_id="")
    told = [p for p in check_corpus(project) if p.row == row]
    assert [(p.column, p.found) for p in told] == [("value", "456 is no share from 0 to 100.")]


def test_rows_of_two_tables_with_one_id_are_told(project):
    edit(project, "relations", "kl_eight_lines", relation_id="kl_murders")
    (problem,) = check_corpus(project)
    assert (problem.file, problem.column) == ("data/relations.csv", "relation_id")
    assert "'kl_murders' is the id of a row of figures, too" in problem.found


def test_an_outside_fact_that_cannot_be_divided_by_is_told(project):
    edit(project, "reference", "kaili", value="0")
    (problem,) = check_corpus(project)
    assert (problem.file, problem.column) == ("data/reference.csv", "value")
    assert "cannot be divided by" in problem.found


def test_a_formula_that_reckons_percent_by_hand_is_told(project):
    edit(project, "relations", "kl_rate_from_counts", formula="kl_disputes_settled / kl_disputes * 100")
    (problem,) = check_corpus(project)
    assert (problem.file, problem.column) == ("data/relations.csv", "formula")
    assert "part / total" in problem.found
