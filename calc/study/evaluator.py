"""One case or part of a scenario as a function of chosen inputs: at single values, on grids, on samples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

from calc.arrays import np
from calc.engine.compile import Floats, Graph, UnsupportedError, build
from calc.engine.evaluate import as_array, evaluate_formula, evaluate_samples
from calc.engine.explain import Texts
from calc.engine.figures import NotIncluded, Series
from calc.engine.flat import growth_of
from calc.engine.graph import Plan, formula_of
from calc.errors import CalcError
from calc.expression import Call, Expression, Name, Number, names
from calc.ops import NotFiniteFoundError
from calc.scenario.display import conversion, plan_of_values
from calc.scenario.place_section import refuse_undecided
from calc.scenario.years import figure_of
from calc.study.statistics import arrays_of, block_size, check_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from calc.arrays import Array
    from calc.engine.blocks import Blocks
    from calc.engine.figures import Figure
    from calc.engine.graph import AnyFormula, Plan
    from calc.engine.grids import Grid
    from calc.expression import Expression
    from calc.scenario.case import ResolvedCase, Scenario
    from calc.study.draws import Draws


T = TypeVar("T")


class Evaluator:
    """A case or part without parts of its own, compiled for many evaluations.

    names: the figures wanted. changing: names whose values vary between calls; they win over what the case gives, and
    over a formula. given: figures computed elsewhere, such as sums over parts.
    All values are in coherent base units; what is not listed stands at its point. A single value of an input that grows
    is its start; one of an input in another currency is what it is where its exchange rate stands in the case.
    Raises CalcError when a figure depends on itself; evaluation raises it when a formula leaves the finite numbers.
    """

    def __init__(
        self,
        scenario: Scenario,
        case: ResolvedCase,
        names: Iterable[str],
        changing: Iterable[str] = (),
        given: Mapping[str, Figure] | None = None,
    ) -> None:
        self.scenario = scenario
        self.case = case
        self.names = tuple(dict.fromkeys(names))
        self.changing = tuple(dict.fromkeys(changing))
        self.given = given or {}
        self.plan: Plan = plan_of_values(
            scenario.catalogue, self.names, case.values, case.use, set(self.given), self.changing
        )
        if scenario.placing is not None:
            refuse_undecided(case.values, set(self.plan.leaves).difference(self.changing))
        self._compiled: dict[object, Any] = {}

    @property
    def uncertain(self) -> list[str]:
        """Return the names of the uncertain inputs that the figures need."""
        values = self.case.values
        return [name for name in self.plan.leaves if name in values and values[name].is_uncertain]

    def drawn(self, chosen: Iterable[str]) -> dict[str, bool]:
        """Return what is drawn beside single values of chosen inputs, and whether it has a value in every year.

        Of a chosen input that grows it is the growth.
        """
        chosen, found = set(chosen), {}
        for name in self.uncertain:
            growth = self.case.values[name].growth
            if name not in chosen:
                found[name] = self.case.values[name].is_yearly
            elif growth is not None and growth.distribution is not None:
                found[growth_of(name)] = False
        return found

    # ------------------------------------------------------------ single values

    def at(self, values: Mapping[str, float | Series]) -> dict[str, Figure]:
        """Return the figures at single values of the changing inputs, on plain floats; a Series has one a year."""
        kinds = tuple(map(type, values.values())) if self.scenario.years else ()
        key = ("at", tuple(values), kinds)
        if key not in self._compiled:
            self._once(key, lambda: self._floats(values))
        floats: Floats | None = self._compiled[key]
        if floats is not None:
            try:
                return floats(values)
            except (ArithmeticError, ValueError, TypeError):
                pass  # it has no value there, or it is an error: the slow way tells
        return self.points(values)

    def _floats(self, values: Mapping[str, float | Series]) -> Floats:
        varying = {name: isinstance(values[name], Series) for name in self.plan.leaves if name in values}
        return Floats(self.graph(varying), self.names)

    def points(self, values: Mapping[str, float | Series]) -> dict[str, Figure]:
        """Return the figures at single values, formula by formula: slower than `at`, with the reasons for no value."""
        figures = self._computed(values)
        return {name: figures[name] for name in self.names}

    def _computed(self, values: Mapping[str, float | Series]) -> dict[str, Figure]:
        """Return all figures at single values, formula by formula."""
        figures, years = self._leaves(values), self.scenario.years
        for name, expression in self._following({name: isinstance(each, Series) for name, each in values.items()}):
            figures[name] = evaluate_formula(name, expression, figures, {}, years)
        for name, formula in self._formulas():
            shown = Texts(formula.parameters, figures, self.scenario.catalogue)
            figures[name] = evaluate_formula(name, formula.expression, figures, shown, years)
        return figures

    # ------------------------------------------------------------ grids

    def grid(self, columns: Mapping[str, Array], yearly: Collection[str] = ()) -> dict[str, Array]:
        """Return the figures on float64 arrays of the changing inputs that broadcast against each other.

        yearly: inputs that differ from year to year, whose arrays have the years as a further last axis.

        A figure has the shape of the inputs that it depends on, and all years of the scenario as a further last axis if
        it differs from year to year. NaN stands for no value; a figure that is not included is left out.
        """
        from calc.engine.grids import axes_of, shapes_of

        arrays = {name: np.asarray(each, dtype=float) for name, each in columns.items()}
        axes, width = axes_of(shapes_of(arrays, yearly))
        key = ("grid", tuple(axes.items()), tuple(yearly), width)
        grid = self._once(key, lambda: self._grid(axes, yearly, width))
        if grid is not None:
            try:
                return grid.run(arrays, yearly, block_size(len(self.scenario.years)))
            except NotFiniteFoundError:
                pass
        last = {name: a if name in yearly else a[..., np.newaxis] for name, a in arrays.items()}
        try:
            slow = self.arrays(last, {})
        except CalcError:
            self._refuse_point(last, yearly)
            raise
        return {name: each[..., 0] if each.shape[-1] == 1 else each for name, each in slow.items()}

    def _refuse_point(self, arrays: Mapping[str, Array], yearly: Collection[str]) -> None:
        """Refuse the first point of a grid at which a formula leaves the finite numbers, with its inputs there.

        arrays: with the years last. Raises CalcError.
        """
        shape = np.broadcast_shapes(*(each.shape[:-1] for each in arrays.values()))
        rows = {
            name: np.broadcast_to(each, (*shape, each.shape[-1])).reshape(-1, each.shape[-1])
            for name, each in arrays.items()
        }
        low, high = 0, math.prod(shape)
        while high - low > 1:
            middle = (low + high) // 2
            try:
                self.arrays({name: each[low:middle] for name, each in rows.items()}, {})
                low = middle
            except CalcError:
                high = middle
        point = {name: each[low].tolist() for name, each in rows.items()}
        self._computed({name: Series(tuple(each)) if name in yearly else each[0] for name, each in point.items()})

    def grid_rows(
        self, columns: Mapping[str, Any], shape: tuple[int, ...], yearly: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return the figures on a grid as arrays of shape (points, years or 1); one that is not included is left out.

        columns: arrays that broadcast to `shape`, of as many dimensions. `yearly` inputs have the years as one more.
        """
        years, size, found = len(self.scenario.years), math.prod(shape), {}
        first = {name: each.reshape(-1, years if name in yearly else 1)[0].tolist() for name, each in columns.items()}
        at_first = self.at({name: Series(tuple(each)) if name in yearly else each[0] for name, each in first.items()})
        for name, array in self.grid(columns, yearly).items():
            by_year = array if isinstance(at_first[name], Series) else array[..., np.newaxis]
            wide = by_year.shape[-1]
            found[name] = np.broadcast_to(by_year, (*shape, wide)).reshape(size, wide)
        return found

    # ------------------------------------------------------------ samples

    def sample(
        self,
        values: Mapping[str, float] | None,
        samples: int,
        seed: int | None,
        start: int = 0,
        moving: Mapping[str, Array] | None = None,
    ) -> dict[str, Array]:
        """Return the figures on samples `start` to `start + samples` of the uncertain inputs, at values of the others.

        moving: samples of what was computed elsewhere, of shape (years or 1, samples).
        Arrays of shape (samples, 1), or (samples, years) for what differs from year to year. Whatever the number of
        samples asked for at a time, the same position has the same sample.
        """
        found: dict[str, Array] = {}
        draws, size = self._draws(seed), block_size(len(self.scenario.years))
        for at in range(start, start + samples, size):
            count = min(size, start + samples - at)
            inside = slice(at - start, at - start + count)
            block = {
                name: each[0, inside] if len(each) == 1 else each[:, inside] for name, each in (moving or {}).items()
            }
            for name, each in self.block(draws, at, count, values or {}, block).items():
                wide = np.shape(each)[0] if np.ndim(each) == 2 else 1
                if name not in found:
                    found[name] = np.empty((wide, samples))
                found[name][:, inside] = each
        return {name: each.T for name, each in found.items()}

    def block(
        self, draws: Draws, start: int, count: int, values: Mapping[str, float], moving: Mapping[str, Array]
    ) -> dict[str, Array]:
        """Return the figures on the samples of one block.

        moving: further samples, of what was computed elsewhere. Arrays have shape (count,) or (years, count), or less
        where a figure does not vary; the next block may write over them.
        """
        drawn = self.drawn(values)
        key = ("sample", tuple(values), tuple(moving))
        blocks = self._once(key, lambda: self._blocks(drawn, values, moving))
        arrays = {name: self.draw(draws, name, start, count) for name in drawn} | dict(moving)
        if blocks is not None:
            try:
                blocks.prepare_once({name: float(each) for name, each in values.items()})
                return blocks.run(arrays, {1: (count,)})
            except NotFiniteFoundError:
                pass
        return self.slowly(arrays, values)

    def slowly(self, columns: Mapping[str, Array], values: Mapping[str, float]) -> dict[str, Array]:
        """Return the figures as `block` does, formula by formula, which says what goes wrong.

        columns: of what varies, of shape (count,) or (years, count). Raises CalcError.
        """
        last = {name: each.T if each.ndim == 2 else each[:, None] for name, each in columns.items()}
        slow = self.arrays(last, values)
        return {name: each[..., 0] if each.shape[-1] == 1 else each.T for name, each in slow.items()}

    def _draws(self, seed: int | None) -> Draws:
        """Return the draws of the scenario; they keep the last block, for further values of what is not drawn."""
        from calc.study.draws import draws_of

        if ("draws", seed) not in self._compiled:
            self._compiled["draws", seed] = draws_of(self.scenario, seed)
        found: Draws = self._compiled["draws", seed]
        return found

    def draw(self, draws: Draws, name: str, start: int, count: int) -> Array:
        """Return samples of an uncertain input, or of the growth of one, shape (count,) or (years, count)."""
        case = self.case
        if name in case.values:
            return draws.value(case.streams.get(name, name), case.values[name], self.scenario.years, start, count)
        owner = next(each for each in case.values if growth_of(each) == name)
        growth = case.values[owner].growth
        if growth is None:
            raise AssertionError(name)
        return draws.growth(case.streams.get(owner, owner), growth, start, count)

    # ------------------------------------------------------------ compilation

    def graph(self, inputs: Mapping[str, bool], further: Iterable[tuple[str, Expression]] = ()) -> Graph:
        """Return the graph of what varies with the inputs; True marks an input that varies from year to year too.

        further: expressions over the figures, each with a name for it.
        Raises UnsupportedError.
        """
        fixed = {name: each for name, each in self._leaves({}, set(inputs)).items() if name not in inputs}
        varying = set(inputs)
        formulas: list[tuple[str, Expression]] = []
        for name, expression in self._following(inputs):
            if varying.isdisjoint(names(expression)):
                fixed[name] = evaluate_formula(name, expression, fixed, {}, self.scenario.years)
            else:
                varying.add(name)
                formulas.append((name, expression))
        for name, formula in self._formulas():
            if varying.isdisjoint(formula.parameters):
                shown = Texts(formula.parameters, fixed, self.scenario.catalogue)
                fixed[name] = evaluate_formula(name, formula.expression, fixed, shown, self.scenario.years)
            else:
                varying.add(name)
                formulas.append((name, formula.expression))
        graph = build([*formulas, *further], fixed, inputs, self.scenario.years)
        for name in self.names:
            if name not in graph.roots:
                graph.roots[name] = graph.constant(fixed[name])
        return graph

    def _once(self, key: object, make: Callable[[], T]) -> T | None:
        """Return what is made once, or None where the graph cannot express the formulas."""
        if key not in self._compiled:
            try:
                self._compiled[key] = make()
            except UnsupportedError:
                self._compiled[key] = None
        found: T | None = self._compiled[key]
        return found

    def _blocks(self, drawn: Mapping[str, bool], values: Iterable[str], moving: Mapping[str, Array]) -> Blocks:
        from calc.engine.blocks import Blocks

        inputs = {**drawn, **dict.fromkeys(values, False), **{name: each.ndim == 2 for name, each in moving.items()}}
        return Blocks(self.graph(inputs), self.names, {name: int(name not in values) for name in inputs})

    def _grid(self, axes: Mapping[str, int], yearly: Collection[str], width: int) -> Grid:
        from calc.engine.grids import Grid

        inputs = {name: name in yearly for name in axes}
        graph = self._once(("graph", tuple(inputs.items())), lambda: self.graph(inputs))
        if graph is None:
            raise UnsupportedError
        return Grid(graph, self.names, axes, width)

    def _leaves(self, values: Mapping[str, float | Series], without: Iterable[str] = ()) -> dict[str, Figure]:
        """Return the figures of all that the plan computes nothing for: chosen ones, the case's, and what is given."""
        plan = self.plan
        figures: dict[str, Figure] = {name: NotIncluded((name,)) for name in plan.not_included}
        figures.update((name, NotIncluded(lacking)) for name, lacking in plan.left_out.items())
        figures.update((name, self.given[name]) for name in plan.totals if name not in without)
        for name in plan.leaves:
            if name in values:
                found = values[name]
                figures[name] = found if isinstance(found, Series) else float(found)
            elif name not in without:
                figures[name] = figure_of(self.case.values[name], self.scenario.years)
        return figures

    def _following(self, inputs: Mapping[str, bool]) -> Iterator[tuple[str, Expression]]:
        """Yield what leaves are, over what is given for them, for those that are more than that; rates come first.

        inputs: names that have a value beside the case's, and whether they have one in every year.
        """
        given = [(name, self.case.values[name]) for name in self.plan.leaves if name in self.case.values]
        for name, value in sorted(given, key=lambda each: each[1].converted is not None):
            written: Expression = Name(name)
            if value.growth is not None and inputs.get(name) is False:
                growth = growth_of(name)
                written = Call("grow", (written, Name(growth) if growth in inputs else Number(value.growth.point)))
            if value.converted or written != Name(name):
                yield name, conversion(written, value)

    def _formulas(self) -> Iterator[tuple[str, AnyFormula]]:
        for name in self.plan.order:
            formula = formula_of(self.scenario.catalogue, name, self.case.use)
            if formula is not None and name not in self.plan.left_out:
                yield name, formula

    # ------------------------------------------------------------ formula by formula

    def arrays(self, arrays: Mapping[str, Array], values: Mapping[str, float]) -> dict[str, Array]:
        """Return the figures on arrays with the years last, formula by formula.

        Raises CalcError that names the formula which leaves the finite numbers, and its inputs at their points.
        """
        figures: dict[str, Array] = {}
        found: dict[str, Any] = {**self._leaves(values, arrays), **arrays}
        points = self._points_for_messages(arrays, values)
        wide = {name: each.shape[-1] > 1 for name, each in arrays.items()} | dict.fromkeys(values, False)
        for name, expression in self._following(wide):
            found[name] = evaluate_samples(name, expression, found, {}, self.scenario.years)
        for name, formula in self._formulas():
            inputs = {each: found[each] for each in formula.parameters}
            shown = Texts(formula.parameters, points, self.scenario.catalogue) if points else {}
            found[name] = evaluate_samples(name, formula.expression, inputs, shown, self.scenario.years)
        for name in self.names:
            if not isinstance(found[name], NotIncluded):
                figures[name] = np.atleast_1d(np.asarray(as_array(found[name]), dtype=float))
        return figures

    def _points_for_messages(self, arrays: Mapping[str, Array], values: Mapping[str, float]) -> dict[str, Figure]:
        """Return all figures at the points of what varies, or nothing where there are none."""
        names = set(self.plan.leaves) - set(self.case.values)
        first = {name: float(each.flat[0]) for name, each in arrays.items() if name in names}
        try:
            return self._computed({**first, **values})
        except CalcError:
            return {}


def check_search(scenario: Scenario, kept: Evaluator, tried: Evaluator | None, values: Mapping[str, float]) -> None:
    """Refuse a search whose samples would not fit into memory.

    kept: the figures whose samples stay, as do those of all further searches of the scenario; tried: those drawn anew
    at each value tried, None where none are. values: some of the inputs sought.
    Raises CalcError.
    """
    searches = len(scenario.studies.cases("find"))
    arrays = max(1, searches) * arrays_of(kept.at(values).values(), scenario.years)
    if tried is not None:
        arrays += arrays_of(tried.at(values).values(), scenario.years)
    check_memory(scenario.samples, arrays)
