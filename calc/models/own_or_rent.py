"""Own or rent: owning, colocating and renting by the GPU-hour, and the utilisation at which the answer flips."""

from calc import ops
from calc.declarations import Choice, Input, Verdict
from calc.units.vocabulary import (
    Gpu_hours_per_month,
    Gpus,
    Hours_per_month,
    Ratio,
    Share,
    USD_per_gpu_hour,
    USD_per_month,
)

cost_spread_over = Choice(
    "The hours of a month that bear its cost",
    {"used_hours": "those in which a GPU works: all hours x gpu_utilisation", "all_hours": "all, used or idle"},
    binds=("hours_counted_per_month",),
)
rent_terms = Choice(
    "Which hours of rented GPUs are paid",
    {"by_the_hour": "those in which a GPU works", "committed": "all hours of the term, used or idle"},
    binds=("hours_rented_per_month", "gpus_paid_by_use", "gpus_paid_throughout"),
)

gpu_utilisation = Input(Share, "Share of all hours in which a GPU works")
rent_commitment_discount = Input(Share, "Discount on the rent of a GPU-hour for a long commitment", optional=True)


flip = Verdict(
    about=(
        "breakeven_utilisation",
        "owning_cost_per_gpu_hour",
        "renting_cost_per_gpu_hour",
        "owning_cost_per_month",
        "renting_cost_per_month",
    ),
    sentences={
        "breakeven_utilisation > 1": "owning never wins: with every hour used it costs more than renting, and breaks "
        "even only at {breakeven_utilisation} utilisation",
        "gpu_utilisation > breakeven_utilisation": "owning wins above {breakeven_utilisation} utilisation; you assume "
        "{gpu_utilisation}",
        "": "owning wins above {breakeven_utilisation} utilisation; you assume {gpu_utilisation}, so renting wins",
    },
)

flip_of_commitment = Verdict(
    about=flip.about,
    sentences={
        "owning_to_committed_rent >= 1": "owning costs {owning_to_committed_rent} of renting, so renting wins; all "
        "rented hours are paid, so that utilisation changes neither",
        "": "owning costs {owning_to_committed_rent} of renting, so owning wins; all rented hours are paid, so that "
        "utilisation changes neither",
    },
)


def hours_counted_per_month__used_hours(hours_per_month: Ratio, gpu_utilisation: Share) -> Hours_per_month:
    """Hours of a month over which the cost and the embodied carbon of a GPU are spread.

    Assumes: the hours in which it works.

    Source: definition.
    """
    return ops.amount(hours_per_month * gpu_utilisation, "hour/month")


def hours_counted_per_month__all_hours(hours_per_month: Ratio) -> Hours_per_month:
    """Hours of a month over which the cost and the embodied carbon of a GPU are spread.

    Assumes: all hours, whether it works or not.

    Source: definition.
    """
    return ops.amount(hours_per_month, "hour/month")


def hours_counted_share(hours_counted_per_month: Hours_per_month, hours_per_month: Ratio) -> Share:
    """Share of all hours that bear cost and carbon.

    Source: definition.
    """
    return hours_counted_per_month / ops.amount(hours_per_month, "hour/month")


def hours_rented_per_month__by_the_hour(hours_per_month: Ratio, gpu_utilisation: Share) -> Hours_per_month:
    """Hours of a month for which a rented GPU is paid.

    Assumes: the hours in which it works; it is handed back in between.

    Source: definition.
    """
    return ops.amount(hours_per_month * gpu_utilisation, "hour/month")


def hours_rented_per_month__committed(hours_per_month: Ratio) -> Hours_per_month:
    """Hours of a month for which a rented GPU is paid.

    Assumes: all hours of the term, whether it works or not.

    Source: definition.
    """
    return ops.amount(hours_per_month, "hour/month")


def gpu_hours_per_month(gpus: Gpus, hours_counted_per_month: Hours_per_month) -> Gpu_hours_per_month:
    """GPU-hours over which the cost of a month is spread.

    Source: definition.
    """
    return gpus * hours_counted_per_month


def owning_cost_per_gpu_hour(
    owning_cost_per_month: USD_per_month, gpu_hours_per_month: Gpu_hours_per_month
) -> USD_per_gpu_hour:
    """What one GPU-hour of owned servers costs.

    Source: definition.
    """
    return owning_cost_per_month / gpu_hours_per_month


