"""When a figure holds: the day of a price, the month or year that one is known by, the period of an average."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from calc.errors import quote
from calc.text import pattern

if TYPE_CHECKING:
    from collections.abc import Sequence


_DATE = pattern(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
# A month's average depends on the season; averages of a year come out a year and more after it has ended.
_MONTH, _STANDS_IN = timedelta(days=31), timedelta(days=730)
_AVERAGE = "measured"


class Dated(Protocol):
    """What holds on a day or in a period: a fact."""

    @property
    def id(self) -> str:
        """Return its name."""

    @property
    def as_of(self) -> str:
        """Return the day or the period as it is written."""

    @property
    def status(self) -> str:
        """Return how it is known."""


Holding = TypeVar("Holding", bound=Dated)


class Period(NamedTuple):
    """The days from `first` to `last`, both within."""

    first: date
    last: date

    @property
    def middle(self) -> date:
        """The day from which a figure of the period ages."""
        return self.first + (self.last - self.first) / 2


@lru_cache(maxsize=4096)
def read_period(as_of: str) -> Period | None:
    """Return the days that `2024`, `2024-07`, `2024-07-31` or `2026-01 to 2026-06` covers; None for an empty text.

    Raises ValueError for what is no date.
    """
    if not as_of:
        return None
    first, to, last = as_of.partition(" to ")
    found = Period(_days(first).first, _days(last if to else first).last)
    if found.last < found.first:
        raise ValueError(f"{quote(as_of)} ends before it begins")
    return found


def is_period(text: str) -> bool:
    """Tell whether a text says when a figure holds, as `read_period` reads it."""
    try:
        return read_period(text) is not None
    except ValueError:
        return False


def _days(text: str) -> Period:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{quote(text)} is no date such as 2024, 2024-07, 2024-07-31 or 2026-01 to 2026-06")
    year, month, day = (int(each) if each else None for each in match.groups())
    try:
        if day:
            only = date(int(match[1]), int(match[2]), day)
            return Period(only, only)
        begin, end = month or 1, month or 12
        return Period(date(year or 0, begin, 1), date(year or 0, end, monthrange(year or 0, end)[1]))
    except ValueError:
        raise ValueError(f"{quote(text)} is no day of the calendar") from None


def span(years: Sequence[int]) -> Period | None:
    """Return the days of the years that a scenario looks at, None where it names none."""
    return Period(date(min(years), 1, 1), date(max(years), 12, 31)) if years else None


def latest_key(fact: Dated) -> tuple[date, date, str]:
    """Return what facts are sorted by, oldest first; one without a date is older than all others."""
    period = read_period(fact.as_of) or Period(date.min, date.min)
    return period.last, period.first, fact.id


def fitting_fact(facts: Sequence[Holding], asked: Period | None) -> Holding:
    """Return which of the facts of one subject and quantity answers.

    The latest; where years are asked for, the latest that does not begin after them, if there is one. The average of a
    month yields to that of a longer time which ended less than two years before: one April is no year's price.
    """
    if len(facts) == 1:
        return facts[0]
    begun = [each for each in facts if asked and each.as_of and _period(each).first <= asked.last]
    ranked = sorted(begun or facts, key=latest_key)
    latest = ranked[-1]
    if not _is_average(latest) or _length(latest) > _MONTH:
        return latest
    longer = [each for each in ranked if _is_average(each) and _length(each) > _MONTH]
    if longer and _period(latest).first - _period(longer[-1]).last < _STANDS_IN:
        return longer[-1]
    return latest


def _period(fact: Dated) -> Period:
    return read_period(fact.as_of) or Period(date.min, date.min)


def _length(fact: Dated) -> timedelta:
    period = _period(fact)
    return period.last - period.first


def _is_average(fact: Dated) -> bool:
    # What was measured over more than a day is an average; a price of which the month is known is none.
    return fact.status == _AVERAGE and _length(fact) > timedelta(0)
