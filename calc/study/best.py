"""The best of several choices: differential evolution over their ranges, then a pattern search to the last digits.

Both need no derivative, so floors and jumps do no harm. Points that break conditions are ranked below all that keep
them, by how far they are from keeping them (Deb 2000). All points of a generation are evaluated at once.
Source: Storn and Price 1997 (Journal of Global Optimization 11, 341), DE/rand-to-best/1/bin; Hooke and Jeeves 1961.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.figures import NotIncluded
from calc.errors import CalcError
from calc.records import dataclass, field
from calc.scenario.axis import ROUND
from calc.scenario.conditions import MEDIAN, SLACK
from calc.study.checks import applicable, by_confidence, changed_checks, rests_on_samples, share_held
from calc.study.draws import draws_of
from calc.study.evaluator import Evaluator, check_search
from calc.study.statistics import Ranked, rank_of, with_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from calc.arrays import Array
    from calc.engine.figures import Figure
    from calc.scenario.axis import Range
    from calc.scenario.conditions import Condition
    from calc.scenario.resolve import ResolvedCase, Scenario
    from calc.scenario.study_sections import Best
    from calc.study.thresholds import Spread

_GENERATIONS = 300
_STILL = 40
_FEW = 1 << 11
_ELEMENTS = 1 << 19
_MIX, _CROSS = 0.6, 0.9
_FINEST = 1e-10
# With few inputs the corners of the ranges are among the first points: an optimum often lies there.
_CORNERED = 3
# A point without a value breaks a condition by more than any other can: that is twice the larger side.
_VALUELESS = 10.0


@dataclass(slots=True)
class Found:
    """What was found for one case.

    values: the inputs chosen, in base units; empty where the goal is not reached. figures: at these values; of a goal
    that is not reached, at the end of the range that is nearest to it. samples: of the figures, with uncertainty.
    how: bound, exact, jump, step, or samples where a confidence decides. before, after: the left side of the condition
    that decides, just outside and at the value found. probability: share of samples in which all conditions hold, None
    without uncertainty.
    stretches: where the scan found the conditions to hold, if that is not one stretch up to an end of the range.
    failed: further checks of the scenario that do not hold there. spread: the values at which the conditions begin to
    hold in each sample, with uncertainty. idle: inputs to choose that do not change what was asked for, movers: those
    that the scenario gives and that do. objective: what was made as small or large as can be; in_samples: that is its
    median.
    """

    case: ResolvedCase
    reached: bool
    values: dict[str, float] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    samples: dict[str, Any] = field(default_factory=dict)
    how: str = ""
    decides: Condition | None = None
    before: float | None = None
    after: float | None = None
    probability: float | None = None
    stretches: list[tuple[float, float]] = field(default_factory=list)
    failed: list[Condition] = field(default_factory=list)
    objective: float | None = None
    near: dict[str, float] = field(default_factory=dict)
    spread: Spread | None = None
    idle: list[str] = field(default_factory=list)
    movers: list[str] = field(default_factory=list)
    in_samples: bool = False


def run_best(scenario: Scenario, best: Best, case: ResolvedCase) -> Found:
    """Return the values of several inputs that make a figure as small or large as the conditions let it be."""
    return _Search(scenario, best, case).run()


class _Search:
    """An optimum in one case; points are rows of numbers from 0 to 1, one a free input."""

    def __init__(self, scenario: Scenario, best: Best, case: ResolvedCase) -> None:
        self.scenario = scenario
        self.best = best
        self.case = case
        self.names = best.names
        own = changed_checks(scenario, case, {each.name: each.low for each in best.ranges})
        names = [*case.asked, *(name for check in own for name in check.names)]
        self.evaluator = Evaluator(scenario, case, names, self.names)
        self.free = len(best.ranges) - (1 if best.total is not None else 0)
        self.low = np.array([each.low for each in best.ranges])
        self.high = np.array([each.high for each in best.ranges])
        self.uncertain = bool(self.evaluator.drawn(self.names))
        conditions = applicable(scenario, case, (*best.conditions, *scenario.checks))
        self.asked = list(conditions)
        conditions += [check.condition for check in own]
        self.sure = [each for each in conditions if rests_on_samples(each, self.evaluator)]
        self.plain = [each for each in conditions if each not in self.sure]
        self.groups = by_confidence(self.sure)
        wanted = Evaluator(scenario, case, [best.wanted.name], self.names)
        self.by_median = any(each not in self.names for each in wanted.uncertain)
        judged = dict.fromkeys([best.wanted.name, *(name for each in self.sure for name in each.names)])
        self.judge = Evaluator(scenario, case, judged, self.names)
        self.moving = [name for name in self.judge.uncertain if name not in self.names]
        self.drawn: dict[str, Array] = {}
        # Many points are looked at with the first samples, and the best of them with all.
        self.samples = min(scenario.samples, _FEW)

    def run(self) -> Found:
        if self.uncertain:
            low = {each.name: each.low for each in self.best.ranges}
            check_search(self.scenario, self.evaluator, self.judge if self.moving else None, low)
        for name in self.moving:
            self.drawn[name] = self.judge.draw(draws_of(self.scenario), name, 0, self.scenario.samples).T[None]
        # The points tried depend on the seed alone, so that an answer can be repeated.
        chance = np.random.Generator(np.random.Philox(key=self.scenario.seed))
        count = max(20, 12 * self.free)
        points = (np.arange(count)[:, np.newaxis] + chance.random((count, self.free))) / count
        points = np.column_stack([chance.permutation(points[:, at]) for at in range(self.free)])
        if self.free <= _CORNERED:
            points[: 2**self.free] = _corners(self.free)
        costs, broken = self._costs(points)
        still = 0
        for _ in range(_GENERATIONS):
            at = _leader(costs, broken)
            trial = self._trial(points, points[at], chance)
            new_costs, new_broken = self._costs(trial)
            better = (new_broken < broken) | ((new_broken == broken) & (new_costs <= costs))
            gained = bool((better & ((new_broken < broken) | (new_costs < costs))).any())
            points[better], costs[better], broken[better] = trial[better], new_costs[better], new_broken[better]
            still = 0 if gained else still + 1
            if still >= _STILL or np.ptp(points, axis=0).max() < _FINEST:
                break
        at = _leader(costs, broken)
        self.samples = self.scenario.samples
        (cost,), (breach,) = self._costs(points[at][None])
        point, cost, breach = self._polished(points[at], cost, breach)
        return self._found(point, cost, reached=breach == 0 and bool(np.isfinite(cost)))

    def _trial(self, points: Array, leader: Array, chance: np.random.Generator) -> Array:
        count = len(points)
        one, two = (chance.permutation(count) for _ in range(2))
        mutant = points + _MIX * (leader - points) + _MIX * (points[one] - points[two])
        mutant = np.abs(mutant)
        mutant = np.where(mutant > 1, np.clip(2 - mutant, 0, 1), mutant)
        cross = chance.random((count, self.free)) < _CROSS
        cross[np.arange(count), chance.integers(self.free, size=count)] = True
        return np.where(cross, mutant, points)

    def values(self, points: Array) -> tuple[Array, Array]:
        """Return the inputs in base units, a column each, and by how much the last one is outside its range."""
        spans = (self.high - self.low)[: self.free]
        found = self.low[: self.free] + points * spans
        for at, span in enumerate(self.best.ranges[: self.free]):
            if span.choices:
                choices = np.array(span.choices)
                found[:, at] = choices[np.minimum((points[:, at] * len(choices)).astype(int), len(choices) - 1)]
            elif span.unit_step:
                step = span.unit_step
                ends = np.ceil(span.low / step - SLACK) * step, np.floor(span.high / step + SLACK) * step
                found[:, at] = np.clip(np.round(found[:, at] / step) * step, *ends)
        if self.best.total is None:
            return found, np.zeros(len(points))
        rest = self.best.total - found.sum(axis=1)
        outside = np.maximum(self.low[-1] - rest, 0) + np.maximum(rest - self.high[-1], 0)
        outside[outside <= 1e-12 * abs(self.best.total)] = 0
        return np.column_stack([found, np.clip(rest, self.low[-1], self.high[-1])]), outside / abs(self.best.total or 1)

    def _costs(self, points: Array) -> tuple[Array, Array]:
        """Return what is minimised, and how far each point is from keeping the conditions: 0 for those that do."""
        values, broken = self.values(points)
        columns = {name: values[:, at] for at, name in enumerate(self.names)}
        wide = self.evaluator.grid_rows(columns, (len(points),))
        name = self.best.wanted.name
        if name not in wide:
            message, hint = f"`{name}` is not included, so it has no best", "give what it needs, or name another figure"
            raise CalcError("E-GOAL", message, place=self.best.place, hint=hint)
        if wide[name].shape[1] > 1:
            hint = f"take a sum over the years, such as `total({name})`"
            raise CalcError("E-GOAL", f"`{name}` differs from year to year", place=self.best.place, hint=hint)
        costs = wide[name][:, 0] * self.best.wanted.sign
        broken = broken + (0 if self.by_median else np.isnan(costs))
        costs[np.isnan(costs)] = np.inf
        for condition in self.plain:
            broken = broken + _breach(condition, wide, self.scenario.years)
        if self.drawn:
            for at in range(0, len(points), self._at_once()):
                some = slice(at, at + self._at_once())
                medians, breaches = self._in_samples(values[some])
                broken[some] += breaches
                if medians is not None:
                    costs[some] = np.where(np.isnan(medians), np.inf, medians * self.best.wanted.sign)
                    broken[some] += np.isnan(medians)
        return costs, broken

    def _at_once(self) -> int:
        return max(1, _ELEMENTS // (self.samples * max(1, len(self.scenario.years))))

    def _in_samples(self, values: Array) -> tuple[Array | None, Array]:
        """Return the median of what is wanted at points, None if it is certain, and by how much shares are missed."""
        given, shape = self.case.values, (len(values), self.samples)
        columns = {name: each[:, : self.samples] for name, each in self.drawn.items()}
        columns |= {name: values[:, at, None] for at, name in enumerate(self.names)}
        found = self.judge.grid_rows(columns, shape, {name for name in self.drawn if given[name].is_yearly})
        found = {name: each.reshape(*shape, each.shape[-1]) for name, each in found.items()}
        broken = np.zeros(len(values))
        for wanted, group in self.groups:
            together = np.ones(shape, dtype=bool)
            for condition in group:
                together &= condition.held(found, self.scenario.years)
            broken += np.maximum(0.0, wanted - together.mean(axis=1))
        if not self.by_median:
            return None, broken
        drawn, rank = found[self.best.wanted.name][..., 0], rank_of(MEDIAN, self.samples)
        lost = np.isnan(drawn).sum(axis=1)
        medians = np.partition(drawn, rank, axis=1)[:, rank]
        for at in np.flatnonzero(lost):
            known = with_value(drawn[at])
            medians[at] = np.nan if known is None else Ranked(known).at(MEDIAN)
        return medians, broken

    def _polished(self, point: Array, cost: float, breach: float) -> tuple[Array, float, float]:
        """Return the best point that a pattern search around a point finds, with its cost and breach."""
        # Along each input and along each pair, so that a ridge such as a sum that is spent is followed.
        steps = [np.eye(self.free)[at] for at in range(self.free)]
        steps += [one - other for at, one in enumerate(steps) for other in steps[at + 1 :]]
        directions = np.array([*steps, *(-each for each in steps)])
        size = 0.05
        while size > _FINEST:
            trial = np.clip(point + size * directions, 0, 1)
            costs, broken = self._costs(trial)
            at = _leader(costs, broken)
            if broken[at] < breach or (broken[at] == breach and costs[at] < cost):
                point, cost, breach = trial[at], float(costs[at]), float(broken[at])
            else:
                size /= 2
        return point, float(cost), float(breach)

    def _found(self, point: Array, cost: float, *, reached: bool) -> Found:
        values, _ = self.values(point[None, :])
        chosen = dict(zip(self.names, values[0].tolist(), strict=True))
        for span in self.best.ranges:
            chosen = self._simplest(chosen, span, reached=reached)
        found = Found(self.case, reached=reached, figures=self.evaluator.at(chosen), how="best")
        if reached:
            found.values, found.objective = chosen, cost * self.best.wanted.sign
            found.in_samples = self.by_median
            found.idle = self._idle(chosen)
        else:
            found.near = chosen
        found.decides = next(iter([*self.plain, *self.sure]), None)
        if self.uncertain:
            found.samples = self.evaluator.sample(chosen, self.scenario.samples, self.scenario.seed)
        asked = [each for each in self.sure if each in self.asked]
        if asked:
            found.probability = share_held(asked, found.samples, self.scenario.years)
        return found

    def _idle(self, chosen: dict[str, float]) -> list[str]:
        """Return the inputs that may stand anywhere in their range, the others as they were chosen."""
        if self.best.total is not None:
            return []
        wanted = self.best.wanted.name
        names = [wanted, *(name for each in self.plain for name in each.names)]
        here = {name: self.evaluator.at(chosen).get(name) for name in names}
        idle = []
        for each in self.best.ranges:
            tried = [self.evaluator.at({**chosen, each.name: value}) for value in (each.low, each.high)]
            if not self.sure and all({name: at.get(name) for name in names} == here for at in tried):
                idle.append(each.name)
        return idle

    def _simplest(self, chosen: dict[str, float], span: Range, *, reached: bool) -> dict[str, float]:
        """Return what was chosen with one value in as few digits as the search tells apart and the conditions allow."""
        value, last = chosen[span.name], self.names[-1] if self.best.total is not None else ""
        slack = max(ROUND * abs(value), _FINEST * (span.high - span.low) if span.name != last else 0)

        def put(near: float) -> dict[str, float]:
            found = {**chosen, span.name: near}
            rest = {last: (self.best.total or 0) - sum(each for name, each in found.items() if name != last)}
            return {**found, **rest} if last not in {"", span.name} else found

        def fits(near: float) -> bool:
            if abs(near - value) > slack or not reached:
                return abs(near - value) <= slack
            # A model's own check may name what is not included here.
            lacking = {name: NotIncluded((name,)) for each in self.plain for name in each.names}
            figures = {**lacking, **self.evaluator.at(put(near))}
            return all(each.holds(figures, self.scenario.years) for each in self.plain)

        return put(span.simplest(value, self.scenario.catalogue[span.name].unit.factor, fits))


def _breach(condition: Condition, columns: Mapping[str, Array], years: Sequence[int]) -> Array | float:
    """Return by how much each point breaks a condition in the worst year, relative to its sides; 0 where it holds."""
    sides = condition.side_arrays(columns, years)
    if sides is None:
        return 1.0
    found: Array = np.atleast_2d(condition.op.breach(*sides))
    worst: Array = np.where(np.isnan(found), _VALUELESS, found).max(axis=-1)
    return worst


def _leader(costs: Array, broken: Array) -> int:
    return int(np.lexsort((costs, broken))[0])


def _corners(free: int) -> Array:
    return np.array(np.meshgrid(*[[0.0, 1.0]] * free)).reshape(free, -1).T
