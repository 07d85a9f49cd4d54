"""A verdict on reported numbers, with a reason that can be worded in every language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pingan_lib.bounds import Bounds
from pingan_lib.errors import NumberError
from pingan_lib.granularity import whole_ends
from pingan_lib.words import Words

Verdict: TypeAlias = Literal["consistent", "inconsistent", "not_testable"]


@dataclass(frozen=True)
class Finding:
    """A verdict with its reason.

    Attributes
    ----------
    verdict : {"consistent", "inconsistent", "not_testable"}
    reason_key : str
        The key of the reason's sentence, "forensics.fits".
    values : dict
        What fills the sentence's placeholders: `Words("zh").say(finding.reason_key, **finding.values)`.
    """

    verdict: Verdict
    reason_key: str
    values: dict[str, Any]

    @property
    def reason(self) -> str:
        """The reason as an English sentence."""
        return Words("en").say(self.reason_key, **self.values)


def shown(fractions: tuple[tuple[int, int], ...]) -> tuple[str, ...]:
    """The first of some counts and totals, as a reader sees them: "2620/2730"."""
    texts = tuple(f"{count}/{total}" for count, total in fractions[:4])
    return texts if len(texts) < 4 else (*texts[:3], "…")


def untestable_total(total: Bounds) -> str | None:
    """The key of the reason why shares of a total cannot be tested; None if they can."""
    if total.high is None:
        return "forensics.total_unbounded"
    if total.high <= 0:
        return "forensics.total_zero"
    try:
        whole_ends(total)
    except NumberError:
        return "forensics.total_not_whole"
    return None
