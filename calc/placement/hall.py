"""A hall as a planner sees it: kinds of cabinets and servers, what limits them together, all ways to fill a cabinet.

The solver is HiGHS, through `highspy`: linear programs in whole numbers, solved exactly and the same way every time.
`highspy` is the optional extra `hall`. Its release 1.16 prints a banner when a solver is made, which must not get into
an answer; gaps are set to 0, because by default the solver stops 0.01 % before the best; one thread makes it
repeatable.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.errors import CalcError
from calc.records import NamedTuple, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calc.arrays import Array, Truths

# More ways to fill a cabinet than this are not listed; those that matter are then found one by one.
MOST_FILLINGS = 200_000
# Of more full ones than this a program takes seconds, and is asked for those that matter too.
MOST_COLUMNS = 10_000
# After this time the best plan found so far is taken, with how far it may be from the best.
SECONDS = 20.0
# Rows are scaled to sides of 1, so this is how far beyond a limit a plan may be, relative to the limit.
TOLERANCE = 1e-9
# What is over a limit by so much of it is not over it: 0.1 + 0.2 is not more than 0.3.
SLACK = 1e-9
# How many servers of each kind stand in one cabinet, in the order of the hall's kinds of servers.
Filling = tuple[int, ...]


class Server(NamedTuple):
    """A kind of servers: what one of them takes; what is not known is 0 and meets no limit.

    fleet: how many have to be placed, None for any number. in_air, in_liquid: where its heat goes, in sum its power.
    """

    name: str
    power: float
    height: float = 0.0
    weight: float = 0.0
    in_air: float = 0.0
    in_liquid: float = 0.0
    fleet: int | None = None


class Kind(NamedTuple):
    """A kind of cabinets: what one of them has for servers; what is not known is infinite.

    rated: its power by design. usable: after derating; reserved: of that, what other devices take.
    own_weight: what an empty one weighs.
    """

    name: str
    available: int
    rated: float
    usable: float
    reserved: float = 0.0
    height: float = math.inf
    weight: float = math.inf
    air: float = math.inf
    liquid: float = math.inf
    own_weight: float = 0.0

    @property
    def power(self) -> float:
        """Return the power that servers may draw."""
        return max(0.0, self.usable - self.reserved)

    @property
    def caps(self) -> tuple[float, ...]:
        """Return what one cabinet has for servers: power, height, weight, cooling by air and by liquid."""
        return (self.power, self.height, self.weight, self.air, self.liquid)


# The names of what a cabinet has, in the order of `Kind.caps` and `needs_of`.
RESOURCES = ("power", "height", "weight", "air cooling", "liquid cooling")


class Row(NamedTuple):
    """What limits all servers and used cabinets together: low <= servers x numbers + kinds x cabinets used <= high.

    is_wish: it was wished for and may be given up, unlike what the hall cannot do.
    """

    name: str
    servers: tuple[float, ...]
    kinds: tuple[float, ...]
    low: float = -math.inf
    high: float = math.inf
    is_wish: bool = False


class Objective(NamedTuple):
    """What is minimised, per server and per used cabinet; one that is maximised has its signs turned.

    constant: what there is with nothing placed, its sign as it is; it decides nothing.
    """

    servers: tuple[float, ...]
    kinds: tuple[float, ...]
    constant: float = 0.0


@dataclass(frozen=True, slots=True)
class Hall:
    """Kinds of cabinets and of servers, each in the order of their names, and what limits them together.

    objective: None where only what is given is to be placed.
    """

    kinds: tuple[Kind, ...]
    servers: tuple[Server, ...]
    rows: tuple[Row, ...] = ()
    objective: Objective | None = None


def needs_of(server: Server) -> tuple[float, ...]:
    """Return what one server takes of what a cabinet has, in the order of `RESOURCES`."""
    return (server.power, server.height, server.weight, server.in_air, server.in_liquid)


def most(cap: float, need: float) -> float:
    """Return how many whole things of a need fit into what there is, as `ops.floor` snaps; infinite without a need."""
    if need <= 0:
        return math.inf
    if math.isinf(cap):
        return math.inf
    ratio = cap / need
    nearest = round(ratio)
    return float(nearest if abs(ratio - nearest) <= SLACK * max(1.0, nearest) else math.floor(ratio))


def is_within(used: float, cap: float) -> bool:
    """Tell whether what is used is within what there is, with the slack of all conditions."""
    return used <= cap + SLACK * max(abs(used), 0.0 if math.isinf(cap) else abs(cap))


def used_by(servers: tuple[Server, ...], filling: Filling) -> tuple[float, ...]:
    """Return what a filling takes of what a cabinet has, in the order of `RESOURCES`."""
    needs = [needs_of(each) for each in servers]
    return tuple(math.fsum(count * need[at] for count, need in zip(filling, needs, strict=True)) for at in range(5))


def fits(kind: Kind, servers: tuple[Server, ...], filling: Filling) -> bool:
    """Tell whether a filling is within all that a cabinet has."""
    return all(is_within(used, cap) for used, cap in zip(used_by(servers, filling), kind.caps, strict=True))


def row_value(row: Row, numbers: tuple[int, ...], used: tuple[int, ...]) -> float:
    """Return the left side of a row at numbers of servers and of used cabinets."""
    return math.fsum(
        [
            *(a * n for a, n in zip(row.servers, numbers, strict=True)),
            *(b * r for b, r in zip(row.kinds, used, strict=True)),
        ]
    )


# ---------------- all ways to fill a cabinet, or the one that is worth most at given prices


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


# ---------------- the solver


class Found(NamedTuple):
    """What a solver found: x is empty where nothing is feasible.

    bound: no x has a smaller value. prices: of the rows, for a program without whole numbers.
    """

    x: Array
    value: float
    bound: float
    prices: Array

    @property
    def is_feasible(self) -> bool:
        """Tell whether anything is feasible."""
        return bool(self.x.size)


class Solver:
    """Minimise cost @ x over whole x with 0 <= x <= upper and low <= matrix @ x <= high; rows may be added.

    whole: how many of the first columns are whole numbers; all of them, unless it is given.
    """

    def __init__(self, matrix: Array, low: Array, high: Array, upper: Array, whole: int | None = None) -> None:
        self._highs: Any = _silent()
        highspy = _highspy()
        self.scales = _scales(matrix, low, high)
        program = highspy.HighsLp()
        rows, columns = matrix.shape
        program.num_col_, program.num_row_ = columns, rows
        program.col_cost_ = np.zeros(columns)
        program.col_lower_, program.col_upper_ = np.zeros(columns), np.asarray(upper, dtype=float)
        program.row_lower_, program.row_upper_ = low * self.scales, high * self.scales
        scaled = matrix * self.scales[:, None]
        at_row, at_column = np.nonzero(scaled)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.searchsorted(at_row, np.arange(rows + 1)).astype(np.int32)
        program.a_matrix_.index_ = at_column.astype(np.int32)
        program.a_matrix_.value_ = scaled[at_row, at_column]
        self.whole = columns if whole is None else whole
        kinds = highspy.HighsVarType
        program.integrality_ = [kinds.kInteger] * self.whole + [kinds.kContinuous] * (columns - self.whole)
        self._highs.passModel(program)
        self.columns = columns

    def keep(self, cost: Array, value: float) -> None:
        """Add the row that cost @ x stays at most at a value that was reached."""
        scale = 1 / (abs(value) or float(np.abs(cost).max(initial=0.0)) or 1.0)
        at = np.flatnonzero(cost).astype(np.int32)
        high = value * scale
        self._highs.addRow(-np.inf, high + TOLERANCE * max(1.0, abs(high)), len(at), at, cost[at] * scale)

    def minimise(self, cost: Array, *, whole: bool = True, start: Array | None = None) -> Found:
        """Return the best x; with `whole` false x need not be whole, which gives a bound and the prices of the rows.

        start: an x that is feasible, to begin with.
        """
        highs, highspy = self._highs, _highspy()
        scale = 1 / (float(np.abs(cost).max(initial=0.0)) or 1.0)
        highs.changeColsCost(self.columns, np.arange(self.columns, dtype=np.int32), cost * scale)
        highs.setOptionValue("solve_relaxation", not whole)
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = list(start)
            highs.setSolution(solution)
        highs.run()
        status, information = highs.getModelStatus(), highs.getInfo()
        unknown = {highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kSolutionLimit}
        known = status == highspy.HighsModelStatus.kOptimal or (
            status in unknown and information.primal_solution_status == 2
        )
        if status in unknown and not known:
            hint = "fewer kinds of servers and cabinets, or fewer wishes, are planned sooner"
            raise CalcError("E-PLACE", f"no plan was found in {SECONDS:g} seconds", hint=hint)
        if not known:
            return Found(np.empty(0), np.inf, -np.inf, np.empty(0))
        solution = highs.getSolution()
        x = np.asarray(solution.col_value)
        if whole:
            x = np.concatenate([np.rint(x[: self.whole]) + 0.0, x[self.whole :]])
            bound = value = float(cost @ x)
            if status in unknown:
                bound = information.mip_dual_bound / scale
            return Found(x, value, min(bound, value), np.empty(0))
        value = float(cost @ x)
        prices = np.asarray(solution.row_dual)[: len(self.scales)] * self.scales / scale
        return Found(x, value, value, prices)


def _scales(matrix: Array, low: Array, high: Array) -> Array:
    """Return what to multiply each row with so that its sides are about 1, or its entries where a side is 0."""
    sides = np.maximum(np.where(np.isfinite(low), np.abs(low), 0), np.where(np.isfinite(high), np.abs(high), 0))
    entries = np.abs(matrix).max(axis=1, initial=0.0)
    size = np.where(sides > 0, sides, np.where(entries > 0, entries, 1.0))
    return 1 / size


def _highspy() -> Any:
    """Return the library.

    Raises CalcError where it is not installed.
    """
    try:
        import highspy
    except ImportError:
        hint = "install it with `pip install 'ai-infra-calc[hall]'`; one kind of cabinet needs no solver"
        raise CalcError("E-PLACE", "`place` needs the solver HiGHS, which is not installed", hint=hint) from None
    return highspy


def _silent() -> Any:
    """Return a solver that prints nothing, also while it is made."""
    library = _highspy()
    with _quiet():
        found = library.Highs()
    for name, value in {
        "output_flag": False, "threads": 1, "random_seed": 0, "mip_rel_gap": 0.0, "mip_abs_gap": 0.0,
        "primal_feasibility_tolerance": TOLERANCE, "mip_feasibility_tolerance": TOLERANCE, "time_limit": SECONDS,
    }.items():  # fmt: skip
        found.setOptionValue(name, value)
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Send what a library writes to the descriptor of standard output nowhere."""
    try:
        kept = os.dup(1)
    except OSError:  # there is no standard output to keep clean
        yield
        return
    if sys.stdout is not None:
        sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(nowhere)
        os.close(kept)
