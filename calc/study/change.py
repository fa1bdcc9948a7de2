"""What explains a difference: between two sides of a comparison, and between a plan and what a bill says was paid.

In all cases between two, each input, variant, formula and span of years that differs is taken from one of them.

Parts are names here (`servers in training`). Where a part gives an input itself on either side, every part does, so
that a change of one part is one change.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from calc.engine.figures import at_year
from calc.engine.flat import SHARED, flag_of, key_of, qualified
from calc.errors import CalcError
from calc.expression import written
from calc.records import NamedTuple, dataclass, replace
from calc.scenario.case import FIRST_YEAR
from calc.scenario.display import plan_of_values
from calc.scenario.years import figure_of, refuse_missing_years
from calc.study.evaluator import Evaluator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from calc.importers.focus import Charge
    from calc.scenario.case import ResolvedCase, Scenario
    from calc.value import Value

FORMULAS, YEARS, USE = "formulas", "years", "use: "
# 2^12 combinations are about as many as a reader waits for gladly.
MAX_SHAPLEY = 12
# What float arithmetic in another order may change, relative to the figure.
_REORDERED = 1e-9
# A share that rounding alone can make.
_NONE = 1e-12

Groups = list[tuple[str, ...]]


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


# ---------------- the steps from one figure to the other


@dataclass(frozen=True, slots=True)
class Step:
    """What some changes, usually one, do to a figure; after: the figure once they are made too.

    names: inputs, variants as `use: NAME`, `formulas` or `years`. change is `after` less the figure before.
    """

    names: tuple[str, ...]
    change: float
    after: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The way from one figure to another; method: shapley, sequential or together, where no change stands alone."""

    start: float
    end: float
    method: str
    steps: tuple[Step, ...]


def explain(
    first: Side, second: Side, name: str, years: Sequence[int | None], ends: Sequence[tuple[float, float]]
) -> list[Waterfall]:
    """Return the steps that lead from a figure of the first side to that of the second, a way for each of the years.

    years: None for a figure that is the same in all years. ends: the figure on both sides, for each of the years.
    """
    change = Change(first, second, name, years)
    for groups in change.groupings():
        try:
            start, end = change.figures(frozenset()), change.figures(frozenset(change.names))
            if not all(_same(pair, each) for pair, each in zip(zip(start, end, strict=True), ends, strict=True)):
                break
            is_short = len(groups) <= MAX_SHAPLEY
            shares = _shapley(change, groups) if is_short else _sequential(change, groups)
        except CalcError:
            continue
        method = "together" if len(groups) == 1 < len(change.names) else "shapley" if is_short else "sequential"
        return [_waterfall(groups, [each[at] for each in shares], ends[at], method) for at in range(len(years))]
    # What the sides differ in cannot be told apart: all of it is one step.
    whole = tuple(change.names)
    return [Waterfall(*pair, "together", (Step(whole, pair[1] - pair[0], pair[1]),) if whole else ()) for pair in ends]


def _same(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(a - b) <= _REORDERED * max(abs(a), abs(b)) for a, b in zip(one, other, strict=True))


def _waterfall(groups: Groups, shares: list[float], ends: tuple[float, float], method: str) -> Waterfall:
    start, end = ends
    slack = _NONE * max(abs(each) for each in (start, end, *shares))
    found = [(group, share) for group, share in zip(groups, shares, strict=True) if abs(share) > slack]
    if method == "shapley":
        found.sort(key=lambda each: -abs(each[1]))
    steps, before = [], start
    for at, (group, _) in enumerate(found):
        # The last step ends where the other figure is, so that no rounding is left over.
        after = end if at == len(found) - 1 else start + math.fsum(share for _, share in found[: at + 1])
        steps.append(Step(group, after - before, after))
        before = after
    return Waterfall(start, end, method, tuple(steps))


def _shapley(change: Change, groups: Groups) -> list[list[float]]:
    """Return the Shapley value of every group in every year."""
    count, shares = len(groups), []
    for at, group in enumerate(groups):
        others = [each for position, each in enumerate(groups) if position != at]
        terms: list[list[float]] = [[] for _ in change.years]
        for size in range(count):
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for chosen in combinations(others, size):
                before = frozenset(name for each in chosen for name in each)
                pairs = zip(change.figures(before), change.figures(before | set(group)), strict=True)
                for term, (one, other) in zip(terms, pairs, strict=True):
                    term.append(weight * (other - one))
        shares.append([math.fsum(term) for term in terms])
    return shares


def _sequential(change: Change, groups: Groups) -> list[list[float]]:
    """Return what each group does when they are changed in this order."""
    shares, changed = [], frozenset[str]()
    for group in groups:
        before, changed = change.figures(changed), changed | set(group)
        shares.append([other - one for one, other in zip(before, change.figures(changed), strict=True)])
    return shares


# ---------------- plan against actual

# Of the lines of a plan that came: volume is the change of all hours at the planned mean price, mix what their other
# shares do to that mean, price what each hour cost more or less. The rest has no planned hours: lines that did not
# come, charges that no line plans, commitments that nothing used, taxes and credits, and what is paid in another month
# than it is used. Together they are the difference.
# Source: price, volume and mix of sales variance analysis (Horngren, Datar and Rajan, Cost Accounting, chapter 14).

