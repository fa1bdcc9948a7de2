"""Returns: what the dated flows of owning and renting are worth, their internal rate, payback and levelised cost."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import (
    USD,
    Gpu_hours,
    Gpu_hours_per_month,
    Gpus,
    Per_year,
    Ratio,
    Share,
    USD_per_gpu_hour,
    USD_per_month,
    Years,
)

owning_paid = Choice(
    "How owning is paid",
    {"by_line": "line by line", "by_month": "the cost of a month is given"},
    binds=(
        "owning_at_start",
        "owning_late",
        "owning_late_date",
        "owning_late_worth",
        "owning_resale",
        "owning_resale_late",
        "owning_resale_date",
        "owning_resale_worth",
        "owning_running",
        "owning_left",
    ),
    when={"by_month": ("owning_cost_per_month",)},
)
contingency_share = Input(
    Share, "Contingency on what is bought and built, as a share of its price", optional=True, label="contingency"
)


def running_spending(running_cost_per_month: USD_per_month) -> USD:
    """What power, staff, support and carbon cost in a year.

    Source: definition.
    """
    return running_cost_per_month * ops.amount(1, "year")


def hardware_rent_spending(hardware_rent: USD_per_month) -> USD:
    """What hardware that is rented by the month costs in a year.

    Source: definition.
    """
    return hardware_rent * ops.amount(1, "year")


def contingency_spending(
    capital_spending: USD, hosting_at_start: USD, hosting_late: USD, contingency_share: Share
) -> USD:
    """Contingency on what is bought and built in a year.

    Source: definition.
    """
    return (capital_spending + hosting_at_start + hosting_late) * contingency_share


def owning_at_start__by_line(
    capital_spending: USD, capital_late: USD, hosting_at_start: USD, contingency_share: Share
) -> USD:
    """What is bought and built at the start of a year.

    Label: paid at the start.

    Assumes: line by line.

    Source: definition.
    """
    return (capital_spending - capital_late + hosting_at_start) * (1 + ops.if_included(contingency_share, 0))


def owning_at_start__by_month(owning_cost_per_month: USD_per_month) -> USD:
    """What is bought and built at the start of a year.

    Assumes: nothing, the cost of a month is given.

    Source: definition.
    """
    return 0 * owning_cost_per_month * ops.amount(1, "month")


def owning_late__by_line(capital_late: USD, hosting_late: USD, contingency_share: Share) -> USD:
    """What is bought and built after the start of a year.

    Assumes: line by line.

    Source: definition.
    """
    return (capital_late + hosting_late) * (1 + ops.if_included(contingency_share, 0))


def owning_late__by_month(owning_cost_per_month: USD_per_month) -> USD:
    """What is bought and built after the start of a year.

    Assumes: nothing, the cost of a month is given.

    Source: definition.
    """
    return 0 * owning_cost_per_month * ops.amount(1, "month")


def owning_late_date__by_line(capital_late: USD, hosting_late: USD, capital_moment: USD, hosting_moment: USD) -> Ratio:
    """Mean date of what is bought and built after the start of a year, as the share of the year that has passed.

    Assumes: line by line, weighted by price.

    Source: definition.
    """
    late = capital_late + hosting_late
    return (capital_moment + hosting_moment) / ops.where(late > 0, late, ops.amount(1, "USD"))


def owning_late_date__by_month(owning_cost_per_month: USD_per_month) -> Ratio:
    """Mean date of what is bought and built after the start of a year, as the share of the year that has passed.

    Assumes: none, the cost of a month is given.

    Source: definition.
    """
    return 0 * ops.number(owning_cost_per_month, "USD/month")


def owning_late_worth__by_line(
    capital_late_worth: USD,
    hosting_late: USD,
    hosting_moment: USD,
    contingency_share: Share,
    plan_discount_rate: Per_year,
) -> USD:
    """What is bought and built after the start of a year, discounted from its dates to that start.

    Assumes: line by line.

    Source: definition; hardware and hall are discounted each from its date.
    """
    date = hosting_moment / ops.where(hosting_late > 0, hosting_late, ops.amount(1, "USD"))
    hosting = hosting_late * ops.compound(ops.number(plan_discount_rate, "1/year"), -date)
    return (capital_late_worth + hosting) * (1 + ops.if_included(contingency_share, 0))


def owning_late_worth__by_month(owning_cost_per_month: USD_per_month) -> USD:
    """What is bought and built after the start of a year, discounted from its dates to that start.

    Assumes: nothing, the cost of a month is given.

    Source: definition.
    """
    return 0 * owning_cost_per_month * ops.amount(1, "month")


def owning_running__by_line(hardware_rent_spending: USD, hosting_rent: USD_per_month, running_spending: USD) -> USD:
    """What owning costs that runs through a year.

    Label: running and rent.

    Assumes: line by line.

    Source: definition.
    """
    return hardware_rent_spending + hosting_rent * ops.amount(1, "year") + running_spending


def owning_running__by_month(owning_cost_per_month: USD_per_month) -> USD:
    """What owning costs that runs through a year.

    Assumes: the cost of a month that is given.

    Source: definition.
    """
    return owning_cost_per_month * ops.amount(1, "year")


def owning_left__by_line(residual_received: USD, running_spending: USD, contingency_share: Share) -> USD:
    """What is left of what is owned at the end of a year, received then: at the end of the plan alone.

    Label: received at the end.

    Assumes: line by line, and nothing where no residual is included; contingency is a part of what was paid.

    Source: definition.
    """
    return ops.if_included(residual_received, 0 * running_spending) * (1 + ops.if_included(contingency_share, 0))


def owning_left__by_month(owning_cost_per_month: USD_per_month) -> USD:
    """What is left of what is owned at the end of a year, received then: at the end of the plan alone.

    Assumes: nothing, the cost of a month is given.

    Source: definition.
    """
    return 0 * owning_cost_per_month * ops.amount(1, "month")


def owning_cash_flow(
    owning_at_start: USD, owning_late: USD, owning_resale: USD, owning_running: USD, owning_left: USD
) -> USD:
    """Money that owning the cluster brings in a year; what goes out is negative.

    Label: cash flow of owning.

    Source: definition.
    """
    return owning_left + owning_resale - owning_at_start - owning_late - owning_running


def renting_cash_flow(renting_cost_per_month: USD_per_month) -> USD:
    """Money that renting as many GPUs brings in a year; what goes out is negative.

    Label: cash flow of renting.

    Source: definition.
    """
    return -renting_cost_per_month * ops.amount(1, "year")


def owning_against_renting_cash_flow(owning_cash_flow: USD, renting_cash_flow: USD) -> USD:
    """Money that owning brings in a year beyond renting: spent at first, saved rent later.

    Source: definition.
    """
    return owning_cash_flow - renting_cash_flow


def left_present(owning_left: USD, left_timing: Ratio, plan_discount_rate: Per_year) -> USD:
    """Present value of what is left at the end of the plan.

    Source: definition; discounted from its date.
    """
    return ops.total(ops.present(owning_left, left_timing, ops.number(plan_discount_rate, "1/year")))


def bought_present(owning_at_start: USD, owning_late_worth: USD, plan_discount_rate: Per_year) -> USD:
    """Present value of what is bought and built.

    Source: definition; each purchase is discounted from its date.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    return ops.total(ops.present(owning_at_start + owning_late_worth, 0, rate))