def goodput_loss_per_month(owning_cost_per_month: USD_per_month, effective_time_share: Share) -> USD_per_month:
    """Part of the cost of a month that goes to time lost to failures, checkpoints and restarts; it is in the cost.

    Source: definition; goodput as in Young 1974 (Communications of the ACM 17, 530).
    """
    return owning_cost_per_month * (1 - effective_time_share)


def owning_cost_per_useful_gpu_hour(
    owning_cost_per_gpu_hour: USD_per_gpu_hour, effective_time_share: Share
) -> USD_per_gpu_hour:
    """What one GPU-hour that makes progress costs.

    Source: definition.
    """
    return owning_cost_per_gpu_hour / effective_time_share


def colocation_cost_per_gpu_hour(
    colocation_cost_per_month: USD_per_month, gpu_hours_per_month: Gpu_hours_per_month
) -> USD_per_gpu_hour:
    """What one GPU-hour of owned servers in a rented hall costs, whatever `site` says.

    Source: definition.
    """
    return colocation_cost_per_month / gpu_hours_per_month


def gpu_hour_price_paid(gpu_hour_price: USD_per_gpu_hour, rent_commitment_discount: Share) -> USD_per_gpu_hour:
    """Rent of one GPU for one hour after the discount for a commitment.

    Source: definition.
    """
    return gpu_hour_price * (1 - ops.if_included(rent_commitment_discount, 0))


def renting_cost_per_month(
    gpus: Gpus, hours_rented_per_month: Hours_per_month, gpu_hour_price_paid: USD_per_gpu_hour
) -> USD_per_month:
    """What renting as many GPUs costs a month.

    Source: definition.
    """
    return gpus * hours_rented_per_month * gpu_hour_price_paid


def renting_cost_per_gpu_hour(
    gpu_hour_price_paid: USD_per_gpu_hour,
    hours_rented_per_month: Hours_per_month,
    hours_counted_per_month: Hours_per_month,
) -> USD_per_gpu_hour:
    """What one GPU-hour costs when it is rented, counted over the same hours as one that is owned.

    Source: definition.
    """
    return gpu_hour_price_paid * hours_rented_per_month / hours_counted_per_month


def gpus_paid_by_use__by_the_hour(gpus: Gpus) -> Gpus:
    """Rented GPUs that are paid only while they work.

    Assumes: all.

    Source: definition.
    """
    return gpus


def gpus_paid_by_use__committed(gpus: Gpus) -> Gpus:
    """Rented GPUs that are paid only while they work.

    Assumes: none.

    Source: definition.
    """
    return gpus * 0


def gpus_paid_throughout__by_the_hour(gpus: Gpus) -> Gpus:
    """Rented GPUs that are paid whether they work or not.

    Assumes: none.

    Source: definition.
    """
    return gpus * 0


def gpus_paid_throughout__committed(gpus: Gpus) -> Gpus:
    """Rented GPUs that are paid whether they work or not.

    Assumes: all.

    Source: definition.
    """
    return gpus


def breakeven_utilisation(
    owning_cost_per_month: USD_per_month,
    gpus_paid_by_use: Gpus,
    hours_per_month: Ratio,
    gpu_hour_price_paid: USD_per_gpu_hour,
) -> Share:
    """Utilisation above which owning costs less than renting; above 100 % owning never does.

    No value where no GPU is paid by use: utilisation then changes neither side.

    Source: definition; the owned cost does not depend on utilisation, the rent is in proportion to it.
    """
    return owning_cost_per_month / gpus_paid_by_use / (ops.amount(hours_per_month, "hour/month") * gpu_hour_price_paid)


def owning_to_committed_rent(
    owning_cost_per_month: USD_per_month,
    gpus_paid_throughout: Gpus,
    hours_per_month: Ratio,
    gpu_hour_price_paid: USD_per_gpu_hour,
) -> Share:
    """What owning costs over what a committed rent costs; above 100 % renting costs less.

    No value where no GPU is paid throughout: the rent then depends on utilisation.

    Source: definition.
    """
    rent = ops.amount(hours_per_month, "hour/month") * gpu_hour_price_paid
    return owning_cost_per_month / gpus_paid_throughout / rent


def hardware_cost_per_gpu_hour(
    hardware_cost_per_month: USD_per_month, gpu_hours_per_month: Gpu_hours_per_month
) -> USD_per_gpu_hour:
    """What the hardware of one GPU-hour of owned servers costs.

    Source: definition.
    """
    return hardware_cost_per_month / gpu_hours_per_month
