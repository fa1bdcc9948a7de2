"""Two hundred random plans against a second computation on dated flows, and what holds for each of them.

Lives are whole and half years, so that all flows are on a grid of half years, where numpy-financial discounts them.
"""

from __future__ import annotations

import json
import math
import random
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy_financial
import pytest

import calc
from calc.engine.evaluate import NotIncluded, evaluate_samples
from calc.engine.graph import formula_of
from calc.errors import Problems
from calc.scenario.case import Options
from calc.scenario.display import given_figure
from calc.scenario.load import load_text
from calc.scenario.resolve import resolve
from calc.study.points import plan_of
from calc.units import parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.graph import Plan
    from calc.scenario.resolve import Scenario

YEARS = range(2026, 2032)
COUNT = 200
SHOW = [
    "owning_npv", "renting_npv", "owning_internal_rate", "owning_payback", "owning_levelised_cost_per_gpu_hour",
    "server_cost_per_month", "network_cost_per_month", "setup_cost_per_month", "storage_cost_per_month",
    "server_spending", "network_spending", "storage_spending", "setup_spending", "spares_spending",
    "hosting_spending", "owning_cash_flow", "residual_received", "owning_cost_per_month", "running_cost_per_month",
    "hardware_cost_per_month", "hosting_cost_per_month", "breakeven_utilisation_of_plan", "owning_running",
    "owning_against_renting_npv", "owning_against_renting_cash_flow", "renting_cash_flow", "gpu_hours_per_month",
    "renting_levelised_cost_per_gpu_hour", "owning_at_start", "owning_late", "capital_spending",
    "owning_resale",
]  # fmt: skip
SHARED = {"gpus_per_server": "8 gpus", "server_power": "10 kW", "average_power_share": "80 %", "pue": "1.25"}


# Choices change what has to be planned, which takes longer than to compute it: each option meets each of every other
# choice in one of these.
CHOICES = ("site", "flows_count", "refresh_price", "plan_end", "amortisation", "replaced")
CHOSEN = [
    ("own_hall", "start", "as_given", "residual_share", "straight_line", "nothing"),
    ("colocation", "start", "falling", "book_value", "annuity_monthly", "sold"),
    ("own_hall", "start", "falling", "book_value", "annuity_yearly", "nothing"),
    ("colocation", "middle", "as_given", "book_value", "straight_line", "sold"),
    ("own_hall", "middle", "falling", "residual_share", "annuity_monthly", "nothing"),
    ("colocation", "middle", "as_given", "residual_share", "annuity_yearly", "sold"),
    ("own_hall", "end", "falling", "book_value", "straight_line", "sold"),
    ("colocation", "end", "as_given", "residual_share", "annuity_monthly", "nothing"),
    ("own_hall", "end", "as_given", "book_value", "annuity_yearly", "sold"),
    ("colocation", "middle", "falling", "book_value", "straight_line", "nothing"),
]


def drawn(chance: random.Random) -> dict[str, Any]:
    """Return a plan in plain numbers."""
    servers = [chance.choice([0, 10, 20])]
    for _ in YEARS[1:]:
        servers.append(max(10, servers[-1] + chance.choice([-5, 0, 0, 10, 20])))
    return {
        "servers": servers,
        "server_price": [round(200_000 * chance.uniform(0.5, 1.2)) for _ in YEARS],
        "server_life": chance.choice([1.5, 2, 2.5, 3, 4, 5.5, 8]),
        "network_life": chance.choice([2, 2.5, 4, 6]),
        "facility_life": chance.choice([3.5, 10, 15]),
        "network_share": chance.choice([0.1, 0.2]),
        "spares_share": chance.choice([0.0, 0.03]),
        "storage_capex": chance.choice([0, 400_000]),
        "setup_cost": chance.choice([0, 90_000]),
        "facility_capex_per_power": 9,
        "colocation_price": 150,
        "electricity_price": [round(0.06 + chance.uniform(0, 0.05), 4) for _ in YEARS],
        "gpu_hour_price": [round(chance.uniform(1.5, 4), 2) for _ in YEARS],
        "gpu_utilisation": chance.choice([0.3, 0.6, 0.9]),
        "discount_rate": chance.choice([0.0, 0.05, 0.1, 0.2]),
        "server_residual_share": chance.choice([0.0, 0.1, 0.3]),
        "hardware_price_decay": 0.14,
        "use": dict(zip(CHOICES, chance.choice(CHOSEN), strict=True)),
    }  # fmt: skip


