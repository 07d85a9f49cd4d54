"""Sweeps side by side: the shell loop, ploomber-engine, the bare cells, and `pingan sweep`.

    python benchmarks/sweeps.py [--rounds 3] [--quick] [--plot FILE] [--json FILE]

Every way makes one HTML page of each report notebook, in English, for both orders of the two cities. The ways take
turns within each round, so that a machine that slows down slows all of them. Bytecode is compiled for all.
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
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT / "tests"))

ORDERS = (("kaili", "anshun"), ("anshun", "kaili"))
MANY = 21  # invented cities: 210 pairs


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--quick", action="store_true", help="one order of the cities, no sweep of many cities"
    )
    parser.add_argument("--plot", type=Path, help="draw the medians into this file")
    parser.add_argument("--json", type=Path, help="write every measurement into this file")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pingan-bench-") as folder:
        found = measure(
            Path(folder), asked.rounds, ORDERS[:1] if asked.quick else ORDERS, many=not asked.quick
        )
    print(table(found))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    if asked.plot:
        draw(found, asked.plot)


def runs(orders: tuple[tuple[str, str], ...]) -> Iterator[tuple[Path, dict[str, str]]]:
    """The notebooks and parameters that every way runs."""
    for path, (first, second) in product(sorted((ROOT / "notebooks").glob("0[1-6]_*.ipynb")), orders):
        yield path, {"city_a": first, "city_b": second, "language": "en"}


def measure(folder: Path, rounds: int, orders: tuple[tuple[str, str], ...], *, many: bool) -> dict[str, Any]:
    """Measure every way, in turn, `rounds` times; seconds a run, with the start of the programs."""
    count = len(list(runs(orders)))
    ways: dict[str, Callable[[Path], None]] = {
        "shell loop": lambda out: shell_loop(out, orders),
        "ploomber-engine": lambda out: in_process("ploomber", out, orders),
        "bare cells and export": lambda out: in_process("bare", out, orders),
        "pingan sweep, 1 worker": lambda out: pingan_sweep(out, orders, 1),
        "pingan sweep, 2 workers": lambda out: pingan_sweep(out, orders, 2),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    memory: list[float] = []
    inner: dict[str, list[float]] = {"bare cells and export": [], "ploomber-engine": []}
    for number in range(rounds):
        for name, way in ways.items():
            out = folder / f"{name.replace(' ', '-')}-{number}"
            with watched(memory if "1 worker" in name else None):
                begin = time.perf_counter()
                way(out)
                seconds[name].append((time.perf_counter() - begin) / count)
            if name in inner:
                inner[name].append(float((out / "seconds").read_text()) / count)
            print(f"round {number + 1}: {name}: {seconds[name][-1]:.2f} s a run", file=sys.stderr)
    found: dict[str, Any] = {
        "machine": machine(),
        "runs": count,
        "seconds a run": seconds,
        "seconds a run, without start": inner,
        "private memory of a child, MB": max(memory, default=None),
    }
    again = folder / "pingan-sweep,-1-worker-0"
    found["all cached, seconds"] = {
        f"{count} runs": [timed(pingan_sweep, again, orders, 1) for _ in range(rounds)]
    }
    reports: dict[str, list[float]] = {"shell loop": [], "pingan report": []}
    for number in range(1 if orders == ORDERS[:1] else rounds):
        reports["shell loop"].append(timed(report_loop, folder / f"report-loop-{number}"))
        reports["pingan report"].append(timed(pingan_report, folder / f"report-{number}"))
    found["whole report of one language, cold, seconds"] = reports
    if many:
        found.update(measure_many(folder, rounds))
    return found


def measure_many(folder: Path, rounds: int) -> dict[str, Any]:
    """A sweep of 210 pairs of invented cities with one notebook: made, and then all cached."""
    from many_cities import write_project

    project = write_project(folder / "project", MANY)
    (project / "notebooks").mkdir(exist_ok=True)
    shutil.copy(ROOT / "notebooks" / "05_synthesis.ipynb", project / "notebooks")
    command = [BIN / "pingan", "--project", project, "sweep", "05", "--pairs", "all", "--language", "en"]
    made = timed(run, [*command, "--workers", "2"])
    cached = [timed(run, command) for _ in range(rounds)]
    pairs = MANY * (MANY - 1) // 2
    return {f"{pairs} pairs, 2 workers, seconds": made, f"{pairs} pairs, all cached, seconds": cached}


def shell_loop(out: Path, orders: tuple[tuple[str, str], ...]) -> None:
    """What a person would write: papermill and nbconvert for each run."""
    out.mkdir(parents=True)
    for number, (path, values) in enumerate(runs(orders)):
        loop_once(path, values, out / f"{number}.ipynb")


def loop_once(path: Path, values: dict[str, str], target: Path) -> None:
    given = [word for name, value in values.items() for word in ("-p", name, value)]
    run([BIN / "papermill", "--no-progress-bar", *given, path, target])
    run([BIN / "jupyter", "nbconvert", "--to", "html", target])


def report_loop(out: Path) -> None:
    """The whole report of one language by the shell loop: the tour and the seven reports."""
    out.mkdir(parents=True)
    for path in sorted((ROOT / "notebooks").glob("0[0-7]_*.ipynb")):
        loop_once(path, {"language": "en"}, out / path.name)


def pingan_report(out: Path) -> None:
    run([BIN / "pingan", "report", "--language", "en", "--out", out])


def pingan_sweep(out: Path, orders: tuple[tuple[str, str], ...], workers: int) -> None:
    pairs = [word for pair in orders for word in ("--pairs", ",".join(pair))]
    notebooks = [f"0{number}" for number in range(1, 7)]
    run(
        [
            BIN / "pingan",
            "sweep",
            *notebooks,
            *pairs,
            "--language",
            "en",
            "--workers",
            str(workers),
            "--out",
            out,
        ]
    )


def in_process(way: str, out: Path, orders: tuple[tuple[str, str], ...]) -> None:
    """Run one of the ways below in a process of its own, which writes how long the runs took after its start."""
    out.mkdir(parents=True)
    extra = str(ROOT / ".cache" / "ploomber") if way == "ploomber" else ""
    environment = {**os.environ, "PYTHONPATH": extra, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    run([sys.executable, __file__, "--inside", way, out, len(orders)], env=environment)


def inside(way: str, out: Path, orders: tuple[tuple[str, str], ...]) -> None:
    execute = {"ploomber": ploomber_runs, "bare": bare_runs}[way](out)
    begin = time.perf_counter()
    for number, (path, values) in enumerate(runs(orders)):
        execute(path, values, number)
    (out / "seconds").write_text(str(time.perf_counter() - begin))


def ploomber_runs(out: Path) -> Callable[[Path, dict[str, str], int], None]:
    """ploomber-engine and nbconvert in one process; what a run leaves there, the next one finds."""
    import nbformat
    from nbconvert.exporters import HTMLExporter
    from ploomber_engine import execute_notebook

    exporter = HTMLExporter()

    def execute(path: Path, values: dict[str, str], number: int) -> None:
        target = out / f"{number}.ipynb"
        execute_notebook(path, target, parameters=values, progress_bar=False, cwd=str(ROOT), verbose=False)
        html, _ = exporter.from_notebook_node(nbformat.read(target, as_version=4))
        target.with_suffix(".html").write_text(html, "utf-8")

    return execute


def bare_runs(out: Path) -> Callable[[Path, dict[str, str], int], None]:
    """The cells in one warm shell, and the page that this package makes of them: the floor, without any isolation."""
    import nbformat
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    import pingan_lib.runs.record  # what an exporter needs
    import pingan_lib.sensitivity  # noqa: F401
    from pingan_lib.report import page_html

    os.chdir(ROOT)
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

    for path, values in runs(ORDERS[:1]):  # warm it
        execute(path, values, 0)
        break
    return execute


class watched:  # noqa: N801  # used as a function is
    """Sample the private memory of the forks of a warm parent while something runs."""

    def __init__(self, found: list[float] | None) -> None:
        self.found = found

    def __enter__(self) -> None:
        self.ended = threading.Event()
        if self.found is not None:
            self.thread = threading.Thread(target=self._watch)
            self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        if self.found is not None:
            self.thread.join()

    def _watch(self) -> None:
        assert self.found is not None
        while not self.ended.wait(0.05):
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    if b"pingan_lib.forks.warm" in (folder / "cmdline").read_bytes():
                        lines = (folder / "smaps_rollup").read_text().splitlines()
                        private = sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
                        parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                        above = (Path("/proc") / str(parent) / "cmdline").read_bytes()
                        if b"pingan_lib.forks.warm" in above:  # the first of them is the parent of all
                            self.found.append(private / 1024)
                except (OSError, ValueError, IndexError):
                    continue


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
    bare = statistics.median(found["seconds a run, without start"]["bare cells and export"])
    lines = [
        f"{found['machine']}; {found['runs']} runs, medians of {len(found['seconds a run']['shell loop'])} rounds",
        "",
    ]
    lines += ["| way | seconds a run | times faster than the loop |", "|---|---|---|"]
    lines += [f"| {name} | {value:.2f} | {loop / value:.1f} |" for name, value in seconds.items()]
    lines += [f"| bare cells and export, without start | {bare:.2f} | {loop / bare:.1f} |", ""]
    report = {
        name: statistics.median(values)
        for name, values in found["whole report of one language, cold, seconds"].items()
    }
    ratios = {
        "one worker against the loop": loop / one,
        "one worker against the bare cells and export, without start": one / bare,
        "two workers against one": one / two,
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
    memory = found["private memory of a child, MB"]
    lines += [f"| private memory of a child, at most, MB | {memory:.0f} |"] if memory else []
    for name, value in found.items():
        if "pairs" in name:
            median = statistics.median(value) if isinstance(value, list) else value
            lines.append(f"| {name} | {median:.2f} |")
    for name, values in found["all cached, seconds"].items():
        lines.append(f"| {name}, all cached, seconds | {statistics.median(values):.2f} |")
    return "\n".join(lines)


def draw(found: dict[str, Any], target: Path) -> None:
    """Draw seconds a run, every round as a dot."""
    import pandas as pd
    import seaborn as sns
    from matplotlib.figure import Figure

    frame = pd.DataFrame(
        [(name, value) for name, values in found["seconds a run"].items() for value in values],
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
        inside(sys.argv[2], Path(sys.argv[3]), ORDERS[: int(sys.argv[4])])
    else:
        main()
