"""HiGHS, through `highspy`: linear programs in whole numbers, solved exactly and the same way every time.

`highspy` is the optional extra `hall`. Its release 1.16 prints a banner when a solver is made, which must not get into
an answer; gaps are set to 0, because by default the solver stops 0.01 % before the best; one thread makes it
repeatable.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from calc.arrays import np
from calc.errors import CalcError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.arrays import Array

# After this time the best plan found so far is taken, with how far it may be from the best.
SECONDS = 20.0
# Rows are scaled to sides of 1, so this is how far beyond a limit a plan may be, relative to the limit.
TOLERANCE = 1e-9


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

    def set_row(self, at: int, low: float, high: float) -> None:
        """Give a row other sides."""
        self._highs.changeRowBounds(at, low * self.scales[at], high * self.scales[at])

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
