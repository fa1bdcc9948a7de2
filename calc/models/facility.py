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
    USD_per_kW_month,
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

power_draw = Choice(
    "How much of its nameplate power the IT draws",
    {
        "average": "average_power_share of it, whether GPUs work or not",
        "with_use": "average_power_share of it while GPUs work, idle_power_share while they do not",
    },
    binds=("it_energy_per_year", "it_energy_of_use", "energy_cost_of_use", "use_cost_now"),
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
facility_capex_per_power = Input(
    USD_per_W, "Cost of building the hall for each watt of IT power", label="cost of the hall"
)
redundancy_factor = Input(
    Ratio,
    "Power that is built over the power that may be used, for redundancy; without it the price is per usable power",
    low=1,
    high=4,
    why="what is built carries at least what is used; four times is two whole spare plants on each side",
    optional=True,
    label="redundancy",
)
pue_fixed_share = Input(
    Share,
    "Part of what PUE adds at full load that does not follow the load; without it all of it does",
    optional=True,
    label="PUE by load",
)
take_or_pay_power = Input(
    kW, "Average power whose energy is paid for, drawn or not", optional=True, topic="power contract"
)
demand_charge = Input(
    USD_per_kW_month, "Price of each kW of the largest draw of a month", optional=True, topic="power contract"
)
facility_staff = Input(Persons, "Persons who run the hall", optional=True, topic="staff")


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


def it_energy_per_year__average(it_power: kW, average_power_share: Share) -> kWh_per_year:
    """Energy that the IT draws in a year, before PUE.

    Assumes: the same draw whether GPUs work or not.

    Source: definition.
    """
    return it_power * average_power_share


def it_energy_per_year__with_use(
    it_power: kW, idle_power_share: Share, it_energy_of_use: kWh_per_year, gpu_utilisation: Share
) -> kWh_per_year:
    """Energy that the IT draws in a year, before PUE.

    Assumes: the draw of idle servers, and what work adds to it in the hours in which GPUs work.

    Source: definition; a server's draw is near to linear in its use (Barroso and Hoelzle 2007, IEEE Computer 40, 33).
    """
    return it_power * idle_power_share + it_energy_of_use * gpu_utilisation


def it_energy_of_use__average(it_power: kW) -> kWh_per_year:
    """Energy of a year that the IT draws more with all GPUs at work than with none, before PUE.

    Assumes: none; the draw is the same whether GPUs work or not.

    Source: definition.
    """
    return 0 * it_power


def it_energy_of_use__with_use(it_power: kW, average_power_share: Share, idle_power_share: Share) -> kWh_per_year:
    """Energy of a year that the IT draws more with all GPUs at work than with none, before PUE.

    Assumes: average_power_share is the draw at work, idle_power_share the one without.

    Source: definition.
    """
    return it_power * (average_power_share - idle_power_share)


def facility_energy_per_year(
    it_energy_per_year: kWh_per_year, pue: Ratio, it_power: kW, pue_fixed_share: Share
) -> kWh_per_year:
    """Energy of a year at the meter of the hall: that of the IT, and what PUE adds to it.

    Source: The Green Grid 2007, power usage effectiveness; `pue` holds at full load where a part of it is fixed.
    """
    beyond = ops.if_included((pue - 1) * pue_fixed_share * (it_power - it_energy_per_year), 0)
    return it_energy_per_year * pue + beyond


def facility_energy_of_use(it_energy_of_use: kWh_per_year, pue: Ratio, pue_fixed_share: Share) -> kWh_per_year:
    """Energy of a year at the meter that all GPUs at work draw more than none.

    Source: definition.
    """
    return it_energy_of_use * (1 + (pue - 1) * (1 - ops.if_included(pue_fixed_share, 0)))


def energy_paid_per_year(facility_energy_per_year: kWh_per_year, take_or_pay_power: kW) -> kWh_per_year:
    """Energy of a year that is paid for: what is drawn, and at least what is contracted.

    Source: definition; take-or-pay.
    """
    return ops.maximum(facility_energy_per_year, take_or_pay_power)


def electricity_cost_per_year(energy_paid_per_year: kWh_per_year, electricity_price: USD_per_kWh) -> USD_per_year:
    """Cost of the hall's electricity in a year of 8,760 hours, without a charge for its largest draw.

    Source: definition.
    """
    return energy_paid_per_year * electricity_price


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


def facility_capex__it_power(it_power: kW, facility_capex_per_power: USD_per_W, redundancy_factor: Ratio) -> USD:
    """Cost of building the hall.

    Assumes: the hall is built for the nameplate power of the IT.

    Source: definition; build cost is quoted for each watt of critical IT power.
    """
    return it_power * facility_capex_per_power * ops.if_included(redundancy_factor, 1)


def facility_capex__cabinets(hosting_power: kW, facility_capex_per_power: USD_per_W, redundancy_factor: Ratio) -> USD:
    """Cost of building the hall.

    Assumes: the hall is built for all that its cabinets may draw, stranded power included.

    Source: definition; build cost is quoted for each watt of critical IT power.
    """
    return hosting_power * facility_capex_per_power * ops.if_included(redundancy_factor, 1)


def stranded_power_cost(stranded_power_total: kW, facility_capex_per_power: USD_per_W) -> USD:
    """Cost of building the power that no server can use, because cabinets hold whole servers only.

    Label: cost of stranded power.

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
