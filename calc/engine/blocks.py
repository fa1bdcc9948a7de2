"""A graph of formulas on blocks of float64 arrays: written out as one Python function that reuses its buffers.

Arrays hold the years first, then the axes of the samples or of a grid, so that what is the same in every year and what
does not depend on an axis broadcasts. The function looks for infinities and NaNs at as few places as possible and only
says that there is one; a slower evaluation, formula by formula, tells which and whether it matters.
"""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from calc import ops
from calc.engine.block_ops import TINY, UFUNCS, compiled, constant_of
from calc.engine.figures import NotIncluded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calc.engine.dag import Graph, Node

_COMPARISONS = {"less", "less_equal", "greater", "greater_equal"}
# These are finite whatever their operands are.
_UNGUARDED = _COMPARISONS | {"constant"}
# With as many or fewer, capital is recovered without logarithms.
_MOST_PERIODS = 1000


class Blocks:
    """Figures of a graph on blocks of arrays.

    names: the figures wanted. axes: for every input, the axes along which it varies, a bit each; inputs with 0 are
    numbers, set by `prepare`. What depends on none of the `outer` axes is computed once, by `prepare`.
    width: the number of axes. also: further nodes whose values are wanted, see `nodes`. is_lent: figures that depend on
    the outer axes are written into arrays that each call brings.
    """

    def __init__(
        self,
        graph: Graph,
        names: Iterable[str],
        axes: Mapping[str, int],
        outer: int = -1,
        width: int = 1,
        also: Iterable[int] = (),
        *,
        is_lent: bool = False,
    ) -> None:
        self.graph = graph
        self.width = width
        self.is_lent = is_lent
        self.names = [name for name in names if not isinstance(graph.nodes[graph.roots[name]].value, NotIncluded)]
        self.axes = axes
        self._used = graph.used(self.names)
        self.guarded = graph.guarded(self.names, self._used)
        self.mask = {each: self._axes_of(graph.nodes[each]) for each in self._used}
        self.early = {each for each in self._used if not self.mask[each] & outer}
        self.buffers: list[tuple[int, bool, bool]] = []
        self.lent: dict[int, int] = {}
        self.constants: list[Any] = []
        self.nodes: dict[int, Any] = {}
        self._kept: list[Any] = []
        self._whole: list[Any] = []
        self._prepared: Mapping[str, Any] | None = None
        self._memory: list[Any] = []
        self._arrays: list[Any] = []
        self._shapes: dict[int, tuple[int, ...]] = {}
        self._first = [each for each in self._used if each in self.early]
        late = [each for each in self._used if each not in self.early]
        needed = {arg for each in late for arg in graph.nodes[each].args} | {graph.roots[name] for name in self.names}
        self.handed = [each for each in self._first if each in needed and graph.nodes[each].op != "constant"]
        self._name_nodes()
        self._also = list(also)
        results = [graph.roots[name] for name in self.names] + self._also
        self._late = late
        self._block = _Writer(self, late, results, reuse=True).function()

    @cached_property
    def _prelude(self) -> Any:
        return _Writer(self, self._first, self.handed, reuse=False).function()

    def _name_nodes(self) -> None:
        """Name every node in the source: by its order, or as a constant.

        Constants stay out of the source, so that cases which differ in nothing else are compiled once.
        """
        self.label: dict[int, str] = {}
        for each in self._used:
            node = self.graph.nodes[each]
            is_constant = node.op == "constant"
            self.label[each] = (
                self.constant(constant_of(node.value, self.width)) if is_constant else f"n{len(self.label)}"
            )

    def constant(self, value: Any) -> str:
        """Return how the source refers to a constant."""
        self.constants.append(value)
        return f"constants[{len(self.constants) - 1}]"

    def _axes_of(self, node: Node) -> int:
        mask = 0
        for position, name in enumerate(self.graph.inputs):
            if node.needs >> position & 1:
                mask |= self.axes[name]
        return mask

    def prepare(self, values: Mapping[str, Any]) -> None:
        """Set the inputs that do not move, and compute what depends on them alone.

        Raises NotFiniteFoundError.
        """
        import numpy as np

        with np.errstate(all="ignore"):
            self._kept = self._whole = list(self._prelude(values, self.constants, (), ()))

    def take(self, nodes: Mapping[int, Any]) -> None:
        """Do as `prepare`, with the values of nodes that another evaluation has found."""
        self._kept = [nodes[each] for each in self.handed]

    def narrow(self, places: Any) -> None:
        """Go on with some of the samples that `prepare` was called with, by their positions; with all for None."""
        import numpy as np

        whole = self._whole
        self._kept = whole if places is None else [each[..., places] if np.ndim(each) else each for each in whole]

    def prepare_once(self, values: Mapping[str, Any]) -> None:
        """Do as `prepare`, unless the last call was with the same values.

        Raises NotFiniteFoundError.
        """
        if self._prepared != values:
            self.prepare(values)
            self._prepared = dict(values)

    def run(
        self,
        values: Mapping[str, Any],
        shapes: Mapping[int, tuple[int, ...]],
        into: Mapping[int, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the figures on a block; the next call writes over them, unless arrays for them are lent.

        values: arrays of the moving inputs. shapes: the shape for every combination of axes, without years.
        into: an array for each node in `lent`.
        Raises NotFiniteFoundError.
        """
        import numpy as np

        if self._shapes != shapes:
            self._shapes = dict(shapes)
            self._lay_out()
        arrays = self._arrays
        if into is not None:
            arrays = arrays.copy()
            for node, place in self.lent.items():
                arrays[place] = into[node]
        with np.errstate(all="ignore"):
            found = self._block(values, self.constants, self._kept, arrays)
        self.nodes = dict(zip(self._also, found[len(self.names) :], strict=True))
        return dict(zip(self.names, found, strict=False))

    def lendable(self, shapes: Mapping[int, tuple[int, ...]]) -> dict[int, tuple[tuple[int, ...], type]]:
        """Return the shape and type of every array that `run` is to be lent; shapes: as for `run`."""
        kinds = {node: self.buffers[place] for node, place in self.lent.items()}
        return {node: (self._shape(kind, shapes), bool if kind[2] else float) for node, kind in kinds.items()}

    def work(self, shapes: Mapping[int, tuple[int, ...]]) -> float:
        """Return how many elements an operation of a block has, on average; shapes: as for `run`."""
        masks = [self.mask[each] for each in self._late if self.graph.nodes[each].op not in {"input", "constant"}]
        return sum(prod(shapes[mask]) for mask in masks) / max(1, len(masks))

    def _shape(self, kind: tuple[int, bool, bool], shapes: Mapping[int, tuple[int, ...]]) -> tuple[int, ...]:
        mask, yearly, _ = kind
        return (len(self.graph.years), *shapes[mask]) if yearly else shapes[mask]

    def _lay_out(self) -> None:
        """Give the buffers their shapes, in the memory that they have as long as it will do."""
        import numpy as np

        self._memory += [np.empty(0, bool if truth else float) for _, _, truth in self.buffers[len(self._memory) :]]
        self._arrays = []
        for at, kind in enumerate(self.buffers):
            if at in self.lent.values():
                self._arrays.append(None)
                continue
            shape = self._shape(kind, self._shapes)
            size = prod(shape)
            if self._memory[at].size < size:
                self._memory[at] = np.empty(size, self._memory[at].dtype)
            self._arrays.append(self._memory[at][:size].reshape(shape))

    def is_yearly(self, name: str) -> bool:
        """Tell whether a figure has the years as its first axis."""
        return self.graph.nodes[self.graph.roots[name]].yearly

    @property
    def masks(self) -> set[int]:
        """Return the combinations of axes that there are in a block."""
        return {self.mask[each] for each in self._late}


class _Writer:
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
        return self.blocks.mask[each], node.yearly, node.op in _COMPARISONS

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
        elif node.op == "where" and self.reuse and self.graph.nodes[node.args[0]].op in _COMPARISONS:
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
