"""Sweeps by the command: what is there stays, what fails is told, and the others go on."""

from __future__ import annotations

import json
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from processes import WITHIN, lives, until
from small_projects import project_with, write_report

from pingan_lib.cli import main
from pingan_lib.errors import UsageError
from pingan_lib.runs import read_grid

ROOT = Path(__file__).parents[2]
PARAMETERS = 'city_a: str = ""\ncity_b: str = ""\ntop: int = 3\nways: str = ""\nlanguage: str = "en"\n'
WAYS = {
    "exits": ("import os; os._exit(3)", "the kernel died in cell"),
    "killed": (
        "import os; os.kill(os.getpid(), 9)",
        "the kernel died (it was killed; perhaps memory ran out) in cell",
    ),
    "crashes": ("import ctypes; ctypes.string_at(0)", "the kernel died (Segmentation fault) in cell"),
    "stuck": (
        "import signal; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]\nwhile True: pass",
        "it took longer than 8 s; it was in cell",
    ),
    "asleep": ("import time; time.sleep(1000)", "it took longer than 8 s; it was in cell"),
    "memory": (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))\nbytes(4 << 30)",
        "MemoryError",
    ),
}


@pytest.fixture
def project(tmp_path):
    """A project folder with the real data and one notebook."""
    return project_with(tmp_path / "project", PARAMETERS, "print(city_a, city_b, top)")


def sweep(project: Path, *arguments: str):
    command = ["--project", str(project), "sweep", "--language", "en", *arguments]
    return CliRunner().invoke(main, command, prog_name="pingan")


