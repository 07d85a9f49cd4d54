"""An article into a project, and a corrected version in its place: on an invented city (虚构)."""

from __future__ import annotations

import hashlib
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pingan_lib import check_corpus
from pingan_lib.cli import articles, main, questions
from pingan_lib.errors import CorpusError, UsageError
from pingan_lib.intake import articles as intake
from pingan_lib.intake.articles import (
    DuplicateError,
    add_article,
    propose_id,
)
from pingan_lib.intake.extraction import Source, read_source
from pingan_lib.intake.replacement import UnlikeError, compare_versions, replace_article
from pingan_lib.intake.requoting import requote
from pingan_lib.intake.resemblance import comparable, resemblance
from pingan_lib.schema import DESCRIPTOR, read_schema
from pingan_lib.table_files import read_raw, write_raw

PARAGRAPHS = (
    "虚构市平安建设成效明显",
    "来源：虚构日报　2024年3月15日",
    "2023年，虚构市公安机关共立刑事案件1,832起，同比下降12.6%。",
    "全市建立“一村一警”机制，选派547名民警下沉到208个村（社区）。",
    "各村设立调解室，排查矛盾纠纷3000余起，调解成功率达97.24%，化解信访积案45件。",
    "群众安全感由2019年的95.97%上升到2023年的98.09%，满意度连续五年位居全省前列。",
)
TEXT = "\n".join(PARAGRAPHS) + "\n"
SAID = {"place_id": "xugou", "title": PARAGRAPHS[0], "published": "2024-03-15", "genre": "news"}
PLACE = {"name_zh": "虚构市", "name_en": "Xugou (invented)", "level": "county", "parent_id": "guizhou"}
PAGE = "<html><body><div id='zoom'>" + "".join(f"<p>　　{p}</p>" for p in PARAGRAPHS) + "</div></body></html>"


def saved(folder: Path, content: str | bytes = TEXT, name: str = "文章 1.txt") -> Source:
    """Save a file outside of the project and read it."""
    path = folder / "downloads" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_source(path)


def rows(project: Path, name: str) -> pd.DataFrame:
    """The cells of a table."""
    return read_raw(project / "data", read_schema((project / "data" / DESCRIPTOR).read_text("utf-8"))[name])


def append(project: Path, name: str, **cells: str) -> None:
    """Add a row to a table."""
    table = read_schema((project / "data" / DESCRIPTOR).read_text("utf-8"))[name]
    frame = read_raw(project / "data", table)
    row = pd.DataFrame([{**dict.fromkeys(frame.columns, ""), **cells}])
    write_raw(project / "data", table, pd.concat([frame, row], ignore_index=True))


