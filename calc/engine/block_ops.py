"""What the source of a block may call: functions of numpy, and operations on float64 arrays that it has none for."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from calc import ops
from calc.engine.figures import NoValue, Series

if TYPE_CHECKING:
    from collections.abc import Sequence

UFUNCS = {
    "add": "add", "subtract": "subtract", "multiply": "multiply", "divide": "divide", "negate": "negative",
    "number": "divide", "amount": "multiply", "minimum": "minimum", "maximum": "maximum", "exp": "exp", "log": "log",
    "power": "power", "less": "less", "less_equal": "less_equal", "greater": "greater",
    "greater_equal": "greater_equal",
}  # fmt: skip
# On finite operands the others can only overflow, which shows as infinity.
_MAY_LOSE = {"divide", "raise", "log", "power", "compound", "annuity", "floor", "ceil"}
# The inverse of a smaller number may overflow, and it has fewer digits.
TINY = 1e-300


class NotFiniteFoundError(Exception):
    """Something in a block left the finite numbers, or seems to have done so."""


def tolerance(x: Any, out: Any = None) -> Any:
    """Return how near to a whole number each element is taken for it, as `op_forms.snap_tolerance`."""
    import numpy as np

    nearest = np.rint(x, out=out)
    found = np.multiply(np.abs(nearest, out=out), 1e-9, out=out)
    # Faster than numpy's `clip` on what is short.
    return np.minimum(np.maximum(found, 1e-9, out=out), 1e-6, out=out)


def annuity(rate: Any, growth: Any, periods: Any, out: Any = None) -> Any:
    """Return the capital recovery factor; growth: the natural logarithm of 1 + rate.

    Raises NotFiniteFoundError where a quotient would hide that floats overflow.
    """
    import numpy as np

    found = np.multiply(growth, periods, out=out)
    found = np.expm1(np.negative(found, out=out), out=out)
    if not np.isfinite(np.add.reduce(found, axis=None)):
        raise NotFiniteFoundError
    found = np.negative(np.divide(rate, found, out=out), out=out)
    if np.isnan(np.add.reduce(found, axis=None)):
        free = np.where(np.equal(rate, 0.0), np.divide(1.0, periods), found)
        return free if out is None else np.positive(free, out=out)
    return found


def annuity_whole(rate: Any, periods: float, out: Any, room: Sequence[Any]) -> Any:
    """Return the capital recovery factor for a whole number of periods, g^n / (1 + g + ... + g^(n - 1)), g = 1 + rate.

    Both grow by doubling n and adding 1, without logarithms, and no digits are lost at small rates, since nothing is
    subtracted. room: arrays to write over.
    Raises NotFiniteFoundError where floats would overflow or lose digits, and where g is not positive.
    """
    import numpy as np

    base, power, spare = room
    base = power = np.add(rate, 1.0, out=base)
    total: Any = 1.0
    for bit in f"{int(periods):b}"[1:]:
        total = np.multiply(total, np.add(power, 1.0, out=spare), out=out)
        power = np.multiply(power, power, out=room[1])
        if bit == "1":
            total = np.add(np.multiply(total, base, out=out), 1.0, out=out)
            power = np.multiply(power, base, out=room[1])
    found = np.divide(power, total, out=out)
    least = min(np.minimum.reduce(each, axis=None, initial=np.inf) for each in (base, found))
    if not (least > TINY and np.isfinite(np.add.reduce(found, axis=None))):
        raise NotFiniteFoundError
    return found


def choose(test: Any, yes: Any, no: Any, out: Any) -> Any:
    """Return one of two arrays, element by element, by an array of truth values."""
    import numpy as np

    np.copyto(out, no)
    np.copyto(out, yes, where=test)
    return out


def loosely(op: str, *args: Any) -> Any:
    """Apply an operation to arrays that may have no value; what is lost or infinite for the first time is found.

    Raises NotFiniteFoundError.
    """
    result = ops.TABLE[op].array(*args)
    _refuse(op, result, args)
    return result


def over_years(op: str, args: list[Any], yearly: list[bool], shape: tuple[int, int]) -> Any:
    """Apply an operation that looks at all years to arrays with the years first.

    yearly: whether each argument has them. shape: the number of years and of other axes.
    Raises NotFiniteFoundError.
    """
    import numpy as np

    years, width = shape
    given = []
    for each, dated in zip(args, yearly, strict=True):
        last = np.moveaxis(each, 0, -1) if dated else np.asarray(each, dtype=float)[..., np.newaxis]
        given.append(np.broadcast_to(last, (*(last.shape[:-1] or (1,)), years)))
    entry = ops.TABLE[op]
    result = entry.array(*given)
    if not entry.no_value:
        _refuse(op, result, [np.where(np.isnan(each).any(axis=-1, keepdims=True), np.nan, 1.0) for each in given])
    elif np.isinf(result).any():
        raise NotFiniteFoundError
    if entry.years == "one":
        return result[..., 0]
    # Arguments without axes were given one.
    wide = (*(1,) * (width + 1 - result.ndim), *result.shape)[-(width + 1) :]
    return np.moveaxis(result.reshape(wide), -1, 0)


def _refuse(op: str, result: Any, args: Sequence[Any]) -> None:
    """Raise NotFiniteFoundError where a result is infinite, or NaN although no argument is."""
    import numpy as np

    if np.isinf(result).any():
        raise NotFiniteFoundError
    if op in _MAY_LOSE or ops.TABLE[op].years:
        lost = np.isnan(result)
        for each in args:
            lost = lost & ~np.isnan(each)
        if lost.any():
            raise NotFiniteFoundError


@lru_cache(maxsize=64)
def compiled(source: str) -> Any:
    """Return the function of a source, which may call the operations above and numpy's."""
    scope = _scope()
    # Every word of the source is written by us: names of nodes and inputs, of numpy's functions, and positions.
    exec(compile(source, "<formulas>", "exec"), scope)  # noqa: S102
    return scope["f"]


def constant_of(figure: Any, width: int) -> Any:
    """Return a constant as a number, or as an array with the years first and `width` further axes."""
    if isinstance(figure, float | int):
        return float(figure)
    import numpy as np

    if isinstance(figure, NoValue):
        return np.float64("nan")
    if not isinstance(figure, Series):
        raise TypeError(figure)
    values = np.array([each if isinstance(each, float | int) else np.nan for each in figure.values])
    return values.reshape(-1, *(1,) * width)


def _scope() -> dict[str, Any]:
    import numpy as np

    scope: dict[str, Any] = {
        name: getattr(np, name) for name in {*UFUNCS.values(), "square", "positive", "isfinite", "log1p"}
    }
    scope.update(
        floor=np.floor,
        ceil=np.ceil,
        tolerance=tolerance,
        annuity=annuity,
        annuity_whole=annuity_whole,
        choose=choose,
        loosely=loosely,
    )
    scope.update(over_years=over_years, NotFiniteFoundError=NotFiniteFoundError)
    return scope
