"""The page that shows what changed between two runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from checks import STICKING_OUT, UNMARKED, violations
from conftest import pingan
from layout import LANGUAGES, ROOT, page_path

NAME = "01_sources"


@pytest.fixture(scope="module")
def changes(reports, tmp_path_factory) -> Path:
    """A folder with one such page for each language: a run of the report, and one with the cities the other way."""
    folder = tmp_path_factory.mktemp("changes")
    before = page_path(reports, NAME).parent
    for language in LANGUAGES:
        given = {"city_a": "anshun", "city_b": "kaili", "language": language}
        values = [text for name, value in given.items() for text in ("-p", name, value)]
        pingan("run", NAME, *values, "--out", folder / language, cwd=ROOT)
        [after] = (folder / language / "runs").iterdir()
        pingan("diff", before, after, "--language", language, "--out", folder / f"{language}.html", cwd=ROOT)
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_as_good_a_page_as_any(language, changes, new_context):
    page = new_context(reduced_motion="reduce").new_page()
    page.goto((changes / f"{language}.html").as_uri())
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == []
    assert page.evaluate(STICKING_OUT) == []
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.lang") == language
    if language == "en":
        assert page.evaluate(UNMARKED) == []
    assert (changes / f"{language}.html").stat().st_size <= 409_600


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_names_what_was_given_and_what_changed(language, changes, new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.goto((changes / f"{language}.html").as_uri())
    text = page.locator("main").inner_text()
    assert "city_a" in text and "anshun" in text
    assert page.locator("ins:visible").count() > 0
