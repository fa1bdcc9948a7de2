"""Answers: every case of a scenario computed, checked and held against its promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.evaluate import NotIncluded, evaluate_formula, evaluate_samples
from calc.engine.explain import figure_text
from calc.engine.graph import formula_of, make_plan
from calc.errors import CalcError
from calc.study.checks import check, hold
from calc.study.remarks import remarks
from calc.study.results import Answer, CaseAnswer
from calc.study.sampling import draw

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.scenario.resolve import ResolvedCase, Scenario

__all__ = ["Answer", "CaseAnswer", "answer", "figure_text"]

MAX_SAMPLE_BYTES = 2_000_000_000


def answer(scenario: Scenario) -> Answer:
    """Compute every case of a scenario.

    Raises CalcError when a formula leaves the finite numbers or the samples would not fit into memory.
    """
    cases = [_answer_case(scenario, case) for case in scenario.cases]
    found = Answer(scenario, cases, [])
    found.warnings = [*scenario.warnings, *remarks(found)]
    return found


def _answer_case(scenario: Scenario, case: ResolvedCase) -> CaseAnswer:
    catalogue, given = scenario.catalogue, set(case.values)
    promises = [each for each in scenario.expectations if each.case == case.name]
    own = [(condition, "") for condition in scenario.checks]
    model = [
        (condition, meaning)
        for condition, meaning in scenario.model_checks
        if _is_known(scenario, case, condition.names)
    ]
    needed = [*case.wanted, *(each.name for each in promises)]
    needed += [name for condition, _ in (*own, *model) for name in condition.names]
    plan = make_plan(catalogue, needed, given, case.use)
    found = CaseAnswer(case, plan, {}, {})
    _compute(scenario, found)
    found.checks = [check(found, condition, meaning) for condition, meaning in (*own, *model)]
    for promise in promises:
        hold(found, promise, catalogue.quantities[promise.name])
    return found


def _is_known(scenario: Scenario, case: ResolvedCase, names: Iterable[str]) -> bool:
    try:
        return not make_plan(scenario.catalogue, names, set(case.values), case.use).missing
    except CalcError:
        return False


def _compute(scenario: Scenario, found: CaseAnswer) -> None:
    case, catalogue = found.case, scenario.catalogue
    figures, samples = found.figures, found.samples
    for name in found.plan.leaves:
        figures[name] = case.values[name].point
    for name in found.plan.not_included:
        figures[name] = NotIncluded((name,))
    uncertain = [name for name in found.plan.leaves if case.values[name].distribution is not None]
    _refuse_too_many(scenario, found, uncertain)
    for name in uncertain:
        distribution = case.values[name].distribution
        if distribution is not None:
            samples[name] = draw(name, distribution, scenario.samples, scenario.seed)
    for name in found.plan.order:
        formula = formula_of(catalogue, name, case.use)
        if formula is None:
            continue
        needs = formula.parameters
        shown = {each: figure_text(figures[each], catalogue[each]) for each in needs}
        figures[name] = evaluate_formula(name, formula.expression, figures, shown)
        if any(each in samples for each in needs):
            inputs = {each: samples.get(each, figures[each]) for each in needs}
            result = evaluate_samples(name, formula.expression, inputs, shown)
            if not isinstance(result, NotIncluded):
                samples[name] = _as_column(result, scenario.samples)


def _as_column(result: Any, samples: int) -> Any:
    import numpy as np

    return np.broadcast_to(np.asarray(result, dtype=float), (samples,))


def _refuse_too_many(scenario: Scenario, found: CaseAnswer, uncertain: list[str]) -> None:
    quantities = len(uncertain) + len(found.plan.order)
    size = quantities * scenario.samples * 8
    if uncertain and size > MAX_SAMPLE_BYTES:
        raise CalcError(
            "E-TOO-LARGE",
            f"{scenario.samples:,} samples of {quantities} quantities are {size / 1e9:,.1f} GB",
            hint=f"at most {MAX_SAMPLE_BYTES / 1e9:,.0f} GB are used; take fewer `samples`",
        )
