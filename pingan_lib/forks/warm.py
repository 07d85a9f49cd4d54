"""The warm parent: a process of its own that has imported what notebooks need, and forks one child for each request.

It runs no event loop and no thread, and holds no kernel and no socket but the one on which it is asked.
`multiprocessing`'s fork server does the same with three drawbacks that count here: each child imports the main module
of whoever asks, which runs a plain script again; a daemonic process, such as a worker of Dask, may not ask at all; and
there is one for the whole process, with one list of modules, which a user's own code may need for its own ends.
"""

from __future__ import annotations

import builtins
import ctypes
import gc
import importlib
import os
import pickle
import random
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from multiprocessing.connection import Connection
from types import SimpleNamespace

# What every notebook imports; a module that cannot be had is left to the child that needs it.
FIRST = (
    "debugpy",
    "ipykernel.debugger",
    "ipykernel.kernelapp",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.figure",
    "sqlite3",
    "tornado.platform.asyncio",
    "pingan_lib.compare",
    "pingan_lib.forks.kernel",
    "pingan_lib.page",
    "pingan_lib.plots",
    "pingan_lib.svg",
    "pingan_lib.tables.alternatives",
    "pingan_lib.warmth",
)
# What pages and some notebooks import, in the order in which a sweep comes to need it. Each takes a moment: while one
# is imported, nothing can be forked.
THEN = (
    "joblib.memory",
    "nbconvert.exporters.html",
    "nbconvert.preprocessors",
    "rocrate.model",
    "rocrate.rocrate",
    "pingan_lib.runs.record",
    "pingan_lib.tables.agreement",
    "pingan_lib.tables.sources",
    "scipy.linalg",
    "scipy.sparse",
    "scipy.special",
    "scipy.spatial",
    "scipy.optimize",
    "scipy.integrate",
    "scipy.interpolate",
    "scipy.ndimage",
    "scipy.stats.distributions",
    "scipy.stats",
    "scipy.cluster.hierarchy",
    "pandas.core.reshape.reshape",
    "seaborn",
    "pingan_lib.tables.approaches",
    "pingan_lib.tables.pairs",
    "pingan_lib.tables.scrutiny",
    "statsmodels.stats.multitest",
    "statsmodels.stats.power",
    "statsmodels.stats.proportion",
    "pingan_lib.ratios",
    "pingan_lib.tables.figures",
    "rjieba",
    "pingan_lib.keyness",
    "pingan_lib.tables.language",
    "pingan_lib.tables.themes",
    "pingan_lib.tables.synthesis",
    "pingan_lib.sensitivity",
    "pingan_lib.tables.sensitivity",
    "pingan_lib.overview",
    "pingan_lib.tables.overview",
    "pingan_lib.explorer",
    "pingan_lib.forks.manager",
    "pingan_lib.mentions",
    "pingan_lib.reliability",
)
# One thread for each library of linear algebra: those of a parent do not live on in its children.
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")}
# The debugger that ipykernel imports would warn of what concerns only those who debug.
ENVIRONMENT = {**ONE_THREAD, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
_PR_SET_PDEATHSIG = 1  # of <linux/prctl.h>
_NO_MORE = object()


def main(descriptor: int) -> None:
    """Import, then serve whoever holds the other end of a socket.

    Parameters
    ----------
    descriptor : int
        Of the socket.
    """
    gc.disable()  # nothing of what is imported is garbage; children collect theirs
    _import_pandas()
    for _ in _imported(FIRST):
        pass
    gc.collect()  # without one, children would think that all they have is new
    serve_forks(socket.socket(fileno=descriptor), _imported(THEN), while_children_work=False)


def _imported(names: Iterable[str]) -> Iterator[None]:
    for name in names:
        with suppress(Exception):  # the child that needs it will say why
            importlib.import_module(name)
        yield


def _import_pandas() -> None:
    """Import pandas as in a kernel: it asks once, when it is imported, whether it is to write for a terminal."""
    builtins.get_ipython = lambda: SimpleNamespace(kernel=None)  # type: ignore[attr-defined]
    try:
        importlib.import_module("pandas")
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]


