"""Work on a cluster of dask workers, by dask.distributed, which the extra `[cluster]` installs.

A worker that is lost loses the pieces in its hands, which the scheduler gives to others. A piece is one task; nothing
but the description of the work and its result travels.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import pickle
import queue
import zlib
from concurrent.futures import CancelledError, wait
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError, quote
from calc.longrun.checkpoint import narrowed, widened
from calc.longrun.work import do

if TYPE_CHECKING:
    from collections.abc import Callable

    from calc.longrun.work import Work

# How long a scheduler may take to answer, and for how long a cluster may be without workers, in seconds.
ANSWER_TIME = 3
PATIENCE = 60
_TICK = 0.5
# An expression, since a function of ours cannot be sent to where calc is not installed.
_VERSIONS = """{
    name: getattr(__import__(name), "__version__", None) if __import__("importlib.util").util.find_spec(name) else None
    for name in ("calc", "numpy")
}"""


class Cluster:
    """The workers of a dask scheduler."""

    def __init__(self, work: Work, address: str) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError:
            hint = "install it with `pip install 'ai-infra-calc[cluster]'`, or take `--workers` on this machine"
            raise CalcError("E-USAGE", "a cluster needs dask.distributed, which is not installed", hint=hint) from None
        _silence()
        self.address = address
        self.described = work
        self.work = zlib.compress(pickle.dumps(work), 1)
        self.function = _travelling()
        self.done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.pieces: dict[Any, tuple[int, Any]] = {}
        self.idle_since: float | None = None
        self._answer()
        self.client = distributed.Client(
            address, timeout=ANSWER_TIME, set_as_default=False, name="calc", heartbeat_interval=2000
        )
        try:
            # Each thread has one piece in hand and one waiting.
            self.capacity = max(2, 2 * self._threads())
        except BaseException:
            self.close()
            raise

    def submit(self, number: int, piece: Any) -> None:
        """Send a piece to the scheduler."""
        future = self.client.submit(self.function, self.work, pickle.dumps(piece), pure=False)
        self.pieces[future] = number, piece
        future.add_done_callback(self.done.put)

    def next(self) -> tuple[int, Any]:
        """Return a piece that is done.

        Raises CalcError when the cluster is lost, and what the work raises.
        """
        while True:
            try:
                future = self.done.get(timeout=_TICK)
            except queue.Empty:
                self._watch()
                continue
            if future in self.pieces:
                number, piece = self.pieces.pop(future)
                return number, self.described.unpack(widened(self._result(future)), piece)

    def close(self) -> None:
        """Leave the cluster; it drops what is not done."""
        self.pieces.clear()
        with suppress(TimeoutError, OSError):
            self.client.close(timeout=_TICK)

    def _result(self, future: Any) -> Any:
        from distributed.scheduler import KilledWorker

        # What is done may yet be lost with the worker that holds it, and is then waited for again.
        waiting = asyncio.run_coroutine_threadsafe(self._gathered(future), self.client.loop.asyncio_loop)
        try:
            while not wait([waiting], _TICK).done:
                self._watch()
            self.idle_since = None
            return waiting.result()
        except KilledWorker as error:
            count = error.allowed_failures + 1
            message = f"{count} worker{'s' if count > 1 else ''} of the cluster ended at the same piece of work"
            hint = "look at their logs; there may be too little memory for them"
            raise CalcError("E-CLUSTER", message, hint=hint) from None
        except ModuleNotFoundError as error:
            message = f"a worker of the cluster has no `{error.name}`"
            raise CalcError("E-CLUSTER", message, hint="install the same calc for all workers") from None
        except (CancelledError, OSError):
            raise self._lost() from None
        finally:
            waiting.cancel()

    async def _gathered(self, future: Any) -> Any:
        return await self.client.gather(future, asynchronous=True)

    def _watch(self) -> None:
        """Look whether anybody is left to do the work.

        Raises CalcError when nobody has been for long.
        """
        if self.client.status not in {"running", "connecting"}:
            raise self._lost()
        if self.client.scheduler_info(n_workers=-1)["workers"]:
            self.idle_since = None
            return
        self.idle_since = self.idle_since or monotonic()
        if monotonic() - self.idle_since > PATIENCE:
            message = f"the cluster at {quote(self.address)} has been without workers for {PATIENCE} seconds"
            raise CalcError("E-CLUSTER", message, hint=f"start some with `dask worker {self.address} --nthreads 1`")

    def _lost(self) -> CalcError:
        hint = "with `--checkpoint FOLDER` the same command goes on from what was done"
        return CalcError("E-CLUSTER", f"the scheduler at {quote(self.address)} does not answer any more", hint=hint)

    def _answer(self) -> None:
        """Ask whether a scheduler is there.

        Raises CalcError.
        """
        distributed: Any = importlib.import_module("distributed")

        async def ask() -> str:
            async with distributed.rpc(self.address, timeout=ANSWER_TIME) as scheduler:
                return str((await asyncio.wait_for(scheduler.identity(), ANSWER_TIME))["type"])

        hint = "start one with `dask scheduler`, and give the address that it shows, as in `tcp://host:8786`"
        try:
            kind = asyncio.run(ask())
        except ValueError as error:
            raise CalcError("E-CLUSTER", f"{quote(self.address)} is no address: {error}", hint=hint) from None
        except (OSError, TimeoutError, KeyError, TypeError):
            message = f"no scheduler answers at {quote(self.address)}"
            raise CalcError("E-CLUSTER", message, hint=hint) from None
        if kind != "Scheduler":
            message = f"there is no scheduler at {quote(self.address)}, but a {kind.lower()}"
            raise CalcError("E-CLUSTER", message, hint=hint)

    def _threads(self) -> int:
        """Return how many pieces the workers can do at a time.

        Raises CalcError when there are none, or some have another calc or numpy.
        """
        workers = self.client.scheduler_info(n_workers=-1)["workers"]
        if not workers:
            message = f"the cluster at {quote(self.address)} has no workers"
            raise CalcError("E-CLUSTER", message, hint=f"start some with `dask worker {self.address} --nthreads 1`")
        wanted = eval(_VERSIONS)  # noqa: S307  # a text of ours
        for place, found in self.client.run(eval, _VERSIONS).items():
            for name, version in wanted.items():
                if found[name] != version:
                    has = f"has {name} {found[name]}" if found[name] else f"has no {name}"
                    message = f"the worker {quote(place)} {has}, this is {name} {version}"
                    raise CalcError("E-CLUSTER", message, hint="install the same calc and numpy for all workers")
        return sum(each["nthreads"] for each in workers.values())


def _silence() -> None:
    """Tell what goes wrong in our own words only; dask has given each of its loggers a level of its own."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _travelling() -> Callable[[bytes, bytes], Any]:
    """Return a function that is sent as code, not by its name, since the scheduler may not have calc."""

    def piece_of_calc(work: bytes, piece: bytes) -> Any:
        from calc.longrun.cluster import do_packed

        return do_packed(work, piece)

    return piece_of_calc


def do_packed(work: bytes, piece: bytes) -> Any:
    """Do a piece of a work and return it narrow.

    Both come as bytes from a client, who may run anything on its cluster anyway.
    """
    described: Work = pickle.loads(zlib.decompress(work))  # noqa: S301  # see above
    return narrowed(described.pack(do(described, pickle.loads(piece))))  # noqa: S301  # see above
