"""A sweep: figures at every point of a grid of axes, which points meet the conditions, and what is best."""

from __future__ import annotations

import math
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.figures import NotIncluded, NoValue, at_year
from calc.engine.flat import qualified
from calc.errors import CalcError
from calc.longrun import duration
from calc.records import NamedTuple, dataclass, field, replace
from calc.scenario.conditions import MEDIAN
from calc.scenario.place_section import SERVERS
from calc.scenario.studies import Study, laid_over, named
from calc.scenario.study_sections import Sweep, read_sweep
from calc.study.checks import applicable, changed_checks, rests_on_samples
from calc.study.draws import as_chosen
from calc.study.evaluator import Evaluator
from calc.study.statistics import Ranked, with_value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from calc.arrays import Array, Truths
    from calc.errors import Place
    from calc.scenario.axis import Axis, Range, Wanted
    from calc.scenario.case import Context, ResolvedCase, Scenario
    from calc.scenario.studies import StudyCases
    from calc.scenario.yaml_reader import Node, Scalar


MAX_BYTES = 2_000_000_000
MAX_PLACED = 1000
MAX_DRAWN = 20_000_000
_PROBE = 10_000
_TELL_SECONDS = 5.0


@dataclass(slots=True)
class SweepCase:
    """A sweep of one case; every array has one element a point, the last axis running fastest.

    conditions, model_checks: what the points are held against, of the models' own what some point does not meet.
    reasons: why figures have no value at some point, by their column. not_included: figures asked for, and why.
    axes: the inputs varied, in base units. columns: figures by name and year (None for all years), NaN where there is
    no value. p50, p10, p90: the same of the samples, where they were drawn, without: the share of them that have no
    value. holds: which points meet the conditions, None without any. best, worst: positions, of those that meet them.
    front: positions on the Pareto front, in order.
    """

    case: ResolvedCase
    shape: tuple[int, ...]
    axes: dict[str, Array]
    columns: dict[tuple[str, int | None], Array]
    p50: dict[tuple[str, int | None], Array] = field(default_factory=dict)
    p10: dict[tuple[str, int | None], Array] = field(default_factory=dict)
    p90: dict[tuple[str, int | None], Array] = field(default_factory=dict)
    without: dict[tuple[str, int | None], Array] = field(default_factory=dict)
    holds: Truths | None = None
    best: int | None = None
    worst: int | None = None
    front: list[int] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    model_checks: list[str] = field(default_factory=list)
    reasons: dict[tuple[str, int | None], str] = field(default_factory=dict)
    not_included: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Return the number of points."""
        return math.prod(self.shape)

    @property
    def is_undrawn(self) -> bool:
        """Tell whether figures are uncertain and stand at the likely values, because there are too many points."""
        return not self.p50 and is_uncertain(self.case, self.axes)


class Placements:
    """The plan at every point of a sweep.

    names: of what is placed. columns: its numbers, one a point. stands: at which points there is a plan.
    """

    def __init__(self, scenario: Scenario, case: ResolvedCase, axes: list[str], points: int) -> None:
        from calc.study.placing import Problem

        if points > MAX_PLACED:
            message = f"{points:,} points are too many to place servers at each of them"
            hint = f"at most {MAX_PLACED:,} plans are made; take larger steps"
            sweep: Sweep = scenario.studies.request("sweep")
            raise CalcError("E-TOO-LARGE", message, place=sweep.axes[0].place, hint=hint)
        self.problem = Problem(scenario, case, tuple(axes))
        # The servers of a fleet are given, or follow from what is given.
        fleets = {str(qualified(SERVERS, part)) for part in self.problem.parts if part not in self.problem.free}
        self.names = [str(name) for name in self.problem.variables if name not in axes and name not in fleets]
        self.columns: dict[str, Array] = {}
        self.stands: Truths = np.zeros(0, dtype=bool)

    def plan(self, axes: Mapping[str, Array]) -> None:
        """Make the plan at every point; axes: the values of what is varied, one a point."""
        from calc.placement.plan import Planner

        size = len(next(iter(axes.values())))
        self.columns = {name: np.zeros(size) for name in self.names}
        self.stands = np.zeros(size, dtype=bool)
        for at in range(size):
            hall, _ = self.problem.at({name: float(each[at]) for name, each in axes.items()})
            plan = Planner(hall).plan()
            self.stands[at] = plan is not None
            if plan is not None:
                numbers = [*plan.servers(hall), *plan.used(hall)]
                for name, number in zip(map(str, self.problem.variables), numbers, strict=True):
                    if name in self.columns:
                        self.columns[name][at] = number


def is_uncertain(case: ResolvedCase, axes: Collection[str]) -> bool:
    """Tell whether an input that is not varied along an axis is uncertain."""
    return any(case.values[each].is_uncertain for each in case.studied if each not in axes)


def run_sweep(scenario: Scenario) -> list[SweepCase]:
    """Return the sweep of every case.

    Raises CalcError when it would take too much room, before it is begun.
    """
    sweep: Sweep = scenario.studies.request("sweep")
    cases = scenario.studies.cases("sweep")
    size_up(scenario, sweep, cases)

    runs = [Run(scenario, sweep, case) for case in cases]
    return [told(run, run.done()) for run in runs]


def size_up(scenario: Scenario, sweep: Sweep, cases: list[ResolvedCase]) -> None:
    """Refuse what does not fit into memory, and say how long a long sweep will take.

    Raises CalcError.
    """
    points = math.prod(len(axis.values) for axis in sweep.axes) * len(cases)
    figures = max((len(case.asked) for case in cases), default=0)
    years = max(1, len(scenario.years))
    size = points * (figures * years + len(sweep.axes)) * 8
    if size > MAX_BYTES:
        shape = " x ".join(f"{len(axis.values):,}" for axis in sweep.axes)
        several = f" of {len(cases)} cases" if len(cases) > 1 else ""
        many = "1 figure" if figures == 1 else f"{figures} figures"
        message = f"a sweep of {shape} = {points:,} points{several} and {many} is {size / 1e9:,.1f} GB"
        hint = (
            f"at most {MAX_BYTES / 1e9:,.0f} GB are held; take larger steps, or let `calc sweep -o FILE.csv` write it"
        )
        raise CalcError("E-TOO-LARGE", message, place=sweep.axes[0].place, hint=hint)
    if points < 10 * _PROBE or scenario.placing is not None:
        return
    seconds = _seconds(scenario, sweep, cases[0]) * points
    if seconds > _TELL_SECONDS and sys.stderr is not None and sys.stderr.isatty():
        print(f"{points:,} points, {size / 1e9:,.1f} GB, about {duration(seconds)}", file=sys.stderr)


def _seconds(scenario: Scenario, sweep: Sweep, case: ResolvedCase) -> float:
    """Return the time that a point takes, from a few points of the grid."""
    evaluator = Evaluator(scenario, case, case.asked, [axis.name for axis in sweep.axes])
    columns = {axis.name: np.resize(np.asarray(axis.values[:_PROBE]), _PROBE) for axis in sweep.axes}
    evaluator.grid(columns)
    begun = perf_counter()
    evaluator.grid(columns)
    return (perf_counter() - begun) / _PROBE


class Run:
    """One case being swept."""

    def __init__(self, scenario: Scenario, sweep: Sweep, case: ResolvedCase) -> None:
        scenario = as_chosen(scenario, scenario.studies.cases("sweep"))
        self.scenario = scenario
        self.sweep = sweep
        self.case = case
        self.points = math.prod(len(axis.values) for axis in sweep.axes)
        axes = [axis.name for axis in sweep.axes]
        self.placed = Placements(scenario, case, axes, self.points) if scenario.placing is not None else None
        # With one of everything that is placed each check can be asked; which ones a plan breaks is seen at the points.
        placed = dict.fromkeys(self.placed.names if self.placed else (), 1.0)
        own = changed_checks(scenario, case, {**placed, **{axis.name: axis.values[0] for axis in sweep.axes}})
        self.model_checks = [check.condition for check in own]
        self.conditions = [*applicable(scenario, case, (*scenario.checks, *sweep.conditions)), *self.model_checks]
        names = [*case.asked, *(name for check in own for name in check.names)]
        self.evaluator = Evaluator(scenario, case, names, [*axes, *placed])
        self.is_uncertain = bool(self.evaluator.drawn(self.sweep_names))
        self.is_drawn = self.is_uncertain and self.points * scenario.samples <= MAX_DRAWN
        self.sure = [each for each in self.conditions if rests_on_samples(each, self.evaluator)]
        if not self.is_drawn and any(each.confidence is not None for each in self.sure):
            message = f"{self.points:,} points with {scenario.samples:,} samples each are too many for a confidence"
            hint = f"at most {MAX_DRAWN:,} samples are drawn in all; take fewer `samples` or larger steps"
            raise CalcError("E-TOO-LARGE", message, place=sweep.axes[0].place, hint=hint)
        if not self.is_drawn:
            self.sure = []

    def part(self, box: Box) -> SweepCase:
        """Return the sweep of a box of the grid, with the best of its points; positions count from its first point."""
        whole = self.sweep
        axes = [replace(axis, values=axis.values[low:high]) for axis, (low, high) in zip(whole.axes, box, strict=True)]
        try:
            self.sweep = replace(whole, axes=tuple(axes))
            return self.done()
        finally:
            self.sweep = whole

    def done(self) -> SweepCase:
        """Return the sweep of the whole grid."""
        shape = tuple(len(axis.values) for axis in self.sweep.axes)
        open_axes = np.ix_(*(np.asarray(axis.values, dtype=float) for axis in self.sweep.axes))
        names = [axis.name for axis in self.sweep.axes]
        size = math.prod(shape)
        axes = {name: np.broadcast_to(each, shape).reshape(size) for name, each in zip(names, open_axes, strict=True)}
        columns = dict(zip(names, open_axes, strict=True))
        if self.placed:
            self.placed.plan(axes)
            columns |= {name: each.reshape(shape) for name, each in self.placed.columns.items()}
        flat = self.evaluator.grid_rows(columns, shape)
        if self.placed:
            flat = {name: np.where(self.placed.stands[:, None], each, np.nan) for name, each in flat.items()}
        result = SweepCase(self.case, shape, axes, self._columns(flat))
        if self.conditions:
            holds = result.holds = np.ones(size, dtype=bool)
            for condition in self.conditions:
                if condition not in self.sure:
                    holds &= condition.held(flat, self.scenario.years)
        self._sample(result)
        self._rank(result)
        return result

    def _columns(self, flat: Mapping[str, Array]) -> dict[tuple[str, int | None], Array]:
        columns: dict[tuple[str, int | None], Array] = {}
        for name in self.case.wanted:
            if name not in flat or name in self.sweep_names:
                continue
            array, years = flat[name], self.scenario.years
            if array.shape[1] == 1:
                columns[name, None] = array[:, 0]
            else:
                columns.update({(name, year): array[:, at] for at, year in enumerate(years)})
        return columns

    def placed_at(self, axes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the numbers of servers and cabinets that plans at some points place; none without `place`."""
        if self.placed is None:
            return {}
        self.placed.plan(axes)
        return self.placed.columns

    @property
    def sweep_names(self) -> set[str]:
        """Return the inputs varied, which have columns of their own."""
        return {axis.name for axis in self.sweep.axes}

    def _sample(self, result: SweepCase) -> None:
        """Draw samples at every point, where there are few enough."""
        if not self.is_drawn:
            return
        ends = {0.1: result.p10, MEDIAN: result.p50, 0.9: result.p90}
        for into in ends.values():
            into.update({key: np.full(result.size, np.nan) for key in result.columns})
        for at in range(result.size):
            placed = self.placed.columns if self.placed else {}
            values = {name: float(column[at]) for name, column in {**result.axes, **placed}.items()}
            drawn = self.evaluator.sample(values, self.scenario.samples, self.scenario.seed)
            for condition in self.sure:
                share = condition.held(drawn, self.scenario.years).mean()
                if result.holds is not None:
                    result.holds[at] &= share >= condition.share
            for name, year in result.columns:
                column = drawn[name][:, self.scenario.years.index(year) if year is not None else 0]
                lost = float(np.isnan(column).mean())
                if lost:
                    result.without.setdefault((name, year), np.zeros(result.size))[at] = lost
                known = with_value(column)
                if known is not None:
                    ranked = Ranked(known)
                    for share_below, into in ends.items():
                        into[name, year][at] = ranked.at(share_below)

    def _rank(self, result: SweepCase) -> None:
        if self.sweep.best:
            order = ends_of(self._single(result, self.sweep.best) * self.sweep.best.sign, result.holds)
            if order:
                result.best, result.worst = order[0], order[-1]
        if self.sweep.pareto:
            one, other = self.sweep.pareto
            one_ranked, other_ranked = (self._single(result, each) * each.sign for each in (one, other))
            result.front = front_of(one_ranked, other_ranked, result.holds)

    def _single(self, result: SweepCase, wanted: Wanted) -> Array:
        if wanted.name in result.axes:
            return result.axes[wanted.name]
        if (wanted.name, None) not in result.columns:
            yearly = any(name == wanted.name for name, _ in result.columns)
            why = "differs from year to year" if yearly else "is not computed or not included"
            hint = "give what it needs, or rank by another figure"
            hint = f"rank a sum over the years, such as `total({wanted.name})`" if yearly else hint
            raise CalcError("E-GOAL", f"`{wanted.name}` {why}", place=self.sweep.axes[0].place, hint=hint)
        return result.p50.get((wanted.name, None), result.columns[wanted.name, None])


