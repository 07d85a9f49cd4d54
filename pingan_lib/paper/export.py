"""The folder of a paper: every figure and table of finished pages as files, with a list of them."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pingan_lib.chromium import pdfs_from_html
from pingan_lib.corpus import Corpus
from pingan_lib.errors import PinganError, UsageError
from pingan_lib.exchange.citations import bibtex
from pingan_lib.paper.drawings import page_of_drawing, standalone_svg
from pingan_lib.paper.listing import Exported, contents_csv, readme, samples
from pingan_lib.paper.pages import Item, PaperPage, read_page
from pingan_lib.paper.tables import csv_bytes, latex, read_cells
from pingan_lib.table_files import write_bytes
from pingan_lib.words import Words

_CONTENTS = "contents.csv"
_FOLDERS = {"figure": "figures", "table": "tables"}


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
    exported = list(_exported(read, out))
    if pdf:
        _add_pdfs([each for each in exported if each.kind == "figure"], say)
    files = {name: content for each in exported for name, content in each.files.items()}
    texts = {
        "articles.bib": bibtex(corpus),
        **samples(exported, corpus.articles.index),
        "README.txt": readme(exported),
    }
    files |= {name: text.encode("utf-8") for name, text in texts.items()}
    files[_CONTENTS] = contents_csv(exported)
    _remove_old(out, set(files))
    for name, content in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    return [out / name for name in files]


def _require_different(pages: Iterable[PaperPage]) -> None:
    seen: dict[tuple[str, str], Path] = {}
    for page in pages:
        before = seen.setdefault((page.stem, page.language), page.path)
        if before is not page.path:
            raise UsageError(
                f"{before} and {page.path} are pages of one notebook in one language, and their files would have the "
                "same names. Export them to two folders."
            )


def _exported(pages: Iterable[PaperPage], out: Path) -> Iterator[Exported]:
    numbers: Counter[tuple[str, str]] = Counter()
    for page in pages:
        for item in page.items:
            numbers[item.kind, page.language] += 1
            name = f"{page.stem}-{item.name}"
            label = f"{item.kind[:3]}:{name.replace('_', '-')}"
            path = f"{_FOLDERS[item.kind]}/{name}.{page.language}"
            make = _figure_files if item.kind == "figure" else _table_files
            yield Exported(
                number=numbers[item.kind, page.language],
                kind=item.kind,
                language=page.language,
                caption=item.caption,
                page=_address(page.path, out),
                anchor=item.anchor,
                label=label,
                files={f"{path}.{ending}": content for ending, content in make(page, item, label).items()},
            )


def _address(page: Path, out: Path) -> str:
    """Where the page lies from the folder; its name alone where they do not lie together."""
    page, folder = page.resolve(), out.resolve()
    if page.is_relative_to(folder.parent):
        return Path(os.path.relpath(page, folder)).as_posix()
    return page.name


def _figure_files(page: PaperPage, item: Item, _: str) -> dict[str, bytes]:
    svg = standalone_svg(item.element, title=item.caption, language=page.language)
    data = item.element.find("table")
    beside = {"csv": csv_bytes(read_cells(data), Words(page.language))} if data else {}
    return {"svg": svg.encode("utf-8"), **beside}


def _table_files(page: PaperPage, item: Item, label: str) -> dict[str, bytes]:
    words, cells = Words(page.language), read_cells(item.element)
    comment = words.say("paper.tex_from", page=page.path.name, title=page.title)
    return {
        "csv": csv_bytes(cells, words),
        "tex": latex(cells, item.caption, label, words, comment).encode("utf-8"),
    }


def _add_pdfs(figures: list[Exported], say: Callable[[str], None]) -> None:
    """Print the figures; where Chromium is missing or fails they stay as they are, since the SVG shows the same."""
    drawings = [each.file("svg") for each in figures]
    pages = [
        page_of_drawing(each.files[name].decode("utf-8"), title=each.caption, language=each.language)
        for each, name in zip(figures, drawings, strict=True)
    ]
    try:
        contents = list(pdfs_from_html(pages))
    except PinganError as error:
        say(f"Figures are written as SVG only. {error}")
        return
    for each, name, content in zip(figures, drawings, contents, strict=True):
        each.files[f"{name.removesuffix('.svg')}.pdf"] = content


def _remove_old(out: Path, kept: set[str]) -> None:
    """Remove what an earlier export listed and this one does not make."""
    try:
        listed = (out / _CONTENTS).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return
    for row in csv.DictReader(io.StringIO(listed)):
        for name in (row.get("files") or "").split(";"):
            parts = Path(name).parts
            ours = len(parts) == 2 and parts[0] in _FOLDERS.values()
            if ours and name not in kept and (out / name).is_file():
                (out / name).unlink()
