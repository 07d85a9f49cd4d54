"""Long work tells a person who waits how far it is; where nobody waits, and when it is done, it leaves nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

Item = TypeVar("Item")

# What is done sooner shows nothing.
DELAY = 1.0

_showing = False


def progress(items: Iterable[Item], label: str, total: int | None = None) -> Iterator[Item]:
    """Go through items, and show how many are done where a person waits for them.

    A person waits at a terminal, and at a notebook whose front end could put a question to them: JupyterLab lets a
    cell ask, papermill and nbconvert do not. So what runs by itself gives the same output with and without.

    Parameters
    ----------
    items : iterable
    label : str
        What is being done, in a few words.
    total : int, optional
        How many there are, where `len` does not tell.

    Yields
    ------
    item
        Each in its turn. Work inside of work that is shown shows nothing of its own.
    """
    global _showing
    where = "" if _showing else _waiting()
    if not where:
        yield from items
        return
    _showing = True
    try:
        yield from (_in_cell if where == "cell" else _in_terminal)(items, label, total)
    finally:
        _showing = False


def _waiting() -> str:
    """Where a person waits: "cell", "terminal" or nowhere."""
    # In a kernel IPython is there already; elsewhere there is no need of it.
    ipython: Any = sys.modules.get("IPython")
    kernel = getattr(ipython.get_ipython(), "kernel", None) if ipython else None
    if kernel is not None:
        return "cell" if getattr(kernel, "_allow_stdin", False) else ""
    return "terminal" if sys.stderr is not None and sys.stderr.isatty() else ""


def _in_terminal(items: Iterable[Item], label: str, total: int | None) -> Iterator[Item]:
    from tqdm import tqdm

    yield from tqdm(items, desc=label, total=total, leave=False, delay=DELAY, dynamic_ncols=True)


def _in_cell(items: Iterable[Item], label: str, total: int | None) -> Iterator[Item]:
    from tqdm import tqdm

    show = sys.modules["IPython"].display.display

    class Shown(tqdm):  # type: ignore[misc]  # tqdm has no types
        monitor_interval = 0  # a thread of its own would write into whatever cell runs by then
        handle: Any = None

        def display(self, msg: str | None = None, pos: int | None = None) -> None:
            text = str(self) if msg is None else msg
            # An output without content stands for none: a page leaves it out, and it shows nothing.
            data = {"text/plain": text} if text else {}
            if self.handle is not None:
                self.handle.update(data, raw=True)
            elif text:
                self.handle = show(data, raw=True, display_id=True)

        def close(self) -> None:
            super().close()
            if self.handle is not None:
                self.display("")

    with Shown(
        items,
        desc=label,
        total=total,
        leave=False,
        delay=DELAY,
        mininterval=0.25,
        ncols=72,
        ascii=" ▏▎▍▌▋▊▉█",
    ) as bar:
        yield from bar
