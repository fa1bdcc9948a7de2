"""Make or buy: one stage of the chain done in-house or bought, adjusted for quality; stages are parts of a scenario.

Fixed costs are paid once, the others for each item. A supplier whose items are better is needed for fewer of them.
"""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import USD, Items, Ratio, USD_per_item

stage_volume = Input(Items, "Items that the stage has to deliver, counted in in-house quality")
stage_fixed_cost = Input(USD, "What the stage costs in-house before the first item: people, tools, know-how")
stage_marginal_cost = Input(USD_per_item, "What each further item costs in-house")
stage_supplier_price = Input(USD_per_item, "Price of one item from a specialist supplier", optional=True)
stage_quality_ratio = Input(
    Ratio,
    "What one bought item is worth in items of in-house quality",
    low=0.01,
    high=100,
    why="an item worth a hundredth, or a hundred others, is another product",
)
stage_integration_cost = Input(USD, "What fitting a supplier into the stage costs once", optional=True)


def stage_make_cost(stage_volume: Items, stage_fixed_cost: USD, stage_marginal_cost: USD_per_item) -> USD:
    """Cost of the stage done in-house.

    Label: cost made in-house.

    Source: definition; fixed and marginal cost.
    """
    return stage_fixed_cost + stage_marginal_cost * stage_volume


def stage_supplier_price_adjusted(stage_supplier_price: USD_per_item, stage_quality_ratio: Ratio) -> USD_per_item:
    """Supplier's price of as much as one in-house item is worth.

    Source: definition; hedonic adjustment of a price for quality, Griliches 1961.
    """
    return stage_supplier_price / stage_quality_ratio


def stage_buy_cost(
    stage_volume: Items, stage_supplier_price_adjusted: USD_per_item, stage_integration_cost: USD
) -> USD:
    """Cost of the stage bought from a supplier.

    Label: cost bought.

    Source: definition; the cost of using the market follows Coase 1937, The Nature of the Firm.
    """
    return ops.if_included(stage_integration_cost, 0) + stage_supplier_price_adjusted * stage_volume


def stage_best_cost(stage_make_cost: USD, stage_buy_cost: USD) -> USD:
    """Cost of the cheaper way; without a supplier it is the cost in-house.

    Label: cost, cheaper way.

    Source: definition.
    """
    return ops.minimum(stage_make_cost, stage_buy_cost)


def stage_buying_saving(stage_make_cost: USD, stage_buy_cost: USD) -> USD:
    """What buying saves; below 0 the stage is cheaper in-house.

    Label: saved by buying.

    Source: definition.
    """
    return stage_make_cost - stage_buy_cost


def stage_items_cheaper_in_house(
    stage_volume: Items, stage_marginal_cost: USD_per_item, stage_supplier_price_adjusted: USD_per_item
) -> Items:
    """Items of the stage that cost less in-house than bought, fixed costs aside: all of them, or none.

    Source: definition.
    """
    return ops.where(stage_marginal_cost < stage_supplier_price_adjusted, stage_volume, 0)


def stage_breakeven_volume(
    stage_volume: Items,
    stage_items_cheaper_in_house: Items,
    stage_fixed_cost: USD,
    stage_integration_cost: USD,
    stage_supplier_price_adjusted: USD_per_item,
    stage_marginal_cost: USD_per_item,
) -> Items:
    """Volume above which the stage is cheaper in-house; no value where an item never is.

    Label: break-even volume.

    Source: break-even of a fixed cost against a saving per unit; Coase 1937, Williamson 1981.
    """
    mix = stage_volume / stage_items_cheaper_in_house
    saved = stage_supplier_price_adjusted - stage_marginal_cost
    saved_or_price = ops.where(saved > 0, saved, stage_supplier_price_adjusted)
    fixed = ops.maximum(stage_fixed_cost - ops.if_included(stage_integration_cost, 0), 0)
    return mix * (fixed / saved_or_price)
