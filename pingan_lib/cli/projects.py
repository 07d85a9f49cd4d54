"""Commands on a project folder as a whole."""

from __future__ import annotations

import click

from pingan_lib.cli.group import project_folder


@click.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """List every fault of the data.

    Each line names the file, the row and the column, what was found, and what to do. The row is the line in
    the file, the header being line 1.
    """
    from pingan_lib.corpus import check_corpus, find_project

    root = find_project(project_folder(ctx))
    problems = check_corpus(root)
    for problem in problems:
        click.echo(str(problem))
    if problems:
        click.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} in {root}", err=True)
        ctx.exit(1)
    click.echo(f"No problem in {root}")
