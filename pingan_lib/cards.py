"""How a row of the corpus shows itself: a number in prose, a quote, an evidence card."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from pingan_lib.bounds import Bounds, decimal
from pingan_lib.corpus import Corpus
from pingan_lib.errors import UsageError, choices
from pingan_lib.evidence import Passage, in_context
from pingan_lib.numerals import DEFAULT_READING, Reading
from pingan_lib.units import SHARES
from pingan_lib.words import Words

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_DAY = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)")


def find_row(corpus: Corpus, row_id: str) -> tuple[str, pd.Series]:
    """Return the table and the row of a figure, approach or statement.

    Raises
    ------
    UsageError
        If no row has that id.
    """
    tables = ("figures", "approaches", "statements")
    for table in tables:
        frame: pd.DataFrame = getattr(corpus, table)
        if row_id in frame.index:
            return table, corpus.row(table, row_id)
    known = [str(key) for table in tables for key in getattr(corpus, table).index]
    raise UsageError(choices("row", row_id, known))


def label_text(corpus: Corpus, figure_id: str, words: Words) -> str:
    """Name a figure; where several articles of its city have one of that name, tell the article by its time."""
    figure, name = corpus.row("figures", figure_id), f"label_{words.language}"
    if (figure["place_id"], figure[name]) not in corpus.shared_labels[words.language]:
        return str(figure[name])
    own = corpus.accepted[corpus.accepted["place_id"] == figure["place_id"]]
    published = corpus.articles.loc[own["article_id"].unique(), "published"]
    form = "%Y" if published.dt.year.is_unique else "%Y-%m-%d"
    day = corpus.articles.loc[figure["article_id"], "published"]
    return words.say("card.label_of_article", label=figure[name], published=f"{day:{form}}")


def article_label(corpus: Corpus, article_id: str, words: Words) -> str:
    """Name an article by its city; where the city has several, tell it by its time as well."""
    article, name = corpus.row("articles", article_id), f"name_{words.language}"
    city = str(corpus.places.loc[article["place_id"], name])
    published = corpus.articles.loc[corpus.articles["place_id"] == article["place_id"], "published"]
    if len(published) < 2:
        return city
    form = "%Y" if published.dt.year.is_unique else "%Y-%m-%d"
    return words.say("card.article_of", city=city, published=f"{article['published']:{form}}")


def publisher_text(article: pd.Series, words: Words) -> str:
    """Name who published an article, with its author where one is known; empty where neither is."""
    publisher, author = str(article["publisher"]), str(article["author"])
    if publisher and author:
        return words.say("card.with", what=publisher, detail=author)
    return publisher or author


def number_text(figure: pd.Series, words: Words) -> str:
    """Write a figure's number for a reader: as printed in Chinese, in figures with its hedge in English.

    Parameters
    ----------
    figure : Series
        A row of `corpus.figures`.
    words : Words
        Of the reader's language.

    Returns
    -------
    str
        "95.97%", "3,000+", "718 million", "no. 3"; a percentage keeps its trailing zeros and its sign.
    """
    printed, value, share = str(figure["printed"]), float(figure["value"]), figure["unit"] in SHARES
    if words.language == "zh":
        sign = "−" if value < 0 and printed[0].isdigit() else ""
        if share:
            return sign + printed + "%" * ("%" not in printed)
        # 第三 and 1.83个百分点 say what they are, a bare 3 or 1.83 does not.
        bare = printed.replace(".", "").replace(",", "").isdecimal()
        own = bare and _own_unit(figure) in words
        return sign + (words.say(_own_unit(figure), number=printed) if own else printed)
    if share:
        digits = "".join(c for c in printed if c.isdigit() or c == ".")
        number = f"{'−' if value < 0 else ''}{digits or decimal(int(value))}%"
    elif abs(value) >= 1e6:
        number = words.say("card.million", number=f"{value / 1e6:.10g}")
    else:
        number = f"{value:,.10g}".replace("-", "−")
    if _own_unit(figure) in words:
        number = words.say(_own_unit(figure), number=number)
    return number if figure["hedge"] == "exact" else words.say(f"card.{figure['hedge']}", number=number)


def _own_unit(figure: pd.Series) -> str:
    """The key of a unit that a label leaves open: a bare 3 could be a count, a rank or points."""
    return f"card.unit.{figure['unit']}"


def bounds_text(bounds: Bounds, words: Words, *, coarse: bool = False) -> str:
    """Write bounds in words, telling an end that is allowed from one that is not.

    `coarse` is for what nobody printed, such as a quotient: two decimals, or four below one.
    """
    if bounds.exact and bounds.low is not None:
        written = _grouped(bounds.low, coarse, round)
        kept = Fraction(written.replace(",", "").replace("−", "-")) == bounds.low
        return words.say("card.exactly" if kept else "card.nearly", low=written)
    if bounds.low is None and bounds.high is None:
        return words["card.any"]
    start = "" if bounds.low is None else "from" if bounds.low_closed else "above"
    stop = "" if bounds.high is None else "to" if bounds.high_closed else "below"
    key = "card." + "_".join(part for part in (start, stop) if part)
    # Rounded outwards, so that what is written allows all that the bounds allow.
    low = "" if bounds.low is None else _grouped(bounds.low, coarse, math.floor)
    high = "" if bounds.high is None else _grouped(bounds.high, coarse, math.ceil)
    return words.say(key, low=low, high=high)


def period_text(figure: pd.Series, words: Words, *, brief: bool = False) -> str:
    """Write a figure's period, and whether the article states it; `brief` leaves out what is not given."""
    start, end = figure["period_start"], figure["period_end"]
    basis, how = words[f"basis.{figure['period_basis']}"], "brief" if brief else "period"
    if pd.isna(start) and pd.isna(end):
        return basis
    if pd.isna(start):
        text = words.say(f"card.{how}_until", end=f"{end:%Y-%m-%d}")
    elif pd.isna(end):
        text = words.say(f"card.{how}_since", start=f"{start:%Y-%m-%d}")
    elif start == end:
        text = f"{start:%Y-%m-%d}"
    elif (start.month, start.day, end.month, end.day) == (1, 1, 12, 31) and start.year == end.year:
        text = str(start.year)
    else:
        text = words.say("card.period_full", start=f"{start:%Y-%m-%d}", end=f"{end:%Y-%m-%d}")
    return words.say("card.with", what=text, detail=basis)


