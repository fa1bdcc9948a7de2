"""Cluster: the servers, network, storage and spares that a cluster is made of, and what they cost to buy."""

from calc.declarations import Input
from calc.units.vocabulary import USD, Ratio, Share

server_price_multiplier = Input(Ratio, "Price of a server over the price of its GPUs", low=1)
storage_capex = Input(USD, "Price of the cluster's storage", optional=True)
spares_share = Input(Share, "Spare servers and parts, as a share of the price of the servers", optional=True)
