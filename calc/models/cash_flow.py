"""Cash flow: what owning and renting bring and take in each year of a plan. Money that goes out is negative.

A purchase is at the start of its year, or at the date at which a life ends; what runs through a year counts at its
middle unless `flows_count` says otherwise; what is left is received at the end of the plan.
"""

from calc import ops
from calc.declarations import Choice
from calc.units.vocabulary import USD, Ratio, USD_per_month, Years

flows_count = Choice(
    "When in its year money counts that runs through it, such as rent, hosting, power, staff and revenue",
    {
        "middle": "in the middle of the year, as if paid evenly",
        "start": "at the start of the year, as if paid in advance",
        "end": "at the end of the year, as if paid in arrears",
    },
    binds=("flow_timing", "owning_payback"),
)
left_counts = Choice(
    "When what is left at the end of the plan counts",
    {"end": "at the end of its last year", "start": "at the start of its last year, a year early"},
    binds=("left_timing",),
)
plan_end = Choice(
    "What is left at the end of the plan",
    {
        "residual_share": "the residual shares of what was paid for servers, network and storage that serve, and "
        "nothing of the rest",
        "book_value": "what straight-line depreciation has left of servers, network and hall, down to residual shares",
    },
    binds=("residual_received",),
)
hardware_paid = Choice(
    "How the hardware is paid",
    {"by_line": "line by line", "by_month": "rented: the cost of a month is given"},
    binds=(
        "capital_spending",
        "capital_late",
        "capital_moment",
        "capital_late_worth",
        "capital_resale",
        "capital_resale_late",
        "capital_resale_moment",
        "capital_resale_worth",
        "hardware_rent",
    ),
    when={"by_month": ("hardware_cost_per_month",)},
)
hosting_paid = Choice(
    "How hosting is paid",
    {"by_site": "as the site has it", "by_month": "the cost of a month is given"},
    binds=(
        "hosting_at_start",
        "hosting_late",
        "hosting_moment",
        "hosting_rent",
        "hosting_book_value",
        "hall_tax_depreciation",
    ),
    when={"by_month": ("hosting_cost_per_month",)},
)


def plan_years(hours_per_month: Ratio) -> Ratio:
    """Years of the plan.

    Source: definition; over n years a constant totals to n times itself, whichever constant that is.
    """
    return ops.total(hours_per_month / hours_per_month)


def years_left(hours_per_month: Ratio) -> Ratio:
    """Years of the plan that are still to come after each.

    Source: definition; over n years a constant totals to n times itself, whichever constant that is.
    """
    each = hours_per_month / hours_per_month
    return ops.total(each) - ops.cumulative(each)


def flow_timing__middle(hours_per_month: Ratio) -> Ratio:
    """Share of a year that has passed when money counts that runs through it.

    Assumes: the middle of the year, as if paid evenly.

    Source: convention; mid-year discounting.
    """
    return hours_per_month / (2 * hours_per_month)


def flow_timing__start(hours_per_month: Ratio) -> Ratio:
    """Share of a year that has passed when money counts that runs through it.

    Assumes: the start of the year, as if paid in advance.

    Source: convention; annuity due.
    """
    return 0 * hours_per_month


def flow_timing__end(hours_per_month: Ratio) -> Ratio:
    """Share of a year that has passed when money counts that runs through it.

    Assumes: the end of the year, as if paid in arrears.

    Source: convention; ordinary annuity.
    """
    return hours_per_month / hours_per_month


def left_timing__end(hours_per_month: Ratio) -> Ratio:
    """Share of the last year that has passed when what is left counts.

    Assumes: all of it.

    Source: definition.
    """
    return hours_per_month / hours_per_month


def left_timing__start(hours_per_month: Ratio) -> Ratio:
    """Share of the last year that has passed when what is left counts.

    Assumes: none, as if it were sold before it served the last year.

    Source: convention of earlier versions of this model.
    """
    return 0 * hours_per_month


# ---------------------------------------------------------------- hardware


def capital_spending__by_line(
    server_spending: USD, network_spending: USD, storage_spending: USD, spares_spending: USD, setup_spending: USD
) -> USD:
    """What the hardware bought in a year costs, with the lines that are included.

    Assumes: line by line.

    Source: definition.
    """
    beside_network = ops.if_included(storage_spending, 0) + ops.if_included(spares_spending, 0)
    return server_spending + ops.if_included(network_spending, 0) + beside_network + ops.if_included(setup_spending, 0)


