"""Financing: a part of what is bought and built is lent, and repaid over the years of the plan.

What is still owed is repaid at the end of the plan. Loans are drawn at the dates of the purchases.
"""

from calc import ops
from calc.declarations import Check, Choice, Input
from calc.units.vocabulary import USD, Per_year, Ratio, Share, Years

debt_repayment = Choice(
    "How loans are repaid",
    {"level": "level payments each month over the tenor", "interest_only": "interest alone, and the whole at the end"},
    binds=("debt_service", "debt_principal", "debt_principal_date", "debt_bullet", "debt_interest"),
)
debt_share = Input(Share, "Part of what is bought and built that is lent", optional=True)
debt_rate = Input(
    Per_year, "Yearly interest on loans, paid by the month", low=1e-6, high=1,
    why="a loan bears interest; `8` where `8 %` was meant",
)  # fmt: skip
debt_tenor = Input(Years, "Time over which loans run", low=0.1, high=100, why="five weeks; a century")

loans_are_in_the_money_of_each_year = Check(
    "loans_among_real_prices <= 0",
    "loans are repaid in the money of each year, and real prices beside them are not modelled yet: take nominal ones",
)


def loans_among_real_prices(debt_share: Share, price_rise: Per_year) -> Ratio:
    """More than 0 where loans, whose payments a contract fixes, would be discounted without inflation.

    Source: definition.
    """
    return debt_share * ops.number(price_rise, "1/year") * ops.number(price_rise, "1/year")


def debt_drawn_at_start(owning_at_start: USD, debt_share: Share) -> USD:
    """What is lent at the start of a year.

    Source: definition.
    """
    return owning_at_start * debt_share


def debt_drawn_late(owning_late: USD, debt_share: Share) -> USD:
    """What is lent after the start of a year, at the date of what it pays for.

    Source: definition.
    """
    return owning_late * debt_share


def debt_drawn(debt_drawn_at_start: USD, debt_drawn_late: USD) -> USD:
    """What is lent in a year.

    Source: definition.
    """
    return debt_drawn_at_start + debt_drawn_late


def debt_service__level(
    debt_drawn_at_start: USD, debt_drawn_late: USD, owning_late_date: Ratio, debt_rate: Per_year, debt_tenor: Years
) -> USD:
    """Interest of a year, and what is repaid through it.

    Assumes: level payments each month over the tenor, at a twelfth of the yearly rate.

    Source: definition; level payment of a loan.
    """
    tenor = ops.number(debt_tenor, "year")
    a_month = ops.annuity(ops.number(debt_rate, "1/month"), ops.number(debt_tenor, "month"))
    paid = ops.number(ops.amount(a_month, "1/month"), "1/year")
    early = ops.serving(debt_drawn_at_start * paid, 0, tenor, 0)
    return early + ops.serving(debt_drawn_late * paid, owning_late_date, tenor, 0)


def debt_service__interest_only(
    debt_drawn_at_start: USD, debt_drawn_late: USD, owning_late_date: Ratio, debt_rate: Per_year, debt_tenor: Years
) -> USD:
    """Interest of a year, and what is repaid through it.

    Assumes: interest alone; the whole is repaid at the end of the tenor.

    Source: definition; interest-only loan.
    """
    tenor = ops.number(debt_tenor, "year")
    rate = ops.number(debt_rate, "1/year")
    early = ops.serving(debt_drawn_at_start * rate, 0, tenor, 0)
    return early + ops.serving(debt_drawn_late * rate, owning_late_date, tenor, 0)


def debt_principal__level(
    debt_drawn_at_start: USD, debt_drawn_late: USD, owning_late_date: Ratio, debt_rate: Per_year, debt_tenor: Years
) -> USD:
    """What is repaid of loans in a year.

    Assumes: what level payments leave beyond interest, which grows from month to month by the interest saved.

    Source: definition; principal in a level payment.
    """
    tenor = ops.number(debt_tenor, "year")
    month = ops.number(debt_rate, "1/month")
    growth = ops.log(1 + month) * ops.number(debt_tenor, "month") / tenor
    first = growth / (ops.exp(growth * tenor) - 1)
    early = ops.serving(debt_drawn_at_start * first, 0, tenor, -growth)
    return early + ops.serving(debt_drawn_late * first, owning_late_date, tenor, -growth)


