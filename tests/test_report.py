"""An executed notebook becomes one page that needs nothing else; what would break it is found."""

from __future__ import annotations

import base64
import copy
import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from markupsafe import Markup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import pingan_lib
from pingan_lib.errors import RunError, UsageError
from pingan_lib.markup import PAGE_LIMIT, mark_chinese, page_problems
from pingan_lib.report import page_html, page_parts

PACKAGE = Path(pingan_lib.__file__).parent
PIXEL = "data:image/png;base64,iVBORw0KGgo="
SENTENCE = "截至目前,共调解各类矛盾纠纷2730件,调解成功率95.97%"


def pair(name, english, chinese):
    return [
        new_markdown_cell(english, id=f"{name}-en", metadata={"tags": ["en"]}),
        new_markdown_cell(chinese, id=f"{name}-zh", metadata={"tags": ["zh"]}),
    ]


def shown(name, html, source="page.show()"):
    return new_code_cell(source, id=name, outputs=[new_output("display_data", {"text/html": html})])


def card(name):
    return (
        f'<article class="card" id="card-{name}" tabindex="-1"><h3 class="card-title">95.97%</h3>'
        f'<blockquote class="passage" lang="zh">截至目前,<mark>{SENTENCE[5:]}</mark></blockquote>'
        '<dl><dt>Place</dt><dd>Kaili 凯里</dd></dl><p class="card-close"><a href="#_">Close</a></p></article>'
    )


SAID = (
    '<p class="said">Kaili (凯里) reports '
    '<a class="number" href="#card-kl_rate" data-source="kl_rate">95.97%</a>.</p>'
)
PARAMETERS = new_code_cell(
    'city_a: str = ""  # the first city\ncity_b: str = ""  # 第二个 city\nwidth = 3',
    id="parameters",
    metadata={"tags": ["parameters"]},
)
INJECTED = new_code_cell(
    '# Parameters\ncity_a = "kaili"\nfloor = -0.5', id="injected", metadata={"tags": ["injected-parameters"]}
)


def notebook(*, more=(), cards=True):
    return new_notebook(
        cells=[
            *pair("question", "# Outcomes\n\nWhat came of *it*?\n\nMore.", "# 成效\n\n成效如何?"),
            new_code_cell("import pandas as pd", id="imports"),
            PARAMETERS,
            INJECTED,
            shown("finding", SAID, "page.say('<b>')"),
            *pair("ledger", "## The ledger\n\nText.\n\n### A part", "## 台账\n\n文字。\n\n### 一部分"),
            *more,
            *pair("limits", "## Limits\n\nTwo cities are two cases.", "## 局限\n\n两个城市是两个案例。"),
            *([shown("cards", f'<section class="cards">{card("kl_rate")}</section>')] if cards else []),
        ]
    )


def stopped(trace="\x1b[31mKeyError\x1b[39m: 'anshun' <script>"):
    broken = new_code_cell(
        "compare()",
        id="compare",
        outputs=[new_output("error", ename="KeyError", evalue="'anshun'", traceback=["line 1", trace])],
    )
    return notebook(more=[broken], cards=False)


@pytest.fixture(scope="module")
def sound():
    return page_html(notebook(), language="en")


def soup_of(made, **options):
    return BeautifulSoup(page_html(made, **{"language": "en", **options}), "html.parser")


# One page a language, at the same places


def test_a_page_holds_the_cells_of_its_own_language():
    english, chinese = soup_of(notebook()), soup_of(notebook(), language="zh")
    assert (english.html["lang"], chinese.html["lang"]) == ("en", "zh")
    assert (english.title.text, chinese.title.text) == ("Outcomes", "成效")
    assert "台账" not in english.text
    assert "The ledger" not in chinese.text


