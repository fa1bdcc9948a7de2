"""All studies of a scenario, run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calc.scenario.plausible import Doubt, doubt
from calc.scenario.references import base_name
from calc.study.studied import Studied

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.scenario.find_section import Best, Goal
    from calc.scenario.resolve import Scenario
    from calc.study.find import Found


def of_studies(scenario: Scenario) -> Scenario:
    """Return a scenario as its studies see it: a part or a year of a quantity is a quantity with a name of its own."""
    catalogue = scenario.studies.catalogue
    return scenario if catalogue is None else replace(scenario, catalogue=catalogue)


def run_studies(scenario: Scenario) -> Studied:
    """Run the studies that a scenario asks for.

    Raises CalcError when one would take too much room or a formula leaves the finite numbers.
    """
    asked = scenario.studies
    if asked.is_empty:
        return Studied()
    scenario = of_studies(scenario)
    found = Studied(scenario=scenario)
    from calc.scenario.find_section import Goal
    from calc.study.best import run_best
    from calc.study.compare import run_comparison
    from calc.study.draws import as_chosen
    from calc.study.find import run_goal
    from calc.study.sensitivity import run_sensitivity
    from calc.study.sweep import run_sweep

    found.sweep = run_sweep(scenario)
    for goal, cases in zip(asked.goals, asked.goal_cases, strict=True):
        drawn = as_chosen(scenario, cases)
        each = [
            run_goal(drawn, goal, case) if isinstance(goal, Goal) else run_best(drawn, goal, case) for case in cases
        ]
        found.goals.append((goal, each))
        found.doubts += _doubts(scenario, goal, each)
    found.sensitivity, found.between = run_sensitivity(scenario)
    found.comparison = run_comparison(scenario)
    return found


def _doubts(scenario: Scenario, goal: Goal | Best, cases: Iterable[Found]) -> list[Doubt]:
    """Return where an answer lies far from all known figures; the range searched may, as wide as one likes."""
    told = [
        doubt(scenario.catalogue[base_name(name)], [(value, None)])
        for each in cases
        for name, value in each.values.items()
    ]
    return [Doubt(f"found: {text}", goal.ranges[0].place) for text in dict.fromkeys(told) if text]
