"""Write a project folder of synthetic articles, of any size, to measure with: nothing in it was ever reported."""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pingan_lib.errors import UsageError
from pingan_lib.project import shipped
from pingan_lib.schema import DESCRIPTOR, Table, read_schema
from pingan_lib.table_files import read_raw

CHARACTERS = 2500
APPROACHES, FIGURES, STATEMENTS = 9, 9, 7  # as 55, 50 and 43 in the articles of the shipped example
QUOTES = APPROACHES + FIGURES + STATEMENTS
CITIES = 3000  # at most; further articles are of the first cities, of later years
_A_FOLDER = 1000  # articles

Row = dict[str, str]

_MARK = "合成数据，并非事实"
# Invented words by what they are for; a line that begins with blanks goes on with the one before.
_LISTS = """\
what: 联防 网格 楼栋 街巷 校园 医院 商圈 集市 山寨 河湖 林区 矿区 园区 车站 码头 工地 夜市 乡村 社区
    院落
how: 智慧 阳光 连心 守望 先锋 暖心 前哨 随访 联调 共治 常态 分级 前移 联动 闭环 精细 快反 闪送 星级
    积分
verbs: 推行 建立 开展 深化 组建 实施 完善 启动
tails: 压实各级责任 延伸服务触角 夯实基层基础 畅通诉求渠道 织密防控网络 汇聚各方力量
who: 店主 学生家长 出租车司机 退休教师 外来务工者 村组长 快递员 摊贩
felt: 夜里出门心里踏实 邻里之间更加和睦 遇事总能找到人 环境一年比一年好 办事少跑许多路
awards: 先进单位 示范点 优秀案例 红旗集体
actors: police;residents mediators grid_offices party_government police courts lawyers;mediators
targets: residents villages venues public_space disputants;residents officials
offices: 合成街道办 合成县委 合成政法委 合成派出所 合成司法所 合成综治中心 合成村委会 合成调解室
aims: 坚持问题导向 聚焦群众关切 立足本地实际 围绕中心任务 着眼长远发展 紧扣民生需求 突出源头治理
means: 把工作做在平时 不断优化流程 持续改进作风 用心用情服务 扎实推进各项任务 形成齐抓共管局面
results: 受到各方关注 取得新的进展 得到普遍支持 成为一道风景 焕发新的生机 迈上新的台阶
"""
_WORDS = {
    name: words.split()
    for name, _, words in (line.partition(":") for line in _LISTS.replace("\n    ", " ").splitlines())
}
_KINDS = {"工程": "project", "机制": "mechanism", "行动": "campaign", "平台": "platform", "队伍": "team"}
_STAGES = ("input", "activity", "activity", "activity", "output")
# One sentence that two statements of every article share, so that each needs a prefix.
_SHARED = "群众对合成平安建设连连称赞"


def _fillers() -> list[str]:
    """Sentences that hold no digit and nothing that is quoted; the same for every seed."""
    rng = random.Random("fillers")
    parts = [_WORDS[name] for name in ("offices", "aims", "means", "results")]
    return ["，".join(rng.choice(words) for words in parts) + "。" for _ in range(2000)]


_FILLERS = _fillers()


