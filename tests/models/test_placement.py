"""Servers that fit into no cabinet run nowhere: what needs them to run has no value, what is bought has its price."""

from __future__ import annotations

import json
from math import inf
from typing import Any

import pytest

import calc
from calc.errors import Problems
from calc.scenario.load import load_text
from calc.scenario.resolve import Options, resolve
from calc.study.placing import problem_of

# 100 cabinets' worth of GPUs: servers of 132 kW with 72 GPUs each, as a GB200 NVL72 is.
NVL72: dict[str, Any] = {
    "gpus": "7,200 gpus",
    "gpus_per_server": "72 gpus/server",
    "server_power": "132 kW",
    "server_price": "3M USD/server",
    "network_share": "10 %",
    "floor_area_per_rack": "3 m2",
    "pue": 1.3,
    "gpu_hour_price": "4 USD/gpu/hour",
    "electricity_price": "80 USD/MWh",
    "grid_carbon_intensity": "400 gCO2e/kWh",
    "server_life": "4 years",
    "discount_rate": "7 %/year",
    "facility_life": "15 years",
    "facility_capex_per_power": "11 USD/W",
    "facility_embodied_carbon_per_power": "1,000 kgCO2e/kW",
    "gpu_utilisation": "60 %",
    "average_power_share": "75 %",
    "embodied_carbon_per_server": "50,000 kgCO2e/server",
}
NEEDS_CABINETS = (
    "racks_needed", "floor_area", "it_power", "facility_power", "facility_energy_per_year", "facility_capex",
    "power_cost_per_month", "owning_cost_per_month", "owning_cost_per_gpu_hour", "colocation_cost_per_month",
    "breakeven_utilisation", "carbon_per_year", "carbon_per_gpu_hour", "stranded_power_total",
)  # fmt: skip
NEEDS_NONE = ("server_capex", "cluster_capex", "renting_cost_per_gpu_hour")


def results(show: tuple[str, ...], **more: Any) -> dict[str, Any]:
    extra = {"colocation_price": "150 USD/kW-month"}
    scenario = {"inputs": {**NVL72, **extra, **more}, "show": list(show)}
    found: dict[str, Any] = calc.run(scenario).to_dict()["cases"][0]
    return found


def test_in_cabinets_of_40_kw_nothing_that_needs_them_has_a_value() -> None:
    found = results((*NEEDS_CABINETS, *NEEDS_NONE), rack_power_rated="40 kW")["results"]
    wrong = [name for name in NEEDS_CABINETS if found[name]["value"] is not None]
    assert not wrong
    assert {found[name]["reason"] for name in NEEDS_CABINETS} == {"servers_per_rack is 0"}
    # 100 x 3M; / 0.9 with the network
    assert found["server_capex"]["value"] == 300e6
    assert round(found["cluster_capex"]["value"], 1) == 333333333.3
    assert found["renting_cost_per_gpu_hour"]["value"] == 4


def test_without_a_cabinet_all_is_as_with_one_that_holds_a_server() -> None:
    shown = tuple(name for name in NEEDS_CABINETS if name not in {"racks_needed", "floor_area", "stranded_power_total"})
    free, placed = results((*shown, *NEEDS_NONE)), results((*shown, *NEEDS_NONE), rack_power_rated="132 kW")
    values = [{name: each["value"] for name, each in found["results"].items()} for found in (free, placed)]
    assert values[0] == values[1]
    # 100 servers x 132 kW
    assert free["results"]["it_power"]["value"] == 13200
    assert "placement" not in free["variants"]
    assert placed["variants"]["placement"]["variant"] == "in_cabinets"


def test_a_study_that_chooses_the_cabinet_asks_whether_a_server_fits() -> None:
    """One server needs 132 kW: below that no cost is low enough, because there is none."""
    show = ["owning_cost_per_gpu_hour"]
    goal = {"smallest within": "20 to 200 kW", "so that": "owning_cost_per_gpu_hour <= 4 USD/gpu/hour"}
    scenario = {
        "inputs": NVL72,
        "show": show,
        "sweep": {"rack_power_rated": "40 to 160 kW step 40 kW"},
        "find": {"rack_power_rated": goal},
    }
    studies = calc.run(scenario).to_dict()["studies"]
    (case,) = studies["sweep"]["cases"]
    (costs,) = [each["values"] for each in case["columns"] if each["name"] == show[0]]
    assert [each is None for each in costs] == [True, True, True, False]
    (found,) = studies["find"]["goals"]
    assert found["cases"][0]["values"]["rack_power_rated"]["value"] == 132


