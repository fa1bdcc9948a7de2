"""The plan of a case as a report tells it: what it decides, what limits it, what to give up where there is none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from calc.engine.figures import NotIncluded
from calc.engine.flat import qualified
from calc.errors import quote
from calc.expression import Number
from calc.placement.hall import RESOURCES, most, needs_of
from calc.records import dataclass, field
from calc.scenario.place_section import RACKS, SERVERS
from calc.units.format import amount_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from calc.engine.figures import Figure
    from calc.placement.hall import Hall, Kind
    from calc.placement.plan import Plan, Planner, Wish
    from calc.scenario.place_section import Placing
    from calc.study.check_result import CheckResult

# What sets a limit where it is given, in the order in which a report names what was not.
LIMITS_OF_HALL = (
    "hall_it_power", "grid_power", "generator_power", "hall_air_cooling", "hall_liquid_cooling", "hall_racks",
    "hall_floor_area", "floor_load_limit",
)  # fmt: skip
LIMITS_OF_KIND = ("rack_height", "rack_weight_limit", "rack_air_cooling")
LIMITS_OF_SERVER = ("server_height", "server_weight")


class Limit(NamedTuple):
    """A limit of the hall as a report tells it.

    name: the quantity, a kind of cabinets for `racks_available`, or a wish as written. quantity: whose unit the amounts
    are in. used, available: base units. more: how much more was tried. gain: what that adds to the objective, in its
    base units, towards what is wanted. is_wish: it was wished for.
    """

    name: str
    quantity: str
    used: float
    available: float
    more: float
    gain: float
    is_wish: bool = False

    @property
    def binds(self) -> bool:
        """Tell whether more of it adds something."""
        return self.gain > 0


@dataclass(slots=True)
class Placed:
    """The plan of a case.

    plan: None where the wishes cannot all be met; ways: what to give up then. sign: -1 where much is wanted.
    not_limited: what was not given. checks: the models' own that the plan was held against, with the part they are of.
    """

    case: str
    placing: Placing
    hall: Hall
    planner: Planner
    figures: Mapping[str, Figure]
    plan: Plan | None
    ways: list[list[Wish]] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    not_limited: list[str] = field(default_factory=list)
    broken: dict[str, float] = field(default_factory=dict)
    checks: list[tuple[str, CheckResult]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sign(self) -> int:
        """Return -1 where much is wanted, else 1."""
        return -1 if self.placing.sense == "maximise" else 1

    @property
    def reached(self) -> float:
        """Return what is wanted, in base units."""
        constant = self.hall.objective.constant if self.hall.objective else 0.0
        return constant + self.sign * (self.plan.value if self.plan else 0.0)

    @property
    def three_phases(self) -> set[str]:
        """Return the kinds of cabinets whose feeds have three phases: the square of their factor is about three."""
        names = {each.name: self.figures.get(qualified("feed_phase_factor", each.name)) for each in self.hall.kinds}
        return {name for name, each in names.items() if isinstance(each, float | int) and round(each * each) == 3}

    @property
    def values(self) -> dict[str, float]:
        """Return what was decided, by the name of the figure with its part, in base units."""
        if self.plan is None:
            return {}
        numbers, used = self.plan.servers(self.hall), self.plan.used(self.hall)
        found = {qualified(SERVERS, each.name): float(n) for each, n in zip(self.hall.servers, numbers, strict=True)}
        found |= {qualified(RACKS, each.name): float(n) for each, n in zip(self.hall.kinds, used, strict=True)}
        return {str(name): value for name, value in found.items()}


def wish_text(found: Placed, wish: Wish) -> str:
    """Return a wish in words, with what can be had of it when it is given up, and what it runs into."""
    row, rows, kinds = wish.row, found.planner.rows, found.hall.kinds
    stops = [
        quote(rows[at].name if at < len(rows) else str(qualified("racks_available", kinds[at - len(rows)].name)))
        + (_full_by(found, wish, kinds[at - len(rows)]) if at >= len(rows) else "")
        for at in wish.rows
    ]
    why = f"; it runs into {' and '.join(stops)}" if stops else ""
    fleets = {each.name: each.fleet for each in found.hall.servers}
    if row.name in fleets:
        most = f"at most {wish.reached:,.0f} fit{why}"
        return f"some of the {fleets[row.name]:,} servers of part {quote(row.name)} ({most})"
    condition = next((each for each in found.placing.conditions if each.text == row.name), None)
    missed = row.low - wish.reached if row.high == math.inf else wish.reached - row.high
    if condition is None or missed <= 0:
        return f"{quote(row.name)} ({why[2:]})" if why else quote(row.name)
    unit = condition.left.unit
    had = f"it can be met but for {amount_text(missed, unit)}"
    right = condition.right.expression
    if isinstance(right, Number):
        asked = float(right.value)
        left = amount_text(asked - missed if row.high == math.inf else asked + missed, unit)
        whole = amount_text(asked, unit)
        number, _, words = left.partition(" ")
        # 104 of 150 servers
        short = number if words == whole.partition(" ")[2] else left
        had = f"{short} of {whole}" if row.high == math.inf else f"at least {left}"
    return f"{quote(row.name)} ({had}{why})"


def _full_by(found: Placed, wish: Wish, kind: Kind) -> str:
    """Return what in a cabinet of a kind stops another of the servers that a wish wants."""
    names: dict[str, None] = {}
    for each, server in zip(wish.row.servers, found.hall.servers, strict=True):
        counts = [most(cap, need) for cap, need in zip(kind.caps, needs_of(server), strict=True)]
        if each > 0 and math.isfinite(wish.row.low) and 1 <= min(counts) < math.inf:
            names.update((name, None) for name, n in zip(RESOURCES, counts, strict=True) if n == min(counts))
    return f" (a cabinet is full by {' and '.join(names)})" if names else ""


def not_limited(kinds: Sequence[str], parts: Sequence[str], figures: Mapping[str, Figure]) -> list[str]:
    """Return what would set a limit and is given nowhere."""

    def given(name: str) -> bool:
        return not isinstance(figures.get(name, NotIncluded(())), NotIncluded)

    found = [name for name in LIMITS_OF_HALL if not given(name)]
    for names, places in ((LIMITS_OF_KIND, kinds), (LIMITS_OF_SERVER, parts)):
        for name in names:
            without = [place for place in places if not given(qualified(name, place))]
            found += [name] if len(without) == len(places) else [qualified(name, place) for place in without]
    return found


def without_need(kinds: Sequence[str], parts: Sequence[str], figures: Mapping[str, Figure]) -> list[str]:
    """Return a warning for every limit of cabinets that some part does not say what it takes of."""

    def given(name: str) -> bool:
        return not isinstance(figures.get(name, NotIncluded(())), NotIncluded)

    found = []
    pairs = (
        ("rack_height", "server_height"),
        ("rack_weight_limit", "server_weight"),
        ("floor_load_limit", "server_weight"),
    )
    for limit, need in pairs:
        if given(limit) or any(given(qualified(limit, kind)) for kind in kinds):
            lacking = [part for part in parts if not given(qualified(need, part))]
            if lacking:
                found.append(f"`{limit}` sets no limit to {', '.join(lacking)}: `{need}` is not given there")
    liquid = any(given(qualified("rack_liquid_cooling", kind)) for kind in kinds)
    if (liquid or given("hall_liquid_cooling")) and not any(given(qualified("liquid_share", p)) for p in parts):
        limit = "rack_liquid_cooling" if liquid else "hall_liquid_cooling"
        found.append(f"`{limit}` cools no server: no part gives `liquid_share`, so air takes all heat")
    return found
