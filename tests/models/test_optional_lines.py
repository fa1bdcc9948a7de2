"""Lines that are left out until they are given: financing, taxes, tariffs, mixed rent, revenue, price levels."""

from __future__ import annotations

from typing import Any

import numpy_financial
import pytest

import calc

PLAN: dict[str, Any] = {
    "servers": "1 server", "gpus_per_server": "8 gpus", "server_price": "100,000 USD/server", "server_life": "4 years",
    "hosting_cost_per_month": "1,000 USD/month", "power_cost_per_month": "0 USD/month", "discount_rate": "10 %/year",
    "gpu_utilisation": "50 %", "gpu_hour_price": "2 USD/gpu/hour",
}  # fmt: skip


def figures(*show: str, use: Any = None, years: Any = "2026 to 2029", facts: Any = (), **inputs: Any) -> Any:
    """Return figures of the plan with other inputs (None: not given)."""
    given = {name: each for name, each in {**PLAN, **inputs}.items() if each is not None}
    scenario = {"inputs": given, "show": list(show), "use": use or {}, "facts": list(facts)}
    case = calc.run({**scenario, "years": years} if years else scenario).cases["base"]
    rows = {name: case[name].by_year for name in show}
    found = [[row["value"] for row in each] if each else case[name].value for name, each in rows.items()]
    return found if len(show) > 1 else found[0]


LOAN = {"debt_share": "60 %", "debt_rate": "6 %/year", "debt_tenor": "3 years"}


def test_loans_with_level_payments() -> None:
    # 60,000 at 0.5 % a month over 36 months
    payment = -numpy_financial.pmt(0.06 / 12, 36, 60_000) * 12
    interest = [-numpy_financial.ipmt(0.06 / 12, range(12 * at + 1, 12 * at + 13), 36, 60_000).sum() for at in range(3)]
    service, paid, npv = figures("debt_service", "debt_interest", "debt_npv", **LOAN)
    assert service == pytest.approx([payment] * 3 + [0])
    assert paid == pytest.approx([*interest, 0])
    assert npv == pytest.approx(60_000 - sum(payment / 1.1 ** (at + 0.5) for at in range(3)))
    # What is still owed at the end of the plan is repaid then: balance after 48 of 60 months
    longer = {**LOAN, "debt_tenor": "5 years"}
    owed = -numpy_financial.fv(0.005, 48, numpy_financial.pmt(0.005, 60, 60_000), 60_000)
    assert figures("debt_outstanding", **longer) == pytest.approx([0, 0, 0, owed])


def test_loans_repaid_at_their_end() -> None:
    # 3,600 of interest a year, 60,000 after three years; at 10 % a loan at 10 % paid at the ends of years is worth 0
    use = {"debt_repayment": "interest_only"}
    flow, npv = figures("debt_cash_flow", "debt_npv", use=use, **LOAN)
    assert flow == pytest.approx([60_000 - 3_600, -3_600, -3_600, -60_000])
    assert npv == pytest.approx(60_000 - 60_000 / 1.1**3 - sum(3_600 / 1.1 ** (at + 0.5) for at in range(3)))
    dear = {**LOAN, "debt_rate": "10 %/year"}
    assert figures("debt_npv", use={**use, "flows_count": "end"}, **dear) == pytest.approx(0, abs=1e-6)
    # Without loans there is nothing of them, and nothing is asked.
    assert figures("owning_npv") == pytest.approx(-100_000 - sum(12_000 / 1.1 ** (at + 0.5) for at in range(4)))


