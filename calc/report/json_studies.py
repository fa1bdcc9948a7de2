"""Results of studies as plain dictionaries: `calc.sweep/1`, `calc.find/1`, `calc.sensitivity/1`, `calc.compare/1`.

Every value is in the declared unit that stands beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc import __version__
from calc.engine.explain import figure_text
from calc.engine.figures import Series, at_year
from calc.report.json_compare import compare_dict
from calc.report.json_values import chosen_dict, figure_dict, inputs_of, number, statistics_dict, uncertainty
from calc.scenario.study_sections import Best, Goal
from calc.study.checks import applicable
from calc.study.remarks import unheeded_by_studies
from calc.study.sweep import broken_of, conditions_of, not_included, reasons_of
from calc.text import shorten
from calc.units.format import amount_text, clean, digits_apart, percent_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.engine.catalogue import Quantity
    from calc.scenario.resolve import Scenario
    from calc.study.find import Found
    from calc.study.flip import Flip
    from calc.study.sensitivity import SensitivityCase, Swing
    from calc.study.studied import Studied
    from calc.study.sweep import SweepCase
    from calc.study.sweep_pieces import Swept
    from calc.study.thresholds import Spread

__all__ = ["studies_dict", "study_dict"]


def studies_dict(scenario: Scenario, studied: Studied) -> dict[str, Any]:
    """Return the results of all studies by the name of their section."""
    found: dict[str, Any] = {}
    scenario = studied.scenario or scenario
    if studied.sweep:
        found["sweep"] = sweep_dict(scenario, studied.sweep)
    if studied.goals:
        found["find"] = find_dict(scenario, studied.goals)
    if studied.sensitivity:
        found["sensitivity"] = sensitivity_dict(scenario, studied.sensitivity, studied.between)
    if studied.comparison:
        found["compare"] = compare_dict(studied.comparison)
    return found


def study_dict(name: str, scenario: Scenario, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of one study as a document of its own."""
    return {
        "schema": f"calc.{name}/1",
        "calc_version": __version__,
        "scenario": {"title": scenario.title, "path": scenario.path, "sha256": scenario.sha256},
        "uncertainty": uncertainty(scenario),
        **({"years": list(scenario.years)} if scenario.years else {}),
        **body,
        "warnings": [*unheeded_by_studies(scenario), *scenario.warnings],
    }


# ---------------------------------------------------------------- sweep


def sweep_dict(scenario: Scenario, cases: list[SweepCase]) -> dict[str, Any]:
    """Return axes and cases; every column of a case has one number a point, null where there is no value."""
    return {**_about(scenario), "cases": [_sweep_case(scenario, case) for case in cases]}


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


def _sweep_case(scenario: Scenario, found: SweepCase) -> dict[str, Any]:
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


# ---------------------------------------------------------------- find


def find_dict(scenario: Scenario, goals: list[tuple[Goal | Best, list[Found]]]) -> dict[str, Any]:
    """Return every goal with what was found for it in each case."""
    return {"goals": [_goal(scenario, goal, cases) for goal, cases in goals]}


def _goal(scenario: Scenario, goal: Goal | Best, cases: list[Found]) -> dict[str, Any]:
    return {
        "goal": goal_text(scenario, goal),
        "conditions": [each.text for each in goal.conditions],
        "confidence": max((each.confidence or 0.0 for each in goal.conditions), default=0.0) or None,
        "cases": [_found(scenario, goal, found) for found in cases],
    }


