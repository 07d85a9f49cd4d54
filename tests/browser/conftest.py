"""Chromium, the pages of one report, and JupyterLab, as several tests share them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import lab as laboratory
import pytest
from layout import ROOT
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from pingan_lib.chromium import find_chromium
from pingan_lib.errors import PinganError

# A step takes as long as it takes; this only ends a test that would wait for ever.
expect.set_options(timeout=30_000)
# What JupyterLab says of itself when a kernel ends.
OF_JUPYTERLAB = "Could not restore the debugger state"
NewContext = Callable[..., BrowserContext]
CHOSEN_REPORTS = "PINGAN_REPORTS"


def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Keep together what shares something that takes long to make: JupyterLab, a page that is loaded, a file's."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.rpartition("/")[2].partition("::")
            page = re.search(r"\[(\w+-\w+)", test)
            if file == "test_pages.py" and page:
                return page[1]
            return "lab" if file in ("test_lab.py", "test_explorer.py") else file

    return Together(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Cut from a failure the outline of the whole page, which has thousands of lines."""
    try:
        return (yield)
    except AssertionError as error:
        error.args = (str(error).partition("\nAria snapshot:")[0],)
        raise


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window, and without any host other than this machine."""
    try:
        found = find_chromium()
    except PinganError as error:
        pytest.fail(f"These tests need Chromium (`apt-get install chromium`).\n{error}", pytrace=False)
    flags = ["--disable-gpu", "--disable-quic", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=flags)
        yield chromium
        chromium.close()


@contextlib.contextmanager
def watched(browser: Browser) -> Iterator[NewContext]:
    """Make contexts; at the end it is an error if a page asked another host, or had an error.

    `allowed` is where pages may ask: files, unless told otherwise. Everything else is as Playwright names it.
    """
    faults: list[str] = []

    def asked(url: str, allowed: str) -> None:
        if not url.startswith((allowed, "data:", "blob:")):
            faults.append(f"a request to {url}")

    def spoken(message) -> None:
        if message.type == "error" and not message.text.startswith(OF_JUPYTERLAB):
            faults.append(f"in the console: {message.text}")

    def opened(dialog) -> None:
        faults.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    with contextlib.ExitStack() as contexts:

        def make(*, allowed: str = "file:///", **options) -> BrowserContext:
            context = contexts.enter_context(browser.new_context(**options))
            context.on("request", lambda request: asked(request.url, allowed))
            context.on("dialog", opened)
            context.on("weberror", lambda error: faults.append(f"an error: {error.error}"))
            context.on("console", spoken)
            return context

        yield make
    assert faults == []


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Make contexts; a request to a host, a dialog and an error fail the test."""
    with watched(browser) as make:
        yield make


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `pingan report` makes, in both languages; all workers share one.

    The variable PINGAN_REPORTS names a folder that was made before, to try a change of a page at once.
    """
    if chosen := os.environ.get(CHOSEN_REPORTS):
        return Path(chosen).resolve()
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "reports"
    with (shared / "reports.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            pingan("report", "--out", folder, cwd=ROOT)
    return folder


def pingan(*arguments: object, cwd: Path) -> str:
    """What the real command says; it must succeed."""
    command = [sys.executable, "-m", "pingan_lib.cli", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[laboratory.Lab]:
    """A JupyterLab server on a fresh project: what is saved there touches nothing else."""
    with laboratory.serve(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def open_in_lab(lab: laboratory.Lab, new_context: NewContext) -> Iterator[Callable[..., laboratory.Notebook]]:
    """Open a notebook by its file name, in a context with the options given; its kernel ends with the test."""
    opened: list[laboratory.Notebook] = []

    def open_(name: str, **options) -> laboratory.Notebook:
        page = new_context(allowed=lab.url, **options).new_page()
        opened.append(lab.open(page, name))
        return opened[-1]

    yield open_
    for notebook in opened:
        notebook.close()
