"""Energy, carbon and water of a training run: PUE is counted once, location and market kept apart."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import (
    Gpu_hours,
    L_per_kWh,
    Litres,
    Ratio,
    Share,
    TCO2e,
    W_per_gpu,
    gCO2e_per_kWh,
    kWh,
)

server_power_multiplier = Input(
    Ratio,
    "Power of a server over the rated power of its GPUs",
    low=1,
    high=10,
    why="a server draws at least what its GPUs draw; at 10 they would be a tenth of it",
)


def training_power_per_gpu__rated(
    gpu_power: W_per_gpu, server_power_multiplier: Ratio, average_power_share: Share
) -> W_per_gpu:
    """Average power of one GPU with its share of host, network cards and fans, before PUE.

    Assumes: the rated power of the GPU, raised to that of its server, drawn in part on average.

    Source: Cottier et al. 2024 (arXiv:2405.21015), energy of training.
    """
    return gpu_power * server_power_multiplier * average_power_share


def training_power_per_gpu__measured(gpu_system_power: W_per_gpu) -> W_per_gpu:
    """Average power of one GPU with its share of host, network cards and fans, before PUE.

    Assumes: the power of the whole system as measured.

    Source: Patterson et al. 2021 (arXiv:2104.10350), section 2.
    """
    return gpu_system_power


def training_power_per_gpu__gpu_alone(gpu_power: W_per_gpu) -> W_per_gpu:
    """Average power of one GPU with its share of host, network cards and fans, before PUE.

    Assumes: the GPU at its rated power and no host, as most model cards count.

    Source: convention of model cards, such as that of Llama 3.1.
    """
    return gpu_power


def training_it_energy(training_gpu_hours: Gpu_hours, training_power_per_gpu: W_per_gpu) -> kWh:
    """Energy that the servers of the final run draw, before PUE.

    Source: definition.
    """
    return training_gpu_hours * training_power_per_gpu


def training_energy(training_it_energy: kWh, pue: Ratio) -> kWh:
    """Energy of the final run at the meter of the hall, cooling and losses included.

    Label: energy of training.

    Source: Patterson et al. 2021 (arXiv:2104.10350), section 2.
    """
    return training_it_energy * pue


def training_carbon(training_energy: kWh, grid_carbon_intensity: gCO2e_per_kWh) -> TCO2e:
    """Greenhouse gas of the final run's electricity, location-based; embodied carbon is not in it.

    Label: carbon of electricity.

    Source: Patterson et al. 2021 (arXiv:2104.10350), section 2.
    """
    return training_energy * grid_carbon_intensity


def training_carbon_market_based(training_energy: kWh, market_carbon_intensity: gCO2e_per_kWh) -> TCO2e:
    """Greenhouse gas of the final run's electricity after contracts for clean power, market-based or net.

    Source: Patterson et al. 2021 (arXiv:2104.10350), section 2.4, net carbon.
    """
    return training_energy * market_carbon_intensity


def training_water_site(training_it_energy: kWh, wue_site: L_per_kWh) -> Litres:
    """Water that the hall evaporates over the final run.

    Source: The Green Grid 2011, water usage effectiveness; WUE counts on IT energy.
    """
    return training_it_energy * wue_site


def training_water_source(training_energy: kWh, wue_source: L_per_kWh) -> Litres:
    """Water that generating the final run's electricity takes.

    Source: The Green Grid 2011, water usage effectiveness at the source; it counts on all energy, after PUE.
    """
    return training_energy * wue_source


def training_water(training_water_site: Litres, training_water_source: Litres) -> Litres:
    """Water of the final run, on site and at the source, as far as each is included.

    Label: water of training.

    Source: definition.
    """
    return ops.if_included(
        training_water_site + training_water_source, ops.maximum(training_water_site, training_water_source)
    )
