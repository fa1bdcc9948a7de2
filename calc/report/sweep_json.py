"""The result of a sweep as plain dictionaries: axes, and for each case a column of numbers a figure, a row a point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.report.json_values import number
from calc.report.study_values import inputs_of
from calc.study.sweep import broken_of, conditions_of, not_included, reasons_of

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.scenario.resolve import Scenario
    from calc.study.sweep import SweepCase
    from calc.study.sweep_pieces import Swept


def sweep_dict(scenario: Scenario, cases: list[SweepCase]) -> dict[str, Any]:
    """Return axes and cases; every column of a case has one number a point, null where there is no value."""
    return {**_about(scenario), "cases": [_case(scenario, case) for case in cases]}


def swept_dict(scenario: Scenario, cases: list[Swept]) -> dict[str, Any]:
    """Return the same of sweeps of which a summary is left: columns hold the points that were kept.

    A column says whether it is the same at all points; `held` is how many points meet the conditions.
    """
    return {**_about(scenario), "cases": [_swept(scenario, case) for case in cases]}


def _about(scenario: Scenario) -> dict[str, Any]:
    sweep, catalogue = scenario.studies.sweep, scenario.catalogue
    if sweep is None:
        raise AssertionError("no sweep")
    axes = [
        {
            "name": axis.name,
            "unit": catalogue[axis.name].unit_text,
            "values": [number(each, catalogue[axis.name].unit) for each in axis.values],
        }
        for axis in sweep.axes
    ]
    return {
        "axes": axes,
        "conditions": [each.text for each in (*scenario.checks, *sweep.conditions)],
        "best_of": f"{sweep.best.sense} {sweep.best.name}" if sweep.best else None,
        "pareto_of": [f"{each.sense} {each.name}" for each in sweep.pareto],
    }


def _swept(scenario: Scenario, found: Swept) -> dict[str, Any]:
    run, summary = found
    columns: list[dict[str, Any]] = []
    for at, (name, year, kind) in enumerate(run.columns):
        quantity = scenario.catalogue[name]
        if kind == "values":
            same = at >= len(run.boxes.shape) and not summary.varies[at]
            columns.append({"name": name, "year": year, "unit": quantity.unit_text, "same": same})
        columns[-1][kind] = numbers(summary.rows[:, at], quantity)
    best, worst = summary.ends(run.ranking) or (None, None)
    arrays = {
        (name, year): summary.rows[:, at] for at, (name, year, kind) in enumerate(run.columns) if kind == "values"
    }
    axes = {name: arrays.pop((name, None)) for name in run.run.sweep_names}
    reasons = reasons_of(run.run, axes, arrays)
    for column in columns:
        if (column["name"], column["year"]) in reasons:
            column["reason"] = reasons[column["name"], column["year"]]
    return {
        "name": run.case.name,
        "points": summary.size,
        "columns": columns,
        "conditions": conditions_of(run.run),
        "model_checks": broken_of(run.run, axes, summary.holds),
        "not_included": not_included(run.run),
        **({"at_likely_values": True} if run.run.is_uncertain and not run.run.is_drawn else {}),
        "holds": None if summary.holds is None else summary.holds.tolist(),
        "held": summary.held,
        "best": best,
        "worst": worst,
        "pareto": summary.front(run.ranking),
        "inputs": inputs_of(scenario, run.case),
    }


def _case(scenario: Scenario, found: SweepCase) -> dict[str, Any]:
    catalogue = scenario.catalogue
    columns: list[dict[str, Any]] = [
        {"name": name, "year": None, "unit": catalogue[name].unit_text, "values": numbers(array, catalogue[name])}
        for name, array in found.axes.items()
    ]
    for (name, year), array in found.columns.items():
        quantity = catalogue[name]
        column: dict[str, Any] = {
            "name": name,
            "year": year,
            "unit": quantity.unit_text,
            "values": numbers(array, quantity),
        }
        for key, ends in (("p50", found.p50), ("p10", found.p10), ("p90", found.p90)):
            if (name, year) in ends:
                column[key] = numbers(ends[name, year], quantity)
        if (name, year) in found.reasons:
            column["reason"] = found.reasons[name, year]
        columns.append(column)
    return {
        "name": found.case.name,
        "points": found.size,
        "columns": columns,
        "conditions": found.conditions,
        "model_checks": found.model_checks,
        "not_included": found.not_included,
        **({"at_likely_values": True} if found.is_undrawn else {}),
        "holds": None if found.holds is None else found.holds.tolist(),
        "best": found.best,
        "worst": found.worst,
        "pareto": found.front,
        "inputs": inputs_of(scenario, found.case),
    }


def numbers(array: Any, quantity: Quantity) -> list[float | None]:
    """Return an array in base units as numbers in a quantity's unit, None where there is no value."""
    import numpy as np

    missing = np.isnan(array)
    if not missing.any():
        return [number(each, quantity.unit) for each in array.tolist()]
    return [None if lost else number(each, quantity.unit) for each, lost in zip(array.tolist(), missing, strict=True)]
