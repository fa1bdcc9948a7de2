"""Exchange rates; a value in another currency is converted only through one of them."""

from calc.declarations import Input
from calc.units.vocabulary import CNY_per_USD, EUR_per_USD, GBP_per_USD, JPY_per_USD

cny_per_usd = Input(CNY_per_USD, "Exchange rate, renminbi for one US dollar", optional=True)
eur_per_usd = Input(EUR_per_USD, "Exchange rate, euros for one US dollar", band=(0.5, 1.5), optional=True)
gbp_per_usd = Input(GBP_per_USD, "Exchange rate, pounds sterling for one US dollar", band=(0.2, 1.2), optional=True)
jpy_per_usd = Input(JPY_per_USD, "Exchange rate, yen for one US dollar", band=(50, 500), optional=True)
