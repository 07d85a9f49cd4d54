"""Figures and tables as files for a paper: what is on the page is what is exported."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from markupsafe import Markup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from pingan_lib import Page
from pingan_lib.errors import PinganError, UsageError
from pingan_lib.exchange.citations import bibtex
from pingan_lib.paper import export_paper, print_pdf
from pingan_lib.paper.drawings import page_of_drawing, standalone_svg
from pingan_lib.paper.pages import plain_text, read_page
from pingan_lib.paper.tables import Cells, csv_bytes, latex, latex_text, read_cells
from pingan_lib.plots import stage_bars
from pingan_lib.report import page_html
from pingan_lib.words import Words

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"


def rows_of(page: Page) -> pd.DataFrame:
    """A table with what is hard to write elsewhere."""
    return pd.DataFrame(
        {
            "What": ["Settled & closed", "=SUM(A1)", "[50%] of_all"],
            "Figure": [
                page.number("kl_settlement_rate"),
                page.number("kl_disputes"),
                Markup('<ul class="reasons"><li>One.</li><li>Two</li><li>Three</li></ul>'),
            ],
            "Grade": [page.grade("not_comparable"), page.quote("kl_disputes"), "≤ 3 × “four”"],
            "Count": [1007, -4, 2.5],
        }
    )


def written(corpus, folder: Path, language="en", name="07_mine", *, more=(), tables=2) -> Path:
    """A finished page with a figure, and twice the same table."""
    page = Page(corpus, language)
    frame = pd.DataFrame(
        {"stage": ["输出", "b"] * 2, "group": ["凯里"] * 2 + ["B"] * 2, "count": [3, 1, 2, 12]}
    )
    shown = [
        page.plot(stage_bars, frame, "approaches.stages", "Most in 凯里: 输出, 3."),
        *[page.table(rows_of(page), "synthesis.stages") for _ in range(tables)],
        *more,
        page.cards(),
    ]
    cells = [
        new_code_cell("page", id=f"c{place}", outputs=[new_output("display_data", {"text/html": str(html)})])
        for place, html in enumerate(shown)
    ]
    title = "# 我的问题\n\n为什么？" if language == "zh" else "# My question\n\nWhy?"
    notebook = new_notebook(cells=[new_markdown_cell(title, id="opening"), *cells])
    path = folder / f"{name}{'' if language == 'en' else f'.{language}'}.html"
    path.write_text(page_html(notebook, language=language, source=f"{name}.ipynb"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def pages(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports") / "runs"
    folder.mkdir()
    return [written(corpus, folder, language) for language in ("en", "zh")]


@pytest.fixture(scope="module")
def paper(pages, corpus):
    """The folder, beside the folder of the pages."""
    out = pages[0].parents[1] / "paper"
    made = export_paper(pages, out, corpus, pdf=False)
    assert {path.relative_to(out) for path in made} == {
        path.relative_to(out) for path in out.rglob("*") if path.is_file()
    }
    return out


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_files_are_named_by_notebook_place_and_language(paper):
    assert names(paper) == [
        "README.txt",
        "articles.bib",
        "contents.csv",
        "figures",
        "sample.en.tex",
        "sample.zh.tex",
        "tables",
    ]
    assert names(paper / "figures") == [
        f"07_mine-figure-approaches-stages.{end}" for end in ("en.csv", "en.svg", "zh.csv", "zh.svg")
    ]
    assert names(paper / "tables") == [
        f"07_mine-table-synthesis-stages{second}.{end}"
        for second in ("-2", "")
        for end in ("en.csv", "en.tex", "zh.csv", "zh.tex")
    ]


# CSV


def test_a_table_as_csv(paper):
    content = (paper / "tables" / "07_mine-table-synthesis-stages.en.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")  # for Excel
    assert content.decode("utf-8-sig") == (
        "What,Figure,Grade,Count,sources\n"
        "Settled & closed,95.97%,not comparable,1007,kl_settlement_rate\n"
        "'=SUM(A1),2730,“截至目前,共调解各类矛盾纠纷2730件”,-4,kl_disputes\n"
        "[50%] of_all,One. Two; Three,≤ 3 × “four”,2.50,\n"
    ).replace("“截至目前,共调解各类矛盾纠纷2730件”", quoted())


def quoted() -> str:
    """The quote of a figure, read from the table apart; with a comma in it, it needs marks in CSV."""
    with (Path(__file__).parents[1] / "data" / "figures.csv").open(encoding="utf-8-sig") as file:
        quote = pd.read_csv(file, index_col="figure_id").loc["kl_disputes", "quote"]
    return f'"“{quote}”"' if "," in quote else f"“{quote}”"


def test_every_table_reads_back_as_it_stands_on_the_page(pages, paper):
    for path, language in zip(pages, ("en", "zh"), strict=True):
        (table, *_) = etree.HTML(path.read_text("utf-8")).xpath("//table[@id='table-synthesis-stages']")
        shown = [["".join(cell.itertext()) for cell in row.xpath("th|td")] for row in table.xpath(".//tr")]
        file = paper / "tables" / f"07_mine-table-synthesis-stages.{language}.csv"
        read = pd.read_csv(file, dtype=str, keep_default_na=False, header=None).to_numpy().tolist()
        plain = str.maketrans({"−": "-", ",": "", "“": "", "”": "", "'": ""})
        kept = [[cell.translate(plain) for cell in row[:-1]] for row in read]
        assert [row[:1] + row[2:] for row in kept] == [
            [cell.translate(plain) for cell in row[:1] + row[2:]] for row in shown
        ]


def test_a_figures_data_lies_beside_it(paper):
    read = pd.read_csv(paper / "figures" / "07_mine-figure-approaches-stages.en.csv", index_col=0)
    assert read["凯里"].to_dict() == {"输出": 3, "b": 1}
    assert read["B"].to_dict() == {"输出": 2, "b": 12}


@pytest.mark.parametrize(
    ("shown", "in_file"),
    [
        ("95.00", "95.00"),
        ("1,234,567.80", "1234567.80"),
        ("\u22124.05%", "-4.05%"),
        ("-4", "-4"),
        ("12,34", "12,34"),  # no number as it is grouped
        ("-4 or more", "'-4 or more"),
        ("+86", "'+86"),
        ("@cmd", "'@cmd"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\u2212x", "\u2212x"),
        ("2023-11-22", "2023-11-22"),
    ],
)
def test_numbers_are_for_machines_and_formulas_are_none(shown, in_file):
    content = csv_bytes(Cells(("a", "b"), ((shown, "x"),), ("",)), Words("en"))
    assert pd.read_csv(io.BytesIO(content), dtype=str)["a"].to_list() == [in_file]


CELL = st.text("安,\"'=+-@1.%−\n;", max_size=6)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=4))
def test_no_cell_is_lost_or_becomes_a_formula(rows):
    cells = Cells(("a", "b"), tuple(rows), ("",) * len(rows))
    read = pd.read_csv(io.BytesIO(csv_bytes(cells, Words("en"))), dtype=str, keep_default_na=False)
    for text, found in zip(sum(rows, ()), read.to_numpy().ravel(), strict=True):
        if found in (text, f"'{text}"):
            assert not found.startswith(("=", "+", "@")) and (
                found[:1] != "-" or float(found.strip("%")) <= 0
            )
        else:  # a number, as Python reads it
            assert float(found.strip("%")) == float(text.strip("%").replace(",", "").replace("−", "-"))


# LaTeX


def test_a_table_as_latex(paper):
    text = (paper / "tables" / "07_mine-table-synthesis-stages-2.en.tex").read_text("utf-8")
    quote = quoted().strip('"')[1:-1]
    assert text == (
        "% From the report “My question”, 07_mine.html.\n"
        "% Needs in the preamble: \\usepackage{booktabs,array}\n"
        "% It holds Chinese: compile with XeLaTeX or LuaLaTeX, and load \\usepackage[scheme=plain]{ctex}.\n"
        "\\begin{table}[htbp]\n"
        "\\centering\n"
        "\\footnotesize\n"
        "\\caption{Figures and words by kind}\n"
        "\\label{tab:07-mine-table-synthesis-stages-2}\n"
        "\\begin{tabular}{lllr}\n"
        "\\toprule\n"
        "\\textbf{What} & \\textbf{Figure} & \\textbf{Grade} & \\textbf{Count} \\\\\n"
        "\\midrule\n"
        "Settled \\& closed & 95.97\\% & not comparable & 1,007 \\\\\n"
        f"=SUM(A1) & 2,730 & “{quote}” & $-$4 \\\\\n"
        "{[}50\\%] of\\_all & One. Two; Three & $\\leq$ 3 $\\times$ ``four'' & 2.50 \\\\\n"
        "\\bottomrule\n"
        "\\end{tabular}\n"
        "\\end{table}\n"
    )


READ_AS = {  # what TeX prints for each, in the fonts of this century
    **{rf"\{character}": character for character in "&%$#_{}"},
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textquotedbl{}": '"',
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    "$-$": "−",
    r"$\leq$": "≤",
    "~": "\u00a0",
    "--": "–",
}


@given(st.text('安a1 \\{}~^$&#_%"<>|−≤–\u00a0“', max_size=12))
def test_every_character_stands_for_itself_in_latex(text):
    tokens = re.findall(r"\\[a-z]+\{\}|\$[^$]+\$|\\.|--|.", latex_text(text, "zh"))
    assert "".join(READ_AS.get(token, token) for token in tokens) == text


def test_quotation_marks_are_those_of_the_language():
    assert latex_text("“it’s” 5%…", "en") == r"``it's'' 5\%\dots{}"
    assert latex_text("“四治”", "en") == "“四治”"
    assert latex_text("“四治”……", "zh") == "“四治”……"


def test_a_long_table_runs_over_pages_with_its_head_on_each():
    cells = Cells(("甲", "乙"), tuple((f"{row}", "说明" * 40) for row in range(30)), ("",) * 30)
    text = latex(cells, "很长", "tab:long", Words("zh"), "取自")
    assert r"\usepackage{booktabs,array,longtable}" in text
    assert text.count(r"\textbf{甲} & \textbf{乙}") == 2  # on the first page and on the others
    assert text.count(r"\label{tab:long}") == 1
    assert "续下页" in text
    assert "Continued" not in text
    shares = [float(share) for share in re.findall(r"\\dimexpr([\d.]+)\\linewidth", text)]
    assert len(shares) == 2
    assert 0.98 < sum(shares) <= 1
    assert r">{\raggedleft\arraybackslash}p{\dimexpr0.0" in text  # the numbers, in little room


def test_braces_and_columns_are_balanced(paper):
    for path in (paper / "tables").glob("*.tex"):
        text = path.read_text("utf-8")
        bare = re.sub(r"\\[{}]", "", text)
        assert bare.count("{") == bare.count("}")
        (heads,) = re.findall(r"\\toprule\n(.*) \\\\\n", text)
        rows = re.findall(r"^(?!\\|%).* \\\\$", text, flags=re.MULTILINE)
        assert len(rows) == 3
        assert {len(re.findall(r"(?<!\\)&", row)) for row in [heads, *rows]} == {3}


# Figures


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_figure_stands_alone(pages, paper, language):
    path = paper / "figures" / f"07_mine-figure-approaches-stages.{language}.svg"
    root = etree.parse(path).getroot()
    assert root.tag == f"{SVG}svg"
    assert {"width", "height", "viewBox", "font-family"} <= set(root.attrib)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == language
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == Markup(Words(language)["approaches.stages"]).striptags()
    assert (root[1].tag, root[1].text) == (f"{SVG}desc", "Most in 凯里: 输出, 3.")
    assert {etree.QName(element).namespace for element in root.iter()} == {SVG.strip("{}")}
    ids = {element.get("id") for element in root.iter()} - {None}
    values = [value for element in root.iter() for value in element.attrib.values()]
    wanted = set(re.findall(r"url\(#([^)]+)\)", " ".join(values)))
    wanted |= {element.get(f"{XLINK}href").removeprefix("#") for element in root.iter(f"{SVG}use")}
    assert wanted
    assert wanted <= ids
    assert not re.search(r"var\(|currentColor|class=|href=\"#card|aria-|tabindex", path.read_text("utf-8"))


def test_a_figure_has_the_words_and_lines_of_the_page(pages, paper):
    for path, language in zip(pages, ("en", "zh"), strict=True):
        page = etree.HTML(path.read_text("utf-8"))
        file = etree.parse(paper / "figures" / f"07_mine-figure-approaches-stages.{language}.svg")
        (drawn,) = page.xpath("//figure//*[local-name()='svg']")
        assert [t.text for t in file.iter(f"{SVG}text")] == [
            t.text for t in drawn.iter() if t.tag.endswith("text")
        ]
        lines = [element.get("d") for element in file.iter(f"{SVG}path")]
        assert lines == [element.get("d") for element in drawn.iter() if element.tag == "path"]


def figure(inside: str):
    return BeautifulSoup(f'<figure class="plot">{inside}</figure>', "html.parser").figure


def test_names_get_their_capitals_back_and_links_go():
    drawn = figure(
        '<svg width="10pt" height="5pt" viewbox="0 0 10 5" aria-label="a &amp; b" role="group"><defs>'
        '<clippath id="p"><path d="M0 0"></path></clippath></defs><a class="number" href="#card-x" data-source="x"'
        ' font-size="9"><text textlength="3" lengthadjust="spacingAndGlyphs">1<tspan lang="zh">件</tspan></text></a>'
        '<use href="#p" clip-path="url(#p)"></use></svg>'
    )
    root = etree.fromstring(standalone_svg(drawn, title="T", language="en").encode())
    assert (root.get("viewBox"), root.find(f"{SVG}desc").text) == ("0 0 10 5", "a & b")
    assert root.find(f".//{SVG}clipPath").get("id") == "p"
    (group,) = root.findall(f"{SVG}g")
    assert dict(group.attrib) == {"data-source": "x", "font-size": "9"}
    (text,) = group
    assert dict(text.attrib) == {"textLength": "3", "lengthAdjust": "spacingAndGlyphs"}
    assert text[0].attrib.values() == ["zh"]
    assert root.find(f"{SVG}use").get(f"{XLINK}href") == "#p"


def test_an_image_of_pixels_becomes_a_drawing_of_its_size():
    import numpy as np
    from matplotlib.image import imread, imsave

    pixels = np.random.default_rng(7).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    imsave(buffer, pixels, format="webp", pil_kwargs={"lossless": True})
    data = base64.b64encode(buffer.getvalue()).decode()
    image = f'<img alt="Noise." width="3" height="2" src="data:image/webp;base64,{data}">'
    root = etree.fromstring(standalone_svg(figure(image), title="T", language="zh").encode())
    assert (root.get("viewBox"), root.find(f"{SVG}desc").text) == ("0 0 3 2", "Noise.")
    kind, _, png = root.find(f"{SVG}image").get(f"{XLINK}href").partition(",")
    assert kind == "data:image/png;base64"
    read = np.rint(255 * imread(io.BytesIO(base64.b64decode(png)), format="png"))[:, :, :3]
    assert read.tolist() == pixels.tolist()


def test_a_figure_without_a_drawing_is_told_by_its_name():
    with pytest.raises(PinganError, match="'Stages' holds no drawing"):
        standalone_svg(figure(""), title="Stages", language="en")
    with pytest.raises(PinganError, match="'Elsewhere' has no data"):
        standalone_svg(figure('<img alt="Elsewhere" src="x.png">'), title="Stages", language="en")


def test_a_figure_is_printed_on_paper_of_its_size():
    svg = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="548.4pt" height="40"/>'
    page = page_of_drawing(svg, title="<b>", language="zh")
    assert "size: 549pt 31pt" in page
    assert '<html lang="zh">' in page
    assert "<title>&lt;b&gt;</title>" in page


# The folder


def test_the_contents_lead_to_files_and_pages(pages, paper):
    contents = pd.read_csv(paper / "contents.csv")
    for _, row in contents.iterrows():
        assert all((paper / file).is_file() for file in row["files"].split(";"))
        page = BeautifulSoup((paper / row["page"]).read_text("utf-8"), "html.parser")
        found = page.find(id=row["anchor"])
        assert page.html["lang"] == row["language"]
        assert plain_text(found.find(["caption", "figcaption"])) == row["caption"]
    english = contents[contents["language"] == "en"]
    assert english[["kind", "number"]].to_numpy().tolist() == [["figure", 1], ["table", 1], ["table", 2]]
    listed = {file for files in contents["files"] for file in files.split(";")}
    assert listed == {path.relative_to(paper).as_posix() for path in paper.glob("*s/*.*")}


def test_citations_sample_and_readme_fit_the_files(corpus, paper):
    assert (paper / "articles.bib").read_text("utf-8") == bibtex(corpus)
    readme = (paper / "README.txt").read_text("utf-8")
    assert "SVG only" in readme
    assert "仅有 SVG" in readme
    for language in ("en", "zh"):
        sample = (paper / f"sample.{language}.tex").read_text("utf-8")
        inputs = re.findall(r"\\input\{(.+)\}", sample)
        assert len(inputs) == 2
        assert all((paper / name).is_file() for name in inputs)
        assert set(re.findall(r"\\nocite\{(.+)\}", sample)[0].split(",")) == set(corpus.articles.index)
        assert f"figures/07_mine-figure-approaches-stages.{language}.svg" in sample


def test_with_a_browser_figures_are_printed_too(pages, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr("pingan_lib.paper.export.pdfs_from_html", lambda pages: [b"%PDF" for _ in pages])
    made = export_paper(pages, tmp_path, corpus)
    name = "figures/07_mine-figure-approaches-stages.zh.pdf"
    assert tmp_path / name in made
    assert (tmp_path / name).read_bytes() == b"%PDF"
    contents = pd.read_csv(tmp_path / "contents.csv")
    assert [name in files for files in contents["files"]].count(True) == 1
    assert f"]{{{name}}}" in (tmp_path / "sample.zh.tex").read_text("utf-8")
    assert "SVG and as PDF" in (tmp_path / "README.txt").read_text("utf-8")


def test_without_a_browser_it_says_so_and_goes_on(pages, corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("PINGAN_CHROMIUM", raising=False)
    said = []
    made = export_paper(pages[:1], tmp_path, corpus, say=said.append)
    assert [path.name for path in made if path.suffix == ".pdf"] == []
    assert said[0].startswith("Figures are written as SVG only. A PDF needs Chromium")


def test_a_second_export_removes_what_is_no_longer_made_and_nothing_else(pages, corpus, tmp_path):
    out = tmp_path / "paper"
    export_paper(pages, out, corpus, pdf=False)
    (out / "figures" / "mine.svg").touch()
    (out / "draft.tex").touch()
    once = written(corpus, tmp_path, tables=1)
    export_paper([once], out, corpus, pdf=False)
    assert names(out / "figures") == [
        "07_mine-figure-approaches-stages.en.csv",
        "07_mine-figure-approaches-stages.en.svg",
        "mine.svg",
    ]
    assert names(out / "tables") == [f"07_mine-table-synthesis-stages.en.{end}" for end in ("csv", "tex")]
    assert (out / "draft.tex").exists()


@pytest.mark.parametrize(
    "listed", ["../outside.txt", "/etc/hostname", "figures/../../outside.txt", "README.md"]
)
def test_a_list_of_contents_removes_nothing_outside(pages, corpus, tmp_path, listed):
    out = tmp_path / "paper"
    out.mkdir()
    (tmp_path / "outside.txt").touch()
    (out / "README.md").touch()
    (out / "contents.csv").write_text(f"number,files\n1,{listed}\n")
    export_paper(pages[:1], out, corpus, pdf=False)
    assert (tmp_path / "outside.txt").exists()
    assert (out / "README.md").exists()


def test_the_same_pages_give_the_same_files(pages, corpus, paper, tmp_path):
    again = pages[0].parents[1] / "again"
    export_paper(pages, again, corpus, pdf=False)
    files = [path.relative_to(paper) for path in paper.rglob("*") if path.is_file()]
    assert all((again / file).read_bytes() == (paper / file).read_bytes() for file in files)


def test_two_pages_of_one_notebook_are_refused(pages, corpus, tmp_path):
    (tmp_path / "other").mkdir()
    other = written(corpus, tmp_path / "other")
    with pytest.raises(UsageError, match=r"07_mine\.html.*Export them to two folders"):
        export_paper([pages[0], other], tmp_path / "paper", corpus, pdf=False)
    assert not (tmp_path / "paper").exists()


def test_what_is_no_page_is_refused(corpus, tmp_path):
    foreign = tmp_path / "foreign.html"
    foreign.write_text("<p>Hello</p>")
    with pytest.raises(PinganError, match=r"foreign\.html is no page of a report"):
        export_paper([foreign], tmp_path / "paper", corpus)
    with pytest.raises(PinganError, match=r"missing\.html cannot be read"):
        export_paper([tmp_path / "missing.html"], tmp_path / "paper", corpus)


def test_tables_that_explain_a_card_or_a_figure_are_no_tables_of_the_page(corpus, tmp_path):
    table = "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
    more = [f'<article class="card">{table}</article>', f"<details>{table}</details>", table + table]
    page = read_page(written(corpus, tmp_path, more=more, tables=1))
    assert [(item.name, item.anchor) for item in page.items] == [
        ("figure-approaches-stages", "figure-approaches-stages"),
        ("table-synthesis-stages", "table-synthesis-stages"),
        ("table-c4", "out-c4"),  # of a cell
        ("table-c4-2", "out-c4"),
    ]


def test_short_rows_are_filled_up():
    html = (
        "<table><tr><th>a<th>b<tr><td>1<tr><td>2<td><a href='#card-x'>3</a> <a href='#card-x'>4</a></table>"
    )
    cells = read_cells(BeautifulSoup(etree.tostring(etree.HTML(html)), "html.parser").table)
    assert cells == Cells(("a", "b"), (("1", ""), ("2", "3 4")), ("", "x"))


# Pages as PDF


def test_a_page_is_printed_without_the_places_of_this_machine(pages, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(
        "pingan_lib.paper.printing.pdfs_from_html",
        lambda texts: [given.append(text) or b"%PDF" for text in texts],
    )
    page = tmp_path / "07_mine.zh.html"
    page.write_bytes(pages[1].read_bytes())
    assert 'href="07_mine.ipynb"' in page.read_text("utf-8")
    pdf = print_pdf(page)
    assert (pdf, pdf.read_bytes()) == (tmp_path / "07_mine.zh.pdf", b"%PDF")
    hrefs = {link["href"] for link in BeautifulSoup(given[0], "html.parser").find_all("a", href=True)}
    assert hrefs
    assert all(href.startswith(("#", "https://", "http://")) for href in hrefs)
    assert "#card-kl_disputes" in hrefs


def test_a_page_that_is_not_there_is_not_printed(tmp_path):
    with pytest.raises(UsageError, match="Cannot read"):
        print_pdf(tmp_path / "missing.html")
