"""Plans of halls: how long they take, and what they gain over simpler rules on random fleets.

`python bench/halls.py` prints tables in Markdown; `--fleets 150` sets how many fleets are drawn, `--seed` which.
Times are processor time, so that what else runs on the machine does not count.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
from time import process_time

from calc.placement.hall import Hall, Kind, Objective, Row, Server, fits
from calc.placement.plan import DRAWN, EMPTY, Planner, by_cause

# Height in U and draw in kW of servers as they are sold, from 1U to a DGX.
MODELS = (
    (1, 0.6), (1, 0.8), (2, 1.2), (2, 1.6), (2, 2.4), (4, 3.4), (5, 4.5), (6, 6.5), (8, 10.2), (8, 10.4), (10, 14.3),
)  # fmt: skip
CABINETS = (5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 17.3, 20.0, 22.0, 25.0, 30.0, 40.0)
SIX = (
    Server("a100", 4.5, 6, 123, 4.5), Server("dgx-a100", 6.5, 6, 123, 6.5), Server("h100", 10.2, 8, 130, 10.2),
    Server("b200", 14.3, 10, 142, 14.3), Server("b300", 14.5, 10, 142, 14.5), Server("p4d", 3.43, 6, 120, 3.43),
)  # fmt: skip
# Dense BF16 in PFLOP/s and a price in millions, such that neither power nor money alone decides.
PEAK = (2.496, 2.5, 7.9152, 18.0, 18.4, 2.49)
PRICE = (0.148, 0.15, 0.27, 0.379, 0.46, 0.14)


def hall_of(cabinets: int, *, budget: bool) -> Hall:
    """Return a hall of three kinds of cabinets and six kinds of servers under power, and perhaps a budget."""
    third = cabinets // 3
    kinds = tuple(
        Kind(name, third, rated, rated, 0.0, 42.0, 1000.0)
        for name, rated in (("10 kW", 10.0), ("17.3 kW", 17.3), ("25 kW", 25.0))
    )
    none = (0.0,) * len(kinds)
    rows = [Row("power", tuple(each.power for each in SIX), none, high=cabinets * 6.7)]
    if budget:
        rows.append(Row("budget", PRICE, none, high=cabinets / 6))
    return Hall(kinds, tuple(SIX), tuple(rows), Objective(tuple(-each for each in PEAK), none))


def times() -> None:
    """Print how long plans take."""
    print("| cabinets | under | fillings | seconds | proof |\n|---|---|---|---|---|")
    Planner(hall_of(30, budget=False)).plan()  # loads the library
    for cabinets in (300, 3000, 10_002):
        for budget in (False, True):
            begun = process_time()
            plan = Planner(hall_of(cabinets, budget=budget)).plan()
            seconds = process_time() - begun
            if plan is None:
                raise ArithmeticError("a plan that fits was not found")
            proof = "optimal" if plan.gap == 0 else f"at most {plan.gap * 100:.2g} % from the best"
            print(
                f"| {cabinets:,} | power{' and money' if budget else ''} | {plan.columns} | {seconds:.2f} | {proof} |"
            )
    for cabinets in (300, 3000, 10_002):
        begun = process_time()
        plan = Planner(many_kinds(cabinets)).plan()
        seconds = process_time() - begun
        if plan is None:
            raise ArithmeticError("a plan that fits was not found")
        proof = "optimal" if plan.gap == 0 else f"at most {plan.gap * 100:.2g} % from the best"
        print(f"| {cabinets:,} | ten kinds of servers, generated | {plan.columns} | {seconds:.2f} | {proof} |")


def many_kinds(cabinets: int) -> Hall:
    """Return a hall with ten kinds of small servers in cabinets to 44 kW, whose fillings are too many to be listed."""
    small = [(1, 0.6), (1, 0.8), (2, 1.2), (2, 1.6), (2, 2.4), (4, 3.4), (5, 4.5), (6, 6.5), (8, 10.2), (10, 14.3)]
    servers = tuple(Server(f"s{at}", kw, u, 0.0, kw) for at, (u, kw) in enumerate(small))
    kinds = tuple(Kind(name, cabinets // 3, kw, kw, 0.0, 48.0) for name, kw in (("a", 17.3), ("b", 25.0), ("c", 44.0)))
    none = (0.0,) * 3
    rows = [Row("power", tuple(each.power for each in servers), none, high=cabinets * 20.0)]
    rows += [
        Row(f"s{at}", tuple(float(at == each) for each in range(10)), none, low=cabinets / 20.0) for at in range(10)
    ]
    worth = tuple(-(kw**1.1) for _, kw in small)
    return Hall(kinds, servers, tuple(rows), Objective(worth, none))


# ---------------------------------------------------------------- what it gains


def fleet_of(chance: random.Random) -> Hall:
    """Return a random fleet of 2 to 6 kinds, 10 to 120 of each, and three kinds of cabinets that have room for it."""
    models = chance.sample(MODELS, chance.randint(2, 6))
    largest = max(kw for _, kw in models)
    fitting = [each for each in CABINETS if each >= largest]
    powers = sorted({*chance.sample(CABINETS, 2), chance.choice(fitting)})
    servers = tuple(Server(f"s{at}", kw, u, 0.0, kw, 0.0, chance.randint(10, 120)) for at, (u, kw) in enumerate(models))
    kinds = tuple(Kind(f"{kw:g} kW", 2000, kw, kw, 0.0, 42.0) for kw in powers)
    return Hall(kinds, servers)


def by_floor(hall: Hall) -> tuple[float, float]:
    """Return rated power taken and stranded where each kind of servers has the cabinets that suit it best, alone."""
    taken = drawn = 0.0
    for at, server in enumerate(hall.servers):
        ways = []
        for kind in hall.kinds:
            most = math.floor(min(kind.power / server.power + 1e-9, kind.height / server.height + 1e-9))
            if most:
                ways.append(math.ceil((server.fleet or 0) / most) * kind.rated)
        taken += min(ways)
        drawn += hall.servers[at].power * (server.fleet or 0)
    return taken, taken - drawn


def by_first_fit(hall: Hall) -> tuple[float, float]:
    """Return the same of first fit decreasing: the largest draws first, into the first cabinet begun that has room.

    A new cabinet is of the kind that the server strands the smallest share of when it is filled with its like.
    """
    order = sorted(range(len(hall.servers)), key=lambda at: -hall.servers[at].power)
    begun: list[tuple[Kind, list[int]]] = []
    for at in order:
        server = hall.servers[at]
        for _ in range(server.fleet or 0):
            for kind, filling in begun:
                filling[at] += 1
                if fits(kind, hall.servers, tuple(filling)):
                    break
                filling[at] -= 1
            else:
                kinds = [kind for kind in hall.kinds if kind.power + 1e-9 >= server.power]
                kind = min(kinds, key=lambda kind: _stranded_share(kind, server))
                filling = [0] * len(hall.servers)
                filling[at] = 1
                begun.append((kind, filling))
    taken = sum(kind.rated for kind, _ in begun)
    return taken, taken - sum(each.power * (each.fleet or 0) for each in hall.servers)


def _stranded_share(kind: Kind, server: Server) -> float:
    most = math.floor(min(kind.power / server.power + 1e-9, kind.height / server.height + 1e-9))
    return 1 - most * server.power / kind.rated


def gains(fleets: int, seed: int) -> None:
    """Print what is stranded of the rated power that fleets take, by rule."""
    chance = random.Random(seed)  # noqa: S311  # it draws fleets, no secrets
    shares: dict[str, list[float]] = {"floor, one kind a cabinet": [], "first fit decreasing": [], "calc": []}
    more, seconds, proved = [], [], 0
    for _ in range(fleets):
        hall = fleet_of(chance)
        begun = process_time()
        plan = Planner(hall).plan()
        seconds.append(process_time() - begun)
        if plan is None:
            raise ArithmeticError("a plan that fits was not found")
        proved += not plan.gap
        causes = by_cause(hall, plan)
        taken = math.fsum(causes.values()) - causes[EMPTY]
        floor, floor_stranded = by_floor(hall)
        first, first_stranded = by_first_fit(hall)
        shares["floor, one kind a cabinet"].append(floor_stranded / floor)
        shares["first fit decreasing"].append(first_stranded / first)
        shares["calc"].append((taken - causes[DRAWN]) / taken)
        more.append(floor / taken - 1)
    print("| stranded, of the rated power taken | median | p10 | p90 | largest |\n|---|---|---|---|---|")
    for name, each in shares.items():
        print(_row(name, each))
    print(_row("rated power of floor over that of calc", more))
    print(f"\n{fleets} fleets, seed {seed}, {proved} plans proved the best; a plan takes", end=" ")
    print(f"{statistics.median(seconds):.2f} s in the median, {max(seconds):.1f} s at most.")


def free_choice(halls: int, seed: int) -> None:
    """Print what mixing gains over the best single kind of servers where the plan may choose freely."""
    chance = random.Random(seed)  # noqa: S311  # it draws halls, no secrets
    gain = []
    for _ in range(halls):
        kinds = tuple(
            Kind(f"{kw:g} kW", chance.randint(10, 100), kw, kw, 0.0, 42.0) for kw in chance.sample(CABINETS[3:], 3)
        )
        servers = tuple(sorted(chance.sample(SIX, 4)))
        peak = dict(zip(SIX, PEAK, strict=True))
        power = chance.uniform(0.3, 0.9) * sum(kind.available * kind.rated for kind in kinds)
        rows = (Row("power", tuple(each.power for each in servers), (0.0,) * 3, high=power),)
        worth = Objective(tuple(-peak[each] for each in servers), (0.0,) * 3)
        mixed = Planner(Hall(kinds, servers, rows, worth)).plan()
        alone = []
        for at, server in enumerate(servers):
            row = Row("power", (server.power,), (0.0,) * 3, high=power)
            plan = Planner(Hall(kinds, (server,), (row,), Objective((worth.servers[at],), (0.0,) * 3))).plan()
            alone.append(plan.value if plan else 0.0)
        if mixed is None:
            raise ArithmeticError("a plan that fits was not found")
        gain.append(mixed.value / min(alone) - 1 if min(alone) < 0 else 0.0)
    print("| most PFLOP/s, free choice | median | p10 | p90 | largest |\n|---|---|---|---|---|")
    print(_row("gain over the best single kind", gain))


def _row(name: str, values: list[float]) -> str:
    tenths = statistics.quantiles(values, n=10)
    figures = (statistics.median(values), tenths[0], tenths[-1], max(values))
    return f"| {name} | " + " | ".join(f"{each * 100:.1f} %" for each in figures) + " |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fleets", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    times()
    print()
    gains(given.fleets, given.seed)
    print()
    free_choice(given.fleets, given.seed)
