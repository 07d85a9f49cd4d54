"""Options of every command that runs notebooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pingan_lib.runs import How

_OPTIONS = (
    click.option(
        "--workers",
        type=int,
        metavar="N",
        help="How many runs are made at the same time. Default: as many as there are processors.",
    ),
    click.option(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="End a notebook that takes longer; it has failed then.",
    ),
    click.option(
        "--engine",
        type=click.Choice(["pingan", "papermill"]),
        help="What executes notebooks: forks of a warm process, or papermill's own engine; the results are the same. "
        "Default: pingan on Linux, else papermill.",
    ),
)


def how_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options `--workers`, `--timeout` and `--engine`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def how(workers: int | None, timeout: float | None, engine: str | None) -> How:
    """What the options ask for.

    Raises
    ------
    UsageError
        If it cannot be had.
    """
    from pingan_lib.runs import How

    return How(workers, engine, timeout)


def begin_warming(engine: str | None) -> None:
    """Start the process that the engine forks, if that is to be used: it warms while the data is read here."""
    from pingan_lib.forks import warm_parent
    from pingan_lib.kernels import choose_engine

    if choose_engine(engine) == "pingan":
        warm_parent().start()