def ends_of(ranked: Array, holds: Truths | None) -> list[int]:
    """Return where the least and the greatest value stand, of those that hold; nothing where none does."""
    usable = ~np.isnan(ranked)
    if holds is not None:
        usable &= holds
    positions = np.flatnonzero(usable)
    if not positions.size:
        return []
    left = ranked[positions]
    return [int(positions[np.argmin(left)]), int(positions[np.argmax(left)])]


def front_of(one: Array, other: Array, holds: Truths | None) -> list[int]:
    """Return the points of which no other is as small in both figures and smaller in one, along the first figure."""
    usable = ~(np.isnan(one) | np.isnan(other))
    if holds is not None:
        usable &= holds
    positions = np.flatnonzero(usable)
    order = positions[np.lexsort((other[positions], one[positions]))]
    if not order.size:
        return []
    one, other = one[order], other[order]
    # The first of those that are equal in both speaks for all of them.
    is_first = np.concatenate([[True], (one[1:] != one[:-1]) | (other[1:] != other[:-1])])
    before = np.concatenate([[np.inf], np.minimum.accumulate(other)[:-1]])
    best = is_first & ((other < before) | (np.arange(len(order)) == 0))
    found: list[int] = order[best[np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))]].tolist()
    return found


# Of the points that miss a condition so many are looked at for which it is.
_LOOKED_AT = 4096


