"""The index of a folder of reports: every run is on it, whatever state it is in."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from test_manifest import sample

from pingan_lib.index import LISTED, Now, index_html, read_now, read_runs, state, write_indexes, write_report
from pingan_lib.manifest import Manifest, files_hash, library_hash, notebook_hash, write_manifest
from pingan_lib.markup import numbers_without_source, page_problems

ROOT = Path(__file__).parents[1]
LIMIT = 409_600
NOW = Now("d" * 64, "l" * 64, {"notebooks/01_a.ipynb": "n" * 64})
ARTICLE = {
    "id": "kaili_2024",
    "city": "kaili",
    "title": "“平安凯里”建设",
    "publisher": "文明网",
    "published": "2024-04-03",
    "url": "",
}


def good(number: int = 0, name: str = "01_a", **changes: object) -> Manifest:
    """A manifest of a run that is done, in both languages."""
    found = sample()
    english = found.executions["en"] | {"notebook": f"{name}.ipynb", "page": f"{name}.html"}
    chinese = english | {
        "notebook": f"{name}.zh.ipynb",
        "page": f"{name}.zh.html",
        "title": "标题",
        "question": "问题？",
        "findings": ["凯里：5 中的 3。", "第二句。"],
    }
    return replace(
        found,
        run=f"{name}-{number:08x}",
        key=f"{number:08x}" * 8,
        status="done",
        message="",
        notebook=found.notebook | {"name": f"{name}.ipynb", "path": f"notebooks/{name}.ipynb"},
        data=found.data | {"articles": [ARTICLE]},
        ended=f"2026-11-{1 + number % 28:02}T{number % 24:02}:00:12Z",
        executions={"en": english, "zh": chinese},
        **changes,
    )


def keep(out: Path, *manifests: Manifest) -> None:
    for manifest in manifests:
        folder = out / "runs" / (manifest.run + (".failed" if manifest.status == "failed" else ""))
        folder.mkdir(parents=True)
        write_manifest(manifest, folder)


def page(out: Path, language: str = "en", now: Now = NOW) -> BeautifulSoup:
    from pingan_lib.index import read_report

    html = index_html(read_runs(out), read_report(out), now, language)
    assert page_problems(html) == []
    assert numbers_without_source(html) == []
    return BeautifulSoup(html, "html.parser")


def cells(row) -> list[str]:
    return [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])]


def test_the_findings_come_first_in_reading_order_then_the_counts_then_every_run(tmp_path):
    first, second = good(1, "02_b"), good(2, "01_a")
    keep(tmp_path, first, second, good(3, "01_a"))
    write_report(tmp_path, [first.run, second.run])
    index = page(tmp_path)
    assert [heading["id"] for heading in index.find_all("h2")] == [
        "page-contents",
        "compared",
        "findings",
        "judged",
        "runs",
        "page-made",
    ]
    entries = index.select("ol.reports > li")
    assert [link["href"] for link in index.select("ol.reports h3 a")] == [
        "runs/02_b-00000001/02_b.html",
        "runs/01_a-00000002/01_a.html",
    ]
    assert "Kaili: 3 of 5." in entries[0].get_text()
    assert cells(index.select("#judged")[0].find_parent("section").select("tbody tr")[0]) == [
        *("A title", "0", "0", "17"),
        *("", "", ""),
    ]
    assert index.select_one("ul.sources").get_text(" ", strip=True).startswith("Kaili “平安凯里”建设")
    assert len(index.select("#runs-table tbody tr")) == 3


def test_the_chinese_index_tells_the_chinese_pages(tmp_path):
    keep(tmp_path, good(1))
    write_report(tmp_path, [good(1).run])
    index = page(tmp_path, "zh")
    assert index.html["lang"] == "zh"
    assert index.select_one("ol.reports h3 a")["href"] == "runs/01_a-00000001/01_a.zh.html"
    assert "凯里：5 中的 3。" in index.select_one("ol.reports").get_text()
    assert "第二句" not in index.get_text()
    switch = index.select_one("a[data-switch]")
    assert (switch["href"], switch["lang"]) == ("index.html", "en")


def test_a_run_in_one_language_is_told_in_that_language_on_both_indexes(tmp_path):
    manifest = good(1)
    only = replace(manifest, executions={"en": manifest.executions["en"]})
    keep(tmp_path, only)
    write_report(tmp_path, [only.run])
    (link,) = page(tmp_path, "zh").select("ol.reports h3 a")
    assert link.select_one("span")["lang"] == "en" and link.get_text() == "A title"


def test_a_row_tells_cities_given_and_differing_parameters_time_state_and_files(tmp_path):
    keep(tmp_path, good(1), replace(good(2), parameters=good(2).parameters | {"confidence": 0.9}))
    rows = page(tmp_path).select("#runs-table tbody tr")
    assert [cells(row) for row in rows] == [
        [
            "01_a",
            "English 中文 manifest",
            "Kaili",
            f'confidence = {level} words = [" 群众 "]',
            f"2026-11-{day} 0{hour}:00",
            "complete current",
            "17 not comparable",
        ]
        for level, day, hour in ((0.9, "03", 2), (0.95, "02", 1))
    ]
    assert [link["href"] for link in rows[0].find_all("a")] == [
        "runs/01_a-00000002/01_a.html",
        "runs/01_a-00000002/01_a.zh.html",
        "runs/01_a-00000002/manifest.json",
    ]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW, "current"),
        (replace(NOW, data="e" * 64), "earlier_data"),
        (replace(NOW, library="m" * 64), "earlier_code"),
        (replace(NOW, notebooks={"notebooks/01_a.ipynb": "m" * 64}), "earlier_code"),
        (replace(NOW, notebooks={}), "current"),
        (replace(NOW, data="e" * 64, library="m" * 64), "earlier_both"),
    ],
)
def test_a_run_is_current_where_data_and_code_are_those_of_now(now, expected):
    assert state(good(1), now) == expected


def test_what_there_is_now_is_hashed_as_a_run_hashes_it(corpus):
    now = read_now(corpus)
    assert now.library == library_hash()
    path = ROOT / "notebooks" / "05_synthesis.ipynb"
    assert now.notebooks["notebooks/05_synthesis.ipynb"] == notebook_hash(json.loads(path.read_text("utf-8")))
    assert now.data == files_hash({name: _sha256sum(ROOT / name) for name in _data_files(corpus)})


def _sha256sum(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def _data_files(corpus) -> list[str]:
    return [
        "data/datapackage.json",
        *(f"data/{name}.csv" for name in corpus.tables),
        *corpus.articles["path"],
    ]


def test_a_folder_whose_manifest_is_missing_or_damaged_is_listed_with_its_reason(tmp_path):
    keep(tmp_path, good(1))
    (tmp_path / "runs" / "04_language-0badc0de").mkdir()
    (tmp_path / "runs" / "05_synthesis-0badc0de").mkdir()
    (tmp_path / "runs" / "05_synthesis-0badc0de" / "manifest.json").write_text('{"format": "pingan-run/2"}')
    (tmp_path / "runs" / ".run-x-1-y").mkdir()
    write_report(tmp_path, ["04_language-0badc0de", "06_gone-12345678"])
    index = page(tmp_path)
    rows = [cells(row) for row in index.select("#runs-table tbody tr")]
    assert [(row[0], row[5]) for row in rows] == [
        ("01_a", "complete current"),
        ("04_language-0badc0de", "damaged"),
        ("05_synthesis-0badc0de", "damaged"),
    ]
    assert rows[1][3].startswith(
        "manifest.json is missing: 04_language-0badc0de is not the whole folder of a run"
    )
    assert "newer version of pingan_lib" in rows[2][3]
    assert str(tmp_path) not in index.get_text()
    told = index.select_one("ol.reports").get_text(" ")
    assert "manifest.json is missing" in told and "no longer in the folder" in told


def test_a_page_in_the_language_of_the_index_is_taken_from_another_run_of_the_same_inputs(tmp_path):
    both, alone = good(1), good(2)
    alone = replace(alone, executions={"en": alone.executions["en"]})
    keep(tmp_path, both, alone)
    write_report(tmp_path, [alone.run])
    (english,) = page(tmp_path).select("ol.reports > li h3 a")
    (chinese,) = page(tmp_path, "zh").select("ol.reports > li h3 a")
    assert english["href"].startswith(f"runs/{alone.run}/")
    assert chinese["href"] == f"runs/{both.run}/{both.executions['zh']['page']}"


def test_a_failed_run_is_named_and_the_good_one_of_the_same_inputs_stays_linked(tmp_path):
    bad = replace(good(1), status="failed", message="en: the kernel died", ended="2026-11-30T00:00:00Z")
    keep(tmp_path, bad, good(1), replace(sample(), run="02_b-00000002"))
    write_report(tmp_path, [good(1).run, "02_b-00000002"])
    first, second = page(tmp_path).select("ol.reports > li")
    assert first.select_one("h3 a")["href"] == "runs/01_a-00000001/01_a.html"
    assert "the kernel died" in first.get_text() and "An earlier run with the same inputs" in first.get_text()
    assert "KeyError: '群众'" in second.get_text()
    assert second.select_one("pre [lang=zh]").get_text() == "群众"
    statuses = [row["data-status"] for row in page(tmp_path).select("#runs-table tbody tr")]
    assert sorted(statuses) == ["done", "failed", "failed"]


def test_text_of_a_run_is_text_on_the_index(tmp_path):
    spoken = good(1).executions["en"] | {"title": "<script>alert(1)</script>", "findings": ["<b>3</b>"]}
    hostile = replace(
        good(1),
        parameters={"words": '"><img src=x onerror=alert(1)>'},
        executions={"en": spoken | {"page": "javascript:alert(1)"}},
    )
    keep(tmp_path, hostile)
    write_report(tmp_path, [hostile.run])
    index = page(tmp_path)
    assert index.select_one("ol.reports h3").get_text() == "<script>alert(1)</script>"
    assert not index.select("main script, main img, main b")
    assert index.select_one("ol.reports a")["href"] == "runs/01_a-00000001/javascript%3Aalert%281%29"


def test_an_index_says_so_where_nothing_is_kept(tmp_path):
    assert "No run is kept in this folder yet." in page(tmp_path).get_text()


def test_the_same_folder_gives_the_same_bytes(corpus, tmp_path):
    keep(tmp_path, good(1), good(2, "02_b"))
    names = ("index.html", "index.zh.html", "glossary.html", "glossary.zh.html", "runs.csv")
    write_indexes(tmp_path, corpus)
    before = {name: (tmp_path / name).read_bytes() for name in names}
    write_indexes(tmp_path, corpus)
    assert {name: (tmp_path / name).read_bytes() for name in names} == before


def test_hundreds_of_runs_stay_within_a_page_that_can_be_mailed_and_all_are_in_the_table(corpus, tmp_path):
    count = LISTED + 50
    given = {
        "city_a": "kaili",
        "city_b": "anshun",
        "confidence": 0.95,
        "rounding": "half_even",
        "words": ["群众"],
    }
    cities = [
        {"id": "kaili", "en": "Kaili", "zh": "凯里市"},
        {"id": "anshun", "en": "Anshun", "zh": "安顺市"},
    ]
    keep(
        tmp_path,
        *(
            replace(good(number), parameters=given | {"confidence": number}, given=list(given), cities=cities)
            for number in range(count)
        ),
    )
    write_indexes(tmp_path, corpus)
    for name in ("index.html", "index.zh.html"):
        assert (tmp_path / name).stat().st_size <= LIMIT
    index = BeautifulSoup((tmp_path / "index.html").read_text("utf-8"), "html.parser")
    assert len(index.select("#runs-table tbody tr")) == LISTED
    assert f"the newest {LISTED} of {count} runs" in index.get_text()
    with (tmp_path / "runs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    assert sorted(row["run"] for row in rows) == [f"01_a-{number:08x}" for number in range(count)]
    assert {row["not_comparable"] for row in rows} == {"17"}
