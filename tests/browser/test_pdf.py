"""Pages and figures on paper: PDF from the installed Chromium, and figures as drawings that stand alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from layout import page_path
from playwright.sync_api import expect

from pingan_lib import load_corpus
from pingan_lib.chromium import pdf_from_html
from pingan_lib.paper import export_paper, print_pages

LANGUAGES = ("en", "zh")
NOTEBOOK = "06_sensitivity"
FIGURE = "figures/06_sensitivity-figure-sensitivity-curve"


def sizes(pdf: bytes) -> set[tuple[float, ...]]:
    """Widths and heights of the sheets, in points."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    return {tuple(round(float(side), 1) for side in box) for box in boxes}


def outline(pdf: bytes) -> set[str]:
    """The titles in a PDF, those of its outline among them."""
    plain = (text.decode("latin-1") for text in re.findall(rb"/Title \((.*?)(?<!\\)\)", pdf))
    coded = (bytes.fromhex(text.decode()).decode("utf-16") for text in re.findall(rb"/Title <(\w+)>", pdf))
    return {re.sub(r"\\(.)", r"\1", text) for text in (*plain, *coded)}


@pytest.fixture(scope="module")
def printed(reports, tmp_path_factory) -> dict[str, tuple[BeautifulSoup, bytes]]:
    """A report in each language: the page, and what is printed of it."""
    folder = tmp_path_factory.mktemp("printed")
    pages = [Path(shutil.copy(page_path(reports, NOTEBOOK, language), folder)) for language in LANGUAGES]
    read = (BeautifulSoup(page.read_text("utf-8"), "html.parser") for page in pages)
    made = (pdf.read_bytes() for pdf in print_pages(pages))
    return dict(zip(LANGUAGES, zip(read, made, strict=True), strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_printed_on_a4_with_what_a_reader_needs(printed, language):
    page, pdf = printed[language]
    assert sizes(pdf) == {(595.0, 841.9)}
    assert f"/Lang ({language})".encode() in pdf
    assert b"/StructTreeRoot" in pdf
    assert re.search(rb"/Marked true", pdf)
    headings = {" ".join(heading.get_text().split()) for heading in page.find_all(["h1", "h2"])}
    shown = {" ".join(title.split()) for title in outline(pdf)}
    assert page.h1.get_text() in shown
    assert len(headings & shown) >= 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_printed_page_has_its_fonts_and_no_place_of_this_machine(printed, language, tmp_path):
    _, pdf = printed[language]
    assert b"file:" not in pdf
    assert str(tmp_path.parents[1]).encode() not in pdf
    # A face with outlines of PostScript is drawn by procedures (Type 3), which are in the file.
    described = re.findall(rb"<</Type /FontDescriptor(.*?)>>", pdf, flags=re.DOTALL)
    without = [each for each in described if b"/FontFile" not in each]
    assert described
    assert len(without) <= len(re.findall(rb"/Subtype /Type3", pdf))
    assert b"/ToUnicode" in pdf


def test_the_same_page_gives_the_same_pdf_on_a_set_date(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    page = '<!DOCTYPE html><html lang="zh"><title>平安</title><h1>调解成功率95.97%</h1></html>'
    pdf = pdf_from_html(page)
    assert b"/CreationDate (D:20010909014640+00'00')" in pdf
    assert pdf == pdf_from_html(page)


@pytest.fixture(scope="module")
def paper(reports, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("paper")
    pages = [page_path(reports, NOTEBOOK, language) for language in LANGUAGES]
    made = export_paper(pages, folder, load_corpus(), say=pytest.fail)
    assert sorted(path.suffix for path in made if path.parent.name == "figures") == sorted(
        2 * [".csv", ".pdf", ".svg"]
    )
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_is_one_sheet_of_its_size(paper, language):
    svg = (paper / f"{FIGURE}.{language}.svg").read_text("utf-8")
    pdf = (paper / f"{FIGURE}.{language}.pdf").read_bytes()
    drawn = [float(re.search(rf' {side}="([\d.]+)pt"', svg)[1]) for side in ("width", "height")]
    [sheet] = sizes(pdf)
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1
    assert all(0 <= paper - size < 2 for paper, size in zip(sheet, drawn, strict=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_figure_is_drawn_alone_as_on_its_page(paper, reports, new_context, language):
    """The same texts at the same places, within the drawing; the browser reads the file as strictly as XML."""
    places = """svg => [...svg.querySelectorAll('text')].map(text => {
      const at = text.getBBox(), to = svg.viewBox.baseVal, turned = text.getCTM();
      return [text.textContent, Math.round(turned.e), Math.round(turned.f), Math.round(at.x), Math.round(at.y),
              at.width <= to.width && at.height <= to.height];
    })"""
    alone = new_context().new_page()
    alone.goto((paper / f"{FIGURE}.{language}.svg").as_uri())
    inside = new_context().new_page()
    inside.goto(page_path(reports, NOTEBOOK, language).as_uri())
    figure = inside.locator("#figure-sensitivity-curve svg")
    expect(figure).to_have_count(1)
    texts = alone.locator("svg").evaluate(places)
    assert [text[0] for text in texts] == [text[0] for text in figure.evaluate(places)]
    assert all(text[-1] for text in texts)
    assert len(texts) > 10
