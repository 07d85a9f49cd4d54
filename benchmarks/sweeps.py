"""Sweeps side by side: the shell loop, ploomber-engine, the bare cells, and `pingan sweep`.

    python benchmarks/sweeps.py [--rounds 3] [--quick] [--plot FILE] [--json FILE]

Every way makes one HTML page of each of six report notebooks, in English, for pairs of invented cities. What takes
long is measured over fewer pairs; all figures are seconds a run, with the start of the programs. The ways take turns
within each round, so that a machine that slows down slows all of them. Bytecode is compiled for all. A virtual machine
may lose a processor to its neighbours whenever that falls idle, and wait for it when there is work again; so processes
of the lowest priority keep the processors awake while anything is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import combinations, islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT / "tests"))

NOTEBOOKS = [f"0{number}" for number in range(1, 7)]
CITIES, QUICK = 8, 3  # 28 pairs, or 3
MANY = 21  # 210 pairs
# In a session of its own: Linux shares time among sessions first, then within them.
IDLER = """
import os, sys
os.setsid()
try:
    with open("/proc/self/autogroup", "w") as file:
        file.write("19")
except OSError:
    pass
os.sched_setaffinity(0, {int(sys.argv[1])})
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while True:
    pass
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="3 pairs, no sweep of 210")
    parser.add_argument("--plot", type=Path, help="draw the measurements into this file")
    parser.add_argument("--json", type=Path, help="write every measurement into this file")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pingan-bench-") as folder, awake():
        found = measure(Path(folder), asked.rounds, QUICK if asked.quick else CITIES)
        if not asked.quick:
            found.update(measure_many(Path(folder), asked.rounds))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print(table(found))
    if asked.plot:
        draw(found, asked.plot)


@contextmanager
def awake() -> Iterator[None]:
    """Keep every processor at work that nobody else waits for (Linux only)."""
    if sys.platform != "linux":
        yield
        return
    idlers = [subprocess.Popen([sys.executable, "-c", IDLER, str(each)]) for each in os.sched_getaffinity(0)]
    try:
        yield
    finally:
        for idler in idlers:
            idler.kill()
            idler.wait()


def invented(folder: Path, cities: int, notebooks: list[str]) -> Path:
    """A project of invented cities with some of our notebooks."""
    from many_cities import write_project

    project = write_project(folder, cities)
    (project / "notebooks").mkdir(exist_ok=True)
    for number in notebooks:
        for path in (ROOT / "notebooks").glob(f"{number}_*.ipynb"):
            shutil.copy(path, project / "notebooks")
    return project


def runs(project: Path, pairs: int) -> Iterator[tuple[Path, dict[str, str]]]:
    """The notebooks and parameters of the first pairs of a project."""
    from pingan_lib import load_corpus

    cities = [str(city) for city in load_corpus(project).cities.index]
    for first, second in islice(combinations(cities, 2), pairs):
        for path in sorted((project / "notebooks").glob("*.ipynb")):
            yield path, {"city_a": first, "city_b": second, "language": "en"}


