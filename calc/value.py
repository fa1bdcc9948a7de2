"""A given value: a point, perhaps a distribution, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calc.distribution import Distribution
    from calc.errors import Place
    from calc.units import Unit


@dataclass(frozen=True, slots=True)
class Value:
    """What a scenario or a fact says about one quantity.

    point: in coherent base units. distribution: in the same, or None for a certain value.
    unit: as written; shows a scenario's own quantity. currency: the currency written when it is not the declared one;
    the value is then still in that currency and waits for an exchange rate.
    status: given, default or overridden. source: words for a reader, or None. place: in a scenario or on the command
    line, None for a fact. fact: id of the fact used; fact_status, as_of, currency_year, url: its own. replaces: id of
    the fact that this value stands in for.
    converted: name of the exchange rate that the value went through; original: the amount before that.
    """

    point: float
    distribution: Distribution | None
    unit: Unit
    status: str
    source: str | None = None
    note: str | None = None
    place: Place | None = None
    fact: str | None = None
    replaces: str | None = None
    fact_status: str | None = None
    as_of: str | None = None
    currency_year: int | None = None
    url: str | None = None
    currency: str | None = None
    converted: str | None = None
    original: str | None = None
