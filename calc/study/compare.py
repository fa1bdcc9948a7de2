"""Cases side by side: every figure, its difference and ratio to the first case, and what explains the difference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calc.study.evaluator import Evaluator
from calc.study.waterfall import Side, Waterfall, explain

if TYPE_CHECKING:
    from calc.engine.figures import Figure
    from calc.scenario.resolve import Scenario

# Differences of float arithmetic, relative to the figures.
_NOISE = 1e-12


@dataclass(frozen=True, slots=True)
class Spread:
    """The difference of a figure to the first case over shared samples; lower: share of samples in which it is less."""

    mean: float
    p10: float
    p90: float
    lower: float


@dataclass(slots=True)
class CompareFigure:
    """One figure in all cases; differences, ratios, spreads and waterfalls belong to all cases but the first."""

    name: str
    figures: list[Figure]
    differences: list[float | None] = field(default_factory=list)
    ratios: list[float | None] = field(default_factory=list)
    spreads: list[Spread | None] = field(default_factory=list)
    waterfalls: list[Waterfall | None] = field(default_factory=list)


@dataclass(slots=True)
class Compared:
    """Sides in the order asked for, and their figures."""

    sides: list[Side]
    figures: list[CompareFigure]


def run_comparison(scenario: Scenario) -> Compared | None:
    """Return the comparison that a scenario's section asks for."""
    if scenario.studies.comparison is None:
        return None
    sides = [Side(case.name, scenario, case) for case in scenario.studies.comparison_cases]
    return compare(sides) if len(sides) > 1 else None


def compare(sides: list[Side]) -> Compared:
    """Compare the figures that all sides answer."""
    first = sides[0]
    names = [name for name in first.case.wanted if all(_same_unit(first, each, name) for each in sides[1:])]
    evaluators = [Evaluator(each.scenario, each.case, names) for each in sides]
    at = [each.at({}) for each in evaluators]
    rows = [CompareFigure(name, [figures[name] for figures in at]) for name in names]
    drawn = [_sampled(each) for each in evaluators]
    for row in rows:
        base = row.figures[0]
        for position, side in enumerate(sides[1:], 1):
            other = row.figures[position]
            difference = _difference(base, other)
            row.differences.append(difference)
            row.ratios.append(_ratio(base, other))
            row.spreads.append(_spread(drawn[0].get(row.name), drawn[position].get(row.name)))
            row.waterfalls.append(explain(first, side, row.name) if difference else None)
    return Compared(sides, rows)


def _difference(base: Figure, other: Figure) -> float | None:
    """Return the difference of two numbers; one that rounding alone can make is 0."""
    if not isinstance(base, float | int) or not isinstance(other, float | int):
        return None
    return other - base if abs(other - base) > _NOISE * max(abs(base), abs(other)) else 0.0


def _ratio(base: Figure, other: Figure) -> float | None:
    numbers = isinstance(base, float | int) and isinstance(other, float | int)
    return other / base if numbers and base else None  # type: ignore[operator]  # numbers, as just asked


def _same_unit(one: Side, other: Side, name: str) -> bool:
    quantity = other.scenario.catalogue.quantities.get(name)
    unit = one.scenario.catalogue[name].unit
    return name in other.case.wanted and quantity is not None and quantity.unit.dimension == unit.dimension


def _sampled(evaluator: Evaluator) -> dict[str, Any]:
    """Return samples of the figures; sides draw the same ones for inputs that they share."""
    if not evaluator.uncertain:
        return {}
    return evaluator.sample({}, evaluator.scenario.samples, evaluator.scenario.seed)


def _spread(one: Any, other: Any) -> Spread | None:
    import numpy as np

    if one is None or other is None or one.shape != other.shape or one.shape[1] > 1:
        return None
    difference = (other - one)[:, 0]
    size = np.abs(one).max() + np.abs(other).max()
    if np.isnan(difference).any() or np.abs(difference).max() <= _NOISE * size or np.ptp(difference) <= _NOISE * size:
        return None
    p10, p90 = np.quantile(difference, [0.1, 0.9], method="inverted_cdf").tolist()
    return Spread(float(difference.mean()), p10, p90, float((difference < 0).mean()))
