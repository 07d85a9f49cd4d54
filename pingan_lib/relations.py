"""What is said to hold between reported figures, tested with interval arithmetic."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from fractions import Fraction
from itertools import islice
from typing import Any

from pingan_lib.bounds import Bounds
from pingan_lib.errors import NumberError, UsageError, choices
from pingan_lib.findings import Finding, shown, untestable_total
from pingan_lib.formulas import evaluate, formula_names, read_formula, require_share
from pingan_lib.granularity import fitting_pairs, whole_ends

RELATION_KINDS = ("equals", "share_of", "at_most", "context")
_SHARE = Bounds(Fraction(0), Fraction(100))


def check_relation(
    kind: str, result: Bounds | None, formula: str, bounds: Mapping[str, Bounds | None]
) -> Finding:
    """Test what is said to hold between reported figures, with interval arithmetic.

    Parameters
    ----------
    kind : {"equals", "share_of", "at_most", "context"}
        "equals": the result is the formula's. "share_of": the result is a percentage, and the formula is
        `part / total`, or `total` alone where the part is not reported: then a whole part must exist (GRIM).
        "at_most": the result does not exceed the formula's. "context": nothing is implied, nothing is tested.
    result : Bounds or None
        The bounds of the reported result; None where the figure has no number.
    formula : str
        As in `pingan_lib.formulas.read_formula`.
    bounds : mapping of str to Bounds or None
        The bounds of every figure by its id.

    Returns
    -------
    Finding
        Consistent wherever the bounds leave it possible; not testable also for a figure without a number, a
        division by bounds that include zero, or a percentage outside 0 to 100 offered as a share.

    Raises
    ------
    NumberError
        The formula cannot be read, names an unknown figure, or is no share where one is said to be.
    UsageError
        There is no such kind of relation.
    """
    if kind not in RELATION_KINDS:
        raise UsageError(choices("kind of relation", kind, RELATION_KINDS))
    names = formula_names(formula)
    if kind == "share_of":
        require_share(formula)
    known = {name: value for name, value in bounds.items() if value is not None}
    for name in names:
        if name not in bounds:
            raise NumberError(f"In the formula {formula!r}: {choices('figure', name, sorted(bounds))}")
    if kind == "context":
        return Finding("not_testable", "forensics.context", {})
    missing = tuple(name for name in names if name not in known)
    if missing or result is None:
        return Finding("not_testable", "forensics.no_bounds", {"missing": missing or (formula,)})
    try:
        computed = evaluate(formula, known)
    except NumberError:
        return Finding("not_testable", "forensics.undefined", {"formula": formula})
    if kind == "share_of":
        return _check_share(result, formula, computed)
    values = {"formula": formula, "computed": computed, "result": result}
    possible = not computed.below(result) if kind == "at_most" else computed.overlaps(result)
    return _met(kind, possible, values)


def _check_share(result: Bounds, formula: str, computed: Bounds) -> Finding:
    values: dict[str, Any] = {"formula": formula, "computed": computed, "result": result}
    if not result.overlaps(_SHARE):
        return Finding("not_testable", "forensics.no_share", {"percent": str(result)})
    tree = read_formula(formula)
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Div):
        percent = computed * 100
        values["computed"] = percent
        if _SHARE.below(percent):
            return Finding("inconsistent", "forensics.part_exceeds_total", values)
        return _met("share", percent.overlaps(result), values)
    if refused := untestable_total(computed):
        return Finding("not_testable", refused, {"percent": str(result), "total": str(computed)})
    low, high = whole_ends(computed)
    assert high is not None  # a total without an upper end was refused
    fits = tuple(islice(fitting_pairs(result, (low, high)), 4))
    if not fits:
        return Finding("inconsistent", "forensics.total_fails", values)
    return Finding("consistent", "forensics.total_fits", values | {"counts": shown(fits)})


def _met(name: str, possible: bool, values: dict[str, Any]) -> Finding:
    if possible:
        return Finding("consistent", f"forensics.{name}_met", values)
    return Finding("inconsistent", f"forensics.{name}_missed", values)
