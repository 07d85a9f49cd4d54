"""A saved file to a text: pages in the manner of Chinese portals, and plain texts, on an invented city (虚构)."""

from __future__ import annotations

import socket
from datetime import date
from email.message import EmailMessage
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingan_lib.errors import UsageError
from pingan_lib.intake.bylines import find_author, find_day, find_source, find_title, text_byline
from pingan_lib.intake.extraction import ExtractionError, Source, read_source
from pingan_lib.intake.webpages import main_lines, page_lines, parse_page

PARAGRAPHS = (
    "虚构市位于群山之间。2023年，全市公安机关共立刑事案件1,832起，同比下降12.6%，破案率达到78.45%。",
    "全市建立“一村一警”机制，选派547名民警下沉到208个村（社区），排查矛盾纠纷3000余起，调解成功率97.24%。",
    "一、强化巡逻防控。设置警务站12个，日均投入巡逻力量860人次。",
    "二、深化源头治理。组建专职调解员队伍326人，化解信访积案45件。",
    "三、创新基层治理。建成社区警务室67个，招募平安志愿者1.8万余名，开展巡逻宣传2,400场次。",
    "群众安全感由2019年的95.97%上升到2023年的98.09%，满意度连续五年位居全省前列。",
)
ROWS = (
    ("指标", "2022年", "2023年"),
    ("刑事案件（起）", "2096", "1832"),
    ("群众安全感（%）", "97.85", "98.09"),
)
TABLE = (
    "<table>"
    + "".join(f"<tr>{''.join(f'<td><p>{c}</p></td>' for c in row)}</tr>" for row in ROWS)
    + "</table>"
)
TABLE_LINES = tuple(" | ".join(row) for row in ROWS)
MENU = (
    "<ul>"
    + "".join(f"<li><a href='/{n}/'>{n}</a></li>" for n in ("首页", "政务公开", "互动交流", "数据开放"))
    + "</ul>"
)
RELATED = "<div class='related'><h3>相关阅读</h3><ul>" + "".join(
    f"<li><a href='/{n}.html'>虚构市召开第{n}次平安建设工作会议</a></li>" for n in range(1, 6)
) + "</ul></div>"  # fmt: skip
FOOTER = (
    "<div class='footer'><p>主办：虚构市人民政府办公室</p><p>虚ICP备12345678号-1　虚公网安备52号</p></div>"
)


def government(encoding: str = "utf-8") -> str:
    """As government portals have it: a known container, meta tags, Word's spans inside of numbers, a table."""
    body = "".join(f"<p style='text-indent: 2em'><span lang='EN-US'>　　{p}</span></p>" for p in PARAGRAPHS)
    body = body.replace("97.24%", "<span>97</span><span lang='EN-US'>.</span><span>24%</span>")
    return f"""<!DOCTYPE html><html><head>
        <meta http-equiv="Content-Type" content="text/html; charset={encoding}">
        <title>虚构市扎实推进平安建设_工作动态_虚构市人民政府</title>
        <meta name="SiteName" content="虚构市人民政府"><meta name="ArticleTitle" content="虚构市扎实推进平安建设">
        <meta name="PubDate" content="2024-03-15 09:20"><meta name="ContentSource" content="虚构市委政法委">
        <script>var tip = "您访问的链接即将离开";</script><style>.a {{ color: red }}</style></head><body>
        <div class="header">{MENU}</div><div>您当前所在的位置：<a href="/">首页</a> &gt; 工作动态</div>
        <h1>虚构市扎实推进平安建设</h1>
        <div><span>发布时间：2024-03-15 09:20</span><span>来源：虚构市委政法委</span>
        <span>【字体：<a href="javascript:zoom(18)">大</a> <a href="javascript:zoom(14)">小</a>】</span></div>
        <div class="view TRS_UEDITOR trs_web">{body}{TABLE}<p>&emsp;&emsp;注：数据截至2023年12月31日。</p></div>
        <div><a href="javascript:print()">【打印】</a><a href="javascript:close()">【关闭窗口】</a></div>
        {RELATED}{FOOTER}</body></html>"""


