"""The generated table of units against pint, which is the authority on what our definitions mean."""

from __future__ import annotations

import math
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows import each_row

from calc.units import COUNTS, CURRENCIES, parse_unit
from calc.units.generate import TABLE, definition_names, pint_registry, table_text
from calc.units.table import ALIASES, UNITS
from calc.units.vocabulary import Measure, measure_of

HOUR = 3600.0
SPELLINGS = {**{name: name for name in UNITS}, **ALIASES}

# Values that a reader can check without pint: SI prefixes, the international foot and pound, the US gallon.
KNOWN = {
    "kWh": 1000 * HOUR,
    "TWh": 1e12 * HOUR,
    "ft": 0.3048,
    "lb": 0.45359237,
    "gal": 231 * 0.0254**3,
    "ha": 1e4,
    "L": 1e-3,
    "GB": 8e9,
    "GiB": 8 * 2.0**30,
    "PiB": 8 * 2.0**50,
    "YFLOP": 1e24,
    "BUSD": 1e9,
    "BJPY": 1e9,
    "gCO2e": 1e-6,
    "lbCO2e": 0.45359237e-3,
    "US_cent": 1e-2,
    "TOPS": 1e12,
    "percent": 1e-2,
}


def test_the_table_is_what_the_generator_writes() -> None:
    assert TABLE.read_text(encoding="utf-8") == table_text()


def test_about_a_hundred_units_beside_money() -> None:
    """Every definition is one unit; more than a few dozen spare ones would be a sign of prefixes gone wild."""
    assert [name for name, _ in definition_names()] == list(UNITS)
    money = [name for name, (_, dimension) in UNITS.items() if dimension[:1] and dimension[0][0] in CURRENCIES]
    # Each currency, its thousand, million and billion; cents of two, and pence.
    assert len(money) == 4 * len(CURRENCIES) + 3
    assert 90 <= len(UNITS) - len(money) <= 130


def test_no_spelling_means_two_things() -> None:
    spelled = [name for _, names in definition_names() for name in names]
    assert len(spelled) == len(set(spelled)) == len(SPELLINGS)
    assert not set(UNITS) & set(ALIASES)


@each_row("spelling", list(SPELLINGS))
def test_entry_agrees_with_pint(spelling: str) -> None:
    factor, dimension = UNITS[SPELLINGS[spelling]]
    magnitude, exponents = _in_base_units(pint_registry().Unit(spelling))
    assert factor == magnitude
    assert dict(dimension) == exponents
    assert parse_unit(spelling).factor == factor
    assert parse_unit(spelling).dimension.exponents == dimension


@each_row("name", list(KNOWN))
def test_known_factor(name: str) -> None:
    assert UNITS[name][0] == pytest.approx(KNOWN[name], rel=1e-15)


def test_a_month_is_730_hours_and_a_year_8760() -> None:
    assert UNITS["month"][0] == 730 * HOUR
    assert UNITS["year"][0] == 8760 * HOUR
    assert UNITS["year"][0] == 12 * UNITS["month"][0] == 365 * UNITS["day"][0]


def test_currencies_and_counts_are_dimensions_of_their_own() -> None:
    for name in (*CURRENCIES, *sorted(COUNTS)):
        assert UNITS[name] == (1.0, ((name, 1),))


def test_only_what_is_sold_in_thousands_has_multiples_among_what_is_counted() -> None:
    """There is no milli-GPU, no kiloserver: a unit of a count has the factor 1."""
    counted = {
        name: factor for name, (factor, dimension) in UNITS.items() if dimension[:1] and dimension[0][0] in COUNTS
    }
    assert {name for name, factor in counted.items() if factor != 1} == {
        "ktoken",
        "Mtoken",
        "krequest",
        "Mrequest",
        "kimage",
    }


# The pure number percent is left out: a percentage of a unit is no unit.
POWERS = st.dictionaries(
    st.sampled_from(sorted(set(UNITS) - {"percent"})), st.integers(-2, 2).filter(bool), min_size=1, max_size=4
)


@settings(max_examples=150, deadline=None)
@given(POWERS)
def test_products_and_quotients_agree_with_pint(powers: dict[str, int]) -> None:
    registry = pint_registry()
    ours = parse_unit("")
    theirs = registry.Unit("")
    for name, power in powers.items():
        if power > 0:
            ours, theirs = ours * parse_unit(name) ** power, theirs * registry.Unit(name) ** power
        else:
            ours, theirs = ours / parse_unit(name) ** -power, theirs / registry.Unit(name) ** -power
    magnitude, exponents = _in_base_units(theirs)
    assert dict(ours.dimension.exponents) == exponents
    assert ours.factor == pytest.approx(magnitude, rel=1e-12)


@settings(max_examples=150, deadline=None)
@given(POWERS)
def test_written_expressions_agree_with_pint(powers: dict[str, int]) -> None:
    """A written unit, such as `kW*hour**2/(gpu*month)`, means what pint makes of the same expression."""
    above = "*".join(f"{name}**{power}" for name, power in powers.items() if power > 0) or "1"
    below = "*".join(f"{name}**{-power}" for name, power in powers.items() if power < 0)
    text = f"{above}/({below})" if below else above
    ours = parse_unit(text)
    magnitude, exponents = _in_base_units(pint_registry().parse_units(text))
    assert dict(ours.dimension.exponents) == exponents
    assert ours.factor == pytest.approx(magnitude, rel=1e-12)
    assert math.isfinite(ours.factor)


def _in_base_units(unit: Any) -> tuple[float, dict[str, int]]:
    """Return pint's factor and exponents of the base dimensions for one of its units."""
    quantity = (1 * unit).to_base_units()
    exponents = {base.strip("[]"): int(power) for base, power in quantity.dimensionality.items() if power}
    return float(quantity.magnitude), exponents


def test_the_unit_of_a_type_is_found_beside_other_notes() -> None:
    # 2.5 kW is 2,500 W whatever else a model's author writes about the parameter.
    measure = measure_of(Annotated[float, "at the wall", Measure("kW"), "measured"])
    assert measure is not None
    assert 2.5 * measure.unit.factor == 2500
    assert measure_of(Annotated[float, "at the wall"]) is None
    assert measure_of(float) is None
