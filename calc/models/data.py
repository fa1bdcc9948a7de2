"""Data: the tokens and labelled items that a data budget buys."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import USD, Items, Tokens, USD_per_item, USD_per_token

token_price = Input(USD_per_token, "Price of one token of licensed text")
label_price = Input(USD_per_item, "Price of labelling or reviewing one item")


def tokens_affordable(data_budget: USD, token_price: USD_per_token) -> Tokens:
    """Tokens that the whole data budget buys.

    Source: definition.
    """
    return data_budget / token_price


def items_affordable(data_budget: USD, label_price: USD_per_item) -> Items:
    """Whole items that the whole data budget pays to label; it buys tokens or items, not both.

    Source: definition.
    """
    return ops.floor(data_budget / label_price)
