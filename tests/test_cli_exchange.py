"""`pingan export` and `pingan import`: what is written where, what is shown, what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook, load_workbook

from pingan_lib import exchange
from pingan_lib.cli import main
from pingan_lib.exchange.merging import Incoming, read_tables
from pingan_lib.exchange.workbook_reading import read_workbook

ROOT = Path(__file__).parents[1]
SMALL = ("places", "measures", "reference")


def pingan(project: Path, *arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, ["--project", str(project), *arguments], prog_name="pingan", input=answer)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project of three tables without articles, quick to write and to check."""
    data = tmp_path / "small" / "data"
    data.mkdir(parents=True)
    package = json.loads((ROOT / "data" / "datapackage.json").read_text("utf-8"))
    package["resources"] = [each for each in package["resources"] if each["name"] in SMALL]
    (data / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    for name in SMALL:
        shutil.copy(ROOT / "data" / f"{name}.csv", data)
    return data.parent


def export(project: Path) -> Path:
    assert pingan(project, "export", "--xlsx").exit_code == 0
    return project / "exports" / "coding.xlsx"


def edit(path: Path, *changes: Callable[[Workbook], object]) -> None:
    book = load_workbook(path)
    for change in changes:
        change(book)
    book.save(path)


def put(sheet: str, key: str, column: str, text: str) -> Callable[[Workbook], None]:
    """Write a cell, known by its row's id and its column's name, as a person does in a cell for text."""

    def change(book: Workbook) -> None:
        heads = {cell.value: cell.column for cell in book[sheet][1]}
        (line,) = (row[0].row for row in book[sheet].iter_rows(min_row=2) if row[0].value == key)
        cell = book[sheet].cell(line, heads[column])
        cell.value, cell.data_type = text, "s"

    return change


def state(project: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (project / "data").iterdir()}


def cell(project: Path, table: str, key: str, column: str) -> str:
    frame = read_tables(project)[1][table]
    return frame.set_index(frame.columns[0]).loc[key, column]


def line(project: Path, table: str, key: str) -> int:
    """The row of the file in which a key stands, the header being row 1."""
    return list(read_tables(project)[1][table].iloc[:, 0]).index(key) + 2


def replace(project: Path, table: str, old: str, new: str) -> None:
    path = project / "data" / f"{table}.csv"
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new).encode())


def test_help_shows_how_each_is_used():
    for name, example in (
        ("export", "pingan export --xlsx"),
        ("import", "pingan import exports/coding.xlsx"),
    ):
        shown = CliRunner().invoke(main, [name, "--help"])
        assert shown.exit_code == 0
        assert example in shown.stdout


def test_export_prints_the_path_and_says_what_is_left_out(project):
    result = pingan(project, "export", "--xlsx")
    assert (result.exit_code, result.stdout) == (0, f"{project / 'exports' / 'coding.xlsx'}\n")
    assert "not the articles’ texts" in result.stderr
    tables, frames = read_tables(project)
    brought = read_workbook((project / "exports" / "coding.xlsx").read_bytes(), tables)
    assert {name: frame.equals(frames[name]) for name, frame in brought.incoming.items()} == dict.fromkeys(
        tables, True
    )


def test_export_replaces_no_edited_file_unless_forced(small, tmp_path):
    file = export(small)
    assert pingan(small, "export", "--xlsx").exit_code == 0  # it would be the same file
    replace(small, "places", "Kaili,county", "Khaili,county")
    assert pingan(small, "export", "--xlsx").exit_code == 0  # nobody has touched it
    edit(file, put("places", "kaili", "name_en", "Khaili"))
    before = file.read_bytes()
    refused = pingan(small, "export", "--xlsx")
    assert refused.exit_code == 2
    assert "If it holds edits, import them first" in refused.stderr
    assert file.read_bytes() == before
    assert pingan(small, "export", "--xlsx", "--force").exit_code == 0
    assert file.read_bytes() != before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Name at least one format: --xlsx, --qdpx, --qdc, --annotations, --bibtex"),
        (["--xlsx", "data/figures.csv", "--force"], "is in the project’s own data"),
        (["--xlsx", "seeds/a.xlsx"], "is in the project’s own data"),
        (["--xlsx", "data/../data/a.xlsx"], "is in the project’s own data"),
        (["--xlsx", "."], "is a folder"),
        (["--xlsx", "nowhere/a.xlsx"], "There is no folder nowhere"),
        (["--xlsx", "a.out", "--qdc", "a.out"], "Two formats cannot both be a.out"),
    ],
)
def test_export_refuses_places_where_something_would_be_lost(project, monkeypatch, arguments, told):
    monkeypatch.chdir(project)
    before = state(project)
    result = pingan(project, "export", *arguments)
    assert (result.exit_code, told in result.stderr) == (2, True)
    assert state(project) == before
    assert {path.name for path in project.iterdir()} == {"data", "seeds"}


