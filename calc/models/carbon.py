"""Carbon: operational, embodied and idle emissions of a cluster, location-based and market-based."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import (
    Gpu_hours,
    Gpus,
    Gpus_per_server,
    MWh,
    Servers,
    Share,
    TCO2e,
    TCO2e_per_year,
    USD_per_month,
    USD_per_tCO2e,
    Years,
    gCO2e_per_kWh,
    kgCO2e_per_gpu,
    kgCO2e_per_gpu_hour,
    kgCO2e_per_kW,
    kgCO2e_per_server,
    kW,
    kWh_per_year,
)

carbon_accounting = Choice(
    "Carbon intensity by which operational emissions are counted",
    {"location_based": "that of the grid at the site", "market_based": "that of the contracts for its electricity"},
    binds=("operational_carbon_per_year",),
)

grid_carbon_intensity = Input(gCO2e_per_kWh, "Carbon intensity of the grid at the site (location-based)")
market_carbon_intensity = Input(
    gCO2e_per_kWh, "Carbon intensity after contracts for clean power (market-based or net)", optional=True
)
gpu_embodied_carbon = Input(kgCO2e_per_gpu, "Embodied carbon of one GPU")
embodied_carbon_base = Input(kgCO2e_per_server, "Embodied carbon of one server without memory, storage and GPUs")
embodied_carbon_memory = Input(
    kgCO2e_per_server, "Embodied carbon of the memory of one server", optional=True, topic="embodied carbon of parts"
)
embodied_carbon_storage = Input(
    kgCO2e_per_server, "Embodied carbon of the storage of one server", optional=True, topic="embodied carbon of parts"
)
embodied_carbon_cpus = Input(
    kgCO2e_per_server,
    "Embodied carbon of the further CPUs of one server",
    optional=True,
    topic="embodied carbon of parts",
)
facility_embodied_carbon_per_power = Input(
    kgCO2e_per_kW, "Embodied carbon of the building for each kW of IT power", band=(10, 2e4), optional=True
)
idle_power_share = Input(Share, "Draw of an idle server over its nameplate power", optional=True)
training_idle_energy = Input(
    MWh, "Energy that the cluster drew over a run beside its GPUs at work, at the meter", optional=True
)
carbon_price = Input(USD_per_tCO2e, "Price of a tonne of operational emissions", band=(0.1, 3000), optional=True)


def location_based_carbon_per_year(
    facility_energy_per_year: kWh_per_year, grid_carbon_intensity: gCO2e_per_kWh
) -> TCO2e_per_year:
    """Emissions of a year's electricity by the grid at the site; PUE is in the energy already.

    Source: GHG Protocol, Scope 2 Guidance 2015, location-based method.
    """
    return facility_energy_per_year * grid_carbon_intensity


def market_based_carbon_per_year(
    facility_energy_per_year: kWh_per_year, market_carbon_intensity: gCO2e_per_kWh
) -> TCO2e_per_year:
    """Emissions of a year's electricity by the contracts under which it is bought.

    Source: GHG Protocol, Scope 2 Guidance 2015, market-based method.
    """
    return facility_energy_per_year * market_carbon_intensity


def operational_carbon_per_year__location_based(location_based_carbon_per_year: TCO2e_per_year) -> TCO2e_per_year:
    """Emissions of a year's electricity.

    Assumes: the carbon intensity of the grid at the site.

    Source: GHG Protocol, Scope 2 Guidance 2015.
    """
    return location_based_carbon_per_year


def operational_carbon_per_year__market_based(market_based_carbon_per_year: TCO2e_per_year) -> TCO2e_per_year:
    """Emissions of a year's electricity.

    Assumes: the carbon intensity of the contracts under which electricity is bought.

    Source: GHG Protocol, Scope 2 Guidance 2015.
    """
    return market_based_carbon_per_year


def carbon_cost_per_month(operational_carbon_per_year: TCO2e_per_year, carbon_price: USD_per_tCO2e) -> USD_per_month:
    """Price of the operational emissions of a month.

    Source: definition.
    """
    return operational_carbon_per_year * carbon_price


def idle_carbon_per_year(
    facility_power: kW,
    idle_power_share: Share,
    gpu_utilisation: Share,
    operational_carbon_per_year: TCO2e_per_year,
    facility_energy_per_year: kWh_per_year,
) -> TCO2e_per_year:
    """Part of the operational emissions that arises while GPUs are idle; it is in them, and never more than they are.

    Source: definition; Luccioni et al. 2022 (arXiv:2211.02001) count it apart.
    """
    idle_energy_per_year = facility_power * idle_power_share * (1 - gpu_utilisation)
    all_energy = ops.where(facility_energy_per_year > 0, facility_energy_per_year, ops.amount(1, "kWh/year"))
    return operational_carbon_per_year * ops.minimum(1, idle_energy_per_year / all_energy)


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


def hardware_embodied_carbon_per_year(
    servers: Servers, embodied_carbon_per_server: kgCO2e_per_server, server_life: Years
) -> TCO2e_per_year:
    """Embodied carbon of the servers that a year of their life bears.

    Source: Luccioni et al. 2022 (arXiv:2211.02001), embodied emissions spread evenly over the life.
    """
    return servers * embodied_carbon_per_server / server_life


def facility_embodied_carbon_per_year(
    it_power: kW, facility_embodied_carbon_per_power: kgCO2e_per_kW, facility_life: Years
) -> TCO2e_per_year:
    """Embodied carbon of the building that a year of its life bears.

    Source: definition; spread evenly over the life.
    """
    return it_power * facility_embodied_carbon_per_power / facility_life


def embodied_carbon_per_year(
    hardware_embodied_carbon_per_year: TCO2e_per_year, facility_embodied_carbon_per_year: TCO2e_per_year
) -> TCO2e_per_year:
    """Embodied carbon that a year bears: servers, and the building where it is included.

    Source: definition.
    """
    return hardware_embodied_carbon_per_year + ops.if_included(facility_embodied_carbon_per_year, 0)


def carbon_per_year(
    operational_carbon_per_year: TCO2e_per_year, embodied_carbon_per_year: TCO2e_per_year
) -> TCO2e_per_year:
    """All emissions that a year bears, operational and embodied.

    Source: definition.
    """
    return operational_carbon_per_year + embodied_carbon_per_year


def carbon_over_life(carbon_per_year: TCO2e_per_year, server_life: Years) -> TCO2e:
    """All emissions over the life of the servers.

    Source: definition.
    """
    return carbon_per_year * server_life


def carbon_over_years(carbon_per_year: TCO2e_per_year) -> TCO2e:
    """All emissions that the years of the plan bear.

    Source: definition.
    """
    return ops.total(carbon_per_year * ops.amount(1, "year"))


def carbon_per_gpu_hour(carbon_per_year: TCO2e_per_year, gpus: Gpus, hours_counted_share: Share) -> kgCO2e_per_gpu_hour:
    """All emissions that one GPU-hour bears; the hours are those of a year of 8,760, whatever the month of bills is.

    Source: definition.
    """
    return carbon_per_year / gpus / hours_counted_share


def embodied_carbon_per_gpu_hour(
    embodied_carbon_per_server: kgCO2e_per_server,
    gpus_per_server: Gpus_per_server,
    server_life: Years,
    hours_counted_share: Share,
) -> kgCO2e_per_gpu_hour:
    """Embodied carbon of a server that one GPU-hour bears; that of the building is not in it.

    Source: Luccioni et al. 2022 (arXiv:2211.02001), section 4.1.
    """
    return embodied_carbon_per_server / gpus_per_server / (server_life * hours_counted_share)


def training_embodied_carbon(training_gpu_hours: Gpu_hours, embodied_carbon_per_gpu_hour: kgCO2e_per_gpu_hour) -> TCO2e:
    """Embodied carbon of the servers that the final run bears.

    Label: embodied carbon.

    Source: Luccioni et al. 2022 (arXiv:2211.02001), section 4.1.
    """
    return training_gpu_hours * embodied_carbon_per_gpu_hour


def training_idle_carbon(training_idle_energy: MWh, grid_carbon_intensity: gCO2e_per_kWh) -> TCO2e:
    """Emissions of what servers, network and storage drew over the run beside the GPUs at work.

    Label: idle carbon.

    Source: Luccioni et al. 2022 (arXiv:2211.02001), section 4.3.
    """
    return training_idle_energy * grid_carbon_intensity


def training_life_cycle_carbon(
    training_carbon: TCO2e, training_embodied_carbon: TCO2e, training_idle_carbon: TCO2e
) -> TCO2e:
    """All emissions of the final run: its electricity, what stood idle where it is included, and the hardware.

    Label: life-cycle carbon.

    Source: Luccioni et al. 2022 (arXiv:2211.02001), table 3.
    """
    return training_carbon + training_embodied_carbon + ops.if_included(training_idle_carbon, 0)
