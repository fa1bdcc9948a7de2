"""What second computations of formulas share: how they are given values, and plain operations on years and dates.

A second computation is a function of plain Python, written from the source that the formula names. It takes and
returns numbers in the units that the quantities declare (kW, USD/month, ms), so that it converts by itself what `calc`
leaves to its units. A year has 8,760 hours, a month 730.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

HOURS, MONTH_HOURS, MONTH_SECONDS = 8760.0, 730.0, 730.0 * 3600


class Given:
    """The quantities of one case by name, as numbers in their declared units."""

    def __init__(self, values: dict[str, float | None]) -> None:
        self._values = values
        self.optional: set[str] = set()

    def __getattr__(self, name: str) -> float:
        """Return a quantity that the formula needs."""
        value = self._values[name]
        assert value is not None, f"{name} is asked for as if it were always included"
        return value

    def maybe(self, name: str, otherwise: float) -> float:
        """Return a quantity, or `otherwise` where the scenario does not include it."""
        self.optional.add(name)
        value = self._values[name]
        return otherwise if value is None else value


class Years:
    """The quantities of one plan by name, each with a number a year in its declared unit."""

    def __init__(self, values: dict[str, list[float] | None]) -> None:
        self._values = values
        self.optional: set[str] = set()

    def __getattr__(self, name: str) -> list[float]:
        """Return a quantity that the formula needs."""
        value = self._values[name]
        assert value is not None, f"{name} is asked for as if it were always included"
        return value

    def maybe(self, name: str, otherwise: float) -> list[float]:
        """Return a quantity, or `otherwise` in each year where the scenario does not include it."""
        self.optional.add(name)
        value = self._values[name]
        return [otherwise] * self.number if value is None else value

    @property
    def number(self) -> int:
        """Return how many years the plan has."""
        return next(len(each) for each in self._values.values() if each is not None)

    def rows(self, *names: str) -> list[tuple[float, ...]]:
        """Return the quantities of each year together."""
        return list(zip(*(getattr(self, each) for each in names), strict=True))


Second: TypeAlias = Callable[[Given], float | None]
Yearly: TypeAlias = Callable[[Years], list[float] | float | None]


def down(number: float) -> float:
    """Return the whole number below; what is as good as a whole number is one."""
    nearest = round(number)
    return float(nearest if abs(number - nearest) <= 1e-9 * max(1, abs(nearest)) else math.floor(number))


def up(number: float) -> float:
    """Return the whole number above; what is as good as a whole number is one."""
    return -down(-number)


def of_those_included(one: Given, first: str, second: str) -> float:
    """Return the sum of two lines, as far as each is included."""
    return one.maybe(first, 0) + one.maybe(second, 0)


# ---------------------------------------------------------------- years and dates

Lot: TypeAlias = tuple[int, float, float]


def factors(growth: list[float]) -> list[float]:
    """Return what 1 of the first year is in each year; the first year's growth does not count."""
    return [math.prod(growth[1 : year + 1]) for year in range(len(growth))]


def worth(amounts: list[float], dates: list[float], rates: list[float]) -> list[float]:
    """Return present values: each amount stands at its date within its year."""
    found = []
    for year, amount in enumerate(amounts):
        years_before = math.prod(1 + rate for rate in rates[:year])
        found.append(amount / (years_before * (1 + rates[year]) ** dates[year]))
    return found


def lots(need: list[float], life: list[float]) -> list[Lot]:
    """Return year, date within it and size of each purchase that keeps what serves at what is needed."""
    found: list[Lot] = []
    for year, wanted in enumerate(need):
        moments = [0.0]
        for date in moments:
            serves = sum(size for made, at, size in found if made + at + life[made] > year + date + 1e-7)
            if wanted > serves:
                found.append((year, date, wanted - serves))
            ends = [made + at + life[made] - year for made, at, _ in found]
            later = [end for end in ends if date + 1e-7 < end < 1 - 1e-7]
            if later:
                moments.append(min(later))
    return found


def per_year(years: int, made: list[Lot]) -> list[float]:
    """Return what was bought in each year."""
    return [sum(size for year, _, size in made if year == each) for each in range(years)]


def mean_dates(years: int, made: list[Lot]) -> list[float]:
    """Return the mean date of what was bought after the start of each year, 0 where nothing was."""
    late = [each for each in made if each[1] > 0]
    whole = per_year(years, late)
    moment = per_year(years, [(year, date, size * date) for year, date, size in late])
    return [above / below if below else 0.0 for above, below in zip(moment, whole, strict=True)]


def in_service(made: list[Lot], life: list[float], fall: list[float], years: int) -> list[float]:
    """Return by year the integral of what serves; each lot falls by exp(-fall) with each year of its age."""
    found = [0.0] * years
    for year, date, size in made:
        begin, rate = year + date, fall[year]
        for each in range(years):
            young = max(each, begin) - begin
            old = min(each + 1, begin + life[year]) - begin
            if old > young:
                time = old - young if rate == 0 else (math.exp(-rate * young) - math.exp(-rate * old)) / rate
                found[each] += size * time
    return found


def dated(amounts: list[float], dates: list[float]) -> list[Lot]:
    """Return amounts of each year with their dates."""
    return [(year, date, amount) for year, (amount, date) in enumerate(zip(amounts, dates, strict=True))]


def at_start(amounts: list[float]) -> list[Lot]:
    """Return amounts that all stand at the start of their years."""
    return dated(amounts, [0.0] * len(amounts))


def moved(made: list[Lot], delay: list[float], years: int) -> list[Lot]:
    """Return what comes its delay later, as far as the plan goes."""
    found = []
    for year, date, size in made:
        when = year + date + delay[year]
        falls = math.floor(when + 1e-7)
        if falls < years:
            found.append((falls, max(0.0, when - falls), size))
    return found


def spread(made: list[Lot], lead: list[float], timing: list[float]) -> list[Lot]:
    """Return what is paid evenly over its lead before each lot is ready; before the plan is at its beginning.

    timing: where within the time over which a part is paid it counts.
    """
    found = []
    for year, date, size in made:
        ready = year + date
        if lead[year] <= 1e-7:
            found.append((year, date, size))
            continue
        begin = ready - lead[year]
        if begin < 0:
            found.append((0, 0.0, size * -begin / lead[year]))
        for each in range(year + 1):
            low, high = max(begin, each), min(ready, each + 1)
            if high > low + 1e-7:
                at = low - each + (high - low) * timing[each]
                found.append((each, at, size * (high - low) / lead[year]))
    return found


def mean_of(years: int, made: list[Lot]) -> list[float]:
    """Return the mean date of all that stands in each year, 0 where nothing does."""
    whole = per_year(years, made)
    moment = per_year(years, [(year, date, size * date) for year, date, size in made])
    return [above / below if below else 0.0 for above, below in zip(moment, whole, strict=True)]