def test_the_workbook_is_written_of_data_with_faults_the_other_formats_are_not(project, monkeypatch):
    cited = SimpleNamespace(bibtex=lambda corpus: "", LEFT_OUT="")
    monkeypatch.setattr(exchange, "citations", cited, raising=False)
    replace(project, "places", ",county,", ",kingdom,")
    result = pingan(project, "export", "--xlsx", "--bibtex")
    assert (result.exit_code, "'kingdom'" in result.stderr) == (1, True)
    assert not (project / "exports").exists()
    file = export(project)
    edit(file, put("places", "kaili", "level", "county"))
    mended = pingan(project, "import", str(file), "--yes")
    assert "would find 0 problems (now 1)." in mended.stderr
    assert pingan(project, "check").exit_code == 0


def test_every_format_is_asked_from_its_module(project, monkeypatch):
    def told(name: str, content: str | bytes) -> Callable[[object], str | bytes]:
        return lambda corpus: content if len(corpus.articles) else name

    refi = {"project_qdpx": told("q", b"qdpx"), "codebook_qdc": told("c", b"qdc"), "LEFT_OUT": "No periods."}
    monkeypatch.setattr(exchange, "refi", SimpleNamespace(**refi), raising=False)
    web = SimpleNamespace(web_annotations=told("a", "批注"), LEFT_OUT="No tables.")
    monkeypatch.setattr(exchange, "annotations", web, raising=False)
    cited = SimpleNamespace(bibtex=told("b", "@misc"), LEFT_OUT="No data.")
    monkeypatch.setattr(exchange, "citations", cited, raising=False)
    result = pingan(project, "export", "--qdpx", "--qdc", "--annotations", "--bibtex", str(project / "a.bib"))
    assert result.exit_code == 0
    written = {path.name: path.read_bytes() for path in (project / "exports").iterdir()}
    assert written == {
        "CITATION.cff": (ROOT / "CITATION.cff").read_bytes(),
        "project.qdpx": b"qdpx",
        "codebook.qdc": b"qdc",
        "annotations.jsonld": "批注".encode(),
    }
    assert (project / "a.bib").read_bytes() == b"@misc"
    assert result.stderr.split("\n")[:4] == ["  No periods.", "  No periods.", "  No tables.", "  No data."]


def test_a_file_that_nobody_edited_changes_nothing(small):
    before = state(small)
    result = pingan(small, "import", str(export(small)))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "No change.\n", "")
    assert state(small) == before


def test_import_shows_the_changes_asks_and_writes_what_changed(small):
    file = export(small)

    def add_a_place(book: Workbook) -> None:
        book["places"].append(["zunyi", "guizhou", "遵义市", "Zunyi", "prefecture", None])

    definition = cell(small, "measures", "murders", "definition")
    edit(file, add_a_place, put("measures", "murders", "definition", "=so it says"))
    brought, before = file.read_bytes(), state(small)
    declined = pingan(small, "import", str(file), answer="n\n")
    assert declined.exit_code == 1
    assert declined.stdout.splitlines() == [
        "places: 1 added",
        "  + zunyi",
        "      place_id: 'zunyi'",
        "      parent_id: 'guizhou'",
        "      name_zh: '遵义市'",
        "      name_en: 'Zunyi'",
        "      level: 'prefecture'",
        "measures: 1 changed",
        "  ~ murders",
        f"      definition: {definition!r} → '=so it says'",
    ]
    assert declined.stderr.endswith("Write places, measures? [y/N]: n\nNothing was written.\n")
    assert state(small) == before

    accepted = pingan(small, "import", str(file), answer="y\n")
    assert accepted.exit_code == 0
    paths = [str(small / "data" / f"{name}.csv") for name in ("places", "measures")]
    assert accepted.stdout.splitlines()[-2:] == paths
    after = state(small)
    assert {name for name in after if after[name] != before[name]} == {"places.csv", "measures.csv"}
    assert after["places.csv"] == before["places.csv"] + "zunyi,guizhou,遵义市,Zunyi,prefecture,\n".encode()
    assert cell(small, "measures", "murders", "definition") == "=so it says"
    assert file.read_bytes() == brought
    assert pingan(small, "import", str(file)).stdout == "No change.\n"


def test_what_the_project_changed_meanwhile_is_kept(small):
    file = export(small)
    replace(small, "places", "Kaili,county", "Khaili,county")
    edit(file, put("places", "kaili", "division_code", "522602"))
    result = pingan(small, "import", str(file), "--yes")
    assert "kaili: the project changed other cells of this row; both edits are kept" in result.stdout
    row = [cell(small, "places", "kaili", name) for name in ("name_en", "division_code")]
    assert row == ["Khaili", "522602"]


