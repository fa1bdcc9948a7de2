"""Serving: the time of a decode step, of a prompt and of a reply on one replica, as an operator measures them."""

from calc import ops
from calc.declarations import Check, Choice, Input
from calc.units.vocabulary import (
    B_per_parameter,
    GB_per_gpu,
    GB_per_replica,
    Gpus_per_replica,
    Microseconds,
    Milliseconds,
    Parameters,
    Per_year,
    Ratio,
    Requests_per_replica,
    Share,
    Token_layers_per_request,
    Token_pairs_per_request,
    Tokens,
    Tokens_per_request,
    Years,
)

serving_framework = Choice(
    "Software that serves",
    {"trtllm": "TensorRT-LLM", "sglang": "SGLang", "vllm": "vLLM"},
    binds=("framework_overhead", "first_token_overhead"),
)
layer_kinds = Choice(
    "Whether the formulas know all layers of the model",
    {
        "known": "they do",
        "estimated": "some are of a kind that the formulas lack and are taken for others, so that the range is wider",
    },
    binds=("time_per_token_error", "first_token_error"),
    when={"estimated": ("unmodelled_layers",)},
)

prompt_tokens = Input(Tokens_per_request, "Tokens of a prompt, on average", band=(1, 1e6))
reply_tokens = Input(Tokens_per_request, "Tokens of a reply, on average, reasoning included", band=(1, 1e6))
cached_prompt_share = Input(Share, "Share of the prompt's tokens that are in the cache already")
tensor_parallel = Input(
    Ratio, "GPUs over which each layer of a replica is cut", low=1, high=1024, why="a GPU at least; no rack holds more"
)
data_parallel = Input(
    Ratio, "Groups of those GPUs, each with requests of its own, that share experts", low=1, high=1024,
    why="one group at least",
)  # fmt: skip
expert_parallel = Input(
    Ratio, "GPUs over which the experts are spread; they are the same GPUs", low=1, high=1024, why="a GPU at least",
    optional=True,
)  # fmt: skip
speculative_tokens = Input(
    Ratio,
    "Further tokens predicted a step",
    low=0,
    high=0,
    why="predicting several tokens a step is not modelled yet",
    optional=True,
)
prefill_gpus = Input(
    Ratio,
    "GPUs that read prompts only",
    low=0,
    high=0,
    why="reading prompts on GPUs of their own (disaggregated) is not modelled yet",
    optional=True,
    label="GPUs for prefill",
)
software_age = Input(
    Years,
    "How much older the serving software is than that of January 2026; negative for newer",
    low=-2,
    high=5,
    why="the decline of overheads is known for half a year on either side",
)
usable_memory_share = Input(Share, "Share of a GPU's memory that the software may use")
runtime_memory = Input(GB_per_gpu, "Memory that software and activations take on each GPU")
step_overhead = Input(Microseconds, "Time of a decode step beside its layers")
layer_overhead = Input(Microseconds, "Time of a decode step for each layer, beside reading and multiplying")
mixture_layer_overhead = Input(Microseconds, "The same for each layer with experts, further")
latent_layer_overhead = Input(Microseconds, "The same for each layer with latent attention, further")
request_overhead = Input(Microseconds, "Time of a decode step for each running request")
framework_overhead_sglang = Input(Ratio, "Overheads of SGLang over those of TensorRT-LLM", high=10, why="ten times")
framework_overhead_vllm = Input(Ratio, "Overheads of vLLM over those of TensorRT-LLM", high=10, why="ten times")
overhead_decline = Input(
    Per_year,
    "Rate at which overheads of serving software decline",
    high=10,
    why="overheads that fall by more than e to the tenth in a year are a misprint",
)
weight_read_efficiency = Input(Share, "Bandwidth reached in reading weights, as a share of the memory's")
expert_read_efficiency = Input(Share, "The same in reading experts")
cache_read_efficiency = Input(Share, "The same in reading the cache")
decode_efficiency = Input(Share, "Arithmetic reached in a decode step, as a share of the peak")
prefill_efficiency_dense = Input(Share, "Arithmetic reached in reading a prompt, as a share of the peak")
prefill_efficiency_experts = Input(Share, "The same in a mixture of experts")
exchange_delay = Input(Microseconds, "Delay of one exchange among the GPUs of a replica")
exchange_efficiency = Input(Share, "Bandwidth reached in an exchange, as a share of the links'")
first_token_overhead_trtllm = Input(Milliseconds, "Time to the first token beside the prompt, TensorRT-LLM")
first_token_overhead_sglang = Input(Milliseconds, "Time to the first token beside the prompt, SGLang")
first_token_overhead_vllm = Input(Milliseconds, "Time to the first token beside the prompt, vLLM")
prompts_ahead_share = Input(Share, "Share of the other requests whose prompts are read before one's own")
time_per_token_error_known = Input(
    Ratio,
    "Measured time per output token over the estimate, families not seen",
    high=100,
    why="an estimate that is a hundred times off is none",
    label="error of token time",
)
time_per_token_error_estimated = Input(
    Ratio,
    "The same where layers of a model are taken for others",
    high=100,
    why="an estimate that is a hundred times off is none",
)
first_token_error_known = Input(
    Ratio,
    "Measured time to the first token over the estimate, families not seen",
    high=100,
    why="an estimate that is a hundred times off is none",
    label="error of first token",
)
first_token_error_estimated = Input(
    Ratio,
    "The same where layers of a model are taken for others",
    high=100,
    why="an estimate that is a hundred times off is none",
)
decode_draw_share_single = Input(Share, "Draw of a GPU that decodes one request, as a share of its rating")
decode_draw_share_full = Input(Share, "Draw of a GPU that decodes many requests, as a share of its rating")
decode_draw_full = Input(Requests_per_replica, "Requests at which that draw was measured")

