"""A page on paper."""

from __future__ import annotations

import re

import pytest
from checks import FIXED, SHOWN, STICKING_OUT
from layout import LANGUAGES, PAGES, page_path

# A4 in points, and the width between its margins in CSS pixels.
SHEET = (595, 842)
BETWEEN_MARGINS = 665


@pytest.mark.parametrize(("name", "language"), PAGES)
def test_paper_holds_what_a_reader_needs(name, language, reports, new_context):
    page = new_context(viewport={"width": BETWEEN_MARGINS, "height": 900}).new_page()
    page.goto(page_path(reports, name, language).as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert (
        page.evaluate(
            SHOWN, "button:not(thead button), .bar, .contents, .skip, details.code, .card-close, form"
        )
        == []
    )
    assert page.evaluate(FIXED) == []
    assert page.evaluate(STICKING_OUT) == []
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 32, 36)"
    assert page.locator("h1").is_visible()
    assert all(table.is_visible() for table in page.locator(".text > .cell > .table-scroll table.grid").all())


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_open_card_does_not_cover_the_sheets(language, reports, new_context):
    page = new_context().new_page()
    page.goto(page_path(reports, "03_outcomes", language).as_uri())
    page.locator("p.said a[href^='#card-']").first.click()
    page.emulate_media(media="print")
    assert page.evaluate(FIXED) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["index", "03_outcomes"])
def test_it_prints_on_a4(name, language, reports, new_context):
    page = new_context().new_page()
    page.goto(page_path(reports, name, language).as_uri())
    paper = page.pdf(prefer_css_page_size=True, tagged=True, outline=True)
    sheets = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", paper)
    assert {(round(float(width)), round(float(height))) for width, height in sheets} == {SHEET}
    assert b"/StructTreeRoot" in paper and b"/Outlines" in paper
