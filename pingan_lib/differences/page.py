"""Differences as one HTML page, with old and new side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from pingan_lib.differences.changes import INPUTS, RESULTS, Change
from pingan_lib.differences.runs import Difference, Side
from pingan_lib.differences.wording import Piece, pieces
from pingan_lib.markup import mark_chinese
from pingan_lib.report import render_page
from pingan_lib.words import Words

# Parts whose changes are too long for a table.
_SIDE_BY_SIDE = ("notebook", "texts")
_LONG = 40


def differences_html(
    differences: Sequence[Difference], *, folder: Path | None = None, notes: Sequence[str] = ()
) -> str:
    """Make a page of what changed between runs.

    Parameters
    ----------
    differences : sequence of Difference
        Of one language; at least one.
    folder : Path, optional
        Where the page will lie: it links to those pages of the runs that lie below that.
    notes : sequence of str
        What was not compared.

    Returns
    -------
    str
        UTF-8 text, the same for the same arguments.

    Raises
    ------
    RunError
        If the page does not stand on its own, or is too large.
    """
    words, many = Words(differences[0].language), len(differences) > 1
    return render_page(
        "differences.html.j2",
        words,
        title=words["differences.title"],
        alternates={},
        home=None,
        pairs=[_pair(each, words, folder, number, many) for number, each in enumerate(differences, 1)],
        inputs=sum(each.inputs for each in differences),
        results=sum(each.results for each in differences),
        notes=notes,
    )


def _pair(
    difference: Difference, words: Words, folder: Path | None, number: int, many: bool
) -> dict[str, Any]:
    name = difference.after.manifest.notebook["name"].removesuffix(".ipynb")
    sides = (difference.before, difference.after)
    return {
        "id": f"pair-{number}",
        "name": name,
        "label": f"{name} · " if many else "",
        "source": " ".join(f"run:{side.manifest.run}" for side in sides),
        "sides": [_side(side, folder) for side in sides],
        "same": difference.same_page,
        "notes": difference.notes,
        "inputs": [_part(difference, part, words) for part in INPUTS if difference.of(part)],
        "results": [_part(difference, part, words) for part in RESULTS if difference.of(part)],
    }


def _side(side: Side, folder: Path | None) -> Mapping[str, str | None]:
    address = None
    if side.page is not None and folder is not None:
        page = side.page.resolve()
        if page.is_relative_to(folder.resolve()):
            address = quote(page.relative_to(folder.resolve()).as_posix())
    return {"run": side.manifest.run, "ended": side.manifest.ended, "address": address}


def _part(difference: Difference, part: str, words: Words) -> dict[str, Any]:
    found = difference.of(part)
    return {
        "key": part,
        "title": words[f"differences.{part}"],
        "side_by_side": part in _SIDE_BY_SIDE,
        "rows": [_row(change, words) for change in found],
        "grids": list(_grids([change for change in found if not change.repeats], words)),
        "repeats": sum(change.repeats for change in found),
        "repeated": list(_grids([change for change in found if change.repeats], words)),
    }


def _grids(found: Sequence[Change], words: Words) -> Iterator[dict[str, Any]]:
    """The changes of a part as tables: one, or one for each table of the page."""
    for place, group in groupby(found, key=lambda change: change.place):
        yield {"caption": place, "rows": [_row(change, words) for change in group]}


def _row(change: Change, words: Words) -> dict[str, Any]:
    texts = (change.before or "", change.after or "")
    sides = pieces(*texts)
    # long texts that have nothing in common are read, not compared word by word
    shared = any(not piece.changed for side in sides for piece in side)
    whole = "" if shared or max(map(len, texts)) <= _LONG else Markup(' class="whole"')
    return {
        "what": change.what,
        "where": change.where,
        "before": _written(change.before, sides[0], Markup("del{}").format(whole), words),
        "after": _written(change.after, sides[1], Markup("ins{}").format(whole), words),
    }


def _written(text: str | None, found: Sequence[Piece], tag: Markup, words: Words) -> Markup:
    if not text:
        key = "differences.none" if text is None else "differences.empty"
        return Markup('<span class="quiet">{}</span>').format(words[key])
    mark = mark_chinese if words.language == "en" else escape
    end = tag[:3]
    return Markup("").join(
        Markup("<{}>{}</{}>").format(tag, mark(piece.text), end) if piece.changed else mark(piece.text)
        for piece in found
    )
