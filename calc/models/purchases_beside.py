"""Purchases beside servers and network: storage, spares and set-up, by the rules of `purchases`."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import (
    TB,
    USD,
    Orders_of_magnitude_per_year,
    Per_year,
    Ratio,
    Servers,
    USD_per_month,
    Years,
)

storage_growth = Choice(
    "What more servers buy of the storage",
    {
        "by_capacity": "by its capacity, at the price of its year",
        "whole": "nothing more: one amount is given for the whole cluster",
    },
    binds=("storage_need",),
    when={"whole": ("storage_capex",)},
)
spares_growth = Choice(
    "What more servers buy of the spares",
    {
        "with_servers": "a share of the servers",
        "whole": "nothing more: one amount is given for the whole cluster",
    },
    binds=("spares_need",),
    when={"whole": ("spares_capex",)},
)
storage_paid = Choice(
    "How the storage is paid",
    {
        "bought": "bought",
        "by_month": "rented: the cost of a month is given",
    },
    binds=(
        "storage_spending",
        "storage_late",
        "storage_moment",
        "storage_rent",
    ),
    when={"by_month": ("storage_cost_per_month",)},
)
spares_paid = Choice(
    "How the spares are paid",
    {
        "bought": "bought",
        "by_month": "rented: the cost of a month is given",
    },
    binds=(
        "spares_spending",
        "spares_late",
        "spares_moment",
        "spares_rent",
    ),
    when={"by_month": ("spares_cost_per_month",)},
)
setup_paid = Choice(
    "How the set-up is paid",
    {
        "bought": "bought",
        "by_month": "rented: the cost of a month is given",
    },
    binds=(
        "setup_spending",
        "setup_late",
        "setup_moment",
        "setup_rent",
    ),
    when={"by_month": ("setup_cost_per_month",)},
)

storage_price_decay = Input(
    Orders_of_magnitude_per_year,
    "Fall of the price of equal storage; without it storage_price stands",
    optional=True,
    topic="falling prices",
)


def storage_life(server_life: Years) -> Years:
    """Time over which the storage is written off: that of the servers unless given.

    Source: convention.
    """
    return server_life


def storage_price_within(
    storage_price_decay: Orders_of_magnitude_per_year,
    order_of_magnitude: Ratio,
    storage_need: Ratio,
    storage_life: Years,
) -> Ratio:
    """Price of storage that is replaced within a year over that at its start.

    Source: definition; the price falls evenly up to the date of the purchase.
    """
    date = ops.cohort_date(storage_need, ops.number(storage_life, "year"))
    return ops.power(order_of_magnitude, -ops.number(storage_price_decay, "order_of_magnitude/year") * date)


def storage_price_factor(storage_price_decay: Orders_of_magnitude_per_year, order_of_magnitude: Ratio) -> Ratio:
    """Price of equal storage in each year over that in the first.

    Source: definition.
    """
    yearly_factor = ops.power(order_of_magnitude, -ops.number(storage_price_decay, "order_of_magnitude/year"))
    return ops.grow(1, yearly_factor - 1)


# ---------------------------------------------------------------- storage


def storage_need__by_capacity(storage_capacity: TB, server_need: Ratio) -> Ratio:
    """What is needed of the storage in each year, as a pure number.

    Assumes: by its capacity, at the price of its year, from the first servers on.

    Source: definition.
    """
    return ops.where(server_need > 0, ops.number(storage_capacity, "TB"), 0)


def storage_need__whole(storage_capex: USD, server_need: Ratio) -> Ratio:
    """What is needed of the storage in each year, as a pure number.

    Assumes: one amount for the whole cluster, from its first servers on.

    Source: definition.
    """
    return ops.where(server_need > 0, ops.number(storage_capex, "USD"), 0)


def storage_spending__bought(
    storage_need: Ratio,
    storage_life: Years,
    storage_capex: USD,
    storage_price_factor: Ratio,
    storage_late: USD,
) -> USD:
    """What the storage bought in a year costs.

    Assumes: bought when there is need of it, and again when its life ends.

    Source: definition; each purchase at the price of its date.
    """
    unit_price = storage_capex / ops.where(storage_need > 0, storage_need, 1)
    life = ops.number(storage_life, "year")
    begun = ops.cohort(storage_need, life) - ops.cohort_within(storage_need, life)
    return begun * unit_price * ops.if_included(storage_price_factor, 1) + storage_late


def storage_spending__by_month(storage_cost_per_month: USD_per_month) -> USD:
    """What the storage bought in a year costs.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * storage_cost_per_month * ops.amount(1, "month")


