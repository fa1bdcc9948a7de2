"""Prices of facts brought from the money of their year to that of one year, by dated price levels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calc.errors import CalcError
from calc.text import and_list

if TYPE_CHECKING:
    from calc.scenario.context import Context
    from calc.value import Value

# The quantity that says to which year, and the facts of the level of prices, by year.
YEAR = "price_level_year"
LEVELS = "us-prices.consumer_price_index"


def at_one_level(context: Context, values: dict[str, Value]) -> dict[str, Value]:
    """Return values whose prices are in the money of the scenario's `price_level_year`; without one as they are.

    Only facts know the year of their money. A level that no fact holds is an error in the context's problems.
    """
    wanted = values.get(YEAR)
    if wanted is None:
        return values
    year = round(wanted.point / wanted.unit.factor)
    # Of the whole year, not of a month.
    dated = {each.id.partition("@")[2]: each.value for each in context.facts.dated(LEVELS)}
    levels = {int(at): value for at, value in dated.items() if len(at) == 4 and value}
    found = dict(values)
    for name, value in values.items():
        money = value.currency_year
        # What was converted followed the prices of its own country.
        if money is None or money == year or value.converted:
            continue
        unknown = [each for each in (money, year) if each not in levels]
        if unknown:
            message = f"`{name}` is in money of {money}; no level of prices is known for {and_list(map(str, unknown))}"
            hint = f"levels are known from {min(levels)} to {max(levels)}; give `{name}` in money of {year}"
            context.problems.add(CalcError("E-PRICE-LEVEL", message, place=value.place or wanted.place, hint=hint))
            continue
        rise = levels[year] / levels[money]
        words = f"{value.source}; brought from money of {money} to {year} by consumer prices, x {rise:.4g}"
        found[name] = replace(value.scaled(rise), source=words, currency_year=year)
    return found
