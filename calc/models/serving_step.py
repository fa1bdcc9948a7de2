"""A decode step and its parts, and the reading of a prompt."""

from calc import ops
from calc.units.vocabulary import (
    GB,
    B_per_parameter,
    Bytes_per_token,
    FLOP_per_token,
    GB_per_replica,
    GB_per_request,
    Gpus_per_replica,
    Microseconds,
    Milliseconds,
    Parameters,
    Per_year,
    Ratio,
    Requests_per_replica,
    Share,
    TB_per_second_gpu,
    TFLOP_per_request,
    TFLOP_per_second_gpu,
    Token_layers_per_request,
    Token_pairs_per_request,
    Tokens_per_request,
    Years,
)


def kv_shards__grouped(tensor_parallel: Ratio, kv_heads: Ratio) -> Ratio:
    """GPUs over which the cache of one request is cut.

    Assumes: each GPU keeps whole heads; beyond the heads that have keys and values the cache is repeated.

    Source: Pope et al. 2022 (arXiv:2211.05102), section 3.3.
    """
    return ops.minimum(tensor_parallel, kv_heads)


def kv_shards__latent(tensor_parallel: Ratio) -> Ratio:
    """GPUs over which the cache of one request is cut.

    Assumes: the latent vector serves all heads, so that each GPU keeps all of it.

    Source: DeepSeek-AI 2024 (DeepSeek-V3, arXiv:2412.19437), section 3.4.
    """
    return tensor_parallel / tensor_parallel


def attention_pair_width__grouped(attention_heads: Ratio, head_width: Ratio) -> Ratio:
    """Width of query and value of all heads, multiplied for each pair of tokens.

    Assumes: both are as wide as a head.

    Source: definition.
    """
    return 2 * attention_heads * head_width


def attention_pair_width__latent(
    attention_heads: Ratio, latent_nope_width: Ratio, latent_rope_width: Ratio, latent_value_width: Ratio
) -> Ratio:
    """Width of query and value of all heads, multiplied for each pair of tokens.

    Assumes: latent attention, unfolded for reading a prompt.

    Source: DeepSeek-AI 2024 (DeepSeek-V2, arXiv:2405.04434), section 2.1.
    """
    return attention_heads * (latent_nope_width + latent_rope_width + latent_value_width)


def latent_layers__grouped(layers: Ratio) -> Ratio:
    """Layers with latent attention.

    Assumes: none.

    Source: definition.
    """
    return layers * 0


def latent_layers__latent(layers: Ratio) -> Ratio:
    """Layers with latent attention.

    Assumes: all.

    Source: definition.
    """
    return layers


def cache_per_request(kv_per_token_layer: Bytes_per_token, context_read: Token_layers_per_request) -> GB_per_request:
    """Cache of one running request, kept once.

    Source: Pope et al. 2022 (arXiv:2211.05102).
    """
    return kv_per_token_layer * context_read


def concurrency_limit(
    serving_memory: GB_per_replica,
    weight_size: GB_per_replica,
    cache_per_request: GB_per_request,
    tensor_parallel: Ratio,
    kv_shards: Ratio,
) -> Requests_per_replica:
    """Requests whose cache fits beside the weights of one replica.

    Source: Kwon et al. 2023 (PagedAttention, arXiv:2309.06180); cache is taken as it is needed.
    """
    room = ops.maximum(serving_memory - weight_size, 0)
    whole = ops.number(room / (cache_per_request * tensor_parallel / kv_shards), "request/replica")
    return ops.amount(ops.floor(whole), "request/replica")


def concurrency_running(
    concurrency: Requests_per_replica, concurrency_limit: Requests_per_replica
) -> Requests_per_replica:
    """Requests that a replica works on at the same time; those beyond what its memory holds wait.

    Source: definition.
    """
    return ops.minimum(concurrency, concurrency_limit)


def requests_per_rank(concurrency_running: Requests_per_replica, data_parallel: Ratio) -> Ratio:
    """Requests in the same group of GPUs; a step of a group with one takes as long as a step of all.

    Source: definition.
    """
    return ops.maximum(ops.number(concurrency_running, "request/replica") / data_parallel, 1)