def capital_spending__by_month(hardware_cost_per_month: USD_per_month) -> USD:
    """What the hardware bought in a year costs, with the lines that are included.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * hardware_cost_per_month * ops.amount(1, "month")


def capital_late__by_line(
    server_late: USD, network_late: USD, storage_late: USD, spares_late: USD, setup_late: USD
) -> USD:
    """Of the hardware bought in a year, what is bought after its start, where a life ends within it.

    Assumes: line by line.

    Source: definition.
    """
    beside = ops.if_included(storage_late, 0) + ops.if_included(spares_late, 0) + ops.if_included(setup_late, 0)
    return server_late + ops.if_included(network_late, 0) + beside


def capital_late__by_month(hardware_cost_per_month: USD_per_month) -> USD:
    """Of the hardware bought in a year, what is bought after its start, where a life ends within it.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * hardware_cost_per_month * ops.amount(1, "month")


def capital_moment__by_line(
    server_moment: USD, network_moment: USD, storage_moment: USD, spares_moment: USD, setup_moment: USD
) -> USD:
    """Hardware bought after the start of a year, times its date as a share of the year.

    Assumes: line by line.

    Source: definition.
    """
    beside = ops.if_included(storage_moment, 0) + ops.if_included(spares_moment, 0) + ops.if_included(setup_moment, 0)
    return server_moment + ops.if_included(network_moment, 0) + beside


def capital_moment__by_month(hardware_cost_per_month: USD_per_month) -> USD:
    """Hardware bought after the start of a year, times its date as a share of the year.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * hardware_cost_per_month * ops.amount(1, "month")


def capital_late_worth__by_line(
    server_late_worth: USD,
    network_late_worth: USD,
    storage_late_worth: USD,
    spares_late_worth: USD,
    setup_late_worth: USD,
) -> USD:
    """Hardware bought after the start of a year, discounted from its dates to that start.

    Assumes: line by line.

    Source: definition; each part is discounted from its date.
    """
    beside = ops.if_included(spares_late_worth, 0) + ops.if_included(setup_late_worth, 0)
    network = ops.if_included(network_late_worth, 0) + ops.if_included(storage_late_worth, 0)
    return server_late_worth + network + beside


def capital_late_worth__by_month(hardware_cost_per_month: USD_per_month) -> USD:
    """Hardware bought after the start of a year, discounted from its dates to that start.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * hardware_cost_per_month * ops.amount(1, "month")


def hardware_rent__by_line(
    server_rent: USD_per_month,
    network_rent: USD_per_month,
    storage_rent: USD_per_month,
    spares_rent: USD_per_month,
    setup_rent: USD_per_month,
) -> USD_per_month:
    """Rent of hardware for a month: the lines whose cost of a month is given.

    Assumes: line by line.

    Source: definition.
    """
    beside = ops.if_included(storage_rent, 0) + ops.if_included(spares_rent, 0) + ops.if_included(setup_rent, 0)
    return server_rent + ops.if_included(network_rent, 0) + beside


def hardware_rent__by_month(hardware_cost_per_month: USD_per_month) -> USD_per_month:
    """Rent of hardware for a month: the lines whose cost of a month is given.

    Assumes: all of it, the cost of a month that is given.

    Source: definition.
    """
    return hardware_cost_per_month


# ---------------------------------------------------------------- hosting


def site_at_start__own_hall(hall_at_start: USD) -> USD:
    """What is paid at the start of a year for building the place in which owned servers stand.

    Assumes: a hall of one's own.

    Source: definition.
    """
    return hall_at_start


def site_at_start__colocation(colocation_fee_per_month: USD_per_month) -> USD:
    """What is paid at the start of a year for building the place in which owned servers stand.

    Assumes: nothing, of a rented hall.

    Source: definition.
    """
    return 0 * colocation_fee_per_month * ops.amount(1, "month")


def site_late__own_hall(hall_late: USD) -> USD:
    """What is paid after the start of a year for building the place in which owned servers stand.

    Assumes: a hall of one's own.

    Source: definition.
    """
    return hall_late


