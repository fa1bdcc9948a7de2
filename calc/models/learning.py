"""Learning: unit cost and errors that fall with cumulative volume, and what sharing results is worth to both sides.

A supplier works for a customer and for others. Results that the customer shares add to the volume that the supplier
learns from; the saving is divided between them by the share that is passed on.
"""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import USD, Items, Ratio, Share, USD_per_item

cost_learning_rate = Input(
    Share,
    "Fall of the unit cost with each doubling of cumulative volume",
    high=0.9,
    why="what falls by more than 90 % with a doubling is no learning curve",
)
error_learning_rate = Input(
    Share,
    "Fall of the error rate with each doubling of cumulative volume",
    high=0.9,
    why="what falls by more than 90 % with a doubling is no learning curve",
)
reference_volume = Input(Items, "Cumulative volume at which the supplier's unit cost and error rate are known")
reference_unit_cost = Input(USD_per_item, "Supplier's cost of one item at the reference volume")
reference_error_rate = Input(Share, "Supplier's share of bad items at the reference volume")
supplier_volume = Input(Items, "Items that the supplier has learnt from without the customer's results")
shared_volume = Input(Items, "Items whose results the customer shares with the supplier")
next_volume = Input(Items, "Items that the supplier does next for all its customers")
customer_volume = Input(Items, "Items of these that it does for the customer that shares")
error_cost = Input(USD_per_item, "What one bad item costs the customer")
passed_on_share = Input(Share, "Share of the cost saving that the supplier passes on in its price to this customer")
sharing_cost = Input(USD, "What preparing and handing over its results costs the customer", optional=True)
learning_cost = Input(USD, "What working through shared results costs the supplier", optional=True)


def cost_learning_exponent(cost_learning_rate: Share) -> Ratio:
    """Exponent of the unit cost on cumulative volume; below 0, for costs fall.

    Source: Wright 1936, Factors Affecting the Cost of Airplanes: log2 of what a doubling leaves.
    """
    return ops.log(1 - cost_learning_rate) / ops.log(2)


def error_learning_exponent(error_learning_rate: Share) -> Ratio:
    """Exponent of the error rate on cumulative volume.

    Source: Wright 1936 carried over from cost to errors, as Lapre, Mukherjee and Van Wassenhove 2000 do for waste.
    """
    return ops.log(1 - error_learning_rate) / ops.log(2)


def unit_cost_unshared(
    reference_unit_cost: USD_per_item, supplier_volume: Items, reference_volume: Items, cost_learning_exponent: Ratio
) -> USD_per_item:
    """Supplier's cost of one item when nothing is shared.

    Label: unit cost, unshared.

    Source: Wright 1936.
    """
    return reference_unit_cost * ops.power(supplier_volume / reference_volume, cost_learning_exponent)


def unit_cost_shared(
    reference_unit_cost: USD_per_item,
    supplier_volume: Items,
    shared_volume: Items,
    reference_volume: Items,
    cost_learning_exponent: Ratio,
) -> USD_per_item:
    """Supplier's cost of one item when it has learnt from shared results too.

    Label: unit cost, shared.

    Source: Wright 1936, with the shared volume counted as the supplier's own.
    """
    volume = supplier_volume + shared_volume
    return reference_unit_cost * ops.power(volume / reference_volume, cost_learning_exponent)


def error_rate_unshared(
    reference_error_rate: Share, supplier_volume: Items, reference_volume: Items, error_learning_exponent: Ratio
) -> Share:
    """Share of bad items when nothing is shared.

    Label: error rate, unshared.

    Source: Wright 1936 carried over to errors.
    """
    return reference_error_rate * ops.power(supplier_volume / reference_volume, error_learning_exponent)


def error_rate_shared(
    reference_error_rate: Share,
    supplier_volume: Items,
    shared_volume: Items,
    reference_volume: Items,
    error_learning_exponent: Ratio,
) -> Share:
    """Share of bad items when the supplier has learnt from shared results too.

    Label: error rate, shared.

    Source: Wright 1936 carried over to errors, with the shared volume counted as the supplier's own.
    """
    volume = supplier_volume + shared_volume
    return reference_error_rate * ops.power(volume / reference_volume, error_learning_exponent)


def unit_saving(unit_cost_unshared: USD_per_item, unit_cost_shared: USD_per_item) -> USD_per_item:
    """What sharing takes off the supplier's cost of one item.

    Source: definition.
    """
    return unit_cost_unshared - unit_cost_shared


def fewer_errors_value(
    error_rate_unshared: Share, error_rate_shared: Share, customer_volume: Items, error_cost: USD_per_item
) -> USD:
    """What the customer saves because fewer of its items are bad.

    Label: value of fewer errors.

    Source: definition.
    """
    return (error_rate_unshared - error_rate_shared) * customer_volume * error_cost


def customer_gain(
    unit_saving: USD_per_item,
    customer_volume: Items,
    passed_on_share: Share,
    fewer_errors_value: USD,
    sharing_cost: USD,
) -> USD:
    """What the customer gains by sharing: a lower price and fewer errors, less what sharing costs it.

    Label: customer's gain.

    Source: definition.
    """
    return unit_saving * customer_volume * passed_on_share + fewer_errors_value - ops.if_included(sharing_cost, 0)


def supplier_gain(
    unit_saving: USD_per_item, next_volume: Items, customer_volume: Items, passed_on_share: Share, learning_cost: USD
) -> USD:
    """What the supplier gains: its saving on all items, less what it passes on and what learning costs it.

    Label: supplier's gain.

    Source: definition.
    """
    kept = next_volume - customer_volume * passed_on_share
    return unit_saving * kept - ops.if_included(learning_cost, 0)


def sharing_gain_of_the_lesser(customer_gain: USD, supplier_gain: USD) -> USD:
    """Gain of the side that gains less; above 0 sharing pays both sides.

    Label: smaller gain.

    Source: definition.
    """
    return ops.minimum(customer_gain, supplier_gain)


def passed_on_share_lowest(
    shared_volume: Items,
    sharing_cost: USD,
    fewer_errors_value: USD,
    unit_saving: USD_per_item,
    customer_volume: Items,
    reference_unit_cost: USD_per_item,
) -> Ratio:
    """Share to be passed on from which sharing pays the customer; 0 where fewer errors alone pay for it.

    Label: least share passed on.

    Source: definition; the share at which customer_gain is 0, no value where nothing is shared.
    """
    shared = shared_volume / shared_volume
    saved = ops.where(unit_saving > 0, unit_saving, reference_unit_cost)
    unpaid = ops.if_included(sharing_cost, 0) - fewer_errors_value
    return shared * ops.maximum(unpaid / (saved * customer_volume), 0)


def passed_on_share_highest(
    shared_volume: Items,
    learning_cost: USD,
    unit_saving: USD_per_item,
    next_volume: Items,
    customer_volume: Items,
    reference_unit_cost: USD_per_item,
) -> Ratio:
    """Share to be passed on up to which sharing pays the supplier; above 100 % it can pass on all of it.

    Label: most share passed on.

    Source: definition; the share at which supplier_gain is 0, no value where nothing is shared.
    """
    shared = shared_volume / shared_volume
    saved = ops.where(unit_saving > 0, unit_saving, reference_unit_cost)
    kept = next_volume - ops.if_included(learning_cost, 0) / saved
    return shared * (kept / customer_volume)
