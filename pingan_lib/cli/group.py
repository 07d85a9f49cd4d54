"""What all commands share: how errors reach the person, the project folder, completion."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pingan_lib.errors import PinganError, UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from pingan_lib.corpus import Corpus

_INTERRUPTED = 130  # what shells return for a program that Ctrl-C ended


class Group(click.Group):
    """Commands whose errors are messages on stderr, with an exit code that says whose fault it was."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named; exit with 1, 2 or 130 where it could not be done."""
        try:
            return super().invoke(ctx)
        except PinganError as error:
            click.echo(f"pingan: {error}", err=True)
            ctx.exit(error.exit_code)
        except click.Abort:
            if sys.stdin.isatty():
                click.echo("pingan: interrupted; nothing was written.", err=True)
                ctx.exit(_INTERRUPTED)
            click.echo(
                "pingan: there is nobody to ask. Give what is asked for as options, or --yes.", err=True
            )
            ctx.exit(UsageError.exit_code)
        except KeyboardInterrupt:
            click.echo("pingan: interrupted; nothing unfinished was kept.", err=True)
            ctx.exit(_INTERRUPTED)


def project_folder(ctx: click.Context) -> Path | None:
    """The folder given by --project."""
    found = ctx.find_root().params.get("project")
    return Path(found) if found else None


def project_corpus(ctx: click.Context) -> Corpus:
    """The corpus of that folder, checked."""
    from pingan_lib.corpus import load_corpus

    return load_corpus(project_folder(ctx))


def say(line: str) -> None:
    """Tell the person what is going on; results alone go to stdout."""
    click.echo(line, err=True)


def complete_city(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The cities that begin so, for the shell's completion."""
    from click.shell_completion import CompletionItem

    try:
        cities = project_corpus(ctx).cities
    except PinganError:
        return []
    return [
        CompletionItem(str(city), help=str(row["name_en"]))
        for city, row in cities.iterrows()
        if str(city).startswith(incomplete)
    ]


def complete_article(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The articles whose ids begin so, or else files."""
    from click.shell_completion import CompletionItem

    try:
        articles = project_corpus(ctx).articles
    except PinganError:
        return [CompletionItem(incomplete, type="file")]
    names = [str(name) for name in articles.index if str(name).startswith(incomplete)]
    return [CompletionItem(name, help=str(articles.at[name, "title"])) for name in names] or [
        CompletionItem(incomplete, type="file")
    ]


def complete_notebook(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The notebooks whose names begin so, or else files."""
    from click.shell_completion import CompletionItem

    from pingan_lib.corpus import find_project
    from pingan_lib.notebooks import find_notebooks

    try:
        found = find_notebooks(find_project(project_folder(ctx)) / "notebooks")
    except PinganError:
        found = []
    names = [path.stem for path in found if path.stem.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def complete_run(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The runs that the project's own reports keep and whose names begin so, or else files."""
    from click.shell_completion import CompletionItem

    from pingan_lib.corpus import find_project

    try:
        kept = find_project(project_folder(ctx)) / "reports" / "runs"
    except PinganError:
        return [CompletionItem(incomplete, type="file")]
    names = sorted(path.name for path in kept.glob("*") if path.is_dir() and not path.name.startswith("."))
    return [CompletionItem(name) for name in names if name.startswith(incomplete)] or [
        CompletionItem(incomplete, type="file")
    ]