def test_anchors_come_from_cell_ids_and_are_the_same_in_both_languages():
    anchors = [
        [
            heading["id"]
            for heading in soup_of(notebook(), language=language).select("h1, .text h2, .text h3[id]")
        ]
        for language in ("en", "zh")
    ]
    assert anchors[0] == ["question", "ledger", "ledger-2", "limits", "page-evidence", "page-made"]
    assert anchors[0] == anchors[1]


def test_the_contents_lead_to_each_second_level_heading_in_order():
    links = soup_of(notebook()).select("nav.contents a")
    assert [(link["href"], link.text) for link in links] == [
        ("#ledger", "The ledger"),
        ("#limits", "Limits"),
        ("#page-evidence", "Evidence"),
        ("#page-made", "How this page was made"),
    ]


def test_the_page_links_to_its_other_language_its_index_and_the_glossary():
    around = {
        "alternates": {"zh": "03.zh.html"},
        "home": "../../index.html",
        "glossary": "../../glossary.html",
    }
    links = soup_of(notebook(), **around).select("header.bar nav a")
    assert [(link["href"], link.text, link.get("hreflang")) for link in links] == [
        ("../../index.html", "All reports", None),
        ("../../glossary.html", "Glossary", None),
        ("03.zh.html", "中文", "zh"),
    ]
    assert soup_of(notebook()).select("header.bar nav a") == []


def test_an_unknown_language_is_refused():
    with pytest.raises(UsageError, match="'fr'"):
        page_html(notebook(), language="fr")


def test_the_first_cell_gives_title_and_question():
    parts = page_parts(notebook(), "en")
    assert (parts.title, parts.question, parts.error) == ("Outcomes", "What came of it?", None)
    assert page_parts(notebook(), "zh").question == "成效如何?"


def test_the_parameters_of_the_run_stand_in_place_of_the_defaults():
    assert [(each.name, each.value, each.help) for each in page_parts(notebook(), "en").parameters] == [
        ("city_a", "'kaili'", "the first city"),
        ("city_b", "''", "第二个 city"),
        ("width", "3", ""),
        ("floor", "-0.5", ""),
    ]
    rows = soup_of(notebook()).select(".made tbody tr")
    assert [cell.text for cell in rows[0].find_all(["th", "td"])] == ["city_a", "'kaili'", "the first city"]


def test_a_page_tells_what_made_it():
    provenance = [
        ("report.from_data", Markup('pingan, <code title="0123abcd">0123</code>')),
        ("report.from_notebook", "03 & <more>"),
    ]
    made = soup_of(
        notebook(), source="03.ipynb", provenance=provenance, facts=[("Date", "2025-01-31")]
    ).select_one(".made")
    assert [part.text for part in made.select("dt, dd")] == [
        *("Data", "pingan, 0123", "Notebook", "03 & <more>", "Date", "2025-01-31")
    ]
    assert made.find("a")["href"] == "03.ipynb"


def test_parameters_are_explained_in_the_language_of_the_page_where_the_words_are_known():
    made = notebook()
    made.cells[
        3
    ].source += '\nlanguage = "en"  # language of the prose: en or zh\npower = 0.8  # horses that pull it'
    rows = {
        row.th.text: (row.select("td")[1].text, row.select("td")[1].get("lang"))
        for row in soup_of(made, language="zh").select(".made tbody tr")
    }
    assert rows["language"] == ("正文语言：en或zh", None)
    assert rows["power"] == ("horses that pull it", "en"), "a word of the same name may mean something else"
    assert rows["city_a"] == ("the first city", "en")
    assert rows["width"] == ("", None)


def test_a_run_and_a_saved_notebook_with_the_same_values_give_the_same_page():
    def printed(*pieces):
        outputs = [new_output("stream", name="stdout", text=piece) for piece in pieces]
        return new_code_cell("print()", id="printed", outputs=outputs)

    injected, edited = notebook(more=[printed("a\n", "b\n")]), notebook(more=[printed("a\nb\n")])
    injected.cells[4].metadata["papermill"] = {"duration": 1.5}
    injected.metadata["papermill"] = {"parameters": {"city_a": "kaili"}}
    for count, cell in enumerate((cell for cell in edited.cells if cell.cell_type == "code"), start=7):
        cell.execution_count = count
    del edited.cells[4]
    edited.cells[3].source = (
        "# Where to look\ncity_a: str = 'kaili'  # the first city\n"
        'city_b: str = ""  # 第二个 city\nwidth = 3\nfloor: float = -0.50'
    )
    assert page_html(injected, language="en") == page_html(edited, language="en")