def expert_coverage__dense(mixture_layers: Ratio) -> Ratio:
    """Share of the experts that a step reads.

    Assumes: there are none.

    Source: definition.
    """
    return mixture_layers


def expert_coverage__experts(
    experts: Ratio, experts_per_token: Ratio, concurrency_running: Requests_per_replica
) -> Ratio:
    """Share of the experts that a step reads.

    Assumes: each token chooses its experts at random, independently of the others.

    Source: definition; 1 - (1 - chosen / all) to the power of the tokens of the step.
    """
    rest = ops.maximum(1 - experts_per_token / experts, 0)
    # The times of a replica that keeps no request are those of one request alone.
    return 1 - ops.power(rest, ops.maximum(ops.number(concurrency_running, "request/replica"), 1))


def all_experts_time(
    expert_parameters: Parameters,
    expert_bytes_per_parameter: B_per_parameter,
    expert_read_efficiency: Share,
    gpus_per_replica: Gpus_per_replica,
    gpu_memory_bandwidth: TB_per_second_gpu,
) -> Milliseconds:
    """Time to read all experts once; they are spread over all GPUs.

    Source: Williams et al. 2009 (roofline, doi:10.1145/1498765.1498785); Pope et al. 2022 (arXiv:2211.05102).
    """
    read = expert_parameters * expert_bytes_per_parameter * ops.amount(1, "1/replica")
    return read / gpus_per_replica / (expert_read_efficiency * gpu_memory_bandwidth)


def expert_read_time(all_experts_time: Milliseconds, expert_coverage: Ratio) -> Milliseconds:
    """Time of a step to read the experts that it needs.

    Source: definition.
    """
    return all_experts_time * expert_coverage


def shared_read_size(
    shared_parameters: Parameters,
    shared_bytes_per_parameter: B_per_parameter,
    output_head_parameters: Parameters,
    weight_bytes_bf16: B_per_parameter,
) -> GB:
    """Weights that every step reads: all but experts and the table of input tokens.

    Source: definition.
    """
    return shared_parameters * shared_bytes_per_parameter + output_head_parameters * weight_bytes_bf16


def shared_read_time(
    shared_read_size: GB,
    weight_read_efficiency: Share,
    tensor_parallel: Ratio,
    gpu_memory_bandwidth: TB_per_second_gpu,
) -> Milliseconds:
    """Time of a step to read the weights outside the experts; they are cut over the GPUs of one group.

    Source: Williams et al. 2009 (roofline); Pope et al. 2022 (arXiv:2211.05102).
    """
    per_gpu = shared_read_size / tensor_parallel * ops.amount(1, "1/gpu")
    return per_gpu / (weight_read_efficiency * gpu_memory_bandwidth)


def weight_time(expert_read_time: Milliseconds, shared_read_time: Milliseconds) -> Milliseconds:
    """Time of a step to read the weights.

    Source: definition.
    """
    return expert_read_time + shared_read_time


def kv_time(
    cache_per_request: GB_per_request,
    requests_per_rank: Ratio,
    kv_shards: Ratio,
    cache_read_efficiency: Share,
    gpu_memory_bandwidth: TB_per_second_gpu,
) -> Milliseconds:
    """Time of a step to read the cache of all running requests.

    Source: Williams et al. 2009 (roofline); Pope et al. 2022 (arXiv:2211.05102).
    """
    per_gpu = cache_per_request * requests_per_rank / kv_shards * ops.amount(1, "request/gpu")
    return per_gpu / (cache_read_efficiency * gpu_memory_bandwidth)


def layer_parameters_active(active_parameters: Parameters, embedding_parameters: Parameters) -> Parameters:
    """Parameters of the layers that work on one token.

    Source: definition.
    """
    return active_parameters - embedding_parameters


def decode_flop(layer_parameters_active: Parameters, output_head_parameters: Parameters) -> FLOP_per_token:
    """FLOP to multiply the weights for one token, output head included; attention is bound by the cache.

    Source: Kaplan et al. 2020 (arXiv:2001.08361), 2 N for a forward pass.
    """
    return ops.amount(2, "FLOP/(parameter*token)") * (layer_parameters_active + output_head_parameters)


