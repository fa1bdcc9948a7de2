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
    USD_per_kWh,
    USD_per_month,
    kWh_per_year,
)

cost_spread_over = Choice(
    "The hours of a month that bear its cost",
    {"used_hours": "those in which a GPU works: all hours x gpu_utilisation", "all_hours": "all, used or idle"},
    binds=("hours_counted_per_month", "hours_of_use"),
)

gpu_utilisation = Input(Share, "Share of all hours in which a GPU works")


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
        "even only at {breakeven_utilisation} utilisation, so renting wins",
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

advantage = Verdict(
    about=(
        "owning_npv",
        "renting_npv",
        "owning_against_renting_npv",
        "owning_internal_rate",
        "owning_payback",
        "owning_levelised_cost_per_gpu_hour",
        "renting_levelised_cost_per_gpu_hour",
        *flip.about,
    ),
    sentences={
        "owning_against_renting_npv > 0": "owning saves {owning_against_renting_npv} (NPV)",
        "": "renting saves {renting_against_owning_npv} (NPV)",
    },
    instead_of=("flip", "flip_of_commitment"),
)

advantage_before_tax = Verdict(
    about=advantage.about,
    sentences={
        "owning_against_renting_npv * tax_rate > 0": "owning saves {owning_against_renting_npv} before tax (NPV)",
        "renting_against_owning_npv * tax_rate > 0": "renting saves {renting_against_owning_npv} before tax (NPV)",
        **advantage.sentences,
    },
    instead_of=("advantage", *advantage.instead_of),
)
advantage_after_tax = Verdict(
    about=(*advantage.about, "owning_npv_after_tax", "renting_npv_after_tax", "owning_against_renting_npv_after_tax"),
    sentences={
        "owning_against_renting_npv_after_tax > 0": "owning saves {owning_against_renting_npv_after_tax} after tax "
        "(NPV)",
        "": "renting saves {renting_against_owning_npv_after_tax} after tax (NPV)",
    },
    instead_of=("advantage_before_tax", *advantage_before_tax.instead_of),
)

loans = Verdict(
    about=("debt_npv", "owning_npv_financed", *advantage_after_tax.about),
    sentences={"": "loans at {debt_rate} change the NPV of owning by {debt_npv}"},
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


def hours_of_use__used_hours(hours_per_month: Ratio) -> Hours_per_month:
    """Hours of a month that bear its cost with all GPUs at work, beyond those that do with none.

    Assumes: all, as only the hours in which a GPU works bear cost.

    Source: definition.
    """
    return ops.amount(hours_per_month, "hour/month")


def hours_of_use__all_hours(hours_per_month: Ratio) -> Hours_per_month:
    """Hours of a month that bear its cost with all GPUs at work, beyond those that do with none.

    Assumes: none, as all hours bear cost whether a GPU works or not.

    Source: definition.
    """
    return ops.amount(0 * hours_per_month, "hour/month")


def hours_counted_share(hours_counted_per_month: Hours_per_month, hours_per_month: Ratio) -> Share:
    """Share of all hours that bear cost and carbon.

    Source: definition.
    """
    return hours_counted_per_month / ops.amount(hours_per_month, "hour/month")


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


def energy_cost_of_use__average(hours_per_month: Ratio) -> USD_per_month:
    """What the energy of a month costs more with all GPUs at work than with none, its carbon price included.

    Assumes: nothing, as the draw is the same whether GPUs work or not.

    Source: definition.
    """
    return ops.amount(0 * hours_per_month, "USD/month")


def energy_cost_of_use__with_use(
    facility_energy_of_use: kWh_per_year,
    facility_energy_per_year: kWh_per_year,
    energy_paid_per_year: kWh_per_year,
    electricity_price: USD_per_kWh,
    hours_per_month: Ratio,
    carbon_cost_per_month: USD_per_month,
) -> USD_per_month:
    """What the energy of a month costs more with all GPUs at work than with none, its carbon price included.

    Assumes: what work adds to the draw, but for electricity while what is contracted is paid for, drawn or not.

    Source: definition.
    """
    paid = ops.where(energy_paid_per_year > facility_energy_per_year, 0, facility_energy_of_use)
    power = paid * electricity_price * ops.amount(hours_per_month, "hour/month")
    energy = ops.where(facility_energy_per_year > 0, facility_energy_per_year, ops.amount(1, "kWh/year"))
    return power + ops.if_included(carbon_cost_per_month * facility_energy_of_use / energy, 0)


def owning_cost_of_use__by_energy(energy_cost_of_use: USD_per_month) -> USD_per_month:
    """What a month of owning costs more with all GPUs at work than with none.

    Assumes: as energy does.

    Source: definition.
    """
    return energy_cost_of_use


def owning_cost_of_use__by_gpu_hour(
    power_cost_per_gpu_hour: USD_per_gpu_hour, gpus: Gpus, hours_of_use: Hours_per_month
) -> USD_per_month:
    """What a month of owning costs more with all GPUs at work than with none.

    Assumes: what electricity costs for a GPU-hour is given, of the hours that bear the cost.

    Source: definition.
    """
    return power_cost_per_gpu_hour * gpus * hours_of_use


def use_cost_now__average(energy_cost_of_use: USD_per_month) -> USD_per_month:
    """Part of the cost of a month of owning that follows utilisation.

    Assumes: none, as the draw is the same whether GPUs work or not.

    Source: definition.
    """
    return 0 * energy_cost_of_use


def use_cost_now__with_use(energy_cost_of_use: USD_per_month, gpu_utilisation: Share) -> USD_per_month:
    """Part of the cost of a month of owning that follows utilisation.

    Assumes: what work adds to the draw, in the hours in which GPUs work.

    Source: definition.
    """
    return energy_cost_of_use * gpu_utilisation


def power_use_cost_now__by_energy(use_cost_now: USD_per_month) -> USD_per_month:
    """Part of the cost of a month of owning that follows utilisation, by how electricity is known.

    Assumes: as energy does.

    Source: definition.
    """
    return use_cost_now


def power_use_cost_now__by_gpu_hour(owning_cost_of_use: USD_per_month, gpu_utilisation: Share) -> USD_per_month:
    """Part of the cost of a month of owning that follows utilisation, by how electricity is known.

    Assumes: what the hours in which GPUs work cost.

    Source: definition.
    """
    return owning_cost_of_use * gpu_utilisation


def owning_cost_at_rest(owning_cost_per_month: USD_per_month, power_use_cost_now: USD_per_month) -> USD_per_month:
    """What a month of owning would cost with no GPU at work.

    Source: definition.
    """
    return owning_cost_per_month - power_use_cost_now


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


def breakeven_utilisation(
    owning_cost_at_rest: USD_per_month,
    rent_throughout_per_month: USD_per_month,
    gpus_paid_by_use: Gpus,
    rent_of_use_per_month: USD_per_month,
    owning_cost_of_use: USD_per_month,
) -> Share:
    """Utilisation above which owning costs less than renting; above 100 % owning never does.

    Label: break-even utilisation.

    No value where no GPU is paid by use: utilisation then changes neither side. An hour of work counts as saving a
    128th of its rent at least, so that the figure is far above 100 % where its electricity costs as much.

    Source: definition; where the lines of both sides meet over utilisation, the owned one being level but for the
    electricity that follows it.
    """
    least = rent_of_use_per_month / 2 / 2 / 2 / 2 / 2 / 2 / 2
    saved = ops.maximum(rent_of_use_per_month - owning_cost_of_use, least) / gpus_paid_by_use
    return (owning_cost_at_rest - rent_throughout_per_month) / gpus_paid_by_use / saved


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
