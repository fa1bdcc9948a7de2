"""Rack power: how many servers a cabinet feeds, holds, carries and cools, and what power stays stranded."""

from calc import ops
from calc.declarations import Check, Choice, Input
from calc.units.vocabulary import (
    M2,
    Amperes,
    Kg_per_M2,
    Kg_per_rack,
    Kg_per_server,
    M2_per_rack,
    Per_rack,
    Per_server,
    Rack_units_per_rack,
    Rack_units_per_server,
    Racks,
    Ratio,
    Servers,
    Servers_per_rack,
    Share,
    Volts,
    kVA,
    kW,
    kW_per_kVA,
    kW_per_rack,
    kW_per_server,
)

server_power = Input(kW_per_server, "Power that one server draws at full load")
server_height = Input(Rack_units_per_server, "Height of one server", optional=True, topic="cabinet: height")
server_weight = Input(Kg_per_server, "Weight of one server", optional=True, topic="cabinet: weight")
liquid_share = Input(
    Share,
    "Share of a server's heat that goes into liquid; without it a server is cooled by air alone",
    optional=True,
    topic="cabinet: cooling",
)
server_supplies = Input(
    Per_server, "Power supplies in one server, evenly over the feeds of its cabinet", low=1, high=100,
    why="a server has at least one", optional=True, topic="cabinet: feeds",
)  # fmt: skip
server_supplies_needed = Input(
    Per_server, "Supplies without which one server does not run at full power, as its maker says", low=1, high=100,
    why="a server needs at least one", optional=True, topic="cabinet: feeds",
)  # fmt: skip
supply_power = Input(
    kW, "Power that one supply of a server gives", band=(0.1, 20), optional=True, topic="cabinet: feeds"
)

rack_power_rated = Input(kW_per_rack, "Power that one cabinet is designed for", label="rated power per rack")
rack_power_derating = Input(Share, "Factor on the rated power that may be used all the time", label="derating")
rack_power_reserved = Input(
    kW_per_rack,
    "Power of one cabinet that its switches and other devices take",
    optional=True,
    label="reserved power",
    topic="cabinet: reserved power",
)
rack_height = Input(Rack_units_per_rack, "Height for servers in one cabinet", optional=True, topic="cabinet: height")
rack_height_reserved = Input(
    Rack_units_per_rack,
    "Height of one cabinet that switches, distribution and patch panels take",
    optional=True,
    topic="cabinet: height",
)
rack_weight_limit = Input(
    Kg_per_rack, "Weight that one cabinet may have, itself included", optional=True, topic="cabinet: weight"
)
rack_weight_fitted = Input(
    Kg_per_rack,
    "Weight of one cabinet itself with all that is fitted but servers",
    optional=True,
    topic="cabinet: weight",
)
rack_air_cooling = Input(kW_per_rack, "Heat that air takes out of one cabinet", optional=True, topic="cabinet: cooling")
rack_liquid_cooling = Input(
    kW_per_rack, "Heat that liquid takes out of one cabinet; not given, none", optional=True, topic="cabinet: cooling"
)
floor_area_per_rack = Input(
    M2_per_rack,
    "Floor area of one cabinet with its share of the aisles",
    band=(0.5, 50),
    optional=True,
    topic="cabinet: floor",
)
rack_feeds = Input(Per_rack, "Power feeds of one cabinet", low=1, high=100, why="a cabinet has at least one")
rack_feeds_spare = Input(Per_rack, "Of the feeds of one cabinet, those that the others have to stand in for")
feed_voltage = Input(
    Volts,
    "Voltage of a feed, line to line where it has three phases",
    band=(40, 1000),
    optional=True,
    topic="cabinet: feeds",
)
feed_current = Input(Amperes, "Current that the breaker of a feed is rated for", band=(1, 5000))
feed_phase_factor = Input(
    Ratio, "1 for a feed of one phase, the square root of three (1.732) for one of three", low=1, high=2,
    why="at three phases line-to-line voltage and line current give it as the square root of three",
)  # fmt: skip
power_factor = Input(kW_per_kVA, "Real power over apparent power", low=0.1, high=1, why="servers draw 0.9 and more")
racks_available = Input(Racks, "Cabinets of one kind that the hall has")
racks_used = Input(Racks, "Cabinets of one kind that servers stand in, as `place` decides")

