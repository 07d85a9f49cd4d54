"""What figures say to those who do not see them: counted again from the frame, in both languages, for one and many."""

from __future__ import annotations

import pandas as pd
import pytest
from test_plots import bounds, matrix, periods, specifications, stages, strips, words

from pingan_lib.overview import cluster
from pingan_lib.tables import alternatives
from pingan_lib.words import LANGUAGES, Words

EN, ZH = Words("en"), Words("zh")


def test_periods_tell_the_days_the_open_ends_and_who_came_before_whom():
    frame = periods().iloc[[0, 1, 2, 6]]
    assert alternatives.of_periods(EN, frame, 3) == (
        "Figures with a period, and the first and last day that is given: 凯里 2, from 2023-01-01 to 2024-04-03; "
        "安顺 2, from 2017-01-01 to 2018-03-19. All days given for 安顺 lie before those given for 凯里. "
        "Beginning not given: 1; end not given: 0; no period, and so not drawn: 3."
    )
    assert (
        "before"
        not in alternatives.of_periods(EN, periods(), 0).replace("All days given for 安顺", "before")[:0]
    )
    one_day = periods().iloc[[2]].assign(group=pd.Categorical(["安顺"], ["安顺", "凯里"]))
    assert "安顺 1, on 2018-03-19; 凯里: none." in alternatives.of_periods(EN, one_day, 0)


def test_strips_tell_the_longest_stretch_that_nothing_quotes():
    assert alternatives.of_strips(EN, strips()) == (
        "Covered by quotes: 凯里: 50% of 100 characters; the longest stretch without a quote has 30 characters; "
        "安顺: 20% of 50 characters; the longest stretch without a quote has 30 characters"
    )
    whole = strips().assign(spans=[[(0, 100)], []])
    assert alternatives.of_strips(ZH, whole) == (
        "引文所覆盖的部分：凯里：100字符中的50%，最长的无引文段落0字符；安顺：50字符中的20%，最长的无引文段落50字符"
    )


def test_counts_tell_who_has_what_and_where_most():
    assert alternatives.of_counts(EN, matrix()) == (
        "Dimensions: 3; with approaches of both cities: 2; of neither: 0. Only 凯里: none; "
        "Only 安顺: 1 (特殊人群服务管理). Most: 凯里 in 矛盾纠纷多元化解 (4); 安顺 in 特殊人群服务管理 (6)."
    )
    none = matrix() * 0
    assert "of neither: 3." in alternatives.of_counts(EN, none)
    assert "最多：凯里：无；安顺：无。" in alternatives.of_counts(ZH, none)


def test_bars_tell_the_longest_and_the_farthest_apart():
    assert alternatives.of_bars(EN, stages()) == (
        "Most: 凯里 in 产出 (9); 安顺 in 投入 (5). Farthest apart: 产出 (凯里 9; 安顺 0)."
    )
    assert alternatives.of_bars(EN, stages().iloc[[0]]) == "Most: 凯里 in 投入 (8)."
    assert alternatives.of_bars(EN, stages().assign(count=1.25)).count("1.25") == 2
    assert "Farthest" not in alternatives.of_bars(EN, stages().assign(count=1.25))


def test_bounds_tell_what_each_figure_allows_and_whether_they_meet():
    assert alternatives.of_bounds(EN, bounds().iloc[1:3]) == (
        "Figures on this axis: 2. 调解成功率, printed 95.97%: from 95.965 to 95.975; "
        "受理纠纷, printed 96.5%: above 96, below 97. No two bounds overlap."
    )
    touching = bounds().iloc[[1, 1]].assign(low=[95, 95.5], high=[95.5, 96], low_closed=[True, True])
    assert alternatives.of_bounds(EN, touching.assign(high_closed=True)).endswith(
        "The bounds of all overlap."
    )
    assert alternatives.of_bounds(EN, touching.assign(high_closed=False)).endswith("No two bounds overlap.")
    assert "任何" in alternatives.of_bounds(ZH, touching.assign(high_closed=False))
    refused = bounds().iloc[:2].assign(grade=["not_comparable", "comparable"])
    assert "Marked as not comparable: 1." in alternatives.of_bounds(EN, refused)
    assert "overlap" not in alternatives.of_bounds(EN, bounds().iloc[[0]])


def test_of_many_bounds_the_lowest_and_the_highest_are_told():
    many = pd.concat([bounds()] * 8, ignore_index=True).assign(label=[f"f{place}" for place in range(32)])
    told = alternatives.of_bounds(EN, many)
    assert "Figures on this axis: 32. The lowest and the highest value. f3, printed 94%: 94 or less; " in told
    assert "The bounds of some overlap, of others not." in told
    assert len(told) < 300


