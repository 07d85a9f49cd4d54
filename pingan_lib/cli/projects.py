"""Commands on a project folder as a whole."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from pingan_lib.cli.group import project_folder, say


@click.command(short_help="Make a project folder of your own.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--empty", is_flag=True, help="Without the example: its codebook and measures, all else empty.")
@click.option(
    "--title", metavar="TEXT", help="What the project is about. Default: the example's, or the folder's name."
)
def init(folder: Path, empty: bool, title: str | None) -> None:
    """Make a project folder DIR with tables, articles and notebooks, which must not exist or be empty.

    Without --empty it holds the example, two articles coded in full, to try everything on. Its tables are CSV files
    that Excel and LibreOffice open.

    \b
    Examples:
      pingan init my-cities --empty --title "Public safety in five counties"
      pingan init tryout
    """
    from pingan_lib.project import init_project

    root = init_project(folder, empty=empty, title=title)
    click.echo(root)
    steps = ["pingan add page.html", "pingan draft ARTICLE"] if empty else ["pingan report"]
    if root != Path.cwd():
        steps.insert(0, f"cd {shlex.quote(str(folder))}")
    say("Next:" + "".join(f"\n  {step}" for step in steps))
    say("README.md there tells the way from an article to a report.")


@click.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """List every fault of the data.

    Each line names the file, the row and the column, what was found, and what to do. The row is the line in
    the file, the header being line 1. Where there is none, it tells what still waits for a person: drafts, and
    articles that nobody has coded.
    """
    from pingan_lib.corpus import check_corpus, find_project, load_corpus

    root = find_project(project_folder(ctx))
    problems = check_corpus(root)
    for problem in problems:
        click.echo(str(problem))
    if problems:
        click.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in {root}", err=True)
        ctx.exit(1)
    click.echo(f"No problem in {root}")
    corpus = load_corpus(root, unfinished=True)
    drafts = corpus.figures.loc[corpus.figures["status"] == "draft", "article_id"].value_counts(sort=False)
    for article_id, count in drafts.items():
        click.echo(f"{article_id}: {count} drafts in data/figures.csv wait for a person.")
    for article_id in corpus.uncoded:
        click.echo(f"{article_id}: not coded yet, for it has no row in data/coders.csv.")
    if len(drafts) or corpus.uncoded:
        click.echo("Reports leave these out.")
