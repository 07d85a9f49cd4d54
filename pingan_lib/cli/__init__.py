"""The `pingan` command: reads what was asked for, calls one function, prints."""

from __future__ import annotations

from pathlib import Path

import click

from pingan_lib.cli.articles import add
from pingan_lib.cli.differences import diff
from pingan_lib.cli.drafts import draft
from pingan_lib.cli.exchange import export, import_
from pingan_lib.cli.group import Group
from pingan_lib.cli.projects import check, init
from pingan_lib.cli.reports import list_, page, report, run
from pingan_lib.cli.sweeps import sweep


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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
      pingan report --city-a city_one --city-b city_two --out reports
      pingan run 03 -p city_a city_two -p city_b city_one
      pingan sweep --pairs all
      pingan --project ~/other-cities list

    \b
    Exit codes: 0 done, 1 the data or a run failed, 2 wrong usage, 130 interrupted.
    Completion in bash (zsh and fish alike): eval "$(_PINGAN_COMPLETE=bash_source pingan)"
    """


for _command in (init, add, draft, check, report, run, sweep, page, diff, list_, export, import_):
    main.add_command(_command)
