"""What is asked at a terminal when an article comes into a project."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pingan_lib.cli.group import say
from pingan_lib.errors import UsageError, choices

if TYPE_CHECKING:
    import pandas as pd

    from pingan_lib.schema import Table


def asking() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


def ask_city(places: pd.DataFrame) -> str:
    """Ask which place an article is about, until it is a place of the table or a new id that is meant."""
    known = list(places["place_id"])
    named = {
        row[name]: row["place_id"] for row in places.to_dict("records") for name in ("name_zh", "name_en")
    }

    def fitting(answer: str) -> str:
        return _as_id(named.get(answer.strip(), answer))

    offered = f"{', '.join(known)}, or a new id" if known else "an id: lower-case words joined by _"
    while True:
        city = str(click.prompt(f"City ({offered})", value_proc=fitting, err=True))
        if not known or city in known or _meant(city, known):
            return city


def ask_parent(
    table: Table, known: Sequence[str], below: Sequence[str], parent: str | None = None
) -> tuple[str, list[dict[str, str]]]:
    """Ask which place a new one belongs to, and for the names and the level of one that is not there yet.

    Parameters
    ----------
    table : Table
        `places`.
    known : sequence of str
        Its ids.
    below : sequence of str
        The new places, the widest last; they cannot hold themselves.
    parent : str, optional
        What was said already.

    Returns
    -------
    parent : str
        Empty where there is none.
    rows : list of dict of str to str
        The places to add, the widest first.
    """

    def fitting(answer: str) -> str:
        if answer.strip() in below:
            raise click.UsageError(f"{answer.strip()!r} cannot belong to itself.")
        return _as_id(answer) if answer.strip() else ""

    label = _label("parent_id", table, below[-1])
    while True:
        if parent is None:
            parent = str(click.prompt(label, default="", show_default=False, value_proc=fitting, err=True))
        if not parent or parent in known:
            return parent, []
        if parent not in below and _meant(parent, known):
            break
        parent = None
    row = {"place_id": parent}
    for name in ("name_zh", "name_en", "level"):
        row[name] = ask(name, table, of=parent)
    row["parent_id"], wider = ask_parent(table, known, [*below, parent])
    return parent, [*wider, row]


def ask(name: str, table: Table, proposed: str = "", of: str = "") -> str:
    """Ask for a cell of a row, `of` that id, until it fits."""
    column = table.column(name)
    label = _label(name, table, of)
    if column.codes:
        return str(click.prompt(label, type=click.Choice(column.codes), default=proposed or None, err=True))

    def fitting(answer: str) -> str:
        from pingan_lib.intake.articles import is_day

        cell = as_day(answer) if column.type == "date" else answer.strip()
        if column.type == "date" and not is_day(cell):
            raise click.UsageError(f"{cell!r} is no day such as 2023-12-31.")
        return cell

    default = proposed or (None if column.required else "")
    return str(
        click.prompt(label, default=default, show_default=bool(proposed), value_proc=fitting, err=True)
    )


def agreed(question: str, text: str) -> bool:
    """Ask whether a text is to be taken; show all of it to who asks for that."""
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


def as_day(answer: str) -> str:
    """Write a day that was typed in any usual way as 2023-12-31; leave what is none."""
    from pingan_lib.intake.bylines import find_day

    day = find_day([answer])
    return day.isoformat() if day else answer


def _label(name: str, table: Table, of: str = "") -> str:
    return f"{name}{f' of {of}' if of else ''} ({table.column(name).description.rstrip('.')})"


def _as_id(answer: str) -> str:
    from pingan_lib.intake.articles import require_id

    try:
        require_id(answer.strip())
    except UsageError as error:
        raise click.UsageError(f"{error} The name in pinyin will do.") from None
    return answer.strip()


def _meant(place: str, known: Sequence[str]) -> bool:
    say(choices("place", place, known))
    return click.confirm(f"Add {place} as a new place", err=True)
