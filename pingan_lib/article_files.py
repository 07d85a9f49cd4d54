"""The articles as files: each text byte for byte the one that was coded, each original the one it was made from."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import repeat
from pathlib import Path

import pandas as pd

from pingan_lib.errors import Problem

_FILE = "data/articles.csv"


def read_articles(
    root: Path, articles: pd.DataFrame | Mapping[str, Sequence[str]]
) -> tuple[dict[str, str], list[Problem]]:
    """Read the texts of the articles, and compare texts and originals with their hashes.

    Parameters
    ----------
    root : Path
        The project folder, which no path may leave.
    articles : DataFrame, or mapping of str to sequence of str
        The table's cells as strings, by column.

    Returns
    -------
    texts : dict of str to str
        By `article_id`; those that can be read, also where the hash is another.
    problems : list of Problem
    """
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    home = _Home(root)
    rows = zip(
        *(articles[name] for name in ("article_id", "path", "sha256")),
        *(articles[name] if name in articles else repeat("") for name in ("original", "original_sha256")),
        strict=False,
    )
    for row, (article_id, path, sha256, original, original_sha256) in enumerate(rows, start=2):
        content, faults = _checked(home, path, sha256, "path", "sha256")
        if content is not None:
            try:
                texts[article_id] = content.decode("utf-8")
            except UnicodeDecodeError as error:
                found = f"{path} is not UTF-8 at byte {error.start}."
                faults.append(("path", found, "Save it as UTF-8."))
        if original and original_sha256:
            faults += _checked(home, original, original_sha256, "original", "original_sha256")[1]
        elif original:
            mend = "Enter the SHA-256 of the file’s bytes, as `sha256sum` gives it."
            faults.append(("original_sha256", f"is empty, while original names {original!r}.", mend))
        elif original_sha256:
            mend = "Name the file that the text was made from, or empty both."
            faults.append(("original", "is empty, while original_sha256 is not.", mend))
        problems += [Problem(_FILE, row, column, found, mend) for column, found, mend in faults]
    return texts, problems


class _Home:
    """The project folder, and which folders are inside it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.resolved = root.resolve()
        self.holds_folder = cache(lambda folder: (root / folder).resolve().is_relative_to(self.resolved))

    def holds(self, path: str) -> bool:
        """Whether a path leads to a place in the project; a file that is no link is where its folder is."""
        folder, _, name = path.rpartition("/")
        place = self.root / path
        if name in ("", ".", "..") or "\\" in path or path.startswith("/") or place.is_symlink():
            return place.resolve().is_relative_to(self.resolved)
        return self.holds_folder(folder)


def _checked(
    home: _Home, path: str, sha256: str, path_column: str, hash_column: str
) -> tuple[bytes | None, list[tuple[str, str, str]]]:
    """Read a file; say, by column, why that cannot be done or that its bytes are others."""
    if not path:
        return None, []
    if not home.holds(path):
        return None, [(path_column, f"{path!r} leads out of the project.", "Put the article into seeds/.")]
    place = home.root / path
    try:
        if not stat.S_ISREG(place.stat().st_mode):
            return None, [(path_column, f"{path!r} is no file.", "Name the article’s text.")]
        content = place.read_bytes()
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        mend = "Put the article there, or mend the path."
        if "\\" in path:
            mend = f"Separate folders by “/”: {path.replace(chr(92), '/')}."
        return None, [(path_column, f"{path!r}: {reason}.", mend)]
    found = hashlib.sha256(content).hexdigest()
    if not sha256 or found == sha256:
        return content, []
    changed = f"{path} has {found}: the {'text' if path_column == 'path' else 'file'} is not the one that was coded."
    mend = "Restore it, or check every quote again and enter the new hash."
    lines = content.replace(b"\r\n", b"\n")
    for ends, again in (("CRLF", lines), ("LF", lines.replace(b"\n", b"\r\n"))):
        if hashlib.sha256(again).hexdigest() == sha256:
            changed = f"{path} has {found}: its lines end in {ends} now, all else is the same."
            mend = "Restore it; an editor, or git with core.autocrlf, has changed the line ends."
    return content, [(hash_column, changed, mend)]
