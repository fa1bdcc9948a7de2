"""Every operation that a formula may use, each with its numeric, unit, text and spreadsheet form, in one table."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, NamedTuple

from calc import op_forms as forms
from calc import year_forms
from calc.units.unit import RATIO, Dimension

if TYPE_CHECKING:
    from collections.abc import Callable


class Op(NamedTuple):
    """One operation.

    scalar: float form; may raise ArithmeticError or ValueError.
    array: the same on float64 arrays; may leave NaN or infinity, which the evaluation finds.
    dimension: dimension of the result from those of the arguments, or UnitRefusalError.
    text, spreadsheet: templates over the arguments' texts.
    precedence: binding strength of the text form (larger binds tighter); function calls bind tightest.
    years: "" for an operation on one moment; "series" for one on all years that has a value a year, "one" for one that
    has a single value. Their scalar form takes lists, their spreadsheet form rows of a value a year.
    no_value: why such an operation may have no value.
    """

    name: str
    scalar: Callable[..., Any]
    array: Callable[..., Any]
    dimension: Callable[[Any], Dimension]
    text: str
    spreadsheet: str
    precedence: int = 9
    years: str = ""
    no_value: str = ""


# The same snapping as forms.floor_snapped and forms.ceil_snapped, so that a spreadsheet and a run agree.
_SHEET_SNAP = "IF(ABS({0}-ROUND({0},0))<=MIN(1E-9*MAX(1,ABS(ROUND({0},0))),1E-6),ROUND({0},0),%s)"

TABLE: dict[str, Op] = {
    op.name: op
    for op in (
        Op("add", operator.add, operator.add, forms.same("a sum of"), "{0} + {1}", "({0}+{1})", 1),
        Op("subtract", operator.sub, operator.sub, forms.same("a difference of"), "{0} - {1}", "({0}-{1})", 1),
        Op("multiply", operator.mul, operator.mul, forms.product, "{0} * {1}", "({0}*{1})", 2),
        Op("divide", operator.truediv, operator.truediv, forms.quotient, "{0} / {1}", "({0}/{1})", 2),
        Op("divide_by_count", operator.truediv, forms.count_quotient, forms.quotient, "{0} / {1}", "({0}/{1})", 2),
        Op("negate", operator.neg, operator.neg, forms.first, "-{0}", "(-{0})", 3),
        # The dimension of a whole power depends on the exponent's value; the trace supplies it.
        Op("raise", operator.pow, operator.pow, forms.first, "{0} ** {1}", "({0}^{1})", 4),
        Op("less", operator.lt, forms.compare(operator.lt), forms.comparison, "{0} < {1}", "({0}<{1})", 0),
        Op("less_equal", operator.le, forms.compare(operator.le), forms.comparison, "{0} <= {1}", "({0}<={1})", 0),
        Op("greater", operator.gt, forms.compare(operator.gt), forms.comparison, "{0} > {1}", "({0}>{1})", 0),
        Op("greater_equal", operator.ge, forms.compare(operator.ge), forms.comparison, "{0} >= {1}", "({0}>={1})", 0),
        Op(
            "floor",
            forms.floor_snapped,
            lambda x: forms.snapped_array(x, "floor"),
            forms.countable("floor"),
            "floor({0})",
            _SHEET_SNAP % "INT({0})",
        ),
        Op(
            "ceil",
            forms.ceil_snapped,
            lambda x: forms.snapped_array(x, "ceil"),
            forms.countable("ceil"),
            "ceil({0})",
            _SHEET_SNAP % "-INT(-{0})",
        ),
        Op(
            "minimum",
            min,
            forms.numpy_function("minimum"),
            forms.same("the lesser of"),
            "minimum({0}, {1})",
            "MIN({0},{1})",
        ),
        Op(
            "maximum",
            max,
            forms.numpy_function("maximum"),
            forms.same("the greater of"),
            "maximum({0}, {1})",
            "MAX({0},{1})",
        ),
        Op(
            "clip",
            lambda x, low, high: min(max(x, low), high),
            forms.numpy_function("clip"),
            forms.same("a clip of"),
            "clip({0}, {1}, {2})",
            "MIN(MAX({0},{1}),{2})",
        ),
        Op(
            "where",
            lambda test, yes, no: yes if test else no,
            forms.where_array,
            forms.choice,
            "where({0}, {1}, {2})",
            "IF({0},{1},{2})",
        ),
        Op(
            "if_included",
            lambda x, _otherwise: x,
            lambda x, _otherwise: x,
            forms.same("a choice between"),
            "if_included({0}, {1})",
            "{0}",
        ),
        Op(
            "number",
            operator.truediv,
            operator.truediv,
            lambda _given: RATIO.dimension,
            'number({0}, "{1}")',
            "({0}/{1})",
        ),
        Op(
            "amount",
            operator.mul,
            operator.mul,
            # The trace supplies the dimension, which is the unit's.
            lambda _given: RATIO.dimension,
            'amount({0}, "{1}")',
            "({0}*{1})",
        ),
        Op("exp", math.exp, forms.numpy_function("exp"), forms.pure("exp"), "exp({0})", "EXP({0})"),
        Op("log", math.log, forms.numpy_function("log"), forms.pure("log"), "log({0})", "LN({0})"),
        Op("power", math.pow, forms.numpy_function("power"), forms.pure("power"), "power({0}, {1})", "POWER({0},{1})"),
        Op(
            "annuity", forms.annuity, forms.annuity_array, forms.pure("annuity"), "annuity({0}, {1})", "-PMT({0},{1},1)"
        ),
        Op(
            "compound",
            lambda rate, periods: math.pow(1.0 + rate, periods),
            lambda rate, periods: (1.0 + rate) ** periods,
            forms.pure("compound"),
            "compound({0}, {1})",
            "POWER(1+{0},{1})",
        ),
        # Spreadsheet forms of what looks at all years are functions that a workbook brings, except for sums and rates.
        Op("total", year_forms.total, year_forms.total_array, forms.first, "total({0})", "SUM({0})", years="one"),
        Op(
            "cumulative",
            year_forms.cumulative,
            year_forms.cumulative_array,
            forms.first,
            "cumulative({0})",
            "CALC_CUMULATIVE({0})",
            years="series",
        ),
        Op(
            "discounted",
            year_forms.discounted,
            year_forms.discounted_array,
            forms.first_at_rate("discounted"),
            "discounted({0}, {1})",
            "CALC_DISCOUNTED({0},{1})",
            years="series",
        ),
        Op(
            "grow",
            year_forms.grow,
            year_forms.grow_array,
            forms.first_at_rate("grow"),
            "grow({0}, {1})",
            "CALC_GROW({0},{1})",
            years="series",
        ),
        Op(
            "cohort",
            year_forms.cohort,
            year_forms.cohort_array,
            forms.first_at_rate("cohort"),
            "cohort({0}, {1})",
            "CALC_COHORT({0},{1})",
            years="series",
        ),
        Op(
            "internal_rate",
            year_forms.internal_rate,
            year_forms.internal_rate_array,
            lambda _given: RATIO.dimension,
            "internal_rate({0})",
            "IRR({0})",
            years="one",
            no_value="the yearly amounts do not change from minus to plus, or back, exactly once",
        ),
        Op(
            "payback",
            year_forms.payback,
            year_forms.payback_array,
            lambda _given: RATIO.dimension,
            "payback({0})",
            "CALC_PAYBACK({0})",
            years="one",
            no_value="the running sum is still below 0 in the last year",
        ),
    )
}
