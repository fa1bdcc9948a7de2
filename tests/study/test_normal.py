"""The normal distribution against Python's own, and with its tails cut off against scipy's."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from calc.value import Z90, Distribution, normal_quantile, normal_share_below

STANDARD = NormalDist()


def test_z90_is_the_ninth_decile() -> None:
    assert STANDARD.inv_cdf(0.9) == Z90


@pytest.mark.parametrize("z", [-40.0, -8.0, -2.5, -1e-9, 0.0, 0.3, 1.96, 7.0, 38.0])
def test_share_below(z: float) -> None:
    assert normal_share_below(z) == pytest.approx(STANDARD.cdf(z), rel=1e-12, abs=1e-15)


def test_share_below_keeps_its_digits_far_out() -> None:
    # erfc(8 / sqrt 2) / 2, by the asymptotic series: exp(-32) / (8 sqrt(2 pi)) (1 - 1/64 + 3/4096 - 15/262144 + ...)
    assert normal_share_below(-8.0) == pytest.approx(6.22096e-16, rel=1e-5)


def test_quantiles_are_those_of_the_standard_library() -> None:
    """The middle, both tails and the far tails, at their borders and to the ends that samples are cut at."""
    shares = np.concatenate([
        np.linspace(0.001, 0.999, 4001), np.geomspace(2.0**-54, 0.1, 500), 1 - np.geomspace(2.0**-53, 0.1, 500),
        [0.075, 0.925, np.exp(-25.0), 0.5],
    ])  # fmt: skip
    expected = np.array([STANDARD.inv_cdf(each) for each in shares])
    np.testing.assert_allclose(normal_quantile(shares), expected, rtol=1e-14, atol=1e-15)
    assert normal_quantile(shares).shape == shares.shape
    np.testing.assert_array_equal(normal_quantile(np.array([[0.5, 0.9]])).shape, (1, 2))


@pytest.mark.parametrize(
    ("low", "high"), [(-3.0, 9.0), (-9.0, 2.0), (0.0, math.inf), (7.0, 9.0), (-9.0, -7.0), (-math.inf, 8.5)]
)
def test_cut_tails_are_exact_to_a_millionth_of_a_standard_deviation(low: float, high: float) -> None:
    """Against scipy, whose lower tail is exact; the upper one is its mirror."""
    from scipy import stats

    whole = Distribution("normal", (("mean", 10.0), ("sd", 2.0)))
    cut, beyond = whole.cut(*(10 + 2 * each if math.isfinite(each) else None for each in (low, high)))
    assert beyond > 0
    near = np.geomspace(2.0**-53, 0.5, 60)
    expected = stats.truncnorm(low, high).ppf(near)
    np.testing.assert_allclose((cut.quantile(near) - 10) / 2, expected, rtol=0, atol=1e-6)
    far = 1 - near
    expected = -stats.truncnorm(-high, -low).ppf(1 - far)
    np.testing.assert_allclose((cut.quantile(far) - 10) / 2, expected, rtol=0, atol=1e-6)
