"""What a scenario says and no figure needs is said: formulas, totals, choices and facts, as inputs are."""

from __future__ import annotations

from typing import Any

import pytest

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


def test_a_choice_that_something_else_decides_is_said() -> None:
    """A formula or a value of the scenario's own wins over a choice, and so does a nearer choice."""
    life = {"a": "1", "b": "36 months", "network_life": "5 years"}
    both, one = ["server_amortisation", "network_amortisation"], ["server_amortisation"]
    straight = {"use": {"amortisation": "straight_line"}}
    own = {"formulas": {"server_amortisation": "a / b"}, "inputs": life}
    peak = {"facts": ["h100-sxm"], "inputs": {}, "show": ["gpu_peak"]}
    given = {"gpu_peak": "1 PFLOP/s/gpu"}
    left = "`amortisation` under `use` does not decide `server_amortisation`, "
    left += "with a formula or value of the scenario's own"
    rows: list[tuple[dict[str, Any], list[str]]] = [
        ({**straight, **own, "show": both}, [left]),
        ({**straight, "inputs": {"network_life": "5 years", "server_amortisation": "3 %/month"}, "show": both}, [left]),
        ({**straight, **own, "show": one}, ["unused choice under `use`: amortisation"]),
        ({"cases": {"x": straight, "y": straight}, **own, "show": both}, [left]),
        # A case decides for itself.
        (
            {**peak, "use": {"dtype": "fp8"}, "cases": {"x": {"use": {"dtype": "bf16"}}}},
            ["unused choice under `use`: dtype"],
        ),
        (
            {**peak, "cases": {"x": {**given, "use": {"dtype": "bf16"}}, "y": {"use": {"dtype": "fp8"}}}},
            ["unused choice under `use`: dtype in `x`"],
        ),
        ({**peak, "use": {"dtype": "fp8"}, "cases": {"x": given, "y": {}}}, []),
        # One that is named by itself wins over a choice of several.
        (
            {
                "use": {"amortisation": "straight_line", "network_amortisation": "interest_only"},
                "inputs": {"network_life": "5 years", "plan_discount_rate": "5 %/year"},
                "show": ["network_amortisation"],
            },
            ["unused choice under `use`: amortisation"],
        ),
    ]
    for sections, said in rows:
        assert unused_or_overruled(**sections) == said, sections


def unused_or_overruled(**sections: Any) -> list[str]:
    found = calc.run({**RACK, **sections}).warnings
    return [each.partition(" (")[0] for each in found if "under `use`" in each]


def test_a_choice_whose_only_quantity_has_a_formula_is_refused() -> None:
    """As `use` of a quantity that a formula of the scenario computes is."""
    sections = {"inputs": {"p": "1 PFLOP/s/gpu"}, "formulas": {"gpu_peak": "p * 2"}, "show": ["gpu_peak"]}
    with pytest.raises(calc.CalcError, match="a formula of this scenario computes `gpu_peak`"):
        calc.run({**sections, "use": {"dtype": "fp8"}})
