"""Language models: the shape of a transformer, and the parameters and bytes of cache that follow from it."""

from calc import ops
from calc.declarations import Check, Choice, Input
from calc.units.vocabulary import B_per_parameter, Bytes_per_token, Parameters, Ratio, Tokens

attention = Choice(
    "What a model keeps of each token that it has read",
    {
        "grouped": "keys and values of some heads, each shared by a group of query heads",
        "latent": "one latent vector a token, from which all heads compute keys and values",
    },
    binds=("attention_parameters", "kv_width", "kv_shards", "attention_pair_width", "latent_layers"),
    when={"latent": ("latent_rank",)},
)
feed_forward = Choice(
    "Which parameters of the feed-forward parts work on a token",
    {"dense": "all of them", "experts": "those of a few experts, chosen for each token, and what is shared"},
    binds=("feed_forward_parameters", "active_feed_forward_parameters", "mixture_layers", "expert_parameters",
           "expert_coverage", "prefill_efficiency", "concurrency_by_reading", "measured_coverage"),
    when={"experts": ("experts",)},
)  # fmt: skip
attention_span = Choice(
    "How far back the layers of a model look",
    {
        "whole": "all layers over the whole context",
        "windowed": "some layers over the last tokens only",
        "linear": "some layers keep a state of fixed size instead of a cache",
    },
    binds=("cached_layers", "context_read", "prompt_pairs"),
    when={"windowed": ("window", "window_layers"), "linear": ("linear_layers",)},
)
parameter_count = Choice(
    "How it is known which parameters work on a token",
    {"all": "all do, unless it is given", "counted": "they are counted from the shape of the model"},
    binds=("active_parameters",),
    when={"counted": ("hidden",)},
)

_L = "hundreds of times the deepest transformers"
_W = "hundreds of times the widest transformers"
hidden = Input(
    Ratio, "Width of the model: numbers that stand for one token between layers", band=(16, 1e5), high=1e7, why=_W
)
attention_heads = Input(Ratio, "Query heads of one layer", band=(1, 1024), high=1e7, why=_W)
kv_heads = Input(Ratio, "Heads of one layer that have keys and values of their own", band=(1, 1024), high=1e7, why=_W)
head_width = Input(Ratio, "Width of one head", band=(8, 1024), high=1e7, why=_W)
ffn_width = Input(Ratio, "Inner width of a dense feed-forward part", band=(16, 1e6), high=1e7, why=_W)
ffn_matrices = Input(
    Ratio, "Matrices of a feed-forward part: 3 where it is gated, else 2", low=2, high=3, why="others are not known"
)
vocabulary = Input(Ratio, "Tokens that the model knows", band=(100, 1e6), high=1e7, why=_W)
embedding_tables = Input(
    Ratio, "Tables of the vocabulary: 2, or 1 that serves input and output", low=1, high=2, why="input and output"
)
experts = Input(Ratio, "Experts of one mixture layer, shared ones not counted", band=(2, 5000), high=1e7, why=_W)
experts_per_token = Input(
    Ratio, "Experts that work on one token, shared ones not counted", band=(1, 500), high=1e7, why=_W
)
expert_width = Input(Ratio, "Inner width of one expert", band=(16, 1e5), high=1e7, why=_W)
shared_expert_width = Input(Ratio, "Inner width of the experts that work on every token, together", high=1e7, why=_W)
dense_layers = Input(Ratio, "Layers of a mixture whose feed-forward part is dense", high=1e5, why=_L)
query_latent_rank = Input(Ratio, "Width of the latent vector that queries are computed from", high=1e7, why=_W)
latent_rank = Input(Ratio, "Width of the latent vector kept for each token", band=(8, 1e5), high=1e7, why=_W)
latent_nope_width = Input(Ratio, "Width of a head's query and key without position", high=1e7, why=_W)
latent_rope_width = Input(
    Ratio, "Width of the key that carries position, kept beside the latent vector", high=1e7, why=_W
)
latent_value_width = Input(Ratio, "Width of a head's value in latent attention", high=1e7, why=_W)
window = Input(Tokens, "Tokens that a layer with a sliding window looks back")
window_layers = Input(Ratio, "Layers with a sliding window", high=1e5, why=_L)
linear_layers = Input(Ratio, "Layers of linear attention or of state spaces, without a cache", high=1e5, why=_L)
prediction_layers = Input(Ratio, "Further layers that predict several tokens a step", high=1e5, why=_L)
unmodelled_layers = Input(Ratio, "Layers of kinds that the formulas take for others", high=1e5, why=_L)
further_parameters = Input(
    Parameters, "Biases, norms of queries and keys, and other parameters that no width counts", optional=True
)
further_active_parameters = Input(Parameters, "Those of further_parameters that work on a token", optional=True)

