"""All studies of a scenario, run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calc.scenario.find_section import Best, Goal
    from calc.scenario.resolve import Scenario
    from calc.study.compare import Compared
    from calc.study.find import Found
    from calc.study.flip import Flip
    from calc.study.sensitivity import SensitivityCase
    from calc.study.sweep import SweepCase


@dataclass(slots=True)
class Studied:
    """The results of all studies; what a scenario does not ask for is empty or None."""

    sweep: list[SweepCase] = field(default_factory=list)
    goals: list[tuple[Goal | Best, list[Found]]] = field(default_factory=list)
    sensitivity: list[SensitivityCase] = field(default_factory=list)
    between: list[Flip] = field(default_factory=list)
    comparison: Compared | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was studied."""
        return not (self.sweep or self.goals or self.sensitivity or self.comparison)


def run_studies(scenario: Scenario) -> Studied:
    """Run the studies that a scenario asks for.

    Raises CalcError when one would take too much room or a formula leaves the finite numbers.
    """
    asked, found = scenario.studies, Studied()
    if asked.is_empty:
        return found
    from calc.scenario.find_section import Goal
    from calc.study.best import run_best
    from calc.study.compare import run_comparison
    from calc.study.find import run_goal
    from calc.study.sensitivity import run_sensitivity
    from calc.study.sweep import run_sweep

    found.sweep = run_sweep(scenario)
    for goal, cases in zip(asked.goals, asked.goal_cases, strict=True):
        each = [
            run_goal(scenario, goal, case) if isinstance(goal, Goal) else run_best(scenario, goal, case)
            for case in cases
        ]
        found.goals.append((goal, each))
    found.sensitivity, found.between = run_sensitivity(scenario)
    found.comparison = run_comparison(scenario)
    return found
