"""Pieces of work done by an executor, whoever that is: one after the other here, by processes, or on a cluster."""

from __future__ import annotations

import gc
import sys
from collections import deque
from contextlib import contextmanager
from functools import partial
from time import monotonic, process_time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from calc.longrun.work import do, forget, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from calc.longrun import Resources
    from calc.longrun.checkpoint import Checkpoint
    from calc.longrun.work import Packed, Work


_NO_MORE = object()


class Executor(Protocol):
    """What does pieces of work. capacity: how many pieces they take at a time."""

    capacity: int

    def submit(self, number: int, piece: Any) -> None:
        """Take a piece, known by its number."""

    def next(self) -> tuple[int, Any]:
        """Return the number and the result of a piece that is done; wait for one."""

    def close(self) -> None:
        """Leave, at once; what is not done is dropped."""


class Alone:
    """This process: a piece is done when its result is asked for."""

    capacity = 1

    def __init__(self, work: Work) -> None:
        self.work = work
        self.pieces: deque[tuple[int, Any]] = deque()

    def submit(self, number: int, piece: Any) -> None:
        """Take a piece."""
        self.pieces.append((number, piece))

    def next(self) -> tuple[int, Any]:
        """Do a piece."""
        number, piece = self.pieces.popleft()
        return number, do(self.work, piece)

    def close(self) -> None:
        """Do nothing more."""
        self.pieces.clear()


@contextmanager
def executor_for(work: Work, task: Callable[[Any], Any], resources: Resources, pieces: int) -> Iterator[Executor]:
    """Yield an executor for a work of so many pieces, which leaves when it is done.

    task: what the work comes to in this process.
    Raises CalcError when a cluster cannot be used.
    """
    # The command line does not collect what goes in circles; what takes long has to.
    gc.enable()
    prepare(work, task)
    try:
        executor = _executor(work, resources, pieces)
        try:
            yield executor
        finally:
            executor.close()
    finally:
        forget()


def _executor(work: Work, resources: Resources, pieces: int) -> Executor:
    if resources.cluster is not None:
        from calc.longrun.cluster import Cluster

        return Cluster(work, resources.cluster)
    count = min(resources.workers, pieces)
    if count < 2:
        return Alone(work)
    from calc.longrun.processes import Workers

    return Workers(work, count)


def in_order(
    executor: Executor,
    work: Work,
    pieces: Iterable[Any],
    stage: str,
    checkpoint: Checkpoint | None,
    is_result: Callable[[Any, Any], bool],
) -> Iterator[Any]:
    """Yield the result of each piece, in order, whoever does it and when.

    stage: what the pieces are of, within the run. checkpoint: holds results of an earlier run, and takes those of this.
    is_result: tells whether what was kept for a piece is what a piece gives; anybody may have written it.
    """

    def unpacked(packed: Packed, piece: Any) -> Any:
        found = work.unpack(packed, piece)
        if not is_result(found, piece):
            raise ValueError("no result of this piece")
        return found

    waiting: dict[int, Any] = {}
    rest, number, following, under_way = iter(pieces), 0, 0, 0
    is_more = True
    while True:
        # A piece that takes long holds up the others, whose results would fill the memory.
        while is_more and under_way < executor.capacity and following - number < 2 * executor.capacity:
            piece = next(rest, _NO_MORE)
            if piece is _NO_MORE:
                is_more = False
                break
            known = checkpoint.read(stage, following, partial(unpacked, piece=piece)) if checkpoint else None
            if known is None:
                executor.submit(following, piece)
                under_way += 1
            else:
                waiting[following] = known
            following += 1
        if number in waiting:
            yield waiting.pop(number)
            number += 1
        elif under_way:
            done, result = executor.next()
            under_way -= 1
            if checkpoint:
                checkpoint.write(stage, done, work.pack(result))
            waiting[done] = result
        else:
            return


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
