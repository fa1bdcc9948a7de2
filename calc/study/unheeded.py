"""Inputs that are given and not used because another variant was chosen, and the variants that would use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.catalogue import spread
from calc.engine.graph import formula_of, make_plan
from calc.errors import CalcError
from calc.text import or_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.catalogue import Catalogue
    from calc.study.results import Answer, CaseAnswer


def unheeded(answer: Answer) -> dict[str, str]:
    """Return a remark by the name of every input that a person gave and that the variants in use leave aside."""
    catalogue = answer.scenario.catalogue
    used = {(name, case.case.values[name].place) for case in answer.columns for name in case.plan.leaves}
    found = {}
    for case in answer.columns:
        for name, value in case.case.values.items():
            asked = value.status != "default" and value.place is not None
            if asked and name not in found and (name, value.place) not in used:
                remark = _remark(catalogue, case, name)
                if remark:
                    found[name] = remark
    return found


def _remark(catalogue: Catalogue, case: CaseAnswer, name: str) -> str:
    """Return what leaves an input of a case aside and what would use it; empty where no other variant would."""
    for key, chosen, meaning, others in _decided(catalogue, case):
        takers = [each for each in others if name in _leaves(catalogue, case, {key: each})]
        if takers:
            ways = or_list([f"use: {{{key}: {each}}}" for each in takers])
            return f"`{name}` is given, but `{chosen}` does not use it ({meaning}); {ways} does"
    return ""


def _decided(catalogue: Catalogue, case: CaseAnswer) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield what was chosen on the way to a case's figures: by which name, which variant, its meaning, the others."""
    bound = {each: name for name, choice in catalogue.choices.items() for each in choice.binds}
    seen = set()
    for name in case.plan.order:
        formula = formula_of(catalogue, name, case.case.use)
        key = bound.get(name, name)
        if formula is None or not formula.variant or key in seen:
            continue
        seen.add(key)
        options = catalogue.choices[key].options if key in catalogue.choices else catalogue[name].formulas
        meaning = catalogue.choices[key].options[formula.variant] if key in catalogue.choices else formula.assumption
        yield key, formula.variant, meaning.rstrip("."), [each for each in options if each != formula.variant]


def _leaves(catalogue: Catalogue, case: CaseAnswer, chosen: dict[str, str]) -> list[str]:
    """Return the given names that a case would use if it chose otherwise."""
    use = {**case.case.use, **spread(catalogue.choices, chosen)}
    try:
        return make_plan(catalogue, case.case.asked, set(case.case.values), use, set(case.case.totals)).leaves
    except CalcError:
        return []
