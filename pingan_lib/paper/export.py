"""The folder of a paper: every figure and table of finished pages as files, with a list of them."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pingan_lib.chromium import pdfs_from_html
from pingan_lib.corpus import Corpus
from pingan_lib.errors import PinganError, UsageError
from pingan_lib.exchange.citations import bibtex
from pingan_lib.paper.drawings import page_of_drawing, standalone_svg
from pingan_lib.paper.pages import Item, PaperPage, read_page
from pingan_lib.paper.sample import sample
from pingan_lib.paper.tables import csv_bytes, latex, read_cells
from pingan_lib.table_files import write_bytes
from pingan_lib.words import LANGUAGES, Words

CONTENTS = "contents.csv"


@dataclass(frozen=True)
class Exported:
    """A figure or table of the folder.

    Attributes
    ----------
    number : int
        Counted by kind and language, over all pages.
    kind : {"figure", "table"}
    language : {"en", "zh"}
    caption : str
    page, anchor : str
        Address of the page from the folder, and of the place on it.
    label : str
        For references in LaTeX.
    files : tuple of str
        Paths from the folder.
    """

    number: int
    kind: str
    language: str
    caption: str
    page: str
    anchor: str
    label: str
    files: tuple[str, ...]


def export_paper(
    pages: Iterable[Path],
    out: Path,
    corpus: Corpus,
    *,
    pdf: bool = True,
    say: Callable[[str], None] = lambda line: None,
) -> list[Path]:
    """Write the figures and tables of finished pages as files for a paper.

    What is on a page is what is written. Files of an earlier export that are no longer made are removed; a file
    that this function did not write is never touched, unless it has the name of one.

    Parameters
    ----------
    pages : iterable of Path
        As `pingan report` wrote them, one for each notebook and language; their order gives the numbers.
    out : Path
        Folder; made where it is missing.
    corpus : Corpus
        For the citations of its articles.
    pdf : bool, optional
        Whether to print figures as PDF besides SVG, where a Chromium is installed.
    say : callable, optional
        Gets a line where something was left out.

    Returns
    -------
    list of Path
        What was written: `figures/*.svg`, `*.pdf` and their data as `*.csv`; `tables/*.csv` and `*.tex`;
        `articles.bib`; `sample.<language>.tex`, which shows all of them; `contents.csv`; `README.txt`.

    Raises
    ------
    UsageError
        If two pages are of the same notebook and language, or a file cannot be written.
    PinganError
        If a page cannot be read or is no page of a report.
    """
    read = [read_page(Path(path)) for path in pages]
    _require_different(read)
    files: dict[str, bytes] = {}
    drawings: dict[str, str] = {}
    exported: list[Exported] = []
    numbers: dict[tuple[str, str], int] = {}
    for page in read:
        for item in page.items:
            counted = (item.kind, page.language)
            numbers[counted] = numbers.get(counted, 0) + 1
            made = _figure_files if item.kind == "figure" else _table_files
            name = f"{page.stem}-{item.anchor}"
            written = made(page, item, name, drawings)
            files |= written
            exported.append(
                Exported(
                    number=numbers[counted],
                    kind=item.kind,
                    language=page.language,
                    caption=item.caption,
                    page=_address(page.path, out),
                    anchor=item.anchor,
                    label=_label(item.kind, name),
                    files=tuple(written),
                )
            )
    printed = _printed(drawings, say) if pdf and drawings else {}
    files |= printed
    exported = [_with_pdf(each, printed) for each in exported]
    languages = [each for each in LANGUAGES if any(page.language == each for page in read)]
    files["articles.bib"] = bibtex(corpus).encode("utf-8")
    for language in languages:
        shown = [
            (each.kind, each.caption, each.label, each.files)
            for each in exported
            if each.language == language
        ]
        files[f"sample.{language}.tex"] = sample(shown, corpus.articles.index, Words(language)).encode(
            "utf-8"
        )
    files[CONTENTS] = _contents(exported)
    files["README.txt"] = _readme(languages, bool(printed)).encode("utf-8")
    _remove_old(out, set(files))
    for name, content in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    return [out / name for name in files]


def _require_different(pages: list[PaperPage]) -> None:
    seen: dict[tuple[str, str], Path] = {}
    for page in pages:
        before = seen.setdefault((page.stem, page.language), page.path)
        if before is not page.path:
            raise UsageError(
                f"{before} and {page.path} are pages of one notebook in one language, and their files would have the "
                "same names. Export them to two folders."
            )


def _label(kind: str, name: str) -> str:
    return f"{'fig' if kind == 'figure' else 'tab'}:{name.replace('_', '-')}"


def _address(page: Path, out: Path) -> str:
    """Where the page lies from the folder; its name alone where they do not lie together."""
    page, folder = page.resolve(), out.resolve()
    if page.is_relative_to(folder.parent):
        return Path(os.path.relpath(page, folder)).as_posix()
    return page.name


def _figure_files(page: PaperPage, item: Item, name: str, drawings: dict[str, str]) -> dict[str, bytes]:
    svg = standalone_svg(item.element, title=item.caption, language=page.language)
    path = f"figures/{name}.{page.language}"
    drawings[path] = page_of_drawing(svg, title=item.caption, language=page.language)
    files = {f"{path}.svg": svg.encode("utf-8")}
    data = item.element.find("table")
    if data is not None:
        files[f"{path}.csv"] = csv_bytes(read_cells(data), Words(page.language))
    return files


def _table_files(page: PaperPage, item: Item, name: str, _: dict[str, str]) -> dict[str, bytes]:
    words = Words(page.language)
    cells = read_cells(item.element)
    path = f"tables/{name}.{page.language}"
    comment = words.say("paper.tex_from", page=page.path.name, title=page.title)
    tex = latex(cells, item.caption, _label("table", name), words, comment)
    return {f"{path}.csv": csv_bytes(cells, words), f"{path}.tex": tex.encode("utf-8")}


def _printed(drawings: dict[str, str], say: Callable[[str], None]) -> dict[str, bytes]:
    """The drawings as PDF; none where Chromium is missing or fails, since the SVG says the same."""
    try:
        contents = list(pdfs_from_html(drawings.values()))
    except PinganError as error:
        say(f"Figures are written as SVG only. {error}")
        return {}
    return {f"{path}.pdf": content for path, content in zip(drawings, contents, strict=True)}


def _with_pdf(each: Exported, printed: dict[str, bytes]) -> Exported:
    pdf = tuple(f"{Path(file).with_suffix('').as_posix()}.pdf" for file in each.files[:1])
    if each.kind != "figure" or pdf[0] not in printed:
        return each
    return Exported(**{**vars(each), "files": (*each.files[:1], *pdf, *each.files[1:])})


def _contents(exported: list[Exported]) -> bytes:
    rows = [{**vars(each), "files": ";".join(each.files)} for each in exported]
    columns = ["number", "kind", "language", "caption", "page", "anchor", "label", "files"]
    text: str = pd.DataFrame(rows, columns=columns).to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8-sig")


def _readme(languages: list[str], printed: bool) -> str:
    parts = []
    for language in languages or LANGUAGES:
        words = Words(language)
        figures = words["paper.figures_pdf" if printed else "paper.figures_svg"]
        parts.append(words.say("paper.readme", figures=figures, language=language))
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _remove_old(out: Path, kept: set[str]) -> None:
    """Remove what an earlier export listed and this one does not make."""
    try:
        listed = (out / CONTENTS).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return
    for row in csv.DictReader(io.StringIO(listed)):
        for name in (row.get("files") or "").split(";"):
            old = out / name
            inside = Path(name).parts[:1] in (("figures",), ("tables",)) and len(Path(name).parts) == 2
            if name not in kept and inside and old.is_file():
                old.unlink()
