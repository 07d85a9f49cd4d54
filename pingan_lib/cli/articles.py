"""The command that takes an article into a project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pingan_lib.cli.group import complete_city, project_folder, say
from pingan_lib.cli.questions import agreed, as_day, ask, ask_city, ask_parent, asking
from pingan_lib.cli.revisions import revision_lines
from pingan_lib.errors import UsageError, choices

if TYPE_CHECKING:
    import pandas as pd

    from pingan_lib.intake.extraction import Source
    from pingan_lib.schema import Table

_ARTICLE = ("title", "published", "publisher", "author", "url", "genre", "speaker")
_PLACE = ("name_zh", "name_en", "level", "parent_id", "division_code")
_OPTIONS = {"article_id": "--id", "parent_id": "--parent", "place_id": "--city"}
_WHOLE = 2500  # characters; a longer text is shown by its ends
_FIRST, _LAST = 12, 6  # lines
_UNREAD = (
    "Whoever has read it adds a row to data/coders.csv: an article without one counts as not coded, and reports leave "
    "it out."
)


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
@click.option(
    "--anyway",
    is_flag=True,
    help="Add a text that is much like another one, or replace one by a text that is not like it.",
)
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
    that a person has to settle are listed with their old and their new sentence, and the old version is kept in
    seeds/replaced/.

    \b
    Examples:
      pingan add page.html --city city_one --genre news
      pingan add 总结.txt --city duyun --name-zh 都匀市 --name-en Duyun --level county --parent qiannan
      pingan add corrected.txt --replace city_one_2024
    """
    from pingan_lib.corpus import find_project
    from pingan_lib.intake.articles import read_tables
    from pingan_lib.intake.extraction import read_source

    root = find_project(project_folder(ctx))
    given = {name: value.strip() for name, value in options.items() if value is not None}
    if given.get("published"):
        given["published"] = as_day(given["published"])
    idle = [_option(name) for name in given if name not in _ARTICLE]
    if replace is not None and idle:
        raise UsageError(f"--replace keeps the article's id and place: leave out {', '.join(idle)}.")
    tables, rows = read_tables(root, "articles", "places")
    _check_options(tables, rows, given)
    source = read_source(file)
    if replace is not None:
        _replace(ctx, root, source, replace, given, anyway, yes)
    else:
        _add(ctx, root, source, tables, rows, given, anyway, yes)


def _check_options(
    tables: Mapping[str, Table], rows: Mapping[str, pd.DataFrame], given: Mapping[str, str]
) -> None:
    """Refuse what cannot be taken before anything is shown or asked, all of it at once."""
    from pingan_lib.intake.articles import option_faults, require_id

    faults = list(option_faults(tables, rows, given))
    known, parent = list(rows["places"]["place_id"]), given.get("parent_id")
    if parent and parent not in known and given.get("place_id") not in known:
        if not asking():
            columns = tables["places"].columns
            required, free = ([c.name for c in columns if c.required is each] for each in (True, False))
            faults.append(
                f"{choices('place', parent, known)} Add its row to data/places.csv first, with {', '.join(required)} "
                f"({' and '.join(free)} may be empty), or leave --parent out"
            )
        else:
            require_id(parent)
    if faults:
        raise UsageError(f"Some options do not fit: {'; '.join(faults)}.")


