"""Resale: what is replaced within a plan is sold when its life ends, or brings nothing, in months and years alike."""

from calc import ops
from calc.declarations import Choice
from calc.units.vocabulary import USD, Per_year, Ratio, Share, USD_per_month, Years

replaced = Choice(
    "What servers, network and storage bring that are replaced within a plan",
    {
        "nothing": "nothing, so that the months bear their whole price; what serves when the plan ends is sold",
        "sold": "their residual share, when their life ends",
    },
    binds=("replaced_sold",),
)


def replaced_sold__nothing(hours_per_month: Ratio) -> Ratio:
    """Part of the residual share that is brought by what is replaced within a plan.

    Assumes: none.

    Source: convention; what has served its life is written off.
    """
    return 0 * hours_per_month


def replaced_sold__sold(hours_per_month: Ratio) -> Ratio:
    """Part of the residual share that is brought by what is replaced within a plan.

    Assumes: all of it.

    Source: definition.
    """
    return hours_per_month / hours_per_month


# ---------------------------------------------------------------- servers


def server_resale_begun(server_sale_begun: USD, server_life: Years, replaced_sold: Ratio, price_rise: Per_year) -> USD:
    """What the servers bring in a year that was bought at the start of an earlier one and is replaced in the plan.

    Source: definition; a share of what was paid for it, at the prices of the plan.
    """
    life = ops.number(server_life, "year")
    sold = ops.later(server_sale_begun, 0, life)
    date = ops.later_date(server_sale_begun, 0, life)
    return ops.present(sold, date, ops.number(price_rise, "1/year")) * replaced_sold


def server_resale_within(
    server_sale_late: USD, server_need: Ratio, server_life: Years, replaced_sold: Ratio, price_rise: Per_year
) -> USD:
    """What the servers bring in a year that was bought after the start of an earlier one and is replaced in the plan.

    Source: definition; a share of what was paid for it, at the prices of the plan.
    """
    life = ops.number(server_life, "year")
    date = ops.cohort_date(server_need, life)
    sold = ops.later(server_sale_late, date, life)
    sold_date = ops.later_date(server_sale_late, date, life)
    return ops.present(sold, sold_date, ops.number(price_rise, "1/year")) * replaced_sold


def server_resale(server_resale_begun: USD, server_resale_within: USD) -> USD:
    """What the servers bring in a year whose life ends within the plan.

    Source: definition; a share of what was paid for it.
    """
    return server_resale_begun + server_resale_within


def server_resale_late(
    server_resale_begun: USD,
    server_resale_within: USD,
    server_sale_begun: USD,
    server_sale_late: USD,
    server_need: Ratio,
    server_life: Years,
) -> USD:
    """What the servers bring after the start of a year because a life ends within it.

    Source: definition.
    """
    life = ops.number(server_life, "year")
    early = ops.where(ops.later_date(server_sale_begun, 0, life) > 0, server_resale_begun, 0)
    date = ops.later_date(server_sale_late, ops.cohort_date(server_need, life), life)
    return early + ops.where(date > 0, server_resale_within, 0)


def server_resale_moment(
    server_resale_begun: USD,
    server_resale_within: USD,
    server_sale_begun: USD,
    server_sale_late: USD,
    server_need: Ratio,
    server_life: Years,
) -> USD:
    """What the servers bring after the start of a year, times its date as a share of the year.

    Source: definition.
    """
    life = ops.number(server_life, "year")
    date = ops.later_date(server_sale_late, ops.cohort_date(server_need, life), life)
    return server_resale_begun * ops.later_date(server_sale_begun, 0, life) + server_resale_within * date


# ---------------------------------------------------------------- network


def network_resale_begun(
    network_sale_begun: USD, network_life: Years, replaced_sold: Ratio, price_rise: Per_year
) -> USD:
    """What the network brings in a year that was bought at the start of an earlier one and is replaced in the plan.

    Source: definition; a share of what was paid for it, at the prices of the plan.
    """
    life = ops.number(network_life, "year")
    sold = ops.later(network_sale_begun, 0, life)
    date = ops.later_date(network_sale_begun, 0, life)
    return ops.present(sold, date, ops.number(price_rise, "1/year")) * replaced_sold


