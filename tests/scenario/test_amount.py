"""Amounts that are right: the value grammar, each form with the exact number that it means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import each_row

from calc.scenario.amount import AmountError, from_base, parse_amount, to_base
from calc.units import parse_unit

if TYPE_CHECKING:
    from decimal import Decimal

KWH = 3.6e6  # joule
HOUR = 3600.0
YEAR = 8760 * HOUR

# text: (number, unit, value in coherent base units)
GRAMMAR = {
    "4.5 kW": (4.5, "kW", 4500.0),
    "20 %": (20.0, "percent", 0.2),
    "20%": (20.0, "percent", 0.2),
    "$50M": (50e6, "USD", 50e6),
    "50 MUSD": (50.0, "MUSD", 50e6),
    "0.08 $/kWh": (0.08, "USD/kWh", 0.08 / KWH),
    "0.6 CNY/kWh": (0.6, "CNY/kWh", 0.6 / KWH),
    "70B parameters": (70e9, "parameter", 70e9),
    "1.4T tokens": (1.4e12, "token", 1.4e12),
    "1,000 servers": (1000.0, "server", 1000.0),
    "2 USD/gpu/hour": (2.0, "USD/(gpu*hour)", 2 / HOUR),
    "10x": (10.0, "1", 10.0),
    "42 U": (42.0, "rack_unit", 42.0),
    # the same in other dress
    "4.5kW": (4.5, "kW", 4500.0),
    "  4.5  kW ": (4.5, "kW", 4500.0),
    "+4.5 kW": (4.5, "kW", 4500.0),
    "-4.5 kW": (-4.5, "kW", -4500.0),
    "\u22124.5 kW": (-4.5, "kW", -4500.0),  # U+2212, the minus sign of typeset text
    ".5 kW": (0.5, "kW", 500.0),
    "1_000 kW": (1000.0, "kW", 1e6),
    "1,000,000 kWh": (1e6, "kWh", 1e6 * KWH),
    "1,000.5 kW": (1000.5, "kW", 1_000_500.0),
    "1.2e3 kWh": (1200.0, "kWh", 1200 * KWH),
    "1E6 token/s": (1e6, "token/s", 1e6),
    "5 ft**2": (5.0, "ft**2", 5 * 0.3048**2),
    "5 m²": (5.0, "m**2", 5.0),
    "10x/year": (10.0, "1/year", 10 / YEAR),
    "3 %/year": (3.0, "percent/year", 0.03 / YEAR),
    "5 kW per server": (5.0, "kW/server", 5000.0),
    "0.4 kW/server": (0.4, "kW/server", 400.0),
    "12h": (12.0, "hour", 12 * HOUR),
    "3 person-years": (3.0, "person*year", 3 * YEAR),
    # currency signs
    "$5": (5.0, "USD", 5.0),
    "$ 5": (5.0, "USD", 5.0),
    "-$5M": (-5e6, "USD", -5e6),
    "$1,000,000": (1e6, "USD", 1e6),
    "$0.08/kWh": (0.08, "USD/kWh", 0.08 / KWH),
    "$0.08 per kWh": (0.08, "USD/kWh", 0.08 / KWH),
    "$50k/server": (50e3, "USD/server", 50e3),
    "50 M$": (50.0, "MUSD", 50e6),
    "50M USD": (50e6, "USD", 50e6),
    "20 MRMB": (20.0, "MCNY", 20e6),
    # a glued letter is a unit where there is such a unit, and a magnitude where there is not
    "5MW": (5.0, "MW", 5e6),
    "5M W": (5e6, "W", 5e6),
    "5TB": (5.0, "TB", 40e12),
    "5T B": (5e12, "B", 40e12),
    "5m": (5.0, "m", 5.0),
    "5kUSD": (5.0, "kUSD", 5e3),
    "5Mtokens": (5.0, "Mtoken", 5e6),
    "5Btokens": (5e9, "token", 5e9),
    "5Btoken/s": (5e9, "token/s", 5e9),
    "220k USD/year": (220e3, "USD/year", 220e3 / YEAR),
    # magnitudes as words, and K for a thousand
    "$500K": (500e3, "USD", 500e3),
    "500K tokens": (500e3, "token", 500e3),
    "$1.5 million": (1.5e6, "USD", 1.5e6),
    "$2 million per MW": (2e6, "USD/MW", 2.0),
    "1.5 billion USD": (1.5e9, "USD", 1.5e9),
    "8 billion parameters": (8e9, "parameter", 8e9),
    "8 Billion parameters": (8e9, "parameter", 8e9),
    "$1.5 Million": (1.5e6, "USD", 1.5e6),
    "10 USD per Million tokens": (10.0, "USD/Mtoken", 1e-5),
    "15 trillion tokens": (15e12, "token", 15e12),
    "3 thousand gpus": (3000.0, "gpu", 3000.0),
    "5bn EUR": (5e9, "EUR", 5e9),
    # a code or a sign of a currency, before the number or after it
    "USD 80/MWh": (80.0, "USD/MWh", 80 / (1000 * KWH)),
    "EUR 5 million": (5e6, "EUR", 5e6),
    "MSEK 50": (50.0, "MSEK", 50e6),
    "€149,000/server": (149e3, "EUR/server", 149e3),
    "80 €/MWh": (80.0, "EUR/MWh", 80 / (1000 * KWH)),
    "-£5": (-5.0, "GBP", -5.0),
    "US$ 5": (5.0, "USD", 5.0),
    "C$5M": (5e6, "CAD", 5e6),
    "5M€": (5.0, "MEUR", 5e6),
    "8.5 cent/kWh": (8.5, "US_cent/kWh", 0.085 / KWH),
    "8.5 ¢/kWh": (8.5, "US_cent/kWh", 0.085 / KWH),
    # how much for how many
    "$10/1M tokens": (10.0, "USD/Mtoken", 1e-5),
    "10 USD per million tokens": (10.0, "USD/Mtoken", 1e-5),
    "USD 2.5 / 1M tokens": (2.5, "USD/Mtoken", 2.5e-6),
    "$3/M tokens": (3.0, "USD/Mtoken", 3e-6),
    "$0.03 per 1,000 tokens": (0.03, "USD/ktoken", 3e-5),
    "5 USD per 1,000 servers": (0.005, "USD/server", 0.005),
    "$32/8 gpus/hour": (4.0, "USD/(gpu*hour)", 4 / HOUR),
    # days-hours:minutes:seconds: ((24 + 2) x 60 + 3) x 60 + 4
    "1-02:03:04": (93784.0, "s", 93784.0),
    "0-12:30:00": (45000.0, "s", 12.5 * HOUR),
    # no-break and thin spaces of typeset text
    "1\u202f000 kW": (1000.0, "kW", 1e6),
    "1\u00a0000\u00a0000.5\u00a0kW": (1_000_000.5, "kW", 1_000_000_500.0),
    "5\u00a0kW": (5.0, "kW", 5000.0),
    "8.4M GPU hours": (8.4e6, "gpu*hour", 8.4e6 * HOUR),
    "5 % p.a.": (5.0, "percent/year", 0.05 / YEAR),
    "42 RU": (42.0, "rack_unit", 42.0),
    "624 TOPS/gpu": (624.0, "TOPS/gpu", 624e12),
    "890 lb CO2e/MWh": (890.0, "lbCO2e/MWh", 890 * 0.45359237e-3 / (1000 * KWH)),
}

# A number without a unit; whether one is needed is for the quantity to say.
BARE = {
    "0": 0.0,
    "-0": 0.0,
    ".5": 0.5,
    "0.5": 0.5,
    "1e6": 1e6,
    "1.0e6": 1e6,
    "1.0e+6": 1e6,
    "1_000_000": 1e6,
    "1,000,000": 1e6,
    "0.0000": 0.0,
    "0e5": 0.0,
    "1.7976931348623157e308": 1.7976931348623157e308,
}


@each_row("text", list(GRAMMAR))
def test_amount(text: str) -> None:
    number, unit, base = GRAMMAR[text]
    amount = parse_amount(text)
    assert amount.number == number
    assert amount.unit is not None
    assert str(amount.unit) == unit
    assert amount.base == pytest.approx(base, rel=4e-16)  # the neighbouring float at most


@each_row("text", list(BARE))
def test_bare_number(text: str) -> None:
    amount = parse_amount(text)
    assert amount.unit is None
    assert amount.number == amount.base == BARE[text]
    assert math.copysign(1, amount.number) == 1


def test_a_is_per_and_and_is_told_how_to_write() -> None:
    assert parse_amount("$260k a year") == parse_amount("$260k/year")._replace(unit_text="a year")
    assert parse_amount("300 requests a month").unit == parse_unit("request/month")
    assert parse_amount("$3 an hour").unit == parse_unit("USD/hour")
    for text, hint in {
        "300 requests per seat and month": "write `requests/seat/month`",
        "16 a/rack": "did you mean `A`? Capitals matter in units",  # amperes
    }.items():
        with pytest.raises(AmountError) as raised:
            parse_amount(text)
        assert raised.value.hint == hint


def test_the_examples_that_must_be_exact_are() -> None:
    assert parse_amount("4.5 kW").base == 4500
    assert parse_amount("$50M").base == parse_amount("50 MUSD").base == 50_000_000
    assert parse_amount("70B parameters").base == 70_000_000_000
    assert parse_amount("1.4T tokens").base == 1_400_000_000_000
    assert parse_amount("8.403M gpu-hours").number == 8_403_000


@each_row("percent", range(101))
def test_whole_percentages_are_exact(percent: int) -> None:
    """57 % is 0.57, which 57 * 0.01 is not."""
    assert parse_amount(f"{percent} %").base == percent / 100


@pytest.mark.parametrize(
    ("text", "step"),
    [("4.5 kW", 0.1), ("4 kW", 1.0), ("$20M", 1e6), ("$20.5M", 1e5), ("1.4T tokens", 1e11), ("20 %", 1.0),
     ("2.50 %", 0.01), ("$1.5 million", 1e5), ("5 USD per 1,000 gpus", 1e-3),
     ("1e3 kW", 1e3), ("1.5e3 kW", 1e2), ("1,000 servers", 1.0), (".5", 0.1)],
)  # fmt: skip
def test_step_is_the_last_digit_written(text: str, step: float) -> None:
    assert parse_amount(text).step == pytest.approx(step, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "bare", "has_magnitude"),
    [("4.5 kW", "4.5", False), ("$50M", "$50M", True), ("-$5", "-$5", False), ("70B parameters", "70B", True),
     ("1,000 servers", "1,000", False), ("5MW", "5", False), ("20%", "20", False), ("€5 million", "€5M", True),
     ("USD 80/MWh", "USD 80", False), ("5 USD/10 gpus", "0.5", False)],
)  # fmt: skip
def test_bare_text_is_the_number_as_written(text: str, bare: str, has_magnitude: bool) -> None:
    amount = parse_amount(text)
    assert amount.bare_text == bare
    assert amount.has_magnitude is has_magnitude


UNITS = st.sampled_from(
    ["kW", "kW/server", "%", "USD", "USD/(gpu*hour)", "tokens", "GiB", "CNY/kWh", "person-years", "m**2"]
)
FLOATS = st.floats(-1e250, 1e250, allow_nan=False).filter(lambda number: number == 0 or abs(number) > 1e-250)
LETTERS = {"k": 3, "M": 6, "B": 9, "T": 12}


@settings(max_examples=300, deadline=None)
@given(FLOATS, UNITS)
def test_a_written_number_is_read_back(number: float, unit: str) -> None:
    amount = parse_amount(f"{number!r} {unit}")
    assert amount.number == number
    assert amount.unit == parse_unit(unit)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**15))
def test_separators_do_not_change_a_number(number: int) -> None:
    read = [parse_amount(f"{text} servers").number for text in (f"{number}", f"{number:,}", f"{number:_}")]
    assert read == [float(number)] * 3


@settings(max_examples=200, deadline=None)
@given(st.decimals(0, 99_999, places=3), st.sampled_from(sorted(LETTERS)))
def test_a_magnitude_multiplies_exactly(number: Decimal, letter: str) -> None:
    exact = float(number * 10 ** LETTERS[letter])
    assert parse_amount(f"{number}{letter} parameters").base == exact
    assert parse_amount(f"${number}{letter}").base == exact


@settings(max_examples=200, deadline=None)
@given(FLOATS, UNITS)
def test_to_base_and_back(number: float, name: str) -> None:
    unit = parse_unit(name)
    assert from_base(to_base(number, unit), unit) == pytest.approx(number, rel=4e-16)
