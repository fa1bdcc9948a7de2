"""Reference: published figures to hold an answer against."""

from calc.declarations import Input
from calc.units.vocabulary import Share, TWh_per_year, kWh_per_year

sector_energy = Input(TWh_per_year, "Electricity that a whole sector uses in a year")
published_hardware_share = Input(Share, "Hardware's share of what the development of a frontier model cost")
published_people_share = Input(Share, "Staff's share of what the development of a frontier model cost")
published_energy_share = Input(Share, "Energy's share of what the development of a frontier model cost")


def sector_energy_share(facility_energy_per_year: kWh_per_year, sector_energy: TWh_per_year) -> Share:
    """Energy of the hall as a share of what a whole sector uses.

    Source: definition.
    """
    return facility_energy_per_year / sector_energy
