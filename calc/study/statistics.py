"""Statistics of samples: mean, percentiles, and the standard error of each from batches of consecutive samples.

Batches of Sobol points complement each other, so that their scatter overstates the error of the whole; for
pseudo-random samples it is the error.
"""

from __future__ import annotations

import math
from typing import Any

PERCENTILES = {"p5": 0.05, "p10": 0.1, "p50": 0.5, "p90": 0.9, "p95": 0.95}
KEYS = ("mean", *PERCENTILES)
BATCHES = 16


def summary(values: Any) -> dict[str, float] | None:
    """Return mean and percentiles of samples, or None when some of them have no value.

    Percentiles are samples themselves (inverse of the empirical distribution), so that a count stays whole.
    """
    import numpy as np

    ordered = np.sort(values)
    # NaN is sorted to the end.
    if np.isnan(ordered[-1]):
        return None
    found = {"mean": float(np.mean(values))}
    found.update((key, _at(ordered, share)) for key, share in PERCENTILES.items())
    return found


def _at(ordered: Any, share: float) -> float:
    position = math.ceil(share * len(ordered) - 1e-9) - 1
    return float(ordered[min(max(position, 0), len(ordered) - 1)])


def standard_errors(values: Any, keys: tuple[str, ...] = KEYS) -> dict[str, float] | None:
    """Return the standard errors of what `summary` gives; None for too few samples or where some have no value."""
    import numpy as np

    size = len(values) // BATCHES
    ordered = np.sort(values)
    # NaN is sorted to the end.
    if size < 2 or np.isnan(ordered[-1]):
        return None
    batches = values[: size * BATCHES].reshape(BATCHES, size)
    found = {}
    for key in keys:
        if key == "mean":
            found[key] = spread(batches.mean(axis=1))
            continue
        share = PERCENTILES[key]
        at = _at(ordered, share)
        # How far off the rank may be, and what that is in values.
        off = spread((batches < at).mean(axis=1) + (batches == at).mean(axis=1) / 2)
        found[key] = (_at(ordered, min(1.0, share + off)) - _at(ordered, max(0.0, share - off))) / 2
    return found


def spread(batches: Any) -> float:
    """Return the standard error of a mean over batches."""
    import numpy as np

    return float(np.std(batches, ddof=1)) / math.sqrt(len(batches))
