"""Every shipped plan again: its dated flows from the inputs alone, in plain Python, and what they are worth."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from rows import each_row

import calc
from calc.files import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

# Date in years from the beginning of the plan, and amount; what goes out is negative.
Flow = tuple[float, float]
SHIPPED = sorted(
    path.stem
    for path in data_folder("scenarios").glob("*.yaml")
    if re.search("^years:", path.read_text(encoding="utf-8"), re.MULTILINE)
)
# What has years but buys and rents nothing.
NO_MONEY = {"growth-of-compute"}
SHOW = [
    "owning_npv", "renting_npv", "owning_against_renting_npv", "owning_internal_rate", "owning_payback",
    "owning_levelised_cost_per_gpu_hour", "renting_levelised_cost_per_gpu_hour",
]  # fmt: skip
# Inputs that this computation knows; with another one it would be another plan.
KNOWN = {
    "servers", "server_price", "server_life", "gpus_per_server", "server_power", "average_power_share", "pue",
    "electricity_price", "hours_per_month", "discount_rate", "gpu_hour_price", "gpu_utilisation", "network_share",
    "facility_capex_per_power", "facility_life", "colocation_price", "hardware_price_decay", "order_of_magnitude",
}  # fmt: skip
BESIDE_MONEY = {"grid_connection", "grid_carbon_intensity"}


def by_year(given: dict[str, Any], years: int) -> list[float]:
    """Return what an input is in each year: given so, grown, or the same in all."""
    if given.get("by_year"):
        return [row["value"] for row in given["by_year"]]
    rise = given["growth"]["value"] if given.get("growth") else 0.0
    return [given["value"] * (1 + rise) ** at for at in range(years)]


def purchases(needed: list[float], life: float) -> list[Flow]:
    """Return date and number of each purchase that keeps in service what is needed; lives are whole years here."""
    assert life == int(life)
    found: list[Flow] = []
    for year, need in enumerate(needed):
        short = need - sum(number for at, number in found if at + life > year)
        found += [(float(year), short)] if short > 0 else []
    return found


class Plan:
    """A part or case of a scenario as flows."""

    def __init__(self, answer: dict[str, Any], years: int) -> None:
        unknown = answer["inputs"].keys() - KNOWN - BESIDE_MONEY
        assert not unknown, f"the second computation does not know {sorted(unknown)}"
        use = {name: each["variant"] for name, each in answer["variants"].items()}
        of = {name: by_year(each, years) for name, each in answer["inputs"].items()}
        self.years, self.rate = years, of["discount_rate"][0]
        self.date = {"start": 0.0, "middle": 0.5, "end": 1.0}[use["flows_count"]]
        servers = of["servers"]
        decay = of.get("hardware_price_decay", [0.0])[0] if use.get("refresh_price") == "falling" else 0.0
        life = of["server_life"][0]
        hardware = [(at, n * of["server_price"][int(at)] * 10 ** (-decay * at)) for at, n in purchases(servers, life)]
        share = of["network_share"][0] if "network_share" in of else 0.0
        network = [(at, n * of["server_price"][int(at)] * share / (1 - share)) for at, n in purchases(servers, life)]
        power = [n * of["server_power"][0] for n in servers]
        run = [
            kw * of["average_power_share"][0] * of["pue"][0] * 8_760 * price
            for kw, price in zip(power, of["electricity_price"], strict=True)
        ]
        hall: list[Flow] = []
        if use.get("site") == "colocation":
            run = [cost + kw * 12 * fee for cost, kw, fee in zip(run, power, of["colocation_price"], strict=True)]
        else:
            watt = of["facility_capex_per_power"][0]
            hall = [(at, kw * 1_000 * watt) for at, kw in purchases(power, of["facility_life"][0])]
        left = 0.0
        if use.get("plan_end") == "book_value":
            lives = [(hardware, life), (network, life), *([(hall, of["facility_life"][0])] if hall else [])]
            left = sum(price * max(0.0, 1 - (years - at) / lasts) for part, lasts in lives for at, price in part)
        gpus = [n * of["gpus_per_server"][0] for n in servers]
        self.hours = [n * 8_760 * share for n, share in zip(gpus, of["gpu_utilisation"], strict=True)]
        self.rent = [hours * price for hours, price in zip(self.hours, of["gpu_hour_price"], strict=True)]
        self.at_once = [(at, -price) for at, price in (*hardware, *network, *hall)] + [(float(years), left)]
        self.run = run

    def dated(self, through: Iterable[float]) -> list[Flow]:
        return [(at + self.date, amount) for at, amount in enumerate(through)]

    def worth(self, flows: list[Flow], rate: float) -> float:
        return float(sum(amount / (1 + rate) ** at for at, amount in flows))

    def figures(self) -> dict[str, float | None]:
        from scipy.optimize import brentq

        owning = self.at_once + self.dated(-each for each in self.run)
        renting = self.dated(-each for each in self.rent)
        saved = [rent - cost for rent, cost in zip(self.rent, self.run, strict=True)]
        npv, rented = self.worth(owning, self.rate), self.worth(renting, self.rate)
        hours = self.worth(self.dated(self.hours), self.rate)
        against = self.at_once + self.dated(saved)
        return {
            "owning_npv": npv,
            "renting_npv": rented,
            "owning_against_renting_npv": npv - rented,
            "owning_internal_rate": brentq(lambda rate: self.worth(against, rate), -0.9, 10, xtol=1e-13),
            "owning_payback": self.payback(saved),
            "owning_levelised_cost_per_gpu_hour": -npv / hours,
            "renting_levelised_cost_per_gpu_hour": -rented / hours,
        }

    def payback(self, saved: list[float]) -> float | None:
        """Return when the sum, straight between whole years and jumping at them, comes up from below for good."""
        assert self.date, "flows at the start of a year are not spread over it"
        points: list[Flow] = []
        total = 0.0
        for year in range(self.years + 1):
            total += saved[year - 1] if year else 0.0
            points.append((year, total))
            total += sum(amount for at, amount in self.at_once if at == year)
            points.append((year, total))
        if total < 0:
            return None
        below = [(one, other) for one, other in pairwise(points) if one[1] < 0]
        (begin, low), (end, high) = below[-1]
        return begin + (end - begin) * -low / (high - low)


@each_row("name", SHIPPED)
def test_a_shipped_plan_is_worth_what_its_dated_flows_are(name: str) -> None:
    if name in NO_MONEY:
        with pytest.raises(calc.CalcError, match="neither `servers` nor `gpus`"):
            calc.run(name, show=SHOW)
        return
    answer = calc.run(name, show=SHOW).to_dict()
    whole = [part for case in answer["cases"] for part in (case.get("parts") or [case])]
    assert whole
    for each in whole:
        second = Plan(each, len(answer["years"])).figures()
        for figure, amount in second.items():
            found = each["results"][figure]["value"]
            assert found == (None if amount is None else pytest.approx(amount, rel=1e-9)), (each["name"], figure)


# What version 0.1 answered, by the `use:` that still gives it: -53.09 in the table of CHANGELOG.md is -53,088,089.27.
OLD: dict[str, tuple[dict[str, str], dict[str, dict[str, Any]]]] = {
    "h100-cluster-4-years": (
        {"flows_count": "start", "left_counts": "start", "written_off": "of_today"},
        {
            "colocation": {
                "owning_npv": -53088089.3,
                "renting_npv": -57289091.7,
                "owning_internal_rate": 0.213197563,
                "owning_payback": 1.9941783,
                "owning_levelised_cost_per_gpu_hour": 2.70607627,
                "owning_cost_per_gpu_hour": [3.22246382, 3.25119178, 3.28126813, 3.31275764],
                "breakeven_utilisation": [0.623128363, 0.72096731, 0.834445967, 0.9661169],
            },
            "own hall": {
                "owning_npv": -47503791.9,
                "renting_npv": -57289091.7,
                "owning_internal_rate": 0.253726625,
                "owning_payback": 2.27271461,
                "owning_levelised_cost_per_gpu_hour": 2.42142608,
                "owning_cost_per_gpu_hour": [2.98018939, 2.98459005, 2.98912273, 2.99379139],
                "breakeven_utilisation": [0.576279716, 0.661847101, 0.760151658, 0.873095099],
            },
            "colocation, prices stay": {
                "owning_npv": -60452592.2,
                "renting_npv": -57289091.7,
                "owning_internal_rate": -0.0388423709,
                "owning_payback": None,
                "owning_levelised_cost_per_gpu_hour": 3.08146945,
                "owning_cost_per_gpu_hour": [3.22246382, 3.25119178, 3.28126813, 3.31275764],
                "breakeven_utilisation": [0.623128363, 0.72096731, 0.834445967, 0.9661169],
            },
        },
    ),
    "own-colo-rent": (
        {"hosting_sized_by": "it_power"},
        {
            "own hall": {
                "owning_cost_per_gpu_hour": 1.53379973,
                "owning_over_its_life": 257972844.0,
                "breakeven_utilisation": 0.3866722,
            },
            "colocation": {
                "owning_cost_per_gpu_hour": 1.63880893,
                "owning_over_its_life": 275634552.0,
                "breakeven_utilisation": 0.413145109,
            },
            "own hall, rent committed": {
                "owning_cost_per_gpu_hour": 1.53379973,
                "owning_over_its_life": 257972844.0,
                "breakeven_utilisation": None,
            },
        },
    ),
}


@each_row("name", list(OLD))
def test_what_version_0_1_answered_is_a_choice_away(name: str) -> None:
    use, cases = OLD[name]
    found = calc.run({"extends": name, "use": use}, samples=64).cases
    for case, figures in cases.items():
        for figure, old in figures.items():
            by_year = found[case][figure].by_year
            amount = [row["value"] for row in by_year] if by_year else found[case][figure].value
            assert amount == (None if old is None else pytest.approx(old, rel=1e-8)), (case, figure)
