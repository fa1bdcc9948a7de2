"""Training: the FLOP, GPU-hours, days and money that one run takes, and the programme around it."""

from calc import ops
from calc.declarations import Check, Choice, Input
from calc.units.vocabulary import (
    FLOP,
    USD,
    Days,
    FLOP_per_parameter_token,
    FLOP_per_token_token,
    Gpu_hours,
    Gpu_hours_per_token,
    Gpus,
    Parameters,
    Ratio,
    Share,
    TFLOP_per_second_gpu,
    Tokens,
    USD_per_gpu_hour,
)

gpu_supply = Choice(
    "Where the GPU-hours come from",
    {"rented": "rented by the hour", "owned": "GPUs of one's own, at what owning them costs"},
    binds=("gpu_hour_cost", "gpu_hours_budgeted", "gpus_budgeted"),
)

parameters = Input(Parameters, "Parameters of the model, all of them", band=(1e5, 1e14))
training_tokens = Input(Tokens, "Tokens that the model is trained on, repeats included", band=(1e5, 1e16))
flop_per_parameter_token = Input(FLOP_per_parameter_token, "FLOP to train one parameter on one token")
layers = Input(
    Ratio, "Layers of the transformer", high=1e5, why="hundreds of times the deepest transformers", band=(1, 2000)
)
attention_width = Input(
    Ratio,
    "Attention heads times the size of one head",
    high=1e8,
    why="thousands of times the widest transformers",
    band=(16, 1e6),
)
context_length = Input(Tokens, "Tokens that one token may attend to: the length of a training sequence", band=(8, 1e9))
attention_flop = Input(FLOP_per_token_token, "FLOP of attention for each pair of tokens, layer and unit of width")
recompute_share = Input(Share, "Activations computed twice, in FLOP as a share of the model's FLOP")
experiment_multiplier = Input(
    Ratio,
    "GPU-hours of the whole programme, experiments and failed runs included, as a multiple of the final run",
    low=1,
    high=1000,
    why="the programme holds the final run; at 1,000 the run would be a rounding error of it",
    optional=True,
)
gpu_hours_per_token = Input(Gpu_hours_per_token, "GPU-hours that one token takes, as measured")

active_within_all = Check(
    "active_parameters <= parameters", "more parameters work on a token than the model has; `parameters` counts all"
)
mfu_is_no_hfu = Check(
    "mfu <= hfu",
    "an HFU was given as the MFU: HFU also counts activations computed twice, so it is never below the MFU",
)
gpus_are_not_above_peak = Check(
    "billed_mfu <= 1", "the GPU-hours are too few for the FLOP even at the peak of the GPU; check the number format too"
)
training_fits_its_time = Check(
    "training_gpu_hours <= gpus * training_duration", "the GPUs supply fewer hours in that time than the run takes"
)


def training_flop__parameters(
    active_parameters: Parameters, training_tokens: Tokens, flop_per_parameter_token: FLOP_per_parameter_token
) -> FLOP:
    """FLOP of the model's arithmetic over the final run, activations computed twice not counted.

    Label: FLOP, final run.

    Assumes: parameters alone count, attention over the context does not.

    Source: Kaplan et al. 2020 (arXiv:2001.08361), C = 6 N D.
    """
    return flop_per_parameter_token * active_parameters * training_tokens


def training_flop__attention(
    active_parameters: Parameters,
    training_tokens: Tokens,
    flop_per_parameter_token: FLOP_per_parameter_token,
    attention_flop: FLOP_per_token_token,
    layers: Ratio,
    attention_width: Ratio,
    context_length: Tokens,
) -> FLOP:
    """FLOP of the model's arithmetic over the final run, activations computed twice not counted.

    Assumes: attention counted over the whole context, not causal, as in published MFU figures.

    Source: Chowdhery et al. 2022 (PaLM, arXiv:2204.02311), appendix B, 6 N + 12 L H Q T for each token.
    """
    attention = attention_flop * layers * attention_width * context_length
    return (flop_per_parameter_token * active_parameters + attention) * training_tokens


def training_flop__causal_attention(
    active_parameters: Parameters,
    training_tokens: Tokens,
    flop_per_parameter_token: FLOP_per_parameter_token,
    attention_flop: FLOP_per_token_token,
    layers: Ratio,
    attention_width: Ratio,
    context_length: Tokens,
) -> FLOP:
    """FLOP of the model's arithmetic over the final run, activations computed twice not counted.

    Assumes: attention counted causal, a token attends to half of the context on average.

    Source: Chowdhery et al. 2022 (PaLM, arXiv:2204.02311), appendix B; half of it under a causal mask.
    """
    attention = attention_flop * layers * attention_width * context_length / 2
    return (flop_per_parameter_token * active_parameters + attention) * training_tokens


