"""`years:` the years that a scenario looks at, and values that differ from year to year."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Self

from calc.engine.figures import Figure, Series
from calc.errors import CalcError, quote
from calc.scenario.shapes import read_scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.errors import Place
    from calc.scenario.nodes import Node
    from calc.value import Value

MAX_YEARS = 100
_SPAN = re.compile(r"((?:FY\s?)?[0-9]{2,4})(?:\s+to\s+((?:FY\s?)?[0-9]{2,4}))?", re.IGNORECASE)
_MONTHS = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])\s+to\s+([0-9]{4})-(0[1-9]|1[0-2])")
_YEAR = re.compile(r"(FY\s?(?=[0-9]{2}(?:[0-9]{2})?$))?([0-9]{4}|(?<=[Yy ])[0-9]{2})(/[0-9]{2})?", re.IGNORECASE)
# A year as it stands after `in`.
YEAR = r"(?:FY)?\d{4}(?:/\d{2})?"
_FIRST, _LAST = 1900, 2200


class Year(int):
    """A year of twelve months by the calendar year that it begins in, or that names it, and what it is called.

    label: `2026`, `FY2026` for a fiscal year, `2026/27` for one that begins in another month than January.
    """

    label: str

    def __new__(cls, year: int, label: str = "") -> Self:
        """Return a year; without a label it is that of the calendar."""
        found = super().__new__(cls, year)
        found.label = label or str(int(year))
        return found

    def __str__(self) -> str:
        return self.label


def read_years(node: Node) -> tuple[int, ...]:
    """Read `2026 to 2030`, `FY2026 to FY2029`, `2026-07 to 2029-06`, or one year.

    Raises CalcError.
    """
    scalar = read_scalar(node, "years", "2026 to 2030")
    text = scalar.text.strip()
    if months := _MONTHS.fullmatch(text):
        return _years_of_months([int(each) for each in months.groups()], scalar.place)
    match = _SPAN.fullmatch(text)
    if match is None or _is_fiscal(match[1]) != _is_fiscal(match[2] or match[1]):
        message = f"`years` is {quote(scalar.text)}, which is no span of years"
        hint = "as in `years: 2026 to 2030`, `FY2026 to FY2029` or `2026-07 to 2029-06`"
        raise CalcError("E-YEARS", message, place=scalar.place, hint=hint)
    first = read_year(match[1], scalar.place)
    last = read_year(match[2] or match[1], scalar.place)
    if last < first:
        hint = f"write `{last} to {first}`"
        raise CalcError("E-YEARS", f"`years` runs backwards from {first} to {last}", place=scalar.place, hint=hint)
    if last - first >= MAX_YEARS:
        message = f"`years` are {last - first + 1} years"
        raise CalcError("E-YEARS", message, place=scalar.place, hint=f"take at most {MAX_YEARS}")
    label = "FY" if _is_fiscal(match[1]) else ""
    return tuple(Year(each, f"{label}{each}") for each in range(first, last + 1))


def _is_fiscal(text: str) -> bool:
    return text[:2].upper() == "FY"


def _years_of_months(span: list[int], place: Place) -> tuple[int, ...]:
    """Return the years of twelve months that a span of months is made of.

    span: year and month of the first and of the last.
    """
    first, begins, last, ends = span
    count = (last - first) * 12 + ends - begins + 1
    if count <= 0 or count % 12 or count > 12 * MAX_YEARS:
        end = first * 12 + begins - 2 + 12 * max(1, min(round(count / 12), MAX_YEARS))
        message = f"`years` are {count} months, which are no years of twelve"
        hint = f"as in `{first}-{begins:02} to {end // 12}-{end % 12 + 1:02}`"
        raise CalcError("E-YEARS", message, place=place, hint=hint)
    years = range(read_year(str(first), place), first + count // 12)
    return tuple(Year(each, "" if begins == 1 else f"{each}/{(each + 1) % 100:02}") for each in years)


def read_year(text: str, place: Place | None = None) -> Year:
    """Read one year: `2026`, `FY2026`, or `2026/27`, which begins in 2026.

    Raises CalcError.
    """
    match = _YEAR.fullmatch(text.strip())
    year = int(match[2]) if match else 0
    # FY27 is short for FY2027.
    year += 2000 if match and match[1] and year < 100 else 0
    follows = not match or not match[3] or int(match[3][1:]) == (year + 1) % 100
    if not match or not follows or not _FIRST <= year <= _LAST:
        hint = f"write four digits, from {_FIRST} to {_LAST}"
        raise CalcError("E-YEARS", f"{quote(text)} is no year", place=place, hint=hint)
    return Year(year, f"FY{year}" if match[1] else f"{year}{match[3] or ''}")


def span_text(years: Sequence[int]) -> str:
    """Return the years in words: `2026`, `2026 to 2030`, or a list where some lie apart."""
    if len(years) > 1 and list(years) == list(range(years[0], years[-1] + 1)):
        return f"{years[0]} to {years[-1]}"
    return ", ".join(map(str, years))


def refuse_missing_years(name: str, value: Value, years: Sequence[int]) -> None:
    """Refuse a value by year in a scenario without years, or one that says nothing about some of them.

    Raises CalcError.
    """
    if value.is_yearly and not years:
        message = f"`{name}` differs from year to year, but the scenario has no years"
        raise CalcError("E-YEARS", message, place=value.place, hint="add `years: 2026 to 2030`, or give one value")
    known = [year for year, _ in value.by_year]
    other = next((each for each in known for year in years if each == year and _differ(each, year)), None)
    if other is not None:
        message = f"`{name}` has a value for {other}, and the scenario's years are {span_text(years)}"
        raise CalcError("E-YEARS", message, place=value.place, hint="name the years as under `years`")
    missing = [year for year in years if year not in known]
    if value.by_year and missing:
        message = f"`{name}` has no value for {span_text(missing)}"
        hint = f"it has {span_text(known)}; give the other years too, or use `start` and `grows`"
        raise CalcError("E-YEARS", message, place=value.place, hint=hint)


def _differ(one: int, other: int) -> bool:
    """Tell whether two years of one number are of different kinds; a plain number fits any."""
    return str(one) not in {f"{one:d}", str(other)}


def figure_of(value: Value, years: Sequence[int]) -> Figure:
    """Return a value at its point: a number, or one for each of the years."""
    if value.by_year:
        points = dict(value.by_year)
        return Series(tuple(points[year].point for year in years))
    if value.growth is not None:
        try:
            grown = [value.point * (1 + value.growth.point) ** at for at in range(len(years))]
        except OverflowError:
            grown = [math.inf]
        if not all(map(math.isfinite, grown)):
            message = f"a value that grows by {value.growth.point:.6g} a year exceeds every number by {years[-1]}"
            raise CalcError("E-NOT-FINITE", message, place=value.place, hint="look at the unit of `grows`")
        return Series(tuple(grown))
    return value.point
