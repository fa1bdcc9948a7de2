"""What the figures of a published run say about each other, by the formulas of the catalogue outside any scenario."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from calc.engine.catalogue import implied, spread, standard_catalogue
from calc.engine.compile import Floats, UnsupportedError, build
from calc.engine.evaluate import NotIncluded, evaluate_formula, evaluate_samples
from calc.engine.graph import formula_of, make_plan
from calc.errors import CalcError
from calc.facts import DEFAULTS, standard_facts
from calc.units import parse_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from calc.backtest.runs import Run
    from calc.engine.figures import Figure
    from calc.engine.graph import AnyFormula, Plan


def compute(wanted: str, given: Mapping[str, Any], use: Mapping[str, str] | None = None) -> Any:
    """Return a quantity in its declared unit: a float, or an array of shape (samples,) where one was given.

    given, use and errors as in `compute_all`.
    """
    return compute_all([wanted], given, use)[wanted]


def compute_all(
    wanted: Sequence[str], given: Mapping[str, Any], use: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return quantities in their declared units: floats, or arrays of shape (samples,) where one was given.

    given: numbers, or float64 arrays of shape (samples,), by quantity, in their declared units. The bundle of defaults
    fills what is left.
    use: the variant of a quantity, or of a choice, as in a scenario's `use:`; what is given makes the other choices.
    Raises CalcError when something is missing or a figure is not finite.
    """
    names, variants = tuple(given), tuple(sorted((use or {}).items()))
    if not any(hasattr(value, "shape") for value in given.values()):
        compiled = _compiled(tuple(wanted), names, variants)
        if compiled is not None:
            try:
                return compiled(given)
            except (ArithmeticError, ValueError, TypeError):
                pass  # it has no value there, or it is an error: the slow way tells
    catalogue = standard_catalogue()
    plan, chosen = _plan(tuple(wanted), names, variants)
    figures: dict[str, Any] = {**_fixed(plan)}
    figures |= {name: _column(value) * catalogue[name].unit.factor for name, value in given.items()}
    for name, formula in _formulas(plan, chosen):
        is_array = any(hasattr(figures[each], "shape") for each in formula.parameters)
        figures[name] = (evaluate_samples if is_array else evaluate_formula)(name, formula.expression, figures, {})
    return {name: _result(figures[name] / catalogue[name].unit.factor) for name in wanted}


@lru_cache(maxsize=1)
def _defaults() -> dict[str, float]:
    """Return the figures of the bundle of defaults, in coherent base units."""
    facts = (standard_facts().bundle(DEFAULTS) or {}).items()
    return {name: fact.value * parse_unit(fact.unit).factor for name, fact in facts if fact.value is not None}


@lru_cache(maxsize=256)
def _plan(
    wanted: tuple[str, ...], given: tuple[str, ...], use: tuple[tuple[str, str], ...]
) -> tuple[Plan, dict[str, str]]:
    """Return what to compute in which order, and the variants chosen.

    Raises CalcError when something is missing.
    """
    catalogue = standard_catalogue()
    chosen = {**implied(catalogue.choices, set(given)), **spread(catalogue.choices, dict(use))}
    plan = make_plan(catalogue, wanted, {*_defaults(), *given}, chosen)
    if plan.missing:
        lacking, lack = (" and ".join(f"`{name}`" for name in wanted), ", ".join(f"`{name}`" for name in plan.missing))
        raise CalcError("E-MISSING", f"{lacking} needs {lack}", hint="give a value")
    return plan, chosen


def _fixed(plan: Plan) -> dict[str, Figure]:
    """Return the bundle of defaults, and what is not included."""
    return {**_defaults(), **{name: NotIncluded((name,)) for name in plan.not_included}}


def _formulas(plan: Plan, chosen: Mapping[str, str]) -> Iterator[tuple[str, AnyFormula]]:
    for name in plan.order:
        formula = formula_of(standard_catalogue(), name, chosen)
        if formula is not None:
            yield name, formula


@lru_cache(maxsize=256)
def _compiled(
    wanted: tuple[str, ...], given: tuple[str, ...], use: tuple[tuple[str, str], ...]
) -> Callable[[Mapping[str, float]], dict[str, Any]] | None:
    """Return all formulas as one function of what is given, in declared units; None where they are no such function."""
    plan, chosen = _plan(wanted, given, use)
    formulas = ((name, formula.expression) for name, formula in _formulas(plan, chosen))
    try:
        floats = Floats(build(formulas, _fixed(plan), dict.fromkeys(given, False)), wanted)
    except UnsupportedError:
        return None
    catalogue = standard_catalogue()
    ins = {name: catalogue[name].unit.factor for name in given}
    outs = {name: catalogue[name].unit.factor for name in wanted}

    def compute_once(values: Mapping[str, float]) -> dict[str, Any]:
        found = floats({name: values[name] * factor for name, factor in ins.items()})
        return {name: _number(found[name]) / factor for name, factor in outs.items()}

    return compute_once


def _number(figure: Figure) -> float:
    if isinstance(figure, float | int):
        return float(figure)
    raise TypeError  # it has no value: the slow way tells why


def _result(found: Any) -> Any:
    return found.ravel() if hasattr(found, "shape") else float(found)


def _column(value: Any) -> Any:
    """Return an array of samples in the shape that formulas take, (samples, 1)."""
    return value.reshape(-1, 1) if hasattr(value, "shape") and value.shape else value


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
