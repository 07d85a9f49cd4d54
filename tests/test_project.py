"""A project folder of one's own: made whole or not at all, with the example or with its scheme alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from click.testing import CliRunner
from frictionless import Package

from pingan_lib import check_corpus, load_corpus
from pingan_lib.cli import main
from pingan_lib.errors import UsageError
from pingan_lib.project import init_project, shipped
from pingan_lib.schema import data_dictionary, read_schema
from pingan_lib.table_files import read_raw, write_raw

ROOT = Path(__file__).parents[1]
MARK = b"\xef\xbb\xbf"


def pingan(*arguments: str | Path):
    return CliRunner().invoke(main, [str(each) for each in arguments], prog_name="pingan")


def files(folder: Path) -> dict[str, bytes]:
    """What a folder holds, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Path:
    """A project with the example; its name holds Chinese and a blank."""
    return init_project(tmp_path_factory.mktemp("example") / "两城 比较")


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Path:
    """A project with the scheme alone."""
    return init_project(tmp_path_factory.mktemp("empty") / "五县平安", empty=True)


def test_in_a_checkout_the_example_is_the_repository():
    assert shipped() == ROOT


def test_a_project_with_the_example_holds_what_is_shipped(example, corpus):
    made = files(example)
    sources = {f"{name}/{path}" for name in ("data", "seeds", "notebooks") for path in files(ROOT / name)}
    assert made.keys() == sources | {"README.md", "CITATION.cff"}
    assert made["CITATION.cff"] == (ROOT / "CITATION.cff").read_bytes()
    written = {"data/datapackage.json", "data/README.md"}
    for name in sources - written:
        mark = MARK if name.endswith(".csv") else b""
        assert made[name] == mark + (ROOT / name).read_bytes(), name
    assert check_corpus(example) == []
    loaded = load_corpus(example)
    for name in corpus.tables:
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(corpus, name))


def test_the_scheme_alone_holds_no_case_of_the_example(empty, corpus):
    names = {
        name
        for place in corpus.places.itertuples()
        for name in (place.Index, re.sub("[省州市]$", "", place.name_zh), place.name_en)
    }
    texts = {name: content.decode("utf-8-sig") for name, content in files(empty).items()}
    for name, text in texts.items():
        assert [each for each in names if each in text] == [], name
    assert "the two articles" not in texts["data/codebook.csv"]
    for figure in corpus.figures.itertuples():
        assert figure.quote not in texts["data/coding_guide.md"]
        assert figure.Index not in texts["data/coding_guide.md"]
    loaded = load_corpus(empty)
    kept = {"codebook", "measures"}
    assert {name for name in corpus.tables if len(getattr(loaded, name))} == kept
    pd.testing.assert_frame_equal(loaded.measures, corpus.measures)
    changed = ["example_quote", "source"]
    pd.testing.assert_frame_equal(
        loaded.codebook.drop(columns=changed), corpus.codebook.drop(columns=changed)
    )
    assert set(loaded.codebook["example_quote"]) == {""}
    assert (loaded.codebook["source"] != "").all()


@pytest.mark.parametrize("name", ["example", "empty"])
def test_a_project_is_a_data_package_with_its_dictionary(name, request):
    folder = request.getfixturevalue(name)
    descriptor = json.loads((folder / "data" / "datapackage.json").read_text("utf-8"))
    assert Package(descriptor, basepath=str(folder / "data")).validate().valid
    assert all(
        (folder / "data" / each["path"]).read_bytes().startswith(MARK) for each in descriptor["resources"]
    )
    loaded = load_corpus(folder)
    assert (folder / "data" / "README.md").read_text("utf-8") == data_dictionary(
        loaded.tables, loaded.codebook
    )