def network_resale_within(
    network_sale_late: USD, network_need: Ratio, network_life: Years, replaced_sold: Ratio, price_rise: Per_year
) -> USD:
    """What the network brings in a year that was bought after the start of an earlier one and is replaced in the plan.

    Source: definition; a share of what was paid for it, at the prices of the plan.
    """
    life = ops.number(network_life, "year")
    date = ops.cohort_date(network_need, life)
    sold = ops.later(network_sale_late, date, life)
    sold_date = ops.later_date(network_sale_late, date, life)
    return ops.present(sold, sold_date, ops.number(price_rise, "1/year")) * replaced_sold


def network_resale(network_resale_begun: USD, network_resale_within: USD) -> USD:
    """What the network brings in a year whose life ends within the plan.

    Source: definition; a share of what was paid for it.
    """
    return network_resale_begun + network_resale_within


def network_resale_late(
    network_resale_begun: USD,
    network_resale_within: USD,
    network_sale_begun: USD,
    network_sale_late: USD,
    network_need: Ratio,
    network_life: Years,
) -> USD:
    """What the network brings after the start of a year because a life ends within it.

    Source: definition.
    """
    life = ops.number(network_life, "year")
    early = ops.where(ops.later_date(network_sale_begun, 0, life) > 0, network_resale_begun, 0)
    date = ops.later_date(network_sale_late, ops.cohort_date(network_need, life), life)
    return early + ops.where(date > 0, network_resale_within, 0)


def network_resale_moment(
    network_resale_begun: USD,
    network_resale_within: USD,
    network_sale_begun: USD,
    network_sale_late: USD,
    network_need: Ratio,
    network_life: Years,
) -> USD:
    """What the network brings after the start of a year, times its date as a share of the year.

    Source: definition.
    """
    life = ops.number(network_life, "year")
    date = ops.later_date(network_sale_late, ops.cohort_date(network_need, life), life)
    return network_resale_begun * ops.later_date(network_sale_begun, 0, life) + network_resale_within * date


# ---------------------------------------------------------------- storage


def storage_resale_begun(
    storage_sale_begun: USD, storage_life: Years, replaced_sold: Ratio, price_rise: Per_year
) -> USD:
    """What the storage brings in a year that was bought at the start of an earlier one and is replaced in the plan.

    Source: definition; a share of what was paid for it, at the prices of the plan.
    """
    life = ops.number(storage_life, "year")
    sold = ops.later(storage_sale_begun, 0, life)
    date = ops.later_date(storage_sale_begun, 0, life)
    return ops.present(sold, date, ops.number(price_rise, "1/year")) * replaced_sold


def storage_resale_within(
    storage_sale_late: USD, storage_need: Ratio, storage_life: Years, replaced_sold: Ratio, price_rise: Per_year
) -> USD:
    """What the storage brings in a year that was bought after the start of an earlier one and is replaced in the plan.

    Source: definition; a share of what was paid for it, at the prices of the plan.
    """
    life = ops.number(storage_life, "year")
    date = ops.cohort_date(storage_need, life)
    sold = ops.later(storage_sale_late, date, life)
    sold_date = ops.later_date(storage_sale_late, date, life)
    return ops.present(sold, sold_date, ops.number(price_rise, "1/year")) * replaced_sold


def storage_resale(storage_resale_begun: USD, storage_resale_within: USD) -> USD:
    """What the storage brings in a year whose life ends within the plan.

    Source: definition; a share of what was paid for it.
    """
    return storage_resale_begun + storage_resale_within


def storage_resale_late(
    storage_resale_begun: USD,
    storage_resale_within: USD,
    storage_sale_begun: USD,
    storage_sale_late: USD,
    storage_need: Ratio,
    storage_life: Years,
) -> USD:
    """What the storage brings after the start of a year because a life ends within it.

    Source: definition.
    """
    life = ops.number(storage_life, "year")
    early = ops.where(ops.later_date(storage_sale_begun, 0, life) > 0, storage_resale_begun, 0)
    date = ops.later_date(storage_sale_late, ops.cohort_date(storage_need, life), life)
    return early + ops.where(date > 0, storage_resale_within, 0)


