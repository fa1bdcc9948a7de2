"""Answers: every case of a scenario computed, checked and held against its promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calc.engine.evaluate import Figure, NotIncluded, NoValue, evaluate_formula, evaluate_samples
from calc.engine.explain import figure_text
from calc.engine.graph import Plan, formula_of, make_plan
from calc.errors import CalcError
from calc.study.sampling import draw, summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.errors import Place
    from calc.scenario.conditions import Condition
    from calc.scenario.resolve import ResolvedCase, Scenario

MAX_SAMPLE_BYTES = 2_000_000_000
_RELATIVE_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How a check came out.

    value: the left side at the point values, in coherent base units, or the reason why there is none.
    probability: share of samples in which it holds, None without uncertainty.
    """

    condition: Condition
    passed: bool
    value: Figure
    probability: float | None
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that does not hold, in words."""

    place: Place
    message: str


@dataclass(slots=True)
class CaseAnswer:
    """One case computed.

    figures: every name needed, at the point values, in coherent base units. samples: float64 arrays of shape (samples,)
    for the names that are uncertain. unused: given names that nothing needed.
    """

    case: ResolvedCase
    plan: Plan
    figures: dict[str, Figure]
    samples: dict[str, Any]
    checks: list[CheckResult] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)

    @property
    def shown(self) -> list[str]:
        """Return the names to answer; without a `show` list, those that turned out not to be included are left out."""
        asked = self.case.wanted
        return (
            asked
            if self.case.is_explicit
            else [name for name in asked if not isinstance(self.figures[name], NotIncluded)]
        )

    @property
    def rates(self) -> list[str]:
        """Return the exchange rates that conversions of used inputs went through."""
        rates = (self.case.values[name].converted for name in self.plan.leaves)
        return list(dict.fromkeys(rate for rate in rates if rate and rate not in self.plan.leaves))

    def variants(self, catalogue: Catalogue) -> list[tuple[str, str, str]]:
        """Return name, variant and assumption of every figure in use that has several ways to be computed."""
        found = []
        for name in self.plan.order:
            formula = formula_of(catalogue, name, self.case.use)
            if formula is not None and formula.variant:
                found.append((name, formula.variant, formula.assumption))
        return found

    def statistics(self, name: str) -> dict[str, float] | None:
        """Return mean, p10, p50 and p90 in base units, or None where there is no uncertainty or not always a value."""
        values = self.samples.get(name)
        return None if values is None else summary(values)

    def share_without_value(self, name: str) -> float:
        """Return the share of samples in which the figure has no value."""
        values = self.samples.get(name)
        if values is None:
            return 0.0
        import numpy as np

        return float(np.isnan(values).mean())


@dataclass(slots=True)
class Answer:
    """A scenario's answer: its cases in order, and what to tell the reader."""

    scenario: Scenario
    cases: list[CaseAnswer]
    warnings: list[str]

    @property
    def is_uncertain(self) -> bool:
        """Tell whether any figure has samples."""
        return any(case.samples for case in self.cases)

    @property
    def is_fine(self) -> bool:
        """Tell whether every check passed and every promise held."""
        return all(check.passed for case in self.cases for check in case.checks) and not any(
            case.broken for case in self.cases
        )


def answer(scenario: Scenario) -> Answer:
    """Compute every case of a scenario.

    Raises CalcError when a formula leaves the finite numbers or the samples would not fit into memory.
    """
    from calc.study.remarks import remarks

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
    found.checks = [_check(found, condition, meaning) for condition, meaning in (*own, *model)]
    for promise in promises:
        _hold(found, promise, catalogue.quantities[promise.name])
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


_TESTS = {
    "less": lambda a, b, slack: a < b - slack,
    "less_equal": lambda a, b, slack: a <= b + slack,
    "greater": lambda a, b, slack: a > b + slack,
    "greater_equal": lambda a, b, slack: a >= b - slack,
}


def _check(found: CaseAnswer, condition: Condition, meaning: str) -> CheckResult:
    """Compare both sides with a relative slack of 1e-9, so that 0.1 + 0.2 is not more than 0.3."""
    left = evaluate_formula("check", condition.left.expression, found.figures, {})
    right = evaluate_formula("check", condition.right.expression, found.figures, {})
    at_point = isinstance(left, float | int) and isinstance(right, float | int) and _test(condition.op, left, right)
    uncertain = [name for name in condition.names if name in found.samples]
    probability = None
    if uncertain and isinstance(left, float | int) and isinstance(right, float | int):
        import numpy as np

        inputs = {name: found.samples.get(name, found.figures[name]) for name in condition.names}
        sides = [evaluate_samples("check", side.expression, inputs, {}) for side in (condition.left, condition.right)]
        slack = _RELATIVE_SLACK * np.maximum(np.abs(sides[0]), np.abs(sides[1]))
        probability = float(np.mean(_TESTS[condition.op](sides[0], sides[1], slack)))
    passed = at_point if condition.confidence is None or probability is None else probability >= condition.confidence
    return CheckResult(condition, passed, left, probability, meaning)


def _test(op: str, left: float, right: float) -> bool:
    return bool(_TESTS[op](left, right, _RELATIVE_SLACK * max(abs(left), abs(right))))


def _hold(found: CaseAnswer, promise: Any, quantity: Quantity) -> None:
    figure = found.figures[promise.name]
    if promise.base is None and isinstance(figure, NoValue):
        return
    if isinstance(figure, float | int) and promise.holds(figure):
        return
    got = figure_text(figure, quantity)
    for_case = "" if promise.case == "base" else f" in case `{promise.case}`"
    exact = f" ({figure / quantity.unit.factor:.12g} {quantity.unit_text})" if isinstance(figure, float | int) else ""
    found.broken.append(Broken(promise.place, f"`{promise.name}` is {got}{exact}{for_case}, not {promise.text}"))
