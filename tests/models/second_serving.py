"""Second computations: language models by their shape, and serving them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from second import MONTH_SECONDS, Given, down, up

if TYPE_CHECKING:
    from second import Second


def _moe_layer(q: Given) -> float:
    """Three matrices or two for each expert and for the shared ones, and a row of the router for each expert."""
    experts = q.experts * q.ffn_matrices * q.hidden * q.expert_width
    return experts + q.ffn_matrices * q.hidden * q.shared_expert_width + q.hidden * q.experts


def _resting(q: Given) -> float:
    return q.mixture_layers * (q.experts - q.experts_per_token) * q.ffn_matrices * q.hidden * q.expert_width


def _pairs(q: Given) -> float:
    """Pairs under a causal mask: half of the square of the prompt less half of that of what is cached."""
    return (q.prompt_tokens**2 - (q.cached_prompt_share * q.prompt_tokens) ** 2) / 2


def _windowed_pairs(q: Given) -> float:
    new = q.prompt_tokens * (1 - q.cached_prompt_share)
    near = min(q.window, q.prompt_tokens) * new
    return (q.layers - q.window_layers) * _pairs(q) + q.window_layers * near


def _exchange(q: Given) -> float:
    """A ring moves 2 (n - 1) / n of the numbers of a token (Patarasuk and Yuan 2009), twice in each layer; in ms."""
    size = q.hidden * q.weight_bytes_bf16
    moved = size * 2 * (1 - 1 / q.gpus_per_replica)
    return q.layers * 2 * moved / (q.exchange_efficiency * q.gpu_interconnect_bandwidth * 1e12) * 1e3


def _exchange_delay(q: Given) -> float:
    return q.layers * 2 * q.exchange_delay / 1e3 if q.gpus_per_replica > 1 else 0


def _prefill_flop(q: Given) -> float:
    new = q.prompt_tokens - q.prompt_tokens * q.cached_prompt_share
    return (2 * q.layer_parameters_active * new + 2 * q.prompt_pairs * q.attention_pair_width) / 1e12


def _estimate(q: Given) -> float:
    """The requests n with n = a + b exp(-d n) and b the time of all experts: n = a + W(b d exp(-d a)) / d.

    Winitzki 2003: W(x) is nearly L (1 - log(1 + L) / (2 + L)) with L = log(1 + x).
    """
    exponent = q.expert_decay * q.concurrency_with_all_read
    size = q.expert_decay * q.all_experts_time / q.time_of_requests
    # log(1 + size * exp(-exponent)), without overflow.
    length = float(_log_of_sum(0.0, math.log(size) - exponent))
    lambert = length * (1 - math.log1p(length) / (2 + length))
    return q.concurrency_with_all_read + lambert / q.expert_decay


def _log_of_sum(one: float, other: float) -> float:
    most = max(one, other)
    return most + math.log(math.exp(one - most) + math.exp(other - most))


def _newton(q: Given) -> float:
    """One step for f(n) = n - a - b exp(-d n)."""
    touched = math.exp(-q.expert_decay * q.concurrency_estimate) * q.all_experts_time / q.time_of_requests
    value = q.concurrency_estimate - q.concurrency_with_all_read - touched
    return q.concurrency_estimate - value / (1 + q.expert_decay * touched)


def _first_token_root(accepted: float, still: float, each: float, ahead: float) -> float:
    """Return the larger root n of (still + each n) (1 + ahead (n - 1)) = accepted, by the quadratic formula.

    a n^2 + b n + c = 0 with a = each ahead, b = still ahead + each (1 - ahead), c = still (1 - ahead) - accepted.
    """
    a, b, c = each * ahead, still * ahead + each * (1 - ahead), still * (1 - ahead) - accepted
    # The form that loses no digits where a is small; without a real root its double.
    return -2 * c / (b + math.sqrt(max(b * b - 4 * a * c, 0)))


def _concurrency(q: Given) -> float:
    times = min(q.concurrency_by_arithmetic, q.concurrency_by_reading, q.concurrency_by_first_token)
    return down(min(max(times, 1), q.concurrency_limit))


def _coverage(q: Given) -> float:
    """Tokens choose at random: an expert is touched by none with (1 - chosen / all)^tokens."""
    missed = max(1 - q.experts_per_token / q.experts, 0)
    return float(1 - missed ** max(q.concurrency_running, 1))


def _others(q: Given) -> float:
    return max(q.concurrency_running - 1, 0)


def _time_per_token(q: Given) -> float:
    step = q.decode_step_time + _others(q) * q.prefill_time / q.reply_tokens
    return q.time_per_token_factor * step / (1 + q.maybe("speculative_tokens", 0))


def _first_token(q: Given) -> float:
    before = 1 + q.prompts_ahead_share * _others(q)
    passes = before * (q.prefill_time + q.decode_step_time)
    return q.first_token_error * (q.first_token_start + q.serving_calibration * passes)


def _draw(q: Given) -> float:
    way = min(math.log(max(q.concurrency_running, 1)) / math.log(q.decode_draw_full), 1)
    return (1 - way) * q.decode_draw_share_single + way * q.decode_draw_share_full


def _waiting(q: Given) -> float:
    """Sakasegawa 1977: the load to the power of sqrt(2 (slots + 1)) - 1."""
    slots = q.replicas * q.concurrency_running
    return float(min(q.busy_slots / slots, 1) ** (math.sqrt(2 * (slots + 1)) - 1))


def _within(q: Given) -> float:
    """Erlang 1917: the wait of those who wait is exponential, at the free slots over the time of a reply."""
    if q.time_to_first_token_running > q.first_token_limit:
        return 0.0
    free = max(q.replicas * q.concurrency_running - q.busy_slots, 0)
    room = q.first_token_limit - q.time_to_first_token_running
    return 1 - q.waiting_share * math.exp(-free * room / q.reply_time)


def _api_request(q: Given) -> float:
    cached = q.cached_prompt_share * q.prompt_tokens
    prompt = (q.prompt_tokens - cached) * q.api_input_price + cached * q.maybe("api_cached_price", q.api_input_price)
    return (prompt + q.reply_tokens * q.api_output_price) / 1e6


def _heads_left(q: Given) -> float:
    most, least = sorted((q.kv_heads, q.tensor_parallel), reverse=True)
    return most - least * down(most / least)


def _greatest_rate(q: Given) -> float:
    """In the time of a reply and of the prompts of all, each request of the replica has its reply."""
    milliseconds = q.time_per_token_factor * (
        q.reply_tokens * q.decode_step_time + q.concurrency_running * q.prefill_time
    )
    return q.concurrency_running * q.reply_tokens / (milliseconds / 1e3) / q.gpus_per_replica


SERVING: dict[str, Second] = {
    # parameters by shape (GQA; DeepSeek-V2, section 2.1; Shazeer 2020)
    "attention_parameters__grouped": lambda q: (
        q.layers * q.hidden * q.head_width * (q.attention_heads + 2 * q.kv_heads + q.attention_heads)
    ),
    "attention_parameters__latent": lambda q: (
        q.latent_head_parameters + q.latent_kept_parameters + q.latent_query_parameters
    ),
    "latent_query_parameters": lambda q: (
        q.layers
        * (
            q.hidden * q.query_latent_rank
            + q.query_latent_rank
            + q.query_latent_rank * q.attention_heads * (q.latent_nope_width + q.latent_rope_width)
        )
    ),
    "latent_kept_parameters": lambda q: (
        q.layers * (q.hidden * q.latent_rank + q.hidden * q.latent_rope_width + q.latent_rank)
    ),
    "latent_head_parameters": lambda q: (
        q.layers
        * q.attention_heads
        * (q.latent_rank * q.latent_nope_width + q.latent_rank * q.latent_value_width + q.latent_value_width * q.hidden)
    ),
    "mixture_layers__dense": lambda _: 0.0,
    "mixture_layers__experts": lambda q: q.layers - q.dense_layers,
    "feed_forward_parameters__dense": lambda q: q.ffn_matrices * q.hidden * q.ffn_width * q.layers,
    "feed_forward_parameters__experts": lambda q: (
        q.mixture_layers * q.mixture_layer_parameters + q.dense_layers * q.ffn_matrices * q.hidden * q.ffn_width
    ),
    "mixture_layer_parameters": _moe_layer,
    "active_feed_forward_parameters__dense": lambda q: q.feed_forward_parameters,
    "active_feed_forward_parameters__experts": lambda q: q.feed_forward_parameters - _resting(q),
    "embedding_parameters": lambda q: q.hidden * q.vocabulary * q.embedding_tables,
    "output_head_parameters": lambda q: q.hidden * q.vocabulary,
    "norm_parameters": lambda q: q.hidden + q.layers * (q.hidden + q.hidden),
    "total_parameters": lambda q: (
        q.attention_parameters
        + q.feed_forward_parameters
        + q.embedding_parameters
        + q.norm_parameters
        + q.maybe("further_parameters", 0)
    ),
    "active_parameters__all": lambda q: q.parameters,
    "active_parameters__counted": lambda q: (
        q.attention_parameters
        + q.active_feed_forward_parameters
        + q.embedding_parameters
        + q.norm_parameters
        + q.maybe("further_active_parameters", 0)
    ),
    "expert_parameters__dense": lambda _: 0.0,
    "expert_parameters__experts": lambda q: (
        q.experts * (q.total_parameters - q.active_parameters) / (q.experts - q.experts_per_token)
    ),
    "kv_width__grouped": lambda q: q.kv_heads * (q.head_width + q.head_width),
    "kv_width__latent": lambda q: q.latent_rope_width + q.latent_rank,
    "cached_layers__whole": lambda q: q.layers,
    "cached_layers__windowed": lambda q: q.layers,
    "cached_layers__linear": lambda q: q.layers - q.linear_layers,
    "kv_per_token_layer": lambda q: q.cache_bytes_per_number * q.kv_width,
    "kv_per_token": lambda q: q.cached_layers * q.kv_per_token_layer,
    "checkpoint_layers": lambda q: q.prediction_layers + q.layers,
    "modelled_layers_share": lambda q: (q.layers - q.unmodelled_layers) / q.layers,
    # number formats
    "expert_bytes_per_parameter__fp8": lambda q: q.weight_bytes_fp8,
    "expert_bytes_per_parameter__bf16": lambda q: q.weight_bytes_bf16,
    "expert_bytes_per_parameter__fp4": lambda q: q.weight_bytes_fp4,
    "expert_bytes_per_parameter__int4": lambda q: q.weight_bytes_int4,
    "shared_bytes_per_parameter__fp8": lambda q: q.weight_bytes_fp8,
    "shared_bytes_per_parameter__bf16": lambda q: q.weight_bytes_bf16,
    "shared_bytes_per_parameter__fp4": lambda q: q.weight_bytes_bf16 if q.mixture_layers else q.weight_bytes_fp4,
    "shared_bytes_per_parameter__int4": lambda q: q.weight_bytes_bf16 if q.mixture_layers else q.weight_bytes_int4,
    "cache_bytes_per_number__fp8": lambda q: q.weight_bytes_fp8,
    "cache_bytes_per_number__bf16": lambda q: q.weight_bytes_bf16,
    "decode_peak__fp8": lambda q: q.gpu_peak_fp8,
    "decode_peak__bf16": lambda q: q.gpu_peak_bf16,
    "decode_peak__fp4": lambda q: max(q.maybe("gpu_peak_fp4", 0), q.gpu_peak_bf16),
    "decode_peak__int4": lambda q: q.gpu_peak_bf16,
    "prefill_peak__fp8": lambda q: q.gpu_peak_fp8,
    "prefill_peak__bf16": lambda q: q.gpu_peak_bf16,
    "prefill_peak__fp4": lambda q: min(q.decode_peak, q.maybe("gpu_peak_fp8", math.inf)),
    "prefill_peak__int4": lambda q: q.gpu_peak_bf16,
    # memory, and what of it a step reads
    "gpus_per_replica": lambda q: q.data_parallel * q.tensor_parallel + q.maybe("prefill_gpus", 0),
    "attention_heads_left_over": lambda q: (
        q.attention_heads - q.tensor_parallel * down(q.attention_heads / q.tensor_parallel)
    ),
    "kv_heads_left_over": _heads_left,
    "experts_per_gpu": lambda q: q.experts / q.expert_parallel,
    "shared_parameters": lambda q: q.total_parameters - (q.expert_parameters + q.embedding_parameters),
    "weight_size": lambda q: (
        (
            q.expert_parameters * q.expert_bytes_per_parameter
            + q.shared_parameters * q.shared_bytes_per_parameter
            + q.embedding_parameters * q.weight_bytes_bf16
        )
        / 1e9
    ),
    "serving_memory": lambda q: (
        q.gpus_per_replica * q.gpu_memory * q.usable_memory_share - q.gpus_per_replica * q.runtime_memory
    ),
    "context_mean": lambda q: q.prompt_tokens + 0.5 * q.reply_tokens,
    "context_read__whole": lambda q: q.context_mean * q.layers,
    "context_read__windowed": lambda q: q.layers * q.context_mean - q.window_layers * max(q.context_mean - q.window, 0),
    "context_read__linear": lambda q: q.context_mean * (q.layers - q.linear_layers),
    "prompt_pairs__whole": lambda q: q.layers * _pairs(q),
    "prompt_pairs__windowed": _windowed_pairs,
    "prompt_pairs__linear": lambda q: (q.layers - q.linear_layers) * _pairs(q),
    # a decode step, in ms (roofline; Pope et al. 2022): GB over TB/s are ms
    "kv_shards__grouped": lambda q: min(q.kv_heads, q.tensor_parallel),
    "kv_shards__latent": lambda _: 1.0,
    "attention_pair_width__grouped": lambda q: q.attention_heads * (q.head_width + q.head_width),
    "attention_pair_width__latent": lambda q: (
        q.attention_heads * (q.latent_value_width + q.latent_rope_width + q.latent_nope_width)
    ),
    "latent_layers__grouped": lambda _: 0.0,
    "latent_layers__latent": lambda q: q.layers,
    "cache_per_request": lambda q: q.kv_per_token_layer * q.context_read / 1e9,
    "concurrency_limit": lambda q: down(
        max(q.serving_memory - q.weight_size, 0) * q.kv_shards / q.tensor_parallel / q.cache_per_request
    ),
    "concurrency_running": lambda q: min(q.concurrency_limit, q.concurrency),
    "requests_per_rank": lambda q: max(1.0, q.concurrency_running / q.data_parallel),
    "expert_coverage__dense": lambda q: q.mixture_layers,
    "expert_coverage__experts": _coverage,
    "all_experts_time": lambda q: (
        q.expert_parameters
        * q.expert_bytes_per_parameter
        / 1e9
        / q.gpus_per_replica
        / (q.expert_read_efficiency * q.gpu_memory_bandwidth)
    ),
    "expert_read_time": lambda q: q.expert_coverage * q.all_experts_time,
    "shared_read_size": lambda q: (
        (q.shared_parameters * q.shared_bytes_per_parameter + q.output_head_parameters * q.weight_bytes_bf16) / 1e9
    ),
    "shared_read_time": lambda q: (
        q.shared_read_size / (q.tensor_parallel * q.gpu_memory_bandwidth * q.weight_read_efficiency)
    ),
    "weight_time": lambda q: q.shared_read_time + q.expert_read_time,
    "kv_time": lambda q: (
        q.requests_per_rank * q.cache_per_request / (q.kv_shards * q.gpu_memory_bandwidth * q.cache_read_efficiency)
    ),
    "layer_parameters_active": lambda q: q.active_parameters - q.embedding_parameters,
    "decode_flop": lambda q: 2 * q.layer_parameters_active + 2 * q.output_head_parameters,
    "compute_time": lambda q: (
        max(q.concurrency_running, 1)
        * q.decode_flop
        / 1e12
        / (q.gpus_per_replica * q.decode_peak * q.decode_efficiency)
        * 1e3
    ),
    "framework_overhead__trtllm": lambda _: 1.0,
    "framework_overhead__sglang": lambda q: q.framework_overhead_sglang,
    "framework_overhead__vllm": lambda q: q.framework_overhead_vllm,
    "software_overhead": lambda q: math.exp(q.software_age * q.overhead_decline) * q.framework_overhead,
    "layer_overhead_time": lambda q: (
        (
            q.layers * q.layer_overhead
            + q.mixture_layers * q.mixture_layer_overhead
            + q.latent_layers * q.latent_layer_overhead
        )
        / 1e3
    ),
    "overhead_time": lambda q: (
        q.software_overhead
        * (q.layer_overhead_time + q.step_overhead / 1e3 + q.requests_per_rank * q.request_overhead / 1e3)
    ),
    "exchange_time_per_token": _exchange,
    "communication_time": lambda q: (
        q.software_overhead * (q.requests_per_rank * q.exchange_time_per_token + _exchange_delay(q))
    ),
    "decode_step_time": lambda q: (
        q.kv_time + max(q.compute_time, q.weight_time) + q.communication_time + q.overhead_time
    ),
    "prefill_efficiency__dense": lambda q: q.prefill_efficiency_dense,
    "prefill_efficiency__experts": lambda q: q.prefill_efficiency_experts,
    "prefill_flop": _prefill_flop,
    "prefill_compute_time": lambda q: 1e3 * q.prefill_flop / q.prefill_efficiency / q.prefill_peak / q.gpus_per_replica,
    "all_weights_time": lambda q: (
        q.weight_size / q.gpus_per_replica / q.gpu_memory_bandwidth / q.weight_read_efficiency
    ),
    "prefill_exchange_time": lambda q: (
        q.exchange_time_per_token * (q.prompt_tokens - q.cached_prompt_share * q.prompt_tokens)
    ),
    "prefill_time": lambda q: q.prefill_exchange_time + max(q.all_weights_time, q.prefill_compute_time),
    # how many requests keep the targets
    "request_step_time": lambda q: (
        (q.software_overhead * (q.request_overhead / 1e3 + q.exchange_time_per_token) + q.request_read_time)
        / q.data_parallel
    ),
    "time_of_requests": lambda q: q.prefill_time / q.reply_tokens + q.request_step_time,
    "request_read_time": lambda q: (
        q.cache_per_request / (q.kv_shards * q.gpu_memory_bandwidth * q.cache_read_efficiency)
    ),
    "step_fixed_time": lambda q: (
        q.software_overhead * (q.layer_overhead_time + q.step_overhead / 1e3 + _exchange_delay(q))
    ),
    "time_left_for_requests": lambda q: (
        q.prefill_time / q.reply_tokens + q.time_per_token_limit / q.time_per_token_factor - q.step_fixed_time
    ),
    "request_compute_time": lambda q: (
        1e3 * q.decode_flop / 1e12 / q.decode_efficiency / q.decode_peak / q.gpus_per_replica
    ),
    "concurrency_by_arithmetic": lambda q: q.time_left_for_requests / (q.request_compute_time + q.time_of_requests),
    "concurrency_by_reading__dense": lambda q: (q.time_left_for_requests - q.shared_read_time) / q.time_of_requests,
    "concurrency_by_reading__experts": _newton,
    "expert_decay": lambda q: -math.log(max(1 - q.experts_per_token / q.experts, 0.5 / q.experts)),
    "concurrency_with_all_read": lambda q: (
        max(q.time_left_for_requests - q.shared_read_time, 0) / q.time_of_requests
        - q.all_experts_time / q.time_of_requests
    ),
    "concurrency_estimate": _estimate,
    "first_token_accepted": lambda q: (
        q.first_token_limit / q.first_token_error / q.serving_calibration - q.first_token_start / q.serving_calibration
    ),
    "pass_fixed_time": lambda q: q.all_experts_time + q.shared_read_time + q.step_fixed_time + q.prefill_time,
    "first_token_by_reading": lambda q: _first_token_root(
        q.first_token_accepted, q.pass_fixed_time, q.request_step_time, q.prompts_ahead_share
    ),
    "first_token_by_arithmetic": lambda q: _first_token_root(
        q.first_token_accepted,
        q.prefill_time + q.step_fixed_time,
        q.request_step_time + q.request_compute_time,
        q.prompts_ahead_share,
    ),
    "concurrency_by_first_token": lambda q: min(q.first_token_by_arithmetic, q.first_token_by_reading),
    "concurrency": _concurrency,
    # a measured point
    "measured_coverage__dense": lambda q: q.mixture_layers,
    "measured_coverage__experts": lambda q: -math.expm1(-q.measured_concurrency * q.expert_decay),
    "measured_weight_time": lambda q: max(
        q.measured_coverage * q.all_experts_time + q.shared_read_time, q.measured_concurrency * q.request_compute_time
    ),
    "estimated_time_per_token": lambda q: (
        q.measured_weight_time
        + q.step_fixed_time
        + max(q.measured_concurrency, q.data_parallel) * q.request_step_time
        + (q.measured_concurrency - 1) / q.reply_tokens * q.prefill_time
    ),
    "serving_calibration__none": lambda _: 1.0,
    "serving_calibration__measured": lambda q: q.measured_time_per_token / q.estimated_time_per_token,
    "time_per_token_factor__none": lambda q: q.time_per_token_error * q.serving_calibration,
    "time_per_token_factor__measured": lambda q: q.measured_point_error * q.serving_calibration,
    # times that a user sees
    "time_per_token": _time_per_token,
    "time_per_token_error__known": lambda q: q.time_per_token_error_known,
    "time_per_token_error__estimated": lambda q: q.time_per_token_error_estimated,
    "first_token_error__known": lambda q: q.first_token_error_known,
    "first_token_error__estimated": lambda q: q.first_token_error_estimated,
    "first_token_overhead__trtllm": lambda q: q.first_token_overhead_trtllm,
    "first_token_overhead__sglang": lambda q: q.first_token_overhead_sglang,
    "first_token_overhead__vllm": lambda q: q.first_token_overhead_vllm,
    "first_token_start": lambda q: math.exp(q.software_age * q.overhead_decline) * q.first_token_overhead,
    "time_to_first_token_running": _first_token,
    "reply_time": lambda q: q.time_to_first_token_running - q.time_per_token + q.reply_tokens * q.time_per_token,
    # Little's law: those who wait take as many replies' times as there are of them for each that runs.
    "time_to_first_token": lambda q: (
        q.time_to_first_token_running + q.reply_time * (q.concurrency - q.concurrency_running) / q.concurrency_running
    ),
    "speed_per_user": lambda q: 1e3 / q.time_per_token,
    "replica_token_rate": lambda q: q.reply_tokens * q.concurrency_running / (q.reply_time / 1e3),
    "token_rate_per_gpu": lambda q: q.replica_token_rate / q.gpus_per_replica,
    "greatest_token_rate": _greatest_rate,
    "decode_draw_share": _draw,
    "serving_power_per_gpu": lambda q: q.decode_draw_share * q.gpu_power,
    "energy_per_token": lambda q: q.serving_power_per_gpu / q.token_rate_per_gpu,
    # the load (Little 1961: requests at work are their rate times their time)
    "replica_request_rate": lambda q: q.replica_token_rate / q.reply_tokens,
    "replicas": lambda q: (
        up(q.request_rate_peak * q.reply_time / 1e3 / q.concurrency_running) + q.maybe("spare_replicas", 0)
    ),
    "serving_gpus": lambda q: q.gpus_per_replica * q.replicas,
    "serving_servers": lambda q: up(q.serving_gpus / q.gpus_per_server),
    "serving_racks": lambda q: up(q.serving_servers / q.servers_per_rack),
    "serving_power": lambda q: q.serving_gpus * q.serving_power_per_gpu / 1e3,
    "serving_utilisation": lambda q: q.request_rate_mean / q.replica_request_rate / q.replicas,
    "busy_slots": lambda q: q.request_rate_peak * q.reply_time / 1e3,
    "waiting_share": _waiting,
    "within_target_share": _within,
    "requests_per_month": lambda q: q.request_rate_mean * MONTH_SECONDS,
    "output_tokens_per_month": lambda q: q.reply_tokens * q.requests_per_month,
    "input_tokens_per_month": lambda q: q.prompt_tokens * q.requests_per_month,
    "servers_by_measured_rates": lambda q: (
        q.output_tokens_per_month / MONTH_SECONDS / q.server_decode_rate
        + q.input_tokens_per_month / MONTH_SECONDS / q.server_prefill_rate
    ),
    "serving_cost_per_month": lambda q: q.serving_gpus * 730 * q.gpu_hour_cost,
    "serving_hours_share__reserved": lambda _: 1.0,
    "serving_hours_share__used": lambda q: q.serving_utilisation,
    "prefill_cost_share": lambda q: (
        1 / (1 + q.reply_tokens * q.decode_step_time / (q.concurrency_running * q.prefill_time))
    ),
    "cost_per_million_output_tokens": lambda q: (
        q.serving_hours_share
        * (q.serving_cost_per_month - q.prefill_cost_share * q.serving_cost_per_month)
        / (q.output_tokens_per_month / 1e6)
    ),
    "cost_per_million_input_tokens": lambda q: (
        q.prefill_cost_share * q.serving_hours_share * q.serving_cost_per_month / (q.input_tokens_per_month / 1e6)
    ),
    "cost_per_million_total_tokens": lambda q: (
        q.serving_hours_share * q.serving_cost_per_month * 1e6 / (q.output_tokens_per_month + q.input_tokens_per_month)
    ),
    "cost_per_request": lambda q: q.serving_hours_share * q.serving_cost_per_month / q.requests_per_month,
    "cost_per_million_tokens_at_rate": lambda q: q.gpu_hour_cost / (q.token_rate_per_gpu * 3600) * 1e6,
    "energy_per_million_tokens": lambda q: q.energy_per_token * 1e6 / 3.6e6,
    "api_cost_per_request": _api_request,
    "api_cost_per_month": lambda q: q.requests_per_month * q.api_cost_per_request,
    "api_blended_price": lambda q: 1e6 * q.api_cost_per_request / (q.reply_tokens + q.prompt_tokens),
    "self_host_cost_per_month": lambda q: (
        q.serving_hours_share * q.serving_cost_per_month + q.maybe("serving_staff_cost_per_month", 0)
    ),
    "tokens_at_full_load": lambda q: (
        (q.reply_tokens + q.prompt_tokens) * q.replica_request_rate * q.replicas * MONTH_SECONDS
    ),
    "api_break_even_tokens__reserved": lambda q: 1e6 * q.self_host_cost_per_month / q.api_blended_price,
    "api_break_even_tokens__used": lambda q: (
        1e6 * (q.serving_cost_per_month + q.maybe("serving_staff_cost_per_month", 0)) / q.api_blended_price
    ),
    "api_margin": lambda q: (q.api_blended_price - q.cost_per_million_total_tokens) / q.api_blended_price,
}