# The finding comes first, evidence and terms are linked


def found(*more):
    made = notebook(more=more)
    made.cells[5:6] = [*pair("finding", "## The finding\n\nIn short:", "## 结论\n\n简言之："), made.cells[5]]
    return made


def test_the_finding_stands_between_the_question_and_the_contents():
    page = soup_of(found())
    parts = page.main.find_all(True, recursive=False)
    assert [part["class"][0] for part in parts] == ["opening", "finding", "contents", "text"]
    finding = parts[1]
    assert finding["aria-labelledby"] == finding.h2["id"] == "finding"
    assert [part.text for part in finding.select("h2, p")] == [
        "The finding",
        "In short:",
        "Kaili (凯里) reports 95.97%.",
    ]
    assert page.select_one("nav.contents a")["href"] == "#finding"
    assert soup_of(notebook()).select(".finding") == []


def test_the_finding_ends_where_the_next_part_begins():
    made = found()
    del made.cells[8:12]  # no other heading: the cards follow
    page = soup_of(made)
    assert page.select_one(".finding .cards") is None
    assert page.select_one(".text .cards .card") is not None


def test_a_card_links_to_itself_and_to_where_it_is_first_cited():
    again = shown("again", SAID)
    page = soup_of(found(again))
    first, second = page.select("a.number")
    card_of = page.select_one("#card-kl_rate")
    assert first["id"] == "cited-kl_rate"
    assert "id" not in second.attrs
    assert (card_of.h3.a["href"], card_of.h3.text) == ("#card-kl_rate", "95.97%")
    assert [(link["href"], link.text) for link in card_of.select(".card-links a")] == [
        ("#card-kl_rate", "Link to this card"),
        ("#cited-kl_rate", "Where it is cited"),
    ]


def test_a_card_that_only_another_card_cites_has_no_way_back():
    citing = card("b").replace("Kaili", '<a href="#card-a">Kaili</a>')
    html = f'<section class="cards">{card("a")}{citing}</section>'
    page = soup_of(notebook(more=[shown("own", html)], cards=False), error="stopped")
    assert [link["href"] for link in page.select("#card-a .card-links a")] == ["#card-a"]


def test_the_first_use_of_a_term_leads_to_its_meaning():
    graded = (
        '<p><span class="grade grade-with_caution" data-term="grade.with_caution">with caution</span></p>'
    )
    unknown = '<p><span data-term="nothing.known">x</span></p>'
    page = soup_of(notebook(more=[shown("a", graded), shown("b", graded), shown("c", unknown)]))
    links = page.select("a.term")
    assert [link["href"] for link in links] == ["#term-grade.with_caution"]
    assert page.find(id="term-grade.with_caution").find_parent("section").find_next_sibling("section")[
        "class"
    ] == ["made"]
    assert page.select("nav.contents a")[-2]["href"] == "#page-terms"
    assert soup_of(notebook()).find(id="page-terms") is None


# Code, outputs, errors


def test_code_waits_behind_a_closed_lid_and_cells_without_output_share_one():
    page = soup_of(found(new_code_cell("silent = 1", id="silent"), new_code_cell("", id="empty")))
    lids = page.select("details.code")
    assert not any(lid.has_attr("open") for lid in lids)
    assert [[pre.text.splitlines()[0] for pre in lid.find_all("pre")] for lid in lids] == [
        ["import pandas as pd", "page.say('<b>')"],
        ["silent = 1", "page.show()"],
    ], "the code of the parameters is left out: the table says what they were"
    assert [cell["id"] for cell in page.select("div.cell")] == ["out-finding", "out-cards"]
    assert page.select_one("#page-code").has_attr("hidden"), "the button is there only where the script runs"


