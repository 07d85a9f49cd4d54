"""The command that proposes rows from a text."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pingan_lib.cli.group import complete_article, project_folder, say
from pingan_lib.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd


@click.command(short_help="Propose rows for the figures of a text.")
@click.argument("article", shell_complete=complete_article)
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    help="Write the rows there as CSV, - being the terminal. Default: an article's rows go to data/figures.csv "
    "as drafts, a file's to the terminal.",
)
@click.option("--names", is_flag=True, help="Propose names of mechanisms, from quotation marks, instead.")
@click.option(
    "--published", metavar="DAY", help="Day of publication of a file, such as 2024-04-03, to read 今年 by."
)
@click.pass_context
def draft(ctx: click.Context, article: str, out: str | None, names: bool, published: str | None) -> None:
    """Propose a row for every figure of an ARTICLE: its id in the project, or any text file or saved web page.

    A draft holds the quote, the number as printed, its value, unit, hedge and period. It is no figure until a
    person has filled in the rest and set its status to accepted; what is rejected is not proposed again. Reports
    take accepted figures alone.

    \b
    Examples:
      pingan draft duyun_2023
      pingan draft report.html -o -
      pingan draft report.txt --names
    """
    path = Path(article)
    if path.is_file():
        _draft_file(path, out or "-", names, published)
    elif published:
        raise UsageError("--published is for a file; the day of an article is in data/articles.csv.")
    else:
        _draft_article(project_folder(ctx), article, out, names)


def _draft_file(path: Path, out: str, names: bool, published: str | None) -> None:
    import pandas as pd

    from pingan_lib.intake.drafts import draft_table
    from pingan_lib.intake.extraction import read_source
    from pingan_lib.mentions import find_names

    source = read_source(path)
    if names:
        columns = ["name", "kind_word", "quote", "start", "end", "sentence"]
        found = [[getattr(name, column) for column in columns] for name in find_names(source.text)]
        rows = pd.DataFrame(found, columns=columns)
    else:
        rows = draft_table(source.text, _day(published) if published else source.published)
    _write(rows, out)
    if source.is_page:
        say(f"Offsets count in the text that was made from the page: {'; '.join(source.steps)}.")


def _draft_article(project: Path | None, article_id: str, out: str | None, names: bool) -> None:
    import pandas as pd

    from pingan_lib.corpus import find_project
    from pingan_lib.errors import choices
    from pingan_lib.intake.drafts import describe, draft_approaches, draft_figures
    from pingan_lib.schema import DESCRIPTOR, read_schema
    from pingan_lib.table_files import read_raw, write_raw

    root = find_project(project)
    data = root / "data"
    tables = read_schema((data / DESCRIPTOR).read_text(encoding="utf-8"))
    articles = read_raw(data, tables["articles"]).set_index("article_id")
    if article_id not in articles.index:
        raise UsageError(f"{choices('article', article_id, list(articles.index))} Nor is it a file here.")
    article = articles.loc[article_id]
    text = (root / article["path"]).read_text(encoding="utf-8")
    if names:
        _write(draft_approaches(text, article, read_raw(data, tables["approaches"])), out or "-")
        return
    figures = read_raw(data, tables["figures"])
    try:
        published = datetime.date.fromisoformat(article["published"])
    except ValueError:  # what is wrong with the day, the check says
        published = None
    rows = draft_figures(text, article, figures, published)
    found = draft_approaches(text, article, read_raw(data, tables["approaches"]))
    if out:
        _write(rows, out)
        return
    for line in describe(text, rows):
        click.echo(line)
    if rows.empty:
        say("No new draft: every figure that was found has a row already.")
    else:
        write_raw(data, tables["figures"], pd.concat([figures, rows], ignore_index=True))
        say(
            f"{len(rows)} drafts added to data/figures.csv. Read each in its sentence; fill in what is empty and set "
            "status to accepted; set it to rejected where it is no figure, so that it is not proposed again."
        )
    if len(found):
        quoted = "、".join(found["name_zh"])
        say(f"Names that may be approaches: {quoted} (pingan draft {article_id} --names gives them as rows).")


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day. Write it as 2024-04-03.") from None


def _write(rows: pd.DataFrame, out: str) -> None:
    """Write CSV to a file or to the terminal, in UTF-8 whatever the terminal's own encoding."""
    from pingan_lib.table_files import write_bytes

    content = rows.to_csv(index=False, lineterminator="\n")
    if out == "-":
        click.echo(content.encode("utf-8"), nl=False)
        return
    path = Path(out)
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}. Make it first, or name another file.")
    write_bytes(path, content.encode("utf-8-sig"))  # with the mark by which Excel knows UTF-8
    say(f"{len(rows)} rows in {path}")