def compute_time(
    decode_flop: FLOP_per_token,
    concurrency_running: Requests_per_replica,
    gpus_per_replica: Gpus_per_replica,
    decode_peak: TFLOP_per_second_gpu,
    decode_efficiency: Share,
) -> Milliseconds:
    """Time of a step to multiply, one token for each running request.

    Source: Williams et al. 2009 (roofline).
    """
    tokens = ops.maximum(concurrency_running, ops.amount(1, "request/replica")) * ops.amount(1, "token/request")
    return decode_flop * tokens / (gpus_per_replica * decode_peak * decode_efficiency)


def framework_overhead__trtllm(layers: Ratio) -> Ratio:
    """Overheads of the serving software over those of TensorRT-LLM.

    Assumes: TensorRT-LLM.

    Source: definition.
    """
    return layers / layers


def framework_overhead__sglang(framework_overhead_sglang: Ratio) -> Ratio:
    """Overheads of the serving software over those of TensorRT-LLM.

    Assumes: SGLang.

    Source: definition.
    """
    return framework_overhead_sglang


def framework_overhead__vllm(framework_overhead_vllm: Ratio) -> Ratio:
    """Overheads of the serving software over those of TensorRT-LLM.

    Assumes: vLLM.

    Source: definition.
    """
    return framework_overhead_vllm


def software_overhead(framework_overhead: Ratio, overhead_decline: Per_year, software_age: Years) -> Ratio:
    """Overheads of the software used over those of TensorRT-LLM of January 2026.

    Source: fit to measured runs, docs/methodology/serving.md; overheads decline at a constant rate.
    """
    return framework_overhead * ops.exp(ops.number(overhead_decline * software_age, "1"))


def layer_overhead_time(
    layers: Ratio,
    layer_overhead: Microseconds,
    mixture_layers: Ratio,
    mixture_layer_overhead: Microseconds,
    latent_layers: Ratio,
    latent_layer_overhead: Microseconds,
) -> Milliseconds:
    """Time of a step in its layers beside reading, multiplying and exchanging: launches, norms, routing.

    Source: fit to measured runs, docs/methodology/serving.md.
    """
    mixture = mixture_layers * mixture_layer_overhead + latent_layers * latent_layer_overhead
    return layers * layer_overhead + mixture


def overhead_time(
    software_overhead: Ratio,
    step_overhead: Microseconds,
    layer_overhead_time: Milliseconds,
    requests_per_rank: Ratio,
    request_overhead: Microseconds,
) -> Milliseconds:
    """Time of a step beside reading, multiplying and exchanging: layers, sampling, scheduling.

    Source: fit to measured runs, docs/methodology/serving.md.
    """
    return software_overhead * (step_overhead + layer_overhead_time + requests_per_rank * request_overhead)


def exchange_time_per_token(
    layers: Ratio,
    hidden: Ratio,
    weight_bytes_bf16: B_per_parameter,
    gpus_per_replica: Gpus_per_replica,
    exchange_efficiency: Share,
    gpu_interconnect_bandwidth: TB_per_second_gpu,
) -> Milliseconds:
    """Time to exchange one token's numbers among the GPUs of a replica in all layers, twice in each.

    Source: Patarasuk and Yuan 2009 (doi:10.1016/j.jpdc.2008.09.002): a ring moves 2 (n - 1) / n of the data.
    """
    gpus = ops.number(gpus_per_replica, "gpu/replica")
    data = hidden * weight_bytes_bf16 * ops.amount(1, "parameter/gpu") * 2 * (gpus - 1) / gpus
    return 2 * layers * data / (exchange_efficiency * gpu_interconnect_bandwidth)