def test_what_article_texts_contain_appears_as_text():
    html = '<blockquote class="passage" lang="zh">&lt;script&gt;alert(1)&lt;/script&gt;</blockquote>'
    page = soup_of(notebook(more=[shown("text", html)]))
    assert page.select_one("#out-text blockquote").text == "<script>alert(1)</script>"
    assert len(page.find_all("script")) == 1


def test_an_output_with_a_script_of_its_own_is_refused():
    with pytest.raises(RunError, match=r"(?s)policy does not allow <script>.*alert"):
        page_html(notebook(more=[shown("x", "<script>alert(1)</script>")]), language="en")


def test_an_error_is_shown_without_terminal_colours_and_names_the_page_incomplete():
    page = soup_of(stopped())
    assert page.select_one("#out-compare .error pre").text == "line 1\nKeyError: 'anshun' <script>"
    notice = page.select_one(".opening .notice")
    assert notice.strong.text == "This report is incomplete."
    assert (notice.a["href"], notice.a.text) == ("#out-compare", "KeyError: 'anshun'")
    assert page_parts(stopped(), "en").error == "KeyError: 'anshun'"


def test_an_incomplete_page_has_no_link_to_a_card_that_was_not_made():
    number = soup_of(stopped()).select_one("a.number")
    assert number.text == "95.97%"
    assert not number.has_attr("href")


def test_a_kernel_that_died_is_told_though_no_cell_shows_it():
    page = soup_of(notebook(cards=False), error="the kernel died")
    assert page.select_one(".notice code").text == "the kernel died"


def test_the_cells_that_papermill_adds_to_a_failed_notebook_are_left_out():
    made = stopped()
    tags = {"tags": ["papermill-error-cell-tag"]}
    made.cells.insert(0, new_markdown_cell('<span style="color:red">An Exception</span>', metadata=tags))
    assert "An Exception" not in soup_of(made).text
    assert page_parts(made, "en").title == "Outcomes"


def test_a_data_frame_loses_its_styling_and_gains_a_frame_that_scrolls():
    frame = (
        '<style scoped>td {color: red}</style><table border="1" class="dataframe"><thead>'
        '<tr style="text-align: right;"><th></th><th>n</th><th>name</th><th>day</th></tr></thead>'
        "<tbody><tr><th>a</th><td>1,024</td><td>x</td><td>2024-04-03</td></tr>"
        "<tr><th>b</th><td>95.97%</td><td>7</td><td></td></tr></tbody></table>"
    )
    page = soup_of(notebook(more=[shown("frame", frame)]))
    table = page.select_one("#out-frame .table-scroll[tabindex='0'][role=region][aria-label] > table.grid")
    assert [cell.text for cell in table.select(".num")] == ["n", "1,024", "95.97%"]
    assert [cell.text for cell in table.select(".date")] == ["day", "2024-04-03", ""]
    assert [cell["scope"] for cell in table.select("th")] == ["col"] * 4 + ["row"] * 2
    assert len(page.find_all("style")) == 1
    assert page.find(style=True) is None


def test_pictures_take_their_alternative_text_from_the_output():
    data = {"image/svg+xml": "<svg/>", "text/plain": "<Figure>"}
    cell = new_code_cell("plot()", id="plot", outputs=[new_output("display_data", data)])
    with pytest.raises(RunError, match="no text alternative"):
        page_html(notebook(more=[cell]), language="en")
    cell.outputs[0].metadata = {"alt": 'A "line"'}
    image = soup_of(notebook(more=[cell])).select_one("#out-plot img")
    assert image["alt"] == 'A "line"'
    assert base64.b64decode(image["src"].removeprefix("data:image/svg+xml;base64,")) == b"<svg/>"


