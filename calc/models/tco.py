"""Total cost of ownership: what a cluster costs a month, line by line, in a hall of one's own or in a rented one."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import (
    USD,
    Per_month,
    Per_year,
    Persons,
    Ratio,
    Servers,
    Servers_per_person,
    USD_per_kW_month,
    USD_per_kWh,
    USD_per_month,
    USD_per_person_year,
    kW,
    kWh_per_year,
)

site = Choice(
    "Where servers that are owned stand",
    {"own_hall": "in a hall of one's own", "colocation": "in a rented hall, paid by nameplate power"},
    binds=("hosting_cost_per_month", "staff_cost_per_month", "hosting_spending", "hosting_book_value"),
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
servers_per_administrator = Input(Servers_per_person, "Servers that one administrator looks after", optional=True)
support_rate = Input(
    Per_year,
    "Support contract, as a yearly share of the price of the servers",
    high=1,
    why="support for a year at the price of the servers; `8` where `8 %` was meant",
    band=(0.001, 0.5),
    optional=True,
)
setup_cost = Input(USD, "What it costs once to install the servers", optional=True)


def server_cost_per_month(server_capex: USD, server_amortisation: Per_month) -> USD_per_month:
    """What a month of use takes of the price of the servers.

    Source: definition.
    """
    return server_capex * server_amortisation


def network_cost_per_month(network_capex: USD, network_amortisation: Per_month) -> USD_per_month:
    """What a month of use takes of the price of the network.

    Source: definition.
    """
    return network_capex * network_amortisation


def storage_cost_per_month(storage_capex: USD, server_amortisation: Per_month) -> USD_per_month:
    """What a month of use takes of the price of the storage, which is written off as the servers are.

    Source: definition.
    """
    return storage_capex * server_amortisation


def spares_cost_per_month(spares_capex: USD, server_amortisation: Per_month) -> USD_per_month:
    """What a month of use takes of the price of the spares, which are written off as the servers are.

    Source: definition.
    """
    return spares_capex * server_amortisation


def setup_cost_per_month(setup_cost: USD, server_amortisation: Per_month) -> USD_per_month:
    """What a month of use takes of the cost of installing the servers, spread over their life.

    Source: definition.
    """
    return setup_cost * server_amortisation


def support_cost_per_month(server_capex: USD, support_rate: Per_year) -> USD_per_month:
    """Support contract of a month.

    Source: definition.
    """
    return server_capex * support_rate


def facility_cost_per_month(facility_capex: USD, facility_amortisation: Per_month) -> USD_per_month:
    """What a month of use takes of the cost of building the hall.

    Source: definition.
    """
    return facility_capex * facility_amortisation


def colocation_fee_per_month(it_power: kW, colocation_price: USD_per_kW_month) -> USD_per_month:
    """Rent of a hall for a month, electricity not in it.

    Source: definition; colocation is billed by the power that is kept ready, drawn or not.
    """
    return it_power * colocation_price


def power_cost_per_month(
    facility_energy_per_year: kWh_per_year, electricity_price: USD_per_kWh, hours_per_month: Ratio
) -> USD_per_month:
    """Electricity of a month for the IT at its average draw and for what PUE adds; utilisation does not change it.

    Source: definition.
    """
    return facility_energy_per_year * electricity_price * ops.amount(hours_per_month, "hour/month")


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


def staff_cost_per_month__own_hall(
    facility_staff_cost_per_month: USD_per_month, administration_cost_per_month: USD_per_month
) -> USD_per_month:
    """Pay of the staff of a month, as far as it is included.

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


def hosting_cost_per_month__own_hall(facility_cost_per_month: USD_per_month) -> USD_per_month:
    """What the place in which owned servers stand costs a month, electricity not in it.

    Assumes: a hall of one's own.

    Source: definition.
    """
    return facility_cost_per_month


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

    Source: definition.
    """
    beside = ops.if_included(support_cost_per_month, 0) + ops.if_included(carbon_cost_per_month, 0)
    return power_cost_per_month + ops.if_included(staff_cost_per_month, 0) + beside


def owning_cost_per_month(
    hardware_cost_per_month: USD_per_month,
    hosting_cost_per_month: USD_per_month,
    running_cost_per_month: USD_per_month,
) -> USD_per_month:
    """What owning the cluster costs a month, with the lines that are included.

    Source: definition.
    """
    return hardware_cost_per_month + hosting_cost_per_month + running_cost_per_month


def colocation_cost_per_month(
    hardware_cost_per_month: USD_per_month,
    colocation_fee_per_month: USD_per_month,
    running_cost_per_month: USD_per_month,
    staff_cost_per_month: USD_per_month,
    administration_cost_per_month: USD_per_month,
) -> USD_per_month:
    """What owning the cluster in a rented hall costs a month, whatever `site` says.

    Source: definition; of the staff, those who look after the servers remain.
    """
    hall_staff = ops.if_included(staff_cost_per_month, 0) - ops.if_included(administration_cost_per_month, 0)
    return hardware_cost_per_month + colocation_fee_per_month + running_cost_per_month - hall_staff
