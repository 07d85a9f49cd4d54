"""Sweeps on a Dask scheduler and workers, each a process as a person starts it, and what becomes of them in faults."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import nbformat
import psutil
import pytest
from click.testing import CliRunner

from pingan_lib import load_corpus
from pingan_lib.cli import main
from pingan_lib.cluster import driver, on_cluster
from pingan_lib.cluster.worker import other_code, other_inputs
from pingan_lib.errors import RunError, UsageError
from pingan_lib.manifest import library_used, read_manifest, versions
from pingan_lib.runs import Grid, plan_sweep, sweep

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes are looked at as on Linux")

ROOT = Path(__file__).parents[2]
PATIENCE = 240  # seconds until a test gives up: a busy machine starts a worker slowly
NOTEBOOK = """\
import os, pathlib, time
here = pathlib.Path("flags")
here.mkdir(exist_ok=True)
(here / f"{code}.{os.getpid()}").touch()
if code == "bad":
    raise ValueError("a bad value")
if code.startswith("slow"):
    while not (here / "go").exists():
        time.sleep(0.05)
if code == "deadly":  # the project's parent, the warm parent, the worker
    import psutil
    psutil.Process().parents()[2].kill()
    time.sleep(600)
print(code)
"""


def until(condition, running=None):
    """Wait for something to become true while a process runs, and return it."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert running is None or running.poll() is None, running.communicate()
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def lives(process):
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Cluster:
    """Processes that are all ended at the end."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.processes = folder, []
        self.file = folder / "scheduler.json"
        self.start("dask_scheduler", "--port", "0", "--no-dashboard")
        until(self.file.exists)
        with distributed.Client(scheduler_file=self.file, set_as_default=False, timeout=PATIENCE) as client:
            self.address = client.scheduler.address

    def start(self, module: str, *arguments: str, path: Path | None = None) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.{module}", "--host", "127.0.0.1"]
        command += ["--scheduler-file", str(self.file), *arguments]
        environment = os.environ | ({"PYTHONPATH": str(path)} if path else {})
        with (self.folder / f"{module}.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(process)
        return process

    def workers(
        self, count: int, threads: int, *arguments: str, path: Path | None = None
    ) -> subprocess.Popen:
        numbers = ["--nthreads", str(threads), "--nworkers", str(count), "--no-dashboard"]
        scratch = ["--local-directory", str(self.folder)]
        process = self.start("dask_worker", *numbers, *scratch, *arguments, path=path)
        with self.client() as client:
            client.wait_for_workers(count, timeout=PATIENCE)
        return process

    @contextmanager
    def client(self):
        with distributed.Client(self.address, set_as_default=False, timeout=PATIENCE) as client:
            yield client

    def end(self) -> None:
        for process in reversed(self.processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler, and two workers with two threads each, watched over by Dask's nannies."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster") / "dask")
    try:
        cluster.workers(2, 2)
        yield cluster
    finally:
        cluster.end()


@pytest.fixture
def project(tmp_path):
    """The real data, and one small notebook."""
    folder = tmp_path / "project"
    for name in ("data", "seeds"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "notebooks").mkdir()
    cells = [nbformat.v4.new_markdown_cell("# A title\n\nA question?")]
    cells += [nbformat.v4.new_code_cell(source) for source in ('code: str = ""  # any text', NOTEBOOK)]
    cells[1].metadata["tags"] = ["parameters"]
    kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    metadata = {"kernelspec": kernelspec, "pingan": {"kind": "report"}}
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata=metadata), folder / "notebooks" / "01_one.ipynb"
    )
    return folder


def command(project: Path, *codes: str) -> list[str]:
    values = [word for code in codes for word in ("-p", "code", code)]
    return ["--project", str(project), "sweep", "01", *values, "--language", "en"]


@contextmanager
def begin(project: Path, address: str, *codes: str):
    """Start a sweep as a person does; nothing goes on at the end."""
    words = [*command(project, *codes), "--scheduler", address]
    program = [sys.executable, "-c", "from pingan_lib.cli import main; main()", *words]
    running = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield running
    finally:
        running.kill()
        (project / "flags").mkdir(exist_ok=True)
        (project / "flags" / "go").touch()


def begun(project: Path, *codes: str) -> dict[str, int]:
    """The kernels of runs, if all of these have begun."""
    found = dict(path.name.split(".") for path in (project / "flags").glob("*.*"))
    return {code: int(found[code]) for code in codes} if set(codes) <= found.keys() else {}


def plans_of(project: Path, *codes: str):
    corpus = load_corpus(project)
    return corpus, plan_sweep(corpus, Grid(("01",), languages=("en",), values={"code": codes}))


def kept(out: Path) -> dict[str, str]:
    """The runs in a folder: the value of each, and its status."""
    found = [read_manifest(path) for path in (out / "runs").iterdir() if not path.name.startswith(".")]
    assert len({each.key for each in found}) == len(found)
    return {each.parameters["code"]: each.status for each in found}


def test_a_cluster_gives_what_this_machine_gives(cluster, project):
    shutil.copy(ROOT / "notebooks" / "05_synthesis.ipynb", project / "notebooks")
    with cluster.client() as client:
        # as a daemon, a worker may have no children by multiprocessing
        assert set(client.run(lambda: __import__("multiprocessing").current_process().daemon).values()) == {
            True
        }
    words = ["--project", str(project), "sweep", "-p", "code", "one", "-p", "code", "bad"]
    far = CliRunner().invoke(main, [*words, "--out", str(project / "far"), "--scheduler", cluster.address])
    near = CliRunner().invoke(main, [*words, "--out", str(project / "near")])
    assert (far.exit_code, near.exit_code) == (1, 1)
    assert "3 runs: 2 made, 0 there already, 1 failed" in far.stderr
    assert "failed: ValueError: a bad value" in far.stderr

    def files(out: Path) -> list[str]:
        return sorted(str(path.relative_to(out)) for path in out.rglob("*"))

    assert files(project / "far") == files(project / "near")
    pages = [name for name in files(project / "far") if name.startswith("runs") and name.endswith(".html")]
    assert len(pages) == 3 and sum("05_synthesis" in name for name in pages) == 2
    for name in pages:
        assert (project / "far" / name).read_bytes() == (project / "near" / name).read_bytes()
    for folder in (project / "far" / "runs").iterdir():
        mine, theirs = read_manifest(folder), read_manifest(project / "near" / "runs" / folder.name)
        for name in ("key", "status", "message", "data", "library", "lock", "versions", "given", "cities"):
            assert getattr(mine, name) == getattr(theirs, name)
    again = CliRunner().invoke(main, [*words, "--out", str(project / "far"), "--scheduler", cluster.address])
    assert "3 runs: 0 made, 2 there already, 1 failed" in again.stderr


def test_ctrl_c_ends_what_runs_on_the_workers(cluster, project):
    with begin(project, cluster.address, "slow") as running:
        kernel = until(lambda: begun(project, "slow"), running)["slow"]
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=PATIENCE)
        until(lambda: not lives(kernel))
    assert (running.returncode, said) == (130, "pingan: interrupted; nothing unfinished was kept.\n")
    assert kept(project / "reports") == {}


def test_a_worker_is_killed_and_nothing_is_lost(cluster, project):
    corpus, plans = plans_of(project, "slow1", "slow2", "slow3", "one", "two")
    with begin(project, cluster.address, "slow1", "slow2", "slow3", "one", "two") as running:
        first = until(lambda: begun(project, "slow1", "slow2", "slow3"), running)
        worker = psutil.Process(first["slow1"]).parents()[2]
        lost = [each for each in first.values() if worker in psutil.Process(each).parents()]
        worker.kill()
        until(lambda: not any(map(lives, lost)))  # what it had started ends with it
        (project / "flags" / "go").touch()
        _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, said
    assert "5 runs: 5 made, 0 there already, 0 failed" in said
    assert kept(project / "reports") == dict.fromkeys(["slow1", "slow2", "slow3", "one", "two"], "done")
    assert sweep(corpus, plans, project / "reports").kept == 5


def test_a_run_that_kills_its_workers_fails_alone(cluster, project):
    with cluster.client() as client:
        client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", 0))
        corpus, plans = plans_of(project, "deadly", "one", "two")
        done = sweep(corpus, plans, project / "reports", workers=on_cluster(cluster.address))
        client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", 3))
    assert kept(project / "reports") == {"deadly": "failed", "one": "done", "two": "done"}
    (failed,) = done.failed
    assert failed.manifest.message.startswith("a worker died while making it, and nothing else")


def test_data_that_have_changed_since_are_refused(cluster, project):
    corpus, plans = plans_of(project, "one")
    with (project / "data" / "places.csv").open("a") as file:
        file.write("\n")
    with pytest.raises(
        RunError, match=r"The worker tcp://\S+ on \S+ sees other data .*: data/places\.csv\."
    ) as refused:
        sweep(corpus, plans, project / "reports", workers=on_cluster(cluster.address))
    assert str(refused.value).endswith(
        "0 of 1 runs were made and are kept; the sweep, started again, makes the others."
    )
    assert kept(project / "reports") == {}


def test_a_worker_with_another_library_or_none_is_refused(project, tmp_path):
    other, none = tmp_path / "other", tmp_path / "none"
    shutil.copytree(ROOT / "pingan_lib", other / "pingan_lib", ignore=shutil.ignore_patterns("__pycache__"))
    words = other / "pingan_lib" / "words.py"
    words.write_bytes(words.read_bytes() + b"\n")
    (none / "pingan_lib").mkdir(parents=True)  # a package that has nothing in it
    (none / "pingan_lib" / "__init__.py").touch()
    cluster = Cluster(tmp_path / "dask")
    try:
        for path, message in (
            (
                other,
                rf"The worker tcp://\S+ on \S+ has another pingan_lib: .* here .*{library_used()['sha256'][:8]}",
            ),
            (none, r"The worker tcp://\S+ could not begin a run: ModuleNotFoundError.* Install pingan_lib"),
        ):
            worker = cluster.workers(1, 1, "--no-nanny", path=path)
            corpus, plans = plans_of(project, "one", "two")
            with pytest.raises(RunError, match=message):
                sweep(corpus, plans, project / "reports", workers=on_cluster(cluster.address))
            assert kept(project / "reports") == {}
            worker.terminate()
            worker.wait()
    finally:
        cluster.end()


def test_what_else_may_differ_is_named(project, monkeypatch, tmp_path):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    _, (plan,) = plans_of(project, "one")
    assert other_code(plan.tools.library, plan.tools.versions) == other_inputs(plan) == ""
    assert other_code(library_used(), versions() | {"pandas": "0.1"}).startswith(
        f"has pandas {versions()['pandas']}, here 0.1. "
    )
    assert other_inputs(replace(plan, root=tmp_path / "away")).startswith(
        f"does not see {tmp_path / 'away'}:"
    )
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert other_inputs(plan).startswith("has SOURCE_DATE_EPOCH set")
    plan.path.write_text(plan.path.read_text("utf-8").replace("A question?", "Another?"), "utf-8")
    assert other_inputs(plan).startswith("sees another 01_one.ipynb")


@pytest.mark.parametrize("listening", [True, False])
def test_an_address_that_nobody_answers(project, monkeypatch, listening):
    monkeypatch.setattr(driver, "_ANSWER", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        if not listening:
            silent.close()
        result = CliRunner().invoke(main, [*command(project, "one"), "--scheduler", address])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"pingan: No Dask scheduler answers at {address} (")
    assert kept(project / "reports") == {}


def test_what_is_no_address_is_refused(project):
    result = CliRunner().invoke(main, [*command(project, "one"), "--scheduler", "carrier-pigeon://roof"])
    assert result.exit_code == 2
    assert "No Dask scheduler answers at carrier-pigeon://roof" in result.stderr


def test_the_number_of_workers_is_the_clusters_affair(project):
    words = [*command(project, "one"), "--scheduler", "tcp://127.0.0.1:1", "--workers", "2"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert "--workers is for this machine" in result.stderr


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'pingan_lib\[cluster\]'"):
        on_cluster("tcp://127.0.0.1:1")


# The last: it ends the scheduler of the others.
def test_the_scheduler_goes_away_and_the_sweep_goes_on_later(cluster, project):
    corpus, plans = plans_of(project, "one", "two", "slow")
    with begin(project, cluster.address, "one", "two", "slow") as running:
        until(
            lambda: (
                begun(project, "slow") and len(list((project / "reports" / "runs").glob("01_one-*"))) == 2
            ),
            running,
        )
        cluster.processes[0].kill()
        _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == 1
    assert said.splitlines()[-1] == (
        f"pingan: The scheduler at {cluster.address} is gone. 2 of 3 runs were made and are kept; "
        "the sweep, started again, makes the others."
    )
    assert "distributed" not in said and "Traceback" not in said
    done = sweep(corpus, plans, project / "reports")
    assert (done.kept, len(done.made), done.failed) == (2, 1, ())
    assert kept(project / "reports") == {"one": "done", "two": "done", "slow": "done"}