def _found(scenario: Scenario, goal: Goal | Best, found: Found) -> dict[str, Any]:
    catalogue = scenario.catalogue
    names = [name for name in found.case.wanted if name in found.figures and name not in goal.names]
    conditions = applicable(scenario, found.case, goal.conditions)
    extra = [name for each in conditions for name in each.names if name in found.figures]
    names = list(dict.fromkeys([*([goal.wanted.name] if isinstance(goal, Best) else []), *names, *extra]))
    names = [name for name in names if name not in goal.names]
    unit = catalogue[goal.names[0]].unit
    return {
        "name": found.case.name,
        "reached": found.reached,
        "values": chosen_dict(found.values, scenario),
        "nearest": chosen_dict(found.near, scenario),
        "how": found.how or None,
        "explanation": explanation(scenario, goal, found),
        "probability": found.probability,
        "over_samples": _spread(scenario, goal.names[0], found.spread),
        "results": {name: _result(scenario, found, name) for name in names},
        "holds_within": [[number(low, unit), number(high, unit)] for low, high in found.stretches],
        "without_effect": found.idle,
        "failed_checks": [each.text for each in found.failed],
        "inputs": inputs_of(scenario, found.case),
    }


def _result(scenario: Scenario, found: Found, name: str) -> dict[str, Any]:
    """Return a figure at what was found, of a yearly one a row for each of the years too."""
    figure, samples, quantity = found.figures[name], found.samples.get(name), scenario.catalogue[name]
    result = figure_dict(figure, quantity, samples)
    if not isinstance(figure, Series):
        return result
    rows = []
    for at, year in enumerate(scenario.years):
        column = None if samples is None or samples.shape[1] == 1 else samples[:, at : at + 1]
        rows.append({"year": year, **figure_dict(at_year(figure, at), quantity, column)})
    return {**result, "by_year": rows}


def _spread(scenario: Scenario, name: str, spread: Spread | None) -> dict[str, Any] | None:
    """Return the value sought in each sample: its percentiles, null where they lie beyond the range."""
    if spread is None:
        return None
    quantity = scenario.catalogue[name]
    found = {key: None if each is None else number(each, quantity.unit) for key, each in spread.percentiles.items()}
    shares = {"share_without": spread.without, "share_at_bound": spread.at_bound}
    return {"name": name, "unit": quantity.unit_text, **found, **shares, "samples": spread.samples}


def goal_text(scenario: Scenario, goal: Goal | Best) -> str:
    """Return a goal in one line."""
    catalogue = scenario.catalogue

    def span(name: str, low: float, high: float) -> str:
        ends = (figure_text(each, catalogue[name], given=True) for each in (low, high))
        return f"{name} within {' to '.join(ends)}"

    if isinstance(goal, Goal):
        words = f"the {goal.end} {span(goal.range.name, goal.range.low, goal.range.high)}"
    else:
        chosen = ", ".join(span(each.name, each.low, each.high) for each in goal.ranges)
        words = f"{goal.wanted.sense} {goal.wanted.name} over {chosen}"
        if goal.total is not None:
            words += f", adding up to {figure_text(goal.total, catalogue[goal.names[0]], given=True)}"
    if not goal.conditions:
        return words
    conditions = " and ".join(each.text_without_confidence for each in goal.conditions)
    sure = max((each.confidence or 0.0 for each in goal.conditions), default=0.0)
    return f"{words} so that {conditions}" + (f" with {sure * 100:.4g} % confidence" if sure else "")


