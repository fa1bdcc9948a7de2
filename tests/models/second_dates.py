"""Second computations that look at dates of all years: loans, tax, sales, leases and what servers stand at."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from second import Years, at_start, dated, down, in_service, lots, mean_dates, mean_of, moved, per_year, worth

if TYPE_CHECKING:
    from second import Lot, Yearly

    Amounts = list[float]

SOLD = ("server", "network", "storage")


def _life(q: Years, line: str) -> Amounts:
    life: Amounts = getattr(q, f"{line}_life")
    return life


def _dates(q: Years, line: str) -> Amounts:
    return mean_dates(q.number, lots(getattr(q, f"{line}_need"), _life(q, line)))


def _starts(q: Years) -> Amounts:
    return [0.0] * q.number


def _by(one: Amounts, other: Amounts) -> Amounts:
    return [each * factor for each, factor in zip(one, other, strict=True)]


def _and(*lists: Amounts) -> Amounts:
    return [sum(each) for each in zip(*lists, strict=True)]


def _less(one: Amounts, other: Amounts) -> Amounts:
    return [each - part for each, part in zip(one, other, strict=True)]


def _last(q: Years, amounts: Amounts) -> Amounts:
    return [each if left < 0.5 else 0.0 for each, left in zip(amounts, q.years_left, strict=True)]


def _stretches(made: list[Lot], life: Amounts, timing: Amounts, rates: Amounts) -> Amounts:
    """Return by year the worth of what runs over lives: each stretch in a year is a payment at a place in it."""
    number = len(rates)
    found = [0.0] * number
    for year, date, size in made:
        for each in range(year, number):
            begin, end = max(year + date, each), min(year + date + life[year], each + 1)
            if end > begin:
                when = begin - each + (end - begin) * timing[each]
                single = [size * (end - begin) if at == each else 0.0 for at in range(number)]
                found = _and(found, worth(single, [when] * number, rates))
    return found


def _loans(q: Years, share: Amounts) -> tuple[list[Lot], list[Lot]]:
    return at_start(_by(q.loan_at_start, share)), dated(_by(q.loan_late, share), q.owning_late_date)


def _service(q: Years, rates: Amounts) -> Amounts:
    begun, within = _loans(q, q.debt_payment_share)
    return _stretches(begun + within, q.debt_tenor, q.flow_timing, rates)


def _repaid(q: Years, rates: Amounts) -> Amounts:
    """Return what is repaid at once, at the mean date of those of a year, and the rest when the plan ends."""
    found = worth(q.debt_outstanding, [1.0] * q.number, rates)
    for made in _loans(q, [1.0] * q.number):
        comes = moved(made, q.debt_tenor, q.number)
        paid = worth(per_year(q.number, comes), mean_of(q.number, comes), rates)
        found = _and(found, _by(paid, q.debt_bullet_share))
    return found


def _level_principal(q: Years) -> Amounts:
    """Of a level loan (g^t - 1) / (g^T - 1) is repaid after t months of T, with g = 1 + the rate of a month."""
    found = [0.0] * q.number
    begun, within = _loans(q, [1.0] * q.number)
    for year, date, drawn in begun + within:
        tenor, growth = q.debt_tenor[year], 12 * math.log1p(q.debt_rate[year] / 12)
        for each in range(year, q.number):
            young, old = (min(max(at - year - date, 0), tenor) for at in (each, each + 1))
            repaid = math.expm1(growth * old) - math.expm1(growth * young)
            found[each] += drawn * repaid / math.expm1(growth * tenor)
    return found


def _bullet(q: Years) -> Amounts:
    begun, within = _loans(q, [1.0] * q.number)
    return _by(q.debt_bullet_share, per_year(q.number, moved(begun + within, q.debt_tenor, q.number)))


def _outstanding(q: Years) -> Amounts:
    owed = sum(q.loan_at_start) + sum(q.loan_late) - sum(q.debt_principal)
    return _last(q, [owed] * q.number)


def _capital_paid(q: Years) -> Amounts:
    dates = [min(1, moment / (late if late > 0 else 1)) for moment, late in q.rows("capital_moment", "capital_late")]
    begun = worth(_less(q.capital_spending, q.capital_late), _starts(q), q.price_fall)
    return _and(begun, worth(q.capital_late, dates, q.price_fall))


def _straight(whole: Amounts, life: Amounts) -> Amounts:
    made = at_start([each / years for each, years in zip(whole, life, strict=True)])
    return in_service(made, life, [0.0] * len(life), len(life))


def _six_shares(q: Years) -> Amounts:
    """IRS Publication 946, table A-1: six shares, from the year of purchase on."""
    shares = [getattr(q, f"tax_share_year_{at}") for at in range(1, 7)]
    spent = q.capital_paid
    return [sum(shares[age][year] * spent[year - age] for age in range(min(year, 5) + 1)) for year in range(q.number)]


def _declining(q: Years) -> Amounts:
    fall = [-math.log(1 - 2 / life) for life in q.tax_life]
    return in_service(at_start(_by(q.capital_paid, fall)), q.plan_years, fall, q.number)


def _hall_money_paid(q: Years) -> Amounts:
    begun = worth(_less(q.hall_opened, q.hall_opened_late), [-each for each in q.lead_left], q.price_fall)
    return _and(begun, worth(q.hall_opened_late, _less(_dates_of_hall(q), q.lead_left), q.price_fall))


def _dates_of_hall(q: Years) -> Amounts:
    return mean_dates(q.number, lots(q.hall_need, q.facility_life))


def _tax_book(q: Years) -> float:
    paid = sum(worth(q.owning_at_start, _starts(q), q.price_fall))
    return paid + sum(worth(q.owning_late, q.owning_late_date, q.price_fall)) - sum(q.tax_depreciation)


def _shield(q: Years) -> Amounts:
    deducted = _and(q.tax_depreciation, q.maybe("debt_interest", 0))
    return _by(q.tax_rate, worth(deducted, q.flow_timing, q.price_rise))


def _sale_tax(q: Years) -> Amounts:
    gain = _less(q.owning_left, worth(q.tax_book_value, q.left_timing, q.price_rise))
    return _last(q, _by(gain, q.tax_rate))


def _sale_begun(line: str) -> Yearly:
    def second(q: Years) -> Amounts:
        begun = _less(getattr(q, f"{line}_spending"), getattr(q, f"{line}_late"))
        return worth(_by(begun, getattr(q, f"{line}_residual_share")), _starts(q), q.price_fall)

    return second


def _sale_late(line: str) -> Yearly:
    def second(q: Years) -> Amounts:
        late = _by(getattr(q, f"{line}_late"), getattr(q, f"{line}_residual_share"))
        return worth(late, _dates(q, line), q.price_fall)

    return second


def _sales(q: Years, line: str, kind: str) -> list[Lot]:
    """Return the sales of what was bought at the start of years, or later, when their lives end."""
    amounts = getattr(q, f"{line}_sale_{kind}")
    made = at_start(amounts) if kind == "begun" else dated(amounts, _dates(q, line))
    return moved(made, _life(q, line), q.number)


def _resold(line: str, kind: str) -> Yearly:
    def second(q: Years) -> Amounts:
        sales = _sales(q, line, kind)
        brought = worth(per_year(q.number, sales), mean_of(q.number, sales), q.price_rise)
        return _by(brought, q.replaced_sold)

    return second


def _resale_late(line: str) -> Yearly:
    def second(q: Years) -> Amounts:
        found = _starts(q)
        for kind, what in (("begun", "begun"), ("late", "within")):
            dates = mean_of(q.number, _sales(q, line, kind))
            brought = getattr(q, f"{line}_resale_{what}")
            found = _and(found, [each if date > 0 else 0.0 for each, date in zip(brought, dates, strict=True)])
        return found

    return second


def _resale_moment(line: str) -> Yearly:
    def second(q: Years) -> Amounts:
        parts = (
            _by(getattr(q, f"{line}_resale_{what}"), mean_of(q.number, _sales(q, line, kind)))
            for kind, what in (("begun", "begun"), ("late", "within"))
        )
        return _and(*parts)

    return second


def _residual(line: str) -> Yearly:
    """A life reaches into the last year if a whole year of it is left at that year's start."""

    def second(q: Years) -> float:
        whole = 0.0
        for year, date in enumerate(_dates(q, line)):
            beyond = _life(q, line)[year] - q.years_left[year]
            whole += getattr(q, f"{line}_sale_begun")[year] if down(beyond) >= 1 else 0.0
            whole += getattr(q, f"{line}_sale_late")[year] if down(beyond + date) >= 1 else 0.0
        return whole

    return second


