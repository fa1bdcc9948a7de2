"""Second computations: what owning and renting cost, as of today and over the years of a plan."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy_financial as npf
from second import HOURS, Given, at_start, dated, in_service, lots, mean_dates, of_those_included, worth

if TYPE_CHECKING:
    from second import Second, Yearly, Years


def _monthly(rate: float, years: float, sold: float = 0) -> float:
    """Return the level monthly payment for 1 of which `sold` comes back in the end, at a twelfth of the rate."""
    return -float(npf.pmt(rate / 12, years * 12, 1, -sold))


def _yearly(rate: float, years: float, sold: float = 0) -> float:
    return -float(npf.pmt(rate, years, 1, -sold)) / 12


def _by_method(prefix: str, life: str, sold: str) -> dict[str, Second]:
    """Return the share of a price that a month bears, by each method, for what may be sold for a share of it."""
    return {
        f"{prefix}__annuity_monthly": lambda q: _monthly(q.plan_discount_rate, getattr(q, life), q.maybe(sold, 0)),
        f"{prefix}__annuity_yearly": lambda q: _yearly(q.plan_discount_rate, getattr(q, life), q.maybe(sold, 0)),
        f"{prefix}__straight_line": lambda q: (1 - q.maybe(sold, 0)) / (12 * getattr(q, life)),
        f"{prefix}__interest_only": lambda q: (
            (1 - q.maybe(sold, 0)) / (12 * getattr(q, life)) + q.plan_discount_rate / 12
        ),
        f"{prefix}__economic_decay": lambda q: q.maybe("hardware_age_factor", 1) * q.hardware_depreciation_rate,
    }


def _used_up(prefix: str, life: str) -> dict[str, Second]:
    """Return the same for what is used up: nothing is sold, and it does not follow the price of hardware."""
    return {
        f"{prefix}__annuity_monthly": lambda q: _monthly(q.plan_discount_rate, getattr(q, life)),
        f"{prefix}__annuity_yearly": lambda q: _yearly(q.plan_discount_rate, getattr(q, life)),
        f"{prefix}__straight_line": lambda q: 1 / getattr(q, life) / 12,
        f"{prefix}__interest_only": lambda q: 1 / getattr(q, life) / 12 + q.plan_discount_rate / 12,
        f"{prefix}__economic_decay": lambda q: 1 / getattr(q, life) / 12,
    }


def _use_cost(q: Given) -> float:
    paid = 0 if q.energy_paid_per_year > q.facility_energy_per_year else q.facility_energy_of_use
    carbon = q.maybe("carbon_cost_per_month", 0) * q.facility_energy_of_use / (q.facility_energy_per_year or 1)
    return paid / HOURS * q.hours_per_month * q.electricity_price + carbon


def _contingency(q: Given) -> float:
    built = q.hardware_cost_per_month + q.hosting_cost_per_month - q.hardware_rent - q.hosting_rent
    return q.contingency_share * built


def _breakeven(q: Given) -> float | None:
    if q.gpus_paid_by_use == 0:
        return None
    saved = max(q.rent_of_use_per_month - q.owning_cost_of_use, q.rent_of_use_per_month / 128)
    return (q.owning_cost_at_rest - q.rent_throughout_per_month) / saved


def _committed(q: Given) -> float | None:
    if q.gpus_paid_throughout == 0:
        return None
    return q.owning_cost_per_month / (q.gpus_paid_throughout * q.hours_per_month * q.gpu_hour_price_paid)


def _spot(q: Given) -> float:
    lost = q.maybe("spot_loss_share", 0)
    return q.spot_share * q.spot_gpu_hour_price / (1 - lost if lost < 1 else 1)


def _by_use(q: Given) -> float:
    price = (1 - q.maybe("spot_share", 0)) * q.on_demand_price + q.maybe("spot_price_of_work", 0)
    return price + price * q.maybe("rent_support_share", 0)


def _rented(q: Given) -> float:
    paid = q.gpu_hour_price_by_use * q.hours_rented_by_use + q.gpu_hour_price_throughout * q.hours_rented_throughout
    return q.maybe("rent_beside_per_gpu_hour", 0) + paid / q.hours_counted_per_month


def _in_rented_hall(q: Given) -> float:
    hardware = q.hardware_cost_per_month + q.maybe("contingency_share", 0) * (
        q.hardware_cost_per_month - q.hardware_rent
    )
    return hardware + q.colocation_fee_per_month + q.running_cost_per_month - q.maybe("hall_staff_cost_per_month", 0)


COST: dict[str, Second] = {
    # amortisation: level payments of a loan (numpy-financial), straight lines, and the fall of prices (Cottier 2024)
    **_by_method("server_amortisation", "server_life", "server_share_sold"),
    **_by_method("network_amortisation", "network_life", "network_share_sold"),
    **_by_method("storage_amortisation", "storage_life", "storage_share_sold"),
    **_used_up("setup_amortisation", "server_life"),
    **_used_up("facility_amortisation", "facility_life"),
    "network_life": lambda q: q.server_life,
    "storage_life": lambda q: q.server_life,
    "hardware_depreciation_rate": lambda q: math.log(q.order_of_magnitude) * q.hardware_price_decay / 12,
    "hardware_value_fall__annuity_monthly": lambda _: 0.0,
    "hardware_value_fall__annuity_yearly": lambda _: 0.0,
    "hardware_value_fall__straight_line": lambda _: 0.0,
    "hardware_value_fall__interest_only": lambda _: 0.0,
    "hardware_value_fall__economic_decay": lambda q: 12 * q.hardware_depreciation_rate,
    # Fisher 1930: (1 + nominal) = (1 + real) (1 + inflation)
    "plan_discount_rate__nominal": lambda q: q.discount_rate,
    "plan_discount_rate__real": lambda q: (q.discount_rate - q.inflation) / (1 + q.inflation),
    "price_rise__nominal": lambda _: 0.0,
    "price_rise__real": lambda q: q.inflation,
    # cost of ownership by the month
    "server_cost_per_month__of_today": lambda q: q.server_amortisation * q.server_capex,
    "network_cost_per_month__of_today": lambda q: q.network_amortisation * q.network_capex,
    "storage_cost_per_month__of_today": lambda q: q.storage_amortisation * q.storage_capex,
    "spares_cost_per_month__of_today": lambda q: q.setup_amortisation * q.spares_capex,
    "setup_cost_per_month__of_today": lambda q: q.setup_amortisation * q.setup_cost,
    "facility_cost_per_month__of_today": lambda q: q.facility_amortisation * q.facility_capex,
    "support_cost_per_month__of_today": lambda q: q.support_rate * q.server_capex / 12,
    "facility_opex_per_month": lambda q: q.facility_opex_per_power * q.hosting_power,
    "colocation_fee_per_month": lambda q: q.colocation_price * q.hosting_power,
    "demand_charge_per_month": lambda q: q.demand_charge * q.facility_power,
    "power_cost_per_month__by_energy": lambda q: (
        q.energy_paid_per_year / HOURS * q.hours_per_month * q.electricity_price + q.maybe("demand_charge_per_month", 0)
    ),
    "power_cost_per_month__by_gpu_hour": lambda q: q.gpu_hours_per_month * q.power_cost_per_gpu_hour,
    "facility_staff_cost_per_month": lambda q: q.staff_cost_per_person_year * q.facility_staff / 12,
    "administration_cost_per_month": lambda q: (
        q.staff_cost_per_person_year / 12 * q.servers / q.servers_per_administrator
    ),
    "hall_staff_cost_per_month__by_head": lambda q: q.facility_staff_cost_per_month,
    "hall_staff_cost_per_month__given": lambda _: 0.0,
    "staff_cost_per_month__own_hall": lambda q: of_those_included(
        q, "facility_staff_cost_per_month", "administration_cost_per_month"
    ),
    "staff_cost_per_month__colocation": lambda q: q.administration_cost_per_month,
    "hosting_cost_per_month__own_hall": lambda q: (
        q.facility_cost_per_month + of_those_included(q, "facility_opex_per_month", "construction_interest_per_month")
    ),
    "hosting_cost_per_month__colocation": lambda q: q.colocation_fee_per_month,
    "hardware_cost_per_month": lambda q: (
        q.server_cost_per_month
        + of_those_included(q, "network_cost_per_month", "storage_cost_per_month")
        + of_those_included(q, "spares_cost_per_month", "setup_cost_per_month")
    ),
    "running_cost_per_month": lambda q: (
        q.power_cost_per_month
        + of_those_included(q, "staff_cost_per_month", "support_cost_per_month")
        + q.maybe("carbon_cost_per_month", 0)
    ),
    "contingency_cost_per_month": _contingency,
    "owning_cost_per_month": lambda q: (
        q.running_cost_per_month
        + q.hosting_cost_per_month
        + q.hardware_cost_per_month
        + q.maybe("contingency_cost_per_month", 0)
    ),
    "colocation_cost_per_month__own_hall": _in_rented_hall,
    "colocation_cost_per_month__colocation": lambda q: q.owning_cost_per_month,
    # own or rent
    "hours_counted_per_month__used_hours": lambda q: q.gpu_utilisation * q.hours_per_month,
    "hours_counted_per_month__all_hours": lambda q: q.hours_per_month,
    "hours_of_use__used_hours": lambda q: q.hours_per_month,
    "hours_of_use__all_hours": lambda _: 0.0,
    "hours_counted_share": lambda q: q.hours_counted_per_month / q.hours_per_month,
    "gpu_hours_per_month": lambda q: q.hours_counted_per_month * q.gpus,
    "owning_cost_per_gpu_hour": lambda q: q.owning_cost_per_month / q.gpu_hours_per_month,
    "energy_cost_of_use__average": lambda _: 0.0,
    "energy_cost_of_use__with_use": _use_cost,
    "owning_cost_of_use__by_energy": lambda q: q.energy_cost_of_use,
    "owning_cost_of_use__by_gpu_hour": lambda q: q.hours_of_use * q.gpus * q.power_cost_per_gpu_hour,
    "use_cost_now__average": lambda _: 0.0,
    "use_cost_now__with_use": lambda q: q.gpu_utilisation * q.energy_cost_of_use,
    "power_use_cost_now__by_energy": lambda q: q.use_cost_now,
    "power_use_cost_now__by_gpu_hour": lambda q: q.gpu_utilisation * q.owning_cost_of_use,
    "owning_cost_at_rest": lambda q: q.owning_cost_per_month - q.power_use_cost_now,
    "goodput_loss_per_month": lambda q: q.owning_cost_per_month - q.effective_time_share * q.owning_cost_per_month,
    "owning_cost_per_useful_gpu_hour": lambda q: q.owning_cost_per_gpu_hour / q.effective_time_share,
    "colocation_cost_per_gpu_hour": lambda q: q.colocation_cost_per_month / q.gpu_hours_per_month,
    "breakeven_utilisation": _breakeven,
    "owning_to_committed_rent": _committed,
    "hardware_cost_per_gpu_hour": lambda q: q.hardware_cost_per_month / q.gpu_hours_per_month,
    # renting
    "hours_rented_by_use__by_the_hour": lambda q: q.gpu_utilisation * q.hours_per_month,
    "hours_rented_by_use__committed": lambda _: 0.0,
    "hours_rented_by_use__mixed": lambda q: (
        q.gpu_utilisation * (q.hours_per_month - q.reserved_share * q.hours_per_month)
    ),
    "hours_rented_throughout__by_the_hour": lambda _: 0.0,
    "hours_rented_throughout__committed": lambda q: q.hours_per_month,
    "hours_rented_throughout__mixed": lambda q: q.reserved_share * q.hours_per_month,
    "hours_rented_per_month": lambda q: q.hours_rented_throughout + q.hours_rented_by_use,
    "gpus_rented__any": lambda q: q.gpus,
    "gpu_hour_price_paid": lambda q: q.gpu_hour_price - q.maybe("rent_commitment_discount", 0) * q.gpu_hour_price,
    "on_demand_price__by_the_hour": lambda q: q.gpu_hour_price_paid,
    "on_demand_price__committed": lambda q: q.gpu_hour_price_paid,
    "on_demand_price__mixed": lambda q: q.gpu_hour_price,
    "spot_price_of_work": _spot,
    "gpu_hour_price_by_use": _by_use,
    "gpu_hour_price_throughout": lambda q: (
        q.gpu_hour_price_paid + q.maybe("rent_support_share", 0) * q.gpu_hour_price_paid
    ),
    "egress_cost_per_month": lambda q: q.egress_price * q.egress_per_month,
    "rented_storage_cost_per_month": lambda q: q.rented_storage_price * q.storage_capacity,
    "rent_beside_per_month": lambda q: of_those_included(q, "egress_cost_per_month", "rented_storage_cost_per_month"),
    "rent_throughout_per_month": lambda q: (
        q.gpu_hour_price_throughout * q.hours_rented_throughout * q.gpus_rented + q.maybe("rent_beside_per_month", 0)
    ),
    "rent_of_use_per_month": lambda q: q.gpu_hour_price_by_use * q.hours_per_month * q.gpus_paid_by_use,
    "renting_cost_per_month": lambda q: (
        q.rent_throughout_per_month + q.gpu_hour_price_by_use * q.hours_rented_by_use * q.gpus_rented
    ),
    "renting_cost_per_gpu_hour__any": _rented,
    "renting_cost_per_gpu_hour__minimum": lambda q: q.renting_cost_per_month / q.gpu_hours_per_month,
    "rent_beside_per_gpu_hour": lambda q: q.rent_beside_per_month / q.gpu_hours_per_month,
    "gpus_paid_by_use__by_the_hour": lambda q: q.gpus_rented,
    "gpus_paid_by_use__committed": lambda _: 0.0,
    "gpus_paid_by_use__mixed": lambda q: q.gpus_rented - q.reserved_share * q.gpus_rented,
    "gpus_paid_throughout__by_the_hour": lambda _: 0.0,
    "gpus_paid_throughout__committed": lambda q: q.gpus_rented,
    "gpus_paid_throughout__mixed": lambda _: 0.0,
    # selling
    "revenue_per_month": lambda q: q.revenue_per_gpu_hour * q.sold_share * q.hours_per_month * q.gpus,
    "profit_per_month": lambda q: q.revenue_per_month - q.owning_cost_per_month,
    "margin": lambda q: q.profit_per_month / q.revenue_per_month if q.revenue_per_month else None,
    "revenue": lambda q: 12 * q.revenue_per_month,
    "selling_cash_flow": lambda q: q.owning_cash_flow + q.revenue,
    "sold_running": lambda q: q.revenue - q.owning_running,
}


def _as_paid(q: Years, what: str, life: str, share: str, *, falls: bool = False) -> list[float]:
    """Return what a month of each year bears of purchases at the prices paid, each over its own life."""
    paid, late, shares = getattr(q, f"{what}_spending"), getattr(q, f"{what}_late"), getattr(q, share)
    return _spread_over_life(q, (paid, late, shares), f"{what}_need", life, falls=falls)


def _spread_over_life(
    q: Years, flows: tuple[list[float], list[float], list[float]], need: str, life: str, *, falls: bool
) -> list[float]:
    paid, late, shares = flows
    lives, number = getattr(q, life), len(paid)
    fall = q.hardware_value_fall if falls else [0.0] * number
    dates = mean_dates(number, lots(getattr(q, need), lives))
    made = dated([each * share for each, share in zip(late, shares, strict=True)], dates)
    made += at_start([(whole - each) * share for whole, each, share in zip(paid, late, shares, strict=True)])
    return in_service(made, lives, fall, number)


def _hall(q: Years) -> list[float]:
    flows = (q.hall_opened, q.hall_opened_late, q.facility_amortisation)
    return _spread_over_life(q, flows, "hall_need", "facility_life", falls=False)


def _selling_npv(q: Years) -> list[float]:
    sold = sum(worth(q.revenue, q.flow_timing, q.plan_discount_rate))
    return [each + sold for each in q.owning_npv]


COST_YEARS: dict[str, Yearly] = {
    "server_cost_per_month__as_paid": lambda q: _as_paid(q, "server", "server_life", "server_amortisation", falls=True),
    "network_cost_per_month__as_paid": lambda q: _as_paid(
        q, "network", "network_life", "network_amortisation", falls=True
    ),
    "storage_cost_per_month__as_paid": lambda q: _as_paid(
        q, "storage", "storage_life", "storage_amortisation", falls=True
    ),
    "spares_cost_per_month__as_paid": lambda q: _as_paid(q, "spares", "server_life", "setup_amortisation"),
    "setup_cost_per_month__as_paid": lambda q: _as_paid(q, "setup", "server_life", "setup_amortisation"),
    "facility_cost_per_month__as_paid": _hall,
    "selling_npv": _selling_npv,
}
