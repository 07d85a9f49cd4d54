"""One run of a notebook, and all the runs of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pingan_lib.corpus import Corpus
from pingan_lib.index import write_indexes, write_report
from pingan_lib.paper import export_paper, print_pages
from pingan_lib.runs.plan import Planner, plan_report
from pingan_lib.runs.work import How, Run, run_plans

PAPER = "paper"


def run_notebook(
    corpus: Corpus,
    path: str | Path,
    parameters: Mapping[str, Any],
    out_dir: str | Path,
    *,
    languages: Sequence[str] | None = None,
    how: How | None = None,
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
    how : How, optional
        By which engine, and how long it may take.

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
    plan = Planner(corpus).plan(Path(path).resolve(), parameters, languages)
    out_dir = Path(out_dir).resolve()
    (run,) = run_plans([plan], out_dir, how=how)
    write_indexes(out_dir, corpus)
    return run


def report(
    corpus: Corpus,
    parameters: Mapping[str, str],
    out_dir: str | Path,
    *,
    languages: Sequence[str] = ("en", "zh"),
    how: How | None = None,
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
    how : How, optional
        By which engine, with how many workers, and how long each execution may take.
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
    runs = run_plans(plans, out_dir, how=how, told=lambda run: progress(ended(run)))
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


def ended(run: Run) -> str:
    """Say in one line how a run ended, and how long it took."""
    times = ", ".join(
        f"{language} {each['status']} in {each['seconds']:.1f} s"
        for language, each in run.manifest.executions.items()
    )
    return f"{run.manifest.notebook['name'].removesuffix('.ipynb')}: {times}"
