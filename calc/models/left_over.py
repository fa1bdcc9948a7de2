"""What is left: residuals and book values of what was paid, received at the end of a plan.

They are shares of what was paid, in the money of its date; where the prices of the plan are real, what is received is
brought to these.
"""

from calc import ops
from calc.units.vocabulary import USD, Per_year, Ratio, Share, USD_per_month, Years


def money_kept(years_left: Ratio, left_timing: Ratio, price_fall: Ratio) -> Ratio:
    """What money that was fixed at the start of each year is worth at the prices of the plan when it ends.

    Source: definition; the level of prices then over that at the end of the plan.
    """
    last = ops.where(2 * years_left < 1, 1, 0)
    end = ops.total(ops.present(last, left_timing, price_fall))
    return ops.present(1, 0, price_fall) / ops.where(end > 0, end, 1)


def server_paid_in_service(
    server_spending: USD, server_late: USD, server_need: Ratio, server_life: Years, years_left: Ratio
) -> USD:
    """What was paid, by year, for the servers that still serve when the plan ends.

    Source: definition.
    """
    life = ops.number(server_life, "year")
    to_come = life - years_left
    early = ops.where(ops.floor(to_come) >= 1, server_spending - server_late, 0)
    late = ops.where(ops.floor(to_come + ops.cohort_date(server_need, life)) >= 1, server_late, 0)
    return early + late


def network_paid_in_service(
    network_spending: USD, network_late: USD, network_need: Ratio, network_life: Years, years_left: Ratio
) -> USD:
    """What was paid, by year, for the network that still serves when the plan ends.

    Source: definition.
    """
    life = ops.number(network_life, "year")
    to_come = life - years_left
    early = ops.where(ops.floor(to_come) >= 1, network_spending - network_late, 0)
    late = ops.where(ops.floor(to_come + ops.cohort_date(network_need, life)) >= 1, network_late, 0)
    return early + late


def storage_paid_in_service(
    storage_spending: USD, storage_late: USD, storage_need: Ratio, storage_life: Years, years_left: Ratio
) -> USD:
    """What was paid, by year, for the storage that still serves when the plan ends.

    Source: definition.
    """
    life = ops.number(storage_life, "year")
    to_come = life - years_left
    early = ops.where(ops.floor(to_come) >= 1, storage_spending - storage_late, 0)
    late = ops.where(ops.floor(to_come + ops.cohort_date(storage_need, life)) >= 1, storage_late, 0)
    return early + late


def server_sale_begun(server_spending: USD, server_late: USD, server_residual_share: Share, price_fall: Ratio) -> USD:
    """Price of the sale of the server bought at the start of a year, in the money that was paid for it.

    Source: definition; a share of what was paid.
    """
    return ops.present((server_spending - server_late) * server_residual_share, 0, price_fall)


def server_sale_late(
    server_late: USD, server_need: Ratio, server_life: Years, server_residual_share: Share, price_fall: Ratio
) -> USD:
    """Price of the sale of the server bought after the start of a year, in the money that was paid for it.

    Source: definition; a share of what was paid.
    """
    date = ops.cohort_date(server_need, ops.number(server_life, "year"))
    return ops.present(server_late * server_residual_share, date, price_fall)


def server_residual_value__of_today(server_capex: USD, server_residual_share: Share) -> USD:
    """What the sale of the servers brings.

    Assumes: the price of the moment.

    Source: definition.
    """
    return server_capex * server_residual_share


def server_residual_value__as_paid(
    server_sale_begun: USD, server_sale_late: USD, server_need: Ratio, server_life: Years, years_left: Ratio
) -> USD:
    """What the sale of the servers brings.

    Assumes: what was paid for those that serve when the plan ends.

    Source: definition.
    """
    life = ops.number(server_life, "year")
    to_come = life - years_left
    early = server_sale_begun * ops.where(ops.floor(to_come) >= 1, 1, 0)
    late = ops.floor(to_come + ops.cohort_date(server_need, life))
    return ops.total(early + server_sale_late * ops.where(late >= 1, 1, 0))


def network_sale_begun(
    network_spending: USD, network_late: USD, network_residual_share: Share, price_fall: Ratio
) -> USD:
    """Price of the sale of the network bought at the start of a year, in the money that was paid for it.

    Source: definition; a share of what was paid.
    """
    return ops.present((network_spending - network_late) * network_residual_share, 0, price_fall)


def network_sale_late(
    network_late: USD, network_need: Ratio, network_life: Years, network_residual_share: Share, price_fall: Ratio
) -> USD:
    """Price of the sale of the network bought after the start of a year, in the money that was paid for it.

    Source: definition; a share of what was paid.
    """
    date = ops.cohort_date(network_need, ops.number(network_life, "year"))
    return ops.present(network_late * network_residual_share, date, price_fall)