def measure(folder: Path, rounds: int, cities: int) -> dict[str, Any]:
    """Measure every way, in turn, `rounds` times."""
    project = invented(folder / "project", cities, NOTEBOOKS)
    pairs = cities * (cities - 1) // 2
    ways: dict[str, tuple[int, Callable[[Path], None]]] = {
        "shell loop": (1, lambda out: shell_loop(project, out)),
        "ploomber-engine": (2, lambda out: in_process("ploomber", project, out, 2)),
        "bare cells and export": (2, lambda out: in_process("bare", project, out, 2)),
        "bare cells and export, two processes": (4, lambda out: bare_at_once(project, out, 2)),
        "pingan sweep, 1 worker": (pairs, lambda out: pingan_sweep(project, out, 1)),
        "pingan sweep, 2 workers": (pairs, lambda out: pingan_sweep(project, out, 2)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    inside_alone = ("bare cells and export", "bare cells and export, two processes", "ploomber-engine")
    inner: dict[str, list[float]] = {name: [] for name in inside_alone}
    for number in range(rounds):
        for name, (own, way) in ways.items():
            out = folder / f"{name.replace(' ', '-')}-{number}"
            seconds[name].append(timed(way, out) / (own * len(NOTEBOOKS)))
            if name in inner:
                inner[name].append(float((out / "seconds").read_text()) / (own * len(NOTEBOOKS)))
            print(f"round {number + 1}: {name}: {seconds[name][-1]:.2f} s a run", file=sys.stderr)
    made = folder / "pingan-sweep,-1-worker-0"
    reports: dict[str, list[float]] = {"shell loop": [], "pingan report": []}
    for number in range(rounds):
        reports["shell loop"].append(timed(report_loop, folder / f"report-loop-{number}"))
        reports["pingan report"].append(timed(pingan_report, folder / f"report-{number}"))
    return {
        "machine": machine(),
        "runs of a sweep": pairs * len(NOTEBOOKS),
        "seconds a run": seconds,
        "seconds a run, without start": inner,
        f"{pairs * len(NOTEBOOKS)} runs, all cached, seconds": [
            timed(pingan_sweep, project, made, 1) for _ in range(rounds)
        ],
        "whole report of one language, cold, seconds": reports,
        "private memory of a child, MB": memory(folder),
    }


def measure_many(folder: Path, rounds: int) -> dict[str, Any]:
    """A sweep of 210 pairs of invented cities with one notebook: made, and then all cached."""
    project = invented(folder / "many", MANY, ["05"])
    out = folder / "many-out"
    pairs = MANY * (MANY - 1) // 2
    return {
        f"{pairs} pairs of 05_synthesis, 2 workers, seconds": [timed(pingan_sweep, project, out, 2)],
        f"{pairs} pairs, all cached, seconds": [timed(pingan_sweep, project, out, 2) for _ in range(rounds)],
    }


def shell_loop(project: Path, out: Path) -> None:
    """What a person would write: papermill and nbconvert for each run of a pair."""
    out.mkdir(parents=True)
    for path, values in runs(project, 1):
        loop_once(path, values, out / path.name, project)


def loop_once(path: Path, values: dict[str, str], target: Path, folder: Path) -> None:
    given = [word for name, value in values.items() for word in ("-p", name, value)]
    run([BIN / "papermill", "--no-progress-bar", "--cwd", folder, *given, path, target])
    run([BIN / "jupyter", "nbconvert", "--to", "html", target])


def report_loop(out: Path) -> None:
    """The whole report of one language by the shell loop: the tour and the seven reports."""
    out.mkdir(parents=True)
    for path in sorted((ROOT / "notebooks").glob("0[0-7]_*.ipynb")):
        loop_once(path, {"language": "en"}, out / path.name, ROOT)


def pingan_report(out: Path) -> None:
    run([BIN / "pingan", "report", "--language", "en", "--out", out])


def pingan_sweep(project: Path, out: Path, workers: int) -> None:
    """Every notebook of a project for every pair of its cities."""
    numbers = [path.stem[:2] for path in sorted((project / "notebooks").glob("*.ipynb"))]
    how = ["--language", "en", "--workers", workers, "--out", out]
    run([BIN / "pingan", "--project", project, "sweep", *numbers, "--pairs", "all", *how])


def in_process(way: str, project: Path, out: Path, pairs: int) -> None:
    """Run one of the ways below in a process of its own, which writes how long the runs took after its start."""
    out.mkdir(parents=True)
    extra = str(ROOT / ".cache" / "ploomber") if way == "ploomber" else ""
    environment = {
        **os.environ,
        "PYTHONPATH": extra,
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PLOOMBER_STATS_ENABLED": "false",
    }
    run([sys.executable, __file__, "--inside", way, project, out, pairs], env=environment)


def bare_at_once(project: Path, out: Path, pairs: int) -> None:
    """The bare cells in two processes that share nothing: as much as two workers could have of this machine."""
    each = [out / "0", out / "1"]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: in_process("bare", project, one, pairs), each))
    (out / "seconds").write_text(str(max(float((one / "seconds").read_text()) for one in each)))


def inside(way: str, project: Path, out: Path, pairs: int) -> None:
    execute = {"ploomber": ploomber_runs, "bare": bare_runs}[way](project, out)
    asked = list(runs(project, pairs))
    begin = time.perf_counter()
    for number, (path, values) in enumerate(asked):
        execute(path, values, number)
    (out / "seconds").write_text(str(time.perf_counter() - begin))


def ploomber_runs(project: Path, out: Path) -> Callable[[Path, dict[str, str], int], None]:
    """ploomber-engine and nbconvert in one process; what a run leaves there, the next one finds."""
    import nbformat
    from nbconvert.exporters import HTMLExporter
    from ploomber_engine import execute_notebook

    exporter = HTMLExporter()

    def execute(path: Path, values: dict[str, str], number: int) -> None:
        target = out / f"{number}.ipynb"
        execute_notebook(path, target, parameters=values, progress_bar=False, cwd=str(project), verbose=False)
        html, _ = exporter.from_notebook_node(nbformat.read(target, as_version=4))
        target.with_suffix(".html").write_text(html, "utf-8")

    return execute