def site_late__colocation(colocation_fee_per_month: USD_per_month) -> USD:
    """What is paid after the start of a year for building the place in which owned servers stand.

    Assumes: nothing, of a rented hall.

    Source: definition.
    """
    return 0 * colocation_fee_per_month * ops.amount(1, "month")


def site_moment__own_hall(hall_moment: USD) -> USD:
    """What is paid after the start of a year for building the place, times its date as a share of the year.

    Assumes: a hall of one's own.

    Source: definition.
    """
    return hall_moment


def site_moment__colocation(colocation_fee_per_month: USD_per_month) -> USD:
    """What is paid after the start of a year for building the place, times its date as a share of the year.

    Assumes: nothing, of a rented hall.

    Source: definition.
    """
    return 0 * colocation_fee_per_month * ops.amount(1, "month")


def site_rent__own_hall(hall_rent: USD_per_month, facility_opex_per_month: USD_per_month) -> USD_per_month:
    """Part of the cost of the place in which owned servers stand that runs through a month.

    Assumes: what operating a hall of one's own costs, where that is included.

    Source: definition.
    """
    return hall_rent + ops.if_included(facility_opex_per_month, 0)


def site_rent__colocation(colocation_fee_per_month: USD_per_month) -> USD_per_month:
    """Part of the cost of the place in which owned servers stand that runs through a month.

    Assumes: the rent of a hall.

    Source: definition.
    """
    return colocation_fee_per_month


def hosting_at_start__by_site(site_at_start: USD) -> USD:
    """What is paid for hosting at the start of a year.

    Assumes: as the site has it.

    Source: definition.
    """
    return site_at_start


def hosting_at_start__by_month(hosting_cost_per_month: USD_per_month) -> USD:
    """What is paid for hosting at the start of a year.

    Assumes: nothing, the cost of a month is given.

    Source: definition.
    """
    return 0 * hosting_cost_per_month * ops.amount(1, "month")


def hosting_late__by_site(site_late: USD) -> USD:
    """What is paid for building within a year.

    Assumes: as the site has it.

    Source: definition.
    """
    return site_late


def hosting_late__by_month(hosting_cost_per_month: USD_per_month) -> USD:
    """What is paid for building within a year.

    Assumes: nothing, the cost of a month is given.

    Source: definition.
    """
    return 0 * hosting_cost_per_month * ops.amount(1, "month")


def hosting_moment__by_site(site_moment: USD) -> USD:
    """What is paid for building within a year, times its date as a share of the year.

    Assumes: as the site has it.

    Source: definition.
    """
    return site_moment


def hosting_moment__by_month(hosting_cost_per_month: USD_per_month) -> USD:
    """What is paid for building within a year, times its date as a share of the year.

    Assumes: nothing, the cost of a month is given.

    Source: definition.
    """
    return 0 * hosting_cost_per_month * ops.amount(1, "month")


def hosting_rent__by_site(site_rent: USD_per_month) -> USD_per_month:
    """Part of the cost of hosting that runs through a month.

    Assumes: as the site has it.

    Source: definition.
    """
    return site_rent


def hosting_rent__by_month(hosting_cost_per_month: USD_per_month) -> USD_per_month:
    """Part of the cost of hosting that runs through a month.

    Assumes: the cost of a month that is given.

    Source: definition.
    """
    return hosting_cost_per_month


def hosting_spending(hosting_at_start: USD, hosting_late: USD, hosting_rent: USD_per_month) -> USD:
    """What the place in which owned servers stand costs in a year, electricity not in it.

    Source: definition.
    """
    return hosting_at_start + hosting_late + hosting_rent * ops.amount(1, "year")


def years_before_purchase(owning_at_start: USD, owning_late: USD, owning_late_date: Ratio) -> Years:
    """Time of the plan before the first date at which something is bought or built.

    Source: definition.
    """
    spent = ops.cumulative(owning_at_start + owning_late)
    date = ops.where(owning_at_start > 0, 0, owning_late_date)
    before = spent - owning_at_start - owning_late
    wait = ops.where(spent > 0, ops.where(before > 0, 0, date), 1)
    return ops.amount(ops.where(ops.total(owning_at_start + owning_late) > 0, ops.total(wait), 0), "year")
