"""The prior of billed-hours utilisation: left-out errors are those of a second fit, and synthetic runs are covered."""

from __future__ import annotations

import math

import numpy as np
import pytest

from calc.backtest.utilisation import COVERED, Features, Observation, Prior, Setting, learn

A100 = Features("ampere", 100.0)
H100 = Features("hopper", 100.0)
V100 = Features("volta", 100.0)


def synthetic(families: int, seed: int) -> list[Observation]:
    """Return three runs a family: 40 % of the peak, half on Hopper, spread 0.3 among families and 0.2 beside."""
    stream = np.random.default_rng(seed)
    found = []
    for family in range(families):
        features = H100 if family % 2 else A100
        level = math.log(0.4 if features is A100 else 0.2) + 0.3 * stream.standard_normal()
        for _ in range(3):
            share = math.exp(level + 0.2 * stream.standard_normal())
            found.append(Observation(f"family {family}", features, share))
    return found


def test_covariates_are_zero_on_a_chip_like_the_a100() -> None:
    assert [A100.covariate(name) for name in ("precision", "generation", "size")] == [0, 0, 0]
    assert [V100.covariate(name) for name in ("precision", "generation", "size")] == [1, 0, 0]
    assert [H100.covariate(name) for name in ("precision", "generation", "size")] == [0, 1, 0]
    # log10(1 / 100) = -2 on a fast chip; on others size says nothing.
    assert Features("hopper", 1.0).covariate("size") == pytest.approx(-2)
    assert Features("hopper", 400.0).covariate("size") == 0
    assert Features("ampere", 1.0).covariate("size") == 0


def test_errors_by_one_inverse_are_those_of_a_fit_without_the_family() -> None:
    observations = synthetic(6, 1)
    setting = Setting(("generation",), 0.3, 0.25)
    total = 0.0
    for each in observations:
        others = [other for other in observations if other.family != each.family]
        row = np.array([1.0, each.features.covariate("generation")])
        fitted = Prior(others, setting)
        factors = fitted.coefficients()
        middle = math.log(factors["level"]) + row[1] * math.log(factors["generation"])
        variance = float(row @ fitted._left @ row) + 0.3**2 + 0.25**2  # noqa: SLF001  # the spread has no other door
        error = (math.log(each.utilisation) - middle) ** 2 / variance
        total += math.log(variance) / 2 + 2.5 * math.log1p(error / 4)
    assert Prior(observations, setting).score == pytest.approx(total / len(observations), rel=1e-9)


def test_a_covariate_that_matters_is_found_and_shrunk() -> None:
    prior = learn(synthetic(40, 2))
    assert prior.setting.covariates == ("generation",)
    # True factors are 0.4 and 0.5; shrinkage pulls the second one a little towards 1.
    assert prior.coefficients()["level"] == pytest.approx(0.4, rel=0.15)
    assert 0.45 < prior.coefficients()["generation"] < 0.65


def test_new_families_lie_in_the_range_as_often_as_promised() -> None:
    prior = learn(synthetic(40, 3))
    new = synthetic(2000, 4)
    inside = [(found := prior.predict(each.features)).p10 <= each.utilisation <= found.p90 for each in new]
    assert np.mean(inside) == pytest.approx(COVERED, abs=0.06)


def test_the_range_is_around_its_middle_in_logarithms() -> None:
    found = learn(synthetic(10, 5)).predict(A100)
    assert found.p10 * found.p90 == pytest.approx(found.p50**2)


def test_one_family_teaches_nothing_about_others() -> None:
    with pytest.raises(ValueError, match="two families"):
        learn(synthetic(1, 6))
