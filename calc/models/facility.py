"""Facility: the power, energy, water and build cost of the hall in which servers stand."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import (
    USD,
    L_per_kWh,
    L_per_year,
    Persons,
    Racks,
    Ratio,
    Servers,
    Share,
    USD_per_kWh,
    USD_per_W,
    USD_per_year,
    kW,
    kW_per_rack,
    kW_per_server,
    kWh_per_year,
)

hosting_sized_by = Choice(
    "The power for which a hall is built, and by which a rented one is billed",
    {"it_power": "nameplate power of the IT", "cabinets": "all that the cabinets may draw, stranded power included"},
    binds=("facility_capex", "hosting_power"),
    when={"cabinets": ("rack_power_rated",)},
)

network_power = Input(kW, "Nameplate power of network and storage devices", optional=True)
average_power_share = Input(Share, "Average draw of the IT over its nameplate power")
pue = Input(
    Ratio,
    "Power of the whole hall over that of its IT",
    low=1,
    high=3,
    why="the whole takes at least what its part takes; worse than 3 is no hall for servers",
)
electricity_price = Input(USD_per_kWh, "Price of electricity at the meter of the hall")
wue_site = Input(
    L_per_kWh,
    "Water evaporated on site for each kWh of IT energy",
    high=10,
    why="evaporating 1.5 L carries off all heat of a kWh; a multiple goes down the drain",
    optional=True,
)
wue_source = Input(L_per_kWh, "Water used to generate each kWh of electricity", optional=True)
facility_capex_per_power = Input(USD_per_W, "Cost of building the hall for each watt of IT power")
facility_staff = Input(Persons, "Persons who run the hall", optional=True)


def it_power(servers_placed: Servers, server_power: kW_per_server, network_power: kW) -> kW:
    """Nameplate power of all IT: servers, and network and storage devices where their power is given.

    Source: definition.
    """
    return servers_placed * server_power + ops.if_included(network_power, 0)


def facility_power(it_power: kW, pue: Ratio) -> kW:
    """Power that the hall draws when its IT runs at nameplate; its connection to the grid has to carry it.

    Source: The Green Grid 2007, power usage effectiveness.
    """
    return it_power * pue


def it_energy_per_year(it_power: kW, average_power_share: Share) -> kWh_per_year:
    """Energy that the IT draws in a year, before PUE.

    Source: definition.
    """
    return it_power * average_power_share


def facility_energy_per_year(it_energy_per_year: kWh_per_year, pue: Ratio) -> kWh_per_year:
    """Energy of a year at the meter of the hall, cooling and losses included.

    Source: The Green Grid 2007, power usage effectiveness.
    """
    return it_energy_per_year * pue


def electricity_cost_per_year(facility_energy_per_year: kWh_per_year, electricity_price: USD_per_kWh) -> USD_per_year:
    """Cost of the hall's electricity in a year of 8,760 hours.

    Source: definition.
    """
    return facility_energy_per_year * electricity_price


def hosting_power__it_power(it_power: kW) -> kW:
    """Power that is kept ready for the IT: a hall is built for it, and a rented one is billed by it.

    Assumes: the nameplate power of the IT.

    Source: definition.
    """
    return it_power


def hosting_power__cabinets(
    racks_needed: Racks, rack_power_rated: kW_per_rack, servers_placed: Servers, network_power: kW
) -> kW:
    """Power that is kept ready for the IT: a hall is built for it, and a rented one is billed by it.

    Assumes: all that the cabinets may draw, and the devices of the network.

    Source: definition; colocation is billed by the power that is kept ready, drawn or not.
    """
    cabinets = ops.where(servers_placed >= 0, racks_needed * rack_power_rated, 0)
    return cabinets + ops.if_included(network_power, 0)


def facility_capex__it_power(it_power: kW, facility_capex_per_power: USD_per_W) -> USD:
    """Cost of building the hall.

    Assumes: the hall is built for the nameplate power of the IT.

    Source: definition; build cost is quoted for each watt of critical IT power.
    """
    return it_power * facility_capex_per_power


def facility_capex__cabinets(hosting_power: kW, facility_capex_per_power: USD_per_W) -> USD:
    """Cost of building the hall.

    Assumes: the hall is built for all that its cabinets may draw, stranded power included.

    Source: definition; build cost is quoted for each watt of critical IT power.
    """
    return hosting_power * facility_capex_per_power


def stranded_power_cost(stranded_power_total: kW, facility_capex_per_power: USD_per_W) -> USD:
    """Cost of building the power that no server can use, because cabinets hold whole servers only.

    Source: definition.
    """
    return stranded_power_total * facility_capex_per_power


def water_site_per_year(it_energy_per_year: kWh_per_year, wue_site: L_per_kWh) -> L_per_year:
    """Water that the hall evaporates in a year.

    Source: The Green Grid 2011, water usage effectiveness; WUE counts on IT energy.
    """
    return it_energy_per_year * wue_site


def water_source_per_year(facility_energy_per_year: kWh_per_year, wue_source: L_per_kWh) -> L_per_year:
    """Water that generating a year's electricity takes.

    Source: The Green Grid 2011, water usage effectiveness at the source; it counts on all energy, after PUE.
    """
    return facility_energy_per_year * wue_source


def water_per_year(water_site_per_year: L_per_year, water_source_per_year: L_per_year) -> L_per_year:
    """Water of a year, on site and at the source, as far as each is included.

    Source: definition.
    """
    return ops.if_included(
        water_site_per_year + water_source_per_year, ops.maximum(water_site_per_year, water_source_per_year)
    )
