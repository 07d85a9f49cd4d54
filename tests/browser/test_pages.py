"""What holds for every page of a folder of reports: nothing asked, nothing broken, readable for everyone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from checks import STICKING_OUT, UNMARKED, violations
from conftest import watched
from layout import LANGUAGES, PAGES, page_path
from playwright.sync_api import Browser, Page, Request

LIMIT = 409_600
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@dataclass
class Opened:
    """A page, loaded once for all that is asked about it."""

    page: Page
    path: Path
    language: str


@pytest.fixture(scope="module", params=PAGES, ids="-".join)
def opened(request, browser: Browser, reports: Path) -> Iterator[Opened]:
    name, language = request.param
    path = page_path(reports, name, language)
    with watched(browser) as new_context:
        page = new_context(viewport=DESKTOP, reduced_motion="reduce").new_page()
        page.goto(path.as_uri())
        yield Opened(page, path, language)


@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, scheme, window):
    opened.page.set_viewport_size(window)
    opened.page.emulate_media(color_scheme=scheme)
    dark = opened.page.evaluate(
        "getComputedStyle(document.documentElement).backgroundColor !== 'rgb(255, 255, 255)'"
    )
    assert dark == (scheme == "dark")
    assert violations(opened.page) == []


def test_nothing_sticks_out_on_a_phone(opened):
    opened.page.set_viewport_size(PHONE)
    opened.page.emulate_media(color_scheme="light")
    assert opened.page.evaluate(STICKING_OUT) == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_it_is_light_and_stands_on_its_own(opened):
    assert opened.path.stat().st_size <= LIMIT
    policy = opened.page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    allowed = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert allowed["default-src"] == "'none'"
    assert re.findall(r"https?:|\*|unsafe-eval", policy) == []
    fetched = opened.page.locator(
        "script[src], link:not([rel=icon])[href], img:not([src^='data:']), iframe, object, embed"
    )
    assert fetched.count() == 0


def test_its_headings_are_in_order(opened):
    levels = opened.page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(heading => +heading.tagName[1])"
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []


def test_its_language_is_told(opened):
    assert opened.page.evaluate("document.documentElement.lang") == opened.language
    if opened.language == "en":
        assert opened.page.evaluate(UNMARKED) == []


def test_its_ids_are_unique_and_its_links_lead_somewhere(opened):
    ids = opened.page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert sorted(ids) == sorted(set(ids))
    links = opened.page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
    assert [link for link in links if link.startswith("#") and link[1:] not in {*ids, "_"}] == []
    outward = [link for link in links if not link.startswith("#")]
    assert [link for link in outward if re.match(r"(?!https?:)[a-z]+:", link)] == []
    files = [link.partition("#")[0] for link in outward if not link.startswith("http")]
    assert [file for file in files if not (opened.path.parent / file).is_file()] == []


def test_the_other_language_is_one_step_away(opened):
    other = next(language for language in LANGUAGES if language != opened.language)
    switch = opened.page.locator(f"a[hreflang={other}]").first
    assert switch.get_attribute("lang") == other
    there = opened.path.parent / switch.get_attribute("href")
    text = there.read_text(encoding="utf-8")
    assert f'<html lang="{other}"' in text


def test_both_languages_have_the_same_anchors(opened):
    if opened.language == "en":
        twin = opened.path.with_name(f"{opened.path.stem}.zh.html").read_text(encoding="utf-8")
        own = opened.path.read_text(encoding="utf-8")
        anchors = [
            set(re.findall(r'<(?:h[2-6]|article|section|div)\b[^>]* id="([^"]+)"', text))
            for text in (own, twin)
        ]
        assert anchors[0] == anchors[1]


def test_the_policy_stops_what_the_page_does_not_hold(browser, opened):
    """An image, a call, a script and a frame of somebody else's, put into the page, reach nobody."""
    with browser.new_context() as context:
        asked: list[Request] = []
        context.on("request", lambda request: asked.append(request))
        page = context.new_page()
        page.goto(opened.path.as_uri())
        page.evaluate(
            """() => {
              window.stopped = [];
              document.addEventListener(
                'securitypolicyviolation', event => window.stopped.push(event.effectiveDirective));
              const image = new Image();
              image.src = 'https://example.org/a.png';
              const script = document.createElement('script');
              script.textContent = 'window.strange = true';
              const frame = document.createElement('iframe');
              frame.src = 'https://example.org/';
              document.body.append(image, script, frame);
              fetch('https://example.org/').catch(() => null);
            }"""
        )
        page.wait_for_function("window.stopped.length >= 4")
        assert set(page.evaluate("window.stopped")) == {
            "connect-src",
            "frame-src",
            "img-src",
            "script-src-elem",
        }
        beyond = {request.failure for request in asked if not request.url.startswith(("file:", "data:"))}
        assert beyond <= {"csp"}
        assert page.evaluate("window.strange") is None
