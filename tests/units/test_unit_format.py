"""Figures as a person reads them: significant digits, thousands, magnitudes, plurals."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calc.engine.catalogue import standard_catalogue
from calc.errors import CalcError
from calc.scenario.amount import parse_amount
from calc.units import RATIO, parse_unit
from calc.units.format import (
    GIVEN_DIGITS,
    amount_text,
    bare_text,
    clean,
    compact,
    decimal_text,
    percent_text,
    range_texts,
    unit_words,
)

HOUR = 3600.0
NUMBERS = {
    0.0: "0",
    4.0: "4",
    -4.0: "-4",
    2.5: "2.5",
    4 / 9: "0.4444",
    16 + 2 / 3: "16.67",
    109.17: "109.2",
    999.96: "1,000",
    1000.0: "1,000",
    12_345.6: "12,346",
    20_000.0: "20,000",
    123_456.0: "123,456",
    -123_456.0: "-123,456",
    999_960.0: "999,960",  # a whole number below a million keeps all its digits
    1e6: "1M",
    8_403_361.0: "8.403M",
    1.4e12: "1.4T",
    7e10: "70B",
    -7e10: "-70B",
    1e15: "1e15",
    1.2345e20: "1.234e20",  # the tie rounds to even
    1e-4: "0.0001",
    0.000123456: "0.0001235",
    1.5e-9: "1.5e-9",
    0.99996: "1",
}
MONEY = {
    5.0: "5",
    5.5: "5.50",
    0.1: "0.10",
    2.38: "2.38",
    0.08: "0.08",
    99.99: "99.99",
    123.456: "123.5",
    148_390.0: "148,390",
    2e7: "20M",
}
GIVEN = {
    8.403361: "8.403361",
    12_345.678: "12,345.678",
    148_390.0: "148,390",
    8_403_361.0: "8.403361M",
    0.1 + 0.2: "0.3",  # noise beyond the twelfth digit is not shown
}


@pytest.mark.parametrize(("number", "text"), NUMBERS.items())
def test_compact(number: float, text: str) -> None:
    assert compact(number) == text


@pytest.mark.parametrize(("number", "text"), MONEY.items())
def test_compact_money(number: float, text: str) -> None:
    assert compact(number, money=True) == text


@pytest.mark.parametrize(("number", "text"), GIVEN.items())
def test_given_values_keep_their_digits(number: float, text: str) -> None:
    assert compact(number, digits=GIVEN_DIGITS) == text


AMOUNTS = [
    (4500.0, "kW", "4.5 kW"),
    (1.0, "server", "1 server"),
    (4.0, "server", "4 servers"),
    (0.0, "server", "0 servers"),
    (1.0, "person", "1 person"),
    (3.0, "person", "3 people"),
    (2.0, "entity", "2 entities"),
    (4.0, "server/rack", "4 servers/rack"),
    (1.0, "server/rack", "1 server/rack"),
    (10e3, "kW/rack", "10 kW/rack"),
    (42.0, "rack_unit/rack", "42 U/rack"),
    (5 * HOUR, "gpu*hour", "5 gpu-hours"),
    (8760 * HOUR, "person*year", "1 person-year"),
    (2 * 8760 * HOUR, "person*year", "2 person-years"),
    (1.4e12, "token", "1.4T tokens"),
    (2e7, "USD", "$20M"),
    (-2e7, "USD", "-$20M"),
    (0.0, "USD", "$0"),
    (0.0024, "USD", "$0.0024"),  # 800 tokens x 3 USD/Mtoken = 0.0024 USD
    (-0.001, "USD", "-$0.001"),
    (2.4e-6, "USD", "$2.4e-6"),
    (5.5, "USD", "$5.50"),
    (2.38 / HOUR, "USD/(gpu*hour)", "$2.38/gpu-hour"),
    (0.08 / (1e3 * HOUR), "USD/kWh", "$0.08/kWh"),
    (0.001, "USD/token", "$0.001/token"),
    (5.0, "CNY", "5 CNY"),
    (0.25, "1", "0.25"),
    (2026.0, "AD", "2026"),  # as people write a year
]


@pytest.mark.parametrize(("base", "unit", "text"), AMOUNTS)
def test_amount_text(base: float, unit: str, text: str) -> None:
    assert amount_text(base, parse_unit(unit)) == text


def test_shares_are_percentages() -> None:
    assert amount_text(0.57, RATIO, share=True) == "57 %"
    assert amount_text(1.0, RATIO, share=True) == "100 %"
    assert amount_text(0.025, RATIO, share=True) == "2.5 %"
    # An input of a scenario keeps the unit that it is written in: 20 % named `..._share` is 20 %, not 2,000 %.
    assert amount_text(0.2, parse_unit("percent"), share=True) == "20 %"
    # A sampling error or a small share has its zeros, as long as a reader can count them.
    assert percent_text(7.7e-7, digits=2) == "0.000077 %"
    assert amount_text(9.6e-8, RATIO, share=True) == "0.0000096 %"
    assert amount_text(parse_unit("1/year").factor * 5e-7, parse_unit("1/year")) == "0.00005 %/year"
    assert percent_text(1.2e-9) == "1.2e-7 %"


@pytest.mark.parametrize(
    ("base", "unit", "text"),
    [(4.0, "server/rack", "4"), (2e7, "USD", "$20M"), (2.38 / HOUR, "USD/(gpu*hour)", "$2.38"), (0.25, "1", "0.25"),
     (5 * HOUR, "gpu*hour", "5"), (10e3, "kW/rack", "10"), (2026.0, "AD", "2026")],
)  # fmt: skip
def test_bare_text_leaves_the_unit_out(base: float, unit: str, text: str) -> None:
    assert bare_text(base, parse_unit(unit)) == text


def test_a_share_a_year_is_a_percentage_a_year() -> None:
    """As a scenario writes interest."""
    rate = parse_unit("1/year")
    assert amount_text(0.05 * rate.factor, rate) == "5 %/year"
    assert bare_text(-0.128 * rate.factor, rate) == "-12.8"
    assert amount_text(parse_unit("percent/year").factor * 0.25, parse_unit("1/month")) == "0.02083 %/month"


def test_bare_text_of_a_share() -> None:
    assert bare_text(0.57, RATIO, share=True) == "57"


def test_unit_words() -> None:
    assert unit_words(parse_unit("rack_unit/server")) == "U/server"
    assert unit_words(parse_unit("gpu*hour"), plural=True) == "gpu-hours"
    assert unit_words(parse_unit("m**2/rack"), plural=True) == "m**2/rack"
    assert unit_words(parse_unit("1/year")) == "%/year"
    assert unit_words(parse_unit("1/(gpu*hour)")) == "1/gpu-hour"
    assert unit_words(RATIO) == ""
    assert unit_words(parse_unit("AD")) == ""


def test_clean_drops_the_last_digit_of_a_float_and_the_sign_of_zero() -> None:
    assert clean(0.1 + 0.2) == 0.3
    assert math.copysign(1, clean(-0.0)) == 1


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_no_report_holds_what_is_no_number(number: float) -> None:
    with pytest.raises(CalcError, match="larger than any number"):
        clean(number)


NUMBER = re.compile(r"(-?)\$?([\d,.]+(?:e-?\d+)?)([TBM]?)")
FACTORS = {"": 1.0, "M": 1e6, "B": 1e9, "T": 1e12}
# Every unit that a quantity is declared in, and plain money of another currency.
ALL_UNITS = [*(quantity.unit for quantity in standard_catalogue().quantities.values()), parse_unit("CNY")]
MAGNITUDES = [sign * head * 10.0**power for power in range(-12, 16) for head in (1, 2.4, 9.9996) for sign in (1, -1)]


def read_number(text: str) -> float:
    """Return the number that a text begins with."""
    found = NUMBER.match(text)
    assert found, text
    size = float(found[2].replace(",", "")) * FACTORS[found[3]]
    return -size if found[1] else size


def test_only_zero_is_written_as_zero() -> None:
    """In every unit, from 1e-12 to 1e16, with three significant digits: half a unit of the third is 0.5 % at most."""
    wrong = []
    for unit in dict.fromkeys(ALL_UNITS):
        digits = 0.5 if unit.atoms == (("AD", 1),) else 0.0  # of a date the year is enough
        for number in MAGNITUDES:
            for text in (amount_text(number * unit.factor, unit), bare_text(number * unit.factor, unit)):
                scale = 100 if unit.atoms in ((("year", -1),), (("month", -1),)) else 1
                read = read_number(text)
                if read == 0 or abs(read - number * scale) > 0.00501 * abs(number * scale) + digits:
                    wrong.append((str(unit), number, text))
        assert read_number(amount_text(0.0, unit)) == 0
    for number in MAGNITUDES:
        texts = [amount_text(number, RATIO, share=True), percent_text(number)]
        texts += [decimal_text(number * 100, decimals) for decimals in (0, 1, 2)]
        wrong += [("%", number, text) for text in texts if read_number(text.lstrip("+")) == 0]
    assert not wrong, wrong[:20]


def test_what_is_short_of_all_is_not_written_as_all() -> None:
    """19,999 of 20,000 samples are 99.995 %."""
    assert [percent_text(each) for each in (1.0, 0.99995, 0.9995, 0.997, 0.57, 0.00004, 12.34)] == [
        "100 %", "99.995 %", "99.95 %", "99.7 %", "57 %", "0.004 %", "1,234 %",
    ]  # fmt: skip
    # What is missing from all is told to two digits: 0.288 as 0.29, 0.0288 as 0.029.
    assert [percent_text(each) for each in (0.99712, 0.999712)] == ["99.71 %", "99.971 %"]
    wrong = [each for each in (1 - 10.0**-power for power in range(1, 11)) if percent_text(each) == "100 %"]
    assert not wrong


def test_a_range_whose_ends_differ_is_written_with_two_ends() -> None:
    wrong = []
    for unit in (parse_unit(each) for each in UNITS):
        for power in range(-12, 15):
            for apart in (1e-2, 1e-4, 1e-6, 1e-8):
                low = 1.2345678 * 10.0**power * unit.factor
                first, last = range_texts(low, low * (1 + apart), unit, digits=3)
                if first == last:
                    wrong.append((str(unit), power, apart, first))
    assert not wrong, wrong[:20]
    assert range_texts(2.0, 2.0, RATIO) == ("2", "2")
    # 1.0001 and 1.0002 need five digits; 1 and 2 need no more than others have.
    assert range_texts(1.0001, 1.0002, RATIO) == ("1.0001", "1.0002")


UNITS = [
    "1/year",
    "kW",
    "kW/rack",
    "server",
    "server/rack",
    "gpu*hour",
    "person*year",
    "token",
    "USD/(gpu*hour)",
    "USD/kWh",
    "CNY",
]


@settings(max_examples=200, deadline=None)
@given(st.floats(1e-9, 9e14), st.sampled_from(UNITS))
@example(999_960.0, "server")
@example(0.999951, "USD/kWh")
def test_what_reports_print_can_be_written_in_a_scenario(number: float, name: str) -> None:
    """Four significant digits are off by half a unit of the fourth at most, 0.0005 of 1; money by half a cent."""
    unit = parse_unit(name)
    read = parse_amount(amount_text(number * unit.factor, unit))
    assert read.unit is not None
    assert read.unit.dimension == unit.dimension
    cents = 0.005001 if unit.dimension.currency == "USD" and 0.0999 < number < 100 else 0.0
    assert read.base / unit.factor == pytest.approx(number, rel=5.001e-4, abs=cents)


@pytest.mark.parametrize("price", [0.105, 0.125, 0.375, 0.999])
def test_a_price_per_something_keeps_its_digits_below_a_dollar(price: float) -> None:
    """Cents are enough for a sum of money; 0.105 USD/kWh shown as $0.10 or $0.11 would be 5 % off."""
    unit = parse_unit("USD/kWh")
    read = parse_amount(amount_text(price * unit.factor, unit))
    assert read.base / unit.factor == pytest.approx(price, rel=5.001e-4)


@settings(max_examples=200, deadline=None)
@given(st.floats(1e-9, 9e14), st.sampled_from(UNITS))
def test_given_digits_are_read_back(number: float, name: str) -> None:
    unit = parse_unit(name)
    read = parse_amount(amount_text(number * unit.factor, unit, digits=GIVEN_DIGITS))
    assert read.base / unit.factor == pytest.approx(number, rel=5.001e-12)