rack_power_limit = Choice(
    "What limits the power of a cabinet",
    {
        "rated": "what the cabinet is designed for, or its feeds where they are given and carry less",
        "feeds": "the feeds of the cabinet that are not spare",
    },
    binds=("rack_power_usable",),
    when={"feeds": ("feed_voltage", "feed_current"), "rated": ("rack_power_rated",)},
)

rack_not_overloaded = Check(
    "rack_power_drawn + if_included(rack_power_reserved, 0) <= rack_power_usable",
    "the servers draw more than the cabinet may supply",
)
rack_not_too_full = Check(
    "servers_per_rack * server_height + if_included(rack_height_reserved, 0) <= rack_height",
    "the servers are higher than the cabinet",
)
rack_not_too_heavy = Check("rack_weight <= rack_weight_limit", "the cabinet weighs more than it may")
rack_air_suffices = Check(
    "rack_power_drawn - rack_power_drawn * if_included(liquid_share, 0) + if_included(rack_power_reserved, 0)"
    " <= rack_air_cooling",
    "air does not take all heat out of the cabinet",
)
rack_liquid_suffices = Check(
    "rack_power_drawn * liquid_share <= if_included(rack_liquid_cooling, 0)",
    "the cabinet has not the liquid cooling that its servers need",
)
rack_carried = Check(
    "rack_weight <= floor_load_limit * floor_area_per_rack", "the cabinet is too heavy for the floor it stands on"
)
feed_loss_survived = Check(
    "server_power <= server_power_after_feed_loss", "a server does not run on when its cabinet loses a feed"
)

supplies_left_suffice = Check(
    "server_supplies_needed <= server_supplies_left", "a server has too few supplies when its cabinet loses a feed"
)


def feed_apparent_power(feed_phase_factor: Ratio, feed_voltage: Volts, feed_current: Amperes) -> kVA:
    """Apparent power that one feed carries, before any derating.

    Source: definition; with three phases sqrt(3) x line-to-line voltage x line current.
    """
    return feed_phase_factor * feed_voltage * feed_current


def rack_feed_power(
    rack_feeds: Per_rack, rack_feeds_spare: Per_rack, feed_apparent_power: kVA, power_factor: kW_per_kVA
) -> kW_per_rack:
    """Real power that the feeds of one cabinet carry, those left out that are spare; before any derating.

    Source: definition.
    """
    return (rack_feeds - rack_feeds_spare) * feed_apparent_power * power_factor


def rack_power_usable__rated(
    rack_power_rated: kW_per_rack, rack_feed_power: kW_per_rack, rack_power_derating: Share
) -> kW_per_rack:
    """Power of one cabinet that servers may draw all the time.

    Assumes: what the cabinet is designed for, or its feeds where they are given and carry less.

    Source: definition.
    """
    return ops.minimum(rack_power_rated, rack_feed_power) * rack_power_derating


def rack_power_usable__feeds(rack_feed_power: kW_per_rack, rack_power_derating: Share) -> kW_per_rack:
    """Power of one cabinet that servers may draw all the time.

    Assumes: the feeds of the cabinet that are not spare.

    Source: definition; NEC 210.20(A) asks for 80 % of a breaker's rating for continuous load.
    """
    return rack_feed_power * rack_power_derating


def servers_per_rack_by_power(
    rack_power_usable: kW_per_rack, rack_power_reserved: kW_per_rack, server_power: kW_per_server
) -> Servers_per_rack:
    """Whole servers that one cabinet can feed beside its reserved power.

    Source: definition; a server runs only when its full draw is available.
    """
    for_servers = rack_power_usable - ops.if_included(rack_power_reserved, 0)
    return ops.floor(ops.where(for_servers > 0, for_servers, 0) / server_power)


def servers_per_rack_by_space(
    rack_height: Rack_units_per_rack, rack_height_reserved: Rack_units_per_rack, server_height: Rack_units_per_server
) -> Servers_per_rack:
    """Whole servers that one cabinet has the height for.

    Source: definition.
    """
    for_servers = rack_height - ops.if_included(rack_height_reserved, 0)
    return ops.floor(ops.where(for_servers > 0, for_servers, 0) / server_height)


