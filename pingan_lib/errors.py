"""The named errors: each says where something is wrong, what was found, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

# More than these are not listed in a message.
LISTED = 60


class PinganError(Exception):
    """What a person can mend; its text is written for that person.

    Attributes
    ----------
    exit_code : int
        What the command returns: 1 for data or a run that failed, 2 for wrong usage.
    """

    exit_code = 1


class UsageError(PinganError):
    """A city, notebook, parameter or option that does not exist or does not fit."""

    exit_code = 2


class NumberError(PinganError, ValueError):
    """A phrase that is not a number, or a number that cannot be used here."""


class QuoteError(PinganError, ValueError):
    """A quote that is not in its text, or stands there more than once."""


class RunError(PinganError):
    """A notebook that did not run to its end."""


@dataclass(frozen=True)
class Problem:
    """One fault in the data, placed so that it can be found in a spreadsheet.

    Attributes
    ----------
    file : str
        Path relative to the project folder.
    row : int or None
        Line in the file, the header being line 1; None where the whole file is meant.
    column : str or None
        Name of the column.
    found, mend : str
        What stands there, and what to do about it.
    """

    file: str
    row: int | None
    column: str | None
    found: str
    mend: str

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column {self.column}"
        return f"{place}: {self.found} {self.mend}".rstrip()


class CorpusError(PinganError):
    """The data cannot be used; `problems` lists every fault, not only the first.

    Attributes
    ----------
    problems : tuple of Problem
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{count} problem{'' if count == 1 else 's'} in the data"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))


def choices(kind: str, given: str, valid: Sequence[str]) -> str:
    """Say that `given` is no valid `kind`, name the nearest one and list them all.

    Parameters
    ----------
    kind : str
        What is chosen, as a word in a sentence: "city", "notebook".
    given : str
        What was asked for.
    valid : sequence of str
        What may be asked for; may be empty.

    Returns
    -------
    str
        One line; of more than `LISTED` only the number, the first and the last.
    """
    text = f"There is no {kind} {given!r}."
    near = get_close_matches(str(given), valid, n=1, cutoff=0.5)
    if near:
        text += f" Did you mean {near[0]!r}?"
    if not valid:
        return f"{text} None is defined."
    if len(valid) > LISTED:
        return f"{text} {len(valid)} are defined, {valid[0]} to {valid[-1]}."
    return f"{text} Valid: {', '.join(valid)}."
