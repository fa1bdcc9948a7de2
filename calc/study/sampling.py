"""Samples of uncertain inputs: each input has a random stream of its own, named after it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.distribution import Distribution
    from calc.value import Moment, Value


# The cases and parts of an answer share their draws.
@lru_cache(maxsize=1000)
def draw(name: str, distribution: Distribution, samples: int, seed: int) -> Any:
    """Return `samples` values of input `name` in coherent base units, shape (samples,).

    The draws depend on the seed and the name alone: another input, case, thread or run does not change them.
    """
    import hashlib

    import numpy as np

    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    stream = np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
    # The open interval keeps the tails finite.
    uniform = np.clip(stream.random(samples), 2.0**-54, 1 - 2.0**-53)
    values = distribution.quantile(uniform)
    values.flags.writeable = False
    return values


def draw_value(stream: str, value: Value, samples: int, seed: int, years: Sequence[int]) -> Any:
    """Return samples of a given value, shape (samples, 1), or (samples, years) where it differs from year to year.

    The years of one value share a draw: what is dear in one year is dear in all. Growth has a stream of its own.
    """
    import numpy as np

    def one(moment: Moment, name: str) -> Any:
        spread = moment.distribution
        return np.full(samples, moment.point) if spread is None else draw(name, spread, samples, seed)

    if value.by_year:
        moments = dict(value.by_year)
        return np.column_stack([one(moments[year], stream) for year in years])
    first = one(value.moments[0], stream)[:, np.newaxis]
    if value.growth is None:
        return first
    return first * (1 + one(value.growth, f"{stream} grows")[:, np.newaxis]) ** np.arange(len(years))


def rank_share(values: Any, inputs: dict[str, Any]) -> dict[str, float]:
    """Return how much of the spread of `values` each input explains: its squared rank correlation, largest first.

    values, inputs: shape (samples,); shares of inputs that act together add to less or more than one.
    Source: Spearman 1904; the square as the share of the variance of ranks.
    """
    import numpy as np

    def ranks(samples: Any) -> Any:
        # Equal samples share the middle of their ranks, so that a count with few values is not ranked by chance.
        _, place, counts = np.unique(samples, return_inverse=True, return_counts=True)
        return (np.cumsum(counts) - (counts - 1) / 2)[place]

    ranked = ranks(values)
    if ranked.std() == 0:
        return {}
    shares = {name: float(np.corrcoef(ranked, ranks(each))[0, 1] ** 2) for name, each in inputs.items() if each.std()}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def summary(values: Any) -> dict[str, float] | None:
    """Return mean, p10, p50 and p90 of samples, or None when some of them have no value.

    Percentiles are samples themselves (inverse of the empirical distribution), so that a count stays whole.
    """
    import numpy as np

    ordered = np.sort(values)
    # What has no value is NaN, which is sorted to the end.
    if np.isnan(ordered[-1]):
        return None
    p10, p50, p90 = (float(ordered[math.ceil(len(ordered) * share) - 1]) for share in (0.1, 0.5, 0.9))
    return {"mean": float(np.mean(values)), "p10": p10, "p50": p50, "p90": p90}
