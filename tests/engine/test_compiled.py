"""Compiled formulas: floats, sample blocks and grids give what the evaluation formula by formula gives."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from every_formula import DRAWS, arguments, every_formula

from calc.engine.blocks import Blocks, NotFiniteFoundError
from calc.engine.compile import UnsupportedError, build, write_function
from calc.engine.evaluate import evaluate_formula, evaluate_samples
from calc.engine.figures import Figure, NotIncluded, NoValue, Series
from calc.errors import CalcError
from calc.expression import Call, Expression, Name, Number

if TYPE_CHECKING:
    from calc.engine.formula import Formula

YEARS = tuple(range(2026, 2031))
X, Y, Z = Name("x"), Name("y"), Name("z")


def blocks_of(expression: Expression, inputs: dict[str, bool], fixed: dict[str, Figure] | None = None) -> Blocks:
    graph = build([("f", expression)], fixed or {}, inputs, YEARS)
    return Blocks(graph, ["f"], dict.fromkeys(inputs, 1))


def run(expression: Expression, **values: list[float]) -> Any:
    arrays = {name: np.asarray(each) for name, each in values.items()}
    blocks = blocks_of(expression, dict.fromkeys(arrays, False))
    blocks.prepare({})
    return blocks.run(arrays, {1: (len(next(iter(values.values()))),)})["f"]


@every_formula
def test_every_formula_on_blocks_and_floats(formula: Formula) -> None:
    arrays = arguments(formula)
    if formula.is_over_years:
        shaped = {name: values.reshape(-1, len(YEARS)) for name, values in arrays.items()}
        expected = evaluate_samples(formula.name, formula.expression, shaped, {}, YEARS)
        moving = {name: np.ascontiguousarray(each.T) for name, each in shaped.items()}
        blocks = blocks_of(formula.expression, dict.fromkeys(moving, True))
        blocks.prepare({})
        found = blocks.run(moving, {1: (DRAWS // len(YEARS),)})["f"]
        found = found.T if blocks.graph.nodes[blocks.graph.roots["f"]].yearly else found[:, np.newaxis]
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=0)
        return
    expected = evaluate_samples(formula.name, formula.expression, arrays, {})
    blocks = blocks_of(formula.expression, dict.fromkeys(arrays, False))
    blocks.prepare({})
    np.testing.assert_allclose(blocks.run(arrays, {1: (DRAWS,)})["f"], expected, rtol=1e-12, atol=0)
    function = write_function(blocks.graph, ["f"])
    for at in range(DRAWS):
        row = {name: float(values[at]) for name, values in arrays.items()}
        point = evaluate_formula(formula.name, formula.expression, row, {})
        assert function(*row.values())[0] == pytest.approx(point, rel=1e-12)


@every_formula
def test_every_formula_by_year_on_floats(formula: Formula) -> None:
    """All inputs differ from year to year: five draws a time as the five years."""
    arrays = arguments(formula)
    graph = build([("f", formula.expression)], {}, dict.fromkeys(arrays, True), YEARS)
    function = write_function(graph, ["f"])
    for start in range(0, DRAWS, len(YEARS)):
        rows = {name: values[start : start + len(YEARS)].tolist() for name, values in arrays.items()}
        series = {name: Series(tuple(each)) for name, each in rows.items()}
        expected = evaluate_formula(formula.name, formula.expression, series, {}, YEARS)
        if isinstance(expected, NoValue):
            with pytest.raises((ArithmeticError, TypeError)):
                function(*rows.values())
            continue
        found = function(*rows.values())[0]
        assert found == pytest.approx(list(expected.values) if isinstance(expected, Series) else expected, rel=1e-12)


# ---------------------------------------------------------------- nothing that is not finite goes unseen


@pytest.mark.parametrize(
    ("expression", "x"),
    [
        (Call("divide", (Number(1), X)), 0.0),
        (Call("log", (X,)), -1.0),
        (Call("exp", (X,)), 1000.0),
        (Call("multiply", (X, X)), 1e200),
        # What hides an infinity: 1 / inf is 0, the lesser of inf and 1 is 1, exp(-inf) is 0.
        (Call("divide", (Number(1), Call("multiply", (X, X)))), 1e200),
        (Call("minimum", (Call("divide", (Number(1), X)), Number(1))), 0.0),
        (Call("exp", (Call("negate", (Call("multiply", (X, X)),)),)), 1e200),
        (Call("where", (Call("less", (Call("divide", (Number(1), X)), Number(0))), Number(1), Number(2))), 0.0),
        (Call("power", (X, Call("divide", (Number(1), Number(2))))), -1.0),
        (Call("subtract", (Call("multiply", (X, X)), Call("multiply", (X, X)))), 1e200),
    ],
)
def test_what_is_not_finite_is_found(expression: Expression, x: float) -> None:
    with pytest.raises(NotFiniteFoundError):
        run(expression, x=[1.5, x, 1.5])
    function = write_function(build([("f", expression)], {}, {"x": False}), ["f"])
    assert math.isfinite(function(1.5)[0])
    with pytest.raises((ArithmeticError, ValueError)):
        function(x)


def test_a_count_of_zero_has_no_value_and_is_no_error() -> None:
    racks = Call("add", (Call("divide_by_count", (X, Y)), Number(1)))
    np.testing.assert_array_equal(run(racks, x=[6.0, 6.0], y=[3.0, 0.0]), [3.0, np.nan])
    with pytest.raises(NotFiniteFoundError):
        run(Call("divide", (racks, Z)), x=[6.0, 6.0], y=[3.0, 0.0], z=[0.0, 1.0])
    # The sample without a value hides nothing of the others.
    overflow = Call("add", (racks, Call("multiply", (Z, Z))))
    with pytest.raises(NotFiniteFoundError):
        run(overflow, x=[6.0, 6.0], y=[3.0, 0.0], z=[1.0, 1e200])


def test_branches_on_floats_are_taken_one_at_a_time() -> None:
    safe = Call("where", (Call("greater", (X, Number(0))), Call("divide", (Number(1), X)), Number(0)))
    function = write_function(build([("f", safe)], {}, {"x": False}), ["f"])
    assert function(4.0) == (0.25,)
    assert function(0.0) == (0,)


def test_constants_are_folded_and_equal_parts_shared() -> None:
    half = Call("divide", (Number(1), Number(2)))
    square = Call("multiply", (X, X))
    graph = build([("f", Call("multiply", (square, half))), ("g", Call("add", (square, half)))], {}, {"x": False})
    # x, x * x, 0.5, the product and the sum; and the 1 and 2 that nothing needs any more.
    assert len(graph.used(["f", "g"])) == 5
    assert [node.value for node in graph.nodes if node.op == "constant"] == [1.0, 2.0, 0.5]


def test_a_division_by_a_constant_zero_is_no_infinity() -> None:
    """It sent every block of samples to the slow evaluation: no GPU paid throughout, no interest."""
    blocks = blocks_of(Call("divide_by_count", (X, Y)), {"x": False}, {"y": 0.0})
    blocks.prepare({})
    assert np.isnan(blocks.run({"x": np.array([1.0, 0.0])}, {1: (2,)})["f"]).all()
    # A branch that is never taken divides by it; a figure of its own does so too, and is looked at all the same.
    chosen = Call("where", (Call("greater", (Y, Number(0))), Call("divide", (X, Y)), X))
    blocks = blocks_of(chosen, {"x": False}, {"y": 0.0})
    blocks.prepare({})
    assert blocks.run({"x": np.array([3.0, 4.0])}, {1: (2,)})["f"].tolist() == [3.0, 4.0]
    graph = build(
        [("g", Call("power", (X, Number(400)))), ("f", Call("where", (Y, Name("g"), X)))],
        {"y": 0.0},
        {"x": False},
        YEARS,
    )
    blocks = Blocks(graph, ["f", "g"], {"x": 1})
    blocks.prepare({})
    with pytest.raises(NotFiniteFoundError):
        blocks.run({"x": np.array([10.0, 1.0])}, {1: (2,)})


def test_constants_without_a_finite_result_are_left_to_the_evaluation() -> None:
    """A division of constants by zero may stand in a branch that is never taken: building the graph does not fail."""
    lost = Call("divide", (Number(1), Y))
    for expression in (lost, Call("divide", (X, Y)), Call("multiply", (X, lost))):
        blocks = blocks_of(expression, {"x": False}, {"y": 0.0})
        with pytest.raises(NotFiniteFoundError):
            _prepared_and_run(blocks, [3.0, 4.0])


def _prepared_and_run(blocks: Blocks, x: list[float]) -> None:
    blocks.prepare({})
    blocks.run({"x": np.array(x)}, {1: (len(x),)})


def test_a_choice_by_what_has_no_value_has_none() -> None:
    chosen = Call("where", (Call("less", (Y, Number(1))), X, Number(0)))
    graph = build([("f", chosen)], {"y": NoValue("z is 0")}, {"x": False})
    assert graph.nodes[graph.roots["f"]].value == NoValue("z is 0")
    # As a constant among figures that vary it is no number on floats.
    graph = build([("f", Call("where", (Call("less", (X, Number(1))), Y, X)))], {"y": NoValue("z is 0")}, {"x": False})
    with pytest.raises(UnsupportedError):
        write_function(graph, ["f"])


def test_a_negative_zero_is_no_zero() -> None:
    graph = build([("f", Call("add", (X, Name("a")))), ("g", Call("add", (X, Name("b"))))],
                  {"a": 0.0, "b": -0.0}, {"x": False})  # fmt: skip
    assert graph.roots["f"] != graph.roots["g"]


def test_what_is_not_included_is_left_out_before_anything_runs() -> None:
    lesser = Call("minimum", (X, Name("limit")))
    graph = build([("f", lesser)], {"limit": NotIncluded(("limit",))}, {"x": False})
    assert graph.roots["f"] == graph.roots["x"]
    with pytest.raises(UnsupportedError):
        build([("f", Call("where", (Call("less", (X, Number(1))), X, Name("limit"))))],
              {"limit": NotIncluded(("limit",))}, {"x": False})  # fmt: skip


def test_years_broadcast_against_samples() -> None:
    """A price by year times an amount by sample: 2 years, 3 samples; the total of 10 a and 20 a is 30 a."""
    price = Series((10.0, 20.0, 0.0, 0.0, 0.0))
    blocks = blocks_of(Call("total", (Call("multiply", (X, Name("price"))),)), {"x": False}, {"price": price})
    blocks.prepare({})
    np.testing.assert_allclose(blocks.run({"x": np.array([1.0, 2.0, 3.0])}, {1: (3,)})["f"], [30, 60, 90])


def test_what_has_no_real_value_over_years_is_found() -> None:
    """Half a year at -150 % a year is the square root of -0.5."""
    for rate, is_real in ((-0.5, True), (-1.5, False)):
        blocks = blocks_of(Call("present", (X, Y, Z)), {"x": False}, {"y": 0.5, "z": rate})
        if is_real:
            _prepared_and_run(blocks, [1.0, 2.0])
            continue
        with pytest.raises(NotFiniteFoundError):
            _prepared_and_run(blocks, [1.0, 2.0])
        with pytest.raises(CalcError, match="has no real value"):
            evaluate_formula("f", Call("present", (X, Y, Z)), {"x": 1.0, "y": 0.5, "z": rate}, {}, YEARS)


def test_figures_of_one_formula_are_both_handed_over() -> None:
    square = Call("multiply", (X, X))
    blocks = Blocks(build([("f", square), ("g", square)], {}, {"x": False}, YEARS), ["f", "g"], {"x": 1})
    blocks.prepare({})
    found = blocks.run({"x": np.array([2.0, 3.0])}, {1: (2,)})
    assert [found["f"].tolist(), found["g"].tolist()] == [[4.0, 9.0]] * 2


# ---------------------------------------------------------------- annuities over a whole number of periods


@pytest.mark.parametrize("periods", [1, 2, 3, 4, 7, 15, 48, 360, 1000])
def test_an_annuity_over_whole_periods_loses_no_digits(periods: int) -> None:
    """Against exact fractions: g^n (g - 1) / (g^n - 1) with g = 1 + rate, at rates from 1e-14 to 1, and below 0."""
    rates = [0.0, *10.0 ** np.linspace(-14, 0, 29), *-(10.0 ** np.linspace(-14, -0.4, 20))]
    if periods > 300:
        rates = [each for each in rates if each < 0.5]
    found = run(Call("annuity", (X, Number(periods))), x=rates)
    for rate, each in zip(rates, found, strict=True):
        growth = (1 + Fraction(rate)) ** periods
        exact = Fraction(rate) * growth / (growth - 1) if rate else Fraction(1, periods)
        assert abs(Fraction(each) / exact - 1) < Fraction(1, 10**12)


def test_an_annuity_by_hand() -> None:
    # 0.08 x 1.08^2 / (1.08^2 - 1) = 0.093312 / 0.1664
    [found] = run(Call("annuity", (X, Number(2))), x=[0.08])
    assert found == pytest.approx(0.093312 / 0.1664, rel=1e-14)


@pytest.mark.parametrize(("rate", "periods"), [(-1.0, 3), (-1.5, 2), (-3.0, 3), (1e3, 500), (-0.9, 999), (math.inf, 2)])
def test_an_annuity_that_floats_do_not_hold_is_found(rate: float, periods: int) -> None:
    with pytest.raises(NotFiniteFoundError):
        run(Call("annuity", (X, Number(periods))), x=[0.1, rate])


def test_an_infinity_that_an_operation_over_years_hides_is_found() -> None:
    """Discounted at an infinite rate, what comes later is worth 0."""
    discounted = Call("discounted", (X, Call("divide", (Number(4), Y))))
    with pytest.raises(NotFiniteFoundError):
        run(discounted, x=[1.0, 2.0], y=[0.0, 1.0])


def test_an_annuity_over_no_periods_is_no_traceback() -> None:
    with pytest.raises(CalcError):
        evaluate_samples("f", Call("annuity", (X, Number(0))), {"x": np.array([[0.1], [0.0]])}, {})
