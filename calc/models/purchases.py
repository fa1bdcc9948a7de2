"""Purchases: which servers and which network are bought when, what they then cost, and what is rented by the month.

What is needed of a part grows at the start of a year, and what has served its life is replaced when that ends. A part
that is given as one amount for the whole cluster is bought again only when its life ends, not when servers are added.
One whose cost of a month is given is rented, and never bought.
"""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import (
    USD,
    Orders_of_magnitude_per_year,
    Per_month,
    Per_year,
    Ratio,
    Servers,
    USD_per_month,
    Years,
)

server_growth = Choice(
    "What more servers buy of the servers",
    {
        "with_servers": "each server at the price of its year",
        "whole": "nothing more: one amount is given for the whole cluster",
        "by_month": "nothing: they are rented, and the cost of a month is given",
        "hardware_by_month": "nothing: all hardware is rented, and the cost of a month is given",
    },
    binds=("server_need",),
    when={
        "hardware_by_month": ("hardware_cost_per_month",),
        "by_month": ("server_cost_per_month",),
        "whole": ("server_capex",),
    },
)
network_growth = Choice(
    "What more servers buy of the network",
    {
        "with_servers": "in proportion to the servers that it connects",
        "whole": "nothing more: one amount is given for the whole cluster",
    },
    binds=("network_need",),
    when={"whole": ("network_capex",)},
)
server_paid = Choice(
    "How the servers are paid",
    {
        "bought": "bought",
        "by_month": "rented: the cost of a month is given",
    },
    binds=(
        "server_order",
        "server_late",
        "server_moment",
        "server_rent",
        "server_book_value",
    ),
    when={"by_month": ("server_cost_per_month",)},
)
network_paid = Choice(
    "How the network is paid",
    {
        "bought": "bought",
        "by_month": "rented: the cost of a month is given",
    },
    binds=(
        "network_spending",
        "network_late",
        "network_moment",
        "network_rent",
        "network_book_value",
    ),
    when={"by_month": ("network_cost_per_month",)},
)
refresh_price = Choice(
    "Price of servers that are bought in later years; spares go with it",
    {
        "as_given": "server_price, which may be given by year and holds throughout it",
        "falling": "falls by hardware_price_decay, evenly to the date of each purchase",
    },
    binds=("server_spending", "refresh_price_factor", "refresh_price_within"),
    whole=True,
)

network_price_decay = Input(
    Orders_of_magnitude_per_year,
    "Fall of the price of an equal network; without it the price stays",
    optional=True,
    topic="falling prices",
)


def hardware_price_factor(hardware_price_decay: Orders_of_magnitude_per_year, order_of_magnitude: Ratio) -> Ratio:
    """Price of equal hardware in each year over that in the first.

    Source: Cottier et al. 2024 (arXiv:2405.21015), fall of the price of computing hardware.
    """
    yearly_factor = ops.power(order_of_magnitude, -ops.number(hardware_price_decay, "order_of_magnitude/year"))
    return ops.grow(1, yearly_factor - 1)


def network_price_within(
    network_price_decay: Orders_of_magnitude_per_year,
    order_of_magnitude: Ratio,
    network_need: Ratio,
    network_life: Years,
) -> Ratio:
    """Price of network that is replaced within a year over that at its start.

    Source: definition; the price falls evenly up to the date of the purchase.
    """
    date = ops.cohort_date(network_need, ops.number(network_life, "year"))
    return ops.power(order_of_magnitude, -ops.number(network_price_decay, "order_of_magnitude/year") * date)


def network_price_factor(network_price_decay: Orders_of_magnitude_per_year, order_of_magnitude: Ratio) -> Ratio:
    """Price of equal network in each year over that in the first.

    Source: definition.
    """
    yearly_factor = ops.power(order_of_magnitude, -ops.number(network_price_decay, "order_of_magnitude/year"))
    return ops.grow(1, yearly_factor - 1)


# ---------------------------------------------------------------- servers


def server_purchases(servers: Servers, server_life: Years) -> Servers:
    """Servers bought in each year: for growth, and for those whose life has ended.

    Label: servers bought.

    Source: definition.
    """
    return ops.cohort(servers, ops.number(server_life, "year"))


def server_need__with_servers(servers: Servers) -> Ratio:
    """What is needed of the servers in each year, as a pure number.

    Assumes: each server at the price of its year.

    Source: definition.
    """
    return ops.number(servers, "server")


