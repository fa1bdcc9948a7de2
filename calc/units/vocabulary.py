"""Annotated types for formulas: what a parameter or a result is measured in.

`kW_per_rack` reads as a float for type checkers and carries its unit for the trace. Bounds hold for values that a
scenario or a fact gives, never for results; they catch `40` where `40 %` was meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from calc.units.parse import parse_unit

if TYPE_CHECKING:
    from calc.units.unit import Unit


@dataclass(frozen=True, slots=True)
class Measure:
    """Unit text and bounds of an annotated type; bounds are in that unit, inclusive, None for open."""

    text: str
    low: float | None = 0.0
    high: float | None = None

    @property
    def unit(self) -> Unit:
        """Return the parsed unit."""
        return parse_unit(self.text)


def measure_of(annotation: object) -> Measure | None:
    """Return the measure of an annotated type such as `kW_per_rack`, or None for anything else."""
    # What `Annotated` keeps of it; asking typing for origin and arguments takes several times as long.
    return next((each for each in getattr(annotation, "__metadata__", ()) if isinstance(each, Measure)), None)


Share = Annotated[float, Measure("1", 0.0, 1.0)]
Ratio = Annotated[float, Measure("1")]
Growth = Annotated[float, Measure("1", 1.0)]
Exponent = Annotated[float, Measure("1", 0.05, 1.0)]

kW = Annotated[float, Measure("kW")]
kW_per_rack = Annotated[float, Measure("kW/rack")]
kW_per_server = Annotated[float, Measure("kW/server")]
kWh_per_year = Annotated[float, Measure("kWh/year")]
TWh_per_year = Annotated[float, Measure("TWh/year")]
L_per_kWh = Annotated[float, Measure("L/kWh")]
L_per_year = Annotated[float, Measure("L/year")]

M2 = Annotated[float, Measure("m2")]
M2_per_rack = Annotated[float, Measure("m2/rack")]
Rack_units_per_rack = Annotated[float, Measure("rack_unit/rack")]
Rack_units_per_server = Annotated[float, Measure("rack_unit/server")]

TFLOP_per_second_gpu = Annotated[float, Measure("TFLOP/(s*gpu)")]
GB_per_gpu = Annotated[float, Measure("GB/gpu")]
TB_per_second_gpu = Annotated[float, Measure("TB/(s*gpu)")]

Gpus = Annotated[float, Measure("gpu")]
Gpus_per_server = Annotated[float, Measure("gpu/server")]
Gpu_hours = Annotated[float, Measure("gpu*hour")]
Hours_per_month = Annotated[float, Measure("hour/month")]
Items = Annotated[float, Measure("item")]
Gpu_hours_per_month = Annotated[float, Measure("gpu*hour/month")]
Persons = Annotated[float, Measure("person")]
Person_years = Annotated[float, Measure("person*year")]
Racks = Annotated[float, Measure("rack")]
Servers = Annotated[float, Measure("server")]
Servers_per_person = Annotated[float, Measure("server/person")]
Servers_per_rack = Annotated[float, Measure("server/rack")]
Tokens = Annotated[float, Measure("token")]
Parameters = Annotated[float, Measure("parameter")]
Days = Annotated[float, Measure("day")]
Years = Annotated[float, Measure("year")]
Per_month = Annotated[float, Measure("1/month")]
Per_year = Annotated[float, Measure("1/year")]
Orders_of_magnitude_per_year = Annotated[float, Measure("order_of_magnitude/year")]

Tokens_per_parameter = Annotated[float, Measure("token/parameter")]
B_per_parameter = Annotated[float, Measure("B/parameter")]
GB = Annotated[float, Measure("GB")]

FLOP = Annotated[float, Measure("FLOP")]
FLOP_per_parameter_token = Annotated[float, Measure("FLOP/(parameter*token)")]
FLOP_per_token_token = Annotated[float, Measure("FLOP/(token*token)")]
Gpu_hours_per_token = Annotated[float, Measure("gpu*hour/token")]

Interruptions_per_gpu_hour = Annotated[float, Measure("1/(gpu*hour)")]
Seconds = Annotated[float, Measure("s")]

kWh = Annotated[float, Measure("kWh")]
MWh = Annotated[float, Measure("MWh")]
Litres = Annotated[float, Measure("L")]
TCO2e = Annotated[float, Measure("tCO2e")]
gCO2e_per_kWh = Annotated[float, Measure("gCO2e/kWh")]

USD = Annotated[float, Measure("USD")]
USD_per_gpu = Annotated[float, Measure("USD/gpu")]
USD_per_gpu_hour = Annotated[float, Measure("USD/(gpu*hour)")]
USD_per_kW_month = Annotated[float, Measure("USD/(kW*month)")]
USD_per_kWh = Annotated[float, Measure("USD/kWh")]
USD_per_month = Annotated[float, Measure("USD/month")]
USD_per_year = Annotated[float, Measure("USD/year")]
USD_per_tCO2e = Annotated[float, Measure("USD/tCO2e")]
USD_per_W = Annotated[float, Measure("USD/W")]
USD_per_item = Annotated[float, Measure("USD/item")]
USD_per_person_year = Annotated[float, Measure("USD/(person*year)")]
USD_per_server = Annotated[float, Measure("USD/server")]
USD_per_token = Annotated[float, Measure("USD/token")]
CNY_per_USD = Annotated[float, Measure("CNY/USD")]
EUR_per_USD = Annotated[float, Measure("EUR/USD")]
GBP_per_USD = Annotated[float, Measure("GBP/USD")]
JPY_per_USD = Annotated[float, Measure("JPY/USD")]
AUD_per_USD = Annotated[float, Measure("AUD/USD")]
BRL_per_USD = Annotated[float, Measure("BRL/USD")]
CAD_per_USD = Annotated[float, Measure("CAD/USD")]
CHF_per_USD = Annotated[float, Measure("CHF/USD")]
DKK_per_USD = Annotated[float, Measure("DKK/USD")]
HKD_per_USD = Annotated[float, Measure("HKD/USD")]
INR_per_USD = Annotated[float, Measure("INR/USD")]
KRW_per_USD = Annotated[float, Measure("KRW/USD")]
MYR_per_USD = Annotated[float, Measure("MYR/USD")]
NOK_per_USD = Annotated[float, Measure("NOK/USD")]
SEK_per_USD = Annotated[float, Measure("SEK/USD")]
SGD_per_USD = Annotated[float, Measure("SGD/USD")]
TWD_per_USD = Annotated[float, Measure("TWD/USD")]

TCO2e_per_year = Annotated[float, Measure("tCO2e/year")]
kgCO2e_per_gpu = Annotated[float, Measure("kgCO2e/gpu")]
kgCO2e_per_gpu_hour = Annotated[float, Measure("kgCO2e/(gpu*hour)")]
kgCO2e_per_kW = Annotated[float, Measure("kgCO2e/kW")]
kgCO2e_per_server = Annotated[float, Measure("kgCO2e/server")]

Entities = Annotated[float, Measure("entity")]
Models = Annotated[float, Measure("model")]
Months = Annotated[float, Measure("month")]
USD_per_TB = Annotated[float, Measure("USD/TB")]
USD_per_entity = Annotated[float, Measure("USD/entity")]
W_per_gpu = Annotated[float, Measure("W/gpu")]
kB_per_entity = Annotated[float, Measure("kB/entity")]
USD_per_EFLOP = Annotated[float, Measure("USD/EFLOP")]
Bytes_per_token = Annotated[float, Measure("B/token")]
MW = Annotated[float, Measure("MW")]
TB = Annotated[float, Measure("TB")]
Calendar_year = Annotated[float, Measure("AD")]
