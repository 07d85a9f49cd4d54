"""Kernels that execute notebooks in threads: no notebook is believed unseen, an interrupt ends them all."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from jupyter_client.manager import AsyncKernelManager
    from nbformat import NotebookNode

P = ParamSpec("P")
T = TypeVar("T")

# What papermill logs is in the message of a run; without a handler it would reach the terminal as well.
logging.getLogger("papermill").addHandler(logging.NullHandler())


@dataclass
class Kernels:
    """Notebooks that run in threads, each with a kernel of its own; made by `kernels`.

    Threads rather than processes: the work is done in the kernels, which are processes already, and a thread
    needs no second import of papermill. It runs outside the main thread, where nbclient would take Ctrl-C for
    itself and go on.

    Attributes
    ----------
    stopped : threading.Event
        Set when the run was interrupted: what ends after that is not to be kept.
    """

    pool: ThreadPoolExecutor
    started: list[AsyncKernelManager] = field(default_factory=list)
    futures: list[Future[Any]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call a function in one of the threads."""
        future = self.pool.submit(function, *args, **kwargs)
        self.futures.append(future)
        return future

    def execute(self, path: Path, draft: Path, parameters: Mapping[str, Any], folder: Path) -> str:
        """Execute a notebook into a file.

        papermill's own word is not enough: it saves a notebook whose kernel died with every cell marked as
        completed. A run has succeeded if every code cell has a number and none has an error.

        Parameters
        ----------
        path : Path
        draft : Path
            What has run until the end or the failure; may be missing where nothing could be run.
        parameters : mapping of str to object
        folder : Path
            The kernel's working folder.

        Returns
        -------
        str
            What went wrong, and in which cell; empty if nothing did.
        """
        import nbformat
        import papermill
        from jupyter_client.manager import AsyncKernelManager
        from nbclient.exceptions import DeadKernelError
        from papermill.exceptions import PapermillExecutionError

        started = self.started

        class Manager(AsyncKernelManager):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                if os.name == "posix":
                    # Files that the user alone can open: kernels that start together cannot pick one port.
                    # In the folder for temporary files, because the path of a socket must be short.
                    self.transport = "ipc"
                    self.connection_file = f"{sockets}/kernel.json"
                started.append(self)

        failure: Exception | None = None
        try:
            with TemporaryDirectory(prefix="pingan-") as sockets:
                papermill.execute_notebook(
                    _literal(path),
                    _literal(draft),
                    parameters=dict(parameters),
                    progress_bar=False,
                    # papermill's own `cwd` changes the folder of the whole process, under the other threads
                    resources={"metadata": {"path": str(folder)}},
                    kernel_manager_class=Manager,
                    store_widget_state=False,  # no page shows a widget, and its state holds the articles once more
                    # a kernel is interrupted before it is shut down, and calls that an error
                    extra_arguments=["--IPKernelApp.log_level=50"],
                )
        except Exception as error:  # whatever it is, this run has failed and the others go on
            failure = error
        if not draft.exists():
            return f"{type(failure).__name__}: {failure}"
        notebook = nbformat.read(draft, as_version=4)
        if isinstance(failure, DeadKernelError):
            return f"the kernel died in {_place(_last_started(notebook))}"
        if failure is not None and not isinstance(failure, PapermillExecutionError):
            return f"{type(failure).__name__}: {failure}"
        return unfinished(notebook) or (str(failure) if failure else "")

    def stop(self) -> None:
        """End every kernel, and wait until its thread has cleared up."""
        self.stopped.set()
        self.pool.shutdown(wait=False, cancel_futures=True)
        # one that was cancelled before it began is never told to `wait`, which would wait for it for ever
        begun = [future for future in self.futures if not future.cancelled()]
        while wait(begun, timeout=0.1).not_done:
            for kernel in self.started:
                if kernel.provisioner is not None:
                    asyncio.run(kernel.provisioner.kill())


@contextmanager
def kernels(count: int) -> Iterator[Kernels]:
    """Run up to `count` notebooks at the same time; an exception, Ctrl-C among them, ends their kernels.

    Parameters
    ----------
    count : int
        At least 1.

    Yields
    ------
    Kernels
    """
    with ThreadPoolExecutor(count) as pool:
        found = Kernels(pool)
        try:
            yield found
        except BaseException:
            found.stop()
            raise


def unfinished(notebook: NotebookNode) -> str:
    """Name the first code cell that ended in an error or did not run.

    Parameters
    ----------
    notebook : nbformat.NotebookNode

    Returns
    -------
    str
        Empty if there is none: the notebook ran to its end.
    """
    for cell in _code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                return f"{output.ename}: {output.evalue} ({_place(cell)})"
        if cell.execution_count is None:
            return f"a cell did not run ({_place(cell)})"
    return ""


def _literal(path: Path) -> str:
    """A path in which papermill finds no parameters to fill in."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def _last_started(notebook: NotebookNode) -> NotebookNode:
    cells = _code_cells(notebook)
    begun = [cell for cell in cells if cell.metadata.get("papermill", {}).get("start_time")]
    return (begun or cells)[-1]


def _place(cell: NotebookNode) -> str:
    first = cell.source.strip().splitlines()[0]
    return f"cell {cell.get('id', '')!r}, In [{cell.execution_count or ' '}]: {first}"
