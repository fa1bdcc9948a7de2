"""The result of a sensitivity study as plain dictionaries: tornado, indices, elasticities, flips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.report.json_values import number
from calc.report.study_values import inputs_of, statistics_dict
from calc.units.format import clean

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.scenario.resolve import Scenario
    from calc.study.flip import Flip
    from calc.study.sensitivity import SensitivityCase, Swing

_APART = "the shares take the inputs as independent, although `correlate` ties some"


def sensitivity_dict(scenario: Scenario, cases: list[SensitivityCase], between: list[Flip]) -> dict[str, Any]:
    """Return what drives the figures of every case, and where verdicts flip."""
    return {
        "cases": [_case(scenario, found) for found in cases],
        "flips_between_cases": [_flip(scenario, each) for each in between],
        **({"notes": [_APART]} if scenario.correlated and any(each.tornado for each in cases) else {}),
    }


def _case(scenario: Scenario, found: SensitivityCase) -> dict[str, Any]:
    figures = {}
    for name, swings in found.tornado.items():
        quantity = scenario.catalogue[name]
        year = found.years.get(name)
        figures[name] = {
            **({} if year is None else {"year": year}),
            "value": number(found.points[name], quantity.unit),
            "unit": quantity.unit_text,
            **statistics_dict(found.statistics.get(name), None, quantity),
            "inputs": [_swing(scenario, each, quantity) for each in swings],
        }
    return {
        "name": found.case.name,
        "samples": found.samples,
        "figures": figures,
        "not_driven": found.absent,
        "flips": [_flip(scenario, each) for each in found.flips],
        "inputs": inputs_of(scenario, found.case),
    }


def _swing(scenario: Scenario, swing: Swing, figure: Quantity) -> dict[str, Any]:
    quantity = scenario.catalogue[swing.name]
    index = swing.index

    def at(value: float | None) -> float | None:
        return None if value is None else number(value, figure.unit)

    return {
        "name": swing.name,
        **({} if swing.year is None else {"year": swing.year}),
        "unit": quantity.unit_text,
        "p10": number(swing.low, quantity.unit),
        "p90": number(swing.high, quantity.unit),
        "at_p10": at(swing.at_low),
        "at_p90": at(swing.at_high),
        "elasticity": None if swing.elasticity is None else clean(round(swing.elasticity, 9)),
        "first_order": index and clean(index.first),
        "first_order_error": index and clean(index.first_error),
        "total": index and clean(index.total),
        "total_error": index and clean(index.total_error),
    }


def _flip(scenario: Scenario, flip: Flip) -> dict[str, Any]:
    quantity = scenario.catalogue[flip.quantity]
    nearest = flip.nearest
    return {
        "verdict": flip.verdict,
        "holds": flip.holds,
        "probability": None if flip.probability is None else clean(flip.probability),
        "confidence": flip.confidence,
        "input": flip.name,
        "quantity": flip.quantity,
        "unit": quantity.unit_text,
        "value": number(flip.point, quantity.unit),
        "low": number(flip.low, quantity.unit),
        "high": number(flip.high, quantity.unit),
        "range": "whole" if flip.whole else "p1 to p99",
        "flips_at": [number(each, quantity.unit) for each in flip.values],
        "nearest": None if nearest is None else number(nearest, quantity.unit),
    }
