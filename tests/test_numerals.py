"""Number phrases: what is printed, what it is worth, and what it allows."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import cn2an
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pingan_lib.bounds import ROUNDING_RULES, Bounds, decimal, rounding_bounds
from pingan_lib.errors import NumberError, UsageError
from pingan_lib.numerals import read_number

WAN, YI = 10**4, 10**8


def bounds(text):
    """The interval written as in mathematics: "[3000, 4000)"; "-" is no end."""
    low, high = (None if end == "-" else Fraction(end) for end in text[1:-1].split(", "))
    return Bounds(low, high, text[0] == "[", text[-1] == "]")


# Every number that the two articles print, and every form that the rules name.
@pytest.mark.parametrize(
    ("phrase", "value", "unit", "hedge", "allowed"),
    [
        # counts are themselves
        ("547名", 547, "名", "exact", "[547, 547]"),
        ("1007个村(居)", 1007, "个村(居)", "exact", "[1007, 1007]"),
        ("2,730件", 2730, "件", "exact", "[2730, 2730]"),
        ("２７３０件", 2730, "件", "exact", "[2730, 2730]"),
        ("一", 1, "", "exact", "[1, 1]"),
        ("两", 2, "", "exact", "[2, 2]"),
        ("兩千", 2000, "", "exact", "[2000, 2000]"),
        ("十", 10, "", "exact", "[10, 10]"),
        ("三千零五起", 3005, "起", "exact", "[3005, 3005]"),
        ("二〇二三年", 2023, "年", "exact", "[2023, 2023]"),
        ("壹佰贰拾元", 120, "元", "exact", "[120, 120]"),
        ("一百五", 150, "", "exact", "[150, 150]"),
        ("5千元", 5000, "元", "exact", "[5000, 5000]"),
        # decimals and multipliers are rounded at their last printed digit
        ("95.97", "95.97", "", "exact", "[95.965, 95.975]"),
        ("95.97%", "95.97", "%", "exact", "[95.965, 95.975]"),
        ("９５．９７％", "95.97", "%", "exact", "[95.965, 95.975]"),
        ("95.90%", "95.9", "%", "exact", "[95.895, 95.905]"),
        ("95%", 95, "%", "exact", "[94.5, 95.5]"),
        ("0.0%", 0, "%", "exact", "[0, 0.05]"),
        ("-0.5", "-0.5", "", "exact", "[-0.55, -0.45]"),
        ("7.18亿元", "7.18e8", "元", "exact", "[717500000, 718500000]"),
        ("1763万元", 1763 * WAN, "元", "exact", "[17625000, 17635000]"),
        ("1800万", 1800 * WAN, "", "exact", "[17995000, 18005000]"),
        ("1亿2000万", 12000 * WAN, "", "exact", "[119995000, 120005000]"),
        ("1.2万亿元", "1.2e12", "元", "exact", "[1150000000000, 1250000000000]"),
        ("三万五千", 35000, "", "exact", "[34500, 35500]"),
        ("两万三", 23000, "", "exact", "[22500, 23500]"),
        ("二十万", 200000, "", "exact", "[195000, 205000]"),
        ("三万五千六百二十一人", 35621, "人", "exact", "[35621, 35621]"),
        ("十二点五", "12.5", "", "exact", "[12.45, 12.55]"),
        ("三点五万", 35000, "", "exact", "[34500, 35500]"),
        # what is measured has no whole numbers
        ("3倍", 3, "倍", "exact", "[2.5, 3.5]"),
        ("1.5倍", "1.5", "倍", "exact", "[1.45, 1.55]"),
        ("3.2个百分点", "3.2", "个百分点", "exact", "[3.15, 3.25]"),
        ("12公里", 12, "公里", "exact", "[11.5, 12.5]"),
        # shares, all on 0-100
        ("百分之九十五点九七", "95.97", "%", "exact", "[95.965, 95.975]"),
        ("百分之三十", 30, "%", "exact", "[29.5, 30.5]"),
        ("三成", 30, "%", "exact", "[25, 35]"),
        ("三成五", 35, "%", "exact", "[34.5, 35.5]"),
        ("3‰", "0.3", "%", "exact", "[0.25, 0.35]"),
        ("千分之三", "0.3", "%", "exact", "[0.25, 0.35]"),
        ("万分之五", "0.05", "%", "exact", "[0.045, 0.055]"),
        ("三分之二", "200/3", "%", "exact", "[50, 250/3]"),
        ("一半", 50, "%", "exact", "[25, 75]"),
        ("半年", "0.5", "年", "exact", "[0.25, 0.75]"),
        ("两年半", "2.5", "年", "exact", "[2.25, 2.75]"),
        # 余 and 多, in either place
        ("3000余起", 3000, "起", "at_least", "[3000, 4000)"),
        ("3000余", 3000, "", "at_least", "[3000, 4000)"),
        ("300余起", 300, "起", "at_least", "[300, 400)"),
        ("800余名", 800, "名", "at_least", "[800, 900)"),
        ("260余所", 260, "所", "at_least", "[260, 270)"),
        ("630余", 630, "", "at_least", "[630, 640)"),
        ("100余万平方米", 100 * WAN, "平方米", "at_least", "[1000000, 2000000)"),
        ("1800余万元", 1800 * WAN, "元", "at_least", "[18000000, 19000000)"),
        ("1800余万", 1800 * WAN, "", "at_least", "[18000000, 19000000)"),
        ("2160余万元", 2160 * WAN, "元", "at_least", "[21600000, 21700000)"),
        ("8亿余元", 8 * YI, "元", "at_least", "[800000000, 900000000)"),
        ("8亿余", 8 * YI, "", "at_least", "[800000000, 900000000)"),
        ("八億餘元", 8 * YI, "元", "at_least", "[800000000, 900000000)"),
        ("7.18亿余元", "7.18e8", "元", "at_least", "[718000000, 719000000)"),
        ("3000多万", 3000 * WAN, "", "at_least", "[30000000, 40000000)"),
        ("十多万", 10 * WAN, "", "at_least", "[100000, 200000)"),
        ("百余名", 100, "名", "at_least", "[100, 200)"),
        ("三年多", 3, "年", "at_least", "[3, 4)"),
        ("九成多", 90, "%", "at_least", "[90, 100)"),
        # 几, 数 and neighbours
        ("十几名", 11, "名", "between", "[11, 19]"),
        ("十几万", 11 * WAN, "", "between", "[110000, 200000)"),
        ("几十", 10, "", "between", "[10, 100)"),
        ("数百", 100, "", "between", "[100, 1000)"),
        ("数十万", 10 * WAN, "", "between", "[100000, 1000000)"),
        ("百分之十几", 11, "%", "between", "[11, 20)"),
        ("两三", 2, "", "between", "[2, 3]"),
        ("两三百", 200, "", "between", "[200, 300]"),
        ("十七八", 17, "", "between", "[17, 18]"),
        ("三五百", 300, "", "between", "[300, 500]"),
        # ranges name their ends
        ("3-5名", 3, "名", "between", "[3, 5]"),
        ("三至五", 3, "", "between", "[3, 5]"),
        ("3～5", 3, "", "between", "[3, 5]"),
        ("3%至5%", 3, "%", "between", "[3, 5]"),
        ("百分之三至百分之五", 3, "%", "between", "[3, 5]"),
        ("百分之三至五", 3, "%", "between", "[3, 5]"),
        ("3至5万", 3 * WAN, "", "between", "[30000, 50000]"),
        ("3万至5万", 3 * WAN, "", "between", "[30000, 50000]"),
        ("500至1万", 500, "", "between", "[500, 10000]"),
        # limits: 以上 and 以下 include their number, 超过 and 不足 do not
        ("95%以上", 95, "%", "at_least", "[95, -)"),
        ("500万元以上", 500 * WAN, "元", "at_least", "[5000000, -)"),
        ("至少3人", 3, "人", "at_least", "[3, -)"),
        ("超过95%", 95, "%", "at_least", "(95, -)"),
        ("超过95%以上", 95, "%", "at_least", "[95, -)"),
        ("逾百万", 100 * WAN, "", "at_least", "(1000000, -)"),
        ("上百", 100, "", "at_least", "(100, -)"),
        ("过半", 50, "%", "at_least", "(50, -)"),
        ("5人以下", 5, "人", "at_most", "[0, 5]"),
        ("不超过5人", 5, "人", "at_most", "[0, 5]"),
        ("不足100", 100, "", "at_most", "[0, 100)"),
        ("不到三成", 30, "%", "at_most", "[0, 30)"),
        # about: half a unit of the last digit that is not zero
        ("约3000", 3000, "", "about", "[2500, 3500]"),
        ("3000左右", 3000, "", "about", "[2500, 3500]"),
        ("近千名", 1000, "名", "about", "[500, 1500]"),
        ("80%左右", 80, "%", "about", "[75, 85]"),
        ("约2620件", 2620, "件", "about", "[2615, 2625]"),
        # nothing happened
        ("零", 0, "", "exact", "[0, 0]"),
        ("〇", 0, "", "exact", "[0, 0]"),
        ("0", 0, "", "exact", "[0, 0]"),
        ("未发生", 0, "", "exact", "[0, 0]"),
        ("未发生过", 0, "", "exact", "[0, 0]"),
        ("未發生過", 0, "", "exact", "[0, 0]"),
        ("无一起", 0, "起", "exact", "[0, 0]"),
        ("未发生一起", 0, "起", "exact", "[0, 0]"),
    ],
)
def test_a_phrase_is_read(phrase, value, unit, hedge, allowed):
    number = read_number(phrase)
    found = (number.printed, number.value, number.unit, number.hedge, number.bounds)
    assert found == (phrase, Fraction(value), unit, hedge, bounds(allowed))
    assert (number.low, number.high, number.low_closed, number.high_closed) == (
        number.bounds.low,
        number.bounds.high,
        number.bounds.low_closed,
        number.bounds.high_closed,
    )


@pytest.mark.parametrize(
    ("phrase", "value", "allowed"),
    [
        ("下降26.37%", "-26.37", "[-26.375, -26.365]"),
        ("同比下降26.37%", "-26.37", "[-26.375, -26.365]"),
        ("增长12.3%", "12.3", "[12.25, 12.35]"),
        ("同比增长超过20%", "20", "(20, -)"),
        ("下降超过20%", "-20", "(-, -20)"),
        ("减少三成以上", "-30", "(-, -30]"),
    ],
)
def test_growth_and_fall_have_a_sign_and_say_that_they_are_changes(phrase, value, allowed):
    number = read_number(phrase)
    assert (number.change, number.unit, number.value, number.bounds) == (
        True,
        "%",
        Fraction(value),
        bounds(allowed),
    )
    assert not read_number("26.37%").change


def test_the_blanks_around_a_phrase_do_not_count():
    assert read_number(" 95.97 % ").bounds == read_number("95.97%").bounds


def test_the_unit_may_come_from_another_column():
    assert (read_number("95").unit, read_number("95").bounds) == ("", Bounds.of(95))
    assert (read_number("95", unit="%").unit, read_number("95", unit="%").bounds) == (
        "%",
        bounds("[94.5, 95.5]"),
    )
    assert read_number("95%", unit="件") == read_number("95%")


@pytest.mark.parametrize(
    ("phrase", "step"),
    [
        ("95.97%", "0.01"),
        ("95", "1"),
        ("1763万", "10000"),
        ("3‰", "0.1"),
        ("三分之二", "100/3"),
        ("三成", "10"),
    ],
)
def test_the_step_is_what_the_last_printed_digit_is_worth(phrase, step):
    assert read_number(phrase).step == Fraction(step)


# Each rule is a parameter.
def test_surplus_without_an_upper_end_is_the_cautious_alternative():
    assert read_number("3000余起", surplus="unbounded").bounds == bounds("[3000, -)")


def test_about_can_reach_further():
    assert read_number("约3000", about=1).bounds == bounds("[2000, 4000]")
    assert read_number("约3000", about=0).bounds == bounds("[3000, 3000]")


def test_several_can_begin_at_three():
    assert read_number("几十", several=(3, 9)).bounds == bounds("[30, 100)")


@pytest.mark.parametrize(
    ("rounding", "allowed"),
    [
        ("nearest", "[95.965, 95.975]"),
        ("half_up", "[95.965, 95.975)"),
        ("half_even", "(95.965, 95.975)"),
        ("truncate", "[95.97, 95.98)"),
        ("any", "(95.96, 95.98)"),
    ],
)
def test_the_rounding_rule_is_chosen(rounding, allowed):
    assert read_number("95.97%", rounding=rounding).bounds == bounds(allowed)


DECIMAL_RULES = {
    "nearest": (ROUND_HALF_UP, "ROUND_HALF_DOWN"),
    "half_up": (ROUND_HALF_UP,),
    "half_even": (ROUND_HALF_EVEN,),
    "truncate": (ROUND_DOWN,),
    "any": (ROUND_DOWN, ROUND_UP),
}


@settings(deadline=None)
@given(st.integers(0, 10**5), st.sampled_from(ROUNDING_RULES))
def test_rounding_bounds_hold_exactly_what_prints_so(thousandths, rule):
    true = Decimal(thousandths).scaleb(-3)
    printed = {true.quantize(Decimal("0.01"), rounding=mode) for mode in DECIMAL_RULES[rule]}
    near = {
        true.quantize(Decimal("0.01"), rounding=ROUND_DOWN) + Decimal(n).scaleb(-2) for n in (-1, 0, 1, 2)
    }
    allowed = {
        value
        for value in near
        if value >= 0 and Fraction(true) in rounding_bounds(Fraction(value), Fraction(1, 100), rule)
    }
    assert allowed == printed


NONSENSE = {
    "words and idioms": "|  |abc|ninety-five|多数|数字|几乎|无所谓|没有|万一|千方百计",
    "names and thresholds": "1+8+N|三同步一延伸|500万元以上固定资产投资|下降至5%",
    "marks in the wrong place": "1.2.3|12,34|007|1:1|1 2|3月19日|95.|.5|--5",
    "a unit without its number": "余|万|千名|三千百|十十|几|十几几",
    "digits that do not fit": "五十百|零万|一百零五十|一零百|三百五百|五万三亿|一二三万五|3万5|三七",
    "decimals that do not fit": "一百五点二|三点五点二|点五",
    "shares of nothing": "百分之|零分之三|百分之五起|一半居民|半数起",
    "two ways to take it, or none": "五至三|3起至5件|近100以上|超过3000以下|不足3000余|十几余|零余|-5以上",
}


@pytest.mark.parametrize("phrase", [phrase for group in NONSENSE.values() for phrase in group.split("|")])
def test_nonsense_is_an_error_and_never_a_number(phrase):
    with pytest.raises(NumberError, match=r"cannot be read as a number: .+ Give the number's own words"):
        read_number(phrase)


def test_a_long_run_of_digits_is_no_phrase():
    with pytest.raises(NumberError, match="does not have the form"):
        read_number("3" * 5000)


@pytest.mark.parametrize("given", [None, 3000, 95.97])
def test_a_number_that_is_no_text_has_lost_its_zeros(given):
    with pytest.raises(NumberError, match="as text"):
        read_number(given)


@pytest.mark.parametrize(
    "rules",
    [
        {"rounding": "half_down"},
        {"surplus": "never"},
        {"about": -1},
        {"several": (0, 9)},
        {"several": (5, 3)},
    ],
)
def test_an_unknown_rule_is_wrong_usage(rules):
    with pytest.raises(UsageError):
        read_number("3000余", **rules)


# number → phrase → number
@settings(deadline=None)
@given(st.integers(0, 10**16 - 1))
def test_a_chinese_numeral_is_read_back(number):
    assert read_number(cn2an.an2cn(number)).value == number


@settings(deadline=None)
@given(st.integers(0, 10**16 - 1))
def test_a_financial_numeral_is_read_back(number):
    assert read_number(cn2an.an2cn(number, "up")).value == number


@settings(deadline=None)
@given(st.integers(10, 10**6 - 1), st.integers(1, 9999))
@example(50000, 1)
def test_a_chinese_decimal_is_read_back(whole, part):
    phrase = f"{whole}.{part:04d}"
    assert read_number(cn2an.an2cn(phrase)).bounds == read_number(phrase).bounds


@settings(deadline=None)
@given(st.decimals(0, 10**9, places=3), st.sampled_from(["", "起", "%", "万", "亿元", "个百分点"]))
def test_an_arabic_numeral_is_read_back(number, unit):
    factor = {"万": WAN, "亿元": YI}.get(unit, 1)
    for form in (f"{number}{unit}", f"{number:,}{unit}"):
        assert read_number(form).value == Fraction(number) * factor


@settings(deadline=None)
@given(
    st.text(
        "零一二三四五六七八九十百千万亿两几数余多半成分之点%0123456789.,-至约近以上下不足超过起元", max_size=8
    )
)
def test_a_phrase_gives_a_number_or_a_clear_error(text):
    try:
        number = read_number(text)
    except NumberError:
        return
    ends = [end for end in (number.low, number.value, number.high) if end is not None]
    assert all(one <= other for one, other in pairwise(ends))


counts = st.integers(1, 10**13)
number_texts = st.one_of(
    counts.map(str),
    st.integers(1, 10**6).map(lambda n: f"{n}万"),
    st.integers(1, 9999).map(lambda n: f"{decimal(Fraction(n, 100))}%"),
)


@settings(deadline=None)
@given(
    number_texts,
    st.sampled_from(["{}", "约{}", "{}左右", "{}以上", "{}以下", "超过{}", "不足{}", "近{}", "下降{}"]),
    st.sampled_from(ROUNDING_RULES),
)
def test_the_closed_bounds_contain_the_value(text, form, rounding):
    number = read_number(form.format(text), rounding=rounding)
    assert number.value in Bounds(number.low, number.high)


@settings(deadline=None)
@given(number_texts, st.sampled_from(ROUNDING_RULES))
def test_widening_a_hedge_never_narrows_the_bounds(text, rounding):
    def read(form, **rules):
        return read_number(form.format(text), **{"rounding": rounding, **rules}).bounds

    ladders = [
        [read("{}"), read("约{}"), read("约{}", about=1)],
        [read("超过{}"), read("{}以上")],
        [read("不足{}"), read("{}以下")],
        [read("{}", rounding="half_even"), read("{}", rounding="nearest"), read("{}", rounding="any")],
        [read("{}", rounding="half_up"), read("{}", rounding="nearest")],
        [read("{}", rounding="truncate"), read("{}", rounding="any")],
    ]
    for ladder in ladders:
        assert all(narrow.within(wide) for narrow, wide in pairwise(ladder))


@settings(deadline=None)
@given(counts)
def test_more_than_a_number_widens_step_by_step(count):
    plain, more = read_number(f"{count}起").bounds, read_number(f"{count}余起").bounds
    unbounded = read_number(f"{count}余起", surplus="unbounded").bounds
    assert plain.within(more)
    assert more.within(unbounded)
    assert unbounded.within(read_number(f"{count}起以上").bounds)
    # The next number as round: the first digits grow by one, the zeros stay.
    digits = str(count).rstrip("0")
    assert more.high == int(str(int(digits) + 1) + "0" * (len(str(count)) - len(digits)))


# Intervals
ends = st.fractions(-20, 20, max_denominator=12)
intervals = st.builds(
    lambda low, width, left, right: Bounds(low, low + width, left or not width, right or not width),
    ends,
    st.fractions(0, 5, max_denominator=12),
    st.booleans(),
    st.booleans(),
)


def inside(interval, share):
    """A value of the interval: an end if it is closed, else a point near it."""
    width = interval.high - interval.low
    point = interval.low + width * share
    return point if point in interval else interval.low + width / 2


@settings(deadline=None)
@given(intervals, intervals, st.fractions(0, 1), st.fractions(0, 1), st.sampled_from("+-*/"))
def test_whatever_two_values_give_lies_within_the_result(one, other, s, t, sign):
    operation = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
    }[sign]
    if sign == "/" and 0 in other:
        with pytest.raises(NumberError, match="includes zero"):
            operation(one, other)
        return
    assert operation(inside(one, s), inside(other, t)) in operation(one, other)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (bounds("[2, 3]") + bounds("[10, 20)"), "[12, 23)"),
        (bounds("[2, 3]") - bounds("[1, 2)"), "(0, 2]"),
        (bounds("[-2, 3]") * bounds("[4, 5]"), "[-10, 15]"),
        (bounds("[2, -)") * bounds("[-1, 1]"), "(-, -)"),
        (bounds("[0, 1]") * bounds("(2, -)"), "[0, -)"),
        (bounds("[1, 2]") / bounds("(0, 4]"), "[1/4, -)"),
        (bounds("[1, 2]") / bounds("[2, -)"), "(0, 1]"),
        (1 - bounds("[0, 1)"), "(0, 1]"),
        (6 / bounds("[2, 3]"), "[2, 3]"),
        (2 * bounds("[2, 3]") + 1, "[5, 7]"),
        (bounds("[1, 4)").meet(bounds("(2, -)")), "(2, 4)"),
        (bounds("[1, 2)").hull(bounds("[3, 4]")), "[1, 4]"),
    ],
)
def test_interval_arithmetic_keeps_ends_and_their_closure(result, expected):
    assert result == bounds(expected)


def test_touching_bounds_share_a_value_only_if_both_ends_are_closed():
    assert bounds("[1, 2]").overlaps(bounds("[2, 3]"))
    assert not bounds("[1, 2)").overlaps(bounds("[2, 3]"))
    assert bounds("[1, 2)").below(bounds("[2, 3]"))


@pytest.mark.parametrize(("low", "high", "closed"), [(3, 2, True), (2, 2, False)])
def test_contradictory_bounds_are_an_error(low, high, closed):
    with pytest.raises(NumberError, match="contradict"):
        Bounds(Fraction(low), Fraction(high), closed, True)


def test_bounds_refuse_what_is_not_exact():
    with pytest.raises(NumberError, match="exact"):
        Bounds(0.1, Fraction(1))


@pytest.mark.parametrize(
    ("allowed", "text"),
    [
        ("[3000, 4000)", "[3000, 4000)"),
        ("[95, -)", "[95, ∞)"),
        ("[200/3, 200/3]", "66.6667"),
        ("(-, -0.5]", "(-∞, -0.5]"),
    ],
)
def test_bounds_are_written_as_in_mathematics(allowed, text):
    assert str(bounds(allowed)) == text
