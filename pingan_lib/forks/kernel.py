"""The kernel in a forked child: ipykernel's own application, with a pipe in the place of its sockets."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import json
import os
import pickle
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from types import SimpleNamespace
from typing import Any

import ipykernel_launcher
import matplotlib
from ipykernel import debugger, ipkernel, kernelapp
from ipykernel.inprocess.socket import DummySocket
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.kernelbase import Kernel
from jupyter_client.jsonutil import json_clean
from jupyter_client.session import Session
from matplotlib.backends.registry import backend_registry
from traitlets import Any as AnyTrait
from traitlets.config import Config
from traitlets.config.loader import DeferredConfigString

_FLUSHED_EVERY = 0.2  # seconds, as ipykernel's streams
_LONGEST = 20_000  # characters that a forked process prints in one datagram
_SETTING = re.compile(r"--(?P<part>[A-Z]\w*)\.(?P<name>\w+)=(?P<value>.*)", re.DOTALL)
_WARM_STYLE = matplotlib.matplotlib_fname()


class _SysWithoutModules:
    """The module `sys` for ipykernel, whose list of all modules, for a debugger, touches and so copies each of them."""

    modules: Mapping[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


backend_registry.list_all()  # looks through all packages once
debugger._is_debugpy_available = False  # nobody can attach to a child
ipkernel.sys = _SysWithoutModules()  # type: ignore[assignment, attr-defined]


class PipeSession(Session):
    """Sends the kernel's messages through a pipe, and takes requests as they are.

    A message is the channel's name, the message as JSON, and its buffers. What a process prints that the notebook
    forked itself, such as a worker of a pool, comes to the kernel as a datagram, which never mixes with another one.
    """

    pipe = AnyTrait()

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._owner = os.getpid()
        self._sending = threading.RLock()  # a finaliser may print in the midst of a message
        self._inbox, self._outbox = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)

    def send(
        self,
        stream: Any,
        msg_or_type: Any,
        content: Any = None,
        parent: Any = None,
        ident: Any = None,
        buffers: Any = None,
        track: bool = False,
        header: Any = None,
        metadata: Any = None,
    ) -> dict[str, Any] | None:
        """Send a message to whoever executes the notebook."""
        message = (
            msg_or_type
            if isinstance(msg_or_type, dict)
            else self.msg(msg_or_type, content=content, parent=parent, header=header, metadata=metadata)
        )
        if os.getpid() == self._owner:
            if message["content"].get("execution_state") == "idle":
                self.relay()  # what comes later belongs to no cell
            channel = "shell" if stream is None else "iopub"
            self._put(channel, self._packed(message), [bytes(each) for each in buffers or ()])
        elif message["msg_type"] == "stream":  # ipykernel, too, sends nothing else from a fork
            self._send_from_fork(message)
        return message

    def relay(self) -> None:
        """Pass on what forked processes have printed."""
        with suppress(BlockingIOError):
            while True:
                self._put("iopub", *pickle.loads(self._inbox.recv(1 << 20, socket.MSG_DONTWAIT)))

    def wait_for_forks(self, seconds: float) -> None:
        """Wait until a forked process prints something, or some seconds."""
        wait_for([self._inbox], seconds)

    def feed_identities(self, msg_list: Any, copy: bool = True) -> Any:
        """Return a request without identities: there is but one who asks."""
        return [], msg_list

    def deserialize(self, msg_list: Any, content: bool = True, copy: bool = True) -> Any:
        """Return a request, which pickle has read already."""
        return msg_list[0]

    def _packed(self, message: dict[str, Any]) -> bytes:
        try:
            return self.pack(message)
        except UnicodeEncodeError:  # half of a surrogate pair, which no notebook can hold
            return json.dumps(json_clean(message), ensure_ascii=False).encode("utf-8", "replace")

    def _put(self, channel: str, text: bytes, buffers: Sequence[bytes]) -> None:
        with self._sending:
            self.pipe.send((channel, text, buffers))

    def _send_from_fork(self, message: dict[str, Any]) -> None:
        text = message["content"]["text"]
        for place in range(0, len(text), _LONGEST):
            message["content"]["text"] = text[place : place + _LONGEST]
            with suppress(OSError):
                self._outbox.send(pickle.dumps((self._packed(message), ())))


class UnstartedIOPubThread(IOPubThread):
    """ipykernel's thread for what is published, never started: it does at once what it is given to do."""

    def _setup_event_pipe(self) -> None:
        """Make no sockets of ZeroMQ, nor its threads: nobody waits there."""


# The next two have the names of what they are: settings and other packages know them by these.


class IPythonKernel(ipkernel.IPythonKernel):
    """ipykernel's kernel with one thread, which it looks for where it keeps those of its sockets."""

    shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())
    _supports_kernel_subshells = False
    _execute_sleep = 0.0  # for a thread that sends; here all is sent when a cell ends


