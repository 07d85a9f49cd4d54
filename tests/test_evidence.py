"""A quote is where it says it is, or the error says what is there instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingan_lib import locate
from pingan_lib.errors import QuoteError
from pingan_lib.evidence import differences, in_context, nearest_passage

TEXT = "调解成功2620件,调解成功率95.97%。全市208个村(社区)。“很有安全感。”他说,调解成功了。"


def test_a_quote_is_located_in_code_points():
    start, end = locate(TEXT, "2620件")
    assert (start, TEXT[start:end]) == (4, "2620件")


def test_code_points_count_a_character_beyond_the_basic_plane_as_one():
    assert locate("𠮷𠮷95.97%", "95.97%") == (2, 8)


def test_a_prefix_tells_two_places_apart():
    with pytest.raises(QuoteError, match="3 times, at characters 0, 10, 45"):
        locate(TEXT, "调解成功")
    assert locate(TEXT, "调解成功", prefix="他说,") == (45, 49)


def test_a_missing_quote_shows_the_nearest_passage_and_the_differing_character():
    with pytest.raises(QuoteError) as raised:
        locate(TEXT, "调解成功2620件，调解成功率95.97%")
    message = str(raised.value)
    assert "Nearest, at character 0: '调解成功2620件,调解成功率95.97%'" in message
    assert "U+002C comma" in message and "U+FF0C fullwidth comma" in message


def test_a_quote_with_nothing_alike_says_so():
    with pytest.raises(QuoteError, match="nothing there is like it"):
        locate(TEXT, "xyz")


def test_an_empty_quote_is_refused():
    with pytest.raises(QuoteError, match="empty"):
        locate(TEXT, "")


def test_differences_name_what_stands_where():
    assert differences("208个村", "209个村") == [
        "the article has '8' (U+0038 digit eight) where the quote has '9' (U+0039 digit nine)"
    ]


@pytest.mark.parametrize(
    ("quote", "before", "after"),
    [
        ("208个村", "全市", "(社区)。"),
        ("很有安全感", "“", "。”"),
        ("2620件", "调解成功", ",调解成功率95.97%。"),
    ],
)
def test_a_passage_is_shown_in_its_sentence(quote, before, after):
    passage = in_context(TEXT, *locate(TEXT, quote))
    assert (passage.before, passage.quote, passage.after) == (before, quote, after)


def test_a_long_sentence_is_clipped_on_both_sides():
    text = "甲" * 50 + "95%" + "乙" * 50
    passage = in_context(text, 50, 53, width=5)
    assert (passage.before, passage.after) == ("…" + "甲" * 5, "乙" * 5 + "…")


@given(st.text(alphabet="一二三0123,。“”", min_size=1, max_size=60), st.data())
def test_every_slice_is_found_where_it_was_cut_or_stands_twice(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote = text[start:end]
    places = [i for i in range(len(text)) if text.startswith(quote, i)]
    if len(places) == 1:
        assert locate(text, quote) == (start, end)
    else:
        with pytest.raises(QuoteError, match=f"{len(places)} times"):
            locate(text, quote)


@given(
    st.text(alphabet="调解成功率件起", max_size=40),
    st.text(alphabet="调解成功率件起", min_size=1, max_size=10),
)
def test_the_nearest_passage_lies_in_the_text(text, quote):
    start, end = nearest_passage(text, quote)
    assert 0 <= start <= end <= len(text)
    if quote in text:
        assert text[start:end] == quote
