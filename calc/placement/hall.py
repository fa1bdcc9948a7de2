"""A hall as a planner sees it: kinds of cabinets, kinds of servers, and what limits them together."""

from __future__ import annotations

import math
from typing import NamedTuple

from calc.records import dataclass

# What is over a limit by so much of it is not over it: 0.1 + 0.2 is not more than 0.3.
SLACK = 1e-9
# How many servers of each kind stand in one cabinet, in the order of the hall's kinds of servers.
Filling = tuple[int, ...]


class Server(NamedTuple):
    """A kind of servers: what one of them takes; what is not known is 0 and meets no limit.

    fleet: how many have to be placed, None for any number. in_air, in_liquid: where its heat goes, in sum its power.
    """

    name: str
    power: float
    height: float = 0.0
    weight: float = 0.0
    in_air: float = 0.0
    in_liquid: float = 0.0
    fleet: int | None = None


class Kind(NamedTuple):
    """A kind of cabinets: what one of them has for servers; what is not known is infinite.

    rated: its power by design. usable: after derating; reserved: of that, what other devices take.
    own_weight: what an empty one weighs.
    """

    name: str
    available: int
    rated: float
    usable: float
    reserved: float = 0.0
    height: float = math.inf
    weight: float = math.inf
    air: float = math.inf
    liquid: float = math.inf
    own_weight: float = 0.0

    @property
    def power(self) -> float:
        """Return the power that servers may draw."""
        return max(0.0, self.usable - self.reserved)

    @property
    def caps(self) -> tuple[float, ...]:
        """Return what one cabinet has for servers: power, height, weight, cooling by air and by liquid."""
        return (self.power, self.height, self.weight, self.air, self.liquid)


# The names of what a cabinet has, in the order of `Kind.caps` and `needs_of`.
RESOURCES = ("power", "height", "weight", "air cooling", "liquid cooling")


class Row(NamedTuple):
    """What limits all servers and used cabinets together: low <= servers x numbers + kinds x cabinets used <= high.

    is_wish: it was wished for and may be given up, unlike what the hall cannot do.
    """

    name: str
    servers: tuple[float, ...]
    kinds: tuple[float, ...]
    low: float = -math.inf
    high: float = math.inf
    is_wish: bool = False


class Objective(NamedTuple):
    """What is minimised, per server and per used cabinet; one that is maximised has its signs turned.

    constant: what there is with nothing placed, its sign as it is; it decides nothing.
    """

    servers: tuple[float, ...]
    kinds: tuple[float, ...]
    constant: float = 0.0


@dataclass(frozen=True, slots=True)
class Hall:
    """Kinds of cabinets and of servers, each in the order of their names, and what limits them together.

    objective: None where only what is given is to be placed.
    """

    kinds: tuple[Kind, ...]
    servers: tuple[Server, ...]
    rows: tuple[Row, ...] = ()
    objective: Objective | None = None


def needs_of(server: Server) -> tuple[float, ...]:
    """Return what one server takes of what a cabinet has, in the order of `RESOURCES`."""
    return (server.power, server.height, server.weight, server.in_air, server.in_liquid)


def most(cap: float, need: float) -> float:
    """Return how many whole things of a need fit into what there is, as `ops.floor` snaps; infinite without a need."""
    if need <= 0:
        return math.inf
    if math.isinf(cap):
        return math.inf
    ratio = cap / need
    nearest = round(ratio)
    return float(nearest if abs(ratio - nearest) <= SLACK * max(1.0, nearest) else math.floor(ratio))


def is_within(used: float, cap: float) -> bool:
    """Tell whether what is used is within what there is, with the slack of all conditions."""
    return used <= cap + SLACK * max(abs(used), 0.0 if math.isinf(cap) else abs(cap))


def used_by(servers: tuple[Server, ...], filling: Filling) -> tuple[float, ...]:
    """Return what a filling takes of what a cabinet has, in the order of `RESOURCES`."""
    needs = [needs_of(each) for each in servers]
    return tuple(math.fsum(count * need[at] for count, need in zip(filling, needs, strict=True)) for at in range(5))


def fits(kind: Kind, servers: tuple[Server, ...], filling: Filling) -> bool:
    """Tell whether a filling is within all that a cabinet has."""
    return all(is_within(used, cap) for used, cap in zip(used_by(servers, filling), kind.caps, strict=True))


def row_value(row: Row, numbers: tuple[int, ...], used: tuple[int, ...]) -> float:
    """Return the left side of a row at numbers of servers and of used cabinets."""
    return math.fsum(
        [
            *(a * n for a, n in zip(row.servers, numbers, strict=True)),
            *(b * r for b, r in zip(row.kinds, used, strict=True)),
        ]
    )
