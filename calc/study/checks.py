"""Checks and promises held against a computed case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.evaluate import NotIncluded, NoValue, evaluate_formula, evaluate_samples
from calc.engine.explain import figure_text
from calc.errors import quote
from calc.study.results import Broken, CaseAnswer, CheckResult
from calc.text import shorten

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.scenario.conditions import Condition
    from calc.scenario.expectations import Expectation

# 0.1 + 0.2 is not more than 0.3.
_RELATIVE_SLACK = 1e-9

_TESTS = {
    "less": lambda a, b, slack: a < b - slack,
    "less_equal": lambda a, b, slack: a <= b + slack,
    "greater": lambda a, b, slack: a > b + slack,
    "greater_equal": lambda a, b, slack: a >= b - slack,
}


def check(found: CaseAnswer, condition: Condition, meaning: str = "") -> CheckResult:
    """Return how a condition came out; both sides are compared with a relative slack of 1e-9.

    meaning: what a failure means, for a model's own check.
    """
    left = evaluate_formula("check", condition.left.expression, found.figures, {})
    right = evaluate_formula("check", condition.right.expression, found.figures, {})
    at_point = isinstance(left, float | int) and isinstance(right, float | int) and _test(condition.op, left, right)
    uncertain = [name for name in condition.names if name in found.samples]
    probability = None
    if uncertain and not isinstance(left, NotIncluded) and not isinstance(right, NotIncluded):
        import numpy as np

        inputs = {name: found.samples.get(name, found.figures[name]) for name in condition.names}
        sides = [evaluate_samples("check", side.expression, inputs, {}) for side in (condition.left, condition.right)]
        slack = _RELATIVE_SLACK * np.maximum(np.abs(sides[0]), np.abs(sides[1]))
        probability = float(np.mean(_TESTS[condition.op](sides[0], sides[1], slack)))
    passed = at_point if condition.confidence is None or probability is None else probability >= condition.confidence
    return CheckResult(condition, passed, left, right, probability, meaning)


def _test(op: str, left: float, right: float) -> bool:
    return bool(_TESTS[op](left, right, _RELATIVE_SLACK * max(abs(left), abs(right))))


def hold(found: CaseAnswer, promise: Expectation, quantity: Quantity) -> None:
    """Add the promise to the broken ones unless it holds."""
    figure = found.figures[promise.name]
    if promise.base is None and isinstance(figure, NoValue):
        return
    if isinstance(figure, float | int) and promise.holds(figure):
        return
    got = figure_text(figure, quantity)
    for_case = "" if promise.case == "base" else f" in case {quote(promise.case)}"
    exact = ""
    if isinstance(figure, float | int):
        number = f"{figure / quantity.unit.factor:,.12g}"
        exact = "" if quantity.is_share or number in got else f" ({number} {quantity.unit_text})"
    message = f"`{promise.name}` is {got}{exact}{for_case}; promised is {shorten(promise.text)}"
    found.broken.append(Broken(promise.name, promise.place, message))
