"""The folder of a run: made under a hidden name beside its place, and put there whole."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from pingan_lib.errors import UsageError
from pingan_lib.index import RUNS

_HIDDEN = ".run-"
_OLD = 7 * 24 * 3600  # seconds after which a hidden folder of another machine counts as left behind


def make_ready(out_dir: Path) -> None:
    """Make the folder of reports and clear what killed runs left there; say so before anything runs if it cannot be.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    runs = out_dir / RUNS
    try:
        runs.mkdir(parents=True, exist_ok=True)
        with draft_folder(out_dir):
            pass
    except OSError as error:
        raise UsageError(
            f"Cannot write in {out_dir}: {error.strerror}. Choose another folder (--out)."
        ) from error
    clear_leftovers(runs)


@contextmanager
def draft_folder(out_dir: Path) -> Iterator[Path]:
    """A hidden folder to make a run in; what has not been put in place when it closes is thrown away.

    Its name tells whose it is: a hash of the machine's name, and the number of the process.

    Yields
    ------
    Path
    """
    with TemporaryDirectory(prefix=f"{_HIDDEN}{_machine()}-{os.getpid()}-", dir=out_dir / RUNS) as scratch:
        draft = Path(scratch) / "run"
        draft.mkdir()
        yield draft


def put_in_place(draft: Path, folder: Path) -> None:
    """Rename a finished draft to the folder of its run, which it replaces as a whole.

    Parameters
    ----------
    draft : Path
        As `draft_folder` gives it.
    folder : Path
        A name beside the hidden folder.

    Raises
    ------
    OSError
        If it cannot be done; what was there stays.
    """
    while True:
        before = Path(mkdtemp(prefix="before-", dir=draft.parent)) / "run"
        with suppress(FileNotFoundError):
            folder.rename(before)
        try:
            draft.rename(folder)
            return
        except OSError:
            if folder.exists():  # another process made the same run meanwhile
                continue
            if before.exists():
                before.rename(folder)
            raise


def take_away(folder: Path, draft: Path) -> None:
    """Remove the folder of a run at once: it is renamed into a draft's hidden folder, which goes with it."""
    with suppress(FileNotFoundError):
        folder.rename(Path(mkdtemp(prefix="before-", dir=draft.parent)) / "run")


def clear_leftovers(runs: Path) -> None:
    """Remove hidden folders of runs that were killed.

    A folder goes if this machine made it and no process of that number lives, or if nothing in it has changed for a
    week: then whoever made it, here or on another machine that shares the folder, has ended.

    Parameters
    ----------
    runs : Path
        The folder in which runs are kept.
    """
    for folder in runs.glob(f"{_HIDDEN}*"):
        machine, _, rest = folder.name.removeprefix(_HIDDEN).partition("-")
        process = rest.partition("-")[0]
        dead = os.name == "posix" and machine == _machine() and process.isdigit() and not _lives(int(process))
        if dead or _last_change(folder) < time.time() - _OLD:
            shutil.rmtree(folder, ignore_errors=True)


def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it lives, and is somebody else's
        return True
    return True


def _last_change(folder: Path) -> float:
    times = [time.time()]  # for a folder that is gone by now
    with suppress(OSError):
        times = [path.lstat().st_mtime for path in (folder, *folder.rglob("*"))]
    return max(times)