def servers_per_rack_by_weight(
    rack_weight_limit: Kg_per_rack, rack_weight_fitted: Kg_per_rack, server_weight: Kg_per_server
) -> Servers_per_rack:
    """Whole servers that one cabinet carries.

    Source: definition.
    """
    for_servers = rack_weight_limit - ops.if_included(rack_weight_fitted, 0)
    return ops.floor(ops.where(for_servers > 0, for_servers, 0) / server_weight)


def servers_per_rack_by_floor_load(
    floor_load_limit: Kg_per_M2,
    floor_area_per_rack: M2_per_rack,
    rack_weight_fitted: Kg_per_rack,
    server_weight: Kg_per_server,
) -> Servers_per_rack:
    """Whole servers in one cabinet that the floor carries, on the area of one cabinet.

    Source: definition.
    """
    for_servers = floor_load_limit * floor_area_per_rack - ops.if_included(rack_weight_fitted, 0)
    return ops.floor(ops.where(for_servers > 0, for_servers, 0) / server_weight)


def server_heat_in_air(server_power: kW_per_server, liquid_share: Share) -> kW_per_server:
    """Heat of one server that air has to take away.

    Source: definition; all power becomes heat.
    """
    return server_power * (1 - ops.if_included(liquid_share, 0))


def servers_per_rack_by_air_cooling(
    rack_air_cooling: kW_per_rack,
    rack_power_reserved: kW_per_rack,
    server_heat_in_air: kW_per_server,
    server_power: kW_per_server,
    servers_per_rack_by_power: Servers_per_rack,
) -> Servers_per_rack:
    """Whole servers in one cabinet whose heat air takes away; at least what power allows where liquid takes it all.

    Source: definition; all power becomes heat.
    """
    for_servers = rack_air_cooling - ops.if_included(rack_power_reserved, 0)
    heat = ops.where(server_heat_in_air > 0, server_heat_in_air, server_power)
    cooled = ops.floor(ops.where(for_servers > 0, for_servers, 0) / heat)
    return cooled + ops.where(server_heat_in_air > 0, 0, servers_per_rack_by_power)


def servers_per_rack_by_liquid_cooling(
    rack_liquid_cooling: kW_per_rack,
    server_power: kW_per_server,
    liquid_share: Share,
    servers_per_rack_by_power: Servers_per_rack,
) -> Servers_per_rack:
    """Whole servers in one cabinet whose heat liquid takes away; liquid cooling that is not given is none.

    Where no heat goes into liquid, what power allows.

    Source: definition; all power becomes heat.
    """
    heat = server_power * ops.where(liquid_share > 0, liquid_share, 1)
    cooled = ops.floor(ops.if_included(rack_liquid_cooling, 0) / heat)
    return ops.where(liquid_share > 0, cooled, servers_per_rack_by_power)


def servers_per_rack(
    servers_per_rack_by_power: Servers_per_rack,
    servers_per_rack_by_space: Servers_per_rack,
    servers_per_rack_by_weight: Servers_per_rack,
    servers_per_rack_by_floor_load: Servers_per_rack,
    servers_per_rack_by_air_cooling: Servers_per_rack,
    servers_per_rack_by_liquid_cooling: Servers_per_rack,
) -> Servers_per_rack:
    """Servers in one cabinet: the least of what its power, height, weight, floor and cooling allow.

    Source: definition.
    """
    stands = ops.minimum(servers_per_rack_by_power, servers_per_rack_by_space)
    carried = ops.minimum(servers_per_rack_by_weight, servers_per_rack_by_floor_load)
    cooled = ops.minimum(servers_per_rack_by_air_cooling, servers_per_rack_by_liquid_cooling)
    return ops.minimum(ops.minimum(stands, carried), cooled)


def rack_power_drawn(servers_per_rack: Servers_per_rack, server_power: kW_per_server) -> kW_per_rack:
    """Power that the servers of one full cabinet draw.

    Source: definition.
    """
    return servers_per_rack * server_power


def rack_weight(
    servers_per_rack: Servers_per_rack, server_weight: Kg_per_server, rack_weight_fitted: Kg_per_rack
) -> Kg_per_rack:
    """Weight of one full cabinet, itself included where that is given.

    Source: definition.
    """
    return servers_per_rack * server_weight + ops.if_included(rack_weight_fitted, 0)


