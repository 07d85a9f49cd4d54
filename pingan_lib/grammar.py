"""The words around a number: signs of growth, hedges, units. A phrase → its parts, by one regular expression.

What the grammar does not know is refused: a hedge taken for a unit would leave its number exact.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from pingan_lib.errors import NumberError

Hedge = Literal["exact", "at_least", "at_most", "about", "between"]

# Twice the longest phrase that could be meant: a range of two written-out numbers with their units.
_LONGEST = 100

# One character for one, so that a place in the plain phrase is the same place in the printed one.
PLAIN = str.maketrans(
    "０１２３４５６７８９．，％＋－−–—～〜〇○壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億餘兩幾數點個約過達減長將滿內無從發現沒於"
    "來開頭為頂碼許較漲負環計總頓噸畝頃時鐘禮紀學離門檻們",
    "0123456789.,%+----~~零零一二二三三四五六六七八九十百千万亿余两几数点个约过达减长将满内无从发现没于"
    "来开头为顶码许较涨负环计总顿吨亩顷时钟礼纪学离门槛们",
)

# Words before and after a number: the hedge they give, and whether the number itself is allowed.
BEFORE: dict[str, tuple[Hedge, bool]] = {
    **dict.fromkeys(
        ("超过", "超", "逾", "高于", "多于", "大于", "突破", "不止", "过", "上"), ("at_least", False)
    ),
    **dict.fromkeys(("至少", "最少", "起码", "不少于", "不低于", "不下于", "不小于"), ("at_least", True)),
    **dict.fromkeys(("不足", "不到", "低于", "少于", "小于", "未满", "不满"), ("at_most", False)),
    **dict.fromkeys(("至多", "最多", "不超过", "不多于", "不高于", "不大于"), ("at_most", True)),
    **dict.fromkeys(("约", "大约", "近", "将近", "接近", "大概", "大致"), ("about", True)),
}
AFTER: dict[str, tuple[Hedge, bool]] = {
    **dict.fromkeys(("以上", "及以上", "之上"), ("at_least", True)),
    "不止": ("at_least", False),
    **dict.fromkeys(("以下", "及以下", "以内", "之内", "之下", "为限", "封顶"), ("at_most", True)),
    **dict.fromkeys(("不足", "不到"), ("at_most", False)),
    **dict.fromkeys(("左右", "上下", "前后"), ("about", True)),
}
# 过 and 上 are hedges only before a half or a bare power of ten: 过半, 上百.
_BEFORE_WORDS = "|".join(f"{word}(?=一?半|[百千万亿])" if word in ("过", "上") else word for word in BEFORE)

_DIGIT = "[零一二三四五六七八九两]"
_RUN = rf"(?:[0-9.,]|{_DIGIT}|[十百千万亿几]|数(?=[十百千万亿])|(?<=十)数|点(?={_DIGIT}))+"
_LETTER = r"[^\W\d_零一二三四五六七八九十两百千万亿几半多余以约近超逾至到]"
_SIGN = "[㎡㎥㎜㎝㎞㎎㎏℃°]"
_UNIT = rf"(?:个?百分点|平方千米|k?m[23](?![0-9])|(?:{_LETTER}|{_SIGN})(?:{_LETTER}|{_SIGN}|[/()（）·²³])*?)"
# Kept as text, which `re` compiles at its first use and remembers: it takes 20 ms.
_PHRASE = rf"""
    (?:(?:同比|环比|[比较](?:[上去]年|上月|上季度?)(?:同期)?)?
        (?:(?P<fall>下降|减少|降低|下滑|回落|负增长|减|降)|(?P<rise>增长|上升|增加|提高|提升|上涨|增|(?=翻)))了?)?\s*
    (?P<sign>[-+])?
    (?:高达|多达|达到|达|共计|总计|合计|累计|共|以(?=.+为限)){{0,2}}\s*(?P<before>{_BEFORE_WORDS})?\s*
    (?:(?P<whole>{_RUN})分之|(?P<hundred>百)分(?=百))?
    (?:(?P<half>一半|半数|半)|翻了?(?P<fold>[一二两三]?番)|数以(?P<by>[十百千万亿]+)计|(?P<first>{_RUN})
        (?:\s*(?P<first_unit>[%‰]|{_UNIT})?\s*[-~至到]\s*(?:(?P=whole)分之)?(?P<second>{_RUN}))?)
    (?P<surplus>有?余|多|来(?![访自源信电函客]))?
    (?P<scale>[十百千]?[万亿]*)\s*
    (?:(?P<piece>个)(?P<middle>[多半])(?=月|小时|钟头|星期|礼拜|季度|学期|世纪|百分点))?
    (?P<unit>[%‰]|成(?P<tenth>(?:{_DIGIT}|[1-9])?)|{_UNIT})??\s*
    (?P<late>有?余|多|半|出头|开外)?\s*
    (?P<after>{"|".join(AFTER)})?(?:之多|整)?
    """
_ZERO = re.compile(
    rf"(?:从未|未曾|未再|未|没有|没)(?:发生|出现|发现)过?(?:[一1](?P<none>{_UNIT}))?|无一(?P<not_one>{_UNIT})|无"
)
# Words that begin as a zero does and are none.
_NO_ZERO = re.compile(
    "零(?:星|散|碎|售|食|部?件|工|钱|用|花|头|敲)|[零0](?:距离|容忍|门槛|起点|基础|时差|障碍|接触)"
    "|无一(?:例外|是处|幸免|不|所|能)"
)
# What is counted is never called so. 成 and 兆 would be part of the number: 三成群众, 3兆; 100元起 is a limit.
_STRANGE = (
    "有奇",
    "不等",
    "之多",
    "有加",
    "往上",
    "朝上",
    "向上",
    "往下",
    "为止",
    "打底",
    "上限",
    "下限",
    "光景",
    "起步",
    "起算",
    "冒头",
)
_HEDGES = "|".join(word for word in (*BEFORE, *AFTER, "出头", "开外", *_STRANGE) if len(word) > 1)
_NO_UNIT = re.compile(
    rf"^(?P<begin>[些来之内外许为不最的了过]|成(?=.)|兆(?![瓦赫帕]))|(?P<inside>{_HEDGES})"
    r"|(?P<end>[来之内外许为不最有很更的了过上吗呢吧]|(?<=.)起)$"
)
# A blank between two digits may part two numbers, and one between two words may end the number.
_GLUE = r"0-9零一二三四五六七八九十百千万萬亿億两兩几幾数數半余餘多来來至到~～〜–—%％-"
_WORD = r"[^\s0-9A-Za-z零一二三四五六七八九两兩]"
# But 90 276, as Hong Kong parts its thousands, is one number.
_THOUSANDS = re.compile(
    r"(?<![0-9.,])(?<![0-9]\s)([1-9][0-9]{0,2})((?:[ \xa0\u2009\u202f][0-9]{3})+)(?![0-9])"
)
_BLANK = re.compile(rf"(?<=[{_GLUE}])\s+(?={_WORD})|(?<={_WORD})\s+(?=[{_GLUE}])")


def parse(printed: str) -> dict[str, str]:
    """Take a number phrase apart.

    Parameters
    ----------
    printed : str

    Returns
    -------
    dict of str to str
        The groups of the grammar in simplified script, "" for what is not there. "unit" is the unit as it is
        printed; "zero" is not empty if the phrase says that nothing happened.

    Raises
    ------
    NumberError
        The phrase does not fit the grammar, or a word stands where its unit would.
    """
    bare = _THOUSANDS.sub(lambda found: re.sub(r"\s", "", found[0]), printed)
    bare = _BLANK.sub("", bare)
    plain = bare.translate(PLAIN)
    if _NO_ZERO.match(plain):
        raise NumberError("it is a word, and no zero")
    if zero := _ZERO.fullmatch(plain):
        unit = zero[zero.lastgroup] if zero.lastgroup else ""
        _check_unit(unit)
        return {"zero": plain, "unit": bare[len(bare) - len(unit) :] if unit else ""}
    match = re.fullmatch(_PHRASE, plain, re.VERBOSE) if len(plain) <= _LONGEST else None
    if match is None:
        raise NumberError(
            "it does not have the form of a number with its unit and hedge" if plain else "it is empty"
        )
    part = match.groupdict(default="")
    if part["unit"] != f"成{part['tenth']}":
        _check_unit(part["unit"])
    _check_unit(part["first_unit"])
    part["whole"] = part["whole"] or part["hundred"]
    part["late"] = part["late"] or part["middle"]
    if part["by"]:
        # 数以千计 is 数千: who could count by the next unit would have named that one.
        part["first"] = "数" + part["by"]
    part["unit"] = "".join(bare[slice(*match.span(name))] for name in ("piece", "unit") if part[name])
    return part | {"zero": ""}


def _check_unit(unit: str) -> None:
    if found := _NO_UNIT.search(unit):
        raise NumberError(f"{found[0]} stands where its unit should be, and is not understood there")
    if odd := [char for char in unit if unicodedata.category(char) in ("No", "Nl") and char not in "²³"]:
        raise NumberError(f"{odd[0]} follows the number")