class IPKernelApp(kernelapp.IPKernelApp):
    """ipykernel's application: its shell, streams, settings and start-up files, and nothing that listens."""

    session: PipeSession
    connection = AnyTrait()

    def _leave_out(self, **_: Any) -> None:
        """Do nothing."""

    init_connection_file = init_poller = init_heartbeat = _leave_out
    write_connection_file = log_connection_info = _leave_out

    def parse_command_line(self, argv: Sequence[str] | None = None) -> None:
        """Read the file for ports and settings; traitlets' own parser, made anew for each child, all else."""
        given = list(argv or ())
        settings = [_SETTING.fullmatch(each) for each in given[2:]]
        if given[:1] != ["-f"] or None in settings:
            super().parse_command_line(given)
            return
        self.argv, self.cli_config = given, Config()
        self.cli_config.IPKernelApp.connection_file = given[1]
        for setting in filter(None, settings):
            self.cli_config[setting["part"]][setting["name"]] = DeferredConfigString(setting["value"])
        self.update_config(self.cli_config)

    def init_sockets(self) -> None:
        """Make the session; what it sends goes out at once, in the thread that sends it."""
        self.session = PipeSession(parent=self, pipe=self.connection)
        self.configure_tornado_logger()
        self.iopub_thread = UnstartedIOPubThread(DummySocket(), session=self.session)
        self.iopub_socket = self.iopub_thread.background_socket

    def init_io(self) -> None:
        """Make the streams, from which two threads never send at the same time."""
        super().init_io()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, OutStream):
                stream._flush = _one_at_a_time(stream._flush)  # type: ignore[method-assign]

    def init_kernel(self) -> None:
        """Make the kernel, as ipykernel does, without its other threads."""
        self.config.HistoryManager.hist_file = ":memory:"  # the user's own is what the user typed
        self.kernel = IPythonKernel.instance(
            parent=self,
            session=self.session,
            iopub_thread=self.iopub_thread,
            iopub_socket=self.iopub_socket,
            log=self.log,
            profile_dir=self.profile_dir,
            user_ns=self.user_ns,
        )
        self.displayhook.get_execution_count = lambda: self.kernel.execution_count

    def init_gui_pylab(self) -> None:
        """Let figures appear in cells, also where matplotlib was imported before anybody knew of a notebook."""
        super().init_gui_pylab()
        file = matplotlib.matplotlib_fname()
        if file != _WARM_STYLE:  # there is one in the working folder
            matplotlib.rc_file(file)
        matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]

    def start(self) -> None:
        """Answer until the connection says None, or the notebook ends the kernel."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        context = contextvars.copy_context()  # one for all cells: what they set stays
        tasks = set()

        def receive() -> None:
            try:
                message = self.connection.recv()
            except (EOFError, OSError):
                os._exit(1)  # whoever asked is gone
            if message is None:
                loop.stop()
                return
            task = loop.create_task(self._answer(message), context=context)
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        loop.add_reader(self.connection.fileno(), receive)
        threading.Thread(target=self._flush_often, daemon=True).start()
        Kernel.start(self.kernel)  # IPythonKernel's own would warn that there is no debugger
        loop.run_forever()

    async def _answer(self, message: dict[str, Any]) -> None:
        await self.kernel.shell_main(None, (message, b""))

    def _flush_often(self) -> None:
        """Show what a cell and the processes that it forked print while it runs."""
        while True:
            self.session.wait_for_forks(_FLUSHED_EVERY)
            self.session.relay()
            sys.stdout.flush()
            sys.stderr.flush()


def _one_at_a_time(flush: Callable[[], None]) -> Callable[[], None]:
    """Let a thread that has nothing left to send wait for one that sends: a cell must not end before its words.

    A process that the notebook forks must not find the lock of a thread that it does not have.
    """
    lock = threading.RLock()  # a finaliser may print in the midst
    os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)

    def locked() -> None:
        with lock:
            flush()

    return locked


def be_kernel(
    connection: Connection, environment: Mapping[str, str], folder: str, arguments: Sequence[str]
) -> None:
    """Be a kernel until the connection closes or asks to end.

    Parameters
    ----------
    connection : multiprocessing.connection.Connection
        Brings requests, takes messages `(channel, JSON, buffers)`.
    environment : mapping of str to str
        In the place of the parent's.
    folder : str
        The working folder.
    arguments : sequence of str
        Of ipykernel's command line.
    """
    os.environ.clear()
    os.environ.update(environment)
    os.environ.setdefault("PYDEVD_USE_FRAME_EVAL", "NO")  # as ipykernel sets it when it is imported
    time.tzset()
    os.chdir(folder)
    sys.argv = [ipykernel_launcher.__file__, *arguments]
    app = IPKernelApp.instance(connection=connection)
    app.initialize(list(arguments))
    app.start()
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads that are no daemons, as Python's own end
    atexit._run_exitfuncs()
