"""What a scenario says and no figure needs is said: formulas, totals, choices and facts, as inputs are."""

from __future__ import annotations

from typing import Any

import calc

RACK = {
    "inputs": {"rack_power_rated": "25 kW", "server_power": "4.5 kW/server"},
    "show": ["servers_per_rack_by_power"],
}


def unused(**sections: Any) -> list[str]:
    return [each.partition(" (")[0] for each in calc.run({**RACK, **sections}).warnings if each.startswith("unused")]


def test_what_nothing_needs_is_said() -> None:
    sections = {
        "formulas": {"half": "rack_power_rated / 2", "twice": "half * 2"},
        "use": {"server_amortisation": "annuity_monthly", "scaling_law": "hoffmann_2022"},
        "facts": ["region-hawaii"],
        "uncertainty": {"samples": 500},
    }
    assert unused(**sections) == [
        "unused formula: half, twice",
        "unused choice under `use`: server_amortisation, scaling_law",
        "unused facts: region-hawaii",
        "unused section: uncertainty",
    ]


def test_what_is_needed_is_not() -> None:
    sections = {
        "formulas": {"half": "rack_power_rated / 2", "twice": "half * 2"},
        "checks": ["twice >= 1 kW/rack"],
        "use": {"gpu_peak": "fp8"},
        # Its server power is replaced, its peak is used.
        "facts": ["dgx-h100", "h100-sxm"],
        "show": ["servers_per_rack_by_power", "gpu_peak"],
    }
    assert unused(**sections) == []


def test_a_total_and_a_choice_of_a_case_count_too() -> None:
    part = {"facts": ["dgx-h100"], "inputs": {"servers": "3 servers"}}
    found = calc.run(
        {
            "parts": {"one": part, "two": part},
            "totals": {"site": "sum of it_power", "all_servers": "sum of servers"},
            "cases": {"a": {"use": {"gpu_peak": "fp8"}}, "b": {}},
            "show": ["site"],
        }
    ).warnings
    assert [each.partition(" (")[0] for each in found if each.startswith("unused")] == [
        "unused total: all_servers",
        "unused choice under `use`: gpu_peak",
    ]
