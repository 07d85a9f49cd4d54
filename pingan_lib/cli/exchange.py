"""Commands that carry a project to other tools and take edits back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pingan_lib.cli.group import project_folder, say
from pingan_lib.errors import LISTED, PinganError, Problem, UsageError

if TYPE_CHECKING:
    from pingan_lib.exchange.merging import Change, Merge

_DEFAULTS = {
    "xlsx": "coding.xlsx",
    "qdpx": "project.qdpx",
    "qdc": "codebook.qdc",
    "annotations": "annotations.jsonld",
    "bibtex": "references.bib",
}
_SHOWN = 5  # rows of a table, in full
_FAULTS = 20


def _format(name: str, what: str) -> Callable[..., Any]:
    told = f"{what} Default: exports/{_DEFAULTS[name]}."
    return click.option(f"--{name}", is_flag=False, flag_value="", metavar="[FILE]", help=told)


@click.command(short_help="Write the data for a spreadsheet, coding software, annotations, citations.")
@_format("xlsx", "All tables as a workbook to code in; `pingan import` takes it back.")
@_format("qdpx", "Articles, codes and codings as a REFI-QDA project; `pingan import` takes it back.")
@_format("qdc", "The codebook alone, in REFI-QDA.")
@_format("annotations", "Every quote as a W3C Web Annotation.")
@_format("bibtex", "The articles, to cite.")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@click.pass_context
def export(ctx: click.Context, /, force: bool, **asked: str | None) -> None:
    """Write the data in the formats of other tools, and say what each leaves out.

    Without a FILE of its own, a format goes to exports/ in the project folder. The workbook is written from the
    tables as they are, with faults that `pingan check` finds; the other formats need data without a fault.

    \b
    Examples:
      pingan export --xlsx
      pingan export --xlsx figures-for-li.xlsx
      pingan export --qdpx --qdc --bibtex ~/paper/articles.bib
    """
    from pingan_lib.corpus import find_project
    from pingan_lib.project import CITATION, citation
    from pingan_lib.table_files import write_bytes

    wanted = {name: file for name, file in asked.items() if file is not None}
    if not wanted:
        raise UsageError(f"Name at least one format: {', '.join(f'--{name}' for name in _DEFAULTS)}.")
    root = find_project(project_folder(ctx))
    # How to cite the articles travels with what is made from them.
    if set(wanted) - {"xlsx"} and not (root / "exports" / _DEFAULTS["bibtex"]).exists():
        wanted.setdefault("bibtex", "")
    paths = {
        name: Path(file) if file else root / "exports" / _DEFAULTS[name] for name, file in wanted.items()
    }
    _require_targets(root, paths)
    contents, left_out = _written(root, paths)
    for name, path in paths.items():
        if path.exists() and not force and not _may_replace(root, _read(path), contents[name]):
            raise UsageError(
                f"{path} is there already, with other content. If it holds edits, import them first; "
                "--force replaces it."
            )
    for name, path in paths.items():
        path.parent.mkdir(exist_ok=True)
        write_bytes(path, contents[name])
        click.echo(path)
        say(f"  {left_out[name]}")
    if set(wanted) - {"xlsx"}:
        path = root / "exports" / CITATION
        path.parent.mkdir(exist_ok=True)
        write_bytes(path, citation().encode("utf-8"))
        click.echo(path)


@click.command("import", short_help="Take back what was edited in a spreadsheet or in coding software.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--theirs", is_flag=True, help="Where both sides changed a cell, take what FILE has.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before writing.")
@click.pass_context
def import_(ctx: click.Context, file: Path, theirs: bool, yes: bool) -> None:
    """Merge the edits made in FILE, a workbook or a REFI-QDA project that `pingan export` wrote.

    FILE is compared with what was exported into it, so that edits made in the project meanwhile are kept. Shows
    what would change, and what `pingan check` would find then; asks; writes all tables that change, or none. FILE
    itself is only read. Where the same cell was changed on both sides in different ways, nothing is written.

    \b
    Examples:
      pingan import exports/coding.xlsx
      pingan import figures-from-li.xlsx --theirs
    """
    from pingan_lib.check import check_folder
    from pingan_lib.corpus import find_project
    from pingan_lib.exchange.merging import merge, read_tables, rehearse, replace_files
    from pingan_lib.exchange.workbook_reading import read_workbook, recognise

    root = find_project(project_folder(ctx))
    tables, current = read_tables(root)
    content = _read(file)
    if recognise(content, file.name) == "xlsx":
        brought = read_workbook(content, tables, file.name)
    else:
        from pingan_lib.exchange import refi

        brought = refi.read_qdpx(content)
    for note in brought.notes:
        say(note)
    merges = {
        name: merge(tables[name], brought.base.get(name), current[name], frame, theirs=theirs)
        for name, frame in brought.incoming.items()
    }
    _refuse_conflicts(file, merges)
    changed = {name: merged for name, merged in merges.items() if merged.changes}
    for name, merged in merges.items():
        if merged.reordered:
            say(f"{name}: the file has the rows in another order; the project’s order is kept.")
    if not changed:
        click.echo("No change.")
        return
    for name, merged in changed.items():
        _show(name, merged)
    contents, problems = rehearse(root, tables, {name: merged.frame for name, merged in changed.items()})
    _tell_faults(problems, check_folder(root))
    if not yes and not click.confirm(f"Write {', '.join(changed)}?", err=True):
        say("Nothing was written.")
        ctx.exit(1)
    replace_files(contents)
    for path in contents:
        click.echo(path)
    say(
        "To go on editing, export anew, or import the same file again: where it changes a cell twice, with --theirs."
    )


def _require_targets(root: Path, paths: Mapping[str, Path]) -> None:
    """Refuse places where a file would be lost or could not be put."""
    taken: set[Path] = set()
    for name, path in paths.items():
        place = path.resolve()
        if place in taken:
            raise UsageError(f"Two formats cannot both be {path}.")
        taken.add(place)
        if any(place.is_relative_to((root / folder).resolve()) for folder in ("data", "seeds")):
            raise UsageError(f"{path} is in the project’s own data. Name another place for --{name}.")
        if place.is_dir():
            raise UsageError(f"{path} is a folder. Name a file for --{name}.")
        if not place.parent.is_dir() and place.parent != (root / "exports").resolve():
            raise UsageError(f"There is no folder {path.parent}.")


def _may_replace(root: Path, old: bytes, new: bytes) -> bool:
    """Whether nothing would be lost: the file is the same, or a workbook that nobody has touched since its export."""
    from pingan_lib.exchange.merging import read_tables
    from pingan_lib.exchange.workbook_reading import is_untouched

    return old == new or is_untouched(old, read_tables(root)[0])


def _written(root: Path, paths: Mapping[str, Path]) -> tuple[dict[str, bytes], dict[str, str]]:
    """What each format holds, and what it leaves out."""
    from pingan_lib.exchange import merging, workbook

    @cache
    def corpus() -> Any:
        from pingan_lib.corpus import load_corpus

        return load_corpus(root, unfinished=True)

    contents: dict[str, bytes] = {}
    left_out: dict[str, str] = {}
    for name in paths:
        if name == "xlsx":
            contents[name], left_out[name] = (
                workbook.write_workbook(*merging.read_tables(root)),
                workbook.LEFT_OUT,
            )
        elif name in ("qdpx", "qdc"):
            from pingan_lib.exchange import refi

            make = refi.project_qdpx if name == "qdpx" else refi.codebook_qdc
            contents[name], left_out[name] = make(corpus()), refi.LEFT_OUT
        elif name == "annotations":
            from pingan_lib.exchange import annotations

            contents[name] = annotations.web_annotations(corpus()).encode()
            left_out[name] = annotations.LEFT_OUT
        else:
            from pingan_lib.exchange import citations

            contents[name], left_out[name] = citations.bibtex(corpus()).encode(), citations.LEFT_OUT
    return contents, left_out


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error


def _refuse_conflicts(file: Path, merges: Mapping[str, Merge]) -> None:
    lines = [
        f"  {name}, {', '.join(each.key)}{f', column {each.column}' if each.column else ''}: {each}."
        for name, merged in merges.items()
        for each in merged.conflicts
    ]
    if not lines:
        return
    count = f"{len(lines)} conflict{'s' if len(lines) > 1 else ''}"
    head = f"{count}: the project and {file.name} changed the same thing; nothing was written"
    if len(lines) > LISTED:
        lines[LISTED:] = [f"  … {len(lines) - LISTED} more"]
    foot = "Make the two alike, here or there. If nobody else edits the project, --theirs takes what the file has."
    raise PinganError("\n".join([head, *lines, foot]))


def _show(name: str, merged: Merge) -> None:
    kinds = {
        kind: [each for each in merged.changes if each.kind == kind]
        for kind in ("added", "changed", "removed")
    }
    click.echo(f"{name}: {', '.join(f'{len(rows)} {kind}' for kind, rows in kinds.items() if rows)}")
    for kind, rows in kinds.items():
        for change in rows[:_SHOWN]:
            _show_row(change)
        if len(rows) > _SHOWN:
            click.echo(f"  … {len(rows) - _SHOWN} more {kind}")
    for key in merged.combined:
        click.echo(f"  {', '.join(key)}: the project changed other cells of this row; both edits are kept")


def _show_row(change: Change) -> None:
    mark = {"added": "+", "changed": "~", "removed": "-"}[change.kind]
    click.echo(f"  {mark} {', '.join(change.key)}")
    for column, before, after in change.edits if change.kind != "removed" else ():
        told = f"{before!r} → {after!r}" if change.kind == "changed" else repr(after)
        click.echo(f"      {column}: {told}")


def _tell_faults(after: list[Problem], before: list[Problem]) -> None:
    """Say what `pingan check` would find, what is new first."""
    old = {(each.file, each.column, each.found) for each in before}
    ordered = sorted(after, key=lambda each: (each.file, each.column, each.found) in old)
    count = f"{len(after)} problem{'' if len(after) == 1 else 's'}"
    say(f"Afterwards `pingan check` would find {count} (now {len(before)}).")
    for problem in ordered[:_FAULTS]:
        say(f"  {problem}")
    if len(ordered) > _FAULTS:
        say(f"  … {len(ordered) - _FAULTS} more")
