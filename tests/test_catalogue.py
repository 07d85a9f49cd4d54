"""Names at hand in a notebook: completed by Tab, shown in a cell, and nothing but ids to everything else."""

from __future__ import annotations

import copy
import json
import pickle

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from pingan_lib import Catalogue, Corpus, compare_approaches, compare_figures
from pingan_lib.derivations import reference_card
from pingan_lib.displays import SHOWN, Approaches, Pairs, table
from pingan_lib.errors import UsageError
from pingan_lib.words import LANGUAGES, Words


@pytest.fixture(scope="module")
def names(corpus):
    return Catalogue(corpus)


@pytest.fixture(scope="module")
def shell(names):
    made = InteractiveShell()
    made.user_ns.update(names=names)
    return made


def completed(shell, text):
    """What Tab offers at the end of a text, by IPython's own completer."""
    with provisionalcompleter():
        return {found.text.lstrip(".") for found in shell.Completer.completions(text, len(text))}


def seen(shown):
    """What a reader sees of a cell's output."""
    soup = BeautifulSoup(shown._repr_html_(), "html.parser")
    soup.style.decompose()
    return soup.get_text(" ", strip=True)


@pytest.mark.parametrize("jedi", [True, False], ids=["as JupyterLab does", "without jedi"])
def test_tab_completes_the_names_of_the_corpus(shell, corpus, jedi):
    shell.Completer.use_jedi = jedi
    assert completed(shell, "names.c") == {"cities"}
    assert completed(shell, "names.cities.") == {"kaili", "anshun"}
    assert completed(shell, "names.cities.k") == {"kaili"}
    assert completed(shell, 'names.measures["') == set(corpus.measures.index)
    assert completed(shell, 'names.measures["se') == {
        "settlement_rate",
        "settlement_money",
        "serious_injuries",
    }
    assert completed(shell, "names.figures.kl_settle") == {"kl_settlement_rate", "kl_settlement_money"}
    assert completed(shell, "compare_figures(corpus, names.cities.an") == {"anshun"}


def test_jedi_is_what_the_completer_starts_with():
    assert InteractiveShell().Completer.use_jedi


def test_a_name_is_the_id_to_every_function(names, corpus):
    kaili = names.cities.kaili
    assert kaili == names.cities["kaili"] == "kaili"
    assert repr(kaili) == "'kaili'" and f"{kaili}" == "kaili" and json.dumps(kaili) == '"kaili"'
    assert {"kaili": 1}[kaili] == 1
    by_name = compare_figures(corpus, kaili, names.cities.anshun)
    pd.testing.assert_frame_equal(by_name, compare_figures(corpus, "kaili", "anshun"))
    assert corpus.figures.loc[names.figures.kl_settlement_rate, "printed"] == "95.97"


def test_a_city_shows_its_names_rank_articles_and_counts(names):
    told = seen(names.cities.kaili)
    assert told.startswith("Kaili 凯里市 kaili Rank county level Belongs to Qiandongnan 黔东南州")
    assert "“平安凯里”建设让群众的“安全感”触手可及 , feature 2024-04-03" in told
    assert told.endswith("21 approaches, 26 figures, 24 statements in words")


def test_a_figure_shows_its_evidence_card_and_whether_it_holds(names):
    shown = names.figures.kl_settlement_rate._repr_html_()
    card = BeautifulSoup(shown, "html.parser")
    assert card.mark.text == "调解成功率95.97%"
    assert "95.97% fits 2620/2730" in card.text
    # A page that shows it may have the card itself: no id twice, no heading out of order, nothing to close.
    assert not card.select("[id], h3, .card-close")


def test_a_measure_shows_its_definition_and_who_reports_it(names):
    told = seen(names.measures.settlement_rate)
    assert "Share of mediated disputes that the article counts as mediated with success." in told
    assert "95.97% Settlement rate, city" in told and "kl_mediator_rate" in told
    assert told.endswith("Anshun not reported")


def test_a_dimension_and_a_statement_show_themselves(names):
    assert "kl_night_patrol" in seen(names.dimensions.patrol)
    statement = names.statements[next(iter(names.statements))]
    assert "Who says so" in seen(statement)


def test_in_chinese_the_same_rows_are_told_in_chinese(corpus):
    shown = Catalogue(corpus, "zh").measures.settlement_rate._repr_html_()
    assert 'lang="zh"' in shown[:40]
    assert "所调解的纠纷中" in shown and '安顺市</dt><dd><span class="quiet">未报告' in shown


def test_what_a_dimension_includes_is_told_in_the_readers_language(corpus):
    assert "不包括 没有人员的摄像头和设备（technology）；事后的案件处理" in seen(
        Catalogue(corpus, "zh").dimensions.patrol
    )
    assert "Exclude cameras and devices without people (technology)" in seen(
        Catalogue(corpus).dimensions.patrol
    )


def test_where_an_outside_fact_was_read_is_told_in_the_readers_language(corpus):
    source = "reference-kaili-residents"
    told = {language: str(reference_card(corpus, source, Words(language))) for language in LANGUAGES}
    assert (
        "Census 2020, by an encyclopedia mirror" in told["en"]
        and "2020年人口普查，引自百科镜像" in told["zh"]
    )
    untold = changed(corpus, reference=corpus.reference.assign(source_zh=""))
    assert '<span lang="en">Census 2020, by' in reference_card(untold, source, Words("zh"))


