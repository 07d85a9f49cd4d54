"""Commands that run notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pingan_lib.cli.group import complete_city, complete_notebook, project_corpus, project_folder, say
from pingan_lib.errors import UsageError

if TYPE_CHECKING:
    from pingan_lib.runs import Run

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
    help="Language of the pages; may be given twice, the first lies in DIR itself. Default: en and zh.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the pages go. Default: reports/ in the project folder.",
)
@_parameter
@click.pass_context
def report(
    ctx: click.Context,
    city_a: str | None,
    city_b: str | None,
    languages: tuple[str, ...],
    out: Path | None,
    parameters: tuple[tuple[str, str], ...],
) -> None:
    """Run all report notebooks and write their pages, with an index.

    A notebook that fails is named on the index page, and does not stop the others; its partial notebook is
    kept as DIR/notebooks/NAME.failed.ipynb. A parameter goes to every notebook that declares it.

    \b
    Examples:
      pingan report
      pingan report --city-a city_two --city-b city_one --language zh --out ~/for-review
    """
    from pingan_lib.runs import report as make_report

    cities = [(name, city) for name, city in (("city_a", city_a), ("city_b", city_b)) if city is not None]
    given = _once([*cities, *parameters])
    corpus = project_corpus(ctx)
    if len(corpus.cities) < 2:
        more = " `pingan run 07_overview` shows what there is." if len(corpus.cities) else ""
        raise UsageError(corpus.too_few + more)
    folder = out or corpus.root / "reports"
    runs = make_report(corpus, given, folder, languages=languages, progress=say)
    click.echo(folder / "index.html")
    _exit(ctx, runs)


@click.command(short_help="Run one notebook.")
@click.argument("notebook", shell_complete=complete_notebook)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the results go. Default: reports/runs/NAME/ in the project folder.",
)
@_parameter
@click.pass_context
def run(ctx: click.Context, notebook: str, out: Path | None, parameters: tuple[tuple[str, str], ...]) -> None:
    """Run one NOTEBOOK: its number, its name, or the path of any notebook.

    The executed notebook goes to DIR/notebooks/, and the page of a report to DIR. Values are read as the
    notebook declares them: text stays as it is (001 too), lists are written in JSON.

    \b
    Examples:
      pingan run 03
      pingan run 03_outcomes -p city_a city_two -p city_b city_one -p language zh
      pingan run drafts/mine.ipynb -p measures '["cases_solved"]' --out /tmp/mine
    """
    from pingan_lib.corpus import find_project
    from pingan_lib.notebooks import notebook_parameters, parse_parameters, resolve_notebook
    from pingan_lib.runs import run_notebook

    given = _once(parameters)
    path = resolve_notebook(notebook, find_project(project_folder(ctx)) / "notebooks")
    corpus = project_corpus(ctx)
    values = parse_parameters(given, notebook_parameters(path), [str(city) for city in corpus.cities.index])
    result = run_notebook(path, values, out or corpus.root / "reports" / "runs" / path.stem, root=corpus.root)
    say(f"{path.stem}: {result.status} in {result.seconds:.1f} s")
    for made in (result.page, result.executed):
        if made:
            click.echo(made)
    _exit(ctx, [result])


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


def _exit(ctx: click.Context, runs: Iterable[Run]) -> None:
    """Say what failed and where its partial notebook lies; exit code 1 if anything did."""
    failed = [run for run in runs if run.status == "failed"]
    for each in failed:
        say(f"{each.notebook.stem} failed: {each.message}")
        if each.executed:
            say(f"  what ran until then: {each.executed}")
    if failed:
        ctx.exit(1)
