"""The figures say what their frames say, in both languages, and the same bytes each time."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from datetime import date
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex, to_rgb
from matplotlib.dates import num2date
from matplotlib.figure import Figure
from matplotlib.text import Text

from pingan_lib import style
from pingan_lib.bounds import Bounds
from pingan_lib.errors import UsageError
from pingan_lib.markup import page_problems, policy
from pingan_lib.plots import (
    coverage_strips,
    diverging_bars,
    dumbbell_bounds,
    figure_svg,
    heatmap,
    missing_glyphs,
    specification_curve,
    stage_bars,
    timeline,
)
from pingan_lib.plots.readable import readable
from pingan_lib.svg import inline_svg, picture

CSS = (Path(style.__file__).parent / "templates" / "report" / "report.css").read_text(encoding="utf-8")
# The colours of a page's own, read from its style sheet: the first block of each name is light, the second dark.
THEMES = {
    theme: dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    for theme, block in zip(("light", "dark"), re.findall(r":root \{.*?\}", CSS, re.DOTALL), strict=False)
}
SEEDS = sorted((Path(__file__).parents[1] / "seeds").glob("*.txt"))
CITIES = ["凯里", "安顺"]


def matrix() -> pd.DataFrame:
    labels = ["矛盾纠纷多元化解", "特殊人群服务管理", "Grid management and data collection"]
    return pd.DataFrame([[4, 3], [0, 6], [2, 2]], index=labels, columns=CITIES)


def bounds() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": ["全市建立治保会、巡防队的村(居)比例", "调解成功率", "受理纠纷", "在册"],
            "value": [95, 95.97, 96.5, 94],
            "low": [95, Fraction(95965, 1000), 96, None],
            "high": [None, Fraction(95975, 1000), 97, 94],
            "low_closed": [True, True, False, False],
            "high_closed": [False, True, False, True],
            "printed": ["95%以上", "95.97%", "96.5%", "94%"],
            "hedge": ["至少", "", None, "至多"],
            "group": [CITIES[1], CITIES[0], CITIES[0], CITIES[1]],
        }
    )


def words() -> pd.DataFrame:
    return pd.DataFrame(
        {"log_ratio": [4.1, 0.5, -2.25, -4.4], "count_a": [12, 6, 2, 0], "count_b": [0, 5, 9, 11]},
        index=["调解", "平安", "工程", "平安细胞工程"],
    )


def periods() -> pd.DataFrame:
    rows = [
        ("经营场所纠纷警情", "2023-01-01", "2023-12-31", CITIES[0]),
        ("共调解各类矛盾纠纷", None, "2024-04-03", CITIES[0]),
        ("访谈", "2018-03-19", "2018-03-19", CITIES[1]),
        ("平安细胞工程现场会", "2016-01-01", None, CITIES[1]),
        ("夜市摊点", None, None, CITIES[0]),
        ("地区生产总值", "2016-01-01", "2017-12-31", CITIES[1]),
        ("某半年", "2017-01-01", "2017-06-30", CITIES[1]),
    ]
    return pd.DataFrame(rows, columns=["label", "start", "end", "group"])


def stages() -> pd.DataFrame:
    rows = [("投入", CITIES[0], 8), ("投入", CITIES[1], 5), ("产出", CITIES[0], 9), ("产出", CITIES[1], 0)]
    return pd.DataFrame(rows, columns=["stage", "group", "count"])


def strips() -> pd.DataFrame:
    spans = [[(0, 40), (60, 70)], [(10, 20)]]
    return pd.DataFrame({"label": CITIES, "characters": [100, 50], "share": [50.0, 20.0], "spans": spans})


CHOICES = {"rounding": "舍入规则", "hedge": "What a hedge allows"}


def specifications() -> pd.DataFrame:
    """Three rules of rounding by two of hedging, of which one sets no upper bound."""
    rows = [
        {
            "rounding": rounding,
            "hedge": hedge,
            "low": 4.0 - place,
            "high": None if hedge == "no end" else 5.0 - place,
            "value": 4.5 - place if hedge == "digit" else None,
            "default": (rounding, hedge) == ("四舍五入", "digit"),
        }
        for place, (rounding, hedge) in enumerate(product(["四舍五入", "截尾", "皆可"], ["digit", "no end"]))
    ]
    return pd.DataFrame(rows)


def draw_all():
    legend = {"value": "数值", "closed": "含端点", "open": "不含端点", "unbounded": "无界"}
    return [
        heatmap(matrix(), title="各维度的机制数"),
        dumbbell_bounds(bounds(), title="比率", xlabel="%", words=legend),
        diverging_bars(words(), side_a="凯里", side_b="安顺", title="特征词"),
        timeline(periods(), title="时期", unknown="未说明"),
        stage_bars(stages(), title="阶段", xlabel="个"),
        coverage_strips(strips(), title="覆盖"),
        specification_curve(
            specifications(), CHOICES, title="各种设定", threshold=0, words={"default": "所用"}
        ),
    ]


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def marks(ax, kind: str) -> list[tuple[float, float]]:
    return [tuple(line.get_xydata()[0]) for line in ax.lines if line.get_gid() == kind]


def shades(ax) -> dict[tuple[int, int], float]:
    """The opacity of each shaded cell of a grid, by row and column."""
    found = {}
    for patch in ax.patches:
        if patch.get_gid() == "cells":
            for left, top in patch.get_path().vertices[::5]:
                found[int(top), int(left)] = patch.get_facecolor()[3]
    return found


def labels(ax) -> list[str]:
    return [label.get_text().replace("\n", "") for label in ax.get_yticklabels()]


class TestHeatmap:
    def test_each_cell_carries_its_count_and_zero_its_own_sign(self):
        ax = heatmap(matrix())
        written = {text.get_position(): text.get_text() for text in ax.texts}
        assert written == {
            (0.5, 0.5): "4", (1.5, 0.5): "3",
            (0.5, 1.5): "·", (1.5, 1.5): "6",
            (0.5, 2.5): "2", (1.5, 2.5): "2",
        }  # fmt: skip

    def test_the_colours_follow_the_counts_and_zero_has_none(self):
        shaded = shades(heatmap(matrix()))
        by_cell = {
            count: shaded[cell]
            for cell, count in zip(product(range(3), range(2)), (4, 3, 0, 6, 2, 2), strict=True)
            if count
        }
        assert sorted(by_cell, key=by_cell.get) == [2, 3, 4, 6]
        assert set(product(range(3), range(2))) - set(shaded) == {(1, 0)}

    def test_rows_and_columns_are_named_in_their_order(self):
        ax = heatmap(matrix())
        assert [label.get_text() for label in ax.get_xticklabels()] == CITIES
        assert [name.replace(" ", "") for name in labels(ax)] == [n.replace(" ", "") for n in matrix().index]

    @pytest.mark.parametrize("cell", [1.5, -1, np.nan])
    def test_what_is_no_count_is_refused(self, cell):
        with pytest.raises(UsageError, match="whole number"):
            heatmap(pd.DataFrame([[1.0, cell]]))

    def test_numbers_are_readable_on_their_ground(self):
        opacities = list(shades(heatmap(pd.DataFrame([list(range(1, 13))]))).values())
        assert (min(opacities), max(opacities)) > (style.LEAST, style.LEAST)
        assert max(opacities) == style.MOST
        for ink, ground in (
            (THEMES["light"]["ink"], THEMES["light"]["paper"]),
            (THEMES["dark"]["ink"], THEMES["dark"]["paper"]),
        ):
            for opacity in opacities:
                cell = np.asarray(to_rgb(style.SHADE)) * opacity + np.asarray(to_rgb(ground)) * (1 - opacity)
                assert style.contrast(ink, to_hex(cell)) >= 4.5


class TestDumbbellBounds:
    def test_the_values_lie_on_their_rows(self):
        assert marks(dumbbell_bounds(bounds()), "value") == [(95, 0), (95.97, 1), (96.5, 2), (94, 3)]

    def test_closed_open_and_missing_ends_are_drawn_apart(self):
        ax = dumbbell_bounds(bounds())
        left, right = ax.get_xlim()
        assert marks(ax, "closed") == [(95, 0), (95.965, 1), (95.975, 1), (94, 3)]
        assert marks(ax, "open") == [(96, 2), (97, 2)]
        assert marks(ax, "unbounded") == [(right, 0), (left, 3)]
        faces = {line.get_gid(): line.get_markerfacecolor() for line in ax.lines}
        assert (faces["closed"], faces["open"]) == (style.INK, style.PAPER)

    def test_segments_run_from_bound_to_bound(self):
        ax = dumbbell_bounds(bounds())
        left, right = ax.get_xlim()
        segments = [tuple(line.get_xdata()) for line in ax.lines if line.get_gid() == "bounds"]
        assert segments == [(95, right), (95.965, 95.975), (96, 97), (left, 94)]

    def test_the_printed_number_and_its_hedge_stand_beside_the_row(self):
        assert texts(dumbbell_bounds(bounds())) == ["95%以上  至少", "95.97%", "96.5%", "94%  至多"]

    def test_groups_differ_in_marker_as_in_colour(self):
        ax = dumbbell_bounds(bounds())
        looks = [
            (line.get_marker(), line.get_markerfacecolor()) for line in ax.lines if line.get_gid() == "value"
        ]
        assert looks[0] == looks[3] != looks[1] == looks[2]
        assert looks[0][0] != looks[1][0]
        assert [text.get_text() for text in ax.get_legend().get_texts()] == ["安顺", "凯里"]

    def test_units_do_not_share_an_axis(self):
        with pytest.raises(UsageError, match="件, 元"):
            dumbbell_bounds(bounds().assign(unit=["件", "件", "元", "件"]))

    def test_rows_that_are_not_comparable_are_refused_by_name(self):
        graded = bounds().assign(grade=["comparable", "not_comparable", "with_caution", "not_comparable"])
        with pytest.raises(UsageError, match=r"one axis: 调解成功率; 在册\. .* refused="):
            dumbbell_bounds(graded)

    def test_a_row_that_needs_caution_is_drawn_as_any_other(self):
        cautious = dumbbell_bounds(bounds().assign(grade="with_caution"))
        assert figure_svg(cautious.figure) == figure_svg(dumbbell_bounds(bounds()).figure)

    def test_refused_rows_can_be_drawn_hollow_and_dashed_with_the_reason_beside_them(self):
        graded = bounds().assign(grade=["comparable", "not_comparable", "with_caution", "comparable"])
        ax = dumbbell_bounds(graded, refused="不可比")
        assert texts(ax) == ["95%以上  至少", "95.97%", "不可比", "96.5%", "94%  至多"]
        lines = {line.get_ydata()[0]: line for line in ax.lines if line.get_gid() == "bounds"}
        assert [row for row, line in lines.items() if line.is_dashed()] == [1]
        faces = {
            line.get_ydata()[0]: line.get_markerfacecolor() for line in ax.lines if line.get_gid() == "value"
        }
        assert [row for row, face in faces.items() if face == style.PAPER] == [1]
        assert marks(ax, "value") == marks(dumbbell_bounds(bounds()), "value")

    def test_a_row_without_a_value_has_no_mark(self):
        assert marks(dumbbell_bounds(bounds().assign(value=[95, None, 96.5, 94])), "value") == [
            (95, 0), (96.5, 2), (94, 3)
        ]  # fmt: skip

    def test_an_infinite_bound_is_a_missing_one(self):
        ax = dumbbell_bounds(bounds().iloc[:1].assign(high=float("inf")))
        assert marks(ax, "unbounded") == [(ax.get_xlim()[1], 0)]

    def test_without_any_number_there_is_nothing_to_draw(self):
        with pytest.raises(UsageError, match="No row has"):
            dumbbell_bounds(bounds().assign(value=None, low=None, high=None))


class TestDivergingBars:
    def test_bars_are_as_long_as_the_effect_and_in_order(self):
        ax = diverging_bars(words(), side_a="A", side_b="B")
        bars = sorted(ax.patches, key=lambda bar: bar.get_y())
        assert [bar.get_width() for bar in bars] == [4.1, 0.5, -2.25, -4.4]
        assert labels(ax) == list(words().index)

    def test_the_counts_of_both_texts_stand_at_the_bars_ends(self):
        ax = diverging_bars(words(), side_a="A", side_b="B")
        placed = {text.xy: text.get_text() for text in ax.texts if text.get_text()[0].isdigit()}
        assert placed == {(4.1, 0): "12 : 0", (0.5, 1): "6 : 5", (-2.25, 2): "2 : 9", (-4.4, 3): "0 : 11"}

    def test_the_first_text_is_on_the_right(self):
        ax = diverging_bars(words(), side_a="凯里", side_b="安顺")
        sides = {text.get_text(): text.xy[0] for text in ax.texts if not text.get_text()[0].isdigit()}
        assert sides == {"凯里 →": 1.0, "← 安顺": 0.0}

    def test_the_sides_differ_in_hatch_as_in_colour(self):
        looks = {bar.get_width() > 0: (bar.get_hatch(), bar.get_facecolor())
                 for bar in diverging_bars(words(), side_a="A", side_b="B").patches}  # fmt: skip
        assert looks[True][0] != looks[False][0]
        assert looks[True][1] != looks[False][1]

    def test_one_side_alone_can_be_drawn(self):
        ax = diverging_bars(words().iloc[2:], side_a="A", side_b="B")
        bars = sorted(ax.patches, key=lambda bar: bar.get_y())
        assert [(bar.get_width(), bar.get_hatch()) for bar in bars] == [(-2.25, "///"), (-4.4, "///")]


class TestTimeline:
    def test_whole_periods_run_from_their_first_to_the_end_of_their_last_day(self):
        days = [
            (bar.get_y() + bar.get_height() / 2, num2date(bar.get_x()).date(),
             num2date(bar.get_x() + bar.get_width()).date())
            for bar in timeline(periods()).patches
        ]  # fmt: skip
        assert days == [
            (0, date(2023, 1, 1), date(2024, 1, 1)),
            (5, date(2016, 1, 1), date(2018, 1, 1)),
            (6, date(2017, 1, 1), date(2017, 7, 1)),
        ]

    def test_missing_ends_leave_the_axis_on_their_side(self):
        ax = timeline(periods())
        left, right = ax.get_xlim()
        assert marks(ax, "unbounded") == [(left, 1), (right, 3)]
        known = [(num2date(x).date(), row) for x, row in marks(ax, "bound")]
        assert known == [(date(2024, 4, 4), 1), (date(2016, 1, 1), 3)]

    def test_a_single_day_is_a_mark(self):
        assert [(num2date(x).date(), row) for x, row in marks(timeline(periods()), "day")] == [
            (date(2018, 3, 19), 2)
        ]

    def test_each_row_says_its_period_in_figures(self):
        assert texts(timeline(periods(), unknown="未说明")) == [
            "2023",
            "… – 2024-04-03",
            "2018-03-19",
            "2016 – …",
            "未说明",
            "2016 – 2017",
            "2017-01-01 – 2017-06-30",
        ]

    def test_a_period_that_ends_before_it_starts_is_named(self):
        with pytest.raises(UsageError, match="访谈"):
            timeline(periods().assign(end="2018-01-01").iloc[[2, 5]])

    def test_no_date_at_all_is_refused(self):
        with pytest.raises(UsageError, match="no time to draw"):
            timeline(periods().iloc[[4]])


class TestCoverageStrips:
    def test_each_group_has_its_colour_and_the_spans_their_places(self):
        ax = coverage_strips(strips().assign(group=CITIES))
        coded = [patch for patch in ax.patches if patch.get_gid() == "coded"]
        assert [to_hex(patch.get_facecolor()).upper() for patch in coded] == list(style.SERIES[:2])
        edges = [sorted(set(patch.get_path().vertices[:, 0])) for patch in coded]
        assert edges == [[0, 40, 60, 70], [10, 20]]
        assert [patch.get_width() for patch in ax.patches if patch.get_gid() == "text"] == [100, 50]

    def test_a_text_of_which_nothing_is_coded_is_an_empty_strip(self):
        ax = coverage_strips(strips().assign(spans=[[], []], share=[0.0, 0.0]))
        assert [patch.get_gid() for patch in ax.patches] == ["text", "text"]


class TestStageBars:
    def test_bars_carry_the_counts_of_stage_and_group(self):
        ax = stage_bars(stages())
        drawn = [(round(bar.get_y() + bar.get_height() / 2, 6), bar.get_width()) for bar in ax.patches]
        assert sorted(drawn) == [(-0.2, 8), (0.2, 5), (0.8, 9), (1.2, 0)]
        assert sorted(texts(ax)) == [
            "0",
            "5  安顺",
            "8  凯里",
            "9",
        ]  # the first bar of a group names it: no legend
        assert ax.get_legend() is None
        assert labels(ax) == ["投入", "产出"]

    def test_two_counts_for_one_bar_are_refused_rather_than_averaged(self):
        with pytest.raises(UsageError, match="投入 has more than one count for 凯里"):
            stage_bars(pd.concat([stages(), stages().iloc[:1]]))

    def test_reported_counts_that_are_not_comparable_are_refused_or_marked(self):
        graded = stages().assign(grade=["not_comparable", "comparable", "comparable", "with_caution"])
        with pytest.raises(UsageError, match="one axis: 投入"):
            stage_bars(graded)
        ax = stage_bars(graded, refused="不可比")
        assert sorted(texts(ax)) == ["0", "5  安顺", "8  凯里  不可比", "9"]
        assert [bar.get_width() for bar in ax.patches if bar.get_facecolor() == (1, 1, 1, 1)] == [8]

    def test_more_groups_than_can_be_told_apart_are_refused(self):
        many = pd.DataFrame({"stage": "产出", "group": list("abcdef"), "count": 1})
        with pytest.raises(UsageError, match="6 groups"):
            stage_bars(many)


class TestSpecificationCurve:
    def test_specifications_stand_by_lower_then_upper_bound(self):
        frame = pd.DataFrame(
            {"low": [2, None, 1, 1, 1], "high": [3, 9, None, 4, 2], "value": [2.5, 8, 7, 3, 1.5], "rule": "a"}
        )
        ax = specification_curve(frame, {"rule": "rule"})
        (values,) = (line for line in ax.lines if line.get_gid() == "value")
        assert values.get_ydata().tolist() == [8, 1.5, 3, 7, 2.5]
        assert values.get_xdata().tolist() == [0, 1, 2, 3, 4]

    def test_where_there_is_no_bound_an_arrow_leaves_the_axis(self):
        ax = specification_curve(specifications(), CHOICES)
        bottom, top = ax.get_ylim()
        out = [line.get_xydata().tolist() for line in ax.lines if line.get_gid() == "unbounded"]
        assert out == [[[0, top], [2, top], [4, top]]]
        assert bottom < -1 < 5 < top

    def test_each_choice_has_a_dot_for_each_specification_that_makes_it(self):
        ax = specification_curve(specifications(), CHOICES)
        lower = ax.figure.axes[1]
        assert labels(lower) == [
            "舍入规则",
            "四舍五入",
            "截尾",
            "皆可",
            "What a hedge allows",
            "digit",
            "no end",
        ]
        row_of = dict(zip(lower.get_yticks(), labels(lower), strict=True))
        dots = [
            (int(x), row_of[y])
            for line in lower.lines if line.get_gid() == "dot"
            for x, y in line.get_xydata()
        ]  # fmt: skip
        ordered = specifications().sort_values("low")
        for column in CHOICES:
            made = [value for x, value in sorted(dots) if value in set(ordered[column])]
            assert made == ordered[column].to_list()
        assert len(dots) == len(CHOICES) * len(ordered)

    def test_the_default_is_told_by_a_band_a_weight_and_a_word(self):
        ax = specification_curve(specifications(), CHOICES, words={"default": "本页所用"})
        bands = [
            (patch.get_x(), patch.get_width())
            for panel in ax.figure.axes for patch in panel.patches if patch.get_gid() == "default"
        ]  # fmt: skip
        assert bands == [(4.5, 1), (4.5, 1)]  # with the highest of six lower bounds
        assert texts(ax) == ["本页所用"]
        plain, default = (lines for lines in ax.collections if lines.get_gid() == "bounds")
        assert default.get_linewidth()[0] > plain.get_linewidth()[0]

    def test_a_threshold_crosses_the_curve_with_its_name(self):
        ax = specification_curve(specifications(), CHOICES, threshold=-7.5, words={"threshold": "无差别"})
        (line,) = (line for line in ax.lines if line.get_gid() == "threshold")
        assert set(line.get_ydata()) == {-7.5}
        assert ax.get_ylim()[0] < -7.5
        assert texts(ax) == ["无差别"]

    def test_it_divides_an_axes_that_is_given(self):
        figure = Figure()
        ax, other = figure.subplots(1, 2)
        assert specification_curve(specifications(), CHOICES, ax=ax) is ax
        assert figure.axes[:2] == [ax, other]
        assert len(figure.axes) == 3
        with pytest.raises(UsageError, match="divided in two"):
            specification_curve(specifications(), CHOICES, ax=figure.add_axes((0, 0, 1, 1)))

    @pytest.mark.parametrize(
        ("frame", "choices", "message"),
        [
            (specifications(), {}, "needs choices"),
            (specifications(), {"unit": "unit"}, "lacks unit"),
            (specifications().assign(default=True), CHOICES, "6 specifications are marked default"),
            (specifications().assign(high=-9), CHOICES, "above the upper one in row 0, 1"),
            (specifications().assign(low=None, high=None, value=None), CHOICES, "nothing to draw"),
        ],
    )
    def test_what_is_no_curve_is_refused(self, frame, choices, message):
        with pytest.raises(UsageError, match=message):
            specification_curve(frame, choices)


@pytest.mark.parametrize(
    ("draw", "frame", "column"),
    [
        (dumbbell_bounds, bounds(), "low_closed"),
        (timeline, periods(), "start"),
        (stage_bars, stages(), "count"),
    ],
)
def test_a_frame_that_cannot_be_drawn_is_refused(draw, frame, column):
    with pytest.raises(UsageError, match=f"lacks {column}"):
        draw(frame.drop(columns=column))
    with pytest.raises(UsageError, match="no row"):
        draw(frame.iloc[:0])


class TestGlyphs:
    def test_no_glyph_is_missing_in_any_plot(self):
        assert [missing_glyphs(ax.figure) for ax in draw_all()] == [[]] * 7

    @pytest.mark.parametrize("seed", SEEDS, ids=lambda path: path.stem)
    def test_the_packaged_font_alone_draws_the_whole_article(self, seed):
        figure = Figure()
        text = figure.text(0, 0, seed.read_text(encoding="utf-8"))
        text.set_fontfamily(["Pingan Sans SC"])
        assert missing_glyphs(figure) == []

    def test_a_character_without_a_glyph_is_named(self):
        with style.use_style():
            figure = Figure()
            figure.text(0, 0, "平安\U0001f600\U00020000安")
        lacking = missing_glyphs(figure)
        assert "\U00020000" in lacking
        assert not {"平", "安"} & set(lacking)

    def test_tick_labels_are_looked_at_too(self):
        ax = heatmap(matrix().rename(columns={"凯里": "\U00020000"}))
        assert missing_glyphs(ax.figure) == ["\U00020000"]

    def test_the_font_is_the_one_that_its_notice_describes(self):
        folder = Path(style.__file__).parent / "fonts"
        digest = hashlib.sha256((folder / "NotoSansSC-subset.otf").read_bytes()).hexdigest()
        assert f"SHA-256 `{digest}`" in (folder / "README.md").read_text(encoding="utf-8")
        assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "OFL.txt").read_text(encoding="utf-8")

    def test_the_font_covers_gb2312(self):
        plane = [
            bytes((row, cell)).decode("gb2312", "ignore")
            for row in range(0xB0, 0xF8)
            for cell in range(0xA1, 0xFF)
        ]
        figure = Figure()
        figure.text(0, 0, "".join(plane), fontfamily=["Pingan Sans SC"])
        assert len("".join(plane)) == 6763
        assert missing_glyphs(figure) == []


class TestSvg:
    def test_another_process_gives_the_same_bytes(self):
        code = (
            "import hashlib, test_plots as t\n"
            "print(*(hashlib.sha256(t.figure_svg(ax.figure)).hexdigest() for ax in t.draw_all()))"
        )
        run = subprocess.run(
            [sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, text=True
        )
        here = [hashlib.sha256(figure_svg(ax.figure)).hexdigest() for ax in draw_all()]
        assert run.stdout.split() == here, run.stderr

    def test_glyphs_are_paths_and_nothing_is_fetched(self):
        svg = figure_svg(heatmap(matrix()).figure).decode()
        assert svg.startswith("<svg ")
        assert "<text" not in svg
        addresses = [part.split('"')[0] for part in svg.split("http")[1:]]
        assert sorted(addresses) == ["://www.w3.org/1999/xlink", "://www.w3.org/2000/svg"]  # names, not links
        assert all(
            link.startswith("#") for link in (part.split('"')[0] for part in svg.split('xlink:href="')[1:])
        )

    def test_a_dollar_is_a_dollar(self):
        ax = stage_bars(stages().assign(stage=["$a_1$", "$a_1$", "b", "b"]))
        assert ax.get_yticklabels()[0].get_parse_math() is False


def words_lead(frame: pd.DataFrame):
    return diverging_bars(frame, side_a="A", side_b="B")


@pytest.mark.parametrize(
    ("draw", "frame"),
    [
        (dumbbell_bounds, bounds()),
        (timeline, periods()),
        (stage_bars, stages()),
        (words_lead, words()),
        (coverage_strips, strips()),
    ],
)
def test_the_number_written_for_a_row_knows_its_source(draw, frame):
    wanted = [None, *(f"#card-{place}" for place in range(1, len(frame)))]
    drawn = [text.get_url() for text in draw(frame.assign(source=["", *wanted[1:]])).texts]
    assert {*drawn} == {*wanted}
    if draw is not stage_bars:  # whose bars come group by group
        assert drawn[: len(wanted)] == wanted


def svg_of(ax, **options: str) -> ElementTree.Element:
    return parsed(inline_svg(ax.figure, **{"prefix": "fig", "source": "count:here"} | options))


def parsed(svg: str) -> ElementTree.Element:
    """A figure as it stands in a page, its tags without their namespace."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.removeprefix("{http://www.w3.org/2000/svg}")
    return root


def said(element: ElementTree.Element) -> str:
    return "".join(element.itertext()).replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(scope="module")
def inlined() -> list[str]:
    return [inline_svg(ax.figure, prefix="fig", source="count:here") for ax in draw_all()]


class TestInlineSvg:
    def test_a_number_leads_to_its_card(self):
        cards = [f"#card-{name}" for name in ("as_posts", "kl_rate", "kl_disputes", "as_listed")]
        links = list(svg_of(dumbbell_bounds(bounds().assign(source=cards))).iter("a"))
        assert [link.attrib for link in links] == [
            {"class": "number", "href": card, "data-source": card.removeprefix("#card-")} for card in cards
        ]
        assert [said(link) for link in links] == ["95%以上  至少", "95.97%", "96.5%", "94%  至多"]

    def test_every_other_number_says_what_it_was_counted_from(self):
        ax = stage_bars(stages().assign(source=["count:a", "javascript:b", None, None]), xlabel="n of 22")
        root = svg_of(ax)
        assert list(root.iter("a")) == []
        counted = {
            said(group): group.get("data-source") for group in root.iter("g") if group.get("class") == "count"
        }
        assert counted == {"8  凯里": "count:a", "9": "count:here", "5  安顺": "javascript:b", "0": "count:here",
                           "n of 22": "count:here"}  # fmt: skip
        ticks_first = ["0", "9", "9", "0"]
        assert [said(text) for text in root.iter("text") if said(text) in ("9", "0")] == ticks_first

    def test_the_ticks_of_an_axis_are_ticks_and_no_counts(self):
        ax = timeline(periods().assign(label=[f"{place}号" for place in range(7)]))
        ticks = [said(group) for group in svg_of(ax).iter("g") if group.get("class") == "tick"]
        assert ticks[-7:] == [f"{place}号" for place in range(7)]
        assert "2018" in ticks

    def test_the_lines_of_a_text_are_one_link(self):
        with style.use_style():
            ax = Figure().subplots()
            ax.set_title("95%\n以上", url="#card-rate")
        (link,) = svg_of(ax).iter("a")
        assert [text.text for text in link.iter("text")] == ["95%", "以上"]

    def test_letters_are_text_as_wide_as_the_font_of_the_figure_makes_them(self, inlined):
        font = TTFont(Path(style.__file__).parent / "fonts" / "NotoSansSC-subset.otf")
        widths, glyphs = font["hmtx"], font.getBestCmap()
        measured = 0
        for svg in inlined:
            root = parsed(svg)
            parents = {child: parent for parent in root.iter() for child in parent}
            for text in root.iter("text"):
                assert text.text
                assert {"font-family", "style"}.isdisjoint(text.attrib)
                if "textLength" in text.attrib:
                    units = sum(widths[glyphs[ord(char)]][0] for char in text.text)
                    width = (
                        units
                        * float(text.get("font-size") or parents[text].get("font-size"))
                        / font["head"].unitsPerEm
                    )
                    assert float(text.get("textLength")) == pytest.approx(width, abs=0.02)
                    measured += 1
            short = [said(text) for text in root.iter("text") if "textLength" not in text.attrib]
            assert all(len(text) == 1 or re.fullmatch(r"[\d.,]{1,4}", text) for text in short)
        assert measured > 40

    def test_a_single_sign_is_not_stretched(self):
        (dot,) = (text for text in svg_of(heatmap(matrix())).iter("text") if text.text == "·")
        assert "textLength" not in dot.attrib

    def test_a_text_stands_where_matplotlib_puts_it(self):
        with style.use_style():
            ax = Figure().subplots()
            ax.set_ylabel("件 per year")
            ax.set_xlabel("年份")
        upright, turned = (text for text in svg_of(ax).iter("text") if text.text in ("年份", "件 per year"))
        assert upright.get("text-anchor") == "middle" and "transform" not in upright.attrib
        assert turned.get("transform") == f"rotate(-90 {turned.get('x')} {turned.get('y')})"

    @pytest.mark.parametrize("label", ['<b>&"</b>', "]]> & 'x'", "a &amp; b", "$x_1$"])
    def test_a_label_is_text_whatever_it_holds(self, label):
        root = svg_of(stage_bars(stages().assign(stage=[label, label, "b", "b"])), label=label)
        assert label in [text.text for text in root.iter("text")]
        assert root.get("aria-label") == label

    def test_spaces_that_html_would_fold_are_kept(self):
        first, second, *_ = svg_of(dumbbell_bounds(bounds())).findall("g[@class='count']/text")
        assert first.text == "95%以上 \N{NO-BREAK SPACE}至少"
        assert second.text == "95.97%"

    def test_chinese_in_an_english_page_is_marked(self):
        frame = bounds().assign(label=["Watch posts", "b", "c", "d"], hedge="at least", source="#card-x")
        (link, *_) = svg_of(dumbbell_bounds(frame), language="en").iter("a")
        assert [(run.tag, run.text) for run in link.iter("tspan")] == [("tspan", "以上")]
        assert said(link) == "95%以上  at least"

    def test_nothing_is_in_it_that_a_page_would_refuse_or_fetch(self, inlined):
        for svg in inlined:
            elements = list(parsed(svg).iter())
            assert {"style", "metadata", "script", "title"}.isdisjoint(element.tag for element in elements)
            assert {"style", "onclick"}.isdisjoint(name for element in elements for name in element.attrib)
            assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" ')
            assert svg.count("http") == 1
            assert "xlink" not in svg

    def test_two_figures_in_a_page_share_no_id_and_the_page_is_sound(self):
        ax = stage_bars(stages().assign(source="#card-a"))
        figures = "".join(
            inline_svg(ax.figure, prefix=name, source="count:x", label="x") for name in ("one", "two")
        )
        page = (
            f'<meta http-equiv="Content-Security-Policy" content="{policy("", "")}">'
            f'<h1>x</h1>{figures}<article id="card-a"></article>'
        )
        assert page_problems(page) == []

    def test_every_id_is_referred_to_and_every_reference_leads_somewhere(self, inlined):
        for svg in inlined:
            root = parsed(svg)
            values = [value for element in root.iter() for value in element.attrib.values()]
            ids = {element.get("id") for element in root.iter()} - {None}
            assert ids
            assert {name.split("-")[0] for name in ids} == {"fig"}
            assert ids == {value.strip("url(#)") for value in values if value.startswith(("#fig", "url("))}

    def test_the_same_figure_gives_the_same_text_however_often_it_is_drawn(self):
        legend = dict.fromkeys(("closed", "open", "value"), "a legend text that is far too long for a line")
        for draw in (lambda: dumbbell_bounds(bounds(), words=legend), lambda: heatmap(matrix())):
            ax = draw()
            first = inline_svg(ax.figure, prefix="fig", source="count:here")
            missing_glyphs(ax.figure)
            assert inline_svg(ax.figure, prefix="fig", source="count:here") == first
            assert inline_svg(draw().figure, prefix="fig", source="count:here") == first

    def test_it_is_a_named_image_or_with_links_a_named_group_and_can_shrink(self):
        linked = stage_bars(stages().assign(source="#card-a"))
        assert svg_of(linked, label="Bars").get("role") == "group"
        root = svg_of(heatmap(matrix()), label="Approaches by dimension")
        assert (root.get("role"), root.get("aria-label")) == ("img", "Approaches by dimension")
        width, height = (root.get(side).removesuffix("pt") for side in ("width", "height"))
        assert root.get("viewBox") == f"0 0 {width} {height}"

    def test_marks_take_their_looks_from_their_uses_which_a_dark_scheme_can_reach(self, inlined):
        for svg in inlined:
            for shape in parsed(svg).iterfind(".//defs/path"):
                assert set(shape.attrib) == {"d", "id"}

    def test_a_path_says_the_same_with_fewer_letters(self):
        from pingan_lib.svg import _short_path

        steps = [
            "M",
            "1",
            "2",
            "L",
            "1",
            "5.004",
            "L",
            "3",
            "5",
            "L",
            "4",
            "6",
            "Q",
            "1",
            "1",
            "2",
            "2",
            "L",
            "2",
            "3",
        ]
        steps += ["z", "M", "9", "9", "L", "9", "1"]
        assert _short_path(steps) == "M1 2V5H3L4 6Q1 1 2 2V3zM9 9V1"

    def test_a_drawing_is_kept_and_a_heavy_one_becomes_an_image_where_that_is_lighter(self):
        rng = np.random.default_rng(1)
        heavy, light = Figure(figsize=(2, 2)), heatmap(matrix()).figure
        heavy.subplots().plot(*rng.random((2, 6000)), linewidth=0.1)
        told = {"prefix": "fig", "source": "count:x", "label": 'a "b" <c>'}
        assert picture(light, **told) == inline_svg(light, **told)
        image = BeautifulSoup(picture(heavy, **told), "html.parser").img
        assert image["alt"] == 'a "b" <c>'
        assert image["src"].startswith("data:image/webp;base64,")
        assert 190 < int(image["width"]) < 210
        assert len(str(image)) < len(inline_svg(heavy, **told))
        assert picture(heavy, **told) == picture(heavy, **told)

    @pytest.mark.parametrize("prefix", ["", "1", "a b", 'a"', "图"])
    def test_a_prefix_that_cannot_begin_an_id_is_refused(self, prefix):
        with pytest.raises(UsageError, match="cannot begin an id"):
            inline_svg(Figure(), prefix=prefix, source="count:x")


class TestStyle:
    def test_the_readers_settings_come_back(self):
        before = dict(mpl.rcParams)
        for ax in draw_all():
            missing_glyphs(ax.figure)
            figure_svg(ax.figure)
        assert dict(mpl.rcParams) == before

    def test_the_readers_settings_come_back_after_an_error(self):
        before = dict(mpl.rcParams)
        with pytest.raises(UsageError):
            heatmap(pd.DataFrame())
        assert dict(mpl.rcParams) == before

    def test_a_readers_own_settings_do_not_change_the_figure(self):
        calm = figure_svg(heatmap(matrix()).figure)
        with mpl.rc_context(
            {"font.size": 30, "lines.linewidth": 9, "text.usetex": True, "svg.hashsalt": "x"}
        ):
            assert figure_svg(heatmap(matrix()).figure) == calm

    def test_plots_draw_on_a_given_axes(self):
        ax = Figure().subplots()
        assert stage_bars(stages(), ax=ax) is ax

    def test_no_figure_is_left_in_pyplot(self):
        from matplotlib import pyplot

        draw_all()
        assert pyplot.get_fignums() == []

    def test_text_stands_out_from_the_page(self):
        colours = {
            text.get_color()
            for ax in draw_all()[1:]
            for text in ax.figure.findobj(Text)
            if text.get_visible() and text.get_text()
        }
        assert min(style.contrast(colour, style.PAPER) for colour in colours) >= 4.5

    @pytest.mark.parametrize(
        ("first", "second", "ratio"),
        [("#000000", "#FFFFFF", 21.0), ("#FFFFFF", "#FFFFFF", 1.0), ("#777777", "#FFFFFF", 4.478)],
    )
    def test_contrast_as_the_guideline_computes_it(self, first, second, ratio):
        assert style.contrast(first, second) == pytest.approx(ratio, abs=0.001)


# Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision deficiency",
# doi:10.1109/TVCG.2009.113, for severity 1.
SEEN = {
    "all colours": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
SERIES = {"light": style.SERIES, "dark": tuple(style.DARK[colour] for colour in style.SERIES)}


def lab(colour: str, seen: np.ndarray) -> np.ndarray:
    """CIELAB coordinates (D65) of a colour as somebody sees it."""
    rgb = np.asarray(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    ratio = to_xyz @ np.clip(seen @ linear, 0, 1) / to_xyz.sum(axis=1)
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


class TestColours:
    @pytest.mark.parametrize("theme", THEMES)
    @pytest.mark.parametrize("seen", SEEN)
    def test_groups_stay_apart_for_colour_blind_readers(self, theme, seen):
        colours = [lab(colour, SEEN[seen]) for colour in SERIES[theme]]
        apart = {(i, j): np.linalg.norm(a - b) for (i, a), (j, b) in combinations(enumerate(colours), 2)}
        assert min(apart.values()) > 20  # 2.3 is just noticeable
        assert apart[0, 1] > 45  # two cities, the usual case

    @pytest.mark.parametrize("theme", THEMES)
    def test_groups_and_what_steps_back_stand_out_from_the_page(self, theme):
        for colour in (*SERIES[theme], style.FAINT):
            assert style.contrast(colour, THEMES[theme]["paper"]) >= 3

    def test_the_style_sheet_sets_the_dark_colours(self):
        dark = CSS[CSS.index("/* Figures") :]
        for light, value in style.DARK.items():
            for name in ("fill", "stroke"):
                assert f'.plot svg [{name}="{light.lower()}"] {{ {name}: {value.lower()}; }}' in dark

    def test_no_colour_is_drawn_that_a_dark_page_would_hide(self, inlined):
        kept = {style.FAINT.lower(), style.SHADE.lower()}
        used = {
            value
            for svg in inlined
            for element in parsed(svg).iter()
            for name, value in element.attrib.items()
            if name in ("fill", "stroke") and value.startswith("#")
        }
        assert used - kept <= {colour.lower() for colour in style.DARK}


class TestReadable:
    def test_bounds_stand_in_one_column_and_what_only_the_drawing_needs_is_left_out(self):
        shown = readable(bounds().assign(source="#card-x", grade="comparable", unit="percent"))
        assert list(shown.columns) == ["label", "city", "printed", "hedge", "source", "bounds"]
        assert shown["bounds"].to_list() == [
            Bounds(95, None, True, False),
            Bounds(Fraction(95965, 1000), Fraction(95975, 1000)),
            Bounds(96, 97, False, False),
            Bounds(None, 94, False, True),
        ]

    def test_groups_head_columns_of_counts(self):
        shown = readable(stages())
        assert shown.to_dict("list") == {"stage": ["投入", "产出"], "凯里": [8, 9], "安顺": [5, 0]}

    def test_a_grid_gets_the_names_of_its_rows(self):
        assert readable(matrix().rename_axis("dimension")).columns.to_list() == ["dimension", *CITIES]

    def test_periods_and_strips_and_anything_else(self):
        assert list(readable(periods()).columns) == ["label", "city", "from_day", "to_day"]
        assert list(readable(strips()).columns) == ["label", "characters", "share"]
        other = pd.DataFrame({"x": [1], "y": [2]})
        assert readable(other).equals(other)


class TestWrap:
    @pytest.mark.parametrize(
        ("label", "width", "lines"),
        [
            ("调解成功率", 20, ["调解成功率"]),
            ("全市建立治保会巡防队的村居比例", 16, ["全市建立治保会巡", "防队的村居比例"]),
            ("治保会、巡防队", 6, ["治保", "会、巡", "防队"]),
            ("one mediator in 2021", 12, ["one mediator", "in 2021"]),
            ("indivisible", 4, ["indivisible"]),
            ("", 4, [""]),
        ],
    )
    def test_lines_by_hand(self, label, width, lines):
        assert style.wrap(label, width).split("\n") == lines

    @given(st.text("平安，、（）ab 1", max_size=40), st.integers(2, 30))
    def test_nothing_is_lost_but_the_spaces_at_a_break(self, label, width):
        assert style.wrap(label, width).replace("\n", "").replace(" ", "") == label.replace(" ", "")

    @given(st.text("平安建设", max_size=60), st.integers(2, 30))
    def test_chinese_keeps_to_the_width(self, label, width):
        assert max(map(len, style.wrap(label, width).split("\n"))) * 2 <= max(width, 2)
