"""Plans against brute force, against the cabinet's own limits, and the same in any order."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from calc.placement.hall import Hall, Kind, Objective, Row, Server, fits, is_within, row_value
from calc.placement.plan import Planner, by_cause, phase_imbalance
from calc.records import replace


def drawn(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  # it draws halls, no secrets


def small_hall(chance: random.Random) -> Hall:
    """Return a hall of a few cabinets, so that all ways to fill all of them can be tried."""
    servers = tuple(
        Server(
            f"s{at}", chance.choice([3.5, 4.5, 6.5, 10.2]), chance.choice([4, 6, 8]), chance.choice([60, 120]),
        )
        for at in range(2)
    )  # fmt: skip
    servers = tuple(
        each._replace(in_air=each.power * share, in_liquid=each.power * (1 - share))
        for each, share in zip(servers, (1.0, chance.choice([1.0, 0.3])), strict=True)
    )
    kinds = tuple(
        Kind(
            f"k{at}", chance.choice([1, 2]), rated := chance.choice([10.0, 17.3, 25.0]),
            rated * chance.choice([1.0, 0.8]), chance.choice([0.0, 0.5]),
            chance.choice([24, 42, math.inf]), chance.choice([400, 1000]), math.inf,
            chance.choice([0.0, 12.0]),
        )
        for at in range(2)
    )  # fmt: skip
    powers = tuple(each.power for each in servers)
    rows = [Row("power", powers, tuple(kind.reserved for kind in kinds), high=chance.choice([20.0, 35.0, 60.0]))]
    if chance.random() < 0.5:
        rows.append(Row("some", (1.0, 0.0), (0.0, 0.0), low=float(chance.choice([1, 2])), is_wish=True))
    if chance.random() < 0.3:
        # A cabinet in use may be wished for by itself, and one that stands empty is not in use.
        rows.append(Row("used", (0.0, 0.0), (1.0, 0.0), low=float(chance.choice([1, 2])), is_wish=True))
    worth = tuple(-chance.choice([2.5, 8.0, 18.0, 3.0]) for _ in servers)
    return Hall(kinds, servers, tuple(rows), Objective(worth, (chance.choice([0.0, 4.0, -9.0]), 0.0)))


def by_brute_force(hall: Hall) -> float | None:
    """Return the least objective over all fillings of all cabinets, or None where none keeps all rows."""
    cabinets = [at for at, kind in enumerate(hall.kinds) for _ in range(kind.available)]
    ways = [
        [f for f in itertools.product(range(9), repeat=len(hall.servers)) if fits(hall.kinds[at], hall.servers, f)]
        for at in cabinets
    ]
    best: dict[tuple[int, ...], None] = {(0,) * (len(hall.servers) + len(hall.kinds)): None}
    for at, fillings in zip(cabinets, ways, strict=True):
        reached: dict[tuple[int, ...], None] = {}
        for state, filling in itertools.product(best, fillings):
            stand = [a + b for a, b in zip(state[: len(hall.servers)], filling, strict=True)]
            taken = [n + (each == at and any(filling)) for each, n in enumerate(state[len(hall.servers) :])]
            reached[(*stand, *taken)] = None
        best = reached
    values = []
    for state in best:
        numbers, used = state[: len(hall.servers)], state[len(hall.servers) :]
        sides = [row_value(row, numbers, used) for row in hall.rows]
        if all(is_within(row.low, v) and is_within(v, row.high) for row, v in zip(hall.rows, sides, strict=True)):
            objective = hall.objective
            assert objective is not None
            values.append(row_value(Row("", objective.servers, objective.kinds), numbers, used))
    return min(values) if values else None


def test_sixty_small_halls_are_planned_as_brute_force_plans_them() -> None:
    chance = drawn(17)
    infeasible = 0
    for _ in range(60):
        hall = small_hall(chance)
        plan, best = Planner(hall).plan(), by_brute_force(hall)
        assert (plan is None) == (best is None)
        infeasible += best is None
        if plan is not None and best is not None:
            assert plan.value == pytest.approx(best, rel=1e-9)
            assert plan.gap == 0
    assert 0 < infeasible < 30


def random_hall(chance: random.Random) -> Hall:
    servers = tuple(
        Server(
            f"s{at}",
            power := chance.uniform(2, 14),
            chance.choice([2, 4, 6, 8, 10]),
            chance.uniform(10, 200),
            power,
        )
        for at in range(chance.randint(1, 5))
    )
    kinds = tuple(
        Kind(f"k{at}", chance.randint(1, 60), rated := chance.choice([5, 10, 17.3, 25, 40]),
             rated * chance.choice([1, 0.8]), chance.choice([0, 0.4]),
             chance.choice([42, 48, math.inf]), chance.choice([600, 1000, math.inf]))
        for at in range(chance.randint(1, 3))
    )  # fmt: skip
    powers = tuple(each.power for each in servers)
    rows = (Row("power", powers, tuple(kind.reserved for kind in kinds), high=chance.uniform(50, 1500)),)
    objective = Objective(tuple(-chance.uniform(0.5, 20) for _ in servers), (0.0,) * len(kinds))
    return Hall(kinds, servers, rows, objective if chance.random() < 0.8 else None)


def test_two_hundred_random_plans_keep_every_limit_and_lose_no_watt() -> None:
    chance = drawn(7)
    stood = 0
    for _ in range(200):
        hall = random_hall(chance)
        plan = Planner(hall).plan()
        assert plan is not None
        stood += bool(plan.cabinets)
        assert all(fits(hall.kinds[each.kind], hall.servers, each.filling) for each in plan.cabinets)
        assert all(n <= kind.available for n, kind in zip(plan.used(hall), hall.kinds, strict=True))
        assert row_value(hall.rows[0], plan.servers(hall), plan.used(hall)) <= hall.rows[0].high * (1 + 1e-9)
        rated = math.fsum(kind.available * kind.rated for kind in hall.kinds)
        causes = by_cause(hall, plan)
        assert math.fsum(causes.values()) == pytest.approx(rated, rel=1e-9)
        assert min(causes.values()) >= -1e-9 * rated
    assert stood > 140


def test_the_plan_does_not_depend_on_the_run() -> None:
    chance = drawn(3)
    for _ in range(20):
        hall = random_hall(chance)
        assert Planner(hall).plan() == Planner(hall).plan()


def test_what_cannot_be_listed_is_generated_and_its_distance_from_the_best_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = drawn(11)
    for _ in range(10):
        hall = random_hall(chance)
        listed = Planner(hall).plan()
        with monkeypatch.context() as patch:
            patch.setattr("calc.placement.hall.MOST_FILLINGS", 0)
            generated = Planner(hall).plan()
        assert listed is not None
        assert generated is not None
        assert not generated.is_listed
        # Never better than the best, and never further from it than it says.
        assert generated.value >= listed.value - 1e-6 * abs(listed.value)
        assert generated.value <= listed.value + (generated.gap + 1e-6) * abs(generated.value)


def test_wishes_that_cannot_all_be_met_name_the_fewest_to_give_up() -> None:
    servers = (Server("a", 4.0), Server("b", 6.0))
    kinds = (Kind("k", 10, 12.0, 12.0),)
    power = Row("power", (4.0, 6.0), (0.0,), high=100.0)
    wishes = (
        Row("a >= 20", (1.0, 0.0), (0.0,), low=20.0, is_wish=True),
        Row("b >= 5", (0.0, 1.0), (0.0,), low=5.0, is_wish=True),
    )
    planner = Planner(Hall(kinds, servers, (power, *wishes), Objective((-1.0, -1.0), (0.0,))))
    assert planner.plan() is None
    # 20 x 4 = 80 leave 20 kW, 3 of b; 5 x 6 = 30 leave 70, 17 of a
    assert [[(wish.row.name, wish.reached) for wish in way] for way in planner.ways_out()] == [
        [("a >= 20", 17)],
        [("b >= 5", 3)],
    ]
    fleets = replace(planner.hall, servers=(servers[0]._replace(fleet=30), servers[1]), rows=(power,))
    planner = Planner(fleets)
    assert planner.plan() is None
    assert [[(wish.row.name, wish.reached) for wish in way] for way in planner.ways_out()] == [[("a", 25)]]


def test_phases_are_balanced_as_well_as_whole_loads_allow() -> None:
    assert phase_imbalance([4.5] * 6) == 0
    # 4.5 | 4.5 | 9 of a mean of 6
    assert phase_imbalance([4.5] * 4) == pytest.approx(0.5)
    # 14.3 | 4.5 | 4.5: the mean is 7.7667
    assert phase_imbalance([14.3, 4.5, 4.5]) == pytest.approx(14.3 / (23.3 / 3) - 1)
    assert phase_imbalance([]) is None
