"""Annotated types for formulas: what a parameter or a result is measured in.

`kW_per_rack` reads as a float for type checkers and carries its unit for the trace. Bounds hold for values that a
scenario or a fact gives, never for results. They refuse what cannot be, such as `40` where `40 %` was meant, and stand
far from all that is: what is merely far from all known figures is a warning (`calc.scenario.fact_values`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.records import dataclass
from calc.units.parse import parse_unit

if TYPE_CHECKING:
    from typing import Annotated

    from calc.units.unit import Unit
else:

    class Annotated:
        """As that of typing, at a tenth of its cost: what is asked of it is what it keeps."""

        def __init__(self, metadata: tuple[object, ...]) -> None:
            self.__metadata__ = metadata

        def __class_getitem__(cls, given: tuple[object, ...]) -> Annotated:
            return cls(given[1:])


@dataclass(frozen=True, slots=True)
class Measure:
    """Unit text and bounds of an annotated type; bounds are in that unit, inclusive, None for open.

    why: what speaks for the bounds, in words for a reader; empty where the type has no upper one.
    """

    text: str
    low: float | None = 0.0
    high: float | None = None
    why: str = ""

    @property
    def unit(self) -> Unit:
        """Return the parsed unit."""
        return parse_unit(self.text)


def measure_of(annotation: object) -> Measure | None:
    """Return the measure of an annotated type such as `kW_per_rack`, or None for anything else."""
    # What `Annotated` keeps of it; asking typing for origin and arguments takes several times as long.
    for each in getattr(annotation, "__metadata__", ()):
        if isinstance(each, Measure):
            return each
    return None


Share = Annotated[float, Measure("1", 0.0, 1.0, why="a share of a whole lies between none and all of it")]
Ratio = Annotated[float, Measure("1")]
Growth = Annotated[float, Measure("1", 1.0)]
Exponent = Annotated[
    float,
    Measure(
        "1", 0.05, 1.0, why="fitted scaling laws have exponents of 0.2 to 0.6; at 0.05 the loss hardly falls at all"
    ),
]

kW = Annotated[float, Measure("kW", 0.0, 1e10, why="all power plants of the world together have about 1e10 kW")]
kW_per_rack = Annotated[float, Measure("kW/rack", 0.0, 1e5, why="100 MW is a whole site, not a cabinet")]
kW_per_server = Annotated[float, Measure("kW/server", 0.0, 1e5, why="100 MW is a whole site, not a server")]
Watts = Annotated[float, Measure("W", 0.0, 1e5, why="100 kW is a whole cabinet, not a part of a server")]
Tokens_per_second_server = Annotated[
    float, Measure("token/(s*server)", 0.0, 1e9, why="a thousand times what servers of 2026 reach")
]
Items_per_second_server = Annotated[
    float, Measure("item/(s*server)", 0.0, 1e9, why="a thousand times what servers of 2026 reach")
]
Weeks = Annotated[float, Measure("week", 0.0, 5218.0, why="a century")]
kWh_per_year = Annotated[float, Measure("kWh/year")]
TWh_per_year = Annotated[
    float, Measure("TWh/year", 0.0, 1e5, why="the world uses about 30,000 TWh of electricity a year")
]
L_per_kWh = Annotated[
    float, Measure("L/kWh", 0.0, 1000.0, why="what reservoirs of hydropower evaporate, tens of litres, is the most")
]
L_per_year = Annotated[float, Measure("L/year")]

kVA = Annotated[float, Measure("kVA", 0.0, 1e7, why="10 GVA is a power plant, not the feed of a cabinet")]
Volts = Annotated[float, Measure("V", 0.0, 1e5, why="100 kV is a line across the country, not the feed of a cabinet")]
Amperes = Annotated[float, Measure("A", 0.0, 1e5, why="100,000 A is what a substation carries, not a feed")]
kW_per_kVA = Annotated[float, Measure("kW/kVA", 0.0, 1.0, why="real power is at most the apparent power")]
Per_rack = Annotated[float, Measure("1/rack", 0.0, 100.0, why="no cabinet has a hundred of them")]
Per_server = Annotated[float, Measure("1/server", 0.0, 1000.0, why="no server has a thousand of them")]

Kg = Annotated[float, Measure("kg")]
Kg_per_rack = Annotated[float, Measure("kg/rack", 0.0, 1e5, why="100 t is ten lorries, not a cabinet")]
Kg_per_server = Annotated[float, Measure("kg/server", 0.0, 1e5, why="100 t is ten lorries, not a server")]
Kg_per_M2 = Annotated[float, Measure("kg/m2", 0.0, 1e5, why="100 t on a square metre is more than any floor carries")]
M2 = Annotated[float, Measure("m2")]
M2_per_rack = Annotated[float, Measure("m2/rack", 0.0, 1000.0, why="1,000 m2 is a hall, not the place of a cabinet")]
Rack_units_per_rack = Annotated[
    float, Measure("rack_unit/rack", 0.0, 100.0, why="a cabinet of 100 U would be 4.4 m high")
]
Rack_units_per_server = Annotated[
    float, Measure("rack_unit/server", 0.0, 1000.0, why="1,000 U are 20 cabinets: a cluster, not a server")
]

TFLOP_per_second_gpu = Annotated[
    float,
    Measure("TFLOP/(s*gpu)", 0.0, 1e6, why="1 EFLOP/s is a cluster's, 200 times what the fastest GPU does in FP8"),
]
GB_per_gpu = Annotated[
    float, Measure("GB/gpu", 0.0, 1e5, why="100 TB is a storage system's, 300 times the largest GPU's")
]
TB_per_second_gpu = Annotated[float, Measure("TB/(s*gpu)", 0.0, 1e5, why="five times the memory on a whole wafer")]

Gpus = Annotated[float, Measure("gpu", 0.0, 1e9, why="one GPU for every eighth person on earth")]
Gpus_per_server = Annotated[float, Measure("gpu/server", 0.0, 1e4, why="10,000 GPUs are a cluster, not a server")]
Gpu_hours = Annotated[float, Measure("gpu*hour", 0.0, 1e14, why="a billion GPUs for eleven years")]
Hours_per_month = Annotated[float, Measure("hour/month")]
Items = Annotated[float, Measure("item", 0.0, 1e18, why="a hundred million items for every person on earth")]
Gpu_hours_per_month = Annotated[float, Measure("gpu*hour/month")]
Persons = Annotated[float, Measure("person", 0.0, 1e10, why="more than all people on earth")]
Person_years = Annotated[float, Measure("person*year", 0.0, 1e10, why="more than all people on earth do in a year")]
Racks = Annotated[float, Measure("rack", 0.0, 1e8, why="one cabinet for every eightieth person on earth")]
Servers = Annotated[float, Measure("server")]
Servers_per_person = Annotated[
    float, Measure("server/person", 0.0, 1e7, why="more servers than any company runs, for one person")
]
Servers_per_rack = Annotated[float, Measure("server/rack")]
Tokens = Annotated[
    float, Measure("token", 0.0, 1e18, why="10,000 times what the largest models have been trained on, and more")
]
Parameters = Annotated[float, Measure("parameter", 0.0, 1e18, why="100,000 times the largest models, and more")]
Days = Annotated[float, Measure("day", 0.0, 36_525.0, why="a century")]
Years = Annotated[float, Measure("year", 0.0, 100.0, why="a century")]
Per_month = Annotated[float, Measure("1/month")]
Per_year = Annotated[float, Measure("1/year")]
Orders_of_magnitude_per_year = Annotated[
    float, Measure("order_of_magnitude/year", 0.0, 3.0, why="a fall to a thousandth within a year")
]

Tokens_per_parameter = Annotated[float, Measure("token/parameter")]
B_per_parameter = Annotated[
    float, Measure("B/parameter", 0.0, 1000.0, why="60 times what mixed precision with Adam keeps")
]
GB = Annotated[float, Measure("GB")]

FLOP = Annotated[float, Measure("FLOP", 0.0, 1e35, why="a billion times the largest training runs, and more")]
FLOP_per_parameter_token = Annotated[
    float,
    Measure(
        "FLOP/(parameter*token)",
        0.0,
        1000.0,
        why="6 by definition of a forward and a backward pass; recomputing adds a part of it",
    ),
]
FLOP_per_token_token = Annotated[
    float,
    Measure(
        "FLOP/(token*token)",
        0.0,
        1000.0,
        why="12 by definition of attention; a variant of it may take a part or a multiple",
    ),
]
Gpu_hours_per_token = Annotated[float, Measure("gpu*hour/token", 0.0, 1.0, why="an hour of a GPU for a single token")]

Interruptions_per_gpu_hour = Annotated[float, Measure("1/(gpu*hour)")]
Seconds = Annotated[float, Measure("s")]

kWh = Annotated[float, Measure("kWh")]
MWh = Annotated[float, Measure("MWh", 0.0, 1e11, why="the world uses about 3e10 MWh of electricity a year")]
Litres = Annotated[float, Measure("L")]
TCO2e = Annotated[float, Measure("tCO2e")]
gCO2e_per_kWh = Annotated[
    float, Measure("gCO2e/kWh", 0.0, 2000.0, why="no fuel gives more: even old lignite plants stay below")
]

USD = Annotated[float, Measure("USD", 0.0, 1e14, why="about what the whole world produces in a year")]
USD_per_gpu = Annotated[float, Measure("USD/gpu", 0.0, 1e7, why="hundreds of times the dearest GPU")]
USD_per_gpu_hour = Annotated[
    float, Measure("USD/(gpu*hour)", 0.0, 1000.0, why="it would pay the price of the GPU within days")
]
USD_per_kW_month = Annotated[
    float, Measure("USD/(kW*month)", 0.0, 1e5, why="it would pay for building the hall within days")
]
USD_per_kWh = Annotated[
    float, Measure("USD/kWh", 0.0, 1000.0, why="50 times and more what wholesale markets allow in an emergency")
]
USD_per_month = Annotated[float, Measure("USD/month", 0.0, 1e13, why="about what the whole world produces in a month")]
USD_per_year = Annotated[float, Measure("USD/year", 0.0, 1e14, why="about what the whole world produces in a year")]
USD_per_tCO2e = Annotated[
    float, Measure("USD/tCO2e", 0.0, 1e5, why="50 times and more what taking a tonne out of the air costs")
]
USD_per_W = Annotated[
    float, Measure("USD/W", 0.0, 1e4, why="hundreds of times the dearest hall; a price per kW has slipped in")
]
USD_per_item = Annotated[
    float, Measure("USD/item", 0.0, 1e9, why="a billion is a programme's budget, not the price of one of its items")
]
USD_per_person_year = Annotated[float, Measure("USD/(person*year)", 0.0, 1e9, why="more than any employee is paid")]
USD_per_server = Annotated[float, Measure("USD/server", 0.0, 1e9, why="a billion is a cluster's price, not a server's")]
USD_per_token = Annotated[
    float,
    Measure(
        "USD/token",
        0.0,
        1.0,
        why="a page of text would cost hundreds of dollars; a price per million tokens has slipped in",
    ),
]
CNY_per_USD = Annotated[float, Measure("CNY/USD", 1.0, 100.0, why="the rate has been between 1.5 and 9 since 1979")]
EUR_per_USD = Annotated[
    float, Measure("EUR/USD", 0.1, 10.0, why="the rate has been between 0.6 and 1.3 since there is a euro")
]
GBP_per_USD = Annotated[float, Measure("GBP/USD", 0.1, 10.0, why="the rate has been between 0.2 and 1 since 1945")]
JPY_per_USD = Annotated[float, Measure("JPY/USD", 10.0, 1000.0, why="the rate has been between 75 and 360 since 1949")]
# Yearly averages of the Federal Reserve's H.10 rates, as collected in github datasets/exchange-rates@fa7d949.
AUD_per_USD = Annotated[float, Measure("AUD/USD", 0.1, 10.0, why="the rate was 1.33 to 1.55 from 2019 to 2026")]
BRL_per_USD = Annotated[float, Measure("BRL/USD", 0.1, 100.0, why="the rate was 3.94 to 5.59 from 2019 to 2026")]
CAD_per_USD = Annotated[float, Measure("CAD/USD", 0.1, 10.0, why="the rate was 1.25 to 1.4 from 2019 to 2026")]
CHF_per_USD = Annotated[float, Measure("CHF/USD", 0.1, 10.0, why="the rate was 0.787 to 0.994 from 2019 to 2026")]
DKK_per_USD = Annotated[float, Measure("DKK/USD", 1.0, 100.0, why="the rate was 6.29 to 7.08 from 2019 to 2026")]
HKD_per_USD = Annotated[float, Measure("HKD/USD", 1.0, 100.0, why="the rate was 7.76 to 7.84 from 2019 to 2026")]
INR_per_USD = Annotated[float, Measure("INR/USD", 10.0, 1000.0, why="the rate was 70.4 to 95 from 2019 to 2026")]
KRW_per_USD = Annotated[float, Measure("KRW/USD", 100.0, 10000.0, why="the rate was 1,140 to 1,530 from 2019 to 2026")]
MYR_per_USD = Annotated[float, Measure("MYR/USD", 0.1, 100.0, why="the rate was 3.98 to 4.57 from 2019 to 2026")]
NOK_per_USD = Annotated[float, Measure("NOK/USD", 1.0, 100.0, why="the rate was 8.6 to 10.8 from 2019 to 2026")]
SEK_per_USD = Annotated[float, Measure("SEK/USD", 1.0, 100.0, why="the rate was 8.58 to 10.6 from 2019 to 2026")]
SGD_per_USD = Annotated[float, Measure("SGD/USD", 0.1, 10.0, why="the rate was 1.28 to 1.38 from 2019 to 2026")]
TWD_per_USD = Annotated[float, Measure("TWD/USD", 1.0, 1000.0, why="the rate was 27.9 to 32.1 from 2019 to 2026")]

TCO2e_per_year = Annotated[float, Measure("tCO2e/year")]
kgCO2e_per_gpu = Annotated[
    float, Measure("kgCO2e/gpu", 0.0, 1e5, why="100 t is more than making a whole cabinet of servers emits")
]
kgCO2e_per_gpu_hour = Annotated[float, Measure("kgCO2e/(gpu*hour)")]
kgCO2e_per_kW = Annotated[
    float,
    Measure(
        "kgCO2e/kW",
        0.0,
        1e5,
        why="100 t for each kW is hundreds of times what concrete, steel and plant of a hall come to",
    ),
]
kgCO2e_per_server = Annotated[
    float, Measure("kgCO2e/server", 0.0, 1e6, why="1,000 t is more than making a hall full of servers emits")
]

Entities = Annotated[float, Measure("entity", 0.0, 1e15, why="100,000 entities for every person on earth")]
Models = Annotated[float, Measure("model")]
Months = Annotated[float, Measure("month", 0.0, 1200.0, why="a century")]
USD_per_TB = Annotated[float, Measure("USD/TB", 0.0, 1e7, why="10,000 USD a gigabyte, the price of the early 1990s")]
USD_per_TB_month = Annotated[float, Measure("USD/(TB*month)", 0.0, 1e6, why="it would buy the storage within days")]
TB_per_month = Annotated[float, Measure("TB/month", 0.0, 1e11, why="more than all storage of the world in a month")]
USD_per_entity = Annotated[float, Measure("USD/entity", 0.0, 1e6, why="a million for one entry is a project's budget")]
W_per_gpu = Annotated[float, Measure("W/gpu", 0.0, 1e5, why="100 kW is a whole cabinet, not a GPU")]
kB_per_entity = Annotated[float, Measure("kB/entity", 0.0, 1e9, why="1 TB is a data set, not an entry")]
USD_per_EFLOP = Annotated[float, Measure("USD/EFLOP")]
Bytes_per_token = Annotated[float, Measure("B/token", 0.0, 1e9, why="1 GB is a film, not a token of it")]
MW = Annotated[float, Measure("MW", 0.0, 1e7, why="all power plants of the world together have about 1e7 MW")]
TB = Annotated[float, Measure("TB", 0.0, 1e11, why="more than all storage of the world")]
Calendar_year = Annotated[float, Measure("AD")]

Requests_per_replica = Annotated[float, Measure("request/replica", 0.0, 1e6, why="a hundred times what servers batch")]
Requests_per_second = Annotated[float, Measure("request/s", 0.0, 1e9, why="a tenth of mankind asking every second")]
Tokens_per_request = Annotated[float, Measure("token/request", 0.0, 1e8, why="ten times the longest contexts")]
Gpus_per_replica = Annotated[float, Measure("gpu/replica", 0.0, 1e5, why="a cluster, not a replica of a model")]
Replicas = Annotated[float, Measure("replica")]
GB_per_replica = Annotated[float, Measure("GB/replica")]
GB_per_request = Annotated[float, Measure("GB/request")]
Tokens_per_second = Annotated[float, Measure("token/s")]
Tokens_per_second_gpu = Annotated[float, Measure("token/(s*gpu)")]
Tokens_per_second_replica = Annotated[float, Measure("token/(s*replica)")]
Milliseconds = Annotated[float, Measure("ms", 0.0, 1e9, why="eleven days")]
Microseconds = Annotated[float, Measure("us", 0.0, 1e6, why="a second")]
J_per_token = Annotated[float, Measure("J/token")]
kWh_per_Mtoken = Annotated[float, Measure("kWh/Mtoken")]
USD_per_Mtoken = Annotated[
    float, Measure("USD/Mtoken", 0.0, 1e6, why="a dollar a token; a price per token has slipped in")
]
USD_per_request = Annotated[float, Measure("USD/request")]
Tokens_per_month = Annotated[float, Measure("token/month")]
Requests_per_month = Annotated[float, Measure("request/month")]
Token_layers_per_request = Annotated[float, Measure("token/request")]
Token_pairs_per_request = Annotated[float, Measure("token*token/request")]
FLOP_per_token = Annotated[float, Measure("FLOP/token")]
TFLOP_per_request = Annotated[float, Measure("TFLOP/request")]
Requests_per_second_replica = Annotated[float, Measure("request/(s*replica)")]
