"""Financing: a part of what is bought and built is lent, and repaid over the years of the plan.

What is still owed is repaid at the end of the plan. Loans are drawn at the dates of the purchases.
A contract fixes them: what is owed and paid is in the money of its date, also where the prices of the plan are real.
"""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import USD, Per_year, Ratio, Share, Years

debt_repayment = Choice(
    "How loans are repaid",
    {"level": "level payments each month over the tenor", "interest_only": "interest alone, and the whole at the end"},
    binds=("debt_payment_share", "debt_bullet_share", "debt_principal"),
)
debt_share = Input(Share, "Part of what is bought and built that is lent", optional=True)
debt_rate = Input(
    Per_year, "Yearly interest on loans, paid by the month", low=1e-6, high=1,
    why="a loan bears interest; `8` where `8 %` was meant",
)  # fmt: skip
debt_tenor = Input(Years, "Time over which loans run", low=0.1, high=100, why="five weeks; a century")


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


def loan_at_start(debt_drawn_at_start: USD, price_fall: Ratio) -> USD:
    """What is lent at the start of a year, in the money of its date.

    Source: definition; the prices of the plan, raised where they are real.
    """
    return ops.present(debt_drawn_at_start, 0, price_fall)


def loan_late(debt_drawn_late: USD, owning_late_date: Ratio, price_fall: Ratio) -> USD:
    """What is lent after the start of a year, in the money of its date.

    Source: definition; the prices of the plan, raised where they are real.
    """
    return ops.present(debt_drawn_late, owning_late_date, price_fall)


def debt_payment_share__level(debt_rate: Per_year, debt_tenor: Years) -> Ratio:
    """What is paid through a year on loans, over what was lent.

    Assumes: level payments each month over the tenor, at a twelfth of the yearly rate.

    Source: definition; level payment of a loan.
    """
    a_month = ops.annuity(ops.number(debt_rate, "1/month"), ops.number(debt_tenor, "month"))
    return ops.number(ops.amount(a_month, "1/month"), "1/year")


def debt_payment_share__interest_only(debt_rate: Per_year) -> Ratio:
    """What is paid through a year on loans, over what was lent.

    Assumes: interest alone; the whole is repaid at the end of the tenor.

    Source: definition; interest-only loan.
    """
    return ops.number(debt_rate, "1/year")


def debt_bullet_share__level(debt_tenor: Years) -> Ratio:
    """What is repaid at once when the tenor ends, over what was lent.

    Assumes: nothing; level payments run through the years.

    Source: definition.
    """
    return 0 * ops.number(debt_tenor, "year")


def debt_bullet_share__interest_only(debt_tenor: Years) -> Ratio:
    """What is repaid at once when the tenor ends, over what was lent.

    Assumes: the whole.

    Source: definition; interest-only loan.
    """
    return debt_tenor / debt_tenor


def debt_service(
    loan_at_start: USD, loan_late: USD, owning_late_date: Ratio, debt_payment_share: Ratio, debt_tenor: Years
) -> USD:
    """Interest of a year, and what is repaid through it, in the money of that year.

    Source: definition.
    """
    tenor = ops.number(debt_tenor, "year")
    early = ops.serving(loan_at_start * debt_payment_share, 0, tenor, 0)
    return early + ops.serving(loan_late * debt_payment_share, owning_late_date, tenor, 0)


def debt_bullet(
    loan_at_start: USD, loan_late: USD, owning_late_date: Ratio, debt_bullet_share: Ratio, debt_tenor: Years
) -> USD:
    """What is repaid of loans in a year at once, beside the payments that run through it, in the money of that year.

    Source: definition; as far as the tenor ends in the plan.
    """
    tenor = ops.number(debt_tenor, "year")
    repaid = ops.later(loan_at_start, 0, tenor) + ops.later(loan_late, owning_late_date, tenor)
    return repaid * debt_bullet_share


def debt_principal__level(
    loan_at_start: USD, loan_late: USD, owning_late_date: Ratio, debt_rate: Per_year, debt_tenor: Years
) -> USD:
    """What is repaid of loans in a year, in the money of that year.

    Assumes: what level payments leave beyond interest, which grows from month to month by the interest saved.

    Source: definition; principal in a level payment.
    """
    tenor = ops.number(debt_tenor, "year")
    month = ops.number(debt_rate, "1/month")
    growth = ops.log(1 + month) * ops.number(debt_tenor, "month") / tenor
    first = growth / (ops.exp(growth * tenor) - 1)
    early = ops.serving(loan_at_start * first, 0, tenor, -growth)
    return early + ops.serving(loan_late * first, owning_late_date, tenor, -growth)


def debt_principal__interest_only(debt_bullet: USD) -> USD:
    """What is repaid of loans in a year, in the money of that year.

    Assumes: the whole at the end of the tenor, as far as that is in the plan.

    Source: definition; interest-only loan.
    """
    return debt_bullet


