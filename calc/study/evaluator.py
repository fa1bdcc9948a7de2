"""One case or part of a scenario as a function of chosen inputs: at single values, on grids, on samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.evaluate import evaluate_formula
from calc.engine.explain import figure_text
from calc.engine.figures import NotIncluded
from calc.engine.graph import formula_of, make_plan
from calc.scenario.years import figure_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calc.engine.figures import Figure
    from calc.scenario.resolved import ResolvedCase, Scenario


class Evaluator:
    """A case or part without parts of its own, compiled for many evaluations.

    names: the figures wanted. changing: names whose values vary between calls; they win over what the case gives, and
    over a formula. All values are in coherent base units; what is not listed stands at its point.
    Raises CalcError when a figure depends on itself; evaluation raises it when a formula leaves the finite numbers.
    """

    def __init__(
        self, scenario: Scenario, case: ResolvedCase, names: Iterable[str], changing: Iterable[str] = ()
    ) -> None:
        self.scenario = scenario
        self.case = case
        self.names = tuple(dict.fromkeys(names))
        self.changing = tuple(dict.fromkeys(changing))
        given = {*case.values, *self.changing}
        self.plan = make_plan(scenario.catalogue, self.names, given, case.use, set(case.totals))

    @property
    def uncertain(self) -> list[str]:
        """Return the names of the uncertain inputs that the figures need."""
        values = self.case.values
        return [name for name in self.plan.leaves if name in values and values[name].is_uncertain]

    def at(self, values: Mapping[str, float]) -> dict[str, Figure]:
        """Return the figures at single values of the changing inputs, on plain floats."""
        figures = self._points(values)
        return {name: figures[name] for name in self.names}

    def grid(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Return the figures on float64 arrays of the changing inputs that broadcast against each other.

        A figure has the shape of the inputs that it depends on, and all years of the scenario as a further last axis if
        it differs from year to year. NaN stands for no value; a figure that is not included is left out.
        """
        import numpy as np

        arrays = {name: np.asarray(each, dtype=float)[..., np.newaxis] for name, each in columns.items()}
        found = self._arrays(arrays, {name: float(each.flat[0]) for name, each in arrays.items()})
        return {name: each[..., 0] if each.shape[-1] == 1 else each for name, each in found.items()}

    def sample(self, values: Mapping[str, float] | None, samples: int, seed: int, start: int = 0) -> dict[str, Any]:
        """Return the figures on samples `start` to `start + samples` of the uncertain inputs, at values of the others.

        Arrays of shape (samples, 1), or (samples, years) for what differs from year to year. Whatever the number of
        samples asked for at a time, the same position has the same sample.
        """
        import numpy as np

        from calc.study.sampling import draw_value

        values = values or {}
        years = self.scenario.years
        drawn = {}
        for name in self.uncertain:
            if name not in values:
                stream = self.case.streams.get(name, name)
                drawn[name] = draw_value(stream, self.case.values[name], start + samples, seed, years)[start:]
        found = self._arrays(drawn, values)
        return {name: np.broadcast_to(each, (samples, each.shape[-1])) for name, each in found.items()}

    def _points(self, values: Mapping[str, float]) -> dict[str, Figure]:
        figures: dict[str, Figure] = {}
        for name in self.plan.leaves:
            figures[name] = values[name] if name in values else figure_of(self.case.values[name], self.scenario.years)
        figures.update({name: NotIncluded((name,)) for name in self.plan.not_included})
        figures.update({name: NotIncluded(lacking) for name, lacking in self.plan.left_out.items()})
        for name, formula, shown in self._formulas(figures):
            figures[name] = evaluate_formula(name, formula.expression, figures, shown, self.scenario.years)
        return figures

    def _formulas(self, figures: Mapping[str, Figure]) -> Any:
        catalogue = self.scenario.catalogue
        for name in self.plan.order:
            formula = formula_of(catalogue, name, self.case.use)
            if formula is not None and name not in self.plan.left_out:
                yield (
                    name,
                    formula,
                    {
                        each: figure_text(figures[each], catalogue[each])
                        for each in formula.parameters
                        if each in figures
                    },
                )

    def _arrays(self, arrays: Mapping[str, Any], values: Mapping[str, float]) -> dict[str, Any]:
        import numpy as np

        from calc.engine.sampled import as_array, evaluate_samples

        years = self.scenario.years
        found: dict[str, Any] = {}
        for name in self.plan.leaves:
            if name in arrays:
                found[name] = arrays[name]
            else:
                found[name] = values[name] if name in values else figure_of(self.case.values[name], self.scenario.years)
        found.update({name: NotIncluded((name,)) for name in self.plan.not_included})
        found.update({name: NotIncluded(lacking) for name, lacking in self.plan.left_out.items()})
        for name, formula, shown in self._formulas({}):
            inputs = {each: found[each] for each in formula.parameters}
            found[name] = evaluate_samples(name, formula.expression, inputs, shown, years)
        return {
            name: np.atleast_1d(np.asarray(as_array(found[name]), dtype=float))
            for name in self.names
            if not isinstance(found[name], NotIncluded)
        }
