"""Unit expressions: the spellings that people use, and what each means."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.units import COUNTS, CURRENCIES, RATIO, UnitError, make_unit, own_counts, parse_unit
from calc.units.parse import singular
from calc.units.table import UNITS

HOUR = 3600.0
MONTH = 730 * HOUR
YEAR = 8760 * HOUR

# spelling: (canonical text, how many coherent base units it is); base units are kg, m, s, bit, FLOP, counts, currencies
ACCEPTED = {
    "kW": ("kW", 1e3),
    "watts": ("W", 1.0),
    "kWh": ("kWh", 1e3 * HOUR),
    "kW/server": ("kW/server", 1e3),
    "servers": ("server", 1.0),
    "people": ("person", 1.0),
    "persons": ("person", 1.0),
    "gpus": ("gpu", 1.0),
    "GPU": ("gpu", 1.0),
    "GPUs": ("gpu", 1.0),
    "accelerators": ("gpu", 1.0),
    "cabinets": ("rack", 1.0),
    "racks": ("rack", 1.0),
    "U": ("rack_unit", 1.0),
    "rack_units": ("rack_unit", 1.0),
    "tokens": ("token", 1.0),
    "Mtokens": ("Mtoken", 1e6),
    "params": ("parameter", 1.0),
    "parameters": ("parameter", 1.0),
    "entities": ("entity", 1.0),
    "items": ("item", 1.0),
    "$": ("USD", 1.0),
    "k$": ("kUSD", 1e3),
    "M$": ("MUSD", 1e6),
    "B$": ("BUSD", 1e9),
    "MUSD": ("MUSD", 1e6),
    "RMB": ("CNY", 1.0),
    "MRMB": ("MCNY", 1e6),
    "kEUR": ("kEUR", 1e3),
    "FLOP": ("FLOP", 1.0),
    "TFLOP/s": ("TFLOP/s", 1e12),
    "bytes": ("B", 8.0),
    "PB": ("PB", 8e15),
    "GiB": ("GiB", 8 * 2.0**30),
    "Gbit/s": ("Gbit/s", 1e9),
    "m2": ("m2", 1.0),
    "m²": ("m**2", 1.0),
    "m^2": ("m**2", 1.0),
    "m ** 2": ("m**2", 1.0),
    "ft**2": ("ft**2", 0.3048**2),
    "sqft": ("ft2", 0.3048**2),
    "litres": ("L", 1e-3),
    "gallons": ("gal", 0.003785411784),  # 231 cubic inches
    "tonnes": ("t", 1e3),
    "lbs": ("lb", 0.45359237),
    "tCO2e": ("tCO2e", 1.0),
    "gCO2e/kWh": ("gCO2e/kWh", 1e-6 / (1e3 * HOUR)),
    "lb CO2e/MWh": ("lbCO2e/MWh", 0.45359237e-3 / (1e6 * HOUR)),
    "cent": ("US_cent", 0.01),
    "eurocents/kWh": ("eurocent/kWh", 0.01 / (1e3 * HOUR)),
    "pence": ("penny", 0.01),
    "RU": ("rack_unit", 1.0),
    "OP/s": ("OP/s", 1.0),
    "TOPS": ("TOPS", 1e12),
    "MTok": ("Mtoken", 1e6),
    "tok/sec": ("token/s", 1.0),
    "FTE": ("person", 1.0),
    "mo": ("month", MONTH),
    "€/MWh": ("EUR/MWh", 1 / (1e6 * HOUR)),
    "k€": ("kEUR", 1e3),
    "MSEK": ("MSEK", 1e6),
    "µs": ("us", 1e-6),  # U+00B5 MICRO SIGN
    "μs": ("us", 1e-6),  # U+03BC GREEK SMALL LETTER MU
    "min": ("minute", 60.0),
    "h": ("hour", HOUR),
    "hr": ("hour", HOUR),
    "hrs": ("hour", HOUR),
    "d": ("day", 24 * HOUR),
    "weeks": ("week", 168 * HOUR),
    "months": ("month", MONTH),
    "yr": ("year", YEAR),
    "years": ("year", YEAR),
    "%": ("percent", 0.01),
    "%/year": ("percent/year", 0.01 / YEAR),
    "1/year": ("1/year", 1 / YEAR),
    "1 / year": ("1/year", 1 / YEAR),
    "": ("1", 1.0),
    "1": ("1", 1.0),
    "USD/kW-month": ("USD/(kW*month)", 1 / (1e3 * MONTH)),
    "person-years": ("person*year", YEAR),
    "gpu-hours": ("gpu*hour", HOUR),
    "gpu*hour/(server*year)": ("gpu*hour/(server*year)", HOUR / YEAR),
    "gpu·hour": ("gpu*hour", HOUR),
    "gpu×hour": ("gpu*hour", HOUR),
    " kW / server ": ("kW/server", 1e3),
}

# Each row says one thing in several ways.
THE_SAME = [
    [
        "USD/gpu/hour",
        "USD/(gpu*hour)",
        "$/GPU/h",
        "$/GPU-h",
        "USD per gpu per hour",
        "USD per gpu-hour",
        "$ per GPU-hr",
    ],
    ["kW/rack", "kW per rack", "kW per cabinet", "kW / racks"],
    ["USD/(kW*month)", "USD/kW/month", "USD/kW-month", "$ per kW per month", "USD/month/kW"],
    ["gpu*hour", "GPU hours", "gpu-hours", "GPU-hr"],
    ["USD/(gpu*hour)", "USD per GPU hour", "US$/GPU-hour"],
    ["%/year", "% p.a.", "%p.a.", "% per annum", "%/yr"],
    ["gCO2e/kWh", "gCO2eq/kWh", "gCO₂e/kWh", "g CO2e/kWh", "gCO₂-eq per kWh", "g CO2 eq/kWh", "g of CO2e/kWh"],
    ["kgCO2e", "kg CO2e", "kg CO2-e", "kg CO2eq", "kilogram CO2e"],
    ["tCO2e", "tonnes CO2e", "tonnes of CO2 equivalent", "t CO₂e"],
    ["CAD", "C$", "CA$"],
    ["W/ft2", "W/sqft", "W/sq ft", "W/sq. ft.", "W per square foot"],
    ["m2", "sqm", "sq m", "square metres", "m²"],
    ["US_cent/kWh", "¢/kWh", "cents/kWh", "cent per kWh"],
    ["kWh", "kW*h", "kW-h", "kW·hour", "W*h*kW/W"],
    ["m3", "m**3", "m^3", "m³", "kL"],
    ["gpu/(server*hour)", "gpu/server-hour", "gpu per server per hour"],
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_spelling(text: str) -> None:
    canonical, factor = ACCEPTED[text]
    unit = parse_unit(text)
    assert str(unit) == canonical
    assert unit.factor == pytest.approx(factor, rel=1e-15)


@pytest.mark.parametrize("spellings", THE_SAME, ids=lambda spellings: spellings[0])
def test_spellings_of_one_unit(spellings: list[str]) -> None:
    units = [parse_unit(text) for text in spellings]
    assert {unit.dimension for unit in units} == {units[0].dimension}
    assert [unit.factor for unit in units] == pytest.approx([units[0].factor] * len(units), rel=1e-15)


def test_every_currency_and_every_count_is_a_dimension_of_its_own() -> None:
    dimensions = {parse_unit(name).dimension for name in (*CURRENCIES, *COUNTS)}
    assert len(dimensions) == 18 + 19
    assert parse_unit("rack_unit").dimension != parse_unit("rack").dimension
    assert parse_unit("FLOP").dimension != parse_unit("FLOP/s").dimension


def test_a_unit_over_itself_is_a_ratio() -> None:
    assert parse_unit("kWh/kWh") == RATIO
    assert parse_unit("kWh/MWh").dimension.is_ratio
    assert parse_unit("kWh/MWh").factor == pytest.approx(0.001, rel=1e-15)


def test_arithmetic_of_units() -> None:
    per_server, server = parse_unit("kW/server"), parse_unit("server")
    assert per_server * server == parse_unit("kW")
    assert parse_unit("kW") / server == per_server
    assert server**2 == parse_unit("server**2")
    assert parse_unit("kW/rack").without("rack") == parse_unit("kW")


def test_a_scenario_declares_counts_with_their_plurals() -> None:
    with own_counts(["match", "policy", "key", "box", "ticket"]):
        assert parse_unit("USD/match") == parse_unit("USD per matches")
        for one, many in {"policy": "policies", "key": "keys", "box": "boxes", "ticket": "tickets"}.items():
            assert str(parse_unit(many)) == one
            assert parse_unit(one).dimension != parse_unit("match").dimension
    assert not _reads("ticket")


def test_the_singular_of_what_is_counted() -> None:
    words = {"tickets": "ticket", "queries": "query", "boxes": "box", "glasses": "glass", "dishes": "dish"}
    # What ends so is one already: glass, status, axis; and so is a short word such as `gas`.
    alone = ("ticket", "glass", "status", "axis", "gas", "bus")
    assert {each: singular(each) for each in (*words, *alone)} == {**words, **dict(zip(alone, alone, strict=True))}


def test_a_unit_that_no_number_could_hold_is_none() -> None:
    # 1e18 ** 13 = 1e234 is less than 1e250, 1e18 ** 14 = 1e252 is more; so is the power below the line.
    assert make_unit((("EFLOP", 13),)).factor == pytest.approx(1e234)
    for atoms in ((("EFLOP", 14),), (("EFLOP", -14),), (("server", 1001),), (("server", -1001),)):
        with pytest.raises(OverflowError):
            make_unit(atoms)
    assert make_unit((("server", 1000),)).factor == 1


PREFIXES = ("m", "c", "k", "K", "M", "G", "T", "u", "n", "milli", "centi", "kilo", "mega", "giga", "milli-", "kilo-")


# What price lists sell by the thousand or million.
SOLD_IN_THOUSANDS = {"token", "request", "image"}


@pytest.mark.parametrize("count", sorted(COUNTS - SOLD_IN_THOUSANDS))
def test_counts_take_no_prefix(count: str) -> None:
    """There is no milli-GPU."""
    read = [prefix for prefix in PREFIXES for form in (count, f"{count}s") if _reads(f"{prefix}{form}")]
    assert read == []


def test_what_is_sold_so_comes_in_thousands_and_millions() -> None:
    """The letters k and M are the only ones, and images are sold by the thousand alone."""
    for count in SOLD_IN_THOUSANDS:
        read = {prefix for prefix in PREFIXES for form in (count, f"{count}s") if _reads(f"{prefix}{form}")}
        assert read == ({"k", "kilo"} if count == "image" else {"k", "M", "kilo", "mega"}), count


def _reads(text: str) -> bool:
    try:
        parse_unit(text)
    except UnitError:
        return False
    return True


ATOMS = st.sampled_from(sorted(set(UNITS) - {"percent"}))


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(ATOMS, st.integers(-3, 3).filter(bool), min_size=1, max_size=4))
def test_what_a_unit_prints_is_read_back(powers: dict[str, int]) -> None:
    above = {atom: power for atom, power in powers.items() if power > 0}
    below = {atom: power for atom, power in powers.items() if power < 0}
    unit = make_unit(tuple((above | below).items()))
    assert parse_unit(str(unit)) == unit


def test_what_is_read_at_a_glance_is_what_is_read_word_by_word() -> None:
    """A blank before it sends a text to the reader; so does what is no quotient of two units' own spellings."""
    texts = [*UNITS, *(f"{one}/{other}" for at, one in enumerate(UNITS) for other in list(UNITS)[at % 7 :: 7])]
    wrong = []
    for text in texts:
        found = []
        for each in (text, f" {text}"):
            try:
                found.append(parse_unit(each).atoms)
            except UnitError as error:
                found.append(((error.message, 0),))
        wrong += [] if found[0] == found[1] else [(text, *found)]
    assert wrong == []
    assert parse_unit("kW/rack").atoms == (("kW", 1), ("rack", -1))
