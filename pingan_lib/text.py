"""What texts talk about: Chinese words with their offsets and contexts, terms of a dictionary, how a text is written.

Segmentation is rjieba's (dictionary and hidden Markov model of jieba). Which words count is decided by
their part of speech, not by a list of stop words: a list chosen with the texts in view is one more free
choice of the researcher, while a tag is given by the dictionary. Its errors are seen in the `tag` column
and can be mended there (of these articles' words it takes 一把手 and 多元 for numerals, 所 for a
conjunction), and verbs that say little (是, 有) stay in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from statistics import mean, median
from typing import Any

import pandas as pd

from pingan_lib.errors import PinganError, UsageError

# Tags of the ICTCLAS set that the dictionary uses, by their first letter.
FUNCTION_TAGS = {
    "c": "conjunction",
    "d": "adverb",
    "f": "direction",
    "k": "suffix",
    "p": "preposition",
    "r": "pronoun",
    "u": "particle",
    "y": "modal particle",
}
NUMBER_TAGS = {"m": "numeral", "q": "measure word"}
NAME_TAG = "name"
FIRST_PERSON = frozenset({"我", "我们", "咱", "咱们", "俺", "俺们"})

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af〇]")
_SENTENCE_END = re.compile(r"[。｡!！?？;；…]+[”’」』》〉）)】〕\]]*|[\r\n\u2028\u2029]+")
_SPEECH = re.compile(r"“[^“”]*[。｡！!？?…,，]”")
_QUOTED = re.compile(r"“[^“”]*”")
_NUMBER = re.compile(r"[+\-−]?\d[\d.,:/\-]*[%％‰]?")


@lru_cache(maxsize=1)
def _jieba() -> Any:
    """A segmenter of our own: words that others add to rjieba's shared one do not change ours."""
    import rjieba

    return rjieba.Jieba()


