"""Each figure of a plan by hand, and again on dated flows with numpy-financial and pyxirr."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy_financial
import pytest
import pyxirr
from rows import each_row

import calc

# A server of $100,000 for four years, no power and no hall, that saves $40,000 of rent a year.
PLAN: dict[str, Any] = {
    "years": "2026 to 2029",
    "inputs": {
        "servers": "1 server",
        "gpus_per_server": "8 gpus",
        "server_price": "100,000 USD/server",
        "server_life": "4 years",
        "hosting_cost_per_month": "0 USD/month",
        "running_cost_per_month": "0 USD/month",
        "renting_cost_per_month": "3333.3333333333335 USD/month",
        "gpu_utilisation": "100 %",
        "discount_rate": "10 %/year",
    },
    "show": ["owning_npv"],
}


def figures(show: str | list[str], use: Any = None, years: Any = "", **inputs: Any) -> Any:
    """Return figures of the plan with other inputs (None: not given), one alone for a single name."""
    names = [show] if isinstance(show, str) else show
    given = {name: each for name, each in {**PLAN["inputs"], **inputs}.items() if each is not None}
    plan = {**PLAN, "inputs": given, "show": names, "use": use or {}, "years": years or PLAN["years"]}
    case = calc.run(plan).cases["base"]
    rows = [case[name] for name in names]
    found = [[row["value"] for row in each.by_year] if each.by_year else each.value for each in rows]
    return found[0] if isinstance(show, str) else found


# By convention: payback, rate, NPV of owning against renting, levelised cost. 40,000 x (1 - 1.1^-4) / 0.1 = 126,795 at
# the ends of years, x 1.1^0.5 in their middle; 100,000 / (70,080 x 3.16987) = 0.4502, and / 1.1^0.5.
TABLE = {
    "end": (2.5, 0.2186, 26_795, 0.4502),
    "middle": (2.5, 0.2907, 32_983, 0.4292),
    # Paid in advance: 40,000 x 1.1 x 3.16987 = 139,474
    "start": (1.5, 0.4463, 39_474, 0.4092),
}


@each_row("convention", TABLE)
def test_a_server_that_saves_rent(convention: tuple[float, ...]) -> None:
    use = next(name for name, each in TABLE.items() if each == convention)
    found = figures(
        ["owning_payback", "owning_internal_rate", "owning_against_renting_npv", "owning_levelised_cost_per_gpu_hour"],
        {"flows_count": use},
    )
    payback, rate, npv, levelised = convention
    assert found[0] == pytest.approx(payback)
    assert found[1] == pytest.approx(rate, abs=5e-5)
    assert found[2] == pytest.approx(npv, abs=0.5)
    assert found[3] == pytest.approx(levelised, abs=5e-5)


def test_what_pays_within_the_first_year_has_a_rate_and_a_payback() -> None:
    # 100 / 120 of a year; -100 + 120 / (1 + r) + ... = 0 at 114 %
    use = {"flows_count": "end"}
    found = figures(["owning_payback", "owning_internal_rate"], use, renting_cost_per_month="10,000 USD/month")
    assert found == pytest.approx([100 / 120, numpy_financial.irr([-100, 120, 120, 120, 120])])
    assert found[1] == pytest.approx(1.14, abs=0.005)


def test_payback_is_after_the_last_purchase_that_brings_the_sum_below_nothing() -> None:
    """The picture of docs/methodology/tco.md: 5 at once, 3 more after three years, and 2 saved in each of five."""
    servers = {"by year": dict(zip(range(2026, 2031), ("5 servers",) * 3 + ("8 servers",) * 2, strict=True))}
    more = {"servers": servers, "server_price": "1,000 USD/server", "server_life": "10 years"}
    rent = "166.66666666666666 USD/month"
    # -5, -3, -1, 1 - 3 = -2, 0
    assert figures("owning_payback", years="2026 to 2030", renting_cost_per_month=rent, **more) == pytest.approx(4)


def test_a_residual_is_worth_what_it_is_at_the_end_of_the_plan() -> None:
    # 30,000 / 1.1^4 = 20,490
    for use in ("start", "middle", "end"):
        without, resold = (figures("owning_npv", {"flows_count": use}, **more) for more in ({}, SALE))
        assert resold - without == pytest.approx(20_490, abs=0.5)


SALE = {"server_residual_share": "30 %"}


def test_at_year_end_the_levelised_cost_is_that_of_a_yearly_annuity() -> None:
    for sale in ({}, SALE):
        use = {"flows_count": "end", "amortisation": "annuity_yearly"}
        names = ["owning_levelised_cost_per_gpu_hour", "owning_cost_per_gpu_hour"]
        levelised, monthly = figures(names, use, **sale)
        assert monthly == pytest.approx([levelised] * 4, rel=1e-12)


def test_a_life_that_ends_within_a_year_is_replaced_within_it() -> None:
    # 100,000 at 0 and at 2.5 years, of which 60 % is left after 4
    names = ["server_purchases", "owning_npv", "owning_cost_per_month", "server_book_value"]
    use = {"amortisation": "straight_line"}
    bought, npv, monthly, book = figures(names, use, server_life="2.5 years")
    assert bought == [1, 0, 1, 0]
    assert npv == pytest.approx(-100_000 - 100_000 / 1.1**2.5)
    # Every month of the plan bears 100,000 / 30, whichever server serves.
    assert monthly == pytest.approx([100_000 / 30] * 4)
    assert book == pytest.approx(100_000 * (1 - 1.5 / 2.5))
    # The books of Meta: 5.5 years.
    assert figures("server_purchases", years="2026 to 2031", server_life="5.5 years") == [1, 0, 0, 0, 0, 1]


def test_parts_that_are_replaced_at_different_dates_of_one_year_are_each_discounted_from_theirs() -> None:
    # Lives of 2.2, 2.9 and 1.75 years: in 2028 servers are bought at 2.2, the network at 2.9; sold for 20 and 10 %.
    lives = {100_000: 2.2, 60_000: 2.9, 40_000: 1.75}
    more = {"server_life": "2.2 years", "network_capex": "$60k", "network_life": "2.9 years", "storage_capex": "$40k",
            "storage_life": "1.75 years", "server_residual_share": "20 %", "network_residual_share": "10 %",
            "renting_cost_per_month": "12k USD/month"}  # fmt: skip
    left = {100_000: 0.2, 60_000: 0.1, 40_000: 0}
    flows = [(at + 0.5, 144_000.0) for at in range(6)]
    for price, life in lives.items():
        at = 0.0
        while at < 6 - 1e-9:
            flows += [(at, -price), (min(at + life, 6), left[price] * price)]
            at += life
    names = ["owning_against_renting_npv", "owning_internal_rate"]
    npv, rate = figures(names, {"replaced": "sold"}, "2026 to 2031", **more)
    assert npv == pytest.approx(sum(each / 1.1**at for at, each in flows), rel=1e-12)
    # The rate takes the mean of the dates of a year, as docs/methodology/tco.md says: 61.8 % instead of 61.5 %.
    start = datetime(2026, 1, 1, tzinfo=UTC)
    exact = pyxirr.xirr([(start + timedelta(days=round(365 * at)), each) for at, each in flows])
    assert rate == pytest.approx(exact, rel=6e-3)


def test_a_plan_may_begin_before_its_servers() -> None:
    later = {
        "servers": {
            "by year": {2025: "0 servers", 2026: "1 server", 2027: "1 server", 2028: "1 server", 2029: "1 server"}
        }
    }
    rent = {"by year": {2025: "0 USD/month", **dict.fromkeys(range(2026, 2030), "3333.3333333333335 USD/month")}}
    names = ["owning_payback", "owning_internal_rate", "owning_against_renting_npv", "server_cost_per_month"]
    found = figures(names, years="2025 to 2029", **later, renting_cost_per_month=rent)
    # The same plan a year later: payback and rate start at the purchase, the value is discounted once more.
    assert found[:3] == pytest.approx([2.5, 0.290673, 32_983.317 / 1.1], rel=1e-6)
    assert found[3][0] == 0


def test_a_hall_is_paid_ahead_of_its_servers() -> None:
    late = {"by year": {2026: "0 servers", **dict.fromkeys(range(2027, 2030), "10 servers")}}
    hall = {"server_power": "10 kW", "facility_capex_per_power": "10 USD/W", "facility_life": "15 years",
            "hosting_cost_per_month": None, "construction_lead": "1 year"}  # fmt: skip
    names = [
        "hosting_spending",
        "owning_npv",
        "construction_interest",
        "hosting_book_value",
        "construction_interest_per_month",
    ]
    use = {"amortisation": "straight_line"}
    spent, npv, interest, book, per_month = figures(names, use, servers=late, server_price="0 USD/server", **hall)
    # 100 kW x 10 USD/W, paid through 2026 for 2027; half a year of interest at 10 % on it; 12 of 15 years are left
    assert spent == [1e6, 0, 0, 0]
    assert npv == pytest.approx(-1e6 / 1.1**0.5)
    assert interest[1] == pytest.approx(1e6 * (1.1**0.5 - 1))
    assert book == pytest.approx(1e6 * 12 / 15)
    assert per_month[1] == pytest.approx(1e6 * (1.1**0.5 - 1) / 180)
    # Two years ahead of 2028: half of it in each of 2026 and 2027.
    two = {"by year": {2026: "0 servers", 2027: "0 servers", 2028: "10 servers", 2029: "10 servers"}}
    hall["construction_lead"] = "2 years"
    assert figures("hosting_spending", servers=two, **hall) == [5e5, 5e5, 0, 0]
    # What would be due before the plan is at its beginning, and a check says that it begins too late.
    hall["construction_lead"] = "1 year"
    plan = {**PLAN, "inputs": {**PLAN["inputs"], **hall}, "show": ["hosting_spending"]}
    del plan["inputs"]["hosting_cost_per_month"]
    found = calc.run(plan)
    assert [each["value"] for each in found.cases["base"]["hosting_spending"].by_year or ()] == [1e5, 0, 0, 0]
    assert not found.is_fine
    assert "begin `years:` earlier" in str(found.to_dict())


def test_utilisation_may_rise_from_year_to_year() -> None:
    # 70,080 hours x 50 % and 100 %: in the middle of the years, / 1.1^0.5 and 1.1^1.5
    ramp = {"by year": {2026: "0 %", 2027: "50 %", 2028: "100 %", 2029: "100 %"}}
    levelised = figures("owning_levelised_cost_per_gpu_hour", gpu_utilisation=ramp)
    hours = 70_080 * (0.5 / 1.1**1.5 + 1 / 1.1**2.5 + 1 / 1.1**3.5)
    assert levelised == pytest.approx(100_000 / hours)


def test_payback_counts_from_the_first_payment_for_what_is_bought_or_built() -> None:
    # A hall of 1M for servers of 2028 (10,000) that save 600,000 a year: paid back 1.01 / 0.6 years after the opening.
    servers = {
        "by year": {**dict.fromkeys((2026, 2027), "0 servers"), **dict.fromkeys(range(2028, 2032), "10 servers")}
    }
    rent = {year: "50k USD/month" if year > 2027 else "0 USD/month" for year in range(2026, 2032)}
    hall = {"server_power": "10 kW", "facility_capex_per_power": "10 USD/W", "facility_life": "15 years",
            "hosting_cost_per_month": None, "server_price": "1k USD/server", "servers": servers,
            "renting_cost_per_month": {"by year": rent}}  # fmt: skip
    for use, lead, first in (
        ("middle", None, 2), ("end", None, 2),
        # Paid from 0.5 on: the half of 2026 counts at its middle, at its end or at its start.
        ("middle", "1.5 years", 0.75), ("end", "1.5 years", 1),
    ):  # fmt: skip
        found = figures("owning_payback", {"flows_count": use}, "2026 to 2031", **hall, construction_lead=lead)
        assert found == pytest.approx(2 + 1.01 / 0.6 - first), (use, lead)
    found = figures("owning_payback", {"flows_count": "start"}, "2026 to 2031", **hall, construction_lead="1.5 years")
    assert found == pytest.approx(2 + 0.41 / 0.6 - 0.5)


# ---------------------------------------------------------------- amounts


def test_a_residual_is_a_share_of_what_was_paid() -> None:
    prices = {
        "by year": {2026: "300k USD/server", 2027: "200k USD/server", 2028: "150k USD/server", 2029: "100k USD/server"}
    }
    shared = {"servers": "100 servers", "server_residual_share": "20 %"}
    # 20 % of 100 x 300,000, the price of 2026
    assert figures("residual_received", server_price=prices, **shared) == pytest.approx([0, 0, 0, 6e6])
    # Replaced in 2028 at a quarter of 100 x 100,000: falling by log10(2) orders of magnitude a year
    falls = {"hardware_price_decay": "0.3010299956639812 orders_of_magnitude/year", "server_life": "2 years"}
    left = figures("residual_received", {"refresh_price": "falling"}, **shared, **falls)
    assert left[3] == pytest.approx(0.2 * 100 * 100_000 / 4)


def test_what_is_replaced_within_a_plan_is_sold_or_written_off_whole_in_months_and_years_alike() -> None:
    # 100,000 at 0 and after two years; of the second, 20 % are left at the end, of the first only where it is sold.
    names = ["owning_cash_flow", "owning_npv", "server_cost_per_month", "owning_internal_rate"]
    sale = {"server_life": "2 years", "server_residual_share": "20 %", "renting_cost_per_month": "7,500 USD/month"}
    rent = [90_000 / 1.1 ** (at + 0.5) for at in range(4)]
    for use, sold in (("nothing", 0), ("sold", 20_000)):
        flow, npv, month, rate = figures(names, {"replaced": use, "amortisation": "straight_line"}, **sale)
        assert flow == pytest.approx([-100_000, 0, -100_000 + sold, 20_000])
        assert npv == pytest.approx(-100_000 - (100_000 - sold) / 1.1**2 + 20_000 / 1.1**4)
        assert month == pytest.approx([(100_000 - sold) / 24] * 2 + [80_000 / 24] * 2)
        assert 12 * sum(month) == pytest.approx(-sum(flow))
        # By year -10,000, 90,000, 10,000 and 110,000 with the sale; without it the sign changes three times.
        grid = [-100_000, 90_000, 0, 90_000, -100_000 + sold, 90_000, 0, 90_000, 20_000]
        assert rate == (pytest.approx((1 + numpy_financial.irr(grid)) ** 2 - 1) if sold else None)
        # So by annuities: what they are worth, paid at the ends of years, is what purchases and sales are.
        paid = figures("server_cost_per_month", {"replaced": use, "amortisation": "annuity_yearly"}, **sale)
        assert -sum(12 * each / 1.1 ** (at + 1) for at, each in enumerate(paid)) == pytest.approx(npv)
        against = figures("owning_against_renting_npv", {"replaced": use}, **sale)
        assert against == pytest.approx(npv + sum(rent))
    # Sold in the middle of the third year, at 2.5 years, for 30 %; the network, 100,000 too, after three for 10 %.
    more = {"server_life": "2.5 years", "server_residual_share": "30 %", "network_capex": "$100,000",
            "network_life": "3 years", "network_residual_share": "10 %"}  # fmt: skip
    npv, payback = figures(["owning_npv", "owning_payback"], {"replaced": "sold"}, **more)
    bought = -200_000 - 70_000 / 1.1**2.5 - 90_000 / 1.1**3
    assert npv == pytest.approx(bought + (30_000 + 10_000) / 1.1**4)
    # -200,000 + 8,333.33 a month: -33,333 after 2.5 years, -103,333 then; 4,166.67 left at 3, but 90,000 are due, and
    # the rent and sales of the fourth year are 140,000.
    rent_saved = {"renting_cost_per_month": "8,333.333333333333 USD/month"}
    payback = figures("owning_payback", {"replaced": "sold"}, **more, **rent_saved)
    so_far = -200_000 + 3 * 100_000 - 70_000 - 90_000
    assert payback == pytest.approx(3 + -so_far / 100_000)
    # A sale for as much as the next one costs takes nothing at any date: paid back after 1 and for good.
    more = {"server_life": "2 years", "server_residual_share": "100 %", "discount_rate": "0 %/year"}
    payback, month = figures(["owning_payback", "server_cost_per_month"], {"replaced": "sold"}, **more, **rent_saved)
    assert payback == pytest.approx(1)
    assert month == [0] * 4


def test_straight_lines_and_book_values_add_up_to_what_is_paid() -> None:
    # 30 % of 100,000 is the floor of both: after 1.5 of 2.5 years 100,000 - 70,000 x 0.6 are left of the second server.
    sale = {"server_life": "2.5 years", "server_residual_share": "30 %"}
    for use in ("nothing", "sold"):
        choices = {"replaced": use, "amortisation": "straight_line", "plan_end": "book_value"}
        book, flow, month = figures(["server_book_value", "owning_cash_flow", "owning_cost_per_month"], choices, **sale)
        assert book == pytest.approx(100_000 - 70_000 * 0.6)
        assert 12 * sum(month) == pytest.approx(-sum(flow)), use


def test_contingency_is_in_months_and_years_also_where_a_part_is_sold() -> None:
    # 110,000 are paid, and 20 % of what was paid come back: 88,000 over 48 months, with half of it replaced or not
    sale = {"server_residual_share": "20 %", "contingency_share": "10 %"}
    for life, use in (("4 years", "nothing"), ("2 years", "nothing"), ("2 years", "sold"), ("1.5 years", "sold")):
        choices = {"replaced": use, "amortisation": "straight_line", "plan_end": "book_value"}
        flow, month = figures(["owning_cash_flow", "owning_cost_per_month"], choices, server_life=life, **sale)
        assert flow[0] == pytest.approx(-110_000)
        assert 12 * sum(month) == pytest.approx(-sum(flow))
        assert life != "4 years" or month == pytest.approx([88_000 / 48] * 4)


def test_an_amount_for_the_whole_cluster_is_not_bought_again_with_more_servers() -> None:
    grows = {"by year": {2026: "100 servers", 2027: "200 servers", 2028: "200 servers", 2029: "200 servers"}}
    whole = {"storage_capex": "$1M", "network_capex": "$2M", "setup_cost": "$3M", "spares_capex": "$4M"}
    hall = {
        "facility_capex": "$5M",
        "facility_life": "15 years",
        "server_power": "10 kW",
        "hosting_cost_per_month": None,
    }
    names = ["storage_spending", "network_spending", "setup_spending", "spares_spending", "hosting_spending"]
    found = figures(names, servers=grows, **whole, **hall)
    assert found == [[amount, 0, 0, 0] for amount in (1e6, 2e6, 3e6, 4e6, 5e6)]
    # So of the servers themselves, where they are given by one amount.
    assert figures("server_spending", servers=grows, server_capex="$6M", server_price=None) == [6e6, 0, 0, 0]


def test_what_is_given_for_the_whole_cluster_comes_with_its_first_servers() -> None:
    late = {"by year": {2026: "0 servers", 2027: "10 servers", 2028: "10 servers", 2029: "10 servers"}}
    whole = {"storage_capex": "$1M", "network_capex": "$2M", "setup_cost": "$3M", "spares_capex": "$4M"}
    names = [f"{part}_spending" for part in ("storage", "network", "setup", "spares")]
    assert figures(names, servers=late, **whole) == [[0, amount, 0, 0] for amount in (1e6, 2e6, 3e6, 4e6)]
    # Storage by its capacity: 100 x 50; and the hall, which is paid through the year before it opens.
    assert figures("storage_spending", servers=late, storage_capacity="100 TB", storage_price="50 USD/TB")[1] == 5_000
    hall = {"facility_capex": "$5M", "facility_life": "15 years", "server_power": "10 kW"}
    more: dict[str, Any] = {**hall, "hosting_cost_per_month": None, "construction_lead": "1 year"}
    assert figures("hosting_spending", servers=late, **more) == [5e6, 0, 0, 0]


def test_what_is_rented_by_the_month_has_no_life_to_ask_for() -> None:
    # 12,000 a year for servers alone, or beside servers of 100,000 for the hall, in the middle of the years
    middle = 12_000 * (1 - 1.1**-4) / 0.1 * 1.1**0.5
    servers = {"server_cost_per_month": "1,000 USD/month", "server_price": None, "server_life": None}
    hall = {"facility_cost_per_month": "1,000 USD/month", "hosting_cost_per_month": None}
    for given, bought in ((servers, 0), (hall, 100_000)):
        for end in ("residual_share", "book_value"):
            npv, month = figures(["owning_npv", "owning_cost_per_month"], {"plan_end": end}, **given)
            assert npv == pytest.approx(-bought - middle)
            # 100,000 at 10 % / 12 over 48 months
            paid = -numpy_financial.pmt(0.1 / 12, 48, bought)
            assert month == (pytest.approx([1_000 + paid] * 4) if bought else 1_000)


def test_lines_of_a_month_given_by_hand_are_in_the_years() -> None:
    # 15,000 x 12 = 180,000 a year; x 3.16987 x 1.1^0.5, or at the ends of years
    rented = {"network_cost_per_month": "15,000 USD/month"}
    assert figures("owning_npv", **rented) == pytest.approx(-698_425, abs=0.5)
    assert figures("owning_npv", {"flows_count": "end"}, **rented) == pytest.approx(-670_576, abs=1)
    # The whole hardware, hosting, or all of owning: 12 x 1,000 a year in the middle of the years
    middle = 12_000 * (1 - 1.1**-4) / 0.1 * 1.1**0.5
    for name, bought in (("hardware", 0), ("hosting", 100_000), ("owning", 0), ("server", 0), ("storage", 100_000)):
        found = figures("owning_npv", **{f"{name}_cost_per_month": "1,000 USD/month"})
        assert found == pytest.approx(-bought - middle), name


def test_colocation_is_one_figure_also_with_staff_given_by_the_month() -> None:
    found = figures(
        ["colocation_cost_per_month", "owning_cost_per_month"],
        {"site": "colocation", "amortisation": "straight_line"},
        server_power="10 kW", colocation_price="100 USD/kW-month", staff_cost_per_month="7,000 USD/month",
        power_cost_per_month="500 USD/month", hosting_cost_per_month=None, running_cost_per_month=None,
    )  # fmt: skip
    # 100,000 / 48 + 10 x 100 + 7,000 + 500
    assert found[0] == pytest.approx([100_000 / 48 + 8_500] * 4)
    assert found[0] == found[1]


@each_row(("use", "sale"), [("straight_line", "20 %"), ("economic_decay", "0 %")])
def test_set_up_cannot_be_resold(use: str, sale: str) -> None:
    decay = "0.14 orders_of_magnitude/year"
    more = {"setup_cost": "$960,000", "server_residual_share": sale, "hardware_price_decay": decay}
    assert figures("setup_cost_per_month", {"amortisation": use}, **more) == pytest.approx([20_000] * 4)


def test_spares_get_cheaper_as_servers_do() -> None:
    falls = {"hardware_price_decay": "1 order_of_magnitude/year", "server_life": "2 years", "spares_share": "10 %"}
    assert figures("spares_spending", {"refresh_price": "falling"}, **falls) == pytest.approx([10_000, 0, 100, 0])


def test_what_is_replaced_within_a_year_costs_what_it_does_at_its_date() -> None:
    # A tenth a year: 100,000, and 100,000 x 10^-3.5 after 3.5 years for servers and spares; the network by a hundredth
    falls = {"hardware_price_decay": "1 order_of_magnitude/year", "server_life": "3.5 years", "spares_share": "10 %",
             "network_capex": "$1M", "network_price_decay": "2 orders_of_magnitude/year", "network_life": "1.5 years",
             "storage_capex": "$1M", "storage_price_decay": "1 order_of_magnitude/year"}  # fmt: skip
    names = ["server_spending", "spares_spending", "network_spending", "storage_spending", "owning_npv"]
    server, spares, network, storage, npv = figures(names, {"refresh_price": "falling"}, **falls)
    assert server == pytest.approx([100_000, 0, 0, 100_000 / 10**3.5])
    assert spares == pytest.approx([10_000, 0, 0, 10_000 / 10**3.5])
    assert network == pytest.approx([1e6, 1e6 / 1e3, 0, 1e6 / 1e6])
    assert storage == pytest.approx([1e6, 0, 0, 1e6 / 10**3.5])
    late = 110_000 / 10**3.5 + 1e6 / 10**3.5
    assert npv == pytest.approx(-2.11e6 - 1e3 / 1.1**1.5 - 1 / 1.1**3 - late / 1.1**3.5)
    # The figure that the choice is about, named by itself, makes the whole choice.
    assert figures(names[0], {"server_spending": "falling"}, **falls) == pytest.approx(server)
    # A price by year holds throughout it.
    prices = {"by year": {2026: "100k USD/server", 2027: "1 USD/server", 2028: "1 USD/server", 2029: "50k USD/server"}}
    assert figures("server_spending", server_price=prices, server_life="3.5 years") == [100_000, 0, 0, 50_000]


def test_what_is_written_off_is_the_price_paid() -> None:
    prices = {
        "by year": {2026: "300k USD/server", 2027: "200k USD/server", 2028: "150k USD/server", 2029: "100k USD/server"}
    }
    found = figures("server_cost_per_month", {"amortisation": "straight_line"}, server_price=prices)
    assert sum(found) * 12 == pytest.approx(300_000)
    # 100 servers of 100,000 with a life of six years, later ones four: 10M x (1 - 4 / 6)
    lives = {"by year": {2026: "6 years", 2027: "4 years", 2028: "4 years", 2029: "4 years"}}
    assert figures("server_book_value", servers="100 servers", server_life=lives) == pytest.approx(1e7 / 3)


def test_economic_decay_is_the_value_that_is_lost() -> None:
    # 15M x (1 - 10^-0.7) = 12.0M over five years; the hall does not follow the price of hardware: 3M / 15 a year
    decay = {
        "hardware_price_decay": "0.14 orders_of_magnitude/year",
        "server_life": "5 years",
        "hosting_cost_per_month": None,
    }
    hall = {"facility_capex": "$3M", "facility_life": "15 years", "server_capex": "$15M"}
    names = ["server_cost_per_month", "facility_cost_per_month"]
    lost, built = figures(names, {"amortisation": "economic_decay"}, "2026 to 2030", **decay, **hall, server_price=None)
    assert sum(lost) * 12 == pytest.approx(15e6 * (1 - 10**-0.7))
    assert built == pytest.approx([3e6 / 180] * 5)


def test_what_servers_stand_at_is_of_each_purchase_at_its_price_age_and_life() -> None:
    # 10 of 100,000 in 2026 and as many of 80,000 in 2028 that live two years, halved each year by log10(2) orders of
    # magnitude: 1M, 0.5M; then 0.8M, 0.4M. With an age of one year what the plan begins with stands at half.
    prices = {"by year": {2026: "100k USD/server", 2027: "1 USD/server", 2028: "80k USD/server", 2029: "1 USD/server"}}
    falls = {"hardware_price_decay": "0.3010299956639812 orders_of_magnitude/year", "server_life": "2 years"}
    more = {"servers": "10 servers", "server_price": prices, **falls}
    assert figures("server_value", **more) == pytest.approx([1e6, 5e5, 8e5, 4e5])
    names, use = ["server_value", "server_cost_per_month"], {"amortisation": "economic_decay"}
    aged, lost = figures(names, use, hardware_age="1 year", **more)
    assert aged == pytest.approx([5e5, 2.5e5, 8e5, 4e5])
    # What is lost in a year is what it stood at less what it stands at a year later.
    assert [12 * each for each in lost] == pytest.approx([2.5e5, 1.25e5, 4e5, 2e5])
    # Replaced within a year: after 1.5 years, at the start of 2028 half a year old; and so again after 3.
    within = {**falls, "server_life": "1.5 years", "servers": "10 servers"}
    assert figures("server_value", **within) == pytest.approx([1e6, 5e5, 1e6 / 2**0.5, 1e6])


def test_an_a100_of_two_years_costs_what_epoch_says() -> None:
    """24,875 x 10^-0.28 = 13,054.6; x 0.14 ln 10 / 0.81 / 8,760 = 0.5931, published 0.5927 over 8,766 hours."""
    inputs = {
        "gpus": "1 gpu", "gpus_per_server": "1 gpu", "server_capex": "$24,875", "network_share": "19 %",
        "hardware_price_decay": "0.14 orders_of_magnitude/year", "hardware_age": "2 years", "server_life": "4 years",
        "gpu_utilisation": "100 %", "power_cost_per_gpu_hour": "0.0634 USD/gpu/hour",
        "hosting_cost_per_month": "0 USD/month",
    }  # fmt: skip
    show = ["server_value", "hardware_cost_per_gpu_hour", "owning_cost_per_gpu_hour"]
    case = calc.run({"inputs": inputs, "use": {"amortisation": "economic_decay"}, "show": show}).cases["base"]
    found = [case[name].value for name in show]
    assert found == pytest.approx([13_054.6, 0.5931, 0.6565], abs=5e-5, rel=1e-5)


def test_carbon_of_a_gpu_hour_does_not_depend_on_the_month_of_bills() -> None:
    # 10 kW x 80 % x 1.2 / 8 x 0.5 kg; idle for 90 % of the hours at 95 % of 10 kW would be more than all
    inputs = {
        "servers": "1 server", "gpus_per_server": "8 gpus", "server_power": "10 kW", "average_power_share": "80 %",
        "pue": "1.2", "grid_carbon_intensity": "500 gCO2e/kWh", "embodied_carbon_per_server": "0 kgCO2e/server",
        "server_life": "4 years", "gpu_utilisation": "100 %", "idle_power_share": "95 %",
    }  # fmt: skip
    for hours in ("720", "730", "744"):
        case = calc.run({"inputs": {**inputs, "hours_per_month": hours}, "show": ["carbon_per_gpu_hour"]}).cases["base"]
        assert case["carbon_per_gpu_hour"].value == pytest.approx(0.6)
    idle = {**inputs, "gpu_utilisation": "10 %"}
    case = calc.run({"inputs": idle, "show": ["idle_carbon_per_year", "operational_carbon_per_year"]}).cases["base"]
    assert case["idle_carbon_per_year"].value == case["operational_carbon_per_year"].value


# ---------------------------------------------------------------- cost of capital, and what is compared with what


def test_the_cost_of_capital_is_counted_unless_a_scenario_says_otherwise() -> None:
    """A DGX H100 at its price of 2023, PUE 1.2 and 60 % use: 51.2 %, without interest 40.6 %."""
    plan: dict[str, Any] = {
        "facts": ["dgx-h100", "rent-h100-median", "cluster-cost-structure", "build-world-jll", "hamilton-2008"],
        "inputs": {
            "servers": "128 servers", "server_life": "4 years", "pue": "1.2", "gpu_utilisation": "60 %",
            "electricity_price": {"fact": "region-texas.electricity_price@2026-03"}, "discount_rate": "10 %/year",
            "server_price": {"fact": "dgx-h100.server_price@2023-05"},
        },
        "show": ["breakeven_utilisation"],
    }  # fmt: skip
    assert calc.run(plan).cases["base"]["breakeven_utilisation"].value == pytest.approx(0.512, abs=5e-4)
    plan["use"] = {"amortisation": "straight_line"}
    assert calc.run(plan).cases["base"]["breakeven_utilisation"].value == pytest.approx(0.406, abs=5e-4)
    del plan["inputs"]["discount_rate"], plan["use"]
    with pytest.raises(calc.CalcError) as caught:
        calc.run(plan)
    assert "facts that fit: `operator-cost-of-capital.discount_rate`" in str(caught.value)
    assert "`use: {amortisation: straight_line}`" in str(caught.value)
    # What needs the rate in any case is not told that it does not.
    plan |= {"years": "2026 to 2029", "show": ["owning_npv"]}
    with pytest.raises(calc.CalcError) as caught:
        calc.run(plan)
    assert "straight_line" not in str(caught.value)


def test_with_years_the_verdict_follows_the_flows_of_the_net_present_value() -> None:
    cases = calc.run("h100-cluster-4-years").to_dict()["cases"]
    told = {case["name"]: [each["text"] for each in case["verdicts"]] for case in cases}
    assert told["colocation"] == ["owning saves $2.362M (NPV)"]
    assert all(len(each) == 1 and "(NPV)" in each[0] for each in told.values())


def test_power_kept_ready_is_paid_where_cabinets_are_known() -> None:
    # Cabinets of 25 kW hold 3 servers of 6.5 kW: 10 servers stand in 4, so 100 kW are kept ready for 65
    inputs = {
        "servers": "10 servers", "server_power": "6.5 kW", "rack_power_rated": "25 kW",
        "facility_capex_per_power": "10 USD/W", "colocation_price": "100 USD/kW-month",
    }  # fmt: skip
    show = ["facility_capex", "colocation_fee_per_month"]
    found = calc.run({"inputs": inputs, "show": show}).cases["base"]
    assert [found[name].value for name in show] == [1e6, 10_000]
    found = calc.run({"inputs": inputs, "show": show, "use": {"hosting_sized_by": "it_power"}}).cases["base"]
    assert [found[name].value for name in show] == [650_000, 6_500]
