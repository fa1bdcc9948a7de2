"""Samples of uncertain inputs: each input has a random stream of its own, named after it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calc.distribution import Distribution


def draw(name: str, distribution: Distribution, samples: int, seed: int) -> Any:
    """Return `samples` values of input `name` in coherent base units, shape (samples,).

    The draws depend on the seed and the name alone: another input, case, thread or run does not change them.
    """
    import numpy as np

    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    stream = np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
    # The open interval keeps the tails finite.
    uniform = np.clip(stream.random(samples), 2.0**-54, 1 - 2.0**-53)
    return distribution.quantile(uniform)


def summary(values: Any) -> dict[str, float] | None:
    """Return mean, p10, p50 and p90 of samples, or None when some of them have no value.

    Percentiles are samples themselves (inverse of the empirical distribution), so that a count stays whole.
    """
    import numpy as np

    if np.isnan(values).any():
        return None
    p10, p50, p90 = np.quantile(values, [0.1, 0.5, 0.9], method="inverted_cdf")
    return {"mean": float(np.mean(values)), "p10": float(p10), "p50": float(p50), "p90": float(p90)}
