"""Evaluation: figures without value, figures not included, refusal of anything not finite, and paths that agree."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from calc import ops
from calc.engine.evaluate import NotIncluded, NoValue, Series, evaluate_formula, evaluate_samples
from calc.engine.symbol import Symbol
from calc.errors import CalcError
from calc.units import parse_unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from calc.engine.figures import Figure
    from calc.expression import Expression

UNITS = {"watts": "W", "more_watts": "W", "racks": "rack", "servers": "server", "per_rack": "server/rack", "share": "1"}
SYMBOLS: dict[str, Any] = {name: Symbol.named(name, parse_unit(unit)) for name, unit in UNITS.items()}
NO_SERVER = NoValue("per_rack is 0")
LEFT_OUT = NotIncluded(("rack_height",))

watts, more_watts, racks, servers, per_rack, share = (SYMBOLS[name] for name in UNITS)


def traced(symbol: Any) -> Expression:
    assert isinstance(symbol, Symbol)
    return symbol.expression


def figure(symbol: Any, **figures: Any) -> Any:
    return evaluate_formula("tested", traced(symbol), figures, {name: f"{each}" for name, each in figures.items()})


def samples(symbol: Any, **figures: Any) -> Any:
    given = {name: np.asarray(each, dtype=float) if isinstance(each, list) else each for name, each in figures.items()}
    return evaluate_samples("tested", traced(symbol), given, {name: f"{each}" for name, each in figures.items()})


# ---------------------------------------------------------------- no value


def test_quotient_by_a_count_of_zero_has_no_value_and_says_why() -> None:
    assert figure(servers / per_rack, servers=250.0, per_rack=0.0) == NoValue("per_rack is 0")
    assert figure(servers / (per_rack - per_rack), servers=1.0, per_rack=4.0) == NoValue("per_rack - per_rack is 0")
    assert figure(servers / per_rack, servers=250.0, per_rack=4.0) == 62.5


def test_quotient_by_any_other_zero_is_refused() -> None:
    for divisor in (watts, share):
        with pytest.raises(CalcError) as caught:
            figure(servers / divisor, servers=250.0, watts=0.0, share=0.0)
        assert caught.value.code == "E-NOT-FINITE"


@pytest.mark.parametrize(
    "build",
    [
        lambda: servers + 0,
        lambda: -servers,
        lambda: 2 * servers / racks,
        lambda: ops.ceil(servers),
        lambda: ops.minimum(servers, 2 * servers),
        lambda: ops.maximum(servers, 0),
        lambda: ops.clip(servers, 0, servers),
        lambda: ops.where(servers < 0, share, share),
        lambda: ops.where(share < 0, share, servers / servers),
        lambda: ops.if_included(servers, 0),
        lambda: servers**2,
    ],
)
def test_no_value_goes_on(build: Callable[[], Any]) -> None:
    assert figure(build(), servers=NO_SERVER, racks=2.0, share=0.5) == NO_SERVER


def test_a_branch_without_value_matters_only_when_taken() -> None:
    choice = ops.where(share < 1, racks, servers / per_rack)
    assert figure(choice, share=0.5, racks=7.0, servers=1.0, per_rack=0.0) == 7.0
    assert figure(choice, share=2.0, racks=7.0, servers=1.0, per_rack=0.0) == NO_SERVER


def test_a_choice_by_what_has_no_value_has_none() -> None:
    chosen = ops.where(servers / per_rack < racks, watts, more_watts)
    given = {"servers": 250.0, "per_rack": 0.0, "racks": 1.0, "more_watts": 2.0}
    assert figure(chosen, **given, watts=1.0) == NO_SERVER
    assert np.isnan(np.broadcast_to(samples(chosen, **given, watts=[1.0, 3.0]), (2,))).all()


def test_a_total_of_zero_is_named_as_such() -> None:
    expression = traced(watts / ops.total(racks))
    given: dict[str, Figure] = {"watts": 5.0, "racks": Series((0.0, 0.0))}
    assert evaluate_formula("tested", expression, given, {}, (2026, 2027)) == NoValue("racks over all years is 0")


def test_samples_without_value_are_nan_and_can_be_counted() -> None:
    found = samples(ops.ceil(servers / per_rack), servers=250.0, per_rack=[4.0, 0.0, 2.0, 0.0])
    np.testing.assert_array_equal(found, [63.0, np.nan, 125.0, np.nan])
    assert np.isnan(found).mean() == 0.5
    # They go on through further formulas, and through choices that hang on them.
    np.testing.assert_array_equal(samples(2 * racks - racks, racks=found), [63.0, np.nan, 125.0, np.nan])
    # 100 servers, one a rack: 63 < 100 keeps its racks, 125 does not, and what has no value stays so.
    chosen = samples(ops.where(racks < servers / per_rack, racks, 0), racks=found, servers=100.0, per_rack=1.0)
    np.testing.assert_array_equal(chosen, [63.0, np.nan, 0.0, np.nan])


def test_a_figure_without_value_among_samples_leaves_no_sample_a_value() -> None:
    found = samples(servers * share, servers=NO_SERVER, share=[0.1, 0.2])
    assert np.isnan(np.broadcast_to(found, (2,))).all()


# ---------------------------------------------------------------- not finite


REFUSED = [
    (lambda: watts / share, {"watts": 5.0, "share": 0.0}, "divides by zero"),
    (lambda: share / share, {"share": 0.0}, "divides by zero"),
    (lambda: share**-1, {"share": 0.0}, "divides by zero"),
    (lambda: watts * share, {"watts": 1e300, "share": 1e300}, "overflows"),
    (lambda: watts + more_watts, {"watts": 1.7e308, "more_watts": 1.7e308}, "overflows"),
    (lambda: watts**2, {"watts": 1e200}, "overflows"),
    (lambda: ops.exp(share), {"share": 1000.0}, "overflows"),
    (lambda: ops.compound(share, share), {"share": 1e200}, "overflows"),
    (lambda: ops.log(share), {"share": -1.0}, "has no real value"),
    (lambda: ops.log(share), {"share": 0.0}, ""),
    (lambda: ops.power(share, 1 / (1 + share * share)), {"share": -8.0}, "has no real value"),
    (lambda: ops.annuity(share, 2), {"share": -3.0}, "has no real value"),
    # the square root of 1 - 3
    (lambda: ops.compound(share, share / share / 2), {"share": -3.0}, "has no real value"),
]


@pytest.mark.parametrize(("build", "figures", "why"), REFUSED)
def test_what_is_not_finite_names_the_formula_and_its_inputs(
    build: Callable[[], Any], figures: dict[str, float], why: str
) -> None:
    with pytest.raises(CalcError) as caught:
        figure(build(), **figures)
    error = caught.value
    assert error.code == "E-NOT-FINITE"
    assert error.message.startswith("`tested` = ")
    assert why in error.message
    for name, value in figures.items():
        assert f"{name} = {value}" in (error.hint or "")


@pytest.mark.parametrize(("build", "figures", "_why"), REFUSED)
def test_one_sample_that_is_not_finite_is_enough(
    build: Callable[[], Any], figures: dict[str, float], _why: str
) -> None:
    with pytest.raises(CalcError) as caught:
        samples(build(), **{name: [1.0, value, 1.0] for name, value in figures.items()})
    error = caught.value
    assert error.code == "E-NOT-FINITE"
    assert error.message.startswith("`tested` = ")
    assert "in some samples" in error.message
    assert all(name in (error.hint or "") for name in figures)


def test_the_part_that_fails_is_shown() -> None:
    with pytest.raises(CalcError) as caught:
        figure(watts * (1 + more_watts / (share * watts)), watts=4.0, more_watts=3.0, share=0.0)
    assert caught.value.message == (
        "`tested` = watts * (1 + more_watts / (share * watts)) divides by zero in more_watts / (share * watts)"
    )
    assert caught.value.hint == "its inputs are watts = 4.0, more_watts = 3.0, share = 0.0"


# ---------------------------------------------------------------- not included


def test_not_included_goes_on_and_gathers_names() -> None:
    assert figure(watts + more_watts, watts=LEFT_OUT, more_watts=1.0) == LEFT_OUT
    other = NotIncluded(("server_height",))
    assert figure(watts / more_watts, watts=LEFT_OUT, more_watts=other) == NotIncluded(("rack_height", "server_height"))
    assert figure(watts / more_watts, watts=LEFT_OUT, more_watts=LEFT_OUT) == LEFT_OUT
    assert figure(ops.where(share < 1, watts, more_watts), share=LEFT_OUT, watts=1.0, more_watts=2.0) == LEFT_OUT
    assert LEFT_OUT.reason == "not included: `rack_height` is not given"
    assert NotIncluded(("a", "b")).reason == "not included: `a` and `b` are not given"


def test_not_included_goes_before_no_value() -> None:
    assert figure(servers * racks, servers=NO_SERVER, racks=LEFT_OUT) == LEFT_OUT
    assert figure(servers / per_rack, servers=LEFT_OUT, per_rack=0.0) == LEFT_OUT


@pytest.mark.parametrize("op", [ops.minimum, ops.maximum])
def test_a_limit_that_is_not_included_limits_nothing(op: Callable[..., Any]) -> None:
    assert figure(op(watts, more_watts), watts=LEFT_OUT, more_watts=7.0) == 7.0
    assert figure(op(watts, more_watts), watts=7.0, more_watts=LEFT_OUT) == 7.0
    assert figure(op(watts, more_watts), watts=LEFT_OUT, more_watts=LEFT_OUT) == LEFT_OUT
    assert figure(op(watts, more_watts), watts=NO_SERVER, more_watts=LEFT_OUT) == NO_SERVER
    np.testing.assert_array_equal(samples(op(watts, more_watts), watts=LEFT_OUT, more_watts=[7.0, 8.0]), [7.0, 8.0])
    np.testing.assert_array_equal(samples(op(watts, more_watts), watts=[7.0, 8.0], more_watts=LEFT_OUT), [7.0, 8.0])
    assert samples(op(watts, more_watts), watts=LEFT_OUT, more_watts=LEFT_OUT) == LEFT_OUT


def test_if_included_falls_back() -> None:
    assert figure(1 - ops.if_included(share, 0), share=LEFT_OUT) == 1.0
    assert figure(1 - ops.if_included(share, 0), share=0.25) == 0.75
    np.testing.assert_array_equal(samples(watts * (1 - ops.if_included(share, 0)), watts=[8.0], share=LEFT_OUT), [8.0])
    np.testing.assert_array_equal(samples(ops.if_included(share, 0), share=[0.25, 0.5]), [0.25, 0.5])


def test_samples_of_what_is_not_included_are_not_included() -> None:
    assert samples(watts + more_watts, watts=[1.0, 2.0], more_watts=LEFT_OUT) == LEFT_OUT


# ---------------------------------------------------------------- where takes one branch


def test_where_evaluates_only_the_branch_taken() -> None:
    # At share = 0 the other branch would divide by zero, and below 0 the logarithm has no value.
    safe = ops.where(share > 0, watts / share, more_watts)
    assert figure(safe, share=0.0, watts=6.0, more_watts=5.0) == 5.0
    assert figure(safe, share=0.5, watts=6.0, more_watts=5.0) == 12.0
    np.testing.assert_array_equal(samples(safe, share=[0.0, 0.5, 0.0], watts=6.0, more_watts=5.0), [5.0, 12.0, 5.0])
    logarithm = ops.where(share > 0, ops.log(share), 0)
    np.testing.assert_allclose(samples(logarithm, share=[-2.0, 1.0, math.e]), [0.0, 0.0, 1.0], atol=1e-15)


def test_where_inside_where_keeps_its_samples_apart() -> None:
    inner = ops.where(watts < more_watts, watts / share, more_watts)
    nested = ops.where(share > 0, inner, -watts)
    columns = {"share": [0.0, 0.5, 0.5, 0.0], "watts": [1.0, 2.0, 9.0, 4.0], "more_watts": [3.0, 3.0, 3.0, 3.0]}
    # Row by row: share 0 gives -watts; 2 < 3 gives 2 / 0.5; 9 >= 3 gives 3; share 0 gives -4.
    np.testing.assert_array_equal(samples(nested, **columns), [-1.0, 4.0, 3.0, -4.0])
    single = [
        figure(nested, **{name: column[at] for name, column in columns.items()}) for at in range(len(columns["share"]))
    ]
    assert single == [-1.0, 4.0, 3.0, -4.0]


def test_where_with_a_certain_condition_takes_one_branch_for_all_samples() -> None:
    choice = ops.where(share > 0, watts, more_watts / share)
    np.testing.assert_array_equal(samples(choice, share=0.5, watts=[1.0, 2.0], more_watts=[3.0, 4.0]), [1.0, 2.0])


# ---------------------------------------------------------------- paths agree

MIXED = [
    lambda: watts * share + more_watts / (1 + share),
    lambda: ops.floor(watts / more_watts) * share,
    lambda: ops.ceil(servers / per_rack) * (watts - more_watts),
    lambda: ops.minimum(watts, more_watts) / ops.maximum(watts, more_watts),
    lambda: ops.clip(share, 0, 1) ** 2 + ops.exp(-share),
    lambda: ops.log(1 + share) * ops.power(1 + share, share),
    lambda: ops.annuity(share, 2) * ops.compound(share, 2),
    lambda: ops.where(watts < more_watts, watts, 2 * more_watts) + ops.number(watts, "kW") * watts,
    lambda: ops.where(share <= 0 + share / 2, watts, -watts) ** -1,
]


@pytest.mark.parametrize("build", MIXED)
def test_scalar_and_sample_path_agree(build: Callable[[], Any]) -> None:
    random = np.random.default_rng(2026)
    columns = {name: np.round(10 ** random.uniform(-1, 2, 400), 1) for name in UNITS}
    together = samples(build(), **columns)
    single = [figure(build(), **{name: float(each[at]) for name, each in columns.items()}) for at in range(400)]
    np.testing.assert_allclose(np.asarray(together, dtype=float), np.asarray(single, dtype=float), rtol=1e-12, atol=0)


def test_inputs_of_an_evaluation_are_not_changed() -> None:
    column = np.asarray([1.0, 2.0, 3.0])
    column.setflags(write=False)
    samples(ops.where(share > 2, 2 * share, share), share=column)
    np.testing.assert_array_equal(column, [1.0, 2.0, 3.0])
