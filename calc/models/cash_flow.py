"""Cash flow: owning and renting over the years of a plan, their net present value, internal rate and payback.

What is spent in a year counts at its beginning: the first year is not discounted. Money that goes out is negative.
"""

from calc import ops
from calc.declarations import Choice
from calc.units.vocabulary import (
    USD,
    Gpu_hours_per_month,
    Orders_of_magnitude_per_year,
    Per_year,
    Ratio,
    Servers,
    USD_per_gpu_hour,
    USD_per_month,
    Years,
    kW,
)

refresh_price = Choice(
    "Price of servers that are bought in later years",
    {"as_given": "server_price, which may be given by year", "falling": "falls by hardware_price_decay each year"},
    binds=("server_spending",),
)
plan_end = Choice(
    "What is left when the plan ends",
    {
        "residual_share": "server_residual_share of the price of the servers, and nothing of the rest",
        "book_value": "what straight-line depreciation has left of servers, network and hall",
    },
    binds=("residual_received",),
)


def years_left(server_life: Years) -> Ratio:
    """Years of the plan that are still to come.

    Source: definition; over n years a constant totals to n times itself, whichever constant that is.
    """
    return (ops.total(server_life) - ops.cumulative(server_life)) / server_life


def server_purchases(servers: Servers, server_life: Years) -> Servers:
    """Servers bought in each year: for growth, and for those whose life has ended.

    Source: definition.
    """
    return ops.cohort(servers, ops.number(server_life, "year"))


def server_spending__as_given(server_purchases: Servers, server_capex: USD, servers: Servers) -> USD:
    """What the servers bought in a year cost.

    Assumes: each server at the price of its year.

    Source: definition.
    """
    return server_purchases * (server_capex / servers)


def server_spending__falling(
    server_purchases: Servers,
    server_capex: USD,
    servers: Servers,
    hardware_price_decay: Orders_of_magnitude_per_year,
    order_of_magnitude: Ratio,
) -> USD:
    """What the servers bought in a year cost.

    Assumes: equal hardware gets cheaper each year by hardware_price_decay.

    Source: Cottier et al. 2024 (arXiv:2405.21015), fall of the price of computing hardware.
    """
    yearly_factor = ops.power(order_of_magnitude, -ops.number(hardware_price_decay, "order_of_magnitude/year"))
    return server_purchases * ops.grow(server_capex / servers, yearly_factor - 1)


def network_spending(servers: Servers, network_life: Years, network_capex: USD) -> USD:
    """What the network bought in a year costs: for growth, and for what has ended its life.

    Source: definition; network is bought in proportion to the servers that it connects.
    """
    return ops.cohort(servers, ops.number(network_life, "year")) * (network_capex / servers)


def storage_spending(server_purchases: Servers, storage_capex: USD, servers: Servers) -> USD:
    """What the storage bought in a year costs; it is replaced with the servers.

    Source: definition.
    """
    return server_purchases * (storage_capex / servers)


def spares_spending(server_purchases: Servers, spares_capex: USD, servers: Servers) -> USD:
    """What the spares bought in a year cost; they are replaced with the servers.

    Source: definition.
    """
    return server_purchases * (spares_capex / servers)


def setup_spending(server_purchases: Servers, setup_cost: USD, servers: Servers) -> USD:
    """What it costs in a year to install the servers that were bought.

    Source: definition.
    """
    return server_purchases * (setup_cost / servers)


def capital_spending(
    server_spending: USD, network_spending: USD, storage_spending: USD, spares_spending: USD, setup_spending: USD
) -> USD:
    """What the hardware bought in a year costs, with the lines that are included.

    Source: definition.
    """
    beside_network = ops.if_included(storage_spending, 0) + ops.if_included(spares_spending, 0)
    return server_spending + ops.if_included(network_spending, 0) + beside_network + ops.if_included(setup_spending, 0)


def hosting_spending__own_hall(it_power: kW, facility_life: Years, facility_capex: USD) -> USD:
    """What the place in which owned servers stand costs in a year, electricity not in it.

    Assumes: a hall of one's own, paid in the year in which it is built.

    Source: definition; the hall is built in proportion to the power of the IT.
    """
    return ops.cohort(it_power, ops.number(facility_life, "year")) * (facility_capex / it_power)


def hosting_spending__colocation(colocation_fee_per_month: USD_per_month) -> USD:
    """What the place in which owned servers stand costs in a year, electricity not in it.

    Assumes: a rented hall.

    Source: definition.
    """
    return colocation_fee_per_month * ops.amount(1, "year")


def running_spending(running_cost_per_month: USD_per_month) -> USD:
    """What power, staff, support and carbon cost in a year.

    Source: definition.
    """
    return running_cost_per_month * ops.amount(1, "year")


def server_book_value(server_spending: USD, years_left: Ratio, server_life: Years) -> USD:
    """What straight-line depreciation has left of the servers when the plan ends.

    Source: definition.
    """
    left = ops.maximum(0, 1 - (years_left + 1) / ops.number(server_life, "year"))
    return ops.total(server_spending * left)


