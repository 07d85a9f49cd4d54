"""Work that several runs share: done once where a sweep names a folder, and never mixed up."""

from __future__ import annotations

from functools import partial

import pandas as pd
import pytest

from pingan_lib.shared import SHARED, shared

calls: list[tuple[object, ...]] = []


@shared
def total(frame: pd.DataFrame, column: str, *, times: int = 1) -> int:
    calls.append((column, times))
    return int(frame[column].sum()) * times


@shared
def applied(function, value):
    calls.append((value,))
    return function(value)


class Named:
    def __init__(self, fingerprint: str, value: int) -> None:
        self.fingerprint, self.value = fingerprint, value


@pytest.fixture(autouse=True)
def _no_calls():
    calls.clear()


FRAME = pd.DataFrame({"cases": [3, 4], "people": [5, 6]})


def test_without_a_folder_nothing_is_kept(monkeypatch):
    monkeypatch.delenv(SHARED, raising=False)
    assert [total(FRAME, "cases") for _ in range(2)] == [7, 7]
    assert calls == [("cases", 1)] * 2


def test_the_same_arguments_are_worked_out_once(monkeypatch, tmp_path):
    monkeypatch.setenv(SHARED, str(tmp_path))
    found = [total(FRAME.copy(), "cases", times=2), total(FRAME.copy(), "cases", times=2)]
    assert found == [14, 14]
    assert calls == [("cases", 2)]


@pytest.mark.parametrize(
    ("frame", "column", "times", "expected"),
    [
        (FRAME, "people", 1, 11),
        (FRAME, "cases", 3, 21),
        (FRAME.assign(cases=[3, 5]), "cases", 1, 8),
        (FRAME.assign(cases=[3.0, 4.0]), "cases", 1, 7),
    ],
)
def test_other_arguments_are_another_result(monkeypatch, tmp_path, frame, column, times, expected):
    monkeypatch.setenv(SHARED, str(tmp_path))
    assert total(FRAME, "cases") == 7
    assert total(frame, column, times=times) == expected
    assert len(calls) == 2


def test_a_fingerprint_stands_for_its_object(monkeypatch, tmp_path):
    monkeypatch.setenv(SHARED, str(tmp_path))
    assert applied(partial(max, 2), 1) == 2
    assert shared(_value)(Named("a", 1)) == shared(_value)(Named("a", 2)) == 1
    assert shared(_value)(Named("b", 2)) == 2


def _value(named: Named) -> int:
    return named.value


def test_what_a_notebook_defines_is_never_kept(monkeypatch, tmp_path):
    monkeypatch.setenv(SHARED, str(tmp_path))
    one, other = (lambda value, n=n: value + n for n in (1, 2))
    for function in (one, other):
        function.__module__, function.__qualname__ = "__main__", "mine"
    monkeypatch.setattr("__main__.mine", one, raising=False)
    assert applied(one, 1) == 2
    monkeypatch.setattr("__main__.mine", other)
    assert applied(other, 1) == 3


def test_equal_values_count_as_the_same_whoever_else_holds_them(monkeypatch, tmp_path):
    monkeypatch.setenv(SHARED, str(tmp_path))
    word = "平安"
    one_object, two_objects = [word, word], [word, "".join(["平", "安"])]
    frames = [pd.DataFrame({"word": found}, dtype=object) for found in (one_object, two_objects)]
    assert [joined(frame) for frame in frames] == ["平安平安"] * 2
    assert calls == [("joined",)]


@shared
def joined(frame: pd.DataFrame) -> str:
    calls.append(("joined",))
    return "".join(frame["word"])
