"""One measured point of a replica, and what follows from it for all its loads."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import Milliseconds, Ratio, Requests_per_replica, Tokens_per_request

serving_point = Choice(
    "Whether a time per output token of this model, GPU and software was measured",
    {"none": "it was not", "measured": "it was, at one concurrency"},
    binds=("serving_calibration", "time_per_token_factor"),
    when={"measured": ("measured_time_per_token",)},
)

measured_time_per_token = Input(
    Milliseconds, "Mean time per output token that was measured, with prompts and replies as long as those of the load",
    band=(1, 1000),
)  # fmt: skip
measured_concurrency = Input(Requests_per_replica, "Requests at one replica at the same time when that was measured")
measured_point_error = Input(
    Ratio,
    "Measured time per output token over the estimate, other loads of a replica of which one was measured",
    high=100,
    why="an estimate that is a hundred times off is none",
)


def measured_coverage__dense(mixture_layers: Ratio) -> Ratio:
    """Share of the experts that a step reads at the measured point.

    Assumes: there are none.

    Source: definition.
    """
    return mixture_layers


def measured_coverage__experts(expert_decay: Ratio, measured_concurrency: Requests_per_replica) -> Ratio:
    """Share of the experts that a step reads at the measured point.

    Assumes: each token chooses its experts at random, independently of the others.

    Source: definition; as `expert_coverage`.
    """
    return 1 - ops.exp(0 - expert_decay * ops.number(measured_concurrency, "request/replica"))


def measured_weight_time(
    shared_read_time: Milliseconds,
    all_experts_time: Milliseconds,
    measured_coverage: Ratio,
    request_compute_time: Milliseconds,
    measured_concurrency: Requests_per_replica,
) -> Milliseconds:
    """Time of a step to read the weights or to multiply, whichever is more, at the measured point.

    Source: Williams et al. 2009 (roofline).
    """
    multiply = request_compute_time * ops.number(measured_concurrency, "request/replica")
    return ops.maximum(shared_read_time + all_experts_time * measured_coverage, multiply)


def estimated_time_per_token(
    step_fixed_time: Milliseconds,
    measured_weight_time: Milliseconds,
    request_step_time: Milliseconds,
    data_parallel: Ratio,
    measured_concurrency: Requests_per_replica,
    prefill_time: Milliseconds,
    reply_tokens: Tokens_per_request,
) -> Milliseconds:
    """Mean time per output token that the formulas give at the measured point.

    Source: definition; `time_per_token` at another concurrency.
    """
    running = ops.number(measured_concurrency, "request/replica")
    halts = (running - 1) * prefill_time / ops.number(reply_tokens, "token/request")
    return step_fixed_time + measured_weight_time + request_step_time * ops.maximum(running, data_parallel) + halts


def serving_calibration__none(layers: Ratio) -> Ratio:
    """Measured time per output token over the estimated one, at one point.

    Assumes: nothing was measured.

    Source: definition.
    """
    return layers / layers


def serving_calibration__measured(
    measured_time_per_token: Milliseconds, estimated_time_per_token: Milliseconds
) -> Ratio:
    """Measured time per output token over the estimated one, at one point.

    Assumes: what the formulas miss is a factor, the same at other loads.

    Source: definition.
    """
    return measured_time_per_token / estimated_time_per_token


def time_per_token_factor__none(serving_calibration: Ratio, time_per_token_error: Ratio) -> Ratio:
    """Factor on the estimated time per output token, with what is in doubt.

    Assumes: the estimate is in doubt as that of a family that no constant was fitted on.

    Source: definition.
    """
    return serving_calibration * time_per_token_error


def time_per_token_factor__measured(serving_calibration: Ratio, measured_point_error: Ratio) -> Ratio:
    """Factor on the estimated time per output token, with what is in doubt.

    Assumes: what is left of the doubt is what measured rows show after one point.

    Source: definition.
    """
    return serving_calibration * measured_point_error
