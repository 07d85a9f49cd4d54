"""The notebooks in JupyterLab, as a researcher runs them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from conftest import pingan
from layout import NOTEBOOKS
from playwright.sync_api import expect


@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_all_its_cells_run(name, open_in_lab):
    notebook = open_in_lab(name)
    notebook.run_all()
    assert notebook.errors() == []
    counts = [cell["execution_count"] for cell in notebook.cells() if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.fixture
def restored(lab) -> Iterator[None]:
    """The notebooks as they were, whatever is saved meanwhile."""
    before = {path: path.read_bytes() for path in (lab.project / "notebooks").glob("*.ipynb")}
    yield
    for path, content in before.items():
        path.write_bytes(content)


def with_values(source: str, values: dict[str, object]) -> str:
    """The parameters cell with other values, edited as a person edits it: the rest of each line stays."""
    for name, value in values.items():
        source, edited = re.subn(
            rf"^({name}: \w+ = ).*?(  #.*)$",
            lambda line, new=value: line[1] + repr(new) + line[2],
            source,
            flags=re.M,
        )
        assert edited == 1, name
    return source


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("00_start_here", {"city_a": "anshun", "city_b": "kaili"}),
        ("01_sources", {"language": "zh", "rounding": "half_up"}),
        ("03_outcomes", {"city_a": "anshun", "city_b": "kaili", "confidence": 0.9, "anyway": True}),
    ],
)
@pytest.mark.usefixtures("restored")
def test_changed_parameters_give_the_page_of_the_command(name, values, lab, open_in_lab, tmp_path):
    notebook = open_in_lab(f"{name}.ipynb")
    notebook.set_source("parameters", with_values(notebook.source("parameters"), values))
    notebook.run_all()
    assert notebook.errors() == []
    notebook.save()
    pingan("page", name, "--out", tmp_path / "lab", cwd=lab.project)
    given = [text for parameter, value in values.items() for text in ("-p", parameter, str(value))]
    pingan("run", name, *given, "--out", tmp_path / "command", cwd=lab.project)
    pages = [sorted((tmp_path / way).glob(f"runs/{name}-*/{name}*.html")) for way in ("lab", "command")]
    [[by_lab], [by_command]] = pages
    assert by_lab.parent.name == by_command.parent.name
    assert by_lab.read_bytes() == by_command.read_bytes()
    keys = [
        json.loads((page.parent / "manifest.json").read_text(encoding="utf-8"))["key"] for [page] in pages
    ]
    assert keys[0] == keys[1]


@pytest.mark.usefixtures("restored")
def test_what_is_saved_opens_again_with_its_results(open_in_lab):
    notebook = open_in_lab("01_sources.ipynb")
    notebook.run_all()
    notebook.save()
    before = [cell.get("outputs") for cell in notebook.cells()]
    notebook.close()
    again = open_in_lab("01_sources.ipynb")
    assert [cell.get("outputs") for cell in again.cells()] == before


def test_the_tab_key_completes_cities_and_measures(open_in_lab):
    notebook = open_in_lab("00_start_here.ipynb")
    page = notebook.page
    code = "from pingan_lib import Catalogue, load_corpus; names = Catalogue(load_corpus())"
    notebook.do("await panel.sessionContext.session.kernel.requestExecute({code: given}).done;", code)
    notebook.show("setup")
    for typed, expected in {"names.cities.": "kaili", "names.measures.": "settlement_rate"}.items():
        notebook.set_source("setup", "")
        page.locator(".jp-Notebook-cell.jp-mod-active .cm-content").click()
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
        expect(page.locator(".jp-Completer-item", has_text=expected).first).to_be_visible()
        page.keyboard.press("Escape")


def test_links_in_a_result_lead_to_their_cards(open_in_lab):
    """A number in a table of a notebook leads to its card below, in the notebook itself."""
    notebook = open_in_lab("01_sources.ipynb")
    notebook.run_all()
    addresses = notebook.page.locator(".jp-OutputArea a[href*='#card-']")
    expect(addresses.first).to_be_attached()


def test_nothing_that_it_shows_is_wider_than_the_window(open_in_lab):
    """On a small laptop the tables of the tour scroll within their cell."""
    notebook = open_in_lab("00_start_here.ipynb", viewport={"width": 1024, "height": 700})
    notebook.run_all()
    notebook.show("bounds")
    table = notebook.page.locator(".jp-OutputArea table").first
    expect(table).to_be_visible()
    area = notebook.page.locator(".jp-WindowedPanel-outer").first
    assert area.evaluate("area => area.scrollWidth <= area.clientWidth")
