"""Construction: when a hall of one's own is paid, and the interest on what is paid before it opens.

The hall grows with the power that it has to carry and is built again when its life ends; one that is given as an amount
for the whole cluster does not grow. With `construction_lead` it is paid evenly over that time before it opens.
"""

from calc import ops
from calc.declarations import Check, Choice, Input
from calc.units.vocabulary import USD, Per_month, Per_year, Ratio, USD_per_month, Years, kW

hall_growth = Choice(
    "What more power builds of the hall",
    {"with_power": "the hall in proportion", "whole": "nothing more: one amount is given for the whole hall"},
    binds=("hall_need",),
    when={"whole": ("facility_capex",)},
)
hall_paid = Choice(
    "How a hall of one's own is paid",
    {"built": "built", "by_month": "rented: the cost of a month is given"},
    binds=(
        "hall_opened",
        "hall_rent",
        "hall_at_start",
        "hall_late",
        "hall_moment",
        "hall_book_value",
        "hall_written_off",
    ),
    when={"by_month": ("facility_cost_per_month",)},
)
construction_in_plan = Check(
    "construction_short <= 0 years",
    "what is paid ahead of the hall would begin before the plan, and counts at its beginning; begin `years:` earlier, "
    "with 0 servers",
)
construction_lead = Input(
    Years, "Time before its opening over which the hall is paid", high=20, why="halls are built in a few years",
    optional=True, label="payment before opening",
)  # fmt: skip


def hall_need__with_power(hosting_power: kW) -> Ratio:
    """What is needed of the hall in each year, as a pure number.

    Assumes: the hall in proportion to the power that it is built for.

    Source: definition.
    """
    return ops.number(hosting_power, "kW")


def hall_need__whole(facility_capex: USD, server_need: Ratio) -> Ratio:
    """What is needed of the hall in each year, as a pure number.

    Assumes: one amount for the whole hall, which opens with the first servers.

    Source: definition.
    """
    return ops.where(server_need > 0, ops.number(facility_capex, "USD"), 0)


def hall_opened__built(hall_need: Ratio, facility_life: Years, facility_capex: USD) -> USD:
    """Cost of the part of the hall that opens in a year.

    Assumes: built when there is need of it, and again when its life ends.

    Source: definition.
    """
    unit_price = facility_capex / ops.where(hall_need > 0, hall_need, 1)
    return ops.cohort(hall_need, ops.number(facility_life, "year")) * unit_price


def hall_opened__by_month(facility_cost_per_month: USD_per_month) -> USD:
    """Cost of the part of the hall that opens in a year.

    Assumes: nothing is built, of what is rented by the month.

    Source: definition.
    """
    return 0 * facility_cost_per_month * ops.amount(1, "month")


def hall_rent__built(facility_capex: USD) -> USD_per_month:
    """Rent of a whole hall for a month.

    Assumes: none, of what is built.

    Source: definition.
    """
    return 0 * facility_capex / ops.amount(1, "month")


def hall_rent__by_month(facility_cost_per_month: USD_per_month) -> USD_per_month:
    """Rent of a whole hall for a month.

    Assumes: the cost of a month that is given.

    Source: definition.
    """
    return facility_cost_per_month


def hall_opened_late(hall_opened: USD, hall_need: Ratio, facility_life: Years) -> USD:
    """Cost of the part of the hall that opens after the start of a year, where a life ends within it.

    Source: definition.
    """
    life = ops.number(facility_life, "year")
    opened = ops.cohort(hall_need, life)
    return hall_opened * ops.cohort_within(hall_need, life) / ops.where(opened > 0, opened, 1)


def construction_short(hall_opened: USD, hours_per_month: Ratio, construction_lead: Years) -> Years:
    """Longest time by which paying for the hall would begin before the plan, over the years added up.

    Source: definition.
    """
    each = hours_per_month / hours_per_month
    early = construction_lead - ops.amount(ops.cumulative(each) - each, "year")
    return ops.total(ops.where(hall_opened > 0, ops.maximum(early, 0), 0))


def hall_at_start__built(hall_opened: USD, hall_opened_late: USD, construction_lead: Years) -> USD:
    """What is paid for the hall at the start of a year: what opens then, unless it is paid while it is built.

    Assumes: of what is built.

    Source: definition.
    """
    return ops.where(ops.if_included(construction_lead, 0) > 0, 0, hall_opened - hall_opened_late)