def rack_power_after_feed_loss(
    rack_feeds: Per_rack, feed_apparent_power: kVA, power_factor: kW_per_kVA, rack_power_derating: Share
) -> kW_per_rack:
    """Power that the feeds of one cabinet may carry all the time when one of them is lost.

    Source: definition.
    """
    return (rack_feeds - ops.amount(1, "1/rack")) * feed_apparent_power * power_factor * rack_power_derating


def server_supplies_left(server_supplies: Per_server, rack_feeds: Per_rack) -> Per_server:
    """Supplies of one server that are left when the feed with most of them is lost.

    Label: supplies left, feed lost.

    Source: definition; the supplies stand as evenly on the feeds as they can.
    """
    return server_supplies - ops.ceil(server_supplies / ops.number(rack_feeds, "1/rack"))


def server_supplies_to_spare(server_supplies_left: Per_server, server_supplies_needed: Per_server) -> Per_server:
    """Supplies of one server beyond those it needs when the feed with most of them is lost; below 0, those it lacks.

    Source: definition.
    """
    return server_supplies_left - server_supplies_needed


def server_power_after_feed_loss(
    server_supplies_left: Per_server,
    supply_power: kW,
    rack_power_after_feed_loss: kW_per_rack,
    servers_per_rack: Servers_per_rack,
) -> kW_per_server:
    """Power that one server can still draw when its cabinet loses a feed.

    Label: server power, feed lost.

    Source: definition; the lesser of what its supplies give and its share of what the other feeds carry.
    """
    return ops.minimum(server_supplies_left * supply_power, rack_power_after_feed_loss / servers_per_rack)


def phase_imbalance(servers_per_rack: Servers_per_rack, feed_phase_factor: Ratio) -> Ratio:
    """Largest distance of a phase's load from the mean, over the mean, as evenly as whole servers can stand.

    Source: definition (NEMA MG 1, of currents): of n equal loads on m phases, where n is no multiple of m.
    """
    phases = ops.floor(feed_phase_factor * feed_phase_factor + 1 / 2)
    most = ops.ceil(servers_per_rack / phases) * phases / servers_per_rack
    least = ops.floor(servers_per_rack / phases) * phases / servers_per_rack
    return ops.maximum(most - 1, 1 - least)


def rack_power_stranded(
    rack_power_usable: kW_per_rack, rack_power_drawn: kW_per_rack, rack_power_reserved: kW_per_rack
) -> kW_per_rack:
    """Usable power of one full cabinet that no server can use and no other device takes.

    Label: stranded power per rack.

    Source: definition.
    """
    return rack_power_usable - rack_power_drawn - ops.if_included(rack_power_reserved, 0)


def rack_power_stranded_share(rack_power_stranded: kW_per_rack, rack_power_usable: kW_per_rack) -> Share:
    """Stranded power as a share of the usable power of a cabinet.

    Label: stranded share.

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
    racks_needed: Racks,
    rack_power_usable: kW_per_rack,
    rack_power_reserved: kW_per_rack,
    servers_needed: Servers,
    server_power: kW_per_server,
) -> kW:
    """Usable power of all cabinets that the servers placed in them, and other devices, do not draw.

    Label: stranded power in total.

    Source: definition.
    """
    for_servers = rack_power_usable - ops.if_included(rack_power_reserved, 0)
    return racks_needed * for_servers - servers_needed * server_power


def racks_left(racks_available: Racks, racks_used: Racks) -> Racks:
    """Cabinets of one kind that stay empty.

    Source: definition.
    """
    return racks_available - racks_used


def racks_power_rated(racks_used: Racks, rack_power_rated: kW_per_rack) -> kW:
    """Rated power of the cabinets of one kind that servers stand in.

    Source: definition.
    """
    return racks_used * rack_power_rated


def racks_floor_area(racks_used: Racks, floor_area_per_rack: M2_per_rack) -> M2:
    """Floor area of the cabinets of one kind that servers stand in.

    Source: definition.
    """
    return racks_used * floor_area_per_rack


def floor_area(racks_needed: Racks, floor_area_per_rack: M2_per_rack) -> M2:
    """Floor area of all cabinets.

    Source: definition.
    """
    return racks_needed * floor_area_per_rack
