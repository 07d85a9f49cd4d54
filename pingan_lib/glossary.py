"""What the words of a page mean: a section for the words of one page, and the whole glossary in groups."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from pingan_lib.errors import UsageError, choices
from pingan_lib.markup import mark_chinese
from pingan_lib.words import Words

if TYPE_CHECKING:
    from pingan_lib.corpus import Corpus

# In the order in which they are explained. A term with a dot is a code: its name is that of the code.
GROUPS = {
    "coding": "article quote figure approach programme statement codebook dimension measure relation coder draft "
    "not_reported",
    "number": "hedge hedge.exact hedge.at_least hedge.at_most hedge.about hedge.between bounds counted denominator "
    "base",
    "place_and_time": "place city level level.province level.prefecture level.county level.township level.village "
    "scope scope.city scope.district scope.organisation scope.person period period_basis basis.stated "
    "basis.inferred basis.none timing timing.point timing.period timing.cumulative",
    "logic": "stage stage.context stage.input stage.activity stage.output stage.outcome role role.reported "
    "role.target role.norm role.structure measure_basis.records measure_basis.amounts measure_basis.survey",
    "source": "self_report speaker.city speaker.official speaker.resident speaker.journalist genre genre.feature "
    "genre.interview genre.report genre.news genre.plan kind.outcome kind.award kind.testimony reference "
    "reliability.official reliability.register_copy reliability.derived reliability.secondary",
    "comparison": "comparability pair grade.comparable grade.with_caution grade.not_comparable verdict "
    "verdict.consistent verdict.inconsistent verdict.not_testable kind.equals kind.share_of kind.at_most "
    "kind.context",
    "method": "grim interval sampling_model multiverse keyness log_ratio log_likelihood resampling "
    "krippendorff_alpha",
    "making": "evidence_card notebook parameter run manifest ro_crate hash data_package",
}
TERMS = tuple(term for terms in GROUPS.values() for term in terms.split())

_OTHER = {"en": "zh", "zh": "en"}
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Entry:
    """A term, its names and what it means.

    Attributes
    ----------
    term : str
        Its id; the place of its explanation on a page is `term-<term>`.
    name : str
        In the language of the page.
    other : str
        Its name in the other language.
    other_language : {"en", "zh"}
        Which language that is.
    meaning : Markup
        In the language of the page, with Chinese marked on an English one.
    """

    term: str
    name: str
    other: str
    other_language: str
    meaning: Markup


@dataclass(frozen=True)
class Group:
    """Terms that belong together.

    Attributes
    ----------
    key : str
        Names the group in both languages: its heading has the id `terms-<key>`.
    title : str
        In the language of the page.
    entries : tuple of Entry
    """

    key: str
    title: str
    entries: tuple[Entry, ...]


def entry(term: str, words: Words) -> Entry:
    """Explain a term of the project's vocabulary.

    Parameters
    ----------
    term : str
        As in `TERMS`: "bounds", "grade.with_caution".
    words : Words
        Of the reader's language.

    Raises
    ------
    UsageError
        If there is no such term.
    """
    if term not in TERMS:
        raise UsageError(choices("term", term, TERMS))
    code = "." in term
    name = term if code else f"term.{term}"
    # What sorts of text are was written for the page on sources, and is not written twice.
    meaning = f"genre_is.{term[6:]}" if term.startswith("genre.") else f"meaning.{name}"
    other = _OTHER[words.language]
    return Entry(term, words[name], Words(other)[name], other, _prose(words[meaning], words))


def section(terms: Iterable[str], words: Words) -> Markup:
    """Explain the words that stand on a page, for a reader who has that page alone.

    Parameters
    ----------
    terms : iterable of str
        As in `TERMS`, in any order, repeated or not.
    words : Words
        Of the page's language.

    Returns
    -------
    Markup
        A `section` with the id `page-terms` and a `dl` in the order of the glossary, each term with the id
        `term-<term>`; empty if there is no term.

    Raises
    ------
    UsageError
        If there is no such term.
    """
    explained = {term: entry(term, words) for term in terms}
    ordered = sorted(explained, key=TERMS.index)
    if not ordered:
        return Markup("")
    listed = Markup("\n").join(_listed(explained[term]) for term in ordered)
    return Markup(
        '<section class="terms" aria-labelledby="page-terms">\n<h2 id="page-terms">{}</h2>\n'
        '<dl class="terms-list">\n{}\n</dl>\n</section>'
    ).format(words["glossary.used"], listed)


def entries(corpus: Corpus, words: Words) -> list[Group]:
    """Explain every term, and the dimensions and measures of a corpus.

    Parameters
    ----------
    corpus : Corpus
    words : Words
        Of the page's language.

    Returns
    -------
    list of Group
        The same groups, terms and order in both languages. The terms of dimensions and measures are
        `dimension.<id>` and `measure.<id>`, in the order of their tables.
    """
    groups = [
        Group(key, words[f"glossary.{key}"], tuple(entry(term, words) for term in terms.split()))
        for key, terms in GROUPS.items()
    ]
    other = _OTHER[words.language]
    meaning = "definition" if words.language == "en" else "definition_zh"
    for key, table in (("dimension", corpus.codebook), ("measure", corpus.measures)):
        rows = (
            Entry(
                f"{key}.{row_id}",
                str(row[f"name_{words.language}"]),
                str(row[f"name_{other}"]),
                other,
                _prose(str(row[meaning]), words),
            )
            for row_id, row in table.iterrows()
        )
        groups.append(Group(key, words[f"glossary.{key}"], tuple(rows)))
    return groups


def _listed(each: Entry) -> Markup:
    return Markup(
        '<dt id="term-{}"><dfn>{}</dfn> <span class="quiet" lang="{}">{}</span></dt>\n<dd>{}</dd>'
    ).format(each.term, each.name, each.other_language, each.other, each.meaning)


def _prose(text: str, words: Words) -> Markup:
    """Write a definition: escaped, code marked, and on an English page Chinese marked as such."""
    mark = mark_chinese if words.language == "en" else escape
    parts = _CODE.split(text)
    written = (
        Markup("<code>{}</code>").format(part) if odd % 2 else mark(part) for odd, part in enumerate(parts)
    )
    return Markup("").join(written)
