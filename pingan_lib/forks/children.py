"""Children of the warm parent, as the one who asks for them sees them."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from typing import Any, TypeVar, cast

from pingan_lib.errors import RunError
from pingan_lib.forks.warm import ENVIRONMENT, answer_calls, prepare_and_serve

T = TypeVar("T")

# The folder in which it is started may hold a random.py: IPython adds the kernel's folder to the path.
_PARENT = "import sys; del sys.path[0]; from pingan_lib.forks.warm import main; main(int(sys.argv[1]))"
_GRACE = 5.0  # seconds in which a parent may end by itself


class Child:
    """A fresh process that does one thing.

    Attributes
    ----------
    connection : multiprocessing.connection.Connection
        To the function that it runs.
    pid : int
    """

    def __init__(self, connection: Connection, status: int) -> None:
        self.connection = connection
        self._status = status
        self._exit_code: int | None = None
        self._closed = False
        self._lock = threading.Lock()  # a deadline or Ctrl-C kills from another thread
        self.pid: int = connection.recv()

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it lives."""
        with self._lock:
            if self._exit_code is None and not self._closed and wait_for([self._status], 0):
                # without a number the parent itself has died, and its children with it
                self._exit_code = int(os.read(self._status, 16) or -signal.SIGKILL)
            return self._exit_code

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still lives."""
        if self.poll() is None and not self._closed:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float) -> int | None:
        """Wait until it has ended, or some seconds; return as `poll`."""
        if self.poll() is None and not self._closed:
            wait_for([self._status], seconds)
        return self.poll()

    def end(self, grace: float = 0.0) -> None:
        """Kill it, unless it ends by itself within some seconds, and close what leads to it."""
        if self._closed:
            return
        if self.wait(grace) is None:
            self.send_signal(signal.SIGKILL)
            self.wait(10)
        with self._lock:
            self._closed = True
            self.connection.close()
            os.close(self._status)


class WarmParent:
    """The process in which all is imported; started at the first child, and again if it died.

    One serves all threads. It leads a session of its own, so that Ctrl-C reaches only the one who asks, and ends with
    it.

    Parameters
    ----------
    origin : WarmParent, optional
        The parent from which this one is forked; without it, Python is started.
    prepare : callable, optional
        What a parent with an origin has in memory besides: a function of a module, called there once, that returns
        steps to go through, the first before it forks.
    *arguments
        Of `prepare`.
    """

    def __init__(
        self,
        origin: WarmParent | None = None,
        prepare: Callable[..., Iterable[object]] = tuple,
        *arguments: Any,
    ) -> None:
        self._lock = threading.Lock()
        self._origin = origin
        self._prepare = (prepare, *arguments)
        self._process: subprocess.Popen[bytes] | Child | None = None
        self._control: socket.socket | None = None
        self._asked = False

    def start(self) -> None:
        """Start it, without waiting until it is warm."""
        with self._lock:
            self._started()

    def fork(self, function: Callable[..., None], *arguments: Any) -> Child:
        """Run a function in a fresh process.

        Parameters
        ----------
        function : callable
            Of a module; called with a `Connection`, and the arguments.
        *arguments
            What pickle can write.

        Returns
        -------
        Child

        Raises
        ------
        RunError
            If no process can be had.
        """
        failure: Exception | None = None
        for _ in range(2):  # the parent may have died, and is started again
            mine, theirs = Pipe()
            told, tell = os.pipe()
            asked: subprocess.Popen[bytes] | Child | None = None
            try:
                with theirs, os.fdopen(tell, "wb"), self._lock:
                    control = self._started()
                    asked = self._process
                    socket.send_fds(control, [b"f"], [theirs.fileno(), tell])
                child = Child(mine, told)
                self._asked = True
                child.connection.send((function, arguments))
                return child
            except (EOFError, OSError) as error:
                failure = error
                mine.close()
                os.close(told)
                with self._lock:
                    # another thread may have started a new one meanwhile, which has children
                    if asked is self._process and not self._lives():
                        self._end()
        raise RunError(
            f"No process could be forked from the warm parent ({str(failure) or 'it ended'}). "
            "Use papermill's own engine: --engine papermill."
        ) from failure

    def stop(self) -> None:
        """End it, and every child that still lives."""
        with self._lock:
            self._end()

    def _lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _started(self) -> socket.socket:
        if self._control is None or not self._lives():
            self._end()
            if self._origin is not None:
                self._process = self._origin.fork(prepare_and_serve, *self._prepare)
                self._control = socket.socket(fileno=os.dup(self._process.connection.fileno()))
            else:
                self._control, theirs = socket.socketpair()
                with theirs:
                    self._process = subprocess.Popen(
                        [sys.executable, "-c", _PARENT, str(theirs.fileno())],
                        pass_fds=[theirs.fileno()],
                        stdin=subprocess.DEVNULL,
                        stdout=2,  # what leads out of this process is for what it prints itself
                        env={**os.environ, **ENVIRONMENT},
                        start_new_session=True,
                    )
        return self._control

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
        if isinstance(self._process, Child):
            self._process.connection.close()
            self._process.end(_GRACE)
        elif self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                # one that nobody asked may still be importing, and has no children to end
                self._process.wait(_GRACE if self._asked else 0)
            self._process.kill()
            self._process.wait()
        self._control = self._process = None
        self._asked = False


def call_aside(
    parent: WarmParent,
    function: Callable[..., T],
    *arguments: Any,
    watch: list[Any],
    seconds: float | None = None,
    idle: list[Child] | None = None,
) -> T:
    """Call a function in another process.

    Parameters
    ----------
    parent : WarmParent
    function : callable
        Of a module.
    *arguments
        What pickle can write.
    watch : list
        Holds the child while it works.
    seconds : float, optional
        That it may take.
    idle : list of Child, optional
        Processes that wait for a next call; one of them is taken, and put back. Without it the process is fresh.

    Returns
    -------
    object
        What the function returns.

    Raises
    ------
    Exception
        What the function raises.
    RunError
        If the process died, or took longer.
    """
    child = _waiting(idle) or parent.fork(answer_calls)
    watch.append(child)
    answered = False
    try:
        child.connection.send((function, arguments))
        if not child.connection.poll(seconds):
            child.end()
            raise RunError(f"The process that should {function.__name__} took longer than {seconds:g} s.")
        done, result = child.connection.recv()
        answered = True
    except (EOFError, ConnectionError):
        code = child.wait(_GRACE)
        how = f"by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"
        raise RunError(f"The process that should {function.__name__} ended {how}.") from None
    finally:
        watch.remove(child)
        if answered and idle is not None:
            idle.append(child)
        else:
            child.connection.close()  # it ends by itself then, unless it is at work
            child.end(_GRACE if answered else 0)
    if not done:
        raise result
    return cast(T, result)


def _waiting(idle: list[Child] | None) -> Child | None:
    """Take a process that waits, if one lives."""
    while idle:
        with suppress(IndexError):  # another thread took it
            child = idle.pop()
            if child.poll() is None:
                return child
            child.end()
    return None


@cache
def warm_parent() -> WarmParent:
    """The warm parent of this process; it ends with it."""
    parent = WarmParent()
    atexit.register(parent.stop)
    return parent
