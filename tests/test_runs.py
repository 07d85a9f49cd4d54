"""Runs of small notebooks with real kernels: what failed never looks as if it were done."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient

from pingan_lib import load_corpus
from pingan_lib.errors import RunError, UsageError
from pingan_lib.kernels import unfinished
from pingan_lib.manifest import ManifestError, file_hash, read_manifest
from pingan_lib.runs import page_of_saved, report, run_again, run_notebook
from pingan_lib.runs.folder import clear_leftovers, draft_folder, make_ready

ROOT = Path(__file__).parents[1]

FAILING = {
    "exits": (["a = 1", "import os; os._exit(1)", "b = 2"], "the kernel died", "os._exit(1)"),
    "exits_in_the_last_cell": (["a = 1", "import os; os._exit(0)"], "the kernel died", "os._exit(0)"),
    "is_killed": (
        ["import os, signal", "os.kill(os.getpid(), signal.SIGKILL)", "b = 2"],
        "the kernel died",
        "signal.SIGKILL",
    ),
    "raises": (["a = 1", "a / 0", "b = 2"], "ZeroDivisionError: division by zero", "a / 0"),
    "leaves_early": (["import sys; sys.exit(0)", "b = 2"], "SystemExit", "sys.exit(0)"),
    "has_no_kernel": (["a = 1"], "NoSuchKernel", "no_such_kernel"),
}


def notebook(*sources: str, kernel: str = "python3", title: str = "A title", **pingan: str):
    """A notebook with a heading and code cells; a source that declares something is the parameters cell."""
    cells = [nbformat.v4.new_markdown_cell(f"# {title}\n\nA question?", id="question")]
    for place, source in enumerate(sources):
        tags = ["parameters"] if source.startswith(("city_a", "code", "language")) else []
        cells.append(nbformat.v4.new_code_cell(source, id=f"cell-{place}", metadata={"tags": tags}))
    kernelspec = {"name": kernel, "language": "python", "display_name": "Python 3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec, "pingan": pingan})


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def outputs(path: Path) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    return [output.text for cell in cells for output in cell.get("outputs", ()) if "text" in output]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The real data in a project folder without notebooks."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("data", "seeds"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "notebooks").mkdir()
    return load_corpus(folder)


def beside(corpus, folder: Path):
    """The same corpus as a project of its own in another folder."""
    (folder / "notebooks").mkdir(parents=True)
    for name in ("data", "seeds"):
        (folder / name).symlink_to(corpus.root / name)
    return replace(corpus, root=folder)


@pytest.fixture(scope="module")
def failed(corpus, tmp_path_factory):
    """Each failing notebook after its run."""
    folder = tmp_path_factory.mktemp("failing")
    for name, (sources, _, _) in FAILING.items():
        kernel = "no_such_kernel" if name == "has_no_kernel" else "python3"
        nbformat.write(notebook(*sources, kernel=kernel, kind="report"), folder / f"{name}.ipynb")
    with ThreadPoolExecutor(2) as pool:
        runs = pool.map(
            lambda name: run_notebook(corpus, folder / f"{name}.ipynb", {}, folder / name), FAILING
        )
        return dict(zip(FAILING, runs, strict=True))


@pytest.mark.parametrize("name", FAILING)
def test_a_notebook_that_did_not_run_to_its_end_has_failed(failed, name):
    run = failed[name]
    _, what, where = FAILING[name]
    assert run.failed
    assert what in run.manifest.message
    assert where in run.manifest.message
    assert run.pages == {}
    assert run.folder.name == f"{run.manifest.run}.failed"
    described = {"manifest.json", "ro-crate-metadata.json", f"source/{name}.ipynb"}
    assert files(run.folder) == {f"{name}.failed.ipynb"} | described
    assert read_manifest(run.folder) == run.manifest


@pytest.mark.parametrize("name", FAILING)
def test_the_partial_notebook_is_kept_and_readable(failed, name):
    kept = failed[name].notebooks["en"]
    sources = [cell.source for cell in nbformat.read(kept, as_version=4).cells]
    assert FAILING[name][0][-1] in sources


def test_the_manifest_says_which_cell_failed_and_which_did_not_run(failed):
    (execution,) = failed["raises"].manifest.executions.values()
    assert [cell["status"] for cell in execution["cells"]] == ["done", "failed", "not run"]
    assert [cell["seconds"] is None for cell in execution["cells"]] == [False, False, True]
    (execution,) = failed["has_no_kernel"].manifest.executions.values()
    assert [cell["status"] for cell in execution["cells"]] == ["not run"]


def test_a_run_that_is_done_keeps_its_notebook_as_it_was_and_as_it_ran_without_places_of_this_machine(
    corpus, tmp_path
):
    source = tmp_path / "a {name} 甲" / "shown #1 乙.ipynb"
    source.parent.mkdir()
    written = notebook('code: str = ""', "print(repr(code))", "import os; print(os.getcwd())")
    written.cells[2].update(execution_count=7, outputs=[nbformat.v4.new_output("stream", text="old")])
    nbformat.write(written, source)

    run = run_notebook(corpus, source, {"code": "001"}, tmp_path / "out {name} 丙")

    assert not run.failed and run.manifest.message == "" and run.pages == {}
    assert run.folder == tmp_path / "out {name} 丙" / "runs" / f"shown #1 乙-{run.manifest.key[:8]}"
    named = {"manifest.json", "ro-crate-metadata.json"}
    assert files(run.folder) == named | {"shown #1 乙.ipynb", "source/shown #1 乙.ipynb"}
    assert outputs(run.notebooks["en"]) == ["'001'\n", f"{corpus.root}\n"]
    metadata = nbformat.read(run.notebooks["en"], as_version=4).metadata.papermill
    assert metadata["parameters"] == {"code": "001"}
    assert not {"input_path", "output_path"} & metadata.keys()
    assert str(tmp_path) not in (run.folder / "manifest.json").read_text("utf-8")
    assert run.manifest.notebook["path"] == "shown #1 乙.ipynb"
    assert [path.name for path in (tmp_path / "out {name} 丙" / "runs").iterdir()] == [run.folder.name]

    kept = nbformat.read(run.folder / "source" / "shown #1 乙.ipynb", as_version=4)
    assert [(cell.id, cell.source) for cell in kept.cells] == [
        (cell.id, cell.source) for cell in written.cells
    ]
    assert [(cell.outputs, cell.execution_count) for cell in kept.cells[1:]] == [([], None)] * 3


def test_a_failure_takes_nothing_from_a_good_run_of_the_same_inputs_and_a_good_run_ends_it(corpus, tmp_path):
    flag, out = tmp_path / "flag", tmp_path / "out"
    source = notebook(f"from pathlib import Path\nassert Path({str(flag)!r}).exists()", kind="report")
    nbformat.write(source, tmp_path / "a.ipynb")

    def run():
        return run_notebook(corpus, tmp_path / "a.ipynb", {}, out)

    flag.touch()
    good = run()
    kept = {path: path.read_bytes() for path in good.folder.rglob("*") if path.is_file()}
    flag.unlink()
    bad = run()
    assert (good.failed, bad.failed) == (False, True)
    assert good.manifest.key == bad.manifest.key
    assert bad.folder.name == f"{good.folder.name}.failed"
    assert {path: path.read_bytes() for path in good.folder.rglob("*") if path.is_file()} == kept
    assert "AssertionError" in (out / "index.html").read_text("utf-8")
    flag.touch()
    run()
    assert [path.name for path in (out / "runs").iterdir()] == [good.folder.name]
    assert "AssertionError" not in (out / "index.html").read_text("utf-8")


@pytest.mark.parametrize("made", ["file", "file/out", "folder/runs"])
def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(corpus, tmp_path, made):
    path = tmp_path / "a.ipynb"
    nbformat.write(notebook(f"open({str(tmp_path / 'ran')!r}, 'w').close()"), path)
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "runs").write_text("")
    out = tmp_path / ("folder" if made == "folder/runs" else made)
    with pytest.raises(UsageError, match=r"Cannot write in .*--out"):
        run_notebook(corpus, path, {}, out)
    assert not (tmp_path / "ran").exists()


def test_a_cell_counts_as_run_only_with_a_number_and_without_an_error():
    done = notebook("a = 1", "  ")
    done.cells[1].execution_count = 1
    assert unfinished(done) == ""
    skipped = notebook("a = 1", "b = 2")
    skipped.cells[1].execution_count = 1
    assert "did not run" in unfinished(skipped)
    assert "b = 2" in unfinished(skipped)
    wrong = notebook("a = 1")
    wrong.cells[1].execution_count = 1
    wrong.cells[1].outputs = [nbformat.v4.new_output("error", ename="KeyError", evalue="'x'", traceback=[])]
    assert unfinished(wrong).startswith("KeyError: 'x'")


def test_a_hidden_folder_of_a_process_that_was_killed_is_cleared_and_that_of_a_living_one_stays(tmp_path):
    make_ready(tmp_path)
    runs = tmp_path / "runs"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with draft_folder(tmp_path) as draft:
        (draft / "page.html").write_text("half")
        mine = draft.parent
        machine = mine.name.split("-")[1]
        killed = runs / f".run-{machine}-{ended.pid}-x"
        elsewhere, old = runs / f".run-00000000-{ended.pid}-x", runs / ".run-00000000-1-y"
        for folder in (killed, elsewhere, old):
            (folder / "run").mkdir(parents=True)
        for path in (old / "run", old):
            os.utime(path, (0, 0))
        clear_leftovers(runs)
        assert {path.name for path in runs.iterdir()} == {mine.name, elsewhere.name}
    assert not mine.exists()


@pytest.fixture(scope="module")
def reported(corpus, tmp_path_factory):
    """The reports of a project in which one notebook fails."""
    folder = tmp_path_factory.mktemp("reported")
    project = beside(corpus, folder / "project")
    show = 'language: str = "en"\ncity_a: str = ""', "print(language, city_a)"
    written = {
        "00_tour": notebook("language = 'en'", "print(language)", title="Tour", kind="tour"),
        "01_good": notebook(*show, title="Good", kind="report"),
        "02_bad": notebook(*show, "1 / (language == 'en')", title="Bad", kind="report"),
        "03_once": notebook("print('once')", title="Once", kind="report"),
        "08_tutorial": notebook("1 / 0", title="Tutorial", kind="tutorial"),
        "draft": notebook("1 / 0", title="Other"),
    }
    for name, each in written.items():
        nbformat.write(each, project.root / "notebooks" / f"{name}.ipynb")
    lines: list[str] = []
    runs = report(project, {"city_a": "anshun"}, folder / "out", progress=lines.append)
    return folder / "out", runs, lines


def test_the_other_notebooks_run_and_get_their_pages(reported):
    out, runs, lines = reported
    assert [(run.manifest.notebook["name"], run.manifest.status) for run in runs] == [
        ("00_tour.ipynb", "done"),
        ("01_good.ipynb", "done"),
        ("02_bad.ipynb", "failed"),
        ("03_once.ipynb", "done"),
    ]
    described = {"manifest.json", "ro-crate-metadata.json"}
    found = [files(run.folder) - described for run in runs]
    assert found[1] == {
        "01_good.html",
        "01_good.zh.html",
        "01_good.ipynb",
        "01_good.zh.ipynb",
        "source/01_good.ipynb",
    }
    assert found[2] == {"02_bad.html", "02_bad.ipynb", "02_bad.zh.failed.ipynb", "source/02_bad.ipynb"}
    assert found[3] == {"03_once.html", "03_once.ipynb", "source/03_once.ipynb"}
    top = {"index.html", "index.zh.html", "glossary.html", "glossary.zh.html", "report.json", "runs.csv"}
    assert {name for name in files(out) if "/" not in name} == top
    assert len(lines) == 4  # one for each run, which says how each language ended
    assert runs[2].manifest.message.startswith("zh: ZeroDivisionError: division by zero")


def test_each_language_gets_its_parameters(reported):
    _, (tour, good, _, _), _ = reported
    assert outputs(good.notebooks["en"]) == ["en anshun\n"]
    assert outputs(good.notebooks["zh"]) == ["zh anshun\n"]
    assert outputs(tour.notebooks["zh"]) == ["zh\n"]
    assert good.manifest.parameters == {"city_a": "anshun"}
    assert (good.manifest.given, tour.manifest.given) == (["city_a"], [])


def test_the_manifest_knows_its_pages_by_their_bytes(reported):
    for run in reported[1]:
        for language, page in run.pages.items():
            execution = run.manifest.executions[language]
            assert execution["page_sha256"] == file_hash(page)
            assert execution["page_bytes"] == page.stat().st_size
            assert execution["question"] == "A question?"


def links(page: Path) -> set[str]:
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    found = {str(link["href"]) for link in soup.find_all("a", href=True)}
    return {unquote(link).partition("#")[0] for link in found if not link.startswith("#")}


def test_the_pages_lead_to_each_other_and_to_files_that_exist(reported):
    out, (_, good, _, _), _ = reported
    pages = [*out.glob("*.html"), *out.glob("runs/*/*.html")]
    assert len(pages) == 4 + 2 + 2 + 1 + 1
    for page in pages:
        for link in links(page):
            assert (page.parent / link).is_file(), f"{page}: {link}"
    assert {"01_good.zh.html", "../../index.html"} <= links(good.pages["en"])
    assert {"01_good.html", "../../index.zh.html"} <= links(good.pages["zh"])


def test_the_index_names_what_failed_and_links_its_partial_notebook(reported):
    out, (_, good, bad, _), _ = reported
    index = BeautifulSoup((out / "index.html").read_text("utf-8"), "html.parser")
    titles = [heading.get_text() for heading in index.select("ol.reports h3")]
    assert titles == ["Tour", "Good", "Bad", "Once"]
    assert "ZeroDivisionError" in index.select_one("ol.reports").get_text()
    assert f"runs/{bad.folder.name}/02_bad.zh.failed.ipynb" in links(out / "index.html")
    assert f"runs/{good.folder.name}/01_good.html" in links(out / "index.html")
    assert "Tutorial" not in index.get_text() and "Other" not in index.get_text()


@pytest.mark.parametrize(
    ("given", "languages", "message"),
    [
        ({"city_c": "kaili"}, ["en"], r"no parameter 'city_c'"),
        ({"city_a": "kali"}, ["en"], r"no city 'kali'.*mean 'kaili'"),
        ({"city_a": "kaili", "city_b": "kaili"}, ["en"], r"'kaili'.*twice"),
        ({"top": "many"}, ["en"], r"top is declared as int"),
        ({"language": "zh"}, ["en"], r"--language"),
        ({}, ["fr"], r"no language 'fr'"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_runs(corpus, tmp_path, given, languages, message):
    (tmp_path / "notebooks").mkdir()
    cell = 'city_a: str = ""\ncity_b: str = ""\nlanguage: str = "en"\ntop: int = 3'
    nbformat.write(notebook(cell, kind="report"), tmp_path / "notebooks" / "01_a.ipynb")
    with pytest.raises(UsageError, match=message):
        report(replace(corpus, root=tmp_path), given, tmp_path / "out", languages=languages)
    assert not (tmp_path / "out").exists()


def test_a_date_that_is_none_is_refused_before_anything_runs(corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    nbformat.write(notebook("a = 1"), tmp_path / "a.ipynb")
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        run_notebook(corpus, tmp_path / "a.ipynb", {}, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_project_without_reports_is_refused(corpus, tmp_path):
    with pytest.raises(UsageError, match="No notebook in"):
        report(corpus, {}, tmp_path / "out")


def test_a_page_that_would_fetch_something_is_a_failure(corpus, tmp_path):
    fetching = notebook(
        "from IPython.display import HTML\nHTML('<script src=\"https://example.org/a.js\"></script>')",
        kind="report",
    )
    nbformat.write(fetching, tmp_path / "fetching.ipynb")
    run = run_notebook(corpus, tmp_path / "fetching.ipynb", {}, tmp_path / "out")
    assert run.failed and run.pages == {}
    assert "page could not be made" in run.manifest.message
    assert run.notebooks["en"].name == "fetching.ipynb"


CELL = 'city_a: str = ""  # the first city\nlanguage: str = "en"\nlevel: float = 0.95\nwords: list[str] = []'
SHOWN = """\
from IPython.display import HTML
HTML(f'<p class="said">{city_a} at <data data-source="parameter:level" value="{level}">{level}</data>: {words}</p>')"""
GIVEN = {"city_a": "anshun", "language": "zh", "level": 0.9, "words": ["群众", "it's"]}


@pytest.fixture(scope="module")
def small(corpus, tmp_path_factory):
    """A project with a small report, and a run of it."""
    project = beside(corpus, tmp_path_factory.mktemp("small") / "project")
    source = notebook(CELL, SHOWN, kind="report")
    source.cells.insert(
        2, nbformat.v4.new_markdown_cell("## The finding", id="finding-zh", metadata={"tags": ["zh"]})
    )
    nbformat.write(source, project.root / "notebooks" / "01_small.ipynb")
    run = run_notebook(
        project, project.root / "notebooks" / "01_small.ipynb", GIVEN, project.root / "reports"
    )
    assert not run.failed, run.manifest.message
    return project, run


def changed(project, folder: Path, cell: str) -> Path:
    """The small report as JupyterLab saves it after its parameters cell was changed and all cells were run."""
    path = project.root / "notebooks" / "01_small.ipynb"
    opened = nbformat.read(path, as_version=4)
    opened.cells[1].source = cell
    NotebookClient(opened, resources={"metadata": {"path": str(project.root)}}).execute()
    folder.mkdir(exist_ok=True)
    nbformat.write(opened, folder / path.name)
    return folder / path.name


def test_a_saved_notebook_makes_the_page_of_the_command_byte_for_byte(small, tmp_path):
    project, run = small
    cell = (
        "city_a: str = 'anshun'  # the first city\n"
        "language: str = 'zh'\nlevel: float = .90\nwords: list[str] = ['群众',\n   \"it's\"]"
    )
    saved = changed(project, tmp_path / "lab", cell)
    made = page_of_saved(project, saved, tmp_path / "out")
    assert made.manifest.key == run.manifest.key
    assert made.folder.name == run.folder.name
    assert made.pages["zh"].read_bytes() == run.pages["zh"].read_bytes()
    assert made.manifest.given == run.manifest.given == ["city_a", "level", "words"]
    assert made.manifest.executions["zh"]["findings"] == ["anshun at 0.9: ['群众', \"it's\"]"]
    named = {"01_small.html", "01_small.ipynb", "source/01_small.ipynb", "manifest.json"}
    assert files(made.folder) == named | {"ro-crate-metadata.json"}
    assert (tmp_path / "out" / "index.html").is_file()

    # What papermill alone made of the same notebook is the same run, too.
    by_papermill = tmp_path / "alone" / "01_small.ipynb"
    by_papermill.parent.mkdir()
    shutil.copy(run.notebooks["zh"], by_papermill)
    assert page_of_saved(project, by_papermill, tmp_path / "third").manifest.key == run.manifest.key


def edited(path: Path, folder: Path, **counts: int | None) -> Path:
    """A copy of an executed notebook with other execution counts."""
    found = nbformat.read(path, as_version=4)
    for cell in found.cells:
        if cell.id.replace("-", "_") in counts:
            cell.execution_count = counts[cell.id.replace("-", "_")]
    nbformat.write(found, folder / path.name)
    return folder / path.name


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"cell_1": None}, "was not run to its end: a cell did not run"),
        ({"cell_1": 1}, r"not run from top to bottom: In \[2\] is followed by In \[1\] \(cell 'cell-1'\)"),
        ({"cell_1": 5}, r"not run from top to bottom: In \[2\] is followed by In \[5\]"),
    ],
)
def test_a_saved_notebook_that_was_not_run_from_top_to_bottom_is_refused(small, tmp_path, counts, message):
    project, run = small
    with pytest.raises(RunError, match=message):
        page_of_saved(project, edited(run.notebooks["zh"], tmp_path, **counts), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_saved_notebook_that_is_no_report_or_older_than_the_data_is_refused(small, tmp_path):
    project, run = small
    plain = nbformat.read(run.notebooks["zh"], as_version=4)
    del plain.metadata["pingan"]
    nbformat.write(plain, tmp_path / "plain.ipynb")
    with pytest.raises(RunError, match="makes no page"):
        page_of_saved(project, tmp_path / "plain.ipynb", tmp_path / "out")
    old = Path(shutil.copy(run.notebooks["zh"], tmp_path / "old.ipynb"))
    os.utime(old, (0, 0))
    with pytest.raises(RunError, match=r"data/figures.csv.*changed after old.ipynb was saved"):
        page_of_saved(project, old, tmp_path / "out")


def test_a_run_is_made_again_and_its_page_is_the_same_byte_for_byte(small, tmp_path):
    project, run = small
    again = run_again(project, run.folder.name, tmp_path / "again")
    assert (again.before, again.same, again.different) == (run.folder, ("zh",), ())
    assert again.run.folder.name == run.folder.name
    assert again.run.pages["zh"].read_bytes() == run.pages["zh"].read_bytes()
    for name in ("parameters", "given", "notebook", "data", "library", "lock", "versions"):
        assert getattr(again.run.manifest, name) == getattr(run.manifest, name)


def other(folder: Path, run, **changes: object) -> Path:
    """A copy of a run's folder whose manifest says something else."""
    shutil.copytree(run.folder, folder)
    found = json.loads((folder / "manifest.json").read_text("utf-8"))
    for name, value in changes.items():
        found[name] = found[name] | value if isinstance(value, dict) else value
    (folder / "manifest.json").write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    return folder


