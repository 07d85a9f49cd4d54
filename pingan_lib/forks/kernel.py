"""The kernel in a forked child: ipykernel's own, with a pipe in the place of its sockets."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from jupyter_client.session import Session
from traitlets import Any as AnyTrait
from traitlets.config import Config

if TYPE_CHECKING:
    from ipykernel.iostream import OutStream
    from ipykernel.ipkernel import IPythonKernel

_FLUSHED_EVERY = 0.2  # seconds, as ipykernel's streams
_INLINE = "module://matplotlib_inline.backend_inline"


class PipeSession(Session):
    """Sends the kernel's messages through the pipe: the channel's name, and the message as JSON."""

    pipe = AnyTrait()

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._owner = os.getpid()
        self._sending = threading.Lock()

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
        """Send a message; what a process writes that the notebook forked itself is not the kernel's."""
        message = (
            msg_or_type
            if isinstance(msg_or_type, dict)
            else self.msg(msg_or_type, content=content, parent=parent, header=header, metadata=metadata)
        )
        if os.getpid() == self._owner:
            channel = "shell" if stream is None else "iopub"
            parts = [bytes(each) for each in buffers or ()]
            with self._sending:
                self.pipe.send((channel, self.pack(message), parts))
        return message


def serve(connection: Connection, environment: Mapping[str, str], folder: str) -> None:
    """Be a kernel until the connection closes or asks to end.

    Parameters
    ----------
    connection : multiprocessing.connection.Connection
        Brings requests `(type, message)`, takes messages `(channel, JSON, buffers)`.
    environment : mapping of str to str
        In the place of the parent's.
    folder : str
        The working folder.
    """
    from ipykernel.inprocess.socket import DummySocket
    from ipykernel.iostream import IOPubThread, OutStream
    from ipykernel.ipkernel import IPythonKernel

    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    if sys.path[:1] != [""]:
        sys.path.insert(0, "")
    sys.argv = ["ipykernel_launcher.py"]
    session = PipeSession(pipe=connection)
    # Its thread is not started: it then sends at once, in the thread that calls.
    output = IOPubThread(DummySocket(), session=session)
    streams = [OutStream(session, output, name) for name in ("stdout", "stderr")]
    sys.stdout, sys.stderr = streams
    _prepare_figures()
    config = Config()
    config.HistoryManager.enabled = False
    kernel = IPythonKernel.instance(
        config=config,
        log=logging.getLogger("ipykernel"),
        session=session,
        iopub_thread=output,
        iopub_socket=output.background_socket,
    )
    threading.Thread(target=_flush_often, args=(streams,), daemon=True).start()
    asyncio.run(_answer(kernel, connection))
    atexit._run_exitfuncs()


def _prepare_figures() -> None:
    """Let figures appear in cells, as a kernel does that imports matplotlib only now."""
    os.environ.setdefault("MPLBACKEND", _INLINE)
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams["backend"] = os.environ["MPLBACKEND"]


async def _answer(kernel: IPythonKernel, connection: Connection) -> None:
    """Do what is asked, one thing after the other, until `None` comes."""
    requests: asyncio.Queue[tuple[str, dict[str, Any]] | None] = asyncio.Queue()
    loop, session = asyncio.get_running_loop(), kernel.session
    assert session is not None

    def receive() -> None:
        try:
            requests.put_nowait(connection.recv())
        except (EOFError, OSError):
            os._exit(1)  # whoever asked is gone

    def say(state: str, parent: dict[str, Any] | None = None) -> None:
        session.send(kernel.iopub_socket, "status", {"execution_state": state}, parent=parent)

    loop.add_reader(connection.fileno(), receive)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # asyncio's own would not interrupt a cell
    say("starting")
    while (request := await requests.get()) is not None:
        kind, message = request
        kernel.set_parent([], message)
        say("busy", message)
        result = kernel.shell_handlers[kind](None, [], message)
        if asyncio.iscoroutine(result):
            await result
        sys.stdout.flush()
        sys.stderr.flush()
        say("idle", message)
    loop.remove_reader(connection.fileno())


def _flush_often(streams: list[OutStream]) -> None:
    """Show what a cell prints while it runs."""
    while True:
        time.sleep(_FLUSHED_EVERY)
        for stream in streams:
            stream.flush()
