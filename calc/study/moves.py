"""Figures on samples, and again with one input at other samples: only what depends on that input is computed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.blocks import Blocks, NotFiniteFoundError
from calc.engine.compile import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.arrays import Array
    from calc.study.evaluator import Evaluator


class Moves:
    """The figures of an evaluator on columns of its changing inputs.

    inputs: the inputs that the columns are of, and whether each has a value of its own in every year. Columns and
    figures have shape (samples,) or (years, samples), figures also less where they do not vary.
    """

    def __init__(self, evaluator: Evaluator, inputs: Mapping[str, bool]) -> None:
        self.evaluator = evaluator
        self.inputs = {name: yearly for name, yearly in inputs.items() if name in evaluator.plan.leaves}
        self._columns: dict[str, Array] = {}
        self._whole: Blocks | None = None
        self._parts: dict[str, Blocks] = {}
        self._is_fast = False
        self._prepare()

    def _prepare(self) -> None:
        try:
            graph = self.evaluator.graph(self.inputs)
        except UnsupportedError:
            return
        for at, name in enumerate(graph.inputs):
            moved = [each for each in self.evaluator.names if graph.nodes[graph.roots[each]].needs >> at & 1]
            self._parts[name] = Blocks(graph, moved, {**dict.fromkeys(graph.inputs, 0), name: 1})
        also = sorted({node for part in self._parts.values() for node in part.handed})
        self._whole = Blocks(graph, self.evaluator.names, dict.fromkeys(graph.inputs, 1), also=also)

    def at(self, columns: Mapping[str, Array]) -> dict[str, Array]:
        """Return the figures on columns of all inputs; the next call writes over them."""
        self._columns = {name: columns[name] for name in self.inputs}
        if self._whole is not None:
            try:
                found = self._whole.run(self._columns, self._shapes)
            except NotFiniteFoundError:
                pass
            else:
                self._is_fast = True
                return found
        self._is_fast = False
        return self.evaluator.slowly(self._columns, {})

    def again(self, name: str, column: Array) -> dict[str, Array]:
        """Return the figures that depend on an input, with another column of it; the next call writes over them."""
        if name not in self.inputs:
            return {}
        if self._whole is not None and self._is_fast:
            part = self._parts[name]
            part.take(self._whole.nodes)
            try:
                return part.run({name: column}, self._shapes)
            except NotFiniteFoundError:
                pass
        return self.evaluator.slowly({**self._columns, name: column}, {})

    @property
    def _shapes(self) -> dict[int, tuple[int, ...]]:
        """Return the shape of what varies from sample to sample."""
        return {1: next(iter(self._columns.values())).shape[-1:]}
