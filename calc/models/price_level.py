"""Price level: whether a plan is in the money of each year or in that of one year, and the rate that goes with it."""

from calc import ops
from calc.declarations import Choice, Input
from calc.units.vocabulary import Per_year

price_terms = Choice(
    "The money that prices of several years are in",
    {
        "nominal": "that of each year, and discount_rate is as banks quote it",
        "real": "that of one year, and inflation is taken out of discount_rate",
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


def price_rise__nominal(discount_rate: Per_year) -> Per_year:
    """Yearly rate at which amounts that a contract or a tax law fixes lose value against the prices of the plan.

    Assumes: prices are in the money of each year, as such amounts are.

    Source: definition.
    """
    return 0 * discount_rate


def price_rise__real(inflation: Per_year) -> Per_year:
    """Yearly rate at which amounts that a contract or a tax law fixes lose value against the prices of the plan.

    Assumes: prices are in the money of one year, and such amounts are not.

    Source: definition.
    """
    return inflation
