"""What the figures of a published run say about each other, by the calculator's own formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.backtest.formulas import compute
from calc.facts import standard_facts

if TYPE_CHECKING:
    from calc.backtest.runs import Run

# A published figure this close to the product of others is that product, rounded.
ROUNDING = 0.01
BILLIONS = 1e9
G_PER_KG = 1000.0
KWH_PER_MWH = 1000.0
TARGETS = {"gpu_hours": "accel_hours", "energy": "energy_mwh", "carbon": "tco2e"}
UNITS = {"gpu_hours": "gpu*hour", "energy": "MWh", "carbon": "tCO2e"}
_CIRCULAR_NAMES = {"gpu_hours": {"accel_hours"}, "energy": {"energy"}, "carbon": {"tco2e"}}


def peak(run: Run) -> float | None:
    """Return the dense 16-bit peak of the run's accelerator in TFLOP/s, or None where no one figure is known."""
    accelerator = run.accelerator
    bundle = standard_facts().bundle(accelerator.bundle) if accelerator else None
    fact = (bundle or {}).get("gpu_peak_bf16")
    return fact.value if fact else None


def model_size(run: Run) -> dict[str, float] | None:
    """Return active parameters and tokens as inputs of the training model, or None where one is not published."""
    active, tokens = run.number("params_active_b"), run.number("tokens_b")
    if active is None or tokens is None:
        return None
    return {"active_parameters": active * BILLIONS, "training_tokens": tokens * BILLIONS}


def billed_utilisation(run: Run) -> float | None:
    """Return model FLOP as a share of what the billed hours could do at peak; may exceed 1 where a figure is wrong."""
    size, top, hours = model_size(run), peak(run), run.number("accel_hours")
    if size is None or top is None or hours is None:
        return None
    return float(compute("billed_mfu", {**size, "gpu_peak": top, "training_gpu_hours": hours}))


def hours_by_devices(run: Run) -> float | None:
    """Return number of devices times days, in device-hours."""
    count, days = run.number("n_accel"), run.number("days")
    if count is None or days is None:
        return None
    given = {"gpus": count, "training_duration": days}
    return float(compute("training_gpu_hours", given, {"training_gpu_hours": "duration"}))


def energy_product(run: Run) -> float | None:
    """Return hours times power, times PUE where the published energy holds it, in MWh."""
    hours, watts = run.number("accel_hours") or hours_by_devices(run), run.number("avg_w_per_accel")
    if hours is None or watts is None:
        return None
    around = run.number("pue") if run.energy_includes_pue else None
    given = {"training_gpu_hours": hours, "training_power_per_gpu": watts, "pue": around or 1.0}
    return float(compute("training_energy", given)) / KWH_PER_MWH


def carbon_product(run: Run) -> float | None:
    """Return the published energy, at the meter of the hall, times the carbon intensity, in tCO2e."""
    energy, intensity = run.number("energy_mwh"), run.number("carbon_kg_per_kwh")
    if energy is None or intensity is None:
        return None
    around = 1.0 if run.energy_includes_pue else run.number("pue") or 1.0
    given = {"training_it_energy": energy * KWH_PER_MWH, "pue": around, "grid_carbon_intensity": intensity * G_PER_KG}
    return float(compute("training_carbon", given))


def product(run: Run, target: str) -> float | None:
    """Return the target as a product of the run's other figures, or None where they do not give it."""
    if target == "gpu_hours":
        return hours_by_devices(run)
    return energy_product(run) if target == "energy" else carbon_product(run)


def why_circular(run: Run, target: str) -> str | None:
    """Return why a published figure is a product of others, or None when it can test a prediction.

    Energy and carbon count as products also where nobody says so and the product meets the figure within 1 %, unless it
    was the hours that were computed from the energy. Hours are counted, not computed, unless the source says so.
    """
    if run.circular & _CIRCULAR_NAMES[target]:
        return "its source computed it from the run's other figures"
    published, computed = run.number(TARGETS[target]), product(run, target)
    if target == "gpu_hours" or published is None or computed is None:
        return None
    if target == "energy" and run.circular & _CIRCULAR_NAMES["gpu_hours"]:
        return None
    if abs(computed / published - 1) <= ROUNDING:
        return "it equals the product of the run's other figures within 1 %"
    return None


def mfu_is_billed(run: Run) -> bool:
    """Tell whether the published MFU is that of all billed hours, and so says the hours themselves.

    It is where it meets FLOP over hours times peak within 1.5 %, counted from the stated FLOP or from the model's size.
    """
    share, top, hours = run.number("mfu"), peak(run), run.number("accel_hours")
    if share is None or top is None or hours is None:
        return False
    flop = run.number("train_flop")
    found = [billed_utilisation(run)]
    if flop is not None:
        given = {"training_flop": flop, "gpu_peak": top, "training_gpu_hours": hours}
        found.append(float(compute("billed_mfu", given)))
    return any(abs(share / each - 1) <= 1.5 * ROUNDING for each in found if each is not None)
