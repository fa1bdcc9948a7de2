"""What the limits of a plan are worth, and how often they are broken where inputs are uncertain."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from calc.arrays import np
from calc.engine.flat import qualified
from calc.placement.hall import SLACK, row_value
from calc.study.placed import Limit
from calc.study.placing import problem_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calc.arrays import Array, Truths
    from calc.scenario.case import Scenario
    from calc.study.placed import Placed

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
        if found.plan is None or not problem.evaluator.drawn(problem.variables):
            continue
        values = {str(name): found.values[name] for name in problem.variables}
        drawn = problem.evaluator.sample(values, scenario.samples, scenario.seed)
        broken = {**_broken_cabinets(found, drawn), **_broken_hall(found, drawn)}
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


def _broken_cabinets(found: Placed, drawn: Mapping[str, Array]) -> dict[str, Truths]:
    """Return in which samples some cabinet is over a limit of its own, by limit and kind."""
    of, hall = _Drawn(drawn), found.hall
    broken: dict[str, Truths] = {}
    if found.plan is None:
        return broken
    floor_load = of.get("floor_load_limit", otherwise=math.inf)
    for each in found.plan.cabinets:
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


def _broken_hall(found: Placed, drawn: Mapping[str, Array]) -> dict[str, Truths]:
    """Return in which samples all cabinets together are over a limit of the hall."""
    of, hall = _Drawn(drawn), found.hall
    if found.plan is None:
        return {}
    numbers = list(zip(found.plan.servers(hall), [each.name for each in hall.servers], strict=True))
    used = list(zip(found.plan.used(hall), [each.name for each in hall.kinds], strict=True))
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
