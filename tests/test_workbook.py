"""The tables as a workbook and back: nothing is lost, and what people and programs do to cells is met."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time
from functools import cache
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile, ZipInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from pingan_lib.errors import CorpusError, PinganError
from pingan_lib.exchange.merging import Incoming, merge, read_tables
from pingan_lib.exchange.workbook import escape_text, unescape_text, write_workbook
from pingan_lib.exchange.workbook_reading import WorkbookError, read_workbook, recognise
from pingan_lib.schema import Column, Reference, Table

ROOT = Path(__file__).parents[1]
TABLES, FRAMES = read_tables(ROOT)
SHIPPED = write_workbook(TABLES, FRAMES)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@cache
def shipped() -> Workbook:
    return load_workbook(BytesIO(SHIPPED))


def column(name: str, kind: str = "string", *codes: str) -> Column:
    return Column(name, kind, f"What {name} means.", False, codes)


CITIES = Table("cities", "", "", "cities.csv", (column("city_id"), column("name_zh")), ("city_id",), ())
TOY = Table(
    "figures",
    "",
    "",
    "figures.csv",
    (
        column("figure_id"),
        column("city_id"),
        column("printed"),
        column("value", "number"),
        column("day", "date"),
        column("actors", "list", "police", "courts"),
        column("status", "string", "accepted", "draft"),
    ),
    ("figure_id",),
    (Reference("city_id", "cities", "city_id"),),
)
TOYS = {"cities": CITIES, "figures": TOY}
ROWS = [
    ["rate", "kaili", "95.90", "95.90", "2024-04-03", "police;courts", "accepted"],
    ["count", "kaili", "3000余", "3000", "", "", "draft"],
    ["code", "anshun", "001", "1", "2018-03-19", "police", "accepted"],
]


def frames(rows: list[list[str]] = ROWS) -> dict[str, pd.DataFrame]:
    cities = pd.DataFrame([["kaili", "凯里"], ["anshun", "安顺"]], columns=["city_id", "name_zh"], dtype=str)
    return {"cities": cities, "figures": pd.DataFrame(rows, columns=[c.name for c in TOY.columns], dtype=str)}


def cells(frame: pd.DataFrame) -> list[list[str]]:
    return frame.to_numpy().tolist()


TOY_FILE = write_workbook(TOYS, frames())


def edited(edit: Callable[[Workbook], object]) -> bytes:
    """A toy workbook after somebody's edit, saved by another program."""
    book = load_workbook(BytesIO(TOY_FILE))
    edit(book)
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


def typed(place: str, value: object, number_format: str = "General") -> Callable[[Workbook], None]:
    """What a program makes of a cell of the sheet `figures` when its format is no longer text."""

    def edit(book: Workbook) -> None:
        cell = book["figures"][place]
        cell.number_format, cell.value = number_format, value
        cell.number_format = number_format

    return edit


def read(content: bytes) -> Incoming:
    return read_workbook(content, TOYS, "toy.xlsx")


def faults(content: bytes) -> list[str]:
    with pytest.raises(WorkbookError) as caught:
        read(content)
    assert str(caught.value).splitlines()[1:] == [f"  {problem}" for problem in caught.value.problems]
    return [str(problem) for problem in caught.value.problems]


def test_the_shipped_tables_come_back_as_they_went():
    brought = read_workbook(SHIPPED, TABLES)
    assert brought.notes == ()
    assert list(brought.incoming) == list(brought.base) == list(TABLES)
    for name, frame in FRAMES.items():
        assert cells(brought.incoming[name]) == cells(brought.base[name]) == cells(frame)
        assert list(brought.incoming[name].index) == list(range(len(frame)))
        assert merge(TABLES[name], brought.base[name], frame, brought.incoming[name]).changes == ()


