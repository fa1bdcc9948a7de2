"""What a backtest found: every figure beside its prediction, and how the predictions did."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calc.backtest.figures import UNITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.backtest.runs import Run
    from calc.backtest.utilisation import Prior, Range


@dataclass(frozen=True, slots=True)
class Foretold:
    """One published figure of a run beside its prediction.

    circular: why the published figure is no test, or None. predicted: None where there is none, for the `reason`.
    computed: the product of the run's other figures. given_mfu: GPU-hours with the published MFU instead of the prior.
    billed_mfu: whether that MFU is itself computed from the hours.
    """

    run: Run
    target: str
    published: float
    circular: str | None
    predicted: Range | None
    reason: str | None
    computed: float | None = None
    given_mfu: float | None = None
    billed_mfu: bool = False

    @property
    def unit(self) -> str:
        """Return the unit of all figures."""
        return UNITS[self.target]

    @property
    def error(self) -> float | None:
        """Return how far the middle of the prediction lies from the published figure, as a share of that."""
        return None if self.predicted is None else self.predicted.p50 / self.published - 1

    @property
    def inside(self) -> bool | None:
        """Tell whether the published figure lies in the range, or None without prediction."""
        return None if self.predicted is None else self.predicted.p10 <= self.published <= self.predicted.p90

    @property
    def mfu_error(self) -> float | None:
        """Return the error of the hours that follow from the published MFU."""
        return None if self.given_mfu is None else self.given_mfu / self.published - 1

    @property
    def product_error(self) -> float | None:
        """Return how far the product of the run's other figures lies from the published one."""
        return None if self.computed is None else self.computed / self.published - 1


@dataclass(frozen=True, slots=True)
class Summary:
    """How predictions did on the figures that count: not circular, and foretold.

    median_error: of the absolute errors. inside: share of runs in the range. width: geometric mean of p90 over p10.
    """

    runs: int
    not_predicted: int
    median_error: float | None
    inside: float | None
    width: float | None


@dataclass(slots=True)
class Backtest:
    """All figures of all runs, in the order of the file; priors by the family that each has not seen."""

    figures: list[Foretold]
    without_figures: list[str] = field(default_factory=list)
    priors: dict[str, Prior] = field(default_factory=dict)

    def counted(self, target: str) -> list[Foretold]:
        """Return the figures of a target that count."""
        return [each for each in self.figures if each.target == target and each.circular is None and each.predicted]

    def summary(self, target: str) -> Summary:
        """Return how the predictions of a target did."""
        tests = [each for each in self.figures if each.target == target and each.circular is None]
        counted = self.counted(target)
        widths = [each.predicted.p90 / each.predicted.p10 for each in counted if each.predicted is not None]
        return Summary(
            len(counted),
            len(tests) - len(counted),
            median([abs(each.error) for each in counted if each.error is not None]),
            sum(bool(each.inside) for each in counted) / len(counted) if counted else None,
            math.exp(sum(map(math.log, widths)) / len(widths)) if widths else None,
        )

    def given_mfu(self, *, stepping_only: bool = False) -> Summary:
        """Return how GPU-hours from the published MFU did; there is no range.

        stepping_only: leave out MFUs that were computed from the hours.
        """
        found = [each for each in self.figures if each.given_mfu is not None and each.circular is None]
        found = [each for each in found if not (stepping_only and each.billed_mfu)]
        errors = [abs(each.mfu_error) for each in found if each.mfu_error is not None]
        return Summary(len(found), 0, median(errors), None, None)


def median(values: Sequence[float]) -> float | None:
    """Return the middle value, or that between the two middle ones; None of nothing."""
    ranked = sorted(values)
    middle = len(ranked) // 2
    return None if not ranked else (ranked[middle] + ranked[~middle]) / 2
