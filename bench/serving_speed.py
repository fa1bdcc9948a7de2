"""How long serving takes: one evaluation, 10,000 samples, a shipped scenario with as many, 2,000 measured rows.

    .venv/bin/python bench/serving_speed.py

Processor time, the median of several; what is compiled once for many evaluations is not counted in the first two.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING

import numpy as np

from calc.api import run
from calc.backtest.figures import compute_all
from calc.backtest.serving import backtest
from calc.backtest.serving_rows import measured_rows
from calc.facts import standard_facts

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = 10_000
WANTED = ["time_per_token", "time_to_first_token", "token_rate_per_gpu", "replicas", "cost_per_million_total_tokens"]
LOAD = {
    "prompt_tokens": 2000.0, "reply_tokens": 300.0, "tensor_parallel": 8.0, "time_per_token_limit": 50.0,
    "first_token_limit": 2000.0, "request_rate_peak": 50.0, "request_rate_mean": 20.0, "gpu_hour_price": 2.0,
}  # fmt: skip


def seconds(work: Callable[[], object], times: int) -> float:
    """Return the median processor time of a piece of work, after it was done once."""
    work()
    found = []
    for _ in range(times):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return statistics.median(found)


def main() -> int:
    """Print each time beside its goal and return 1 if one is missed."""
    shapes = [standard_facts().bundle(name) or {} for name in ("h200-sxm", "deepseek-r1")]
    given = {name: fact.value for each in shapes for name, fact in each.items() if fact.value is not None} | LOAD
    use = {"weight_format": "fp8", "serving_framework": "sglang", "gpu_supply": "rented"}
    errors = np.exp(np.random.default_rng(1).normal(0, 0.27, (2, SAMPLES)))
    point = {**given, "time_per_token_error": 1.1, "first_token_error": 0.9}
    drawn = {**given, "time_per_token_error": errors[0], "first_token_error": errors[1]}
    rows = measured_rows()
    goals = {
        "one evaluation": (1e-3, lambda: compute_all(WANTED, point, use), 200),
        "10,000 samples of one evaluation": (0.5, lambda: compute_all(WANTED, drawn, use), 5),
        "serve-70b, three cases, 10,000 samples each": (1.5, lambda: run("serve-70b", samples=SAMPLES), 3),
        f"{len(rows):,} measured rows": (180, lambda: backtest(rows), 1),
    }
    missed = 0
    for name, (goal, work, times) in goals.items():
        took = seconds(work, times)
        missed += took > goal
        print(f"{name:45s} {took * 1e3:10.3f} ms, goal {goal * 1e3:,.0f} ms")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
