"""Growth: parameters, compute and data that grow by a factor a year, given as that factor or as a total over a time."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import Growth, Months, Years

parameters_growth_span = Input(Years, "Time over which the growth of the parameters is told")
compute_growth_span = Input(Years, "Time over which the growth of the compute is told")
data_growth_span = Input(Years, "Time over which the growth of the data is told")


def parameters_growth(parameters_growth_total: Growth, parameters_growth_span: Years) -> Growth:
    """Factor by which the parameters of the largest models grow in a year.

    Source: definition of compound growth.
    """
    return ops.power(parameters_growth_total, 1 / ops.number(parameters_growth_span, "year"))


def parameters_growth_total(parameters_growth: Growth, parameters_growth_span: Years) -> Growth:
    """Factor by which the parameters of the largest models grow in the whole time.

    Label: growth of parameters.

    Source: definition of compound growth.
    """
    return ops.power(parameters_growth, ops.number(parameters_growth_span, "year"))


def parameters_doubling_time(parameters_growth: Growth) -> Months:
    """Time in which the parameters double.

    Label: doubling of parameters.

    Source: definition of exponential growth.
    """
    return ops.amount(ops.log(2) / ops.log(parameters_growth), "year")


def compute_growth(compute_growth_total: Growth, compute_growth_span: Years) -> Growth:
    """Factor by which the compute that the best algorithms need grows in a year.

    Label: growth of compute.

    Source: definition of compound growth.
    """
    return ops.power(compute_growth_total, 1 / ops.number(compute_growth_span, "year"))


def compute_growth_total(compute_growth: Growth, compute_growth_span: Years) -> Growth:
    """Factor by which the compute that the best algorithms need grows in the whole time.

    Source: definition of compound growth.
    """
    return ops.power(compute_growth, ops.number(compute_growth_span, "year"))


def compute_doubling_time(compute_growth: Growth) -> Months:
    """Time in which the compute doubles.

    Label: doubling of compute.

    Source: definition of exponential growth.
    """
    return ops.amount(ops.log(2) / ops.log(compute_growth), "year")


def data_growth(data_growth_total: Growth, data_growth_span: Years) -> Growth:
    """Factor by which the training data grow in a year, with pictures, sound and video counted in.

    Source: definition of compound growth.
    """
    return ops.power(data_growth_total, 1 / ops.number(data_growth_span, "year"))


def data_growth_total(data_growth: Growth, data_growth_span: Years) -> Growth:
    """Factor by which the training data grow in the whole time.

    Label: growth of data.

    Source: definition of compound growth.
    """
    return ops.power(data_growth, ops.number(data_growth_span, "year"))


def data_doubling_time(data_growth: Growth) -> Months:
    """Time in which the training data double.

    Label: doubling of data.

    Source: definition of exponential growth.
    """
    return ops.amount(ops.log(2) / ops.log(data_growth), "year")
