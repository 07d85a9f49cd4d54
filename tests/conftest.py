"""What several tests share: the real corpus, and a copy of the project that a test may damage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pingan_lib import Corpus, load_corpus

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """The two articles as shipped."""
    return load_corpus(ROOT)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the data and the articles."""
    for folder in ("data", "seeds"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path