def test_the_same_tables_give_the_same_bytes_without_a_time_in_them():
    assert write_workbook(TABLES, FRAMES) == SHIPPED
    with ZipFile(BytesIO(SHIPPED)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\d", core)) == {"2000-01-01"}


def test_every_cell_is_text_and_none_a_formula():
    hostile = ["=1+1", "+1", "-1", "@x", "'x", "#N/A", "TRUE", "95.90", "001", "2024-04-03", "1E+15"]
    content = write_workbook(TOYS, frames([[f"f{n}", "", text, *[""] * 4] for n, text in enumerate(hostile)]))
    with ZipFile(BytesIO(content)) as archive:
        formats = ElementTree.fromstring(archive.read("xl/styles.xml")).find(f"{SHEET}cellXfs")
        sheets = [ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{n}.xml")) for n in (2, 3)]
    text_format = "49"  # the built-in number of "@", ECMA-376 part 1, 18.8.30
    for cell in (cell for sheet in sheets for cell in sheet.iter(f"{SHEET}c")):
        assert cell.get("t") == "inlineStr" or len(cell) == 0
        assert formats[int(cell.get("s"))].get("numFmtId") == text_format
        assert cell.find(f"{SHEET}f") is None
    quoted = [formats[int(cell.get("s"))].get("quotePrefix") for cell in sheets[1].iter(f"{SHEET}c")]
    assert quoted.count("1") == len([text for text in hostile if text[0] in "=+-@'"])
    assert list(read(content).incoming["figures"]["printed"]) == hostile


cell_texts = st.text() | st.text("=+-@'\"\r\n\t 0123456789.,;%_xX05Fe\x01\ufffe", max_size=12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(cell_texts, min_size=6, max_size=6), max_size=3))
def test_any_text_comes_back(texts):
    table = frames([[f"row_{number}", *row] for number, row in enumerate(texts)])
    brought = read(write_workbook(TOYS, table))
    assert cells(brought.incoming["figures"]) == cells(brought.base["figures"]) == cells(table["figures"])
    assert brought.notes == ()


@given(cell_texts)
def test_what_xml_cannot_hold_is_written_as_ooxml_does(text):
    escaped = escape_text(text)
    assert unescape_text(escaped) == text
    ElementTree.fromstring(f"<t>{escaped.replace('&', '').replace('<', '')}</t>".encode())


def test_escapes_are_those_of_the_standard():
    assert escape_text("a\x01b\r\n_x0041_") == "a_x0001_b_x000D_\n_x005F_x0041_"  # ECMA-376 part 1, 22.9.2.19
    assert unescape_text("_x0041__xD800_") == "A_xD800_"  # half of a surrogate pair is no character


def test_a_cell_beyond_what_a_spreadsheet_holds_is_named():
    rows = [[*ROWS[0][:2], "字" * 32_768, *ROWS[0][3:]]]
    with pytest.raises(CorpusError, match=r"data/figures\.csv, row 2, column printed: has 32,768 characters"):
        write_workbook(TOYS, frames(rows))
    longest = frames([[*ROWS[0][:2], "字" * 32_767, *ROWS[0][3:]]])
    assert cells(read(write_workbook(TOYS, longest)).incoming["figures"]) == cells(longest["figures"])


def test_rows_may_be_sorted_hidden_and_spaced_and_columns_moved():
    def edit(book: Workbook) -> None:
        sheet = book["figures"]
        lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
        sheet.delete_rows(1, 9)
        for line in [lines[0], lines[3], [None] * 7, lines[1], [" "] * 7, lines[2]]:
            sheet.append(line[::-1])
        sheet.row_dimensions[2].hidden = True
        sheet["J40000"].number_format = "0.00"  # a stray format

    brought = read(edited(edit)).incoming["figures"]
    assert cells(brought[[c.name for c in TOY.columns]]) == [ROWS[2], ROWS[0], ROWS[1]]
    assert list(brought.index + 2) == [2, 4, 6]  # the lines of the sheet


def test_other_sheets_are_ignored_and_a_missing_one_leaves_its_table_alone():
    def edit(book: Workbook) -> None:
        book.create_sheet("my notes")["A1"] = "=1/0"
        del book["cities"]

    brought = read(edited(edit))
    assert list(brought.incoming) == list(brought.base) == ["figures"]
    assert brought.notes == (
        "toy.xlsx has no sheet cities: the table is left as it is.",
        "toy.xlsx: no table, and ignored: the sheets my notes.",
    )


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        (lambda book: book["figures"].delete_cols(4), ["toy.xlsx, sheet figures, column value: is missing."]),
        (
            typed("D1", "amount"),
            [
                "toy.xlsx, sheet figures, column value: is missing.",
                "toy.xlsx, sheet figures, row 1, column amount: is no column of the table.",
            ],
        ),
        (typed("H1", "mine"), ["toy.xlsx, sheet figures, row 1, column mine: is no column of the table."]),
        (typed("H1", "value"), ["toy.xlsx, sheet figures, row 1, column value: stands there 2 times."]),
        (
            typed("H3", "so"),
            ["toy.xlsx, sheet figures, row 3: has a cell without a column’s name above it (H3)."],
        ),
        (
            lambda book: book["figures"].insert_rows(1),
            ["toy.xlsx, sheet figures, row 1: has no names of columns."],
        ),
        (
            lambda book: book["figures"].merge_cells("B2:B3"),
            ["toy.xlsx, sheet figures, row 2: has merged cells (B2:B3)."],
        ),
        (typed("A3", None), ["toy.xlsx, sheet figures, row 3, column figure_id: is empty."]),
        (typed("A3", "  "), ["toy.xlsx, sheet figures, row 3, column figure_id: is empty."]),
        (typed("A3", "rate"), ["toy.xlsx, sheet figures, row 3, column figure_id: 'rate' is in row 2, too."]),
        (typed("C2", "=1+1"), ["toy.xlsx, sheet figures, row 2, column printed: is a formula, '=1+1'."]),
        (typed("C2", "#REF!"), ["toy.xlsx, sheet figures, row 2, column printed: is the error #REF!."]),
        (
            typed("C3", datetime(2024, 1, 2), "d-mmm"),
            ["toy.xlsx, sheet figures, row 3, column printed: became a date or a time, 2024-01-02."],
        ),
        (
            typed("D3", time(12, 30), "h:mm"),
            ["toy.xlsx, sheet figures, row 3, column value: became a date or a time, 12:30:00."],
        ),
        (
            typed("E3", datetime(2024, 1, 2, 3), "yyyy-mm-dd"),
            ["toy.xlsx, sheet figures, row 3, column day: became a date or a time, 2024-01-02 03:00:00."],
        ),
        (typed("E3", 45385), ["toy.xlsx, sheet figures, row 3, column day: became the number 45385."]),
        (
            typed("C3", 95.9),
            [
                "toy.xlsx, sheet figures, row 3, column printed: became the number 95.9: zeros and digits may be lost."
            ],
        ),
        (
            typed("D3", 0.9597, "0.00%"),
            ["toy.xlsx, sheet figures, row 3, column value: is 0.9597, shown as 95.97%."],
        ),
        (
            typed("D3", 1.23e18),
            [
                "row 3, column value: became the number 1230000000000000000, of which the program keeps 15 digits."
            ],
        ),
        (
            typed("A4", 1e15),
            ["row 4, column figure_id: became the number 1000000000000000: zeros and digits"],
        ),
        (
            typed("D4", 1, "0%"),
            ["row 4, column value: is 1, shown as 100%. Write 100 as text if that is meant."],
        ),
        (typed("D3", 0.1234567890123456), ["row 3, column value: became the number 0.1234567890123456, of"]),
        (typed("C3", True), ["toy.xlsx, sheet figures, row 3, column printed: became the truth value TRUE."]),
    ],
)
def test_what_cannot_be_taken_back_is_named_by_sheet_row_and_column(edit, found):
    told = faults(edited(edit))
    assert len(told) == len(found)
    for line, start in zip(told, found, strict=True):
        assert start in line


