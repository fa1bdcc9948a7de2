"""Distributions of uncertain inputs, in coherent base units: point value, support, quantiles, tails."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from calc import normal


@dataclass(frozen=True, slots=True)
class Distribution:
    """How an uncertain input is spread.

    kind: uniform (low, high), triangular (low, likely, high), normal (mean, sd) or lognormal (p10, p90).
    parameters: their values by name, in the order above.
    cut_low, cut_high: bounds at which a normal or lognormal tail is cut off; None for no cut.
    """

    kind: str
    parameters: tuple[tuple[str, float], ...]
    cut_low: float | None = None
    cut_high: float | None = None

    @property
    def point(self) -> float:
        """Return the value that stands for the whole: midpoint, likely value, mean or median."""
        given = dict(self.parameters)
        if self.kind == "uniform":
            return (given["low"] + given["high"]) / 2
        if self.kind == "triangular":
            return given["likely"]
        if self.kind == "normal":
            return given["mean"]
        return math.sqrt(given["p10"]) * math.sqrt(given["p90"])

    @property
    def support(self) -> tuple[float, float] | None:
        """Return the lowest and highest possible value, or None for a distribution with tails."""
        given = dict(self.parameters)
        return (given["low"], given["high"]) if "low" in given else None

    def scaled(self, factor: float) -> Distribution:
        """Return the distribution of `factor` times the quantity; `factor` is positive."""
        return replace(
            self,
            parameters=tuple((name, value * factor) for name, value in self.parameters),
            cut_low=None if self.cut_low is None else self.cut_low * factor,
            cut_high=None if self.cut_high is None else self.cut_high * factor,
        )

    def _normal(self) -> tuple[float, float]:
        """Return mean and standard deviation, of the logarithm for a lognormal one."""
        given = dict(self.parameters)
        if self.kind == "normal":
            return given["mean"], given["sd"]
        low, high = math.log(given["p10"]), math.log(given["p90"])
        return (low + high) / 2, (high - low) / 2 / normal.Z90

    def share_below(self, value: float) -> float:
        """Return the probability of a smaller value, before any cut; for distributions with tails."""
        return normal.share_below(self._deviations(value))

    def share_above(self, value: float) -> float:
        """Return the probability of a larger value, before any cut; for distributions with tails."""
        return normal.share_below(-self._deviations(value))

    def _deviations(self, value: float) -> float:
        """Return how many standard deviations a value lies above the mean, of the logarithm for a lognormal one."""
        mean, sd = self._normal()
        if self.kind == "lognormal":
            return (math.log(value) - mean) / sd if value > 0 else -math.inf
        return (value - mean) / sd

    def cut(self, low: float | None, high: float | None) -> tuple[Distribution, float]:
        """Cut the tails at bounds.

        Returns the distribution and the probability that lay beyond the bounds; a finite support is left alone.
        """
        if self.support is not None:
            return self, 0.0
        below = 0.0 if low is None else self.share_below(low)
        above = 0.0 if high is None else self.share_above(high)
        if below + above <= 0.0:
            return self, 0.0
        return replace(self, cut_low=low, cut_high=high), below + above

    def quantile(self, u: Any) -> Any:
        """Return the values at probabilities `u`, a float64 array inside (0, 1) of any shape."""
        import numpy as np

        given = dict(self.parameters)
        if self.kind == "uniform":
            return given["low"] + u * (given["high"] - given["low"])
        if self.kind == "triangular":
            low, likely, high = given["low"], given["likely"], given["high"]
            turn = (likely - low) / (high - low)
            rises = u < turn
            # On either side of the likely value, the square of the way to the end goes with the probability.
            way = np.where(rises, u * ((likely - low) * (high - low)), (1.0 - u) * ((high - likely) * (high - low)))
            np.sqrt(way, out=way)
            return np.where(rises, low + way, high - way)
        mean, sd = self._normal()
        if self.cut_low is None and self.cut_high is None:
            values = mean + sd * normal.quantile(u)
            return np.exp(values) if self.kind == "lognormal" else values
        values = mean + sd * self._cut_quantile(np.asarray(u, dtype=float))
        values = np.exp(values) if self.kind == "lognormal" else values
        return np.clip(values, self.cut_low, self.cut_high)

    def _cut_quantile(self, u: Any) -> Any:
        """Return standard deviations from the mean at probabilities inside (0, 1) between the cuts.

        The upper half goes by the probability of a larger value, which has more digits there.
        """
        import numpy as np

        low, high = self.cut_low, self.cut_high
        below, not_below = (0.0, 1.0) if low is None else (self.share_below(low), self.share_above(low))
        above, not_above = (0.0, 1.0) if high is None else (self.share_above(high), self.share_below(high))
        inside = not_below - above if below > not_below else not_above - below
        share, other = below + u * inside, above + (1.0 - u) * inside
        is_upper = share > 0.5
        values = normal.quantile(np.where(is_upper, other, share))
        return np.where(is_upper, -values, values)
