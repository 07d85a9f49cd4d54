"""The names of a corpus at hand in a notebook: completed by Tab, shown in a cell, and usable wherever an id is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
from markupsafe import Markup

from pingan_lib import cards, derivations
from pingan_lib.consistency import check_shares
from pingan_lib.corpus import Corpus
from pingan_lib.displays import both, count, shown, table
from pingan_lib.errors import UsageError, choices
from pingan_lib.markup import mark_chinese_in
from pingan_lib.words import Words

# What the tables' rows are called in a message, by the name of the collection.
KINDS = {
    "cities": "city",
    "dimensions": "dimension",
    "measures": "measure",
    "approaches": "approach",
    "figures": "figure",
    "statements": "statement",
}


class UnknownNameError(UsageError, AttributeError):
    """A name that is not in a collection; the nearest one is told."""


class Name(str):
    """An id of the corpus: equal to its text, so that every function takes it, and shown in full in a cell.

    A pickle or a copy into JSON holds the text alone.
    """

    _html: Callable[[], str]

    def __new__(cls, text: str, html: Callable[[], str]) -> Name:
        """Make a name of an id and of what shows its row."""
        name = super().__new__(cls, text)
        name._html = html
        return name

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)

    def _repr_html_(self) -> str:
        return self._html()


class Names:
    """The names of one table: `names.duyun` and `names["duyun"]` are the same, and Tab completes both.

    Parameters
    ----------
    corpus : Corpus
    kind : str
        As in `KINDS`.
    words : Words
        Of the language in which rows are shown.
    """

    def __init__(self, corpus: Corpus, kind: str, words: Words) -> None:
        self._corpus, self._kind, self._words = corpus, kind, words

    @property
    def _table(self) -> pd.DataFrame:
        return getattr(self._corpus, "codebook" if self._kind == "dimensions" else self._kind)

    def __getitem__(self, key: str) -> Name:
        if key not in self:
            raise UsageError(choices(KINDS[self._kind], key, list(self)))
        return Name(key, lambda: self._show(str(key)))

    def _show(self, key: str) -> str:
        return shown(_SHOWN[self._kind](self._corpus, key, self._words), self._words.language)

    def __getattr__(self, name: str) -> Name:
        # Python and IPython ask for names of their own, which begin so and are no ids.
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if name not in self:
            raise UnknownNameError(choices(KINDS[self._kind], name, list(self)))
        return self[name]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key in self._table.index

    def __iter__(self) -> Iterator[str]:
        return map(str, self._table.index)

    def __len__(self) -> int:
        return len(self._table)

    def __dir__(self) -> list[str]:
        return list(self)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __repr__(self) -> str:
        return f"<{len(self)} {self._kind}: {', '.join(self)}>"

    def _repr_html_(self) -> str:
        words, rows = self._words, self._table
        listed = ((_code(key), _title(rows.loc[key])) for key in self)
        heads = (words["catalogue.id"], words["catalogue.name"])
        return shown(table(heads, listed, words[f"catalogue.{self._kind}"]), words.language)


class Catalogue:
    """The names of a corpus, to be completed by Tab: `names.cities.duyun`, `names.measures["settlement_rate"]`.

    A name shows in a cell what it stands for: a city its articles, a figure, approach or statement its evidence card,
    a measure or dimension its definition and who reports it. It is a text like any id, and goes where an id goes.

    Parameters
    ----------
    corpus : Corpus
    language : {"en", "zh"}, optional
        In which rows are shown.

    Attributes
    ----------
    cities, dimensions, measures, approaches, figures, statements : Names

    Raises
    ------
    UsageError
        If there is no such language; for a name that is not there, with the nearest one.

    Examples
    --------
    >>> names = Catalogue(load_corpus())  # doctest: +SKIP
    >>> compare_figures(corpus, names.cities.duyun, names.cities.tongren)  # doctest: +SKIP
    """

    def __init__(self, corpus: Corpus, language: str = "en") -> None:
        self._words = words = Words(language)
        self.cities = Names(corpus, "cities", words)
        self.dimensions = Names(corpus, "dimensions", words)
        self.measures = Names(corpus, "measures", words)
        self.approaches = Names(corpus, "approaches", words)
        self.figures = Names(corpus, "figures", words)
        self.statements = Names(corpus, "statements", words)

    def __repr__(self) -> str:
        return f"<Catalogue: {', '.join(f'{len(getattr(self, kind))} {kind}' for kind in KINDS)}>"

    def _repr_html_(self) -> str:
        words = self._words
        listed = []
        for kind in KINDS:
            names = [*getattr(self, kind)]
            among = Markup(", ").join([*map(_code, names[:4]), *["…"] * (len(names) > 4)])
            listed.append((_code(kind), words[f"catalogue.{kind}"], len(names), among))
        heads = [words[f"catalogue.{column}"] for column in ("id", "names", "rows", "among")]
        return shown(table(heads, listed, words["catalogue.title"]), words.language)


def _city(corpus: Corpus, city: str, words: Words) -> Markup:
    row = corpus.places.loc[city]
    articles = corpus.articles[corpus.articles["place_id"] == city]
    cites = [
        Markup('<cite lang="zh">{}</cite>, {} <time>{:%Y-%m-%d}</time>').format(
            article["title"], words[f"genre.{article['genre']}"], article["published"]
        )
        for _, article in articles.iterrows()
    ]
    coded = [
        Markup("{} {}").format(
            count(int((getattr(corpus, kind)["place_id"] == city).sum()), f"catalogue.{kind}"),
            words[f"catalogue.{kind}"],
        )
        for kind in ("approaches", "figures", "statements")
    ]
    drafts = sum(corpus.drafts.get(article, 0) for article in articles.index)
    parent = row["parent_id"]
    facts = {
        "catalogue.rank": words[f"level.{row['level']}"],
        "catalogue.belongs": _title(corpus.places.loc[parent]) if parent in corpus.places.index else "",
        "catalogue.articles": _list(cites),
        "catalogue.coded": Markup(words["page.list"]).join(coded),
        "catalogue.drafts": count(drafts, "catalogue.drafts") if drafts else "",
    }
    return _facts(city, _title(row), facts, words)


def _dimension(corpus: Corpus, dimension: str, words: Words) -> Markup:
    row, codings = corpus.codebook.loc[dimension], corpus.main_codings
    coded = set(codings.loc[codings["dimension_id"] == dimension, "approach_id"])
    approaches = corpus.approaches[corpus.approaches.index.isin(coded) & (corpus.approaches["same_as"] == "")]
    facts = {
        "catalogue.definition": row[_in(words, "definition")],
        "catalogue.include": row.get(_in(words, "include"), ""),
        "catalogue.exclude": row.get(_in(words, "exclude"), ""),
    }
    told = {
        city: [Markup("{} {}").format(_title(each), _code(key)) for key, each in own.iterrows()]
        for city, own in approaches.groupby("place_id")
    }
    return _facts(dimension, _title(row), facts, words, _by_city(corpus, told, words))


def _measure(corpus: Corpus, measure: str, words: Words) -> Markup:
    row = corpus.measures.loc[measure]
    facts = {
        "catalogue.definition": row[_in(words, "definition")],
        "catalogue.unit": words[f"unit.{row['unit']}"],
        "catalogue.kind": f"{words['stage.' + row['stage']]}; {words['measure_basis.' + row['basis']]}",
    }
    told: dict[str, list[Markup]] = {}
    figures = corpus.accepted[corpus.accepted["measure_id"] == measure]
    for key, figure in figures.iterrows():
        number, label = cards.number_text(figure, words), figure[f"label_{words.language}"]
        period = cards.period_text(figure, words, brief=True)
        line = Markup('<span data-source="{}">{} {}, <span class="quiet">{}</span></span> {}')
        told.setdefault(figure["place_id"], []).append(line.format(key, number, label, period, _code(key)))
    statements = corpus.statements[corpus.statements["measure_id"] == measure]
    for key, statement in statements.iterrows():
        kind = words.say("catalogue.in_words", kind=words[f"kind.{statement['kind']}"])
        told.setdefault(statement["place_id"], []).append(Markup("{} {}").format(kind, _code(key)))
    return _facts(measure, _title(row), facts, words, _by_city(corpus, told, words))


def _evidence(corpus: Corpus, row_id: str, words: Words) -> Markup:
    """The evidence card, without its place on a page: no id, no heading, nothing to close."""
    from bs4 import BeautifulSoup

    shares, found = check_shares(corpus, corpus.cities.index), {}
    if row_id in shares.index:
        share = shares.loc[row_id]
        reason = derivations.finding_text(corpus, share, row_id, words)
        found["card.verdict"] = derivations.verdict_text(share["verdict"], reason, words)
    soup = BeautifulSoup(cards.card(corpus, row_id, words, found=found), "html.parser")
    for element in soup.select(".card-close"):
        element.decompose()
    for element in soup.select("[id]"):
        del element["id"], element["tabindex"]
    for element in soup.select("h3"):
        element.name = "p"
    if words.language == "en":
        mark_chinese_in(soup)
    return Markup(soup)


_SHOWN: dict[str, Callable[[Corpus, str, Words], Markup]] = {
    "cities": _city,
    "dimensions": _dimension,
    "measures": _measure,
    "approaches": _evidence,
    "figures": _evidence,
    "statements": _evidence,
}


def _facts(source: str, title: Markup, facts: dict[str, Any], words: Words, more: str = "") -> Markup:
    listed = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(words[key], value) for key, value in facts.items() if value
    )
    return Markup('<div class="card"><p class="card-title">{} {}</p><dl>{}{}</dl></div>').format(
        title, _code(source), listed, more
    )


def _by_city(corpus: Corpus, told: dict[str, list[Markup]], words: Words) -> Markup:
    """What each city reports; that one reports nothing is said."""
    silent = Markup('<span class="quiet">{}</span>').format(words["catalogue.not_reported"])
    return Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(
            corpus.places.loc[city, f"name_{words.language}"], _list(told[city]) if city in told else silent
        )
        for city in corpus.cities.index
    )


def _title(row: pd.Series) -> Markup:
    """A row's name in both languages; of a statement, which has none, its quote."""
    if "quote" in row and "name_zh" not in row and "label_zh" not in row:
        return Markup('<q lang="zh">{}</q>').format(row["quote"])
    name = "label" if "label_zh" in row else "name"
    return both(row[f"{name}_en"], row[f"{name}_zh"])


def _in(words: Words, column: str) -> str:
    return column if words.language == "en" else f"{column}_zh"


def _code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(text)


def _list(items: list[Markup]) -> Markup:
    if len(items) == 1:
        return items[0]
    return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(item) for item in items))
