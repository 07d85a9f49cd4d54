"""Sends runs to the workers of a Dask scheduler, takes what they made, and keeps it as if it were made here."""

from __future__ import annotations

import importlib.util
import io
import logging
import pickle
import tarfile
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from pingan_lib import __version__
from pingan_lib.cluster.worker import Answer, Request, stop
from pingan_lib.errors import RunError, UsageError
from pingan_lib.manifest import Manifest, read_manifest
from pingan_lib.runs import How, Run
from pingan_lib.runs.folder import draft_folder, make_ready
from pingan_lib.runs.plan import Plan
from pingan_lib.runs.record import Outcome, record
from pingan_lib.runs.sweep import Workers
from pingan_lib.runs.work import keep

if TYPE_CHECKING:
    from distributed import Client, Future

_ANSWER = 10.0  # seconds in which a scheduler must answer
_LOOK = 0.5  # seconds between two looks at the connection
_COUNT = 5.0  # seconds between two counts of the workers
# Runs that are with the scheduler at the same time: enough that no worker waits for this process, and that a cluster
# which grows with its work grows; few enough that their results need little memory, and Ctrl-C little time.
_AHEAD, _LEAST = 4, 16


def on_cluster(address: str, say: Callable[[str], None] = lambda line: None) -> Workers:
    """Return workers for `runs.sweep` that are those of a Dask scheduler.

    Each must have this version of the package, the same versions of Python and of what it needs, and see the project
    folder, unchanged, under the same path. They need no folder to write in but their own: a run comes back as bytes.

    Parameters
    ----------
    address : str
        Of the scheduler, as Dask writes it: `tcp://10.0.0.1:8786`, or with `tls://`.
    say : callable
        Told what a person who waits should know: that there is no worker.

    Returns
    -------
    callable
        It raises UsageError if nobody answers at the address, and RunError if the scheduler goes away or a worker has
        another library or other data; what is done until then is kept.

    Raises
    ------
    UsageError
        If `distributed` is not installed.
    """
    if importlib.util.find_spec("distributed") is None:
        raise UsageError(
            "A sweep on a cluster needs Dask's scheduler: pip install 'pingan_lib[cluster]', here and on its workers."
        )
    return partial(_sweep_on, address, say)


def _sweep_on(
    address: str,
    say: Callable[[str], None],
    plans: Sequence[Plan],
    out_dir: Path,
    *,
    how: How | None,
    told: Callable[[Run], None],
) -> None:
    how = how or How()
    if how.workers is not None:
        raise UsageError("--workers is for this machine: a cluster has as many as it has. Leave it out.")
    make_ready(out_dir)
    with _connected(address) as client:
        _Driver(client, address, say, out_dir, how, told, len(plans), deque(map(_Try, plans))).drive()


@dataclass(frozen=True)
class _Try:
    """A run that is to be made, and how often that was begun in vain."""

    plan: Plan
    before: int = 0
    alone: bool = False

    @property
    def key(self) -> str:
        """The name of Dask's task; a second one has its own, for the first may not yet be forgotten."""
        again = f"-{self.before}" if self.before else ""
        return f"pingan-{self.plan.path.stem}-{self.plan.key}{again}"


