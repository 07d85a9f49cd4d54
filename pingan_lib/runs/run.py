"""One run of a notebook, and all the runs of a report."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pingan_lib.corpus import Corpus
from pingan_lib.errors import RunError
from pingan_lib.index import FAILED, RUNS, write_indexes, write_report
from pingan_lib.kernels import Kernels, kernels
from pingan_lib.manifest import Manifest
from pingan_lib.paper import export_paper, print_pages
from pingan_lib.runs.folder import draft_folder, make_ready, put_in_place, take_away
from pingan_lib.runs.plan import Plan, plan_report, plan_run
from pingan_lib.runs.record import Outcome, record

if TYPE_CHECKING:
    from nbformat import NotebookNode

PAPER = "paper"


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


def run_notebook(
    corpus: Corpus,
    path: str | Path,
    parameters: Mapping[str, Any],
    out_dir: str | Path,
    *,
    languages: Sequence[str] | None = None,
) -> Run:
    """Execute a notebook, make its page if it is a report, and keep it all in the folder of the run.

    The folder is `<out_dir>/runs/<name>-<first 8 digits of the key>`: the same inputs lead to the same folder, which is
    replaced as a whole. A run that fails lies beside it, under the same name with `.failed`: its inputs are those of
    the good run, so that its failure says something of the machine and nothing of the result. A good run takes the
    failed one away.

    Parameters
    ----------
    corpus : Corpus
        Its folder is the kernel's working folder.
    path : str or Path
    parameters : mapping of str to object
        Values of the right types, as `notebooks.parse_parameters` returns them.
    out_dir : str or Path
        Made where it does not exist.
    languages : sequence of str, optional
        By default the language among the parameters, or the notebook's own.

    Returns
    -------
    Run
        Also for a notebook that fails: see its manifest.

    Raises
    ------
    UsageError
        If `out_dir` cannot be written; nothing has run then.
    RunError
        If `path` is not a notebook.
    """
    plan = plan_run(corpus, Path(path).resolve(), parameters, languages)
    out_dir = Path(out_dir).resolve()
    (run,) = run_plans([plan], out_dir, workers=len(plan.languages))
    write_indexes(out_dir, corpus)
    return run


def report(
    corpus: Corpus,
    parameters: Mapping[str, str],
    out_dir: str | Path,
    *,
    languages: Sequence[str] = ("en", "zh"),
    workers: int | None = None,
    paper: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> tuple[Run, ...]:
    """Run the tour and the report notebooks of a project, and make a page of each, with an index.

    A notebook that fails does not stop the others: the index names it.

    Parameters
    ----------
    corpus : Corpus
        Its `notebooks` folder holds the notebooks.
    parameters : mapping of str to str
        As written on a command line. Each goes to the notebooks that declare it; one of them must.
    out_dir : str or Path
    languages : sequence of {"en", "zh"}
    workers : int, optional
        How many notebooks run at the same time; by default as many as there are processors, but no more than
        two, since each kernel holds the whole of pandas and statsmodels in memory.
    paper : bool, optional
        Whether to write figures and tables as files into `<out_dir>/paper`.
    progress : callable
        Called with one line for each execution that has ended.

    Returns
    -------
    tuple of Run
        The tour first, then by notebook.

    Raises
    ------
    UsageError
        For a parameter, city or language that does not fit, a project without reports, or a folder that
        cannot be written; nothing has run then.
    """
    plans = plan_report(corpus, parameters, tuple(dict.fromkeys(languages)))
    out_dir = Path(out_dir).resolve()
    runs = run_plans(plans, out_dir, workers=workers, progress=progress)
    write_report(out_dir, [run.manifest.run for run in runs])
    write_indexes(out_dir, corpus)
    if paper:
        export_paper(pages_of(runs), out_dir / PAPER, corpus, say=progress)
    return runs


def print_report(runs: Sequence[Run], out_dir: str | Path, corpus: Corpus) -> list[Path]:
    """Print the pages of a report, each as a PDF beside it, and link them from the index.

    Raises
    ------
    PinganError
        If no Chromium is there, or it fails; nothing is printed then.
    """
    made = print_pages(pages_of(runs))
    write_indexes(Path(out_dir).resolve(), corpus)
    return made


def pages_of(runs: Sequence[Run]) -> list[Path]:
    """The pages of the runs that are done."""
    return [page for run in runs if not run.failed for page in run.pages.values()]


def run_plans(
    plans: Sequence[Plan],
    out_dir: Path,
    *,
    workers: int | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> tuple[Run, ...]:
    """Execute what is planned, each language for itself; a run is put in place when its languages have all ended."""
    for plan in plans:
        _ = plan.key  # what cannot be planned is refused before anything runs
    make_ready(out_dir)
    made: dict[int, Run] = {}
    outcomes: dict[int, dict[str, Outcome]] = {index: {} for index in range(len(plans))}
    with ExitStack() as drafts:
        folders = [drafts.enter_context(draft_folder(out_dir)) for _ in plans]
        pool = drafts.enter_context(kernels(workers or min(2, os.cpu_count() or 1)))
        running: dict[Future[Outcome], tuple[int, str]] = {
            pool.submit(_execute, pool, plan, language, folders[index]): (index, language)
            for index, plan in enumerate(plans)
            for language in plan.languages
        }
        waiting = set(running)
        while waiting:
            ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ended:
                index, language = running[future]
                plan, outcome = plans[index], future.result()
                outcomes[index][language] = outcome
                status = "failed" if outcome.message else "done"
                progress(f"{plan.path.stem} ({language}): {status} in {outcome.seconds:.1f} s")
                if len(outcomes[index]) == len(plan.languages):
                    made[index] = keep(plan, outcomes[index], folders[index], out_dir)
    return tuple(made[index] for index in range(len(plans)))


def keep(plan: Plan, outcomes: Mapping[str, Outcome], draft: Path, out_dir: Path) -> Run:
    """Complete the folder of a run that has ended and put it in place.

    Raises
    ------
    RunError
        If it cannot be written.
    """
    good = out_dir / RUNS / plan.name
    failed = good.with_name(good.name + FAILED)
    try:
        manifest = record(plan, outcomes, draft)
        if manifest.status == "failed":
            put_in_place(draft, failed)
            return Run(failed, manifest)
        put_in_place(draft, good)
        take_away(failed, draft)
    except OSError as error:
        raise RunError(f"Cannot keep the run {plan.name} in {out_dir}: {error.strerror or error}.") from error
    return Run(good, manifest)


def without_paths(notebook: NotebookNode) -> NotebookNode:
    """Take out of a notebook the places on this machine that papermill noted: they mean nothing to a reader."""
    for name in ("input_path", "output_path"):
        notebook.metadata.get("papermill", {}).pop(name, None)
    return notebook


def _execute(pool: Kernels, plan: Plan, language: str, folder: Path) -> Outcome:
    import nbformat

    started, begin = datetime.now(UTC), time.monotonic()
    file = folder / plan.file(language, ".ipynb")
    try:
        message = pool.execute(plan.path, file, plan.values(language), plan.corpus.root)
        if file.exists() and not pool.stopped.is_set():
            notebook = without_paths(nbformat.read(file, as_version=4))
            if message:
                file.unlink()
                file = file.with_name(plan.file(language, ".failed.ipynb"))
            nbformat.write(notebook, file)
    except (OSError, ValueError) as error:
        message = f"cannot keep the notebook: {getattr(error, 'strerror', None) or error}"
    seconds = time.monotonic() - begin
    return Outcome(message, file.name if file.exists() else None, started, datetime.now(UTC), seconds)
