"""What spreadsheets and Chinese keyboards make of cells, and what the cells were."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingan_lib.cell_faults import cell_faults, date_fault, number_fault, printed_fault, word_fault
from pingan_lib.schema import read_schema
from pingan_lib.table_files import read_raw

DATA = Path(__file__).parents[1] / "data"
TABLES = read_schema((DATA / "datapackage.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("cell", "mended"),
    [
        ("2024/4/3", "2024-04-03"),
        ("2024/04/03", "2024-04-03"),
        ("2024-4-3", "2024-04-03"),
        ("2024.4.3", "2024-04-03"),
        ("2024年4月3日", "2024-04-03"),
        ("２０２４－０４－０３", "2024-04-03"),
        ("3-Apr-24", "2024-04-03"),
        ("03-Apr-2024", "2024-04-03"),
        ("Apr 3, 2024", "2024-04-03"),
        ("2024-04-03 00:00:00", "2024-04-03"),
        (" 2024-04-03", "2024-04-03"),
        ("45385", "2024-04-03"),
        ("13/04/2024", "2024-04-13"),
        ("4/13/24", "2024-04-13"),
        ("03.04.2024", None),  # the fourth of March or the third of April
    ],
)
def test_a_date_turned_round_is_told_with_the_day_that_it_was(cell, mended):
    fault = date_fault(cell)
    assert fault.mended == mended
    assert "2024-04-" in fault.mend


@pytest.mark.parametrize("cell", ["2024-04-03", "2024-13-41", "2024", "2024-04", "last year"])
def test_what_is_no_turned_date_is_left_to_the_check_of_types(cell):
    assert date_fault(cell) is None


@given(st.dates(date(1955, 1, 1), date(2099, 12, 31)))
def test_every_day_is_read_back_from_the_forms_of_spreadsheets(day):
    serial = str((day - date(1900, 1, 1)).days + 2)  # day 1 is 1900-01-01, and Excel has a 1900-02-29
    for cell in (serial, f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日",
                 f"{day:%d-%b-%Y}", f"{day:%b %d, %Y}", f"{day} 00:00:00"):  # fmt: skip
        assert date_fault(cell).mended == day.isoformat()
    assert day.isoformat() in date_fault(f"{day:%d/%m/%Y}").mend
    assert day.isoformat() in date_fault(f"{day:%m/%d/%Y}").mend


@pytest.mark.parametrize(
    ("cell", "mended"),
    [
        ("95.97%", "95.97"),
        ("95.97 ％", "95.97"),
        ("2,730", "2730"),
        ("1,800,000.50", "1800000.50"),
        ("2 730", "2730"),
        ("2\u202f730", "2730"),
        ("2’730", "2730"),
        ("7.18E+08", "718000000"),
        ("1e-3", "0.001"),
        ("(26.37)", "-26.37"),
        ("−26.37", "-26.37"),
        ("+5", "5"),
        ("２７３０", "2730"),
        ("26,37", "26.37"),
        ("¥1,200", "1200"),
        (" 2730 ", "2730"),
        ("3-Apr", None),
    ],
)
def test_a_formatted_number_is_told_with_its_plain_digits(cell, mended):
    assert number_fault(cell).mended == mended


@pytest.mark.parametrize(
    "cell", ["2730", "-26.37", "95.90", "0", "many", "INF", "1763万", "12,34,56", "1.2.3"]
)
def test_what_is_plain_or_no_number_at_all_is_no_formatted_number(cell):
    assert number_fault(cell) is None


@given(st.decimals(-(10**9), 10**9, places=2))
def test_every_number_is_read_back_from_its_formats(number):
    plain = f"{number:f}"
    for cell in (
        f" {plain}",
        f"{plain}%",
        f"{number:,}%",
        plain.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    ):
        assert Decimal(number_fault(cell).mended) == number


@pytest.mark.parametrize(
    ("cell", "mended", "found"),
    [
        ("some_city ", "some_city", "has a blank at its end"),
        (" some_city", "some_city", "has a blank at its beginning"),
        ("some\u00a0city", "somecity", "holds U+00A0, no-break space, as character 5"),
        ("some_city\u200b", "some_city", "holds U+200B, zero width space, as character 10"),
        ("\ufeffsome_city", "some_city", "holds U+FEFF, zero width no-break space, as character 1"),
        ("some_city\u3000", "some_city", "holds U+3000, ideographic space"),
        ("some_city\n", "some_city", "holds U+000A"),
        ("ｓｏｍｅ＿ｃｉｔｙ", "some_city", "is written in full-width characters"),
        ("1E+05", None, "makes of a long number"),
        ("3-Apr", None, "is a date"),
        ("Apr-24", None, "is a date"),
        ("2024/4/3", None, "is a date"),
        ("TRUE", None, "makes of a condition"),
    ],
)
def test_a_word_with_what_cannot_be_seen_or_was_not_typed_is_told(cell, mended, found):
    fault = word_fault(cell)
    assert fault.mended == mended
    assert found in fault.found


@pytest.mark.parametrize("cell", ["some_city", "at_least", "seeds/虚构（1）.txt", "全市村(居)", "7c7f0256"])
def test_a_plain_word_is_no_fault(cell):
    assert word_fault(cell) is None


@pytest.mark.parametrize(
    ("printed", "quote", "mended", "found"),
    [
        ("95.9", "成功率95.90%", "95.90", "'95.9' is only a part of '95.90' in the quote. Zeros at its ends"),
        ("12", "增长12.0%", "12.0", "Zeros at its ends are information"),
        ("5", "第05号", "05", "Zeros at its ends are information"),
        ("7", "7.18亿元", None, "'7' is only a part of '7.18' in the quote."),
        ("18", "1800余万元", None, "'18' is only a part of '1800'"),
        ("18亿", "7.18亿元", None, "'18亿' is only a part of '7.18亿'"),
        ("2730", "调解2,730件", "2,730", "'2730' is '2,730' in the quote"),
        ("7.18E+08", "7.18亿元", None, "makes of a long number"),
    ],
)
def test_a_printed_number_that_is_not_whole_is_told(printed, quote, mended, found):
    fault = printed_fault(printed, quote)
    assert fault.mended == mended
    assert found in fault.found


@pytest.mark.parametrize(
    ("printed", "quote"),
    [
        ("95.90", "成功率95.90%"),
        ("30", "2730件中的30件"),
        ("一", "一名"),
        ("1800余万", "1800余万元"),
        ("9", "8件"),
    ],
)
def test_a_whole_number_or_one_that_is_not_there_at_all_is_not_cut(printed, quote):
    assert printed_fault(printed, quote) is None


def told(table: str, **cells: str) -> list[tuple[str, str]]:
    """The columns and faults of one row with these cells, the others being empty."""
    columns = [column.name for column in TABLES[table].columns]
    frame = pd.DataFrame([[cells.get(name, "") for name in columns]], columns=columns, dtype=str)
    return [(column, fault.found) for _, column, fault in cell_faults(TABLES[table], frame)]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "@SUM(A1)", "\tx", "\rx", "-2+3", '=HYPERLINK("x")'])
def test_a_cell_that_a_spreadsheet_would_calculate_is_told(cell):
    ((column, found),) = told("statements", note=cell)
    assert column == "note"
    assert "takes it for a formula" in found


@pytest.mark.parametrize(
    "cell", ["a = b", "1+4", "—凯", "（+5）", "'=x", "见2024/4/3", "一 二", "what? why?", "100%"]
)
def test_text_may_hold_what_ids_and_numbers_may_not(cell):
    assert told("statements", note=cell) == []


@pytest.mark.parametrize(
    "cell", ["#REF!", "#NAME?", "#N/A", "#DIV/0!", "#VALUE!", "########", "Err:502", "#名称?"]
)
def test_an_error_of_the_spreadsheet_is_told_wherever_it_stands(cell):
    assert [found for _, found in told("statements", note=cell, measure_id=cell)] == [
        f"{cell!r} is an error of the spreadsheet."
    ] * 2


@pytest.mark.parametrize("cell", ["????", "?? ??", "平\ufffd安"])
def test_characters_that_were_lost_are_told(cell):
    assert told("statements", quote=cell) == [("quote", f"{cell!r} has lost its characters.")]


@pytest.mark.parametrize("cell", ["-", "NA", "N/A", "NULL", "无"])
def test_a_sign_for_nothing_is_told_where_an_empty_cell_says_it(cell):
    assert told("figures", measure_id=cell, period_end=cell, value=cell) == [
        (column, f"{cell!r} is no value.") for column in ("measure_id", "value", "period_end")
    ]


@pytest.mark.parametrize(
    ("cell", "mended"),
    [
        ("police；residents", "police;residents"),
        ("police; residents", "police;residents"),
        ("police、residents", "police;residents"),
        ("police,residents", "police;residents"),
    ],
)
def test_a_list_with_other_signs_between_its_items_is_told(cell, mended):
    frame = pd.DataFrame([[cell if c.name == "actors" else "" for c in TABLES["approaches"].columns]],
                         columns=[c.name for c in TABLES["approaches"].columns])  # fmt: skip
    ((index, column, fault),) = cell_faults(TABLES["approaches"], frame)
    assert (index, column, fault.mended) == (0, "actors", mended)


def test_a_list_that_is_written_as_it_should_be_is_no_fault():
    assert told("approaches", actors="police;residents;", targets="nobody,knows") == []
    assert told("articles", steps="去掉页眉，保留正文；保存;again") == []


@pytest.mark.parametrize("name", list(TABLES))
def test_the_shipped_tables_hold_no_such_cell(name):
    assert list(cell_faults(TABLES[name], read_raw(DATA, TABLES[name]))) == []
