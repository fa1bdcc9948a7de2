"""Traced formulas as one graph of operations: units gone, constants folded, equal parts shared."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from calc import ops
from calc.engine.evaluate import absent, evaluate_formula
from calc.engine.figures import Figure, NotIncluded, NoValue, Series
from calc.errors import CalcError
from calc.expression import Call, Expression, Name, Number, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Operations whose result can be finite although an operand is not, with the operands that they hide.
_HIDES = {"divide": (1,), "raise": (0,), "minimum": (0, 1), "maximum": (0, 1), "clip": (0, 1, 2), "exp": (0,),
          "power": (0, 1), "compound": (0, 1), "annuity": (0, 1), "less": (0, 1), "less_equal": (0, 1),
          "greater": (0, 1), "greater_equal": (0, 1)}  # fmt: skip


class UnsupportedError(Exception):
    """Formulas that the graph cannot express; they are evaluated one by one."""


class Node(NamedTuple):
    """One operation, input or constant of the graph; arguments are positions of earlier nodes.

    op: an operation of the table, "input" or "constant". value: the constant, or the name of the input.
    needs: the inputs it depends on, a bit each. yearly: it has a value of its own in every year.
    loose: it may have no value, in some samples or always.
    """

    op: str
    args: tuple[int, ...]
    value: Figure | str
    needs: int
    yearly: bool
    loose: bool


@dataclass(slots=True)
class Graph:
    """Formulas as nodes, each after what it needs.

    inputs: names that vary, in the order of the bits of `needs`. fed: the node of each, which is what a caller gives.
    roots: the node of every formula and input by name; of an input it is what follows from what a caller gives.
    """

    inputs: tuple[str, ...]
    years: Sequence[int]
    nodes: list[Node] = field(default_factory=list)
    roots: dict[str, int] = field(default_factory=dict)
    fed: dict[str, int] = field(default_factory=dict)
    _known: dict[object, int] = field(default_factory=dict)

    def constant(self, figure: Figure) -> int:
        """Return the node of a constant."""
        values = figure.values if isinstance(figure, Series) else (figure,)
        loose = not all(isinstance(each, float | int) for each in values)
        return self._node("constant", (), figure, 0, yearly=isinstance(figure, Series), loose=loose)

    def input(self, position: int, *, yearly: bool) -> int:
        """Return the node of the input at a position."""
        return self._node("input", (), self.inputs[position], 1 << position, yearly=yearly, loose=False)

    def call(self, op: str, args: Sequence[int]) -> int:
        """Return the node of an operation on nodes, folded where all of them are constants."""
        found = [self.nodes[each] for each in args]
        constants = [each.value for each in found if each.op == "constant"]
        missing = absent(constants)
        if missing is not None and op != "where":
            return self.constant(missing)
        if len(constants) == len(found):
            folded = self._folded(op, constants)
            if folded is not None:
                return self.constant(folded)
        if op == "divide_by_count" and found[1].op == "constant":
            op = "divide"
        kind = ops.TABLE[op].years
        needs = 0
        for each in found:
            needs |= each.needs
        yearly = kind == "series" or (kind != "one" and any(each.yearly for each in found))
        loose = op == "divide_by_count" or bool(ops.TABLE[op].no_value) or any(each.loose for each in found)
        return self._node(op, tuple(args), "", needs, yearly=yearly, loose=loose)

    def _folded(self, op: str, constants: list[Figure | str]) -> Figure | None:
        figures = {str(at): each for at, each in enumerate(constants) if not isinstance(each, str)}
        expression = Call(op, tuple(Name(each) for each in figures))
        try:
            return evaluate_formula(op, expression, figures, {}, self.years)
        except CalcError:
            # It may stand in a branch that is never taken; if not, the evaluation finds it.
            return None

    def _node(
        self, op: str, args: tuple[int, ...], value: Figure | str, needs: int, *, yearly: bool, loose: bool
    ) -> int:
        sign = math.copysign(1.0, value) if isinstance(value, float | int) else 0.0
        key = (op, args, value, sign)
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append(Node(op, args, value, needs, yearly, loose))
        return self._known[key]

    def used(self, names: Iterable[str]) -> list[int]:
        """Return the nodes that the named figures need, each after what it needs."""
        wanted = [self.roots[name] for name in names]
        found = set(wanted)
        while wanted:
            fresh = [each for each in self.nodes[wanted.pop()].args if each not in found]
            found.update(fresh)
            wanted.extend(fresh)
        return sorted(found)

    def guarded(self, names: Iterable[str], used: Iterable[int]) -> set[int]:
        """Return the nodes that have to be looked at, so that no infinity and no NaN goes unseen.

        All others hand on what is not finite to one of these.
        """
        found = {self.roots[name] for name in names}
        roots = set(self.roots.values())
        for each in used:
            node = self.nodes[each]
            found.update(node.args[at] for at in _HIDES.get(node.op, ()))
            if node.op in ops.TABLE and ops.TABLE[node.op].years:
                # Of a few years, or of a quotient over them, an infinity may leave no trace.
                found.update(node.args)
            if node.loose:
                # Where it has no value, it hides what its other operands are.
                found.update(arg for arg in node.args if not self.nodes[arg].loose)
            if node.op == "where":
                found |= self._formulas_below(node.args[1:], roots)
        return {each for each in found if self.nodes[each].op not in {"constant", "input"}}

    def _formulas_below(self, start: Sequence[int], roots: set[int]) -> set[int]:
        """Return the nearest whole formulas inside branches, which count also where the branch is not taken."""
        found, stack, seen = set(), list(start), set(start)
        while stack:
            each = stack.pop()
            if each in roots:
                found.add(each)
                continue
            fresh = [arg for arg in self.nodes[each].args if arg not in seen]
            seen.update(fresh)
            stack.extend(fresh)
        return found


def build(
    formulas: Iterable[tuple[str, Expression]],
    fixed: Mapping[str, Figure],
    inputs: Mapping[str, bool],
    years: Sequence[int] = (),
) -> Graph:
    """Build the graph of formulas, each after what it needs.

    A formula of an input's own name says what follows from what is given for that input. fixed: figures that do not
    vary. inputs: names that vary, and whether they do so by year.
    Raises UnsupportedError.
    """
    graph = Graph(tuple(inputs), years)
    for position, (name, yearly) in enumerate(inputs.items()):
        graph.roots[name] = graph.fed[name] = graph.input(position, yearly=yearly)
    for name, expression in formulas:
        graph.roots[name] = fold(expression, lambda node, args: _put(graph, node, args, fixed))
    return graph


def _put(graph: Graph, node: Expression, args: list[int], fixed: Mapping[str, Figure]) -> int:
    if isinstance(node, Name):
        return graph.roots[node.name] if node.name in graph.roots else graph.constant(fixed[node.name])
    if not isinstance(node, Call):
        return graph.constant(node.value if isinstance(node, Number) else node.factor)
    values = [graph.nodes[each].value for each in args]
    out = [isinstance(each, NotIncluded) for each in values]
    if node.op == "if_included":
        return args[1] if out[0] else args[0]
    if node.op in {"minimum", "maximum"} and any(out):
        return args[0] if out[1] else args[1]
    if node.op == "where":
        test = graph.nodes[args[0]]
        if isinstance(test.value, NoValue | NotIncluded):
            return args[0]
        if isinstance(test.value, float | int):
            return args[1 if test.value else 2]
        if any(out[1:]):
            raise UnsupportedError
    return graph.call(node.op, args)
