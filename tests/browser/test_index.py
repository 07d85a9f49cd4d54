"""The index of a folder of reports: what was compared, the findings, and the runs, found and sorted."""

from __future__ import annotations

import json

import pytest
from layout import LANGUAGES, REPORTS, page_path
from playwright.sync_api import Locator, Page, expect


@pytest.fixture(params=LANGUAGES)
def language(request) -> str:
    return request.param


@pytest.fixture
def index(language, reports, new_context) -> Page:
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(page_path(reports, "index", language).as_uri())
    return page


def shown(page: Page) -> list[str]:
    """The notebooks of the rows that can be seen."""
    return page.locator("#runs-table tbody tr:visible").evaluate_all(
        "rows => rows.map(row => row.dataset.notebook)"
    )


def filters(page: Page) -> Locator:
    return page.locator("#runs-filter")


def test_every_report_is_named_with_its_finding(index, language, reports):
    for name in REPORTS:
        page = page_path(reports, name, language)
        link = index.locator(f"a[href$='/{page.name}']")
        manifest = json.loads((page.parent / "manifest.json").read_text(encoding="utf-8"))
        execution = manifest["executions"][language]
        entry = index.locator("[aria-labelledby=findings] li", has=link)
        expect(entry.get_by_role("heading")).to_have_text(execution["title"])
        told = entry.locator("p").first.inner_text()
        assert told and (execution["findings"] or [execution["question"]])[0].startswith(told)


def test_the_tallies_are_those_of_the_pages(index, language, reports):
    """Every count of grades and verdicts is the one that the report itself shows."""
    told = {}
    for name in REPORTS:
        manifest = json.loads((page_path(reports, name).parent / "manifest.json").read_text(encoding="utf-8"))
        tallies = manifest["executions"][language]["tallies"]
        if tallies:
            told[page_path(reports, name, language).name] = tallies
    assert told
    for file, tallies in told.items():
        row = index.locator("[aria-labelledby=judged] tbody tr", has=index.locator(f"a[href$='/{file}']"))
        numbers = [
            int(value) for value in row.locator("data").evaluate_all("all => all.map(each => each.value)")
        ]
        assert numbers == [tallies[kind][code] for kind in tallies for code in tallies[kind]]


def test_runs_are_found_by_a_word_and_by_a_choice(index):
    assert sorted(shown(index)) == sorted(REPORTS)
    words = filters(index).get_by_role("searchbox")
    words.fill("03_out")
    expect(index.locator("#runs-table tbody tr:visible")).to_have_count(1)
    assert shown(index) == ["03_outcomes"]
    expect(filters(index).locator("output")).to_contain_text("1")
    words.fill("nothing is named like this")
    expect(index.locator("#runs-table tbody tr:visible")).to_have_count(0)
    words.fill("")
    assert sorted(shown(index)) == sorted(REPORTS)
    filters(index).locator("select[name=notebook]").select_option("05_synthesis")
    assert shown(index) == ["05_synthesis"]
    words.press("Enter")
    assert shown(index) == ["05_synthesis"]


def test_runs_are_sorted(index):
    before = shown(index)
    button = index.locator("#runs-table thead th").first.get_by_role("button")
    button.click()
    assert shown(index) == sorted(before)
    button.click()
    assert shown(index) == sorted(before, reverse=True)
    button.click()
    assert shown(index) == before


def test_without_scripts_all_runs_are_there_and_nothing_is_offered_that_does_not_work(
    language, reports, new_context
):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(page_path(reports, "index", language).as_uri())
    expect(page.locator("#runs-table tbody tr:visible")).to_have_count(len(REPORTS))
    expect(page.locator("button:visible, input:visible, select:visible")).to_have_count(0)


def test_findings_fit_on_one_screen(index):
    """The findings begin on the first screen, and take no more than one and a half."""
    box = index.locator("[aria-labelledby=findings]").bounding_box()
    assert box["y"] < 900
    assert box["height"] < 1.5 * 900