@dataclass
class _Driver:
    """One sweep on one scheduler."""

    client: Client
    address: str
    say: Callable[[str], None]
    out_dir: Path
    how: How
    told: Callable[[Run], None]
    total: int
    waiting: deque[_Try]
    suspects: deque[_Try] = field(default_factory=deque)
    running: dict[str, tuple[_Try, Future]] = field(default_factory=dict)
    ended: SimpleQueue[str] = field(default_factory=SimpleQueue)
    count: int = 0
    room: int = _LEAST
    counted: float = float("-inf")
    idle: bool = False

    def drive(self) -> None:
        """Have all runs made."""
        try:
            while self.waiting or self.running or self.suspects:
                self._look()
                self._send()
                with suppress(Empty):
                    self._take(self.ended.get(timeout=_LOOK))
        except BaseException:
            self._leave()
            raise

    def _look(self) -> None:
        """See whether the scheduler is there, and how many workers it has."""
        if self.client.status != "running":
            raise self._gone()
        if time.monotonic() - self.counted < _COUNT:
            return
        try:
            threads = sum(self.client.nthreads().values())
        except OSError as error:
            raise self._gone() from error
        self.counted = time.monotonic()
        self.room = max(_LEAST, _AHEAD * threads)
        if not threads and not self.idle:
            self.say(
                f"The scheduler at {self.address} has no workers: the sweep waits for some. Ctrl-C ends it; "
                "what is done is kept."
            )
        self.idle = not threads

    def _send(self) -> None:
        while self.waiting and len(self.running) < self.room:
            self._submit(self.waiting.popleft())
        if self.suspects and not self.running:
            self._submit(self.suspects.popleft())

    def _submit(self, run: _Try) -> None:
        future = self.client.submit(pickle.loads, pickle.dumps(Request(run.plan, self.how)), key=run.key)
        self.running[run.key] = run, future
        future.add_done_callback(lambda done: self.ended.put(done.key))

    def _take(self, key: str) -> None:
        """Keep what became of a run, or have it made again."""
        from distributed.scheduler import KilledWorker

        run, future = self.running[key]
        try:
            answer = future.result()
        except KilledWorker as error:
            answer = self._killed(run, error)
        except Exception as error:
            if self.client.status != "running" or future.cancelled():
                raise self._gone() from error
            raise self._unreadable(error) from error
        del self.running[key]
        future.release()
        if answer is None:
            return
        if answer[0] == "stopped":  # by somebody else, who wanted the same run
            self.waiting.append(_Try(run.plan, run.before + 1))
        elif answer[0] == "refused":
            raise RunError(f"{answer[1]} {self._kept()}")
        else:
            self.count += 1
            self.told(self._keep(run.plan, answer))

    def _killed(self, run: _Try, error: Exception) -> Answer | None:
        """Tell a run that kills workers from one that lay beside it: only what was alone has failed."""
        if not run.alone:
            self.suspects.append(_Try(run.plan, run.before + 1, alone=True))
            return None
        deaths = getattr(error, "allowed_failures", 0) + 1
        return "broken", (
            f"{'a worker' if deaths == 1 else f'{deaths} workers, one after the other,'} died while making it, and "
            "nothing else; perhaps memory ran out"
        )

    def _keep(self, plan: Plan, answer: Answer) -> Run:
        try:
            with draft_folder(self.out_dir) as draft:
                if answer[0] == "made":
                    with tarfile.open(fileobj=io.BytesIO(answer[1]), mode="r:gz") as tar:
                        tar.extractall(draft, filter="data")
                    manifest = read_manifest(draft)
                else:
                    manifest = _failed(plan, answer[1], draft)
                return keep(plan, manifest, draft, self.out_dir)
        except OSError as error:
            raise RunError(
                f"Cannot keep the run {plan.name} in {self.out_dir}: {error.strerror or error}. {self._kept()}"
            ) from error

    def _leave(self) -> None:
        """Take back what has not begun, and end what has: nobody would keep it."""
        if self.client.status != "running" or not self.running:
            return
        keys = [run.plan.key for run, _ in self.running.values()]
        with suppress(Exception):
            self.client.cancel([future for _, future in self.running.values()])
            self.client.run(stop, keys, on_error="ignore")

    def _gone(self) -> RunError:
        return RunError(f"The scheduler at {self.address} is gone. {self._kept()}")

    def _unreadable(self, error: Exception) -> RunError:
        """For an error that is none of `make`, which raises nothing."""
        missing: list[str] = []
        with suppress(Exception):
            answers = self.client.run(_nothing, on_error="return")
            missing = sorted(name for name, answer in answers.items() if isinstance(answer, Exception))
        said = " ".join(str(error).split()).rstrip(".")
        return RunError(
            f"{_listed(missing) or 'A worker'} could not begin a run: {type(error).__name__}: {said}. "
            f"Install pingan_lib {__version__} there, with the same Dask, and start the worker again. {self._kept()}"
        )

    def _kept(self) -> str:
        """Say what there is, at the end of a message that ends a sweep."""
        return f"{self.count} of {self.total} runs were made and are kept; the sweep, started again, makes the others."


def _nothing() -> None:
    """Show that a worker has this package."""


def _failed(plan: Plan, message: str, draft: Path) -> Manifest:
    now = datetime.now(UTC)
    return record(plan, dict.fromkeys(plan.languages, Outcome(message, None, now, now, 0.0)), draft)


def _listed(names: Sequence[str]) -> str:
    return f"The worker{'s' if names[1:] else ''} {', '.join(names)}" if names else ""


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    """Be a client of a scheduler.

    Raises
    ------
    UsageError
        If nobody answers.
    """
    import distributed  # noqa: F401  # sets the levels of its loggers

    with _quiet():
        client = _reached(address)
        try:
            yield client
        finally:
            with suppress(Exception):
                client.close(timeout=_ANSWER)


def _reached(address: str) -> Client:
    """Connect in a thread of its own: Dask would wait without end for a listener that says nothing."""
    import distributed

    answer: SimpleQueue[Client | Exception] = SimpleQueue()

    def connect() -> None:
        try:
            answer.put(distributed.Client(address, timeout=_ANSWER, set_as_default=False, name="pingan"))
        except Exception as error:  # whatever it is, there is no scheduler that could be used
            answer.put(error)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other versions, which each worker compares
        threading.Thread(target=connect, daemon=True).start()
        try:
            found = answer.get(timeout=_ANSWER + 1)
        except Empty:
            found = TimeoutError("somebody listens there, and says nothing")
    if isinstance(found, Exception):
        said = " ".join(str(found).split()) or type(found).__name__
        raise UsageError(
            f"No Dask scheduler answers at {address} ({said}). "
            "Start one (dask scheduler), or see whether the address and the network are right."
        ) from found
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep off the terminal what Dask logs here: it is in the messages."""
    known = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    quiet = [each for each in known if each.name.partition(".")[0] in ("asyncio", "distributed", "tornado")]
    before = [each.level for each in quiet]
    for logger in quiet:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(quiet, before, strict=True):
            logger.setLevel(level)
