"""How a check came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from calc.engine.figures import Single
    from calc.scenario.conditions import Condition

# A check that holds in fewer samples is told as doubtful.
DOUBTFUL = 0.8


class CheckResult(NamedTuple):
    """How a check came out.

    value, limit: the left and right side at the point values, in coherent base units, or why there is none; of yearly
    figures, those of the year in which it holds least, which is then `year`.
    probability: share of samples in which it holds, in all years; None without uncertainty.
    p50, limit_p50: the medians of the left and right side; None without uncertainty, or where samples have no value.
    """

    condition: Condition
    passed: bool
    value: Single
    limit: Single
    probability: float | None
    meaning: str = ""
    year: int | None = None
    p50: float | None = None
    limit_p50: float | None = None

    @property
    def is_doubtful(self) -> bool:
        """Tell whether it holds at the median and all the same not in most samples; a stated confidence is no doubt."""
        share = self.probability
        return self.passed and self.condition.confidence is None and share is not None and share < DOUBTFUL
