"""Evaluation of traced expressions on samples: float64 arrays of shape (samples, years) in coherent base units.

The last axis has length 1 for a figure that is the same in every year. A sample without value is NaN.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from calc import ops
from calc.engine.evaluate import NotFiniteError, absent, not_finite
from calc.engine.figures import Figure, NotIncluded, NoValue, Series
from calc.expression import Call, Expression, Name, Number, fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def evaluate_samples(
    name: str, expression: Expression, figures: Mapping[str, Any], shown: Mapping[str, str], years: Sequence[int] = ()
) -> Any:
    """Evaluate one formula on samples.

    figures: for every name a figure, or a float64 array of shape (samples, 1) or (samples, years).
    Returns an array of such a shape, a number, or NotIncluded.
    Raises CalcError when any sample leaves the finite numbers.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        found = fold(expression, lambda node, args: _samples(node, args, figures, len(years)))
    for _, error in found.lost:
        raise not_finite(name, expression, error.expression, f"{error.why} in some samples", shown)
    return found.array


def as_array(figure: Figure) -> Any:
    """Return a figure as what samples are computed with: a number, or an array of shape (1, years)."""
    if isinstance(figure, Series):
        import numpy as np

        return np.array([[each if isinstance(each, float | int) else math.nan for each in figure.values]])
    return math.nan if isinstance(figure, NoValue) else figure


class _Found(NamedTuple):
    """What a node comes to: an array, a number or NotIncluded.

    lost: where it left the finite numbers, as booleans that broadcast against the array, and why; that matters only
    where the branch that it stands in is taken.
    """

    array: Any
    lost: tuple[tuple[Any, NotFiniteError], ...] = ()


def _samples(node: Expression, args: list[_Found], figures: Mapping[str, Any], years: int) -> _Found:
    if isinstance(node, Name):
        return _Found(as_array(figures[node.name]))
    if not isinstance(node, Call):
        return _Found(node.value if isinstance(node, Number) else node.factor)
    if node.op == "where":
        return _where(*args)
    lost = tuple(each for found in args for each in found.lost)
    arrays = [each.array for each in args]
    if node.op in {"minimum", "maximum"}:
        arrays = [each for each in arrays if not isinstance(each, NotIncluded)] or arrays[:1]
        if len(arrays) == 1:
            return _Found(arrays[0], lost)
    if node.op == "if_included":
        return _Found(arrays[1 if isinstance(arrays[0], NotIncluded) else 0], lost)
    missing = absent(arrays)
    if missing is not None:
        return _Found(missing, lost)
    if ops.TABLE[node.op].years:
        # What is lost in one year is lost to what looks at all of them.
        lost = tuple((where.any(axis=-1, keepdims=True), error) for where, error in lost)
    found, fresh = _operate(node, arrays, years)
    return _Found(found, (*lost, *fresh))


def _operate(node: Call, args: list[Any], years: int) -> tuple[Any, list[tuple[Any, NotFiniteError]]]:
    """Return the result of an operation, and where it is not finite although its arguments are."""
    import numpy as np

    op = ops.TABLE[node.op]
    given = [np.asarray(each, dtype=float) for each in args]
    if op.years:
        given = [np.broadcast_to(each, (*(each.shape[:-1] or (1,)), years)) for each in given]
    result = op.array(*given)
    fresh = []
    infinite = np.isinf(result)
    if infinite.any():
        fresh.append((infinite, NotFiniteError(node, "divides by zero" if node.op == "divide" else "overflows")))
    lost = np.isnan(result)
    if lost.any() and node.op != "divide_by_count" and not op.no_value:
        for each in given:
            lost = lost & ~(np.isnan(each).any(axis=-1, keepdims=True) if op.years else np.isnan(each))
        if lost.any():
            fresh.append((lost, NotFiniteError(node, "has no real value")))
    return result, [(np.atleast_1d(where), error) for where, error in fresh]


def _where(test: _Found, yes: _Found, no: _Found) -> _Found:
    """Choose sample by sample; what a branch does where it is not taken does not matter."""
    import numpy as np

    if isinstance(test.array, NotIncluded):
        return test
    if np.ndim(test.array) == 0:
        if np.isnan(test.array):
            return _Found(math.nan, test.lost)
        chosen = yes if test.array else no
        return _Found(chosen.array, (*test.lost, *chosen.lost))
    lost = list(test.lost)
    for branch, number in ((yes, 1.0), (no, 0.0)):
        taken = ((where & (test.array == number), error) for where, error in branch.lost)
        lost += [(where, error) for where, error in taken if where.any()]
    # A sample whose branch is not included has no value; the share of such samples is reported.
    arrays = [math.nan if isinstance(each.array, NotIncluded) else each.array for each in (yes, no)]
    return _Found(np.where(np.isnan(test.array), np.nan, np.where(test.array == 1.0, *arrays)), tuple(lost))
