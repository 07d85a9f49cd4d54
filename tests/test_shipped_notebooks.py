"""The project's own notebooks: how they are stored, how they read, and that plain papermill runs them."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import papermill
import pytest
from bs4 import BeautifulSoup

from pingan_lib.words import Words

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def path(request) -> Path:
    return request.param


def prose(path: Path, language: str) -> list[nbformat.NotebookNode]:
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "markdown" and language in cell.metadata.tags]


def code(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_there_are_six():
    assert [path.stem[:2] for path in NOTEBOOKS] == ["00", "01", "02", "03", "04", "05"]


def test_it_is_stored_without_outputs(path):
    assert [cell.id for cell in code(path) if cell.outputs or cell.execution_count is not None] == []


def test_it_opens_with_its_question_and_closes_with_what_it_cannot_say(path):
    english, chinese = prose(path, "en"), prose(path, "zh")
    title, _, question = english[0].source.partition("\n\n")
    assert title.startswith("# ") and question.split("\n\n")[0].endswith("?")
    assert "？" in chinese[0].source.split("\n\n")[1]
    headings = [cell.source.splitlines()[0] for cell in english if cell.source.startswith("## ")]
    assert [heading for heading in headings if heading != "## Evidence"][-1] == "## What this cannot say"


def test_every_english_cell_has_its_chinese_twin_beside_it(path):
    cells = nbformat.read(path, as_version=4).cells
    twins = [(a, b) for a, b in pairwise(cells) if a.cell_type == "markdown" and a.metadata.tags == ["en"]]
    assert 2 * len(twins) == sum(cell.cell_type == "markdown" for cell in cells)
    for english, chinese in twins:
        assert (english.id[:-3], chinese.metadata.tags) == (chinese.id[:-3], ["zh"])
        levels = [re.findall(r"^#+", cell.source, re.MULTILINE) for cell in (english, chinese)]
        assert levels[0] == levels[1]


def test_no_number_is_typed_into_prose(path):
    for language in ("en", "zh"):
        for cell in prose(path, language):
            without_code = re.sub(r"`[^`]*`", "", cell.source)
            without_citations = re.sub(
                r"[(（,，]\s?(?:19|20)\d\d[)）]|(?:Hardie|Heathers|Dunning)[,，]? ?(?:19|20)\d\d",
                "",
                without_code,
            )
            assert re.findall(r"\d+", without_citations) == [], cell.id


def test_its_imports_are_visible_and_its_parameters_are_told(path):
    cells = code(path)
    assert cells[0].metadata.tags == ["parameters"]
    declared = [node for node in ast.parse(cells[0].source).body if isinstance(node, ast.AnnAssign)]
    assert {"city_a", "city_b", "language"} <= {node.target.id for node in declared}
    lines = cells[0].source.splitlines()
    assert all("#" in lines[node.lineno - 1] for node in declared)
    for cell in cells:
        imports = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Import | ast.ImportFrom)]
        assert not imports or cell.id == "setup"
        assert not re.search(r"^\s*[%!]|import \*", cell.source, re.MULTILINE)


def test_every_sentence_that_it_says_is_in_both_languages(path):
    said = re.findall(
        r'"((?:page|column|outcomes|sources|approaches|language|synthesis)\.[a-z_]+)"',
        path.read_text("utf-8").replace('\\"', '"'),
    )
    for language in ("en", "zh"):
        assert [key for key in said if key not in Words(language) or not Words(language)[key]] == []
    assert said or path.stem.startswith("00")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_plain_papermill_runs_it_with_the_cities_the_other_way_round(path, language, tmp_path):
    out = tmp_path / "out.ipynb"
    parameters = {"city_a": "anshun", "city_b": "kaili", "language": language}
    run = papermill.execute_notebook(path, out, parameters, cwd=ROOT, progress_bar=False)
    outputs = [output for cell in run.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output for output in outputs if output.output_type in ("error", "stream")] == []
    html = BeautifulSoup("".join(o.data.get("text/html", "") for o in outputs if "data" in o), "html.parser")
    cards = {article["id"] for article in html.select("article.card")}
    links = {link["href"].removeprefix("#") for link in html.select("a.number, a.cite")}
    assert links == cards or path.stem in ("00_start_here", "04_language")
    assert all(image["alt"] for image in html.select("img"))