def _book_value(line: str) -> Yearly:
    def second(q: Years) -> float:
        late = getattr(q, f"{line}_late")
        begun = _by(_less(getattr(q, f"{line}_spending"), late), getattr(q, f"{line}_begun_left"))
        within = _by(late, getattr(q, f"{line}_late_left"))
        return sum(worth(begun, _starts(q), q.price_fall)) + sum(worth(within, _dates(q, line), q.price_fall))

    return second


def _hall_book_value(q: Years) -> float:
    dates, ages = _dates_of_hall(q), [left + 1 for left in q.years_left]
    begun = [
        (opened - late) * max(0, life - age) / life
        for opened, late, life, age in zip(q.hall_opened, q.hall_opened_late, q.facility_life, ages, strict=True)
    ]
    within = [
        late * max(0, life - age + date) / life
        for late, life, age, date in zip(q.hall_opened_late, q.facility_life, ages, dates, strict=True)
    ]
    return sum(worth(begun, _starts(q), q.price_fall)) + sum(worth(within, dates, q.price_fall))


def _received(*names: str, needed: tuple[str, ...] = ()) -> Yearly:
    def second(q: Years) -> Amounts:
        left = _and(*(q.maybe(name, 0) for name in names), *(getattr(q, name) for name in needed))
        return worth(_last(q, left), q.left_timing, q.price_rise)

    return second


