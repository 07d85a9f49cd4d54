"""What several tests share: the real corpus, and a copy of the project that a test may damage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from pingan_lib import Corpus, load_corpus

ROOT = Path(__file__).parents[1]
# These run only where they are named: they need a Chromium, or start many programs.
APART = {
    Path(__file__).parent
    / "browser": "opens the pages and JupyterLab in Chromium. Run them: make test-browser",
    Path(__file__).parent / "system": "compares the engines and starts a cluster. Run them: make test-system",
}

# How long an example takes is the machine's affair and no property of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the tests that run apart, unless they are asked for."""
    return True if collection_path in APART and not _is_asked(collection_path, config) else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out."""
    for folder, said in APART.items():
        if not _is_asked(folder, config) and any(folder.is_relative_to(path) for path in _asked(config)):
            terminalreporter.write_line(f"Left out: tests/{folder.name}, which {said}")


def _asked(config: pytest.Config) -> list[Path]:
    """The files and folders that pytest was called on."""
    return [(config.invocation_params.dir / str(each).partition("::")[0]).resolve() for each in config.args]


def _is_asked(folder: Path, config: pytest.Config) -> bool:
    return any(path.is_relative_to(folder) for path in _asked(config))


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
