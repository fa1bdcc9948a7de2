"""Serving a load: targets, replicas, queueing against a simulation, costs; golden examples as stated and computed."""

from __future__ import annotations

import heapq
import math
import random

import numpy as np
import pytest
from rows import each_row

import calc
from calc.backtest.figures import compute, compute_all
from calc.errors import CalcError
from calc.facts import standard_facts

MIDDLE = {"time_per_token_error": 1.0, "first_token_error": 1.0}


def shape(subject: str) -> dict[str, float]:
    bundle = standard_facts().bundle(subject) or {}
    return {name: fact.value for name, fact in bundle.items() if fact.value is not None}


def replica(model: str, chip: str = "h200-sxm", **figures: float) -> dict[str, float]:
    load = {"prompt_tokens": 2000.0, "reply_tokens": 300.0, "tensor_parallel": 8.0}
    return {**MIDDLE, **shape(chip), **shape(model), **load, **figures}


def test_a_decode_step_by_hand() -> None:
    """One request of Llama 3.1 8B in FP8 on one H200: 8.03B - 0.525B parameters in 8 bits beside the tables."""
    given = replica("llama-3-1-8b", tensor_parallel=1.0, concurrency=1.0)
    found = compute_all(["shared_read_size", "weight_time", "kv_time", "compute_time", "communication_time"], given)
    # (8,030,261,248 - 2 x 128,256 x 4,096) x 1 + 128,256 x 4,096 x 2 = 6,979,588,096 + 1,050,673,152 = 8.0303 GB
    assert found["shared_read_size"] == pytest.approx(8.030261248)
    constants = shape("defaults")
    # 8.0303 GB / (4.8 TB/s x share reached)
    assert found["weight_time"] == pytest.approx(8.030261248 / 4.8 / constants["weight_read_efficiency"])
    # 2 x 8 x 128 bytes x 32 layers x (2,000 + 150) tokens = 140.9 MB
    assert found["kv_time"] == pytest.approx(0.1409024 / 4.8 / constants["cache_read_efficiency"])
    # 2 x (6,979,588,096 + 525,336,576) FLOP / 1,979 TFLOP/s
    flop = 2 * (6_979_588_096 + 525_336_576)
    assert found["compute_time"] == pytest.approx(flop / 1979e12 / constants["decode_efficiency"] * 1e3)
    assert found["communication_time"] == 0


def test_time_per_token_as_an_operator_measures_it() -> None:
    given = replica("llama-3-1-70b", concurrency=64.0, serving_calibration=1.25)
    found = compute_all(["decode_step_time", "prefill_time", "time_per_token", "speed_per_user"], given)
    # Each of the 63 others is replaced once during 300 tokens.
    expected = 1.25 * (found["decode_step_time"] + 63 * found["prefill_time"] / 300)
    assert found["time_per_token"] == pytest.approx(expected)
    assert found["speed_per_user"] == pytest.approx(1000 / expected)


@each_row(
    ("model", "load"),
    [
        ("llama-3-1-70b", {}),
        ("deepseek-r1", {}),
        ("deepseek-r1", {"tensor_parallel": 1.0, "data_parallel": 8.0}),
        ("gpt-oss-120b", {"cached_prompt_share": 0.5}),
    ],
)
def test_one_measured_point_calibrates_all_loads(model: str, load: dict[str, float]) -> None:
    for running in (1.0, 7.0, 90.0):
        given = {**replica(model), **load, "concurrency": running}
        raw = compute("time_per_token", given)
        # Half as slow again as estimated: the factor is 1.5, and the estimate there is what was measured.
        point = {**given, "measured_time_per_token": 1.5 * raw, "measured_concurrency": running}
        point["measured_point_error"] = 1.0
        found = compute_all(["serving_calibration", "time_per_token"], point)
        assert found == pytest.approx({"serving_calibration": 1.5, "time_per_token": 1.5 * raw})
        elsewhere = compute("time_per_token", {**given, "concurrency": 20.0})
        assert compute("time_per_token", {**point, "concurrency": 20.0}) == pytest.approx(1.5 * elsewhere)
    with pytest.raises(CalcError, match="needs `measured_concurrency`"):
        compute("time_per_token", {**given, "measured_point_error": 1.0, "measured_time_per_token": 30.0})


