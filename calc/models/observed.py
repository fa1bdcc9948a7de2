"""Observed: what servers draw and do under a stated load, what power supplies bound, and what the market asks."""

from calc.declarations import Input
from calc.units.vocabulary import (
    Calendar_year,
    Items_per_second_server,
    Per_year,
    Ratio,
    Share,
    Tokens_per_second_server,
    USD_per_Mtoken,
    USD_per_server,
    W_per_gpu,
    Watts,
    Weeks,
    kW,
    kW_per_server,
    kWh_per_Mtoken,
)

server_power_measured = Input(kW_per_server, "Mean power of one server at the wall under a stated load")
server_idle_power = Input(kW_per_server, "Power of one server that waits for work")
server_throughput = Input(Tokens_per_second_server, "Tokens that one server makes under a stated load")
server_sample_throughput = Input(Items_per_second_server, "Samples that one server works off under a stated load")
power_cap_throughput_ratio = Input(
    Ratio, "Throughput under a power cap over that without one", low=0, high=1, why="a cap makes nothing faster"
)
gpu_idle_power = Input(W_per_gpu, "Power of one GPU that waits for work")
cpu_power = Input(Watts, "Rated power of one CPU")
compute_tray_power = Input(kW, "Power of one compute tray of a rack that is one system", band=(0.5, 100))
compute_tray_idle_power = Input(kW, "Power of such a tray that waits for work", band=(0.05, 50))
peak_power_ratio = Input(
    Ratio, "Shortest peaks of the draw over the steady draw", low=1, high=10, why="a peak is no less than what it tops"
)
server_psu_capacity = Input(kW_per_server, "Rating of all power supplies of one server together: a bound, not its draw")
power_shelves = Input(
    Ratio, "Power shelves of a rack that is one system", low=1, high=100, why="a rack holds fewer than 100"
)
power_shelf_capacity = Input(kW_per_server, "Rating of all power shelves of such a rack: a bound, not its draw")
liquid_cooling_price = Input(USD_per_server, "Price of the parts in one server that cool it by liquid")
liquid_cooling_premium = Input(Share, "What a hall with liquid cooling costs more than one without, per power")
construction_price_growth = Input(
    Per_year, "Growth of what building costs", low=-1, high=1, why="doubling within a year"
)
vacancy_share = Input(Share, "Share of the colocation on offer that nobody rents")
lead_time = Input(Weeks, "Time from order to delivery")
gpu_release = Input(
    Calendar_year,
    "Year in which a chip was announced or released",
    low=1990,
    high=2100,
    why="no chip for this work is older, and none is planned later",
)
api_input_price = Input(USD_per_Mtoken, "List price of tokens read by a model that others serve")
api_output_price = Input(
    USD_per_Mtoken, "List price of tokens written by a model that others serve, reasoning included"
)
api_cached_price = Input(
    USD_per_Mtoken, "List price of tokens read again from the server's cache", optional=True, label="API price, cached"
)


def server_power_share(server_power_measured: kW_per_server, server_power: kW_per_server) -> Ratio:
    """Power that one server draws under load over its largest draw.

    Source: definition.
    """
    return server_power_measured / server_power


def server_power_with_pauses(
    server_power_measured: kW_per_server, server_idle_power: kW_per_server, gpu_utilisation: Share
) -> kW_per_server:
    """Mean power of one server that works for a share of the time and waits for the rest.

    Source: definition.
    """
    return server_idle_power + gpu_utilisation * (server_power_measured - server_idle_power)


def server_energy_per_token(
    server_power_measured: kW_per_server, server_throughput: Tokens_per_second_server
) -> kWh_per_Mtoken:
    """Energy of the server alone, without network and cooling of the hall, for a token.

    Source: definition.
    """
    return server_power_measured / server_throughput
