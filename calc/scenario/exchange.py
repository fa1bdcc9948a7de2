"""Amounts in another currency: converted through an exchange rate, which stays an input that they follow.

A converted value is held at the point of its rate; wherever the rate stands elsewhere (in another year, in a sample, at
a point of a study), the value follows it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calc.engine.evaluate import evaluate_formula
from calc.engine.figures import at_year
from calc.engine.graph import make_plan
from calc.errors import CalcError
from calc.expression import Call, Expression, Name, Number
from calc.scenario.examples import fitting
from calc.scenario.settings import OPTION
from calc.scenario.years import figure_of
from calc.units.format import GIVEN_DIGITS, amount_text
from calc.value import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from calc.engine.catalogue import Catalogue
    from calc.engine.figures import Figure
    from calc.engine.graph import Plan
    from calc.scenario.context import Context
    from calc.value import Value


def rate_of(context: Context, name: str, value: Value) -> str:
    """Return the name of the exchange rate that a value in another currency waits for."""
    declared = context.catalogue[name].unit.dimension.currency
    return f"{str(value.currency).lower()}_per_{str(declared).lower()}"


def convert(
    context: Context, values: dict[str, Value], used: AbstractSet[str], given: AbstractSet[str]
) -> dict[str, Value]:
    """Convert amounts in another currency through the exchange rate that the scenario gives.

    Returns the values with those amounts converted. Without a rate, an amount that the scenario gives or a figure needs
    is an error in the context's problems; a fact that nothing needs is left out.
    given: all names that are given, also those whose value could not be read, which is an error already.
    """
    converted = dict(values)
    for name, value in values.items():
        if value.currency is None:
            continue
        rate_name = rate_of(context, name, value)
        rate = values.get(rate_name)
        if rate is None or not is_rate(rate):
            del converted[name]
            # What only a study gives the rate of is left to the study.
            is_asked = value.place is not None and (rate is not None or rate_name not in context.chosen)
            is_read = rate is not None or rate_name not in given
            if is_read and (name in used or is_asked):
                _no_rate(context, name, value, rate_name, rate)
            continue
        if rate.source is None:
            context.reading.warnings.append(f"no source: {rate_name}")
        original = amount_text(value.point, value.unit, digits=GIVEN_DIGITS)
        first = context.document.years[:1]
        at = next((each.point for year, each in rate.by_year if year in first), rate.point)
        converted[name] = replace(value.scaled(1 / at), converted=rate_name, original=original, at_rate=at)
    return converted


def is_rate(rate: Value) -> bool:
    """Tell whether a value is an exchange rate: above 0 whatever it comes to be, and with a source.

    One from the command line needs no source.
    """
    is_set = rate.place is not None and rate.place.source.name == OPTION
    return _is_positive(rate) and (rate.source is not None or is_set)


def _is_positive(rate: Value) -> bool:
    moments = rate.moments if rate.by_year else rate.moments[:1]
    ends = [each.distribution.support for each in moments if each.distribution]
    return all(each.point > 0 for each in moments) and all(each[0] > 0 for each in ends if each)


def no_rate_hint(context: Context, rate_name: str, otherwise: str) -> str:
    """Return the hint where an exchange rate is missing; otherwise: where no fact gives it."""
    facts = fitting(rate_name, context.facts)
    return (
        f"take a dated exchange rate, as in `facts: [fx]`, or name one under `inputs:`; {facts}" if facts else otherwise
    )


def _no_rate(context: Context, name: str, value: Value, rate_name: str, rate: Value | None) -> None:
    declared = str(context.catalogue[name].unit.dimension.currency)
    facts = fitting(rate_name, context.facts)
    hint = no_rate_hint(context, rate_name, f"write it in {declared}, or give `{rate_name}` under `inputs:`")
    message = f"`{name}` is in {value.currency} and needs {declared}, and no `{rate_name}` is given"
    place = value.place
    if rate is not None:
        lack = "has no source" if rate.source is None and _is_positive(rate) else "is not above 0"
        message = f"`{rate_name}` {lack}, and `{name}` is converted with it"
        dated = ", or take `facts: [fx]`" if facts else ""
        hint = f"as in `{rate_name}: {{value: ..., source: ..., note: ...}}`{dated}"
        place = rate.place or place
    context.problems.add(CalcError("E-CURRENCY", message, place=place, hint=hint))


# ---------------------------------------------------------------- conversions as a part of the graph


def plan_of_values(
    catalogue: Catalogue,
    names: Iterable[str],
    values: Mapping[str, Value],
    use: Mapping[str, str],
    totals: AbstractSet[str] = frozenset(),
    also: Iterable[str] = (),
) -> Plan:
    """Return the plan for names; the exchange rates that given values go through are among its leaves.

    also: names that have a value beside those. Raises LoopError.
    """
    plan = make_plan(catalogue, names, {*values, *also}, use, totals)
    rates: dict[str, list[str]] = {}
    for name in plan.leaves:
        rate = values[name].converted if name in values else None
        if rate and rate not in plan.leaves:
            rates.setdefault(rate, []).append(name)
    if not rates:
        return plan
    found = [rate for rate in rates if rate in values]
    missing = {rate: plan.missing.get(rate, []) + users for rate, users in rates.items() if rate not in values}
    return replace(plan, leaves=[*plan.leaves, *found], missing={**plan.missing, **missing})


def conversion(expression: Expression, value: Value) -> Expression:
    """Return what an expression of a value at the point of its rate is wherever that rate stands."""
    if not value.converted:
        return expression
    return Call("multiply", (expression, Call("divide", (Number(value.at_rate), Name(value.converted)))))


def varies(name: str, values: Mapping[str, Value]) -> tuple[bool, bool]:
    """Return whether a given value is uncertain, and whether it differs from year to year; its rate may be why."""
    value = values[name]
    rate = values.get(value.converted or "")
    both = [value, rate] if rate else [value]
    return any(each.is_uncertain for each in both), any(each.is_yearly for each in both)


def given_figure(name: str, values: Mapping[str, Value], years: Sequence[int]) -> Figure:
    """Return a given value at its point and that of its rate: a number, or one for each of the years."""
    value, figure = values[name], figure_of(values[name], years)
    if not value.converted or value.converted not in values:
        return figure
    figures = {name: figure, value.converted: figure_of(values[value.converted], years)}
    return evaluate_formula(name, conversion(Name(name), value), figures, {}, years)


def shown_value(name: str, values: Mapping[str, Value], years: Sequence[int]) -> Value:
    """Return a given value as a report shows it: one whose rate differs from year to year has a value in every year."""
    value = values[name]
    rate = values.get(value.converted or "")
    if rate is None:
        return value
    if not rate.is_yearly or not years:
        return replace(value.scaled(value.at_rate / rate.point), at_rate=rate.point)
    figures, rates = given_figure(name, values, years), figure_of(rate, years)
    moments = dict(value.by_year)
    found = []
    for at, year in enumerate(years):
        moment = moments.get(year, Moment(value.point, value.distribution))
        spread = moment.scaled(value.at_rate / at_year(rates, at)).distribution  # type: ignore[operator]  # given rates are numbers
        # The range of a later year of what grows is no multiple of the first year's, where the growth has one too.
        kept = spread if value.growth is None else None
        found.append((year, Moment(float(at_year(figures, at)), kept)))  # type: ignore[arg-type]  # so are given values
    return replace(value, distribution=None, by_year=tuple(found), point=found[0][1].point)
