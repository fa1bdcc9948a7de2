"""Second computations that look at all years of a plan: purchases with their dates, and flows at present value."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from scipy.optimize import brentq
from second import (
    Years,
    at_start,
    dated,
    down,
    factors,
    lots,
    mean_dates,
    mean_of,
    per_year,
    spread,
    worth,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from second import Lot, Yearly

    Amounts = list[float]

LIVES = {"server": "server", "network": "network", "storage": "storage", "spares": "server", "setup": "server"}
# Rates of return are looked for between these discount factors of a year.
_LEAST, _MOST = 1e-4, 1e6


def _minus(one: Amounts, other: Amounts) -> Amounts:
    return [each - less for each, less in zip(one, other, strict=True)]


def _times(one: Amounts, other: Amounts) -> Amounts:
    return [each * by for each, by in zip(one, other, strict=True)]


def _plus(*lists: Amounts) -> Amounts:
    return [sum(each) for each in zip(*lists, strict=True)]


# ---------------------------------------------------------------- what is bought when


def _made(q: Years, line: str) -> list[Lot]:
    return lots(getattr(q, f"{line}_need"), getattr(q, f"{LIVES.get(line, 'facility')}_life"))


def _life(q: Years, line: str) -> Amounts:
    life: Amounts = getattr(q, f"{LIVES.get(line, 'facility')}_life")
    return life


def _dates(q: Years, line: str) -> Amounts:
    return mean_dates(q.number, _made(q, line))


def _spent(q: Years, line: str, whole: Amounts, factor: Amounts | None = None) -> Amounts:
    """Each thing that is needed costs its part of the whole."""
    need = getattr(q, f"{line}_need")
    each = [cost / (wanted if wanted > 0 else 1) for cost, wanted in zip(whole, need, strict=True)]
    spent = _times(per_year(q.number, _made(q, line)), each)
    return _times(spent, factor) if factor else spent


def _late(q: Years, line: str, spent: Amounts) -> Amounts:
    made = _made(q, line)
    whole = per_year(q.number, made)
    late = per_year(q.number, [each for each in made if each[1] > 0])
    return [cost * part / (all_ if all_ > 0 else 1) for cost, part, all_ in zip(spent, late, whole, strict=True)]


def _late_of(line: str) -> Yearly:
    return lambda q: _late(q, line, getattr(q, f"{line}_spending"))


def _moment_of(line: str) -> Yearly:
    return lambda q: _times(getattr(q, f"{line}_late"), _dates(q, line))


def _falling(decay: str) -> Yearly:
    return lambda q: factors([ten**-rate for ten, rate in q.rows("order_of_magnitude", decay)])


def _short(q: Years) -> float:
    leads = zip(q.hall_opened, q.construction_lead, strict=True)
    return sum(max(lead - year, 0) for year, (opened, lead) in enumerate(leads) if opened > 0)


def _lead(q: Years) -> Amounts:
    return q.maybe("construction_lead", 0)


def _begun_hall(q: Years) -> list[Lot]:
    return at_start(_minus(q.hall_opened, q.hall_opened_late))


def _late_hall(q: Years) -> list[Lot]:
    return dated(q.hall_opened_late, _dates(q, "hall"))


def _hall_ahead(q: Years) -> Amounts:
    paid = per_year(q.number, spread(_begun_hall(q), _lead(q), [0.0] * q.number))
    return [each if lead > 0 else 0.0 for each, lead in zip(paid, _lead(q), strict=True)]


def _hall_moment(q: Years) -> Amounts:
    dates = mean_of(q.number, spread(_begun_hall(q), _lead(q), q.flow_timing))
    late = spread(_late_hall(q), _lead(q), q.flow_timing)
    return _plus(_times(q.hall_ahead, dates), per_year(q.number, [(year, at, size * at) for year, at, size in late]))


# ---------------------------------------------------------------- what is left, and what is sold


def _paid_in_service(line: str) -> Yearly:
    """A life reaches into the last year if a whole year of it is left at that year's start."""

    def second(q: Years) -> Amounts:
        paid, late, life = getattr(q, f"{line}_spending"), getattr(q, f"{line}_late"), _life(q, line)
        found = []
        for year, date in enumerate(_dates(q, line)):
            beyond = life[year] - q.years_left[year]
            early = paid[year] - late[year] if down(beyond) >= 1 else 0.0
            found.append(early + (late[year] if down(beyond + date) >= 1 else 0.0))
        return found

    return second