def passage(corpus: Corpus, row_id: str, *, width: int = 120) -> Passage:
    """Return the passage that a row quotes, in its sentence."""
    _, row = find_row(corpus, row_id)
    return in_context(corpus.texts[row["article_id"]], int(row["start"]), int(row["end"]), width=width)


def passage_html(found: Passage) -> Markup:
    """Show a passage in its sentence, marked."""
    return Markup('<blockquote class="passage" lang="zh">{}<mark>{}</mark>{}</blockquote>').format(
        found.before, found.quote, found.after
    )


def card(
    corpus: Corpus,
    row_id: str,
    words: Words,
    reading: Reading = DEFAULT_READING,
    *,
    labelled: Callable[[str], Any] | None = None,
    found: Mapping[str, Any] = _NOTHING,
) -> Markup:
    """Show the evidence for a row: its quote in context, the article, who says so, and what the coder noted.

    Parameters
    ----------
    corpus : Corpus
    row_id : str
        Id of a figure, approach or statement.
    words : Words
        Of the reader's language.
    reading : Reading, optional
        By which rules a figure's number was rounded and hedged.
    labelled : callable, optional
        Writes another figure, the total, with its name; without it, in plain text.
    found : mapping of str to str or Markup, optional
        What was found out about the row, by the key of its name in `words`.

    Returns
    -------
    Markup
        An `article` element with the id `card-<row_id>`; text from the tables and articles is escaped.

    Raises
    ------
    UsageError
        If no row has that id.
    """
    table, row = find_row(corpus, row_id)
    if table == "figures":
        title, facts = _figure_facts(corpus, row_id, row, words, reading, labelled or _plain(corpus, words))
    elif table == "approaches":
        title, facts = _approach_facts(corpus, row_id, row, words)
    else:
        title, facts = _statement_facts(corpus, row, words)
    article = corpus.row("articles", row["article_id"])
    facts |= found
    about = (words[f"genre.{article['genre']}"], article["publisher"], f"{article['published']:%Y-%m-%d}")
    facts["card.article"] = words.say(
        "card.article_line", title=article["title"], about=words["card.comma"].join(filter(None, about))
    )
    facts |= {
        name: _dated(facts[name]) for name in ("card.period", "card.said_by", "card.article") if name in facts
    }
    facts["card.note"] = note_text(row, words)
    return frame(row_id, title, facts, words, lead=passage_html(passage(corpus, row_id)))


def frame(source: str, title: Any, facts: Mapping[str, Any], words: Words, *, lead: str = "") -> Markup:
    """Show a card: a title, what it rests on, and facts by the keys of their names; empty ones are left out.

    Parameters
    ----------
    source : str
        What the card is the source of; its id is `card-<source>`.
    title : str or Markup
    facts : mapping of str to str or Markup
    words : Words
    lead : Markup, optional
        Shown below the title.
    """
    body = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(words[key], value) for key, value in facts.items() if value
    )
    return Markup(
        '<article class="card" id="card-{0}" data-source="{0}" tabindex="-1"><h3 class="card-title">{1}</h3>{2}'
        '<dl>{3}</dl><p class="card-close"><a href="#_">{4}</a></p></article>'
    ).format(source, title, lead, body, words["card.close"])


