"""Exact bounds of a number: interval arithmetic over rationals, and what a rounding rule allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from pingan_lib.errors import NumberError, UsageError, choices

Rational: TypeAlias = int | Fraction
# An end of an interval: a rational or a float infinity, and whether the interval reaches it.
_End: TypeAlias = tuple[Fraction | float, bool]

_INFINITY = float("inf")

# What each rule allows around a printed number: both ends, in halves of its last digit so that GRIM can stay
# in whole numbers, and whether each end belongs to it.
_HALF_STEPS: dict[str, tuple[int, int, bool, bool]] = {
    # A tie may have gone either way: the writer's habit is unknown.
    "nearest": (-1, 1, True, True),
    # Ties away from zero, as spreadsheets do.
    "half_up": (-1, 1, True, False),
    # Ties to the even digit, as Python and R do: an odd digit loses both ties.
    "half_even": (-1, 1, True, True),
    # Digits cut off, never rounded.
    "truncate": (0, 2, True, False),
    # Rounded, cut off or rounded up: less than one step to either side.
    "any": (-2, 2, False, False),
}
ROUNDING_RULES: tuple[str, ...] = tuple(_HALF_STEPS)


def half_steps(rounding: str, digit: int) -> tuple[int, int, bool, bool]:
    """What a rounding rule allows around a printed number, in halves of its last digit.

    Parameters
    ----------
    rounding : {"nearest", "half_up", "half_even", "truncate", "any"}
        The rule. The names follow scrutiny's `up_or_down`, `up`, `even`, `trunc` and `ceiling_or_floor`.
    digit : int
        The printed number in units of its last digit, not negative: "half_even" looks whether it is even.

    Returns
    -------
    tuple of (int, int, bool, bool)
        Lower and upper offset in half steps, and whether each end is allowed.

    Raises
    ------
    UsageError
        There is no such rule.
    """
    if rounding not in _HALF_STEPS:
        raise UsageError(choices("rounding rule", rounding, ROUNDING_RULES))
    low, high, low_closed, high_closed = _HALF_STEPS[rounding]
    if rounding == "half_even" and digit % 2:
        low_closed = high_closed = False
    return low, high, low_closed, high_closed


def rounding_bounds(value: Rational, step: Rational, rounding: str = "nearest") -> Bounds:
    """The bounds of a true value that was printed as `value`.

    Parameters
    ----------
    value : int or Fraction
        The printed number, not negative; the bounds of a negative one are `-rounding_bounds(-value, ...)`.
    step : int or Fraction
        What its last printed digit is worth: 1/100 for 95.97.
    rounding : {"nearest", "half_up", "half_even", "truncate", "any"}
        The rule by which it was printed. "nearest" is the default because it is what most writers do, and it
        excludes nothing that "half_up" and "half_even" allow.

    Returns
    -------
    Bounds

    Raises
    ------
    UsageError
        There is no such rule.
    """
    value, half = Fraction(value), Fraction(step) / 2
    low, high, low_closed, high_closed = half_steps(rounding, int(value / step))
    return Bounds(value + low * half, value + high * half, low_closed, high_closed)


@dataclass(frozen=True)
class Bounds:
    """All values between two ends, in exact arithmetic.

    `+`, `-`, `*` and `/` take another `Bounds` or a rational and give the bounds of every result that is
    possible, the operands being free of each other (Moore, Kearfott and Cloud 2009, chapter 2); an end of a
    result is closed where it can be reached. `x in bounds` tells whether a value is allowed.

    Attributes
    ----------
    low, high : Fraction or None
        The ends; None where there is no end.
    low_closed, high_closed : bool
        Whether the end itself is allowed; False where there is none.

    Raises
    ------
    NumberError
        The ends contradict each other, so that nothing lies between them.
    """

    low: Fraction | None
    high: Fraction | None
    low_closed: bool = True
    high_closed: bool = True

    def __post_init__(self) -> None:
        for end, closed in (("low", "low_closed"), ("high", "high_closed")):
            value = getattr(self, end)
            if value is None:
                object.__setattr__(self, closed, False)
            elif isinstance(value, int):
                object.__setattr__(self, end, Fraction(value))
            elif not isinstance(value, Fraction):
                raise NumberError(
                    f"Bounds are exact: {value!r} is a {type(value).__name__}. Give an int or a Fraction."
                )
        if self.low is None or self.high is None:
            return
        if self.low > self.high or (self.low == self.high and not (self.low_closed and self.high_closed)):
            raise NumberError(
                f"The bounds contradict each other: nothing lies in {self}. Check which end is the lower."
            )

    @classmethod
    def of(cls, value: Bounds | Rational) -> Bounds:
        """`value` itself if it is bounds already, else the bounds that allow this one number."""
        return value if isinstance(value, Bounds) else cls(Fraction(value), Fraction(value))

    @property
    def exact(self) -> bool:
        """Whether one value only is allowed."""
        return self.low is not None and self.low == self.high

    def __contains__(self, value: Rational) -> bool:
        return self.overlaps(Bounds.of(value))

    def overlaps(self, other: Bounds) -> bool:
        """Whether some value is allowed by both."""
        return not (self.below(other) or other.below(self))

    def below(self, other: Bounds) -> bool:
        """Whether every value allowed here is less than every value allowed by `other`."""
        if self.high is None or other.low is None:
            return False
        return self.high < other.low or (
            self.high == other.low and not (self.high_closed and other.low_closed)
        )

    def within(self, other: Bounds) -> bool:
        """Whether every value allowed here is allowed by `other`."""
        return self.hull(other) == other

    def hull(self, other: Bounds) -> Bounds:
        """The narrowest bounds that allow whatever one of the two allows."""
        return _enclose([self._ends()[0], other._ends()[0]], [self._ends()[1], other._ends()[1]])

    def meet(self, other: Bounds) -> Bounds:
        """The bounds that allow what both allow; a NumberError where nothing is left."""
        (low, low_closed), _ = max(
            (self._ends(), other._ends()), key=lambda ends: (ends[0][0], not ends[0][1])
        )
        _, (high, high_closed) = min((self._ends(), other._ends()), key=lambda ends: ends[1])
        return Bounds(_finite(low), _finite(high), low_closed, high_closed)

    def _ends(self) -> tuple[_End, _End]:
        low = -_INFINITY if self.low is None else self.low
        high = _INFINITY if self.high is None else self.high
        return (low, self.low_closed), (high, self.high_closed)

    def _combine(self, other: Bounds | Rational, rule: Callable[[_End, _End], _End]) -> Bounds:
        results = [rule(a, b) for a in self._ends() for b in Bounds.of(other)._ends()]
        return _enclose(results, results)

    def __neg__(self) -> Bounds:
        return self * -1

    def __add__(self, other: Bounds | Rational) -> Bounds:
        (low, low_closed), (high, high_closed) = self._ends()
        (other_low, other_low_closed), (other_high, other_high_closed) = Bounds.of(other)._ends()
        return _enclose(
            [(low + other_low, low_closed and other_low_closed)],
            [(high + other_high, high_closed and other_high_closed)],
        )

    def __sub__(self, other: Bounds | Rational) -> Bounds:
        return self + -Bounds.of(other)

    def __mul__(self, other: Bounds | Rational) -> Bounds:
        return self._combine(other, _times)

    def __truediv__(self, other: Bounds | Rational) -> Bounds:
        return self * Bounds.of(other)._reciprocal()

    def __radd__(self, other: Rational) -> Bounds:
        return self + other

    def __rsub__(self, other: Rational) -> Bounds:
        return Bounds.of(other) - self

    def __rmul__(self, other: Rational) -> Bounds:
        return self * other

    def __rtruediv__(self, other: Rational) -> Bounds:
        return Bounds.of(other) / self

    def _reciprocal(self) -> Bounds:
        if 0 in self:
            raise NumberError(
                f"Division by {self}, which includes zero. Divide by a number that cannot be zero."
            )
        # An end that is zero is open here: beside it the quotient has no end.
        low = Fraction(0) if self.high is None else 1 / self.high if self.high else None
        high = Fraction(0) if self.low is None else 1 / self.low if self.low else None
        return Bounds(low, high, self.high_closed, self.low_closed)

    def __str__(self) -> str:
        if self.low is not None and self.exact:
            return decimal(self.low)
        left, right = "[" if self.low_closed else "(", "]" if self.high_closed else ")"
        low = "-∞" if self.low is None else decimal(self.low)
        high = "∞" if self.high is None else decimal(self.high)
        return f"{left}{low}, {high}{right}"


def decimal(value: Rational, places: int = 4) -> str:
    """A rational as a person writes it: whole, or with the decimals it has, at most `places` of them.

    Parameters
    ----------
    value : int or Fraction
    places : int
        Most decimals shown, rounded half to even beyond; 4 shows the bounds of a percentage with three
        decimals.

    Returns
    -------
    str
        "2620", "95.965", "66.6667".
    """
    text = fixed(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def fixed(value: Rational, places: int) -> str:
    """A rational with exactly `places` decimals, rounded half to even: "94.00"."""
    scaled = round(Fraction(value) * 10**places)
    whole, part = divmod(abs(scaled), 10**places)
    return ("-" if scaled < 0 else "") + (f"{whole}.{part:0{places}d}" if places else str(whole))


def _finite(value: Fraction | float) -> Fraction | None:
    return None if isinstance(value, float) else value


def _enclose(lows: list[_End], highs: list[_End]) -> Bounds:
    low, low_closed = min(lows, key=lambda end: (end[0], not end[1]))
    high, high_closed = max(highs, key=lambda end: end)
    return Bounds(_finite(low), _finite(high), low_closed, high_closed)


def _times(one: _End, other: _End) -> _End:
    if one[0] == 0 or other[0] == 0:
        # Zero times anything is zero, also where the other end is open or far.
        return Fraction(0), any(end == 0 and closed for end, closed in (one, other))
    return one[0] * other[0], one[1] and other[1]
