"""Total cost of ownership: owning, colocating and renting by month and by GPU-hour, and where the answer flips."""

from calc.declarations import Input
from calc.units.vocabulary import USD, Per_year, Ratio, Servers_per_person, Share, USD_per_kW_month, USD_per_person_year

gpu_utilisation = Input(Share, "Share of all hours in which a GPU works")
hours_per_month = Input(Ratio, "Hours of a month for which energy and GPU-hours are billed", low=600, high=744)
colocation_price = Input(USD_per_kW_month, "Rent of a hall for each kW of IT nameplate power, electricity not in it")
rent_commitment_discount = Input(Share, "Discount on the rent of a GPU-hour for a long commitment", optional=True)
staff_cost_per_person_year = Input(USD_per_person_year, "What one person who runs hall or servers costs a year")
servers_per_administrator = Input(Servers_per_person, "Servers that one administrator looks after", optional=True)
support_rate = Input(Per_year, "Support contract, as a yearly share of the price of the servers", high=1, optional=True)
setup_cost = Input(USD, "What it costs once to install the servers", optional=True)
