"""What the samples of uncertain inputs explain."""

from __future__ import annotations

from typing import Any


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
