"""Many runs: those that are there already stay, the others are made, and one that fails does not stop the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pingan_lib.corpus import Corpus
from pingan_lib.index import write_indexes
from pingan_lib.runs.folder import make_ready
from pingan_lib.runs.kept import KeptRuns
from pingan_lib.runs.plan import Plan
from pingan_lib.runs.work import How, Run, run_plans


class Workers(Protocol):
    """Whoever makes runs: `run_plans` does it on this machine."""

    def __call__(
        self, plans: Sequence[Plan], out_dir: Path, *, how: How | None, told: Callable[[Run], None]
    ) -> object:
        """Make what is planned, and tell of each run as it ends."""


@dataclass(frozen=True)
class Sweep:
    """How a sweep ended.

    Attributes
    ----------
    kept : int
        Runs that were there already.
    made, failed : tuple of Run
    seconds : float
    """

    kept: int
    made: tuple[Run, ...]
    failed: tuple[Run, ...]
    seconds: float


def sweep(
    corpus: Corpus,
    plans: Sequence[Plan],
    out_dir: str | Path,
    *,
    how: How | None = None,
    force: bool = False,
    why: Callable[[Plan, str], None] | None = None,
    begin: Callable[[int, int], None] = lambda kept, total: None,
    told: Callable[[Run], None] = lambda run: None,
    workers: Workers = run_plans,
) -> Sweep:
    """Make the runs of a sweep that are not there yet.

    Stopped at any moment and started again, it goes on: a run is put in place whole or not at all.

    Parameters
    ----------
    corpus : Corpus
    plans : sequence of Plan
        See `plan_sweep`.
    out_dir : str or Path
        A folder of reports; made where it does not exist.
    how : How, optional
    force : bool, optional
        Make all runs, those that are there too.
    why : callable, optional
        Called with each plan that is to be run, and the reason.
    begin : callable
        Called once, with the number of runs that are there and the number of all.
    told : callable
        Called with each run as it ends.
    workers : callable
        Who makes the runs.

    Returns
    -------
    Sweep

    Raises
    ------
    UsageError
        If `out_dir` cannot be written; nothing has run then.
    RunError
        If a run cannot be kept; those that are done stay.
    """
    started, out_dir = time.monotonic(), Path(out_dir).resolve()
    make_ready(out_dir)
    there = KeptRuns(out_dir)
    wanted = [plan for plan in plans if force or there.find(plan) is None]
    if why is not None:
        for plan in wanted:
            why(plan, there.why_not(plan) or "it was asked for (--force)")
    begin(len(plans) - len(wanted), len(plans))
    ended: list[Run] = []

    def noted(run: Run) -> None:
        ended.append(run)
        told(run)

    try:
        if wanted:
            workers(wanted, out_dir, how=how, told=noted)
    finally:
        # a sweep that was refused leaves the index as it is
        if ended or not (wanted or (out_dir / "index.html").exists()):
            write_indexes(out_dir, corpus)
    return Sweep(
        kept=len(plans) - len(wanted),
        made=tuple(run for run in ended if not run.failed),
        failed=tuple(run for run in ended if run.failed),
        seconds=time.monotonic() - started,
    )
