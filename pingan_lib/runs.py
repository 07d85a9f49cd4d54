"""One run of a notebook, and a folder of reports: nothing that failed looks as if it were done."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from pingan_lib.cells import page_parts
from pingan_lib.corpus import Corpus
from pingan_lib.errors import RunError, UsageError, choices
from pingan_lib.kernels import Kernels, kernels
from pingan_lib.notebooks import find_notebooks, notebook_kind, notebook_parameters, parse_parameters
from pingan_lib.report import Compared, Entry, index_html, page_html
from pingan_lib.words import LANGUAGES


@dataclass(frozen=True)
class Run:
    """One execution of one notebook.

    Attributes
    ----------
    notebook : Path
        What was run.
    parameters : mapping of str to object
        The values that were given; the notebook's own defaults are not among them.
    status : {"done", "failed"}
        Done means that every code cell ran, and none ended in an error.
    executed : Path or None
        The executed notebook; of a failed run the partial one, `<name>.failed.ipynb`; None where nothing ran.
    page : Path or None
        The HTML page; None where none was made.
    message : str
        What went wrong, and in which cell; empty for a run that is done.
    seconds : float
        Wall time, with the start of the kernel.
    """

    notebook: Path
    parameters: Mapping[str, Any]
    status: Literal["done", "failed"]
    executed: Path | None
    page: Path | None
    message: str
    seconds: float


def run_notebook(
    path: str | Path, parameters: Mapping[str, Any], out_dir: str | Path, *, root: str | Path | None = None
) -> Run:
    """Execute a notebook, and make its page if it is a report.

    The executed notebook becomes `<out_dir>/notebooks/<name>.ipynb` when all its cells have run, and the
    page `<out_dir>/<name>.html`. A run that fails leaves `<out_dir>/notebooks/<name>.failed.ipynb`, and
    takes away what an earlier run left under the other two names.

    Parameters
    ----------
    path : str or Path
    parameters : mapping of str to object
        Values of the right types, as `notebooks.parse_parameters` returns them.
    out_dir : str or Path
        Made where it does not exist.
    root : str or Path, optional
        The kernel's working folder, from which a notebook finds its project; by default the notebook's own.

    Returns
    -------
    Run
        Also for a notebook that fails: see its `status`.

    Raises
    ------
    UsageError
        If `out_dir` cannot be written; nothing has run then.
    RunError
        If `path` is not a notebook.
    """
    path, out_dir = Path(path).resolve(), Path(out_dir).resolve()
    defaults = {each.name: each.default for each in notebook_parameters(path)}
    is_report = notebook_kind(path) == "report"
    _make_ready(out_dir)
    with kernels(1) as pool:
        run = pool.submit(_run, pool, path, parameters, out_dir, Path(root or path.parent)).result()
    if run.status == "done" and is_report:
        run = _with_page(run, out_dir, str(parameters.get("language") or defaults.get("language") or "en"))
    return run


def report(
    corpus: Corpus,
    parameters: Mapping[str, str],
    out_dir: str | Path,
    *,
    languages: Sequence[str] = ("en", "zh"),
    workers: int | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> tuple[Run, ...]:
    """Run the report notebooks of a project, and make a page of each, with an index.

    The pages of the first language lie in `out_dir` itself, those of a further one in a folder below it that
    bears its code; executed notebooks lie in `notebooks` beside the pages. Notebooks of kind `tour` are
    executed as well and get no page. A notebook that fails does not stop the others: the index names it.

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
    progress : callable
        Called with one line for each notebook that has ended.

    Returns
    -------
    tuple of Run
        By notebook, then language.

    Raises
    ------
    UsageError
        For a parameter, city or language that does not fit, a project without reports, or a folder that
        cannot be written; nothing has run then.
    """
    languages = tuple(dict.fromkeys(languages))
    out_dir = Path(out_dir).resolve()
    planned = _plan(corpus, parameters, languages)
    folders = {each: out_dir / _folder(each, languages) for each in languages}
    for folder in folders.values():
        _make_ready(folder)

    made: dict[tuple[Path, str], Run] = {}
    with kernels(workers or min(2, os.cpu_count() or 1)) as pool:
        running = {
            pool.submit(_run, pool, path, values[language], folders[language], corpus.root): (path, language)
            for path, values in planned.items()
            for language in languages
        }
        waiting = set(running)
        while waiting:
            ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ended:
                path, language = running[future]
                made[path, language] = run = future.result()
                progress(f"{path.stem} ({language}): {run.status} in {run.seconds:.1f} s")
                if notebook_kind(path) == "report" and all((path, each) in made for each in languages):
                    _make_pages(path, made, folders)
    for language in languages:
        _make_index(corpus, parameters, made, language, folders)
    return tuple(made[path, language] for path in planned for language in languages)


def _plan(
    corpus: Corpus, given: Mapping[str, str], languages: Sequence[str]
) -> dict[Path, dict[str, dict[str, Any]]]:
    """What is to be run: notebook, language, values; or the reason why not."""
    for language in languages:
        if language not in LANGUAGES:
            raise UsageError(choices("language", language, list(LANGUAGES)))
    if "language" in given:
        raise UsageError("A report is made in several languages: name them with --language.")
    folder = corpus.root / "notebooks"
    kinds = {path: notebook_kind(path) for path in find_notebooks(folder)}
    if "report" not in kinds.values():
        raise UsageError(f'No notebook in {folder} has the metadata "pingan": {{"kind": "report"}}.')
    declared = {path: notebook_parameters(path) for path, kind in kinds.items() if kind in ("report", "tour")}
    names = {each.name for parameters in declared.values() for each in parameters} - {"language"}
    for name in given:
        if name not in names:
            raise UsageError(choices("parameter", name, sorted(names)))
    corpus.pair(given.get("city_a", ""), given.get("city_b", ""))
    cities = [str(city) for city in corpus.cities.index]
    planned: dict[Path, dict[str, dict[str, Any]]] = {}
    for path, parameters in declared.items():
        own = {each.name for each in parameters}
        values = parse_parameters({k: v for k, v in given.items() if k in own}, parameters, cities)
        planned[path] = {
            language: values | ({"language": language} if "language" in own else {}) for language in languages
        }
    return planned


def _make_ready(out_dir: Path) -> None:
    """Make the folders of a run, or say that they cannot be written before anything runs."""
    try:
        (out_dir / "notebooks").mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".run-", dir=out_dir / "notebooks"):
            pass
    except OSError as error:
        raise UsageError(
            f"Cannot write in {out_dir}: {error.strerror}. Choose another folder (--out)."
        ) from error


def _run(pool: Kernels, path: Path, parameters: Mapping[str, Any], out_dir: Path, root: Path) -> Run:
    begin = time.monotonic()
    executed: Path | None = None
    try:
        with TemporaryDirectory(prefix=".run-", dir=out_dir / "notebooks") as scratch:
            draft = Path(scratch) / path.name
            message = pool.execute(path, draft, parameters, root)
            if not pool.stopped.is_set():
                executed = _keep(draft, out_dir, failed=bool(message))
    except OSError as error:
        message = f"cannot write the notebook: {error}"
    status: Literal["done", "failed"] = "failed" if message else "done"
    return Run(path, dict(parameters), status, executed, None, message, time.monotonic() - begin)


def _keep(draft: Path, out_dir: Path, *, failed: bool) -> Path | None:
    """Put an executed notebook under its final name, and take away what contradicts it."""
    import nbformat

    done = out_dir / "notebooks" / draft.name
    partial = done.with_suffix(".failed.ipynb")
    final, other = (partial, done) if failed else (done, partial)
    other.unlink(missing_ok=True)
    if failed:
        _page_of(done, out_dir).unlink(missing_ok=True)
        final.unlink(missing_ok=True)
    if not draft.exists():
        return None
    notebook = nbformat.read(draft, as_version=4)
    for name in ("input_path", "output_path"):  # places on this machine mean nothing to a reader
        notebook.metadata.get("papermill", {}).pop(name, None)
    nbformat.write(notebook, draft)
    draft.replace(final)
    return final


def _page_of(notebook: Path, out_dir: Path) -> Path:
    return out_dir / f"{notebook.stem}.html"


def _folder(language: str, languages: Sequence[str]) -> str:
    """Where the pages of a language lie, below the folder of the reports."""
    return "" if language == languages[0] else f"{language}/"


def _addresses(name: str, language: str, languages: Sequence[str]) -> dict[str, str]:
    """Where `name` lies in the other languages, seen from the folder of `language`."""
    up = "../" if _folder(language, languages) else ""
    return {each: f"{up}{_folder(each, languages)}{name}" for each in languages if each != language}


def _facts() -> list[tuple[str, str]]:
    return [("pingan_lib", version("pingan_lib"))]


def _write(path: Path, text: str) -> None:
    with TemporaryDirectory(prefix=".page-", dir=path.parent) as scratch:
        draft = Path(scratch) / path.name
        draft.write_text(text, "utf-8")
        draft.replace(path)


def _with_page(
    run: Run,
    out_dir: Path,
    language: str,
    *,
    home: str | None = None,
    alternates: Mapping[str, str] | None = None,
) -> Run:
    """Make the page of a run that is done; a run whose page cannot be made has failed."""
    import nbformat

    assert run.executed is not None
    page = _page_of(run.executed, out_dir)
    try:
        text = page_html(
            nbformat.read(run.executed, as_version=4),
            language=language,
            alternates=alternates or {},
            home=home,
            source=f"notebooks/{run.executed.name}",
            facts=_facts(),
        )
        _write(page, text)
    except (RunError, OSError) as error:
        page.unlink(missing_ok=True)
        return replace(run, status="failed", message=f"the page could not be made: {error}")
    return replace(run, page=page)


def _make_pages(path: Path, made: dict[tuple[Path, str], Run], folders: Mapping[str, Path]) -> None:
    """Make the pages of one notebook in all languages; each links to those that there are."""
    done = [language for language in folders if made[path, language].status == "done"]
    for language in done:
        addresses = _addresses(f"{path.stem}.html", language, list(folders))
        made[path, language] = _with_page(
            made[path, language],
            folders[language],
            language,
            home="index.html",
            alternates={each: address for each, address in addresses.items() if each in done},
        )


def _make_index(
    corpus: Corpus,
    given: Mapping[str, str],
    made: Mapping[tuple[Path, str], Run],
    language: str,
    folders: Mapping[str, Path],
) -> None:
    import nbformat

    folder = folders[language]
    entries = []
    for (path, each), run in sorted(made.items()):
        if each == language and (run.status == "failed" or notebook_kind(path) == "report"):
            parts = page_parts(nbformat.read(path, as_version=4), language)
            page, notebook = (
                file.relative_to(folder).as_posix() if file else None for file in (run.page, run.executed)
            )
            entries.append(Entry(parts.title, parts.question, page, notebook, run.message or None))
    pair = corpus.pair(given.get("city_a", ""), given.get("city_b", ""))
    articles = [
        Compared(
            str(corpus.places.loc[article["place_id"], f"name_{language}"]),
            article["title"],
            article["publisher"],
            f"{article['published']:%Y-%m-%d}",
        )
        for _, article in corpus.articles.iterrows()
        if article["place_id"] in pair
    ]
    text = index_html(
        entries,
        language=language,
        articles=articles,
        alternates=_addresses("index.html", language, list(folders)),
        facts=_facts(),
    )
    _write(folder / "index.html", text)