def state(project: Path) -> dict[str, bytes]:
    """Every file of the project."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for folder in ("data", "seeds")
        for path in (project / folder).rglob("*")
        if path.is_file()
    }


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def city(project: Path) -> Path:
    """A project with the invented city, its article coded by three rows."""
    add_article(project, saved(project), SAID, place=PLACE)
    where = {"article_id": "xugou_2024", "place_id": "xugou"}
    append(
        project, "approaches", approach_id="xg_police", **where, name_zh="一村一警", name_en="One officer a village",
        quote="建立“一村一警”机制", stage="activity", summary_zh="一村一警。", summary_en="One officer each.",
    )  # fmt: skip
    append(
        project, "figures", figure_id="xg_rate", **where, quote="调解成功率达97.24%", label_zh="调解成功率",
        label_en="Success of mediation", printed="97.24%", value="97.24", unit="percent", hedge="exact",
        scope="city", stage="outcome", role="reported", timing="point", period_basis="none", status="draft",
    )  # fmt: skip
    append(
        project, "statements", statement_id="xg_rank", **where, quote="满意度连续五年位居全省前列", kind="outcome",
        direction="positive", attributed_to="city",
    )  # fmt: skip
    return project


# Adding


def test_a_clean_text_is_its_own_original(project):
    added = add_article(project, saved(project), SAID, place=PLACE)
    assert (added.article_id, added.files, added.notes) == ("xugou_2024", ("seeds/xugou_2024.txt",), ())
    assert (project / "seeds/xugou_2024.txt").read_bytes() == TEXT.encode()
    row = rows(project, "articles").iloc[-1]
    assert (row["sha256"], row["original"], row["original_sha256"], row["steps"]) == (
        sha256(TEXT.encode()),
        "",
        "",
        "",
    )
    assert rows(project, "places").iloc[-1].to_dict() == {"place_id": "xugou", **PLACE, "division_code": ""}
    assert check_corpus(project) == []


def test_a_page_is_kept_beside_the_text_that_was_made_from_it(project):
    source = saved(project, PAGE.encode("gbk"), "另存为 页面.HTML")
    added = add_article(project, source, SAID, place=PLACE)
    assert added.files == ("seeds/xugou_2024.txt", "seeds/originals/xugou_2024.html")
    row = rows(project, "articles").iloc[-1]
    assert (project / row["original"]).read_bytes() == PAGE.encode("gbk")
    assert row["original_sha256"] == sha256(PAGE.encode("gbk"))
    assert row["sha256"] == sha256((project / row["path"]).read_bytes())
    assert row["steps"].split(";") == list(source.steps)
    assert check_corpus(project) == []


def test_the_text_can_be_made_again_from_the_original(project):
    added = add_article(project, saved(project, PAGE, "页面"), SAID, place=PLACE)
    text, original = (project / name for name in added.files)
    assert original.suffix == ".html"
    assert read_source(original).text == text.read_text("utf-8")


def test_nothing_else_of_the_project_is_touched(project):
    before = state(project)
    add_article(project, saved(project), SAID, place=PLACE)
    after = state(project)
    new = {"seeds/xugou_2024.txt"}
    assert after.keys() - before.keys() == new
    assert {name for name in before if before[name] != after[name]} == {
        "data/articles.csv",
        "data/places.csv",
    }
    for name in ("articles", "places"):
        assert after[f"data/{name}.csv"].startswith(before[f"data/{name}.csv"])


def test_a_byte_order_mark_that_excel_wrote_stays(project):
    for name in ("articles", "places"):
        file = project / "data" / f"{name}.csv"
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    add_article(project, saved(project), SAID, place=PLACE)
    for name in ("articles", "places"):
        assert (project / "data" / f"{name}.csv").read_bytes().count(b"\xef\xbb\xbf") == 1
    assert check_corpus(project) == []


def test_a_row_that_somebody_adds_meanwhile_is_kept(project):
    source = saved(project)
    append(
        project, "places", place_id="other", name_zh="另一虚构市", name_en="Other (invented)", level="county"
    )
    add_article(project, source, SAID, place=PLACE)
    assert list(rows(project, "places")["place_id"])[-2:] == ["other", "xugou"]


def test_a_second_article_on_a_city_is_said_so_and_gets_an_id_of_its_own(project):
    add_article(project, saved(project), SAID, place=PLACE)
    other = "虚构市召开会议\n" + "会议要求，各部门继续做好平安建设各项工作，确保2024年目标如期完成。" * 3
    added = add_article(project, saved(project, other), {**SAID, "title": "会议"})
    assert added.article_id == "xugou_2024_2"
    (note,) = added.notes
    assert note.startswith("xugou has one article already: xugou_2024. Rows that repeat a fact")


def test_ids_are_never_given_twice():
    taken = pd.Series(["a_2024", "a_2024_2", "a_2024_4", "b_2023"])
    assert propose_id(taken, "a", "2024") == "a_2024_3"
    assert propose_id(taken, "b", "2024") == "b_2024"


def test_all_that_is_missing_or_does_not_fit_is_named_at_once(project):
    said = {"place_id": "Xu Gou", "published": "2024-02-30", "genre": "poem", "article_id": "../out"}
    before = state(project)
    with pytest.raises(UsageError) as refusal:
        add_article(
            project,
            saved(project),
            said,
            place={"level": "city", "parent_id": "nowhere", "division_code": "5"},
        )
    for part in (
        "title is missing", "'2024-02-30' is no day", "no genre 'poem'", "'../out' is no id", "'Xu Gou' is no id",
        "name_zh is missing", "name_en is missing", "no level 'city'", "no place 'nowhere'", "no division code",
    ):  # fmt: skip
        assert part in str(refusal.value)
    assert state(project) == before


def test_a_known_place_is_not_described_again(project):
    with pytest.raises(UsageError, match=r"'kaili' is in data/places.csv already"):
        add_article(project, saved(project), {**SAID, "place_id": "kaili"}, place=PLACE)


def test_a_file_in_the_way_is_not_overwritten(project):
    (project / "seeds/xugou_2024.txt").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="exists already, and no row names it"):
        add_article(project, saved(project), SAID, place=PLACE)
    assert (project / "seeds/xugou_2024.txt").read_text("utf-8") == "mine"


@pytest.mark.parametrize("failing", ["articles.csv", "places.csv", "xugou_2024.txt", "xugou_2024.html"])
@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError("no space left"), UsageError("cannot write")])
def test_what_fails_or_is_interrupted_leaves_nothing(project, monkeypatch, failing, failure):
    source, before = saved(project, PAGE, "a.html"), state(project)
    write_bytes, write_table, failed = intake.write_bytes, intake.write_raw, []

    def stop(name: str) -> None:
        if name == failing and not failed:
            failed.append(name)
            raise failure

    def failing_write(path, content):
        stop(path.name)
        write_bytes(path, content)

    def failing_table(folder, table, frame):
        stop(table.file)
        write_table(folder, table, frame)

    monkeypatch.setattr(intake, "write_bytes", failing_write)
    monkeypatch.setattr(intake, "write_raw", failing_table)
    with pytest.raises(KeyboardInterrupt if failure is KeyboardInterrupt else UsageError):
        add_article(project, source, SAID, place=PLACE)
    assert failed == [failing]
    assert state(project) == before
    assert not (project / "seeds/originals").exists()


def test_a_folder_that_cannot_be_made_is_said_and_leaves_nothing(project):
    (project / "seeds/originals").write_text("a file", "utf-8")
    before = state(project)
    with pytest.raises(UsageError, match="Cannot write into"):
        add_article(project, saved(project, PAGE, "a.html"), SAID, place=PLACE)
    assert state(project) == before


def test_a_project_with_faulty_rows_takes_an_article(project):
    append(project, "figures", figure_id="Bad Id", article_id="nowhere", quote="不在", printed="?")
    append(project, "articles", article_id="lost", place_id="kaili", path="seeds/lost.txt", published="soon")
    assert add_article(project, saved(project), SAID, place=PLACE).article_id == "xugou_2024"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a workbook", b"place_id;name\nkaili;x\n"])
def test_a_table_that_cannot_be_read_is_named(project, content):
    (project / "data/places.csv").write_bytes(content)
    with pytest.raises(CorpusError, match=r"data/places\.csv"):
        add_article(project, saved(project), SAID, place=PLACE)
    assert not (project / "seeds/xugou_2024.txt").exists()


def test_a_descriptor_that_cannot_be_read_is_named(project):
    (project / "data" / DESCRIPTOR).write_text("{", "utf-8")
    with pytest.raises(CorpusError, match=DESCRIPTOR):
        add_article(project, saved(project), SAID, place=PLACE)


# The same article again


@pytest.mark.parametrize(
    "again",
    [
        TEXT.replace("\n", "\n\n　　"),
        TEXT.replace("，", ",").replace("（", "(").replace("）", ")").replace("“", '"').replace("”", '"'),
        "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in TEXT),
        TEXT.replace("。", "。\u200b").encode("gb18030"),
    ],
    ids=["blanks", "punctuation", "full-width digits", "encoding"],
)
def test_the_same_text_is_known_whatever_its_blanks_and_widths(city, again):
    with pytest.raises(DuplicateError, match=r"as xugou_2024, up to blanks.*--replace xugou_2024"):
        add_article(city, saved(city, again), SAID, anyway=True)


@pytest.mark.parametrize(("content", "name"), [(TEXT, "b.txt"), (PAGE, "b.html")])
def test_the_same_file_is_known_by_its_bytes(project, content, name):
    add_article(project, saved(project, content, "a.html"), SAID, place=PLACE)
    with pytest.raises(DuplicateError, match="in the project already, as xugou_2024"):
        add_article(project, saved(project, content, name), SAID)


def test_a_text_much_like_another_needs_a_decision(city):
    source = saved(city, TEXT.replace("547名", "548名") + "附：虚构市平安建设领导小组办公室供稿。\n")
    with pytest.raises(
        DuplicateError, match=r"--replace xugou_2024; an article of its own is added with --anyway"
    ):
        add_article(city, source, SAID)
    assert add_article(city, source, SAID, anyway=True).article_id == "xugou_2024_2"


def test_the_two_articles_as_shipped_are_not_alike(corpus):
    kaili, anshun = corpus.texts.values()
    assert resemblance(kaili, anshun) < 0.01
    assert resemblance(kaili, kaili[: len(kaili) // 2]) == 1


def test_one_changed_character_in_twelve_halves_the_resemblance(corpus):
    text = comparable(corpus.texts["kaili_2024"])
    changed, draw = list(text), random.Random(1)
    for place in draw.sample(range(len(text)), len(text) // 12):
        changed[place] = "〇"
    # a passage of eight characters is left whole with probability (11/12)^8
    assert resemblance(text, "".join(changed)) == pytest.approx((11 / 12) ** 8, abs=0.05)


@given(st.text(), st.text())
def test_resemblance_is_a_share_and_has_no_direction(one, other):
    assert resemblance(one, other) == resemblance(other, one)
    assert 0 <= resemblance(one, other) <= 1


@pytest.mark.parametrize(
    ("again", "sentence"),
    [
        ("\n".join(PARAGRAPHS[:5]), "All of this text stands in xugou_2024, which has more."),
        (TEXT + "附：虚构市平安建设办公室供稿。\n", "All of xugou_2024 stands in this text, which has more."),
        (TEXT.replace("547名", "548名"), "This text is much like xugou_2024: "),
    ],
    ids=["part", "more", "changed"],
)
def test_how_far_a_text_is_another_is_said_as_it_is(city, again, sentence):
    with pytest.raises(DuplicateError) as refusal:
        add_article(city, saved(city, again), SAID)
    assert str(refusal.value).startswith(sentence)
    assert "--replace xugou_2024" in str(refusal.value)


def test_a_text_whose_every_passage_is_known_is_the_same_text(project):
    refrain = "平安虚构，人人有责；"
    add_article(project, saved(project, refrain * 9), SAID, place=PLACE)
    with pytest.raises(DuplicateError, match="This is the text of xugou_2024: every passage"):
        add_article(project, saved(project, refrain * 8), SAID)


# A corrected version


@pytest.mark.parametrize(
    ("new", "kind"),
    [
        (TEXT, "same"),
        ("编者按。\n" + "\n".join(PARAGRAPHS[::-1]), "same"),
        (TEXT.replace("3000余起", "3100余起"), "moved"),
        (TEXT.replace("97.24%", "97.42%"), "changed"),
        (TEXT.replace("调解成功率达", "调解的成功率达到"), "changed"),
        (TEXT.replace(PARAGRAPHS[4], ""), "vanished"),
        (TEXT + "调解成功率达97.24%。", "ambiguous"),
    ],
    ids=["same", "order", "sentence", "digits", "words", "gone", "twice"],
)
def test_what_becomes_of_a_quote(new, kind):
    assert requote(TEXT, new, "调解成功率达97.24%").kind == kind


def test_a_changed_quote_shows_the_nearest_passage_and_what_differs():
    outcome = requote(TEXT, TEXT.replace("97.24%", "98.24%"), "成功率达97.24%")
    assert outcome.passage == "成功率达98.24%"
    (difference,) = outcome.differences
    assert difference.startswith("the article has '8'")
    assert "the quote has '7'" in difference


def test_a_moved_quote_shows_its_old_and_its_new_sentence():
    outcome = requote(TEXT, TEXT.replace("3000余起", "3100余起"), "调解成功率达97.24%")
    then = "各村设立调解室，排查矛盾纠纷3000余起，调解成功率达97.24%，化解信访积案45件。"
    assert (outcome.then, outcome.now) == (then, then.replace("3000", "3100"))


def test_a_prefix_that_no_longer_fits_is_a_change():
    old, new = "甲村45件，乙村45件。", "丙村45件，乙村54件。"
    assert requote(old, old, "45件", "甲村").kind == "same"
    outcome = requote(old, new, "45件", "甲村")
    assert (outcome.kind, outcome.passage) == ("changed", "丙村45件")


@given(st.integers(0, len(TEXT) - 1), st.integers(1, 30))
def test_no_quote_of_a_text_needs_settling_in_the_same_text(start, length):
    quote, prefix = TEXT[start : start + length], TEXT[max(0, start - 6) : start]
    twice = TEXT.find(prefix + quote, TEXT.find(prefix + quote) + 1) >= 0
    assert requote(TEXT, TEXT, quote, prefix).kind == ("ambiguous" if twice else "same")


def test_every_quote_of_the_article_is_looked_for(city):
    new = TEXT.replace("一村一警", "一村两警").replace("97.24%", "97.42%").replace(PARAGRAPHS[5], "")
    found = compare_versions(city, saved(city, new), "xugou_2024").quotes
    assert {(each.table, each.row_id, each.column): each.outcome.kind for each in found} == {
        ("approaches", "xg_police", "quote"): "changed",
        ("approaches", "xg_police", "name_zh"): "changed",
        ("figures", "xg_rate", "quote"): "changed",
        ("statements", "xg_rank", "quote"): "vanished",
    }


def test_an_example_of_the_codebook_counts_where_no_other_article_has_it(city):
    append(city, "codebook", dimension_id="xu", example_quote="选派547名民警下沉")
    (example,) = [
        each
        for each in compare_versions(city, saved(city, TEXT.replace("547", "574")), "xugou_2024").quotes
        if each.column == "example_quote"
    ]
    assert (example.row_id, example.outcome.kind) == ("xu", "changed")
    assert example.row == len(rows(city, "codebook")) + 1


def test_the_old_version_is_kept_and_no_row_but_that_of_the_article_changes(city):
    before, old = state(city), rows(city, "articles").iloc[-1]
    new = TEXT.replace("97.24%", "97.42%")
    added = replace_article(city, saved(city, new.encode("gbk")), "xugou_2024", {"publisher": "虚构日报"})
    after, mark = state(city), sha256(TEXT.encode())[:8]
    assert added.files == ("seeds/xugou_2024.txt", "seeds/originals/xugou_2024.txt")
    assert after["seeds/xugou_2024.txt"] == new.encode()
    assert after[f"seeds/replaced/xugou_2024_{mark}.txt"] == TEXT.encode()
    kept = pd.read_csv(city / f"seeds/replaced/xugou_2024_{mark}.csv", dtype=str, keep_default_na=False)
    assert kept.iloc[0].to_dict() == old.to_dict()
    assert {name for name in before if before[name] != after[name]} == {
        "data/articles.csv",
        "seeds/xugou_2024.txt",
    }
    row = rows(city, "articles").iloc[-1]
    changed = {"publisher", "sha256", "original", "original_sha256", "steps"}
    assert {name for name in row.index if row[name] != old[name]} == changed
    assert row["sha256"] == sha256(new.encode())


def test_after_a_replacement_check_names_the_quotes_to_settle(city):
    def quotes() -> set[str]:
        return {p.file for p in check_corpus(city) if p.column == "quote"}

    assert quotes() == set()
    replace_article(
        city, saved(city, TEXT.replace("97.24%", "97.42%").replace("五年", "六年")), "xugou_2024", {}
    )
    assert quotes() == {"data/figures.csv", "data/statements.csv"}


def test_an_original_that_is_replaced_is_kept_as_well(project):
    add_article(project, saved(project, PAGE, "a.html"), SAID, place=PLACE)
    replace_article(project, saved(project, TEXT.replace("547", "574")), "xugou_2024", {})
    row = rows(project, "articles").iloc[-1]
    assert row["original"] == row["steps"] == ""
    assert not (project / "seeds/originals/xugou_2024.html").exists()
    (kept,) = (project / "seeds/replaced/originals").iterdir()
    assert kept.read_text("utf-8") == PAGE
    assert check_corpus(project) == []


def test_a_version_may_replace_another_again_and_again(city):
    for number in ("548", "549", "550"):
        replace_article(city, saved(city, TEXT.replace("547", number)), "xugou_2024", {})
    assert len(list((city / "seeds/replaced").glob("*.txt"))) == 3


def test_what_is_no_new_version_is_refused(city):
    before = state(city)
    with pytest.raises(DuplicateError, match="nothing to replace"):
        replace_article(city, saved(city), "xugou_2024", {})
    with pytest.raises(DuplicateError, match="as xugou_2024"):
        replace_article(city, saved(city), "kaili_2024", {})
    with pytest.raises(UsageError, match="Did you mean 'xugou_2024'"):
        replace_article(city, saved(city, TEXT + "完"), "xugou_2042", {})
    with pytest.raises(UsageError, match="'soon' is no day"):
        replace_article(city, saved(city, TEXT + "完"), "xugou_2024", {"published": "soon"})
    assert state(city) == before


OTHER = "另一虚构县召开会议\n" + "会议要求，各部门继续做好防汛抗旱各项工作，确保目标如期完成。"


def test_a_text_that_is_no_version_is_refused_unless_it_is_meant(city):
    before, other = state(city), saved(city, OTHER)
    assert resemblance(TEXT, OTHER) == 0
    with pytest.raises(
        UnlikeError, match=r"only 0 % of the shorter one .* and 4 of 4 quotes would be lost.*--anyway"
    ):
        replace_article(city, other, "xugou_2024", {})
    assert state(city) == before
    assert replace_article(city, other, "xugou_2024", {}, anyway=True).article_id == "xugou_2024"


def test_what_is_new_in_a_version_is_told_from_what_is_worded_otherwise(city):
    append(city, "coders", coder_id="coder_1", article_id="xugou_2024", date="2024-04-01")
    added = "全市新建社会治安防控体系，安装高清探头3200个。"
    new = TEXT.replace("547名", "548名").replace(PARAGRAPHS[2], PARAGRAPHS[2] + added)
    revision = compare_versions(city, saved(city, new), "xugou_2024")
    assert revision.new == (added,)
    assert revision.reworded == (PARAGRAPHS[3].replace("547名", "548名"),)
    # a heading, a byline and four paragraphs of one sentence; the new one is the second of its paragraph
    assert (revision.sentences, revision.paragraphs) == (7, 2)
    assert revision.coders == ("coder_1",)


def test_a_version_in_other_paragraphs_has_nothing_new(city):
    revision = compare_versions(city, saved(city, "\n\n".join(PARAGRAPHS[::-1])), "xugou_2024")
    assert (revision.new, revision.reworded, revision.paragraphs) == ((), (), 0)


def test_a_row_that_leads_out_of_the_project_moves_no_file(city, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "mine.html"
    outside.write_text("mine", "utf-8")
    table = read_schema((city / "data" / DESCRIPTOR).read_text("utf-8"))["articles"]
    frame = read_raw(city / "data", table)
    frame.loc[frame["article_id"] == "xugou_2024", "original"] = str(outside)
    write_raw(city / "data", table, frame)
    with pytest.raises(UsageError, match="cannot be read"):
        replace_article(city, saved(city, TEXT + "完"), "xugou_2024", {})
    assert outside.read_text("utf-8") == "mine"


def test_a_replacement_that_fails_puts_everything_back(city, monkeypatch):
    def failing_table(folder, table, frame):
        raise KeyboardInterrupt

    source, before = saved(city, TEXT + "完"), state(city)
    monkeypatch.setattr(intake, "write_raw", failing_table)
    with pytest.raises(KeyboardInterrupt):
        replace_article(city, source, "xugou_2024", {})
    assert state(city) == before


# The command

NEW = [
    "--city",
    "xugou",
    "--name-zh",
    "虚构市",
    "--name-en",
    "Xugou (invented)",
    "--level",
    "county",
    "--genre",
    "news",
]


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be somebody to ask."""
    for module in (articles, questions):
        monkeypatch.setattr(module, "asking", lambda: True)