weights_fit = Check(
    "weight_size <= serving_memory", "the weights do not fit into the memory of the replica's GPUs: take more of them"
)
heads_are_cut_evenly = Check(
    "attention_heads_left_over + if_included(kv_heads_left_over, 0) <= 0",
    "attention heads have to be divisible by tensor_parallel, and so have KV heads, unless tensor_parallel is a "
    "multiple of them and each is kept several times: heads left over",
)
experts_on_the_same_gpus = Check(
    "expert_parallel <= tensor_parallel * data_parallel",
    "experts are spread over the same GPUs: tensor and expert parallel of 8 are 8 GPUs, not 64",
)


def gpus_per_replica(tensor_parallel: Ratio, data_parallel: Ratio, prefill_gpus: Ratio) -> Gpus_per_replica:
    """GPUs of one replica of the model.

    Source: definition; expert parallelism spreads experts over the same GPUs.
    """
    return ops.amount(tensor_parallel * data_parallel + ops.if_included(prefill_gpus, 0), "gpu/replica")


def attention_heads_left_over(attention_heads: Ratio, tensor_parallel: Ratio) -> Ratio:
    """Query heads of one layer that are left where each GPU takes as many of them; serving software refuses any.

    Source: Shoeybi et al. 2019 (Megatron-LM, arXiv:1909.08053), section 3: heads are cut over GPUs whole.
    """
    return attention_heads - tensor_parallel * ops.floor(attention_heads / tensor_parallel)


def kv_heads_left_over(kv_heads: Ratio, tensor_parallel: Ratio) -> Ratio:
    """Heads with keys and values, or GPUs where there are more of them, that are left by an even division.

    Source: vLLM, vllm/model_executor/models/llama.py: heads are cut over GPUs, or each is repeated on as many GPUs.
    """
    most = ops.maximum(kv_heads, tensor_parallel)
    least = ops.minimum(kv_heads, tensor_parallel)
    return most - least * ops.floor(most / least)


def experts_per_gpu(experts: Ratio, expert_parallel: Ratio) -> Ratio:
    """Experts of one layer that one GPU holds, a part of each where they are cut over several GPUs.

    Source: definition.
    """
    return experts / expert_parallel


def shared_parameters(
    total_parameters: Parameters, expert_parameters: Parameters, embedding_parameters: Parameters
) -> Parameters:
    """Parameters outside experts and vocabulary, which every step reads.

    Source: definition.
    """
    return total_parameters - expert_parameters - embedding_parameters


