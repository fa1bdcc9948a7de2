"""A given value: a point, perhaps a distribution, perhaps by year, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.records import dataclass, replace

if TYPE_CHECKING:
    from calc.distribution import Distribution
    from calc.errors import Place
    from calc.units import Unit


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
