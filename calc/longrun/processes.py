"""Worker processes on this machine; one that ends before its piece is done is replaced, and the piece done again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError
from calc.longrun.work import do

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from calc.longrun.work import Work

# A piece that so many processes did not survive is not tried again.
MAX_LOST = 3
_CAN_BLOCK = hasattr(signal, "pthread_sigmask")


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    connection: Any
    piece: tuple[int, Any] | None = None

    def hand(self, piece: tuple[int, Any]) -> None:
        """Give it a piece; it has none."""
        self.piece = piece
        # One that has ended is found when its result is waited for.
        with suppress(OSError):
            self.connection.send(piece)


class Workers:
    """Processes that do pieces of a work.

    method: how they are started; forked where that is safe, since they then know already what the work is about.
    """

    def __init__(self, work: Work, count: int, method: str | None = None) -> None:
        self.work = work
        self.method = method or ("fork" if sys.platform == "linux" else "spawn")
        self.capacity = count
        self.lost: dict[int, int] = {}
        self.workers: list[_Worker] = []
        try:
            for _ in range(count):
                self._start()
        except BaseException:
            self.close()
            raise

    def submit(self, number: int, piece: Any) -> None:
        """Hand a piece to a worker that has none."""
        next(each for each in self.workers if each.piece is None).hand((number, piece))

    def next(self) -> tuple[int, Any]:
        """Return a piece that is done.

        Raises CalcError when workers do not survive a piece, and what the work raises.
        """
        while True:
            ready = wait([each.connection for each in self.workers])
            for worker in [each for each in self.workers if each.connection in ready]:
                try:
                    number, result, error = worker.connection.recv()
                except (EOFError, OSError):
                    self._replace(worker)
                    continue
                if error is not None:
                    raise error
                worker.piece = None
                return number, result

    def close(self) -> None:
        """End all processes."""
        for worker in self.workers:
            worker.process.kill()
        for worker in self.workers:
            worker.process.join()
            worker.connection.close()
        self.workers = []

    def _start(self) -> _Worker:
        # A process that is forked while other threads run may wait forever for what they hold.
        method = "spawn" if self.method == "fork" and threading.active_count() > 1 else self.method
        context: Any = multiprocessing.get_context(method)
        ours, theirs = context.Pipe()
        inherited = [ours, *(each.connection for each in self.workers)] if method == "fork" else []
        process = context.Process(target=_serve, args=(theirs, inherited, self.work), daemon=True)
        # Ctrl-C is for this process, which then ends its workers; they inherit that they are not to listen.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if _CAN_BLOCK else None
        try:
            process.start()
            worker = _Worker(process, ours)
            self.workers.append(worker)
        finally:
            theirs.close()
            if before is not None:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return worker

    def _replace(self, worker: _Worker) -> None:
        """Put a new process in the place of one that has ended, with the same piece."""
        worker.process.join()
        worker.connection.close()
        self.workers.remove(worker)
        number = worker.piece[0] if worker.piece else -1
        self.lost[number] = self.lost.get(number, 0) + 1
        if self.lost[number] >= MAX_LOST:
            code = worker.process.exitcode or 0
            how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            message = f"{MAX_LOST} worker processes ended {how}, one after the other, at the same piece of work"
            hint = "there may be too little memory for them; take fewer `--workers`"
            raise CalcError("E-WORKER", message, hint=hint)
        fresh = self._start()
        if worker.piece is not None:
            fresh.hand(worker.piece)


def _serve(connection: Connection, inherited: list[Connection], work: Work) -> None:
    """Do the pieces that come, until the other side has gone."""
    if not _CAN_BLOCK:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The command's own answer to it is to end its workers.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for each in inherited:
        # While this process held them too, nobody would notice that the other side has gone.
        each.close()
    end_with_parent()
    try:
        while True:
            number, piece = connection.recv()
            result: Any = None
            error: Exception | None = None
            try:
                result = do(work, piece)
            except (CalcError, MemoryError) as met:
                error = met
            except Exception:  # noqa: BLE001  # whatever it is, it is raised where the result is waited for
                error = RuntimeError(f"in a worker process:\n{traceback.format_exc()}")
            connection.send((number, result, error))
    except (EOFError, OSError):
        return


def end_with_parent() -> None:
    """End this process when the one that started it has ended, however it did; a long piece would keep it."""
    parent = multiprocessing.parent_process()

    def wait_for_it() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait_for_it, daemon=True).start()
