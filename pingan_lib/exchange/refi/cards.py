"""Rows as comments: lines that a person reads in another tool, and that the import reads back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID, uuid5

import pandas as pd

from pingan_lib.errors import PinganError

# The tables that a project file carries, and those of them whose rows quote an article.
CARRIED = ("approaches", "codings", "figures", "statements", "coders")
KINDS = {"approaches": "approach", "figures": "figure", "statements": "statement"}
TABLES = {kind: table for table, kind in KINDS.items()}
# The columns that reading back relies on.
NEEDED = {
    **{table: (f"{kind}_id", "article_id", "quote", "prefix") for table, kind in KINDS.items()},
    "codings": ("coder_id", "approach_id", "dimension_id", "note"),
    "coders": ("coder_id", "article_id", "date", "note"),
}

_SPACE = UUID("6d6f1f52-6c0c-5f2e-9a67-0d3b3f0a8c11")
_HEAD = re.compile(
    r"(approach|figure|statement|coding|coder|article|row|dimension|measure|kind) ([a-z][a-z0-9_]*)"
)
_END = "end"
_LINE = re.compile(r"([a-z][a-z0-9_]*(?: on [a-z][a-z0-9_]*)?):(?:\s+(.*))?")
# A comment keeps neither control characters nor blanks at an end; XML allows some of them in no form.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff\\]|\A\s|\s\Z")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\\": r"\\"}
_ESCAPED = re.compile(r"\\(?:u([0-9a-f]{4})|([nrt\\]))")
_LONG = {short[1]: character for character, short in _SHORT.items()}

_BASE_HEAD = "The rows as exported. The import compares with them: leave this note as it is."
_BASE_LIMIT = 256_000_000


class RefiError(PinganError):
    """A file of another tool that cannot be read, or not be trusted."""


class Card(NamedTuple):
    """What a comment says.

    Attributes
    ----------
    kind, id : str
        Its first line: `figure kl_disputes`.
    cells : dict of str to str
        By column; empty cells are left out.
    remarks : tuple of str
        Lines that are neither.
    whole : bool
        Whether its last line is still there: some tools cut long comments.
    """

    kind: str
    id: str
    cells: dict[str, str]
    remarks: tuple[str, ...]
    whole: bool


def guid(*words: str) -> str:
    """The same identifier for the same words, always (UUID, version 5)."""
    return str(uuid5(_SPACE, "\x1f".join(words)))


def lf(text: str) -> str:
    """A text as project files hold it: no byte order mark, every line end a line feed."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def write_card(kind: str, row_id: str, cells: Mapping[str, str]) -> str:
    r"""Write a row as lines, `column: cell`, without its empty cells, and `end`.

    Line ends, control characters and blanks at an end are written `\n`, `\u0007`, `\u0020`; a backslash `\\`.
    """
    lines = [f"{column}: {_UNSAFE.sub(_escape, cell)}" for column, cell in cells.items() if cell]
    return "\n".join([f"{kind} {row_id}", *lines, _END])


def read_card(text: str) -> Card | None:
    """Read a comment back, however its lines end; None where none of them names a row."""
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text)]
    number = next((number for number, line in enumerate(lines) if _HEAD.fullmatch(line)), None)
    if number is None:
        return None
    kind, row_id = lines[number].split()
    cells: dict[str, str] = {}
    remarks = [line for line in lines[:number] if line]
    for line in filter(None, lines[number + 1 :]):
        if line == _END:
            continue
        if (match := _LINE.fullmatch(line)) and match[1] not in cells:
            cells[match[1]] = _ESCAPED.sub(_unescape, match[2] or "")
        else:
            remarks.append(line)
    cells = {column: cell for column, cell in cells.items() if cell}
    return Card(kind, row_id, cells, tuple(remarks), _END in lines)


def begins_as_card(text: str) -> bool:
    """Whether a comment may be what is left of a card whose lines a tool has joined."""
    return _HEAD.match(text.strip()) is not None


def _escape(match: re.Match[str]) -> str:
    return _SHORT.get(match[0]) or f"\\u{ord(match[0]):04x}"


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _LONG[match[2]]


@dataclass(frozen=True)
class Base:
    """What was exported.

    Attributes
    ----------
    tables : dict of str to DataFrame
        Of strings.
    texts : dict of str to str
        What `fingerprint` gives for each article.
    codes : dict of tuple to str
        The codes' names by what they stand for: `("dimension", "patrol")`.
    """

    tables: dict[str, pd.DataFrame]
    texts: dict[str, str]
    codes: dict[tuple[str, str], str]


def fingerprint(text: str) -> str:
    """SHA-256 of a text, whatever its byte order mark, line ends and blanks at its end."""
    return hashlib.sha256(lf(text).rstrip().encode("utf-8")).hexdigest()


def pack_base(base: Base) -> str:
    """Write what was exported as the text of a note, which tools keep as they keep any memo."""
    content = {
        "tables": {
            name: [list(frame.columns), frame.to_numpy(dtype=object).tolist()]
            for name, frame in base.tables.items()
        },
        "texts": base.texts,
        "codes": [[*code, name] for code, name in base.codes.items()],
    }
    packed = base64.b64encode(zlib.compress(json.dumps(content).encode("ascii"), 9)).decode("ascii")
    return "\n".join([_BASE_HEAD, *(packed[at : at + 76] for at in range(0, len(packed), 76)), ""])


def unpack_base(text: str) -> Base | None:
    """Read it back; None where the text is something else, or was damaged."""
    _, found, packed = text.partition(_BASE_HEAD)
    if not found:
        return None
    try:
        unzip = zlib.decompressobj()
        content = json.loads(unzip.decompress(base64.b64decode("".join(packed.split())), _BASE_LIMIT))
        tables = {
            name: pd.DataFrame(rows, columns=columns, dtype=str)
            for name, (columns, rows) in content["tables"].items()
        }
        codes = {(kind, code_id): name for kind, code_id, name in content["codes"]}
        sound = unzip.eof and all({*NEEDED[name]} <= {*tables[name].columns} for name in CARRIED)
        return Base(tables, dict(content["texts"]), codes) if sound else None
    except (binascii.Error, zlib.error, ValueError, KeyError, TypeError, AttributeError):
        return None
