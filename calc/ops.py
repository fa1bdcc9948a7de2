"""The operations that a formula's body may call (`ops.floor(x)`); those of Python's operators are in `calc.op`.

All of them take floats, float64 arrays and the symbols of the trace. Each is one entry with all forms (`calc.op.Op`): a
function whose body computes on floats, with the rule for its units and its form on arrays. Those from `total` on, and
those of `calc.dated`, look at all years of a scenario at once and are the only ones that touch time; on floats they
take lists with a value a year, on arrays the years are the last axis, of length 1 where an operation reduces them.
"""

from __future__ import annotations

import itertools
import math
import operator
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from calc.arrays import np
from calc.dated import (
    ahead,
    ahead_date,
    cohort,
    cohort_date,
    cohort_within,
    later,
    later_date,
    leased,
    serving,
    standing,
)
from calc.flows import payback_time, present, rate_of_return, serving_present
from calc.op import (
    CALL,
    FUNCTIONS,
    HELPERS,
    OVER_YEARS,
    TABLE,
    TINY,
    TRUTH,
    NotFiniteFoundError,
    OfLiterals,
    Op,
    PlainAmount,
    UnitRefusalError,
    by_inverse,
    choice,
    countable,
    first,
    first_at_rate,
    in_base_units,
    in_blocks,
    operation,
    operator_of,
    pure,
    ratio,
    same,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calc.arrays import Array, Truths

__all__ = [
    "FUNCTIONS",
    "HELPERS",
    "OVER_YEARS",
    "TABLE",
    "TRUTH",
    "NotFiniteFoundError",
    "OfLiterals",
    "Op",
    "PlainAmount",
    "UnitRefusalError",
    "ahead",
    "ahead_date",
    "cohort",
    "cohort_date",
    "cohort_within",
    "later",
    "later_date",
    "leased",
    "payback_time",
    "present",
    "rate_of_return",
    "serving",
    "serving_present",
    "standing",
]

# A figure in a formula; the float form takes a list with a value a year.
Yearly: TypeAlias = Any

_SNAP_RELATIVE = 1e-9
_SNAP_ABSOLUTE = 1e-6
# With as many or fewer periods, capital is recovered without logarithms.
_MOST_PERIODS = 1000
# Discount factors between which an internal rate is looked for: rates from -99.9999 % to a million per cent a year.
_FACTORS = (1e-4, 1e6)
_HALVINGS = 100

# ---------------------------------------------------------------- whole numbers

# The same snapping as on floats, so that a spreadsheet and a run agree.
_SHEET_SNAP = "IF(ABS({0}-ROUND({0},0))<=MIN(1E-9*MAX(1,ABS(ROUND({0},0))),1E-6),ROUND({0},0),%s)"


def _snapped(x: float, rounding: Callable[[float], float]) -> float:
    """Round a float, unless it is near enough to a whole number to be taken for it."""
    nearest = float(round(x))
    tolerance = min(_SNAP_RELATIVE * max(1.0, abs(nearest)), _SNAP_ABSOLUTE)
    return nearest if abs(x - nearest) <= tolerance else float(rounding(x))


@in_blocks
def tolerance(x: Array, out: Array | None = None) -> Array:
    """Return how near to a whole number each element is taken for it, as on floats."""
    nearest = np.rint(x, out=out)
    found = np.multiply(np.abs(nearest, out=out), _SNAP_RELATIVE, out=out)
    # Faster than numpy's `clip` on what is short.
    return np.minimum(np.maximum(found, _SNAP_RELATIVE, out=out), _SNAP_ABSOLUTE, out=out)


@operation(
    countable("floor"),
    lambda x: np.floor(x + tolerance(x)),
    spreadsheet=_SHEET_SNAP % "INT({0})",
    block="floor(add({0}, tolerance({0}{new}){new}){new})",
    hides=(),
)
def floor(x: float) -> float:
    """Round down, snapping to a whole number that is nearer than 1e-9 relative (at most 1e-6).

    Takes counts and ratios only: 18.0 kW / 4.5 kW is 4 also where floating point says 3.9999999999.
    """
    return _snapped(x, math.floor)


@operation(
    countable("ceil"),
    lambda x: np.ceil(x - tolerance(x)),
    spreadsheet=_SHEET_SNAP % "-INT(-{0})",
    block="ceil(subtract({0}, tolerance({0}{new}){new}){new})",
    hides=(),
)
def ceil(x: float) -> float:
    """Round up, snapping as `floor` does; takes counts and ratios only."""
    return _snapped(x, math.ceil)


# ---------------------------------------------------------------- choices


# On floats as Python's own min and max, which take four times as long to call.
@operation(
    same("the lesser of"), "minimum", spreadsheet="MIN({0},{1})", code="({1} if {1} < {0} else {0})", absent="ignored"
)
def minimum(x: float, y: float) -> float:
    """Return the lesser of two quantities; one that is not included sets no limit."""
    return min(x, y)


@operation(
    same("the greater of"), "maximum", spreadsheet="MAX({0},{1})", code="({1} if {1} > {0} else {0})", absent="ignored"
)
def maximum(x: float, y: float) -> float:
    """Return the greater of two quantities; one that is not included does not count."""
    return max(x, y)


@operation(
    same("a clip of"),
    "clip",
    spreadsheet="MIN(MAX({0},{1}),{2})",
    block="minimum(maximum({0}, {1}{new}), {2}{new})",
)
def clip(x: float, low: float, high: float) -> float:
    """Return `x` kept between `low` and `high`."""
    return min(max(x, low), high)


@in_blocks
def chosen(test: Truths, yes: Array, no: Array, out: Array | None = None) -> Array:
    """Return one of two arrays, element by element, by an array of truth values, or of 1 and 0 where it is constant."""
    if out is None:
        return np.where(test, yes, no)
    np.copyto(out, no)
    np.copyto(out, yes, where=test.astype(bool, copy=False))
    return out


@operation(
    choice,
    lambda condition, yes, no: np.where(np.isnan(condition), np.nan, np.where(condition == 1.0, yes, no)),
    spreadsheet="IF({0},{1},{2})",
    code="({1} if {0} else {2})",
    block="chosen({0}, {1}, {2}{new})",
    hides=(),
    absent="tested",
)
def where(condition: bool, yes: float, no: float) -> float:  # a comparison, which a reader sees
    """Return `yes` where the comparison `condition` holds, else `no`; both have the same dimension."""
    return yes if condition else no


@operation(
    same("a choice between"), lambda x, _otherwise: x, spreadsheet="{0}", code="{0}", hides=(), absent="replaced"
)
def if_included(x: float, otherwise: float) -> float:  # noqa: ARG001  # it is for what is not included
    """Return the optional quantity `x`, or `otherwise` when the scenario does not include it."""
    return x


# ---------------------------------------------------------------- pure numbers

# Numbers in a unit are quotients and products with the unit; the trace supplies the dimension of an amount.
operator_of(
    "number", "/", operator.truediv, ratio, "divide", 2,
    text='number({0}, "{1}")', precedence=CALL, brackets=(), hides=(), constant=by_inverse,
)  # fmt: skip
operator_of(
    "amount", "*", operator.mul, ratio, "multiply", 2,
    text='amount({0}, "{1}")', precedence=CALL, brackets=(), hides=(),
)  # fmt: skip


def number(x: float, unit: str) -> float:
    """Return the pure number of `x` in the named unit, as in `ops.number(life, "year")`."""
    symbolic = getattr(x, "number_in", None)
    if symbolic is not None:
        return cast("float", symbolic(unit))
    return x / PlainAmount(1, unit)


def amount(x: float, unit: str) -> float:
    """Return the amount of the pure number `x` in the named unit, as in `ops.amount(hours, "hour")`."""
    symbolic = getattr(x, "amount_in", None)
    if symbolic is not None:
        return cast("float", symbolic(unit))
    return PlainAmount(x, unit) if isinstance(x, int | float) else cast("float", in_base_units(x, unit))


@operation(pure("exp"), "exp", code="math.exp({0})")
def exp(x: float) -> float:
    """Return e to the power of the pure number `x`."""
    return math.exp(x)


@operation(pure("log"), "log", spreadsheet="LN({0})", code="math.log({0})", hides=())
def log(x: float) -> float:
    """Return the natural logarithm of the pure number `x`."""
    return math.log(x)


@operation(pure("power"), "power", code="math.pow({0}, {1})")
def power(x: float, exponent: float) -> float:
    """Return `x` to any power; both are pure numbers."""
    return math.pow(x, exponent)


@in_blocks
def recovery(rate: Array, growth: Array, periods: Array, out: Array | None = None) -> Array:
    """Return the capital recovery factor; growth: the natural logarithm of 1 + rate."""
    found = np.multiply(growth, periods, out=out)
    found = np.expm1(np.negative(found, out=out), out=out)
    if not np.isfinite(np.add.reduce(found, axis=None)):
        # Where floats overflow, dividing by infinity would quietly answer 0.
        found = np.where(np.isinf(found), np.nan, found)
    found = np.negative(np.divide(rate, found, out=out), out=out)
    if np.isnan(np.add.reduce(found, axis=None)):
        free = np.where(np.equal(rate, 0.0), np.divide(1.0, periods), found)
        return free if out is None else np.positive(free, out=out)
    return found


def _annuity_array(rate: Array, periods: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return recovery(rate, np.log1p(rate), periods)


@in_blocks
def recovery_by_count(rate: Array, periods: float, room: Sequence[Array], out: Array) -> Array:
    """Return the capital recovery factor for a whole number of periods, g^n / (1 + g + ... + g^(n - 1)), g = 1 + rate.

    Both grow by doubling n and adding 1, without logarithms, and no digits are lost at small rates, since nothing is
    subtracted. room: arrays to write over.
    Raises NotFiniteFoundError where floats would overflow or lose digits, and where g is not positive.
    """
    base, power, spare = room
    base = power = np.add(rate, 1.0, out=base)
    total: Any = 1.0
    for bit in f"{int(periods):b}"[1:]:
        total = np.multiply(total, np.add(power, 1.0, out=spare), out=out)
        power = np.multiply(power, power, out=room[1])
        if bit == "1":
            total = np.add(np.multiply(total, base, out=out), 1.0, out=out)
            power = np.multiply(power, base, out=room[1])
    found: Array = np.divide(power, total, out=out)
    least = min(np.minimum.reduce(each, axis=None, initial=np.inf) for each in (base, found))
    if not (least > TINY and np.isfinite(np.add.reduce(found, axis=None))):
        raise NotFiniteFoundError
    return found


def _by_count(values: Sequence[float | None]) -> tuple[str, dict[int, float]] | None:
    periods = values[1]
    if periods is None or not 1 <= periods <= _MOST_PERIODS or periods != int(periods):
        return None
    return "recovery_by_count({0}, {1}, [{spare}, {spare}, {spare}]{new})", {}


@operation(
    pure("annuity"),
    _annuity_array,
    spreadsheet="-PMT({0},{1},1)",
    block="recovery({0}, {shared}, {1}{new})",
    shared="log1p({0}{new})",
    constant=_by_count,
)
def annuity(rate: float, periods: float) -> float:
    """Return the payment per period that repays 1 over `periods` at `rate` a period (capital recovery factor).

    rate / (1 - (1 + rate) ** -periods), and 1 / periods at a rate of 0. Both are pure numbers.
    """
    return 1.0 / periods if rate == 0 else -rate / math.expm1(-periods * math.log1p(rate))


@operation(
    pure("compound"),
    lambda rate, periods: (1.0 + rate) ** periods,
    spreadsheet="POWER(1+{0},{1})",
    block="power(add({0}, 1.0{new}), {1}{new})",
)
def compound(rate: float, periods: float) -> float:
    """Return (1 + rate) ** periods; both are pure numbers."""
    return math.pow(1.0 + rate, periods)


# ---------------------------------------------------------------- over all years


@operation(
    first,
    lambda x: x.sum(axis=-1, keepdims=True),
    years="one",
    words="the sum over the years; what is the same every year counts once for each",
)
def total(x: Yearly) -> float:
    """Return the sum of `x` over the years; a constant totals over n years to n times itself."""
    return math.fsum(x)


@operation(first, lambda x: x.cumsum(axis=-1), years="series", words="the sum of all years up to each")
def cumulative(x: Yearly) -> list[float]:
    """Return the running sum of `x` by year."""
    return list(itertools.accumulate(x))


def _growth(rate: Sequence[float]) -> list[float]:
    """Return the factor from the first year to each: 1, then times 1 + rate of each further year."""
    return list(itertools.accumulate(rate[1:], lambda factor, each: factor * (1 + each), initial=1.0))


def _growth_array(rate: Array) -> Array:
    factors: Array = np.add(1.0, rate)
    factors[..., 0] = 1.0
    found: Array = np.multiply.accumulate(factors, axis=-1)
    return found


@operation(
    first_at_rate("discounted"),
    lambda x, rate: x / _growth_array(rate),
    years="series",
    words="each year's amount / (1 + rate) of every year after the first up to it",
)
def discounted(x: Yearly, rate: Yearly) -> list[float]:
    """Return yearly amounts at present value, by year; the first year's is not discounted.

    rate: a pure number a year, constant or by year.
    """
    return [each / factor for each, factor in zip(x, _growth(rate), strict=True)]


@operation(
    first_at_rate("grow"),
    lambda x, rate: x * _growth_array(rate),
    years="series",
    words="the first year's amount * (1 + rate) of every year after the first up to each",
)
def grow(x: Yearly, rate: Yearly) -> list[float]:
    """Return `x` times (1 + rate) to the power of the years since the first, by year; rate as in `discounted`."""
    return [each * factor for each, factor in zip(x, _growth(rate), strict=True)]


def _internal_rate_array(x: Array) -> Array:
    def value(factor: Array) -> Array:
        found = np.zeros(x.shape[:-1])
        for year in reversed(range(x.shape[-1])):
            found = found * factor + x[..., year]
        return found

    # Zeros take the sign before them, so that they are no change.
    signs = np.sign(x)
    for year in range(1, x.shape[-1]):
        signs[..., year] = np.where(signs[..., year] == 0, signs[..., year - 1], signs[..., year])
    changes = (signs[..., 1:] * signs[..., :-1] < 0).sum(axis=-1)
    low, high = (np.full(x.shape[:-1], math.log(each)) for each in _FACTORS)
    rises = value(np.exp(high)) > 0
    none = (changes != 1) | ((value(np.exp(low)) > 0) == rises)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = (value(np.exp(middle)) > 0) == rises
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    rate = np.where(none | np.isnan(x).any(axis=-1), np.nan, np.exp(-(low + high) / 2) - 1)
    return rate[..., np.newaxis]


@operation(
    ratio,
    _internal_rate_array,
    years="one",
    words="the rate a year at which the amounts, discounted with it, add up to 0",
    no_value="the yearly amounts do not change from minus to plus, or back, exactly once",
)
def internal_rate(x: Yearly) -> float | None:
    """Return the yearly rate at which yearly amounts add up to 0 at present value, a pure number.

    No value unless the amounts change their sign exactly once, and for rates outside -99.9999 % to 999,900 %.
    """
    signs = [each > 0 for each in x if each != 0]
    if sum(one != other for one, other in itertools.pairwise(signs)) != 1:
        return None

    def value(factor: float) -> float:
        found = 0.0
        for each in reversed(x):
            found = found * factor + each
        return found

    low, high = (math.log(each) for each in _FACTORS)
    if value(math.exp(low)) * value(math.exp(high)) > 0:
        return None
    rises = value(math.exp(high)) > 0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (value(math.exp(middle)) > 0) == rises:
            high = middle
        else:
            low = middle
    return math.exp(-(low + high) / 2) - 1


def _payback_array(x: Array) -> Array:
    sums = x.cumsum(axis=-1)
    found = np.zeros(x.shape[:-1])
    for year in range(x.shape[-1]):
        below = sums[..., year] < 0
        if year == x.shape[-1] - 1:
            paid = np.full(found.shape, np.nan)
        else:
            step = np.where(x[..., year + 1] == 0, 1.0, x[..., year + 1])
            paid = year - sums[..., year] / step
        found = np.where(below, paid, found)
    found = np.where(np.isnan(sums[..., -1]), np.nan, found)
    return found[..., np.newaxis]


@operation(
    ratio,
    _payback_array,
    years="one",
    words="years until the running sum is above 0 for good, running straight between two years",
    no_value="the running sum is still below 0 in the last year",
)
def payback(x: Yearly) -> float | None:
    """Return the years until the running sum of yearly amounts is above 0 for good, a pure number.

    Counted from the first year's amount, with the sum running straight between years; no value if it stays below 0.
    """
    sums = list(itertools.accumulate(x))
    below = [year for year, each in enumerate(sums) if each < 0]
    if not below:
        return 0.0
    last = below[-1]
    return None if last == len(sums) - 1 else last - sums[last] / x[last + 1]
