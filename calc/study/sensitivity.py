"""What drives a figure: each uncertain input moved alone (a tornado), its shares of the variance, its elasticity."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calc.study.evaluator import Evaluator
from calc.study.flip import Flip, flips
from calc.study.indices import Index, indices, uniforms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.engine.figures import Figure
    from calc.scenario.resolve import ResolvedCase, Scenario
    from calc.value import Value

# Half of the width of the step, in logarithms, over which an elasticity is measured.
_STEP = 1e-4
_SMOOTH = 0.01
_BASE_SAMPLES = 8192


@dataclass(frozen=True, slots=True)
class Swing:
    """A figure with one input at its p10 and p90, all others at their likely values.

    low, high: those of the input; at_low, at_high: the figure there, None where it has no value.
    elasticity: per cent that the figure changes by for one per cent of the input; None where either is 0 or absent.
    index: shares of the variance; None where the figure has none.
    """

    name: str
    low: float
    high: float
    at_low: float | None
    at_high: float | None
    elasticity: float | None
    index: Index | None

    @property
    def width(self) -> float:
        """Return how far the figure swings."""
        return abs(self.at_high - self.at_low) if self.at_low is not None and self.at_high is not None else math.inf


@dataclass(slots=True)
class SensitivityCase:
    """What drives the figures of one case.

    tornado: for every figure its swings, widest first. points: the figures at the likely values.
    flips: for every verdict and input the values at which it changes. left_aside: uncertain inputs that differ by year.
    """

    case: ResolvedCase
    points: dict[str, float] = field(default_factory=dict)
    tornado: dict[str, list[Swing]] = field(default_factory=dict)
    flips: list[Flip] = field(default_factory=list)
    left_aside: list[str] = field(default_factory=list)
    samples: int = 0


def run_sensitivity(scenario: Scenario) -> tuple[list[SensitivityCase], list[Flip]]:
    """Return the sensitivities of every case, and the flips of comparisons between cases."""
    asked = scenario.studies.sensitivity
    if asked is None:
        return [], []
    cases = [_Drivers(scenario, case).run() for case in scenario.studies.sensitivity_cases]
    within, between = flips(scenario, asked)
    for found in cases:
        found.flips = [each for each in within if each.case == found.case.name]
    return cases, between


class _Drivers:
    """One case whose inputs are moved."""

    def __init__(self, scenario: Scenario, case: ResolvedCase) -> None:
        self.scenario = scenario
        self.case = case
        uncertain = [each for each in case.studied if case.values[each].is_uncertain]
        self.inputs = [each for each in uncertain if not case.values[each].is_yearly]
        self.yearly = [each for each in uncertain if each not in self.inputs]
        self.evaluator = Evaluator(scenario, case, case.wanted, self.inputs)

    def run(self) -> SensitivityCase:
        points = {name: self.case.values[name].point for name in self.inputs}
        at_points = _numbers(self.evaluator.at(points))
        found = SensitivityCase(self.case, points=at_points, left_aside=self.yearly)
        figures = [name for name in at_points if name not in self.inputs]
        if not self.inputs or not figures:
            return found
        found.samples = min(self.scenario.samples, _BASE_SAMPLES)
        shares = self._indices(figures, found.samples)
        swings: dict[str, list[Swing]] = {name: [] for name in figures}
        for name in self.inputs:
            low, high = ends(self.case.values[name])
            at_low, at_high = (_numbers(self.evaluator.at({**points, name: each})) for each in (low, high))
            elasticities = self._elasticities(points, name)
            for figure in figures:
                if _moves(figure, at_points, at_low, at_high) or name in shares.get(figure, {}):
                    index = shares.get(figure, {}).get(name)
                    swing = Swing(
                        name, low, high, at_low.get(figure), at_high.get(figure), elasticities.get(figure), index
                    )
                    swings[figure].append(swing)
        for figure, each in swings.items():
            moving = [one for one in each if one.width > 0 or (one.index and one.index.total > 1e-9)]
            found.tornado[figure] = sorted(moving, key=lambda one: (-one.width, one.name))
        return found

    def _indices(self, figures: list[str], samples: int) -> dict[str, dict[str, Index]]:
        import numpy as np

        from calc.study.moves import Moves

        first, second = (
            {name: self.case.values[name].distribution.quantile(each) for name, each in columns.items()}  # type: ignore[union-attr]  # inputs are uncertain
            for columns in uniforms(self.inputs, samples, self.scenario.seed)
        )

        moves = Moves(self.evaluator, dict.fromkeys(self.inputs, False))

        def evaluate(columns: Mapping[str, Any]) -> dict[str, Any]:
            return picked(moves.at(columns), columns)

        def moved(name: str, columns: Mapping[str, Any]) -> dict[str, Any]:
            return picked(moves.again(name, columns[name]), columns)

        def picked(found: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
            shape = next(iter(columns.values())).shape
            return {name: np.broadcast_to(found[name], shape) for name in figures if name in found}

        return indices(evaluate, first, second, moved)

    def _elasticities(self, points: dict[str, float], name: str) -> dict[str, float]:
        if points[name] == 0:
            return {}
        wide, narrow = (self._slopes(points, name, step) for step in (_STEP, _STEP / 8))
        # Where a floor or another jump lies within the step, the slope says how small the step is, and nothing else.
        return {figure: each for figure, each in wide.items() if abs(each - narrow.get(figure, math.inf)) < _SMOOTH}

    def _slopes(self, points: dict[str, float], name: str, step: float) -> dict[str, float]:
        up, down = math.exp(step), math.exp(-step)
        above, below = (_numbers(self.evaluator.at({**points, name: points[name] * each})) for each in (up, down))
        return {
            figure: math.log(above[figure] / below[figure]) / (2 * step)
            for figure in above
            if figure in below and above[figure] * below[figure] > 0
        }


def ends(value: Value) -> tuple[float, float]:
    """Return p10 and p90 of an uncertain value."""
    import numpy as np

    spread = value.distribution
    if spread is None:
        raise AssertionError(value)
    low, high = spread.quantile(np.array([0.1, 0.9])).tolist()
    return low, high


def _moves(figure: str, points: Mapping[str, float], low: Mapping[str, float], high: Mapping[str, float]) -> bool:
    return not points.get(figure) == low.get(figure) == high.get(figure)


def _numbers(figures: Mapping[str, Figure]) -> dict[str, float]:
    """Return the figures that are one number; of one that differs from year to year there is no tornado."""
    return {name: float(each) for name, each in figures.items() if isinstance(each, float | int)}