def explanation(scenario: Scenario, goal: Goal | Best, found: Found) -> str:
    """Return in words why the value is what it is, or why there is none."""
    catalogue = scenario.catalogue
    sure = "" if found.probability is None else percent_text(found.probability)
    if not found.reached:
        name = goal.names[0]
        where = f"even at {name} = {figure_text(found.near[name], catalogue[name])}" if isinstance(goal, Goal) else ""
        share = f"; there they hold in {sure} of the samples" if sure else ""
        words = f"no value within the range meets the conditions, not {where}{share}" if where else ""
        return words or "no combination within the ranges meets the conditions"
    if found.how == "best":
        words = "found by search: differential evolution, then a pattern search"
        return f"{words}, by the median of the samples" if found.in_samples else words
    if found.how == "bound":
        end = "lower" if isinstance(goal, Goal) and goal.end == "smallest" else "upper"
        return f"the conditions hold at the {end} end of the range already"
    decides = shorten(found.decides.text, 120) if found.decides else ""
    upwards = isinstance(goal, Goal) and goal.end == "smallest"
    beyond = "below" if upwards else "above"
    if found.how == "jump" and found.decides and found.before is not None and found.after is not None:
        unit = found.decides.left.unit
        digits = digits_apart(found.before, found.after, unit)
        before, after = (amount_text(each, unit, digits=digits) for each in (found.before, found.after))
        return f"a jump: the left side of `{decides}` goes from {before} to {after} there"
    if found.how == "jump":
        return f"a jump: the left side of `{decides}` has no value {'before' if upwards else 'beyond'} it"
    if found.how == "samples" and sure:
        return f"there the conditions hold in {sure} of the samples, and in fewer {beyond} it"
    if found.how == "step":
        return f"the {'first' if upwards else 'last'} step at which {f'`{decides}`' if decides else 'it'} holds"
    return f"`{decides}` holds {'from exactly there on' if upwards else 'up to exactly there'}" if decides else "exact"


# ---------------------------------------------------------------- sensitivity


_APART = "the shares take the inputs as independent, although `correlate` ties some"


def sensitivity_dict(scenario: Scenario, cases: list[SensitivityCase], between: list[Flip]) -> dict[str, Any]:
    """Return what drives the figures of every case, and where verdicts flip."""
    return {
        "cases": [_case(scenario, found) for found in cases],
        "flips_between_cases": [_flip(scenario, each) for each in between],
        **({"notes": [_APART]} if scenario.correlated and any(each.tornado for each in cases) else {}),
    }


def _case(scenario: Scenario, found: SensitivityCase) -> dict[str, Any]:
    figures = {}
    for name, swings in found.tornado.items():
        quantity = scenario.catalogue[name]
        year = found.years.get(name)
        figures[name] = {
            **({} if year is None else {"year": year}),
            "value": number(found.points[name], quantity.unit),
            "unit": quantity.unit_text,
            **statistics_dict(found.statistics.get(name), None, quantity),
            "inputs": [_swing(scenario, each, quantity) for each in swings],
        }
    return {
        "name": found.case.name,
        "samples": found.samples,
        "figures": figures,
        "not_driven": found.absent,
        "flips": [_flip(scenario, each) for each in found.flips],
        "inputs": inputs_of(scenario, found.case),
    }


def _swing(scenario: Scenario, swing: Swing, figure: Quantity) -> dict[str, Any]:
    quantity = scenario.catalogue[swing.name]
    index = swing.index

    def at(value: float | None) -> float | None:
        return None if value is None else number(value, figure.unit)

    return {
        "name": swing.name,
        **({} if swing.year is None else {"year": swing.year}),
        "unit": quantity.unit_text,
        "p10": number(swing.low, quantity.unit),
        "p90": number(swing.high, quantity.unit),
        "at_p10": at(swing.at_low),
        "at_p90": at(swing.at_high),
        "elasticity": None if swing.elasticity is None else clean(round(swing.elasticity, 9)),
        "first_order": index and clean(index.first),
        "first_order_error": index and clean(index.first_error),
        "total": index and clean(index.total),
        "total_error": index and clean(index.total_error),
    }


def _flip(scenario: Scenario, flip: Flip) -> dict[str, Any]:
    quantity = scenario.catalogue[flip.quantity]
    nearest = flip.nearest
    return {
        "verdict": flip.verdict,
        "holds": flip.holds,
        "probability": None if flip.probability is None else clean(flip.probability),
        "confidence": flip.confidence,
        "input": flip.name,
        "quantity": flip.quantity,
        "unit": quantity.unit_text,
        "value": number(flip.point, quantity.unit),
        "low": number(flip.low, quantity.unit),
        "high": number(flip.high, quantity.unit),
        "range": "whole" if flip.whole else "p1 to p99",
        "flips_at": [number(each, quantity.unit) for each in flip.values],
        "nearest": None if nearest is None else number(nearest, quantity.unit),
    }