def debt_principal__interest_only(
    debt_drawn_at_start: USD, debt_drawn_late: USD, owning_late_date: Ratio, debt_tenor: Years
) -> USD:
    """What is repaid of loans in a year.

    Assumes: the whole at the end of the tenor, as far as that is in the plan.

    Source: definition; interest-only loan.
    """
    tenor = ops.number(debt_tenor, "year")
    return ops.later(debt_drawn_at_start, 0, tenor) + ops.later(debt_drawn_late, owning_late_date, tenor)


def debt_principal_date__level(flow_timing: Ratio, debt_tenor: Years) -> Ratio:
    """When in its year what is repaid of loans counts; in the level payments it is a part of these.

    Assumes: when money counts that runs through a year.

    Source: definition.
    """
    return flow_timing + 0 * ops.number(debt_tenor, "year")


def debt_principal_date__interest_only(
    debt_drawn_at_start: USD, debt_drawn_late: USD, owning_late_date: Ratio, debt_tenor: Years
) -> Ratio:
    """When in its year what is repaid of loans counts; in the level payments it is a part of these.

    Assumes: when the tenor ends.

    Source: definition.
    """
    tenor = ops.number(debt_tenor, "year")
    early = ops.later(debt_drawn_at_start, 0, tenor)
    late = ops.later(debt_drawn_late, owning_late_date, tenor)
    moment = early * ops.later_date(debt_drawn_at_start, 0, tenor)
    moments = moment + late * ops.later_date(debt_drawn_late, owning_late_date, tenor)
    return moments / ops.where(early + late > 0, early + late, ops.amount(1, "USD"))


def debt_outstanding(debt_drawn: USD, debt_principal: USD, years_left: Ratio) -> USD:
    """What is still owed at the end of the plan, repaid then.

    Source: definition.
    """
    return ops.total(debt_drawn - debt_principal) * ops.where(2 * years_left < 1, 1, 0)


def debt_bullet__level(debt_principal: USD) -> USD:
    """What is repaid of loans in a year at once, beside the payments that run through it.

    Assumes: nothing; level payments run through the year.

    Source: definition.
    """
    return 0 * debt_principal


def debt_bullet__interest_only(debt_principal: USD) -> USD:
    """What is repaid of loans in a year at once, beside the payments that run through it.

    Assumes: the whole, when the tenor ends.

    Source: definition.
    """
    return debt_principal


def debt_interest__level(debt_service: USD, debt_principal: USD) -> USD:
    """Interest of a year on what is owed.

    Assumes: what level payments do not repay.

    Source: definition.
    """
    return debt_service - debt_principal


def debt_interest__interest_only(debt_service: USD) -> USD:
    """Interest of a year on what is owed.

    Assumes: all that is paid through the year.

    Source: definition.
    """
    return debt_service


def debt_cash_flow(debt_drawn: USD, debt_service: USD, debt_bullet: USD, debt_outstanding: USD) -> USD:
    """Money that loans bring in a year; what goes out is negative.

    Source: definition.
    """
    return debt_drawn - debt_service - debt_bullet - debt_outstanding


def debt_drawn_present(
    debt_drawn_at_start: USD, debt_drawn_late: USD, owning_late_date: Ratio, plan_discount_rate: Per_year
) -> USD:
    """Present value of what is lent.

    Source: definition; each flow is discounted from its date.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    return ops.total(ops.present(debt_drawn_at_start, 0, rate) + ops.present(debt_drawn_late, owning_late_date, rate))


def debt_npv(
    debt_drawn_present: USD,
    debt_service: USD,
    flow_timing: Ratio,
    debt_bullet: USD,
    debt_principal_date: Ratio,
    debt_outstanding: USD,
    plan_discount_rate: Per_year,
) -> USD:
    """Net present value of loans: 0 where they cost the discount rate, above 0 where they are cheaper.

    Source: definition; each flow is discounted from its date.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    paid = ops.present(debt_service, flow_timing, rate) + ops.present(debt_bullet, debt_principal_date, rate)
    return debt_drawn_present - ops.total(paid + ops.present(debt_outstanding, 1, rate))


def owning_npv_financed(owning_npv: USD, debt_npv: USD) -> USD:
    """Net present value of owning for those who put in what is not lent.

    Source: definition; flow to equity.
    """
    return owning_npv + debt_npv


def owning_cash_flow_financed(owning_cash_flow: USD, debt_cash_flow: USD) -> USD:
    """Money that owning brings in a year after what loans bring and take.

    Source: definition; flow to equity.
    """
    return owning_cash_flow + debt_cash_flow
