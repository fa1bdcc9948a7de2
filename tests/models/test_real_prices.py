"""Plans at real prices: each is worth what the plan at nominal ones is, by hand and over plans with all lines."""

from __future__ import annotations

from typing import Any

import numpy_financial
import pytest
from rows import each_row

import calc

YEARS = range(2026, 2032)
RISE = 0.03
SHARED: dict[str, Any] = {
    "gpus_per_server": "8 gpus", "server_power": "10 kW", "average_power_share": "80 %", "pue": "1.25",
    "gpu_utilisation": "60 %", "server_life": "3 years", "facility_life": "10 years", "network_share": "10 %",
    "spares_share": "3 %", "server_residual_share": "20 %", "network_residual_share": "10 %",
    "support_rate": "5 %/year", "debt_share": "60 %", "debt_rate": "7 %/year", "debt_tenor": "2.5 years",
    "tax_rate": "25 %", "tax_life": "4 years", "contingency_share": "10 %", "discount_rate": "10 %/year",
    "servers": {"by year": {year: f"{10 if year < 2028 else 20 if year < 2030 else 15} servers" for year in YEARS}},
}  # fmt: skip
SHOW = ["owning_npv", "renting_npv", "debt_npv", "owning_npv_financed", "owning_npv_after_tax", "renting_npv_after_tax"]


def plan(*, real: bool, timing: float, use: dict[str, str], **more: Any) -> list[Any]:
    """Return figures of a plan whose prices stay, in real money, or rise by inflation with the date of each payment."""

    def price(amount: float, unit: str, date: float) -> Any:
        risen = {year: amount * (1 if real else (1 + RISE) ** (year - YEARS[0] + date)) for year in YEARS}
        return {"by year": {year: f"{each:.17g} {unit}" for year, each in risen.items()}}

    inputs = {
        **SHARED, "server_price": price(300_000, "USD/server", 0), "facility_capex_per_power": price(9, "USD/W", 0),
        "electricity_price": price(0.1, "USD/kWh", timing), "gpu_hour_price": price(2, "USD/gpu/hour", timing),
    }  # fmt: skip
    inputs |= {"inflation": f"{RISE:.0%}/year"} if real else {}
    choices = {**use, "price_terms": "real" if real else "nominal"}
    scenario = {"years": f"{YEARS[0]} to {YEARS[-1]}", "facts": ["macrs-5-year"], "inputs": {**inputs, **more}}
    case = calc.run({**scenario, "use": choices, "show": SHOW}).cases["base"]
    return [case[name].value for name in SHOW]


CHOSEN = [
    ("start", 0.0, "level", "macrs_5", "residual_share", "nothing"),
    ("middle", 0.5, "interest_only", "straight_line", "book_value", "sold"),
    ("end", 1.0, "level", "declining_balance", "residual_share", "sold"),
    ("middle", 0.5, "interest_only", "at_once", "book_value", "nothing"),
]


@each_row(("flows", "timing", "debt", "tax", "end", "sale"), CHOSEN)
def test_a_real_plan_is_worth_what_the_nominal_one_is(
    flows: str, timing: float, debt: str, tax: str, end: str, sale: str
) -> None:
    """At (1 + real) (1 + inflation) - 1 with all prices rising by inflation; what is fixed in money does not rise."""
    use = {"flows_count": flows, "debt_repayment": debt, "tax_method": tax, "plan_end": end, "replaced": sale}
    real, nominal = (plan(real=each, timing=timing, use=use) for each in (True, False))
    assert real == pytest.approx(nominal, rel=1e-12)


ONE: dict[str, Any] = {
    "servers": "1 server", "gpus_per_server": "8 gpus", "server_price": "100,000 USD/server", "server_life": "4 years",
    "hosting_cost_per_month": "0 USD/month", "running_cost_per_month": "0 USD/month", "discount_rate": "10 %/year",
    "renting_cost_per_month": "3,000 USD/month", "gpu_utilisation": "100 %", "inflation": "3 %/year",
}  # fmt: skip


