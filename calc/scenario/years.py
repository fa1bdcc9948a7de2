"""`years:` the years that a scenario looks at, and values that differ from year to year."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from calc.engine.catalogue import Quantity
from calc.engine.figures import Figure, Series
from calc.errors import CalcError, quote
from calc.facts.book import fitting_fact, span
from calc.records import replace
from calc.scenario.fact_values import fact_value, fitting, refuse_other_quantity
from calc.scenario.shapes import read_mapping, read_scalar
from calc.scenario.yaml_reader import Mapping, Node, Scalar
from calc.text import did_you_mean, pattern
from calc.units import parse_unit
from calc.value import Moment, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calc.errors import Place
    from calc.facts import Fact
    from calc.scenario.fact_values import Reading
    from calc.scenario.yaml_reader import Node
    from calc.value import Value

    ReadPart = Callable[[Node, Quantity | None, str], Value]

MAX_YEARS = 100
_SPAN = pattern(r"((?:[Ff][Yy]\s?)?[0-9]{2,4})(?:\s+[Tt][Oo]\s+((?:[Ff][Yy]\s?)?[0-9]{2,4}))?")
_MONTHS = pattern(r"([0-9]{4})-(0[1-9]|1[0-2])\s+to\s+([0-9]{4})-(0[1-9]|1[0-2])")
_YEAR = pattern(r"([Ff][Yy]\s?(?=[0-9]{2}(?:[0-9]{2})?$))?([0-9]{4}|(?<=[Yy ])[0-9]{2})(/[0-9]{2})?")
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


# ---------------------------------------------------------------- values that differ from year to year


INDEPENDENT = "independent"
KEYS = ("by year", "start", "grows", "fact by year", INDEPENDENT)
_ONE_YEAR = parse_unit("year")


@lru_cache(maxsize=1)
def _growth() -> Quantity:
    unit = parse_unit("%/year")
    return Quantity("grows", unit, "%/year", "Growth from year to year", -99, None, optional=False, model="scenario")


def read_yearly(
    node: Mapping, keys: list[str], quantity: Quantity | None, name: str, reading: Reading, part: ReadPart
) -> Value | None:
    """Read a mapping whose keys are one of the forms above, or return None when they are not.

    part: reads one value inside the form. Raises CalcError.
    """
    if INDEPENDENT in keys:
        rest = [key for key in keys if key != INDEPENDENT]
        found = read_yearly(node, rest, quantity, name, reading, part)
        return found and replace(found, independent=_independent(node.entries[INDEPENDENT], found, name))
    if keys == ["by year"]:
        return _by_year(read_mapping(node.entries["by year"][1], "by year"), quantity, name, part)
    if sorted(keys) == ["grows", "start"]:
        first = part(node.entries["start"][1], quantity, name)
        rate = part(node.entries["grows"][1], _growth(), "grows")
        if first.is_yearly or rate.is_yearly:
            message = f"`start` and `grows` of `{name}` are one value each"
            raise CalcError("E-VALUE", message, place=node.place, hint="values of your own stand under `by year`")
        # A rate a year times the length of a year is the pure number that a year's growth adds.
        return replace(first, growth=Moment(rate.point, rate.distribution).scaled(_ONE_YEAR.factor), place=node.place)
    if keys == ["fact by year"]:
        return _facts_by_year(node.entries["fact by year"][1], quantity, name, reading)
    return None


def _independent(entry: tuple[Scalar, Node], found: Value, name: str) -> bool:
    """Return whether every year is drawn anew."""
    key, node = entry
    if found.growth is not None:
        # Growth that is another in every year would not be the one rate that was written down.
        message = f"the start and the growth of `{name}` are one draw each"
        hint = "name the value of every year, as in `{by year: {2026: 70 to 90 USD/MWh, ...}, independent: true}`"
        raise CalcError("E-VALUE", message, place=key.place, hint=hint)
    if not isinstance(node, Scalar) or node.text not in {"true", "false"}:
        message = f"`{INDEPENDENT}` of `{name}` is neither true nor false"
        raise CalcError("E-VALUE", message, place=node.place, hint="write `true`, or leave `independent` out")
    return node.text == "true"


def _by_year(years: Mapping, quantity: Quantity | None, name: str, part: ReadPart) -> Value:
    found: dict[int, Value] = {}
    for text, (key, node) in years.entries.items():
        year = read_year(text, key.place)
        if year in found:
            raise CalcError("E-KEY", f"`{name}` has the year {year} twice", place=key.place, hint="name each year once")
        found[year] = part(node, quantity, name)
    if not found:
        raise CalcError("E-MISSING-VALUE", f"`{name}` has no years", place=years.place, hint="as in `{2026: $10M}`")
    for value in found.values():
        if value.is_yearly:
            raise CalcError(
                "E-VALUE", f"a year of `{name}` has years of its own", place=value.place, hint="nest no years"
            )
    first = found[min(found)]
    strange = next((each for each in found.values() if _kind(each) != _kind(first)), None)
    if strange is not None:
        hint = "give all years in one unit and currency"
        raise CalcError("E-VALUE", f"the years of `{name}` have different units", place=strange.place, hint=hint)
    return _joined(first, found, years)


def _kind(value: Value) -> tuple[object, str | None]:
    return value.unit.dimension, value.currency


def _joined(first: Value, found: dict[int, Value], node: Node) -> Value:
    moments = tuple((year, Moment(found[year].point, found[year].distribution)) for year in sorted(found))
    return replace(first, distribution=None, by_year=moments, place=node.place)


def _facts_by_year(node: Node, quantity: Quantity | None, name: str, reading: Reading) -> Value:
    if not isinstance(node, Scalar) or node.is_null:
        hint = "as in `{fact by year: rent-h100-sxm.gpu_hour_price}`"
        raise CalcError("E-FACT", "`fact by year` names dated facts", place=node.place, hint=hint)
    dated = reading.facts.dated(node.text)
    if not dated:
        meant = did_you_mean(node.text, reading.facts.series_names()) or fitting(name, reading.facts, reading.used)
        raise CalcError("E-FACT", f"there are no dated facts {quote(node.text)}", place=node.place, hint=meant)
    by_year: dict[int, list[Fact]] = {}
    for fact in dated:
        refuse_other_quantity(fact, quantity, node.place, reading.facts)
        if fact.as_of:
            by_year.setdefault(read_year(fact.as_of[:4], node.place), []).append(fact)
    if not by_year:
        message, hint = f"no fact {quote(node.text)} has a date", f"write `{{fact: {node.text.strip()}}}`"
        raise CalcError("E-FACT", message, place=node.place, hint=hint)
    # Of several facts of a year the one that fits it best stands for it.
    used = {year: fitting_fact(facts, span([year])) for year, facts in by_year.items()}
    values = {year: fact_value(fact, quantity, name, reading.warnings, node.place) for year, fact in used.items()}
    dated = [used[year] for year in sorted(used)]
    sources = "; ".join(dict.fromkeys(fact.source for fact in dated))
    unsure = any(fact.status == "unverified" for fact in dated)
    first = values[min(values)]
    return replace(
        _joined(first, values, node),
        status="given",
        source=f"{sources}, {span_text(sorted(values))}",
        fact=node.text,
        fact_status="unverified" if unsure else dated[-1].status,
        as_of=dated[-1].as_of,
    )
