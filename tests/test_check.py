"""Every fault that a person can make in the data is told by file, row, column and mend, all at once."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pandas as pd
import pytest

from pingan_lib import check_corpus, load_corpus
from pingan_lib.article_files import read_articles
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


def add(project: Path, table: str, **cells: str) -> int:
    """Add a row with these cells, the others being empty; return its number in a spreadsheet."""
    path = project / "data" / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    write(path, [*rows, [cells.get(column, "") for column in rows[0]]])
    return len(rows) + 1


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
        ("articles", "kaili_2024", {"sha256": "7C" * 32}, "sha256", "64 characters from 0-9 and a-f"),
        ("articles", "kaili_2024", {"sha256": ""}, "sha256", "is empty"),
        ("articles", "kaili_2024", {"path": ""}, "path", "is empty"),
        (
            "articles",
            "kaili_2024",
            {"path": "seeds\\000_ab4b0d9ec3148226.txt"},
            "path",
            "Separate folders by “/”",
        ),
        ("places", "kaili", {"division_code": "52260"}, "division_code", "Expected: six digits"),
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
        ("coder_2,kaili_2024", "is empty. Fill it in: When."),
        (",,,\ncoder_2,kaili_2024,2026-11-21,", "is blank"),
    ],
)
def test_a_row_with_a_cell_too_many_or_too_few_is_told(project, line, found):
    path = project / "data" / "coders.csv"
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    told = [
        problem for problem in check_corpus(project) if (problem.file, problem.row) == ("data/coders.csv", 4)
    ]
    assert f"{told[0].found} {told[0].mend}".startswith(found)


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


# An invented third city, whose article is drafted and coded step by step.
TEXT = "虚构:江滨市去年调解矛盾纠纷1,250件,调解成功率95.90%。\n"
DRAFT = {
    "figure_id": "jb_rate",
    "article_id": "jiangbin_2024",
    "place_id": "jiangbin",
    "quote": "调解成功率95.90%",
    "printed": "95.90",
    "value": "95.90",
    "unit": "percent",
    "hedge": "exact",
    "status": "draft",
}


@pytest.fixture
def third(project):
    """The project with an article on an invented city that nobody has coded."""
    (project / "seeds" / "jiangbin.txt").write_text(TEXT, encoding="utf-8")
    add(project, "places", place_id="jiangbin", name_zh="江滨市", name_en="Jiangbin", level="county")
    add(
        project,
        "articles",
        article_id="jiangbin_2024",
        place_id="jiangbin",
        title="虚构",
        published="2024-04-03",
        genre="news",
        path="seeds/jiangbin.txt",
        sha256=hashlib.sha256(TEXT.encode()).hexdigest(),
    )
    return project


def test_an_article_that_nobody_has_coded_yet_needs_no_coder(third):
    assert check_corpus(third) == []


def test_a_draft_needs_what_it_was_drafted_from_and_no_more(third):
    add(third, "figures", **DRAFT)
    assert check_corpus(third) == []
    corpus = load_corpus(third, unfinished=True)
    assert corpus.figures.loc["jb_rate", ["low", "high"]].tolist() == [95.895, 95.905]
    assert "jb_rate" not in corpus.accepted.index
    assert "jb_rate" not in load_corpus(third).figures.index


@pytest.mark.parametrize("status", ["draft", "rejected"])
def test_what_is_reported_rests_on_no_draft(project, status):
    edit(project, "figures", "kl_mediator_2021", status=status)
    told = {(p.file, p.column, p.found) for p in check_corpus(project)}
    found = f"'kl_mediator_2021' is a figure whose status is '{status}'."
    assert ("data/figures.csv", "denominator", found) in told
    assert ("data/relations.csv", "formula", found) in told


def test_a_coding_by_somebody_who_is_not_listed_for_the_article_is_a_fault(project):
    path = project / "data" / "codings.csv"
    path.write_text(path.read_text("utf-8") + "coder_2,kl_video,patrol,\n", "utf-8")
    (problem,) = check_corpus(project)
    assert (problem.file, problem.column) == ("data/codings.csv", "coder_id")
    assert "'coder_2' is not listed for 'kaili_2024'" in problem.found


def test_the_first_reading_of_a_figure_is_the_row_itself(project):
    path = project / "data" / "figure_codings.csv"
    path.write_text(path.read_text("utf-8") + "coder_1,kl_disputes,2730,case,exact,,,\n", "utf-8")
    (problem,) = check_corpus(project)
    assert (problem.file, problem.column) == ("data/figure_codings.csv", "coder_id")
    assert "is the first coder of 'kaili_2024'" in problem.found


def test_an_accepted_draft_must_be_whole_and_have_a_coder(third):
    row = add(third, "figures", **DRAFT | {"status": "accepted"})
    told = [(p.file, p.column, p.found) for p in check_corpus(third) if p.row in (row, 4)]
    empty = {
        "label_zh",
        "label_en",
        "counted",
        "scope",
        "stage",
        "role",
        "timing",
        "period_basis",
        "attributed_to",
    }
    assert told[0][1:] == ("article_id", "'jiangbin_2024' has no row in data/coders.csv.")
    assert {column for _, column, found in told[1:] if found == "is empty."} == empty
    assert len(told) == 1 + len(empty)


def test_what_a_draft_holds_is_checked(third):
    cases = [
        ({"quote": "调解率95.90%"}, "quote", "the article has '成功'"),
        ({"printed": "95.9"}, "printed", "'95.9' is only a part of '95.90' in the quote. Zeros at its ends"),
        ({"printed": "95.90％"}, "printed", "is not in the quote"),
        ({"value": "95.09"}, "value", "95.09 does not match '95.90'"),
        ({"hedge": "about"}, "hedge", "'about' does not match '95.90'"),
        ({"value": ""}, "value", "is empty"),
        ({"place_id": ""}, "place_id", "is empty"),
        ({"note": "read by hand"}, None, ""),
        ({"period_basis": "inferred", "period_end": "2024-04-03"}, None, ""),
        ({"period_basis": "none", "period_end": "2024-04-03"}, "period_basis", "but a period is given"),
    ]
    rows = [
        add(third, "figures", **DRAFT | cells | {"figure_id": f"jb_{number}"})
        for number, (cells, _, _) in enumerate(cases)
    ]
    told = check_corpus(third)
    assert [(p.row, p.column) for p in told] == [
        (row, column) for row, (_, column, _) in zip(rows, cases, strict=True) if column
    ]
    for problem, said in zip(told, [said for _, column, said in cases if column], strict=True):
        assert said in problem.found


def test_a_row_that_only_its_id_tells_from_another_is_told(third):
    add(third, "figures", **DRAFT)
    row = add(third, "figures", **DRAFT | {"figure_id": "jb_rate_again"})
    (problem,) = check_corpus(third)
    assert (problem.row, problem.column) == (row, "figure_id")
    assert problem.found == f"'jb_rate_again' holds what 'jb_rate' in row {row - 1} holds."


# The original of a text.
@pytest.mark.parametrize(
    ("cells", "column", "found"),
    [
        ({"original": "seeds/page.html", "original_sha256": "sha"}, None, ""),
        ({"original": "seeds/page.html"}, "original_sha256", "is empty, while original names"),
        ({"original_sha256": "sha"}, "original", "is empty, while original_sha256 is not"),
        ({"original": "seeds/page.html", "original_sha256": "0" * 64}, "original_sha256", "is not the one"),
        ({"original": "seeds/none.html", "original_sha256": "sha"}, "original", "no such file"),
        ({"original": "../page.html", "original_sha256": "sha"}, "original", "leads out of the project"),
    ],
)
def test_the_original_of_a_text_is_held_against_its_hash(tmp_path, cells, column, found):
    (tmp_path / "seeds").mkdir()
    for name, content in (("page.html", "<p>虚构</p>"), ("page.txt", "虚构")):
        (tmp_path / "seeds" / name).write_text(content, encoding="utf-8")
    sha256, text_sha256 = (hashlib.sha256(text.encode()).hexdigest() for text in ("<p>虚构</p>", "虚构"))
    row = {"article_id": "a", "path": "seeds/page.txt", "sha256": text_sha256}
    row |= {"original": "", "original_sha256": ""} | {k: v.replace("sha", sha256) for k, v in cells.items()}
    texts, told = read_articles(tmp_path, pd.DataFrame([row]))
    assert texts == {"a": "虚构"}
    assert [(p.row, p.column) for p in told] == ([(2, column)] if column else [])
    assert found in "".join(problem.found for problem in told)


def test_line_ends_that_git_changed_are_told_from_another_text(project):
    path = project / "seeds" / "000_ab4b0d9ec3148226.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    told = [p for p in check_corpus(project) if p.column == "sha256"]
    assert "its lines end in CRLF now, all else is the same" in told[0].found
    assert "core.autocrlf" in told[0].mend


# What spreadsheets do to a whole table, and what is done to cells.
def through_excel(path: Path) -> None:
    """Save a table as Excel may: columns moved, a byte order mark, CRLF, blank rows and a blank column."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame = frame[sorted(frame.columns, reverse=True)].assign(**{"": ""})
    blank = "\r\n" + "," * (len(frame.columns) - 1)
    path.write_text(
        frame.to_csv(index=False, lineterminator="\r\n").rstrip() + 2 * blank, "utf-8-sig", newline=""
    )


