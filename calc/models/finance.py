"""Finance: what money costs over time, and which share of a price each month of use has to bear."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import Orders_of_magnitude_per_year, Per_month, Per_year, Ratio, Share, Years

amortisation = Choice(
    "How the price of servers, network, storage, set-up and hall is spread over months",
    {
        "annuity_monthly": "level payments each month that repay the price with interest, compounded monthly",
        "annuity_yearly": "level payments each year that repay the price with interest, a twelfth each month",
        "straight_line": "the same share of the price each month, without interest",
        "interest_only": "the same share of the price each month, and interest on the whole price throughout",
        "economic_decay": "the share of its price that new hardware of equal performance loses over time",
    },
    binds=(
        "server_amortisation",
        "network_amortisation",
        "storage_amortisation",
        "setup_amortisation",
        "facility_amortisation",
        "hardware_value_fall",
    ),
    spares={"discount_rate": "straight_line"},
)
written_off = Choice(
    "The price that is written off",
    {"of_today": "the price of the moment", "as_paid": "what was paid for each purchase, over its own life"},
    binds=(
        "server_cost_per_month",
        "network_cost_per_month",
        "storage_cost_per_month",
        "spares_cost_per_month",
        "setup_cost_per_month",
        "facility_cost_per_month",
        "support_cost_per_month",
        "construction_interest_per_month",
        "server_residual_value",
        "server_share_sold",
        "network_share_sold",
        "storage_share_sold",
        "hardware_age_factor",
        "server_value",
    ),
    when={"as_paid": ("years",)},
)

discount_rate = Input(
    Per_year,
    "Yearly cost of capital",
    high=1,
    why="money that doubles its claim every year; `8` where `8 %` was meant",
)
server_life = Input(
    Years,
    "Time over which servers are written off",
    low=0.1,
    high=100,
    why="what is written off within five weeks is no investment; a century",
)
facility_life = Input(
    Years,
    "Time over which the hall is written off",
    low=0.1,
    high=100,
    why="what is written off within five weeks is no investment; a century",
)
server_residual_share = Input(
    Share,
    "Share of what was paid for a server that its sale brings at the end of its life",
    optional=True,
    topic="resale",
)
network_residual_share = Input(
    Share,
    "Share of what was paid for the network that its sale brings; without it nothing",
    optional=True,
    topic="resale",
)
storage_residual_share = Input(
    Share,
    "Share of what was paid for the storage that its sale brings; without it nothing",
    optional=True,
    topic="resale",
)
hardware_price_decay = Input(Orders_of_magnitude_per_year, "Fall of the price of equal hardware")
hardware_age = Input(
    Years,
    "Age, for economic_decay, of the hardware with which a plan begins; without it it is new",
    high=50,
    why="half a century: no such hardware runs",
    optional=True,
)
order_of_magnitude = Input(
    Ratio, "Base of an order of magnitude", low=2, high=100, why="ten by definition; some count in doublings"
)


def network_life(server_life: Years) -> Years:
    """Time over which the network is written off: that of the servers unless given.

    Source: convention; Microsoft and Amazon write servers and network gear off over one life.
    """
    return server_life


def hardware_depreciation_rate(
    hardware_price_decay: Orders_of_magnitude_per_year, order_of_magnitude: Ratio
) -> Per_month:
    """Share of its price that equal new hardware loses a month, at the rate at which prices fall now.

    Source: definition; the derivative of a price that falls by a fixed factor each year.
    """
    return ops.amount(
        ops.number(hardware_price_decay, "order_of_magnitude/year") * ops.log(order_of_magnitude), "1/year"
    )


def server_amortisation__annuity_monthly(
    server_life: Years, plan_discount_rate: Per_year, server_share_sold: Share
) -> Per_month:
    """Share of the price of the servers that one month of use bears.

    Assumes: level monthly payments with interest, compounded monthly at a twelfth of the yearly rate.

    Source: definition; level payment of a loan.
    """
    rate = ops.number(plan_discount_rate, "1/month")
    months = ops.number(server_life, "month")
    resold = ops.if_included(server_share_sold, 0) * ops.compound(rate, -months)
    return ops.amount((1 - resold) * ops.annuity(rate, months), "1/month")


def server_amortisation__annuity_yearly(
    server_life: Years, plan_discount_rate: Per_year, server_share_sold: Share
) -> Per_month:
    """Share of the price of the servers that one month of use bears.

    Assumes: level yearly payments with interest, of which a month bears a twelfth.

    Source: definition; capital recovery factor.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    years = ops.number(server_life, "year")
    resold = ops.if_included(server_share_sold, 0) * ops.compound(rate, -years)
    return ops.amount((1 - resold) * ops.annuity(rate, years), "1/year")


