"""`years:` the years that a scenario looks at, and values that differ from year to year."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from calc.engine.figures import Figure, Series
from calc.errors import CalcError, quote
from calc.scenario.shapes import read_scalar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.errors import Place
    from calc.scenario.nodes import Node
    from calc.value import Value

MAX_YEARS = 100
_SPAN = re.compile(r"([0-9]{4})(?:\s+to\s+([0-9]{4}))?")
_FIRST, _LAST = 1900, 2200


def read_years(node: Node) -> tuple[int, ...]:
    """Read `2026 to 2030` or one year.

    Raises CalcError.
    """
    scalar = read_scalar(node, "years", "2026 to 2030")
    match = _SPAN.fullmatch(scalar.text.strip())
    if match is None:
        message = f"`years` is {quote(scalar.text)}, which is no span of years"
        raise CalcError("E-YEARS", message, place=scalar.place, hint="as in `years: 2026 to 2030`")
    first = read_year(match[1], scalar.place)
    last = read_year(match[2] or match[1], scalar.place)
    if last < first:
        hint = f"write `{last} to {first}`"
        raise CalcError("E-YEARS", f"`years` runs backwards from {first} to {last}", place=scalar.place, hint=hint)
    if last - first >= MAX_YEARS:
        message = f"`years` are {last - first + 1} years"
        raise CalcError("E-YEARS", message, place=scalar.place, hint=f"take at most {MAX_YEARS}")
    return tuple(range(first, last + 1))


def read_year(text: str, place: Place) -> int:
    """Read one calendar year.

    Raises CalcError.
    """
    if re.fullmatch(r"[0-9]{4}", text) is None or not _FIRST <= int(text) <= _LAST:
        hint = f"write four digits, from {_FIRST} to {_LAST}"
        raise CalcError("E-YEARS", f"{quote(text)} is no year", place=place, hint=hint)
    return int(text)


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
    missing = [year for year in years if year not in known]
    if value.by_year and missing:
        message = f"`{name}` has no value for {span_text(missing)}"
        hint = f"it has {span_text(known)}; give the other years too, or use `start` and `grows`"
        raise CalcError("E-YEARS", message, place=value.place, hint=hint)


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
