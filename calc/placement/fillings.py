"""All ways to fill a cabinet, or, where they are too many, the one that is worth most at given prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.arrays import np
from calc.placement.hall import SLACK, most, needs_of
from calc.placement.solver import Solver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.placement.hall import Filling, Hall, Kind, Server

# More fillings than this are not listed; those that matter are then found one by one.
MOST_FILLINGS = 200_000


def all_fillings(hall: Hall) -> list[tuple[int, Filling]] | None:
    """Return every filling of every kind of cabinets but the empty one, or None where they are too many."""
    found: list[tuple[int, Filling]] = []
    for at, kind in enumerate(hall.kinds):
        for filling in _of_kind(kind, hall.servers, MOST_FILLINGS - len(found)):
            found.append((at, filling))
            if len(found) > MOST_FILLINGS:
                return None
    return found


def _of_kind(kind: Kind, servers: Sequence[Server], limit: int) -> list[Filling]:
    """Return all fillings of one cabinet, the fullest of the first servers first; one more than `limit` at most."""
    needs = [needs_of(each) for each in servers]
    found: list[Filling] = []

    def add(at: int, before: tuple[int, ...], left: tuple[float, ...]) -> None:
        if at == len(needs):
            if any(before):
                found.append(before)
            return
        need, fleet = needs[at], servers[at].fleet
        top = min(most(cap, each) for cap, each in zip(left, need, strict=True))
        for count in range(int(min(top, top if fleet is None else fleet)), -1, -1):
            if len(found) > limit:
                return
            rest = tuple(cap - count * each for cap, each in zip(left, need, strict=True))
            add(
                at + 1,
                (*before, count),
                tuple(0.0 if abs(each) <= _tiny(cap) else each for each, cap in zip(rest, caps, strict=True)),
            )

    caps = kind.caps
    if kind.available:
        add(0, (), caps)
    return found


def _tiny(cap: float) -> float:
    return 0.0 if cap == float("inf") else SLACK * cap


def largest_of_each(hall: Hall) -> list[tuple[int, Filling]]:
    """Return fillings to begin with: all that fit of one kind of servers, and one alone, in each cabinet."""
    found: dict[tuple[int, Filling], None] = {}
    for at, kind in enumerate(hall.kinds):
        for position, server in enumerate(hall.servers):
            top = min(most(cap, need) for cap, need in zip(kind.caps, needs_of(server), strict=True))
            top = min(top, kind.available and (top if server.fleet is None else server.fleet))
            for count in {int(top), 1}:
                if 0 < count <= top:
                    found[at, tuple(count if each == position else 0 for each in range(len(hall.servers)))] = None
    return list(found)


class Pricing:
    """The filling of one kind of cabinets that is worth most, found exactly."""

    def __init__(self, kind: Kind, servers: Sequence[Server]) -> None:
        needs = np.array([needs_of(each) for each in servers], dtype=float).T
        caps = np.array(kind.caps, dtype=float)
        known = np.isfinite(caps)
        tops = [min(most(cap, need) for cap, need in zip(kind.caps, needs_of(each), strict=True)) for each in servers]
        upper = np.array(
            [top if each.fleet is None else min(top, each.fleet) for top, each in zip(tops, servers, strict=True)]
        )
        self.solver = Solver(needs[known], np.full(int(known.sum()), -np.inf), caps[known], upper)

    def best(self, worth: np.ndarray) -> tuple[Filling, float]:
        """Return the filling of the largest worth, per server, and that worth."""
        found = self.solver.minimise(-worth)
        counts = tuple(int(each) for each in found.x)
        return counts, float(worth @ found.x)
