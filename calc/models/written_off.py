"""Written off: what a month of use takes of the price of each part, at that of the moment or at the prices paid."""

from calc import ops
from calc.units.vocabulary import (
    USD,
    Orders_of_magnitude_per_year,
    Per_month,
    Per_year,
    Ratio,
    Share,
    USD_per_month,
    Years,
)


def hardware_age_factor__of_today(
    hardware_price_decay: Orders_of_magnitude_per_year, order_of_magnitude: Ratio, hardware_age: Years
) -> Ratio:
    """What hardware of its age is worth over its price when it was new.

    Assumes: all of it has that age.

    Source: Cottier et al. 2024 (arXiv:2405.21015), value of hardware as the price of equal new hardware falls.
    """
    years = ops.number(hardware_age, "year")
    return ops.power(order_of_magnitude, -ops.number(hardware_price_decay, "order_of_magnitude/year") * years)


def hardware_age_factor__as_paid(
    hardware_price_decay: Orders_of_magnitude_per_year, order_of_magnitude: Ratio, hardware_age: Years
) -> Ratio:
    """What hardware of its age is worth over its price when it was new.

    Assumes: what the plan begins with has that age; what is bought in later years is new.

    Source: Cottier et al. 2024 (arXiv:2405.21015), value of hardware as the price of equal new hardware falls.
    """
    years = ops.number(hardware_age, "year")
    aged = ops.power(order_of_magnitude, -ops.number(hardware_price_decay, "order_of_magnitude/year") * years)
    return ops.where(ops.cumulative(order_of_magnitude / order_of_magnitude) < 2, aged, 1)


def server_value__of_today(server_capex: USD, hardware_age_factor: Ratio) -> USD:
    """What the servers are worth at their age, as the price of equal hardware has fallen.

    Assumes: the price of the moment.

    Source: Cottier et al. 2024 (arXiv:2405.21015), value of hardware as the price of equal new hardware falls.
    """
    return server_capex * ops.if_included(hardware_age_factor, 1)


def server_value__as_paid(
    server_spending: USD,
    server_late: USD,
    server_need: Ratio,
    server_life: Years,
    hardware_age_factor: Ratio,
    hardware_depreciation_rate: Per_month,
) -> USD:
    """What the servers are worth at their age, as the price of equal hardware has fallen.

    Assumes: at the start of each year, of each purchase the price paid, at its age and while it serves.

    Source: Cottier et al. 2024 (arXiv:2405.21015), value of hardware as the price of equal new hardware falls.
    """
    life = ops.number(server_life, "year")
    fall = ops.number(hardware_depreciation_rate, "1/year")
    begun = (server_spending - server_late) * ops.if_included(hardware_age_factor, 1)
    late = ops.standing(server_late, ops.cohort_date(server_need, life), life, fall)
    return ops.standing(begun, 0, life, fall) + late


def server_cost_per_month__of_today(server_capex: USD, server_amortisation: Per_month) -> USD_per_month:
    """What a month of use takes of the price of the servers.

    Assumes: the price of the moment.

    Source: definition.
    """
    return server_capex * server_amortisation


def server_cost_per_month__as_paid(
    server_spending: USD,
    server_late: USD,
    server_need: Ratio,
    server_life: Years,
    server_amortisation: Per_month,
    hardware_value_fall: Ratio,
) -> USD_per_month:
    """What a month of use takes of the price of the servers.

    Assumes: each purchase at the price paid, over its own life.

    Source: definition.
    """
    life = ops.number(server_life, "year")
    early = ops.serving((server_spending - server_late) * server_amortisation, 0, life, hardware_value_fall)
    return early + ops.serving(
        server_late * server_amortisation, ops.cohort_date(server_need, life), life, hardware_value_fall
    )


def network_cost_per_month__of_today(network_capex: USD, network_amortisation: Per_month) -> USD_per_month:
    """What a month of use takes of the price of the network.

    Assumes: the price of the moment.

    Source: definition.
    """
    return network_capex * network_amortisation


def network_cost_per_month__as_paid(
    network_spending: USD,
    network_late: USD,
    network_need: Ratio,
    network_life: Years,
    network_amortisation: Per_month,
    hardware_value_fall: Ratio,
) -> USD_per_month:
    """What a month of use takes of the price of the network.

    Assumes: each purchase at the price paid, over its own life.

    Source: definition.
    """
    life = ops.number(network_life, "year")
    early = ops.serving((network_spending - network_late) * network_amortisation, 0, life, hardware_value_fall)
    return early + ops.serving(
        network_late * network_amortisation, ops.cohort_date(network_need, life), life, hardware_value_fall
    )


