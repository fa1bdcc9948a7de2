"""Numbers and names in what studies found, which are in the declared unit of their quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.report.report import Cell, number, unit_text, written
from calc.scenario.case import BASE
from calc.units.format import digits_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.engine.catalogue import Catalogue

# The statistics of an uncertain figure that reports show, the headline first.
SPREAD = ("p50", "p10", "p90")


class Words:
    """Numbers of a result as a reader sees them; they come in the declared unit of their quantity."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def cell(self, name: str, value: float | None, *, digits: int = 4) -> Cell:
        """Return a number as a cell, or that there is no value."""
        if value is None:
            return written("no value")
        quantity = self.catalogue[name]
        return number(value * quantity.unit.factor, quantity, digits=digits)

    def text(self, name: str, value: float | None, *, digits: int = 4) -> str:
        """Return a number with its unit."""
        return self.cell(name, value, digits=digits).alone

    def spread(self, name: str, numbers: Sequence[float | None], ends: tuple[float | None, float | None]) -> list[Cell]:
        """Return numbers with as many digits as it takes to tell the ends of a range apart."""
        low, high, quantity = *ends, self.catalogue[name]
        factor, digits = quantity.unit.factor, 4
        if low is not None and high is not None:
            digits = digits_apart(low * factor, high * factor, quantity.unit, share=quantity.is_share)
        return [self.cell(name, each, digits=digits) for each in numbers]

    def span(self, name: str, low: float, high: float) -> str:
        """Return a range with its unit, with as many digits as it takes to tell its ends apart."""
        one, other = self.spread(name, (low, high), (low, high))
        return f"{one.text} to {other.alone}"

    def unit(self, name: str) -> Cell:
        """Return the unit of a quantity."""
        return Cell(unit_text(self.catalogue[name]), tone="quiet")

    def with_unit(self, name: str, year: int | None = None) -> str:
        """Return a name with its unit, and perhaps a year."""
        words = unit_text(self.catalogue[name])
        dated = f"{name} {year}" if year is not None else name
        return f"{dated} ({words})" if words else dated


def label_of(case: dict[str, Any], before: str) -> str:
    """Return what tells a case apart; nothing where there is one case."""
    return "" if case["name"] == BASE else f"{before}{case['name']}"