def news(dropped: str = "") -> str:
    """As news sites have it: no known container, a sidebar, comments, an editor; one paragraph of another class."""
    body = "\n".join(f"<p{f' class={dropped}' * (i == 2)}>　　{p}</p>" for i, p in enumerate(PARAGRAPHS))
    side = "".join(
        f"<li><a href='/n{n}.html'>热点新闻第{n}条：虚构省去年增长{n}.5%</a></li>" for n in range(8)
    )
    return f"""<html><head><meta charset="utf-8"><title>群众安全感这样炼成-虚构日报网</title>
        <meta property="og:title" content="群众安全感这样炼成">
        <link rel="canonical" href="https://news.example.cn/2024/0403/c1.html"></head><body>
        <nav>{MENU}</nav><div class="main"><h1>群众安全感这样炼成</h1>
        <div>2024年04月03日 16:05　来源：<a href="#">虚构日报</a>　作者：李某 王某　<span>分享到：</span></div>
        <div class="article-content">{body}<p>　　（记者 李某 通讯员 赵某）</p><p>[责任编辑:钱某]</p></div>{RELATED}
        <div class="comment-list"><p>我去年去过虚构市3次，特别安全，点赞100次！</p></div></div>
        <div class="right"><ul>{side}</ul></div>{FOOTER}</body></html>"""


def wechat() -> str:
    """As WeChat serves an article: hidden until a script has run, the day in that script alone."""
    body = "".join(f"<section><p><span style='font-size: 15px'>{p}</span></p></section>" for p in PARAGRAPHS)
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><meta property="og:title" content="平安虚构 | 数说2023">
        <meta property="og:site_name" content="微信公众平台"><meta property="og:article:author" content="赵某">
        <meta property="og:url" content="http://mp.weixin.qq.com/s?__biz=XX"></head><body>
        <h1 id="activity-name">平安虚构 | 数说2023</h1><a id="js_name"> 虚构政法 </a><em id="publish_time"></em>
        <div id="js_content" style="visibility: hidden; opacity: 0;">{body}
        <p style="display: none;">隐藏的样式1</p></div>
        <script>var ct = "1711929600"; // 2024-04-01 08:00 in China</script>
        <p>微信扫一扫<br>关注该公众号</p></body></html>"""


def old_page() -> str:
    """As pages of the 2000s have it: laid out by tables, the body in lines that end with <br>, GB 2312."""
    body = "<br><br>\n".join(f"&nbsp;&nbsp;&nbsp;&nbsp;{p}" for p in PARAGRAPHS)
    return f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312">
        <title>虚构市平安建设情况</title></head><body><table width="1000"><tr><td colspan=2><a href="/">首页</a> |
        <a href="/n">新闻</a></td></tr><tr><td width="200"><a href="1">综治简报第3期</a></td><td>
        <center><b>虚构市平安建设情况</b></center><div align="center">作者：佚名 来源：虚构市综治办 点击数：532
        更新时间：2019-1-8</div><font size=3>{body}<br></font><p>[<a href="javascript:close()">关闭窗口</a>]</p>
        </td></tr></table><p align=center>版权所有 虚构市政法委 虚ICP备00000001号</p></body></html>"""


def nested_divisions() -> str:
    """Paragraphs that are <div>, begun by em spaces, without any telling name."""
    body = "".join(f"<div>&emsp;&emsp;{p}</div>" for p in PARAGRAPHS)
    return f"""<html><head><meta charset="utf-8"><title>虚构市平安建设-虚构新闻</title></head><body><div id="w">
        <div id="hd">{MENU}</div><div id="bd"><div class="tit">虚构市平安建设</div>
        <div class="sub">2023年3月15日 来源：虚构新闻</div><div class="b1"><div class="b2">{body}</div></div></div>
        <div id="ft">{FOOTER}</div></div></body></html>"""


def figures_only() -> str:
    """A page that is a table of figures."""
    return f"""<html><head><meta charset="utf-8"><title>2023年虚构市平安建设主要指标</title></head><body>{MENU}
        <div class="con"><h2>2023年虚构市平安建设主要指标</h2><div class="date">2024-02-01</div>
        <div class="s1">{TABLE}<p>数据来源：虚构市统计局，截至2023年12月31日。</p></div></div>{FOOTER}</body></html>"""


PAGES = {
    "government": government(),
    "news": news(),
    "wechat": wechat(),
    "old": old_page(),
    "divisions": nested_divisions(),
}