def test_a_loan_drawn_within_a_year_is_paid_from_then_on() -> None:
    # Servers replaced after 2.25 years: 60,000 more are lent then. The level payments of 2028 run from 0 to 2.25 years
    # and from there to the end of the year, of the first loan to 3 years and of the second to the end of the plan.
    paid = -numpy_financial.pmt(0.06 / 12, 36, 60_000) * 12
    npv, owed = figures("debt_npv", "debt_outstanding", server_life="2.25 years", **LOAN)
    first = [(0.5, 1), (1.5, 1), (2.5, 1)]
    second = [(2.25 + 0.75 / 2, 0.75), (3.5, 1)]
    # After 1.75 of 3 years
    balance = -numpy_financial.fv(0.005, 21, numpy_financial.pmt(0.005, 36, 60_000), 60_000)
    assert owed[3] == pytest.approx(balance)
    worth = sum(paid * part / 1.1**at for at, part in (*first, *second))
    assert npv == pytest.approx(60_000 + 60_000 / 1.1**2.25 - worth - balance / 1.1**4)
    # A tenor that ends within a year: 3,600 of interest a year, in 2028 through half of it, at a quarter of it.
    use = {"debt_repayment": "interest_only"}
    npv = figures("debt_npv", use=use, **{**LOAN, "debt_tenor": "2.5 years"})
    worth = 3_600 / 1.1**0.5 + 3_600 / 1.1**1.5 + 1_800 / 1.1**2.25
    assert npv == pytest.approx(60_000 - worth - 60_000 / 1.1**2.5)


TAX = {"tax_rate": "21 %"}


def test_taxes_with_five_year_macrs() -> None:
    shares = [0.2, 0.32, 0.192, 0.1152]
    depreciation, npv, rent = figures(
        "tax_depreciation", "owning_npv_after_tax", "renting_npv_after_tax", facts=["macrs-5-year"], **TAX
    )
    assert depreciation == pytest.approx([100_000 * each for each in shares])
    # What is left for tax, 17.28 %, is a loss at the end of the plan.
    shield = sum(0.21 * (100_000 * each + 12_000) / 1.1 ** (at + 0.5) for at, each in enumerate(shares))
    before = -100_000 - sum(12_000 / 1.1 ** (at + 0.5) for at in range(4))
    assert npv == pytest.approx(before + shield + 0.21 * 17_280 / 1.1**4)
    # 8 x 8,760 h x 50 % x 2 USD a year, of which 79 % remain
    assert rent == pytest.approx(-0.79 * sum(70_080 / 1.1 ** (at + 0.5) for at in range(4)))


def test_the_verdict_says_whether_it_is_before_or_after_tax() -> None:
    def told(show: str, facts: Any = (), **more: Any) -> list[str]:
        scenario = {"inputs": {**PLAN, **more}, "show": [show], "years": "2026 to 2029", "facts": list(facts)}
        (case,) = calc.run(scenario).to_dict()["cases"]
        return [each["text"] for each in case["verdicts"]]

    # 70,080 of rent and 12,000 of hosting a year: 58,080 x (1.1^-0.5 + ...) - 100,000
    assert told("owning_npv") == ["owning saves $93,092 (NPV)"]
    # Without the shares of depreciation only what is before tax is known; with them the tax decides.
    assert told("owning_npv", **TAX) == ["owning saves $93,092 before tax (NPV)"]
    for show in ("owning_npv", "owning_npv_after_tax"):
        assert told(show, ["macrs-5-year"], **TAX) == ["owning saves $69,761 after tax (NPV)"]
    assert told("owning_npv", **LOAN) == [
        "owning saves $93,092 (NPV)", "loans at 6 %/year change the NPV of owning by $2,870",
    ]  # fmt: skip


def test_the_shares_of_macrs_are_what_the_law_makes_of_them() -> None:
    # Half a year of twice 20 %, then 40 % of what is left, until equal shares of the rest are no less; nothing is left
    left, shares = 1.0, []
    for year in range(6):
        part = 0.5 if year in {0, 5} else 1.0
        shares.append(part * max(0.4 * left, left / (5.5 - year if year else 5)) if year < 5 else left)
        left -= shares[-1]
    years = "2026 to 2031"
    found = figures("tax_depreciation", years=years, facts=["macrs-5-year"], **TAX, server_life="6 years")
    assert found == pytest.approx([100_000 * each for each in shares])
    assert sum(found) == pytest.approx(100_000)


def test_other_ways_of_depreciation_for_tax() -> None:
    life = {"tax_life": "4 years"}
    found = figures("tax_depreciation", use={"tax_method": "straight_line"}, **TAX, **life)
    assert found == pytest.approx([25_000] * 4)
    # Twice a quarter of what is left: 50,000, 25,000, 12,500, 6,250
    found = figures("tax_depreciation", use={"tax_method": "declining_balance"}, **TAX, **life)
    assert found == pytest.approx([50_000, 25_000, 12_500, 6_250])
    assert figures("tax_depreciation", use={"tax_method": "at_once"}, **TAX) == pytest.approx([100_000, 0, 0, 0])
    # Interest saves its tax too: 3,600 a year
    use = {"tax_method": "at_once", "debt_repayment": "interest_only"}
    assert figures("tax_shield", use=use, **TAX, **LOAN)[1] == pytest.approx(0.21 * 3_600)


