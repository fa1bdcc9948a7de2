"""Hall: how many servers its power, cooling, floor and cabinets allow, and whether it carries what stands in it."""

from calc import ops
from calc.declarations import Check, Input
from calc.units.vocabulary import (
    M2,
    MW,
    Kg,
    Kg_per_M2,
    Kg_per_rack,
    Kg_per_server,
    M2_per_rack,
    Racks,
    Ratio,
    Servers,
    Servers_per_rack,
    Share,
    kW,
    kW_per_rack,
    kW_per_server,
)

ups_modules = Input(
    Ratio,
    "UPS modules of the hall",
    low=1,
    high=1000,
    why="a hall on UPS has at least one",
    optional=True,
    topic="hall: UPS",
)
ups_modules_spare = Input(
    Ratio,
    "Of the UPS modules, those that the others stand in for: 1 at N+1, half at 2N",
    high=100,
    why="a hall has some tens of modules at most",
)
ups_module_power = Input(kW, "Real power that one UPS module gives", band=(5, 5000))
ups_load_share = Input(Share, "Share of its power to which a UPS may be loaded", optional=True, topic="hall: UPS")
generator_power = Input(
    kW, "Power of the generators that have to carry the hall", band=(10, 1e6), optional=True, topic="hall: generators"
)
hall_air_cooling = Input(kW, "Heat that air takes out of the hall", band=(1, 1e6), optional=True, topic="hall: cooling")
hall_liquid_cooling = Input(
    kW, "Heat that liquid takes out of the servers of the hall", optional=True, topic="hall: cooling"
)
hall_floor_area = Input(
    M2,
    "Floor area for cabinets and their aisles",
    band=(5, 1e6),
    optional=True,
    high=1e7,
    why="the largest data halls have some 100,000 m2",
    topic="hall: floor",
)
floor_load_limit = Input(
    Kg_per_M2,
    "Weight that a square metre of the floor carries",
    band=(100, 10_000),
    optional=True,
    topic="cabinet: floor",
)

hall_not_overloaded = Check("hall_power_drawn <= hall_it_power", "the IT draws more than the hall may supply")
grid_carries = Check(
    "hall_power_drawn * pue <= grid_power", "the hall draws more than its connection to the grid carries"
)
generators_carry = Check("hall_power_drawn * pue <= generator_power", "the hall draws more than its generators give")
hall_air_suffices = Check(
    "hall_power_drawn - if_included(hall_heat_in_liquid, 0) <= hall_air_cooling", "air does not cool the hall"
)
hall_liquid_suffices = Check("hall_heat_in_liquid <= hall_liquid_cooling", "liquid does not cool the hall")
hall_has_room = Check("racks_needed <= hall_racks", "the hall has not so many cabinets")
floor_has_room = Check("floor_area <= hall_floor_area", "the floor has no room for so many cabinets")
floor_carries = Check("hall_weight <= floor_load_limit * hall_floor_area", "the floor does not carry the hall")


def hall_it_power(ups_modules: Ratio, ups_modules_spare: Ratio, ups_module_power: kW, ups_load_share: Share) -> kW:
    """Power that the hall may supply to IT: that of its UPS modules less the spare ones.

    Source: definition.
    """
    return (ups_modules - ups_modules_spare) * ups_module_power * ops.if_included(ups_load_share, 1)


def hall_power_by_grid(grid_power: MW, pue: Ratio) -> kW:
    """IT power that the connection to the grid carries together with what cooling and losses take.

    Source: The Green Grid 2007, power usage effectiveness.
    """
    return grid_power / pue


def hall_power_by_generators(generator_power: kW, pue: Ratio) -> kW:
    """IT power that the generators carry together with what cooling and losses take.

    Source: The Green Grid 2007, power usage effectiveness.
    """
    return generator_power / pue


def hall_power_for_servers(
    hall_it_power: kW, hall_power_by_grid: kW, hall_power_by_generators: kW, network_power: kW
) -> kW:
    """Power of the hall for what stands in its cabinets: the least of its limits, less network and storage.

    Source: definition.
    """
    least = ops.minimum(ops.minimum(hall_it_power, hall_power_by_grid), hall_power_by_generators)
    rest = least - ops.if_included(network_power, 0)
    return ops.where(rest > 0, rest, 0)