def test_columns_of_longer_texts_are_told_to_a_narrow_screen():
    rows = [["a", "What two dozen letters say", "字" * 30], ["b", "short", "短"]]
    body = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
    page = soup_of(
        notebook(more=[shown("t", f"<table><tr><th>a</th><th>b</th><th>c</th></tr>{body}</table>")])
    )
    assert [head.get("class") for head in page.select("#out-t th")] == [None, ["wide"], ["widest"]]


def test_an_output_that_is_text_alone_is_shown():
    page = soup_of(notebook(more=[shown("bare", "1 &lt; 2")]))
    assert page.select_one("#out-bare").find(string=re.compile("1 < 2"))
    assert page.select_one("#out-bare details.code")


@pytest.mark.parametrize(
    "broken", ["<!-- open", "<div><table><tr><td>1", "<p>a</div></div></body></html>", "<b>"]
)
def test_a_broken_output_leaves_the_cells_after_it_as_they_are(broken):
    before, after = (
        soup_of(notebook(more=more))
        for more in ([], [shown("broken", broken), new_code_cell("", id="empty")])
    )
    for heading in ("#limits", "#page-evidence"):
        assert (
            after.select_one(f".text > div > {heading}, .text {heading}").text
            == before.select_one(heading).text
        )
    limits = [page.select_one("#limits").parent for page in (before, after)]
    assert str(limits[0]) == str(limits[1])
    assert limits[1].parent["class"] == ["text"]


def test_a_column_of_numbers_keeps_its_class_under_a_long_heading():
    table = (
        "<table><thead><tr><th>place</th><th>how many were settled in all</th></tr></thead>"
        "<tbody><tr><th>a</th><td>12</td></tr></tbody></table>"
    )
    heads = soup_of(notebook(more=[shown("t", table)])).select("#out-t thead th")
    assert [head.get("class") for head in heads] == [None, ["num", "wide"]]


def test_a_widget_is_shown_by_its_still_version():
    data = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/html": "<p>still</p>"}
    cell = new_code_cell("explore()", id="w", outputs=[new_output("display_data", data)])
    assert soup_of(notebook(more=[cell])).select_one("#out-w p").text == "still"


def test_text_that_a_cell_prints_is_escaped():
    outputs = [
        new_output("stream", name="stdout", text="\x1b[1m<b>\x1b[0m\n"),
        new_output("execute_result", {"text/plain": "<Corpus>"}, execution_count=1),
    ]
    page = soup_of(notebook(more=[new_code_cell("corpus", id="p", outputs=outputs)]))
    assert [pre.text.strip() for pre in page.select("#out-p pre.stream")] == ["<b>", "<Corpus>"]


def test_the_cards_have_a_heading_unless_the_notebook_gives_one():
    made = notebook()
    made.cells[-1:-1] = pair("sources", "## Sources", "## 依据")
    assert soup_of(notebook()).select_one(".cards").find_previous("h2").text == "Evidence"
    assert soup_of(made).select_one(".cards").find_previous("h2").text == "Sources"


# Chinese in an English page


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Kaili (凯里) reports", "Kaili (<zh>凯里</zh>) reports"),
        ("as 8亿余元, or", "as 8<zh>亿余元</zh>, or"),
        ("says 调解2730件,成功95.97%、全国。 So", "says <zh>调解2730件,成功95.97%、全国。</zh> So"),
        ("the “凯里” of", "the “<zh>凯里</zh>” of"),
        ("in “平安凯里”建设 of", "in <zh>“平安凯里”建设</zh> of"),
        ("in 建设“平安凯里” of", "in <zh>建设“平安凯里”</zh> of"),
        ("凯里, Kaili, 安顺", "<zh>凯里</zh>, Kaili, <zh>安顺</zh>"),
        ("《条例》 & <b>", "<zh>《条例》</zh> &amp; &lt;b&gt;"),
        ("no Chinese, 1+8+N", "no Chinese, 1+8+N"),
    ],
)
def test_runs_of_chinese_are_marked(text, marked):
    assert str(mark_chinese(text)).replace('<span lang="zh">', "<zh>").replace("</span>", "</zh>") == marked


