"""Compute: the servers, GPUs and GPU-hours that a compute budget buys, or rents."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import (
    USD,
    Gpu_hours,
    Gpus,
    Gpus_per_server,
    Servers,
    Share,
    USD_per_gpu_hour,
    USD_per_server,
    Years,
)

server_price = Input(USD_per_server, "Price of one server with its GPUs")
gpus_per_server = Input(Gpus_per_server, "GPUs in one server")
network_share = Input(Share, "The network's share of the cost of a cluster", optional=True, label="network")
power_and_hosting_share = Input(
    Share,
    "Share of the compute budget kept for electricity and hosting of bought servers",
    optional=True,
    label="power and hosting",
)
programme_duration = Input(Years, "How long the programme runs", band=(0.02, 50))
availability = Input(Share, "Share of the time in which a GPU can be used")
gpu_hour_price = Input(USD_per_gpu_hour, "Rent of one GPU for one hour")


def cluster_budget(compute_budget: USD, power_and_hosting_share: Share) -> USD:
    """Money for servers and their network.

    Source: definition; without power_and_hosting_share all of the compute budget is spent on hardware.
    """
    return compute_budget * (1 - ops.if_included(power_and_hosting_share, 0))


def servers_affordable(cluster_budget: USD, network_share: Share, server_price: USD_per_server) -> Servers:
    """Whole servers that the cluster budget buys after the network's share.

    Label: affordable servers.

    Source: definition; the network as a share of cluster cost follows Cottier et al. 2024 (arXiv:2405.21015).
    """
    return ops.floor(cluster_budget * (1 - ops.if_included(network_share, 0)) / server_price)


def gpus_affordable(servers_affordable: Servers, gpus_per_server: Gpus_per_server) -> Gpus:
    """GPUs in the servers that the budget buys.

    Label: affordable GPUs.

    Source: definition.
    """
    return servers_affordable * gpus_per_server


def gpu_hours_affordable__from_the_first_day(
    gpus_affordable: Gpus, programme_duration: Years, availability: Share
) -> Gpu_hours:
    """GPU-hours of bought servers over the programme.

    Label: affordable GPU-hours.

    Power and hosting are paid from power_and_hosting_share; without it they are not included.

    Assumes: every server stands from the first day to the last.

    Source: definition.
    """
    return gpus_affordable * programme_duration * availability


def gpu_hours_affordable__even_delivery(
    gpus_affordable: Gpus, programme_duration: Years, availability: Share
) -> Gpu_hours:
    """GPU-hours of bought servers over the programme.

    Power and hosting are paid from power_and_hosting_share; without it they are not included.

    Assumes: servers arrive evenly over the programme, so that each runs for half of it on average.

    Source: definition.
    """
    return gpus_affordable * programme_duration * availability / 2


def gpu_hours_rentable(compute_budget: USD, gpu_hour_price: USD_per_gpu_hour) -> Gpu_hours:
    """GPU-hours that the same money rents.

    Label: rentable GPU-hours.

    Source: definition.
    """
    return compute_budget / gpu_hour_price