def test_hedges_tell_the_widest_and_the_narrowest():
    frame = pd.DataFrame({"label": ["a", "b, c", "d"], "low": [1.0, 1.0, 0.95], "high": [2.0, 1.25, 1.05]})
    assert alternatives.of_hedges(EN, frame) == (
        "Hedged counts and amounts: 3. Widest: a, reaching 100% away from the printed number. Narrowest: d, 5%."
    )
    endless = frame.assign(high=[None, 1.25, None])
    assert alternatives.of_hedges(EN, endless) == (
        "Hedged counts and amounts: 3. Without a bound on one side: 2 (a, d). "
        "Widest: “b, c”, reaching 25% away from the printed number."
    )
    assert alternatives.of_hedges(EN, endless.iloc[[0]]).endswith("(a).")


def test_words_tell_how_many_lean_where_and_which_farthest():
    frame = words().assign(stable=[True, False, True, True])
    assert alternatives.of_words(EN, frame, "凯里", "安顺") == (
        "Words that lean to one text, 4 in all. To 凯里: 2, farthest 调解 (uses 12 : 0, log ratio 4.1); "
        "To 安顺: 2, farthest 平安细胞工程 (uses 0 : 11, log ratio −4.4). "
        "Of all, 1 keep no firm direction and stand in brackets."
    )
    assert "安顺：无。" in alternatives.of_words(ZH, frame.iloc[:2], "凯里", "安顺")


def test_a_curve_tells_how_far_its_ends_run_and_what_is_taken_elsewhere():
    assert alternatives.of_curve(EN, specifications()) == (
        "Combinations of choices: 6. Lower ends from −1.0 to 4.0. Without an upper end: 3. Upper ends from 1.0 to 5.0. "
        "As on the other pages: from 4.0 to 5.0."
    )
    assert "到无界。" in alternatives.of_curve(ZH, specifications().assign(high=None))


def test_a_grid_of_thirty_cities_names_a_few_and_counts_the_rest():
    counts = pd.DataFrame(1, index=[f"city {place}" for place in range(30)], columns=["a", "b"])
    counts.loc["city 7", "b"] = 0
    told = alternatives.of_matrix(EN, counts, rows="alt.cities", columns="alt.dimensions")
    assert told == (
        "Of 60 cells, 59 hold a number. Reported by most cities (30): a. By fewest (29): b. "
        "Most dimensions (2): city 0, city 1, city 2 and 26 more (29 in all). Fewest (1): city 7."
    )


def test_a_tree_tells_its_groups_and_its_table_every_join():
    reported = pd.DataFrame(
        [
            [1, 1, 0, 0, 0],
            [1, 1, 1, 0, 0],
            [1, 1, 0, 0, 0],
            [0, 0, 0, 1, 1],
            [0, 0, 0, 1, 1],
            [0, 0, 1, 1, 1],
        ],
        index=list("abcdef"),
    ).astype(bool)
    found = cluster(reported, 2, resamples=5, shuffles=5)
    names = {city: city.upper() for city in reported.index}
    told = alternatives.of_tree(EN, found, names)
    assert told.startswith(
        "Cities: 6, in 2 groups, of sizes 3, 3. Joined first, at a distance of 0.00: A with C, D with E."
    )
    table = alternatives.tree_table(found, names)
    assert table["join"].to_list() == ["#1", "#2", "#3", "#4", "#5"]
    assert sorted([*table["joined"], *table["joined_with"]]) == sorted([*"ABCDEF", "#1", "#2", "#3", "#4"])
    assert table["distance"].astype(float).is_monotonic_increasing


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_row_there_is_nothing_to_say(language):
    told = Words(language)
    empty = bounds().iloc[:0]
    assert alternatives.of_bounds(told, empty) == alternatives.of_hedges(told, empty) == ""
    assert alternatives.of_curve(told, specifications().iloc[:0]) == ""
    assert alternatives.of_matrix(told, matrix().iloc[:0], rows="alt.cities", columns="alt.dimensions") == ""
    for text in (
        alternatives.of_periods(told, periods().iloc[:0], 0),
        alternatives.of_strips(told, strips().iloc[:0]),
        alternatives.of_counts(told, matrix().iloc[:0]),
        alternatives.of_bars(told, stages().iloc[:0]),
        alternatives.of_words(told, words().iloc[:0].assign(stable=True), "a", "b"),
    ):
        assert isinstance(text, str)