POWER: dict[str, Any] = {
    "server_power": "10 kW", "average_power_share": "80 %", "pue": "1.5", "electricity_price": "0.10 USD/kWh",
    "power_cost_per_month": None,
}  # fmt: skip


def test_lines_of_a_tariff() -> None:
    # 8 kW x 1.5 x 730 h x 0.10 = 876; and 15 kW x 12 USD a kW-month
    assert figures("power_cost_per_month", years="", **POWER, demand_charge="12 USD/kW-month") == pytest.approx(
        876 + 180
    )
    # Half of the 5 kW that PUE adds at full load is there at any load: 8 x 1.5 + 0.5 x 0.5 x 2 kW
    found = figures("facility_energy_per_year", years="", **POWER, pue_fixed_share="50 %")
    assert found == pytest.approx((12 + 0.5) * 8_760)
    # Idle at 30 %, 80 % at work for half of the hours: 5.5 kW x 1.5
    draw = {"power_draw": "with_use"}
    found = figures("facility_energy_per_year", years="", use=draw, **POWER, idle_power_share="30 %")
    assert found == pytest.approx(5.5 * 1.5 * 8_760)
    # 20 kW are paid for, drawn or not
    assert figures("power_cost_per_month", years="", **POWER, take_or_pay_power="20 kW") == pytest.approx(20 * 73)
    # Twice the power is built
    hall = {"facility_capex_per_power": "10 USD/W", "redundancy_factor": "2"}
    assert figures("facility_capex", years="", **POWER, **hall) == pytest.approx(200_000)


def test_break_even_where_the_draw_follows_use() -> None:
    more = {**POWER, "idle_power_share": "30 %", "electricity_price": "0.5 USD/kWh"}
    draw = {"power_draw": "with_use"}
    even = figures("breakeven_utilisation", years="", use=draw, **more)
    more["gpu_utilisation"] = f"{even * 100:.15g} %"
    owning, renting = figures("owning_cost_per_month", "renting_cost_per_month", years="", use=draw, **more)
    assert owning == pytest.approx(renting, rel=1e-9)


def test_reserved_on_demand_and_spot() -> None:
    # A quarter of 8 GPUs in all hours at 40 % off, the rest in half of the hours at the full price
    mix = {"reserved_share": "25 %", "rent_commitment_discount": "40 %"}
    names = ("renting_cost_per_month", "renting_cost_per_gpu_hour", "breakeven_utilisation")
    month, hour, even = figures(*names, years="", **mix)
    assert month == pytest.approx(8 * 730 * (0.25 * 1.2 + 0.75 * 0.5 * 2))
    assert hour == pytest.approx(month / (8 * 730 * 0.5))
    owned = figures("owning_cost_per_month", years="")
    assert even == pytest.approx((owned - 8 * 730 * 0.25 * 1.2) / (8 * 730 * 0.75 * 2))
    # Half of the work on spot at 1 USD, of which a fifth is lost: 0.5 x 2 + 0.5 x 1 / 0.8
    spot = {"spot_share": "50 %", "spot_gpu_hour_price": "1 USD/gpu/hour", "spot_loss_share": "20 %"}
    assert figures("renting_cost_per_gpu_hour", years="", **spot) == pytest.approx(1.625)


