"""A REFI-QDA project file taken apart: its users, codes, articles, selections and notes, as the tool wrote them."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import NamedTuple
from xml.etree import ElementTree as ET

from pingan_lib.exchange.refi.cards import RefiError

# More than this is never unpacked: texts are small, and a small file can pretend to hold a large one.
LIMIT = 256_000_000
_RATHER = "Export the project again, as REFI-QDA project (.qdpx) with its sources inside."


class Coding(NamedTuple):
    """A code on a selection: guids of code and user as written (the user may be empty), and the day."""

    code: str
    user: str
    day: str


class Selection(NamedTuple):
    """A stretch of a text, by positions as the tool counts them."""

    guid: str
    start: int
    end: int
    user: str
    day: str
    description: str
    codings: tuple[Coding, ...]


class Source(NamedTuple):
    """A text without its byte order mark, its line ends as stored."""

    guid: str
    name: str
    description: str
    text: str
    selections: tuple[Selection, ...]


@dataclass(frozen=True)
class ProjectFile:
    """What a project file holds.

    Attributes
    ----------
    users : dict of str to str
        Names by guid.
    codes : dict of str to tuple of str
        Name and description by guid.
    sources : tuple of Source
    notes : tuple of str
        Texts of notes.
    day : str
        When the project was last changed; empty where that is not said.
    left : tuple of str
        Names of sources that are no texts.
    """

    users: dict[str, str]
    codes: dict[str, tuple[str, str]]
    sources: tuple[Source, ...]
    notes: tuple[str, ...]
    day: str
    left: tuple[str, ...]


def read_file(data: bytes) -> ProjectFile:
    """Take a project file apart.

    Parameters
    ----------
    data : bytes
        A .qdpx file.

    Returns
    -------
    ProjectFile

    Raises
    ------
    RefiError
        If it is no zip, has no project inside, is damaged, too large, or has something in it that a project file of
        an honest tool has not: a document type definition, or members that lead out of the folder.
    """
    members = _Members(data)
    root = _parse(members)
    users = {_guid(user): user.get("name") or user.get("id") or "" for user in root.iterfind("Users/User")}
    codes = {
        _guid(code): (code.get("name", ""), code.findtext("Description") or "")
        for code in root.iterfind("CodeBook//Code")
    }
    sources, left = [], []
    for element in root.iterfind("Sources/*"):
        if element.tag == "TextSource":
            sources.append(_source(element, members))
        else:
            left.append(element.get("name") or element.tag)
    notes = []
    for note in root.iterfind("Notes/Note"):
        text = _text(note, members)
        notes += [text] if text is not None else []
    day = _day(root.get("modifiedDateTime") or root.get("creationDateTime"))
    return ProjectFile(users, codes, tuple(sources), tuple(notes), day, tuple(left))


class _Members:
    """The members of the zip; nothing is ever written to disk."""

    def __init__(self, data: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, ValueError) as error:
            raise RefiError(
                f"This is no .qdpx file: it is no zip, or a damaged one ({error}). {_RATHER}"
            ) from error
        self._left = LIMIT
        self._names: dict[str, str] = {}
        for name in self._archive.namelist():
            path = PurePosixPath(name.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or re.match("[A-Za-z]:", name):
                raise RefiError(f"The file has a member {name!r}, which leads out of it. It was not read.")
            self._names.setdefault(path.as_posix().lower(), name)

    def project(self) -> bytes:
        """The member with the project: `project.qde`, or the one that ends so."""
        found = [name for name in self._names if name.endswith(".qde")]
        if not found:
            raise RefiError(f"The file is a zip without a project.qde: no REFI-QDA project. {_RATHER}")
        return self.read(min(found, key=lambda name: (name != "project.qde", name.count("/"), name)))

    def read(self, name: str) -> bytes:
        """A member's content; KeyError where there is none."""
        try:
            with self._archive.open(self._names[name]) as member:
                content = member.read(self._left + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            raise RefiError(f"{name} cannot be unpacked: {error}. {_RATHER}") from error
        self._left -= len(content)
        if self._left < 0:
            raise RefiError(
                f"The texts of the file are larger than {LIMIT // 1_000_000} MB unpacked. It was not read."
            )
        return content


def _parse(members: _Members) -> ET.Element:
    content = members.project()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefiError(f"The project.qde is not UTF-8 at byte {error.start}. {_RATHER}") from error
    if "<!DOCTYPE" in text:  # with it come entities that grow without end, or read other files
        raise RefiError(
            "The project.qde has a document type definition; no REFI-QDA project has. It was not read."
        )
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise RefiError(f"The project.qde is broken XML: {error}. {_RATHER}") from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    if root.tag != "Project":
        raise RefiError(f"The project.qde holds a {root.tag}, not a Project. {_RATHER}")
    return root


def _source(element: ET.Element, members: _Members) -> Source:
    name = element.get("name") or _guid(element)
    selections = tuple(_selection(each, name) for each in element.iterfind("PlainTextSelection"))
    text = _text(element, members)
    if text is None:
        raise RefiError(f"The file has no plain text for the source {name!r}. {_RATHER}")
    return Source(_guid(element), name, element.findtext("Description") or "", text, selections)


def _text(element: ET.Element, members: _Members) -> str | None:
    """The plain text of a source or note: inside the project, or in a member beside it."""
    path = element.get("plainTextPath") or ""
    if not path:
        return element.findtext("PlainTextContent")
    scheme, _, name = path.partition("://")
    if scheme != "internal":
        return None
    try:
        content = members.read(f"sources/{name.lstrip('/')}".lower())
    except KeyError:
        return None
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise RefiError(f"The text {name} is not UTF-8 at byte {error.start}. {_RATHER}") from error


def _selection(element: ET.Element, source: str) -> Selection:
    places = [element.get("startPosition", ""), element.get("endPosition", "")]
    if not all(re.fullmatch("[0-9]{1,12}", place) for place in places):
        raise RefiError(
            f"In {source!r} a selection reaches from {places[0]!r} to {places[1]!r}: no positions. {_RATHER}"
        )
    user, day = _clean(element.get("creatingUser")), element.get("creationDateTime")
    return Selection(
        _guid(element),
        int(places[0]),
        int(places[1]),
        user,
        _day(element.get("modifiedDateTime") or day),
        element.findtext("Description") or "",
        tuple(_codings(element, user, day)),
    )


def _codings(selection: ET.Element, user: str, day: str | None) -> Iterator[Coding]:
    for coding in selection.iterfind("Coding"):
        for code in coding.iterfind("CodeRef"):
            who = _clean(coding.get("creatingUser")) or user
            yield Coding(_clean(code.get("targetGUID")), who, _day(coding.get("creationDateTime") or day))


def _guid(element: ET.Element) -> str:
    return _clean(element.get("guid"))


def _clean(written: str | None) -> str:
    """A guid without braces, in lower case: tools differ."""
    return (written or "").strip().strip("{}").lower()


def _day(time: str | None) -> str:
    found = re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", time or "")
    return found[0] if found else ""
