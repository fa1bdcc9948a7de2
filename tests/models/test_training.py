"""Training: FLOP, GPU-hours, MFU and HFU, memory of a mixture of experts, cost, energy and water."""

from __future__ import annotations

from typing import Any

import pytest

import calc
from calc.errors import CalcError

RUN: dict[str, Any] = {
    "parameters": "70B parameters", "training_tokens": "1.4T tokens",
    "gpu_peak_bf16": "1000 TFLOP/s/gpu", "mfu": "40 %",
}  # fmt: skip


def values(show: list[str], inputs: dict[str, Any], **sections: Any) -> Any:
    scenario = {"inputs": inputs, "show": show, **sections}
    return calc.run(scenario).to_dict()["cases"][0]


def value(name: str, inputs: dict[str, Any], **sections: Any) -> float:
    return float(values([name], inputs, **sections)["results"][name]["value"])


def refusal(name: str, inputs: dict[str, Any], **sections: Any) -> str:
    with pytest.raises(CalcError) as caught:
        calc.run({"inputs": inputs, "show": [name], **sections})
    return str(caught.value)


def test_flop_of_parameters_alone() -> None:
    # 6 x 70e9 x 1.4e12
    assert value("training_flop", RUN) == pytest.approx(5.88e23, rel=1e-12)


@pytest.mark.parametrize(("variant", "share"), [("attention", 1.0), ("causal_attention", 0.5)])
def test_attention_on_top(variant: str, share: float) -> None:
    # PaLM 540B: 12 x 118 layers x 48 heads x 256 x 2,048 tokens = 3.564e10 for each token beside 6 x 540.35e9
    shape = {"layers": "118", "attention_width": "12288", "context_length": "2048 tokens"}
    palm = {"parameters": "540.35B parameters", "training_tokens": "780B tokens", **shape}
    found = value("training_flop", palm, use={"training_flop": variant})
    assert found == pytest.approx((6 * 540.35e9 + share * 12 * 118 * 12288 * 2048) * 780e9, rel=1e-12)


def test_gpu_hours_are_the_final_run_without_lost_time_unless_given() -> None:
    # 5.88e23 / (1e15 x 0.4) / 3600 = 408,333
    assert value("training_gpu_hours", RUN) == pytest.approx(408_333.3333, rel=1e-9)
    assert value("training_gpu_hours", {**RUN, "effective_time_share": "80 %"}) == pytest.approx(510_416.6667, rel=1e-9)


def test_gpu_hours_ask_neither_for_gpus_nor_for_failures() -> None:
    """What only the goodput would need is not asked for; what is left out is listed."""
    case = values(["training_gpu_hours"], RUN)
    assert set(case["not_included"]) == {"checkpoint_time", "failures_observed", "gpus_observed", "time_observed"}


def test_the_number_format_is_a_choice_that_is_always_said() -> None:
    eight = {**RUN, "gpu_peak_fp8": "2000 TFLOP/s/gpu"}
    assert values(["training_gpu_hours"], eight)["variants"]["dtype"]["variant"] == "bf16"
    halved = value("training_gpu_hours", eight, use={"dtype": "fp8"})
    assert halved == pytest.approx(value("training_gpu_hours", eight) / 2, rel=1e-12)


def test_hours_from_devices_and_days_and_from_throughput() -> None:
    days = {"gpus": "2048 gpus", "training_duration": "54.1992 days"}
    by_days = value("training_gpu_hours", days, use={"training_gpu_hours": "duration"})
    assert by_days == pytest.approx(2_664_000, rel=1e-5)
    # 14.8 trillion tokens x 180,000 hours a trillion
    pace = {"training_tokens": "14.8T tokens", "gpu_hours_per_token": "0.18 gpu-hours/Mtoken"}
    by_pace = value("training_gpu_hours", pace, use={"training_gpu_hours": "throughput"})
    assert by_pace == pytest.approx(2_664_000, rel=1e-12)


# ---------------------------------------------------------------- MFU and HFU


def test_mfu_follows_from_hfu_and_what_is_computed_twice() -> None:
    # 57.8 / 1.251
    assert value("mfu", {"hfu": "57.8 %", "recompute_share": "25.1 %"}) == pytest.approx(0.4620, abs=1e-4)
    assert value("hfu", {"mfu": "46.2 %", "recompute_share": "25.1 %"}) == pytest.approx(0.5780, abs=1e-4)