# So many services that the plan does not contain are named, the largest first.
NAMED = 5


class PlannedLine(NamedTuple):
    """One line of a plan in one month: its cost, and the price of one of its hours, None where it has none."""

    name: str
    cost: float
    price: float | None


class ActualStep(NamedTuple):
    """What one reason changes; before, after: what it was and became, in words, None where that says nothing.

    kind: volume, mix, price, together, absent, unplanned, unused, other or timing.
    """

    kind: str
    words: str
    change: float
    before: str | None = None
    after: str | None = None


class Month(NamedTuple):
    """A plan and a bill in one month: planned, paid or used, and the steps from one to the other."""

    month: str
    planned: float
    actual: float
    steps: tuple[ActualStep, ...]


class Counting(NamedTuple):
    """How a bill is read.

    line_of: the line that a charge belongs to, None for none. hours_of: hours of a charge as the plan counts them, None
    where nobody knows how many GPUs it had. money: an amount of a charge in the currency of the plan. thing: what an
    hour is of, for words. is_billed: the end is what was billed, not what was used.
    """

    line_of: Callable[[Charge], str | None]
    hours_of: Callable[[Charge], float | None]
    money: Callable[[Charge, float], float]
    thing: str
    is_billed: bool


def compare_month(month: str, lines: Sequence[PlannedLine], charges: Sequence[Charge], counting: Counting) -> Month:
    """Return what explains the difference between lines of a plan and the charges of one month."""
    used: dict[str, float] = defaultdict(float)
    hours: dict[str, float | None] = defaultdict(float)
    beside: dict[str, float] = defaultdict(float)
    unplanned: dict[str, float] = defaultdict(float)
    for each in charges:
        cost, line = counting.money(each, each.effective), counting.line_of(each)
        if each.is_unused:
            beside["unused"] += cost
        elif each.category in {"Tax", "Credit", "Adjustment"}:
            beside["other"] += cost
        elif line is None:
            unplanned[each.service] += cost
        else:
            used[line] += cost
            known, some = hours[line], counting.hours_of(each)
            hours[line] = None if known is None or some is None else known + some
    planned = math.fsum(each.cost for each in lines)
    steps = [*_lines(lines, used, hours, counting.thing), *_unplanned(unplanned)]
    words = {"unused": "commitments that nothing used", "other": "taxes, credits and adjustments"}
    steps += [ActualStep(kind, words[kind], beside[kind]) for kind in words if beside[kind]]
    billed = math.fsum(counting.money(each, each.billed) for each in charges)
    effective = math.fsum(counting.money(each, each.effective) for each in charges)
    if counting.is_billed and billed != effective:
        steps.append(ActualStep("timing", "paid in another month than used", billed - effective))
    return Month(
        month, planned, billed if counting.is_billed else effective, tuple(each for each in steps if each.change)
    )


def _lines(
    lines: Sequence[PlannedLine], used: Mapping[str, float], hours: Mapping[str, float | None], thing: str
) -> list[ActualStep]:
    came = [each for each in lines if each.name in used]
    steps = [ActualStep("absent", f"did not come: {each.name}", -each.cost) for each in lines if each.name not in used]
    apart = [each for each in came if each.price and each.cost and hours[each.name]]
    for each in came:
        if each not in apart:
            why = "its hours are not known" if each.price else "the plan has no price of an hour"
            steps.append(
                ActualStep("together", f"{each.name}: use and price together, {why}", used[each.name] - each.cost)
            )
    before = {each.name: each.cost / each.price for each in apart if each.price}
    after = {each.name: hours[each.name] or 0.0 for each in apart}
    if not apart:
        return steps
    first, last = math.fsum(before.values()), math.fsum(after.values())
    mean = math.fsum(each.cost for each in apart) / first
    at_planned = math.fsum(after[each.name] * (each.price or 0.0) for each in apart)
    spent = math.fsum(used[each.name] for each in apart)
    steps.append(
        ActualStep("volume", f"volume ({thing}-hours)", (last - first) * mean, f"{first:,.6g}", f"{last:,.6g}")
    )
    if len(apart) > 1:
        shares = [_shares(each, total) for each, total in ((before, first), (after, last))]
        steps.append(ActualStep("mix", "mix", at_planned - last * mean, *shares))
    prices = [f"{each:,.4g}" for each in (at_planned / last, spent / last)]
    steps.append(ActualStep("price", f"price of a {thing}-hour", spent - at_planned, *prices))
    return steps


def _shares(hours: Mapping[str, float], total: float) -> str:
    return ", ".join(f"{name} {each / total * 100:.3g} %" for name, each in hours.items())


def _unplanned(costs: Mapping[str, float]) -> list[ActualStep]:
    """Return the charges of no planned line by service, the largest first, those beyond the first few together."""
    ranked = sorted(costs.items(), key=lambda each: -abs(each[1]))
    steps = [ActualStep("unplanned", f"not in the plan: {name or 'no service'}", cost) for name, cost in ranked[:NAMED]]
    rest = math.fsum(cost for _, cost in ranked[NAMED:])
    more = len(ranked) - NAMED
    return steps if more <= 0 else [*steps, ActualStep("unplanned", f"not in the plan: {more} other services", rest)]
