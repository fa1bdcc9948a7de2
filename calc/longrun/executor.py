"""Pieces of work done by a crew, whoever that is: one after the other here, by processes, or on a cluster."""

from __future__ import annotations

import gc
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from calc.longrun.work import do, forget, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from calc.longrun.checkpoint import Checkpoint
    from calc.longrun.resources import Means
    from calc.longrun.work import Work


_NO_MORE = object()


class Crew(Protocol):
    """Those who do pieces of work. room: how many pieces they take at a time."""

    room: int

    def submit(self, number: int, piece: Any) -> None:
        """Take a piece, known by its number."""

    def next(self) -> tuple[int, Any]:
        """Return the number and the result of a piece that is done; wait for one."""

    def close(self) -> None:
        """Leave, at once; what is not done is dropped."""


class Alone:
    """This process: a piece is done when its result is asked for."""

    room = 1

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
def crew_for(work: Work, task: Callable[[Any], Any], means: Means, pieces: int) -> Iterator[Crew]:
    """Yield a crew for a work of so many pieces, which leaves when it is done.

    task: what the work comes to in this process.
    Raises CalcError when a cluster cannot be used.
    """
    # The command line does not collect what goes in circles; what takes long has to.
    gc.enable()
    prepare(work, task)
    try:
        crew = _crew(work, means, pieces)
        try:
            yield crew
        finally:
            crew.close()
    finally:
        forget()


def _crew(work: Work, means: Means, pieces: int) -> Crew:
    if means.cluster is not None:
        from calc.longrun.cluster import Cluster

        return Cluster(work, means.cluster)
    count = min(means.workers, pieces)
    if count < 2:
        return Alone(work)
    from calc.longrun.processes import Workers

    return Workers(work, count)


def in_order(crew: Crew, work: Work, pieces: Iterable[Any], stage: str, checkpoint: Checkpoint | None) -> Iterator[Any]:
    """Yield the result of each piece, in order, whoever does it and when.

    stage: what the pieces are of, within the run. checkpoint: holds results of an earlier run, and takes those of this.
    """
    waiting: dict[int, Any] = {}
    rest, number, following, under_way = iter(pieces), 0, 0, 0
    is_more = True
    while True:
        # A piece that takes long holds up the others, whose results would fill the memory.
        while is_more and under_way < crew.room and following - number < 2 * crew.room:
            piece = next(rest, _NO_MORE)
            if piece is _NO_MORE:
                is_more = False
                break
            packed = checkpoint.read(stage, following) if checkpoint else None
            if packed is None:
                crew.submit(following, piece)
                under_way += 1
            else:
                waiting[following] = work.unpack(packed, piece)
            following += 1
        if number in waiting:
            yield waiting.pop(number)
            number += 1
        elif under_way:
            done, result = crew.next()
            under_way -= 1
            if checkpoint:
                checkpoint.write(stage, done, work.pack(result))
            waiting[done] = result
        else:
            return
