"""The words that stand behind a number and say what it counts: their spelling, unit code and kind."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from pingan_lib.mentions.mention import Kind


class Word(NamedTuple):
    """What a word behind a number makes of it; an empty code means that the noun decides."""

    code: str
    kind: Kind


_MEASURES: dict[str, str] = {
    "square_metre": "平方公里 平方千米 平方米 平米 平方厘米 公顷 亩 平方 km² km2 ㎡ m² m2 hm²",
    "metre": "公里 千米 海里 华里 厘米 毫米 米 km KM ㎞ mm",
    "cubic_metre": "立方米 立方 m³ m3 ㎥",
    "kilogram": "吨标准煤 吨标煤 公斤 千克 公克 毫克 市斤 吨 斤 克 kg ㎏ mg",
    "litre": "毫升 公升 升",
    "kilowatt_hour": "兆瓦时 千瓦时 度电 kWh",
    "kilowatt": "兆瓦 吉瓦 千瓦 kW MW GW",
    "item": "摄氏度 ℃ °C 分贝 微克/立方米 毫克/立方米 毫克/升 公里/小时 千米/小时 GB TB Mbps 公里/时 米/秒",
}
_MONEY = {
    "yuan": "元人民币 元 块钱 块",
    "usd": "美元 美金",
    "hkd": "港元 港币",
    "eur": "欧元",
    "gbp": "英镑",
    "jpy": "日元",
}
_SPANS = {
    "year": "年 周年 个年头",
    "month": "个月 个多月 个半月",
    "week": "周 个星期 星期 个礼拜",
    "day": "个工作日 工作日 天 日 昼夜 个昼夜",
    "hour": "个小时 个多小时 个半小时 小时 个钟头 钟头",
    "minute": "分钟",
    "second": "秒钟 秒",
    "item": "个季度 个学期 学时 课时",
}
_RANKS = "个位次 位次"
_COUNTS = {
    "person": "人次 人份 人 名 位 口人",
    "case": "起 件次 件 宗 例 案",
    "event": "场次 场 次 期 批次 班次 航次 车次 趟次 趟 轮次 轮 堂 批 届",
    "household": "户次 户",
    "vehicle": "辆次 辆 艘次 艘 架次",
    "team": "支",
    "institution": "家次 家 所",
    "device": "台次 台套 台 部 架",
    "stall": "处摊点",
    "": "个 条 套 路",
    "item": (
        "项次 项 份 篇 册 本 处次 处 只 枚 张 封 座 栋 幢 间 片 棵 株 道 粒 盏 把 组 类 种 对 双 笔 单 票 席 "
        "桶 瓶 箱 袋 包 根 颗 枝 剂次 剂 针 床 字 句 首 例次 点次 门 头 匹 幅 副 块 面 卷 层 扇 发 宗次 条次 "
        "名次 倍次 集 班 桩 顶 分 通"
    ),
}
# Nouns that follow a number at once: 5000余干警, 50万警力. Longest first where one begins as another does.
_NOUNS = {
    "person": (
        "人大代表 政协委员 公安民警 政法干警 人民群众 人口 人员 人才 群众 民警 干警 警力 辅警 交警 协管员 "
        "法官 检察官 律师 党员 干部 职工 员工 工人 农民工 农民 居民 村民 市民 学生 师生 教师 老师 儿童 "
        "青少年 老人 志愿者 平安志愿者 网格员 网格长 队员 代表 委员 调解员 宣传员 信息员 安全员 官兵 消防员 "
        "医生 患者 观众 网民 网友 粉丝 用户 游客 旅客 乘客 学员 会员 贫困人口 劳动力 就业人员 驾驶人 司机 "
        "骑手 快递小哥"
    ),
    "household": "家庭 个体工商户",
    "institution": "企业 单位 商户 商家 学校 医院 市场主体 经营主体 网点 部门",
    "village": "行政村 村(社区) 村（社区） 村(居) 村（居） 社区 村",
    "town": "乡镇 镇街 街道 镇 乡",
    "case": "案件 起案件",
    "item": "网格 县 区县 县区 项目 视频 省区市 省 市 州",
    "device": "摄像头 探头 监控",
}
# What may not follow a word, because then it is part of another one: 起 in 起步, 人 in 人民币.
_NOT_BEFORE = {
    "年": "级货画轻龄糕夜味鉴终",
    "日": "常报子益本程前后均夜趋",
    "天": "然气津窗河府使桥网眼燃线平下生才主空",
    "周": "边围岁期刊转末年报到密全知",
    "米": "线粉饭面级",
    "升": "级至到为高幅温学旗华降迁起",
    "克": "服隆拉难扣",
    "斤": "两",
    "吨": "级位",
    "亩": "均产",
    "元": "旦宵素件首月勋老",
    "块": "链状头",
    "秒": "杀",
    "人": "民大均格文类性居脸像车防物士流力权寿体质数气际造机称道",
    "名": "称列录誉牌声言胜",
    "位": "于居列置一体次",
    "起": "步点到草义着航伏床降跑源早",
    "例": "会外如子",
    "案": "例值情由卷底",
    "场": "所景馆合站域均",
    "次": "序品数级第于轮",
    "期": "间待望限盼货许满",
    "批": "准评发量复判",
    "轮": "流换值椅胎船廓",
    "家": "庭长禽访里喻",
    "所": "有在以谓属需得长辖示述能用做说",
    "户": "籍型口主均内用政头办县",
    "项": "链城",
    "条": "件例款约理码幅形",
    "份": "额子量上内",
    "册": "封",
    "本": "地市区县级省州年月科报人身色着质能村辖院领文网轮镇乡土源溯次届案专",
    "处": "理置罚于分长级方室境暑女决",
    "只": "有要能是为需见想剩好",
    "张": "贴开家某力口望弛扬罗",
    "封": "闭堵控存建锁山",
    "座": "谈右落驾机",
    "间": "接隔断谍歇",
    "片": "面刻段头中",
    "道": "路德理歉具教闸口",
    "门": "诊口牌店户前槛锁禁面窗类",
    "把": "握关控手脉好守准稳牢",
    "支": "持付撑出援书委配流点柱局前架吾",
    "组": "织建成合团装稿阁委办长",
    "类": "别型似比",
    "种": "植类子族粮养田树群源",
    "台": "账风湾阶北州前资胞儿词灯球柱上",
    "套": "路餐取牌现利娃期",
    "部": "门队分署长级委里落属位",
    "架": "构设子空",
    "路": "段口面线程过灯上边径途由桥基况网长警外透演费权公",
    "对": "于接口待象应标照话比外内准手付策此",
    "双": "向方重边提随减拥创",
    "笔": "录者记试直画迹筒墨",
    "单": "位元个独一纯车项向身据打方日月季兵警亲程",
    "票": "据价房务证面选否",
    "席": "卷地",
    "包": "括含保联片案抓干装裹容庇揽围扶厢机子",
    "根": "据本治基源植",
    "剂": "量",
    "字": "画体节样母眼符幕典迹",
    "首": "批个次家创先要届席府都例年选发饰期位",
    "床": "上头铺",
    "头": "部条脑等衔盔目",
    "面": "积对向临包粉",
    "层": "级面次出",
    "发": "展现生布放动挥送起明证表扬",
    "集": "中体约成群聚合团装",
    "班": "子长组级",
    "个": "别",
    "针": "对灸",
    "副": "书局主市省县所长厅处科校",
    "幅": "度员",
    "卷": "入烟款土",
    "村": "级委民庄干规镇务居改域企霸",
    "社区": "矫",
    "街道": "办",
    "镇": "政级党委街村定静压长域",
    "乡": "镇村亲道级政土情音愁",
    "县": "级委城域长政",
    "网格": "员长化",
    "群众": "性",
    "省": "委级内外道界政",
    "市": "委级政场民值内外区长域辖",
    "州": "级委市",
    "通": "过报知道信讯用常行车往关货话气水电网",
    "分": "钟别之局类支公工管为析布解散红配成享歧辨明行担流",
}
# The same for words of more than one character, and where some go on otherwise: 名优品, but 名优秀.
_NOT_BEFORE_WORDS = {
    "项目": "标",
    "人": (
        "社[局部厅保]|行(?!政)|事(?!业)|生(?![活还])"
        "|工(?![作伤])|身(?![亡受患])|心(?![理脏])"
        "|组(?![成团])|情(?![绪节况])|制(?![毒造售假作贩])"
        "|本(?!科)|选(?!择)"
    ),
    "名": "优(?![秀良])|著(?!名)|义(?![警务])",
    "所": "有的",
    "区": "别",
    "个": (
        "人(?!民|大代|大常|才)|体(?![育系验])|案(?![件例由])"
        "|性(?![质能])|头(?![部目])|税(?!务)"
        "|子(?![公项课系平女站类网])"
    ),
    "起": "重(?![大特点要伤复])|诉(?!讼)|来(?![访信电])|飞(?!车)",
    "家": (
        "电(?![商子力影信器])|政(?![法府务])|人(?![力民工才])"
        "|教(?![育培学])|国(?![有家内际企营])|具(?![有备])"
        "|园(?![区林])|装(?![修备饰])|门(?![店诊])|风(?!险)"
        "|属(?![地于])|畜(?!牧)"
    ),
    "场": "地(?![质震方])|面(?![向对试谈])",
    "次": ("生(?![产活态])|要(?!求)|干(?![部群警预])|日(?!常)|年(?![度中终])"),
    "项": "目(?!标)",
    "户": "外(?![来地])",
    "批": "改(?![革造])|示(?!范)",
    "轮": "训(?!练)|岗(?!位)",
    "处": "事(?!故)|警(?![务示察])|突(?!出)|在(?![建施])",
    "支": "部(?!队)|教(?![育师])|行(?!动)",
    "类": "案(?![件例])",
    "台": "商(?!务)",
}


@cache
def words() -> dict[str, Word]:
    """Every word behind a number, with its unit code and kind."""
    found: dict[str, Word] = {}
    tables: tuple[tuple[dict[str, str], Kind], ...] = (
        (_NOUNS, "count"),
        (_COUNTS, "count"),
        (_SPANS, "duration"),
        (_MONEY, "money"),
        (_MEASURES, "measure"),
    )
    for groups, kind in tables:
        for code, spelled in groups.items():
            found |= {word: Word(code, kind) for word in spelled.split()}
    found |= {word: Word("percent", "percentage") for word in ("%", "‰")}
    found |= {word: Word("rank", "change") for word in _RANKS.split()}
    found |= {word: Word("percentage_point", "percentage_point") for word in ("个百分点", "百分点")}
    return found | {"倍": Word("times", "ratio")}


@cache
def nouns() -> frozenset[str]:
    """The nouns that need no measure word before them."""
    return frozenset(noun for spelled in _NOUNS.values() for noun in spelled.split())


@cache
def word_pattern() -> str:
    """The alternatives of a regular expression that finds a measure word or unit, the longest first."""
    return _alternatives(words().keys() - nouns())


@cache
def noun_pattern() -> str:
    """The same for nouns that need no measure word."""
    return _alternatives(nouns())


def _alternatives(spelled: Collection[str]) -> str:
    return "|".join(re.escape(word) + _ahead(word) for word in sorted(spelled, key=len, reverse=True))


def _ahead(word: str) -> str:
    """What may not follow a word, as a part of a regular expression."""
    chars, longer = _NOT_BEFORE.get(word), _NOT_BEFORE_WORDS.get(word)
    return (f"(?![{chars}])" if chars else "") + (f"(?!{longer})" if longer else "")