def network_residual_value(
    network_sale_begun: USD, network_sale_late: USD, network_need: Ratio, network_life: Years, years_left: Ratio
) -> USD:
    """What the sale of the network brings when the plan ends.

    Source: definition.
    """
    life = ops.number(network_life, "year")
    to_come = life - years_left
    early = network_sale_begun * ops.where(ops.floor(to_come) >= 1, 1, 0)
    late = ops.floor(to_come + ops.cohort_date(network_need, life))
    return ops.total(early + network_sale_late * ops.where(late >= 1, 1, 0))


def storage_sale_begun(
    storage_spending: USD, storage_late: USD, storage_residual_share: Share, price_fall: Ratio
) -> USD:
    """Price of the sale of the storage bought at the start of a year, in the money that was paid for it.

    Source: definition; a share of what was paid.
    """
    return ops.present((storage_spending - storage_late) * storage_residual_share, 0, price_fall)


def storage_sale_late(
    storage_late: USD, storage_need: Ratio, storage_life: Years, storage_residual_share: Share, price_fall: Ratio
) -> USD:
    """Price of the sale of the storage bought after the start of a year, in the money that was paid for it.

    Source: definition; a share of what was paid.
    """
    date = ops.cohort_date(storage_need, ops.number(storage_life, "year"))
    return ops.present(storage_late * storage_residual_share, date, price_fall)


def storage_residual_value(
    storage_sale_begun: USD, storage_sale_late: USD, storage_need: Ratio, storage_life: Years, years_left: Ratio
) -> USD:
    """What the sale of the storage brings when the plan ends.

    Source: definition.
    """
    life = ops.number(storage_life, "year")
    to_come = life - years_left
    early = storage_sale_begun * ops.where(ops.floor(to_come) >= 1, 1, 0)
    late = ops.floor(to_come + ops.cohort_date(storage_need, life))
    return ops.total(early + storage_sale_late * ops.where(late >= 1, 1, 0))


def server_begun_left(server_life: Years, server_residual_share: Share, years_left: Ratio) -> Ratio:
    """Part left at the end of the plan of the price of servers bought at the start of a year, 0 once replaced.

    Source: definition; a straight line down to the residual share where that is included.
    """
    life = ops.number(server_life, "year")
    falls = 1 - ops.if_included(server_residual_share, 0)
    return ops.where(ops.floor(life - years_left) >= 1, 1 - falls * (years_left + 1) / life, 0)


def server_late_left(server_need: Ratio, server_life: Years, server_residual_share: Share, years_left: Ratio) -> Ratio:
    """Part left at the end of the plan of the price of servers bought after the start of a year, 0 once replaced.

    Source: definition; a straight line down to the residual share where that is included.
    """
    life = ops.number(server_life, "year")
    falls = 1 - ops.if_included(server_residual_share, 0)
    age = years_left + 1 - ops.cohort_date(server_need, life)
    return ops.where(ops.floor(life - age + 1) >= 1, 1 - falls * age / life, 0)


def server_book_value__bought(
    server_spending: USD,
    server_late: USD,
    server_need: Ratio,
    server_life: Years,
    server_begun_left: Ratio,
    server_late_left: Ratio,
    price_fall: Ratio,
) -> USD:
    """What straight-line depreciation has left of the servers when the plan ends.

    Assumes: each purchase over its own life, down to its residual share.

    Source: definition.
    """
    early = ops.present((server_spending - server_late) * server_begun_left, 0, price_fall)
    date = ops.cohort_date(server_need, ops.number(server_life, "year"))
    return ops.total(early + ops.present(server_late * server_late_left, date, price_fall))


