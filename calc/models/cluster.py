"""Cluster: the servers, network, storage and spares that a cluster is made of, and what they cost to buy."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import (
    TB,
    USD,
    Gpus,
    Gpus_per_server,
    Ratio,
    Servers,
    Servers_per_rack,
    Share,
    USD_per_gpu,
    USD_per_server,
    USD_per_TB,
)

server_price_multiplier = Input(
    Ratio,
    "Price of a server over the price of its GPUs",
    low=1,
    high=10,
    why="a server costs at least its GPUs; at 10 they would be a tenth of it",
)
storage_capacity = Input(TB, "Storage of the cluster", band=(0.1, 1e9), optional=True, label="storage")
spares_share = Input(
    Share, "Spare servers and parts, as a share of the price of the servers", optional=True, label="spares"
)

placement = Choice(
    "What holds the servers",
    {
        "anywhere": "no cabinet is given, so none sets a limit",
        "in_cabinets": "the cabinets that are given; where one holds no server, none runs",
    },
    binds=(
        "servers_placed", "hall_servers", "hall_servers_by_power", "hall_servers_by_air_cooling",
        "hall_servers_by_floor_load",
    ),
    when={
        "in_cabinets": (
            "rack_power_rated", "rack_power_usable", "servers_per_rack_by_power", "servers_per_rack", "feed_voltage",
            "feed_current",
        )
    },
)  # fmt: skip


def servers(gpus: Gpus, gpus_per_server: Gpus_per_server) -> Servers:
    """Whole servers for the GPUs.

    Source: definition.
    """
    return ops.ceil(gpus / gpus_per_server)


def servers_placed__anywhere(servers: Servers) -> Servers:
    """Servers of the cluster that have a place to run in.

    Assumes: no cabinet is given, so none sets a limit.

    Source: definition.
    """
    return servers


def servers_placed__in_cabinets(servers: Servers, servers_per_rack: Servers_per_rack) -> Servers:
    """Servers of the cluster that have a place to run in.

    No value where a cabinet holds no server: what is bought then runs nowhere.

    Assumes: all stand in cabinets, as many as it takes.

    Source: definition.
    """
    return ops.where(servers / servers_per_rack >= 0, servers, 0)


def gpus(servers: Servers, gpus_per_server: Gpus_per_server) -> Gpus:
    """GPUs of the cluster.

    Source: definition.
    """
    return servers * gpus_per_server


def server_capex__server_price(servers: Servers, server_price: USD_per_server) -> USD:
    """Price of all servers with their GPUs.

    Assumes: whole servers are bought at the price of a server.

    Source: definition.
    """
    return servers * server_price


def server_capex__gpu_price(gpus: Gpus, gpu_price: USD_per_gpu, server_price_multiplier: Ratio) -> USD:
    """Price of all servers with their GPUs.

    Assumes: a server costs a multiple of its GPUs, which are known by their price alone.

    Source: Cottier et al. 2024 (arXiv:2405.21015), server overhead.
    """
    return gpus * gpu_price * server_price_multiplier


def network_capex(server_capex: USD, network_share: Share) -> USD:
    """Price of the cluster's network.

    Source: Cottier et al. 2024 (arXiv:2405.21015); the share is that of servers and network together.
    """
    return server_capex * network_share / (1 - network_share)


def storage_capex(storage_capacity: TB, storage_price: USD_per_TB) -> USD:
    """Price of the cluster's storage.

    Source: definition.
    """
    return storage_capacity * storage_price


def spares_capex(server_capex: USD, spares_share: Share) -> USD:
    """Price of spare servers and parts.

    Source: definition.
    """
    return server_capex * spares_share


def cluster_capex(server_capex: USD, network_capex: USD, storage_capex: USD, spares_capex: USD) -> USD:
    """Price of the cluster, with those of network, storage and spares that are included.

    Source: definition.
    """
    beside = ops.if_included(network_capex, 0) + ops.if_included(storage_capex, 0) + ops.if_included(spares_capex, 0)
    return server_capex + beside