@each_row(
    ("model", "chip", "limit"),
    [
        ("llama-3-1-70b", "h200-sxm", 25.0),
        ("llama-3-1-70b", "h100-sxm", 50.0),
        ("deepseek-r1", "h200-sxm", 40.0),
        ("deepseek-r1", "h200-sxm", 100.0),
        ("mixtral-8x7b", "h100-sxm", 20.0),
        ("gpt-oss-120b", "h100-sxm", 12.0),
    ],
)
def test_the_concurrency_found_is_the_highest_that_keeps_the_target(model: str, chip: str, limit: float) -> None:
    given = replica(model, chip, time_per_token_limit=limit, first_token_limit=1e6)
    most = compute("concurrency", given)
    assert most >= 1
    assert compute("time_per_token", given) <= limit
    if most < compute("concurrency_limit", given):
        # The step of Newton stays below the root, by less than 2 % and one request.
        assert compute("time_per_token", {**given, "concurrency": most * 1.02 + 1}) > limit


@each_row(
    ("model", "chip", "limit"),
    [
        ("llama-3-1-70b", "h200-sxm", 400.0),
        ("llama-3-1-70b", "h200-sxm", 1500.0),
        ("deepseek-r1", "h200-sxm", 800.0),
        ("gpt-oss-120b", "h100-sxm", 600.0),
    ],
)
def test_the_first_token_binds_too(model: str, chip: str, limit: float) -> None:
    given = replica(model, chip, time_per_token_limit=1000.0, first_token_limit=limit)
    most = compute("concurrency", given)
    free = compute("concurrency", replica(model, chip, time_per_token_limit=1000.0, first_token_limit=1e6))
    assert 1 <= most < free
    assert compute("time_to_first_token", given) <= limit
    # Every expert is taken to be read: of a dense model the next request is too many, of a mixture a tenth more.
    above = most + 1 if model.startswith("llama") else 1.1 * most + 1
    assert compute("time_to_first_token", {**given, "concurrency": above}) > limit


def test_the_first_token_by_hand() -> None:
    # 100 ms + (40 + 10) ms x (1 + 0.1 x 20 others) = 250 ms; on a machine 1.2 times as slow 100 + 60 x 3 = 280
    given = {"first_token_start": 100.0, "prefill_time": 40.0, "decode_step_time": 10.0, "concurrency_running": 21.0}
    given = {**given, "prompts_ahead_share": 0.1, "first_token_error": 1.0}
    assert compute("time_to_first_token_running", {**given, "serving_calibration": 1.0}) == pytest.approx(250)
    assert compute("time_to_first_token_running", {**given, "serving_calibration": 1.2}) == pytest.approx(280)


def test_memory_limits_the_requests() -> None:
    # 4 H100: (0.966 x 80 - 3) x 4 = 297 GB, less 72.7 GB of weights; 160 KiB x 2,150 tokens = 352 MB a request: 637
    given = replica("llama-3-1-70b", "h100-sxm", tensor_parallel=4.0)
    assert compute("concurrency_limit", given) == 637


def simulated(rate: float, service: float, slots: int, requests: int = 200_000) -> tuple[float, list[float]]:
    """Return the share of requests that wait, and all waits, with Poisson arrivals and exponential service."""
    random.seed(3)
    now, free, waits = 0.0, [0.0] * slots, []
    for _ in range(requests):
        now += random.expovariate(rate)
        start = max(now, heapq.heappop(free))
        waits.append(start - now)
        heapq.heappush(free, start + random.expovariate(1 / service))
    return sum(each > 0 for each in waits) / requests, waits


def erlang_c(slots: int, load: float) -> float:
    inverse = 1.0
    for k in range(1, slots + 1):
        inverse = 1 + inverse * k / load
    blocked = 1 / inverse
    return blocked / (1 - load / slots * (1 - blocked))


def test_queueing_against_erlang_c_and_a_simulation() -> None:
    """8 requests/s of 2 s each on 20 slots, 80 % busy: Erlang C 0.256."""
    rate, seconds, slots = 8.0, 2.0, 20
    given = {"request_rate_peak": rate, "reply_time": seconds * 1e3, "replicas": 1.0, "concurrency_running": slots}
    waiting = compute("waiting_share", given)
    assert erlang_c(slots, rate * seconds) == pytest.approx(0.256, abs=0.001)
    assert waiting == pytest.approx(erlang_c(slots, rate * seconds), abs=0.05)
    share, waits = simulated(rate, seconds, slots)
    assert waiting == pytest.approx(share, abs=0.05)
    target = {**given, "first_token_limit": 700.0, "time_to_first_token_running": 500.0}
    late = sum(each > 0.2 for each in waits) / len(waits)
    assert compute("within_target_share", target) == pytest.approx(1 - late, abs=0.05)


@each_row("slots", [1, 2, 10, 100, 1000])
def test_the_closed_form_of_erlang_c(slots: int) -> None:
    for busy in (0.5, 0.8, 0.95):
        given = {"busy_slots": slots * busy, "replicas": 1.0, "concurrency_running": float(slots)}
        assert compute("waiting_share", given) == pytest.approx(erlang_c(slots, slots * busy), abs=0.06)


