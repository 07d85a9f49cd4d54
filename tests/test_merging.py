"""Merging edits: three versions of a table in, what changes and what clashes out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pingan_lib.check import check_folder
from pingan_lib.errors import CorpusError, UsageError
from pingan_lib.exchange.merging import Change, Conflict, Edit, merge, read_tables, rehearse, replace_files
from pingan_lib.schema import Column, Table


def table(*names: str, key: int = 1) -> Table:
    columns = tuple(Column(name, "string", "", False, ()) for name in names)
    return Table("toy", "", "", "toy.csv", columns, names[:key], ())


TOY = table("id", "value", "note")
CODINGS = table("coder_id", "approach_id", "dimension_id", "note", key=3)


def rows(*lines: str, of: Table = TOY) -> pd.DataFrame:
    """Rows of cells that are written with a blank between them; a dot is an empty cell."""
    cells = [[cell.replace(".", "") for cell in line.split()] for line in lines]
    return pd.DataFrame(cells, columns=[column.name for column in of.columns], dtype=str)


def cells(frame: pd.DataFrame) -> list[list[str]]:
    return frame.to_numpy().tolist()


BASE = rows("a 1 .", "b 2 .", "c 3 .")


def test_a_cell_that_one_side_changed_takes_the_change():
    merged = merge(TOY, BASE, BASE, rows("a 1 .", "b 20 .", "c 3 ."))
    assert cells(merged.frame) == cells(rows("a 1 .", "b 20 .", "c 3 ."))
    assert merged.changes == (Change("changed", ("b",), (Edit("value", "2", "20"),)),)
    assert (merged.conflicts, merged.combined, merged.reordered) == ((), (), False)


def test_different_cells_of_a_row_are_combined_and_told():
    merged = merge(TOY, BASE, rows("a 1 .", "b 20 .", "c 3 ."), rows("a 1 .", "b 2 doubt", "c 3 ."))
    assert cells(merged.frame) == cells(rows("a 1 .", "b 20 doubt", "c 3 ."))
    assert merged.combined == (("b",),)
    assert merged.changes == (Change("changed", ("b",), (Edit("note", "", "doubt"),)),)


def test_the_same_cell_changed_alike_is_no_conflict():
    both = rows("a 1 .", "b 20 .", "c 3 .")
    merged = merge(TOY, BASE, both, both)
    assert (merged.changes, merged.conflicts, merged.combined) == ((), (), ())


def test_the_same_cell_changed_differently_is_a_conflict_with_both_places():
    incoming = rows("c 3 .", "b 21 .", "a 1 .")
    merged = merge(TOY, BASE, rows("a 1 .", "b 20 .", "c 3 ."), incoming)
    assert merged.conflicts == (Conflict(("b",), "value", "2", "20", "21", 3, 3),)
    assert (
        str(merged.conflicts[0])
        == "the project, row 3, has '20', the file, row 3, has '21'; exported was '2'"
    )
    assert cells(merged.frame) == cells(rows("a 1 .", "b 20 .", "c 3 ."))
    taken = merge(TOY, BASE, rows("a 1 .", "b 20 .", "c 3 ."), incoming, theirs=True)
    assert taken.conflicts == ()
    assert cells(taken.frame) == cells(rows("a 1 .", "b 21 .", "c 3 ."))


def test_a_row_with_a_conflict_is_not_called_combined():
    merged = merge(TOY, BASE, rows("a 1 .", "b 20 .", "c 3 ."), rows("a 1 .", "b 21 doubt", "c 3 ."))
    assert ([each.column for each in merged.conflicts], merged.combined) == (["value"], ())


@pytest.mark.parametrize(
    ("current", "incoming", "project", "file"),
    [
        (rows("a 1 .", "b 20 .", "c 3 ."), rows("a 1 .", "c 3 ."), "row", None),
        (rows("a 1 .", "c 3 ."), rows("a 1 .", "b 20 .", "c 3 ."), None, "row"),
    ],
)
def test_a_row_that_one_side_removed_and_the_other_changed_is_a_conflict(current, incoming, project, file):
    (conflict,) = merge(TOY, BASE, current, incoming).conflicts
    assert (conflict.column, conflict.base, conflict.current, conflict.incoming) == (
        None,
        "row",
        project,
        file,
    )
    sides = ["the project, row 3, has changed it", "the file has removed the row"]
    if project is None:
        sides = ["the project has removed the row", "the file, row 3, has changed it"]
    assert str(conflict) == ", ".join(sides)
    assert cells(merge(TOY, BASE, current, incoming, theirs=True).frame) == cells(incoming)


def test_a_row_that_one_side_removed_and_the_other_left_alone_goes():
    without = rows("a 1 .", "c 3 .")
    here, there = merge(TOY, BASE, BASE, without), merge(TOY, BASE, without, BASE)
    assert cells(here.frame) == cells(there.frame) == cells(without)
    assert [(each.kind, each.key) for each in here.changes] == [("removed", ("b",))]
    assert there.changes == ()


def test_new_rows_stand_behind_the_row_that_they_follow_and_last_ones_at_the_end():
    current = rows("a 1 .", "b 2 .", "c 3 .", "mine 4 .")
    incoming = rows("first 0 .", "a 1 .", "x 5 .", "y 6 .", "b 2 .", "c 3 .", "last 7 .")
    merged = merge(TOY, BASE, current, incoming)
    assert list(merged.frame["id"]) == ["first", "a", "x", "y", "b", "c", "mine", "last"]


def test_a_sorted_file_changes_nothing_and_is_told():
    merged = merge(TOY, BASE, BASE, BASE[::-1].reset_index(drop=True))
    assert (cells(merged.frame), merged.changes, merged.reordered) == (cells(BASE), (), True)


def test_a_key_may_have_several_columns():
    base = rows("ann posts patrol .", "ann posts police .", of=CODINGS)
    incoming = rows("ann posts patrol sure", "bob posts police .", "ann posts police .", of=CODINGS)
    merged = merge(CODINGS, base, base, incoming)
    assert [(each.kind, each.key) for each in merged.changes] == [
        ("changed", ("ann", "posts", "patrol")),
        ("added", ("bob", "posts", "police")),
    ]


def test_rows_with_the_same_key_are_taken_in_their_order():
    twins = rows("a 1 .", "a 2 .")
    merged = merge(TOY, twins, twins, rows("a 1 .", "b 2 ."))
    assert cells(merged.frame) == [["a", "1", ""], ["b", "2", ""]]
    assert [(each.kind, each.key) for each in merged.changes] == [("removed", ("a",)), ("added", ("b",))]


def test_without_a_base_new_rows_come_in_absent_ones_stay_and_differences_clash():
    merged = merge(TOY, None, BASE, rows("b 2 .", "c 30 .", "d 4 ."))
    assert list(merged.frame["id"]) == ["a", "b", "c", "d"]
    assert [(each.key, each.base, each.current, each.incoming) for each in merged.conflicts] == [
        (("c",), None, "3", "30")
    ]


def test_columns_that_the_file_lacks_stay_as_they_are():
    merged = merge(TOY, BASE, rows("a 1 mine"), rows("a 10 .", "d 4 .").drop(columns="note"))
    assert cells(merged.frame) == [["a", "10", "mine"], ["d", "4", ""]]


contents = st.dictionaries(st.sampled_from("abcde"), st.tuples(*[st.sampled_from("123")] * 2), max_size=5)


def frame_of(content: dict[str, tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(
        [[key, *values] for key, values in content.items()], columns=["id", "value", "note"], dtype=str
    )


@settings(max_examples=50, deadline=None)
@given(contents, contents)
def test_where_the_project_stood_still_the_file_is_the_result(base, incoming):
    merged = merge(TOY, frame_of(base), frame_of(base), frame_of(incoming))
    assert sorted(cells(merged.frame)) == sorted(cells(frame_of(incoming)))
    assert merged.conflicts == merged.combined == ()
    if not merged.reordered:
        assert cells(merged.frame) == cells(frame_of(incoming))


@settings(max_examples=50, deadline=None)
@given(contents, contents)
def test_where_the_file_stood_still_the_project_is_the_result(base, current):
    merged = merge(TOY, frame_of(base), frame_of(current), frame_of(base))
    assert cells(merged.frame) == cells(frame_of(current))
    assert merged.changes == merged.conflicts == ()


@settings(max_examples=50, deadline=None)
@given(contents, contents, contents)
def test_conflicts_are_the_same_from_both_sides(base, one, other):
    base, one, other = frame_of(base), frame_of(one), frame_of(other)
    there = {(c.key, c.column, c.base, c.current, c.incoming) for c in merge(TOY, base, one, other).conflicts}
    back = {(c.key, c.column, c.base, c.incoming, c.current) for c in merge(TOY, base, other, one).conflicts}
    assert there == back


@settings(max_examples=50, deadline=None)
@given(contents, contents, contents)
def test_without_conflicts_either_side_may_come_first(base, one, other):
    base, one, other = frame_of(base), frame_of(one), frame_of(other)
    merged = merge(TOY, base, one, other)
    assume(not merged.conflicts)
    assert sorted(cells(merged.frame)) == sorted(cells(merge(TOY, base, other, one).frame))


@settings(max_examples=50, deadline=None)
@given(contents, contents, contents)
def test_the_changes_lead_from_the_project_to_the_result(base, current, incoming):
    merged = merge(TOY, frame_of(base), frame_of(current), frame_of(incoming), theirs=True)
    content = {key: dict(zip(("value", "note"), values, strict=True)) for key, values in current.items()}
    for change in merged.changes:
        row = content.pop(change.key[0], {})
        if change.kind != "removed":
            content[change.key[0]] = row | {
                edit.column: edit.after for edit in change.edits if edit.column != "id"
            }
    assert {key: tuple(row.values()) for key, row in content.items()} == {
        key: tuple(values) for key, *values in cells(merged.frame)
    }


def test_a_projects_tables_are_read_with_their_faults(project: Path):
    places = project / "data" / "places.csv"
    places.write_text(places.read_text("utf-8").replace("county", "kingdom"), encoding="utf-8")
    tables, frames = read_tables(project)
    assert list(frames) == list(tables)
    assert "kingdom" in set(frames["places"]["level"])


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (
            "place_id,name\nkaili,Kaili\n",
            "lacks the columns parent_id, name_zh, name_en, level, division_code.",
        ),
        (
            "place_id,parent_id,name_zh,name_en,level,division_code\na,b,c,d,e,f,g\n",
            "has more cells than there are",
        ),
        ("", "is empty."),
    ],
)
def test_a_table_that_cannot_be_read_by_its_columns_is_named(project: Path, content, found):
    (project / "data" / "places.csv").write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError, match=r"data/places\.csv") as caught:
        read_tables(project)
    assert found in str(caught.value)


def test_a_rehearsal_finds_what_check_would_find_and_leaves_the_project_alone(project: Path):
    tables, frames = read_tables(project)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    figures = frames["figures"].replace({"hedge": {"exact": "certain"}})
    contents, problems = rehearse(project, tables, {"figures": figures})
    assert list(contents) == [project / "data" / "figures.csv"]
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before
    assert len(problems) == (frames["figures"]["hedge"] == "exact").sum()
    replace_files(contents)
    assert check_folder(project) == problems


def test_a_rehearsal_of_the_tables_as_they_are_finds_them_sound_and_alike(project: Path):
    contents, problems = rehearse(project, *read_tables(project))
    assert problems == []
    assert {path: path.read_bytes() for path in contents} == contents


def test_files_are_replaced_all_or_none(tmp_path: Path, monkeypatch):
    contents = {tmp_path / name: b"new" for name in ("a", "b", "c")}
    for path in contents:
        path.write_bytes(b"old")
    replace = Path.replace

    def refuse_b(self: Path, target: Path) -> Path:
        if Path(target).name == "b":
            raise OSError("the disk is gone")
        return replace(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse_b)
        with pytest.raises(UsageError, match=r"disk is gone\. Nothing was changed"):
            replace_files(contents)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == dict.fromkeys("abc", b"old")
    replace_files(contents)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == dict.fromkeys("abc", b"new")


def test_a_replaced_file_keeps_its_mode(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o640)
    replace_files({path: b"new"})
    assert path.stat().st_mode & 0o777 == 0o640
