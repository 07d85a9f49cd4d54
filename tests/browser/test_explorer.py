"""The explorer in JupyterLab, as a reader uses it: by mouse, by keyboard, from Python, in both themes."""

from __future__ import annotations

import ast
import json
import time
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from pingan_lib import load_corpus
from pingan_lib.explorer import Explorer

DARK = "await app.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'});"
LIGHT = DARK.replace("Dark", "Light")


@pytest.fixture
def tour(lab, open_in_lab):
    """Open a copy of the tour, up to its explorer: no other test meets outputs that JupyterLab has saved."""

    def open_(*, whole: bool = False):
        copied = json.loads((lab.project / "notebooks" / "00_start_here.ipynb").read_text("utf-8"))
        if not whole:
            last = [cell["id"] for cell in copied["cells"]].index("explorer")
            copied["cells"] = copied["cells"][: last + 1]
        path = lab.project / "notebooks" / f"tour_{uuid4().hex}.ipynb"
        path.write_text(json.dumps(copied), "utf-8")
        return open_in_lab(path.name)

    return open_


def ask(notebook, expression: str):
    """What the kernel answers."""
    script = """const request = {code: '', user_expressions: {asked: given}};
    const reply = await panel.sessionContext.session.kernel.requestExecute(request).done;
    const asked = reply.content.user_expressions.asked;
    if (asked.status !== 'ok') throw new Error(asked.evalue);
    return asked.data['text/plain'];"""
    return ast.literal_eval(notebook.do(script, expression))


def comes_to(notebook, expression: str, wanted) -> None:
    """The kernel answers so, once it has what the page has told it: that reaches it by a way of its own."""
    until = time.monotonic() + 20
    while (found := ask(notebook, expression)) != wanted and time.monotonic() < until:
        notebook.page.wait_for_timeout(50)
    assert found == wanted


def tell(notebook, statement: str) -> None:
    """Have the kernel do something."""
    notebook.do("await panel.sessionContext.session.kernel.requestExecute({code: given}).done;", statement)


def opened(notebook) -> Locator:
    """Run the tour and scroll to its explorer."""
    notebook.run_all()
    assert notebook.errors() == []
    notebook.show("explorer")
    explorer = notebook.page.locator(".pe-explorer")
    expect(explorer).to_have_count(1)
    return explorer


def passage(explorer: Locator, row: str) -> Locator:
    """The first stretch of what a row quotes."""
    return explorer.locator(f'.pe-text [data-rows~="{row}"]').first


def in_its_box(found: Locator) -> bool:
    """Whether a passage is in the visible part of its article."""
    return found.evaluate(
        """passage => {
          const [inner, outer] = [passage, passage.closest('.pe-scroll')].map(each => each.getBoundingClientRect());
          return inner.top >= outer.top && inner.bottom <= outer.bottom;
        }"""
    )


def faults(notebook) -> list[str]:
    """What axe finds wrong in the explorer."""
    found = Axe().run(notebook.page, context=".pe-explorer")
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in found.response["violations"]]


def test_a_figure_leads_to_its_sentence_and_a_passage_to_its_rows(tour):
    notebook = tour(whole=True)
    explorer = opened(notebook)
    card, rows = explorer.locator(".pe-card"), explorer.locator(".pe-list .pe-row")

    # What the tour's code selected is open; another row of the list opens its card and moves the text.
    comes_to(notebook, "explorer.selected == hedged.name", True)
    assert in_its_box(passage(explorer, ask(notebook, "str(hedged.name)")))
    explorer.locator('.pe-list [data-row="kl_settlement_rate"]').click()
    expect(card).to_contain_text("95.97%")
    assert in_its_box(passage(explorer, "kl_settlement_rate"))
    comes_to(notebook, "explorer.selected_row['printed']", "95.97")

    # A passage that several rows quote names them all; the card shows the shortest, and leads to the others.
    several = ["kl_posts_staffed", "kl_officers_per_post", "kl_posts"]
    inner = explorer.locator(f'.pe-text [data-rows="{" ".join(several)}"]')
    inner.scroll_into_view_if_needed()
    inner.click()
    around = card.locator(".pe-around .pe-row")
    expect(around.first).to_be_visible()
    assert set(several) <= set(around.evaluate_all("rows => rows.map(row => row.dataset.row)"))
    comes_to(notebook, "explorer.selected", several[0])
    card.locator('.pe-around [data-row="kl_posts"]').click()
    expect(card.locator('.pe-around [data-row="kl_posts"]')).to_have_attribute("aria-current", "true")
    comes_to(notebook, "explorer.selected", "kl_posts")

    # Filters change list and text together, and Python sees them; the other way round as well.
    explorer.get_by_label("Approaches").uncheck()
    explorer.get_by_label("Statements").uncheck()
    explorer.locator("select[data-by=stage]").select_option("outcome")
    wanted = "[str(i) for i in corpus.accepted.index[corpus.accepted['stage'] == 'outcome']]"
    outcomes = set(ask(notebook, wanted))
    expect(rows).to_have_count(len(outcomes))
    assert set(rows.evaluate_all("rows => rows.map(row => row.dataset.row)")) == outcomes
    marked = explorer.locator(".pe-text .pe-mark").evaluate_all(
        "all => all.flatMap(each => each.dataset.rows.split(' '))"
    )
    assert outcomes <= set(marked)
    comes_to(notebook, "explorer.filters['kinds']", ["figures"])
    tell(
        notebook,
        "explorer.filters = {'search': '97.24'}; explorer.colour_by = 'stage'; explorer.selected = ''",
    )
    expect(rows).to_have_count(1)
    expect(explorer.get_by_role("searchbox")).to_have_value("97.24")
    expect(explorer.get_by_label("Stage").first).to_be_checked()
    expect(explorer.locator(".pe-legend")).to_contain_text("outcome")
    expect(card.locator("dl")).to_have_count(0)

    # Below one another where there is no room beside one another.
    columns = explorer.locator(".pe-article")
    assert columns.nth(0).bounding_box()["y"] == columns.nth(1).bounding_box()["y"]
    notebook.page.set_viewport_size({"width": 760, "height": 900})
    expect(columns.nth(1)).not_to_have_js_property(
        "offsetTop", columns.nth(0).evaluate("each => each.offsetTop")
    )
    assert explorer.evaluate("each => each.scrollWidth <= each.clientWidth")