def run(project: Path, *arguments: str, answers: str | None = None):
    """Call the command as a person would; the answers are typed at a terminal."""
    return CliRunner().invoke(main, ["--project", str(project), "add", *arguments], input=answers)


def test_the_command_adds_an_article_and_says_what_it_made(project):
    source = saved(project, PAGE, "页面.html")
    result = run(project, str(source.path), *NEW, "--yes")
    assert result.exit_code == 0, result.output
    assert result.stdout == "xugou_2024: seeds/xugou_2024.txt, seeds/originals/xugou_2024.html\n"
    for part in (
        "step: main text taken from #zoom",
        "title: 虚构市平安建设成效明显",
        "published: 2024-03-15",
        *PARAGRAPHS,
    ):
        assert part.replace("　", " ") in result.stderr
    assert rows(project, "articles").iloc[-1]["publisher"] == "虚构日报"
    assert check_corpus(project) == []


def test_without_a_terminal_all_that_is_missing_is_named(project):
    source, before = saved(project, PARAGRAPHS[4]), state(project)
    result = run(project, str(source.path), "--city", "xugou")
    assert result.exit_code == 2
    for option in (
        "--title",
        "--published",
        "--genre (feature, ",
        "--name-zh",
        "--name-en",
        "--level (province, ",
        "--yes",
    ):
        assert option in result.stderr.splitlines()[-1]
    assert "--city" not in result.stderr.splitlines()[-1]
    assert "--city ID" in run(project, str(source.path)).stderr
    assert state(project) == before


