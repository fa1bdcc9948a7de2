"""Renting: what as many GPUs cost by the hour, committed, mixed with reserved ones, on spot, and what comes with it."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import (
    TB,
    Gpu_hours_per_month,
    Gpus,
    Hours_per_month,
    Months,
    Ratio,
    Share,
    TB_per_month,
    USD_per_gpu_hour,
    USD_per_month,
    USD_per_TB,
    USD_per_TB_month,
)

rent_terms = Choice(
    "Which hours of rented GPUs are paid",
    {
        "by_the_hour": "those in which a GPU works",
        "committed": "all hours of the term, used or idle",
        "mixed": "of reserved_share of the GPUs all hours, at the price of a commitment; of the rest those of work",
    },
    binds=(
        "hours_rented_by_use",
        "hours_rented_throughout",
        "gpus_paid_by_use",
        "gpus_paid_throughout",
        "on_demand_price",
    ),
    when={"mixed": ("reserved_share",)},
)
rent_duration = Choice(
    "For how long GPUs are rented",
    {"any": "for as long as they are needed", "minimum": "at least for rent_minimum_term, needed or not"},
    binds=("gpus_rented", "renting_cost_per_gpu_hour"),
    when={"minimum": ("rent_minimum_term",)},
)

rent_commitment_discount = Input(
    Share, "Discount on the rent of a GPU-hour for a long commitment", optional=True, topic="terms of the rent"
)
reserved_share = Input(Share, "Part of the rented GPUs that is reserved, paid in all hours")
rent_minimum_term = Input(
    Months, "Shortest time for which a GPU is rented and paid, needed or not", low=1, high=120, why="ten years of rent"
)
spot_share = Input(
    Share, "Part of the hours paid by use that is rented on spot", optional=True, topic="terms of the rent"
)
spot_gpu_hour_price = Input(USD_per_gpu_hour, "Rent of one GPU for one hour on spot")
spot_loss_share = Input(
    Share, "Part of the hours on spot whose work is lost to preemption", high=0.99,
    why="what loses all work is no way to compute", optional=True, topic="terms of the rent",
)  # fmt: skip
egress_per_month = Input(
    TB_per_month, "Data that leave the cloud in a month", optional=True, topic="cloud storage and egress"
)
egress_price = Input(USD_per_TB, "Price of data that leave the cloud")
rented_storage_price = Input(
    USD_per_TB_month, "Rent of storage in the cloud", optional=True, topic="cloud storage and egress"
)
rent_support_share = Input(
    Share, "Support plan of the cloud, as a share of the rent", optional=True, topic="terms of the rent"
)


def hours_rented_by_use__by_the_hour(hours_per_month: Ratio, gpu_utilisation: Share) -> Hours_per_month:
    """Hours of a month for which a rented GPU is paid because it works.

    Assumes: the hours in which it works; it is handed back in between.

    Source: definition.
    """
    return ops.amount(hours_per_month * gpu_utilisation, "hour/month")


def hours_rented_by_use__committed(hours_per_month: Ratio) -> Hours_per_month:
    """Hours of a month for which a rented GPU is paid because it works.

    Assumes: none, as all are paid anyway.

    Source: definition.
    """
    return ops.amount(0 * hours_per_month, "hour/month")


def hours_rented_by_use__mixed(
    hours_per_month: Ratio, gpu_utilisation: Share, reserved_share: Share
) -> Hours_per_month:
    """Hours of a month for which a rented GPU is paid because it works.

    Assumes: of those that are not reserved, the hours in which they work.

    Source: definition; all GPUs work alike.
    """
    return ops.amount(hours_per_month * gpu_utilisation * (1 - reserved_share), "hour/month")


def hours_rented_throughout__by_the_hour(hours_per_month: Ratio) -> Hours_per_month:
    """Hours of a month for which a rented GPU is paid whether it works or not.

    Assumes: none.

    Source: definition.
    """
    return ops.amount(0 * hours_per_month, "hour/month")


def hours_rented_throughout__committed(hours_per_month: Ratio) -> Hours_per_month:
    """Hours of a month for which a rented GPU is paid whether it works or not.

    Assumes: all hours of the term.

    Source: definition.
    """
    return ops.amount(hours_per_month, "hour/month")


def hours_rented_throughout__mixed(hours_per_month: Ratio, reserved_share: Share) -> Hours_per_month:
    """Hours of a month for which a rented GPU is paid whether it works or not.

    Assumes: all hours of those that are reserved.

    Source: definition.
    """
    return ops.amount(hours_per_month * reserved_share, "hour/month")


def hours_rented_per_month(
    hours_rented_by_use: Hours_per_month, hours_rented_throughout: Hours_per_month
) -> Hours_per_month:
    """Hours of a month for which a rented GPU is paid.

    Source: definition.
    """
    return hours_rented_by_use + hours_rented_throughout


def gpus_rented__any(gpus: Gpus) -> Gpus:
    """GPUs that are rented.

    Assumes: as many as are needed, for as long.

    Source: definition.
    """
    return gpus


def gpus_rented__minimum(gpus: Gpus, rent_minimum_term: Months) -> Gpus:
    """GPUs that are rented.

    Assumes: each for the shortest term at least, and for as long as it is needed; a term that goes beyond the plan is
    paid out in its last year.

    Source: definition.
    """
    return ops.leased(gpus, ops.number(rent_minimum_term, "year"))


def gpu_hour_price_paid(gpu_hour_price: USD_per_gpu_hour, rent_commitment_discount: Share) -> USD_per_gpu_hour:
    """Rent of one GPU for one hour after the discount for a commitment.

    Source: definition.
    """
    return gpu_hour_price * (1 - ops.if_included(rent_commitment_discount, 0))


def on_demand_price__by_the_hour(gpu_hour_price_paid: USD_per_gpu_hour) -> USD_per_gpu_hour:
    """Rent of one GPU for one hour in which it works.

    Assumes: with the discount that is given.

    Source: definition.
    """
    return gpu_hour_price_paid


def on_demand_price__committed(gpu_hour_price_paid: USD_per_gpu_hour) -> USD_per_gpu_hour:
    """Rent of one GPU for one hour in which it works.

    Assumes: that of all hours of the term.

    Source: definition.
    """
    return gpu_hour_price_paid


def on_demand_price__mixed(gpu_hour_price: USD_per_gpu_hour) -> USD_per_gpu_hour:
    """Rent of one GPU for one hour in which it works.

    Assumes: without the discount, which the reserved ones have.

    Source: definition.
    """
    return gpu_hour_price


def spot_price_of_work(
    spot_share: Share, spot_gpu_hour_price: USD_per_gpu_hour, spot_loss_share: Share
) -> USD_per_gpu_hour:
    """What an hour on spot adds to the mean price of an hour of work that is paid by use.

    Source: definition; an hour of work on spot takes 1 / (1 - loss) hours.
    """
    lost = ops.if_included(spot_loss_share, 0)
    return spot_share * spot_gpu_hour_price / ops.where(lost < 1, 1 - lost, 1)


def gpu_hour_price_by_use(
    on_demand_price: USD_per_gpu_hour,
    spot_share: Share,
    spot_price_of_work: USD_per_gpu_hour,
    rent_support_share: Share,
) -> USD_per_gpu_hour:
    """Price of an hour of work that is paid by use, with the part of it on spot, and support.

    Source: definition.
    """
    price = on_demand_price * (1 - ops.if_included(spot_share, 0)) + ops.if_included(spot_price_of_work, 0)
    return price * (1 + ops.if_included(rent_support_share, 0))


def gpu_hour_price_throughout(gpu_hour_price_paid: USD_per_gpu_hour, rent_support_share: Share) -> USD_per_gpu_hour:
    """Price of an hour that is paid whether a GPU works or not, with support.

    Source: definition.
    """
    return gpu_hour_price_paid * (1 + ops.if_included(rent_support_share, 0))


def egress_cost_per_month(egress_per_month: TB_per_month, egress_price: USD_per_TB) -> USD_per_month:
    """What the data cost that leave the cloud in a month.

    Source: definition.
    """
    return egress_per_month * egress_price


def rented_storage_cost_per_month(storage_capacity: TB, rented_storage_price: USD_per_TB_month) -> USD_per_month:
    """What storage in the cloud costs a month.

    Source: definition.
    """
    return storage_capacity * rented_storage_price


def rent_beside_per_month(
    egress_cost_per_month: USD_per_month, rented_storage_cost_per_month: USD_per_month
) -> USD_per_month:
    """What renting costs a month beside the GPUs, as far as it is included.

    Source: definition.
    """
    return ops.if_included(
        egress_cost_per_month + rented_storage_cost_per_month,
        ops.maximum(egress_cost_per_month, rented_storage_cost_per_month),
    )


def rent_throughout_per_month(
    gpus_rented: Gpus,
    hours_rented_throughout: Hours_per_month,
    gpu_hour_price_throughout: USD_per_gpu_hour,
    rent_beside_per_month: USD_per_month,
) -> USD_per_month:
    """What renting costs a month however much the GPUs work.

    Source: definition.
    """
    hours = gpus_rented * hours_rented_throughout * gpu_hour_price_throughout
    return hours + ops.if_included(rent_beside_per_month, 0)


def rent_of_use_per_month(
    gpus_paid_by_use: Gpus, hours_per_month: Ratio, gpu_hour_price_by_use: USD_per_gpu_hour
) -> USD_per_month:
    """What renting costs a month more with all GPUs at work than with none.

    Source: definition.
    """
    return gpus_paid_by_use * ops.amount(hours_per_month, "hour/month") * gpu_hour_price_by_use


def renting_cost_per_month(
    gpus_rented: Gpus,
    hours_rented_by_use: Hours_per_month,
    gpu_hour_price_by_use: USD_per_gpu_hour,
    rent_throughout_per_month: USD_per_month,
) -> USD_per_month:
    """What renting as many GPUs costs a month.

    Source: definition.
    """
    return gpus_rented * hours_rented_by_use * gpu_hour_price_by_use + rent_throughout_per_month


def renting_cost_per_gpu_hour__any(
    hours_rented_by_use: Hours_per_month,
    gpu_hour_price_by_use: USD_per_gpu_hour,
    hours_rented_throughout: Hours_per_month,
    gpu_hour_price_throughout: USD_per_gpu_hour,
    hours_counted_per_month: Hours_per_month,
    rent_beside_per_gpu_hour: USD_per_gpu_hour,
) -> USD_per_gpu_hour:
    """What one GPU-hour costs when it is rented, counted over the same hours as one that is owned.

    Label: rent per GPU-hour.

    Assumes: as many as are needed, for as long.

    Source: definition.
    """
    paid = hours_rented_by_use * gpu_hour_price_by_use + hours_rented_throughout * gpu_hour_price_throughout
    return paid / hours_counted_per_month + ops.if_included(rent_beside_per_gpu_hour, 0)


def renting_cost_per_gpu_hour__minimum(
    renting_cost_per_month: USD_per_month, gpu_hours_per_month: Gpu_hours_per_month
) -> USD_per_gpu_hour:
    """What one GPU-hour costs when it is rented, counted over the same hours as one that is owned.

    Assumes: the hours of the GPUs that are needed bear all that are rented.

    Source: definition.
    """
    return renting_cost_per_month / gpu_hours_per_month


def rent_beside_per_gpu_hour(
    rent_beside_per_month: USD_per_month, gpu_hours_per_month: Gpu_hours_per_month
) -> USD_per_gpu_hour:
    """What comes with rented GPUs, for each GPU-hour.

    Source: definition.
    """
    return rent_beside_per_month / gpu_hours_per_month


def gpus_paid_by_use__by_the_hour(gpus_rented: Gpus) -> Gpus:
    """Rented GPUs that are paid only while they work.

    Assumes: all.

    Source: definition.
    """
    return gpus_rented


def gpus_paid_by_use__committed(gpus_rented: Gpus) -> Gpus:
    """Rented GPUs that are paid only while they work.

    Assumes: none.

    Source: definition.
    """
    return gpus_rented * 0


def gpus_paid_by_use__mixed(gpus_rented: Gpus, reserved_share: Share) -> Gpus:
    """Rented GPUs that are paid only while they work.

    Assumes: those that are not reserved.

    Source: definition.
    """
    return gpus_rented * (1 - reserved_share)


def gpus_paid_throughout__by_the_hour(gpus_rented: Gpus) -> Gpus:
    """Rented GPUs that are paid whether they work or not, where all are.

    Assumes: none.

    Source: definition.
    """
    return gpus_rented * 0


def gpus_paid_throughout__committed(gpus_rented: Gpus) -> Gpus:
    """Rented GPUs that are paid whether they work or not, where all are.

    Assumes: all.

    Source: definition.
    """
    return gpus_rented


def gpus_paid_throughout__mixed(gpus_rented: Gpus) -> Gpus:
    """Rented GPUs that are paid whether they work or not, where all are.

    Assumes: not all are, so utilisation changes what renting costs.

    Source: definition.
    """
    return 0 * gpus_rented
