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
from pingan_lib.figure_rows import read_printed
from pingan_lib.grammar import AFTER, BEFORE
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
        ("3㎡", 3, "㎡", "exact", "[2.5, 3.5]"),
        ("3升", 3, "升", "exact", "[2.5, 3.5]"),
        ("3平方千米", 3, "平方千米", "exact", "[2.5, 3.5]"),
        ("800万m2", 800 * WAN, "m2", "exact", "[7995000, 8005000]"),
        ("500克", 500, "克", "exact", "[499.5, 500.5]"),
        ("35℃", 35, "℃", "exact", "[34.5, 35.5]"),
        ("-5℃", -5, "℃", "exact", "[-5.5, -4.5]"),
        ("35℃以下", 35, "℃", "at_most", "(-, 35]"),
        ("三個百分點", 3, "個百分點", "exact", "[2.5, 3.5]"),
        ("3公頃", 3, "公頃", "exact", "[2.5, 3.5]"),
        ("3噸", 3, "噸", "exact", "[2.5, 3.5]"),
        # terms are set, not rounded
        ("24小时", 24, "小时", "exact", "[24, 24]"),
        # a decimal, Arabic digits or a part behind a larger unit: the last printed digit counts before 千, too
        ("1.5千", 1500, "", "exact", "[1450, 1550]"),
        ("1.5千万元", 1500 * WAN, "元", "exact", "[14500000, 15500000]"),
        ("2.5百万", 250 * WAN, "", "exact", "[2450000, 2550000]"),
        ("3.5千米", 3500, "米", "exact", "[3450, 3550]"),
        ("5千米", 5000, "米", "exact", "[4500, 5500]"),
        ("一亿五千万", 15000 * WAN, "", "exact", "[145000000, 155000000]"),
        ("1亿2千万", 12000 * WAN, "", "exact", "[115000000, 125000000]"),
        # words that change nothing
        ("共计3000", 3000, "", "exact", "[3000, 3000]"),
        ("3000起之多", 3000, "起", "exact", "[3000, 3000]"),
        ("多达3000余起", 3000, "起", "at_least", "[3000, 4000)"),
        ("3000元整", 3000, "元", "exact", "[3000, 3000]"),
        ("3件来信", 3, "件来信", "exact", "[3, 3]"),
        # shares, all on 0-100
        ("百分之九十五点九七", "95.97", "%", "exact", "[95.965, 95.975]"),
        ("百分之三十", 30, "%", "exact", "[29.5, 30.5]"),
        ("三成", 30, "%", "exact", "[25, 35]"),
        ("三成五", 35, "%", "exact", "[34.5, 35.5]"),
        ("3‰", "0.3", "%", "exact", "[0.25, 0.35]"),
        ("千分之三", "0.3", "%", "exact", "[0.25, 0.35]"),
        ("万分之五", "0.05", "%", "exact", "[0.045, 0.055]"),
        ("三分之二", "200/3", "%", "exact", "[50, 250/3]"),
        ("百分之百", 100, "%", "exact", "[99.5, 100.5]"),
        ("百分百", 100, "%", "exact", "[99.5, 100.5]"),
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
        ("3000起有余", 3000, "起", "at_least", "[3000, 4000)"),
        ("30出头", 30, "", "at_least", "[30, 40)"),
        ("三十歲出頭", 30, "歲", "at_least", "[30, 40)"),
        ("五十开外", 50, "", "at_least", "[50, 60)"),
        ("两个多月", 2, "个月", "at_least", "[2, 3)"),
        ("3個多小時", 3, "個小時", "at_least", "[3, 4)"),
        ("一个半小时", "1.5", "个小时", "exact", "[1.25, 1.75]"),
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
        ("两三名", 2, "名", "between", "[2, 3]"),
        ("三两名", 2, "名", "between", "[2, 3]"),
        ("十数名", 11, "名", "between", "[11, 19]"),
        ("二十數名", 21, "名", "between", "[21, 29]"),
        ("十数", 11, "", "between", "[11, 19]"),
        ("十数万", 11 * WAN, "", "between", "[110000, 200000)"),
        ("数以千计", 1000, "", "between", "[1000, 10000)"),
        ("數以萬計", WAN, "", "between", "[10000, 100000)"),
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
        # the multiplier behind the second end holds for both, unless the first has one, a unit, or is larger
        ("三至五百名", 300, "名", "between", "[300, 500]"),
        ("1-2千", 1000, "", "between", "[1000, 2000]"),
        ("1.5-2千", 1500, "", "between", "[1500, 2000]"),
        ("3至5千万元", 3000 * WAN, "元", "between", "[30000000, 50000000]"),
        ("三至五百万", 300 * WAN, "", "between", "[3000000, 5000000]"),
        ("两至三千万", 2000 * WAN, "", "between", "[20000000, 30000000]"),
        ("1至2百亿", 100 * YI, "", "between", "[10000000000, 20000000000]"),
        ("500至1千万", 500 * WAN, "", "between", "[5000000, 10000000]"),
        ("十至二十万", 10 * WAN, "", "between", "[100000, 200000]"),
        ("三百至五千", 300, "", "between", "[300, 5000]"),
        ("3元至5万元", 3, "元", "between", "[3, 50000]"),
        ("三至二十", 3, "", "between", "[3, 20]"),
        ("五至十", 5, "", "between", "[5, 10]"),
        ("零至五十", 0, "", "between", "[0, 50]"),
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
        ("3000起不止", 3000, "起", "at_least", "(3000, -)"),
        ("不止3000起", 3000, "起", "at_least", "(3000, -)"),
        ("5人之下", 5, "人", "at_most", "[0, 5]"),
        ("以50人为限", 50, "人", "at_most", "[0, 50]"),
        ("50人封顶", 50, "人", "at_most", "[0, 50]"),
        # about: half a unit of the last digit that is not zero
        ("约3000", 3000, "", "about", "[2500, 3500]"),
        ("3000左右", 3000, "", "about", "[2500, 3500]"),
        ("近千名", 1000, "名", "about", "[500, 1500]"),
        ("80%左右", 80, "%", "about", "[75, 85]"),
        ("约2620件", 2620, "件", "about", "[2615, 2625]"),
        ("十来个", 10, "个", "about", "[5, 15]"),
        ("10來個", 10, "個", "about", "[5, 15]"),
        ("三十来岁", 30, "岁", "about", "[25, 35]"),
        ("3000来人", 3000, "人", "about", "[2500, 3500]"),
        ("百来人", 100, "人", "about", "[50, 150]"),
        ("三十来万", 30 * WAN, "", "about", "[250000, 350000]"),
        # of a plain count at least one to either side, or 约 would say nothing
        ("约632", 632, "", "about", "[631, 633]"),
        ("近632", 632, "", "about", "[631, 633]"),
        ("约25名", 25, "名", "about", "[24, 26]"),
        ("约95.97%", "95.97", "%", "about", "[95.965, 95.975]"),
        # nothing happened
        ("零", 0, "", "exact", "[0, 0]"),
        ("〇", 0, "", "exact", "[0, 0]"),
        ("0", 0, "", "exact", "[0, 0]"),
        ("未发生", 0, "", "exact", "[0, 0]"),
        ("未发生过", 0, "", "exact", "[0, 0]"),
        ("未發生過", 0, "", "exact", "[0, 0]"),
        ("无一起", 0, "起", "exact", "[0, 0]"),
        ("未发生一起", 0, "起", "exact", "[0, 0]"),
        ("零上访", 0, "上访", "exact", "[0, 0]"),
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
        ("增长不超过5%", "5", "[0, 5]"),
        ("比上年增长5%", "5", "[4.5, 5.5]"),
        ("較上年同期上漲5%", "5", "[4.5, 5.5]"),
        ("负增长5%", "-5", "[-5.5, -4.5]"),
        ("負增長5%", "-5", "[-5.5, -4.5]"),
        # twice as much, and 倍 are rounded to whole ones
        ("翻一番", "100", "[50, 150]"),
        ("同比翻了一番", "100", "[50, 150]"),
        ("翻两番", "300", "[250, 350]"),
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


