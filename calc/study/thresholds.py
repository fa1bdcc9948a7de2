"""For every sample the value of an input from which on conditions hold: how sure an answer of goal-seek is.

What does not depend on the input is computed once a sample. Both ends of the range are looked at first; where the
conditions hold at one of them alone, the edge between is sought, else at further values in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from calc.engine.blocks import Blocks, NotFiniteFoundError
from calc.engine.compile import UnsupportedError
from calc.scenario.conditions import SLACK
from calc.study.room import block_size
from calc.study.roots import edges

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from calc.scenario.conditions import Condition
    from calc.scenario.find_section import Goal
    from calc.study.draws import Draws
    from calc.study.evaluator import Evaluator

_MOST_SAMPLES = 1_000_000
_SHARES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


@dataclass(frozen=True, slots=True)
class Spread:
    """The values at which conditions hold, over samples.

    percentiles: of the values, where samples without one lie beyond the range; None for one that does. without: the
    share of samples for which no value in the range will do. at_bound: of those for which all values would, as far as
    the end of the range at which the search begins.
    """

    samples: int
    percentiles: dict[str, float | None]
    without: float
    at_bound: float


def spread_of(values: Any, start: float, *, upwards: bool) -> Spread:
    """Return the spread of thresholds, NaN for none; `start` is where the search began."""
    lacking = np.isnan(values)
    ordered = np.sort(np.where(lacking, np.inf if upwards else -np.inf, values))
    ranks = {key: int(np.ceil(share * len(values) - 1e-9)) - 1 for key, share in _SHARES.items()}
    found = {key: float(ordered[rank]) for key, rank in ranks.items()}
    percentiles = {key: each if np.isfinite(each) else None for key, each in found.items()}
    return Spread(len(values), percentiles, float(lacking.mean()), float((values == start).mean()))


class Thresholds:
    """Where the conditions of a goal begin to hold.

    evaluator: of the figures in the conditions, with the input of the goal as what changes.
    """

    def __init__(self, evaluator: Evaluator, goal: Goal, conditions: Sequence[Condition]) -> None:
        self.evaluator = evaluator
        self.goal = goal
        self.conditions = conditions
        self.name = goal.range.name
        self.drawn = evaluator.drawn([self.name])
        self.blocks = self._compiled()

    def _compiled(self) -> Blocks | None:
        inputs = self.drawn
        sides = [side.expression for each in self.conditions for side in (each.left, each.right)]
        names = [f"side {at}" for at in range(len(sides))]
        try:
            graph = self.evaluator.graph({**inputs, self.name: False}, zip(names, sides, strict=True))
        except UnsupportedError:
            return None
        blocks = Blocks(graph, names, {**dict.fromkeys(inputs, 1), self.name: 2}, outer=2)
        # A side that is not included has no value to compare.
        return blocks if len(blocks.names) == len(names) else None

    def values(self, draws: Draws, samples: int, looks: Sequence[float], further: Sequence[float]) -> Any:
        """Return a threshold for every sample, NaN for none: an array of shape (samples,).

        looks: where to look for an edge, from where the search begins to the far end of the range. further: where to
        look in samples in which the conditions hold at none of these.
        """
        samples = min(samples, _MOST_SAMPLES)
        size = block_size(len(self.evaluator.scenario.years))
        found = np.empty(samples)
        for start in range(0, samples, size):
            count = min(size, samples - start)
            drawn = {name: self.evaluator.draw(draws, name, start, count) for name in self.drawn}
            block = _Block(self, drawn, count)
            values = block.thresholds(np.arange(count), looks)
            lacking = np.flatnonzero(np.isnan(values))
            if len(lacking) and len(further) > len(looks):
                values[lacking] = block.thresholds(lacking, further)
            found[start : start + count] = values
        return found


class _Block:
    """The thresholds of some samples."""

    def __init__(self, owner: Thresholds, drawn: Mapping[str, Any], count: int) -> None:
        self.owner = owner
        self.drawn = dict(drawn)
        self.count = count
        self.blocks = owner.blocks
        self._places: Any = None
        if self.blocks is not None:
            try:
                self.blocks.prepare(self.drawn)
            except NotFiniteFoundError:
                self.blocks = None

    def thresholds(self, places: Any, looks: Sequence[float]) -> Any:
        """Return the thresholds of the samples at some positions."""
        found, inside = np.full(len(places), np.nan), np.arange(len(places))
        before, at_before = looks[0], np.full(len(places), -np.inf)
        for look in looks:
            value = np.full(len(inside), look)
            at = self.margin(value, places[inside])
            holds, fails = at >= 0.0, at < 0.0
            if look == looks[0]:
                found[inside[holds]] = look
            elif holds.any():
                ends = (np.full(np.count_nonzero(holds), before), at_before[holds]), (value[holds], at[holds])
                found[inside[holds]] = self._between(places[inside[holds]], *ends)
            inside, at_before, before = inside[fails], at[fails], look
            if not len(inside):
                break
        return found

    def _between(self, places: Any, fails: tuple[Any, Any], holds: tuple[Any, Any]) -> Any:
        span, upwards = self.owner.goal.range, self.owner.goal.end == "smallest"
        if span.choices:
            return holds[0]
        found = edges(lambda value, inside: self.margin(value, places[inside]), fails, holds)
        if span.unit_step:
            steps = found / span.unit_step
            steps = np.ceil(steps - SLACK) if upwards else np.floor(steps + SLACK)
            return steps * span.unit_step
        return found

    def margin(self, value: Any, places: Any) -> Any:
        """Return by how much the conditions hold, in all years, in samples at some positions; -inf for no value."""
        least: Any = np.inf
        for condition, (left, right) in zip(self.owner.conditions, self._sides(value, places), strict=True):
            margin = condition.op.margin(left, right)
            if np.ndim(margin) == 2:
                margin = margin.min(axis=0)
            least = np.minimum(least, margin)
        least = np.broadcast_to(least, value.shape)
        return np.where(np.isnan(least), -np.inf, least)

    def _sides(self, value: Any, places: Any) -> list[tuple[Any, Any]]:
        if self.blocks is not None:
            if self._places is not places:
                self.blocks.narrow(None if len(places) == self.count else places)
                self._places = places
            shape = value.shape
            try:
                found = list(self.blocks.run({self.owner.name: value}, {1: shape, 2: shape, 3: shape}).values())
                return list(zip(found[::2], found[1::2], strict=True))
            except NotFiniteFoundError:
                pass
        return self._slow_sides(value, places)

    def _slow_sides(self, value: Any, places: Any) -> list[tuple[Any, Any]]:
        import numpy as np

        owner = self.owner
        arrays = {
            name: each[..., places].T if each.ndim == 2 else each[places, None] for name, each in self.drawn.items()
        }
        arrays[owner.name] = value[:, None]
        figures = owner.evaluator.arrays(arrays, {})
        both = (each.side_arrays(figures, owner.evaluator.scenario.years) for each in owner.conditions)
        # A side that is not included has no value to compare.
        return [
            (np.asarray(left).T, np.asarray(right).T) for left, right in (each or (np.nan, np.nan) for each in both)
        ]