experts_chosen_are_there = Check("experts_per_token <= experts", "a token is sent to more experts than there are")


def attention_parameters__grouped(
    layers: Ratio, hidden: Ratio, attention_heads: Ratio, kv_heads: Ratio, head_width: Ratio
) -> Parameters:
    """Parameters of queries, keys, values and output of all layers.

    Assumes: heads share keys and values in groups.

    Source: Ainslie et al. 2023 (GQA, arXiv:2305.13245); definition.
    """
    return ops.amount(2 * layers * hidden * head_width * (attention_heads + kv_heads), "parameter")


def latent_query_parameters(
    layers: Ratio,
    hidden: Ratio,
    attention_heads: Ratio,
    query_latent_rank: Ratio,
    latent_nope_width: Ratio,
    latent_rope_width: Ratio,
) -> Parameters:
    """Parameters of the queries of latent attention in all layers, with the norm of their latent vector.

    Source: DeepSeek-AI 2024 (DeepSeek-V2, arXiv:2405.04434), section 2.1.
    """
    width = hidden + 1 + attention_heads * (latent_nope_width + latent_rope_width)
    return ops.amount(layers * query_latent_rank * width, "parameter")


def latent_kept_parameters(layers: Ratio, hidden: Ratio, latent_rank: Ratio, latent_rope_width: Ratio) -> Parameters:
    """Parameters that make the latent vector and the key with position in all layers, with its norm.

    Source: DeepSeek-AI 2024 (DeepSeek-V2, arXiv:2405.04434), section 2.1.
    """
    return ops.amount(layers * (hidden * (latent_rank + latent_rope_width) + latent_rank), "parameter")


def latent_head_parameters(
    layers: Ratio,
    hidden: Ratio,
    attention_heads: Ratio,
    latent_rank: Ratio,
    latent_nope_width: Ratio,
    latent_value_width: Ratio,
) -> Parameters:
    """Parameters that make keys and values of all heads from the latent vector, and of the output.

    Source: DeepSeek-AI 2024 (DeepSeek-V2, arXiv:2405.04434), section 2.1.
    """
    width = latent_rank * (latent_nope_width + latent_value_width) + latent_value_width * hidden
    return ops.amount(layers * attention_heads * width, "parameter")


def attention_parameters__latent(
    latent_query_parameters: Parameters, latent_kept_parameters: Parameters, latent_head_parameters: Parameters
) -> Parameters:
    """Parameters of queries, keys, values and output of all layers.

    Assumes: latent attention, with a norm after each of its two latent vectors.

    Source: DeepSeek-AI 2024 (DeepSeek-V2, arXiv:2405.04434), section 2.1.
    """
    return latent_query_parameters + latent_kept_parameters + latent_head_parameters


def mixture_layers__dense(layers: Ratio) -> Ratio:
    """Layers with experts.

    Assumes: none has any.

    Source: definition.
    """
    return layers * 0


def mixture_layers__experts(layers: Ratio, dense_layers: Ratio) -> Ratio:
    """Layers with experts.

    Assumes: all but the dense ones.

    Source: definition.
    """
    return layers - dense_layers