def server_amortisation__straight_line(server_life: Years, server_share_sold: Share) -> Per_month:
    """Share of the price of the servers that one month of use bears.

    Assumes: the same share each month, without interest.

    Source: definition; straight-line depreciation.
    """
    return (1 - ops.if_included(server_share_sold, 0)) / server_life


def server_amortisation__interest_only(
    server_life: Years, plan_discount_rate: Per_year, server_share_sold: Share
) -> Per_month:
    """Share of the price of the servers that one month of use bears.

    Assumes: the same share each month, and interest on the whole price, as of a loan that is repaid at its end.

    Source: Barroso, Clidaras and Hoelzle 2013 (The Datacenter as a Computer, 2nd edition), interest-only loan.
    """
    return (1 - ops.if_included(server_share_sold, 0)) / server_life + plan_discount_rate


def server_amortisation__economic_decay(hardware_depreciation_rate: Per_month, hardware_age_factor: Ratio) -> Per_month:
    """Share of the price of the servers that one month of use bears.

    Assumes: what equal hardware costs less, at the rate at which its price falls at its age; nothing is resold.

    Source: Cottier et al. 2024 (arXiv:2405.21015), amortised hardware cost.
    """
    return hardware_depreciation_rate * ops.if_included(hardware_age_factor, 1)


def network_amortisation__annuity_monthly(
    network_life: Years, plan_discount_rate: Per_year, network_share_sold: Share
) -> Per_month:
    """Share of the price of the network that one month of use bears.

    Assumes: level monthly payments with interest, compounded monthly at a twelfth of the yearly rate.

    Source: definition; level payment of a loan.
    """
    rate = ops.number(plan_discount_rate, "1/month")
    months = ops.number(network_life, "month")
    resold = ops.if_included(network_share_sold, 0) * ops.compound(rate, -months)
    return ops.amount((1 - resold) * ops.annuity(rate, months), "1/month")