def storage_resale_moment(
    storage_resale_begun: USD,
    storage_resale_within: USD,
    storage_sale_begun: USD,
    storage_sale_late: USD,
    storage_need: Ratio,
    storage_life: Years,
) -> USD:
    """What the storage brings after the start of a year, times its date as a share of the year.

    Source: definition.
    """
    life = ops.number(storage_life, "year")
    date = ops.later_date(storage_sale_late, ops.cohort_date(storage_need, life), life)
    return storage_resale_begun * ops.later_date(storage_sale_begun, 0, life) + storage_resale_within * date


# ---------------------------------------------------------------- all


def capital_resale__by_line(server_resale: USD, network_resale: USD, storage_resale: USD) -> USD:
    """What the hardware brings in a year that is replaced within the plan, as far as residual shares are included.

    Assumes: line by line.

    Source: definition.
    """
    beside = ops.if_included(network_resale + storage_resale, ops.maximum(network_resale, storage_resale))
    return ops.if_included(server_resale + beside, ops.maximum(server_resale, beside))


def capital_resale__by_month(hardware_cost_per_month: USD_per_month) -> USD:
    """What the hardware brings in a year that is replaced within the plan, as far as residual shares are included.

    Assumes: nothing is sold, of what is rented by the month.

    Source: definition.
    """
    return 0 * hardware_cost_per_month * ops.amount(1, "month")


def capital_resale_late__by_line(server_resale_late: USD, network_resale_late: USD, storage_resale_late: USD) -> USD:
    """Of what the hardware brings in a year, what it brings after its start, where a life ends within it.

    Assumes: line by line.

    Source: definition.
    """
    beside = ops.if_included(
        network_resale_late + storage_resale_late, ops.maximum(network_resale_late, storage_resale_late)
    )
    return ops.if_included(server_resale_late + beside, ops.maximum(server_resale_late, beside))


def capital_resale_late__by_month(hardware_cost_per_month: USD_per_month) -> USD:
    """Of what the hardware brings in a year, what it brings after its start, where a life ends within it.

    Assumes: nothing is sold, of what is rented by the month.

    Source: definition.
    """
    return 0 * hardware_cost_per_month * ops.amount(1, "month")


def capital_resale_moment__by_line(
    server_resale_moment: USD, network_resale_moment: USD, storage_resale_moment: USD
) -> USD:
    """What the hardware brings after the start of a year, times its date as a share of the year.

    Assumes: line by line.

    Source: definition.
    """
    beside = ops.if_included(
        network_resale_moment + storage_resale_moment, ops.maximum(network_resale_moment, storage_resale_moment)
    )
    return ops.if_included(server_resale_moment + beside, ops.maximum(server_resale_moment, beside))


def capital_resale_moment__by_month(hardware_cost_per_month: USD_per_month) -> USD:
    """What the hardware brings after the start of a year, times its date as a share of the year.

    Assumes: nothing is sold, of what is rented by the month.

    Source: definition.
    """
    return 0 * hardware_cost_per_month * ops.amount(1, "month")


def server_resale_worth(server_resale_late: USD, server_resale_moment: USD, plan_discount_rate: Per_year) -> USD:
    """What the servers bring after the start of a year, discounted from its date to that start.

    Source: definition.
    """
    date = server_resale_moment / ops.where(server_resale_late > 0, server_resale_late, ops.amount(1, "USD"))
    return server_resale_late * ops.compound(ops.number(plan_discount_rate, "1/year"), -date)


def network_resale_worth(network_resale_late: USD, network_resale_moment: USD, plan_discount_rate: Per_year) -> USD:
    """What the network brings after the start of a year, discounted from its date to that start.

    Source: definition.
    """
    date = network_resale_moment / ops.where(network_resale_late > 0, network_resale_late, ops.amount(1, "USD"))
    return network_resale_late * ops.compound(ops.number(plan_discount_rate, "1/year"), -date)


