"""The section `find`: the smallest or largest value of an input so that conditions hold, or the best of several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from calc.errors import CalcError, quote
from calc.scenario.axis import Range, known_input, other_currency, read_range
from calc.scenario.conditions import SLACK, Condition
from calc.scenario.fit import unit_of
from calc.scenario.nodes import Mapping, Node
from calc.scenario.references import base_name
from calc.scenario.sections import GOAL, SECTIONS, SENSES
from calc.scenario.shapes import read_mapping, read_scalar
from calc.scenario.study_words import (
    Wanted,
    first_place,
    read_conditions,
    read_confidence,
    refuse_other_keys,
    sense_of,
    wanted_of,
)

if TYPE_CHECKING:
    from calc.errors import Place
    from calc.scenario.context import Context

_ENDS = tuple(key for key in GOAL.keys if key.endswith(" within"))
_BEST_KEYS = tuple(key for key in SECTIONS["find"].keys if key not in SENSES)
_EXAMPLE = "rack_power_rated: {smallest within: 5 to 60 kW, so that: servers_per_rack >= 5}"


@dataclass(frozen=True, slots=True)
class Goal:
    """The value of one input so that conditions hold; end: smallest or largest."""

    end: str
    range: Range
    conditions: tuple[Condition, ...]
    place: Place

    @property
    def ranges(self) -> tuple[Range, ...]:
        """Return the one range, as a search for a best has several."""
        return (self.range,)

    @property
    def names(self) -> list[str]:
        """Return the inputs that are chosen."""
        return [self.range.name]


@dataclass(frozen=True, slots=True)
class Best:
    """The values of several inputs that make a figure as large or small as can be.

    total: what the inputs add up to, in base units, or None.
    """

    wanted: Wanted
    ranges: tuple[Range, ...]
    conditions: tuple[Condition, ...]
    total: float | None
    place: Place

    @property
    def names(self) -> list[str]:
        """Return the inputs that are chosen."""
        return [each.name for each in self.ranges]


def read_find(node: Node, context: Context) -> list[Goal | Best]:
    """Read goals by the name of the input, or `maximise` or `minimise` over several inputs.

    Raises CalcError.
    """
    mapping = read_mapping(node, "find")
    key = sense_of(mapping)
    if key:
        return [_best(mapping, key, context)]
    goals: list[Goal | Best] = []
    for name, (at, value) in mapping.entries.items():
        if name in _BEST_KEYS:
            hint = "add `maximise: NAME` or `minimise: NAME`"
            raise CalcError("E-GOAL", "`find` says not what is wanted", place=first_place(node, name), hint=hint)
        known_input(name, at.place, context)
        goals.append(_goal(name, value, context))
    if not goals:
        raise CalcError("E-GOAL", "`find` has no goal", place=node.place, hint=f"as in `{_EXAMPLE}`")
    return goals


def _goal(name: str, node: Node, context: Context) -> Goal:
    if not isinstance(node, Mapping):
        raise CalcError("E-GOAL", f"`{name}` has no goal", place=node.place, hint=f"as in `{_EXAMPLE}`")
    refuse_other_keys(node, GOAL.keys, "a goal")
    ends = [key for key in node.entries if key in _ENDS]
    if len(ends) != 1 or "so that" not in node.entries:
        message = f"the goal for `{name}` needs `smallest within` or `largest within`, and `so that`"
        raise CalcError("E-GOAL", message, place=node.place, hint=f"as in `{_EXAMPLE}`")
    confidence = read_confidence(node.get("confidence"))
    conditions = read_conditions(node.entries["so that"][1], context, confidence)
    found = read_range(name, node.entries[ends[0]][1], context)
    return Goal(ends[0].removesuffix(" within"), found, tuple(conditions), node.place)


def _best(node: Mapping, key: str, context: Context) -> Best:
    refuse_other_keys(node, (key, *_BEST_KEYS), "`find`")
    over = node.get("over")
    if over is None:
        hint = "add `over: {compute_share: 20 to 80 %}`"
        raise CalcError("E-GOAL", f"`{key}` says not what is chosen", place=node.entries[key][0].place, hint=hint)
    ranges = tuple(read_range(name, value, context) for name, (_, value) in read_mapping(over, "over").entries.items())
    if not ranges:
        raise CalcError("E-GOAL", "`over` names no input", place=over.place, hint="as in `{compute_share: 20 to 80 %}`")
    confidence, so_that = read_confidence(node.get("confidence")), node.get("so that")
    conditions = read_conditions(so_that, context, confidence) if so_that else []
    total_node = node.get("adding up to")
    total = _total(total_node, ranges, context) if total_node else None
    return Best(wanted_of(node, key, context), ranges, tuple(conditions), total, node.place)


def _total(node: Node, ranges: tuple[Range, ...], context: Context) -> float:
    from calc.scenario.amount import parse_amount
    from calc.scenario.refusals import AmountError

    scalar = read_scalar(node, "adding up to", "100 %")
    quantities = [context.catalogue[base_name(each.name)] for each in ranges]
    if len({each.unit.dimension for each in quantities}) > 1:
        message = "inputs of several dimensions add up to nothing"
        raise CalcError("E-DIMENSION", message, place=scalar.place, hint="delete `adding up to`")
    try:
        amount = parse_amount(scalar.text)
    except AmountError as error:
        raise CalcError("E-VALUE", error.message, place=scalar.place, hint=error.hint) from None
    _, currency = unit_of(amount, quantities[0], scalar.place)
    if currency:
        raise other_currency(currency, quantities[0], scalar.place)
    low, high = sum(each.low for each in ranges), sum(each.high for each in ranges)
    if not low * (1 - SLACK) <= amount.base <= high * (1 + SLACK) or len(ranges) < 2:
        message = f"{quote(scalar.text)} cannot be reached within the ranges of `over`"
        raise CalcError("E-GOAL", message, place=scalar.place, hint="widen a range, or name another sum")
    if any(each.choices for each in ranges):
        message = "inputs that add up cannot have steps or lists"
        raise CalcError("E-GOAL", message, place=scalar.place, hint="give plain ranges, as in `20 to 80 %`")
    return amount.base
