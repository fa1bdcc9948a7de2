"""Numeric and unit forms of the operations in `calc.ops`: how each computes on floats and arrays, and what units allow.

Unit rules take the dimensions of the arguments; None stands for a literal 0, which fits any dimension.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

from calc.units.unit import RATIO, Dimension

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TRUTH = Dimension((("truth", 1),))

_SNAP_RELATIVE = 1e-9
_SNAP_ABSOLUTE = 1e-6


class OfLiterals(float):
    """The value of an operation on literals alone, as in `ops.log(2)`; the trace reads off what it was made of."""

    op: str
    args: tuple[int, ...]

    @classmethod
    def made(cls, value: float, op: str, args: tuple[int, ...]) -> OfLiterals:
        """Return a value that remembers its operation."""
        found = cls(value)
        found.op, found.args = op, args
        return found


class UnitRefusalError(Exception):
    """An operation that the units of its arguments do not allow."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


# ---------------------------------------------------------------- numeric forms


def in_base_units(x: Any, unit: str) -> Any:
    """Return the amount of `x` in the named unit as a bare number in coherent base units."""
    from calc.units.parse import parse_unit

    return x * parse_unit(unit).factor


class PlainAmount(float):
    """An amount of a literal, such as one month: a float in base units that a trace can still tell from a literal."""

    __slots__ = ("number", "unit")

    number: float
    unit: str

    def __new__(cls, number: float, unit: str) -> Self:
        """Return the amount of `number` in the named unit."""
        self = super().__new__(cls, in_base_units(number, unit))
        self.number, self.unit = number, unit
        return self


def snap_tolerance(nearest: float) -> float:
    """Return how near to a whole number a value is taken for it."""
    return min(_SNAP_RELATIVE * max(1.0, abs(nearest)), _SNAP_ABSOLUTE)


def floor_snapped(x: float) -> float:
    """Round a float down, snapping."""
    nearest = float(round(x))
    return nearest if abs(x - nearest) <= snap_tolerance(nearest) else float(math.floor(x))


def ceil_snapped(x: float) -> float:
    """Round a float up, snapping."""
    nearest = float(round(x))
    return nearest if abs(x - nearest) <= snap_tolerance(nearest) else float(math.ceil(x))


def snapped_array(x: Any, rounding: str) -> Any:
    """Round an array with numpy's `floor` or `ceil`, snapping as floats do."""
    import numpy as np

    nearest = np.rint(x)
    tolerance = np.minimum(_SNAP_RELATIVE * np.maximum(1.0, np.abs(nearest)), _SNAP_ABSOLUTE)
    return np.where(np.abs(x - nearest) <= tolerance, nearest, getattr(np, rounding)(x))


def numpy_function(name: str) -> Callable[..., Any]:
    """Return numpy's function of that name, imported when it is called."""

    def call(*args: Any) -> Any:
        import numpy as np

        return getattr(np, name)(*args)

    return call


def count_quotient(above: Any, below: Any) -> Any:
    """Divide arrays; where the count below is 0 there is no value, which arrays show as NaN."""
    import numpy as np

    none = np.equal(below, 0.0)
    return np.where(none, np.nan, above / np.where(none, 1.0, below))


def compare(test: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return a comparison on arrays: 1 where it holds, 0 where not, NaN where a side has no value."""

    def call(left: Any, right: Any) -> Any:
        import numpy as np

        known = ~(np.isnan(left) | np.isnan(right))
        return np.where(known, np.asarray(test(left, right), dtype=float), np.nan)

    return call


def where_array(condition: Any, yes: Any, no: Any) -> Any:
    """Choose between arrays; without a verdict there is no value."""
    import numpy as np

    return np.where(np.isnan(condition), np.nan, np.where(condition == 1.0, yes, no))


def annuity(rate: float, periods: float) -> float:
    """Return the capital recovery factor of floats."""
    return 1.0 / periods if rate == 0 else -rate / math.expm1(-periods * math.log1p(rate))


def annuity_array(rate: Any, periods: Any) -> Any:
    """Return the capital recovery factor of arrays."""
    import numpy as np

    safe = np.where(np.equal(rate, 0.0), 1.0, rate)
    growth = np.expm1(-periods * np.log1p(safe))
    # Where floats overflow, dividing by infinity would quietly answer 0.
    repaid = np.where(np.isinf(growth), np.nan, -safe / growth)
    return np.where(np.equal(rate, 0.0), np.divide(1.0, periods), repaid)


# ---------------------------------------------------------------- unit forms


def known(dimension: Dimension | None) -> Dimension:
    """Return the dimension, a pure number for the literal 0."""
    return RATIO.dimension if dimension is None else dimension


def same(what: str) -> Callable[[Sequence[Dimension | None]], Dimension]:
    """Return the rule that all arguments have one dimension, which is also the result's."""

    def rule(given: Sequence[Dimension | None]) -> Dimension:
        known = [each for each in given if each is not None]
        for each in known[1:]:
            if each != known[0]:
                raise UnitRefusalError(
                    f"{what} {known[0].describe()} and {each.describe()}",
                    "both sides need the same dimension",
                )
        return known[0] if known else RATIO.dimension

    return rule


def countable(verb: str) -> Callable[[Sequence[Dimension | None]], Dimension]:
    """Return the rule that the argument is a count or a ratio."""

    def rule(given: Sequence[Dimension | None]) -> Dimension:
        dimension = known(given[0])
        if not dimension.is_count:
            raise UnitRefusalError(
                f"{verb} rounds {dimension.describe()}, whose whole numbers depend on the unit",
                "round counts and ratios only; divide by what one thing needs first",
            )
        return dimension

    return rule


def pure(function: str) -> Callable[[Sequence[Dimension | None]], Dimension]:
    """Return the rule that all arguments and the result are pure numbers."""

    def rule(given: Sequence[Dimension | None]) -> Dimension:
        for each in given:
            if each is not None and not each.is_ratio:
                raise UnitRefusalError(
                    f"{function} takes pure numbers, not {each.describe()}",
                    'take the pure number in a named unit first, as in ops.number(x, "year")',
                )
        return RATIO.dimension

    return rule


def comparison(given: Sequence[Dimension | None]) -> Dimension:
    """Return the rule of a comparison: both sides have one dimension, the result is a truth value."""
    same("a comparison of")(given)
    return TRUTH


def choice(given: Sequence[Dimension | None]) -> Dimension:
    """Return the rule of a choice: a truth value, then two sides of one dimension."""
    if given[0] != TRUTH:
        raise UnitRefusalError("the first argument of where is not a comparison", "as in ops.where(a < b, x, y)")
    return same("a choice between")(given[1:])


def product(given: Sequence[Dimension | None]) -> Dimension:
    """Multiply two dimensions."""
    return known(given[0]) * known(given[1])


def quotient(given: Sequence[Dimension | None]) -> Dimension:
    """Divide two dimensions."""
    return known(given[0]) / known(given[1])


def first(given: Sequence[Dimension | None]) -> Dimension:
    """Keep the dimension of the first argument."""
    return known(given[0])


def first_at_rate(function: str) -> Callable[[Sequence[Dimension | None]], Dimension]:
    """Return the rule that the second argument is a pure number a year, and the result like the first."""

    def rule(given: Sequence[Dimension | None]) -> Dimension:
        pure(function)(given[1:])
        return known(given[0])

    return rule
