"""Evaluation of traced expressions at the point values: floats in coherent base units, one a year where needed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc import ops
from calc.engine.figures import Figure, NotIncluded, NoValue, Series, at_year
from calc.engine.render import expression_text
from calc.errors import CalcError
from calc.expression import Call, Expression, Name, Number, fold
from calc.text import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Figure", "NoValue", "NotIncluded", "Series", "evaluate_formula"]


class NotFiniteError(Exception):
    """An operation left the finite numbers.

    While an expression is evaluated it stands for the figure, since it may be in a branch that is not taken.
    """

    def __init__(self, expression: Expression, why: str) -> None:
        super().__init__(why)
        self.expression = expression
        self.why = why


def evaluate_formula(
    name: str,
    expression: Expression,
    figures: Mapping[str, Figure],
    shown: Mapping[str, str],
    years: Sequence[int] = (),
) -> Figure:
    """Evaluate one formula on point values.

    figures: every name the expression needs. shown: their texts, for the error. years: those of the scenario.
    Raises CalcError when a finite result does not exist, naming the formula and its inputs.
    """
    found = fold(expression, lambda node, args: _figure(node, args, figures, len(years)))
    values = found.values if isinstance(found, Series) else (found,)
    for at, each in enumerate(values):
        if isinstance(each, NotFiniteError):
            in_year = f" in {years[at]}" if isinstance(found, Series) else ""
            raise not_finite(name, expression, each.expression, f"{each.why}{in_year}", shown)
    left_out = [each for each in values if isinstance(each, NotIncluded)]
    return left_out[0] if len(left_out) == len(values) else found


def not_finite(name: str, whole: Expression, part: Expression, why: str, shown: Mapping[str, str]) -> CalcError:
    """Return the error for a formula whose result is no finite number."""
    values = ", ".join(f"{each} = {text}" for each, text in shown.items())
    message = f"`{name}` = {shorten(expression_text(whole), 200)} {why}"
    where = "" if part is whole else f" in {shorten(expression_text(part), 120)}"
    return CalcError("E-NOT-FINITE", f"{message}{where}", hint=f"its inputs are {values}" if values else None)


def absent(args: Sequence[object]) -> NoValue | NotIncluded | None:
    """Return why an operation has no figure: all that is not included goes before what has no value."""
    left_out = [name for each in args if isinstance(each, NotIncluded) for name in each.names]
    if left_out:
        return NotIncluded(tuple(dict.fromkeys(left_out)))
    return next((each for each in args if isinstance(each, NoValue)), None)


def _figure(node: Expression, args: list[Any], figures: Mapping[str, Figure], years: int) -> Any:
    """Return the figure of a node from those of its arguments; a NotFiniteError stands in for one that has none."""
    if isinstance(node, Name):
        return figures[node.name]
    if not isinstance(node, Call):
        return node.value if isinstance(node, Number) else node.factor
    over = ops.TABLE[node.op].years
    if over:
        found = _over_years(node, [[at_year(each, year) for year in range(years)] for each in args])
        return found if over == "one" or isinstance(found, Series) else Series((found,) * years)
    if any(isinstance(each, Series) for each in args):
        return Series(tuple(_single(node, [at_year(each, year) for each in args]) for year in range(years)))
    return _single(node, args)


def _over_years(node: Call, columns: list[list[Any]]) -> Any:
    every = [each for column in columns for each in column]
    lost = _lost(every)
    missing = lost or absent(every)
    if missing is not None:
        return missing
    found = _attempt(node, columns)
    if found is None:
        return NoValue(ops.TABLE[node.op].no_value)
    return Series(tuple(found)) if isinstance(found, list) else found


def _single(node: Call, args: list[Any]) -> Any:
    if node.op == "where":
        test = args[0]
        return test if isinstance(test, NoValue | NotIncluded | NotFiniteError) else args[1 if test else 2]
    lost = _lost(args)
    if lost is not None:
        return lost
    if node.op in {"minimum", "maximum"}:
        args = [each for each in args if not isinstance(each, NotIncluded)] or args[:1]
        if len(args) == 1:
            return args[0]
    if node.op == "if_included":
        return args[1] if isinstance(args[0], NotIncluded) else args[0]
    missing = absent(args)
    if missing is not None:
        return missing
    if node.op == "divide_by_count" and args[1] == 0:
        return NoValue(f"{expression_text(node.args[1])} is 0")
    return _attempt(node, args)


def _lost(args: Sequence[object]) -> NotFiniteError | None:
    return next((each for each in args if isinstance(each, NotFiniteError)), None)


def _attempt(node: Call, args: Sequence[object]) -> Any:
    """Return what an operation gives: a float, a list of them, None for no value, or a NotFiniteError."""
    try:
        result = ops.TABLE[node.op].scalar(*args)
    except ZeroDivisionError:
        return NotFiniteError(node, "divides by zero")
    except OverflowError:
        return NotFiniteError(node, "overflows")
    except ValueError:
        return NotFiniteError(node, "has no real value")
    if result is None:
        return None
    found = result if isinstance(result, list) else [result]
    if any(isinstance(each, complex) for each in found):
        return NotFiniteError(node, "has no real value")
    if not all(math.isfinite(each) for each in found):
        return NotFiniteError(node, "overflows")
    return result if isinstance(result, list) else float(result)