def test_what_is_no_longer_as_it_was_is_listed_and_the_run_refused(small, tmp_path):
    project, run = small
    files = run.manifest.data["files"]
    was = {name: value for name, value in files.items() if name != "data/figures.csv"}
    folder = other(
        tmp_path / "other",
        run,
        data={"files": was | {"data/places.csv": "0" * 64, "seeds/gone.txt": "1" * 64}},
        library={"version": "0.0.9"},
        lock=None,
        versions={"pandas": "2.9.9", "gone": "1.0"},
    )
    with pytest.raises(RunError) as caught:
        run_again(project, folder / "manifest.json", tmp_path / "out")
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{run.manifest.run} cannot be made again as it was:"
    assert lines[-1] == "--anyway runs it with what there is now."
    assert [line.strip() for line in lines[1:-1]] == [
        "data/figures.csv is new.",
        "data/places.csv has changed.",
        "seeds/gone.txt is missing.",
        f"pingan_lib was 0.0.9 and is {run.manifest.library['version']}.",
        "requirements.lock is new.",
        "gone was 1.0 and is not there.",
        f"pandas was 2.9.9 and is {run.manifest.versions['pandas']}.",
    ]
    assert not (tmp_path / "out").exists()


def test_anyway_runs_it_with_the_copy_of_a_notebook_that_has_changed_since(small, tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    project, run = small
    newer = beside(project, tmp_path / "newer")
    folder = other(tmp_path / "other", run, library={"sha256": "0" * 64})
    before = run.manifest.executions["zh"]
    pages = {"zh": before | {"page_sha256": "0" * 64}}
    other(tmp_path / "changed", run, library={"sha256": "0" * 64}, executions=pages, source_date_epoch=86400)
    nbformat.write(notebook(CELL, "1 / 0", kind="report"), newer.root / "notebooks" / "01_small.ipynb")
    said: list[str] = []
    again = run_again(newer, tmp_path / "changed", tmp_path / "out", anyway=True, say=said.append)
    assert "notebooks/01_small.ipynb is not what it was" in said[0]
    assert re.fullmatch(r"pingan_lib \S+ is not the same code.", said[1])
    assert (again.same, again.different) == ((), ("zh",))
    assert again.run.manifest.notebook == run.manifest.notebook
    assert again.run.manifest.source_date_epoch == 86400 and "SOURCE_DATE_EPOCH" not in os.environ
    page = BeautifulSoup(again.run.pages["zh"].read_text("utf-8"), "html.parser")
    assert page.select_one("section.made time").get_text() == "1970-01-02"
    assert again.run.manifest.key != run.manifest.key

    (folder / "source" / "01_small.ipynb").unlink()
    with pytest.raises(RunError, match=r"notebooks/01_small.ipynb has changed, and no copy"):
        run_again(newer, folder, tmp_path / "out")
    (newer.root / "notebooks" / "01_small.ipynb").unlink()
    with pytest.raises(RunError, match=r"The notebook of 01_small-.* is no longer there"):
        run_again(newer, folder, tmp_path / "out", anyway=True)
    with pytest.raises(ManifestError, match="neither a manifest, nor the folder of a run"):
        run_again(newer, "nothing", tmp_path / "out")
