"""Finance: what money costs over time, and how much of a price each month of use has to bear."""

from calc.declarations import Input
from calc.units.vocabulary import Per_year, Ratio, Share, Years

discount_rate = Input(Per_year, "Yearly cost of capital", high=1)
server_life = Input(Years, "Time over which servers are written off", low=0.1, high=100)
facility_life = Input(Years, "Time over which the hall is written off", low=0.1, high=100)
server_residual_share = Input(
    Share, "Share of the price of a server that its sale brings at the end of its life", optional=True
)
hardware_price_decay = Input(Per_year, "Fall of the price of equal hardware, in orders of magnitude a year")
order_of_magnitude = Input(Ratio, "Base of an order of magnitude", low=2)


def network_life(server_life: Years) -> Years:
    """Time over which the network is written off: that of the servers unless given.

    Source: convention; Microsoft and Amazon write servers and network gear off over one life.
    """
    return server_life
