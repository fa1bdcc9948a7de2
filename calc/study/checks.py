"""Checks and promises held against a computed case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.evaluate import evaluate_formula
from calc.engine.explain import figure_text
from calc.engine.figures import Figure, NotIncluded, NoValue, Series, Single, at_year
from calc.errors import quote
from calc.expression import Expression, Name
from calc.scenario.resolved import BASE
from calc.study.results import Broken, CaseAnswer, CheckResult
from calc.study.statistics import Ranked
from calc.text import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from calc.scenario.conditions import Condition
    from calc.scenario.expectations import Expectation
    from calc.scenario.resolve import Scenario

MEDIAN = 0.5
# 0.1 + 0.2 is not more than 0.3.
_RELATIVE_SLACK = 1e-9

_TESTS = {
    "less": lambda a, b, slack: a < b - slack,
    "less_equal": lambda a, b, slack: a <= b + slack,
    "greater": lambda a, b, slack: a > b + slack,
    "greater_equal": lambda a, b, slack: a >= b - slack,
}


def check(found: CaseAnswer, condition: Condition, years: Sequence[int], meaning: str = "") -> CheckResult:
    """Return how a condition came out; both sides are compared with a relative slack of 1e-9, in every year.

    Of uncertain figures it holds where it does in all years of at least half of the samples, or of as many as its
    confidence asks for: then the medians keep it. meaning: what a failure means, for a model's own check.
    """
    sides = sides_of(found, condition, years)
    drawn = _drawn_sides(found, condition, years)
    held = None if drawn is None else _held(condition, drawn)
    at = _tightest(condition.op, sides[0], sides[1], held)
    left, right = (at_year(side, at) for side in sides)
    at_point = isinstance(left, float | int) and isinstance(right, float | int) and holds_at(condition.op, left, right)
    probability = None if held is None else _probability(found, condition, held)
    passed = at_point if probability is None else probability >= confidence_of(condition)
    year = years[at] if any(isinstance(side, Series) for side in sides) else None
    medians: list[float | None] = [None, None]
    if drawn is not None:
        expressions = (condition.left.expression, condition.right.expression)
        medians = [_median(found, each, side, at) for each, side in zip(expressions, drawn, strict=True)]
    return CheckResult(condition, passed, left, right, probability, meaning, year, *medians)


def confidence_of(condition: Condition) -> float:
    """Return the share of the samples in which a condition on uncertain figures has to hold: half, if none is stated.

    What holds in half of the samples holds at the median: `x <= 4 kW` where p50 of x is 4 kW or less. Of two uncertain
    sides this is the median of their difference, and not the difference of their medians.
    """
    return MEDIAN if condition.confidence is None else condition.confidence


def _drawn_sides(found: CaseAnswer, condition: Condition, years: Sequence[int]) -> list[Any] | None:
    """Return both sides of a condition in the samples; None where no figure is uncertain, or one is not included."""
    if not any(name in found.samples for name in condition.names):
        return None
    return _sampled_sides(found.samples, found, condition, years)


def _held(condition: Condition, sides: list[Any]) -> Any:
    import numpy as np

    return np.atleast_2d(compare_arrays(condition.op, *sides))


def _median(found: CaseAnswer, expression: Expression, drawn: Any, year: int) -> float | None:
    """Return the median of a side in a year, in base units; None where some samples have no value."""
    import numpy as np

    name = expression.name if isinstance(expression, Name) else ""
    statistics = found.yearly_statistics(name)
    if statistics:
        known = statistics[year if len(statistics) > 1 else 0]
        return known["p50"] if known else None
    wide = np.atleast_2d(np.asarray(drawn, dtype=float))
    column = wide[:, year if wide.shape[1] > 1 else 0]
    return None if np.isnan(column).any() else Ranked(column).at(MEDIAN)


def sides_of(found: CaseAnswer, condition: Condition, years: Sequence[int]) -> list[Figure]:
    """Return both sides of a condition at the point values."""
    return [
        evaluate_formula("check", side.expression, found.figures, {}, years)
        for side in (condition.left, condition.right)
    ]


def _tightest(op: str, left: Figure, right: Figure, held: Any = None) -> int:
    """Return the position of the year in which a condition holds least.

    held: in which samples and years it does; the least of them, and without uncertainty the first year without a
    value, else the one with the least margin.
    """
    count = max((len(side.values) for side in (left, right) if isinstance(side, Series)), default=1)
    sign = 1 if op.startswith("less") else -1

    def margin(at: int) -> float:
        one, other = at_year(left, at), at_year(right, at)
        if not isinstance(one, float | int) or not isinstance(other, float | int):
            return float("-inf")
        return sign * (other - one)

    shares = [0.0] * count if held is None or held.shape[1] != count else held.mean(axis=0).tolist()
    return min(range(count), key=lambda at: (shares[at], margin(at)))


def _probability(found: CaseAnswer, condition: Condition, held: Any) -> float:
    """Return the share of all samples in which a condition holds in every year; held: of the samples that are kept."""
    counted = found.truths.get(condition.text)
    if counted is not None and any(counted.counts):
        return counted.mean
    return float(held.all(axis=-1).mean())


def sampled(samples: Mapping[str, Any], found: CaseAnswer, condition: Condition, years: Sequence[int]) -> Any:
    """Return in which samples and years a condition holds, shape (samples or 1, years or 1); None without figures."""
    sides = _sampled_sides(samples, found, condition, years)
    return None if sides is None else _held(condition, sides)


def _sampled_sides(
    samples: Mapping[str, Any], found: CaseAnswer, condition: Condition, years: Sequence[int]
) -> list[Any] | None:
    """Return both sides of a condition in samples; None where one is not included."""
    from calc.engine.evaluate import evaluate_samples

    inputs = {name: samples.get(name, found.figures[name]) for name in condition.names}
    sides: list[Any] = [
        evaluate_samples("check", side.expression, inputs, {}, years) for side in (condition.left, condition.right)
    ]
    return None if any(isinstance(side, NotIncluded) for side in sides) else sides


def compare_arrays(op: str, left: Any, right: Any) -> Any:
    """Tell where a comparison holds for arrays, with the relative slack; never where there is no value."""
    import numpy as np

    return _TESTS[op](left, right, _RELATIVE_SLACK * np.maximum(np.abs(left), np.abs(right)))


def holds_at(op: str, left: float, right: float) -> bool:
    """Tell whether a comparison holds for two numbers, with the relative slack."""
    return bool(_TESTS[op](left, right, _RELATIVE_SLACK * max(abs(left), abs(right))))


def hold(found: CaseAnswer, promise: Expectation, scenario: Scenario) -> None:
    """Add the promise to the broken ones unless it holds, in the year it names or else in every year."""
    figure = found.figures[promise.name]
    for at, year in enumerate(scenario.years or (None,)):
        single = at_year(figure, at)
        if (promise.year is None or promise.year == year) and not _holds(promise, single):
            dated = year if promise.year is not None or isinstance(figure, Series) else None
            found.broken.append(_broken(promise, single, dated, scenario))
            return


def _holds(promise: Expectation, figure: Single) -> bool:
    if promise.base is None:
        return isinstance(figure, NoValue)
    return isinstance(figure, float | int) and promise.holds(figure)


def _broken(promise: Expectation, figure: Single, year: int | None, scenario: Scenario) -> Broken:
    quantity = scenario.catalogue.quantities[promise.name]
    got = figure_text(figure, quantity)
    where = f" in part {quote(promise.part)}" if promise.part else ""
    where += "" if promise.case == BASE else f" in case {quote(promise.case)}"
    where += "" if year is None else f" in {year}"
    exact = ""
    if isinstance(figure, float | int):
        number = f"{figure / quantity.unit.factor:,.12g}"
        exact = "" if quantity.is_share or number in got else f" ({number} {quantity.unit_text})"
    message = f"`{promise.name}` is {got}{exact}{where}; promised is {shorten(promise.text)}"
    return Broken(promise.name, promise.place, message)
