"""What share of its peak a run's billed hours will reach: learned from other families' runs, as a range.

Billed-hours utilisation is model FLOP over all that the billed hours could do at the dense 16-bit peak. Its logarithm
is a sum: a level, the covariates below, what a family has in common, and the rest. Covariates are few and are shrunk,
because forty runs of eighteen families teach no more. Everything is decided by leaving one family out: which covariates
are used, how large the spread of families and that of the rest are, and how wide the 80 % range is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Known before a run. Number formats: chips before bfloat16 train in FP16 with loss scaling. Generation: from Hopper on
# the peak grew faster than memory and network. Size: such a fast chip is the harder to fill the smaller the model is.
COVARIATES = ("precision", "generation", "size")
WITHOUT_BF16 = frozenset({"pascal", "volta"})
FAST = frozenset({"hopper", "blackwell"})
LARGE_MODEL = 100.0  # billion active parameters, from which on a fast chip is as full as it gets
# What is believed before any run is seen, in natural logarithms: a level near 30 % within a factor of 7, and covariates
# that move it by a third either way. The spreads of families and of the rest are searched on a short grid.
LEVEL = math.log(0.3)
LEVEL_SPREAD = 2.0
COVARIATE_SPREAD = 0.3
FAMILY_SPREADS = (0.15, 0.3, 0.45)
REST_SPREADS = (0.15, 0.25, 0.35)
TAIL = 4.0  # degrees of freedom of the score that picks among them; a few strange runs decide nothing
COVERED = 0.8


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a run beforehand: generation of its accelerator, billions of active parameters."""

    generation: str
    active_billions: float

    def covariate(self, name: str) -> float:
        """Return the value of a covariate; each is 0 on a chip like the A100."""
        if name == "precision":
            return float(self.generation in WITHOUT_BF16)
        if name == "generation":
            return float(self.generation in FAST)
        return min(math.log10(self.active_billions / LARGE_MODEL), 0.0) if self.generation in FAST else 0.0


@dataclass(frozen=True, slots=True)
class Observation:
    """The utilisation that a run of a family reached."""

    family: str
    features: Features
    utilisation: float


@dataclass(frozen=True, slots=True)
class Range:
    """A lognormal range: p10, p50 and p90 of a share."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to fit: the covariates used, the spread of families and that of the rest."""

    covariates: tuple[str, ...]
    family_spread: float
    rest_spread: float


class Prior:
    """A fitted utilisation: `setting` says how, `predict` gives the range of a run of a new family."""

    def __init__(self, observations: Sequence[Observation], setting: Setting) -> None:
        self.setting = setting
        self.runs = len(observations)
        design, spread = _design([each.features for each in observations], setting.covariates)
        covariance = _covariance(observations, design, spread, setting)
        inverse = np.linalg.inv(covariance)
        known = _logs(observations) - LEVEL
        self._mean = spread @ design.T @ inverse @ known
        self._left = spread - spread @ design.T @ inverse @ design @ spread
        residual, deviation = _left_out(observations, inverse, known)
        self.score = float(np.mean(np.log(deviation) + (TAIL + 1) / 2 * np.log1p((residual / deviation) ** 2 / TAIL)))
        # The smallest factor that would have covered the share of new runs asked for, one run more counted as missed.
        ranked = np.sort(np.abs(residual) / deviation)
        self._factor = float(ranked[min(math.ceil(COVERED * (self.runs + 1)), self.runs) - 1])

    def coefficients(self) -> dict[str, float]:
        """Return the factor by which each covariate multiplies utilisation, and the level under `level`."""
        names = ("level", *self.setting.covariates)
        shifts = {name: float(value) for name, value in zip(names, self._mean, strict=True)}
        return {name: math.exp(value + (LEVEL if name == "level" else 0)) for name, value in shifts.items()}

    def predict(self, features: Features) -> Range:
        """Return the 80 % range of a run of a family that was not seen."""
        row, _ = _design([features], self.setting.covariates)
        middle = LEVEL + float(row[0] @ self._mean)
        parts = (float(row[0] @ self._left @ row[0]), self.setting.family_spread**2, self.setting.rest_spread**2)
        half = self._factor * math.sqrt(sum(parts))
        return Range(math.exp(middle - half), math.exp(middle), math.exp(middle + half))


def learn(observations: Sequence[Observation], covariates: Sequence[str] = COVARIATES) -> Prior:
    """Return the prior whose runs are best foretold, each by the other families.

    covariates: those that may be used; every subset is tried, the smaller one first.
    Raises ValueError with fewer than two families.
    """
    if len({each.family for each in observations}) < 2:
        raise ValueError("a prior needs runs of two families")
    fitted = (Prior(observations, setting) for setting in _settings(covariates))
    return min(fitted, key=lambda prior: prior.score)


def _settings(covariates: Sequence[str]) -> Iterable[Setting]:
    for count in range(len(covariates) + 1):
        for chosen in combinations(covariates, count):
            for family in FAMILY_SPREADS:
                for rest in REST_SPREADS:
                    yield Setting(chosen, family, rest)


def _logs(observations: Sequence[Observation]) -> Any:
    return np.log([each.utilisation for each in observations])


def _design(features: Sequence[Features], covariates: Sequence[str]) -> tuple[Any, Any]:
    """Return the design matrix, shape (runs, 1 + covariates), and the covariance of its coefficients beforehand."""
    rows = [[1.0, *(each.covariate(name) for name in covariates)] for each in features]
    return np.array(rows), np.diag([LEVEL_SPREAD**2, *(COVARIATE_SPREAD**2 for _ in covariates)])


def _covariance(observations: Sequence[Observation], design: Any, spread: Any, setting: Setting) -> Any:
    """Return the covariance of the logarithms, shape (runs, runs)."""
    families = np.array([each.family for each in observations])
    same = families[:, None] == families[None, :]
    rest = setting.rest_spread**2 * np.eye(len(observations))
    return design @ spread @ design.T + setting.family_spread**2 * same + rest


def _left_out(observations: Sequence[Observation], inverse: Any, known: Any) -> tuple[Any, Any]:
    """Return error and standard deviation of every run as foretold by the other families, each of shape (runs,).

    Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, equations 5.10 to 5.12, by blocks.
    """
    families = np.array([each.family for each in observations])
    weighted = inverse @ known
    residual, deviation = np.zeros(len(known)), np.zeros(len(known))
    for family in dict.fromkeys(families.tolist()):
        own = np.flatnonzero(families == family)
        block = np.linalg.inv(inverse[np.ix_(own, own)])
        residual[own] = block @ weighted[own]
        deviation[own] = np.sqrt(np.diag(block))
    return residual, deviation