def test_at_a_terminal_what_is_missing_is_asked_for(project, monkeypatch):
    at_a_terminal(monkeypatch)
    answers = [
        "xugou",
        "y",
        "",
        "2024年3月15日",
        "",
        "某人",
        "",
        "poem",
        "news",
        "",
        "虚构市",
        "Xugou",
        "county",
        "guizhou",
        "",
        "y",
    ]
    result = run(project, str(saved(project).path), answers="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    row = rows(project, "articles").iloc[-1]
    assert (row["title"], row["published"], row["publisher"]) == (PARAGRAPHS[0], "2024-03-15", "虚构日报")
    assert (row["author"], row["genre"], row["speaker"]) == ("某人", "news", "")
    assert rows(project, "places").iloc[-1]["parent_id"] == "guizhou"


def test_who_says_no_changes_nothing(project, monkeypatch):
    at_a_terminal(monkeypatch)
    before = state(project)
    given = [
        "--title",
        "a",
        "--published",
        "2024-01-01",
        "--publisher",
        "",
        "--author",
        "",
        "--url",
        "",
        "--speaker",
        "",
    ]
    place = ["--parent", "", "--division-code", ""]
    result = run(project, str(saved(project).path), *NEW, *given, *place, answers="w\nn\n")
    assert result.exit_code == 1
    assert "Nothing was added." in result.stderr
    assert {name: content for name, content in state(project).items() if name in before} == before


def test_a_long_text_is_shown_by_its_ends(project):
    long = TEXT + "".join(f"第{n}条，虚构市2023年共化解矛盾纠纷{n}00起，群众满意。\n" for n in range(1, 200))
    result = run(project, str(saved(project, long).path), *NEW, "--yes")
    assert "第1条" in result.stderr
    assert "第100条" not in result.stderr
    assert "第199条" in result.stderr
    assert "187 paragraphs more" in result.stderr


def test_the_command_replaces_and_lists_what_is_to_be_settled(city):
    source = saved(city, TEXT.replace("97.24%", "97.42%").replace(PARAGRAPHS[5], ""))
    waiting = run(city, str(source.path), "--replace", "xugou_2024")
    assert waiting.exit_code == 2
    assert "give --yes" in waiting.stderr
    result = run(city, str(source.path), "--replace", "xugou_2024", "--yes")
    assert result.exit_code == 0, result.output
    assert "Of 4 quotes of xugou_2024, 2 stand in the same sentence as before." in result.stderr
    assert "changed: figures.csv" in result.stderr
    assert "nearest: '调解成功率达97.42%'" in result.stderr
    lines = [line.strip() for line in result.stderr.splitlines()]
    old = lines.index(f"old: {PARAGRAPHS[4]}")
    assert lines[old + 1] == f"new: {PARAGRAPHS[4].replace('97.24%', '97.42%')}"
    assert lines[lines.index(f"old: {PARAGRAPHS[5]}") + 1] == "new: nothing is like it"
    assert "vanished: statements.csv" in result.stderr
    assert "seeds/replaced/xugou_2024_" in result.stderr


def test_a_replacement_keeps_id_and_place(city):
    result = run(
        city, str(saved(city, TEXT + "完").path), "--replace", "xugou_2024", "--city", "kaili", "--id", "x"
    )
    assert result.exit_code == 2
    assert "leave out --city, --id" in result.stderr


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [("nowhere.txt", 2, "no such file"), (".", 2, "is a folder"), ("a.pdf", 1, "it is a PDF")],
)
def test_what_cannot_be_read_is_said_without_a_traceback(project, name, code, message):
    (project / "a.pdf").write_bytes(b"%PDF-1.7")
    result = run(project, str(project / name), *NEW, "--yes")
    assert (result.exit_code, message in result.stderr) == (code, True)


