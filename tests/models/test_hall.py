"""One kind of cabinet in one hall: every limit binds where it is the least, and each check fails where it is broken."""

from __future__ import annotations

from typing import Any

import pytest
from rows import each_row

import calc
from calc.errors import CalcErrors

# A cabinet that holds ten servers of 2 kW, 4 U and 50 kg, whatever else is given.
ROOMY: dict[str, Any] = {
    "server_power": "2 kW",
    "rack_power_rated": "20 kW",
    "rack_height": "42 U",
    "server_height": "4 U",
    "rack_weight_limit": "1,000 kg",
    "server_weight": "50 kg",
}
# What is given beside that, and the servers that one cabinet then holds, by hand.
CABINETS: list[tuple[dict[str, str], int]] = [
    ({}, 10),  # 20 / 2 = 10 and 42 / 4 = 10.5
    ({"rack_power_derating": "80 %"}, 8),  # 16 / 2
    ({"rack_power_reserved": "1 kW"}, 9),  # 19 / 2
    ({"rack_height_reserved": "3 U"}, 9),  # 39 / 4
    ({"rack_weight_fitted": "600 kg"}, 8),  # 400 / 50
    ({"rack_weight_fitted": "1,200 kg"}, 0),
    ({"floor_load_limit": "300 kg/m2", "floor_area_per_rack": "2 m2", "rack_weight_fitted": "150 kg"}, 9),  # 450 / 50
    ({"rack_air_cooling": "15 kW"}, 7),  # 15 / 2
    ({"rack_air_cooling": "15 kW", "rack_power_reserved": "2 kW"}, 6),  # 13 / 2, and 18 / 2 by power
    ({"liquid_share": "50 %"}, 0),  # liquid cooling that is not given is none
    ({"liquid_share": "50 %", "rack_liquid_cooling": "6 kW"}, 6),  # 6 / 1
    ({"liquid_share": "50 %", "rack_liquid_cooling": "9 kW", "rack_air_cooling": "7.5 kW"}, 7),
    ({"liquid_share": "100 %", "rack_liquid_cooling": "30 kW", "rack_air_cooling": "0 kW"}, 10),
    ({"liquid_share": "0 %"}, 10),
    # Two feeds of 230 V x 32 A, one of them spare: 7.36 kVA x 0.95 = 6.992 kW
    ({"rack_feeds": "2", "rack_feeds_spare": "1", "feed_voltage": "230 V", "feed_current": "32 A",
      "feed_phase_factor": "1", "power_factor": "0.95"}, 3),
]  # fmt: skip
HALL: dict[str, Any] = {**ROOMY, "pue": "1.25", "show": ["hall_servers"]}
# What the hall gives, and the servers that fit into it.
HALLS: list[tuple[dict[str, str], float]] = [
    ({"hall_it_power": "2 MW"}, 1000),
    ({"hall_it_power": "2 MW", "network_power": "100 kW"}, 950),
    ({"ups_modules": "5", "ups_modules_spare": "1", "ups_module_power": "300 kW"}, 600),
    ({"ups_modules": "5", "ups_modules_spare": "1", "ups_module_power": "300 kW", "ups_load_share": "90 %"}, 540),
    ({"hall_it_power": "2 MW", "grid_power": "1.5 MW"}, 600),  # 1,500 / 1.25 / 2
    ({"hall_it_power": "2 MW", "generator_power": "1,000 kW"}, 400),
    ({"hall_it_power": "2 MW", "hall_racks": "30 racks"}, 300),
    ({"hall_it_power": "2 MW", "hall_floor_area": "100 m2", "floor_area_per_rack": "3 m2"}, 330),  # 33 cabinets
    ({"hall_it_power": "2 MW", "hall_air_cooling": "1.1 MW"}, 550),
    ({"hall_it_power": "2 MW", "hall_liquid_cooling": "300 kW", "liquid_share": "50 %",
      "rack_liquid_cooling": "20 kW"}, 300),
    ({"hall_it_power": "2 MW", "floor_load_limit": "500 kg/m2", "hall_floor_area": "20 m2"}, 200),  # 10,000 kg / 50
    # Cabinets of 9 x 2 + 1 = 19 kW: 105 of them take 1,995, and in 5 kW more fit 2 beside 1 kW.
    ({"hall_it_power": "2 MW", "rack_power_reserved": "1 kW"}, 947),
    # The same of air: 50 cabinets of 19 kW and 2 servers beside 1 kW in the 5 kW that are left
    ({"hall_it_power": "9 MW", "rack_power_reserved": "1 kW", "hall_air_cooling": "955 kW"}, 452),
    # Cabinets of 8 x 50 + 600 = 1,000 kg: 10 of them, and 2 servers in 700 kg
    ({"hall_it_power": "9 MW", "rack_weight_fitted": "600 kg", "floor_load_limit": "535 kg/m2",
      "hall_floor_area": "20 m2"}, 82),
]  # fmt: skip
# What breaks a check: what is given, and what the failure says.
BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"servers_per_rack": "11 servers"}, "the servers draw more than the cabinet may supply"),
    ({"servers_per_rack": "11 servers"}, "the servers are higher than the cabinet"),
    ({"servers_per_rack": "10 servers", "rack_weight_fitted": "600 kg"}, "the cabinet weighs more than it may"),
    ({"servers_per_rack": "10 servers", "rack_air_cooling": "19 kW"}, "air does not take all heat out of the cabinet"),
    ({"servers_per_rack": "10 servers", "liquid_share": "50 %"}, "the cabinet has not the liquid cooling"),
    ({"servers_per_rack": "10 servers", "floor_load_limit": "200 kg/m2", "floor_area_per_rack": "2 m2"}, "too heavy"),
    ({"servers": "1,001 servers", "hall_it_power": "2 MW"}, "the IT draws more than the hall may supply"),
    ({"servers": "700 servers", "grid_power": "1.5 MW"}, "more than its connection to the grid carries"),
    ({"servers": "700 servers", "generator_power": "1.5 MW"}, "the hall draws more than its generators give"),
    ({"servers": "700 servers", "hall_air_cooling": "1.3 MW"}, "air does not cool the hall"),
    ({"servers": "700 servers", "hall_liquid_cooling": "0.6 MW", "liquid_share": "50 %",
      "rack_liquid_cooling": "20 kW"}, "liquid does not cool the hall"),
    ({"servers": "700 servers", "hall_racks": "69 racks"}, "the hall has not so many cabinets"),
    ({"servers": "700 servers", "hall_floor_area": "209 m2", "floor_area_per_rack": "3 m2"}, "the floor has no room"),
    ({"servers": "700 servers", "hall_floor_area": "35 m2", "floor_load_limit": "999 kg/m2"}, "does not carry"),
    # H27: of six supplies of 3.3 kW on two feeds three are left, 9.9 kW
    ({"server_power": "10.2 kW", "server_supplies": "6", "supply_power": "3.3 kW", "rack_feeds": "2"}, "loses a feed"),
    ({"server_supplies": "6", "server_supplies_needed": "4", "rack_feeds": "2"}, "too few supplies"),
]  # fmt: skip