def storage_cost_per_month__of_today(storage_capex: USD, storage_amortisation: Per_month) -> USD_per_month:
    """What a month of use takes of the price of the storage.

    Assumes: the price of the moment.

    Source: definition.
    """
    return storage_capex * storage_amortisation


def storage_cost_per_month__as_paid(
    storage_spending: USD,
    storage_late: USD,
    storage_need: Ratio,
    storage_life: Years,
    storage_amortisation: Per_month,
    hardware_value_fall: Ratio,
) -> USD_per_month:
    """What a month of use takes of the price of the storage.

    Assumes: each purchase at the price paid, over its own life.

    Source: definition.
    """
    life = ops.number(storage_life, "year")
    early = ops.serving((storage_spending - storage_late) * storage_amortisation, 0, life, hardware_value_fall)
    return early + ops.serving(
        storage_late * storage_amortisation, ops.cohort_date(storage_need, life), life, hardware_value_fall
    )


def spares_cost_per_month__of_today(spares_capex: USD, setup_amortisation: Per_month) -> USD_per_month:
    """What a month of use takes of the price of the spares, which are used up over the life of the servers.

    Assumes: the price of the moment.

    Source: definition.
    """
    return spares_capex * setup_amortisation


def spares_cost_per_month__as_paid(
    spares_spending: USD, spares_late: USD, spares_need: Ratio, server_life: Years, setup_amortisation: Per_month
) -> USD_per_month:
    """What a month of use takes of the price of the spares, which are used up over the life of the servers.

    Assumes: each purchase at the price paid, over its own life.

    Source: definition.
    """
    life = ops.number(server_life, "year")
    early = ops.serving((spares_spending - spares_late) * setup_amortisation, 0, life, 0)
    date = ops.cohort_date(spares_need, life)
    return early + ops.serving(spares_late * setup_amortisation, date, life, 0)


def setup_cost_per_month__of_today(setup_cost: USD, setup_amortisation: Per_month) -> USD_per_month:
    """What a month of use takes of the cost of installing the servers, spread over their life; it cannot be resold.

    Assumes: the price of the moment.

    Source: definition.
    """
    return setup_cost * setup_amortisation


def setup_cost_per_month__as_paid(
    setup_spending: USD, setup_late: USD, setup_need: Ratio, server_life: Years, setup_amortisation: Per_month
) -> USD_per_month:
    """What a month of use takes of the cost of installing the servers, spread over their life; it cannot be resold.

    Assumes: each purchase at the price paid, over its own life.

    Source: definition.
    """
    life = ops.number(server_life, "year")
    early = ops.serving((setup_spending - setup_late) * setup_amortisation, 0, life, 0)
    date = ops.cohort_date(setup_need, life)
    return early + ops.serving(setup_late * setup_amortisation, date, life, 0)


def facility_cost_per_month__of_today(facility_capex: USD, facility_amortisation: Per_month) -> USD_per_month:
    """What a month of use takes of the cost of building the hall.

    Assumes: the price of the moment.

    Source: definition.
    """
    return facility_capex * facility_amortisation


def facility_cost_per_month__as_paid(
    hall_opened: USD,
    hall_opened_late: USD,
    hall_need: Ratio,
    facility_life: Years,
    facility_amortisation: Per_month,
) -> USD_per_month:
    """What a month of use takes of the cost of building the hall.

    Assumes: each purchase at the price paid, over its own life.

    Source: definition.
    """
    life = ops.number(facility_life, "year")
    early = ops.serving((hall_opened - hall_opened_late) * facility_amortisation, 0, life, 0)
    date = ops.cohort_date(hall_need, life)
    return early + ops.serving(hall_opened_late * facility_amortisation, date, life, 0)


def support_cost_per_month__of_today(server_capex: USD, support_rate: Per_year) -> USD_per_month:
    """Support contract of a month.

    Assumes: the price of the moment.

    Source: definition.
    """
    return server_capex * support_rate


def support_begun(server_spending: USD, server_late: USD, support_rate: Per_year, price_fall: Ratio) -> USD_per_month:
    """Support contract of the servers bought at the start of a year, in the money that was paid for them.

    Source: definition.
    """
    return ops.present((server_spending - server_late) * support_rate, 0, price_fall)


