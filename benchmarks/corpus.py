"""Measure how long it takes to check and to load corpora of several sizes, by step, and how much memory."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

Measured = dict[str, Any]
LONG = 20  # seconds


def peak() -> int:
    """The largest resident size of this process so far, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def measure_check(root: Path) -> Measured:
    """Check a project folder once, step by step; then find its quotes again in the texts that are in memory."""
    from pingan_lib.check import QUOTED_TABLES, examine
    from pingan_lib.check.quotes import locate_quotes

    before, start = peak(), process_time()
    steps: dict[str, float] = {}
    done = examine(root, steps)
    seconds, memory = process_time() - start, peak() - before
    assert not done.problems, done.problems[:3]
    quotes = sum(len(done.cells[name]["quote"]) for name in QUOTED_TABLES)
    start = process_time()
    for name in QUOTED_TABLES:
        locate_quotes(done.cells[name], done.texts)
    rate = quotes / (process_time() - start)
    text = sum(len(each.encode("utf-8")) for each in done.texts.values())
    return {
        "articles": len(done.texts), "quotes": quotes, "characters": sum(map(len, done.texts.values())),
        "text_bytes": text, "seconds": seconds, "steps": steps, "peak_bytes": memory,
        "peak_over_text": memory / text, "quotes_per_second": quotes / seconds,
        "quotes_in_memory_per_second": rate,
    }  # fmt: skip


def measure_load(root: Path) -> Measured:
    """Load a project folder, and again if that is quick: the first time with what is set up only once."""
    from pingan_lib.corpus import load_corpus

    before, start = peak(), process_time()
    corpus = load_corpus(root)
    seconds, memory = process_time() - start, peak() - before
    text = sum(len(each.encode("utf-8")) for each in corpus.texts.values())
    measured = {"seconds": seconds, "peak_bytes": memory, "peak_over_text": memory / text}
    if seconds > LONG:
        return measured
    del corpus
    start = process_time()
    load_corpus(root)
    return measured | {"seconds_again": process_time() - start}


def measure(root: Path) -> Measured:
    """Measure checking and loading, each in a process of its own, so that the peak of memory is its own."""
    found: Measured = {}
    for task in ("check", "load"):
        command = [sys.executable, __file__, "--one", task, str(root)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found[task] = json.loads(done.stdout)
    return found


def shown(sizes: Sequence[Measured]) -> str:
    """A table of what was measured: a column a size."""
    checks, loads = [each["check"] for each in sizes], [each["load"] for each in sizes]
    rows: list[tuple[str, list[str]]] = [
        ("articles", [f"{each['articles']:,}" for each in checks]),
        ("quotes", [f"{each['quotes']:,}" for each in checks]),
        ("text, MB of UTF-8", [f"{each['text_bytes'] / 1e6:,.1f}" for each in checks]),
        *((f"  {step}, s", [f"{each['steps'][step]:.3f}" for each in checks]) for step in checks[0]["steps"]),
        ("check, s", [f"{each['seconds']:.2f}" for each in checks]),
        ("quotes/s of the whole check", [f"{each['quotes_per_second']:,.0f}" for each in checks]),
        ("quotes/s in memory", [f"{each['quotes_in_memory_per_second']:,.0f}" for each in checks]),
        ("check, peak MB", [f"{each['peak_bytes'] / 1e6:,.0f}" for each in checks]),
        ("check, peak over text", [f"{each['peak_over_text']:.2f}" for each in checks]),
        ("load, s", [f"{each['seconds']:.2f}" for each in loads]),
        ("load again, s", [f"{each.get('seconds_again', float('nan')):.2f}" for each in loads]),
        ("load, peak MB", [f"{each['peak_bytes'] / 1e6:,.0f}" for each in loads]),
        ("load, peak over text", [f"{each['peak_over_text']:.2f}" for each in loads]),
    ]
    return "\n".join(f"{name:<32}" + "".join(f"{cell:>14}" for cell in cells) for name, cells in rows)


def main() -> None:
    """Measure the project folders that are named, or synthetic ones of some sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="project folders; without them, synthetic ones")
    parser.add_argument("--articles", type=int, nargs="+", default=[1000, 10_000], help="sizes of these")
    parser.add_argument("--json", type=Path, help="a file for the numbers")
    parser.add_argument("--one", choices=("check", "load"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        measured = {"check": measure_check, "load": measure_load}[given.one](given.folders[0])
        print(json.dumps(measured))
        return
    sizes = [measure(folder) for folder in given.folders]
    for articles in () if given.folders else given.articles:
        with TemporaryDirectory() as scratch:
            folder = Path(scratch) / "synthetic"
            writer = [sys.executable, str(Path(__file__).with_name("synthetic.py")), str(folder)]
            subprocess.run([*writer, "--articles", str(articles)], check=True)
            sizes.append(measure(folder))
    print(shown(sizes))
    if given.json:
        given.json.write_text(json.dumps(sizes, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
