"""What a warm parent has in memory for the runs of one project."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pingan_lib.corpus import keep_corpus
from pingan_lib.errors import PinganError


def warm_up(root: Path) -> None:
    """Load the corpus of a project, for the first `load_corpus` of each child."""
    with suppress(PinganError):  # the notebook will say it
        keep_corpus(root)
