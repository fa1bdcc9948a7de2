"""A graph of formulas on a grid: each formula at the shape of the axes that it depends on, in pieces of the first axis.

What is on the way to the figures stays near the processor, in buffers that each piece writes over.
"""

from __future__ import annotations

import weakref
from functools import reduce
from math import ceil, prod
from operator import or_
from typing import TYPE_CHECKING, Any

import numpy as np

from calc.engine.blocks import Blocks
from calc.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from calc.arrays import Array
    from calc.engine.compile import Graph


def shapes_of(arrays: Mapping[str, Array], yearly: Collection[str]) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array on the grid; `yearly` ones have the years as a further last axis."""
    return {name: each.shape[:-1] if name in yearly else each.shape for name, each in arrays.items()}


def axes_of(shapes: Mapping[str, tuple[int, ...]]) -> tuple[dict[str, int], int]:
    """Return the axes along which each array varies, a bit each, and how many axes the grid has."""
    width = max(map(len, shapes.values()), default=0)
    axes = {
        name: sum(1 << at for at, rows in enumerate(shape, width - len(shape)) if rows != 1)
        for name, shape in shapes.items()
    }
    return axes, width


class Grid:
    """Figures of a graph on grids whose inputs vary along the same axes.

    axes, width: of the inputs, as `axes_of` gives them.
    """

    def __init__(self, graph: Graph, names: Iterable[str], axes: Mapping[str, int], width: int) -> None:
        self.graph = graph
        self.width = width
        every = reduce(or_, axes.values(), 0)
        # Pieces of the first axis that anything varies along are whole in memory.
        first = every & -every
        self._axis = first.bit_length() - 1
        self._moving = [name for name, mask in axes.items() if mask & first]
        self._blocks = Blocks(graph, names, axes, outer=first, width=width, is_lent=True)
        self._layout: _Layout | None = None
        self._memory: dict[int, _Memory] = {}

    def run(self, arrays: Mapping[str, Array], yearly: Collection[str], most: int) -> dict[str, Array]:
        """Return the figures, in arrays of their own.

        arrays: of the inputs, which broadcast against each other. yearly: inputs that have the years as a further last
        axis, as figures have that differ from year to year. most: how many elements an operation has in a piece, about.
        Raises NotFiniteFoundError.
        """
        blocks, shapes = self._blocks, shapes_of(arrays, yearly)
        if self._layout is None or self._layout.shapes != shapes:
            self._layout = self._divided(shapes, most)
        layout = self._layout
        values = {name: self._years_first(each, shapes[name]) for name, each in arrays.items()}
        blocks.prepare({name: each for name, each in values.items() if name not in self._moving})
        lent = {
            node: self._memory.setdefault(node, _Memory()).array(shape, truth)
            for node, (shape, truth) in blocks.lendable(layout.whole).items()
        }
        found: dict[str, Array] = {}
        for place, part in layout.pieces:
            moving = {name: values[name][place] for name in self._moving}
            found = blocks.run(moving, part, {node: each[place] for node, each in lent.items()})
        figures, years = {}, len(self.graph.years)
        for name, last in found.items():
            root = self.graph.roots[name]
            node = self.graph.nodes[root]
            figure = values[str(node.value)] if node.op == "input" else np.asarray(lent.get(root, last))
            own = layout.figures[name]
            figures[name] = np.moveaxis(figure.reshape(years, *own), 0, -1) if node.yearly else figure.reshape(own)
        return figures

    def _divided(self, shapes: dict[str, tuple[int, ...]], most: int) -> _Layout:
        shape, axis = np.broadcast_shapes(*shapes.values()), self._axis
        whole, figures = self._by_axes(shape), {name: self._shape_of(name, shapes) for name in self._blocks.names}
        if axis < 0:
            return _Layout(shapes, figures, whole, [((), {})])
        step = ceil(shape[axis] / max(1, self._blocks.work(whole) / most)) or 1
        pieces = []
        for low in range(0, shape[axis] or 1, step):
            high = min(shape[axis], low + step)
            place = (..., slice(low, high), *(slice(None),) * (self.width - 1 - axis))
            pieces.append((place, self._by_axes((*shape[:axis], high - low, *shape[axis + 1 :]))))
        return _Layout(shapes, figures, whole, pieces)

    def _by_axes(self, shape: tuple[int, ...]) -> dict[int, tuple[int, ...]]:
        """Return the shape for every combination of axes."""
        masks = self._blocks.masks
        return {mask: tuple(rows if mask >> at & 1 else 1 for at, rows in enumerate(shape)) for mask in masks}

    def _years_first(self, array: Array, shape: tuple[int, ...]) -> Array:
        """Return an array of an input with the years, if it has them, before all axes of the grid."""
        by_year = array.ndim > len(shape)
        if not by_year and len(shape) == self.width:
            return array
        first = np.moveaxis(array, -1, 0) if by_year else array
        return first.reshape((*first.shape[:by_year], *(1,) * (self.width - len(shape)), *shape))

    def _shape_of(self, name: str, shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
        """Return the shape that the inputs of a figure have together."""
        needs = self.graph.nodes[self.graph.roots[name]].needs
        return np.broadcast_shapes(*(shapes[each] for at, each in enumerate(self.graph.inputs) if needs >> at & 1))


class _Layout(NamedTuple):
    """How a grid with inputs of certain shapes is divided.

    figures: the shape of each, without years. whole, pieces: the shape for every combination of axes, of the grid and
    of each piece, which has an index.
    """

    shapes: dict[str, tuple[int, ...]]
    figures: dict[str, tuple[int, ...]]
    whole: dict[int, tuple[int, ...]]
    pieces: list[tuple[Any, dict[int, tuple[int, ...]]]]


class _Memory:
    """Memory for one array at a time: used again when nobody holds the last one, or a part of it, any more.

    Memory that a process gets anew costs more time than formulas do.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._array: Callable[[], Array | None] = lambda: None

    def array(self, shape: tuple[int, ...], dtype: type) -> Array:
        """Return an array with anything in it."""
        size = prod(shape) * np.dtype(dtype).itemsize
        if self._array() is not None or len(self._bytes) < size:
            self._bytes = bytearray(size)
        # Over bytes that are no array, this is the one that every part of it refers to.
        array: Array = np.ndarray(shape, dtype, self._bytes)
        self._array = weakref.ref(array)
        return array
