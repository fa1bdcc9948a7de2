"""What is kept of a sweep that is too large to be held: the first points, the best, the worst, the Pareto front.

Summaries of parts of a sweep are merged into that of the whole; their size does not grow with the points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from calc.errors import CalcError
from calc.study.sweep import ends_of, front_of

if TYPE_CHECKING:
    from calc.scenario.sweep_section import Sweep
    from calc.study.sweep import SweepCase

# So many points are kept from the beginning, and so many may be on the front.
HEAD = 60
MAX_FRONT = 1_000_000

Column = tuple[str, int | None, str]


def columns_of(found: SweepCase) -> dict[Column, Any]:
    """Return the arrays of a sweep by name, year and kind (`values`, `p50`, `p10` or `p90`), axes first."""
    columns: dict[Column, Any] = {(name, None, "values"): array for name, array in found.axes.items()}
    for (name, year), array in found.columns.items():
        columns[name, year, "values"] = array
        for kind, ends in (("p50", found.p50), ("p10", found.p10), ("p90", found.p90)):
            if (name, year) in ends:
                columns[name, year, kind] = ends[name, year]
    return columns


class Ranking(NamedTuple):
    """What ranks points: the column of a figure, and those of two to trade off, each with its sign."""

    best: tuple[int, int] | None
    pareto: tuple[tuple[int, int], tuple[int, int]] | None


def ranking_of(sweep: Sweep, columns: list[Column]) -> Ranking:
    """Return what ranks the points of a sweep with these columns."""
    # The median, which follows the value, takes its place.
    ranks = [(name, at) for at, (name, year, kind) in enumerate(columns) if year is None and kind in {"values", "p50"}]
    at = dict(ranks)
    best = (at[sweep.best.name], sweep.best.sign) if sweep.best else None
    pareto = tuple((at[each.name], each.sign) for each in sweep.pareto)
    return Ranking(best, (pareto[0], pareto[1]) if pareto else None)


@dataclass(slots=True)
class Summary:
    """What is kept of a part of a sweep.

    size: its points. held: those that meet the conditions, None without any. first: the values at its first point.
    varies: which columns are not the same at all points. positions: of the points kept, among all points.
    rows: their values, of shape (points kept, columns). holds: which of them meet the conditions.
    """

    size: int
    held: int | None
    first: Any
    varies: Any
    positions: Any
    rows: Any
    holds: Any

    def ends(self, ranking: Ranking) -> list[int]:
        """Return where among the points kept the best and the worst stand, nothing where there are none."""
        if ranking.best is None:
            return []
        column, sign = ranking.best
        return ends_of(sign * self.rows[:, column], self.holds)

    def front(self, ranking: Ranking) -> list[int]:
        """Return where among the points kept those of the Pareto front stand, in its order."""
        if ranking.pareto is None:
            return []
        one, other = (sign * self.rows[:, column] for column, sign in ranking.pareto)
        return front_of(one, other, self.holds)


def summary_of(found: SweepCase, start: int) -> Summary:
    """Return what is kept of a part of a sweep whose first point has a position among all points."""
    import numpy as np

    arrays = list(columns_of(found).values())
    ranked = [each for each in (found.best, found.worst) if each is not None]
    head = range(max(0, min(found.size, HEAD - start)))
    kept = np.array(sorted({*head, *ranked, *found.front}), dtype=np.int64)
    first = np.array([each[0] for each in arrays])
    varies = np.array([not bool(((each == each[0]) | (np.isnan(each) & np.isnan(each[0]))).all()) for each in arrays])
    rows = np.column_stack([each[kept] for each in arrays])
    held = None if found.holds is None else int(np.count_nonzero(found.holds))
    holds = None if found.holds is None else found.holds[kept]
    return Summary(found.size, held, first, varies, kept + start, rows, holds)


def merged(one: Summary, other: Summary, ranking: Ranking) -> Summary:
    """Return the summary of two parts, the second of which stands behind the first.

    Raises CalcError when too many points are on the Pareto front.
    """
    import numpy as np

    same = (one.first == other.first) | (np.isnan(one.first) & np.isnan(other.first))
    both = Summary(
        one.size + other.size,
        None if one.held is None or other.held is None else one.held + other.held,
        one.first,
        one.varies | other.varies | ~same,
        np.concatenate([one.positions, other.positions]),
        np.concatenate([one.rows, other.rows]),
        None if one.holds is None else np.concatenate([one.holds, other.holds]),
    )
    front = both.front(ranking)
    if len(front) > MAX_FRONT:
        message = f"more than {MAX_FRONT:,} points are on the Pareto front"
        raise CalcError("E-TOO-LARGE", message, hint="take larger steps, or a condition that leaves fewer points")
    kept = np.union1d(np.flatnonzero(both.positions < HEAD), [*both.ends(ranking), *front]).astype(np.int64)
    both.positions, both.rows = both.positions[kept], both.rows[kept]
    both.holds = None if both.holds is None else both.holds[kept]
    return both