def _kept(q: Years) -> Amounts:
    levels = [math.prod(1 / (1 + each) for each in q.price_fall[:year]) for year in range(q.number)]
    end = sum(_last(q, worth([1.0] * q.number, q.left_timing, q.price_fall)))
    return [each / (end if end > 0 else 1) for each in levels]


def _standing(q: Years) -> Amounts:
    found = [0.0] * q.number
    aged = q.maybe("hardware_age_factor", 1)
    made = at_start(_by(_less(q.server_spending, q.server_late), aged))
    for year, date, size in made + dated(q.server_late, _dates(q, "server")):
        for each in range(q.number):
            age = each - year - date
            if -1e-9 < age < q.server_life[year] - 1e-9:
                found[each] += size * math.exp(-12 * q.hardware_depreciation_rate[year] * age)
    return found


def _age_factor(q: Years) -> Amounts:
    ten, decay, age = q.order_of_magnitude[0], q.hardware_price_decay[0], q.hardware_age[0]
    return [ten ** (-decay * age), *[1.0] * (q.number - 1)]


def _support(q: Years) -> Amounts:
    """What of a year contracts run, at the prices of the plan."""
    made = at_start(q.support_begun) + dated(q.support_late, _dates(q, "server"))
    return _stretches(made, q.server_life, q.flow_timing, q.price_rise)


def _support_of(q: Years, bought: Amounts, dates: Amounts) -> Amounts:
    return [each / 12 for each in worth(_by(bought, q.support_rate), dates, q.price_fall)]


def _leased(q: Years) -> Amounts:
    """Follow the dates at which terms begin and end: what is held is needed or bound; the rest is paid last."""
    terms = [months / 12 for months in q.rent_minimum_term]
    ends = sorted({year + term for year, term in enumerate(terms)} | {float(year) for year in range(q.number + 1)})
    bound: list[tuple[float, float]] = []
    found, held = [0.0] * q.number, 0.0
    for begin, end in itertools.pairwise(ends):
        if begin >= q.number:
            break
        year = int(begin)
        if begin == year and q.gpus[year] > held:
            bound.append((q.gpus[year] - held, year + terms[year]))
        held = max(q.gpus[year], sum(size for size, until in bound if until > begin + 1e-9))
        found[year] += held * (end - begin)
    found[-1] += sum(size * max(0.0, until - q.number) for size, until in bound)
    return found


def _within(decay: str, line: str) -> Yearly:
    def second(q: Years) -> Amounts:
        rows = zip(q.order_of_magnitude, getattr(q, decay), _dates(q, line), strict=True)
        return [ten ** (-fall * date) for ten, fall, date in rows]

    return second


def _of_late(line: str, life: str, capex: str, factor: str, within: str, *, optional: bool) -> Yearly:
    """Return what late purchases cost: each thing its part of the whole, at the price of its date."""

    def second(q: Years) -> Amounts:
        made = [each for each in lots(getattr(q, f"{line}_need"), getattr(q, life)) if each[1] > 0]
        parts = [
            whole / (need if need > 0 else 1)
            for whole, need in zip(getattr(q, capex), getattr(q, f"{line}_need"), strict=True)
        ]
        prices = (q.maybe(factor, 1), q.maybe(within, 1)) if optional else (getattr(q, factor), getattr(q, within))
        return _by(_by(_by(per_year(q.number, made), parts), prices[0]), prices[1])

    return second


def _of_all(line: str, life: str, factor: str, *, optional: bool) -> Yearly:
    def second(q: Years) -> Amounts:
        made = [each for each in lots(getattr(q, f"{line}_need"), getattr(q, life)) if each[1] == 0]
        parts = [
            whole / (need if need > 0 else 1)
            for whole, need in zip(getattr(q, f"{line}_capex"), getattr(q, f"{line}_need"), strict=True)
        ]
        price = q.maybe(factor, 1) if optional else getattr(q, factor)
        return _and(_by(_by(per_year(q.number, made), parts), price), getattr(q, f"{line}_late"))

    return second


def _before_purchase(q: Years) -> float:
    rows = q.rows("owning_at_start", "owning_late", "owning_late_date")
    firsts = (year + (0.0 if begun > 0 else date) for year, (begun, late, date) in enumerate(rows) if begun + late > 0)
    return next(firsts, 0.0)


