"""A whole corpus at once, on invented cities: counts, pairs, years, groups, and the pages that show them."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from many_cities import REAL_PLACES, in_words, write_project
from matplotlib.text import Text
from scipy.cluster.hierarchy import cophenet, leaves_list
from scipy.spatial.distance import pdist, squareform

from pingan_lib import Corpus, compare_approaches, compare_figures, load_corpus
from pingan_lib.compare import described, grade_pair
from pingan_lib.errors import UsageError
from pingan_lib.markup import numbers_without_source
from pingan_lib.overview import (
    chosen_cities,
    cluster,
    comparable_groups,
    dimension_counts,
    inventory,
    measure_counts,
    measure_pairs,
    published_years,
    shared_measures,
    similar_first,
    years_spoken,
)
from pingan_lib.overview.clusters import _shuffled
from pingan_lib.plots import count_matrix, dendrogram
from pingan_lib.svg import inline_svg

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Path:
    """Eight invented cities; the first two have a second article, of the next year."""
    return write_project(tmp_path_factory.mktemp("invented") / "project", 8, again=2)


@pytest.fixture(scope="session")
def many(project) -> Corpus:
    return load_corpus(project)


@pytest.fixture(scope="session")
def cities(many) -> list[str]:
    return chosen_cities(many)


@pytest.fixture(scope="session")
def pairs(many, cities) -> pd.DataFrame:
    return measure_pairs(many, cities)


# The invented project


def test_the_invented_project_is_sound_and_names_no_real_place(many, project):
    assert (len(many.cities), len(many.articles)) == (8, 10)
    written = [path.read_text("utf-8") for path in project.rglob("*.*")]
    assert [found for text in written for found in re.findall(REAL_PLACES, text)] == []
    assert all("虚构市" in name for name in many.cities["name_zh"])
    assert all("虚构" in text for text in many.texts.values())


def test_a_city_is_named_in_words():
    assert [in_words(number) for number in (1, 10, 12, 20, 30)] == [
        ("One", "一"), ("Ten", "十"), ("Twelve", "十二"), ("Twenty", "二十"), ("Thirty", "三十"),
    ]  # fmt: skip


# Counts


def test_cities_are_all_or_those_named_in_the_order_of_the_places(many):
    assert chosen_cities(many) == list(many.cities.index)
    assert chosen_cities(many, ["invented_three", "invented_one"]) == ["invented_one", "invented_three"]
    with pytest.raises(UsageError, match="invented_eight"):
        chosen_cities(many, ["gotham"])


def test_the_inventory_counts_each_fact_once(many, cities):
    held = inventory(many, cities)
    assert held.loc["invented_one", ["articles", "first", "last"]].tolist() == [2, 2020, 2021]
    assert held["figures"].tolist() == [int((many.accepted["place_id"] == city).sum()) for city in cities]
    again = sum(int((frame["same_as"] != "").sum()) for frame in (many.approaches, many.figures))
    assert held["repeated"].sum() == again > 0
    assert held["characters"].sum() == sum(map(len, many.texts.values()))
    assert held.loc["invented_two", "within"] == ("invented_prefecture", "invented_province")


def test_dimensions_are_counted_as_in_the_comparison_of_two(many, cities):
    counts = dimension_counts(many, cities)
    for a, b in combinations(cities[:4], 2):
        two = compare_approaches(many, a, b)
        assert counts.loc[[a, b]].T.to_numpy().tolist() == two[["count_a", "count_b"]].to_numpy().tolist()


def test_a_part_of_a_repeated_programme_belongs_to_the_first_telling(many):
    repeated = many.approaches.index[many.approaches["same_as"] != ""]
    parts = many.approaches.index[many.approaches["part_of"].isin(repeated)]
    assert len(parts) > 0
    assert set(many.parents[parts]) == set(
        many.approaches.loc[many.approaches.loc[parts, "part_of"], "same_as"]
    )


def test_measures_are_counted_without_repeats(many, cities):
    counts = measure_counts(many, cities)
    assert counts.to_numpy().sum() == (many.accepted["measure_id"] != "").sum()
    assert list(counts.columns) == list(many.measures.index)


# Years


def test_a_figure_counts_in_every_year_that_it_speaks_of(corpus):
    spoken = years_spoken(corpus, ["kaili", "anshun"])
    figures = corpus.accepted[corpus.accepted["period_basis"] != "none"]
    expected: dict[tuple[str, int], int] = {}
    for _, figure in figures.iterrows():
        # Of what runs up to a day since an unknown one, only that day's year is known.
        last = figure["period_end"]
        if pd.isna(last):
            last = corpus.articles.loc[figure["article_id"], "published"]
        first = figure["period_start"] if pd.notna(figure["period_start"]) else last
        for year in pd.period_range(first, last, freq="Y").year:
            expected[figure["place_id"], year] = expected.get((figure["place_id"], year), 0) + 1
    assert {key: n for key, n in spoken.stack().items() if n} == {
        (city, str(year)): n for (city, year), n in expected.items()
    }
    assert list(spoken.columns) == [str(year) for year in range(2016, 2025)]
    assert published_years(corpus, ["kaili", "anshun"], spoken.columns).stack().loc[lambda x: x].index.tolist() == [
        ("kaili", "2024"), ("anshun", "2018"),
    ]  # fmt: skip


def test_early_years_are_taken_together(corpus):
    spoken, short = (years_spoken(corpus, ["kaili", "anshun"], most) for most in (16, 4))
    assert list(short.columns) == ["…2021", "2022", "2023", "2024"]
    assert short["…2021"].tolist() == spoken.loc[:, :"2021"].sum(axis=1).tolist()
    assert published_years(corpus, ["kaili", "anshun"], short.columns).loc["anshun", "…2021"]


# Pairs


def as_found(pairs: pd.DataFrame) -> dict[frozenset[str], tuple]:
    return {
        frozenset((row.figure_a, row.figure_b)): (row.measure_id, row.grade, frozenset(row.reasons))
        for row in pairs.itertuples()
    }


def test_pairs_are_graded_as_in_the_comparison_of_two(many, cities, pairs):
    across = pairs[pairs["city_a"] != pairs["city_b"]]
    expected: dict[frozenset[str], tuple] = {}
    for a, b in combinations(cities, 2):
        two = compare_figures(many, a, b)
        expected |= as_found(two[two["measure_id"] != ""])
    assert as_found(across) == expected
    assert len(across) == len(expected) > 500


def test_two_articles_of_one_city_are_paired_and_one_is_not_with_itself(many, pairs):
    within = pairs[pairs["city_a"] == pairs["city_b"]]
    article = many.figures["article_id"]
    assert set(within["city_a"]) == {"invented_one", "invented_two"}
    assert all(article[a] != article[b] for a, b in zip(within["figure_a"], within["figure_b"], strict=True))
    same = compare_figures(many, "invented_one", "invented_one")
    other = [article[row.figure_a] != article[row.figure_b] for row in same.itertuples()]
    expected = same[np.array(other) & (same["measure_id"] != "")]
    assert as_found(within[within["city_a"] == "invented_one"]) == as_found(expected)


def test_what_is_repeated_is_in_no_pair(many, pairs):
    repeated = many.figures.index[many.figures["same_as"] != ""]
    assert len(repeated) > 0
    assert not pairs[["figure_a", "figure_b"]].isin(list(repeated)).any(axis=None)


def test_a_shared_measure_is_summed_up_from_its_pairs(many, cities, pairs):
    shared = shared_measures(many, cities, pairs)
    spread = many.accepted[many.accepted["measure_id"] != ""].groupby("measure_id")["place_id"].nunique()
    assert shared["cities"].to_dict() == spread[spread > 1].to_dict()
    assert shared["cities"].is_monotonic_decreasing
    across = pairs[pairs["city_a"] != pairs["city_b"]]
    assert shared["pairs"].to_dict() == across.groupby("measure_id").size().to_dict()
    grades = shared[["comparable", "with_caution", "not_comparable"]]
    assert grades.sum(axis=1).tolist() == shared["pairs"].tolist()
    assert grades.sum().to_dict() == {"comparable": 0, **across["grade"].value_counts().to_dict()}
    money = across[across["measure_id"] == "public_money"]
    assert dict(shared.loc["public_money", "reasons"])["counted"] == sum(
        "counted" in r for r in money["reasons"]
    )


def test_two_cities_alone_and_one_alone(corpus, many):
    shared = shared_measures(corpus, ["kaili", "anshun"], measure_pairs(corpus, ["kaili", "anshun"]))
    assert list(shared.index) == ["villages_reached", "lawyers_assigned"]
    alone = ["invented_five"]
    assert measure_pairs(many, alone).empty and shared_measures(many, alone, measure_pairs(many, alone)).empty
    assert inventory(many, alone)["articles"].tolist() == [1]


def pair(a: str, b: str, grade: str) -> dict[str, str]:
    return {"figure_a": a, "figure_b": b, "city_a": a[0], "city_b": b[0], "measure_id": "m", "grade": grade}


def test_figures_share_an_axis_only_if_each_fits_each():
    chain = pd.DataFrame(
        [pair("a1", "b1", "comparable"), pair("b1", "c1", "comparable"), pair("a1", "c1", "not_comparable")]
    )
    assert comparable_groups(chain) == [("a1", "b1")]
    round_trip = chain.assign(grade=["comparable", "comparable", "with_caution"])
    assert comparable_groups(round_trip) == [("a1", "b1")]
    assert comparable_groups(round_trip, caution=True) == [("a1", "b1", "c1")]
    assert comparable_groups(pd.DataFrame([pair("a1", "a2", "comparable")])) == []


def test_no_set_on_an_axis_holds_a_pair_that_is_refused(many, pairs):
    figures = described(many).set_index("figure_id", drop=False)
    sets = comparable_groups(pairs, caution=True)
    assert len(sets) > 10
    for each in sets[:20]:
        for a, b in combinations(each, 2):
            assert grade_pair(figures.loc[a], figures.loc[b])[0] != "not_comparable"


# Groups


BLOCKS = pd.DataFrame(
    np.kron(np.eye(2, dtype=bool), np.ones((4, 6), dtype=bool)), index=list("abcdefgh")
)  # four rows report the first six columns, four the last six


def test_two_blocks_are_two_groups():
    found = cluster(BLOCKS, resamples=50, shuffles=50)
    assert found.groups.tolist() in ([1] * 4 + [2] * 4, [2] * 4 + [1] * 4)
    assert found.width == found.cophenetic == 1
    assert found.stability.tolist() == [1, 1]
    assert 0 < found.cut < 1
    assert found.by_chance < 0.1


def noisy(seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.random((9, 12)) < 0.6, index=[f"city {n}" for n in range(9)])


def test_tree_and_width_agree_with_their_definitions():
    reported = noisy()
    found = cluster(reported, 3, resamples=5, shuffles=5)
    distances = squareform(pdist(reported.to_numpy(), "jaccard"))
    widths = []
    for row, own in enumerate(found.groups):
        mates = [n for n, g in enumerate(found.groups) if g == own and n != row]
        others = [
            np.mean([distances[row, n] for n, g in enumerate(found.groups) if g == other])
            for other in set(found.groups) - {own}
        ]
        a, b = (np.mean([distances[row, n] for n in mates]) if mates else 0.0), min(others)
        widths.append((b - a) / max(a, b) if mates else 0.0)
    assert found.width == pytest.approx(np.mean(widths))
    assert found.groups.nunique() == 3
    at_joins = squareform(cophenet(found.tree))
    same = found.groups.to_numpy()[:, None] == found.groups.to_numpy()
    assert at_joins[same].max() < found.cut < at_joins[~same].min()
    upper = np.triu_indices(9, 1)
    assert found.cophenetic == pytest.approx(np.corrcoef(distances[upper], at_joins[upper])[0, 1])
    assert found.order == tuple(reported.index[leaves_list(found.tree)]) == tuple(similar_first(reported))


def test_the_number_of_groups_with_the_widest_silhouette_is_taken():
    reported = noisy(8)
    best = cluster(reported, resamples=5, shuffles=5)
    tried = {count: cluster(reported, count, resamples=5, shuffles=5).width for count in (2, 3, 4)}
    assert best.width == max(tried.values()) == tried[best.groups.nunique()]


def test_noise_gives_groups_that_shuffled_tables_give_as_well():
    assert np.mean([cluster(noisy(seed), resamples=5, shuffles=40).by_chance for seed in range(5)]) > 0.2


@given(st.integers(0, 1000), st.integers(2, 8), st.integers(2, 9))
def test_a_shuffle_keeps_the_sums_of_rows_and_columns(seed, rows, columns):
    rng = np.random.default_rng(seed)
    table = rng.random((rows, columns)) < 0.5
    (shuffled,) = _shuffled(table, 1, rng)
    for axis in (0, 1):
        assert shuffled.sum(axis=axis).tolist() == table.sum(axis=axis).tolist()


def test_too_few_rows_or_too_many_groups_are_refused():
    with pytest.raises(UsageError, match="3 rows make no groups"):
        cluster(BLOCKS.head(3))
    with pytest.raises(UsageError, match="8 rows make 2 to 7 groups"):
        cluster(BLOCKS, 8)
    assert similar_first(BLOCKS.head(2)) == ["a", "b"]


def test_rows_that_are_all_alike_have_no_correlation_to_tell():
    found = cluster(pd.DataFrame(np.ones((5, 4), dtype=bool)), resamples=5, shuffles=5)
    assert np.isnan(found.cophenetic)
    assert (found.width, found.groups.nunique(), found.by_chance) == (0, 1, 1)


# Plots


def written(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_every_cell_of_a_grid_carries_its_number_and_an_empty_one_a_dot():
    counts = pd.DataFrame([[3, 0, 12], [0, 1, 0]], index=["甲市", "City B"], columns=["2019", "2020", "2021"])
    further = pd.DataFrame({"Characters": [2338, 1200]})
    ax = count_matrix(counts, beside=further, outlined=counts > 2)
    assert sorted(written(ax)) == sorted(["3", "12", "1", "2,338", "1,200"])
    (dots,) = (patch for patch in ax.patches if patch.get_gid() == "none")
    corners = dots.get_path().vertices.reshape(3, -1, 2)  # one polygon for each of the three
    centres = (corners.min(axis=1) + corners.max(axis=1)) / 2
    assert sorted(map(tuple, centres.round(6))) == [(0.5, 1.5), (1.5, 0.5), (2.5, 1.5)]
    assert sum(patch.get_gid() == "outlined" for patch in ax.patches) == 2
    assert [label.get_text() for label in ax.get_yticklabels()] == ["甲市", "City B"]


def test_a_grid_of_parts_is_refused():
    with pytest.raises(UsageError, match="whole number"):
        count_matrix(pd.DataFrame([[0.5]]))


def test_thirty_cities_fit_into_one_figure():
    rng = np.random.default_rng(1)
    columns = [f"dimension {letter}" for letter in "abcdefghijklmn"]
    counts = pd.DataFrame(rng.integers(0, 12, (30, 14)), [in_words(n + 1)[0] for n in range(30)], columns)
    ax = count_matrix(counts)
    svg = inline_svg(ax.figure, prefix="grid", source="count:grid")
    assert len(svg) < 45_000
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert all(above.y0 > below.y1 for above, below in pairwise(boxes))
    assert len(re.findall(r"<text[^>]*>\d+</text>", svg)) == int((counts > 0).to_numpy().sum())
    assert svg.count('class="count"') == 1  # one group says of all of them where they come from


def test_a_tree_names_its_leaves_in_their_order():
    reported = noisy()
    found = cluster(reported, 3, resamples=5, shuffles=5)
    frame = pd.DataFrame({"label": reported.index, "beside": found.groups.astype(str).to_numpy()})
    ax = dendrogram(frame, tree=found.tree, cut=found.cut, heading="Group")
    assert [label.get_text() for label in ax.get_yticklabels()] == list(found.order)
    joins = [line for line in ax.lines if line.get_gid() == "join"]
    assert sorted(max(line.get_xdata()) for line in joins) == pytest.approx(sorted(found.tree[:, 2]))
    strong = [line for line in joins if line.get_linewidth() > 1]
    assert len(strong) == 9 - 3  # each join within a group leaves one part fewer
    beside = [text.get_text() for text in ax.findobj(Text) if text.get_text().isdigit() and text in ax.texts]
    assert beside == [str(found.groups[city]) for city in found.order]


# Pages


def shown(notebook: str, project: Path, monkeypatch, **parameters) -> str:
    """The page of a notebook as HTML, its cells run here, which is quicker than in a kernel."""
    monkeypatch.chdir(project)
    names: dict[str, object] = {}
    parts = []
    for cell in nbformat.read(ROOT / "notebooks" / f"{notebook}.ipynb", as_version=4).cells:
        if cell.cell_type != "code":
            continue
        body = ast.parse(cell.source).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), cell.id, "exec"), names)
        if cell.id == "parameters":
            assert parameters.keys() <= names.keys()
            names.update(parameters)
        if last is not None:
            parts.append(str(eval(compile(ast.Expression(last.value), cell.id, "eval"), names)))
    return "\n".join(parts)


def sound(html: str) -> BeautifulSoup:
    """Every number has its source, and everything that is cited a card."""
    assert numbers_without_source(html) == []
    page = BeautifulSoup(html, "html.parser")
    cards = {article["id"] for article in page.select("article.card")}
    sources = {element["data-source"] for element in page.select("[data-source]")}
    cited = {f"card-{name}" for name in sources if not name.startswith(("count:", "parameter:"))}
    assert cited == cards
    return page


def test_the_page_of_many_cities(project, many, pairs, monkeypatch):
    html = shown("07_overview", project, monkeypatch, caution=True, resamples=20, shuffles=20)
    page = sound(html)
    counts = {element["data-source"]: element["value"] for element in page.select("data.count")}
    assert counts["count:overview.corpus.cities"] == "8"
    assert counts["count:overview.corpus.articles"] == "10"
    across = pairs[pairs["city_a"] != pairs["city_b"]]
    assert counts["count:overview.measures.pairs"] == str(len(across))
    assert counts["count:overview.several.pairs"] == str(len(pairs) - len(across))
    names = many.cities["name_en"]
    tables = page.select("table")
    assert {cell.text for cell in tables[0].select("tbody th")} == set(names)
    assert len(page.select("figure svg")) == 6  # two grids, three axes, one tree


@pytest.mark.parametrize("chosen", [["invented_four"], ["invented_two", "invented_three"]])
def test_the_page_of_one_city_and_of_two(project, monkeypatch, chosen):
    page = sound(shown("07_overview", project, monkeypatch, cities=chosen, language="zh"))
    counts = {element["data-source"]: element["value"] for element in page.select("data.count")}
    assert counts["count:overview.corpus.cities"] == str(len(chosen))
    assert ("尚无从比较" in page.text) == (len(chosen) == 1)
    assert "count:overview.no_groups.cities" in counts
    assert len(page.select("figure svg")) == 2


def test_the_brief_on_two_of_many_cities_which_have_two_articles(project, many, monkeypatch):
    page = sound(shown("05_synthesis", project, monkeypatch, city_a="invented_two", city_b="invented_one"))
    articles = page.select("table")[0].select("tbody tr")
    assert [row.select("time")[0].text for row in articles] == [
        f"{many.articles.loc[f'{city}_{year}', 'published']:%Y-%m-%d}"
        for city, years in (("invented_two", (2019, 2020)), ("invented_one", (2020, 2021)))
        for year in years
    ]


def test_a_figure_of_two_articles_says_of_which(many):
    from pingan_lib.cards import label_text
    from pingan_lib.words import Words

    own = many.accepted[many.accepted["place_id"] == "invented_one"]
    articles = own.groupby("label_en")["article_id"].nunique()
    twice, once = articles.index[articles == 2][0], articles.index[articles == 1][0]
    named = [label_text(many, figure, Words("en")) for figure in own.index[own["label_en"] == twice]]
    assert named == [f"{twice}, article of 2020", f"{twice}, article of 2021"]
    assert label_text(many, own.index[own["label_en"] == once][0], Words("en")) == once


def test_without_a_coded_article_there_is_nothing_to_show(corpus):
    empty = replace(corpus, articles=corpus.articles.head(0), uncoded=("invented_2023",))
    with pytest.raises(UsageError, match="Not coded yet: invented_2023"):
        chosen_cities(empty)
