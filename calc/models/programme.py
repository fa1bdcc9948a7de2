"""Programme: what the compute, people and data lines of a budget train, and which of them binds."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import (
    FLOP,
    USD,
    Days,
    Exponent,
    FLOP_per_parameter_token,
    Gpu_hours,
    Gpus,
    Parameters,
    Ratio,
    Share,
    TFLOP_per_second_gpu,
    Tokens,
    USD_per_token,
)

bought_token_share = Input(
    Share,
    "Share of the training tokens that has to be paid for; left out, all of them",
    optional=True,
    label="bought tokens",
)
staff_cost_ratio = Input(
    Ratio,
    "What the research staff of a programme costs, as a multiple of its compute",
    high=1000,
    why="compute would be a thousandth of the programme, whose cost it is to explain",
)


def gpu_hours_budgeted__rented(gpu_hours_rentable: Gpu_hours) -> Gpu_hours:
    """GPU-hours that the compute line pays for.

    Label: budgeted GPU-hours.

    Assumes: all of the line rents GPUs by the hour.

    Source: definition.
    """
    return gpu_hours_rentable


def gpu_hours_budgeted__owned(gpu_hours_affordable: Gpu_hours) -> Gpu_hours:
    """GPU-hours that the compute line pays for.

    Assumes: all of the line buys servers, used over the programme.

    Source: definition.
    """
    return gpu_hours_affordable


def gpus_budgeted__rented(gpus: Gpus) -> Gpus:
    """GPUs that the final run has.

    Label: budgeted GPUs.

    Assumes: as many as are rented at a time.

    Source: definition.
    """
    return gpus


def gpus_budgeted__owned(gpus_affordable: Gpus) -> Gpus:
    """GPUs that the final run has.

    Assumes: all that the compute line buys.

    Source: definition.
    """
    return gpus_affordable


def final_run_gpu_hours(gpu_hours_budgeted: Gpu_hours, experiment_multiplier: Ratio) -> Gpu_hours:
    """GPU-hours that experiments and failed runs leave for the final run; without a multiplier all of them.

    Label: GPU-hours, final run.

    Source: definition.
    """
    return gpu_hours_budgeted / ops.if_included(experiment_multiplier, 1)


def final_run_duration(final_run_gpu_hours: Gpu_hours, gpus_budgeted: Gpus) -> Days:
    """Time that the final run takes when it spends the whole compute line.

    Label: duration, final run.

    Source: definition.
    """
    return final_run_gpu_hours / gpus_budgeted


def training_flop_by_compute(
    final_run_gpu_hours: Gpu_hours, gpu_peak: TFLOP_per_second_gpu, mfu: Share, effective_time_share: Share
) -> FLOP:
    """FLOP of a final run that the compute line pays for.

    Label: FLOP by compute line.

    Source: definition; training_gpu_hours solved for the FLOP.
    """
    return final_run_gpu_hours * gpu_peak * mfu * ops.if_included(effective_time_share, 1)


def training_flop_by_data(
    tokens_affordable: Tokens,
    bought_token_share: Share,
    flop_per_parameter_token: FLOP_per_parameter_token,
    size_coefficient: Ratio,
    data_coefficient: Ratio,
    size_exponent: Exponent,
    data_exponent: Exponent,
) -> FLOP:
    """FLOP of the compute-optimal run that uses all tokens which the data line buys.

    Label: FLOP by data line.

    Source: Hoffmann et al. 2022 (arXiv:2203.15556), equation 4, solved for the FLOP.
    """
    tokens = tokens_affordable / ops.if_included(bought_token_share, 1)
    balance = size_exponent * size_coefficient / (data_exponent * data_coefficient)
    size = ops.power(balance * ops.power(ops.number(tokens, "token"), data_exponent), 1 / size_exponent)
    return flop_per_parameter_token * ops.amount(size, "parameter") * tokens


def people_budget_needed(compute_budget: USD, staff_cost_ratio: Ratio) -> USD:
    """What the research staff costs that goes with the compute line.

    Source: Cottier et al. 2024 (arXiv:2405.21015), staff as a share of what a frontier model costs.
    """
    return compute_budget * staff_cost_ratio


def training_flop_by_people(training_flop_by_compute: FLOP, people_budget: USD, people_budget_needed: USD) -> FLOP:
    """FLOP of a final run that the people line can staff.

    Label: FLOP by people line.

    Source: definition; staff and compute of a programme grow together.
    """
    return training_flop_by_compute * people_budget / people_budget_needed


def training_flop_budget(training_flop_by_compute: FLOP) -> FLOP:
    """FLOP that there are for one run: what the compute line pays for, or a figure that is given.

    Source: definition.
    """
    return training_flop_by_compute


def programme_flop(training_flop_by_compute: FLOP, training_flop_by_people: FLOP, training_flop_by_data: FLOP) -> FLOP:
    """FLOP of the run that all three lines of the budget allow: the least of them binds.

    Source: definition.
    """
    return ops.minimum(ops.minimum(training_flop_by_compute, training_flop_by_people), training_flop_by_data)


def programme_parameters(
    compute_optimal_parameters: Parameters,
    programme_flop: FLOP,
    training_flop_budget: FLOP,
    size_exponent: Exponent,
    data_exponent: Exponent,
) -> Parameters:
    """Parameters of the compute-optimal model that all three lines of the budget allow.

    Source: Hoffmann et al. 2022 (arXiv:2203.15556), equation 4, as a ratio.
    """
    share = ops.power(programme_flop / training_flop_budget, data_exponent / (size_exponent + data_exponent))
    return compute_optimal_parameters * share


def programme_tokens(
    programme_flop: FLOP, flop_per_parameter_token: FLOP_per_parameter_token, programme_parameters: Parameters
) -> Tokens:
    """Tokens of the compute-optimal model that all three lines of the budget allow.

    Source: definition.
    """
    return programme_flop / (flop_per_parameter_token * programme_parameters)


def data_budget_needed(compute_optimal_tokens: Tokens, bought_token_share: Share, token_price: USD_per_token) -> USD:
    """What the tokens cost that the compute-optimal model of the compute line needs.

    Source: definition; without bought_token_share every token is paid for.
    """
    return compute_optimal_tokens * ops.if_included(bought_token_share, 1) * token_price


def data_coverage(data_budget: USD, data_budget_needed: USD) -> Ratio:
    """The data line over what the tokens cost that the compute line's model needs; below 1 it does not buy them.

    Source: definition.
    """
    return data_budget / data_budget_needed


def people_coverage(people_budget: USD, people_budget_needed: USD) -> Ratio:
    """The people line over what the staff costs that the compute line needs; below 1 it does not carry the programme.

    Source: definition.
    """
    return people_budget / people_budget_needed
