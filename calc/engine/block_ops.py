"""Operations on blocks of float64 arrays that numpy has no function of its own for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc import ops

if TYPE_CHECKING:
    from collections.abc import Sequence

# On finite operands the others can only overflow, which shows as infinity.
_MAY_LOSE = {"divide", "raise", "log", "power", "compound", "annuity", "floor", "ceil"}


class NotFiniteFoundError(Exception):
    """Something in a block left the finite numbers, or seems to have done so."""


def tolerance(x: Any, out: Any = None) -> Any:
    """Return how near to a whole number each element is taken for it, as `op_forms.snap_tolerance`."""
    import numpy as np

    nearest = np.rint(x, out=out)
    found = np.multiply(np.abs(nearest, out=out), 1e-9, out=out)
    return np.clip(found, 1e-9, 1e-6, out=out)


def annuity(rate: Any, growth: Any, periods: Any, out: Any) -> Any:
    """Return the capital recovery factor; growth: the natural logarithm of 1 + rate.

    Raises NotFiniteFoundError where a quotient would hide that floats overflow.
    """
    import numpy as np

    np.multiply(growth, periods, out=out)
    np.expm1(np.negative(out, out=out), out=out)
    if not np.isfinite(np.add.reduce(out, axis=None)):
        raise NotFiniteFoundError
    np.negative(np.divide(rate, out, out=out), out=out)
    if np.isnan(np.add.reduce(out, axis=None)):
        np.divide(1.0, periods, out=out, where=np.equal(rate, 0.0))
    return out


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
    return np.moveaxis(result.reshape((*(1,) * (width + 1 - result.ndim), *result.shape)), -1, 0)


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
