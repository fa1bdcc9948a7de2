"""Reference: published figures to hold an answer against."""

from calc.declarations import Input
from calc.units.vocabulary import Calendar_year, Ratio, Share, TWh_per_year, kWh_per_year

sector_energy = Input(TWh_per_year, "Electricity that a whole sector uses in a year")
published_hardware_share = Input(Share, "Hardware's share of what the development of a frontier model cost")
published_people_share = Input(Share, "Staff's share of what the development of a frontier model cost")
published_energy_share = Input(Share, "Energy's share of what the development of a frontier model cost")
price_level_year = Input(
    Calendar_year, "Year to whose money the prices of facts are brought", low=1900, high=2100, optional=True,
    why="no price level is known before; no plan goes farther",
)  # fmt: skip
consumer_price_index = Input(
    Ratio,
    "Level of consumer prices, 100 in a base period; with price_level_year, that of all prices but colocation_price",
    band=(10, 10_000),
    high=1e6,
    why="an index is 100 in its base period, and a thousand times that is a misprint",
)
hosting_producer_price_index = Input(
    Ratio,
    "Level of what hosting and data processing are sold for; with price_level_year, that of colocation_price",
    band=(10, 10_000),
    high=1e6,
    why="an index is 100 in its base period, and a thousand times that is a misprint",
)


def sector_energy_share(facility_energy_per_year: kWh_per_year, sector_energy: TWh_per_year) -> Share:
    """Energy of the hall as a share of what a whole sector uses.

    Source: definition.
    """
    return facility_energy_per_year / sector_energy
