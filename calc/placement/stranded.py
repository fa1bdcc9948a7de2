"""Where the rated power of all cabinets goes: to servers, or stranded, each watt once and by what strands it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from calc.placement.hall import RESOURCES, SLACK, is_within, needs_of, used_by

if TYPE_CHECKING:
    from calc.placement.hall import Filling, Hall, Kind
    from calc.placement.plan import Plan

DRAWN, RESERVED, DERATING, WHOLE, FREE, EMPTY = (
    "drawn", "reserved", "derating", "whole servers", "free", "empty cabinets"
)  # fmt: skip
# In this order they add up to the rated power of all cabinets.
CAUSES = (DRAWN, RESERVED, DERATING, WHOLE, "height", "weight", "cooling", FREE, EMPTY)


def by_cause(hall: Hall, plan: Plan) -> dict[str, float]:
    """Return power by cause; in sum the rated power of all cabinets.

    derating: rated, and not to be used all the time, of used and empty cabinets. whole servers: the rest of a used
    cabinet that no kind of servers draws as little as. height, weight, cooling: what keeps out every kind that the
    rest could feed. free: another server fits, but the hall or a wish ends first. empty cabinets: what is left of the
    cabinets that no server stands in.
    """
    parts: dict[str, list[float]] = {cause: [] for cause in CAUSES}
    used = plan.used(hall)
    for at, kind in enumerate(hall.kinds):
        parts[DERATING].append(kind.available * (kind.rated - kind.usable))
        parts[EMPTY].append((kind.available - used[at]) * kind.usable)
    for each in plan.cabinets:
        kind = hall.kinds[each.kind]
        drawn = used_by(hall.servers, each.filling)[0]
        parts[DRAWN].append(each.number * drawn)
        parts[RESERVED].append(each.number * min(kind.reserved, kind.usable))
        parts[cause_of(hall, kind, each.filling)].append(each.number * (kind.power - drawn))
    return {cause: math.fsum(values) for cause, values in parts.items()}


def cause_of(hall: Hall, kind: Kind, filling: Filling) -> str:
    """Return what strands the rest of the power of a cabinet.

    Where kinds of servers are kept out by different things, the first of height, weight and cooling counts.
    """
    used = used_by(hall.servers, filling)
    lacks: set[str] = set()
    for server in hall.servers:
        need = needs_of(server)
        if not is_within(used[0] + need[0], kind.power):
            continue
        short = [
            name for name, a, b, cap in zip(RESOURCES, used, need, kind.caps, strict=True) if not is_within(a + b, cap)
        ]
        if not short:
            return FREE
        lacks.add(short[0].removeprefix("air ").removeprefix("liquid "))
    return next((cause for cause in ("height", "weight", "cooling") if cause in lacks), WHOLE)


def elevation(hall: Hall, filling: Filling) -> list[tuple[int, float, float]]:
    """Return from the bottom the servers of a cabinet, heaviest first: kind, and the rack units from and to.

    Of kinds whose height is not known both are the same.
    """
    order = sorted(range(len(filling)), key=lambda at: (-hall.servers[at].weight, -hall.servers[at].power, at))
    found, bottom = [], 0.0
    for at in order:
        for _ in range(filling[at]):
            found.append((at, bottom, bottom + hall.servers[at].height))
            bottom += hall.servers[at].height
    return found


def phase_imbalance(loads: list[float]) -> float | None:
    """Return the least that the load of one of three phases can be from their mean, over the mean.

    loads: each stands on one phase as a whole. None for none, and where they can stand in too many ways to look at.
    Source: NEMA MG 1, of currents.
    """
    total = math.fsum(loads)
    if total <= 0:
        return None
    mean, reached = total / 3, {(0.0, 0.0)}
    for load in sorted(loads, reverse=True):
        reached = {each for one, two in reached for each in ((one + load, two), (one, two + load), (one, two))}
        # Which phase is which does not matter for the first two, and equal sums are one.
        reached = {tuple(sorted((round(one, 9), round(two, 9)))) for one, two in reached}  # type: ignore[misc]  # two numbers
        if len(reached) > _MOST_WAYS:
            return None
    worst = min(max(abs(each - mean) for each in (one, two, total - one - two)) for one, two in reached)
    return worst / mean if worst > SLACK * mean else 0.0


_MOST_WAYS = 100_000