def test_a_server_that_fits_in_some_samples_only_has_a_share_without_value() -> None:
    """Of 120 to 140 kW, 60 % hold no server of 132 kW."""
    found = results(("owning_cost_per_gpu_hour",), rack_power_rated="120 to 140 kW")["results"]
    assert found["owning_cost_per_gpu_hour"]["mean"] is None
    assert abs(found["owning_cost_per_gpu_hour"]["share_without_value"] - 0.6) < 0.005


def test_the_median_of_samples_with_a_value_is_told_with_the_share_of_the_others() -> None:
    """The likely 140 kW of 120 to 150 kW hold a server of 132 kW, those of 24 % of the samples do not."""
    scenario = {
        "inputs": {**NVL72, "rack_power_rated": {"low": "120 kW", "likely": "140 kW", "high": "150 kW"}},
        "show": ["racks_needed"],
        "cases": {"one": {}, "two": {}},
        "find": {"discount_rate": {"smallest within": "1 to 20 %/year", "so that": "servers >= 1 server"}},
        "compare": {"cases": ["one", "two"]},
    }
    answer = calc.run(scenario).to_dict()
    said = {"run": answer["cases"][0]["results"]["racks_needed"]}
    said["find"] = answer["studies"]["find"]["goals"][0]["cases"][0]["results"]["racks_needed"]
    said["compare"] = answer["studies"]["compare"]["figures"][0]["values"][0]
    # below 132 kW lie 12 x 12 / (30 x 20) = 24 %
    shares = {study: each.get("share_without_value") for study, each in said.items()}
    assert shares == dict.fromkeys(said, pytest.approx(0.24, abs=0.005))
    for study in ("run", "find"):
        assert said[study]["headline"].endswith("no value in 24 % of the samples"), said[study]["headline"]


def test_what_a_cabinet_needs_itself_is_not_left_to_its_servers() -> None:
    kinds = {
        # Watts, units, kilograms and watts of heat in air that servers of a cabinet may have; none in liquid.
        "plain": ({}, (99e3, inf, inf, inf, 0)),
        "high": ({"rack_height": "42 U"}, (99e3, 42, inf, inf, 0)),
        "with a switch": ({"rack_height": "42 U", "rack_height_reserved": "4 U"}, (99e3, 38, inf, inf, 0)),
        "weak": ({"rack_weight_limit": "1,000 kg"}, (99e3, inf, 1000, inf, 0)),
        "with a door": ({"rack_weight_limit": "1,000 kg", "rack_weight_fitted": "150 kg"}, (99e3, inf, 850, inf, 0)),
        "warm": ({"rack_air_cooling": "11 kW"}, (99e3, inf, inf, 11e3, 0)),
        "with fans": ({"rack_air_cooling": "11 kW", "rack_power_reserved": "1.5 kW"}, (97.5e3, inf, inf, 9.5e3, 0)),
    }
    one = {"racks_available": "1 rack", "rack_power_rated": "99 kW"}
    text = {
        "cabinets": {name: {"inputs": {**one, **more}} for name, (more, _) in kinds.items()},
        "parts": {"x": {"inputs": {"server_power": "2.2 kW"}}},
        "place": {"maximise": "servers in x"},
        "show": ["servers"],
    }
    problems = Problems()
    scenario = resolve(load_text(json.dumps(text), "hall.yaml", problems), Options(), problems)
    hall, _ = problem_of(scenario, scenario.cases[0]).at({})
    caps = {each.name: tuple(map(float, each.caps)) for each in hall.kinds}
    assert caps == {name: pytest.approx(wanted) for name, (_, wanted) in kinds.items()}
