"""A table file as people and spreadsheets leave it: read alike, or refused with what to do; written whole."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from frictionless import Package
from hypothesis import given, settings
from hypothesis import strategies as st

from pingan_lib.errors import CorpusError, UsageError
from pingan_lib.schema import Column, Table, read_schema
from pingan_lib.table_files import read_raw, scan, write_raw

ROOT = Path(__file__).parents[1]
MARK = b"\xef\xbb\xbf"
NAMES = ("city_id", "name_zh", "note")
CITIES = Table(
    "cities",
    "Cities",
    "",
    "cities.csv",
    tuple(Column(name, "string", "", False, ()) for name in NAMES),
    ("city_id",),
    (),
)
LINES = ["city_id,name_zh,note", 'a,虚构甲市,"one, two"', "b,虚构乙市,"]
ROWS = [["a", "虚构甲市", "one, two"], ["b", "虚构乙市", ""]]


def rows(folder: Path, content: str | bytes) -> list[list[str]]:
    """What is read from a file with this content, in the order of the table's columns."""
    (folder / "cities.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_raw(folder, CITIES)[list(NAMES)].to_numpy().tolist()


def told(folder: Path, content: str | bytes) -> list[str]:
    """What is said of a file with this content."""
    (folder / "cities.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = [str(problem) for problem in scan(folder, CITIES)[1]]
    with pytest.raises(CorpusError) as raised:
        read_raw(folder, CITIES)
    assert [str(problem) for problem in raised.value.problems] == problems
    return problems


@pytest.mark.parametrize(
    ("wrote_it", "content"),
    [
        ("this package", "\n".join([*LINES, ""])),
        ("an editor, without a last line end", "\n".join(LINES)),
        ("Excel: a byte order mark and CRLF", MARK + "\r\n".join([*LINES, ""]).encode()),
        ("Excel for Mac: CR", "\r".join([*LINES, ""])),
        ("Excel: columns moved", 'note,city_id,name_zh\n"one, two",a,虚构甲市\n,b,虚构乙市\n'),
        ("Excel: blank rows at the end", "\n".join([*LINES, ",,", ",,", ""])),
        ("Excel: a blank column", "\n".join([LINES[0] + ",", LINES[1] + ",", LINES[2] + ",", ""])),
        ("Excel: cells left out at the end of a row", "\n".join([LINES[0], LINES[1], "b,虚构乙市", ""])),
        ("Excel: blank cells beyond the last column", "\n".join([LINES[0], LINES[1] + ",,", LINES[2], ""])),
        ("pandas: a blank index", "\n".join(["Unnamed: 0," + LINES[0], "," + LINES[1], "," + LINES[2], ""])),
        (
            "LibreOffice: every cell in quotation marks",
            '"city_id","name_zh","note"\n"a","虚构甲市","one, two"\n"b","虚构乙市",""\n',
        ),
    ],
)
def test_what_spreadsheets_write_is_read_alike(tmp_path, wrote_it, content):
    assert rows(tmp_path, content) == ROWS, wrote_it


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("city_id;name_zh;note\na;甲;\n", "separated by semicolons, not by commas. Save it with commas"),
        ("city_id\tname_zh\tnote\na\t甲\t\n", "separated by tabs, not by commas"),
        ("sep=;\ncity_id;name_zh;note\n", "separated by ';', as its first line says"),
        ("\n".join(LINES).encode("gb18030"), "is not UTF-8; it may be GBK"),
        ("city_id,name_zh,note\na,Málaga,\n".encode("latin-1"), "is not UTF-8"),
        ("\n".join(LINES).encode("utf-16"), "is UTF-16, which Excel calls “Unicode Text”"),
        ("\n".join(LINES).encode("utf-16-be"), "holds NUL characters"),
        (b"PK\x03\x04 and the rest of a workbook", "is a workbook, whatever its name says"),
        ("", "is empty. Its first line must be: city_id, name_zh, note"),
        ("\n\n", "is empty"),
        ('city_id,name_zh,note\na,"甲,\nb,乙,\n', "row 2: has a quotation mark that opens or ends no cell"),
        ('city_id,name_zh,note\na,甲,\nb,"乙"丙,\n', "row 3: has a quotation mark"),
        ("city_id,name_zh,note\na,甲,,x\n", "row 2: has more cells than there are columns"),
        ("city_id,name_zh,note\na,甲,\n,,\nb,乙,\n", "row 3: is blank. Delete the row"),
        (
            "city_id,note\na,\n",
            "row 1: lacks the column name_zh. The columns must be: city_id, name_zh, note",
        ),
        (
            "city_id,name_ch,note\na,甲,\n",
            "row 1, column name_ch: is no column of cities. Name it 'name_zh' again",
        ),
        (
            "city_id,Name zh,note\na,甲,\n",
            "row 1, column Name zh: is no column of cities. Name it 'name_zh' again",
        ),
        (
            "city_id,name_zh,note,colour\na,甲,,red\n",
            "row 1, column colour: is no column of cities. Delete it",
        ),
        ("city_id,name_zh,note,note\na,甲,,\n", "row 1, column note: stands there twice"),
        ("city_id,name_zh,note,\na,甲,,\nb,乙,,red\n", "row 3: has 'red' in a column without a name"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_with_what_to_do(tmp_path, content, said):
    (problem,) = told(tmp_path, content)
    assert problem.startswith("data/cities.csv")
    assert said in problem


def test_two_peoples_edits_that_git_could_not_join_are_told_with_their_line(tmp_path):
    conflict = ["<<<<<<< HEAD", "b,虚构乙市,mine", "=======", "b,虚构乙市,theirs", ">>>>>>> other", ""]
    (problem,) = told(tmp_path, "\n".join([*LINES[:2], *conflict]))
    assert "row 3: is a line '<<<<<<< HEAD': git could not join two people’s edits" in problem


def test_a_missing_file_is_told(tmp_path):
    frame, (problem,) = scan(tmp_path, CITIES)
    assert frame is None
    assert str(problem) == "data/cities.csv: cannot be read: no such file or directory. Restore the file."


def test_what_excel_locks_beside_a_table_is_no_table(project):
    data = project / "data"
    (data / "~$figures.csv").write_bytes(b"\x05owner")
    (data / ".~lock.figures.csv#").write_text("someone", "utf-8")
    tables = read_schema((data / "datapackage.json").read_text("utf-8"))
    assert all(not scan(data, table)[1] for table in tables.values())


# Cells that a CSV file may hold, without the signs of which git's lines are made.
CELLS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0<=>"), max_size=12)
FRAMES = st.lists(st.tuples(st.from_regex(r"[a-z]{1,5}", fullmatch=True), CELLS, CELLS), max_size=5)


@given(FRAMES, st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_again(tmp_path_factory, cells, mark):
    folder = tmp_path_factory.mktemp("written")
    frame = pd.DataFrame(cells, columns=list(NAMES), dtype=str)
    write_raw(folder, CITIES, frame, mark=mark)
    pd.testing.assert_frame_equal(read_raw(folder, CITIES), frame)


@pytest.mark.parametrize("mark", [MARK, b""])
def test_a_mark_is_kept_and_none_is_put_in(tmp_path, mark):
    path = tmp_path / "cities.csv"
    path.write_bytes(mark + "\n".join([*LINES, ""]).encode())
    before = path.read_bytes()
    write_raw(tmp_path, CITIES, read_raw(tmp_path, CITIES))
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_written_is_told_and_left_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "cities.csv"
    path.write_text("\n".join([*LINES, ""]), "utf-8")
    frame = read_raw(tmp_path, CITIES)

    def locked(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", locked)
    with pytest.raises(
        UsageError, match=r"cities\.csv: Permission denied. If a spreadsheet has it open, close"
    ):
        write_raw(tmp_path, CITIES, frame.head(1))
    assert [each.name for each in tmp_path.iterdir()] == ["cities.csv"]
    assert rows(tmp_path, path.read_bytes()) == ROWS


def test_frictionless_and_pandas_read_a_table_with_a_mark_and_crlf(project):
    data = project / "data"
    plain = pd.read_csv(data / "figures.csv", dtype=str, keep_default_na=False)
    for path in data.glob("*.csv"):
        path.write_bytes(MARK + path.read_bytes().replace(b"\n", b"\r\n"))
    descriptor = json.loads((data / "datapackage.json").read_text("utf-8"))
    assert Package(descriptor, basepath=str(data)).validate().valid
    pd.testing.assert_frame_equal(pd.read_csv(data / "figures.csv", dtype=str, keep_default_na=False), plain)
