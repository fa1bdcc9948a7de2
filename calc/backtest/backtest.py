"""Published runs foretold from what was known before them: size, tokens and hardware, with other families' runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from calc.backtest.figures import (
    G_PER_KG,
    KWH_PER_MWH,
    TARGETS,
    UNITS,
    billed_utilisation,
    compute,
    mfu_is_billed,
    model_size,
    peak,
    product,
    why_circular,
)
from calc.backtest.runs import published_runs
from calc.backtest.utilisation import COVARIATES, Features, Observation, Prior, Range, learn
from calc.study.statistics import summary
from calc.value import Distribution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.backtest.runs import Run
    from calc.backtest.utilisation import Prior


class Prediction:
    """A published figure and its prediction, None where there is none."""

    __slots__ = ()
    published: float
    predicted: Range | None

    @property
    def error(self) -> float | None:
        """Return how far the middle of the prediction lies from the published figure, as a share of that."""
        return None if self.predicted is None else self.predicted.p50 / self.published - 1

    @property
    def inside(self) -> bool | None:
        """Tell whether the published figure lies in the range, or None without prediction."""
        return None if self.predicted is None else self.predicted.p10 <= self.published <= self.predicted.p90


@dataclass(frozen=True, slots=True)
class Foretold(Prediction):
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
        return summarised([each for each in self.figures if each.target == target and each.circular is None])

    def given_mfu(self, *, stepping_only: bool = False) -> Summary:
        """Return how GPU-hours from the published MFU did; there is no range.

        stepping_only: leave out MFUs that were computed from the hours.
        """
        found = [each for each in self.figures if each.given_mfu is not None and each.circular is None]
        found = [each for each in found if not (stepping_only and each.billed_mfu)]
        errors = [abs(each.mfu_error) for each in found if each.mfu_error is not None]
        return Summary(len(found), 0, median(errors), None, None)


def summarised(every: Sequence[Prediction]) -> Summary:
    """Return how predictions did."""
    counted = [each for each in every if each.predicted is not None]
    widths = [each.predicted.p90 / each.predicted.p10 for each in counted if each.predicted is not None]
    return Summary(
        len(counted),
        len(every) - len(counted),
        median([abs(each.error) for each in counted if each.error is not None]),
        sum(bool(each.inside) for each in counted) / len(counted) if counted else None,
        math.exp(sum(map(math.log, widths)) / len(widths)) if widths else None,
    )


def median(values: Sequence[float]) -> float | None:
    """Return the middle value, or that between the two middle ones; None of nothing."""
    ranked = sorted(values)
    middle = len(ranked) // 2
    return None if not ranked else (ranked[middle] + ranked[~middle]) / 2


# ---------------------------------------------------------------- predictions

# Probabilities 0.001 to 0.999: percentiles of these samples are those of the range itself.
_STEPS = 999
# Least spread of the power of one accelerator, in natural logarithms: sites with the same chip differ by so much.
_POWER_SPREAD = 0.1
_P90 = 1.2815515655446004  # standard normal quantile


class Backtester:
    """Foretells runs from known ones, by default those that ship; `covariates` are those that the prior may use."""

    def __init__(self, known: Sequence[Run] | None = None, covariates: Sequence[str] = COVARIATES) -> None:
        self.known = published_runs() if known is None else known
        self.covariates = covariates
        self._priors: dict[str, Prior] = {}

    @cached_property
    def observations(self) -> list[Observation]:
        """Return what the known runs teach about utilisation: those whose hours are no product of other figures."""
        found = []
        for run in self.known:
            share, features = billed_utilisation(run), _features(run)
            if share is not None and features is not None and why_circular(run, "gpu_hours") is None:
                found.append(Observation(run.family, features, share))
        return found

    def prior(self, family: str | None) -> Prior:
        """Return the prior that has not seen a family; None for the one that has seen all."""
        key = family or ""
        if key not in self._priors:
            others = [each for each in self.observations if each.family != family]
            self._priors[key] = learn(others, self.covariates)
        return self._priors[key]

    def utilisation(self, run: Run, features: Features) -> Distribution:
        """Return the billed-hours utilisation that a run is foretold with."""
        return _lognormal(self.prior(run.family).predict(features))

    def run(self, runs: Sequence[Run] | None = None) -> Backtest:
        """Return the backtest of runs, by default of the known ones."""
        found = Backtest([], [], self._priors)
        for run in self.known if runs is None else runs:
            published = {target: run.number(column) for target, column in TARGETS.items()}
            figures = [self._foretell(run, target, value) for target, value in published.items() if value is not None]
            found.figures += figures
            if not figures:
                found.without_figures.append(run.id)
        return found

    def _foretell(self, run: Run, target: str, published: float) -> Foretold:
        predicted, reason = None, None
        try:
            predicted = self._predict(run, target)
        except LookupError as lack:
            reason = str(lack)
        share = run.number("mfu") if target == "gpu_hours" and predicted is not None else None
        return Foretold(
            run,
            target,
            published,
            why_circular(run, target),
            predicted,
            reason,
            product(run, target),
            None if share is None else float(_hours(run, share)),
            mfu_is_billed(run),
        )

    def _predict(self, run: Run, target: str) -> Range:
        """Return the range of a figure.

        Raises LookupError, with the reason, when something is not known.
        """
        features = _features(run)
        if features is None:
            raise LookupError(_lack(run))
        steps = np.arange(1, _STEPS + 1) / (_STEPS + 1)
        hours = _hours(run, self.utilisation(run, features).quantile(steps))
        if target == "gpu_hours":
            return _range(hours)
        # Power is paired with utilisation at random, once and for all, so that the two are independent.
        shuffled = np.random.Generator(np.random.PCG64(7)).permutation(steps)
        given = {
            "training_gpu_hours": hours,
            "training_power_per_gpu": _lognormal(self._watts(run)).quantile(shuffled),
            "pue": self._pue(run) if run.energy_includes_pue or target == "carbon" else 1.0,
        }
        if target == "energy":
            return _range(compute("training_energy", given) / KWH_PER_MWH)
        intensity = run.number("carbon_kg_per_kwh")
        if intensity is None:
            raise LookupError("the carbon intensity of the site is not published")
        return _range(compute("training_carbon", {**given, "grid_carbon_intensity": intensity * G_PER_KG}))

    def _watts(self, run: Run) -> Range:
        """Return the power of one accelerator as runs of other families on its generation state it."""
        families: dict[str, list[float]] = {}
        for each in self.known:
            watts, chip = each.number("avg_w_per_accel"), each.accelerator
            if watts is not None and chip and run.accelerator and chip.generation == run.accelerator.generation:
                families.setdefault(each.family, []).append(math.log(watts))
        means = [sum(logs) / len(logs) for family, logs in families.items() if family != run.family]
        if not means:
            raise LookupError("no other family says what power this accelerator draws")
        middle = sum(means) / len(means)
        spread = max(_POWER_SPREAD, math.sqrt(sum((each - middle) ** 2 for each in means) / len(means)))
        half = spread * _P90
        return Range(math.exp(middle - half), math.exp(middle), math.exp(middle + half))

    def _pue(self, run: Run) -> float:
        """Return the PUE of the site, or the middle one of other families for a site that does not state it."""
        stated = [each.number("pue") for each in self.known if each.family != run.family]
        return run.number("pue") or median([each for each in stated if each is not None]) or 1.0


def _features(run: Run) -> Features | None:
    """Return what the prior needs, or None where a prediction of GPU-hours would lack something."""
    active = run.number("params_active_b")
    if run.accelerator is None or active is None or peak(run) is None or model_size(run) is None:
        return None
    return Features(run.accelerator.generation, active)


def _lack(run: Run) -> str:
    if peak(run) is None:
        named = run.texts["accelerator"] or "an accelerator that is not stated"
        return f"no single dense peak is known for {named}"
    return f"{'tokens' if run.number('params_active_b') else 'active parameters'} are not published"


def _hours(run: Run, share: Any) -> Any:
    """Return GPU-hours at a share of peak that holds for all billed hours, so that no time is lost beside it."""
    given = {**(model_size(run) or {}), "gpu_peak": peak(run), "mfu": share, "effective_time_share": 1.0}
    return compute("training_gpu_hours", given)


def _lognormal(found: Range) -> Distribution:
    return Distribution("lognormal", (("p10", found.p10), ("p90", found.p90)))


def _range(samples: Any) -> Range:
    found = summary(samples) or {}
    return Range(found["p10"], found["p50"], found["p90"])