def one(*show: str, use: Any = None, **more: Any) -> Any:
    """Return figures of one server for four years at real prices."""
    inputs = {name: each for name, each in {**ONE, **more}.items() if each is not None}
    scenario = {"years": "2026 to 2029", "facts": ["macrs-5-year"], "inputs": inputs, "show": list(show)}
    case = calc.run({**scenario, "use": {"price_terms": "real", **(use or {})}}).cases["base"]
    rows = {name: case[name].by_year for name in show}
    found = [[row["value"] for row in each] if each else case[name].value for name, each in rows.items()]
    return found if len(show) > 1 else found[0]


def test_a_loan_is_paid_in_the_money_of_its_dates() -> None:
    # 60,000 at 6 % / 12 over 36 months: what is paid is nominal, and worth 1.1 a year less at the discount rate.
    paid = -numpy_financial.pmt(0.06 / 12, 36, 60_000) * 12
    loan = {"debt_share": "60 %", "debt_rate": "6 %/year", "debt_tenor": "3 years"}
    npv, flow, service = one("debt_npv", "debt_cash_flow", "debt_service", **loan)
    assert npv == pytest.approx(60_000 - sum(paid / 1.1 ** (at + 0.5) for at in range(3)))
    assert service == pytest.approx([paid] * 3 + [0])
    # In the money of the beginning of 2026 it is less from year to year.
    assert flow == pytest.approx([60_000 - paid / 1.03**0.5, -paid / 1.03**1.5, -paid / 1.03**2.5, 0], abs=1e-6)
    # A loan at the discount rate, paid at the ends of years, is worth nothing also at real prices.
    use = {"debt_repayment": "interest_only", "flows_count": "end"}
    assert one("debt_npv", use=use, **{**loan, "debt_rate": "10 %/year"}) == pytest.approx(0, abs=1e-6)


def test_depreciation_for_tax_is_of_what_was_paid() -> None:
    # 100,000 x the shares of MACRS at 25 %, in the middle of the years, and the 17.28 % left as a loss at the end
    shield, npv = one("tax_shield", "owning_npv_after_tax", tax_rate="25 %")
    shares = (0.2, 0.32, 0.192, 0.1152)
    assert shield == pytest.approx([25_000 * each / 1.03 ** (at + 0.5) for at, each in enumerate(shares)])
    saved = sum(25_000 * each / 1.1 ** (at + 0.5) for at, each in enumerate(shares))
    assert npv == pytest.approx(-100_000 + saved + 25_000 * 0.1728 / 1.1**4)


def test_what_is_left_and_support_are_shares_of_the_money_paid() -> None:
    # 30,000 nominal after four years; 5,000 of support a year in the middle of each
    assert one("owning_npv", server_residual_share="30 %") == pytest.approx(-100_000 + 30_000 / 1.1**4)
    assert one("residual_received", server_residual_share="30 %")[3] == pytest.approx(30_000 / 1.03**4)
    more = {"running_cost_per_month": None, "power_cost_per_month": "0 USD/month", "support_rate": "5 %/year"}
    assert one("owning_npv", **more) == pytest.approx(-100_000 - sum(5_000 / 1.1 ** (at + 0.5) for at in range(4)))
    # A life that ends within a year: replaced at 2.5 years for 100,000 real, of which 20 % nominal are left after 1.5.
    npv = one("owning_npv", server_life="2.5 years", server_residual_share="20 %")
    again = 100_000 * 1.03**2.5
    assert npv == pytest.approx(-100_000 - again / 1.1**2.5 + 0.2 * again / 1.1**4)


def test_months_and_levelised_cost_are_at_the_real_rate() -> None:
    """With flows at year end, one purchase over its life and one rate, both are one figure, with a sale as without."""
    for sale in ("0 %", "30 %"):
        use = {"flows_count": "end", "amortisation": "annuity_yearly"}
        names = ("owning_levelised_cost_per_gpu_hour", "owning_cost_per_gpu_hour")
        levelised, month = one(*names, use=use, server_residual_share=sale)
        assert month == pytest.approx([levelised] * 4, rel=1e-12)


def test_inflation_that_is_missing_is_asked_for_with_facts() -> None:
    with pytest.raises(calc.CalcError) as caught:
        one("owning_npv", inflation=None)
    assert "`inflation` (yearly rise of the price level) has no value" in str(caught.value)
    assert "facts that fit: `us-inflation.inflation@2025`" in str(caught.value)