def test_tables_that_went_through_excel_unharmed_give_the_same_corpus(project, corpus):
    for path in (project / "data").glob("*.csv"):
        through_excel(path)
    assert check_corpus(project) == []
    loaded = load_corpus(project)
    for name in corpus.tables:
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(corpus, name))


def test_what_a_spreadsheet_did_to_cells_is_told_once_and_draws_no_other_fault(project):
    did = [
        ("articles", "kaili_2024", "published", "45385", "Write 2024-04-03."),
        ("articles", "anshun_2018", "place_id", "anshun\u00a0", "U+00A0, no-break space"),
        ("places", "kaili", "division_code", "5.23E+05", "makes of a long number"),
        ("figures", "kl_disputes", "value", "2,730", "Write 2730."),
        ("figures", "kl_disputes_settled", "value", "２６２０", "Write 2620."),
        ("figures", "kl_settlement_rate", "value", "95.97%", "Write 95.97: shares are on 0 to 100"),
        ("figures", "kl_settlement_money", "printed", "7.18E+08", "makes of a long number"),
        ("figures", "kl_mediator_all", "label_en", "=1+1", "takes it for a formula"),
        ("figures", "kl_stalls", "figure_id", "kl_stalls ", "has a blank at its end"),
        ("approaches", "as_cells", "actors", "police；residents", "Write 'police;residents'"),
        ("codebook", "patrol", "terms", "巡逻；巡防", "Write '巡逻;巡防'"),
        ("coders", "coder_1", "date", "21/11/2026", "Write 2026-11-21."),
    ]
    wanted = {
        (f"data/{table}.csv", edit(project, table, key, **{column: cell}), column): said
        for table, key, column, cell, said in did
    }
    before = {path: path.read_bytes() for path in (project / "data").iterdir()}
    told = {(p.file, p.row, p.column): str(p) for p in check_corpus(project)}
    assert told.keys() == wanted.keys()
    assert [place for place, said in wanted.items() if said not in told[place]] == []
    assert {path: path.read_bytes() for path in (project / "data").iterdir()} == before