def storage_rent__bought(storage_capex: USD) -> USD_per_month:
    """Rent of the storage for a month.

    Assumes: none, of what is bought.

    Source: definition.
    """
    return 0 * storage_capex / ops.amount(1, "month")


def storage_rent__by_month(storage_cost_per_month: USD_per_month) -> USD_per_month:
    """Rent of the storage for a month.

    Assumes: the cost of a month that is given.

    Source: definition.
    """
    return storage_cost_per_month


def storage_late__bought(
    storage_need: Ratio,
    storage_life: Years,
    storage_capex: USD,
    storage_price_factor: Ratio,
    storage_price_within: Ratio,
) -> USD:
    """What is bought of storage after the start of a year, where a life ends within it.

    Assumes: of what is bought, where a life ends within the year.

    Source: definition.
    """
    unit_price = storage_capex / ops.where(storage_need > 0, storage_need, 1)
    late = ops.cohort_within(storage_need, ops.number(storage_life, "year")) * unit_price
    return late * ops.if_included(storage_price_factor, 1) * ops.if_included(storage_price_within, 1)


def storage_late__by_month(storage_cost_per_month: USD_per_month) -> USD:
    """What is bought of storage after the start of a year, where a life ends within it.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * storage_cost_per_month * ops.amount(1, "month")


def storage_moment__bought(storage_late: USD, storage_need: Ratio, storage_life: Years) -> USD:
    """What is bought after the start of a year times the date of it, the share of the year that has passed.

    Assumes: of what is bought, where a life ends within the year.

    Source: definition.
    """
    return storage_late * ops.cohort_date(storage_need, ops.number(storage_life, "year"))


def storage_moment__by_month(storage_cost_per_month: USD_per_month) -> USD:
    """What is bought after the start of a year times the date of it, the share of the year that has passed.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * storage_cost_per_month * ops.amount(1, "month")


# ---------------------------------------------------------------- spares


def spares_need__with_servers(servers: Servers) -> Ratio:
    """What is needed of the spares in each year, as a pure number.

    Assumes: a share of the servers.

    Source: definition.
    """
    return ops.number(servers, "server")


def spares_need__whole(spares_capex: USD, server_need: Ratio) -> Ratio:
    """What is needed of the spares in each year, as a pure number.

    Assumes: one amount for the whole cluster, from its first servers on.

    Source: definition.
    """
    return ops.where(server_need > 0, ops.number(spares_capex, "USD"), 0)


def spares_spending__bought(
    spares_need: Ratio, server_life: Years, spares_capex: USD, refresh_price_factor: Ratio, spares_late: USD
) -> USD:
    """What the spares bought in a year cost.

    Assumes: bought when there is need of it, and again when its life ends.

    Source: definition; spares get cheaper as servers do.
    """
    unit_price = spares_capex / ops.where(spares_need > 0, spares_need, 1)
    life = ops.number(server_life, "year")
    begun = ops.cohort(spares_need, life) - ops.cohort_within(spares_need, life)
    return begun * unit_price * refresh_price_factor + spares_late


def spares_spending__by_month(spares_cost_per_month: USD_per_month) -> USD:
    """What the spares bought in a year cost.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * spares_cost_per_month * ops.amount(1, "month")


def spares_rent__bought(spares_capex: USD) -> USD_per_month:
    """Rent of the spares for a month.

    Assumes: none, of what is bought.

    Source: definition.
    """
    return 0 * spares_capex / ops.amount(1, "month")


def spares_rent__by_month(spares_cost_per_month: USD_per_month) -> USD_per_month:
    """Rent of the spares for a month.

    Assumes: the cost of a month that is given.

    Source: definition.
    """
    return spares_cost_per_month


def spares_late__bought(
    spares_need: Ratio,
    server_life: Years,
    spares_capex: USD,
    refresh_price_factor: Ratio,
    refresh_price_within: Ratio,
) -> USD:
    """What is bought of spares after the start of a year, where a life ends within it.

    Assumes: of what is bought, where a life ends within the year.

    Source: definition.
    """
    unit_price = spares_capex / ops.where(spares_need > 0, spares_need, 1)
    late = ops.cohort_within(spares_need, ops.number(server_life, "year")) * unit_price
    return late * refresh_price_factor * refresh_price_within


def spares_late__by_month(spares_cost_per_month: USD_per_month) -> USD:
    """What is bought of spares after the start of a year, where a life ends within it.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * spares_cost_per_month * ops.amount(1, "month")


