"""Demand by year: compute that grows, on hardware that gets better, and the year in which a limit is reached."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import (
    FLOP,
    MW,
    TB,
    USD,
    Bytes_per_token,
    Calendar_year,
    Gpus,
    Gpus_per_server,
    Growth,
    Months,
    Parameters,
    Racks,
    Ratio,
    Servers,
    Servers_per_rack,
    Share,
    TFLOP_per_second_gpu,
    Tokens,
    USD_per_EFLOP,
    USD_per_gpu_hour,
    kW_per_server,
)

compute_demand_start = Input(FLOP, "Compute that the work of the first year needs")
parameters_demand_start = Input(Parameters, "Parameters of the largest model of the first year")
data_demand_start = Input(Tokens, "Training data of the first year, in tokens")
token_size = Input(Bytes_per_token, "Stored size of one token; of pictures and video as much as they take")
demand_duration = Input(Months, "Time in which the work of a year has to be done", band=(0.03, 240))
hardware_performance_growth = Input(
    Growth,
    "Factor by which the speed of one GPU grows in a year",
    high=10,
    why="it falls in no year, and tenfold in a year was never seen",
)
hardware_value_growth = Input(
    Growth,
    "Factor by which the compute for a dollar grows in a year",
    high=10,
    why="it falls in no year, and tenfold in a year was never seen",
)
hall_racks = Input(Racks, "Cabinets that the hall has room for", band=(1, 1e6), optional=True)
grid_power = Input(MW, "Power of the hall's connection to the grid", band=(0.01, 1e5), optional=True)
first_year = Input(
    Calendar_year,
    "First of the years that the scenario looks at, which `years` gives",
    low=1900,
    high=2200,
    why="a year in which there are computers",
)


def parameters_demand(parameters_demand_start: Parameters, parameters_growth: Growth) -> Parameters:
    """Parameters of the largest model, by year.

    Label: parameters needed.

    Source: definition of compound growth.
    """
    return ops.grow(parameters_demand_start, parameters_growth - 1)


def data_demand(data_demand_start: Tokens, data_growth: Growth) -> Tokens:
    """Training data in tokens, by year.

    Label: training data needed.

    Source: definition of compound growth.
    """
    return ops.grow(data_demand_start, data_growth - 1)


def data_storage_demand(data_demand: Tokens, token_size: Bytes_per_token) -> TB:
    """Storage that the training data take, by year.

    Label: storage needed.

    Source: definition.
    """
    return data_demand * token_size


def compute_demand(compute_demand_start: FLOP, compute_growth: Growth) -> FLOP:
    """Compute that the work of a year needs, by year.

    Label: compute needed.

    Source: definition of compound growth.
    """
    return ops.grow(compute_demand_start, compute_growth - 1)


def gpu_throughput(
    gpu_peak: TFLOP_per_second_gpu, mfu: Share, hardware_performance_growth: Growth
) -> TFLOP_per_second_gpu:
    """Useful compute of one GPU bought in a year, by year.

    Source: definition of model FLOP utilisation, Chowdhery et al. 2022 (arXiv:2204.02311), and of compound growth.
    """
    return ops.grow(gpu_peak * mfu, hardware_performance_growth - 1)


def gpus_demand(compute_demand: FLOP, gpu_throughput: TFLOP_per_second_gpu, demand_duration: Months) -> Gpus:
    """GPUs of that year's kind that do the work of a year in the time given, by year.

    Label: GPUs needed.

    Source: definition.
    """
    return ops.ceil(compute_demand / (gpu_throughput * demand_duration))


def servers_demand(gpus_demand: Gpus, gpus_per_server: Gpus_per_server) -> Servers:
    """Whole servers for these GPUs, by year.

    Source: definition.
    """
    return ops.ceil(gpus_demand / gpus_per_server)


def power_demand(servers_demand: Servers, server_power: kW_per_server, pue: Ratio) -> MW:
    """Power at the meter of the hall that these servers need, by year; a server draws as much as in the first year.

    Label: power needed.

    Source: definition.
    """
    return servers_demand * server_power * pue


def racks_demand(servers_demand: Servers, servers_per_rack: Servers_per_rack) -> Racks:
    """Whole cabinets for these servers, by year.

    Label: racks needed.

    Source: definition.
    """
    return ops.ceil(servers_demand / servers_per_rack)


def compute_price(
    gpu_hour_price: USD_per_gpu_hour, gpu_peak: TFLOP_per_second_gpu, mfu: Share, hardware_value_growth: Growth
) -> USD_per_EFLOP:
    """Price of useful compute, by year.

    Source: definition; the fall of the price of compute by a factor a year follows Hobbhahn and Besiroglu 2022.
    """
    return ops.grow(gpu_hour_price / (gpu_peak * mfu), 1 / hardware_value_growth - 1)


def cost_demand(compute_demand: FLOP, compute_price: USD_per_EFLOP) -> USD:
    """What the work of a year costs, by year.

    Label: cost of the work.

    Source: definition.
    """
    return compute_demand * compute_price


def gpus_unpaid(gpus_demand: Gpus, cost_demand: USD, compute_budget: USD) -> Gpus:
    """GPUs, added up over the years, in years whose work costs more than the compute budget of one year.

    Source: definition.
    """
    return ops.total(ops.where(cost_demand > compute_budget, gpus_demand, 0))


def gpus_without_room(gpus_demand: Gpus, racks_demand: Racks, hall_racks: Racks) -> Gpus:
    """GPUs, added up over the years, in years whose cabinets the hall has no room for.

    Source: definition.
    """
    return ops.total(ops.where(racks_demand > hall_racks, gpus_demand, 0))


def gpus_without_power(gpus_demand: Gpus, power_demand: MW, grid_power: MW) -> Gpus:
    """GPUs, added up over the years, in years whose power the connection to the grid does not carry.

    Source: definition.
    """
    return ops.total(ops.where(power_demand > grid_power, gpus_demand, 0))


def budget_short_year(
    first_year: Calendar_year, cost_demand: USD, compute_budget: USD, gpus_unpaid: Gpus
) -> Calendar_year:
    """First year whose work costs more than the compute budget of one year.

    Label: year money runs short.

    Source: definition; no value where the budget lasts for all years looked at.
    """
    comes = gpus_unpaid / gpus_unpaid
    short = ops.cumulative(ops.where(cost_demand > compute_budget, 1, 0))
    return (first_year + ops.amount(ops.total(ops.where(short > 0, 0, 1)), "AD")) * comes


def hall_full_year(
    first_year: Calendar_year, racks_demand: Racks, hall_racks: Racks, gpus_without_room: Gpus
) -> Calendar_year:
    """First year whose cabinets the hall has no room for.

    Label: year the hall fills.

    Source: definition; no value where the hall lasts for all years looked at.
    """
    comes = gpus_without_room / gpus_without_room
    full = ops.cumulative(ops.where(racks_demand > hall_racks, 1, 0))
    return (first_year + ops.amount(ops.total(ops.where(full > 0, 0, 1)), "AD")) * comes


def grid_short_year(
    first_year: Calendar_year, power_demand: MW, grid_power: MW, gpus_without_power: Gpus
) -> Calendar_year:
    """First year whose power the connection to the grid does not carry.

    Label: year power runs short.

    Source: definition; no value where the connection lasts for all years looked at.
    """
    comes = gpus_without_power / gpus_without_power
    short = ops.cumulative(ops.where(power_demand > grid_power, 1, 0))
    return (first_year + ops.amount(ops.total(ops.where(short > 0, 0, 1)), "AD")) * comes
