"""Expressions as text for a reader, and as a spreadsheet formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc import ops
from calc.expression import Expression, Name, Number, UnitOf

if TYPE_CHECKING:
    from collections.abc import Callable


def expression_text(expression: Expression, name_text: Callable[[str], str] = str) -> str:
    """Return the expression as a person writes it, with brackets only where they are needed.

    name_text: what to write for a name, for example its value.
    """
    return _text(expression, name_text)[0]


def _text(node: Expression, name_text: Callable[[str], str]) -> tuple[str, int]:
    if isinstance(node, Name):
        return name_text(node.name), 10
    if isinstance(node, Number):
        return f"{node.value:g}", 10
    if isinstance(node, UnitOf):
        return node.text, 10
    op = ops.TABLE[node.op]
    parts = []
    for position, arg in enumerate(node.args):
        text, strength = _text(arg, name_text)
        # The right side of a difference or a quotient needs brackets at equal strength; so does a power's base.
        tight = position == 1 and node.op in {"subtract", "divide", "divide_by_count"}
        bound = op.precedence + (1 if tight or node.op == "raise" else 0)
        parts.append(f"({text})" if op.precedence < 9 and strength < bound else text)
    return op.text.format(*parts), op.precedence


def spreadsheet_formula(expression: Expression, cell: Callable[[str], str]) -> str:
    """Return the expression as a spreadsheet formula without the leading `=`.

    cell: the cell that holds a name's value in coherent base units.
    """
    if isinstance(expression, Name):
        return cell(expression.name)
    if isinstance(expression, Number):
        return f"{expression.value:g}"
    if isinstance(expression, UnitOf):
        return repr(expression.factor)
    parts = [spreadsheet_formula(arg, cell) for arg in expression.args]
    return ops.TABLE[expression.op].spreadsheet.format(*parts)
