"""The manifest of a run: hashes that can be computed another way, and files that are refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import asdict, replace
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingan_lib import load_corpus
from pingan_lib.manifest import (
    Manifest,
    ManifestError,
    cities_compared,
    data_hashes,
    data_used,
    files_hash,
    library_hashes,
    lock_used,
    notebook_hash,
    read_manifest,
    replace_values,
    run_key,
    values_in_effect,
    versions,
    write_manifest,
)
from pingan_lib.notebooks import Parameter, notebook_parameters

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "03_outcomes.ipynb"
KEY = {
    "notebook": "n" * 64,
    "parameters": {"city_a": "", "confidence": 0.95},
    "languages": ("en", "zh"),
    "data": "d" * 64,
    "library": "l" * 64,
}


def sample() -> Manifest:
    """A manifest of a run in two languages, of which one failed."""
    execution = {
        "status": "done",
        "message": "",
        "started": "2026-11-22T07:00:00Z",
        "ended": "2026-11-22T07:00:12Z",
        "seconds": 12.3,
        "notebook": "01_a.ipynb",
        "page": "01_a.html",
        "page_sha256": "a" * 64,
        "page_bytes": 80000,
        "title": "A title",
        "question": "A question?",
        "findings": ["Kaili: 3 of 5."],
        "tallies": {"grade": {"comparable": 0, "with_caution": 0, "not_comparable": 17}},
        "cells": [{"id": "setup", "status": "done", "seconds": 1.2}],
    }
    failed = execution | {
        "status": "failed",
        "message": "KeyError: '群众'",
        "page": None,
        "page_sha256": None,
    }
    return Manifest(
        format="pingan-run/1",
        run="01_a-1a2b3c4d",
        key="1a2b3c4d" * 8,
        status="failed",
        message="zh: KeyError: '群众'",
        notebook={"name": "01_a.ipynb", "path": "notebooks/01_a.ipynb", "kind": "report", "sha256": "n" * 64},
        parameters={"city_a": "", "confidence": 0.95, "words": ["群众"]},
        given=["words"],
        cities=[{"id": "kaili", "en": "Kaili", "zh": "凯里市"}],
        data={
            "name": "pingan",
            "version": "0.1.0",
            "sha256": "d" * 64,
            "files": {"data/figures.csv": "f" * 64},
            "articles": [],
        },
        library={"name": "pingan_lib", "version": "0.1.0", "sha256": "l" * 64},
        lock=None,
        versions={"python": "3.11.2"},
        system="Linux x86_64",
        source_date_epoch=None,
        started="2026-11-22T07:00:00Z",
        ended="2026-11-22T07:00:12Z",
        seconds=12.3,
        executions={"en": execution, "zh": failed | {"page_bytes": None, "cells": []}},
    )


def test_a_manifest_is_read_as_it_was_written(tmp_path):
    manifest = sample()
    path = write_manifest(manifest, tmp_path)
    assert read_manifest(path) == read_manifest(tmp_path) == manifest
    text = path.read_text("utf-8")
    assert text == json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n"
    assert text.index('"format"') < text.index('"key"') < text.index('"executions"') and "群众" in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "manifest.json is missing: .* is not the whole folder of a run"),
        ("", "is damaged: it is not JSON"),
        ('{"format": "pingan-run/1", "run"', "is damaged: it is not JSON"),
        ("[]", "is not the manifest of a run: its format is ''"),
        ('{"name": "pingan", "format": "csv"}', "is not the manifest of a run: its format is 'csv'"),
        ('{"format": "pingan-run/2"}', "has the format 'pingan-run/2'; this version reads .* newer version"),
        ('{"format": "pingan-run/1"}', "is damaged: it has no 'run'"),
    ],
)
def test_what_is_no_whole_manifest_is_refused_with_its_place_and_what_to_do(tmp_path, content, message):
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ManifestError, match=message) as caught:
        read_manifest(tmp_path)
    assert str(tmp_path / "manifest.json") in str(caught.value)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key": None}, "'key' is None"),
        ({"status": "running"}, "'status' is 'running'"),
        ({"seconds": "12"}, "'seconds' is '12'"),
        ({"seconds": True}, "'seconds' is True"),
        ({"given": "words"}, "'given' is 'words'"),
        ({"given": [1]}, r"'given\[0\]' is 1"),
        ({"notebook": {"name": "01_a.ipynb"}}, "it has no 'notebook.path'"),
        ({"executions": {"en": {}}}, "it has no 'executions.en.status'"),
        ({"data": []}, "data is no object"),
        ({"lock": "requirements.lock"}, "lock is no object"),
    ],
)
def test_a_damaged_manifest_is_refused_by_the_field_that_is_wrong(tmp_path, change, message):
    write_manifest(sample(), tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(ManifestError, match=f"is damaged: {message}"):
        read_manifest(path)


def test_what_a_later_version_adds_is_left_aside(tmp_path):
    path = write_manifest(sample(), tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"cost": 1}), "utf-8")
    assert read_manifest(path) == sample()


def test_the_key_is_the_hash_of_its_inputs_as_json():
    text = (
        f'{{"data":"{"d" * 64}","languages":["en","zh"],"library":"{"l" * 64}","notebook":"{"n" * 64}",'
        '"parameters":{"city_a":"","confidence":0.95}}'
    )
    assert run_key(**KEY) == hashlib.sha256(text.encode()).hexdigest()
    dated = text.removesuffix("}") + ',"source_date_epoch":86400}'
    assert run_key(**KEY, source_date_epoch=86400) == hashlib.sha256(dated.encode()).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        {"notebook": "m" * 64},
        {"parameters": {"city_a": "kaili", "confidence": 0.95}},
        {"parameters": {"city_a": "", "confidence": 1}},
        {"languages": ("zh", "en")},
        {"languages": ("en",)},
        {"data": "e" * 64},
        {"library": "m" * 64},
        {"source_date_epoch": 0},
    ],
)
def test_every_other_input_gives_another_key(other):
    assert run_key(**KEY | other) != run_key(**KEY)


def test_the_order_of_the_parameters_does_not_change_the_key():
    assert run_key(**KEY | {"parameters": {"confidence": 0.95, "city_a": ""}}) == run_key(**KEY)


def test_the_hash_of_a_notebook_is_that_of_what_a_person_wrote():
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    written = []
    for cell in cells:
        source = "".join(cell["source"])
        tags = cell["metadata"].get("tags", [])
        if tags == ["parameters"]:
            for value in ('""', '"en"', "0.95", "0.8", '"nearest"', '"next_digit"', "False"):
                source = source.replace(f" = {value}", " = …")
        written.append([cell["id"], cell["cell_type"], tags, source])
    text = json.dumps(written, ensure_ascii=False, separators=(",", ":"))
    assert notebook_hash(json.loads(NOTEBOOK.read_text("utf-8"))) == hashlib.sha256(text.encode()).hexdigest()


def test_outputs_values_and_what_papermill_adds_leave_the_hash_of_a_notebook():
    plain = nbformat.read(NOTEBOOK, as_version=4)
    known = notebook_hash(plain)
    ran = nbformat.read(NOTEBOOK, as_version=4)
    ran.metadata["papermill"] = {"parameters": {"city_a": "anshun"}}
    for count, cell in enumerate(cell for cell in ran.cells if cell.cell_type == "code"):
        cell.execution_count, cell.metadata["execution"] = count, {"iopub.execute_input": "2026"}
        cell.outputs = [nbformat.v4.new_output("stream", text="told")]
        if "parameters" in cell.metadata.get("tags", ()):
            cell.source = cell.source.replace('city_a: str = ""', "city_a: str = 'anshun'")
    injected = nbformat.v4.new_code_cell('city_a = "anshun"', metadata={"tags": ["injected-parameters"]})
    ran.cells.insert(3, injected)
    assert ran != plain
    assert notebook_hash(ran) == known


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: cells[-1].update(source=cells[-1].source + "\n"),
        lambda cells: cells[-1].update(id="other"),
        lambda cells: cells[0].metadata.update(tags=["zh"]),
        lambda cells: cells.pop(),
        lambda cells: cells[2].update(source=cells[2].source.replace("confidence", "certainty")),
        lambda cells: cells[2].update(source=cells[2].source + "\nmore = 1"),
    ],
)
def test_whatever_else_is_changed_gives_another_hash(change):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert notebook.cells[2].metadata.tags == ["parameters"]
    before = notebook_hash(notebook)
    change(notebook.cells)
    assert notebook_hash(notebook) != before


def test_values_are_replaced_where_they_stand_and_nothing_else():
    source = (
        "# 参数\na: str = '甲'  # 甲 = 1\nb = [1,\n     2]  # two\nprint(a)\nc: int\nd: float = -1; e = (5)\n"
    )
    seen = []

    def write(name: str, text: str, kind: str) -> str | None:
        seen.append((name, text, kind))
        return None if name == "d" else f"<{name}>"

    assert replace_values(source, write) == (
        "# 参数\na: str = <a>  # 甲 = 1\nb = <b>  # two\nprint(a)\nc: int\nd: float = -1; e = (<e>)\n"
    )
    assert sorted(seen) == [
        ("a", "'甲'", "str"),
        ("b", "[1,\n     2]", ""),
        ("d", "-1", "float"),
        ("e", "5", ""),
    ]
    assert replace_values("no python at all", write) == "no python at all"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\f\x00"), max_size=8), max_size=4))
def test_values_go_in_and_come_out(texts):
    source = "".join(f"name_{place} = 'a'  # 注 {place}\n" for place in range(len(texts)))
    values = {f"name_{place}": text for place, text in enumerate(texts)}
    written = replace_values(source, lambda name, text, kind: repr(values[name]))
    namespace: dict[str, str] = {}
    exec(written, namespace)
    assert {name: namespace[name] for name in values} == values
    assert replace_values(written, lambda name, text, kind: "'a'") == source


def test_values_in_effect_are_those_given_or_the_notebooks_own():
    declared = [
        Parameter("city_a", "str", "", ""),
        Parameter("language", "str", "en", ""),
        Parameter("level", "float", 90, ""),
        Parameter("top", "int", 3, ""),
        Parameter("pair", "tuple", (1, 2), ""),
    ]
    values = values_in_effect(declared, {"city_a": "kaili", "language": "zh"})
    assert values == {"city_a": "kaili", "level": 90.0, "top": 3, "pair": "(1, 2)"}
    assert [type(value) for value in values.values()] == [str, float, int, str]


def test_the_data_are_hashed_as_sha256sum_does_it(corpus):
    found = data_hashes(corpus)
    assert {"data/datapackage.json", "data/figures.csv", "seeds/000_ab4b0d9ec3148226.txt"} <= found.keys()
    assert "data/README.md" not in found
    assert [found[path] for path in corpus.articles["path"]] == list(corpus.articles["sha256"])
    if shutil.which("sha256sum"):
        listed = subprocess.run(["sha256sum", *found], cwd=ROOT, capture_output=True, check=True).stdout
        assert files_hash(found) == hashlib.sha256(listed).hexdigest()
    assert data_used(corpus)["sha256"] == files_hash(found)


def test_another_byte_of_the_data_is_another_hash(project):
    before = data_hashes(load_corpus(project))
    path = project / "data" / "measures.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    after = data_hashes(load_corpus(project))
    assert {name for name in after if after[name] != before[name]} == {"data/measures.csv"}


def test_the_hash_of_the_library_is_over_its_own_files_and_no_caches():
    found = library_hashes()
    assert {
        "__init__.py",
        "manifest/record.py",
        "templates/report/report.css",
        "words/codes.toml",
    } <= found.keys()
    assert not [name for name in found if "__pycache__" in name or name.startswith("example")]
    source = (ROOT / "pingan_lib" / "__init__.py").read_bytes()
    assert found["__init__.py"] == hashlib.sha256(source).hexdigest()


def test_the_lock_is_the_projects_own_or_that_of_the_checkout(tmp_path):
    shipped = hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()
    assert lock_used(tmp_path) == {"path": "requirements.lock", "sha256": shipped}
    (tmp_path / "requirements.lock").write_bytes(b"pandas==3.0.0\n")
    assert lock_used(tmp_path)["sha256"] == hashlib.sha256(b"pandas==3.0.0\n").hexdigest()


def test_versions_are_those_of_what_the_package_needs():
    found = versions()
    assert next(iter(found)) == "python"
    assert {"pandas", "papermill", "jupyter-client"} <= found.keys()
    assert "pytest" not in found


def test_the_cities_compared_are_those_of_the_pair_or_all(corpus):
    def ids(parameters: dict[str, object]) -> list[str]:
        return [city["id"] for city in cities_compared(corpus, parameters)]

    assert ids({"city_a": "", "city_b": ""}) == ["kaili", "anshun"]
    assert ids({"city_a": "anshun", "city_b": ""}) == ["anshun", "kaili"]
    assert ids({"cities": ["anshun"]}) == ["anshun"]
    assert ids({"cities": []}) == ids({}) == list(corpus.cities.index)
    alone = replace(corpus, articles=corpus.articles[corpus.articles["place_id"] == "kaili"])
    assert [city["id"] for city in cities_compared(alone, {"city_a": "", "city_b": ""})] == ["kaili"]


def test_every_shipped_notebook_has_a_key_of_its_own():
    hashes = {
        notebook_hash(json.loads(path.read_text("utf-8"))) for path in (ROOT / "notebooks").glob("*.ipynb")
    }
    assert len(hashes) == 9
    assert values_in_effect(notebook_parameters(NOTEBOOK), {}) == {
        "city_a": "",
        "city_b": "",
        "confidence": 0.95,
        "power": 0.8,
        "rounding": "nearest",
        "surplus": "next_digit",
        "anyway": False,
    }
