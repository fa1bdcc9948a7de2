"""Every case of a scenario at its likely values: what is to be computed, in which order, and its figures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calc.scenario.exchange import plan_of_values
from calc.scenario.resolved import BASE
from calc.study.compute import compute
from calc.study.results import CaseAnswer
from calc.study.totals import add_up
from calc.study.verdicts import compute_for_verdicts

if TYPE_CHECKING:
    from calc.engine.graph import Plan
    from calc.scenario.resolve import ResolvedCase, Scenario


def at_points(scenario: Scenario) -> tuple[list[CaseAnswer], list[set[str]]]:
    """Return every case with its figures, and for each the names that it was asked for, with all that they need.

    What the models' verdicts are about is computed too.
    Raises CalcError when a formula leaves the finite numbers.
    """
    cases = [_prepare(scenario, case) for case in scenario.cases]
    for found in cases:
        _compute_case(scenario, found)
    answered = [found.plan.answered for found in cases]
    for found in cases:
        for column in (*found.parts, found):
            compute_for_verdicts(scenario, column, found.case.totals)
    return cases, answered


def _prepare(scenario: Scenario, case: ResolvedCase) -> CaseAnswer:
    """Return a case and its parts with their plans: what the figures, promises and checks need."""
    alone = case.name == BASE
    found = CaseAnswer(case, plan_of(scenario, case, case.asked, case.totals), case.name)
    for part in case.parts:
        label = part.name if alone else f"{case.name}: {part.name}"
        found.parts.append(CaseAnswer(part, plan_of(scenario, part, part.asked, case.totals), label, case.name))
    if found.parts:
        found.label = "all parts" if alone else f"{case.name}: all parts"
    return found


def plan_of(scenario: Scenario, case: ResolvedCase, names: list[str], totals: dict[str, str]) -> Plan:
    """Return the plan for names of a case or a part."""
    plan = plan_of_values(scenario.catalogue, names, case.values, case.use, set(totals))
    # What only studies use is listed among the assumptions too.
    further = [name for name in case.studied if name not in plan.leaves]
    return replace(plan, leaves=[*plan.leaves, *further]) if further else plan


def _compute_case(scenario: Scenario, found: CaseAnswer) -> None:
    """Compute the parts as far as totals need them, the totals, the whole, and what in the parts follows from it."""
    totals = found.case.totals
    for part in found.parts:
        over = found.case.over
        own = [added for total, added in totals.items() if part.case.name in over.get(total, (part.case.name,))]
        compute(scenario, part, plan_of(scenario, part.case, own, {}))
    for total, added in totals.items():
        add_up(found, total, added)
        for part in found.parts:
            part.figures[total] = found.figures[total]
    for column in (found, *found.parts):
        compute(scenario, column, column.plan)
