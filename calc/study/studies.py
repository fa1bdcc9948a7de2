"""All studies of a scenario, run; or one alone, as an option or an argument asks for it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError, Place
from calc.scenario.conditions import base_name
from calc.scenario.fact_values import Doubt, doubt
from calc.scenario.options import asked_section
from calc.scenario.resolve import resolve
from calc.study.studied import Studied

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from calc.errors import Problems
    from calc.scenario.load import Loaded
    from calc.scenario.resolve import Options, Scenario
    from calc.scenario.study_sections import Best, Goal
    from calc.study.find import Found

# What machines do is no fault of a scenario.
NOT_OF_SCENARIO = {"E-BUSY", "E-CHECKPOINT", "E-CLUSTER", "E-USAGE", "E-WORKER"}
_MISSING = {
    "sweep": 'add `--axis "rack_power_rated=5 to 25 kW step 5 kW"`',
    "find": 'add `--goal "smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 5"`',
    "sensitivity": "",
}


def of_studies(scenario: Scenario) -> Scenario:
    """Return a scenario as its studies see it: a part or a year of a quantity is a quantity with a name of its own."""
    catalogue = scenario.studies.catalogue
    return scenario if catalogue is None else replace(scenario, catalogue=catalogue)


def run_studies(scenario: Scenario, *, is_placed: bool = False) -> Studied:
    """Run the studies that a scenario asks for.

    is_placed: its cases have their plans already. A sweep makes one at every point.
    Raises CalcError when one would take too much room or a formula leaves the finite numbers.
    """
    asked = scenario.studies
    if asked.is_empty:
        return Studied()
    if scenario.placing is not None and not is_placed and (asked.goals or asked.sensitivity or asked.comparison):
        from calc.study.placing import place_cases

        place_cases(scenario)
    scenario = of_studies(scenario)
    found = Studied(scenario=scenario)
    from calc.scenario.study_sections import Goal
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


# ---------------------------------------------------------------- one study alone


def study_alone(study: str, loaded: Loaded, problems: Problems, given: dict[str, Any], wanted: Options) -> Scenario:
    """Resolve a scenario with one study of it, whatever others its file asks for.

    given: what was given for each option of the study, by the name of its parameter.
    Raises CalcErrors with everything that is wrong.
    """
    place = Place(loaded.document.source, 1, 1)
    node = asked_section(study, given, loaded.document.studies.get(study), place)
    if node is None:
        raise CalcError("E-USAGE", f"the scenario has no section `{study}`", hint=_MISSING[study])
    return of_studies(resolve(loaded, wanted._replace(studies=((study, node),), alone=True), problems))


def run_alone(scenario: Scenario) -> tuple[Scenario, Studied]:
    """Run the study of a scenario; the scenario comes back with what the study says of it."""
    with placed(scenario):
        found = run_studies(scenario)
    warnings = [*scenario.warnings, *(each.text for each in found.doubts)]
    return replace(scenario, warnings=warnings, doubts=[*scenario.doubts, *found.doubts]), found


@contextmanager
def placed(scenario: Scenario) -> Iterator[None]:
    """Give errors the place of the scenario where they have none."""
    try:
        yield
    except CalcError as error:
        if error.code not in NOT_OF_SCENARIO:
            error.place = error.place or scenario.place
        raise