def server_book_value__by_month(server_cost_per_month: USD_per_month) -> USD:
    """What straight-line depreciation has left of the servers when the plan ends.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * ops.total(server_cost_per_month * ops.amount(1, "month"))


def network_begun_left(network_life: Years, network_residual_share: Share, years_left: Ratio) -> Ratio:
    """Part left at the end of the plan of the price of network bought at the start of a year, 0 once replaced.

    Source: definition; a straight line down to the residual share where that is included.
    """
    life = ops.number(network_life, "year")
    falls = 1 - ops.if_included(network_residual_share, 0)
    return ops.where(ops.floor(life - years_left) >= 1, 1 - falls * (years_left + 1) / life, 0)


def network_late_left(
    network_need: Ratio, network_life: Years, network_residual_share: Share, years_left: Ratio
) -> Ratio:
    """Part left at the end of the plan of the price of network bought after the start of a year, 0 once replaced.

    Source: definition; a straight line down to the residual share where that is included.
    """
    life = ops.number(network_life, "year")
    falls = 1 - ops.if_included(network_residual_share, 0)
    age = years_left + 1 - ops.cohort_date(network_need, life)
    return ops.where(ops.floor(life - age + 1) >= 1, 1 - falls * age / life, 0)


def network_book_value__bought(
    network_spending: USD,
    network_late: USD,
    network_need: Ratio,
    network_life: Years,
    network_begun_left: Ratio,
    network_late_left: Ratio,
    price_fall: Ratio,
) -> USD:
    """What straight-line depreciation has left of the network when the plan ends.

    Assumes: each purchase over its own life, down to its residual share.

    Source: definition.
    """
    early = ops.present((network_spending - network_late) * network_begun_left, 0, price_fall)
    date = ops.cohort_date(network_need, ops.number(network_life, "year"))
    return ops.total(early + ops.present(network_late * network_late_left, date, price_fall))


def network_book_value__by_month(network_cost_per_month: USD_per_month) -> USD:
    """What straight-line depreciation has left of the network when the plan ends.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * ops.total(network_cost_per_month * ops.amount(1, "month"))


def site_book_value__own_hall(hall_book_value: USD) -> USD:
    """What is left when the plan ends of what the place in which owned servers stand has cost.

    Assumes: a hall of one's own.

    Source: definition.
    """
    return hall_book_value


def hall_book_value__built(
    hall_opened: USD,
    hall_opened_late: USD,
    hall_need: Ratio,
    facility_life: Years,
    years_left: Ratio,
    price_fall: Ratio,
) -> USD:
    """What straight-line depreciation has left of a hall of one's own when the plan ends.

    Assumes: each part over its own life, from its opening.

    Source: definition.
    """
    life = ops.number(facility_life, "year")
    early = (hall_opened - hall_opened_late) * ops.maximum(0, 1 - (years_left + 1) / life)
    date = ops.cohort_date(hall_need, life)
    late = hall_opened_late * ops.maximum(0, 1 - (years_left + 1 - date) / life)
    return ops.total(ops.present(early, 0, price_fall) + ops.present(late, date, price_fall))


def hall_book_value__by_month(facility_cost_per_month: USD_per_month) -> USD:
    """What straight-line depreciation has left of a hall of one's own when the plan ends.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * ops.total(facility_cost_per_month * ops.amount(1, "month"))


def site_book_value__colocation(colocation_fee_per_month: USD_per_month) -> USD:
    """What is left when the plan ends of what the place in which owned servers stand has cost.

    Assumes: nothing, of a rent.

    Source: definition.
    """
    return 0 * ops.total(colocation_fee_per_month * ops.amount(1, "month"))


def hosting_book_value__by_site(site_book_value: USD) -> USD:
    """What is left when the plan ends of what hosting has cost.

    Assumes: as the site has it.

    Source: definition.
    """
    return site_book_value


def hosting_book_value__by_month(hosting_cost_per_month: USD_per_month) -> USD:
    """What is left when the plan ends of what hosting has cost.

    Assumes: nothing, the cost of a month is given.

    Source: definition.
    """
    return 0 * ops.total(hosting_cost_per_month * ops.amount(1, "month"))


def residual_value(server_residual_value: USD, network_residual_value: USD, storage_residual_value: USD) -> USD:
    """What the sale of the hardware that still serves brings when the plan ends, in the money that was paid for it.

    Source: definition; as far as residual shares are included.
    """
    both = network_residual_value + storage_residual_value
    beside = ops.if_included(both, ops.maximum(network_residual_value, storage_residual_value))
    return ops.if_included(server_residual_value + beside, ops.maximum(server_residual_value, beside))


def residual_received__residual_share(
    residual_value: USD, years_left: Ratio, left_timing: Ratio, price_rise: Per_year
) -> USD:
    """What is left at the end of the plan, received at the end of its last year.

    Label: residual value.

    Assumes: what still serves is sold for a share of what was paid for it.

    Source: definition.
    """
    rise = ops.number(price_rise, "1/year")
    return ops.present(residual_value * ops.where(2 * years_left < 1, 1, 0), left_timing, rise)


def residual_received__book_value(
    server_book_value: USD,
    network_book_value: USD,
    hosting_book_value: USD,
    years_left: Ratio,
    left_timing: Ratio,
    price_rise: Per_year,
) -> USD:
    """What is left at the end of the plan, received at the end of its last year.

    Assumes: everything is worth what straight-line depreciation has left of it; storage and spares nothing.

    Source: definition.
    """
    left = server_book_value + ops.if_included(network_book_value, 0) + hosting_book_value
    rise = ops.number(price_rise, "1/year")
    return ops.present(left * ops.where(2 * years_left < 1, 1, 0), left_timing, rise)