def test_chinese_is_marked_once_in_prose_in_code_and_in_what_code_printed():
    code = new_code_cell("city = '凯里'", id="code", outputs=[new_output("stream", text="安顺")])
    page = soup_of(notebook(more=[code]))
    marked = [span.text for span in page.select(".text span[lang=zh]")]
    assert [text for text in marked if text in ("安顺", "第二个")] == ["安顺", "第二个"]
    assert len(marked) == 5 and not page.select("span[lang=zh] span[lang=zh]")
    assert soup_of(notebook(), language="zh").select("span[lang=zh]") == []


# The page stands on its own


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_is_sound_and_the_same_each_time(language):
    made = notebook()
    before = copy.deepcopy(made)
    html = page_html(made, language=language)
    assert html == page_html(made, language=language)
    assert made == before
    assert page_problems(html) == []
    assert not re.findall(r"https?://|//[a-z]", html.replace("// ", ""))


def test_the_policy_allows_this_style_and_this_script_and_nothing_else():
    page = soup_of(notebook())
    rules = dict(
        rule.split(" ", 1) for rule in page.find("meta", {"http-equiv": True})["content"].split("; ")
    )
    for name in ("style", "script"):
        digest = hashlib.sha256(page.find(name).string.encode()).digest()
        assert rules.pop(f"{name}-src") == f"'sha256-{base64.b64encode(digest).decode()}'"
    none = "'none'"
    assert rules == {"default-src": none, "img-src": "data:", "base-uri": none, "form-action": none}


@pytest.mark.parametrize(
    ("planted", "problem"),
    [
        (f'<img src="{PIXEL}">', "no text alternative"),
        (f'<img src="{PIXEL}" alt=" ">', "no text alternative"),
        ("<svg></svg>", "A drawing has no text alternative: <svg>"),
        ('<svg role="img"><g><title>of a part</title></g></svg>', "A drawing has no text alternative"),
        ('<svg aria-label="no role"></svg>', "A drawing has no text alternative"),
        (f'<img src="{PIXEL}" alt="No description has been provided for this image">', "no text alternative"),
        ('<img src="https://example.org/a.png" alt="a">', "src would be fetched"),
        ('<img src="//example.org/a.png" alt="a">', "src would be fetched"),
        ('<img src="a.png" alt="a">', "src would be fetched"),
        (f'<img src="{PIXEL}" srcset="b.png 2x" alt="a">', "srcset would be fetched"),
        ('<link rel="stylesheet" href="http://example.org/a.css">', "href would be fetched"),
        ("<style>@import 'a.css';</style>", "would fetch @import 'a.css'"),
        ("<style>p {background: url(//example.org/a)}</style>", r"would fetch url\(//example"),
        ("<style>p {color: red}</style>", "policy does not allow <style>"),
        ("<script>alert(1)</script>", "policy does not allow <script>"),
        ('<p style="color: red">a</p>', "refuses the attribute style"),
        ('<p onclick="alert(1)">a</p>', "refuses the attribute onclick"),
        ('<a href="javascript:alert(1)">a</a>', "runs a script"),
        ('<meta http-equiv="refresh" content="0; url=a">', "sends its reader elsewhere"),
        ('<a href="#nowhere">there</a>', "leads nowhere: .*'there'"),
        ("<h1>Again</h1>", "one first heading; here are 2"),
        ("<h4>Deep</h5>", "skips a level: .*'Deep'"),
        ('<p id="limits">a</p>', "id 'limits' stands 2 times"),
    ],
)
def test_what_is_planted_is_found(sound, planted, problem):
    found = page_problems(sound.replace("</main>", f"{planted}</main>"))
    assert len(found) == 1 + ("would fetch" in problem), "such a style is against the policy too"
    assert re.search(problem, found[0])


