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


def rank_share(values: Any, inputs: dict[str, Any]) -> dict[str, float]:
    """Return how much of the spread of `values` each input explains: its squared rank correlation, largest first.

    Samples of one input are as long as `values`; shares of inputs that act together add to less or more than one.
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

    if np.isnan(values).any():
        return None
    p10, p50, p90 = np.quantile(values, [0.1, 0.5, 0.9], method="inverted_cdf")
    return {"mean": float(np.mean(values)), "p10": float(p10), "p50": float(p50), "p90": float(p90)}
