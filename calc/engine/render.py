"""Expressions as text for a reader, and as a spreadsheet formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc import ops
from calc.errors import CalcError
from calc.expression import Call, Expression, Name, Number, UnitOf, fold

if TYPE_CHECKING:
    from collections.abc import Callable

# An expression that uses one value many times can be longer than any memory when it is written out.
_LONGEST = 4000
# A formula in a cell of a spreadsheet has at most so many characters.
_LONGEST_CELL = 8192


def expression_text(expression: Expression, name_text: Callable[[str], str] = str) -> str:
    """Return the expression as a person writes it, with brackets only where they are needed.

    name_text: what to write for a name, for example its value. A part of more than 4,000 characters is written `...`.
    """

    def visit(node: Expression, parts: list[tuple[str, int]]) -> tuple[str, int]:
        if isinstance(node, Name):
            return name_text(node.name), 10
        if isinstance(node, Number):
            return f"{node.value:g}", 10
        if isinstance(node, UnitOf):
            return node.text, 10
        op = ops.TABLE[node.op]
        texts = []
        for position, (text, strength) in enumerate(parts):
            # The right side of a difference or a quotient needs brackets at equal strength; so does a power's base.
            tight = position == 1 and node.op in {"subtract", "divide", "divide_by_count"}
            bound = op.precedence + (1 if tight or node.op == "raise" else 0)
            texts.append(f"({text})" if op.precedence < 9 and strength < bound else text)
        text = op.text.format(*texts)
        return (text, op.precedence) if len(text) <= _LONGEST else ("...", 10)

    return fold(expression, visit)[0]


def spreadsheet_formula(expression: Expression, cell: Callable[[str], str]) -> str:
    """Return the expression as a spreadsheet formula without the leading `=`.

    cell: the cell that holds a name's value in coherent base units.
    Raises CalcError where it is longer than a cell holds.
    """

    def visit(node: Expression, parts: list[str]) -> str:
        if isinstance(node, Call):
            text = ops.TABLE[node.op].spreadsheet.format(*parts)
            if len(text) >= _LONGEST_CELL:
                message = f"a formula has more than the {_LONGEST_CELL:,} characters that a cell of a spreadsheet holds"
                raise CalcError("E-FORMULA-BODY", message, hint="split it into several formulas")
            return text
        if isinstance(node, Name):
            return cell(node.name)
        return f"{node.value:g}" if isinstance(node, Number) else repr(node.factor)

    return fold(expression, visit)
