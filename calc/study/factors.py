"""What can be moved of the inputs of a case: a value, the start and the growth of one that grows, a value by year.

A value by year is moved as a whole, by the share of its draws that lie below: all years at their p10, all at their p90.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from calc.arrays import np
from calc.engine.figures import Series
from calc.engine.flat import growth_of, share_of
from calc.errors import CalcError
from calc.records import dataclass
from calc.scenario.years import figure_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from calc.arrays import Array
    from calc.scenario.axis import Range
    from calc.scenario.case import ResolvedCase
    from calc.value import Distribution, Moment, Value

START, GROWTH, YEARS = "start", "growth", "years"
# The middle of the share of draws of a value by year, where every year stands at its likely value.
LIKELY = float("nan")


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing to move.

    label: what it is called; name: its input. kind: start (also a value that is the same in all years), growth, or
    years (a value by year, moved by the share below it).
    point: what it is at the likely values. distribution: of the start or growth; None for a value by year, or for one
    that is certain. low, high: the range to move it through, `whole` if that is all that it can be.
    """

    label: str
    name: str
    kind: str
    point: float
    distribution: Distribution | None
    low: float
    high: float
    whole: bool

    @property
    def likely(self) -> float:
        """Return where the input stands at its likely values."""
        return LIKELY if self.kind == YEARS else self.point

    def quantile(self, shares: Array) -> Array:
        """Return where the factor stands at shares of its draws, a float64 array inside (0, 1)."""
        return shares if self.distribution is None else self.distribution.quantile(shares)


class Factors:
    """The factors of a case.

    names: the inputs to move, those that are uncertain or have a range of their own. ranges: those ranges.
    """

    def __init__(
        self, case: ResolvedCase, names: Iterable[str], years: Sequence[int], ranges: Mapping[str, Range] | None = None
    ) -> None:
        self.years = years
        self.values = {name: case.values[name] for name in names}
        self.found: dict[str, Factor] = {}
        for name, value in self.values.items():
            for each in _factors(name, value, years, (ranges or {}).get(name)):
                self.found[each.label] = each

    @cached_property
    def names(self) -> list[str]:
        """Return the inputs that have something to move."""
        return list(dict.fromkeys(each.name for each in self.found.values()))

    @cached_property
    def yearly(self) -> set[str]:
        """Return the inputs that differ from year to year."""
        return {name for name in self.names if self.values[name].is_yearly}

    def at(self, label: str = "", place: float = LIKELY, scale: float = 1.0) -> dict[str, float | Series]:
        """Return the inputs with one factor at a place, and all others at their likely values.

        scale: what to multiply the input, or its growth, with where it stands at its likely value.
        """
        factor = self.found.get(label)
        return self._likely if factor is None else {**self._likely, factor.name: self._single(factor, place, scale)}

    @cached_property
    def _likely(self) -> dict[str, float | Series]:
        return {name: figure_of(self.values[name], self.years) for name in self.names}  # type: ignore[misc]  # a given value is a number, or one a year

    def _single(self, factor: Factor, place: float, scale: float) -> float | Series:
        name, value = factor.name, self.values[factor.name]
        if place != place and factor.kind == YEARS:  # noqa: PLR0124  # it is not itself where it is LIKELY
            figure = figure_of(value, self.years)
            return Series(tuple(each * scale for each in figure.values))  # type: ignore[union-attr, operator]  # given
        moved = np.array([factor.point * scale if place != place else place])  # noqa: PLR0124  # as above
        column = self._column(name, {factor.label: moved})[0]
        return Series(tuple(column.tolist())) if name in self.yearly else float(column)

    def shares(self, label: str, shares: Sequence[float]) -> list[float]:
        """Return where a factor stands at shares of its draws."""
        found: list[float] = self.found[label].quantile(np.array(shares)).tolist()
        return found

    def shown(self, label: str, places: Sequence[float]) -> list[float]:
        """Return what a reader sees of an input at places of a factor; of a value by year its first uncertain year."""
        if self.found[label].kind != YEARS:
            return list(places)
        moment = dict(self.values[self.found[label].name].by_year)[self._first_uncertain(label)]
        found: list[float] = _at_share(moment, np.array(places)).tolist()
        return found

    def named(self, label: str) -> str:
        """Return what a reader of a tornado knows a factor by."""
        factor = self.found[label]
        return factor.name if factor.kind == YEARS else label

    def shown_year(self, label: str) -> int | None:
        """Return the year that a shown number is of; None where it is of all years."""
        factor = self.found[label]
        if factor.kind == YEARS:
            return self._first_uncertain(label)
        return self.years[0] if factor.name in self.yearly and factor.kind == START else None

    def _first_uncertain(self, label: str) -> int:
        moments = dict(self.values[self.found[label].name].by_year)
        return next(year for year in self.years if moments[year].distribution)

    def columns(self, places: Mapping[str, Array]) -> dict[str, Array]:
        """Return columns of inputs from places of factors, arrays of shape (samples,); of yearly ones (samples, years).

        Inputs of which no factor is named are left out. Places of a start and of a growth may have any shapes that
        broadcast against each other.
        """
        names = dict.fromkeys(self.found[label].name for label in places)
        return {name: self._column(name, places) for name in names}

    def _column(self, name: str, places: Mapping[str, Array]) -> Array:
        mine = {self.found[label].kind: array for label, array in places.items() if self.found[label].name == name}
        value = self.values[name]
        if YEARS in mine:
            moments = dict(value.by_year)
            return np.stack([_at_share(moments[year], mine[YEARS]) for year in self.years], axis=1)
        start = mine.get(START, np.array(value.point))
        if value.growth is None:
            return start
        growth = mine.get(GROWTH, np.array(value.growth.point))
        return start[..., np.newaxis] * (1 + growth[..., np.newaxis]) ** np.arange(len(self.years))


