"""Other processes, as Linux shows them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

WITHIN = 90.0  # seconds, far more than anything here takes: a hang is to fail


def until(true: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + WITHIN
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def lives(pid: int) -> bool:
    """Whether a process has not ended; one that nobody has waited for has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