def debt_outstanding(loan_at_start: USD, loan_late: USD, debt_principal: USD, years_left: Ratio) -> USD:
    """What is still owed at the end of the plan, repaid then, in the money of that year.

    Source: definition.
    """
    return ops.total(loan_at_start + loan_late - debt_principal) * ops.where(2 * years_left < 1, 1, 0)


def debt_interest(debt_service: USD, debt_bullet: USD, debt_principal: USD) -> USD:
    """Interest of a year on what is owed, in the money of that year.

    Source: definition; what is paid beyond what is repaid.
    """
    return debt_service + debt_bullet - debt_principal


def debt_service_at_prices(
    loan_at_start: USD,
    loan_late: USD,
    owning_late_date: Ratio,
    debt_payment_share: Ratio,
    debt_tenor: Years,
    flow_timing: Ratio,
    price_rise: Per_year,
) -> USD:
    """What is paid through a year on loans, at the prices of the plan.

    Source: definition; payments of a part of a year count at its start, middle or end, as `flows_count` says.
    """
    tenor = ops.number(debt_tenor, "year")
    rise = ops.number(price_rise, "1/year")
    early = ops.serving_present(loan_at_start * debt_payment_share, 0, tenor, flow_timing, rise)
    return early + ops.serving_present(loan_late * debt_payment_share, owning_late_date, tenor, flow_timing, rise)


def debt_service_present(
    loan_at_start: USD,
    loan_late: USD,
    owning_late_date: Ratio,
    debt_payment_share: Ratio,
    debt_tenor: Years,
    flow_timing: Ratio,
    money_rate: Ratio,
) -> USD:
    """Present value of what is paid through the years on loans.

    Source: definition; payments of a part of a year count at its start, middle or end, as `flows_count` says.
    """
    tenor = ops.number(debt_tenor, "year")
    early = ops.serving_present(loan_at_start * debt_payment_share, 0, tenor, flow_timing, money_rate)
    late = ops.serving_present(loan_late * debt_payment_share, owning_late_date, tenor, flow_timing, money_rate)
    return ops.total(early + late)


def debt_repaid_at_prices(
    loan_at_start: USD,
    loan_late: USD,
    owning_late_date: Ratio,
    debt_bullet_share: Ratio,
    debt_tenor: Years,
    debt_outstanding: USD,
    price_rise: Per_year,
) -> USD:
    """What is repaid of loans at once in a year, when a tenor or the plan ends, at the prices of the plan.

    Source: definition.
    """
    tenor = ops.number(debt_tenor, "year")
    rise = ops.number(price_rise, "1/year")
    early = ops.present(ops.later(loan_at_start, 0, tenor), ops.later_date(loan_at_start, 0, tenor), rise)
    date = ops.later_date(loan_late, owning_late_date, tenor)
    late = ops.present(ops.later(loan_late, owning_late_date, tenor), date, rise)
    return (early + late) * debt_bullet_share + ops.present(debt_outstanding, 1, rise)


def debt_repaid_present(
    loan_at_start: USD,
    loan_late: USD,
    owning_late_date: Ratio,
    debt_bullet_share: Ratio,
    debt_tenor: Years,
    debt_outstanding: USD,
    money_rate: Ratio,
) -> USD:
    """Present value of what is repaid of loans at once, when a tenor or the plan ends.

    Source: definition; each flow is discounted from its date.
    """
    tenor = ops.number(debt_tenor, "year")
    early = ops.present(ops.later(loan_at_start, 0, tenor), ops.later_date(loan_at_start, 0, tenor), money_rate)
    date = ops.later_date(loan_late, owning_late_date, tenor)
    late = ops.present(ops.later(loan_late, owning_late_date, tenor), date, money_rate)
    return ops.total((early + late) * debt_bullet_share + ops.present(debt_outstanding, 1, money_rate))


def debt_cash_flow(debt_drawn: USD, debt_service_at_prices: USD, debt_repaid_at_prices: USD) -> USD:
    """Money that loans bring in a year, at the prices of the plan; what goes out is negative.

    Source: definition.
    """
    return debt_drawn - debt_service_at_prices - debt_repaid_at_prices


def debt_drawn_present(bought_present: USD, debt_share: Share) -> USD:
    """Present value of what is lent.

    Source: definition; each flow is discounted from its date.
    """
    return bought_present * debt_share


def debt_npv(debt_drawn_present: USD, debt_service_present: USD, debt_repaid_present: USD) -> USD:
    """Net present value of loans: 0 where they cost the discount rate, above 0 where they are cheaper.

    Source: definition; each flow is discounted from its date.
    """
    return debt_drawn_present - debt_service_present - debt_repaid_present


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
