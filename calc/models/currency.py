"""Exchange rates; a value in another currency is converted only through one of them."""

from calc.declarations import Input
from calc.units.vocabulary import (
    AUD_per_USD,
    BRL_per_USD,
    CAD_per_USD,
    CHF_per_USD,
    CNY_per_USD,
    DKK_per_USD,
    EUR_per_USD,
    GBP_per_USD,
    HKD_per_USD,
    INR_per_USD,
    JPY_per_USD,
    KRW_per_USD,
    MYR_per_USD,
    NOK_per_USD,
    SEK_per_USD,
    SGD_per_USD,
    TWD_per_USD,
)

cny_per_usd = Input(CNY_per_USD, "Exchange rate, renminbi for one US dollar", optional=True)
eur_per_usd = Input(EUR_per_USD, "Exchange rate, euros for one US dollar", band=(0.5, 1.5), optional=True)
gbp_per_usd = Input(GBP_per_USD, "Exchange rate, pounds sterling for one US dollar", band=(0.2, 1.2), optional=True)
jpy_per_usd = Input(JPY_per_USD, "Exchange rate, yen for one US dollar", band=(50, 500), optional=True)
aud_per_usd = Input(AUD_per_USD, "Exchange rate, Australian dollars for one US dollar", optional=True)
brl_per_usd = Input(BRL_per_USD, "Exchange rate, Brazilian reais for one US dollar", optional=True)
cad_per_usd = Input(CAD_per_USD, "Exchange rate, Canadian dollars for one US dollar", optional=True)
chf_per_usd = Input(CHF_per_USD, "Exchange rate, Swiss francs for one US dollar", optional=True)
dkk_per_usd = Input(DKK_per_USD, "Exchange rate, Danish kroner for one US dollar", optional=True)
hkd_per_usd = Input(HKD_per_USD, "Exchange rate, Hong Kong dollars for one US dollar", optional=True)
inr_per_usd = Input(INR_per_USD, "Exchange rate, Indian rupees for one US dollar", optional=True)
krw_per_usd = Input(KRW_per_USD, "Exchange rate, South Korean won for one US dollar", optional=True)
myr_per_usd = Input(MYR_per_USD, "Exchange rate, Malaysian ringgit for one US dollar", optional=True)
nok_per_usd = Input(NOK_per_USD, "Exchange rate, Norwegian kroner for one US dollar", optional=True)
sek_per_usd = Input(SEK_per_USD, "Exchange rate, Swedish kronor for one US dollar", optional=True)
sgd_per_usd = Input(SGD_per_USD, "Exchange rate, Singapore dollars for one US dollar", optional=True)
twd_per_usd = Input(TWD_per_USD, "Exchange rate, new Taiwan dollars for one US dollar", optional=True)
