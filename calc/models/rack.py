"""Rack power: how many servers a cabinet feeds and holds, and what power stays stranded."""

from calc import ops
from calc.declarations import Check, Input
from calc.units.vocabulary import (
    M2,
    M2_per_rack,
    Rack_units_per_rack,
    Rack_units_per_server,
    Racks,
    Servers,
    Servers_per_rack,
    Share,
    kW,
    kW_per_rack,
    kW_per_server,
)

server_power = Input(kW_per_server, "Power that one server draws at full load")
server_height = Input(Rack_units_per_server, "Height of one server", optional=True)
rack_power_rated = Input(kW_per_rack, "Power that one cabinet is designed for")
rack_power_derating = Input(Share, "Factor on the rated power that may be used all the time")
rack_height = Input(Rack_units_per_rack, "Height for servers in one cabinet", optional=True)
floor_area_per_rack = Input(
    M2_per_rack, "Floor area of one cabinet with its share of the aisles", band=(0.5, 50), optional=True
)

rack_not_overloaded = Check(
    "rack_power_drawn <= rack_power_usable", "the servers draw more than the cabinet may supply"
)


def rack_power_usable(rack_power_rated: kW_per_rack, rack_power_derating: Share) -> kW_per_rack:
    """Power of one cabinet that servers may draw all the time.

    Source: definition.
    """
    return rack_power_rated * rack_power_derating


def servers_per_rack_by_power(rack_power_usable: kW_per_rack, server_power: kW_per_server) -> Servers_per_rack:
    """Whole servers that one cabinet can feed.

    Source: definition; a server runs only when its full draw is available.
    """
    return ops.floor(rack_power_usable / server_power)


def servers_per_rack_by_space(
    rack_height: Rack_units_per_rack, server_height: Rack_units_per_server
) -> Servers_per_rack:
    """Whole servers that one cabinet has the height for.

    Source: definition.
    """
    return ops.floor(rack_height / server_height)


def servers_per_rack(
    servers_per_rack_by_power: Servers_per_rack, servers_per_rack_by_space: Servers_per_rack
) -> Servers_per_rack:
    """Servers in one cabinet: the lesser of what its power and its height allow.

    Source: definition.
    """
    return ops.minimum(servers_per_rack_by_power, servers_per_rack_by_space)


def rack_power_drawn(servers_per_rack: Servers_per_rack, server_power: kW_per_server) -> kW_per_rack:
    """Power that the servers of one full cabinet draw.

    Source: definition.
    """
    return servers_per_rack * server_power


def rack_power_stranded(rack_power_usable: kW_per_rack, rack_power_drawn: kW_per_rack) -> kW_per_rack:
    """Usable power of one full cabinet that no server can use.

    Source: definition.
    """
    return rack_power_usable - rack_power_drawn


def rack_power_stranded_share(rack_power_stranded: kW_per_rack, rack_power_usable: kW_per_rack) -> Share:
    """Stranded power as a share of the usable power of a cabinet.

    Source: definition.
    """
    return rack_power_stranded / rack_power_usable


def rack_power_utilisation(rack_power_drawn: kW_per_rack, rack_power_rated: kW_per_rack) -> Share:
    """Drawn power as a share of the rated power of a cabinet.

    Source: definition.
    """
    return rack_power_drawn / rack_power_rated


def servers_needed(servers: Servers) -> Servers:
    """Servers to be placed: those of the cluster unless given.

    Source: definition.
    """
    return servers


def racks_needed(servers_needed: Servers, servers_per_rack: Servers_per_rack) -> Racks:
    """Whole cabinets for all servers; the last one may be part empty.

    Source: definition.
    """
    return ops.ceil(servers_needed / servers_per_rack)


def stranded_power_total(
    racks_needed: Racks, rack_power_usable: kW_per_rack, servers_needed: Servers, server_power: kW_per_server
) -> kW:
    """Usable power of all cabinets that the servers placed in them do not draw.

    Source: definition.
    """
    return racks_needed * rack_power_usable - servers_needed * server_power


def floor_area(racks_needed: Racks, floor_area_per_rack: M2_per_rack) -> M2:
    """Floor area of all cabinets.

    Source: definition.
    """
    return racks_needed * floor_area_per_rack
