"""The scenarios of serving as an operator uses them: copied, changed in a few lines, asked for loads and prices."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from rows import each_row

from calc import api

FOLDER = Path(__file__).parents[2] / "scenarios"
SAMPLES = 300
CERTAIN = {"time_per_token_error_known": "1", "first_token_error_known": "1"}


def p50(case: api.CaseResult, name: str) -> float:
    found = case[name].p50
    value = case[name].value if found is None else found
    assert value is not None
    return value


def test_what_the_api_asks() -> None:
    """Llama 3.3 70B at 0.88 USD a million in and out; gpt-oss-120b at 0.15, cached 0.075, out 0.60."""
    rented = api.run("serve-70b", samples=SAMPLES).cases["rented"]
    # 20 requests/s x 2,628,000 s x 2,300 tokens x 0.88 USD a million
    assert p50(rented, "api_cost_per_month") == pytest.approx(20 * 2_628_000 * 2300 * 0.88e-6)
    found = api.run("api-or-own", samples=SAMPLES).cases
    # 0.4 x 0.15 + 0.6 x 0.075 = 0.105 on 6,000 tokens, 0.60 on 600: 0.00063 + 0.00036 USD a request
    assert p50(found["as it is"], "api_cost_per_request") == pytest.approx(0.00099)
    # 4 requests/s x 2,628,000 s
    assert p50(found["as it is"], "api_cost_per_month") == pytest.approx(10406.88)
    assert p50(found["as it is"], "api_blended_price") == pytest.approx(0.15)
    # 6,000 x 0.15 + 600 x 0.60 a million
    assert p50(found["nothing cached"], "api_cost_per_request") == pytest.approx(0.00126)


@each_row(
    ("model", "gpu", "offer", "tensor"),
    [
        ("qwen3-235b-a22b", "h200-sxm", "api-groq-gpt-oss-120b", 8),
        ("gpt-oss-120b", "h100-sxm", "api-groq-gpt-oss-120b", 2),
        ("llama-3-1-8b", "b200", "api-groq-llama-3-1-8b-instant", 1),
        ("deepseek-r1", "b200", "api-deepseek-deepseek-v3-2", 8),
    ],
)
def test_an_operator_copies_a_scenario_and_changes_six_lines(model: str, gpu: str, offer: str, tensor: int) -> None:
    """How many servers, what a million tokens cost, API or own."""
    text = (FOLDER / "serve-70b.yaml").read_text(encoding="utf-8")
    changes = {
        "facts:": f"facts: [serving, {model}, {gpu}, rent-{gpu}, {offer}]",
        "  prompt_tokens:": "  prompt_tokens: {value: 3500 tokens/request, source: ours}",
        "  reply_tokens:": "  reply_tokens: {value: 700 tokens/request, source: ours}",
        "  request_rate_peak:": "  request_rate_peak: {value: 12 requests/s, source: ours}",
        "  request_rate_mean:": "  request_rate_mean: {value: 7 requests/s, source: ours}",
        "  tensor_parallel:": f"  tensor_parallel: {{value: {tensor}, source: ours}}",
    }
    lines = [next((new for start, new in changes.items() if line.startswith(start)), line) for line in text.split("\n")]
    assert sum(line.endswith("# <-") for line in text.split("\n")) == len(changes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ours.yaml"
        path.write_text("\n".join(lines), encoding="utf-8")
        found = api.run(path, samples=SAMPLES)
    assert not found.failures
    rented = found.cases["rented"]
    assert p50(rented, "serving_servers") >= 1
    assert p50(rented, "time_per_token") <= 50
    assert p50(rented, "cost_per_million_output_tokens") > p50(rented, "cost_per_million_input_tokens") > 0
    used = found.cases["rented, used hours only"]
    assert p50(used, "cost_per_million_total_tokens") < p50(rented, "cost_per_million_total_tokens")


def found_value(goal: str) -> float:
    study = api.find("serve-70b", goal, cases="rented", settings=CERTAIN)
    return float(next(iter(study["goals"][0]["cases"][0]["values"].values()))["value"])


def rented_case(**settings: str) -> api.CaseResult:
    return api.run("serve-70b", cases="rented", settings={**CERTAIN, **settings}).cases["rented"]


def test_the_highest_load_of_eight_gpus() -> None:
    most = found_value("largest request_rate_peak within 1 to 500 requests/s so that serving_gpus <= 8 gpus")
    for load, more in ((0.999 * most, False), (1.001 * most, True)):
        case = rented_case(request_rate_peak=f"{load} requests/s", request_rate_mean="1 request/s")
        assert (p50(case, "serving_gpus") > 8) == more


def test_the_rent_below_which_own_serving_beats_the_api() -> None:
    rent = found_value(
        "largest gpu_hour_price within 0.05 to 20 USD/gpu/hour so that self_host_cost_per_month <= api_cost_per_month"
    )
    case = rented_case(gpu_hour_price=f"{rent} USD/gpu/hour")
    assert p50(case, "self_host_cost_per_month") == pytest.approx(p50(case, "api_cost_per_month"), rel=1e-6)


def test_the_fewest_gpus_over_the_gpus_of_a_replica() -> None:
    study = api.find("serve-70b", "minimise serving_gpus", over={"tensor_parallel": "[1, 2, 4, 8]"}, cases="rented",
                     settings=CERTAIN)  # fmt: skip
    best = study["goals"][0]["cases"][0]["values"]["tensor_parallel"]["value"]
    counts = {each: p50(rented_case(tensor_parallel=each), "serving_gpus") for each in ("1", "2", "4", "8")}
    assert counts[f"{best:g}"] == min(counts.values()) < max(counts.values())


def test_a_target_that_nothing_keeps_is_told() -> None:
    """One request at a replica is the least; its price is shown, and the check says that the target is missed."""
    found = api.run("serve-70b", cases="rented", samples=SAMPLES, settings={"time_per_token_limit": "3 ms"})
    assert any("replies are slower than the target" in each for each in found.failures)
    assert p50(found.cases["rented"], "concurrency") == 1


def test_a_fleet_stands_in_a_hall() -> None:
    """4 replicas of 4, 4 of 8 and 4 of 1 GPUs at the likely values: 2 + 4 + 1 servers of 8, 10.2 kW each."""
    found = api.run("serving-fleet", samples=2000).cases["base"]
    assert [p50(found.parts[name], "servers") for name in ("chat", "reasoning", "small")] == [2, 4, 1]
    assert p50(found, "fleet_power") == pytest.approx(71.4)
    # Three fit into 34.6 kW, one into 17.3 kW: two dense cabinets and an ordinary one take least.
    assert p50(found, "fleet_racks") == 3
