"""Targets of serving: the highest concurrency at which a replica keeps its times, memory included."""

from calc import ops
from calc.declarations import Check, Input
from calc.units.vocabulary import (
    FLOP_per_token,
    GB_per_request,
    Gpus_per_replica,
    Microseconds,
    Milliseconds,
    Ratio,
    Requests_per_replica,
    Share,
    TB_per_second_gpu,
    TFLOP_per_second_gpu,
    Tokens_per_request,
)

time_per_token_limit = Input(Milliseconds, "Longest mean time per output token that users accept", band=(1, 1000))
first_token_limit = Input(
    Milliseconds, "Longest mean time to the first token that users accept", band=(10, 1e5), optional=True
)

time_per_token_is_kept = Check(
    "time_per_token <= time_per_token_limit",
    "replies are slower than the target, `time_per_token_limit`: take fewer requests a replica where they are given, "
    "more or faster GPUs for each, or a longer time",
)
first_token_is_kept = Check(
    "time_to_first_token <= first_token_limit",
    "first tokens come later than the target, `first_token_limit`: take fewer requests a replica where they are given, "
    "more or faster GPUs for each, or a longer time",
)


def request_step_time(
    software_overhead: Ratio,
    request_overhead: Microseconds,
    exchange_time_per_token: Milliseconds,
    request_read_time: Milliseconds,
    data_parallel: Ratio,
) -> Milliseconds:
    """Time of a decode step that each running request adds, beside experts and arithmetic.

    Source: definition; the parts of `decode_step_time` that grow with the requests.
    """
    ranked = software_overhead * (request_overhead + exchange_time_per_token) + request_read_time
    return ranked / data_parallel


def time_of_requests(
    request_step_time: Milliseconds, prefill_time: Milliseconds, reply_tokens: Tokens_per_request
) -> Milliseconds:
    """Time per output token that each running request adds, beside experts and arithmetic.

    Source: definition; the parts of `time_per_token` that grow with the requests.
    """
    return request_step_time + prefill_time / ops.number(reply_tokens, "token/request")


def request_read_time(
    cache_per_request: GB_per_request,
    kv_shards: Ratio,
    cache_read_efficiency: Share,
    gpu_memory_bandwidth: TB_per_second_gpu,
) -> Milliseconds:
    """Time of a step to read the cache of one request.

    Source: Williams et al. 2009 (roofline).
    """
    per_gpu = cache_per_request / kv_shards * ops.amount(1, "request/gpu")
    return per_gpu / (cache_read_efficiency * gpu_memory_bandwidth)


def step_fixed_time(
    software_overhead: Ratio,
    step_overhead: Microseconds,
    layer_overhead_time: Milliseconds,
    layers: Ratio,
    exchange_delay: Microseconds,
    gpus_per_replica: Gpus_per_replica,
) -> Milliseconds:
    """Time of a step that does not grow with the requests, beside reading weights.

    Source: definition; the parts of `decode_step_time` that stand still.
    """
    delay = ops.where(ops.number(gpus_per_replica, "gpu/replica") > 1, 2 * layers * exchange_delay, 0)
    return software_overhead * (step_overhead + layer_overhead_time + delay)


def time_left_for_requests(
    time_per_token_limit: Milliseconds,
    time_per_token_factor: Ratio,
    step_fixed_time: Milliseconds,
    prefill_time: Milliseconds,
    reply_tokens: Tokens_per_request,
) -> Milliseconds:
    """Part of the accepted time per token that is left for reading weights and for requests.

    Source: definition.
    """
    accepted = time_per_token_limit / time_per_token_factor
    return accepted - step_fixed_time + prefill_time / ops.number(reply_tokens, "token/request")


def request_compute_time(
    decode_flop: FLOP_per_token,
    gpus_per_replica: Gpus_per_replica,
    decode_peak: TFLOP_per_second_gpu,
    decode_efficiency: Share,
) -> Milliseconds:
    """Time of a step to multiply for one request.

    Source: Williams et al. 2009 (roofline).
    """
    flop = decode_flop * ops.amount(1, "token/request") * ops.amount(1, "request/replica")
    return flop / (gpus_per_replica * decode_peak * decode_efficiency)


def concurrency_by_arithmetic(
    time_left_for_requests: Milliseconds, time_of_requests: Milliseconds, request_compute_time: Milliseconds
) -> Ratio:
    """Requests at which a replica that is bound by arithmetic reaches the accepted time per token.

    Source: definition; `time_per_token` solved for the requests.
    """
    return time_left_for_requests / (time_of_requests + request_compute_time)


def concurrency_by_reading__dense(
    time_left_for_requests: Milliseconds, shared_read_time: Milliseconds, time_of_requests: Milliseconds
) -> Ratio:
    """Requests at which a replica that is bound by reading weights reaches the accepted time per token.

    Assumes: every step reads all weights.

    Source: definition; `time_per_token` solved for the requests.
    """
    return (time_left_for_requests - shared_read_time) / time_of_requests


def expert_decay(experts: Ratio, experts_per_token: Ratio) -> Ratio:
    """Rate at which experts that no request needs become fewer with each request.

    Source: definition; the logarithm of all over those that one token leaves out, of which half a one is left at least.
    """
    return 0 - ops.log(ops.maximum(1 - experts_per_token / experts, 1 / (2 * experts)))