def test_all_faults_are_told_at_once():
    def edit(book: Workbook) -> None:
        typed("C2", "=1")(book)
        typed("D3", True)(book)
        book["cities"]["A2"] = None

    assert [line.split(": ")[0] for line in faults(edited(edit))] == [
        "toy.xlsx, sheet cities, row 2, column city_id",
        "toy.xlsx, sheet figures, row 2, column printed",
        "toy.xlsx, sheet figures, row 3, column value",
    ]


def test_what_became_a_number_or_a_date_but_says_the_same_is_taken_as_exported():
    def edit(book: Workbook) -> None:
        typed("C2", 95.9)(book)  # was 95.90
        typed("C4", 1)(book)  # was 001
        typed("D2", 95.9)(book)
        typed("E2", datetime(2024, 4, 3), "d/m/yyyy")(book)

    brought = read(edited(edit))
    assert cells(brought.incoming["figures"]) == ROWS
    told = "what had become a number or a date was taken as exported in"
    assert brought.notes == (
        f"toy.xlsx, sheet figures: column printed: {told} 2 cells.",
        f"toy.xlsx, sheet figures: column value: {told} 1 cell.",
        f"toy.xlsx, sheet figures: column day: {told} 1 cell.",
    )


@pytest.mark.parametrize(
    ("place", "value", "number_format", "text"),
    [
        ("D2", 96.5, "General", "96.5"),
        ("D2", 7.18e8, "General", "718000000"),
        ("D2", 0.00001, "General", "0.00001"),
        ("D2", 4.4000000000000004, "0.0", "4.4"),  # as Excel writes 4.4
        ("D2", "96.50", "@", "96.50"),
        ("E3", datetime(2023, 12, 31), "yyyy-mm-dd", "2023-12-31"),
        ("B2", " anshun ", "@", "anshun"),
        ("G2", "draft ", "@", "draft"),
        ("C2", " 95.9 ", "@", " 95.9 "),  # evidence is left as it is
    ],
)
def test_a_new_cell_is_taken_as_it_reads(place, value, number_format, text):
    brought = read(edited(typed(place, value, number_format))).incoming["figures"]
    assert brought.iloc[int(place[1]) - 2, ord(place[0]) - ord("A")] == text


