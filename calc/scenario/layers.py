"""Layers of given values: default facts, bundles of facts, inputs, a case, the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, quote
from calc.facts import DEFAULTS, Fact
from calc.scenario.expressions import unknown_name
from calc.scenario.fact_values import fact_value
from calc.scenario.values import read_value
from calc.text import and_list, did_you_mean, suggest
from calc.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.scenario.context import Context
    from calc.scenario.nodes import Node, Scalar


# The quantity that holds the first of the scenario's years.
FIRST_YEAR = "first_year"


@dataclass(slots=True)
class Layer:
    """Values given at one level; a later layer wins."""

    values: dict[str, Value] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def read_layer(context: Context, entries: dict[str, tuple[Scalar, Node]]) -> Layer:
    """Return the values that one section of inputs gives; what cannot be read is noted in the context's problems."""
    layer = Layer()
    for name, (key, node) in entries.items():
        quantity = context.catalogue.quantities.get(name)
        if quantity is None:
            if name not in context.document.formulas and name not in context.unread:
                error = unknown_name(name, context.catalogue, key.place)
                if not suggest(name, context.catalogue.quantities, 1):
                    error.hint = f"{error.hint}; an input of your own is one that a formula, a check or `show` uses"
                context.problems.add(error)
                # What was probably meant is not reported as missing too.
                layer.broken.update(suggest(name, context.catalogue.quantities, 1))
            continue
        value = read_value(node, quantity, name, context.reading)
        if value is None:
            layer.broken.add(name)
        else:
            layer.values[name] = value
    return layer


def default_layer(context: Context) -> Layer:
    """Return what holds unless a scenario says otherwise: default facts, and the first of the scenario's years."""
    bundle = context.facts.bundle(DEFAULTS) or {}
    layer = _facts_as_layer(context, bundle.values(), None)
    document, quantity = context.document, context.catalogue.quantities.get(FIRST_YEAR)
    if document.years and quantity is not None:
        first, where = float(document.years[0]), document.years_at
        layer.values[FIRST_YEAR] = Value(first, None, quantity.unit, "default", "the first of `years`", place=where)
    return layer


def fact_layer(context: Context, bundles: list[Scalar]) -> Layer:
    """Return the values of bundles of facts; two bundles of one list that give the same name are an error."""
    layer = Layer()
    owners: dict[str, Scalar] = {}
    for node in bundles:
        bundle = context.facts.bundle(node.text)
        if bundle is None:
            # What the bundle that was probably meant gives is not reported as missing too.
            meant = suggest(node.text, context.facts.subjects, 1)
            layer.broken.update(context.facts.bundle(meant[0]) or () if meant else ())
            context.without_bundle |= not meant
            hint = (
                did_you_mean(node.text, context.facts.subjects)
                or "`{fact: subject.quantity}` under `inputs:` takes one fact"
            )
            context.problems.add(
                CalcError("E-FACT", f"there is no bundle of facts {quote(node.text)}", place=node.place, hint=hint)
            )
            continue
        clash: dict[str, list[str]] = {}
        for quantity in bundle:
            if quantity in owners:
                clash.setdefault(owners[quantity].text, []).append(quantity)
            owners[quantity] = node
        for other, shared in clash.items():
            context.problems.add(_both_give(other, node, shared, bundles))
        layer.values.update(_facts_as_layer(context, bundle.values(), node.place).values)
    return layer


def _both_give(other: str, node: Scalar, shared: list[str], bundles: list[Scalar]) -> CalcError:
    """Return the error for two bundles of one list that give the same names."""
    more = len(shared) - 3
    listed = f"{', '.join(f'`{each}`' for each in shared[:3])} and {more} more" if more > 0 else and_list(shared)
    cases = f"cases: {{{other}: {{facts: [{other}]}}, {node.text}: {{facts: [{node.text}]}}}}"
    return CalcError(
        "E-CONFLICT",
        f"the bundles `{other}` and `{node.text}` both give {listed}",
        place=node.place,
        hint=f"take one of them, or compare them, as in `{cases}`",
        related=[("also at", next(each.place for each in bundles if each.text == other))],
    )


def _facts_as_layer(context: Context, facts: Iterable[Fact], place: Place | None) -> Layer:
    layer = Layer()
    for fact in facts:
        quantity = context.catalogue.quantities.get(fact.quantity)
        # A formula of the scenario wins over a fact, as a value of the scenario does.
        if quantity is None or fact.quantity in context.document.formulas:
            continue
        try:
            layer.values[fact.quantity] = fact_value(fact, quantity, fact.quantity, context.reading.warnings, place)
        except CalcError as error:
            context.problems.add(error)
    return layer