def test_the_descriptor_of_an_empty_project_speaks_of_that_project(empty, tmp_path):
    descriptor = json.loads((empty / "data" / "datapackage.json").read_text("utf-8"))
    assert (descriptor["title"], descriptor["name"]) == ("五县平安", "project")
    assert (empty / "README.md").read_text("utf-8").startswith("# 五县平安\n")
    assert "licenses" not in descriptor
    assert "contributors" not in descriptor
    named = init_project(tmp_path / "x", empty=True, title="Five {counties}, 2024")
    descriptor = json.loads((named / "data" / "datapackage.json").read_text("utf-8"))
    assert (descriptor["title"], descriptor["name"]) == ("Five {counties}, 2024", "five-counties-2024")
    assert (named / "README.md").read_text("utf-8").startswith("# Five {counties}, 2024\n")


def test_the_coding_guide_of_an_empty_project_names_codes_that_there_are(empty):
    tables = read_schema((empty / "data" / "datapackage.json").read_text("utf-8"))
    codes = {code for table in tables.values() for column in table.columns for code in column.codes}
    columns = {column.name for table in tables.values() for column in table.columns}
    guide = (empty / "data" / "coding_guide.md").read_text("utf-8")
    words = set(re.findall(r"`([a-z_]+)`", guide))
    assert len(words) > 30
    assert words <= codes | columns
    actors = set(re.findall(r"^\| `([a-z_]+)` \|", guide, re.MULTILINE))
    approaches = tables["approaches"]
    assert actors <= {*approaches.column("actors").codes, *approaches.column("targets").codes}


def test_the_readme_of_a_project_names_commands_and_files_that_there_are(example):
    readme = (example / "README.md").read_text("utf-8")
    commands = set(re.findall(r"pingan ([a-z]+)", readme))
    assert {"add", "draft", "check", "report", "export", "import"} <= commands <= set(main.commands)
    for name in re.findall(r"`((?:data|seeds|notebooks)/[^`]*)`", readme):
        assert (example / name).exists(), name


@pytest.mark.parametrize("held", [["data"], ["a", "b", "c", ".d"]])
def test_a_folder_that_holds_anything_is_refused_and_left_as_it_was(tmp_path, held):
    for name in held:
        (tmp_path / name).write_text("mine", "utf-8")
    before = files(tmp_path)
    with pytest.raises(UsageError, match=rf"is no new folder\. It holds \.?{sorted(held)[0].strip('.')}"):
        init_project(tmp_path)
    assert files(tmp_path) == before


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "mine").write_text("mine", "utf-8")
    result = pingan("init", tmp_path / "mine")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "It is a file." in result.stderr
    assert files(tmp_path) == {"mine": b"mine"}


def test_an_empty_folder_and_one_far_below_are_taken(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert init_project(".", empty=True) == tmp_path / "here"
    assert not [path for path in (tmp_path / "here").iterdir() if path.name.startswith(".")]
    assert check_corpus() == []
    assert init_project(tmp_path / "a" / "b", empty=True) == tmp_path / "a" / "b"
    assert check_corpus(tmp_path / "a" / "b") == []


@pytest.mark.parametrize("exists", [True, False])
def test_a_project_that_cannot_be_made_whole_is_not_made_at_all(tmp_path, monkeypatch, exists):
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pingan_lib.project.data_dictionary", full)
    folder = tmp_path / "mine"
    if exists:
        folder.mkdir()
    with pytest.raises(UsageError, match=r"Cannot make .*mine: No space left on device"):
        init_project(folder)
    assert files(tmp_path) == {}
    assert [path.name for path in tmp_path.iterdir()] == (["mine"] if exists else [])


def test_the_command_says_what_comes_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = pingan("init", "my cities")
    assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'my cities'}\n")
    assert "cd 'my cities'\n  pingan report\n" in result.stderr
    result = pingan("init", "mine", "--empty", "--title", "Mine")
    assert "cd mine\n  pingan add" in result.stderr
    assert (tmp_path / "mine" / "README.md").read_text("utf-8").startswith("# Mine\n")


