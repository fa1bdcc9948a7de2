"""Answers: every case of a scenario computed, checked and held against its promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.evaluate import NotIncluded, evaluate_formula, evaluate_samples
from calc.engine.explain import figure_text
from calc.engine.graph import formula_of, make_plan
from calc.errors import CalcError
from calc.study.checks import check, hold
from calc.study.remarks import remarks
from calc.study.results import Answer, CaseAnswer, CheckResult
from calc.study.sampling import draw

if TYPE_CHECKING:
    from calc.engine.evaluate import Figure
    from calc.scenario.expectations import Expectation
    from calc.scenario.resolve import ResolvedCase, Scenario

__all__ = ["Answer", "CaseAnswer", "answer", "figure_text"]

MAX_SAMPLE_BYTES = 2_000_000_000


def answer(scenario: Scenario) -> Answer:
    """Compute every case of a scenario.

    Raises CalcError when a formula leaves the finite numbers or the samples would not fit into memory.
    """
    try:
        cases = [_prepare(scenario, case) for case in scenario.cases]
        _refuse_too_many(scenario, cases)
        for found in cases:
            _compute(scenario, found)
            found.checks = [check(found, condition) for condition in scenario.checks]
            found.checks += _failed_model_checks(scenario, found)
            for promise in _promises(scenario, found.case):
                hold(found, promise, scenario.catalogue.quantities[promise.name])
    except CalcError as error:
        error.place = error.place or scenario.place
        raise
    result = Answer(scenario, cases, [])
    result.warnings = [*scenario.warnings, *remarks(result)]
    return result


def _promises(scenario: Scenario, case: ResolvedCase) -> list[Expectation]:
    return [each for each in scenario.expectations if each.case == case.name]


def _prepare(scenario: Scenario, case: ResolvedCase) -> CaseAnswer:
    """Return a case with its plan: what the wanted figures, the promises and the scenario's checks need."""
    needed = [*case.wanted, *(each.name for each in _promises(scenario, case))]
    needed += [name for condition in scenario.checks for name in condition.names]
    return CaseAnswer(case, make_plan(scenario.catalogue, needed, set(case.values), case.use), {}, {})


def _failed_model_checks(scenario: Scenario, found: CaseAnswer) -> list[CheckResult]:
    """Return the models' own checks that fail at the likely values, asked for or not; those that hold are no news."""
    failed = []
    for condition, meaning in scenario.model_checks:
        known = [name for name in condition.names if _is_known(scenario, found.case, name)]
        spare = len(condition.names) - len(condition.required)
        if set(condition.required) <= set(known) and (len(known) > len(condition.required) or not spare):
            points = CaseAnswer(found.case, found.plan, _points(scenario, found.case, known), {})
            points.figures.update({name: NotIncluded((name,)) for name in condition.names if name not in known})
            result = check(points, condition, meaning)
            failed += [] if result.passed else [result]
    return failed


def _points(scenario: Scenario, case: ResolvedCase, names: list[str]) -> dict[str, Figure]:
    """Return names and all that they need at the likely values."""
    plan = make_plan(scenario.catalogue, names, set(case.values), case.use)
    found = CaseAnswer(case, plan, {}, {})
    _compute(scenario, found, sampled=False)
    return found.figures


def _is_known(scenario: Scenario, case: ResolvedCase, name: str) -> bool:
    try:
        return not make_plan(scenario.catalogue, [name], set(case.values), case.use).missing
    except CalcError:
        return False


def _compute(scenario: Scenario, found: CaseAnswer, *, sampled: bool = True) -> None:
    case, catalogue = found.case, scenario.catalogue
    figures, samples = found.figures, found.samples
    for name in found.plan.leaves:
        figures[name] = case.values[name].point
    for name in found.plan.not_included:
        figures[name] = NotIncluded((name,))
    for name in found.plan.leaves:
        distribution = case.values[name].distribution
        if sampled and distribution is not None:
            samples[name] = draw(name, distribution, scenario.samples, scenario.seed)
    for name in found.plan.order:
        formula = formula_of(catalogue, name, case.use)
        if formula is None:
            continue
        needs = formula.parameters
        shown = {each: figure_text(figures[each], catalogue[each]) for each in needs}
        try:
            figures[name] = evaluate_formula(name, formula.expression, figures, shown)
        except CalcError as error:
            # A zero that was given is what a person has to look at.
            zeros = (case.values[each].place for each in needs if each in case.values and figures[each] == 0)
            error.place = error.place or next((place for place in zeros if place), None)
            raise
        if any(each in samples for each in needs):
            inputs = {each: samples.get(each, figures[each]) for each in needs}
            result = evaluate_samples(name, formula.expression, inputs, shown)
            if not isinstance(result, NotIncluded):
                samples[name] = _as_column(result, scenario.samples)


def _as_column(result: Any, samples: int) -> Any:
    import numpy as np

    return np.broadcast_to(np.asarray(result, dtype=float), (samples,))


def _refuse_too_many(scenario: Scenario, cases: list[CaseAnswer]) -> None:
    """Size the samples of all cases before any is drawn."""
    arrays = 0
    for found in cases:
        names = {name for name in found.plan.leaves if found.case.values[name].distribution is not None}
        for name in found.plan.order:
            formula = formula_of(scenario.catalogue, name, found.case.use)
            if formula is not None and names.intersection(formula.parameters):
                names.add(name)
        arrays += len(names)
    # Drawing and each operation hold a few arrays more for a moment; a distribution with tails goes through a list.
    tails = any(
        value.distribution is not None and value.distribution.support is None
        for found in cases
        for value in found.case.values.values()
    )
    size = (arrays + (14 if tails else 4)) * scenario.samples * 8 if arrays else 0
    if size > MAX_SAMPLE_BYTES:
        raise CalcError(
            "E-TOO-LARGE",
            f"{scenario.samples:,} samples of {arrays} quantities are {size / 1e9:,.1f} GB",
            hint=f"at most {MAX_SAMPLE_BYTES / 1e9:,.0f} GB are used; take fewer `samples`",
        )
