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

from pingan_lib import load_corpus
from pingan_lib.markup import numbers_without_source
from pingan_lib.notebooks import notebook_parameters
from pingan_lib.report import page_html
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


def test_there_are_nine():
    assert [path.stem[:2] for path in NOTEBOOKS] == ["00", "01", "02", "03", "04", "05", "06", "07", "08"]


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
            without_citations = re.sub("<cite>.*?</cite>", "", without_code)
            assert re.findall(r"\d+", without_citations) == [], cell.id


def test_its_imports_are_visible_and_its_parameters_are_told(path):
    cells = code(path)
    assert cells[0].metadata.tags == ["parameters"]
    declared = [node for node in ast.parse(cells[0].source).body if isinstance(node, ast.AnnAssign)]
    names = {node.target.id for node in declared}
    assert "language" in names and len(names & {"city_a", "city_b"}) in (0, 2)
    lines = cells[0].source.splitlines()
    assert all("#" in lines[node.lineno - 1] for node in declared)
    for cell in cells:
        imports = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Import | ast.ImportFrom)]
        assert not imports or cell.id == "setup"
        assert not re.search(r"^\s*[%!]|import \*", cell.source, re.MULTILINE)


def test_every_sentence_that_it_says_is_in_both_languages(path):
    said = re.findall(
        r'"((?:page|column|outcomes|sources|approaches|language|synthesis|sensitivity|overview)\.[a-z_]+)"',
        path.read_text("utf-8").replace('\\"', '"'),
    )
    for language in ("en", "zh"):
        assert [key for key in said if key not in Words(language) or not Words(language)[key]] == []
    assert said or path.stem[:2] in ("00", "08")


def test_the_tutorial_codes_what_it_says_it_codes(tmp_path):
    """Its last check finds no fault, and its folder, kept, can be compared."""
    kept = tmp_path / "kept"
    run = papermill.execute_notebook(
        ROOT / "notebooks" / "08_add_a_city.ipynb", None, {"keep": str(kept)}, cwd=ROOT, progress_bar=False
    )
    told = {cell.id: "".join(o.get("text", "") for o in cell.get("outputs", ())) for cell in run.cells}
    assert "2 problems" in told["check"]
    assert "No problem" in told["mend"] and "No problem" in told["approach"]
    corpus = load_corpus(kept, unfinished=True)
    mine = corpus.figures[corpus.figures["place_id"] == "invented"]
    assert mine["status"].value_counts().to_dict() == {"draft": 6, "accepted": 2}
    assert {path.name for path in (kept / "exports").iterdir()} >= {"coding.xlsx", "project.qdpx"}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("path", NOTEBOOKS[:8], ids=[path.stem for path in NOTEBOOKS[:8]])
def test_plain_papermill_runs_it_with_the_cities_the_other_way_round(path, language, tmp_path):
    out = tmp_path / "out.ipynb"
    given = {"city_a": "anshun", "city_b": "kaili", "language": language}
    declared = {parameter.name for parameter in notebook_parameters(path)}
    parameters = {name: value for name, value in given.items() if name in declared}
    run = papermill.execute_notebook(path, out, parameters, cwd=ROOT, progress_bar=False)
    outputs = [output for cell in run.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output for output in outputs if output.output_type in ("error", "stream")] == []
    finished = page_html(run, language=language)
    assert "widget-view" not in finished
    page = BeautifulSoup(finished, "html.parser")
    cards = {article["id"] for article in page.select("article.card")}
    sources = {element["data-source"] for element in page.select("[data-source]")}
    assert {
        f"card-{name}" for name in sources if not name.startswith(("count:", "parameter:", "run"))
    } == cards
    assert all(image["alt"] for image in page.select("img"))
    assert numbers_without_source(finished) == []
    assert causal_words(finished, language) == []


# What would say, of two cities, that one thing brought about another.
CAUSAL = {
    "en": r"\b(?:(?<!claim of )caus(?:e|es|ed|ing|al)|led to|result(?:s|ed|ing)? (?:in|from)|as a result|thanks to"
    r"|owing to|due to (?!be )|brought about|contribut(?:e|es|ed|ing) to|effective(?:ly|ness)?|impact(?:s|ed)?"
    r"|effects? of|attributable|works? better|driven by|explains? why)\b",
    "zh": "导致|致使|使得|促使|得益于|归因于|归功于|引起|因而|从而|见效|成效|有效|奏效|效果|影响了|带来了|造成",
}


def causal_words(html: str, language: str) -> list[str]:
    """The causal words of a page's own prose; what it quotes, names, code and words counted are not its own."""
    page = BeautifulSoup(html, "html.parser")
    for element in page(["q", "blockquote", "mark", "code", "pre", "script", "style", "cite", "title"]):
        element.decompose()
    for element in page.select(".cite, .name, .tick" + (", [lang=zh]" if language == "en" else "")):
        element.decompose()
    text = page.get_text(" ")
    return [text[max(0, m.start() - 40) : m.end() + 20] for m in re.finditer(CAUSAL[language], text)]


def test_a_causal_word_is_found_where_it_is_the_pages_own():
    assert len(causal_words("<p>The patrols led to fewer fights.</p><q>thanks to</q>", "en")) == 1
    assert causal_words("<p>Cases due to be tried; every name leads to its quote.</p>", "en") == []
    assert len(causal_words("<p>巡防使得警情下降。</p><q>成效显著</q>", "zh")) == 1


def test_a_number_without_a_source_is_found_and_one_with_a_source_is_not():
    said = (
        '<p>Of <data data-source="count:x.pairs" value="17">17</data> pairs on <time>2024-04-03</time>, 3 are new, '
        'says <cite>Brown 2017</cite>: <q>95%以上</q>; <a class="number" data-source="kl_x" href="#card-kl_x">12</a>.'
        '</p><svg><g class="tick"><text>40</text></g><g><text>41</text></g></svg>'
    )
    found = numbers_without_source(said)
    assert [number.partition(" in:")[0] for number in found] == ["', 3 are new, says'", "'41'"]
