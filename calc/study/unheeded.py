"""Inputs that are given and not used because another variant was chosen, and the variants that would use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.catalogue import spread
from calc.engine.graph import formula_of, make_plan
from calc.errors import CalcError
from calc.text import or_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from calc.engine.catalogue import Catalogue
    from calc.engine.graph import Plan
    from calc.scenario.resolved import ResolvedCase, Scenario

# What a report calls them.
ASIDE = "Given, but not used"


def unheeded(scenario: Scenario, columns: Iterable[tuple[ResolvedCase, Plan]]) -> dict[str, str]:
    """Return a remark by the name of every input that a person gave and that the variants in use leave aside.

    columns: the cases, and their parts, each with the plan of what it was asked for. Where only some cases of the file
    are answered there is no remark: the input may be there for another.
    """
    if scenario.origin.options.cases:
        return {}
    catalogue, columns = scenario.catalogue, list(columns)
    used = {(name, case.values[name].place) for case, plan in columns for name in plan.leaves}
    found: dict[str, str] = {}
    # Ten thousand cases differ in what they give, seldom in what they choose.
    tried = set()
    for case, plan in columns:
        chosen = tuple(sorted(case.use.items()))
        for name, value in case.values.items():
            asked = value.status != "default" and value.place is not None
            if asked and (name, value.place) not in used and name not in found and (name, chosen) not in tried:
                tried.add((name, chosen))
                remark = _remark(catalogue, case, plan, name)
                if remark:
                    found[name] = remark
    return found


def unheeded_by_studies(scenario: Scenario) -> list[str]:
    """Return the same for the cases of a scenario's studies, whose catalogue it has."""
    asked = scenario.studies
    cases = [*asked.sweep_cases, *(case for each in asked.goal_cases for case in each)]
    cases += [*asked.sensitivity_cases, *asked.comparison_cases]
    plans = ((case, _plan(scenario.catalogue, case, case.use)) for case in cases)
    return list(unheeded(scenario, [(case, plan) for case, plan in plans if plan]).values())


def _remark(catalogue: Catalogue, case: ResolvedCase, plan: Plan, name: str) -> str:
    """Return what leaves an input of a case aside and what would use it; empty where no other variant would."""
    for key, chosen, meaning, others in _decided(catalogue, case, plan):
        plans = {
            each: _plan(catalogue, case, {**case.use, **spread(catalogue.choices, {key: each})}) for each in others
        }
        takers = [each for each, found in plans.items() if found and name in found.leaves]
        if takers:
            ways = or_list([f"use: {{{key}: {each}}}" for each in takers])
            return f"`{name}` is given, but `{chosen}` does not use it ({meaning}); {ways} does"
    return ""


def _decided(catalogue: Catalogue, case: ResolvedCase, plan: Plan) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield what was chosen on the way to a case's figures: by which name, which variant, its meaning, the others."""
    bound = {each: name for name, choice in catalogue.choices.items() for each in choice.binds}
    seen = set()
    for name in plan.order:
        formula = formula_of(catalogue, name, case.use)
        key = bound.get(name, name)
        if formula is None or not formula.variant or key in seen:
            continue
        seen.add(key)
        choice = catalogue.choices.get(key)
        meaning = choice.options[formula.variant] if choice else formula.assumption
        options = choice.options if choice else catalogue[name].formulas
        yield key, formula.variant, meaning.rstrip("."), [each for each in options if each != formula.variant]


def _plan(catalogue: Catalogue, case: ResolvedCase, use: Mapping[str, str]) -> Plan | None:
    """Return the plan of what a case is asked for under a choice of variants, or None where there is none."""
    try:
        return make_plan(catalogue, case.asked, set(case.values), use, set(case.totals))
    except CalcError:
        return None
