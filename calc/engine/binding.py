"""Which side of a minimum or maximum decides, in words, also where several are nested to choose among many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.figures import Figure, NotIncluded
from calc.engine.left_out import is_left_out
from calc.expression import Call, Expression, Name, names, operations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

_CHOOSE = {"minimum": min, "maximum": max}


def binding(expression: Expression, figures: Mapping[str, Figure], *, contested: bool = False) -> list[str]:
    """Return a sentence for every minimum or maximum over names: which of them decided.

    contested: only where at least two of the names are included.
    """
    found = []
    if operations(expression).isdisjoint(_CHOOSE):
        return []
    absent = {name for name in names(expression) if isinstance(figures.get(name), NotIncluded)}
    for op, sides in _choices(expression, absent):
        left_out = [each for each in sides if each in absent]
        included = [each for each in sides if each not in left_out]
        numbers = {each: figure for each in included if isinstance(figure := figures[each], float | int)}
        if len(included) == 1:
            winners = included
        elif included and len(numbers) == len(included):
            best = _CHOOSE[op](numbers.values())
            winners = [each for each in included if numbers[each] == best]
        else:
            continue
        if contested and len(included) < 2:
            continue
        ways = f"{' and '.join(winners)} are equal" if len(winners) > 1 else f"{winners[0]} binds"
        without = f"; {' and '.join(left_out)} {'is' if len(left_out) == 1 else 'are'} not included" if left_out else ""
        found.append(ways + without)
    return found


def _choices(expression: Expression, absent: AbstractSet[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield every minimum or maximum in use whose sides are all names, nested ones of one kind as a whole."""
    stack, seen = [expression], set()
    while stack:
        node = stack.pop()
        if not isinstance(node, Call) or id(node) in seen:
            continue
        seen.add(id(node))
        if node.op == "if_included":
            stack.append(node.args[1 if is_left_out(node.args[0], absent) else 0])
            continue
        sides = _sides(node, node.op) if node.op in _CHOOSE else []
        names = [each.name for each in sides if isinstance(each, Name)]
        if sides and len(names) == len(sides):
            yield node.op, list(dict.fromkeys(names))
        else:
            stack.extend(node.args)


def _sides(node: Call, op: str) -> list[Expression]:
    """Return what an operation chooses among, with what operations of its kind inside it do."""
    inner, seen = [], {id(node)}
    stack: list[Expression] = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, Call) and each.op == op:
            fresh = [arg for arg in each.args if id(arg) not in seen]
            seen.update(map(id, fresh))
            stack.extend(reversed(fresh))
        else:
            inner.append(each)
    return inner