def test_blanks_around_a_key_are_dropped_and_told_unless_exported_so():
    brought = read(edited(typed("A2", "rate ")))
    assert brought.incoming["figures"]["figure_id"][0] == "rate"
    assert brought.notes == ("toy.xlsx, sheet figures: column figure_id: blanks were dropped in 1 cell.",)
    spaced = frames([["rate ", *ROWS[0][1:]]])
    assert read(write_workbook(TOYS, spaced)).incoming["figures"]["figure_id"][0] == "rate "


def test_blanks_around_a_key_that_names_another_row_stay_if_exported_so():
    named = Table(TOY.name, "", "", TOY.file, TOY.columns, ("city_id",), TOY.references)
    table = {"figures": frames([["rate", "kaili ", *ROWS[0][2:]]])["figures"]}
    brought = read_workbook(write_workbook({"figures": named}, table), {"figures": named})
    assert cells(brought.incoming["figures"]) == cells(table["figures"])


def test_faults_that_were_exported_come_back_to_be_mended():
    twins = frames([ROWS[0], ["rate", *ROWS[1][1:]], ["", *ROWS[2][1:]]])
    assert cells(read(write_workbook(TOYS, twins)).incoming["figures"]) == cells(twins["figures"])


def test_texts_are_read_from_the_table_of_strings_that_excel_writes():
    texts = ["=1+1", "a_x0041_b", "line\r\nline", "\x01", " blanks "]
    table = frames([[f"f{n}", "", text, *[""] * 4] for n, text in enumerate(texts)])
    assert cells(read(as_excel_saves(write_workbook(TOYS, table))).incoming["figures"]) == cells(
        table["figures"]
    )


def as_excel_saves(content: bytes) -> bytes:
    """Move the texts of a workbook from its cells to the table of shared strings."""
    strings: list[bytes] = []

    def share(found: re.Match[bytes]) -> bytes:
        strings.append(found[2].replace(b"<is>", b"<si>").replace(b"</is>", b"</si>"))
        return found[1] + b't="s"><v>%d</v></c>' % (len(strings) - 1)

    saved, kind = BytesIO(), b"openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    with ZipFile(BytesIO(content)) as source, ZipFile(saved, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name.startswith("xl/worksheets/"):
                part = re.sub(rb'(<c [^>]*)t="inlineStr">(<is>.*?</is>)</c>', share, part, flags=re.DOTALL)
            elif name == "[Content_Types].xml":
                override = (
                    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.%s"/>' % kind
                )
                part = part.replace(b"</Types>", override + b"</Types>")
            target.writestr(name, part)
        space = SHEET.strip("{}").encode()
        target.writestr("xl/sharedStrings.xml", b'<sst xmlns="%s">%s</sst>' % (space, b"".join(strings)))
    assert len(strings) > 50
    return saved.getvalue()


@pytest.mark.parametrize("change", ["remove", "damage"])
def test_without_what_was_exported_rows_are_kept_and_that_is_told(change):
    def edit(book: Workbook) -> None:
        if change == "remove":
            del book["_base"]
        else:
            book["_base"]["A2"] = str(book["_base"]["A2"].value)[:-8]
        book["figures"].delete_rows(4)

    brought = read(edited(edit))
    assert brought.base == {}
    assert "every other cell that differs is a conflict" in brought.notes[0]
    merged = merge(TOY, None, frames()["figures"], brought.incoming["figures"])
    assert (merged.changes, merged.conflicts) == ((), ())


def test_a_column_that_the_project_has_got_since_is_left_as_it_is():
    older = Table(TOY.name, "", "", TOY.file, TOY.columns[:-1], TOY.key, TOY.references)
    content = write_workbook({"figures": older}, {"figures": frames()["figures"].drop(columns="status")})
    brought = read(content)
    assert (
        "toy.xlsx, sheet figures: column status is newer than the file: it is left as it is." in brought.notes
    )
    assert "status" not in brought.incoming["figures"]


