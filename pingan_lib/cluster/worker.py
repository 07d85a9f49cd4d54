"""What a worker of a cluster does: compare itself with who asks, make a run, and answer with its folder as bytes."""

from __future__ import annotations

import io
import json
import os
import pickle
import platform
import tarfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from pingan_lib.kernels import Kernels
from pingan_lib.manifest import LibraryUsed, file_hash, library_used, notebook_hash, versions
from pingan_lib.runs import How
from pingan_lib.runs.plan import Plan
from pingan_lib.runs.work import Workplace, workplace

# made: a folder as a tar; refused: the worker must not work for this sweep; broken: it could not; stopped: it was asked
# to. The text says why.
Answer = tuple[Literal["made"], bytes] | tuple[Literal["refused", "broken", "stopped"], str]
_Name = tuple[Path, str, str]


@dataclass
class _Place:
    """A workplace that outlives a run, and the number of runs that use it."""

    held: ExitStack
    place: Workplace
    users: int = 0


@dataclass
class _Worker:
    """What the process of a worker keeps from run to run; its threads share it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    places: dict[_Name, _Place] = field(default_factory=dict)
    running: dict[str, list[Kernels]] = field(default_factory=dict)


_WORKER = _Worker()


@dataclass(frozen=True)
class Request:
    """Becomes the answer of a worker as soon as it is unpickled there.

    A scheduler reads the function of a task, too; with `pickle.loads` for it, only workers need this package.
    """

    plan: Plan
    how: How

    def __reduce__(self) -> tuple[Any, ...]:
        # what another version may not be able to read stays closed until the worker has compared itself
        tools = self.plan.tools
        return make, (tools.library, tools.versions, pickle.dumps((self.plan, self.how)))


def make(library: LibraryUsed, needed: dict[str, str], work: bytes) -> Answer:
    """Make a run, as a worker.

    Parameters
    ----------
    library : LibraryUsed
        What it was planned with.
    needed : dict of str to str
        The versions of Python and other packages then.
    work : bytes
        The plan, and how it is executed.

    Returns
    -------
    tuple
        What happened, with the run's folder or a text for the person. Nothing is raised: an exception comes from
        Dask alone.
    """
    try:
        if different := other_code(library, needed):
            return "refused", f"{_name()} {different}"
        plan, how = pickle.loads(work)
        if different := other_inputs(plan):
            return "refused", f"{_name()} {different}"
        return _make(plan, how)
    except Exception as error:
        return "broken", f"{_name()} could not make it: {type(error).__name__}: {error}"


def stop(keys: Iterable[str]) -> None:
    """End runs that this worker makes just now, by their keys; returns at once."""
    with _WORKER.lock:
        found = [kernels for key in keys for kernels in _WORKER.running.get(key, ())]
    # the thread that asks runs an event loop
    threading.Thread(target=_stop_all, args=(found,), daemon=True).start()


def _stop_all(found: Iterable[Kernels]) -> None:
    for kernels in found:
        kernels.stop()


def other_code(library: LibraryUsed, needed: dict[str, str]) -> str:
    """Say in what this process differs from the one who planned: in this package, in Python or in other packages.

    Returns
    -------
    str
        Goes on after the worker's name; empty if nothing differs.
    """
    own = library_used()
    if own != library:
        return (
            f"has another pingan_lib: {own['version']} (files {own['sha256'][:8]}), here {library['version']} "
            f"(files {library['sha256'][:8]}). Install the same on both, and start the worker again."
        )
    there = versions()
    other = [
        f"{name} {there.get(name, 'not at all')}, here {needed.get(name, 'not at all')}"
        for name in sorted({*there, *needed})
        if there.get(name) != needed.get(name)
    ]
    if other:
        return (
            f"has {'; '.join(other)}. Pages of other versions are not the same: install those of one lock on both, and "
            "start the worker again."
        )
    return ""


def other_inputs(plan: Plan) -> str:
    """Say in what the project that this process sees differs from the one that was planned.

    Returns
    -------
    str
        Goes on after the worker's name; empty if nothing differs.
    """
    if not (plan.root / "data").is_dir() or not plan.path.is_file():
        return (
            f"does not see {plan.path if plan.root.is_dir() else plan.root}: the project folder must be there, under "
            "the same path. Share it, or copy it."
        )
    again = "Bring both to the same state, and start the sweep again."
    files = plan.data["files"]
    other = [name for name, expected in files.items() if _hash(plan.root / name) != expected]
    if other:
        more = f" and {len(other) - 1} more" if other[1:] else ""
        return f"sees other data than this sweep was planned with: {other[0]}{more}. {again}"
    if notebook_hash(json.loads(plan.path.read_text("utf-8"))) != plan.notebook["sha256"]:
        return f"sees another {plan.path.name} than this sweep was planned with. {again}"
    if plan.tools.source_date_epoch is None and os.environ.get("SOURCE_DATE_EPOCH"):
        return "has SOURCE_DATE_EPOCH set, and this sweep has not. Set it for both, or start the worker without it."
    return ""


def _hash(path: Path) -> str:
    try:
        status = path.stat()
        return _hash_of(path, status.st_size, status.st_mtime_ns)
    except OSError:
        return ""


@lru_cache(maxsize=100_000)
def _hash_of(path: Path, size: int, time: int) -> str:
    """The hash of a file, taken anew when it has another size or time."""
    return file_hash(path)


def _make(plan: Plan, how: How) -> Answer:
    with _placed(plan, how) as place, TemporaryDirectory(prefix="run-", dir=place.shared.parent) as scratch:
        draft = Path(scratch) / "run"
        draft.mkdir()
        try:
            place.work(plan, draft)
        except Exception:
            if not place.kernels.stopped.is_set():
                raise
        if place.kernels.stopped.is_set():
            return "stopped", ""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
            tar.add(draft, arcname="")
        return "made", packed.getvalue()


@contextmanager
def _placed(plan: Plan, how: How) -> Iterator[Workplace]:
    """A workplace with kernels for one run, so that it can be stopped alone; the warm parent is that of many runs."""
    name = (plan.root, how.chosen, plan.data["sha256"])
    with _WORKER.lock:
        # what is idle and of another project, or of data as they were before, would only take memory
        for other in [each for each, kept in _WORKER.places.items() if each != name and not kept.users]:
            _WORKER.places.pop(other).held.close()
        if name not in _WORKER.places:
            _WORKER.places[name] = _opened(plan, how)
        kept = _WORKER.places[name]
        kept.users += 1
        own = replace(kept.place.kernels, timeout=how.timeout, started=[], stopped=threading.Event())
        _WORKER.running.setdefault(plan.key, []).append(own)
    try:
        yield replace(kept.place, kernels=own)
    finally:
        with _WORKER.lock:
            kept.users -= 1
            _WORKER.running[plan.key].remove(own)
            if not _WORKER.running[plan.key]:
                del _WORKER.running[plan.key]


def _opened(plan: Plan, how: How) -> _Place:
    from distributed import get_worker

    with ExitStack() as stack:
        # in the folder of the worker, which Dask clears when a worker was killed
        folder = stack.enter_context(TemporaryDirectory(prefix="pingan-", dir=get_worker().local_directory))
        shared = Path(folder) / "shared"
        shared.mkdir()
        place = stack.enter_context(workplace(how, plan.root, shared))
        return _Place(stack.pop_all(), place)
    raise AssertionError


def _name() -> str:
    from distributed import get_worker

    return f"The worker {get_worker().address} on {platform.node()}"
