"""The words of the pages: complete in both languages, and never silently missing."""

from __future__ import annotations

import string
import tomllib
from pathlib import Path

import pytest

import pingan_lib
from pingan_lib.errors import UsageError
from pingan_lib.words import LANGUAGES, Words

FOLDER = Path(pingan_lib.__file__).with_name("words")


def entries(table, prefix=""):
    """(key, entry) for every table that holds texts, found apart from the module under test."""
    for name, value in table.items():
        if all(isinstance(inner, dict) for inner in value.values()):
            yield from entries(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


FILES = {
    file.name: dict(entries(tomllib.loads(file.read_text("utf-8")))) for file in sorted(FOLDER.glob("*.toml"))
}
ALL = [(file, key, entry) for file, texts in FILES.items() for key, entry in texts.items()]


def placeholders(text):
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


@pytest.mark.parametrize(("file", "key", "entry"), ALL, ids=[key for _, key, _ in ALL])
def test_every_entry_says_the_same_in_both_languages(file, key, entry):
    assert set(entry) == set(LANGUAGES)
    assert all(text.strip() for text in entry.values())
    assert placeholders(entry["en"]) == placeholders(entry["zh"])
    assert [Words(language)[key] for language in LANGUAGES] == [entry[language] for language in LANGUAGES]


def test_no_key_stands_in_two_files():
    keys = [key for _, key, _ in ALL]
    assert sorted(keys) == sorted(set(keys))


def test_placeholders_are_filled_and_lists_get_the_commas_of_the_language():
    given = {"percent": "66.66", "total": "3", "counts": ("2/3", "4/6")}
    english = Words("en").say("forensics.fails_unless_cut", **given)
    chinese = Words("zh").say("forensics.fails_unless_cut", **given)
    assert "2/3, 4/6" in english
    assert "2/3、4/6" in chinese
    assert all("66.66" in text and "{" not in text for text in (english, chinese))


def test_a_missing_value_for_a_placeholder_is_an_error():
    with pytest.raises(KeyError, match="counts"):
        Words("en").say("forensics.fails_unless_cut", percent="66.66", total="3")


def test_an_unknown_key_names_the_nearest_one():
    with pytest.raises(KeyError, match=r"forensics\.context"):
        Words("en")["forensics.contxt"]


def test_an_unknown_key_unlike_any_other_names_none():
    with pytest.raises(KeyError, match="no words under 'zzzz'") as caught:
        Words("en")["zzzz"]
    assert "nearest" not in str(caught.value)


def test_an_unknown_language_lists_the_known_ones():
    with pytest.raises(UsageError, match="Valid: en, zh"):
        Words("fr")