def start(project: Path, *arguments: str, **options) -> subprocess.Popen:
    """The command in a process of its own."""
    code = "from pingan_lib.cli import main; main()"
    command = [sys.executable, "-c", code, "--project", str(project), "sweep", "--language", "en", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def runs(project: Path) -> list[str]:
    folder = project / "reports" / "runs"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def parameters(project: Path) -> list[tuple]:
    found = (
        json.loads(path.read_text("utf-8")) for path in (project / "reports" / "runs").glob("*/manifest.json")
    )
    return sorted((each["parameters"]["top"], each["status"]) for each in found)


def texts(path: Path) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    return [output.text for cell in cells for output in cell.get("outputs", ()) if "text" in output]


def test_a_grid_is_made_once_and_what_changes_is_told(project):
    asked = ["01", "--pairs", "all", "-p", "top", "1", "-p", "top", "002"]
    first = sweep(project, *asked, "--why")
    assert first.exit_code == 0, first.stderr
    assert first.stdout == f"{project / 'reports' / 'index.html'}\n"
    assert first.stderr.count("the notebook was not run here before") == 2
    assert re.search(r"^2 runs: 2 made, 0 there already, 0 failed, in ", first.stderr, re.MULTILINE)
    assert parameters(project) == [(1, "done"), (2, "done")]
    made = {path: path.stat().st_mtime_ns for path in (project / "reports" / "runs").glob("*/*")}

    (project / "grid.yml").write_text("notebooks: [01]\npairs: [[kaili, anshun]]\ngrid:\n  top: [1, 2, 3]\n")
    more = sweep(project, "--grid", str(project / "grid.yml"), "--why")
    assert "3 runs: 1 made, 2 there already, 0 failed" in more.stderr
    assert re.search(r"01_one-\w+: top is 3, not [12]\n", more.stderr)
    assert {path: path.stat().st_mtime_ns for path in made} == made

    page = next((project / "reports" / "runs").glob("*/01_one.html"))
    page.write_text("changed")
    mended = sweep(project, *asked, "-p", "top", "3", "--why")
    assert "3 runs: 1 made, 2 there already" in mended.stderr and "01_one.html was changed" in mended.stderr
    forced = sweep(project, *asked, "--force", "--why")
    assert "2 runs: 2 made, 0 there already" in forced.stderr
    assert forced.stderr.count("it was asked for (--force)") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "tops", "1"], "no parameter 'tops'"),
        (["-p", "top", "one"], "top is declared as int"),
        (["--pairs", "kaili"], "'kaili' is no pair"),
        (["--pairs", "kaili,kali"], "Did you mean 'kaili'?"),
        (["--engine", "fast"], "'fast' is not one of"),
        (["--workers", "0"], "0 workers cannot work"),
        (["--timeout", "0"], "leaves no time"),
        (["02"], "no notebook '02'"),
        (["--grid", "none.yml"], "none.yml cannot be read"),
        (["--out", "{project}/data/figures.csv/out"], "Cannot write in"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_runs(project, arguments, message):
    refused = sweep(project, *(each.replace("{project}", str(project)) for each in arguments))
    assert refused.exit_code == 2
    assert message in refused.stderr and "Traceback" not in refused.stderr
    assert refused.stdout == "" and runs(project) == []


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("- 1", "is no mapping"),
        ("notebook: [01]", "Did you mean 'notebooks'?"),
        ("grid: [top]", "grid holds names of parameters"),
        ("grid: {top: [[1]]}", "Write a list or an object in JSON"),
        ("pairs: [kaili]", "a list of pairs"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_grid_that_cannot_be_understood_says_where(project, grid, message):
    (project / "grid.yml").write_text(grid)
    refused = sweep(project, "--grid", str(project / "grid.yml"))
    assert (refused.exit_code, runs(project)) == (2, [])
    assert "grid.yml" in refused.stderr and message in refused.stderr


def test_a_run_that_dies_or_hangs_has_failed_with_what_it_did_and_the_others_go_on(project):
    code = "print('before', ways)\n" + "\n".join(f"{name} = {body!r}" for name, (body, _) in WAYS.items())
    write_report(
        project / "notebooks" / "01_one.ipynb",
        PARAMETERS,
        code,
        "exec(globals().get(ways, ''))",
        "print('after')",
    )
    asked = [value for way in ("fine", *WAYS, "last") for value in ("-p", "ways", way)]
    done = sweep(project, *asked, "--timeout", "8")
    assert done.exit_code == 1 and "Traceback" not in done.stderr
    assert f"{len(WAYS) + 2} runs: 2 made, 0 there already, {len(WAYS)} failed" in done.stderr
    found = {}
    for path in (project / "reports" / "runs").glob("*/manifest.json"):
        said = json.loads(path.read_text("utf-8"))
        found[said["parameters"]["ways"]] = said, path.parent
    for way, (_, message) in WAYS.items():
        said, folder = found[way]
        assert said["status"] == "failed" and message in said["message"], said["message"]
        assert f"{said['run']} failed: {said['message']}" in done.stderr
        assert "exec(globals()" in said["message"]
        assert texts(folder / "01_one.failed.ipynb") == [f"before {way}\n"]
    for way in ("fine", "last"):
        assert found[way][0]["status"] == "done"
        assert texts(found[way][1] / "01_one.ipynb") == [f"before {way}\n", "after\n"]


SLOW = "import os, time\nopen({flag!r}, 'a').write(f'{{os.getpid()}} ')\ntime.sleep(0 if top == 1 else 1000)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_sweep_that_is_stopped_leaves_nobody_behind_and_goes_on(project, tmp_path, number):
    flag = tmp_path / "begun"
    write_report(project / "notebooks" / "01_one.ipynb", PARAMETERS, SLOW.format(flag=str(flag)))
    asked = ["-p", "top", "1", "-p", "top", "2", "-p", "top", "3"]
    running = start(project, *asked, "--workers", "2")
    until(lambda: parameters(project) and len(flag.read_text().split()) == 3)
    running.send_signal(number)
    _, said = running.communicate(timeout=WITHIN)
    assert running.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in said
    for kernel in flag.read_text().split():
        until(lambda kernel=kernel: not lives(int(kernel)))
    assert parameters(project) == [(1, "done")]
    if number == signal.SIGINT:
        assert [name for name in runs(project) if name.startswith(".")] == []
    (made,) = [name for name in runs(project) if not name.startswith(".")]

    again = sweep(project, "-p", "top", "1")  # the notebook of the others would wait again
    assert "1 run: 0 made, 1 there already, 0 failed" in again.stderr
    assert runs(project) == [made]


def test_two_sweeps_at_once_in_one_folder(project):
    asked = [value for top in range(4) for value in ("-p", "top", str(top))]
    both = [start(project, *asked) for _ in range(2)]
    for each in both:
        _, said = each.communicate(timeout=WITHIN)
        assert (each.returncode, "0 failed" in said) == (0, True), said
    assert parameters(project) == [(top, "done") for top in range(4)]
    assert len(runs(project)) == 4


@pytest.mark.parametrize("limit", [1 << 16, 1 << 12])
def test_a_full_disk_is_told_and_what_is_done_stays(project, limit):
    assert sweep(project, "-p", "top", "1").exit_code == 0
    kept = runs(project)

    def small() -> None:  # no file may be longer than this
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    source = project / "notebooks" / "01_one.ipynb"
    write_report(source, PARAMETERS, "print('x' * 100_000 if top == 2 else top)")
    full = start(project, "-p", "top", "2", preexec_fn=small)
    _, said = full.communicate(timeout=WITHIN)
    assert full.returncode in (1, 2), said  # 2 if the index could not be written either
    assert "File too large" in said and "Traceback" not in said
    assert [name for name in runs(project) if not name.endswith(".failed")] == kept
    assert (
        json.loads((project / "reports" / "runs" / kept[0] / "manifest.json").read_text("utf-8"))["status"]
        == "done"
    )


def test_a_file_names_each_language_once_and_a_parameter_has_a_value(tmp_path):
    file = tmp_path / "grid.yml"
    file.write_text("languages: [zh, en, zh]\n", "utf-8")
    assert read_grid(file).languages == ("zh", "en")
    file.write_text("languages: []\n", "utf-8")
    assert read_grid(file).languages == ("en", "zh")
    file.write_text("grid: {top: []}\n", "utf-8")
    with pytest.raises(UsageError, match=r"grid\.yml: grid: top has no value"):
        read_grid(file)
