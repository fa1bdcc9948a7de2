"""Facility: the power, energy, water and build cost of the hall in which servers stand."""

from calc.declarations import Input
from calc.units.vocabulary import L_per_kWh, Persons, Ratio, Share, USD_per_kWh, USD_per_W, kW

network_power = Input(kW, "Nameplate power of network and storage devices", optional=True)
average_power_share = Input(Share, "Average draw of the IT over its nameplate power")
pue = Input(Ratio, "Power of the whole hall over that of its IT", low=1)
electricity_price = Input(USD_per_kWh, "Price of electricity at the meter of the hall")
wue_site = Input(L_per_kWh, "Water evaporated on site for each kWh of IT energy", optional=True)
wue_source = Input(L_per_kWh, "Water used to generate each kWh of electricity", optional=True)
facility_capex_per_power = Input(USD_per_W, "Cost of building the hall for each watt of IT power")
facility_staff = Input(Persons, "Persons who run the hall", optional=True)
