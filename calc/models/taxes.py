"""Taxes: what owning and renting are worth after tax, with depreciation for tax as shield.

Costs lower the tax of the year in which they run, purchases as they are depreciated for tax. Losses are worth their tax
at once, as beside other profit. A hall is depreciated in equal shares over its life. Depreciation and interest are in
the money of their date, also where the prices of the plan are real.
"""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import USD, Per_year, Ratio, Share, USD_per_month, Years

tax_method = Choice(
    "How hardware is depreciated for tax",
    {
        "macrs_5": "the six shares of the 5-year class with half-year convention, in the year of purchase and after",
        "straight_line": "equal shares over `tax_life` from the purchase",
        "declining_balance": "twice the equal share of what is left each year, without end",
        "at_once": "all in the year of purchase",
    },
    binds=("hardware_tax_depreciation",),
)
tax_rate = Input(Share, "Tax on profit", optional=True)
tax_life = Input(Years, "Life of hardware for tax", low=2.1, high=100, why="half of it is a share; a century")
tax_share_year_1 = Input(Share, "Share of a price depreciated for tax in the year of purchase")
tax_share_year_2 = Input(Share, "Share of a price depreciated for tax in the second year")
tax_share_year_3 = Input(Share, "Share of a price depreciated for tax in the third year")
tax_share_year_4 = Input(Share, "Share of a price depreciated for tax in the fourth year")
tax_share_year_5 = Input(Share, "Share of a price depreciated for tax in the fifth year")
tax_share_year_6 = Input(Share, "Share of a price depreciated for tax in the sixth year")


def capital_paid(capital_spending: USD, capital_late: USD, capital_moment: USD, price_fall: Ratio) -> USD:
    """What the hardware bought in a year costs, in the money of its date, of which it is depreciated for tax.

    Source: definition; the prices of the plan, raised where they are real.
    """
    date = ops.minimum(1, capital_moment / ops.where(capital_late > 0, capital_late, ops.amount(1, "USD")))
    return ops.present(capital_spending - capital_late, 0, price_fall) + ops.present(capital_late, date, price_fall)


def hardware_tax_depreciation__macrs_5(
    capital_paid: USD,
    tax_share_year_1: Share,
    tax_share_year_2: Share,
    tax_share_year_3: Share,
    tax_share_year_4: Share,
    tax_share_year_5: Share,
    tax_share_year_6: Share,
) -> USD:
    """Depreciation of hardware for tax in a year.

    Assumes: six shares of the price, from the year of purchase on.

    Source: US Internal Revenue Service, Publication 946, table A-1, 5-year property.
    """
    one = tax_share_year_1 * capital_paid + tax_share_year_2 * ops.later(capital_paid, 0, 1)
    two = tax_share_year_3 * ops.later(capital_paid, 0, 2) + tax_share_year_4 * ops.later(capital_paid, 1, 2)
    last = tax_share_year_6 * ops.later(ops.later(capital_paid, 2, 2), 0, 1)
    return one + two + tax_share_year_5 * ops.later(capital_paid, 2, 2) + last


def hardware_tax_depreciation__straight_line(capital_paid: USD, tax_life: Years) -> USD:
    """Depreciation of hardware for tax in a year.

    Assumes: equal shares over its life for tax, from the start of the year of purchase.

    Source: definition; straight-line depreciation.
    """
    life = ops.number(tax_life, "year")
    return ops.serving(capital_paid / life, 0, life, 0)


def hardware_tax_depreciation__declining_balance(capital_paid: USD, tax_life: Years, plan_years: Ratio) -> USD:
    """Depreciation of hardware for tax in a year.

    Assumes: each year twice the equal share of what is left.

    Source: definition; double declining balance.
    """
    fall = -ops.log(1 - 2 / ops.number(tax_life, "year"))
    return ops.serving(capital_paid * fall, 0, plan_years, fall)


def hardware_tax_depreciation__at_once(capital_paid: USD) -> USD:
    """Depreciation of hardware for tax in a year.

    Assumes: all in the year of purchase.

    Source: US Internal Revenue Code, section 168(k), bonus depreciation of 100 %.
    """
    return capital_paid


def site_tax_depreciation__own_hall(hall_written_off: USD) -> USD:
    """Depreciation of a hall for tax in a year.

    Assumes: a hall of one's own.

    Source: definition.
    """
    return hall_written_off


def hall_money_paid(
    hall_opened: USD, hall_opened_late: USD, hall_need: Ratio, facility_life: Years, lead_left: Ratio, price_fall: Ratio
) -> USD:
    """What the part of the hall that opens in a year costs, in the money in which it was paid.

    Source: definition; the prices of the plan, raised where they are real.
    """
    late = ops.cohort_date(hall_need, ops.number(facility_life, "year")) - lead_left
    begun = ops.present(hall_opened - hall_opened_late, -lead_left, price_fall)
    return begun + ops.present(hall_opened_late, late, price_fall)


def lead_left(construction_lead: Years, flow_timing: Ratio) -> Ratio:
    """Years before its opening at which a hall is paid on the mean: half of construction_lead, by `flows_count`.

    Source: definition.
    """
    return ops.number(ops.if_included(construction_lead, 0), "year") * ops.maximum(0, 1 - flow_timing)


def hall_written_off__built(hall_money_paid: USD, facility_life: Years) -> USD:
    """Depreciation of a hall of one's own for tax in a year.

    Assumes: equal shares over its life, from the start of the year in which it opens.

    Source: definition; straight-line depreciation of what was paid.
    """
    life = ops.number(facility_life, "year")
    return ops.serving(hall_money_paid / life, 0, life, 0)


