"""What changed between two runs: pages taken apart, compared, and told in a terminal and on a page."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from unicodedata import east_asian_width

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pingan_lib.cli import main
from pingan_lib.differences import (
    Change,
    changes,
    compare_runs,
    differences_html,
    read_contents,
    terminal_text,
)
from pingan_lib.differences.terminal import table, text_width, wrapped
from pingan_lib.differences.wording import excerpt, pieces
from pingan_lib.manifest import Manifest, write_manifest
from pingan_lib.markup import numbers_without_source

# An invented city's page, with the hooks that pages of reports have.
PAGE = """<!DOCTYPE html><html lang="en"><body><main>
<header class="opening"><h1 id="question">Which figures can be compared</h1>
<p>Which may be set side by side?</p></header>
<nav class="contents"><h2>Contents</h2><ol><li>The finding</li></ol></nav>
<div class="text">
<div class="prose"><h2 id="finding">The finding</h2></div>
<div class="cell" id="out-finding"><details class="code"><summary>Code</summary><pre>page.say("finding")
</pre></details>
<p class="said">Of <data class="count" data-source="count:finding.pairs" value="17">17</data> pairs, the rate of Xugou,
<a class="number" data-source="xg_rate" href="#card-xg_rate">93.88%</a>, is compared.</p>
<ul class="tally" data-tally="verdict"><li><span class="verdict verdict-consistent">consistent</span>
<data>1</data></li><li><span class="verdict verdict-inconsistent">inconsistent</span> <data>0</data></li></ul></div>
<div class="cell" id="out-shares"><div class="table-scroll"><table class="grid"><caption>Percentages</caption>
<thead><tr><th>Figure</th><th>Bounds</th><th>Verdict</th></tr></thead><tbody>
<tr><th>Rate of Xugou (93.88%)</th><td>from 93.875 to 93.885</td><td><span class="verdict">consistent</span></td></tr>
<tr><th>Rate of Xuzhi (95%)</th><td>from 94.5 to 95.5</td><td><span class="verdict">not testable</span></td></tr>
</tbody></table></div></div>
<div class="cell" id="out-cards">
<article class="card" id="card-xg_rate"><h3 class="card-title"><span class="card-number">
93.88%</span> Rate of Xugou</h3><blockquote class="passage">成功率达<mark>93.88%</mark>。</blockquote>
<dl><dt>Bounds: what it allows</dt><dd>from 93.875 to 93.885</dd>
<dt>Does it hold?</dt><dd><span class="verdict">Consistent</span>.</dd></dl>
<p class="card-close"><a href="#_">Close</a></p></article></div>
<section class="made"><h2 id="page-made">How this page was made</h2><p>By a run.</p></section>
</div></main></body></html>"""


def manifest(page, **others):
    """The manifest of a run with this English page; None for one that failed."""
    failed = page is None
    digest = None if failed else hashlib.sha256(page.encode()).hexdigest()
    execution = {
        "status": "failed" if failed else "done",
        "message": "KeyError in cell 'pairs'" if failed else "",
        "started": "2026-11-22T07:00:00Z",
        "ended": "2026-11-22T07:00:09Z",
        "seconds": 9.0,
        "notebook": "03_outcomes.failed.ipynb" if failed else "03_outcomes.ipynb",
        "page": None if failed else "03_outcomes.html",
        "page_sha256": digest,
        "page_bytes": None if failed else len(page.encode()),
        "title": "Which figures can be compared",
        "question": "",
        "findings": [],
        "tallies": {},
        "cells": [],
    }
    found = Manifest(
        format="pingan-run/1",
        run="03_outcomes-11111111",
        key="1" * 64,
        status=execution["status"],
        message=execution["message"],
        notebook={
            "name": "03_outcomes.ipynb",
            "path": "notebooks/03_outcomes.ipynb",
            "kind": "report",
            "sha256": "aa" * 32,
        },
        parameters={"rounding": "nearest", "confidence": 0.95, "city_a": ""},
        given=[],
        cities=[{"id": "xugou", "en": "Xugou", "zh": "虚构市"}],
        data={
            "name": "cities",
            "version": "1.0.0",
            "sha256": "dd" * 32,
            "files": {"data/figures.csv": "f1" * 32, "data/places.csv": "a1" * 32},
            "articles": [],
        },
        library={"name": "pingan_lib", "version": "0.1.0", "sha256": "bb" * 32},
        lock={"path": "requirements.lock", "sha256": "cc" * 32},
        versions={"python": "3.11.2", "pandas": "3.1.1"},
        system="Linux x86_64",
        source_date_epoch=None,
        started="2026-11-22T07:00:00Z",
        ended="2026-11-22T07:00:09Z",
        seconds=9.0,
        executions={"en": execution},
    )
    return replace(found, **others)


@pytest.fixture
def kept(tmp_path):
    """Keep a run below a folder of reports; its folder is returned."""

    def keep(page, reports="reports", **others):
        found = manifest(page, **others)
        folder = tmp_path / reports / "runs" / found.run
        folder.mkdir(parents=True)
        write_manifest(found, folder)
        if page is not None:
            (folder / "03_outcomes.html").write_text(page, "utf-8")
        return folder

    return keep


def told(before, after):
    return [
        (each.part, each.what, each.where, each.before, each.after)
        for each in changes(read_contents(before), read_contents(after))
    ]


def test_a_page_is_taken_apart():
    found = read_contents(PAGE)
    assert [(each.section, each.text) for each in found.said] == [
        ("Which figures can be compared", "Which figures can be compared"),
        ("Which figures can be compared", "Which may be set side by side?"),
        ("The finding", "The finding"),
        ("The finding", "Of 17 pairs, the rate of Xugou, 93.88%, is compared."),
    ]
    assert found.numbers == {"count:finding.pairs": ("17",), "xg_rate": ("93.88%",)}
    assert found.tallies == {"consistent": "1", "inconsistent": "0"}
    assert found.code == {"finding": 'page.say("finding")'}
    card = found.cards["xg_rate"]
    assert card.title == "Rate of Xugou"
    assert card.facts == {
        "": "成功率达93.88%。",
        "Bounds: what it allows": "from 93.875 to 93.885",
        "Does it hold?": "Consistent.",
    }
    assert card.judged == {"Does it hold?"}
    (grid,) = found.grids.values()
    assert (grid.caption, len(grid.rows)) == ("Percentages", 2)
    assert grid.rows[1].cells == {
        "Figure": "Rate of Xuzhi (95%)",
        "Bounds": "from 94.5 to 95.5",
        "Verdict": "not testable",
    }


def test_a_figure_that_changed_is_told_by_its_card_and_the_row_is_known_by_its_name():
    after = PAGE.replace("93.88%", "93.89%").replace("93.875 to 93.885", "93.885 to 93.895")
    bounds = ("from 93.875 to 93.885", "from 93.885 to 93.895")
    assert told(PAGE, after) == [
        ("figures", "Rate of Xugou", "xg_rate", "93.88%", "93.89%"),
        ("figures", "Rate of Xugou", "", "成功率达93.88%。", "成功率达93.89%。"),
        ("figures", "Rate of Xugou", "Bounds: what it allows", *bounds),
        (
            "texts",
            "The finding",
            "",
            "Of 17 pairs, the rate of Xugou, 93.88%, is compared.",
            "Of 17 pairs, the rate of Xugou, 93.89%, is compared.",
        ),
        (
            "tables",
            "Rate of Xugou (93.89%)",
            "Figure",
            "Rate of Xugou (93.88%)",
            "Rate of Xugou (93.89%)",
        ),
        ("tables", "Rate of Xugou (93.89%)", "Bounds", *bounds),
    ]
    found = changes(read_contents(PAGE), read_contents(after))
    # the last one says what the card says
    assert [each.repeats for each in found] == [False] * 5 + [True]


def test_a_verdict_is_a_judgement_wherever_it_stands():
    after = PAGE.replace(">consistent</span></td>", ">inconsistent</span></td>")
    after = after.replace(">Consistent<", ">Inconsistent<")
    after = after.replace("<data>1</data>", "<data>@</data>").replace("<data>0</data>", "<data>1</data>")
    after = after.replace("<data>@</data>", "<data>0</data>")
    assert told(PAGE, after) == [
        ("tallies", "consistent", "", "1", "0"),
        ("tallies", "inconsistent", "", "0", "1"),
        ("judgements", "Rate of Xugou", "Does it hold?", "Consistent.", "Inconsistent."),
        ("judgements", "Rate of Xugou (93.88%)", "Verdict", "consistent", "inconsistent"),
    ]


def test_rows_and_cards_that_come_and_go():
    row = PAGE[PAGE.index("<tr><th>Rate of Xuzhi") : PAGE.index("</tbody>")]
    assert told(PAGE, PAGE.replace(row, "")) == [
        ("tables", "Rate of Xuzhi (95%)", "", "from 94.5 to 95.5 | not testable", None)
    ]
    card = PAGE[PAGE.index("<article") : PAGE.index("</article>")]
    assert told(PAGE.replace(card, ""), PAGE)[0] == (
        "figures",
        "Rate of Xugou",
        "xg_rate",
        None,
        "成功率达93.88%。",
    )


def test_rows_of_one_name_are_paired_by_what_they_share():
    row = "<tr><th>Lawyers</th><td>{}</td><td>{}</td></tr>"
    rows = [("city", "a"), ("district", "b"), ("village", "c")]
    after = [("district", "b"), ("village", "d"), ("city", "a")]

    def page(rows):
        return PAGE.replace("</tbody>", "".join(row.format(*each) for each in rows) + "</tbody>")

    assert told(page(rows), page(after)) == [("tables", "Lawyers", "Verdict", "c", "d")]


@pytest.mark.parametrize(
    ("before", "after", "marked"),
    [
        ("9 cannot be tested.", "10 cannot be tested.", ("[9] cannot be tested.", "[10] cannot be tested.")),
        ("至少为145人", "至少为109人", ("至少为[145]人", "至少为[109]人")),
        ("Growth of −26.4%", "Growth of −26.3%", ("Growth of [−26.4%]", "Growth of [−26.3%]")),
        ("the same", "the same", ("the same", "the same")),
        ("one thing", "quite another", ("[one thing]", "[quite another]")),
        ("", "new", ("", "[new]")),
    ],
)
def test_words_that_changed(before, after, marked):
    sides = pieces(before, after)
    shown = ("".join(f"[{each.text}]" if each.changed else each.text for each in side) for side in sides)
    assert tuple(shown) == marked


@given(st.text("ab 1.9%一二，\n", max_size=40), st.text("ab 1.9%一二，\n", max_size=40))
def test_pieces_make_up_the_texts_and_leave_what_is_shared(before, after):
    old, new = pieces(before, after)
    assert ("".join(each.text for each in old), "".join(each.text for each in new)) == (before, after)
    shared = ["".join(each.text for each in side if not each.changed) for side in (old, new)]
    assert shared[0] == shared[1]
    assert all(each.text in excerpt(side) for side in (old, new) for each in side if each.changed)


def test_an_excerpt_keeps_the_words_around_a_change():
    before, after = (
        f"{'a long beginning ' * 9}and {number} of them {'to the end ' * 9}" for number in (3, 4)
    )
    old, new = pieces(before, after)
    assert excerpt(old) == "…a long beginning and 3 of them to the…"
    assert excerpt(new) == "…a long beginning and 4 of them to the…"


@given(st.text("ab cd,。（）以上元", max_size=60), st.integers(2, 30))
def test_wrapping_loses_nothing_and_fits(text, width):
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert sum(2 if east_asian_width(each) in "WF" else 1 for each in line) <= width


def test_a_stop_does_not_begin_a_line():
    assert wrapped("不足4,000（元）的数字，以及（甲）。", 20) == ["不足4,000（元）的数", "字，以及（甲）。"]
    assert wrapped("from 93.875 to 93.885 (% change)", 16) == ["from 93.875 to", "93.885 (%", "change)"]


def test_a_table_is_aligned_where_characters_are_wide():
    rows = [["项目", "Before", "之后"], ["一名调解员2021年调解成功率", "93.88%", "93.89%"]]
    assert list(table(rows, 44)) == [
        "  项目                        Before  之后",
        "  ──────────────────────────  ──────  ──────",
        "  一名调解员2021年调解成功率  93.88%  93.89%",
    ]
    narrow = list(table(rows, 34))
    assert narrow[2:] == [
        "  一名调解员2021年  93.88%  93.89%",
        "  调解成功率",
    ]
    assert max(map(text_width, narrow)) <= 34


def test_identical_runs_are_one_line(kept):
    folder = kept(PAGE)
    difference = compare_runs(folder, folder)
    assert difference.same_page
    assert difference.changes == ()
    assert terminal_text(difference, 100) == (
        "Identical pages: 03_outcomes-11111111 and 03_outcomes-11111111, byte for byte."
    )


def test_what_went_in_comes_first(kept):
    first = kept(PAGE)
    second = kept(
        PAGE,
        "later",
        run="03_outcomes-22222222",
        parameters={"rounding": "truncate", "confidence": 0.95, "city_a": "xuzhi"},
        cities=[{"id": "xuzhi", "en": "Xuzhi", "zh": "虚指市"}],
        data={
            **manifest(PAGE).data,
            "files": {"data/figures.csv": "f2" * 32, "data/statements.csv": "a3" * 32},
        },
        library={"name": "pingan_lib", "version": "0.2.0", "sha256": "ee" * 32},
        lock=None,
        versions={"python": "3.11.2", "pandas": "3.2.0"},
        source_date_epoch=1_700_000_000,
    )
    difference = compare_runs(first, second)
    assert [(each.part, each.what, each.before, each.after) for each in difference.changes] == [
        ("parameters", "rounding", "nearest", "truncate"),
        ("parameters", "city_a", '""', "xuzhi"),
        ("parameters", "cities compared", "Xugou", "Xuzhi"),
        ("data", "data/figures.csv", "f1" * 6, "f2" * 6),
        ("data", "data/places.csv", "a1" * 6, None),
        ("data", "data/statements.csv", None, "a3" * 6),
        ("software", "pingan_lib", f"0.1.0 ({'bb' * 6})", f"0.2.0 ({'ee' * 6})"),
        ("software", "requirements.lock", "cc" * 6, None),
        ("software", "pandas", "3.1.1", "3.2.0"),
        ("software", "SOURCE_DATE_EPOCH", None, "1700000000"),
    ]
    assert (difference.inputs, difference.results) == (10, 0)
    lines = terminal_text(difference, 80).splitlines()
    assert " ".join(lines[:2]).endswith("inputs changed: 10; results changed: 0.")
    assert lines[2].startswith("Identical pages")
    assert "  rounding         nearest  truncate" in lines


def test_cells_of_a_notebook_that_changed_are_told_by_their_code(kept):
    notebook = {**manifest(PAGE).notebook, "sha256": "ab" * 32}
    changed = PAGE.replace('page.say("finding")', 'page.say("finding", n=1)')
    found = compare_runs(kept(PAGE), kept(changed, "later", notebook=notebook)).of("notebook")
    assert found == [
        Change("notebook", "03_outcomes.ipynb", "its cells, SHA-256", "aa" * 6, "ab" * 6),
        Change("notebook", "finding", "code of the cell", 'page.say("finding")', 'page.say("finding", n=1)'),
    ]


def test_a_run_that_failed_is_compared_as_far_as_it_goes(kept):
    difference = compare_runs(kept(PAGE), kept(None, "later", parameters={"rounding": "any"}))
    assert not difference.same_page
    assert {each.part for each in difference.changes} == {"parameters", "runs"}
    assert difference.of("runs") == [
        Change("runs", "English", "", "done", "failed: KeyError in cell 'pairs'")
    ]
    (note,) = difference.notes
    assert "failed in English and has no page" in note
    assert note.split()[0] in terminal_text(difference, 80)


def test_a_page_that_was_edited_or_taken_away_is_said(kept):
    first, second = kept(PAGE), kept(PAGE, "later")
    (second / "03_outcomes.html").write_text(PAGE.replace("Of ", "Out of "), "utf-8")
    (edited,) = compare_runs(first, second).notes
    assert "is not as the run left it" in edited
    (second / "03_outcomes.html").unlink()
    (missing,) = compare_runs(first, second).notes
    assert "03_outcomes.html is missing from the folder" in missing
    (other,) = {*compare_runs(first, first, "zh").notes}
    assert "没有中文版" in other


def diff(*arguments):
    return CliRunner().invoke(main, ["diff", *map(str, arguments)])


def test_the_command_shows_a_table_and_writes_a_page(kept, tmp_path):
    after = PAGE.replace("93.88%", "93.89%").replace(">consistent</span></td>", ">not testable</span></td>")
    first, second = kept(PAGE), kept(after, run="03_outcomes-22222222")
    out = tmp_path / "reports" / "changed.html"
    found = diff(first, second / "manifest.json", "--out", out)
    assert found.exit_code == 0
    lines = found.stdout.splitlines()
    assert lines[0].startswith(
        "From 03_outcomes-11111111 to 03_outcomes-22222222: inputs changed: 0; results"
    )
    assert lines[-1] == str(out)
    assert max(map(text_width, lines[:-1])) <= 100
    html = out.read_text("utf-8")
    assert numbers_without_source(html) == []
    page = BeautifulSoup(html, "html.parser")
    assert [h1.get_text() for h1 in page.find_all("h1")] == ["What changed between two runs"]
    assert [a["href"] for a in page.select(".pair table a")] == [
        "runs/03_outcomes-11111111/03_outcomes.html",
        "runs/03_outcomes-22222222/03_outcomes.html",
    ]
    before, now = page.select(".versions")[0].find_all("dd")
    assert [each.get_text() for each in before.find_all("del")] == ["93.88%"]
    assert [each.get_text() for each in now.find_all("ins")] == ["93.89%"]
    assert now.get_text() == "Of 17 pairs, the rate of Xugou, 93.89%, is compared."
    verdict = page.find(id="pair-1-judgements").find_next("tbody")
    assert [each.get_text() for each in verdict.find_all("td")] == ["consistent", "not testable"]
    (quote,) = [each for each in page.find_all(lang="zh") if "成功率" in each.get_text()][:1]
    assert quote.name == "span"
    assert differences_html([compare_runs(first, second)], folder=out.parent) == html


def test_folders_of_reports_are_compared_notebook_by_notebook(kept, tmp_path):
    kept(PAGE)
    kept(PAGE.replace("17", "18"), run="03_outcomes-33333333", ended="2026-11-22T09:00:00Z")
    sources = {**manifest(PAGE).notebook, "name": "01_sources.ipynb"}
    kept(PAGE, run="01_sources-44444444", notebook=sources)
    kept(PAGE.replace("17", "19"), "later")
    damaged = kept(PAGE, "later", run="02_approaches-55555555")
    (damaged / "manifest.json").write_text("{", "utf-8")
    found = diff(tmp_path / "reports", tmp_path / "later", "--language", "en")
    assert found.exit_code == 0
    # the latest run of the notebook, where no report says which one counts
    assert "From 03_outcomes-33333333 to 03_outcomes-11111111" in found.stdout
    assert "Only before: 01_sources.ipynb." in found.stdout
    assert "Not compared: " in found.stdout
    assert "02_approaches-55555555" in found.stdout
    one = diff(tmp_path / "later" / "runs" / "03_outcomes-11111111", tmp_path / "reports")
    assert "From 03_outcomes-11111111 to 03_outcomes-33333333" in one.stdout
    assert "Only" not in one.stdout.replace("Only after: 01_sources.ipynb.", "")


def test_a_terminal_shows_the_beginnings_and_the_first_changes(kept):
    many = "".join(f"<p>Paragraph {number} {'goes on ' * 40}</p>" for number in range(20))
    found = compare_runs(
        kept(PAGE), kept(PAGE.replace('<p class="said">', f'{many}<p class="said">'), "later")
    )
    assert (len(found.of("texts")), found.results) == (20, 20)
    text = terminal_text(found, 120)
    assert text.count("not there") == 15
    assert "Paragraph 0 goes on goes" in text
    assert "Paragraph 15" not in text
    assert text.endswith("  5 more; --out PAGE.html shows all.")
    assert max(map(text_width, text.splitlines())) <= 120
    assert len(" ".join(text.split())) < 15 * 260


def test_what_is_no_run_is_said(kept, tmp_path):
    folder = kept(PAGE)
    other = kept(PAGE, "other", notebook={**manifest(PAGE).notebook, "name": "01_sources.ipynb"})
    empty = tmp_path / "empty"
    empty.mkdir()
    for arguments, said in (
        ((folder, tmp_path / "nowhere"), "There is no"),
        ((folder, empty), "holds no run"),
        ((tmp_path / "reports", tmp_path / "other"), "no run of the same notebook"),
        ((folder, folder, "--out", tmp_path / "nowhere" / "page.html"), "There is no folder"),
    ):
        found = diff(*arguments)
        assert found.exit_code == 2
        assert said in found.stderr
    assert "of different notebooks" in diff(folder, other).stdout
    (folder / "manifest.json").write_text('{"format": "else/1"}', "utf-8")
    found = diff(folder, other)
    assert (found.exit_code, "is not the manifest of a run" in found.stderr) == (1, True)


def test_a_page_in_chinese(kept):
    chinese = {"zh": {**manifest(PAGE).executions["en"]}}
    first = kept(PAGE, executions=chinese)
    after = PAGE.replace("17", "18")
    digest = hashlib.sha256(after.encode()).hexdigest()
    second = kept(after, "later", executions={"zh": {**chinese["zh"], "page_sha256": digest}})
    difference = compare_runs(first, second)
    assert (difference.language, difference.notes) == ("zh", ())
    page = BeautifulSoup(differences_html([difference, difference]), "html.parser")
    assert page.html["lang"] == "zh"
    assert page.h1.get_text() == "两次运行之间的变化"
    assert [each.get_text() for each in page.select(".pair > h2")] == ["03_outcomes", "03_outcomes"]
    assert terminal_text(difference, 80).splitlines()[0].endswith("输入变化 0 处，结果变化 1 处。")
