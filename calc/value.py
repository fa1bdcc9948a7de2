"""A given value: a point, perhaps a distribution, perhaps by year, and where it comes from; and what distributions are.

All in coherent base units: point value, support, quantiles, tails.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from calc.arrays import np
from calc.records import dataclass, replace

if TYPE_CHECKING:
    from calc.arrays import Array
    from calc.errors import Place
    from calc.units import Unit

# Nine tenths of a standard normal lie below it.
Z90 = 1.2815515655446008

# Source: Wichura 1988, Algorithm AS 241 (PPND16), Applied Statistics 37(3), 477-484. Highest power first.
_MIDDLE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_TAIL = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def normal_share_below(z: float) -> float:
    """Return the probability of a value below `z` standard deviations."""
    return math.erfc(-z / math.sqrt(2)) / 2


def normal_shares_below(z: Array | float) -> Array:
    """Return the probability of a value below each of an array of standard deviations."""
    flat = [math.erfc(each) / 2 for each in (np.asarray(z).ravel() * -math.sqrt(0.5)).tolist()]
    return np.asarray(flat).reshape(np.shape(z))


def normal_quantile(share: Array) -> Array:
    """Return below how many standard deviations a share of the values lies; `share` is an array inside (0, 1)."""
    share = np.asarray(share, dtype=float)
    offset = share - 0.5
    room = np.asarray(offset * offset)
    np.subtract(0.180625, room, out=room)
    values = _ratio(_MIDDLE, room)
    np.multiply(values, offset, out=values)
    # The tails are few, and their logarithm and root take time.
    outer = np.flatnonzero(room < 0.0)
    if outer.size:
        below = share.ravel()[outer]
        distance = np.minimum(below, 1.0 - below)
        np.log(distance, out=distance)
        np.sqrt(np.negative(distance, out=distance), out=distance)
        tail = _ratio(_TAIL, distance - 1.6)
        far = distance > 5.0
        if far.any():
            tail = np.where(far, _ratio(_FAR, distance - 5.0), tail)
        values.reshape(-1)[outer] = np.copysign(tail, below - 0.5)
    return values


def _ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], x: Array) -> Array:
    above, below = (_polynomial(each, x) for each in polynomials)
    return np.divide(above, below, out=above)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    total = np.asarray(x * coefficients[0])
    for coefficient in coefficients[1:-1]:
        np.add(total, coefficient, out=total)
        np.multiply(total, x, out=total)
    return np.add(total, coefficients[-1], out=total)


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
        return (low + high) / 2, (high - low) / 2 / Z90

    def _halves(self) -> tuple[float, float]:
        """Return the standard deviations of the logarithm below and above the median of a split lognormal."""
        p10, median, p90 = (value for _, value in self.parameters)
        return math.log(median / p10) / Z90, math.log(p90 / median) / Z90

    def share_below(self, value: float) -> float:
        """Return the probability of a smaller value, before any cut; for distributions with tails."""
        if self.empty_half == "p10" and value <= self.point:
            return 0.0
        return normal_share_below(self._deviations(value))

    def share_above(self, value: float) -> float:
        """Return the probability of a larger value, before any cut; for distributions with tails."""
        if self.empty_half == "p90" and value >= self.point:
            return 0.0
        return normal_share_below(-self._deviations(value))

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
            values = mean + sd * normal_quantile(u)
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
        deviations = normal_quantile(cut + tail * (1.0 - 2.0 * cut))
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
        values = normal_quantile(np.where(is_upper, other, share))
        return np.where(is_upper, -values, values)


# How the years of an uncertain value are drawn, by whether they are independent.
DRAWS = {False: "one draw for all years", True: "each year drawn anew"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A point and perhaps a distribution, in coherent base units."""

    point: float
    distribution: Distribution | None = None

    def scaled(self, factor: float) -> Moment:
        """Return `factor` times the same; `factor` is positive."""
        spread = self.distribution.scaled(factor) if self.distribution else None
        return Moment(spread.point if spread else self.point * factor, spread)


@dataclass(frozen=True, slots=True)
class Value:
    """What a scenario or a fact says about one quantity.

    point: in coherent base units. distribution: in the same, or None for a certain value.
    unit: as written; shows a scenario's own quantity. currency: the currency written when it is not the declared one;
    the value is then still in that currency and waits for an exchange rate.
    status: given, default or overridden. source: words for a reader, or None. place: in a scenario or on the command
    line, None for a fact. fact: id of the fact used; fact_status, as_of, currency_year, url: its own (the first two may
    stand beside a value too); file: file and line of a fact of one's own. replaces: id of the fact that this value
    stands in for.
    converted: name of the exchange rate that the value goes through; point, distribution and years are then what they
    are at `at_rate`, where that rate stands, and follow it elsewhere. original: the amount before that.
    growth: what it grows by from year to year, a pure number; point and distribution are then the first year's.
    by_year: years and what holds in each, in order; point is then the earliest year's. independent: each of these years
    is drawn anew; else one draw decides where all of them stand.
    """

    point: float
    distribution: Distribution | None
    unit: Unit
    status: str
    source: str | None = None
    note: str | None = None
    place: Place | None = None
    fact: str | None = None
    replaces: str | None = None
    fact_status: str | None = None
    as_of: str | None = None
    currency_year: int | None = None
    file: str | None = None
    url: str | None = None
    currency: str | None = None
    converted: str | None = None
    original: str | None = None
    at_rate: float = 1.0
    growth: Moment | None = None
    by_year: tuple[tuple[int, Moment], ...] = ()
    independent: bool = False

    @property
    def is_yearly(self) -> bool:
        """Tell whether the value differs from year to year."""
        return self.growth is not None or bool(self.by_year)

    @property
    def written(self) -> list[Moment]:
        """Return the moments as they were written, in the currency that was written."""
        return self.scaled(self.at_rate).moments

    @property
    def moments(self) -> list[Moment]:
        """Return every point with its distribution: one, those of the years, or the first year's and the growth."""
        if self.by_year:
            return [each for _, each in self.by_year]
        return [Moment(self.point, self.distribution), *([self.growth] if self.growth else [])]

    @property
    def is_uncertain(self) -> bool:
        """Tell whether anything about the value is spread."""
        if self.by_year:
            return any(each.distribution for _, each in self.by_year)
        return self.distribution is not None or (self.growth is not None and self.growth.distribution is not None)

    @property
    def draws(self) -> str:
        """Return how the years of an uncertain value are drawn, in words; empty where there is nothing to say."""
        if not (self.is_yearly and self.is_uncertain):
            return ""
        return DRAWS[self.independent]

    def scaled(self, factor: float) -> Value:
        """Return `factor` times the value; its growth stays."""
        first = Moment(self.point, self.distribution).scaled(factor)
        years = tuple((year, each.scaled(factor)) for year, each in self.by_year)
        return replace(self, point=first.point, distribution=first.distribution, by_year=years)
