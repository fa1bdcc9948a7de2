"""Traced formulas as one graph of operations, written out as one Python function on floats.

In the graph units are gone, constants folded, equal parts shared, and nothing is left of what is not included.
`calc.engine.blocks` writes the same graph out for arrays.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc import ops
from calc.engine.evaluate import evaluate_formula
from calc.engine.figures import Figure, NotIncluded, NoValue, Series, absent
from calc.engine.graph import reached
from calc.errors import CalcError
from calc.expression import Call, Expression, Name, Number, fold
from calc.records import NamedTuple, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

# A text of more operations inside each other is written in parts.
_DEEPEST = 20
# A sum of very many terms is too deep for Python's compiler.
_TERMS = 100


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

    def call(self, name: str, args: Sequence[int]) -> int:
        """Return the node of an operation on nodes, folded where all of them are constants."""
        op = ops.TABLE[name]
        found = [self.nodes[each] for each in args]
        constants = [each.value for each in found if each.op == "constant"]
        missing = absent(constants)
        if missing is not None and not op.is_choice:
            return self.constant(missing)
        if len(constants) == len(found):
            folded = self._folded(name, constants)
            if folded is not None:
                return self.constant(folded)
        if op.proper and found[-1].op == "constant":
            if op.is_quotient and found[-1].value == 0:
                none = self._folded(name, [1.0, 0.0])
                assert none is not None  # noqa: S101  # it has no value, and says why
                return self.constant(none)
            op = ops.TABLE[op.proper]
        needs = 0
        for each in found:
            needs |= each.needs
        yearly = op.years == "series" or (op.years != "one" and any(each.yearly for each in found))
        loose = bool(op.no_value) or any(each.loose for each in found)
        return self._node(op.name, tuple(args), "", needs, yearly=yearly, loose=loose)

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
        return sorted(reached((self.roots[name] for name in names), lambda each: self.nodes[each].args))

    def guarded(self, names: Iterable[str], used: Iterable[int]) -> set[int]:
        """Return the nodes that have to be looked at, so that no infinity and no NaN goes unseen.

        All others hand on what is not finite to one of these.
        """
        found = {self.roots[name] for name in names}
        roots = set(self.roots.values())
        for each in used:
            node = self.nodes[each]
            if not node.args:
                continue
            op = ops.TABLE[node.op]
            found.update(node.args[at] for at in op.hides)
            if node.loose:
                # Where it has no value, it hides what its other operands are.
                found.update(arg for arg in node.args if not self.nodes[arg].loose)
            if op.is_choice:
                found |= self._formulas_below(node.args[1:], roots)
        return {each for each in found if self.nodes[each].op not in {"constant", "input"}}

    def _formulas_below(self, start: Sequence[int], roots: set[int]) -> set[int]:
        """Return the nearest whole formulas inside branches, which count also where the branch is not taken."""
        return reached(start, lambda each: () if each in roots else self.nodes[each].args) & roots


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
    op = ops.TABLE[node.op]
    out = [isinstance(graph.nodes[each].value, NotIncluded) for each in args]
    decided = op.settled(out)
    if decided is not None:
        return args[decided]
    if op.is_choice:
        test = graph.nodes[args[0]].value
        if isinstance(test, NoValue):
            return args[0]
        if isinstance(test, float | int):
            return args[1 if test else 2]
        if any(out):
            raise UnsupportedError
    return graph.call(node.op, args)


# ---------------------------------------------------------------- on floats


class Floats:
    """Figures of a graph at single values of its inputs: floats, or a Series of one that differs from year to year.

    Raises UnsupportedError where a constant is no number.
    """

    def __init__(self, graph: Graph, names: Iterable[str]) -> None:
        roots = {name: graph.nodes[graph.roots[name]] for name in names}
        self.names = list(roots)
        self.inputs = graph.inputs
        self.constants: dict[str, Figure] = {
            name: node.value
            for name, node in roots.items()
            if node.op == "constant" and not isinstance(node.value, str)
        }
        self.computed = [name for name in roots if name not in self.constants]
        self.is_yearly = any(roots[name].yearly for name in self.computed)
        self.function = write_function(graph, self.computed)
        dated = any(graph.nodes[each].yearly for each in graph.fed.values())
        self.plain: Callable[[Any], Any] = _plain if dated else float

    def __call__(self, values: Mapping[str, Any]) -> dict[str, Figure]:
        """Return the figures.

        Raises what the function raises where something leaves the finite numbers or has no value.
        """
        found = self.function(*map(self.plain, map(values.__getitem__, self.inputs)))
        if self.is_yearly:
            found = [Series(tuple(each)) if isinstance(each, list) else each for each in found]
        figures = dict(zip(self.computed, found, strict=True))
        if self.constants:
            figures |= self.constants
            return {name: figures[name] for name in self.names}
        return figures


def _plain(value: float | Series) -> float | list[float]:
    return list(value.numbers) if isinstance(value, Series) else float(value)


def write_function(graph: Graph, names: Iterable[str]) -> Callable[..., Any]:
    """Return a function of the graph's inputs, in order, that returns the named figures: floats, or lists by year.

    It raises an ArithmeticError, a ValueError or a TypeError where something leaves the finite numbers or has no value.
    Raises UnsupportedError where a constant is no number.
    """
    return _Writer(graph, list(names)).function()


class _Writer:
    """The source of a function on floats; nodes that are used once stand inside what uses them."""

    def __init__(self, graph: Graph, names: list[str]) -> None:
        self.graph = graph
        self.results = [graph.roots[name] for name in names]
        self.used = graph.used(names)
        self.guarded = graph.guarded(names, self.used)
        self.lines: list[str] = []
        self.texts: dict[int, str] = {}
        self.depth: dict[int, int] = {}
        self.users: dict[int, list[int]] = {}
        for each in self.used:
            for arg in graph.nodes[each].args:
                self.users.setdefault(arg, []).append(each)

    def function(self) -> Callable[..., Any]:
        """Write, compile and return the function."""
        for each in self.used:
            self._write(each, self.graph.nodes[each])
        seen = [f"sum(n{each})" if self.graph.nodes[each].yearly else f"n{each}" for each in sorted(self.guarded)]
        for at in range(0, len(seen), _TERMS):
            self.lines += [f"if not isfinite({' + '.join(seen[at : at + _TERMS])}):", "    raise ArithmeticError"]
        self.lines.append(f"return ({''.join(f'{self.texts[each]}, ' for each in self.results)})")
        inputs = ", ".join(f"n{each}" for each in self.graph.fed.values())
        source = f"def f({inputs}):\n    " + "\n    ".join(self.lines)
        scope: dict[str, Any] = {name: op.scalar for name, op in ops.TABLE.items()}
        scope.update(isfinite=math.isfinite, sum=math.fsum, math=math)
        # Every word of the source is written here: positions of nodes, operations of the table, and numbers.
        exec(compile(source, "<formulas>", "exec"), scope)  # noqa: S102  # our own source, of a checked graph
        return scope["f"]  # type: ignore[no-any-return]  # what `exec` has made

    def _write(self, each: int, node: Node) -> None:
        self.texts[each] = f"n{each}"
        self.depth[each] = 0
        if node.op == "input":
            return
        if node.op == "constant":
            self._constant(each, node)
            return
        op = ops.TABLE[node.op]
        if op.years:
            years = len(self.graph.years)
            args = [
                self.texts[arg] if self.graph.nodes[arg].yearly else f"[{self.texts[arg]}] * {years}"
                for arg in node.args
            ]
            self.lines.append(f"n{each} = {self._call(node, args)}")
            if op.no_value:
                self.lines.append(f"n{each} + 0.0")
            return
        if node.yearly:
            self.lines.append(f"n{each} = [{self._yearly(node)}]")
            return
        text = self._call(node, [self.texts[arg] for arg in node.args])
        self.depth[each] = 1 + max((self.depth[arg] for arg in node.args), default=0)
        if self._is_inner(each):
            self.texts[each] = text
        else:
            self.lines.append(f"n{each} = {text}")
            self.depth[each] = 0

    def _constant(self, each: int, node: Node) -> None:
        if isinstance(node.value, float | int):
            number = float(node.value)
            self.texts[each] = repr(number) if number >= 0 else f"({number!r})"
        elif isinstance(node.value, Series) and not node.loose:
            self.lines.append(f"n{each} = {list(node.value.values)!r}")
        else:
            raise UnsupportedError

    def _is_inner(self, each: int) -> bool:
        users = self.users.get(each, [])
        code = ops.TABLE[self.graph.nodes[users[0]].op].code if users else ""
        return (
            len(users) == 1
            and each not in self.guarded
            and each not in self.results
            and not self.graph.nodes[users[0]].yearly
            and self.depth[each] < _DEEPEST
            # A template may write an argument twice.
            and all(code.count(f"{{{at}}}") == 1 for at in range(len(self.graph.nodes[users[0]].args)))
        )

    @staticmethod
    def _call(node: Node, args: list[str]) -> str:
        return ops.TABLE[node.op].code.format(*args)

    def _yearly(self, node: Node) -> str:
        """Return the inside of a list with a value for every year."""
        dated = [arg for arg in dict.fromkeys(node.args) if self.graph.nodes[arg].yearly]
        args = [f"x{arg}" if arg in dated else self.texts[arg] for arg in node.args]
        names = ", ".join(f"x{arg}" for arg in dated)
        return f"{self._call(node, args)} for {names}, in zip({', '.join(self.texts[arg] for arg in dated)})"
