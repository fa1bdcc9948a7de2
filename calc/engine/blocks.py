"""A graph of formulas on blocks of float64 arrays: written out as one Python function that reuses its buffers.

Arrays hold the years first, then the axes of the samples or of a grid, so that what is the same in every year and what
does not depend on an axis broadcasts. The function looks for infinities and NaNs at as few places as possible and only
says that there is one; a slower evaluation, formula by formula, tells which and whether it matters.
"""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from calc.engine.block_ops import constant_of
from calc.engine.block_source import Writer
from calc.engine.figures import NotIncluded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calc.engine.dag import Graph, Node


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
        self._block = Writer(self, late, results, reuse=True).function()

    @cached_property
    def _prelude(self) -> Any:
        return Writer(self, self._first, self.handed, reuse=False).function()

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