def server_need__whole(server_capex: USD) -> Ratio:
    """What is needed of the servers in each year, as a pure number.

    Assumes: one amount for the whole cluster.

    Source: definition.
    """
    return ops.number(server_capex, "USD")


def server_need__by_month(server_cost_per_month: USD_per_month) -> Ratio:
    """What is needed of the servers in each year, as a pure number.

    Assumes: rented servers, by what they cost a month.

    Source: definition.
    """
    return ops.number(server_cost_per_month, "USD/month")


def server_need__hardware_by_month(hardware_cost_per_month: USD_per_month) -> Ratio:
    """What is needed of the servers in each year, as a pure number.

    Assumes: rented hardware, by what it costs a month.

    Source: definition.
    """
    return ops.number(hardware_cost_per_month, "USD/month")


def server_order__bought(server_need: Ratio, server_life: Years, server_capex: USD) -> USD:
    """What the servers bought in a year cost at the prices given.

    Assumes: bought when there is need of it, and again when its life ends.

    Source: definition.
    """
    unit_price = server_capex / ops.where(server_need > 0, server_need, 1)
    return ops.cohort(server_need, ops.number(server_life, "year")) * unit_price


def server_order__by_month(server_cost_per_month: USD_per_month) -> USD:
    """What the servers bought in a year cost at the prices given.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * server_cost_per_month * ops.amount(1, "month")


def server_rent__bought(server_capex: USD) -> USD_per_month:
    """Rent of the servers for a month.

    Assumes: none, of what is bought.

    Source: definition.
    """
    return 0 * server_capex / ops.amount(1, "month")


def server_rent__by_month(server_cost_per_month: USD_per_month) -> USD_per_month:
    """Rent of the servers for a month.

    Assumes: the cost of a month that is given.

    Source: definition.
    """
    return server_cost_per_month


def server_late__bought(
    server_need: Ratio,
    server_life: Years,
    server_capex: USD,
    refresh_price_factor: Ratio,
    refresh_price_within: Ratio,
) -> USD:
    """What is bought of servers after the start of a year, where a life ends within it.

    Assumes: of what is bought, where a life ends within the year.

    Source: definition.
    """
    late = ops.cohort_within(server_need, ops.number(server_life, "year"))
    unit_price = server_capex / ops.where(server_need > 0, server_need, 1)
    return late * unit_price * refresh_price_factor * refresh_price_within


def server_late__by_month(server_cost_per_month: USD_per_month) -> USD:
    """What is bought of servers after the start of a year, where a life ends within it.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * server_cost_per_month * ops.amount(1, "month")


def server_moment__bought(server_late: USD, server_need: Ratio, server_life: Years) -> USD:
    """What is bought after the start of a year times the date of it, the share of the year that has passed.

    Assumes: of what is bought, where a life ends within the year.

    Source: definition.
    """
    return server_late * ops.cohort_date(server_need, ops.number(server_life, "year"))


