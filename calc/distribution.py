"""Distributions of uncertain inputs, in coherent base units: point value, support, quantiles, tails."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from calc import normal
from calc.arrays import np
from calc.records import dataclass, replace

if TYPE_CHECKING:
    from calc.arrays import Array

# The parameters of every kind that is given by a mapping, in order.
FORMS = {
    "triangular": ("low", "likely", "high"),
    "median": ("low", "median", "high"),
    "lognormal": ("p10", "p90"),
    "split_lognormal": ("p10", "median", "p90"),
    "normal": ("mean", "sd"),
}


@dataclass(frozen=True, slots=True)
class Distribution:
    """How an uncertain input is spread.

    kind: uniform (low, high), triangular (low, likely, high), normal (mean, sd) or lognormal (p10, p90); and two that
    hold half of the probability on either side of their median: median (low, median, high), each half triangular with
    its peak at the median, and split_lognormal (p10, median, p90), each half that of a lognormal with this median.
    A half whose end is the median has no width: half of all draws are then the median itself.
    parameters: their values by name, in the order above.
    cut_low, cut_high: bounds at which a tail of a normal, lognormal or split lognormal is cut off; None for no cut.
    What a cut takes from a half of a split lognormal stays in that half, so that the median stays what it is.
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
        if "median" in given:
            return given["median"]
        return math.sqrt(given["p10"]) * math.sqrt(given["p90"])

    @property
    def support(self) -> tuple[float, float] | None:
        """Return the lowest and highest possible value, or None for a distribution with tails."""
        given = dict(self.parameters)
        return (given["low"], given["high"]) if "low" in given else None

    @property
    def empty_half(self) -> str | None:
        """Return the name of the end that is the median itself, so that half of all draws are; None mostly."""
        given = dict(self.parameters)
        median = given.get("median")
        return next((name for name, value in given.items() if name != "median" and value == median), None)

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

    def _halves(self) -> tuple[float, float]:
        """Return the standard deviations of the logarithm below and above the median of a split lognormal."""
        p10, median, p90 = (value for _, value in self.parameters)
        return math.log(median / p10) / normal.Z90, math.log(p90 / median) / normal.Z90

    def share_below(self, value: float) -> float:
        """Return the probability of a smaller value, before any cut; for distributions with tails."""
        if self.empty_half == "p10" and value <= self.point:
            return 0.0
        return normal.share_below(self._deviations(value))

    def share_above(self, value: float) -> float:
        """Return the probability of a larger value, before any cut; for distributions with tails."""
        if self.empty_half == "p90" and value >= self.point:
            return 0.0
        return normal.share_below(-self._deviations(value))

    def _deviations(self, value: float) -> float:
        """Return how many standard deviations a value lies above the mean, of the logarithm for a lognormal one."""
        if self.kind == "split_lognormal":
            below, above = self._halves()
            way = math.log(value / self.point) if value > 0 else -math.inf
            sd = below if way < 0 else above
            return way / sd if sd else math.copysign(math.inf, way)
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

    def quantile(self, u: Array) -> Array:
        """Return the values at probabilities `u`, a float64 array inside (0, 1) of any shape."""
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
        if self.kind == "median":
            low, median, high = given["low"], given["median"], given["high"]
            rises = u < 0.5
            way = np.sqrt(np.where(rises, 2.0 * u, 2.0 * (1.0 - u)))
            return np.where(rises, low + (median - low) * way, high - (high - median) * way)
        if self.kind == "split_lognormal":
            return self._split_quantile(np.asarray(u, dtype=float))
        mean, sd = self._normal()
        if self.cut_low is None and self.cut_high is None:
            values = mean + sd * normal.quantile(u)
            return np.exp(values) if self.kind == "lognormal" else values
        values = mean + sd * self._cut_quantile(np.asarray(u, dtype=float))
        values = np.exp(values) if self.kind == "lognormal" else values
        return np.clip(values, self.cut_low, self.cut_high)

    def _split_quantile(self, u: Array) -> Array:
        """Return the values of a split lognormal at probabilities inside (0, 1), each half cut on its own."""
        below, above = self._halves()
        cut_below = 0.0 if self.cut_low is None else self.share_below(self.cut_low)
        cut_above = 0.0 if self.cut_high is None else self.share_above(self.cut_high)
        is_upper = u >= 0.5
        tail = np.where(is_upper, 1.0 - u, u)
        cut = np.where(is_upper, cut_above, cut_below)
        # Between the cut and the median lies half of the probability, as it would without the cut.
        deviations = normal.quantile(cut + tail * (1.0 - 2.0 * cut))
        values = self.point * np.exp(np.where(is_upper, -above, below) * deviations)
        return np.clip(values, self.cut_low, self.cut_high)

    def _cut_quantile(self, u: Array) -> Array:
        """Return standard deviations from the mean at probabilities inside (0, 1) between the cuts.

        The upper half goes by the probability of a larger value, which has more digits there.
        """
        low, high = self.cut_low, self.cut_high
        below, not_below = (0.0, 1.0) if low is None else (self.share_below(low), self.share_above(low))
        above, not_above = (0.0, 1.0) if high is None else (self.share_above(high), self.share_below(high))
        inside = not_below - above if below > not_below else not_above - below
        share, other = below + u * inside, above + (1.0 - u) * inside
        is_upper = share > 0.5
        values = normal.quantile(np.where(is_upper, other, share))
        return np.where(is_upper, -values, values)
