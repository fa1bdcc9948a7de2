"""The flip: the value of an input at which a verdict changes, all other inputs at their likely values.

Of a condition with a confidence, the other inputs vary as in all samples, and their share is the verdict.

Every input with a range is moved through it: a finite support as a whole, a tail from p1 to p99. The range is looked
through at many values at once; around each change the value is found by bisection.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from calc.engine.flat import qualified
from calc.study.applicable import applicable
from calc.study.checks import compare_arrays
from calc.study.evaluator import Evaluator
from calc.study.factors import Factor, Factors
from calc.study.truth import held, on_grid
from calc.study.without_effect import refuse_without_effect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from calc.scenario.axis import Range
    from calc.scenario.conditions import Condition
    from calc.scenario.resolve import ResolvedCase, Scenario
    from calc.scenario.sensitivity_section import Between, Sensitivity

_LOOKS = 1001
_LOOKS_SAMPLED = 201
_ROUNDS = 14
_FAN = 17


@dataclass(frozen=True, slots=True)
class Flip:
    """What one input does to one verdict.

    verdict: in words. holds: at the likely values, or in enough samples with nothing moved where it has a confidence;
    probability: the share of these, else None. name: the input as a reader knows it, with the case where one case alone
    is moved; quantity: what it is. point: the input there; low, high: the range it was moved through.
    whole: the range is all that the input can be, not p1 to p99. values: where the verdict changes, in rising order;
    empty for never. case: empty for a comparison of cases. by_case: what the input is in the cases, if that differs.
    """

    case: str
    verdict: str
    holds: bool
    name: str
    quantity: str
    point: float
    low: float
    high: float
    whole: bool
    values: tuple[float, ...]
    probability: float | None = None

    @property
    def nearest(self) -> float | None:
        """Return the change that is nearest to the likely value, or None."""
        return min(self.values, key=lambda each: abs(each - self.point), default=None)


def flips(scenario: Scenario, asked: Sensitivity) -> tuple[list[Flip], list[Flip]]:
    """Return the flips of checks and conditions in every case, and those of comparisons between cases.

    Raises CalcError for a condition or a range that has no effect in any of the cases asked for.
    """
    ranges = {each.name: each for each in asked.ranges}
    within: list[Flip] = []
    cases = {each.name: each for each in scenario.studies.sensitivity_cases}
    answered: set[str] = set()
    for case in cases.values():
        for condition in (*scenario.checks, *asked.conditions):
            for each in applicable(scenario, case, [condition]):
                rows = _of_condition(scenario, case, each, ranges)
                answered.update([condition.text] if rows else [])
                within += rows
    between: list[Flip] = []
    for comparison in asked.between:
        sides = [cases.get(comparison.left[1]), cases.get(comparison.right[1])]
        if sides[0] is not None and sides[1] is not None:
            for each_part in _in_parts(scenario, sides[0], comparison):
                rows = _of_comparison(scenario, sides[0], sides[1], each_part, ranges)
                answered.update([comparison.text] if rows else [])
                between += rows
    refuse_without_effect(scenario, asked, answered, {each.quantity for each in (*within, *between)})
    return within, between


def _in_parts(scenario: Scenario, case: ResolvedCase, comparison: Between) -> list[Between]:
    """Return a comparison of figures that each part has as one for each part."""
    names = [comparison.left[0], comparison.right[0]]
    if all(name in case.asked for name in names):
        return [comparison]
    found = []
    for part in scenario.parts:
        left, right = (name if name in case.asked else qualified(name, part) for name in names)
        text = f"{part}: {comparison.text}"
        found.append(
            replace(comparison, text=text, left=(left, comparison.left[1]), right=(right, comparison.right[1]))
        )
    return found


def _of_condition(
    scenario: Scenario, case: ResolvedCase, condition: Condition, ranges: Mapping[str, Range]
) -> list[Flip]:
    factors = Factors(case, case.studied, scenario.years, ranges)
    evaluator = Evaluator(scenario, case, condition.names, factors.names)
    needed = _needed(evaluator)
    used = {label: each for label, each in factors.found.items() if each.name in needed}
    if condition.confidence is not None and evaluator.uncertain:
        from calc.study.flip_samples import SampledVerdict

        sampled = SampledVerdict(condition, evaluator, factors)
        share = sampled.share()
        found = _look(case.name, condition.text, used, sampled.truth, _LOOKS_SAMPLED)
        return [replace(each, holds=share >= condition.confidence, probability=share) for each in found]

    def truth(label: str, places: Any) -> Any:
        found = _moved(evaluator, factors, label, places)
        return held(condition, found, len(places), scenario.years)

    return _look(case.name, condition.text, used, truth)


def _moved(evaluator: Evaluator, factors: Factors, label: str, places: Any) -> dict[str, Any]:
    """Return figures with one factor at each of the places, as arrays of shape (places, years or 1)."""
    columns = factors.columns({label: places})
    return on_grid(evaluator, columns, places.shape, factors.yearly & set(columns))


def _of_comparison(
    scenario: Scenario, left: ResolvedCase, right: ResolvedCase, comparison: Between, ranges: Mapping[str, Range]
) -> list[Flip]:
    """Move inputs that both cases share in both, and those that a case has of its own in that case alone."""
    cases, figures = (left, right), (comparison.left[0], comparison.right[0])
    names = dict.fromkeys([*left.studied, *right.studied])
    factors = [Factors(case, [name for name in names if name in case.values], scenario.years, ranges) for case in cases]
    sides = [
        Evaluator(scenario, case, [name], each.names) for case, name, each in zip(cases, figures, factors, strict=True)
    ]
    moved: dict[str, tuple[str, Factor, tuple[bool, bool]]] = {}
    for label in dict.fromkeys([*factors[0].found, *factors[1].found]):
        one, other = (each.found.get(label) for each in factors)
        if one is not None and other is not None and left.values[one.name].written == right.values[one.name].written:
            moved[label] = label, one, (True, True)
            continue
        for case, each, moves in ((left, one, (True, False)), (right, other, (False, True))):
            if each is not None:
                moved[f"{label} in {case.name}"] = label, each, moves

    def truth(key: str, places: Any) -> Any:
        import numpy as np

        label, _, moves = moved[key]
        arrays = []
        for at, figure in enumerate(figures):
            # A side that the input is not moved in has one value.
            found = _moved(sides[at], factors[at], label, places) if moves[at] else on_grid(sides[at], {}, ())
            arrays.append(found.get(figure, np.array([[np.nan]])))
        return np.atleast_2d(compare_arrays(comparison.op, *arrays)).all(axis=-1) & np.ones(len(places), dtype=bool)

    needed = set().union(*(_needed(side) for side in sides))
    return _look("", comparison.text, {key: each[1] for key, each in moved.items() if each[1].name in needed}, truth)


def _needed(evaluator: Evaluator) -> set[str]:
    return set(evaluator.plan.leaves)


def _look(
    case: str, verdict: str, factors: Mapping[str, Factor], truth: Callable[[str, Any], Any], looks: int = _LOOKS
) -> list[Flip]:
    import numpy as np

    found = []
    for name, factor in factors.items():
        low, high, point = factor.low, factor.high, factor.point
        values = np.unique(np.append(np.linspace(low, high, looks), np.clip(point, low, high)))
        truths = truth(name, values)
        at = int(truth(name, np.array([factor.likely]))[0])
        changes = np.flatnonzero(truths[1:] != truths[:-1])
        edges = tuple(_edge(name, values[each], values[each + 1], truth) for each in changes.tolist())
        found.append(Flip(case, verdict, bool(at), name, factor.label, point, low, high, factor.whole, edges))
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
