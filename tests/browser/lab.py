"""A JupyterLab server on a project of its own, and notebooks that are open in it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from pingan_lib.project import init_project

START_SECONDS = 120
RUN_SECONDS = 240

# JupyterLab asks whether it may fetch news, unless the person has said no; and it drops completions that take
# longer than a second, which on a busy machine they do.
_SETTINGS = {
    "apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "completer-extension/manager": {"providerTimeout": 60_000},
}

# The one notebook that is open; `window.jupyterapp` is there because the server exposes it.
_PANEL = """const app = window.jupyterapp;
const panel = app && [...app.shell.widgets('main')].find(widget => widget.content?.widgets && widget.sessionContext);"""


@dataclass
class Lab:
    """A server, and the project whose notebooks it opens."""

    url: str
    project: Path
    opened: int = 0

    def open(self, page: Page, notebook: str) -> Notebook:
        """Open one notebook by its file name, and wait until its kernel is ready."""
        self.opened += 1  # a workspace of its own: what an earlier page left open is not opened again
        page.goto(f"{self.url}lab/workspaces/w{self.opened}/tree/notebooks/{notebook}")
        page.wait_for_function(f"() => {{ {_PANEL} return Boolean(panel); }}", timeout=START_SECONDS * 1000)
        opened = Notebook(page, self.project / "notebooks" / notebook)
        opened.do(
            """await Promise.all([app.restored, app.allPluginsActivated]);
            await panel.context.ready;
            await panel.sessionContext.ready;
            app.shell.activateById(panel.id);""",
            seconds=START_SECONDS,
        )
        page.wait_for_function(
            f"""() => {{ {_PANEL}
              return panel.sessionContext.session?.kernel?.status === 'idle' && app.shell.currentWidget === panel;
            }}""",
            timeout=START_SECONDS * 1000,
        )
        return opened


@dataclass
class Notebook:
    """A notebook that is in front in JupyterLab."""

    page: Page
    path: Path

    def do(self, script: str, given: Any = None, *, seconds: float = 60) -> Any:
        """Run the body of an async function of `app`, `panel` and `given` in the page, and wait for its result."""
        body = f"async given => {{ {_PANEL} return (await (async () => {{ {script} }})()) ?? null; }}"
        began = """([body, given]) => {
          window.pinganStep = {};
          (0, eval)(`(${body})`)(given).then(
            value => { window.pinganStep = {value}; },
            error => { window.pinganStep = {error: String(error && error.stack || error)}; });
        }"""
        self.page.evaluate(began, [body, given])
        self.page.wait_for_function(
            "'value' in window.pinganStep || 'error' in window.pinganStep", timeout=seconds * 1000
        )
        step = self.page.evaluate("window.pinganStep")
        if "error" in step:
            raise AssertionError(f"{self.path.name}: {step['error']}")
        return step["value"]

    def command(self, name: str, *, seconds: float = 60) -> None:
        """Execute a command of the application, as its menus and keys do."""
        self.do("await app.commands.execute(given);", name, seconds=seconds)

    def run_all(self, *, seconds: float = RUN_SECONDS) -> None:
        """Run all cells, and wait until each has run and the kernel is idle."""
        self.command("notebook:run-all-cells", seconds=seconds)
        self.page.wait_for_function(
            f"""() => {{ {_PANEL}
              return panel.sessionContext.session.kernel.status === 'idle' &&
                panel.content.widgets.every(cell => cell.model.type !== 'code' ||
                  !cell.model.sharedModel.getSource().trim() || cell.model.executionCount !== null);
            }}""",
            timeout=seconds * 1000,
        )

    def cells(self) -> list[dict[str, Any]]:
        """The cells as nbformat holds them, with their outputs."""
        return self.do("return panel.content.model.toJSON().cells;")

    def errors(self) -> list[str]:
        """What went wrong in any cell: errors, and what was written to the error stream."""
        return [
            f"{cell['id']}: {output.get('ename', 'stderr')}: {output.get('evalue', output.get('text', ''))}"
            for cell in self.cells()
            for output in cell.get("outputs", ())
            if output["output_type"] == "error" or output.get("name") == "stderr"
        ]

    def source(self, cell_id: str) -> str:
        """The source of one cell."""
        return next("".join(cell["source"]) for cell in self.cells() if cell["id"] == cell_id)

    def set_source(self, cell_id: str, source: str) -> None:
        """Write another source into one cell, as typing does."""
        self.do(
            """const cell = panel.content.widgets.find(each => each.model.id === given[0]);
            cell.model.sharedModel.setSource(given[1]);""",
            [cell_id, source],
        )

    def show(self, cell_id: str) -> None:
        """Scroll to a cell; JupyterLab draws only what is near."""
        self.do(
            """const index = panel.content.widgets.findIndex(each => each.model.id === given);
            await panel.content.scrollToItem(index, 'start');
            panel.content.activeCellIndex = index;""",
            cell_id,
        )

    def save(self) -> None:
        """Save, and wait until it is on disk."""
        self.do("await panel.context.save();")

    def close(self) -> None:
        """End the kernel."""
        self.do("await panel.sessionContext.shutdown();")


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[Lab]:
    """Start a server that leaves everything that it writes in `folder`, and end it."""
    project = init_project(folder / "project")
    settings = folder / "settings"
    for name, values in _SETTINGS.items():
        file = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(values), encoding="utf-8")
    own = {
        "JUPYTER_CONFIG_DIR": folder / "config",
        "JUPYTER_DATA_DIR": folder / "data",
        "JUPYTER_RUNTIME_DIR": folder / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": settings,
        "JUPYTERLAB_WORKSPACES_DIR": folder / "workspaces",
        "IPYTHONDIR": folder / "ipython",
    }
    # A port that was free a moment ago; if somebody takes it, the server moves on, and says where it is.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "server.log"
    with log.open("wb") as written:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--expose-app-in-browser", "--IdentityProvider.token=", "--ServerApp.ip=127.0.0.1"),
                *(f"--ServerApp.port={port}", f"--ServerApp.root_dir={project}"),
                # If the tests are broken off, the server ends by itself.
                *(
                    "--MappingKernelManager.cull_idle_timeout=300",
                    "--ServerApp.shutdown_no_activity_timeout=600",
                ),
            ],
            cwd=project,
            env=os.environ | {name: str(path) for name, path in own.items()},
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Lab(_address(server, folder / "runtime", log), project)
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _address(server: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    """Wait until the server has written where it listens."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        for path in runtime.glob(f"jpserver-{server.pid}.json"):
            with contextlib.suppress(json.JSONDecodeError):
                return str(json.loads(path.read_text(encoding="utf-8"))["url"])
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
