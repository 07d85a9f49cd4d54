"""Work that several runs share, done once: what pure functions return, kept in a folder for as long as a sweep runs."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
from collections.abc import Callable
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from joblib.memory import MemorizedFunc

P = ParamSpec("P")
T = TypeVar("T")

# Names the folder, in the environment of a kernel; without it nothing is kept.
SHARED = "PINGAN_SHARED"


def shared(function: Callable[P, T]) -> Callable[P, T]:
    """Keep what a function returns for the other runs of a sweep.

    The function must depend on nothing but its arguments, and nobody may change what it returns in place. An argument
    with a `fingerprint` counts as that; the others count as what pickle writes of them. Where they hold something that
    a notebook defined itself, nothing is kept: another notebook may give the same name to something else.

    Parameters
    ----------
    function : callable

    Returns
    -------
    callable
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def once(*args: P.args, **kwargs: P.kwargs) -> T:
        folder = os.environ.get(SHARED)
        if not folder:
            return function(*args, **kwargs)
        key = (name, [_told(each) for each in args], {word: _told(each) for word, each in kwargs.items()})
        try:
            told = _pickled(key)
            if b"__main__" in told:
                return function(*args, **kwargs)
        except (pickle.PicklingError, AttributeError, TypeError, ValueError):
            return function(*args, **kwargs)
        result: T = _keeper(folder)(hashlib.sha256(told).hexdigest(), lambda: function(*args, **kwargs))
        return result

    return once


def _told(argument: Any) -> Any:
    return getattr(argument, "fingerprint", argument)


def _pickled(key: Any) -> bytes:
    """Write a key as pickle does, but each value anew: equal keys give equal bytes, whoever else holds their parts."""
    written = io.BytesIO()
    pickler = pickle.Pickler(written)
    pickler.fast = True
    pickler.dump(key)
    return written.getvalue()


def _done(key: Any, work: Callable[[], Any]) -> Any:
    return work()


@cache
def _keeper(folder: str) -> MemorizedFunc:
    """Joblib's cache, which several processes may read and write at the same time."""
    from joblib import Memory

    return Memory(folder, verbose=0).cache(_done, ignore=["work"])
