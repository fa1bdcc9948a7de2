"""Evaluation of traced expressions at the point values: floats in coherent base units, one a year where needed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc import ops
from calc.engine.figures import Figure, NotIncluded, NoValue, Series, Single, at_year
from calc.engine.render import expression_text
from calc.errors import CalcError
from calc.expression import Call, Expression, Name, Number, UnitOf
from calc.text import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Figure", "NoValue", "NotIncluded", "Series", "evaluate_formula"]


class NotFiniteError(Exception):
    """An operation left the finite numbers."""

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
    points = _Points(figures, len(years))
    if not points.is_yearly(expression):
        return points.guarded(name, expression, 0, shown, "")
    values = [points.guarded(name, expression, at, shown, f" in {year}") for at, year in enumerate(years)]
    left_out = [each for each in values if isinstance(each, NotIncluded)]
    return left_out[0] if len(left_out) == len(values) else Series(tuple(values))


def not_finite(name: str, whole: Expression, part: Expression, why: str, shown: Mapping[str, str]) -> CalcError:
    """Return the error for a formula whose result is no finite number."""
    values = ", ".join(f"{each} = {text}" for each, text in shown.items())
    message = f"`{name}` = {shorten(expression_text(whole), 200)} {why}"
    where = "" if part == whole else f" in {shorten(expression_text(part), 120)}"
    return CalcError("E-NOT-FINITE", f"{message}{where}", hint=f"its inputs are {values}" if values else None)


def absent(args: Sequence[object]) -> NoValue | NotIncluded | None:
    """Return why an operation has no figure: all that is not included goes before what has no value."""
    left_out = [name for each in args if isinstance(each, NotIncluded) for name in each.names]
    if left_out:
        return NotIncluded(tuple(dict.fromkeys(left_out)))
    return next((each for each in args if isinstance(each, NoValue)), None)


class _Points:
    """An evaluation of one formula at the point values, year by year."""

    def __init__(self, figures: Mapping[str, Figure], years: int) -> None:
        self.figures = figures
        self.years = years
        # What looks at all years is computed once for all of them.
        self.done: dict[int, Figure] = {}

    def is_yearly(self, node: Expression) -> bool:
        """Tell whether the expression has a value of its own in every year."""
        if isinstance(node, Name):
            return isinstance(self.figures[node.name], Series)
        if not isinstance(node, Call):
            return False
        over = ops.TABLE[node.op].years
        return over == "series" or (over != "one" and any(self.is_yearly(each) for each in node.args))

    def guarded(self, name: str, expression: Expression, year: int, shown: Mapping[str, str], in_year: str) -> Single:
        try:
            return self.figure(expression, year)
        except NotFiniteError as error:
            raise not_finite(name, expression, error.expression, f"{error.why}{in_year}", shown) from None

    def figure(self, node: Expression, year: int) -> Single:
        """Return the figure of an expression in one year."""
        if isinstance(node, Name):
            return at_year(self.figures[node.name], year)
        if isinstance(node, Number):
            return node.value
        if isinstance(node, UnitOf):
            return node.factor
        if ops.TABLE[node.op].years:
            if id(node) not in self.done:
                self.done[id(node)] = self._over_years(node)
            return at_year(self.done[id(node)], year)
        if node.op == "where":
            test = self.figure(node.args[0], year)
            chosen = node.args[1] if test else node.args[2]
            return test if isinstance(test, NoValue | NotIncluded) else self.figure(chosen, year)
        return _single(node, [self.figure(each, year) for each in node.args])

    def _over_years(self, node: Call) -> Figure:
        columns = [[self.figure(each, year) for year in range(self.years)] for each in node.args]
        missing = absent([each for column in columns for each in column])
        if missing is not None:
            return missing
        found = _attempt(node, columns)
        if found is None:
            return NoValue(ops.TABLE[node.op].no_value)
        return Series(tuple(found)) if isinstance(found, list) else float(found)


def _single(node: Call, args: list[Single]) -> Single:
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
    return float(_attempt(node, args))


def _attempt(node: Call, args: Sequence[object]) -> Any:
    """Return what an operation gives, or raise NotFiniteError."""
    try:
        result = ops.TABLE[node.op].scalar(*args)
    except ZeroDivisionError:
        raise NotFiniteError(node, "divides by zero") from None
    except OverflowError:
        raise NotFiniteError(node, "overflows") from None
    except ValueError:
        raise NotFiniteError(node, "has no real value") from None
    found = result if isinstance(result, list) else [] if result is None else [result]
    if any(isinstance(each, complex) for each in found):
        raise NotFiniteError(node, "has no real value")
    if not all(math.isfinite(each) for each in found):
        raise NotFiniteError(node, "overflows")
    return result
