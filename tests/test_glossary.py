"""The glossary: every code that reaches a page is explained, alike in both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from pingan_lib.errors import UsageError
from pingan_lib.glossary import TERMS, entries, entry, section
from pingan_lib.markup import numbers_without_source
from pingan_lib.words import LANGUAGES, Words

ROOT = Path(__file__).parents[1]

# Under which name a column's codes reach a page; None where their names say all that there is to say.
CODES = {
    "level": "level",
    "genre": "genre",
    "unit": None,
    "stage": "stage",
    "direction": None,
    "basis": "measure_basis",
    "actors": None,
    "targets": None,
    "hedge": "hedge",
    "scope": "scope",
    "role": "role",
    "timing": "timing",
    "period_basis": "basis",
    "attributed_to": "speaker",
    "status": None,
    "kind": "kind",
    "reliability": "reliability",
}


def coded_columns():
    """(column, codes) of every table, read from the descriptor apart from the library."""
    package = json.loads((ROOT / "data" / "datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        for field in resource["schema"]["fields"]:
            limits = field.get("constraints", {}) | {
                k: v for k, v in field.items() if k in ("enum", "categories")
            }
            if "enum" in limits:
                yield field["name"], limits["enum"]


def test_no_column_with_codes_was_overlooked():
    assert {column for column, _ in coded_columns()} <= CODES.keys()


@pytest.mark.parametrize(("column", "codes"), list(coded_columns()))
def test_every_code_that_reaches_a_page_is_explained(column, codes):
    if CODES[column] is not None:
        assert {f"{CODES[column]}.{code}" for code in codes} <= set(TERMS)


@pytest.mark.parametrize(
    "term", [f"grade.{g}" for g in ("comparable", "with_caution", "not_comparable")]
    + [f"verdict.{v}" for v in ("consistent", "inconsistent", "not_testable")]
)  # fmt: skip
def test_grades_and_verdicts_are_explained(term):
    assert term in TERMS


@pytest.mark.parametrize("term", TERMS)
def test_a_term_has_a_name_of_each_language_and_a_definition_of_its_own(term):
    english, chinese = (entry(term, Words(language)) for language in LANGUAGES)
    assert (english.name, english.other) == (chinese.other, chinese.name)
    assert not re.search("[一-鿿]", english.name)
    assert re.search("[一-鿿]", chinese.name) or term == "grim"
    plain = [BeautifulSoup(each.meaning, "html.parser").get_text() for each in (english, chinese)]
    assert plain[0].endswith(".") and plain[1].endswith("。")
    assert 1 <= len(re.findall(r"[.:?](?: |$)", plain[0])) <= 3


def test_names_tell_terms_of_one_kind_apart():
    for language in LANGUAGES:
        named = {(term.rpartition(".")[0], entry(term, Words(language)).name) for term in TERMS}
        assert len(named) == len(TERMS)


def test_a_section_explains_each_term_once_in_the_order_of_the_glossary():
    asked = ["grade.with_caution", "hedge.at_least", "bounds", "grade.with_caution"]
    soup = BeautifulSoup(section(asked, Words("en")), "html.parser")
    assert [dt["id"] for dt in soup.find_all("dt")] == [
        "term-hedge.at_least",
        "term-bounds",
        "term-grade.with_caution",
    ]
    other = soup.select_one('[id="term-grade.with_caution"] [lang="zh"]')
    assert (soup.select_one('[id="term-grade.with_caution"] dfn').text, other.text) == (
        "with caution",
        "谨慎可比",
    )
    assert len(soup.find_all("dd")) == 3
    assert [each.text for each in soup.select('dd span[lang="zh"]')] == ["余", "多", "以上", "超过"]


def test_in_chinese_the_english_name_stands_beside_at_the_same_place():
    soups = [BeautifulSoup(section(TERMS, Words(language)), "html.parser") for language in LANGUAGES]
    english, chinese = ([each["id"] for each in soup.select("[id]")] for soup in soups)
    assert english == chinese == ["page-terms", *(f"term-{term}" for term in TERMS)]
    assert {each["lang"] for each in soups[1].select("dt span")} == {"en"}


def test_definitions_bring_no_number_that_a_page_would_have_to_account_for():
    for language in LANGUAGES:
        assert numbers_without_source(section(TERMS, Words(language))) == []


def test_a_page_without_terms_has_no_section():
    assert section([], Words("en")) == ""


def test_an_unknown_term_names_the_nearest():
    with pytest.raises(UsageError, match=r"Did you mean 'grade\.with_caution'"):
        section(["grade.with_cautions"], Words("zh"))


def test_the_whole_glossary_holds_the_dimensions_and_measures_of_the_corpus(corpus):
    english, chinese = (entries(corpus, Words(language)) for language in LANGUAGES)
    places = [
        [(group.key, [each.term for each in group.entries]) for group in side] for side in (english, chinese)
    ]
    assert places[0] == places[1]
    assert dict(places[0])["dimension"] == [f"dimension.{key}" for key in corpus.codebook.index]
    assert dict(places[0])["measure"] == [f"measure.{key}" for key in corpus.measures.index]
    handled = {each.term: each for each in english[-1].entries}["measure.disputes_handled"]
    assert (handled.name, handled.other, handled.other_language) == ("Disputes mediated", "调解纠纷数", "zh")
    assert str(handled.meaning) == "Disputes taken up or mediated; <code>counted</code> says which."
    assert "受理或调解的纠纷" in chinese[-1].entries[0].meaning


def parameters():
    """(notebook, parameter, comment), read from the notebooks apart from the library."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if "parameters" in cell.metadata.get("tags", []):
                for line in cell.source.splitlines():
                    if found := re.fullmatch(r"(\w+)(?:: [^=]+)? = .+?  # (.+)", line):
                        yield path.stem, *found.groups()


def test_every_parameter_of_the_notebooks_has_a_comment():
    assert len(list(parameters())) >= 40
    assert {notebook for notebook, _, _ in parameters()} == {
        p.stem for p in (ROOT / "notebooks").glob("*.ipynb")
    }


@pytest.mark.parametrize(("notebook", "name", "comment"), list(parameters()))
def test_a_parameters_comment_is_told_in_chinese_too(notebook, name, comment):
    keys = [key for key in (f"parameter.{name}", f"parameter_too.{name}") if key in Words("en")]
    meant = [key for key in keys if Words("en")[key] == comment]
    assert len(meant) == 1, f"{notebook}: {name} is told as {comment!r}, words/parameters.toml has {keys}"
    assert re.search("[一-鿿]", Words("zh")[meant[0]])
