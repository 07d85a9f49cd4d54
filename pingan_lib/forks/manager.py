"""A warm kernel, as nbclient knows kernels: a manager that starts it and a client that talks to it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from jupyter_client.jsonutil import extract_dates
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.session import Session, json_unpacker
from traitlets import Any as AnyTrait

from pingan_lib.forks.children import Child, WarmParent, warm_parent

_END: dict[str, Any] = {"msg_type": "", "parent_header": {}}
_GRACE = 5.0  # seconds in which a kernel may do what the notebook left for its end


# As ipykernel describes itself; with more, it would be started in another way.
_COMMANDS = (
    ["-m", "ipykernel_launcher", "-f", "{connection_file}"],
    ["-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
)


def is_this_python(kernel_name: str | None) -> bool:
    """Whether a kernel would be an ordinary one of the Python, and the environment, that this process runs in."""
    try:
        spec = KernelSpecManager().get_kernel_spec(kernel_name or "python3")
    except NoSuchKernel:
        return False
    program, *arguments = spec.argv or [""]
    return arguments in _COMMANDS and _is_this_program(program) and "kernel_provisioner" not in spec.metadata


def _is_this_program(program: str) -> bool:
    if re.fullmatch(r"python(3(\.\d+)?)?", program):  # jupyter_client, too, takes its own Python then
        return True
    found, this = Path(program), Path(sys.executable)
    # virtual environments share one program: the folder tells them apart
    return found.parent.resolve() == this.parent.resolve() and found.resolve() == this.resolve()


def _be_kernel(
    connection: Connection, environment: Mapping[str, str], folder: str, arguments: Sequence[str]
) -> None:
    """Be a kernel; ipykernel is loaded where it runs, and not by whoever asks for it."""
    from pingan_lib.forks.kernel import be_kernel

    be_kernel(connection, environment, folder, arguments)


class ForkedKernelManager(AsyncKernelManager):
    """Starts kernels by forking the warm parent, instead of starting Python."""

    child: Child | None = AnyTrait()  # type: ignore[assignment]
    parent_process: WarmParent | None = AnyTrait()  # type: ignore[assignment]
    exit_code: int | None = AnyTrait()  # type: ignore[assignment]
    talk: ForkedKernelClient | None = AnyTrait()  # type: ignore[assignment]

    @property
    def has_kernel(self) -> bool:
        """Whether a kernel was started and not shut down."""
        return self.child is not None

    async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Fork a kernel into the folder `cwd`, with the environment `env`."""
        parent = self.parent_process or warm_parent()
        environment = {
            **kwargs.get("env", os.environ),
            "JPY_PARENT_PID": str(os.getpid()),
            **(self.kernel_spec.env if self.kernel_spec else {}),
        }
        folder = str(kwargs.get("cwd") or Path.cwd())
        # ipykernel's command line names a file for its ports; none is made
        arguments = ["-f", f"kernel-{uuid4()}.json", *kwargs.get("extra_arguments", ())]
        self.child = parent.fork(_be_kernel, environment, folder, arguments)

    async def is_alive(self) -> bool:  # type: ignore[override]
        """Whether the kernel lives."""
        return self.child is not None and self.child.poll() is None

    async def interrupt_kernel(self) -> None:  # type: ignore[override]
        """Interrupt what the kernel does."""
        if self.child is not None:
            self.child.send_signal(signal.SIGINT)

    async def shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:  # type: ignore[override]
        """End the kernel: it may do what the notebook left for its end, unless `now`."""
        child, self.child = self.child, None
        if self.talk is not None:
            self.talk.stop_listening()  # the number of a closed connection may be given to the next one
        if child is not None:
            try:
                child.connection.send(None)
            except OSError:
                now = True
            self.exit_code = child.poll()
            child.end(0 if now else _GRACE)

    async def cleanup_resources(self, restart: bool = False) -> None:  # type: ignore[override]
        """Leave nothing behind."""
        await self.shutdown_kernel(now=True)

    def client(self, **kwargs: Any) -> ForkedKernelClient:  # type: ignore[override]
        """Return a client of the kernel."""
        assert self.child is not None
        self.talk = ForkedKernelClient(self.child)
        return self.talk


class Channel:
    """Messages of one kind, as they come."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self.send = send
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait for the next message.

        Raises
        ------
        queue.Empty
            If none comes in time.
        """
        try:
            return await asyncio.wait_for(self.messages.get(), timeout)
        except TimeoutError:
            raise Empty from None


class ForkedKernelClient:
    """Talks to a forked kernel: what nbclient asks of a client, and no more."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.session = Session()
        self.allow_stdin = False
        self.shell_channel = Channel(self._send)
        self.iopub_channel = Channel(self._send)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start_channels(self) -> None:
        """Begin to listen, in the loop that runs."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self.child.connection.fileno(), self._receive)

    async def stop_channels(self) -> None:
        """Stop listening."""
        self.stop_listening()

    def stop_listening(self) -> None:
        """Take the connection out of the loop."""
        if self._loop is not None:
            self._loop.remove_reader(self.child.connection.fileno())
            self._loop = None

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for the kernel's first word.

        Raises
        ------
        RuntimeError
            If none comes in time.
        """
        try:
            if await self.iopub_channel.get_msg(timeout) is _END:
                raise RuntimeError("The kernel died before it answered")
        except Empty:
            raise RuntimeError(f"The kernel did not answer within {timeout} seconds") from None

    async def is_alive(self) -> bool:
        """Whether the kernel lives."""
        return self.child.poll() is None

    def execute(self, code: str, store_history: bool = True, stop_on_error: bool = True) -> str:
        """Send code; return the id of the request."""
        return self._request(
            "execute_request",
            {
                "code": code,
                "silent": False,
                "store_history": store_history,
                "user_expressions": {},
                "allow_stdin": self.allow_stdin,
                "stop_on_error": False,  # nothing waits behind a cell that could be stopped
            },
        )

    def kernel_info(self) -> str:
        """Ask what kind of kernel it is; return the id of the request."""
        return self._request("kernel_info_request", {})

    def _request(self, kind: str, content: dict[str, Any]) -> str:
        message = self.session.msg(kind, content)
        self._send(message)
        return str(message["header"]["msg_id"])

    def _send(self, message: dict[str, Any]) -> None:
        with suppress(OSError):  # it has died; nbclient finds out when it asks
            self.child.connection.send(message)

    def _receive(self) -> None:
        try:
            channel, text, buffers = self.child.connection.recv()
        except (EOFError, OSError):
            self.stop_listening()
            self.iopub_channel.messages.put_nowait(_END)  # wakes whoever waits for its first word
            return
        message = json_unpacker(text)
        message["header"] = extract_dates(message["header"])  # and no date that is a cell's result
        message["buffers"] = buffers
        target = self.shell_channel if channel == "shell" else self.iopub_channel
        target.messages.put_nowait(message)
