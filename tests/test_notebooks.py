"""What a notebook declares, and what is refused before anything runs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from pingan_lib.errors import RunError, UsageError
from pingan_lib.notebooks import (
    Parameter,
    find_notebooks,
    notebook_kind,
    notebook_parameters,
    parse_parameters,
    resolve_notebook,
)

PROJECT_NOTEBOOKS = find_notebooks(Path(__file__).parents[1] / "notebooks")

CELL = """\
# Which cities to compare.
city_a: str = ""  # the first city
city_b: str = ""
language: str = "en"  # en or zh
level: float = 0.95  # confidence, where a = b would hold
top = 20
measures: list[str] = ["cases_solved", "households"]  # which measures
shown: "bool" = True
"""


def write(path: Path, *cells: nbformat.NotebookNode, **metadata: object) -> Path:
    notebook = nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def declared(tmp_path):
    parameters = nbformat.v4.new_code_cell(CELL, metadata={"tags": ["parameters"]})
    return notebook_parameters(write(tmp_path / "03_outcomes.ipynb", parameters))


def test_parameters_come_with_type_default_and_help(declared):
    assert declared == [
        Parameter("city_a", "str", "", "the first city"),
        Parameter("city_b", "str", "", ""),
        Parameter("language", "str", "en", "en or zh"),
        Parameter("level", "float", 0.95, "confidence, where a = b would hold"),
        Parameter("top", "int", 20, ""),
        Parameter("measures", "list[str]", ["cases_solved", "households"], "which measures"),
        Parameter("shown", "bool", True, ""),
    ]


@pytest.mark.parametrize("path", PROJECT_NOTEBOOKS, ids=lambda path: path.stem)
def test_papermill_sees_the_same_parameters_in_our_notebooks(path):
    from papermill import inspect_notebook

    theirs = {
        name: (each["inferred_type_name"], each["help"]) for name, each in inspect_notebook(str(path)).items()
    }
    assert {each.name: (each.type, each.help) for each in notebook_parameters(path)} == theirs


def test_a_notebook_without_parameters_declares_none(tmp_path):
    assert notebook_parameters(write(tmp_path / "a.ipynb", nbformat.v4.new_code_cell("x = 1"))) == []


def test_words_become_values_of_the_declared_types(declared):
    given = {"level": "0.9", "top": "-5", "measures": '["households"]', "shown": "no", "city_a": "anshun"}
    assert parse_parameters(given, declared, ["kaili", "anshun"]) == {
        "level": 0.9,
        "top": -5,
        "measures": ["households"],
        "shown": False,
        "city_a": "anshun",
    }


def test_text_is_left_as_it_is_written():
    codes = [Parameter(name, "str", "", "") for name in ("a", "b", "c", "d")]
    given = {"a": "001", "b": "true", "c": "1e3", "d": "[1]"}
    assert parse_parameters(given, codes) == given


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("top", "many"),
        ("top", "2.5"),
        ("level", "95%"),
        ("shown", "maybe"),
        ("measures", "households"),
        ("measures", '{"a": 1}'),
        ("measures", "[1, 2]"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_an_example(declared, name, text):
    with pytest.raises(UsageError, match=f"{name} is declared as .* write"):
        parse_parameters({name: text}, declared)


def test_an_unknown_parameter_is_refused_with_the_nearest_name(declared):
    with pytest.raises(
        UsageError, match=r"no parameter 'city_c'.*mean 'city_[ab]'.*city_a, city_b, language"
    ):
        parse_parameters({"city_c": "kaili"}, declared, ["kaili", "anshun"])


def test_an_unknown_city_is_refused_with_the_nearest_one(declared):
    with pytest.raises(UsageError, match=r"city_b: There is no city 'anshan'.*mean 'anshun'.*kaili, anshun"):
        parse_parameters({"city_b": "anshan"}, declared, ["kaili", "anshun"])


def test_the_same_city_twice_is_refused(declared):
    with pytest.raises(UsageError, match=r"both 'kaili'.*two cities"):
        parse_parameters({"city_a": "kaili", "city_b": "kaili"}, declared, ["kaili", "anshun"])


def test_two_empty_cities_leave_the_choice_to_the_notebook(declared):
    assert parse_parameters({"city_a": "", "city_b": ""}, declared, ["kaili"]) == {"city_a": "", "city_b": ""}


def test_a_language_that_no_words_exist_for_is_refused(declared):
    with pytest.raises(UsageError, match="no language 'fr'"):
        parse_parameters({"language": "fr"}, declared)


def test_notebooks_are_found_by_number_name_and_path(tmp_path):
    folder = tmp_path / "notebooks"
    (folder / ".ipynb_checkpoints").mkdir(parents=True)
    third = write(folder / "03_outcomes.ipynb")
    first = write(folder / "01_sources.ipynb")
    write(folder / ".03_outcomes.ipynb")
    elsewhere = write(tmp_path / "mine.ipynb")
    assert find_notebooks(folder) == [first, third]
    for name in ("03", "03_outcomes", "03_outcomes.ipynb", str(third), third):
        assert resolve_notebook(name, folder) == third
    assert resolve_notebook(elsewhere, folder) == elsewhere


def test_an_unknown_notebook_is_refused_with_the_nearest_one(tmp_path):
    write(tmp_path / "03_outcomes.ipynb")
    with pytest.raises(UsageError, match=r"no notebook '03_outcome'.*mean '03_outcomes'"):
        resolve_notebook("03_outcome", tmp_path)


def test_a_number_that_two_notebooks_bear_is_refused(tmp_path):
    write(tmp_path / "03_a.ipynb")
    write(tmp_path / "03_b.ipynb")
    with pytest.raises(UsageError, match="03_a, 03_b"):
        resolve_notebook("03", tmp_path)


def test_the_kind_is_what_the_metadata_say(tmp_path):
    assert notebook_kind(write(tmp_path / "a.ipynb", pingan={"kind": "report"})) == "report"
    assert notebook_kind(write(tmp_path / "b.ipynb")) == ""


@pytest.mark.parametrize("text", ["not json", "[]", "{}", '{"nbformat": 3, "metadata": {}, "cells": []}'])
def test_a_file_that_is_no_notebook_is_named(tmp_path, text):
    path = tmp_path / "broken.ipynb"
    path.write_text(text, "utf-8")
    with pytest.raises(RunError, match=r"broken\.ipynb is not a notebook"):
        notebook_parameters(path)


def test_a_parameters_cell_that_is_not_python_is_named(tmp_path):
    cell = nbformat.v4.new_code_cell("city_a: str =", metadata={"tags": ["parameters"]})
    with pytest.raises(RunError, match=r"a\.ipynb: the parameters cell is not Python"):
        notebook_parameters(write(tmp_path / "a.ipynb", cell))
