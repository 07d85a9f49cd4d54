"""The work of runs: execute a notebook in each of its languages, make the folder, put it in place."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pingan_lib.errors import RunError, UsageError
from pingan_lib.forks import WarmParent, warm_parent
from pingan_lib.index import FAILED, RUNS
from pingan_lib.kernels import Engine, Kernels, choose_engine, kernels
from pingan_lib.manifest import Manifest
from pingan_lib.runs.folder import draft_folder, make_ready, put_in_place, take_away
from pingan_lib.runs.plan import Plan
from pingan_lib.runs.record import Outcome, record
from pingan_lib.shared import SHARED
from pingan_lib.warmth import warm_up


@dataclass(frozen=True)
class How:
    """How runs are executed; their results do not depend on it.

    Attributes
    ----------
    workers : int or None
        How many run at the same time; None for as many as there are processors.
    engine : {"pingan", "papermill"} or None
        None for the fastest that the system can have.
    timeout : float or None
        Seconds that one execution may take.

    Raises
    ------
    UsageError
        For an engine that cannot be had, no worker, or no time.
    """

    workers: int | None = None
    engine: str | None = None
    timeout: float | None = None

    def __post_init__(self) -> None:
        choose_engine(self.engine)
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"{self.workers} workers cannot work: name one or more.")
        if self.timeout is not None and not self.timeout > 0:
            raise UsageError(f"A timeout of {self.timeout:g} s leaves no time: name more than 0.")

    @property
    def chosen(self) -> Engine:
        """The engine that is used."""
        return choose_engine(self.engine)

    @property
    def count(self) -> int:
        """The number of workers."""
        return self.workers or processors()


@dataclass(frozen=True)
class Run:
    """One execution of one notebook with one set of parameters, in each of its languages.

    Attributes
    ----------
    folder : Path
        Where it is kept: `<name>-<key>`, or `<name>-<key>.failed`.
    manifest : Manifest
        What it used and made.
    """

    folder: Path
    manifest: Manifest

    @property
    def failed(self) -> bool:
        """Whether any of its executions, or pages, did not come to its end."""
        return self.manifest.status == "failed"

    @property
    def pages(self) -> dict[str, Path]:
        """The pages by language; only those that were made."""
        found = self.manifest.executions.items()
        return {language: self.folder / each["page"] for language, each in found if each["page"]}

    @property
    def notebooks(self) -> dict[str, Path]:
        """The executed notebooks by language, partial ones too."""
        found = self.manifest.executions.items()
        return {language: self.folder / each["notebook"] for language, each in found if each["notebook"]}


def processors() -> int:
    """The number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Workplace:
    """Where runs are made: with kernels, and a folder for what several runs share; made by `workplace`."""

    kernels: Kernels
    shared: Path

    def work(self, plan: Plan, draft: Path) -> Manifest:
        """Execute a notebook in each of its languages, and complete the folder of the run.

        Parameters
        ----------
        plan : Plan
        draft : Path
            An empty folder.

        Returns
        -------
        Manifest
        """
        outcomes = {language: self._execute(plan, language, draft) for language in plan.languages}
        if self.kernels.stopped.is_set():
            raise RunError(f"{plan.name} was stopped.")
        try:
            return self.kernels.aside(record, plan, outcomes, draft)
        except RunError as error:
            failed = {
                language: replace(each, message=each.message or str(error))
                for language, each in outcomes.items()
            }
            return record(plan, failed, draft)

    def make(self, plan: Plan, out_dir: Path) -> Run:
        """Make a run and put it in place."""
        try:
            with draft_folder(out_dir) as draft:
                return keep(plan, self.work(plan, draft), draft, out_dir)
        except OSError as error:
            raise RunError(
                f"Cannot keep the run {plan.name} in {out_dir}: {error.strerror or error}."
            ) from error

    def _execute(self, plan: Plan, language: str, folder: Path) -> Outcome:
        started, begin = datetime.now(UTC), time.monotonic()
        file = folder / plan.file(language, ".ipynb")
        environment = {SHARED: str(self.shared)}
        if plan.tools.source_date_epoch is not None:  # a worker of a cluster has it from nobody else
            environment["SOURCE_DATE_EPOCH"] = str(plan.tools.source_date_epoch)
        message = self.kernels.execute(plan.path, file, plan.values(language), plan.root, environment)
        seconds = time.monotonic() - begin
        return Outcome(message, file.name if file.exists() else None, started, datetime.now(UTC), seconds)


@contextmanager
def workplace(how: How, root: Path, shared: Path) -> Iterator[Workplace]:
    """Make ready to run notebooks of a project.

    Parameters
    ----------
    how : How
    root : Path
        The project.
    shared : Path
        A folder for what several runs share; nobody needs it afterwards.

    Yields
    ------
    Workplace
    """
    if how.chosen == "papermill":
        with kernels("papermill", how.timeout) as found:
            yield Workplace(found, shared)
        return
    parent = WarmParent(warm_parent(), warm_up, root)
    # it warms while papermill is imported here; who forks first waits for it
    threading.Thread(target=parent.start, daemon=True).start()
    try:
        with kernels("pingan", how.timeout, parent) as found:
            yield Workplace(found, shared)
    finally:
        parent.stop()


def run_plans(
    plans: Sequence[Plan],
    out_dir: Path,
    *,
    how: How | None = None,
    told: Callable[[Run], None] = lambda run: None,
) -> tuple[Run, ...]:
    """Make what is planned for one project, on this machine.

    Parameters
    ----------
    plans : sequence of Plan
    out_dir : Path
    how : How, optional
    told : callable
        Called in this thread with each run as it ends.

    Returns
    -------
    tuple of Run
        In the order of the plans.

    Raises
    ------
    UsageError
        If `out_dir` cannot be written; nothing has run then.
    RunError
        If a run cannot be kept.
    """
    how = how or How()
    make_ready(out_dir)
    made: dict[int, Run] = {}
    with (
        draft_folder(out_dir) as shared,
        ThreadPoolExecutor(how.count) as pool,
        workplace(how, plans[0].root, shared) as place,
    ):
        futures = {pool.submit(place.make, plan, out_dir): index for index, plan in enumerate(plans)}
        try:
            for future in as_completed(futures):
                made[futures[future]] = future.result()
                told(made[futures[future]])
        except BaseException:
            place.kernels.stop()
            pool.shutdown(cancel_futures=True)
            raise
    return tuple(made[index] for index in range(len(plans)))


def keep(plan: Plan, manifest: Manifest, draft: Path, out_dir: Path) -> Run:
    """Put the complete folder of a run in place.

    Raises
    ------
    OSError
        If it cannot be done; what was there stays.
    """
    good = out_dir / RUNS / plan.name
    failed = good.with_name(good.name + FAILED)
    if manifest.status == "failed":
        put_in_place(draft, failed)
        return Run(failed, manifest)
    put_in_place(draft, good)
    take_away(failed, draft)
    return Run(good, manifest)
