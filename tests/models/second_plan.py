"""Second computations: the lines of a plan in one of its years: what is bought, left, sold, lent and taxed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from second import Given, down

if TYPE_CHECKING:
    from second import Second

LINES = ("server", "network", "storage", "spares", "setup")


def _as_a_number(quantity: str) -> Second:
    return lambda q: getattr(q, quantity)


def _none(_: object) -> float:
    return 0.0


def _whole(quantity: str) -> Second:
    """One amount for the whole cluster, from its first servers on."""
    return lambda q: getattr(q, quantity) if q.server_need > 0 else 0.0


def _by_line(suffix: str) -> Second:
    return lambda q: getattr(q, f"server_{suffix}") + sum(q.maybe(f"{line}_{suffix}", 0) for line in LINES[1:])


def _resale_by_line(suffix: str) -> Second:
    return lambda q: sum(q.maybe(f"{line}_{suffix}", 0) for line in LINES[:3])


def _begun_left(life: str, residual: str) -> Second:
    """A straight line from 1 down to the residual share; what does not reach the end of the plan is gone by then."""

    def second(q: Given) -> float:
        years, age = getattr(q, life), q.years_left + 1
        serves_at_end = down(years - q.years_left) >= 1
        return 1 - (1 - q.maybe(residual, 0)) * age / years if serves_at_end else 0.0

    return second


def _contingent(q: Given, amount: float) -> float:
    return amount + amount * q.maybe("contingency_share", 0)


def _date(q: Given, moment: float, amount: float) -> float:
    return moment / amount if amount > 0 else moment


PLAN: dict[str, Second] = {
    # conventions of a year
    "flow_timing__middle": lambda _: 0.5,
    "flow_timing__start": _none,
    "flow_timing__end": lambda _: 1.0,
    "left_timing__end": lambda _: 1.0,
    "left_timing__start": _none,
    # what is bought, late, at its moment and rented, line by line
    **{
        f"{line}_{what}__by_month": _none
        for line in LINES
        for what in ("spending", "late", "moment")
        if line != "server"
    },
    **{f"server_{what}__by_month": _none for what in ("order", "late", "moment")},
    **{f"{line}_rent__bought": _none for line in LINES},
    **{f"{line}_rent__by_month": _as_a_number(f"{line}_cost_per_month") for line in LINES},
    "capital_spending__by_line": _by_line("spending"),
    "capital_late__by_line": _by_line("late"),
    "capital_moment__by_line": _by_line("moment"),
    "hardware_rent__by_line": _by_line("rent"),
    "capital_spending__by_month": _none,
    "capital_late__by_month": _none,
    "capital_moment__by_month": _none,
    "hardware_rent__by_month": _as_a_number("hardware_cost_per_month"),
    "server_need__with_servers": _as_a_number("servers"),
    "server_need__whole": _as_a_number("server_capex"),
    "server_need__by_month": _as_a_number("server_cost_per_month"),
    "server_need__hardware_by_month": _as_a_number("hardware_cost_per_month"),
    "network_need__with_servers": _as_a_number("servers"),
    "network_need__whole": _whole("network_capex"),
    "storage_need__by_capacity": _whole("storage_capacity"),
    "storage_need__whole": _whole("storage_capex"),
    "spares_need__with_servers": _as_a_number("servers"),
    "spares_need__whole": _whole("spares_capex"),
    "setup_need": _whole("setup_cost"),
    # the hall
    "hall_need__with_power": _as_a_number("hosting_power"),
    "hall_need__whole": _whole("facility_capex"),
    "hall_opened__by_month": _none,
    "hall_rent__built": _none,
    "hall_rent__by_month": _as_a_number("facility_cost_per_month"),
    "hall_at_start__built": lambda q: (
        0.0 if q.maybe("construction_lead", 0) > 0 else q.hall_opened - q.hall_opened_late
    ),
    "hall_at_start__by_month": _none,
    "hall_late__built": lambda q: q.hall_ahead_late + q.hall_ahead,
    "hall_late__by_month": _none,
    "hall_moment__by_month": _none,
    "hall_spending": lambda q: q.hall_late + q.hall_at_start,
    # Payments spread evenly over the lead count, on average, at flow_timing of it.
    "construction_interest_share": lambda q: math.expm1(
        math.log1p(q.plan_discount_rate) * q.construction_lead * (1 - q.flow_timing)
    ),
    "construction_interest": lambda q: q.construction_interest_share * q.facility_capex,
    "construction_interest_per_month__of_today": lambda q: q.facility_amortisation * q.construction_interest,
    "construction_interest_per_month__as_paid": lambda q: (
        q.construction_interest_share * (q.facility_cost_per_month - q.hall_rent)
    ),
    **{
        f"site_{name}__own_hall": _as_a_number(f"hall_{of}")
        for name, of in (
            ("at_start", "at_start"),
            ("late", "late"),
            ("moment", "moment"),
            ("book_value", "book_value"),
            ("tax_depreciation", "written_off"),
        )
    },
    **{f"site_{name}__colocation": _none for name in ("at_start", "late", "moment", "tax_depreciation")},
    "site_rent__own_hall": lambda q: q.hall_rent + q.maybe("facility_opex_per_month", 0),
    "site_rent__colocation": _as_a_number("colocation_fee_per_month"),
    **{f"hosting_{name}__by_site": _as_a_number(f"site_{name}") for name in ("at_start", "late", "moment", "rent")},
    **{f"hosting_{name}__by_month": _none for name in ("at_start", "late", "moment")},
    "hosting_rent__by_month": _as_a_number("hosting_cost_per_month"),
    "hosting_book_value__by_site": _as_a_number("site_book_value"),
    "hosting_spending": lambda q: q.hosting_late + q.hosting_at_start + 12 * q.hosting_rent,
    # what is left at the end
    "server_residual_value__of_today": lambda q: q.server_residual_share * q.server_capex,
    "server_begun_left": _begun_left("server_life", "server_residual_share"),
    "network_begun_left": _begun_left("network_life", "network_residual_share"),
    "replaced_sold__nothing": _none,
    "replaced_sold__sold": lambda _: 1.0,
    "capital_resale__by_line": _resale_by_line("resale"),
    "capital_resale_late__by_line": _resale_by_line("resale_late"),
    "capital_resale_moment__by_line": _resale_by_line("resale_moment"),
    "capital_resale__by_month": _none,
    "capital_resale_late__by_month": _none,
    "capital_resale_moment__by_month": _none,
    # flows of owning and renting by year
    "owning_resale__by_line": lambda q: _contingent(q, q.maybe("capital_resale", 0)),
    "owning_resale_late__by_line": lambda q: _contingent(q, q.maybe("capital_resale_late", 0)),
    "owning_resale_date__by_line": lambda q: _date(
        q, q.maybe("capital_resale_moment", 0), q.maybe("capital_resale_late", 0)
    ),
    "owning_left__by_line": lambda q: _contingent(q, q.maybe("residual_received", 0)),
    "owning_at_start__by_line": lambda q: _contingent(q, q.capital_spending + q.hosting_at_start - q.capital_late),
    "owning_late__by_line": lambda q: _contingent(q, q.hosting_late + q.capital_late),
    "owning_late_date__by_line": lambda q: _date(
        q, q.hosting_moment + q.capital_moment, q.hosting_late + q.capital_late
    ),
    "owning_running__by_line": lambda q: q.running_spending + 12 * q.hosting_rent + q.hardware_rent_spending,
    "owning_running__by_month": lambda q: 12 * q.owning_cost_per_month,
    **{
        f"owning_{name}__by_month": _none
        for name in ("resale", "resale_late", "resale_date", "at_start", "late", "late_date", "left")
    },
    "running_spending": lambda q: 12 * q.running_cost_per_month,
    "hardware_rent_spending": lambda q: 12 * q.hardware_rent,
    "contingency_spending": lambda q: (
        q.contingency_share * q.capital_spending + q.contingency_share * (q.hosting_late + q.hosting_at_start)
    ),
    "owning_cash_flow": lambda q: (
        q.owning_resale + q.owning_left - q.owning_running - q.owning_late - q.owning_at_start
    ),
    "renting_cash_flow": lambda q: -12 * q.renting_cost_per_month,
    "owning_against_renting_cash_flow": lambda q: q.owning_cash_flow - q.renting_cash_flow,
    "owning_against_renting_npv": lambda q: q.owning_npv - q.renting_npv,
    "renting_against_owning_npv": lambda q: q.renting_npv - q.owning_npv,
    "running_saved": lambda q: -(q.renting_cash_flow + q.owning_running),
    "owning_at_once": lambda q: q.owning_resale - (q.owning_resale_late + q.owning_at_start),
    "owning_begun": lambda q: q.owning_at_once + q.owning_left - q.left_timing * q.owning_left,
    "owning_ended": lambda q: q.left_timing * q.owning_left,
    "owning_levelised_cost_per_gpu_hour": lambda q: -(q.owning_npv / q.gpu_hours_present),
    "renting_levelised_cost_per_gpu_hour": lambda q: -(q.renting_npv / q.gpu_hours_present),
    # loans and taxes
    "debt_drawn_at_start": lambda q: q.debt_share * q.owning_at_start,
    "debt_drawn_late": lambda q: q.debt_share * q.owning_late,
    "debt_drawn": lambda q: q.debt_drawn_late + q.debt_drawn_at_start,
    "owning_npv_financed": lambda q: q.debt_npv + q.owning_npv,
    "owning_cash_flow_financed": lambda q: q.debt_cash_flow + q.owning_cash_flow,
    "hall_written_off__by_month": _none,
    "hall_tax_depreciation__by_site": _as_a_number("site_tax_depreciation"),
    "hall_tax_depreciation__by_month": _none,
    "tax_depreciation": lambda q: _contingent(q, q.hall_tax_depreciation + q.hardware_tax_depreciation),
    "resale_tax": lambda q: q.tax_rate * q.owning_resale,
    "running_tax_saved": lambda q: q.tax_rate * q.owning_running,
    "owning_tax": lambda q: q.resale_tax + q.sale_tax - (q.running_tax_saved + q.tax_shield),
    "renting_npv_after_tax": lambda q: q.renting_npv - q.tax_rate * q.renting_npv,
    "owning_against_renting_npv_after_tax": lambda q: q.owning_npv_after_tax - q.renting_npv_after_tax,
}
