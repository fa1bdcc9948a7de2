"""Every case of a scenario at its likely values: what is to be computed, in which order, and its figures."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING

from calc.engine.evaluate import evaluate_formula
from calc.engine.explain import figure_text
from calc.engine.figures import Figure, NotIncluded, NoValue, Series, Single, at_year
from calc.engine.graph import formula_of
from calc.errors import CalcError
from calc.records import replace
from calc.scenario.case import BASE
from calc.scenario.display import given_figure, plan_of_values
from calc.scenario.place_section import refuse_undecided
from calc.study.results import CaseAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.catalogue import Catalogue
    from calc.engine.graph import Plan
    from calc.scenario.resolve import ResolvedCase, Scenario


def at_points(scenario: Scenario) -> tuple[list[CaseAnswer], list[set[str]]]:
    """Return every case with its figures, and for each the names that it was asked for, with all that they need.

    Raises CalcError when a formula leaves the finite numbers.
    """
    cases = [_prepare(scenario, case) for case in scenario.cases]
    for found in cases:
        _compute_case(scenario, found)
    return cases, [found.plan.answered for found in cases]


def _prepare(scenario: Scenario, case: ResolvedCase) -> CaseAnswer:
    """Return a case and its parts with their plans: what the figures, promises and checks need."""
    alone = case.name == BASE
    found = CaseAnswer(case, plan_of(scenario, case, case.asked, case.totals), case.name)
    for part in case.parts:
        label = part.name if alone else f"{case.name}: {part.name}"
        found.parts.append(CaseAnswer(part, plan_of(scenario, part, part.asked, case.totals), label, case.name))
    if found.parts:
        found.label = "all parts" if alone else f"{case.name}: all parts"
    return found


def plan_of(scenario: Scenario, case: ResolvedCase, names: list[str], totals: dict[str, str]) -> Plan:
    """Return the plan for names of a case or a part."""
    plan = plan_of_values(scenario.catalogue, names, case.values, case.use, set(totals))
    # What only studies use is listed among the assumptions too.
    further = [name for name in case.studied if name not in plan.leaves]
    return replace(plan, leaves=[*plan.leaves, *further]) if further else plan


def _compute_case(scenario: Scenario, found: CaseAnswer) -> None:
    """Compute the parts as far as totals need them, the totals, the whole, and what in the parts follows from it."""
    totals = found.case.totals
    for part in found.parts:
        over = found.case.over
        own = [added for total, added in totals.items() if part.case.name in over.get(total, (part.case.name,))]
        compute(scenario, part, plan_of(scenario, part.case, own, {}))
    for total, added in totals.items():
        add_up(found, total, added)
        for part in found.parts:
            part.figures[total] = found.figures[total]
    for column in (found, *found.parts):
        compute(scenario, column, column.plan)


def compute(scenario: Scenario, found: CaseAnswer, plan: Plan) -> None:
    """Add the figures that a plan names and that are not there yet.

    Raises CalcError when a formula leaves the finite numbers.
    """
    case, catalogue, years = found.case, scenario.catalogue, scenario.years
    figures = found.figures
    if scenario.placing is not None:
        refuse_undecided(case.values, plan.leaves)
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


def add_up(found: CaseAnswer, total: str, added: str) -> None:
    """Add the sum of figure `added` over the parts to a case, at the point values.

    A part in which the figure is not included is left out of the sum; a remark says so.
    """
    over = found.parts_of(total)
    parts = [part for part in over if not isinstance(part.figures[added], NotIncluded)]
    if not parts:
        names = [name for part in over for name in _left_out(part.figures[added])]
        found.figures[total] = NotIncluded(tuple(dict.fromkeys(names)))
        return
    figures = {part.case.name: part.figures[added] for part in parts}
    years = max((len(each.values) for each in figures.values() if isinstance(each, Series)), default=0)
    if years:
        found.figures[total] = Series(tuple(_sum(total, added, figures, at) for at in range(years)))
    else:
        found.figures[total] = _sum(total, added, figures, 0)


def _left_out(figure: Figure) -> tuple[str, ...]:
    return figure.names if isinstance(figure, NotIncluded) else ()


def _sum(total: str, added: str, figures: dict[str, Figure], year: int) -> Single:
    result = 0.0
    # In an order that does not depend on that of the parts, which would change the last digits.
    for part in sorted(figures):
        single = at_year(figures[part], year)
        if isinstance(single, NoValue):
            return NoValue(f"part {part}: {single.reason}")
        if not isinstance(single, NotIncluded):
            result += single
    if not isfinite(result):
        raise CalcError("E-NOT-FINITE", f"`{total}` overflows", hint=f"it adds up `{added}` over the parts")
    return result
