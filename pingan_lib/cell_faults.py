"""What spreadsheets and keyboards do to cells: dates turned round, ids shortened to 1E+05, zeros dropped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from pingan_lib.schema import Column, Table

_AS_TEXT = (
    "Format the column as text before you type: a spreadsheet rewrites what it takes for a number or a date."
)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:\.[0-9]+)?[eE][+-]?[0-9]+")
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:(?P<group>[, '’])[0-9]{3})(?:(?P=group)[0-9]{3})*(?:\.[0-9]+)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = f"(?:{'|'.join(_MONTHS)})"
_MONTH = f"(?P<name>{_NAMES})[a-z]*"
_DAYS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>[0-9]{4})[-/.年](?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})日?",
        rf"(?P<day>[0-9]{{1,2}})[- ]{_MONTH}[-, ]+(?P<year>[0-9]{{4}}|[0-9]{{2}})",
        rf"{_MONTH} (?P<day>[0-9]{{1,2}}),? (?P<year>[0-9]{{4}})",
        r"(?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})[-/.](?P<year>[0-9]{4}|[0-9]{2})",
        r"(?P<day>[0-9]{1,2})[-/.](?P<month>[0-9]{1,2})[-/.](?P<year>[0-9]{4}|[0-9]{2})",
    )
)
_MADE_A_DATE = re.compile(
    rf"[0-9]{{1,2}}-{_NAMES}(?:-[0-9]{{2,4}})?|{_NAMES}-[0-9]{{2}}|[0-9]{{4}}/[0-9]{{1,2}}/[0-9]{{1,2}}",
    re.IGNORECASE,
)
# Excel counts days from here on; its year 1900 has a day too many, before any day that matters.
_DAY_ZERO = date(1899, 12, 30)
_SERIAL = re.compile(r"[2-7][0-9]{4}(?:\.0+)?")
_FAILED = re.compile(r"#(?:[A-Z]+[/!?][0A]?!?|[\u4e00-\u9fff]+[!?])|#{3,}|Err:[0-9]{3}")
_LOST = re.compile(r"[?\s]*\?{2}[?\s]*")
_NOTHING = {"-", "–", "—", "/", "NA", "N/A", "n/a", "NULL", "null", "None", "NaN", "nan", "无"}
# Columns without codes whose cells are ids, hashes or paths, beside those that refer to a row.
_WORDS = re.compile(r".*(?:_id|_code|sha256)|path|original|denominator")
_DIGITS = re.compile(r"[0-9０-９]+(?:[.．][0-9０-９]+)?")
_NUMERAL = re.compile(r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?")
# Cells in which nothing is to be looked for, as nearly all are; what is no text is looked at again for _NOTHING.
_SOUND_TEXT = re.compile(r"[^\s=+@\-#?E\ufffd][^\ufffd]*")
# Ids and codes; hashes, unless they could be 1E+05; paths of files.
_SOUND_WORD = re.compile(r"[a-z][a-z0-9_]*|[0-9a-f]*[a-df][0-9a-f]*|(?:\w+/)+\w+\.[a-z]+", re.ASCII)
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SOUND = {"number": _NUMBER, "integer": _NUMBER, "date": _DAY}
_OF_A_NUMERAL = frozenset("0123456789０１２３４５６７８９.．")


class Fault(NamedTuple):
    """What a cell holds that it should not, what to do, and what it then holds where that is certain."""

    found: str
    mend: str
    mended: str | None = None


def cell_faults(table: Table, cells: Mapping[str, Sequence[str]]) -> Iterator[tuple[int, str, Fault]]:
    """List the cells that a spreadsheet, or a keyboard set to Chinese, has changed.

    Parameters
    ----------
    table : Table
    cells : mapping of str to sequence of str, or DataFrame
        Its cells as strings, by column.

    Yields
    ------
    tuple of (int, str, Fault)
        The place of the row, from 0, the column and the fault; for each cell one at most.
    """
    referring = {reference.column for reference in table.references}
    for column in table.columns:
        is_word = bool(column.codes) or column.name in referring or bool(_WORDS.fullmatch(column.name))
        values = cells[column.name]
        # What is wrong with a cell is told by the cell alone, so each is looked at once, however often it is there.
        faults = _faults_of(set(values), column, is_word)
        if column.name == "printed" and "quote" in cells:
            for index, (printed, quote) in enumerate(zip(values, cells["quote"], strict=True)):
                if printed and (fault := faults.get(printed) or printed_fault(printed, quote)):
                    yield index, column.name, fault
        elif faults:
            for index, cell in enumerate(values):
                if cell in faults:
                    yield index, column.name, faults[cell]


def _faults_of(cells: set[str], column: Column, is_word: bool) -> dict[str, Fault]:
    is_text = column.type == "string" and not is_word
    sound = _SOUND_TEXT if is_text else _SOUND.get(column.type, _SOUND_WORD)
    odd = {cell for cell in cells if cell and not sound.fullmatch(cell)}
    found = (
        (cell, _cell_fault(column, is_word, cell)) for cell in (odd if is_text else odd | (cells & _NOTHING))
    )
    return {cell: fault for cell, fault in found if fault}


def _cell_fault(column: Column, is_word: bool, cell: str) -> Fault | None:
    is_text = column.type == "string" and not is_word
    if cell.strip() == "-" or (not is_text and cell.strip() in _NOTHING):
        return Fault(f"{cell!r} is no value.", "Leave the cell empty: that says that there is none.", "")
    if column.type in ("number", "integer"):
        fault = number_fault(cell)
    elif column.type == "date":
        fault = date_fault(cell)
    elif column.type == "list":
        fault = _list_fault(column, cell)
    else:
        fault = word_fault(cell) if is_word else None
    return fault or _spoilt(cell)


def number_fault(cell: str) -> Fault | None:
    """Say how a number that a spreadsheet has formatted is written; None for any other cell."""
    if _NUMBER.fullmatch(cell):
        return None
    plain, hint = _clean(cell).lstrip("+").replace("−", "-").strip("¥$€").strip(), ""
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1]
    if plain.endswith("%"):
        plain, hint = plain[:-1].strip(), ": shares are on 0 to 100, without the sign"
    if _SCIENTIFIC.fullmatch(plain):
        plain, hint = f"{Decimal(plain):f}", ", if the spreadsheet has dropped no digit"
    elif _GROUPED.fullmatch(plain):
        plain = re.sub(r"[, '’]", "", plain)
    elif re.fullmatch(r"-?[0-9]+,[0-9]+", plain):
        plain, hint = plain.replace(",", "."), ", if the comma is a decimal point"
    if _NUMBER.fullmatch(plain):
        return Fault(f"{cell!r} is no number in plain digits.", f"Write {plain}{hint}.", plain)
    if _MADE_A_DATE.fullmatch(plain):
        return Fault(f"{cell!r} is a date, which a spreadsheet has made of a number.", _AS_TEXT)
    return None


def date_fault(cell: str) -> Fault | None:
    """Say how a day that a spreadsheet has turned round is written; None for any other cell."""
    if _DAY.fullmatch(cell):
        return None
    plain = re.sub(r"[T ]+0{1,2}:00(?::00)?(?:\.0+)?$", "", _clean(cell))
    found = f"{cell!r} is a date turned round by a spreadsheet."
    days: list[date] = []
    if _SERIAL.fullmatch(plain):
        found = f"{cell!r} is a date as a spreadsheet counts the days."
        days = [_DAY_ZERO + timedelta(days=int(float(plain)))]
    for pattern in _DAYS:
        if (match := pattern.fullmatch(plain)) and (day := _day(match)) and day not in days:
            days.append(day)
    if not days:
        return None
    if len(days) > 1:
        return Fault(found, f"Write {' or '.join(map(str, days))}, whichever is meant. {_AS_TEXT}")
    return Fault(found, f"Write {days[0]}. {_AS_TEXT}", str(days[0]))


def _day(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    name, year = parts.get("name"), int(parts["year"])
    month = _MONTHS.index(name.lower()) + 1 if name else int(parts["month"])
    with suppress(ValueError):
        return date(year if year > 99 else 2000 + year, month, int(parts["day"]))
    return None


def word_fault(cell: str) -> Fault | None:
    """Say what is wrong with an id, a code, a hash or a path that looks like one; None where nothing is."""
    if _SOUND_WORD.fullmatch(cell):
        return None
    clean = _clean(cell)
    write = f"Write {clean!r}."
    hidden = next((char for char in cell if _hidden(char)), "")
    if hidden:
        name = unicodedata.name(hidden, "control character").lower()
        place = cell.index(hidden) + 1
        return Fault(f"{cell!r} holds U+{ord(hidden):04X}, {name}, as character {place}.", write, clean)
    if cell != cell.strip():
        where = "end" if cell == cell.lstrip() else "beginning"
        return Fault(f"{cell!r} has a blank at its {where}.", write, clean)
    if _SCIENTIFIC.fullmatch(clean):
        return Fault(f"{cell!r} is what a spreadsheet makes of a long number.", f"Restore it. {_AS_TEXT}")
    if _MADE_A_DATE.fullmatch(clean):
        return Fault(f"{cell!r} is a date, which a spreadsheet has made of it.", f"Restore it. {_AS_TEXT}")
    if clean in ("TRUE", "FALSE"):
        return Fault(f"{cell!r} is what a spreadsheet makes of a condition.", "Type the cell again.")
    if clean != cell and clean.isascii():
        return Fault(f"{cell!r} is written in full-width characters.", write, clean)
    return None


def _list_fault(column: Column, cell: str) -> Fault | None:
    """Items are separated by the half-width semicolon; lists of free text may hold other signs."""
    if not column.codes and column.name != "terms":
        return None
    items = [_clean(item) for item in re.split(r"[;；,，、]", cell)]
    if ";".join(items) == cell or (column.codes and not set(items) <= {"", *column.codes}):
        return None
    mended = ";".join(filter(None, items))
    return Fault(f"{cell!r} is no list with “;” between its items.", f"Write {mended!r}.", mended)


def printed_fault(printed: str, quote: str) -> Fault | None:
    """Say that a printed number is cut out of a longer one in its quote, or lost its commas; None where it is whole.

    Parameters
    ----------
    printed, quote : str
        Of one figure.
    """
    first = quote.find(printed)
    if first >= 0:
        around = quote[max(first - 1, 0) : first] + quote[first + len(printed) : first + len(printed) + 1]
        if _OF_A_NUMERAL.isdisjoint(around):
            return None
    if _SCIENTIFIC.fullmatch(printed) and printed not in quote:
        found = f"{printed!r} is what a spreadsheet makes of a long number."
        return Fault(found, f"Copy it again. {_AS_TEXT}")
    if printed not in quote:
        for whole in _NUMERAL.findall(quote):
            if whole.replace(",", "") == printed:
                return Fault(f"{printed!r} is {whole!r} in the quote.", f"Write {whole!r}. {_AS_TEXT}", whole)
        return None
    whole = ""
    for start in (match.start() for match in re.finditer(f"(?={re.escape(printed)})", quote)):
        straddling = _straddled(quote, start, start + len(printed))
        if not straddling:
            return None
        whole = whole or straddling
    found = f"{printed!r} is only a part of {whole!r} in the quote."
    plain = unicodedata.normalize("NFKC", whole)
    if _NUMBER.fullmatch(printed) and _NUMBER.fullmatch(plain) and Decimal(plain) == Decimal(printed):
        return Fault(f"{found} Zeros at its ends are information.", f"Write {whole!r}. {_AS_TEXT}", whole)
    return Fault(found, "Copy the whole number.")


def _straddled(quote: str, start: int, end: int) -> str:
    """Return what a stretch would be with the numerals that its ends cut; empty where they cut none."""
    first, last = start, end
    for match in _DIGITS.finditer(quote):
        if match.start() < start < match.end() or match.start() < end < match.end():
            first, last = min(first, match.start()), max(last, match.end())
    return quote[first:last] if (first, last) != (start, end) else ""


def _spoilt(cell: str) -> Fault | None:
    """Say what makes a cell of any column useless, or a danger to whoever opens it."""
    if _FAILED.fullmatch(cell.strip()):
        return Fault(f"{cell!r} is an error of the spreadsheet.", "Type the cell again, as text.")
    if "\ufffd" in cell or _LOST.fullmatch(cell):
        mend = "Restore it: the file was opened or saved in another encoding than UTF-8."
        return Fault(f"{cell!r} has lost its characters.", mend)
    if cell[0] in "=+@\t\r" or (cell[0] == "-" and not _NUMBER.fullmatch(cell)):
        found = f"{cell!r} begins with {cell[0]!r}, and a spreadsheet takes it for a formula."
        return Fault(
            found, "Begin with another character; a quote may begin earlier or later in the article."
        )
    return None


def _hidden(char: str) -> bool:
    """Whether a character cannot be seen, or cannot be told from a blank."""
    return unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") or (char != " " and char.isspace())


def _clean(cell: str) -> str:
    """Return the cell in half-width characters, without those that cannot be seen and blanks around it."""
    return unicodedata.normalize("NFKC", "".join(char for char in cell if not _hidden(char))).strip()
