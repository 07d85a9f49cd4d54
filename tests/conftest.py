"""What several tests share: the real corpus, and a copy of the project that a test may damage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from pingan_lib import Corpus, load_corpus

ROOT = Path(__file__).parents[1]
# These need a Chromium, and run only where they are named.
BROWSER = Path(__file__).parent / "browser"

# How long an example takes is the machine's affair and no property of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the tests that need a browser, unless they are asked for."""
    return True if collection_path == BROWSER and not _browser_asked(config) else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out."""
    if not _browser_asked(config) and any(BROWSER.is_relative_to(path) for path in _asked(config)):
        terminalreporter.write_line(
            "Left out: tests/browser, which opens the pages and JupyterLab in Chromium. Run them: make test-browser"
        )


def _asked(config: pytest.Config) -> list[Path]:
    """The files and folders that pytest was called on."""
    return [(config.invocation_params.dir / str(each).partition("::")[0]).resolve() for each in config.args]


def _browser_asked(config: pytest.Config) -> bool:
    return any(path.is_relative_to(BROWSER) for path in _asked(config))


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
