"""Second computations: money of several dates in one year: price levels, parts at their dates, loans and tax."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy_financial as npf

if TYPE_CHECKING:
    from second import Given, Second

SOLD = ("server", "network", "storage")


def _discounted(amount: str, moment: str) -> Second:
    def second(q: Given) -> float:
        whole = getattr(q, amount)
        date = getattr(q, moment) / (whole if whole > 0 else 1)
        return float(whole * math.exp(-date * math.log1p(q.plan_discount_rate)))

    return second


def _late_worth(q: Given) -> float:
    return q.server_late_worth + sum(
        q.maybe(f"{line}_late_worth", 0) for line in ("network", "storage", "spares", "setup")
    )


def _hosting_late_worth(q: Given) -> float:
    date = q.hosting_moment / (q.hosting_late if q.hosting_late > 0 else 1)
    whole = q.capital_late_worth + q.hosting_late / math.exp(date * math.log1p(q.plan_discount_rate))
    return whole + whole * q.maybe("contingency_share", 0)


def _resale_worth(q: Given) -> float:
    return sum(q.maybe(f"{line}_resale_worth", 0) for line in SOLD)


def _share_of_today(line: str) -> Second:
    return lambda q: getattr(q, f"{line}_residual_share") / (1 + q.price_rise) ** getattr(q, f"{line}_life")


def _share_as_paid(line: str) -> Second:
    def second(q: Given) -> float:
        paid = getattr(q, f"{line}_spending")
        served = getattr(q, f"{line}_paid_in_service") / (paid if paid > 0 else 1)
        again = (1 - served) * q.replaced_sold / (1 + q.price_rise) ** getattr(q, f"{line}_life")
        return float(getattr(q, f"{line}_residual_share") * (again + served * q.money_kept))

    return second


def _resale(line: str) -> Second:
    return lambda q: getattr(q, f"{line}_resale_within") + getattr(q, f"{line}_resale_begun")


def _nothing(_: object) -> float:
    return 0.0


MONEY: dict[str, Second] = {
    "price_fall": lambda q: -q.price_rise / (1 + q.price_rise),
    "money_rate": lambda q: q.plan_discount_rate + q.price_rise + q.plan_discount_rate * q.price_rise,
    "hardware_age_factor__of_today": lambda q: math.exp(
        -math.log(q.order_of_magnitude) * q.hardware_price_decay * q.hardware_age
    ),
    "server_value__of_today": lambda q: q.maybe("hardware_age_factor", 1) * q.server_capex,
    **{f"{line}_share_sold__of_today": _share_of_today(line) for line in SOLD},
    **{f"{line}_share_sold__as_paid": _share_as_paid(line) for line in SOLD},
    **{f"{line}_resale": _resale(line) for line in SOLD},
    # each part at its date
    **{
        f"{line}_late_worth": _discounted(f"{line}_late", f"{line}_moment")
        for line in ("server", "network", "storage", "spares", "setup")
    },
    **{f"{line}_resale_worth": _discounted(f"{line}_resale_late", f"{line}_resale_moment") for line in SOLD},
    "residual_value": lambda q: sum(q.maybe(f"{line}_residual_value", 0) for line in SOLD),
    "lead_left": lambda q: max(q.maybe("construction_lead", 0) * (1 - q.flow_timing), 0),
    "capital_late_worth__by_line": _late_worth,
    "capital_late_worth__by_month": _nothing,
    "capital_resale_worth__by_line": _resale_worth,
    "capital_resale_worth__by_month": _nothing,
    "owning_late_worth__by_line": _hosting_late_worth,
    "owning_late_worth__by_month": _nothing,
    "owning_resale_worth__by_line": lambda q: (
        q.capital_resale_worth + q.capital_resale_worth * q.maybe("contingency_share", 0)
    ),
    "owning_resale_worth__by_month": _nothing,
    # prices of servers bought later
    "refresh_price_factor__as_given": lambda _: 1.0,
    "refresh_price_factor__falling": lambda q: q.hardware_price_factor,
    "refresh_price_within__as_given": lambda _: 1.0,
    "server_spending__as_given": lambda q: q.server_order,
    "server_spending__falling": lambda q: (
        (q.server_order - q.server_late / (q.refresh_price_factor * q.refresh_price_within)) * q.refresh_price_factor
        + q.server_late
    ),
    # loans and taxes
    "debt_payment_share__level": lambda q: -12 * float(npf.pmt(q.debt_rate / 12, 12 * q.debt_tenor, 1)),
    "debt_payment_share__interest_only": lambda q: q.debt_rate,
    "debt_bullet_share__level": _nothing,
    "debt_bullet_share__interest_only": lambda _: 1.0,
    "debt_principal__interest_only": lambda q: q.debt_bullet,
    "debt_interest": lambda q: q.debt_service - (q.debt_principal - q.debt_bullet),
    "debt_drawn_present": lambda q: q.debt_share * q.bought_present,
    "debt_npv": lambda q: q.debt_drawn_present - (q.debt_repaid_present + q.debt_service_present),
    "debt_cash_flow": lambda q: q.debt_drawn - (q.debt_repaid_at_prices + q.debt_service_at_prices),
    "hardware_tax_depreciation__at_once": lambda q: q.capital_paid,
    "renting_against_owning_npv_after_tax": lambda q: q.renting_npv_after_tax - q.owning_npv_after_tax,
}