def spares_moment__bought(spares_late: USD, spares_need: Ratio, server_life: Years) -> USD:
    """What is bought after the start of a year times the date of it, the share of the year that has passed.

    Assumes: of what is bought, where a life ends within the year.

    Source: definition.
    """
    return spares_late * ops.cohort_date(spares_need, ops.number(server_life, "year"))


def spares_moment__by_month(spares_cost_per_month: USD_per_month) -> USD:
    """What is bought after the start of a year times the date of it, the share of the year that has passed.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * spares_cost_per_month * ops.amount(1, "month")


# ---------------------------------------------------------------- set-up


def setup_need(setup_cost: USD, server_need: Ratio) -> Ratio:
    """What is needed of the set-up in each year, as a pure number: one amount for the whole cluster, with its servers.

    Source: definition.
    """
    return ops.where(server_need > 0, ops.number(setup_cost, "USD"), 0)


def setup_spending__bought(setup_need: Ratio, server_life: Years, setup_cost: USD) -> USD:
    """What the set-up bought in a year costs.

    Assumes: bought when there is need of it, and again when its life ends.

    Source: definition.
    """
    unit_price = setup_cost / ops.where(setup_need > 0, setup_need, 1)
    return ops.cohort(setup_need, ops.number(server_life, "year")) * unit_price


def setup_spending__by_month(setup_cost_per_month: USD_per_month) -> USD:
    """What the set-up bought in a year costs.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * setup_cost_per_month * ops.amount(1, "month")


def setup_rent__bought(setup_cost: USD) -> USD_per_month:
    """Rent of the set-up for a month.

    Assumes: none, of what is bought.

    Source: definition.
    """
    return 0 * setup_cost / ops.amount(1, "month")


def setup_rent__by_month(setup_cost_per_month: USD_per_month) -> USD_per_month:
    """Rent of the set-up for a month.

    Assumes: the cost of a month that is given.

    Source: definition.
    """
    return setup_cost_per_month


def setup_late__bought(setup_spending: USD, setup_need: Ratio, server_life: Years) -> USD:
    """What is bought of set-up after the start of a year, where a life ends within it.

    Assumes: of what is bought, where a life ends within the year.

    Source: definition.
    """
    life = ops.number(server_life, "year")
    bought = ops.cohort(setup_need, life)
    return setup_spending * ops.cohort_within(setup_need, life) / ops.where(bought > 0, bought, 1)


def setup_late__by_month(setup_cost_per_month: USD_per_month) -> USD:
    """What is bought of set-up after the start of a year, where a life ends within it.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * setup_cost_per_month * ops.amount(1, "month")


def setup_moment__bought(setup_late: USD, setup_need: Ratio, server_life: Years) -> USD:
    """What is bought after the start of a year times the date of it, the share of the year that has passed.

    Assumes: of what is bought, where a life ends within the year.

    Source: definition.
    """
    return setup_late * ops.cohort_date(setup_need, ops.number(server_life, "year"))


def setup_moment__by_month(setup_cost_per_month: USD_per_month) -> USD:
    """What is bought after the start of a year times the date of it, the share of the year that has passed.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * setup_cost_per_month * ops.amount(1, "month")


# ---------------------------------------------------------------- worth


def storage_late_worth(storage_late: USD, storage_moment: USD, plan_discount_rate: Per_year) -> USD:
    """What is bought of storage after the start of a year, discounted from its date to that start.

    Source: definition.
    """
    date = storage_moment / ops.where(storage_late > 0, storage_late, ops.amount(1, "USD"))
    return storage_late * ops.compound(ops.number(plan_discount_rate, "1/year"), -date)


def spares_late_worth(spares_late: USD, spares_moment: USD, plan_discount_rate: Per_year) -> USD:
    """What is bought of spares after the start of a year, discounted from its date to that start.

    Source: definition.
    """
    date = spares_moment / ops.where(spares_late > 0, spares_late, ops.amount(1, "USD"))
    return spares_late * ops.compound(ops.number(plan_discount_rate, "1/year"), -date)


def setup_late_worth(setup_late: USD, setup_moment: USD, plan_discount_rate: Per_year) -> USD:
    """What is bought of setup after the start of a year, discounted from its date to that start.

    Source: definition.
    """
    date = setup_moment / ops.where(setup_late > 0, setup_late, ops.amount(1, "USD"))
    return setup_late * ops.compound(ops.number(plan_discount_rate, "1/year"), -date)