def told(run: Run, result: SweepCase) -> SweepCase:
    """Return a sweep with the words that belong to it."""
    result.conditions = conditions_of(run)
    result.not_included = not_included(run)
    result.reasons = reasons_of(run, result.axes, result.columns)
    result.model_checks = broken_of(run, result.axes, result.holds)
    return result


def conditions_of(run: Run) -> list[str]:
    """Return what the points are held against beside the models' own checks."""
    return [each.text for each in run.conditions if each not in run.model_checks]


def reasons_of(
    run: Run, axes: Mapping[str, Array], columns: Mapping[tuple[str, int | None], Array]
) -> dict[tuple[str, int | None], str]:
    """Return why figures have no value, each by the first of the points at which it has none."""
    found = {}
    for (name, year), column in columns.items():
        empty = np.flatnonzero(np.isnan(column))
        if empty.size:
            point = {axis: float(each[empty[0]]) for axis, each in axes.items()}
            found[name, year] = _reason(run, point, name, year)
    return found


def broken_of(run: Run, axes: Mapping[str, Array], holds: Truths | None) -> list[str]:
    """Return the models' checks that do not hold at the first of the points which miss something."""
    if not run.model_checks or holds is None or holds.all():
        return []
    missed = np.flatnonzero(~holds)[:_LOOKED_AT]
    at_points = {name: each[missed] for name, each in axes.items()}
    figures = run.evaluator.grid_rows({**at_points, **run.placed_at(at_points)}, (len(missed),))
    years = run.scenario.years
    return [each.text for each in run.model_checks if not each.held(figures, years).all()]