def test_a_saved_notebook_that_is_opened_again_shows_the_still_version(lab, browser, tour):
    """The model of the widget has gone with its kernel; JupyterLab says so in a line above the articles."""
    notebook = tour()
    explorer = opened(notebook)
    expect(explorer).to_be_visible()
    expect(notebook.page.locator(".pe-still")).to_be_hidden()
    notebook.save()
    assert "application/vnd.jupyter.widget-state+json" not in notebook.path.read_text("utf-8")
    notebook.close()
    with browser.new_context() as context:
        again = lab.open(context.new_page(), notebook.path.name)
        again.show("explorer")
        expect(again.page.locator(".pe-still")).to_be_visible()
        expect(again.page.locator(".pe-explorer")).to_have_count(0)
        again.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_can_be_used_by_keyboard_and_axe_finds_nothing(tour, language):
    notebook = tour()
    page = notebook.page
    notebook.set_source("parameters", notebook.source("parameters").replace('"en"', f'"{language}"'))
    explorer = opened(notebook)
    focused = page.locator(":focus")

    # One stop of the Tab key for each text and for the list; the arrow keys move within.
    explorer.locator(".pe-scroll").first.focus()
    page.keyboard.press("Tab")
    first = focused.get_attribute("data-rows")
    page.keyboard.press("ArrowDown")
    assert focused.get_attribute("data-rows") != first
    page.keyboard.press("Home")
    assert focused.get_attribute("data-rows") == first
    page.keyboard.press("Tab")
    expect(explorer.locator(".pe-scroll").nth(1)).to_be_focused()

    # Enter opens the card and goes there, Escape closes it and comes back; JupyterLab takes no key for itself.
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    row = first.split()[0]
    comes_to(notebook, "explorer.selected", row)
    expect(explorer.locator(".pe-card .card-title")).to_be_focused()
    expect(explorer.locator(".pe-hidden[role=status]")).to_contain_text(
        "依据卡片" if language == "zh" else "Evidence card"
    )
    page.keyboard.press("Escape")
    assert focused.get_attribute("data-rows") == first
    comes_to(notebook, "explorer.selected", "")
    cells = len(notebook.cells())
    for key in ("b", "x", "ArrowUp", "ArrowDown", "End"):
        page.keyboard.press(key)
    expect(
        passage(explorer, row).locator("xpath=ancestor::*[contains(@class, 'pe-explorer')]")
    ).to_be_visible()
    assert len(notebook.cells()) == cells

    explorer.get_by_role("searchbox").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    last = explorer.locator(".pe-list .pe-row").last.get_attribute("data-row")
    comes_to(notebook, "explorer.selected", last)

    for theme, by in ((DARK, "stage"), (LIGHT, "dimension")):
        notebook.do(theme)
        explorer.locator(f"input[type=radio][value={by}]").check()
        assert faults(notebook) == []


def test_html_in_an_article_is_text_and_a_third_article_can_be_chosen(tour):
    notebook = tour()
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script></blockquote>"
    source = f"""from dataclasses import replace

import pandas as pd

title = {hostile!r}
third = corpus.articles.iloc[:1].rename(index={{"kaili_2024": "third"}})
articles = pd.concat([corpus.articles, third]).assign(title=title)
texts = {{name: text.rstrip() + title for name, text in corpus.texts.items()}} | {{"third": title}}
explorer = Explorer(replace(corpus, articles=articles, texts=texts, figures=corpus.figures.assign(note=title)))
explorer.selected = "kl_settlement_rate"
explorer"""
    notebook.set_source("explorer", source)
    explorer = opened(notebook)
    expect(explorer.locator(".pe-text").first).to_contain_text(hostile)
    expect(explorer.locator(".pe-card")).to_contain_text(hostile)
    expect(explorer.locator("img, script")).to_have_count(0)

    # The third article takes the place of the first; a row of the first brings it back.
    explorer.locator(".pe-head select").first.select_option("third")
    comes_to(notebook, "explorer.shown", ["third", "anshun_2018"])
    tell(notebook, "explorer.selected = 'kl_disputes'")
    expect(passage(explorer, "kl_disputes")).to_be_visible()
    comes_to(notebook, "explorer.shown", ["kaili_2024", "anshun_2018"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_still_version_works_alone_and_without_scripts(new_context, tmp_path, scheme):
    still = tmp_path / "still.html"
    html = Explorer(load_corpus()).still()
    still.write_text(
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Still</title>{html}</html>', "utf-8"
    )
    page = new_context(java_script_enabled=False, color_scheme=scheme).new_page()
    page.goto(still.as_uri())
    page.locator('.pe-text a[data-source="kl_settlement_rate"]').click()
    assert page.url.endswith("#card-kl_settlement_rate")
    expect(page.locator("#card-kl_settlement_rate")).to_be_in_viewport()
    expect(page.locator("#card-kl_settlement_rate")).to_contain_text("95.97%")