def test_whole_replicas_and_spares() -> None:
    # 50 requests/s x 20 s / 130 at a replica = 7.7: 8 replicas and 1 spare, of 4 GPUs
    given = {"request_rate_peak": 50.0, "reply_time": 20_000.0, "concurrency_running": 130.0, "spare_replicas": 1.0}
    found = compute_all(["replicas", "serving_gpus"], {**given, "gpus_per_replica": 4.0})
    assert found == {"replicas": 9, "serving_gpus": 36}


def test_cost_is_split_by_the_time_of_reading_and_answering() -> None:
    # 30 ms to read a prompt, 300 steps of 20 ms for 60 requests: 100 ms each; 30 / 130
    split = {"prefill_time": 30.0, "decode_step_time": 20.0, "reply_tokens": 300.0, "concurrency_running": 60.0}
    assert compute("prefill_cost_share", split) == pytest.approx(30 / 130)
    tokens = {"output_tokens_per_month": 1e9, "input_tokens_per_month": 9e9, "serving_gpus": 8.0}
    money = {**split, **tokens, "serving_cost_per_month": 13_000.0}
    # 13,000 x 100 / 130 over 1,000 million; 13,000 x 30 / 130 over 9,000 million; 13,000 over 10,000 million
    assert compute("cost_per_million_output_tokens", money) == pytest.approx(10)
    assert compute("cost_per_million_input_tokens", money) == pytest.approx(1 / 3)
    assert compute("cost_per_million_total_tokens", money) == pytest.approx(1.3)
    used = {**money, "serving_utilisation": 0.25}
    assert compute("cost_per_million_total_tokens", used, {"serving_hours": "used"}) == pytest.approx(1.3 / 4)


# Price of a GPU-hour, output tokens per second and GPU, dollars a million as stated, as computed.
STATED = [
    ("GB300, DeepSeek-R1", 2.65, 6000.0, 0.12, 0.1227),
    ("H200, DeepSeek-R1", 1.41, 90.0, 4.20, 4.352),  # $4.20 does not follow from its own rounded inputs
    ("H100, 70B FP8", 2.00, 85.0, 6.54, 6.54),
    ("H200, 70B FP8", 2.60, 140.0, 5.16, 5.16),
    ("H100, 70B INT4", 2.00, 120.0, 4.63, 4.63),
    ("H100, 7B FP8", 2.00, 400.0, 1.39, 1.39),
    ("4 H100 at 2.50, 3,400 tokens/s", 2.50, 850.0, 0.82, 0.817),
    ("4 H100 at 1.60, 3,400 tokens/s", 1.60, 850.0, 0.52, 0.523),
]


@each_row(("what", "price", "rate", "stated", "computed"), STATED)
def test_dollars_a_million_as_stated_and_as_computed(
    what: str, price: float, rate: float, stated: float, computed: float
) -> None:
    given = {"gpu_hour_cost": price, "token_rate_per_gpu": rate}
    found = compute("cost_per_million_tokens_at_rate", given)
    assert found == pytest.approx(computed, rel=1e-3), what
    follows = abs(found / stated - 1) < 0.03
    assert follows == (what != "H200, DeepSeek-R1")


def test_a_break_even_that_was_stated_a_thousand_times_too_low() -> None:
    # 4,608 USD a month / 10 USD a million = 460.8 million tokens; the page says 0.46 million
    given = {"self_host_cost_per_month": 4608.0, "api_blended_price": 10.0}
    assert compute("api_break_even_tokens", given) == pytest.approx(460.8e6)


def test_thirty_per_cent_of_use() -> None:
    # 4,608 USD (720 h) over 12.24M tokens/h x 730 h x 30 % = 2,680.6M: 1.719; a month of 730 h throughout: 1.743
    tokens = 12.24e6 * 730 * 0.3
    for cost, expected in ((4608.0, 1.719), (6.40 * 730, 1.743)):
        given = {"serving_cost_per_month": cost, "output_tokens_per_month": tokens, "input_tokens_per_month": 0.0}
        found = compute("cost_per_million_total_tokens", {**given, "serving_gpus": 4.0})
        assert found == pytest.approx(expected, rel=1e-3)


@each_row(("price", "cost", "margin"), [(1.35, 0.226, 0.833), (5.40, 2.955, 0.453)])
def test_margins_at_two_prices(price: float, cost: float, margin: float) -> None:
    found = compute("api_margin", {"api_blended_price": price, "cost_per_million_total_tokens": cost})
    assert found == pytest.approx(margin, abs=5e-4)


