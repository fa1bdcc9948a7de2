"""A sweep done in pieces, by whoever is there to do it: what is kept of the whole, and the rows as they come."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from calc import __version__
from calc.errors import CalcError
from calc.longrun import duration, watched
from calc.longrun.checkpoint import opened
from calc.longrun.executor import executor_for, in_order
from calc.longrun.work import Work, fingerprint, parts_of
from calc.records import NamedTuple
from calc.study.answer import of_studies
from calc.study.sweep import Boxes, Run, SweepCase, cut, ends_of, front_of, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from calc.arrays import Array, Counts, Truths
    from calc.errors import Place
    from calc.longrun import Resources
    from calc.longrun.work import Packed
    from calc.scenario.case import ResolvedCase, Scenario
    from calc.scenario.study_sections import Sweep


# Points that are computed together, and how many pieces of work there are of several boxes, where no rows are wanted.
BOX = 1 << 16
MAX_PIECES = 4096
# Samples are drawn at every point; of such points a piece has fewer.
BOX_DRAWN = 1 << 6


class Piece(NamedTuple):
    """Boxes `first` to `end` of the sweep of a case, by its position."""

    case: int
    first: int
    end: int


class Done(NamedTuple):
    """What is made of a piece: its summary, and its rows in the form asked for, as arrays; none where none are."""

    summary: Summary
    rows: list[Any]


@dataclass(slots=True)
class CaseRun:
    """The sweep of one case, cut into boxes. columns: what it has, found at its first point."""

    run: Run
    boxes: Boxes
    columns: list[Column]
    has_conditions: bool
    ranking: Ranking

    @property
    def case(self) -> ResolvedCase:
        """Return the case."""
        return self.run.case


def case_runs(scenario: Scenario) -> list[CaseRun]:
    """Return the sweeps of all cases, ready to be run.

    Raises CalcError when a figure cannot rank the points.
    """
    sweep: Sweep | None = scenario.studies.request("sweep")
    if sweep is None:
        raise AssertionError("no sweep")
    shape = tuple(len(axis.values) for axis in sweep.axes)
    found = []
    for case in scenario.studies.cases("sweep"):
        run = Run(scenario, sweep, case)
        point = run.part(tuple((0, 1) for _ in shape))
        columns = list(columns_of(point))
        boxes = cut(shape, BOX_DRAWN if any(kind == "p10" for _, _, kind in columns) else BOX)
        found.append(CaseRun(run, boxes, columns, point.holds is not None, ranking_of(sweep, columns)))
    return found


def _no_rows(*_: Any) -> list[Any]:
    return []


def _arrays(_: CaseRun, part: SweepCase) -> list[Any]:
    return [*columns_of(part).values(), *([] if part.holds is None else [part.holds])]


@dataclass(frozen=True, slots=True)
class SweepWork(Work):
    """The points of a sweep; the options say what form their rows take: none, or the arrays as they are."""

    def task(self, scenario: Scenario) -> Callable[[Piece], Done]:
        """Return the function that sweeps a piece."""
        return self.made(case_runs(of_studies(scenario)))

    def made(self, runs: list[CaseRun]) -> Callable[[Piece], Done]:
        """Return the function that sweeps a piece, of sweeps that are ready to be run."""
        form = self.former()

        def sweep_piece(piece: Piece) -> Done:
            run, summary, rows = runs[piece.case], None, list[Any]()
            for number in range(piece.first, piece.end):
                part = run.run.part(run.boxes.box(number))
                one = summary_of(part, run.boxes.start(number))
                summary = merged(summary, one, run.ranking) if summary else one
                rows += form(run, part)
            if summary is None:
                raise AssertionError(piece)
            return Done(summary, rows)

        return sweep_piece

    def former(self) -> Callable[[CaseRun, SweepCase], list[Any]]:
        """Return the function that makes rows of a part, in the form asked for, as arrays."""
        return _no_rows if self.options[0] is None else _arrays

    def are_rows(self, run: CaseRun, rows: list[Any], points: int) -> bool:
        """Tell whether arrays may be the rows of so many points of a case."""
        if self.options[0] is None:
            return not rows
        kinds = ["f"] * len(run.columns) + ["b"] * run.has_conditions
        return [(each.dtype.kind, each.shape) for each in rows] == [(kind, (points,)) for kind in kinds]

    def is_done(self, run: CaseRun, done: Done, piece: Piece) -> bool:
        """Tell whether what somebody has kept for a piece is what a piece gives; its figures may yet be others."""
        columns, each = len(run.columns), done.summary
        first, kept = run.boxes.start(piece.first), len(each.positions)
        end = run.boxes.start(piece.end) if piece.end < run.boxes.total else run.run.points
        shapes = [("f", (columns,)), ("b", (columns,)), ("i", (kept,)), ("f", (kept, columns))]
        arrays = [each.first, each.varies, each.positions, each.rows]
        if each.holds is not None:
            shapes, arrays = [*shapes, ("b", (kept,))], [*arrays, each.holds]
        return (
            [(array.dtype.kind, array.shape) for array in arrays] == shapes
            and type(each.size) is int
            and each.size == end - first
            and run.has_conditions == (each.holds is not None)
            and (each.held is None if each.holds is None else type(each.held) is int and 0 <= each.held <= each.size)
            and bool(((each.positions >= first) & (each.positions < end)).all())
            and bool((np.diff(each.positions) > 0).all())
            and self.are_rows(run, done.rows, each.size)
        )

    def pack(self, result: Done) -> Packed:
        """Return a piece as what JSON can hold, and arrays."""
        each = result.summary
        arrays = [each.first, each.varies, each.positions, each.rows, *([] if each.holds is None else [each.holds])]
        return [each.size, each.held], [*arrays, *result.rows]

    def unpack(self, packed: Packed, *_: Any) -> Done:
        """Return the piece that was packed."""
        (size, held), (first, varies, positions, rows, *rest) = packed
        holds = None if held is None else rest.pop(0)
        return Done(Summary(size, held, first, varies, positions, rows, holds), rest)


class Swept(NamedTuple):
    """The sweep of a case, of which a summary is left."""

    run: CaseRun
    summary: Summary


def work_on(scenario: Scenario, kind: type[SweepWork], *options: Any) -> SweepWork:
    """Return the work of sweeping a scenario; options: the form of the rows, and what belongs to it."""
    return kind(scenario.origin, __version__, fingerprint(parts_of(scenario)), options)


def sweep_in_pieces(
    scenario: Scenario,
    work: SweepWork,
    runs: list[CaseRun],
    resources: Resources,
    take: Callable[[CaseRun, list[Any]], None],
) -> list[Swept]:
    """Sweep all cases piece by piece and return what is left of each.

    take: is given the rows of each piece, in their order. resources: its checkpoint is the path of a folder.
    Raises CalcError when pieces cannot be done or kept.
    """
    pieces = list(_pieces(runs, several=work.options[0] is None))
    found: dict[int, Summary] = {}
    manifest = {**parts_of(scenario), "command": "sweep", "rows": work.options[0] or "none", "points in a piece": BOX}
    with (
        opened(resources.checkpoint, manifest) as kept,
        executor_for(work, work.made(runs), resources, len(pieces)) as executor,
    ):
        known = in_order(executor, work, pieces, "sweep", kept, lambda done, of: work.is_done(runs[of.case], done, of))
        results = watched(known, len(pieces), "points")
        for piece, done in zip(pieces, results, strict=True):
            so_far = found.get(piece.case)
            ranking = runs[piece.case].ranking
            found[piece.case] = merged(so_far, done.summary, ranking) if so_far else done.summary
            take(runs[piece.case], done.rows)
    return [Swept(run, found[at]) for at, run in enumerate(runs)]


def _pieces(runs: list[CaseRun], *, several: bool) -> Iterator[Piece]:
    for at, run in enumerate(runs):
        count = run.boxes.total
        size = -(-count // MAX_PIECES) if several else 1
        for first in range(0, count, size):
            yield Piece(at, first, min(count, first + size))


def assembled(found: list[Swept], rows: dict[int, list[list[Any]]]) -> list[SweepCase]:
    """Return sweeps that are held whole, from the arrays of all pieces of each case, by its position."""
    cases = []
    for at, (run, summary) in enumerate(found):
        arrays = [np.concatenate(each) for each in zip(*rows[at], strict=True)]
        case = SweepCase(run.case, run.boxes.shape, {}, {})
        for (name, year, kind), array in zip(run.columns, arrays, strict=False):
            if len(case.axes) < len(case.shape):
                case.axes[name] = array
            else:
                {"values": case.columns, "p50": case.p50, "p10": case.p10, "p90": case.p90}[kind][name, year] = array
        case.holds = arrays[-1] if run.has_conditions else None
        ends = [int(summary.positions[each]) for each in summary.ends(run.ranking)]
        case.best, case.worst = ends or (None, None)
        case.front = summary.positions[summary.front(run.ranking)].tolist()
        cases.append(told(run.run, case))
    return cases


# From so many points on; fewer are done before anybody has read the estimate.
_FEW = 100_000
_PROBE = 8192
_TELL_SECONDS = 5.0
# Kept pieces are compressed to about this share of their rows.
_KEPT = 0.4


def size_up_pieces(
    runs: list[CaseRun], work: SweepWork, resources: Resources, folders: list[Path], place: Place
) -> None:
    """Say how large and how long a long sweep will be, and refuse one that does not fit on the disk.

    folders: where its rows are written.
    Raises CalcError.
    """
    points = sum(run.run.points for run in runs)
    if points < _FEW or any(kind == "p10" for run in runs for _, _, kind in run.columns):
        return
    run = runs[0]
    box = cut(run.boxes.shape, _PROBE).box(0)
    run.run.part(box)
    begun = perf_counter()
    part = run.run.part(box)
    summary_of(part, 0)
    size = sum(each.nbytes for each in work.former()(run, part)) / part.size * points
    seconds = (perf_counter() - begun) / part.size * points
    told = f"{points:,} points{f', about {_bytes(size)}' if size else ''}"
    kept = [(Path(resources.checkpoint), _KEPT * size)] if resources.checkpoint is not None else []
    for folder, needed in (*((each, size) for each in folders), *kept):
        if needed:
            there = next(each for each in (Path(folder), *Path(folder).absolute().parents) if each.is_dir())
            free = shutil.disk_usage(there).free
            if needed > free:
                message = f"{told}, do not fit into the {_bytes(free)} that are free at {there}"
                hint = "take larger steps, fewer figures with `--show`, or a table, which shows the best points only"
                raise CalcError("E-TOO-LARGE", message, place=place, hint=hint)
    if seconds > _TELL_SECONDS and sys.stderr is not None and sys.stderr.isatty():
        whose = (
            "of one processor's work"
            if resources.cluster
            else f"with {resources.workers} workers"
            if resources.workers > 1
            else ""
        )
        print(f"{told}, about {duration(seconds / resources.workers)} {whose}".rstrip(), file=sys.stderr)


def _bytes(size: float) -> str:
    for limit, factor, unit in ((1e9, 1e6, "MB"), (1e12, 1e9, "GB"), (1e15, 1e12, "TB")):
        if size < limit:
            return f"{max(1, size / factor):,.0f} {unit}"
    return f"{size / 1e15:,.0f} PB"


# So many points are kept from the beginning, and so many may be on the front.
HEAD = 60
MAX_FRONT = 1_000_000

Column = tuple[str, int | None, str]


def columns_of(found: SweepCase) -> dict[Column, Array]:
    """Return the arrays of a sweep by name, year and kind (`values`, `p50`, `p10` or `p90`), axes first."""
    columns: dict[Column, Array] = {(name, None, "values"): array for name, array in found.axes.items()}
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
    first: Array
    varies: Truths
    positions: Counts
    rows: Array
    holds: Truths | None

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
