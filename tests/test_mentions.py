"""Reported figures in running text: what is found, where it stands, and what is left alone."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
import score_mentions
from hypothesis import given, settings
from hypothesis import strategies as st

from pingan_lib.corpus import figure_bounds
from pingan_lib.errors import NumberError
from pingan_lib.figure_rows import figure_faults, read_printed
from pingan_lib.mentions import find_figures, find_names
from pingan_lib.mentions.script import simplify
from pingan_lib.numerals import read_number
from pingan_lib.units import BARE, WORTH, read_in

PUBLISHED = date(2024, 1, 15)


def told(text):
    """What is found, in short: printed, value, unit, kind."""
    return [(m.printed, m.value, m.unit, m.kind) for m in find_figures(text, PUBLISHED)]


# The labelled sentences and the two articles, scored as the script does.
@pytest.mark.parametrize("part", ["dev", "held_out", "articles"])
def test_what_was_labelled_is_found_and_little_else(part):
    found = score_mentions.score(score_mentions.labelled(part))
    assert found.hits.total() >= 50
    assert (found.precision, found.recall) >= (0.97, 0.97), found.faults
    assert found.recall >= 0.97, found.faults
    for column in ("value", "unit", "hedge", "kind"):
        assert found.share_right(column) >= 0.97, found.faults


@pytest.mark.parametrize("part", ["dev", "held_out"])
def test_the_labels_are_themselves_readable(part):
    for _, rows, _ in score_mentions.labelled(part):
        for row in rows:
            number = read_printed(row["printed"], row["unit"])
            assert (abs(Fraction(row["value"])), row["hedge"]) == (abs(number.value), number.hedge), row


# A text made of what such articles are made of, in any order; ¶ is a line end.
PIECES = """
全市 共 调解 纠纷 刑事案件 同比 分别 下降 增长 减少 至 到 达 约 近 超过 不足 余 多 以上 左右 和
、 ， 。 ； ： （ ） “ ” ¶ 第 前 每 每万人 2730 1800 95.97 1,007 3 0 十 三 两 几 数百 上千 一
零 百分之三 三分之二 过半 翻一番 1:2.5 2023年 今年 截至目前 3月5日 % ‰ 个百分点 成 倍 件 起 名
人 人次 个 村（社区） 万 亿 元 万元 公里 亩 吨 平方米 年 个月 天 小时 次 位 宗 發現 萬 兩 － ～
- ％ ９
"""
LETTERS = (
    "全市共调解下降增长约近余多上第前每零一二三十百千万亿两几数成分之点%．.,，、。-~至到"
    "0123456789０９年月日个件名人元公里吨 \n“”（）"
)
texts = st.one_of(
    st.lists(st.sampled_from(PIECES.split()), max_size=25).map(
        lambda parts: "".join(parts).replace("¶", "\n")
    ),
    st.text(LETTERS, max_size=40),
    st.text(max_size=30),
)


@settings(deadline=None, max_examples=80)
@given(texts)
def test_offsets_are_verbatim_printed_lies_in_its_quote_and_none_overlap(text):
    found = find_figures(text, PUBLISHED)
    for mention in found:
        assert text[mention.start : mention.end] == mention.quote
        assert text[mention.printed_start : mention.printed_end] == mention.printed != ""
        assert mention.start <= mention.printed_start < mention.printed_end <= mention.end
        assert mention.quote in mention.sentence
        assert mention.sentence in text
    assert all(one.printed_end <= other.printed_start for one, other in pairwise(found))
    assert found == find_figures(text, PUBLISHED)


@settings(deadline=None, max_examples=80)
@given(texts)
def test_printed_reads_back_with_the_same_value_hedge_and_bounds(text):
    for mention in find_figures(text, PUBLISHED):
        number = read_printed(mention.printed, mention.unit)
        assert (number.value, number.hedge) in {
            (mention.value, mention.hedge),
            (-mention.value, mention.hedge),
        }
        # More than all is no share; what a row of it would need is told by the check of rows.
        if mention.unit != "percent" or mention.value < 100:
            bounds = figure_bounds(mention.printed, mention.unit, mention.value)
            assert (mention.low, mention.high) == (bounds.low, bounds.high)


@settings(deadline=None, max_examples=80)
@given(texts)
def test_names_are_verbatim_and_never_raise(text):
    for name in find_names(text):
        assert text[name.start : name.end] == name.quote
        assert name.name in name.quote
        assert name.quote.endswith(name.kind_word)


@pytest.mark.parametrize(
    "piece",
    [
        "0",
        "1.",
        "1,000",
        "一",
        "十",
        "百分之",
        "每1",
        "第1、",
        "12、",
        "件",
        "“一",
        " ",
        "\n",
        "3至",
        "2023年",
    ],
)
def test_a_piece_repeated_a_thousand_times_is_read_to_its_end(piece):
    text = piece * 1000 + "全市调解纠纷30件。"
    assert all(text[m.printed_start : m.printed_end] == m.printed for m in find_figures(text, PUBLISHED))
    find_names(text)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_simplifying_keeps_every_character_in_its_place(text):
    assert len(simplify(text)) == len(text)


def test_a_quote_holds_the_number_and_what_it_counts():
    text = "全市共调解各类矛盾纠纷2730件,调解成功2620件,刑事、治安警情同比分别下降12.3%、8.5%。"
    assert [m.quote for m in find_figures(text)] == [
        "全市共调解各类矛盾纠纷2730件",
        "调解成功2620件",
        "刑事、治安警情同比分别下降12.3%",
        "刑事、治安警情同比分别下降12.3%、8.5%",
    ]


def test_what_counts_is_told_by_the_clause_before_where_the_number_only_tells_a_change():
    (mention,) = find_figures("全市经营场所纠纷警情大幅度减少,同比下降26.37%。")
    assert mention.quote == "全市经营场所纠纷警情大幅度减少,同比下降26.37%"
    assert (mention.value, mention.low, mention.high) == (
        Fraction("-26.37"),
        Fraction("-26.375"),
        Fraction("-26.365"),
    )


# The same passage in other clothes
@pytest.mark.parametrize(
    "text",
    [
        "受理案件2730余件，成功率95.97%。",
        "受理案件 2730 余件，成功率 95.97 %。",
        "受理案件２７３０余件，成功率９５．９７％。",
        "受理案件2,730余件，成功率95.97％。",
        "受理案件2730\n余件，成功率95.97\n%。",
        "受理案件２，７３０餘件，成功率９５．９７﹪。",
    ],
)
def test_script_width_and_blanks_do_not_matter(text):
    assert [(m.value, m.unit, m.hedge) for m in find_figures(text)] == [
        (2730, "case", "at_least"),
        (Fraction("95.97"), "percent", "exact"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # several share a unit, or a word of change
        (
            "分别提升1.83和1.86个百分点。",
            [
                ("1.83", "1.83", "percentage_point", "percentage_point"),
                ("1.86", "1.86", "percentage_point", "percentage_point"),
            ],
        ),
        ("分别奖励500、300元。", [("500", 500, "yuan", "money"), ("300", 300, "yuan", "money")]),
        (
            "降幅分别为18.4%27.2%。",
            [("18.4", "-18.4", "percent_change", "change"), ("27.2", "-27.2", "percent_change", "change")],
        ),
        # a level is no change
        ("失业率降到5.5%。", [("5.5", "5.5", "percent", "percentage")]),
        ("由12件下降至8件。", [("12", 12, "case", "count"), ("8", 8, "case", "count")]),
        ("同比增长2.3倍。", [("2.3", "2.3", "times", "change")]),
        ("比上年少48起。", [("48", -48, "case", "change")]),
        # ranges are one, developments are two
        (
            "每组3至5人，共20～30万元。",
            [("3至5", 3, "person", "count"), ("20～30万", 200000, "yuan", "money")],
        ),
        # ranks
        ("总分居全省第二、全市第1。", [("第二", 2, "rank", "rank"), ("第1", 1, "rank", "rank")]),
        ("进入全省前三名。", [("前三", 3, "rank", "rank")]),
        # nothing happened
        (
            "全年未发生一起命案，实现零上访。",
            [("未发生一起", 0, "case", "count"), ("零", 0, "case", "count")],
        ),
        # measures in the base unit
        ("新修12.5公里。", [("12.5公里", 12500, "metre", "measure")]),
        ("缴获毒品3.2吨。", [("3.2吨", 3200, "kilogram", "measure")]),
        ("警民比为1:2.5。", [("1:2.5", "2/5", "times", "ratio")]),
    ],
)
def test_a_form_is_read(text, found):
    assert told(text) == [(printed, Fraction(value), unit, kind) for printed, value, unit, kind in found]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "同比下降%",
        "共起",
        "分别为、%和个百分点。",
        "一起努力，一个人，一批。",
        "“九个严管”",
        "2023年3月5日9时30分",
        "第3条第2款",
        "1+4+N",
    ],
)
def test_where_nothing_is_counted_nothing_is_found(text):
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2023年，全市破案30起。", ("2023-01-01", "2023-12-31", "stated", "period")),
        ("去年破案30起。", ("2023-01-01", "2023-12-31", "stated", "period")),
        ("今年以来破案30起。", ("2024-01-01", "None", "stated", "cumulative")),
        ("2023年1至6月破案30起。", ("2023-01-01", "2023-06-30", "stated", "period")),
        ("二〇二三年上半年破案30起。", ("2023-01-01", "2023-06-30", "stated", "period")),
        ("截至2023年底，累计破案30起。", ("None", "2023-12-31", "stated", "cumulative")),
        ("截至目前，破案30起。", ("None", "2024-01-15", "inferred", "cumulative")),
        ("与2019年相比，破案增长30%。", ("None", "None", "none", "period")),
        ("五年来破案30起。", ("None", "None", "none", "cumulative")),
    ],
)
def test_the_period_is_what_the_sentence_names(text, period):
    (mention,) = find_figures(text, PUBLISHED)
    assert (
        str(mention.period_start),
        str(mention.period_end),
        mention.period_basis,
        mention.timing,
    ) == period


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("全市共有网格员30名。", "reported"),
        ("到2026年，网格员力争达到30名。", "target"),
        ("每村配备一名网格员。", "norm"),
        ("案件须下降18%。", "target"),
    ],
)
def test_what_shall_be_is_told_from_what_was(text, role):
    assert [m.role for m in find_figures(text, PUBLISHED)] == [role]


def test_names_of_mechanisms_are_found_and_slogans_speech_and_titles_are_not():
    text = (
        "积极探索“三个下沉”工作机制,推行“1+8+N”调解模式,实施“雨露工程”。探索「三同步一延伸」機制。"
        "“现在治安真是越来越好了!”他说。切实做到“重点路段见警灯、复杂区域见警力”。印发《“平安细胞”工程实施方案》。"
    )
    assert [(name.name, name.kind_word) for name in find_names(text)] == [
        ("三个下沉", "工作机制"),
        ("1+8+N", "调解模式"),
        ("雨露工程", ""),
        ("三同步一延伸", "機制"),
    ]


# The units of rows
@pytest.mark.parametrize(
    ("printed", "unit", "value", "hedge"),
    [
        ("12公里", "metre", 12000, "exact"),
        ("12", "metre", 12, "exact"),
        ("3.5千米", "metre", 3500, "exact"),
        ("3亩", "square_metre", 2000, "exact"),
        ("3畝", "square_metre", 2000, "exact"),
        ("2万余亩", "square_metre", "40000000/3", "at_least"),
        ("3.2吨", "kilogram", 3200, "exact"),
        ("第3", "rank", 3, "exact"),
        ("第二位", "rank", 2, "exact"),
        ("前三名", "rank", 3, "at_most"),
        ("首位", "rank", 1, "exact"),
        ("1:2.5", "times", "2/5", "exact"),
        ("2.3：1", "times", "2.3", "exact"),
        ("3.2", "percentage_point", "3.2", "exact"),
        ("1800余万", "yuan", 18000000, "at_least"),
    ],
)
def test_a_printed_number_is_read_in_the_base_unit_of_its_code(printed, unit, value, hedge):
    number = read_printed(printed, unit)
    assert (number.value, number.hedge) == (Fraction(value), hedge)


@given(st.integers(1, 10**6), st.sampled_from([(code, word) for code in WORTH for word in WORTH[code]]))
@settings(deadline=None)
def test_a_measure_is_worth_its_unit_and_its_bounds_grow_with_it(count, unit):
    code, word = unit
    phrase = f"{count}{word}"
    number, plain = read_in(phrase, code), read_number(phrase)
    assert number.value == count * WORTH[code][word]
    assert number.low / number.value == plain.low / plain.value


def test_what_is_measured_was_rounded_where_the_unit_stands_in_another_column():
    for code, word in BARE.items():
        assert read_in("3", code).bounds == read_number("3", unit=word).bounds == read_number("3公里").bounds


@pytest.mark.parametrize(
    ("printed", "unit"), [("12起", "metre"), ("1:0", "times"), ("约3:2", "times"), ("第", "rank")]
)
def test_a_number_of_another_kind_is_refused(printed, unit):
    with pytest.raises(NumberError):
        read_printed(printed, unit)


ROW = {
    "quote": "",
    "hedge": "exact",
    "measure_id": "",
    "denominator": "",
    "figure_id": "x",
    "same_as": "",
} | {
    "period_start": "",
    "period_end": "",
    "period_basis": "none",
    "note": "",
}


@pytest.mark.parametrize(
    ("quote", "printed", "unit", "value", "columns"),
    [
        ("警情减少32起", "32", "case", "-32", []),
        ("警情32起", "32", "case", "-32", ["value"]),
        ("下降1.2个百分点", "1.2", "percentage_point", "-1.2", []),
        ("下降1.2个百分点", "1.2", "percentage_point", "1.2", ["value"]),
        ("三分之二的村", "三分之二", "percent", "66.67", []),
        ("三分之二的村", "三分之二", "percent", "67", ["value"]),
        ("新修12公里", "12公里", "metre", "12000", []),
    ],
)
def test_a_row_with_such_a_unit_is_checked(quote, printed, unit, value, columns):
    row = ROW | {"quote": quote, "printed": printed, "unit": unit, "value": value}
    assert [column for column, *_ in figure_faults(row, {}, {})] == columns


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, pingan_lib.mentions; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert {"pandas", "numpy", "rjieba"} & set(loaded.split()) == set()


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("2023年整體罪案數字是90 276宗。", [("90 276", 90276)]),
        ("录得一千○八十二宗，陈○○被捕。", [("一千○八十二", 1082)]),
        ("全年没有出现1例本土病例。", [("没有出现1例", 0)]),
        ("没有采取1次封控。", []),
        ("提前3年实现目标。", [("3", 3)]),
        ("分别位列全省第一、第二和第八。", [("第一", 1), ("第二", 2), ("第八", 8)]),
        ("列入市委四届五次全会报告。", []),
        ("表 12 345 678 合计，2023 150人。", [("150", 150)]),
        # A measure word before a word that begins as another one does (个中, 起重, 条线, 名优, 家国, 人为)
        ("建成3个中心，表彰10名优秀网格员，移交30条线索。", [("3", 3), ("10", 10), ("30", 30)]),
        ("发生2起重大事故，化解5起因欠薪引发的纠纷，审结3起诉讼案件。", [("2", 2), ("5", 5), ("3", 3)]),
        ("检查12家国有企业、8家电商企业，办结6个案件。", [("12", 12), ("8", 8), ("6", 6)]),
        ("建成9个人大代表联络站，命名4个人民调解先进集体。", [("9", 9), ("4", 4)]),
        ("造成3人身亡，组建20人工作专班，其中5人为党员。", [("3", 3), ("20", 20), ("5", 5)]),
        ("开展5场面向群众的宣讲，办结10类案件，整改12处突出隐患。", [("5", 5), ("10", 10), ("12", 12)]),
        ("3台起重机旁，20人大专以上学历。", [("3", 3)]),
        ("封停涉诈号码9万个，编号20318。", [("9万", 90000)]),
        ("登记流动人员60万，其中女性2万人。", [("60万", 600000), ("2万", 20000)]),
        ("对5名信访人落实五包一责任表。", [("5", 5)]),
        ("查处二次饮酒驾驶12起。", [("12", 12)]),
        ("查獲毒品2,070公克，較上年成長8.5%。", [("2,070公克", Fraction("2.07")), ("8.5", Fraction("8.5"))]),
        ("同比上升约4成3，准确率达百分之九十五至九十八。", [("约4成3", 43), ("百分之九十五至九十八", 95)]),
    ],
)
def test_forms_that_real_texts_had(sentence, expected):
    assert [(found.printed, found.value) for found in find_figures(sentence)] == expected


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [("在100个县（市、区）推开。", "在100个县（市、区）"), ("与9县(区)委书记签订。", "9县(区)委书记签订")],
)
def test_a_quote_ends_in_no_open_bracket(sentence, quote):
    assert find_figures(sentence)[0].quote == quote


@pytest.mark.parametrize(
    ("sentence", "text", "start", "end"),
    [
        ("截至6月底，破案30起。", "截至6月底", None, date(2023, 6, 30)),
        ("收缴粉末5公斤。", "", None, None),
        ("全年破案300起。", "全年", date(2023, 1, 1), date(2023, 12, 31)),
        ("力争全年破案300起。", "全年", date(2024, 1, 1), date(2024, 12, 31)),
        ("去年前10个月破案20起。", "去年前10个月", date(2023, 1, 1), date(2023, 10, 31)),
        ("“十三五”期间，破案900起。", "十三五”期间", date(2016, 1, 1), date(2020, 12, 31)),
        ("“十四五”时期，破案900起。", "十四五”时期", date(2021, 1, 1), date(2025, 12, 31)),
        ("立案数是去年同期的3.2倍。", "", None, None),
    ],
)
def test_periods_that_real_texts_had(sentence, text, start, end):
    (found,) = find_figures(sentence, PUBLISHED)
    assert (found.period_text, found.period_start, found.period_end) == (text, start, end)


def test_a_level_after_the_one_of_last_year_is_not_of_last_year():
    before, now = find_figures("破案率由去年的82%升至91%。", PUBLISHED)
    assert (before.period_end, now.period_end) == (date(2023, 12, 31), None)


def test_what_is_below_a_target_is_reported():
    sentences = ("失业率低于调控目标1.6个百分点。", "猪肉价格每斤下降约5元。", "力争下降5个百分点。")
    assert [find_figures(sentence)[0].role for sentence in sentences] == ["reported", "reported", "target"]


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("破案5起，及时挽损400余万元。", "及时挽损400余万元"),
        ("与去年同期402件相比下降。", "去年同期402件"),
        ("覆盖13个街道及其562个行政村。", "562个行政村"),
    ],
)
def test_a_quote_is_cut_between_words(sentence, quote):
    assert find_figures(sentence, PUBLISHED)[-1].quote == quote


def test_who_works_for_a_place_is_a_person():
    sentences = ("配备8个乡镇政法委员。", "培训8个村书记。", "覆盖8个乡镇。")
    assert [find_figures(sentence)[0].unit for sentence in sentences] == ["person", "person", "town"]
