"""The command that makes many runs."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pingan_lib.cli.group import complete_notebook, project_corpus, say
from pingan_lib.cli.running import begin_warming, how, how_options
from pingan_lib.errors import UsageError

if TYPE_CHECKING:
    from pingan_lib.runs import Grid, Run, Sweep

_TOLD_EVERY = 10.0  # seconds between two lines where no terminal shows a bar


@click.command(short_help="Make many runs: pairs of cities, values of parameters.")
@click.argument("notebooks", nargs=-1, shell_complete=complete_notebook)
@click.option(
    "--pairs",
    multiple=True,
    metavar="all|CITY,CITY",
    help="The cities to compare: every pair, or those named; may be given several times.",
)
@click.option(
    "-p",
    "--parameter",
    "parameters",
    metavar="NAME VALUE",
    nargs=2,
    type=str,
    multiple=True,
    help="A value of a parameter; several of one name make a grid of all combinations.",
)
@click.option(
    "--grid",
    "grid_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A YAML file with notebooks, pairs, languages and grid; what the command line names comes in its place.",
)
@click.option(
    "--language",
    "languages",
    type=click.Choice(["en", "zh"]),
    multiple=True,
    help="Language of the pages; may be given twice. Default: en and zh.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the runs go. Default: reports/ in the project folder.",
)
@click.option("--why", is_flag=True, help="Say of each run that is made why it was not there already.")
@click.option("--force", is_flag=True, help="Make all runs, those that are there too.")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Have the workers of a Dask scheduler make the runs, e.g. tcp://10.0.0.1:8786; --workers does not go with it.",
)
@how_options
@click.pass_context
def sweep(
    ctx: click.Context,
    /,
    notebooks: tuple[str, ...],
    pairs: tuple[str, ...],
    parameters: tuple[tuple[str, str], ...],
    grid_file: Path | None,
    languages: tuple[str, ...],
    out: Path | None,
    why: bool,
    force: bool,
    scheduler: str | None,
    **options: Any,
) -> None:
    """Run NOTEBOOKS, or every report, for many pairs of cities and values of parameters.

    Each run goes to DIR/runs, as with `pingan run`. What is there already, of the same notebook, values, data and
    code, is not run again; a sweep that was stopped goes on when it is started again. A run that fails does not stop
    the others: it is named, and the exit code is 1.

    \b
    Examples:
      pingan sweep --pairs all
      pingan sweep 03 06 --pairs city_one,city_two -p confidence 0.9 -p confidence 0.95
      pingan sweep --grid grid.yml --workers 8 --timeout 120 --why
      pingan sweep --pairs all --scheduler tcp://10.0.0.1:8786
    """
    from pingan_lib.index import page_name
    from pingan_lib.runs import parse_pair, plan_sweep
    from pingan_lib.runs import sweep as make_sweep

    asked = how(**options)
    if scheduler and asked.workers:
        raise UsageError("--workers is for this machine: a cluster has as many as it has. Leave it out.")
    values: dict[str, tuple[str, ...]] = {}
    for name, value in parameters:
        values[name] = (*values.get(name, ()), value)
    grid = _grid(grid_file)
    grid = replace(
        grid,
        notebooks=notebooks or grid.notebooks,
        pairs=tuple(map(parse_pair, pairs)) or grid.pairs,
        languages=tuple(dict.fromkeys(languages)) or grid.languages,
        values={**grid.values, **values},
    )
    if not scheduler and (force or (out and not out.exists())):  # something is to be run for certain
        begin_warming(asked.chosen)
    corpus = project_corpus(ctx)
    folder = out or corpus.root / "reports"
    plans = plan_sweep(corpus, grid)
    shown = _Shown()
    done = make_sweep(
        corpus,
        plans,
        folder,
        how=asked,
        force=force,
        why=(lambda plan, reason: say(f"{plan.name}: {reason}")) if why else None,
        begin=shown.begin,
        told=shown.tell,
        **({"workers": _cluster(scheduler)} if scheduler else {}),
    )
    shown.close()
    _sum_up(done, len(plans))
    click.echo(folder / page_name("index", grid.languages[0]))
    if done.failed:
        ctx.exit(1)


class _Shown:
    """Says how far a sweep is: a bar at a terminal, else a line now and then, and a line for each failure."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.last = time.monotonic()

    def begin(self, kept: int, total: int) -> None:
        from tqdm import tqdm

        # without a terminal the bar counts and reckons all the same, and is never drawn
        self.bar = tqdm(
            total=total - kept, desc="runs", unit="run", leave=False, dynamic_ncols=True, disable=None
        )
        self.started, self.count, self.total = time.monotonic(), 0, total - kept
        if kept and kept < total:
            say(f"{kept} of {total} runs are there already")

    def tell(self, run: Run) -> None:
        self.count += 1
        self.bar.update()
        if run.failed:
            self.say(f"{run.manifest.run} failed: {run.manifest.message}")
            self.say(f"  what ran until then: {run.folder}")
        now = time.monotonic()
        if self.bar.disable and now - self.last >= _TOLD_EVERY and self.count < self.total:
            self.last = now
            left = (now - self.started) / self.count * (self.total - self.count)
            say(f"{self.count} of {self.total} runs, {_time(left)} left")

    def say(self, line: str) -> None:
        from tqdm import tqdm

        with tqdm.external_write_mode():
            say(line)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


def _grid(path: Path | None) -> Grid:
    from pingan_lib.runs import Grid, read_grid

    return read_grid(path) if path else Grid()


def _cluster(address: str) -> Any:
    from pingan_lib.cluster import on_cluster

    return on_cluster(address, say)


def _sum_up(done: Sweep, total: int) -> None:
    parts = [f"{len(done.made)} made", f"{done.kept} there already", f"{len(done.failed)} failed"]
    say(f"{total} run{'' if total == 1 else 's'}: {', '.join(parts)}, in {_time(done.seconds)}")


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
