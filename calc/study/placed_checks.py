"""The models' own checks of cabinets, servers and the hall, held against a plan by the models' own formulas.

To these formulas a cabinet has servers of one kind: several kinds in it are as many of their mean, and so are all that
stand in the hall, which leaves every sum what it is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from calc.engine.figures import NotIncluded
from calc.engine.flat import qualified
from calc.records import replace
from calc.scenario.place_section import PLACED
from calc.study.checks import check, testable_checks
from calc.study.points import compute, plan_of
from calc.study.results import CaseAnswer
from calc.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from calc.placement.hall import Filling
    from calc.scenario.case import ResolvedCase, Scenario
    from calc.scenario.conditions import Condition
    from calc.study.check_result import CheckResult
    from calc.study.placed import Placed


def check_placed(scenario: Scenario, cases: list[CaseAnswer], placements: list[Placed]) -> None:
    """Hold the plan of every case against the checks that its figures answer, at the likely values.

    What fails goes to its column. Of a check that several fillings answer the first that fails is told, or the first.
    """
    for whole, found in zip(cases, placements, strict=True):
        _check_plan(scenario, whole, found)


def _check_plan(scenario: Scenario, whole: CaseAnswer, found: Placed) -> None:
    told: dict[tuple[str, str], CheckResult] = {}
    for part, result in _results(scenario, whole.case, found):
        known = told.setdefault((part, result.condition.text), result)
        if known.passed and not result.passed:
            told[part, result.condition.text] = result
    columns = {"": whole, **{each.case.name: each for each in whole.parts}}
    for (part, _), result in told.items():
        found.checks.append((part, result))
        columns[part].checks += [] if result.passed else [result]


def _results(scenario: Scenario, case: ResolvedCase, found: Placed) -> Iterator[tuple[str, CheckResult]]:
    """Yield the part that a check is of, empty for the hall, with how it came out."""
    plan, hall, parts = found.plan, found.hall, {each.name: each for each in case.parts}
    if plan is None:
        return
    for each in plan.cabinets:
        kind, servers = hall.kinds[each.kind].name, [s for n, s in zip(each.filling, hall.servers, strict=True) if n]
        where = "in the cabinets of {} with {}".format(
            kind, ", ".join(f"{n:,} {s.name}" for n, s in zip(each.filling, hall.servers, strict=True) if n)
        )
        mean = {**_mean(found, each.filling), "servers_per_rack": float(sum(each.filling))}
        yield from _held(scenario, parts[kind], mean, where, (kind, any, "rack_"))
        drawn = math.fsum(n * s.power for n, s in zip(each.filling, hall.servers, strict=True))
        for server in servers:
            own = parts[server.name]
            # What the feeds that are left carry is shared as the servers draw it.
            both = replace(own, values={**parts[kind].values, **own.values}, use={**parts[kind].use, **own.use})
            yield from _held(
                scenario, both, {"servers_per_rack": drawn / server.power}, where, (server.name, all, "server_")
            )
    numbers, used = plan.servers(hall), plan.used(hall)
    if any(numbers):
        total = dict.fromkeys(("servers", "servers_placed", "servers_needed"), float(sum(numbers)))
        kinds = [each.name for each in hall.kinds]
        names = ("rack_power_reserved", "rack_weight_fitted", "floor_area_per_rack")
        total |= {"racks_needed": float(sum(used)), **_means(found, names, kinds, used)}
        yield from _held(scenario, case, {**_mean(found, numbers), **total}, "", ("", any, "hall_"))


def _mean(found: Placed, numbers: Filling) -> dict[str, float]:
    """Return the mean server of so many of each kind; its liquid share is that of all their heat."""
    hall = found.hall
    names, parts = ("server_power", "server_height", "server_weight"), [each.name for each in hall.servers]
    mean = _means(found, names, parts, numbers)
    power = math.fsum(n * each.power for n, each in zip(numbers, hall.servers, strict=True))
    liquid = math.fsum(n * each.in_liquid for n, each in zip(numbers, hall.servers, strict=True))
    return {**mean, "liquid_share": liquid / power}


def _means(found: Placed, names: Sequence[str], parts: Sequence[str], numbers: Sequence[int]) -> dict[str, float]:
    """Return the means of figures over so many of each part, as far as they are given; in base units."""
    result = {}
    for name in names:
        figures = [found.figures.get(qualified(name, part)) for part in parts]
        if any(n and isinstance(each, float | int) for n, each in zip(numbers, figures, strict=True)):
            terms = zip(numbers, figures, strict=True)
            result[name] = math.fsum(n * each for n, each in terms if isinstance(each, float | int)) / sum(numbers)
    return result


def _held(
    scenario: Scenario,
    case: ResolvedCase,
    given: dict[str, float],
    where: str,
    about: tuple[str, Callable[..., bool], str],
) -> Iterator[tuple[str, CheckResult]]:
    """Yield how checks come out with further values.

    about: the part that they are of, whether any or all of a check's names begin with a word, and that word.
    """
    part, how_many, word = about

    def is_about(condition: Condition) -> bool:
        return how_many(name.startswith(word) for name in condition.names)

    values = {
        name: Value(number, None, scenario.catalogue[name].unit, PLACED, "as placed") for name, number in given.items()
    }
    placed = replace(case, values={**case.values, **values}, totals={}, studied=[])
    names, question = frozenset(placed.values), ("placed", word, frozenset(placed.use.items()))
    about_it = replace(scenario, model_checks=[each for each in scenario.model_checks if is_about(each[0])])
    checks, known, absent = scenario.catalogue.once(
        (*question, names), lambda: testable_checks(about_it, names, placed.use, {})
    )
    points = CaseAnswer(placed, plan_of(scenario, placed, known, {}), part)
    compute(scenario, points, points.plan)
    points.figures.update((name, NotIncluded((name,))) for name in absent)
    for condition, meaning, required in checks:
        if not any(isinstance(points.figures[name], NotIncluded) for name in required):
            told = f"{meaning}, {where}" if where else meaning
            yield part, check(points, condition, scenario.years, told)
