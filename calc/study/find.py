"""The section `find`: goals, for the best of several inputs (`best`) or for one, by a scan and bisection.

The scan looks for every stretch in which the conditions hold, so that an answer that is not monotone is told as such.
The bisection then goes on to the last digits; what it meets is told: an exact solution, or a jump (a whole server more
fits). Conditions on uncertain figures have to hold in half of the samples, or in as many as a confidence asks for.
"""

from __future__ import annotations

import math
from time import process_time
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.figures import at_year
from calc.errors import CalcError, quote
from calc.longrun import each_told
from calc.scenario.axis import ROUND, spaced
from calc.scenario.case import BASE
from calc.scenario.conditions import base_name
from calc.scenario.fact_values import Doubt, doubt
from calc.scenario.sections import SENSES
from calc.scenario.studies import Study, laid_over, read_goal, refuse_twice
from calc.scenario.study_sections import Best, Goal, read_find
from calc.scenario.yaml_reader import Mapping
from calc.study.best import Found, run_best
from calc.study.checks import applicable, broken_checks, by_confidence, rests_on_samples, share_held
from calc.study.draws import as_chosen
from calc.study.evaluator import Evaluator, check_search
from calc.text import and_list, or_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calc.errors import Place
    from calc.scenario.axis import Axis, Range
    from calc.scenario.case import Context, ResolvedCase, Scenario
    from calc.scenario.conditions import Condition
    from calc.scenario.studies import StudyCases
    from calc.scenario.yaml_reader import Node, Scalar
    from calc.study.thresholds import Spread


_SCAN = 257
_SCAN_SAMPLED = 33
_WIDTH = 1e-13
# How often a stretch between two of the values is halved, about.
_HALVINGS = 40
_JUMP = 1e-6