def test_a_conflict_shows_both_sides_and_writes_nothing(small):
    file = export(small)
    replace(small, "places", "Kaili,county", "Khaili,county")
    edit(file, put("places", "kaili", "name_en", "Kai Li"), put("measures", "murders", "name_en", "Murders"))
    before = state(small)
    result = pingan(small, "import", str(file), "--yes")
    assert result.exit_code == 1
    at = line(small, "places", "kaili")
    told = f"the project, row {at}, has 'Khaili', the file, row {at}, has 'Kai Li'; exported was 'Kaili'."
    assert f"  places, kaili, column name_en: {told}" in result.stderr.splitlines()
    assert "1 conflict: " in result.stderr and "--theirs" in result.stderr
    assert state(small) == before
    assert pingan(small, "import", str(file), "--yes", "--theirs").exit_code == 0
    assert cell(small, "places", "kaili", "name_en") == "Kai Li"


def test_faults_that_would_be_there_are_told_and_may_be_written(small):
    file = export(small)
    edit(file, put("measures", "murders", "unit", "corpse"))
    result = pingan(small, "import", str(file), "--yes")
    assert result.exit_code == 0
    assert "(now 0)." in result.stderr
    at = line(small, "measures", "murders")
    assert f"data/measures.csv, row {at}, column unit: There is no code 'corpse'." in result.stderr
    assert pingan(small, "check").exit_code == 1


def test_a_row_without_a_key_or_with_anothers_is_refused(small):
    file = export(small)
    edit(file, put("places", "kaili", "place_id", "anshun"))
    before = state(small)
    result = pingan(small, "import", str(file), "--yes")
    assert result.exit_code == 1
    first, second = sorted(line(small, "places", key) for key in ("kaili", "anshun"))
    told = f"coding.xlsx, sheet places, row {second}, column place_id: 'anshun' is in row {first}, too."
    assert told in result.stderr
    assert state(small) == before


def test_removed_rows_are_counted_and_the_first_few_named(small):
    keys = read_tables(small)[1]["reference"][["place_id", "measure_id", "year"]].to_numpy().tolist()
    file = export(small)
    edit(file, lambda book: book["reference"].delete_rows(2, len(keys)))
    result = pingan(small, "import", str(file), "--yes")
    assert result.stdout.splitlines()[:-1] == [
        f"reference: {len(keys)} removed",
        *(f"  - {', '.join(key)}" for key in keys[:5]),
        f"  … {len(keys) - 5} more removed",
    ]
    assert read_tables(small)[1]["reference"].empty


def test_a_byte_order_mark_and_the_rows_order_stay(small):
    places = small / "data" / "places.csv"
    places.write_bytes(b"\xef\xbb\xbf" + places.read_bytes())
    file = export(small)

    def change(book: Workbook) -> None:
        put("places", "kaili", "name_en", "Khaili")(book)
        lines = [[cell.value for cell in row] for row in book["places"].iter_rows(min_row=2)]
        for line, cells in enumerate(lines[::-1], start=2):
            for number, value in enumerate(cells, start=1):
                book["places"].cell(line, number).value = value

    before = places.read_bytes()
    edit(file, change)
    result = pingan(small, "import", str(file), "--yes")
    assert "places: the file has the rows in another order; the project’s order is kept." in result.stderr
    assert places.read_bytes() == before.replace(b"Kaili,county", b"Khaili,county")


def test_what_is_no_workbook_and_what_is_not_there_are_refused(small):
    result = pingan(small, "import", str(small / "data" / "places.csv"))
    assert result.exit_code == 1
    assert "places.csv is neither an Excel workbook (.xlsx) nor a REFI-QDA project (.qdpx)" in result.stderr
    assert pingan(small, "import", str(small / "nothing.xlsx")).exit_code == 2


def test_a_qdpx_is_merged_in_the_same_way(project, monkeypatch, tmp_path):
    _, frames = read_tables(project)
    base = {"codings": frames["codings"]}
    incoming = {"codings": frames["codings"].iloc[1:]}
    notes = ("One selection belongs to no row.",)
    reader = SimpleNamespace(read_qdpx=lambda data: Incoming(base, incoming, notes))
    monkeypatch.setattr(exchange, "refi", reader, raising=False)
    file = tmp_path / "project.qdpx"
    file.write_bytes(zipped("project.qde"))
    result = pingan(project, "import", str(file), "--yes")
    assert result.exit_code == 0
    assert result.stderr.startswith("One selection belongs to no row.\n")
    assert result.stdout.startswith("codings: 1 removed\n  - coder_1, ")
    assert len(read_tables(project)[1]["codings"]) == len(frames["codings"]) - 1


def zipped(name: str) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr(name, "")
    return content.getvalue()
