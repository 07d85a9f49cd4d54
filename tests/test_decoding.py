"""Bytes to text: encodings are told apart by what they give, other kinds of file are refused."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingan_lib.intake.decoding import DecodingError, decode, plausibility

# An invented city (虚构), in simplified and in traditional characters.
SIMPLIFIED = (
    "2023年，虚构市公安机关共立刑事案件1,832起，同比下降12.6%。全市选派547名民警下沉到208个村（社区），"
    "排查矛盾纠纷3000余起，调解成功率97.24%。群众安全感由95.97%上升到98.09%，满意度连续五年位居全省前列。"
)
TRADITIONAL = (
    "去年虛構市刑事案件較前年下降12.6%，破獲各類案件3000餘起，民眾安全感達97.24%。"
    "社區警務與調解委員會共同處理糾紛1800件，並設置監視器2萬支，維護社會治安與公共安全。"
)
FAMILIES = {
    "utf-8": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
}


def page(claim: str, text: str, encoding: str) -> bytes:
    """A page that claims one encoding and is in another."""
    head = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={claim}"></head>'
    return f"{head}<body><p>{text}</p></body></html>".encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "gb2312", "gbk", "gb18030"])
def test_simplified_text_comes_back_from_every_encoding_of_it(encoding):
    decoded = decode(SIMPLIFIED.encode(encoding))
    assert (decoded.text, decoded.encoding) == (SIMPLIFIED, FAMILIES[encoding])
    assert decoded.steps == (() if encoding == "utf-8" else ("decoded as gb18030",))


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "big5"])
def test_traditional_text_comes_back_from_every_encoding_of_it(encoding):
    decoded = decode(TRADITIONAL.encode(encoding))
    assert (decoded.text, decoded.encoding) == (TRADITIONAL, FAMILIES[encoding])


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(SIMPLIFIED, "utf-8"), (SIMPLIFIED, "gbk"), (TRADITIONAL, "big5"), (TRADITIONAL, "gbk")],
)
def test_eight_characters_are_enough(text, encoding):
    draw = random.Random(2024)
    starts = [draw.randrange(len(text) - 8) for _ in range(50)]
    pieces = [text[start : start + 8] for start in starts]
    assert [decode(piece.encode(encoding)).text for piece in pieces] == pieces


@pytest.mark.parametrize("claim", ["utf-8", "gb2312", "GBK", "big5", "iso-8859-1", "no-such-encoding"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_page_that_lies_about_its_encoding_gives_no_garbage(claim, encoding):
    data = page(claim, SIMPLIFIED, encoding)
    assert decode(data).text == data.decode(encoding)


def test_a_claim_decides_between_two_readings_that_are_equally_plausible():
    data = "安".encode("gbk")  # in Big5 the same two bytes are 假, as common a character
    assert plausibility(data.decode("big5")) == plausibility(data.decode("gbk"))
    assert decode(data).text == "安"
    assert decode(data, claim="big5").text == data.decode("big5") != "安"


@pytest.mark.parametrize(("codec", "name"), [("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le")])
def test_a_byte_order_mark_decides_and_is_dropped(codec, name):
    decoded = decode(SIMPLIFIED.encode(codec))
    assert (decoded.text, decoded.encoding) == (SIMPLIFIED, name)
    assert decoded.steps == (f"decoded as {name}", "byte order mark dropped")


def test_big_endian_utf_16_has_its_own_mark():
    assert decode(b"\xfe\xff" + SIMPLIFIED.encode("utf-16-be")).text == SIMPLIFIED


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_become_lf_and_a_step_says_so(end):
    decoded = decode(end.join(["平安建设", "", "2023年"]).encode())
    assert decoded.text == "平安建设\n\n2023年"
    assert decoded.steps == ("decoded as utf-8", "line ends made LF")


def test_nothing_else_of_a_plain_text_is_changed():
    text = "　　２０２３年，破案率达７８．４５％\u200b；\u00a0“平安”\u2003\t建设 \n\n"
    assert decode(text.encode()) == decode(text.encode())
    assert (decode(text.encode()).text, decode(text.encode()).steps) == (text, ())


@given(st.text(st.sampled_from(SIMPLIFIED + TRADITIONAL + "綦鄄濮 \n０％…—①")))
def test_what_is_utf_8_and_plausible_is_read_as_utf_8(text):
    text = SIMPLIFIED + text
    assert decode(text.encode()).text == text
    assert decode(text.encode()).steps == ()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive or an Office file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "an old Office file"),
        (rb"{\rtf1\ansi", "an RTF document"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "an image"),
        (b"bplist00\xd1", "a web archive of Safari"),
        (b"\x1f\x8b\x08", "a compressed file"),
    ],
)
def test_other_kinds_of_file_are_named_and_refused(data, kind):
    with pytest.raises(DecodingError, match=kind) as refusal:
        decode(data)
    assert "copy the article's text into a text file" in str(refusal.value)


@pytest.mark.parametrize("data", [b"", b" \r\n\t\n"])
def test_an_empty_file_is_refused(data):
    with pytest.raises(DecodingError, match="it is empty"):
        decode(data)


def test_a_zero_byte_is_no_text():
    with pytest.raises(DecodingError, match=r"zero byte \(byte 6\)"):
        decode("平安".encode() + b"\0" + SIMPLIFIED.encode())


@pytest.mark.parametrize(
    "data",
    [
        SIMPLIFIED.encode("gbk")[:-1],  # cut off inside of a character
        SIMPLIFIED.encode() + SIMPLIFIED.encode("gbk"),  # two encodings in one file
        SIMPLIFIED.encode().decode("gb18030", "replace").encode(),  # was read wrongly once, and saved so
        "これは日本語のテキストです。犯罪件数が減少".encode("shift_jis"),
        bytes(range(1, 256)) * 4,
    ],
    ids=["cut", "mixed", "misread before", "Japanese", "every byte"],
)
def test_what_gives_no_plausible_text_is_refused_with_what_was_tried(data):
    with pytest.raises(DecodingError, match="Tried: utf-8") as refusal:
        decode(data)
    assert "gb18030" in str(refusal.value)
    assert "big5hkscs" in str(refusal.value)


def test_a_menu_cut_inside_of_a_character_is_borne_in_a_page_and_counted():
    body = SIMPLIFIED * 20
    data = page("gbk", f"{body}|", "gbk").replace(b"|", "动态".encode("gbk")[:3])
    with pytest.raises(DecodingError):
        decode(data)
    decoded = decode(data, lenient=True)
    assert decoded.damaged == 1
    assert decoded.text.count("\ufffd") == 1
    assert body in decoded.text
    assert decoded.steps == ("decoded as gb18030", "bytes that are not gb18030 shown as U+FFFD, 1 in number")


def test_more_than_a_byte_in_a_thousand_is_not_borne():
    data = b"\xff".join([SIMPLIFIED.encode("gbk")] * 5)
    with pytest.raises(DecodingError, match="damaged, cut off, or mixed"):
        decode(data, lenient=True)


def test_plausibility_sets_the_right_reading_apart():
    assert plausibility(SIMPLIFIED) == plausibility(TRADITIONAL) == 1
    assert plausibility("2023: 12.6%, OK") == 1
    assert plausibility(TRADITIONAL.encode("big5").decode("gb18030")) < 0.4
    assert plausibility(SIMPLIFIED.encode().decode("gb18030", "replace")) < 0.5
