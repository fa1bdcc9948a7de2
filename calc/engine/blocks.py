"""A graph of formulas on blocks of float64 arrays: written out as one Python function that reuses its buffers.

Arrays hold the years first, then the axes of the samples or of a grid, so that what is the same in every year and what
does not depend on an axis broadcasts. The function looks for infinities and NaNs at as few places as possible and only
says that there is one; a slower evaluation, formula by formula, tells which and whether it matters.
"""

from __future__ import annotations

from functools import cached_property, lru_cache, reduce
from math import prod
from operator import or_
from typing import TYPE_CHECKING, Any

import numpy as np

from calc import ops
from calc.engine.figures import NotIncluded, NoValue, Series
from calc.ops import NotFiniteFoundError, Op

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from calc.arrays import Array
    from calc.engine.compile import Graph, Node

__all__ = ["Blocks", "NotFiniteFoundError"]


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
        self.mask: dict[int, int] = {}
        for each in self._used:
            node = graph.nodes[each]
            # What follows from inputs varies along the axes of all of them.
            self.mask[each] = reduce(or_, (self.mask[arg] for arg in node.args), 0)
            if node.op == "input":
                self.mask[each] = axes[str(node.value)]
        self.early = {each for each in self._used if not self.mask[each] & outer}
        self.buffers: list[tuple[int, bool, bool]] = []
        self.lent: dict[int, int] = {}
        self.constants: list[Any] = []
        self.nodes: dict[int, Array] = {}
        self._kept: list[Array] = []
        self._whole: list[Array] = []
        self._prepared: Mapping[str, float] | None = None
        self._memory: list[Array] = []
        self._arrays: list[Array | None] = []
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
                self.constant(_constant_of(node.value, self.width)) if is_constant else f"n{len(self.label)}"
            )

    def constant(self, value: Any) -> str:
        """Return how the source refers to a constant."""
        self.constants.append(value)
        return f"constants[{len(self.constants) - 1}]"

    def prepare(self, values: Mapping[str, Any]) -> None:
        """Set the inputs that do not move, and compute what depends on them alone.

        Raises NotFiniteFoundError.
        """
        with np.errstate(all="ignore"):
            self._kept = self._whole = list(self._prelude(values, self.constants, (), ()))

    def take(self, nodes: Mapping[int, Array]) -> None:
        """Do as `prepare`, with the values of nodes that another evaluation has found."""
        self._kept = [nodes[each] for each in self.handed]

    def narrow(self, places: NDArray[np.intp] | None) -> None:
        """Go on with some of the samples that `prepare` was called with, by their positions; with all for None."""
        whole = self._whole
        self._kept = whole if places is None else [each[..., places] if np.ndim(each) else each for each in whole]

    def prepare_once(self, values: Mapping[str, float]) -> None:
        """Do as `prepare`, unless the last call was with the same values.

        Raises NotFiniteFoundError.
        """
        if self._prepared != values:
            self.prepare(values)
            self._prepared = dict(values)

    def run(
        self,
        values: Mapping[str, Array],
        shapes: Mapping[int, tuple[int, ...]],
        into: Mapping[int, Array] | None = None,
    ) -> dict[str, Array]:
        """Return the figures on a block; the next call writes over them, unless arrays for them are lent.

        values: arrays of the moving inputs. shapes: the shape for every combination of axes, without years.
        into: an array for each node in `lent`.
        Raises NotFiniteFoundError.
        """
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
        self.shared: dict[tuple[int, str], str] = {}
        self.last = {arg: each for each in nodes for arg in self.graph.nodes[each].args}

    def function(self) -> Callable[..., tuple[Array, ...]]:
        """Write, compile and return the function."""
        sums = False
        if self.reuse:
            for at, each in enumerate(self.blocks.handed):
                self.lines.append(f"{self.label[each]} = kept[{at}]")
        for each in self.nodes:
            node = self.graph.nodes[each]
            self._write(each, node)
            if self.blocks.is_lent and self.reuse and each in self.results and node.args:
                self._hand_over(each)
            # Truth values are finite whatever is compared.
            if each in self.blocks.guarded and not node.loose and not ops.TABLE[node.op].is_test:
                self.lines.append(f"seen {'+=' if sums else '='} add.reduce({self.label[each]}, axis=None)")
                sums = True
            for arg in dict.fromkeys(node.args):
                self._release(arg, each)
        if sums:
            self.lines += ["if not isfinite(seen):", "    raise NotFiniteFoundError"]
        self.lines.append(f"return ({''.join(f'{self.label[each]}, ' for each in self.results)})")
        source = "def f(values, constants, kept, arrays):\n    " + "\n    ".join(self.lines)
        function: Callable[..., tuple[Array, ...]] = _compiled(source)
        return function

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
        return self.blocks.mask[each], node.yearly, ops.TABLE[node.op].is_test

    def _lend(self, each: int) -> int:
        """Return the place of the array that is brought for a figure, which is asked for once."""
        self.blocks.lent[each] = place = len(self.blocks.buffers)
        self.blocks.buffers.append(self._kind(each))
        return place

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
            self.lines.append(f"{name} = values[{self.blocks.constant(node.value)}]")
            return
        op = ops.TABLE[node.op]
        template, numbers = self._template(node, op)
        if op.years:
            yearly = [self.graph.nodes[arg].yearly for arg in node.args]
            shape = (len(self.graph.years), self.blocks.width)
            self.lines.append(f"{name} = over_years({node.op!r}, [{', '.join(args)}], {yearly}, {shape})")
        elif node.loose or not template:
            self.lines.append(f"{name} = loosely({node.op!r}, {', '.join(args)})")
        else:
            args = [self.blocks.constant(numbers[at]) if at in numbers else arg for at, arg in enumerate(args)]
            self.lines.append(f"{name} = {self._filled(each, template, args)}")

    def _template(self, node: Node, op: Op) -> tuple[str, dict[int, float]]:
        """Return the template for an operation, and numbers that stand in for some of its arguments."""
        values = [self.graph.nodes[arg].value for arg in node.args]
        numbers = [float(each) if isinstance(each, float | int) else None for each in values]
        found = op.constant(numbers) if op.constant else None
        return found if found and (self.reuse or "{spare}" not in found[0]) else (op.block, {})

    def _filled(self, each: int, template: str, args: list[str]) -> str:
        """Return the source of a template, with buffers."""
        node = self.graph.nodes[each]
        if "{out}" in template:
            # It may write over an operand that nothing needs any more.
            for arg in dict.fromkeys(node.args):
                self._release(arg, each)
        spares = [self._spare(each) for _ in range(template.count("{spare}"))]
        for place in spares:
            template = template.replace("{spare}", f"arrays[{place}]", 1)
        shared = self._shared_part(node) if "{shared}" in template else ""
        out = self._buffer(each)
        if spares:
            self.free[self._kind(each)].extend(spares)
        return template.format(*args, out=out, new=out, shared=shared)

    def _shared_part(self, node: Node) -> str:
        """Return the name of what operations with the same first argument share."""
        first, template = node.args[0], ops.TABLE[node.op].shared
        if (first, template) not in self.shared:
            name = self.shared[first, template] = f"shared{len(self.shared)}"
            out = ""
            if first not in self.blocks.early:
                out = f", out=arrays[{len(self.blocks.buffers)}]"
                self.blocks.buffers.append((self.blocks.mask[first], self.graph.nodes[first].yearly, False))
            self.lines.append(f"{name} = {template.format(self.label[first], new=out)}")
        return self.shared[first, template]