def read(folder: Path, content: str | bytes, name: str = "page.html") -> Source:
    """Save a file and read it."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_source(path)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("kind", PAGES)
def test_every_paragraph_of_a_page_comes_whole_and_in_order(tmp_path, kind, encoding):
    source = read(tmp_path, PAGES[kind].encode(encoding))
    lines = source.text.split("\n")
    assert [line for line in lines if line in PARAGRAPHS] == list(PARAGRAPHS)
    assert source.is_page
    assert source.encoding == encoding


@pytest.mark.parametrize("kind", PAGES)
def test_nothing_around_the_article_gets_into_the_text(tmp_path, kind):
    text = read(tmp_path, PAGES[kind]).text
    around = (
        "首页",
        "政务公开",
        "打印",
        "关闭窗口",
        "字体",
        "相关阅读",
        "召开第",
        "ICP备",
        "热点新闻",
        "点赞",
        "扫一扫",
        "隐藏",
    )
    assert [word for word in around if word in text] == []


def test_a_government_page_gives_exactly_this_text(tmp_path):
    source = read(tmp_path, government("gb2312").encode("gbk"))
    note = "注：数据截至2023年12月31日。"
    assert source.text == "\n".join(["虚构市扎实推进平安建设", *PARAGRAPHS, *TABLE_LINES, note, ""])
    assert source.steps == (
        "decoded as gb18030",
        f"main text taken from .TRS_Editor, and read by pingan_lib {version('pingan_lib')}",
        "blanks made one space and dropped at line ends, invisible characters dropped",
        "title put on the first line",
    )


def test_no_step_holds_what_separates_steps(tmp_path):
    sources = [read(tmp_path, page) for page in PAGES.values()]
    assert all(";" not in step and "；" not in step for source in sources for step in source.steps)


def test_a_page_laid_out_by_tables_keeps_its_lines(tmp_path):
    source = read(tmp_path, old_page().encode("gbk"))
    above = "作者：佚名 来源：虚构市综治办 点击数：532 更新时间：2019-1-8"
    assert source.text == "\n".join(["虚构市平安建设情况", above, *PARAGRAPHS, ""])


def test_a_table_of_figures_is_one_line_a_row(tmp_path):
    lines = read(tmp_path, figures_only()).text.split("\n")
    assert [line for line in lines if "|" in line] == list(TABLE_LINES)
    assert "首页" not in lines


def test_the_same_bytes_give_the_same_text(tmp_path):
    assert read(tmp_path, news(), "a.html").text == read(tmp_path, news(), "b.htm").text


def test_nothing_is_fetched(tmp_path, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert PARAGRAPHS[0] in read(tmp_path, news()).text


@pytest.mark.parametrize("dropped", ["share", "related", "nav", "widget", "noprint", "tags", "caption"])
def test_a_paragraph_that_trafilatura_drops_is_put_back_and_a_step_says_so(tmp_path, dropped):
    import trafilatura

    page = news(dropped)
    assert PARAGRAPHS[2] not in trafilatura.extract(page, include_comments=False)
    source = read(tmp_path, page)
    assert [line for line in source.text.split("\n") if line in PARAGRAPHS] == list(PARAGRAPHS)
    assert any("put back between its first and last: 1" in step for step in source.steps)


def test_figures_outside_of_the_text_are_shown_as_doubts(tmp_path):
    page = government().replace(
        "<h1>", "<div class='intro'><p>导读：2023年全市化解矛盾纠纷3456起。</p></div><h1>"
    )
    (doubt,) = read(tmp_path, page).doubts
    assert doubt == "left out of the text: 导读：2023年全市化解矛盾纠纷3456起。"


def test_hidden_pages_of_an_article_and_a_next_page_are_shown_as_doubts(tmp_path):
    second = (
        "<div style='display: none'>第二页：2023年共破获电信诈骗案件215起。</div><a href='2.html'>下一页</a>"
    )
    doubts = read(
        tmp_path, government().replace('<div><a href="javascript:print()">', f"{second}<div><a>")
    ).doubts
    assert doubts == (
        "left out of the text: 第二页：2023年共破获电信诈骗案件215起。",
        "the article may go on on a further page: put the text of all its pages into one file",
    )


def test_a_list_of_articles_is_shown_as_one(tmp_path):
    page = "".join(
        f"<li><a href='/{n}'>虚构市召开第{n}次平安建设会议</a> 2024-01-{n + 10}</li>" for n in range(9)
    )
    assert "is it a list of articles" in " ".join(
        read(tmp_path, f"<html><body><ul>{page}</ul></body></html>").doubts
    )


@pytest.mark.parametrize(
    ("kind", "title", "published", "publisher", "author", "url"),
    [
        ("government", "虚构市扎实推进平安建设", date(2024, 3, 15), "虚构市人民政府（来源：虚构市委政法委）", "", ""),
        ("news", "群众安全感这样炼成", date(2024, 4, 3), "虚构日报", "李某 王某", "https://news.example.cn/2024/0403/c1.html"),
        ("wechat", "平安虚构 | 数说2023", date(2024, 4, 1), "虚构政法", "赵某", "http://mp.weixin.qq.com/s?__biz=XX"),
        ("old", "虚构市平安建设情况", date(2019, 1, 8), "虚构市综治办", "佚名", ""),
        ("divisions", "虚构市平安建设", date(2023, 3, 15), "虚构新闻", "", ""),
    ],
)  # fmt: skip
def test_what_a_page_says_of_itself_is_proposed(tmp_path, kind, title, published, publisher, author, url):
    source = read(tmp_path, PAGES[kind])
    said = (source.title, source.published, source.publisher, source.author, source.url)
    assert said == (title, published, publisher, author, url)
    filled = {name for name in ("title", "published", "publisher", "author", "url") if getattr(source, name)}
    assert set(source.origins) == filled


def test_a_page_inside_of_an_mhtml_archive_is_read_like_the_page(tmp_path):
    archive = EmailMessage()
    archive["From"] = "<Saved by a browser>"
    archive["Snapshot-Content-Location"] = "https://www.example.cn/zfxx/1.html"
    archive.set_content(government(), subtype="html", cte="quoted-printable")
    archive.add_related(b"\x89PNG", maintype="image", subtype="png", cid="<a>")
    source, page = read(tmp_path, archive.as_bytes(), "页 面.mht"), read(tmp_path, government())
    assert source.text == page.text
    assert source.url == "https://www.example.cn/zfxx/1.html"
    assert source.steps == ("web page taken out of its MHTML archive", *page.steps)


def test_a_page_saved_as_complete_tells_its_address(tmp_path):
    page = government().replace(
        "<html>", "<!-- saved from url=(0031)https://www.example.cn/a/1.html -->\n<html>"
    )
    assert read(tmp_path, "\ufeff" + page).url == "https://www.example.cn/a/1.html"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<html><frameset><frame src='a.html'></frameset></html>", "in a frame. Open that frame alone"),
        ("<html><body><div id='app'></div><script>1</script></body></html>", "put in by a script"),
        ("<html><body><h1>虚构市平安建设</h1><img src='1.png'><img src='2.png'></body></html>", "2 pictures"),
        ("<html><head><title>平安</title></head><body></body></html>", "Save the article's own page"),
        ("<html><body>" + "<div>" * 5000 + "</div>" * 5000 + "</body></html>", "Copy the|copy the"),
        (government().replace("547名", "\ufffd名"), "its main text is damaged"),
    ],
    ids=["frames", "script", "pictures", "empty", "deep", "damaged"],
)
def test_a_page_without_an_article_is_refused_with_what_to_do(tmp_path, page, reason):
    with pytest.raises(ExtractionError, match=reason) as refusal:
        read(tmp_path, page)
    assert str(tmp_path / "page.html") in str(refusal.value)


@pytest.mark.parametrize(
    ("html", "line"),
    [
        ("2023年立案<b>1</b><i>832</i>起", "2023年立案1832起"),
        ("群众&nbsp;安全感　　达&#57;8&#65285;", "群众 安全感 达98％"),
        ("虚构市是一座\n    城市", "虚构市是一座城市"),
        ("立案1832\n起 safe\ncity", "立案1832 起 safe city"),
        ("平\u200b安\ufeff建&shy;设", "平安建设"),
        ("面积5m<sup>2</sup>", "面积5m2"),
    ],
)
def test_how_a_line_of_a_page_is_read(html, line):
    assert [each.text for each in page_lines(parse_page(f"<html><body><p>{html}</p></body></html>"))] == [
        line
    ]


@given(
    st.lists(
        st.text(st.sampled_from("平安建设2023年,。 　"), min_size=1).filter(str.strip), min_size=1, max_size=5
    )
)
def test_blocks_are_lines_however_they_are_made(texts):
    wanted = [" ".join(text.split()) for text in texts]
    pages = (
        "".join(f"<p>{t}</p>" for t in texts),
        "<br>".join(texts),
        "".join(f"<div><div>{t}</div></div>" for t in texts),
    )
    for page in pages:
        tree = parse_page(f"<html><body><div>{page}</div></body></html>")
        assert [line.text for line in page_lines(tree)] == wanted


def test_reading_a_page_does_not_change_it():
    tree = parse_page(news())
    lines = page_lines(tree)
    main_lines(tree, lines)
    assert page_lines(tree) == lines


@pytest.mark.parametrize(
    ("content", "steps"),
    [
        ("\n".join(PARAGRAPHS).encode(), ()),
        ("\n".join(PARAGRAPHS).encode("utf-8-sig"), ("decoded as utf-8", "byte order mark dropped")),
        ("\r\n".join(PARAGRAPHS).encode("gbk"), ("decoded as gb18030", "line ends made LF")),
    ],
)
def test_a_plain_text_stays_as_it_is(tmp_path, content, steps):
    source = read(tmp_path, content, "总结 (1).txt")
    assert (source.text, source.steps, source.is_page) == ("\n".join(PARAGRAPHS), steps, False)


def test_the_name_of_a_file_does_not_tell_what_it_is(tmp_path):
    assert read(tmp_path, government(), "page.txt").is_page
    assert not read(tmp_path, "\n".join(PARAGRAPHS), "text.html").is_page
    assert not read(tmp_path, "若a<b，则2023年为<重要>指标。", "a.txt").is_page


def test_a_damaged_plain_text_is_refused(tmp_path):
    with pytest.raises(ExtractionError, match="damaged, cut off, or mixed"):
        read(tmp_path, ("\n".join(PARAGRAPHS) * 20).encode("gbk")[:-1], "a.txt")


def test_doubts_about_a_plain_text(tmp_path):
    assert read(tmp_path, "no Chinese at all, 2023.", "a.txt").doubts == (
        "there is no Chinese character in the text",
    )
    (doubt,) = read(tmp_path, "虚构市\u200b2023年\ufeff立案1832起。", "b.txt").doubts
    assert doubt.startswith("the text holds 2 invisible characters")


def test_what_is_no_article_by_its_size_is_refused(tmp_path):
    with pytest.raises(ExtractionError, match="1,100,000 characters, more than any article"):
        read(tmp_path, "平安建设十一个字虚构市" * 100_000, "a.txt")
    with pytest.raises(ExtractionError, match="21 MB, more than any article"):
        read(tmp_path, b"<html>" + b" " * 21_000_000)


def test_a_folder_and_a_missing_file_are_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="is a folder"):
        read_source(tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        read_source(tmp_path / "没有.txt")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("发布时间: 2018-03-19 09:42:23 | 来源: 虚构网", date(2018, 3, 19)),
        ("时间:2024-04-03 16:05:12    来源:时政虚构", date(2024, 4, 3)),
        ("虚构市人民政府\n二〇二三年十二月二十一日", date(2023, 12, 21)),
        ("2023年3月5日", date(2023, 3, 5)),
        ("日期：2023/3/5", date(2023, 3, 5)),
        ("２０２３年３月５日", date(2023, 3, 5)),
        ("2023年2月30日", None),
        ("3月19日讯", None),
        ("比2018-03-191多", None),
    ],
)
def test_days_as_articles_write_them(text, day):
    assert find_day(text.split("\n")) == day


@pytest.mark.parametrize(
    ("line", "source", "author"),
    [
        ("发布时间: 2018-03-19 09:42:23 | 来源: 虚构网 | 作者: 段某 | 责任编辑: 钱某", "虚构网", "段某"),
        ("时间:2024-04-03 16:05:12    来源:时政虚构 文明虚构    ", "时政虚构 文明虚构", ""),
        ("来源：虚构日报 2024-04-03 责任编辑：钱某", "虚构日报", ""),
        ("（本报记者 李某 通讯员 赵某）", "", "李某"),
        ("记者：李某、王某  编辑：钱某", "", "李某、王某"),
        ("责任编辑：钱某", "", ""),
        ("数据来源：虚构市统计局", "", ""),
    ],
)
def test_source_and_author_end_where_the_next_label_begins(line, source, author):
    assert (find_source([line]), find_author([line])) == (source, author)


def test_the_title_of_a_text_is_its_first_line_that_reads_as_one():
    assert find_title(["2023年3月15日", "来源：虚构网", "“平安虚构”建设"]) == "“平安虚构”建设"
    assert find_title([PARAGRAPHS[0]]) == ""


def test_the_byline_of_a_plain_text():
    text = "虚构市:致力平安建设\n\n发布时间: 2018-03-19 | 来源: 虚构网 | 作者: 段某\n\n" + "\n".join(
        PARAGRAPHS
    )
    byline = text_byline(text)
    said = (byline.title, byline.published, byline.publisher, byline.author, byline.url)
    assert said == ("虚构市:致力平安建设", date(2018, 3, 19), "虚构网", "段某", "")


def test_a_day_inside_of_a_sentence_is_not_the_day_of_publication():
    text = "虚构市平安建设\n截至2023年12月31日，" + PARAGRAPHS[0] * 2
    assert text_byline(text).published is None
