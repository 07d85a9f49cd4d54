"""What a run leaves in its folder: pages, notebooks without the places of this machine, the manifest."""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import quote

import nbformat
from markupsafe import Markup
from nbformat import v4

from pingan_lib.cells import page_parts
from pingan_lib.crate import CRATE, write_crate
from pingan_lib.errors import RunError
from pingan_lib.index import hashed, page_name
from pingan_lib.manifest import (
    ADDED,
    FORMAT,
    MANIFEST,
    CellRun,
    Execution,
    Manifest,
    replace_values,
    system,
    write_manifest,
)
from pingan_lib.markup.tree import classes, read, select, text_of
from pingan_lib.report import page_html
from pingan_lib.runs.plan import PAGED, Plan

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Outcome:
    """How one execution ended.

    Attributes
    ----------
    message : str
        What went wrong, and in which cell; empty if nothing did.
    notebook : str or None
        The executed notebook's name in the folder; None where nothing could be run.
    started, ended : datetime
        UTC.
    seconds : float
        Wall time, with the start of the kernel.
    """

    message: str
    notebook: str | None
    started: datetime
    ended: datetime
    seconds: float


def record(plan: Plan, outcomes: Mapping[str, Outcome], folder: Path) -> Manifest:
    """Complete the folder of a run: its pages, the notebook as it was, the manifest.

    Parameters
    ----------
    plan : Plan
    outcomes : mapping of str to Outcome
        By language; the executed notebooks lie in `folder`.
    folder : Path

    Returns
    -------
    Manifest
        As it was written.
    """
    source = _source(plan.path.read_text("utf-8"))
    (folder / "source").mkdir(exist_ok=True)
    (folder / "source" / plan.path.name).write_text(source.text, "utf-8")
    done = [language for language in plan.languages if not outcomes[language].message]
    executions = {
        language: _execution(plan, language, outcomes[language], source, done, folder)
        for language in plan.languages
    }
    failures = {
        language: each["message"] for language, each in executions.items() if each["status"] == "failed"
    }
    same = len(set(failures.values())) == 1 and len(failures) == len(executions)
    message = (
        next(iter(failures.values()))
        if same
        else "; ".join(f"{language}: {text}" for language, text in failures.items())
    )
    started = min(each.started for each in outcomes.values())
    ended = max(each.ended for each in outcomes.values())
    manifest = Manifest(
        format=FORMAT,
        run=plan.name,
        key=plan.key,
        status="failed" if failures else "done",
        message=message,
        notebook=plan.notebook,
        parameters=dict(plan.parameters),
        given=sorted(plan.given, key=list(plan.parameters).index),
        cities=plan.cities,
        data=plan.data,
        library=plan.tools.library,
        lock=plan.tools.lock,
        versions=plan.tools.versions,
        system=system(),
        source_date_epoch=plan.tools.source_date_epoch,
        started=_time(started),
        ended=_time(ended),
        seconds=round((ended - started).total_seconds(), 1),
        executions=executions,
    )
    write_manifest(manifest, folder)
    write_crate(folder, manifest)
    return manifest


def without_paths(notebook: NotebookNode) -> NotebookNode:
    """Take out of a notebook the places on this machine that papermill noted: they mean nothing to a reader."""
    for name in ("input_path", "output_path"):
        notebook.metadata.get("papermill", {}).pop(name, None)
    return notebook


def parameterized(notebook: NotebookNode, values: Mapping[str, Any]) -> NotebookNode:
    """Write the values of a run into the parameters cell, in the place of a cell that papermill added.

    A notebook that was run by the command, and one whose parameters cell was changed in JupyterLab, are then the same.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed; not changed.
    values : mapping of str to object
        Those that were given, with the language.

    Returns
    -------
    nbformat.NotebookNode
    """

    def write(name: str, text: str, kind: str) -> str | None:
        if name in values:
            value = values[name]
        else:
            try:
                value = ast.literal_eval(text)
            except (ValueError, SyntaxError):
                return None
        whole = isinstance(value, int) and not isinstance(value, bool)
        return _literal(float(value) if kind == "float" and whole else value)

    shown = copy.copy(notebook)
    shown.cells = [cell for cell in shown.cells if not ADDED & set(cell.metadata.get("tags", ()))]
    for place, cell in enumerate(shown.cells):
        if "parameters" in cell.metadata.get("tags", ()):
            shown.cells[place] = copy.copy(cell)
            shown.cells[place].source = replace_values(cell.source, write)
    return shown


def without_places(text: str, root: Path) -> str:
    """Name files relative to the project, and the home folder as `~`."""
    return text.replace(f"{root}{os.sep}", "").replace(str(root), ".").replace(str(Path.home()), "~")


def _kept(
    plan: Plan, language: str, outcome: Outcome, folder: Path
) -> tuple[str | None, NotebookNode | None]:
    """Write the executed notebook as it is kept: without places, a partial one under its own name."""
    if outcome.notebook is None:
        return None, None
    file = folder / outcome.notebook
    notebook = without_paths(v4.reads(file.read_text("utf-8")))  # valid, as papermill or nbformat wrote it
    if outcome.message:
        file.unlink()
        file = file.with_name(plan.file(language, ".failed.ipynb"))
    file.write_text(_notebook_text(notebook), "utf-8")
    return file.name, notebook


