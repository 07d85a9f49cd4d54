"""A project with the real data and a notebook of a few lines, for tests of what runs notebooks."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]


def write_report(path: Path, *sources: str) -> None:
    """Write a notebook that makes a page; its first cell of code holds the parameters."""
    cells = [nbformat.v4.new_markdown_cell("# A title\n\nA question?")]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    cells[1].metadata["tags"] = ["parameters"]
    kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    metadata = {"kernelspec": kernelspec, "pingan": {"kind": "report"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)


def project_with(folder: Path, *sources: str) -> Path:
    """Make a project folder whose one notebook, 01_one, has these cells."""
    for name in ("data", "seeds"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "notebooks").mkdir()
    write_report(folder / "notebooks" / "01_one.ipynb", *sources)
    return folder