def support_late(
    server_late: USD, server_need: Ratio, server_life: Years, support_rate: Per_year, price_fall: Ratio
) -> USD_per_month:
    """Support contract of the servers bought after the start of a year, in the money that was paid for them.

    Source: definition.
    """
    return ops.present(
        server_late * support_rate, ops.cohort_date(server_need, ops.number(server_life, "year")), price_fall
    )


def support_cost_per_month__as_paid(
    support_begun: USD_per_month,
    support_late: USD_per_month,
    server_need: Ratio,
    server_life: Years,
    flow_timing: Ratio,
    price_rise: Per_year,
) -> USD_per_month:
    """Support contract of a month.

    Assumes: a share of what was paid for the servers in service, in the money of that date.

    Source: definition; a contract, at the prices of the plan.
    """
    life = ops.number(server_life, "year")
    rise = ops.number(price_rise, "1/year")
    early = ops.serving_present(support_begun, 0, life, flow_timing, rise)
    return early + ops.serving_present(support_late, ops.cohort_date(server_need, life), life, flow_timing, rise)


def server_share_sold__of_today(server_residual_share: Share, server_life: Years, price_rise: Per_year) -> Share:
    """Share of the price of the servers that a sale at the end of the life brings, so that the months do not bear it.

    Assumes: the residual share.

    Source: definition.
    """
    rise = ops.number(price_rise, "1/year")
    return server_residual_share * ops.compound(rise, -ops.number(server_life, "year"))


def server_share_sold__as_paid(
    server_residual_share: Share,
    server_spending: USD,
    server_paid_in_service: USD,
    server_life: Years,
    replaced_sold: Ratio,
    money_kept: Ratio,
    price_rise: Per_year,
) -> Share:
    """Share of the price of the servers that a sale at the end of the life brings, so that the months do not bear it.

    Assumes: the residual share, by year of purchase, of what is sold when the plan ends or when its life does.

    Source: definition.
    """
    served = server_paid_in_service / ops.where(server_spending > 0, server_spending, ops.amount(1, "USD"))
    sold = replaced_sold * ops.compound(ops.number(price_rise, "1/year"), -ops.number(server_life, "year"))
    return server_residual_share * (served * money_kept + (1 - served) * sold)


def network_share_sold__of_today(network_residual_share: Share, network_life: Years, price_rise: Per_year) -> Share:
    """Share of the price of the network that a sale at the end of the life brings, so that the months do not bear it.

    Assumes: the residual share.

    Source: definition.
    """
    rise = ops.number(price_rise, "1/year")
    return network_residual_share * ops.compound(rise, -ops.number(network_life, "year"))


def network_share_sold__as_paid(
    network_residual_share: Share,
    network_spending: USD,
    network_paid_in_service: USD,
    network_life: Years,
    replaced_sold: Ratio,
    money_kept: Ratio,
    price_rise: Per_year,
) -> Share:
    """Share of the price of the network that a sale at the end of the life brings, so that the months do not bear it.

    Assumes: the residual share, by year of purchase, of what is sold when the plan ends or when its life does.

    Source: definition.
    """
    served = network_paid_in_service / ops.where(network_spending > 0, network_spending, ops.amount(1, "USD"))
    sold = replaced_sold * ops.compound(ops.number(price_rise, "1/year"), -ops.number(network_life, "year"))
    return network_residual_share * (served * money_kept + (1 - served) * sold)


def storage_share_sold__of_today(storage_residual_share: Share, storage_life: Years, price_rise: Per_year) -> Share:
    """Share of the price of the storage that a sale at the end of the life brings, so that the months do not bear it.

    Assumes: the residual share.

    Source: definition.
    """
    rise = ops.number(price_rise, "1/year")
    return storage_residual_share * ops.compound(rise, -ops.number(storage_life, "year"))


def storage_share_sold__as_paid(
    storage_residual_share: Share,
    storage_spending: USD,
    storage_paid_in_service: USD,
    storage_life: Years,
    replaced_sold: Ratio,
    money_kept: Ratio,
    price_rise: Per_year,
) -> Share:
    """Share of the price of the storage that a sale at the end of the life brings, so that the months do not bear it.

    Assumes: the residual share, by year of purchase, of what is sold when the plan ends or when its life does.

    Source: definition.
    """
    served = storage_paid_in_service / ops.where(storage_spending > 0, storage_spending, ops.amount(1, "USD"))
    sold = replaced_sold * ops.compound(ops.number(price_rise, "1/year"), -ops.number(storage_life, "year"))
    return storage_residual_share * (served * money_kept + (1 - served) * sold)