UNITS = {
    "servers": "servers", "server_price": "USD/server", "server_life": "years", "network_life": "years",
    "facility_life": "years", "storage_capex": "USD", "setup_cost": "USD", "facility_capex_per_power": "USD/W",
    "colocation_price": "USD/kW-month", "electricity_price": "USD/kWh", "gpu_hour_price": "USD/gpu/hour",
    "hardware_price_decay": "orders_of_magnitude/year", "discount_rate": "1/year",
}  # fmt: skip


def written(plan: dict[str, Any]) -> dict[str, Any]:
    """Return a plan as the case of a scenario."""

    def amount(name: str, number: float) -> str:
        if name == "discount_rate":
            return f"{100 * number:.15g} %/year"
        return f"{number:.17g} {UNITS.get(name, '')}".strip()

    case: dict[str, Any] = {"use": plan["use"]}
    for name, each in plan.items():
        if isinstance(each, list):
            case[name] = {"by year": {year: amount(name, number) for year, number in zip(YEARS, each, strict=True)}}
        elif name != "use":
            case[name] = amount(name, each)
    return case


PLANS = {f"plan {at}": drawn(random.Random(at)) for at in range(COUNT)}  # noqa: S311  # no secret, only plans


def answers(plans: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the figures of plans: a number, a list of one a year, or None.

    Plans of the same choices are samples of one: its graph is planned once, and evaluated on arrays (plans, years).
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, plan in plans.items():
        groups.setdefault(tuple(plan["use"][each] for each in CHOICES), []).append(name)
    found: dict[str, dict[str, Any]] = {}
    for choices, names in groups.items():
        found |= alike(choices, {name: plans[name] for name in names})
    return {name: found[name] for name in plans}


@cache
def graph_of(choices: tuple[str, ...]) -> tuple[Scenario, Plan]:
    """Return what is to be computed of plans with these choices; all plans give the same names."""
    plan = {**PLANS["plan 0"], "use": dict(zip(CHOICES, choices, strict=True))}
    problems = Problems()
    resolved = resolve(load_text(json.dumps(scenario_of({"plan": plan})), "plans", problems), Options(), problems)
    case = resolved.cases[0]
    return resolved, plan_of(resolved, case, case.asked, {})


def alike(choices: tuple[str, ...], plans: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the figures of plans with the same choices."""
    resolved, plan = graph_of(choices)
    case, catalogue = resolved.cases[0], resolved.catalogue
    figures: dict[str, Any] = {name: given_figure(name, case.values, resolved.years) for name in plan.leaves}
    for name in next(iter(plans.values())).keys() & figures.keys():
        rows = [each[name] if isinstance(each[name], list) else [each[name]] for each in plans.values()]
        figures[name] = np.array(rows, dtype=float) * parse_unit(UNITS.get(name, "1")).factor
    figures |= {name: NotIncluded((name,)) for name in (*plan.not_included, *plan.left_out)}
    for name in plan.order:
        formula = formula_of(catalogue, name, case.use)
        if formula is not None and name not in figures:
            figures[name] = evaluate_samples(name, formula.expression, figures, {}, resolved.years)
    found: dict[str, dict[str, Any]] = {name: {} for name in plans}
    for name in SHOW:
        array = np.asarray(figures[name]) / catalogue[name].unit.factor
        table = np.broadcast_to(array, (len(plans), array.shape[-1])).tolist()
        for plan_name, row in zip(plans, table, strict=True):
            found[plan_name][name] = row if len(row) > 1 else None if math.isnan(row[0]) else row[0]
    return found


def scenario_of(plans: dict[str, dict[str, Any]]) -> dict[str, Any]:
    cases = {name: written(plan) for name, plan in plans.items()}
    return {"years": f"{YEARS[0]} to {YEARS[-1]}", "inputs": SHARED, "cases": cases, "show": SHOW}


def run(plans: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the figures of plans as a run answers them, one by one."""
    cases = calc.run(scenario_of(plans)).cases
    return {name: {each: amounts(case[each]) for each in SHOW} for name, case in cases.items()}


def amounts(figure: calc.Figure) -> float | list[float] | None:
    """Return the amounts of a figure, a list where it differs from year to year."""
    return [row["value"] for row in figure.by_year] if figure.by_year else figure.value


@cache
def all_answers() -> dict[str, dict[str, Any]]:
    return answers(PLANS)


def each_plan(count: int = COUNT) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for name in list(PLANS)[:count]:
        yield name, PLANS[name], all_answers()[name]


def yearly(figure: Any) -> list[float]:
    return figure if isinstance(figure, list) else [figure] * len(YEARS)


# ---------------------------------------------------------------- the second computation


def bought(needed: list[float], life: float) -> list[tuple[float, float]]:
    """Return date and amount of each purchase, on a grid of half years."""
    found: list[tuple[float, float]] = []
    for half in range(2 * len(needed)):
        now, year = half / 2, half // 2
        alive = sum(each for at, each in found if at + life > now)
        # What grows is bought at the start of a year, what ends whenever it does.
        if half % 2 == 0 or any(at + life == now for at, _ in found):
            short = needed[year] - alive
            if short > 0:
                found.append((now, short))
    return found


def flows(plan: dict[str, Any]) -> tuple[list[tuple[float, float]], list[float], list[float], float]:
    """Return dated purchases, less what is sold, what runs through each year owned and rented, and what is left."""
    end = len(YEARS)
    fall = 0.14 if plan["use"]["refresh_price"] == "falling" else 0
    prices, servers = plan["server_price"], plan["servers"]
    share = plan["network_share"] / (1 - plan["network_share"])
    hardware = [(at, n * prices[int(at)] * 10 ** (-fall * at)) for at, n in bought(servers, plan["server_life"])]
    network = [(at, n * prices[int(at)] * share) for at, n in bought(servers, plan["network_life"])]
    spent = [*hardware, *network, *((at, each * plan["spares_share"]) for at, each in hardware)]
    for whole in ("storage_capex", "setup_cost"):
        spent += bought([plan[whole] if n else 0 for n in servers], plan["server_life"])
    running = [n * 10 * 0.8 * 1.25 * 8_760 * each for n, each in zip(servers, plan["electricity_price"], strict=True)]
    hall: list[tuple[float, float]] = []
    if plan["use"]["site"] == "own_hall":
        hall = [(at, kw * 1_000 * 9) for at, kw in bought([10 * n for n in servers], plan["facility_life"])]
        spent += hall
    else:
        running = [each + n * 10 * 150 * 12 for each, n in zip(running, servers, strict=True)]
    rent = [
        n * 8 * 8_760 * plan["gpu_utilisation"] * each for n, each in zip(servers, plan["gpu_hour_price"], strict=True)
    ]
    share, life = plan["server_residual_share"], plan["server_life"]
    serving = [(at, each) for at, each in hardware if at + life >= end]
    if plan["use"]["plan_end"] == "residual_share":
        left = sum(share * each for _, each in serving)
    else:
        # Straight lines fall to what a sale brings.
        left = sum(each * (1 - (1 - share) * (end - at) / life) for at, each in serving)
        for part, years in ((network, plan["network_life"]), (hall, plan["facility_life"])):
            left += sum(each * max(0, 1 - (end - at) / years) for at, each in part)
    if plan["use"]["replaced"] == "sold":
        spent += [(at + life, -share * each) for at, each in hardware if at + life < end]
    return spent, running, rent, left


def on_grid(plan: dict[str, Any], spent: Any, through: list[float], left: float) -> list[float]:
    """Return flows by half year, the last at the end of the plan."""
    grid = [0.0] * (2 * len(YEARS) + 1)
    for at, each in spent:
        grid[int(2 * at)] -= each
    offset = {"start": 0, "middle": 1, "end": 2}[plan["use"]["flows_count"]]
    for year, each in enumerate(through):
        grid[2 * year + offset] += each
    grid[-1] += left
    return grid


def worth(plan: dict[str, Any], grid: list[float]) -> float:
    return float(numpy_financial.npv(math.sqrt(1 + plan["discount_rate"]) - 1, grid))


def test_plans_together_are_answered_as_a_run_answers_each() -> None:
    some = {PLANS[name]["use"][each]: name for name in list(PLANS)[:40] for each in CHOICES}
    for name, found in run({name: PLANS[name] for name in {*some.values(), *list(PLANS)[:6]}}).items():
        for each, amount in found.items():
            other = all_answers()[name][each]
            assert (amount is None) == (other is None), (name, each)
            if amount is not None:
                assert yearly(other) == pytest.approx(yearly(amount), rel=1e-11, abs=1e-6), (name, each)


def test_two_hundred_plans_agree_with_dated_flows() -> None:
    rates = 0
    for name, plan, found in each_plan():
        spent, running, rent, left = flows(plan)
        owning = worth(plan, on_grid(plan, spent, [-each for each in running], left))
        assert found["owning_npv"] == pytest.approx(owning, rel=1e-9), name
        renting = worth(plan, on_grid(plan, (), [-each for each in rent], 0))
        assert found["renting_npv"] == pytest.approx(renting, rel=1e-9), name
        hours = worth(plan, on_grid(plan, (), [n * 8 * 8_760 * plan["gpu_utilisation"] for n in plan["servers"]], 0))
        assert found["owning_levelised_cost_per_gpu_hour"] == pytest.approx(-owning / hours, rel=1e-9), name
        if found["owning_internal_rate"] is not None:
            saved = [one - other for one, other in zip(rent, running, strict=True)]
            grid = on_grid(plan, spent, saved, left)
            at = math.sqrt(1 + found["owning_internal_rate"]) - 1
            size = sum(abs(each) for each in grid)
            assert abs(numpy_financial.npv(at, grid)) < 1e-9 * size * max(1, (1 + at) ** -len(grid)), name
            rates += 1
    assert rates > COUNT / 4


def test_payback_is_when_the_sum_of_flows_stays_above_nothing() -> None:
    for name, plan, found in each_plan():
        if plan["use"]["flows_count"] == "start":
            continue
        spent, running, rent, left = flows(plan)
        first = int(min((at for at, each in spent if each), default=0))

        def total(time: float, plan: Any = plan, flows: Any = (spent, running, rent, left)) -> float:
            spent, running, rent, left = flows
            sofar = float(-sum(each for at, each in spent if at <= time))
            for year, (one, other) in enumerate(zip(rent, running, strict=True)):
                sofar += (one - other) * min(1.0, max(0.0, time - year))
            return float(sofar + (left if time >= len(YEARS) else 0))

        slack = 1e-6 * max(1.0, sum(each for _, each in spent))
        if found["owning_payback"] is None:
            assert total(len(YEARS)) < slack, name
            continue
        paid = found["owning_payback"] + first
        assert all(total(at / 50) >= -slack for at in range(math.ceil(paid * 50 + 1e-6), len(YEARS) * 50 + 1)), name
        if found["owning_payback"] > 0:
            assert total(paid - 1e-7) < slack, name


# ---------------------------------------------------------------- what holds for every plan


def test_money_is_conserved_between_lines_years_and_present_value() -> None:
    for name, plan, found in each_plan():
        get = {each: yearly(found[each]) for each in SHOW if found[each] is not None}
        parts = ("server", "network", "storage", "setup", "spares")
        for at in range(len(YEARS)):
            # The lines add up to the hardware, hardware, hosting and running to the flow, and that to the difference.
            hardware = sum(get[f"{part}_spending"][at] for part in parts)
            assert hardware == pytest.approx(get["capital_spending"][at], rel=1e-12, abs=1e-6), name
            out = hardware + get["hosting_spending"][at] + 12 * get["running_cost_per_month"][at]
            left = get["residual_received"][at] + get["owning_resale"][at]
            assert get["owning_cash_flow"][at] == pytest.approx(left - out, rel=1e-9, abs=1e-3), name
            against = get["owning_cash_flow"][at] - get["renting_cash_flow"][at]
            assert get["owning_against_renting_cash_flow"][at] == pytest.approx(against, rel=1e-9, abs=1e-3), name
            # The month is the sum of its lines.
            month = sum(get[f"{line}_cost_per_month"][at] for line in ("hardware", "hosting", "running"))
            assert get["owning_cost_per_month"][at] == pytest.approx(month, rel=1e-12, abs=1e-6), name
        # Without interest the present value is the sum of the years.
        if plan["discount_rate"] == 0:
            assert found["owning_npv"] == pytest.approx(sum(get["owning_cash_flow"]), rel=1e-9), name
        assert found["owning_against_renting_npv"] == pytest.approx(found["owning_npv"] - found["renting_npv"]), name
        # Sold is a share of what was bought before, and only where that is chosen.
        assert any(get["owning_resale"]) <= (plan["use"]["replaced"] == "sold"), name
        assert sum(get["owning_resale"]) <= plan["server_residual_share"] * sum(get["server_spending"]) + 1e-6, name
        # Nothing is left before the last year, and what is left is not negative.
        assert not any(get["residual_received"][:-1]), name
        assert get["residual_received"][-1] >= 0, name


def changed(count: int, **changes: Any) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield names, figures of plans, and those with changes: a value, or a function of the plan's."""
    others = {}
    for name in list(PLANS)[:count]:
        plan = {**PLANS[name], "use": dict(PLANS[name]["use"])}
        for key, each in changes.items():
            target = plan["use"] if key in plan["use"] else plan
            target[key] = each(target[key], plan) if callable(each) else each
        others[name] = plan
    for name, found in answers(others).items():
        yield name, all_answers()[name], found


MONEY = (
    "server_price", "storage_capex", "setup_cost", "facility_capex_per_power", "colocation_price", "electricity_price",
    "gpu_hour_price",
)  # fmt: skip


def twice(amount: Any, _plan: Any) -> Any:
    return [2 * each for each in amount] if isinstance(amount, list) else 2 * amount


def test_doubling_every_price_doubles_every_cost() -> None:
    # The second computation and the scenario know the price of a watt and a kW-month by their inputs.
    for name, one, two in changed(8, **dict.fromkeys(MONEY, twice)):
        for each in ("owning_npv", "renting_npv", "owning_levelised_cost_per_gpu_hour"):
            assert two[each] == pytest.approx(2 * one[each], rel=1e-9), (name, each)
        for each in ("owning_cost_per_month", "owning_cash_flow", "capital_spending", "residual_received"):
            assert yearly(two[each]) == pytest.approx([2 * x for x in yearly(one[each])], rel=1e-9, abs=1e-6), name
        # Rates, times and shares of use stay.
        for each in ("owning_internal_rate", "owning_payback", "breakeven_utilisation_of_plan"):
            assert (two[each] is None) == (one[each] is None), (name, each)
            assert two[each] is None or two[each] == pytest.approx(one[each], rel=1e-6, abs=1e-9), (name, each)


def test_more_of_all_is_more_in_proportion() -> None:
    for name, one, two in changed(8, servers=twice, storage_capex=twice, setup_cost=twice):
        assert two["owning_npv"] == pytest.approx(2 * one["owning_npv"], rel=1e-9), name
        levelised = "owning_levelised_cost_per_gpu_hour"
        assert two[levelised] == pytest.approx(one[levelised], rel=1e-9), name


def test_a_longer_life_never_raises_the_share_of_a_month() -> None:
    for name, one, two in changed(8, server_life=twice, network_life=twice, facility_life=twice):
        first = [yearly(each["owning_cost_per_month"])[0] for each in (one, two)]
        assert first[1] <= first[0] * (1 + 1e-12), name
        # Nor are more of them bought.
        assert sum(yearly(two["server_spending"])) <= sum(yearly(one["server_spending"])) * (1 + 1e-12), name


def test_a_dearer_part_never_makes_owning_cheaper() -> None:
    for key in ("server_price", "setup_cost", "electricity_price"):
        for name, one, two in changed(6, **{key: twice}):
            left = sum(yearly(two["residual_received"])) - sum(yearly(one["residual_received"]))
            assert two["owning_npv"] <= one["owning_npv"] + max(left, 0) + 1e-6, (name, key)


def test_a_sale_is_worth_what_it_brings() -> None:
    plans = {"plan_end": "residual_share", "server_residual_share": 0.0, "replaced": "nothing"}
    sold = {**plans, "server_residual_share": 0.3}
    without = {name: found for name, _, found in changed(8, **plans)}
    for name, _, found in changed(8, **sold):
        rate = 1 + PLANS[name]["discount_rate"]
        gain = yearly(found["residual_received"])[-1] / rate ** len(YEARS)
        assert found["owning_npv"] - without[name]["owning_npv"] == pytest.approx(gain, rel=1e-6, abs=1), name


def test_later_flows_are_worth_less_and_sums_are_the_same() -> None:
    start, middle, end = ({name: found for name, _, found in changed(8, flows_count=each)} for each in TIMES)
    for name, found in middle.items():
        rents = [each[name]["renting_npv"] for each in (start, middle, end)]
        assert rents == sorted(rents), name
        # From one convention to the next, all that runs through a year is discounted by half a year more.
        half = math.sqrt(1 + PLANS[name]["discount_rate"])
        assert rents[0] == pytest.approx(rents[1] * half, rel=1e-9), name
        assert rents[1] == pytest.approx(rents[2] * half, rel=1e-9), name
        assert yearly(found["owning_cash_flow"]) == pytest.approx(yearly(end[name]["owning_cash_flow"])), name
        # Renting costs the same for each hour, whenever both are counted.
        levelised = [each[name]["renting_levelised_cost_per_gpu_hour"] for each in (start, middle, end)]
        assert levelised == pytest.approx([levelised[0]] * 3, rel=1e-9), name


TIMES = ("start", "middle", "end")


def test_a_phase_moved_by_a_year_is_discounted_by_one_year() -> None:
    def later(amounts: Any, plan: Any) -> Any:
        return [0, *amounts[:-1]] if amounts is plan["servers"] else [amounts[0], *amounts[:-1]]

    early: dict[str, Any] = {}
    moved = {}
    for name in list(PLANS)[:8]:
        plan = {**PLANS[name], "storage_capex": 400_000, "setup_cost": 90_000, "server_residual_share": 0.0}
        plan["use"] = {**plan["use"], "plan_end": "residual_share", "refresh_price": "as_given"}
        plan |= {"server_life": 8, "network_life": 6, "facility_life": 10}
        # Five years, then none; and the same a year later.
        early[name] = {**plan, "servers": [10, 20, 20, 20, 20, 20]}
        moved[name] = {**early[name], "servers": [0, 10, 20, 20, 20, 20]}
        for each in ("server_price", "electricity_price", "gpu_hour_price"):
            moved[name][each] = [plan[each][0], *plan[each][:-1]]
    first, second = answers(early), answers(moved)
    for name, found in second.items():
        rate = 1 + PLANS[name]["discount_rate"]
        # The last year of the first is beyond the plan of the second.
        offset = {"start": 0.0, "middle": 0.5, "end": 1.0}[PLANS[name]["use"]["flows_count"]]
        last = yearly(first[name]["owning_cash_flow"])[-1] / rate ** (len(YEARS) - 1 + offset)
        assert found["owning_npv"] == pytest.approx((first[name]["owning_npv"] - last) / rate, rel=1e-9), name
        if first[name]["owning_payback"] is not None and found["owning_payback"] is not None:
            assert found["owning_payback"] == pytest.approx(first[name]["owning_payback"], abs=1e-9), name


def test_break_even_makes_both_present_values_equal() -> None:
    plans = {}
    for name, plan, found in each_plan(30):
        if found["breakeven_utilisation_of_plan"] is not None and 0 < found["breakeven_utilisation_of_plan"] <= 1:
            plans[name] = {**plan, "gpu_utilisation": found["breakeven_utilisation_of_plan"]}
    assert len(plans) > 4
    for name, found in answers(plans).items():
        assert found["owning_npv"] == pytest.approx(found["renting_npv"], rel=1e-9), name


def test_at_the_internal_rate_owning_and_renting_are_worth_the_same() -> None:
    plans = {}
    for name, plan, found in each_plan(30):
        rate = found["owning_internal_rate"]
        if rate is not None and 0 <= rate <= 1:
            plans[name] = {**plan, "discount_rate": rate}
        # Owning is the better investment just where its rate is above the discount rate.
        if rate is not None:
            assert (rate > plan["discount_rate"]) == (found["owning_against_renting_npv"] > 0), name
    for name, found in answers(plans).items():
        assert found["owning_npv"] == pytest.approx(found["renting_npv"], rel=1e-7), name


def test_what_is_written_off_over_a_life_is_the_price_paid() -> None:
    plans = {}
    for name in list(PLANS)[:8]:
        plan = {**PLANS[name], "servers": [10] * len(YEARS), "server_residual_share": 0.0, "server_life": 3}
        plans[name] = {**plan, "use": {**plan["use"], "amortisation": "straight_line"}}
    for name, found in answers(plans).items():
        for part in ("server", "setup", "storage"):
            charged = 12 * sum(yearly(found[f"{part}_cost_per_month"]))
            # Two whole lives of three years
            assert charged == pytest.approx(sum(yearly(found[f"{part}_spending"])), rel=1e-9, abs=1e-6), (name, part)


def test_an_annuity_is_worth_the_price_at_its_own_rate() -> None:
    plans = {}
    for name in list(PLANS)[:8]:
        plan = {**PLANS[name], "servers": [10] * len(YEARS), "server_life": 6, "network_life": 6}
        plans[name] = {**plan, "use": {**plan["use"], "amortisation": "annuity_yearly", "plan_end": "residual_share"}}
    for name, found in answers(plans).items():
        rate = PLANS[name]["discount_rate"]
        paid = 12 * sum(each / (1 + rate) ** (at + 1) for at, each in enumerate(yearly(found["server_cost_per_month"])))
        resold = yearly(found["residual_received"])[-1] / (1 + rate) ** len(YEARS)
        price = sum(yearly(found["server_spending"]))
        assert paid == pytest.approx(price - resold, rel=1e-9), name


def test_no_figure_depends_on_the_order_of_parts() -> None:
    parts = {name.replace(" ", "_"): {"inputs": written(plan)} for name, plan in list(PLANS.items())[:4]}
    for each in parts.values():
        each["use"] = {**each["inputs"].pop("use"), "site": "colocation"}
    orders = [list(parts), list(parts)[::-1]]
    found = []
    for order in orders:
        scenario = {
            "years": f"{YEARS[0]} to {YEARS[-1]}",
            "inputs": SHARED,
            "parts": {name: parts[name] for name in order},
            "totals": {"all_npv": "sum of owning_npv", "all_months": "sum of owning_cost_per_month"},
            "show": ["all_npv", "all_months"],
        }
        case = calc.run(scenario).cases["base"]
        found.append([case["all_npv"].value, *(row["value"] for row in case["all_months"].by_year or ())])
    assert found[0] == pytest.approx(found[1], rel=1e-12)


def test_months_and_years_hold_the_same_lines() -> None:
    """Over whole lives without interest, what the months bear is what the years pay: nothing is in one alone."""
    plans = {}
    for name in list(PLANS)[:12]:
        plan = {**PLANS[name], "servers": [10] * len(YEARS), "server_residual_share": 0.0, "discount_rate": 0.0}
        plan |= {"server_life": PLANS[name]["server_life"] if PLANS[name]["server_life"] in {1.5, 2, 3} else 3}
        plan |= {"network_life": 2, "facility_life": 3, "server_residual_share": PLANS[name]["server_residual_share"]}
        plans[name] = {**plan, "use": {**plan["use"], "amortisation": "straight_line", "plan_end": "residual_share"}}
    for name, plan in list(PLANS.items())[12:24]:
        # Lives that end at any time, growth and falling prices: what is not yet written off is the book value.
        other = {**plan, "storage_capex": 0, "setup_cost": 0, "spares_share": 0.0}
        plans[name] = {**other, "use": {**plan["use"], "amortisation": "straight_line", "plan_end": "book_value"}}
    sold = 0
    for name, found in answers(plans).items():
        months = 12 * sum(yearly(found["owning_cost_per_month"]))
        assert -sum(yearly(found["owning_cash_flow"])) == pytest.approx(months, rel=1e-9), name
        sold += any(yearly(found["owning_resale"]))
    assert sold > 3