def test_what_comes_with_renting() -> None:
    beside = {
        "egress_per_month": "10 TB/month", "egress_price": "80 USD/TB", "storage_capacity": "100 TB",
        "rented_storage_price": "20 USD/TB/month", "rent_support_share": "10 %",
    }  # fmt: skip
    # 8 x 365 h x 2 USD x 1.1, 10 x 80, 100 x 20
    assert figures("renting_cost_per_month", years="", **beside) == pytest.approx(8 * 365 * 2.2 + 800 + 2_000)
    # Needed for one year, but rented for two and a half
    fewer = {"by year": {2026: "1 server", 2027: "0 servers", 2028: "0 servers", 2029: "0 servers"}}
    found = figures("gpus_rented", servers=fewer, rent_minimum_term="30 months")
    assert found == pytest.approx([8, 8, 4, 0])
    # What is needed for longer is kept for as long, and a plan shorter than the term pays all of it: six more months.
    longer = {"by year": {2026: "1 server", 2027: "1 server", 2028: "1 server", 2029: "0 servers"}}
    assert figures("gpus_rented", servers=longer, rent_minimum_term="30 months") == pytest.approx([8, 8, 8, 0])
    terms = {"rent_terms": "committed"}
    rented, month, npv = figures(
        "gpus_rented", "renting_cost_per_month", "renting_npv", use=terms, years="2026 to 2027",
        rent_minimum_term="30 months",
    )  # fmt: skip
    assert rented == pytest.approx([8, 12])
    assert month == pytest.approx([8 * 730 * 2, 12 * 730 * 2])
    # Of 30 months all are paid.
    assert 12 * sum(month) == pytest.approx(30 * 8 * 730 * 2)
    assert npv == pytest.approx(-8 * 8_760 * 2 / 1.1**0.5 - 12 * 8_760 * 2 / 1.1**1.5)


def test_revenue_and_margin() -> None:
    sold = {"revenue_per_gpu_hour": "3 USD/gpu/hour", "sold_share": "70 %"}
    revenue, margin, npv = figures("revenue", "margin", "selling_npv", **sold)
    assert revenue == pytest.approx(8 * 8_760 * 0.7 * 3)
    assert npv == pytest.approx(figures("owning_npv") + sum(revenue / 1.1 ** (at + 0.5) for at in range(4)))
    owned = figures("owning_cost_per_month")
    assert margin == pytest.approx([1 - owned[0] * 12 / revenue] * 4)
    # Nothing is sold in the first year: no margin, and not the loss of a month
    by_year = {"by year": {2026: "0 %", 2027: "70 %", 2028: "70 %", 2029: "70 %"}}
    late = figures("margin", **{**sold, "sold_share": by_year})
    assert late[0] is None
    scenario = {"inputs": {**PLAN, **sold, "sold_share": by_year}, "show": ["margin"], "years": "2026 to 2029"}
    rows = calc.run(scenario).cases["base"]["margin"].by_year or []
    assert rows[0]["reason"] == "revenue_per_month is 0"
    assert late[1:] == pytest.approx(margin[1:])


def test_contingency_is_in_the_month_and_in_the_years() -> None:
    names = ("owning_cost_per_month", "owning_npv")
    (month, npv), (dear, dearer) = figures(*names), figures(*names, contingency_share="10 %")
    assert dearer - npv == pytest.approx(-10_000)
    assert dear[0] - month[0] == pytest.approx((month[0] - 1_000) / 10)


def test_prices_in_the_money_of_one_year() -> None:
    # (1 + 10 %) / (1 + 2 %) - 1
    real = figures("owning_npv", use={"price_terms": "real"}, inflation="2 %/year")
    rate = 1.1 / 1.02 - 1
    assert real == pytest.approx(-100_000 - sum(12_000 / (1 + rate) ** (at + 0.5) for at in range(4)))
    # 10 USD/W of 2013 by consumer prices, 232.957 then and 321.943 in 2025
    hall = {"facility_capex_per_power": {"fact": "barroso-2013.facility_capex_per_power"}}
    found = figures("facility_capex_per_power", years="", price_level_year="2025 AD", **hall)
    assert found == pytest.approx(10 * 321.943 / 232.957, rel=1e-6)
    # What a hall was rented for in 2018 by what hosting is sold for, 110.3 then: 130 x 122.475 / 110.3
    rent = {"colocation_price": {"fact": "colo-us-primary.colocation_price@2018-12"}}
    found = figures("colocation_price", years="", price_level_year="2025 AD", **rent)
    assert found == pytest.approx(130 * 122.475 / 110.3, rel=1e-6)
    # What moves a price is no unused input.
    scenario = {"inputs": {**hall, "price_level_year": "2025 AD"}, "show": ["facility_capex_per_power"]}
    assert not [each for each in calc.run(scenario).warnings if "unused" in each]
    with pytest.raises(calc.CalcError, match="no level of prices is known for `2050`"):
        figures("facility_capex_per_power", years="", price_level_year="2050 AD", **hall)