def test_an_hfu_alone_gives_no_hours() -> None:
    message = refusal("training_gpu_hours", {**RUN, "hfu": "57.8 %", "recompute_share": "0 %"})
    assert "`mfu` and `hfu` contradict each other" in message or "`hfu` and `mfu` contradict each other" in message
    without = {name: each for name, each in RUN.items() if name != "mfu"}
    assert "`recompute_share` (activations computed twice" in refusal(
        "training_gpu_hours", {**without, "hfu": "57.8 %"}
    )


def test_what_is_given_twice_and_agrees_is_no_contradiction() -> None:
    # 40 % of $50M are $20M, and nothing of it is nothing.
    for budget, share in (("$20M", "40 %"), ("$0", "0 %")):
        inputs = {"budget_total": "$50M", "compute_budget": budget, "compute_share": share}
        assert calc.run({"inputs": inputs, "show": ["compute_budget"]}).cases["base"]["compute_budget"].text == budget
    inputs = {"budget_total": "$50M", "compute_budget": "$0", "compute_share": "1 %"}
    with pytest.raises(CalcError, match="contradict each other"):
        calc.run({"inputs": inputs, "show": ["compute_budget"]})


def test_a_published_hfu_is_refused_as_mfu() -> None:
    message = refusal("training_gpu_hours", {**RUN, "mfu": {"fact": "palm-540b.hfu"}})
    assert "the fact `palm-540b.hfu` is no `mfu`" in message
    assert "give `hfu` and `recompute_share` instead" in message


def test_an_mfu_above_the_hfu_fails() -> None:
    found = calc.run({"inputs": {**RUN, "mfu": "57.8 %", "hfu": "46.2 %"}, "show": ["training_gpu_hours"]})
    assert not found.is_fine
    assert any("an HFU was given as the MFU" in each for each in found.failures)


def test_billed_mfu_is_mfu_times_the_effective_share() -> None:
    assert value("billed_mfu", {**RUN, "effective_time_share": "90 %"}) == pytest.approx(0.36, rel=1e-12)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({**RUN, "training_gpu_hours": "100k gpu-hours"}, "too few for the FLOP even at the peak"),
        ({**RUN, "active_parameters": "80B parameters"}, "more parameters work on a token than the model has"),
        ({**RUN, "gpus": "100 gpus", "training_duration": "10 days"}, "the GPUs supply fewer hours in that time"),
        ({**RUN, "gpus": "10 gpus", "gpu_memory": "80 GB"}, "the GPUs have less memory"),
    ],
)
def test_what_cannot_be_fails_without_being_asked(inputs: dict[str, Any], words: str) -> None:
    found = calc.run({"inputs": inputs, "show": ["training_flop"]})
    assert any(words in each for each in found.failures)


# ---------------------------------------------------------------- mixture of experts


def test_flop_from_active_parameters_and_memory_from_all() -> None:
    experts = {
        "parameters": "671B parameters",
        "active_parameters": "37B parameters",
        "training_tokens": "14.8T tokens",
    }
    # 6 x 37e9 x 14.8e12
    assert value("training_flop", experts) == pytest.approx(3.2856e24, rel=1e-12)
    # 671e9 x 16 B = 10,736 GB; / 80 GB = 134.2
    assert value("training_state", experts) == pytest.approx(10_736, rel=1e-12)
    assert value("gpus_for_training_state", {**experts, "gpu_memory": "80 GB"}) == 135
    assert value("training_state_per_gpu", {**experts, "gpus": "2048 gpus"}) == pytest.approx(5.2422, abs=1e-4)


# ---------------------------------------------------------------- money


def test_rented_or_owned() -> None:
    prices = {**RUN, "gpu_hour_price": "3 USD/gpu/hour", "owning_cost_per_gpu_hour": "2 USD/gpu/hour"}
    assert value("training_cost", prices) == pytest.approx(1_225_000, rel=1e-9)
    assert value("training_cost", prices, use={"gpu_supply": "owned"}) == pytest.approx(816_666.6667, rel=1e-9)


