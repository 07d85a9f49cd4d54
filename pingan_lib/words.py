"""The words that readers see, in English and Chinese, from the tables in `pingan_lib/words/`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pingan_lib.errors import UsageError, choices

LANGUAGES = ("en", "zh")
_COMMA = {"en": ", ", "zh": "、"}


@dataclass(frozen=True)
class Words:
    """All texts in one language: `Words("en")["report.contents"]`.

    Attributes
    ----------
    language : {"en", "zh"}

    Raises
    ------
    UsageError
        There are no words in that language.
    """

    language: str

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise UsageError(choices("language", self.language, LANGUAGES))

    def __getitem__(self, key: str) -> str:
        texts = _entries()
        if key not in texts:
            near = get_close_matches(key, texts, n=1)
            raise KeyError(f"no words under {key!r}" + (f"; the nearest key is {near[0]!r}" if near else ""))
        return texts[key][self.language]

    def __contains__(self, key: object) -> bool:
        return key in _entries()

    def say(self, key: str, **values: Any) -> str:
        """The text under `key` with its {placeholders} filled in.

        Parameters
        ----------
        key : str
            "report.made_from".
        **values
            One for each placeholder; a tuple or list is written with the commas of the language.

        Returns
        -------
        str

        Raises
        ------
        KeyError
            No such key, or a placeholder without a value.
        """
        comma = _COMMA[self.language]
        plain = {
            name: comma.join(map(str, value)) if isinstance(value, (tuple, list)) else value
            for name, value in values.items()
        }
        return self[key].format(**plain)


@cache
def _entries() -> dict[str, dict[str, str]]:
    """Every entry of every table, by its dotted key."""
    entries: dict[str, dict[str, str]] = {}
    for file in sorted(Path(__file__).with_name("words").glob("*.toml")):
        entries.update(_leaves(tomllib.loads(file.read_text(encoding="utf-8"))))
    return entries


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    for name, entry in table.items():
        if any(isinstance(text, str) for text in entry.values()):
            yield prefix + name, entry
        else:
            yield from _leaves(entry, f"{prefix}{name}.")