class Article:
    """A synthetic article: its text, and the rows that quote it."""

    def __init__(self, number: int, cities: int, seed: int) -> None:
        self.rng = random.Random(f"{seed}-{number}")
        city, again = number % cities, number // cities
        self.article_id, self.place_id = f"syn_{number:06d}", f"syn_city_{city:05d}"
        self.earlier = f"syn_{number - cities:06d}" if again else ""
        self.year = 2010 + again % 15
        self.title = f"合成文章：合成市{city:05d}平安建设纪实（第{number}篇）"
        self.path = f"seeds/{number // _A_FOLDER:04d}/{self.article_id}.txt"
        rows = [*self._approaches(), *self._figures(), *self._statements()]
        self.text = self._written([row["quote"] for _, row in rows])
        self.rows: dict[str, list[Row]] = {"approaches": [], "figures": [], "statements": []}
        for name, row in rows:
            self.rows[name].append({**row, "article_id": self.article_id, "place_id": self.place_id})
        self._settle()

    def _written(self, quotes: Sequence[str]) -> str:
        """Quotes in an order of their own, each after some sentences of no content; `CHARACTERS` in all."""
        rng, order = self.rng, list(quotes)
        rng.shuffle(order)
        room = CHARACTERS - len(self.title) - 1 - sum(len(quote) + 1 for quote in order)
        parts = [self.title, "\n"]
        for left, quote in zip(range(len(order), 0, -1), order, strict=True):
            slot = room // left
            while slot > 0 and len(filler := rng.choice(_FILLERS)) <= slot:
                parts.append(filler)
                slot -= len(filler)
                room -= len(filler)
            parts += [quote, "。"]
        return "".join([*parts, *("平" * (room - 1) + "\n" if room else "")])

    def _settle(self) -> None:
        """Give a prefix to every quote that stands in the text more than once."""
        taken: dict[str, int] = {}
        for row in (row for rows in self.rows.values() for row in rows):
            quote = row["quote"]
            start = self.text.index(quote, taken.get(quote, 0))
            if self.text.find(quote, start + 1) < 0 and quote not in taken:
                continue
            taken[quote] = start + 1
            length = 2
            while self.text.count(self.text[start - length : start] + quote) > 1:
                length += 2
            row["prefix"] = self.text[start - length : start]

    def _approaches(self) -> Iterator[tuple[str, Row]]:
        rng = self.rng
        for place, drawn in enumerate(
            rng.sample(range(len(_WORDS["what"]) * len(_WORDS["how"])), APPROACHES), start=1
        ):
            kind = rng.choice(list(_KINDS))
            name = f"合成{_WORDS['how'][drawn % len(_WORDS['how'])]}{_WORDS['what'][drawn // len(_WORDS['how'])]}{kind}"
            same = place == APPROACHES and self.earlier
            yield "approaches", {
                "approach_id": f"{self.article_id}_a{place}",
                "part_of": f"{self.article_id}_a1" if place > 1 and rng.random() < 0.5 else "",
                "same_as": f"{self.earlier}_a{place}" if same else "",
                "name_zh": name,
                "name_en": f"Synthetic {_KINDS[kind]} {drawn}",
                "quote": f"{rng.choice(_WORDS['verbs'])}{name}，{rng.choice(_WORDS['tails'])}",
                "stage": rng.choice(_STAGES),
                "actors": rng.choice(_WORDS["actors"]),
                "targets": rng.choice(_WORDS["targets"]),
                "summary_zh": f"{_MARK}：文章提到{name}。",
                "summary_en": f"Synthetic: the article tells of {_KINDS[kind]} {drawn}.",
            }  # fmt: skip

    def _figures(self) -> Iterator[tuple[str, Row]]:
        rng = self.rng
        handled = rng.randrange(200, 9000)
        settled = round(handled * rng.uniform(0.8, 0.995))
        rate = f"{100 * settled / handled:.2f}"
        share, fall = rng.randrange(85, 100), f"{rng.uniform(1, 40):.2f}"
        money, staff, villages = rng.randrange(50, 9000), 10 * rng.randrange(3, 300), rng.randrange(12, 400)
        cameras = rng.randrange(100, 9999)
        drawn = (
            ("disputes_handled", f"全年调解合成纠纷{handled}件", f"{handled}", f"{handled}", "case", "output"),
            ("disputes_settled", f"其中合成纠纷调解成功{settled}件", f"{settled}", f"{settled}", "case", "outcome"),
            ("settlement_rate", f"合成纠纷调解成功率达{rate}%", rate, rate, "percent", "outcome"),
            ("satisfaction_rate", f"合成测评中满意率{share}%以上", f"{share}%以上", f"{share}", "percent", "outcome"),
            ("dispute_calls_change", f"合成纠纷警情同比下降{fall}%", fall, f"-{fall}", "percent_change", "outcome"),
            ("public_money", f"投入合成资金{money}万元", f"{money}万", f"{money}0000", "yuan", "input"),
            ("staff_deployed", f"下沉合成干部{staff}余名", f"{staff}余", f"{staff}", "person", "input"),
            ("villages_reached", f"覆盖{villages}个合成村寨", f"{villages}", f"{villages}", "village", "output"),
            ("cameras", f"新装合成摄像头{cameras}个", f"{cameras}", f"{cameras}", "device", "input"),
        )  # fmt: skip
        for place, (measure, quote, printed, value, unit, stage) in enumerate(drawn, start=1):
            stock = unit in ("village", "device", "person")
            yield (
                "figures",
                {
                    "figure_id": f"{self.article_id}_f{place}",
                    "approach_id": f"{self.article_id}_a{rng.randrange(1, APPROACHES)}",
                    "measure_id": measure,
                    "label_zh": f"合成数据：{measure}",
                    "label_en": f"Synthetic: {measure}",
                    "quote": quote,
                    "printed": printed,
                    "value": value,
                    "unit": unit,
                    "hedge": "at_least" if "余" in printed or "以上" in printed else "exact",
                    "counted": f"合成：{measure}",
                    "denominator": f"{self.article_id}_f1" if measure == "settlement_rate" else "",
                    "scope": "city",
                    "stage": stage,
                    "role": "reported",
                    "timing": "point" if stock else "period",
                    "period_start": "" if stock else f"{self.year}-01-01",
                    "period_end": "" if stock else f"{self.year}-12-31",
                    "period_basis": "none" if stock else "stated",
                    "attributed_to": "city",
                    "status": "accepted",
                    "note": "Synthetic.",
                    "note_zh": _MARK,
                },
            )

    def _statements(self) -> Iterator[tuple[str, Row]]:
        rng = self.rng
        told = [(_SHARED, "outcome")] * 2
        told += [
            (f"合成{who}表示{rng.choice(_WORDS['felt'])}", "testimony")
            for who in rng.sample(_WORDS["who"], STATEMENTS - 3)
        ]
        told.append((f"获评合成平安{rng.choice(_WORDS['awards'])}{rng.randrange(2, 60)}处", "award"))
        for place, (quote, kind) in enumerate(told, start=1):
            yield "statements", {
                "statement_id": f"{self.article_id}_s{place}",
                "approach_id": f"{self.article_id}_a{place}" if place > 2 else "",
                "measure_id": "satisfaction_rate" if place < 3 else "",
                "quote": quote,
                "kind": kind,
                "direction": "positive",
                "attributed_to": "resident" if kind == "testimony" else "journalist",
                "note": f"Synthetic, {place}.",
                "note_zh": f"{_MARK}，{place}。",
            }  # fmt: skip

    def tables(self, dimensions: Sequence[str]) -> Iterator[tuple[str, Row]]:
        """Every row that the article adds, with the name of its table."""
        yield (
            "articles",
            {
                "article_id": self.article_id,
                "place_id": self.place_id,
                "title": self.title,
                "publisher": "合成网",
                "author": "合成作者",
                "published": f"{self.year + 1}-02-01",
                "genre": self.rng.choice(("feature", "report", "news", "interview")),
                "path": self.path,
                "sha256": hashlib.sha256(self.text.encode("utf-8")).hexdigest(),
            },
        )
        for name, rows in self.rows.items():
            for row in rows:
                yield name, row
        coder = {"coder_id": "coder_synthetic", "note": "Synthetic."}
        yield "coders", {**coder, "article_id": self.article_id, "date": "2026-01-01"}
        for row in self.rows["approaches"]:
            for dimension in self.rng.sample(dimensions, self.rng.choice((1, 1, 2))):
                yield "codings", {**coder, "approach_id": row["approach_id"], "dimension_id": dimension}
        handled, settled, rate = (f"{self.article_id}_f{place}" for place in (1, 2, 3))
        told = {
            "label_en": "Synthetic relation",
            "label_zh": "合成关系",
            "note": "Synthetic.",
            "note_zh": _MARK,
        }
        yield "relations", {
            **told, "relation_id": f"{self.article_id}_r1", "kind": "share_of", "result": rate,
            "formula": f"{settled} / {handled}",
        }  # fmt: skip
        yield "relations", {
            **told, "relation_id": f"{self.article_id}_r2", "kind": "at_most", "result": settled,
            "formula": handled,
        }  # fmt: skip


