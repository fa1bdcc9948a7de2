"""What an expression has left to compute without its optional names: whether it is left out, and for lack of which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.expression import Call, Expression, Name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet


def is_left_out(node: Expression, absent: AbstractSet[str]) -> bool:
    """Tell whether an expression has no figure without the absent names, whatever its other names are."""
    if isinstance(node, Name):
        return node.name in absent
    if not isinstance(node, Call):
        return False
    lacking = [is_left_out(each, absent) for each in node.args]
    if node.op in {"minimum", "maximum", "if_included"}:
        return all(lacking)
    if node.op == "where":
        return lacking[0] or (lacking[1] and lacking[2])
    return any(lacking)


def required(node: Expression, absent: AbstractSet[str]) -> Iterator[str]:
    """Yield the absent names of an expression that it cannot do without."""
    if isinstance(node, Name) and node.name in absent:
        yield node.name
    if isinstance(node, Call):
        for each in node.args[1:] if node.op == "if_included" else node.args:
            yield from required(each, absent)