def _late_left(line: str) -> Yearly:
    def second(q: Years) -> Amounts:
        found = []
        residual = q.maybe(f"{line}_residual_share", 0)
        for year, (life, date) in enumerate(zip(_life(q, line), _dates(q, line), strict=True)):
            age = q.years_left[year] + 1 - date
            serves_at_end = down(life - age + 1) >= 1
            found.append(1 - (1 - residual[year]) * age / life if serves_at_end else 0.0)
        return found

    return second


# ---------------------------------------------------------------- flows and their worth


def _present(q: Years, amounts: Amounts, dates: Amounts) -> float:
    return sum(worth(amounts, dates, q.plan_discount_rate))


def _starting(q: Years, amounts: Amounts) -> float:
    return _present(q, amounts, [0.0] * q.number)


def _yearly(monthly: Amounts) -> Amounts:
    return [12 * each for each in monthly]


def _saved(q: Years) -> Amounts:
    return [12 * max(rent - cost, rent / 128) for rent, cost in q.rows("rent_of_use_per_month", "owning_cost_of_use")]


def _owning_npv(q: Years) -> Amounts:
    run = _present(q, q.owning_running, q.flow_timing)
    return [
        left + sold - bought - run for left, sold, bought in q.rows("left_present", "resale_present", "bought_present")
    ]


def _after_tax(q: Years) -> Amounts:
    on_left = _present(q, q.sale_tax, q.left_timing)
    rows = q.rows("owning_npv", "tax_saved_present", "resale_tax_present")
    return [npv + saved - sold - on_left for npv, saved, sold in rows]


def _changes(amounts: Amounts) -> int:
    signs = [each > 0 for each in amounts if each]
    return sum(one != other for one, other in itertools.pairwise(signs))


def _rate(flows: list[tuple[float, float]], years: int) -> float | None:
    """Return the rate at which dated flows are worth nothing, if their signs change once and one rate alone does it."""
    by_year = [0.0] * years
    by_date: dict[float, float] = {}
    for at, (when, amount) in enumerate(flows):
        by_year[at % years] += amount
        by_date[round(when, 6)] = by_date.get(round(when, 6), 0) + amount

    def value(log: float) -> float:
        return math.fsum(amount * math.exp(log * when) for when, amount in flows)

    low, high = math.log(_LEAST), math.log(_MOST)
    seen = [value(low + (high - low) * at / 59) for at in range(60)]
    if 1 not in {_changes(by_year), _changes([by_date[each] for each in sorted(by_date)])} or _changes(seen) != 1:
        return None
    return math.expm1(-float(brentq(value, low, high, xtol=1e-15, rtol=1e-14)))


def _internal_rate(q: Years, through: str) -> float | None:
    flows = [(float(year), each) for year, each in enumerate(q.owning_begun)]
    flows += [(year + at, -each) for year, (each, at) in enumerate(q.rows("owning_late", "owning_late_date"))]
    flows += [(year + at, each) for year, (each, at) in enumerate(q.rows("owning_resale_late", "owning_resale_date"))]
    flows += [(year + at, each) for year, (each, at) in enumerate(q.rows(through, "flow_timing"))]
    flows += [(year + 1.0, each) for year, each in enumerate(q.owning_ended)]
    return _rate(flows, q.number)


def _paid_back(q: Years) -> float | None:
    """Draw the sum of all flows as a line with jumps; look from its end for the last time at which it is below 0."""
    line = [(0.0, 0.0)]
    for year in range(q.number):
        jumps = [
            (float(year), q.owning_at_once[year]),
            (year + q.owning_late_date[year], -q.owning_late[year]),
            (year + q.owning_resale_date[year], q.owning_resale_late[year]),
            (year + 1.0, q.owning_left[year]),
        ]
        for when in sorted({when for when, _ in jumps}):
            before = line[-1][1] + q.running_saved[year] * (when - line[-1][0])
            line += [(when, before), (when, before + sum(jump for at, jump in jumps if at == when))]
    if line[-1][1] < 0:
        return None
    rows = enumerate(q.rows("owning_at_once", "owning_late", "owning_late_date"))
    spent = [year + (0.0 if begun else at) for year, (begun, late, at) in rows if begun or late]
    for (begin, low), (end, high) in zip(line[-2::-1], line[:0:-1], strict=True):
        if high < 0:
            return max(0.0, end - spent[0])
        if low < 0:
            return max(0.0, begin + (end - begin) * low / (low - high) - spent[0])
    return 0.0


