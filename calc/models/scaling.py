"""Scaling: the loss that parameters and tokens reach, and the model that spends a FLOP budget best."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import (
    FLOP,
    Exponent,
    FLOP_per_parameter_token,
    Parameters,
    Ratio,
    Tokens,
    Tokens_per_parameter,
)

scaling_law = Choice(
    "Whose fit of the loss to parameters and tokens",
    {
        "besiroglu_2024": "Besiroglu et al. 2024, Hoffmann's runs fitted anew, dense models",
        "hoffmann_2022": "Hoffmann et al. 2022, approach 3, dense models",
    },
    binds=("loss_floor", "size_coefficient", "data_coefficient", "size_exponent", "data_exponent"),
)

_COEFFICIENT = "the coefficients of this form are hundreds to thousands; one beyond a billion is of another form"
_STANDARD_ERRORS = "an error counted in standard errors has no end on either side"

besiroglu_loss_floor = Input(
    Ratio,
    "E, the loss that no model goes below, in nats a token",
    high=20,
    why="guessing among a million tokens loses 14 nats",
)
besiroglu_loss_floor_se = Input(Ratio, "Standard error of E", high=20, why="no more than the loss itself")
besiroglu_size_coefficient = Input(
    Ratio, "A, the coefficient of the loss that falls with parameters", high=1e9, why=_COEFFICIENT
)
besiroglu_size_coefficient_se = Input(Ratio, "Standard error of A", high=1e9, why=_COEFFICIENT)
besiroglu_data_coefficient = Input(
    Ratio, "B, the coefficient of the loss that falls with tokens", high=1e9, why=_COEFFICIENT
)
besiroglu_data_coefficient_se = Input(Ratio, "Standard error of B", high=1e9, why=_COEFFICIENT)
besiroglu_size_exponent = Input(Exponent, "alpha, the exponent of the parameters")
besiroglu_size_exponent_se = Input(
    Ratio, "Standard error of alpha", high=1, why="no more than the exponent itself may be"
)
besiroglu_data_exponent = Input(Exponent, "beta, the exponent of the tokens")
besiroglu_data_exponent_se = Input(
    Ratio, "Standard error of beta", high=1, why="no more than the exponent itself may be"
)
besiroglu_floor_error = Input(
    Ratio, "Error of E, in standard errors", low=None, high=None, why=_STANDARD_ERRORS, label="Besiroglu floor error"
)
besiroglu_size_error = Input(
    Ratio,
    "Error of A and alpha, in standard errors; the two err together",
    low=None,
    high=None,
    why=_STANDARD_ERRORS,
    label="Besiroglu size error",
)
besiroglu_data_error = Input(
    Ratio,
    "Error of B and beta, in standard errors; the two err together",
    low=None,
    high=None,
    why=_STANDARD_ERRORS,
    label="Besiroglu data error",
)
hoffmann_loss_floor = Input(
    Ratio,
    "E, the loss that no model goes below, in nats a token",
    high=20,
    why="guessing among a million tokens loses 14 nats",
)
hoffmann_size_coefficient = Input(
    Ratio, "A, the coefficient of the loss that falls with parameters", high=1e9, why=_COEFFICIENT
)
hoffmann_data_coefficient = Input(
    Ratio, "B, the coefficient of the loss that falls with tokens", high=1e9, why=_COEFFICIENT
)
hoffmann_size_exponent = Input(Exponent, "alpha, the exponent of the parameters")
hoffmann_data_exponent = Input(Exponent, "beta, the exponent of the tokens")


def loss_floor__besiroglu_2024(
    besiroglu_loss_floor: Ratio, besiroglu_loss_floor_se: Ratio, besiroglu_floor_error: Ratio
) -> Ratio:
    """Loss that no model goes below: that of text itself (E), in nats a token.

    Assumes: Hoffmann's runs fitted anew.

    Source: Besiroglu et al. 2024 (arXiv:2404.10102), table 1.
    """
    return besiroglu_loss_floor + besiroglu_loss_floor_se * besiroglu_floor_error


def loss_floor__hoffmann_2022(hoffmann_loss_floor: Ratio) -> Ratio:
    """Loss that no model goes below: that of text itself (E), in nats a token.

    Assumes: the constants as Hoffmann et al. printed them.

    Source: Hoffmann et al. 2022 (arXiv:2203.15556), approach 3.
    """
    return hoffmann_loss_floor


def size_coefficient__besiroglu_2024(
    besiroglu_size_coefficient: Ratio, besiroglu_size_coefficient_se: Ratio, besiroglu_size_error: Ratio
) -> Ratio:
    """Coefficient of the loss that falls with parameters (A).

    Assumes: Hoffmann's runs fitted anew; it errs together with its exponent, as in any power law fitted far from 1.

    Source: Besiroglu et al. 2024 (arXiv:2404.10102), table 1.
    """
    step = (besiroglu_size_coefficient + besiroglu_size_coefficient_se) / besiroglu_size_coefficient
    return besiroglu_size_coefficient * ops.power(step, besiroglu_size_error)


def size_coefficient__hoffmann_2022(hoffmann_size_coefficient: Ratio) -> Ratio:
    """Coefficient of the loss that falls with parameters (A).

    Assumes: the constants as Hoffmann et al. printed them.

    Source: Hoffmann et al. 2022 (arXiv:2203.15556), approach 3.
    """
    return hoffmann_size_coefficient


def data_coefficient__besiroglu_2024(
    besiroglu_data_coefficient: Ratio, besiroglu_data_coefficient_se: Ratio, besiroglu_data_error: Ratio
) -> Ratio:
    """Coefficient of the loss that falls with tokens (B).

    Assumes: Hoffmann's runs fitted anew; it errs together with its exponent, as in any power law fitted far from 1.

    Source: Besiroglu et al. 2024 (arXiv:2404.10102), table 1.
    """
    step = (besiroglu_data_coefficient + besiroglu_data_coefficient_se) / besiroglu_data_coefficient
    return besiroglu_data_coefficient * ops.power(step, besiroglu_data_error)


def data_coefficient__hoffmann_2022(hoffmann_data_coefficient: Ratio) -> Ratio:
    """Coefficient of the loss that falls with tokens (B).

    Assumes: the constants as Hoffmann et al. printed them.

    Source: Hoffmann et al. 2022 (arXiv:2203.15556), approach 3.
    """
    return hoffmann_data_coefficient


def size_exponent__besiroglu_2024(
    besiroglu_size_exponent: Exponent, besiroglu_size_exponent_se: Ratio, besiroglu_size_error: Ratio
) -> Exponent:
    """Exponent of the parameters (alpha).

    Assumes: Hoffmann's runs fitted anew.

    Source: Besiroglu et al. 2024 (arXiv:2404.10102), table 1.
    """
    return besiroglu_size_exponent + besiroglu_size_exponent_se * besiroglu_size_error


def size_exponent__hoffmann_2022(hoffmann_size_exponent: Exponent) -> Exponent:
    """Exponent of the parameters (alpha).

    Assumes: the constants as Hoffmann et al. printed them.

    Source: Hoffmann et al. 2022 (arXiv:2203.15556), approach 3.
    """
    return hoffmann_size_exponent


def data_exponent__besiroglu_2024(
    besiroglu_data_exponent: Exponent, besiroglu_data_exponent_se: Ratio, besiroglu_data_error: Ratio
) -> Exponent:
    """Exponent of the tokens (beta).

    Assumes: Hoffmann's runs fitted anew.

    Source: Besiroglu et al. 2024 (arXiv:2404.10102), table 1.
    """
    return besiroglu_data_exponent + besiroglu_data_exponent_se * besiroglu_data_error


def data_exponent__hoffmann_2022(hoffmann_data_exponent: Exponent) -> Exponent:
    """Exponent of the tokens (beta).

    Assumes: the constants as Hoffmann et al. printed them.

    Source: Hoffmann et al. 2022 (arXiv:2203.15556), approach 3.
    """
    return hoffmann_data_exponent


def compute_optimal_parameters(
    training_flop_budget: FLOP,
    flop_per_parameter_token: FLOP_per_parameter_token,
    size_coefficient: Ratio,
    data_coefficient: Ratio,
    size_exponent: Exponent,
    data_exponent: Exponent,
) -> Parameters:
    """Parameters of the dense model that reaches the least loss with the FLOP of the budget.

    Label: compute-optimal parameters.

    Source: Hoffmann et al. 2022 (arXiv:2203.15556), equation 4.
    """
    product = ops.number(training_flop_budget / flop_per_parameter_token, "parameter*token")
    balance = size_exponent * size_coefficient / (data_exponent * data_coefficient)
    optimum = ops.power(balance * ops.power(product, data_exponent), 1 / (size_exponent + data_exponent))
    return ops.amount(optimum, "parameter")


def compute_optimal_tokens(
    training_flop_budget: FLOP,
    flop_per_parameter_token: FLOP_per_parameter_token,
    compute_optimal_parameters: Parameters,
) -> Tokens:
    """Tokens for the model that reaches the least loss with the FLOP of the budget.

    Label: compute-optimal tokens.

    Source: Hoffmann et al. 2022 (arXiv:2203.15556), equation 4; all of the FLOP is spent.
    """
    return training_flop_budget / (flop_per_parameter_token * compute_optimal_parameters)


def compute_optimal_tokens_per_parameter(
    compute_optimal_tokens: Tokens, compute_optimal_parameters: Parameters
) -> Tokens_per_parameter:
    """Tokens for each parameter of the model that reaches the least loss with the FLOP of the budget.

    Label: optimal tokens per parameter.

    Source: definition.
    """
    return compute_optimal_tokens / compute_optimal_parameters


def compute_optimal_loss(
    compute_optimal_parameters: Parameters,
    compute_optimal_tokens: Tokens,
    loss_floor: Ratio,
    size_coefficient: Ratio,
    data_coefficient: Ratio,
    size_exponent: Exponent,
    data_exponent: Exponent,
) -> Ratio:
    """Least loss that the FLOP of the budget reach, in nats a token of the law's own data.

    Label: compute-optimal loss.

    Source: Hoffmann et al. 2022 (arXiv:2203.15556), equation 2.
    """
    size = size_coefficient / ops.power(ops.number(compute_optimal_parameters, "parameter"), size_exponent)
    data = data_coefficient / ops.power(ops.number(compute_optimal_tokens, "token"), data_exponent)
    return loss_floor + size + data


def predicted_loss(
    parameters: Parameters,
    training_tokens: Tokens,
    loss_floor: Ratio,
    size_coefficient: Ratio,
    data_coefficient: Ratio,
    size_exponent: Exponent,
    data_exponent: Exponent,
) -> Ratio:
    """Loss of a dense model of these parameters and tokens, in nats a token of the law's own data.

    Source: Hoffmann et al. 2022 (arXiv:2203.15556), equation 2.
    """
    size = size_coefficient / ops.power(ops.number(parameters, "parameter"), size_exponent)
    data = data_coefficient / ops.power(ops.number(training_tokens, "token"), data_exponent)
    return loss_floor + size + data


def tokens_per_parameter(training_tokens: Tokens, parameters: Parameters) -> Tokens_per_parameter:
    """Tokens that a model is trained on for each of its parameters.

    Source: definition.
    """
    return training_tokens / parameters


def compute_optimal_tokens_for_parameters(
    parameters: Parameters,
    size_coefficient: Ratio,
    data_coefficient: Ratio,
    size_exponent: Exponent,
    data_exponent: Exponent,
) -> Tokens:
    """Tokens at which a dense model of these parameters is the best use of its FLOP.

    Source: Hoffmann et al. 2022 (arXiv:2203.15556), equation 4, solved for the tokens.
    """
    balance = data_exponent * data_coefficient / (size_exponent * size_coefficient)
    size = ops.power(ops.number(parameters, "parameter"), size_exponent)
    return ops.amount(ops.power(balance * size, 1 / data_exponent), "token")


def over_training_factor(training_tokens: Tokens, compute_optimal_tokens_for_parameters: Tokens) -> Ratio:
    """Tokens that a model is trained on, as a multiple of those at which its size is compute-optimal.

    Source: definition; Gadre et al. 2024 (arXiv:2403.08540) for the word.
    """
    return training_tokens / compute_optimal_tokens_for_parameters
