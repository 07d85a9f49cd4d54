"""Commands that run notebooks."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pingan_lib.cli.group import (
    complete_city,
    complete_notebook,
    complete_run,
    project_corpus,
    project_folder,
    say,
)
from pingan_lib.cli.running import begin_warming, how, how_options
from pingan_lib.errors import UsageError

if TYPE_CHECKING:
    from pingan_lib.runs import How, Run

_parameter = click.option(
    "-p",
    "--parameter",
    "parameters",
    metavar="NAME VALUE",
    nargs=2,
    type=str,
    multiple=True,
    help="Give a parameter of the notebook a value; once for each. See `pingan list` for names and types.",
)


@click.command()
@click.option(
    "--city-a",
    metavar="CITY",
    shell_complete=complete_city,
    help="The first city. Default: the first that has an article.",
)
@click.option(
    "--city-b",
    metavar="CITY",
    shell_complete=complete_city,
    help="The second city. Default: the next that has an article.",
)
@click.option(
    "--language",
    "languages",
    type=click.Choice(["en", "zh"]),
    multiple=True,
    default=["en", "zh"],
    help="Language of the pages; may be given twice, the names of the first bear no code. Default: en and zh.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the pages go. Default: reports/ in the project folder.",
)
@click.option(
    "--paper",
    is_flag=True,
    help="Write every figure (SVG, and PDF where a Chromium is installed) and table (CSV, LaTeX) to DIR/paper.",
)
@click.option("--pdf", is_flag=True, help="Print each page as PDF beside it; needs Chromium, Chrome or Edge.")
@_parameter
@how_options
@click.pass_context
def report(
    ctx: click.Context,
    /,
    city_a: str | None,
    city_b: str | None,
    languages: tuple[str, ...],
    out: Path | None,
    paper: bool,
    pdf: bool,
    parameters: tuple[tuple[str, str], ...],
    **options: Any,
) -> None:
    """Run all report notebooks and write their pages, with an index.

    Each notebook becomes a run below DIR/runs: pages, executed notebooks, and a manifest of what they were made
    from. A notebook that fails is named on the index page, and does not stop the others; what ran of it is kept.
    A parameter goes to every notebook that declares it.

    \b
    Examples:
      pingan report
      pingan report --paper --pdf
      pingan report --city-a city_two --city-b city_one --language zh --out ~/for-review
    """
    begin_warming(options["engine"])
    from pingan_lib.chromium import find_chromium
    from pingan_lib.index import page_name
    from pingan_lib.runs import print_report
    from pingan_lib.runs import report as make_report

    asked = how(**options)
    cities = [(name, city) for name, city in (("city_a", city_a), ("city_b", city_b)) if city is not None]
    given = _once([*cities, *parameters])
    corpus = project_corpus(ctx)
    if len(corpus.cities) < 2:
        more = " `pingan run 07_overview` shows what there is." if len(corpus.cities) else ""
        raise UsageError(corpus.too_few + more)
    if pdf:
        find_chromium()  # before the notebooks run, which takes minutes
    folder = out or corpus.root / "reports"
    runs = make_report(corpus, given, folder, how=asked, languages=languages, paper=paper, progress=say)
    click.echo(folder / page_name("index", languages[0]))
    if pdf:
        print_report(runs, folder, corpus)
    _exit(ctx, runs)


@click.command(short_help="Run one notebook, or make a run again.")
@click.argument("notebook", required=False, shell_complete=complete_notebook)
@click.option(
    "--from",
    "manifest",
    metavar="MANIFEST",
    shell_complete=complete_run,
    help="Make a run again: its manifest, its folder, or its name in reports/runs.",
)
@click.option(
    "--anyway", is_flag=True, help="With --from: even if data, code or packages are other ones now."
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder of reports that keeps the run. Default: reports/ in the project folder; with --from, "
    "reports/again/.",
)
@_parameter
@how_options
@click.pass_context
def run(
    ctx: click.Context,
    /,
    notebook: str | None,
    manifest: str | None,
    anyway: bool,
    out: Path | None,
    parameters: tuple[tuple[str, str], ...],
    **options: Any,
) -> None:
    """Run one NOTEBOOK: its number, its name, or the path of any notebook.

    What it made goes to DIR/runs/NAME-KEY: the same notebook, values, languages, data and
    code have the same key. Values are
    read as the notebook declares them: text stays as it is (001 too), lists are written in JSON.

    With --from, a run is made again with the values and languages of its manifest, if notebook, data, code and
    packages are those of then; else it lists what differs. It says whether the pages are the same, byte for byte.

    \b
    Examples:
      pingan run 03
      pingan run 03_outcomes -p city_a city_two -p city_b city_one -p language zh
      pingan run drafts/mine.ipynb -p measures '["cases_solved"]' --out /tmp/mine
      pingan run --from reports/runs/03_outcomes-1a2b3c4d
    """
    from pingan_lib.corpus import find_project
    from pingan_lib.notebooks import notebook_parameters, parse_parameters, resolve_notebook
    from pingan_lib.runs import run_notebook

    asked = how(**options)
    if manifest is not None:
        if notebook is not None or parameters:
            raise UsageError("--from takes the notebook and its values from the manifest: name no other.")
        _make_again(ctx, manifest, out, anyway, asked)
        return
    if notebook is None:
        raise UsageError("Name a notebook (`pingan list` shows them), or a manifest with --from.")
    if anyway:
        raise UsageError("--anyway goes with --from.")
    given = _once(parameters)
    path = resolve_notebook(notebook, find_project(project_folder(ctx)) / "notebooks")
    corpus = project_corpus(ctx)
    values = parse_parameters(given, notebook_parameters(path), [str(city) for city in corpus.cities.index])
    _told(ctx, run_notebook(corpus, path, values, out or corpus.root / "reports", how=asked))


@click.command(short_help="Make the page of a notebook that was run in JupyterLab.")
@click.argument("notebook", shell_complete=complete_notebook)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder of reports that keeps the run. Default: reports/ in the project folder.",
)
@click.pass_context
def page(ctx: click.Context, notebook: str, out: Path | None) -> None:
    """Make the page of a NOTEBOOK that was run to its end and saved in JupyterLab; nothing is run.

    Its values are those of its parameters cell. The page is the same, byte for byte, as that of `pingan run` with the
    same values, and is kept in the same folder. A notebook that was not run from top to bottom, or not since
    the data changed, is refused. What was edited and not run again cannot be seen: run all, then save.

    \b
    Example:
      pingan page 03
    """
    from pingan_lib.corpus import find_project
    from pingan_lib.notebooks import resolve_notebook
    from pingan_lib.runs import page_of_saved

    path = resolve_notebook(notebook, find_project(project_folder(ctx)) / "notebooks")
    corpus = project_corpus(ctx)
    _told(ctx, page_of_saved(corpus, path, out or corpus.root / "reports"))


@click.command("list", short_help="List notebooks with parameters, cities, articles and measures.")
@click.pass_context
def list_(ctx: click.Context) -> None:
    """List the notebooks with their parameters, the cities, their articles, and the measures."""
    from pingan_lib.corpus import load_corpus
    from pingan_lib.notebooks import find_notebooks, notebook_parameters

    corpus = load_corpus(project_folder(ctx), unfinished=True)
    click.echo("Notebooks")
    for path in find_notebooks(corpus.root / "notebooks"):
        click.echo(f"  {path.stem}")
        for each in notebook_parameters(path):
            declared = f"{each.name}: {each.type} = {each.default!r}"
            click.echo(f"    {declared:<34}  {each.help}".rstrip())
    named = {"Cities": corpus.cities, "Articles": corpus.articles, "Measures": corpus.measures}
    for title, frame in named.items():
        click.echo(f"\n{title}")
        width = max((len(str(name)) for name in frame.index), default=0)
        for name, row in frame.iterrows():
            told = row["title"] if title == "Articles" else f"{row['name_en']} {row['name_zh']}"
            told += "  (not coded yet)" if name in corpus.uncoded else ""
            click.echo(f"  {name!s:<{width}}  {told}")


def _once(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names and values as a dictionary; a name that is given twice is refused."""
    values: dict[str, str] = {}
    for name, value in given:
        if name in values:
            raise UsageError(f"The parameter {name!r} is given twice: {values[name]!r} and {value!r}.")
        values[name] = value
    return values


