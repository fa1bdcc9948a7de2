"""What an expression has left to compute without its optional names: whether it is left out, and for lack of which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.expression import Call, Expression, Name, fold

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


def is_left_out(expression: Expression, absent: AbstractSet[str]) -> bool:
    """Tell whether an expression has no figure without the absent names, whatever its other names are."""

    def visit(node: Expression, lacking: list[bool]) -> bool:
        if isinstance(node, Name):
            return node.name in absent
        if not isinstance(node, Call):
            return False
        if node.op in {"minimum", "maximum", "if_included"}:
            return all(lacking)
        if node.op == "where":
            return lacking[0] or (lacking[1] and lacking[2])
        return any(lacking)

    return fold(expression, visit)


def required(expression: Expression) -> list[str]:
    """Return the names that an expression cannot do without: those outside any `if_included`, from left to right."""
    found: dict[str, None] = {}
    seen: set[int] = set()
    stack = [expression]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Name):
            found[node.name] = None
        elif isinstance(node, Call):
            stack.extend(reversed(node.args[1:] if node.op == "if_included" else node.args))
    return list(found)
