"""Total cost of ownership: what a cluster costs a month, line by line, in a hall of one's own or in a rented one."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import (
    USD,
    Gpu_hours_per_month,
    Per_year,
    Persons,
    Ratio,
    Servers,
    Servers_per_person,
    Share,
    USD_per_gpu_hour,
    USD_per_kW_month,
    USD_per_kWh,
    USD_per_month,
    USD_per_person_year,
    kW,
    kWh_per_year,
)

site = Choice(
    "Where servers that are owned stand",
    {"own_hall": "in a hall of one's own", "colocation": "in a rented hall, paid by the power that is kept ready"},
    binds=(
        "hosting_cost_per_month",
        "staff_cost_per_month",
        "colocation_cost_per_month",
        "site_at_start",
        "site_late",
        "site_moment",
        "site_rent",
        "site_book_value",
        "site_tax_depreciation",
    ),
)
staff_counted = Choice(
    "How the pay of staff is known",
    {"by_head": "by persons, those of the hall and those who look after the servers", "given": "as given for a month"},
    binds=("hall_staff_cost_per_month",),
    when={"given": ("staff_cost_per_month",)},
)
power_billed = Choice(
    "How the electricity of a month is known",
    {"by_energy": "energy times its price", "by_gpu_hour": "as given for a GPU-hour"},
    binds=("power_cost_per_month", "owning_cost_of_use", "power_use_cost_now"),
    when={"by_gpu_hour": ("power_cost_per_gpu_hour",)},
)

hours_per_month = Input(
    Ratio,
    "Hours of a month for which energy and GPU-hours are billed",
    low=600,
    high=744,
    why="a month of 31 days has 744 hours; less than 600 is no month",
)
colocation_price = Input(USD_per_kW_month, "Rent of a hall for each kW of IT nameplate power, electricity not in it")
staff_cost_per_person_year = Input(USD_per_person_year, "What one person who runs hall or servers costs a year")
servers_per_administrator = Input(
    Servers_per_person, "Servers that one administrator looks after", optional=True, topic="staff"
)
support_rate = Input(
    Per_year,
    "Support contract, as a yearly share of the price of the servers",
    high=1,
    why="support for a year at the price of the servers; `8` where `8 %` was meant",
    band=(0.001, 0.5),
    optional=True,
    label="support contract",
)
facility_opex_per_power = Input(
    USD_per_kW_month,
    "Operating cost of a hall of one's own for each kW that it is built for",
    optional=True,
    label="operation of the hall",
)
power_cost_per_gpu_hour = Input(USD_per_gpu_hour, "Electricity of one GPU for one hour, as given", optional=True)
setup_cost = Input(USD, "What it costs once to install the servers", optional=True, label="set-up")


def facility_opex_per_month(hosting_power: kW, facility_opex_per_power: USD_per_kW_month) -> USD_per_month:
    """What maintenance, security, insurance and property tax of a hall of one's own cost a month.

    Source: Barroso, Clidaras and Hoelzle 2013 (The Datacenter as a Computer, 2nd edition), data-centre opex.
    """
    return hosting_power * facility_opex_per_power


def colocation_fee_per_month(hosting_power: kW, colocation_price: USD_per_kW_month) -> USD_per_month:
    """Rent of a hall for a month, electricity not in it.

    Source: definition; colocation is billed by the power that is kept ready, drawn or not.
    """
    return hosting_power * colocation_price


def demand_charge_per_month(facility_power: kW, demand_charge: USD_per_kW_month) -> USD_per_month:
    """Charge for the largest draw of a month, which is that of the hall with its IT at nameplate.

    Source: definition; demand charge of an electricity tariff.
    """
    return facility_power * demand_charge


def power_cost_per_month__by_energy(
    energy_paid_per_year: kWh_per_year,
    electricity_price: USD_per_kWh,
    hours_per_month: Ratio,
    demand_charge_per_month: USD_per_month,
) -> USD_per_month:
    """Electricity of a month for the IT at its average draw and for what PUE adds.

    Label: electricity per month.

    Assumes: energy times its price, and the charge for the largest draw where it is included.

    Source: definition.
    """
    energy = energy_paid_per_year * electricity_price * ops.amount(hours_per_month, "hour/month")
    return energy + ops.if_included(demand_charge_per_month, 0)


def power_cost_per_month__by_gpu_hour(
    power_cost_per_gpu_hour: USD_per_gpu_hour, gpu_hours_per_month: Gpu_hours_per_month
) -> USD_per_month:
    """Electricity of a month for the IT at its average draw and for what PUE adds.

    Assumes: what it costs for a GPU-hour is given.

    Source: definition.
    """
    return power_cost_per_gpu_hour * gpu_hours_per_month


def facility_staff_cost_per_month(
    facility_staff: Persons, staff_cost_per_person_year: USD_per_person_year
) -> USD_per_month:
    """Pay of those who run the hall.

    Source: definition.
    """
    return facility_staff * staff_cost_per_person_year


def administration_cost_per_month(
    servers: Servers, servers_per_administrator: Servers_per_person, staff_cost_per_person_year: USD_per_person_year
) -> USD_per_month:
    """Pay of those who look after the servers, wherever these stand.

    Source: definition.
    """
    return servers / servers_per_administrator * staff_cost_per_person_year


def hall_staff_cost_per_month__by_head(facility_staff_cost_per_month: USD_per_month) -> USD_per_month:
    """Part of the pay of the staff that the owner of a rented hall bears.

    Assumes: those who run the hall.

    Source: definition.
    """
    return facility_staff_cost_per_month


def hall_staff_cost_per_month__given(staff_cost_per_month: USD_per_month) -> USD_per_month:
    """Part of the pay of the staff that the owner of a rented hall bears.

    Assumes: none of the pay that is given for a month.

    Source: definition.
    """
    return 0 * staff_cost_per_month


def staff_cost_per_month__own_hall(
    facility_staff_cost_per_month: USD_per_month, administration_cost_per_month: USD_per_month
) -> USD_per_month:
    """Pay of the staff of a month, as far as it is included.

    Label: staff per month.

    Assumes: those who run the hall and those who look after the servers.

    Source: definition.
    """
    return ops.if_included(
        facility_staff_cost_per_month + administration_cost_per_month,
        ops.maximum(facility_staff_cost_per_month, administration_cost_per_month),
    )


def staff_cost_per_month__colocation(administration_cost_per_month: USD_per_month) -> USD_per_month:
    """Pay of the staff of a month, as far as it is included.

    Assumes: those who look after the servers; the hall is run by its owner.

    Source: definition.
    """
    return administration_cost_per_month


def hosting_cost_per_month__own_hall(
    facility_cost_per_month: USD_per_month,
    construction_interest_per_month: USD_per_month,
    facility_opex_per_month: USD_per_month,
) -> USD_per_month:
    """What the place in which owned servers stand costs a month, electricity not in it.

    Label: hosting per month.

    Assumes: a hall of one's own, with interest during construction and its operation where they are included.

    Source: definition.
    """
    beside = ops.if_included(construction_interest_per_month, 0) + ops.if_included(facility_opex_per_month, 0)
    return facility_cost_per_month + beside


def hosting_cost_per_month__colocation(colocation_fee_per_month: USD_per_month) -> USD_per_month:
    """What the place in which owned servers stand costs a month, electricity not in it.

    Assumes: a rented hall.

    Source: definition.
    """
    return colocation_fee_per_month


def hardware_cost_per_month(
    server_cost_per_month: USD_per_month,
    network_cost_per_month: USD_per_month,
    storage_cost_per_month: USD_per_month,
    spares_cost_per_month: USD_per_month,
    setup_cost_per_month: USD_per_month,
) -> USD_per_month:
    """What a month of use takes of the price of the cluster, with the lines that are included.

    Label: hardware per month.

    Source: definition.
    """
    beside_network = ops.if_included(storage_cost_per_month, 0) + ops.if_included(spares_cost_per_month, 0)
    beside = ops.if_included(network_cost_per_month, 0) + beside_network + ops.if_included(setup_cost_per_month, 0)
    return server_cost_per_month + beside


def running_cost_per_month(
    power_cost_per_month: USD_per_month,
    staff_cost_per_month: USD_per_month,
    support_cost_per_month: USD_per_month,
    carbon_cost_per_month: USD_per_month,
) -> USD_per_month:
    """What running the cluster costs a month, with the lines that are included.

    Label: running per month.

    Source: definition.
    """
    beside = ops.if_included(support_cost_per_month, 0) + ops.if_included(carbon_cost_per_month, 0)
    return power_cost_per_month + ops.if_included(staff_cost_per_month, 0) + beside


def contingency_cost_per_month(
    hardware_cost_per_month: USD_per_month,
    hardware_rent: USD_per_month,
    hosting_cost_per_month: USD_per_month,
    hosting_rent: USD_per_month,
    contingency_share: Share,
) -> USD_per_month:
    """Contingency on what is bought and built, spread as its price is.

    Source: definition.
    """
    return (hardware_cost_per_month - hardware_rent + hosting_cost_per_month - hosting_rent) * contingency_share


def owning_cost_per_month(
    hardware_cost_per_month: USD_per_month,
    hosting_cost_per_month: USD_per_month,
    running_cost_per_month: USD_per_month,
    contingency_cost_per_month: USD_per_month,
) -> USD_per_month:
    """What owning the cluster costs a month, with the lines that are included.

    Source: definition.
    """
    lines = hardware_cost_per_month + hosting_cost_per_month + running_cost_per_month
    return lines + ops.if_included(contingency_cost_per_month, 0)


def colocation_cost_per_month__own_hall(
    hardware_cost_per_month: USD_per_month,
    colocation_fee_per_month: USD_per_month,
    running_cost_per_month: USD_per_month,
    hall_staff_cost_per_month: USD_per_month,
    hardware_rent: USD_per_month,
    contingency_share: Share,
) -> USD_per_month:
    """What owning the cluster in a rented hall costs a month, whatever `site` says.

    Assumes: a rented hall instead of one's own, without those who would run that.

    Source: definition.
    """
    lines = hardware_cost_per_month + colocation_fee_per_month + running_cost_per_month
    contingency = ops.if_included((hardware_cost_per_month - hardware_rent) * contingency_share, 0)
    return lines + contingency - ops.if_included(hall_staff_cost_per_month, 0)


def colocation_cost_per_month__colocation(owning_cost_per_month: USD_per_month) -> USD_per_month:
    """What owning the cluster in a rented hall costs a month, whatever `site` says.

    Assumes: it is what owning costs.

    Source: definition.
    """
    return owning_cost_per_month
