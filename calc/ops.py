"""Every operation that a formula's body may use, each with its numeric, unit, text and spreadsheet form, in one table.

Bodies call the functions at the end of this file (`ops.floor(x)`); the arithmetic operators go through the same table.
All of them take floats, float64 arrays and the symbols of the trace.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from calc.units.unit import RATIO, Dimension

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TRUTH = Dimension((("truth", 1),))

_SNAP_RELATIVE = 1e-9
_SNAP_ABSOLUTE = 1e-6


class UnitRefusal(Exception):
    """An operation that the units of its arguments do not allow."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Op:
    """One operation.

    scalar: float form; may raise ArithmeticError or ValueError.
    array: the same on float64 arrays; may leave NaN or infinity, which the evaluation finds.
    dimension: dimension of the result from those of the arguments, or UnitRefusal.
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


# ---------------------------------------------------------------- numeric forms


def _snap_tolerance(nearest: float) -> float:
    return min(_SNAP_RELATIVE * max(1.0, abs(nearest)), _SNAP_ABSOLUTE)


def _floor(x: float) -> float:
    nearest = float(round(x))
    return nearest if abs(x - nearest) <= _snap_tolerance(nearest) else float(math.floor(x))


def _ceil(x: float) -> float:
    nearest = float(round(x))
    return nearest if abs(x - nearest) <= _snap_tolerance(nearest) else float(math.ceil(x))


def _snapped_array(x: Any, rounding: str) -> Any:
    import numpy as np

    nearest = np.rint(x)
    tolerance = np.minimum(_SNAP_RELATIVE * np.maximum(1.0, np.abs(nearest)), _SNAP_ABSOLUTE)
    return np.where(np.abs(x - nearest) <= tolerance, nearest, getattr(np, rounding)(x))


def _numpy(name: str) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        import numpy as np

        return getattr(np, name)(*args)

    return call


def _count_quotient(above: Any, below: Any) -> Any:
    """Divide arrays; where the count below is 0 there is no value, which arrays show as NaN."""
    import numpy as np

    none = np.equal(below, 0.0)
    return np.where(none, np.nan, above / np.where(none, 1.0, below))


def _compare(test: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def call(left: Any, right: Any) -> Any:
        import numpy as np

        known = ~(np.isnan(left) | np.isnan(right))
        return np.where(known, np.asarray(test(left, right), dtype=float), np.nan)

    return call


def _where_array(condition: Any, yes: Any, no: Any) -> Any:
    import numpy as np

    return np.where(np.isnan(condition), np.nan, np.where(condition == 1.0, yes, no))


def _annuity(rate: float, periods: float) -> float:
    return 1.0 / periods if rate == 0 else -rate / math.expm1(-periods * math.log1p(rate))


def _annuity_array(rate: Any, periods: Any) -> Any:
    import numpy as np

    safe = np.where(np.equal(rate, 0.0), 1.0, rate)
    return np.where(np.equal(rate, 0.0), 1.0 / periods, -safe / np.expm1(-periods * np.log1p(safe)))


# ---------------------------------------------------------------- unit forms


def _known(dimension: Dimension | None) -> Dimension:
    return RATIO.dimension if dimension is None else dimension


def _same(what: str) -> Callable[[Sequence[Dimension | None]], Dimension]:
    def rule(given: Sequence[Dimension | None]) -> Dimension:
        known = [each for each in given if each is not None]
        for each in known[1:]:
            if each != known[0]:
                raise UnitRefusal(
                    f"{what} {known[0].describe()} and {each.describe()}",
                    "both sides need the same dimension",
                )
        return known[0] if known else RATIO.dimension

    return rule


def _countable(verb: str) -> Callable[[Sequence[Dimension | None]], Dimension]:
    def rule(given: Sequence[Dimension | None]) -> Dimension:
        dimension = _known(given[0])
        if not dimension.is_count:
            raise UnitRefusal(
                f"{verb} rounds {dimension.describe()}, whose whole numbers depend on the unit",
                "round counts and ratios only; divide by what one thing needs first",
            )
        return dimension

    return rule


def _pure(function: str) -> Callable[[Sequence[Dimension | None]], Dimension]:
    def rule(given: Sequence[Dimension | None]) -> Dimension:
        for each in given:
            if each is not None and not each.is_ratio:
                raise UnitRefusal(
                    f"{function} takes pure numbers, not {each.describe()}",
                    'take the pure number in a named unit first, as in ops.number(x, "year")',
                )
        return RATIO.dimension

    return rule


def _comparison(given: Sequence[Dimension | None]) -> Dimension:
    _same("a comparison of")(given)
    return TRUTH


def _choice(given: Sequence[Dimension | None]) -> Dimension:
    if given[0] != TRUTH:
        raise UnitRefusal("the first argument of where is not a comparison", "as in ops.where(a < b, x, y)")
    return _same("a choice between")(given[1:])


def _product(given: Sequence[Dimension | None]) -> Dimension:
    return _known(given[0]) * _known(given[1])


def _quotient(given: Sequence[Dimension | None]) -> Dimension:
    return _known(given[0]) / _known(given[1])


def _first(given: Sequence[Dimension | None]) -> Dimension:
    return _known(given[0])


# The same snapping as _floor and _ceil, so that a spreadsheet and a run agree.
_SHEET_SNAP = "IF(ABS({0}-ROUND({0},0))<=MIN(1E-9*MAX(1,ABS(ROUND({0},0))),1E-6),ROUND({0},0),%s)"

TABLE: dict[str, Op] = {
    op.name: op
    for op in (
        Op("add", operator.add, operator.add, _same("a sum of"), "{0} + {1}", "({0}+{1})", 1),
        Op("subtract", operator.sub, operator.sub, _same("a difference of"), "{0} - {1}", "({0}-{1})", 1),
        Op("multiply", operator.mul, operator.mul, _product, "{0} * {1}", "({0}*{1})", 2),
        Op("divide", operator.truediv, operator.truediv, _quotient, "{0} / {1}", "({0}/{1})", 2),
        Op("divide_by_count", operator.truediv, _count_quotient, _quotient, "{0} / {1}", "({0}/{1})", 2),
        Op("negate", operator.neg, operator.neg, _first, "-{0}", "(-{0})", 3),
        # The dimension of a whole power depends on the exponent's value; the trace supplies it.
        Op("raise", operator.pow, operator.pow, _first, "{0} ** {1}", "({0}^{1})", 4),
        Op("less", operator.lt, _compare(operator.lt), _comparison, "{0} < {1}", "({0}<{1})", 0),
        Op("less_equal", operator.le, _compare(operator.le), _comparison, "{0} <= {1}", "({0}<={1})", 0),
        Op("greater", operator.gt, _compare(operator.gt), _comparison, "{0} > {1}", "({0}>{1})", 0),
        Op("greater_equal", operator.ge, _compare(operator.ge), _comparison, "{0} >= {1}", "({0}>={1})", 0),
        Op(
            "floor",
            _floor,
            lambda x: _snapped_array(x, "floor"),
            _countable("floor"),
            "floor({0})",
            _SHEET_SNAP % "INT({0})",
        ),
        Op(
            "ceil",
            _ceil,
            lambda x: _snapped_array(x, "ceil"),
            _countable("ceil"),
            "ceil({0})",
            _SHEET_SNAP % "-INT(-{0})",
        ),
        Op("minimum", min, _numpy("minimum"), _same("the lesser of"), "minimum({0}, {1})", "MIN({0},{1})"),
        Op("maximum", max, _numpy("maximum"), _same("the greater of"), "maximum({0}, {1})", "MAX({0},{1})"),
        Op(
            "clip",
            lambda x, low, high: min(max(x, low), high),
            _numpy("clip"),
            _same("a clip of"),
            "clip({0}, {1}, {2})",
            "MIN(MAX({0},{1}),{2})",
        ),
        Op(
            "where",
            lambda test, yes, no: yes if test else no,
            _where_array,
            _choice,
            "where({0}, {1}, {2})",
            "IF({0},{1},{2})",
        ),
        Op(
            "if_included",
            lambda x, _otherwise: x,
            lambda x, _otherwise: x,
            _same("a choice between"),
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
        Op("exp", math.exp, _numpy("exp"), _pure("exp"), "exp({0})", "EXP({0})"),
        Op("log", math.log, _numpy("log"), _pure("log"), "log({0})", "LN({0})"),
        Op("power", math.pow, _numpy("power"), _pure("power"), "power({0}, {1})", "POWER({0},{1})"),
        Op("annuity", _annuity, _annuity_array, _pure("annuity"), "annuity({0}, {1})", "-PMT({0},{1},1)"),
        Op(
            "compound",
            lambda rate, periods: math.pow(1.0 + rate, periods),
            lambda rate, periods: (1.0 + rate) ** periods,
            _pure("compound"),
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
    from calc.units.parse import parse_unit

    return x / parse_unit(unit).factor


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
