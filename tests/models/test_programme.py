"""What the three lines of a budget train, and which of them binds."""

from __future__ import annotations

from typing import Any

import pytest

import calc

PLAN = {
    "compute_budget": "$20M", "people_budget": "$20M", "data_budget": "$10M",
    "gpu_hour_price": "2 USD/gpu/hour", "experiment_multiplier": "2x", "token_price": "0.001 USD/token",
    "staff_cost_ratio": "0.5", "gpu_peak_bf16": "312 TFLOP/s/gpu", "mfu": "40 %", "gpus": "2000 gpus",
    "besiroglu_floor_error": "0", "besiroglu_size_error": "0", "besiroglu_data_error": "0",
}  # fmt: skip


def case(show: list[str], changed: dict[str, str] | None = None) -> Any:
    return calc.run({"inputs": {**PLAN, **(changed or {})}, "show": show}).to_dict()["cases"][0]["results"]


def test_from_the_compute_line_to_days() -> None:
    names = ["gpu_hours_budgeted", "final_run_gpu_hours", "training_flop_by_compute", "final_run_duration"]
    found = case(names)
    # 20e6 / 2 = 10M hours, half for the final run: 5e6 x 3600 x 312e12 x 0.4; 5e6 / 2,000 / 24
    expected = [1e7, 5e6, 5e6 * 3600 * 312e12 * 0.4, 104.1667]
    assert [found[name]["value"] for name in names] == pytest.approx(expected, rel=1e-6)


def test_bought_hours_and_gpus() -> None:
    bought = {"gpus_affordable": "800 gpus", "gpu_hours_affordable": "12M gpu-hours"}
    found = calc.run(
        {"inputs": {**PLAN, **bought}, "use": {"gpu_supply": "owned"}, "show": ["final_run_duration"]}
    ).cases["base"]["final_run_duration"]
    # 12e6 / 2 / 800 / 24
    assert found.value == pytest.approx(312.5, rel=1e-12)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, "training_flop_by_data"),
        ({"bought_token_share": "0.1 %"}, "training_flop_by_compute"),
        ({"bought_token_share": "0.1 %", "people_budget": "$5M"}, "training_flop_by_people"),
    ],
)
def test_the_line_that_binds_is_named(changed: dict[str, str], line: str) -> None:
    found = case(
        ["programme_flop", "training_flop_by_compute", "training_flop_by_people", "training_flop_by_data"], changed
    )
    assert found["programme_flop"]["binding"] == [f"{line} binds"]
    assert found["programme_flop"]["value"] == found[line]["value"]


def test_does_each_line_buy_what_the_compute_line_needs() -> None:
    found = case(
        ["compute_optimal_tokens", "data_budget_needed", "data_coverage", "people_budget_needed", "people_coverage"]
    )
    tokens = found["compute_optimal_tokens"]["value"]
    assert found["data_budget_needed"]["value"] == pytest.approx(tokens * 0.001, rel=1e-12)
    assert found["data_coverage"]["value"] == pytest.approx(10e6 / (tokens * 0.001), rel=1e-12)
    # $20M x 0.5
    assert found["people_budget_needed"]["value"] == pytest.approx(10e6)
    assert found["people_coverage"]["value"] == pytest.approx(2)


def test_the_model_of_all_three_lines_uses_the_tokens_that_data_buys() -> None:
    found = case(["programme_parameters", "programme_tokens", "programme_flop"])
    # $10M / $0.001
    assert found["programme_tokens"]["value"] == pytest.approx(1e10, rel=1e-9)
    assert 6 * found["programme_parameters"]["value"] * 1e10 == pytest.approx(
        found["programme_flop"]["value"], rel=1e-9
    )


def test_where_compute_binds_the_whole_plan_trains_its_model() -> None:
    found = case(["programme_parameters", "compute_optimal_parameters"], {"bought_token_share": "0.1 %"})
    assert found["programme_parameters"]["value"] == pytest.approx(found["compute_optimal_parameters"]["value"])


def test_the_run_that_the_budget_leaves_has_an_energy() -> None:
    power = {"gpu_system_power": "800 W", "pue": "1.25"}
    use = {"training_gpu_hours": "budget", "training_power_per_gpu": "measured"}
    found = calc.run({"inputs": {**PLAN, **power}, "use": use, "show": ["training_energy"]}).cases["base"]
    # 5e6 h x 800 W x 1.25
    assert found["training_energy"].value == pytest.approx(5_000_000, rel=1e-12)