# ---------------------------------------------------------------- what the source calls


def _loosely(name: str, *args: Array) -> Array:
    """Apply an operation to arrays that may have no value; what is lost or infinite for the first time is found.

    Raises NotFiniteFoundError.
    """
    op = ops.TABLE[name]
    result: Array = op.array(*args)
    _refuse(result, args, may_lack=bool(op.no_value))
    return result


def _over_years(name: str, args: list[Array], yearly: list[bool], shape: tuple[int, int]) -> Array:
    """Apply an operation that looks at all years to arrays with the years first.

    yearly: whether each argument has them. shape: the number of years and of other axes.
    Raises NotFiniteFoundError.
    """
    years, width = shape
    given = []
    for each, dated in zip(args, yearly, strict=True):
        last = np.moveaxis(each, 0, -1) if dated else np.asarray(each, dtype=float)[..., np.newaxis]
        given.append(np.broadcast_to(last, (*(last.shape[:-1] or (1,)), years)))
    op = ops.TABLE[name]
    result: Array = op.array(*given)
    lacking = [np.where(np.isnan(each).any(axis=-1, keepdims=True), np.nan, 1.0) for each in given]
    _refuse(result, lacking, may_lack=bool(op.no_value))
    if op.years == "one":
        return result[..., 0]
    # Arguments without axes were given one.
    wide = (*(1,) * (width + 1 - result.ndim), *result.shape)[-(width + 1) :]
    return np.moveaxis(result.reshape(wide), -1, 0)


def _refuse(result: Array, args: Sequence[Array], *, may_lack: bool) -> None:
    """Raise NotFiniteFoundError where a result is infinite, or NaN although no argument is; it may if it `may_lack`."""
    if np.isinf(result).any():
        raise NotFiniteFoundError
    lost = np.isnan(result)
    if may_lack or not lost.any():
        return
    for each in args:
        lost = lost & ~np.isnan(each)
    if lost.any():
        raise NotFiniteFoundError


@lru_cache(maxsize=64)
def _compiled(source: str) -> Any:
    """Return the function of a source, which may call the functions above, those for templates, and numpy's."""
    scope: dict[str, Any] = {
        "loosely": _loosely, "over_years": _over_years, "NotFiniteFoundError": NotFiniteFoundError,
    }  # fmt: skip
    # Every word of the source is written by us: names of nodes and of numpy's functions, and positions.
    exec(compile(source, "<formulas>", "exec"), scope)  # noqa: S102  # our own source, of a checked graph
    function = scope["f"]
    for name in function.__code__.co_names:
        found = ops.HELPERS.get(name) or getattr(np, name, None)
        if found is not None:
            scope.setdefault(name, found)
    return function


def _constant_of(figure: object, width: int) -> float | Array:
    """Return a constant as a number, or as an array with the years first and `width` further axes."""
    if isinstance(figure, float | int):
        return float(figure)
    if isinstance(figure, NoValue):
        return np.float64("nan")
    assert isinstance(figure, Series)  # noqa: S101  # what is not included is left out before
    values = np.array([each if isinstance(each, float | int) else np.nan for each in figure.values])
    return values.reshape(-1, *(1,) * width)
