"""Given beats derived: layers laid over each other, and the loops of formulas that given names cut open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calc.engine.evaluate import evaluate_formula
from calc.engine.graph import formula_of, make_plan
from calc.errors import CalcError
from calc.scenario.conditions import SLACK
from calc.scenario.exchange import given_figure, varies
from calc.units import RATIO
from calc.units.format import GIVEN_DIGITS, amount_text

if TYPE_CHECKING:
    from calc.engine.evaluate import Figure
    from calc.scenario.context import Context
    from calc.scenario.layers import Layer
    from calc.value import Moment, Value


def lay(context: Context, layers: list[Layer], use: dict[str, str]) -> dict[str, Value]:
    """Lay the layers over each other; a later one that gives a name of a loop withdraws the loop's other names."""
    values: dict[str, Value] = {}
    for layer in layers:
        withdrawn = _withdrawn(context, values, layer, use)
        for name in withdrawn:
            if values.pop(name).place is not None:
                context.reading.warnings.append(f"{name}: withdrawn, because a later layer gives what it follows from")
        for name, value in layer.values.items():
            earlier = values.get(name)
            replaces = earlier is not None and earlier.status in {"default", "overridden"} and value.status == "given"
            fact = (earlier.fact or earlier.replaces) if earlier else None
            values[name] = replace(value, status="overridden", replaces=fact) if replaces else value
            if earlier is not None and earlier.growth is not None and not value.is_yearly:
                values[name] = _growing(context, name, values[name], earlier.growth)
    return values


def _growing(context: Context, name: str, start: Value, growth: Moment) -> Value:
    """Return a value that takes the place of the start of one that grows; what follows from the start follows."""
    rate = amount_text(growth.point, RATIO, share=True, digits=GIVEN_DIGITS)
    context.reading.warnings.append(
        f"{name}: the value of {start.place} is its start, and it still grows by {rate}/year; "
        "`{start: ..., grows: 0 %/year}` ends that"
    )
    return replace(start, growth=growth)


def _withdrawn(context: Context, values: dict[str, Value], layer: Layer, use: dict[str, str]) -> list[str]:
    candidates = [name for name in values if name not in layer.values and context.catalogue[name].formulas]
    given = {*values, *layer.values, *layer.broken}
    return [
        old
        for old in candidates
        if any(
            _in_one_loop(context, old, new, given, use)
            for new in (*layer.values, *layer.broken)
            if context.catalogue[new].formulas
        )
    ]


def _in_one_loop(context: Context, one: str, other: str, given: set[str], use: dict[str, str]) -> bool:
    """Tell whether two given names would each be computed from the other if it were not given."""
    return _reaches(context, one, other, given, use) and _reaches(context, other, one, given, use)


def _reaches(context: Context, start: str, goal: str, given: set[str], use: dict[str, str]) -> bool:
    stack, seen = [start], {start}
    while stack:
        name = stack.pop()
        formula = formula_of(context.catalogue, name, use)
        for each in formula.parameters if formula else ():
            if each == goal:
                return True
            if each not in seen and each not in given:
                seen.add(each)
                stack.append(each)
    return False


def agree(context: Context, values: dict[str, Value], use: dict[str, str]) -> None:
    """Refuse given names of one loop, such as a share and its amount, that contradict each other.

    They may differ by the slack of conditions. values: those of one case after all layers and conversions, so that a
    total from another layer counts too.
    """
    names = [name for name in values if context.catalogue[name].formulas]
    for position, one in enumerate(names):
        for other in names[position + 1 :]:
            if _in_one_loop(context, one, other, set(values), use):
                _compare(context, one, other, values, use)


def _compare(context: Context, one: str, other: str, values: dict[str, Value], use: dict[str, str]) -> None:
    stated = values[one].point
    follows = _computed(context, one, values, use)
    if follows is None:
        one, other = other, one
        stated, follows = values[one].point, _computed(context, one, values, use)
    uncertain = any(any(varies(each, values)) for each in (one, other))
    if follows is None or (not uncertain and abs(stated - follows) <= SLACK * max(abs(stated), abs(follows))):
        return
    quantity = context.catalogue[one]
    said, computed = (
        amount_text(each, quantity.unit, share=quantity.is_share, digits=GIVEN_DIGITS) for each in (stated, follows)
    )
    place = values[other].place
    message = f"`{one}` and `{other}` contradict each other: `{one}` is {said}, but {computed} follows from `{other}`"
    if uncertain:
        spread = "differ by year" if any(varies(each, values)[1] for each in (one, other)) else "have a range"
        message = f"`{one}` and `{other}` both {spread}, and each follows from the other"
    related = [("the other", place)] if place else []
    hint = "give one of the two; the other follows"
    context.problems.add(CalcError("E-CONTRADICTION", message, place=values[one].place, hint=hint, related=related))


def _computed(context: Context, name: str, values: dict[str, Value], use: dict[str, str]) -> float | None:
    """Return what a given name would be if it were computed from the other given names, or None."""
    years = context.document.years
    figures: dict[str, Figure] = {
        each: given_figure(each, values, years)
        for each in values
        if each != name and (years or not varies(each, values)[1])
    }
    try:
        plan = make_plan(context.catalogue, [name], set(figures), use)
        for each in plan.order:
            formula = formula_of(context.catalogue, each, use)
            if formula is None or any(parameter not in figures for parameter in formula.parameters):
                return None
            figures[each] = evaluate_formula(each, formula.expression, figures, {}, years)
    except CalcError:
        return None
    result = figures.get(name)
    return result if isinstance(result, float) else None
