"""The times and rates of a replica as an operator measures them, and the energy of its GPUs."""

from calc import ops
from calc.units.vocabulary import (
    Gpus_per_replica,
    J_per_token,
    Milliseconds,
    Per_year,
    Ratio,
    Requests_per_replica,
    Share,
    Tokens_per_request,
    Tokens_per_second,
    Tokens_per_second_gpu,
    Tokens_per_second_replica,
    W_per_gpu,
    Years,
)


def time_per_token(
    decode_step_time: Milliseconds,
    prefill_time: Milliseconds,
    concurrency_running: Requests_per_replica,
    reply_tokens: Tokens_per_request,
    speculative_tokens: Ratio,
    time_per_token_factor: Ratio,
) -> Milliseconds:
    """Mean time per output token after the first, (end - first token) / (tokens - 1), as an operator measures it.

    Label: time per output token.

    While one request is answered, each of the others is replaced once, and its prompt stops all for a while.

    Source: definition; steps as in Agrawal et al. 2024 (Sarathi-Serve, arXiv:2403.02310).
    """
    others = ops.maximum(ops.number(concurrency_running, "request/replica"), 1) - 1
    halts = others * prefill_time / ops.number(reply_tokens, "token/request")
    tokens = 1 + ops.if_included(speculative_tokens, 0)
    return (decode_step_time + halts) / tokens * time_per_token_factor


def time_per_token_error__known(time_per_token_error_known: Ratio) -> Ratio:
    """Measured time per output token over the estimate.

    Assumes: a model whose layers the formulas know.

    Source: definition.
    """
    return time_per_token_error_known


def time_per_token_error__estimated(time_per_token_error_estimated: Ratio) -> Ratio:
    """Measured time per output token over the estimate.

    Assumes: a model some of whose layers are taken for others.

    Source: definition.
    """
    return time_per_token_error_estimated


def first_token_error__known(first_token_error_known: Ratio) -> Ratio:
    """Measured time to the first token over the estimate.

    Assumes: a model whose layers the formulas know.

    Source: definition.
    """
    return first_token_error_known


def first_token_error__estimated(first_token_error_estimated: Ratio) -> Ratio:
    """Measured time to the first token over the estimate.

    Assumes: a model some of whose layers are taken for others.

    Source: definition.
    """
    return first_token_error_estimated


def first_token_overhead__trtllm(first_token_overhead_trtllm: Milliseconds) -> Milliseconds:
    """Time to the first token beside reading the prompt.

    Assumes: TensorRT-LLM.

    Source: definition.
    """
    return first_token_overhead_trtllm


def first_token_overhead__sglang(first_token_overhead_sglang: Milliseconds) -> Milliseconds:
    """Time to the first token beside reading the prompt.

    Assumes: SGLang.

    Source: definition.
    """
    return first_token_overhead_sglang


def first_token_overhead__vllm(first_token_overhead_vllm: Milliseconds) -> Milliseconds:
    """Time to the first token beside reading the prompt.

    Assumes: vLLM.

    Source: definition.
    """
    return first_token_overhead_vllm


def first_token_start(
    first_token_overhead: Milliseconds, overhead_decline: Per_year, software_age: Years
) -> Milliseconds:
    """Time to the first token beside reading prompts, with the software used.

    Source: fit to measured runs, docs/methodology/serving.md.
    """
    return first_token_overhead * ops.exp(ops.number(overhead_decline * software_age, "1"))


def time_to_first_token_running(
    first_token_start: Milliseconds,
    prefill_time: Milliseconds,
    decode_step_time: Milliseconds,
    prompts_ahead_share: Share,
    concurrency_running: Requests_per_replica,
    serving_calibration: Ratio,
    first_token_error: Ratio,
) -> Milliseconds:
    """Mean time from a request to its first token, once there is room for it in the memory.

    A prompt is read in a pass that gives the others their next token, too; so are the prompts before it.

    Source: fit to measured runs, docs/methodology/serving.md; passes as in Agrawal et al. 2024 (arXiv:2403.02310).
    """
    others = ops.maximum(ops.number(concurrency_running, "request/replica"), 1) - 1
    passes = (prefill_time + decode_step_time) * (1 + prompts_ahead_share * others)
    return (first_token_start + passes * serving_calibration) * first_token_error