class _Search:
    """A goal in one case."""

    def __init__(self, scenario: Scenario, goal: Goal, case: ResolvedCase) -> None:
        self.scenario = scenario
        self.goal = goal
        self.case = case
        self.name = goal.range.name
        self.evaluator = Evaluator(scenario, case, case.asked, [self.name])
        self.conditions = applicable(scenario, case, goal.conditions)
        names = list(dict.fromkeys(name for each in self.conditions for name in each.names))
        self.tester = Evaluator(scenario, case, names, [self.name])
        self.uncertain = bool(self.evaluator.drawn([self.name]))
        self.sure = [each for each in self.conditions if rests_on_samples(each, self.tester)]
        self.plain = [each for each in self.conditions if each not in self.sure]
        self.groups = by_confidence(self.sure)
        # A scan upwards for the smallest value, downwards for the largest.
        self.upwards = goal.end == "smallest"

    def run(self) -> Found:
        if self.uncertain:
            low = {self.name: self.goal.range.low}
            check_search(self.scenario, self.evaluator, self.tester if self.sure else None, low)
        values = self._scan_values()
        found = self._search(values)
        if self.uncertain:
            found.spread = self._spread(found, values)
        if self.name not in self.tester.plan.leaves:
            found.idle = [self.name]
            given = self.case.values
            found.movers = [
                each for each in given if each in self.tester.plan.leaves and given[each].place and not given[each].fact
            ]
        return found

    def _search(self, values: list[float]) -> Found:
        truth = self._truth(values)
        stretches = stretches_of(values, truth)
        order = range(len(values)) if self.upwards else range(len(values) - 1, -1, -1)
        first = next((at for at in order if truth[at]), None)
        if first is None:
            return self._missed(values)
        edge = order[0]
        if first == edge:
            found = self._found(values[first], "bound")
        else:
            fails = values[first - 1] if self.upwards else values[first + 1]
            good, bad, how = self._bisected(values[first], fails)
            found = self._found(good, how)
            self._explain(found, good, bad)
        other_end = len(values) - 1 if self.upwards else 0
        if len(stretches) > 1 or not truth[other_end]:
            found.stretches = stretches
        return found

    def _scan_values(self) -> list[float]:
        span = self.goal.range
        if span.choices:
            return list(span.choices)
        count = _SCAN_SAMPLED if self.sure else _SCAN
        low, high, step = span.low, span.high, span.unit_step
        values = spaced(low, high, count, is_log=low > 0 and high / low > 100)
        if step:
            whole = [round(each / step) * step for each in values]
            first, last = math.ceil(low / step - ROUND) * step, math.floor(high / step + ROUND) * step
            values = [each for each in dict.fromkeys([first, *whole, last]) if first <= each <= last]
        return sorted(set(values))

    def _truth(self, values: list[float]) -> list[bool]:
        found = np.ones(len(values), dtype=bool)
        if self.plain:
            wide = self.tester.grid_rows({self.name: np.asarray(values)}, (len(values),))
            for condition in self.plain:
                found &= condition.held(wide, self.scenario.years)
        result: list[bool] = found.tolist()
        if self.sure:
            result = [fine and each for fine, each in zip(result, self._sure_at(values), strict=True)]
        return result

    def _sure_at(self, values: list[float]) -> Iterator[bool]:
        """Yield whether conditions hold with their confidence at some values; where that is long it is told before."""
        from calc.longrun import tell_cost, watched

        begun = process_time()
        yield self._surely(values[0])
        seconds = (process_time() - begun) * (len(values) + _HALVINGS)
        tell_cost(f"{self.scenario.samples:,} samples at each of about {len(values) + _HALVINGS} values", seconds)
        yield from watched(map(self._surely, values[1:]), len(values) - 1, "values")

    def _is_fine(self, value: float) -> bool:
        if self.plain:
            figures = self.tester.at({self.name: value})
            if not all(each.holds(figures, self.scenario.years) for each in self.plain):
                return False
        return not self.sure or self._surely(value)

    def _surely(self, value: float) -> bool:
        return self._margin(value) >= 0

    def _margin(self, value: float) -> float:
        """Return by how much the share of samples in which conditions hold is above the confidence, where least."""
        drawn = self.tester.sample({self.name: value}, self.scenario.samples, self.scenario.seed)
        return min(share_held(group, drawn, self.scenario.years) - wanted for wanted, group in self.groups)

    def _bisected(self, good: float, bad: float) -> tuple[float, float, str]:
        """Return the last value that holds and the first that does not, and how far apart they can be told."""
        span = self.goal.range
        if span.choices:
            return good, bad, "step"
        if span.unit_step:
            top, bottom = round(good / span.unit_step), round(bad / span.unit_step)
            while abs(top - bottom) > 1:
                between = (top + bottom) // 2
                top, bottom = (between, bottom) if self._is_fine(between * span.unit_step) else (top, between)
            return top * span.unit_step, bottom * span.unit_step, "step"
        # Towards 0 there is always a smaller number; the width of the range says what is small.
        while abs(good - bad) > _WIDTH * max(abs(good), abs(bad), _WIDTH * (span.high - span.low)):
            middle = (good + bad) / 2
            if middle in {good, bad}:
                break
            good, bad = (middle, bad) if self._is_fine(middle) else (good, middle)
        return self._rounded(good), bad, "exact"

    def _rounded(self, value: float) -> float:
        """Return a value with few digits that holds too and differs by no more than the slack of checks."""
        factor, slack = self.scenario.catalogue[self.name].unit.factor, ROUND * abs(value)
        return self.goal.range.simplest(value, factor, lambda near: abs(near - value) <= slack and self._is_fine(near))

    def _explain(self, found: Found, good: float, bad: float) -> None:
        """Tell which condition decides, and whether a figure jumps there."""
        years = self.scenario.years
        at_good, at_bad = (self.tester.at({self.name: each}) for each in (good, bad))
        broken = [each for each in self.plain if not each.holds(at_bad, years)]
        if not broken:
            # What decides is the share of samples; a single figure need not change there.
            found.decides, found.how = (self.sure[0] if self.sure else None), "samples"
            return
        found.decides = broken[0]
        (left, right), (left_at_good, _) = (broken[0].sides(each, years) for each in (at_bad, at_good))
        year = next(at for at, margin in enumerate(broken[0].margins(left, right)) if margin < 0)
        sides = [at_year(each, year) for each in (left, left_at_good)]
        before, after = (float(each) if isinstance(each, float | int) else None for each in sides)
        found.before, found.after = before, after
        if found.how == "exact":
            wide = before is None or after is None or abs(after - before) > _JUMP * max(abs(after), abs(before))
            found.how = "jump" if wide else "exact"

    def _found(self, value: float, how: str) -> Found:
        values = {self.name: value}
        figures = self.evaluator.at(values)
        found = Found(self.case, reached=True, values=values, figures=figures, how=how)
        self._sample(found, values)
        checks = applicable(self.scenario, self.case, self.scenario.checks)
        found.failed = [each for each in checks if not self._passes(each, found)]
        found.failed += broken_checks(self.scenario, self.case, values)
        return found

    def _passes(self, check: Condition, found: Found) -> bool:
        """Tell whether a check holds at what was found, one on uncertain figures by the samples."""
        if not rests_on_samples(check, self.evaluator):
            return check.holds(found.figures, self.scenario.years)
        return share_held([check], found.samples, self.scenario.years) >= check.share

    def _sample(self, found: Found, values: dict[str, float]) -> None:
        if self.uncertain:
            found.samples = self.evaluator.sample(values, self.scenario.samples, self.scenario.seed)
            if self.conditions:
                found.probability = share_held(self.conditions, found.samples, self.scenario.years)

    def _spread(self, found: Found, values: list[float]) -> Spread | None:
        from calc.study.draws import draws_of
        from calc.study.thresholds import Thresholds, spread_of

        thresholds = Thresholds(self.tester, self.goal, [*self.plain, *self.sure])
        if not thresholds.drawn:
            return None
        order = values if self.upwards else values[::-1]
        few = order[:: max(1, len(order) // _SCAN_SAMPLED)]
        further = few if self.goal.range.choices or few[-1] == order[-1] else [*few, order[-1]]
        # Where the likely values hold from some value on up to the end, the ends say enough.
        plain = found.reached and not found.stretches and not self.goal.range.choices
        looks = [order[0], order[-1]] if plain else further
        draws = draws_of(self.scenario, self.scenario.seed)
        return spread_of(
            thresholds.values(draws, self.scenario.samples, looks, further), order[0], upwards=self.upwards
        )

    def _missed(self, values: list[float]) -> Found:
        """Return what the figures are at the end of the range that comes nearest."""
        ends = [values[0], values[-1]]
        nearest = max(ends, key=self._merit)
        chosen = {self.name: nearest}
        found = Found(self.case, reached=False, figures=self.evaluator.at(chosen), near=chosen)
        broken = [each for each in self.plain if not each.holds(found.figures, self.scenario.years)]
        found.decides = next(iter(broken or self.conditions))
        self._sample(found, chosen)
        return found

    def _merit(self, value: float) -> float:
        if self.sure:
            return self._margin(value)
        figures = self.tester.at({self.name: value})
        return -sum(each.breach(figures, self.scenario.years) for each in self.plain)


def stretches_of(values: list[float], truth: list[bool]) -> list[tuple[float, float]]:
    """Return the stretches of the scan in which the conditions hold, each by its first and last value."""
    found: list[tuple[float, float]] = []
    begun = None
    for value, fine in zip(values, truth, strict=True):
        if fine:
            begun = value if begun is None else begun
            last = value
        elif begun is not None:
            found.append((begun, last))
            begun = None
    return [*found, (begun, last)] if begun is not None else found


# ---------------- the section


class _FindStudy(Study[list[Goal | Best], list[tuple[Goal | Best, list[Found]]]]):
    """The section `find`."""

    missing_hint = 'add `--goal "smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 5"`'

    def section(
        self, given: dict[str, Any], entries: dict[str, tuple[Scalar, Node]], written: Node | None, place: Place
    ) -> Node | None:
        goals: dict[str, tuple[Scalar, Node]] = {}
        for text in given["goal"] or ():
            more = read_goal(text)
            refuse_twice("--goal", more, goals)
            goals |= more
        whole = goals or (dict(written.entries) if isinstance(written, Mapping) else {})
        if "confidence" in entries and not any(name in SENSES for name in whole):
            # Each goal for one input has a confidence of its own.
            sure = {"confidence": entries["confidence"]}
            each_sure = {name: (key, laid_over(each, sure, place)) for name, (key, each) in whole.items()}
            return Mapping({**each_sure, **{name: each for name, each in entries.items() if name not in sure}}, place)
        return laid_over(None, {**whole, **entries}, place) if whole else written

    def read(self, node: Node, context: Context) -> list[Goal | Best]:
        return read_find(node, context)

    def varied(self, request: list[Goal | Best]) -> Sequence[Axis | Range]:
        return [each for goal in request for each in goal.ranges]

    def chosen(self, request: list[Goal | Best]) -> list[str]:
        return [name for goal in request for name in goal.names]

    def refuse_place(self, request: list[Goal | Best]) -> None:
        hint = "sweep instead, which is placed anew at every point"
        raise CalcError("E-PLACE", "`find` and `place` cannot stand together", place=request[0].place, hint=hint)

    def ranked(
        self, request: list[Goal | Best], cases: list[list[ResolvedCase]]
    ) -> list[tuple[str, Place, list[ResolvedCase]]]:
        goals = zip(request, cases, strict=True)
        return [(goal.wanted.name, goal.place, each) for goal, each in goals if isinstance(goal, Best)]

    def cases(self, request: list[Goal | Best], cases: StudyCases) -> list[list[ResolvedCase]]:
        found = []
        for goal in request:
            needed = [name for each in goal.conditions for name in each.names]
            needed += [goal.wanted.name] if isinstance(goal, Best) else []
            found.append(cases.resolve(goal.ranges, cases.shown or [], [*needed, *cases.checked]))
        return found

    def run(self, scenario: Scenario) -> list[tuple[Goal | Best, list[Found]]]:
        asked = scenario.studies.asked["find"]
        found: list[tuple[Goal | Best, list[Found]]] = []
        for goal, cases in zip(asked.request, asked.groups, strict=True):
            drawn = as_chosen(scenario, cases)
            each = [
                _Search(drawn, goal, case).run() if isinstance(goal, Goal) else run_best(drawn, goal, case)
                for case in each_told(cases, "cases")
            ]
            found.append((goal, each))
        return found

    def missed(self, found: list[tuple[Goal | Best, list[Found]]]) -> list[CalcError]:
        errors = []
        for goal, cases in found:
            for each in cases:
                if not each.reached:
                    where = "" if each.case.name == BASE else f" in case {quote(each.case.name)}"
                    several = "ranges" if len(goal.names) > 1 else "range"
                    wanted = " and ".join(quote(one.text) for one in goal.conditions) or "a value"
                    message = f"no {and_list(goal.names)} within the {several} gives {wanted}{where}"
                    hint = f"widen the {several}, or ask for less"
                    if each.idle:
                        movers = f"; what does: {or_list(each.movers[:6])}" if each.movers else ""
                        hint = f"no value of {and_list(each.idle)} changes that{movers}"
                    errors.append(CalcError("E-GOAL-MISSED", message, place=goal.place, hint=hint))
        return errors

    def doubts(self, scenario: Scenario, found: list[tuple[Goal | Best, list[Found]]]) -> list[Doubt]:
        """Return where an answer lies far from all known figures; the range searched may, as wide as one likes."""
        doubtful: list[Doubt] = []
        for goal, cases in found:
            told = [
                doubt(scenario.catalogue[base_name(name)], [(value, None)])
                for each in cases
                for name, value in each.values.items()
            ]
            doubtful += [Doubt(f"found: {text}", goal.ranges[0].place) for text in dict.fromkeys(told) if text]
        return doubtful


STUDY = _FindStudy()
