"""What resolving a scenario leaves: cases with values, ready to be computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue
    from calc.errors import Place
    from calc.scenario.conditions import Condition
    from calc.scenario.expectations import Expectation
    from calc.scenario.origin import Origin
    from calc.scenario.place_section import Placing
    from calc.scenario.plausible import Doubt
    from calc.scenario.studies import Studies
    from calc.value import Value

BASE = "base"


class Stated(NamedTuple):
    """What a scenario's own file says beside values: names of formulas and totals, quantities under `use`, bundles.

    use: by what is written, the quantities that it picks variants of. uncertainty: it says how samples are drawn.
    """

    formulas: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    use: tuple[tuple[str, tuple[str, ...]], ...] = ()
    facts: tuple[str, ...] = ()
    uncertainty: bool = False


@dataclass(slots=True)
class ResolvedCase:
    """One case, or one part of a case, ready to be computed.

    values: what is given, by name. use: chosen variants. wanted: the names to answer, in order; with parts, those that
    follow from totals. is_explicit: the names were asked for by `show`, not found by what can be derived.
    needed: further names that checks and promises hold against. studied: given names that only studies of it use.
    parts: the parts of a case. totals: what each sum over the parts adds up.
    streams: the name of the random stream of a given value, where that is not the value's own.
    over: the parts that each sum goes over, where they are not all: those of servers, or the kinds of cabinets.
    whole: of a case whose parts are names, the case with its parts as it was.
    """

    name: str
    values: dict[str, Value]
    use: dict[str, str]
    wanted: list[str]
    is_explicit: bool
    needed: list[str] = field(default_factory=list)
    studied: list[str] = field(default_factory=list)
    parts: list[ResolvedCase] = field(default_factory=list)
    totals: dict[str, str] = field(default_factory=dict)
    streams: dict[str, str] = field(default_factory=dict)
    over: dict[str, tuple[str, ...]] = field(default_factory=dict)
    whole: ResolvedCase | None = None

    @property
    def asked(self) -> list[str]:
        """Return every name that has to be computed for an answer."""
        return list(dict.fromkeys([*self.wanted, *self.needed]))


@dataclass(slots=True)
class Scenario:
    """A scenario ready to be computed; nothing in it is wrong any more.

    headline: the figure that an answer leads with, where the scenario marks one.
    method: how samples are drawn, "sobol" or "random". correlated: pairs of uncertain inputs with the rank correlation
    wanted; correlated_at: where the last of them stands. parts: their names.
    totals: what each sum over the parts adds up. doubts: those of the warnings that say a value is doubtful.
    placing: what `place` is to decide, None without cabinets. origin: what it was resolved from. stated: what it says
    that may turn out to have no effect; empty where only a part of the scenario is answered.
    """

    title: str | None
    question: str | None
    path: str
    place: Place
    data: bytes
    catalogue: Catalogue
    cases: list[ResolvedCase]
    years: tuple[int, ...]
    checks: list[Condition]
    model_checks: list[tuple[Condition, str]]
    expectations: list[Expectation]
    samples: int
    seed: int
    warnings: list[str]
    doubts: list[Doubt]
    studies: Studies
    origin: Origin
    method: str = "sobol"
    headline: str = ""
    correlated: dict[tuple[str, str], float] = field(default_factory=dict)
    correlated_at: Place | None = None
    parts: tuple[str, ...] = ()
    totals: dict[str, str] = field(default_factory=dict)
    stated: Stated = field(default_factory=Stated)
    placing: Placing | None = None

    @property
    def sha256(self) -> str:
        """Return the hash of the scenario file's bytes."""
        import hashlib  # it loads a cryptography library, which only the JSON result needs

        return hashlib.sha256(self.data).hexdigest()

    @property
    def heading(self) -> str:
        """Return the title, or what the scenario is called."""
        return self.title or ("Scenario from standard input" if self.path == "-" else self.path)
