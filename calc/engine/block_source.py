"""The source of a function that computes some nodes of a graph on arrays, with buffers for what is on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc import ops
from calc.engine.block_ops import TINY, UFUNCS, compiled

if TYPE_CHECKING:
    from calc.engine.blocks import Blocks
    from calc.engine.dag import Node

COMPARISONS = {"less", "less_equal", "greater", "greater_equal"}
# These are finite whatever their operands are.
_UNGUARDED = COMPARISONS | {"constant"}
# With as many or fewer, capital is recovered without logarithms.
_MOST_PERIODS = 1000


class Writer:
    """The source of one function: some of the nodes in order, with buffers for what they compute."""

    def __init__(self, blocks: Blocks, nodes: list[int], results: list[int], *, reuse: bool) -> None:
        self.blocks = blocks
        self.graph = blocks.graph
        self.nodes = nodes
        self.results = results
        self.reuse = reuse
        self.label = blocks.label
        self.lines: list[str] = []
        self.place: dict[int, int] = {}
        self.free: dict[tuple[int, bool, bool], list[int]] = {}
        self.growths: dict[int, str] = {}
        self.last = {arg: each for each in nodes for arg in self.graph.nodes[each].args}

    def function(self) -> Any:
        """Write, compile and return the function."""
        sums = False
        if self.reuse:
            for at, each in enumerate(self.blocks.handed):
                self.lines.append(f"{self.label[each]} = kept[{at}]")
        for each in self.nodes:
            node = self.graph.nodes[each]
            self._write(each, node)
            if self.blocks.is_lent and self.reuse and each in self.results and node.op not in {"constant", "input"}:
                self._hand_over(each)
            if each in self.blocks.guarded and not node.loose and node.op not in _UNGUARDED:
                self.lines.append(f"seen {'+=' if sums else '='} add.reduce({self.label[each]}, axis=None)")
                sums = True
            for arg in dict.fromkeys(node.args):
                self._release(arg, each)
        if sums:
            self.lines += ["if not isfinite(seen):", "    raise NotFiniteFoundError"]
        self.lines.append(f"return ({''.join(f'{self.label[each]}, ' for each in self.results)})")
        source = "def f(values, constants, kept, arrays):\n    " + "\n    ".join(self.lines)
        return compiled(source)

    def _buffer(self, each: int) -> str:
        """Return a buffer for a node, or nothing where each call makes a new array."""
        if not self.reuse:
            return ""
        if self.blocks.is_lent and each in self.results:
            return f", out=arrays[{self._lend(each)}]"
        self.place[each] = self._spare(each)
        return f", out=arrays[{self.place[each]}]"

    def _spare(self, each: int) -> int:
        """Return the place of a buffer of the shape of a node that is not in use."""
        kind = self._kind(each)
        free = self.free.setdefault(kind, [])
        if not free:
            free.append(len(self.blocks.buffers))
            self.blocks.buffers.append(kind)
        return free.pop()

    def _kind(self, each: int) -> tuple[int, bool, bool]:
        node = self.graph.nodes[each]
        return self.blocks.mask[each], node.yearly, node.op in COMPARISONS

    def _lend(self, each: int) -> int:
        """Return the place of the array that is brought for a figure."""
        if each not in self.blocks.lent:
            self.blocks.lent[each] = len(self.blocks.buffers)
            self.blocks.buffers.append(self._kind(each))
        return self.blocks.lent[each]

    def _hand_over(self, each: int) -> None:
        """Copy a figure into its array, unless it was written there."""
        if each not in self.blocks.lent:
            self.lines.append(f"arrays[{self._lend(each)}][...] = {self.label[each]}")

    def _release(self, arg: int, user: int) -> None:
        if self.last[arg] == user and arg in self.place and arg not in self.results:
            self.free[self._kind(arg)].append(self.place.pop(arg))

    def _write(self, each: int, node: Node) -> None:
        name, args = self.label[each], [self.label[arg] for arg in node.args]
        if node.op == "constant":
            return
        if node.op == "input":
            self.lines.append(f"{name} = values[{node.value!r}]")
            return
        if ops.TABLE[node.op].years:
            yearly = [self.graph.nodes[arg].yearly for arg in node.args]
            shape = (len(self.graph.years), self.blocks.width)
            self.lines.append(f"{name} = over_years({node.op!r}, [{', '.join(args)}], {yearly}, {shape})")
        elif node.loose:
            self.lines.append(f"{name} = loosely({node.op!r}, {', '.join(args)})")
        elif node.op in UFUNCS:
            self._ufunc(each, node, args)
        else:
            self._composed(each, node, args)

    def _ufunc(self, each: int, node: Node, args: list[str]) -> None:
        op = node.op
        below = self.graph.nodes[node.args[-1]].value if op in {"divide", "number"} else 0.0
        if isinstance(below, float | int) and abs(below) > TINY:
            op, args = "multiply", [args[0], self.blocks.constant(1.0 / below)]
        # One operation may write over an operand that nothing needs any more.
        for arg in dict.fromkeys(node.args):
            self._release(arg, each)
        self.lines.append(f"{self.label[each]} = {UFUNCS[op]}({', '.join(args)}{self._buffer(each)})")

    def _composed(self, each: int, node: Node, args: list[str]) -> None:
        name = self.label[each]
        if node.op in {"floor", "ceil"}:
            sign = "add" if node.op == "floor" else "subtract"
            out = self._buffer(each)
            self.lines.append(f"{name} = tolerance({args[0]}{out})")
            self.lines.append(f"{name} = {node.op}({sign}({args[0]}, {name}{out}){out})")
        elif node.op == "where" and self.reuse and self.graph.nodes[node.args[0]].op in COMPARISONS:
            self.lines.append(f"{name} = choose({', '.join(args)}{self._buffer(each)})")
        elif node.op == "annuity" and self.reuse and self._is_count(node.args[1]):
            room = [self._spare(each) for _ in range(3)]
            places = ", ".join(f"arrays[{place}]" for place in room)
            self.lines.append(f"{name} = annuity_whole({args[0]}, {args[1]}{self._buffer(each)}, room=[{places}])")
            self.free[self._kind(each)].extend(room)
        elif node.op == "annuity":
            growth = self._growth(node.args[0])
            self.lines.append(f"{name} = annuity({args[0]}, {growth}, {args[1]}{self._buffer(each)})")
        elif node.op == "compound":
            out = self._buffer(each)
            self.lines.append(f"{name} = power(add({args[0]}, 1.0{out}), {args[1]}{out})")
        elif node.op == "clip":
            out = self._buffer(each)
            self.lines.append(f"{name} = minimum(maximum({args[0]}, {args[1]}{out}), {args[2]}{out})")
        elif node.op == "raise":
            power = self.graph.nodes[node.args[1]].value
            words = {2.0: f"square({args[0]}", -1.0: f"divide(1.0, {args[0]}", 1.0: f"positive({args[0]}"}
            start = words.get(power) if isinstance(power, float | int) else None
            self.lines.append(f"{name} = {start or f'power({args[0]}, {args[1]}'}{self._buffer(each)})")
        else:
            self.lines.append(f"{name} = loosely({node.op!r}, {', '.join(args)})")

    def _is_count(self, node: int) -> bool:
        """Tell whether a node is a whole number that does not vary."""
        value = self.graph.nodes[node].value if self.graph.nodes[node].op == "constant" else None
        return isinstance(value, float | int) and 1 <= value <= _MOST_PERIODS and value == int(value)

    def _growth(self, rate: int) -> str:
        """Return the name of the logarithm of 1 + rate, which annuities over several lives share."""
        if rate not in self.growths:
            self.growths[rate] = f"growth{len(self.growths)}"
            out = ""
            if rate not in self.blocks.early:
                out = f", out=arrays[{len(self.blocks.buffers)}]"
                self.blocks.buffers.append((self.blocks.mask[rate], self.graph.nodes[rate].yearly, False))
            self.lines.append(f"{self.growths[rate]} = log1p({self.label[rate]}{out})")
        return self.growths[rate]