def network_amortisation__annuity_yearly(
    network_life: Years, plan_discount_rate: Per_year, network_share_sold: Share
) -> Per_month:
    """Share of the price of the network that one month of use bears.

    Assumes: level yearly payments with interest, of which a month bears a twelfth.

    Source: definition; capital recovery factor.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    years = ops.number(network_life, "year")
    resold = ops.if_included(network_share_sold, 0) * ops.compound(rate, -years)
    return ops.amount((1 - resold) * ops.annuity(rate, years), "1/year")


def network_amortisation__straight_line(network_life: Years, network_share_sold: Share) -> Per_month:
    """Share of the price of the network that one month of use bears.

    Assumes: the same share each month, without interest.

    Source: definition; straight-line depreciation.
    """
    return (1 - ops.if_included(network_share_sold, 0)) / network_life


def network_amortisation__interest_only(
    network_life: Years, plan_discount_rate: Per_year, network_share_sold: Share
) -> Per_month:
    """Share of the price of the network that one month of use bears.

    Assumes: the same share each month, and interest on the whole price, as of a loan that is repaid at its end.

    Source: Barroso, Clidaras and Hoelzle 2013 (The Datacenter as a Computer, 2nd edition), interest-only loan.
    """
    return (1 - ops.if_included(network_share_sold, 0)) / network_life + plan_discount_rate


def network_amortisation__economic_decay(
    hardware_depreciation_rate: Per_month, hardware_age_factor: Ratio
) -> Per_month:
    """Share of the price of the network that one month of use bears.

    Assumes: the network loses value as the servers do.

    Source: Cottier et al. 2024 (arXiv:2405.21015), amortised hardware cost.
    """
    return hardware_depreciation_rate * ops.if_included(hardware_age_factor, 1)


def storage_amortisation__annuity_monthly(
    storage_life: Years, plan_discount_rate: Per_year, storage_share_sold: Share
) -> Per_month:
    """Share of the price of the storage that one month of use bears.

    Assumes: level monthly payments with interest, compounded monthly at a twelfth of the yearly rate.

    Source: definition; level payment of a loan.
    """
    rate = ops.number(plan_discount_rate, "1/month")
    months = ops.number(storage_life, "month")
    resold = ops.if_included(storage_share_sold, 0) * ops.compound(rate, -months)
    return ops.amount((1 - resold) * ops.annuity(rate, months), "1/month")


def storage_amortisation__annuity_yearly(
    storage_life: Years, plan_discount_rate: Per_year, storage_share_sold: Share
) -> Per_month:
    """Share of the price of the storage that one month of use bears.

    Assumes: level yearly payments with interest, of which a month bears a twelfth.

    Source: definition; capital recovery factor.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    years = ops.number(storage_life, "year")
    resold = ops.if_included(storage_share_sold, 0) * ops.compound(rate, -years)
    return ops.amount((1 - resold) * ops.annuity(rate, years), "1/year")


def storage_amortisation__straight_line(storage_life: Years, storage_share_sold: Share) -> Per_month:
    """Share of the price of the storage that one month of use bears.

    Assumes: the same share each month, without interest.

    Source: definition; straight-line depreciation.
    """
    return (1 - ops.if_included(storage_share_sold, 0)) / storage_life


def storage_amortisation__interest_only(
    storage_life: Years, plan_discount_rate: Per_year, storage_share_sold: Share
) -> Per_month:
    """Share of the price of the storage that one month of use bears.

    Assumes: the same share each month, and interest on the whole price, as of a loan that is repaid at its end.

    Source: Barroso, Clidaras and Hoelzle 2013 (The Datacenter as a Computer, 2nd edition), interest-only loan.
    """
    return (1 - ops.if_included(storage_share_sold, 0)) / storage_life + plan_discount_rate


def storage_amortisation__economic_decay(
    hardware_depreciation_rate: Per_month, hardware_age_factor: Ratio
) -> Per_month:
    """Share of the price of the storage that one month of use bears.

    Assumes: the storage loses value as the servers do.

    Source: Cottier et al. 2024 (arXiv:2405.21015), amortised hardware cost.
    """
    return hardware_depreciation_rate * ops.if_included(hardware_age_factor, 1)


def setup_amortisation__annuity_monthly(server_life: Years, plan_discount_rate: Per_year) -> Per_month:
    """Share of the price of the set-up and spares that one month of use bears.

    Assumes: level monthly payments with interest, compounded monthly at a twelfth of the yearly rate.

    Source: definition; level payment of a loan.
    """
    rate = ops.number(plan_discount_rate, "1/month")
    months = ops.number(server_life, "month")
    return ops.amount(ops.annuity(rate, months), "1/month")


