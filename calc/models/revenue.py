"""Revenue: what GPU-hours sold bring, and what margin they leave."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import (
    USD,
    Gpus,
    Per_year,
    Ratio,
    Share,
    USD_per_gpu_hour,
    USD_per_month,
)

revenue_per_gpu_hour = Input(USD_per_gpu_hour, "What one GPU-hour that is sold brings", optional=True, label="revenue")
sold_share = Input(Share, "Part of all hours of the GPUs that is sold")


def revenue_per_month(
    gpus: Gpus, hours_per_month: Ratio, sold_share: Share, revenue_per_gpu_hour: USD_per_gpu_hour
) -> USD_per_month:
    """What the GPU-hours sold in a month bring.

    Source: definition.
    """
    return gpus * ops.amount(hours_per_month, "hour/month") * sold_share * revenue_per_gpu_hour


def profit_per_month(revenue_per_month: USD_per_month, owning_cost_per_month: USD_per_month) -> USD_per_month:
    """What a month of owning leaves of its revenue, with the cost of capital where the amortisation counts it.

    Source: definition.
    """
    return revenue_per_month - owning_cost_per_month


def margin(profit_per_month: USD_per_month, revenue_per_month: USD_per_month) -> Ratio:
    """Profit over revenue; no value where nothing is sold.

    Source: definition.
    """
    # Counted like GPUs, as a quotient by a count that is 0 has no value and is no error.
    profit = ops.amount(ops.number(profit_per_month, "USD/month"), "gpu")
    return profit / ops.amount(ops.number(revenue_per_month, "USD/month"), "gpu")


def revenue(revenue_per_month: USD_per_month) -> USD:
    """What GPU-hours sold in a year bring.

    Source: definition.
    """
    return revenue_per_month * ops.amount(1, "year")


def selling_cash_flow(revenue: USD, owning_cash_flow: USD) -> USD:
    """Money that owning brings in a year with what is sold.

    Source: definition.
    """
    return revenue + owning_cash_flow


def selling_npv(revenue: USD, owning_npv: USD, flow_timing: Ratio, plan_discount_rate: Per_year) -> USD:
    """Net present value of owning with what is sold; above 0 the cluster earns more than its capital costs.

    Source: definition; each flow is discounted from its date.
    """
    return owning_npv + ops.total(ops.present(revenue, flow_timing, ops.number(plan_discount_rate, "1/year")))


def sold_running(revenue: USD, owning_running: USD) -> USD:
    """What selling brings in a year beyond what running what is owned costs.

    Source: definition.
    """
    return revenue - owning_running


def selling_internal_rate(  # noqa: PLR0913, PLR0917  # each flow with its date
    owning_begun: USD,
    owning_late: USD,
    owning_late_date: Ratio,
    owning_resale_late: USD,
    owning_resale_date: Ratio,
    sold_running: USD,
    flow_timing: Ratio,
    owning_ended: USD,
) -> Per_year:
    """Internal rate of return of owning and selling.

    Source: definition; the discount rate at which the net present value of owning with what is sold is 0.
    """
    sold = owning_resale_late
    rate = ops.rate_of_return(
        owning_begun, -owning_late, owning_late_date, sold, owning_resale_date, sold_running, flow_timing, owning_ended
    )
    return ops.amount(rate, "1/year")
