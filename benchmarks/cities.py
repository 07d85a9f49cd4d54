"""Measure how long it takes to compare all pairs of some thousand cities by approach, and how much memory."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

# Beside this file: Python puts the folder of a script at the head of its path.
from corpus import peak


def measure(root: Path) -> dict[str, Any]:
    """Load a project folder, then compare all pairs of its cities."""
    from pingan_lib.compare import compare_all_approaches
    from pingan_lib.corpus import load_corpus

    start = process_time()
    corpus = load_corpus(root)
    loaded, before = process_time(), peak()
    pairs = compare_all_approaches(corpus)
    return {
        "cities": len(corpus.cities), "approaches": len(corpus.approaches), "pairs": len(pairs),
        "load_seconds": loaded - start, "compare_seconds": process_time() - loaded,
        "more_bytes": peak() - before, "peak_bytes": peak(), "mean_jaccard": float(pairs["jaccard"].mean()),
    }  # fmt: skip


def main() -> None:
    """Measure the project folder that is named, or a synthetic one with an article for each city."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="a project folder; without it, a synthetic one")
    parser.add_argument("--cities", type=int, default=3000)
    given = parser.parse_args()
    with TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch) / "synthetic"
        if given.folder is None:
            writer = [sys.executable, str(Path(__file__).with_name("synthetic.py")), str(folder)]
            size = ["--articles", str(given.cities), "--cities", str(given.cities)]
            subprocess.run([*writer, *size], check=True)
        found = measure(folder)
    print(f"{found['pairs']:,} pairs of {found['cities']:,} cities with {found['approaches']:,} approaches")
    print(f"load {found['load_seconds']:.2f} s, compare {found['compare_seconds']:.2f} s of processor time")
    print(
        f"peak {found['peak_bytes'] / 1e6:,.0f} MB, {found['more_bytes'] / 1e6:,.0f} MB of it for the pairs"
    )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
