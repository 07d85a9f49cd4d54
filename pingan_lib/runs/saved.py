"""A notebook that was run and saved in JupyterLab, kept as the run that it is."""

from __future__ import annotations

import ast
import json
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pingan_lib.corpus import Corpus
from pingan_lib.errors import PinganError, RunError
from pingan_lib.index import write_indexes
from pingan_lib.kernels import unfinished
from pingan_lib.manifest import data_hashes, notebook_hash, values_in_effect
from pingan_lib.notebooks import notebook_kind, notebook_parameters
from pingan_lib.project import shipped
from pingan_lib.runs.folder import draft_folder, make_ready
from pingan_lib.runs.plan import PAGED, Planner
from pingan_lib.runs.record import Outcome, record
from pingan_lib.runs.work import Run, keep

if TYPE_CHECKING:
    from nbformat import NotebookNode

_AGAIN = "In JupyterLab choose Run, Restart Kernel and Run All Cells, save, and try again."


def page_of_saved(corpus: Corpus, path: str | Path, out_dir: str | Path) -> Run:
    """Make the folder of a run from a notebook that was run to its end and saved; nothing is run.

    The page is byte for byte that of the command with the same values. What was edited after it ran, without being
    run again, cannot be seen in a saved notebook.

    Parameters
    ----------
    corpus : Corpus
    path : str or Path
        The notebook, its parameters being those of its parameters cell, or of the cell that papermill added.
    out_dir : str or Path
        A folder of reports.

    Returns
    -------
    Run

    Raises
    ------
    RunError
        If the notebook was not run to its end, not in order, or before the data was last changed.
    """
    import nbformat

    path, out_dir = Path(path).resolve(), Path(out_dir).resolve()
    if notebook_kind(path) not in PAGED:
        raise RunError(
            f'{path.name} makes no page: its metadata has no "pingan": {{"kind": "report"}}. '
            "Set it in JupyterLab's property inspector, or export the notebook from there."
        )
    notebook = nbformat.read(path, as_version=4)
    _require_run(notebook, path)
    _require_fresh(corpus, path)
    given = _injected(notebook)
    plan = Planner(corpus).plan(path, given or _changed(corpus, path))
    (language,) = plan.languages
    started, ended = _times(notebook, path)
    make_ready(out_dir)
    with draft_folder(out_dir) as draft:
        file = draft / plan.file(language, ".ipynb")
        nbformat.write(notebook, file)
        outcome = Outcome("", file.name, started, ended, (ended - started).total_seconds())
        run = keep(plan, record(plan, {language: outcome}, draft), draft, out_dir)
    write_indexes(out_dir, corpus)
    return run


def _require_run(notebook: NotebookNode, path: Path) -> None:
    """Refuse a notebook whose cells did not run one after the other to the end."""
    if missing := unfinished(notebook):
        raise RunError(f"{path.name} was not run to its end: {missing}. {_AGAIN}")
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if not cells:
        raise RunError(f"{path.name} has no code to run.")
    for before, cell in pairwise(cells):
        if cell.execution_count != before.execution_count + 1:
            raise RunError(
                f"{path.name} was not run from top to bottom: In [{before.execution_count}] is followed by "
                f"In [{cell.execution_count}] (cell {cell.get('id', '')!r}). {_AGAIN}"
            )


def _require_fresh(corpus: Corpus, path: Path) -> None:
    """Refuse a notebook that was saved before the data was last changed: its results are of other data."""
    saved = path.stat().st_mtime
    newer = [name for name in data_hashes(corpus) if (corpus.root / name).stat().st_mtime > saved]
    if newer:
        raise RunError(f"{', '.join(newer)}: changed after {path.name} was saved. {_AGAIN}")


def _injected(notebook: NotebookNode) -> dict[str, Any]:
    """The values that papermill put into a notebook, the language among them."""
    values: dict[str, Any] = {}
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", ()):
            for line in ast.parse(cell.source).body:
                if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
                    values[line.targets[0].id] = ast.literal_eval(line.value)
    return values


def _changed(corpus: Corpus, path: Path) -> dict[str, Any]:
    """The values that differ from those of the notebook as the project, or the library, has it."""
    declared = notebook_parameters(path)
    wanted, mine = notebook_hash(json.loads(path.read_text("utf-8"))), values_in_effect(declared, {})
    folders = [corpus.root]
    with suppress(PinganError):
        folders.append(shipped())
    for folder in folders:
        known = folder / "notebooks" / path.name
        if (
            known.is_file()
            and known != path
            and notebook_hash(json.loads(known.read_text("utf-8"))) == wanted
        ):
            own = values_in_effect(notebook_parameters(known), {})
            return {name: value for name, value in mine.items() if own.get(name) != value}
    return {}


def _times(notebook: NotebookNode, path: Path) -> tuple[datetime, datetime]:
    """When the first cell began and the last one ended; where JupyterLab took no times, when the file was saved."""
    noted = [cell.metadata.get("execution", {}) for cell in notebook.cells if cell.cell_type == "code"]
    begun = sorted(each["iopub.execute_input"] for each in noted if "iopub.execute_input" in each)
    ended = sorted(each["shell.execute_reply"] for each in noted if "shell.execute_reply" in each)
    try:
        return datetime.fromisoformat(begun[0]), datetime.fromisoformat(ended[-1])
    except (IndexError, ValueError):
        saved = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return saved, saved
