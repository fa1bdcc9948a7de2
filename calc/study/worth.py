"""What an input that was left out is likely to be worth: the figure computed again with what known facts give."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from calc.engine.figures import Series
from calc.errors import CalcError
from calc.facts import standard_facts
from calc.records import replace
from calc.scenario.fact_values import fact_value
from calc.study.points import compute, plan_of
from calc.study.results import CaseAnswer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.engine.figures import Figure
    from calc.facts import Fact
    from calc.scenario.case import Scenario
    from calc.value import Value


class Worth(NamedTuple):
    """How much a figure would change with an input that was left out.

    share: the change as a share of the figure; None where no fact gives the input, or it changes nothing by itself.
    value: what it was taken to be, the middle of the known facts, in base units. facts: how many there are.
    """

    name: str
    share: float | None = None
    value: float = 0.0
    facts: int = 0


def worth_of_left_out(
    scenario: Scenario, found: CaseAnswer, name: str, left_out: Sequence[str] | None = None
) -> list[Worth]:
    """Return the inputs that figure `name` of a case leaves out, those first that are likely to change it most.

    Each is tried alone, at the likely values of all others. A case with parts is not computed again.
    left_out: those to look at instead of all.
    """
    left_out = found.left_out(name) if left_out is None else left_out
    before = _number(found.figures[name])
    if not left_out or found.parts or found.inside or not before:
        return [Worth(each) for each in left_out]
    tried = [_worth(scenario, found, name, each, before) for each in left_out]
    return sorted(tried, key=lambda each: -abs(each.share or 0.0))


def _worth(scenario: Scenario, found: CaseAnswer, name: str, left_out: str, before: float) -> Worth:
    facts = standard_facts().for_quantity(left_out)
    given = [each for fact in facts if (each := _value(scenario, left_out, fact)) is not None]
    if not given:
        return Worth(left_out)
    middle = replace(given[0], point=_middle(sorted(each.point for each in given)), distribution=None)
    case = replace(found.case, values={**found.case.values, left_out: middle})
    try:
        again = CaseAnswer(case, plan_of(scenario, case, [name], {}), found.label)
        if again.plan.missing or again.plan.loop:
            return Worth(left_out)
        compute(scenario, again, again.plan)
        after = _number(again.figures[name])
    except CalcError:
        return Worth(left_out)
    share = None if after is None or after == before else after / before - 1
    return Worth(left_out, share, middle.point, len(given))


def _middle(numbers: list[float]) -> float:
    """Return the median of sorted numbers; the standard library's module for it takes as long to load as a scenario."""
    return (numbers[(len(numbers) - 1) // 2] + numbers[len(numbers) // 2]) / 2


def _value(scenario: Scenario, name: str, fact: Fact) -> Value | None:
    try:
        found = fact_value(fact, scenario.catalogue[name], name, [], None)
    except CalcError:
        return None
    # What goes through an exchange rate would need one.
    return None if found.currency else found


def _number(figure: Figure) -> float | None:
    if isinstance(figure, Series):
        numbers = [each for each in figure.values if isinstance(each, float | int)]
        return sum(numbers) if len(numbers) == len(figure.values) else None
    return figure if isinstance(figure, float | int) else None
