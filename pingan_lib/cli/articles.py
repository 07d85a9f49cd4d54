"""The command that takes an article into a project."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pingan_lib.cli.group import complete_city, project_folder, say
from pingan_lib.errors import UsageError, choices

if TYPE_CHECKING:
    from pingan_lib.intake.extraction import Source
    from pingan_lib.intake.requoting import Requoted
    from pingan_lib.schema import Table

_ARTICLE = ("title", "published", "publisher", "author", "url", "genre", "speaker")
_PLACE = ("name_zh", "name_en", "level", "parent_id", "division_code")
_OPTIONS = {"article_id": "--id", "parent_id": "--parent", "place_id": "--city"}
_WHOLE = 2500  # characters; a longer text is shown by its ends
_FIRST, _LAST = 12, 6  # lines
_SHOWN = 70  # characters of a passage


@click.command(short_help="Take an article into the project.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--city",
    "place_id",
    metavar="ID",
    shell_complete=complete_city,
    help="The place that the article is about.",
)
@click.option("--title", help="Title as printed.")
@click.option("--published", metavar="DAY", help="Day of publication, such as 2024-04-03.")
@click.option("--publisher", help="Who published it.")
@click.option("--author", help="Author as printed.")
@click.option("--url", help="Where it was published.")
@click.option("--genre", metavar="CODE", help="Kind of text; data/README.md lists the codes.")
@click.option("--speaker", help="Who speaks in it as the source of the whole, with office.")
@click.option(
    "--id", "article_id", metavar="ID", help="The article's id. Default: place and year, as duyun_2023."
)
@click.option("--name-zh", help="A new place's name in Chinese.")
@click.option("--name-en", help="A new place's name in English.")
@click.option("--level", metavar="CODE", help="A new place's level; data/README.md lists the codes.")
@click.option("--parent", "parent_id", metavar="ID", help="The place that a new place belongs to.")
@click.option("--division-code", metavar="CODE", help="A new place's code of GB/T 2260, six digits.")
@click.option("--replace", metavar="ARTICLE", help="Put this version in the place of that article.")
@click.option("--anyway", is_flag=True, help="Add a text that is much like another one.")
@click.option("--yes", is_flag=True, help="Do not ask whether all is right.")
@click.pass_context
def add(
    ctx: click.Context,
    /,
    file: Path,
    replace: str | None,
    anyway: bool,
    yes: bool,
    **options: str | None,
) -> None:
    """Take the article in FILE into the project: a text in any Chinese encoding, or a saved web page.

    What the file says of itself (title, day, publisher, author, address) is proposed, and what is missing is asked
    for. The text that quotes will refer to is shown before anything is written. It goes to seeds/, with the file
    that it was made from in seeds/originals/, and a row to data/articles.csv.

    With --replace nothing that was coded is changed or lost: each quote is looked for in the new version, those
    that a person has to settle are listed, and the old version is kept in seeds/replaced/.

    \b
    Examples:
      pingan add page.html --city city_one --genre news
      pingan add 总结.txt --city duyun --name-zh 都匀市 --name-en Duyun --level county --parent qiannan
      pingan add corrected.txt --replace city_one_2024
    """
    from pingan_lib.corpus import find_project
    from pingan_lib.intake.extraction import read_source

    root = find_project(project_folder(ctx))
    given = {name: value.strip() for name, value in options.items() if value is not None}
    if given.get("published"):
        given["published"] = _as_day(given["published"])
    source = read_source(file)
    if replace is not None:
        _replace(ctx, root, source, replace, given, yes)
    else:
        _add(ctx, root, source, given, anyway, yes)


def _add(
    ctx: click.Context, root: Path, source: Source, given: Mapping[str, str], anyway: bool, yes: bool
) -> None:
    from pingan_lib.intake.articles import add_article, find_twin, read_tables, refuse_twin, require_id

    tables, rows = read_tables(root, "articles", "places")
    twin, how = find_twin(root, rows["articles"], source)
    refuse_twin(twin, how, anyway=anyway)
    if twin:
        say(f"Much like {twin}; added anyway.")
    _show_reading(source)
    said = {**_proposals(source), **given}
    known = list(rows["places"]["place_id"])
    if not said.get("place_id") and _asking():
        said["place_id"] = click.prompt(f"City ({', '.join(known)}, or a new id)", err=True)
    new = bool(said.get("place_id")) and said["place_id"] not in known
    if new:
        require_id(said["place_id"])
        say(f"{choices('place', said['place_id'], known)} A new one is made.")
    asked = dict.fromkeys(_ARTICLE, tables["articles"])
    if new:
        asked |= dict.fromkeys(_PLACE, tables["places"])
    if _asking():
        for name, table in asked.items():
            if name not in given and not (yes and (said.get(name) or not table.column(name).required)):
                said[name] = _ask(name, table, said.get(name, ""), known)
    _show_text(source.text)
    _require(said, asked, yes)
    place = {name: said.pop(name) for name in _PLACE if name in said}
    if not yes and not _agreed("Add it", source.text):
        say("Nothing was added.")
        ctx.exit(1)
    added = add_article(root, source, said, place=place or None, anyway=anyway)
    click.echo(f"{added.article_id}: {', '.join(added.files)}")
    for note in added.notes:
        say(note)
    say(
        f"Next: `pingan draft {added.article_id}` proposes rows for its figures, and `pingan check` holds them to it."
    )


def _replace(
    ctx: click.Context, root: Path, source: Source, article_id: str, given: Mapping[str, str], yes: bool
) -> None:
    from pingan_lib.intake.articles import replace_article, requote_article

    if idle := [_OPTIONS.get(name, f"--{name}").replace("_", "-") for name in given if name not in _ARTICLE]:
        raise UsageError(f"--replace keeps the article's id and place: leave out {', '.join(idle)}.")
    found = requote_article(root, source, article_id)
    _show_reading(source)
    _show_text(source.text)
    settle = [each for each in found if each.outcome.kind != "same"]
    say(
        f"Of {len(found)} quotes of {article_id}, {len(found) - len(settle)} stand in the same sentence as before."
    )
    for each in settle:
        say(_as_line(each))
    if not yes and not _asking():
        raise UsageError("There is no terminal to ask at. If all of this is right, give --yes.")
    if not yes and not _agreed(f"Replace {article_id}", source.text):
        say("Nothing was replaced.")
        ctx.exit(1)
    added = replace_article(root, source, article_id, given)
    click.echo(f"{added.article_id}: {', '.join(added.files)}")
    for note in added.notes:
        say(note)
    if settle:
        say(
            "Settle the quotes above by hand: `pingan check` names each that is not verbatim in the new text."
        )


def _proposals(source: Source) -> dict[str, str]:
    published = source.published.isoformat() if source.published else ""
    proposed = {name: getattr(source, name) for name in ("title", "publisher", "author", "url")}
    return {name: value for name, value in {**proposed, "published": published}.items() if value}


def _show_reading(source: Source) -> None:
    kind = "web page" if source.is_page else "text"
    say(f"{source.path.name}: a {kind}, {source.encoding}.")
    for step in source.steps:
        say(f"  step: {step}")
    for name, value in _proposals(source).items():
        say(f"  {name}: {value}  (from: {source.origins[name]})")
    for doubt in source.doubts:
        say(f"  look at this: {doubt}")


def _show_text(text: str) -> None:
    lines = [line for line in text.split("\n") if line.strip()]
    say(f"\nThe text, {len(text)} characters in {len(lines)} paragraphs:\n")
    if len(text) <= _WHOLE:
        say(text)
        return
    shown = [*lines[:_FIRST], f"… {len(lines) - _FIRST - _LAST} paragraphs more …", *lines[-_LAST:]]
    for line in shown if len(lines) > _FIRST + _LAST else lines:
        say(line if len(line) <= _WHOLE else f"{line[:_WHOLE]}…")
    say("")


def _as_line(each: Requoted) -> str:
    place = f"{each.table}.csv, row {each.row}, {each.row_id}, {each.column}"
    line = f"  {each.outcome.kind}: {place} {each.quote[:_SHOWN]!r}"
    if each.outcome.kind == "changed":
        line += f"; nearest {each.outcome.passage[:_SHOWN]!r}"
    return "; ".join([line, *each.outcome.differences[:3]])


def _asking() -> bool:
    return sys.stdin.isatty()


def _ask(name: str, table: Table, proposed: str, places: Sequence[str]) -> str:
    column = table.column(name)
    label = f"{name} ({column.description.rstrip('.')})"
    if column.codes:
        return str(click.prompt(label, type=click.Choice(column.codes), default=proposed or None, err=True))

    def fitting(answer: str) -> str:
        cell = _as_day(answer) if column.type == "date" else answer.strip()
        if column.type == "date" and not is_day(cell):
            raise click.UsageError(f"{cell!r} is no day such as 2023-12-31.")
        if name == "parent_id" and cell and cell not in places:
            raise click.UsageError(choices("place", cell, places))
        return cell

    from pingan_lib.intake.articles import is_day

    default = proposed or (None if column.required else "")
    return str(
        click.prompt(label, default=default, show_default=bool(proposed), value_proc=fitting, err=True)
    )


def _as_day(answer: str) -> str:
    from pingan_lib.intake.bylines import find_day

    day = find_day([answer])
    return day.isoformat() if day else answer


def _require(said: Mapping[str, str], asked: Mapping[str, Table], yes: bool) -> None:
    """Refuse, naming all options at once, where something is missing and nobody can be asked."""
    missing = [] if said.get("place_id") else ["--city ID"]
    for name, table in asked.items():
        column = table.column(name)
        if column.required and not said.get(name):
            codes = f" ({', '.join(column.codes)})" if column.codes else ""
            missing.append(_OPTIONS.get(name, f"--{name}").replace("_", "-") + codes)
    if not yes and not _asking():
        missing.append("--yes, if the text above is right")
    if missing:
        raise UsageError(f"There is no terminal to ask at. Missing: {'; '.join(missing)}.")


def _agreed(question: str, text: str) -> bool:
    while True:
        answer = click.prompt(
            f"{question}? y: yes, n: no, w: show the whole text",
            type=click.Choice(["y", "n", "w"]),
            show_choices=False,
            err=True,
        )
        if answer != "w":
            return str(answer) == "y"
        click.echo_via_pager(text)
