"""The model of model.yaml as someone would write it by hand with numpy: the yardstick of speed.py."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

OUTPUTS = ("f24", "f26", "f34", "f38", "f39", "f44")
PERCENTILES = (5, 10, 50, 90, 95)
Z90 = 1.2815515655446008


def lognormal(random: np.random.Generator, p10: float, p90: float, size: int) -> Any:
    """Draw from the lognormal distribution with these percentiles."""
    low, high = math.log(p10), math.log(p90)
    return random.lognormal((low + high) / 2, (high - low) / 2 / Z90, size)


def draw(size: int, seed: int = 7) -> dict[str, Any]:
    """Draw the twelve uncertain inputs."""
    r = np.random.default_rng(seed)
    return {
        "u_gpus": r.triangular(3900, 4096, 4300, size), "u_gpu_price": lognormal(r, 24000, 34000, size),
        "u_gpu_power": r.uniform(650, 720, size), "u_pue": r.triangular(1.1, 1.2, 1.45, size),
        "u_electricity": lognormal(r, 0.05, 0.12, size), "u_mfu": r.triangular(0.3, 0.4, 0.5, size),
        "u_availability": r.uniform(0.85, 0.99, size), "u_carbon": r.normal(400, 40, size),
        "u_water": r.uniform(0.2, 1.8, size), "u_staff": r.normal(30, 4, size),
        "u_salary": lognormal(r, 180000, 320000, size), "u_rate": r.uniform(0.06, 0.14, size),
    }  # fmt: skip


def evaluate(  # noqa: PLR0913  # every uncertain input by name
    *, u_gpus: Any, u_gpu_price: Any, u_gpu_power: Any, u_pue: Any, u_electricity: Any, u_mfu: Any,
    u_availability: Any, u_carbon: Any, u_water: Any, u_staff: Any, u_salary: Any, u_rate: Any,
) -> tuple[Any, ...]:  # fmt: skip
    """Return the six outputs."""
    f01 = np.ceil(u_gpus / 8)
    f02 = f01 * 8
    f03 = u_gpu_power * 8 * (1 + 0.35) / 1000
    f04 = np.floor(40 / f03)
    f05 = np.ceil(f01 / np.maximum(f04, 1))  # noqa: F841  # a formula of the model that no output needs
    f06 = f01 * f03
    f07 = f06 * u_pue
    f08 = f07 * 8760
    f09 = f08 * u_availability
    f10 = f09 * u_electricity
    f11 = f02 * u_gpu_price
    f12 = f11 * (1 + 0.35)
    f13 = f12 * 0.12
    f14 = f12 * 0.05
    f15 = f12 + f13 + f14
    f16 = f07 * 9000
    f17 = u_rate / (1 - (1 + u_rate) ** -4)
    f18 = u_rate / (1 - (1 + u_rate) ** -15)
    f19 = f15 * f17
    f20 = f16 * f18
    f21 = f15 * 0.04
    f22 = u_staff * u_salary * (1 + 0.35)
    f23 = f19 + f20 + f21
    f24 = f23 + f10 + f22
    f25 = f02 * 8760 * u_availability
    f26 = f24 / f25
    f27 = f26 / 2.4  # noqa: F841  # like f05, no output needs it
    f28 = 70 * 15 * 6 * 1000
    f29 = 989 * u_mfu
    f30 = f28 / f29 * 1000000 / 3600
    f31 = f30 * 1.5
    f32 = f31 / (f02 * u_availability)
    f33 = f32 / 24  # noqa: F841  # like f05, no output needs it
    f34 = f31 * f26
    f35 = f31 * f03 / 8 * u_pue
    f36 = f35 * u_carbon / 1000
    f37 = f02 * 1500 / (4 * 8760) * f32
    f38 = f36 + f37
    f39 = f35 * u_water
    f40 = f35 * u_electricity  # noqa: F841  # like f05, no output needs it
    f41 = f31 * 2.4
    f42 = f41 - f34  # noqa: F841  # like f05, no output needs it
    f43 = np.minimum(f34, f41)
    f44 = f43 / f31 * (1 + u_rate) ** (f32 / 8760)
    return f24, f26, f34, f38, f39, f44


def run(size: int, seed: int = 7) -> dict[str, list[float]]:
    """Draw, evaluate, and return mean and percentiles of every output."""
    outputs = evaluate(**draw(size, seed))
    return {
        name: [float(each.mean()), *np.percentile(each, PERCENTILES).tolist()]
        for name, each in zip(OUTPUTS, outputs, strict=True)
    }


def run_small(size: int, seed: int = 7) -> list[list[float]]:
    """Do the same for the model of small.yaml: four inputs, three outputs."""
    r = np.random.default_rng(seed)
    machines, price = r.triangular(900, 1000, 1200, size), lognormal(r, 200, 320, size)
    upkeep, busy = r.normal(25, 2, size), r.uniform(0.5, 0.9, size)
    bought = machines * price
    yearly = bought / 2 + machines * upkeep
    hourly = yearly / (machines * busy)
    return [[float(each.mean()), *np.percentile(each, PERCENTILES).tolist()] for each in (bought, yearly, hourly)]
