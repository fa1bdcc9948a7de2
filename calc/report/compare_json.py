"""The result of a comparison as plain dictionaries: figures side by side, differences, and the way between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.explain import figure_text
from calc.report.json_values import number
from calc.report.study_values import figure_dict
from calc.units.format import clean

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.study.compare import Compared, CompareFigure
    from calc.study.waterfall import Side, Step, Waterfall


def compare_dict(found: Compared) -> dict[str, Any]:
    """Return every figure in all cases; `to_first` has one entry for each case but the first."""
    catalogue = found.sides[0].scenario.catalogue
    return {
        "cases": [side.label for side in found.sides],
        "figures": [_figure(found.sides, row, catalogue[row.name]) for row in found.figures],
    }


def _figure(sides: list[Side], row: CompareFigure, quantity: Quantity) -> dict[str, Any]:
    to_first = []
    for at, side in enumerate(sides[1:]):
        difference, ratio, spread = row.differences[at], row.ratios[at], row.spreads[at]
        entry: dict[str, Any] = {
            "case": side.label,
            "difference": None if difference is None else number(difference, quantity.unit),
            "ratio": None if ratio is None else clean(ratio),
            "samples": None,
            "waterfall": _waterfall(sides[0], side, row.waterfalls[at], quantity),
        }
        if spread is not None:
            entry["samples"] = {
                **{key: number(getattr(spread, key), quantity.unit) for key in ("mean", "p10", "p90")},
                "probability_lower": spread.lower,
            }
        to_first.append(entry)
    values = [figure_dict(each, quantity) for each in row.figures]
    return {"name": row.name, "unit": quantity.unit_text, "values": values, "to_first": to_first}


def _waterfall(first: Side, second: Side, found: Waterfall | None, quantity: Quantity) -> dict[str, Any] | None:
    if found is None:
        return None
    steps, before = [], number(found.start, quantity.unit)
    for step in found.steps:
        # Each step is the difference of two numbers that are shown, so that they add up to the last digit.
        after = number(step.after, quantity.unit)
        steps.append({**_words(first, second, step), "change": clean(after - before), "after": after})
        before = after
    return {
        "from": number(found.start, quantity.unit),
        "to": number(found.end, quantity.unit),
        "method": found.method or None,
        "steps": steps,
        "reason": found.why_not or None,
    }


def _words(first: Side, second: Side, step: Step) -> dict[str, Any]:
    return {"inputs": [{"name": name, "from": _given(first, name), "to": _given(second, name)} for name in step.names]}


def _given(side: Side, name: str) -> str | None:
    """Return what a side says of an input or a variant, in words; None where it says nothing."""
    if name == "formulas":
        return None
    catalogue, case = side.scenario.catalogue, side.case
    if name.startswith("use: "):
        chosen = name.removeprefix("use: ")
        choice = catalogue.choices.get(chosen)
        bound = choice.binds[0] if choice else chosen
        return case.use.get(chosen) or case.use.get(bound) or next(iter(catalogue[bound].formulas))
    value = case.values.get(name)
    return None if value is None else figure_text(value.point, catalogue[name], given=True)