def write_corpus(folder: Path, articles: int, *, cities: int | None = None, seed: int = 1) -> Path:
    """Write a project folder of synthetic articles, one article after the other.

    Parameters
    ----------
    folder : Path
        Does not exist yet, or is empty.
    articles : int
        Each has `CHARACTERS` characters and `QUOTES` quotes.
    cities : int, optional
        By default as many as articles, at most `CITIES`.
    seed : int, optional
        The same seed and numbers write the same bytes.

    Returns
    -------
    Path
        The folder. Every row of every table, every title and every text says 合成 or synthetic.

    Raises
    ------
    UsageError
        If the folder holds anything, or there are no articles to write.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty. Name a new folder.")
    if articles < 1 or not 1 <= (cities or 1) <= articles:
        raise UsageError("Name at least one article, and no more cities than articles.")
    cities = cities or min(articles, CITIES)
    data, example = folder / "data", shipped() / "data"
    data.mkdir(parents=True)
    for number in range(0, articles, _A_FOLDER):
        (folder / "seeds" / f"{number // _A_FOLDER:04d}").mkdir(parents=True)
    package = json.loads((example / DESCRIPTOR).read_text("utf-8"))
    package |= {
        "name": "synthetic",
        "title": "Synthetic corpus (合成数据)",
        "description": "Made by a script, to measure with.",
    }
    package["sources"] = [{"title": "A script; the scheme is that of pingan_lib"}]
    (data / DESCRIPTOR).write_text(json.dumps(package, ensure_ascii=False, indent=2), "utf-8", newline="\n")
    tables = read_schema((data / DESCRIPTOR).read_text("utf-8"))
    scheme = {name: read_raw(example, tables[name]).to_dict("records") for name in ("codebook", "measures")}
    dimensions = [row["dimension_id"] for row in scheme["codebook"]]
    with ExitStack() as open_files:
        writers = {name: _writer(open_files, data, table) for name, table in tables.items()}

        def write(name: str, row: Row) -> None:
            writers[name].writerow([row.get(column.name, "") for column in tables[name].columns])

        for place in _places(cities):
            write("places", place)
            if place["place_id"].startswith("syn_city"):
                write("reference", _reference(place["place_id"]))
        for row in scheme["measures"]:
            write("measures", {**row, "definition": f"Synthetic corpus; {row['definition']}"})
        for number in range(articles):
            article = Article(number, cities, seed)
            (folder / article.path).write_bytes(article.text.encode("utf-8"))
            for name, row in article.tables(dimensions):
                write(name, row)
            if number == 0:
                for row, told in zip(scheme["codebook"], _around(article.rows["approaches"]), strict=False):
                    source = "Synthetic corpus (合成); the definition is that of pingan_lib"
                    write("codebook", {**row, "example_quote": told["quote"], "source": source})
    return folder


def _around(rows: Sequence[Row]) -> Iterator[Row]:
    while True:
        yield from rows


def _writer(open_files: ExitStack, data: Path, table: Table) -> Any:
    file = open_files.enter_context((data / table.file).open("w", encoding="utf-8", newline=""))
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    return writer


def _places(cities: int) -> Iterator[Row]:
    yield {
        "place_id": "syn_province", "name_zh": "合成省", "name_en": "Synthetic province", "level": "province",
    }  # fmt: skip
    for number in range(cities):
        yield {
            "place_id": f"syn_city_{number:05d}",
            "parent_id": "syn_province",
            "name_zh": f"合成市{number:05d}",
            "name_en": f"Synthetic city {number}",
            "level": "county" if number % 3 else "prefecture",
        }


def _reference(place_id: str) -> Row:
    return {
        "place_id": place_id, "measure_id": "residents", "value": str(300_000 + 7 * int(place_id[-5:])),
        "unit": "person", "year": "2020", "source": "Synthetic census", "source_zh": "合成普查",
        "reliability": "secondary",
    }  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a project folder of synthetic articles.")
    parser.add_argument("folder", type=Path, help="does not exist yet, or is empty")
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--cities", type=int, help=f"by default as many as articles, at most {CITIES}")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    try:
        write_corpus(given.folder, given.articles, cities=given.cities, seed=given.seed)
    except UsageError as error:
        parser.exit(2, f"{error}\n")