def concurrency_with_all_read(
    time_left_for_requests: Milliseconds,
    shared_read_time: Milliseconds,
    time_of_requests: Milliseconds,
    all_experts_time: Milliseconds,
) -> Ratio:
    """Requests that the accepted time per token would leave room for if each step read all experts; may be negative.

    Source: definition.
    """
    return (ops.maximum(time_left_for_requests - shared_read_time, 0) - all_experts_time) / time_of_requests


def concurrency_estimate(
    concurrency_with_all_read: Ratio,
    time_of_requests: Milliseconds,
    all_experts_time: Milliseconds,
    expert_decay: Ratio,
) -> Ratio:
    """Requests, nearly, at which a replica that is bound by reading weights reaches the accepted time per token.

    Assumes: the experts touched grow with the requests; solved by an approximation of Lambert's W.

    Source: Winitzki 2003 (doi:10.1007/3-540-44839-X_82) for W.
    """
    height = ops.log(expert_decay * all_experts_time / time_of_requests) - expert_decay * concurrency_with_all_read
    log = ops.maximum(height, 0) + ops.log(1 + ops.exp(ops.minimum(height, 0 - height)))
    return concurrency_with_all_read + log * (1 - ops.log(1 + log) / (2 + log)) / expert_decay


def concurrency_by_reading__experts(
    concurrency_estimate: Ratio,
    concurrency_with_all_read: Ratio,
    time_of_requests: Milliseconds,
    all_experts_time: Milliseconds,
    expert_decay: Ratio,
) -> Ratio:
    """Requests at which a replica that is bound by reading weights reaches the accepted time per token.

    Assumes: the experts touched grow with the requests; one step of Newton from the estimate below.

    Source: definition.
    """
    left = all_experts_time / time_of_requests * ops.exp(0 - expert_decay * concurrency_estimate)
    above = concurrency_estimate - concurrency_with_all_read - left
    return concurrency_estimate - above / (1 + expert_decay * left)


def first_token_accepted(
    first_token_limit: Milliseconds,
    first_token_error: Ratio,
    first_token_start: Milliseconds,
    serving_calibration: Ratio,
) -> Milliseconds:
    """Part of the accepted time to the first token that is left for passes that read prompts.

    Source: definition.
    """
    return (first_token_limit / first_token_error - first_token_start) / serving_calibration


def pass_fixed_time(
    prefill_time: Milliseconds,
    step_fixed_time: Milliseconds,
    shared_read_time: Milliseconds,
    all_experts_time: Milliseconds,
) -> Milliseconds:
    """Time of a pass that reads one prompt and all weights, every expert among them, without the other requests.

    Source: definition.
    """
    return prefill_time + step_fixed_time + shared_read_time + all_experts_time


def first_token_by_reading(
    first_token_accepted: Milliseconds,
    pass_fixed_time: Milliseconds,
    request_step_time: Milliseconds,
    prompts_ahead_share: Share,
) -> Ratio:
    """Requests at which a replica that is bound by reading reaches the accepted time to the first token.

    Source: definition; `time_to_first_token_running` solved for the requests, the root of a square.
    """
    left = first_token_accepted - pass_fixed_time * (1 - prompts_ahead_share)
    half = (pass_fixed_time * prompts_ahead_share + request_step_time * (1 - prompts_ahead_share)) / 2
    square = ops.maximum(1 + prompts_ahead_share * request_step_time * left / (half * half), 0)
    return left / (half + half * ops.power(square, 1 / (1 + 1)))


def first_token_by_arithmetic(
    first_token_accepted: Milliseconds,
    prefill_time: Milliseconds,
    step_fixed_time: Milliseconds,
    request_step_time: Milliseconds,
    request_compute_time: Milliseconds,
    prompts_ahead_share: Share,
) -> Ratio:
    """Requests at which a replica that is bound by arithmetic reaches the accepted time to the first token.

    Source: definition; `time_to_first_token_running` solved for the requests, the root of a square.
    """
    still = prefill_time + step_fixed_time
    each = request_step_time + request_compute_time
    left = first_token_accepted - still * (1 - prompts_ahead_share)
    half = (still * prompts_ahead_share + each * (1 - prompts_ahead_share)) / 2
    square = ops.maximum(1 + prompts_ahead_share * each * left / (half * half), 0)
    return left / (half + half * ops.power(square, 1 / (1 + 1)))


def concurrency_by_first_token(first_token_by_reading: Ratio, first_token_by_arithmetic: Ratio) -> Ratio:
    """Requests at which a replica reaches the accepted time to the first token, if each step read all experts.

    Source: definition.
    """
    return ops.minimum(first_token_by_reading, first_token_by_arithmetic)


def concurrency(
    concurrency_by_arithmetic: Ratio,
    concurrency_by_reading: Ratio,
    concurrency_by_first_token: Ratio,
    concurrency_limit: Requests_per_replica,
) -> Requests_per_replica:
    """Requests at one replica at the same time: the most that keep the targets and fit into its memory, at least one.

    Source: definition; whether one request keeps the targets is checked.
    """
    times = ops.minimum(ops.minimum(concurrency_by_arithmetic, concurrency_by_reading), concurrency_by_first_token)
    most = ops.minimum(ops.maximum(times, 1), ops.number(concurrency_limit, "request/replica"))
    return ops.amount(ops.floor(most), "request/replica")