def test_outside_of_a_project_the_command_says_so(tmp_path):
    shutil.copy(__file__, tmp_path)
    assert run(tmp_path, __file__).exit_code == 2


def test_what_is_typed_wrongly_is_asked_for_again(project, monkeypatch):
    at_a_terminal(monkeypatch)
    given = [
        "--title",
        "a",
        "--publisher",
        "",
        "--author",
        "",
        "--url",
        "",
        "--speaker",
        "",
        "--division-code",
        "",
    ]
    answers = ["soon", "2024-02-30", "2024/3/15", "Guì", "xugou", "nowhere", "n", "guizhou", "y"]
    result = run(project, str(saved(project).path), *NEW, *given, answers="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert "'2024-02-30' is no day" in result.stderr
    assert "'Guì' is no id" in result.stderr
    assert "'xugou' cannot belong to itself" in result.stderr
    assert "no place 'nowhere'" in result.stderr
    assert rows(project, "articles").iloc[-1]["published"] == "2024-03-15"


def test_an_id_that_cannot_be_one_is_refused_before_anything_is_asked(project):
    result = run(project, str(saved(project).path), "--city", "都匀")
    assert (result.exit_code, "'都匀' is no id" in result.stderr) == (2, True)


YUNNAN = ["--parent", "yunnan"]


def test_a_parent_that_is_no_place_is_refused_before_anything_is_shown(project):
    before = state(project)
    result = run(
        project, str(saved(project).path), *NEW, *YUNNAN, "--title", "a", "--published", "2024-01-01", "--yes"
    )
    assert result.exit_code == 2
    (message,) = result.output.splitlines()
    assert "There is no place 'yunnan'." in message
    assert "Add its row to data/places.csv first, with place_id, name_zh, name_en, level" in message
    assert "(parent_id and division_code may be empty), or leave --parent out." in message
    assert state(project) == before


def test_a_parent_that_is_no_place_is_asked_for_at_a_terminal(project, monkeypatch):
    at_a_terminal(monkeypatch)
    given = ["--title", "a", "--published", "2024-01-01"]
    answers = [
        "y",
        "虚构省",
        "Yunnan (invented)",
        "province",
        "fiction",
        "y",
        "虚构国",
        "Fiction",
        "province",
        "",
    ]
    result = run(
        project, str(saved(project).path), *NEW, *YUNNAN, *given, "--yes", answers="\n".join(answers) + "\n"
    )
    assert result.exit_code == 0, result.output
    new = rows(project, "places").iloc[-3:]
    assert list(zip(new["place_id"], new["parent_id"], new["level"], strict=True)) == [
        ("fiction", "", "province"),
        ("yunnan", "fiction", "province"),
        ("xugou", "yunnan", "county"),
    ]
    assert check_corpus(project) == []


def test_all_options_that_do_not_fit_are_named_at_once_and_first(project):
    wrong = [
        "--genre",
        "poem",
        "--published",
        "soon",
        "--level",
        "city",
        "--division-code",
        "5",
        "--id",
        "kaili_2024",
    ]
    result = run(project, str(saved(project).path), "--city", "xugou", *wrong, *YUNNAN)
    (message,) = result.output.splitlines()
    for part in ("'poem'", "'soon'", "'city'", "'5'", "'kaili_2024' is there already", "'yunnan'"):
        assert part in message
    known = run(project, str(saved(project).path), "--city", "kaili", "--name-zh", "凯里")
    assert known.output.startswith("pingan: Some options do not fit: 'kaili' is in data/places.csv already")


def test_a_city_that_is_typed_wrongly_is_asked_for_again(project, monkeypatch):
    at_a_terminal(monkeypatch)
    given = ["--title", "a", "--published", "2024-01-01", "--genre", "news", "--yes"]
    answers = ["虚 构", "kali", "n", "凯里市"]
    result = run(project, str(saved(project).path), *given, answers="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert (
        "'虚 构' is no id: write lower-case words joined by _. The name in pinyin will do." in result.stderr
    )
    assert "Did you mean 'kaili'?" in result.stderr
    assert rows(project, "articles").iloc[-1]["place_id"] == "kaili"


def test_in_an_empty_project_the_first_city_is_asked_for(project, monkeypatch):
    at_a_terminal(monkeypatch)
    for name in ("places", "articles"):
        table = read_schema((project / "data" / DESCRIPTOR).read_text("utf-8"))[name]
        write_raw(project / "data", table, read_raw(project / "data", table).iloc[:0])
    given = ["--title", "a", "--published", "2024-01-01", "--genre", "news", "--yes"]
    answers = ["xugou", "虚构市", "Xugou (invented)", "county"]
    result = run(project, str(saved(project).path), *given, answers="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert "City (an id: lower-case words joined by _): xugou" in result.output
    assert list(rows(project, "places")["place_id"]) == ["xugou"]


def test_after_an_article_is_added_the_next_steps_are_said(project):
    result = run(project, str(saved(project).path), *NEW, "--yes")
    assert "Next: 1. `pingan draft xugou_2024` proposes rows" in result.stderr
    assert result.stderr.index("2. Fill them in") < result.stderr.index("3. Whoever has read it adds a row")
    assert "counts as not coded" in result.stderr


def test_the_command_replaces_by_another_text_only_where_that_is_meant(city):
    other, before = str(saved(city, OTHER).path), state(city)
    refused = run(city, other, "--replace", "xugou_2024", "--yes")
    assert (refused.exit_code, len(refused.output.splitlines())) == (1, 1)
    assert "does not look like a version of xugou_2024" in refused.output
    assert state(city) == before
    assert run(city, other, "--replace", "xugou_2024", "--yes", "--anyway").exit_code == 0


def test_the_command_says_what_is_new_in_a_version_and_who_read_the_older_one(city):
    append(city, "coders", coder_id="coder_1", article_id="xugou_2024", date="2024-04-01")
    added = TEXT + "全市新建社会治安防控体系，安装高清探头3200个。\n"
    result = run(city, str(saved(city, added).path), "--replace", "xugou_2024", "--yes")
    assert (
        "Of the 7 sentences of the new text 1 is new and 0 worded otherwise, in 1 paragraph." in result.stderr
    )
    assert "`pingan draft xugou_2024` proposes rows" in result.stderr
    assert "still names who read the older version (coder_1)" in result.stderr


def test_a_sentence_of_two_quotes_is_shown_once(city):
    new = TEXT.replace("547名", "548名")
    append(
        city, "statements", statement_id="xg_again", article_id="xugou_2024", place_id="xugou",
        quote="下沉到208个村（社区）", kind="outcome",
    )  # fmt: skip
    result = run(city, str(saved(city, new).path), "--replace", "xugou_2024", "--yes")
    assert result.stderr.count("moved: ") == 3  # the statement, the approach and its name
    assert (
        result.stderr.count(f"    old: {PARAGRAPHS[3]}\n    new: {PARAGRAPHS[3].replace('547', '548')}\n")
        == 1
    )


def test_characters_that_look_alike_are_told_by_their_names(city):
    result = run(
        city, str(saved(city, TEXT.replace("97.24%", "97.24％")).path), "--replace", "xugou_2024", "--yes"
    )
    assert (
        "    nearest: '调解成功率达97.24％'; the article has '％' (U+FF05 fullwidth percent sign)"
        in result.stderr
    )
