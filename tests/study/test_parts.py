"""Parts and totals: own and shared inputs, sums, what is answered where, draws, cases, and the output formats."""

from __future__ import annotations

from typing import Any

import pytest

import calc
from calc.errors import CalcError

# 25 kW hold 5 servers of 4.5 kW and 2 of 10.2 kW: 128 / 5 = 26 cabinets, 40 / 2 = 20.
# Stranded: 26 x 25 - 128 x 4.5 = 74 kW; 20 x 25 - 40 x 10.2 = 92 kW.
PARTS = {
    "training": {"inputs": {"server_power": "4.5 kW", "servers_needed": "128 servers"}},
    "inference": {"inputs": {"server_power": "10.2 kW", "servers_needed": "40 servers"}},
}
SITE: dict[str, Any] = {
    "inputs": {"rack_power_rated": "25 kW"},
    "parts": PARTS,
    "totals": {"site_racks": "sum of racks_needed", "site_stranded": "sum of stranded_power_total"},
    "formulas": {"stranded_per_rack": "site_stranded / site_racks", "rack_share": "racks_needed / site_racks"},
}
SHOW = ["racks_needed", "site_racks", "stranded_per_rack", "rack_share"]


def site(**sections: Any) -> calc.CaseResult:
    return calc.run({**SITE, "show": SHOW, **sections}).cases["base"]


def test_parts_totals_and_what_follows() -> None:
    found = site()
    assert {name: part["racks_needed"].value for name, part in found.parts.items()} == {"training": 26, "inference": 20}
    assert list(found) == ["site_racks", "stranded_per_rack"]
    assert found["site_racks"].value == 46
    assert found["stranded_per_rack"].value == pytest.approx(166 / 46, rel=1e-12)


def test_a_part_may_have_nothing_of_its_own() -> None:
    # 4 servers and 9 of 8 GPUs each: 32 + 72 = 104
    parts = {"as the file says": None, "larger": {"inputs": {"servers": "9 servers"}}}
    inputs = {"servers": "4 servers", "gpus_per_server": "8 gpus/server"}
    found = calc.run({"inputs": inputs, "parts": parts, "totals": {"all_gpus": "sum of gpus"}, "show": ["all_gpus"]})
    assert found.cases["base"]["all_gpus"].value == 104


def test_a_figure_of_a_part_may_refer_to_a_total() -> None:
    parts = site().parts
    assert list(parts["training"]) == ["racks_needed", "rack_share"]
    assert parts["training"]["rack_share"].value == pytest.approx(26 / 46, rel=1e-12)


def test_without_a_show_list_totals_and_all_that_follows_is_answered() -> None:
    found = calc.run(SITE).cases["base"]
    assert set(found) == {"site_racks", "site_stranded", "stranded_per_rack"}
    assert {"servers_per_rack", "racks_needed", "stranded_power_total"} <= set(found.parts["training"])


def test_a_part_beats_the_file_and_a_case_beats_the_part() -> None:
    parts = {
        **PARTS,
        "edge": {"inputs": {"server_power": "4.5 kW", "servers_needed": "5 servers", "rack_power_rated": "5 kW"}},
    }
    cases = {"as planned": {}, "dense": {"parts": {"training": {"inputs": {"rack_power_rated": "50 kW"}}}}}
    result = calc.run({**SITE, "parts": parts, "cases": cases, "show": SHOW})
    assert result.cases["as planned"].parts["edge"]["racks_needed"].value == 5
    # 50 / 4.5 = 11 servers; 128 / 11 = 12 cabinets
    assert result.cases["dense"].parts["training"]["racks_needed"].value == 12
    assert result.cases["dense"].parts["inference"]["racks_needed"].value == 20
    assert result.cases["dense"]["site_racks"].value == 12 + 20 + 5


def test_a_case_gives_values_to_all_parts() -> None:
    result = calc.run({**SITE, "cases": {"dense": {"rack_power_rated": "50 kW"}}, "show": SHOW})
    # 50 / 10.2 = 4 servers
    assert [part["racks_needed"].value for part in result.cases["dense"].parts.values()] == [12, 10]


def test_set_beats_everything() -> None:
    result = calc.run({**SITE, "show": SHOW}, settings={"servers_needed": "1 server"})
    assert result.cases["base"]["site_racks"].value == 2


def test_parts_may_take_facts_and_variants() -> None:
    peaks = {"inputs": {"gpu_peak_bf16": "989.4 TFLOP/s/gpu", "gpu_peak_fp8": "1979 TFLOP/s/gpu"}}
    parts = {"training": {}, "inference": {"use": {"dtype": "fp8"}}, "old": {"facts": ["dgx-a100"]}}
    found = calc.run({**peaks, "parts": parts, "show": ["gpu_peak"]}).cases["base"].parts
    assert [part["gpu_peak"].value for part in found.values()] == [989.4, 1979, 989.4]
    assert found["old"].inputs.keys() == {"gpu_peak_bf16"}


# ---------------------------------------------------------------- uncertainty


