"""HTML is read, rearranged and written without loss, also where it is broken."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from pingan_lib.markup import mark_chinese_nodes
from pingan_lib.markup.tree import (
    make,
    parse,
    put_first,
    select,
    stripped_text,
    take,
    text_of,
    wrap,
    wrap_contents,
    write_contents,
)


def written(*html):
    return "".join(write_contents(parse(*html)))


@pytest.mark.parametrize(
    "html",
    [
        "a &amp; b &lt; c &gt; d",
        '<p title="&quot;1&quot; &lt; 2">x<br>y</p>  <p>z</p>',
        '<a href="安 顺.html?a=1&amp;b=2#凯里">凯里</a>',
        "<pre>\n\n  a\n</pre>",
        "<!-- a note --><p>x<!-- another -->y</p>",
        '<svg viewbox="0 0 1 1"><svg:title>t</svg:title><use xlink:href="#a"></use></svg>',
        '<details open=""><summary>s</summary>t</details><template><p>x</p></template>',
        "<script>if (a < b && c) d('</p>')</script><style>a > b {}</style>",
        '<p>a<wbr>b<b>c</b></p><video><source src="a">d</video>',
        "<foo-bar>x</foo-bar>",
        "<section><p>x</p></section>",
        "a\N{NO-BREAK SPACE}b\N{GRINNING FACE}",
    ],
)
def test_what_is_sound_is_written_as_it_was_read(html):
    assert written(html) == html


@pytest.mark.parametrize(
    ("html", "mended"),
    [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        (
            "<table><tr><td>1<td>2<tr><td>3</table>",
            "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>",
        ),
        (
            "<table><tr><td><table><tr><td>1</table>2</table>",
            "<table><tr><td><table><tr><td>1</td></tr></table>2</td></tr></table>",
        ),
        ("<a href=1>x<a href=2>y</a>", '<a href="1">x</a><a href="2">y</a>'),
        ("a</b>c", "ac"),
        ("<P CLASS=x hidden>A<path/>B", '<p class="x" hidden="">A<path></path>B</p>'),
        ("1 < 2 <3", "1 &lt; 2 &lt;3"),
        ("&copy; &#20975;&nbsp;", "© 凯\N{NO-BREAK SPACE}"),
        ("<textarea><b></textarea>", "<textarea>&lt;b&gt;</textarea>"),
        ("<![CDATA[x]]>", "<!--[CDATA[x]]-->"),
    ],
)
def test_what_is_left_out_is_put_in(html, mended):
    assert written(html) == mended


def test_a_whole_document_in_an_output_is_only_a_part_of_the_page():
    inner = (
        '<!DOCTYPE html><html lang="fr"><head><title>t</title></head><body class="x"><p>in</p></body></html>'
    )
    assert (
        written(f"<p>before</p>{inner}<p>behind</p>") == "<p>before</p><title>t</title><p>in</p><p>behind</p>"
    )


@pytest.mark.parametrize(
    "broken", ["<!-- a", "<textarea>a", "<div><b>a", "a</div></body></html>", '<p title="a']
)
def test_what_one_piece_leaves_open_does_not_swallow_the_next(broken):
    page = parse(f"<div>{broken}</div>", "<p>next</p>")
    assert page[-1].tag == "p"
    assert text_of(page[-1]) == "next"


@pytest.mark.parametrize(
    "unfit",
    ["\x00", "\x08", "\x1e", "\ud800", "\uffff", "&#0;", "&#8;", "&#x1F", "&#xD800;", "&#12;", "&#65535;"],
)
def test_a_character_that_no_document_may_hold_is_replaced(unfit):
    page = parse(f"<p>a{unfit} 凯里 b</p>")
    mark_chinese_nodes(page)  # sets texts anew, which fails for such characters
    assert text_of(page) == "a\N{REPLACEMENT CHARACTER} 凯里 b"


def test_very_long_and_very_deep_html_is_read_to_its_end():
    long = "x" * 11_000_000
    assert text_of(parse(f"<p>{long}</p>")) == long
    assert text_of(parse(f"{'<b>' * 1500}x{'</b>' * 1500}<p>end</p>")) == "xend"


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")))
names = st.sampled_from(["p", "div", "b", "td", "li", "svg", "br", "img", "a", "foo"])
soups = st.recursive(
    texts.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;")),
    lambda inner: st.builds(
        lambda name, title, parts: f'<{name} title="{title}">{"".join(parts)}</{name}>',
        names,
        st.text("ab凯'<> ").map(lambda text: text.replace("<", "&lt;")),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@given(soups)
def test_to_write_and_to_read_again_changes_nothing(html):
    once = written(html)
    assert written(once) == once
    assert BeautifulSoup(once, "html.parser").get_text() == text_of(parse(html))


# Rearranging


def test_an_element_is_taken_out_and_the_text_behind_it_stays():
    page = parse("a<b>1</b>c<i>2</i>d")
    assert [text_of(take(element)) for element in list(page)] == ["1", "2"]
    assert "".join(write_contents(page)) == "acd"


def test_wrapping_keeps_order_and_text():
    page = parse("a<p>x<b>y</b>z</p>c")
    paragraph = page.find("p")
    wrap_contents(paragraph, make(page, "a", href="#1"))
    wrap(paragraph, make(page, "div", class_="frame", aria_label="f"))
    put_first(page, make(page, "hr"))
    assert "".join(write_contents(page)) == (
        '<hr>a<div class="frame" aria-label="f"><p><a href="#1">x<b>y</b>z</a></p></div>c'
    )


def test_texts_are_joined_with_or_without_their_white_space():
    paragraph = parse("<p> a <b>b\n</b><!-- no --> c</p>").find("p")
    assert (text_of(paragraph), stripped_text(paragraph), stripped_text(paragraph, "")) == (
        *(" a b\n c", "a b c", "abc"),
    )


# Chinese, as BeautifulSoup sees it


def test_chinese_is_marked_before_between_and_behind_elements_and_nowhere_else():
    page = parse(
        '凯里 a<b>安顺</b> b 遵义<!--注--> 铜仁<p lang="zh">贵阳<span lang="en">毕节</span>都匀</p>'
        "<textarea>兴义</textarea><svg><text>六盘水</text></svg><template>赤水</template>仁怀"
    )
    before = text_of(page)
    mark_chinese_nodes(page)
    soup = BeautifulSoup("".join(write_contents(page)), "html.parser")
    marked = [span.get_text() for span in soup.select("span[lang=zh]")]
    assert marked == ["凯里", "安顺", "遵义", "铜仁", "毕节", "仁怀"]
    assert text_of(page) == before
    assert select(page, "descendant::span[@lang = 'zh']/descendant::span") == []
