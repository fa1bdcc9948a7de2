"""Data quality: what checking a data set makes usable, what it costs, and the price up to which it pays."""

from calc import ops
from calc.declarations import Check, Input
from calc.units.vocabulary import USD, Ratio, Share, Tokens, USD_per_token

data_tokens = Input(Tokens, "Tokens of the data set", band=(1e3, 1e16))
data_checked_share = Input(Share, "Share of the data set that is checked")
error_rate_before = Input(Share, "Share of bad tokens before any check")
error_rate_after = Input(Share, "Share of bad tokens in what was checked and mended")
checking_price = Input(USD_per_token, "Price of checking one token, with the mending of what is found")
bad_token_harm = Input(
    Ratio,
    "Good tokens that one bad token left in the data set spoils",
    high=1e6,
    why="one token of a million spoils all others",
    optional=True,
)

checking_does_not_add_errors = Check(
    "error_rate_after <= error_rate_before", "the checked data are worse than the unchecked"
)


def usable_token_value(token_price: USD_per_token) -> USD_per_token:
    """What one more usable token is worth: the price of buying one.

    Source: definition; replacement cost.
    """
    return token_price


def error_rate_mean(data_checked_share: Share, error_rate_before: Share, error_rate_after: Share) -> Share:
    """Share of bad tokens in the whole data set once its checked share is mended.

    Label: mean error rate.

    Source: definition.
    """
    return data_checked_share * error_rate_after + (1 - data_checked_share) * error_rate_before


def usable_tokens_before(data_tokens: Tokens, error_rate_before: Share, bad_token_harm: Ratio) -> Tokens:
    """Usable tokens of the data set as it is: the good ones less those that bad ones spoil.

    Label: usable tokens before.

    Source: definition.
    """
    lost = error_rate_before * (1 + ops.if_included(bad_token_harm, 0))
    return data_tokens * ops.maximum(1 - lost, 0)


def usable_tokens(data_tokens: Tokens, error_rate_mean: Share, bad_token_harm: Ratio) -> Tokens:
    """Usable tokens of the data set once its checked share is mended.

    Label: usable tokens after.

    Source: definition.
    """
    lost = error_rate_mean * (1 + ops.if_included(bad_token_harm, 0))
    return data_tokens * ops.maximum(1 - lost, 0)


def usable_tokens_gained(usable_tokens: Tokens, usable_tokens_before: Tokens) -> Tokens:
    """Usable tokens that checking adds.

    Source: definition.
    """
    return usable_tokens - usable_tokens_before


def checking_cost(data_tokens: Tokens, data_checked_share: Share, checking_price: USD_per_token) -> USD:
    """Cost of checking and mending the checked share.

    Label: cost of checking.

    Source: definition.
    """
    return data_tokens * data_checked_share * checking_price


def checking_value(usable_tokens_gained: Tokens, usable_token_value: USD_per_token) -> USD:
    """What the usable tokens gained are worth.

    Label: value of checking.

    Source: definition.
    """
    return usable_tokens_gained * usable_token_value


def checking_net_value(checking_value: USD, checking_cost: USD) -> USD:
    """What checking is worth after its cost; below 0 it does not pay.

    Label: net value of checking.

    Source: definition.
    """
    return checking_value - checking_cost


def checking_price_breakeven(checking_value: USD, data_tokens: Tokens, data_checked_share: Share) -> USD_per_token:
    """Price of checking one token up to which checking pays.

    Label: break-even checking price.

    Source: definition; the price at which checking_net_value is 0, no value where nothing is checked.
    """
    return checking_value / (data_tokens * data_checked_share)