@pytest.mark.parametrize(
    "harmless",
    [
        '<a href="https://example.org/article">the article</a>',
        '<a href="#_">Close</a>',
        f'<img src="{PIXEL}" alt="A dot">',
        '<svg role="img" aria-label="A line"><svg></svg></svg>',
        '<svg role="group"><title>A line</title></svg>',
        '<svg aria-hidden="true"></svg>',
        "<p>url(a.png) @import</p>",
    ],
)
def test_what_does_no_harm_is_let_pass(sound, harmless):
    assert page_problems(sound.replace("</main>", f"{harmless}</main>")) == []


def test_a_page_without_policy_or_first_heading_is_found():
    first, second = page_problems("<h2>a</h2>")[::2]
    assert "no content security policy" in first
    assert "skips a level" in second


def test_a_page_over_the_limit_names_what_makes_it_large(sound):
    drawing = f'<svg role="img" aria-label="A long line"><path d="{"M0 0 " * 60_000}"/></svg>'
    table = f"<table><caption>Many rows</caption>{'<tr><td>1</td></tr>' * 5_000}</table>"
    image = f'<img alt="A dot" src="data:image/png;base64,{"A" * 50_000}">'
    filled = sound.replace("</main>", f"{drawing}{table}{image}</main>")
    (problem,) = page_problems(filled)
    weight = len(filled.encode()) / 1024
    assert problem.startswith(
        f"The page has {weight:,.1f} KB, {weight - 400:,.1f} KB over the limit of 400 KB."
    )
    parts = re.findall(
        r"(the figure '[^']*'|the table '[^']*'|\d+ [a-z ]+) (\d+) KB", problem.partition("Largest:")[2]
    )
    assert [name for name, _ in parts][:5] == [
        *("the figure 'A long line'", "the table 'Many rows'", "the figure 'A dot'", "1 styles", "1 scripts")
    ]
    assert [int(size) for _, size in parts[:3]] == [
        round(len(each) / 1024) for each in (drawing, table, image)
    ]
    spare = PAGE_LIMIT - len(sound.encode())
    assert page_problems(sound + " " * spare) == []
    assert len(page_problems(sound + " " * (spare + 1))) == 1


def test_the_export_lists_every_problem():
    more = [shown("bad", '<img src="a.png"><a href="#card-none">1</a>')]
    with pytest.raises(RunError, match="3 problems in the page 'Outcomes'"):
        page_html(notebook(more=more), language="en")


# Words and colours


def test_every_word_of_the_pages_is_used_and_given_in_both_languages():
    words = tomllib.loads((PACKAGE / "words" / "report.toml").read_text("utf-8"))["report"]
    sources = [
        *(PACKAGE / "templates" / "report").glob("*.j2"),
        *(PACKAGE / name for name in ("report.py", "cells.py")),
        *(PACKAGE / "runs").glob("*.py"),
    ]
    used = {
        key
        for file in sources
        for key in re.findall(r"""["']report\.(\w+)["']""", file.read_text("utf-8"))
        if key not in ("css", "js")
    }
    assert used == set(words)
    assert all(set(entry) == {"en", "zh"} for entry in words.values())


def luminance(colour):
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_keep_the_contrast_that_wcag_aa_asks_for(theme):
    css = (PACKAGE / "templates" / "report" / "report.css").read_text("utf-8")
    blocks = [
        dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in re.findall(r":root \{[^}]*\}", css)
    ]
    colours = blocks[theme]
    for front, back, least in [
        *(
            (name, ground, 4.5)
            for name in ("ink", "quiet", "link", "alert")
            for ground in ("paper", "raised")
        ),
        ("mark-ink", "mark", 4.5),
        ("focus", "paper", 3),
        ("rule-strong", "paper", 3),
    ]:
        high, low = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= least, f"{front} on {back}"