def test_draw_lies_well_under_the_rating() -> None:
    # Measured on an MI355X of 1,400 W: 353 W at one request, 510 to 640 W at 4, up to 986 W at 256
    for running, low, high in ((1.0, 352, 354), (4.0, 500, 640), (256.0, 980, 990), (1000.0, 980, 990)):
        draw = compute("serving_power_per_gpu", {"gpu_power": 1400.0, "concurrency_running": running})
        assert low <= draw <= high


def test_single_values_and_samples_agree() -> None:
    """One evaluation is one compiled function, samples go formula by formula; without a value both say so."""
    wanted = ["concurrency", "replicas", "time_to_first_token", "within_target_share", "serving_power"]
    for model in ("llama-3-1-70b", "deepseek-r1"):
        load = {"time_per_token_limit": 40.0, "first_token_limit": 2000.0, "request_rate_peak": 50.0}
        given = {**replica(model), **load, "gpus_per_server": 8.0}
        drawn = compute_all(wanted, {**given, "time_per_token_error": np.array([1.0, 1.2])})
        for at, error in enumerate((1.0, 1.2)):
            once = compute_all(wanted, {**given, "time_per_token_error": error})
            assert {name: np.broadcast_to(each, 2)[at] for name, each in drawn.items()} == pytest.approx(once)


def test_software_ages() -> None:
    given = replica("llama-3-1-70b", concurrency=8.0)
    now, old = (compute("overhead_time", {**given, "software_age": age}) for age in (0.0, 1.0))
    assert old / now == pytest.approx(math.exp(shape("defaults")["overhead_decline"]))


@each_row(
    ("model", "parallel", "left"),
    [
        # Llama 3.1 70B has 64 attention and 8 KV heads, Qwen3-235B 64 and 4, DeepSeek-R1 128 and one vector for all.
        ("llama-3-1-70b", 4.0, (0, 0)),
        ("llama-3-1-70b", 16.0, (0, 0)),
        ("llama-3-1-70b", 3.0, (1, 2)),
        ("llama-3-1-70b", 5.0, (4, 3)),
        ("llama-3-1-70b", 12.0, (4, 4)),
        ("qwen3-235b-a22b", 8.0, (0, 0)),
        ("qwen3-235b-a22b", 6.0, (4, 2)),
    ],
)
def test_heads_are_cut_evenly(model: str, parallel: float, left: tuple[float, float]) -> None:
    given = replica(model, tensor_parallel=parallel)
    assert compute("attention_heads_left_over", given) == left[0]
    assert compute("kv_heads_left_over", given) == left[1]


def test_studies_choose_no_tensor_parallel_that_cuts_heads() -> None:
    """Without the check 5 and 6 would be as good as 4 and 8; one message for all cases says why 5 is refused."""
    found = calc.run("serve-70b", settings={"tensor_parallel": "5"}, samples=200)
    [failed] = [each for each in found.failures if "attention heads have to be divisible" in each]
    assert "in every case" in failed
    axis = {"tensor_parallel": "[4, 5, 6, 8]"}
    swept = calc.sweep("serve-70b", axis, samples=200, cases=["rented"])["cases"][0]
    assert swept["holds"] == [True, False, False, True]


def test_a_target_that_no_request_keeps_is_one_failure() -> None:
    """At 8 ms a token not even one request is fast enough in most samples; its first token comes in time."""
    found = calc.run("serve-70b", settings={"time_per_token_limit": "8 ms"}, samples=500)
    [failed] = found.failures
    assert "`time_per_token_limit`" in failed
    assert "in every case" in failed


def test_a_break_even_beyond_all_that_the_gpus_answer_is_told() -> None:
    """At $6 a GPU-hour the API of gpt-oss-120b is cheaper than GPUs that answer all the time, nothing cached."""
    found = calc.run("api-or-own", settings={"gpu_hour_price": "6 USD/gpu/hour"}, samples=500, cases=["nothing cached"])
    results = found.to_dict()["cases"][0]
    figures = found.cases["nothing cached"]
    assert (figures["api_break_even_tokens"].p50 or 0) > 200e9
    assert "cannot reach the break-even" in " ".join(each["text"] for each in results["verdicts"])


def test_cost_of_used_hours_is_the_same_by_month_and_by_token() -> None:
    # 1,000 USD of all hours, a quarter used, 100 million tokens: 250 USD and 2.50 a million; break-even pays all hours.
    given = {"serving_cost_per_month": 1000.0, "serving_utilisation": 0.25, "serving_gpus": 8.0}
    tokens = {"input_tokens_per_month": 9e7, "output_tokens_per_month": 1e7, "api_blended_price": 2.0}
    names = ["self_host_cost_per_month", "cost_per_million_total_tokens", "api_break_even_tokens"]
    found = compute_all(names, {**given, **tokens}, {"serving_hours": "used"})
    assert list(found.values()) == pytest.approx([250, 2.5, 5e8])
