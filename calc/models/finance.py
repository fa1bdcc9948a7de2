"""Finance: what money costs over time, and which share of a price each month of use has to bear."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import USD, Orders_of_magnitude_per_year, Per_month, Per_year, Ratio, Share, Years

amortisation = Choice(
    "How the price of servers, network and hall is spread over months",
    {
        "straight_line": "the same share of the price each month, without interest",
        "annuity_monthly": "level payments each month that repay the price with interest, compounded monthly",
        "annuity_yearly": "level payments each year that repay the price with interest, a twelfth each month",
        "economic_decay": "the share of its price that new hardware of equal performance loses over time",
    },
    binds=("server_amortisation", "network_amortisation", "facility_amortisation"),
)

discount_rate = Input(
    Per_year, "Yearly cost of capital", high=1, why="money that doubles its claim every year; `8` where `8 %` was meant"
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
    Share, "Share of the price of a server that its sale brings at the end of its life", optional=True
)
hardware_price_decay = Input(Orders_of_magnitude_per_year, "Fall of the price of equal hardware")
order_of_magnitude = Input(
    Ratio, "Base of an order of magnitude", low=2, high=100, why="ten by definition; some count in doublings"
)


def server_residual_value(server_capex: USD, server_residual_share: Share) -> USD:
    """What the sale of all servers brings at the end of their life.

    Source: definition.
    """
    return server_capex * server_residual_share


def network_life(server_life: Years) -> Years:
    """Time over which the network is written off: that of the servers unless given.

    Source: convention; Microsoft and Amazon write servers and network gear off over one life.
    """
    return server_life


def server_amortisation__straight_line(server_life: Years, server_residual_share: Share) -> Per_month:
    """Share of the price of the servers that one month of use bears.

    Assumes: the same share each month, without interest.

    Source: definition; straight-line depreciation.
    """
    return (1 - ops.if_included(server_residual_share, 0)) / server_life


def server_amortisation__annuity_monthly(
    server_life: Years, discount_rate: Per_year, server_residual_share: Share
) -> Per_month:
    """Share of the price of the servers that one month of use bears.

    Assumes: level monthly payments with interest, compounded monthly at a twelfth of the yearly rate.

    Source: definition; level payment of a loan.
    """
    rate = ops.number(discount_rate, "1/month")
    months = ops.number(server_life, "month")
    resold = ops.if_included(server_residual_share, 0) * ops.compound(rate, -months)
    return ops.amount((1 - resold) * ops.annuity(rate, months), "1/month")


def server_amortisation__annuity_yearly(
    server_life: Years, discount_rate: Per_year, server_residual_share: Share
) -> Per_month:
    """Share of the price of the servers that one month of use bears.

    Assumes: level yearly payments with interest, of which a month bears a twelfth.

    Source: definition; capital recovery factor.
    """
    rate = ops.number(discount_rate, "1/year")
    years = ops.number(server_life, "year")
    resold = ops.if_included(server_residual_share, 0) * ops.compound(rate, -years)
    return ops.amount((1 - resold) * ops.annuity(rate, years), "1/year")


def hardware_depreciation_rate(
    hardware_price_decay: Orders_of_magnitude_per_year, order_of_magnitude: Ratio
) -> Per_month:
    """Share of its price that equal new hardware loses a month, at the rate at which prices fall now.

    Source: definition; the derivative of a price that falls by a fixed factor each year.
    """
    return ops.amount(
        ops.number(hardware_price_decay, "order_of_magnitude/year") * ops.log(order_of_magnitude), "1/year"
    )


def server_amortisation__economic_decay(hardware_depreciation_rate: Per_month) -> Per_month:
    """Share of the price of the servers that one month of use bears.

    Assumes: what equal hardware costs less, at the rate at which its price falls; nothing is resold.

    Source: Cottier et al. 2024 (arXiv:2405.21015), amortised hardware cost.
    """
    return hardware_depreciation_rate


def network_amortisation__straight_line(network_life: Years) -> Per_month:
    """Share of the price of the network that one month of use bears.

    Assumes: the same share each month, without interest.

    Source: definition; straight-line depreciation.
    """
    return 1 / network_life


def network_amortisation__annuity_monthly(network_life: Years, discount_rate: Per_year) -> Per_month:
    """Share of the price of the network that one month of use bears.

    Assumes: level monthly payments with interest, compounded monthly at a twelfth of the yearly rate.

    Source: definition; level payment of a loan.
    """
    rate = ops.number(discount_rate, "1/month")
    months = ops.number(network_life, "month")
    return ops.amount(ops.annuity(rate, months), "1/month")


def network_amortisation__annuity_yearly(network_life: Years, discount_rate: Per_year) -> Per_month:
    """Share of the price of the network that one month of use bears.

    Assumes: level yearly payments with interest, of which a month bears a twelfth.

    Source: definition; capital recovery factor.
    """
    rate = ops.number(discount_rate, "1/year")
    years = ops.number(network_life, "year")
    return ops.amount(ops.annuity(rate, years), "1/year")


def network_amortisation__economic_decay(hardware_depreciation_rate: Per_month) -> Per_month:
    """Share of the price of the network that one month of use bears.

    Assumes: the network loses value as the servers do.

    Source: Cottier et al. 2024 (arXiv:2405.21015), amortised hardware cost.
    """
    return hardware_depreciation_rate


def facility_amortisation__straight_line(facility_life: Years) -> Per_month:
    """Share of the price of the hall that one month of use bears.

    Assumes: the same share each month, without interest.

    Source: definition; straight-line depreciation.
    """
    return 1 / facility_life


def facility_amortisation__annuity_monthly(facility_life: Years, discount_rate: Per_year) -> Per_month:
    """Share of the price of the hall that one month of use bears.

    Assumes: level monthly payments with interest, compounded monthly at a twelfth of the yearly rate.

    Source: definition; level payment of a loan.
    """
    rate = ops.number(discount_rate, "1/month")
    months = ops.number(facility_life, "month")
    return ops.amount(ops.annuity(rate, months), "1/month")


def facility_amortisation__annuity_yearly(facility_life: Years, discount_rate: Per_year) -> Per_month:
    """Share of the price of the hall that one month of use bears.

    Assumes: level yearly payments with interest, of which a month bears a twelfth.

    Source: definition; capital recovery factor.
    """
    rate = ops.number(discount_rate, "1/year")
    years = ops.number(facility_life, "year")
    return ops.amount(ops.annuity(rate, years), "1/year")


def facility_amortisation__economic_decay(hardware_depreciation_rate: Per_month) -> Per_month:
    """Share of the price of the hall that one month of use bears.

    Assumes: the hall loses value as the servers do, for hardware that comes with its hall.

    Source: Cottier et al. 2024 (arXiv:2405.21015), amortised hardware cost.
    """
    return hardware_depreciation_rate
