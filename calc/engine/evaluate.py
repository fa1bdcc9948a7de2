"""Evaluation of expressions formula by formula, with words for what goes wrong: at the point values and on samples.

At the point values they are floats in coherent base units, one a year where needed; samples are float64 arrays of shape
(samples, years), where the last axis has length 1 for a figure that is the same in every year, and NaN is no value.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from calc import ops
from calc.arrays import np
from calc.engine.figures import Figure, NotIncluded, NoValue, Series, absent, at_year
from calc.errors import CalcError
from calc.expression import Call, Expression, Name, Number, UnitOf, expression_text, fold
from calc.text import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from calc.arrays import Array, Truths

__all__ = ["Figure", "NoValue", "NotIncluded", "Series", "as_array", "evaluate_formula", "evaluate_samples"]


class NotFiniteError(Exception):
    """An operation left the finite numbers.

    While an expression is evaluated it stands for the figure, since it may be in a branch that is not taken.
    """

    def __init__(self, expression: Expression, why: str) -> None:
        super().__init__(why)
        self.expression = expression
        self.why = why


def _refusal(name: str, whole: Expression, found: NotFiniteError, where: str, shown: Mapping[str, str]) -> CalcError:
    """Return the error for a formula whose result is no finite number."""
    values = ", ".join(f"{each} = {text}" for each, text in shown.items())
    message = f"`{name}` = {shorten(expression_text(whole), 200)} {found.why}{where}"
    part = "" if found.expression is whole else f" in {shorten(expression_text(found.expression), 120)}"
    return CalcError("E-NOT-FINITE", f"{message}{part}", hint=f"its inputs are {values}" if values else None)


# ---------------------------------------------------------------- at the point values


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
            raise _refusal(name, expression, each, in_year, shown)
    left_out = [each for each in values if isinstance(each, NotIncluded)]
    return left_out[0] if len(left_out) == len(values) else found


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
    missing = _lost(every) or absent(every)
    return missing if missing is not None else _attempt(node, columns)


def _single(node: Call, args: list[Any]) -> Any:
    op = ops.TABLE[node.op]
    lost = None if op.is_choice else _lost(args)
    if lost is not None:
        return lost
    decided = op.settled([isinstance(each, NotIncluded) for each in args])
    if decided is not None:
        return args[decided]
    if op.is_choice:
        test = args[0]
        return test if isinstance(test, NoValue | NotFiniteError) else args[1 if test else 2]
    missing = absent(args)
    return missing if missing is not None else _attempt(node, args)


def _lost(args: Sequence[object]) -> NotFiniteError | None:
    return next((each for each in args if isinstance(each, NotFiniteError)), None)


def _attempt(node: Call, args: Sequence[object]) -> Any:
    """Return what an operation gives: a float, a Series, NoValue or a NotFiniteError."""
    op = ops.TABLE[node.op]
    try:
        result = op.scalar(*args)
    except ZeroDivisionError:
        return NotFiniteError(node, "divides by zero")
    except OverflowError:
        return NotFiniteError(node, "overflows")
    except ValueError:
        return NotFiniteError(node, "has no real value")
    if result is None:
        return NoValue(op.no_value.format(*map(_in_words, node.args)))
    found = result if isinstance(result, list) else [result]
    if not all(math.isfinite(each) for each in found):
        return NotFiniteError(node, "overflows")
    return Series(tuple(result)) if isinstance(result, list) else float(result)


def _in_words(node: Expression) -> str:
    """Return an argument for a reason, without the units that a formula changes it to and from."""
    while isinstance(node, Call) and isinstance(node.args[-1], UnitOf):
        node = node.args[0]
    if isinstance(node, Call) and node.op == "total":
        return f"{_in_words(node.args[0])} over all years"
    return expression_text(node)


# ---------------------------------------------------------------- on samples


def evaluate_samples(
    name: str, expression: Expression, figures: Mapping[str, Any], shown: Mapping[str, str], years: Sequence[int] = ()
) -> Any:
    """Evaluate one formula on samples.

    figures: for every name a figure, or a float64 array of shape (samples, 1) or (samples, years).
    Returns an array of such a shape, a number, or NotIncluded.
    Raises CalcError when any sample leaves the finite numbers.
    """
    with np.errstate(all="ignore"):
        found = fold(expression, lambda node, args: _samples(node, args, figures, len(years)))
    for _, error in found.lost:
        raise _refusal(name, expression, error, " in some samples", shown)
    return found.array


def as_array(figure: Figure) -> Any:
    """Return a figure as what samples are computed with: a number, or an array of shape (1, years)."""
    if isinstance(figure, Series):
        return np.array([[each if isinstance(each, float | int) else math.nan for each in figure.values]])
    return math.nan if isinstance(figure, NoValue) else figure


class _Found(NamedTuple):
    """What a node comes to: an array, a number or NotIncluded.

    lost: where it left the finite numbers, as booleans that broadcast against the array, and why; that matters only
    where the branch that it stands in is taken.
    """

    array: Any
    lost: tuple[tuple[Truths, NotFiniteError], ...] = ()


def _samples(node: Expression, args: list[_Found], figures: Mapping[str, Any], years: int) -> _Found:
    if isinstance(node, Name):
        return _Found(as_array(figures[node.name]))
    if not isinstance(node, Call):
        return _Found(node.value if isinstance(node, Number) else node.factor)
    op = ops.TABLE[node.op]
    arrays = [each.array for each in args]
    decided = op.settled([isinstance(each, NotIncluded) for each in arrays])
    if op.is_choice:
        return args[decided] if decided is not None else _chosen(op, *args)
    lost = tuple(each for found in args for each in found.lost)
    if decided is not None:
        return _Found(arrays[decided], lost)
    missing = absent(arrays)
    if missing is not None:
        return _Found(missing, lost)
    if op.years:
        # What is lost in one year is lost to what looks at all of them.
        lost = tuple((np.logical_or.reduce(where, axis=-1, keepdims=True), error) for where, error in lost)
    found, fresh = _operate(node, arrays, years)
    return _Found(found, (*lost, *fresh))


def _operate(node: Call, args: list[Any], years: int) -> tuple[Array, list[tuple[Truths, NotFiniteError]]]:
    """Return the result of an operation, and where it is not finite although its arguments are."""
    op = ops.TABLE[node.op]
    given = [np.asarray(each, dtype=float) for each in args]
    if op.years:
        given = [np.broadcast_to(each, (*(each.shape[:-1] or (1,)), years)) for each in given]
    result = op.array(*given)
    fresh = []
    infinite = np.isinf(result)
    if infinite.any():
        fresh.append((infinite, NotFiniteError(node, op.infinite)))
    lost = np.isnan(result)
    if lost.any() and not op.no_value:
        for each in given:
            lost = lost & ~(np.isnan(each).any(axis=-1, keepdims=True) if op.years else np.isnan(each))
        if lost.any():
            fresh.append((lost, NotFiniteError(node, "has no real value")))
    return result, [(np.atleast_1d(where), error) for where, error in fresh]


def _chosen(op: ops.Op, test: _Found, yes: _Found, no: _Found) -> _Found:
    """Choose sample by sample; what a branch does where it is not taken does not matter."""
    if np.ndim(test.array) == 0:
        if np.isnan(test.array):
            return _Found(math.nan, test.lost)
        chosen = yes if test.array else no
        return _Found(chosen.array, (*test.lost, *chosen.lost))
    lost = list(test.lost)
    for branch, number in ((yes, 1.0), (no, 0.0)):
        taken = ((where & (test.array == number), error) for where, error in branch.lost)
        lost += [(where, error) for where, error in taken if where.any()]
    # A sample whose branch is not included has no value; the share of such samples is reported.
    arrays = [math.nan if isinstance(each.array, NotIncluded) else each.array for each in (yes, no)]
    return _Found(op.array(test.array, *arrays), tuple(lost))