def _execution(
    plan: Plan, language: str, outcome: Outcome, source: _Source, done: Sequence[str], folder: Path
) -> Execution:
    """Describe one execution, and make its page where it is to have one."""
    name, notebook = _kept(plan, language, outcome, folder)
    parts = page_parts(source.notebook, language)
    message, html = without_places(outcome.message, plan.root), None
    if notebook is not None and not message and plan.notebook["kind"] in PAGED:
        try:
            html = _page(plan, language, notebook, done)
        except RunError as error:
            message = f"the page could not be made: {error}"
    findings, tallies = _said(html) if html else ([], {})
    page, content = plan.file(language, ".html"), (html or "").encode("utf-8")
    if html:
        (folder / page).write_bytes(content)
    return {
        "status": "failed" if message else "done",
        "message": message,
        "started": _time(outcome.started),
        "ended": _time(outcome.ended),
        "seconds": round(outcome.seconds, 1),
        "notebook": name,
        "page": page if html else None,
        "page_sha256": hashlib.sha256(content).hexdigest() if html else None,
        "page_bytes": len(content) if html else None,
        "title": parts.title,
        "question": parts.question,
        "findings": findings,
        "tallies": tallies,
        "cells": [_cell(cell) for cell in (notebook.cells if notebook else ()) if _is_code(cell)],
    }


def _page(plan: Plan, language: str, notebook: NotebookNode, done: Sequence[str]) -> str:
    others = [each for each in done if each != language]
    return page_html(
        parameterized(notebook, plan.values(language)),
        language=language,
        alternates={each: quote(plan.file(each, ".html")) for each in others},
        home=f"../../{page_name('index', language)}",
        glossary=f"../../{page_name('glossary', language)}",
        source=quote(plan.file(language, ".ipynb")),
        provenance=_provenance(plan),
    )


def _provenance(plan: Plan) -> list[tuple[str, Markup]]:
    """What the page was made from, each with its hash, and where its records lie; no clock time."""
    data, library, lock = plan.data, plan.tools.library, plan.tools.lock
    epoch = plan.tools.source_date_epoch
    date = f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d}" if epoch is not None else ""
    found = [
        ("report.from_notebook", hashed(plan.notebook["name"], plan.notebook["sha256"])),
        ("report.from_data", hashed(f"{data['name']} {data['version']}".strip(), data["sha256"])),
        ("report.from_library", hashed(f"{library['name']} {library['version']}", library["sha256"])),
        ("report.from_lock", hashed(lock["path"], lock["sha256"]) if lock else Markup("")),
        ("report.made_on", Markup('<time datetime="{0}">{0}</time>').format(date) if date else Markup("")),
        ("report.records", Markup('<a href="{0}">{0}</a> <a href="{1}">{1}</a>').format(MANIFEST, CRATE)),
    ]
    return [(key, text) for key, text in found if text]


def _said(html: str) -> tuple[list[str], dict[str, dict[str, int]]]:
    """Read the finding and the tallies from a page."""
    page, findings = read(html), []
    for element in select(
        page, "descendant::h2[starts-with(@id, 'finding')][1]/following::*[self::h2 or self::p]"
    ):
        if element.tag == "h2":
            break
        if "said" in classes(element):
            findings.append(" ".join(text_of(element).split()))
    tallies: dict[str, dict[str, int]] = {}
    for listed in select(page, "descendant::*[@data-tally]"):
        kind = listed.get("data-tally")
        counted = {}
        for item in listed.iter("li"):
            names = [name for each in item.iter("*") for name in classes(each) if name.startswith(f"{kind}-")]
            number = next(item.iter("data"), None)
            if names and number is not None:
                counted[names[0].removeprefix(f"{kind}-")] = int(number.get("value"))
        tallies.setdefault(kind, counted)
    return findings, tallies


def _cell(cell: NotebookNode) -> CellRun:
    failed = any(output.output_type == "error" for output in cell.outputs)
    status: Literal["done", "failed", "not run"] = (
        "failed" if failed else "done" if cell.execution_count else "not run"
    )
    return {"id": cell.get("id", ""), "status": status, "seconds": _seconds(cell)}


def _seconds(cell: NotebookNode) -> float | None:
    """The time that a cell took, as papermill or JupyterLab noted it."""
    if not cell.execution_count:
        return None
    duration = cell.metadata.get("papermill", {}).get("duration")
    if duration is None:
        noted = cell.metadata.get("execution", {})
        try:
            begin, end = (
                datetime.fromisoformat(noted[name]) for name in ("iopub.execute_input", "shell.execute_reply")
            )
        except (KeyError, ValueError):
            return None
        duration = (end - begin).total_seconds()
    return round(duration, 3)


def _is_code(cell: NotebookNode) -> bool:
    return (
        cell.cell_type == "code"
        and bool(cell.source.strip())
        and not ADDED & set(cell.metadata.get("tags", ()))
    )


class _Source(NamedTuple):
    """A notebook as it was before it ran, and how it is kept: without outputs."""

    notebook: NotebookNode
    text: str


@lru_cache(maxsize=64)
def _source(written: str) -> _Source:
    """Read a notebook that many runs may have."""
    notebook = nbformat.reads(written, as_version=4)
    kept = copy.deepcopy(notebook)
    kept.cells = [cell for cell in kept.cells if not ADDED & set(cell.metadata.get("tags", ()))]
    for cell in kept.cells:
        for name in ("execution", "papermill"):
            cell.metadata.pop(name, None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    kept.metadata.pop("papermill", None)
    return _Source(notebook, _notebook_text(kept))


def _notebook_text(notebook: NotebookNode) -> str:
    """Write a notebook as JupyterLab and papermill do; `nbformat.write` would prove its form once more."""
    return v4.writes(notebook).rstrip("\n") + "\n"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _literal(value: Any) -> str:
    """A value as Python writes it, text in double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(k)}: {_literal(v)}" for k, v in value.items()) + "}"
    return repr(value)