def communication_time(
    software_overhead: Ratio,
    layers: Ratio,
    exchange_delay: Microseconds,
    gpus_per_replica: Gpus_per_replica,
    requests_per_rank: Ratio,
    exchange_time_per_token: Milliseconds,
) -> Milliseconds:
    """Time of a step to exchange numbers among the GPUs of a replica.

    Source: Patarasuk and Yuan 2009; a delay for each exchange, fitted, and the data over the links.
    """
    delay = ops.where(ops.number(gpus_per_replica, "gpu/replica") > 1, 2 * layers * exchange_delay, 0)
    return software_overhead * (delay + requests_per_rank * exchange_time_per_token)


def decode_step_time(
    overhead_time: Milliseconds,
    communication_time: Milliseconds,
    weight_time: Milliseconds,
    compute_time: Milliseconds,
    kv_time: Milliseconds,
) -> Milliseconds:
    """Time of a step that gives each running request one token.

    Source: Williams et al. 2009 (roofline): reading and multiplying weights overlap, the rest does not.
    """
    return overhead_time + communication_time + ops.maximum(weight_time, compute_time) + kv_time


def prefill_efficiency__dense(prefill_efficiency_dense: Share) -> Share:
    """Arithmetic reached in reading a prompt, as a share of the peak.

    Assumes: a dense model.

    Source: definition.
    """
    return prefill_efficiency_dense


def prefill_efficiency__experts(prefill_efficiency_experts: Share) -> Share:
    """Arithmetic reached in reading a prompt, as a share of the peak.

    Assumes: a mixture of experts.

    Source: definition.
    """
    return prefill_efficiency_experts


def prefill_flop(
    layer_parameters_active: Parameters,
    prompt_tokens: Tokens_per_request,
    cached_prompt_share: Share,
    prompt_pairs: Token_pairs_per_request,
    attention_pair_width: Ratio,
) -> TFLOP_per_request:
    """FLOP to read the part of one prompt that is not cached.

    Source: Kaplan et al. 2020 (arXiv:2001.08361), 2 N for a forward pass; 2 for each pair of tokens and unit of width.
    """
    new = prompt_tokens * (1 - cached_prompt_share)
    weights = ops.amount(2, "FLOP/(parameter*token)") * layer_parameters_active * new
    return weights + ops.amount(2, "FLOP/(token*token)") * prompt_pairs * attention_pair_width


def prefill_compute_time(
    prefill_flop: TFLOP_per_request,
    gpus_per_replica: Gpus_per_replica,
    prefill_peak: TFLOP_per_second_gpu,
    prefill_efficiency: Share,
) -> Milliseconds:
    """Time that a replica takes to multiply for one prompt.

    Source: Williams et al. 2009 (roofline); Pope et al. 2022 (arXiv:2211.05102).
    """
    rate = gpus_per_replica * prefill_peak * prefill_efficiency
    return prefill_flop / rate * ops.amount(1, "request/replica")


def all_weights_time(
    weight_size: GB_per_replica,
    gpus_per_replica: Gpus_per_replica,
    weight_read_efficiency: Share,
    gpu_memory_bandwidth: TB_per_second_gpu,
) -> Milliseconds:
    """Time that a replica takes to read all its weights once.

    Source: Williams et al. 2009 (roofline).
    """
    return weight_size / (gpus_per_replica * weight_read_efficiency * gpu_memory_bandwidth)


def prefill_exchange_time(
    prompt_tokens: Tokens_per_request, cached_prompt_share: Share, exchange_time_per_token: Milliseconds
) -> Milliseconds:
    """Time to exchange the numbers of one prompt among the GPUs of a replica.

    Source: Patarasuk and Yuan 2009.
    """
    return ops.number(prompt_tokens, "token/request") * (1 - cached_prompt_share) * exchange_time_per_token


def prefill_time(
    prefill_compute_time: Milliseconds, all_weights_time: Milliseconds, prefill_exchange_time: Milliseconds
) -> Milliseconds:
    """Time that a replica takes to read one prompt: to multiply, at least to read all weights, and to exchange.

    Source: Williams et al. 2009 (roofline); Pope et al. 2022 (arXiv:2211.05102).
    """
    return ops.maximum(prefill_compute_time, all_weights_time) + prefill_exchange_time
