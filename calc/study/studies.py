"""All studies of a scenario, run; or one alone, as an option or an argument asks for it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError, Place
from calc.records import replace
from calc.scenario.options import entries_of
from calc.scenario.resolve import resolve
from calc.scenario.studies import Studied, study_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.errors import Problems
    from calc.scenario.document import Loaded
    from calc.scenario.resolve import Options, Scenario

# What machines do is no fault of a scenario.
NOT_OF_SCENARIO = {"E-BUSY", "E-CHECKPOINT", "E-CLUSTER", "E-USAGE", "E-WORKER"}


def of_studies(scenario: Scenario) -> Scenario:
    """Return a scenario as its studies see it: a part or a year of a quantity is a quantity with a name of its own."""
    catalogue = scenario.studies.catalogue
    return scenario if catalogue is None else replace(scenario, catalogue=catalogue)


def run_studies(scenario: Scenario, *, is_placed: bool = False) -> Studied:
    """Run the studies that a scenario asks for.

    is_placed: its cases have their plans already. A sweep makes one at every point.
    Raises CalcError when one would take too much room or a formula leaves the finite numbers.
    """
    asked = scenario.studies.asked
    if not asked:
        return Studied()
    if scenario.placing is not None and not is_placed and not all(each.study.plans_itself for each in asked.values()):
        from calc.study.placing import place_cases

        place_cases(scenario)
    scenario = of_studies(scenario)
    result = Studied(scenario)
    for name, each in asked.items():
        found = each.study.run(scenario)
        if found:
            result.found[name] = found
            result.doubts += each.study.doubts(scenario, found)
    return result


# ---------------------------------------------------------------- one study alone


def study_alone(study: str, loaded: Loaded, problems: Problems, given: dict[str, Any], wanted: Options) -> Scenario:
    """Resolve a scenario with one study of it, whatever others its file asks for.

    given: what was given for each option of the study, by the name of its parameter.
    Raises CalcErrors with everything that is wrong.
    """
    place = Place(loaded.document.source, 1, 1)
    kind = study_of(study)
    node = kind.section(given, entries_of(study, given), loaded.document.studies.get(study), place)
    if node is None:
        raise CalcError("E-USAGE", f"the scenario has no section `{study}`", hint=kind.missing_hint)
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
