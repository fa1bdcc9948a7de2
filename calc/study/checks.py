"""Checks and promises held against a computed case, and conditions against samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.explain import figure_text
from calc.engine.figures import NoValue, Series, Single, at_year
from calc.errors import quote
from calc.expression import Expression, Name
from calc.scenario.conditions import MEDIAN
from calc.scenario.resolved import BASE
from calc.study.results import Broken, CaseAnswer, CheckResult
from calc.study.statistics import Ranked
from calc.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from calc.scenario.conditions import Condition
    from calc.scenario.expectations import Expectation
    from calc.scenario.resolve import Scenario
    from calc.study.evaluator import Evaluator


def check(found: CaseAnswer, condition: Condition, years: Sequence[int], meaning: str = "") -> CheckResult:
    """Return how a condition came out; both sides are compared with a relative slack of 1e-9, in every year.

    Of uncertain figures it holds where it does in all years of at least half of the samples, or of as many as its
    confidence asks for: then the medians keep it. meaning: what a failure means, for a model's own check.
    """
    sides = condition.sides(found.figures, years)
    margins = condition.margins(*sides)
    drawn = sampled_sides(condition, found, found.samples, years)
    held = None if drawn is None else condition.op.held(*drawn)
    at = _tightest(margins, held)
    left, right = (at_year(side, at) for side in sides)
    probability = None if held is None else _probability(found, condition, held)
    passed = margins[at] >= 0 if probability is None else probability >= condition.share
    year = years[at] if any(isinstance(side, Series) for side in sides) else None
    medians: list[float | None] = [None, None]
    if drawn is not None:
        expressions = (condition.left.expression, condition.right.expression)
        medians = [_median(found, each, side, at) for each, side in zip(expressions, drawn, strict=True)]
    return CheckResult(condition, passed, left, right, probability, meaning, year, *medians)


def sampled_sides(
    condition: Condition, found: CaseAnswer, samples: Mapping[str, Any], years: Sequence[int]
) -> tuple[Any, Any] | None:
    """Return both sides in samples of some figures; None where none of them is in the condition, or is not included."""
    if samples.keys().isdisjoint(condition.names):
        return None
    return condition.side_arrays({**found.figures, **samples}, years)


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


def _tightest(margins: list[float], held: Any) -> int:
    """Return the position of the year in which a condition holds least: in the fewest samples, then by its margin.

    held: in which samples and years it does; None without uncertainty.
    """
    years = range(len(margins))
    shares = [0.0 for _ in years] if held is None or held.shape[1] != len(years) else held.mean(axis=0).tolist()
    return min(years, key=lambda at: (shares[at], margins[at]))


def _probability(found: CaseAnswer, condition: Condition, held: Any) -> float:
    """Return the share of all samples in which a condition holds in every year; held: of the samples that are kept."""
    counted = found.truths.get(condition.text)
    if counted is not None and any(counted.counts):
        return counted.mean
    return float(held.all(axis=-1).mean())


def rests_on_samples(condition: Condition, evaluator: Evaluator) -> bool:
    """Tell whether a condition is about figures that are uncertain where the evaluator's changing inputs are not."""
    scenario, case, changing = evaluator.scenario, evaluator.case, evaluator.changing
    # A model's own check may name what is not included here.
    known = [name for name in condition.names if name in evaluator.plan.answered]
    return bool(type(evaluator)(scenario, case, known, changing, evaluator.given).drawn(changing))


def share_held(conditions: Iterable[Condition], drawn: Mapping[str, Any], years: Sequence[int]) -> float:
    """Return the share of samples, given by name, in which all conditions hold together in every year."""
    together: Any = None
    for condition in conditions:
        held = condition.held(drawn, years)
        together = held if together is None else together & held
    return 1.0 if together is None else float(together.mean())


def by_confidence(conditions: Iterable[Condition]) -> list[tuple[float, list[Condition]]]:
    """Return shares of the samples with the conditions that have to hold together in so many of them."""
    together: dict[float, list[Condition]] = {}
    alone = []
    for each in conditions:
        if each.of_goal:
            together.setdefault(each.share, []).append(each)
        else:
            alone.append((each.share, [each]))
    return [*together.items(), *alone]


def hold(found: CaseAnswer, promise: Expectation, scenario: Scenario) -> None:
    """Add the promise to the broken ones unless it holds, in the year it names or else in every year."""
    figure = found.figures[promise.name]
    for at, year in enumerate(scenario.years or (None,)):
        single = at_year(figure, at)
        if (promise.year is None or promise.year == year) and not keeps(promise, single):
            dated = year if promise.year is not None or isinstance(figure, Series) else None
            found.broken.append(_broken(promise, single, dated, scenario))
            return


def keeps(promise: Expectation, figure: Single) -> bool:
    """Tell whether a figure keeps a promise."""
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