def test_the_programme_beside_the_final_run() -> None:
    names = ["training_cost", "experiment_cost", "programme_cost", "programme_gpu_hours"]
    prices = {**RUN, "gpu_hour_price": "3 USD/gpu/hour"}
    case = values(names, prices)["results"]
    assert [case[name]["status"] for name in names] == ["derived", *["not included"] * 3]
    assert case["experiment_cost"]["value"] is None
    case = values(names, {**prices, "experiment_multiplier": "2.5x"})["results"]
    # 1.225M, 1.5 times that beside it
    assert case["experiment_cost"]["value"] == pytest.approx(1_837_500, rel=1e-9)
    assert case["programme_cost"]["value"] == pytest.approx(3_062_500, rel=1e-9)


# ---------------------------------------------------------------- energy, carbon, water

HOURS = {"training_gpu_hours": "1M gpu-hours", "gpu_power": "700 W", "pue": "1.2"}


def test_energy_of_rated_measured_and_bare_power() -> None:
    rated = {**HOURS, "server_power_multiplier": "1.8x", "average_power_share": "75 %", "gpu_system_power": "900 W"}
    # 700 x 1.8 x 0.75 = 945 W, with PUE 1,134 MWh = 1,134,000 kWh
    assert value("training_energy", rated) == pytest.approx(1_134_000, rel=1e-12)
    assert value("training_energy", rated, use={"training_power_per_gpu": "measured"}) == pytest.approx(
        1_080_000, rel=1e-12
    )
    assert value("training_energy", rated, use={"training_power_per_gpu": "gpu_alone"}) == pytest.approx(
        840_000, rel=1e-12
    )


def test_pue_is_counted_once() -> None:
    use = {"training_power_per_gpu": "gpu_alone"}
    it = value("training_it_energy", HOURS, use=use)
    assert it == pytest.approx(700_000, rel=1e-12)
    grid = {**HOURS, "grid_carbon_intensity": "400 gCO2e/kWh"}
    # 840 MWh x 0.4
    assert value("training_carbon", grid, use=use) == pytest.approx(336, rel=1e-12)


def test_site_water_counts_on_it_energy_and_source_water_on_all() -> None:
    use = {"training_power_per_gpu": "gpu_alone"}
    both = {**HOURS, "wue_site": "1 L/kWh", "wue_source": "5 L/kWh"}
    # 700,000 kWh x 1 + 840,000 kWh x 5
    assert value("training_water", both, use=use) == pytest.approx(4_900_000, rel=1e-12)
    assert value("training_water", {**HOURS, "wue_site": "1 L/kWh"}, use=use) == pytest.approx(700_000, rel=1e-12)
    assert values(["training_water"], HOURS, use=use)["results"]["training_water"]["status"] == "not included"


# ---------------------------------------------------------------- ten lines

TEN_LINES = """\
title: What does a 70B model on 1.4T tokens take on 1,024 H100?
facts: [h100-sxm, prior-h100, server-power-h100, average-power-gpu, rent-h100-sxm, region-us]
inputs:
  parameters: {value: 70B parameters, source: our plan}
  training_tokens: {value: 1.4T tokens, source: our plan}
  gpus: {value: "1,024 gpus", source: our plan}
  pue: {value: 1.1 to 1.3, source: "Epoch AI for large operators, Uptime Institute for new sites"}
  experiment_multiplier: {fact: published-programmes.experiment_multiplier}
show: [training_duration, training_cost, programme_cost, training_energy, training_carbon]
uncertainty: {samples: 20000, seed: 1}
"""


def test_ten_lines_give_days_dollars_energy_and_carbon_with_ranges(tmp_path: Any) -> None:
    assert len(TEN_LINES.splitlines()) == 10
    path = tmp_path / "ten-lines.yaml"
    path.write_text(TEN_LINES, encoding="utf-8")
    found = calc.run(path)
    assert found.is_fine
    assert not [each for each in found.warnings if "no source" in each or "unused" in each]
    units = {"training_duration": "day", "training_cost": "USD", "training_energy": "kWh", "training_carbon": "tCO2e"}
    for name, unit in units.items():
        figure = found.cases["base"][name]
        assert figure.unit == unit
        assert figure.p10 is not None
        assert figure.p90 is not None
        assert figure.p10 < figure.p90
