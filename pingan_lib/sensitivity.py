"""The same conclusions under other choices: which hold under all of them, which turn, and on what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache, partial
from itertools import product
from typing import Any

import pandas as pd

from pingan_lib.bounds import Bounds
from pingan_lib.conclusions import DEFAULT_CHOICES, OPTIONS, Choices, Conclusion
from pingan_lib.consistency import check_relations
from pingan_lib.corpus import Corpus
from pingan_lib.errors import UsageError, choices
from pingan_lib.intervals import surveyed_shares, widest_interval
from pingan_lib.numerals import Reading
from pingan_lib.progress import progress
from pingan_lib.shared import shared

_DEPENDS = {"relation": ("rounding", "surplus"), "survey": ("rounding", "confidence")}


def sensitivity(
    found: Sequence[Conclusion],
    default: Choices = DEFAULT_CHOICES,
    options: Mapping[str, Sequence[Any]] = OPTIONS,
) -> pd.DataFrame:
    """Vary each choice alone, and all of them together, and see which conclusions turn.

    All combinations are taken, as in a multiverse analysis (Steegen, Tuerlinckx, Gelman and Vanpaemel 2016, doi
    10.1177/1745691616658637).

    Parameters
    ----------
    found : sequence of Conclusion
    default : Choices, optional
        The choices that the others are compared with.
    options : mapping of str to sequence, optional
        What each choice could be.

    Returns
    -------
    DataFrame
        A row for each conclusion: `kind`, `inputs`, `answer` (under the default), `alone` (mapping of a choice to the
        answers under each of its options), `turns_on` (the choices that change the answer when varied alone),
        `together` (mapping of an answer to the number of combinations that give it) and `holds` (whether all
        combinations give the same).

    Raises
    ------
    UsageError
        If an option is not one that its choice has.
    """
    rows = []
    everything = [replace(default, **one) for one in _combinations(options)]
    varied = {
        name: {option: replace(default, **{name: option}) for option in given}
        for name, given in options.items()
    }
    asked = dict.fromkeys([default, *everything, *(one for each in varied.values() for one in each.values())])
    steps = [*product(range(len(found)), asked)]
    answers = {(i, one): found[i].answer(one) for i, one in progress(steps, "conclusions, each choice")}
    for i, conclusion in enumerate(found):
        answer = answers[i, default]
        alone = {
            name: {option: answers[i, one] for option, one in each.items()} for name, each in varied.items()
        }
        turns_on = tuple(name for name, each in alone.items() if set(each.values()) - {answer})
        together = Counter(answers[i, one] for one in [default, *everything])
        together[answer] -= default in everything
        holds = len(+together) == 1
        rows.append((conclusion.kind, conclusion.inputs, answer, alone, turns_on, dict(+together), holds))
    columns = ["kind", "inputs", "answer", "alone", "turns_on", "together", "holds"]
    return pd.DataFrame(rows, columns=columns)


def quantities(corpus: Corpus, city_a: str, city_b: str) -> dict[str, str]:
    """List what `specifications` can follow: ids of relations and of surveyed shares, each with its kind."""
    corpus.require_cities(city_a, city_b)
    cities = (city_a, city_b)
    relations = check_relations(corpus, cities)
    usable = relations.index[[isinstance(bounds, Bounds) for bounds in relations["bounds"]]]
    surveys = surveyed_shares(corpus, cities)
    return {**{str(name): "relation" for name in usable}, **dict.fromkeys(surveys, "survey")}


@shared
def specifications(
    corpus: Corpus,
    city_a: str,
    city_b: str,
    quantity: str = "",
    default: Choices = DEFAULT_CHOICES,
    options: Mapping[str, Sequence[Any]] = OPTIONS,
) -> pd.DataFrame:
    """Follow one quantity through all combinations of the choices that it depends on.

    The specification curve of Simonsohn, Simmons and Nelson (2020), doi 10.1038/s41562-020-0912-z; without its joint
    test, as nothing here was drawn at random.

    Parameters
    ----------
    corpus : Corpus
    city_a, city_b : str
    quantity : str, optional
        Id of a relation, whose result is followed, or of a surveyed share, whose interval is; without it, the one that
        has the most different results.
    default : Choices, optional
    options : mapping of str to sequence, optional

    Returns
    -------
    DataFrame
        A row for each combination of the choices that matter: a column for each of these, `low`, `high` (missing where
        there is no bound), `value` (missing for bounds alone) and `default` (whether it is the default's).
        `frame.attrs` names the `quantity`, its `kind` ("relation" or "survey") and the `choices`.

    Raises
    ------
    UsageError
        If there is no such quantity, or none at all.
    """
    known = quantities(corpus, city_a, city_b)
    if quantity and quantity not in known:
        raise UsageError(choices("quantity", quantity, list(known)))
    if not known:
        raise UsageError("There is no relation and no surveyed share that could be followed.")
    cities = (city_a, city_b)

    @cache
    def relations(reading: Reading) -> dict[str, Bounds]:
        return check_relations(corpus, cities, reading)["bounds"].to_dict()

    surveys = surveyed_shares(corpus, cities)

    def result(name: str, given: Choices) -> tuple[float, float, float]:
        if known[name] == "survey":
            sample, count, low, high = widest_interval(surveys[name], given.confidence, given.rounding)
            return low, high, 100 * count / sample
        bounds = relations(given.reading)[name]
        ends = [float("nan") if end is None else float(end) for end in (bounds.low, bounds.high)]
        return ends[0], ends[1], float("nan")

    curves = []
    for name in [quantity] if quantity else known:
        curve = _curve(partial(result, name), _DEPENDS[known[name]], default, options)
        curve.attrs.update(quantity=name, kind=known[name])
        curves.append(curve)
    return max(curves, key=len)


def _curve(
    result: Callable[[Choices], tuple[float, float, float]],
    depends: Sequence[str],
    default: Choices,
    options: Mapping[str, Sequence[Any]],
) -> pd.DataFrame:
    def differ(name: str) -> bool:
        given = options.get(name, (getattr(default, name),))
        found = {str(result(replace(default, **{name: option}))) for option in given}
        return len(found) > 1

    mattering = [name for name in depends if differ(name)]
    rows = []
    for one in _combinations({name: options[name] for name in mattering}):
        low, high, value = result(replace(default, **one))
        is_default = all(getattr(default, name) == option for name, option in one.items())
        rows.append({**one, "low": low, "high": high, "value": value, "default": is_default})
    frame = pd.DataFrame(rows)
    frame.attrs["choices"] = mattering
    return frame


def _combinations(options: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    known = asdict(DEFAULT_CHOICES)
    for name in options:
        if name not in known:
            raise UsageError(choices("choice", name, list(known)))
    for values in product(*options.values()):
        yield dict(zip(options, values, strict=True))
