"""Where the pages of a folder of reports lie."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "zh")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# A page for each of these notebooks and languages, and those of the folder itself.
REPORTS = tuple(
    path.stem
    for path in NOTEBOOKS
    if json.loads(path.read_text(encoding="utf-8"))["metadata"]["pingan"]["kind"] in ("report", "tour")
)
FOLDER_PAGES = ("index", "glossary")
PAGES = tuple((name, language) for name in (*FOLDER_PAGES, *REPORTS) for language in LANGUAGES)


def page_path(folder: Path, name: str, language: str = "en") -> Path:
    """The page of a report, or one of the folder's own, in a folder that holds one run of each notebook."""
    file = f"{name}.html" if language == "en" else f"{name}.{language}.html"
    if name in FOLDER_PAGES:
        return folder / file
    [run] = (folder / "runs").glob(f"{name}-*")
    return run / file