def resale_present(
    owning_resale: USD, owning_resale_late: USD, owning_resale_worth: USD, plan_discount_rate: Per_year
) -> USD:
    """Present value of what is sold within the plan because its life has ended.

    Source: definition; each sale is discounted from its date.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    return ops.total(ops.present(owning_resale - owning_resale_late + owning_resale_worth, 0, rate))


def owning_npv(
    bought_present: USD,
    resale_present: USD,
    owning_running: USD,
    left_present: USD,
    flow_timing: Ratio,
    plan_discount_rate: Per_year,
) -> USD:
    """Net present value of owning over the plan, at its beginning.

    Label: NPV of owning.

    Source: definition; each flow is discounted from its date.
    """
    run = ops.total(ops.present(owning_running, flow_timing, ops.number(plan_discount_rate, "1/year")))
    return left_present + resale_present - bought_present - run


def renting_npv(renting_cash_flow: USD, flow_timing: Ratio, plan_discount_rate: Per_year) -> USD:
    """Net present value of renting over the plan, at its beginning.

    Label: NPV of renting.

    Source: definition; each flow is discounted from its date.
    """
    return ops.total(ops.present(renting_cash_flow, flow_timing, ops.number(plan_discount_rate, "1/year")))


def owning_against_renting_npv(owning_npv: USD, renting_npv: USD) -> USD:
    """Net present value of owning beyond that of renting; above 0 owning is the better investment.

    Label: NPV against renting.

    Source: definition.
    """
    return owning_npv - renting_npv


def renting_against_owning_npv(owning_npv: USD, renting_npv: USD) -> USD:
    """Net present value of renting beyond that of owning; above 0 renting is the better choice.

    Source: definition.
    """
    return renting_npv - owning_npv


def running_saved(renting_cash_flow: USD, owning_running: USD) -> USD:
    """Rent that a year saves beyond what running what is owned costs.

    Source: definition.
    """
    return -renting_cash_flow - owning_running


def owning_at_once(owning_resale: USD, owning_resale_late: USD, owning_at_start: USD) -> USD:
    """What is sold less what is bought and built at the start of a year.

    Source: definition.
    """
    return owning_resale - owning_resale_late - owning_at_start


def owning_begun(owning_at_once: USD, owning_left: USD, left_timing: Ratio) -> USD:
    """Money that owning brings at the start of a year, with what is left at the end of the plan where that counts then.

    Source: definition.
    """
    return owning_at_once + owning_left * (1 - left_timing)


def owning_ended(owning_left: USD, left_timing: Ratio) -> USD:
    """Money that owning brings at the end of a year.

    Source: definition.
    """
    return owning_left * left_timing


def owning_internal_rate(  # noqa: PLR0913, PLR0917  # each flow with its date
    owning_begun: USD,
    owning_late: USD,
    owning_late_date: Ratio,
    owning_resale_late: USD,
    owning_resale_date: Ratio,
    running_saved: USD,
    flow_timing: Ratio,
    owning_ended: USD,
) -> Per_year:
    """Internal rate of return of owning against renting.

    Label: internal rate of return.

    Source: definition; the discount rate at which both have one net present value.
    """
    sold = owning_resale_late
    rate = ops.rate_of_return(
        owning_begun, -owning_late, owning_late_date, sold, owning_resale_date, running_saved, flow_timing, owning_ended
    )
    return ops.amount(rate, "1/year")


def owning_payback__middle(
    owning_at_once: USD,
    owning_late: USD,
    owning_late_date: Ratio,
    owning_resale_late: USD,
    owning_resale_date: Ratio,
    running_saved: USD,
    owning_left: USD,
) -> Years:
    """Time from the first payment after which the sum of all flows, without interest, stays above 0.

    Label: payback.

    Assumes: flows are spread evenly over their year; time counts from the date of what is first bought or built.

    Source: definition.
    """
    out = -owning_late
    sold = owning_resale_late
    paid = ops.payback_time(owning_at_once, out, owning_late_date, sold, owning_resale_date, running_saved, owning_left)
    return ops.amount(paid, "year")


def owning_payback__end(
    owning_at_once: USD,
    owning_late: USD,
    owning_late_date: Ratio,
    owning_resale_late: USD,
    owning_resale_date: Ratio,
    running_saved: USD,
    owning_left: USD,
) -> Years:
    """Time from the first payment after which the sum of all flows, without interest, stays above 0.

    Assumes: the same, also where flows are discounted from the end of their year.

    Source: definition.
    """
    out = -owning_late
    sold = owning_resale_late
    paid = ops.payback_time(owning_at_once, out, owning_late_date, sold, owning_resale_date, running_saved, owning_left)
    return ops.amount(paid, "year")


def owning_payback__start(owning_against_renting_cash_flow: USD, years_before_purchase: Years) -> Years:
    """Time from the first payment after which the sum of all flows, without interest, stays above 0.

    Assumes: all flows of a year stand at its start, and the sum runs straight to the next; time counts likewise.

    Source: definition.
    """
    paid = ops.amount(ops.payback(owning_against_renting_cash_flow), "year")
    return ops.maximum(0, paid - years_before_purchase)


def gpu_hours_present(
    gpu_hours_per_month: Gpu_hours_per_month, flow_timing: Ratio, plan_discount_rate: Per_year
) -> Gpu_hours:
    """GPU-hours of the plan, each discounted from its date as money is.

    Source: definition; levelised cost.
    """
    hours = gpu_hours_per_month * ops.amount(1, "year")
    return ops.total(ops.present(hours, flow_timing, ops.number(plan_discount_rate, "1/year")))


def owning_levelised_cost_per_gpu_hour(owning_npv: USD, gpu_hours_present: Gpu_hours) -> USD_per_gpu_hour:
    """Price of a GPU-hour at which owning over the plan has a net present value of 0.

    Label: levelised cost per GPU-hour.

    Source: definition; levelised cost, present value of cost over that of output.
    """
    return -owning_npv / gpu_hours_present


def renting_levelised_cost_per_gpu_hour(renting_npv: USD, gpu_hours_present: Gpu_hours) -> USD_per_gpu_hour:
    """Price of a GPU-hour at which renting over the plan has a net present value of 0.

    Label: levelised rent per GPU-hour.

    Source: definition; levelised cost, present value of cost over that of output.
    """
    return -renting_npv / gpu_hours_present


def owning_present_at_rest(
    owning_npv: USD, power_use_cost_now: USD_per_month, flow_timing: Ratio, plan_discount_rate: Per_year
) -> USD:
    """Present cost of owning over the plan with no GPU at work.

    Source: definition.
    """
    now = power_use_cost_now * ops.amount(1, "year")
    return -owning_npv - ops.total(ops.present(now, flow_timing, ops.number(plan_discount_rate, "1/year")))


def rent_throughout_present(
    rent_throughout_per_month: USD_per_month, flow_timing: Ratio, plan_discount_rate: Per_year
) -> USD:
    """Present cost of renting over the plan with no GPU at work.

    Source: definition.
    """
    rate = ops.number(plan_discount_rate, "1/year")
    return ops.total(ops.present(rent_throughout_per_month * ops.amount(1, "year"), flow_timing, rate))


def use_saved_present(
    rent_of_use_per_month: USD_per_month,
    owning_cost_of_use: USD_per_month,
    flow_timing: Ratio,
    plan_discount_rate: Per_year,
) -> USD:
    """Present value of the rent that owning saves over the plan with all GPUs at work, beyond its electricity.

    Source: definition; at least a 128th of the rent, as in breakeven_utilisation.
    """
    least = rent_of_use_per_month / 2 / 2 / 2 / 2 / 2 / 2 / 2
    saved = ops.maximum(rent_of_use_per_month - owning_cost_of_use, least) * ops.amount(1, "year")
    return ops.total(ops.present(saved, flow_timing, ops.number(plan_discount_rate, "1/year")))


def breakeven_utilisation_of_plan(
    owning_present_at_rest: USD, rent_throughout_present: USD, use_saved_present: USD, gpus_paid_by_use: Gpus
) -> Share:
    """Utilisation, the same in all years, at which owning and renting have one net present value.

    No value where no GPU is paid by use: utilisation then changes neither side.

    Source: definition; where the lines of both sides meet over utilisation.
    """
    gpus = ops.total(gpus_paid_by_use)
    return (owning_present_at_rest - rent_throughout_present) / gpus / (use_saved_present / gpus)
