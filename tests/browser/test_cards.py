"""Evidence cards as readers use them: by mouse, keyboard and touch, by a link, without scripts."""

from __future__ import annotations

import re

import pytest
from layout import LANGUAGES, page_path
from playwright.sync_api import Locator, Page, expect

PAGE = "03_outcomes"


@pytest.fixture(params=LANGUAGES)
def address(request, reports) -> str:
    return page_path(reports, PAGE, request.param).as_uri()


def first_number(page: Page) -> Locator:
    """The first number in a sentence that leads to a card."""
    return page.locator("p.said a.number[href^='#card-']").first


def card_of(link: Locator) -> Locator:
    return link.page.locator(f"article.card{link.get_attribute('href')}")


def expect_front(card: Locator) -> None:
    """It is in sight, in front of everything else."""
    expect(card).to_be_in_viewport()
    expect(card).to_have_css("position", "fixed")


def expect_open(card: Locator) -> None:
    """It is in front, and says its quote."""
    expect_front(card)
    expect(card.locator("mark").first).to_be_in_viewport()


def expect_closed(card: Locator) -> None:
    expect(card).not_to_be_in_viewport()
    expect(card).not_to_have_css("position", "fixed")


def in_focus(page: Page, locator: Locator) -> bool:
    return locator.evaluate("element => element.contains(document.activeElement)")


def test_a_click_opens_and_escape_leads_back(address, new_context):
    page = new_context().new_page()
    page.goto(address)
    link = first_number(page)
    card = card_of(link)
    expect_closed(card)
    link.click()
    expect_open(card)
    assert in_focus(page, card)
    page.keyboard.press("Escape")
    expect_closed(card)
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()


def test_the_keyboard_opens_walks_and_closes(address, new_context):
    page = new_context().new_page()
    page.goto(address)
    link = first_number(page)
    card = card_of(link)
    link.focus()
    page.keyboard.press("Enter")
    expect_open(card)
    page.keyboard.press("Tab")
    assert in_focus(page, card)
    close = card.locator(".card-close a, .card-close button").first
    close.focus()
    page.keyboard.press("Enter")
    expect_closed(card)
    expect(link).to_be_focused()


def test_a_finger_opens_and_closes_on_a_phone(address, new_context):
    page = new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True).new_page()
    page.goto(address)
    link = first_number(page)
    card = card_of(link)
    link.tap()
    expect_open(card)
    box = card.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    card.locator(".card-close a, .card-close button").first.tap()
    expect_closed(card)
    expect(link).to_be_in_viewport()


def test_back_closes_where_the_reader_was(address, new_context):
    page = new_context().new_page()
    page.goto(address)
    link = first_number(page)
    link.scroll_into_view_if_needed()
    link.click()
    expect_open(card_of(link))
    page.go_back()
    expect_closed(card_of(link))
    expect(link).to_be_in_viewport()
    page.go_forward()
    expect_open(card_of(link))


def test_a_stable_link_opens_a_card_at_once(address, new_context):
    page = new_context().new_page()
    page.goto(address)
    name = page.locator("article.card:has(mark)").last.get_attribute("id")
    other = new_context().new_page()
    other.goto(f"{address}#{name}")
    expect_open(other.locator(f"#{name}"))


def test_one_card_leads_to_another(address, new_context):
    """A derived number names its inputs, each a link to its own card."""
    page = new_context().new_page()
    page.goto(address)
    name = page.evaluate(
        """() => [...document.querySelectorAll('article.card')].find(card =>
          [...card.querySelectorAll('dd a[href^="#card-"]')].some(link => link.hash !== '#' + card.id)).id"""
    )
    page.locator(f"main a[href='#{name}']:visible").first.click()
    card = page.locator(f"#{name}")
    expect_front(card)
    inner = card.locator(f"dd a[href^='#card-']:not([href='#{name}'])").first
    inner.click()
    expect_front(card_of(inner))
    expect(card).not_to_have_css("position", "fixed")
    page.go_back()
    expect_front(card)


def test_every_card_has_its_quote_and_where_it_is_from(address, new_context):
    page = new_context().new_page()
    page.goto(address)
    for card in page.locator("article.card:has(mark)").all():
        text = card.text_content()
        assert card.locator("[lang=zh] mark, mark[lang=zh], [lang=zh]:has(mark)").count() or "zh" in address
        assert re.search(r"\d{4}-\d{2}-\d{2}", text), text


@pytest.mark.parametrize("width", [360, 1280])
def test_without_scripts_cards_open_and_all_is_there(address, width, new_context):
    page = new_context(java_script_enabled=False, viewport={"width": width, "height": 800}).new_page()
    page.goto(address)
    link = first_number(page)
    link.click()
    expect_open(card_of(link))
    card_of(link).locator(".card-close a").first.click()
    expect_closed(card_of(link))
    parts = "table.grid, figure.plot, article.card, p.said"
    hidden = page.locator(parts).evaluate_all(
        "all => all.filter(each => !each.closest('details') && !each.checkVisibility()).map(each => each.outerHTML)"
    )
    assert hidden == []
    expect(page.locator("button:visible")).to_have_count(0)


def test_without_scripts_what_is_folded_can_be_unfolded(address, new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(address)
    for kind in ("details.code", "figure.plot details.data"):
        folded = page.locator(kind).first
        inside = folded.locator("pre, table").first
        expect(inside).not_to_be_visible()
        folded.locator("summary").click()
        expect(inside).to_be_visible()
    hidden = page.locator("main [hidden]")
    assert hidden.count() == 0