def server_moment__by_month(server_cost_per_month: USD_per_month) -> USD:
    """What is bought after the start of a year times the date of it, the share of the year that has passed.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * server_cost_per_month * ops.amount(1, "month")


def server_spending__as_given(server_order: USD) -> USD:
    """What the servers bought in a year cost.

    Assumes: each server at the price of its year.

    Source: definition.
    """
    return server_order


def server_spending__falling(
    server_order: USD, server_late: USD, refresh_price_factor: Ratio, refresh_price_within: Ratio
) -> USD:
    """What the servers bought in a year cost.

    Assumes: equal hardware gets cheaper by hardware_price_decay, evenly to the date of each purchase.

    Source: Cottier et al. 2024 (arXiv:2405.21015), fall of the price of computing hardware.
    """
    return server_order * refresh_price_factor + server_late - server_late / refresh_price_within


def refresh_price_factor__as_given(hours_per_month: Ratio) -> Ratio:
    """Price of servers at the start of a year over the price given for it.

    Assumes: each server at the price of its year.

    Source: definition.
    """
    return hours_per_month / hours_per_month


def refresh_price_factor__falling(hardware_price_factor: Ratio) -> Ratio:
    """Price of servers at the start of a year over the price given for it.

    Assumes: equal hardware gets cheaper by hardware_price_decay.

    Source: Cottier et al. 2024 (arXiv:2405.21015), fall of the price of computing hardware.
    """
    return hardware_price_factor


def refresh_price_within__as_given(hours_per_month: Ratio) -> Ratio:
    """Price of servers that are replaced within a year over that at its start.

    Assumes: the price of a year holds throughout it.

    Source: definition.
    """
    return hours_per_month / hours_per_month


def refresh_price_within__falling(
    server_need: Ratio, server_life: Years, hardware_depreciation_rate: Per_month
) -> Ratio:
    """Price of servers that are replaced within a year over that at its start.

    Assumes: equal hardware gets cheaper by hardware_price_decay, up to the date of the purchase.

    Source: Cottier et al. 2024 (arXiv:2405.21015), fall of the price of computing hardware.
    """
    date = ops.cohort_date(server_need, ops.number(server_life, "year"))
    return ops.exp(-ops.number(hardware_depreciation_rate, "1/year") * date)


# ---------------------------------------------------------------- network


def network_need__with_servers(servers: Servers) -> Ratio:
    """What is needed of the network in each year, as a pure number.

    Assumes: in proportion to the servers that it connects.

    Source: definition.
    """
    return ops.number(servers, "server")


def network_need__whole(network_capex: USD, server_need: Ratio) -> Ratio:
    """What is needed of the network in each year, as a pure number.

    Assumes: one amount for the whole cluster, from its first servers on.

    Source: definition.
    """
    return ops.where(server_need > 0, ops.number(network_capex, "USD"), 0)


def network_spending__bought(
    network_need: Ratio,
    network_life: Years,
    network_capex: USD,
    network_price_factor: Ratio,
    network_late: USD,
) -> USD:
    """What the network bought in a year costs.

    Assumes: bought when there is need of it, and again when its life ends.

    Source: definition; each purchase at the price of its date.
    """
    unit_price = network_capex / ops.where(network_need > 0, network_need, 1)
    life = ops.number(network_life, "year")
    begun = ops.cohort(network_need, life) - ops.cohort_within(network_need, life)
    return begun * unit_price * ops.if_included(network_price_factor, 1) + network_late


def network_spending__by_month(network_cost_per_month: USD_per_month) -> USD:
    """What the network bought in a year costs.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * network_cost_per_month * ops.amount(1, "month")


def network_rent__bought(network_capex: USD) -> USD_per_month:
    """Rent of the network for a month.

    Assumes: none, of what is bought.

    Source: definition.
    """
    return 0 * network_capex / ops.amount(1, "month")


def network_rent__by_month(network_cost_per_month: USD_per_month) -> USD_per_month:
    """Rent of the network for a month.

    Assumes: the cost of a month that is given.

    Source: definition.
    """
    return network_cost_per_month


def network_late__bought(
    network_need: Ratio,
    network_life: Years,
    network_capex: USD,
    network_price_factor: Ratio,
    network_price_within: Ratio,
) -> USD:
    """What is bought of network after the start of a year, where a life ends within it.

    Assumes: of what is bought, where a life ends within the year.

    Source: definition.
    """
    unit_price = network_capex / ops.where(network_need > 0, network_need, 1)
    late = ops.cohort_within(network_need, ops.number(network_life, "year")) * unit_price
    return late * ops.if_included(network_price_factor, 1) * ops.if_included(network_price_within, 1)


def network_late__by_month(network_cost_per_month: USD_per_month) -> USD:
    """What is bought of network after the start of a year, where a life ends within it.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * network_cost_per_month * ops.amount(1, "month")


def network_moment__bought(network_late: USD, network_need: Ratio, network_life: Years) -> USD:
    """What is bought after the start of a year times the date of it, the share of the year that has passed.

    Assumes: of what is bought, where a life ends within the year.

    Source: definition.
    """
    return network_late * ops.cohort_date(network_need, ops.number(network_life, "year"))


def network_moment__by_month(network_cost_per_month: USD_per_month) -> USD:
    """What is bought after the start of a year times the date of it, the share of the year that has passed.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * network_cost_per_month * ops.amount(1, "month")


# ---------------------------------------------------------------- worth


def server_late_worth(server_late: USD, server_moment: USD, plan_discount_rate: Per_year) -> USD:
    """What is bought of server after the start of a year, discounted from its date to that start.

    Source: definition.
    """
    date = server_moment / ops.where(server_late > 0, server_late, ops.amount(1, "USD"))
    return server_late * ops.compound(ops.number(plan_discount_rate, "1/year"), -date)


def network_late_worth(network_late: USD, network_moment: USD, plan_discount_rate: Per_year) -> USD:
    """What is bought of network after the start of a year, discounted from its date to that start.

    Source: definition.
    """
    date = network_moment / ops.where(network_late > 0, network_late, ops.amount(1, "USD"))
    return network_late * ops.compound(ops.number(plan_discount_rate, "1/year"), -date)
