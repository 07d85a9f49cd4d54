"""Conclusions under other choices: what turns, on what, each checked by brute force beside it."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import pytest
from statsmodels.stats.proportion import proportion_confint

from pingan_lib.conclusions import DEFAULT_CHOICES, OPTIONS, Choices, conclusions
from pingan_lib.errors import UsageError
from pingan_lib.forensics import chance_of_failing
from pingan_lib.intervals import survey_intervals
from pingan_lib.sensitivity import sensitivity, specifications

PAIR = ("kaili", "anshun")
ALL = math.prod(map(len, OPTIONS.values()))


@pytest.fixture(scope="module")
def found(corpus):
    return sensitivity(conclusions(corpus, *PAIR))


def row(found, kind, *inputs):
    chosen = found[(found["kind"] == kind) & (found["inputs"] == inputs)]
    assert len(chosen) == 1
    return chosen.iloc[0]


def prints(percent: str, totals: range) -> bool:
    """Whether some count of some total, rounded to two decimals, is printed so."""
    return any(
        f"{100 * count / total:.2f}" == percent
        for total in totals
        for count in range(int(total * float(percent) / 100), int(total * float(percent) / 100) + 2)
    )


def test_every_combination_of_the_options_is_tried_once(found):
    combinations = len(list(product(*OPTIONS.values())))
    assert combinations == 5 * 2 * 3 * 2 * 3 * 10
    assert {sum(together.values()) for together in found["together"]} == {combinations}
    assert found["holds"].tolist() == [len(together) == 1 for together in found["together"]]


def test_no_choice_makes_figures_of_the_two_cities_comparable(found):
    assert row(found, "comparable")["together"] == {"0": ALL}
    assert row(found, "cautious")["together"] == {"0": ALL}


def test_a_pair_with_one_forbidding_reason_turns_on_its_rule(corpus):
    # As if Anshun had paired its villages too: then only the rank of the cities forbids the comparison.
    figures = corpus.figures.copy()
    figures.loc["as_child_villages", "counted"] = figures.loc["kl_villages_paired", "counted"]
    found = sensitivity(conclusions(replace(corpus, figures=figures), *PAIR))
    cautious = row(found, "cautious")
    assert (cautious["answer"], cautious["turns_on"]) == ("0", ("left_out",))
    assert {rule for rule, answer in cautious["alone"]["left_out"].items() if answer == "1"} == {
        "level_counts"
    }


def test_the_mediators_rate_turns_on_its_total_alone(found):
    rate = row(found, "share", "kl_mediator_rate")
    assert (rate["answer"], rate["turns_on"]) == ("inconsistent", ("total",))
    assert not prints("93.88", range(632, 633))
    assert prints("93.88", range(630, 640))  # 598 of 637
    assert prints("93.88", range(300, 400))  # the yearly average, 300余
    # But so would most values: of all with two decimals, 49 % fit no total from 630 to 639.
    assert chance_of_failing("630-639") < 0.5
    assert rate["alone"]["total"] == {"coded": "inconsistent", "tens": "weak", "other": "weak"}
    assert set(rate["alone"]["rounding"].values()) == {"inconsistent"}


def test_a_hedge_without_a_limit_never_contradicts_what_the_narrower_one_allows(corpus):
    # As if 3000余 were the city's: then one of the other totals of 95.97 has no limit, and the rest do not fit.
    figures = corpus.figures.copy()
    figures.loc["kl_mediator_all", "scope"] = "city"
    found = conclusions(replace(corpus, figures=figures), *PAIR)
    shares = [conclusion for conclusion in found if conclusion.kind == "share"]
    assert len(shares) == 2
    for share, rounding, total in product(shares, OPTIONS["rounding"], OPTIONS["total"]):
        narrow = Choices(rounding=rounding, total=total)
        if share.answer(narrow) != "inconsistent":
            assert share.answer(replace(narrow, surplus="unbounded")) != "inconsistent"


def test_what_follows_from_a_hedge_turns_where_it_has_no_limit(found):
    # 632 ÷ 300余 lies above 632/400; without a limit it may be any number up to 632/300.
    year = row(found, "larger", "kl_mediator_2021_to_average")
    assert (year["answer"], year["turns_on"]) == ("yes", ("surplus",))
    assert year["alone"]["surplus"] == {"next_digit": "yes", "unbounded": "open"}
    # One mediator's 3000余 exceed the city's 2730 however far 余 reaches.
    assert row(found, "larger", "kl_mediator_to_city")["together"] == {"yes": ALL}


def test_only_like_units_over_like_time_are_set_against_each_other(corpus, found):
    larger = [
        inputs[0] for kind, inputs in zip(found["kind"], found["inputs"], strict=True) if kind == "larger"
    ]
    assert larger == ["kl_roles_shared", "kl_mediator_to_city", "kl_mediator_2021_to_average"]
    assert "apart" not in set(found["kind"])  # the two surveyed shares are on two questions


def test_the_interval_of_a_survey_turns_where_two_choices_meet(found):
    # Rounded, 141 of 145 print 97.24; cut off, 106 of 109 do. Only the 99 % interval of the latter reaches below 90.
    assert proportion_confint(141, 145, alpha=0.01, method="wilson")[0] > 0.90
    assert proportion_confint(106, 109, alpha=0.05, method="wilson")[0] > 0.90
    assert proportion_confint(106, 109, alpha=0.01, method="wilson")[0] < 0.90
    safety = row(found, "above", "as_safety_rate")
    others = 2 * 3 * 2 * 10  # whatever else
    assert (safety["turns_on"], safety["together"]) == ((), {"yes": ALL - 2 * others, "open": 2 * others})


def test_with_nothing_to_choose_everything_holds(corpus):
    only = {name: (getattr(DEFAULT_CHOICES, name),) for name in OPTIONS}
    found = sensitivity(conclusions(corpus, *PAIR), options=only)
    assert found["holds"].all()
    assert [sum(together.values()) for together in found["together"]] == [1] * len(found)


def test_a_default_outside_the_options_counts_once(corpus):
    default = replace(DEFAULT_CHOICES, confidence=0.8)
    found = sensitivity(conclusions(corpus, *PAIR), default)
    assert {sum(together.values()) for together in found["together"]} == {ALL + 1}


def test_a_curve_follows_what_varies_most(corpus):
    curve = specifications(corpus, *PAIR)
    assert curve.attrs["choices"] == ["rounding", "confidence"]
    assert len(curve) == len(OPTIONS["rounding"]) * len(OPTIONS["confidence"])
    default = curve[curve["default"]]
    expected = survey_intervals(corpus, PAIR, 0.95).loc[curve.attrs["quantity"]]
    assert default[["rounding", "confidence"]].values.tolist() == [["nearest", 0.95]]
    assert default[["low", "high"]].values.tolist() == [expected[["low", "high"]].tolist()]


def test_a_curve_follows_a_relation_and_leaves_out_what_does_not_matter(corpus):
    curve = specifications(corpus, *PAIR, "kl_mediator_to_city")
    assert curve.attrs["choices"] == ["surplus"]
    assert curve["low"].tolist() == [pytest.approx(3000 / 2730)] * 2
    assert curve["high"].tolist() == [pytest.approx(4000 / 2730), pytest.approx(float("nan"), nan_ok=True)]


def test_what_cannot_be_followed_or_chosen_is_refused(corpus):
    with pytest.raises(UsageError, match="Did you mean 'kl_mediator_years'"):
        specifications(corpus, *PAIR, "kl_mediator_year")
    with pytest.raises(UsageError, match="option of rounding"):
        specifications(corpus, *PAIR, "as_safety_rate", options={**OPTIONS, "rounding": ("up",)})
    with pytest.raises(UsageError, match="level is 101"):
        conclusions(corpus, *PAIR, level=101)
    with pytest.raises(UsageError, match="city"):
        conclusions(corpus, "kaili", "guiyang")
