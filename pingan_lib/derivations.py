"""How a calculated number shows itself: its formula in words, the numbers that went in, what came out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from pingan_lib import cards
from pingan_lib.bounds import Bounds
from pingan_lib.corpus import Corpus
from pingan_lib.errors import UsageError, choices
from pingan_lib.words import Words

# A number as a reader sees it, with what belongs to it: 1,299; 95.97%; 2620/2730; 93.1–98.9%.
NUMBER = re.compile(r"[−-]?\d+(?:[.,/–:]\d+)*%?")
_SIGNS = str.maketrans({"*": "×", "/": "÷", "-": "−"})
Labelled = Callable[[str], Any]


@dataclass(frozen=True)
class Derivation:
    """A calculation by a method that `words/methods.toml` names and tells.

    Attributes
    ----------
    method : str
        `method.<method>` is its name, `method_how.<method>` its formula and where it comes from.
    inputs : tuple of str
        Ids of the figures, or of the reference facts, that went in.
    values : mapping of str to str
        What else the formula's text names: a sample size, a level.
    results : list of str
        What was written of it on the page, in order.
    """

    method: str
    inputs: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    results: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The id that its numbers carry; its card is `card-<source>`."""
        return "-".join((self.method, *self.inputs))


def linked_numbers(text: str | Markup, source: str) -> Markup:
    """Link each number of a text to the card of what it was calculated from."""
    link = Markup('<a class="derived" href="#card-{}" data-source="{}">{}</a>')
    parts, at = [], 0
    plain = str(text)
    for number in NUMBER.finditer(plain):
        parts += [escape(plain[at : number.start()]), link.format(source, source, number.group())]
        at = number.end()
    return Markup("").join([*parts, escape(plain[at:])])


def formula_text(relation: pd.Series, labelled: Labelled) -> Markup:
    """Write a relation's formula with each figure in the place of its id; the relation's id is the row's name."""
    parts = re.split(r"([A-Za-z_]\w*)", relation["formula"])
    written = [
        labelled(part) if part.isidentifier() else escape(part.translate(_SIGNS)) for part in parts if part
    ]
    if relation["kind"] == "at_most":
        written = [labelled(relation["result"]), escape(" ≤ "), *written]
    return Markup('<span class="formula" data-source="{}">{}</span>').format(
        relation.name, Markup("").join(written)
    )


def finding_text(corpus: Corpus, found: Mapping[str, Any], source: str, words: Words) -> str:
    """Word the reason of a verdict of `check_shares` or `check_relations` on the row `source`."""
    values = {
        name: cards.bounds_text(value, words) if isinstance(value, Bounds) else value
        for name, value in found["values"].items()
    }
    if source in corpus.figures.index:
        values["percent"] = cards.number_text(corpus.row("figures", source), words)
    if "formula" in values:
        values["formula"] = words["outcomes.the_formula"]
    said = words.say(found["reason_key"], **values)
    return said[0].upper() + said[1:]


def verdict_text(verdict: str, reason: str, words: Words) -> str:
    """Write a verdict with its reason, for a card."""
    said = words[f"verdict.{verdict}"]
    return words.say("card.verdict_said", verdict=said[0].upper() + said[1:], reason=reason)


def relation_bounds(found: Mapping[str, Any], words: Words) -> str:
    """Write what a relation's formula gives; a share in percent, and exactly, for it is tested so."""
    if found["kind"] == "share_of":
        return cards.bounds_text(found["bounds"], words) + " %"
    return cards.bounds_text(found["bounds"], words, coarse=True)


def relation_card(
    corpus: Corpus, relation_id: str, found: pd.Series, words: Words, labelled: Labelled
) -> Markup:
    """Show what follows from a relation: its formula, its figures, what they allow, and whether it holds.

    Parameters
    ----------
    corpus : Corpus
    relation_id : str
    found : Series
        The relation's row of `check_relations`.
    words : Words
    labelled : callable
        Writes a figure, by its id, with its name and number.
    """
    tested = found["kind"] != "context"
    result: Bounds | None = found["bounds"]
    allowed = relation_bounds(found, words) if result else words["card.undefined"]
    verdict = verdict_text(found["verdict"], finding_text(corpus, found, relation_id, words), words)
    facts = {
        "card.formula": formula_text(found, labelled),
        "card.allows": allowed,
        "card.reported": labelled(found["result"]) if found["result"] else "",
        "card.verdict": verdict if tested else words["outcomes.not_tested"],
        "card.note": cards.note_text(corpus.row("relations", relation_id), words),
    }
    label = corpus.row("relations", relation_id)[f"label_{words.language}"]
    return cards.frame(relation_id, words.say("card.calculated", label=label), facts, words)


