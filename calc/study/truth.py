"""Whether conditions hold at a point, over arrays of points, and in which share of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.evaluate import evaluate_formula
from calc.engine.figures import Figure, NotIncluded, Series, at_year
from calc.study.checks import compare_arrays, confidence_of, holds_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from calc.scenario.conditions import Condition
    from calc.study.evaluator import Evaluator


def sides_at(condition: Condition, figures: Mapping[str, Figure], years: Sequence[int]) -> tuple[Figure, Figure]:
    """Return both sides of a condition at one point."""
    left, right = (
        evaluate_formula("check", side.expression, figures, {}, years) for side in (condition.left, condition.right)
    )
    return left, right


def holds(condition: Condition, figures: Mapping[str, Figure], years: Sequence[int]) -> bool:
    """Tell whether a condition holds at one point, in every year."""
    return first_broken(condition, figures, years) is None


def first_broken(condition: Condition, figures: Mapping[str, Figure], years: Sequence[int]) -> int | None:
    """Return the position of the first year in which a condition does not hold, None where it holds in all."""
    left, right = sides_at(condition, figures, years)
    for at in range(max(1, len(years))):
        one, other = at_year(left, at), at_year(right, at)
        numbers = isinstance(one, float | int) and isinstance(other, float | int)
        if not numbers or not holds_at(condition.op, one, other):  # type: ignore[arg-type]  # numbers, as just asked
            return at
    return None


def held(condition: Condition, columns: Mapping[str, Any], size: int, years: Sequence[int]) -> Any:
    """Return at which of `size` points a condition holds in every year, as booleans of shape (size,).

    columns: float64 arrays of shape (size, 1) or (size, years); a name that is absent is not included.
    """
    import numpy as np

    return np.broadcast_to(held_everywhere(condition, columns, years), (size,))


def held_everywhere(condition: Condition, columns: Mapping[str, Any], years: Sequence[int]) -> Any:
    """Return where a condition holds in every year, as booleans of the shape of the columns without the years."""
    import numpy as np

    from calc.engine.evaluate import evaluate_samples

    inputs = {name: columns.get(name, NotIncluded((name,))) for name in condition.names}
    left, right = (
        evaluate_samples("check", side.expression, inputs, {}, years) for side in (condition.left, condition.right)
    )
    if isinstance(left, NotIncluded) or isinstance(right, NotIncluded):
        return np.zeros(1, dtype=bool)
    with np.errstate(invalid="ignore"):
        return np.atleast_2d(compare_arrays(condition.op, left, right)).all(axis=-1)


def rests_on_samples(condition: Condition, evaluator: Evaluator) -> bool:
    """Tell whether a condition is about figures that are uncertain where the evaluator's changing inputs are not."""
    scenario, case, changing = evaluator.scenario, evaluator.case, evaluator.changing
    # A model's own check may name what is not included here.
    known = [name for name in condition.names if name in evaluator.plan.answered]
    return bool(type(evaluator)(scenario, case, known, changing, evaluator.given).drawn(changing))


def least_margin(
    groups: Sequence[tuple[float, Sequence[Condition]]],
    evaluator: Evaluator,
    values: Mapping[str, float],
    samples: int,
    seed: int,
) -> float:
    """Return by how much the share of samples in which each group holds is above what it has to be, where least.

    groups: such shares with the conditions that hold together in as many samples. values: some inputs, set.
    """
    drawn = evaluator.sample(values, samples, seed)
    return min(share_in(group, drawn, samples, evaluator.scenario.years) - wanted for wanted, group in groups)


def share_held(
    conditions: Sequence[Condition],
    evaluator: Evaluator,
    values: Mapping[str, float],
    samples: int,
    seed: int,
    start: int = 0,
) -> float:
    """Return the share of samples from `start` on in which all conditions hold together, with some values set."""
    drawn = evaluator.sample(values, samples, seed, start)
    return share_in(conditions, drawn, samples, evaluator.scenario.years)


def share_in(conditions: Sequence[Condition], drawn: Mapping[str, Any], samples: int, years: Sequence[int]) -> float:
    """Return the share of samples, given by name, in which all conditions hold together in every year."""
    together = None
    for condition in conditions:
        found = held(condition, drawn, samples, years)
        together = found if together is None else together & found
    return 1.0 if together is None else float(together.mean())


def by_confidence(conditions: Iterable[Condition]) -> list[tuple[float, list[Condition]]]:
    """Return confidences with the conditions that have to hold together in so many of the samples.

    Those of a goal's confidence hold together; one that names a confidence of its own is held to that alone, and one
    without any to the median.
    """
    together: dict[float, list[Condition]] = {}
    alone = []
    for each in conditions:
        if each.confidence is None or each.text.endswith("confidence"):
            alone.append((confidence_of(each), [each]))
        else:
            together.setdefault(each.confidence, []).append(each)
    return [*together.items(), *alone]


def on_grid(
    evaluator: Evaluator, columns: Mapping[str, Any], shape: tuple[int, ...], yearly: Collection[str] = ()
) -> dict[str, Any]:
    """Return the figures on a grid as arrays of shape (points, years or 1); one that is not included is left out.

    columns: arrays that broadcast to `shape`, of as many dimensions. `yearly` inputs have the
    years as one more.
    """
    import numpy as np

    years = len(evaluator.scenario.years)
    first = {name: each.reshape(-1, years if name in yearly else 1)[0].tolist() for name, each in columns.items()}
    at_first = evaluator.at({name: Series(tuple(each)) if name in yearly else each[0] for name, each in first.items()})
    size = int(np.prod(shape))
    found = {}
    for name, array in evaluator.grid(columns, yearly).items():
        by_year = array if isinstance(at_first[name], Series) else array[..., np.newaxis]
        wide = by_year.shape[-1]
        found[name] = np.broadcast_to(by_year, (*shape, wide)).reshape(size, wide)
    return found
