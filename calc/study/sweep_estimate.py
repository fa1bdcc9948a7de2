"""How large and how long a sweep in pieces will be, from a few of its points, before it is begun."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from calc.errors import CalcError
from calc.study.boxes import cut
from calc.study.sweep import duration
from calc.study.sweep_summary import summary_of

if TYPE_CHECKING:
    from calc.errors import Place
    from calc.longrun.resources import Means
    from calc.study.sweep_pieces import CaseRun, SweepWork

# From so many points on; fewer are done before anybody has read the estimate.
_FEW = 100_000
_PROBE = 8192
_TELL_SECONDS = 5.0
# Kept pieces are compressed to about this share of their rows.
_KEPT = 0.4


def size_up_pieces(runs: list[CaseRun], work: SweepWork, means: Means, output: str | None, place: Place) -> None:
    """Say how large and how long a long sweep will be, and refuse one that does not fit on the disk.

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
    for folder, needed in ((output and Path(output).parent, size), (means.checkpoint, _KEPT * size)):
        if folder is not None and needed:
            there = next(each for each in (Path(folder), *Path(folder).absolute().parents) if each.is_dir())
            free = shutil.disk_usage(there).free
            if needed > free:
                message = f"{told}, do not fit into the {_bytes(free)} that are free at {there}"
                hint = "take larger steps, fewer figures with `--show`, or a table, which shows the best points only"
                raise CalcError("E-TOO-LARGE", message, place=place, hint=hint)
    if seconds > _TELL_SECONDS and sys.stderr is not None and sys.stderr.isatty():
        whose = (
            "of one processor's work" if means.cluster else f"with {means.workers} workers" if means.workers > 1 else ""
        )
        print(f"{told}, about {duration(seconds / means.workers)} {whose}".rstrip(), file=sys.stderr)


def _bytes(size: float) -> str:
    for limit, factor, unit in ((1e9, 1e6, "MB"), (1e12, 1e9, "GB"), (1e15, 1e12, "TB")):
        if size < limit:
            return f"{max(1, size / factor):,.0f} {unit}"
    return f"{size / 1e15:,.0f} PB"
