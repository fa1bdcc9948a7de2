"""Data: the tokens and labelled items that a data budget buys."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import USD, Items, Tokens, USD_per_item, USD_per_token, USD_per_year, Years

token_price = Input(USD_per_token, "Price of one token of licensed text")
licensed_item_price = Input(USD_per_item, "Price of licensing one image, video or other item for training")
licence_price = Input(USD_per_year, "Price of licensing a whole archive for a year")
label_price = Input(USD_per_item, "Price of labelling or reviewing one item")


def tokens_affordable(data_budget: USD, token_price: USD_per_token) -> Tokens:
    """Tokens that the whole data budget buys.

    Label: affordable tokens.

    Source: definition.
    """
    return data_budget / token_price


def items_affordable(data_budget: USD, label_price: USD_per_item) -> Items:
    """Whole items that the whole data budget pays to label; it buys tokens or items, not both.

    Label: affordable labelled items.

    Source: definition.
    """
    return ops.floor(data_budget / label_price)


def items_licensable(data_budget: USD, licensed_item_price: USD_per_item) -> Items:
    """Whole images, videos or other items that the whole data budget licenses.

    Source: definition.
    """
    return ops.floor(data_budget / licensed_item_price)


def licence_duration_affordable(data_budget: USD, licence_price: USD_per_year) -> Years:
    """Time for which the whole data budget licenses an archive.

    Source: definition.
    """
    return data_budget / licence_price