def feed_forward_parameters__dense(layers: Ratio, hidden: Ratio, ffn_width: Ratio, ffn_matrices: Ratio) -> Parameters:
    """Parameters of the feed-forward parts of all layers.

    Assumes: all layers are dense.

    Source: Shazeer 2020 (GLU variants, arXiv:2002.05202); definition.
    """
    return ops.amount(layers * ffn_matrices * hidden * ffn_width, "parameter")


def mixture_layer_parameters(
    hidden: Ratio, ffn_matrices: Ratio, experts: Ratio, expert_width: Ratio, shared_expert_width: Ratio
) -> Parameters:
    """Parameters of the experts, shared experts and router of one layer.

    Source: DeepSeek-AI 2024 (DeepSeekMoE, arXiv:2401.06066); definition.
    """
    return ops.amount(hidden * (ffn_matrices * (experts * expert_width + shared_expert_width) + experts), "parameter")


def feed_forward_parameters__experts(
    mixture_layers: Ratio,
    mixture_layer_parameters: Parameters,
    dense_layers: Ratio,
    hidden: Ratio,
    ffn_width: Ratio,
    ffn_matrices: Ratio,
) -> Parameters:
    """Parameters of the feed-forward parts of all layers.

    Assumes: experts, shared experts and a router in each mixture layer.

    Source: DeepSeek-AI 2024 (DeepSeekMoE, arXiv:2401.06066); definition.
    """
    dense = ops.amount(dense_layers * ffn_matrices * hidden * ffn_width, "parameter")
    return dense + mixture_layers * mixture_layer_parameters


def active_feed_forward_parameters__dense(feed_forward_parameters: Parameters) -> Parameters:
    """Parameters of the feed-forward parts that work on one token.

    Assumes: all do.

    Source: definition.
    """
    return feed_forward_parameters


def active_feed_forward_parameters__experts(
    feed_forward_parameters: Parameters,
    mixture_layers: Ratio,
    hidden: Ratio,
    ffn_matrices: Ratio,
    experts: Ratio,
    experts_per_token: Ratio,
    expert_width: Ratio,
) -> Parameters:
    """Parameters of the feed-forward parts that work on one token.

    Assumes: the experts that are not chosen rest.

    Source: definition.
    """
    rest = mixture_layers * ffn_matrices * hidden * expert_width * (experts - experts_per_token)
    return feed_forward_parameters - ops.amount(rest, "parameter")


def embedding_parameters(embedding_tables: Ratio, vocabulary: Ratio, hidden: Ratio) -> Parameters:
    """Parameters of the tables that turn tokens into numbers and back.

    Source: definition.
    """
    return ops.amount(embedding_tables * vocabulary * hidden, "parameter")


def output_head_parameters(vocabulary: Ratio, hidden: Ratio) -> Parameters:
    """Parameters that turn the last layer's numbers into a choice among all tokens.

    Source: definition.
    """
    return ops.amount(vocabulary * hidden, "parameter")


def norm_parameters(layers: Ratio, hidden: Ratio) -> Parameters:
    """Parameters of the norms: two in each layer and one at the end.

    Source: Zhang and Sennrich 2019 (RMSNorm, arXiv:1910.07467); definition.
    """
    return ops.amount((2 * layers + 1) * hidden, "parameter")


def total_parameters(
    attention_parameters: Parameters,
    feed_forward_parameters: Parameters,
    embedding_parameters: Parameters,
    norm_parameters: Parameters,
    further_parameters: Parameters,
) -> Parameters:
    """Parameters of the model, counted from its shape; layers that predict further tokens are not in it.

    Source: definition.
    """
    widths = attention_parameters + feed_forward_parameters + embedding_parameters + norm_parameters
    return widths + ops.if_included(further_parameters, 0)


def active_parameters__all(parameters: Parameters) -> Parameters:
    """Parameters that work on one token: all of a dense model; give it for a mixture of experts.

    Assumes: all do.

    Source: definition.
    """
    return parameters


