"""Kernels that execute notebooks, each for itself: no notebook is believed unseen, an interrupt ends them all."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pingan_lib.errors import UsageError, choices
from pingan_lib.forks import Child, WarmParent, call_aside, warm_parent

if TYPE_CHECKING:
    from nbformat import NotebookNode

Engine = Literal["pingan", "papermill"]
_STOPPED = "it was stopped before it began"
T = TypeVar("T")

# What papermill logs is in the message of a run; without a handler it would reach the terminal as well.
logging.getLogger("papermill").addHandler(logging.NullHandler())


def choose_engine(name: str | None = None) -> Engine:
    """Return the engine that executes notebooks: forked from a warm parent on Linux, papermill's own elsewhere.

    Parameters
    ----------
    name : {"pingan", "papermill"}, optional
        What a person asks for. Both give the same results.

    Raises
    ------
    UsageError
        For an engine that is not known, or that this system cannot have.
    """
    if name is None:
        return "pingan" if sys.platform == "linux" else "papermill"
    if name == "papermill":
        return "papermill"
    if name != "pingan":
        raise UsageError(choices("engine", name, ["pingan", "papermill"]))
    if sys.platform != "linux":
        raise UsageError("The engine 'pingan' forks processes, which is safe on Linux only: use 'papermill'.")
    return "pingan"


@dataclass
class Kernels:
    """Executes notebooks, from as many threads as there are, each in a kernel of its own; made by `kernels`.

    Threads rather than processes: the work is done in the kernels, which are processes already, and a thread
    needs no second import of papermill. It runs outside the main thread, where nbclient would take Ctrl-C for
    itself and go on.

    Attributes
    ----------
    engine : {"pingan", "papermill"}
    timeout : float or None
        Seconds that an execution may take.
    parent : WarmParent
        From which the engine "pingan" forks.
    started : list
        What is at work: kernels, and the processes of `aside`.
    idle : list of Child
        Processes of `aside` that wait for a next call.
    stopped : threading.Event
        Set when the work was interrupted: what ends after that is not to be kept.
    """

    engine: Engine
    timeout: float | None = None
    parent: WarmParent = field(default_factory=warm_parent)
    started: list[Any] = field(default_factory=list)
    idle: list[Child] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def execute(
        self,
        path: Path,
        draft: Path,
        parameters: Mapping[str, Any],
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> str:
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
        environment : mapping of str to str, optional
            Variables that the kernel has besides those of this process.

        Returns
        -------
        str
            What went wrong, and in which cell; empty if nothing did.
        """
        import papermill
        from nbclient.exceptions import DeadKernelError
        from papermill.exceptions import PapermillExecutionError

        if self.stopped.is_set():
            return _STOPPED
        overdue = threading.Event()
        failure: Exception | None = None
        manager: Any = None
        notebook: NotebookNode | None = None
        try:

            def started(made: Any) -> None:
                nonlocal manager
                manager = made
                self.started.append(made)

            def unwanted() -> bool:
                return self.stopped.is_set() or overdue.is_set()

            factory = self._factory(started, unwanted, dict(environment or {}))
            with _deadline(self.timeout, overdue, lambda: _kill(manager)):
                notebook = papermill.execute_notebook(
                    _literal(path),
                    _literal(draft),
                    parameters=dict(parameters),
                    engine_name="pingan" if self.engine == "pingan" else None,
                    progress_bar=False,
                    # papermill's own `cwd` changes the folder of the whole process, under the other threads
                    resources={"metadata": {"path": str(folder)}},
                    kernel_manager_class=factory,
                    store_widget_state=False,  # no page shows a widget, and its state holds the articles once more
                    # a kernel is interrupted before it is shut down, and calls that an error
                    extra_arguments=["--IPKernelApp.log_level=50"],
                )
        except Exception as error:  # whatever it is, this run has failed and the others go on
            failure = error
        finally:
            if manager in self.started:
                self.started.remove(manager)
        notebook = notebook or _saved(draft)
        if notebook is None:
            return f"{type(failure).__name__}: {failure}"
        if overdue.is_set():
            return f"it took longer than {self.timeout:g} s; it was {_reached(notebook)}"
        if isinstance(failure, DeadKernelError):
            return f"the kernel died{_cause(manager)} {_reached(notebook)}"
        if failure is not None and not isinstance(failure, PapermillExecutionError):
            return f"{type(failure).__name__}: {failure}"
        return unfinished(notebook) or (str(failure) if failure else "")

    def aside(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function, with the engine "pingan" in another process, which has what it imports already.

        Such a process is kept for the next call. No notebook has run in it.

        Raises
        ------
        Exception
            What the function raises.
        RunError
            If its process died, or took longer than `timeout`.
        """
        if self.engine == "pingan":
            return call_aside(
                self.parent,
                function,
                *arguments,
                watch=self.started,
                seconds=self.timeout,
                idle=self.idle,
            )
        return function(*arguments)

    def stop(self) -> None:
        """End every kernel."""
        self.stopped.set()
        for kernel in list(self.started):
            _kill(kernel)

    def _factory(
        self,
        started: Callable[[Any], None],
        unwanted: Callable[[], bool],
        environment: Mapping[str, str],
    ) -> type[Any]:
        """The class of kernel managers that the engine takes, which tells of each that it makes.

        A kernel that nobody wants any more when it has started is killed at once: until then it could not be.
        """
        if self.engine == "pingan":
            from pingan_lib.forks.manager import ForkedKernelManager

            parent = self.parent

            class Forked(ForkedKernelManager):
                def __init__(self, *args: Any, **kwargs: Any) -> None:
                    super().__init__(*args, **kwargs)
                    self.parent_process = parent
                    started(self)

                async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
                    await super().start_kernel(**{**kwargs, "env": {**os.environ, **environment}})
                    if unwanted():
                        _kill(self)

            return Forked

        from pingan_lib.sockets import SocketKernelManager

        class Manager(SocketKernelManager):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                started(self)

            async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
                await super().start_kernel(**{**kwargs, "env": {**os.environ, **environment}})
                if unwanted() and self.provisioner is not None:
                    await self.provisioner.kill()

        return Manager


@contextmanager
def kernels(
    engine: Engine, timeout: float | None = None, parent: WarmParent | None = None
) -> Iterator[Kernels]:
    """Execute notebooks; an exception, Ctrl-C among them, ends their kernels.

    Parameters
    ----------
    engine : {"pingan", "papermill"}
    timeout : float, optional
        Seconds that an execution may take.
    parent : WarmParent, optional
        From which the engine "pingan" forks.

    Yields
    ------
    Kernels
    """
    found = Kernels(engine, timeout, parent or warm_parent())
    try:
        if engine == "pingan":  # it can fork when it has answered: no run's time is spent on that
            call_aside(found.parent, os.getpid, watch=found.started)
        yield found
    except BaseException:
        found.stop()
        raise
    finally:
        for child in found.idle:
            child.end()


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


@contextmanager
def _deadline(seconds: float | None, overdue: threading.Event, end: Callable[[], None]) -> Iterator[None]:
    """Call `end` when some seconds have gone, and say so."""
    if seconds is None:
        yield
        return

    def late() -> None:
        overdue.set()
        end()

    timer = threading.Timer(seconds, late)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _kill(kernel: Any) -> None:
    """Kill a kernel, whatever it does."""
    if isinstance(kernel, Child):
        kernel.send_signal(signal.SIGKILL)
    elif getattr(kernel, "child", None) is not None:
        kernel.child.send_signal(signal.SIGKILL)
    elif getattr(kernel, "provisioner", None) is not None:
        asyncio.run(kernel.provisioner.kill())


def _cause(manager: Any) -> str:
    """What ended a kernel, where that is known."""
    code = getattr(manager, "exit_code", None)
    if code is None or code >= 0:
        return ""
    if -code == signal.SIGKILL:
        return " (it was killed; perhaps memory ran out)"
    return f" ({signal.strsignal(-code) or f'signal {-code}'})"


def _literal(path: Path) -> str:
    """A path in which papermill finds no parameters to fill in."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _saved(path: Path) -> NotebookNode | None:
    """A notebook that papermill has just written, which needs no second proof of its form; None if it has not."""
    from nbformat import v4

    try:
        return v4.reads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:  # half of it: the disk is full
        path.unlink()
        return None


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def _reached(notebook: NotebookNode) -> str:
    """Where an execution has come to."""
    begun = [cell for cell in _code_cells(notebook) if cell.metadata.get("papermill", {}).get("start_time")]
    return f"in {_place(begun[-1])}" if begun else "before the first cell"


def _place(cell: NotebookNode) -> str:
    first = cell.source.strip().splitlines()[0]
    return f"cell {cell.get('id', '')!r}, In [{cell.execution_count or ' '}]: {first}"
