"""Amounts in another currency, converted only through a dated exchange-rate fact or a given rate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calc.errors import CalcError
from calc.scenario.examples import fitting
from calc.units.format import GIVEN_DIGITS, amount_text

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from calc.scenario.context import Context
    from calc.value import Value


def convert(
    context: Context, values: dict[str, Value], used: AbstractSet[str], given: AbstractSet[str]
) -> dict[str, Value]:
    """Convert amounts in another currency through the exchange rate that the scenario's facts give.

    Returns the values with those amounts converted. Without one certain rate, an amount that the scenario gives or a
    figure needs is an error in the context's problems; a fact that nothing needs is left out.
    given: all names that are given, also those whose value could not be read, which is an error already.
    """
    converted = dict(values)
    for name, value in values.items():
        if value.currency is None:
            continue
        declared = context.catalogue[name].unit.dimension.currency
        rate_name = f"{value.currency.lower()}_per_{str(declared).lower()}"
        rate = values.get(rate_name)
        if rate is None or rate.is_uncertain or rate.is_yearly or rate.point <= 0 or rate.source is None:
            del converted[name]
            is_read = rate is not None or rate_name not in given
            if is_read and (name in used or value.place is not None):
                _no_rate(context, name, value, str(declared), rate_name, rate)
            continue
        original = amount_text(value.point, value.unit, digits=GIVEN_DIGITS)
        converted[name] = replace(value.scaled(1 / rate.point), converted=rate_name, original=original)
    return converted


def _no_rate(context: Context, name: str, value: Value, declared: str, rate_name: str, rate: Value | None) -> None:
    facts = fitting(rate_name, context.facts)
    hint = f"write it in {declared}, or give `{rate_name}` under `inputs:`"
    if facts:
        hint = "take a dated exchange rate, as in `facts: [fx]`"
    if facts:
        hint += f", or name one under `inputs:`; {facts}"
    message = f"`{name}` is in {value.currency} and needs {declared}, and no `{rate_name}` is given"
    if rate is not None:
        message = f"`{rate_name}` is not one rate above 0 with a source, which a conversion needs"
        hint = f"as in `{rate_name}: {{value: ..., source: ..., note: ...}}`, or take `facts: [fx]`"
    context.problems.add(CalcError("E-CURRENCY", message, place=value.place, hint=hint))
