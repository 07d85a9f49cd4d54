"""An article whose text, title, publisher and labels hold HTML and script: all of it appears as text."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest
from checks import violations
from conftest import pingan
from layout import LANGUAGES, page_path
from playwright.sync_api import expect

NOTEBOOKS = ("00_start_here", "01_sources")
QUOTE = "选派547名精干力量"
ENDS = "]]></textarea></title></style></details><!--"


def hostile(place: str) -> str:
    """What would say in the page from where it came, if any of it were taken as HTML."""
    mark = f"window.hit = '{place}'"
    return f'<script>{mark}</script><img src="x" onerror="{mark}"><svg onload="{mark}">{ENDS}'


def rewrite(path: Path, where: dict[str, str], changed: dict[str, str]) -> None:
    """Write other values into the row of a project's table that has the given ones."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [row for row in rows if where.items() <= row.items()]
    assert len(found) == 1
    found[0].update(changed)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> Path:
    """Two notebooks on such a project, and beside their runs one that is damaged and one without its manifest."""
    project = tmp_path_factory.mktemp("hostile") / "project"
    pingan("init", project, cwd=project.parent)
    [text] = [path for path in (project / "seeds").glob("*.txt") if QUOTE in path.read_text(encoding="utf-8")]
    content = text.read_text(encoding="utf-8").replace(QUOTE, QUOTE + hostile("text")).encode()
    text.write_bytes(content)
    data = project / "data"
    rewrite(
        data / "articles.csv",
        {"article_id": "kaili_2024"},
        {
            "title": hostile("title"),
            "publisher": hostile("publisher"),
            "author": hostile("author"),
            "sha256": hashlib.sha256(content).hexdigest(),
        },
    )
    labels = {f"label_{language}": hostile(f"label_{language}") for language in LANGUAGES}
    notes = {"note": hostile("note"), "note_zh": hostile("note_zh")}
    rewrite(data / "figures.csv", {"figure_id": "kl_staff_sent"}, labels | notes)
    names = {f"name_{language}": hostile(f"name_{language}") for language in LANGUAGES}
    rewrite(data / "places.csv", {"place_id": "kaili"}, names)
    for notebook in (project / "notebooks").glob("*.ipynb"):
        if notebook.stem not in NOTEBOOKS:
            notebook.unlink()
    runs = project / "reports" / "runs"
    for name, manifest in {"08_damaged-00000000": "{", "08_without-00000000": None}.items():
        (runs / name).mkdir(parents=True)
        (runs / name / "08.html").write_text("<!DOCTYPE html><title>08</title>", encoding="utf-8")
        if manifest is not None:
            (runs / name / "manifest.json").write_text(manifest, encoding="utf-8")
    pingan("report", cwd=project)
    return project / "reports"


def read(page) -> str:
    """All of the page's text, folded parts too."""
    return page.evaluate("document.body.textContent")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*NOTEBOOKS, "index"])
def test_it_appears_as_text(name, language, reports, new_context):
    page = new_context().new_page()
    page.goto(page_path(reports, name, language).as_uri())
    for link in page.locator("p.said a[href^='#card-'], td a[href^='#card-']").all()[:3]:
        link.click()
        page.keyboard.press("Escape")
    assert page.evaluate("window.hit") is None
    text = read(page)
    expected = {
        "index": ["title", "publisher"],
        "00_start_here": ["text"],
        "01_sources": ["title", "publisher"],
    }
    assert [place for place in expected[name] if hostile(place) not in text] == []
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.querySelectorAll('[onerror], [onload]').length") == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_shows_the_sentence_as_it_is_printed(language, reports, new_context):
    page = new_context().new_page()
    page.goto(page_path(reports, "00_start_here", language).as_uri() + "#card-kl_staff_sent")
    card = page.locator("#card-kl_staff_sent")
    expect(card.locator("mark").first).to_have_text(QUOTE)
    expect(card).to_contain_text(hostile("text").partition(ENDS)[0])  # a long sentence is cut
    expect(card).to_contain_text(hostile(f"label_{language}"))
    assert page.evaluate("window.hit") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_runs_without_a_good_manifest_are_listed_as_such(language, reports, new_context):
    page = new_context().new_page()
    page.goto(page_path(reports, "index", language).as_uri())
    for name in ("08_damaged", "08_without"):
        row = page.locator("#runs-table tbody tr", has_text=name)
        expect(row).to_have_count(1)
        expect(row).to_contain_text("manifest.json")
    assert violations(page) == []
