"""Numeric forms of the operations in `calc.ops` that touch time: on lists of yearly floats, and on arrays of samples.

Lists and the last axis of arrays hold one value a year. A list form returns a list, a float, or None where there is no
value; an array form returns shape (..., years), or (..., 1) where it reduces time, with NaN where there is no value.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from calc.op_forms import ceil_snapped, snapped_array

if TYPE_CHECKING:
    from collections.abc import Sequence

Yearly = list[float]

# Discount factors between which an internal rate is looked for: rates from -99.9999 % to a million per cent a year.
_FACTORS = (1e-4, 1e6)
_HALVINGS = 100


def total(x: Sequence[float]) -> float:
    """Sum over the years."""
    return math.fsum(x)


def total_array(x: Any) -> Any:
    """Sum over the years, of arrays."""
    return x.sum(axis=-1, keepdims=True)


def cumulative(x: Sequence[float]) -> Yearly:
    """Return the running sum."""
    return list(itertools.accumulate(x))


def cumulative_array(x: Any) -> Any:
    """Return the running sum, of arrays."""
    return x.cumsum(axis=-1)


def _growth(rate: Sequence[float]) -> Yearly:
    """Return the factor from the first year to each: 1, then times 1 + rate of each further year."""
    return list(itertools.accumulate(rate[1:], lambda factor, each: factor * (1 + each), initial=1.0))


def _growth_array(rate: Any) -> Any:
    import numpy as np

    factors = 1.0 + rate
    factors[..., 0] = 1.0
    return np.cumprod(factors, axis=-1)


def discounted(x: Sequence[float], rate: Sequence[float]) -> Yearly:
    """Return the present value of yearly amounts; the first year's is not discounted."""
    return [each / factor for each, factor in zip(x, _growth(rate), strict=True)]


def discounted_array(x: Any, rate: Any) -> Any:
    """Return the present value of yearly amounts, of arrays."""
    return x / _growth_array(rate)


def grow(x: Sequence[float], rate: Sequence[float]) -> Yearly:
    """Return amounts that grow by `rate` from year to year; the first year's is as given."""
    return [each * factor for each, factor in zip(x, _growth(rate), strict=True)]


def grow_array(x: Any, rate: Any) -> Any:
    """Return amounts that grow, of arrays."""
    return x * _growth_array(rate)


def cohort(needed: Sequence[float], life: Sequence[float]) -> Yearly:
    """Return purchases by year, so that what is in service covers what is needed; what has served its life is replaced.

    A purchase serves its own year and as many after it as its life, rounded up to whole years, has left.
    """
    if min(life) <= 0:
        raise ValueError("a life of no years")
    bought: Yearly = []
    for year, need in enumerate(needed):
        in_service = math.fsum(each for made, each in enumerate(bought) if year - made < ceil_snapped(life[made]))
        bought.append(max(0.0, need - in_service))
    return bought


def cohort_array(needed: Any, life: Any) -> Any:
    """Return purchases by year, of arrays."""
    import numpy as np

    lives = np.where(life > 0, snapped_array(life, "ceil"), np.nan)
    bought = np.zeros(np.broadcast_shapes(needed.shape, lives.shape))
    for year in range(needed.shape[-1]):
        serves = year - np.arange(year) < lives[..., :year]
        in_service = np.where(serves, bought[..., :year], 0.0).sum(axis=-1)
        alive = np.where(np.isnan(lives[..., : year + 1]).any(axis=-1), np.nan, in_service)
        bought[..., year] = np.maximum(0.0, needed[..., year] - alive)
    return bought


def internal_rate(x: Sequence[float]) -> float | None:
    """Return the yearly rate at which the present values add up to 0.

    None where the amounts do not change their sign exactly once, so that there is no rate or more than one.
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


def internal_rate_array(x: Any) -> Any:
    """Return the yearly rate at which the present values add up to 0, of arrays."""
    import numpy as np

    def value(factor: Any) -> Any:
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


def payback(x: Sequence[float]) -> float | None:
    """Return the years until the running sum is above 0 for good, counted from the first year's amount.

    Between two years the sum is taken to run straight. None where the sum is below 0 in the last year.
    """
    sums = cumulative(x)
    below = [year for year, each in enumerate(sums) if each < 0]
    if not below:
        return 0.0
    last = below[-1]
    return None if last == len(sums) - 1 else last - sums[last] / x[last + 1]


def payback_array(x: Any) -> Any:
    """Return the years until the running sum is above 0 for good, of arrays."""
    import numpy as np

    sums = cumulative_array(x)
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