@pytest.mark.parametrize(
    ("spaced", "plain"),
    [
        (" 95.97 % ", "95.97%"),
        ("3000 余起", "3000余起"),
        ("3 至 5 万", "3至5万"),
        ("约 3000 起 左右", "约3000起左右"),
        ("3000\u3000余 起", "3000余起"),
    ],
)
def test_the_blanks_around_a_phrase_and_beside_its_digits_do_not_count(spaced, plain):
    assert (read_number(spaced).bounds, read_number(spaced).unit) == (
        read_number(plain).bounds,
        read_number(plain).unit,
    )


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("三个百分点", "三個百分點"),
        ("3亩", "3畝"),
        ("3吨", "3噸"),
        ("约12公顷", "約12公頃"),
        ("十来个", "十來個"),
    ],
)
def test_a_traditional_unit_is_measured_as_the_simplified_one_is(simplified, traditional):
    assert read_number(simplified).bounds == read_number(traditional).bounds


# What a table of figures holds: the unit stands in a column of its own.
@pytest.mark.parametrize(
    ("printed", "value", "hedge", "allowed"),
    [
        ("95.97", "95.97", "exact", "[95.965, 95.975]"),
        ("95.97%", "95.97", "exact", "[95.965, 95.975]"),
        ("95以上", 95, "at_least", "[95, -)"),
        ("95.97左右", "95.97", "about", "[95.965, 95.975]"),
        # a half is one of the whole: above it, there is no more than all
        ("过半", 50, "at_least", "(50, 100]"),
        ("逾半", 50, "at_least", "(50, 100]"),
        ("超半", 50, "at_least", "(50, 100]"),
        ("半数以上", 50, "at_least", "[50, 100]"),
        ("半", 50, "exact", "[25, 75]"),
        ("一半", 50, "exact", "[25, 75]"),
        ("半数", 50, "exact", "[25, 75]"),
        ("近半", 50, "about", "[25, 75]"),
        ("不足半", 50, "at_most", "[0, 50)"),
        ("三成", 30, "exact", "[25, 35]"),
    ],
)
def test_a_printed_percentage_needs_no_sign(printed, value, hedge, allowed):
    number = read_printed(printed, "percent")
    assert (number.printed, number.value, number.unit, number.hedge, number.bounds) == (
        printed,
        Fraction(value),
        "%",
        hedge,
        bounds(allowed),
    )


