"""Kernels as papermill's own engine has them: started with Python, and reached through sockets."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.manager import AsyncKernelManager

_LOOKED_EVERY = 1000  # milliseconds


class WatchfulChannel(AsyncZMQSocketChannel):
    """Looks by itself whether a message has come.

    A message that comes while another one is sent may wake nobody, and the cell would never end: what nbclient does
    for a widget that shows outputs (https://github.com/jupyter/nbclient/issues/312).
    """

    async def get_msg(  # type: ignore[override]
        self, timeout: float | None = None
    ) -> dict[str, Any]:
        """Wait for the next message, as `AsyncZMQSocketChannel` does."""
        while timeout is None and not await self.socket.poll(_LOOKED_EVERY):
            pass
        return await super().get_msg(timeout)


class SocketKernelManager(AsyncKernelManager):
    """Starts a kernel that no other one can be mistaken for, however many start together."""

    async def start_kernel(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Start the kernel, as `AsyncKernelManager` does."""
        if os.name == "posix":
            # Files that the user alone can open: kernels that start together cannot pick one port.
            # In the folder for temporary files, because the path of a socket must be short.
            self.transport = "ipc"
            self.connection_file = f"{mkdtemp(prefix='pingan-')}/kernel.json"
        try:
            await super().start_kernel(**kwargs)
        except Exception:
            self.cleanup_ipc_files()
            raise

    def client(self, **kwargs: Any) -> AsyncKernelClient:  # type: ignore[override]
        """Return a client of the kernel."""
        client = super().client(**kwargs)
        client.shell_channel_class = WatchfulChannel
        return client

    def cleanup_ipc_files(self) -> None:
        """Leave no file and no folder behind."""
        super().cleanup_ipc_files()
        if self.transport == "ipc":
            with suppress(OSError):  # at a restart the connection file is still needed, and in it
                Path(self.connection_file).parent.rmdir()