def hall_at_start__by_month(facility_cost_per_month: USD_per_month) -> USD:
    """What is paid for the hall at the start of a year: what opens then, unless it is paid while it is built.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * facility_cost_per_month * ops.amount(1, "month")


def hall_ahead(hall_opened: USD, hall_opened_late: USD, construction_lead: Years) -> USD:
    """What is paid in a year for what opens at the start of a later one, evenly over `construction_lead`.

    Source: definition.
    """
    lead = ops.number(ops.if_included(construction_lead, 0), "year")
    return ops.where(lead > 0, ops.ahead(hall_opened - hall_opened_late, 0, lead), 0)


def hall_ahead_late(hall_opened_late: USD, hall_need: Ratio, facility_life: Years, construction_lead: Years) -> USD:
    """What is paid in a year for what opens within it or a later one, evenly over `construction_lead` if there is one.

    Source: definition.
    """
    lead = ops.number(ops.if_included(construction_lead, 0), "year")
    return ops.ahead(hall_opened_late, ops.cohort_date(hall_need, ops.number(facility_life, "year")), lead)


def hall_late__built(hall_ahead: USD, hall_ahead_late: USD) -> USD:
    """What is paid for the hall after the start of a year.

    Assumes: of what is built.

    Source: definition.
    """
    return hall_ahead + hall_ahead_late


def hall_late__by_month(facility_cost_per_month: USD_per_month) -> USD:
    """What is paid for the hall after the start of a year.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * facility_cost_per_month * ops.amount(1, "month")


def hall_moment__built(
    hall_opened: USD,
    hall_opened_late: USD,
    hall_ahead: USD,
    hall_need: Ratio,
    facility_life: Years,
    construction_lead: Years,
    flow_timing: Ratio,
) -> USD:
    """What is paid for the hall after the start of a year, times the dates of it, as shares of the year.

    Assumes: of what is built.

    Source: definition; what is paid evenly over a part of a year counts at its start, middle or end, as it flows.
    """
    lead = ops.number(ops.if_included(construction_lead, 0), "year")
    date = ops.cohort_date(hall_need, ops.number(facility_life, "year"))
    early = hall_ahead * ops.ahead_date(hall_opened - hall_opened_late, 0, lead, flow_timing)
    return early + ops.ahead(hall_opened_late, date, lead) * ops.ahead_date(hall_opened_late, date, lead, flow_timing)


def hall_moment__by_month(facility_cost_per_month: USD_per_month) -> USD:
    """What is paid for the hall after the start of a year, times the dates of it, as shares of the year.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * facility_cost_per_month * ops.amount(1, "month")


def hall_spending(hall_at_start: USD, hall_late: USD) -> USD:
    """What is paid for a hall of one's own in a year.

    Source: definition.
    """
    return hall_at_start + hall_late


def construction_interest_share(plan_discount_rate: Per_year, construction_lead: Years, flow_timing: Ratio) -> Ratio:
    """Interest on the hall until it opens, over its price: its payments count half of the time, by `flows_count`.

    Source: definition; interest during construction of payments that are spread evenly.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    lead = ops.number(construction_lead, "year")
    return ops.compound(rate, lead * (1 - flow_timing)) - 1


def construction_interest(facility_capex: USD, construction_interest_share: Ratio) -> USD:
    """Interest during construction, which a price paid earlier bears; the net present value has it in its dates.

    Source: definition.
    """
    return facility_capex * construction_interest_share


def construction_interest_per_month__of_today(
    construction_interest: USD, facility_amortisation: Per_month
) -> USD_per_month:
    """What a month of use takes of the interest during construction.

    Assumes: the price of the moment.

    Source: definition.
    """
    return construction_interest * facility_amortisation


def construction_interest_per_month__as_paid(
    facility_cost_per_month: USD_per_month, hall_rent: USD_per_month, construction_interest_share: Ratio
) -> USD_per_month:
    """What a month of use takes of the interest during construction.

    Assumes: each part of the hall at the price paid, over its own life.

    Source: definition.
    """
    return (facility_cost_per_month - hall_rent) * construction_interest_share
