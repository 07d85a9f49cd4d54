"""What a reader does with a page besides opening cards: change language, sort, show code, read in the dark, print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from layout import LANGUAGES, REPORTS, page_path
from playwright.sync_api import Locator, expect

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
OTHER = {"en": "zh", "zh": "en"}


@pytest.fixture(params=LANGUAGES)
def language(request) -> str:
    return request.param


def column(table: Locator, heading: int) -> list[str]:
    """What the cells below a heading say, from top to bottom."""
    return [
        text.strip() for text in table.locator(f"tbody tr > :nth-child({heading + 1})").all_text_contents()
    ]


def sorter(table: Locator, heading: int) -> Locator:
    return table.locator("thead th").nth(heading).get_by_role("button")


# Language


@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_switch_leads_to_the_heading_that_is_read(language, window, reports, new_context):
    page = new_context(viewport=window).new_page()
    page.goto(page_path(reports, "03_outcomes", language).as_uri())
    links = page.locator(".contents a")
    middle = links.nth(links.count() // 2)
    anchor = middle.get_attribute("href")
    middle.click()
    expect(page.locator(anchor)).to_be_in_viewport()
    switch = page.locator("a[data-switch]:visible").first
    expect(switch).to_be_in_viewport()
    box = switch.bounding_box()
    # With the mouse itself: Playwright's click moves the page first, even to what is in sight.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("html")).to_have_attribute("lang", OTHER[language])
    expect(page.locator(anchor)).to_be_in_viewport()
    assert page.locator(anchor).bounding_box()["y"] < window["height"] / 3


def test_the_switch_leads_to_the_card_that_is_open(language, reports, new_context):
    page = new_context(viewport=DESKTOP).new_page()
    page.goto(page_path(reports, "02_approaches", language).as_uri())
    link = page.locator("a[href^='#card-']:visible").first
    link.click()
    name = page.evaluate("location.hash")
    expect(page.locator(name)).to_be_in_viewport()
    page.locator("a[data-switch]:visible").first.click()
    expect(page.locator("html")).to_have_attribute("lang", OTHER[language])
    expect(page.locator(name)).to_have_css("position", "fixed")
    expect(page.locator(name)).to_be_in_viewport()


def test_the_way_from_a_page_to_the_index_the_glossary_and_back(language, reports, new_context):
    page = new_context(viewport=DESKTOP).new_page()
    page.goto(page_path(reports, "index", language).as_uri())
    page.locator("#findings ~ ol a, [aria-labelledby=findings] a").first.click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    for name in ("index", "glossary"):
        address = page_path(reports, name, language)
        link = page.locator(f"header a[href$='/{address.name}']")
        link.click()
        expect(page).to_have_url(address.as_uri())
        expect(page.locator("html")).to_have_attribute("lang", language)
        page.go_back()


def test_a_graded_word_is_explained_in_reach(language, reports, new_context):
    """The page itself says what its grades and verdicts mean, and the glossary has both languages side by side."""
    page = new_context(viewport=DESKTOP).new_page()
    page.goto(page_path(reports, "03_outcomes", language).as_uri())
    used = set(page.eval_on_selector_all("main [data-term]", "all => all.map(each => each.dataset.term)"))
    assert "grade.not_comparable" in used
    told = set(page.eval_on_selector_all("[id^='term-']", "all => all.map(each => each.id.slice(5))"))
    assert used <= told
    page.goto(page_path(reports, "glossary", language).as_uri())
    entry = page.locator("[id='term-grade.not_comparable']")
    expect(entry).to_be_visible()
    shown = page.locator("main").inner_text()
    assert "not comparable" in shown and "不可比" in shown


# Tables


def number(text: str) -> float:
    """A number as the tables print it, read in Python; words stand after all numbers, empty cells last."""
    found = re.match(r"([−-]?)([\d,]*\.?\d+)", text)
    if not found:
        return float("inf")
    return float(found[2].replace(",", "")) * (-1 if found[1] else 1)


@pytest.mark.parametrize(
    ("name", "table", "heading"),
    [
        ("04_language", "table-language-keyness_list", 1),
        ("04_language", "table-language-keyness_list", 5),
        ("03_outcomes", "table-outcomes-rules", 3),
    ],
)
def test_numbers_sort_as_numbers(name, table, heading, language, reports, new_context):
    page = new_context(viewport=DESKTOP).new_page()
    page.goto(page_path(reports, name, language).as_uri())
    grid = page.locator(f"#{table}")
    head = grid.locator("thead th").nth(heading)
    before = column(grid, heading)
    sorter(grid, heading).click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert [number(text) for text in column(grid, heading)] == sorted(map(number, before))
    sorter(grid, heading).click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert [number(text) for text in column(grid, heading)] == sorted(map(number, before), reverse=True)
    sorter(grid, heading).click()
    expect(head).not_to_have_attribute("aria-sort", re.compile("cending"))
    assert column(grid, heading) == before


def test_words_sort_from_the_keyboard_and_rows_stay_whole(language, reports, new_context):
    page = new_context(viewport=DESKTOP).new_page()
    page.goto(page_path(reports, "03_outcomes", language).as_uri())
    grid = page.locator("#table-outcomes-ledger")
    rows = grid.locator("tbody tr").all_text_contents()
    words = column(grid, 0)
    sorter(grid, 0).focus()
    page.keyboard.press("Enter")
    expect(grid.locator("thead th").first).to_have_attribute("aria-sort", "ascending")
    upward = column(grid, 0)
    assert upward == page.evaluate(
        "words => words.sort(new Intl.Collator(document.documentElement.lang).compare)", words
    )
    assert upward != words
    assert sorted(grid.locator("tbody tr").all_text_contents()) == sorted(rows)
    expect(sorter(grid, 0)).to_be_focused()


def test_grades_sort_by_what_they_mean(language, reports, new_context):
    page = new_context(viewport=DESKTOP).new_page()
    page.goto(page_path(reports, "03_outcomes", language).as_uri())
    grid = page.locator("#table-outcomes-rules")
    read = "all => all.map(each => each.className.split('grade-')[1])"
    before = grid.locator("tbody .grade").evaluate_all(read)
    sorter(grid, 2).click()
    order = ["comparable", "with_caution", "not_comparable"]
    after = grid.locator("tbody .grade").evaluate_all(read)
    assert after == sorted(before, key=order.index) != before


def test_every_figure_has_its_numbers_one_click_away(language, reports, new_context):
    page = new_context(viewport=DESKTOP).new_page()
    for name in REPORTS:
        page.goto(page_path(reports, name, language).as_uri())
        for figure in page.locator("figure.plot").all():
            folded = figure.locator("details.data > summary")
            if folded.count():
                table = figure.locator("details.data table")
                expect(table).not_to_be_visible()
                folded.click()
            else:  # it stands on the page already
                link = figure.locator("a[href^='#table-']")
                link.click()
                table = page.locator(link.get_attribute("href"))
            expect(table).to_be_in_viewport()
            assert table.locator("tbody tr").count() >= 1


# Code


def test_code_is_shown_and_folded_again(language, reports, new_context):
    page = new_context(viewport=DESKTOP).new_page()
    page.goto(page_path(reports, "01_sources", language).as_uri())
    code = page.locator("details.code pre")
    assert code.count() > 3
    button = page.locator("#page-code")
    told = button.inner_text()
    for block in code.all():
        expect(block).not_to_be_visible()
    button.click()
    for block in code.all():
        expect(block).to_be_visible()
    assert button.inner_text() != told
    button.press("Enter")
    for block in code.all():
        expect(block).not_to_be_visible()
    expect(button).to_have_text(told)


def test_one_cell_of_code_can_be_read_alone(language, reports, new_context):
    page = new_context(viewport=DESKTOP, java_script_enabled=False).new_page()
    page.goto(page_path(reports, "01_sources", language).as_uri())
    first = page.locator("details.code").first
    first.locator("summary").click()
    expect(first.locator("pre").first).to_be_visible()
    expect(page.locator("details.code").nth(1).locator("pre").first).not_to_be_visible()


# Ways of seeing


def test_motion_is_for_those_who_did_not_ask_for_less(reports, new_context):
    moved = {}
    for wish in ("reduce", "no-preference"):
        page = new_context(viewport=DESKTOP, reduced_motion=wish).new_page()
        page.goto(page_path(reports, "03_outcomes").as_uri())
        page.locator("p.said a[href^='#card-']").first.click()
        card = page.locator(page.evaluate("location.hash"))
        expect(card).to_be_in_viewport()
        moved[wish] = card.evaluate("card => getComputedStyle(card).animationName")
        if wish == "reduce":
            assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert moved["reduce"] == "none" and moved["no-preference"] != "none"


def test_with_forced_colours_grades_and_quotes_are_still_told_apart(reports, new_context):
    page = new_context(viewport=DESKTOP, forced_colors="active").new_page()
    page.goto(page_path(reports, "03_outcomes").as_uri())
    page.locator("p.said a[href^='#card-']").first.click()
    quote = page.locator(page.evaluate("location.hash")).locator("mark").first
    expect(quote).to_be_in_viewport()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert quote.evaluate("mark => getComputedStyle(mark).backgroundColor") != ground
    full = page.locator(".grade-not_comparable").first.evaluate(
        "e => getComputedStyle(e, '::before').borderTopStyle"
    )
    assert full == "solid"


@pytest.mark.parametrize("zoom", [2, 4])
def test_enlarged_it_does_not_have_to_be_moved_sideways(zoom, language, reports, new_context):
    """At 400 %, a window 1280 wide has room for 320 pixels (WCAG 1.4.10)."""
    page = new_context(viewport={"width": 1280 // zoom, "height": 256}, device_scale_factor=zoom).new_page()
    page.goto(page_path(reports, "03_outcomes", language).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 1280 // zoom


def test_text_can_be_spaced_as_the_reader_needs(reports, new_context):
    """WCAG 1.4.12: wider spacing hides nothing."""
    page = new_context(viewport=PHONE).new_page()
    page.goto(page_path(reports, "03_outcomes").as_uri())
    page.evaluate(
        """() => document.querySelectorAll('main *').forEach(element => {
          element.style.cssText += 'line-height: 1.5 !important; letter-spacing: .12em !important;' +
            'word-spacing: .16em !important;';
        })"""
    )
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_every_name_of_a_notebook_leads_to_files_that_are_there(reports: Path):
    for name in REPORTS:
        folder = page_path(reports, name).parent
        assert {path.name for path in folder.iterdir()} >= {
            *(f"{name}.html", f"{name}.zh.html", f"{name}.ipynb", f"{name}.zh.ipynb"),
            *("manifest.json", "ro-crate-metadata.json", "source"),
        }
