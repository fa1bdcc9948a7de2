"""Net present value, internal rate, payback and annuities against numpy-financial and pyxirr, on real plans."""

from __future__ import annotations

import numpy_financial
import pytest
import pyxirr

import calc

PLAN: dict[str, object] = {
    "years": "2026 to 2030",
    "inputs": {
        "servers": "128 servers",
        "gpus_per_server": "8 gpus",
        "server_price": "270,000 USD/server",
        "network_share": "19 %",
        "server_life": "5 years",
        "facility_life": "15 years",
        "server_power": "10.2 kW",
        "average_power_share": "75 %",
        "pue": "1.2",
        "electricity_price": {"start": "80 USD/MWh", "grows": "3 %/year"},
        "facility_capex_per_power": "11 USD/W",
        "discount_rate": "8 %/year",
        "gpu_hour_price": {"start": "2.5 USD/gpu/hour", "grows": "-5 %/year"},
        "gpu_utilisation": "70 %",
        "server_residual_share": "5 %",
    },
    # As one series of yearly amounts, the first of which is not discounted
    "use": {"flows_count": "start", "left_counts": "start"},
    "show": [
        "owning_cash_flow",
        "owning_against_renting_cash_flow",
        "owning_npv",
        "renting_npv",
        "owning_against_renting_npv",
        "owning_internal_rate",
        "owning_payback",
    ],
}


@pytest.fixture(scope="module", params=["2 USD/gpu/hour", "2.5 USD/gpu/hour", "4 USD/gpu/hour"])
def case(request: pytest.FixtureRequest) -> calc.CaseResult:
    """Return the plan at one of three rents, of which the lowest does not pay the cluster back."""
    return calc.run(PLAN, settings={"gpu_hour_price": f"{{start: {request.param}, grows: -5 %/year}}"}).cases["base"]


def _flows(case: calc.CaseResult, name: str) -> list[float]:
    return [each["value"] for each in case[name].by_year or ()]


def test_net_present_value(case: calc.CaseResult) -> None:
    flows = _flows(case, "owning_cash_flow")
    assert case["owning_npv"].value == pytest.approx(numpy_financial.npv(0.08, flows), rel=1e-9)
    # pyxirr discounts the first amount only when asked to.
    assert case["owning_npv"].value == pytest.approx(pyxirr.npv(0.08, flows, start_from_zero=True), rel=1e-9)
    difference = _flows(case, "owning_against_renting_cash_flow")
    assert case["owning_against_renting_npv"].value == pytest.approx(numpy_financial.npv(0.08, difference), rel=1e-9)


def test_internal_rate(case: calc.CaseResult) -> None:
    flows = _flows(case, "owning_against_renting_cash_flow")
    rate = case["owning_internal_rate"].value
    assert rate == pytest.approx(numpy_financial.irr(flows), abs=1e-9)
    assert rate == pytest.approx(pyxirr.irr(flows), abs=1e-9)
    # The better investment at 8 % is the one whose internal rate is above it.
    advantage = case["owning_against_renting_npv"].value
    assert rate is not None
    assert advantage is not None
    assert (rate > 0.08) == (advantage > 0)


def test_payback(case: calc.CaseResult) -> None:
    flows = _flows(case, "owning_against_renting_cash_flow")
    years = case["owning_payback"].value
    if sum(flows) < 0:
        assert years is None
        return
    assert years is not None
    whole, part = int(years), years - int(years)
    assert sum(flows[: whole + 1]) + part * flows[whole + 1] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("rate", [0.0, 0.03, 0.08, 0.25])
@pytest.mark.parametrize(("period", "periods", "a_year"), [("monthly", 60, 12), ("yearly", 5, 1)])
def test_annuities_are_those_of_a_loan(rate: float, period: str, periods: int, a_year: int) -> None:
    found = calc.run(
        {
            "inputs": {"server_life": "5 years", "discount_rate": f"{rate * 100} %/year"},
            "use": {"amortisation": f"annuity_{period}"},
            "show": ["server_amortisation"],
        }
    )
    payment = -numpy_financial.pmt(rate / a_year, periods, 1)
    assert found.cases["base"]["server_amortisation"].value == pytest.approx(payment * a_year / 12, rel=1e-12)
