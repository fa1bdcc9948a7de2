"""Goodput: the interruptions of Llama 3, the intervals of Young and Daly, and what is lost between them."""

from __future__ import annotations

import math
from typing import Any

import pytest

import calc

LLAMA = {
    "failures_observed": "419", "gpus_observed": "16384 gpus", "time_observed": "54 days", "gpus": "16384 gpus",
    "checkpoint_time": "60 s",
}  # fmt: skip
MTBF = 54 * 86400 / 419


def value(name: str, inputs: dict[str, Any], use: dict[str, str] | None = None) -> float:
    found = calc.run({"inputs": inputs, "show": [name], "use": use or {}}).cases["base"][name].value
    assert found is not None
    return found


def test_llama_3_broke_down_every_three_hours() -> None:
    # 54 x 86,400 / 419
    assert value("mtbf", LLAMA) == pytest.approx(11_135.08, abs=0.01)
    assert value("mtbf", {**LLAMA, "gpus": "1024 gpus"}) == pytest.approx(16 * MTBF, rel=1e-12)


def test_intervals_of_young_and_daly() -> None:
    # sqrt(2 x 60 x 11,135.08); Daly's series of it less the checkpoint
    assert value("checkpoint_interval", LLAMA) == pytest.approx(1155.9, abs=0.05)
    assert value("checkpoint_interval", LLAMA, {"checkpoint_interval": "daly"}) == pytest.approx(1116.3, abs=0.05)


def test_no_interval_is_longer_than_the_mtbf() -> None:
    slow = {**LLAMA, "checkpoint_time": "30000 s"}
    assert value("checkpoint_interval", slow, {"checkpoint_interval": "daly"}) == pytest.approx(MTBF, rel=1e-12)


def test_first_order_loss() -> None:
    # 60 / 1155.9 + 1155.9 / (2 x 11,135) = sqrt(2 x 60 / 11,135)
    assert value("lost_time_share", LLAMA) == pytest.approx(0.1038, abs=5e-5)
    assert value("effective_time_share", LLAMA) == pytest.approx(0.8962, abs=5e-5)
    # ten minutes to restart: + 600 / 11,135
    assert value("lost_time_share", {**LLAMA, "restart_time": "10 min"}) == pytest.approx(0.1577, abs=5e-5)


def test_exponential_loss() -> None:
    found = value("effective_time_share", LLAMA, {"effective_time_share": "exponential"})
    interval = math.sqrt(2 * 60 * MTBF)
    assert found == pytest.approx(interval / (MTBF * math.expm1((interval + 60) / MTBF)), rel=1e-12)
    # A little above the first order's 0.8962, which counts every loss as if nothing else were lost.
    assert 0.8962 < found < 0.9


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.25, 2.0])
def test_the_interval_loses_least(factor: float) -> None:
    """Any other interval loses more, to the order of the formula."""
    best = value("lost_time_share", LLAMA)
    other = {**LLAMA, "checkpoint_interval": f"{math.sqrt(2 * 60 * MTBF) * factor} s"}
    assert value("lost_time_share", other) > best


def test_what_is_lost_lengthens_the_run() -> None:
    run = {"training_flop": "1e25 FLOP", "gpu_peak_bf16": "1000 TFLOP/s/gpu", "mfu": "40 %"}
    assert value("training_gpu_hours", {**run, **LLAMA}) == pytest.approx(
        value("training_gpu_hours", run) / value("effective_time_share", LLAMA), rel=1e-12
    )


def test_losing_more_than_all_the_time_fails() -> None:
    found = calc.run({"inputs": {**LLAMA, "checkpoint_time": "6000 s"}, "show": ["lost_time_share"]})
    assert any("more time is lost than there is" in each for each in found.failures)
