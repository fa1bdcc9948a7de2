"""Studies of scenarios with parts: the same figures as `calc run` at every point, and hand arithmetic."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import calc
from calc.errors import CalcError

# 25 kW hold 5 servers of 4.5 kW and 2 of 10.2 kW: 128 / 5 = 26 cabinets, 40 / 2 = 20.
SITE: dict[str, Any] = {
    "inputs": {"rack_power_rated": "20 to 30 kW"},
    "parts": {
        "training": {"inputs": {"server_power": "4 to 5 kW", "servers_needed": "128 servers"}},
        "inference": {"inputs": {"server_power": "10.2 kW", "servers_needed": "40 servers"}},
    },
    "totals": {"site_racks": "sum of racks_needed", "site_stranded": "sum of stranded_power_total"},
    "formulas": {"stranded_per_rack": "site_stranded / site_racks", "rack_share": "racks_needed / site_racks"},
    "show": ["racks_needed", "site_racks", "stranded_per_rack", "rack_share"],
    "uncertainty": {"samples": 500},
}


def study(name: str, scenario: dict[str, Any], **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = calc.run(scenario, **options).to_dict()["studies"][name]
    return found


def figures(case: calc.CaseResult) -> dict[str, calc.Figure]:
    """Return the figures of a case and its parts, under the names that studies give them."""
    found = {f"{name} in {part}": part_case[name] for part, part_case in case.parts.items() for name in part_case}
    return {**found, **{name: case[name] for name in case}}


@pytest.mark.parametrize(
    "axes",
    [
        {"servers_needed in training": ["100 servers", "151 servers"]},
        {"rack_power_rated": "20 to 30 kW step 5 kW", "server_power in inference": ["6 kW", "10.2 kW"]},
        {"servers_needed in every part": ["7 servers", "12 servers"]},
        {"rack_power_rated in inference": ["10 kW", "11 kW"], "server_power in training": ["4.1 kW"]},
        # none of 10.2 kW fits into 8 kW: no value
        {"rack_power_rated": ["8 kW", "25 kW"]},
    ],
)
def test_a_sweep_is_what_single_runs_say_with_samples_too(axes: dict[str, Any]) -> None:
    [case] = study("sweep", {**SITE, "sweep": axes})["cases"]
    columns = {each["name"]: each for each in case["columns"]}
    names = [name.removesuffix(" in every part") for name in axes]
    assert list(columns)[: len(axes)] == names
    assert len(columns) == len(axes) + 6
    for at in range(case["points"]):
        settings = {name: f"{columns[name]['values'][at]!r} {columns[name]['unit']}" for name in names}
        alone = figures(calc.run(SITE, settings=settings).cases["base"])
        for name, figure in alone.items():
            assert columns[name]["values"][at] == figure.value
            if "p10" in columns[name] and figure.p10 is not None:
                assert (columns[name]["p10"][at], columns[name]["p90"][at]) == (figure.p10, figure.p90)


def test_without_a_show_list_all_that_the_axis_moves_is_answered() -> None:
    totals = {**SITE["totals"], "site_power": "sum of server_power"}
    scenario = {
        **SITE, "totals": totals, "show": [], "sweep": {"servers_needed in training": ["100 servers", "151 servers"]},
    }  # fmt: skip
    [case] = study("sweep", scenario)["cases"]
    names = [each["name"] for each in case["columns"]]
    assert {"racks_needed in training", "site_racks", "stranded_per_rack", "site_stranded"} <= set(names)
    # How many servers there are does not move what one of each draws.
    assert not {"racks_needed in inference", "site_power"} & set(names)
    assert "servers_per_rack in training" not in names


def test_conditions_hold_in_every_part_or_in_the_one_that_is_named() -> None:
    axis = {"rack_power_rated": "20 to 30 kW step 5 kW"}
    # racks of training 32, 26, 22 and of inference 40, 20, 20
    for condition, holds in (
        ("racks_needed <= 30 racks", [False, True, True]),
        ("racks_needed in training <= 22 racks", [False, False, True]),
        ("racks_needed in training < racks_needed in inference", [True, False, False]),
        ("racks_needed in training + racks_needed in inference <= 46 racks", [False, True, True]),
        ("racks_needed <= site_racks", [True, True, True]),
    ):
        [case] = study("sweep", {**SITE, "sweep": {**axis, "so that": condition}})["cases"]
        assert case["holds"] == holds, condition


def test_best_and_front_rank_totals_and_named_parts() -> None:
    sweep = {
        "rack_power_rated": "20 to 30 kW step 5 kW",
        "minimise": "racks_needed in training",
        "pareto": ["minimise site_racks", "maximise racks_needed in inference"],
    }
    [case] = study("sweep", {**SITE, "sweep": sweep})["cases"]
    assert (case["best"], case["worst"]) == (2, 0)
    # site 72, 46, 42; inference 40, 20, 20: the middle one is beaten
    assert case["pareto"] == [2, 0]


def test_find_an_input_of_one_part_for_a_figure_of_the_whole() -> None:
    goal = {"servers_needed in training": {"largest within": "1 to 1,000 servers", "so that": "site_racks <= 50 racks"}}
    [found] = study("find", {**SITE, "find": goal})["goals"][0]["cases"]
    # 30 racks of 5 beside the 20 of inference
    assert found["values"]["servers_needed in training"]["value"] == 150
    assert found["results"]["site_racks"]["value"] == 50
    settings = {"servers_needed in training": "150 servers"}
    alone = figures(calc.run(SITE, settings=settings).cases["base"])
    assert found["results"]["site_racks"]["p90"] == alone["site_racks"].p90


def test_find_a_shared_input_for_a_figure_of_every_part() -> None:
    goal = {"rack_power_rated": {"smallest within": "5 to 60 kW", "so that": "servers_per_rack >= 3"}}
    [found] = study("find", {**SITE, "find": goal})["goals"][0]["cases"]
    # 3 x 10.2 kW decides
    assert found["values"]["rack_power_rated"]["value"] == 30.6
    assert "inference: servers_per_rack >= 3" in found["explanation"]


def test_the_best_of_inputs_of_two_parts() -> None:
    over = {"servers_needed in training": "0 to 100 servers", "servers_needed in inference": "0 to 100 servers"}
    find = {"maximise": "worth", "over": over, "so that": "site_racks <= 10 racks"}
    formulas = {**SITE["formulas"], "value": "servers_needed * server_worth", "worth": "total_value"}
    parts = {
        "training": {"inputs": {**SITE["parts"]["training"]["inputs"], "server_worth": "1 USD/server"}},
        "inference": {"inputs": {**SITE["parts"]["inference"]["inputs"], "server_worth": "3 USD/server"}},
    }
    totals = {**SITE["totals"], "total_value": "sum of value"}
    scenario = {**SITE, "formulas": formulas, "parts": parts, "totals": totals, "find": find}
    [found] = study("find", scenario)["goals"][0]["cases"]
    # A rack of training is worth 5 x 1, one of inference 2 x 3: ten of inference.
    assert {name: each["value"] for name, each in found["values"].items()} == {
        "servers_needed in training": 0,
        "servers_needed in inference": 20,
    }


def test_an_input_that_only_the_study_gives_leaves_the_rest_to_it() -> None:
    parts = {**SITE["parts"], "training": {"inputs": {"server_power": "4.5 kW"}}}
    scenario = {**SITE, "parts": parts, "sweep": {"servers_needed in training": ["100 servers", "150 servers"]}}
    result = calc.run(scenario)
    assert list(result.cases["base"]) == []
    assert list(result.cases["base"].parts["training"]) == []
    [case] = result.to_dict()["studies"]["sweep"]["cases"]
    # at 25 kW: 20 + 20, 30 + 20
    assert next(each["values"] for each in case["columns"] if each["name"] == "site_racks") == [40, 50]


def test_a_part_that_is_not_included_is_left_out_of_a_total_in_studies_too() -> None:
    parts = {name: {"inputs": {**part["inputs"]}} for name, part in SITE["parts"].items()}
    parts["training"]["inputs"]["floor_area_per_rack"] = "2.5 m2"
    parts["third"] = {"inputs": {"server_power": "1 kW", "servers_needed": "50 servers", "floor_area_per_rack": "3 m2"}}
    scenario = {**SITE, "parts": parts, "totals": {"area": "sum of floor_area"}, "formulas": {}, "show": ["area"]}
    [case] = study("sweep", {**scenario, "sweep": {"servers_needed in training": ["128 servers", "25 servers"]}})[
        "cases"
    ]
    # 26 x 2.5 + 2 x 3, 5 x 2.5 + 2 x 3
    assert next(each["values"] for each in case["columns"] if each["name"] == "area") == [71, 18.5]
    without = {name: {"inputs": {**part["inputs"]}} for name, part in SITE["parts"].items()}
    [case] = study("sweep", {**scenario, "parts": without, "sweep": {"rack_power_rated": ["25 kW", "30 kW"]}})["cases"]
    assert [each["name"] for each in case["columns"]] == ["rack_power_rated"]


def test_cases_may_change_parts_in_a_study() -> None:
    cases = {"as planned": {}, "dense": {"parts": {"training": {"inputs": {"rack_power_rated": "50 kW"}}}}}
    scenario = {**SITE, "cases": cases, "sweep": {"servers_needed in training": ["128 servers", "121 servers"]}}
    found = {case["name"]: case["columns"] for case in study("sweep", scenario)["cases"]}
    racks = {name: next(e["values"] for e in each if e["name"] == "site_racks") for name, each in found.items()}
    # 50 / 4.5 = 11 a rack: 12 and 11 racks
    assert racks == {"as planned": [46, 45], "dense": [32, 31]}


def test_an_axis_of_a_budget_withdraws_the_share_in_its_part() -> None:
    parts = {"a": {"inputs": {"compute_share": "40 %"}}, "b": {"inputs": {"compute_share": "20 %"}}}
    scenario = {"inputs": {"budget_total": "$10M"}, "parts": parts, "totals": {"both": "sum of compute_budget"}}
    [case] = study("sweep", {**scenario, "show": ["both"], "sweep": {"compute_budget in a": ["$1M", "$5M"]}})["cases"]
    assert next(each["values"] for each in case["columns"] if each["name"] == "both") == [3e6, 7e6]


@pytest.mark.parametrize(
    ("sweep", "words"),
    [
        ({"servers_needed": ["1 server"]}, ["part `training` and part `inference`", "in every part"]),
        ({"servers_needed in trainin": ["1 server"]}, ["no part `trainin`", "did you mean `training`"]),
        ({"servers_needed in training in inference": ["1 server"]}, ["both inference and training"]),
        ({"servers_needed in 2028": ["1 server"]}, ["no year 2028"]),
        (
            {"rack_power_rated": ["20 kW"], "minimise": "racks_needed"},
            ["figure of each part", "racks_needed in training"],
        ),
        ({"rack_power_rated": ["20 kW"], "so that": "racks_needed in trainin <= 3"}, ["no part `trainin`"]),
        ({"rack_power_rated": ["20 kW"], "so that": "racks_needed in training <= 3 kW"}, ["racks_needed in training"]),
    ],
)
def test_what_is_not_clear_is_refused_and_says_what_to_write(sweep: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(CalcError) as caught:
        calc.run({**SITE, "sweep": sweep})
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_set_reaches_one_part() -> None:
    found = figures(calc.run(SITE, settings={"servers_needed in training": "150 servers"}).cases["base"])
    assert [found[f"racks_needed in {part}"].value for part in ("training", "inference")] == [30, 20]
    with pytest.raises(CalcError, match="no part `trainin`"):
        calc.run(SITE, settings={"servers_needed in trainin": "150 servers"})


# ---------------------------------------------------------------- sensitivity


def test_drivers_of_the_whole_are_shared_inputs_and_those_of_parts() -> None:
    inputs = {"rack_power_rated": "20 to 30 kW"}
    parts = {part: {"inputs": {"rack_power_derating": "50 to 100 %"}} for part in ("a", "b")}
    scenario = {"inputs": inputs, "parts": parts, "totals": {"usable": "sum of rack_power_usable"}, "show": ["usable"]}
    [case] = study("sensitivity", {**scenario, "sensitivity": {"of": ["usable"]}}, samples=8192)["cases"]
    drivers = {each["name"]: each for each in case["figures"]["usable"]["inputs"]}
    assert set(drivers) == {"rack_power_rated", "rack_power_derating in a", "rack_power_derating in b"}
    # x (a + b): at 21 and 29 kW x 1.5; 25 kW x (0.55 or 0.95 + 0.75)
    assert [drivers["rack_power_rated"][key] for key in ("at_p10", "at_p90")] == pytest.approx([31.5, 43.5])
    assert [drivers["rack_power_derating in a"][key] for key in ("at_p10", "at_p90")] == pytest.approx([32.5, 42.5])
    # V(x E) = 1.5^2 x 10^2 / 12 = 18.75; each of the parts 25^2 x 0.5^2 / 12 = 13.02; together also 8.333 x 2 / 48
    whole = 18.75 + 2 * 13.0208 + 8.3333 / 24
    first = [drivers[name]["first_order"] for name in drivers]
    assert first == pytest.approx([18.75 / whole, 13.0208 / whole, 13.0208 / whole], abs=0.02)


def test_flips_of_parts_and_of_comparisons_between_cases() -> None:
    cases = {"small": {"rack_power_rated": "20 kW"}, "large": {"rack_power_rated": "25 kW"}}
    flips = ["racks_needed in training <= 30 racks", "site_racks in large < site_racks in small",
             "racks_needed in training in large < racks_needed in training in small"]  # fmt: skip
    within = {"servers_needed in training": "1 to 1,000 servers"}
    scenario = {**SITE, "cases": cases, "sensitivity": {"of": ["site_racks"], "flip": flips, "within": within}}
    found = study("sensitivity", scenario)
    large = next(each for each in found["cases"] if each["name"] == "large")
    at = {(each["verdict"], each["input"]): each for each in large["flips"]}
    # 5 a rack, 30 racks: 150 hold and 151 do not
    assert at[flips[0], "servers_needed in training"]["flips_at"] == pytest.approx([150.5], abs=0.5)
    # never: from 5 to 6.25 servers a rack, at most 32 racks and at least 26 in training
    assert at[flips[0], "server_power in training"]["flips_at"] == []
    between = {(each["verdict"], each["input"]): each for each in found["flips_between_cases"]}
    # 40 against 20 racks of inference: whatever training needs
    assert between[flips[1], "servers_needed in training"]["flips_at"] == []
    assert between[flips[1], "servers_needed in training"]["holds"] is True
    # 4 or 5 a rack: one more rack from 5 servers on, and equal at 6 to 8: from 17 on it is always more
    assert between[flips[2], "servers_needed in training"]["flips_at"]


def test_a_comparison_of_what_each_part_has_is_one_for_each_part() -> None:
    cases = {"small": {"rack_power_rated": "20 kW"}, "large": {"rack_power_rated": "25 kW"}}
    flips = ["racks_needed in large < racks_needed in small", "site_racks in large < site_racks in small"]
    asked = {"of": ["site_racks"], "flip": flips, "within": {"servers_needed in inference": "1 to 99 servers"}}
    found = study("sensitivity", {**SITE, "cases": cases, "sensitivity": asked})
    holds = {each["verdict"]: each["holds"] for each in found["flips_between_cases"]}
    # 20 kW hold 4 of 4.5 kW and 1 of 10.2 kW, 25 kW 5 and 2
    assert holds == {f"training: {flips[0]}": True, f"inference: {flips[0]}": True, flips[1]: True}


def test_a_shared_price_in_another_currency_is_one_draw() -> None:
    inputs = {"server_price": "1M to 2M CNY/server", "cny_per_usd": {"value": "7.2 CNY/USD", "source": "bank"}}
    parts = {part: {"inputs": {"servers_needed": "10 servers"}} for part in ("a", "b")}
    formulas = {"hardware": "server_price * servers_needed"}
    scenario = {"inputs": inputs, "parts": parts, "formulas": formulas, "totals": {"both": "sum of hardware"}}
    case = calc.run({**scenario, "show": ["hardware", "both"]}).cases["base"]
    one = case.parts["a"]["hardware"]
    assert case["both"].p10 is not None
    assert one.p10 is not None
    assert case["both"].p10 == pytest.approx(2 * one.p10, rel=1e-12)
    [swept] = study("sweep", {**scenario, "show": ["both"], "sweep": {"servers_needed in a": ["10 servers"]}},
                    )["cases"]  # fmt: skip
    assert next(each["p10"] for each in swept["columns"] if each["name"] == "both") == [case["both"].p10]


def test_points_of_pairs_run_in_order() -> None:
    axes = {"servers_needed in training": ["10 servers", "20 servers"], "servers_needed in inference": ["1 server"]}
    [case] = study("sweep", {**SITE, "sweep": axes})["cases"]
    points = zip(case["columns"][0]["values"], case["columns"][1]["values"], strict=True)
    assert list(points) == list(itertools.product((10, 20), (1,)))
