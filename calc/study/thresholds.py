"""For every sample the value of an input from which on conditions hold: how sure an answer of goal-seek is.

What does not depend on the input is computed once a sample. Both ends of the range are looked at first; where the
conditions hold at one of them alone, the edge between is sought, else at further values in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from calc.engine.blocks import Blocks, NotFiniteFoundError
from calc.engine.compile import UnsupportedError
from calc.records import dataclass
from calc.study.statistics import block_size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from calc.arrays import Array, Positions
    from calc.scenario.conditions import Condition
    from calc.scenario.study_sections import Goal
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


def spread_of(values: Array, start: float, *, upwards: bool) -> Spread:
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

    def values(self, draws: Draws, samples: int, looks: Sequence[float], further: Sequence[float]) -> Array:
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

    def __init__(self, owner: Thresholds, drawn: Mapping[str, Array], count: int) -> None:
        self.owner = owner
        self.drawn = dict(drawn)
        self.count = count
        self.blocks = owner.blocks
        self._places: Positions | None = None
        if self.blocks is not None:
            try:
                self.blocks.prepare(self.drawn)
            except NotFiniteFoundError:
                self.blocks = None

    def thresholds(self, places: Positions, looks: Sequence[float]) -> Array:
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

    def _between(self, places: Positions, fails: tuple[Array, Array], holds: tuple[Array, Array]) -> Array:
        span, upwards = self.owner.goal.range, self.owner.goal.end == "smallest"
        if span.choices:
            return holds[0]
        found = edges(lambda value, inside: self.margin(value, places[inside]), fails, holds)
        if span.unit_step:
            # An edge is found to a share of itself: which of the whole things beside it will do, the conditions say.
            steps = np.rint(found / span.unit_step)
            missed = self.margin(steps * span.unit_step, places) < 0.0
            return (steps + np.where(missed, 1.0 if upwards else -1.0, 0.0)) * span.unit_step
        return found

    def margin(self, value: Array, places: Positions) -> Array:
        """Return by how much the conditions hold, in all years, in samples at some positions; -inf for no value."""
        least: Array = np.array(np.inf)
        for condition, (left, right) in zip(self.owner.conditions, self._sides(value, places), strict=True):
            margin = condition.op.margin(left, right)
            if np.ndim(margin) == 2:
                margin = margin.min(axis=0)
            least = np.minimum(least, margin)
        least = np.broadcast_to(least, value.shape)
        return np.where(np.isnan(least), -np.inf, least)

    def _sides(self, value: Array, places: Positions) -> list[tuple[Array, Array]]:
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

    def _slow_sides(self, value: Array, places: Positions) -> list[tuple[Array, Array]]:
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


_MOST = 200
_SPARE = 0.25
_NEAR = 1e-10


def edges(margin: Callable[[Array, Positions], Array], fails: tuple[Array, Array], holds: tuple[Array, Array]) -> Array:
    """Return for every sample the value nearest to the edge at which it still holds: an array of shape (samples,).

    margin: values and the positions of their samples to margins, of which those from 0 upwards hold; the margin may
    jump. fails, holds: values on both sides of the edge and the margins there. The value is near to a share of
    itself, or of a millionth of the width where that is more.
    """
    result = np.empty(len(fails[0]))
    places = np.arange(len(result))
    state = [np.array(each, dtype=float) for each in (*fails, *holds, *fails)]
    share: Array = np.full(len(result), 0.5)
    # Towards 0 there is always a smaller number; the width says what is small.
    small = 1e-6 * np.max(np.abs(state[2] - state[0]), initial=0.0)
    for _ in range(_MOST):
        width = state[2] - state[0]
        least = np.maximum(np.abs(state[0]), np.abs(state[2]))
        np.multiply(np.maximum(least, small, out=least), _NEAR, out=least)
        done = np.abs(width) <= least
        count = np.count_nonzero(done)
        if count > _SPARE * len(done):
            result[places[done]] = np.where(state[1] >= 0.0, state[0], state[2])[done]
            left = ~done
            places, width, least, share, *state = (each[left] for each in (places, width, least, share, *state))
        if not len(places):
            return result
        with np.errstate(all="ignore"):
            least = np.minimum(least / (2 * np.abs(width)), 0.5)
            fresh = state[0] + np.clip(share, least, 1.0 - least) * width
            state = _narrowed(state, fresh, margin(fresh, places))
            share = _share(*state)
    result[places] = np.where(state[1] >= 0.0, state[0], state[2])
    return result


def _narrowed(state: list[Array], fresh: Array, at_fresh: Array) -> list[Array]:
    """Return the newest value, the one beyond the edge and the one before, each with its margin."""
    value, at, other, at_other = state[:4]
    same = (at_fresh >= 0.0) == (at >= 0.0)
    return [
        fresh, at_fresh, np.where(same, other, value), np.where(same, at_other, at),
        np.where(same, value, other), np.where(same, at, at_other),
    ]  # fmt: skip


def _share(value: Array, at: Array, other: Array, at_other: Array, third: Array, at_third: Array) -> Array:
    """Return how far to go towards the other side: by a parabola on its side where that is safe, else half way."""
    way = (value - other) / (third - other)
    rise = (at - at_other) / (at_third - at_other)
    safe = (rise * rise < way) & ((1.0 - rise) ** 2 < 1.0 - way)
    found = at / (at_other - at) * (at_third / (at_other - at_third))
    found += (third - value) / (other - value) * (at / (at_third - at)) * (at_other / (at_third - at_other))
    return np.where(safe, found, 0.5)
