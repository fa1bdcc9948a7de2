"""Pieces of work done by an executor, whoever that is: one after the other here, by processes, or on a cluster."""

from __future__ import annotations

import gc
from collections import deque
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from calc.longrun.work import do, forget, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