def zipped(*names: str) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(ZipInfo(name), "")  # at no time of its own: ids of tests are made from it
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, r"old Excel file \(\.xls\)"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (zipped("mimetype", "content.xml"), r"OpenDocument file \(\.ods\)"),
        (zipped("xl/workbook.bin"), r"binary workbook \(\.xlsb\)"),
        (zipped("coding.xlsx"), "Name the workbook itself"),
        (b"\xef\xbb\xbf<html><table></table></html>", "is a web page"),
        (b"figure_id,value\nrate,1\n", r"A table in CSV is edited in data/ itself"),
        (b"", "neither an Excel workbook"),
        (zipped("xl/workbook.xml")[:-30], "is damaged"),
        (zipped("xl/workbook.xml"), r"cannot be read .* save it as an Excel workbook"),
        (zipped("project.qde"), "toy.xlsx is no workbook"),
    ],
)
def test_what_is_no_workbook_is_refused_by_name(content, told):
    with pytest.raises(PinganError, match=told):
        read(content)


def test_a_file_is_recognised_by_its_content():
    assert recognise(TOY_FILE, "renamed.qdpx") == "xlsx"
    assert recognise(zipped("project.qde", "sources/a.txt"), "renamed.xlsx") == "qdpx"


def test_a_workbook_of_something_else_is_refused():
    book, saved = Workbook(), BytesIO()
    book.save(saved)
    assert faults(saved.getvalue()) == ["toy.xlsx: has no sheet of a table. Tables: cities, figures."]


def validations(name: str) -> dict[str, object]:
    """The drop-down list of each column of a sheet of the shipped tables."""
    sheet = shipped()[name]
    found = {str(each.sqref): each for each in sheet.data_validations.dataValidation if each.type == "list"}
    heads = {cell.column_letter: cell.value for cell in sheet[1]}
    return {heads[re.match("[A-Z]+", place)[0]]: each for place, each in found.items()}


@pytest.mark.parametrize("name", ["places", "figures", "reference", "codings"])
def test_codes_and_references_have_lists_to_choose_from(name):
    table, found = TABLES[name], validations(name)
    coded = {column.name for column in table.columns if column.codes and column.type != "list"}
    referring = {reference.column: reference for reference in table.references}
    assert set(found) == coded | set(referring)
    for column_name, each in found.items():
        assert each.errorStyle == ("stop" if column_name in coded else "warning")
        assert each.allowBlank is not table.column(column_name).required
        assert str(each.sqref).endswith(str(len(FRAMES[name]) + 1001))
        if column_name in referring:
            target = referring[column_name]
            last = len(FRAMES[target.table]) + 1001
            assert f"'{target.table}'!$A$2:$A${last}" in each.formula1


def test_the_lists_of_codes_are_those_of_the_descriptor():
    book = shipped()
    for name, each in validations("figures").items():
        if each.errorStyle == "stop":
            sheet, _, place = each.formula1.partition("!")
            listed = [cell.value for (cell,) in book[sheet][place.replace("$", "")]]
            assert listed == list(TABLES["figures"].column(name).codes)
    assert [book[name].sheet_state for name in ("_codes", "_base")] == ["veryHidden"] * 2


def test_messages_are_no_longer_than_excel_allows():
    book = shipped()
    every = [each for sheet in book for each in sheet.data_validations.dataValidation]
    assert len(every) > 100
    for each in every:
        assert len(each.promptTitle) <= 32 and 0 < len(each.prompt) <= 255
        assert len(each.errorTitle or "") <= 32 and len(each.error or "") <= 225


def test_the_first_sheet_documents_every_column_and_is_no_table():
    sheet = shipped().worksheets[0]
    assert sheet.title == "README"
    told = {(row[0], row[1]) for row in sheet.iter_rows(values_only=True)}
    assert {(table.name, column.name) for table in TABLES.values() for column in table.columns} <= told
    assert any("pingan import FILE" in str(row[0]) for row in sheet.iter_rows(values_only=True))


def test_a_sheet_shows_its_header_keys_and_drafts():
    sheet = load_workbook(BytesIO(TOY_FILE))["figures"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:G4")
    assert sheet["A1"].font.bold
    assert sheet["A2"].fill.fgColor.rgb != sheet["B2"].fill.fgColor.rgb
    (shown,) = sheet.conditional_formatting
    assert shown.rules[0].formula == ['$G2="draft"']
    assert sheet.column_dimensions["C"].number_format == "@"  # what is typed below is text, too