def note_text(row: pd.Series, words: Words) -> str:
    """Give the coder's note on a row in the reader's language; empty where there is none."""
    return str(row.get("note" if words.language == "en" else "note_zh", ""))


def said_by(corpus: Corpus, row: pd.Series, words: Words) -> str:
    """Say who says a row's figure or words, to whom, and when."""
    article = corpus.row("articles", row["article_id"])
    speaker = words[f"speaker.{row['attributed_to']}"]
    if row["attributed_to"] == "official" and article["speaker"]:
        speaker = article["speaker"]
    source, published = publisher_text(article, words), f"{article['published']:%Y-%m-%d}"
    key = "card.said" if source else "card.said_unsigned"
    return words.say(key, speaker=speaker, source=source, published=published)


def _dated(text: str) -> Markup:
    """Mark the days of a text, which then are not broken at their hyphens."""
    return Markup(_DAY.sub(r'<time datetime="\g<0>">\g<0></time>', str(escape(text))))


def _term(key: str, words: Words) -> Markup:
    """Write a code's name as a term, which a page explains."""
    return Markup('<span data-term="{}">{}</span>').format(key, words[key])


def _plain(corpus: Corpus, words: Words) -> Callable[[str], str]:
    def labelled(figure_id: str) -> str:
        figure = corpus.row("figures", figure_id)
        label = figure[f"label_{words.language}"]
        return words.say("card.with", what=label, detail=number_text(figure, words))

    return labelled


def _figure_facts(
    corpus: Corpus,
    row_id: str,
    row: pd.Series,
    words: Words,
    reading: Reading,
    labelled: Callable[[str], Any],
) -> tuple[Markup, dict[str, Any]]:
    label = row[f"label_{words.language}"]
    title = Markup('<span class="card-number">{}</span> {}').format(number_text(row, words), label)
    unit, apart = words[f"unit.{row['unit']}"], Markup(words["page.names"])
    place = corpus.row("places", row["place_id"])[f"name_{words.language}"]
    facts = {
        "card.number": row["printed"],
        "card.bounds": words.say(
            "card.with", what=bounds_text(corpus.bounds(row_id, reading), words), detail=unit
        ),
        "card.hedge": "" if row["hedge"] == "exact" else _term(f"hedge.{row['hedge']}", words),
        "card.counted": row["counted"],
        ("card.base" if row["unit"] == "percent_change" else "card.denominator"): _denominator(
            corpus, row, words, labelled
        ),
        "card.period": apart.join((period_text(row, words), _term(f"timing.{row['timing']}", words))),
        "card.scope": apart.join((place, _term(f"scope.{row['scope']}", words))),
        "card.kind": apart.join((_term(f"role.{row['role']}", words), _term(f"stage.{row['stage']}", words))),
        "card.said_by": said_by(corpus, row, words),
    }
    return title, facts


def _denominator(corpus: Corpus, row: pd.Series, words: Words, labelled: Callable[[str], Any]) -> Any:
    if row["unit"] not in SHARES:
        return ""
    total = row["denominator"]
    if total in corpus.figures.index:
        return labelled(total)
    missing = "base" if row["unit"] == "percent_change" else "denominator"
    return str(total) or words[f"card.{missing}_unknown"]


def _approach_facts(
    corpus: Corpus, row_id: str, row: pd.Series, words: Words
) -> tuple[Markup, dict[str, Any]]:
    dimensions = corpus.dimensions.get(row_id, ())
    names = [corpus.row("codebook", dimension)[f"name_{words.language}"] for dimension in dimensions]
    facts = {
        "card.summary": row[f"summary_{words.language}"],
        "card.kind": Markup(words["page.names"]).join(
            filter(None, (words["page.list"].join(names), _term(f"stage.{row['stage']}", words)))
        ),
    }
    return escape(row["name_zh"] if words.language == "zh" else f"{row['name_en']} {row['name_zh']}"), facts


def _statement_facts(corpus: Corpus, row: pd.Series, words: Words) -> tuple[Markup, dict[str, Any]]:
    place = corpus.row("places", row["place_id"])[f"name_{words.language}"]
    title = escape(words["card.colon"]).join((place, words[f"kind.{row['kind']}"]))
    return title, {"card.said_by": said_by(corpus, row, words)}


def _grouped(value: Fraction, coarse: bool, rounded: Callable[[Fraction], int]) -> str:
    """Write a bound: with four decimals where it is small, without where they would drown the number."""
    size = abs(value)
    places = 4 if size < (1 if coarse else 1000) else 2 if size < 1000 else 1 if size < 100_000 else 0
    kept = Fraction(rounded(value * 10**places), 10**places)
    whole, _, part = decimal(abs(kept), places).partition(".")
    return ("−" if kept < 0 else "") + f"{int(whole):,}" + (f".{part}" if part else "")