def test_a_wrong_name_tells_the_nearest_and_lists_them(names):
    with pytest.raises(UsageError, match=r"no city 'kali'\. Did you mean 'kaili'\? Valid: kaili, anshun"):
        names.cities.kali  # noqa: B018
    with pytest.raises(UsageError, match=r"no measure 'setlement_rate'\. Did you mean 'settlement_rate'"):
        names.measures["setlement_rate"]
    assert not hasattr(names.cities, "kali") and getattr(names.cities, "kali", None) is None
    with pytest.raises(AttributeError):
        names.cities._repr_png_  # noqa: B018


def test_names_are_copied_and_pickled(names):
    again = pickle.loads(pickle.dumps(names))
    assert list(again.cities) == ["kaili", "anshun"] and again.cities.kaili == "kaili"
    assert list(copy.deepcopy(names.cities)) == list(copy.copy(names.cities)) == list(names.cities)
    alone = pickle.loads(pickle.dumps(names.cities.kaili))
    assert (alone, type(alone)) == ("kaili", str)


def test_the_collections_list_what_they_hold(names, corpus):
    assert "Kaili 凯里市" in seen(names.cities) and len(names.figures) == len(corpus.figures)
    assert seen(names).endswith("kl_feeling_up , …")
    assert repr(names).startswith("<Catalogue: 2 cities, 14 dimensions, ")
    assert "kaili" in names.cities and "kali" not in names.cities and 3 not in names.cities


def changed(corpus, **tables):
    return Corpus(**{field: getattr(corpus, field) for field in corpus.__dataclass_fields__} | tables)


def test_text_of_an_article_is_shown_as_text(corpus):
    figures = corpus.figures.copy()
    figures.loc["kl_settlement_rate", ["label_en", "counted"]] = "<script>alert(1)</script>"
    bad = changed(corpus, figures=figures)
    for shown in (Catalogue(bad).figures.kl_settlement_rate, compare_figures(bad, "kaili", "anshun")):
        assert "<script>" not in shown._repr_html_() and "&lt;script&gt;" in shown._repr_html_()


def test_pairs_show_counts_of_grades_above_and_reasons_in_words(corpus):
    pairs = compare_figures(corpus, "kaili", "anshun")
    told = seen(pairs)
    assert told.startswith(
        "17 pairs: comparable 0 · with caution 0 · not comparable 17 Kaili 凯里市 Anshun 安顺市"
    )
    assert "Settlement rate, city 全市调解成功率 95.97 kl_settlement_rate" in told
    assert "another measure, another thing counted" in told
    assert seen(pairs.head(0)) == "0 pairs: comparable 0 · with caution 0 · not comparable 0"


def test_pairs_stay_a_frame_in_all_uses(corpus):
    pairs = compare_figures(corpus, "kaili", "anshun")
    plain = pd.DataFrame({name: list(pairs[name]) for name in pairs}).astype(pairs.dtypes)
    assert isinstance(pairs, pd.DataFrame) and pairs.equals(plain)
    for same in (pickle.loads(pickle.dumps(pairs)), copy.deepcopy(pairs), pairs.copy()):
        assert type(same) is Pairs and same._repr_html_() == pairs._repr_html_()
    assert pairs.to_csv() == plain.to_csv() and repr(pairs) == repr(plain)
    assert pairs["grade"].value_counts().to_dict() == {"not_comparable": 17}
    few = pairs[pairs["measure_id"] != ""]
    assert seen(few).startswith(f"{len(few)} pairs:")
    joined = pd.concat([pairs, few])
    assert len(joined) == len(pairs) + len(few) and seen(joined).startswith(f"{len(joined)} pairs:")


def test_what_no_longer_holds_pairs_shows_itself_as_any_frame(corpus):
    pairs = compare_figures(corpus, "kaili", "anshun")
    for other in (pairs[["figure_a", "grade"]], pairs.describe(), pairs.T, pairs.drop(columns="reasons")):
        assert other._repr_html_() == pd.DataFrame(other)._repr_html_()


def test_swapped_sides_are_headed_by_their_own_city(corpus):
    pairs = compare_figures(corpus, "kaili", "anshun")
    turned = pairs.rename(columns={"figure_a": "figure_b", "figure_b": "figure_a"})
    assert "not comparable 17 Anshun 安顺市 Kaili 凯里市 grade" in seen(turned)


def test_approaches_side_by_side_say_what_is_not_reported(corpus):
    both = compare_approaches(corpus, "kaili", "anshun")
    told = seen(both)
    shared = (both["reported_by"] == "both").sum()
    assert told.startswith(
        f"Both report approaches in {shared} of 14 dimensions. dimension Kaili 凯里市 Anshun 安顺市"
    )
    assert told.count("not reported") == (both[["count_a", "count_b"]] == 0).sum().sum()
    assert type(both.copy()) is Approaches
    assert both[["count_a"]]._repr_html_() == pd.DataFrame(both[["count_a"]])._repr_html_()


def test_a_long_table_says_how_much_is_not_shown():
    soup = BeautifulSoup(table(("id",), [(f"row_{i}",) for i in range(SHOWN + 3)]), "html.parser")
    assert len(soup.select("tbody tr")) == SHOWN
    assert soup.p.text == "3 more rows are not shown."


def test_the_corpus_tells_what_waits(corpus):
    waiting = changed(corpus, drafts={"kaili_2024": 5}, uncoded=("duyun_2023",))
    assert "5 drafts of figures wait; not coded yet: duyun_2023" in repr(waiting)
    told = seen(waiting)
    assert "2024-04-03 21 26 24 5" in told and told.endswith("Not coded yet, and left out: duyun_2023 .")
