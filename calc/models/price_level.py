"""Price level: whether a plan is in the money of each year or in that of its beginning, and the rate that goes with it.

What a contract, a tax law or a price paid has fixed (loans, depreciation for tax, support contracts, what is left as a
share of what was paid) is in the money of its date; it is brought to real prices at the date at which it falls.
"""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import Per_year, Ratio

price_terms = Choice(
    "The money that prices of several years are in",
    {
        "nominal": "that of each year, and discount_rate is as banks quote it",
        "real": "that of its beginning; inflation is taken out of discount_rate and of what is fixed in money",
    },
    binds=("plan_discount_rate", "price_rise"),
)
inflation = Input(
    Per_year, "Yearly rise of the price level", low=-0.2, high=10, why="a fifth less; eleven times as much in a year"
)


def plan_discount_rate__nominal(discount_rate: Per_year) -> Per_year:
    """Rate at which the flows of a plan are discounted.

    Assumes: prices are in the money of each year.

    Source: definition.
    """
    return discount_rate


def plan_discount_rate__real(discount_rate: Per_year, inflation: Per_year) -> Per_year:
    """Rate at which the flows of a plan are discounted.

    Assumes: prices are in the money of one year, so that the rate is without inflation.

    Source: Fisher 1930, The Theory of Interest: (1 + nominal) / (1 + inflation) - 1.
    """
    return ops.amount((1 + ops.number(discount_rate, "1/year")) / (1 + ops.number(inflation, "1/year")) - 1, "1/year")


def price_rise__nominal(hours_per_month: Ratio) -> Per_year:
    """Yearly rate at which what is fixed in money loses value against the prices of the plan.

    Assumes: none; prices are in the money of each year too.

    Source: definition.
    """
    return ops.amount(0 * hours_per_month, "1/year")


def price_rise__real(inflation: Per_year) -> Per_year:
    """Yearly rate at which what is fixed in money loses value against the prices of the plan.

    Assumes: inflation; prices are in the money of the beginning of the plan.

    Source: definition.
    """
    return inflation


def price_fall(price_rise: Per_year) -> Ratio:
    """Yearly rate that, taken as one of discount, brings the prices of the plan to the money of their date.

    Source: definition.
    """
    return 1 / (1 + ops.number(price_rise, "1/year")) - 1


def money_rate(plan_discount_rate: Per_year, price_rise: Per_year) -> Ratio:
    """Rate at which amounts in the money of their date are discounted: that of the plan and the rise of its prices.

    Source: Fisher 1930, The Theory of Interest: (1 + real) (1 + inflation) - 1.
    """
    return (1 + ops.number(plan_discount_rate, "1/year")) * (1 + ops.number(price_rise, "1/year")) - 1
