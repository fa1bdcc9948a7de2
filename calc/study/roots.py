"""The edge between where something fails and where it holds, for many samples at once.

Source: T. R. Chandrupatla, A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function
without using derivatives, Advances in Engineering Software 28 (1997). Where a margin jumps it ends in the same place as
a bisection. Samples that are done are left out once they are a good part of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST = 200
_SPARE = 0.25


def edges(
    margin: Callable[[Any, Any], Any],
    fails: tuple[Any, Any],
    holds: tuple[Any, Any],
    tolerance: float = 1e-10,
) -> Any:
    """Return for every sample the value nearest to the edge at which it still holds: an array of shape (samples,).

    margin: values and the positions of their samples to margins, of which those from 0 upwards hold; the margin may
    jump. fails, holds: values on both sides of the edge and the margins there. tolerance: how near, relative to the
    value, or to a millionth of the width where that is more.
    """
    import numpy as np

    result = np.empty(len(fails[0]))
    places = np.arange(len(result))
    state = [np.array(each, dtype=float) for each in (*fails, *holds, *fails)]
    share: Any = np.full(len(result), 0.5)
    # Towards 0 there is always a smaller number; the width says what is small.
    small = 1e-6 * np.max(np.abs(state[2] - state[0]), initial=0.0)
    for _ in range(_MOST):
        width = state[2] - state[0]
        least = np.maximum(np.abs(state[0]), np.abs(state[2]))
        np.multiply(np.maximum(least, small, out=least), tolerance, out=least)
        done = np.abs(width) <= least
        count = np.count_nonzero(done)
        if count == len(done) or count > _SPARE * len(done):
            result[places[done]] = np.where(state[1] >= 0.0, state[0], state[2])[done]
            left = ~done
            places, width, least, share, *state = (each[left] for each in (places, width, least, share, *state))
        if not len(places):
            return result
        with np.errstate(all="ignore"):
            least = np.minimum(least / (2 * np.abs(width)), 0.5)
            fresh = state[0] + np.clip(share, least, 1.0 - least) * width
            state = _narrowed(state, fresh, margin(fresh, places))
            share = _share(*state)
    result[places] = np.where(state[1] >= 0.0, state[0], state[2])
    return result


def _narrowed(state: list[Any], fresh: Any, at_fresh: Any) -> list[Any]:
    """Return the newest value, the one beyond the edge and the one before, each with its margin."""
    import numpy as np

    value, at, other, at_other = state[:4]
    same = (at_fresh >= 0.0) == (at >= 0.0)
    return [
        fresh, at_fresh, np.where(same, other, value), np.where(same, at_other, at),
        np.where(same, value, other), np.where(same, at, at_other),
    ]  # fmt: skip


def _share(value: Any, at: Any, other: Any, at_other: Any, third: Any, at_third: Any) -> Any:
    """Return how far to go towards the other side: by a parabola on its side where that is safe, else half way."""
    import numpy as np

    way = (value - other) / (third - other)
    rise = (at - at_other) / (at_third - at_other)
    safe = (rise * rise < way) & ((1.0 - rise) ** 2 < 1.0 - way)
    found = at / (at_other - at) * (at_third / (at_other - at_third))
    found += (third - value) / (other - value) * (at / (at_third - at)) * (at_other / (at_third - at_other))
    return np.where(safe, found, 0.5)
