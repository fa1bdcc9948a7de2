"""Expressions that a traced formula leaves behind: names, numbers, units and operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Name:
    """A quantity, referred to by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """A literal number of a formula's body: 0, 1, -1 or 2."""

    value: float


@dataclass(frozen=True, slots=True)
class UnitOf:
    """A named unit, the second argument of `ops.number` and `ops.amount`; factor is its size in coherent base units."""

    text: str
    factor: float


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of the table in `calc.ops` on its arguments."""

    op: str
    args: tuple[Expression, ...]


Expression = Name | Number | UnitOf | Call


def names(expression: Expression) -> Iterator[str]:
    """Yield every quantity name in the expression, from left to right, repeats included."""
    stack = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            yield node.name
        elif isinstance(node, Call):
            stack.extend(reversed(node.args))


def operations(expression: Expression) -> Iterator[str]:
    """Yield the name of every operation in the expression."""
    stack = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, Call):
            yield node.op
            stack.extend(node.args)


def size(expression: Expression) -> int:
    """Return the number of nodes."""
    count, stack = 0, [expression]
    while stack:
        node = stack.pop()
        count += 1
        if isinstance(node, Call):
            stack.extend(node.args)
    return count
