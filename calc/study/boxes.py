"""A grid cut into boxes: runs of its points, in their order, that are grids themselves."""

from __future__ import annotations

import math
from typing import NamedTuple

Box = tuple[tuple[int, int], ...]


class Boxes(NamedTuple):
    """How a grid is cut. shape: of the grid. at: the axis that is cut. step: values of it in a box.

    A box holds one value of the axes before that one, and all values of those behind it, which run faster.
    """

    shape: tuple[int, ...]
    at: int
    step: int

    @property
    def cuts(self) -> int:
        """Return how often the axis is cut."""
        return -(-self.shape[self.at] // self.step)

    @property
    def total(self) -> int:
        """Return the number of boxes."""
        return math.prod(self.shape[: self.at]) * self.cuts

    def box(self, number: int) -> Box:
        """Return the range of positions along every axis of a box."""
        leading, cut = divmod(number, self.cuts)
        ends = [(cut * self.step, min(self.shape[self.at], (cut + 1) * self.step))]
        for size in reversed(self.shape[: self.at]):
            leading, position = divmod(leading, size)
            ends.insert(0, (position, position + 1))
        return (*ends, *((0, size) for size in self.shape[self.at + 1 :]))

    def start(self, number: int) -> int:
        """Return the position of a box's first point among all points."""
        leading, cut = divmod(number, self.cuts)
        behind = math.prod(self.shape[self.at + 1 :])
        return (leading * self.shape[self.at] + cut * self.step) * behind


def cut(shape: tuple[int, ...], size: int) -> Boxes:
    """Return a grid cut into boxes of at most so many points, as large as they can be."""
    for at in range(len(shape)):
        behind = math.prod(shape[at + 1 :])
        if behind <= size:
            return Boxes(shape, at, max(1, min(shape[at], size // behind)))
    raise AssertionError(shape)
