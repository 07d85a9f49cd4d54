"""Drafts of rows: what a person gets to accept, mend or delete."""

from __future__ import annotations

import io
from datetime import date

import pandas as pd
import pytest
from click.testing import CliRunner
from frictionless import Package
from hypothesis import given
from hypothesis import strategies as st

from pingan_lib import load_corpus
from pingan_lib.check import check_folder
from pingan_lib.cli import main
from pingan_lib.evidence import locate
from pingan_lib.intake.drafts import COLUMNS, draft_approaches, draft_figures, draft_table, unique_prefix

# An invented city: nothing in these lines was ever reported.
TEXT = """虚构市平安建设情况（虚构）
2022年，虚构市受理矛盾纠纷1860件，调解成功率达96.24%，刑事案件同比下降12.5%。
全市投入资金2300余万元，推行“一格三员”工作机制，实现命案零发案，群众安全感位居全省第三。
"""


def pingan(project, *arguments):
    return CliRunner().invoke(main, ["--project", str(project), *map(str, arguments)])


def test_a_draft_tells_what_was_read_and_leaves_the_rest_to_a_person():
    drafts = draft_table(TEXT, date(2023, 2, 10))
    assert list(drafts.columns) == list(COLUMNS)
    told = drafts[["printed", "value", "unit", "hedge", "kind"]].to_numpy().tolist()
    assert told == [
        ["1860", "1860", "case", "exact", "count"],
        ["96.24", "96.24", "percent", "exact", "percentage"],
        ["12.5", "-12.5", "percent_change", "exact", "change"],
        ["2300余万", "23000000", "yuan", "at_least", "money"],
        ["零", "0", "case", "exact", "count"],
        ["第三", "3", "rank", "exact", "rank"],
    ]
    first = drafts.iloc[0]
    assert (first["period_start"], first["period_end"]) == ("2022-01-01", "2022-12-31")
    for row in drafts.itertuples():
        assert TEXT[int(row.start) : int(row.end)] == row.quote
        assert TEXT[int(row.printed_start) : int(row.printed_end)] == row.printed


def test_the_command_prints_csv_for_any_text_without_a_project(tmp_path):
    file = tmp_path / "报告 一.txt"
    file.write_bytes(TEXT.encode("gb18030"))
    done = CliRunner().invoke(main, ["draft", str(file), "-o", "-"])
    assert done.exit_code == 0, done.output
    printed = pd.read_csv(io.StringIO(done.stdout), dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(printed, draft_table(TEXT), check_dtype=False)
    saved = CliRunner().invoke(main, ["draft", str(file), "-o", str(tmp_path / "rows.csv")])
    assert saved.exit_code == 0
    assert (tmp_path / "rows.csv").read_bytes() == b"\xef\xbb\xbf" + done.stdout.encode("utf-8")


def test_an_article_coded_in_full_has_little_left_to_draft(corpus):
    """Whatever the finder proposes for a coded article is no number that has a row already."""
    raw = pd.read_csv(corpus.root / "data" / "figures.csv", dtype=str, keep_default_na=False)
    for article_id, article in corpus.articles.iterrows():
        text = corpus.texts[article_id]
        fresh = draft_figures(text, article, raw, article["published"].date())
        assert len(fresh) < len(draft_table(text)) / 4
        assert not set(fresh["figure_id"]) & set(raw["figure_id"])


def test_drafts_go_into_the_table_and_stay_out_of_reports(project, corpus):
    table = project / "data" / "figures.csv"
    lines = table.read_text("utf-8").splitlines(keepends=True)
    table.write_text("".join(line for line in lines if not line.startswith("kl_mediator_rate,")), "utf-8")
    done = pingan(project, "draft", "kaili_2024")
    assert done.exit_code == 0, done.output
    drafts = pd.read_csv(table, dtype=str, keep_default_na=False).query("status == 'draft'")
    assert "93.88" in set(drafts["printed"])
    assert check_folder(project) == []
    assert Package(str(project / "data" / "datapackage.json")).validate().valid
    assert set(load_corpus(project).accepted.index) == set(corpus.accepted.index) - {"kl_mediator_rate"}
    again = pingan(project, "draft", "kaili_2024")
    assert "No new draft" in again.stderr


def test_what_a_person_rejected_is_not_proposed_again(project):
    table = project / "data" / "figures.csv"
    lines = table.read_text("utf-8").splitlines(keepends=True)
    table.write_text("".join(line for line in lines if not line.startswith("kl_mediator_rate,")), "utf-8")
    assert pingan(project, "draft", "kaili_2024").exit_code == 0
    drafted = table.read_text("utf-8")
    assert ",draft," in drafted
    table.write_text(drafted.replace(",draft,", ",rejected,"), "utf-8")
    assert check_folder(project) == []
    rejected = table.read_bytes()
    assert "No new draft" in pingan(project, "draft", "kaili_2024").stderr
    assert table.read_bytes() == rejected
    # A row that was deleted instead comes back, and under the id that it had.
    kept = [line for line in rejected.decode("utf-8").splitlines(keepends=True) if ",rejected," not in line]
    table.write_text("".join(kept), "utf-8")
    assert pingan(project, "draft", "kaili_2024").exit_code == 0
    assert table.read_text("utf-8") == drafted


def test_a_name_that_is_coded_is_not_proposed_again(corpus):
    raw = pd.read_csv(corpus.root / "data" / "approaches.csv", dtype=str, keep_default_na=False)
    article = pd.Series({"place_id": "invented"}, name="invented_2022")
    (row,) = draft_approaches(TEXT, article, raw).to_dict("records")
    assert (row["name_zh"], row["quote"]) == ("一格三员", "“一格三员”工作机制")
    coded = pd.concat([raw, pd.DataFrame([row])]).fillna("")
    assert draft_approaches(TEXT, article, coded).empty


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("draft", "nowhere"), "There is no article 'nowhere'"),
        (("draft", "anshun_2018", "--published", "2018-01-01"), "--published is for a file"),
        (("draft", "anshun_2018", "-o", "no/such/folder/rows.csv"), "There is no folder"),
    ],
)
def test_a_wrong_use_is_told_and_changes_nothing(project, arguments, said):
    before = (project / "data" / "figures.csv").read_bytes()
    done = pingan(project, *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert (project / "data" / "figures.csv").read_bytes() == before


@given(st.text(alphabet="甲乙一。", min_size=1, max_size=30), st.data())
def test_the_prefix_makes_a_passage_unique_or_is_all_that_precedes(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    prefix = unique_prefix(text, start, end)
    assert text[:start].endswith(prefix)
    if len(prefix) < start:
        assert locate(text, text[start:end], prefix) == (start, end)