def _begun_worth(q: Years, begun: Amounts, part: Amounts) -> float:
    return sum(worth(_by(begun, part), _starts(q), q.plan_discount_rate))


def _sold(q: Years) -> Amounts:
    return _and(_less(q.owning_resale, q.owning_resale_late), q.owning_resale_worth)


DATES: dict[str, Yearly] = {
    "money_kept": _kept,
    "hardware_age_factor__as_paid": _age_factor,
    "server_value__as_paid": _standing,
    "support_begun": lambda q: _support_of(q, _less(q.server_spending, q.server_late), _starts(q)),
    "support_late": lambda q: _support_of(q, q.server_late, _dates(q, "server")),
    "support_cost_per_month__as_paid": _support,
    "gpus_rented__minimum": _leased,
    # what is bought later, and at what price
    "refresh_price_within__falling": lambda q: [
        math.exp(-12 * rate * date)
        for rate, date in zip(q.hardware_depreciation_rate, _dates(q, "server"), strict=True)
    ],
    "network_price_within": _within("network_price_decay", "network"),
    "storage_price_within": _within("storage_price_decay", "storage"),
    "server_late__bought": _of_late(
        "server", "server_life", "server_capex", "refresh_price_factor", "refresh_price_within", optional=False
    ),
    "spares_late__bought": _of_late(
        "spares", "server_life", "spares_capex", "refresh_price_factor", "refresh_price_within", optional=False
    ),
    "spares_spending__bought": _of_all("spares", "server_life", "refresh_price_factor", optional=False),
    **{
        f"{line}_late__bought": _of_late(
            line, f"{line}_life", f"{line}_capex", f"{line}_price_factor", f"{line}_price_within", optional=True
        )
        for line in ("network", "storage")
    },
    **{
        f"{line}_spending__bought": _of_all(line, f"{line}_life", f"{line}_price_factor", optional=True)
        for line in ("network", "storage")
    },
    # what is left and sold
    **{f"{line}_sale_begun": _sale_begun(line) for line in SOLD},
    **{f"{line}_sale_late": _sale_late(line) for line in SOLD},
    **{f"{line}_resale_begun": _resold(line, "begun") for line in SOLD},
    **{f"{line}_resale_within": _resold(line, "late") for line in SOLD},
    **{f"{line}_resale_late": _resale_late(line) for line in SOLD},
    **{f"{line}_resale_moment": _resale_moment(line) for line in SOLD},
    "server_residual_value__as_paid": _residual("server"),
    "network_residual_value": _residual("network"),
    "storage_residual_value": _residual("storage"),
    "server_book_value__bought": _book_value("server"),
    "network_book_value__bought": _book_value("network"),
    "hall_book_value__built": _hall_book_value,
    "residual_received__residual_share": _received(needed=("residual_value",)),
    "residual_received__book_value": _received(
        "network_book_value", needed=("server_book_value", "hosting_book_value")
    ),
    # worth
    "bought_present": lambda q: _begun_worth(q, _and(q.owning_at_start, q.owning_late_worth), [1.0] * q.number),
    "resale_present": lambda q: _begun_worth(q, _sold(q), [1.0] * q.number),
    "resale_tax_present": lambda q: _begun_worth(q, _sold(q), q.tax_rate),
    "years_before_purchase": _before_purchase,
    # loans
    "loan_at_start": lambda q: worth(q.debt_drawn_at_start, _starts(q), q.price_fall),
    "loan_late": lambda q: worth(q.debt_drawn_late, q.owning_late_date, q.price_fall),
    "debt_service": lambda q: in_service(
        [*_loans(q, q.debt_payment_share)[0], *_loans(q, q.debt_payment_share)[1]], q.debt_tenor, _starts(q), q.number
    ),
    "debt_bullet": _bullet,
    "debt_principal__level": _level_principal,
    "debt_outstanding": _outstanding,
    "debt_service_at_prices": lambda q: _service(q, q.price_rise),
    "debt_service_present": lambda q: sum(_service(q, q.money_rate)),
    "debt_repaid_at_prices": lambda q: _repaid(q, q.price_rise),
    "debt_repaid_present": lambda q: sum(_repaid(q, q.money_rate)),
    # taxes
    "capital_paid": _capital_paid,
    "hardware_tax_depreciation__macrs_5": _six_shares,
    "hardware_tax_depreciation__straight_line": lambda q: _straight(q.capital_paid, q.tax_life),
    "hardware_tax_depreciation__declining_balance": _declining,
    "hall_money_paid": _hall_money_paid,
    "hall_written_off__built": lambda q: _straight(q.hall_money_paid, q.facility_life),
    "tax_book_value": _tax_book,
    "tax_shield": _shield,
    "sale_tax": _sale_tax,
}