def run(show: str, given: dict[str, Any]) -> Any:
    return calc.run({"inputs": {name: each for name, each in given.items() if name != "show"}, "show": [show]})


@each_row(("given", "servers"), CABINETS)
def test_a_cabinet_holds_what_its_least_limit_allows(given: dict[str, str], servers: int) -> None:
    assert run("servers_per_rack", {**ROOMY, **given}).cases["base"]["servers_per_rack"].value == servers


@each_row(("given", "servers"), HALLS)
def test_a_hall_holds_what_its_least_limit_allows(given: dict[str, str], servers: float) -> None:
    assert run("hall_servers", {**HALL, **given}).cases["base"]["hall_servers"].value == servers


@each_row(("given", "says"), BROKEN)
def test_what_is_broken_fails_without_being_asked(given: dict[str, Any], says: str) -> None:
    found = run("rack_power_drawn", {**ROOMY, "pue": "1.25", **given})
    assert not found.is_fine
    assert says in str(found.to_dict()["cases"][0]["checks"])


def test_apparent_power_is_no_power() -> None:
    with pytest.raises(CalcErrors, match=r"given as apparent power, it needs power per rack"):
        run("rack_power_usable", {"rack_power_rated": "22 kVA"})


def test_the_feeds_of_a_cabinet_carry_what_is_not_spare() -> None:
    feeds = {"rack_feeds": "2", "rack_feeds_spare": "1", "feed_voltage": "400 V", "feed_current": "32 A",
             "feed_phase_factor": "1.7320508", "power_factor": "1", "rack_power_derating": "80 %"}  # fmt: skip
    # sqrt(3) x 400 V x 32 A = 22.17 kVA; at 80 % 17.74
    found = run("rack_power_usable", feeds).cases["base"]
    assert round(found["rack_power_usable"].value, 2) == 17.74
    # A cabinet designed for less than its feeds carry: 17.3 x 80 %
    lesser = run("rack_power_usable", {**feeds, "rack_power_rated": "17.3 kW"}).cases["base"]
    assert round(lesser["rack_power_usable"].value, 2) == 13.84


@each_row(("servers", "imbalance"), [(3, 0), (4, 0.5), (5, 0.4), (7, 2 / 7), (9, 0)])
def test_equal_loads_stand_on_three_phases_as_evenly_as_they_can(servers: int, imbalance: float) -> None:
    # 4 servers as 2, 1, 1: (2 - 4/3) / (4/3); 5 as 2, 2, 1: (5/3 - 1) / (5/3); 7 as 3, 2, 2
    given = {"servers_per_rack": f"{servers} servers", "feed_phase_factor": "1.7320508"}
    found = run("phase_imbalance", given).cases["base"]["phase_imbalance"].value
    assert found == pytest.approx(imbalance, abs=1e-12)


def test_limits_that_are_not_given_leave_every_sample_its_value() -> None:
    for more in ({}, {"liquid_share": "50 %", "rack_liquid_cooling": "6 to 7 kW"}, {"rack_air_cooling": "15 kW"}):
        given = {**HALL, **more, "server_power": "1.8 to 2.2 kW", "hall_it_power": "2 MW"}
        found = run("hall_servers", given).cases["base"]["hall_servers"]
        assert found.p50 is not None
        assert found.p10 <= found.value <= found.p90
