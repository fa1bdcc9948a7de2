"""All ways to fill a cabinet, or, where they are too many, the one that is worth most at given prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.arrays import np
from calc.placement.hall import SLACK, most, needs_of
from calc.placement.solver import Solver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.arrays import Array, Truths
    from calc.placement.hall import Hall, Kind, Server

# More ways to fill a cabinet than this are not listed; those that matter are then found one by one.
MOST_FILLINGS = 200_000
# Of more full ones than this a program takes seconds, and is asked for those that matter too.
MOST_COLUMNS = 10_000


def all_fillings(hall: Hall, *, full: bool) -> tuple[Array, Array] | None:
    """Return every filling but the empty one, as positions of kinds (n) and numbers of servers (n, servers).

    full: only those to which no server can be added; the others are these with servers left out. None where they are
    too many.
    """
    of_kinds = []
    for at, kind in enumerate(hall.kinds):
        found = _of_kind(kind, hall.servers, full=full)
        if found is None:
            return None
        of_kinds.append((np.full(len(found), at), found))
    kinds, counts = np.concatenate([at for at, _ in of_kinds]), np.concatenate([each for _, each in of_kinds])
    return None if len(kinds) > (MOST_COLUMNS if full else MOST_FILLINGS) else (kinds, counts)


def _of_kind(kind: Kind, servers: Sequence[Server], *, full: bool) -> Array | None:
    """Return the fillings of one cabinet, the fullest of the first servers first; None where they are too many."""
    left, counts = np.array([kind.caps], dtype=float), np.zeros((1, 0))
    if not kind.available:
        return np.zeros((0, len(servers)))
    for at, server in enumerate(servers):
        tops = _tops(left, server)
        # Of the last kind of servers a full cabinet has as many as fit.
        ways = np.ones(len(tops), dtype=int) if full and at == len(servers) - 1 else tops.astype(int) + 1
        if ways.sum() > MOST_FILLINGS:
            return None
        before = np.repeat(np.arange(len(tops)), ways)
        fewer = np.arange(len(before)) - np.repeat(np.cumsum(ways) - ways, ways)
        number = tops[before] - fewer
        left, counts = _less(left[before], server, number, kind), np.column_stack([counts[before], number])
    keep = counts.any(axis=1)
    for at, server in enumerate(servers if full else ()):
        more = _tops(left, server) >= 1
        keep &= ~(more if server.fleet is None else more & (counts[:, at] < server.fleet))
    found: Array = counts[keep]
    return found


def _tops(left: Array, server: Server) -> Array:
    """Return how many servers fit into what is left of each cabinet, as `most` counts; at most its fleet."""
    need = np.array(needs_of(server), dtype=float)
    limits = (need > 0) & np.isfinite(left[0])
    ratios = left[:, limits] / need[limits]
    nearest = np.rint(ratios)
    whole = np.where(np.abs(ratios - nearest) <= SLACK * np.maximum(1.0, nearest), nearest, np.floor(ratios))
    found: Array = np.minimum(whole.min(axis=1), np.inf if server.fleet is None else server.fleet)
    return found


def _less(left: Array, server: Server, number: Array, kind: Kind) -> Array:
    """Return what is left after so many servers; what is so by rounding alone is nothing."""
    caps, need = np.array(kind.caps), np.array(needs_of(server), dtype=float)
    rest = left - number[:, None] * need
    none: Truths = np.abs(rest) <= np.where(np.isinf(caps), 0.0, SLACK * np.where(np.isinf(caps), 0.0, caps))
    found: Array = np.where(none, 0.0, rest)
    return found


def largest_of_each(hall: Hall) -> tuple[Array, Array]:
    """Return fillings to begin with: all that fit of one kind of servers, and one alone, in each cabinet."""
    found: dict[tuple[int, int, int], None] = {}
    for at, kind in enumerate(hall.kinds):
        for position, server in enumerate(hall.servers):
            top = min(most(cap, need) for cap, need in zip(kind.caps, needs_of(server), strict=True))
            top = min(top, kind.available and (top if server.fleet is None else server.fleet))
            for count in (int(top), 1):
                if 0 < count <= top:
                    found[at, position, count] = None
    counts = np.zeros((len(found), len(hall.servers)))
    for row, (_, position, count) in enumerate(found):
        counts[row, position] = count
    return np.array([at for at, _, _ in found], dtype=int), counts


class Pricing:
    """The filling of one kind of cabinets that is worth most, found exactly."""

    def __init__(self, kind: Kind, servers: Sequence[Server]) -> None:
        needs = np.array([needs_of(each) for each in servers], dtype=float).T
        caps = np.array(kind.caps, dtype=float)
        known = np.isfinite(caps)
        upper = np.array([float(_tops(caps[None, :], each)[0]) for each in servers])
        self.solver = Solver(needs[known], np.full(int(known.sum()), -np.inf), caps[known], upper)

    def best(self, worth: Array) -> tuple[Array, float]:
        """Return the filling of the largest worth, per server, and that worth."""
        found = self.solver.minimise(-worth).x
        return found, float(worth @ found)
