"""What holds for every cost of ownership, whatever the figures: the formulas themselves on random floats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import calc
from calc.models import carbon, cluster, facility, finance, own_or_rent, renting, tco
from calc.units import parse_unit

MONEY = st.floats(0, 1e12)
SHARE = st.floats(0.01, 1)
MONTH = parse_unit("month").factor
YEAR = parse_unit("year").factor


@given(st.lists(MONEY, min_size=5, max_size=5), st.lists(MONEY, min_size=4, max_size=4), MONEY)
def test_the_total_is_the_sum_of_its_lines(hardware: list[float], running: list[float], hosting: float) -> None:
    per_month = tco.owning_cost_per_month(
        tco.hardware_cost_per_month(*hardware), hosting, tco.running_cost_per_month(*running), 0.0
    )
    assert per_month == pytest.approx(sum(hardware) + sum(running) + hosting, rel=1e-12)


@given(st.floats(0, 1), st.integers(1, 40))
def test_depreciation_is_worth_no_more_than_the_price(rate: float, years: int) -> None:
    each_year = finance.server_amortisation__straight_line(years * YEAR, 0.0) * YEAR
    present = sum(each_year / (1 + rate) ** year for year in range(years))
    assert present <= 1 + 1e-12


@given(st.floats(0.1, 40), st.floats(0, 0.9))
def test_without_interest_an_annuity_is_a_straight_line(years: float, resold: float) -> None:
    line = finance.server_amortisation__straight_line(years * YEAR, resold)
    assert finance.server_amortisation__annuity_monthly(years * YEAR, 0.0, resold) == pytest.approx(line, rel=1e-12)
    assert finance.server_amortisation__annuity_yearly(years * YEAR, 0.0, resold) == pytest.approx(line, rel=1e-12)


@given(st.floats(0.001, 1), st.integers(1, 40))
def test_interest_makes_a_month_dearer_and_months_before_years_cheaper(rate: float, years: int) -> None:
    line = finance.facility_amortisation__straight_line(years * YEAR)
    monthly = finance.facility_amortisation__annuity_monthly(years * YEAR, rate / YEAR)
    yearly = finance.facility_amortisation__annuity_yearly(years * YEAR, rate / YEAR)
    assert line < monthly < yearly


@given(st.floats(0, 1e9), SHARE, st.floats(1, 3))
def test_pue_counts_once_and_only_adds(it_power: float, share: float, pue: float) -> None:
    it_energy = facility.it_energy_per_year__average(it_power, share)
    energy = facility.facility_energy_per_year(it_energy, pue, it_power, 0.0)
    assert energy >= it_energy
    assert energy == pytest.approx(it_power * share * pue, rel=1e-12)
    # Cost and carbon follow from the energy at the meter, in which PUE is already.
    assert tco.power_cost_per_month__by_energy(energy, 2.0, 730.0, 0.0) == pytest.approx(energy * 2, rel=1e-12)
    assert carbon.location_based_carbon_per_year(energy, 2.0) == energy * 2


@given(st.floats(1, 1e6), st.floats(0.01, 100), SHARE, st.floats(600, 744))
def test_twice_the_time_is_twice_the_rent(gpus: float, price: float, utilisation: float, hours: float) -> None:
    paid = renting.hours_rented_by_use__by_the_hour(hours / 2, utilisation)
    twice = renting.hours_rented_by_use__by_the_hour(hours, utilisation)
    one, two = (renting.renting_cost_per_month(gpus, each, price, 0.0) for each in (paid, twice))
    assert two == pytest.approx(2 * one, rel=1e-12)


@given(st.floats(1, 1e9), st.floats(1, 1e6), st.floats(0.01, 100), st.floats(600, 744))
def test_at_the_break_even_renting_costs_what_owning_does(
    owned: float, gpus: float, price: float, hours: float
) -> None:
    of_use = renting.rent_of_use_per_month(gpus, hours, price)
    utilisation = own_or_rent.breakeven_utilisation(owned, 0.0, gpus, of_use, 0.0)
    rented = renting.hours_rented_by_use__by_the_hour(hours, utilisation)
    assert renting.renting_cost_per_month(gpus, rented, price, 0.0) == pytest.approx(owned, rel=1e-9)


@given(st.floats(1, 1e9), st.floats(1, 1e6), st.floats(0.01, 100), st.floats(600, 744))
def test_a_commitment_is_paid_whatever_the_utilisation(owned: float, gpus: float, price: float, hours: float) -> None:
    paid = renting.hours_rented_throughout__committed(hours)
    rented = renting.rent_throughout_per_month(gpus, paid, price, 0.0)
    throughout = renting.gpus_paid_throughout__committed(gpus)
    ratio = own_or_rent.owning_to_committed_rent(owned, throughout, hours, price)
    assert ratio == pytest.approx(owned / rented, rel=1e-9)


@given(st.floats(1, 1e9), st.floats(0, 0.9))
def test_network_is_its_share_of_servers_and_network(server_capex: float, share: float) -> None:
    network = cluster.network_capex(server_capex, share)
    assert network == pytest.approx(share * (server_capex + network), rel=1e-9, abs=1e-9)


@given(st.floats(1, 1e6))
def test_prices_of_power_in_three_units_are_one(price: float) -> None:
    """A kW-month is 730 kWh, and 1 USD/(W*year) is 1,000 / 12 USD/(kW*month)."""
    base = price * parse_unit("USD/(kW*month)").factor
    assert base / parse_unit("USD/kWh").factor == pytest.approx(price / 730, rel=1e-12)
    assert base / parse_unit("USD/(W*year)").factor == pytest.approx(price * 12 / 1000, rel=1e-12)
    assert parse_unit("kL/MWh").factor == pytest.approx(parse_unit("L/kWh").factor, rel=1e-12)
    assert parse_unit("lb").factor == pytest.approx(0.45359237 * parse_unit("kg").factor, rel=1e-12)


def test_colocation_is_one_figure_wherever_the_servers_stand() -> None:
    """With `site: colocation` owning is what `colocation_cost_per_month` always says; power does not follow use."""
    answers = {
        (site, share): calc.run(
            "tests/golden/tco.yaml",
            cases="own hall" if site == "own_hall" else "colocation",
            settings={"gpu_utilisation": share},
            show=["colocation_cost_per_month", "owning_cost_per_month", "power_cost_per_month"],
        ).cases["own hall" if site == "own_hall" else "colocation"]
        for site in ("own_hall", "colocation")
        for share in ("30 %", "90 %")
    }
    colocated = answers["colocation", "30 %"]
    assert colocated["owning_cost_per_month"].value == colocated["colocation_cost_per_month"].value
    assert len({each["colocation_cost_per_month"].value for each in answers.values()}) == 1
    assert len({each["power_cost_per_month"].value for each in answers.values()}) == 1
