"""The `pingan` command: reads what was asked for, calls one function, prints."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pingan_lib.errors import PinganError, UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from pingan_lib.corpus import Corpus
    from pingan_lib.runs import Run

_INTERRUPTED = 130  # what shells return for a program that Ctrl-C ended


class _Group(click.Group):
    """Commands whose errors are messages on stderr, with an exit code that says whose fault it was."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PinganError as error:
            click.echo(f"pingan: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("pingan: interrupted; nothing unfinished was kept.", err=True)
            ctx.exit(_INTERRUPTED)


def _complete_city(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    try:
        cities = _corpus(ctx).cities
    except PinganError:
        return []
    return [
        CompletionItem(str(city), help=str(row["name_en"]))
        for city, row in cities.iterrows()
        if str(city).startswith(incomplete)
    ]


def _complete_notebook(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from pingan_lib.corpus import find_project
    from pingan_lib.notebooks import find_notebooks

    try:
        found = find_notebooks(find_project(_project(ctx)) / "notebooks")
    except PinganError:
        found = []
    names = [path.stem for path in found if path.stem.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


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


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="The project folder. Default: the nearest one upward from here that holds data/datapackage.json.",
)
@click.version_option(package_name="pingan_lib", prog_name="pingan")
def main(project: Path | None) -> None:
    """Compare what cities report about public safety, with every number traced to its sentence.

    \b
    Examples:
      pingan check
      pingan report --city-a kaili --city-b anshun --out reports
      pingan run 03 -p city_a anshun -p city_b kaili
      pingan --project ~/other-cities list

    \b
    Exit codes: 0 done, 1 the data or a run failed, 2 wrong usage, 130 interrupted.
    Completion in bash (zsh and fish alike): eval "$(_PINGAN_COMPLETE=bash_source pingan)"
    """


@main.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """List every fault of the data.

    Each line names the file, the row and the column, what was found, and what to do. The row is the line in
    the file, the header being line 1.
    """
    from pingan_lib.corpus import check_corpus, find_project

    root = find_project(_project(ctx))
    problems = check_corpus(root)
    for problem in problems:
        click.echo(str(problem))
    if problems:
        click.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in {root}", err=True)
        ctx.exit(1)
    click.echo(f"No problem in {root}")


@main.command()
@click.option(
    "--city-a",
    metavar="CITY",
    shell_complete=_complete_city,
    help="The first city. Default: the first that has an article.",
)
@click.option(
    "--city-b",
    metavar="CITY",
    shell_complete=_complete_city,
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
      pingan report --city-a anshun --city-b kaili --language zh --out ~/for-review
    """
    from pingan_lib.runs import report as make_report

    cities = [(name, city) for name, city in (("city_a", city_a), ("city_b", city_b)) if city is not None]
    given = _once([*cities, *parameters])
    corpus = _corpus(ctx)
    folder = out or corpus.root / "reports"
    runs = make_report(corpus, given, folder, languages=languages, progress=_say)
    click.echo(folder / "index.html")
    _exit(ctx, runs)


@main.command(short_help="Run one notebook.")
@click.argument("notebook", shell_complete=_complete_notebook)
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
      pingan run 03_outcomes -p city_a anshun -p city_b kaili -p language zh
      pingan run drafts/mine.ipynb -p measures '["cases_solved"]' --out /tmp/mine
    """
    from pingan_lib.corpus import find_project
    from pingan_lib.notebooks import notebook_parameters, parse_parameters, resolve_notebook
    from pingan_lib.runs import run_notebook

    given = _once(parameters)
    path = resolve_notebook(notebook, find_project(_project(ctx)) / "notebooks")
    corpus = _corpus(ctx)
    values = parse_parameters(given, notebook_parameters(path), [str(city) for city in corpus.cities.index])
    result = run_notebook(path, values, out or corpus.root / "reports" / "runs" / path.stem, root=corpus.root)
    _say(f"{path.stem}: {result.status} in {result.seconds:.1f} s")
    for made in (result.page, result.executed):
        if made:
            click.echo(made)
    _exit(ctx, [result])


@main.command("list", short_help="List notebooks with parameters, cities and measures.")
@click.pass_context
def list_(ctx: click.Context) -> None:
    """List the notebooks with their parameters, the cities and the measures."""
    from pingan_lib.notebooks import find_notebooks, notebook_parameters

    corpus = _corpus(ctx)
    click.echo("Notebooks")
    for path in find_notebooks(corpus.root / "notebooks"):
        click.echo(f"  {path.stem}")
        for each in notebook_parameters(path):
            declared = f"{each.name}: {each.type} = {each.default!r}"
            click.echo(f"    {declared:<34}  {each.help}".rstrip())
    for title, frame in (("Cities", corpus.cities), ("Measures", corpus.measures)):
        click.echo(f"\n{title}")
        width = max((len(str(name)) for name in frame.index), default=0)
        for name, row in frame.iterrows():
            click.echo(f"  {name!s:<{width}}  {row['name_en']} {row['name_zh']}")


def _project(ctx: click.Context) -> Path | None:
    """The folder given by --project."""
    found = ctx.find_root().params.get("project")
    return Path(found) if found else None


def _corpus(ctx: click.Context) -> Corpus:
    from pingan_lib.corpus import load_corpus

    return load_corpus(_project(ctx))


def _once(given: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names and values as a dictionary; a name that is given twice is refused."""
    values: dict[str, str] = {}
    for name, value in given:
        if name in values:
            raise UsageError(f"The parameter {name!r} is given twice: {values[name]!r} and {value!r}.")
        values[name] = value
    return values


def _say(line: str) -> None:
    click.echo(line, err=True)


def _exit(ctx: click.Context, runs: Iterable[Run]) -> None:
    """Say what failed and where its partial notebook lies; exit code 1 if anything did."""
    failed = [run for run in runs if run.status == "failed"]
    for each in failed:
        _say(f"{each.notebook.stem} failed: {each.message}")
        if each.executed:
            _say(f"  what ran until then: {each.executed}")
    if failed:
        ctx.exit(1)


if __name__ == "__main__":
    main()
