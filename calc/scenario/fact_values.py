"""Facts as values: their units and bounds checked, their ranges as distributions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from calc.distribution import Distribution
from calc.engine.catalogue import standard_catalogue
from calc.errors import CalcError
from calc.facts.book import LIKELY, MEDIAN, PERCENTILES
from calc.scenario.amount import Amount
from calc.scenario.examples import fitting
from calc.scenario.fit import bounded, check_bounds, unit_of
from calc.text import and_list
from calc.units import parse_unit
from calc.value import Value

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.errors import Place
    from calc.facts import Fact, FactBook

# What low, value and high of a fact are, by its kind.
_SPREADS = {
    LIKELY: ("triangular", ("low", "likely", "high")),
    MEDIAN: ("median", ("low", "median", "high")),
    PERCENTILES: ("split_lognormal", ("p10", "median", "p90")),
}


def fact_value(fact: Fact, quantity: Quantity | None, name: str, warnings: list[str], place: Place | None) -> Value:
    """Return a fact as a value.

    A range with a value is triangular, or what its kind says; a range without one uniform; a value with `sd` normal.
    place: where the scenario asks for the fact; None for a default, whose row is then the place of an error.
    Raises CalcError when the fact does not fit the quantity's unit or bounds.
    """
    unit = parse_unit(fact.unit)
    where = place or fact.place
    value, low, high = (
        None if each is None else Amount(each, unit, 0.0, f"{each:g}") for each in (fact.value, fact.low, fact.high)
    )
    first = value or low or Amount(0.0, unit, 0.0, "0")
    checked, currency = unit_of(first, quantity, where, name)
    keep = partial(
        Value,
        unit=checked,
        status="default",
        source=", ".join(each for each in (fact.source, fact.as_of, fact.file) if each),
        note=fact.note or None,
        fact=fact.id,
        fact_status=fact.status or None,
        as_of=fact.as_of,
        currency_year=fact.currency_year,
        file=fact.file or None,
        url=fact.url or None,
        currency=currency,
    )
    if fact.sd is not None:
        spread = Distribution("normal", (("mean", first.base), ("sd", fact.sd * unit.factor)))
    elif low is None or high is None:
        check_bounds(first.base, quantity, where, first)
        return keep(first.base, None)
    elif value is None:
        spread = Distribution("uniform", (("low", low.base), ("high", high.base)))
    else:
        kind, names = _SPREADS[fact.kind]
        spread = Distribution(kind, tuple(zip(names, (low.base, value.base, high.base), strict=True)))
    spread = bounded(spread, quantity, name, where, warnings)
    return keep(spread.point, spread)


def refuse_other_quantity(fact: Fact, quantity: Quantity | None, place: Place, facts: FactBook) -> None:
    """Refuse a fact that measures something else than the quantity it is taken for, and list those that fit.

    Raises CalcError. Another currency is no other quantity; it is converted.
    """
    if quantity is None:
        return
    known = standard_catalogue().quantities.get(fact.quantity)
    if known is not None and _computes(quantity, known) and _computes(known, quantity):
        # Both have one unit, as an HFU and an MFU do, but a formula lies between them.
        message = f"the fact `{fact.id}` is no `{quantity.name}`: {known.text[:1].lower()}{known.text[1:].rstrip('.')}"
        needs = [each for each in next(iter(quantity.formulas.values())).parameters if each != known.name]
        others = f" and {and_list(needs)}" if needs else ""
        hint = f"give `{known.name}`{others} instead; `{quantity.name}` follows"
        raise CalcError("E-OTHER-QUANTITY", message, place=place, hint=hint)
    found, wanted = parse_unit(fact.unit).dimension, quantity.unit.dimension
    if found != wanted and found.currency == wanted.currency:
        message = f"the fact `{fact.id}` is {found.describe()}, `{quantity.name}` needs {wanted.describe()}"
        hint = fitting(quantity.name, facts) or f"no fact gives `{quantity.name}`; write a value"
        raise CalcError("E-DIMENSION", message, place=place, hint=hint)


def _computes(one: Quantity, other: Quantity) -> bool:
    """Tell whether a formula of the other quantity needs the one, and both are of one dimension."""
    needed = any(one.name in formula.parameters for formula in other.formulas.values())
    return needed and one.name != other.name and one.unit.dimension == other.unit.dimension
