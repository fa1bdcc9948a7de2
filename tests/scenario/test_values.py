"""Values of inputs: amounts, ranges, distributions, facts, each with the point value that stands for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from calc.engine.catalogue import standard_catalogue
from calc.errors import Problems, SourceText
from calc.facts import Fact, FactBook
from calc.scenario.fact_values import Reading
from calc.scenario.values import read_value
from calc.scenario.yaml_reader import read_document
from calc.units import parse_unit

if TYPE_CHECKING:
    from calc.value import Value

YEAR = 8760 * 3600.0


def fact(
    identifier: str,
    unit: str,
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    as_of: str = "2024",
) -> Fact:
    subject, _, quantity = identifier.partition("@")[0].partition(".")
    url, note = "https://maker.example", "a note"
    return Fact(identifier, subject, quantity, value, low, high, unit, as_of, 2024, "Maker's list", url, "vendor", note)


FACTS = FactBook(
    [
        fact("box.server_price@2020", "USD/server", 199_000, as_of="2020-05"),
        fact("box.server_price@2021", "USD/server", 300_000, as_of="2021-06"),
        fact("box.server_power", "kW/server", 6.5),
        fact("rent.gpu_hour_price", "USD/(gpu*hour)", 2.38, 1.5, 4.0),
        fact("labels.label_price", "USD/item", None, 5, 7),
    ]
)
SOURCES = {"nec": "NEC 210.20(A), 2023"}


@dataclass(frozen=True)
class Read:
    """A value that was read, and the remarks on it."""

    value: Value
    warnings: list[str]

    @property
    def parameters(self) -> dict[str, float]:
        assert self.value.distribution is not None
        return dict(self.value.distribution.parameters)


def read(text: str, name: str | None) -> Read:
    problems, warnings = Problems(), list[str]()
    node = read_document(SourceText("case.yaml", f"value: {text}\n")).get("value")
    assert node is not None
    quantity = standard_catalogue()[name] if name else None
    value = read_value(node, quantity, name or "own", Reading(SOURCES, FACTS, problems, warnings, []))
    problems.raise_if_any()
    assert value is not None
    return Read(value, warnings)


# text, quantity, value in coherent base units
POINTS = [
    ("4.5 kW/server", "server_power", 4500.0),
    ("$150k/server", "server_price", 150e3),
    ("2 USD/gpu/hour", "gpu_hour_price", 2 / 3600),
    ("$50M", "budget_total", 50e6),
    ("50 MUSD", "budget_total", 50e6),
    ("1,000 servers", "servers_needed", 1000.0),
    ("18 months", "programme_duration", 18 * 730 * 3600.0),
    ("80 %", "rack_power_derating", 0.8),
    ("0.8", "rack_power_derating", 0.8),
    ("1.3x", "loaded_cost_multiplier", 1.3),
    ("1.3", "loaded_cost_multiplier", 1.3),
    ("130 %", "loaded_cost_multiplier", 1.3),
    ("0 kW", "server_power", 0.0),
    # the quantity's own name says per what
    ("25 kW", "rack_power_rated", 25e3),
    ("25 kW/rack", "rack_power_rated", 25e3),
    ("4.5 kW", "server_power", 4500.0),
    ("8 gpus", "gpus_per_server", 8.0),
    ("8 gpus/server", "gpus_per_server", 8.0),
    ("6 U", "server_height", 6.0),
    ("42 U", "rack_height", 42.0),
    ("3 m2", "floor_area_per_rack", 3.0),
    ("4 servers", "servers_per_rack", 4.0),
]


@pytest.mark.parametrize(("text", "name", "base"), POINTS)
def test_certain_value(text: str, name: str, base: float) -> None:
    value = read(text, name).value
    assert value.point == pytest.approx(base, rel=4e-16)
    assert value.distribution is None
    assert value.status == "given"
    assert value.source is None
    assert str(value.place) == "case.yaml:1:8"


def test_a_scenarios_own_input_takes_any_unit() -> None:
    assert read("5 kW", None).value.unit == parse_unit("kW")
    assert read("5", None).value.unit == parse_unit("")
    assert read("{mean: 1 kW, sd: 2 kW}", None).value.point == 1000


# text, quantity, low, high, midpoint
RANGES = [
    ("10 to 25 kW", "rack_power_rated", 10e3, 25e3, 17.5e3),
    ("10 kW to 25 kW", "rack_power_rated", 10e3, 25e3, 17.5e3),
    ("900 W to 1.1 kW", "server_power", 900.0, 1100.0, 1000.0),
    ("10 to 25kW", "rack_power_rated", 10e3, 25e3, 17.5e3),
    ("90 to 97 %", "availability", 0.9, 0.97, 0.935),
    ("0.9 to 0.97", "availability", 0.9, 0.97, 0.935),
    ("90 % to 97 %", "availability", 0.9, 0.97, 0.935),
    ("$10M to $20M", "budget_total", 10e6, 20e6, 15e6),
    ("10 to 20 MUSD", "budget_total", 10e6, 20e6, 15e6),
    ("10M USD to 20M USD", "budget_total", 10e6, 20e6, 15e6),
    ("10M to 20M USD", "budget_total", 10e6, 20e6, 15e6),  # the unit is shared, each end has its own magnitude
    ("1,000 to 2,000 servers", "servers_needed", 1000.0, 2000.0, 1500.0),
    ("1 to 3 years", "programme_duration", YEAR, 3 * YEAR, 2 * YEAR),
    # Both ends of a ratio may carry the x; a sign may stand before either.
    ("1.2x to 1.4x", "loaded_cost_multiplier", 1.2, 1.4, 1.3),
    ("1.2 to 1.4x", "loaded_cost_multiplier", 1.2, 1.4, 1.3),
    ("+10 to +25 kW", "rack_power_rated", 10e3, 25e3, 17.5e3),
    ("2 to 4", "server_supplies", 2.0, 4.0, 3.0),  # what one number may leave out, a range may too
]


@pytest.mark.parametrize(("text", "name", "low", "high", "midpoint"), RANGES)
def test_range_is_uniform_with_its_midpoint(text: str, name: str, low: float, high: float, midpoint: float) -> None:
    found = read(text, name)
    assert found.value.distribution is not None
    assert found.value.distribution.kind == "uniform"
    assert found.parameters == pytest.approx({"low": low, "high": high}, rel=4e-16)
    assert found.value.point == pytest.approx(midpoint, rel=4e-16)
    assert found.warnings == []


def test_money_at_both_ends_and_what_it_is_per_at_the_second() -> None:
    kwh = 3.6e6
    for text, name, low, high in (
        ("$20 to $30/MWh", "electricity_price", 0.02 / kwh, 0.03 / kwh),
        ("USD 20 to USD 30 per MWh", "electricity_price", 0.02 / kwh, 0.03 / kwh),
        ("$2 to $10 per million tokens", "token_price", 2e-6, 10e-6),
        ("5 to 6000 USD per 1,000 servers", "server_price", 0.005, 6.0),
        ("$1 million to $1.5 million", "budget_total", 1e6, 1.5e6),
    ):
        found = read(text, name).parameters
        assert found == {"low": pytest.approx(low, rel=1e-12), "high": pytest.approx(high, rel=1e-12)}, text


# A point before exactly three digits, in a count or in money for whole things: it may be meant to part thousands.
MAY_PART_THOUSANDS = {
    ("1.000 servers", "servers_needed"): "1,000 servers",
    ("148.390 USD/server", "server_price"): "148,390 USD/server",
    ("$148.390/server", "server_price"): "$148,390/server",
    ("€148.390/server", "server_price"): "€148,390/server",
    ("12.500 USD/month", None): "12,500 USD/month",
    ("-1.500 USD", None): "-1,500 USD",
    ("{value: 1.000 servers, source: plan}", "servers_needed"): "1,000 servers",
}
PARTS_NONE = [
    ("1.826 USD/gpu/hour", "gpu_hour_price"),  # a unit price has thousandths
    ("0.085 USD/kWh", "electricity_price"),
    ("12.500 USD/MWh", "electricity_price"),
    ("1.087 EUR/USD", "eur_per_usd"),
    ("$1.500M", "budget_total"),
    ("1.500 MUSD", "budget_total"),
    ("$1.500 million", "budget_total"),
    ("6.500 kW", "server_power"),
    ("1.250x", "loaded_cost_multiplier"),
    ("12.500 %", "availability"),
    ("1.00 servers", "servers_needed"),
    ("1.0000 servers", "servers_needed"),
    ("0.500 servers", "servers_needed"),
    ("1,234.500 USD/server", "server_price"),
]


def test_a_point_before_three_digits_is_remarked_where_it_may_part_thousands() -> None:
    for (text, name), meant in MAY_PART_THOUSANDS.items():
        [warning] = read(text, name).warnings
        assert f"if it is to part thousands, write `{meant}`" in warning, text
        followed, given = read(f'"{meant}"', name), read(text, name)
        assert followed.warnings == []
        assert followed.value.point == pytest.approx(1000 * given.value.point, rel=1e-12)
    assert len(read("1.000 to 2.000 servers", "servers_needed").warnings) == 2
    assert [text for text, name in PARTS_NONE if read(text, name).warnings] == []


def test_triangular_stands_for_its_likely_value() -> None:
    found = read("{low: 30 %, likely: 40 %, high: 60 %}", "availability")
    assert found.value.distribution is not None
    assert found.value.distribution.kind == "triangular"
    assert found.parameters == {"low": 0.3, "likely": 0.4, "high": 0.6}
    assert found.value.point == 0.4


def test_triangular_may_be_one_sided() -> None:
    assert read("{low: 30 %, likely: 30 %, high: 60 %}", "availability").value.point == 0.3
    assert read("{high: 60 %, likely: 60 %, low: 30 %}", "availability").value.point == 0.6


def test_lognormal_stands_for_its_median() -> None:
    """The median of a lognormal with p10 = 220k and p90 = 380k is sqrt(220k x 380k) = 289,136.6."""
    found = read("{p10: 220k USD/person/year, p90: 380k USD/person/year}", "salary")
    distribution = found.value.distribution
    assert distribution is not None
    assert distribution.kind == "lognormal"
    assert found.value.point * YEAR == pytest.approx(289_136.64588, rel=1e-9)
    assert found.value.point * YEAR == pytest.approx(math.sqrt(220e3 * 380e3), rel=1e-12)
    assert float(distribution.quantile(np.array(0.1))) * YEAR == pytest.approx(220e3, rel=1e-9)
    assert float(distribution.quantile(np.array(0.9))) * YEAR == pytest.approx(380e3, rel=1e-9)


def test_normal_stands_for_its_mean() -> None:
    found = read("{mean: 10 kW, sd: 1 kW}", "server_power")
    assert found.value.distribution is not None
    assert found.value.distribution.kind == "normal"
    assert found.parameters == {"mean": 10_000, "sd": 1000}
    assert found.value.point == 10_000
    assert found.warnings == []  # 0 is ten standard deviations away


@pytest.mark.parametrize(
    ("text", "name", "cut"),
    [
        ("{mean: 10 kW, sd: 4 kW}", "server_power", (0.0, 1e8)),  # P(z < -2.5) = 0.62 %
        ("{mean: 10 kW, sd: 4.29 kW}", "server_power", (0.0, 1e8)),  # P(z < -2.331) = 0.988 %
        ("{mean: 95 %, sd: 2 %}", "availability", (0.0, 1.0)),  # P(z > 2.5) = 0.62 %
        ("{p10: 60 %, p90: 80 %}", "availability", (0.0, 1.0)),  # ln: z = 0.367 / 0.1122 = 3.27, so 0.054 %
    ],
)
def test_small_tail_is_cut_and_said_so(text: str, name: str, cut: tuple[float | None, float | None]) -> None:
    found = read(text, name)
    distribution = found.value.distribution
    assert distribution is not None
    assert (distribution.cut_low, distribution.cut_high) == cut
    assert [warning.partition(":")[0] for warning in found.warnings] == [name]
    assert "is cut" in found.warnings[0]
    assert (
        0
        <= float(distribution.quantile(np.array(1e-12)))
        <= float(distribution.quantile(np.array(1 - 1e-12)))
        <= (cut[1] or math.inf)
    )


def test_source_and_note_go_around_any_form() -> None:
    value = read(
        "{value: 80 %, source: 'NEC 210.20(A), continuous load', note: breaker limit}", "rack_power_derating"
    ).value
    assert (value.point, value.source, value.note) == (0.8, "NEC 210.20(A), continuous load", "breaker limit")
    value = read("{value: 10 to 25 kW, source: IEA}", "rack_power_rated").value
    assert (value.point, value.source) == (17_500, "IEA")
    value = read("{low: 30 %, likely: 40 %, high: 50 %, source: IEA, note: x}", "availability").value
    assert (value.point, value.source, value.note) == (0.4, "IEA", "x")
    value = read("{value: {mean: 10 kW, sd: 1 kW}, note: inner}", "server_power").value
    assert (value.point, value.source, value.note) == (10_000, None, "inner")


def test_source_may_be_a_key_of_sources() -> None:
    assert read("{value: 80 %, source: nec}", "rack_power_derating").value.source == "NEC 210.20(A), 2023"


def test_fact() -> None:
    value = read("{fact: box.server_power}", "server_power").value
    assert (value.point, value.fact, value.status) == (6500, "box.server_power", "given")
    assert (value.fact_status, value.as_of) == ("vendor", "2024")
    assert value.source is not None
    assert "Maker's list" in value.source
    assert str(value.place) == "case.yaml:1:15"


def test_fact_of_a_date_and_the_latest() -> None:
    assert read("{fact: box.server_price@2020}", "server_price").value.point == 199_000
    latest = read("{fact: box.server_price}", "server_price").value
    assert (latest.point, latest.fact) == (300_000, "box.server_price@2021")


def test_fact_with_a_range() -> None:
    """With a value the range is triangular, without one it is uniform."""
    rent = read("{fact: rent.gpu_hour_price}", "gpu_hour_price")
    assert rent.value.distribution is not None
    assert rent.value.distribution.kind == "triangular"
    assert {key: each * 3600 for key, each in rent.parameters.items()} == pytest.approx(
        {"low": 1.5, "likely": 2.38, "high": 4.0}
    )
    assert rent.value.point * 3600 == pytest.approx(2.38)
    labels = read("{fact: labels.label_price}", "label_price")
    assert labels.value.distribution is not None
    assert labels.value.distribution.kind == "uniform"
    assert labels.value.point == 6  # midpoint of 5 and 7


def test_a_scenarios_own_words_win_over_those_of_the_fact() -> None:
    value = read("{fact: box.server_power, source: measured here, note: idle}", "server_power").value
    assert (value.source, value.note, value.fact) == ("measured here", "idle", "box.server_power")


def test_another_currency_is_kept_until_a_rate_is_known() -> None:
    value = read("150k CNY/server", "server_price").value
    assert (value.point, value.currency) == (150e3, "CNY")
    assert read("$150k/server", "server_price").value.currency is None