def prepare_and_serve(
    connection: Connection, prepare: Callable[..., Iterable[object]], *arguments: object
) -> None:
    """Be, as a child, the warm parent of others, with something more in memory.

    Parameters
    ----------
    connection : multiprocessing.connection.Connection
    prepare : callable
        Returns steps to go through: the first before anything is forked, the others when nobody asks.
    *arguments
    """
    gc.disable()
    steps = iter(prepare(*arguments))
    next(steps, None)
    serve_forks(socket.socket(fileno=os.dup(connection.fileno())), chain(_imported(THEN), steps))


def answer_calls(connection: Connection) -> None:
    """Call, as a child, each function that comes; send `(True, result)`, or `(False, exception)`."""
    while True:
        try:
            function, arguments = connection.recv()
        except EOFError:
            return
        try:
            answer = (True, function(*arguments))
        except Exception as error:
            answer = (False, error)
        try:
            connection.send(answer)
        except (pickle.PicklingError, TypeError, AttributeError):
            connection.send((False, RuntimeError(f"{function.__name__}: {answer[1]!r}")))


def serve_forks(control: socket.socket, steps: Iterator[object], *, while_children_work: bool = True) -> None:
    """Fork a child for each pair of file descriptors that comes, until nobody is left to ask.

    Parameters
    ----------
    control : socket.socket
        Each message brings the child's connection and the end of a pipe, to which its exit status is written.
    steps : iterator
        One is gone through whenever nobody asks: a child is forked early, and later ones find more in memory.
    while_children_work : bool, optional
        Without it, steps wait until no child lives.
    """
    waker, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    living: dict[int, int] = {}
    warm = False
    while True:
        stepping = not warm and (while_children_work or not living)
        ready = select.select([control.fileno(), waker], [], [], 0 if stepping else None)[0]
        if stepping and not ready:
            try:
                warm = next(steps, _NO_MORE) is _NO_MORE
            except Exception:  # the child that needs it will say why
                warm = True
        if waker in ready:
            os.read(waker, 4096)
            _bury(living)
        if control.fileno() in ready:
            # what a child starts by `os.system` must not hold its connection
            message, descriptors, _, _ = socket.recv_fds(control, 1, 2, socket.MSG_CMSG_CLOEXEC)
            if not message:
                break
            gc.freeze()  # a collection in a child would touch, and so copy, what it shares with its parent
            connection, status = descriptors
            parent = os.getpid()
            try:
                child = os.fork()
            except OSError as error:  # too many processes: whoever asked sees the connection close
                print(f"The warm parent cannot fork: {error.strerror}.", file=sys.stderr)
                os.close(connection)
                os.close(status)
                continue
            if child == 0:
                _live(connection, parent, [control.fileno(), waker, woken, status, *living.values()])
            os.close(connection)
            living[child] = status
    for child in living:
        _kill_all_of(child)


def _bury(living: dict[int, int]) -> None:
    """Tell how each child ended that has ended, and end what it has started."""
    for child in list(living):
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            _kill_all_of(child)  # before its number can be given to another process
            _, status = os.waitpid(child, 0)
            pipe = living.pop(child)
            with suppress(BrokenPipeError):
                os.write(pipe, b"%d" % os.waitstatus_to_exitcode(status))
            os.close(pipe)


def _kill_all_of(child: int) -> None:
    """Kill a child and the processes of its group: what it started, as far as that has not left."""
    with suppress(ProcessLookupError):  # it may have ended before it led a group
        os.killpg(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def _live(descriptor: int, parent: int, inherited: Iterable[int]) -> None:
    """Do, as the child, what the one who asked sends: a function and its arguments. Never returns."""
    code = 1
    terminal = os.dup(2)  # a kernel puts a pipe in the place of 2
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        _die_with(parent)
        for each in inherited:
            os.close(each)
        gc.enable()
        random.seed()
        if "numpy.random" in sys.modules:
            sys.modules["numpy.random"].seed()
        connection = Connection(descriptor)
        connection.send(os.getpid())
        function, arguments = connection.recv()
        function(connection, *arguments)
        code = 0
    except BaseException:
        os.write(terminal, traceback.format_exc().encode())
    finally:
        with suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _die_with(parent: int) -> None:
    """Let the kernel of Linux kill this process when its parent dies: nobody else would know of it then."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
