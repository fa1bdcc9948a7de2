"""All cases between two: each input, variant, formula and span of years that differs, taken from one side or the other.

Parts are names here (`servers in training`). Where a part gives an input itself on either side, every part does, so
that a change of one part is one change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.figures import at_year
from calc.engine.flat import SHARED, flag_of, key_of, qualified
from calc.errors import CalcError
from calc.expression import written
from calc.records import dataclass, replace
from calc.scenario.case import FIRST_YEAR
from calc.scenario.display import plan_of_values
from calc.scenario.years import figure_of, refuse_missing_years
from calc.study.evaluator import Evaluator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from calc.scenario.case import ResolvedCase, Scenario
    from calc.value import Value

FORMULAS, YEARS, USE = "formulas", "years", "use: "


@dataclass(frozen=True, slots=True)
class Side:
    """A case of a scenario, its parts as names, and what a reader calls it."""

    label: str
    scenario: Scenario
    case: ResolvedCase


class Change:
    """Everything that differs between two sides of a figure.

    name: the figure. years: those to look at it in, None for a figure that is the same in all years.
    names: what differs, in the order of the first side: inputs, variants as `use: NAME`, `formulas` and `years`.
    """

    def __init__(self, first: Side, second: Side, name: str, years: Sequence[int | None]) -> None:
        self.name = name
        self.years = years
        self.scenarios = (first.scenario, second.scenario)
        own = {base for side in (first, second) for base in _own(side)}
        self.values = tuple(_explicit(side, own) for side in (first, second))
        self.use = tuple(
            {key: each for key, each in side.case.use.items() if each != SHARED} for side in (first, second)
        )
        self.case = first.case
        # What follows from the years changes with them.
        self._bound = {FIRST_YEAR, *(flag_of(year) for scenario in self.scenarios for year in scenario.years)}
        self.touched = self._touched(0) | self._touched(1)
        self.variants = self._variants()
        self.names = [*self._inputs(), *self.variants, *self._formulas(), *self._years()]
        one, other = self.values
        self.lone = [each for each in self._inputs() if each not in one or each not in other]
        self._evaluators: dict[frozenset[str], tuple[Evaluator, Scenario]] = {}
        self._known: dict[frozenset[str], tuple[float, ...]] = {}

    def _touched(self, at: int) -> set[str]:
        """Return all names that the figure needs on one side."""
        use = self._use(at, self.values[at], self.use[at])
        plan = plan_of_values(self.scenarios[at].catalogue, [self.name], self.values[at], use)
        return {*plan.order, *plan.leaves, *plan.not_included, *plan.left_out}

    def _use(self, at: int, values: Mapping[str, Value], use: Mapping[str, str]) -> dict[str, str]:
        """Return the variants, with the values that all parts share handed on to each."""
        scenario, found = self.scenarios[at], dict(use)
        for name in values:
            if scenario.parts and name in scenario.catalogue and scenario.catalogue[name].formulas:
                for part in scenario.parts:
                    key = qualified(name, part)
                    if key not in values and key in scenario.catalogue:
                        found[key] = SHARED
        return found

    def _inputs(self) -> list[str]:
        one, other = self.values
        names = [name for name in dict.fromkeys([*one, *other]) if name in self.touched]
        differing = [name for name in names if _points(one.get(name)) != _points(other.get(name))]
        return [name for name in differing if name not in self._bound or not self._years()]

    def _variants(self) -> dict[str, list[str]]:
        """Return the variants that differ, those of one choice together under its name, with the names they are of."""
        one, other = self.use
        choices = self.scenarios[0].catalogue.choices
        bound = {each: name for name, choice in choices.items() for each in choice.binds}
        found: dict[tuple[str, str], list[str]] = {}
        for name in dict.fromkeys([*one, *other]):
            if one.get(name) != other.get(name):
                key = key_of(name)
                found.setdefault((bound.get(key.name, key.name), key.part), []).append(name)
        labels: dict[str, list[str]] = {}
        for (choice, part), names in found.items():
            alike = {name: names for (chosen, name), names in found.items() if chosen == choice}
            changes = {(one.get(name), other.get(name)) for names in alike.values() for name in names}
            everywhere = set(self.scenarios[0].parts) <= set(alike) and len(changes) == 1
            labels.setdefault(f"{USE}{qualified(choice, '' if everywhere else part)}", []).extend(names)
        return {label: names for label, names in labels.items() if not self.touched.isdisjoint(names)}

    def _formulas(self) -> list[str]:
        written = [_written(scenario, self.touched) for scenario in self.scenarios]
        return [FORMULAS] if written[0] != written[1] else []

    def _years(self) -> list[str]:
        return [YEARS] if self.scenarios[0].years != self.scenarios[1].years else []

    def groupings(self) -> Iterable[list[tuple[str, ...]]]:
        """Yield ways to group the changes, finest first: what only one side gives may not stand alone."""
        together: set[str] = set()
        for more in ((), self.lone, [FORMULAS, YEARS], self.variants):
            together.update(more)
            group = tuple(name for name in self.names if name in together)
            rest = [(name,) for name in self.names if name not in group]
            yield [*([group] if group else []), *rest]
        yield [tuple(self.names)]

    def figures(self, changed: frozenset[str]) -> tuple[float, ...]:
        """Return the figure in each of the years with these changes made.

        Raises CalcError where it cannot be computed so, or has no value.
        """
        if changed not in self._known:
            one, other = self.values
            plain = {name for name in self.names if name in one and name in other and _alike(one[name], other[name])}
            evaluator, scenario = self._evaluator(changed - plain, plain)
            values = {}
            for name in plain:
                if name in evaluator.plan.leaves:
                    value = other[name] if name in changed else one[name]
                    refuse_missing_years(name, value, scenario.years)
                    values[name] = figure_of(value, scenario.years)
            found = evaluator.at(values)[self.name]  # type: ignore[arg-type]  # given values are numbers
            dated = scenario.years
            singles = [at_year(found, 0 if year is None or not dated else dated.index(year)) for year in self.years]
            if not all(isinstance(each, float | int) for each in singles):
                raise CalcError("E-MISSING", f"`{self.name}` has no value with some of the changes")
            self._known[changed] = tuple(float(each) for each in singles)  # type: ignore[arg-type]  # as just asked
        return self._known[changed]

    def _evaluator(self, changed: frozenset[str], plain: set[str]) -> tuple[Evaluator, Scenario]:
        if changed not in self._evaluators:
            case, scenario = self._case(changed)
            evaluator = Evaluator(scenario, case, [self.name], [name for name in self.names if name in plain])
            for name in set(evaluator.plan.leaves) - plain:
                refuse_missing_years(name, case.values[name], scenario.years)
            self._evaluators[changed] = evaluator, scenario
        return self._evaluators[changed]

    def _case(self, changed: frozenset[str]) -> tuple[ResolvedCase, Scenario]:
        one, other = self.values
        values = dict(one)
        for name in (*changed, *(self._bound if YEARS in changed else ())):
            if name in other:
                values[name] = other[name]
            else:
                values.pop(name, None)
        at = int(FORMULAS in changed)
        use = dict(self.use[0])
        for label, names in self.variants.items():
            for name in names if label in changed else ():
                use.pop(name, None)
                use.update({name: self.use[1][name]} if name in self.use[1] else {})
        scenario = replace(self.scenarios[at], years=self.scenarios[int(YEARS in changed)].years)
        use = self._use(at, values, use)
        plan = plan_of_values(scenario.catalogue, [self.name], values, use)
        if plan.missing:
            raise CalcError("E-MISSING", f"{', '.join(plan.missing)} is missing with some of the changes")
        return replace(self.case, values=values, use=use), scenario


def _own(side: Side) -> set[str]:
    """Return the inputs that some part gives itself."""
    return {key.name for key in map(key_of, side.case.values) if key.part}


def _explicit(side: Side, own: set[str]) -> dict[str, Value]:
    """Return the values of a side, with those of the inputs that parts give for every part."""
    values = dict(side.case.values)
    for base in sorted(own):
        for part in side.scenario.parts:
            if base in side.case.values:
                value = side.case.values[base]
                rate = qualified(value.converted, part) if value.converted in own else value.converted
                values.setdefault(qualified(base, part), replace(value, converted=rate))
    return values


def _written(scenario: Scenario, names: set[str]) -> dict[str, object]:
    known = scenario.catalogue.quantities
    found = {
        name: {key: written(each.expression) for key, each in known[name].formulas.items()}
        for name in names
        if name in known
    }
    return {name: each for name, each in found.items() if each}


def _alike(one: Value, other: Value) -> bool:
    """Tell whether a figure of either value can stand for the other in one evaluation."""
    return not (one.converted or other.converted) and (one.growth is None) == (other.growth is None)


def _points(value: Value | None) -> tuple[object, ...] | None:
    if value is None:
        return None
    # What converts back to the amount that was written differs from it by rounding.
    digits = 14 if value.converted else 17
    points = (float(f"{each.point:.{digits}g}") for each in value.written)
    return *points, tuple(year for year, _ in value.by_year), value.growth is not None, value.converted
