"""What a study of a case holds its figures against: conditions, of each part where they are, and the models' checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from calc.engine.figures import NotIncluded
from calc.engine.flat import qualified
from calc.engine.graph import known_names
from calc.errors import CalcError
from calc.study.breakdown import MOST
from calc.study.checks import rests_on_samples, share_held
from calc.study.evaluator import Evaluator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calc.scenario.conditions import Condition
    from calc.scenario.resolved import ResolvedCase, Scenario


def applicable(scenario: Scenario, case: ResolvedCase, conditions: Iterable[Condition]) -> list[Condition]:
    """Return the conditions that the figures of a case answer; one on figures of parts becomes one for each."""
    known, found = set(case.asked), []
    for condition in conditions:
        ours = [name for name in condition.names if name not in known]
        if not ours:
            found.append(condition)
            continue
        for part in scenario.parts:
            names = {name: qualified(name, part) for name in ours}
            if known.issuperset(names.values()):
                found.append(condition.in_part(part, names))
    return found


def passes(condition: Condition, evaluator: Evaluator, values: Mapping[str, float]) -> bool:
    """Tell whether a condition holds at values of some inputs as in a run: of uncertain figures, in enough samples."""
    scenario = evaluator.scenario
    if rests_on_samples(condition, evaluator):
        drawn = evaluator.sample(values, min(scenario.samples, MOST), scenario.seed)
        return share_held([condition], drawn, scenario.years) >= condition.share
    lacking = {name: NotIncluded((name,)) for name in condition.names}
    return condition.holds({**lacking, **evaluator.at(values)}, scenario.years)


class ModelCheck(NamedTuple):
    """A check that the figures of a case can answer; names: those of its names that have figures."""

    condition: Condition
    names: list[str]


def model_checks(scenario: Scenario, case: ResolvedCase) -> list[ModelCheck]:
    """Return the models' checks that the figures of a case can answer, those of each part too."""
    catalogue, has_years = scenario.catalogue, bool(scenario.years)
    given = {name for name, value in case.values.items() if has_years or not value.is_yearly}
    asked = [_of_part(condition, part) for part in ("", *scenario.parts) for condition, _ in scenario.model_checks]
    names = [name for condition in asked for name in condition.names if name in catalogue]
    known = known_names(catalogue, names, given, case.use, has_years=has_years)
    found = []
    for condition in asked:
        here, required = [name for name in condition.names if name in known], set(condition.required)
        if required.issubset(here) and (len(here) > len(required) or len(condition.names) == len(required)):
            found.append(ModelCheck(condition, here))
    return found


def changed_checks(scenario: Scenario, case: ResolvedCase, values: Mapping[str, float]) -> list[ModelCheck]:
    """Return the models' checks that a study of some inputs can break, and those that are broken whatever it chooses.

    values: one value of each of the inputs.
    """
    found = []
    for check in model_checks(scenario, case):
        evaluator = Evaluator(scenario, case, check.names, values)
        is_held = _is_held(check, evaluator, values)
        if is_held is False or (is_held and not values.keys().isdisjoint(evaluator.plan.leaves)):
            found.append(check)
    return found


def broken_checks(scenario: Scenario, case: ResolvedCase, values: Mapping[str, float]) -> list[Condition]:
    """Return the models' checks that do not hold where some inputs have these values."""
    return [
        check.condition
        for check in model_checks(scenario, case)
        if _is_held(check, Evaluator(scenario, case, check.names, values), values) is False
    ]


def _is_held(check: ModelCheck, evaluator: Evaluator, values: Mapping[str, float]) -> bool | None:
    """Tell whether a check holds, None where a figure that it requires is not included."""
    try:
        figures = evaluator.at(values)
        if any(isinstance(figures[name], NotIncluded) for name in check.condition.required):
            return None
        return passes(check.condition, evaluator, values)
    except CalcError:
        # A formula that leaves the finite numbers is told of by what asks for it.
        return True


def _of_part(condition: Condition, part: str) -> Condition:
    if not part:
        return condition
    return condition.in_part(part, {name: qualified(name, part) for name in condition.names})
