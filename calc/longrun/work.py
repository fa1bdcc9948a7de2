"""Work that describes itself: enough to do a piece of it in any process, on any machine that has the same calc."""

from __future__ import annotations

import threading
from array import array
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc import __version__
from calc.arrays import np
from calc.engine.graph import formula_of
from calc.errors import CalcError
from calc.expression import written
from calc.scenario.resolve import again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from calc.scenario.case import ResolvedCase, Scenario
    from calc.scenario.resolve import Origin
    from calc.scenario.study_sections import Sweep
    from calc.value import Value


# A result as what JSON can hold, and arrays.
Packed = tuple[Any, list[Any]]


def parts_of(scenario: Scenario) -> dict[str, Any]:
    """Return what decides the figures, by a word for a reader: versions, texts, facts, values, formulas, seed.

    It can be written as JSON, and is the same wherever the same figures come out.
    """
    origin, columns = scenario.origin, list(_columns(scenario))
    files = origin.files or ((origin.shown, scenario.data),)
    values = [(case.name, name, _value(value)) for case in columns for name, value in sorted(case.values.items())]
    facts = {value.fact: _value(value) for case in columns for value in case.values.values() if value.fact}
    asked = [(case.name, case.wanted, case.needed, sorted(case.use.items()), case.totals) for case in columns]
    formulas: dict[str, str] = {}
    for case in columns:
        for name, text in _formulas(scenario, case):
            formulas[name] = _short(formulas.get(name, "") + text)
    return {
        "calc": __version__,
        "numpy": np.__version__,
        "code": _code(),
        "files": {name: _short(data) for name, data in files},
        "facts": {name: _short(repr(facts[name])) for name in sorted(facts)},
        "values": _short(repr(values)),
        "formulas": dict(sorted(formulas.items())),
        "cases and figures": _short(repr((asked, [each.text for each in scenario.checks], scenario.years))),
        "seed": scenario.seed,
        "samples": scenario.samples,
        "method": _short(repr((scenario.method, sorted(scenario.correlated.items())))),
        "sweep": _sweep(scenario),
    }


# What makes results of pieces beside the formulas, which are told apart one by one.
_CODE = ("*.py", "engine/*.py", "study/*.py", "longrun/*.py", "report/csv.py", "report/json.py",
         "report/sweep_file.py")  # fmt: skip


@cache
def _code() -> str:
    """Return what is another wherever the code that computes is: a version may be changed without another name."""
    package = Path(__file__).parents[1]
    files = sorted(path for each in _CODE for path in package.glob(each))
    return _short(b"".join(path.read_bytes() for path in files))


def fingerprint(parts: dict[str, Any]) -> str:
    """Return a short text that is another wherever the parts are."""
    import json

    return _short(json.dumps(parts, sort_keys=True))


def _short(content: str | bytes) -> str:
    # Slow to import, and every run with samples imports this file.
    import hashlib

    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:32]


def _columns(scenario: Scenario) -> Iterator[ResolvedCase]:
    for case in (*scenario.cases, *scenario.studies.cases("sweep")):
        yield case
        yield from case.parts


def _value(value: Value) -> Any:
    moments = [(each.point, each.distribution) for each in value.moments]
    years = [year for year, _ in value.by_year]
    return moments, years, value.growth is not None, *((value.independent,) if value.independent else ())


def _formulas(scenario: Scenario, case: ResolvedCase) -> Iterator[tuple[str, str]]:
    """Yield the formulas that the figures of a case may need."""
    catalogue = scenario.studies.catalogue or scenario.catalogue
    names, seen = list(case.asked), set(case.values)
    while names:
        name = names.pop()
        formula = None if name in seen else formula_of(catalogue, name, case.use)
        seen.add(name)
        if formula is not None:
            yield name, repr(written(formula.expression))
            names += formula.parameters


def _sweep(scenario: Scenario) -> dict[str, str] | None:
    sweep: Sweep | None = scenario.studies.request("sweep")
    if sweep is None:
        return None
    axes = {axis.name: _short(array("d", axis.values).tobytes()) for axis in sweep.axes}
    others = (sweep.show, [each.text for each in sweep.conditions], sweep.best, sweep.pareto)
    return {**axes, "order": " ".join(axes), "conditions and goals": _short(repr(others))}


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