def hall_servers_by_power__anywhere(hall_power_for_servers: kW, server_power: kW_per_server) -> Servers:
    """Whole servers that the power of the hall feeds.

    Assumes: no cabinet is given, so none takes power itself.

    Source: definition.
    """
    return ops.floor(hall_power_for_servers / server_power)


def hall_servers_by_power__in_cabinets(
    hall_power_for_servers: kW,
    server_power: kW_per_server,
    rack_power_reserved: kW_per_rack,
    servers_per_rack: Servers_per_rack,
) -> Servers:
    """Whole servers that the power of the hall feeds.

    Assumes: full cabinets, and a last one that may be part empty, each with its reserved power.

    Source: definition.
    """
    reserved = ops.if_included(rack_power_reserved, 0)
    racks = ops.floor(hall_power_for_servers / (server_power + reserved / servers_per_rack) / servers_per_rack)
    rest = hall_power_for_servers - racks * (servers_per_rack * server_power + reserved)
    last = ops.floor(ops.maximum(rest - reserved * ops.amount(1, "rack"), 0) / server_power)
    return racks * servers_per_rack + last


def hall_racks_by_area(hall_floor_area: M2, floor_area_per_rack: M2_per_rack) -> Racks:
    """Whole cabinets that the floor has room for.

    Source: definition.
    """
    return ops.floor(hall_floor_area / floor_area_per_rack)


def hall_servers_by_racks(hall_racks: Racks, hall_racks_by_area: Racks, servers_per_rack: Servers_per_rack) -> Servers:
    """Servers in all cabinets that the hall has, and has floor for.

    Source: definition.
    """
    return ops.minimum(hall_racks, hall_racks_by_area) * servers_per_rack


def hall_servers_by_air_cooling__anywhere(
    hall_air_cooling: kW, server_heat_in_air: kW_per_server, server_power: kW_per_server, hall_servers_by_power: Servers
) -> Servers:
    """Whole servers whose heat air takes out of the hall; where all of it goes into liquid, no less than power allows.

    Assumes: no cabinet is given, so none gives off heat itself.

    Source: definition; all power becomes heat.
    """
    heat = ops.where(server_heat_in_air > 0, server_heat_in_air, server_power)
    return ops.floor(hall_air_cooling / heat) + ops.where(server_heat_in_air > 0, 0, hall_servers_by_power)


def hall_servers_by_air_cooling__in_cabinets(
    hall_air_cooling: kW, server_heat_in_air: kW_per_server, server_power: kW_per_server,
    rack_power_reserved: kW_per_rack, servers_per_rack: Servers_per_rack, hall_servers_by_power: Servers,
) -> Servers:  # fmt: skip
    """Whole servers whose heat air takes out of the hall; where all of it goes into liquid, no less than power allows.

    Assumes: full cabinets, and a last one that may be part empty, each with the heat of its reserved power.

    Source: definition; all power becomes heat.
    """
    heat = ops.where(server_heat_in_air > 0, server_heat_in_air, server_power)
    reserved = ops.if_included(rack_power_reserved, 0)
    racks = ops.floor(hall_air_cooling / (heat + reserved / servers_per_rack) / servers_per_rack)
    rest = hall_air_cooling - racks * (servers_per_rack * heat + reserved) - reserved * ops.amount(1, "rack")
    servers = racks * servers_per_rack + ops.floor(ops.maximum(rest, 0) / heat)
    return servers + ops.where(server_heat_in_air > 0, 0, hall_servers_by_power)


def hall_servers_by_liquid_cooling(
    hall_liquid_cooling: kW, server_power: kW_per_server, liquid_share: Share, hall_servers_by_power: Servers
) -> Servers:
    """Whole servers whose heat liquid takes out of the hall; where none goes into liquid, no less than power allows.

    Source: definition; all power becomes heat.
    """
    cooled = ops.floor(hall_liquid_cooling / (server_power * ops.where(liquid_share > 0, liquid_share, 1)))
    return cooled + ops.where(liquid_share > 0, 0, hall_servers_by_power)


