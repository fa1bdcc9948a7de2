"""Work in pieces: on this process, on several, or on a dask cluster, with pieces kept so that a run can go on.

In: a `work.Work` and the pieces that it is cut into. Out: the result of each piece, in order, byte-equal wherever it
was computed. Begin with `executor`, which picks who does it; `checkpoint` keeps what is finished, and `work`
says which run a piece belongs to. Here is what a user allowed, and how a run tells how far it is.
"""

from __future__ import annotations

import sys
from time import monotonic, process_time
from typing import TYPE_CHECKING, TypeVar

from calc.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Resources(NamedTuple):
    """What a long run may use; none of it changes the result.

    workers: processes here. cluster: the address of a dask scheduler. checkpoint: a folder that keeps finished pieces.
    """

    workers: int = 1
    cluster: str | None = None
    checkpoint: str | None = None


# ---------------------------------------------------------------- progress

T = TypeVar("T")
# Nobody waits for less.
_PATIENCE = 1.0


def watched(pieces: Iterable[T], total: int, what: str = "samples") -> Iterator[T]:
    """Yield the pieces; once they have taken a second, a bar shows how many of them are done and how long it takes."""
    if not sys.stderr.isatty():
        yield from pieces
        return
    start, bar = monotonic(), None
    try:
        for done, piece in enumerate(pieces, 1):
            if bar is None and done < total and monotonic() - start > _PATIENCE:
                bar = _Bar(what, total)
            if bar is not None:
                bar.show(done)
            yield piece
    finally:
        if bar is not None:
            bar.end()


# What takes longer is told before it is begun, to scripts too.
_LONG = 10.0


def tell_cost(what: str, seconds: float, workers: int = 1) -> None:
    """Say on standard error how long something will take, where that is long; seconds: of one processor."""
    if seconds / workers > _LONG and sys.stderr is not None:
        whose = f" with {workers} workers" if workers > 1 else ""
        print(f"{what}, about {duration(seconds / workers)}{whose}", file=sys.stderr, flush=True)


def each_told(items: Sequence[T], what: str) -> Iterator[T]:
    """Yield items that take about as long each: from the second follows what all of them take; a bar shows them too."""
    begun = process_time()
    for at, item in enumerate(watched(items, len(items), what)):
        if at == 2:
            tell_cost(f"{len(items):,} {what}", (process_time() - begun) * len(items))
        begun = process_time()
        yield item


def duration(seconds: float) -> str:
    """Return a time as a person says it."""
    for limit, factor, word in ((90, 1, "seconds"), (5400, 60, "minutes"), (172_800, 3600, "hours")):
        if seconds < limit:
            return f"{max(1, round(seconds / factor)):,} {word}"
    return f"{seconds / 86_400:,.0f} days"


class _Bar:
    def __init__(self, what: str, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        # What is written to standard output meanwhile is data.
        self.progress = Progress(
            *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self.task = self.progress.add_task(what, total=total)
        self.progress.start()

    def show(self, done: int) -> None:
        """Show how many pieces are done."""
        self.progress.update(self.task, completed=done)

    def end(self) -> None:
        """Take the bar away."""
        self.progress.stop()