def spread(parts: dict[str, Any], shared: dict[str, Any]) -> calc.CaseResult:
    return calc.run(
        {
            "inputs": {"server_power": "1 kW", **shared},
            "parts": parts,
            "totals": {"site_power": "sum of rack_power_usable"},
            "show": ["rack_power_usable", "site_power"],
        }
    ).cases["base"]


def width(figure: calc.Figure) -> float:
    assert figure.p10 is not None
    assert figure.p90 is not None
    return figure.p90 - figure.p10


def test_a_shared_input_is_one_draw_for_all_parts() -> None:
    found = spread({"a": {}, "b": {}}, {"rack_power_rated": "10 to 25 kW"})
    one, other = found.parts["a"]["rack_power_usable"], found.parts["b"]["rack_power_usable"]
    assert (one.p10, one.p90) == (other.p10, other.p90)
    assert width(found["site_power"]) == pytest.approx(2 * width(one), rel=1e-12)


def test_inputs_of_the_parts_are_draws_of_their_own() -> None:
    own = {"inputs": {"rack_power_rated": "10 to 25 kW"}}
    found = spread({"a": own, "b": own}, {})
    # The sum of two uniform draws on (10, 25): p10 lies where (x - 20)^2 / 2 / 15^2 = 0.1, at 20 + 15 x sqrt(0.2).
    assert found["site_power"].p10 == pytest.approx(20 + 15 * 0.2**0.5, rel=0.01)
    assert width(found["site_power"]) < 1.6 * width(found.parts["a"]["rack_power_usable"])


def test_one_fact_in_two_parts_is_one_draw() -> None:
    parts = {
        name: {"facts": ["hgx-a100-80gb"], "inputs": {"servers_needed": "10 servers"}} for name in ("here", "there")
    }
    found = calc.run(
        {
            "parts": parts,
            "formulas": {"hardware": "server_price * servers_needed"},
            "totals": {"both": "sum of hardware"},
            "show": ["hardware", "both"],
        }
    ).cases["base"]
    assert width(found["both"]) == pytest.approx(2 * width(found.parts["here"]["hardware"]), rel=1e-12)


# ---------------------------------------------------------------- gaps


def test_a_part_in_which_nothing_is_included_is_left_out_and_said() -> None:
    parts = {**PARTS, "training": {"inputs": {**PARTS["training"]["inputs"], "floor_area_per_rack": "2.5 m2"}}}
    result = calc.run({**SITE, "parts": parts, "totals": {"site_area": "sum of floor_area"}, "formulas": {}})
    assert result.cases["base"]["site_area"].value == 65
    assert any("site_area leaves out inference" in warning for warning in result.warnings)


def test_a_total_over_nothing_is_not_included() -> None:
    result = calc.run({**SITE, "totals": {"site_area": "sum of floor_area"}, "formulas": {}, "show": ["site_area"]})
    assert result.cases["base"]["site_area"].status == "not included"


def test_a_total_over_a_part_without_a_value_has_none_and_says_which() -> None:
    found = site(inputs={"rack_power_rated": "8 kW"})
    assert found["site_racks"].value is None
    assert "inference" in str(found["site_racks"].reason)
    assert found.parts["training"]["racks_needed"].value == 128


def test_a_missing_value_names_the_part() -> None:
    with pytest.raises(CalcError, match="in part `inference`"):
        site(parts={**PARTS, "inference": {"inputs": {"server_power": "10.2 kW"}}})


# ---------------------------------------------------------------- promises, checks, formats


def test_promises_and_checks_of_parts() -> None:
    expect = {"training": {"racks_needed": "26 racks"}, "inference": {"racks_needed": 20}, "site_racks": "46 racks"}
    checks = ["racks_needed >= 20", "site_racks <= 46 racks", "racks_needed <= site_racks"]
    result = calc.run({**SITE, "show": SHOW, "expect": expect, "checks": checks})
    assert result.failures == []
    found = result.cases["base"]
    assert [check["check"] for check in found.checks] == ["site_racks <= 46 racks"]
    assert len(found.parts["training"].checks) == 2
    broken = calc.run({**SITE, "show": SHOW, "expect": {**expect, "site_racks": 47}})
    assert len(broken.failures) == 1


def test_totals_run_over_years() -> None:
    parts = {
        "here": {"inputs": {"budget_total": {"start": "$10M", "grows": "10 %/year"}}},
        "there": {"inputs": {"budget_total": "$1M"}},
    }
    given = {"years": "2026 to 2027", "inputs": {"compute_share": "50 %"}, "parts": parts}
    found = calc.run({**given, "totals": {"all": "sum of compute_budget"}, "show": ["all"]}).cases["base"]["all"]
    assert found.by_year is not None
    assert [row["value"] for row in found.by_year] == pytest.approx([5.5e6, 6e6], rel=1e-12)


def test_json_has_parts_beside_results_of_the_same_shape() -> None:
    case = calc.run({**SITE, "show": SHOW}).to_dict()["cases"][0]
    assert list(case["results"]) == ["site_racks", "stranded_per_rack"]
    assert [part["name"] for part in case["parts"]] == ["training", "inference"]
    assert set(case["parts"][0]) == set(case) - {"parts"}
