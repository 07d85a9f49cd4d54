"""The `pingan` command: what it prints, and the exit code that says how it went."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from small_projects import project_with, write_report

from pingan_lib import __version__
from pingan_lib.cli import main

ROOT = Path(__file__).parents[1]
PARAMETERS = """\
city_a: str = ""  # the first city
city_b: str = ""
code: str = ""  # any text
top: int = 3
"""


@pytest.fixture
def project(tmp_path):
    """A project folder with the real data and one notebook."""
    return project_with(tmp_path / "project", PARAMETERS, "print(repr(code), top)")


def pingan(project: Path, *arguments: str):
    return CliRunner().invoke(main, ["--project", str(project), *arguments], prog_name="pingan")


def test_help_and_version():
    runner = CliRunner()
    assert runner.invoke(main, ["--version"]).stdout == f"pingan, version {__version__}\n"
    for arguments in ([], ["check"], ["report"], ["run"], ["page"], ["list"]):
        result = runner.invoke(main, [*arguments, "--help"])
        assert result.exit_code == 0
        assert result.stdout.startswith("Usage:")
    assert "pingan run 03_outcomes -p city_a city_two" in runner.invoke(main, ["run", "--help"]).stdout


def test_help_loads_nothing_that_runs_or_draws():
    code = (
        "import sys\nfrom pingan_lib.cli import main\n"
        "try:\n    main(['--help'])\nfinally:\n    print(*sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "Usage:" in shown
    heavy = {"matplotlib", "seaborn", "statsmodels", "papermill", "nbconvert", "nbformat", "jupyter_client"}
    assert heavy & set(shown.split()) == set()


def test_check_says_that_the_data_are_sound(project):
    result = pingan(project, "check")
    assert (result.exit_code, result.stdout) == (0, f"No problem in {project}\n")


def test_check_lists_every_fault_and_fails(project):
    for article in sorted((project / "seeds").glob("*.txt")):
        article.write_bytes(article.read_bytes() + b"\n")
    result = pingan(project, "check")
    assert result.exit_code == 1
    assert result.stdout.count("sha256") >= 2
    assert "data/articles.csv, row 2, column sha256" in result.stdout
    assert "data/articles.csv, row 3, column sha256" in result.stdout


def test_reports_are_not_made_of_faulty_data(project):
    (project / "seeds" / "000_ab4b0d9ec3148226.txt").unlink()
    result = pingan(project, "report")
    assert result.exit_code == 1
    assert "seeds/000_ab4b0d9ec3148226.txt" in result.stderr
    assert not (project / "reports").exists()


def test_a_folder_without_data_is_wrong_usage(tmp_path):
    result = pingan(tmp_path, "list")
    assert result.exit_code == 2
    assert "datapackage.json" in result.stderr
    assert "Traceback" not in result.stderr


def test_list_shows_notebooks_parameters_cities_and_measures(project):
    result = pingan(project, "list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "    city_a: str = ''                    the first city" in lines
    assert "    top: int = 3" in lines
    assert lines[lines.index("Cities") + 1].split() == ["kaili", "Kaili", "凯里市"]
    assert lines.index("Measures") > lines.index("Cities")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "02"], "no notebook '02'"),
        (["run", "01", "-p", "cod", "1"], "Did you mean 'code'?"),
        (["run", "01", "-p", "top", "three"], "top is declared as int"),
        (["run", "01", "-p", "city_a", "kali"], "Did you mean 'kaili'?"),
        (["run", "01", "-p", "city_a", "kaili", "-p", "city_b", "kaili"], "two cities"),
        (["run", "01", "-p", "top", "1", "-p", "top", "2"], "given twice"),
        (["run"], "Name a notebook"),
        (["run", "01", "--anyway"], "--anyway goes with --from"),
        (["run", "01", "--from", "x"], "--from takes the notebook and its values from the manifest"),
        (["run", "--from", "x", "-p", "top", "1"], "--from takes the notebook and its values"),
        (["page", "02"], "no notebook '02'"),
        (["report", "--city-a", "kaili", "--city-b", "kaili"], "twice"),
        (["report", "--city-a", "kaili", "-p", "city_a", "anshun"], "given twice"),
        (["report", "--language", "fr"], "'fr' is not one of 'en', 'zh'"),
    ],
)
def test_wrong_usage_is_refused_before_anything_runs(project, arguments, message):
    result = pingan(project, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert not (project / "reports").exists()


def test_run_makes_a_page_and_prints_where(project):
    result = pingan(project, "run", "01_one", "-p", "code", "001", "-p", "top", "-2")
    (made,) = (project / "reports" / "runs").iterdir()
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [str(made / "01_one.html"), str(made / "01_one.ipynb")]
    assert "'001' -2" in (made / "01_one.html").read_text("utf-8")
    assert f"{made.name}/01_one.html" in (project / "reports" / "index.html").read_text("utf-8")

    again = pingan(project, "run", "--from", made.name)
    assert again.exit_code == 0
    assert again.stdout.splitlines()[0] == str(
        project / "reports" / "again" / "runs" / made.name / "01_one.html"
    )
    assert "The same page, byte for byte: 01_one.html" in again.stderr

    saved = pingan(project, "page", str(made / "01_one.ipynb"), "--out", str(project / "saved"))
    assert saved.exit_code == 0
    page = project / "saved" / "runs" / made.name / "01_one.html"
    assert saved.stdout.splitlines()[0] == str(page)
    assert page.read_bytes() == (made / "01_one.html").read_bytes()

    (made / "manifest.json").write_text(
        (made / "manifest.json").read_text("utf-8").replace('"pandas"', '"panda"')
    )
    refused = pingan(project, "run", "--from", str(made / "manifest.json"))
    assert refused.exit_code == 1
    assert "panda was" in refused.stderr and "--anyway" in refused.stderr


def test_report_fails_when_a_notebook_fails_and_says_which(project):
    write_report(project / "notebooks" / "02_two.ipynb", PARAMETERS, "1 / 0")
    result = pingan(project, "report", "--language", "en", "--out", str(project / "made"))
    assert result.exit_code == 1
    assert result.stdout == f"{project / 'made' / 'index.html'}\n"
    (failed,) = (project / "made" / "runs").glob("02_two-*")
    assert f"{failed.name.removesuffix('.failed')} failed: ZeroDivisionError" in result.stderr
    assert str(failed) in result.stderr and (failed / "02_two.failed.ipynb").is_file()
    assert len(list((project / "made" / "runs").glob("01_one-*/01_one.html"))) == 1


def test_what_needs_a_browser_is_said_before_the_report_is_made(project, monkeypatch):
    monkeypatch.setenv("PINGAN_CHROMIUM", "no-such-browser")
    refused = pingan(project, "report", "--language", "zh", "--pdf")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "PINGAN_CHROMIUM names 'no-such-browser'" in refused.stderr
    assert not (project / "reports").exists()
    made = pingan(project, "report", "--language", "zh", "--paper")  # SVG alone
    assert made.stdout == f"{project / 'reports' / 'index.zh.html'}\n"
    assert (project / "reports" / "paper" / "articles.bib").is_file()


def test_a_folder_that_cannot_be_written_is_refused(project):
    result = pingan(project, "report", "--out", str(project / "data" / "figures.csv" / "out"))
    assert result.exit_code == 2
    assert "Cannot write in" in result.stderr


def test_an_interrupted_report_leaves_nothing_behind(project, tmp_path):
    flag = tmp_path / "running"
    for name in ("01_one", "02_two"):  # more than run at the same time: some wait, and never begin
        write_report(
            project / "notebooks" / f"{name}.ipynb",
            PARAMETERS + 'language: str = "en"\n',
            f"import os, time\nopen({str(flag)!r}, 'a').write(f'{{os.getpid()}} ')\ntime.sleep(60)",
        )
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    command = [
        sys.executable,
        "-c",
        "from pingan_lib.cli import main; main()",
        "--project",
        str(project),
        "report",
    ]
    running = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(temporary)}
    )
    while len(flag.read_text().split() if flag.exists() else []) < 2 and running.poll() is None:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)

    assert running.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
    assert list((project / "reports" / "runs").iterdir()) == []
    assert [path for path in (project / "reports").rglob("*") if path.is_file()] == []
    assert list(temporary.iterdir()) == []
    for kernel in flag.read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(kernel), 0)


@pytest.mark.parametrize(
    ("arguments", "incomplete", "offered"),
    [
        (["report", "--city-a"], "", ["kaili", "anshun"]),
        (["report", "--city-b"], "an", ["anshun"]),
        (["run"], "0", ["01_one"]),
        (["run", "--from"], "01", ["01_one-1a2b3c4d"]),
        (["page"], "0", ["01_one"]),
    ],
)
def test_cities_and_notebooks_are_completed(project, arguments, incomplete, offered):
    (project / "reports" / "runs" / "01_one-1a2b3c4d").mkdir(parents=True)
    shell = ShellComplete(main, {}, "pingan", "_PINGAN_COMPLETE")
    found = shell.get_completions(["--project", str(project), *arguments], incomplete)
    assert [item.value for item in found] == offered
