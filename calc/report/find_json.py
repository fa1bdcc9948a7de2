"""The result of goal-seek as plain dictionaries, with what was found in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.explain import figure_text
from calc.engine.figures import Series, at_year
from calc.report.json_values import number
from calc.report.study_values import chosen_dict, figure_dict, inputs_of
from calc.scenario.find_section import Best, Goal
from calc.study.applicable import applicable
from calc.text import shorten
from calc.units.format import amount_text, digits_apart, percent_text

if TYPE_CHECKING:
    from calc.scenario.resolve import Scenario
    from calc.study.find import Found
    from calc.study.thresholds import Spread


def find_dict(scenario: Scenario, goals: list[tuple[Goal | Best, list[Found]]]) -> dict[str, Any]:
    """Return every goal with what was found for it in each case."""
    return {"goals": [_goal(scenario, goal, cases) for goal, cases in goals]}


def _goal(scenario: Scenario, goal: Goal | Best, cases: list[Found]) -> dict[str, Any]:
    return {
        "goal": goal_text(scenario, goal),
        "conditions": [each.text for each in goal.conditions],
        "confidence": max((each.confidence or 0.0 for each in goal.conditions), default=0.0) or None,
        "cases": [_case(scenario, goal, found) for found in cases],
    }


def _case(scenario: Scenario, goal: Goal | Best, found: Found) -> dict[str, Any]:
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