def not_included(run: Run) -> dict[str, str]:
    """Return the figures asked for that are not included, and why."""
    first = {axis.name: axis.values[0] for axis in run.sweep.axes}
    # How many servers are placed decides nothing about what is not given.
    figures = run.evaluator.at({**first, **dict.fromkeys(run.placed.names if run.placed else (), 1.0)})
    asked = (name for name in run.case.wanted if name not in first)
    return {name: figure.reason for name in asked if isinstance(figure := figures[name], NotIncluded)}


def _reason(run: Run, point: Mapping[str, float], name: str, year: int | None) -> str:
    placed = run.placed_at({name: np.array([each]) for name, each in point.items()})
    figure = run.evaluator.points({**point, **{name: float(each[0]) for name, each in placed.items()}})[name]
    found = at_year(figure, 0 if year is None else run.scenario.years.index(year))
    return found.reason if isinstance(found, NoValue) else ""


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


class _SweepStudy(Study[Sweep, list[SweepCase]]):
    """The section `sweep`."""

    plans_itself = True
    missing_hint = 'add `--axis "rack_power_rated=5 to 25 kW step 5 kW"`'

    def section(
        self, given: dict[str, Any], entries: dict[str, tuple[Scalar, Node]], written: Node | None, place: Place
    ) -> Node | None:
        axes = named("--axis", given["axis"] or ())
        # Axes of the line stand in for the whole section; anything else is laid over it.
        return laid_over(None if axes else written, {**axes, **entries}, place) if written or axes else None

    def read(self, node: Node, context: Context) -> Sweep:
        return read_sweep(node, context)

    def varied(self, request: Sweep) -> Sequence[Axis | Range]:
        return request.axes

    def chosen(self, request: Sweep) -> list[str]:
        return [axis.name for axis in request.axes]

    def ranked(self, request: Sweep, cases: list[list[ResolvedCase]]) -> list[tuple[str, Place, list[ResolvedCase]]]:
        wanted = [*([request.best] if request.best else []), *request.pareto]
        return [(each.name, request.axes[0].place, cases[0]) for each in wanted]

    def cases(self, request: Sweep, cases: StudyCases) -> list[list[ResolvedCase]]:
        figures = request.figures
        if cases.asks_to_show and request.show:
            figures = [each for each in figures if each not in request.show or each in request.ranked]
        if cases.shown is not None and (cases.asks_to_show or not request.show):
            figures = list(dict.fromkeys([*cases.shown, *figures]))
        needed = [name for each in request.conditions for name in each.names]
        wanted = figures if figures and (cases.shown is not None or request.show) else None
        return [cases.resolve(request.axes, wanted, [*figures, *needed, *cases.checked])]

    def run(self, scenario: Scenario) -> list[SweepCase]:
        return run_sweep(scenario)


STUDY = _SweepStudy()