def test_an_id_with_a_blank_is_told_where_it_stands_and_not_where_it_is_named(project):
    row = edit(project, "figures", "kl_disputes", figure_id="kl_disputes ")
    (problem,) = check_corpus(project)
    assert (problem.file, problem.row, problem.column) == ("data/figures.csv", row, "figure_id")


def test_quotation_marks_that_an_editor_made_straight_are_told_by_the_nearest_passage(project):
    quote = pd.read_csv(project / "data" / "figures.csv").set_index("figure_id")["quote"]
    curly = next(key for key, cell in quote.items() if "“" in cell)
    row = edit(project, "figures", curly, quote=quote[curly].replace("“", '"').replace("”", '"'))
    (problem,) = [p for p in check_corpus(project) if p.column == "quote"]
    assert problem.row == row
    assert "U+201C left double quotation mark" in problem.found
    assert "U+0022 quotation mark" in problem.found


def test_a_negative_number_is_no_formula(project):
    values = pd.read_csv(project / "data" / "figures.csv", dtype=str)["value"]
    assert "-26.37" in set(values)
    assert check_corpus(project) == []


def test_a_table_of_which_one_column_is_named_otherwise_does_not_hide_the_faults_of_others(project):
    path = project / "data" / "places.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("name_zh", "name zh"), encoding="utf-8")
    edit(project, "figures", "kl_disputes", value="1")
    told = [(p.file, p.row, p.column) for p in check_corpus(project)]
    assert told[1] == ("data/places.csv", 1, "name zh")
    assert told[0][::2] == ("data/figures.csv", "value")


def test_a_blank_key_and_a_repeated_composite_key_are_told(project):
    row = add(project, "reference", place_id="anshun", measure_id="residents", value="5", unit="person",
              year="2020", source="x", source_zh="某处", reliability="official")  # fmt: skip
    empty = add(project, "places", name_zh="虚构市", name_en="Invented", level="county")
    told = {(p.file, p.row, p.column): p.found for p in check_corpus(project)}
    assert told == {
        (
            "data/reference.csv",
            row,
            "place_id, measure_id, year",
        ): "'anshun, residents, 2020' is there already.",
        ("data/places.csv", empty, "place_id"): "is empty.",
    }
