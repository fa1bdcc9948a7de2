"""Values that differ from year to year: `{by year: {...}}`, `{start: ..., grows: ...}`, `{fact by year: ...}`."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from calc.engine.catalogue import Quantity
from calc.errors import CalcError, quote
from calc.facts.dates import fitting_fact, span
from calc.scenario.examples import fitting
from calc.scenario.fact_values import fact_value, refuse_other_quantity
from calc.scenario.nodes import Mapping, Node, Scalar
from calc.scenario.shapes import read_mapping
from calc.scenario.years import read_year, span_text
from calc.text import did_you_mean
from calc.units import parse_unit
from calc.value import Moment, Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from calc.facts import Fact
    from calc.scenario.values import Reading

    ReadPart = Callable[[Node, Quantity | None, str], Value]

INDEPENDENT = "independent"
KEYS = ("by year", "start", "grows", "fact by year", INDEPENDENT)
_YEAR = parse_unit("year")


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
        return replace(first, growth=Moment(rate.point, rate.distribution).scaled(_YEAR.factor), place=node.place)
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
    found = {}
    for text, (key, node) in years.entries.items():
        found[read_year(text, key.place)] = part(node, quantity, name)
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
        raise CalcError(
            "E-FACT", f"no fact {quote(node.text)} has a date", place=node.place, hint="write `{fact: ...}`"
        )
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