def test_a_printed_percentage_counts_nothing_else():
    with pytest.raises(NumberError, match="counts 起"):
        read_printed("12起", "percent")
    assert read_printed("12起", "case").unit == "起"
    assert read_printed("3.2个百分点", "percent_change").unit == "个百分点"


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
    "two ways to take it, or none": "五至三|3起至5件|近100以上|超过3000以下|不足3000余|十几余|零余|-5以上|-3至5",
    "ends of a range left out in two ways": "三至五十|三至五十万|3-5十|3至5万5千|三至五百五十|百分之三至五十",
    "more than one number": "三四五|三四五起|3½|3①|3兆|1 2|1  2",
    "来 that hedges no round number": "3来个|35来岁|几十来个|超过十来个|3000来访人次",
    "hedges that stand where a unit would": "3000起码|3000有奇|3至5人不等|3000不等|3日内|3公里外|100元起|3000最多"
    "|3000许多|3000左右吧|3000起大概|3000起步|三分之|三成群众|三成强|3000的|数以千计的群众",
    "words that are no number": "一些|零星|零距离|〇距离|0容忍|零件|零售|无一例外|无一幸免",
    "growth that says its unit already": "下降翻番|翻一番起|翻番20%",
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
        {"several": ("1", "9")},
        {"several": 3},
        {"about": "x"},
        {"about": float("nan")},
        {"about": float("inf")},
        {"rounding": None},
        {"surplus": None},
        {"unit": None},
    ],
)
def test_an_unknown_rule_is_wrong_usage(rules):
    with pytest.raises(UsageError):
        read_number("3000余", **rules)


@pytest.mark.parametrize("phrase", ["三至五十", "百分之三至五十"])
def test_an_ambiguous_range_says_where_it_might_begin(phrase):
    with pytest.raises(NumberError, match="may begin at 三 or at 三十: write both ends in full"):
        read_number(phrase)


@settings(deadline=None)
@given(
    st.integers(1, 999),
    st.integers(1, 999),
    st.sampled_from([("百", 100), ("千", 1000), ("万", WAN), ("千万", 1000 * WAN), ("百亿", 100 * YI)]),
)
def test_a_shared_multiplier_gives_what_both_ends_written_in_full_give(one, other, unit):
    low, high = sorted((one, other))
    word, worth = unit
    if low < high:
        assert read_number(f"{low}至{high}{word}").bounds == Bounds(
            Fraction(low * worth), Fraction(high * worth)
        )


# A word beside the number is read as a hedge or refused, and never leaves the number exact.
@settings(deadline=None)
@given(
    st.integers(1, 10**6),
    st.sampled_from(["", "起", "个", "万元"]),
    st.sampled_from(sorted({*AFTER, *BEFORE, "来", "出头", "开外", "有奇", "不等", "内"})),
)
def test_no_hedge_behind_a_number_is_swallowed_by_its_unit(count, unit, word):
    try:
        number = read_number(f"{count}{unit}{word}")
    except NumberError:
        return
    assert number.hedge != "exact"
    assert word not in number.unit


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
