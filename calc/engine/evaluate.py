"""Evaluation of traced expressions on raw float64 in coherent base units: plain floats, or arrays of samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calc import ops
from calc.engine.render import expression_text
from calc.errors import CalcError
from calc.expression import Call, Expression, Name, Number, UnitOf
from calc.text import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class NoValue:
    """A figure that does not exist in reality, such as the cabinets for servers that fit into none."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotIncluded:
    """A figure left out because optional inputs were not given; `names` are those inputs."""

    names: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Return why there is no figure."""
        listed = " and ".join(f"`{name}`" for name in self.names)
        return f"not included: {listed} {'is' if len(self.names) == 1 else 'are'} not given"


Figure = float | NoValue | NotIncluded


class _NotFiniteError(Exception):
    """An operation left the finite numbers."""

    def __init__(self, expression: Expression, why: str) -> None:
        super().__init__(why)
        self.expression = expression
        self.why = why


def evaluate_formula(
    name: str, expression: Expression, figures: Mapping[str, Figure], shown: Mapping[str, str]
) -> Figure:
    """Evaluate one formula on point values.

    figures: every name the expression needs. shown: their texts, for the error.
    Raises CalcError when a finite result does not exist, naming the formula and its inputs.
    """
    try:
        return _figure(expression, figures)
    except _NotFiniteError as error:
        raise not_finite(name, expression, error.expression, error.why, shown) from None


def not_finite(name: str, whole: Expression, part: Expression, why: str, shown: Mapping[str, str]) -> CalcError:
    """Return the error for a formula whose result is no finite number."""
    values = ", ".join(f"{each} = {text}" for each, text in shown.items())
    message = f"`{name}` = {shorten(expression_text(whole), 200)} {why}"
    where = "" if part == whole else f" in {shorten(expression_text(part), 120)}"
    return CalcError("E-NOT-FINITE", f"{message}{where}", hint=f"its inputs are {values}" if values else None)


def _figure(node: Expression, figures: Mapping[str, Figure]) -> Figure:
    if isinstance(node, Name):
        return figures[node.name]
    if isinstance(node, Number):
        return node.value
    if isinstance(node, UnitOf):
        return node.factor
    if node.op == "where":
        return _where(node, figures)
    args = [_figure(each, figures) for each in node.args]
    if node.op in {"minimum", "maximum"}:
        args = [each for each in args if not isinstance(each, NotIncluded)] or args[:1]
        if len(args) == 1:
            return args[0]
    if node.op == "if_included":
        return args[1] if isinstance(args[0], NotIncluded) else args[0]
    absent = _absent(args)
    if absent is not None:
        return absent
    numbers = [each for each in args if isinstance(each, float | int)]
    if node.op == "divide_by_count" and numbers[1] == 0:
        return NoValue(f"{expression_text(node.args[1])} is 0")
    return _operate(node, numbers)


def _absent(args: Sequence[object]) -> NoValue | NotIncluded | None:
    """Return why an operation has no figure: all that is not included goes before what has no value."""
    left_out = [name for each in args if isinstance(each, NotIncluded) for name in each.names]
    if left_out:
        return NotIncluded(tuple(dict.fromkeys(left_out)))
    return next((each for each in args if isinstance(each, NoValue)), None)


def _where(node: Call, figures: Mapping[str, Figure]) -> Figure:
    test = _figure(node.args[0], figures)
    if isinstance(test, NoValue | NotIncluded):
        return test
    return _figure(node.args[1] if test else node.args[2], figures)


def _operate(node: Call, numbers: list[float]) -> float:
    try:
        result = ops.TABLE[node.op].scalar(*numbers)
    except ZeroDivisionError:
        raise _NotFiniteError(node, "divides by zero") from None
    except OverflowError:
        raise _NotFiniteError(node, "overflows") from None
    except ValueError:
        raise _NotFiniteError(node, "has no real value") from None
    if isinstance(result, complex):
        raise _NotFiniteError(node, "has no real value")
    if not math.isfinite(result):
        raise _NotFiniteError(node, "overflows")
    return result


def evaluate_samples(name: str, expression: Expression, figures: Mapping[str, Any], shown: Mapping[str, str]) -> Any:
    """Evaluate one formula on samples.

    figures: a figure, or a float64 array of shape (samples,), for every name. A sample without value is NaN.
    Raises CalcError when any sample leaves the finite numbers.
    """
    import numpy as np

    try:
        with np.errstate(all="ignore"):
            return _array(expression, figures, None)
    except _NotFiniteError as error:
        raise not_finite(name, expression, error.expression, f"{error.why} in some samples", shown) from None


def _array(node: Expression, figures: Mapping[str, Any], rows: Any) -> Any:
    """Evaluate on the samples that `rows` selects (None for all)."""
    import numpy as np

    if isinstance(node, Name):
        value = figures[node.name]
        if isinstance(value, NoValue):
            return math.nan
        return value[rows] if rows is not None and isinstance(value, np.ndarray) else value
    if not isinstance(node, Call):
        return _figure(node, {})
    if node.op == "where":
        return _where_array(node, figures, rows)
    args = [_array(each, figures, rows) for each in node.args]
    if node.op in {"minimum", "maximum"}:
        args = [each for each in args if not isinstance(each, NotIncluded)] or args[:1]
        if len(args) == 1:
            return args[0]
    if node.op == "if_included":
        return args[1] if isinstance(args[0], NotIncluded) else args[0]
    absent = _absent(args)
    if absent is not None:
        return absent
    return _operate_array(node, args)


def _operate_array(node: Call, args: list[Any]) -> Any:
    import numpy as np

    result = ops.TABLE[node.op].array(*(np.asarray(each, dtype=float) for each in args))
    if np.isinf(result).any():
        divides = node.op == "divide"
        raise _NotFiniteError(node, "divides by zero" if divides else "overflows")
    lost = np.isnan(result)
    if lost.any() and node.op != "divide_by_count":
        for each in args:
            lost = lost & ~np.isnan(each)
        if lost.any():
            raise _NotFiniteError(node, "has no real value")
    return result


def _where_array(node: Call, figures: Mapping[str, Any], rows: Any) -> Any:
    """Evaluate each branch only on the samples that take it, as plain floats do."""
    import numpy as np

    test = _array(node.args[0], figures, rows)
    if isinstance(test, NotIncluded):
        return test
    if np.ndim(test) == 0:
        return math.nan if np.isnan(test) else _array(node.args[1] if test else node.args[2], figures, rows)
    index = np.arange(len(test)) if rows is None else rows
    result = np.full(len(test), np.nan)
    for branch, chosen in ((node.args[1], test == 1.0), (node.args[2], test == 0.0)):
        if chosen.any():
            value = _array(branch, figures, index[chosen])
            # A sample whose branch is not included has no value; the share of such samples is reported.
            result[chosen] = math.nan if isinstance(value, NotIncluded) else value
    return result
