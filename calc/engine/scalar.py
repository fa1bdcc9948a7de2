"""A graph of formulas at single values: written out as one Python function on floats, without numpy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc import ops
from calc.engine.dag import UnsupportedError
from calc.engine.figures import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from calc.engine.dag import Graph, Node
    from calc.engine.figures import Figure

_DEEPEST = 20
# A sum of very many terms is too deep for Python's compiler.
_TERMS = 100
_TEMPLATES = {
    "add": "({0} + {1})", "subtract": "({0} - {1})", "multiply": "({0} * {1})", "divide": "({0} / {1})",
    "divide_by_count": "({0} / {1})", "negate": "(-{0})", "number": "({0} / {1})", "amount": "({0} * {1})",
    "less": "({0} < {1})", "less_equal": "({0} <= {1})", "greater": "({0} > {1})", "greater_equal": "({0} >= {1})",
    "where": "({1} if {0} else {2})",
}  # fmt: skip


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
    """The source of the function; nodes that are used once stand inside what uses them."""

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
        scope["raise_"] = scope["raise"]
        scope.update(isfinite=math.isfinite, sum=math.fsum, zip=zip)
        # Every word of the source is written here: positions of nodes, operations of the table, and numbers.
        exec(compile(source, "<formulas>", "exec"), scope)  # noqa: S102
        return scope["f"]  # type: ignore[no-any-return]  # what `exec` has made

    def _write(self, each: int, node: Node) -> None:
        self.texts[each] = f"n{each}"
        self.depth[each] = 0
        if node.op == "input":
            return
        if node.op == "constant":
            self._constant(each, node)
            return
        kind = ops.TABLE[node.op].years
        if kind:
            years = len(self.graph.years)
            args = [
                self.texts[arg] if self.graph.nodes[arg].yearly else f"[{self.texts[arg]}] * {years}"
                for arg in node.args
            ]
            self.lines.append(f"n{each} = {node.op}({', '.join(args)})")
            if ops.TABLE[node.op].no_value:
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
        return (
            len(users) == 1
            and each not in self.guarded
            and each not in self.results
            and not self.graph.nodes[users[0]].yearly
            and self.depth[each] < _DEEPEST
            and self.graph.nodes[users[0]].op not in {"minimum", "maximum"}
        )

    def _call(self, node: Node, args: list[str]) -> str:
        if node.op in {"minimum", "maximum"}:
            # As Python's own min and max, which take four times as long to call.
            sign = "<" if node.op == "minimum" else ">"
            return f"({args[1]} if {args[1]} {sign} {args[0]} else {args[0]})"
        if node.op in _TEMPLATES:
            return _TEMPLATES[node.op].format(*args)
        return f"{'raise_' if node.op == 'raise' else node.op}({', '.join(args)})"

    def _yearly(self, node: Node) -> str:
        """Return the inside of a list with a value for every year."""
        dated = [arg for arg in dict.fromkeys(node.args) if self.graph.nodes[arg].yearly]
        args = [f"x{arg}" if arg in dated else self.texts[arg] for arg in node.args]
        names = ", ".join(f"x{arg}" for arg in dated)
        return f"{self._call(node, args)} for {names}, in zip({', '.join(self.texts[arg] for arg in dated)})"