def bare_runs(project: Path, out: Path) -> Callable[[Path, dict[str, str], int], None]:
    """The cells in one warm shell, and the page that this package makes of them: the floor, without any isolation."""
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    import pingan_lib.runs.record  # what an exporter needs
    import pingan_lib.sensitivity  # noqa: F401
    from pingan_lib.report import page_html

    os.chdir(project)
    shell = InteractiveShell.instance()

    def execute(path: Path, values: dict[str, str], number: int) -> None:
        notebook = nbformat.read(path, as_version=4)
        shell.reset(new_session=True)
        for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
            with capture_output() as seen:
                result = shell.run_cell(cell.source)
            if "parameters" in cell.metadata.get("tags", ()):
                shell.push(values)
            result.raise_error()
            cell.execution_count = count
            cell.outputs = [nbformat.v4.new_output("display_data", data=each.data) for each in seen.outputs]
        (out / f"{number}.html").write_text(page_html(notebook, language="en"), "utf-8")

    for path, values in runs(project, 1):  # what a first run costs is no part of the floor
        execute(path, values, 0)
    return execute


def memory(folder: Path) -> float | None:
    """The most private memory that a fork of the warm parent had, in a sweep that is not timed; None if unknown."""
    project = invented(folder / "watched", 2, NOTEBOOKS)
    sweep = threading.Thread(target=pingan_sweep, args=(project, folder / "watched-out", 1))
    found: list[float] = []
    sweep.start()
    while sweep.is_alive():
        sweep.join(0.2)
        for child in _forks():
            try:
                lines = (child / "smaps_rollup").read_text().splitlines()
            except OSError:
                continue
            found.append(sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024)
    return max(found, default=None)


def _forks() -> Iterator[Path]:
    """The processes whose parent's parent is a warm parent: kernels, and those that make pages."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"pingan_lib.forks.warm" in (folder / "cmdline").read_bytes():
                parents[folder.name] = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
    return (Path("/proc") / child for child, parent in parents.items() if parents.get(parent) in parents)


def run(command: list[Any], **options: Any) -> None:
    done = subprocess.run(
        [str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False, **options
    )
    if done.returncode:
        raise SystemExit(f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


def timed(function: Callable[..., object], *arguments: Any) -> float:
    begin = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - begin


def machine() -> str:
    names = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in names if line.startswith("model name")),
        platform.machine(),
    )
    return f"{os.cpu_count()} processors, {model}, {platform.system()}, Python {platform.python_version()}"


def table(found: dict[str, Any]) -> str:
    """The medians, and the ratios that count, as Markdown."""
    seconds = {name: statistics.median(values) for name, values in found["seconds a run"].items()}
    loop, one, two = (
        seconds[name] for name in ("shell loop", "pingan sweep, 1 worker", "pingan sweep, 2 workers")
    )
    alone = {name: statistics.median(v) for name, v in found["seconds a run, without start"].items()}
    bare, bare_twice = alone["bare cells and export"], alone["bare cells and export, two processes"]
    rounds = len(found["seconds a run"]["shell loop"])
    lines = [f"{found['machine']}; {found['runs of a sweep']} runs, medians of {rounds} rounds", ""]
    lines += ["| way | seconds a run | times faster than the loop |", "|---|---|---|"]
    lines += [f"| {name} | {value:.2f} | {loop / value:.1f} |" for name, value in seconds.items()]
    lines += [
        f"| {name}, without start | {value:.2f} | {loop / value:.1f} |" for name, value in alone.items()
    ]
    lines += [""]
    report = {
        name: statistics.median(values)
        for name, values in found["whole report of one language, cold, seconds"].items()
    }
    ratios = {
        "one worker against the loop": loop / one,
        "one worker against the bare cells and export, without start": one / bare,
        "two workers against one": one / two,
        "two processes of bare cells against one, without start": bare / bare_twice,
        "whole report, cold, against the loop": report["shell loop"] / report["pingan report"],
    }
    lines += [
        "| ratio | |",
        "|---|---|",
        *(f"| {name} | {value:.2f} |" for name, value in ratios.items()),
        "",
    ]
    lines += ["| other | |", "|---|---|"]
    lines += [f"| whole report, {name}, seconds | {value:.1f} |" for name, value in report.items()]
    private = found["private memory of a child, MB"]
    lines += [f"| private memory of a child, at most, MB | {private:.0f} |"] if private else []
    for name, values in found.items():
        if isinstance(values, list):
            lines.append(f"| {name} | {statistics.median(values):.2f} |")
    return "\n".join(lines)


def draw(found: dict[str, Any], target: Path) -> None:
    """Draw seconds a run, every round as a dot."""
    import pandas as pd
    import seaborn as sns
    from matplotlib.figure import Figure

    frame = pd.DataFrame(
        [
            (f"{name}{told}", value)
            for key, told in (("seconds a run", ""), ("seconds a run, without start", ", without start"))
            for name, values in found[key].items()
            for value in values
        ],
        columns=["way", "seconds a run"],
    )
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots()
    sns.stripplot(
        frame, x="seconds a run", y="way", ax=axes, color="#2b6a99", size=6, jitter=False, alpha=0.6
    )
    axes.set(ylabel="", xlim=(0, None))
    axes.grid(axis="x", alpha=0.4)
    for name in ("top", "right", "left"):
        axes.spines[name].set_visible(False)
    figure.savefig(target)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
    else:
        main()
