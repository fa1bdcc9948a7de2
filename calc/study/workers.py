"""Work in pieces, by several processes where the system can fork them; results come in order, whoever made them."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING, Any, TypeVar

from calc.study.progress import watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

T = TypeVar("T")
_task: Callable[[int], Any] | None = None


def in_order(task: Callable[[int], T], pieces: Sequence[int], workers: int) -> Iterator[T]:
    """Yield what a task makes of each piece, in order.

    With more than one worker, processes are forked from this one and see what it sees. Where that is not possible the
    work is done here, with the same results.
    """
    count = min(workers, len(pieces))
    if count < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from watched(map(task, pieces), len(pieces))
        return
    yield from watched(_forked(task, pieces, count), len(pieces))


def _forked(task: Callable[[int], Any], pieces: Iterable[int], count: int) -> Iterator[Any]:
    global _task  # noqa: PLW0603  # a forked process finds its task here; a closure cannot be sent to it
    _task = task
    pool = multiprocessing.get_context("fork").Pool(count, initializer=_ignore_interrupts)
    try:
        yield from pool.imap(_run, pieces)
        pool.close()
    finally:
        pool.terminate()
        pool.join()
        _task = None


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent, which then ends its workers."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run(piece: int) -> Any:
    if _task is None:
        raise RuntimeError("no task")
    return _task(piece)
