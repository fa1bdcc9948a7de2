"""Carbon: operational, embodied and idle emissions of a cluster, location-based and market-based."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import (
    Gpus_per_server,
    Share,
    USD_per_tCO2e,
    gCO2e_per_kWh,
    kgCO2e_per_gpu,
    kgCO2e_per_kW,
    kgCO2e_per_server,
)

grid_carbon_intensity = Input(gCO2e_per_kWh, "Carbon intensity of the grid at the site (location-based)")
market_carbon_intensity = Input(
    gCO2e_per_kWh, "Carbon intensity after contracts for clean power (market-based or net)", optional=True
)
gpu_embodied_carbon = Input(kgCO2e_per_gpu, "Embodied carbon of one GPU")
embodied_carbon_base = Input(kgCO2e_per_server, "Embodied carbon of one server without memory, storage and GPUs")
embodied_carbon_memory = Input(kgCO2e_per_server, "Embodied carbon of the memory of one server", optional=True)
embodied_carbon_storage = Input(kgCO2e_per_server, "Embodied carbon of the storage of one server", optional=True)
embodied_carbon_cpus = Input(kgCO2e_per_server, "Embodied carbon of the further CPUs of one server", optional=True)
facility_embodied_carbon_per_power = Input(
    kgCO2e_per_kW, "Embodied carbon of the building for each kW of IT power", optional=True
)
idle_power_share = Input(Share, "Draw of an idle server over its nameplate power", optional=True)
carbon_price = Input(USD_per_tCO2e, "Price of a tonne of operational emissions", optional=True)


def server_embodied_carbon(
    embodied_carbon_base: kgCO2e_per_server,
    embodied_carbon_memory: kgCO2e_per_server,
    embodied_carbon_storage: kgCO2e_per_server,
    embodied_carbon_cpus: kgCO2e_per_server,
) -> kgCO2e_per_server:
    """Embodied carbon of one server without its GPUs.

    Source: Cloud Carbon Footprint, embodied emissions of servers from their components.
    """
    added = ops.if_included(embodied_carbon_memory, 0) + ops.if_included(embodied_carbon_storage, 0)
    return embodied_carbon_base + added + ops.if_included(embodied_carbon_cpus, 0)


def embodied_carbon_per_server(
    server_embodied_carbon: kgCO2e_per_server, gpus_per_server: Gpus_per_server, gpu_embodied_carbon: kgCO2e_per_gpu
) -> kgCO2e_per_server:
    """Embodied carbon of one server with its GPUs.

    Source: Cloud Carbon Footprint, embodied emissions of servers from their components.
    """
    return server_embodied_carbon + gpus_per_server * gpu_embodied_carbon
