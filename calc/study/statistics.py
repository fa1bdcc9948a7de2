"""Statistics of samples: mean, percentiles, and the standard error of each from batches of consecutive samples.

Batches of Sobol points complement each other, so that their scatter overstates the error of the whole; for
pseudo-random samples it is the error.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Any

PERCENTILES = {"p5": 0.05, "p10": 0.1, "p50": 0.5, "p90": 0.9, "p95": 0.95}
KEYS = ("mean", *PERCENTILES)
BATCHES = 16
# From the middle outwards, each rank halves what is left to look through.
_OUTWARDS = sorted(PERCENTILES, key=lambda key: abs(PERCENTILES[key] - 0.5))


def rank_of(share: float, count: int) -> int:
    """Return the rank, from 0, of the smallest of so many samples that so large a share of them does not exceed."""
    return min(max(math.ceil(share * count - 1e-9) - 1, 0), count - 1)


class Ranked:
    """Samples of which single ranks are found without sorting them all.

    Each look divides the samples between two ranks already known, so that further ranks cost less and less.
    """

    def __init__(self, values: Any) -> None:
        """Take samples that all have a value."""
        self._values = values.copy()
        self._known = [-1, len(values)]

    def at(self, share: float) -> float:
        """Return the smallest sample that so large a share of them does not exceed."""
        rank = rank_of(share, len(self._values))
        place = bisect_left(self._known, rank)
        if self._known[place] != rank:
            first, end = self._known[place - 1] + 1, self._known[place]
            self._values[first:end].partition(rank - first)
            self._known.insert(place, rank)
        return float(self._values[rank])


def described(values: Any, keys: tuple[str, ...]) -> tuple[dict[str, float] | None, dict[str, float] | None]:
    """Return mean and percentiles of samples, and the standard errors of those that `keys` name.

    Without the first when some samples have no value, without the second for too few samples.
    Percentiles are samples themselves (inverse of the empirical distribution), so that a count stays whole.
    """
    import numpy as np

    # What is too large for a mean or an error is infinite, which whoever asks refuses.
    with np.errstate(all="ignore"):
        return _described(values, keys)


def _described(values: Any, keys: tuple[str, ...]) -> tuple[dict[str, float] | None, dict[str, float] | None]:
    import numpy as np

    mean = float(np.mean(values))
    if math.isnan(mean):
        return None, None
    ranked = Ranked(values)
    percentiles = {key: ranked.at(PERCENTILES[key]) for key in _OUTWARDS}
    found = {"mean": mean, **{key: percentiles[key] for key in PERCENTILES}}
    size = len(values) // BATCHES
    if size < 2:
        return found, None
    batches = values[: size * BATCHES].reshape(BATCHES, size)
    return found, {key: _error(key, found[key], batches, ranked) for key in keys}


def _error(key: str, value: float, batches: Any, ranked: Ranked) -> float:
    import numpy as np

    if key == "mean":
        return spread(batches.mean(axis=1))
    below, up_to = ([np.count_nonzero(each) for each in side] for side in (batches < value, batches <= value))
    ranks = np.add(below, up_to)
    # How far off the rank may be, and what that is in values.
    share, off = PERCENTILES[key], spread(ranks / (2 * batches.shape[1]))
    return (ranked.at(min(1.0, share + off)) - ranked.at(max(0.0, share - off))) / 2


def summary(values: Any) -> dict[str, float] | None:
    """Return mean and percentiles of samples, or None when some of them have no value."""
    return described(values, ())[0]


def shares_without_value(samples: Any) -> list[float]:
    """Return the share of the samples, shape (samples, years or 1), that have no value, of every year."""
    import numpy as np

    shares: list[float] = np.isnan(samples).mean(axis=0).tolist()
    return shares


def spread(batches: Any) -> float:
    """Return the standard error of a mean over batches."""
    import numpy as np

    return float(np.std(batches, ddof=1)) / math.sqrt(len(batches))


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