def network_book_value(network_spending: USD, years_left: Ratio, network_life: Years) -> USD:
    """What straight-line depreciation has left of the network when the plan ends.

    Source: definition.
    """
    left = ops.maximum(0, 1 - (years_left + 1) / ops.number(network_life, "year"))
    return ops.total(network_spending * left)


def hosting_book_value__own_hall(hosting_spending: USD, years_left: Ratio, facility_life: Years) -> USD:
    """What is left when the plan ends of what hosting has cost.

    Assumes: straight-line depreciation of a hall of one's own.

    Source: definition.
    """
    left = ops.maximum(0, 1 - (years_left + 1) / ops.number(facility_life, "year"))
    return ops.total(hosting_spending * left)


def hosting_book_value__colocation(hosting_spending: USD) -> USD:
    """What is left when the plan ends of what hosting has cost.

    Assumes: nothing, of a rent.

    Source: definition.
    """
    return 0 * ops.total(hosting_spending)


def residual_received__residual_share(server_residual_value: USD, years_left: Ratio) -> USD:
    """What is left at the end of the plan, received in its last year.

    Assumes: servers are sold for a share of their price.

    Source: definition.
    """
    return ops.where(2 * years_left < 1, server_residual_value, 0)


def residual_received__book_value(
    server_book_value: USD, network_book_value: USD, hosting_book_value: USD, years_left: Ratio
) -> USD:
    """What is left at the end of the plan, received in its last year.

    Assumes: everything is worth what straight-line depreciation has left of it; storage and spares nothing.

    Source: definition.
    """
    left = server_book_value + ops.if_included(network_book_value, 0) + hosting_book_value
    return ops.where(2 * years_left < 1, left, 0)


def owning_cash_flow(
    capital_spending: USD, hosting_spending: USD, running_spending: USD, residual_received: USD
) -> USD:
    """Money that owning the cluster brings in a year; what goes out is negative.

    Source: definition.
    """
    return ops.if_included(residual_received, 0) - capital_spending - hosting_spending - running_spending


def renting_cash_flow(renting_cost_per_month: USD_per_month) -> USD:
    """Money that renting as many GPUs brings in a year; what goes out is negative.

    Source: definition.
    """
    return -renting_cost_per_month * ops.amount(1, "year")


def owning_against_renting_cash_flow(owning_cash_flow: USD, renting_cash_flow: USD) -> USD:
    """Money that owning brings in a year beyond renting: spent at first, saved rent later.

    Source: definition.
    """
    return owning_cash_flow - renting_cash_flow


def owning_npv(owning_cash_flow: USD, discount_rate: Per_year) -> USD:
    """Net present value of owning over the plan.

    Source: definition.
    """
    return ops.total(ops.discounted(owning_cash_flow, ops.number(discount_rate, "1/year")))


def renting_npv(renting_cash_flow: USD, discount_rate: Per_year) -> USD:
    """Net present value of renting over the plan.

    Source: definition.
    """
    return ops.total(ops.discounted(renting_cash_flow, ops.number(discount_rate, "1/year")))


def owning_against_renting_npv(owning_npv: USD, renting_npv: USD) -> USD:
    """Net present value of owning beyond that of renting; above 0 owning is the better investment.

    Source: definition.
    """
    return owning_npv - renting_npv


def owning_internal_rate(owning_against_renting_cash_flow: USD) -> Per_year:
    """Internal rate of return of owning against renting.

    Source: definition; the discount rate at which both have one net present value.
    """
    return ops.amount(ops.internal_rate(owning_against_renting_cash_flow), "1/year")


def owning_payback(owning_against_renting_cash_flow: USD) -> Years:
    """Time until the rent saved has paid for what owning costs at first, without interest.

    Source: definition.
    """
    return ops.amount(ops.payback(owning_against_renting_cash_flow), "year")


def owning_levelised_cost_per_gpu_hour(
    owning_npv: USD, gpu_hours_per_month: Gpu_hours_per_month, discount_rate: Per_year
) -> USD_per_gpu_hour:
    """Price of a GPU-hour at which owning over the plan has a net present value of 0.

    Source: definition; levelised cost, present value of cost over that of output.
    """
    hours = ops.discounted(gpu_hours_per_month * ops.amount(1, "year"), ops.number(discount_rate, "1/year"))
    return -owning_npv / ops.total(hours)


def renting_levelised_cost_per_gpu_hour(
    renting_npv: USD, gpu_hours_per_month: Gpu_hours_per_month, discount_rate: Per_year
) -> USD_per_gpu_hour:
    """Price of a GPU-hour at which renting over the plan has a net present value of 0.

    Source: definition; levelised cost, present value of cost over that of output.
    """
    hours = ops.discounted(gpu_hours_per_month * ops.amount(1, "year"), ops.number(discount_rate, "1/year"))
    return -renting_npv / ops.total(hours)
