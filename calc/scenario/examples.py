"""What hints propose: amounts that may be and are usual, and facts, first those of what a scenario is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calc.scenario.fit import spelled
from calc.scenario.plausible import doubt
from calc.units import parse_unit
from calc.units.format import compact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from calc.engine.catalogue import Quantity
    from calc.facts import Fact, FactBook

# So many facts a hint lists; a reader chooses from the whole list with `calc list`.
_LISTED = 6
# Of every chip with data, this quantity is known; the fact holds for its release.
_CHIPS = "gpu_peak_bf16"
_RATES = {"1/year": "%/year", "1/month": "%/month"}
_PLAIN = (10.0, 1.0, 0.1)


def fitting(name: str, facts: FactBook, used: Collection[str] = ()) -> str | None:
    """Return a hint that lists facts which give quantity `name`, one a subject, or None.

    used: the bundles of facts that the scenario names; what has to do with them stands first, then the newest.
    """
    found = _ranked(name, facts, used)
    if not found:
        return None
    latest: dict[str, str] = {}
    for fact in found:
        latest.setdefault(fact.subject, fact.id)
    shown = list(latest.values())[:_LISTED]
    listed = ", ".join(f"`{each}`" for each in shown)
    if len(shown) == len(found):
        return f"facts that fit: {listed}"
    more = f"{len(found) - len(shown)} more (`calc list facts --quantity {name}`)"
    return f"facts that fit: {listed} and {more}"


def _ranked(name: str, facts: FactBook, used: Collection[str]) -> list[Fact]:
    """Return the facts of a quantity: of what is in use first, then of the newest chips, then the newest."""
    words = {word for each in used for word in _words(each)}
    chips = {fact.subject.partition("-")[0]: fact.as_of for fact in facts.for_quantity(_CHIPS)}

    def rank(fact: Fact) -> tuple[int, str, str]:
        # `dgx-h100` and `h100-sxm` are about one chip; a word with a digit in it is one's name.
        shared = sum(2 if any(map(str.isdigit, word)) else 1 for word in _words(fact.subject) & words)
        release = max((chips[word] for word in _words(fact.subject) if word in chips), default="")
        return 100 * (fact.subject in used) + shared, release, fact.as_of

    return sorted(facts.for_quantity(name), key=rank, reverse=True)


def _words(subject: str) -> set[str]:
    return set(re.split(r"[-._]", subject))


def example(quantity: Quantity, facts: FactBook, used: Collection[str] = ()) -> str:
    """Return an amount of the quantity as a person writes it, that may be and is usual: `10.2 kW`, `80 %`."""
    return _written(_usual(quantity, facts, used), quantity)


def example_range(quantity: Quantity, facts: FactBook) -> str:
    """Return a range about what is usual, as a person writes it: `5 kW to 20 kW`."""
    number = _usual(quantity, facts, ())
    low = max(number / 2, quantity.low or 0.0)
    high = number * 2 if quantity.high is None else min(number * 2, quantity.high)
    return f"{_written(low, quantity)} to {_written(high, quantity)}"


def _usual(quantity: Quantity, facts: FactBook, used: Collection[str]) -> float:
    possible = [
        number
        for number in _candidates(quantity, facts, used)
        if (quantity.low is None or number >= quantity.low) and (quantity.high is None or number <= quantity.high)
    ]
    # A book without a fact of the quantity may have nothing that is near the known ones.
    usual = (each for each in possible if doubt(quantity, [(each * quantity.unit.factor, None)]) is None)
    return next(usual, possible[0])


def _candidates(quantity: Quantity, facts: FactBook, used: Collection[str]) -> Iterator[float]:
    if quantity.unit.dimension.is_count and not quantity.unit.dimension.is_ratio:
        yield 10.0  # how many there are is a scenario's own matter
    for fact in _ranked(quantity.name, facts, used):
        number, unit = fact.low if fact.value is None else fact.value, parse_unit(fact.unit)
        if number and unit.dimension == quantity.unit.dimension:
            yield float(f"{number * unit.factor / quantity.unit.factor:.4g}")
    if quantity.is_share:
        yield 0.8
    if quantity.band:
        yield float(f"{(quantity.band[0] * quantity.band[1]) ** 0.5:.1g}")
    yield from _PLAIN
    yield ((quantity.low or 0.0) + (quantity.high or 0.0)) / 2


def _written(number: float, quantity: Quantity) -> str:
    unit = _RATES.get(quantity.unit_text, spelled(quantity))
    scaled = number * 100 if unit.startswith("%") else number
    # A magnitude such as M is glued to a number with a unit only.
    shown = compact(scaled, digits=6) if unit or scaled < 1e6 else f"{scaled:,.0f}"
    return f"{shown} {unit}".rstrip()
