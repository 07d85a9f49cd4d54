"""Runs of small notebooks with real kernels: what failed never looks as if it were done."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from pingan_lib import load_corpus
from pingan_lib.errors import UsageError
from pingan_lib.kernels import unfinished
from pingan_lib.runs import report, run_notebook

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
    cells = [nbformat.v4.new_markdown_cell(f"# {title}\n\nA question?")]
    for source in sources:
        tags = ["parameters"] if source.startswith(("city_a", "code", "language")) else []
        cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}))
    kernelspec = {"name": kernel, "language": "python", "display_name": "Python 3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec, "pingan": pingan})


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def outputs(path: Path) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    return [output.text for cell in cells for output in cell.get("outputs", ()) if "text" in output]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project folder with the real data and no notebooks yet."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("data", "seeds"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "notebooks").mkdir()
    return folder


@pytest.fixture(scope="module")
def corpus(project):
    return load_corpus(project)


@pytest.fixture(scope="module")
def failed(tmp_path_factory):
    """Each failing notebook after its run, which an earlier, successful one preceded."""
    folder = tmp_path_factory.mktemp("failing")
    (folder / "out" / "notebooks").mkdir(parents=True)
    for name, (sources, _, _) in FAILING.items():
        kernel = "no_such_kernel" if name == "has_no_kernel" else "python3"
        nbformat.write(notebook(*sources, kernel=kernel, kind="report"), folder / f"{name}.ipynb")
        (folder / "out" / f"{name}.html").write_text("an old page")
        (folder / "out" / "notebooks" / f"{name}.ipynb").write_text("an old notebook")
    with ThreadPoolExecutor(2) as pool:
        runs = pool.map(lambda name: run_notebook(folder / f"{name}.ipynb", {}, folder / "out"), FAILING)
    return folder / "out", dict(zip(FAILING, runs, strict=True))


@pytest.mark.parametrize("name", FAILING)
def test_a_notebook_that_did_not_run_to_its_end_has_failed(failed, name):
    out, runs = failed
    _, what, where = FAILING[name]
    run = runs[name]
    assert run.status == "failed"
    assert what in run.message
    assert where in run.message
    assert run.page is None
    assert {file for file in files(out) if Path(file).stem.split(".")[0] == name} == (
        {f"notebooks/{name}.failed.ipynb"} if run.executed else set()
    )


@pytest.mark.parametrize("name", [name for name in FAILING if name != "has_no_kernel"])
def test_the_partial_notebook_is_kept_and_readable(failed, name):
    out, runs = failed
    assert runs[name].executed == out / "notebooks" / f"{name}.failed.ipynb"
    sources = [cell.source for cell in nbformat.read(runs[name].executed, as_version=4).cells]
    assert FAILING[name][0][-1] in sources


def test_a_run_that_is_done_keeps_its_notebook_without_the_places_of_this_machine(tmp_path):
    source = tmp_path / "a {name}" / "shown.ipynb"
    source.parent.mkdir()
    nbformat.write(notebook('code: str = ""', "print(repr(code))", "import os; print(os.getcwd())"), source)
    out = tmp_path / "out {name}"
    (out / "notebooks").mkdir(parents=True)
    (out / "notebooks" / "shown.failed.ipynb").write_text("from an earlier run")
    root = tmp_path / "root"
    root.mkdir()

    run = run_notebook(source, {"code": "001"}, out, root=root)

    assert (run.status, run.message, run.page) == ("done", "", None)
    assert files(out) == {"notebooks/shown.ipynb"}
    assert outputs(run.executed) == ["'001'\n", f"{root}\n"]
    metadata = nbformat.read(run.executed, as_version=4).metadata.papermill
    assert metadata["parameters"] == {"code": "001"}
    assert not {"input_path", "output_path"} & metadata.keys()


def test_a_folder_that_cannot_be_written_is_refused_before_anything_runs(tmp_path):
    path = tmp_path / "a.ipynb"
    nbformat.write(notebook(f"open({str(tmp_path / 'ran')!r}, 'w').close()"), path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"Cannot write in .*file/out.*--out"):
        run_notebook(path, {}, tmp_path / "file" / "out")
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


@pytest.fixture(scope="module")
def reported(corpus, tmp_path_factory):
    """The reports of a project in which one notebook fails, made over pages of an earlier time."""
    folder = tmp_path_factory.mktemp("reported")
    (folder / "notebooks").mkdir()
    show = 'language: str = "en"\ncity_a: str = ""', "print(language, city_a)"
    good = notebook(*show, title="Good", kind="report")
    bad = notebook(*show, "1 / 0", title="Bad", kind="report")
    tour = notebook("language = 'en'", "print(language)", title="Tour", kind="tour")
    other = notebook("1 / 0", title="Other")
    for name, each in {"00_tour": tour, "01_good": good, "02_bad": bad, "draft": other}.items():
        nbformat.write(each, folder / "notebooks" / f"{name}.ipynb")
    out = folder / "out"
    out.mkdir()
    (out / "02_bad.html").write_text("an old page")
    lines: list[str] = []
    runs = report(replace(corpus, root=folder), {"city_a": "anshun"}, out, progress=lines.append)
    return out, runs, lines


def test_the_other_notebooks_run_and_get_their_pages(reported):
    out, runs, lines = reported
    assert [(run.notebook.stem, run.status) for run in runs] == [
        ("00_tour", "done"),
        ("00_tour", "done"),
        ("01_good", "done"),
        ("01_good", "done"),
        ("02_bad", "failed"),
        ("02_bad", "failed"),
    ]
    each = {
        "01_good.html",
        "index.html",
        "notebooks/00_tour.ipynb",
        "notebooks/01_good.ipynb",
        "notebooks/02_bad.failed.ipynb",
    }
    assert files(out) == each | {f"zh/{name}" for name in each}
    assert len(lines) == len(runs)


def test_each_language_gets_its_parameters(reported):
    out, _, _ = reported
    assert outputs(out / "notebooks" / "01_good.ipynb") == ["en anshun\n"]
    assert outputs(out / "zh" / "notebooks" / "01_good.ipynb") == ["zh anshun\n"]
    assert outputs(out / "zh" / "notebooks" / "00_tour.ipynb") == ["zh\n"]


def links(page: Path) -> set[str]:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    return {
        str(link["href"]) for link in soup.find_all("a", href=True) if not str(link["href"]).startswith("#")
    }


def test_the_pages_lead_to_each_other_and_to_files_that_exist(reported):
    out, _, _ = reported
    pages = [out / name for name in ("index.html", "01_good.html", "zh/index.html", "zh/01_good.html")]
    for page in pages:
        for link in links(page):
            assert (page.parent / link).is_file(), f"{page}: {link}"
    assert {"zh/01_good.html", "index.html"} <= links(out / "01_good.html")
    assert {"../01_good.html", "index.html"} <= links(out / "zh" / "01_good.html")


def test_the_index_names_what_failed_and_links_its_partial_notebook(reported):
    out, _, _ = reported
    index = (out / "index.html").read_text("utf-8")
    assert "ZeroDivisionError" in index
    assert {"notebooks/02_bad.failed.ipynb", "01_good.html"} <= links(out / "index.html")
    assert "02_bad.html" not in index
    assert "Tour" not in index


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


def test_a_project_without_reports_is_refused(corpus, tmp_path):
    with pytest.raises(UsageError, match="No notebook in"):
        report(corpus, {}, tmp_path / "out")


def test_a_page_that_would_fetch_something_is_a_failure(tmp_path):
    fetching = notebook(
        "from IPython.display import HTML\nHTML('<script src=\"https://example.org/a.js\"></script>')",
        kind="report",
    )
    nbformat.write(fetching, tmp_path / "fetching.ipynb")
    run = run_notebook(tmp_path / "fetching.ipynb", {}, tmp_path / "out")
    assert run.status == "failed"
    assert "page could not be made" in run.message
    assert files(tmp_path / "out") == {"notebooks/fetching.ipynb"}
