"""Every operation that a formula's body may use, each with its numeric, unit, text and spreadsheet form, in one table.

Bodies call the functions at the end of this file (`ops.floor(x)`); the arithmetic operators go through the same table.
All of them take floats, float64 arrays and the symbols of the trace.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from calc import op_forms as forms
from calc.op_forms import TRUTH, UnitRefusalError
from calc.units.unit import RATIO, Dimension

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FUNCTIONS", "TABLE", "TRUTH", "Op", "UnitRefusalError"]


@dataclass(frozen=True, slots=True)
class Op:
    """One operation.

    scalar: float form; may raise ArithmeticError or ValueError.
    array: the same on float64 arrays; may leave NaN or infinity, which the evaluation finds.
    dimension: dimension of the result from those of the arguments, or UnitRefusalError.
    text, spreadsheet: templates over the arguments' texts.
    precedence: binding strength of the text form (larger binds tighter); function calls bind tightest.
    """

    name: str
    scalar: Callable[..., float]
    array: Callable[..., Any]
    dimension: Callable[[Any], Dimension]
    text: str
    spreadsheet: str
    precedence: int = 9


# The same snapping as forms.floor_snapped and forms.ceil_snapped, so that a spreadsheet and a run agree.
_SHEET_SNAP = "IF(ABS({0}-ROUND({0},0))<=MIN(1E-9*MAX(1,ABS(ROUND({0},0))),1E-6),ROUND({0},0),%s)"

TABLE: dict[str, Op] = {
    op.name: op
    for op in (
        Op("add", operator.add, operator.add, forms.same("a sum of"), "{0} + {1}", "({0}+{1})", 1),
        Op("subtract", operator.sub, operator.sub, forms.same("a difference of"), "{0} - {1}", "({0}-{1})", 1),
        Op("multiply", operator.mul, operator.mul, forms.product, "{0} * {1}", "({0}*{1})", 2),
        Op("divide", operator.truediv, operator.truediv, forms.quotient, "{0} / {1}", "({0}/{1})", 2),
        Op("divide_by_count", operator.truediv, forms.count_quotient, forms.quotient, "{0} / {1}", "({0}/{1})", 2),
        Op("negate", operator.neg, operator.neg, forms.first, "-{0}", "(-{0})", 3),
        # The dimension of a whole power depends on the exponent's value; the trace supplies it.
        Op("raise", operator.pow, operator.pow, forms.first, "{0} ** {1}", "({0}^{1})", 4),
        Op("less", operator.lt, forms.compare(operator.lt), forms.comparison, "{0} < {1}", "({0}<{1})", 0),
        Op("less_equal", operator.le, forms.compare(operator.le), forms.comparison, "{0} <= {1}", "({0}<={1})", 0),
        Op("greater", operator.gt, forms.compare(operator.gt), forms.comparison, "{0} > {1}", "({0}>{1})", 0),
        Op("greater_equal", operator.ge, forms.compare(operator.ge), forms.comparison, "{0} >= {1}", "({0}>={1})", 0),
        Op(
            "floor",
            forms.floor_snapped,
            lambda x: forms.snapped_array(x, "floor"),
            forms.countable("floor"),
            "floor({0})",
            _SHEET_SNAP % "INT({0})",
        ),
        Op(
            "ceil",
            forms.ceil_snapped,
            lambda x: forms.snapped_array(x, "ceil"),
            forms.countable("ceil"),
            "ceil({0})",
            _SHEET_SNAP % "-INT(-{0})",
        ),
        Op(
            "minimum",
            min,
            forms.numpy_function("minimum"),
            forms.same("the lesser of"),
            "minimum({0}, {1})",
            "MIN({0},{1})",
        ),
        Op(
            "maximum",
            max,
            forms.numpy_function("maximum"),
            forms.same("the greater of"),
            "maximum({0}, {1})",
            "MAX({0},{1})",
        ),
        Op(
            "clip",
            lambda x, low, high: min(max(x, low), high),
            forms.numpy_function("clip"),
            forms.same("a clip of"),
            "clip({0}, {1}, {2})",
            "MIN(MAX({0},{1}),{2})",
        ),
        Op(
            "where",
            lambda test, yes, no: yes if test else no,
            forms.where_array,
            forms.choice,
            "where({0}, {1}, {2})",
            "IF({0},{1},{2})",
        ),
        Op(
            "if_included",
            lambda x, _otherwise: x,
            lambda x, _otherwise: x,
            forms.same("a choice between"),
            "if_included({0}, {1})",
            "{0}",
        ),
        Op(
            "number",
            operator.truediv,
            operator.truediv,
            lambda _given: RATIO.dimension,
            'number({0}, "{1}")',
            "({0}/{1})",
        ),
        Op(
            "amount",
            operator.mul,
            operator.mul,
            # The trace supplies the dimension, which is the unit's.
            lambda _given: RATIO.dimension,
            'amount({0}, "{1}")',
            "({0}*{1})",
        ),
        Op("exp", math.exp, forms.numpy_function("exp"), forms.pure("exp"), "exp({0})", "EXP({0})"),
        Op("log", math.log, forms.numpy_function("log"), forms.pure("log"), "log({0})", "LN({0})"),
        Op("power", math.pow, forms.numpy_function("power"), forms.pure("power"), "power({0}, {1})", "POWER({0},{1})"),
        Op(
            "annuity", forms.annuity, forms.annuity_array, forms.pure("annuity"), "annuity({0}, {1})", "-PMT({0},{1},1)"
        ),
        Op(
            "compound",
            lambda rate, periods: math.pow(1.0 + rate, periods),
            lambda rate, periods: (1.0 + rate) ** periods,
            forms.pure("compound"),
            "compound({0}, {1})",
            "POWER(1+{0},{1})",
        ),
    )
}


# ---------------------------------------------------------------- what a formula's body may call


def _apply(op: str, *args: Any) -> float:
    for each in args:
        symbolic = getattr(each, "apply_op", None)
        if symbolic is not None:
            return cast("float", symbolic(op, args))
    entry = TABLE[op]
    if any(hasattr(each, "dtype") for each in args):
        return cast("float", entry.array(*args))
    return entry.scalar(*args)


def floor(x: float) -> float:
    """Round down, snapping to a whole number that is nearer than 1e-9 relative (at most 1e-6).

    Takes counts and ratios only: 18.0 kW / 4.5 kW is 4 also where floating point says 3.9999999999.
    """
    return _apply("floor", x)


def ceil(x: float) -> float:
    """Round up, snapping as `floor` does; takes counts and ratios only."""
    return _apply("ceil", x)


def minimum(x: float, y: float) -> float:
    """Return the lesser of two quantities; one that is not included sets no limit."""
    return _apply("minimum", x, y)


def maximum(x: float, y: float) -> float:
    """Return the greater of two quantities; one that is not included does not count."""
    return _apply("maximum", x, y)


def clip(x: float, low: float, high: float) -> float:
    """Return `x` kept between `low` and `high`."""
    return _apply("clip", x, low, high)


def where(condition: bool, yes: float, no: float) -> float:
    """Return `yes` where the comparison `condition` holds, else `no`; both have the same dimension."""
    return _apply("where", condition, yes, no)


def if_included(x: float, otherwise: float) -> float:
    """Return the optional quantity `x`, or `otherwise` when the scenario does not include it."""
    return _apply("if_included", x, otherwise)


def number(x: float, unit: str) -> float:
    """Return the pure number of `x` in the named unit, as in `ops.number(life, "year")`."""
    symbolic = getattr(x, "number_in", None)
    if symbolic is not None:
        return cast("float", symbolic(unit))
    return x / forms.PlainAmount(1, unit)


def amount(x: float, unit: str) -> float:
    """Return the amount of the pure number `x` in the named unit, as in `ops.amount(hours, "hour")`."""
    symbolic = getattr(x, "amount_in", None)
    if symbolic is not None:
        return cast("float", symbolic(unit))
    return forms.PlainAmount(x, unit) if isinstance(x, int | float) else cast("float", forms.in_base_units(x, unit))


def exp(x: float) -> float:
    """Return e to the power of the pure number `x`."""
    return _apply("exp", x)


def log(x: float) -> float:
    """Return the natural logarithm of the pure number `x`."""
    return _apply("log", x)


def power(x: float, exponent: float) -> float:
    """Return `x` to any power; both are pure numbers."""
    return _apply("power", x, exponent)


def annuity(rate: float, periods: float) -> float:
    """Return the payment per period that repays 1 over `periods` at `rate` a period (capital recovery factor).

    rate / (1 - (1 + rate) ** -periods), and 1 / periods at a rate of 0. Both are pure numbers.
    """
    return _apply("annuity", rate, periods)


def compound(rate: float, periods: float) -> float:
    """Return (1 + rate) ** periods; both are pure numbers."""
    return _apply("compound", rate, periods)


FUNCTIONS = (
    "amount",
    "annuity",
    "ceil",
    "clip",
    "compound",
    "exp",
    "floor",
    "if_included",
    "log",
    "maximum",
    "minimum",
    "number",
    "power",
    "where",
)