def hall_servers_by_floor_load__anywhere(
    floor_load_limit: Kg_per_M2, hall_floor_area: M2, server_weight: Kg_per_server
) -> Servers:
    """Whole servers that the floor of the hall carries.

    Assumes: no cabinet is given, so none weighs anything itself.

    Source: definition.
    """
    return ops.floor(floor_load_limit * hall_floor_area / server_weight)


def hall_servers_by_floor_load__in_cabinets(
    floor_load_limit: Kg_per_M2,
    hall_floor_area: M2,
    server_weight: Kg_per_server,
    rack_weight_fitted: Kg_per_rack,
    servers_per_rack: Servers_per_rack,
) -> Servers:
    """Whole servers that the floor of the hall carries.

    Assumes: full cabinets, and a last one that may be part empty, each with its own weight.

    Source: definition.
    """
    carried = floor_load_limit * hall_floor_area
    fitted = ops.if_included(rack_weight_fitted, 0)
    racks = ops.floor(carried / (server_weight + fitted / servers_per_rack) / servers_per_rack)
    rest = carried - racks * (servers_per_rack * server_weight + fitted)
    last = ops.floor(ops.maximum(rest - fitted * ops.amount(1, "rack"), 0) / server_weight)
    return racks * servers_per_rack + last


def hall_servers__anywhere(
    hall_servers_by_power: Servers,
    hall_servers_by_air_cooling: Servers,
    hall_servers_by_liquid_cooling: Servers,
    hall_servers_by_floor_load: Servers,
) -> Servers:
    """Servers that fit into the hall: the least of what its power, cooling and floor allow.

    Label: servers in the hall.

    Assumes: no cabinet is given, so none sets a limit.

    Source: definition.
    """
    cooled = ops.minimum(hall_servers_by_air_cooling, hall_servers_by_liquid_cooling)
    return ops.minimum(ops.minimum(hall_servers_by_power, hall_servers_by_floor_load), cooled)


def hall_servers__in_cabinets(
    hall_servers_by_power: Servers,
    hall_servers_by_racks: Servers,
    hall_servers_by_air_cooling: Servers,
    hall_servers_by_liquid_cooling: Servers,
    hall_servers_by_floor_load: Servers,
) -> Servers:
    """Servers that fit into the hall: the least of what its power, cabinets, cooling and floor allow.

    Assumes: they stand in full cabinets of one kind, and a last one that may be part empty.

    Source: definition.
    """
    stand = ops.minimum(ops.minimum(hall_servers_by_power, hall_servers_by_racks), hall_servers_by_floor_load)
    return ops.minimum(stand, ops.minimum(hall_servers_by_air_cooling, hall_servers_by_liquid_cooling))


def hall_power_reserved(rack_power_reserved: kW_per_rack, racks_needed: Racks) -> kW:
    """Power that switches and other devices in all cabinets take.

    Source: definition.
    """
    return rack_power_reserved * racks_needed


def hall_power_drawn(it_power: kW, hall_power_reserved: kW) -> kW:
    """Power that all IT of the hall draws at nameplate, with what is reserved in its cabinets.

    Source: definition.
    """
    return it_power + ops.if_included(hall_power_reserved, 0)


def hall_heat_in_liquid(servers_placed: Servers, server_power: kW_per_server, liquid_share: Share) -> kW:
    """Heat of the servers that goes into liquid.

    Source: definition; all power becomes heat.
    """
    return servers_placed * server_power * liquid_share


def hall_weight(
    servers_needed: Servers, server_weight: Kg_per_server, rack_weight_fitted: Kg_per_rack, racks_needed: Racks
) -> Kg:
    """Weight of all servers in their cabinets, with the cabinets themselves where their weight is given.

    Source: definition.
    """
    return servers_needed * server_weight + ops.if_included(rack_weight_fitted, 0) * racks_needed
