"""The synthetic corpora that benchmarks measure with: sound, marked in every row, the same for a seed."""

from __future__ import annotations

import csv
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pingan_lib import check_corpus, load_corpus
from pingan_lib.errors import UsageError

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
_spec = importlib.util.spec_from_file_location("synthetic", BENCHMARKS / "synthetic.py")
synthetic = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(synthetic)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Thirty articles on twenty cities: ten cities have a second one."""
    return synthetic.write_corpus(tmp_path_factory.mktemp("synthetic") / "project", 30, cities=20)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_has_no_fault_and_the_promised_size(project):
    assert check_corpus(project) == []
    corpus = load_corpus(project)
    assert len(corpus.texts) == 30 and len(corpus.cities) == 20
    assert {len(text) for text in corpus.texts.values()} == {2500}
    quotes = [
        getattr(corpus, name)["article_id"].value_counts() for name in ("approaches", "figures", "statements")
    ]
    assert set(sum(quotes)) == {25}
    assert (corpus.approaches["same_as"] != "").sum() == 10


def test_a_quote_has_a_prefix_where_it_stands_twice_and_nowhere_else(project):
    corpus = load_corpus(project)
    for frame in (corpus.approaches, corpus.figures, corpus.statements):
        for row in frame.itertuples():
            assert (corpus.texts[row.article_id].count(row.quote) > 1) == bool(row.prefix)
    assert (corpus.statements["prefix"] != "").sum() >= 60


def test_every_row_title_and_text_says_that_it_is_synthetic(project):
    for path in (project / "data").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                told = " ".join(row.values())
                assert "合成" in told or "ynthetic" in told, (path.name, row)
    assert "合成" in json.loads((project / "data" / "datapackage.json").read_text("utf-8"))["title"]
    for path in (project / "seeds").rglob("*.txt"):
        assert path.read_text("utf-8").startswith("合成文章")


def test_a_seed_writes_the_same_bytes_and_another_one_others(tmp_path):
    one, again, other = (
        synthetic.write_corpus(tmp_path / name, 4, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert contents(one) == contents(again)
    assert contents(one).keys() == contents(other).keys()
    assert contents(one)["data/figures.csv"] != contents(other)["data/figures.csv"]


def test_a_folder_that_holds_something_and_no_articles_are_refused(project, tmp_path):
    with pytest.raises(UsageError, match="is not empty"):
        synthetic.write_corpus(project, 3)
    with pytest.raises(UsageError, match="at least one article"):
        synthetic.write_corpus(tmp_path / "none", 0)


def test_the_benchmark_counts_what_is_there(project, tmp_path):
    command = [
        sys.executable,
        str(BENCHMARKS / "corpus.py"),
        str(project),
        "--json",
        str(tmp_path / "out.json"),
    ]
    table = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (size,) = json.loads((tmp_path / "out.json").read_text("utf-8"))
    check = size["check"]
    assert (check["articles"], check["quotes"], check["characters"]) == (30, 750, 75_000)
    assert check["text_bytes"] == sum(path.stat().st_size for path in (project / "seeds").rglob("*.txt"))
    assert {"read tables", "cells", "quotes", "figures"} <= check["steps"].keys()
    assert sum(check["steps"].values()) <= check["seconds"]
    assert "quotes/s in memory" in table
