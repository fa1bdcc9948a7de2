"""Expressions that a traced formula leaves behind: names, numbers, units, operations; their text and their needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from calc import ops
from calc.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

T = TypeVar("T")
# An expression that uses one value many times can be longer than any memory when it is written out.
_LONGEST = 4000
# So many sets of names are looked through in no time.
_MANY = 100


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
    # Of what is evaluated in case after case the order of the nodes below it is found once; the node itself would be a
    # circle that no reference count ends.
    below: list[tuple[Expression, ...]] = field(default_factory=list, init=False, repr=False, compare=False)


Expression = Name | Number | UnitOf | Call


def steps(expression: Expression) -> list[Expression]:
    """Return every node of an expression once, each after its arguments, from left to right.

    A body may use one value several times, so that what is written as a tree is a graph; whoever walks these steps
    meets a shared node once, and needs no recursion however deep the expression is.
    """
    if not isinstance(expression, Call):
        return [expression]
    if not expression.below:
        expression.below.append(_below(expression))
    return [*expression.below[0], expression]


def _below(expression: Call) -> tuple[Expression, ...]:
    order: list[Expression] = []
    seen: set[int] = set()
    stack: list[Expression] = [expression]
    while stack:
        node = stack[-1]
        fresh = [each for each in node.args if id(each) not in seen] if isinstance(node, Call) else []
        if fresh:
            stack.extend(reversed(fresh))
            continue
        stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            order.append(node)
    return tuple(order[:-1])


def fold(expression: Expression, visit: Callable[[Expression, list[T]], T]) -> T:
    """Return what `visit` makes of an expression; it gets every node once, with what it made of its arguments."""
    found: dict[int, T] = {}
    for node in steps(expression):
        args = [found[id(each)] for each in node.args] if isinstance(node, Call) else []
        found[id(node)] = visit(node, args)
    return found[id(expression)]


def names(expression: Expression) -> list[str]:
    """Return every quantity name in the expression, each once, from left to right."""
    return list(dict.fromkeys(node.name for node in steps(expression) if isinstance(node, Name)))


def operations(expression: Expression) -> set[str]:
    """Return the names of the operations in the expression."""
    return {node.op for node in steps(expression) if isinstance(node, Call)}


def written(expression: Expression) -> tuple[object, ...]:
    """Return an expression as a flat list of operations on earlier entries: the same for equal expressions only."""
    places: dict[object, int] = {}
    fold(
        expression,
        lambda node, args: places.setdefault((node.op, *args) if isinstance(node, Call) else node, len(places)),
    )
    return tuple(places)


# ---------------------------------------------------------------- without optional names


def is_left_out(expression: Expression, absent: AbstractSet[str]) -> bool:
    """Tell whether an expression has no figure without the absent names, whatever its other names are."""
    nodes = steps(expression)
    if all(ops.TABLE[node.op].absent == "needed" for node in nodes if isinstance(node, Call)):
        # Nearly all expressions need each of their names.
        return any(isinstance(node, Name) and node.name in absent for node in nodes)

    def visit(node: Expression, lacking: list[bool]) -> bool:
        if isinstance(node, Name):
            return node.name in absent
        if not isinstance(node, Call):
            return False
        return ops.TABLE[node.op].is_left_out(lacking)

    return fold(expression, visit)


def lacks(expression: Expression) -> set[frozenset[str]] | None:
    """Return the sets of names each of which is enough, if not included, to leave an expression without a figure.

    None where there are too many of them.
    """
    found: dict[int, set[frozenset[str]]] = {}
    for node in steps(expression):
        if isinstance(node, Name):
            found[id(node)] = {frozenset((node.name,))}
        elif not isinstance(node, Call):
            found[id(node)] = set()
        else:
            args = [found[id(each)] for each in node.args]
            # What is needed, or decides which of the others counts, comes first; others may stand in for each other.
            needed = {"needed": len(args), "tested": 1}.get(ops.TABLE[node.op].absent, 0)
            every = {frozenset[str]()} if args[needed:] else set()
            for each in args[needed:]:
                every = {one | other for one in every for other in each}
                if len(every) > _MANY:
                    return None
            found[id(node)] = every.union(*args[:needed])
    return found[id(expression)]


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
            first = 1 if ops.TABLE[node.op].absent == "replaced" else 0
            stack.extend(reversed(node.args[first:]))
    return list(found)


# ---------------------------------------------------------------- as text


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
        texts = [text for text, _ in parts]
        for at, least in enumerate(op.brackets):
            if parts[at][1] < least:
                texts[at] = f"({texts[at]})"
        text = op.text.format(*texts)
        return (text, op.precedence) if len(text) <= _LONGEST else ("...", 10)

    return fold(expression, visit)[0]
