"""What explains a difference between two cases: a share of it for every changed input, adding up exactly.

The share of an input is its Shapley value: its effect, averaged over all orders in which the inputs can be changed one
after the other. With many changed inputs they are changed in one order, which is said. Either way the steps lead from
one figure to the other, so that nothing is left over.
Source: Shapley 1953 (Contributions to the Theory of Games II, 307).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from calc.engine.graph import make_plan
from calc.errors import CalcError
from calc.study.evaluator import Evaluator

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.scenario.resolve import ResolvedCase, Scenario
    from calc.value import Value

# 2^10 combinations take about as long as a reader waits gladly.
MAX_SHAPLEY = 10


@dataclass(frozen=True, slots=True)
class Side:
    """A case of a scenario, and what a reader calls it."""

    label: str
    scenario: Scenario
    case: ResolvedCase


@dataclass(frozen=True, slots=True)
class Step:
    """What changing some inputs, usually one, does to a figure; after: the figure once they are changed too.

    names: inputs, or variants as `use: NAME`. change is `after` less the figure before.
    """

    names: tuple[str, ...]
    change: float
    after: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The way from one figure to another; method: shapley or sequential. why_not: why there are no steps."""

    start: float
    end: float
    method: str
    steps: tuple[Step, ...]
    why_not: str = ""


def explain(first: Side, second: Side, name: str) -> Waterfall:
    """Return the steps that lead from a figure of the first side to that of the second."""
    change = _Change(first, second, name)
    start, end = change.figure(frozenset()), change.figure(frozenset(change.names))
    if first.scenario.years != second.scenario.years:
        return Waterfall(start, end, "", (), "the two look at different years")
    for groups in change.groupings():
        try:
            if len(groups) <= MAX_SHAPLEY:
                return _waterfall(groups, change.shapley(groups), start, end, "shapley")
            return _waterfall(groups, change.sequential(groups), start, end, "sequential")
        except CalcError:
            continue
    return Waterfall(start, end, "", (), "no single change can be made without the others")


def _waterfall(groups: list[tuple[str, ...]], shares: list[float], start: float, end: float, method: str) -> Waterfall:
    found = [(group, share) for group, share in zip(groups, shares, strict=True) if share != 0]
    if method == "shapley":
        found.sort(key=lambda each: -abs(each[1]))
    steps, before = [], start
    for at, (group, _) in enumerate(found):
        # The last step ends where the other figure is, so that no rounding is left over.
        after = end if at == len(found) - 1 else start + math.fsum(share for _, share in found[: at + 1])
        steps.append(Step(group, after - before, after))
        before = after
    return Waterfall(start, end, method, tuple(steps))


class _Change:
    """All cases between two: each changed input taken from one side or the other."""

    def __init__(self, first: Side, second: Side, name: str) -> None:
        self.first = first
        self.second = second
        self.name = name
        self.sides = (first.case, second.case)
        self.touched = set()
        for side in (first, second):
            plan = make_plan(side.scenario.catalogue, [name], set(side.case.values), side.case.use)
            self.touched |= {*plan.order, *plan.leaves, *plan.not_included, *plan.left_out}
        self.names = [*self._inputs(), *self._variants(), *self._formulas()]
        self.known: dict[frozenset[str], float] = {}

    def _inputs(self) -> list[str]:
        one, other = (case.values for case in self.sides)
        names = [name for name in dict.fromkeys([*one, *other]) if name in self.touched]
        return [name for name in names if _points(one.get(name)) != _points(other.get(name))]

    def _variants(self) -> list[str]:
        """Return the variants that differ, those of one choice together under its name."""
        one, other = (case.use for case in self.sides)
        differing = [name for name in dict.fromkeys([*one, *other]) if one.get(name) != other.get(name)]
        choices = self.first.scenario.catalogue.choices
        bound = {each: name for name, choice in choices.items() for each in choice.binds}
        return list(dict.fromkeys(f"use: {bound.get(name, name)}" for name in differing))

    def _formulas(self) -> list[str]:
        one, other = (side.scenario.catalogue for side in (self.first, self.second))
        own = {
            name
            for catalogue in (one, other)
            for name, each in catalogue.quantities.items()
            if each.model == "scenario"
        }
        written = [
            {name: getattr(formula, "written", "") for name in own & set(catalogue.quantities)
             for formula in catalogue[name].formulas.values()}
            for catalogue in (one, other)
        ]  # fmt: skip
        return ["formulas"] if written[0] != written[1] else []

    def groupings(self) -> Iterable[list[tuple[str, ...]]]:
        """Yield ways to group the changes, finest first: inputs that only one side gives may not stand alone."""
        yield [(name,) for name in self.names]
        one, other = (case.values for case in self.sides)
        lone = [name for name in self.names if name not in one or name not in other]
        rest = [(name,) for name in self.names if name not in lone]
        if lone and rest:
            yield [tuple(lone), *rest]
        yield [tuple(self.names)]

    def figure(self, changed: frozenset[str]) -> float:
        """Return the figure with these changes made.

        Raises CalcError where it cannot be computed so, or has no value.
        """
        if changed not in self.known:
            case, scenario = self._case(changed)
            found = Evaluator(scenario, case, [self.name]).at({})[self.name]
            if not isinstance(found, float | int):
                raise CalcError("E-MISSING", f"`{self.name}` has no value with some of the changes")
            self.known[changed] = float(found)
        return self.known[changed]

    def _case(self, changed: frozenset[str]) -> tuple[ResolvedCase, Scenario]:
        one, other = self.sides
        values = dict(one.values)
        for name in changed:
            if name in other.values:
                values[name] = other.values[name]
            else:
                values.pop(name, None)
        scenario = self.second.scenario if "formulas" in changed else self.first.scenario
        choices = scenario.catalogue.choices
        use = dict(one.use)
        for name in changed:
            if name.startswith("use: "):
                chosen = name.removeprefix("use: ")
                for each in {chosen, *(choices[chosen].binds if chosen in choices else ())}:
                    use.pop(each, None)
                    use.update({each: other.use[each]} if each in other.use else {})
        plan = make_plan(scenario.catalogue, [self.name], set(values), use)
        if plan.missing:
            raise CalcError("E-MISSING", f"{', '.join(plan.missing)} is missing with some of the changes")
        return replace(one, values=values, use=use), scenario

    def shapley(self, groups: list[tuple[str, ...]]) -> list[float]:
        """Return the Shapley value of every group."""
        count = len(groups)
        shares = []
        for at, group in enumerate(groups):
            others = [each for position, each in enumerate(groups) if position != at]
            terms = []
            for size in range(count):
                weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
                for chosen in combinations(others, size):
                    before = frozenset(name for each in chosen for name in each)
                    terms.append(weight * (self.figure(before | set(group)) - self.figure(before)))
            shares.append(math.fsum(terms))
        return shares

    def sequential(self, groups: list[tuple[str, ...]]) -> list[float]:
        """Return what each group does when they are changed in this order."""
        shares, changed = [], frozenset[str]()
        for group in groups:
            before, changed = self.figure(changed), changed | set(group)
            shares.append(self.figure(changed) - before)
        return shares


def _points(value: Value | None) -> tuple[object, ...] | None:
    if value is None:
        return None
    growth = value.growth.point if value.growth else None
    return (value.point, growth, tuple((year, each.point) for year, each in value.by_year))
