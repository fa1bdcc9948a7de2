"""Work that describes itself: enough to do a piece of it in any process, on any machine that has the same calc."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calc import __version__
from calc.errors import CalcError
from calc.longrun.fingerprint import fingerprint, parts_of
from calc.scenario.resolve import again

if TYPE_CHECKING:
    from collections.abc import Callable

    from calc.longrun.codec import Packed
    from calc.scenario.case import Scenario
    from calc.scenario.resolve import Origin


@dataclass(frozen=True, slots=True)
class Work:
    """Pieces of one kind that are to be made of a scenario; it can be pickled.

    origin: the scenario. version: of calc. mark: the fingerprint of what the scenario resolves to. options: what else
    tells this work from other work on the scenario.
    """

    origin: Origin
    version: str
    mark: str
    options: tuple[Any, ...]

    def task(self, scenario: Scenario) -> Callable[[Any], Any]:
        """Return the function that makes what is wanted of one piece."""
        raise NotImplementedError

    def pack(self, result: Any) -> Packed:
        """Return the result of a piece as what JSON can hold, and arrays."""
        raise NotImplementedError

    def unpack(self, packed: Packed, piece: Any) -> Any:
        """Return the result of a piece that was packed."""
        raise NotImplementedError

    @property
    def key(self) -> tuple[Any, ...]:
        """Return what tells this work from others."""
        return type(self).__name__, self.mark, self.options


class _Known(threading.local):
    """The last task that a thread has prepared; tasks hold buffers, which threads cannot share."""

    def __init__(self) -> None:
        self.key: tuple[Any, ...] = ()
        self.task: Callable[[Any], Any] | None = None


_known = _Known()
_preparing = threading.Lock()


def prepare(work: Work, task: Callable[[Any], Any]) -> None:
    """Make the task of a work known to this thread, and to processes that are forked from it."""
    _known.key, _known.task = work.key, task


def forget() -> None:
    """Let go of the task that this thread knows."""
    _known.key, _known.task = (), None


def do(work: Work, piece: Any) -> Any:
    """Do one piece of a work, in the process that holds it or anywhere else.

    Raises CalcError when calc, its facts or its formulas are others here, and what the work itself raises.
    """
    if _known.task is not None and _known.key == work.key:
        return _known.task(piece)
    # Formulas are traced when they are first needed, which the threads of a process do one after the other.
    with _preparing:
        scenario = _made(work)
        task = work.task(scenario)
        found = task(piece)
        prepare(work, task)
        return found


def _made(work: Work) -> Scenario:
    if work.version != __version__:
        message = f"a worker has calc {__version__}, this is calc {work.version}"
        raise CalcError("E-CLUSTER", message, hint="install the same version everywhere")
    scenario = again(work.origin)
    if fingerprint(parts_of(scenario)) != work.mark:
        message = "a worker comes to other inputs or formulas for this scenario than this machine does"
        hint = "install the same calc, with the same facts and models, and the same numpy everywhere"
        raise CalcError("E-CLUSTER", message, hint=hint)
    return scenario