def _paid_back_at_starts(q: Years) -> Amounts | None:
    sums = [sum(q.owning_against_renting_cash_flow[: year + 1]) for year in range(q.number)]
    below = [year for year, each in enumerate(sums) if each < 0]
    if not below:
        return [0.0] * q.number
    last = below[-1]
    if last == q.number - 1:
        return None
    paid = last + sums[last] / (sums[last] - sums[last + 1])
    return [max(0, paid - before) for before in q.years_before_purchase]


def _of_plan(q: Years) -> Amounts | None:
    if sum(q.gpus_paid_by_use) == 0:
        return None
    rows = q.rows("owning_present_at_rest", "rent_throughout_present", "use_saved_present")
    return [(rest - rent) / saved for rest, rent, saved in rows]


def _at_rest(q: Years) -> Amounts:
    now = _present(q, _yearly(q.power_use_cost_now), q.flow_timing)
    return [-each - now for each in q.owning_npv]


def _nothing(_: Years) -> float:
    return 0.0


def _for_lines(*lines: str, of: Callable[[str], Yearly], called: str) -> dict[str, Yearly]:
    return {called.format(line): of(line) for line in lines}


YEARS: dict[str, Yearly] = {
    "plan_years": lambda q: float(q.number),
    "years_left": lambda q: [float(q.number - 1 - year) for year in range(q.number)],
    # purchases
    "hardware_price_factor": _falling("hardware_price_decay"),
    "network_price_factor": _falling("network_price_decay"),
    "storage_price_factor": _falling("storage_price_decay"),
    "server_purchases": lambda q: per_year(q.number, lots(q.servers, q.server_life)),
    "server_order__bought": lambda q: _spent(q, "server", q.server_capex),
    "setup_spending__bought": lambda q: _spent(q, "setup", q.setup_cost),
    "setup_late__bought": _late_of("setup"),
    **_for_lines(*LIVES, of=_moment_of, called="{}_moment__bought"),
    # the hall
    "hall_opened__built": lambda q: _spent(q, "hall", q.facility_capex),
    "hall_opened_late": lambda q: _late(q, "hall", q.hall_opened),
    "construction_short": _short,
    "hall_ahead": _hall_ahead,
    "hall_ahead_late": lambda q: per_year(q.number, spread(_late_hall(q), _lead(q), [0.0] * q.number)),
    "hall_moment__built": _hall_moment,
    # what is left and sold
    **_for_lines("server", "network", "storage", of=_paid_in_service, called="{}_paid_in_service"),
    **_for_lines("server", "network", of=_late_left, called="{}_late_left"),
    "server_book_value__by_month": _nothing,
    "network_book_value__by_month": _nothing,
    "site_book_value__colocation": _nothing,
    "hall_book_value__by_month": _nothing,
    "hosting_book_value__by_month": _nothing,
    # worth
    "left_present": lambda q: _present(q, q.owning_left, q.left_timing),
    "owning_npv": _owning_npv,
    "renting_npv": lambda q: _present(q, q.renting_cash_flow, q.flow_timing),
    "gpu_hours_present": lambda q: _present(q, _yearly(q.gpu_hours_per_month), q.flow_timing),
    "owning_present_at_rest": _at_rest,
    "rent_throughout_present": lambda q: _present(q, _yearly(q.rent_throughout_per_month), q.flow_timing),
    "use_saved_present": lambda q: _present(q, _saved(q), q.flow_timing),
    "breakeven_utilisation_of_plan": _of_plan,
    "owning_internal_rate": lambda q: _internal_rate(q, "running_saved"),
    "selling_internal_rate": lambda q: _internal_rate(q, "sold_running"),
    "owning_payback__middle": _paid_back,
    "owning_payback__end": _paid_back,
    "owning_payback__start": _paid_back_at_starts,
    # taxes
    "tax_saved_present": lambda q: _present(q, _plus(q.tax_shield, q.running_tax_saved), q.flow_timing),
    "owning_npv_after_tax": _after_tax,
}
