"""The tree under one figure: what it was computed from, down to the source of every number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calc.engine.evaluate import Figure, NotIncluded, NoValue
from calc.engine.graph import formula_of
from calc.engine.render import expression_text
from calc.expression import Call, Expression, Name
from calc.units.format import GIVEN_DIGITS, RESULT_DIGITS, amount_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.value import Value


@dataclass(slots=True)
class Explained:
    """One figure of the tree.

    text: the figure in its declared unit. status: derived, given, default, overridden, not included or no value.
    formula: the expression with names; substituted: the same with values. binding: which branch of a minimum, maximum
    or choice decided. conventions: what a year or month stands for where the formula mixes spans of time.
    value: what was given, for a leaf. repeated: its branches stand further up.
    cut: its branches lie deeper than was asked for.
    """

    name: str
    meaning: str
    text: str
    status: str
    reason: str = ""
    formula: str = ""
    substituted: str = ""
    formula_source: str = ""
    assumption: str = ""
    binding: list[str] = field(default_factory=list)
    conventions: list[str] = field(default_factory=list)
    value: Value | None = None
    repeated: bool = False
    cut: bool = False
    children: list[Explained] = field(default_factory=list)


def figure_text(figure: Figure, quantity: Quantity, *, given: bool = False) -> str:
    """Return a figure as text in its declared unit, or the words for its absence.

    given: show all digits, as for a value that somebody wrote down.
    """
    if isinstance(figure, NoValue):
        return "no value"
    if isinstance(figure, NotIncluded):
        return "not included"
    return amount_text(figure, quantity.unit, share=quantity.is_share, digits=GIVEN_DIGITS if given else RESULT_DIGITS)


def explain(
    name: str,
    catalogue: Catalogue,
    values: Mapping[str, Value],
    figures: Mapping[str, Figure],
    use: Mapping[str, str],
    depth: int | None = None,
) -> Explained:
    """Return the tree under figure `name` of a computed case.

    depth: levels below the figure, None for all; with all, a figure that stands in several places is opened once.
    """
    return _explain(name, catalogue, values, figures, use, set(), depth)


def _explain(
    name: str,
    catalogue: Catalogue,
    values: Mapping[str, Value],
    figures: Mapping[str, Figure],
    use: Mapping[str, str],
    seen: set[str],
    depth: int | None,
) -> Explained:
    quantity, figure = catalogue[name], figures[name]
    node = Explained(name, quantity.text, figure_text(figure, quantity), "derived")
    if isinstance(figure, NoValue | NotIncluded):
        node.reason = figure.reason
        node.status = "not included" if isinstance(figure, NotIncluded) else node.status
    value = values.get(name)
    if value is not None:
        node.status, node.value = value.status, value
        if value.converted and depth != 0:
            rate, owner = values[value.converted], catalogue[value.converted]
            text = figure_text(rate.point, owner, given=True)
            node.children = [Explained(value.converted, owner.text, text, rate.status, value=rate)]
        return node
    formula = formula_of(catalogue, name, use)
    if formula is None:
        node.status = "not included"
        return node
    node.formula = expression_text(formula.expression)
    if not isinstance(figure, NotIncluded):
        node.substituted = expression_text(
            formula.expression, lambda each: figure_text(figures[each], catalogue[each], given=each in values)
        )
    node.formula_source, node.assumption = formula.source, formula.assumption
    node.binding = list(_binding(formula.expression, figures))
    node.conventions = _spans(quantity, [catalogue[each] for each in formula.parameters])
    if depth == 0:
        node.cut = bool(formula.parameters)
        return node
    if name in seen and depth is None:
        node.repeated = bool(formula.parameters)
        return node
    seen.add(name)
    below = None if depth is None else depth - 1
    node.children = [_explain(each, catalogue, values, figures, use, seen, below) for each in formula.parameters]
    return node


_SPANS = {"year": "a year is 8,760 hours", "month": "a month is 730 hours"}


def _spans(quantity: Quantity, needs: list[Quantity]) -> list[str]:
    """Return what a year or a month stands for, where a formula turns one span of time into another."""
    spans = {atom for each in (quantity, *needs) for atom, _ in each.unit.atoms if atom in {"hour", *_SPANS}}
    return [text for span, text in _SPANS.items() if span in spans] if len(spans) > 1 else []


def _binding(expression: Expression, figures: Mapping[str, Figure]) -> list[str]:
    """Return a sentence for every minimum or maximum over two names: which of them decided."""
    found: list[str] = []
    stack = [expression]
    while stack:
        node = stack.pop()
        if not isinstance(node, Call):
            continue
        stack.extend(node.args)
        if node.op not in {"minimum", "maximum"} or not all(isinstance(each, Name) for each in node.args):
            continue
        sides = [each.name for each in node.args if isinstance(each, Name)]
        included = [each for each in sides if not isinstance(figures[each], NotIncluded)]
        if len(included) == 1:
            left_out = next(each for each in sides if each not in included)
            found.append(f"{included[0]} binds; {left_out} is not included")
            continue
        numbers = [figure for each in included if isinstance(figure := figures[each], float | int)]
        if len(numbers) == len(sides):
            first, second = numbers
            if first == second:
                found.append(f"{sides[0]} and {sides[1]} are equal")
            else:
                lesser = sides[0] if first < second else sides[1]
                other = sides[1] if lesser == sides[0] else sides[0]
                found.append(f"{lesser if node.op == 'minimum' else other} binds")
    return found
