"""A small, safe reader of formulas: ids, numbers, + - * / and parentheses, reckoned with bounds."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache

from pingan_lib.bounds import Bounds
from pingan_lib.errors import NumberError, choices

_OPERATIONS: dict[type[ast.operator], Callable[[Bounds, Bounds], Bounds]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
# Longer than any relation between a few figures, shorter than what could exhaust the parser.
_LONGEST = 500
_MEND = "Write ids, numbers, + - * / and parentheses only."


def read_formula(formula: str) -> ast.expr:
    """Parse a formula and refuse whatever is not arithmetic on names and numbers; nothing is ever executed.

    Parameters
    ----------
    formula : str
        "kl_solved / kl_disputes". + - * / and parentheses as in Python, names, and numbers such as 2 or 0.5.

    Returns
    -------
    ast.expr
        Made of `BinOp`, `Name` and `Constant` only; a `Constant` holds an exact `Fraction`. The same tree each time,
        which is not to be changed.

    Raises
    ------
    NumberError
        The formula is no formula, or holds something else.
    """
    if not isinstance(formula, str) or not formula.strip() or len(formula) > _LONGEST:
        raise NumberError(f"{str(formula)[:50]!r} is not a formula. {_MEND}")
    return _parsed(formula.strip())


@lru_cache(maxsize=1024)
def _parsed(text: str) -> ast.expr:
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise NumberError(f"The formula {text!r} cannot be read: {error.args[0]}. {_MEND}") from None
    parts = [tree]
    for part in parts:
        source = ast.get_source_segment(text, part) or ""
        if isinstance(part, ast.BinOp) and type(part.op) in _OPERATIONS:
            parts += [part.left, part.right]
        elif isinstance(part, ast.Constant) and _NUMBER.fullmatch(source):
            part.value = Fraction(source)  # type: ignore[assignment]  # exact, as 0.1 is not in binary
        elif not isinstance(part, ast.Name):
            raise NumberError(f"The formula {text!r} holds {source!r}, which is not allowed. {_MEND}")
    return tree


def formula_names(formula: str) -> tuple[str, ...]:
    """The ids that a formula uses, each once, as they first appear.

    Parameters
    ----------
    formula : str

    Returns
    -------
    tuple of str

    Raises
    ------
    NumberError
        As `read_formula`.
    """
    return _names(read_formula(formula))


@lru_cache(maxsize=1024)
def _names(tree: ast.expr) -> tuple[str, ...]:
    names = [part for part in ast.walk(tree) if isinstance(part, ast.Name)]
    return tuple(
        dict.fromkeys(name.id for name in sorted(names, key=lambda name: (name.lineno, name.col_offset)))
    )


def require_share(formula: str) -> None:
    """Refuse what is neither a part over its total nor a total alone: `part / total * 100` would be taken for a total.

    Raises
    ------
    NumberError
        As `read_formula`; or the formula multiplies, or divides elsewhere than between part and total.
    """
    tree = read_formula(formula)
    sides = (
        (tree.left, tree.right) if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Div) else (tree,)
    )
    for part in (part for side in sides for part in ast.walk(side)):
        if isinstance(part, ast.Mult | ast.Div):
            raise NumberError(
                f"The formula {formula.strip()!r} is no share. Write `part / total`, or `total` alone; percent is "
                "reckoned from it."
            )


def evaluate(formula: str, bounds: Mapping[str, Bounds]) -> Bounds:
    """The bounds of a formula's result, by interval arithmetic.

    A name that stands twice is taken as two free values, so `a / (a + b)` gets bounds that are true but wider
    than they need be (the dependency problem of interval arithmetic; Moore, Kearfott and Cloud 2009, chapter
    5).

    Parameters
    ----------
    formula : str
        As in `read_formula`.
    bounds : mapping of str to Bounds
        The bounds of each id.

    Returns
    -------
    Bounds

    Raises
    ------
    NumberError
        As `read_formula`; an id is unknown; or a division by bounds that include zero.
    """
    tree = read_formula(formula)
    for name in formula_names(formula):
        if name not in bounds:
            raise NumberError(f"In the formula {formula!r}: {choices('figure', name, sorted(bounds))}")
    return _reckon(tree, bounds)


def _reckon(part: ast.expr, bounds: Mapping[str, Bounds]) -> Bounds:
    if isinstance(part, ast.BinOp):
        return _OPERATIONS[type(part.op)](_reckon(part.left, bounds), _reckon(part.right, bounds))
    if isinstance(part, ast.Name):
        return bounds[part.id]
    assert isinstance(part, ast.Constant)  # read_formula lets nothing else pass
    return Bounds.of(part.value)  # type: ignore[arg-type]