def test_an_empty_project_answers_every_question(empty):
    assert pingan("--project", empty, "check").stdout == f"No problem in {empty}\n"
    listed = pingan("--project", empty, "list")
    assert listed.exit_code == 0
    assert "Cities\n\nArticles\n\nMeasures\n" in listed.stdout
    report = pingan("--project", empty, "report")
    assert (report.exit_code, report.stdout) == (2, "")
    assert report.stderr == ("pingan: Two cities are needed; the corpus has coded articles on none.\n")
    assert not (empty / "reports").exists()
    assert "0 articles" in repr(load_corpus(empty))
    assert "<tbody></tbody>" in load_corpus(empty)._repr_html_()


def test_a_notebook_runs_in_a_folder_whose_name_holds_chinese_and_a_blank(example, tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("from pingan_lib import load_corpus\nprint(load_corpus().root)")],
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, tmp_path / "where.ipynb")
    result = pingan("--project", example, "run", tmp_path / "where.ipynb", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    (made,) = (tmp_path / "out" / "runs").glob("where-*/where.ipynb")
    executed = nbformat.read(made, as_version=4)
    assert executed.cells[0].outputs[0].text == f"{example}\n"


def without_city(root: Path, city: str) -> None:
    """The recipe: take a city out of a project, with its articles and all that was coded from them."""
    data = root / "data"
    tables = read_schema((data / "datapackage.json").read_text("utf-8"))
    rows = {name: read_raw(data, table) for name, table in tables.items()}
    gone = {"place_id": {city}}
    for name, key, by in (
        ("articles", "article_id", "place_id"),
        ("approaches", "approach_id", "article_id"),
        ("figures", "figure_id", "article_id"),
    ):
        gone[key] = set(rows[name][key][rows[name][by].isin(gone[by])])
    for name, frame in rows.items():
        named = [frame[column].isin(values) for column, values in gone.items() if column in frame]
        if name == "relations":
            terms = frame["result"] + " " + frame["formula"]
            named.append(terms.map(lambda each: bool(gone["figure_id"] & set(re.findall(r"\w+", each)))))
        rows[name] = frame[~pd.concat(named, axis=1).any(axis=1)] if named else frame
    left = "\n".join((root / path).read_text("utf-8") for path in rows["articles"]["path"])
    quotes = rows["codebook"]["example_quote"]
    rows["codebook"]["example_quote"] = quotes.where([quote in left for quote in quotes], "")
    for name, frame in rows.items():
        write_raw(data, tables[name], frame)


def test_a_city_taken_out_of_the_example_leaves_a_sound_project(tmp_path, corpus):
    root = init_project(tmp_path / "one")
    without_city(root, "anshun")
    assert check_corpus(root) == []
    left = load_corpus(root)
    assert list(left.cities.index) == ["kaili"]
    assert len(left.figures) == (corpus.figures["place_id"] == "kaili").sum() > 0
    listed = pingan("--project", root, "list")
    assert listed.exit_code == 0
    assert re.search(
        r"Cities\n  kaili  Kaili 凯里市\n\nArticles\n  kaili_2024  .*\n\nMeasures", listed.stdout
    )
    report = pingan("--project", root, "report")
    assert (report.exit_code, report.stdout) == (2, "")
    assert report.stderr == (
        "pingan: Two cities are needed; the corpus has coded articles on kaili. "
        "`pingan run 07_overview` shows what there is.\n"
    )


def test_the_package_knows_no_place_by_name(corpus):
    """Whatever is compared comes from the data; the examples of help texts name invented ids."""
    names = {
        name
        for place in corpus.places.itertuples()
        for name in (place.Index, re.sub("[省州市]$", "", place.name_zh), place.name_en)
    }
    known = {".py", ".toml", ".j2", ".js", ".css", ".json", ".md", ".txt"}
    texts = {
        path: path.read_text("utf-8")
        for path in (ROOT / "pingan_lib").rglob("*")
        if path.suffix in known and "__pycache__" not in path.parts
    }
    assert len(texts) > 60
    found = {str(path): [name for name in names if name in text] for path, text in texts.items()}
    assert {path: names for path, names in found.items() if names} == {}
