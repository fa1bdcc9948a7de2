"""Sourcing of compute: an own centre against rented GPUs that do not fit the work as well, and what waiting costs."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import USD, Gpu_hours_per_month, Months, Share, USD_per_gpu_hour, USD_per_month, Years

rented_quality_ratio = Input(
    Share,
    "Useful work of a rented GPU-hour, as a share of that of one in a centre built for the work",
    low=0.01,
    why="a GPU that does less than a hundredth is not in working order",
)
own_centre_delay = Input(Months, "Time by which the own centre starts later than rented GPUs", optional=True)
delay_cost_per_month = Input(USD_per_month, "What a month of waiting costs the programme", optional=True)


def own_delay_cost(own_centre_delay: Months, delay_cost_per_month: USD_per_month) -> USD:
    """What waiting for the own centre costs.

    Source: definition; cost of delay, Reinertsen 2009, The Principles of Product Development Flow.
    """
    return own_centre_delay * delay_cost_per_month


def own_delay_cost_per_gpu_hour(
    own_delay_cost: USD, gpu_hours_per_month: Gpu_hours_per_month, programme_duration: Years
) -> USD_per_gpu_hour:
    """What waiting for the own centre adds to each of the programme's GPU-hours.

    Label: delay per GPU-hour.

    Source: definition.
    """
    return own_delay_cost / (gpu_hours_per_month * programme_duration)


def own_centre_cost_per_gpu_hour(
    owning_cost_per_gpu_hour: USD_per_gpu_hour, own_delay_cost_per_gpu_hour: USD_per_gpu_hour
) -> USD_per_gpu_hour:
    """What one GPU-hour of the own centre costs, with its share of the wait where that is included.

    Label: own centre per GPU-hour.

    Source: definition.
    """
    return owning_cost_per_gpu_hour + ops.if_included(own_delay_cost_per_gpu_hour, 0)


def renting_cost_at_own_quality(
    renting_cost_per_gpu_hour: USD_per_gpu_hour, rented_quality_ratio: Share
) -> USD_per_gpu_hour:
    """What as much work costs on rented GPUs as one GPU-hour of the own centre does.

    Label: rent at own quality.

    Source: definition; price adjusted for quality, Griliches 1961.
    """
    return renting_cost_per_gpu_hour / rented_quality_ratio


def rented_quality_breakeven(
    renting_cost_per_gpu_hour: USD_per_gpu_hour, own_centre_cost_per_gpu_hour: USD_per_gpu_hour
) -> Share:
    """Quality of rented GPUs below which owning costs less; above 100 % owning does even against perfect ones.

    Label: break-even rented quality.

    Source: definition; the ratio at which both costs of useful work are the same.
    """
    return renting_cost_per_gpu_hour / own_centre_cost_per_gpu_hour


def breakeven_utilisation_adjusted(breakeven_utilisation: Share, rented_quality_ratio: Share) -> Share:
    """Utilisation above which owning costs less than renting as much useful work, the wait not included.

    Label: break-even, quality counted.

    Source: definition; a rented GPU-hour that does less work is worth less, so owning wins earlier.
    """
    return breakeven_utilisation * rented_quality_ratio