def hall_written_off__by_month(facility_cost_per_month: USD_per_month) -> USD:
    """Depreciation of a hall of one's own for tax in a year.

    Assumes: nothing is bought, of what is rented by the month.

    Source: definition.
    """
    return 0 * facility_cost_per_month * ops.amount(1, "month")


def site_tax_depreciation__colocation(capital_spending: USD) -> USD:
    """Depreciation of a hall for tax in a year.

    Assumes: none, of a rented hall.

    Source: definition.
    """
    return 0 * capital_spending


def hall_tax_depreciation__by_site(site_tax_depreciation: USD) -> USD:
    """Depreciation for tax, in a year, of what was built for hosting.

    Assumes: as the site has it.

    Source: definition.
    """
    return site_tax_depreciation


def hall_tax_depreciation__by_month(capital_spending: USD) -> USD:
    """Depreciation for tax, in a year, of what was built for hosting.

    Assumes: none, the cost of a month is given.

    Source: definition.
    """
    return 0 * capital_spending


def tax_depreciation(hardware_tax_depreciation: USD, hall_tax_depreciation: USD, contingency_share: Share) -> USD:
    """Depreciation for tax in a year, with that of the contingency where it is included, in the money of what was paid.

    Source: definition; of historical cost.
    """
    return (hardware_tax_depreciation + hall_tax_depreciation) * (1 + ops.if_included(contingency_share, 0))


def tax_shield(
    tax_depreciation: USD, debt_interest: USD, tax_rate: Share, flow_timing: Ratio, price_rise: Per_year
) -> USD:
    """Tax that depreciation, and interest where loans are included, save in a year, at the prices of the plan.

    Source: definition.
    """
    deducted = tax_depreciation + ops.if_included(debt_interest, 0)
    return ops.present(deducted, flow_timing, ops.number(price_rise, "1/year")) * tax_rate


def tax_book_value(
    owning_at_start: USD, owning_late: USD, owning_late_date: Ratio, tax_depreciation: USD, price_fall: Ratio
) -> USD:
    """What depreciation for tax has left at the end of the plan, in the money of what was paid.

    Source: definition.
    """
    paid = ops.present(owning_at_start, 0, price_fall) + ops.present(owning_late, owning_late_date, price_fall)
    return ops.total(paid - tax_depreciation)


def sale_tax(
    owning_left: USD,
    tax_book_value: USD,
    years_left: Ratio,
    tax_rate: Share,
    left_timing: Ratio,
    price_rise: Per_year,
) -> USD:
    """Tax on what is left at the end of the plan beyond its value for tax; below 0 where less is left.

    Source: definition; gain or loss on disposal, at the prices of the plan.
    """
    book = ops.present(tax_book_value, left_timing, ops.number(price_rise, "1/year"))
    return (owning_left - book) * tax_rate * ops.where(2 * years_left < 1, 1, 0)


def resale_tax(owning_resale: USD, tax_rate: Share) -> USD:
    """Tax on what is sold within the plan; its depreciation for tax runs on, or counts at the end of the plan.

    Source: definition; gain on disposal.
    """
    return owning_resale * tax_rate


def running_tax_saved(owning_running: USD, tax_rate: Share) -> USD:
    """Tax that what runs through a year saves.

    Source: definition.
    """
    return owning_running * tax_rate


def owning_tax(tax_shield: USD, running_tax_saved: USD, resale_tax: USD, sale_tax: USD) -> USD:
    """Tax that owning causes in a year; below 0 what it saves.

    Source: definition.
    """
    return sale_tax + resale_tax - tax_shield - running_tax_saved


def tax_saved_present(tax_shield: USD, running_tax_saved: USD, flow_timing: Ratio, plan_discount_rate: Per_year) -> USD:
    """Present value of the tax that depreciation, interest and what runs through the years save.

    Source: definition; taxes are paid when what they are on counts.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    return ops.total(ops.present(tax_shield + running_tax_saved, flow_timing, rate))


def resale_tax_present(
    owning_resale: USD,
    owning_resale_late: USD,
    owning_resale_worth: USD,
    tax_rate: Share,
    plan_discount_rate: Per_year,
) -> USD:
    """Present value of the tax on what is sold within the plan.

    Source: definition; taxes are paid when what they are on counts.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    sold = owning_resale - owning_resale_late + owning_resale_worth
    return ops.total(ops.present(sold * tax_rate, 0, rate))


def owning_npv_after_tax(
    owning_npv: USD,
    tax_saved_present: USD,
    resale_tax_present: USD,
    sale_tax: USD,
    left_timing: Ratio,
    plan_discount_rate: Per_year,
) -> USD:
    """Net present value of owning after tax, at the discount rate as it is given.

    Source: definition; taxes are paid when what they are on counts.
    """
    on_left = ops.total(ops.present(sale_tax, left_timing, ops.number(plan_discount_rate, "1/year")))
    return owning_npv + tax_saved_present - resale_tax_present - on_left


def renting_npv_after_tax(renting_npv: USD, tax_rate: Share) -> USD:
    """Net present value of renting after tax: rent saves its tax when it is paid.

    Source: definition.
    """
    return renting_npv * (1 - tax_rate)


def owning_against_renting_npv_after_tax(owning_npv_after_tax: USD, renting_npv_after_tax: USD) -> USD:
    """Net present value of owning beyond that of renting, after tax.

    Source: definition.
    """
    return owning_npv_after_tax - renting_npv_after_tax


def renting_against_owning_npv_after_tax(owning_npv_after_tax: USD, renting_npv_after_tax: USD) -> USD:
    """Net present value of renting beyond that of owning, after tax.

    Source: definition.
    """
    return renting_npv_after_tax - owning_npv_after_tax