def _add(
    ctx: click.Context,
    root: Path,
    source: Source,
    tables: Mapping[str, Table],
    rows: Mapping[str, pd.DataFrame],
    given: Mapping[str, str],
    anyway: bool,
    yes: bool,
) -> None:
    from pingan_lib.intake.articles import add_article, described_already, find_twin, refuse_twin

    twin = find_twin(root, rows["articles"], source)
    refuse_twin(twin, anyway=anyway)
    if twin:
        say(f"{twin.likeness()} Added anyway.")
    _show_reading(source)
    said: dict[str, str] = {**_proposals(source), **given}
    parents: list[dict[str, str]] = []
    known = list(rows["places"]["place_id"])
    if not said.get("place_id") and asking():
        said["place_id"] = ask_city(rows["places"])
        if said["place_id"] in known and any(name in given for name in _PLACE):
            raise UsageError(f"{described_already(said['place_id'])}.")
    elif said.get("place_id") and said["place_id"] not in known:
        say(f"{said['place_id']} is a new place" + (f"; there are {', '.join(known)}." if known else "."))
    asked = dict.fromkeys(_ARTICLE, tables["articles"])
    if said.get("place_id") and said["place_id"] not in known:
        asked |= dict.fromkeys(_PLACE, tables["places"])
    for name, table in asked.items() if asking() else ():
        if name == "parent_id" and (name in given or not yes):
            parent = given.get(name)
            said[name], parents = ask_parent(table, known, [said["place_id"]], parent)
        elif name not in given and not (yes and (said.get(name) or not table.column(name).required)):
            said[name] = ask(name, table, said.get(name, ""))
    _show_text(source.text)
    _require(said, asked, yes)
    place = {name: said.pop(name) for name in _PLACE if name in said}
    if not yes and not agreed("Add it", source.text):
        say("Nothing was added.")
        ctx.exit(1)
    added = add_article(root, source, said, place=place or None, parents=parents, anyway=anyway)
    click.echo(f"{added.article_id}: {', '.join(added.files)}")
    for note in added.notes:
        say(note)
    say(f"Next: 1. `pingan draft {added.article_id}` proposes rows for its figures.")
    say("2. Fill them in; `pingan check` holds them to the text.")
    say(f"3. {_UNREAD}")


def _replace(
    ctx: click.Context,
    root: Path,
    source: Source,
    article_id: str,
    given: Mapping[str, str],
    anyway: bool,
    yes: bool,
) -> None:
    from pingan_lib.intake.replacement import compare_versions, refuse_unlike, replace_article

    revision = compare_versions(root, source, article_id)
    refuse_unlike(revision, anyway=anyway)
    _show_reading(source)
    _show_text(source.text)
    for line in revision_lines(revision):
        say(line)
    if not yes and not asking():
        raise UsageError("There is no terminal to ask at. If all of this is right, give --yes.")
    if not yes and not agreed(f"Replace {article_id}", source.text):
        say("Nothing was replaced.")
        ctx.exit(1)
    added = replace_article(root, source, article_id, given, anyway=anyway)
    click.echo(f"{added.article_id}: {', '.join(added.files)}")
    for note in added.notes:
        say(note)
    if any(each.outcome.kind != "same" for each in revision.quotes):
        say(
            "Settle the quotes above by hand. `pingan check` names those that are not verbatim in the new text or are "
            "there twice; it does not name those that moved: read them in their new sentences."
        )
    if revision.new or revision.reworded:
        say(f"`pingan draft {article_id}` proposes rows for the figures that no row quotes yet.")
    if revision.coders:
        say(
            f"data/coders.csv still names who read the older version ({', '.join(revision.coders)}): whoever reads the "
            "new one adds a row, or a note to their own."
        )
    else:
        say(_UNREAD)


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


def _require(said: Mapping[str, str], asked: Mapping[str, Table], yes: bool) -> None:
    """Refuse, naming all options at once, where something is missing and nobody can be asked."""
    missing = [] if said.get("place_id") else ["--city ID"]
    for name, table in asked.items():
        column = table.column(name)
        if column.required and not said.get(name):
            codes = f" ({', '.join(column.codes)})" if column.codes else ""
            missing.append(_option(name) + codes)
    if not yes and not asking():
        missing.append("--yes, if the text above is right")
    if missing:
        raise UsageError(f"There is no terminal to ask at. Missing: {'; '.join(missing)}.")


def _option(name: str) -> str:
    return _OPTIONS.get(name, f"--{name}").replace("_", "-")