def _at_share(moment: Moment, shares: Array) -> Array:
    if moment.distribution is None:
        return np.full(len(shares), moment.point)
    inside = np.clip(np.where(np.isnan(shares), 0.5, shares), 0.0, 1.0)
    return np.where(np.isnan(shares), moment.point, moment.distribution.quantile(inside))


def _factors(name: str, value: Value, years: Sequence[int], given: Range | None) -> Iterable[Factor]:
    if value.by_year:
        spreads = [each.distribution for year, each in value.by_year if year in years and each.distribution]
        if spreads and value.independent:
            message = f"`{name}` draws each year anew, and a sensitivity study moves an input as one"
            hint = "leave out `independent`"
            raise CalcError("E-SENSITIVITY", message, place=value.place, hint=hint)
        if spreads:
            whole = all(each.support for each in spreads)
            low, high = (0.0, 1.0) if whole else (0.01, 0.99)
            yield Factor(share_of(name), name, YEARS, _share_below(spreads[0]), None, low, high, whole)
        return
    if given is not None:
        # Where it stands outside, the way there belongs to what is looked at.
        ends = min(given.low, value.point), max(given.high, value.point)
        yield Factor(name, name, START, value.point, value.distribution, *ends, whole=True)
    elif value.distribution is not None:
        yield Factor(name, name, START, value.point, value.distribution, *_span(value.distribution))
    if value.growth is not None and value.growth.distribution is not None:
        spread = value.growth.distribution
        yield Factor(growth_of(name), name, GROWTH, value.growth.point, spread, *_span(spread))


def _span(spread: Distribution) -> tuple[float, float, bool]:
    """Return a finite support whole, of tails p1 to p99."""
    if spread.support is not None:
        return (*spread.support, True)
    low, high = spread.quantile(np.array([0.01, 0.99])).tolist()
    return low, high, False


def _share_below(spread: Distribution) -> float:
    """Return the share of draws below the likely value."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if spread.quantile(np.array([middle]))[0] < spread.point else (low, middle)
    return float(f"{(low + high) / 2:.9g}")
