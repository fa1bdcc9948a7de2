"""The figures of one case or part at the point values, in the order of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING

from calc.engine.evaluate import evaluate_formula
from calc.engine.explain import figure_text
from calc.engine.figures import NotIncluded, Series
from calc.engine.graph import formula_of
from calc.errors import CalcError
from calc.scenario.exchange import given_figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.catalogue import Catalogue
    from calc.engine.figures import Figure
    from calc.engine.graph import Plan
    from calc.scenario.resolve import Scenario
    from calc.study.results import CaseAnswer


def compute(scenario: Scenario, found: CaseAnswer, plan: Plan) -> None:
    """Add the figures that a plan names and that are not there yet.

    Raises CalcError when a formula leaves the finite numbers.
    """
    case, catalogue, years = found.case, scenario.catalogue, scenario.years
    figures = found.figures
    for name in plan.leaves:
        figures[name] = given_figure(name, case.values, years)
    for name in plan.not_included:
        figures[name] = NotIncluded((name,))
    figures.update({name: NotIncluded(lacking) for name, lacking in plan.left_out.items()})
    for name in plan.order:
        formula = formula_of(catalogue, name, case.use)
        if formula is None or name in figures:
            continue
        needs = formula.parameters
        shown = _Texts(needs, figures, catalogue)
        try:
            figures[name] = evaluate_formula(name, formula.expression, figures, shown, years)
            _refuse_unwritable(name, figures[name], catalogue)
        except CalcError as error:
            # A zero that was given is what a person has to look at.
            zeros = (case.values[each].place for each in needs if each in case.values and figures[each] == 0)
            error.place = error.place or next((place for place in zeros if place), None)
            raise


def _refuse_unwritable(name: str, figure: Figure, catalogue: Catalogue) -> None:
    """Refuse a figure that is a number in base units, but none in the unit that it is written in."""
    factor = catalogue[name].unit.factor
    if factor >= 1:
        return
    for each in figure.values if isinstance(figure, Series) else (figure,):
        if isinstance(each, float | int) and not isfinite(each * (1 / factor)):
            message = f"`{name}` overflows in `{catalogue[name].unit_text}`"
            raise CalcError("E-NOT-FINITE", message, hint="look for an input that is given in the wrong unit")


class _Texts(Mapping[str, str]):
    """The texts of figures by name, made only when an error shows them."""

    def __init__(self, names: tuple[str, ...], figures: dict[str, Figure], catalogue: Catalogue) -> None:
        self._names = names
        self._figures = figures
        self._catalogue = catalogue

    def __getitem__(self, name: str) -> str:
        return figure_text(self._figures[name], self._catalogue[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