def method_card(derivation: Derivation, words: Words, labelled: Labelled) -> Markup:
    """Show how numbers of one kind were calculated, and from what."""
    inputs = Markup("").join(map(Markup("<li>{}</li>").format, map(labelled, derivation.inputs)))
    facts = {
        "card.how": words.say(f"method_how.{derivation.method}", **derivation.values),
        "card.inputs": Markup("<ul>{}</ul>").format(inputs) if inputs else "",
        # Without inputs of its own a card serves a whole table, and no one number stands for it.
        "card.gives": words["page.names"].join(dict.fromkeys(derivation.results)) if inputs else "",
    }
    return cards.frame(derivation.source, words[f"method.{derivation.method}"], facts, words)


def reference_id(row: Mapping[str, Any]) -> str:
    """Name a row of `reference`: its place and its measure."""
    return f"reference-{row['place_id']}-{row['measure_id']}"


def reference_row(corpus: Corpus, source: str) -> pd.Series:
    """Return the row of `reference` that `reference_id` names so.

    Raises
    ------
    UsageError
        If there is none.
    """
    facts = corpus.reference[["place_id", "measure_id"]].to_dict("records")
    named = dict(zip(map(reference_id, facts), corpus.reference.index, strict=True))
    if source not in named:
        raise UsageError(choices("reference fact", source, list(named)))
    return corpus.row("reference", named[source])


def reference_label(corpus: Corpus, source: str, words: Words) -> str:
    """Name an outside fact: what it measures, and where."""
    row = reference_row(corpus, source)
    place = corpus.places.loc[row["place_id"], f"name_{words.language}"]
    return words.say(
        "card.reference_label",
        measure=corpus.measures.loc[row["measure_id"], f"name_{words.language}"],
        place=place,
    )


def reference_card(corpus: Corpus, source: str, words: Words) -> Markup:
    """Show an outside fact, which no article reports: its value, year, where it was read, how reliable it is."""
    row = reference_row(corpus, source)
    title = Markup('<span class="card-number">{}</span> {}').format(
        reference_number(row), reference_label(corpus, source, words)
    )
    read_at = escape(row["source"])
    if words.language == "zh":
        told = row.get("source_zh", "")
        read_at = escape(told) if told else Markup('<span lang="en">{}</span>').format(read_at)
    facts = {
        "card.outside": words["card.outside_said"],
        "card.year": str(row["year"]),
        "card.read_at": Markup(words["page.names"]).join(filter(None, (read_at, row["url"]))),
        "card.reliability": words[f"reliability.{row['reliability']}"],
    }
    return cards.frame(source, title, facts, words)


def reference_number(row: Mapping[str, Any]) -> str:
    """Write an outside fact's number."""
    return f"{float(row['value']):,.10g}"


def in_order(corpus: Corpus, sources: Iterable[str]) -> list[str]:
    """Sort what a page cites: rows by their place in the articles, then relations, then the rest as cited."""
    articles, relations = list(corpus.texts), list(corpus.relations.index)
    quoted: dict[str, tuple[int, int]] = {}
    for table in ("figures", "approaches", "statements"):
        frame: pd.DataFrame = getattr(corpus, table)
        places = zip(frame["article_id"].map(articles.index), frame["start"], strict=True)
        quoted |= dict(zip(map(str, frame.index), places, strict=True))

    def place(source: str) -> tuple[int, int, int, str]:
        if source in quoted:
            return 0, *quoted[source], source
        if source in relations:
            return 1, relations.index(source), 0, source
        return 2, 0, 0, source

    return sorted(sources, key=place)
