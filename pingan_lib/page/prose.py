"""What a page says: sentences, numbers, names and cards of one corpus in one language, each number with its source."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from pingan_lib import cards, derivations
from pingan_lib.consistency import check_relations, check_shares
from pingan_lib.corpus import Corpus
from pingan_lib.derivations import Derivation
from pingan_lib.formulas import formula_names
from pingan_lib.numerals import DEFAULT_READING, Reading
from pingan_lib.words import Words

_Check = Callable[[Corpus, frozenset[str], Reading], pd.DataFrame]

_JUDGED = {
    "grade": ("comparable", "with_caution", "not_comparable"),
    "verdict": ("consistent", "inconsistent", "not_testable"),
}
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?:-\d\d-\d\d)?(?!\d)")


class Fragment(Markup):
    """HTML that a notebook shows as the result of a cell."""

    def _repr_html_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"<Fragment of {len(self)} characters>"


class Prose:
    """Sentences, numbers and names in one language, each with its source.

    It remembers the rows that it cites, and shows an evidence card for each.

    Parameters
    ----------
    corpus : Corpus
    language : {"en", "zh"}
    reading : Reading, optional
        By which rules numbers were rounded and hedged.

    Raises
    ------
    UsageError
        If there is no such language.
    """

    def __init__(self, corpus: Corpus, language: str, reading: Reading = DEFAULT_READING) -> None:
        self.corpus = corpus
        self.reading = reading
        self.words = Words(language)
        self.language = language
        self._cited: dict[str, Derivation | None] = {}

    def say(self, key: str, *, of: int | None = None, **values: Any) -> Fragment:
        """Say a sentence of `words/*.toml`, its numbers being counts of the corpus or numbers with a source.

        Parameters
        ----------
        key : str
            Names the sentence.
        of : int, optional
            The number that the sentence turns on: with 0 or 1, `key_none` or `key_one` is said where there is one.
        **values
            What its `{names}` stand for. Plain numbers are marked as counts; text is escaped; results of `number`,
            `quote` and `join` go in as they are.
        """
        filled = {name: self.value(value, f"{key}.{name}") for name, value in values.items()}
        special = {0: f"{key}_none", 1: f"{key}_one"}.get(-1 if of is None else of, key)
        key = special if special in self.words else key
        return Fragment('<p class="said">{}</p>').format(Markup(self.words[key]).format(**filled))

    def number(self, figure_id: str) -> Markup:
        """Write a reported figure's number, linked to its evidence card."""
        _, figure = cards.find_row(self.corpus, figure_id)
        return self._link(figure_id, cards.number_text(figure, self.words), "number")

    def label(self, figure_id: Any) -> Markup:
        """Name a reported figure."""
        return self.named(cards.label_text(self.corpus, figure_id, self.words))

    def named(self, text: str) -> Markup:
        """Mark a name, so that digits in it are not taken for numbers."""
        return Markup('<span class="name">{}</span>').format(text)

    def detailed(self, what: Any, detail: Any) -> Markup:
        """Write something with a detail in brackets, as the language writes them."""
        return Markup(self.words["card.with"]).format(what=what, detail=detail)

    def labelled(self, figure_id: str) -> Markup:
        """Write a reported figure's number with its name."""
        number = self.number(figure_id)
        return self.detailed(self.label(figure_id), number)

    def cite(self, row_id: str) -> Markup:
        """Name an approach, linked to its evidence card; in English its own name stands beside the translation."""
        _, row = cards.find_row(self.corpus, row_id)
        own = Markup('<span lang="zh">{}</span>').format(row["name_zh"])
        name = own if self.language == "zh" else Markup("{} {}").format(row["name_en"], own)
        return self._link(row_id, name, "cite")

    def quote(self, row_id: str) -> Markup:
        """Quote a row's passage, linked to its evidence card."""
        _, row = cards.find_row(self.corpus, row_id)
        return self._link(row_id, Markup('<q lang="zh">{}</q>').format(row["quote"]), "cite")

    def derived(self, text: str | Markup, source: str) -> Markup:
        """Link the numbers of a text that were calculated from a figure or by a relation to its card."""
        if source not in self.corpus.relations.index:
            cards.find_row(self.corpus, source)
        self._cited.setdefault(source)
        return derivations.linked_numbers(text, source)

    def calculated(self, text: str | Markup, method: str, *inputs: str, **values: Any) -> Markup:
        """Link the numbers of a text that a method gave to a card that tells the method and its inputs.

        Parameters
        ----------
        text : str
        method : str
            As in `words/methods.toml`.
        *inputs : str
            Ids of figures or reference facts that went in.
        **values
            What the method's text names besides.
        """
        fresh = Derivation(method, inputs, values)
        derivation = self._cited.setdefault(fresh.source, fresh)
        assert derivation is not None  # a method's source is no row's id
        derivation.results.append(str(text))
        return derivations.linked_numbers(text, derivation.source)

    def fact(self, source: str) -> Markup:
        """Write an outside fact's number, linked to its card and marked as one that no article reports."""
        row = derivations.reference_row(self.corpus, source)
        return self._link(source, derivations.reference_number(row), "reference")

    def address(self, row_id: str) -> str:
        """Cite a row and return the address of its card, for the `source` of a number in a figure."""
        self._cited.setdefault(row_id)
        return f"#card-{row_id}"

    def parameter(self, name: str, value: Any) -> Markup:
        """Write the value that a parameter of the run has."""
        return Markup('<data class="parameter" data-source="parameter:{}" value="{}">{}</data>').format(
            name, value, value
        )

    def noted(self, text: str, source: str) -> Markup:
        """Write what a coder noted on a row, or summed up."""
        return Markup('<span class="note" data-source="{}">{}</span>').format(source, text)

    def dates(self, text: Any) -> Markup:
        """Mark the years and dates of a text, so that they are not taken for its numbers."""
        return Markup(_DATE.sub(r'<time datetime="\g<0>">\g<0></time>', str(escape(text))))

    def city(self, place_id: str) -> str:
        """Name a place."""
        return str(self.corpus.places.loc[place_id, f"name_{self.language}"])

    def name(self, table: str, key: str) -> str:
        """Name a row of `measures`, `codebook`, `places` or `approaches`."""
        return str(self.corpus.row(table, key)[f"name_{self.language}"])

    def grade(self, grade: str) -> Markup:
        """Write a grade of comparability."""
        return self._judged("grade", grade)

    def verdict(self, verdict: str) -> Markup:
        """Write a verdict of consistency."""
        return self._judged("verdict", verdict)

    def tally(self, codes: Iterable[str], kind: str) -> Fragment:
        """Count grades or verdicts, each by its name; an index reads these counts from the page.

        Parameters
        ----------
        codes : iterable of str
            One grade or verdict for each thing that was judged.
        kind : {"grade", "verdict"}
        """
        counted = Counter(codes)
        write = {"grade": self.grade, "verdict": self.verdict}[kind]
        items = (
            Markup("<li>{} {}</li>").format(write(code), self.value(counted[code], f"tally.{kind}.{code}"))
            for code in _JUDGED[kind]
        )
        return Fragment('<ul class="tally" data-tally="{}">{}</ul>').format(kind, Markup("").join(items))

    def join(self, values: Iterable[Any]) -> Markup:
        """Join words, numbers and links into a list."""
        listed = Markup(self.words["page.list"]).join(escape(value) for value in values)
        return listed or escape(self.words["page.nothing"])

    def names(self, row_ids: Iterable[str]) -> Markup:
        """Name approaches, which may hold commas themselves, one after the other."""
        return Markup(self.words["page.names"]).join(map(self.cite, row_ids))

    def marks(self) -> dict[str, str]:
        """Return the legend of `plots.dumbbell_bounds`."""
        return {mark: self.words[f"page.mark_{mark}"] for mark in ("value", "closed", "open", "unbounded")}

    def passage(self, row_id: str) -> Fragment:
        """Show the passage that a row quotes, in its sentence."""
        self._cited.setdefault(row_id)
        return Fragment(cards.passage_html(cards.passage(self.corpus, row_id)))

    def cards(self) -> Fragment:
        """Show a card for everything that the page has cited, and for what those cards cite in their turn."""
        shown: dict[str, Markup] = {}
        while waiting := [source for source in self._cited if source not in shown]:
            shown |= {source: self._card(source) for source in waiting}
        ordered = derivations.in_order(self.corpus, shown)
        return Fragment('<section class="cards">{}</section>').format(
            Markup("").join(shown[source] for source in ordered)
        )

    @cached_property
    def _checked(self) -> dict[tuple[_Check, frozenset[str]], pd.DataFrame]:
        return {}

    def _check(self, check: _Check, *figure_ids: str) -> pd.DataFrame:
        """Check what the articles on the places of some figures say."""
        places = frozenset(self.corpus.row("figures", each)["place_id"] for each in figure_ids)
        if (check, places) not in self._checked:
            self._checked[check, places] = check(self.corpus, places, self.reading)
        return self._checked[check, places]

    def _card(self, source: str) -> Markup:
        corpus, words, derivation = self.corpus, self.words, self._cited[source]
        if derivation is not None:
            return derivations.method_card(derivation, words, self._input)
        if source in corpus.relations.index:
            relation = corpus.row("relations", source)
            used = filter(None, [*formula_names(relation["formula"]), relation["result"]])
            checked = self._check(check_relations, *used).loc[source]
            return derivations.relation_card(corpus, source, checked, words, self.labelled)
        if source.startswith("reference-"):
            return derivations.reference_card(corpus, source, words)
        found = {}
        if source in corpus.figures.index:
            shares = self._check(check_shares, source)
            if source in shares.index:
                verdict = shares.loc[source]
                reason = derivations.finding_text(corpus, verdict, source, words)
                found["card.verdict"] = derivations.verdict_text(verdict["verdict"], reason, words)
        return cards.card(corpus, source, words, self.reading, labelled=self.labelled, found=found)

    def formula(self, relation_id: Any) -> Markup:
        """Write a relation's formula with each figure in the place of its id; the relation gets a card."""
        self._cited.setdefault(str(relation_id))
        return derivations.formula_text(self.corpus.row("relations", relation_id), self.labelled)

    def _input(self, source: str) -> Markup:
        if source in self.corpus.relations.index:
            name = self.corpus.relations.loc[source, f"label_{self.language}"]
            return self._link(source, name, "cite")
        if source.startswith("reference-"):
            label = derivations.reference_label(self.corpus, source, self.words)
            return self.detailed(label, self.fact(source))
        return self.labelled(source)

    def _link(self, row_id: str, text: str | Markup, kind: str) -> Markup:
        self._cited.setdefault(row_id)
        return Markup('<a class="{}" href="#card-{}" data-source="{}">{}</a>').format(
            kind, row_id, row_id, text
        )

    def _judged(self, kind: str, code: str) -> Markup:
        """Write a grade or a verdict; a page tells at `data-term` what it means."""
        term = f"{kind}.{code}"
        return Markup('<span class="{0} {0}-{1}" data-term="{2}">{3}</span>').format(
            kind, code, term, self.words[term]
        )

    def value(self, value: Any, source: str) -> Any:
        """Write what fills a cell or a sentence: a number as a count with the id `source`; text is escaped."""
        if isinstance(value, Markup):
            return value
        if isinstance(value, str):
            return escape(value)
        if isinstance(value, tuple | list):
            return self.join(value)
        if value is None or value is pd.NaT or value != value:
            return Markup("")
        return Markup('<data class="count" data-source="count:{}" value="{}">{}</data>').format(
            source, value, written(value)
        )


def written(value: Any) -> str:
    """Write a number: a whole one without decimals, another with two."""
    if isinstance(value, str):
        return value
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
    return text.replace("-", "−")