@lru_cache(maxsize=16)
def _names_pattern(names: tuple[str, ...]) -> re.Pattern[str] | None:
    longest_first = sorted({name for name in names if name}, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _require_chinese(text: str, what: str) -> None:
    """Refuse what the segmenter would cut into nonsense: no text, or text in another script."""
    letters = sum(map(str.isalpha, text))
    han = len(_HAN.findall(text))
    if not letters:
        raise PinganError(f"{what} is empty: it has no letter or character. Give the article's text.")
    if 2 * han < letters:
        found = f"{han} of {letters} letters"
        raise PinganError(
            f"{what} has hardly any Chinese: {found}. Only Chinese text is segmented; give one."
        )


def _tagged(text: str, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Tokens and tags that together make up the text, names being cut out before anything else is segmented.

    Names are not put into the segmenter's dictionary: it would still split one at a mark
    (数智乡村·平安守望), and might prefer another cut.
    """
    pattern, done = _names_pattern(names), 0
    for match in pattern.finditer(text) if pattern else ():
        yield from _jieba().tag(text[done : match.start()])
        yield match.group(), NAME_TAG
        done = match.end()
    yield from _jieba().tag(text[done:])


def segment(text: str, names: Collection[str] = ()) -> list[str]:
    """Cut a Chinese text into its tokens; joined together they are the text.

    Parameters
    ----------
    text : str
    names : collection of str
        Names that stay whole wherever they stand; the longest wins where two begin together.

    Returns
    -------
    list of str
        Words, numbers, marks and white space in order.

    Raises
    ------
    PinganError
        If the text is empty or hardly holds Chinese characters.
    """
    _require_chinese(text, "The text")
    return [token for token, _ in _tagged(text, tuple(names))]


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a Chinese text start and end.

    A sentence ends with 。 ! ? ; or … in full or half width, together with the closing quotes and brackets
    after it, or with its line. The half-width full stop ends none: it stands in decimals. A straight quote
    closes if one is open.

    Returns
    -------
    list of (int, int)
        Offsets in code points, white space around a sentence left out; no sentence is empty.
    """
    found, start = [], 0
    cuts = [match.end() for match in _SENTENCE_END.finditer(text)]
    for cut in [*cuts, len(text)]:
        if text[cut : cut + 1] == '"' and text.count('"', start, cut) % 2:
            cut += 1
        piece = text[start:cut]
        if piece.strip():
            found.append((start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))
        start = cut
    return found


def _kind(token: str, tag: str) -> str:
    if _NUMBER.fullmatch(token) or tag[:1] in NUMBER_TAGS:
        return "number"
    if not any(map(str.isalnum, token)):
        return "mark"
    return "function" if tag[:1] in FUNCTION_TAGS else "word"


def tokens_frame(texts: Mapping[str, str], names: Collection[str] = ()) -> pd.DataFrame:
    """Tokens of texts with their places.

    Parameters
    ----------
    texts : mapping of str to str
        Texts by their id.
    names : collection of str
        Names that stay whole, as in `segment`.

    Returns
    -------
    DataFrame
        A row for each token that is no white space: `text_id`, `sentence` (0, 1, … in the text), `position`
        (of the token in the text), `start`, `end` (code points; `text[start:end] == token`), `token`, `tag`
        (part of speech; `name` for one of `names`) and `kind`: `word` (what keyness counts), `function`
        (see `FUNCTION_TAGS`), `number` (digits, numerals and measure words) or `mark` (punctuation and
        signs). Nothing else is dropped.

    Raises
    ------
    PinganError
        If a text is empty or hardly holds Chinese characters.
    """
    rows, whole = [], tuple(names)
    for text_id, text in texts.items():
        _require_chinese(text, f"The text of {text_id}")
        position = 0
        for number, (start, end) in enumerate(sentences(text)):
            at = start
            for token, tag in _tagged(text[start:end], whole):
                if not token.isspace():
                    kind = "word" if tag == NAME_TAG else _kind(token, tag)
                    rows.append((text_id, number, position, at, at + len(token), token, tag, kind))
                    position += 1
                at += len(token)
    return pd.DataFrame(
        rows, columns=["text_id", "sentence", "position", "start", "end", "token", "tag", "kind"]
    )


def word_counts(tokens: pd.DataFrame) -> pd.Series:
    """How often each word stands in a frame of tokens; numbers, marks and function words are left out.

    Parameters
    ----------
    tokens : DataFrame
        As `tokens_frame` gives it, or a part of it.

    Returns
    -------
    Series of int
        Named `count`, indexed by `word`; the most frequent first, then by code point.
    """
    counts = tokens.loc[tokens["kind"] == "word", "token"].value_counts().rename_axis("word").rename("count")
    return counts.sort_index().sort_values(ascending=False, kind="stable")


def concordance(text: str, word: str, width: int = 20) -> pd.DataFrame:
    """A word in its contexts, for lines aligned at the word.

    The word is searched as a string: 平安 is found in 平安细胞工程 too, so that there may be more lines
    than counted tokens.

    Parameters
    ----------
    text, word : str
    width : int
        Code points of context on each side.

    Returns
    -------
    DataFrame
        A row for each place: `left`, `hit`, `right` (runs of white space in the contexts shown as one
        space), `start`, `end` (code points of the hit). No row where the word does not stand.

    Raises
    ------
    UsageError
        If the word is empty or `width` is below 0.
    PinganError
        If the text is empty or hardly holds Chinese characters.
    """
    if not word.strip():
        raise UsageError("The word to look for is empty. Give at least one character.")
    if width < 0:
        raise UsageError(f"width is {width}; it must be at least 0.")
    _require_chinese(text, "The text")
    rows = [
        (
            re.sub(r"\s+", " ", text[max(match.start() - width, 0) : match.start()]),
            match.group(),
            re.sub(r"\s+", " ", text[match.end() : match.end() + width]),
            match.start(),
            match.end(),
        )
        for match in re.finditer(re.escape(word), text)
    ]
    return pd.DataFrame(rows, columns=["left", "hit", "right", "start", "end"])


def term_counts(texts: Mapping[str, str], themes: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """How often the terms of themes stand in texts: a dictionary in the sense of content analysis.

    Terms are searched as strings. Where they overlap, the longest is counted and no other: 人民调解员 is one
    use of 调解员 and none of 调解. Of terms of one length that overlap, the first in the text is counted.

    Parameters
    ----------
    texts : mapping of str to str
        Texts by their id.
    themes : mapping of str to collection of str
        The terms of each theme.

    Returns
    -------
    DataFrame
        A row for each text, theme and term, in the order in which they are given: `text_id`, `theme`, `term`,
        `count` and `rate` (per 1,000 characters of the text, white space left out). What a theme has is the
        sum of its rows.

    Raises
    ------
    UsageError
        If a term is empty or stands in two themes.
    PinganError
        If a text is empty or hardly holds Chinese characters.
    """
    theme_of: dict[str, str] = {}
    for theme, terms in themes.items():
        for term in terms:
            if not term.strip():
                raise UsageError(f"A term of {theme} is empty. Give at least one character, or leave it out.")
            other = theme_of.setdefault(term, theme)
            if other != theme:
                raise UsageError(
                    f"{term!r} is a term of {other} and of {theme}. Keep it in one of them: a use counts once."
                )
    rows = []
    for text_id, text in texts.items():
        _require_chinese(text, f"The text of {text_id}")
        counts, size = Counter(_longest(text, theme_of)), _size(text)
        for term, theme in theme_of.items():
            rows.append((text_id, theme, term, counts[term], 1000 * counts[term] / size))
    return pd.DataFrame(rows, columns=["text_id", "theme", "term", "count", "rate"])


def _longest(text: str, terms: Collection[str]) -> Iterator[str]:
    """Terms that stand in the text, one for each use: a longer term first, and no character used twice."""
    places = [
        (match.start(), term) for term in terms for match in re.finditer(f"(?={re.escape(term)})", text)
    ]
    taken = bytearray(len(text))
    for start, term in sorted(places, key=lambda place: (-len(place[1]), place[0])):
        end = start + len(term)
        if not any(taken[start:end]):
            taken[start:end] = b"x" * len(term)
            yield term


def speech(text: str) -> list[tuple[int, int]]:
    """Where quoted speech starts and ends: passages in “” whose last mark ends a sentence or is a comma.

    Other passages in “” are names and slogans (“三个下沉”).

    Returns
    -------
    list of (int, int)
        Offsets in code points, the quotation marks included.
    """
    return [match.span() for match in _SPEECH.finditer(text)]


def style_profile(text: str) -> dict[str, float]:
    """How a text is written: a few plain measures by which genres differ.

    Parameters
    ----------
    text : str

    Returns
    -------
    dict of str to float
        Lengths are in characters, white space left out. `characters`; `sentences` (as in `sentences`);
        `sentence_mean` and `sentence_median` (their length); `quoted` (percent of characters between “ and ”,
        the marks included) and `speech` (percent in quoted speech, as in `speech`); `numbers` (numbers in
        digits per 1,000 characters; 一名 is none, 95.97% is one) and `first_person` (uses of 我, 我们, 咱们 and
        their kin per 1,000 characters; 我国 is another word).

    Raises
    ------
    PinganError
        If the text is empty or hardly holds Chinese characters.
    """
    tokens = segment(text)
    lengths = [_size(text[start:end]) for start, end in sentences(text)]
    size = _size(text)
    return {
        "characters": size,
        "sentences": len(lengths),
        "sentence_mean": mean(lengths),
        "sentence_median": median(lengths),
        "quoted": 100 * sum(map(_size, _QUOTED.findall(text))) / size,
        "speech": 100 * sum(_size(text[start:end]) for start, end in speech(text)) / size,
        "numbers": 1000 * len(_NUMBER.findall(text)) / size,
        "first_person": 1000 * sum(token in FIRST_PERSON for token in tokens) / size,
    }


def _size(text: str) -> int:
    """Characters that are no white space."""
    return len("".join(text.split()))