def storage_resale_worth(storage_resale_late: USD, storage_resale_moment: USD, plan_discount_rate: Per_year) -> USD:
    """What the storage brings after the start of a year, discounted from its date to that start.

    Source: definition.
    """
    date = storage_resale_moment / ops.where(storage_resale_late > 0, storage_resale_late, ops.amount(1, "USD"))
    return storage_resale_late * ops.compound(ops.number(plan_discount_rate, "1/year"), -date)


def capital_resale_worth__by_line(
    server_resale_worth: USD, network_resale_worth: USD, storage_resale_worth: USD
) -> USD:
    """What the hardware brings after the start of a year, discounted from its dates to that start.

    Assumes: line by line.

    Source: definition; each part is discounted from its date.
    """
    none = ops.amount(0, "USD")
    beside = ops.if_included(network_resale_worth, none) + ops.if_included(storage_resale_worth, none)
    return ops.if_included(server_resale_worth, none) + beside


def capital_resale_worth__by_month(hardware_cost_per_month: USD_per_month) -> USD:
    """What the hardware brings after the start of a year, discounted from its dates to that start.

    Assumes: nothing is sold, of what is rented by the month.

    Source: definition.
    """
    return 0 * hardware_cost_per_month * ops.amount(1, "month")


def owning_resale__by_line(capital_resale: USD, running_spending: USD, contingency_share: Share) -> USD:
    """What is sold within a year because its life has ended; what is sold when the plan ends is apart.

    Assumes: line by line, and nothing where no residual is included; contingency is a part of what was paid.

    Source: definition.
    """
    return ops.if_included(capital_resale, 0 * running_spending) * (1 + ops.if_included(contingency_share, 0))


def owning_resale__by_month(owning_cost_per_month: USD_per_month) -> USD:
    """What is sold within a year because its life has ended; what is sold when the plan ends is apart.

    Assumes: nothing, the cost of a month is given.

    Source: definition.
    """
    return 0 * owning_cost_per_month * ops.amount(1, "month")


def owning_resale_late__by_line(capital_resale_late: USD, running_spending: USD, contingency_share: Share) -> USD:
    """Of what is sold within a year, what is sold after its start.

    Assumes: line by line, and nothing where no residual is included; contingency is a part of what was paid.

    Source: definition.
    """
    return ops.if_included(capital_resale_late, 0 * running_spending) * (1 + ops.if_included(contingency_share, 0))


def owning_resale_late__by_month(owning_cost_per_month: USD_per_month) -> USD:
    """Of what is sold within a year, what is sold after its start.

    Assumes: nothing, the cost of a month is given.

    Source: definition.
    """
    return 0 * owning_cost_per_month * ops.amount(1, "month")


def owning_resale_date__by_line(capital_resale_late: USD, capital_resale_moment: USD, running_spending: USD) -> Ratio:
    """Mean date of what is sold after the start of a year, as the share of the year that has passed.

    Assumes: line by line, weighted by price.

    Source: definition.
    """
    sold = ops.if_included(capital_resale_late, 0 * running_spending)
    moment = ops.if_included(capital_resale_moment, 0 * running_spending)
    return moment / ops.where(sold > 0, sold, ops.amount(1, "USD"))


def owning_resale_date__by_month(owning_cost_per_month: USD_per_month) -> Ratio:
    """Mean date of what is sold after the start of a year, as the share of the year that has passed.

    Assumes: none, the cost of a month is given.

    Source: definition.
    """
    return 0 * ops.number(owning_cost_per_month, "USD/month")


def owning_resale_worth__by_line(capital_resale_worth: USD, contingency_share: Share) -> USD:
    """What is sold after the start of a year, discounted from its dates to that start.

    Assumes: line by line; contingency is a part of what was paid.

    Source: definition.
    """
    return capital_resale_worth * (1 + ops.if_included(contingency_share, 0))


def owning_resale_worth__by_month(owning_cost_per_month: USD_per_month) -> USD:
    """What is sold after the start of a year, discounted from its dates to that start.

    Assumes: nothing, the cost of a month is given.

    Source: definition.
    """
    return 0 * owning_cost_per_month * ops.amount(1, "month")