def reply_time(
    time_to_first_token_running: Milliseconds, reply_tokens: Tokens_per_request, time_per_token: Milliseconds
) -> Milliseconds:
    """Mean time from a request to the end of its reply, once there is room for it in the memory.

    Source: definition.
    """
    return time_to_first_token_running + (ops.number(reply_tokens, "token/request") - 1) * time_per_token


def time_to_first_token(
    time_to_first_token_running: Milliseconds,
    reply_time: Milliseconds,
    concurrency: Requests_per_replica,
    concurrency_running: Requests_per_replica,
) -> Milliseconds:
    """Mean time from a request to its first token, as an operator measures it, waiting for memory included.

    Source: definition; Little 1961 (doi:10.1287/opre.9.3.383) for the wait.
    """
    waiting = ops.where(concurrency > ops.amount(0, "request/replica"), concurrency / concurrency_running - 1, 0)
    return time_to_first_token_running + waiting * reply_time


def speed_per_user(time_per_token: Milliseconds) -> Tokens_per_second:
    """Tokens that one user sees arrive in a second.

    Source: definition.
    """
    return ops.amount(1, "token") / time_per_token


def replica_token_rate(
    concurrency_running: Requests_per_replica, reply_tokens: Tokens_per_request, reply_time: Milliseconds
) -> Tokens_per_second_replica:
    """Output tokens of one replica in a second, prompts read in between.

    Source: Little 1961 (doi:10.1287/opre.9.3.383).
    """
    return concurrency_running * reply_tokens / reply_time


def token_rate_per_gpu(
    replica_token_rate: Tokens_per_second_replica, gpus_per_replica: Gpus_per_replica
) -> Tokens_per_second_gpu:
    """Output tokens of one GPU in a second.

    Source: definition.
    """
    return replica_token_rate / gpus_per_replica


def greatest_token_rate(
    concurrency_running: Requests_per_replica,
    reply_tokens: Tokens_per_request,
    decode_step_time: Milliseconds,
    prefill_time: Milliseconds,
    time_per_token_factor: Ratio,
    gpus_per_replica: Gpus_per_replica,
) -> Tokens_per_second_gpu:
    """Output tokens of one GPU in a second when a new prompt is read the moment that a reply ends, with no target.

    Source: Williams et al. 2009 (roofline); definition.
    """
    steps = ops.number(reply_tokens, "token/request") * decode_step_time
    prompts = ops.number(concurrency_running, "request/replica") * prefill_time
    time = (steps + prompts) * time_per_token_factor
    return concurrency_running * reply_tokens / time / gpus_per_replica


def decode_draw_share(
    decode_draw_share_single: Share,
    decode_draw_share_full: Share,
    decode_draw_full: Requests_per_replica,
    concurrency_running: Requests_per_replica,
) -> Share:
    """Draw of a GPU while it serves, as a share of its rating: it grows with the logarithm of the requests.

    Source: measured draw of an MI355X, docs/methodology/serving.md; between the two figures on a straight line.
    """
    running = ops.log(ops.maximum(ops.number(concurrency_running, "request/replica"), 1))
    most = ops.log(ops.number(decode_draw_full, "request/replica"))
    way = ops.minimum(running / most, 1)
    return decode_draw_share_single + (decode_draw_share_full - decode_draw_share_single) * way


def serving_power_per_gpu(gpu_power: W_per_gpu, decode_draw_share: Share) -> W_per_gpu:
    """Power of one GPU while it serves, without host, network and cooling.

    Source: definition.
    """
    return gpu_power * decode_draw_share


def energy_per_token(serving_power_per_gpu: W_per_gpu, token_rate_per_gpu: Tokens_per_second_gpu) -> J_per_token:
    """Energy of the GPUs for one output token, prompts included.

    Source: definition.
    """
    return serving_power_per_gpu / token_rate_per_gpu
