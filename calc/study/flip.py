"""The flip: the value of an input at which a verdict changes, all other inputs at their likely values.

Every input with a range is moved through it: a finite support as a whole, a tail from p1 to p99. The range is looked
through at many values at once; around each change the value is found by bisection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calc.study.applicable import applicable
from calc.study.checks import compare_arrays
from calc.study.evaluator import Evaluator
from calc.study.truth import held, on_grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from calc.scenario.axis import Range
    from calc.scenario.conditions import Condition
    from calc.scenario.resolve import ResolvedCase, Scenario
    from calc.scenario.sensitivity_section import Between, Sensitivity
    from calc.value import Value

_LOOKS = 1001
_ROUNDS = 14
_FAN = 17


@dataclass(frozen=True, slots=True)
class Flip:
    """What one input does to one verdict.

    verdict: in words. holds: at the likely values. point: the input there; low, high: the range it was moved through.
    whole: the range is all that the input can be, not p1 to p99. values: where the verdict changes, in rising order;
    empty for never. case: empty for a comparison of cases. by_case: what the input is in the cases, if that differs.
    """

    case: str
    verdict: str
    holds: bool
    name: str
    point: float
    low: float
    high: float
    whole: bool
    values: tuple[float, ...]

    @property
    def nearest(self) -> float | None:
        """Return the change that is nearest to the likely value, or None."""
        return min(self.values, key=lambda each: abs(each - self.point), default=None)


def flips(scenario: Scenario, asked: Sensitivity) -> tuple[list[Flip], list[Flip]]:
    """Return the flips of checks and conditions in every case, and those of comparisons between cases."""
    ranges = {each.name: each for each in asked.ranges}
    within: list[Flip] = []
    cases = {each.name: each for each in scenario.studies.sensitivity_cases}
    for case in cases.values():
        for condition in applicable(scenario, case, (*scenario.checks, *asked.conditions)):
            within += _of_condition(scenario, case, condition, ranges)
    between: list[Flip] = []
    for comparison in asked.between:
        sides = [cases.get(comparison.left[1]), cases.get(comparison.right[1])]
        if sides[0] is not None and sides[1] is not None:
            between += _of_comparison(scenario, sides[0], sides[1], comparison, ranges)
    return within, between


def _of_condition(
    scenario: Scenario, case: ResolvedCase, condition: Condition, ranges: Mapping[str, Range]
) -> list[Flip]:
    moved = {name: _span(case.values[name], ranges.get(name)) for name in case.studied}
    spans = {name: each for name, each in moved.items() if each is not None}
    evaluator = Evaluator(scenario, case, condition.names, spans)
    needed = _needed(evaluator)

    def truth(name: str, values: Any) -> Any:
        return held(condition, on_grid(evaluator, {name: values}, values.shape), len(values), scenario.years)

    points = {name: case.values[name].point for name in spans}
    return _look(case.name, condition.text, {name: spans[name] for name in spans if name in needed}, points, truth)


def _of_comparison(
    scenario: Scenario, left: ResolvedCase, right: ResolvedCase, comparison: Between, ranges: Mapping[str, Range]
) -> list[Flip]:
    """Move inputs that both cases share in both, and those that a case has of its own in that case alone."""
    names = list(dict.fromkeys([*left.studied, *right.studied]))
    spans, points = {}, {}
    owners: dict[str, tuple[str, bool, bool]] = {}
    for name in names:
        one, other = left.values.get(name), right.values.get(name)
        shared = one is not None and other is not None and one.moments == other.moments
        choices = (
            [("", one, True, True)] if shared else [(left.name, one, True, False), (right.name, other, False, True)]
        )
        for owner, value, in_left, in_right in choices:
            span = _span(value, ranges.get(name)) if value is not None else None
            if value is not None and span is not None:
                label = f"{name} in {owner}" if owner else name
                spans[label], points[label], owners[label] = span, value.point, (name, in_left, in_right)
    changing = {each[0] for each in owners.values()}
    sides = [
        Evaluator(scenario, case, [name], changing & set(case.values))
        for case, name in ((left, comparison.left[0]), (right, comparison.right[0]))
    ]

    def truth(label: str, values: Any) -> Any:
        import numpy as np

        name, *moved = owners[label]
        arrays = []
        for side, figure, moves in zip(sides, (comparison.left[0], comparison.right[0]), moved, strict=True):
            # A side that the input is not moved in has one value.
            found = on_grid(side, {name: values}, values.shape) if moves else on_grid(side, {}, ())
            arrays.append(found.get(figure, np.array([[np.nan]])))
        return np.atleast_2d(compare_arrays(comparison.op, *arrays)).all(axis=-1) & np.ones(len(values), dtype=bool)

    needed = set().union(*(_needed(side) for side in sides))
    used = {label: span for label, span in spans.items() if owners[label][0] in needed}
    return _look("", comparison.text, used, points, truth)


def _span(value: Value, given: Range | None) -> tuple[float, float, bool] | None:
    """Return the range that an input is moved through, and whether it is all that the input can be."""
    import numpy as np

    if given is not None:
        return given.low, given.high, True
    if value.is_yearly or value.distribution is None:
        return None
    if value.distribution.support is not None:
        return (*value.distribution.support, True)
    low, high = value.distribution.quantile(np.array([0.01, 0.99])).tolist()
    return low, high, False


def _needed(evaluator: Evaluator) -> set[str]:
    return set(evaluator.plan.leaves)


def _look(
    case: str,
    verdict: str,
    spans: Mapping[str, tuple[float, float, bool]],
    points: Mapping[str, float],
    truth: Callable[[str, Any], Any],
) -> list[Flip]:
    import numpy as np

    found = []
    for name, (low, high, whole) in spans.items():
        point = points[name]
        values = np.unique(np.append(np.linspace(low, high, _LOOKS), np.clip(point, low, high)))
        truths = truth(name, values)
        at = int(truth(name, np.array([point]))[0])
        changes = np.flatnonzero(truths[1:] != truths[:-1])
        edges = tuple(_edge(name, values[each], values[each + 1], truth) for each in changes.tolist())
        found.append(Flip(case, verdict, bool(at), name, point, low, high, whole, edges))
    return sorted(found, key=_nearness)


def _edge(name: str, low: float, high: float, truth: Callable[[str, Any], Any]) -> float:
    """Return where a verdict changes between two values; every round looks at many values at once."""
    import numpy as np

    for _ in range(_ROUNDS):
        values = np.linspace(low, high, _FAN)
        changes = np.flatnonzero(np.diff(truth(name, values).astype(int)))
        if not changes.size or values[1] <= values[0]:
            break
        low, high = values[changes[0]], values[changes[0] + 1]
    return float(f"{(low + high) / 2:.9g}")


def _nearness(flip: Flip) -> tuple[bool, float]:
    """Order flips by how far the input has to move, as a share of its range; those that never flip last."""
    if flip.nearest is None:
        return True, 0.0
    return False, abs(flip.nearest - flip.point) / ((flip.high - flip.low) or 1.0)


def all_inputs(found: Iterable[Flip]) -> list[str]:
    """Return the inputs that were moved, each once."""
    return list(dict.fromkeys(each.name for each in found))