def active_parameters__counted(
    attention_parameters: Parameters,
    active_feed_forward_parameters: Parameters,
    embedding_parameters: Parameters,
    norm_parameters: Parameters,
    further_active_parameters: Parameters,
) -> Parameters:
    """Parameters that work on one token: all of a dense model; give it for a mixture of experts.

    Assumes: counted from the shape of the model, both tables of the vocabulary included.

    Source: definition.
    """
    widths = attention_parameters + active_feed_forward_parameters + embedding_parameters + norm_parameters
    return widths + ops.if_included(further_active_parameters, 0)


def expert_parameters__dense(total_parameters: Parameters) -> Parameters:
    """Parameters of all experts that take turns.

    Assumes: there are none.

    Source: definition.
    """
    return total_parameters * 0


def expert_parameters__experts(
    total_parameters: Parameters, active_parameters: Parameters, experts: Ratio, experts_per_token: Ratio
) -> Parameters:
    """Parameters of all experts that take turns.

    Assumes: what rests during a token are the experts not chosen, so that all follow from the two counts.

    Source: definition; total - active = experts x (1 - chosen / all).
    """
    return (total_parameters - active_parameters) / (1 - experts_per_token / experts)


def kv_width__grouped(kv_heads: Ratio, head_width: Ratio) -> Ratio:
    """Numbers that one layer keeps for each token.

    Assumes: a key and a value for each head that has its own.

    Source: Pope et al. 2022 (arXiv:2211.05102); definition.
    """
    return 2 * kv_heads * head_width


def kv_width__latent(latent_rank: Ratio, latent_rope_width: Ratio) -> Ratio:
    """Numbers that one layer keeps for each token.

    Assumes: one latent vector, and the part of the key that carries position.

    Source: DeepSeek-AI 2024 (DeepSeek-V2, arXiv:2405.04434), section 2.1.
    """
    return latent_rank + latent_rope_width


def cached_layers__whole(layers: Ratio) -> Ratio:
    """Layers that keep something of each token while they look at it.

    Assumes: all do.

    Source: definition.
    """
    return layers


def cached_layers__windowed(layers: Ratio) -> Ratio:
    """Layers that keep something of each token while they look at it.

    Assumes: all do; those with a sliding window forget what lies before it.

    Source: Beltagy et al. 2020 (Longformer, arXiv:2004.05150).
    """
    return layers


def cached_layers__linear(layers: Ratio, linear_layers: Ratio) -> Ratio:
    """Layers that keep something of each token while they look at it.

    Assumes: layers of linear attention keep a state of fixed size, which is neglected.

    Source: Katharopoulos et al. 2020 (linear attention, arXiv:2006.16236).
    """
    return layers - linear_layers


def kv_per_token_layer(kv_width: Ratio, cache_bytes_per_number: B_per_parameter) -> Bytes_per_token:
    """Bytes of cache that one token takes in one layer.

    Source: definition.
    """
    return kv_width * cache_bytes_per_number * ops.amount(1, "parameter/token")


def kv_per_token(kv_per_token_layer: Bytes_per_token, cached_layers: Ratio) -> Bytes_per_token:
    """Bytes of cache that one token takes in all layers, while it lies inside their windows.

    Source: Pope et al. 2022 (arXiv:2211.05102); definition.
    """
    return kv_per_token_layer * cached_layers


def checkpoint_layers(layers: Ratio, prediction_layers: Ratio) -> Ratio:
    """Layers of the published weights, with those that predict further tokens, which no formula here uses.

    Source: DeepSeek-AI 2024 (DeepSeek-V3, arXiv:2412.19437), section 2.2.
    """
    return layers + prediction_layers


def modelled_layers_share(layers: Ratio, unmodelled_layers: Ratio) -> Ratio:
    """Share of the layers that are of the kinds which the formulas know.

    Source: definition.
    """
    return 1 - unmodelled_layers / layers
