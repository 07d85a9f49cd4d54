"""What a number phrase counts: its unit code and kind."""

from __future__ import annotations

import re
from functools import cache

from pingan_lib.mentions.measure_words import Word, words

# The noun behind 个 and its kin decides what is counted; where it says 中心, the village before it does not.
_HEADS = (
    (
        "institution",
        (
            "中心|站(?!长)|室|委员会|调委会|法庭|派出所|司法所|机构|医院|学校|幼儿园|企业|公司|单位|部门|协会"
            "|基地|窗口|点位|驿站|工作室|专班|支部|党组织|法院|检察院|门诊|"
            "服务点|商会|园区|超市|银行|网点|合作社|机关|大队|中队|支队|场所"
        ),
    ),
    (
        "post",
        "岗亭|岗哨|岗位|卡点|检查站|警务站|查缉点|哨卡|执勤点|岗",
    ),
    (
        "device",
        (
            "摄像头|探头|监控|摄像机|设备|装置|报警器|烟感|喷淋|门禁|终端|传感器|系统|充电桩|消火栓|灭火器"
            "|视频|卡口|无人机|基站|路灯"
        ),
    ),
    ("stall", "摊点|摊位|档口|夜市"),
    ("team", "队伍|小组|工作组|团伙|团队|集团|网络|班子|分队|巡逻队|巡防队|工作队|专案组"),
    ("household", "家庭|农户|贫困户|商户"),
    ("person", "被告人|嫌疑人|人员|群众|学生|志愿者|干部|同志|委员(?!会)|书记"),
    ("item", "项目(?![部组办经])"),
    ("case", "案件|纠纷|矛盾|警情|积案|事故"),
)
_PLACES = (
    (
        "village",
        (
            "(?:行政|自然|建制|贫困|重点|示范|平安|民族|试点|城市|涉农|农村)?"
            "(?:村民委员会|村[(（](?:社区|居|寨)[)）]|村居|村寨|村社|村(?![霸民干级支])|社区|居委会)"
        ),
    ),
    ("town", "(?:乡[(（]?镇|乡镇|镇[(（]?街|镇|街道|乡)"),
)


@cache
def _heads() -> list[tuple[str, re.Pattern[str]]]:
    return [(code, re.compile(words)) for code, words in _HEADS]


@cache
def _places() -> list[tuple[str, re.Pattern[str]]]:
    return [(code, re.compile(words)) for code, words in _PLACES]


_MOVED = re.compile("(?:上升|前移|提升|跃升|进位|前进|下降|后退|晋升|下滑|回落|跌落|提高|升)了?$")
_DEVICE = re.compile("视频|监控|探头|摄像|设备|系统|装置|报警|终端")
_ELECTRIC = re.compile("手机|电话|电梯|设备|对讲|电脑|终端")
_PAID = re.compile("[花赔钱款元赚罚奖给]|工资|收入|损失")
_TEAM_BEHIND = re.compile("[^，。；、0-9]{0,12}?(?:队|力量|团|班|组)")
_TEAM_BEFORE = re.compile("队伍?$|力量$")
_VERB = re.compile("(?:增加|减少|下降|上升|提高|增长|减|增|扩大|缩小|发展|压缩|提升|达)")
_NOUN = re.compile(r"[^，。；、：:！？\n0-9“”‘’《》；;,（(未已均全都在被由将为是有获实开完进对从向把]{0,14}")


def unit_of(plain: str, word: str, begin: int, start: int, end: int) -> Word:
    """The unit code and kind that the word behind a number gives, by the noun where the word is a mere 个.

    Parameters
    ----------
    plain : str
    word : str
        In simplified script; "" for none.
    begin : int
        Where the clause begins.
    start, end : int
        The number phrase.
    """
    if word.startswith("成"):
        return Word("percent", "percentage")
    known = words().get(word, Word("item", "count"))
    before, behind = plain[begin:start], plain[end : end + 14]
    match word:
        case "个" | "处" | "座":
            return Word(_of_noun(plain, begin, start, end), "count")
        case "条":
            return Word("line" if re.match("[^，。；、]{0,12}?线(?!索|上|下)", behind) else "item", "count")
        case "套" | "路":
            return Word("device" if _DEVICE.search(before + _noun(plain, end)) else "item", "count")
        case "块" if not _PAID.search(before):
            return Word("item", "count")
        case "支" if not (_TEAM_BEHIND.match(behind) or _TEAM_BEFORE.search(before)):
            return Word("item", "count")
        case "台" if re.match("[^，。；、0-9]{0,6}车", behind):
            return Word("vehicle", "count")
        case "部" if not _ELECTRIC.search(before + behind):
            return Word("item", "count")
        case "位" if _MOVED.search(before):
            return Word("rank", "change")
    return known


def _noun(plain: str, end: int) -> str:
    """What may be the noun behind a measure word: up to a mark, a digit or the next verb."""
    match = _NOUN.match(plain, end)
    return match[0] if match else ""


def _of_noun(plain: str, begin: int, start: int, end: int) -> str:
    behind = _noun(plain, end)
    for code, pattern in _places():
        place = pattern.match(plain, end)
        if place:
            rest = plain[place.end() : place.end() + 8]
            if not re.match(
                "[^，。；、的实建设立成开已全均都(（]{0,5}(?:中心|站|室|委员|干部|书记|平台|法庭|岗|所|队)",
                rest,
            ):
                return code
    if len(behind.strip()) >= 2 and not _VERB.match(behind):
        found = [(match.end(), code) for code, pattern in _heads() for match in pattern.finditer(behind)]
        if found:
            return min(found)[1]
        return "item"
    # 网格室388个: what is counted stands before the number.
    before = plain[max(begin, start - 12) : start]
    found = [(match.end(), code) for code, pattern in _heads() for match in pattern.finditer(before)]
    if found:
        return max(found)[1]
    for code, pattern in _places():
        if re.search(f"(?:{pattern.pattern})[^，。；、]{{0,2}}$", before):
            return code
    return "item"
