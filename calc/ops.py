"""The operations that a formula's body may call (`ops.floor(x)`); the arithmetic operators go through the same table.

All of them take floats, float64 arrays and the symbols of the trace. The last of them, from `total` on, look at all
years of a scenario at once; they are the only ones that touch time.
"""

from __future__ import annotations

from typing import Any, cast

from calc import op_forms as forms
from calc.op_forms import TRUTH, OfLiterals, UnitRefusalError
from calc.op_table import TABLE, Op

__all__ = ["FUNCTIONS", "OVER_YEARS", "TABLE", "TRUTH", "Op", "UnitRefusalError"]


def _apply(op: str, *args: Any) -> float:
    for each in args:
        symbolic = getattr(each, "apply_op", None)
        if symbolic is not None:
            return cast("float", symbolic(op, args))
    entry = TABLE[op]
    if any(hasattr(each, "dtype") for each in args):
        return cast("float", entry.array(*args))
    if all(isinstance(each, int) for each in args):
        return OfLiterals.made(entry.scalar(*args), op, args)
    return cast("float", entry.scalar(*args))


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


def total(x: float) -> float:
    """Return the sum of `x` over the years; a constant totals over n years to n times itself."""
    return _apply("total", x)


def cumulative(x: float) -> float:
    """Return the running sum of `x` by year."""
    return _apply("cumulative", x)


def discounted(x: float, rate: float) -> float:
    """Return yearly amounts at present value, by year; the first year's is not discounted.

    rate: a pure number a year, constant or by year.
    """
    return _apply("discounted", x, rate)


def grow(x: float, rate: float) -> float:
    """Return `x` times (1 + rate) to the power of the years since the first, by year; rate as in `discounted`."""
    return _apply("grow", x, rate)


def cohort(needed: float, life: float) -> float:
    """Return purchases by year, so that what is in service covers `needed`; what has served its life is replaced.

    life: a pure number of years, above 0; a part of a year counts as a whole one. What is no longer needed is kept.
    """
    return _apply("cohort", needed, life)


def internal_rate(x: float) -> float:
    """Return the yearly rate at which yearly amounts add up to 0 at present value, a pure number.

    No value unless the amounts change their sign exactly once, and for rates outside -99.9999 % to 999,900 %.
    """
    return _apply("internal_rate", x)


def payback(x: float) -> float:
    """Return the years until the running sum of yearly amounts is above 0 for good, a pure number.

    Counted from the first year's amount, with the sum running straight between years; no value if it stays below 0.
    """
    return _apply("payback", x)


FUNCTIONS = (
    "amount",
    "annuity",
    "ceil",
    "clip",
    "cohort",
    "compound",
    "cumulative",
    "discounted",
    "exp",
    "floor",
    "grow",
    "if_included",
    "internal_rate",
    "log",
    "maximum",
    "minimum",
    "number",
    "payback",
    "power",
    "total",
    "where",
)
OVER_YEARS = frozenset(name for name, op in TABLE.items() if op.years)
