"""Evaluation of traced expressions on samples: float64 arrays of shape (samples, years) in coherent base units.

The last axis has length 1 for a figure that is the same in every year. A sample without value is NaN.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc import ops
from calc.engine.evaluate import NotFiniteError, absent, not_finite
from calc.engine.figures import Figure, NotIncluded, NoValue, Series
from calc.expression import Call, Expression, Name, Number

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

    try:
        with np.errstate(all="ignore"):
            return _Samples(figures, len(years)).array(expression, None)
    except NotFiniteError as error:
        raise not_finite(name, expression, error.expression, f"{error.why} in some samples", shown) from None


def as_array(figure: Figure) -> Any:
    """Return a figure as what samples are computed with: a number, or an array of shape (1, years)."""
    if isinstance(figure, Series):
        import numpy as np

        return np.array([[each if isinstance(each, float | int) else math.nan for each in figure.values]])
    return math.nan if isinstance(figure, NoValue) else figure


class _Samples:
    """An evaluation of one formula; `active` marks the samples that a branch is taken in, None for all of them.

    The others are computed too, and whatever comes out of them is thrown away.
    """

    def __init__(self, figures: Mapping[str, Any], years: int) -> None:
        self.figures = figures
        self.years = years

    def array(self, node: Expression, active: Any) -> Any:
        if isinstance(node, Name):
            return as_array(self.figures[node.name])
        if not isinstance(node, Call):
            return node.value if isinstance(node, Number) else node.factor
        if node.op == "where":
            return self._where(node, active)
        args = [self.array(each, active) for each in node.args]
        if node.op in {"minimum", "maximum"}:
            args = [each for each in args if not isinstance(each, NotIncluded)] or args[:1]
            if len(args) == 1:
                return args[0]
        if node.op == "if_included":
            return args[1] if isinstance(args[0], NotIncluded) else args[0]
        missing = absent(args)
        return self._operate(node, args, active) if missing is None else missing

    def _operate(self, node: Call, args: list[Any], active: Any) -> Any:
        import numpy as np

        op = ops.TABLE[node.op]
        given = [np.asarray(each, dtype=float) for each in args]
        if op.years:
            given = [np.broadcast_to(each, (*(each.shape[:-1] or (1,)), self.years)) for each in given]
        result = op.array(*given)
        if _any(np.isinf(result), active):
            raise NotFiniteError(node, "divides by zero" if node.op == "divide" else "overflows")
        lost = np.isnan(result)
        if lost.any() and node.op != "divide_by_count" and not op.no_value:
            for each in given:
                without = np.isnan(each).any(axis=-1, keepdims=True) if op.years else np.isnan(each)
                lost = lost & ~without
            if _any(lost, active):
                raise NotFiniteError(node, "has no real value")
        return result

    def _where(self, node: Call, active: Any) -> Any:
        """Choose sample by sample; what a branch does where it is not taken does not matter."""
        import numpy as np

        test = self.array(node.args[0], active)
        if isinstance(test, NotIncluded):
            return test
        if np.ndim(test) == 0:
            return math.nan if np.isnan(test) else self.array(node.args[1] if test else node.args[2], active)
        branches = []
        for branch, chosen in ((node.args[1], test == 1.0), (node.args[2], test == 0.0)):
            taken = chosen if active is None else chosen & active
            value = self.array(branch, taken) if taken.any() else math.nan
            # A sample whose branch is not included has no value; the share of such samples is reported.
            branches.append(math.nan if isinstance(value, NotIncluded) else value)
        return np.where(np.isnan(test), np.nan, np.where(test == 1.0, *branches))


def _any(found: Any, active: Any) -> bool:
    """Tell whether anything is found among the active samples."""
    if not found.any() or active is None:
        return bool(found.any())
    if found.ndim and found.shape[-1] == 1:
        active = active.any(axis=-1, keepdims=True)
    return bool((found & active).any())