def weight_size(
    expert_parameters: Parameters,
    expert_bytes_per_parameter: B_per_parameter,
    shared_parameters: Parameters,
    shared_bytes_per_parameter: B_per_parameter,
    embedding_parameters: Parameters,
    weight_bytes_bf16: B_per_parameter,
) -> GB_per_replica:
    """Memory of the weights of one replica; the tables of the vocabulary stay in 16 bits.

    Source: definition.
    """
    experts = expert_parameters * expert_bytes_per_parameter
    rest = shared_parameters * shared_bytes_per_parameter + embedding_parameters * weight_bytes_bf16
    return (experts + rest) * ops.amount(1, "1/replica")


def serving_memory(
    usable_memory_share: Share, gpu_memory: GB_per_gpu, runtime_memory: GB_per_gpu, gpus_per_replica: Gpus_per_replica
) -> GB_per_replica:
    """Memory of one replica for weights and cache.

    Source: definition; the usable share is that of vLLM's and TensorRT-LLM's defaults.
    """
    return (usable_memory_share * gpu_memory - runtime_memory) * gpus_per_replica


def context_mean(prompt_tokens: Tokens_per_request, reply_tokens: Tokens_per_request) -> Tokens_per_request:
    """Tokens that a running request has in the cache on average: its prompt and half of its reply.

    Source: definition.
    """
    return prompt_tokens + reply_tokens / 2


def context_read__whole(layers: Ratio, context_mean: Tokens_per_request) -> Token_layers_per_request:
    """Cached tokens that one step reads for one request, counted in each layer.

    Assumes: all layers read the whole context.

    Source: Pope et al. 2022 (arXiv:2211.05102).
    """
    return layers * context_mean


def context_read__windowed(
    layers: Ratio, window_layers: Ratio, window: Tokens, context_mean: Tokens_per_request
) -> Token_layers_per_request:
    """Cached tokens that one step reads for one request, counted in each layer.

    Assumes: layers with a sliding window read no more than that.

    Source: Beltagy et al. 2020 (Longformer, arXiv:2004.05150).
    """
    near = ops.minimum(window * ops.amount(1, "1/request"), context_mean)
    return (layers - window_layers) * context_mean + window_layers * near


def context_read__linear(
    layers: Ratio, linear_layers: Ratio, context_mean: Tokens_per_request
) -> Token_layers_per_request:
    """Cached tokens that one step reads for one request, counted in each layer.

    Assumes: layers of linear attention keep a state of fixed size, which is neglected.

    Source: Katharopoulos et al. 2020 (linear attention, arXiv:2006.16236).
    """
    return (layers - linear_layers) * context_mean


def prompt_pairs__whole(
    layers: Ratio, prompt_tokens: Tokens_per_request, cached_prompt_share: Share
) -> Token_pairs_per_request:
    """Pairs of tokens that attention looks at in reading one prompt, counted in each layer.

    Assumes: each token looks at all before it.

    Source: Pope et al. 2022 (arXiv:2211.05102); half of the square under a causal mask, without what is cached.
    """
    pairs = prompt_tokens * prompt_tokens * ops.amount(1, "request") * (1 - cached_prompt_share**2) / 2
    return layers * pairs


def prompt_pairs__windowed(
    layers: Ratio,
    window_layers: Ratio,
    window: Tokens,
    prompt_tokens: Tokens_per_request,
    cached_prompt_share: Share,
) -> Token_pairs_per_request:
    """Pairs of tokens that attention looks at in reading one prompt, counted in each layer.

    Assumes: layers with a sliding window look no further back than that.

    Source: Beltagy et al. 2020 (Longformer, arXiv:2004.05150).
    """
    pairs = prompt_tokens * prompt_tokens * ops.amount(1, "request") * (1 - cached_prompt_share**2) / 2
    near = ops.minimum(window * ops.amount(1, "1/request"), prompt_tokens) * ops.amount(1, "request")
    return (layers - window_layers) * pairs + window_layers * near * prompt_tokens * (1 - cached_prompt_share)


def prompt_pairs__linear(
    layers: Ratio, linear_layers: Ratio, prompt_tokens: Tokens_per_request, cached_prompt_share: Share
) -> Token_pairs_per_request:
    """Pairs of tokens that attention looks at in reading one prompt, counted in each layer.

    Assumes: layers of linear attention look at none.

    Source: Katharopoulos et al. 2020 (linear attention, arXiv:2006.16236).
    """
    pairs = prompt_tokens * prompt_tokens * ops.amount(1, "request") * (1 - cached_prompt_share**2) / 2
    return (layers - linear_layers) * pairs
