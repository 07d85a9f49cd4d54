"""The command that compares runs."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pingan_lib.errors import UsageError

if TYPE_CHECKING:
    from pingan_lib.differences import Difference
    from pingan_lib.index import Kept
    from pingan_lib.manifest import Manifest


@click.command(short_help="Show what changed between two runs.")
@click.argument("run_a", type=click.Path(path_type=Path))
@click.argument("run_b", type=click.Path(path_type=Path))
@click.option(
    "--language",
    type=click.Choice(["en", "zh"]),
    help="Language of the pages that are compared, and of the answer. Default: the first that both runs have.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PAGE.html",
    help="Write a page as well, with old and new text side by side.",
)
def diff(run_a: Path, run_b: Path, language: str | None, out: Path | None) -> None:
    """Show what changed from RUN_A to RUN_B: inputs first, then figures, verdicts, texts and tables.

    A run is its folder, or the manifest in it. Two folders of reports are compared notebook by notebook: the runs
    of the report itself, or else the latest run of each notebook; what one of them lacks is named. What is read is
    the manifests and the pages; a run that failed has no page and is compared as far as its manifest goes.

    The exit code is 0 whether or not anything changed: a difference is a result, no failure.

    \b
    Examples:
      pingan diff reports/runs/03_outcomes-1a2b3c4d reports/runs/03_outcomes-9f8e7d6c
      pingan diff reports-2024 reports --language zh --out what-changed.html
    """
    from pingan_lib.differences import compare_runs, differences_html, terminal_text
    from pingan_lib.table_files import write_bytes
    from pingan_lib.words import Words

    if out is not None and not out.parent.is_dir():
        raise UsageError(f"There is no folder {out.parent}: make it, or choose another place (--out).")
    before, after = _runs(run_a, language), _runs(run_b, language)
    shared = [name for name in before.found if name in after.found]
    pairs = [(before.found[name], after.found[name]) for name in shared]
    if not before.many and not after.many:  # a person who names two runs means these
        pairs = [(next(iter(before.found.values())), next(iter(after.found.values())))]
    if not pairs:
        raise UsageError(
            f"{run_a} and {run_b} have no run of the same notebook: {', '.join(before.found)}; "
            f"{', '.join(after.found)}."
        )
    found: list[Difference] = []
    for old, new in pairs:
        found.append(compare_runs(old, new, language))
        language = found[0].language
    words = Words(found[0].language)
    notes = []
    for side, runs in (("before", before), ("after", after)):
        alone = [name for name in runs.found if name not in shared]
        if runs.many and alone:
            notes.append(words.say(f"differences.only_{side}", runs=alone))
    notes += [words.say("differences.unreadable", reason=reason) for reason in before.bad + after.bad]
    width = shutil.get_terminal_size((100, 24)).columns
    click.echo("\n\n".join(terminal_text(each, width) for each in found))
    for note in notes:
        click.echo(f"\n{note}")
    if out is not None:
        write_bytes(out, differences_html(found, folder=out.parent, notes=notes).encode("utf-8"))
        click.echo(f"\n{out}")


@dataclass(frozen=True)
class _Runs:
    """The runs that an argument names: a folder for each notebook; `many` where it names a folder of reports."""

    found: dict[str, Path]
    many: bool
    bad: tuple[str, ...] = ()


def _runs(path: Path, language: str | None) -> _Runs:
    from pingan_lib.index import RUNS, read_report, read_runs
    from pingan_lib.manifest import MANIFEST, read_manifest

    if path.is_file() or (path / MANIFEST).is_file():
        folder = path if path.is_dir() else path.parent
        return _Runs({read_manifest(path).notebook["name"]: folder}, many=False)
    if not path.exists():
        raise UsageError(
            f"There is no {path}: name the folder of a run, its {MANIFEST}, or a folder of reports."
        )
    kept = read_runs(path)
    report = read_report(path)
    good = [(each.manifest, each) for each in kept if each.manifest is not None]
    found: dict[str, Path] = {}
    for manifest, each in sorted(good, key=lambda each: _rank(each[0], each[1], report, language)):
        found.setdefault(manifest.notebook["name"], path / RUNS / each.folder)
    if not found:
        raise UsageError(
            f"{path} holds no run: neither a {MANIFEST} of its own nor a readable one in {RUNS}/. "
            "`pingan run` and `pingan report` make runs."
        )
    bad = tuple(f"{path / RUNS / each.folder}: {each.problem}" for each in kept if each.problem)
    return _Runs(dict(sorted(found.items())), True, bad)


def _rank(
    manifest: Manifest, kept: Kept, report: Sequence[str], language: str | None
) -> tuple[bool, bool, bool]:
    """What is taken first: a run in that language, of the report, that did not fail; then the latest."""
    return (
        language is not None and language not in manifest.executions,
        kept.name not in report,
        manifest.status == "failed",
    )