def mfu(hfu: Share, recompute_share: Share) -> Share:
    """Model FLOP as a share of the dense peak while the run steps (MFU).

    Source: Chowdhery et al. 2022 (PaLM, arXiv:2204.02311), section 4.1; HFU without what is computed twice.
    """
    return hfu / (1 + recompute_share)


def hfu(mfu: Share, recompute_share: Share) -> Share:
    """All FLOP, activations computed twice included, as a share of the dense peak while the run steps (HFU).

    Source: Chowdhery et al. 2022 (PaLM, arXiv:2204.02311), section 4.1.
    """
    return mfu * (1 + recompute_share)


def training_gpu_hours__flop(
    training_flop: FLOP, gpu_peak: TFLOP_per_second_gpu, mfu: Share, effective_time_share: Share
) -> Gpu_hours:
    """GPU-hours of the final run.

    Label: GPU-hours, final run.

    Assumes: they follow from the FLOP; without effective_time_share no time is lost to failures.

    Source: definition; Chowdhery et al. 2022 (PaLM, arXiv:2204.02311) for MFU.
    """
    return training_flop / (gpu_peak * mfu * ops.if_included(effective_time_share, 1))


def training_gpu_hours__duration(gpus: Gpus, training_duration: Days) -> Gpu_hours:
    """GPU-hours of the final run.

    Assumes: they follow from the GPUs and the days that the run took.

    Source: definition.
    """
    return gpus * training_duration


def training_gpu_hours__throughput(training_tokens: Tokens, gpu_hours_per_token: Gpu_hours_per_token) -> Gpu_hours:
    """GPU-hours of the final run.

    Assumes: they follow from the measured throughput.

    Source: definition.
    """
    return training_tokens * gpu_hours_per_token


def training_gpu_hours__budget(final_run_gpu_hours: Gpu_hours) -> Gpu_hours:
    """GPU-hours of the final run.

    Assumes: they are all that the compute line of a budget leaves for it.

    Source: definition.
    """
    return final_run_gpu_hours


def training_duration(training_gpu_hours: Gpu_hours, gpus: Gpus) -> Days:
    """Time that the final run takes on all its GPUs.

    Label: duration, final run.

    Source: definition.
    """
    return training_gpu_hours / gpus


def billed_mfu(training_flop: FLOP, gpu_peak: TFLOP_per_second_gpu, training_gpu_hours: Gpu_hours) -> Share:
    """Model FLOP as a share of what all GPU-hours of the run could do at peak, lost time included.

    Source: definition; it is the MFU times the effective time share.
    """
    return training_flop / (gpu_peak * training_gpu_hours)


def programme_gpu_hours(training_gpu_hours: Gpu_hours, experiment_multiplier: Ratio) -> Gpu_hours:
    """GPU-hours of the whole programme: the final run with experiments and failed runs.

    Source: definition.
    """
    return training_gpu_hours * experiment_multiplier


def gpu_hour_cost__rented(gpu_hour_price: USD_per_gpu_hour) -> USD_per_gpu_hour:
    """What one GPU-hour costs.

    Assumes: rented.

    Source: definition.
    """
    return gpu_hour_price


def gpu_hour_cost__owned(owning_cost_per_gpu_hour: USD_per_gpu_hour) -> USD_per_gpu_hour:
    """What one GPU-hour costs.

    Assumes: owned.

    Source: definition.
    """
    return owning_cost_per_gpu_hour


def training_cost(training_gpu_hours: Gpu_hours, gpu_hour_cost: USD_per_gpu_hour) -> USD:
    """What the GPU-hours of the final run cost; research, people and data are not in it.

    Label: cost, final run.

    Source: definition.
    """
    return training_gpu_hours * gpu_hour_cost


def experiment_cost(training_cost: USD, experiment_multiplier: Ratio) -> USD:
    """What experiments, ablations and failed runs cost beside the final run.

    Label: cost of experiments.

    Source: definition.
    """
    return training_cost * (experiment_multiplier - 1)


def programme_cost(training_cost: USD, experiment_multiplier: Ratio) -> USD:
    """What the GPU-hours of the whole programme cost: the final run with experiments and failed runs.

    Source: definition.
    """
    return training_cost * experiment_multiplier
