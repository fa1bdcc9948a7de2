"""A plan held against what it was made for: what its limits are worth, how often they are broken, the models' checks.

To the models' formulas a cabinet has servers of one kind: several kinds in it are as many of their mean, and so are all
that stand in the hall, which leaves every sum what it is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from calc.arrays import np
from calc.engine.flat import qualified
from calc.engine.graph import Plan
from calc.errors import quote
from calc.expression import Number
from calc.placement.hall import RESOURCES, SLACK, most, needs_of, row_value
from calc.records import replace
from calc.scenario.place_section import PLACED
from calc.scenario.requested import model_checks
from calc.study.checks import held_checks
from calc.study.placing import problem_of
from calc.study.results import CaseAnswer, Limit
from calc.units.format import amount_text
from calc.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from calc.arrays import Array, Truths
    from calc.placement.hall import Filling, Kind
    from calc.placement.plan import Plan as CabinetPlan
    from calc.placement.plan import Wish
    from calc.scenario.case import ResolvedCase, Scenario
    from calc.scenario.conditions import Condition
    from calc.study.results import CheckResult, Placed

# How much more of a limit is tried.
MORE = 0.01


def price_limits(found: Placed) -> None:
    """Add every limit with what is used of it and what one per cent more of it adds, by planning again.

    Of what comes in whole things at least one more is tried.
    """
    plan, planner, hall = found.plan, found.planner, found.hall
    if plan is None:
        return
    numbers, used = plan.servers(hall), plan.used(hall)
    for at, row in enumerate(planner.rows):
        is_fleet = row.low == row.high
        if is_fleet:
            continue
        more = MORE * abs(row.high if math.isfinite(row.high) else row.low)
        is_count = row.name == "hall_racks"
        more = float(max(1, math.floor(more))) if is_count else more
        eased = row._replace(high=row.high + more) if math.isfinite(row.high) else row._replace(low=row.low - more)
        gain = plan.value - planner.value_with({at: eased}, {}, plan.value)
        limit = row.high if math.isfinite(row.high) else row.low
        found.limits.append(
            Limit(
                row.name,
                row.name,
                row_value(row, numbers, used),
                limit,
                more,
                _gain(gain, plan.value),
                is_wish=row.is_wish,
            )
        )
    for at, kind in enumerate(hall.kinds):
        more = max(1, math.floor(MORE * kind.available))
        gain = plan.value - planner.value_with({}, {at: kind.available + more}, plan.value)
        name = qualified("racks_available", kind.name)
        found.limits.append(Limit(name, "racks_available", used[at], kind.available, more, _gain(gain, plan.value)))


def _gain(gain: float, value: float) -> float:
    return gain if gain > SLACK * abs(value) else 0.0


def share_broken(scenario: Scenario, placements: list[Placed]) -> None:
    """Add to every plan in what share of the samples each limit is broken, "any" for at least one of them.

    A limit that no sample breaks is not named; nothing is added where nothing that the plan needs is uncertain. The
    plan stands as it was made, at the likely values.
    """
    for found, case in zip(placements, scenario.cases, strict=True):
        if not any(value.is_uncertain for each in (case, *case.parts) for value in each.values.values()):
            continue
        problem = problem_of(scenario, case)
        plan = found.plan
        if plan is None or not problem.evaluator.drawn(problem.variables):
            continue
        values = {str(name): found.values[name] for name in problem.variables}
        drawn = problem.evaluator.sample(values, scenario.samples, scenario.seed)
        broken = {**_broken_cabinets(found, plan, drawn), **_broken_hall(found, plan, drawn)}
        for condition in found.placing.conditions:
            broken[condition.text] = ~condition.held(drawn, scenario.years)
        together = np.zeros(scenario.samples, dtype=bool)
        for each in broken.values():
            together |= np.broadcast_to(each, together.shape)
        found.broken = {name: float(each.mean()) for name, each in broken.items() if each.any()}
        found.broken = {"any": float(together.mean()), **found.broken}


class _Drawn:
    """Numbers of the hall in samples, by name and part."""

    def __init__(self, drawn: Mapping[str, Array]) -> None:
        self.drawn = drawn

    def get(self, name: str, part: str = "", *, otherwise: float = 0.0) -> Array:
        """Return the samples of a number; of one that is not given, what stands for it."""
        each = self.drawn.get(qualified(name, part) if part else name)
        return np.array([otherwise]) if each is None else each[:, 0]

    def total(self, counts: Iterable[tuple[float, str]], *names: str) -> Array:
        """Return the sum over parts of how many there are times the product of numbers of each."""
        found = np.zeros(1)
        for count, part in counts:
            found = found + count * math.prod((self.get(name, part) for name in names), start=np.ones(1))
        return found


def _over(used: Array, limit: Array) -> Truths:
    """Return in which samples a limit is broken, with the slack of all conditions."""
    found: Truths = used > limit + SLACK * np.maximum(np.abs(used), np.where(np.isfinite(limit), np.abs(limit), 0.0))
    return found


def _broken_cabinets(found: Placed, plan: CabinetPlan, drawn: Mapping[str, Array]) -> dict[str, Truths]:
    """Return in which samples some cabinet is over a limit of its own, by limit and kind."""
    of, hall = _Drawn(drawn), found.hall
    broken: dict[str, Truths] = {}
    floor_load = of.get("floor_load_limit", otherwise=math.inf)
    for each in plan.cabinets:
        kind = hall.kinds[each.kind].name
        counts = [(count, server.name) for count, server in zip(each.filling, hall.servers, strict=True) if count]
        power, liquid = of.total(counts, "server_power"), of.total(counts, "server_power", "liquid_share")
        height = of.total(counts, "server_height")
        weight = of.total(counts, "server_weight") + of.get("rack_weight_fitted", kind)
        reserved = of.get("rack_power_reserved", kind)
        area = of.get("floor_area_per_rack", kind, otherwise=math.inf)
        for name, used, limit in (
            ("rack_power_usable", power + reserved, of.get("rack_power_usable", kind)),
            (
                "rack_height",
                height + of.get("rack_height_reserved", kind),
                of.get("rack_height", kind, otherwise=math.inf),
            ),
            ("rack_weight_limit", weight, of.get("rack_weight_limit", kind, otherwise=math.inf)),
            ("floor_load_limit", weight, floor_load * area),
            ("rack_air_cooling", power - liquid + reserved, of.get("rack_air_cooling", kind, otherwise=math.inf)),
            ("rack_liquid_cooling", liquid, of.get("rack_liquid_cooling", kind)),
        ):
            key = str(qualified(name, kind))
            over = _over(used, limit)
            broken[key] = over | broken[key] if key in broken else over
    return broken


def _broken_hall(found: Placed, plan: CabinetPlan, drawn: Mapping[str, Array]) -> dict[str, Truths]:
    """Return in which samples all cabinets together are over a limit of the hall."""
    of, hall = _Drawn(drawn), found.hall
    numbers = list(zip(plan.servers(hall), [each.name for each in hall.servers], strict=True))
    used = list(zip(plan.used(hall), [each.name for each in hall.kinds], strict=True))
    power = of.total(numbers, "server_power") + of.total(used, "rack_power_reserved") + of.get("network_power")
    liquid, pue = of.total(numbers, "server_power", "liquid_share"), of.get("pue")
    weight = of.total(numbers, "server_weight") + of.total(used, "rack_weight_fitted")
    area = of.total(used, "floor_area_per_rack")
    racks = np.array([float(sum(count for count, _ in used))])
    floor = of.get("hall_floor_area", otherwise=math.inf)
    sides = {
        "hall_it_power": power, "grid_power": power * pue, "generator_power": power * pue,
        "hall_air_cooling": power - liquid, "hall_liquid_cooling": liquid, "hall_racks": racks, "hall_floor_area": area,
    }  # fmt: skip
    broken = {name: _over(side, of.get(name, otherwise=math.inf)) for name, side in sides.items()}
    return {**broken, "floor_load_limit": _over(weight, of.get("floor_load_limit", otherwise=math.inf) * floor)}


# ---------------- the models' own checks


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
    checks = scenario.catalogue.once((*question, names), lambda: model_checks(about_it, names, placed.use))
    for result in held_checks(scenario, CaseAnswer(placed, Plan(), part), checks, {}):
        yield part, result._replace(meaning=f"{result.meaning}, {where}" if where else result.meaning)


# ---------------- wishes in words


def wish_text(found: Placed, wish: Wish) -> str:
    """Return a wish in words, with what can be had of it when it is given up, and what it runs into."""
    row, rows, kinds = wish.row, found.planner.rows, found.hall.kinds
    stops = [
        quote(rows[at].name if at < len(rows) else str(qualified("racks_available", kinds[at - len(rows)].name)))
        + (_full_by(found, wish, kinds[at - len(rows)]) if at >= len(rows) else "")
        for at in wish.rows
    ]
    why = f"; it runs into {' and '.join(stops)}" if stops else ""
    fleets = {each.name: each.fleet for each in found.hall.servers}
    if row.name in fleets:
        most = f"at most {wish.reached:,.0f} fit{why}"
        return f"some of the {fleets[row.name]:,} servers of part {quote(row.name)} ({most})"
    condition = next((each for each in found.placing.conditions if each.text == row.name), None)
    missed = row.low - wish.reached if row.high == math.inf else wish.reached - row.high
    if condition is None or missed <= 0:
        return f"{quote(row.name)} ({why[2:]})" if why else quote(row.name)
    unit = condition.left.unit
    had = f"it can be met but for {amount_text(missed, unit)}"
    right = condition.right.expression
    if isinstance(right, Number):
        asked = float(right.value)
        left = amount_text(asked - missed if row.high == math.inf else asked + missed, unit)
        whole = amount_text(asked, unit)
        number, _, words = left.partition(" ")
        # 104 of 150 servers
        short = number if words == whole.partition(" ")[2] else left
        had = f"{short} of {whole}" if row.high == math.inf else f"at least {left}"
    return f"{quote(row.name)} ({had}{why})"


def _full_by(found: Placed, wish: Wish, kind: Kind) -> str:
    """Return what in a cabinet of a kind stops another of the servers that a wish wants."""
    names: dict[str, None] = {}
    for each, server in zip(wish.row.servers, found.hall.servers, strict=True):
        counts = [most(cap, need) for cap, need in zip(kind.caps, needs_of(server), strict=True)]
        if each > 0 and math.isfinite(wish.row.low) and 1 <= min(counts) < math.inf:
            names.update((name, None) for name, n in zip(RESOURCES, counts, strict=True) if n == min(counts))
    return f" (a cabinet is full by {' and '.join(names)})" if names else ""