def setup_amortisation__annuity_yearly(server_life: Years, plan_discount_rate: Per_year) -> Per_month:
    """Share of the price of the set-up and spares that one month of use bears.

    Assumes: level yearly payments with interest, of which a month bears a twelfth.

    Source: definition; capital recovery factor.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    years = ops.number(server_life, "year")
    return ops.amount(ops.annuity(rate, years), "1/year")


def setup_amortisation__straight_line(server_life: Years) -> Per_month:
    """Share of the price of the set-up and spares that one month of use bears.

    Assumes: the same share each month, without interest.

    Source: definition; straight-line depreciation.
    """
    return 1 / server_life


def setup_amortisation__interest_only(server_life: Years, plan_discount_rate: Per_year) -> Per_month:
    """Share of the price of the set-up and spares that one month of use bears.

    Assumes: the same share each month, and interest on the whole price, as of a loan that is repaid at its end.

    Source: Barroso, Clidaras and Hoelzle 2013 (The Datacenter as a Computer, 2nd edition), interest-only loan.
    """
    return 1 / server_life + plan_discount_rate


def setup_amortisation__economic_decay(server_life: Years) -> Per_month:
    """Share of the price of the set-up and spares that one month of use bears.

    Assumes: the same share each month, without interest; it is used up and does not follow the price of hardware.

    Source: definition; straight-line depreciation.
    """
    return 1 / server_life


def facility_amortisation__annuity_monthly(facility_life: Years, plan_discount_rate: Per_year) -> Per_month:
    """Share of the price of the hall that one month of use bears.

    Assumes: level monthly payments with interest, compounded monthly at a twelfth of the yearly rate.

    Source: definition; level payment of a loan.
    """
    rate = ops.number(plan_discount_rate, "1/month")
    months = ops.number(facility_life, "month")
    return ops.amount(ops.annuity(rate, months), "1/month")


def facility_amortisation__annuity_yearly(facility_life: Years, plan_discount_rate: Per_year) -> Per_month:
    """Share of the price of the hall that one month of use bears.

    Assumes: level yearly payments with interest, of which a month bears a twelfth.

    Source: definition; capital recovery factor.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    years = ops.number(facility_life, "year")
    return ops.amount(ops.annuity(rate, years), "1/year")


def facility_amortisation__straight_line(facility_life: Years) -> Per_month:
    """Share of the price of the hall that one month of use bears.

    Assumes: the same share each month, without interest.

    Source: definition; straight-line depreciation.
    """
    return 1 / facility_life


def facility_amortisation__interest_only(facility_life: Years, plan_discount_rate: Per_year) -> Per_month:
    """Share of the price of the hall that one month of use bears.

    Assumes: the same share each month, and interest on the whole price, as of a loan that is repaid at its end.

    Source: Barroso, Clidaras and Hoelzle 2013 (The Datacenter as a Computer, 2nd edition), interest-only loan.
    """
    return 1 / facility_life + plan_discount_rate


def facility_amortisation__economic_decay(facility_life: Years) -> Per_month:
    """Share of the price of the hall that one month of use bears.

    Assumes: the same share each month, without interest; it is no hardware whose price falls.

    Source: definition; straight-line depreciation.
    """
    return 1 / facility_life


def hardware_value_fall__annuity_monthly(server_life: Years) -> Ratio:
    """Rate a year at which what a month of hardware bears falls with its age.

    Assumes: level payments do not fall.

    Source: definition.
    """
    return 0 * ops.number(server_life, "year")


def hardware_value_fall__annuity_yearly(server_life: Years) -> Ratio:
    """Rate a year at which what a month of hardware bears falls with its age.

    Assumes: level yearly payments do not fall.

    Source: definition.
    """
    return 0 * ops.number(server_life, "year")


def hardware_value_fall__straight_line(server_life: Years) -> Ratio:
    """Rate a year at which what a month of hardware bears falls with its age.

    Assumes: equal shares do not fall.

    Source: definition.
    """
    return 0 * ops.number(server_life, "year")


def hardware_value_fall__interest_only(server_life: Years) -> Ratio:
    """Rate a year at which what a month of hardware bears falls with its age.

    Assumes: equal shares with interest do not fall.

    Source: definition.
    """
    return 0 * ops.number(server_life, "year")


def hardware_value_fall__economic_decay(hardware_depreciation_rate: Per_month) -> Ratio:
    """Rate a year at which what a month of hardware bears falls with its age.

    Assumes: as its value does.

    Source: definition; the rate of an exponential fall.
    """
    return ops.number(hardware_depreciation_rate, "1/year")
