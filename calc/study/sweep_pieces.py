"""A sweep done in pieces, by whoever is there to do it: what is kept of the whole, and the rows as they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from calc import __version__
from calc.longrun.checkpoint import opened
from calc.longrun.executor import crew_for, in_order
from calc.longrun.fingerprint import fingerprint, parts_of
from calc.longrun.progress import watched
from calc.longrun.work import Work
from calc.study.boxes import Boxes, cut
from calc.study.studies import of_studies
from calc.study.sweep import Run, SweepCase
from calc.study.sweep_summary import Column, Ranking, Summary, columns_of, merged, ranking_of, summary_of
from calc.study.sweep_told import told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from calc.longrun.codec import Packed
    from calc.longrun.resources import Means
    from calc.scenario.resolved import ResolvedCase, Scenario

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
    sweep = scenario.studies.sweep
    if sweep is None:
        raise AssertionError("no sweep")
    shape = tuple(len(axis.values) for axis in sweep.axes)
    found = []
    for case in scenario.studies.sweep_cases:
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
    scenario: Scenario, work: SweepWork, runs: list[CaseRun], means: Means, take: Callable[[CaseRun, list[Any]], None]
) -> list[Swept]:
    """Sweep all cases piece by piece and return what is left of each.

    take: is given the rows of each piece, in their order. means: its checkpoint is the path of a folder.
    Raises CalcError when pieces cannot be done or kept.
    """
    pieces = list(_pieces(runs, several=work.options[0] is None))
    found: dict[int, Summary] = {}
    manifest = {**parts_of(scenario), "command": "sweep", "rows": work.options[0] or "none", "points in a piece": BOX}
    with opened(means.checkpoint, manifest) as kept, crew_for(work, work.made(runs), means, len(pieces)) as crew:
        results = watched(in_order(crew, work, pieces, "sweep", kept), len(pieces), "points")
        for piece, done in zip(pieces, results, strict=True):
            known = found.get(piece.case)
            ranking = runs[piece.case].ranking
            found[piece.case] = merged(known, done.summary, ranking) if known else done.summary
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
    import numpy as np

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