def _make_again(ctx: click.Context, manifest: str, out: Path | None, anyway: bool, asked: How) -> None:
    """Make a run again, and say whether its pages came out the same."""
    from pingan_lib.runs import run_again

    corpus = project_corpus(ctx)
    again = run_again(
        corpus, manifest, out or corpus.root / "reports" / "again", anyway=anyway, how=asked, say=say
    )
    for language in again.same:
        say(f"The same page, byte for byte: {again.run.pages[language].name}")
    for language in again.different:
        if language in again.run.pages:
            say(f"Another page: {again.run.pages[language].name}")
    if again.different:
        before, now = (shlex.quote(str(folder)) for folder in (again.before, again.run.folder))
        say(f"What changed: pingan diff {before} {now}")
    _told(ctx, again.run)


def _told(ctx: click.Context, made: Run) -> None:
    """Say how a run ended, and print its files."""
    say(f"{made.manifest.run}: {made.manifest.status} in {made.manifest.seconds:.1f} s")
    if not made.failed:
        for path in (*made.pages.values(), *made.notebooks.values()):
            click.echo(path)
    _exit(ctx, [made])


def _exit(ctx: click.Context, runs: Iterable[Run]) -> None:
    """Say what failed and where its partial notebook lies; exit code 1 if anything did."""
    failed = [run for run in runs if run.failed]
    for each in failed:
        say(f"{each.manifest.run} failed: {each.manifest.message}")
        say(f"  what ran until then: {each.folder}")
    if failed:
        ctx.exit(1)
